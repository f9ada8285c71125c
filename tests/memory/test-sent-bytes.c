/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * No byte leaves that nobody wrote. The shell of a link and the whole client under MemorySanitizer, which marks memory as unwritten and follows
 * the mark: every message of RFC 2131 in every state that sends it, with the headers around it, and the ARP packets, are built in buffers that are
 * marked, and each byte of them is held against the mark before it would be handed to a socket.
 *
 * Links nothing but the project's own libraries: what was not built this way (GLib) makes false findings. Hence plain assertions, and no
 * framework. tests/meson.build has it in builds with -Db_sanitize=memory only; tests/run makes one (stage `memory`).
 */
#include <arpa/inet.h>
#include <assert.h>
#include <sanitizer/msan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "link/link.h"
#include "wire/arp.h"
#include "wire/ipv4-udp.h"

#define T0       (1000 * USEC_PER_SEC)
#define LIFETIME 3600u

enum { SEEN_PROBE = _DHCP4_STATE_MAX, SEEN_ANNOUNCEMENT, _SEEN_MAX };

static const uint8_t mac[6] = { 2, 1, 2, 3, 4, 5 };

typedef struct World {
        Link *link;
        usec_t now, timer_at;
        NetConfig kernel, desired;
        bool kernel_moved;
        Dhcp4Message last; /* the request that is to be answered */
        Dhcp4Frame frame;
} World;

/* How often each message left, by type and state; and the ARP packets. */
static unsigned seen[_DHCP4_MESSAGE_TYPE_MAX][_SEEN_MAX];

static void check(const void *data, size_t len) {
        __msan_check_mem_is_initialized(data, len);
}

static struct in_addr ip(const char *text) {
        return (struct in_addr){ inet_addr(text) };
}

static int port_set_rx_mode(void *port, Dhcp4RxMode mode, const Dhcp4Lease *lease) {
        return 0;
}

/* As io/packet-socket.c and io/udp-socket.c use a frame. */
static int port_send(void *port, const Dhcp4Frame *frame) {
        World *w = port;
        uint8_t headers[IPV4_UDP_HEADERS_LEN];

        check(frame->data, frame->len);
        check(&frame->src, sizeof(frame->src));
        check(&frame->dst, sizeof(frame->dst));
        check(frame->dst_hw.bytes, frame->dst_hw.len);
        __msan_poison(headers, sizeof(headers));
        ipv4_udp_headers(headers, frame->src, DHCP4_PORT_CLIENT, frame->dst, DHCP4_PORT_SERVER,
                         IPV4_UDP_TOS_CS6, frame->data, frame->len);
        check(headers, sizeof(headers));

        w->frame = *frame;
        assert(dhcp4_message_parse(w->frame.data, w->frame.len, &w->last) == 0);
        seen[frame->type][dhcp4_client_state(link_client(w->link))]++;
        return 0;
}

static int port_set_arp(void *port, bool listen) {
        return 0;
}

static int port_send_arp(void *port, const ArpPacket *arp) {
        uint8_t packet[ARP_PACKET_LEN];

        __msan_poison(packet, sizeof(packet));
        arp_packet_build(arp, packet);
        check(packet, sizeof(packet));
        seen[0][arp->sender.s_addr == INADDR_ANY ? SEEN_PROBE : SEEN_ANNOUNCEMENT]++;
        return 0;
}

static int port_set_timer(void *port, usec_t at) {
        ((World *) port)->timer_at = at;
        return 0;
}

static int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        World *w = port;

        w->desired = *desired;
        *ret = w->kernel;
        return 0;
}

/* A kernel that does as it is told at once. */
static int port_apply(void *port, usec_t now, const NetPlan *plan) {
        World *w = port;

        w->kernel = w->desired;
        for (unsigned i = 0; i < w->kernel.n_addresses; i++)
                w->kernel.addresses[i].ours = true;
        w->kernel_moved = true;
        return 0;
}

static void port_state_changed(void *port, Dhcp4State old_state, Dhcp4State new_state) {
}

static void port_publish(void *port, LinkNotice notice, const Dhcp4Lease *old, const Dhcp4Lease *new) {
}

static void port_turned(void *port, usec_t now) {
}

static const LinkPorts ports = {
        .set_rx_mode = port_set_rx_mode,
        .send = port_send,
        .set_arp = port_set_arp,
        .send_arp = port_send_arp,
        .set_timer = port_set_timer,
        .snapshot = port_snapshot,
        .apply = port_apply,
        .state_changed = port_state_changed,
        .publish = port_publish,
        .turned = port_turned,
};

static void settle(World *w) {
        for (unsigned i = 0; i < 8 && w->kernel_moved; i++) {
                w->kernel_moved = false;
                link_kernel_changed(w->link, w->now);
        }
}

static Dhcp4State state(const World *w) {
        return dhcp4_client_state(link_client(w->link));
}

static void pass(World *w, usec_t until) {
        for (unsigned i = 0; i < 2000 && w->timer_at <= until; i++) {
                w->now = MAX(w->now, w->timer_at);
                link_timer(w->link, w->now);
                settle(w);
        }
        w->now = MAX(w->now, until);
}

static void pass_to_state(World *w, Dhcp4State wanted) {
        for (unsigned i = 0; i < 2000 && state(w) != wanted; i++) {
                assert(w->timer_at != USEC_INFINITY);
                pass(w, w->timer_at);
        }
        assert(state(w) == wanted);
}

static void answer(World *w, Dhcp4MessageType type) {
        static const HwAddress source = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } };
        Dhcp4Header header = w->last.header;
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Builder b;
        size_t len;

        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr = ip(type == DHCP4_NAK ? "0.0.0.0" : "10.0.0.50");
        dhcp4_builder_init(&b, data, sizeof(data), &header, type);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, ip("10.0.0.1"));
        if (type != DHCP4_NAK) {
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK, ip("255.255.255.0"));
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_ROUTERS, ip("10.0.0.1"));
                if (w->last.type != DHCP4_INFORM)
                        dhcp4_builder_append_u32(&b, DHCP4_OPTION_LEASE_TIME, LIFETIME);
        }
        assert(dhcp4_builder_finish(&b, &len) == 0);
        link_message(w->link, w->now, data, len, &source);
        settle(w);
}

static void open_world(World *w, const LinkConfig *config, const Dhcp4Lease *cached) {
        static const uint8_t key[PRNG_KEY_LEN] = "sixteen bytes...";

        memset(w, 0, sizeof(*w));
        w->now = T0;
        w->timer_at = USEC_INFINITY;
        assert(link_new(&ports, w, config, key, &w->link) == 0);
        link_start(w->link, w->now, cached, /* held= */ false);
        link_carrier(w->link, w->now, /* up= */ true);
        settle(w);
}

static void bind_link(World *w) {
        pass_to_state(w, DHCP4_STATE_SELECTING);
        pass(w, w->now + USEC_PER_SEC);
        answer(w, DHCP4_OFFER);
        pass(w, w->now + USEC_PER_SEC);
        answer(w, DHCP4_ACK);
        pass_to_state(w, DHCP4_STATE_BOUND);
}

/* DISCOVER, REQUEST in SELECTING, RENEWING and REBINDING, RELEASE; INIT-REBOOT and what a NAK to it leads to. */
static void run_life(const LinkConfig *config) {
        Dhcp4Lease cached;
        World w;

        open_world(&w, config, NULL);
        bind_link(&w);
        pass_to_state(&w, DHCP4_STATE_RENEWING);
        pass(&w, w.timer_at);
        answer(&w, DHCP4_ACK);
        pass_to_state(&w, DHCP4_STATE_REBINDING);
        pass(&w, w.timer_at);
        answer(&w, DHCP4_ACK);
        assert(dhcp4_client_cached(link_client(w.link)));
        cached = *dhcp4_client_cached(link_client(w.link));
        link_stop(w.link, w.now, /* release= */ true);
        settle(&w);
        w.link = link_free(w.link);

        cached.granted_at = T0;
        open_world(&w, config, &cached);
        if (state(&w) == DHCP4_STATE_REBOOTING) {
                pass(&w, w.now + USEC_PER_SEC);
                answer(&w, DHCP4_NAK);
        }
        bind_link(&w);
        w.link = link_free(w.link);
}

/* Somebody answers for the offered address: DECLINE. */
static void run_conflict(LinkConfig config) {
        const ArpPacket rival = { .op = ARP_OP_REPLY,
                                  .sender_mac = { 2, 8 },
                                  .sender = ip("10.0.0.50"),
                                  .target = ip("10.0.0.50") };
        World w;

        config.client.conflict = DHCP4_CONFLICT_STRICT;
        open_world(&w, &config, NULL);
        pass_to_state(&w, DHCP4_STATE_SELECTING);
        answer(&w, DHCP4_OFFER);
        answer(&w, DHCP4_ACK);
        assert(state(&w) == DHCP4_STATE_PROBING);
        pass(&w, w.timer_at);
        link_arp(w.link, w.now, &rival);
        settle(&w);
        w.link = link_free(w.link);
}

static void run_inform(LinkConfig config) {
        World w;

        config.client.inform = ip("10.0.0.77");
        config.client.inform_prefix_len = 24;
        open_world(&w, &config, NULL);
        pass(&w, w.now + 5 * USEC_PER_SEC);
        answer(&w, DHCP4_ACK);
        w.link = link_free(w.link);
}

/* Nobody answers: every retransmission of half an hour, and the address of RFC 3927 that is taken meanwhile. */
static void run_silence(LinkConfig config) {
        World w;

        config.client.fallback =
                (Dhcp4Fallback){ .kind = DHCP4_FALLBACK_LINK_LOCAL, .after_usec = 10 * USEC_PER_SEC };
        open_world(&w, &config, NULL);
        pass(&w, w.now + 1800 * USEC_PER_SEC);
        w.link = link_free(w.link);
}

static void run(const LinkConfig *config) {
        run_life(config);
        run_conflict(*config);
        run_inform(*config);
        run_silence(*config);
}

int main(void) {
        /* option 12, option 60, and one of 255 bytes */
        static uint8_t options[3 + 2 + 4 + 2 + 255] = { 12, 3, 'b', 'o', 'x', 60, 2, 'v', 'c', 43, 255 };
        static const struct {
                Dhcp4MessageType type;
                Dhcp4State state; /* as it is once the frame is on its way */
        } wanted[] = {
                { DHCP4_DISCOVER, DHCP4_STATE_SELECTING }, { DHCP4_REQUEST, DHCP4_STATE_REQUESTING },
                { DHCP4_REQUEST, DHCP4_STATE_REBOOTING },  { DHCP4_REQUEST, DHCP4_STATE_RENEWING },
                { DHCP4_REQUEST, DHCP4_STATE_REBINDING },  { DHCP4_DECLINE, DHCP4_STATE_INIT },
                { DHCP4_RELEASE, DHCP4_STATE_STOPPED },    { DHCP4_INFORM, DHCP4_STATE_INFORMING },
        };
        LinkConfig config = {
                .client = { .chaddr_len = 6,
                            .htype = 1,
                            .client_id = { 1 },
                            .client_id_len = 7,
                            .conflict = DHCP4_CONFLICT_OPTIMISTIC,
                            .request = { 1, 3, 6, 15, 33, 51, 121 },
                            .n_request = 7,
                            .carrier_grace_usec = USEC_INFINITY },
                .can_acd = true,
                .defend_address = true,
        };
        unsigned n = 0;

        memcpy(config.client.chaddr, mac, sizeof(mac));
        memcpy(config.client.client_id + 1, mac, sizeof(mac));
        memcpy(config.mac, mac, sizeof(mac));
        run(&config);
        config.client.broadcast = config.client.rapid_commit = config.client.ipv6_only = true;
        config.client.client_id_len = 0;
        run(&config);
        config.client.anonymize = true;
        run(&config);
        config.client.anonymize = false;
        config.client.send = options;
        config.client.send_len = sizeof(options);
        config.client.client_id_len = sizeof(config.client.client_id);
        run(&config);
        config.client.chaddr_len = 0; /* as on InfiniBand */
        run(&config);

        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
                if (seen[wanted[i].type][wanted[i].state] == 0) {
                        printf("type %d in state %d was never sent\n", wanted[i].type, wanted[i].state);
                        return 1;
                }
        if (seen[0][SEEN_PROBE] == 0 || seen[0][SEEN_ANNOUNCEMENT] == 0) {
                printf("an ARP packet was never sent\n");
                return 1;
        }
        for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
                for (size_t k = 0; k < ARRAY_SIZE(seen[i]); k++)
                        n += seen[i][k];
        printf("%u frames and packets, every byte of them was written\n", n);
        return 0;
}
