/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of D-Bus messages (contract: dbus/json/values.h).
 */
#include "dbus/json/values.h"

#include <arpa/inet.h>

static void keep(Values *v, int r) {
        if (r < 0)
                v->r = r;
}

const char *values_address_text(struct in_addr address, char ret[INET_ADDRSTRLEN]) {
        if (address.s_addr == INADDR_ANY)
                return "";
        return inet_ntop(AF_INET, &address, ret, INET_ADDRSTRLEN) ?: "";
}

void values_begin(Values *v, char type, const char *contents) {
        if (v->r >= 0)
                keep(v, sd_bus_message_open_container(v->m, type, contents));
}

void values_end(Values *v) {
        if (v->r >= 0)
                keep(v, sd_bus_message_close_container(v->m));
}

void values_begin_record(Values *v) {
        values_begin(v, 'a', "{sv}");
}

void values_end_record(Values *v) {
        values_end(v);
}

void values_string(Values *v, const char *value) {
        if (v->r >= 0)
                keep(v, sd_bus_message_append_basic(v->m, 's', value));
}

void values_address(Values *v, struct in_addr address) {
        char text[INET_ADDRSTRLEN];

        values_string(v, values_address_text(address, text));
}

void values_u32(Values *v, uint32_t value) {
        if (v->r >= 0)
                keep(v, sd_bus_message_append_basic(v->m, 'u', &value));
}

void values_bytes(Values *v, const void *data, size_t len) {
        if (v->r >= 0)
                keep(v, sd_bus_message_append_array(v->m, 'y', data, len));
}

void record_begin(Values *v, const char *key, const char *contents) {
        values_begin(v, 'e', "sv");
        values_string(v, key);
        values_begin(v, 'v', contents);
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
        char text[INET_ADDRSTRLEN];

        record_string(v, key, values_address_text(address, text));
}

void record_u32(Values *v, const char *key, uint32_t value) {
        record_begin(v, key, "u");
        values_u32(v, value);
        record_end(v);
}

void record_u64(Values *v, const char *key, uint64_t value) {
        record_begin(v, key, "t");
        if (v->r >= 0)
                keep(v, sd_bus_message_append_basic(v->m, 't', &value));
        record_end(v);
}

void record_bool(Values *v, const char *key, bool value) {
        const int boolean = value;

        record_begin(v, key, "b");
        if (v->r >= 0)
                keep(v, sd_bus_message_append_basic(v->m, 'b', &boolean));
        record_end(v);
}

void record_bytes(Values *v, const char *key, const void *data, size_t len) {
        record_begin(v, key, "ay");
        values_bytes(v, data, len);
        record_end(v);
}
