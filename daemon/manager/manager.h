/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * All links, by ifindex. Creates and drops them as the kernel's interfaces, the claims and the
 * configuration come and go. Whoever wants to know what happened (D-Bus, plugins) is an observer that
 * main.c attaches, so this folder knows neither.
 *
 * A link is managed while at least one *claim* names it: --link= on the command line, StartLink() on the
 * bus, or a connection on the private socket. Claims are by name and may be globs; they may come before
 * the link does and outlive it. Each of a link's names counts, the alternative ones too. A link that is
 * renamed keeps its old names in the eyes of its claims for a second.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "base/link-names.h"
#include "config/config.h"
#include "link/link-ports.h"
#include "link/link.h"

typedef struct sd_event sd_event;
typedef struct LeaseStore LeaseStore;
typedef struct Manager Manager;
typedef struct ManagerPorts ManagerPorts;
typedef struct ManagedLink ManagedLink;

/*
 * All calls come from the loop or from manager_*() calls, never while the observer's own call is running.
 * A link handed out is valid for the call. Callbacks may be NULL.
 */
typedef struct ManagerObserver {
        void (*link_added)(void *userdata, ManagedLink *link);
        void (*link_removed)(void *userdata,
                             ManagedLink *link); /* still valid for the call; never again after */
        void (*link_state)(void *userdata, ManagedLink *link, const char *old_state, const char *new_state);
        /*
         * Comes when the kernel shows the change (link/link.h), so an observer may use the address. @old,
         * @new: NULL if none.
         */
        void (*link_notice)(void *userdata, ManagedLink *link, LinkNotice notice, const Dhcp4Lease *old,
                            const Dhcp4Lease *new);
        /* Name, carrier, hardware address or error changed. */
        void (*link_properties)(void *userdata, ManagedLink *link);
        /* It may have other settings now, or the same ones from other files. */
        void (*link_configured)(void *userdata, ManagedLink *link);
        /* Claims of the interface @name came or went; NULL: of any, since a glob did. */
        void (*claims_changed)(void *userdata, const char *name);
        /* manager_foreach_candidate() may find something else. May come often. */
        void (*candidates_changed)(void *userdata);
} ManagerObserver;

/*
 * Takes a reference to config; @store may be NULL, and is borrowed. @port is the manager's from now on,
 * also on failure.
 */
int manager_new(const ManagerPorts *ports, void *port, Config *config, LeaseStore *store, Manager **ret);
/* The same on this host (manager-ports-linux.c). Takes a reference to event. */
int manager_new_linux(sd_event *event, Config *config, LeaseStore *store, Manager **ret);
Manager *manager_free(Manager *manager);
static inline void manager_freep(Manager **p) {
        *p = manager_free(*p);
}

void manager_add_observer(Manager *manager, const ManagerObserver *observer,
                          void *userdata); /* both borrowed */
void manager_remove_observer(Manager *manager, void *userdata);

/*
 * From now on nothing of a lease is put on any link, as with Apply=no for all. Call it before
 * manager_start().
 */
void manager_set_lease_only(Manager *manager);

/* Follows the kernel. Links that a claim names start at once. */
int manager_start(Manager *manager);

/* Takes a reference; links whose settings did not change are untouched. */
int manager_reload(Manager *manager, Config *config);

/*
 * As manager_reload() with what config_rename_host() made. Links that tell the name, and have a lease,
 * renew: MaxExchanges= of them at once, and as many each second after.
 */
int manager_rename_host(Manager *manager, Config *config);

/* The host slept. Leases are verified by INIT-REBOOT, at the same pace, and stay in use meanwhile. */
void manager_resumed(Manager *manager);

/* Positive results of manager_claim() */
typedef enum ManagerResult {
        /* systemd-networkd or NetworkManager has the link; manager_elsewhere() says who */
        MANAGER_E_MANAGED_ELSEWHERE = 1,
        MANAGER_E_NOT_SUPPORTED, /* a link type that cannot do DHCP */
        MANAGER_E_NOT_MANAGED,   /* Manage=no in its configuration */
        MANAGER_E_BAD_NAME,      /* no interface can have that name, or the glob is malformed */
        MANAGER_E_TOO_MANY,      /* more claims than there is room for */
} ManagerResult;

#define MANAGER_CLAIMS_MAX 16384u /* held by claim() */

/* Owners are compared by address only. These are built in. */
extern const char manager_owner_command_line[];
extern const char manager_owner_bus[];  /* StartLink() without a connection to hold the claim */
extern const char manager_owner_left[]; /* of a holder that vanished, see manager_holder_left() */

/*
 * @name: interface name or glob. 0 also when no such link exists yet: it is managed as soon as it
 * appears. A claim refused by a positive result is not kept. Owned twice counts once.
 *
 * @apply false: nothing of a lease is put on the link while this claim names it, as with Apply=no in its
 * configuration. The last call of an owner for a name decides.
 */
int manager_claim(Manager *manager, const char *name, const void *owner, bool apply);
/* @owner's claim of @name: as given to manager_claim(). True also if there is no such claim. */
bool manager_claim_applies(Manager *manager, const char *name, const void *owner);
/*
 * Drops @owner's claim of @name. A link with no claim left is stopped. @release as configured when < 0,
 * else no/yes.
 */
void manager_unclaim(Manager *manager, const char *name, const void *owner, int release);
/*
 * Drops every claim that names the link, by any of its names, globs and other owners' too: StopLink() by
 * somebody who has none.
 */
void manager_unclaim_all(Manager *manager, const char *name, int release);
void manager_unclaim_owner(Manager *manager, const void *owner, int release);
/*
 * @owner vanished without a word, as a process does that is killed or restarted. Its claims count on for
 * half a minute, so that its links keep their leases until it is back.
 */
void manager_holder_left(Manager *manager, const void *owner);
/*
 * Records of a daemon before that are still to be looked after: what is applied to a link that nobody
 * claims within some seconds after the start is taken off. The daemon should not exit for idleness
 * meanwhile.
 */
bool manager_has_orphans(const Manager *manager);
bool manager_owns(Manager *manager, const char *name, const void *owner);
unsigned manager_n_claims(Manager *manager);
/* Does the name, or something that the glob matches, exist as an interface? */
bool manager_is_known(Manager *manager, const char *name);
/* "systemd-networkd", "NetworkManager" or NULL. */
const char *manager_elsewhere(Manager *manager, const char *ifname);

/* Why an interface is not managed. */
typedef enum ManagerCandidateReason {
        MANAGER_CANDIDATE_UNMANAGED,     /* nobody claims it */
        MANAGER_CANDIDATE_DOWN,          /* nobody claims it, and it is down */
        MANAGER_CANDIDATE_ELSEWHERE,     /* another manager says it has it */
        MANAGER_CANDIDATE_SWITCHED_OFF,  /* Manage=no */
        MANAGER_CANDIDATE_NOT_SUPPORTED, /* its type cannot do DHCP */
        _MANAGER_CANDIDATE_MAX,
} ManagerCandidateReason;

typedef struct ManagerCandidate { /* borrowed for the call */
        int ifindex;
        const char *ifname;
        const HwAddress *hw_address;
        ManagerCandidateReason reason;
        const char *other; /* the other manager; NULL: none */
} ManagerCandidate;

/* Calls @func for each interface that is not managed. Reads files of other managers. */
typedef void (*ManagerCandidateFunc)(void *userdata, const ManagerCandidate *candidate);
void manager_foreach_candidate(Manager *manager, ManagerCandidateFunc func, void *userdata);

ManagedLink *manager_find(Manager *manager, int ifindex); /* NULL: none */
/* Finds a link by any of its names, or by one that it had a moment ago. NULL: none. */
ManagedLink *manager_find_by_name(Manager *manager, const char *name);
unsigned manager_n_links(Manager *manager);
/* Stops at the first fn() that does not return 0, and returns that. In order of ifindex. */
int manager_foreach(Manager *manager, int (*fn)(ManagedLink *link, void *userdata), void *userdata);
/* Every link is stopped and off the kernel, or was not ours to stop: the daemon may exit. */
bool manager_is_quiet(Manager *manager);

int managed_link_ifindex(const ManagedLink *link);
const char *managed_link_ifname(const ManagedLink *link);
/*
 * Both give names that are borrowed from the link. managed_link_former_names() gives those that it had a
 * moment ago, and returns false if there are none.
 */
LinkNames managed_link_names(const ManagedLink *link);
bool managed_link_former_names(const ManagedLink *link, LinkNames *ret);
const HwAddress *managed_link_hw_address(const ManagedLink *link);
/* Returns true if leases are put on the link; false: Apply=no, they are only published. */
bool managed_link_applies(const ManagedLink *link);
bool managed_link_carrier(const ManagedLink *link);
/* No claim names it any more; it goes when the kernel has nothing of ours on it. */
bool managed_link_is_stopping(const ManagedLink *link);
/* config_link_files(), config_foreach_setting(): of the configuration in force for the link. */
const char **managed_link_config_files(const ManagedLink *link);
void managed_link_foreach_setting(const ManagedLink *link, ConfigSettingFunc func, void *userdata);
/* Calls @func for each claim that names the link; @owner as given to manager_claim(). */
typedef void (*ManagerClaimFunc)(void *userdata, const char *pattern, const void *owner);
void managed_link_foreach_claim(const ManagedLink *link, ManagerClaimFunc func, void *userdata);
uint16_t managed_link_mtu_min(const ManagedLink *link); /* MinimumMTU=, bytes */
/*
 * Returns one sentence that says why there is no lease yet, since when it is searched for, how often servers
 * were asked and when they are asked next; NULL if there is nothing to tell. The caller frees it with
 * g_free().
 */
char *managed_link_describe_search(const ManagedLink *link);
/* bytes of a sentence with its NUL; the rest is cut off; held by managed_link_problems() */
#define MANAGED_LINK_PROBLEM_MAX  512u
#define MANAGED_LINK_PROBLEMS_MAX 5u /* held by managed_link_problems() */

/* A state of the link that people should know of. */
typedef struct ManagedLinkProblem {
        const char *id;                      /* stable, for programs and translations */
        usec_t at;                           /* CLOCK_BOOTTIME, since when */
        char text[MANAGED_LINK_PROBLEM_MAX]; /* one sentence; a name in it may be any bytes */
} ManagedLinkProblem;

/*
 * Stores the problems of the link, the gravest first, and returns how many there are:
 *   port-taken         another process has the DHCP client port
 *   failed             something else failed, the text says what
 *   removed-by-others  the link is bound, but without something that others take away again and again
 *   managed-elsewhere  another manager says that it manages the link, too
 *   dns-not-taken      the lease has DNS servers, and nobody passes them on
 *   no-answer          no server answers, for some seconds now
 *   answers-not-taken  servers answer, and no answer gives a lease
 */
size_t managed_link_problems(const ManagedLink *link, ManagedLinkProblem ret[MANAGED_LINK_PROBLEMS_MAX]);
/*
 * Who passes DNS servers on, or not, says so here: @problem is one sentence, NULL if all is well. It is
 * logged when it begins.
 */
void managed_link_set_dns_problem(ManagedLink *link, const char *problem);
const Link *managed_link_link(const ManagedLink *link);
const Dhcp4Client *managed_link_client(const ManagedLink *link);
const Dhcp4Lease *managed_link_lease(const ManagedLink *link); /* as published last; NULL: none */
void managed_link_desired(const ManagedLink *link, NetConfig *ret);
/*
 * Returns true if a tunnel takes all traffic (net_tunnels_take_all()) and ClasslessRoutes=accept does not
 * say that a server may draw some of it to the link. Observers hear of a change by link_properties.
 */
bool managed_link_is_beside_tunnel(ManagedLink *link);
/* Returns true with ClasslessRoutes=accept. */
bool managed_link_may_override_tunnels(const ManagedLink *link);
/* Returns true if the interface is a tunnel, or not known (yet). */
bool manager_is_tunnel(Manager *manager, int ifindex);

#define MANAGED_LINK_UNUSED_MAX 8u /* held by managed_link_set_unused() */

/*
 * Options of the lease that somebody who is told of it does not use, or not in full: plugins, by their
 * numbers. @reason NULL: the option is used. Reasons past MANAGED_LINK_UNUSED_MAX are dropped. Observers
 * hear of a change by link_properties.
 */
void managed_link_set_unused(ManagedLink *link, unsigned who, uint8_t code, const char *reason);
/* The lease is over. Tells nobody. */
void managed_link_clear_unused(ManagedLink *link);
/* Returns the reason at this place, or NULL past the last one; valid until the next change. */
const char *managed_link_unused(const ManagedLink *link, size_t i, uint8_t *ret_code);
/* link_ignored(): options of the published lease that are not used. */
size_t managed_link_ignored(const ManagedLink *link, Dhcp4Ignored *ret, size_t max);
/* The three methods of org.dhcpdlink1.Link. Release keeps the claim, and waits for Restart or Renew. */
/*
 * Puts the lease on record at once, for this boot alone, or its end: it is about to be told to code that may
 * end the daemon. All the rest is saved when the loop has nothing better to do.
 */
void managed_link_save_lease(ManagedLink *link);
void managed_link_renew(ManagedLink *link);
void managed_link_release(ManagedLink *link);
void managed_link_restart(ManagedLink *link);

/* CLOCK_BOOTTIME instant -> CLOCK_REALTIME, and the loop's idea of now. */
usec_t manager_now(Manager *manager);
usec_t manager_realtime(Manager *manager, usec_t boottime);
