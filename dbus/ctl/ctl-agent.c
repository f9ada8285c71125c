/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs pkttyagent on our terminal (contract: dbus/ctl/ctl-agent.h).
 *
 * pkttyagent is a process of its own. It registers with polkit for our process, and switches the terminal's
 * echo off while somebody types a password. So it must end before we do, and the echo must be as before. We
 * end it when the call has returned, and when a signal ends us. If SIGKILL ends us, the kernel ends it
 * (PR_SET_PDEATHSIG). pkttyagent is started as a fallback: if a desktop has an agent, polkit uses that one.
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

/* The only agent. It is a global variable because a signal handler needs it. */
static struct {
        volatile pid_t pid; /* 0: there is none */
        int terminal;
        struct termios before;
        struct sigaction old[ARRAY_SIZE(deadly)];
} agent;

/* Ends the agent and restores the terminal. Does not allocate or lock, because a signal handler calls it. */
static void end_agent(void) {
        static const struct timespec step = { .tv_nsec = END_STEP_NSEC };
        const pid_t pid = agent.pid;
        sigset_t set, old;

        if (pid == 0)
                return;
        agent.pid = 0;
        (void) kill(pid, SIGTERM);
        (void) kill(pid, SIGCONT); /* a stopped agent would not act on SIGTERM */
        for (int i = 0; waitpid(pid, NULL, WNOHANG) == 0; i++) {
                if (i == END_STEPS)
                        (void) kill(pid, SIGKILL);
                (void) nanosleep(&step, NULL);
        }
        /* If we are in the background, SIGTTOU would stop us here. */
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
        (void) raise(sig); /* takes effect when this handler returns */
        errno = saved;
}

static void catch_signals(void) {
        struct sigaction action = { .sa_handler = on_deadly };

        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                (void) sigaddset(&action.sa_mask, deadly[i]);
        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                /* A signal that is ignored, for example by nohup(1), stays ignored. */
                if (sigaction(deadly[i], NULL, &agent.old[i]) == 0 && agent.old[i].sa_handler != SIG_IGN)
                        (void) sigaction(deadly[i], &action, NULL);
}

static void release_signals(void) {
        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                (void) sigaction(deadly[i], &agent.old[i], NULL);
}

/*
 * Becomes pkttyagent. Called in the child. pkttyagent closes @notify when polkit knows it. @notify is also
 * closed if pkttyagent cannot be started.
 */
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
        (void) sigprocmask(SIG_BLOCK, &set, &old); /* until agent.pid is set, which the handler needs */
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
