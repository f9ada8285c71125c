/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Everything a Link does to the outside. Two implementations: manager/managed-link-ports.c, and the model of
 * tests/. All calls return at once; failures come back as negative errno and are never fatal to the link.
 *
 * No port belongs to one protocol. A frame says of which protocol it is, and news say which source they are
 * about; whoever wants to know more of a source asks its file (link/link-dhcp4.h).
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "base/usec.h"
#include "net/net-plan.h"
#include "net/net-tunnels.h"

/* Where something on the link comes from. */
typedef enum LinkSource {
        LINK_SOURCE_DHCP4,      /* a server granted it */
        LINK_SOURCE_INFORM,     /* the address is configured, and a server was asked for the rest */
        LINK_SOURCE_STATIC,     /* configured, because no server answered */
        LINK_SOURCE_LINK_LOCAL, /* chosen, because no server answered */
        _LINK_SOURCE_MAX,
} LinkSource;

/* Derived by comparing what was published last with what holds now. */
typedef enum LinkNotice {
        LINK_NOTICE_BOUND,   /* none -> lease */
        LINK_NOTICE_RENEWED, /* only the times differ */
        LINK_NOTICE_CHANGED, /* more than that differs */
        LINK_NOTICE_LOST,    /* lease -> none */
        _LINK_NOTICE_MAX,
} LinkNotice;

typedef enum LinkProtocol {
        LINK_PROTOCOL_DHCP4, /* the payload of UDP, from the client's port to the server's */
        LINK_PROTOCOL_ARP,   /* a whole ARP packet; from the link alone */
        _LINK_PROTOCOL_MAX,
} LinkProtocol;

/* What the link wants to hear of one protocol. */
typedef struct LinkListen {
        LinkProtocol protocol;
        bool frames;     /* what comes in on the link, by a packet socket with a filter */
        bool by_address; /* what comes to .address, whatever device it comes in on */
        /* that is in use, also when nothing comes to it; 0.0.0.0: none */
        struct in_addr address;
        /* for people: what cannot be done while nothing is heard by address; a static text */
        const char *what_by_address;
} LinkListen;

#define LINK_FRAME_MAX 1500u /* bytes */

typedef struct LinkFrame {
        LinkProtocol protocol;
        /*
         * An IP packet that the kernel routes like any other, by its own neighbour table. Otherwise the
         * frame goes out on the link, to .dst_hw.
         */
        bool routed;
        struct in_addr src, dst; /* of the IP packet; not of ARP */
        HwAddress dst_hw;        /* len 0: the link's broadcast address */
        uint16_t len;            /* bytes of data[] */
        uint8_t data[LINK_FRAME_MAX];
} LinkFrame;

typedef struct LinkPorts {
        /*
         * Calling it again with the same argument changes nothing, but tries again to open what could not be
         * opened. Negative errno of the packet socket, which hears on behalf of the other one too.
         * @ret_by_address: 0, or why nothing is heard by address although that is wanted, negative errno.
         */
        int (*listen)(void *port, const LinkListen *listen, int *ret_by_address);
        int (*send)(void *port, const LinkFrame *frame);
        int (*set_timer)(void *port, usec_t at); /* USEC_INFINITY: none */
        int (*snapshot)(void *port, usec_t now, const NetConfig *desired, NetConfig *ret);
        int (*apply)(void *port, usec_t now, const NetPlan *plan);
        /*
         * Sets the MTU of the interface itself, bytes. @before is what is to be put back some day, 0:
         * nothing; it is to be remembered beyond this process before anything is changed. If it returns 0,
         * the link has @mtu now, and link_mtu() comes for a change that somebody made later.
         */
        int (*set_mtu)(void *port, uint32_t mtu, uint32_t before);
        /*
         * Adds the routes of tunnels whose traffic routes of this link could capture; *ret has none yet. Not
         * asked with ClasslessRoutes=accept.
         */
        int (*tunnels)(void *port, NetTunnels *ret);
        /*
         * Returns the ifindex of another link of this host that has @address and uses the same routing
         * table; 0 if none has it. A bridge or bond and its ports count as one link.
         */
        int (*address_elsewhere)(void *port, struct in_addr address);
        /*
         * Returns true if @address is on this link, or on a bridge or bond that the link is a port of. Asked
         * only where others put the address on the link (Apply=no).
         */
        bool (*address_here)(void *port, struct in_addr address);
        /*
         * @source is in another state. Both are names, static texts. Called before publish() of the same
         * turn.
         */
        void (*state_changed)(void *port, LinkSource source, const char *old_state, const char *new_state);
        /*
         * There is news of @source, and the kernel shows it. During the call the source's file tells both
         * what was there before and what is there now.
         */
        void (*publish)(void *port, LinkSource source, LinkNotice notice);
        /*
         * What was published last is to be saved again: more is known of its network, though nothing
         * changed.
         */
        void (*learned)(void *port);
        /* Once at the end of every turn: save, pace, forward counters. */
        void (*turned)(void *port, usec_t now);
} LinkPorts;

/* The outside as the parts of a link get it, and what failed there last. */
typedef struct LinkOutside {
        const LinkPorts *ports;
        void *port;
        int error; /* negative errno; 0: nothing failed */
        const char *error_what;
} LinkOutside;

/*
 * Remembers the last failure for link_last_error(). @error: negative errno, 0: none. @what: a static string.
 */
static inline void link_fail(LinkOutside *outside, int error, const char *what) {
        outside->error = error;
        outside->error_what = what;
}
