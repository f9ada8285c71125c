/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log (contract: io/log.h).
 *
 * Owns three words of state: the level, the sink, and the identifier. Has no file descriptor and allocates
 * nothing. A line has a bounded length and stays one line whatever it contains, so nobody on the network can
 * forge entries. errno does not change.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION 1
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "io/log.h"

#define LINE_MAX_LEN  1024 /* bytes, prefix included; the rest is cut off */
#define FIELD_MAX_LEN 64   /* bytes of NAME=value */
#define CUT_MARK      "..."

static int max_level = LOG_INFO;
static bool to_journal;
static const char *identifier = "dhcpd-linkd";

/* What a line is about. Members that do not apply are NULL or 0. */
typedef struct About {
        const char *ifname, *state, *hook;
        uint32_t xid;
} About;

/* Returns true if stderr is the stream that the service manager connected to the journal. */
static bool stderr_is_journal(void) {
        const char *e = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;
        int end = 0;

        if (!e || sscanf(e, "%llu:%llu%n", &device, &inode, &end) != 2 || e[end] != 0)
                return false;
        return fstat(STDERR_FILENO, &st) >= 0 && st.st_dev == device && st.st_ino == inode;
}

void log_open(int level) {
        log_set_level(level);
        to_journal = stderr_is_journal();
}

void log_set_identifier(const char *name) {
        identifier = name;
}

void log_set_level(int level) {
        max_level = level;
}

int log_level(void) {
        return max_level;
}

/* Everything but printable ASCII becomes '?': line ends, escape sequences, broken UTF-8. */
static void sanitise(char *s) {
        for (; *s; s++)
                if (*s < ' ' || *s > '~')
                        *s = '?';
}

/* @size: of @line; room for one more byte than is used, for the line end. Returns the length. */
_printf_(4, 0) static size_t
        format_line(char *line, size_t size, const About *about, const char *format, va_list ap) {
        int prefix_len = 0, n;

        size--;
        if (about->hook)
                prefix_len = snprintf(line, size, "%.*s: hook %.*s: ", FIELD_MAX_LEN, about->ifname,
                                      FIELD_MAX_LEN, about->hook);
        else if (about->ifname)
                prefix_len = snprintf(line, size, "%.*s: ", FIELD_MAX_LEN, about->ifname);
        n = vsnprintf(line + prefix_len, size - (size_t) prefix_len, format, ap);
        if (n < 0)
                line[prefix_len] = 0;
        sanitise(line);
        if (n >= 0 && (size_t) n >= size - (size_t) prefix_len)
                memcpy(line + size - sizeof(CUT_MARK), CUT_MARK, sizeof(CUT_MARK));
        return strlen(line);
}

static void append_field(struct iovec *fields, unsigned *n_fields, char *buffer, size_t size,
                         const char *name, const char *value) {
        snprintf(buffer, size, "%s=%s", name, value);
        sanitise(buffer);
        fields[(*n_fields)++] = (struct iovec){ .iov_base = buffer, .iov_len = strlen(buffer) };
}

static int write_journal(int priority, const About *about, char *line) {
        char message[sizeof("MESSAGE=") + LINE_MAX_LEN];
        char identifier_field[FIELD_MAX_LEN], priority_field[FIELD_MAX_LEN], link_field[FIELD_MAX_LEN],
                state_field[FIELD_MAX_LEN], hook_field[2 * FIELD_MAX_LEN], xid_field[FIELD_MAX_LEN],
                number[16];
        struct iovec fields[7];
        unsigned n = 0;

        fields[n++] = (struct iovec){
                .iov_base = message,
                .iov_len = (size_t) snprintf(message, sizeof(message), "MESSAGE=%s", line),
        };
        append_field(fields, &n, identifier_field, sizeof(identifier_field), "SYSLOG_IDENTIFIER",
                     identifier);
        snprintf(number, sizeof(number), "%i", priority);
        append_field(fields, &n, priority_field, sizeof(priority_field), "PRIORITY", number);
        if (about->ifname)
                append_field(fields, &n, link_field, sizeof(link_field), "LINK", about->ifname);
        if (about->state)
                append_field(fields, &n, state_field, sizeof(state_field), "STATE", about->state);
        if (about->hook)
                append_field(fields, &n, hook_field, sizeof(hook_field), "HOOK", about->hook);
        if (about->xid != 0) {
                snprintf(number, sizeof(number), "0x%08" PRIx32, about->xid);
                append_field(fields, &n, xid_field, sizeof(xid_field), "XID", number);
        }
        return sd_journal_sendv(fields, (int) n);
}

static void write_stderr(char *line, size_t len) {
        ssize_t n;

        line[len] = '\n';
        /*
         * Writes once, so that lines of several processes do not mix. If the reader does not read, lines are
         * lost.
         */
        do
                n = write(STDERR_FILENO, line, len + 1);
        while (n < 0 && errno == EINTR);
        line[len] = 0;
}

static void _printf_(3, 0) log_full(int priority, const About *about, const char *format, va_list ap) {
        const int saved_errno = errno;
        char line[LINE_MAX_LEN];
        size_t len;

        if (priority > max_level)
                return;
        len = format_line(line, sizeof(line), about, format, ap);
        if (!to_journal || write_journal(priority, about, line) < 0)
                write_stderr(line, len);
        errno = saved_errno;
}

void log_link_full(int priority, const char *ifname, const char *state, uint32_t xid, const char *format,
                   ...) {
        const About about = { .ifname = ifname, .state = state, .xid = xid };
        va_list ap;

        va_start(ap, format);
        log_full(priority, &about, format, ap);
        va_end(ap);
}

void log_hook(int priority, const char *ifname, const char *hook, const char *format, ...) {
        const About about = { .ifname = ifname, .hook = hook };
        va_list ap;

        va_start(ap, format);
        log_full(priority, &about, format, ap);
        va_end(ap);
}

void log_msgv(int priority, const char *format, va_list ap) {
        const About about = {};

        log_full(priority, &about, format, ap);
}

void log_msg(int priority, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        log_msgv(priority, format, ap);
        va_end(ap);
}
