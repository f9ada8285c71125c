/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decode: prints the DHCP messages in a capture. Uses the daemon's parser, but needs no daemon. Frames that
 * are not DHCP are skipped without a word. For broken DHCP it prints what is wrong. --json prints one object
 * for each message, on a line of its own, so that a capture may have any size.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/ctl/capture.h"
#include "dbus/ctl/ctl-message.h"
#include "dbus/ctl/ctl.h"
#include "dbus/json/json-option.h"

#define NSEC_PER_USEC 1000u

static void json_packet(JsonWriter *w, const CaptureFrame *frame, const CapturePacket *packet) {
        json_key(w, "Frame");
        json_u64(w, frame->number);
        json_key(w, "TimeNSec");
        if (frame->has_time)
                json_u64(w, frame->time_nsec);
        else
                json_null(w);
        json_key(w, "Captured");
        json_u64(w, frame->len);
        json_key(w, "Length");
        json_u64(w, frame->original_len);
        if (packet->has_source) {
                json_key(w, "HardwareAddress");
                json_hex(w, packet->source, packet->source_len, ':');
        }
        if (packet->n_vlans > 0) {
                json_key(w, "VLANs");
                json_begin_array(w);
                for (size_t i = 0; i < packet->n_vlans; i++)
                        json_u64(w, packet->vlan[i]);
                json_end_array(w);
        }
        if (packet->has_ip) {
                json_key(w, "Source");
                json_address(w, &packet->src_be);
                json_key(w, "SourcePort");
                json_u64(w, packet->src_port);
                json_key(w, "Destination");
                json_address(w, &packet->dst_be);
                json_key(w, "DestinationPort");
                json_u64(w, packet->dst_port);
                json_key(w, "HeaderChecksumGood");
                json_bool(w, !packet->checksums.ip_bad);
                json_key(w, "ChecksumGood");
                json_bool(w, !packet->checksums.udp_bad);
        }
}

static int print_json(const CaptureFrame *frame, const CapturePacket *packet, const Dhcp4Message *m,
                      const char *problem) {
        JsonWriter w = {};

        json_begin_object(&w);
        json_packet(&w, frame, packet);
        json_key(&w, "Problem");
        json_string(&w, problem);
        json_key(&w, "Message");
        if (m)
                ctl_message_json(&w, m, packet->payload, packet->payload_len);
        else
                json_null(&w);
        json_end_object(&w);
        return ctl_print_json(&w);
}

static void print_text(const CaptureFrame *frame, const CapturePacket *packet, const Dhcp4Message *m,
                       const char *problem) {
        static bool again;
        JsonWriter w = { .text = true };
        char *text;

        if (again)
                putchar('\n');
        again = true;
        printf("%sFrame %llu%s", ctl_color(CTL_COLOR_BOLD), (unsigned long long) frame->number,
               ctl_color(CTL_COLOR_NONE));
        if (frame->has_time)
                printf(", %s.%06llu", ctl_date(frame->time_nsec / NSEC_PER_USEC),
                       (unsigned long long) (frame->time_nsec / NSEC_PER_USEC % USEC_PER_SEC));
        if (packet->has_ip) {
                char src[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN];

                printf(", %s:%u > %s:%u", inet_ntop(AF_INET, &packet->src_be, src, sizeof(src)),
                       packet->src_port, inet_ntop(AF_INET, &packet->dst_be, dst, sizeof(dst)),
                       packet->dst_port);
        }
        if (packet->has_source) {
                json_hex(&w, packet->source, packet->source_len, ':');
                text = json_finish(&w);
                printf(", from %s", text ? text : "");
                free(text);
        }
        for (size_t i = 0; i < packet->n_vlans; i++)
                printf(", VLAN %u", packet->vlan[i]);
        if (packet->checksums.ip_bad)
                printf(", IP checksum %s", packet->checksums.ip_missing ? "not made yet" : "wrong");
        if (packet->checksums.udp_bad)
                printf(", UDP checksum wrong or not made yet");
        putchar('\n');
        if (problem)
                printf("  %s%s%s\n", ctl_color(CTL_COLOR_BAD), problem, ctl_color(CTL_COLOR_NONE));
        if (m) {
                w = (JsonWriter){ .text = true };
                json_message_type(&w, (uint8_t) m->type);
                text = json_finish(&w);
                printf("  %s\n", text ? text : "");
                free(text);
                ctl_message_print(m, packet->payload, packet->payload_len);
        }
}

static int show(const CaptureFrame *frame, uint64_t *n_shown) {
        static Dhcp4Message m;
        const char *problem = frame->problem;
        CapturePacket packet = {};
        bool parsed = false;
        int r;

        if (!problem) {
                r = capture_unwrap(frame, &packet, &problem);
                if (r == 0)
                        return 0;
        }
        if (!problem) {
                r = dhcp4_message_parse(packet.payload, packet.payload_len, &m);
                if (r == 0)
                        parsed = true;
                else
                        problem = ctl_message_error(r);
        }
        (*n_shown)++;
        if (ctl_options.json)
                return print_json(frame, &packet, parsed ? &m : NULL, problem);
        print_text(frame, &packet, parsed ? &m : NULL, problem);
        return 0;
}

static int decode(FILE *file, const char *name) {
        _cleanup_(capture_reader_freep) CaptureReader *reader = capture_reader_new(file);
        const char *reason = NULL;
        uint64_t n_shown = 0;
        CaptureFrame frame;
        int r;

        if (!reader) {
                ctl_fail("Cannot decode %s: %s", ctl_text(name), strerror(ENOMEM));
                return EXIT_FAILURE;
        }
        while ((r = capture_reader_next(reader, &frame, &reason)) > 0) {
                r = show(&frame, &n_shown);
                if (r < 0) {
                        reason = strerror(-r);
                        break;
                }
                /* Nobody reads our output any more. */
                if (ferror(stdout))
                        return EXIT_FAILURE;
        }
        if (r < 0)
                ctl_fail("Cannot decode %s: %s", ctl_text(name), reason);
        else if (n_shown == 0)
                ctl_fail("Cannot decode %s: there is no DHCP message in it", ctl_text(name));
        return r < 0 || n_shown == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int verb_decode(int argc, char **argv) {
        FILE *file = stdin;
        int status;

        if (strcmp(argv[1], "-") == 0)
                return decode(stdin, "standard input");
        file = fopen(argv[1], "re");
        if (!file) {
                ctl_fail("Cannot decode %s: %s", ctl_text(argv[1]), strerror(errno));
                return EXIT_FAILURE;
        }
        status = decode(file, argv[1]);
        (void) fclose(file);
        return status;
}
