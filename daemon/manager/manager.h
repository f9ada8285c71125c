/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * All links, by ifindex. Creates and drops links as the kernel's interfaces, the claims and the
 * configuration change. D-Bus and plugins learn what happens as observers that main.c attaches, so this
 * folder knows neither of them.
 *
 * A link is managed while at least one *claim* names it: --link= on the command line, StartLink() on the
 * bus, or a connection on the private socket. A claim consists of a name or a glob. It may come before the
 * link exists, and may outlive the link. Each name of a link counts, also the alternative ones. After a link
 * is renamed, its old names still count for claims for a second.
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
 * Callbacks come from the loop or from within manager_*() calls. An observer is never called while one of
 * its own callbacks is running. A link is valid only during the callback. Members may be NULL.
 */
typedef struct ManagerObserver {
        void (*link_added)(void *userdata, ManagedLink *link);
        /* @link is still valid during the call, and must not be used afterwards. */
        void (*link_removed)(void *userdata, ManagedLink *link);
        /* The state of @source has changed. States are static texts. */
        void (*link_state)(void *userdata, ManagedLink *link, LinkSource source, const char *old_state,
                           const char *new_state);
        /*
         * Called when the kernel shows the change (link/link.h), so an observer may use the address. @old,
         * @new: NULL if there was or is no lease.
         */
        void (*link_notice)(void *userdata, ManagedLink *link, LinkSource source, LinkNotice notice,
                            const Dhcp4Source *old, const Dhcp4Source *new);
        /* Name, carrier, hardware address or error changed. */
        void (*link_properties)(void *userdata, ManagedLink *link);
        /* The link may have other settings now, or the same settings from other files. */
        void (*link_configured)(void *userdata, ManagedLink *link);
        /* Claims of the interface @name came or went; NULL: this may concern any interface. */
        void (*claims_changed)(void *userdata, const char *name);
        /* The result of manager_foreach_candidate() may have changed. Called often. */
        void (*candidates_changed)(void *userdata);
} ManagerObserver;

/*
 * Creates a manager. Takes a reference to @config. @store is borrowed and may be NULL. Takes over @port,
 * also on failure.
 */
int manager_new(const ManagerPorts *ports, void *port, Config *config, LeaseStore *store, Manager **ret);
/* Does the same with the ports of this host (manager-ports-linux.c). Takes a reference to @event. */
int manager_new_linux(sd_event *event, Config *config, LeaseStore *store, Manager **ret);
Manager *manager_free(Manager *manager);
static inline void manager_freep(Manager **p) {
        *p = manager_free(*p);
}

/* @observer and @userdata are borrowed, until manager_remove_observer() with the same @userdata. */
void manager_add_observer(Manager *manager, const ManagerObserver *observer, void *userdata);
void manager_remove_observer(Manager *manager, void *userdata);

/*
 * Makes the manager put nothing of a lease on any link, as with Apply=no for all links. Call this before
 * manager_start().
 */
void manager_set_lease_only(Manager *manager);

/* Begins to follow the kernel. Links that a claim names start at once. */
int manager_start(Manager *manager);

/*
 * Applies a new configuration, and takes a reference to it. Links whose settings did not change are not
 * touched.
 */
int manager_reload(Manager *manager, Config *config);

/*
 * Does the same as manager_reload(), with a configuration from config_rename_host(). Links that have a lease
 * and send the host name to servers renew: MaxExchanges= of them at once, and then as many each second.
 */
int manager_rename_host(Manager *manager, Config *config);

/*
 * Call this when the host has slept. Leases are verified by INIT-REBOOT, as many per second as for
 * manager_rename_host(), and stay in use meanwhile.
 */
void manager_resumed(Manager *manager);

/* Positive results of manager_claim() */
typedef enum ManagerResult {
        /* systemd-networkd or NetworkManager has the link; manager_elsewhere() says which */
        MANAGER_E_MANAGED_ELSEWHERE = 1,
        MANAGER_E_NOT_SUPPORTED, /* a link type that cannot do DHCP */
        MANAGER_E_NOT_MANAGED,   /* Manage=no in its configuration */
        MANAGER_E_BAD_NAME,      /* no interface can have that name, or the glob is malformed */
        MANAGER_E_TOO_MANY,      /* there are MANAGER_CLAIMS_MAX claims already */
} ManagerResult;

#define MANAGER_CLAIMS_MAX 16384u /* held by claim() */

/* Built-in owners. Owners are only compared by address. */
extern const char manager_owner_command_line[];
extern const char manager_owner_bus[]; /* StartLink() without a connection to hold the claim */
/* has the claims of holders that vanished, see manager_holder_left() */
extern const char manager_owner_left[];

/*
 * Adds @owner's claim of @name, an interface name or a glob. Returns 0 also if no such link exists yet: it
 * is managed as soon as it appears. Returns a ManagerResult if the claim is refused; it is not kept then. To
 * claim a name twice is the same as to claim it once.
 *
 * If @apply is false, nothing of a lease is put on the link while this claim names it, as with Apply=no in
 * its configuration. The last call of an owner for a name decides.
 */
int manager_claim(Manager *manager, const char *name, const void *owner, bool apply);
/*
 * Returns the value of @apply that @owner gave to manager_claim() for @name. Returns true also if there is
 * no such claim.
 */
bool manager_claim_applies(Manager *manager, const char *name, const void *owner);
/*
 * Drops @owner's claim of @name. A link with no claim left is stopped. @release: 0 sends no RELEASE; other
 * values send one if SendRelease= allows it.
 */
void manager_unclaim(Manager *manager, const char *name, const void *owner, int release);
/*
 * Drops every claim that names the link by any of its names, including globs and claims of other owners.
 * This is for StopLink() by somebody who has no claim.
 */
void manager_unclaim_all(Manager *manager, const char *name, int release);
void manager_unclaim_owner(Manager *manager, const void *owner, int release);
/*
 * Call this when @owner vanished without dropping its claims, because the process was killed or restarted.
 * Its claims stay for half a minute, so its links keep their leases until it is back.
 */
void manager_holder_left(Manager *manager, const void *owner);
/*
 * Returns true while there may be orphans: links on which an earlier daemon left something, and which nobody
 * has claimed yet. What is on them is removed some seconds after the start. Until then the daemon should not
 * exit because it is idle.
 */
bool manager_has_orphans(const Manager *manager);
bool manager_owns(Manager *manager, const char *name, const void *owner);
unsigned manager_n_claims(Manager *manager);
/* Returns true if there is an interface with this name, or one that the glob matches. */
bool manager_is_known(Manager *manager, const char *name);
/* Returns which other manager has the interface: "systemd-networkd" or "NetworkManager"; NULL: none. */
const char *manager_elsewhere(Manager *manager, const char *ifname);

/* Why an interface is not managed. */
typedef enum ManagerCandidateReason {
        MANAGER_CANDIDATE_UNMANAGED,     /* nobody claims it */
        MANAGER_CANDIDATE_DOWN,          /* nobody claims it, and it is down */
        MANAGER_CANDIDATE_ELSEWHERE,     /* another manager says that it has the interface */
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

/* Calls @func for each interface that is not managed. This reads files of other managers. */
typedef void (*ManagerCandidateFunc)(void *userdata, const ManagerCandidate *candidate);
void manager_foreach_candidate(Manager *manager, ManagerCandidateFunc func, void *userdata);

ManagedLink *manager_find(Manager *manager, int ifindex); /* NULL: none */
/* Finds a link by any of its names, or by one that it had a moment ago. NULL: none. */
ManagedLink *manager_find_by_name(Manager *manager, const char *name);
unsigned manager_n_links(Manager *manager);
/*
 * Calls @fn for each link in order of ifindex. Stops at the first call that does not return 0, and returns
 * its result.
 */
int manager_foreach(Manager *manager, int (*fn)(ManagedLink *link, void *userdata), void *userdata);
/* Returns true if no link is stopping any more, so the daemon may exit. */
bool manager_is_quiet(Manager *manager);

int managed_link_ifindex(const ManagedLink *link);
const char *managed_link_ifname(const ManagedLink *link);
/*
 * Both give names that are borrowed from the link. managed_link_former_names() stores the names that the
 * link had a moment ago, and returns false if there are none.
 */
LinkNames managed_link_names(const ManagedLink *link);
bool managed_link_former_names(const ManagedLink *link, LinkNames *ret);
const HwAddress *managed_link_hw_address(const ManagedLink *link);
/* Returns true if leases are put on the link, false if they are only published (Apply=no). */
bool managed_link_applies(const ManagedLink *link);
bool managed_link_carrier(const ManagedLink *link);
/* Returns true if the link is being stopped. It goes away when the kernel has nothing of ours on it. */
bool managed_link_is_stopping(const ManagedLink *link);
/* config_link_files() and config_foreach_setting() for the configuration in force for the link. */
const char **managed_link_config_files(const ManagedLink *link);
void managed_link_foreach_setting(const ManagedLink *link, ConfigSettingFunc func, void *userdata);
/* Calls @func for each claim that names the link; @owner as given to manager_claim(). */
typedef void (*ManagerClaimFunc)(void *userdata, const char *pattern, const void *owner);
void managed_link_foreach_claim(const ManagedLink *link, ManagerClaimFunc func, void *userdata);
uint16_t managed_link_mtu_min(const ManagedLink *link); /* MinimumMTU=, bytes */
/*
 * Returns one sentence that says why there is no lease yet, since when the link has been searching, how
 * often it asked servers and when it asks next; NULL if there is nothing to tell. The caller frees it with
 * g_free().
 */
char *managed_link_describe_search(const ManagedLink *link);
/* bytes of a sentence with its NUL; longer ones are cut off; held by managed_link_problems() */
#define MANAGED_LINK_PROBLEM_MAX  512u
#define MANAGED_LINK_PROBLEMS_MAX 5u /* held by managed_link_problems() */

/* A state of the link that people should know about. */
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
 * Sets or clears the problem with the DNS servers of the lease. The code that passes the servers on calls
 * this. @problem is one sentence, NULL if there is no problem. A problem is logged when it begins.
 */
void managed_link_set_dns_problem(ManagedLink *link, const char *problem);
const Link *managed_link_link(const ManagedLink *link);
const Dhcp4Client *managed_link_client(const ManagedLink *link);
/* Returns what the link has, as published last; NULL: nothing. */
const Dhcp4Source *managed_link_source(const ManagedLink *link);
void managed_link_desired(const ManagedLink *link, NetConfig *ret);
/*
 * Returns true if a tunnel takes all traffic (net_tunnels_take_all()) and ClasslessRoutes=accept does not
 * allow servers to draw some of it to the link. Observers are told of a change by link_properties.
 */
bool managed_link_is_beside_tunnel(ManagedLink *link);
/* Returns true if ClasslessRoutes=accept. */
bool managed_link_may_override_tunnels(const ManagedLink *link);
/* Returns true if the interface is a tunnel, or is not known (yet). */
bool manager_is_tunnel(Manager *manager, int ifindex);

#define MANAGED_LINK_UNUSED_MAX 8u /* held by managed_link_set_unused() */

/*
 * Notes that plugin number @who does not use the option @code of the lease, or not in full. @reason NULL:
 * the option is used. Reasons past MANAGED_LINK_UNUSED_MAX are dropped. Observers are told of a change by
 * link_properties.
 */
void managed_link_set_unused(ManagedLink *link, unsigned who, uint8_t code, const char *reason);
/* Forgets all these reasons, because the lease is over. Does not tell observers. */
void managed_link_clear_unused(ManagedLink *link);
/*
 * Returns the reason number @i and stores its option, or returns NULL past the last one. Valid until the
 * next change.
 */
const char *managed_link_unused(const ManagedLink *link, size_t i, uint8_t *ret_code);
/* link_ignored(): options of the published lease that are not used. */
size_t managed_link_ignored(const ManagedLink *link, Dhcp4Ignored *ret, size_t max);
/*
 * managed_link_renew(), _release() and _restart() are the methods of org.dhcpdlink1.Link. Release keeps the
 * claim, and the link waits for Restart or Renew.
 */
/*
 * Saves the lease, or that it is over, at once. A lease is saved only for this boot. Call this before the
 * lease is told to code that may crash the daemon. Everything else is saved when the loop has nothing else
 * to do.
 */
void managed_link_save_lease(ManagedLink *link);
void managed_link_renew(ManagedLink *link);
void managed_link_release(ManagedLink *link);
void managed_link_restart(ManagedLink *link);

/*
 * manager_now() returns the loop's present time on CLOCK_BOOTTIME. manager_realtime() converts such an
 * instant to CLOCK_REALTIME.
 */
usec_t manager_now(Manager *manager);
usec_t manager_realtime(Manager *manager, usec_t boottime);
