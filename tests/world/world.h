/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The outside of one link (link/link.c), in a variable: the one double of LinkPorts and of the kernel for
 * unit, memory and simulation tests.
 *
 *   world-kernel.c   addresses, routes and rules, as Linux keeps them
 *   world-ports.c    the ports: world_ports
 *   world-server.c   an honest server, for tests that need no more than one
 *
 * A World does what it is told and counts it. A test that wants to see more, or wants something else to
 * happen, copies world_ports, puts functions of its own in the place of some, and calls those of world_ports
 * from them where it likes. So a new port is written in world-ports.c alone. The test's own data goes into a
 * struct that begins with a World, since that is what ports are called with.
 *
 * No library is needed, since what was not built with MemorySanitizer makes false findings: a broken rule
 * ends the process by assert().
 */
#include "core/dhcp4-client.h"
#include "link/link.h"
#include "tests/world/world-kernel.h"

#define WORLD_FRAMES_MAX 8u

typedef struct World {
        Link *link;
        usec_t timer_at;
        usec_t now; /* for world-server.c; the simulator has one clock for all links */

        /* The kernel, and the device. */
        WorldKernel kernel;
        bool kernel_moved; /* a plan was carried out: link_kernel_changed() is due in tests that call it */
        bool carrier;      /* for the test: no port asks for it */
        uint32_t mtu;      /* bytes */
        uint32_t before;   /* the second argument of the last set_mtu() */
        bool bounces;      /* each change of the MTU sets bounce_due, for the test to take the carrier */
        bool bounce_due;
        usec_t down_usec; /* how long the carrier is away then */
        NetTunnels tunnels;
        in_addr_t elsewhere; /* another link of the host has this address; 0: none has any */
        in_addr_t here;      /* a bridge that the link is a port of has this address; 0: there is none */

        /* What fails, negative errno; 0: nothing does. A socket that is open stays open. */
        int apply_error, snapshot_error, tunnels_error, mtu_error, send_error;
        int socket_error; /* of all sockets */
        int udp_error;    /* of the UDP socket alone */

        /* Sockets. */
        Dhcp4RxMode rx_mode;
        struct in_addr udp_address; /* that the UDP socket is for; 0.0.0.0: none is wanted */
        bool arp;

        /* What left. The test takes frames out by making n_frames smaller. */
        Dhcp4Frame frames[WORLD_FRAMES_MAX];
        unsigned n_frames;
        bool rx_at_send;           /* somebody listened when the last frame left */
        uint16_t max_message_size; /* option 57 of the last frame, 0: none */
        unsigned n_arps;
        ArpPacket last_arp;
        uint8_t last_arp_to[6];

        /* What was told, and how often ports were called. */
        unsigned n_adds, n_dels; /* steps of plans; to make an address anew counts as one that adds */
        unsigned n_applies, n_mtus, n_learned, n_states, n_turns;
        unsigned notices[_LINK_NOTICE_MAX];
        bool shown_at_bound;  /* the kernel had the address when BOUND was published */
        bool set_while_bound; /* the last set_mtu() came after BOUND was told */

        /* The server of world-server.c: what its answers say. */
        uint32_t lifetime_sec;
        in_addr_t offer, router;  /* router 0: none */
        uint16_t offered_mtu;     /* 0: it says nothing of it */
        const uint8_t *classless; /* option 121; NULL: none */
        size_t classless_len;
        bool silent, nonce;
} World;

/* Returns true if there is a UDP socket of @address. */
bool world_has_udp(const World *w, struct in_addr address);

/* A link that nothing is on, with a timer that is not set. */
void world_init(World *w);

/* What a link wants to hear and says, in the terms of the client's own files. */
Dhcp4RxMode world_rx_mode(const LinkListen *listen);
void world_dhcp4_frame(const LinkFrame *frame, Dhcp4Frame *ret);
void world_arp_packet(const LinkFrame *frame, ArpPacket *ret);

/* world_kernel_step(), counted. For who carries out plans step by step. */
const char *world_step(World *w, const NetStep *step, bool careful, int *ret_error);

/* The plain behaviour. Their first argument is a World. */
extern const LinkPorts world_ports;

/* The server has the address 10.0.0.1, offers 10.0.0.50/24 for an hour, and is the router. */
void world_init_server(World *w);
/* Answers @request with @type, which the link hears at once. */
void world_serve(World *w, const Dhcp4Frame *request, Dhcp4MessageType type);
/* Answers everything that was sent until nothing more is. */
void world_serve_all(World *w);
