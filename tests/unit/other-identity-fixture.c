/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See other-identity-fixture.h.
 */
#include "tests/unit/other-identity-fixture.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "import/other-identity.h"
#include "tests/unit/remove-tree.h"

const HwAddress fixture_address = { .len = 6, .bytes = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } };
static char *root;

void fixture_set_up(void) {
        root = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        g_assert_nonnull(root);
}

void fixture_tear_down(void) {
        remove_tree(root);
        g_clear_pointer(&root, g_free);
}

const char *fixture_root(void) {
        return root;
}

char *fixture_path(const char *name) {
        return g_build_filename(root, name, NULL);
}

void fixture_put_bytes(const char *name, const void *data, size_t len) {
        g_autofree char *path = fixture_path(name), *parent = g_path_get_dirname(path);
        FILE *file;

        g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
        (void) g_remove(path);
        if (!data)
                return;
        /* g_file_set_contents() calls fsync(), which would take most of the time of such a test. */
        file = fopen(path, "we");
        g_assert_nonnull(file);
        g_assert_cmpuint(fwrite(data, 1, len, file), ==, len);
        g_assert_cmpint(fclose(file), ==, 0);
}

void fixture_put(const char *name, const char *text) {
        fixture_put_bytes(name, text, text ? strlen(text) : 0);
}

void fixture_date(const char *name, long sec) {
        const struct timespec times[2] = { { .tv_sec = sec }, { .tv_sec = sec } };
        g_autofree char *path = fixture_path(name);

        g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
}

void fixture_check(const char *expected) {
        g_autoptr(GString) hex = g_string_new(NULL);
        uint8_t id[255], len = 0;
        const bool found = other_identity_find(root, 3, "eth0", &fixture_address, id, &len);

        for (unsigned i = 0; i < len; i++)
                g_string_append_printf(hex, "%02x", id[i]);
        if (expected)
                g_assert_cmpstr(hex->str, ==, expected);
        g_assert_cmpint(found, ==, expected != NULL);
}
