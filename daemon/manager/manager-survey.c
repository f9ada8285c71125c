/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What people may want to know about links beside their leases: the settings in force, who claims a link,
 * and which interfaces are not managed and why. Everything is looked up when somebody asks. Changes nothing.
 */
#include <string.h>

#include "base/glob.h"
#include "manager/managed-link.h"

const char **managed_link_config_files(const ManagedLink *link) {
        return config_link_files(link->manager->config, link->config);
}

void managed_link_foreach_setting(const ManagedLink *link, ConfigSettingFunc func, void *userdata) {
        Dhcp4NetPolicy net = link->config->net;

        if (!link->config->route_metric_set)
                net.metric = MANAGED_LINK_METRIC_BASE + (uint32_t) link->ifindex;
        if (!link->config->route_table_set)
                net.table = link->main_table;
        net.lease_only = !managed_link_applies(link);
        config_foreach_setting(link->config, &net, func, userdata);
}

typedef struct FormerClaims {
        LinkNames names; /* of now */
        ManagerClaimFunc func;
        void *userdata;
} FormerClaims;

/* Skips a claim that also names the link by a present name, because that claim was told already. */
static void tell_former(void *userdata, const char *pattern, const void *owner) {
        const FormerClaims *former = userdata;

        FOREACH_LINK_NAME (name, &former->names)
                if (strcmp(pattern, name) == 0 ||
                    (claims_name_is_glob(pattern) && glob_match(pattern, name)))
                        return;
        former->func(former->userdata, pattern, owner);
}

void managed_link_foreach_claim(const ManagedLink *link, ManagerClaimFunc func, void *userdata) {
        FormerClaims former = { managed_link_names(link), func, userdata };
        LinkNames names;

        claims_foreach_matching(link->manager->claims, &former.names, func, userdata);
        if (!link->former_over && managed_link_former_names(link, &names))
                claims_foreach_matching(link->manager->claims, &names, tell_former, &former);
}

typedef struct Survey {
        Manager *manager;
        ManagerCandidateFunc func;
        void *userdata;
} Survey;

static ManagerCandidateReason find_reason(Manager *manager, const KernelLink *kernel_link,
                                          const char **ret_other) {
        const ConfigLink *config;

        switch (manager_check_link(manager, kernel_link, &config)) {
        case MANAGER_E_NOT_SUPPORTED:
                return MANAGER_CANDIDATE_NOT_SUPPORTED;
        case MANAGER_E_NOT_MANAGED:
                return MANAGER_CANDIDATE_SWITCHED_OFF;
        case MANAGER_E_MANAGED_ELSEWHERE:
                *ret_other = manager->ports->other_manager(manager->port, kernel_link->ifindex);
                return MANAGER_CANDIDATE_ELSEWHERE;
        }
        return kernel_link->up ? MANAGER_CANDIDATE_UNMANAGED : MANAGER_CANDIDATE_DOWN;
}

static void consider(void *userdata, const KernelLink *kernel_link) {
        const Survey *survey = userdata;
        ManagerCandidate candidate = {
                .ifindex = kernel_link->ifindex,
                .ifname = kernel_link->ifname,
                .hw_address = &kernel_link->address,
        };

        if (manager_find(survey->manager, kernel_link->ifindex))
                return;
        candidate.reason = find_reason(survey->manager, kernel_link, &candidate.other);
        survey->func(survey->userdata, &candidate);
}

void manager_foreach_candidate(Manager *manager, ManagerCandidateFunc func, void *userdata) {
        Survey survey = { .manager = manager, .func = func, .userdata = userdata };

        manager->ports->foreach_link(manager->port, consider, &survey);
}
