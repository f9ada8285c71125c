/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/resolved-settings.c: which servers and names of a lease systemd-resolved can take. It refuses a
 * whole list for one bad entry.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "plugin/resolved-settings.h"

/* Returns the domains, joined with spaces. Free it with g_free(). */
static char *domains_of(const ResolvedSettings *s) {
        char *joined = g_strdup("");

        for (size_t i = 0; i < s->domains_len; i += strlen(s->domains + i) + 1) {
                char *longer = g_strconcat(joined, i > 0 ? " " : "", s->domains + i, NULL);

                g_free(joined);
                joined = longer;
        }
        return joined;
}

static void check_domains(const char *domain, const char *const *search, size_t n_search,
                          const char *expected) {
        const DhcpdLinkLease lease = { .domain = domain, .search = search, .n_search = n_search };
        ResolvedSettings s;
        char *joined;

        g_assert_cmpint(resolved_settings_from_lease(&lease, &s), ==, 0);
        joined = domains_of(&s);
        g_assert_cmpstr(joined, ==, expected);
        g_free(joined);
        resolved_settings_clear(&s);
        g_assert_null(s.domains);
}

static void test_domain(void) {
        static const char *const cases[][2] = {
                { NULL, "" },
                { "", "" },
                { " ", "" },
                { "example.org", "example.org" },
                { "example.org.", "example.org" },
                { "Example-1.org", "Example-1.org" },
                { "_msdcs.corp", "_msdcs.corp" },
                { "local", "" },
                { "com lan.example org", "lan.example" },
                { "com.", "" },
                { "a.example b.example", "a.example b.example" },
                { "  a.example   b.example  ", "a.example b.example" },
                { ".", "" },
                { "..", "" },
                { ".example.org", "" },
                { "a..b", "" },
                { "example.org..", "" },
                { "exa;mple.org good.example", "good.example" },
                { "a,b", "" },
                { "$(reboot).example", "" },
                { "~example.org", "" },
                { "*.example.org", "" },
                { "a/b", "" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                check_domains(cases[i][0], NULL, 0, cases[i][1]);
}

#define LABEL "com not used: all names below it would be asked for here"

/* The longest domain, and the first of several. The reason that is given is no longer than a label. */
static void test_single(void) {
        g_autofree char *label = g_strnfill(63, 'a'), *both = g_strconcat(label, " com", NULL);
        const DhcpdLinkLease lease = { .domain = both };
        ResolvedSettings s;

        g_assert_cmpint(resolved_settings_from_lease(&lease, &s), ==, 0);
        g_assert_cmpstr(s.single, ==, label);
        g_assert_cmpuint(s.domains_len, ==, 0);
        resolved_settings_clear(&s);
        check_domains("lan.example", (const char *const[]){ "com" }, 1, "lan.example");
}

/* The reason why domains are not used names their option, and is never cut off. */
static void test_unused(void) {
        static const char *const search[] = { "com", "a.example" }, *const labels[] = { "com" };
        static const struct {
                const char *const *search;
                size_t n_search;
                const char *domain;
                uint32_t flags;
                bool dns_tunnel;
                const char *of_search, *of_domain;
        } rows[] = {
                { .search = search,
                  .n_search = 2,
                  .domain = "b.example",
                  .of_search = LABEL,
                  .of_domain = "" },
                { .search = search,
                  .n_search = 2,
                  .flags = DHCPD_LINK_LEASE_TUNNEL,
                  .dns_tunnel = true,
                  .of_search = LABEL "; domains not used: a tunnel takes all traffic",
                  .of_domain = "" },
                { .search = labels,
                  .n_search = 1,
                  .domain = "b.example org",
                  .dns_tunnel = true,
                  .of_search = LABEL,
                  .of_domain = "domains not used: a tunnel has DNS servers" },
                { .domain = "com",
                  .flags = DHCPD_LINK_LEASE_TUNNEL,
                  .dns_tunnel = true,
                  .of_search = "",
                  .of_domain = LABEL },
        };
        g_autofree char *label = g_strnfill(63, 'a'), *longest = g_strconcat(label, " b.example", NULL);
        const DhcpdLinkLease lease = { .domain = longest };
        char reason[RESOLVED_REASON_MAX];
        ResolvedSettings s;

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const DhcpdLinkLease row = { .flags = rows[i].flags,
                                             .domain = rows[i].domain,
                                             .search = rows[i].search,
                                             .n_search = rows[i].n_search };

                g_assert_cmpint(resolved_settings_from_lease(&row, &s), ==, 0);
                resolved_settings_unused(&s, OPTION_DOMAIN_SEARCH, rows[i].dns_tunnel, reason);
                g_assert_cmpstr(reason, ==, rows[i].of_search);
                resolved_settings_unused(&s, OPTION_DOMAIN, rows[i].dns_tunnel, reason);
                g_assert_cmpstr(reason, ==, rows[i].of_domain);
                resolved_settings_clear(&s);
        }
        g_assert_cmpint(resolved_settings_from_lease(&lease, &s), ==, 0);
        resolved_settings_unused(&s, OPTION_DOMAIN, /* dns_tunnel= */ true, reason);
        g_assert_true(g_str_has_suffix(reason, "a tunnel has DNS servers"));
        resolved_settings_clear(&s);
}

static void test_lengths(void) {
        char *label = g_strnfill(63, 'a'), *longer = g_strnfill(64, 'a'), *name, *with_dot;

        name = g_strconcat(label, ".a", NULL);
        check_domains(name, NULL, 0, name);
        g_free(name);
        name = g_strconcat(longer, ".a", NULL);
        check_domains(name, NULL, 0, "");
        g_free(name);
        name = g_strdup_printf("%s.%s.%s.%.61s", label, label, label, label); /* 253 */
        check_domains(name, NULL, 0, name);
        with_dot = g_strconcat(name, ".", NULL);
        check_domains(with_dot, NULL, 0, name);
        g_free(with_dot);
        g_free(name);
        name = g_strdup_printf("%s.%s.%s.%.62s", label, label, label, label); /* 254 */
        check_domains(name, NULL, 0, "");
        g_free(name);
        g_free(label);
        g_free(longer);
}

static void test_search(void) {
        static const char *const search[] = { "a.example", "b..example", "c.example." };
        static const char *const bad[] = { "..", "" };
        const char *many[RESOLVED_DOMAINS_MAX + 5];
        GString *expected = g_string_new(NULL);

        check_domains("d.example", search, G_N_ELEMENTS(search), "a.example c.example");
        check_domains("d.example", bad, G_N_ELEMENTS(bad), "d.example");
        check_domains(NULL, bad, G_N_ELEMENTS(bad), "");

        for (size_t i = 0; i < G_N_ELEMENTS(many); i++) {
                many[i] = "x.example";
                if (i < RESOLVED_DOMAINS_MAX)
                        g_string_append_printf(expected, "%sx.example", i > 0 ? " " : "");
        }
        check_domains(NULL, many, G_N_ELEMENTS(many), expected->str);
        g_string_free(expected, TRUE);
}

static void test_dns(void) {
        const struct in_addr dns[] = { { htonl(0xc0000201u) }, { htonl(0x0a000001u) } };
        struct in_addr many[RESOLVED_DNS_MAX + 3];
        DhcpdLinkLease lease = { .dns = dns,
                                 .n_dns = G_N_ELEMENTS(dns),
                                 .flags = DHCPD_LINK_LEASE_DEFAULT_ROUTE };
        ResolvedSettings s;

        g_assert_cmpint(resolved_settings_from_lease(&lease, &s), ==, 0);
        g_assert_cmpmem(s.dns, s.n_dns * sizeof(s.dns[0]), dns, sizeof(dns));
        g_assert_true(s.default_route);
        resolved_settings_clear(&s);

        for (size_t i = 0; i < G_N_ELEMENTS(many); i++)
                many[i].s_addr = htonl(0xc0000200u + (uint32_t) i);
        lease = (DhcpdLinkLease){ .dns = many, .n_dns = G_N_ELEMENTS(many) };
        g_assert_cmpint(resolved_settings_from_lease(&lease, &s), ==, 0);
        g_assert_cmpmem(s.dns, s.n_dns * sizeof(s.dns[0]), many, RESOLVED_DNS_MAX * sizeof(many[0]));
        g_assert_false(s.default_route);
        resolved_settings_clear(&s);
}

static void test_equal(void) {
        static const char *const ab[] = { "a.x", "b.x" };
        const struct in_addr dns[] = { { .s_addr = htonl(0x01000001) }, { .s_addr = htonl(0x01000002) } };
        const DhcpdLinkLease leases[] = {
                { .n_dns = 0 },
                { .dns = dns, .n_dns = 1 },
                { .dns = dns, .n_dns = 2 },
                { .dns = dns + 1, .n_dns = 1 },
                { .domain = "a.x" },
                { .domain = "b.x" },
                { .domain = "a" },
                { .domain = "b" },
                { .flags = DHCPD_LINK_LEASE_TUNNEL },
                { .search = ab, .n_search = 2 },
                { .flags = DHCPD_LINK_LEASE_DEFAULT_ROUTE },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(leases); i++)
                for (size_t k = 0; k < G_N_ELEMENTS(leases); k++) {
                        ResolvedSettings a, b;

                        g_assert_cmpint(resolved_settings_from_lease(&leases[i], &a), ==, 0);
                        g_assert_cmpint(resolved_settings_from_lease(&leases[k], &b), ==, 0);
                        g_assert_cmpint(resolved_settings_equal(&a, &b), ==, i == k);
                        resolved_settings_clear(&a);
                        resolved_settings_clear(&b);
                }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/resolved-settings/domain", test_domain);
        g_test_add_func("/resolved-settings/lengths", test_lengths);
        g_test_add_func("/resolved-settings/single", test_single);
        g_test_add_func("/resolved-settings/unused", test_unused);
        g_test_add_func("/resolved-settings/search", test_search);
        g_test_add_func("/resolved-settings/dns", test_dns);
        g_test_add_func("/resolved-settings/equal", test_equal);
        return g_test_run();
}
