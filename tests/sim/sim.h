/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A network in a variable: whole links (link/link.c) over a model kernel, servers honest and not, a wire
 * that loses things, and time that is a number. One 64-bit seed decides everything.
 *
 *   sim-main.c     arguments; runs seeds, says what came of it
 *   sim-world.c    chance, time, a run
 *   sim-phases.c   its phases; those about the network that a link is on are in sim-move.c, those about
 *                  addresses that others have, too, in sim-conflict.c
 *   sim-wire.c     the wire; it is bad in phase one
 *   sim-faults.c   what else goes wrong then
 *   sim-host.c     one link, and what can happen to it
 *   sim-ports.c    its ports: what must hold of each call, and faults; the rest is tests/world
 *   sim-check.c    what must hold for it after every call
 *   sim-answers.c  what reaches it, and what it was granted
 *   sim-mtu.c      the MTU of one link, and devices that lose their carrier for a change of it
 *   sim-server.c   honest servers
 *   sim-hostile.c  lies
 */
#include <glib.h>
#include <stdio.h>

#include "base/ip.h"
#include "base/prng.h"
#include "core/dhcp4-client.h"
#include "link/link.h"
#include "tests/world/world.h"

#define SIM_HOSTS_MAX         4u
#define SIM_SERVERS_MAX       3u
#define SIM_PACKETS_MAX       256u
#define SIM_BINDINGS_MAX      32u
#define SIM_GRANTS_MAX        64u
#define SIM_TRACE_LINES       60u
#define SIM_TUNNEL_ROUTES_MAX 3u

typedef struct Sim Sim;

/* The wire */

typedef enum PacketKind {
        PACKET_TO_SERVERS,
        PACKET_TO_HOST,
        PACKET_ARP,
} PacketKind;

typedef struct Packet {
        PacketKind kind;
        usec_t at;
        uint64_t order;
        /* the sender of TO_SERVERS and ARP (-1: a stranger), or the receiver of TO_HOST */
        int host;
        /* the receiver of unicast TO_SERVERS (-1: all), or the sender of TO_HOST (-1: a liar) */
        int server;
        bool broadcast;        /* TO_HOST: to the broadcast address */
        struct in_addr source; /* TO_HOST: source of the IP packet; 0.0.0.0: none */
        struct in_addr dst;    /* TO_HOST by unicast: to this address */
        /* TO_HOST by unicast: arrives only if somebody answers the server's ARP request for dst */
        bool needs_arp;
        /* TO_HOST by unicast: arrives at another link of the same host, by the ARP table of the server */
        bool astray;
        uint64_t fresh; /* FORCERENEW: its counter, or 0 */
        /* belongs to another exchange or to another host, so it must change nothing */
        bool alien;
        ArpPacket arp;
        uint8_t arp_to[6]; /* link-layer destination */
        size_t len;
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
} Packet;

/* Servers */

typedef struct Binding {
        uint64_t client; /* by its identifier, or else by its hardware address */
        uint8_t mac[6];  /* that it spoke from last */
        struct in_addr address;
        usec_t until;
        bool offered; /* not yet acknowledged */
        bool bad;     /* declined: nobody's */
} Binding;

/* What an answer may leave out. */
typedef enum Omission {
        OMIT_MASK = 1 << 0,
        OMIT_ROUTES = 1 << 1, /* and routers */
        OMIT_MTU = 1 << 2,
        OMIT_LIFETIME = 1 << 3,
        OMIT_TIMES = 1 << 4, /* T1 and T2 */
        OMIT_ID = 1 << 5,
        OMIT_ADDRESS = 1 << 6, /* yiaddr */
        OMIT_ALL = (1 << 7) - 1,
} Omission;

typedef struct SimServer {
        struct in_addr id, router,
                second_router; /* in option 3, behind the other one; 0.0.0.0: there is none */
        uint32_t base;         /* host order; pool is base + pool_first, and 60 more */
        uint8_t prefix_len;
        HwAddress hw;
        uint32_t pool_first;                   /* host part of its first address */
        uint32_t lifetime_sec, t1_sec, t2_sec; /* 0: option is left out */
        /* says nothing in INIT-REBOOT, RENEWING and REBINDING to a client that it has given nothing */
        bool silent;
        bool rapid_commit, authoritative, alive, always_nak, broadcasts_only, relayed, echoes_id,
                gives_nonce, mute; /* offers before any other server does, and never says ACK */
        uint64_t replay;           /* of the last nonce or FORCERENEW */
        uint16_t mtu;              /* option 26, 0: left out */
        unsigned n_routes;         /* of those that sim-server.c lists in option 121; 0: no such option */
        bool routerless;           /* has neither routers nor routes to give */
        /* index of the server whose bindings it uses; its own index: none is shared */
        int shares_with;
        unsigned omits; /* what its ACKs leave out: bits of Omission */
        bool nameless,
                timeless; /* never sends option 54 but in a NAK; or option 51, and means the default */
        bool clustered;   /* its ACKs name another server, which shares the bindings */
        /* offers an address to everybody until somebody asks for it; the others are refused */
        bool offers_alike;
        Binding bindings[SIM_BINDINGS_MAX];
        unsigned n_bindings;
} SimServer;

void sim_server_init(Sim *sim, unsigned i);
/* Its answers have another lifetime from now on. */
void sim_server_set_lifetime(SimServer *server, uint32_t lifetime_sec);
/*
 * Moves the server to another network, or to one that looks the same. It knows no client there. @base is as
 * in SimServer.
 */
void sim_server_move(Sim *sim, unsigned i, uint32_t base, uint8_t id);
void sim_server_receive(Sim *sim, unsigned i, const Packet *packet);
/* Tells its clients to renew (RFC 3203), authenticated with their nonces (RFC 6704). */
void sim_server_force(Sim *sim, unsigned i);
/* That every server gives (RFC 6704). */
extern const uint8_t sim_nonce[DHCP4_NONCE_LEN];
void sim_server_forget(SimServer *server);

/* Hostile */

/* A liar sees a client's frame, and may answer it. */
void sim_hostile_watch(Sim *sim, int host, const uint8_t *data, size_t len);
/* Answers the last question of the host with option 108 and an address. */
void sim_hostile_ipv6_only(Sim *sim, int host);

/* Hosts */

/* What the answers on the wire allow a host. */
typedef struct Grant {
        struct in_addr address;
        usec_t until;  /* by the most generous answer */
        usec_t latest; /* by the answer that was accepted last; USEC_INFINITY: none was */
} Grant;

/* How long the host may have an address, as the most generous OFFER or ACK had it. */
typedef struct Told {
        struct in_addr address;
        uint32_t lifetime_sec;
} Told;

/* An OFFER that was heard in this exchange. */
typedef struct HeardOffer {
        struct in_addr server_id;
        struct in_addr address; /* yiaddr */
        uint32_t xid;
        int server; /* Packet.server: where it came from */
} HeardOffer;

/* The MTU of a link, bytes everywhere. */
typedef struct SimMtu {
        uint32_t foreign; /* what others set last, or what the device had at first */
        uint32_t left;    /* what the lease asks for and must not get, since others set the MTU; 0: none */
        uint32_t saved_before, saved_set; /* what a daemon finds that is started now (store/lease-store.h) */
        uint32_t bounced[MTU_BOUNCES_MAX]; /* values that took the carrier */
        unsigned n_bounced;
        unsigned back_refused; /* times that it could not be set back */
        bool bounces;          /* every change takes the carrier, for down_usec */
        bool is_down;          /* it is away on that account */
        bool is_new;           /* set at set_at, by us, and nothing happened since */
        usec_t down_usec, set_at, bounce_at;
} SimMtu;

typedef struct SimHost {
        World world; /* first, since ports are called with it */
        Sim *sim;
        int index;
        LinkConfig config;
        uint8_t mac[6];
        /*
         * The lease in use was granted to it under another hardware address, and is for this long at most.
         */
        struct {
                bool on, is_owed, released; /* is_owed: a DHCP server gave it */
                struct in_addr address;
                usec_t until;
                uint8_t mac[6], id[24], id_len;
        } former;
        uint8_t key[PRNG_KEY_LEN];
        bool running;
        bool carrier_moved; /* it was lost since the daemon was started */
        usec_t carrier_lost_at;
        bool meddled;           /* somebody took something off the link */
        struct in_addr adopted; /* what a daemon before left on the link */
        bool deaf;              /* hears no unicast before it has an address */
        WorldOthers others;     /* on the link; what we do must not change them */
        SimMtu mtu;
        bool looked_at;      /* by the test: it draws no faults */
        bool port_taken;     /* another process has port 68 */
        bool udp_refused;    /* port_taken, as it was when the UDP socket was asked for last */
        usec_t refused_at;   /* a socket, last */
        usec_t refuse_until; /* all of them */
        bool published;
        Dhcp4Lease last_lease; /* as published last */
        unsigned n_applies;    /* plans that were carried out */
        unsigned n_bound, n_lost, n_renewed, n_changed, n_declined;
        /* read off the wire */
        uint32_t xid;       /* of the last DISCOVER, REQUEST or INFORM */
        uint32_t acked_xid; /* of the exchange that gave the lease */
        bool have_acked_xid;
        usec_t asked_at;    /* when the first message of its kind in this exchange left */
        usec_t state_since; /* or since the end of the last sleep */
        bool asked_request; /* its kind */
        bool asked_rapid;   /* option 80 was in the last DISCOVER */
        uint16_t discover_secs;
        Dhcp4State asked_state;
        struct in_addr selected;      /* option 54 of the last REQUEST; 0.0.0.0: none */
        struct in_addr asked_address; /* its option 50 or ciaddr */
        unsigned n_requests;          /* in this exchange */
        HeardOffer offers[16];
        unsigned n_offers;
        Told told[SIM_GRANTS_MAX]; /* a ring */
        unsigned n_told;
        uint32_t beside_xid; /* of the last DISCOVER beside a REQUEST */
        /* option 108 was asked for in the last question, and in the last DISCOVER beside it */
        bool asked_ipv6_only, asked_ipv6_only_beside;
        uint8_t question[DHCP4_MESSAGE_MAX_LEN]; /* the last one, as it was sent */
        size_t question_len;
        /* a ring: addresses that it heard of since it last may have come to another network */
        struct in_addr heard_here[SIM_GRANTS_MAX];
        unsigned n_heard_here;
        Grant grants[SIM_GRANTS_MAX];
        unsigned n_grants;
        usec_t sent_times[64]; /* of the last frames */
        unsigned n_sent;
        unsigned allowance; /* events outside that may cause frames in this minute */
        usec_t minute_began;
        unsigned sent_in_minute;
        uint64_t n_frames;
        unsigned sent_in_turn[_DHCP4_MESSAGE_TYPE_MAX];
        usec_t paced_until;        /* questions sent so far have used up the pace until then */
        usec_t declined_at;        /* 0: not, or something else happened since */
        struct in_addr claimed[8]; /* a ring: addresses that it heard others have, since it was started */
        unsigned n_claimed;
        unsigned n_probes; /* ARP probes that it sent for what a neighbour has */
        unsigned n_taken;  /* times that it put an address on the link which a neighbour has */
        unsigned n_claims; /* so many of the link-local addresses that it tries next belong to neighbours */
} SimHost;

void sim_host_init(Sim *sim, unsigned i);
void sim_host_clear(SimHost *host);
void sim_host_start(SimHost *host, const Dhcp4Lease *cached, bool held);
/* Stands in for HMAC-MD5: nobody can compute it without the nonce. */
void sim_digest(const uint8_t key[DHCP4_NONCE_LEN], const uint8_t *data, size_t len,
                uint8_t ret[DHCP4_NONCE_LEN]);
void sim_host_stop(SimHost *host, bool release);
void sim_host_restart_daemon(SimHost *host);
void sim_host_carrier(SimHost *host, bool up);
void sim_host_renew(SimHost *host);
void sim_host_resumed(SimHost *host);
void sim_host_reconfigure(SimHost *host);
/* Changes the hardware address, and sometimes the client identifier with it. */
void sim_host_hardware(SimHost *host);
void sim_host_timer(SimHost *host);
/* Notes that an answer allows the host to have @address. Returns until when. */
usec_t sim_note_grant(SimHost *host, struct in_addr address, uint32_t lifetime_sec);
void sim_host_receive(SimHost *host, const Packet *packet);
void sim_host_arp(SimHost *host, const ArpPacket *arp);
void sim_host_kernel_changed(SimHost *host);
/* Takes off addresses whose lifetime is over. Returns the instant at which the next one ends. */
usec_t sim_host_expire(SimHost *host);
/* A VPN comes up, or goes down. */
void sim_host_tunnel(SimHost *host, bool up);
/* Another process takes port 68, or lets it go. */
void sim_host_port(SimHost *host, bool taken);
/* An administrator: takes an address off, sets the link down and up, adds one of his own. */
void sim_host_meddle(SimHost *host, unsigned how);
/* Another link of the host gets an address that a server may want to give to this one, or loses it. */
void sim_host_draw_elsewhere(SimHost *host);
/* Puts back what somebody took off the link. */
void sim_host_put_back(SimHost *host);
/* Returns true if the pace allows another question now. */
bool sim_host_may_ask(const SimHost *host);
/* Fails if something does not hold that must always hold (sim-check.c). */
void sim_host_check(SimHost *host);
/* Returns the lease that is in use, of the client or of its former identity; NULL if there is none. */
const Dhcp4Lease *sim_host_lease(const SimHost *host);
/* Both are for sim_host_check(). The second says until when the host may have @address, 0: it may not. */
const char *sim_host_state_name(const SimHost *host);
usec_t sim_host_allowed_until(const SimHost *host, struct in_addr address);
usec_t sim_host_kernel_until(const SimHost *host, struct in_addr address);
/* What the link wants to have in the kernel. Injects no faults. */
void sim_host_desired(SimHost *host, NetConfig *ret);
bool sim_config_has_address(const NetConfig *desired, const NetAddress *address);
/* world_ports (tests/world) with checks and faults of the simulation. */
const LinkPorts *sim_host_ports(void);
/*
 * The host lost its carrier, slept, or got another hardware address. From now on it must not name what it
 * knew before, since it could be recognised by that (RFC 7844).
 */
void sim_host_forget_here(SimHost *host);
/* Returns true if an anonymous host may name @address: it is configured, or somebody told it here. */
bool sim_host_may_name(const SimHost *host, struct in_addr address);
/* Something happened outside that may cause frames. */
void sim_host_allow(SimHost *host);
bool sim_host_is_up(const SimHost *host);

void sim_mtu_init(SimHost *host);
int sim_mtu_set(SimHost *host, uint32_t value, uint32_t before);
void sim_mtu_carrier_lost(SimHost *host);
void sim_mtu_bounce(SimHost *host); /* at bounce_at */
void sim_mtu_meddle(SimHost *host);
void sim_mtu_stopped(SimHost *host);
void sim_mtu_restart(SimHost *host); /* before the link is started */
void sim_mtu_check(SimHost *host);

/* The world */

/* Chances out of 1000, drawn once for a seed. */
typedef struct Faults {
        unsigned drop, duplicate, corrupt, delay, lie, replay, send_error, apply_error, snapshot_error,
                open_error;
        usec_t flap_every, server_every, user_every, kernel_every, daemon_every, suspend_every, tunnel_every,
                port_every, hardware_every; /* 0: never */
} Faults;

struct Sim {
        uint64_t seed;
        Prng prng;
        usec_t now;
        bool faulty; /* phase one */
        bool honest; /* every lease was granted after it */
        Faults faults;
        usec_t flap_at, server_at, user_at, kernel_at, daemon_at, suspend_at, tunnel_at, port_at,
                hardware_at;
        SimHost hosts[SIM_HOSTS_MAX];
        unsigned n_hosts;
        SimServer servers[SIM_SERVERS_MAX];
        unsigned n_servers;
        struct in_addr strangers[4]; /* addresses that neighbours have; servers do not know of them */
        unsigned n_strangers;
        bool misled;    /* servers believe that addresses in use belong to another link of the same host */
        bool renewable; /* servers answer, and the wire loses nothing: T2 never comes */
        bool routers_silent;
        bool nobody_failed; /* no server has failed since the last lease of each link */
        bool promiscuous;   /* routers answer what was sent to another's link-layer address */
        uint8_t network;    /* number of the network: another one has other routers at the same addresses */
        Packet packets[SIM_PACKETS_MAX];
        unsigned n_packets;
        uint64_t order, events;
        Packet memory[8]; /* heard before, for replays */
        unsigned n_memory;
        bool print_trace;
        uint64_t trace_hash;
        char trace[SIM_TRACE_LINES][160];
        unsigned n_trace;
};

void sim_run(Sim *sim, uint64_t seed, bool print_trace);
/* Renews one link @n times by one server. Prints how much memory that took. */
void sim_renew(Sim *sim, unsigned n);
void sim_free(Sim *sim);

/* The wire */
void sim_put(Sim *sim, const Packet *packet);
void sim_deliver(Sim *sim, const Packet *packet);
bool sim_stranger_has(const Sim *sim, struct in_addr address);
/* Returns true if @address is that of a router, which answers. */
bool sim_router_answers(const Sim *sim, struct in_addr address);
/* Returns true if the host answers for @address: its kernel has it, and there is a carrier. */
bool sim_has_address(const SimHost *host, struct in_addr address);

/* Faults */
void sim_draw_faults(Sim *sim);
void sim_arm_faults(Sim *sim); /* from now on, or never while the wire is good */
void sim_do_faults(Sim *sim);  /* those that are due */
usec_t sim_next_fault(const Sim *sim);

/* Lets the next thing happen that is due up to @until. Returns false if there is none; then it is @until. */
bool sim_step(Sim *sim, usec_t until);
/* Runs until @until, or until @events_max things have happened. */
void sim_run_until(Sim *sim, usec_t until, uint64_t events_max);

/* Phases, and what they share */
#define SIM_EVENTS_MAX 60000u
void sim_place_strangers(Sim *sim);
void sim_start_all(Sim *sim);
void sim_wait_until_up(Sim *sim);
/* Returns true if the address of the lease that was published last is on the link. */
bool sim_has_lease(const SimHost *host);
void sim_phase_silence(Sim *sim);
void sim_phase_faults(Sim *sim);
void sim_phase_recovery(Sim *sim);
void sim_phase_tunnel(Sim *sim);
void sim_phase_hardware(Sim *sim);
void sim_phase_quiet(Sim *sim);
void sim_phase_hands(Sim *sim);
void sim_phase_nagged(Sim *sim);
void sim_phase_move(Sim *sim);
void sim_phase_broadcast_flag(Sim *sim);
void sim_phase_attachment(Sim *sim);
void sim_phase_twins(Sim *sim);
void sim_phase_inform(Sim *sim);
void sim_phase_fallback(Sim *sim);
void sim_phase_claims(Sim *sim);
void sim_phase_failure(Sim *sim);
/* Fails if a link that has had a lease for some time did not ask its routers (RFC 4436), which answer. */
void sim_check_routers_learned(Sim *sim);

/* Returns true @permille times of 1000, and never outside of phase one. */
bool sim_fault(Sim *sim, unsigned permille);
uint64_t sim_draw(Sim *sim, uint64_t bound);
void sim_trace(Sim *sim, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* A property does not hold: prints how to reproduce it, and ends the process with 1. */
void sim_fail(Sim *sim, const SimHost *host, const char *format, ...) G_GNUC_PRINTF(3, 4) G_GNUC_NORETURN;
