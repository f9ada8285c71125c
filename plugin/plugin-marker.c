/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The marker of calls into plugins (contract: plugin/plugin-marker.h).
 *
 * The file is mapped. The kernel keeps what was stored in a shared mapping, also after SIGKILL or a stack
 * overflow, and storing needs no system call. The first byte is written last and erased first. So if the
 * daemon ends in between, there is no marker rather than half of one.
 *
 * Every daemon makes a new file, and fills it before it is mapped: a write to a page for which the file
 * system has no room would cause SIGBUS.
 *
 * The daemon's own user can write to the folder, so everything that is read there is checked
 * (plugin-file.h).
 */
#include "plugin/plugin-marker.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/plugin-file.h"

#define MARKER_NAME   "plugin-call"
#define LIST_NAME     "plugins-died"
#define LIST_NEW_NAME "plugins-died.new"
#define MARKER_SIZE   PLUGIN_DEATH_LINE_MAX
#define LIST_SIZE_MAX (PLUGIN_DEATHS_MAX * PLUGIN_DEATH_LINE_MAX) /* held by load_list() */
#define NUMBERS       4u
#define WORDS         (1 + NUMBERS + 2)

struct PluginMarker {
        char *map;      /* MARKER_SIZE bytes */
        char *fault;    /* in @map: the letter of the fault; valid while the first byte of @map is not 0 */
        GArray *deaths; /* of PluginDeath, the oldest first; at most one for each name */
        bool have_last; /* the newest one is about the last daemon */
};

static const char *const call_words[_PLUGIN_CALL_MAX] = {
        [PLUGIN_CALL_LOAD] = "load",     [PLUGIN_CALL_INIT] = "init",   [PLUGIN_CALL_LEASE] = "lease",
        [PLUGIN_CALL_RELOAD] = "reload", [PLUGIN_CALL_EVENT] = "event", [PLUGIN_CALL_FINI] = "fini",
};

static const char *const fault_words[_PLUGIN_FAULT_MAX] = {
        [PLUGIN_FAULT_GONE] = "g", [PLUGIN_FAULT_GONE_AGAIN] = "G",  [PLUGIN_FAULT_SIGNAL] = "s",
        [PLUGIN_FAULT_EXIT] = "x", [PLUGIN_FAULT_DESCRIPTORS] = "d",
};

static_assert(PLUGIN_NAME_MAX + NUMBERS * sizeof(" 18446744073709551615") + sizeof(" reload g\n") <=
                      PLUGIN_DEATH_LINE_MAX,
              "a line does not fit");

bool plugin_name_is_valid(const char *name, size_t len) {
        if (len == 0 || len > PLUGIN_NAME_MAX)
                return false;
        for (size_t i = 0; i < len; i++)
                if (!g_ascii_islower(name[i]) && !g_ascii_isdigit(name[i]) && name[i] != '-')
                        return false;
        return true;
}

PluginFile plugin_file_of(const struct stat *st) {
        return (PluginFile){
                .device = st->st_dev,
                .inode = st->st_ino,
                .size = (uint64_t) st->st_size,
                .mtime_nsec = (uint64_t) st->st_mtim.tv_sec * UINT64_C(1000000000) +
                        (uint64_t) st->st_mtim.tv_nsec,
        };
}

bool plugin_file_equal(const PluginFile *a, const PluginFile *b) {
        return a->device == b->device && a->inode == b->inode && a->size == b->size &&
                a->mtime_nsec == b->mtime_nsec;
}

size_t plugin_death_format(const PluginDeath *death, char ret[PLUGIN_DEATH_LINE_MAX]) {
        const PluginFile *file = &death->file;

        return (size_t) snprintf(ret, PLUGIN_DEATH_LINE_MAX,
                                 "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s %s\n", death->name,
                                 file->device, file->inode, file->size, file->mtime_nsec,
                                 call_words[death->call], fault_words[death->fault]);
}

static bool find_word(const char *const *words, size_t n, const char *word, size_t *ret) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(words[i], word) == 0) {
                        *ret = i;
                        return true;
                }
        return false;
}

bool plugin_death_parse(const char *line, size_t len, PluginDeath *ret) {
        char copy[PLUGIN_DEATH_LINE_MAX], *words[WORDS], *next = copy;
        PluginDeath death = {};
        uint64_t *const numbers[NUMBERS] = {
                &death.file.device,
                &death.file.inode,
                &death.file.size,
                &death.file.mtime_nsec,
        };
        size_t call, fault;

        if (len >= sizeof(copy) || memchr(line, 0, len))
                return false;
        memcpy(copy, line, len);
        copy[len] = 0;
        for (size_t i = 0; i < WORDS; i++)
                words[i] = strsep(&next, " ") ?: (char *) "";
        if (next || !plugin_name_is_valid(words[0], strlen(words[0])))
                return false;
        memcpy(death.name, words[0], strlen(words[0]) + 1);
        for (size_t i = 0; i < NUMBERS; i++)
                if (!g_ascii_string_to_unsigned(words[1 + i], 10, 0, G_MAXUINT64, numbers[i], NULL))
                        return false;
        if (!find_word(call_words, ARRAY_SIZE(call_words), words[1 + NUMBERS], &call) ||
            !find_word(fault_words, ARRAY_SIZE(fault_words), words[2 + NUMBERS], &fault))
                return false;
        death.call = (PluginCall) call;
        death.fault = (PluginFault) fault;
        *ret = death;
        return true;
}

/* Adds a death to the list, in place of an earlier one of the same plugin. */
static void add_death(PluginMarker *marker, const PluginDeath *new_death) {
        PluginDeath death = *new_death;

        for (guint i = 0; i < marker->deaths->len; i++) {
                const PluginDeath *old = &g_array_index(marker->deaths, PluginDeath, i);

                if (strcmp(old->name, death.name) != 0)
                        continue;
                if (death.fault == PLUGIN_FAULT_GONE && plugin_file_equal(&old->file, &death.file))
                        death.fault = PLUGIN_FAULT_GONE_AGAIN;
                g_array_remove_index(marker->deaths, i);
                break;
        }
        if (marker->deaths->len >= PLUGIN_DEATHS_MAX)
                g_array_remove_index(marker->deaths, 0);
        g_array_append_val(marker->deaths, death);
}

static void load_list(PluginMarker *marker, int dir_fd) {
        g_autofree char *text = g_malloc(LIST_SIZE_MAX);
        const ssize_t size = plugin_file_read(dir_fd, LIST_NAME, text, LIST_SIZE_MAX);
        const char *const end = text + MAX(size, 0), *newline;

        for (const char *line = text; line < end && (newline = memchr(line, '\n', (size_t) (end - line)));
             line = newline + 1) {
                PluginDeath death;

                if (plugin_death_parse(line, (size_t) (newline - line), &death))
                        add_death(marker, &death);
        }
}

static int save_list(const PluginMarker *marker, int dir_fd) {
        g_autoptr(GString) text = g_string_new(NULL);
        int fd;

        for (guint i = 0; i < marker->deaths->len; i++) {
                char line[PLUGIN_DEATH_LINE_MAX];

                g_string_append_len(
                        text, line,
                        (gssize) plugin_death_format(&g_array_index(marker->deaths, PluginDeath, i), line));
        }
        fd = plugin_file_write(dir_fd, LIST_NEW_NAME, 0644, text->str, text->len);
        if (fd < 0)
                return fd;
        (void) close(fd);
        return renameat(dir_fd, LIST_NEW_NAME, dir_fd, LIST_NAME) < 0 ? -errno : 0;
}

/* Moves what the last daemon left in the marker to the list. */
static int take_over(PluginMarker *marker, int dir_fd) {
        char text[MARKER_SIZE];
        const ssize_t size = plugin_file_read(dir_fd, MARKER_NAME, text, sizeof(text));
        const char *const newline = size > 0 ? memchr(text, '\n', (size_t) size) : NULL;
        PluginDeath death;

        if (!newline || !plugin_death_parse(text, (size_t) (newline - text), &death))
                return 0;
        add_death(marker, &death);
        marker->have_last = true;
        return save_list(marker, dir_fd);
}

static int map_marker(PluginMarker *marker, int dir_fd) {
        static const char nothing[MARKER_SIZE];
        const int fd = plugin_file_write(dir_fd, MARKER_NAME, 0600, nothing, sizeof(nothing));
        void *map;
        int r;

        if (fd < 0)
                return fd;
        map = mmap(NULL, MARKER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        r = map == MAP_FAILED ? -errno : 0;
        (void) close(fd);
        if (r < 0)
                return r;
        marker->map = map;
        return 0;
}

int plugin_marker_open(const char *dir, PluginMarker **ret) {
        const int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        PluginMarker *marker;
        int r;

        if (dir_fd < 0)
                return -errno;
        marker = g_new0(PluginMarker, 1);
        marker->deaths = g_array_new(FALSE, FALSE, sizeof(PluginDeath));
        load_list(marker, dir_fd);
        r = take_over(marker, dir_fd);
        /* If the list cannot be saved, the old marker must stay, because only it names the plugin. */
        if (r >= 0)
                r = map_marker(marker, dir_fd);
        (void) close(dir_fd);
        if (r < 0 && !marker->have_last) {
                (void) plugin_marker_free(marker);
                return r;
        }
        *ret = marker;
        return 0;
}

PluginMarker *plugin_marker_free(PluginMarker *marker) {
        if (!marker)
                return NULL;
        if (marker->map)
                (void) munmap(marker->map, MARKER_SIZE);
        g_array_unref(marker->deaths);
        g_free(marker);
        return NULL;
}

const PluginDeath *plugin_marker_last(const PluginMarker *marker) {
        return marker->have_last ? &g_array_index(marker->deaths, PluginDeath, marker->deaths->len - 1)
                                 : NULL;
}

const PluginDeath *plugin_marker_find(const PluginMarker *marker, const char *name, const PluginFile *file) {
        for (guint i = 0; i < marker->deaths->len; i++) {
                const PluginDeath *death = &g_array_index(marker->deaths, PluginDeath, i);

                if (strcmp(death->name, name) == 0 && plugin_file_equal(&death->file, file))
                        return death;
        }
        return NULL;
}

void plugin_marker_set(PluginMarker *marker, const PluginDeath *death) {
        char line[PLUGIN_DEATH_LINE_MAX];
        size_t len;

        if (!marker->map)
                return;
        len = plugin_death_format(death, line);
        plugin_marker_clear(marker);
        memcpy(marker->map + 1, line + 1, len - 1);
        marker->fault = marker->map + len - strlen("g\n");
        __atomic_store_n(marker->map, line[0], __ATOMIC_RELEASE);
}

void plugin_marker_set_fault(PluginMarker *marker, PluginFault fault) {
        if (marker->map && marker->map[0])
                *marker->fault = fault_words[fault][0];
}

void plugin_marker_clear(PluginMarker *marker) {
        if (marker->map)
                __atomic_store_n(marker->map, '\0', __ATOMIC_SEQ_CST);
}
