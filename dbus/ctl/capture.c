/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads pcap and pcapng files (contract: dbus/ctl/capture.h; capture-hex.c reads the text form). Formats:
 * draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 *
 *   pcap    24 bytes: magic, version, 8 unused, longest frame, link type
 *           16 bytes for each frame: seconds, fraction, length here, length on the wire
 *   pcapng  blocks: type, length, body, length again; a length is a multiple of 4 and counts the whole block
 */
#include "dbus/ctl/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/ctl/capture-internal.h"

#define NSEC_PER_SEC UINT64_C(1000000000)

#define PCAP_MICRO 0xa1b2c3d4u
#define PCAP_NANO  0xa1b23c4du

#define BLOCK_SECTION   0x0a0d0d0au /* the same in either byte order */
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET    2u /* obsolete */
#define BLOCK_SIMPLE    3u
#define BLOCK_ENHANCED  6u
#define BYTE_ORDER_MARK 0x1a2b3c4du
#define BLOCK_OVERHEAD  12u /* bytes: type and two lengths */

#define OPTION_END         0u
#define OPTION_TSRESOL     9u
#define TSRESOL_MICRO      6u
#define INTERFACE_BODY_MIN 8u

CaptureReader *capture_reader_new(FILE *file) {
        CaptureReader *reader = calloc(1, sizeof(*reader));

        if (reader)
                reader->file = file;
        return reader;
}

CaptureReader *capture_reader_free(CaptureReader *reader) {
        free(reader);
        return NULL;
}

static uint16_t get_u16(const CaptureReader *reader, const uint8_t *p) {
        return reader->little ? (uint16_t) (p[1] << 8 | p[0]) : (uint16_t) (p[0] << 8 | p[1]);
}

static uint32_t get_u32(const CaptureReader *reader, const uint8_t *p) {
        const uint32_t a = get_u16(reader, p), b = get_u16(reader, p + 2);

        return reader->little ? b << 16 | a : a << 16 | b;
}

/*
 * Reads @len bytes. Returns 1 on success, 0 if the file has ended before the first byte, and -EBADMSG if it
 * ends before the last one.
 */
static int read_bytes(CaptureReader *reader, void *ret, size_t len) {
        const size_t n = fread(ret, 1, len, reader->file);

        return n == len ? 1 : n == 0 ? 0 : -EBADMSG;
}

static bool skip(CaptureReader *reader, uint64_t len) {
        while (len > 0) {
                const size_t piece = (size_t) MIN(len, (uint64_t) sizeof(reader->buffer));

                if (fread(reader->buffer, 1, piece, reader->file) != piece)
                        return false;
                len -= piece;
        }
        return true;
}

static int fail(CaptureReader *reader, const char *reason, const char **reterr_reason) {
        reader->kind = CAPTURE_DONE;
        *reterr_reason = ferror(reader->file) ? "it cannot be read" : reason;
        return -EBADMSG;
}
#define CUT_OFF "it ends in the middle of a frame"

/* Reads the rest of the header of a pcap file. Its first four bytes were read already. */
static int open_pcap(CaptureReader *reader, const char **reterr_reason) {
        uint8_t head[20];

        if (read_bytes(reader, head, sizeof(head)) <= 0)
                return fail(reader, "it ends in the middle of its header", reterr_reason);
        if (get_u16(reader, head) != 2)
                return fail(reader, "a version of pcap that is not 2", reterr_reason);
        reader->pcap_link_type = get_u32(reader, head + 16) & 0xffff; /* the higher bits have other uses */
        reader->kind = CAPTURE_PCAP;
        return 1;
}

static int next_pcap(CaptureReader *reader, CaptureFrame *ret, const char **reterr_reason) {
        uint8_t head[16];
        uint32_t fraction, len;
        int r;

        r = read_bytes(reader, head, sizeof(head));
        if (r < 0)
                return fail(reader, CUT_OFF, reterr_reason);
        if (r == 0) {
                reader->kind = CAPTURE_DONE;
                return 0;
        }
        fraction = get_u32(reader, head + 4);
        len = get_u32(reader, head + 8);
        if (len > CAPTURE_FRAME_MAX)
                return fail(reader, "a frame in it is longer than frames are", reterr_reason);
        if (len > 0 && read_bytes(reader, reader->buffer, len) <= 0)
                return fail(reader, CUT_OFF, reterr_reason);
        *ret = (CaptureFrame){
                .number = ++reader->n_frames,
                .has_time = true,
                .time_nsec = get_u32(reader, head) * NSEC_PER_SEC +
                        (uint64_t) fraction * (reader->nano ? 1 : 1000),
                .link_type = reader->pcap_link_type,
                .data = reader->buffer,
                .len = len,
                .original_len = get_u32(reader, head + 12),
        };
        return 1;
}

/*
 * Converts a time of a frame to nanoseconds. @resolution: the negative exponent of 10, or of 2 if the
 * highest bit is set. If the nanoseconds do not fit 64 bits, the time in the file is false, and the result
 * may be any number.
 */
static uint64_t to_nsec(uint64_t units, uint8_t resolution) {
        const unsigned exponent = resolution & 0x7f;
        uint64_t scale = 1;

        if (resolution & 0x80) {
                const uint64_t seconds = exponent < 64 ? units >> exponent : 0;
                uint64_t rest = exponent < 64 ? units & ((UINT64_C(1) << exponent) - 1) : 0;
                unsigned shift = exponent;

                /* 2^-30 seconds are about a nanosecond, and 30 bits do not overflow when multiplied. */
                if (shift > 30) {
                        rest >>= MIN(shift - 30, 63u);
                        shift = 30;
                }
                return seconds * NSEC_PER_SEC + (rest * NSEC_PER_SEC >> shift);
        }
        for (unsigned i = 0; i < (exponent > 9 ? exponent - 9 : 9 - exponent); i++) {
                if (scale > UINT64_MAX / 10)
                        return 0;
                scale *= 10;
        }
        return exponent > 9 ? units / scale : units * scale;
}

static void add_interface(CaptureReader *reader, const uint8_t *body, size_t len) {
        CaptureInterface *interface;

        if (reader->n_interfaces == CAPTURE_INTERFACES_MAX || len < INTERFACE_BODY_MIN)
                return;
        interface = &reader->interfaces[reader->n_interfaces++];
        *interface = (CaptureInterface){
                .link_type = get_u16(reader, body),
                .snap_len = get_u32(reader, body + 4),
                .resolution = TSRESOL_MICRO,
        };
        body += INTERFACE_BODY_MIN;
        len -= INTERFACE_BODY_MIN;
        while (len >= 4) {
                const uint16_t code = get_u16(reader, body);
                const size_t n = get_u16(reader, body + 2), padded = (n + 3) & ~(size_t) 3;

                if (code == OPTION_END || padded > len - 4)
                        return;
                if (code == OPTION_TSRESOL && n == 1)
                        interface->resolution = body[4];
                body += 4 + padded;
                len -= 4 + padded;
        }
}

/*
 * Reads a section header. Its length can only be read when the byte order is known, so the caller passes
 * @length as it is in the file. Returns NULL on success, otherwise a static text that says what is wrong.
 */
static const char *begin_section(CaptureReader *reader, const uint8_t length[4]) {
        uint8_t mark[4];
        uint32_t len;

        if (read_bytes(reader, mark, sizeof(mark)) <= 0)
                return CUT_OFF;
        reader->little = false;
        if (get_u32(reader, mark) != BYTE_ORDER_MARK) {
                reader->little = true;
                if (get_u32(reader, mark) != BYTE_ORDER_MARK)
                        return "a section of it has no byte order";
        }
        len = get_u32(reader, length);
        if (len < BLOCK_OVERHEAD + 16 || len % 4 != 0)
                return "a block of it has an impossible length";
        reader->n_interfaces = 0;
        return skip(reader, len - BLOCK_OVERHEAD + 4 - sizeof(mark)) ? NULL : CUT_OFF;
}

/* Stores the frame of a block. If the frame cannot be read, its .problem says why. */
static void take_frame(CaptureReader *reader, uint32_t type, const uint8_t *body, size_t len,
                       CaptureFrame *ret) {
        const size_t head = type == BLOCK_SIMPLE ? 4 : 20;
        CaptureFrame frame = { .number = ++reader->n_frames, .data = body + head };
        const CaptureInterface *interface;
        uint32_t index = 0;

        if (len < head) {
                frame.problem = "its block is too short";
                *ret = frame;
                return;
        }
        if (type == BLOCK_ENHANCED)
                index = get_u32(reader, body);
        else if (type == BLOCK_PACKET)
                index = get_u16(reader, body);
        if (index >= reader->n_interfaces) {
                frame.problem = "its interface is not described";
                *ret = frame;
                return;
        }
        interface = &reader->interfaces[index];
        frame.link_type = interface->link_type;
        if (type == BLOCK_SIMPLE) {
                frame.original_len = get_u32(reader, body);
                frame.len = MIN(frame.original_len, len - head);
                if (interface->snap_len > 0)
                        frame.len = MIN(frame.len, (size_t) interface->snap_len);
        } else {
                const uint64_t high = get_u32(reader, body + 4);

                frame.has_time = true;
                frame.time_nsec = to_nsec(high << 32 | get_u32(reader, body + 8), interface->resolution);
                frame.len = get_u32(reader, body + 12);
                frame.original_len = get_u32(reader, body + 16);
                if (frame.len > len - head) {
                        frame.len = 0;
                        frame.problem = "it is longer than its block";
                }
        }
        *ret = frame;
}

static int next_pcapng(CaptureReader *reader, CaptureFrame *ret, const char **reterr_reason) {
        for (;;) {
                uint8_t head[8];
                uint32_t type, len;
                const char *reason;
                int r;

                /* The type of the first block was read already, to find out the kind of the file. */
                if (!reader->section_pending) {
                        r = read_bytes(reader, head, 4);
                        if (r < 0)
                                return fail(reader, CUT_OFF, reterr_reason);
                        if (r == 0) {
                                reader->kind = CAPTURE_DONE;
                                return 0;
                        }
                        type = get_u32(reader, head);
                } else
                        type = BLOCK_SECTION;
                reader->section_pending = false;
                if (read_bytes(reader, head + 4, 4) <= 0)
                        return fail(reader, CUT_OFF, reterr_reason);
                if (type == BLOCK_SECTION) {
                        reason = begin_section(reader, head + 4);
                        if (reason)
                                return fail(reader, reason, reterr_reason);
                        continue;
                }
                len = get_u32(reader, head + 4);
                if (len < BLOCK_OVERHEAD || len % 4 != 0)
                        return fail(reader, "a block of it has an impossible length", reterr_reason);
                len -= BLOCK_OVERHEAD;
                if (type != BLOCK_INTERFACE && type != BLOCK_PACKET && type != BLOCK_SIMPLE &&
                    type != BLOCK_ENHANCED) {
                        if (!skip(reader, (uint64_t) len + 4))
                                return fail(reader, CUT_OFF, reterr_reason);
                        continue;
                }
                if (len > sizeof(reader->buffer) - 4)
                        return fail(reader, "a frame in it is longer than frames are", reterr_reason);
                if (read_bytes(reader, reader->buffer, len + 4) <= 0)
                        return fail(reader, CUT_OFF, reterr_reason);
                if (get_u32(reader, reader->buffer + len) != len + BLOCK_OVERHEAD)
                        return fail(reader, "the two lengths of a block of it differ", reterr_reason);
                if (type == BLOCK_INTERFACE) {
                        add_interface(reader, reader->buffer, len);
                        continue;
                }
                take_frame(reader, type, reader->buffer, len, ret);
                return 1;
        }
}

static int open_capture(CaptureReader *reader, const char **reterr_reason) {
        uint8_t magic[4];
        const size_t n = fread(magic, 1, sizeof(magic), reader->file);

        if (n == sizeof(magic))
                for (unsigned little = 0; little < 2; little++) {
                        uint32_t value;

                        reader->little = little;
                        value = get_u32(reader, magic);
                        if (value == BLOCK_SECTION) {
                                reader->kind = CAPTURE_PCAPNG;
                                reader->section_pending = true;
                                return 1;
                        }
                        if (value == PCAP_MICRO || value == PCAP_NANO) {
                                reader->nano = value == PCAP_NANO;
                                return open_pcap(reader, reterr_reason);
                        }
                }
        reader->kind = CAPTURE_HEX;
        memcpy(reader->hex.ahead, magic, n);
        reader->hex.n_ahead = n;
        return 1;
}

int capture_reader_next(CaptureReader *reader, CaptureFrame *ret, const char **reterr_reason) {
        int r;

        if (reader->kind == CAPTURE_UNKNOWN) {
                r = open_capture(reader, reterr_reason);
                if (r < 0)
                        return r;
        }
        switch (reader->kind) {
        case CAPTURE_PCAP:
                return next_pcap(reader, ret, reterr_reason);
        case CAPTURE_PCAPNG:
                return next_pcapng(reader, ret, reterr_reason);
        case CAPTURE_HEX: {
                const char *reason = NULL;

                r = capture_hex_next(reader, ret, &reason);
                return r < 0 ? fail(reader, reason, reterr_reason) : r;
        }
        case CAPTURE_UNKNOWN:
        case CAPTURE_DONE:
                break;
        }
        return 0;
}
