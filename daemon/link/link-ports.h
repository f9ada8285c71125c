/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Everything a Link does to the outside. Two implementations: manager/managed-link-ports.c, and the model of
 * tests/. All calls return at once; failures come back as negative errno and are never fatal to the link.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/usec.h"
#include "core/acd.h"
#include "core/dhcp4-client.h"
#include "net/net-plan.h"
#include "net/net-tunnels.h"

/* Derived in link/link.c by comparing the lease published last with the one that holds now. */
typedef enum LinkNotice {
        LINK_NOTICE_BOUND,   /* none -> lease */
        LINK_NOTICE_RENEWED, /* only granted_at and the times differ */
        LINK_NOTICE_CHANGED, /* more than that differs */
        LINK_NOTICE_LOST,    /* lease -> none */
        _LINK_NOTICE_MAX,
} LinkNotice;

typedef struct LinkPorts {
        /*
         * Calling it again with the same arguments changes nothing, but tries again to open what could not
         * be opened. Negative errno of the packet socket, which hears on behalf of the other one too.
         * @ret_udp: 0, or why there is no UDP socket though @mode has DHCP4_RX_UDP, negative errno.
         */
        int (*set_rx_mode)(void *port, Dhcp4RxMode mode, const Dhcp4Lease *lease_or_null, int *ret_udp);
        int (*send)(void *port, const Dhcp4Frame *frame);
        int (*set_arp)(void *port, bool listen); /* hear ARP on this link */
        int (*send_arp)(void *port, const ArpPacket *arp,
                        const uint8_t destination[6]); /* a link-layer address */
        int (*set_timer)(void *port, usec_t at);       /* USEC_INFINITY: none */
        int (*snapshot)(void *port, usec_t now, const NetConfig *desired, NetConfig *ret);
        int (*apply)(void *port, usec_t now, const NetPlan *plan);
        /*
         * Of the interface itself, bytes. @before is what is to be put back some day, 0: nothing; to be remembered beyond this process before
         * anything is changed. 0: the link has @mtu now, and link_mtu() comes for a change that somebody made later.
         */
        int (*set_mtu)(void *port, uint32_t mtu, uint32_t before);
        /* Routes of the tunnels whose traffic routes of this link could capture. *ret: none yet. Not asked with ClasslessRoutes=accept. */
        int (*tunnels)(void *port, NetTunnels *ret);
        /*
         * Returns the ifindex of another link of this host that has @address and uses the same routing
         * table; 0 if none has it. A bridge or bond and its ports count as one link.
         */
        int (*address_elsewhere)(void *port, struct in_addr address);
        /* Returns true if @address is on this link, or on a bridge or bond that the link is a port of. Asked only with Dhcp4NetPolicy.lease_only. */
        bool (*address_here)(void *port, struct in_addr address);
        /* The state of the client moved. Called before publish() of the same turn. */
        void (*state_changed)(void *port, Dhcp4State old_state, Dhcp4State new_state);
        /* @old or @new is NULL where there is none. Called when the kernel shows the result. */
        void (*publish)(void *port, LinkNotice notice, const Dhcp4Lease *old, const Dhcp4Lease *new);
        /* The lease published last is to be saved again: more is known of its network, though nothing changed for observers. */
        void (*learned)(void *port);
        /* Once at the end of every turn: save, pace, forward counters. */
        void (*turned)(void *port, usec_t now);
} LinkPorts;
