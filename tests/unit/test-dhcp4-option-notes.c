/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the option table tells about scripts (dhcp4_option_note()), compared with a second copy: the names
 * in ISC's option table as its programs have them, and those of udhcpc. Scripts read variables by these
 * names, so a script would not find a variable with another name.
 */
#include <glib.h>

#include "base/macro.h"
#include "wire/dhcp4-options.h"

typedef struct Name {
        uint8_t code;
        const char *name;
} Name;

/* clang-format off */
static const Name isc_names[] = {
        { 1, "subnet-mask" },
        { 2, "time-offset" },
        { 3, "routers" },
        { 4, "time-servers" },
        { 5, "ien116-name-servers" },
        { 6, "domain-name-servers" },
        { 7, "log-servers" },
        { 8, "cookie-servers" },
        { 9, "lpr-servers" },
        { 10, "impress-servers" },
        { 11, "resource-location-servers" },
        { 12, "host-name" },
        { 13, "boot-size" },
        { 14, "merit-dump" },
        { 15, "domain-name" },
        { 16, "swap-server" },
        { 17, "root-path" },
        { 18, "extensions-path" },
        { 19, "ip-forwarding" },
        { 20, "non-local-source-routing" },
        { 21, "policy-filter" },
        { 22, "max-dgram-reassembly" },
        { 23, "default-ip-ttl" },
        { 24, "path-mtu-aging-timeout" },
        { 25, "path-mtu-plateau-table" },
        { 26, "interface-mtu" },
        { 27, "all-subnets-local" },
        { 28, "broadcast-address" },
        { 29, "perform-mask-discovery" },
        { 30, "mask-supplier" },
        { 31, "router-discovery" },
        { 32, "router-solicitation-address" },
        { 33, "static-routes" },
        { 34, "trailer-encapsulation" },
        { 35, "arp-cache-timeout" },
        { 36, "ieee802-3-encapsulation" },
        { 37, "default-tcp-ttl" },
        { 38, "tcp-keepalive-interval" },
        { 39, "tcp-keepalive-garbage" },
        { 40, "nis-domain" },
        { 41, "nis-servers" },
        { 42, "ntp-servers" },
        { 43, "vendor-encapsulated-options" },
        { 44, "netbios-name-servers" },
        { 45, "netbios-dd-server" },
        { 46, "netbios-node-type" },
        { 47, "netbios-scope" },
        { 48, "font-servers" },
        { 49, "x-display-manager" },
        { 50, "dhcp-requested-address" },
        { 51, "dhcp-lease-time" },
        { 52, "dhcp-option-overload" },
        { 53, "dhcp-message-type" },
        { 54, "dhcp-server-identifier" },
        { 55, "dhcp-parameter-request-list" },
        { 56, "dhcp-message" },
        { 57, "dhcp-max-message-size" },
        { 58, "dhcp-renewal-time" },
        { 59, "dhcp-rebinding-time" },
        { 60, "vendor-class-identifier" },
        { 61, "dhcp-client-identifier" },
        { 62, "nwip-domain" },
        { 63, "nwip-suboptions" },
        { 64, "nisplus-domain" },
        { 65, "nisplus-servers" },
        { 66, "tftp-server-name" },
        { 67, "bootfile-name" },
        { 68, "mobile-ip-home-agent" },
        { 69, "smtp-server" },
        { 70, "pop-server" },
        { 71, "nntp-server" },
        { 72, "www-server" },
        { 73, "finger-server" },
        { 74, "irc-server" },
        { 75, "streettalk-server" },
        { 76, "streettalk-directory-assistance-server" },
        { 77, "user-class" },
        { 78, "slp-directory-agent" },
        { 79, "slp-service-scope" },
        { 81, "fqdn" },
        { 82, "relay-agent-information" },
        { 85, "nds-servers" },
        { 86, "nds-tree-name" },
        { 87, "nds-context" },
        { 88, "bcms-controller-names" },
        { 89, "bcms-controller-address" },
        { 91, "client-last-transaction-time" },
        { 92, "associated-ip" },
        { 93, "pxe-system-type" },
        { 94, "pxe-interface-id" },
        { 97, "pxe-client-id" },
        { 98, "uap-servers" },
        { 99, "geoconf-civic" },
        { 100, "pcode" },
        { 101, "tcode" },
        { 108, "v6-only-preferred" },
        { 112, "netinfo-server-address" },
        { 113, "netinfo-server-tag" },
        { 114, "default-url" },
        { 116, "auto-config" },
        { 117, "name-service-search" },
        { 118, "subnet-selection" },
        { 119, "domain-search" },
        { 124, "vivco" },
        { 125, "vivso" },
        { 136, "pana-agent" },
        { 137, "v4-lost" },
        { 138, "capwap-ac-v4" },
        { 141, "sip-ua-cs-domains" },
        { 142, "ipv4-address-andsf" },
        { 146, "rdnss-selection" },
        { 150, "tftp-server-address" },
        { 159, "v4-portparams" },
        { 160, "v4-captive-portal" },
        { 209, "loader-configfile" },
        { 210, "loader-pathprefix" },
        { 211, "loader-reboottime" },
        { 212, "option-6rd" },
        { 213, "v4-access-domain" },
        /* ISC knows no 121; the dhclient.conf of Debian and many others defines it by this name. */
        { 121, "rfc3442-classless-static-routes" },
};

static const Name udhcpc_names[] = {
        { 1, "subnet" },
        { 2, "timezone" },
        { 3, "router" },
        { 6, "dns" },
        { 9, "lprsrv" },
        { 12, "hostname" },
        { 13, "bootsize" },
        { 15, "domain" },
        { 16, "swapsrv" },
        { 17, "rootpath" },
        { 23, "ipttl" },
        { 26, "mtu" },
        { 28, "broadcast" },
        { 33, "routes" },
        { 40, "nisdomain" },
        { 41, "nissrv" },
        { 42, "ntpsrv" },
        { 44, "wins" },
        { 51, "lease" },
        { 54, "serverid" },
        { 56, "message" },
        { 60, "vendor" },
        { 66, "tftp" },
        { 67, "bootfile" },
        { 100, "tzstr" },
        { 101, "tzdbstr" },
        { 119, "search" },
        { 120, "sipsrv" },
        { 121, "staticroutes" },
        { 209, "pxeconffile" },
        { 210, "pxepathprefix" },
        { 211, "reboottime" },
        { 212, "ip6rd" },
        { 249, "msstaticroutes" },
        { 252, "wpad" },
};
/* clang-format on */

static const char *find(const Name *names, size_t n, unsigned code) {
        for (size_t i = 0; i < n; i++)
                if (names[i].code == code)
                        return names[i].name;
        return NULL;
}

static void test_isc(void) {
        for (unsigned code = 0; code < 256; code++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info((uint8_t) code);
                const char *expected = find(isc_names, ARRAY_SIZE(isc_names), code), *name;

                /* Every option that ISC knows is in the table. */
                g_assert_true(info || !expected);
                if (!info)
                        continue;
                name = dhcp4_option_note(info, DHCP4_OPTION_NOTE_ISC_NAME);
                g_assert_cmpstr(name ?: info->name, ==, expected ?: "");
                /* A note must not repeat the name that the table has anyway. */
                g_assert_cmpstr(name, !=, info->name);
        }
}

static void test_udhcpc(void) {
        for (unsigned code = 0; code < 256; code++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info((uint8_t) code);
                const char *expected = find(udhcpc_names, ARRAY_SIZE(udhcpc_names), code);

                g_assert_true(info || !expected);
                if (info)
                        g_assert_cmpstr(dhcp4_option_note(info, DHCP4_OPTION_NOTE_UDHCPC_NAME), ==,
                                        expected);
        }
}

/*
 * Names become names of variables: they have letters, digits and hyphens, and no name is there twice,
 * also after "-" became "_".
 */
static void test_variables(void) {
        g_autoptr(GHashTable) isc = g_hash_table_new(g_str_hash, g_str_equal),
                              udhcpc = g_hash_table_new(g_str_hash, g_str_equal);

        for (unsigned code = 0; code < 256; code++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info((uint8_t) code);
                const char *name;

                if (!info)
                        continue;
                name = dhcp4_option_note(info, DHCP4_OPTION_NOTE_ISC_NAME) ?: info->name;
                if (*name != '\0') {
                        g_assert_true(g_regex_match_simple("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", name, 0, 0));
                        g_assert_true(g_hash_table_add(isc, (gpointer) name));
                }
                name = dhcp4_option_note(info, DHCP4_OPTION_NOTE_UDHCPC_NAME);
                if (name) {
                        g_assert_true(g_regex_match_simple("^[a-z][a-z0-9]*$", name, 0, 0));
                        g_assert_true(g_hash_table_add(udhcpc, (gpointer) name));
                }
        }
}

static void test_checks(void) {
        static const struct {
                uint8_t code;
                Dhcp4OptionNote note;
                const char *check;
        } checks[] = {
                { 12, DHCP4_OPTION_NOTE_CHECK, "name" }, { 40, DHCP4_OPTION_NOTE_CHECK, "name" },
                { 47, DHCP4_OPTION_NOTE_CHECK, "name" }, { 15, DHCP4_OPTION_NOTE_CHECK, "names" },
                { 17, DHCP4_OPTION_NOTE_CHECK, "path" }, { 66, DHCP4_OPTION_NOTE_CHECK_UDHCPC, "name" },
                { 66, DHCP4_OPTION_NOTE_CHECK, NULL },   { 12, DHCP4_OPTION_NOTE_CHECK_UDHCPC, NULL },
                { 1, DHCP4_OPTION_NOTE_CHECK, NULL },    { 252, DHCP4_OPTION_NOTE_CHECK, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
                g_assert_cmpstr(dhcp4_option_note(dhcp4_option_info(checks[i].code), checks[i].note), ==,
                                checks[i].check);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/option-notes/isc", test_isc);
        g_test_add_func("/option-notes/udhcpc", test_udhcpc);
        g_test_add_func("/option-notes/variables", test_variables);
        g_test_add_func("/option-notes/checks", test_checks);
        return g_test_run();
}
