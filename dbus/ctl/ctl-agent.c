/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pkttyagent on our terminal (contract: dbus/ctl/ctl-agent.h).
 *
 * It is a process of its own that talks to polkit about this one, and switches the echo off while a
 * password is typed. So it must be gone, and the echo must be as it was, before we are: when the call
 * returns, when a signal ends us, and, by the kernel's word to it, when SIGKILL does. It is asked to be
 * a fallback only: where a desktop has an agent, that is the one that asks.
 */
#include "dbus/ctl/ctl-agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "dbus/ctl/ctl.h"

#define PROGRAM       "pkttyagent"
#define FAILED        127
#define END_STEPS     100 /* until SIGKILL */
#define END_STEP_NSEC (20 * 1000 * 1000)

static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/* There is one terminal, and a handler of signals needs to know. */
static struct {
        volatile pid_t pid; /* 0: there is none */
        int terminal;
        struct termios before;
        struct sigaction old[ARRAY_SIZE(deadly)];
} agent;

/* Nothing here may allocate or lock: it is also what a signal does. */
static void end_agent(void) {
        static const struct timespec step = { .tv_nsec = END_STEP_NSEC };
        const pid_t pid = agent.pid;
        sigset_t set, old;

        if (pid == 0)
                return;
        agent.pid = 0;
        (void) kill(pid, SIGTERM);
        (void) kill(pid, SIGCONT); /* it may be stopped, too */
        for (int i = 0; waitpid(pid, NULL, WNOHANG) == 0; i++) {
                if (i == END_STEPS)
                        (void) kill(pid, SIGKILL);
                (void) nanosleep(&step, NULL);
        }
        /* Also out of the background, where the terminal would stop us. */
        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGTTOU);
        (void) sigprocmask(SIG_BLOCK, &set, &old);
        (void) tcsetattr(agent.terminal, TCSANOW, &agent.before);
        (void) sigprocmask(SIG_SETMASK, &old, NULL);
}

static void on_deadly(int sig) {
        const int saved = errno;

        end_agent();
        (void) signal(sig, SIG_DFL);
        (void) raise(sig); /* comes when this returns */
        errno = saved;
}

static void catch_signals(void) {
        struct sigaction action = { .sa_handler = on_deadly };

        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                (void) sigaddset(&action.sa_mask, deadly[i]);
        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                /* What is ignored (nohup) stays so. */
                if (sigaction(deadly[i], NULL, &agent.old[i]) == 0 && agent.old[i].sa_handler != SIG_IGN)
                        (void) sigaction(deadly[i], &action, NULL);
}

static void release_signals(void) {
        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                (void) sigaction(deadly[i], &agent.old[i], NULL);
}

/* In the child. @notify is closed when polkit knows the agent, and when there is none. */
_Noreturn static void be_agent(pid_t parent, int notify, const sigset_t *mask) {
        char option[sizeof("--notify-fd=") + 3 * sizeof(int)];

        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                (void) signal(deadly[i], SIG_DFL);
        (void) sigprocmask(SIG_SETMASK, mask, NULL);
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent || fcntl(notify, F_SETFD, 0) < 0)
                _exit(FAILED);
        (void) snprintf(option, sizeof(option), "--notify-fd=%d", notify);
        (void) execlp(PROGRAM, PROGRAM, option, "--fallback", (char *) NULL);
        _exit(FAILED);
}

static void wait_until_closed(int fd) {
        ssize_t n;
        char c;

        do
                n = read(fd, &c, 1);
        while (n > 0 || (n < 0 && errno == EINTR));
}

void ctl_agent_start(void) {
        const pid_t parent = getpid();
        sigset_t set, old;
        int notify[2];
        pid_t pid;

        if (agent.pid != 0 || !isatty(STDIN_FILENO))
                return;
        agent.terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (agent.terminal < 0)
                return;
        if (tcgetattr(agent.terminal, &agent.before) < 0 || pipe2(notify, O_CLOEXEC) < 0) {
                (void) close(agent.terminal);
                return;
        }
        (void) fflush(stdout);
        (void) sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                (void) sigaddset(&set, deadly[i]);
        (void) sigprocmask(SIG_BLOCK, &set, &old); /* until the handler knows the agent */
        catch_signals();
        pid = fork();
        if (pid == 0)
                be_agent(parent, notify[1], &old);
        if (pid > 0)
                agent.pid = pid;
        (void) sigprocmask(SIG_SETMASK, &old, NULL);
        (void) close(notify[1]);
        if (pid > 0)
                wait_until_closed(notify[0]);
        (void) close(notify[0]);
        if (pid < 0) {
                release_signals();
                (void) close(agent.terminal);
        }
}

void ctl_agent_stop(void) {
        sigset_t set, old;

        if (agent.pid == 0)
                return;
        (void) sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                (void) sigaddset(&set, deadly[i]);
        (void) sigprocmask(SIG_BLOCK, &set, &old);
        end_agent();
        release_signals();
        (void) close(agent.terminal);
        (void) sigprocmask(SIG_SETMASK, &old, NULL);
}
