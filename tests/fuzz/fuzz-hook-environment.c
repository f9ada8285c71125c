/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lease as a hook is told of it, from the network and from the file that remembers it. The first byte
 * is the reason. The second and third are the lengths of the fields sname and file, which follow. The
 * rest is options: code, length, data. Whatever they are, each contract gives variables whose names it
 * made itself, and values that can be printed and start no function of a shell; the document is JSON.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "plugin/hooks/environment.h"
#include "plugin/hooks/stored-lease.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json-check.h"

static bool is_word(char c, bool first) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                (!first && c >= '0' && c <= '9');
}

/* Returns the length of the name. */
static size_t check_variable(const char *variable) {
        const char *value = strchr(variable, '=');

        assert(value && value > variable && strlen(variable) < HOOK_STRING_MAX);
        for (const char *c = variable; c < value; c++)
                assert(is_word(*c, c == variable));
        value++;
        assert(strncmp(value, "()", 2) != 0);
        for (const char *c = value; *c; c++)
                assert(*c >= 0x20 && *c <= 0x7e);
        return (size_t) (value - variable);
}

static void check(const HookEvent *event, HookContract contract) {
        _cleanup_(hook_environment_freep) HookEnvironment *environment =
                hook_environment_new(contract, event);

        assert(environment);
        for (char **p = environment->envp; *p; p++) {
                const size_t len = check_variable(*p);

                for (char **other = environment->envp; other < p; other++)
                        assert(strncmp(*p, *other, len) != 0);
                assert(hook_reason_has_new(event->reason) || strncmp(*p, "new_", 4) != 0);
                assert(hook_reason_has_old(event->reason) || strncmp(*p, "old_", 4) != 0);
        }
        for (char **p = environment->omitted; *p; p++)
                for (const char *c = *p; *c; c++)
                        assert(*c >= 0x20 && *c <= 0x7e);
        assert((environment->argument != NULL) == (contract == HOOK_CONTRACT_UDHCPC));
        assert((environment->input != NULL) == (contract == HOOK_CONTRACT_JSON));
        if (environment->input)
                json_check(environment->input, NULL);
}

/* Reads the same bytes as a stored lease. If they are one, it is told, and stored again it is the same. */
static void check_stored(const uint8_t *data, size_t size) {
        g_autoptr(GBytes) bytes = g_bytes_new(data, size), again = NULL;
        _cleanup_(hook_stored_lease_freep) HookStoredLease *stored = hook_stored_lease_new(bytes);
        HookEvent event = { .reason = HOOK_REASON_RENEW, .ifname = "eth0" };

        if (!stored)
                return;
        event.new_lease = event.old_lease = &stored->lease;
        for (HookContract contract = HOOK_CONTRACT_JSON; contract <= HOOK_CONTRACT_NONE; contract++)
                check(&event, contract);
        again = hook_lease_store(&stored->lease);
        assert(again && g_bytes_equal(again, bytes));
}

/* Returns up to @len bytes as a string. */
static char *take_field(ByteReader *r, size_t len) {
        len = MIN(len, byte_reader_left(r));
        return g_strndup((const char *) byte_reader_take(r, len), len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        ByteReader r = byte_reader(data, size);
        HookOption options[HOOK_OPTIONS_MAX];
        const HookReason reason = (HookReason) (byte_reader_u8(&r) % HOOK_REASONS);
        const size_t sname_len = byte_reader_u8(&r), file_len = byte_reader_u8(&r);
        HookLease lease = { .options = options, .expires_usec = USEC_INFINITY };
        HookEvent event = { .reason = reason, .ifname = "eth0", .new_lease = &lease, .old_lease = &lease };
        char *sname, *file;

        check_stored(data, size);
        if (r.failed)
                return 0;
        lease.server_name = sname = take_field(&r, sname_len);
        lease.boot_file = file = take_field(&r, file_len);
        while (byte_reader_left(&r) >= 2 && lease.n_options < ARRAY_SIZE(options)) {
                HookOption *option = &options[lease.n_options];

                option->code = byte_reader_u8(&r);
                option->len = MIN((size_t) byte_reader_u8(&r), byte_reader_left(&r));
                option->data = byte_reader_take(&r, option->len);
                lease.n_options++;
        }
        for (HookContract contract = HOOK_CONTRACT_JSON; contract <= HOOK_CONTRACT_NONE; contract++)
                check(&event, contract);
        g_free(sname);
        g_free(file);
        return 0;
}
