/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plugins for test-plugin-host.c, built several times from this file. FIXTURE_NAME is what the plugin
 * calls itself; FIXTURE_ABI, FIXTURE_SIZE and FIXTURE_INIT_RESULT make defective ones; FIXTURE_FLAGS
 * makes one that has to be enabled. The plugin logs what is done to it.
 */
#include <arpa/inet.h>
#include <dhcpd-link-plugin.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

typedef struct Fixture {
        const DhcpdLinkHost *host;
        unsigned n_leases;
} Fixture;

/* Logs what the plugin that has to be enabled remembered of its last lease, in the order of @persistent. */
static void log_memory(const DhcpdLinkHost *host) {
        char text[DHCPD_LINK_REMEMBER_MAX];

        for (int persistent = 0; persistent <= 1 && FIXTURE_FLAGS != 0; persistent++) {
                int r = host->recall(host, persistent, text);

                host->log(host, LOG_INFO, "recalls %.32s, %zu", r == 0 ? text : strerror(-r),
                          r == 0 ? strlen(text) : 0);
        }
}

/* For the lease of link 99 the text is too long to be remembered. */
static void remember(const DhcpdLinkHost *host, const DhcpdLinkLease *lease, const char *text) {
        char too_long[DHCPD_LINK_REMEMBER_MAX + 1] = "";

        for (size_t i = 0; lease->ifindex == 99 && i < DHCPD_LINK_REMEMBER_MAX; i++)
                too_long[i] = 'x';
        for (int persistent = 0; persistent <= 1 && FIXTURE_FLAGS != 0; persistent++) {
                int r = host->remember(host, persistent, too_long[0] != 0 ? too_long : text);

                if (r < 0)
                        host->log(host, LOG_INFO, "remembers: %s", strerror(-r));
        }
}

static int fixture_init(const DhcpdLinkHost *host, void **ret_state) {
        const char *value;
        Fixture *f;

        if (host->struct_size < sizeof(*host) || !host->event)
                return -EPROTO;
        value = host->config(host, "Key");
        host->log(host, LOG_INFO, "init Key=%s", value ? value : "(none)");
        log_memory(host);
        if (FIXTURE_INIT_RESULT < 0)
                return FIXTURE_INIT_RESULT;
        f = calloc(1, sizeof(*f));
        if (!f)
                return -ENOMEM;
        f->host = host;
        *ret_state = f;
        return 0;
}

static void fixture_lease(void *state, DhcpdLinkEvent event, const DhcpdLinkLease *lease) {
        Fixture *f = state;
        const uint8_t *data;
        size_t len;
        int r = lease->get_option(lease, 12, &data, &len);

        f->n_leases++;
        remember(f->host, lease, event == DHCPD_LINK_EVENT_LOST ? NULL : lease->ifname);
        f->host->report_dns(f->host, lease->ifindex, event == DHCPD_LINK_EVENT_LOST ? FIXTURE_NAME : NULL);
        f->host->report_unused(f->host, lease->ifindex, 119,
                               f->host->is_tunnel(f->host, lease->ifindex) ? FIXTURE_NAME : NULL);
        f->host->log(f->host, LOG_NOTICE, "lease %u of %u: %s %s %i/%c%c", f->n_leases, (unsigned) event,
                     lease->ifname, inet_ntoa(lease->address), r, r == 0 && len == 2 ? data[0] : '-',
                     r == 0 && len == 2 ? data[1] : '-');
}

static void fixture_reload(void *state) {
        Fixture *f = state;

        f->host->log(f->host, 99, "reload");
}

static void fixture_fini(void *state) {
        Fixture *f = state;

        f->host->log(f->host, LOG_INFO, "fini");
        free(f);
}

DHCPD_LINK_PLUGIN_EXPORT = {
        .abi = FIXTURE_ABI,
        .struct_size = FIXTURE_SIZE,
        .name = FIXTURE_NAME,
        .init = fixture_init,
        .lease = fixture_lease,
        .reload = fixture_reload,
        .fini = fixture_fini,
        .flags = FIXTURE_FLAGS,
};
