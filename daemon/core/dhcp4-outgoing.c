/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building what the client sends (dhcp4-outgoing.h): RFC 2131 §4.3.6 table 4 and §4.4.1 table 5, as data.
 * Pure.
 *
 * The tables name the states *before* the message: table 4's "SELECTING" and "INIT-REBOOT" columns are our
 * REQUESTING and REBOOTING.
 */
#include "core/dhcp4-outgoing.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"

/*
 * Option 57 says how long an answer may be. Some servers count the IP and UDP headers as part of it, others
 * count the DHCP message alone (RFC 2131 §2 and RFC 2132 §9.10 can be read both ways). If a server of the
 * second kind is told the MTU, its packet may be larger than the MTU by the headers. It is then fragmented,
 * and the packet filter drops fragments. So we send the MTU without the headers. Then no answer is too long
 * under either reading, and a server that counts the headers only has 28 bytes less to fill.
 *
 * RFC 2132 §9.10 allows no value below 576, and servers do not follow one. So we send 576 for a link with
 * an MTU below 604 bytes. Every host has to take a packet of 576 bytes (RFC 791 §3.1), and a server that
 * counts the message alone seldom has that much to say.
 */
#define HEADERS_LEN      28u /* bytes: IP without options, UDP */
#define MESSAGE_SIZE_MAX DHCP4_MESSAGE_MAX_LEN
#define MESSAGE_SIZE_MIN 576u /* RFC 2132 §9.10 */

#define NONCE_ALGORITHM_HMAC_MD5 1u /* RFC 6704 §3.1.1 */

typedef struct Rule {
        bool unicast;      /* to the server identifier, else broadcast */
        bool from_address; /* IP source is the leased address, which is also what ciaddr says */
        bool ciaddr;
        bool requested_ip; /* option 50 */
        bool server_id;    /* option 54 */
        bool parameters;   /* options 55, 57 and what is configured: 12, 60, ... */
} Rule;

/* Table 4, and the REQUEST column of table 5. States that send no REQUEST have no row. */
static const Rule request_rules[_DHCP4_STATE_MAX] = {
        /*                           unicast from   ciaddr req-ip srv-id params */
        [DHCP4_STATE_REQUESTING] = { false, false, false, true, true, true },
        [DHCP4_STATE_REBOOTING] = { false, false, false, true, false, true },
        [DHCP4_STATE_RENEWING] = { true, true, true, false, false, true },
        [DHCP4_STATE_REBINDING] = { false, true, true, false, false, true },
};

/* The other columns of table 5. */
static const Rule message_rules[_DHCP4_MESSAGE_TYPE_MAX] = {
        /*                   unicast from   ciaddr req-ip srv-id params */
        [DHCP4_DISCOVER] = { false, false, false, true, false, true },
        [DHCP4_INFORM] = { false, true, true, false, false, true },
        [DHCP4_DECLINE] = { false, false, false, true, true, false },
        [DHCP4_RELEASE] = { true, true, true, false, true, false },
};

/*
 * Table 5: ciaddr is only for a client that can answer ARP requests for it. If the address is absent from
 * the link (dhcp4_client_set_absent()), the rule of REBOOTING is used instead.
 */
static const Rule *rule_for_request(const Dhcp4Outgoing *out) {
        const Rule *rule = &request_rules[out->state];

        return rule->ciaddr && out->absent ? &request_rules[DHCP4_STATE_REBOOTING] : rule;
}

static const Rule *rule_for(const Dhcp4Outgoing *out) {
        switch (out->type) {
        case DHCP4_REQUEST:
                return rule_for_request(out);
        case DHCP4_DISCOVER:
        case DHCP4_DECLINE:
        case DHCP4_RELEASE:
        case DHCP4_INFORM:
                return &message_rules[out->type];
        case DHCP4_OFFER:
        case DHCP4_ACK:
        case DHCP4_NAK:
        case DHCP4_FORCERENEW:
        case DHCP4_BOOTP:
        case _DHCP4_MESSAGE_TYPE_MAX:
                break;
        }
        assert_not_reached();
}

static void make_header(const Dhcp4ClientConfig *config, const Dhcp4Outgoing *out, const Rule *rule,
                        Dhcp4Header *ret) {
        *ret = (Dhcp4Header){
                .op = DHCP4_OP_BOOTREQUEST,
                .htype = config->htype,
                .hlen = config->chaddr_len,
                .xid = out->xid,
                /* Table 5: 0 in DECLINE and RELEASE. */
                .secs = rule->parameters ? out->secs : 0,
        };
        assert(config->chaddr_len <= sizeof(ret->chaddr));
        memcpy(ret->chaddr, config->chaddr, config->chaddr_len);
        if (rule->ciaddr)
                ret->ciaddr = out->address;
        /*
         * RFC 2131 §4.1: broadcast is only asked for if the answer could go to an address that we cannot
         * receive on yet.
         */
        else if (rule->parameters && (config->broadcast || config->chaddr_len == 0 || out->broadcast))
                ret->flags = DHCP4_FLAG_BROADCAST;
}

/*
 * Shuffles @list (Fisher and Yates). The generator need not be better than the 32 bits of the seed. *seed
 * changes, so that the next list gets another order.
 */
static void shuffle(uint8_t *list, uint8_t n, uint32_t *seed) {
        for (uint8_t left = n; left > 1; left--) {
                uint8_t other, mine;

                *seed = *seed * 1664525u + 1013904223u;
                other = (uint8_t) ((*seed >> 8) % left);
                mine = list[left - 1];
                list[left - 1] = list[other];
                list[other] = mine;
        }
}

/* Returns true if a message of @type may ask for the option @code, which the configuration lists. */
static bool may_ask_for(Dhcp4MessageType type, uint8_t code) {
        switch (code) {
        case DHCP4_OPTION_IPV6_ONLY:
                return false; /* append_request() decides that by the setting for it */
        case DHCP4_OPTION_LEASE_TIME:
        case DHCP4_OPTION_T1:
        case DHCP4_OPTION_T2:
                /*
                 * RFC 2131 §4.4.3: an INFORM asks for no lease, so it does not ask for lease times either.
                 */
                return type != DHCP4_INFORM;
        }
        return true;
}

static bool is_classful_route_option(uint8_t code) {
        return code == DHCP4_OPTION_ROUTERS || code == DHCP4_OPTION_STATIC_ROUTES;
}

/*
 * Moves the options 121 and 249 before the first of 3 and 33, if they come later. The other options keep
 * their order. RFC 3442: option 121 MUST be asked for before 3 and 33, because a server that is short of
 * space fills the message in the order of the list. Option 249 is 121 under another number.
 */
static void put_classless_first(uint8_t *list, uint8_t n) {
        static const uint8_t codes[] = { DHCP4_OPTION_CLASSLESS_ROUTES, DHCP4_OPTION_MS_CLASSLESS_ROUTES };
        uint8_t first = 0;

        while (first < n && !is_classful_route_option(list[first]))
                first++;
        for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
                for (uint8_t at = first; at < n; at++)
                        if (list[at] == codes[i]) {
                                memmove(list + first + 1, list + first, at - first);
                                list[first++] = codes[i];
                                break;
                        }
}

/*
 * Adds option 55. RFC 7844 §3.6: a fixed order tells which program asks, so an anonymous client has another
 * order in each exchange. Whatever the order is, put_classless_first() corrects it.
 */
static void append_request(const Dhcp4ClientConfig *config, Dhcp4MessageType type, uint32_t *seed,
                           Dhcp4Builder *b) {
        uint8_t list[DHCP4_REQUEST_OPTIONS_MAX + 1];
        uint8_t n = 0;

        assert(config->n_request <= DHCP4_REQUEST_OPTIONS_MAX);
        for (uint8_t i = 0; i < config->n_request; i++)
                if (may_ask_for(type, config->request[i]))
                        list[n++] = config->request[i];
        if (type != DHCP4_INFORM && config->ipv6_only)
                list[n++] = DHCP4_OPTION_IPV6_ONLY;
        if (config->anonymize)
                shuffle(list, n, seed);
        put_classless_first(list, n);
        if (n > 0)
                dhcp4_builder_append(b, DHCP4_OPTION_PARAMETER_LIST, list, n);
}

static void append_configured(const Dhcp4ClientConfig *config, Dhcp4MessageType type, Dhcp4Builder *b) {
        for (size_t at = 0, len; at < config->send_len; at += len) {
                len = 2u + config->send[at + 1];
                assert(at + len <= config->send_len);
                /* Table 5: an INFORM asks for no lease, so it has no lease time. */
                if (type == DHCP4_INFORM && config->send[at] == DHCP4_OPTION_LEASE_TIME)
                        continue;
                dhcp4_builder_append_ready(b, config->send + at, len);
        }
}

bool dhcp4_outgoing_rapid_commit(const Dhcp4ClientConfig *config) {
        return config->rapid_commit && !config->anonymize;
}

/* Returns the value of option 57. If the MTU is not known, the link is taken for Ethernet. */
static uint16_t max_message_size(const Dhcp4ClientConfig *config) {
        const uint32_t mtu = config->mtu;

        if (mtu == 0 || mtu > MESSAGE_SIZE_MAX + HEADERS_LEN)
                return MESSAGE_SIZE_MAX;
        return (uint16_t) (MAX(mtu, MESSAGE_SIZE_MIN + HEADERS_LEN) - HEADERS_LEN);
}

/* Adds what a message has in addition to the options that all clients send. */
static void append_rest(const Dhcp4ClientConfig *config, const Dhcp4Outgoing *out, const Rule *rule,
                        Dhcp4Builder *b) {
        /* Table 5: DECLINE and RELEASE SHOULD say why. */
        if (!rule->parameters) {
                if (out->why)
                        dhcp4_builder_append(b, DHCP4_OPTION_MESSAGE, out->why, strlen(out->why));
                return;
        }
        /*
         * A DISCOVER that is sent beside a REQUEST must only be answered by an OFFER. An immediate ACK
         * would take a lease that may be refused.
         */
        if (out->type == DHCP4_DISCOVER && out->state == DHCP4_STATE_SELECTING &&
            dhcp4_outgoing_rapid_commit(config))
                dhcp4_builder_append(b, DHCP4_OPTION_RAPID_COMMIT, NULL, 0);
        dhcp4_builder_append_u16(b, DHCP4_OPTION_MAX_MESSAGE_SIZE, max_message_size(config));
        /* RFC 2563 §2: tells that we would take a link-local address. */
        if (out->type == DHCP4_DISCOVER && config->fallback.kind == DHCP4_FALLBACK_LINK_LOCAL)
                dhcp4_builder_append_u8(b, DHCP4_OPTION_AUTO_CONFIGURE, 1);
        if (config->hmac_md5 && out->type != DHCP4_INFORM)
                dhcp4_builder_append_u8(b, DHCP4_OPTION_FORCERENEW_NONCE, NONCE_ALGORITHM_HMAC_MD5);
        append_configured(config, out->type, b);
}

/*
 * Adds the options that every client sends. RFC 7844 §3.1: their order also tells which program sends them,
 * so an anonymous client has another order in each exchange.
 */
static void append_common(const Dhcp4ClientConfig *config, const Dhcp4Outgoing *out, const Rule *rule,
                          Dhcp4Builder *b) {
        uint8_t order[] = {
                DHCP4_OPTION_MESSAGE_TYPE, DHCP4_OPTION_CLIENT_ID,      DHCP4_OPTION_REQUESTED_IP,
                DHCP4_OPTION_SERVER_ID,    DHCP4_OPTION_PARAMETER_LIST,
        };
        uint32_t seed = out->shuffle;

        if (config->anonymize)
                shuffle(order, sizeof(order), &seed);
        for (size_t i = 0; i < sizeof(order); i++)
                switch (order[i]) {
                case DHCP4_OPTION_MESSAGE_TYPE:
                        dhcp4_builder_append_u8(b, DHCP4_OPTION_MESSAGE_TYPE, (uint8_t) out->type);
                        break;
                case DHCP4_OPTION_CLIENT_ID:
                        if (config->client_id_len > 0)
                                dhcp4_builder_append(b, DHCP4_OPTION_CLIENT_ID, config->client_id,
                                                     config->client_id_len);
                        break;
                case DHCP4_OPTION_REQUESTED_IP:
                        /*
                         * In a DISCOVER it is optional (table 5: MAY), and we do not always have an address
                         * to ask for.
                         */
                        if (rule->requested_ip && out->address.s_addr != INADDR_ANY)
                                dhcp4_builder_append_addr(b, DHCP4_OPTION_REQUESTED_IP, out->address);
                        break;
                case DHCP4_OPTION_SERVER_ID:
                        if (rule->server_id)
                                dhcp4_builder_append_addr(b, DHCP4_OPTION_SERVER_ID, out->server_id);
                        break;
                case DHCP4_OPTION_PARAMETER_LIST:
                        if (rule->parameters)
                                append_request(config, out->type, &seed, b);
                        break;
                }
}

void dhcp4_outgoing_build(const Dhcp4ClientConfig *config, const Dhcp4Outgoing *out, Dhcp4Frame *ret) {
        const Rule *rule = rule_for(out);
        Dhcp4Header header;
        Dhcp4Builder b;
        size_t len;

        make_header(config, out, rule, &header);
        /* DHCP4_BOOTP leaves out option 53, which append_common() adds among the others. */
        dhcp4_builder_init(&b, ret->data, sizeof(ret->data), &header, DHCP4_BOOTP);
        append_common(config, out, rule, &b);
        /* RFC 7844 §3.1: each further option makes the client easier to recognise. */
        if (!config->anonymize)
                append_rest(config, out, rule, &b);
        if (dhcp4_builder_finish(&b, &len) != 0)
                assert_not_reached(); /* the bounds of Dhcp4ClientConfig add up to less than 1300 bytes */

        ret->type = out->type;
        ret->len = (uint16_t) len;
        ret->src.s_addr = rule->from_address ? out->address.s_addr : INADDR_ANY;
        ret->dst.s_addr = rule->unicast ? out->server_id.s_addr : INADDR_BROADCAST;
        ret->dst_hw = (HwAddress){};
        ret->via = DHCP4_VIA_PACKET;
        if (!rule->unicast)
                return;
        /*
         * A RELEASE goes to the link-layer address that the ACK came from, if that is known. The address is
         * taken off the link right afterwards, and a datagram that still waits for ARP would be lost with
         * it.
         */
        if (out->type == DHCP4_RELEASE && out->server_hw.len > 0)
                ret->dst_hw = out->server_hw;
        else
                ret->via = DHCP4_VIA_UDP;
}
