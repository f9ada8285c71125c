/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dbus/ctl/ctl-watch-view.c and dbus/ctl/ctl-columns.c: what a terminal of any size gets to see, whatever
 * servers say.
 */
#include <glib.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "dbus/ctl/ctl-columns.h"
#include "dbus/ctl/ctl-watch.h"
#include "tests/unit/stride.h"

#define NOW     (1000 * 60 * USEC_PER_SEC)
#define MINUTES (60 * USEC_PER_SEC)

/*
 * Returns the number of columns as a terminal counts them. Colour sequences have none. Fails on anything
 * else that is no text.
 */
static unsigned width_of(const char *line, bool utf8) {
        unsigned width = 0, marks = 0;

        while (*line) {
                gunichar c;
                int w;

                if (*line == '\033') {
                        const char *end = strchr(line, 'm');

                        g_assert_nonnull(end);
                        g_assert_cmpuint(strspn(line + 1, "[0123456789"), ==, end - line - 1);
                        line = end + 1;
                        continue;
                }
                c = g_utf8_get_char_validated(line, -1);
                g_assert_true(c < 0x110000 && g_unichar_isprint(c));
                g_assert_true(utf8 || c < 0x80);
                w = wcwidth((wchar_t) c);
                g_assert_cmpint(w, >=, 0);
                marks = w == 0 ? marks + 1 : 0;
                g_assert_cmpuint(marks, <=, 2);
                width += (unsigned) w;
                line = g_utf8_next_char(line);
        }
        return width;
}

static const struct {
        const char *text, *want;
        unsigned max;
} takes[] = {
        { "", "", 5 },
        { "abc", "abc", 5 },
        { "abcdef", "abcde", 5 },
        { "ab cdef", "ab", 5 },
        { "abcde fg", "abcde", 5 },
        { "a\033[31mb", "a?[31mb", 9 },
        { "a\r\n\tb\x7f\xc2\x9b", "a???b??", 9 },
        { "a\xff\xc3", "a??", 9 },
        { "\xe2\x80\xae"
          "abc\xe2\x81\xa6\xe2\x80\x8f",
          "?abc??", 9 }, /* U+202E, U+2066, U+200F */
        { "漢字漢字", "漢字", 5 },
        { "漢", "?", 1 },
        { "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81x", "e\xcc\x81\xcc\x81x", 5 },
        { "\xcc\x81x", "x", 5 },
        { "שלום", "שלום", 5 },
        { "مرحبا بك", "مرحبا", 5 },
};

static void test_take(void) {
        for (size_t i = 0; i < ARRAY_SIZE(takes); i++) {
                g_autoptr(GString) line = g_string_new("> ");
                const char *at = takes[i].text;
                const unsigned used = ctl_columns_take(
                        line, &at, (CtlColumns){ .max = takes[i].max, .utf8 = true, .wrap = true });

                g_assert_cmpstr(line->str + 2, ==, takes[i].want);
                g_assert_cmpuint(used, ==, width_of(line->str + 2, true));
        }
}

static void test_ascii(void) {
        g_autoptr(GString) line = g_string_new(NULL);
        const char *at = "aé漢b";

        g_assert_cmpuint(ctl_columns_take(line, &at, (CtlColumns){ .max = 9 }), ==, 4);
        g_assert_cmpstr(line->str, ==, "a??b");
}

static void test_fit(void) {
        static const struct {
                const char *text, *want;
                unsigned max;
                bool utf8;
        } cases[] = {
                { "abc", "abc", 3, true },    { "abcd", "ab…", 3, true }, { "abcd", "ab>", 3, false },
                { "abcd", "…", 1, true },     { "abcd", "", 0, true },    { "漢字", "漢…", 3, true },
                { "漢字漢", "漢…", 4, true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                g_autoptr(GString) line = g_string_new(NULL);

                (void) ctl_columns_fit(line, cases[i].text,
                                       (CtlColumns){ .max = cases[i].max, .utf8 = cases[i].utf8 });
                g_assert_cmpstr(line->str, ==, cases[i].want);
        }
}

/* Models */

static CtlLink *new_link(int32_t ifindex, const char *name) {
        CtlLink *link = ctl_link_new("/");

        link->ifindex = ifindex;
        link->name = g_strdup(name);
        link->carrier = true;
        link->state = g_strdup("SELECTING");
        return link;
}

static CtlLink *new_bound(int32_t ifindex, const char *name) {
        CtlLink *link = new_link(ifindex, name);

        g_free(link->state);
        link->state = g_strdup("BOUND");
        link->address = g_strdup("192.0.2.7");
        link->origin = g_strdup("dhcp");
        link->prefix_len = 24;
        link->server = g_strdup("192.0.2.1");
        link->routers = g_strsplit("192.0.2.1", " ", 0);
        link->granted_at = NOW;
        link->lifetime_usec = 100 * MINUTES;
        link->t1_at = NOW + 50 * MINUTES;
        link->t2_at = NOW + 80 * MINUTES;
        link->expires_at = NOW + 100 * MINUTES;
        return link;
}

/* Returns a link with whatever a server can put into texts, and as much of it as possible. */
static CtlLink *new_hostile(void) {
        static const char evil[] =
                "\033]0;x\007\033[2J漢字 e\xcc\x81\xcc\x81\xcc\x81 \xe2\x80\xaeשלום \xff\xfe "
                "👩‍👩‍👧 word-word";
        CtlLink *link = new_bound(7, evil);
        g_autofree char *longer = g_strdup_printf("%s %s %s %s%s%s", evil, evil, evil, evil, evil, evil);
        const CtlProblem problem = { .id = g_strdup("x"), .text = g_strdup(longer) };
        const CtlIgnored ignored = { .code = 12, .text = g_strdup(longer) };
        const CtlServer server = { .server = g_strdup(evil),
                                   .address = g_strdup(evil),
                                   .hw = g_bytes_new("abcdefghijklmnopqrst", 20) };
        const CtlRoute route = { .destination = g_strdup(evil), .gateway = g_strdup(evil), .metric = 1 };

        g_array_append_val(link->problems, problem);
        g_array_append_val(link->ignored, ignored);
        g_array_append_val(link->servers, server);
        g_array_append_val(link->routes, route);
        link->domain = g_strdup(longer);
        link->captive_portal = g_strnfill(2000, 'x');
        link->dns = g_strsplit("192.0.2.53 \033[31m \t", " ", 0);
        link->searching_since = NOW - 5 * MINUTES;
        link->next_attempt = NOW + 7 * USEC_PER_SEC;
        link->ignored_answer = g_strdup(evil);
        return link;
}

static void model_init(WatchModel *model) {
        *model = (WatchModel){
                .links = g_ptr_array_new_with_free_func((GDestroyNotify) (void (*)(void)) ctl_link_free),
                .missing = g_ptr_array_new(),
        };
}

static void model_clear(WatchModel *model) {
        watch_clear_events(model);
        g_ptr_array_unref(model->links);
        g_ptr_array_unref(model->missing);
}

static char *text_of(const WatchModel *model, unsigned columns, unsigned rows, usec_t now,
                     usec_t *ret_next) {
        WatchFrame frame = watch_view(
                model, &(WatchScreen){ .columns = columns, .rows = rows, .utf8 = false, .now = now });
        char *text;

        g_ptr_array_add(frame.lines, NULL);
        text = g_strjoinv("\n", (char **) frame.lines->pdata);
        if (ret_next)
                *ret_next = frame.next_change;
        watch_frame_clear(&frame);
        return text;
}

static void check_sizes(const WatchModel *model) {
        static const unsigned rows[] = { 1, 3, 6, 24 };

        for (unsigned columns = 1; columns <= 200; columns += test_stride())
                for (size_t i = 0; i < 4 * ARRAY_SIZE(rows); i++) {
                        const WatchScreen screen = { .columns = columns,
                                                     .rows = rows[i / 4],
                                                     .utf8 = i % 2 > 0,
                                                     .color = i % 4 > 1,
                                                     .now = NOW + 1 };
                        WatchFrame frame = watch_view(model, &screen);

                        g_assert_cmpuint(frame.lines->len, >=, 1);
                        g_assert_cmpuint(frame.lines->len, <=, screen.rows);
                        g_assert_cmpuint(frame.next_change, >, screen.now);
                        for (guint l = 0; l < frame.lines->len; l++)
                                g_assert_cmpuint(width_of(frame.lines->pdata[l], screen.utf8), <=, columns);
                        watch_frame_clear(&frame);
                }
}

static void test_sizes(void) {
        WatchModel model;

        model_init(&model);
        check_sizes(&model);
        model.notice =
                "The daemon is not there: \033[2J a long reason for a line as narrow as this. Waiting.";
        check_sizes(&model);
        model.notice = NULL;
        g_ptr_array_add(model.links, new_hostile());
        check_sizes(&model);
        for (unsigned i = 0; i < 300; i++)
                watch_add_event(&model, i * MINUTES, "漢字\033",
                                "e\xcc\x81 \xe2\x80\xae \033[2J and so on and so on");
        g_assert_cmpuint(model.events.length, ==, WATCH_EVENTS_MAX);
        for (int32_t i = 0; i < 30; i++)
                g_ptr_array_add(model.links,
                                i % 2 ? new_bound(i, "eth0") : new_link(i, "a-long-name-of-a-link"));
        g_ptr_array_add(model.missing, (char *) "\033[2Jnot-there");
        model.selected = 12;
        model.scroll = 3;
        check_sizes(&model);
        model.help = true;
        check_sizes(&model);
        model_clear(&model);
}

static void test_list(void) {
        WatchModel model;

        model_init(&model);
        for (int32_t i = 0; i < 5000; i++) {
                g_autofree char *name = g_strdup_printf("v%d", i);

                g_ptr_array_add(model.links, new_bound(i, name));
        }
        for (model.selected = 0; model.selected < 5000; model.selected += 499) {
                g_autofree char *text = text_of(&model, 80, 24, NOW, NULL);
                g_autofree char *chosen = g_strdup_printf("> * v%u ", model.selected);

                g_assert_nonnull(strstr(text, chosen));
        }
        model_clear(&model);
}

/* Shows the list with its wide columns. */
static void test_bound(void) {
        g_autofree char *text = NULL, *later = NULL, *narrow = NULL, *one = NULL;
        WatchModel model;
        usec_t next;

        model_init(&model);
        g_ptr_array_add(model.links, new_bound(2, "eth0"));
        text = text_of(&model, 67, 30, NOW + 25 * MINUTES, &next);
        g_assert_nonnull(strstr(text,
                                "\n        State: BOUND\n"
                                "      Address: 192.0.2.7/24\n"
                                "        Lease: 1h 15min left of 1h 40min, T1 (renewal) in 25min, T2\n"
                                "               (any server) in 55min\n"
                                "               [############.............1..............2.........]\n"
                                "       Router: 192.0.2.1\n"
                                "       Server: 192.0.2.1"));
        /* The next change comes at once behind the full minute. */
        g_assert_cmpuint(next, ==, NOW + 25 * MINUTES + 1);
        later = text_of(&model, 67, 30, next, &next);
        g_assert_nonnull(strstr(later, "1h 14min left"));
        g_assert_cmpuint(next, ==, NOW + 26 * MINUTES); /* the next cell of the bar */
        narrow = text_of(&model, 20, 30, NOW, NULL);
        g_assert_nonnull(strstr(narrow, "\nState: BOUND\nAddress: \n 192.0.2.7/24\n"));
        one = text_of(&model, 60, 1, NOW, NULL);
        g_assert_cmpstr(one, ==, "eth0 BOUND 192.0.2.7/24  1h 40min left");
        model_clear(&model);
}

/*
 * From one visible change to the next, the text is a different one each time, and no change in between is
 * missed.
 */
static void test_changes(void) {
        g_autofree char *before = NULL;
        CtlLink *link = new_bound(2, "eth0");
        usec_t now = NOW + 1, next;
        unsigned n = 0;
        WatchModel model;

        model_init(&model);
        g_ptr_array_add(model.links, link);
        before = text_of(&model, 60, 30, now, &next);
        while (next != USEC_INFINITY && n < 2000) {
                g_autofree char *just_before = text_of(&model, 60, 30, next - 1, NULL), *text = NULL;

                g_assert_cmpuint(next, >, now);
                g_assert_cmpstr(just_before, ==, before);
                now = next;
                text = text_of(&model, 60, 30, now, &next);
                /* The last second of a span reads as its end does. */
                g_assert_true(strcmp(text, before) != 0 || strstr(text, " 0s") || next == USEC_INFINITY);
                g_free(before);
                before = g_steal_pointer(&text);
                n++;
        }
        g_assert_cmpuint(now, >=, link->expires_at);
        g_assert_nonnull(strstr(before, "0s left"));
        g_assert_nonnull(strstr(before, "####1####"));
        /*
         * The text changes each minute, each second in three times two minutes, and with the cells of the
         * bar.
         */
        g_assert_cmpuint(n, >, 200);
        g_assert_cmpuint(n, <, 750);
        model_clear(&model);
}

/* What is cut off causes no wake-up. */
static void test_unseen(void) {
        g_autofree char *text = NULL;
        CtlLink *link = new_link(2, "eth0");
        WatchModel model;
        usec_t next;

        model_init(&model);
        g_ptr_array_add(model.links, link);
        link->searching_since = NOW;
        text = text_of(&model, 60, 3, NOW, &next);
        g_assert_nonnull(strstr(text, "Searching: for 0s, 0 attempts"));
        g_assert_cmpuint(next, ==, NOW + USEC_PER_SEC);
        g_free(text);
        text = text_of(&model, 60, 2, NOW, &next);
        g_assert_null(strstr(text, "Searching"));
        g_assert_nonnull(strstr(text, "(PgDn: 2 more lines)"));
        g_assert_cmpuint(next, ==, USEC_INFINITY);
        g_free(text);
        model.scroll = 1;
        text = text_of(&model, 60, 2, NOW, &next);
        g_assert_nonnull(strstr(text, "Searching"));
        model_clear(&model);
}

static void test_unlimited(void) {
        g_autofree char *text = NULL;
        CtlLink *link = new_bound(2, "eth0");
        WatchModel model;
        usec_t next;

        model_init(&model);
        g_ptr_array_add(model.links, link);
        link->lifetime_usec = link->t1_at = link->t2_at = link->expires_at = USEC_INFINITY;
        text = text_of(&model, 60, 30, NOW, &next);
        g_assert_nonnull(strstr(text, "Lease: unlimited\n"));
        g_assert_cmpuint(next, ==, USEC_INFINITY);
        model_clear(&model);
}

static void test_keys(void) {
        static const struct {
                const char *bytes;
                WatchKey key;
        } cases[] = {
                { "q", WATCH_KEY_QUIT },          { "\033[A", WATCH_KEY_UP },
                { "\033OB", WATCH_KEY_DOWN },     { "\033[1;5A", WATCH_KEY_UP },
                { "\033[5~", WATCH_KEY_PAGE_UP }, { "\033[6~", WATCH_KEY_PAGE_DOWN },
                { "\033[H", WATCH_KEY_FIRST },    { "\033[4~", WATCH_KEY_LAST },
                { "\033[C", WATCH_KEY_NONE },     { "\033[99999999999999999999~", WATCH_KEY_NONE },
                { "\033q", WATCH_KEY_QUIT },      { "\033\033[B", WATCH_KEY_DOWN },
                { "x", WATCH_KEY_NONE },          { "\xff", WATCH_KEY_NONE },
                { "?", WATCH_KEY_HELP },
        };
        WatchKeys keys = {};

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *c = cases[i].bytes;

                for (; c[1]; c++)
                        g_assert_cmpint(watch_key(&keys, *c), ==, WATCH_KEY_NONE);
                g_assert_cmpint(watch_key(&keys, *c), ==, cases[i].key);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        if (!setlocale(LC_ALL, "C.UTF-8")) {
                g_printerr("no locale C.UTF-8, so no widths\n");
                return 77;
        }
        g_test_add_func("/ctl-columns/take", test_take);
        g_test_add_func("/ctl-columns/ascii", test_ascii);
        g_test_add_func("/ctl-columns/fit", test_fit);
        g_test_add_func("/ctl-watch/sizes", test_sizes);
        g_test_add_func("/ctl-watch/list", test_list);
        g_test_add_func("/ctl-watch/bound", test_bound);
        g_test_add_func("/ctl-watch/changes", test_changes);
        g_test_add_func("/ctl-watch/unseen", test_unseen);
        g_test_add_func("/ctl-watch/unlimited", test_unlimited);
        g_test_add_func("/ctl-watch/keys", test_keys);
        return g_test_run();
}
