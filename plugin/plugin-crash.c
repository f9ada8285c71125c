/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handles signals that are about to end the process (plugin-crash.h).
 *
 * The handler puts back the disposition that the signal had before, and lets the signal come a second time.
 * So a sanitizer reports, and the kernel dumps core, as if there had been no handler of ours.
 */
#include "plugin/plugin-crash.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

#define STACK_SIZE (64 * 1024) /* bytes; the kernel's frame needs some thousands, the handler little more */

static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS };

static struct sigaction before[ARRAY_SIZE(signals)];
static void (*callback)(void);

/* Returns true if the instruction that caused the signal runs again when the handler returns. */
static bool comes_by_itself(const siginfo_t *info) {
        /* The code is positive only if the kernel, and not a process, has sent the signal. */
        return info->si_code > 0 &&
                (info->si_signo == SIGSEGV || info->si_signo == SIGBUS || info->si_signo == SIGILL ||
                 info->si_signo == SIGFPE);
}

static void on_signal(int sig, siginfo_t *info, void *context) {
        callback();
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                if (signals[i] == sig)
                        (void) sigaction(sig, &before[i], NULL);
        /* The signal is blocked now, and is delivered when the handler returns. */
        if (!comes_by_itself(info))
                (void) raise(sig);
}

void plugin_crash_watch(void (*on_crash)(void)) {
        static char stack[STACK_SIZE] __attribute__((aligned(16)));
        struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_ONSTACK | SA_SIGINFO };
        const bool watched = callback != NULL;
        stack_t old;

        callback = on_crash;
        if (watched)
                return;
        /* A sanitizer may have installed a stack for signals already. Then use that one. */
        if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE))
                (void) sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL);
        (void) sigemptyset(&action.sa_mask);
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                (void) sigaction(signals[i], &action, &before[i]);
}
