/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * watch, in parts that know nothing of each other's business:
 *
 *   ctl-watch.c           keeps the model up to date, by the signals of the daemon, and reads keys
 *   ctl-watch-view.c      makes lines of the model: a function of it, the terminal's size and the time
 *   ctl-watch-keys.c      makes keys of bytes
 *   ctl-watch-terminal.c  puts lines on the terminal, and leaves it as it was
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
        GPtrArray *links;   /* of const CtlLink *, by index: those that are shown */
        GPtrArray *missing; /* of const char *: names of the command line that no managed link has */
        GQueue events;      /* of WatchEvent *, the newest first */
        guint selected;     /* which of @links */
        guint scroll;       /* lines of the chosen link that are above the screen */
        bool help;
        const char *notice; /* why there are no links to show; NULL: the daemon is there */
} WatchModel;

/* The newest event goes in, and the oldest goes if they are too many. */
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
        usec_t next_change; /* CLOCK_BOOTTIME: when one of them changes though the model does not */
        guint scroll_max;
} WatchFrame;

WatchFrame watch_view(const WatchModel *model, const WatchScreen *screen);
void watch_frame_clear(WatchFrame *frame);

/* The terminal */

typedef struct WatchTerminal WatchTerminal;

/* Prints why if stdout is no terminal that can be drawn on. */
int watch_terminal_new(WatchTerminal **ret);
/* Leaves it first. */
WatchTerminal *watch_terminal_free(WatchTerminal *terminal);
static inline void watch_terminal_freep(WatchTerminal **p) {
        *p = watch_terminal_free(*p);
}

/* Takes the terminal over, also again after somebody else had it. */
int watch_terminal_enter(WatchTerminal *terminal);
/* Gives it back as it was. */
void watch_terminal_leave(WatchTerminal *terminal);

void watch_terminal_get_size(WatchTerminal *terminal, unsigned *ret_columns, unsigned *ret_rows);
/* The next frame is drawn whole, not only where it differs. */
void watch_terminal_forget(WatchTerminal *terminal);
/*
 * Draws. Positive: the terminal takes nothing more for now; wait until it is writable, then flush, then
 * draw what is true by then. Negative errno: it is gone.
 */
int watch_terminal_draw(WatchTerminal *terminal, const WatchFrame *frame);
int watch_terminal_flush(WatchTerminal *terminal);
int watch_terminal_get_output(WatchTerminal *terminal);
/* Negative: stdin is no terminal, so there are no keys. */
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

/* What keys are, byte by byte: a key may be several of them. */
typedef struct WatchKeys {
        enum { WATCH_KEYS_PLAIN, WATCH_KEYS_ESCAPE, WATCH_KEYS_SEQUENCE } state;
        unsigned number;
} WatchKeys;

WatchKey watch_key(WatchKeys *keys, char c);
