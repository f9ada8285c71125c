/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The marker of calls into plugins and the list of plugins that died (plugin/plugin-marker.c) with any
 * content. What is read is within its bounds, and is the same when it is written and read again, but for a
 * fault that happens for the second time.
 *
 * Input: a byte, whose lowest bit says which of the two files the rest is.
 */
#include <assert.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/plugin-marker.h"
#include "tests/fuzz/fuzz.h"

static char *dir, *marker_path, *list_path;

static void clean_up(void) {
        (void) g_unlink(marker_path);
        (void) g_unlink(list_path);
        (void) g_rmdir(dir);
        g_clear_pointer(&dir, g_free);
        g_clear_pointer(&marker_path, g_free);
        g_clear_pointer(&list_path, g_free);
}

static void set_up(void) {
        if (marker_path)
                return;
        /* The files are in memory, as they are in /run, because a disk would take most of the time. */
        dir = g_strdup(access("/dev/shm", W_OK) == 0 ? "/dev/shm/dhcpd-link-fuzz-XXXXXX"
                                                     : "/tmp/dhcpd-link-fuzz-XXXXXX");
        if (!mkdtemp(dir))
                abort();
        marker_path = g_build_filename(dir, "plugin-call", NULL);
        list_path = g_build_filename(dir, "plugins-died", NULL);
        atexit(clean_up);
}

static void check_line(const char *line, size_t len) {
        char text[PLUGIN_DEATH_LINE_MAX];
        PluginDeath death, again;
        size_t n;

        if (!plugin_death_parse(line, len, &death))
                return;
        assert(plugin_name_is_valid(death.name, strlen(death.name)));
        assert(death.call < _PLUGIN_CALL_MAX && death.fault < _PLUGIN_FAULT_MAX);
        n = plugin_death_format(&death, text);
        assert(n < sizeof(text) && text[n - 1] == '\n');
        assert(plugin_death_parse(text, n - 1, &again));
        assert(memcmp(&death, &again, sizeof(death)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        PluginMarker *marker;
        PluginDeath last;
        bool have_last;

        set_up();
        if (size == 0)
                return 0;
        check_line((const char *) data + 1, size - 1);
        if (!g_file_set_contents_full(data[0] & 1 ? list_path : marker_path, (const char *) data + 1,
                                      (gssize) size - 1, G_FILE_SET_CONTENTS_NONE, 0600, NULL))
                abort();

        if (plugin_marker_open(dir, &marker) < 0)
                abort();
        have_last = plugin_marker_last(marker);
        if (have_last) {
                last = *plugin_marker_last(marker);
                assert(plugin_marker_find(marker, last.name, &last.file));
                plugin_marker_set(marker, &last);
        }
        (void) plugin_marker_free(marker);

        if (have_last) {
                if (plugin_marker_open(dir, &marker) < 0)
                        abort();
                assert(plugin_marker_last(marker));
                if (last.fault == PLUGIN_FAULT_GONE)
                        last.fault = PLUGIN_FAULT_GONE_AGAIN; /* the list has it from the first time */
                assert(memcmp(plugin_marker_last(marker), &last, sizeof(last)) == 0);
                (void) plugin_marker_free(marker);
        }
        (void) g_unlink(list_path);
        return 0;
}
