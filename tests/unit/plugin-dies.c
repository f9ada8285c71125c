/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plugin for tests that does to the daemon what no plugin should. [Plugin dies] says what and in which
 * call:
 *
 *   At=init, lease, lost (the lease() that tells of an end), reload, event (an event source of its own, soon
 *   after init) or fini. Without At= it does no harm.
 *   How=abort, segv, stack, exit, _exit, loop, memory, close, reopen (it closes descriptors, and opens
 *   others with the same numbers), end-loop (by sd_event_exit()), sleep (for longer than a call should
 *   take) or slow
 *
 * With DHCPD_LINK_TEST_DIES_AT_LOAD=1 in the environment it aborts while the dynamic loader loads it.
 */
#include <dhcpd-link-plugin.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define MEMORY ((size_t) 1 << 30) /* bytes */

__attribute__((constructor)) static void on_load(void) {
        if (getenv("DHCPD_LINK_TEST_DIES_AT_LOAD"))
                abort();
}

/* Never returns. The compiler must not know this. */
static int overflow(volatile char *outer) {
        volatile char inner[4096];

        inner[0] = outer[0];
        return inner[0] == 1 ? 1 : overflow(inner) + inner[0];
}

static void take_memory(void) {
        char *memory = malloc(MEMORY);

        /*
         * The result of malloc() is not checked, as in many programs. Something reads the memory, because
         * the compiler would leave all of it out otherwise.
         */
        memset(memory, 1, MEMORY);
        if (((volatile char *) memory)[MEMORY - 1] != 1)
                abort();
}

static void close_all(void) {
        for (int fd = 0; fd < 1024; fd++)
                (void) close(fd);
}

static void harm(const DhcpdLinkHost *host, const char *call) {
        const char *at = host->config(host, "At"), *how = host->config(host, "How");
        volatile int *nowhere = NULL;

        if (!at || !how || strcmp(at, call) != 0)
                return;
        host->log(host, LOG_NOTICE, "%s in %s", how, call);
        if (strcmp(how, "abort") == 0)
                abort();
        else if (strcmp(how, "segv") == 0)
                *nowhere = 1;
        else if (strcmp(how, "stack") == 0)
                _exit(overflow(&(volatile char){ 0 }));
        else if (strcmp(how, "exit") == 0)
                exit(0);
        else if (strcmp(how, "_exit") == 0)
                _exit(0);
        else if (strcmp(how, "loop") == 0)
                for (;;)
                        (void) pause();
        else if (strcmp(how, "memory") == 0)
                take_memory();
        else if (strcmp(how, "close") == 0)
                close_all();
        else if (strcmp(how, "reopen") == 0) {
                close_all();
                while (open("/dev/null", O_RDWR) < 64)
                        ;
        } else if (strcmp(how, "sleep") == 0)
                (void) usleep(200000);
        else if (strcmp(how, "slow") == 0)
                (void) host->config(host, "Wait"); /* the test moves its clock when it is asked for this */
}

static int on_event(sd_event_source *source, void *userdata) {
        harm(userdata, "event");
        return 0;
}

static int dies_init(const DhcpdLinkHost *host, void **ret_state) {
        *ret_state = (void *) host;
        harm(host, "init");
        /* Its fini() forgets to remove the event source. */
        return sd_event_add_defer(host->event, NULL, on_event, (void *) host);
}

static void dies_lease(void *state, DhcpdLinkEvent event, const DhcpdLinkLease *lease) {
        const DhcpdLinkHost *host = state;

        harm(host, event == DHCPD_LINK_EVENT_LOST ? "lost" : "lease");
        host->log(host, LOG_NOTICE, "survived %s", lease->ifname);
}

static void dies_reload(void *state) {
        harm(state, "reload");
}

static void dies_fini(void *state) {
        harm(state, "fini");
}

DHCPD_LINK_PLUGIN_EXPORT = {
        .abi = DHCPD_LINK_PLUGIN_ABI,
        .struct_size = sizeof(DhcpdLinkPlugin),
        .name = "dies",
        .init = dies_init,
        .lease = dies_lease,
        .reload = dies_reload,
        .fini = dies_fini,
};
