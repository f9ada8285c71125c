/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Private to manager/: what the manager keeps about one managed interface beside its Link, and the manager
 * itself.
 *
 *   manager.c           the kernel's interfaces, claims and configuration -> which links exist; sockets
 *                       -> links; observers
 *   manager-renew.c     leases are asked for again when the host has another name, or slept
 *   manager-clat.c      is there a CLAT provider on the host?
 *   manager-orphans.c   links that nobody claims any more
 *   manager-observers.c  who is told what happens
 *   manager-survey.c    settings in force, who claims a link, interfaces that are not managed
 *   manager-pace.c      how many links may wait for their first answer at a time
 *   managed-link.c      life of one link: identity, start from the lease store, stop
 *   managed-link-record.c  what the lease store keeps of it
 *   managed-link-log.c  what people are told of it; managed-link-search.c has why there is no lease yet
 *   managed-link-ports.c  the outside of a Link (link-ports.h), over that of the manager
 *   manager-ports-linux.c  the outside of the manager (manager-ports.h) over io/
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/macro.h"
#include "base/usec.h"
#include "config/config.h"
#include "link/link.h"
#include "manager/claims.h"
#include "manager/managed-link-search.h"
#include "manager/manager-ports.h"
#include "manager/manager.h"
#include "store/lease-store.h"

/*
 * The default route metric is this plus the ifindex. So two links of a host never share a metric, and the
 * older link is preferred.
 */
#define MANAGED_LINK_METRIC_BASE 1024u

typedef enum Pace {
        PACE_IDLE,    /* not in a queue */
        PACE_WAITING, /* the carrier is up, but the link may not send yet */
        PACE_FLYING,  /* counted against MaxExchanges until it is bound or its time is up */
} Pace;

/* Members of four bytes or less stand side by side: each gap would cost eight bytes for each link. */
struct ManagedLink {
        Manager *manager;
        int ifindex;
        char ifname[IF_NAMESIZE];
        uint32_t main_table; /* routing table of the VRF that the link is in, or else the main one */
        char *altnames;      /* base/link-names.h */
        /*
         * Names that the link had a moment ago, in the same form as altnames; NULL: none. They count for
         * claims until former_timer ends, because it takes two steps to rename a link and keep its old name
         * as an alternative name.
         */
        char *former;
        ManagerTimer former_timer;
        /*
         * .former no longer counts for claims, and only serves to tell holders that know the link by these
         * names that it goes
         */
        bool former_over;
        HwAddress hw_address, broadcast;
        /*
         * The hardware address that the link had when it was first managed. IAID and DUID are made from it.
         */
        HwAddress identity;
        /*
         * The hardware address that the lease in use was granted to, while link_lease_is_former(); len 0:
         * there is no such lease.
         */
        HwAddress former_address;
        uint16_t arp_type; /* ARPHRD_* */
        bool carrier;      /* as the kernel says; the Link is told when it may send (manager-pace.c) */
        uint32_t carrier_changes;
        const ConfigLink *config; /* borrowed from manager->config */

        Link *link;
        /* hear what is sent to it, whatever device it arrives on; 0.0.0.0: none */
        struct in_addr rx_address;
        int rx_vrf; /* ifindex of the VRF that rx_address is in; 0: no VRF */
        TAILQ_ENTRY(ManagedLink) rx_entry;
        UdpSocket *udp; /* bound to rx_address; NULL: it could not be opened, or rx_address is 0.0.0.0 */
        ManagerTimer timer;
        ManagerTimer linger; /* the packet socket is kept until this ends, for late answers */

        bool applies;    /* managed_link_applies() */
        bool brought_up; /* we set IFF_UP */
        bool had_lease;  /* has or remembers a lease; when the lease is over, its record has to be removed */
        bool released;   /* Release() was called; the link waits for Renew() or Restart() */
        bool stopping;   /* the last claim is gone; true until the kernel has nothing of ours any more */
        bool no_default_logged;
        bool ipv6_only_logged;
        uint8_t n_servers_told;
        usec_t stop_until;
        LeaseDigest saved_ahead;      /* of the record in RUNTIME that was saved ahead of the full save */
        bool renew_due;               /* the server does not know the new name of the host yet */
        bool verify_due;              /* the host slept and may be on another network now */
        bool beside_tunnel;           /* the last result of managed_link_is_beside_tunnel() */
        bool listens_to_frames_alone; /* hears DHCPv4 only through the packet socket, not by address */
        Pace pace;
        usec_t pace_until;
        TAILQ_ENTRY(ManagedLink) pace_entry;
        int error_logged, save_error; /* the negative errno that was told last; 0: none */
        usec_t failed_at;             /* since when error_logged has this value */
        uint64_t conflicts_logged, naks_logged;
        SearchReport search;
        usec_t search_since_told; /* observers know about search_attempts_told attempts of this search */
        Dhcp4NetRefusals refusals_logged, refusals_told;
        LinkMissing missing_told;
        uint32_t search_attempts_told;
        char *problem; /* the sentence about missing_told; NULL: nothing is missing */
        usec_t problem_at;
        const char *other; /* another manager that says that it has the link, too; NULL: none */
        usec_t other_at;   /* since when */
        char *dns_problem; /* a sentence about DNS servers that nobody takes; NULL: there is none */
        usec_t dns_problem_at;
        GArray *unused; /* of Unused: the options of the lease that plugins do not use; NULL: none */
};

TAILQ_HEAD(PaceQueue, ManagedLink);
TAILQ_HEAD(AddressQueue, ManagedLink);

typedef struct Observer {
        const ManagerObserver *callbacks;
        void *userdata;
} Observer;

struct Manager {
        const ManagerPorts *ports;
        void *port;
        Config *config;
        LeaseStore *store;              /* borrowed; NULL: none */
        struct AddressQueue by_address; /* links that listen by address */
        Claims *claims;
        GTree *links; /* ifindex -> ManagedLink */
        /* ifindex of a link that exists -> the name under which its refusal was logged */
        GHashTable *refused;
        GArray *observers; /* of Observer */
        GHashTable *dirty; /* set of ifindex to save */
        ManagerTimer flush;
        ManagerTimer orphan_timer; /* runs while there may be orphans */
        GArray *left;              /* of LeftClaim (manager-orphans.c) */
        ManagerTimer left_timer;   /* ends when the first claim of .left ends */
        ManagerTimer pace_timer;
        ManagerTimer renew_timer; /* runs while links have renew_due or verify_due */
        usec_t renewed_at;        /* when it ran last; 0: never */
        struct PaceQueue waiting, flying;
        unsigned n_flying;
        GHashTable *clat_interfaces; /* set of ifindex: CLAT providers */
        bool clat_looked;            /* all interfaces were looked at with the configuration in force */
        bool admitting;
        bool started;
        bool lease_only; /* manager_set_lease_only() */
        bool any_marked; /* the result of claims_any_marked() that links know */
};

/* managed-link-log.c */

/* Logs a message with the link's name and the state of its client. */
void managed_link_log(const ManagedLink *link, int priority, const char *format, ...) _printf_(3, 4);
void managed_link_log_notice(ManagedLink *link, LinkNotice notice, const Dhcp4Source *old,
                             const Dhcp4Source *new);
/*
 * Logs what a turn has changed, and tells observers: conflicts, refusals, what is missing, failures. Each is
 * told once.
 */
void managed_link_log_turn(ManagedLink *link, usec_t now);
/*
 * Tells when another manager begins or ceases to say that it manages the link, too. Call this after each
 * save, when there is time, because it reads files. With TakeOver=yes nothing is told.
 */
void managed_link_look_for_others(ManagedLink *link);
/*
 * Logs which addresses and routes of others the kernel removed. Call this once for each plan that was
 * carried out.
 */
void managed_link_on_losses(ManagedLink *link, const KernelLosses *losses);

/* managed-link-record.c */

/* Reads both clocks at the same time. */
Clocks manager_clocks(Manager *manager);
/*
 * Loads the record of this very interface from before a restart of the daemon. Returns false if there is
 * none. The hardware address may have changed since then: within one boot, the kernel never gives the same
 * index and name together to another interface.
 */
bool managed_link_load_record(Manager *manager, const KernelLink *kernel_link, Clocks now, LeaseRecord *ret);
/*
 * Loads the remembered lease of the link. Looks it up by the name of the link and by the alternative names,
 * one of which the link may have had when the lease was saved. Returns false if there is none.
 */
bool managed_link_load_cached(const ManagedLink *link, Clocks now, Dhcp4Lease *ret);
/*
 * Removes the leases that were saved under @address and any name that the link has or had a moment ago.
 * Keeps the record of the present lease.
 */
void managed_link_forget_names(const ManagedLink *link, const HwAddress *address);
/*
 * Returns true if an earlier daemon left something on this very interface: a lease, addresses, routes,
 * rules, an MTU, or the interface up.
 */
bool managed_link_is_recorded(Manager *manager, const KernelLink *kernel_link);
/*
 * Returns true if a daemon of this boot managed this very interface, with or without a lease, and never let
 * it go.
 */
bool managed_link_was_ours(Manager *manager, const KernelLink *kernel_link);
void managed_link_save(ManagedLink *link);
/*
 * Saves at once that the link's MTU is about to be changed to @mtu, and that @before has to be restored some
 * day, maybe by a later daemon. Both in bytes.
 */
void managed_link_save_mtu(ManagedLink *link, uint32_t mtu, uint32_t before);
/*
 * Call this before @plan is applied. If the plan adds the address of the lease, or policy rules, this saves
 * the record as it will be afterwards. For other plans it does nothing. If the record were saved after the
 * change, and the daemon were killed in between, the next daemon would think that the address and the rules
 * belong to somebody else. After a stop the address would then stay until the end of its lifetime, and the
 * rules for ever.
 */
void managed_link_save_plan(ManagedLink *link, const NetPlan *plan);

/* managed-link.c */

/*
 * Creates a managed link. The caller starts it with managed_link_begin(). Returns a negative errno on
 * failure.
 */
int managed_link_new(Manager *manager, const KernelLink *kernel_link, const ConfigLink *config,
                     ManagedLink **ret);
ManagedLink *managed_link_free(ManagedLink *link);
void managed_link_begin(ManagedLink *link);
/* Takes over what the kernel says about the interface. */
void managed_link_update(ManagedLink *link, const KernelLink *kernel_link);
void managed_link_set_config(ManagedLink *link, const ConfigLink *config);
/* Forgets the former names of the link, which stays managed under its present names. */
void managed_link_forget_former(ManagedLink *link);
/* Call this when a claim came or went: the result of managed_link_applies() may have to change. */
void managed_link_claims_changed(ManagedLink *link);
/* Call this when the result of manager_has_clat() has changed. */
void managed_link_clat_changed(ManagedLink *link);
/*
 * Stops the link. The manager drops it when managed_link_is_finished(). @release as for manager_unclaim().
 */
void managed_link_stop(ManagedLink *link, int release);
/* Call this when the interface is gone: the lease counts as lost with the carrier. */
void managed_link_vanished(ManagedLink *link);
/* Lets the link begin to send (manager-pace.c). */
void managed_link_admit(ManagedLink *link);
bool managed_link_is_finished(const ManagedLink *link, usec_t now);
/* The ports of the Link call these. */
void managed_link_on_state(ManagedLink *link, LinkSource source, const char *old_state,
                           const char *new_state);
void managed_link_on_notice(ManagedLink *link, LinkSource source, LinkNotice notice, const Dhcp4Source *old,
                            const Dhcp4Source *new);
void managed_link_on_turned(ManagedLink *link, usec_t now);

/* managed-link-ports.c. The port of the Link is the ManagedLink. */
extern const LinkPorts managed_link_ports;
void managed_link_init_timers(ManagedLink *link);
/* Closes the sockets of the link for good. */
void managed_link_stop_listening(ManagedLink *link);
/*
 * Applies the socket options of the configuration to the shared sockets. Sockets of single links get them
 * when they are opened next.
 */
void manager_set_socket_options(Manager *manager);

/* manager-orphans.c */

/*
 * Call this after the start. What an earlier daemon left on a link is removed if nobody claims the link
 * within a while.
 */
void manager_await_orphans(Manager *manager);
/* Call this when somebody claims @name. If a holder of @name had left, the holder now counts as back. */
void manager_holder_came(Manager *manager, const char *name);
void manager_orphans_init(Manager *manager);
/* Call this before the claims are freed. */
void manager_orphans_deinit(Manager *manager);

/* manager-claims.c */

/* Stops all links that no claim names any more. @release as for manager_unclaim(). */
void manager_stop_unclaimed(Manager *manager, int release);
/* Returns true if a claim names the link by a name that it has or had a moment ago. */
bool manager_is_claimed(Manager *manager, const ManagedLink *link);
/*
 * Configures the links for changed claims, and tells observers. Call this after each change of claims.
 * @name: the claimed name; NULL: any.
 */
void manager_claims_changed(Manager *manager, const char *name);
/* Loads the claims that an earlier daemon of this boot saved. Call this before any link is managed. */
void manager_load_claims(Manager *manager);

/* manager.c */

/*
 * Returns 0 and stores the configuration of the link if it may be managed, else a positive ManagerResult.
 *
 * A link is refused because of another manager only if we never had it. If an earlier daemon of this boot
 * managed the link, it is ours: it may have a lease that only we renew, and the other manager came later or
 * only watches the link.
 */
int manager_check_link(Manager *manager, const KernelLink *kernel_link, const ConfigLink **ret_config);
/*
 * Begins to manage the link. Returns what manager_check_link() returns, or a negative errno. Both are
 * logged, a refusal only once.
 */
int manager_begin_link(Manager *manager, const KernelLink *kernel_link);
/*
 * Begins to manage a link on which an earlier daemon left something, so that the link can be stopped. The
 * link is never refused, since Manage=no may be newer than what is on the link.
 */
int manager_begin_orphan(Manager *manager, const KernelLink *kernel_link);
/* Begins to manage each interface that is claimed and not managed yet. */
void manager_consider_links(Manager *manager);

/* ManagerPorts.set_timer(), .clear_timer() */
int manager_set_timer(Manager *manager, ManagerTimer *timer, usec_t at, usec_t accuracy);
void manager_clear_timer(Manager *manager, ManagerTimer *timer);

typedef struct ManagerLinks {
        ManagedLink **links;
        size_t n;
} ManagerLinks;

/*
 * Returns a copy of the list of links, to walk over while links come and go. The caller frees the array with
 * g_free().
 */
ManagerLinks manager_all_links(Manager *manager);
/*
 * Drops the link if it has finished stopping. The manager calls this after every call into a Link, because a
 * link must not be dropped inside a turn. @link must not be used afterwards.
 */
void manager_link_done(Manager *manager, ManagedLink *link);
/*
 * Returns the link that a message to @destination is for, NULL if there is none. It is a link that listens
 * by address, has this address, and has the chaddr of the message. @vrf: ifindex of the VRF that the message
 * came in on; 0: no VRF.
 */
ManagedLink *manager_find_receiver(Manager *manager, int vrf, struct in_addr destination,
                                   const uint8_t *data, size_t len);
/*
 * Ends the time in which former names of the link count. The link gets the configuration for its present
 * names, and is stopped if no claim names any of them. @link must not be used afterwards.
 */
void manager_names_settled(Manager *manager, ManagedLink *link);
void manager_mark_dirty(Manager *manager, ManagedLink *link);
void manager_tell_added(Manager *manager, ManagedLink *link);
void manager_tell_removed(Manager *manager, ManagedLink *link);
void manager_tell_configured(Manager *manager, ManagedLink *link);
void manager_tell_claims(Manager *manager, const char *name);
void manager_tell_candidates(Manager *manager);
void manager_tell_state(Manager *manager, ManagedLink *link, LinkSource source, const char *old_state,
                        const char *new_state);
void manager_tell_notice(Manager *manager, ManagedLink *link, LinkSource source, LinkNotice notice,
                         const Dhcp4Source *old, const Dhcp4Source *new);
void manager_tell_properties(Manager *manager, ManagedLink *link);

/* manager-renew.c */

void manager_renew_init(Manager *manager);
/* Renews or verifies the leases of links with renew_due or verify_due, a few at a time. */
void manager_renew_due(Manager *manager);

/* manager-clat.c */

bool manager_has_clat(Manager *manager);
/* Call this when the kernel reports a change of any interface, before the link on it is told. */
void manager_clat_interface_changed(Manager *manager, const KernelLink *kernel_link);
void manager_clat_interface_removed(Manager *manager, int ifindex);
/* Call this before the links get the new configuration. */
void manager_clat_config_changed(Manager *manager);

/* manager-pace.c */
void manager_pace_init(Manager *manager);
void manager_pace_deinit(Manager *manager);
/* Call this when the link has a carrier and wants to send. */
void manager_pace_request(Manager *manager, ManagedLink *link);
/* Call this when the link has its answer, has lost its carrier, or goes away. */
void manager_pace_release(Manager *manager, ManagedLink *link);
