/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A whole network in one variable: real links (link/link.c) over a model of the kernel, honest servers, a
 * liar, a wire that loses frames, and a clock that is a number. One 64-bit seed decides everything.
 *
 *   sim-main.c      main()
 *   sim-run.c       chance, the trace, arguments, and seeds one after the other; shared with machine.h
 *   sim-world.c     time, and a run from beginning to end
 *   sim-phases.c    the phases of a run, except for those in the next two files
 *   sim-move.c      phases about the network that a link is on
 *   sim-conflict.c  phases about addresses that others have too
 *   sim-wire.c      the wire, which loses and changes frames in phase one
 *   sim-faults.c    the other faults of phase one
 *   sim-host.c      one link, and what can happen to it
 *   sim-ports.c     the ports of a link: checks of each call, and faults; the rest is in tests/world
 *   sim-check.c     properties that must hold for a link after every call
 *   sim-answers.c   which answers reach a link, and what they grant
 *   sim-mtu.c       the MTU of a link, and devices that lose their carrier when it changes
 *   sim-server.c    honest servers
 *   sim-hostile.c   the liar
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
        bool broadcast;        /* TO_HOST: sent to the broadcast address; false: by unicast */
        struct in_addr source; /* TO_HOST: source of the IP packet; 0.0.0.0: none */
        struct in_addr dst;    /* TO_HOST by unicast: destination of the IP packet */
        /* TO_HOST by unicast: arrives only if somebody answers the server's ARP request for dst */
        bool needs_arp;
        /* TO_HOST by unicast: arrives at another link of the host, as the server's ARP table is wrong */
        bool astray;
        uint64_t fresh; /* the replay counter of a FORCERENEW of a server; 0: of any other message */
        /* belongs to another exchange or to another host, so it must change nothing */
        bool alien;
        ArpPacket arp;
        uint8_t arp_to[6]; /* link-layer destination */
        size_t len;
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
} Packet;

/* Servers */

typedef struct Binding {
        uint64_t client; /* hash of the client identifier, or of the hardware address if there is none */
        uint8_t mac[6];  /* hardware address in the last message of the client */
        struct in_addr address;
        usec_t until;
        bool offered; /* offered, but not acknowledged yet */
        bool bad;     /* declined, so the address belongs to nobody */
} Binding;

/* What an answer may leave out. */
typedef enum Omission {
        OMIT_MASK = 1 << 0,
        OMIT_ROUTES = 1 << 1, /* routes and routers */
        OMIT_MTU = 1 << 2,
        OMIT_LIFETIME = 1 << 3,
        OMIT_TIMES = 1 << 4, /* T1 and T2 */
        OMIT_ID = 1 << 5,
        OMIT_ADDRESS = 1 << 6, /* yiaddr */
        OMIT_ALL = (1 << 7) - 1,
} Omission;

typedef struct SimServer {
        struct in_addr id, router,
                second_router; /* the second address in option 3; 0.0.0.0: there is none */
        uint32_t base;         /* host order; the pool has the 60 addresses from base + pool_first on */
        uint8_t prefix_len;
        HwAddress hw;
        uint32_t pool_first;                   /* host part of the first address of the pool */
        uint32_t lifetime_sec, t1_sec, t2_sec; /* 0: option is left out */
        /* does not answer a client in INIT-REBOOT, RENEWING or REBINDING to which it granted nothing */
        bool silent;
        bool rapid_commit, authoritative, alive, always_nak, broadcasts_only, relayed, echoes_id,
                gives_nonce, mute; /* mute: sends its OFFERs before other servers do, and never an ACK */
        uint64_t replay;           /* counter of the last nonce or FORCERENEW */
        uint16_t mtu;              /* option 26; 0: left out */
        unsigned n_routes;         /* how many routes it lists in option 121; 0: the option is left out */
        bool routerless;           /* gives neither routers nor routes */
        /* index of the server whose bindings it uses; its own index: it uses its own */
        int shares_with;
        unsigned omits;   /* what its ACKs leave out: bits of Omission */
        bool nameless,    /* sends option 54 only in a NAK, with rapid commit, and to DHCPINFORM */
                timeless; /* never sends option 51, and means the default lifetime */
        bool clustered;   /* its ACKs have the identifier of another server, which shares its bindings */
        /* offers one address to all clients until one of them asks for it; the others are refused */
        bool offers_alike;
        Binding bindings[SIM_BINDINGS_MAX];
        unsigned n_bindings;
} SimServer;

void sim_server_init(Sim *sim, unsigned i);
/* Makes the server grant this lifetime from now on, with the default T1 and T2. */
void sim_server_set_lifetime(SimServer *server, uint32_t lifetime_sec);
/*
 * Moves the server to another network, which looks the same if @base does not change. Afterwards it knows no
 * client. @base: as in SimServer. @id: host part of its identifier.
 */
void sim_server_move(Sim *sim, unsigned i, uint32_t base, uint8_t id);
/* Hands the server a message of a client. Puts the answer on the wire. */
void sim_server_receive(Sim *sim, unsigned i, const Packet *packet);
/* Tells the server's clients to renew (RFC 3203). The messages are authenticated with sim_nonce. */
void sim_server_force(Sim *sim, unsigned i);
/* The nonce that every server gives (RFC 6704). */
extern const uint8_t sim_nonce[DHCP4_NONCE_LEN];
/* Makes the server forget all bindings. */
void sim_server_forget(SimServer *server);

/* Hostile */

/* Shows the liar a frame that the host sends. The liar may answer it, and may repeat older packets. */
void sim_hostile_watch(Sim *sim, int host, const uint8_t *data, size_t len);
/* Makes the liar answer the last question of the host with option 108 and an address. */
void sim_hostile_ipv6_only(Sim *sim, int host);

/* Hosts */

/* Until when a host may have an address, according to the answers that reached it. */
typedef struct Grant {
        struct in_addr address;
        usec_t until;  /* by the answer that allows most */
        usec_t latest; /* by the answer that the client accepted last; USEC_INFINITY: it accepted none */
} Grant;

/* The longest lifetime that an OFFER or ACK has named for an address. */
typedef struct Told {
        struct in_addr address;
        uint32_t lifetime_sec;
} Told;

/* An OFFER that was heard in this exchange. */
typedef struct HeardOffer {
        struct in_addr server_id;
        struct in_addr address; /* yiaddr */
        uint32_t xid;
        int server; /* the Packet.server that the OFFER came from */
} HeardOffer;

/* The MTU of a link, bytes everywhere. */
typedef struct SimMtu {
        uint32_t foreign; /* the value that others set last, or that the device had at first */
        /* the value that the lease asks for and must not get, because others have set the MTU; 0: none */
        uint32_t left;
        uint32_t saved_before, saved_set;  /* on record for the next daemon (store/lease-store.h) */
        uint32_t bounced[MTU_BOUNCES_MAX]; /* values for which the device lost its carrier */
        unsigned n_bounced;
        unsigned back_refused; /* how often in a row the kernel refused to set the MTU back */
        bool bounces;          /* the device loses its carrier for down_usec at every change */
        bool is_down;          /* the carrier is away because of a change */
        bool is_new;           /* the link set the MTU at set_at, and nothing has happened to it since */
        /* bounce_at: when the carrier goes or comes back; USEC_INFINITY: it does neither */
        usec_t down_usec, set_at, bounce_at;
} SimMtu;

typedef struct SimHost {
        World world; /* first, because the ports of tests/world take a SimHost for a World */
        Sim *sim;
        int index;
        LinkConfig config;
        uint8_t mac[6];
        /* The lease in use, if it was granted to the host under a former identity. */
        struct {
                /* on: there is such a lease; is_owed: a DHCP server granted it, so it must be released */
                bool on, is_owed, released;
                struct in_addr address;
                usec_t until; /* the host may use it until then */
                uint8_t mac[6], id[24], id_len;
        } former;
        uint8_t key[PRNG_KEY_LEN];
        bool running;
        bool carrier_moved; /* the carrier was lost while this daemon ran, and is not back yet */
        usec_t carrier_lost_at;
        bool meddled;           /* somebody took something off the link, or set its MTU */
        struct in_addr adopted; /* address that an earlier daemon left on the link; 0.0.0.0: none */
        bool deaf;              /* receives no unicast before the link has an address */
        WorldOthers others;     /* what others have on the link; the client must not change it */
        SimMtu mtu;
        bool looked_at;        /* the test calls the link to look at it, so ports inject no faults */
        bool port_taken;       /* another process has port 68 */
        bool udp_refused;      /* port 68 was taken when the link asked for the UDP socket last */
        usec_t refused_at;     /* when a socket was refused last; 0: never */
        usec_t refuse_until;   /* until then, all sockets are refused */
        bool published;        /* observers know of a lease */
        Dhcp4Lease last_lease; /* the lease that was published last; .ack_len is 0 if it has no answer */
        unsigned n_applies;    /* plans that the link had carried out */
        unsigned n_bound, n_lost, n_renewed, n_changed, n_declined;
        /* What the test reads off the wire. */
        uint32_t xid;       /* of the last DISCOVER, REQUEST or INFORM */
        uint32_t acked_xid; /* of the exchange that gave the lease */
        bool have_acked_xid;
        usec_t asked_at;    /* when the first message of this type and state left in this exchange */
        usec_t state_since; /* when the state changed, or the last sleep ended, whichever was later */
        bool asked_request; /* the last question was a REQUEST */
        bool asked_rapid;   /* option 80 was in the last DISCOVER */
        uint16_t discover_secs;
        Dhcp4State asked_state;
        struct in_addr selected;      /* option 54 of the last REQUEST; 0.0.0.0: none */
        struct in_addr asked_address; /* its option 50 or ciaddr */
        unsigned n_requests;          /* REQUESTs sent in this state */
        HeardOffer offers[16];
        unsigned n_offers;
        Told told[SIM_GRANTS_MAX]; /* a ring */
        unsigned n_told;
        uint32_t beside_xid; /* of the last DISCOVER that was sent beside a REQUEST */
        /* whether the last question asked for option 108, and whether the last DISCOVER beside it did */
        bool asked_ipv6_only, asked_ipv6_only_beside;
        uint8_t question[DHCP4_MESSAGE_MAX_LEN]; /* the last question, as it was sent */
        size_t question_len;
        /* a ring: addresses that answers named since the host could last have changed networks */
        struct in_addr heard_here[SIM_GRANTS_MAX];
        unsigned n_heard_here;
        Grant grants[SIM_GRANTS_MAX];
        unsigned n_grants;
        usec_t sent_times[64]; /* of the last frames */
        unsigned n_sent;
        unsigned allowance; /* events in this minute that may cause frames */
        usec_t minute_began;
        unsigned sent_in_minute;
        uint64_t n_frames;
        unsigned sent_in_turn[_DHCP4_MESSAGE_TYPE_MAX]; /* since the last sim_host_check() */
        usec_t paced_until; /* the questions sent so far have used up the pace until then */
        /* when DECLINE was sent; 0: it was not, or something else has happened since */
        usec_t declined_at;
        struct in_addr claimed[8]; /* a ring: addresses that ARP said others have, since the link started */
        unsigned n_claimed;
        unsigned n_probes; /* ARP probes that the link sent for addresses of neighbours */
        unsigned n_taken;  /* how often the link added an address that a neighbour has */
        unsigned n_claims; /* so many link-local addresses that the link tries next belong to neighbours */
} SimHost;

/* Draws a configuration and makes the link with index @i. Starts nothing. */
void sim_host_init(Sim *sim, unsigned i);
void sim_host_clear(SimHost *host);
/* Starts the link. @cached: a lease that is remembered, or NULL. @held: its address is still on the link. */
void sim_host_start(SimHost *host, const Dhcp4Lease *cached, bool held);
/* Stands in for HMAC-MD5. Nobody can compute it without the nonce. */
void sim_digest(const uint8_t key[DHCP4_NONCE_LEN], const uint8_t *data, size_t len,
                uint8_t ret[DHCP4_NONCE_LEN]);
/* Stops the link. Fails if a RELEASE is missing or is sent for no lease. */
void sim_host_stop(SimHost *host, bool release);
/* Kills the daemon and starts it again. The kernel keeps everything. */
void sim_host_restart_daemon(SimHost *host);
void sim_host_carrier(SimHost *host, bool up);
/* The user asks for a renewal. */
void sim_host_renew(SimHost *host);
/* Tells the link that the host has slept. */
void sim_host_resumed(SimHost *host);
/* Draws another configuration and gives it to the link. */
void sim_host_reconfigure(SimHost *host);
/* Changes the hardware address, and sometimes the client identifier with it. */
void sim_host_hardware(SimHost *host);
void sim_host_timer(SimHost *host);
/* Notes that an answer allows the host to have @address. Returns until when it may. */
usec_t sim_note_grant(SimHost *host, struct in_addr address, uint32_t lifetime_sec);
void sim_host_receive(SimHost *host, const Packet *packet);
void sim_host_arp(SimHost *host, const ArpPacket *arp);
void sim_host_kernel_changed(SimHost *host);
/* Takes off addresses whose lifetime is over. Returns the instant at which the next one ends. */
usec_t sim_host_expire(SimHost *host);
/* Brings a VPN up or down. Which routes it has is drawn. */
void sim_host_tunnel(SimHost *host, bool up);
/* Makes another process take port 68, or close it. */
void sim_host_port(SimHost *host, bool taken);
/*
 * Does something that administrators do. @how: 0 takes off our addresses, 1 takes off our routes, 2 sets the
 * link down and up, 3 sets the MTU, 4 changes the address of another link, 5 adds an address beside ours.
 */
void sim_host_meddle(SimHost *host, unsigned how);
/* Gives another link of the host an address that a server may grant to this link, or takes it from there. */
void sim_host_draw_elsewhere(SimHost *host);
/* Somebody else puts back on the link what was taken off. */
void sim_host_put_back(SimHost *host);
/* Returns true if the pace allows another question now. */
bool sim_host_may_ask(const SimHost *host);
/* Fails if a property does not hold that must hold after every call (sim-check.c). */
void sim_host_check(SimHost *host);
/* Returns the lease in use, which may be that of a former identity; NULL if there is none. */
const Dhcp4Lease *sim_host_lease(const SimHost *host);
/*
 * Returns what the client has in force: a lease, or the address of DHCPINFORM before its answer. It is
 * stored in *buffer. NULL: nothing.
 */
const Dhcp4Source *sim_host_in_force(const SimHost *host, Dhcp4Source *buffer);
/* Notes in .last_lease what was published last. */
void sim_host_keep(SimHost *host, const Dhcp4Source *source);
const char *sim_host_state_name(const SimHost *host);
/*
 * Returns until when the host may have @address, by its configuration and by the answers that reached it;
 * 0: it may not.
 */
usec_t sim_host_allowed_until(const SimHost *host, struct in_addr address);
/* Returns until when @address may be in the kernel. An instant in the past: it may not be there. */
usec_t sim_host_kernel_until(const SimHost *host, struct in_addr address);
/* Stores what should be in the kernel. Injects no faults. */
void sim_host_desired(SimHost *host, NetConfig *ret);
/* Returns true if @desired has @address with the same prefix length. */
bool sim_config_has_address(const NetConfig *desired, const NetAddress *address);
/* Returns world_ports (tests/world) with the checks and faults of the simulation. */
const LinkPorts *sim_host_ports(void);
/*
 * Call this when the host lost its carrier, slept, or got another hardware address. From now on an anonymous
 * host must not name an address that it knew before, because it could be recognised by it (RFC 7844).
 */
void sim_host_forget_here(SimHost *host);
/* Returns true if an anonymous host may name @address: it is configured, or somebody told it here. */
bool sim_host_may_name(const SimHost *host, struct in_addr address);
/* Call this when something happens that may cause frames. The bound for frames in this minute grows. */
void sim_host_allow(SimHost *host);
/*
 * Returns true if the link has a lease that is in force, is no fallback and belongs to its own identity, and
 * if the link is settled. The lease may be in the middle of a renewal.
 */
bool sim_host_is_up(const SimHost *host);

void sim_mtu_init(SimHost *host);
/* The port set_mtu() of the link: checks the call, may refuse it, and sets the MTU. */
int sim_mtu_set(SimHost *host, uint32_t value, uint32_t before);
/* Call this when the carrier is lost. */
void sim_mtu_carrier_lost(SimHost *host);
/* Call this at bounce_at. Takes the carrier or gives it back. */
void sim_mtu_bounce(SimHost *host);
/* Makes somebody else set the MTU, and tells the link. */
void sim_mtu_meddle(SimHost *host);
/* Call this when the link was stopped. */
void sim_mtu_stopped(SimHost *host);
/* Call this before the link of a new daemon is started. */
void sim_mtu_restart(SimHost *host);
void sim_mtu_check(SimHost *host);

/* The world */

/* How often faults happen in phase one, drawn once for a seed. */
typedef struct Faults {
        /* chances out of 1000, for each frame or call */
        unsigned drop, duplicate, corrupt, delay, lie, replay, send_error, apply_error, snapshot_error,
                open_error;
        /* average spans between two faults of this kind; 0: none happens */
        usec_t flap_every, server_every, user_every, kernel_every, daemon_every, suspend_every, tunnel_every,
                port_every, hardware_every;
} Faults;

struct Sim {
        uint64_t seed;
        Prng prng;
        usec_t now;
        bool faulty; /* this is phase one, in which faults happen */
        bool honest; /* phase one is over, and every lease was granted after it */
        Faults faults;
        /* when the next fault of each kind happens; USEC_INFINITY: none does */
        usec_t flap_at, server_at, user_at, kernel_at, daemon_at, suspend_at, tunnel_at, port_at,
                hardware_at;
        SimHost hosts[SIM_HOSTS_MAX];
        unsigned n_hosts;
        SimServer servers[SIM_SERVERS_MAX];
        unsigned n_servers;
        struct in_addr strangers[4]; /* addresses of neighbours, which servers do not know of */
        unsigned n_strangers;
        /* the ARP tables of servers say that addresses in use belong to another link of the same host */
        bool misled;
        bool renewable; /* servers answer and no frame is lost, so no lease must get as far as T2 */
        bool routers_silent;
        bool nobody_failed; /* no server has failed a link since the link got its lease */
        bool promiscuous;   /* routers also answer frames that were sent to another link-layer address */
        uint8_t network; /* number of the network; on another one, routers have other hardware addresses */
        Packet packets[SIM_PACKETS_MAX];
        unsigned n_packets;
        uint64_t order, events;
        Packet memory[8]; /* earlier packets, which the liar may repeat */
        unsigned n_memory;
        FILE *print_to; /* the trace, as it happens; NULL: only its end is printed, after a failure */
        uint64_t trace_hash;
        char trace[SIM_TRACE_LINES][160];
        unsigned n_trace;
};

/* Runs all phases of @seed. The caller then calls sim_free(). */
void sim_run(Sim *sim, uint64_t seed, bool print_trace);
/*
 * Renews one link @n times with one server. Fails if something was taken off the link or if memory grew.
 * Prints by how much it grew. Calls sim_free().
 */
void sim_renew(Sim *sim, unsigned n);
void sim_free(Sim *sim);

/* The wire */
/* Puts a packet on the wire, to arrive at packet->at. In phase one it may be lost, delayed or changed. */
void sim_put(Sim *sim, const Packet *packet);
/* Hands a packet to its receivers. */
void sim_deliver(Sim *sim, const Packet *packet);
bool sim_stranger_has(const Sim *sim, struct in_addr address);
/* Returns true if @address is that of a router, and routers answer ARP. */
bool sim_router_answers(const Sim *sim, struct in_addr address);
/* Returns true if the host answers ARP for @address: its kernel has the address, and there is a carrier. */
bool sim_has_address(const SimHost *host, struct in_addr address);

/* Faults */
/* Draws which faults happen and how often. */
void sim_draw_faults(Sim *sim);
/* Draws when the next fault of each kind happens. Outside of phase one, none does. */
void sim_arm_faults(Sim *sim);
/* Makes one fault happen that is due. */
void sim_do_faults(Sim *sim);
/* Returns when the next fault is due, or USEC_INFINITY. */
usec_t sim_next_fault(const Sim *sim);

/*
 * Lets the next event happen that is due up to @until. Returns false if there is none; the clock then shows
 * @until.
 */
bool sim_step(Sim *sim, usec_t until);
/* Runs until @until, or until @events_max events have happened. */
void sim_run_until(Sim *sim, usec_t until, uint64_t events_max);

/* Phases, and what they share */
#define SIM_EVENTS_MAX 60000u
/* Draws the addresses of neighbours. */
void sim_place_strangers(Sim *sim);
/* Starts all links that do not run, and gives a carrier to all that have none. */
void sim_start_all(Sim *sim);
/* Runs until sim_host_is_up() for all links. Fails if this takes too long. */
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
/* Fails if a link with a lease has not learned the hardware address of a router that answers (RFC 4436). */
void sim_check_routers_learned(Sim *sim);

/* Returns true @permille times of 1000, and never outside of phase one. */
bool sim_fault(Sim *sim, unsigned permille);
uint64_t sim_draw(Sim *sim, uint64_t bound);
void sim_trace(Sim *sim, const char *format, ...) G_GNUC_PRINTF(2, 3);
/*
 * Reports that a property does not hold for @host (NULL: for the whole simulation), prints the trace and how
 * to run the seed again, and ends the process with 1.
 */
void sim_fail(Sim *sim, const SimHost *host, const char *format, ...) G_GNUC_PRINTF(3, 4) G_GNUC_NORETURN;
