/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Records which plugin is being called, in a file that survives the daemon.
 *
 * PluginMarker is a file in the runtime folder that the daemon maps. It has the name of a plugin while that
 * plugin is being called, and is empty otherwise. If a call ends the process, in whatever way, the name
 * stays there. plugin_marker_open() of the next daemon reads the name and adds it to a list, which lasts as
 * long as the folder: until the next boot. The host calls plugin_marker_find() before it loads a plugin.
 *
 * Both files consist of lines of plugin_death_format():
 *
 *      NAME DEVICE INODE SIZE MTIME CALL FAULT
 *
 * FAULT is one letter, so that a signal handler can change it.
 *
 * Running each plugin in a process of its own would contain such faults better, but would need one more
 * process and a protocol for each plugin.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define PLUGIN_NAME_MAX       32u  /* bytes */
#define PLUGIN_DEATH_LINE_MAX 160u /* bytes, with the newline and a final 0 */
#define PLUGIN_DEATHS_MAX     64u  /* in the list; the oldest one is dropped first */

typedef enum PluginCall {
        PLUGIN_CALL_LOAD, /* the dynamic loader runs constructors */
        PLUGIN_CALL_INIT,
        PLUGIN_CALL_LEASE,
        PLUGIN_CALL_RELOAD,
        PLUGIN_CALL_EVENT, /* a source of the plugin's own loop */
        PLUGIN_CALL_FINI,  /* fini(), and destructors */
        _PLUGIN_CALL_MAX,
} PluginCall;

typedef enum PluginFault {
        /*
         * The process ended and no signal handler ran: by SIGKILL, which the plugin need not have caused, or
         * by _exit().
         */
        PLUGIN_FAULT_GONE,
        PLUGIN_FAULT_GONE_AGAIN,  /* the same, and not for the first time with this file */
        PLUGIN_FAULT_SIGNAL,      /* it crashed, aborted, or hung until the watchdog's signal came */
        PLUGIN_FAULT_EXIT,        /* it called exit() */
        PLUGIN_FAULT_DESCRIPTORS, /* it closed the daemon's descriptors */
        _PLUGIN_FAULT_MAX,
} PluginFault;

/* Identifies a file. If any of these numbers differs, the file has changed or was replaced. */
typedef struct PluginFile {
        uint64_t device, inode, size, mtime_nsec;
} PluginFile;

typedef struct PluginDeath {
        char name[PLUGIN_NAME_MAX + 1];
        PluginFile file;
        PluginCall call;
        PluginFault fault;
} PluginDeath;

typedef struct PluginMarker PluginMarker;

/* Returns true if the name matches [a-z0-9-]{1,32}. */
bool plugin_name_is_valid(const char *name, size_t len);
PluginFile plugin_file_of(const struct stat *st);
bool plugin_file_equal(const PluginFile *a, const PluginFile *b);

/* Writes the line, which ends with a newline. Returns its length without the final NUL. */
size_t plugin_death_format(const PluginDeath *death, char ret[PLUGIN_DEATH_LINE_MAX]);
/*
 * Reads a line. @line: without its newline. Returns false if plugin_death_format() does not write such a
 * line.
 */
bool plugin_death_parse(const char *line, size_t len, PluginDeath *ret);

/*
 * Opens the marker in @dir, the runtime folder. Moves what the last daemon left in the marker to the list,
 * and clears the marker. A damaged file is ignored and replaced. Returns a negative errno if there can be no
 * marker; but if the last daemon left something, it succeeds, and plugin_marker_set() then does nothing.
 */
int plugin_marker_open(const char *dir, PluginMarker **ret);
/* Closes the marker. The file stays as it is, so that the next daemon finds it. */
PluginMarker *plugin_marker_free(PluginMarker *marker);

/* Returns the plugin in which the last daemon ended, or NULL. */
const PluginDeath *plugin_marker_last(const PluginMarker *marker);
/*
 * Returns how a daemon has ended in that plugin. Returns NULL if none has, or if the plugin was another
 * file.
 */
const PluginDeath *plugin_marker_find(const PluginMarker *marker, const char *name, const PluginFile *file);

/* Marks that this call begins. Makes no system call, and allocates nothing. */
void plugin_marker_set(PluginMarker *marker, const PluginDeath *death);
/*
 * Changes the fault in the marker. Does nothing if the marker is clear. Safe in signal handlers.
 */
void plugin_marker_set_fault(PluginMarker *marker, PluginFault fault);
void plugin_marker_clear(PluginMarker *marker);
