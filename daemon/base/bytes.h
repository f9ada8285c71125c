/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A bounded reader and a bounded writer over bytes that somebody else owns, with an error that sticks.
 *
 * All pointer arithmetic on packets is here. Reading beyond the end gives zeros and sets the error. Writing
 * beyond the end writes nothing and sets the error. So a caller does all its steps in a row and checks
 * @failed once, at the end.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ByteReader {
        const uint8_t *data;
        size_t len, pos; /* bytes; pos <= len */
        bool failed;
} ByteReader;

static inline ByteReader byte_reader(const uint8_t *data, size_t len) {
        return (ByteReader){ .data = data, .len = len };
}

static inline size_t byte_reader_left(const ByteReader *r) {
        return r->len - r->pos;
}

/* Goes to @pos bytes from the start. */
static inline void byte_reader_seek(ByteReader *r, size_t pos) {
        if (r->failed || pos > r->len)
                r->failed = true;
        else
                r->pos = pos;
}

/*
 * Returns the next @n bytes and goes behind them. Returns NULL and sets the error if fewer than @n bytes
 * are left.
 */
static inline const uint8_t *byte_reader_take(ByteReader *r, size_t n) {
        const uint8_t *p;

        if (r->failed || n > byte_reader_left(r)) {
                r->failed = true;
                return NULL;
        }
        p = r->data + r->pos;
        r->pos += n;
        return p;
}

static inline void byte_reader_copy(ByteReader *r, void *ret, size_t n) {
        const uint8_t *p = byte_reader_take(r, n);

        if (p)
                memcpy(ret, p, n);
        else
                memset(ret, 0, n);
}

static inline uint8_t byte_reader_u8(ByteReader *r) {
        const uint8_t *p = byte_reader_take(r, 1);

        return p ? p[0] : 0;
}

static inline uint16_t byte_reader_u16(ByteReader *r) {
        const uint8_t *p = byte_reader_take(r, 2);

        return p ? (uint16_t) (p[0] << 8 | p[1]) : 0;
}

static inline uint32_t byte_reader_u32(ByteReader *r) {
        const uint8_t *p = byte_reader_take(r, 4);

        return p ? (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3] : 0;
}

typedef struct ByteWriter {
        uint8_t *data;
        size_t size, pos; /* bytes; pos <= size */
        bool failed;
} ByteWriter;

static inline ByteWriter byte_writer(uint8_t *data, size_t size) {
        return (ByteWriter){ .data = data, .size = size };
}

/* Writes all @n bytes or nothing. */
static inline void byte_writer_put(ByteWriter *w, const void *data, size_t n) {
        if (w->failed || n > w->size - w->pos) {
                w->failed = true;
                return;
        }
        if (n > 0)
                memcpy(w->data + w->pos, data, n);
        w->pos += n;
}

static inline void byte_writer_zero(ByteWriter *w, size_t n) {
        if (w->failed || n > w->size - w->pos) {
                w->failed = true;
                return;
        }
        memset(w->data + w->pos, 0, n);
        w->pos += n;
}

static inline void byte_writer_u8(ByteWriter *w, uint8_t value) {
        byte_writer_put(w, &value, 1);
}

static inline void byte_writer_u16(ByteWriter *w, uint16_t value) {
        byte_writer_put(w, (const uint8_t[]){ (uint8_t) (value >> 8), (uint8_t) value }, 2);
}

static inline void byte_writer_u32(ByteWriter *w, uint32_t value) {
        byte_writer_put(w,
                        (const uint8_t[]){ (uint8_t) (value >> 24), (uint8_t) (value >> 16),
                                           (uint8_t) (value >> 8), (uint8_t) value },
                        4);
}
