/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes and reads leases as bytes (contract: plugin/hooks/stored-lease.h). The reader checks everything,
 * because a file may be cut off.
 */
#include "plugin/hooks/stored-lease.h"

#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"

static const uint8_t magic[4] = { 'D', 'H', 'L', '1' };

static void put_u64(ByteWriter *w, uint64_t value) {
        byte_writer_u32(w, (uint32_t) (value >> 32));
        byte_writer_u32(w, (uint32_t) value);
}

static void put_counted(ByteWriter *w, const void *data, size_t len) {
        if (len > UINT16_MAX) {
                w->failed = true;
                return;
        }
        byte_writer_u16(w, (uint16_t) len);
        byte_writer_put(w, data, len);
}

static void put_text(ByteWriter *w, const char *text) {
        put_counted(w, text, text ? strlen(text) : 0);
}

GBytes *hook_lease_store(const HookLease *lease) {
        g_autofree uint8_t *buffer = g_malloc(HOOK_STORED_LEASE_MAX);
        ByteWriter w = byte_writer(buffer, HOOK_STORED_LEASE_MAX);

        if (lease->n_options > HOOK_OPTIONS_MAX)
                return NULL;
        byte_writer_put(&w, magic, sizeof(magic));
        byte_writer_put(&w, &lease->address, sizeof(lease->address));
        byte_writer_put(&w, &lease->next_server, sizeof(lease->next_server));
        byte_writer_put(&w, &lease->relay, sizeof(lease->relay));
        put_u64(&w, lease->expires_usec);
        put_text(&w, lease->boot_file);
        put_text(&w, lease->server_name);
        for (size_t i = 0; i < lease->n_options; i++) {
                byte_writer_u8(&w, lease->options[i].code);
                put_counted(&w, lease->options[i].data, lease->options[i].len);
        }
        return w.failed ? NULL : g_bytes_new(buffer, w.pos);
}

/* Reads a text. If it has a NUL, returns NULL, and @r has failed. */
static char *take_text(ByteReader *r) {
        const size_t len = byte_reader_u16(r);
        const uint8_t *data = byte_reader_take(r, len);

        if (!data || memchr(data, '\0', len)) {
                r->failed = true;
                return NULL;
        }
        return g_strndup((const char *) data, len);
}

static void take_options(ByteReader *r, HookStoredLease *stored) {
        stored->options = g_new0(HookOption, HOOK_OPTIONS_MAX);
        stored->lease.options = stored->options;
        while (!r->failed && byte_reader_left(r) > 0) {
                HookOption *option = &stored->options[stored->lease.n_options];

                if (stored->lease.n_options == HOOK_OPTIONS_MAX) {
                        r->failed = true;
                        return;
                }
                option->code = byte_reader_u8(r);
                option->len = byte_reader_u16(r);
                option->data = byte_reader_take(r, option->len);
                stored->lease.n_options++;
        }
}

HookStoredLease *hook_stored_lease_new(GBytes *bytes) {
        size_t len;
        const uint8_t *data = g_bytes_get_data(bytes, &len);
        ByteReader r = byte_reader(data, len);
        HookStoredLease *stored = g_new0(HookStoredLease, 1);
        uint8_t head[sizeof(magic)];
        uint64_t high;

        stored->bytes = g_bytes_ref(bytes);
        byte_reader_copy(&r, head, sizeof(head));
        byte_reader_copy(&r, &stored->lease.address, sizeof(stored->lease.address));
        byte_reader_copy(&r, &stored->lease.next_server, sizeof(stored->lease.next_server));
        byte_reader_copy(&r, &stored->lease.relay, sizeof(stored->lease.relay));
        high = byte_reader_u32(&r);
        stored->lease.expires_usec = high << 32 | byte_reader_u32(&r);
        stored->lease.boot_file = stored->boot_file = take_text(&r);
        stored->lease.server_name = stored->server_name = take_text(&r);
        take_options(&r, stored);
        if (r.failed || len > HOOK_STORED_LEASE_MAX || memcmp(head, magic, sizeof(magic)) != 0)
                return hook_stored_lease_free(stored);
        return stored;
}

HookStoredLease *hook_stored_lease_free(HookStoredLease *stored) {
        if (!stored)
                return NULL;
        g_bytes_unref(stored->bytes);
        g_free(stored->options);
        g_free(stored->boot_file);
        g_free(stored->server_name);
        g_free(stored);
        return NULL;
}
