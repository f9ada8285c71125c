/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/hooks/files: which files are hooks, in which order, and which are refused and why.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/hooks/files.h"
#include "tests/unit/remove-tree.h"

/* The folders of three packages: lib, run and etc in a folder of this test. */
typedef struct Fixture {
        char *root;
        char *folders[4];
        HookFiles *files;
} Fixture;

static void set_up(Fixture *f, gconstpointer data) {
        static const char *const names[] = { "lib", "run", "etc" };
        g_autofree char *made = NULL;

        (void) umask(022);
        made = g_dir_make_tmp("hook-files-XXXXXX", NULL);
        g_assert_nonnull(made);
        f->root = realpath(made, NULL);
        g_assert_nonnull(f->root);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                f->folders[i] = g_build_filename(f->root, names[i], NULL);
                g_assert_cmpint(g_mkdir(f->folders[i], 0755), ==, 0);
        }
}

static void tear_down(Fixture *f, gconstpointer data) {
        f->files = hook_files_free(f->files);
        remove_tree(f->root);
        for (size_t i = 0; i < 3; i++)
                g_free(f->folders[i]);
        free(f->root);
}

static char *path_of(Fixture *f, const char *name) {
        return g_build_filename(f->root, name, NULL);
}

static void put(Fixture *f, const char *name, mode_t mode) {
        g_autofree char *path = path_of(f, name);

        g_assert_true(g_file_set_contents(path, "#!/bin/sh\n", -1, NULL));
        g_assert_cmpint(g_chmod(path, (int) mode), ==, 0);
}

static void put_link(Fixture *f, const char *name, const char *target) {
        g_autofree char *path = path_of(f, name);

        g_assert_cmpint(symlink(target, path), ==, 0);
}

/* Asserts which hooks there are now, as "NAME=PATH" below the folder of this test. */
static void assert_hooks(Fixture *f, const char *expected) {
        g_autoptr(GString) text = g_string_new(NULL);

        f->files = hook_files_free(f->files);
        f->files = hook_files_new((const char *const *) f->folders, geteuid());
        for (guint i = 0; i < f->files->files->len; i++) {
                const HookFile *file = g_ptr_array_index(f->files->files, i);

                g_assert_true(g_str_has_prefix(file->path, f->root));
                g_string_append_printf(text, "%s%s=%s", i > 0 ? " " : "", file->name,
                                       file->path + strlen(f->root) + 1);
        }
        g_assert_cmpstr(text->str, ==, expected);
}

/* Asserts that this hook is refused for this reason, and no other is. NULL: asserts that none is refused. */
static void assert_refused(Fixture *f, const char *name, const char *why) {
        g_autofree char *expected = name ? g_strdup_printf("%s/%s: %s", f->root, name, why) : NULL;

        g_assert_cmpuint(f->files->refused->len, ==, name ? 1 : 0);
        if (name)
                g_assert_cmpstr(g_ptr_array_index(f->files->refused, 0), ==, expected);
}

static void test_order(Fixture *f, gconstpointer data) {
        assert_hooks(f, "");
        put(f, "etc/20-b", 0755);
        put(f, "lib/10-a", 0755);
        put(f, "run/30_C", 0700);
        put(f, "lib/B", 0555);
        assert_hooks(f, "10-a=lib/10-a 20-b=etc/20-b 30_C=run/30_C B=lib/B");
        assert_refused(f, NULL, NULL);
}

static void test_override(Fixture *f, gconstpointer data) {
        put(f, "lib/a", 0755);
        put(f, "run/a", 0755);
        assert_hooks(f, "a=run/a");
        put(f, "etc/a", 0755);
        assert_hooks(f, "a=etc/a");
        assert_refused(f, NULL, NULL);
        /* Root replaced the hook by a file that does not work: the replaced hook does not come back. */
        put(f, "etc/a", 0644);
        assert_hooks(f, "");
        assert_refused(f, "etc/a", "it is not executable");
}

static void test_mask(Fixture *f, gconstpointer data) {
        put(f, "lib/a", 0755);
        put(f, "lib/b", 0755);
        put_link(f, "etc/a", "/dev/null");
        assert_hooks(f, "b=lib/b");
        assert_refused(f, NULL, NULL);
        /* A symbolic link to a similar name masks nothing. It leads nowhere. */
        put_link(f, "run/b", "/dev/nullx");
        assert_hooks(f, "");
        g_assert_cmpuint(f->files->refused->len, ==, 1);
}

static void test_links(Fixture *f, gconstpointer data) {
        g_autofree char *outside = path_of(f, "outside"), *folder = path_of(f, "folder");

        g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
        put(f, "folder/script", 0755);
        put_link(f, "etc/a", "../folder/script");
        assert_hooks(f, "a=folder/script");
        assert_refused(f, NULL, NULL);
        /* A user who can write to that folder can put another file there. */
        g_assert_cmpint(g_chmod(folder, 0777), ==, 0);
        assert_hooks(f, "");
        assert_refused(f, "etc/a", "others can put another file in its place");
        g_assert_cmpint(g_chmod(folder, 0775), ==, 0);
        assert_hooks(f, "");
        g_assert_cmpint(g_chmod(folder, 0755), ==, 0);
        put(f, "folder/script", 0757);
        assert_hooks(f, "");
        assert_refused(f, "etc/a", "others can write to it");
        put_link(f, "etc/b", outside);
        put(f, "folder/script", 0755);
        assert_hooks(f, "a=folder/script");
        assert_refused(f, "etc/b", "No such file or directory");
}

/*
 * If others can rename a folder above the hook's, the file that is run may not be the one that was
 * checked.
 */
static void test_exchangeable(Fixture *f, gconstpointer data) {
        static const struct {
                mode_t mode;
                bool exchangeable;
        } cases[] = { { 0755, false }, { 0777, true }, { 0775, true }, { 01777, false } };
        g_autofree char *open = path_of(f, "open"), *inner = path_of(f, "open/inner");

        g_assert_cmpint(g_mkdir(open, 0755), ==, 0);
        g_assert_cmpint(g_mkdir(inner, 0755), ==, 0);
        put(f, "open/inner/script", 0755);
        put_link(f, "etc/a", "../open/inner/script");
        put(f, "etc/b", 0755);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                g_assert_cmpint(g_chmod(open, (int) cases[i].mode), ==, 0);
                assert_hooks(f, "a=open/inner/script b=etc/b");
                g_assert_true(((const HookFile *) g_ptr_array_index(f->files->files, 0))->exchangeable ==
                              cases[i].exchangeable);
                g_assert_false(((const HookFile *) g_ptr_array_index(f->files->files, 1))->exchangeable);
        }
}

static void test_modes(Fixture *f, gconstpointer data) {
        static const struct {
                mode_t mode;
                const char *why;
        } modes[] = {
                { 0775, "others can write to it" },
                { 0757, "others can write to it" },
                { 0644, "it is not executable" },
                { 0055, "it is not executable" },
                { 0700, NULL },
                { 0555, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                put(f, "etc/a", modes[i].mode);
                assert_hooks(f, modes[i].why ? "" : "a=etc/a");
                assert_refused(f, modes[i].why ? "etc/a" : NULL, modes[i].why);
        }
}

static void test_names(Fixture *f, gconstpointer data) {
        static const char *const names[] = { "a.sh", "a~", ".hidden", "a b", "a.dpkg-old", "\xc3\xa4" };
        g_autofree char *longest = g_strnfill(HOOK_NAME_MAX, 'n'),
                        *longer = g_strnfill(HOOK_NAME_MAX + 1, 'n'),
                        *good = g_build_filename("etc", longest, NULL),
                        *bad = g_build_filename("etc", longer, NULL),
                        *expected = g_strdup_printf("%s=%s", longest, good);

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                g_autofree char *name = g_build_filename("etc", names[i], NULL), *path = path_of(f, name);

                put(f, name, 0755);
                assert_hooks(f, "");
                assert_refused(f, name, "its name is not of letters, digits, - and _");
                g_assert_cmpint(g_unlink(path), ==, 0);
        }
        put(f, good, 0755);
        put(f, bad, 0755);
        assert_hooks(f, expected);
        assert_refused(f, bad, "its name is not of letters, digits, - and _");
}

static void test_kinds(Fixture *f, gconstpointer data) {
        g_autofree char *folder = path_of(f, "etc/folder"), *fifo = path_of(f, "etc/fifo");

        g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
        assert_hooks(f, "");
        assert_refused(f, "etc/folder", "it is no regular file");
        g_assert_cmpint(g_rmdir(folder), ==, 0);
        g_assert_cmpint(mkfifo(fifo, 0755), ==, 0);
        assert_hooks(f, "");
        assert_refused(f, "etc/fifo", "it is no regular file");
}

/*
 * A folder counts as empty if others can write to it, if it is a symbolic link, or if another user owns
 * it.
 */
static void test_folders(Fixture *f, gconstpointer data) {
        g_autofree char *elsewhere = path_of(f, "elsewhere");
        HookFiles *others;

        put(f, "lib/a", 0755);
        put(f, "etc/a", 0755);
        g_assert_cmpint(g_chmod(f->folders[2], 0777), ==, 0);
        assert_hooks(f, "a=lib/a");
        assert_refused(f, "etc", "others can write to it");
        g_assert_cmpint(g_chmod(f->folders[2], 0755), ==, 0);
        assert_hooks(f, "a=etc/a");
        g_assert_cmpint(g_rename(f->folders[2], elsewhere), ==, 0);
        assert_hooks(f, "a=lib/a");
        assert_refused(f, NULL, NULL);
        put_link(f, "etc", "elsewhere");
        assert_hooks(f, "a=lib/a");
        g_assert_cmpuint(f->files->refused->len, ==, 1);

        others = hook_files_new((const char *const *) f->folders, geteuid() + 1);
        g_assert_cmpuint(others->files->len, ==, 0);
        g_assert_cmpuint(others->refused->len, ==, 3);
        (void) hook_files_free(others);
}

/* Folders that are named after contracts: a hook in them is overridden as if it lay in the folder itself. */
static void test_contracts(Fixture *f, gconstpointer data) {
        static const char *const folders[] = { "lib/dhclient", "etc/udhcpc", "etc/none", "etc/none/json" };
        g_autofree char *dhclient = path_of(f, "lib/dhclient");
        const char *const contracts[] = { "dhclient", "udhcpc", NULL };

        for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
                g_autofree char *path = path_of(f, folders[i]);

                g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
        }
        put(f, "lib/dhclient/a", 0755);
        put(f, "lib/dhclient/b", 0755);
        put(f, "lib/b", 0755);
        put(f, "etc/udhcpc/b", 0755);
        put(f, "etc/none/json/z", 0755); /* a folder in such a folder is no hook, and contains none */
        put(f, "lib/c", 0755);
        assert_hooks(f, "a=lib/dhclient/a b=etc/udhcpc/b c=lib/c");
        for (guint i = 0; i < ARRAY_SIZE(contracts); i++)
                g_assert_cmpstr(((const HookFile *) g_ptr_array_index(f->files->files, i))->contract, ==,
                                contracts[i]);
        assert_refused(f, "etc/none/json", "it is no regular file");
        put_link(f, "etc/udhcpc/a", "/dev/null");
        put(f, "run/b", 0755);
        assert_hooks(f, "b=etc/udhcpc/b c=lib/c");
        put_link(f, "etc/none/b", "/dev/null");
        assert_hooks(f, "c=lib/c");

        g_assert_cmpint(g_chmod(dhclient, 0775), ==, 0);
        f->files = hook_files_free(f->files);
        f->files = hook_files_new((const char *const *) f->folders, geteuid());
        g_assert_cmpuint(f->files->refused->len, ==, 2);
        g_assert_true(g_str_has_suffix(g_ptr_array_index(f->files->refused, 1),
                                       "lib/dhclient: others can write to it"));
}

static void test_many(Fixture *f, gconstpointer data) {
        for (unsigned i = 0; i <= HOOK_FILES_MAX; i++) {
                g_autofree char *name = g_strdup_printf("etc/%03u", i);

                put(f, name, 0755);
        }
        f->files = hook_files_new((const char *const *) f->folders, geteuid());
        g_assert_cmpuint(f->files->files->len, ==, HOOK_FILES_MAX);
        assert_refused(f, "etc/064", "there are more than 64 hooks");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/hook-files/" name, Fixture, NULL, set_up, function, tear_down)
        ADD("order", test_order);
        ADD("override", test_override);
        ADD("mask", test_mask);
        ADD("links", test_links);
        ADD("exchangeable", test_exchangeable);
        ADD("modes", test_modes);
        ADD("names", test_names);
        ADD("kinds", test_kinds);
        ADD("folders", test_folders);
        ADD("contracts", test_contracts);
        ADD("many", test_many);
        return g_test_run();
}
