/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The kernel's network configuration, through libnl-route-3.
 *
 * Follows links by notification; keeps, in compact form, the IPv4 addresses of every link and the
 * RTPROT_DHCP routes, and which of them are ours; gives a snapshot of one link as net/net-plan.h data, and
 * carries plans out. Decides nothing. libnl builds and parses the messages. Its object caches are not used:
 * they would cost megabytes for a thousand links, for fields that nobody reads. The records here take some
 * forty bytes for an address or a route.
 *
 * Links are dumped by kernel_start(). Addresses and routes are dumped at the first snapshot, which comes
 * after the first DISCOVER left. A full receive buffer (ENOBUFS) leads to a dump of everything and to
 * handler calls for what differs.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "base/link-names.h"
#include "net/net-plan.h"
#include "net/net-tunnels.h"

typedef struct sd_event sd_event;
typedef struct Kernel Kernel;

typedef struct KernelLink {
        int ifindex;
        char ifname[16];
        /*
         * see base/link-names.h; as many as fit KERNEL_ALTNAMES_MAX. NULL: none. Valid until the next return
         * to the loop.
         */
        const char *altnames;
        uint16_t arp_type; /* ARPHRD_* */
        HwAddress address, broadcast;
        bool up;       /* IFF_UP */
        bool noarp;    /* IFF_NOARP: no broadcast domain to run DHCP or ARP on */
        bool loopback; /* IFF_LOOPBACK */
        bool carrier;  /* IFF_UP, IFF_LOWER_UP and not dormant (operational state UP or UNKNOWN) */
        /*
         * changes of the carrier since the link exists; if equal after a restart, the carrier never changed
         */
        uint32_t carrier_changes;
        uint32_t mtu;       /* bytes */
        int master;         /* ifindex of the bridge, bond or VRF that the link belongs to; 0: none */
        uint32_t vrf_table; /* routing table, if this is a VRF itself; else 0 */
        bool tunnel;        /* a tunnel: packets leave the host by another link (a VPN, PPP, an overlay) */
} KernelLink;

#define KERNEL_ALTNAMES_MAX \
        4096u /* bytes of all alternative names of one link; names beyond that are left out */

static inline LinkNames kernel_link_names(const KernelLink *link) {
        return (LinkNames){ .ifname = link->ifname, .altnames = link->altnames };
}

typedef struct KernelHandler {
        /* also once per link from kernel_start() */
        void (*link_changed)(void *userdata, const KernelLink *link);
        void (*link_removed)(void *userdata, int ifindex);
        /* an address or route of ours changed, whoever did it: plan again */
        void (*config_changed)(void *userdata, int ifindex);
        /* the answer of kernel_tunnels() may have changed, for any link */
        void (*tunnels_changed)(void *userdata);
} KernelHandler;

/* What the kernel took from others because we deleted an address (io/kernel-restore.c). */
typedef struct KernelLosses {
        unsigned n_restored; /* addresses and routes that were put back */
        unsigned n_lost;     /* that could not be put back */
        /*
         * of the first of these, negative errno; if n_lost is 0, the kernel could not be asked what is
         * missing
         */
        int error;
        bool first_is_route;
        struct in_addr first; /* its address or destination */
        uint8_t first_prefix_len;
} KernelLosses;

int kernel_new(sd_event *event, const KernelHandler *handler, void *userdata, Kernel **ret);
Kernel *kernel_free(Kernel *kernel);
static inline void kernel_freep(Kernel **p) {
        *p = kernel_free(*p);
}

/* Subscribes and dumps the links. Handlers are called before it returns, and from the loop after. */
int kernel_start(Kernel *kernel);

/* NULL: none. Valid until the next return to the loop. @name may be an alternative one. */
const KernelLink *kernel_find_link(Kernel *kernel, int ifindex);
const KernelLink *kernel_find_link_by_name(Kernel *kernel, const char *name);
/*
 * Asks the kernel which link has the name, enters the answer into the records, and tells the handler. The
 * kernel sends no notification when a link that is down gets an alternative name. Links that are down are
 * therefore asked again a few times after each change of them; this is for callers who need to know at once.
 */
void kernel_look_up_name(Kernel *kernel, const char *name);
/*
 * Calls fn() for every known link, in order of ifindex. fn() may call into the kernel; a link it is handed
 * is valid for that call.
 */
void kernel_foreach_link(Kernel *kernel, void (*fn)(void *userdata, const KernelLink *link), void *userdata);

/* Returns the routing table of the link's traffic: that of its VRF, or RT_TABLE_MAIN. */
uint32_t kernel_main_table(Kernel *kernel, const KernelLink *link);

/* Returns the ifindex of the VRF that the link is in, or 0. */
int kernel_vrf(Kernel *kernel, const KernelLink *link);

/*
 * Returns the ifindex of another link that has @address, is up and in the same routing domain (the same VRF,
 * or none); 0 if none has it. A bridge or bond and its ports count as one link. The loopback link does not
 * count, nor do addresses with a peer.
 */
int kernel_address_elsewhere(Kernel *kernel, int ifindex, struct in_addr address);

/* Returns true if the link, or a bridge or bond that it is a port of, has @address, whoever put it there. */
bool kernel_address_here(Kernel *kernel, int ifindex, struct in_addr address);

/* Returns true if any link of this host has the hardware address, managed or not. */
bool kernel_has_hw_address(Kernel *kernel, const uint8_t *address, size_t len);

/*
 * Sets or clears IFF_UP. Waits for the kernel's answer (microseconds). The records say so from then on, and
 * the handler is told when the notification comes.
 */
int kernel_set_up(Kernel *kernel, int ifindex, bool up);

/*
 * Sets the interface's MTU, bytes, and waits for the kernel's answer. From then on the link has it, and the
 * handler is told of changes by others only, though notifications from before may still be queued. Negative
 * errno: -ENODEV for no such link, or what the kernel says if the device refuses the value.
 */
int kernel_set_mtu(Kernel *kernel, int ifindex, uint32_t mtu);

/*
 * Takes over what an earlier run of the daemon put on the link, by its record (store/lease-store.h): those
 * objects of @owned that are there count as ours from now on. (What kernel_apply() adds is ours without
 * this.) Of addresses only value and prefix length count; a rule of table 0 stands for the rules of any
 * table. Negative errno: -ENOMEM.
 */
int kernel_adopt(Kernel *kernel, int ifindex, const NetConfig *owned);

/*
 * Stores which IPv4 objects on the link are ours, for the record. Leaves out what does not fit a NetConfig.
 */
void kernel_owned(const Kernel *kernel, int ifindex, NetConfig *ret);

/*
 * Adds to *ret, which starts empty, the routes of tunnels (other than the link itself) that routes of the
 * link could capture the traffic of. Negative errno: -ENODEV for a link that is not known, -ETIMEDOUT when
 * the kernel does not answer.
 */
int kernel_tunnels(Kernel *kernel, int ifindex, NetTunnels *ret);

/*
 * Stores what matters for a plan, of the family of @desired: our addresses, routes (in every table) and
 * rules, and those that equal a desired one although somebody else put them there. Our rules are in *ret
 * even when the link is gone (-ENODEV), since they do not go with it. The kernel speaks of lifetimes
 * relative to now; both calls convert, hence @now. Negative errno: -ENODEV for a link that is not known,
 * -ETIMEDOUT when the kernel does not answer, -EAFNOSUPPORT for a family of which nothing is on record.
 */
int kernel_snapshot(Kernel *kernel, int ifindex, usec_t now, const NetConfig *desired, NetConfig *ret);

/*
 * Returns who removed an address or a route of the link last: the netlink port of the request, which is
 * mostly the number of the process. 0: not known (the kernel itself, an ioctl, or nothing was removed since
 * we put it there).
 */
uint32_t kernel_removed_by(Kernel *kernel, int ifindex);

/*
 * Carries out every step in order, several messages to a sendmsg, and takes the kernel's answers. What is
 * gone already when it is to be deleted, or there already in the very same form, counts as done, and is
 * ours only if it was before. Routes are appended (never replace anybody's). Goes on after a failed step
 * and returns the first failure as negative errno; the caller plans again later. -ETIME: an address whose
 * lifetime ends in less than a second is not set.
 *
 * An address is deleted with care: what the kernel takes of others with it is put back before the call
 * returns, whatever promote_secondaries says, and *ret says what was. NET_OP_REMAKE_ADDRESS keeps all that
 * depends on the value of the address.
 */
int kernel_apply(Kernel *kernel, int ifindex, usec_t now, const NetPlan *plan, KernelLosses *ret_or_null);
