/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/plugin-marker.c: what a process that ends in a call leaves behind, and what is done with files
 * in the runtime folder that no daemon wrote.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/plugin-marker.h"

#define LINE "resolved 66 4711 123456 1700000000000000001 lease g"

static char *dir, *marker_path, *list_path;

static const PluginDeath death = {
        .name = "resolved",
        .file = { .device = 66, .inode = 4711, .size = 123456, .mtime_nsec = UINT64_C(1700000000000000001) },
        .call = PLUGIN_CALL_LEASE,
};

static void bench_init(void) {
        dir = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        g_assert_nonnull(dir);
        marker_path = g_build_filename(dir, "plugin-call", NULL);
        list_path = g_build_filename(dir, "plugins-died", NULL);
}

static void bench_clear(void) {
        char *command[] = { (char *) "rm", (char *) "-rf", dir, NULL };

        g_assert_true(
                g_spawn_sync(NULL, command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
        g_clear_pointer(&dir, g_free);
        g_clear_pointer(&marker_path, g_free);
        g_clear_pointer(&list_path, g_free);
}

static PluginMarker *must_open(void) {
        PluginMarker *marker = NULL;

        g_assert_cmpint(plugin_marker_open(dir, &marker), ==, 0);
        g_assert_nonnull(marker);
        return marker;
}

static void write_text(const char *path, const char *text) {
        g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
}

static char *read_text(const char *path) {
        char *text;

        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        return text;
}

/* Opens and closes the marker. Returns true if @death is known then. */
static bool is_known(void) {
        PluginMarker *marker = must_open();
        const bool found = plugin_marker_find(marker, death.name, &death.file);

        (void) plugin_marker_free(marker);
        return found;
}

static void test_lines(void) {
        static const char *const wrong[] = {
                "",
                "resolved",
                " " LINE,
                LINE " ",
                LINE " more",
                "resolved  66 4711 123456 1 lease g",
                "Resolved 66 4711 123456 1 lease g",
                "../x 66 4711 123456 1 lease g",
                "a23456789-123456789-123456789-123 66 4711 123456 1 lease g", /* 33 bytes */
                "resolved -66 4711 123456 1 lease g",
                "resolved 66 0x12 123456 1 lease g",
                "resolved 66 4711 18446744073709551616 1 lease g",
                "resolved 66 4711 123456 1 LEASE g",
                "resolved 66 4711 123456 1 lease q",
                "resolved 66 4711 123456 1 lease",
                "resolved 66 4711 123456 1 lease gg",
                "resolved 66 4711 123456 lease g",
                "resolved 66 4711 123456 1 lease g\n",
        };
        static const char with_nul[] = "resolved 66 4711 123456 1 lease g\0";
        char line[PLUGIN_DEATH_LINE_MAX], long_line[2 * PLUGIN_DEATH_LINE_MAX];
        PluginDeath read;
        size_t len;

        len = plugin_death_format(&death, line);
        g_assert_cmpstr(line, ==, LINE "\n");
        g_assert_cmpuint(len, ==, strlen(line));
        g_assert_true(plugin_death_parse(LINE, strlen(LINE), &read));
        g_assert_cmpmem(&read, sizeof(read), &death, sizeof(death));

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                g_assert_false(plugin_death_parse(wrong[i], strlen(wrong[i]), &read));
        g_assert_false(plugin_death_parse(with_nul, sizeof(with_nul) - 1, &read));
        memset(long_line, 'a', sizeof(long_line));
        for (len = 0; len < sizeof(long_line); len++)
                g_assert_false(plugin_death_parse(long_line, len, &read));

        /* The longest line. */
        read = (PluginDeath){ .file = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX },
                              .call = PLUGIN_CALL_RELOAD,
                              .fault = PLUGIN_FAULT_DESCRIPTORS };
        memset(read.name, 'x', PLUGIN_NAME_MAX);
        len = plugin_death_format(&read, line);
        g_assert_cmpuint(len, <, PLUGIN_DEATH_LINE_MAX);
        g_assert_true(plugin_death_parse(line, len - 1, &(PluginDeath){}));

        for (unsigned call = 0; call < _PLUGIN_CALL_MAX; call++)
                for (unsigned fault = 0; fault < _PLUGIN_FAULT_MAX; fault++) {
                        PluginDeath each = death;

                        each.call = (PluginCall) call;
                        each.fault = (PluginFault) fault;
                        len = plugin_death_format(&each, line);
                        g_assert_true(plugin_death_parse(line, len - 1, &read));
                        g_assert_cmpmem(&read, sizeof(read), &each, sizeof(each));
                }
}

/*
 * Ends a process by SIGKILL after plugin_marker_set(), and after plugin_marker_clear() if @clear. @fault
 * is set in between, which does nothing to a marker that is cleared.
 */
static void die_in(const PluginDeath *in, bool clear, PluginFault fault) {
        const pid_t pid = fork();
        int status;

        if (pid == 0) {
                PluginMarker *marker = must_open();
                PluginDeath before = death;

                /* What an earlier, longer call left in the file does not count. */
                memset(before.name, 'y', PLUGIN_NAME_MAX);
                plugin_marker_set(marker, &before);
                plugin_marker_clear(marker);
                plugin_marker_set(marker, in);
                if (clear)
                        plugin_marker_clear(marker);
                plugin_marker_set_fault(marker, fault);
                (void) raise(SIGKILL);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void die(const PluginDeath *in, bool clear) {
        die_in(in, clear, in->fault);
}

static void die_by(const PluginDeath *in, PluginFault fault) {
        die_in(in, /* clear= */ false, fault);
}

static void test_death(void) {
        PluginMarker *marker;
        PluginFile file;
        char *text;

        bench_init();
        marker = must_open();
        g_assert_null(plugin_marker_last(marker));
        g_assert_null(plugin_marker_find(marker, death.name, &death.file));
        marker = plugin_marker_free(marker);
        die(&death, /* clear= */ true);
        g_assert_false(is_known());

        die(&death, /* clear= */ false);
        marker = must_open();
        g_assert_nonnull(plugin_marker_last(marker));
        g_assert_cmpmem(plugin_marker_last(marker), sizeof(death), &death, sizeof(death));
        g_assert_true(plugin_marker_find(marker, death.name, &death.file) == plugin_marker_last(marker));
        g_assert_null(plugin_marker_find(marker, "resolve", &death.file));
        /* Another file is another plugin, whichever part of its identity differs. */
        for (unsigned i = 0; i < 4; i++) {
                file = death.file;
                *(uint64_t *[]){ &file.device, &file.inode, &file.size, &file.mtime_nsec }[i] += 1;
                g_assert_null(plugin_marker_find(marker, death.name, &file));
        }
        marker = plugin_marker_free(marker);
        text = read_text(list_path);
        g_assert_cmpstr(text, ==, LINE "\n");
        g_free(text);

        /* The death is news once, and is known as long as the folder is there. */
        for (unsigned i = 0; i < 2; i++) {
                marker = must_open();
                g_assert_null(plugin_marker_last(marker));
                g_assert_nonnull(plugin_marker_find(marker, death.name, &death.file));
                marker = plugin_marker_free(marker);
        }

        /* What is known about the end can be noted at the last moment. */
        for (unsigned fault = 0; fault < _PLUGIN_FAULT_MAX; fault++) {
                const PluginFault expected =
                        fault == PLUGIN_FAULT_GONE ? PLUGIN_FAULT_GONE_AGAIN : (PluginFault) fault;

                die_by(&death, (PluginFault) fault);
                marker = must_open();
                g_assert_cmpint(plugin_marker_last(marker)->fault, ==, expected);
                g_assert_cmpint(plugin_marker_find(marker, death.name, &death.file)->fault, ==, expected);
                marker = plugin_marker_free(marker);
        }

        /* There is one entry for each name, for the file that died last. */
        {
                PluginDeath again = death;

                again.file.inode++;
                die(&again, /* clear= */ false);
                marker = must_open();
                g_assert_null(plugin_marker_find(marker, death.name, &death.file));
                /* It is another file, so this is its first death. */
                g_assert_cmpint(plugin_marker_find(marker, death.name, &again.file)->fault, ==,
                                PLUGIN_FAULT_GONE);
                marker = plugin_marker_free(marker);
        }
        g_assert_null(plugin_marker_free(NULL));
        bench_clear();
}

static void test_bounds(void) {
        GString *list = g_string_new("nonsense\n\n");
        PluginMarker *marker;
        char *text;

        bench_init();
        for (unsigned i = 0; i < PLUGIN_DEATHS_MAX + 10; i++)
                g_string_append_printf(list, "old%u 1 2 3 4 init g\n", i);
        write_text(list_path, list->str);
        marker = must_open();
        g_assert_null(plugin_marker_find(marker, "old9", &(PluginFile){ 1, 2, 3, 4 }));
        g_assert_nonnull(plugin_marker_find(marker, "old10", &(PluginFile){ 1, 2, 3, 4 }));
        marker = plugin_marker_free(marker);

        die(&death, /* clear= */ false);
        marker = must_open();
        g_assert_null(plugin_marker_find(marker, "old10", &(PluginFile){ 1, 2, 3, 4 }));
        g_assert_nonnull(plugin_marker_find(marker, "old11", &(PluginFile){ 1, 2, 3, 4 }));
        g_assert_nonnull(plugin_marker_find(marker, death.name, &death.file));
        marker = plugin_marker_free(marker);
        text = read_text(list_path);
        g_assert_null(strstr(text, "nonsense"));
        g_free(text);

        /* A list without end is read up to its bound. */
        g_string_assign(list, "");
        for (unsigned i = 0; i < 20000; i++)
                g_string_append(list, "x 1 2 3 4 init g\n");
        g_string_append(list, LINE "\n");
        write_text(list_path, list->str);
        g_assert_false(is_known());
        g_string_free(list, TRUE);
        bench_clear();
}

/* Puts something in the place of one of the files that would count if it were followed or believed. */
static void as_link(const char *path) {
        g_autofree char *to = g_build_filename(dir, "elsewhere", NULL);

        write_text(to, LINE "\n");
        g_assert_cmpint(symlink(to, path), ==, 0);
}

static void as_fifo(const char *path) {
        g_assert_cmpint(mkfifo(path, 0644), ==, 0);
}

static void as_writable(const char *path) {
        write_text(path, LINE "\n");
        g_assert_cmpint(g_chmod(path, 0666), ==, 0);
}

static void as_foreign(const char *path) {
        write_text(path, LINE "\n");
        g_assert_cmpint(chown(path, 65534, 65534), ==, 0);
}

static void as_cut_off(const char *path) {
        write_text(path, LINE);
}

static void as_erased(const char *path) {
        g_assert_true(g_file_set_contents_full(path, "\0" LINE "\n", sizeof(LINE) + 1,
                                               G_FILE_SET_CONTENTS_NONE, 0644, NULL));
}

static void test_hostile(void) {
        static void (*const changes[])(const char *) = {
                as_link, as_fifo, as_writable, as_cut_off, as_erased, as_foreign,
        };

        for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
                for (unsigned list = 0; list < 2; list++) {
                        g_autofree char *text = NULL, *elsewhere = NULL;

                        if (changes[i] == as_foreign && getuid() != 0)
                                continue;
                        bench_init();
                        /* The same content counts in a proper file. */
                        write_text(list ? list_path : marker_path, LINE "\n");
                        g_assert_true(is_known());
                        g_assert_cmpint(g_remove(list_path), ==, 0);
                        g_assert_cmpint(g_remove(marker_path), ==, 0);

                        changes[i](list ? list_path : marker_path);
                        g_assert_false(is_known());
                        /* It does not keep the next death from being known. */
                        die(&death, /* clear= */ false);
                        g_assert_true(is_known());
                        text = read_text(list_path);
                        g_assert_cmpstr(text, ==, LINE "\n");
                        if (changes[i] == as_link) {
                                g_autofree char *path = g_build_filename(dir, "elsewhere", NULL);

                                elsewhere = read_text(path);
                                g_assert_cmpstr(elsewhere, ==, LINE "\n");
                        }
                        bench_clear();
                }
}

/* For each place that cannot be used there is no marker. A name that is known already still counts. */
static void test_not_usable(void) {
        g_autofree char *inside = NULL, *link_path = NULL, *new_path = NULL;
        PluginMarker *marker = NULL;

        bench_init();
        inside = g_build_filename(dir, "none", NULL);
        g_assert_cmpint(plugin_marker_open(inside, &marker), ==, -ENOENT);
        link_path = g_build_filename(dir, "link", NULL);
        g_assert_cmpint(symlink(dir, link_path), ==, 0);
        g_assert_cmpint(plugin_marker_open(link_path, &marker), <, 0);
        g_assert_null(marker);

        /*
         * The list cannot be replaced, because a folder is in the place of its new version. The marker
         * must not be lost.
         */
        new_path = g_build_filename(dir, "plugins-died.new", NULL);
        die(&death, /* clear= */ false);
        g_assert_cmpint(g_mkdir(new_path, 0755), ==, 0);
        for (unsigned i = 0; i < 2; i++) {
                marker = must_open();
                g_assert_nonnull(plugin_marker_last(marker));
                g_assert_nonnull(plugin_marker_find(marker, death.name, &death.file));
                plugin_marker_set(marker, &death);
                plugin_marker_clear(marker);
                marker = plugin_marker_free(marker);
        }
        g_assert_cmpint(g_rmdir(new_path), ==, 0);
        g_assert_true(is_known());
        g_assert_true(is_known());

        /* The marker cannot be made. */
        g_assert_cmpint(g_remove(marker_path), ==, 0);
        g_assert_cmpint(g_mkdir(marker_path, 0755), ==, 0);
        g_assert_cmpint(plugin_marker_open(dir, &marker), <, 0);
        bench_clear();
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/plugin-marker/lines", test_lines);
        g_test_add_func("/plugin-marker/death", test_death);
        g_test_add_func("/plugin-marker/bounds", test_bounds);
        g_test_add_func("/plugin-marker/hostile", test_hostile);
        g_test_add_func("/plugin-marker/not-usable", test_not_usable);
        return g_test_run();
}
