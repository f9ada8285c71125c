/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * DHCPv4 client state machine (RFC 2131 §4.4), sans I/O.
 *
 *      input(event, now) ─┐                    ┌─> next_frame()    the one edge: send this, once
 *      dispatch(now) ─────┴─> Dhcp4Client ─────┼─> lease(), rx_mode(), probing()   levels: what should hold
 *                                                                                  now
 *                                              └─> next_deadline() when to call dispatch() again
 *
 * The client opens nothing, sleeps on nothing, allocates nothing and asks nobody for the time: the
 * same calls with the same arguments always give the same answers. A caller therefore
 *
 *   1. passes one event with input(), or the time alone with dispatch();
 *   2. drains next_frame() until it returns false;
 *   3. makes the world match the levels;
 *   4. arms one timer for next_deadline().
 *
 * link/link.c is that caller in the daemon; tests and the simulator are others.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "base/prng.h"
#include "base/usec.h"
#include "core/acd.h"
#include "core/dhcp4-forcerenew.h"
#include "core/dhcp4-lease.h"
#include "core/dhcp4-refusal.h"
#include "core/dna.h"
#include "wire/dhcp4-message.h"

/* Names are those of RFC 2131 figure 5. Three are ours and say so. */
typedef enum Dhcp4State {
        DHCP4_STATE_STOPPED, /* ours: not running; deadline is USEC_INFINITY */
        DHCP4_STATE_INIT,
        DHCP4_STATE_SELECTING,
        DHCP4_STATE_REQUESTING,
        /* a lease is remembered; waiting for the carrier to ask for it again */
        DHCP4_STATE_INIT_REBOOT,
        DHCP4_STATE_REBOOTING,
        /* ours: ACK is in, conflict detection runs before use (RFC 2131 §2.2, RFC 5227) */
        DHCP4_STATE_PROBING,
        DHCP4_STATE_BOUND,
        DHCP4_STATE_RENEWING,
        DHCP4_STATE_REBINDING,
        /* ours: the address is configured, DHCPINFORM asks for the rest (RFC 2131 §4.4.3) */
        DHCP4_STATE_INFORMING,
        _DHCP4_STATE_MAX,
} Dhcp4State;

typedef enum Dhcp4ConflictMode {
        DHCP4_CONFLICT_OPTIMISTIC, /* the address is used from the ACK on, while the probes run */
        DHCP4_CONFLICT_STRICT,     /* PROBING comes before BOUND */
        DHCP4_CONFLICT_NO,
} Dhcp4ConflictMode;

/* May a remembered lease be used before a server has confirmed it? */
typedef enum Dhcp4StoredMode {
        DHCP4_STORED_CONFIRMED, /* when a router of its network answers (RFC 4436) */
        DHCP4_STORED_SILENCE,   /* also when no server answers in INIT-REBOOT (RFC 2131 §3.2 (4)) */
        DHCP4_STORED_NEVER,
        _DHCP4_STORED_MAX,
} Dhcp4StoredMode;

#define DHCP4_REQUEST_OPTIONS_MAX 64u
#define DHCP4_SEND_MAX            640u /* bytes; with all else that we send it fits a message (asserted) */
#define DHCP4_SERVERS_MAX         8u

#define DHCP4_DEFAULT_LIFETIME_SEC 3600u /* default_lifetime_sec without configuration */

/*
 * One entry of an allow or deny list: a server by its identifier, or by the link-layer source of its
 * messages.
 */
typedef struct Dhcp4ServerRule {
        HwAddress hw;           /* len 0: by identifier */
        struct in_addr address; /* network, host bits clear */
        uint8_t prefix_len;
} Dhcp4ServerRule;

/* What the link gets while no server answers. */
typedef enum Dhcp4FallbackKind {
        DHCP4_FALLBACK_NONE,
        DHCP4_FALLBACK_STATIC,     /* .address, .prefix_len, .router */
        DHCP4_FALLBACK_LINK_LOCAL, /* an address of 169.254/16 (RFC 3927) */
        _DHCP4_FALLBACK_MAX,
} Dhcp4FallbackKind;

typedef struct Dhcp4Fallback {
        Dhcp4FallbackKind kind;
        usec_t after_usec; /* silence before it is used; span, counted from the beginning of the search */
        struct in_addr address, router; /* router 0.0.0.0: none */
        uint8_t prefix_len;
} Dhcp4Fallback;

/* A plain value; @chaddr and @htype come from the link, the rest from configuration. */
typedef struct Dhcp4ClientConfig {
        uint8_t chaddr[16];
        /* bytes; 0 where the link has no usable one (InfiniBand, RFC 4390 §2.1) */
        uint8_t chaddr_len;
        uint8_t htype;                              /* ARPHRD_* that fits 8 bits */
        uint8_t client_id[255];                     /* option 61, type byte included */
        uint8_t client_id_len;                      /* bytes; 0: option is not sent */
        uint8_t request[DHCP4_REQUEST_OPTIONS_MAX]; /* option 55, in order of preference */
        uint8_t n_request;
        uint32_t mtu; /* bytes, of the link, for option 57; 0: not known */
        /*
         * Seconds: the lease time of an OFFER or ACK that has no option 51. UINT32_MAX: for ever. 0: such an
         * answer is not taken.
         */
        uint32_t default_lifetime_sec;
        bool broadcast;    /* ask for broadcast replies (RFC 2131 §4.1) */
        bool wireless;     /* the first frame after the carrier came is often lost, so it is sent twice */
        bool rapid_commit; /* option 80 in DISCOVER (RFC 4039) */
        bool anonymize;    /* RFC 7844: nothing that outlives the link-layer address is told */
        bool ipv6_only;    /* option 108 is asked for, and an IPv6-only network left alone (RFC 8925) */
        /* replies without option 53 are taken, but no sooner than the first retransmission (RFC 1534 §2) */
        bool bootp;
        /* NULL: FORCERENEW is not offered and always ignored (RFC 6704) */
        Dhcp4HmacMd5 hmac_md5;
        /* set: the address is ours already, DHCPINFORM asks for the rest (RFC 2131 §4.4.3) */
        struct in_addr inform;
        uint8_t inform_prefix_len;
        Dhcp4Fallback fallback;
        Dhcp4ConflictMode conflict;
        Dhcp4StoredMode stored;
        /* upper bound of the random wait before the first DISCOVER; 0: none */
        usec_t start_delay_max_usec;
        /* how long a lease outlives the carrier; USEC_INFINITY: as long as it lasts. Not when anonymous. */
        usec_t carrier_grace_usec;
        /*
         * Options of DISCOVER and REQUEST as configured (12 or 81, 60, 77, ...), ready as on the wire.
         * Borrowed: they must stay where they are until other configuration is set, since hundreds of
         * clients share them.
         */
        const uint8_t *send;
        uint16_t send_len; /* bytes, at most DHCP4_SEND_MAX */
        /*
         * Servers to listen to, and not to; borrowed as @send is. OFFER, ACK and NAK of any other server are
         * ignored. Deny goes first; an empty allow list allows all.
         */
        const Dhcp4ServerRule *allow, *deny;
        uint8_t n_allow, n_deny;
} Dhcp4ClientConfig;

typedef enum Dhcp4EventType {
        DHCP4_EVENT_START,   /* .start */
        DHCP4_EVENT_STOP,    /* .stop */
        DHCP4_EVENT_CARRIER, /* .carrier; the client starts with the carrier off */
        /* the user asks: T1 now; in the states before BOUND: try again now */
        DHCP4_EVENT_RENEW,
        /*
         * the host slept: a lease is verified as if the carrier had been away, or ends when the client is
         * anonymous; before BOUND as RENEW
         */
        DHCP4_EVENT_RESUMED,
        DHCP4_EVENT_MESSAGE, /* .message */
        /* .send_failed: the last frame never left. Never answered by another frame. */
        DHCP4_EVENT_SEND_FAILED,
        /*
         * the address that probing() names is free (RFC 5227), which knows_free() says the client does not
         * know
         */
        DHCP4_EVENT_PROBE_OK,
        DHCP4_EVENT_PROBE_CONFLICT, /* it is not, or its defence failed */
        DHCP4_EVENT_GATEWAY,        /* .gateway answered to what dhcp4_client_dna() asks */
        _DHCP4_EVENT_MAX,
} Dhcp4EventType;

/* A message as it came. Borrowed for the call. */
typedef struct Dhcp4Received {
        const uint8_t *data; /* UDP payload */
        size_t len;
        const HwAddress *source_hw; /* NULL: not known (UDP socket) */
        struct in_addr source;      /* of the IP packet; 0.0.0.0: not known */
} Dhcp4Received;

typedef struct Dhcp4Event {
        Dhcp4EventType type;
        union {
                struct {
                        /* borrowed for the call; NULL: INIT. An expired one is ignored. */
                        const Dhcp4Lease *cached;
                        /*
                         * The cached lease is applied to the link right now (the daemon was restarted) and
                         * the carrier did not move since: BOUND at once, nothing is sent. Otherwise the
                         * lease is asked for by INIT-REBOOT.
                         */
                        bool held;
                } start;
                struct {
                        bool release; /* send RELEASE if there is a lease */
                } stop;
                struct {
                        bool up;
                } carrier;
                Dhcp4Received message;
                Dhcp4Gateway gateway;
                struct {
                        int error; /* negative errno, for people only */
                } send_failed;
        };
} Dhcp4Event;

typedef enum Dhcp4Via {
        DHCP4_VIA_PACKET, /* packet socket: headers built by wire/ipv4-udp.h */
        DHCP4_VIA_UDP,    /* an IP datagram like any: the kernel finds the next hop by its routes and ARP */
} Dhcp4Via;

typedef struct Dhcp4Frame {
        Dhcp4Via via;
        struct in_addr src, dst;
        HwAddress dst_hw; /* packet only; len 0: the link's broadcast address */
        Dhcp4MessageType type;
        uint16_t len; /* bytes of data[] */
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
} Dhcp4Frame;

/* Why there is no lease any more. For people; nothing decides on it. */
typedef enum Dhcp4Loss {
        DHCP4_LOSS_NONE, /* there is one, or never was */
        DHCP4_LOSS_EXPIRED,
        DHCP4_LOSS_NAK,
        DHCP4_LOSS_CONFLICT, /* DHCPDECLINE was sent */
        DHCP4_LOSS_RELEASED, /* stopped; RELEASE was sent or not as asked */
        /*
         * gone for longer than carrier_grace_usec, and the lease is remembered; or the client is anonymous
         */
        DHCP4_LOSS_CARRIER,
        DHCP4_LOSS_REPLACED, /* the server granted another address in its place, which is probed first */
        DHCP4_LOSS_MOVED,    /* the link is on another network: a server of that one made an offer */
        DHCP4_LOSS_HARDWARE_ADDRESS, /* the link has another one, and servers take it for another client */
        DHCP4_LOSS_SLEPT, /* the host did, and an anonymous client asks about no lease of before */
        _DHCP4_LOSS_MAX,
} Dhcp4Loss;

/* flags: sockets that should be open */
typedef enum Dhcp4RxMode {
        DHCP4_RX_NONE = 0,
        DHCP4_RX_PACKET = 1 << 0, /* AF_PACKET with filter */
        DHCP4_RX_UDP = 1 << 1,    /* what comes to the leased address, whatever device it comes in on */
} Dhcp4RxMode;

/* A server heard in the last exchange (D-Bus Servers). More than one is how a rogue server is seen. */
typedef struct Dhcp4Server {
        struct in_addr server_id;
        struct in_addr offered;
        HwAddress hw; /* len 0: unknown */
        usec_t heard_at;
} Dhcp4Server;

typedef struct Dhcp4Counters {
        uint64_t sent[_DHCP4_MESSAGE_TYPE_MAX];     /* by message type */
        uint64_t received[_DHCP4_MESSAGE_TYPE_MAX]; /* meant for us, by message type */
        uint64_t retransmissions;
        uint64_t malformed; /* did not parse */
        uint64_t ignored;   /* parsed, but not for us or not now */
        uint64_t conflicts;
        uint64_t refusals; /* NAKs that were followed; anybody can send others */
        /* span from the start of the last process that gained a lease to its ACK; 0 before */
        usec_t lease_usec;
} Dhcp4Counters;

/* A search for a lease that has not succeeded yet; see dhcp4_client_search(). */
typedef struct Dhcp4Search {
        usec_t since;        /* instant; USEC_INFINITY: there is no search, and all else is 0 */
        usec_t refused_at;   /* instant, of .refusal */
        uint32_t attempts;   /* messages sent since; what is sent twice at once counts once */
        uint32_t unanswered; /* of these, how many since a server was last heard */
        /* Why the last answer that gave no lease gave none; NONE: there was no such answer. */
        Dhcp4Refusal refusal;
        Dhcp4MessageType refused_type;
        struct in_addr refused_server; /* its identifier; 0.0.0.0: not known */
} Dhcp4Search;

#define DHCP4_CLIENT_FRAMES_MAX 2u /* most frames one call can produce; asserted */

/* A frame that is due: what decides its content. The bytes are built when it is drained. */
typedef struct Dhcp4Outgoing {
        Dhcp4MessageType type;
        Dhcp4State state; /* the RFC's table row for a REQUEST; see core/dhcp4-request.h */
        struct in_addr address, server_id;
        HwAddress server_hw;
        uint32_t xid;
        uint16_t secs;
        bool broadcast; /* the broadcast flag is set, where the message may have it */
        bool absent;    /* the leased address is not on the link */
        /* orders the options, and option 55, of an anonymous client; the same within an exchange */
        uint32_t shuffle;
        const char *why; /* option 56 of DECLINE and RELEASE, a static text; NULL: none */
} Dhcp4Outgoing;

/*
 * What Dhcp4Client.lease is. There is room for one lease only, so whatever comes next ends what was there
 * before. The state says what the client does; this says what it has.
 */
typedef enum Dhcp4Held {
        DHCP4_HELD_NOTHING,
        DHCP4_HELD_OFFERED,    /* an OFFER that waits in SELECTING, or is asked for in REQUESTING */
        DHCP4_HELD_GRANTED,    /* a server granted it; in PROBING only, where it is not used yet */
        DHCP4_HELD_IN_FORCE,   /* its address should be on the link */
        DHCP4_HELD_REMEMBERED, /* not used, but asked for again when there is a carrier (RFC 2131 §3.2) */
} Dhcp4Held;

/* What conflict detection has found out. */
typedef enum Dhcp4AddressCheck {
        DHCP4_CHECK_NONE,  /* nothing yet */
        DHCP4_CHECK_FREE,  /* nobody else has the address */
        DHCP4_CHECK_TAKEN, /* somebody has the address that is asked for; the ACK for it is declined */
} Dhcp4AddressCheck;

/* A wireless link sends its first message twice. */
typedef enum Dhcp4Repeat {
        DHCP4_REPEAT_NO,
        DHCP4_REPEAT_NEXT,    /* the carrier just came: the next message is the one to repeat */
        DHCP4_REPEAT_PENDING, /* that message has been sent, and resend_at is when it is repeated */
} Dhcp4Repeat;

typedef enum Dhcp4FallbackStage {
        DHCP4_FALLBACK_OFF,
        DHCP4_FALLBACK_PROBED, /* .address is chosen, and conflict detection is still looking */
        DHCP4_FALLBACK_USED,   /* nobody else has .address, so it is used */
} Dhcp4FallbackStage;

typedef struct Dhcp4Client {
        /* private to core/dhcp4-client*.c */
        Dhcp4ClientConfig config;
        Prng prng;
        Dhcp4State state;
        bool carrier;
        bool carrier_was_lost;   /* since START: then a lease in force is verified when the carrier comes */
        Dhcp4AddressCheck check; /* of the address of .lease, or of the one that is about to be there */
        uint8_t broadcast;   /* answers reach us by broadcast only; counts as Dhcp4Lease.broadcast does */
        bool broadcast_sent; /* the last message asked for that */
        /* the first message of this exchange did not have the flag, to test whether it is needed */
        bool broadcast_trial;
        bool broadcast_doubt; /* the OFFER seems to answer a message without the flag */
        bool rapid_sent;      /* the last DISCOVER asked for an ACK at once (RFC 4039) */
        /*
         * Option 108 was asked for in the last DISCOVER or REQUEST, and so in the DISCOVER beside it (RFC
         * 8925): only then does it count in the answers.
         */
        bool ipv6_only_asked;
        /*
         * Since the lease was last to be verified, neither its server nor one of its routers has said that
         * this is its network.
         */
        bool unconfirmed;
        Dhcp4Repeat repeat;
        bool beside; /* a DISCOVER with .beside_xid is out beside the REQUESTs (dhcp4-client-verify.c) */
        /* the renewal was asked for before T1: then it is tried again sooner than RFC 2131 §4.4.5 has it */
        bool early;
        bool no_link_local; /* a server said so (RFC 2563) */
        bool ipv6_only;     /* INIT waits, because the network said it needs no IPv4 (RFC 8925) */
        bool absent;        /* dhcp4_client_set_absent() */
        uint32_t xid, beside_xid, shuffle;
        uint16_t secs;    /* of the current message */
        unsigned attempt; /* transmissions of the current message, 1-based once sent */
        unsigned refused; /* NAKs in a row; over when a lease has held */
        unsigned
                /* addresses in a row that others had; over when one has held that is known to be free */
                taken;
        usec_t now;                /* of the last call, for the assertion that time does not go back */
        usec_t sent_at;            /* of the last frame: limits how often the user can make us send */
        usec_t pace_at;            /* dhcp4-backoff.h: as many questions as ever may go out at once again */
        usec_t process_started_at; /* base of the secs field and of counters.lease_usec */
        usec_t request_sent_at;    /* becomes Dhcp4Lease.granted_at */
        /* instants, USEC_INFINITY when not armed */
        usec_t resend_at, t1_at, t2_at, expire_at, withdraw_at;
        usec_t nak_at;   /* the NAK of another server counts from then on, unless a server says ACK */
        usec_t offer_at; /* .offer counts from then on if nobody confirms the lease meanwhile */
        /*
         * The OFFER that answered the DISCOVER beside. In REQUESTING with a lease in force, its server is
         * the one that is asked.
         */
        struct {
                struct in_addr server_id;
                HwAddress server_hw;
                /* the OFFER is for the address of the lease; otherwise it is of another network */
                bool same_address;
        } offer;
        /*
         * The server whose OFFER led to nothing (0.0.0.0: none): that of another goes first. If none comes
         * before the DISCOVER would be sent again, its own is taken, which waits in .lease meanwhile.
         */
        struct in_addr passed_over;
        struct {
                /* when it is to be used, or tried again; USEC_INFINITY: it is used, or not wanted now */
                usec_t at;
                usec_t since; /* when it was */
                Dhcp4FallbackStage stage;
                uint8_t conflicts;
                struct in_addr address;
        } fallback;
        Dhcp4Held held; /* what .lease is */
        Dhcp4Lease lease;
        Dhcp4Loss loss;
        Dhcp4Server servers[DHCP4_SERVERS_MAX];
        unsigned n_servers;
        Dhcp4Search search;
        char nak_text[64]; /* what the last NAK said, safe to print; "": nothing */
        Dhcp4Counters counters;
        Dhcp4Outgoing outgoing[DHCP4_CLIENT_FRAMES_MAX];
        unsigned n_outgoing, i_outgoing;
} Dhcp4Client;

/* @config is copied. The client is STOPPED. */
void dhcp4_client_init(Dhcp4Client *client, const Dhcp4ClientConfig *config,
                       const uint8_t key[PRNG_KEY_LEN]);

/*
 * @now never goes back between calls (asserted). Frames of the call before must have been drained
 * (asserted). input() ends with the same due-work routine as dispatch(), so an OFFER is answered in the call
 * that brings it.
 */
void dhcp4_client_input(Dhcp4Client *client, usec_t now, const Dhcp4Event *event);
void dhcp4_client_dispatch(Dhcp4Client *client, usec_t now);

/*
 * Takes new configuration for what is sent from now on. Changes no state and sends nothing; what it makes
 * due is done by the next dispatch().
 */
void dhcp4_client_set_config(Dhcp4Client *client, const Dhcp4ClientConfig *config);
/*
 * Is who has @config another client to servers than who has @old, or does it do something else (DHCPINFORM,
 * for another address)? Then no lease of @old may be gone on with: the caller stops the client before it
 * sets @config, and starts it anew.
 */
bool dhcp4_client_config_restarts(const Dhcp4ClientConfig *old, const Dhcp4ClientConfig *config);

/*
 * For a change of the hardware address from that in @old to that in @config. Returns true if servers still
 * take the link for the same client: the identifier (option 61) is the same and is not made of the hardware
 * address. The lease can then be kept, and has to be verified.
 */
bool dhcp4_client_config_same_client(const Dhcp4ClientConfig *old, const Dhcp4ClientConfig *config);

/* The link's MTU is another one, bytes; as dhcp4_client_set_config(). */
void dhcp4_client_set_mtu(Dhcp4Client *client, uint32_t mtu);

/*
 * Says whether the leased address is absent from the link, because it is for others to put it there and they
 * have not. Nobody answers ARP requests for it on the link then, so an answer that a server sends to it does
 * not arrive, and a renewal must not have it as its ciaddr (RFC 2131 §4.4.1: "can respond to ARP requests").
 * It is a REQUEST as in REBOOTING instead, whose answer comes to the hardware address or to all. Counts for
 * what is drained from then on. False at the beginning.
 */
void dhcp4_client_set_absent(Dhcp4Client *client, bool absent);

/* Next frame in order; false: none left. */
bool dhcp4_client_next_frame(Dhcp4Client *client, Dhcp4Frame *ret);

/*
 * Builds in *ret the RELEASE of @lease, which was granted to this link under a former identity: chaddr,
 * htype and client identifier of @identity; nothing else of @identity counts. The client itself has no such
 * lease any more and is not changed. The caller sends the frame at once.
 */
void dhcp4_client_release_former(Dhcp4Client *client, const Dhcp4ClientConfig *identity,
                                 const Dhcp4Lease *lease, Dhcp4Frame *ret);

/* Instant of the next dispatch(). After dispatch(now) it is later than @now, so a caller cannot spin. */
usec_t dhcp4_client_next_deadline(const Dhcp4Client *client);

/*
 * Returns NULL if a client of this configuration would ask for what @data, an OFFER or BOOTP reply of @len
 * bytes, offers, at least if it hears nothing better. Otherwise returns the reason why not, a static text
 * for people. @hw: the link-layer source, or NULL. @source: that of the IP packet, or 0.0.0.0. Whether the
 * message belongs to an exchange of the client is not checked.
 */
const char *dhcp4_client_refuses_offer(const Dhcp4ClientConfig *config, const uint8_t *data, size_t len,
                                       const HwAddress *hw, struct in_addr source);

/* The configuration in force. */
static inline const Dhcp4ClientConfig *dhcp4_client_config(const Dhcp4Client *client) {
        return &client->config;
}

Dhcp4State dhcp4_client_state(const Dhcp4Client *client);
Dhcp4Loss dhcp4_client_loss(const Dhcp4Client *client);
Dhcp4RxMode dhcp4_client_rx_mode(const Dhcp4Client *client);
/*
 * The lease whose address should be on the interface, or NULL. Valid until the next call that takes @client
 * mutable.
 */
const Dhcp4Lease *dhcp4_client_lease(const Dhcp4Client *client);
/*
 * What the link gets while there is no lease (Dhcp4ClientConfig.fallback), or false. Made up anew by each
 * call; the same but for its granted_at as long as the address is.
 */
bool dhcp4_client_fallback(const Dhcp4Client *client, Dhcp4Lease *ret);
/*
 * The lease to remember for INIT-REBOOT: the current one, or the one withdrawn when the carrier went; or
 * NULL.
 */
const Dhcp4Lease *dhcp4_client_cached(const Dhcp4Client *client);
/*
 * Stores the address that a server granted: it is in force or, in PROBING, about to be. Returns false if
 * there is none.
 */
bool dhcp4_client_granted(const Dhcp4Client *client, struct in_addr *ret);
/*
 * Address that conflict detection should run for (probing, announcing, defence), or false. Starts with the
 * OFFER, so that in optimistic mode the probes are under way when the ACK comes. The fallback's while there
 * is nothing better.
 */
bool dhcp4_client_probing(const Dhcp4Client *client, struct in_addr *ret);
/* Who says that we may have that address. Call it only if dhcp4_client_probing() returns true. */
AcdBasis dhcp4_client_probing_basis(const Dhcp4Client *client);
/*
 * Returns true if the client knows that the address that dhcp4_client_probing() names is free. If conflict
 * detection knows it and the client does not, the caller feeds DHCP4_EVENT_PROBE_OK. The caller compares
 * both after every step, because the client may ask anew about an address that is defended already: a
 * server may offer the address of the fallback, or the fallback may be the address of a lease that ended.
 */
bool dhcp4_client_knows_free(const Dhcp4Client *client);
/*
 * What to ask the lease's routers by ARP (RFC 4436). .task is VERIFY while the lease is verified, in force
 * or not: in REBOOTING, and beside a renewal whose first REQUEST nobody answered. It is LEARN in BOUND, once
 * the address is known to be ours, until all have answered.
 */
void dhcp4_client_dna(const Dhcp4Client *client, DnaQuestion *ret);
/* The current T1 and T2 instants with their jitter; USEC_INFINITY without a lease. */
usec_t dhcp4_client_t1_at(const Dhcp4Client *client);
usec_t dhcp4_client_t2_at(const Dhcp4Client *client);
/* True while DHCPv4 pauses because a server said that this network is IPv6-only (RFC 8925 §3.2). */
bool dhcp4_client_is_ipv6_only(const Dhcp4Client *client);
/*
 * What is known of the search for a lease, for people. It goes on while the carrier is there and there is no
 * lease in force, unless the client is stopped or the network needs no IPv4.
 */
const Dhcp4Search *dhcp4_client_search(const Dhcp4Client *client);
/*
 * The instant of the next message of a search; USEC_INFINITY: there is no search, or it waits for something
 * else than the time (conflict detection in PROBING).
 */
usec_t dhcp4_client_next_attempt_at(const Dhcp4Client *client);
/* Option 56 of the last NAK, printable ASCII; "": it had none, or there was no NAK since START. */
const char *dhcp4_client_nak_text(const Dhcp4Client *client);
uint32_t dhcp4_client_xid(const Dhcp4Client *client);
const Dhcp4Counters *dhcp4_client_counters(const Dhcp4Client *client);
/* Returns how many; *ret is valid until the next call that takes @client mutable. */
unsigned dhcp4_client_servers(const Dhcp4Client *client, const Dhcp4Server **ret);

const char *dhcp4_state_to_string(Dhcp4State state); /* "INIT-REBOOT": spelled as in the RFC */
/*
 * "expired", "nak", "conflict", "released", "carrier", "replaced", "moved", "hardware-address", "slept"; "":
 * NONE
 */
const char *dhcp4_loss_to_string(Dhcp4Loss loss);
const char *dhcp4_message_type_to_string(
        Dhcp4MessageType type); /* "DHCPDISCOVER", "BOOTP"; NULL out of range */
