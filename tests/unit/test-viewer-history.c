/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The time line of the window: newest first, bounded by events and by names.
 */
#include "dbus/viewer/viewer-history.h"

static guint events(ViewerHistory *history, const char *name) {
        g_autoptr(GListModel) model = viewer_history_of(history, name);

        return g_list_model_get_n_items(model);
}

static void assert_event(GListModel *model, guint at, const char *text, const char *detail) {
        g_autoptr(ViewerEvent) event = g_list_model_get_item(model, at);

        g_assert_nonnull(event);
        g_assert_cmpstr(viewer_event_text(event), ==, text);
        g_assert_cmpstr(viewer_event_detail(event), ==, detail);
}

static void test_newest_first(void) {
        g_autoptr(ViewerHistory) history = viewer_history_new();
        g_autoptr(GListModel) model = viewer_history_of(history, "eth0");
        g_autoptr(ViewerEvent) event = NULL;
        gint64 before = g_get_real_time();

        g_assert_cmpuint(g_list_model_get_n_items(model), ==, 0);
        viewer_history_add(history, "eth0", "icon", "first", NULL);
        viewer_history_add(history, "eth1", "icon", "elsewhere", NULL);
        viewer_history_add(history, "eth0", "icon", "second", "more");
        g_assert_cmpuint(g_list_model_get_n_items(model), ==, 2);
        assert_event(model, 0, "second", "more");
        assert_event(model, 1, "first", "");
        event = g_list_model_get_item(model, 0);
        g_assert_cmpstr(viewer_event_icon(event), ==, "icon");
        g_assert_cmpint(viewer_event_at(event), >=, before);
}

static void test_events_are_bounded(void) {
        g_autoptr(ViewerHistory) history = viewer_history_new();
        g_autoptr(GListModel) model = viewer_history_of(history, "eth0");

        for (unsigned i = 0; i < 1000; i++) {
                g_autofree char *text = g_strdup_printf("%u", i);

                viewer_history_add(history, "eth0", "icon", text, NULL);
                g_assert_cmpuint(g_list_model_get_n_items(model), ==, MIN(i + 1, VIEWER_EVENTS_MAX));
                assert_event(model, 0, text, "");
        }
        assert_event(model, VIEWER_EVENTS_MAX - 1, "900", "");
}

/*
 * A name that is looked at counts as one to which something happened, so the link that is shown is not
 * forgotten.
 */
static void test_names_are_bounded(void) {
        g_autoptr(ViewerHistory) history = viewer_history_new();
        g_autoptr(GListModel) old = NULL;

        viewer_history_add(history, "shown", "icon", "text", NULL);
        viewer_history_add(history, "old", "icon", "text", NULL);
        old = viewer_history_of(history, "old");
        for (unsigned i = 0; i < 1000; i++) {
                g_autofree char *name = g_strdup_printf("veth%u", i);

                viewer_history_add(history, name, "icon", "text", NULL);
                g_assert_cmpuint(events(history, "shown"), ==, 1);
        }
        g_assert_cmpuint(events(history, "veth999"), ==, 1);
        g_assert_cmpuint(events(history, "old"), ==, 0);
        g_assert_cmpuint(g_list_model_get_n_items(old), ==, 1);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/viewer-history/newest-first", test_newest_first);
        g_test_add_func("/viewer-history/events-are-bounded", test_events_are_bounded);
        g_test_add_func("/viewer-history/names-are-bounded", test_names_are_bounded);
        return g_test_run();
}
