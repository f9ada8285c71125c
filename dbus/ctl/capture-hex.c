/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads frames that are written as hexadecimal text (contract: dbus/ctl/capture.h):
 *
 *   00000000: 0101 0600 3903 f326  ....9..&       xxd; tcpdump -x with 0x before it
 *   00000000  01 01 06 00  39 03 f3 26  |....9..&| hexdump -C
 *   0000000 0101 0006 0339 26f3                   hexdump: words in little-endian order
 *   01 01 06 00, 01:01:06:00, 01010600            digits
 *
 * A row "*" means that the row before it is repeated up to the next offset. An empty line or the offset 0
 * begins another frame. A line that begins with "#" is a comment. Lines of digits without an offset continue
 * the frame. The first word of a line is an offset if a colon and a blank follow it, or if it is the number
 * of the frame's bytes that were read before it.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/ctl/capture-internal.h"

typedef struct Row {
        /* @words: the digits are words of two bytes, swapped; @columns: two blanks end the bytes */
        bool has_offset, words, columns;
        uint64_t offset;
        const char *rest;
} Row;

static int next_char(CaptureReader *reader) {
        CaptureHex *hex = &reader->hex;

        return hex->pos_ahead < hex->n_ahead ? hex->ahead[hex->pos_ahead++] : getc(reader->file);
}

/*
 * Reads one line into hex->line, without its line break. Returns 1 on success, 0 at the end of the file, and
 * -EBADMSG if the line is too long or has a NUL.
 */
static int read_line(CaptureReader *reader) {
        CaptureHex *hex = &reader->hex;
        size_t n = 0;
        int c;

        if (hex->line_pending) {
                hex->line_pending = false;
                return 1;
        }
        while ((c = next_char(reader)) != EOF && c != '\n') {
                hex->line[n++] = (char) c;
                if (n == sizeof(hex->line) - 1)
                        return -EBADMSG;
        }
        if (c == EOF && n == 0)
                return 0;
        if (n > 0 && hex->line[n - 1] == '\r')
                n--;
        hex->line[n] = '\0';
        /* The bytes behind a NUL would be ignored. */
        return strlen(hex->line) == n ? 1 : -EBADMSG;
}

static int digit(char c) {
        return c >= '0' && c <= '9'    ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
}

static Row parse_row(const char *line, size_t n_bytes, bool repeat) {
        Row row = { .rest = line };
        const char *p = line;
        uint64_t value = 0;
        size_t n = 0;

        if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
                p += 2;
        for (; digit(*p) >= 0 && n < 16; p++, n++)
                value = value << 4 | (uint64_t) digit(*p);
        if (n >= 4 && *p == ':' && (p[1] == '\0' || isspace((unsigned char) p[1])))
                row = (Row){ .has_offset = true, .columns = true, .offset = value, .rest = p + 1 };
        else if ((n == 7 || n == 8) && (*p == '\0' || *p == ' ') &&
                 (value == 0 ? n_bytes == 0 && *p == ' ' && (n == 7 || p[1] == ' ')
                             : value == n_bytes || (repeat && value > n_bytes) ||
                                  (n == 7 && *p == '\0' && value + 1 == n_bytes)))
                row = (Row){ .has_offset = true, .words = n == 7, .offset = value, .rest = p };
        return row;
}

/* Appends the bytes of a row to @data at *pos. Returns false if the row has something that is no byte. */
static bool parse_bytes(const Row *row, uint8_t *data, size_t size, size_t *pos) {
        const char *p = row->rest;
        bool any = false;

        while (*p) {
                size_t n = 0;

                if (isspace((unsigned char) *p) || *p == ':' || *p == '-' || *p == ',') {
                        if (any && row->columns && p[0] == ' ' && p[1] == ' ')
                                return true;
                        p++;
                        continue;
                }
                if (*p == '|' && row->has_offset)
                        return true;
                if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
                        p += 2;
                while (digit(p[n]) >= 0)
                        n++;
                if (n == 0 || n % 2 != 0 || n / 2 > size - *pos)
                        return false;
                if (row->words && n != 4)
                        return false;
                for (size_t i = 0; i < n; i += 2) {
                        const size_t at = row->words ? 2 - i : i;

                        data[(*pos)++] = (uint8_t) (digit(p[at]) << 4 | digit(p[at + 1]));
                }
                p += n;
                any = true;
        }
        return true;
}

/*
 * Appends the bytes of the row to the frame. Returns 1 on success, 0 if the row begins another frame, and
 * -EBADMSG if the line is not a row.
 */
static int take_row(CaptureReader *reader, const char *line, size_t *len) {
        CaptureHex *hex = &reader->hex;
        const Row row = parse_row(line, *len, hex->repeat);
        const size_t before = *len;

        if (row.has_offset && row.offset == 0 && *len > 0)
                return 0;
        if (hex->repeat) {
                if (!row.has_offset || row.offset < *len || row.offset > CAPTURE_FRAME_MAX ||
                    hex->row_len == 0)
                        return -EBADMSG;
                while (*len < row.offset) {
                        const size_t piece = MIN(hex->row_len, (size_t) row.offset - *len);

                        memcpy(reader->buffer + *len, hex->row, piece);
                        *len += piece;
                }
                hex->repeat = false;
                return parse_bytes(&row, reader->buffer, CAPTURE_FRAME_MAX, len) ? 1 : -EBADMSG;
        }
        /* If the number of bytes is odd, hexdump fills up the last word. Drop the byte that was added. */
        if (row.words && row.offset + 1 == *len)
                *len = (size_t) row.offset;
        if (row.has_offset && row.offset != *len)
                return -EBADMSG;
        if (!parse_bytes(&row, reader->buffer, CAPTURE_FRAME_MAX, len))
                return -EBADMSG;
        hex->row_len = MIN(*len - before, sizeof(hex->row));
        memcpy(hex->row, reader->buffer + before, hex->row_len);
        return 1;
}

int capture_hex_next(CaptureReader *reader, CaptureFrame *ret, const char **reterr_reason) {
        CaptureHex *hex = &reader->hex;
        size_t len = 0;
        int r;

        hex->repeat = false;
        hex->row_len = 0;
        while ((r = read_line(reader)) > 0) {
                const char *line = hex->line;

                while (isspace((unsigned char) *line))
                        line++;
                if (*line == '#')
                        continue;
                if (*line == '\0') {
                        if (len > 0)
                                break;
                        continue;
                }
                if (strcmp(line, "*") == 0) {
                        hex->repeat = true;
                        continue;
                }
                r = take_row(reader, line, &len);
                if (r < 0)
                        break;
                if (r == 0) {
                        hex->line_pending = true;
                        break;
                }
        }
        if (r < 0 || hex->repeat) {
                *reterr_reason = "neither a capture file nor hexadecimal digits";
                return -EBADMSG;
        }
        if (len == 0) {
                reader->kind = CAPTURE_DONE;
                return 0;
        }
        *ret = (CaptureFrame){
                .number = ++reader->n_frames,
                .link_type = CAPTURE_LINK_GUESS,
                .data = reader->buffer,
                .len = len,
                .original_len = len,
        };
        return 1;
}
