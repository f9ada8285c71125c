/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Writes down which plugin is being called, in a place that survives the daemon.
 *
 * PluginMarker is a file in the runtime folder that the daemon maps. It holds the name of a plugin while
 * that plugin is being called, and is empty otherwise. A call that ends the process leaves the name there,
 * in whatever way the process ended. plugin_marker_open() of the next daemon reads it and adds it to a list,
 * which lasts as long as the folder: until the next boot. The host asks plugin_marker_find() before it loads
 * a plugin.
 *
 * Both files consist of lines of plugin_death_format():
 *
 *      NAME DEVICE INODE SIZE MTIME CALL FAULT
 *
 * FAULT is one letter, so that a signal handler can change it.
 *
 * A plugin could run in a process of its own instead, which would hold such faults better. The price would
 * be one more process and a protocol for each plugin.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define PLUGIN_NAME_MAX       32u  /* bytes */
#define PLUGIN_DEATH_LINE_MAX 160u /* bytes, with the newline and a final 0 */
#define PLUGIN_DEATHS_MAX     64u  /* in the list; the oldest goes first */

typedef enum PluginCall {
        PLUGIN_CALL_LOAD, /* by the dynamic loader: constructors */
        PLUGIN_CALL_INIT,
        PLUGIN_CALL_LEASE,
        PLUGIN_CALL_RELOAD,
        PLUGIN_CALL_EVENT, /* a source of its own has run */
        PLUGIN_CALL_FINI,  /* and destructors */
        _PLUGIN_CALL_MAX,
} PluginCall;

typedef enum PluginFault {
        /*
         * The process ended without a signal handler: by SIGKILL, which anybody may have sent, or by
         * _exit().
         */
        PLUGIN_FAULT_GONE,
        PLUGIN_FAULT_GONE_AGAIN,  /* the same, and not for the first time with this file */
        PLUGIN_FAULT_SIGNAL,      /* it crashed, aborted, or hung until the watchdog's signal came */
        PLUGIN_FAULT_EXIT,        /* it called exit() */
        PLUGIN_FAULT_DESCRIPTORS, /* it closed the daemon's descriptors */
        _PLUGIN_FAULT_MAX,
} PluginFault;

/* A file that has changed in any way, or has been replaced, is another one. */
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

/* [a-z0-9-]{1,32} */
bool plugin_name_is_valid(const char *name, size_t len);
PluginFile plugin_file_of(const struct stat *st);
bool plugin_file_equal(const PluginFile *a, const PluginFile *b);

/* Ends with a newline. Returns the length without the final 0. */
size_t plugin_death_format(const PluginDeath *death, char ret[PLUGIN_DEATH_LINE_MAX]);
/* @line without its newline. */
bool plugin_death_parse(const char *line, size_t len, PluginDeath *ret);

/*
 * @dir: the runtime folder. Takes over what the last daemon left in the marker, and clears it. Negative
 * errno: there can be no marker. A file that is not what it should be is replaced, and counts for nothing.
 */
int plugin_marker_open(const char *dir, PluginMarker **ret);
/* Keeps what is in the file, so that the next daemon finds it. */
PluginMarker *plugin_marker_free(PluginMarker *marker);

/* Returns the plugin in which the last daemon ended, or NULL. */
const PluginDeath *plugin_marker_last(const PluginMarker *marker);
/* Returns how a daemon ended in that plugin, if the plugin was this very file, or NULL. */
const PluginDeath *plugin_marker_find(const PluginMarker *marker, const char *name, const PluginFile *file);

/* No system call, no allocation. */
void plugin_marker_set(PluginMarker *marker, const PluginDeath *death);
/*
 * Changes the fault in what plugin_marker_set() wrote; does nothing when that is cleared. Safe in signal
 * handlers.
 */
void plugin_marker_set_fault(PluginMarker *marker, PluginFault fault);
void plugin_marker_clear(PluginMarker *marker);
