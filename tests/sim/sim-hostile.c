/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The liar on the wire (sim.h) sees what clients send, and gives answers that no honest server gives. */
#include <arpa/inet.h>
#include <string.h>

#include "tests/sim/sim.h"

typedef enum Lie {
        LIE_XID,
        LIE_CHADDR,
        LIE_CLIENT_ID,
        LIE_OTHER_SERVER_ACK,
        LIE_OTHER_SERVER_NAK,
        LIE_NAK,
        LIE_LIFETIME,
        LIE_TIMES,
        LIE_ADDRESS,
        LIE_OTHER_ADDRESS,
        LIE_TRUNCATED,
        LIE_RUBBISH,
        LIE_RAPID_ACK,
        LIE_FORCERENEW,
        LIE_OFFER_RAPID,
        LIE_OPTIONS,
        LIE_NO_SERVER_ID,
        LIE_NAK_NO_SERVER_ID,
        LIE_IPV6_ONLY,
        LIE_BOOTP,
        LIE_OP,
        _LIE_MAX,
} Lie;

/* Builds an answer that is honest, except for the lie. */
static void build(Sim *sim, Lie lie, const Dhcp4Message *m, Packet *p) {
        static const uint32_t times[] = { 0, 1, 9, 30, UINT32_MAX - 1, UINT32_MAX };
        static const uint32_t addresses[] = { 0, 0xffffffff, 0xe0000001, 0x7f000001, 0x00000001 };
        struct in_addr server_id = { htonl(0x0a0000fe) }, address = { htonl(0x0a000063) }, chosen;
        Dhcp4MessageType type = m->type == DHCP4_DISCOVER ? DHCP4_OFFER : DHCP4_ACK;
        Dhcp4Header header = m->header;
        uint32_t lifetime = 3600;
        Dhcp4Builder b;

        header.op = lie == LIE_OP ? DHCP4_OP_BOOTREQUEST : DHCP4_OP_BOOTREPLY;
        if (dhcp4_message_get_addr(m, DHCP4_OPTION_SERVER_ID, &chosen) == 0 && lie != LIE_OTHER_SERVER_ACK &&
            lie != LIE_OTHER_SERVER_NAK)
                server_id = chosen;
        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_REQUESTED_IP, &address);
        if (header.ciaddr.s_addr != INADDR_ANY)
                address = header.ciaddr;

        if (lie == LIE_XID)
                header.xid ^= 1u << sim_draw(sim, 32);
        if (lie == LIE_CHADDR)
                header.chaddr[sim_draw(sim, 6)] ^= (uint8_t) (1u << sim_draw(sim, 8));
        if (lie == LIE_NAK || lie == LIE_OTHER_SERVER_NAK || lie == LIE_NAK_NO_SERVER_ID)
                type = DHCP4_NAK;
        if (lie == LIE_RAPID_ACK)
                type = DHCP4_ACK;
        if (lie == LIE_FORCERENEW)
                type = DHCP4_FORCERENEW;
        if (lie == LIE_BOOTP)
                type = DHCP4_BOOTP;
        if (lie == LIE_LIFETIME)
                lifetime = times[sim_draw(sim, G_N_ELEMENTS(times))];
        if (lie == LIE_ADDRESS)
                address.s_addr = htonl(addresses[sim_draw(sim, G_N_ELEMENTS(addresses))]);
        /* RFC 2131 does not forbid an answer with an address that the client did not ask for. */
        if (lie == LIE_OTHER_ADDRESS)
                address.s_addr = htonl(0x0a000080u + (uint32_t) sim_draw(sim, 8));
        header.yiaddr = type == DHCP4_NAK ? (struct in_addr){} : address;

        dhcp4_builder_init(&b, p->data, sizeof(p->data), &header, type);
        if (lie != LIE_NO_SERVER_ID && lie != LIE_NAK_NO_SERVER_ID && lie != LIE_BOOTP &&
            lie != LIE_FORCERENEW)
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, server_id);
        if (lie == LIE_CLIENT_ID)
                dhcp4_builder_append(&b, DHCP4_OPTION_CLIENT_ID, "\1another", 8);
        if (type != DHCP4_NAK && lie != LIE_BOOTP)
                dhcp4_builder_append_u32(&b, DHCP4_OPTION_LEASE_TIME, lifetime);
        if (lie == LIE_TIMES) {
                dhcp4_builder_append_u32(&b, DHCP4_OPTION_T1, times[sim_draw(sim, G_N_ELEMENTS(times))]);
                dhcp4_builder_append_u32(&b, DHCP4_OPTION_T2, times[sim_draw(sim, G_N_ELEMENTS(times))]);
        }
        if (lie == LIE_OFFER_RAPID || (lie == LIE_RAPID_ACK && sim_draw(sim, 2)))
                dhcp4_builder_append(&b, DHCP4_OPTION_RAPID_COMMIT, NULL, 0);
        if (lie == LIE_OPTIONS) {
                dhcp4_builder_append(&b, DHCP4_OPTION_ROUTERS, "\1\2\3", 3);
                dhcp4_builder_append(&b, DHCP4_OPTION_CLASSLESS_ROUTES, "\x21\1\2\3", 4);
                dhcp4_builder_append(&b, DHCP4_OPTION_SUBNET_MASK, "\xff\0\xff\0", 4);
                dhcp4_builder_append(&b, DHCP4_OPTION_OVERLOAD, "\3", 1);
        }
        if (lie == LIE_IPV6_ONLY)
                dhcp4_builder_append_u32(&b, DHCP4_OPTION_IPV6_ONLY, 300);
        if (dhcp4_builder_finish(&b, &p->len) != 0)
                g_assert_not_reached();

        /*
         * Only an OFFER has a source address here, since the client may take it for the server identifier.
         */
        if (type == DHCP4_OFFER)
                p->source = server_id;
        if (lie == LIE_TRUNCATED)
                p->len = sim_draw(sim, p->len);
        if (lie == LIE_RUBBISH)
                for (size_t i = 0; i < p->len; i++)
                        p->data[i] = (uint8_t) sim_draw(sim, 256);
        p->alien = lie == LIE_XID || lie == LIE_CHADDR || lie == LIE_CLIENT_ID || lie == LIE_RUBBISH ||
                lie == LIE_OP || lie == LIE_NAK_NO_SERVER_ID || lie == LIE_FORCERENEW;
        /* A client that sends no identifier may accept an answer with one. */
        if (lie == LIE_CLIENT_ID && !dhcp4_message_has(m, DHCP4_OPTION_CLIENT_ID))
                p->alien = false;
}

void sim_hostile_watch(Sim *sim, int host, const uint8_t *data, size_t len) {
        Packet p = { .kind = PACKET_TO_HOST, .host = host, .server = -1, .broadcast = true };
        Dhcp4Message m;
        Lie lie;

        if (sim_fault(sim, sim->faults.replay) && sim->n_memory > 0) {
                Packet again = sim->memory[sim_draw(sim, sim->n_memory)];

                again.host = host;
                again.broadcast = true;
                again.alien = false;
                again.at = sim->now + 100 + sim_draw(sim, USEC_PER_SEC);
                sim_put(sim, &again);
        }
        if (!sim_fault(sim, sim->faults.lie) || dhcp4_message_parse(data, len, &m) != 0)
                return;
        lie = (Lie) sim_draw(sim, _LIE_MAX);
        /* A client that takes BOOTP replies gets some. */
        if (sim->hosts[host].config.client.bootp && sim_draw(sim, 3) == 0)
                lie = LIE_BOOTP;
        build(sim, lie, &m, &p);
        p.at = sim->now + 50 + sim_draw(sim, 5000);
        if (lie == LIE_FORCERENEW && m.header.ciaddr.s_addr != INADDR_ANY) {
                /* Send it to the address, and so late that the client is in BOUND again. */
                p.broadcast = false;
                p.dst = m.header.ciaddr;
                p.at += sim_draw(sim, 30 * USEC_PER_SEC);
        }
        sim_put(sim, &p);
}

void sim_hostile_ipv6_only(Sim *sim, int host) {
        const SimHost *asker = &sim->hosts[host];
        Packet p = { .kind = PACKET_TO_HOST, .host = host, .server = -1, .broadcast = true };
        Dhcp4Message m;

        if (asker->question_len == 0 || dhcp4_message_parse(asker->question, asker->question_len, &m) != 0)
                return;
        build(sim, LIE_IPV6_ONLY, &m, &p);
        p.at = sim->now + 50;
        sim_put(sim, &p);
}
