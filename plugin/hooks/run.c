/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a hook as a child process (contract: plugin/hooks/run.h).
 *
 *   hook_run_new ──fork──> child: only async-signal-safe calls, then execve()
 *        │
 *        ├── pipe: passes lines on until it is closed or the hook has ended
 *        ├── time limit: SIGTERM, then SIGKILL, to the group
 *        └── end of the child: SIGKILL to the group, the rest in the pipe, done()
 */
#include "plugin/hooks/run.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"

#define EXIT_CANNOT_RUN 127
#define READ_MAX        (16u * 1024u) /* bytes that are read at once; held by read_output() */
/*
 * reads after the end of the hook: twice what a pipe holds, because others may still write; held by
 * on_child()
 */
#define DRAIN_READS_MAX 8u

struct HookRun {
        const HookRunCallbacks *callbacks;
        void *userdata;
        sd_event_source *child, *output, *timer;
        pid_t pid; /* 0: the child is gone, and its status was read */
        int fd;    /* the pipe; -1: closed */
        char line[HOOK_LINE_MAX + 1];
        size_t line_len, passed; /* bytes in @line; bytes that were passed on */
        unsigned n_lines;        /* lines that were passed on */
        HookResult result;
        bool terminated; /* SIGTERM was sent */
};

/* In the child */

static bool keep_capabilities(uint64_t set) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = {};

        for (unsigned i = 0; i < 2; i++)
                data[i].effective = data[i].permitted = data[i].inheritable = (uint32_t) (set >> (32 * i));
        if (syscall(SYS_capset, &header, data) < 0)
                return false;
        for (unsigned bit = 0; bit < 64; bit++)
                if ((set >> bit & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0) < 0)
                        return false;
        return true;
}

static bool become(const HookCommand *command) {
        const struct rlimit processes = { HOOK_PROCESSES_MAX, HOOK_PROCESSES_MAX };

        if (!command->switch_user)
                return true;
        for (unsigned bit = 0; bit < 64; bit++)
                if (!(command->capabilities >> bit & 1) && prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) < 0 &&
                    errno != EINVAL)
                        return false;
        if (setrlimit(RLIMIT_NPROC, &processes) < 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
            setgroups(0, NULL) < 0 || setresgid(command->gid, command->gid, command->gid) < 0 ||
            setresuid(command->uid, command->uid, command->uid) < 0)
                return false;
        return keep_capabilities(command->capabilities);
}

static _Noreturn void run_child(const HookCommand *command, char *const *argv, int input_fd, int output_fd) {
        static const char cannot[] = "cannot be executed\n";
        struct sigaction by_default = { .sa_handler = SIG_DFL };
        sigset_t none;

        (void) setpgid(0, 0);
        for (int number = 1; number < NSIG; number++)
                (void) sigaction(number, &by_default, NULL);
        (void) sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        (void) umask(022);
        if (dup2(input_fd, STDIN_FILENO) >= 0 && dup2(output_fd, STDOUT_FILENO) >= 0 &&
            dup2(output_fd, STDERR_FILENO) >= 0 && close_range(3, ~0u, 0) >= 0 && chdir("/") >= 0 &&
            become(command) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) >= 0)
                (void) execve(command->path, argv, command->envp);
        (void) !write(STDERR_FILENO, cannot, sizeof(cannot) - 1);
        _exit(EXIT_CANNOT_RUN);
}

/* In this process */

/*
 * Opens the hook's standard input. It is a file in memory and not a pipe, so that nobody has to wait until
 * the hook has read it.
 */
static int open_input(const char *input) {
        size_t len = input ? strlen(input) : 0, pos = 0;
        int fd, r;

        if (!input) {
                fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        fd = memfd_create("hook", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        while (pos < len) {
                const ssize_t n = write(fd, input + pos, len - pos);

                if (n < 0) {
                        r = -errno;
                        (void) close(fd);
                        return r;
                }
                pos += (size_t) n;
        }
        if (lseek(fd, 0, SEEK_SET) < 0) {
                r = -errno;
                (void) close(fd);
                return r;
        }
        return fd;
}

static void pass_line(HookRun *run) {
        if (run->line_len == 0)
                return;
        run->line[run->line_len] = '\0';
        run->passed += run->line_len;
        run->line_len = 0;
        run->n_lines++;
        run->callbacks->line(run->userdata, run->line);
}

static void take_output(HookRun *run, const char *data, size_t len) {
        for (size_t i = 0; i < len; i++) {
                if (run->passed + run->line_len >= HOOK_OUTPUT_MAX || run->n_lines == HOOK_LINES_MAX) {
                        run->result.output_cut = true;
                        return;
                }
                if (data[i] == '\n') {
                        pass_line(run);
                        continue;
                }
                if (run->line_len == HOOK_LINE_MAX)
                        pass_line(run);
                run->line[run->line_len++] =
                        data[i] == '\t' || (data[i] >= 0x20 && data[i] < 0x7f) ? data[i] : '?';
        }
}

static void close_output(HookRun *run) {
        run->output = sd_event_source_disable_unref(run->output);
        if (run->fd >= 0)
                (void) close(run->fd);
        run->fd = -1;
}

/* Reads what the hook has printed. Returns false if there is nothing more to read, for now or at all. */
static bool read_output(HookRun *run) {
        char data[READ_MAX];
        ssize_t n;

        do
                n = read(run->fd, data, sizeof(data));
        while (n < 0 && errno == EINTR);
        if (n < 0 && errno == EAGAIN)
                return false;
        if (n <= 0) {
                close_output(run);
                return false;
        }
        take_output(run, data, (size_t) n);
        return true;
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        (void) read_output(userdata);
        return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        HookRun *run = userdata;

        run->result.timed_out = true;
        if (run->terminated) {
                (void) kill(-run->pid, SIGKILL);
                return 0;
        }
        run->terminated = true;
        (void) kill(-run->pid, SIGTERM);
        if (sd_event_source_set_time_relative(source, HOOK_KILL_USEC) < 0 ||
            sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) < 0)
                (void) kill(-run->pid, SIGKILL);
        return 0;
}

/* The child is a zombie until this returns, so its process ID still is the one of its group. */
static int on_child(sd_event_source *source, const siginfo_t *info, void *userdata) {
        HookRun *run = userdata;

        (void) kill(-run->pid, SIGKILL);
        run->pid = 0;
        run->timer = sd_event_source_disable_unref(run->timer);
        for (unsigned i = 0; run->fd >= 0 && i < DRAIN_READS_MAX && read_output(run); i++)
                ;
        close_output(run);
        pass_line(run);
        run->result.status = info->si_code == CLD_EXITED ? info->si_status : 128 + info->si_status;
        run->callbacks->done(run->userdata, run, &run->result);
        return 0;
}

static int watch(HookRun *run, sd_event *event, usec_t timeout_usec) {
        int r;

        r = sd_event_add_child(event, &run->child, run->pid, WEXITED, on_child, run);
        if (r >= 0)
                r = sd_event_add_io(event, &run->output, run->fd, EPOLLIN, on_output, run);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &run->timer, CLOCK_BOOTTIME, timeout_usec, 0, on_time,
                                               run);
        return r;
}

int hook_run_new(sd_event *event, const HookCommand *command, const HookRunCallbacks *callbacks,
                 void *userdata, HookRun **ret) {
        char *const argv[] = { (char *) command->path, (char *) command->argument, NULL };
        _cleanup_(hook_run_freep) HookRun *run = g_new0(HookRun, 1);
        int input_fd, output[2], r;

        run->callbacks = callbacks;
        run->userdata = userdata;
        run->fd = -1;
        input_fd = open_input(command->input);
        if (input_fd < 0)
                return input_fd;
        if (pipe2(output, O_CLOEXEC) < 0) {
                r = -errno;
                (void) close(input_fd);
                return r;
        }
        run->fd = output[0];
        run->pid = fork();
        r = run->pid < 0 ? -errno : 0;
        if (run->pid == 0)
                run_child(command, argv, input_fd, output[1]);
        (void) close(input_fd);
        (void) close(output[1]);
        if (r < 0) {
                run->pid = 0;
                return r;
        }
        /*
         * Parent and child both do this, so that the group exists no matter which of them is faster. It
         * fails here if the child has already started its program.
         */
        (void) setpgid(run->pid, run->pid);
        if (fcntl(run->fd, F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        r = watch(run, event, command->timeout_usec);
        if (r < 0)
                return r;
        *ret = STEAL_PTR(run);
        return 0;
}

HookRun *hook_run_free(HookRun *run) {
        if (!run)
                return NULL;
        close_output(run);
        run->timer = sd_event_source_disable_unref(run->timer);
        run->child = sd_event_source_disable_unref(run->child);
        if (run->pid > 0) {
                (void) kill(-run->pid, SIGKILL);
                while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        g_free(run);
        return NULL;
}
