/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The claims on links (manager/claims.c): names, globs, owners. */
#include <glib.h>
#include <string.h>

#include "manager/claims.h"

static const char a[] = "a", b[] = "b";

/* The longest alternative name has 127 bytes. */
#define TEN     "123456789-"
#define LONGEST TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "1234567"

static bool matches(const Claims *claims, const char *ifname) {
        return claims_match(claims, &(LinkNames){ .ifname = ifname });
}

static void test_names(void) {
        static const char
                *const good[] = { "eth0",        "br-lan", "a",      "1234567890123456",     "%;$(x)",
                                  "wl\xc3\xa4n", "eth*",   "[a-z]*", "veth[0-9][0-9][0-9]?", "e.1",
                                  LONGEST },
                       *const bad[] = { "",    ".",    "..",   LONGEST "8", LONGEST "*", "a/b",
                                        "a b", "a\tb", "a\nb", "a:b",       "a\x7f" };

        for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
                g_assert_true(claims_name_is_valid(good[i]));
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
                g_assert_false(claims_name_is_valid(bad[i]));
        g_assert_true(claims_name_is_glob("eth*"));
        g_assert_false(claims_name_is_glob("eth0"));
}

static void test_owners(void) {
        Claims *claims = claims_new();

        g_assert_true(claims_add(claims, "eth0", a));
        g_assert_false(claims_add(claims, "eth0", a)); /* twice counts once */
        g_assert_true(claims_add(claims, "eth0", b));
        g_assert_true(claims_add(claims, "eth*", b));
        g_assert_cmpuint(claims_size(claims), ==, 3);
        g_assert_true(claims_has(claims, "eth0", a));
        g_assert_false(claims_has(claims, "eth*", a));
        g_assert_true(matches(claims, "eth0"));
        g_assert_true(matches(claims, "eth7"));
        g_assert_false(matches(claims, "wlan0"));

        /* A glob is dropped by the text that was claimed, not by what it matches. */
        g_assert_false(claims_remove(claims, "eth7", b));
        g_assert_false(claims_remove(claims, "eth*", a));
        g_assert_true(claims_remove(claims, "eth*", b));
        g_assert_false(matches(claims, "eth7"));
        g_assert_true(claims_remove(claims, "eth0", a));
        g_assert_true(matches(claims, "eth0")); /* the claim of b is left */
        g_assert_true(claims_remove(claims, "eth0", b));
        g_assert_false(matches(claims, "eth0"));
        g_assert_cmpuint(claims_size(claims), ==, 0);
        g_assert_null(claims_free(claims));
}

static void test_removal(void) {
        Claims *claims = claims_new();
        g_autofree const char **names = NULL;

        claims_add(claims, "eth0", a);
        claims_add(claims, "eth1", a);
        claims_add(claims, "eth0", b);
        claims_add(claims, "e*", a);
        claims_add(claims, "w*", b);
        names = claims_names(claims, b);
        g_assert_cmpuint(g_strv_length((char **) names), ==, 2);
        g_assert_true(g_strv_contains(names, "eth0"));
        g_assert_true(g_strv_contains(names, "w*"));

        /* The claims of both owners, and the glob. */
        g_assert_cmpuint(claims_remove_matching(claims, &(LinkNames){ .ifname = "eth0" }), ==, 3);
        g_assert_true(matches(claims, "eth1"));
        g_assert_false(matches(claims, "eth0"));
        g_assert_cmpuint(claims_remove_owner(claims, a), ==, 1);
        g_assert_cmpuint(claims_remove_owner(claims, a), ==, 0);
        g_assert_true(matches(claims, "wlan0"));
        g_assert_cmpuint(claims_size(claims), ==, 1);

        /* An owner of globs leaves; those of others stay. */
        claims_add(claims, "x*", b);
        claims_add(claims, "x?", a);
        g_assert_cmpuint(claims_remove_owner(claims, b), ==, 2);
        g_assert_false(matches(claims, "wlan0"));
        g_assert_true(matches(claims, "x1"));
        g_assert_cmpuint(claims_size(claims), ==, 1);
        claims_free(claims);
}

/* Each name of a link matches a claim of that name. A longer name that begins with it does not. */
static void test_alternative_names(void) {
        static const LinkNames link = { .ifname = "lan0", .altnames = "eth0\0" LONGEST "\0enp1s0\0" },
                               other = { .ifname = "123456789-12345", .altnames = "enp1s0f1\0" };
        static const char *const ours[] = { "lan0", "eth0", LONGEST, "enp1s0", "enp?s0", "*-1234567" },
                                 *const no_ones[] = { "eth", "eth00", "enp1s", TEN, "0", "wlan*" };
        Claims *claims = claims_new();

        for (size_t i = 0; i < G_N_ELEMENTS(ours); i++) {
                g_assert_true(claims_add(claims, ours[i], a));
                g_assert_true(claims_match(claims, &link));
                g_assert_false(claims_match(claims, &other));
                g_assert_true(claims_remove(claims, ours[i], a));
                g_assert_false(claims_match(claims, &link));
        }
        for (size_t i = 0; i < G_N_ELEMENTS(no_ones); i++) {
                g_assert_true(claims_add(claims, no_ones[i], a));
                g_assert_false(claims_match(claims, &link) || claims_match(claims, &other));
        }
        for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
                g_assert_true(claims_add(claims, ours[i], b));
        g_assert_cmpuint(claims_remove_matching(claims, &link), ==, G_N_ELEMENTS(ours));
        g_assert_cmpuint(claims_remove_owner(claims, a), ==, G_N_ELEMENTS(no_ones));
        g_assert_cmpuint(claims_size(claims), ==, 0);
        claims_free(claims);
}

/* A glob of many stars that does not match takes no exponential time. */
static void test_many_stars(void) {
        Claims *claims = claims_new();

        claims_add(claims, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", a);
        g_assert_false(matches(
                claims, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
        claims_free(claims);
}

static void note_claim(void *userdata, const char *name, const void *owner) {
        g_string_append_printf(userdata, "%s of %s;", name, (const char *) owner);
}

/* Each claim that fits the link by any of its names is visited, plain names first; other claims are not. */
static void test_foreach_matching(void) {
        static const char altnames[] = "uplink\0";
        const LinkNames names = { .ifname = "eth0", .altnames = altnames };
        g_autoptr(GString) found = g_string_new(NULL);
        Claims *claims = claims_new();

        (void) claims_add(claims, "eth*", a);
        (void) claims_add(claims, "uplink", b);
        (void) claims_add(claims, "eth0", a);
        (void) claims_add(claims, "eth1", a);
        (void) claims_add(claims, "wl*", b);
        claims_foreach_matching(claims, &names, note_claim, found);
        g_assert_cmpstr(found->str, ==, "eth0 of a;uplink of b;eth* of a;");
        claims_free(claims);
}

/* A mark belongs to one claim. It goes with the claim, and a new claim of the same name does not have it. */
static void test_marks(void) {
        const LinkNames eth0 = { .ifname = "eth0" }, wlan0 = { .ifname = "wlan0" };
        Claims *claims = claims_new();

        g_assert_false(claims_any_marked(claims));
        g_assert_false(claims_mark(claims, "eth0", a, true)); /* there is no such claim */
        g_assert_false(claims_match_marked(claims, &eth0));
        (void) claims_add(claims, "eth0", a);
        (void) claims_add(claims, "eth0", b);
        g_assert_false(claims_mark(claims, "eth0", a, false));
        g_assert_true(claims_mark(claims, "eth0", a, true));
        g_assert_false(claims_mark(claims, "eth0", a, true));
        g_assert_true(claims_any_marked(claims));
        g_assert_true(claims_is_marked(claims, "eth0", a));
        g_assert_false(claims_is_marked(claims, "eth0", b));
        g_assert_true(claims_match_marked(claims, &eth0));
        g_assert_false(claims_match_marked(claims, &wlan0));
        g_assert_true(claims_remove(claims, "eth0", a));
        g_assert_false(claims_match_marked(claims, &eth0));
        (void) claims_add(claims, "eth0", a);
        g_assert_false(claims_is_marked(claims, "eth0", a));

        (void) claims_add(claims, "e*", b);
        g_assert_true(claims_mark(claims, "e*", b, true));
        g_assert_true(claims_match_marked(claims, &eth0));
        g_assert_true(claims_mark(claims, "e*", b, false));
        g_assert_false(claims_match_marked(claims, &eth0));
        g_assert_true(claims_mark(claims, "e*", b, true));
        g_assert_cmpuint(claims_remove_owner(claims, b), ==, 2);
        g_assert_true(claims_mark(claims, "eth0", a, true));
        g_assert_cmpuint(claims_remove_matching(claims, &eth0), ==, 1);
        g_assert_false(claims_any_marked(claims));
        claims_free(claims);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/claims/names", test_names);
        g_test_add_func("/claims/owners", test_owners);
        g_test_add_func("/claims/removal", test_removal);
        g_test_add_func("/claims/alternative-names", test_alternative_names);
        g_test_add_func("/claims/many-stars", test_many_stars);
        g_test_add_func("/claims/marks", test_marks);
        g_test_add_func("/claims/foreach-matching", test_foreach_matching);
        return g_test_run();
}
