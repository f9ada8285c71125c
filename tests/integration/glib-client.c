/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program over libdhcpd-link-glib that test_glib.py drives: commands are lines of its standard input,
 * and what happens are lines of its standard output, in the order in which it happens. After every event
 * it looks whether what the library shows is consistent, and ends with an assertion if not.
 *
 *   glib-client ADDRESS bus|peer [thread] [auto-start] [lied-to]
 *
 * `thread`: all of it in a thread with a main context of its own, while nobody runs the default one.
 */
#include <dhcpd-link-client.h>
#include <gio/gunixinputstream.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
        GMainContext *context;
        GMainLoop *loop;
        DhcpdLinkClient *client;
        DhcpdLinkLink *kept;
        DhcpdLinkDhcp4 *kept_dhcp4;
        bool lied_to;    /* what the daemon shows need not be consistent */
        GThread *thread; /* the thread in which everything has to happen */
        unsigned n_live; /* links that are not finalized */
        unsigned n_listed;
} world;

static G_GNUC_PRINTF(1, 2) void say(const char *format, ...) {
        va_list arguments;

        g_assert_true(g_thread_self() == world.thread);
        va_start(arguments, format);
        (void) vprintf(format, arguments);
        va_end(arguments);
        (void) putchar('\n');
        (void) fflush(stdout);
}

/* Asserts that the list is sorted, has each link once, and no link that is gone. */
static void check_list(void) {
        GListModel *model = G_LIST_MODEL(world.client);
        const guint n = g_list_model_get_n_items(model);
        int before = -1;

        g_assert_null(g_list_model_get_item(model, n));
        g_assert_cmpuint(n, ==, world.n_listed);
        for (guint i = 0; i < n; i++) {
                g_autoptr(DhcpdLinkLink) link = g_list_model_get_item(model, i);

                g_assert_true(dhcpd_link_link_get_present(link));
                if (world.lied_to)
                        continue;
                g_assert_cmpint(dhcpd_link_link_get_index(link), >, before);
                before = dhcpd_link_link_get_index(link);
                g_assert_true(dhcpd_link_client_get_link_by_index(world.client, before) == link);
                g_assert_true(dhcpd_link_client_get_link(world.client, dhcpd_link_link_get_name(link)) ==
                              link);
        }
        g_assert_true(n == 0 ||
                      dhcpd_link_client_get_daemon_state(world.client) == DHCPD_LINK_DAEMON_STATE_RUNNING ||
                      dhcpd_link_client_get_daemon_state(world.client) == DHCPD_LINK_DAEMON_STATE_UNKNOWN);
}

/* Events */

static const char *nick(GType type, int value) {
        g_autoptr(GEnumClass) class = g_type_class_ref(type);

        return g_enum_get_value(class, value)->value_nick;
}

static void on_daemon_state(DhcpdLinkClient *client, GParamSpec *spec, gpointer unused) {
        say("daemon %s %s",
            nick(DHCPD_LINK_TYPE_DAEMON_STATE, (int) dhcpd_link_client_get_daemon_state(client)),
            dhcpd_link_client_get_daemon_message(client));
}

static void on_items_changed(GListModel *model, guint at, guint removed, guint added, gpointer unused) {
        world.n_listed += added - removed;
        check_list();
}

static void on_freed(gpointer name, GObject *where) {
        world.n_live--;
        say("freed %s", (char *) name);
        g_free(name);
}

static void on_state_changed(DhcpdLinkDhcp4 *dhcp4, const char *old_state, const char *new_state,
                             GVariant *details, DhcpdLinkLink *link) {
        say("transition %s %s %s", dhcpd_link_link_get_name(link), old_state, new_state);
}

static void on_lease_changed(DhcpdLinkDhcp4 *dhcp4, DhcpdLinkLeaseChange change, GVariant *old_values,
                             GVariant *new_values, GVariant *details, DhcpdLinkLink *link) {
        const char *address = "";

        /* The properties show what the signal says. */
        if (g_variant_lookup(new_values, "Address", "&s", &address))
                g_assert_cmpstr(dhcpd_link_dhcp4_get_address(dhcp4), ==, address);
        say("lease %s %s %s", dhcpd_link_link_get_name(link),
            nick(DHCPD_LINK_TYPE_LEASE_CHANGE, (int) change), dhcpd_link_dhcp4_get_address(dhcp4));
}

static void on_address(DhcpdLinkDhcp4 *dhcp4, GParamSpec *spec, gpointer unused) {
        if (world.lied_to)
                return;
        /* All properties of one message are set before the first notify. */
        g_assert_true((dhcpd_link_dhcp4_get_address(dhcp4)[0] != '\0') ==
                      (dhcpd_link_dhcp4_get_prefix_length(dhcp4) != 0));
        g_assert_true((dhcpd_link_dhcp4_get_address(dhcp4)[0] != '\0') ==
                      (dhcpd_link_dhcp4_get_origin(dhcp4) != DHCPD_LINK_ORIGIN_NONE));
}

static void on_present(DhcpdLinkLink *link, GParamSpec *spec, gpointer unused) {
        g_assert_false(dhcpd_link_link_get_present(link));
}

static void on_added(DhcpdLinkClient *client, DhcpdLinkLink *link, gpointer unused) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);

        check_list();
        world.n_live++;
        g_object_weak_ref(G_OBJECT(link), on_freed, g_strdup(dhcpd_link_link_get_name(link)));
        (void) g_signal_connect(link, "notify::present", G_CALLBACK(on_present), NULL);
        if (dhcp4) {
                (void) g_signal_connect_object(dhcp4, "state-changed", G_CALLBACK(on_state_changed), link,
                                               0);
                (void) g_signal_connect_object(dhcp4, "lease-changed", G_CALLBACK(on_lease_changed), link,
                                               0);
                (void) g_signal_connect(dhcp4, "notify::address", G_CALLBACK(on_address), NULL);
        }
        say("added %s", dhcpd_link_link_get_name(link));
}

static void on_removed(DhcpdLinkClient *client, DhcpdLinkLink *link, gpointer unused) {
        g_assert_false(dhcpd_link_link_get_present(link));
        check_list();
        say("removed %s", dhcpd_link_link_get_name(link));
}

static void on_candidates_changed(DhcpdLinkClient *client, gpointer unused) {
        say("candidates-changed");
}

/* Answers to calls; the user data is the command. */

static void answer(char *command, gboolean ok, GError *error) {
        if (ok) {
                g_assert_no_error(error);
                say("done %s", command);
        } else {
                g_assert_nonnull(error);
                say("error %s: %s %s", command,
                    error->domain == DHCPD_LINK_ERROR ? nick(DHCPD_LINK_TYPE_ERROR, error->code)
                            : g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                            ? "cancelled"
                            : g_quark_to_string(error->domain),
                    error->message);
        }
        g_clear_error(&error);
        g_free(command);
}

static void on_started(GObject *client, GAsyncResult *result, gpointer command) {
        g_autoptr(DhcpdLinkLink) link = NULL;
        GError *error = NULL;
        const gboolean ok =
                dhcpd_link_client_start_link_finish(DHCPD_LINK_CLIENT(client), result, &link, &error);

        /* The link is in the list when the call ends. */
        g_assert_true(!link ||
                      dhcpd_link_client_get_link(DHCPD_LINK_CLIENT(client),
                                                 dhcpd_link_link_get_name(link)) == link);
        g_assert_true(ok || !link);
        answer(command, ok, error);
}

static void on_stopped(GObject *client, GAsyncResult *result, gpointer command) {
        GError *error = NULL;
        const gboolean ok = dhcpd_link_client_stop_link_finish(DHCPD_LINK_CLIENT(client), result, &error);

        answer(command, ok, error);
}

static void on_reloaded(GObject *client, GAsyncResult *result, gpointer command) {
        GError *error = NULL;
        const gboolean ok = dhcpd_link_client_reload_finish(DHCPD_LINK_CLIENT(client), result, &error);

        answer(command, ok, error);
}

static void on_prepared(GObject *client, GAsyncResult *result, gpointer command) {
        GError *error = NULL;
        const gboolean ok = dhcpd_link_client_prepare_finish(DHCPD_LINK_CLIENT(client), result, &error);

        answer(command, ok, error);
}

static void on_renewed(GObject *link, GAsyncResult *result, gpointer command) {
        GError *error = NULL;
        const gboolean ok = dhcpd_link_link_renew_finish(DHCPD_LINK_LINK(link), result, &error);

        answer(command, ok, error);
}

static void on_released(GObject *link, GAsyncResult *result, gpointer command) {
        GError *error = NULL;
        const gboolean ok = dhcpd_link_link_release_finish(DHCPD_LINK_LINK(link), result, &error);

        answer(command, ok, error);
}

static void on_restarted(GObject *link, GAsyncResult *result, gpointer command) {
        GError *error = NULL;
        const gboolean ok = dhcpd_link_link_restart_finish(DHCPD_LINK_LINK(link), result, &error);

        answer(command, ok, error);
}

static void on_described(GObject *object, GAsyncResult *result, gpointer command) {
        GError *error = NULL;
        g_autofree char *json = DHCPD_LINK_IS_LINK(object)
                ? dhcpd_link_link_describe_finish(DHCPD_LINK_LINK(object), result, &error)
                : dhcpd_link_client_describe_finish(DHCPD_LINK_CLIENT(object), result, &error);

        if (json)
                say("json %s", json);
        answer(command, json != NULL, error);
}

static void on_counters(GObject *dhcp4, GAsyncResult *result, gpointer command) {
        GError *error = NULL;
        g_autoptr(GVariant) counters =
                dhcpd_link_dhcp4_get_counters_finish(DHCPD_LINK_DHCP4(dhcp4), result, &error);
        guint64 n;

        if (counters && g_variant_lookup(counters, "ReceivedAck", "t", &n))
                say("acks %" G_GUINT64_FORMAT, n);
        answer(command, counters != NULL, error);
}

static void on_candidates(GObject *client, GAsyncResult *result, gpointer command) {
        GError *error = NULL;
        g_autoptr(GPtrArray) candidates =
                dhcpd_link_client_list_candidates_finish(DHCPD_LINK_CLIENT(client), result, &error);

        for (guint i = 0; candidates && i < candidates->len; i++)
                say("candidate %s %s", dhcpd_link_candidate_get_name(candidates->pdata[i]),
                    nick(DHCPD_LINK_TYPE_CANDIDATE_REASON,
                         (int) dhcpd_link_candidate_get_reason(candidates->pdata[i])));
        answer(command, candidates != NULL, error);
}

/* Commands */

static void say_options(DhcpdLinkDhcp4 *dhcp4) {
        GListModel *options = dhcpd_link_dhcp4_get_options(dhcp4);

        for (guint i = 0; i < g_list_model_get_n_items(options); i++) {
                g_autoptr(DhcpdLinkOption) option = g_list_model_get_item(options, i);

                say("option %u %s %zu %s", dhcpd_link_option_get_code(option),
                    dhcpd_link_option_get_name(option), g_bytes_get_size(dhcpd_link_option_get_data(option)),
                    dhcpd_link_option_get_text(option));
        }
}

static void say_kept(void) {
        say("kept %s present=%d address=%s state=%s remaining=%" G_GUINT64_FORMAT,
            dhcpd_link_link_get_name(world.kept), dhcpd_link_link_get_present(world.kept),
            dhcpd_link_dhcp4_get_address(world.kept_dhcp4),
            dhcpd_link_dhcp4_get_state_name(world.kept_dhcp4),
            dhcpd_link_dhcp4_get_remaining(world.kept_dhcp4, 0) / G_USEC_PER_SEC);
}

static void quit(void) {
        /* With their client, links are finalized that nothing else holds. */
        g_assert_finalize_object(world.client);
        world.client = NULL;
        if (world.kept) {
                g_assert_false(dhcpd_link_link_get_present(world.kept));
                g_clear_object(&world.kept_dhcp4);
                g_assert_finalize_object(world.kept);
                world.kept = NULL;
        }
        g_assert_cmpuint(world.n_live, ==, 0);
        /* Lets GIO free what it frees later. */
        while (g_main_context_iteration(world.context, FALSE))
                ;
        g_main_loop_quit(world.loop);
}

/* Runs a command about a link in the list or, with the name "kept", about the link that is kept. */
static void command_of_link(const char *verb, const char *name, GCancellable *cancellable, char *line) {
        DhcpdLinkLink *link =
                strcmp(name, "kept") == 0 ? world.kept : dhcpd_link_client_get_link(world.client, name);

        g_assert_nonnull(link);
        if (strcmp(verb, "renew") == 0)
                dhcpd_link_link_renew_async(link, cancellable, on_renewed, line);
        else if (strcmp(verb, "release") == 0)
                dhcpd_link_link_release_async(link, cancellable, on_released, line);
        else if (strcmp(verb, "restart") == 0)
                dhcpd_link_link_restart_async(link, cancellable, on_restarted, line);
        else if (strcmp(verb, "describe") == 0)
                dhcpd_link_link_describe_async(link, cancellable, on_described, line);
        else if (strcmp(verb, "counters") == 0)
                dhcpd_link_dhcp4_get_counters_async(link == world.kept ? world.kept_dhcp4
                                                                       : dhcpd_link_link_get_dhcp4(link),
                                                    cancellable, on_counters, line);
        else if (strcmp(verb, "options") == 0) {
                say_options(dhcpd_link_link_get_dhcp4(link));
                answer(line, TRUE, NULL);
        } else if (strcmp(verb, "keep") == 0) {
                world.kept = g_object_ref(link);
                world.kept_dhcp4 = g_object_ref(dhcpd_link_link_get_dhcp4(link));
                answer(line, TRUE, NULL);
        } else
                g_error("What is %s?", line);
}

static void command_of_all(const char *verb, GCancellable *cancellable, char *line) {
        if (strcmp(verb, "prepare") == 0)
                dhcpd_link_client_prepare_async(world.client, cancellable, on_prepared, line);
        else if (strcmp(verb, "reload") == 0)
                dhcpd_link_client_reload_async(world.client, cancellable, on_reloaded, line);
        else if (strcmp(verb, "candidates") == 0)
                dhcpd_link_client_list_candidates_async(world.client, cancellable, on_candidates, line);
        else if (strcmp(verb, "describe-all") == 0)
                dhcpd_link_client_describe_async(world.client, cancellable, on_described, line);
        else {
                if (strcmp(verb, "interactive") == 0)
                        dhcpd_link_client_set_interactive(world.client, TRUE);
                else if (strcmp(verb, "kept") == 0)
                        say_kept();
                else if (strcmp(verb, "drop") == 0) {
                        g_clear_object(&world.kept_dhcp4);
                        g_clear_object(&world.kept);
                } else if (strcmp(verb, "quit") == 0)
                        quit();
                else if (strcmp(verb, "sync") != 0)
                        g_error("What is %s?", line);
                answer(line, TRUE, NULL);
        }
}

/* Runs a command. `cancel COMMAND` cancels it as soon as it is under way. */
static void run_command(char *line) {
        g_auto(GStrv) words = g_strsplit(line, " ", 3);
        g_autoptr(GCancellable) cancellable = NULL;
        char **word = words;

        if (strcmp(word[0], "cancel") == 0) {
                cancellable = g_cancellable_new();
                word++;
        }
        if (!word[1])
                command_of_all(word[0], cancellable, line);
        else if (strcmp(word[0], "start") == 0)
                dhcpd_link_client_start_link_async(world.client, word[1], DHCPD_LINK_START_FLAGS_NONE,
                                                   "glib-client", cancellable, on_started, line);
        else if (strcmp(word[0], "start-only") == 0)
                dhcpd_link_client_start_link_async(world.client, word[1], DHCPD_LINK_START_FLAGS_NO_APPLY,
                                                   NULL, cancellable, on_started, line);
        else if (strcmp(word[0], "stop") == 0)
                dhcpd_link_client_stop_link_async(world.client, word[1], DHCPD_LINK_STOP_FLAGS_NONE,
                                                  cancellable, on_stopped, line);
        else
                command_of_link(word[0], word[1], cancellable, line);
        if (cancellable)
                g_cancellable_cancel(cancellable);
}

static void on_line(GObject *input, GAsyncResult *result, gpointer unused) {
        char *line = g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(input), result, NULL, NULL);

        g_assert_nonnull(line);
        run_command(line);
        if (world.client)
                g_data_input_stream_read_line_async(G_DATA_INPUT_STREAM(input), G_PRIORITY_DEFAULT, NULL,
                                                    on_line, NULL);
}

static void make_client(const char *address, bool peer, bool auto_start) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GDBusConnection) connection = g_dbus_connection_new_for_address_sync(
                address,
                G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                        (peer ? 0 : G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
                NULL, NULL, &error);

        g_assert_no_error(error);
        world.client = dhcpd_link_client_new(
                connection, auto_start ? DHCPD_LINK_CLIENT_FLAGS_AUTO_START : DHCPD_LINK_CLIENT_FLAGS_NONE);
        (void) g_signal_connect(world.client, "notify::daemon-state", G_CALLBACK(on_daemon_state), NULL);
        (void) g_signal_connect(world.client, "items-changed", G_CALLBACK(on_items_changed), NULL);
        (void) g_signal_connect(world.client, "link-added", G_CALLBACK(on_added), NULL);
        (void) g_signal_connect(world.client, "link-removed", G_CALLBACK(on_removed), NULL);
        (void) g_signal_connect(world.client, "candidates-changed", G_CALLBACK(on_candidates_changed), NULL);
}

static gpointer live(gpointer data) {
        char **arguments = data;
        g_autoptr(GInputStream) raw = g_unix_input_stream_new(STDIN_FILENO, FALSE);
        g_autoptr(GDataInputStream) input = g_data_input_stream_new(raw);

        world.thread = g_thread_self();
        world.lied_to = g_strv_contains((const char *const *) arguments + 2, "lied-to");
        g_main_context_push_thread_default(world.context);
        world.loop = g_main_loop_new(world.context, FALSE);
        make_client(arguments[1], strcmp(arguments[2], "peer") == 0,
                    g_strv_contains((const char *const *) arguments + 2, "auto-start"));
        g_data_input_stream_read_line_async(input, G_PRIORITY_DEFAULT, NULL, on_line, NULL);
        g_main_loop_run(world.loop);
        g_main_loop_unref(world.loop);
        g_main_context_pop_thread_default(world.context);
        return NULL;
}

int main(int argc, char **argv) {
        g_assert_cmpint(argc, >=, 3);
        if (g_strv_contains((const char *const *) argv + 2, "thread")) {
                GThread *thread;

                world.context = g_main_context_new();
                thread = g_thread_new("client", live, argv);
                (void) g_thread_join(thread);
        } else {
                world.context = g_main_context_ref(g_main_context_default());
                (void) live(argv);
        }
        g_main_context_unref(world.context);
        return 0;
}
