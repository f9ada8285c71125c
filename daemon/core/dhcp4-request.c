/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building what the client sends (dhcp4-request.h): RFC 2131 §4.3.6 table 4 and §4.4.1 table 5, as data. Pure.
 *
 * The tables name the states *before* the message: table 4's "SELECTING" and "INIT-REBOOT" columns are our REQUESTING and REBOOTING.
 */
#include "core/dhcp4-request.h"

#include <assert.h>
#include <string.h>

#include "base/macro.h"

/*
 * Option 57 says how long an answer may be. Some servers count the IP and UDP headers as part of it, others
 * count the DHCP message alone (RFC 2131 §2 and RFC 2132 §9.10 can be read both ways). A server of the
 * second kind that is told the MTU may send a packet that is larger than the MTU by the headers, so in
 * fragments, and the packet filter drops fragments. So we say what remains of the MTU without the headers:
 * no answer is too long under either reading, and a server that counts the headers has 28 bytes less to
 * fill.
 *
 * RFC 2132 §9.10 allows no value below 576, and servers do not follow one. A link with an MTU below 604
 * bytes is told as 576 therefore: every host has to take a packet of 576 bytes (RFC 791 §3.1), and a server
 * that counts the message alone seldom has that much to say.
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

static const Rule *rule_for(const Dhcp4Outgoing *out) {
        switch (out->type) {
        case DHCP4_REQUEST:
                return &request_rules[out->state];
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
        /* Asked for only where an answer could come to an address that we cannot receive on yet. RFC 2131 §4.1. */
        else if (rule->parameters && (config->broadcast || config->chaddr_len == 0 || out->broadcast))
                ret->flags = DHCP4_FLAG_BROADCAST;
}

/* Option 55. RFC 7844 §3.6: a fixed order tells which program asks, so an anonymous client has another one in each exchange. */
static void append_request(const Dhcp4ClientConfig *config, uint32_t shuffle, Dhcp4Builder *b) {
        uint8_t list[DHCP4_REQUEST_OPTIONS_MAX + 1];
        uint8_t n = config->n_request;

        assert(n <= DHCP4_REQUEST_OPTIONS_MAX);
        memcpy(list, config->request, n);
        if (config->ipv6_only && !memchr(list, DHCP4_OPTION_IPV6_ONLY, n))
                list[n++] = DHCP4_OPTION_IPV6_ONLY;
        /* Fisher and Yates, by a generator that need not be better than the 32 bits that it is given. */
        for (uint8_t left = config->anonymize ? n : 0; left > 1; left--) {
                uint8_t other, mine;

                shuffle = shuffle * 1664525u + 1013904223u;
                other = (uint8_t) ((shuffle >> 8) % left);
                mine = list[left - 1];
                list[left - 1] = list[other];
                list[other] = mine;
        }
        if (n > 0)
                dhcp4_builder_append(b, DHCP4_OPTION_PARAMETER_LIST, list, n);
}

static void append_configured(const Dhcp4ClientConfig *config, Dhcp4MessageType type, Dhcp4Builder *b) {
        for (size_t at = 0, len; at < config->send_len; at += len) {
                len = 2u + config->send[at + 1];
                assert(at + len <= config->send_len);
                /* Table 5: who asks for no lease says nothing of its time. */
                if (type == DHCP4_INFORM && config->send[at] == DHCP4_OPTION_LEASE_TIME)
                        continue;
                dhcp4_builder_append_ready(b, config->send + at, len);
        }
}

bool dhcp4_request_rapid_commit(const Dhcp4ClientConfig *config) {
        return config->rapid_commit && !config->anonymize;
}

/* Option 57. Where the MTU is not known, the link is taken for Ethernet. */
static uint16_t max_message_size(const Dhcp4ClientConfig *config) {
        const uint32_t mtu = config->mtu;

        if (mtu == 0 || mtu > MESSAGE_SIZE_MAX + HEADERS_LEN)
                return MESSAGE_SIZE_MAX;
        return (uint16_t) (MAX(mtu, MESSAGE_SIZE_MIN + HEADERS_LEN) - HEADERS_LEN);
}

static void append_parameters(const Dhcp4ClientConfig *config, const Dhcp4Outgoing *out, Dhcp4Builder *b) {
        append_request(config, out->shuffle, b);
        /* RFC 7844 §3.1: each option more is a trait more by which to be known. */
        if (config->anonymize)
                return;
        /*
         * Beside a REQUEST nothing but an OFFER is wanted: an ACK at once would take a lease that may be
         * refused.
         */
        if (out->type == DHCP4_DISCOVER && out->state == DHCP4_STATE_SELECTING &&
            dhcp4_request_rapid_commit(config))
                dhcp4_builder_append(b, DHCP4_OPTION_RAPID_COMMIT, NULL, 0);
        dhcp4_builder_append_u16(b, DHCP4_OPTION_MAX_MESSAGE_SIZE, max_message_size(config));
        /* RFC 2563 §2: would we take an address of our own? */
        if (out->type == DHCP4_DISCOVER && config->fallback.kind == DHCP4_FALLBACK_LINK_LOCAL)
                dhcp4_builder_append_u8(b, DHCP4_OPTION_AUTO_CONFIGURE, 1);
        if (config->hmac_md5 && out->type != DHCP4_INFORM)
                dhcp4_builder_append_u8(b, DHCP4_OPTION_FORCERENEW_NONCE, NONCE_ALGORITHM_HMAC_MD5);
        append_configured(config, out->type, b);
}

void dhcp4_request_build(const Dhcp4ClientConfig *config, const Dhcp4Outgoing *out, Dhcp4Frame *ret) {
        const Rule *rule = rule_for(out);
        Dhcp4Header header;
        Dhcp4Builder b;
        size_t len;

        make_header(config, out, rule, &header);
        dhcp4_builder_init(&b, ret->data, sizeof(ret->data), &header, out->type);
        if (config->client_id_len > 0)
                dhcp4_builder_append(&b, DHCP4_OPTION_CLIENT_ID, config->client_id, config->client_id_len);
        /* In a DISCOVER it is a wish (table 5: MAY), and there is not always one. */
        if (rule->requested_ip && out->address.s_addr != INADDR_ANY)
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_REQUESTED_IP, out->address);
        if (rule->server_id)
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, out->server_id);
        if (rule->parameters)
                append_parameters(config, out, &b);
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
         * A RELEASE goes straight to where the ACK came from, when that is known: the address leaves the link right after, and a
         * datagram that still waits for ARP would go with it.
         */
        if (out->type == DHCP4_RELEASE && out->server_hw.len > 0)
                ret->dst_hw = out->server_hw;
        else
                ret->via = DHCP4_VIA_UDP;
}
