/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What people are told of one managed link: the journal, LastError and Problems. It remembers what was
 * logged or told last (the fields of ManagedLink that end in _logged and _told, and problem), so that a
 * state is told once and not in each turn. Changes nothing else of the link.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/ip.h"
#include "io/log.h"
#include "manager/managed-link.h"

void managed_link_log(const ManagedLink *link, int priority, const char *format, ...) {
        char text[512];
        va_list ap;

        if (priority > log_level())
                return;
        va_start(ap, format);
        (void) vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        log_link_full(priority, link->ifname,
                      link->link ? dhcp4_state_to_string(dhcp4_client_state(link_client(link->link))) : NULL,
                      link->link ? dhcp4_client_xid(link_client(link->link)) : 0, "%s", text);
}

static void format_span(usec_t span, char *ret, size_t size) {
        const unsigned long long sec = span / USEC_PER_SEC;

        if (span == USEC_INFINITY)
                (void) snprintf(ret, size, "ever");
        else if (sec >= 3600)
                (void) snprintf(ret, size, "%lluh %llumin", sec / 3600, sec % 3600 / 60);
        else if (sec >= 60)
                (void) snprintf(ret, size, "%llumin %llus", sec / 60, sec % 60);
        else
                (void) snprintf(ret, size, "%llus", sec);
}

static void log_notice(const ManagedLink *link, LinkNotice notice, const Dhcp4Source *old,
                       const Dhcp4Source *new) {
        const Dhcp4Source *source = new ?: old;
        const struct in_addr server_id = source->lease ? source->lease->server_id : (struct in_addr){};
        char address[INET_ADDRSTRLEN], server[INET_ADDRSTRLEN], span[32];

        (void) inet_ntop(AF_INET, &source->address, address, sizeof(address));
        format_span(source->lifetime_usec, span, sizeof(span));
        if (server_id.s_addr == INADDR_ANY)
                (void) snprintf(server, sizeof(server), "%s", dhcp4_lease_origin_to_string(source->origin));
        else
                (void) inet_ntop(AF_INET, &server_id, server, sizeof(server));

        switch (notice) {
        case LINK_NOTICE_BOUND:
                managed_link_log(link, LOG_INFO, "Bound to %s/%u by %s for %s%s", address,
                                 source->prefix_len, server, span,
                                 managed_link_applies(link) ? "" : ", not put on the link");
                return;
        case LINK_NOTICE_RENEWED:
                managed_link_log(link, LOG_DEBUG, "Renewed %s/%u by %s for %s", address, source->prefix_len,
                                 server, span);
                return;
        case LINK_NOTICE_CHANGED:
                managed_link_log(link, LOG_INFO, "Lease changed: %s/%u by %s for %s", address,
                                 source->prefix_len, server, span);
                return;
        case LINK_NOTICE_LOST:
                managed_link_log(link, LOG_INFO, "Lost %s/%u: %s", address, source->prefix_len,
                                 dhcp4_loss_to_string(link_loss(link->link)));
                return;
        case _LINK_NOTICE_MAX:
                break;
        }
        abort();
}

/*
 * Explains why there is no default route although option 3 is there: it does not count beside option 121
 * (RFC 3442). This is logged once, until a lease has a default route.
 */
static void log_no_default(ManagedLink *link, const Dhcp4Source *source) {
        const Dhcp4NetPolicy *net = &link->config->net;
        Dhcp4Message m;
        bool lacks;

        if (!source || !net->use_gateway || net->classless == DHCP4_CLASSLESS_IGNORE)
                return;
        if (!source->lease) {
                link->no_default_logged = false;
                return;
        }
        dhcp4_lease_message(source->lease, &m);
        lacks = dhcp4_lease_lacks_default(source->lease, &m);
        if (lacks && !link->no_default_logged)
                managed_link_log(link, LOG_INFO, "Option %u lists routes but no default route%s",
                                 dhcp4_lease_routes_option(&m),
                                 dhcp4_message_has(&m, DHCP4_OPTION_ROUTERS)
                                         ? ", and beside it the routers of option 3 do not count (RFC 3442)"
                                         : "");
        link->no_default_logged = lacks;
}

static void log_conflicts(ManagedLink *link, usec_t now) {
        const uint64_t conflicts = dhcp4_client_counters(link_client(link->link))->conflicts;
        const KernelLink *other;
        char text[INET_ADDRSTRLEN];
        struct in_addr address;
        int ifindex;

        if (conflicts == link->conflicts_logged)
                return;
        link->conflicts_logged = conflicts;
        (void) search_report_tell(&link->search, dhcp4_client_search(link_client(link->link)), now,
                                  DHCP4_REFUSAL_IN_USE);
        ifindex = link_conflict(link->link, &address);
        other = ifindex > 0 ? link->manager->ports->find_link(link->manager->port, ifindex) : NULL;
        (void) inet_ntop(AF_INET, &address, text, sizeof(text));
        if (ifindex > 0)
                managed_link_log(link, LOG_WARNING,
                                 "Address conflict: another link of this host (%s) has %s, declined",
                                 other ? other->ifname : "gone", text);
        else
                managed_link_log(link, LOG_WARNING, "Address conflict: somebody else has %s, declined",
                                 text);
}

/*
 * Logs the text of a NAK, which is often the only explanation of a missing lease. A server that refuses each
 * attempt is logged once.
 */
static void log_naks(ManagedLink *link, usec_t now) {
        const uint64_t naks = dhcp4_client_counters(link_client(link->link))->refusals;
        const char *text = dhcp4_client_nak_text(link_client(link->link));

        if (naks == link->naks_logged)
                return;
        link->naks_logged = naks;
        if (!search_report_tell(&link->search, dhcp4_client_search(link_client(link->link)), now,
                                DHCP4_REFUSAL_NAK))
                return;
        managed_link_log(link, LOG_INFO, "The server refused%s%s", *text ? ": " : "", text);
}

/*
 * Logs each reason why there is no lease once, and tells observers of each attempt. Observers are not told
 * about each refused answer, because a flood of forged answers must not become a flood of signals.
 */
static void tell_search(ManagedLink *link, usec_t now) {
        const Dhcp4Search *search = dhcp4_client_search(link_client(link->link));
        char text[SEARCH_TEXT_MAX], span[32];

        if (search_report_due(&link->search, search, now)) {
                (void) search_describe(search, now, text);
                format_span(usec_sub(now, search->since), span, sizeof(span));
                managed_link_log(link, LOG_NOTICE, "No lease after %u attempts in %s: %s", search->attempts,
                                 span, text);
        }
        if (search->since == link->search_since_told && search->attempts == link->search_attempts_told)
                return;
        link->search_since_told = search->since;
        link->search_attempts_told = search->attempts;
        manager_tell_properties(link->manager, link);
}

/*
 * Tells observers about servers that were not heard before. A repeated offer is not told, so that a flood of
 * offers does not become a flood of signals.
 */
static void tell_servers(ManagedLink *link) {
        const Dhcp4Server *servers;
        const unsigned n = dhcp4_client_servers(link_client(link->link), &servers);

        if (n == link->n_servers_told)
                return;
        link->n_servers_told = (uint8_t) n;
        manager_tell_properties(link->manager, link);
}

static void log_ipv6_only(ManagedLink *link, usec_t now) {
        const Dhcp4Client *client = link_client(link->link);
        const bool ipv6_only = dhcp4_client_is_ipv6_only(client);
        char span[32];

        if (ipv6_only && !link->ipv6_only_logged) {
                format_span(usec_sub(dhcp4_client_next_deadline(client), now), span, sizeof(span));
                managed_link_log(link, LOG_INFO, "The network needs no IPv4, DHCPv4 pauses for %s", span);
        }
        link->ipv6_only_logged = ipv6_only;
}

/*
 * Logs refused routes, and the same routes only once, because a tunnel that comes and goes would fill the
 * journal. Observers are told of each change.
 */
static void log_refusals(ManagedLink *link) {
        const Dhcp4NetRefusals *refusals = link_refusals(link->link);

        if (!dhcp4_net_refusals_equal(refusals, &link->refusals_told)) {
                link->refusals_told = *refusals;
                manager_tell_properties(link->manager, link);
        }
        if (refusals->n == 0 || dhcp4_net_refusals_equal(refusals, &link->refusals_logged))
                return;
        link->refusals_logged = *refusals;
        for (size_t i = 0; i < refusals->n; i++) {
                const Dhcp4NetRefusal *refusal = &refusals->entries[i];
                char dst[INET_ADDRSTRLEN], more[32] = "";

                if (refusal->code == DHCP4_OPTION_SUBNET_MASK) {
                        managed_link_log(
                                link, LOG_WARNING,
                                "A route to the network of the lease would capture the traffic of a "
                                "tunnel, not used: %s/%u (ClasslessRoutes=accept uses it)",
                                inet_ntop(AF_INET, &refusal->first.dst, dst, sizeof(dst)) ?: "",
                                refusal->first.prefix_len);
                        continue;
                }
                if (refusal->n_routes > 1)
                        (void) snprintf(more, sizeof(more), " and %u more", refusal->n_routes - 1u);
                managed_link_log(link, LOG_WARNING,
                                 "Routes of option %u would capture the traffic of a tunnel, not used: "
                                 "%s/%u%s (ClasslessRoutes=no-override)",
                                 refusal->code,
                                 inet_ntop(AF_INET, &refusal->first.dst, dst, sizeof(dst)) ?: "",
                                 refusal->first.prefix_len, more);
        }
}

/* Returns for people what the link lacks. */
static char *describe_missing(const LinkMissing *missing) {
        GString *text = g_string_new(NULL);
        const char *and = "";

        if (missing->address) {
                g_string_append(text, "its address");
                and = " and ";
        }
        if (missing->lifetime) {
                g_string_append_printf(text, "%sthe right lifetime of its address", and);
                and = " and ";
        }
        if (missing->default_route) {
                g_string_append_printf(text, "%sthe default route", and);
                and = " and ";
        }
        if (missing->n_routes > 0) {
                char dst[INET6_ADDRSTRLEN];

                g_string_append_printf(text, "%sthe route to %s/%u", and,
                                       inet_ntop(missing->family, &missing->dst, dst, sizeof(dst)) ?: "",
                                       missing->prefix_len);
                if (missing->n_routes > 1)
                        g_string_append_printf(text, " (and %u more)", missing->n_routes - 1u);
                and = " and ";
        }
        if (missing->rule)
                g_string_append_printf(text, "%sthe policy rule", and);
        if (text->len == 0)
                g_string_append(text, "order in its routes"); /* others add to them */
        return g_string_free(text, FALSE);
}

static bool missing_equal(const LinkMissing *a, const LinkMissing *b) {
        return a->address == b->address && a->lifetime == b->lifetime &&
                a->default_route == b->default_route && a->rule == b->rule && a->n_routes == b->n_routes &&
                (a->n_routes == 0 ||
                 (a->family == b->family && a->prefix_len == b->prefix_len &&
                  ip_equal(a->family, &a->dst, &b->dst)));
}

/* Logs once when the link lacks something, and once when it has everything again. */
static void tell_missing(ManagedLink *link, usec_t now) {
        const LinkMissing *missing = link_missing(link->link);

        if (!missing) {
                if (!link->problem)
                        return;
                if (link_source(link->link) && link_settled(link->link))
                        managed_link_log(link, LOG_INFO, "Complete again");
                g_clear_pointer(&link->problem, g_free);
        } else {
                g_autofree char *what = NULL, *who = NULL;

                if (link->problem && missing_equal(missing, &link->missing_told))
                        return;
                what = describe_missing(missing);
                who = link->manager->ports->describe_remover(link->manager->port, link->ifindex,
                                                             link->ifname);
                if (!link->problem)
                        link->problem_at = now;
                g_free(link->problem);
                link->problem = g_strdup_printf("Without %s (%s)", what, who);
                link->missing_told = *missing;
                managed_link_log(link, LOG_WARNING, "%s", link->problem);
        }
        manager_tell_properties(link->manager, link);
}

static void log_failure(ManagedLink *link, usec_t now) {
        const char *what;
        const int error = link_last_error(link->link, &what);

        if (error == link->error_logged)
                return;
        link->error_logged = error;
        link->failed_at = now;
        if (error < 0)
                managed_link_log(link, LOG_WARNING, "Failed %s: %s", what, strerror(-error));
        manager_tell_properties(link->manager, link);
}

void managed_link_log_notice(ManagedLink *link, LinkNotice notice, const Dhcp4Source *old,
                             const Dhcp4Source *new) {
        log_notice(link, notice, old, new);
        log_no_default(link, new);
}

void managed_link_log_turn(ManagedLink *link, usec_t now) {
        log_conflicts(link, now);
        log_naks(link, now);
        tell_search(link, now);
        tell_servers(link);
        log_ipv6_only(link, now);
        log_refusals(link);
        tell_missing(link, now);
        log_failure(link, now);
}

void managed_link_look_for_others(ManagedLink *link) {
        const char *other = link->config->take_over
                ? NULL
                : link->manager->ports->other_manager(link->manager->port, link->ifindex);

        if (g_strcmp0(other, link->other) == 0)
                return;
        if (other)
                managed_link_log(
                        link, LOG_WARNING,
                        "%s says that it manages this link, too; we had it before, so it stays ours", other);
        else
                managed_link_log(link, LOG_INFO, "%s no longer says that it manages this link", link->other);
        link->other = other;
        link->other_at = manager_now(link->manager);
        manager_tell_properties(link->manager, link);
}

void managed_link_on_losses(ManagedLink *link, const KernelLosses *losses) {
        char address[INET_ADDRSTRLEN];

        if (losses->n_restored > 0)
                managed_link_log(
                        link, LOG_INFO,
                        "The kernel took %u addresses and routes of others with ours, they were put back",
                        losses->n_restored);
        if (losses->n_lost > 0)
                managed_link_log(
                        link, LOG_WARNING,
                        "The kernel took %u addresses and routes of others with ours that cannot be put "
                        "back, %s %s/%u: %s",
                        losses->n_lost, losses->first_is_route ? "route" : "address",
                        inet_ntop(AF_INET, &losses->first, address, sizeof(address)) ?: "",
                        losses->first_prefix_len, strerror(-losses->error));
        else if (losses->error < 0)
                managed_link_log(link, LOG_WARNING,
                                 "Cannot see what the kernel took of others with ours: %s",
                                 strerror(-losses->error));
}

static void format_date(const ManagedLink *link, usec_t boottime, char *ret, size_t size) {
        const time_t sec = (time_t) (manager_realtime(link->manager, boottime) / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&sec, &tm) || strftime(ret, size, "%a %Y-%m-%d %H:%M:%S", &tm) == 0)
                ret[0] = 0;
}

char *managed_link_describe_search(const ManagedLink *link) {
        const Dhcp4Client *client = link_client(link->link);
        const Dhcp4Search *search = dhcp4_client_search(client);
        const usec_t next_at = dhcp4_client_next_attempt_at(client);
        char text[SEARCH_TEXT_MAX], since[64], next[64] = "";

        if (!search_describe(search, manager_now(link->manager), text))
                return NULL;
        format_date(link, search->since, since, sizeof(since));
        if (next_at != USEC_INFINITY)
                format_date(link, next_at, next, sizeof(next));
        return g_strdup_printf("%s; searching since %s, %u attempts%s%s", text, since, search->attempts,
                               *next ? ", next " : "", next);
}

/* Returns the id of a problem. The port of DHCP is the only thing whose error is EADDRINUSE. */
static const char *failure_id(int error) {
        return error == -EADDRINUSE ? "port-taken" : "failed";
}

size_t managed_link_problems(const ManagedLink *link, ManagedLinkProblem ret[MANAGED_LINK_PROBLEMS_MAX]) {
        const Dhcp4Search *search = dhcp4_client_search(link_client(link->link));
        const char *what;
        const int error = link_last_error(link->link, &what);
        char text[SEARCH_TEXT_MAX];
        size_t n = 0;

        if (error < 0) {
                ret[n] = (ManagedLinkProblem){ .id = failure_id(error), .at = link->failed_at };
                (void) snprintf(ret[n].text, sizeof(ret[n].text), "Failed %s: %s", what, strerror(-error));
                n++;
        }
        if (link->problem) {
                ret[n] = (ManagedLinkProblem){ .id = "removed-by-others", .at = link->problem_at };
                g_strlcpy(ret[n++].text, link->problem, sizeof(ret->text));
        }
        if (link->other) {
                ret[n] = (ManagedLinkProblem){ .id = "managed-elsewhere", .at = link->other_at };
                (void) snprintf(ret[n++].text, sizeof(ret->text), "%s says that it manages this link, too",
                                link->other);
        }
        if (link->dns_problem) {
                ret[n] = (ManagedLinkProblem){ .id = "dns-not-taken", .at = link->dns_problem_at };
                g_strlcpy(ret[n++].text, link->dns_problem, sizeof(ret->text));
        }
        if (search_describe(search, manager_now(link->manager), text)) {
                ret[n] = (ManagedLinkProblem){ .id = search_is_silent(search) ? "no-answer"
                                                                              : "answers-not-taken",
                                               .at = search->since };
                g_strlcpy(ret[n++].text, text, sizeof(ret->text));
        }
        return n;
}

void managed_link_set_dns_problem(ManagedLink *link, const char *problem) {
        if (g_strcmp0(problem, link->dns_problem) == 0)
                return;
        if (!link->dns_problem) {
                link->dns_problem_at = manager_now(link->manager);
                managed_link_log(link, LOG_WARNING, "%s", problem);
        }
        g_free(link->dns_problem);
        link->dns_problem = g_strdup(problem);
        manager_tell_properties(link->manager, link);
}

typedef struct Unused {
        unsigned who;
        uint8_t code;
        char *reason;
} Unused;

static void unused_clear(gpointer data) {
        Unused *unused = data;

        g_free(unused->reason);
}

void managed_link_clear_unused(ManagedLink *link) {
        g_clear_pointer(&link->unused, g_array_unref);
}

static guint find_unused(const ManagedLink *link, unsigned who, uint8_t code) {
        guint i = 0;

        while (i < link->unused->len &&
               (g_array_index(link->unused, Unused, i).who != who ||
                g_array_index(link->unused, Unused, i).code != code))
                i++;
        return i;
}

void managed_link_set_unused(ManagedLink *link, unsigned who, uint8_t code, const char *reason) {
        guint i;

        if (!link->unused) {
                if (!reason)
                        return;
                link->unused = g_array_new(FALSE, FALSE, sizeof(Unused));
                g_array_set_clear_func(link->unused, unused_clear);
        }
        i = find_unused(link, who, code);
        if (i < link->unused->len) {
                if (g_strcmp0(g_array_index(link->unused, Unused, i).reason, reason) == 0)
                        return;
                g_array_remove_index(link->unused, i);
        } else if (!reason)
                return;
        if (reason && link->unused->len < MANAGED_LINK_UNUSED_MAX) {
                const Unused unused = { .who = who, .code = code, .reason = g_strdup(reason) };

                g_array_append_val(link->unused, unused);
        }
        manager_tell_properties(link->manager, link);
}

const char *managed_link_unused(const ManagedLink *link, size_t i, uint8_t *ret_code) {
        const Unused *unused;

        if (!link->unused || i >= link->unused->len)
                return NULL;
        unused = &g_array_index(link->unused, Unused, i);
        *ret_code = unused->code;
        return unused->reason;
}
