/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The links of a client: a table by path, because messages name a link by its path, and a list sorted by
 * index for programs. A signal that is emitted may run any code of a program. So the table and the list are
 * complete before a signal is emitted, and we hold a reference to its link until all handlers have returned.
 */
#include "dbus/glib/client-internal.h"
#include "dbus/glib/link-internal.h"

static int compare(DhcpdLinkLink *a, DhcpdLinkLink *b) {
        const int x = dhcpd_link_link_get_index(a), y = dhcpd_link_link_get_index(b);

        return x != y ? (x > y) - (x < y) : g_strcmp0(link_path(a), link_path(b));
}

static int compare_places(gconstpointer a, gconstpointer b) {
        return compare(*(DhcpdLinkLink *const *) a, *(DhcpdLinkLink *const *) b);
}

/* Returns the place of @link in the list, or the place where it has to be inserted. */
static guint find_place(DhcpdLinkClient *self, DhcpdLinkLink *link) {
        guint low = 0, high = self->list->len;

        while (low < high) {
                const guint middle = low + (high - low) / 2;

                if (compare(self->list->pdata[middle], link) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Returns true if the object has the interface of a link. The object manager also lists other objects. */
static bool is_link(GVariant *interfaces) {
        g_autoptr(GVariant) dict =
                g_variant_lookup_value(interfaces, BUS_LINK_INTERFACE, G_VARIANT_TYPE_VARDICT);

        return dict != NULL;
}

static DhcpdLinkLink *link_take(DhcpdLinkClient *self, const char *path, GVariant *interfaces) {
        DhcpdLinkLink *link;

        if (g_hash_table_size(self->by_path) >= LINKS_MAX || !is_link(interfaces))
                return NULL;
        link = link_new(self, path, interfaces, self->budget);
        g_hash_table_insert(self->by_path, (gpointer) link_path(link), link);
        return link;
}

void client_add_link(DhcpdLinkClient *self, const char *path, GVariant *interfaces) {
        g_autoptr(DhcpdLinkLink) link = g_hash_table_lookup(self->by_path, path);
        guint place;

        if (link) {
                /* A link that we have already gets another address family. */
                link_update(g_object_ref(link), interfaces, /* first= */ false);
                return;
        }
        link = link_take(self, path, interfaces);
        if (!link)
                return;
        (void) g_object_ref(link);
        place = find_place(self, link);
        g_ptr_array_insert(self->list, (gint) place, link);
        g_list_model_items_changed(G_LIST_MODEL(self), place, 0, 1);
        client_emit_link(self, link, /* added= */ true);
}

void client_remove_link(DhcpdLinkClient *self, DhcpdLinkLink *link) {
        const guint place = find_place(self, link);

        (void) g_object_ref(link);
        g_ptr_array_remove_index(self->list, place);
        (void) g_hash_table_remove(self->by_path, link_path(link));
        g_list_model_items_changed(G_LIST_MODEL(self), place, 1, 0);
        link_gone(link);
        client_emit_link(self, link, /* added= */ false);
        g_object_unref(link);
}

static GPtrArray *copy_list(DhcpdLinkClient *self) {
        GPtrArray *links = g_ptr_array_new_with_free_func(g_object_unref);

        for (guint i = 0; i < self->list->len; i++)
                g_ptr_array_add(links, g_object_ref(self->list->pdata[i]));
        return links;
}

void client_remove_all_links(DhcpdLinkClient *self) {
        g_autoptr(GPtrArray) links = copy_list(self);

        if (links->len == 0)
                return;
        g_ptr_array_set_size(self->list, 0);
        g_hash_table_remove_all(self->by_path);
        g_list_model_items_changed(G_LIST_MODEL(self), 0, links->len, 0);
        for (guint i = 0; i < links->len; i++) {
                link_gone(links->pdata[i]);
                client_emit_link(self, links->pdata[i], /* added= */ false);
        }
}

static void remove_others(DhcpdLinkClient *self, GVariant *objects) {
        g_autoptr(GPtrArray) links = copy_list(self);
        g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);
        GVariantIter iter;
        const char *path;

        if (links->len == 0)
                return;
        (void) g_variant_iter_init(&iter, objects);
        while (g_variant_iter_next(&iter, "{&o@a{sa{sv}}}", &path, NULL))
                (void) g_hash_table_add(paths, (gpointer) path);
        for (guint i = 0; i < links->len; i++)
                if (!g_hash_table_contains(paths, link_path(links->pdata[i])) &&
                    dhcpd_link_link_get_present(links->pdata[i]))
                        client_remove_link(self, links->pdata[i]);
}

void client_set_links(DhcpdLinkClient *self, GVariant *objects) {
        const bool was_empty = self->list->len == 0;
        g_autoptr(GPtrArray) links = NULL;
        GVariantIter iter;
        const char *path;
        GVariant *interfaces;

        remove_others(self, objects);
        (void) g_variant_iter_init(&iter, objects);
        while (g_variant_iter_next(&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
                DhcpdLinkLink *link;

                if (!was_empty || g_hash_table_contains(self->by_path, path))
                        client_add_link(self, path, interfaces);
                else if ((link = link_take(self, path, interfaces)))
                        g_ptr_array_add(self->list, link);
                g_variant_unref(interfaces);
        }
        if (!was_empty)
                return;
        /* If the list was empty, one change of the list has all links. */
        g_ptr_array_sort(self->list, compare_places);
        links = copy_list(self);
        if (links->len > 0)
                g_list_model_items_changed(G_LIST_MODEL(self), 0, 0, links->len);
        for (guint i = 0; i < links->len; i++)
                if (dhcpd_link_link_get_present(links->pdata[i]))
                        client_emit_link(self, links->pdata[i], /* added= */ true);
}

void client_remove_unheard_links(DhcpdLinkClient *self) {
        g_autoptr(GPtrArray) links = copy_list(self);

        for (guint i = 0; i < links->len; i++) {
                GHashTableIter iter;
                gpointer name;
                bool heard = false;

                g_hash_table_iter_init(&iter, self->started);
                while (!heard && g_hash_table_iter_next(&iter, &name, NULL))
                        heard = link_has_name(links->pdata[i], name);
                if (!heard && dhcpd_link_link_get_present(links->pdata[i]))
                        client_remove_link(self, links->pdata[i]);
        }
}
