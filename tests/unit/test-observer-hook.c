/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/observer-hook.c: which files in which folders are a hook that passes DNS servers on.
 */
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/observer-hook.h"
#include "tests/unit/config-fixture.h"

static bool takes(const Fixture *f) {
        g_autofree char *lib = g_build_filename(f->dirs[0], "hooks.d", NULL),
                        *etc = g_build_filename(f->dirs[2], "hooks.d", NULL);

        return observer_hook_takes_dns(f->config, (const char *const[]){ lib, etc, NULL });
}

static void put(Fixture *f, const char *name, mode_t mode) {
        g_autofree char *path = fixture_path(f, name);

        fixture_put(f, name, "#!/bin/sh\n");
        g_assert_cmpint(chmod(path, mode), ==, 0);
}

static void test_files(Fixture *f, gconstpointer data) {
        g_autofree char *mask = fixture_path(f, "etc/hooks.d/a");

        fixture_load_text(f, "[Hook a]\nPassesDNS=yes\n[Hook b]\n[Hook off]\nPassesDNS=yes\nEnable=no\n");
        g_assert_false(takes(f)); /* no folder */
        put(f, "lib/hooks.d/b", 0755);
        put(f, "lib/hooks.d/off", 0755);
        put(f, "lib/hooks.d/nobody-said-so", 0755);
        g_assert_false(takes(f));
        put(f, "lib/hooks.d/a", 0644);
        g_assert_false(takes(f));
        put(f, "lib/hooks.d/a", 0755);
        g_assert_true(takes(f));
        /* The file in a later folder counts, whatever is in the earlier ones. */
        g_assert_cmpint(symlink("/dev/null", mask), ==, 0);
        g_assert_false(takes(f));
        g_assert_cmpint(unlink(mask), ==, 0);
        g_assert_cmpint(symlink("/nowhere", mask), ==, 0);
        g_assert_false(takes(f));
        g_assert_cmpint(unlink(mask), ==, 0);
        g_assert_cmpint(mkdir(mask, 0755), ==, 0);
        g_assert_false(takes(f));
        g_assert_cmpint(rmdir(mask), ==, 0);
        g_assert_true(takes(f));
}

static void test_contract(Fixture *f, gconstpointer data) {
        fixture_load_text(f, "[Hook a]\nPassesDNS=yes\n");
        put(f, "etc/hooks.d/dhclient/b", 0755);
        g_assert_false(takes(f));
        put(f, "etc/hooks.d/udhcpc/a", 0755);
        g_assert_true(takes(f));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        fixture_add("/observer-hook/files", test_files);
        fixture_add("/observer-hook/contract", test_contract);
        return g_test_run();
}
