/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/hooks/told: what a hook was told is there for the next process. A file that is damaged, or that
 * is not ours, does not count.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/hooks/stored-lease.h"
#include "plugin/hooks/told.h"

typedef struct Fixture {
        char *root, *folder;
        HookTold *told;
} Fixture;

static void set_up(Fixture *f, gconstpointer data) {
        f->root = g_dir_make_tmp("hook-told-XXXXXX", NULL);
        g_assert_nonnull(f->root);
        f->folder = g_build_filename(f->root, "told", NULL);
        g_assert_cmpint(hook_told_new(f->folder, &f->told), ==, 0);
}

static void tear_down(Fixture *f, gconstpointer data) {
        GDir *dir = g_dir_open(f->folder, 0, NULL);
        const char *name;

        f->told = hook_told_free(f->told);
        while (dir && (name = g_dir_read_name(dir))) {
                g_autofree char *path = g_build_filename(f->folder, name, NULL);

                (void) g_unlink(path);
        }
        if (dir)
                g_dir_close(dir);
        (void) g_rmdir(f->folder);
        (void) g_rmdir(f->root);
        g_free(f->folder);
        g_free(f->root);
}

/* Reads the folder again, as the next process does. */
static void again(Fixture *f) {
        f->told = hook_told_free(f->told);
        g_assert_cmpint(hook_told_new(f->folder, &f->told), ==, 0);
}

static GBytes *lease_new(uint64_t serial) {
        const HookLease lease = { .address.s_addr = 1, .expires_usec = serial };

        return hook_lease_store(&lease);
}

static void set(Fixture *f, int ifindex, const char *hook, uint64_t serial) {
        g_autoptr(GBytes) lease = lease_new(serial);

        g_assert_cmpint(hook_told_set(f->told, ifindex, hook, lease), ==, 0);
}

/* Asserts which lease is known to have been told. 0: no lease. */
static void assert_told(Fixture *f, int ifindex, const char *hook, uint64_t serial) {
        g_autoptr(GBytes) lease = hook_told_get(f->told, ifindex, hook), expected = NULL;

        g_assert_true((lease != NULL) == (serial != 0));
        if (!lease)
                return;
        expected = lease_new(serial);
        g_assert_true(g_bytes_equal(lease, expected));
}

static void assert_links(Fixture *f, const char *expected) {
        g_autoptr(GArray) links = hook_told_links(f->told);
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < links->len; i++)
                g_string_append_printf(text, "%s%d", i > 0 ? " " : "", g_array_index(links, int, i));
        g_assert_cmpstr(text->str, ==, expected);
}

static void test_set(Fixture *f, gconstpointer data) {
        assert_told(f, 2, "a", 0);
        assert_links(f, "");
        set(f, 2, "a", 1);
        set(f, 2, "b", 2);
        set(f, 20, "a", 3);
        set(f, 3, "a", 4);
        again(f);
        assert_told(f, 2, "a", 1);
        assert_told(f, 2, "b", 2);
        assert_told(f, 20, "a", 3);
        assert_links(f, "2 3 20");
        set(f, 2, "a", 5);
        assert_told(f, 2, "a", 5);
        assert_told(f, 2, "b", 2);
        g_assert_cmpint(hook_told_set(f->told, 2, "a", NULL), ==, 0);
        g_assert_cmpint(hook_told_set(f->told, 2, "a", NULL), ==, 0);
        assert_told(f, 2, "a", 0);
        assert_links(f, "2 3 20");
        g_assert_cmpint(hook_told_set(f->told, 2, "b", NULL), ==, 0);
        again(f);
        assert_links(f, "3 20");
}

/* A file that is cut off, empty or too long, a folder and a link do not count, and are replaced. */
static void test_damaged(Fixture *f, gconstpointer data) {
        g_autofree char *path = g_build_filename(f->folder, "2.a", NULL),
                        *other = g_build_filename(f->folder, "2.b", NULL),
                        *big = g_strnfill(HOOK_STORED_LEASE_MAX + 1, 'x');
        g_autoptr(GBytes) lease = lease_new(1);
        size_t len;
        const char *bytes = g_bytes_get_data(lease, &len);

        g_assert_true(g_file_set_contents(path, bytes, (gssize) len - 1, NULL));
        assert_told(f, 2, "a", 0);
        g_assert_true(g_file_set_contents(path, "", 0, NULL));
        assert_told(f, 2, "a", 0);
        g_assert_true(g_file_set_contents(path, big, -1, NULL));
        assert_told(f, 2, "a", 0);
        set(f, 2, "a", 1);
        assert_told(f, 2, "a", 1);
        g_assert_cmpint(symlink("2.a", other), ==, 0);
        assert_told(f, 2, "b", 0);
        set(f, 2, "b", 2);
        assert_told(f, 2, "b", 2);
        assert_told(f, 2, "a", 1);
        g_assert_cmpint(g_unlink(other), ==, 0);
        g_assert_cmpint(g_mkdir(other, 0700), ==, 0);
        assert_told(f, 2, "b", 0);
        g_assert_cmpint(hook_told_set(f->told, 2, "b", lease), <, 0);
        g_assert_cmpint(g_rmdir(other), ==, 0);
}

/* Files that a process left when it ended in the middle, and files that belong to no hook. */
static void test_left_over(Fixture *f, gconstpointer data) {
        static const char *const names[] = { "new",           "x.a", "-1.a", "0.a",
                                             "99999999999.a", "7",   "+7.a", " 7.a" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                g_autofree char *path = g_build_filename(f->folder, names[i], NULL);

                g_assert_true(g_file_set_contents(path, "x", 1, NULL));
        }
        assert_links(f, "");
        set(f, 2, "a", 1);
        assert_told(f, 2, "a", 1);
        assert_links(f, "2");
}

static void test_folder(Fixture *f, gconstpointer data) {
        g_autofree char *nowhere = g_build_filename(f->root, "no", "where", NULL),
                        *link = g_build_filename(f->root, "link", NULL);
        HookTold *told = NULL;

        g_assert_cmpint(hook_told_new(nowhere, &told), ==, -ENOENT);
        g_assert_cmpint(symlink("told", link), ==, 0);
        g_assert_cmpint(hook_told_new(link, &told), <, 0);
        (void) g_unlink(link);
        g_assert_cmpint(g_chmod(f->folder, 0777), ==, 0);
        g_assert_cmpint(hook_told_new(f->folder, &told), ==, -EPERM);
        g_assert_null(told);
        g_assert_cmpint(g_chmod(f->folder, 0700), ==, 0);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/hook-told/" name, Fixture, NULL, set_up, function, tear_down)
        ADD("set", test_set);
        ADD("damaged", test_damaged);
        ADD("left-over", test_left_over);
        ADD("folder", test_folder);
        return g_test_run();
}
