/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Everything around one link (link/link.c), in one variable. Unit, memory and simulation tests all use it as
 * their stand-in for LinkPorts and for the kernel.
 *
 *   world-kernel.c   addresses, routes and rules, as Linux keeps them
 *   world-ports.c    the ports: world_ports
 *   world-server.c   one honest server, for tests that need no more
 *
 * A World does what it is told and counts it. A test that needs other behaviour copies world_ports and
 * replaces some of the functions by its own, which may call those of world_ports. So a new port must be
 * written in world-ports.c only. Data of the test goes into a struct that begins with a World, because the
 * argument of the ports is a pointer to the World.
 *
 * These files use no library, because MemorySanitizer reports false findings for code that was not built
 * with it. If a rule is broken, assert() or abort() ends the process.
 */
#include "core/dhcp4-client.h"
#include "link/link.h"
#include "tests/world/world-kernel.h"

#define WORLD_FRAMES_MAX 8u

typedef struct World {
        Link *link;
        usec_t timer_at;
        usec_t now; /* used by world-server.c only; the simulator has one clock for all links */

        /* The kernel, and the device. */
        WorldKernel kernel;
        bool kernel_moved; /* a plan was carried out, so the test should call link_kernel_changed() */
        bool carrier;      /* for use by the test; no port reads it */
        uint32_t mtu;      /* bytes */
        uint32_t before;   /* the second argument of the last set_mtu() */
        bool bounces;      /* each change of the MTU sets bounce_due */
        bool bounce_due;   /* the test should take the carrier away for down_usec */
        usec_t down_usec;
        NetTunnels tunnels;
        in_addr_t elsewhere; /* an address of another link of the host; 0: none */
        in_addr_t here;      /* the address of a bridge that the link is a port of; 0: none */

        /* Errors that ports return, negative errno; 0: none. A socket that is open stays open. */
        int apply_error, snapshot_error, tunnels_error, mtu_error, send_error;
        int socket_error; /* of all sockets */
        int udp_error;    /* of the UDP socket alone */

        /* Sockets. */
        Dhcp4RxMode rx_mode;
        struct in_addr udp_address; /* the link wants a UDP socket for this address; 0.0.0.0: none */
        bool arp;

        /* Frames that the link sent. The test removes frames from the end by making n_frames smaller. */
        Dhcp4Frame frames[WORLD_FRAMES_MAX];
        unsigned n_frames;
        bool rx_at_send;           /* a socket was open when the last frame left */
        uint16_t max_message_size; /* option 57 of the last frame; 0: none */
        unsigned n_arps;
        ArpPacket last_arp;
        uint8_t last_arp_to[6];

        /* What observers were told, and how often ports were called. */
        /* steps of plans; NET_OP_REMAKE_ADDRESS and NET_OP_EXTEND_ADDRESS count as adding */
        unsigned n_adds, n_dels;
        unsigned n_applies, n_mtus, n_learned, n_states, n_turns;
        unsigned notices[_LINK_NOTICE_MAX];
        bool shown_at_bound;  /* the kernel had the address when the last BOUND was published */
        bool set_while_bound; /* BOUND had been published, and not yet LOST, at the last set_mtu() */

        /* The server of world-server.c: what its answers say. */
        uint32_t lifetime_sec;
        in_addr_t offer, router;  /* router 0: none */
        uint16_t offered_mtu;     /* option 26, bytes; 0: none */
        const uint8_t *classless; /* option 121; NULL: none */
        size_t classless_len;
        bool silent, nonce; /* silent: never answers; nonce: gives one in each ACK (RFC 6704) */
} World;

/* Returns true if the link has a UDP socket that is bound to @address. */
bool world_has_udp(const World *w, struct in_addr address);

/* Makes @w empty: no link, nothing in the kernel, no timer. */
void world_init(World *w);

/* These convert arguments of ports into what core/ and wire/ use. They abort if a frame does not parse. */
Dhcp4RxMode world_rx_mode(const LinkListen *listen);
void world_dhcp4_frame(const LinkFrame *frame, Dhcp4Frame *ret);
void world_arp_packet(const LinkFrame *frame, ArpPacket *ret);

/* Calls world_kernel_step() and counts the step. For tests that carry out plans themselves. */
const char *world_step(World *w, const NetStep *step, bool careful, int *ret_error);

/* The ports that do just what they are told. Their first argument is a pointer to a World. */
extern const LinkPorts world_ports;

/* Sets the server up: it has the address 10.0.0.1, offers 10.0.0.50/24 for an hour, and is the router. */
void world_init_server(World *w);
/* Makes the server answer @request with a message of @type, which the link receives at once. */
void world_serve(World *w, const Dhcp4Frame *request, Dhcp4MessageType type);
/*
 * Takes out all frames, the last one first, and answers each DISCOVER and REQUEST, until no frame is left. A
 * silent server takes frames out without an answer.
 */
void world_serve_all(World *w);
