/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps the events of each link (contract: dbus/viewer/viewer-history.h). Needs no display.
 */
#include "dbus/viewer/viewer-history.h"

struct _ViewerEvent {
        GObject parent;
        char *text, *detail, *icon;
        guint64 at;
};

G_DEFINE_FINAL_TYPE(ViewerEvent, viewer_event, G_TYPE_OBJECT)

struct ViewerHistory {
        GHashTable *stores; /* name -> GListStore of ViewerEvent */
        GQueue names;       /* the keys of @stores; the name with the newest event is the first */
};

static void event_finalize(GObject *object) {
        ViewerEvent *event = VIEWER_EVENT(object);

        g_free(event->text);
        g_free(event->detail);
        g_free(event->icon);
        G_OBJECT_CLASS(viewer_event_parent_class)->finalize(object);
}

static void viewer_event_class_init(ViewerEventClass *class) {
        G_OBJECT_CLASS(class)->finalize = event_finalize;
}

static void viewer_event_init(ViewerEvent *event) {
        event->at = g_get_real_time();
}

const char *viewer_event_text(ViewerEvent *event) {
        return event->text;
}

const char *viewer_event_detail(ViewerEvent *event) {
        return event->detail;
}

const char *viewer_event_icon(ViewerEvent *event) {
        return event->icon;
}

guint64 viewer_event_at(ViewerEvent *event) {
        return event->at;
}

ViewerHistory *viewer_history_new(void) {
        ViewerHistory *history = g_new0(ViewerHistory, 1);

        history->stores = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
        g_queue_init(&history->names);
        return history;
}

ViewerHistory *viewer_history_free(ViewerHistory *history) {
        if (!history)
                return NULL;
        g_queue_clear(&history->names);
        g_hash_table_unref(history->stores);
        g_free(history);
        return NULL;
}

/* Makes @name the first one, and forgets the last one if there are too many. Returns the events of @name. */
static GListStore *touch(ViewerHistory *history, const char *name) {
        gpointer key, store;

        if (g_hash_table_lookup_extended(history->stores, name, &key, &store)) {
                g_queue_remove(&history->names, key);
        } else {
                key = g_strdup(name);
                store = g_list_store_new(VIEWER_TYPE_EVENT);
                g_hash_table_insert(history->stores, key, store);
        }
        g_queue_push_head(&history->names, key);
        if (g_queue_get_length(&history->names) > VIEWER_NAMES_MAX)
                g_hash_table_remove(history->stores, g_queue_pop_tail(&history->names));
        return store;
}

void viewer_history_add(ViewerHistory *history, const char *name, const char *icon, const char *text,
                        const char *detail) {
        g_autoptr(ViewerEvent) event = g_object_new(VIEWER_TYPE_EVENT, NULL);
        GListStore *store = touch(history, name);
        guint n = g_list_model_get_n_items(G_LIST_MODEL(store));

        event->text = g_strdup(text);
        event->detail = g_strdup(detail ? detail : "");
        event->icon = g_strdup(icon);
        if (n >= VIEWER_EVENTS_MAX)
                g_list_store_splice(store, VIEWER_EVENTS_MAX - 1, n - (VIEWER_EVENTS_MAX - 1), NULL, 0);
        g_list_store_insert(store, 0, event);
}

GListModel *viewer_history_of(ViewerHistory *history, const char *name) {
        return G_LIST_MODEL(g_object_ref(touch(history, name)));
}
