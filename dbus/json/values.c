/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of D-Bus (contract: dbus/json/values.h).
 */
#include "dbus/json/values.h"

#include <string.h>

#include "base/macro.h"
#include "base/prng.h"

/* In a digest; no type of D-Bus has these letters. */
#define END     'E' /* of a container */
#define ADDRESS 'A'

/* The digest */

void values_digest(Values *v, const uint8_t *key) {
        v->m = NULL;
        v->r = 0;
        v->key = key;
        v->len = 0;
}

uint64_t values_digest_end(Values *v) {
        return prng_siphash24(v->key, v->chunk, v->len);
}

/* What does not fit into the chunk. */
static _noinline_ void put_long(Values *v, const uint8_t *p, size_t len) {
        while (len > sizeof(v->chunk) - v->len) {
                const size_t n = sizeof(v->chunk) - v->len;
                uint64_t hash;

                memcpy(v->chunk + v->len, p, n);
                p += n;
                len -= n;
                hash = prng_siphash24(v->key, v->chunk, sizeof(v->chunk));
                memcpy(v->chunk, &hash, sizeof(hash));
                v->len = sizeof(hash);
        }
        memcpy(v->chunk + v->len, p, len);
        v->len += len;
}

/* Mostly a few bytes, of a number that the compiler knows. */
static inline void put(Values *v, const void *data, size_t len) {
        if (len > sizeof(v->chunk) - v->len) {
                put_long(v, data, len);
                return;
        }
        if (len > 0)
                memcpy(v->chunk + v->len, data, len);
        v->len += len;
}

static void put_type(Values *v, char type) {
        put(v, &type, sizeof(type));
}

static void put_bytes(Values *v, char type, const void *data, size_t len) {
        const uint32_t n = (uint32_t) len;

        put_type(v, type);
        put(v, &n, sizeof(n));
        put(v, data, len);
}

/* Either */

static void keep(Values *v, int r) {
        if (r < 0)
                v->r = r;
}

void values_begin(Values *v, char type, const char *contents) {
        if (!v->m)
                put_type(v, type);
        else if (v->r >= 0)
                keep(v, sd_bus_message_open_container(v->m, type, contents));
}

void values_end(Values *v) {
        if (!v->m)
                put_type(v, END);
        else if (v->r >= 0)
                keep(v, sd_bus_message_close_container(v->m));
}

void values_begin_record(Values *v) {
        values_begin(v, SD_BUS_TYPE_ARRAY, "{sv}");
}

void values_end_record(Values *v) {
        values_end(v);
}

static void append_text(Values *v, char type, const char *value) {
        if (!v->m)
                put_bytes(v, type, value, strlen(value));
        else if (v->r >= 0)
                keep(v, sd_bus_message_append_basic(v->m, type, value));
}

/* A number of a fixed size. */
static inline void append_number(Values *v, char type, const void *value, size_t size) {
        if (!v->m) {
                put_type(v, type);
                put(v, value, size);
        } else if (v->r >= 0)
                keep(v, sd_bus_message_append_basic(v->m, type, value));
}

void values_string(Values *v, const char *value) {
        append_text(v, SD_BUS_TYPE_STRING, value);
}

void values_path(Values *v, const char *value) {
        append_text(v, SD_BUS_TYPE_OBJECT_PATH, value);
}

/* "192.0.2.1". inet_ntop() does the same by printf(), which costs ten times as much. */
static void format_address(struct in_addr address, char ret[INET_ADDRSTRLEN]) {
        const uint8_t *bytes = (const uint8_t *) &address.s_addr;
        char *p = ret;

        for (unsigned i = 0; i < sizeof(address.s_addr); i++) {
                if (bytes[i] >= 100)
                        *p++ = (char) ('0' + bytes[i] / 100);
                if (bytes[i] >= 10)
                        *p++ = (char) ('0' + bytes[i] / 10 % 10);
                *p++ = (char) ('0' + bytes[i] % 10);
                *p++ = '.';
        }
        p[-1] = '\0';
}

void values_shown_address(Values *v, struct in_addr address) {
        char text[INET_ADDRSTRLEN];

        if (!v->m) {
                append_number(v, ADDRESS, &address.s_addr, sizeof(address.s_addr));
                return;
        }
        format_address(address, text);
        values_string(v, text);
}

void values_address(Values *v, struct in_addr address) {
        if (v->m && address.s_addr == INADDR_ANY)
                values_string(v, "");
        else
                values_shown_address(v, address);
}

void values_bool(Values *v, bool value) {
        const int boolean = value;

        append_number(v, SD_BUS_TYPE_BOOLEAN, &boolean, sizeof(boolean));
}

void values_i32(Values *v, int32_t value) {
        append_number(v, SD_BUS_TYPE_INT32, &value, sizeof(value));
}

void values_u32(Values *v, uint32_t value) {
        append_number(v, SD_BUS_TYPE_UINT32, &value, sizeof(value));
}

void values_u64(Values *v, uint64_t value) {
        append_number(v, SD_BUS_TYPE_UINT64, &value, sizeof(value));
}

void values_bytes(Values *v, const void *data, size_t len) {
        if (!v->m)
                put_bytes(v, SD_BUS_TYPE_BYTE, data, len);
        else if (v->r >= 0)
                keep(v, sd_bus_message_append_array(v->m, SD_BUS_TYPE_BYTE, data, len));
}

/* The keys of records */

void record_begin(Values *v, const char *key, const char *contents) {
        values_begin(v, SD_BUS_TYPE_DICT_ENTRY, "sv");
        values_string(v, key);
        values_begin(v, SD_BUS_TYPE_VARIANT, contents);
}

void record_end(Values *v) {
        values_end(v);
        values_end(v);
}

void record_string(Values *v, const char *key, const char *value) {
        record_begin(v, key, "s");
        values_string(v, value);
        record_end(v);
}

void record_address(Values *v, const char *key, struct in_addr address) {
        record_begin(v, key, "s");
        values_address(v, address);
        record_end(v);
}

void record_shown_address(Values *v, const char *key, struct in_addr address) {
        record_begin(v, key, "s");
        values_shown_address(v, address);
        record_end(v);
}

void record_u32(Values *v, const char *key, uint32_t value) {
        record_begin(v, key, "u");
        values_u32(v, value);
        record_end(v);
}

void record_u64(Values *v, const char *key, uint64_t value) {
        record_begin(v, key, "t");
        values_u64(v, value);
        record_end(v);
}

void record_bool(Values *v, const char *key, bool value) {
        record_begin(v, key, "b");
        values_bool(v, value);
        record_end(v);
}

void record_bytes(Values *v, const char *key, const void *data, size_t len) {
        record_begin(v, key, "ay");
        values_bytes(v, data, len);
        record_end(v);
}
