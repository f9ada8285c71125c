/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config/config-identity.c, config-mode.c and config-send.c: the client's identity, the servers that it
 * accepts, what it sends, and its fallback.
 */
#include <arpa/inet.h>

#include "tests/unit/config-fixture.h"

static const ConfigLink *load(Fixture *f, const char *lines) {
        g_autofree char *text = g_strdup_printf("[DHCPv4]\n%s\n", lines);

        fixture_load_text(f, text);
        fixture_check_problem(f, NULL);
        return fixture_find(f, "eth0");
}

static void refused(Fixture *f, const char *const *lines) {
        for (; *lines; lines++) {
                g_autofree char *text = g_strdup_printf("[DHCPv4]\n%s\n", *lines);

                g_test_message("%s", *lines);
                fixture_load_text(f, text);
                fixture_check_problem(f, "[DHCPv4]");
                g_assert_cmpuint(fixture_find(f, "eth0")->options_len, ==, 0);
        }
}

static void assert_send(const ConfigLink *link, const void *expected, size_t len) {
        g_assert_cmpmem(link->send, link->send_len, expected, len);
}

#define ASSERT_SEND(link, bytes) assert_send(link, bytes, sizeof(bytes) - 1)

static void test_send_option(Fixture *f, gconstpointer data) {
        static const char *const wrong[] = {
                "SendOption=224",
                "SendOption=224:",
                "SendOption=224:uint8:",
                "SendOption=224:uint8:256",
                "SendOption=224:uint8:1,",
                "SendOption=224:uint16:65536",
                "SendOption=224:uint32:4294967296",
                "SendOption=224:uint8:-1",
                "SendOption=224:ipv4address:1.2.3",
                "SendOption=224:hex:0",
                "SendOption=224:hex:",
                "SendOption=224:string:",
                "SendOption=224:flag:1",
                "SendOption=224:nonsense:1",
                "SendOption=0:uint8:1",
                "SendOption=255:uint8:1",
                "SendOption=256:uint8:1",
                "SendOption=nonsense:uint8:1",
                "SendOption='224:string:a",
                "SendOption=50:ipv4address:10.0.0.1",
                "SendOption=53:uint8:1",
                "SendOption=54:ipv4address:10.0.0.1",
                "SendOption=55:uint8:1",
                "SendOption=57:uint16:1500",
                "SendOption=61:hex:0102",
                "SendOption=80:flag",
                "SendOption=90:hex:00",
                "SendOption=108:uint32:1",
                "SendOption=116:uint8:1",
                "SendOption=145:uint8:1",
                "SendOption=51:uint16:1", /* its length is four */
                "SendOption=12:hex:",
                NULL,
        };

        load(f, "SendHostname=no\nSendOption=224:uint8:1,2 225:uint16:258 226:uint32:16909060");
        ASSERT_SEND(fixture_find(f, "eth0"), "\xe0\2\1\2\xe1\2\1\2\xe2\4\1\2\3\4");
        load(f, "SendHostname=no\nSendOption=230:ipv4address:10.0.0.1,10.0.0.2 231:hex:aa:bb 232:flag");
        ASSERT_SEND(fixture_find(f, "eth0"), "\xe6\x08\x0a\0\0\1\x0a\0\0\2\xe7\2\xaa\xbb\xe8\0");
        load(f, "SendHostname=no\nSendOption='224:string:a b:c' 225:string:'\"'");
        ASSERT_SEND(fixture_find(f, "eth0"), "\xe0\5a b:c\xe1\1\"");
        load(f, "SendHostname=no\nSendOption=lease-time:uint32:3600");
        ASSERT_SEND(fixture_find(f, "eth0"), "\x33\4\0\0\x0e\x10");
        /* An option that is configured replaces the one that we would send. */
        load(f, "Hostname=host\nVendorClassIdentifier=vc\nSendOption=12:string:other 12:string:last");
        ASSERT_SEND(fixture_find(f, "eth0"), "\x0c\4last\x3c\2vc");
        refused(f, wrong);
}

/* Lists of drop-ins add up; an empty one starts anew. Long values go out in pieces, and nothing is cut. */
static void test_send_option_lists(Fixture *f, gconstpointer data) {
        g_autofree char *long_hex = g_strnfill(2 * 300, 'a'), *too_long = g_strnfill(2 * 650, 'a'),
                        *text = g_strdup_printf("SendHostname=no\nSendOption=224:hex:%s", long_hex),
                        *bad = g_strdup_printf("SendOption=224:hex:%s", too_long),
                        *class = g_strnfill(255, 'v'),
                        *full = g_strdup_printf(
                                "[DHCPv4]\nVendorClassIdentifier=%s\nUserClass=abc\nHostname=h\n"
                                "SendOption=224:hex:%s",
                                class, long_hex),
                        *more = g_strdup_printf(
                                "[DHCPv4]\nVendorClassIdentifier=%s\nUserClass=%s\nHostname=h\n"
                                "SendOption=224:hex:%s",
                                class, class + 100, long_hex);
        const char *const wrong[] = { bad, NULL };
        const ConfigLink *link;

        fixture_put(f, "etc/dhcpd-link.conf.d/1.conf", "[DHCPv4]\nSendOption=225:uint8:2\n");
        load(f, "SendHostname=no\nSendOption=224:uint8:1");
        ASSERT_SEND(fixture_find(f, "eth0"), "\xe0\1\1\xe1\1\2");
        fixture_put(f, "etc/dhcpd-link.conf.d/1.conf", "[DHCPv4]\nSendOption=\n");
        load(f, "SendHostname=no\nSendOption=224:uint8:1");
        g_assert_cmpuint(fixture_find(f, "eth0")->send_len, ==, 0);

        fixture_put(f, "etc/dhcpd-link.conf.d/1.conf", "");
        link = load(f, text);
        g_assert_cmpuint(link->send_len, ==, 2 + 255 + 2 + 45);
        g_assert_cmpuint(link->send[1], ==, 255);
        g_assert_cmpuint(link->send[2 + 255], ==, 224);
        refused(f, wrong);

        fixture_load_text(f, full);
        fixture_check_problem(f, NULL);
        fixture_load_text(f, more);
        fixture_check_problem(f, "some are not sent");
        g_assert_cmpuint(fixture_find(f, "eth0")->send_len, <=, DHCP4_SEND_MAX);
}

static void test_fqdn(Fixture *f, gconstpointer data) {
        static const char *const wrong[] = { "SendFQDN=yes", "SendFQDN=BOTH", NULL };

        load(f, "Hostname=host.example\nSendFQDN=both");
        ASSERT_SEND(fixture_find(f, "eth0"), "\x51\x11\5\0\0\4host\7example\0");
        load(f, "Hostname=host\nSendFQDN=ptr");
        ASSERT_SEND(fixture_find(f, "eth0"), "\x51\x08\4\0\0\4host");
        load(f, "Hostname=host\nSendFQDN=none");
        ASSERT_SEND(fixture_find(f, "eth0"), "\x51\x08\x0c\0\0\4host");
        load(f, "Hostname=host\nSendFQDN=no");
        ASSERT_SEND(fixture_find(f, "eth0"), "\x0c\4host");
        load(f, "Hostname=host\nSendFQDN=both\nSendHostname=no");
        g_assert_cmpuint(fixture_find(f, "eth0")->send_len, ==, 0);
        refused(f, wrong);
}

static void test_classes(Fixture *f, gconstpointer data) {
        static const char *const wrong[] = { "UserClass='", "UserClass=a ''", "MUDURL=http://a/", "MUDURL=a",
                                             NULL };

        load(f, "SendHostname=no\nUserClass=a 'b c'\nMUDURL=https://a/");
        ASSERT_SEND(fixture_find(f, "eth0"), "\x4d\6\1a\3b c\xa1\x0ahttps://a/");
        refused(f, wrong);
}

static void test_lists(Fixture *f, gconstpointer data) {
        static const char *const wrong[] = {
                "AllowServer=nonsense", "AllowServer=10.0.0.1/33",      "AllowServer=10.0.0",
                "DenyServer=02:00",     "DenyServer=10.0.0.1 nonsense", NULL,
        };
        g_autofree char *many = NULL;
        g_autoptr(GString) list = g_string_new("AllowServer=");
        const ConfigLink *link;

        link = load(f, "AllowServer=10.0.0.1 10.1.2.3/8\nDenyServer=02:00:00:00:00:01");
        g_assert_cmpuint(link->n_allow, ==, 2);
        g_assert_cmpuint(link->allow[0].address.s_addr, ==, inet_addr("10.0.0.1"));
        g_assert_cmpuint(link->allow[0].prefix_len, ==, 32);
        g_assert_cmpuint(link->allow[1].address.s_addr, ==, inet_addr("10.0.0.0"));
        g_assert_cmpuint(link->allow[1].prefix_len, ==, 8);
        g_assert_cmpuint(link->n_deny, ==, 1);
        g_assert_cmpuint(link->deny[0].hw.len, ==, 6);
        g_assert_cmpuint(link->deny[0].hw.bytes[5], ==, 1);

        for (unsigned i = 0; i < 16; i++)
                g_string_append_printf(list, "10.0.0.%u ", i + 1);
        link = load(f, list->str);
        g_assert_cmpuint(link->n_allow, ==, 16);
        many = g_strdup_printf("[DHCPv4]\n%s 10.0.0.99\n", list->str);
        fixture_load_text(f, many);
        fixture_check_problem(f, "more than 16");
        for (const char *const *line = wrong; *line; line++) {
                g_autofree char *text = g_strdup_printf("[DHCPv4]\n%s\n", *line);

                /* 02:00 is a hardware address of two bytes, as odd as that is. */
                fixture_load_text(f, text);
                if (strcmp(*line, "DenyServer=02:00") != 0)
                        fixture_check_problem(f, "[DHCPv4]");
                g_assert_cmpuint(fixture_find(f, "eth0")->n_allow, ==, 0);
        }
}

static void test_fallback(Fixture *f, gconstpointer data) {
        static const char *const wrong[] = {
                "Fallback=yes",
                "FallbackAddress=10.0.0.1",
                "FallbackAddress=10.0.0.1/0",
                "FallbackAddress=127.0.0.1/8",
                "FallbackAddress=224.0.0.1/8",
                "FallbackGateway=0.0.0.0",
                "FallbackGateway=10.0.0.1/8",
                "FallbackAfterSec=infinity",
                "InformAddress=10.0.0.1",
                "InformAddress=0.0.0.0/8",
                "Fallback=static", /* with what address? */
                NULL,
        };
        const Dhcp4Fallback *fallback;

        fallback = &load(f, "")->client.fallback;
        g_assert_cmpint(fallback->kind, ==, DHCP4_FALLBACK_NONE);
        g_assert_cmpuint(fallback->after_usec, ==, 10 * USEC_PER_SEC);
        fallback = &load(f, "Fallback=link-local\nFallbackAfterSec=1min")->client.fallback;
        g_assert_cmpint(fallback->kind, ==, DHCP4_FALLBACK_LINK_LOCAL);
        g_assert_cmpuint(fallback->after_usec, ==, 60 * USEC_PER_SEC);
        fallback = &load(f, "Fallback=static\nFallbackAddress=192.0.2.7/24\nFallbackGateway=192.0.2.1")
                            ->client.fallback;
        g_assert_cmpint(fallback->kind, ==, DHCP4_FALLBACK_STATIC);
        g_assert_cmpuint(fallback->address.s_addr, ==, inet_addr("192.0.2.7"));
        g_assert_cmpuint(fallback->prefix_len, ==, 24);
        g_assert_cmpuint(fallback->router.s_addr, ==, inet_addr("192.0.2.1"));
        refused(f, wrong);
        g_assert_cmpint(fixture_find(f, "eth0")->client.fallback.kind, ==, DHCP4_FALLBACK_NONE);
        /* Too many options to send are a problem of their own. */
        g_autofree char *long_option = g_strnfill(250, 'x');
        g_autofree char *both = g_strdup_printf(
                "[DHCPv4]\nFallback=static\nSendOption=224:string:%s\nSendOption=225:string:%s\nVendorClass=%s\n",
                long_option, long_option, long_option);
        fixture_load_text(f, both);
        g_assert_cmpuint(f->problems->len, ==, 2);
        g_assert_cmpint(fixture_find(f, "eth0")->client.fallback.kind, ==, DHCP4_FALLBACK_NONE);

        g_assert_cmpuint(load(f, "InformAddress=192.0.2.9/25")->client.inform_prefix_len, ==, 25);
        g_assert_true(load(f, "BOOTP=yes")->client.bootp);
        g_assert_true(load(f, "")->force_renew);
        g_assert_false(load(f, "ForceRenew=no")->force_renew);
}

static void test_mtu(Fixture *f, gconstpointer data) {
        static const struct {
                const char *value;
                NetMtuUse use;
        } uses[] = {
                { "", NET_MTU_ROUTE },   { "route", NET_MTU_ROUTE }, { "link", NET_MTU_LINK },
                { "no", NET_MTU_NO },    { "yes", NET_MTU_ROUTE },   { "true", NET_MTU_ROUTE },
                { "false", NET_MTU_NO },
        };
        static const char *const wrong[] = {
                "UseMTU=interface", "UseMTU=1400",   "UseMTU=route link", "MinimumMTU=67",
                "MinimumMTU=65536", "MinimumMTU=-1", "MinimumMTU=no",     NULL,
        };

        for (size_t i = 0; i < G_N_ELEMENTS(uses); i++) {
                g_autofree char *line = g_strdup_printf("UseMTU=%s", uses[i].value);

                g_assert_cmpint(load(f, line)->net.use_mtu, ==, uses[i].use);
        }
        g_assert_cmpuint(load(f, "MinimumMTU=68")->net.mtu_min, ==, 68);
        g_assert_cmpuint(load(f, "MinimumMTU=65535")->net.mtu_min, ==, 65535);
        g_assert_cmpuint(load(f, "MinimumMTU=68\nMinimumMTU=")->net.mtu_min, ==, 576);
        refused(f, wrong);
        g_assert_cmpuint(fixture_find(f, "eth0")->net.mtu_min, ==, 576);
        g_assert_cmpint(fixture_find(f, "eth0")->net.use_mtu, ==, NET_MTU_ROUTE);
}

/* Checks which of these names are CLAT providers: @expected has a 0 or 1 for each. */
static void check_clat(Fixture *f, const char *value, const char *expected) {
        static const char *const names[] = { "clat", "clat0", "v4-wlan0", "464-wan6", "eth0", "xclat" };
        g_autofree char *text = g_strdup_printf("[Manager]\nCLATInterface=%s\n", value);

        fixture_load_text(f, text);
        fixture_check_problem(f, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                g_assert_cmpint(config_is_clat(f->config, &(LinkNames){ .ifname = names[i] }), ==,
                                expected[i] == '1');
}

static void test_ipv6_only(Fixture *f, gconstpointer data) {
        static const char *const wrong[] = { "IPv6OnlyMode=maybe", "IPv6OnlyMode=108", NULL };

        g_assert_cmpint(load(f, "")->ipv6_only, ==, CONFIG_IPV6_ONLY_AUTO);
        g_assert_cmpint(load(f, "IPv6OnlyMode=yes")->ipv6_only, ==, CONFIG_IPV6_ONLY_YES);
        g_assert_cmpint(load(f, "IPv6OnlyMode=no")->ipv6_only, ==, CONFIG_IPV6_ONLY_NO);
        g_assert_cmpint(load(f, "IPv6OnlyMode=no\nIPv6OnlyMode=auto")->ipv6_only, ==, CONFIG_IPV6_ONLY_AUTO);
        g_assert_cmpint(load(f, "IPv6OnlyMode=no\nIPv6OnlyMode=")->ipv6_only, ==, CONFIG_IPV6_ONLY_AUTO);
        /* Only the manager knows what auto means at the moment. */
        g_assert_false(load(f, "IPv6OnlyMode=yes")->client.ipv6_only);
        refused(f, wrong);

        check_clat(f, "", "111100");
        check_clat(f, "clat", "100000");
        check_clat(f, "*clat* !clat0", "100001");
        check_clat(f, "nat64 eth?", "000010");
        /* A wrong value leaves the default. */
        fixture_load_text(f, "[Manager]\nCLATInterface=!eth0\n");
        fixture_check_problem(f, "no pattern that names an interface");
        g_assert_true(config_is_clat(f->config, &(LinkNames){ .ifname = "clat" }));
        g_assert_false(config_is_clat(f->config, &(LinkNames){ .ifname = "wlan0" }));
}

static void test_identity(Fixture *f, gconstpointer data) {
        static const char *const wrong[] = {
                "DUID=nonsense",   "DUID=hex:0004",         "DUID=hex:", "DUID=en:1",
                "DUID=en::01",     "DUID=en:4294967296:01", "IAID=-1",   "IAID=x",
                "IAID=4294967296", "Anonymize=maybe",       NULL,
        };
        static const uint8_t en[] = { 0, 2, 0, 0, 0xab, 0x11, 1, 2 };
        const ConfigLink *link;

        link = load(f, "ClientIdentifier=duid");
        g_assert_cmpint(link->client_identifier, ==, CONFIG_CLIENT_IDENTIFIER_DUID);
        g_assert_cmpint(link->duid, ==, CONFIG_DUID_UUID);
        g_assert_false(link->iaid_set);
        g_assert_cmpint(link->anonymize, ==, CONFIG_ANONYMIZE_AUTO);
        g_assert_cmpint(load(f, "DUID=link-layer")->duid, ==, CONFIG_DUID_LINK_LAYER);
        g_assert_cmpint(load(f, "DUID=link-layer-time")->duid, ==, CONFIG_DUID_LINK_LAYER_TIME);
        link = load(f, "DUID=en:43793:0102\nIAID=4294967295");
        g_assert_cmpint(link->duid, ==, CONFIG_DUID_BYTES);
        g_assert_cmpmem(link->duid_bytes, link->duid_len, en, sizeof(en));
        g_assert_true(link->iaid_set);
        g_assert_cmpuint(link->iaid, ==, UINT32_MAX);
        g_assert_cmpuint(load(f, "DUID=hex:000401")->duid_len, ==, 3);
        g_assert_cmpint(load(f, "Anonymize=yes")->anonymize, ==, CONFIG_ANONYMIZE_YES);
        g_assert_cmpint(load(f, "Anonymize=no")->anonymize, ==, CONFIG_ANONYMIZE_NO);
        refused(f, wrong);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        fixture_add("/config-client/send-option", test_send_option);
        fixture_add("/config-client/send-option-lists", test_send_option_lists);
        fixture_add("/config-client/fqdn", test_fqdn);
        fixture_add("/config-client/classes", test_classes);
        fixture_add("/config-client/lists", test_lists);
        fixture_add("/config-client/fallback", test_fallback);
        fixture_add("/config-client/mtu", test_mtu);
        fixture_add("/config-client/ipv6-only", test_ipv6_only);
        fixture_add("/config-client/identity", test_identity);
        return g_test_run();
}
