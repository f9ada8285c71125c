/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes and reads the file with the state of hooks (contract: plugin/hooks/state-file.h). */
#include "plugin/hooks/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"

typedef struct Entry {
        int ifindex;
        char *hook;
        HookReason reason;
        usec_t at;
        bool running;
        char *failure; /* how it failed when it ended last; NULL: it did not fail */
} Entry;

struct HookState {
        sd_event *event;
        sd_event_source *timer; /* writes the file when it runs out; NULL: the file is up to date */
        HookStateWaiting waiting;
        void *userdata;
        char *path;
        GTree *entries; /* "IFINDEX.HOOK" -> Entry, owned */
};

static void entry_free(gpointer p) {
        Entry *entry = p;

        g_free(entry->hook);
        g_free(entry->failure);
        g_free(entry);
}

static gint compare_keys(gconstpointer a, gconstpointer b, gpointer userdata) {
        return strcmp(a, b);
}

typedef struct Writer {
        const HookState *state;
        GString *text;
} Writer;

static gboolean append_entry(gpointer key, gpointer value, gpointer userdata) {
        const Entry *entry = value;
        Writer *w = userdata;

        if (!entry->running && !entry->failure)
                return FALSE;
        g_string_append_printf(w->text, "%d %s %s %" PRIu64 " ", entry->ifindex, entry->hook,
                               hook_reason_to_string(entry->reason), entry->at);
        if (entry->running)
                g_string_append_printf(w->text, "running %zu\n",
                                       w->state->waiting(w->state->userdata, entry->ifindex));
        else
                g_string_append_printf(w->text, "failed %s\n", entry->failure);
        return FALSE;
}

static void write_file(const HookState *state) {
        g_autoptr(GString) text = g_string_new(NULL);
        Writer w = { state, text };

        g_string_append_printf(text, "pid %d\n", (int) getpid());
        g_tree_foreach(state->entries, append_entry, &w);
        /* Only people read the file, so hooks run even if it cannot be written. */
        (void) g_file_set_contents_full(state->path, text->str, (gssize) text->len,
                                        G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        HookState *state = userdata;

        state->timer = sd_event_source_disable_unref(state->timer);
        write_file(state);
        return 0;
}

void hook_state_touch(HookState *state) {
        if (!state->timer &&
            sd_event_add_time_relative(state->event, &state->timer, CLOCK_BOOTTIME, HOOK_STATE_PERIOD_USEC,
                                       0, on_timer, state) < 0)
                write_file(state);
}

HookState *hook_state_new(sd_event *event, const char *folder, HookStateWaiting waiting, void *userdata) {
        HookState *state = g_new0(HookState, 1);

        state->event = sd_event_ref(event);
        state->waiting = waiting;
        state->userdata = userdata;
        state->path = g_build_filename(folder, HOOK_STATE_NAME, NULL);
        state->entries = g_tree_new_full(compare_keys, NULL, g_free, entry_free);
        write_file(state);
        return state;
}

HookState *hook_state_free(HookState *state) {
        if (!state)
                return NULL;
        (void) sd_event_source_disable_unref(state->timer);
        (void) sd_event_unref(state->event);
        (void) unlink(state->path);
        g_tree_unref(state->entries);
        g_free(state->path);
        g_free(state);
        return NULL;
}

static usec_t now(const HookState *state) {
        uint64_t usec;

        return sd_event_now(state->event, CLOCK_BOOTTIME, &usec) < 0 ? 0 : usec;
}

void hook_state_begin(HookState *state, int ifindex, const char *hook, HookReason reason) {
        g_autofree char *key = g_strdup_printf("%d.%s", ifindex, hook);
        Entry *entry = g_tree_lookup(state->entries, key);

        if (!entry) {
                entry = g_new0(Entry, 1);
                entry->ifindex = ifindex;
                entry->hook = g_strdup(hook);
                g_tree_insert(state->entries, g_steal_pointer(&key), entry);
        }
        entry->reason = reason;
        entry->at = now(state);
        entry->running = true;
        hook_state_touch(state);
}

void hook_state_end(HookState *state, int ifindex, const char *hook, const char *failure) {
        g_autofree char *key = g_strdup_printf("%d.%s", ifindex, hook);
        Entry *entry = g_tree_lookup(state->entries, key);

        if (!entry)
                return;
        hook_state_touch(state);
        if (!failure) {
                (void) g_tree_remove(state->entries, key);
                return;
        }
        g_free(entry->failure);
        entry->failure = g_strdelimit(g_strdup(failure), "\n", '?');
        entry->at = now(state);
        entry->running = false;
}

typedef struct Forget {
        int ifindex;
        GPtrArray *keys; /* borrowed */
} Forget;

static gboolean collect(gpointer key, gpointer value, gpointer userdata) {
        Forget *forget = userdata;

        if (((const Entry *) value)->ifindex == forget->ifindex)
                g_ptr_array_add(forget->keys, key);
        return FALSE;
}

void hook_state_forget(HookState *state, int ifindex) {
        g_autoptr(GPtrArray) keys = g_ptr_array_new();
        Forget forget = { ifindex, keys };

        g_tree_foreach(state->entries, collect, &forget);
        for (guint i = 0; i < keys->len; i++)
                (void) g_tree_remove(state->entries, keys->pdata[i]);
        hook_state_touch(state);
}

/* Reading */

static void read_entry_free(gpointer p) {
        HookStateEntry *entry = p;

        g_free(entry->hook);
        g_free(entry->reason);
        g_free(entry->text);
        g_free(entry);
}

/* Reads a line about a hook. Returns NULL if it is another line. */
static HookStateEntry *parse_line(const char *line) {
        g_auto(GStrv) words = g_strsplit(line, " ", 6);
        HookStateEntry *entry;
        guint64 ifindex, at, waiting = 0;
        bool running;

        if (g_strv_length(words) != 6)
                return NULL;
        running = strcmp(words[4], "running") == 0;
        if (!g_ascii_string_to_unsigned(words[0], 10, 1, G_MAXINT, &ifindex, NULL) ||
            !g_ascii_string_to_unsigned(words[3], 10, 0, G_MAXUINT64, &at, NULL) ||
            (!running && strcmp(words[4], "failed") != 0) ||
            (running && !g_ascii_string_to_unsigned(words[5], 10, 0, G_MAXUINT64, &waiting, NULL)))
                return NULL;
        entry = g_new0(HookStateEntry, 1);
        entry->ifindex = (int) ifindex;
        entry->hook = g_strdup(words[1]);
        entry->reason = g_strdup(words[2]);
        entry->at = at;
        entry->running = running;
        entry->waiting = waiting;
        entry->text = running ? NULL : g_strdup(words[5]);
        return entry;
}

/* Returns the content of the file, or NULL if there is none or it cannot be read. */
static char *read_text(const char *path) {
        const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        g_autofree char *text = g_malloc(HOOK_STATE_SIZE_MAX + 1);
        size_t len = 0;
        ssize_t n = 0;

        if (fd < 0)
                return NULL;
        while (len < HOOK_STATE_SIZE_MAX && (n = read(fd, text + len, HOOK_STATE_SIZE_MAX - len)) > 0)
                len += (size_t) n;
        (void) close(fd);
        if (n < 0)
                return NULL;
        text[len] = '\0';
        return g_steal_pointer(&text);
}

GPtrArray *hook_state_parse(const char *text, pid_t *ret_pid) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        GPtrArray *entries;
        guint64 pid;

        if (!lines[0] || !g_str_has_prefix(lines[0], "pid ") ||
            !g_ascii_string_to_unsigned(lines[0] + strlen("pid "), 10, 1, G_MAXINT, &pid, NULL))
                return NULL;
        *ret_pid = (pid_t) pid;
        entries = g_ptr_array_new_with_free_func(read_entry_free);
        for (char **line = lines + 1; *line; line++) {
                HookStateEntry *entry = parse_line(*line);

                if (entry)
                        g_ptr_array_add(entries, entry);
        }
        return entries;
}

GPtrArray *hook_state_read(const char *folder, bool *ret_died) {
        g_autofree char *path = g_build_filename(folder, HOOK_STATE_NAME, NULL), *text = read_text(path);
        pid_t pid;
        GPtrArray *entries = text ? hook_state_parse(text, &pid) : NULL;

        if (entries)
                *ret_died = kill(pid, 0) < 0 && errno == ESRCH;
        return entries;
}
