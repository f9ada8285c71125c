/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/hooks/state-file: status reads what the runner writes. A file that says anything else is
 * ignored, line by line.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/hooks/state-file.h"

typedef struct Fixture {
        char *folder, *path;
        sd_event *event;
        HookState *state;
} Fixture;

static void set_up(Fixture *f, gconstpointer data) {
        f->folder = g_dir_make_tmp("hook-state-XXXXXX", NULL);
        g_assert_nonnull(f->folder);
        f->path = g_build_filename(f->folder, HOOK_STATE_NAME, NULL);
        g_assert_cmpint(sd_event_new(&f->event), >=, 0);
}

static void tear_down(Fixture *f, gconstpointer data) {
        f->state = hook_state_free(f->state);
        f->event = sd_event_unref(f->event);
        (void) g_unlink(f->path);
        g_assert_cmpint(g_rmdir(f->folder), ==, 0); /* there is no other file */
        g_free(f->path);
        g_free(f->folder);
}

/*
 * Returns what is read back, one line for each: "IFINDEX HOOK REASON running WAITING" or "... failed
 * TEXT". NULL: there is no file.
 */
static char *read_back(Fixture *f, bool *ret_died) {
        GString *text = g_string_new(NULL);
        bool died;
        GPtrArray *entries = hook_state_read(f->folder, ret_died ?: &died);

        if (!entries) {
                (void) g_string_free(text, TRUE);
                return NULL;
        }
        for (guint i = 0; i < entries->len; i++) {
                const HookStateEntry *entry = g_ptr_array_index(entries, i);

                g_string_append_printf(text, "%d %s %s ", entry->ifindex, entry->hook, entry->reason);
                if (entry->running)
                        g_string_append_printf(text, "running %" G_GUINT64_FORMAT "\n", entry->waiting);
                else
                        g_string_append_printf(text, "failed %s\n", entry->text);
        }
        g_ptr_array_unref(entries);
        return g_string_free(text, FALSE);
}

static size_t three_per_link(void *userdata, int ifindex) {
        return 3 * (size_t) ifindex;
}

/* Waits for the text, because the file is not written at once. */
static void expect(Fixture *f, const char *expected) {
        for (;;) {
                g_autofree char *text = read_back(f, NULL);

                if (g_strcmp0(text, expected) == 0)
                        return;
                g_assert_cmpint(sd_event_run(f->event, UINT64_MAX), >=, 0);
        }
}

static void test_written(Fixture *f, gconstpointer data) {
        struct stat st;
        bool died;

        g_assert_null(hook_state_read(f->folder, &died));
        f->state = hook_state_new(f->event, f->folder, three_per_link, NULL);
        expect(f, "");
        g_assert_cmpint(stat(f->path, &st), ==, 0);
        g_assert_cmpint(st.st_mode & 07777, ==, 0644);
        hook_state_begin(f->state, 2, "a", HOOK_REASON_BOUND);
        hook_state_begin(f->state, 3, "a", HOOK_REASON_RENEW);
        expect(f, "2 a BOUND running 6\n3 a RENEW running 9\n");
        hook_state_end(f->state, 2, "a", "ended with\nstatus 1");
        hook_state_end(f->state, 3, "a", NULL);
        hook_state_end(f->state, 3, "unknown", "failed");
        expect(f, "2 a BOUND failed ended with?status 1\n");
        hook_state_begin(f->state, 2, "a", HOOK_REASON_RENEW);
        expect(f, "2 a RENEW running 6\n");
        hook_state_end(f->state, 2, "a", NULL);
        expect(f, "");
        hook_state_begin(f->state, 2, "a", HOOK_REASON_STOP);
        hook_state_end(f->state, 2, "a", "x");
        hook_state_begin(f->state, 22, "a", HOOK_REASON_STOP);
        expect(f, "2 a STOP failed x\n22 a STOP running 66\n");
        hook_state_forget(f->state, 2);
        expect(f, "22 a STOP running 66\n");
        g_free(read_back(f, &died));
        g_assert_false(died);
        f->state = hook_state_free(f->state);
        g_assert_null(hook_state_read(f->folder, &died));
}

static void test_nonsense(Fixture *f, gconstpointer data) {
        static const char *const none[] = { "",        "\n",       "pid\n",
                                            "pid 0\n", "pid -1\n", "pid 99999999999\n",
                                            "2 a\n" };
        static const char lines[] = "pid 2147483646\n"
                                    "2 a BOUND 5 failed one two  three\n"
                                    "0 a BOUND 5 failed x\n"
                                    "-2 a BOUND 5 failed x\n"
                                    "99999999999 a BOUND 5 failed x\n"
                                    "2 a BOUND x failed x\n"
                                    "2 a BOUND 99999999999999999999 failed x\n"
                                    "2 a BOUND 5 ended x\n"
                                    "2 a BOUND 5 running x\n"
                                    "2 a BOUND 5 running\n"
                                    "2 a BOUND\n"
                                    "\n"
                                    "3 b RENEW 5 running 1\n"
                                    "3 b";
        g_autofree char *text = NULL, *many = g_strnfill(2 * HOOK_STATE_SIZE_MAX, 'x');
        bool died = false;

        for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
                g_assert_true(g_file_set_contents(f->path, none[i], -1, NULL));
                g_assert_null(hook_state_read(f->folder, &died));
        }
        g_assert_true(g_file_set_contents(f->path, lines, -1, NULL));
        text = read_back(f, &died);
        g_assert_true(died);
        g_assert_cmpstr(text, ==, "2 a BOUND failed one two  three\n3 b RENEW running 1\n");
        memcpy(many, "pid 1\n", strlen("pid 1\n"));
        g_assert_true(g_file_set_contents(f->path, many, -1, NULL));
        g_clear_pointer(&text, g_free);
        text = read_back(f, NULL);
        g_assert_cmpstr(text, ==, "");
        /* The reader takes no file that another user put there, and nothing that has no end. */
        g_assert_cmpint(g_unlink(f->path), ==, 0);
        g_assert_cmpint(symlink("/etc/passwd", f->path), ==, 0);
        g_assert_null(hook_state_read(f->folder, &died));
        g_assert_cmpint(g_unlink(f->path), ==, 0);
        g_assert_cmpint(mkfifo(f->path, 0600), ==, 0);
        g_assert_null(hook_state_read(f->folder, &died));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add("/hook-state-file/written", Fixture, NULL, set_up, test_written, tear_down);
        g_test_add("/hook-state-file/nonsense", Fixture, NULL, set_up, test_nonsense, tear_down);
        return g_test_run();
}
