/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Follows links and records events (contract: dbus/viewer/viewer-follow.h).
 *
 * Events come from signals while the window is open, because the daemon does not record events itself.
 */
#include "dbus/viewer/viewer-follow.h"

#include "dbus/viewer/viewer-facts.h"
#include "dbus/viewer/viewer-text.h"

#include <glib/gi18n.h>

/* Problems of a link that are followed at most. */
#define PROBLEMS_MAX 16

/* A link that is followed, and its state when the last event was recorded. */
typedef struct Followed {
        ViewerFollow *follow;
        DhcpdLinkLink *link;
        DhcpdLinkDhcp4 *dhcp4;
        GPtrArray *problems; /* texts */
        gboolean carrier;
} Followed;

struct _ViewerFollow {
        GObject parent;
        DhcpdLinkClient *client;
        ViewerHistory *history;
        GPtrArray *links;   /* of Followed, as the client lists them */
        GPtrArray *removed; /* names of removed links whose removal is not recorded yet */
        guint flush;        /* an idle source that records them */
};

G_DEFINE_FINAL_TYPE(ViewerFollow, viewer_follow, G_TYPE_OBJECT)

static void add(Followed *followed, const char *icon, const char *text, const char *detail) {
        viewer_history_add(followed->follow->history, dhcpd_link_link_get_name(followed->link), icon, text,
                           detail);
}

/* DHCPv4. */

static void on_state(Followed *followed, const char *before, const char *now) {
        g_autofree char *old = viewer_text_clean(before, VIEWER_TEXT_MAX),
                        *new = viewer_text_clean(now, VIEWER_TEXT_MAX);
        /* Translators: states such as BOUND and RENEWING */
        g_autofree char *text = g_strdup_printf(_("State %s, was %s"), new, old);

        add(followed, "emblem-synchronizing-symbolic", text, NULL);
}

/* The properties of DHCPv4 that an event about a new or changed lease has, with their titles. */
static const struct {
        const char *property, *title;
        gboolean of_new; /* an event about a new lease has it, too */
} told[] = {
        { "Address", NC_("fact", "Address"), TRUE },
        { "Server", NC_("fact", "Server"), TRUE },
        { "Relay", NC_("fact", "Relay"), FALSE },
        { "Routers", NC_("fact", "Router"), FALSE },
        { "DNS", NC_("fact", "DNS"), FALSE },
        { "Domain", NC_("fact", "Domain"), FALSE },
        { "SearchDomains", NC_("fact", "Search domains"), FALSE },
        { "NTP", NC_("fact", "Time servers"), FALSE },
        { "Hostname", NC_("fact", "Host name"), FALSE },
        { "CaptivePortal", NC_("fact", "Captive portal"), FALSE },
        { "MTU", NC_("fact", "MTU"), FALSE },
};

static char *text_of_changes(GVariant *values, gboolean is_new) {
        GString *text = g_string_new(NULL);

        for (size_t i = 0; i < G_N_ELEMENTS(told); i++) {
                g_autoptr(GVariant) value = g_variant_lookup_value(values, told[i].property, NULL);
                g_autofree char *words = value ? viewer_text_value(NULL, value) : NULL;
                g_autofree char *part = viewer_text_clean(words, VIEWER_TEXT_MAX);

                if (*part && (told[i].of_new || !is_new))
                        g_string_append_printf(text, "%s%s: %s", text->len > 0 ? "; " : "",
                                               g_dpgettext2(NULL, "fact", told[i].title), part);
        }
        return g_string_free(text, FALSE);
}

static void on_lease(Followed *followed, DhcpdLinkLeaseChange change, GVariant *old_values,
                     GVariant *new_values, GVariant *details) {
        g_autoptr(GEnumClass) words = g_type_class_ref(DHCPD_LINK_TYPE_LEASE_CHANGE);
        GEnumValue *word = g_enum_get_value(words, change);
        gboolean lost = change == DHCPD_LINK_LEASE_CHANGE_LOST;
        g_autofree char *changes = NULL;
        const char *why = "";

        g_variant_lookup(details, "Why", "&s", &why);
        if (change != DHCPD_LINK_LEASE_CHANGE_RENEWED)
                changes = text_of_changes(lost ? old_values : new_values,
                                          change != DHCPD_LINK_LEASE_CHANGE_CHANGED);
        add(followed, lost ? "network-wired-disconnected-symbolic" : "network-wired-symbolic",
            viewer_text_lease_changed(word ? word->value_nick : "", why), changes);
}

static void on_ignored(Followed *followed) {
        DhcpdLinkIgnoredAnswer *answer = dhcpd_link_dhcp4_get_last_ignored(followed->dhcp4);
        g_autofree char *text = NULL;

        if (!answer)
                return;
        text = viewer_text_clean(dhcpd_link_ignored_answer_get_text(answer), VIEWER_TEXT_MAX);
        add(followed, "action-unavailable-symbolic", _("Answer not used"), text);
}

/* The link. */

static void on_dhcp4(Followed *followed) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(followed->link);

        if (dhcp4 == followed->dhcp4)
                return;
        if (followed->dhcp4)
                g_signal_handlers_disconnect_by_data(followed->dhcp4, followed);
        g_set_object(&followed->dhcp4, dhcp4);
        if (!dhcp4)
                return;
        g_signal_connect_swapped(dhcp4, "state-changed", G_CALLBACK(on_state), followed);
        g_signal_connect_swapped(dhcp4, "lease-changed", G_CALLBACK(on_lease), followed);
        g_signal_connect_swapped(dhcp4, "notify::last-ignored", G_CALLBACK(on_ignored), followed);
}

static void on_carrier(Followed *followed) {
        gboolean carrier = dhcpd_link_link_get_carrier(followed->link);

        if (carrier == followed->carrier)
                return;
        followed->carrier = carrier;
        add(followed, carrier ? "network-wired-symbolic" : "network-wired-disconnected-symbolic",
            carrier ? _("Connected") : _("Disconnected"), NULL);
}

static gboolean has(GPtrArray *texts, const char *text) {
        return g_ptr_array_find_with_equal_func(texts, text, g_str_equal, NULL);
}

static void on_problems(Followed *followed) {
        GPtrArray *records = dhcpd_link_link_get_problems(followed->link);
        g_autoptr(GPtrArray) before = g_steal_pointer(&followed->problems);
        GPtrArray *now = g_ptr_array_new_with_free_func(g_free);

        followed->problems = now;
        for (unsigned i = 0; i < MIN(records->len, PROBLEMS_MAX); i++)
                g_ptr_array_add(
                        now,
                        viewer_text_clean(dhcpd_link_problem_get_text(records->pdata[i]), VIEWER_TEXT_MAX));
        for (unsigned i = 0; i < now->len; i++)
                if (!has(before, now->pdata[i]))
                        add(followed, "dialog-warning-symbolic", _("Problem"), now->pdata[i]);
        for (unsigned i = 0; i < before->len; i++)
                if (!has(now, before->pdata[i]))
                        add(followed, "object-select-symbolic", _("Solved"), before->pdata[i]);
}

static void followed_free(gpointer data) {
        Followed *followed = data;

        g_signal_handlers_disconnect_by_data(followed->link, followed);
        if (followed->dhcp4)
                g_signal_handlers_disconnect_by_data(followed->dhcp4, followed);
        g_clear_object(&followed->dhcp4);
        g_object_unref(followed->link);
        g_ptr_array_unref(followed->problems);
        g_free(followed);
}

/* Begins to follow a link. Takes over the reference to @link. */
static Followed *followed_new(ViewerFollow *follow, DhcpdLinkLink *link) {
        Followed *followed = g_new0(Followed, 1);
        g_autofree char *summary = viewer_fact_summary(link);

        followed->follow = follow;
        followed->link = link;
        followed->problems = g_ptr_array_new_with_free_func(g_free);
        followed->carrier = dhcpd_link_link_get_carrier(link);
        g_signal_connect_swapped(link, "notify::dhcp4", G_CALLBACK(on_dhcp4), followed);
        g_signal_connect_swapped(link, "notify::carrier", G_CALLBACK(on_carrier), followed);
        g_signal_connect_swapped(link, "notify::problems", G_CALLBACK(on_problems), followed);
        add(followed, "list-add-symbolic", _("Managed"), summary);
        on_dhcp4(followed);
        on_problems(followed);
        return followed;
}

/*
 * Records the links that were removed. If the daemon ends, the client removes the links before it says that
 * the daemon is gone. So this is done a moment later, when the reason is known.
 */
static void flush(ViewerFollow *follow) {
        /* The version is empty as soon as the daemon is gone. The state changes later. */
        gboolean running = *dhcpd_link_client_get_version(follow->client) != 0;

        g_clear_handle_id(&follow->flush, g_source_remove);
        for (unsigned i = 0; i < follow->removed->len; i++)
                viewer_history_add(follow->history, follow->removed->pdata[i], "list-remove-symbolic",
                                   _("Not managed any more"), running ? NULL : _("dhcpd-link ended."));
        g_ptr_array_set_size(follow->removed, 0);
}

static gboolean on_idle(gpointer data) {
        ViewerFollow *follow = data;

        follow->flush = 0;
        flush(follow);
        return G_SOURCE_REMOVE;
}

static void on_links(GListModel *client, guint position, guint removed, guint added, ViewerFollow *follow) {
        if (added > 0)
                flush(follow);
        for (guint i = position; i < position + removed; i++) {
                Followed *followed = follow->links->pdata[i];

                g_ptr_array_add(follow->removed, g_strdup(dhcpd_link_link_get_name(followed->link)));
        }
        if (removed > 0) {
                g_ptr_array_remove_range(follow->links, position, removed);
                if (follow->flush == 0)
                        follow->flush = g_idle_add_full(G_PRIORITY_HIGH_IDLE, on_idle, follow, NULL);
        }
        for (guint i = position; i < position + added; i++)
                g_ptr_array_insert(follow->links, i, followed_new(follow, g_list_model_get_item(client, i)));
}

static void follow_dispose(GObject *object) {
        ViewerFollow *follow = VIEWER_FOLLOW(object);

        if (follow->client)
                g_signal_handlers_disconnect_by_data(follow->client, follow);
        g_clear_handle_id(&follow->flush, g_source_remove);
        g_clear_object(&follow->client);
        g_clear_pointer(&follow->links, g_ptr_array_unref);
        g_clear_pointer(&follow->removed, g_ptr_array_unref);
        G_OBJECT_CLASS(viewer_follow_parent_class)->dispose(object);
}

static void viewer_follow_class_init(ViewerFollowClass *class) {
        G_OBJECT_CLASS(class)->dispose = follow_dispose;
}

static void viewer_follow_init(ViewerFollow *follow) {
        follow->links = g_ptr_array_new_with_free_func(followed_free);
        follow->removed = g_ptr_array_new_with_free_func(g_free);
}

ViewerFollow *viewer_follow_new(DhcpdLinkClient *client, ViewerHistory *history) {
        ViewerFollow *follow = g_object_new(VIEWER_TYPE_FOLLOW, NULL);

        follow->client = g_object_ref(client);
        follow->history = history;
        g_signal_connect(client, "items-changed", G_CALLBACK(on_links), follow);
        on_links(G_LIST_MODEL(client), 0, 0, g_list_model_get_n_items(G_LIST_MODEL(client)), follow);
        return follow;
}
