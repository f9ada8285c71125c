/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The smallest plugin: writes a line to the log for every event of a lease. It is not installed. A test
 * builds it with only the public header, and loads it.
 */
#include <arpa/inet.h>
#include <dhcpd-link-plugin.h>
#include <syslog.h>

static int example_init(const DhcpdLinkHost *host, void **ret_state) {
        /*
         * This plugin needs nothing else. Other plugins allocate a struct of their own here, and free it in
         * fini().
         */
        *ret_state = (void *) host;
        return 0;
}

static void example_lease(void *state, DhcpdLinkEvent event, const DhcpdLinkLease *lease) {
        const DhcpdLinkHost *host = state;
        char address[INET_ADDRSTRLEN];

        inet_ntop(AF_INET, &lease->address, address, sizeof(address));
        host->log(host, LOG_INFO, "%s: %s %s/%u%s%s", lease->ifname,
                  event == DHCPD_LINK_EVENT_LOST ? "lost" : "has", address, (unsigned) lease->prefix_len,
                  lease->domain ? " in " : "", lease->domain ? lease->domain : "");
}

DHCPD_LINK_PLUGIN_EXPORT = {
        .abi = DHCPD_LINK_PLUGIN_ABI,
        .struct_size = sizeof(DhcpdLinkPlugin),
        .name = "example",
        .init = example_init,
        .lease = example_lease,
};
