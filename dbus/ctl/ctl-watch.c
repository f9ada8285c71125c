/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch: shows the links on the terminal, and draws them again when they change, until the user ends it.
 *
 * watch connects as status and monitor do, so the first connection starts the daemon if the private socket
 * or the bus can do that. If the daemon ends, somebody has stopped it, and watch must not start it again. So
 * it waits on the system bus until the daemon is there. Only if there is no system bus it tries the private
 * socket again every second.
 *
 * Everything is asynchronous, so that keys and signals take effect at any time. watch wakes up when the
 * daemon sends a signal, when a key is pressed, and when a visible line changes with time
 * (ctl-watch-view.c). If many signals come, it draws about twenty times a second.
 */
#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "dbus/ctl/ctl-watch.h"
#include "dbus/name-owner.h"

#define FRAME_USEC    (50 * USEC_PER_MSEC) /* the least time between two frames */
#define RETRY_USEC    (1 * USEC_PER_SEC)
#define ACCURACY_USEC (5 * USEC_PER_MSEC)

typedef struct Watch {
        sd_event *event;
        WatchTerminal *terminal;
        WatchKeys keys;
        sd_event_source *draw, *writable, *retry;

        sd_bus *bus;
        NameOwner *daemon; /* on @bus */
        sd_bus_slot *fetch;
        bool fetched; /* the links were read; earlier signals are ignored, because the answer has them */

        char **names;      /* of the command line; empty: all links */
        GHashTable *links; /* all links that the daemon has */
        bool stale;        /* @links has changed, so @model may point to links that are gone */
        WatchModel model;
        int32_t selected; /* the index of the selected interface; its place in the list may change */
        char *notice;
        usec_t drawn_at; /* CLOCK_BOOTTIME */
        guint scroll_max;
        unsigned rows;
        bool utf8;
        int died_of; /* the signal that ends us; 0: none */
} Watch;

static int connect_daemon(Watch *watch);

/* The model */

static bool is_wanted(const Watch *watch, const CtlLink *link) {
        for (size_t i = 0; watch->names[i]; i++)
                if (ctl_link_has_name(link, watch->names[i]))
                        return true;
        return !watch->names[0];
}

/* Returns true if the link with this name is shown. Signals of the manager have a name, but no link. */
static bool is_wanted_name(const Watch *watch, const char *name) {
        GHashTableIter iter;
        gpointer link;

        if (!watch->names[0] || g_strv_contains((const char *const *) watch->names, name))
                return true;
        g_hash_table_iter_init(&iter, watch->links);
        while (g_hash_table_iter_next(&iter, NULL, &link))
                if (ctl_link_has_name(link, name))
                        return is_wanted(watch, link);
        return false;
}

static bool is_there(const GPtrArray *links, const char *name) {
        for (guint i = 0; i < links->len; i++)
                if (ctl_link_has_name(links->pdata[i], name))
                        return true;
        return false;
}

/*
 * Brings the model up to date with @links. If the selected link is gone, the link that is now at its place
 * is selected. This is done once for each frame and not for each signal, because thousands of links may send
 * thousands of signals before the next frame.
 */
static void update_model(Watch *watch) {
        WatchModel *model = &watch->model;
        GPtrArray *all;

        if (!watch->stale)
                return;
        watch->stale = false;
        all = ctl_links_sort(watch->links);
        g_ptr_array_set_size(model->links, 0);
        g_ptr_array_set_size(model->missing, 0);
        for (guint i = 0; i < all->len; i++)
                if (is_wanted(watch, all->pdata[i]))
                        g_ptr_array_add(model->links, all->pdata[i]);
        for (size_t i = 0; watch->names[i]; i++)
                if (!is_there(model->links, watch->names[i]))
                        g_ptr_array_add(model->missing, watch->names[i]);
        g_ptr_array_unref(all);

        if (model->selected >= model->links->len)
                model->selected = model->links->len > 0 ? model->links->len - 1 : 0;
        for (guint i = 0; i < model->links->len; i++)
                if (((const CtlLink *) model->links->pdata[i])->ifindex == watch->selected)
                        model->selected = i;
        if (model->links->len > 0)
                watch->selected = ((const CtlLink *) model->links->pdata[model->selected])->ifindex;
}

static void select_link(Watch *watch, guint i) {
        WatchModel *model = &watch->model;

        if (model->links->len == 0)
                return;
        model->selected = MIN(i, model->links->len - 1);
        watch->selected = ((const CtlLink *) model->links->pdata[model->selected])->ifindex;
        model->scroll = 0;
}

static void set_notice(Watch *watch, char *notice) {
        g_free(watch->notice);
        watch->notice = notice;
        watch->model.notice = notice;
}

/* Drawing */

static void draw_at(Watch *watch, usec_t at) {
        (void) sd_event_source_set_time(watch->draw, at);
        (void) sd_event_source_set_enabled(watch->draw,
                                           at == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void draw_soon(Watch *watch) {
        draw_at(watch, watch->drawn_at + FRAME_USEC);
}

static void links_changed(Watch *watch) {
        watch->stale = true;
        draw_soon(watch);
}

static int end_badly(Watch *watch, int r) {
        /* The terminal is gone, so nobody would read an error. */
        return sd_event_exit(watch->event, r);
}

static int draw(Watch *watch) {
        WatchScreen screen = { .utf8 = watch->utf8,
                               .color = ctl_is_colored(),
                               .now = ctl_now(CLOCK_BOOTTIME) };
        WatchFrame frame;
        int r;

        update_model(watch);
        watch_terminal_get_size(watch->terminal, &screen.columns, &screen.rows);
        frame = watch_view(&watch->model, &screen);
        watch->rows = screen.rows;
        watch->scroll_max = frame.scroll_max;
        watch->model.scroll = MIN(watch->model.scroll, frame.scroll_max);
        watch->drawn_at = screen.now;
        r = watch_terminal_draw(watch->terminal, &frame);
        draw_at(watch, frame.next_change);
        watch_frame_clear(&frame);
        if (r > 0)
                r = sd_event_source_set_enabled(watch->writable, SD_EVENT_ON);
        return r < 0 ? end_badly(watch, r) : 0;
}

static int on_draw(sd_event_source *source, uint64_t usec, void *userdata) {
        return draw(userdata);
}

static int on_writable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Watch *watch = userdata;
        int r;

        r = watch_terminal_flush(watch->terminal);
        if (r != 0)
                return r < 0 ? end_badly(watch, r) : 0;
        (void) sd_event_source_set_enabled(watch->writable, SD_EVENT_OFF);
        draw_soon(watch); /* changes that came meanwhile were not drawn */
        return 0;
}

/* The daemon */

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        return connect_daemon(userdata);
}

static void disconnect(Watch *watch) {
        watch->fetch = sd_bus_slot_unref(watch->fetch);
        watch->daemon = name_owner_free(watch->daemon);
        if (watch->bus)
                (void) sd_bus_detach_event(watch->bus);
        watch->bus = sd_bus_close_unref(watch->bus);
        watch->fetched = false;
}

/* Forgets all links when the daemon is gone, because what it said may be wrong by now. */
static void lose_daemon(Watch *watch, const char *why) {
        if (watch->fetched)
                watch_add_event(&watch->model, ctl_now(CLOCK_REALTIME), NULL, "the daemon is gone");
        watch->fetched = false;
        watch->fetch = sd_bus_slot_unref(watch->fetch);
        set_notice(
                watch,
                g_strdup_printf("The daemon is not there%s%s. Waiting for it.", why ? ": " : "", why ?: ""));
        g_hash_table_remove_all(watch->links);
        links_changed(watch);
}

static int retry_in(Watch *watch, usec_t span) {
        int r;

        r = sd_event_source_set_time_relative(watch->retry, span);
        return r < 0 ? r : sd_event_source_set_enabled(watch->retry, SD_EVENT_ONESHOT);
}

static int on_fetched(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        Watch *watch = userdata;
        int r;

        watch->fetch = sd_bus_slot_unref(watch->fetch);
        if (error) {
                const bool absent = sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
                        sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER);

                lose_daemon(watch, absent ? NULL : ctl_error_text(error, -EIO));
                /* A bus tells when the daemon appears. On the private socket we have to ask again. */
                return ctl_is_private(watch->bus) ? retry_in(watch, RETRY_USEC) : 0;
        }
        r = ctl_links_read(watch->links, m);
        if (r < 0) {
                lose_daemon(watch, "its answer is not understood");
                return 0;
        }
        watch->fetched = true;
        set_notice(watch, NULL);
        links_changed(watch);
        return 0;
}

/*
 * Asks the daemon for all links. @start: the bus may start the daemon for this. There is no time limit,
 * because the daemon may take long to start, and keys work meanwhile.
 */
static int fetch(Watch *watch, bool start) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        watch->fetch = sd_bus_slot_unref(watch->fetch);
        watch->fetched = false;
        r = sd_bus_message_new_method_call(watch->bus, &m, ctl_destination(watch->bus), BUS_ROOT,
                                           DBUS_OBJECT_MANAGER_INTERFACE, "GetManagedObjects");
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(m, start);
        if (r < 0)
                return r;
        return sd_bus_call_async(watch->bus, &watch->fetch, m, on_fetched, watch, UINT64_MAX);
}

static void on_owner(void *userdata, bool owned) {
        Watch *watch = userdata;

        if (!owned)
                lose_daemon(watch, NULL);
        else if (fetch(watch, /* start= */ false) < 0)
                lose_daemon(watch, "no memory");
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Watch *watch = userdata;
        const char *path = sd_bus_message_get_path(m), *name;
        const CtlLink *link = g_hash_table_lookup(watch->links, path);
        const bool had_carrier = link && link->carrier;
        g_autofree char *text = NULL;
        CtlLink *updated;

        if (!watch->fetched)
                return 0;
        /*
         * A signal that is not understood is ignored. What it was about is read from a later signal, or when
         * the daemon is restarted.
         */
        (void) ctl_links_update(watch->links, m, &updated);
        link = g_hash_table_lookup(watch->links, path);
        if (ctl_event_text(m, link, had_carrier, &name, &text) >= 0 && text &&
            (link ? is_wanted(watch, link) : is_wanted_name(watch, name)))
                watch_add_event(&watch->model, ctl_now(CLOCK_REALTIME), ctl_text(name), text);
        links_changed(watch);
        return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Watch *watch = userdata;

        lose_daemon(watch, NULL);
        /*
         * The connection calls this handler, so it cannot be closed here. If we can wait on the system bus
         * instead, we connect there at once.
         */
        return retry_in(watch, ctl_is_private(watch->bus) && !ctl_options.socket_given ? 0 : RETRY_USEC);
}

static int listen(Watch *watch, bool start) {
        int r;

        r = name_owner_new(watch->bus, BUS_NAME, on_owner, watch, &watch->daemon);
        for (const CtlSignal *s = ctl_signals; s->member && r >= 0; s++)
                r = name_owner_match(watch->daemon, NULL, s->interface, s->member, on_signal, watch);
        if (r >= 0)
                r = name_owner_match_local(watch->bus, "Disconnected", on_disconnected, watch);
        if (r >= 0)
                r = fetch(watch, start);
        return r < 0 ? r : sd_bus_attach_event(watch->bus, watch->event, SD_EVENT_PRIORITY_NORMAL);
}

/*
 * Connects to the daemon. The first time, the private socket is tried before the system bus. Later the
 * system bus is tried first, because a connection to the private socket would start a daemon that somebody
 * has stopped.
 */
static int connect_daemon(Watch *watch) {
        const bool first = !watch->notice;
        g_autofree char *why = NULL;
        int r;

        disconnect(watch);
        r = first || ctl_options.socket_given ? ctl_connect_private(&watch->bus) : -ENOTCONN;
        if (r < 0 && !ctl_options.socket_given)
                r = ctl_connect_system(&watch->bus);
        if (r < 0 && !first && !ctl_options.socket_given)
                r = ctl_connect_private(&watch->bus);
        if (first)
                set_notice(watch, g_strdup("Asking the daemon ..."));
        if (r >= 0)
                r = listen(watch, first);
        if (r >= 0)
                return 0;
        disconnect(watch);
        why = g_strdup_printf("%s: %s", ctl_options.socket, strerror(-r));
        lose_daemon(watch, why);
        return retry_in(watch, RETRY_USEC);
}

/* Keys */

static void press(Watch *watch, WatchKey key) {
        WatchModel *model = &watch->model;
        const guint page = watch->rows > 4 ? watch->rows / 2 : 1;

        update_model(watch);
        switch (key) {
        case WATCH_KEY_NONE:
                break;
        case WATCH_KEY_QUIT:
                (void) sd_event_exit(watch->event, EXIT_SUCCESS);
                break;
        case WATCH_KEY_UP:
                if (model->selected > 0)
                        select_link(watch, model->selected - 1);
                break;
        case WATCH_KEY_DOWN:
                select_link(watch, model->selected + 1);
                break;
        case WATCH_KEY_FIRST:
                select_link(watch, 0);
                break;
        case WATCH_KEY_LAST:
                select_link(watch, G_MAXUINT);
                break;
        case WATCH_KEY_PAGE_UP:
                model->scroll -= MIN(model->scroll, page);
                break;
        case WATCH_KEY_PAGE_DOWN:
                model->scroll = MIN(model->scroll + page, watch->scroll_max);
                break;
        case WATCH_KEY_HELP:
                model->help = !model->help;
                model->scroll = 0;
                break;
        case WATCH_KEY_REDRAW:
                watch_terminal_forget(watch->terminal);
                break;
        }
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Watch *watch = userdata;
        char bytes[64];
        const ssize_t n = read(fd, bytes, sizeof(bytes));

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n < 0 || (n == 0 && (revents & (EPOLLHUP | EPOLLERR))))
                return end_badly(watch, n < 0 ? -errno : -EIO);
        for (ssize_t i = 0; i < n; i++)
                press(watch, watch_key(&watch->keys, bytes[i]));
        return n > 0 ? draw(watch) : 0;
}

/* Signals */

static int on_end(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        Watch *watch = userdata;

        watch->died_of = (int) si->ssi_signo;
        return sd_event_exit(watch->event, EXIT_FAILURE);
}

static void unblock_and_raise(int sig) {
        sigset_t set, old;

        (void) sigemptyset(&set);
        (void) sigaddset(&set, sig);
        (void) raise(sig);
        (void) sigprocmask(SIG_UNBLOCK, &set, &old); /* the signal is delivered here */
        (void) sigprocmask(SIG_SETMASK, &old, NULL);
}

static int resume(Watch *watch) {
        int r;

        r = watch_terminal_enter(watch->terminal);
        return r < 0 ? end_badly(watch, r) : draw(watch);
}

/* Ctrl-Z: restores the terminal for the shell, and stops us as the default action of SIGTSTP would do. */
static int on_stop(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        static const struct timespec at_once = {};
        Watch *watch = userdata;
        sigset_t set;

        watch_terminal_leave(watch->terminal);
        unblock_and_raise(SIGTSTP);
        /* Remove the SIGCONT that has continued us, so that on_continue() is not called for it. */
        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGCONT);
        (void) sigtimedwait(&set, NULL, &at_once);
        return resume(watch);
}

/*
 * Takes over the terminal again after SIGSTOP, which cannot be caught, so that we could not restore it
 * before.
 */
static int on_continue(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        return resume(userdata);
}

static int on_resize(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        Watch *watch = userdata;

        watch_terminal_forget(watch->terminal);
        return draw(watch);
}

static int catch_signals(Watch *watch) {
        static const struct {
                int sig;
                sd_event_signal_handler_t handler;
        } signals[] = {
                { SIGINT, on_end },   { SIGTERM, on_end },      { SIGHUP, on_end },      { SIGQUIT, on_end },
                { SIGTSTP, on_stop }, { SIGCONT, on_continue }, { SIGWINCH, on_resize },
        };
        sigset_t set;
        int r;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                (void) sigaddset(&set, signals[i].sig);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
                r = sd_event_add_signal(watch->event, NULL, signals[i].sig, signals[i].handler, watch);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* All of it */

static int add_timer(Watch *watch, sd_event_source **ret, sd_event_time_handler_t handler,
                     int64_t priority) {
        int r;

        r = sd_event_add_time(watch->event, ret, CLOCK_BOOTTIME, 0, ACCURACY_USEC, handler, watch);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(*ret, priority);
        return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

static int set_up(Watch *watch) {
        const int input = watch_terminal_get_input(watch->terminal);
        int r;

        r = sd_event_new(&watch->event);
        if (r < 0)
                return r;
        r = catch_signals(watch);
        if (r < 0)
                return r;
        /* Drawing comes before the bus, because signals may come without a pause. */
        r = add_timer(watch, &watch->draw, on_draw, SD_EVENT_PRIORITY_IMPORTANT);
        if (r < 0)
                return r;
        r = add_timer(watch, &watch->retry, on_retry, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return r;
        r = sd_event_add_io(watch->event, &watch->writable, watch_terminal_get_output(watch->terminal),
                            EPOLLOUT, on_writable, watch);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(watch->writable, SD_EVENT_OFF);
        if (r < 0 || input < 0)
                return r;
        return sd_event_add_io(watch->event, NULL, input, EPOLLIN, on_input, watch);
}

static void clear(Watch *watch) {
        disconnect(watch);
        (void) sd_event_source_unref(watch->draw);
        (void) sd_event_source_unref(watch->retry);
        (void) sd_event_source_unref(watch->writable);
        (void) sd_event_unref(watch->event);
        watch_clear_events(&watch->model);
        g_ptr_array_unref(watch->model.links);
        g_ptr_array_unref(watch->model.missing);
        g_hash_table_unref(watch->links);
        g_free(watch->notice);
        g_strfreev(watch->names);
}

/* Runs the loop. Draws once before it, so that the user sees that there is no daemon yet. */
static int run(Watch *watch) {
        int r;

        r = watch_terminal_enter(watch->terminal);
        if (r < 0)
                return r;
        r = connect_daemon(watch);
        if (r < 0)
                return r;
        r = draw(watch);
        return r < 0 ? r : sd_event_loop(watch->event);
}

int verb_watch(int argc, char **argv) {
        _cleanup_(watch_terminal_freep) WatchTerminal *terminal = NULL;
        Watch watch = {};
        int r;

        if (watch_terminal_new(&terminal) < 0)
                return EXIT_FAILURE;
        watch.terminal = terminal;
        watch.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
        watch.links = ctl_links_new();
        watch.model.links = g_ptr_array_new();
        watch.model.missing = g_ptr_array_new();
        watch.names = g_new0(char *, (gsize) argc);
        for (int i = 1; i < argc; i++)
                watch.names[i - 1] = ctl_unescape_name(argv[i]);

        r = set_up(&watch);
        if (r >= 0)
                r = run(&watch);
        watch_terminal_leave(terminal);
        if (r < 0)
                ctl_fail("Cannot watch the links: %s", strerror(-r));
        clear(&watch);
        if (watch.died_of > 0) {
                /* End by the signal, as if we had not caught it. */
                (void) signal(watch.died_of, SIG_DFL);
                unblock_and_raise(watch.died_of);
        }
        return r < 0 ? EXIT_FAILURE : r;
}
