/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Private to manager/: what the manager keeps of one managed interface beside its Link, and the manager
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

/* Added to the ifindex: two links of a host never share a metric, and the older one is preferred. */
#define MANAGED_LINK_METRIC_BASE 1024u

typedef enum Pace {
        PACE_IDLE,    /* not in a queue */
        PACE_WAITING, /* the carrier is up, its turn has not come */
        PACE_FLYING,  /* counted against MaxExchanges until it is bound or its time is up */
} Pace;

struct ManagedLink {
        Manager *manager;
        int ifindex;
        char ifname[IF_NAMESIZE];
        char *altnames; /* base/link-names.h */
        /*
         * Names that the link had a moment ago, in the form of altnames; NULL: none. They count for claims
         * until former_timer ends, because renaming a link and keeping its old name as an alternative one
         * takes two steps.
         */
        char *former;
        ManagerTimer former_timer;
        bool former_over; /* they count no more; holders that know the link by them are told that it goes */
        HwAddress hw_address, broadcast;
        /* The hardware address that the link had when it was managed first. IAID and DUID are made of it. */
        HwAddress identity;
        /* Of the lease in use, while link_lease_is_former(); len 0: there is no such lease */
        HwAddress former_address;
        uint16_t arp_type; /* ARPHRD_* */
        bool carrier;      /* as the kernel says; the Link hears of it when its turn comes */
        uint32_t carrier_changes;
        uint32_t main_table;      /* routing table: of the VRF that the link is in, or main */
        const ConfigLink *config; /* borrowed from manager->config */

        Link *link;
        struct in_addr rx_address; /* heard whatever device it comes in on; 0.0.0.0: none */
        int rx_vrf;                /* in this VRF, ifindex; 0: outside of any */
        TAILQ_ENTRY(ManagedLink) rx_entry;
        UdpSocket *udp; /* bound to rx_address; NULL: it could not be opened, or rx_address is 0.0.0.0 */
        ManagerTimer timer;
        ManagerTimer linger;          /* the packet socket is kept until then, for answers that come late */
        bool listens_to_frames_alone; /* that is, for DHCPv4, and not by address */

        Pace pace;
        usec_t pace_until;
        TAILQ_ENTRY(ManagedLink) pace_entry;

        bool applies;    /* managed_link_applies() */
        bool brought_up; /* we set IFF_UP */
        bool had_lease;  /* or remembered one: when it is over, it is to be forgotten */
        bool released;   /* by Release(): waits for Renew() or Restart() */
        bool stopping;   /* last claim gone: until the kernel has nothing of ours any more */
        usec_t stop_until;
        LeaseDigest saved_ahead;      /* what is in RUNTIME already, until all is saved */
        bool renew_due;               /* its server does not know the host's new name yet */
        bool verify_due;              /* the host slept: who knows where it is now */
        bool beside_tunnel;           /* as managed_link_is_beside_tunnel() said last */
        int error_logged, save_error; /* negative errno that was told; 0: none */
        usec_t failed_at;             /* since when error_logged is what it is */
        uint64_t conflicts_logged, naks_logged;
        SearchReport search;
        usec_t search_since_told; /* observers know of this many attempts of this search */
        uint32_t search_attempts_told;
        Dhcp4NetRefusals refusals_logged, refusals_told;
        LinkMissing missing_told;
        char *problem; /* the sentence about it; NULL: there is none */
        usec_t problem_at;
        const char *other; /* the other manager that says it has the link, too; NULL: none */
        usec_t other_at;   /* since when */
        char *dns_problem; /* the same of DNS servers that nobody takes; NULL: there is none */
        usec_t dns_problem_at;
        GArray *unused; /* of Unused: what plugins do not use of the lease; NULL: nothing */
        bool no_default_logged;
        bool ipv6_only_logged;
        uint8_t n_servers_told;
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
        GTree *links;        /* ifindex -> ManagedLink */
        GHashTable *refused; /* ifindex of a link that exists -> the name that its refusal was logged by */
        GArray *observers;   /* of Observer */
        GHashTable *dirty;   /* set of ifindex to save */
        ManagerTimer flush;
        ManagerTimer orphan_timer; /* runs while there may be orphans */
        GArray *left;              /* of LeftClaim (manager-orphans.c) */
        ManagerTimer left_timer;   /* until the first of them ends */
        ManagerTimer pace_timer;
        ManagerTimer renew_timer; /* runs while links have renew_due or verify_due */
        usec_t renewed_at;        /* when it ran last; 0: never */
        struct PaceQueue waiting, flying;
        unsigned n_flying;
        GHashTable *clat_interfaces; /* set of ifindex: CLAT providers */
        bool clat_looked;            /* all interfaces were looked at, by the configuration in force */
        bool admitting;
        bool started;
        bool lease_only; /* manager_set_lease_only() */
        bool any_marked; /* claims_any_marked(), as links know it */
};

/* managed-link-log.c */

/* Logs with the link's name and the state of its client. */
void managed_link_log(const ManagedLink *link, int priority, const char *format, ...) _printf_(3, 4);
void managed_link_log_notice(ManagedLink *link, LinkNotice notice, const Dhcp4Lease *old,
                             const Dhcp4Lease *new);
/* Tells what a turn has changed: conflicts, refusals, what is missing, failures. Each is told once. */
void managed_link_log_turn(ManagedLink *link, usec_t now);
/*
 * Tells when another manager says that it manages the link, too, or no longer does. Call it after each save,
 * when there is time: it reads files. TakeOver=yes means that nobody wants to hear of it.
 */
void managed_link_look_for_others(ManagedLink *link);
/* Call it once for each plan that was carried out. */
void managed_link_on_losses(ManagedLink *link, const KernelLosses *losses);

/* managed-link-record.c */

/* Both clocks, read together. */
Clocks manager_clocks(Manager *manager);
/*
 * Returns true when the store knows this very interface from before a restart of the daemon. Its hardware
 * address may have changed since; within one boot the kernel gives an index and a name together to no other
 * interface.
 */
bool managed_link_load_record(Manager *manager, const KernelLink *kernel_link, Clocks now, LeaseRecord *ret);
/*
 * Looks for the lease by the name that the link has, and by those that it may have had when the lease was
 * saved.
 */
bool managed_link_load_cached(const ManagedLink *link, Clocks now, Dhcp4Lease *ret);
/*
 * Forgets the leases that were saved under @address and any name that the link has or had a moment ago,
 * except the record that its present lease is saved under.
 */
void managed_link_forget_names(const ManagedLink *link, const HwAddress *address);
/* Did a daemon before us leave a lease applied to this very interface? */
bool managed_link_is_recorded(Manager *manager, const KernelLink *kernel_link);
/* Did a daemon of this boot manage this very interface, with or without a lease, and never let it go? */
bool managed_link_was_ours(Manager *manager, const KernelLink *kernel_link);
void managed_link_save(ManagedLink *link);
/*
 * At once: the link's MTU is about to be changed to @mtu, and @before is to be put back some day, by
 * whoever runs then. Bytes.
 */
void managed_link_save_mtu(ManagedLink *link, uint32_t mtu, uint32_t before);
/*
 * Call it before @plan is applied. It writes the record as it is going to be if the plan adds the address
 * of the lease, or policy rules. If the daemon were killed between the change and the record, the next
 * one would take them for somebody else's: the address would stay after a stop, until its lifetime is
 * over, and the rules for ever. Other plans cost nothing.
 */
void managed_link_save_plan(ManagedLink *link, const NetPlan *plan);

/* managed-link.c */

/* Creates the link's client and starts it from what the store knows. Tells observers. */
int managed_link_new(Manager *manager, const KernelLink *kernel_link, const ConfigLink *config,
                     ManagedLink **ret);
ManagedLink *managed_link_free(ManagedLink *link);
void managed_link_begin(ManagedLink *link);
/* What the kernel says of the interface. */
void managed_link_update(ManagedLink *link, const KernelLink *kernel_link);
void managed_link_set_config(ManagedLink *link, const ConfigLink *config);
/* The link stays, and nobody knows it by a name of before any more. */
void managed_link_forget_former(ManagedLink *link);
/* A claim came or went, and with it perhaps what managed_link_applies() is to be. */
void managed_link_claims_changed(ManagedLink *link);
/* manager_has_clat() says something else now. */
void managed_link_clat_changed(ManagedLink *link);
/* Stops; the manager drops the link when it is finished. @release as for manager_unclaim(). */
void managed_link_stop(ManagedLink *link, int release);
/* The interface is gone: the lease counts as lost with its carrier. */
void managed_link_vanished(ManagedLink *link);
/* The interface's turn has come (manager-pace.c). */
void managed_link_admit(ManagedLink *link);
bool managed_link_is_finished(const ManagedLink *link, usec_t now);
/* From the ports. */
void managed_link_on_state(ManagedLink *link, const char *old_state, const char *new_state);
void managed_link_on_notice(ManagedLink *link, LinkNotice notice, const Dhcp4Lease *old,
                            const Dhcp4Lease *new);
void managed_link_on_turned(ManagedLink *link, usec_t now);

/* managed-link-ports.c; the port is the ManagedLink. */
extern const LinkPorts managed_link_ports;
void managed_link_init_timers(ManagedLink *link);
/* The link closes its sockets, for good. */
void managed_link_stop_listening(ManagedLink *link);
/* The configuration has other ones; sockets of single links follow when they are opened next. */
void manager_set_socket_options(Manager *manager);

/* manager-orphans.c */

/* After the start: what nobody claims within a while is taken off. */
void manager_await_orphans(Manager *manager);
/* Somebody claims @name: its holder is back, if there was one that left. */
void manager_holder_came(Manager *manager, const char *name);
void manager_orphans_init(Manager *manager);
/* Before the claims are freed. */
void manager_orphans_deinit(Manager *manager);

/* manager-claims.c */

/* Stops what no claim names any more. @release as for manager_unclaim(). */
void manager_stop_unclaimed(Manager *manager, int release);
/* Returns true if a claim names the link by a name that it has or had a moment ago. */
bool manager_is_claimed(Manager *manager, const ManagedLink *link);
/*
 * Call it after each change of claims: links are configured for it, and observers are told. @name as for
 * manager_tell_claims().
 */
void manager_claims_changed(Manager *manager, const char *name);
/* The claims that a daemon of this boot saved. Call it before anything is managed. */
void manager_load_claims(Manager *manager);

/* manager.c */

/*
 * 0: may be managed. Fills *ret_config then, too.
 *
 * Only a link that we never had is refused for another manager. One that a daemon of this boot managed
 * before us is ours: it may have a lease that nobody but us renews, and who came later, or only watches,
 * has no claim to it.
 */
int manager_check_link(Manager *manager, const KernelLink *kernel_link, const ConfigLink **ret_config);
/*
 * Begins to manage the link. What manager_check_link() returns, or a negative errno; both are logged, and a
 * refusal only once.
 */
int manager_begin_link(Manager *manager, const KernelLink *kernel_link);
/*
 * The same of a link that a daemon before left something on, so that it can be stopped: nothing refuses
 * that, since Manage=no may be newer than what is on the link.
 */
int manager_begin_orphan(Manager *manager, const KernelLink *kernel_link);
/* Begins to manage each interface that is claimed, and not managed yet. */
void manager_consider_links(Manager *manager);

/* ManagerPorts.set_timer(), .clear_timer() */
int manager_set_timer(Manager *manager, ManagerTimer *timer, usec_t at, usec_t accuracy);
void manager_clear_timer(Manager *manager, ManagerTimer *timer);

typedef struct ManagerLinks {
        ManagedLink **links;
        size_t n;
} ManagerLinks;

/* A copy to walk over while links come and go. g_free() its array. */
ManagerLinks manager_all_links(Manager *manager);
/*
 * Every entry into a Link is followed by this: a link that finished stopping is dropped here, and nowhere
 * inside a turn. @link must not be used after.
 */
void manager_link_done(Manager *manager, ManagedLink *link);
/*
 * Of the links that listen by address, returns the one that a message to @destination is for: it has that
 * address, and the message has its chaddr. @vrf: where it came in, ifindex of the VRF; 0: outside of any.
 * NULL: none.
 */
ManagedLink *manager_find_receiver(Manager *manager, int vrf, struct in_addr destination,
                                   const uint8_t *data, size_t len);
/*
 * The names that the link has now are the only ones that count: the configuration for them is taken, and the
 * link is stopped if no claim has any of them. @link must not be used after.
 */
void manager_names_settled(Manager *manager, ManagedLink *link);
void manager_mark_dirty(Manager *manager, ManagedLink *link);
void manager_tell_added(Manager *manager, ManagedLink *link);
void manager_tell_removed(Manager *manager, ManagedLink *link);
void manager_tell_configured(Manager *manager, ManagedLink *link);
void manager_tell_claims(Manager *manager, const char *name);
void manager_tell_candidates(Manager *manager);
void manager_tell_state(Manager *manager, ManagedLink *link, const char *old_state, const char *new_state);
void manager_tell_notice(Manager *manager, ManagedLink *link, LinkNotice notice, const Dhcp4Lease *old,
                         const Dhcp4Lease *new);
void manager_tell_properties(Manager *manager, ManagedLink *link);

/* manager-renew.c */

void manager_renew_init(Manager *manager);
/* Links with renew_due or verify_due are seen to, a few at a time. */
void manager_renew_due(Manager *manager);

/* manager-clat.c */

bool manager_has_clat(Manager *manager);
/* What the kernel says of any interface, before the link on it is told. */
void manager_clat_interface_changed(Manager *manager, const KernelLink *kernel_link);
void manager_clat_interface_removed(Manager *manager, int ifindex);
/* Before the links take the new configuration. */
void manager_clat_config_changed(Manager *manager);

/* manager-pace.c */
void manager_pace_init(Manager *manager);
void manager_pace_deinit(Manager *manager);
/* The link has a carrier and would like to send. */
void manager_pace_request(Manager *manager, ManagedLink *link);
/* The link has its answer, or lost its carrier, or goes. */
void manager_pace_release(Manager *manager, ManagedLink *link);
