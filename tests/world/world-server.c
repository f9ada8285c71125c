/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An honest server that answers only when the test tells it to (world.h). */
#include <arpa/inet.h>
#include <stdlib.h>

#include "tests/world/world.h"

#define SERVER 0x0a000001u /* 10.0.0.1, host byte order */

void world_init_server(World *w) {
        w->lifetime_sec = 3600;
        w->offer = htonl(0x0a000032u);
        w->router = htonl(SERVER);
}

static void describe_lease(World *w, const Dhcp4Message *request, Dhcp4Builder *b) {
        if (request->type != DHCP4_INFORM)
                dhcp4_builder_append_u32(b, DHCP4_OPTION_LEASE_TIME, w->lifetime_sec);
        dhcp4_builder_append_addr(b, DHCP4_OPTION_SUBNET_MASK, (struct in_addr){ htonl(0xffffff00u) });
        if (w->router != 0)
                dhcp4_builder_append_addr(b, DHCP4_OPTION_ROUTERS, (struct in_addr){ w->router });
        if (w->offered_mtu != 0)
                dhcp4_builder_append_u16(b, DHCP4_OPTION_MTU, w->offered_mtu);
        if (w->classless)
                dhcp4_builder_append(b, DHCP4_OPTION_CLASSLESS_ROUTES, w->classless, w->classless_len);
}

void world_serve(World *w, const Dhcp4Frame *request, Dhcp4MessageType type) {
        /* RFC 6704 §3.1.2: the nonce begins with the byte 1. */
        static const uint8_t nonce[28] = { 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 42 };
        static const HwAddress source = { .len = 6, .bytes = { 0x02, 9, 9, 9, 9, 9 } };
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Header header;
        Dhcp4Message m;
        Dhcp4Builder b;
        size_t len;

        if (dhcp4_message_parse(request->data, request->len, &m) != 0)
                abort();
        header = m.header;
        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr.s_addr = type == DHCP4_NAK ? 0 : w->offer;
        dhcp4_builder_init(&b, data, sizeof(data), &header, type);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, (struct in_addr){ htonl(SERVER) });
        if (type != DHCP4_NAK)
                describe_lease(w, &m, &b);
        if (w->nonce && type == DHCP4_ACK)
                dhcp4_builder_append(&b, DHCP4_OPTION_AUTHENTICATION, nonce, sizeof(nonce));
        if (dhcp4_builder_finish(&b, &len) != 0)
                abort();
        link_message(w->link, w->now, data, len, &(const IpAddress){ .v4.s_addr = htonl(SERVER) }, &source);
}

void world_serve_all(World *w) {
        while (w->n_frames > 0) {
                const Dhcp4Frame frame = w->frames[--w->n_frames];

                if (w->silent)
                        continue;
                if (frame.type == DHCP4_DISCOVER)
                        world_serve(w, &frame, DHCP4_OFFER);
                else if (frame.type == DHCP4_REQUEST)
                        world_serve(w, &frame, DHCP4_ACK);
        }
}
