/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets the name of the host from a lease (option 12, RFC 2132 §3.14), over the D-Bus interface
 * org.freedesktop.hostname1. The name is transient: the next boot does not know it.
 *
 *   [Plugin hostname]
 *   Enable=yes             needed, because a server may only name a host if the administrator allows it
 *
 * A static name (/etc/hostname) is never changed. systemd-hostnamed would keep it as well, but accept
 * SetHostname without an error. So the static name is looked at here, and people are told why the name of
 * the lease is not used.
 *
 * The current name is read from the kernel and from the files that hostnamed reads. This gives the same
 * answer without starting the service and without waiting. plugin/service-value.h says which lease counts
 * and what is put back.
 */
#include <dhcpd-link-plugin.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/hostname-check.h"
#include "plugin/service-value.h"

#define OPTION_HOST_NAME 12u
#define STATIC_FILE      "/etc/hostname"
/* systemd writes this file when it has given the host its default name, because the host has no name. */
#define DEFAULT_FILE "/run/systemd/default-hostname"

typedef struct Hostname {
        const DhcpdLinkHost *host;
        ServiceValue *value;
} Hostname;

/* Stores the first line of @path that is neither empty nor a comment. Returns false if there is none. */
static bool read_name(const char *path, char ret[LEASE_VALUE_MAX]) {
        FILE *f = fopen(path, "re");
        bool found = false;

        while (f && !found && fgets(ret, LEASE_VALUE_MAX, f)) {
                const size_t blanks = strspn(ret, " \t");

                memmove(ret, ret + blanks, strlen(ret + blanks) + 1);
                ret[strcspn(ret, " \t\r\n")] = 0;
                found = ret[0] != '\0' && ret[0] != '#';
        }
        if (f)
                (void) fclose(f);
        return found;
}

static const char *current(char ret[LEASE_VALUE_MAX], char ret_before[LEASE_VALUE_MAX]) {
        char name[LEASE_VALUE_MAX];

        if (read_name(STATIC_FILE, name))
                return "the host has a static name";
        if (gethostname(ret, LEASE_VALUE_MAX - 1) < 0)
                ret[0] = 0;
        ret[LEASE_VALUE_MAX - 1] = 0;
        /*
         * If the host has the default name that systemd gives to hosts without a name, there is no name to
         * put back.
         */
        if (read_name(DEFAULT_FILE, name) && strcmp(name, ret) == 0)
                ret_before[0] = 0;
        else
                (void) strcpy(ret_before, ret);
        return NULL;
}

static int hostname_init(const DhcpdLinkHost *host, void **ret_state) {
        Hostname *hostname = calloc(1, sizeof(*hostname));
        int r;

        if (!hostname)
                return -ENOMEM;
        hostname->host = host;
        r = service_value_new(&(const ServiceValueConfig){ .host = host,
                                                           .name = "org.freedesktop.hostname1",
                                                           .title = "systemd-hostnamed",
                                                           .path = "/org/freedesktop/hostname1",
                                                           .interface = "org.freedesktop.hostname1",
                                                           .method = "SetHostname",
                                                           .current = current },
                              &hostname->value);
        if (r < 0) {
                free(hostname);
                return r;
        }
        *ret_state = hostname;
        return 0;
}

static void hostname_lease(void *state, DhcpdLinkEvent event, const DhcpdLinkLease *lease) {
        Hostname *hostname = state;
        char name[HOST_NAME_SIZE] = "";
        const char *why = lease->host_name ? hostname_check(lease->host_name, name) : NULL;

        hostname->host->report_unused(hostname->host, lease->ifindex, OPTION_HOST_NAME, why);
        service_value_lease(hostname->value, event, lease, OPTION_HOST_NAME, why ? NULL : name);
}

static void hostname_fini(void *state) {
        Hostname *hostname = state;

        (void) service_value_free(hostname->value);
        free(hostname);
}

DHCPD_LINK_PLUGIN_EXPORT = {
        .abi = DHCPD_LINK_PLUGIN_ABI,
        .struct_size = sizeof(DhcpdLinkPlugin),
        .name = "hostname",
        .init = hostname_init,
        .lease = hostname_lease,
        .fini = hostname_fini,
        .flags = DHCPD_LINK_PLUGIN_OPT_IN,
};
