/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that the client sends no byte that was never written, because such a byte could be old memory of
 * the process. The shell of a link and the whole client run under MemorySanitizer, which knows of each byte
 * whether it was written. The program makes the client send every message of RFC 2131 in every state that
 * has it, and the ARP packets. It checks each byte of them and of their headers before a socket would get
 * it.
 *
 * The program uses no test framework and links only the libraries of the project, because MemorySanitizer
 * reports false findings for libraries that were not built with it, such as GLib. tests/meson.build builds
 * it only with -Db_sanitize=memory, which the stage `memory` of tests/run does.
 */
#include <sanitizer/msan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/memory/world.h"
#include "wire/arp.h"
#include "wire/ipv4-udp.h"

enum { SEEN_PROBE = _DHCP4_STATE_MAX, SEEN_ANNOUNCEMENT, _SEEN_MAX };

static const uint8_t mac[6] = { 2, 1, 2, 3, 4, 5 };

/* Counts frames by type and state. Type 0 counts ARP packets. */
static unsigned seen[_DHCP4_MESSAGE_TYPE_MAX][_SEEN_MAX];

/* Ends the process if one of the bytes was never written. */
static void check(const void *data, size_t len) {
        __msan_check_mem_is_initialized(data, len);
}

/* Checks all of a frame that io/packet-socket.c and io/udp-socket.c would send. */
static void on_frame(World *w, const Dhcp4Frame *frame) {
        uint8_t headers[IPV4_UDP_HEADERS_LEN];

        check(frame->data, frame->len);
        check(&frame->src, sizeof(frame->src));
        check(&frame->dst, sizeof(frame->dst));
        check(frame->dst_hw.bytes, frame->dst_hw.len);
        __msan_poison(headers, sizeof(headers));
        ipv4_udp_headers(headers, frame->src, DHCP4_PORT_CLIENT, frame->dst, DHCP4_PORT_SERVER,
                         IPV4_UDP_TOS_CS6, frame->data, frame->len);
        check(headers, sizeof(headers));

        seen[frame->type][dhcp4_client_state(link_client(w->link))]++;
}

static void on_arp(World *w, const ArpPacket *arp) {
        uint8_t packet[ARP_PACKET_LEN];

        __msan_poison(packet, sizeof(packet));
        arp_packet_build(arp, packet);
        check(packet, sizeof(packet));
        seen[0][arp->sender.s_addr == INADDR_ANY ? SEEN_PROBE : SEEN_ANNOUNCEMENT]++;
}

static const MemoryHooks hooks = { .frame = on_frame, .arp = on_arp };

/*
 * Sends DISCOVER, REQUEST in SELECTING, RENEWING and REBINDING, and RELEASE. Then the link starts in
 * INIT-REBOOT and gets a NAK.
 */
static void run_life(const LinkConfig *config) {
        Dhcp4Source before;
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
        before = dhcp4_source_of_lease(&cached);
        open_world(&w, config, &before);
        if (state(&w) == DHCP4_STATE_REBOOTING) {
                pass(&w, w.now + USEC_PER_SEC);
                answer(&w, DHCP4_NAK);
        }
        bind_link(&w);
        w.link = link_free(w.link);
}

/* Another host has the offered address, so the client sends DECLINE. */
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

/* Nobody answers for half an hour. The client repeats itself, and takes a link-local address (RFC 3927). */
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
                Dhcp4State state; /* when the frame is sent, which is after the change of state */
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
