/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Selects what of a lease can be told to systemd-resolved (contract: plugin/resolved-settings.h). RFC 2132
 * §3.8 and §3.17, RFC 3397 §2.
 *
 * systemd-resolved refuses a whole list for one bad entry. So such entries are left out here, and the link
 * keeps its other names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/resolved-settings.h"

#define DOMAIN_LEN_MAX 253u /* held by domain_is_valid() */
#define LABEL_LEN_MAX  63u  /* held by domain_is_valid() */

static bool is_label_char(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                c == '_';
}

/* Returns true if resolved accepts the name. @len does not count a final dot. */
static bool domain_is_valid(const char *name, size_t len) {
        size_t label_len = 0;

        if (len == 0 || len > DOMAIN_LEN_MAX)
                return false;
        for (size_t i = 0; i < len; i++)
                if (name[i] == '.') {
                        if (label_len == 0)
                                return false;
                        label_len = 0;
                } else if (!is_label_char(name[i]) || ++label_len > LABEL_LEN_MAX)
                        return false;
        return label_len > 0;
}

static int add_domain(ResolvedSettings *s, uint8_t option, const char *name, size_t len) {
        char *p;

        if (len > 0 && name[len - 1] == '.')
                len--;
        if (!domain_is_valid(name, len))
                return 0;
        if (!memchr(name, '.', len)) {
                if (s->single[0] == '\0') {
                        memcpy(s->single, name, len); /* fits, because a label has at most 63 bytes */
                        s->single_option = option;
                }
                return 0;
        }
        p = realloc(s->domains, s->domains_len + len + 1);
        if (!p)
                return -ENOMEM;
        s->domains = p;
        memcpy(p + s->domains_len, name, len);
        p[s->domains_len + len] = 0;
        s->domains_len += len + 1;
        s->domains_option = option;
        return 1;
}

static int add_domains(ResolvedSettings *s, const DhcpdLinkLease *lease) {
        unsigned n = 0;
        int r;

        for (size_t i = 0; i < lease->n_search && n < RESOLVED_DOMAINS_MAX; i++) {
                r = add_domain(s, OPTION_DOMAIN_SEARCH, lease->search[i], strlen(lease->search[i]));
                if (r < 0)
                        return r;
                n += (unsigned) r;
        }
        if (n > 0 || !lease->domain)
                return 0;
        /* QUIRK: option 15 holds several names with spaces between them. Old clients know no option 119. */
        for (const char *p = lease->domain + strspn(lease->domain, " "); *p && n < RESOLVED_DOMAINS_MAX;
             p += strspn(p, " ")) {
                const size_t len = strcspn(p, " ");

                r = add_domain(s, OPTION_DOMAIN, p, len);
                if (r < 0)
                        return r;
                n += (unsigned) r;
                p += len;
        }
        return 0;
}

void resolved_settings_clear(ResolvedSettings *s) {
        free(s->domains);
        *s = (ResolvedSettings){ 0 };
}

int resolved_settings_from_lease(const DhcpdLinkLease *lease, ResolvedSettings *ret) {
        ResolvedSettings s = { .default_route = lease->flags & DHCPD_LINK_LEASE_DEFAULT_ROUTE,
                               .tunnel = lease->flags & DHCPD_LINK_LEASE_TUNNEL,
                               .over_tunnels = lease->flags & DHCPD_LINK_LEASE_OVER_TUNNELS };
        int r;

        for (size_t i = 0; i < lease->n_dns && s.n_dns < RESOLVED_DNS_MAX; i++)
                s.dns[s.n_dns++] = lease->dns[i];
        r = add_domains(&s, lease);
        if (r < 0) {
                resolved_settings_clear(&s);
                return r;
        }
        *ret = s;
        return 0;
}

void resolved_settings_unused(const ResolvedSettings *s, uint8_t option, bool dns_tunnel,
                              char ret[RESOLVED_REASON_MAX]) {
        const bool single = s->single[0] != '\0' && s->single_option == option;
        const bool domains = (s->tunnel || dns_tunnel) && s->domains_len > 0 && s->domains_option == option;

        (void) snprintf(ret, RESOLVED_REASON_MAX, "%s%s%s%s", single ? s->single : "",
                        single ? " not used: all names below it would be asked for here" : "",
                        single && domains ? "; " : "",
                        !domains            ? ""
                                : s->tunnel ? "domains not used: a tunnel takes all traffic"
                                            : "domains not used: a tunnel has DNS servers");
}

bool resolved_settings_equal(const ResolvedSettings *a, const ResolvedSettings *b) {
        return a->n_dns == b->n_dns && memcmp(a->dns, b->dns, a->n_dns * sizeof(a->dns[0])) == 0 &&
                a->domains_len == b->domains_len &&
                (a->domains_len == 0 || memcmp(a->domains, b->domains, a->domains_len) == 0) &&
                a->default_route == b->default_route && a->tunnel == b->tunnel &&
                a->over_tunnels == b->over_tunnels && a->domains_option == b->domains_option &&
                a->single_option == b->single_option && strcmp(a->single, b->single) == 0;
}
