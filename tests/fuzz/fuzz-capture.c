/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A capture file: pcap, pcapng or hexadecimal text. Every frame lies in the buffer that is given for it
 * and is counted, and the reading comes to an end.
 */
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/ctl/capture.h"
#include "tests/fuzz/fuzz.h"
#include "wire/dhcp4-message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        uint64_t n_frames = 0, sum = 0;
        const char *reason = NULL;
        CaptureReader *reader;
        CaptureFrame frame;
        FILE *file;
        int r;

        if (size == 0)
                return 0;
        file = fmemopen((void *) data, size, "r");
        assert(file);
        reader = capture_reader_new(file);
        assert(reader);
        while ((r = capture_reader_next(reader, &frame, &reason)) > 0) {
                CapturePacket packet = {};
                const char *problem = NULL;

                assert(frame.number == ++n_frames && n_frames <= size && frame.len <= CAPTURE_FRAME_MAX);
                for (size_t i = 0; i < frame.len; i++)
                        sum += frame.data[i];
                if (frame.problem)
                        continue;
                r = capture_unwrap(&frame, &packet, &problem);
                assert((r < 0) == (problem != NULL));
                assert(packet.has_ip || (!packet.checksums.ip_bad && !packet.checksums.udp_bad));
                assert(packet.checksums.ip_bad || !packet.checksums.ip_missing);
                if (r > 0) {
                        Dhcp4Message m;

                        assert(packet.payload >= frame.data && packet.n_vlans <= CAPTURE_VLANS_MAX &&
                               packet.payload_len <= (size_t) (frame.data + frame.len - packet.payload));
                        (void) dhcp4_message_parse(packet.payload, packet.payload_len, &m);
                }
        }
        assert((r < 0) == (reason != NULL));
        /* The reader stays at the end. */
        assert(capture_reader_next(reader, &frame, &reason) == 0);
        (void) sum;
        (void) fclose(file);
        reader = capture_reader_free(reader);
        return 0;
}
