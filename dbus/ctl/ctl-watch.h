/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The parts of watch:
 *
 *   ctl-watch.c           keeps the model up to date with the daemon's signals, and reads keys
 *   ctl-watch-view.c      makes lines from the model, the size of the terminal and the time
 *   ctl-watch-keys.c      makes keys from bytes
 *   ctl-watch-terminal.c  draws lines on the terminal, and restores it at the end
 */
#include <glib.h>
#include <stdbool.h>

#include "base/usec.h"
#include "dbus/ctl/ctl.h"

/* The model */

#define WATCH_EVENTS_MAX 256u

typedef struct WatchEvent {
        usec_t at; /* CLOCK_REALTIME */
        char *link, *text;
} WatchEvent;

typedef struct WatchModel {
        GPtrArray *links;   /* of const CtlLink *, sorted by index: the links that are shown */
        GPtrArray *missing; /* of const char *: names of the command line that no managed link has */
        GQueue events;      /* of WatchEvent *, the newest first */
        guint selected;     /* the place of the selected link in @links */
        guint scroll;       /* how many lines of the selected link are scrolled away */
        bool help;
        const char *notice; /* why there are no links to show; NULL: the daemon is there */
} WatchModel;

/* Adds the newest event. Drops the oldest one if there are more than WATCH_EVENTS_MAX. */
void watch_add_event(WatchModel *model, usec_t at, const char *link, const char *text);
void watch_clear_events(WatchModel *model);

/* The view */

typedef struct WatchScreen {
        unsigned columns, rows; /* at least 1 */
        bool utf8, color;
        usec_t now; /* CLOCK_BOOTTIME */
} WatchScreen;

typedef struct WatchFrame {
        GPtrArray *lines;   /* of char *: no more than the rows, none wider than the columns */
        usec_t next_change; /* CLOCK_BOOTTIME: when a line changes even if the model does not */
        guint scroll_max;
} WatchFrame;

WatchFrame watch_view(const WatchModel *model, const WatchScreen *screen);
void watch_frame_clear(WatchFrame *frame);

/* The terminal */

typedef struct WatchTerminal WatchTerminal;

/* Creates a terminal. On failure, because stdout is not a terminal that can be drawn on, prints why. */
int watch_terminal_new(WatchTerminal **ret);
/* Leaves the terminal, then frees it. */
WatchTerminal *watch_terminal_free(WatchTerminal *terminal);
static inline void watch_terminal_freep(WatchTerminal **p) {
        *p = watch_terminal_free(*p);
}

/* Takes over the terminal. May be called again after another program had the terminal. */
int watch_terminal_enter(WatchTerminal *terminal);
/* Restores the terminal as it was. */
void watch_terminal_leave(WatchTerminal *terminal);

void watch_terminal_get_size(WatchTerminal *terminal, unsigned *ret_columns, unsigned *ret_rows);
/* Makes the next draw write the whole frame, not only what differs. */
void watch_terminal_forget(WatchTerminal *terminal);
/*
 * Draws a frame. Returns a positive value if the terminal accepts nothing more for now. The caller then
 * waits until it is writable, flushes, and draws the state of that moment. Returns a negative errno if the
 * terminal is gone.
 */
int watch_terminal_draw(WatchTerminal *terminal, const WatchFrame *frame);
int watch_terminal_flush(WatchTerminal *terminal);
int watch_terminal_get_output(WatchTerminal *terminal);
/* Returns the descriptor to read keys from; negative: stdin is no terminal, so there are no keys. */
int watch_terminal_get_input(WatchTerminal *terminal);

typedef enum WatchKey {
        WATCH_KEY_NONE,
        WATCH_KEY_QUIT,
        WATCH_KEY_UP,
        WATCH_KEY_DOWN,
        WATCH_KEY_PAGE_UP,
        WATCH_KEY_PAGE_DOWN,
        WATCH_KEY_FIRST,
        WATCH_KEY_LAST,
        WATCH_KEY_HELP,
        WATCH_KEY_REDRAW,
} WatchKey;

/* The state of reading keys byte by byte. A key may consist of several bytes. */
typedef struct WatchKeys {
        enum { WATCH_KEYS_PLAIN, WATCH_KEYS_ESCAPE, WATCH_KEYS_SEQUENCE } state;
        unsigned number;
} WatchKeys;

WatchKey watch_key(WatchKeys *keys, char c);
