/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the tests of core/dhcp4-client share: a client under a clock that is a variable, a model server that
 * answers as it is told, and a second copy of RFC 2131 tables 4 and 5, made apart from the one in core/,
 * that every frame is held against.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "core/dhcp4-client.h"

#define T0     (5000 * USEC_PER_SEC)
#define SERVER "10.0.0.1"
#define OTHER  "10.0.0.2"
#define OFFER  "10.0.0.50"

typedef struct Bench {
        Dhcp4Client client;
        usec_t now;
        Dhcp4Frame frames[DHCP4_CLIENT_FRAMES_MAX]; /* of the last call */
        unsigned n_frames;
        unsigned total;    /* frames so far */
        Dhcp4Message last; /* the last frame, parsed; a DISCOVER beside a REQUEST is in .beside instead */
        Dhcp4Message beside;
        /* The last call sent a DISCOVER beside a REQUEST. */
        bool has_beside;
        /* what the server says */
        uint32_t lifetime_sec, t1_sec, t2_sec; /* 0: option is left out */
        const char *server, *offer, *router;   /* no router: option is left out */
        const char *mask;                      /* NULL: option is left out */
        bool rapid_commit;
        const uint8_t *client_id; /* echoed when set */
        size_t client_id_len;
        const uint8_t *options; /* more of them in OFFER and ACK, ready as on the wire */
        size_t options_len;
        /* ACKs have a type, an address and server_id, and no other option. */
        bool bare;
        /* Answers do not even have a server identifier. */
        bool anonymous;
        /* The host that answers come from. NULL: they come by the UDP socket, which does not tell. */
        const HwAddress *hw;
        /* The address that answers come from. 0.0.0.0: it is not known. */
        struct in_addr source;
} Bench;

static const HwAddress bench_server_hw = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } },
                       bench_other_hw = { .len = 6, .bytes = { 2, 8, 8, 8, 8, 8 } };

static const uint8_t bench_mac[6] = { 2, 1, 2, 3, 4, 5 };

static const uint8_t bench_send[] = { DHCP4_OPTION_HOSTNAME, 4, 'h', 'o', 's', 't' };

static inline Dhcp4ClientConfig bench_config(void) {
        Dhcp4ClientConfig config = {
                .chaddr_len = 6,
                .htype = 1,
                .client_id = { 1, 2, 1, 2, 3, 4, 5 },
                .client_id_len = 7,
                .send = bench_send,
                .send_len = sizeof(bench_send),
                .request = { 1, 121, 3, 6 },
                .n_request = 4,
                .rapid_commit = true,
                .conflict = DHCP4_CONFLICT_NO,
                .carrier_grace_usec = 3 * USEC_PER_SEC,
        };

        memcpy(config.chaddr, bench_mac, sizeof(bench_mac));
        return config;
}

static inline void bench_init(Bench *b, const Dhcp4ClientConfig *config) {
        static const uint8_t key[PRNG_KEY_LEN] = { 42 };

        *b = (Bench){
                .now = T0,
                .lifetime_sec = 3600,
                .server = SERVER,
                .offer = OFFER,
                .mask = "255.255.255.0",
                .hw = &bench_server_hw,
        };
        dhcp4_client_init(&b->client, config, key);
}

static inline struct in_addr ip(const char *text) {
        return (struct in_addr){ inet_addr(text) };
}

static inline Dhcp4State bench_state(const Bench *b) {
        return dhcp4_client_state(&b->client);
}

#define assert_state(b, expected) \
        g_assert_cmpstr(dhcp4_state_to_string(bench_state(b)), ==, dhcp4_state_to_string(expected))

/*
 * RFC 2131 tables 4 and 5: a message may (1), must (2) or must not (0) carry the option. The message
 * itself and the state that it left behind say which column of the tables counts.
 */
static inline void check_presence(const Dhcp4Message *m, uint8_t code, int rule) {
        if (rule == 0)
                g_assert_false(dhcp4_message_has(m, code));
        if (rule == 2)
                g_assert_true(dhcp4_message_has(m, code));
}

/* Returns true if option 55 of @m asks for @code. */
static inline bool bench_asks_for(const Dhcp4Message *m, uint8_t code) {
        const uint8_t *list;
        size_t len;

        return dhcp4_message_get(m, DHCP4_OPTION_PARAMETER_LIST, &list, &len) == 0 &&
                memchr(list, code, len);
}

/* Returns true if @frame goes out beside a REQUEST, to find out whether this is another network. */
static inline bool bench_is_beside(const Bench *b, const Dhcp4Frame *frame) {
        return frame->type == DHCP4_DISCOVER &&
                (bench_state(b) == DHCP4_STATE_REBOOTING || bench_state(b) == DHCP4_STATE_RENEWING ||
                 bench_state(b) == DHCP4_STATE_REBINDING);
}

static inline void bench_check_frame(const Bench *b, const Dhcp4Frame *frame) {
        const bool renewing = bench_state(b) == DHCP4_STATE_RENEWING,
                   rebinding = bench_state(b) == DHCP4_STATE_REBINDING, beside = bench_is_beside(b, frame);
        Dhcp4Message m;

        g_assert_cmpint(dhcp4_message_parse(frame->data, frame->len, &m), ==, 0);
        g_assert_cmpuint(frame->len, >=, 300);
        g_assert_cmpint(m.type, ==, frame->type);
        g_assert_cmpint(m.header.op, ==, 1);
        g_assert_true((m.header.xid == dhcp4_client_xid(&b->client)) != beside);
        g_assert_cmpuint(m.header.yiaddr.s_addr, ==, 0);
        g_assert_cmpuint(m.header.siaddr.s_addr, ==, 0);
        g_assert_cmpuint(m.header.giaddr.s_addr, ==, 0);
        g_assert_cmpmem(m.header.chaddr, 6, bench_mac, 6);
        check_presence(&m, DHCP4_OPTION_CLIENT_ID, 2);

        switch (m.type) {
        case DHCP4_DISCOVER:
                g_assert_cmpuint(m.header.ciaddr.s_addr, ==, 0);
                check_presence(&m, DHCP4_OPTION_SERVER_ID, 0);
                check_presence(&m, DHCP4_OPTION_PARAMETER_LIST, 2);
                check_presence(&m, DHCP4_OPTION_RAPID_COMMIT, beside ? 0 : 1);
                break;
        case DHCP4_REQUEST:
                if (renewing || rebinding) {
                        g_assert_cmpuint(m.header.ciaddr.s_addr, !=, 0);
                        check_presence(&m, DHCP4_OPTION_REQUESTED_IP, 0);
                        check_presence(&m, DHCP4_OPTION_SERVER_ID, 0);
                } else {
                        g_assert_cmpuint(m.header.ciaddr.s_addr, ==, 0);
                        check_presence(&m, DHCP4_OPTION_REQUESTED_IP, 2);
                        check_presence(&m, DHCP4_OPTION_SERVER_ID,
                                       bench_state(b) == DHCP4_STATE_REQUESTING ? 2 : 0);
                }
                check_presence(&m, DHCP4_OPTION_PARAMETER_LIST, 2);
                check_presence(&m, DHCP4_OPTION_MAX_MESSAGE_SIZE, 1);
                check_presence(&m, DHCP4_OPTION_RAPID_COMMIT, 0);
                break;
        case DHCP4_DECLINE:
                g_assert_cmpuint(m.header.ciaddr.s_addr, ==, 0);
                g_assert_cmpuint(m.header.secs, ==, 0);
                g_assert_cmpuint(m.header.flags, ==, 0);
                check_presence(&m, DHCP4_OPTION_REQUESTED_IP, 2);
                check_presence(&m, DHCP4_OPTION_SERVER_ID, 2);
                check_presence(&m, DHCP4_OPTION_PARAMETER_LIST, 0);
                check_presence(&m, DHCP4_OPTION_MAX_MESSAGE_SIZE, 0);
                check_presence(&m, DHCP4_OPTION_HOSTNAME, 0);
                check_presence(&m, DHCP4_OPTION_MESSAGE, b->client.config.anonymize ? 0 : 2);
                break;
        case DHCP4_RELEASE:
                g_assert_cmpuint(m.header.ciaddr.s_addr, !=, 0);
                g_assert_cmpuint(m.header.secs, ==, 0);
                g_assert_cmpuint(m.header.flags, ==, 0);
                check_presence(&m, DHCP4_OPTION_REQUESTED_IP, 0);
                check_presence(&m, DHCP4_OPTION_SERVER_ID, 2);
                check_presence(&m, DHCP4_OPTION_PARAMETER_LIST, 0);
                check_presence(&m, DHCP4_OPTION_MAX_MESSAGE_SIZE, 0);
                check_presence(&m, DHCP4_OPTION_HOSTNAME, 0);
                check_presence(&m, DHCP4_OPTION_MESSAGE, b->client.config.anonymize ? 0 : 2);
                break;
        case DHCP4_INFORM:
                g_assert_cmpuint(m.header.ciaddr.s_addr, !=, 0);
                check_presence(&m, DHCP4_OPTION_REQUESTED_IP, 0);
                check_presence(&m, DHCP4_OPTION_LEASE_TIME, 0);
                g_assert_false(bench_asks_for(&m, DHCP4_OPTION_LEASE_TIME));
                g_assert_false(bench_asks_for(&m, DHCP4_OPTION_T1));
                g_assert_false(bench_asks_for(&m, DHCP4_OPTION_T2));
                check_presence(&m, DHCP4_OPTION_SERVER_ID, 0);
                check_presence(&m, DHCP4_OPTION_PARAMETER_LIST, 2);
                check_presence(&m, DHCP4_OPTION_RAPID_COMMIT, 0);
                break;
        case DHCP4_OFFER:
        case DHCP4_ACK:
        case DHCP4_NAK:
        case DHCP4_FORCERENEW:
        case DHCP4_BOOTP:
        case _DHCP4_MESSAGE_TYPE_MAX:
                g_assert_not_reached();
        }
        /* Checks which messages go to all, and which to the server alone. */
        if (m.type == DHCP4_RELEASE || (m.type == DHCP4_REQUEST && renewing))
                g_assert_cmpuint(frame->dst.s_addr, !=, INADDR_BROADCAST);
        else {
                g_assert_cmpuint(frame->dst.s_addr, ==, INADDR_BROADCAST);
                g_assert_cmpint(frame->via, ==, DHCP4_VIA_PACKET);
        }
        g_assert_cmpuint(frame->src.s_addr, ==, m.header.ciaddr.s_addr);
}

/* Returns true if something is in force, which need not have an answer. */
static inline bool bench_has_address(const Bench *b) {
        Dhcp4Source source;

        return dhcp4_client_in_force(&b->client, &source);
}

/* Checks what holds after every call. */
static inline void bench_check(Bench *b) {
        const Dhcp4Client *client = &b->client;
        const Dhcp4State state = bench_state(b);
        const Dhcp4Lease *lease = dhcp4_client_lease(client);
        Dhcp4Source source;
        const bool has = dhcp4_client_in_force(client, &source);

        g_assert_cmpuint(dhcp4_client_next_deadline(client), >, b->now);
        if (state == DHCP4_STATE_STOPPED)
                g_assert_cmpuint(dhcp4_client_next_deadline(client), ==, USEC_INFINITY);
        if (state == DHCP4_STATE_BOUND || state == DHCP4_STATE_RENEWING || state == DHCP4_STATE_REBINDING ||
            state == DHCP4_STATE_INFORMING)
                g_assert_true(has);
        /* Only the address of a DHCPINFORM may do without an answer. */
        g_assert_true(lease == (has ? source.lease : NULL));
        g_assert_true(!has || lease || source.origin == DHCP4_LEASE_INFORM);
        if (has) {
                /* In REQUESTING when it is the very address that is asked for. */
                g_assert_true(state == DHCP4_STATE_BOUND || state == DHCP4_STATE_RENEWING ||
                              state == DHCP4_STATE_REBINDING || state == DHCP4_STATE_REBOOTING ||
                              state == DHCP4_STATE_INFORMING || state == DHCP4_STATE_REQUESTING);
                g_assert_cmpuint(dhcp4_source_expires_at(&source), >, b->now);
                g_assert_cmpuint(dhcp4_client_t1_at(client), <=, dhcp4_client_t2_at(client));
        }
}

static inline void bench_drain(Bench *b) {
        b->n_frames = 0;
        b->has_beside = false;
        for (;;) {
                Dhcp4Frame *frame = &b->frames[b->n_frames];
                Dhcp4Frame f;

                if (!dhcp4_client_next_frame(&b->client, &f))
                        break;
                g_assert_cmpuint(b->n_frames, <, DHCP4_CLIENT_FRAMES_MAX);
                *frame = f;
                bench_check_frame(b, frame);
                if (bench_is_beside(b, frame)) {
                        g_assert_cmpuint(b->n_frames, >, 0); /* never alone */
                        b->has_beside = true;
                }
                g_assert_cmpint(
                        dhcp4_message_parse(frame->data, frame->len, b->has_beside ? &b->beside : &b->last),
                        ==, 0);
                b->n_frames++;
                b->total++;
        }
        bench_check(b);
}

static inline void bench_event(Bench *b, const Dhcp4Event *event) {
        dhcp4_client_input(&b->client, b->now, event);
        bench_drain(b);
}

static inline void bench_start(Bench *b, const Dhcp4Lease *cached, bool held) {
        bench_event(b,
                    &(const Dhcp4Event){ .type = DHCP4_EVENT_START,
                                         .start = { .cached = cached, .held = held } });
}

/* Starts with an address that is on the link, and that no server granted. */
static inline void bench_start_own(Bench *b, const Dhcp4Source *own, bool held) {
        bench_event(b,
                    &(const Dhcp4Event){ .type = DHCP4_EVENT_START, .start = { .own = own, .held = held } });
}

static inline void bench_stop(Bench *b, bool release) {
        bench_event(b, &(const Dhcp4Event){ .type = DHCP4_EVENT_STOP, .stop.release = release });
}

static inline void bench_carrier(Bench *b, bool up) {
        bench_event(b, &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = up });
}

static inline void bench_simple(Bench *b, Dhcp4EventType type) {
        bench_event(b, &(const Dhcp4Event){ .type = type });
}

static inline void bench_message(Bench *b, const uint8_t *data, size_t len) {
        bench_event(b,
                    &(const Dhcp4Event){
                            .type = DHCP4_EVENT_MESSAGE,
                            .message = { .data = data, .len = len, .source_hw = b->hw, .source = b->source },
                    });
}

/*
 * Writes the server's answer to the last frame, or to a DISCOVER that went out beside REQUESTs, into
 * @data. Returns its length.
 */
static inline size_t bench_build(const Bench *b, Dhcp4MessageType type,
                                 uint8_t data[DHCP4_MESSAGE_MAX_LEN]) {
        const bool beside = type == DHCP4_OFFER && b->last.type == DHCP4_REQUEST && b->beside.type != 0;
        Dhcp4Header header = beside ? b->beside.header : b->last.header;
        Dhcp4Builder builder;
        size_t len;

        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr = type == DHCP4_NAK ? ip("0.0.0.0") : ip(b->offer);
        dhcp4_builder_init(&builder, data, DHCP4_MESSAGE_MAX_LEN, &header, type);
        if (!b->anonymous)
                dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SERVER_ID, ip(b->server));
        if (b->client_id)
                dhcp4_builder_append(&builder, DHCP4_OPTION_CLIENT_ID, b->client_id, b->client_id_len);
        if (type != DHCP4_NAK && !(b->bare && type == DHCP4_ACK)) {
                if (b->lifetime_sec > 0)
                        dhcp4_builder_append_u32(&builder, DHCP4_OPTION_LEASE_TIME, b->lifetime_sec);
                if (b->t1_sec > 0)
                        dhcp4_builder_append_u32(&builder, DHCP4_OPTION_T1, b->t1_sec);
                if (b->t2_sec > 0)
                        dhcp4_builder_append_u32(&builder, DHCP4_OPTION_T2, b->t2_sec);
                if (b->rapid_commit)
                        dhcp4_builder_append(&builder, DHCP4_OPTION_RAPID_COMMIT, NULL, 0);
                if (b->mask)
                        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_SUBNET_MASK, ip(b->mask));
                dhcp4_builder_append_ready(&builder, b->options, b->options_len);
                if (b->router)
                        dhcp4_builder_append_addr(&builder, DHCP4_OPTION_ROUTERS, ip(b->router));
        }
        g_assert_cmpint(dhcp4_builder_finish(&builder, &len), ==, 0);
        return len;
}

static inline void bench_answer(Bench *b, Dhcp4MessageType type) {
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        const size_t len = bench_build(b, type, data);

        bench_message(b, data, len);
}

/* Moves the time to the next deadline, or to @at if that is sooner, and lets the client run. */
static inline void bench_dispatch(Bench *b, usec_t at) {
        b->now = MIN(at, dhcp4_client_next_deadline(&b->client));
        dhcp4_client_dispatch(&b->client, b->now);
        bench_drain(b);
}

/*
 * Lets the server make an OFFER. If this server failed the client before, waits until the client takes it
 * nevertheless.
 */
static inline void bench_offer(Bench *b) {
        bench_answer(b, DHCP4_OFFER);
        if (bench_state(b) == DHCP4_STATE_SELECTING)
                bench_dispatch(b, USEC_INFINITY);
        assert_state(b, DHCP4_STATE_REQUESTING);
}

/* Lets time pass without an answer. Returns how many frames the client sent. */
static inline unsigned bench_silence(Bench *b, usec_t until) {
        const unsigned before = b->total;

        while (dhcp4_client_next_deadline(&b->client) <= until)
                bench_dispatch(b, until);
        b->now = until;
        return b->total - before;
}

/* Returns a bench whose client has sent its first DISCOVER. */
static inline Bench bench_selecting(const Dhcp4ClientConfig *config) {
        Bench b;

        bench_init(&b, config);
        bench_start(&b, NULL, false);
        bench_carrier(&b, true);
        assert_state(&b, DHCP4_STATE_SELECTING);
        return b;
}

/* START, carrier, DISCOVER, OFFER, REQUEST, ACK. */
static inline void bench_bind(Bench *b) {
        bench_start(b, NULL, false);
        bench_carrier(b, true);
        bench_answer(b, DHCP4_OFFER);
        bench_answer(b, DHCP4_ACK);
        assert_state(b, DHCP4_STATE_BOUND);
}

/* Lets time pass without an answer until the client is in @state. */
static inline void bench_to_state(Bench *b, Dhcp4State state) {
        while (bench_state(b) != state)
                bench_dispatch(b, USEC_INFINITY);
}

/* Returns a bench whose client has its first lease. */
static inline Bench bench_bound(const Dhcp4ClientConfig *config) {
        Bench b;

        bench_init(&b, config);
        bench_bind(&b);
        return b;
}

/* Returns a lease as the server of the bench grants it. */
static inline Dhcp4Lease bench_some_lease(void) {
        const Dhcp4ClientConfig config = bench_config();
        const Bench b = bench_bound(&config);

        return *dhcp4_client_lease(&b.client);
}
