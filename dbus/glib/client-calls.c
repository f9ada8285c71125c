/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DhcpdLinkClient: calls the methods of the interface org.dhcpdlink1.Manager.
 */
#include "dbus/glib/client-internal.h"
#include "dbus/glib/link-internal.h"
#include "dbus/glib/record.h"

static void call(DhcpdLinkClient *self, const CallSpec *spec, GVariant *arguments, GCancellable *cancellable,
                 GAsyncReadyCallback callback, gpointer user_data) {
        client_call(self, self, BUS_ROOT, spec, arguments, cancellable, callback, user_data);
}

/*
 * Notes that this connection has started the link. On the private socket the daemon then signals only links
 * that the connection has started, so the others leave the list.
 */
static void hear_of(DhcpdLinkClient *self, const char *name) {
        if (!self->is_peer)
                return;
        (void) g_hash_table_add(self->started, g_strdup(name));
        client_remove_unheard_links(self);
}

static void hear_no_more_of(DhcpdLinkClient *self, const char *name) {
        if (!g_hash_table_remove(self->started, name))
                return;
        if (g_hash_table_size(self->started) > 0)
                client_remove_unheard_links(self);
        else
                client_load_links(self);
}

static gpointer take_started(DhcpdLinkClient *self, const char *name, GVariant *reply) {
        GPtrArray *links = g_ptr_array_new_with_free_func(g_object_unref);
        DhcpdLinkLink *link;
        const char *path;

        hear_of(self, name);
        g_variant_get(reply, "(&o)", &path);
        link = g_hash_table_lookup(self->by_path, path);
        if (link)
                g_ptr_array_add(links, g_object_ref(link));
        return links;
}

void dhcpd_link_client_start_link_async(DhcpdLinkClient *self, const char *name, DhcpdLinkStartFlags flags,
                                        const char *owner, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data) {
        GVariantBuilder options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

        g_return_if_fail(DHCPD_LINK_IS_CLIENT(self));
        g_return_if_fail(name && g_utf8_validate(name, -1, NULL));
        g_return_if_fail(!owner || g_utf8_validate(owner, -1, NULL));
        if (flags & DHCPD_LINK_START_FLAGS_KEEP)
                g_variant_builder_add(&options, "{sv}", "Keep", g_variant_new_boolean(TRUE));
        if (flags & DHCPD_LINK_START_FLAGS_NO_APPLY)
                g_variant_builder_add(&options, "{sv}", "Apply", g_variant_new_boolean(FALSE));
        if (owner)
                g_variant_builder_add(&options, "{sv}", "Owner", g_variant_new_string(owner));
        call(self,
             &(const CallSpec){
                     .interface = BUS_MANAGER_INTERFACE,
                     .method = "StartLink",
                     .changes = true,
                     .reply = "(o)",
                     .name = name,
                     .take = take_started,
                     .free = (GDestroyNotify) g_ptr_array_unref,
                     .tag = dhcpd_link_client_start_link_async,
             },
             g_variant_new("(sa{sv})", name, &options), cancellable, callback, user_data);
}

gboolean dhcpd_link_client_start_link_finish(DhcpdLinkClient *self, GAsyncResult *result,
                                             DhcpdLinkLink **link, GError **error) {
        g_autoptr(GPtrArray) links = call_finish(self, result, dhcpd_link_client_start_link_async, error);

        if (link)
                *link = links && links->len > 0 ? g_object_ref(links->pdata[0]) : NULL;
        return links != NULL;
}

static gpointer take_stopped(DhcpdLinkClient *self, const char *name, GVariant *reply) {
        hear_no_more_of(self, name);
        return NULL;
}

void dhcpd_link_client_stop_link_async(DhcpdLinkClient *self, const char *name, DhcpdLinkStopFlags flags,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data) {
        GVariantBuilder options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

        g_return_if_fail(DHCPD_LINK_IS_CLIENT(self));
        g_return_if_fail(name && g_utf8_validate(name, -1, NULL));
        if (flags & DHCPD_LINK_STOP_FLAGS_NO_RELEASE)
                g_variant_builder_add(&options, "{sv}", "Release", g_variant_new_boolean(FALSE));
        call(self,
             &(const CallSpec){
                     .interface = BUS_MANAGER_INTERFACE,
                     .method = "StopLink",
                     .changes = true,
                     .name = name,
                     .take = take_stopped,
                     .tag = dhcpd_link_client_stop_link_async,
             },
             g_variant_new("(sa{sv})", name, &options), cancellable, callback, user_data);
}

gboolean dhcpd_link_client_stop_link_finish(DhcpdLinkClient *self, GAsyncResult *result, GError **error) {
        return call_finish_boolean(self, result, dhcpd_link_client_stop_link_async, error);
}

void dhcpd_link_client_reload_async(DhcpdLinkClient *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data) {
        g_return_if_fail(DHCPD_LINK_IS_CLIENT(self));
        call(self,
             &(const CallSpec){
                     .interface = BUS_MANAGER_INTERFACE,
                     .method = "Reload",
                     .changes = true,
                     .tag = dhcpd_link_client_reload_async,
             },
             NULL, cancellable, callback, user_data);
}

gboolean dhcpd_link_client_reload_finish(DhcpdLinkClient *self, GAsyncResult *result, GError **error) {
        return call_finish_boolean(self, result, dhcpd_link_client_reload_async, error);
}

/*
 * Makes a record of a candidate. The index and the name, which are outside of its dictionary, become keys.
 */
static GVariant *candidate_dict(GVariant *candidate) {
        g_autoptr(GVariant) details = NULL;
        const char *name, *path;
        gint32 ifindex;
        GVariantDict dict;

        g_variant_get(candidate, "(i&s&o@a{sv})", &ifindex, &name, &path, &details);
        g_variant_dict_init(&dict, details);
        g_variant_dict_insert(&dict, "Index", "i", ifindex);
        g_variant_dict_insert(&dict, "Name", "s", name);
        return g_variant_ref_sink(g_variant_dict_end(&dict));
}

static gpointer take_candidates(DhcpdLinkClient *self, const char *name, GVariant *reply) {
        GPtrArray *candidates = records_new(NULL, 0);
        g_autoptr(GVariant) list = g_variant_get_child_value(reply, 0);
        const gsize n = MIN(g_variant_n_children(list), LINKS_MAX);

        for (gsize i = 0; i < n; i++) {
                g_autoptr(GVariant) candidate = g_variant_get_child_value(list, i);
                g_autoptr(GVariant) dict = candidate_dict(candidate);

                (void) g_variant_get_data(dict); /* record_new() needs it serialised */
                g_ptr_array_add(candidates, record_new(dict));
        }
        return candidates;
}

void dhcpd_link_client_list_candidates_async(DhcpdLinkClient *self, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data) {
        g_return_if_fail(DHCPD_LINK_IS_CLIENT(self));
        call(self,
             &(const CallSpec){
                     .interface = BUS_MANAGER_INTERFACE,
                     .method = "ListCandidateLinks",
                     .reply = "(a(isoa{sv}))",
                     .take = take_candidates,
                     .free = (GDestroyNotify) g_ptr_array_unref,
                     .tag = dhcpd_link_client_list_candidates_async,
             },
             NULL, cancellable, callback, user_data);
}

GPtrArray *dhcpd_link_client_list_candidates_finish(DhcpdLinkClient *self, GAsyncResult *result,
                                                    GError **error) {
        return call_finish(self, result, dhcpd_link_client_list_candidates_async, error);
}

void dhcpd_link_client_describe_async(DhcpdLinkClient *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data) {
        g_return_if_fail(DHCPD_LINK_IS_CLIENT(self));
        call(self,
             &(const CallSpec){
                     .interface = BUS_MANAGER_INTERFACE,
                     .method = "Describe",
                     .reply = "(s)",
                     .take = call_take_string,
                     .free = g_free,
                     .tag = dhcpd_link_client_describe_async,
             },
             NULL, cancellable, callback, user_data);
}

char *dhcpd_link_client_describe_finish(DhcpdLinkClient *self, GAsyncResult *result, GError **error) {
        return call_finish(self, result, dhcpd_link_client_describe_async, error);
}
