/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Option 162 on its way to systemd-resolved, which refuses a whole list for one bad server. Whatever the
 * daemon gives out as well-formed becomes a few servers with names, or a reason.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/ip.h"
#include "plugin/resolved-dnr.h"
#include "tests/fuzz/fuzz.h"
#include "wire/dhcp4-message.h"
#include "wire/dhcp4-options.h"

static const uint8_t *option;
static size_t option_len;

static int get_option(const DhcpdLinkLease *lease, uint8_t code, const uint8_t **ret_data, size_t *ret_len) {
        if (dhcp4_option_check(code, option, option_len))
                return -ENODATA;
        *ret_data = option;
        *ret_len = option_len;
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const DhcpdLinkLease lease = { .get_option = get_option };
        ResolvedDnr dnr;

        if (size > DHCP4_MESSAGE_MAX_LEN)
                return 0;
        option = data;
        option_len = size;
        assert(resolved_dnr_from_lease(&lease, &dnr) == 0);
        assert(dnr.given || (dnr.n_servers == 0 && dnr.unused[0] == '\0'));
        assert(!dnr.given || dnr.n_servers > 0 || dnr.unused[0] != '\0');
        assert(dnr.n_servers <= RESOLVED_DOT_MAX);
        for (size_t i = 0; i < dnr.n_servers; i++) {
                assert(ip4_is_host(dnr.servers[i].address));
                assert(dnr.servers[i].port != 53 && dnr.servers[i].port != 853);
                assert(dnr.servers[i].name[0] != '\0');
                assert(memchr(dnr.servers[i].name, '\0', sizeof(dnr.servers[i].name)));
        }
        for (const char *c = dnr.unused; *c; c++)
                assert(*c >= 0x20 && *c < 0x7f);
        assert(resolved_dnr_equal(&dnr, &dnr));
        resolved_dnr_clear(&dnr);
        return 0;
}
