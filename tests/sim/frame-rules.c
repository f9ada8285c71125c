/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each message of a client must, may and must not contain (frame-rules.h), by RFC 2131 §4.3.6 and
 * §4.4.1, RFC 4039, RFC 2563 and RFC 6704.
 */
#include <string.h>

#include "tests/sim/frame-rules.h"

enum { NEVER, MAY, MUST };

/* One column of the tables. What all messages have in common is in the functions below. */
typedef struct Column {
        Dhcp4MessageType type;
        Dhcp4State state; /* compared for DISCOVER and REQUEST only */
        int ciaddr, requested_ip, server_id, parameters, rapid_commit, auto_configure;
        bool to_server; /* unicast */
} Column;

static const Column columns[] = {
        { DHCP4_DISCOVER, DHCP4_STATE_SELECTING, NEVER, MAY, NEVER, MUST, MAY, MAY, false },
        /*
         * A DISCOVER that goes out beside a REQUEST, to see whether this is another network. It must not ask
         * for rapid commit.
         */
        { DHCP4_DISCOVER, DHCP4_STATE_REBOOTING, NEVER, MAY, NEVER, MUST, NEVER, MAY, false },
        { DHCP4_DISCOVER, DHCP4_STATE_RENEWING, NEVER, MAY, NEVER, MUST, NEVER, MAY, false },
        { DHCP4_DISCOVER, DHCP4_STATE_REBINDING, NEVER, MAY, NEVER, MUST, NEVER, MAY, false },
        { DHCP4_REQUEST, DHCP4_STATE_REQUESTING, NEVER, MUST, MUST, MUST, NEVER, NEVER, false },
        { DHCP4_REQUEST, DHCP4_STATE_REBOOTING, NEVER, MUST, NEVER, MUST, NEVER, NEVER, false },
        { DHCP4_REQUEST, DHCP4_STATE_RENEWING, MUST, NEVER, NEVER, MUST, NEVER, NEVER, true },
        { DHCP4_REQUEST, DHCP4_STATE_REBINDING, MUST, NEVER, NEVER, MUST, NEVER, NEVER, false },
        { DHCP4_DECLINE, 0, NEVER, MUST, MUST, NEVER, NEVER, NEVER, false },
        { DHCP4_RELEASE, 0, MUST, NEVER, MUST, NEVER, NEVER, NEVER, true },
        { DHCP4_INFORM, 0, MUST, NEVER, NEVER, MUST, NEVER, NEVER, false },
};

static const Column *find_column(Dhcp4MessageType type, Dhcp4State state) {
        for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
                if (columns[i].type == type &&
                    ((type != DHCP4_REQUEST && type != DHCP4_DISCOVER) || columns[i].state == state))
                        return &columns[i];
        return NULL;
}

static bool obeys(int rule, bool present) {
        return rule == MAY || (rule == MUST) == present;
}

static const char *check_header(const Dhcp4Frame *frame, const Dhcp4Message *m, const Column *c,
                                const uint8_t mac[6]) {
        const Dhcp4Header *h = &m->header;

        if (h->op != 1 || h->hops != 0)
                return "op or hops";
        if (h->yiaddr.s_addr || h->siaddr.s_addr || h->giaddr.s_addr)
                return "an address that is the server's to fill in";
        if (h->hlen != 6 || memcmp(h->chaddr, mac, 6) != 0)
                return "chaddr";
        if (!obeys(c->ciaddr, h->ciaddr.s_addr != 0))
                return "ciaddr";
        if (h->flags & 0x7fff)
                return "reserved flags";
        if (c->parameters == NEVER && (h->secs != 0 || h->flags != 0))
                return "secs or flags in DECLINE or RELEASE";
        if (c->ciaddr == MUST && h->flags != 0)
                return "broadcast flag of a client that has its address";
        if (frame->src.s_addr != h->ciaddr.s_addr)
                return "IP source is not ciaddr";
        if ((frame->dst.s_addr != INADDR_BROADCAST) != c->to_server || frame->dst.s_addr == INADDR_ANY)
                return "destination";
        if (!c->to_server && frame->via != DHCP4_VIA_PACKET)
                return "broadcast by the UDP socket";
        return NULL;
}

/*
 * Returns true if an answer of the size in option 57 fits into one packet, also if the server does not count
 * the headers of IP and UDP. RFC 2132 §9.10 allows no value below 576.
 */
static bool message_size_fits(const Dhcp4Message *m, uint32_t mtu) {
        uint16_t size;

        if (dhcp4_message_get_u16(m, 57, &size) != 0)
                return true;
        return size >= 576 && (size == 576 || size + 20u + 8u <= (mtu < 1500 ? mtu : 1500));
}

bool frame_asks_for(const Dhcp4Message *m, uint8_t code) {
        const uint8_t *list;
        size_t len;

        return dhcp4_message_get(m, 55, &list, &len) == 0 && memchr(list, code, len);
}

/*
 * Checks the parameter request list. RFC 3442: option 121, and 249 likewise, comes before 3 and 33. RFC 2131
 * §4.4.3, RFC 8925 §3.2: DHCPINFORM does not ask for times of a lease, nor for option 108.
 */
static const char *check_list(const Dhcp4Message *m) {
        bool classful = false;
        const uint8_t *list;
        size_t len;

        if (dhcp4_message_get(m, 55, &list, &len) != 0)
                return NULL;
        for (size_t i = 0; i < len; i++) {
                classful = classful || list[i] == 3 || list[i] == 33;
                if (classful && (list[i] == 121 || list[i] == 249))
                        return "classless routes are asked for after routers or static routes";
                if (memchr(list + i + 1, list[i], len - i - 1))
                        return "an option is asked for twice";
                if (m->type == DHCP4_INFORM &&
                    (list[i] == 51 || list[i] == 58 || list[i] == 59 || list[i] == 108))
                        return "DHCPINFORM asks for what comes with a lease";
        }
        return NULL;
}

/* RFC 7844 §3.1: returns true if the message has only options that every exchange needs. */
static bool is_anonymous(const Dhcp4Message *m) {
        static const uint8_t allowed[] = { 50, 53, 54, 55, 61 };

        for (unsigned i = 0; i < m->n_order; i++)
                if (!memchr(allowed, m->order[i], sizeof(allowed)))
                        return false;
        return true;
}

const char *frame_rules_check(const Dhcp4Frame *frame, const Dhcp4Message *m, Dhcp4State state,
                              const uint8_t mac[6], uint32_t mtu, bool anonymous) {
        const Column *c = find_column(m->type, state);
        const char *problem;

        if (!c)
                return "no client says that in this state";
        if (frame->type != m->type || frame->len < 300)
                return "type or length";
        if (m->n_ignored > 0)
                return "a malformed option";
        problem = check_header(frame, m, c, mac);
        if (problem)
                return problem;
        if (!obeys(c->requested_ip, dhcp4_message_has(m, 50)))
                return "requested address";
        if (!obeys(c->server_id, dhcp4_message_has(m, 54)))
                return "server identifier";
        if (!obeys(c->parameters, dhcp4_message_has(m, 55)))
                return "parameter request list";
        if (c->parameters == NEVER &&
            (dhcp4_message_has(m, 57) || dhcp4_message_has(m, 12) || dhcp4_message_has(m, 60) ||
             dhcp4_message_has(m, 145)))
                return "parameters in DECLINE or RELEASE";
        /* Table 5: DECLINE and RELEASE SHOULD have a message. They are the ones without parameters. */
        if (dhcp4_message_has(m, 56) != (c->parameters == NEVER && !anonymous))
                return "message for people";
        if (anonymous && !is_anonymous(m))
                return "an option by which an anonymous client is known";
        problem = check_list(m);
        if (problem)
                return problem;
        if (!message_size_fits(m, mtu))
                return "maximum message size";
        if (!obeys(c->rapid_commit, dhcp4_message_has(m, 80)))
                return "rapid commit";
        if (!obeys(c->auto_configure, dhcp4_message_has(m, 116)))
                return "auto-configure";
        if (dhcp4_message_has(m, 52) || dhcp4_message_has(m, 58) || dhcp4_message_has(m, 59) ||
            dhcp4_message_has(m, 82))
                return "an option of servers or relays";
        return NULL;
}
