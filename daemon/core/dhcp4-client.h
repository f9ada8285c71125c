/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * DHCPv4 client state machine (RFC 2131 §4.4), sans I/O.
 *
 *      input(event, now) ─┐                    ┌─> next_frame()     a frame to send, once
 *      dispatch(now) ─────┴─> Dhcp4Client ─────┼─> levels           what should be true now: lease(),
 *                                              │                    rx_mode(), probing() and others
 *                                              └─> next_deadline()  when to call dispatch() again
 *
 * The client opens no file or socket, never blocks, allocates no memory and reads no clock. The same calls
 * with the same arguments therefore always give the same results. A caller
 *
 *   1. passes one event with input(), or the time alone with dispatch();
 *   2. drains next_frame() until it returns false;
 *   3. makes the host match the levels;
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
#include "core/dhcp4-source.h"
#include "core/dna.h"
#include "wire/dhcp4-message.h"

/* Names are those of RFC 2131 figure 5, except three that are marked as ours. */
typedef enum Dhcp4State {
        DHCP4_STATE_STOPPED, /* ours: the client does not run, and its deadline is USEC_INFINITY */
        DHCP4_STATE_INIT,
        DHCP4_STATE_SELECTING,
        DHCP4_STATE_REQUESTING,
        /* a lease is remembered, and is asked for when the carrier comes */
        DHCP4_STATE_INIT_REBOOT,
        DHCP4_STATE_REBOOTING,
        /*
         * ours: conflict detection runs before the address is used, after an ACK or before DHCPINFORM (RFC
         * 2131 §2.2, RFC 5227)
         */
        DHCP4_STATE_PROBING,
        DHCP4_STATE_BOUND,
        DHCP4_STATE_RENEWING,
        DHCP4_STATE_REBINDING,
        /*
         * ours: the address comes from the configuration, and DHCPINFORM asks for the other parameters (RFC
         * 2131 §4.4.3)
         */
        DHCP4_STATE_INFORMING,
        _DHCP4_STATE_MAX,
} Dhcp4State;

typedef enum Dhcp4ConflictMode {
        DHCP4_CONFLICT_OPTIMISTIC, /* the address is used as soon as the ACK comes, while probes run */
        DHCP4_CONFLICT_STRICT,     /* the address is used only after PROBING */
        DHCP4_CONFLICT_NO,
} Dhcp4ConflictMode;

/* When a remembered lease may be used before a server has confirmed it. */
typedef enum Dhcp4StoredMode {
        DHCP4_STORED_CONFIRMED, /* only when a router of its network answers (RFC 4436) */
        DHCP4_STORED_SILENCE,   /* also when no server answers in INIT-REBOOT (RFC 2131 §3.2 (4)) */
        DHCP4_STORED_NEVER,
        _DHCP4_STORED_MAX,
} Dhcp4StoredMode;

#define DHCP4_REQUEST_OPTIONS_MAX 64u
#define DHCP4_SEND_MAX            640u /* bytes; everything that we send then fits a message (asserted) */
#define DHCP4_SERVERS_MAX         8u

#define DHCP4_DEFAULT_LIFETIME_SEC 3600u /* value of default_lifetime_sec if none is configured */

/*
 * One entry of an allow or deny list. It matches a server either by its identifier, or by the link-layer
 * source address of its messages.
 */
typedef struct Dhcp4ServerRule {
        HwAddress hw;           /* len 0: the rule matches by identifier */
        struct in_addr address; /* network of the identifiers; its host bits are 0 */
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
        /* span of silence before the fallback begins, counted from the beginning of the search */
        usec_t after_usec;
        struct in_addr address, router; /* router 0.0.0.0: none */
        uint8_t prefix_len;
} Dhcp4Fallback;

/*
 * Configuration of a client, a plain value. @chaddr, @htype and @mtu come from the link, the rest from the
 * configuration of the daemon.
 */
typedef struct Dhcp4ClientConfig {
        uint8_t chaddr[16];
        /* bytes; 0: the link has no usable hardware address (InfiniBand, RFC 4390 §2.1) */
        uint8_t chaddr_len;
        uint8_t htype;                              /* ARPHRD_* that fits 8 bits */
        uint8_t client_id[255];                     /* option 61, type byte included */
        uint8_t client_id_len;                      /* bytes; 0: the option is not sent */
        uint8_t request[DHCP4_REQUEST_OPTIONS_MAX]; /* option 55, in order of preference */
        uint8_t n_request;
        uint32_t mtu; /* MTU of the link in bytes, for option 57; 0: not known */
        /*
         * Lease time in seconds of an OFFER or ACK that has no option 51. UINT32_MAX: for ever. 0: an OFFER
         * or ACK without option 51 is not accepted.
         */
        uint32_t default_lifetime_sec;
        bool broadcast; /* ask for broadcast replies (RFC 2131 §4.1) */
        /* the first frame after the carrier came is often lost, so it is repeated if nobody answers soon */
        bool wireless;
        bool rapid_commit; /* option 80 in DISCOVER (RFC 4039) */
        /* RFC 7844: send nothing that identifies the host for longer than its link-layer address does */
        bool anonymize;
        /* ask for option 108, and do without IPv4 on an IPv6-only network (RFC 8925) */
        bool ipv6_only;
        /* accept replies without option 53, but only after the first retransmission (RFC 1534 §2) */
        bool bootp;
        /*
         * NULL: servers are not told that FORCERENEW is supported, and each FORCERENEW is ignored (RFC 6704)
         */
        Dhcp4HmacMd5 hmac_md5;
        /*
         * not 0.0.0.0: the address is ours by configuration, and DHCPINFORM asks for the other parameters
         * (RFC 2131 §4.4.3)
         */
        struct in_addr inform;
        uint8_t inform_prefix_len;
        Dhcp4Fallback fallback;
        Dhcp4ConflictMode conflict;
        Dhcp4StoredMode stored;
        /* upper bound of the random wait before the first DISCOVER; 0: no wait */
        usec_t start_delay_max_usec;
        /*
         * Span for which a lease stays in use without a carrier. USEC_INFINITY: until it expires. An
         * anonymous client ignores this value and gives the lease up at once.
         */
        usec_t carrier_grace_usec;
        /*
         * Configured options of DISCOVER and REQUEST (12 or 81, 60, 77, ...), encoded as on the wire.
         * Borrowed, because hundreds of clients share them: the bytes must stay valid until other
         * configuration is set.
         */
        const uint8_t *send;
        uint16_t send_len; /* bytes, at most DHCP4_SEND_MAX */
        /*
         * Servers to listen to (allow) and servers to ignore (deny). Borrowed in the same way as @send. A
         * server is ignored if a deny rule matches it, or if there are allow rules and none matches it. The
         * OFFER, ACK and NAK of an ignored server have no effect.
         */
        const Dhcp4ServerRule *allow, *deny;
        uint8_t n_allow, n_deny;
} Dhcp4ClientConfig;

typedef enum Dhcp4EventType {
        DHCP4_EVENT_START,   /* .start */
        DHCP4_EVENT_STOP,    /* .stop */
        DHCP4_EVENT_CARRIER, /* .carrier; after START the carrier counts as off */
        /*
         * The user wants a renewal. In BOUND this acts as if T1 had come. In states that wait for an answer,
         * and in INIT, the next message is sent now.
         */
        DHCP4_EVENT_RENEW,
        /*
         * The host slept. The client verifies its lease as after a loss of the carrier; an anonymous client
         * gives its lease up. Without a lease in force, the search goes on or begins again now.
         */
        DHCP4_EVENT_RESUMED,
        DHCP4_EVENT_MESSAGE, /* .message */
        /* .send_failed: the last frame could not be sent. The event itself causes no new frame. */
        DHCP4_EVENT_SEND_FAILED,
        /*
         * Conflict detection found that the address which probing() names is free (RFC 5227). To be fed if
         * knows_free() returns false.
         */
        DHCP4_EVENT_PROBE_OK,
        /* Somebody else has the address that probing() names, or its defence failed. */
        DHCP4_EVENT_PROBE_CONFLICT,
        /* .gateway: a router answered an ARP request that dhcp4_client_dna() asked for */
        DHCP4_EVENT_GATEWAY,
        _DHCP4_EVENT_MAX,
} Dhcp4EventType;

/* A received message. Its pointers are borrowed for the call. */
typedef struct Dhcp4Received {
        const uint8_t *data; /* UDP payload */
        size_t len;
        const HwAddress *source_hw; /* NULL: not known (UDP socket) */
        struct in_addr source;      /* source of the IP packet; 0.0.0.0: not known */
} Dhcp4Received;

typedef struct Dhcp4Event {
        Dhcp4EventType type;
        union {
                struct {
                        /*
                         * The lease to ask for again, borrowed for the call. NULL: there is none, and the
                         * client begins in INIT. An expired lease is ignored.
                         */
                        const Dhcp4Lease *cached;
                        /*
                         * Instead of .cached: an address that no server granted, borrowed for the call. It
                         * goes on if it is held, and is what the configuration asks for.
                         */
                        const Dhcp4Source *own;
                        /*
                         * True if the cached lease, or the address in .own, is on the link right now (the
                         * daemon was restarted), and the carrier has not changed since. The client is then
                         * in BOUND at once, and sends nothing. If false, the client asks for the lease by
                         * INIT-REBOOT.
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
                        int error; /* negative errno; no decision depends on it */
                } send_failed;
        };
} Dhcp4Event;

typedef enum Dhcp4Via {
        DHCP4_VIA_PACKET, /* packet socket: headers built by wire/ipv4-udp.h */
        DHCP4_VIA_UDP,    /* UDP socket: the kernel finds the next hop by its routes and ARP */
} Dhcp4Via;

typedef struct Dhcp4Frame {
        Dhcp4Via via;
        struct in_addr src, dst;
        HwAddress dst_hw; /* DHCP4_VIA_PACKET only; len 0: the link's broadcast address */
        Dhcp4MessageType type;
        uint16_t len; /* bytes of data[] */
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
} Dhcp4Frame;

/* Why the last lease ended. This is for people; no decision depends on it. */
typedef enum Dhcp4Loss {
        DHCP4_LOSS_NONE, /* there is a lease, or there never was one */
        DHCP4_LOSS_EXPIRED,
        DHCP4_LOSS_NAK,
        DHCP4_LOSS_CONFLICT, /* DHCPDECLINE was sent */
        DHCP4_LOSS_RELEASED, /* the client was stopped, with or without a RELEASE */
        /*
         * The carrier was gone for longer than carrier_grace_usec, and the lease is remembered. Or the
         * carrier was lost and the client is anonymous.
         */
        DHCP4_LOSS_CARRIER,
        DHCP4_LOSS_REPLACED, /* the server granted another address instead, which is probed first */
        DHCP4_LOSS_MOVED,    /* the link is on another network: a server of that network made an offer */
        /* the link has a new hardware address, and servers take it for another client */
        DHCP4_LOSS_HARDWARE_ADDRESS,
        /* the host slept, and an anonymous client does not ask for a former lease */
        DHCP4_LOSS_SLEPT,
        _DHCP4_LOSS_MAX,
} Dhcp4Loss;

/* Sockets that should be open, as flags. */
typedef enum Dhcp4RxMode {
        DHCP4_RX_NONE = 0,
        DHCP4_RX_PACKET = 1 << 0, /* AF_PACKET with filter */
        DHCP4_RX_UDP = 1 << 1,    /* UDP socket at the leased address; receives from every interface */
} Dhcp4RxMode;

/*
 * A server that was heard in the last exchange (D-Bus property Servers). If there is more than one, one of
 * them may be a rogue server.
 */
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
        uint64_t ignored;   /* parsed, but not meant for us or not expected now */
        uint64_t conflicts;
        uint64_t refusals; /* NAKs that the client obeyed; NAKs that it ignored are not counted */
        /* span from the beginning of the last process that gained a lease to its ACK; 0: no lease yet */
        usec_t lease_usec;
} Dhcp4Counters;

/* A search for a lease that has not succeeded yet; see dhcp4_client_search(). */
typedef struct Dhcp4Search {
        /* instant; USEC_INFINITY: there is no search, and all other members are 0 */
        usec_t since;
        usec_t refused_at; /* instant at which .refusal was noted */
        /* messages sent in this search; the repetition of a message on a wireless link does not count */
        uint32_t attempts;
        uint32_t unanswered; /* how many of these were sent since a server was last heard */
        /* Why the last answer did not lead to a lease. NONE: there was no such answer. */
        Dhcp4Refusal refusal;
        Dhcp4MessageType refused_type;
        struct in_addr refused_server; /* its identifier; 0.0.0.0: not known */
} Dhcp4Search;

#define DHCP4_CLIENT_FRAMES_MAX 2u /* most frames one call can produce; asserted */

/* A frame that is due, described by what decides its content. dhcp4_client_next_frame() builds its bytes. */
typedef struct Dhcp4Outgoing {
        Dhcp4MessageType type;
        Dhcp4State state; /* decides which kind of REQUEST it is; see core/dhcp4-outgoing.h */
        struct in_addr address, server_id;
        HwAddress server_hw;
        uint32_t xid;
        uint16_t secs;
        bool broadcast; /* set the broadcast flag, if the message may have it */
        bool absent;    /* the leased address is not on the link */
        /*
         * decides the order of the options, and of the codes in option 55, if the client is anonymous; the
         * same for all messages of an exchange
         */
        uint32_t shuffle;
        const char *why; /* option 56 of DECLINE and RELEASE, a static text; NULL: none */
} Dhcp4Outgoing;

/*
 * What Dhcp4Client.lease contains. There is room for one lease only, so each new one replaces the one
 * before. The state says what the client does; this says what it has.
 */
typedef enum Dhcp4Held {
        DHCP4_HELD_NOTHING,
        DHCP4_HELD_OFFERED,    /* an OFFER that waits in SELECTING, or is asked for in REQUESTING */
        DHCP4_HELD_GRANTED,    /* a server granted it, but it is not used yet; in PROBING only */
        DHCP4_HELD_IN_FORCE,   /* its address should be on the link */
        DHCP4_HELD_REMEMBERED, /* not used, but asked for again when there is a carrier (RFC 2131 §3.2) */
} Dhcp4Held;

/* What conflict detection has found out. */
typedef enum Dhcp4AddressCheck {
        DHCP4_CHECK_NONE, /* nothing yet */
        DHCP4_CHECK_FREE, /* nobody else has the address */
        /* somebody else has the address that is asked for; its ACK will be declined */
        DHCP4_CHECK_TAKEN,
} Dhcp4AddressCheck;

/* Whether a message is repeated. A wireless link sends its first message twice. */
typedef enum Dhcp4Repeat {
        DHCP4_REPEAT_NO,
        DHCP4_REPEAT_NEXT,    /* the carrier just came: the next message is the one to repeat */
        DHCP4_REPEAT_PENDING, /* that message has been sent, and resend_at is when it is repeated */
} Dhcp4Repeat;

typedef enum Dhcp4FallbackStage {
        DHCP4_FALLBACK_OFF,
        DHCP4_FALLBACK_PROBED, /* .address is chosen, and conflict detection still probes it */
        DHCP4_FALLBACK_USED,   /* nobody else has .address, so it is used */
} Dhcp4FallbackStage;

typedef struct Dhcp4Client {
        /* private to core/dhcp4-client*.c */
        Dhcp4ClientConfig config;
        Prng prng;
        Dhcp4State state;
        bool carrier;
        /* the carrier was lost after START; a lease in force is verified when the carrier returns */
        bool carrier_was_lost;
        /* about the address in .lease, or the one that is about to be stored there */
        Dhcp4AddressCheck check;
        /* not 0: answers reach us by broadcast only; same values as Dhcp4Lease.broadcast */
        uint8_t broadcast;
        bool broadcast_sent; /* the last message asked for a broadcast answer */
        /* the first message of this exchange was sent without the broadcast flag, to test if it is needed */
        bool broadcast_trial;
        bool broadcast_doubt; /* the OFFER seems to answer a message without the broadcast flag */
        bool rapid_sent;      /* the last DISCOVER asked for an ACK at once (RFC 4039) */
        /*
         * The last DISCOVER or REQUEST asked for option 108, and so did the DISCOVER beside it (RFC 8925).
         * Option 108 counts in an answer only if it was asked for.
         */
        bool ipv6_only_asked;
        /*
         * The lease has to be verified, and so far neither its server nor one of its routers has confirmed
         * that this is its network.
         */
        bool unconfirmed;
        Dhcp4Repeat repeat;
        /* a DISCOVER with .beside_xid was sent in addition to the REQUESTs (dhcp4-client-verify.c) */
        bool beside;
        /* the renewal began before T1, so it is retried sooner than RFC 2131 §4.4.5 says */
        bool early;
        bool no_link_local; /* a server forbids link-local addresses (RFC 2563) */
        /* INIT waits, because a server said that the network needs no IPv4 (RFC 8925) */
        bool ipv6_only;
        bool absent; /* set by dhcp4_client_set_absent() */
        uint32_t xid, beside_xid, shuffle;
        uint16_t secs;    /* field secs of the current message */
        unsigned attempt; /* transmissions of the current message, 1-based once sent */
        unsigned refused; /* NAKs in a row; 0 again after a lease has held for a while */
        /*
         * addresses in a row that other hosts had; 0 again after a lease has held whose address is known to
         * be free
         */
        unsigned taken;
        usec_t now; /* time of the last call, to assert that time does not go back */
        /* time of the last frame; limits how often the user can make us send */
        usec_t sent_at;
        /* instant from which on the full burst of questions may be sent again (core/dhcp4-backoff.h) */
        usec_t pace_at;
        usec_t process_started_at; /* base of the secs field and of counters.lease_usec */
        usec_t request_sent_at;    /* becomes Dhcp4Lease.granted_at */
        /* instants, USEC_INFINITY when not armed */
        usec_t resend_at, t1_at, t2_at, expire_at, withdraw_at;
        usec_t nak_at;   /* when the NAK of another server takes effect, unless an ACK comes before */
        usec_t offer_at; /* when .offer takes effect, unless somebody confirms the lease before */
        /*
         * The OFFER that answered the DISCOVER beside the REQUESTs. If the client is in REQUESTING with a
         * lease in force, it asks the server of this OFFER.
         */
        struct {
                struct in_addr server_id;
                HwAddress server_hw;
                /* true: the OFFER is for the address of the lease; false: it is of another network */
                bool same_address;
        } offer;
        /*
         * The server whose OFFER led to no lease (0.0.0.0: none). The OFFER of any other server is
         * preferred. The next OFFER of this server waits in .lease, and is taken if no other comes before
         * the DISCOVER would be sent again.
         */
        struct in_addr passed_over;
        struct {
                /*
                 * when the fallback begins or is tried again; USEC_INFINITY: it has begun, or is not wanted
                 * now
                 */
                usec_t at;
                usec_t since; /* when the fallback began */
                Dhcp4FallbackStage stage;
                uint8_t conflicts;
                struct in_addr address;
        } fallback;
        Dhcp4Held held; /* what .lease contains */
        /*
         * With DHCPINFORM, and before its first answer, this has the values of the configuration and no
         * answer (.ack_len is 0). Outside it is no lease then; see dhcp4_client_in_force().
         */
        Dhcp4Lease lease;
        Dhcp4Loss loss;
        Dhcp4Server servers[DHCP4_SERVERS_MAX];
        unsigned n_servers;
        Dhcp4Search search;
        char nak_text[64]; /* text of the last NAK, safe to print; "": none */
        Dhcp4Counters counters;
        Dhcp4Outgoing outgoing[DHCP4_CLIENT_FRAMES_MAX];
        unsigned n_outgoing, i_outgoing;
} Dhcp4Client;

/* Initialises the client in state STOPPED. Copies @config. @key is the seed of all its random numbers. */
void dhcp4_client_init(Dhcp4Client *client, const Dhcp4ClientConfig *config,
                       const uint8_t key[PRNG_KEY_LEN]);

/*
 * input() takes one event; both functions do everything that is due at @now. An OFFER is therefore answered
 * in the call that brings it. @now must not be earlier than in the call before, and all frames of the call
 * before must have been drained (both asserted).
 */
void dhcp4_client_input(Dhcp4Client *client, usec_t now, const Dhcp4Event *event);
void dhcp4_client_dispatch(Dhcp4Client *client, usec_t now);

/*
 * Copies @config, which counts for everything that is sent from now on. Changes no state and sends nothing.
 * If the new configuration makes something due, the next dispatch() does it.
 */
void dhcp4_client_set_config(Dhcp4Client *client, const Dhcp4ClientConfig *config);
/*
 * Returns true if servers would see @config as a different client than @old, or if @config asks for a
 * different task (DHCPINFORM, another address). A lease obtained under @old must then not be kept: the
 * caller stops the client, sets @config and starts it again.
 */
bool dhcp4_client_config_restarts(const Dhcp4ClientConfig *old, const Dhcp4ClientConfig *config);

/*
 * For a change of the hardware address from that in @old to that in @config. Returns true if servers still
 * take the link for the same client: the identifier (option 61) is the same and is not made from the
 * hardware address. The lease can then be kept, but the caller must have it verified.
 */
bool dhcp4_client_config_same_client(const Dhcp4ClientConfig *old, const Dhcp4ClientConfig *config);

/* Sets the MTU of the link, in bytes. Changes no state and sends nothing, like dhcp4_client_set_config(). */
void dhcp4_client_set_mtu(Dhcp4Client *client, uint32_t mtu);

/*
 * Says whether the leased address is absent from the link, because others have to put it there and have not
 * done so yet. While it is absent, nobody on the link answers ARP requests for it, so an answer that a
 * server sends to it does not arrive. A renewal must then not have the address in ciaddr (RFC 2131 §4.4.1:
 * "can respond to ARP requests"). The client sends a REQUEST as in REBOOTING instead, and the answer comes
 * to the hardware address or by broadcast. Counts for frames that are drained from then on. False at the
 * beginning.
 */
void dhcp4_client_set_absent(Dhcp4Client *client, bool absent);

/* Stores the next frame to send. Returns false if there is none left. */
bool dhcp4_client_next_frame(Dhcp4Client *client, Dhcp4Frame *ret);

/*
 * Builds in *ret the RELEASE of @lease, which was granted to this link under a former identity. Uses chaddr,
 * htype and client identifier of @identity, and nothing else of it. The client has no such lease any more,
 * and its state does not change. The caller sends the frame at once.
 */
void dhcp4_client_release_former(Dhcp4Client *client, const Dhcp4ClientConfig *identity,
                                 const Dhcp4Lease *lease, Dhcp4Frame *ret);

/*
 * Returns the instant at which the caller must call dispatch() next. After dispatch(now) it is later than
 * @now, so a caller cannot spin.
 */
usec_t dhcp4_client_next_deadline(const Dhcp4Client *client);

/*
 * Returns NULL if a client with this configuration would ask for what the message offers, at least if it
 * gets no better offer. Otherwise returns the reason why not, a static text for people. @data: an OFFER or
 * BOOTP reply of @len bytes. @hw: the link-layer source, or NULL. @source: the source of the IP packet, or
 * 0.0.0.0. Does not check whether the message belongs to an exchange of the client.
 */
const char *dhcp4_client_refuses_offer(const Dhcp4ClientConfig *config, const uint8_t *data, size_t len,
                                       const HwAddress *hw, struct in_addr source);

/* Returns the configuration in force. */
static inline const Dhcp4ClientConfig *dhcp4_client_config(const Dhcp4Client *client) {
        return &client->config;
}

Dhcp4State dhcp4_client_state(const Dhcp4Client *client);
Dhcp4Loss dhcp4_client_loss(const Dhcp4Client *client);
Dhcp4RxMode dhcp4_client_rx_mode(const Dhcp4Client *client);
/*
 * Returns the lease whose address should be on the interface, or NULL. With DHCPINFORM there is none before
 * the first answer. The pointer is valid until the next call that takes @client mutable.
 */
const Dhcp4Lease *dhcp4_client_lease(const Dhcp4Client *client);
/*
 * Stores what is in force: the lease or, with DHCPINFORM and before its first answer, the configured
 * address. Returns false if there is nothing. *ret is valid as long as what dhcp4_client_lease() returns.
 */
bool dhcp4_client_in_force(const Dhcp4Client *client, Dhcp4Source *ret);
/*
 * Stores what the link gets while nothing is in force (Dhcp4ClientConfig.fallback). Returns false if there
 * is nothing. Each call builds the value anew; as long as the address is the same, only granted_at can
 * change.
 */
bool dhcp4_client_fallback(const Dhcp4Client *client, Dhcp4Source *ret);
/*
 * Returns the lease to remember for INIT-REBOOT, or NULL. This is the lease in force, or the one that was
 * withdrawn after the carrier was lost.
 */
const Dhcp4Lease *dhcp4_client_cached(const Dhcp4Client *client);
/*
 * Stores the address that a server granted. The address is in force or, in PROBING, will be if it is free.
 * Returns false if there is none.
 */
bool dhcp4_client_granted(const Dhcp4Client *client, struct in_addr *ret);
/*
 * Stores the address that conflict detection should run for (probing, announcing, defence). Returns false if
 * there is none. An offered address is probed while it is asked for, so that in optimistic mode the probes
 * are under way when the ACK comes. If there is nothing better, it is the address of the fallback.
 */
bool dhcp4_client_probing(const Dhcp4Client *client, struct in_addr *ret);
/*
 * Returns who says that we may have the address that dhcp4_client_probing() names. Call it only if
 * dhcp4_client_probing() returns true.
 */
AcdBasis dhcp4_client_probing_basis(const Dhcp4Client *client);
/*
 * Returns true if the client knows that the address which dhcp4_client_probing() names is free. After every
 * step, the caller compares this with what conflict detection knows. If only conflict detection knows that
 * the address is free, the caller feeds DHCP4_EVENT_PROBE_OK. This happens when the client asks anew about
 * an address that is defended already: a server may offer the address of the fallback, or the fallback may
 * be the address of a lease that ended.
 */
bool dhcp4_client_knows_free(const Dhcp4Client *client);
/*
 * Stores what to ask the routers of the lease by ARP (RFC 4436). .task is VERIFY while the lease is
 * verified, whether in force or remembered: in REBOOTING, and in a renewal whose first REQUEST nobody
 * answered. .task is LEARN in BOUND, once the address is known to be ours, until all routers have answered.
 */
void dhcp4_client_dna(const Dhcp4Client *client, DnaQuestion *ret);
/* Return T1 and T2 as instants, jitter included; USEC_INFINITY without a lease. */
usec_t dhcp4_client_t1_at(const Dhcp4Client *client);
usec_t dhcp4_client_t2_at(const Dhcp4Client *client);
/* Returns true while DHCPv4 pauses because a server said that this network is IPv6-only (RFC 8925 §3.2). */
bool dhcp4_client_is_ipv6_only(const Dhcp4Client *client);
/*
 * Returns what is known of the search for a lease, for people. A search lasts while the carrier is there and
 * no lease is in force, unless the client is stopped or the network needs no IPv4.
 */
const Dhcp4Search *dhcp4_client_search(const Dhcp4Client *client);
/*
 * Returns the instant of the next message of a search. USEC_INFINITY: there is no search, or it waits for an
 * event instead of an instant (conflict detection in PROBING).
 */
usec_t dhcp4_client_next_attempt_at(const Dhcp4Client *client);
/* Returns option 56 of the last NAK as printable ASCII. "": it had none, or there was no NAK since START. */
const char *dhcp4_client_nak_text(const Dhcp4Client *client);
uint32_t dhcp4_client_xid(const Dhcp4Client *client);
const Dhcp4Counters *dhcp4_client_counters(const Dhcp4Client *client);
/*
 * Stores the servers heard in the last exchange, and returns their number. *ret is valid until the next call
 * that takes @client mutable.
 */
unsigned dhcp4_client_servers(const Dhcp4Client *client, const Dhcp4Server **ret);

const char *dhcp4_state_to_string(Dhcp4State state); /* "INIT-REBOOT": as the RFC spells it */
/*
 * Returns "expired", "nak", "conflict", "released", "carrier", "replaced", "moved", "hardware-address" or
 * "slept"; "" for NONE.
 */
const char *dhcp4_loss_to_string(Dhcp4Loss loss);
