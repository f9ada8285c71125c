/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The terminal of watch: draws lines on it, and restores it afterwards.
 *
 * The control sequences are constants here. terminfo is not used, because this tool also runs in the initrd,
 * where neither ncurses nor its database exists. The few sequences come from ECMA-48, the VT100 and xterm,
 * and every terminal of the last decades that is not "dumb" understands them. A terminal without the
 * alternate screen (the Linux console) is empty afterwards.
 *
 * Writes never block, because a terminal that accepts nothing (Ctrl-S, a broken connection) must not keep us
 * from ending. We share the file description of stdout with the shell, so we do not make it non-blocking.
 * Instead we open the terminal again. If this is refused because the terminal belongs to another user, we
 * open /dev/tty, and if this fails, too, we use stdout.
 *
 * If a crash ends this process (SIGSEGV, an assertion), a signal handler restores the terminal first.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "dbus/ctl/ctl-watch.h"

/*
 * Switches to the alternate screen, hides the cursor, and clears the screen. Switches off automatic
 * wrapping, in case the terminal finds a line wider than we do.
 */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[H\033[2J"
#define LEAVE "\033[0m\033[H\033[2J\033[?7h\033[?25h\033[?1049l"

#define LEAVE_MAX_MSEC 500 /* how long we wait for a terminal that accepts nothing */

#define DEFAULT_COLUMNS 80u
#define DEFAULT_ROWS    24u
#define SIZE_MAX_CELLS  1000u /* columns, and rows, that we draw on at most */

struct WatchTerminal {
        int input;  /* negative: stdin is no terminal, so there are no keys */
        int output; /* closed at the end unless it is stdout */
        struct termios before, during;
        bool entered;
        GString *pending; /* not written yet */
        GPtrArray *shown; /* of char *: the lines on the terminal; NULL: what it shows is not known */
};

/* Crashes. This is all that the signal handler needs. */

static struct {
        volatile sig_atomic_t armed;
        int input, output;
        struct termios before;
} at_death;

static void on_death(int sig) {
        if (at_death.armed) {
                at_death.armed = false;
                if (at_death.input >= 0)
                        (void) tcsetattr(at_death.input, TCSANOW, &at_death.before);
                if (write(at_death.output, LEAVE, sizeof(LEAVE) - 1) < 0)
                        at_death.output = -1; /* nothing can be done */
        }
        (void) raise(sig); /* SA_RESETHAND has restored the default action, so this ends the process */
}

static void catch_deaths(void) {
        static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
        const struct sigaction action = { .sa_handler = on_death, .sa_flags = (int) SA_RESETHAND };
        struct sigaction old;

        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                /* A sanitizer has handlers of its own, which say more. Leave them there. */
                if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
                        (void) sigaction(signals[i], &action, NULL);
}

/* Opening */

static int open_output(void) {
        static const char *const paths[] = { "/proc/self/fd/1", "/dev/tty" };

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                unsigned ours = 0, opened = 1;
                const int fd = open(paths[i], O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

                if (fd < 0)
                        continue;
                /*
                 * TIOCGDEV returns the real terminal. The device number of /dev/tty itself does not tell it.
                 */
                if (ioctl(STDOUT_FILENO, TIOCGDEV, &ours) == 0 && ioctl(fd, TIOCGDEV, &opened) == 0 &&
                    ours == opened)
                        return fd;
                (void) close(fd);
        }
        return STDOUT_FILENO;
}

int watch_terminal_new(WatchTerminal **ret) {
        const char *term = getenv("TERM");
        WatchTerminal *terminal;

        if (!isatty(STDOUT_FILENO)) {
                ctl_fail("watch needs a terminal; monitor writes lines.");
                return -ENOTTY;
        }
        if (!term || !*term || strcmp(term, "dumb") == 0) {
                ctl_fail("watch cannot draw on this terminal (TERM=%s); monitor writes lines.",
                         ctl_text(term));
                return -ENOTTY;
        }
        terminal = g_new0(WatchTerminal, 1);
        terminal->input = isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
        terminal->output = open_output();
        terminal->pending = g_string_new(NULL);
        catch_deaths();
        *ret = terminal;
        return 0;
}

WatchTerminal *watch_terminal_free(WatchTerminal *terminal) {
        if (!terminal)
                return NULL;
        watch_terminal_leave(terminal);
        if (terminal->output != STDOUT_FILENO)
                (void) close(terminal->output);
        g_string_free(terminal->pending, TRUE);
        g_clear_pointer(&terminal->shown, g_ptr_array_unref);
        g_free(terminal);
        return NULL;
}

int watch_terminal_get_output(WatchTerminal *terminal) {
        return terminal->output;
}

int watch_terminal_get_input(WatchTerminal *terminal) {
        return terminal->input;
}

void watch_terminal_get_size(WatchTerminal *terminal, unsigned *ret_columns, unsigned *ret_rows) {
        struct winsize size = {};

        (void) ioctl(terminal->output, TIOCGWINSZ, &size);
        *ret_columns = MIN(size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS, SIZE_MAX_CELLS);
        *ret_rows = MIN(size.ws_row > 0 ? size.ws_row : DEFAULT_ROWS, SIZE_MAX_CELLS);
}

/*
 * Sets the terminal so that keys are read one by one and are not echoed. Keys that send signals still do so,
 * and output is processed as before.
 */
static int take_keys(WatchTerminal *terminal) {
        if (terminal->input < 0)
                return 0;
        if (!terminal->entered) {
                if (tcgetattr(terminal->input, &terminal->before) < 0)
                        return -errno;
                terminal->during = terminal->before;
                terminal->during.c_lflag &= ~(tcflag_t) (ICANON | ECHO | ECHONL | IEXTEN);
                terminal->during.c_cc[VMIN] = 0; /* a read never waits */
                terminal->during.c_cc[VTIME] = 0;
        }
        /* If we are in the background, SIGTTOU stops us here until we are in the foreground. */
        return tcsetattr(terminal->input, TCSANOW, &terminal->during) < 0 ? -errno : 0;
}

int watch_terminal_enter(WatchTerminal *terminal) {
        int r;

        r = take_keys(terminal);
        if (r < 0)
                return r;
        terminal->entered = true;
        at_death.input = terminal->input;
        at_death.output = terminal->output;
        at_death.before = terminal->before;
        at_death.armed = true;
        g_string_assign(terminal->pending, ENTER);
        watch_terminal_forget(terminal);
        return watch_terminal_flush(terminal);
}

/* Writes what is pending. Gives up if the terminal accepts nothing for LEAVE_MAX_MSEC. */
static void write_last(WatchTerminal *terminal) {
        while (watch_terminal_flush(terminal) > 0) {
                struct pollfd waited = { .fd = terminal->output, .events = POLLOUT };

                if (poll(&waited, 1, LEAVE_MAX_MSEC) <= 0)
                        return;
        }
}

/* Returns true if we are in the background, for example after SIGSTOP. The terminal is then the shell's. */
static bool in_background(const WatchTerminal *terminal) {
        const pid_t group = tcgetpgrp(terminal->output);

        return group > 0 && group != getpgrp();
}

void watch_terminal_leave(WatchTerminal *terminal) {
        sigset_t set, old;

        if (!terminal->entered)
                return;
        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGTTOU);
        (void) sigprocmask(SIG_BLOCK, &set, &old); /* otherwise SIGTTOU would stop us in the background */
        /* The part of a frame that was written may end within a sequence. CAN cancels the sequence. */
        g_string_assign(terminal->pending, terminal->pending->len > 0 ? "\030" LEAVE : LEAVE);
        (void) tcflow(terminal->output, TCOON);
        write_last(terminal);
        if (terminal->input >= 0 && !in_background(terminal))
                (void) tcsetattr(terminal->input, TCSANOW, &terminal->before);
        terminal->entered = false;
        at_death.armed = false;
        g_string_truncate(terminal->pending, 0);
        (void) sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Drawing */

void watch_terminal_forget(WatchTerminal *terminal) {
        g_clear_pointer(&terminal->shown, g_ptr_array_unref);
}

int watch_terminal_flush(WatchTerminal *terminal) {
        while (terminal->pending->len > 0) {
                const ssize_t n = write(terminal->output, terminal->pending->str, terminal->pending->len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno == EAGAIN)
                        return 1;
                if (n < 0)
                        return -errno;
                g_string_erase(terminal->pending, 0, n);
        }
        return 0;
}

static bool is_shown(const WatchTerminal *terminal, guint i, const char *line) {
        if (i >= terminal->shown->len)
                return *line == '\0';
        return strcmp(terminal->shown->pdata[i], line) == 0;
}

int watch_terminal_draw(WatchTerminal *terminal, const WatchFrame *frame) {
        if (terminal->pending->len > 0)
                return 1;
        if (!terminal->shown) {
                g_string_append(terminal->pending, "\033[H\033[2J");
                terminal->shown = g_ptr_array_new();
        }
        for (guint i = 0; i < MAX(frame->lines->len, terminal->shown->len); i++) {
                const char *line = i < frame->lines->len ? frame->lines->pdata[i] : "";

                if (!is_shown(terminal, i, line))
                        g_string_append_printf(terminal->pending, "\033[%u;1H\033[2K%s", i + 1, line);
        }
        g_ptr_array_unref(terminal->shown);
        terminal->shown = g_ptr_array_ref(frame->lines);
        return watch_terminal_flush(terminal);
}
