/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What capture.c and capture-hex.c share: the reader's state.
 */
#include "dbus/ctl/capture.h"

/* bytes of a line of text; a longer one is an error; held by read_line() */
#define CAPTURE_LINE_MAX 16384u

typedef enum CaptureKind {
        CAPTURE_UNKNOWN, /* nothing was read yet */
        CAPTURE_PCAP,
        CAPTURE_PCAPNG,
        CAPTURE_HEX,
        CAPTURE_DONE, /* the end was reached, or reading failed */
} CaptureKind;

typedef struct CaptureInterface {
        uint16_t link_type;
        uint32_t snap_len;  /* bytes; 0: any */
        uint8_t resolution; /* as in the option if_tsresol */
} CaptureInterface;

typedef struct CaptureHex {
        uint8_t ahead[4]; /* bytes that were read to find out the kind of file */
        size_t n_ahead, pos_ahead;
        char line[CAPTURE_LINE_MAX];
        bool line_pending; /* the line begins the next frame */
        uint8_t row[16];   /* the last row of a dump, which a "*" repeats */
        size_t row_len;
        bool repeat;
} CaptureHex;

struct CaptureReader {
        FILE *file;
        CaptureKind kind;
        uint64_t n_frames;
        bool little; /* byte order of the file */
        bool nano;   /* pcap: fractions are nanoseconds */
        unsigned pcap_link_type;
        bool section_pending;
        CaptureInterface interfaces[CAPTURE_INTERFACES_MAX];
        size_t n_interfaces;
        CaptureHex hex;
        uint8_t buffer[CAPTURE_FRAME_MAX + 64]; /* a frame, or a block with one */
};

/* Does the same as capture_reader_next(), for hexadecimal text. */
int capture_hex_next(CaptureReader *reader, CaptureFrame *ret, const char **reterr_reason);
