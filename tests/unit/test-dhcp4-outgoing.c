/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building messages (core/dhcp4-outgoing.c) at the bounds of their configuration. The tables themselves are
 * held against every frame that the tests of the client make (client-fixture.h).
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "core/dhcp4-outgoing.h"

/* Option 12 as long as it gets, and one unknown option for the rest. */
static uint8_t large_send[DHCP4_SEND_MAX];

static void fill_send(void) {
        memset(large_send, 'h', sizeof(large_send));
        for (size_t at = 0, len; at < sizeof(large_send); at += len) {
                len = MIN(sizeof(large_send) - at, 2u + 255u);
                large_send[at] = at == 0 ? DHCP4_OPTION_HOSTNAME : 224;
                large_send[at + 1] = (uint8_t) (len - 2);
        }
}

static Dhcp4ClientConfig largest(void) {
        Dhcp4ClientConfig config = {
                .chaddr_len = 16,
                .htype = 255,
                .client_id_len = 255,
                .n_request = DHCP4_REQUEST_OPTIONS_MAX,
                .broadcast = true,
                .rapid_commit = true,
                .ipv6_only = true,
        };

        memset(config.chaddr, 0xc4, sizeof(config.chaddr));
        memset(config.client_id, 0x1d, sizeof(config.client_id));
        config.send = large_send;
        config.send_len = sizeof(large_send);
        memset(config.request, 7, sizeof(config.request));
        return config;
}

static Dhcp4Outgoing outgoing(Dhcp4MessageType type, Dhcp4State state) {
        return (Dhcp4Outgoing){
                .type = type,
                .state = state,
                .address.s_addr = inet_addr("192.0.2.5"),
                .server_id.s_addr = inet_addr("192.0.2.1"),
                .xid = 0x01020304,
                .secs = 9,
        };
}

static const struct {
        Dhcp4MessageType type;
        Dhcp4State state;
} messages[] = {
        { DHCP4_DISCOVER, DHCP4_STATE_SELECTING }, { DHCP4_REQUEST, DHCP4_STATE_REQUESTING },
        { DHCP4_REQUEST, DHCP4_STATE_REBOOTING },  { DHCP4_REQUEST, DHCP4_STATE_RENEWING },
        { DHCP4_REQUEST, DHCP4_STATE_REBINDING },  { DHCP4_DECLINE, DHCP4_STATE_BOUND },
        { DHCP4_RELEASE, DHCP4_STATE_BOUND },
};

static void test_largest(void) {
        Dhcp4ClientConfig config;
        const uint8_t *data;
        Dhcp4Frame frame;
        Dhcp4Message m;
        size_t len;

        fill_send();
        config = largest();
        for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
                const Dhcp4Outgoing out = outgoing(messages[i].type, messages[i].state);

                dhcp4_outgoing_build(&config, &out, &frame);
                g_assert_cmpint(dhcp4_message_parse(frame.data, frame.len, &m), ==, 0);
                g_assert_cmpuint(m.n_ignored, ==, 0);
                g_assert_cmpint(dhcp4_message_get(&m, DHCP4_OPTION_CLIENT_ID, &data, &len), ==, 0);
                g_assert_cmpmem(data, len, config.client_id, sizeof(config.client_id));
                g_assert_cmpuint(m.header.hlen, ==, 16);
                if (messages[i].type != DHCP4_DISCOVER && messages[i].type != DHCP4_REQUEST)
                        continue;
                g_assert_cmpint(dhcp4_message_get(&m, DHCP4_OPTION_PARAMETER_LIST, &data, &len), ==, 0);
                g_assert_cmpuint(len, ==, DHCP4_REQUEST_OPTIONS_MAX + 1); /* and 108 */
                g_assert_cmpint(dhcp4_message_get(&m, DHCP4_OPTION_HOSTNAME, &data, &len), ==, 0);
                g_assert_cmpuint(len, ==, 255);
        }
}

static void build(const Dhcp4ClientConfig *config, Dhcp4Message *ret, Dhcp4Frame *ret_frame) {
        const Dhcp4Outgoing out = outgoing(DHCP4_DISCOVER, DHCP4_STATE_SELECTING);

        dhcp4_outgoing_build(config, &out, ret_frame);
        g_assert_cmpint(dhcp4_message_parse(ret_frame->data, ret_frame->len, ret), ==, 0);
        g_assert_cmpuint(ret->n_ignored, ==, 0);
}

static void assert_len(const Dhcp4Message *m, uint8_t code, size_t wanted) {
        const uint8_t *data;
        size_t len;

        g_assert_cmpint(dhcp4_message_get_raw(m, code, &data, &len), ==, 0);
        g_assert_cmpuint(len, ==, wanted);
}

/* Every option whose length is the configuration's: none, the shortest, the longest, and all between. */
static void test_lengths(void) {
        static uint8_t send[DHCP4_SEND_MAX];
        Dhcp4ClientConfig config = { .chaddr_len = 6, .htype = 1 };
        Dhcp4Frame frame;
        Dhcp4Message m;

        build(&config, &m, &frame);
        g_assert_false(dhcp4_message_has(&m, DHCP4_OPTION_CLIENT_ID));
        g_assert_false(dhcp4_message_has(&m, DHCP4_OPTION_HOSTNAME));
        memset(config.client_id, 1, sizeof(config.client_id));
        for (unsigned n = 2; n <= sizeof(config.client_id); n++) {
                config.client_id_len = (uint8_t) n;
                build(&config, &m, &frame);
                assert_len(&m, DHCP4_OPTION_CLIENT_ID, n);
        }
        memset(config.request, 3, sizeof(config.request));
        for (unsigned n = 1; n <= DHCP4_REQUEST_OPTIONS_MAX; n++) {
                config.n_request = (uint8_t) n;
                build(&config, &m, &frame);
                assert_len(&m, DHCP4_OPTION_PARAMETER_LIST, n);
        }
        memset(send, 'a', sizeof(send));
        config.send = send;
        for (unsigned n = 1; n <= 255; n++) {
                send[0] = DHCP4_OPTION_HOSTNAME;
                send[1] = (uint8_t) n;
                config.send_len = (uint16_t) (2 + n);
                build(&config, &m, &frame);
                assert_len(&m, DHCP4_OPTION_HOSTNAME, n);
        }
        /* One that is longer than 255 comes in pieces (RFC 3396 §6), and is one again at the other end. */
        for (unsigned n = 256; n + 3 * 2 <= DHCP4_SEND_MAX; n++) {
                unsigned at = 0;

                for (unsigned left = n; left > 0;) {
                        const unsigned piece = MIN(left, 255u);

                        send[at] = 224;
                        send[at + 1] = (uint8_t) piece;
                        memset(send + at + 2, 'a', piece);
                        at += 2 + piece;
                        left -= piece;
                }
                config.send_len = (uint16_t) at;
                build(&config, &m, &frame);
                assert_len(&m, 224, n);
        }
}

/*
 * One byte, or one entry, more than the bounds allow ends the program: nothing is cut short or written over.
 */
static void test_beyond(void) {
        static uint8_t send[DHCP4_SEND_MAX + 1];
        Dhcp4ClientConfig config = { .chaddr_len = 6, .htype = 1, .send = send };
        static const uint8_t key[PRNG_KEY_LEN];
        static Dhcp4Client client;

        if (g_test_subprocess()) {
                config.send_len = sizeof(send);
                dhcp4_client_init(&client, &config, key);
                return;
        }
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
}

/*
 * Whatever was in the buffer before, the frame is the same, and so is where it goes: no byte of ours reaches
 * the network by accident.
 */
static void test_every_byte_is_set(void) {
        static const Dhcp4ClientConfig smallest = { .chaddr_len = 6, .htype = 1 };
        const Dhcp4ClientConfig large = largest(), *configs[] = { &smallest, &large };

        for (size_t c = 0; c < G_N_ELEMENTS(configs); c++)
                for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
                        const Dhcp4Outgoing out = outgoing(messages[i].type, messages[i].state);
                        Dhcp4Frame a, b;

                        memset(&a, 0x00, sizeof(a));
                        memset(&b, 0xff, sizeof(b));
                        dhcp4_outgoing_build(configs[c], &out, &a);
                        dhcp4_outgoing_build(configs[c], &out, &b);
                        g_assert_cmpmem(a.data, a.len, b.data, b.len);
                        g_assert_cmpuint(a.len, >=, 300);
                        g_assert_cmpint(a.type, ==, b.type);
                        g_assert_cmpint(a.via, ==, b.via);
                        g_assert_cmpuint(a.src.s_addr, ==, b.src.s_addr);
                        g_assert_cmpuint(a.dst.s_addr, ==, b.dst.s_addr);
                        g_assert_true(hw_address_equal(&a.dst_hw, &b.dst_hw));
                }
}

/* InfiniBand has no room in chaddr: it stays empty, and answers must be broadcast (RFC 4390 §2.1). */
static void test_infiniband(void) {
        Dhcp4ClientConfig config = { .htype = 32, .client_id = { 255, 1, 2 }, .client_id_len = 3 };
        const Dhcp4Outgoing out = outgoing(DHCP4_DISCOVER, DHCP4_STATE_SELECTING);
        static const uint8_t zero[16];
        Dhcp4Frame frame;
        Dhcp4Message m;

        dhcp4_outgoing_build(&config, &out, &frame);
        g_assert_cmpint(dhcp4_message_parse(frame.data, frame.len, &m), ==, 0);
        g_assert_cmpuint(m.header.hlen, ==, 0);
        g_assert_cmpuint(m.header.flags, ==, DHCP4_FLAG_BROADCAST);
        g_assert_cmpmem(m.header.chaddr, 16, zero, 16);
}

static void build_as(const Dhcp4ClientConfig *config, Dhcp4MessageType type, Dhcp4State state, uint32_t seed,
                     Dhcp4Message *ret, Dhcp4Frame *ret_frame) {
        Dhcp4Outgoing out = outgoing(type, state);

        out.shuffle = seed;
        dhcp4_outgoing_build(config, &out, ret_frame);
        g_assert_cmpint(dhcp4_message_parse(ret_frame->data, ret_frame->len, ret), ==, 0);
}

/* Where @code stands in option 55; the length of the list if it does not. */
static size_t place(const Dhcp4Message *m, uint8_t code) {
        const uint8_t *list, *at;
        size_t len;

        g_assert_cmpint(dhcp4_message_get(m, DHCP4_OPTION_PARAMETER_LIST, &list, &len), ==, 0);
        at = memchr(list, code, len);
        return at ? (size_t) (at - list) : len;
}

/* RFC 7844 §3.1: of a short list each order comes up, and about as often as the others. */
static void test_every_order(void) {
        Dhcp4ClientConfig config = {
                .chaddr_len = 6, .htype = 1, .anonymize = true, .request = { 6, 15, 42 }
        };
        unsigned orders[2][9] = {};
        Dhcp4Frame frame;
        Dhcp4Message m;

        for (unsigned seed = 0; seed < 1200; seed++)
                for (config.n_request = 2; config.n_request <= 3; config.n_request++) {
                        build_as(&config, DHCP4_DISCOVER, DHCP4_STATE_SELECTING, seed * 2654435761u, &m,
                                 &frame);
                        orders[config.n_request - 2][3 * place(&m, 6) + place(&m, 15)]++;
                }
        for (unsigned i = 0; i < 9; i++) {
                const bool differs = i / 3 != i % 3, is_of_two = differs && i / 3 < 2 && i % 3 < 2;

                g_assert_cmpint(orders[0][i] > 400, ==, is_of_two);
                g_assert_cmpint(orders[1][i] > 100, ==, differs);
        }
}

/* RFC 3442: 121 before 3 and 33, and 249 with it, in whatever order they are configured; the rest stays. */
static void test_classless_first(void) {
        static const uint8_t codes[] = { 121, 249, 3, 33, 6, 15 };
        Dhcp4ClientConfig config = { .chaddr_len = 6, .htype = 1, .n_request = sizeof(codes) };
        Dhcp4Frame frame;
        Dhcp4Message m;

        for (unsigned n = 0; n < 720; n++) {
                uint8_t left[sizeof(codes)];
                unsigned rest = n;

                memcpy(left, codes, sizeof(codes));
                for (unsigned i = 0; i < sizeof(codes); i++) {
                        const unsigned k = rest % (sizeof(codes) - i);

                        rest /= sizeof(codes) - i;
                        config.request[i] = left[k];
                        memmove(left + k, left + k + 1, sizeof(codes) - i - k - 1);
                }
                for (unsigned anonymous = 0; anonymous < 2; anonymous++) {
                        config.anonymize = anonymous;
                        build_as(&config, DHCP4_DISCOVER, DHCP4_STATE_SELECTING, n, &m, &frame);
                        assert_len(&m, DHCP4_OPTION_PARAMETER_LIST, sizeof(codes));
                        for (unsigned i = 0; i < sizeof(codes); i++) {
                                g_assert_cmpuint(place(&m, codes[i]), <, sizeof(codes));
                                for (unsigned j = 0; j < sizeof(codes) && i < 2; j++)
                                        if (codes[j] == 3 || codes[j] == 33)
                                                g_assert_cmpuint(place(&m, codes[i]), <,
                                                                 place(&m, codes[j]));
                        }
                        if (anonymous)
                                continue;
                        for (unsigned i = 0; i < sizeof(codes); i++)
                                for (unsigned j = i + 1; j < sizeof(codes); j++)
                                        if (config.request[i] != 3 && config.request[i] != 33 &&
                                            config.request[j] != 121 && config.request[j] != 249)
                                                g_assert_cmpuint(place(&m, config.request[i]), <,
                                                                 place(&m, config.request[j]));
                }
        }
}

/* Options that are listed and not asked for: lease times in DHCPINFORM, and 108 without IPv6OnlyMode=. */
static void test_not_asked_for(void) {
        Dhcp4ClientConfig config = {
                .chaddr_len = 6, .htype = 1, .request = { 51, 1, 58, 108, 59, 6 }, .n_request = 6
        };
        Dhcp4Frame frame;
        Dhcp4Message m;

        for (unsigned ipv6_only = 0; ipv6_only < 2; ipv6_only++) {
                config.ipv6_only = ipv6_only;
                build_as(&config, DHCP4_INFORM, DHCP4_STATE_INFORMING, 0, &m, &frame);
                assert_len(&m, DHCP4_OPTION_PARAMETER_LIST, 2);
                g_assert_cmpuint(place(&m, 1), ==, 0);
                g_assert_cmpuint(place(&m, 6), ==, 1);
                build_as(&config, DHCP4_REQUEST, DHCP4_STATE_RENEWING, 0, &m, &frame);
                assert_len(&m, DHCP4_OPTION_PARAMETER_LIST, 5 + ipv6_only);
                g_assert_cmpuint(place(&m, 108), ==, 5);
        }
        /* Nothing is left: the option cannot be empty. */
        memcpy(config.request, (const uint8_t[]){ 58, 59 }, 2);
        config.n_request = 2;
        build_as(&config, DHCP4_INFORM, DHCP4_STATE_INFORMING, 0, &m, &frame);
        g_assert_false(dhcp4_message_has(&m, DHCP4_OPTION_PARAMETER_LIST));
}

/*
 * RFC 7844 §3.1: five options at most, and each may come first. DECLINE and RELEASE say no more than they
 * must.
 */
static void test_anonymous(void) {
        static const uint8_t allowed[] = { 53, 61, 50, 54, 55 };
        Dhcp4ClientConfig config = {
                .chaddr_len = 6, .htype = 1, .client_id = { 1, 2 }, .client_id_len = 2
        };
        unsigned first[256] = {};
        Dhcp4Frame frame;
        Dhcp4Message m;

        config.anonymize = true;
        config.n_request = 1;
        config.request[0] = 1;
        for (uint32_t seed = 0; seed < 200; seed++)
                for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
                        build_as(&config, messages[i].type, messages[i].state, seed * 0x9e3779b9u, &m,
                                 &frame);
                        g_assert_cmpint(m.type, ==, messages[i].type);
                        for (unsigned j = 0; j < m.n_order; j++)
                                g_assert_nonnull(memchr(allowed, m.order[j], sizeof(allowed)));
                        first[m.order[0]]++;
                }
        for (unsigned i = 0; i < sizeof(allowed); i++)
                g_assert_cmpuint(first[allowed[i]], >, 0);
}

/*
 * Option 57: what remains of the MTU without headers, 576 at least; Ethernet's where the MTU is not known.
 */
static void test_message_size(void) {
        static const struct {
                uint32_t mtu;
                uint16_t size;
        } rows[] = { { 0, 1472 },    { 68, 576 },    { 603, 576 },   { 604, 576 },  { 605, 577 },
                     { 1499, 1471 }, { 1500, 1472 }, { 1501, 1472 }, { 9000, 1472 } };
        Dhcp4ClientConfig config = { .chaddr_len = 6, .htype = 1 };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                Dhcp4Frame frame;
                Dhcp4Message m;
                uint16_t size;

                config.mtu = rows[i].mtu;
                build(&config, &m, &frame);
                g_assert_cmpint(dhcp4_message_get_u16(&m, DHCP4_OPTION_MAX_MESSAGE_SIZE, &size), ==, 0);
                g_assert_cmpuint(size, ==, rows[i].size);
        }
}

/*
 * RFC 7844 §3.1: each order of the five options comes up, since none of them depends on what was drawn
 * before it.
 */
static void test_every_order_of_options(void) {
        static const uint8_t codes[] = { 53, 61, 50, 54, 55 };
        Dhcp4ClientConfig config = {
                .chaddr_len = 6, .htype = 1, .client_id = { 1, 2 }, .client_id_len = 2, .anonymize = true
        };
        bool seen[5 * 5 * 5 * 5] = {};
        unsigned n_seen = 0;

        config.n_request = 1;
        config.request[0] = 1;
        for (uint32_t seed = 0; seed < 6000; seed++) {
                unsigned order = 0;
                Dhcp4Frame frame;
                Dhcp4Message m;

                build_as(&config, DHCP4_REQUEST, DHCP4_STATE_REQUESTING, seed * 2654435761u, &m, &frame);
                g_assert_cmpuint(m.n_order, ==, sizeof(codes));
                for (unsigned i = 0; i < 4; i++) {
                        const uint8_t *at = memchr(codes, m.order[i], sizeof(codes));

                        g_assert_nonnull(at);
                        order = 5 * order + (unsigned) (at - codes);
                }
                n_seen += !seen[order];
                seen[order] = true;
        }
        g_assert_cmpuint(n_seen, ==, 5 * 4 * 3 * 2);
}

/* Table 5: the message says why the lease ends, for people who read the server's log. */
static void test_why(void) {
        static const Dhcp4MessageType types[] = { DHCP4_DECLINE, DHCP4_RELEASE };
        Dhcp4ClientConfig config = { .chaddr_len = 6, .htype = 1 };
        Dhcp4Frame frame;
        Dhcp4Message m;
        char text[64];

        for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
                for (unsigned anonymous = 0; anonymous < 2; anonymous++) {
                        Dhcp4Outgoing out = outgoing(types[i], DHCP4_STATE_BOUND);

                        config.anonymize = anonymous;
                        out.why = "a reason";
                        dhcp4_outgoing_build(&config, &out, &frame);
                        g_assert_cmpint(dhcp4_message_parse(frame.data, frame.len, &m), ==, 0);
                        text[0] = '\0';
                        (void) dhcp4_message_get_string(&m, DHCP4_OPTION_MESSAGE, text, sizeof(text));
                        g_assert_cmpstr(text, ==, anonymous ? "" : "a reason");
                }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-outgoing/largest", test_largest);
        g_test_add_func("/dhcp4-outgoing/lengths", test_lengths);
        g_test_add_func("/dhcp4-outgoing/beyond", test_beyond);
        g_test_add_func("/dhcp4-outgoing/every-byte-is-set", test_every_byte_is_set);
        g_test_add_func("/dhcp4-outgoing/infiniband", test_infiniband);
        g_test_add_func("/dhcp4-outgoing/every-order", test_every_order);
        g_test_add_func("/dhcp4-outgoing/classless-first", test_classless_first);
        g_test_add_func("/dhcp4-outgoing/not-asked-for", test_not_asked_for);
        g_test_add_func("/dhcp4-outgoing/anonymous", test_anonymous);
        g_test_add_func("/dhcp4-outgoing/every-order-of-options", test_every_order_of_options);
        g_test_add_func("/dhcp4-outgoing/message-size", test_message_size);
        g_test_add_func("/dhcp4-outgoing/why", test_why);
        return g_test_run();
}
