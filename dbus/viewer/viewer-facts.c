/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes texts of what is known about a link (contract: dbus/viewer/viewer-facts.h). Needs no display.
 */
#include "dbus/viewer/viewer-facts.h"

#include "dbus/viewer/viewer-text.h"

#include <glib/gi18n.h>

/* Lines of one value that are shown, because a server may send hundreds of routes. */
#define LINES_MAX 30

static char *clean(const char *text) {
        return viewer_text_clean(text, VIEWER_TEXT_MAX);
}

static char *hardware(GBytes *bytes) {
        size_t len;
        const void *data = g_bytes_get_data(bytes, &len);

        return viewer_text_bytes(data, len, ":", 32);
}

/*
 * Appends the line with the number @n of a list of @of lines. After LINES_MAX lines it appends how many more
 * there are.
 */
static void append_line(GString *lines, unsigned n, unsigned of, const char *line) {
        if (n > LINES_MAX)
                return;
        if (lines->len > 0)
                g_string_append_c(lines, '\n');
        if (n == LINES_MAX)
                g_string_append_printf(lines, ngettext("and %u more", "and %u more", of - n), of - n);
        else
                g_string_append(lines, line);
}

/* The facts of the lease. */

static char *address(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        g_autofree char *text = clean(dhcpd_link_dhcp4_get_address(dhcp4));

        if (!*text)
                return NULL;
        return g_strdup_printf("%s/%u", text, dhcpd_link_dhcp4_get_prefix_length(dhcp4));
}

static char *origin(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return g_strdup(viewer_text_origin(dhcpd_link_dhcp4_get_origin_name(dhcp4)));
}

static char *routers(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_list(dhcpd_link_dhcp4_get_routers(dhcp4), "\n");
}

static char *dns(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_list(dhcpd_link_dhcp4_get_dns(dhcp4), "\n");
}

static char *domain(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return clean(dhcpd_link_dhcp4_get_domain(dhcp4));
}

static char *search_domains(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_list(dhcpd_link_dhcp4_get_search_domains(dhcp4), "\n");
}

static char *ntp(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_list(dhcpd_link_dhcp4_get_ntp(dhcp4), "\n");
}

static char *hostname(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return clean(dhcpd_link_dhcp4_get_hostname(dhcp4));
}

static char *captive_portal(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return clean(dhcpd_link_dhcp4_get_captive_portal(dhcp4));
}

static char *mtu(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        guint value = dhcpd_link_dhcp4_get_mtu(dhcp4);

        return value ? g_strdup_printf("%u", value) : NULL;
}

static char *routes(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        GPtrArray *list = dhcpd_link_dhcp4_get_routes(dhcp4);
        GString *lines = g_string_new(NULL);

        for (unsigned i = 0; i < list->len; i++) {
                DhcpdLinkRoute *route = list->pdata[i];
                g_autofree char *destination = clean(dhcpd_link_route_get_destination(route));
                g_autofree char *gateway = clean(dhcpd_link_route_get_gateway(route));
                unsigned prefix = dhcpd_link_route_get_prefix_length(route);
                g_autofree char *line = *gateway
                        ? g_strdup_printf(C_("route", "%s/%u via %s"), destination, prefix, gateway)
                        : g_strdup_printf("%s/%u", destination, prefix);

                append_line(lines, i, list->len, line);
        }
        return g_string_free(lines, FALSE);
}

static char *server(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        g_autofree char *text = clean(dhcpd_link_dhcp4_get_server(dhcp4));
        g_autofree char *mac = hardware(dhcpd_link_dhcp4_get_server_hardware_address(dhcp4));

        return *text && *mac ? g_strdup_printf("%s\n%s", text, mac) : g_steal_pointer(&text);
}

static char *relay(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return clean(dhcpd_link_dhcp4_get_relay(dhcp4));
}

static char *next_server(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return clean(dhcpd_link_dhcp4_get_next_server(dhcp4));
}

static char *boot_file(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return clean(dhcpd_link_dhcp4_get_boot_file(dhcp4));
}

static char *lifetime(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        guint64 usec = dhcpd_link_dhcp4_get_lifetime(dhcp4);

        return usec ? viewer_text_span(usec) : NULL;
}

static char *granted(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_when(dhcpd_link_dhcp4_get_granted_at(dhcp4));
}

static char *t1(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_when(dhcpd_link_dhcp4_get_t1_at(dhcp4));
}

static char *t2(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_when(dhcpd_link_dhcp4_get_t2_at(dhcp4));
}

static char *ends(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_when(dhcpd_link_dhcp4_get_expires_at(dhcp4));
}

static char *ipv6_only(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return dhcpd_link_dhcp4_get_ipv6_only(dhcp4) ? g_strdup(_("The network says that IPv6 is enough."))
                                                     : NULL;
}

static char *searching(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        g_autofree char *since = viewer_text_when(dhcpd_link_dhcp4_get_searching_since(dhcp4));
        g_autofree char *next = viewer_text_when(dhcpd_link_dhcp4_get_next_attempt_at(dhcp4)), *sent = NULL;
        guint attempt = dhcpd_link_dhcp4_get_attempt(dhcp4);

        if (!*since)
                return NULL;
        /* Translators: a time, and how many messages were sent since then */
        sent = g_strdup_printf(ngettext("since %s, %u message sent", "since %s, %u messages sent", attempt),
                               since, attempt);
        /* Translators: what the one before says, and the time of the next message */
        return *next ? g_strdup_printf(_("%s, the next one at %s"), sent, next) : g_steal_pointer(&sent);
}

static char *last_ignored(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        DhcpdLinkIgnoredAnswer *answer = dhcpd_link_dhcp4_get_last_ignored(dhcp4);

        return answer ? clean(dhcpd_link_ignored_answer_get_text(answer)) : NULL;
}

/* The facts of the link. */

static char *state(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        const char *word = viewer_state_of_link(dhcpd_link_link_get_state_name(link)).word;
        g_autofree char *detail = dhcp4 ? clean(dhcpd_link_dhcp4_get_state_name(dhcp4)) : NULL;

        return detail && *detail ? g_strdup_printf("%s (%s)", word, detail) : g_strdup(word);
}

static char *hardware_address(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return hardware(dhcpd_link_link_get_hardware_address(link));
}

static char *client_id(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return dhcp4 ? hardware(dhcpd_link_dhcp4_get_client_id(dhcp4)) : NULL;
}

static char *alternative_names(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_list(dhcpd_link_link_get_alternative_names(link), "\n");
}

static char *published_only(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return dhcpd_link_link_get_applied(link)
                ? NULL
                : g_strdup(_("Nothing of the lease is put on the interface."));
}

static char *claims(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        GPtrArray *list = dhcpd_link_link_get_claims(link);
        GString *lines = g_string_new(NULL);

        for (unsigned i = 0; i < list->len; i++) {
                DhcpdLinkClaim *claim = list->pdata[i];
                g_autofree char *pattern = clean(dhcpd_link_claim_get_pattern(claim));
                g_autofree char *owner = clean(dhcpd_link_claim_get_owner(claim));
                g_autofree char *line =
                        *owner ? g_strdup_printf("%s (%s)", owner, pattern) : g_strdup(pattern);

                append_line(lines, i, list->len, line);
        }
        return g_string_free(lines, FALSE);
}

static char *config_files(DhcpdLinkLink *link, DhcpdLinkDhcp4 *dhcp4) {
        return viewer_text_list(dhcpd_link_link_get_config_files(link), "\n");
}

const ViewerFact viewer_facts_of_lease[] = {
        { NC_("fact", "Address"), address, TRUE },
        { NC_("fact", "From"), origin, TRUE },
        { NC_("fact", "Router"), routers, TRUE },
        { NC_("fact", "DNS"), dns, TRUE },
        { NC_("fact", "Domain"), domain, TRUE },
        { NC_("fact", "Search domains"), search_domains, TRUE },
        { NC_("fact", "Time servers"), ntp, TRUE },
        { NC_("fact", "Host name"), hostname, TRUE },
        { NC_("fact", "Captive portal"), captive_portal, TRUE },
        { NC_("fact", "MTU"), mtu, TRUE },
        { NC_("fact", "Routes"), routes, TRUE },
        { NC_("fact", "Server"), server, TRUE },
        { NC_("fact", "Relay"), relay, TRUE },
        { NC_("fact", "Boot server"), next_server, TRUE },
        { NC_("fact", "Boot file"), boot_file, TRUE },
        { NC_("fact", "Granted"), granted, TRUE },
        { NC_("fact", "Granted for"), lifetime, TRUE },
        { NC_("fact", "Asks its server (T1)"), t1, TRUE },
        { NC_("fact", "Asks any server (T2)"), t2, TRUE },
        { NC_("fact", "Ends"), ends, TRUE },
        { NC_("fact", "IPv6 only"), ipv6_only, TRUE },
        { NC_("fact", "Searching"), searching, TRUE },
        { NC_("fact", "Answer not used"), last_ignored, TRUE },
        {},
};

const ViewerFact viewer_facts_of_link[] = {
        { NC_("fact", "State"), state, FALSE },
        { NC_("fact", "Hardware address"), hardware_address, FALSE },
        { NC_("fact", "Client identifier"), client_id, FALSE },
        { NC_("fact", "Other names"), alternative_names, FALSE },
        { NC_("fact", "Published only"), published_only, FALSE },
        { NC_("fact", "Managed for"), claims, FALSE },
        { NC_("fact", "Configuration"), config_files, FALSE },
        {},
};

char *viewer_fact_value(const ViewerFact *fact, DhcpdLinkLink *link) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);
        char *value = fact->of_lease && !dhcp4 ? NULL : fact->value(link, dhcp4);

        return value ? value : g_strdup("");
}

const char *viewer_fact_title(const ViewerFact *fact) {
        return g_dpgettext2(NULL, "fact", fact->title);
}

char *viewer_fact_summary(DhcpdLinkLink *link) {
        const char *word = viewer_state_of_link(dhcpd_link_link_get_state_name(link)).word;
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);
        g_autofree char *text = dhcp4 ? clean(dhcpd_link_dhcp4_get_address(dhcp4)) : NULL;

        return text && *text ? g_strdup_printf(C_("link", "%s, %s"), word, text) : g_strdup(word);
}

char *viewer_option_text(DhcpdLinkOption *option) {
        GVariant *value = dhcpd_link_option_get_value(option);

        return value ? viewer_text_value(dhcpd_link_option_get_name(option), value) : g_strdup("");
}

char *viewer_option_raw(DhcpdLinkOption *option) {
        size_t len;
        const void *data = g_bytes_get_data(dhcpd_link_option_get_data(option), &len);

        return viewer_text_bytes(data, len, " ", VIEWER_BYTES_MAX);
}

char *viewer_option_note(DhcpdLinkOption *option) {
        const char *ignored = dhcpd_link_option_get_ignored_text(option);
        g_auto(GStrv) lines = NULL;

        if (ignored) {
                lines = g_strsplit(ignored, "\n", /* max_tokens= */ -1);
                return viewer_text_list((const char *const *) lines, "\n");
        }
        if (dhcpd_link_option_get_kept(option))
                return g_strdup(_("Kept: the last answer lacked it."));
        return g_strdup("");
}

static void append_facts(GString *text, const ViewerFact *facts, DhcpdLinkLink *link) {
        for (; facts->title; facts++) {
                g_autofree char *value = viewer_fact_value(facts, link);

                if (!*value)
                        continue;
                for (char *at = value; *at; at++)
                        if (*at == '\n')
                                *at = ' ';
                g_string_append_printf(text, "%s: %s\n", viewer_fact_title(facts), value);
        }
}

static void append_options(GString *text, GListModel *options) {
        for (guint i = 0; i < g_list_model_get_n_items(options); i++) {
                g_autoptr(DhcpdLinkOption) option = g_list_model_get_item(options, i);
                g_autofree char *name = clean(dhcpd_link_option_get_name(option)),
                                *value = viewer_option_text(option);
                g_autofree char *raw = viewer_option_raw(option), *note = viewer_option_note(option);

                g_string_append_printf(text, "%u %s: %s [%s]", dhcpd_link_option_get_code(option), name,
                                       value, raw);
                if (*note)
                        g_string_append_printf(text, " %s", note);
                g_string_append_c(text, '\n');
        }
}

char *viewer_facts_text(DhcpdLinkLink *link) {
        GString *text = g_string_new(NULL);
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);
        GPtrArray *problems = dhcpd_link_link_get_problems(link);
        g_autofree char *name = clean(dhcpd_link_link_get_name(link));

        g_string_append_printf(text, "%s\n", name);
        append_facts(text, viewer_facts_of_link, link);
        for (unsigned i = 0; i < problems->len; i++) {
                g_autofree char *problem = clean(dhcpd_link_problem_get_text(problems->pdata[i]));

                g_string_append_printf(text, _("Problem: %s"), problem);
                g_string_append_c(text, '\n');
        }
        append_facts(text, viewer_facts_of_lease, link);
        if (dhcp4 && g_list_model_get_n_items(dhcpd_link_dhcp4_get_options(dhcp4)) > 0) {
                g_string_append_printf(text, "\n%s\n", _("Options"));
                append_options(text, dhcpd_link_dhcp4_get_options(dhcp4));
        }
        return g_string_free(text, FALSE);
}
