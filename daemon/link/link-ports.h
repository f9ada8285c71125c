/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Everything that a Link does to the outside. Two implementations: manager/managed-link-ports.c, and the
 * model of tests/. All calls return at once; failures come back as negative errno and are never fatal to the
 * link.
 *
 * No port belongs to a single protocol. A frame names its protocol, and a notice names the source that it is
 * about. More about a source can be asked through the header of that source (link/link-dhcp4.h).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "base/ip.h"
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

/* What has changed between the state published last and the state now. */
typedef enum LinkNotice {
        LINK_NOTICE_BOUND,   /* none -> lease */
        LINK_NOTICE_RENEWED, /* only the times differ */
        LINK_NOTICE_CHANGED, /* more than the times differs */
        LINK_NOTICE_LOST,    /* lease -> none */
        _LINK_NOTICE_MAX,
} LinkNotice;

typedef enum LinkProtocol {
        LINK_PROTOCOL_DHCP4, /* the payload of UDP, from the client's port to the server's */
        LINK_PROTOCOL_ARP,   /* a whole ARP packet; it comes only from the link itself */
        _LINK_PROTOCOL_MAX,
} LinkProtocol;

/* Returns the family of the addresses of @protocol. */
static inline uint8_t link_protocol_family(LinkProtocol protocol) {
        switch (protocol) {
        case LINK_PROTOCOL_DHCP4:
        case LINK_PROTOCOL_ARP:
        case _LINK_PROTOCOL_MAX:
                break;
        }
        return AF_INET;
}

/* What the link wants to hear of one protocol. The protocol says which family .address is of. */
typedef struct LinkListen {
        LinkProtocol protocol;
        bool frames;     /* hear what arrives on the link, through a packet socket with a filter */
        bool by_address; /* hear what is sent to .address, whatever device it arrives on */
        /* the address in use, also while .by_address is false; unset: none */
        IpAddress address;
        /* static text for people: what is not possible while nothing is heard by address */
        const char *what_by_address;
} LinkListen;

#define LINK_FRAME_MAX 1500u /* bytes */

typedef struct LinkFrame {
        LinkProtocol protocol;
        /*
         * True: the kernel routes the IP packet like any other, with its own neighbour table. False: the
         * frame is sent on this link, to .dst_hw.
         */
        bool routed;
        IpAddress src, dst; /* of the IP packet; unused for ARP */
        HwAddress dst_hw;   /* len 0: the link's broadcast address */
        uint16_t len;       /* bytes of data[] */
        uint8_t data[LINK_FRAME_MAX];
} LinkFrame;

typedef struct LinkPorts {
        /*
         * Opens and closes sockets so that the link hears what @listen asks for. A second call with the same
         * argument changes nothing, except that it tries again to open what could not be opened. Returns a
         * negative errno if the packet socket cannot be opened. (The packet socket also hears what the other
         * socket would.) Stores in *ret_by_address 0, or a negative errno if the socket bound to the address
         * is wanted and cannot be opened.
         */
        int (*listen)(void *port, const LinkListen *listen, int *ret_by_address);
        int (*send)(void *port, const LinkFrame *frame);
        int (*set_timer)(void *port, usec_t at); /* USEC_INFINITY: none */
        int (*snapshot)(void *port, usec_t now, const NetConfig *desired, NetConfig *ret);
        int (*apply)(void *port, usec_t now, const NetPlan *plan);
        /*
         * Sets the MTU of the interface itself, in bytes. @before is the MTU to be restored some day; 0:
         * none. The port saves @before so that it outlives this process, and only then changes the MTU. On 0
         * the link has @mtu now, and link_mtu() is called only for later changes by somebody else.
         */
        int (*set_mtu)(void *port, uint32_t mtu, uint32_t before);
        /*
         * Stores the routes of those tunnels whose traffic could be captured by routes of this link. The
         * caller has emptied *ret. Not called with ClasslessRoutes=accept.
         */
        int (*tunnels)(void *port, NetTunnels *ret);
        /*
         * Returns the ifindex of another link of this host that has @address and uses the same routing
         * table; 0 if none has it. A bridge or bond and its ports count as one link.
         */
        int (*address_elsewhere)(void *port, uint8_t family, const IpAddress *address);
        /*
         * Returns true if @address is on this link, or on a bridge or bond that the link is a port of.
         * Called only if others put the address on the link (Apply=no).
         */
        bool (*address_here)(void *port, uint8_t family, const IpAddress *address);
        /*
         * Tells that the state of @source has changed. The states are names, static texts. Called before
         * publish() in the same turn.
         */
        void (*state_changed)(void *port, LinkSource source, const char *old_state, const char *new_state);
        /*
         * Tells that what the link has of @source has changed, and that the kernel shows the change. During
         * the call the functions of the source give both the old and the new state (link_source_before(),
         * link_source()).
         */
        void (*publish)(void *port, LinkSource source, LinkNotice notice);
        /*
         * Asks to save again what was published last: it has not changed, but more is known about its
         * network.
         */
        void (*learned)(void *port);
        /*
         * Called once at the end of every turn, to save, to pace the start of links and to forward counters.
         */
        void (*turned)(void *port, usec_t now);
} LinkPorts;

/* What the parts of a link share: the ports, and the last failure there. */
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
