/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sent-frames FILE [FOLDER...]: writes a capture of every kind of frame that the client sends, in a broad
 * set of configurations, for a judge that this project did not write (test_vectors.py). Each FOLDER has a
 * dhcpd-link.conf, which is read as the daemon does and makes one configuration more. Drives
 * core/dhcp4-client through its life under a clock that is a variable, with a server that answers what is
 * needed. Prints how many frames of each type there are.
 */
#include <arpa/inet.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "config/config.h"
#include "core/dhcp4-client.h"
#include "manager/client-id.h"
#include "wire/dhcp4-fqdn.h"
#include "wire/ipv4-udp.h"

#define T0        (5000 * USEC_PER_SEC)
#define RUN_STEPS 400u /* more than any part of a life needs; a client that spins ends the run */

typedef struct Life {
        Dhcp4Client client;
        usec_t now;
        FILE *file;
        Dhcp4Message last; /* the last frame */
        unsigned n_frames; /* of the last call */
} Life;

static unsigned counts[_DHCP4_MESSAGE_TYPE_MAX];

static void must(bool condition, const char *what) {
        if (condition)
                return;
        fprintf(stderr, "sent-frames: %s\n", what);
        exit(EXIT_FAILURE);
}

static void put_u32(FILE *file, uint32_t value) {
        must(fwrite(&value, sizeof(value), 1, file) == 1, "cannot write");
}

static void write_frame(Life *life, const Dhcp4Frame *frame) {
        static const uint8_t ethernet[14] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 1, 2, 3, 4, 5, 8, 0 };
        uint8_t headers[IPV4_UDP_HEADERS_LEN];
        const uint32_t len = (uint32_t) (sizeof(ethernet) + sizeof(headers) + frame->len);

        ipv4_udp_headers(headers, frame->src, DHCP4_PORT_CLIENT, frame->dst, DHCP4_PORT_SERVER,
                         IPV4_UDP_TOS_CS6, frame->data, frame->len);
        put_u32(life->file, (uint32_t) (life->now / USEC_PER_SEC));
        put_u32(life->file, (uint32_t) (life->now % USEC_PER_SEC));
        put_u32(life->file, len);
        put_u32(life->file, len);
        must(fwrite(ethernet, sizeof(ethernet), 1, life->file) == 1 &&
                     fwrite(headers, sizeof(headers), 1, life->file) == 1 &&
                     fwrite(frame->data, frame->len, 1, life->file) == 1,
             "cannot write");
}

static void drain(Life *life) {
        Dhcp4Frame frame;

        life->n_frames = 0;
        while (dhcp4_client_next_frame(&life->client, &frame)) {
                write_frame(life, &frame);
                must(dhcp4_message_parse(frame.data, frame.len, &life->last) == 0,
                     "our own message does not parse");
                counts[frame.type]++;
                life->n_frames++;
        }
}

static void event(Life *life, const Dhcp4Event *e) {
        dhcp4_client_input(&life->client, life->now, e);
        drain(life);
}

static void simple(Life *life, Dhcp4EventType type) {
        event(life, &(const Dhcp4Event){ .type = type });
}

static void carrier(Life *life, bool up) {
        event(life, &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = up });
}

static void start(Life *life, const Dhcp4Lease *cached) {
        event(life, &(const Dhcp4Event){ .type = DHCP4_EVENT_START, .start.cached = cached });
}

static void stop(Life *life) {
        event(life, &(const Dhcp4Event){ .type = DHCP4_EVENT_STOP, .stop.release = true });
}

static void answer(Life *life, Dhcp4MessageType type) {
        static const HwAddress source = { .len = 6, .bytes = { 2, 9, 9, 9, 9, 9 } };
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Header header = life->last.header;
        Dhcp4Builder b;
        size_t len;

        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr.s_addr = htonl(type == DHCP4_NAK ? 0 : 0x0a000032);
        dhcp4_builder_init(&b, data, sizeof(data), &header, type);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, (struct in_addr){ htonl(0x0a000001) });
        if (type != DHCP4_NAK) {
                dhcp4_builder_append_u32(&b, DHCP4_OPTION_LEASE_TIME, 3600);
                dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK,
                                          (struct in_addr){ htonl(0xffffff00) });
        }
        must(dhcp4_builder_finish(&b, &len) == 0, "the answer does not fit");
        event(life,
              &(const Dhcp4Event){ .type = DHCP4_EVENT_MESSAGE,
                                   .message = { .data = data, .len = len, .source_hw = &source } });
}

/* Lets time pass without an answer until the client has sent @n frames or is in @state. */
static void pass(Life *life, unsigned n, Dhcp4State state) {
        for (unsigned i = 0; i < RUN_STEPS && n > 0; i++) {
                const usec_t at = dhcp4_client_next_deadline(&life->client);

                if (at == USEC_INFINITY || dhcp4_client_state(&life->client) == state)
                        return;
                life->now = MAX(life->now, at);
                dhcp4_client_dispatch(&life->client, life->now);
                drain(life);
                n -= MIN(n, life->n_frames);
        }
}

static void get_bound(Life *life) {
        for (unsigned i = 0; i < RUN_STEPS && dhcp4_client_state(&life->client) != DHCP4_STATE_BOUND; i++) {
                const Dhcp4State state = dhcp4_client_state(&life->client);

                if (life->n_frames > 0 && state == DHCP4_STATE_SELECTING)
                        answer(life, DHCP4_OFFER);
                else if (life->n_frames > 0 &&
                         (state == DHCP4_STATE_REQUESTING || state == DHCP4_STATE_REBOOTING ||
                          state == DHCP4_STATE_RENEWING || state == DHCP4_STATE_REBINDING))
                        answer(life, DHCP4_ACK);
                else
                        pass(life, 1, DHCP4_STATE_BOUND);
        }
        must(dhcp4_client_state(&life->client) == DHCP4_STATE_BOUND, "the client is not BOUND");
}

static void live(FILE *file, const Dhcp4ClientConfig *config) {
        static Life life;
        static const uint8_t key[PRNG_KEY_LEN] = { 7 };
        Dhcp4Lease lease;

        life = (Life){ .now = T0, .file = file };
        dhcp4_client_init(&life.client, config, key);
        start(&life, NULL);
        carrier(&life, true);
        if (config->inform.s_addr != INADDR_ANY) {
                pass(&life, 3, _DHCP4_STATE_MAX);
                stop(&life);
                return;
        }
        pass(&life, 4, _DHCP4_STATE_MAX); /* retransmissions, the broadcast flag */
        get_bound(&life);
        simple(&life, DHCP4_EVENT_RENEW);
        get_bound(&life);
        pass(&life, 2, DHCP4_STATE_REBINDING); /* RENEWING */
        pass(&life, RUN_STEPS, DHCP4_STATE_REBINDING);
        pass(&life, 2, _DHCP4_STATE_MAX);
        get_bound(&life);
        lease = *dhcp4_client_lease(&life.client);
        simple(&life, DHCP4_EVENT_PROBE_CONFLICT); /* DECLINE */
        pass(&life, 1, _DHCP4_STATE_MAX);
        get_bound(&life);
        stop(&life); /* RELEASE */

        life.now += 10 * USEC_PER_SEC;
        start(&life, &lease); /* INIT-REBOOT */
        carrier(&life, true);
        pass(&life, 2, _DHCP4_STATE_MAX);
        answer(&life, DHCP4_NAK);
        pass(&life, 2, _DHCP4_STATE_MAX);
        get_bound(&life);
        stop(&life);
}

static size_t add(uint8_t *blob, size_t at, uint8_t code, const void *data, size_t len) {
        must(len <= 255 && at + 2 + len <= DHCP4_SEND_MAX, "too much to send");
        blob[at] = code;
        blob[at + 1] = (uint8_t) len;
        memcpy(blob + at + 2, data, len);
        return at + 2 + len;
}

/*
 * Writes what the configuration may add to messages: one set of options after the other. Returns its
 * length. SIZE_MAX: there is no set @i.
 */
static size_t make_send(unsigned i, uint8_t blob[DHCP4_SEND_MAX]) {
        static const char long_name[] =
                "a123456789a123456789a123456789a123456789a123456789a123456789abc.b.example";
        uint8_t fqdn[DHCP4_FQDN_ENCODED_MAX], filler[255];
        size_t n;

        memset(filler, 'v', sizeof(filler));
        switch (i) {
        case 0:
                return 0;
        case 1:
                return add(blob, 0, DHCP4_OPTION_HOSTNAME, "host", 4);
        case 2:
                n = dhcp4_fqdn_encode(DHCP4_FQDN_S, "host.example.org", fqdn, sizeof(fqdn));
                return add(blob, 0, DHCP4_OPTION_FQDN, fqdn, n);
        case 3:
                n = dhcp4_fqdn_encode(0, "partial", fqdn, sizeof(fqdn));
                return add(blob, 0, DHCP4_OPTION_FQDN, fqdn, n);
        case 4:
                n = dhcp4_fqdn_encode(DHCP4_FQDN_N, long_name, fqdn, sizeof(fqdn));
                return add(blob, 0, DHCP4_OPTION_FQDN, fqdn, n);
        case 5:
                n = add(blob, 0, DHCP4_OPTION_VENDOR_CLASS, "dhcpd-link", 10);
                n = add(blob, n, 77, "\5class\3two", 10);
                n = add(blob, n, 124, "\0\0\0\x09\6\5model", 11);
                return add(blob, n, 161, "https://mud.example/x.json", 26);
        case 6:
                n = add(blob, 0, 43, "\1\4data\2\1x", 9);
                n = add(blob, n, 125, "\0\0\x0d\xe9\6\1\4name", 11);
                return add(blob, n, DHCP4_OPTION_LEASE_TIME, "\0\0\2\x58", 4);
        case 7:
                n = add(blob, 0, DHCP4_OPTION_HOSTNAME, "a", 1);
                n = add(blob, n, DHCP4_OPTION_VENDOR_CLASS, filler, 255);
                return add(blob, n, 224, filler, 255);
        }
        return SIZE_MAX;
}

static void identify(Dhcp4ClientConfig *config, unsigned i) {
        static const uint8_t mac[] = { 2, 1, 2, 3, 4, 5 },
                             duid_en[] = { 255, 1, 2, 3, 4, 0, 2, 0, 0, 0xab, 0x11, 1, 2, 3, 4, 5, 6, 7, 8 },
                             duid_llt[] = { 255,  1,    2,    3, 4, 0, 1, 0, 1, 0x12,
                                            0x34, 0x56, 0x78, 2, 1, 2, 3, 4, 5 },
                             duid_uuid[] = { 255, 1, 2, 3, 4,  0,  4,  1,  2,  3,  4, 5,
                                             6,   7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

        if (i != 4) {
                memcpy(config->chaddr, mac, sizeof(mac));
                config->chaddr_len = sizeof(mac);
        }
        config->htype = i == 4 ? ARPHRD_INFINIBAND : ARPHRD_ETHER;
        switch (i) {
        case 0:
                config->client_id[0] = 1;
                memcpy(config->client_id + 1, mac, sizeof(mac));
                config->client_id_len = 1 + sizeof(mac);
                return;
        case 1:
                memcpy(config->client_id, duid_en, sizeof(duid_en));
                config->client_id_len = sizeof(duid_en);
                return;
        case 2:
                memcpy(config->client_id, duid_llt, sizeof(duid_llt));
                config->client_id_len = sizeof(duid_llt);
                return;
        case 3:
                return; /* none */
        case 4:
                memcpy(config->client_id, duid_uuid, sizeof(duid_uuid));
                config->client_id_len = sizeof(duid_uuid);
                return;
        default:
                memset(config->client_id, 'i', sizeof(config->client_id));
                config->client_id[0] = 0;
                config->client_id_len = sizeof(config->client_id);
        }
}

static void configure(Dhcp4ClientConfig *config, unsigned i) {
        static const uint8_t wanted[] = {
                1, 121, 3, 6, 12, 15, 26, 28, 33, 42, 51, 54, 58, 59, 119, 162, 252
        };

        for (unsigned n = 0; n < sizeof(wanted); n++)
                config->request[config->n_request++] = wanted[n];
        switch (i) {
        case 0:
                return;
        case 1:
                config->rapid_commit = true;
                config->hmac_md5 = hmac_md5;
                config->broadcast = true;
                return;
        case 2:
                config->anonymize = true;
                return;
        case 3:
                config->ipv6_only = true;
                config->fallback.kind = DHCP4_FALLBACK_LINK_LOCAL;
                config->fallback.after_usec = USEC_INFINITY;
                return;
        case 4:
                config->n_request = 0;
                return;
        case 5:
                for (config->n_request = 0; config->n_request < DHCP4_REQUEST_OPTIONS_MAX;
                     config->n_request++)
                        config->request[config->n_request] = (uint8_t) (1 + config->n_request * 3);
                return;
        default:
                config->inform.s_addr = htonl(0x0a000033);
                config->inform_prefix_len = 24;
        }
}

static void on_problem(void *userdata, const char *file, unsigned line, const char *group, const char *key,
                       const char *what) {
        fprintf(stderr, "sent-frames: %s:%u: %s: %s\n", file ? file : "", line, key ? key : "", what);
        exit(EXIT_FAILURE);
}

/* Lets a client live with the configuration of the daemon. */
static void live_configured(FILE *file, const char *folder) {
        static const HwAddress address = { .len = 6, .bytes = { 2, 1, 2, 3, 4, 5 } };
        _cleanup_(config_unrefp) Config *config = NULL;
        Dhcp4ClientConfig client;
        const ConfigLink *link;

        must(config_load((const char *const[]){ folder, NULL }, NULL, on_problem, NULL, &config) == 0,
             "the configuration does not load");
        link = config_find_link(config, &(LinkNames){ .ifname = "eth0" }, &address);
        client = link->client;
        client.send = link->send;
        client.send_len = link->send_len;
        client.hmac_md5 = link->force_renew ? hmac_md5 : NULL;
        must(client_id_complete(link, &address, &address, ARPHRD_ETHER,
                                link->anonymize == CONFIG_ANONYMIZE_YES, 0x2e000000, &client) == 0,
             "there is no identifier");
        live(file, &client);
}

int main(int argc, char **argv) {
        static uint8_t blob[DHCP4_SEND_MAX];
        size_t n = 0;
        FILE *file;

        must(argc >= 2, "usage: sent-frames FILE [FOLDER...]");
        file = fopen(argv[1], "wbe");
        must(file != NULL, "cannot write the file");
        put_u32(file, 0xa1b2c3d4);
        put_u32(file, htonl(0x00020004) == 0x00020004 ? 0x00020004 : 0x00040002); /* two halves: 2, 4 */
        put_u32(file, 0);
        put_u32(file, 0);
        put_u32(file, 65535);
        put_u32(file, 1);

        for (unsigned send = 0; (n = make_send(send, blob)) != SIZE_MAX; send++)
                for (unsigned who = 0; who < 6; who++)
                        for (unsigned how = 0; how < 7; how++) {
                                Dhcp4ClientConfig config = {
                                        .send = blob,
                                        .send_len = (uint16_t) n,
                                        .conflict = DHCP4_CONFLICT_OPTIMISTIC,
                                        .carrier_grace_usec = 3 * USEC_PER_SEC,
                                };

                                /* All combinations would give the same bytes many times. */
                                if (send > 0 && who > 1 && how > 1)
                                        continue;
                                identify(&config, who);
                                configure(&config, how);
                                live(file, &config);
                        }
        for (int i = 2; i < argc; i++)
                live_configured(file, argv[i]);
        must(fclose(file) == 0, "cannot write");
        for (unsigned type = 0; type < _DHCP4_MESSAGE_TYPE_MAX; type++)
                if (counts[type] > 0)
                        printf("%s %u\n", dhcp4_message_type_to_string((Dhcp4MessageType) type),
                               counts[type]);
        return EXIT_SUCCESS;
}
