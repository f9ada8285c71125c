/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes values into a D-Bus message, with less to check than by sd-bus alone: the first failure sticks, later
 * calls do nothing, and it is looked at once, at the end. Owns nothing.
 *
 * A record is a dictionary a{sv} whose keys have one type each. Between values_begin_record() and
 * values_end_record() come record_...() calls only.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

typedef struct Values {
        sd_bus_message *m;
        int r; /* negative errno: what failed first */
} Values;

static inline Values values_into(sd_bus_message *m) {
        return (Values){ .m = m };
}

/* "" for 0.0.0.0. Returns @ret, or a text that lasts. */
const char *values_address_text(struct in_addr address, char ret[INET_ADDRSTRLEN]);

void values_begin(Values *v, char type, const char *contents);
void values_end(Values *v);
void values_begin_record(Values *v);
void values_end_record(Values *v);

/* Text must be UTF-8. */
void values_string(Values *v, const char *value);
void values_address(Values *v, struct in_addr address);
void values_u32(Values *v, uint32_t value);
void values_bytes(Values *v, const void *data, size_t len);

void record_string(Values *v, const char *key, const char *value);
void record_address(Values *v, const char *key, struct in_addr address);
void record_u32(Values *v, const char *key, uint32_t value);
void record_u64(Values *v, const char *key, uint64_t value);
void record_bool(Values *v, const char *key, bool value);
void record_bytes(Values *v, const char *key, const void *data, size_t len);
/* A value of the signature @contents comes next, then record_end(). */
void record_begin(Values *v, const char *key, const char *contents);
void record_end(Values *v);
