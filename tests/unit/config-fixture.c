/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Temporary configuration directories (config-fixture.h). fixture_tear_down() removes them. */
#include "tests/unit/config-fixture.h"
#include "tests/unit/remove-tree.h"

#include <dirent.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void fixture_set_up(Fixture *f, gconstpointer data) {
        static const char *const names[] = { "lib", "run", "etc" };

        f->root = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        g_assert_nonnull(f->root);
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                f->dirs[i] = g_build_filename(f->root, names[i], NULL);
        f->problems = g_ptr_array_new_with_free_func(g_free);
}

void fixture_tear_down(Fixture *f, gconstpointer data) {
        config_unref(f->config);
        g_ptr_array_unref(f->problems);
        remove_tree(f->root);
        for (size_t i = 0; i < G_N_ELEMENTS(f->dirs); i++)
                g_free(f->dirs[i]);
        g_free(f->root);
}

char *fixture_path(Fixture *f, const char *name) {
        char *path = g_build_filename(f->root, name, NULL);
        g_autofree char *parent = g_path_get_dirname(path);

        g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
        return path;
}

void fixture_put_bytes(Fixture *f, const char *name, const void *data, size_t len) {
        g_autofree char *path = fixture_path(f, name);
        FILE *file;

        /* g_file_set_contents() calls fsync(), which would take most of the time of such a test. */
        file = fopen(path, "w");
        g_assert_nonnull(file);
        g_assert_cmpuint(fwrite(data, 1, len, file), ==, len);
        g_assert_cmpint(fclose(file), ==, 0);
}

void fixture_put(Fixture *f, const char *name, const char *text) {
        fixture_put_bytes(f, name, text, strlen(text));
}

static void on_problem(void *userdata, const char *file, unsigned line, const char *group, const char *key,
                       const char *what) {
        Fixture *f = userdata;

        g_assert_nonnull(file);
        g_assert_true(g_str_has_prefix(file, f->root));
        g_assert_nonnull(what);
        g_ptr_array_add(f->problems,
                        g_strdup_printf("%s:%u [%s] %s: %s", file + strlen(f->root) + 1, line, group ?: "",
                                        key ?: "", what));
}

void fixture_load(Fixture *f) {
        f->config = config_unref(f->config);
        g_ptr_array_set_size(f->problems, 0);
        g_assert_cmpint(
                config_load((const char *const *) f->dirs, f->runtime_dir, on_problem, f, &f->config), ==,
                0);
}

void fixture_load_text(Fixture *f, const char *text) {
        fixture_put(f, "etc/dhcpd-link.conf", text);
        fixture_load(f);
}

void fixture_check_problem(Fixture *f, const char *part) {
        if (!part) {
                for (guint i = 0; i < f->problems->len; i++)
                        g_test_message("%s", (const char *) g_ptr_array_index(f->problems, i));
                g_assert_cmpuint(f->problems->len, ==, 0);
                return;
        }
        g_assert_cmpuint(f->problems->len, ==, 1);
        if (!strstr(g_ptr_array_index(f->problems, 0), part))
                g_assert_cmpstr(g_ptr_array_index(f->problems, 0), ==, part);
}

const ConfigLink *fixture_find(Fixture *f, const char *ifname) {
        static const HwAddress address = { .len = 6, .bytes = { 0x02, 0, 0, 0, 0, 0x01 } };

        return config_find_link(f->config, &(LinkNames){ .ifname = ifname }, &address);
}
