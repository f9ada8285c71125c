/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes keys of the bytes that a terminal sends. A terminal has two modes for the cursor keys: "up" is ESC [
 * A in one and ESC O A in the other.
 */
#include "dbus/ctl/ctl-watch.h"

static WatchKey plain_key(WatchKeys *keys, char c) {
        switch (c) {
        case '\033':
                keys->state = WATCH_KEYS_ESCAPE;
                return WATCH_KEY_NONE;
        case 'q':
        case 'Q':
        case '\004': /* Ctrl-D */
                return WATCH_KEY_QUIT;
        case 'k':
                return WATCH_KEY_UP;
        case 'j':
                return WATCH_KEY_DOWN;
        case 'b':
                return WATCH_KEY_PAGE_UP;
        case ' ':
                return WATCH_KEY_PAGE_DOWN;
        case 'g':
                return WATCH_KEY_FIRST;
        case 'G':
                return WATCH_KEY_LAST;
        case '?':
        case 'h':
                return WATCH_KEY_HELP;
        case '\014': /* Ctrl-L */
                return WATCH_KEY_REDRAW;
        default:
                return WATCH_KEY_NONE;
        }
}

static WatchKey numbered_key(unsigned number) {
        switch (number) {
        case 1:
        case 7:
                return WATCH_KEY_FIRST;
        case 4:
        case 8:
                return WATCH_KEY_LAST;
        case 5:
                return WATCH_KEY_PAGE_UP;
        case 6:
                return WATCH_KEY_PAGE_DOWN;
        default:
                return WATCH_KEY_NONE;
        }
}

/* Reads a byte behind ESC [ or ESC O. Numbers may come first, and a letter or "~" ends the sequence. */
static WatchKey sequence_key(WatchKeys *keys, char c) {
        if (c >= '0' && c <= '9') {
                keys->number = (keys->number * 10 + (unsigned) (c - '0')) % 1000;
                return WATCH_KEY_NONE;
        }
        if (c >= ' ' && c < '@')
                return WATCH_KEY_NONE; /* for example before a modifier */
        keys->state = WATCH_KEYS_PLAIN;
        switch (c) {
        case 'A':
                return WATCH_KEY_UP;
        case 'B':
                return WATCH_KEY_DOWN;
        case 'H':
                return WATCH_KEY_FIRST;
        case 'F':
                return WATCH_KEY_LAST;
        case '~':
                return numbered_key(keys->number);
        default:
                return WATCH_KEY_NONE;
        }
}

WatchKey watch_key(WatchKeys *keys, char c) {
        switch (keys->state) {
        case WATCH_KEYS_PLAIN:
                break;
        case WATCH_KEYS_ESCAPE:
                keys->number = 0;
                keys->state = c == '[' || c == 'O' ? WATCH_KEYS_SEQUENCE : WATCH_KEYS_PLAIN;
                if (keys->state == WATCH_KEYS_SEQUENCE)
                        return WATCH_KEY_NONE;
                break;
        case WATCH_KEYS_SEQUENCE:
                return sequence_key(keys, c);
        }
        return plain_key(keys, c);
}
