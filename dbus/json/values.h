/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Values of D-Bus, written into one of two places by the same calls:
 *
 *   values_into()    a message: the values are sent, or read again as JSON
 *   values_digest()  a digest: only a keyed hash of the values is kept. It tells whether a value is the one
 *                    that was told last, and costs a small part of what a message costs.
 *
 * So a property has one function that writes it, whatever the value is for. Two values that differ in a
 * message differ in the digest, too, unless SipHash collides: each item is hashed with its type, texts and
 * bytes with their length, and containers with their end. An address is hashed as its four bytes.
 *
 * Errors: the first failure sticks in Values.r, and later calls do nothing. The caller looks at it once, at
 * the end. A digest cannot fail.
 *
 * A record is a dictionary a{sv} whose keys have one type each. Between values_begin_record() and
 * values_end_record() come record_...() calls only.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* Bytes that are hashed in one go. Most properties are shorter. */
#define VALUES_CHUNK 256u

typedef struct Values {
        sd_bus_message *m; /* NULL: a digest */
        int r;             /* negative errno: what failed first */
        const uint8_t *key;
        size_t len;                  /* bytes of @chunk */
        uint8_t chunk[VALUES_CHUNK]; /* a later one begins with the hash of what came before it */
} Values;

/* Begins to write into @m, which is borrowed. */
static inline void values_into(Values *v, sd_bus_message *m) {
        v->m = m;
        v->r = 0;
}

/* Begins a digest. @key: PRNG_KEY_LEN bytes, borrowed. */
void values_digest(Values *v, const uint8_t *key);
/* Returns the digest of what was written since values_digest(). */
uint64_t values_digest_end(Values *v);

void values_begin(Values *v, char type, const char *contents);
void values_end(Values *v);
void values_begin_record(Values *v);
void values_end_record(Values *v);

/* Text must be UTF-8. */
void values_string(Values *v, const char *value);
void values_path(Values *v, const char *value);
/* An address as text, "" for 0.0.0.0, which stands for none. */
void values_address(Values *v, struct in_addr address);
/* The same, but 0.0.0.0 is a value like any other. */
void values_shown_address(Values *v, struct in_addr address);
void values_bool(Values *v, bool value);
void values_i32(Values *v, int32_t value);
void values_u32(Values *v, uint32_t value);
void values_u64(Values *v, uint64_t value);
void values_bytes(Values *v, const void *data, size_t len);

void record_string(Values *v, const char *key, const char *value);
void record_address(Values *v, const char *key, struct in_addr address);
void record_shown_address(Values *v, const char *key, struct in_addr address);
void record_u32(Values *v, const char *key, uint32_t value);
void record_u64(Values *v, const char *key, uint64_t value);
void record_bool(Values *v, const char *key, bool value);
void record_bytes(Values *v, const char *key, const void *data, size_t len);
/* A value of the signature @contents comes next, then record_end(). */
void record_begin(Values *v, const char *key, const char *contents);
void record_end(Values *v);
