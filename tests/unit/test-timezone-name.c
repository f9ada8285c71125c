/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugin/timezone-name.c: which time zone a server names, and whether it exists. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/timezone-name.h"

static void test_names(void) {
        static const char *const good[] = {
                "UTC",         "Europe/Paris",           "America/Argentina/Ushuaia", "Etc/GMT+12",
                "Etc/GMT-14",  "America/Port-au-Prince", "Africa/Dar_es_Salaam",      "EST5EDT",
                "posixrules/A"
        };
        static const char *const bad[] = {
                "",
                "/",
                "/UTC",
                "UTC/",
                "Europe//Paris",
                ".",
                "..",
                "../UTC",
                "Europe/..",
                "Europe/../UTC",
                "a.b",
                "zone.tab",
                "localtime",
                "posixrules",
                "Factory",
                "posix/UTC",
                "right/UTC",
                "right/Europe/Paris",
                "5/A",
                "-a",
                "Europe/-a",
                "Europe/Par is",
                "a\\b",
                "a;b",
                "a\nb",
                "\xc3\xa4",
                "a$b",
                "+1",
        };
        g_autofree char *longest = g_strnfill(TIMEZONE_NAME_SIZE - 1, 'A'),
                        *longer = g_strnfill(TIMEZONE_NAME_SIZE, 'A');

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                g_assert_true(timezone_name_is_valid(good[i], strlen(good[i])));
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                if (timezone_name_is_valid(bad[i], strlen(bad[i])))
                        g_error("%s is no name", bad[i]);
        g_assert_true(timezone_name_is_valid(longest, strlen(longest)));
        g_assert_false(timezone_name_is_valid(longer, strlen(longer)));
        g_assert_false(timezone_name_is_valid("A\0B", 3));
}

static void test_posix(void) {
        static const char *const cases[][2] = {
                { "UTC0", "Etc/UTC" },
                { "GMT-0", "Etc/UTC" },
                { "EST5", "Etc/GMT+5" },
                { "EST+5", "Etc/GMT+5" },
                { "JST-9", "Etc/GMT-9" },
                { "<+03>-3", "Etc/GMT-3" },
                { "<-03>3", "Etc/GMT+3" },
                { "<+14>-14", "Etc/GMT-14" },
                { "AoE12:00", "Etc/GMT+12" },
                { "XYZ05:00:00", "Etc/GMT+5" },
                /*
                 * Rules for summer time, minutes, more hours than there are; and strings that are no time
                 * zone.
                 */
                { "CET-1CEST", NULL },
                { "CET-1CEST,M3.5.0,M10.5.0/3", NULL },
                { "<+0530>-5:30", NULL },
                { "XYZ5:00:01", NULL },
                { "XYZ13", NULL },
                { "XYZ-15", NULL },
                { "XYZ005", NULL },
                { "", NULL },
                { "UTC", NULL },
                { "UT0", NULL },
                { "<+3>-3", NULL },
                { "<+03-3", NULL },
                { "<+03>", NULL },
                { "<+0 3>-3", NULL },
                { ":UTC", NULL },
                { "UTC+", NULL },
                { "UTC0 ", NULL },
                { "UTC0:0", NULL },
                { "UTC0:00:00:00", NULL },
                { "UTC--0", NULL },
                { "Europe/Paris", NULL },
                { "5", NULL },
                { "<<>>1", NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char name[TIMEZONE_NAME_SIZE] = "";
                const bool sure = timezone_from_posix(cases[i][0], strlen(cases[i][0]), name);

                g_test_message("%s", cases[i][0]);
                g_assert_true(sure == (cases[i][1] != NULL));
                if (sure) {
                        g_assert_cmpstr(name, ==, cases[i][1]);
                        g_assert_true(timezone_name_is_valid(name, strlen(name)));
                }
        }
}

static void test_known(void) {
        g_autofree char *dir = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        g_autofree char *zone = g_build_filename(dir, "Zone", NULL),
                        *text = g_build_filename(dir, "text", NULL),
                        *area = g_build_filename(dir, "Area", NULL);
        g_autofree char *deep = g_strnfill(300, 'd');

        g_assert_true(g_file_set_contents(zone, "TZif2", -1, NULL));
        g_assert_true(g_file_set_contents(text, "TZ", -1, NULL));
        g_assert_cmpint(g_mkdir(area, 0755), ==, 0);
        g_assert_true(timezone_is_known(dir, "Zone"));
        g_assert_false(timezone_is_known(dir, "text"));
        g_assert_false(timezone_is_known(dir, "Area"));
        g_assert_false(timezone_is_known(dir, "None"));
        g_assert_false(timezone_is_known(deep, "Zone"));
        g_assert_cmpint(g_remove(zone) | g_remove(text) | g_rmdir(area) | g_rmdir(dir), ==, 0);
}

static void test_link(void) {
        static const char *const cases[][2] = {
                { "/usr/share/zoneinfo/Etc/UTC", "Etc/UTC" },
                { "../usr/share/zoneinfo/UTC", "UTC" },
                { "/usr/share/zoneinfo/", NULL },
                { "/usr/share/zoneinfo", NULL },
                { "", NULL },
                { "/usr/share/zoneinfo/../x", NULL },
                { "/etc/other", NULL },
                { "/usr/share/zoneinfo/right/UTC", NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char name[TIMEZONE_NAME_SIZE] = "";

                g_assert_true(timezone_from_link(cases[i][0], name) == (cases[i][1] != NULL));
                g_assert_cmpstr(name, ==, cases[i][1] ?: "");
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/timezone-name/names", test_names);
        g_test_add_func("/timezone-name/posix", test_posix);
        g_test_add_func("/timezone-name/known", test_known);
        g_test_add_func("/timezone-name/link", test_link);
        return g_test_run();
}
