/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io/log.c: what a line looks like, which messages are written, and what becomes of hostile strings.
 * stderr is a pipe while a case runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/log.h"

static int saved_stderr = -1, pipe_out = -1;

static void capture_begin(void) {
        int fds[2];

        g_assert_cmpint(pipe2(fds, O_CLOEXEC | O_NONBLOCK), ==, 0);
        saved_stderr = dup(STDERR_FILENO);
        g_assert_cmpint(saved_stderr, >=, 0);
        g_assert_cmpint(dup2(fds[1], STDERR_FILENO), ==, STDERR_FILENO);
        close(fds[1]);
        pipe_out = fds[0];
}

/* Returns what was written since the last call. Free it with g_free(). */
static char *captured(void) {
        char buffer[16384];
        ssize_t n = read(pipe_out, buffer, sizeof(buffer) - 1);

        if (n < 0) {
                g_assert_cmpint(errno, ==, EAGAIN);
                n = 0;
        }
        buffer[n] = 0;
        g_assert_cmpuint(strlen(buffer), ==, (size_t) n);
        return g_strdup(buffer);
}

static void capture_end(void) {
        g_assert_cmpint(dup2(saved_stderr, STDERR_FILENO), ==, STDERR_FILENO);
        close(saved_stderr);
        close(pipe_out);
}

#define assert_captured(expected) \
        do { \
                char *_c = captured(); \
                g_assert_cmpstr(_c, ==, expected); \
                g_free(_c); \
        } while (0)

static void test_format(void) {
        capture_begin();
        log_open(LOG_DEBUG);
        log_info("bound to %s for %u s", "192.0.2.7", 3600u);
        assert_captured("bound to 192.0.2.7 for 3600 s\n");
        log_link_full(LOG_NOTICE, "eth0", "BOUND", 0x12345678, "lease of %s", "192.0.2.1");
        assert_captured("eth0: lease of 192.0.2.1\n");
        log_link_full(LOG_NOTICE, NULL, NULL, 0, "no link");
        assert_captured("no link\n");
        log_error("%s", "");
        assert_captured("\n");
        errno = ENODEV;
        log_link_full(LOG_ERR, "eth0", NULL, 0, "%m");
        g_assert_cmpint(errno, ==, ENODEV);
        assert_captured("eth0: No such device\n");
        capture_end();
}

static void test_levels(void) {
        capture_begin();
        log_open(LOG_WARNING);
        g_assert_cmpint(log_level(), ==, LOG_WARNING);
        log_info("hidden");
        log_debug("hidden");
        assert_captured("");
        log_warning("w");
        log_error("e");
        assert_captured("w\ne\n");
        log_set_level(LOG_DEBUG);
        log_debug("d");
        assert_captured("d\n");
        log_set_level(LOG_ERR);
        log_warning("hidden");
        log_link_full(LOG_NOTICE, "eth0", NULL, 0, "hidden");
        assert_captured("");
        capture_end();
}

static void test_sanitise(void) {
        capture_begin();
        log_open(LOG_DEBUG);
        for (unsigned c = 1; c < 256; c++) {
                char name[2] = { (char) c, 0 }, *expected;

                expected = g_strdup_printf("a%cb\n", c >= 0x20 && c < 0x7f ? (char) c : '?');
                log_info("a%sb", name);
                assert_captured(expected);
                g_free(expected);
        }
        log_info("host name %s", "x\nroot: \033[2Jforged\r\xc3\xa4");
        assert_captured("host name x?root: ?[2Jforged???\n");
        /* a name is not used as a format */
        log_info("%s", "%n%s%s%s");
        assert_captured("%n%s%s%s\n");
        log_link_full(LOG_INFO, "e\nth0", NULL, 0, "x");
        assert_captured("e?th0: x\n");
        capture_end();
}

static void test_bounded(void) {
        char *text = g_strnfill(5000, 'x'), *line;

        capture_begin();
        log_open(LOG_DEBUG);
        log_link_full(LOG_INFO, "eth0", NULL, 0, "%s", text);
        line = captured();
        g_assert_cmpuint(strlen(line), >, 500);
        g_assert_cmpuint(strlen(line), <=, 1024);
        g_assert_true(g_str_has_prefix(line, "eth0: xxx"));
        g_assert_true(g_str_has_suffix(line, "xx...\n"));
        g_free(line);

        /* Every length up to well past the limit: the line is whole, or cut and marked. */
        for (size_t n = 0; n < 1100; n++) {
                text[n] = 0;
                log_info("%s", text);
                text[n] = 'x';
                line = captured();
                g_assert_cmpuint(strlen(line), <=, 1024);
                if (strlen(line) != n + 1)
                        g_assert_true(g_str_has_suffix(line, "x...\n"));
                g_free(line);
        }
        log_link_full(LOG_INFO, text, NULL, 0, "end");
        line = captured();
        g_assert_true(g_str_has_suffix(line, "x: end\n"));
        g_free(line);
        capture_end();
        g_free(text);
}

/* JOURNAL_STREAM counts only while it names what stderr is now. */
static void test_stream_mismatch(void) {
        static const struct {
                const char *before, *between, *after;
        } variants[] = {
                { "", ":", "9" }, { "9", ":", "" }, { "", ":", " " },
                { "", ":9", "" }, { "", "", "" },   { "x", ":", "" },
        };
        struct stat st;

        capture_begin();
        g_assert_cmpint(fstat(STDERR_FILENO, &st), ==, 0);
        for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
                char *value = g_strdup_printf("%s%llu%s%llu%s", variants[i].before,
                                              (unsigned long long) st.st_dev, variants[i].between,
                                              (unsigned long long) st.st_ino, variants[i].after);

                g_setenv("JOURNAL_STREAM", value, TRUE);
                g_free(value);
                log_open(LOG_INFO);
                log_info("to stderr");
                assert_captured("to stderr\n");
        }
        g_unsetenv("JOURNAL_STREAM");
        capture_end();
}

#define NOT_ALLOWED 77

static void write_file(const char *path, const char *text) {
        const int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd >= 0) {
                g_assert_cmpint(write(fd, text, strlen(text)), >=, 0);
                close(fd);
        }
}

/*
 * Makes a /run of this test's own, with a socket as the journal. Ends the process where this is
 * forbidden.
 */
static int open_journal(void) {
        const struct sockaddr_un address = { .sun_family = AF_UNIX,
                                             .sun_path = "/run/systemd/journal/socket" };
        char uid_map[32], gid_map[32];
        int fd;

        g_snprintf(uid_map, sizeof(uid_map), "0 %u 1", geteuid());
        g_snprintf(gid_map, sizeof(gid_map), "0 %u 1", getegid());
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
                _exit(NOT_ALLOWED);
        write_file("/proc/self/uid_map", uid_map);
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/gid_map", gid_map);
        if (mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
                _exit(NOT_ALLOWED);
        g_assert_cmpint(g_mkdir_with_parents("/run/systemd/journal", 0755), ==, 0);
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        g_assert_cmpint(bind(fd, (const struct sockaddr *) &address, sizeof(address)), ==, 0);
        return fd;
}

static void expect_entry(int fd, const char *expected) {
        char buffer[4096];
        ssize_t n = recv(fd, buffer, sizeof(buffer) - 1, 0);

        g_assert_cmpint(n, >, 0);
        buffer[n] = 0;
        g_assert_cmpstr(buffer, ==, expected);
}

static void in_journal(void) {
        const int fd = open_journal();
        struct stat st;
        char *value;

        capture_begin();
        g_assert_cmpint(fstat(STDERR_FILENO, &st), ==, 0);
        value = g_strdup_printf("%llu:%llu", (unsigned long long) st.st_dev, (unsigned long long) st.st_ino);
        g_setenv("JOURNAL_STREAM", value, TRUE);
        g_free(value);
        log_open(LOG_INFO);

        log_info("hello");
        expect_entry(fd, "MESSAGE=hello\nSYSLOG_IDENTIFIER=dhcpd-linkd\nPRIORITY=6\n");
        log_link_full(LOG_NOTICE, "eth0", "BOUND", 0xabcdef, "lease");
        expect_entry(
                fd,
                "MESSAGE=eth0: lease\nSYSLOG_IDENTIFIER=dhcpd-linkd\nPRIORITY=5\nLINK=eth0\nSTATE=BOUND\n"
                "XID=0x00abcdef\n");
        /* A message cannot add fields. */
        log_link_full(LOG_INFO, "e\nPRIORITY=0", "X\n_UID=0", 0, "%s", "m\nPRIORITY=0");
        expect_entry(fd,
                     "MESSAGE=e?PRIORITY=0: m?PRIORITY=0\nSYSLOG_IDENTIFIER=dhcpd-linkd\nPRIORITY=6\n"
                     "LINK=e?PRIORITY=0\nSTATE=X?_UID=0\n");
        log_debug("hidden");
        g_assert_cmpint(recv(fd, &(char){ 0 }, 1, 0), <, 0);
        assert_captured("");

        /* stderr was redirected since: the lines go to stderr. */
        capture_end();
        capture_begin();
        log_open(LOG_INFO);
        log_info("redirected");
        assert_captured("redirected\n");
        _exit(0);
}

static void test_journal(void) {
        const pid_t child = fork();
        int status;

        g_assert_cmpint(child, >=, 0);
        if (child == 0)
                in_journal();
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED) {
                g_test_skip("no mount namespace for a journal of our own");
                return;
        }
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_unsetenv("JOURNAL_STREAM");
        g_test_add_func("/log/format", test_format);
        g_test_add_func("/log/levels", test_levels);
        g_test_add_func("/log/sanitise", test_sanitise);
        g_test_add_func("/log/bounded", test_bounded);
        g_test_add_func("/log/stream-mismatch", test_stream_mismatch);
        g_test_add_func("/log/journal", test_journal);
        return g_test_run();
}
