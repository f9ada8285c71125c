/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/hooks/lease-reader: properties as the daemon sends them become a lease. A message that breaks
 * the contract does not.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "dbus/json/json-message.h"
#include "plugin/hooks/lease-reader.h"
#include "plugin/hooks/stored-lease.h"

/* Reads what @append appended. @append gets a message with an open a{sv}. */
static int read_lease(int (*append)(sd_bus_message *m, const void *data), const void *data, GBytes **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        g_assert_cmpint(scratch_message_new(&m), >=, 0);
        g_assert_cmpint(sd_bus_message_open_container(m, 'a', "{sv}"), >=, 0);
        g_assert_cmpint(append(m, data), >=, 0);
        g_assert_cmpint(sd_bus_message_close_container(m), >=, 0);
        g_assert_cmpint(scratch_message_seal(m), >=, 0);
        return hook_lease_read(m, ret, NULL);
}

static int append_whole(sd_bus_message *m, const void *data) {
        int r = 0;

        r |= sd_bus_message_append(m, "{sv}", "State", "s", "BOUND");
        r |= sd_bus_message_append(m, "{sv}", "Address", "s", "192.0.2.7");
        r |= sd_bus_message_append(m, "{sv}", "Routers", "as", 1, "192.0.2.1");
        r |= sd_bus_message_append(m, "{sv}", "NextServer", "s", "192.0.2.9");
        r |= sd_bus_message_append(m, "{sv}", "Relay", "s", "192.0.2.8");
        r |= sd_bus_message_append(m, "{sv}", "ServerName", "s", "server");
        r |= sd_bus_message_append(m, "{sv}", "BootFile", "s", "boot");
        r |= sd_bus_message_append(m, "{sv}", "ExpiresAtUSec", "t", UINT64_C(1795903381000000));
        r |= sd_bus_message_append(m, "{sv}", "Options", "a(uay)", 2, 1u, 4, 255, 255, 255, 0, 224u, 0);
        r |= sd_bus_message_append(m, "{sv}", "NewInTwoYears", "a{sv}", 0);
        return r;
}

static void test_whole(void) {
        _cleanup_(hook_stored_lease_freep) HookStoredLease *stored = NULL;
        g_autoptr(GBytes) bytes = NULL;
        const HookLease *lease;

        g_assert_cmpint(read_lease(append_whole, NULL, &bytes), ==, 0);
        g_assert_nonnull(bytes);
        stored = hook_stored_lease_new(bytes);
        g_assert_nonnull(stored);
        lease = &stored->lease;
        g_assert_cmpuint(ntohl(lease->address.s_addr), ==, 0xc0000207);
        g_assert_cmpuint(ntohl(lease->next_server.s_addr), ==, 0xc0000209);
        g_assert_cmpuint(ntohl(lease->relay.s_addr), ==, 0xc0000208);
        g_assert_cmpstr(lease->server_name, ==, "server");
        g_assert_cmpstr(lease->boot_file, ==, "boot");
        g_assert_cmpuint(lease->expires_usec, ==, UINT64_C(1795903381000000));
        g_assert_cmpuint(lease->n_options, ==, 2);
        g_assert_cmpuint(lease->options[0].code, ==, 1);
        g_assert_cmpmem(lease->options[0].data, lease->options[0].len, "\xff\xff\xff\0", 4);
        g_assert_cmpuint(lease->options[1].code, ==, 224);
        g_assert_cmpuint(lease->options[1].len, ==, 0);
}

static int append_no_lease(sd_bus_message *m, const void *data) {
        return sd_bus_message_append(m, "{sv}", "Address", "s", "");
}

static int append_nothing(sd_bus_message *m, const void *data) {
        return 0;
}

static void test_no_lease(void) {
        GBytes *bytes = GINT_TO_POINTER(1);

        g_assert_cmpint(read_lease(append_no_lease, NULL, &bytes), ==, 0);
        g_assert_null(bytes);
        bytes = GINT_TO_POINTER(1);
        g_assert_cmpint(read_lease(append_nothing, NULL, &bytes), ==, 0);
        g_assert_null(bytes);
}

static int append_text(sd_bus_message *m, const void *data) {
        const char *const *pair = data;

        return sd_bus_message_append(m, "{sv}", pair[0], "s", pair[1]);
}

static int append_code(sd_bus_message *m, const void *data) {
        return sd_bus_message_append(m, "{sv}", "Options", "a(uay)", 1, *(const uint32_t *) data, 1, 0);
}

static int append_many(sd_bus_message *m, const void *data) {
        int r = 0;

        r |= sd_bus_message_open_container(m, 'e', "sv");
        r |= sd_bus_message_append_basic(m, 's', "Options");
        r |= sd_bus_message_open_container(m, 'v', "a(uay)");
        r |= sd_bus_message_open_container(m, 'a', "(uay)");
        for (unsigned i = 0; i < *(const unsigned *) data; i++)
                r |= sd_bus_message_append(m, "(uay)", 1 + i % 254, 0);
        r |= sd_bus_message_close_container(m);
        r |= sd_bus_message_close_container(m);
        r |= sd_bus_message_close_container(m);
        r |= sd_bus_message_append(m, "{sv}", "Address", "s", "192.0.2.7");
        return r;
}

static int append_large(sd_bus_message *m, const void *data) {
        g_autofree char *text = g_strnfill(HOOK_STORED_LEASE_MAX, 'x');
        const char *const pair[] = { "BootFile", text }, *const address[] = { "Address", "192.0.2.7" };

        return append_text(m, pair) | append_text(m, address);
}

static void test_wrong(void) {
        static const char *const texts[][2] = { { "Address", "192.0.2" },
                                                { "NextServer", "nobody" },
                                                { "Relay", "::1" },
                                                { "ExpiresAtUSec", "today" },
                                                { "Options", "" } };
        static const uint32_t codes[] = { 0, 255, 256, UINT32_MAX };
        GBytes *const untouched = GINT_TO_POINTER(1);
        GBytes *bytes = untouched;
        unsigned n = HOOK_OPTIONS_MAX + 1;

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                g_assert_cmpint(read_lease(append_text, texts[i], &bytes), <, 0);
        for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
                g_assert_cmpint(read_lease(append_code, &codes[i], &bytes), ==, -EBADMSG);
        g_assert_cmpint(read_lease(append_many, &n, &bytes), ==, -E2BIG);
        g_assert_cmpint(read_lease(append_large, NULL, &bytes), ==, -E2BIG);
        g_assert_true(bytes == untouched);
        n--;
        g_assert_cmpint(read_lease(append_many, &n, &bytes), ==, 0);
        g_assert_nonnull(bytes);
        g_bytes_unref(bytes);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/hook-lease-reader/whole", test_whole);
        g_test_add_func("/hook-lease-reader/no-lease", test_no_lease);
        g_test_add_func("/hook-lease-reader/wrong", test_wrong);
        return g_test_run();
}
