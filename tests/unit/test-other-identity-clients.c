/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * import/other-identity-dhclient, -dhcpcd and -nm, in a made-up root. integration/test_import_clients.py
 * has what these clients really write.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macro.h"
#include "import/other-identity-internal.h"
#include "tests/unit/other-identity-fixture.h"

#define DUID "00:01:00:01:2a:3b:4c:5d:52:54:00:99:99:99"

#define LEASE_LEN 300u

typedef struct Ack {
        uint8_t data[LEASE_LEN];
        size_t len;
} Ack;

/*
 * Returns an ACK to the link that repeats the identifier. @id_len: its length; 0: the ACK does not repeat
 * it.
 */
static Ack make_ack(const uint8_t *id, uint8_t id_len) {
        Ack ack = { .data = { 2, 1, 6 }, .len = 240 };

        memcpy(ack.data + 28, fixture_address.bytes, fixture_address.len);
        memcpy(ack.data + 236, "\x63\x82\x53\x63\x35\x01\x05", 7);
        ack.len += 3;
        if (id_len > 0) {
                ack.data[ack.len++] = 61;
                ack.data[ack.len++] = id_len;
                memcpy(ack.data + ack.len, id, id_len);
                ack.len += id_len;
        }
        ack.data[ack.len++] = 255;
        return ack;
}

static void put_ack(const char *name, Ack ack) {
        fixture_put_bytes(name, ack.data, ack.len);
}

static void clean_dhcpcd(void) {
        fixture_put("etc/dhcpcd.conf", NULL);
        fixture_put("var/lib/dhcpcd/duid", NULL);
        fixture_put("var/lib/dhcpcd/eth0.lease", NULL);
}

/* The identifier that the server repeated. */
static void test_dhcpcd_ack(void) {
        static const uint8_t id[] = { 0xff, 1, 2, 3 }, clone[] = { 1, 0x52, 0x54, 0, 0x12, 0x34, 0x57 },
                             mac[] = { 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
        const Ack good = make_ack(id, sizeof(id));
        /* offset and wrong value of op, hlen, chaddr, magic, DHCPNAK */
        static const struct {
                size_t at;
                uint8_t value;
        } wrong[] = { { 0, 1 }, { 2, 5 }, { 2, 17 }, { 33, 0x57 }, { 236, 0 }, { 242, 6 } };
        Ack bad;

        put_ack("var/lib/dhcpcd/eth0.lease", good);
        fixture_check("ff010203");
        put_ack("var/lib/dhcpcd/eth0.lease", make_ack(mac, sizeof(mac)));
        fixture_check("01525400123456");
        put_ack("var/lib/dhcpcd/eth0.lease", make_ack(clone, sizeof(clone)));
        fixture_check(NULL);
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                bad = good;
                bad.data[wrong[i].at] = wrong[i].value;
                put_ack("var/lib/dhcpcd/eth0.lease", bad);
                fixture_check(NULL);
        }
        for (bad = good, bad.len = 0; bad.len < 243; bad.len++) {
                put_ack("var/lib/dhcpcd/eth0.lease", bad);
                fixture_check(NULL);
        }
        clean_dhcpcd();
}

/* Files are named after the link or after an SSID. The hardware address decides, and then the newer file. */
static void test_dhcpcd_names(void) {
        static const char *const wrong[] = { "var/lib/dhcpcd/eth01.lease", "var/lib/dhcpcd/eth0.lease6",
                                             "var/lib/dhcpcd/eth0lease",   "var/lib/dhcpcd/eth0-a.leases",
                                             "var/lib/dhcpcd/eth0",        "var/lib/dhcpcd/eth.lease" };
        static const uint8_t one[] = { 0xff, 1 }, two[] = { 0xff, 2 };
        Ack other = make_ack(two, sizeof(two));

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                put_ack(wrong[i], make_ack(one, sizeof(one)));
                fixture_check(NULL);
                fixture_put(wrong[i], NULL);
        }
        put_ack("var/lib/dhcpcd/eth0-a b.lease", make_ack(one, sizeof(one)));
        put_ack("var/lib/dhcpcd/eth0-c.lease", make_ack(two, sizeof(two)));
        fixture_date("var/lib/dhcpcd/eth0-a b.lease", 1000);
        fixture_date("var/lib/dhcpcd/eth0-c.lease", 999);
        fixture_check("ff01");
        fixture_date("var/lib/dhcpcd/eth0-c.lease", 1001);
        fixture_check("ff02");
        other.data[28] ^= 2;
        put_ack("var/lib/dhcpcd/eth0-c.lease", other);
        fixture_check("ff01");
        fixture_put("var/lib/dhcpcd/eth0-a b.lease", NULL);
        fixture_put("var/lib/dhcpcd/eth0-c.lease", NULL);
}

/* The configured identifier counts if the server did not repeat it. */
static void test_dhcpcd_config(void) {
        static const char as_duid[] = "ff001234560001"
                                      "00012a3b4c5d525400999999",
                          as_mac[] = "01525400123456";
        static const struct {
                const char *text, *expected;
        } configs[] = {
                { "", NULL },
                { "hostname\npersistent\n", NULL },
                { "# duid\n; duid\n", NULL },
                { "duids\n", NULL },
                { "hostname\nduid\npersistent\n", as_duid },
                { "  duid  \r\n", as_duid },
                { "duid ll\n", as_duid },
                { "clientid\n", as_mac },
                { "clientid\nduid\n", as_duid },
                { "duid\nclientid\n", as_mac },
                /* the line may have a value, which may be anything; it counts more than the DUID */
                { "clientid ff:1:2\n", NULL },
                { "clientid ff:1:2\nduid\n", NULL },
                { "duid\ninterface eth0\nclientid ff:1\n", NULL },
                { "duid\ninterface eth0\nclientid\n", as_mac },
                { "duid\ninterface eth1\nclientid\n", as_duid },
                { "interface eth1\nduid\ninterface eth0\nclientid\n", as_mac },
                { "interface eth1\nduid\n", NULL },
                { "duid\nssid home\nhostname\n", as_duid },
                { "duid\nssid home\nclientid\n", NULL },
                { "duid\nprofile work\nclientid\n", NULL },
                { "duid\nssid home\niaid 7\n", NULL },
                { "duid\ninterface eth0\niaid 7\n", NULL },
                { "duid\ninterface eth1\niaid 7\n", as_duid },
                { "anonymous\nduid\n", NULL },
        };
        static const char *const duids[] = { "",     "\n",        "00:01", "00:01:0g", "00:01:00:01:",
                                             "text", "000100012a" };
        g_autofree char *too_long = g_strnfill(3 * 131 - 1, ':');
        OtherIdentity made = {};

        put_ack("var/lib/dhcpcd/eth0.lease", make_ack(NULL, 0));
        fixture_check(NULL);
        fixture_put("var/lib/dhcpcd/duid", DUID "\n");
        for (size_t i = 0; i < ARRAY_SIZE(configs); i++) {
                fixture_put("etc/dhcpcd.conf", configs[i].text);
                fixture_check(configs[i].expected);
        }
        fixture_put("etc/dhcpcd.conf", "duid\n");
        for (size_t i = 0; i < ARRAY_SIZE(duids); i++) {
                fixture_put("var/lib/dhcpcd/duid", duids[i]);
                fixture_check(NULL);
        }
        /* 130 bytes are the longest DUID. */
        for (size_t i = 0; i < strlen(too_long); i++)
                if (i % 3 < 2)
                        too_long[i] = 'a';
        fixture_put("var/lib/dhcpcd/duid", too_long);
        fixture_check(NULL);
        too_long[3 * 130 - 1] = '\0';
        g_assert_true(other_dhcpcd_make_duid(too_long, 0, &fixture_address, &made));
        g_assert_cmpuint(made.len, ==, 135);
        fixture_put("var/lib/dhcpcd/duid", NULL);
        fixture_check(NULL);
        /* Without a lease nothing shows that dhcpcd was ever at work on this link. */
        fixture_put("var/lib/dhcpcd/duid", DUID "\n");
        fixture_check(as_duid);
        fixture_put("var/lib/dhcpcd/eth0.lease", NULL);
        fixture_check(NULL);
        clean_dhcpcd();
}

/* The IAID of a VLAN is made of its identifier. */
static void test_dhcpcd_vlan(void) {
        g_autofree char *vlan = g_strdup_printf("proc/%d/net/vlan/eth0", (int) getpid());
        static const HwAddress nothing = {}, three = { .len = 3, .bytes = { 1, 2, 3 } };
        OtherIdentity made = {};

        put_ack("var/lib/dhcpcd/eth0.lease", make_ack(NULL, 0));
        fixture_put("var/lib/dhcpcd/duid", DUID "\n");
        fixture_put("etc/dhcpcd.conf", "duid\n");
        fixture_put(vlan, "eth0  VID: 258\t REORDER_HDR: 1  dev->priv_flags: 1021\nDevice: eno1\n");
        fixture_check("ffff00010200010001"
                      "2a3b4c5d525400999999");
        fixture_put(vlan, "eth0  VID: 4095\n");
        fixture_check(NULL);
        fixture_put(vlan, "nothing of the kind\n");
        fixture_check(NULL);
        fixture_put(vlan, NULL);
        clean_dhcpcd();
        g_assert_false(other_dhcpcd_make_duid(DUID, 0, &nothing, &made));
        g_assert_false(other_dhcpcd_make_duid(DUID, 0, &three, &made));
        g_assert_true(other_dhcpcd_make_duid(DUID, 1, &nothing, &made));
}

#define UUID_A     "0cd1e2f3-0a1b-4c5d-8e9f-00112233445a"
#define UUID_B     "1cd1e2f3-0a1b-4c5d-8e9f-00112233445b"
#define NM         "var/lib/NetworkManager/"
#define INTERNAL_A NM "internal-" UUID_A "-eth0.lease"
#define INTERNAL_B NM "internal-" UUID_B "-eth0.lease"
#define DHCLIENT_A NM "dhclient-" UUID_A "-eth0.lease"
#define PROFILE    "etc/NetworkManager/system-connections/lab.nmconnection"
#define CONFIG     "etc/NetworkManager/NetworkManager.conf"
#define LEASE      "# This is private data. Do not parse.\nADDRESS=192.0.2.7\n"
#define MAC_ID     "01525400123456"

static void test_nm_default(void) {
        static const char *const wrong[] = {
                NM "internal-" UUID_A "-eth01.lease",
                NM "internal-" UUID_A "-eth0.leases",
                NM "internal6-" UUID_A "-eth0.lease",
                NM "internal-" UUID_A "eth0.lease",
                NM "internal-0cd1e2f3-0a1b-4c5d-8e9f-00112233445-eth0.lease",
                NM "internal-0cd1e2f3-0a1b-4c5d-8e9f-00112233445g-eth0.lease",
                NM "internal-0cd1e2f3+0a1b-4c5d-8e9f-00112233445a-eth0.lease",
                NM "internal-eth0.lease",
                NM "external-" UUID_A "-eth0.lease",
        };
        static const HwAddress infiniband = { .len = 20 };
        uint8_t id[255], len;

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                fixture_put(wrong[i], LEASE);
                fixture_check(NULL);
                fixture_put(wrong[i], NULL);
        }
        fixture_put(INTERNAL_A, LEASE);
        fixture_check(MAC_ID);
        g_assert_false(other_identity_find(fixture_root(), 3, "eth0", &infiniband, id, &len));
        /* the configuration of Debian */
        fixture_put(CONFIG, "[main]\nplugins=ifupdown,keyfile\n\n[ifupdown]\nmanaged=false\n");
        fixture_check(MAC_ID);
        fixture_put(CONFIG, NULL);
        fixture_put(INTERNAL_A, NULL);
        fixture_check(NULL);
}

static void put_profile(const char *uuid, const char *rest) {
        g_autofree char *text = g_strdup_printf("[connection]\nid=lab\nuuid=%s\n%s", uuid, rest);

        fixture_put(PROFILE, text);
}

static void test_nm_profile(void) {
        static const struct {
                const char *rest, *expected;
        } profiles[] = {
                { "[ipv4]\nmethod=auto\n", MAC_ID },
                { "[ipv4]\ndhcp-client-id=\n", MAC_ID },
                { "[ipv4]\ndhcp-client-id=mac\n", MAC_ID },
                { "[ipv4]\ndhcp-client-id=ff:1:02:aB\n", "ff0102ab" },
                { "[ipv4]\ndhcp-client-id=lab\n", "006c6162" },
                { "[ipv4]\ndhcp-client-id=a:b!\n", "00613a6221" },
                /* a cloned hardware address */
                { "[ipv4]\ndhcp-client-id=01:52:54:00:12:34:57\n", NULL },
                { "[ipv4]\ndhcp-client-id=duid\n", NULL },
                { "[ipv4]\ndhcp-client-id=ipv6-duid\n", NULL },
                { "[ipv4]\ndhcp-client-id=stable\n", NULL },
                { "[ipv4]\ndhcp-client-id=perm-mac\n", NULL },
                { "[ipv4]\ndhcp-client-id=none\n", NULL },
                { "[ipv6]\ndhcp-client-id=lab\n", MAC_ID },
                /* The hardware address was another one then. */
                { "[ethernet]\ncloned-mac-address=random\n", NULL },
                { "[wifi]\ncloned-mac-address=02:00:00:00:00:09\n", NULL },
                { "[ethernet]\ncloned-mac-address=random\n[ipv4]\ndhcp-client-id=mac\n", NULL },
                { "[ethernet]\ncloned-mac-address=random\n[ipv4]\ndhcp-client-id=lab\n", "006c6162" },
                { "[ethernet]\ncloned-mac-address=permanent\n", MAC_ID },
        };
        g_autofree char *text = g_strnfill(255, 'x'), *too_long = NULL, *longest = NULL;
        g_autoptr(GString) expected = g_string_new("00");

        fixture_put(INTERNAL_A, LEASE);
        for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
                put_profile(UUID_A, profiles[i].rest);
                fixture_check(profiles[i].expected);
                /* A file of another connection and one that is no profile do not count. */
                put_profile(UUID_B, profiles[i].rest);
                fixture_check(MAC_ID);
                fixture_put(PROFILE, profiles[i].rest);
                fixture_check(MAC_ID);
        }
        too_long = g_strdup_printf("[ipv4]\ndhcp-client-id=%s\n", text);
        put_profile(UUID_A, too_long);
        fixture_check(NULL);
        longest = g_strdup_printf("[ipv4]\ndhcp-client-id=%s\n", text + 1);
        put_profile("0CD1E2F3-0A1B-4C5D-8E9F-00112233445A", longest);
        for (unsigned i = 0; i < 254; i++)
                g_string_append(expected, "78");
        fixture_check(expected->str);
        fixture_put(PROFILE, NULL);

        /* Of two connections, the one that the device had last counts, or else the newer lease. */
        put_profile(UUID_B, "[ipv4]\ndhcp-client-id=lab\n");
        fixture_put(INTERNAL_B, LEASE);
        fixture_date(INTERNAL_A, 1000);
        fixture_date(INTERNAL_B, 999);
        fixture_check(MAC_ID);
        fixture_date(INTERNAL_B, 1001);
        fixture_check("006c6162");
        fixture_put("run/NetworkManager/devices/3", "[device]\nconnection-uuid=" UUID_A "\n");
        fixture_check(MAC_ID);
        fixture_put("run/NetworkManager/devices/3", "[device]\nconnection-uuid=" UUID_B "\n");
        fixture_date(INTERNAL_B, 999);
        fixture_check("006c6162");
        fixture_put("run/NetworkManager/devices/3", "[device\n");
        fixture_check(MAC_ID);
        fixture_put("run/NetworkManager/devices/3", NULL);
        fixture_put(INTERNAL_B, NULL);
        fixture_put(INTERNAL_A, NULL);
        fixture_put(PROFILE, NULL);
}

static void test_nm_config(void) {
        static const struct {
                const char *text, *expected;
        } configs[] = {
                { "[connection]\nipv4.dhcp-client-id=lab\n", "006c6162" },
                { "[connection-lab]\nipv4.dhcp-client-id=mac\n", MAC_ID },
                { "[connection]\nipv4.dhcp-client-id=stable\n", NULL },
                { "[connection]\nipv4.dhcp-client-id=lab\nmatch-device=interface-name:eth1\n", NULL },
                { "[connection]\nipv4.dhcp-client-id=lab\n[connection-2]\nipv4.dhcp-client-id=lab\n", NULL },
                { "[connection]\nethernet.cloned-mac-address=stable\n", NULL },
                { "[connection]\nwifi.cloned-mac-address=preserve\n", MAC_ID },
                { "[device]\nipv4.dhcp-client-id=lab\n", MAC_ID },
                /* kinds of assignment that only NetworkManager has */
                { "[main]\nplugins+=ifupdown\ndns-=x\n[.config]\nenable=nm-version-min:1.3\n", MAC_ID },
                { "not a key file", NULL },
        };

        fixture_put(INTERNAL_A, LEASE);
        for (size_t i = 0; i < ARRAY_SIZE(configs); i++) {
                fixture_put(CONFIG, configs[i].text);
                fixture_check(configs[i].expected);
        }
        fixture_put(CONFIG, NULL);
        fixture_put("usr/lib/NetworkManager/conf.d/10.conf", configs[0].text);
        fixture_check(configs[0].expected);
        fixture_put("run/NetworkManager/conf.d/10.conf", configs[0].text);
        fixture_check(NULL);
        fixture_put("usr/lib/NetworkManager/conf.d/10.conf", NULL);
        fixture_put("run/NetworkManager/conf.d/10.conf", NULL);
        fixture_put("etc/NetworkManager/conf.d/10.conf~", configs[0].text);
        fixture_check(MAC_ID);
        fixture_put("etc/NetworkManager/conf.d/10.conf~", NULL);
        fixture_put(INTERNAL_A, NULL);
}

static void test_nm_dhclient(void) {
        static const char config[] = NM "dhclient-eth0.conf";

        fixture_put(DHCLIENT_A, "lease {\n  interface \"eth0\";\n}\n");
        fixture_check(NULL);
        fixture_put(config,
                    "#send dhcp-client-identifier ff:66;\n"
                    "send dhcp-client-identifier ff:1:2; # added by NetworkManager\n");
        fixture_check("ff0102");
        fixture_put(DHCLIENT_A,
                    "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier ff:3;\n}\n");
        fixture_check("ff03");
        fixture_put(DHCLIENT_A,
                    "lease {\n  interface \"eth1\";\n  option dhcp-client-identifier ff:3;\n}\n");
        fixture_check("ff0102");
        fixture_put(config, "send dhcp-client-identifier \"text\";\n");
        fixture_check(NULL);
        fixture_put(config, NULL);
        fixture_put(DHCLIENT_A, NULL);
}

#define LEASES  "var/lib/dhcp/dhclient.eth0.leases"
#define DHCONF  "etc/dhcp/dhclient.conf"
#define LEASE_4 "lease {\n  interface \"eth0\";\n  fixed-address 192.0.2.7;\n}\n"

/* The DUID in the file has two forms. The last one in the file counts. */
static void test_dhclient_duid(void) {
        static const struct {
                const char *text, *expected;
        } files[] = {
                { "default-duid \"\\000\\001\\000\\001aB\\377\\\"\\\\\";\n" LEASE_4,
                  "ff00123456000100016142ff225c" },
                { "default-duid 00:01:ab:2;\n" LEASE_4, "ff001234560001ab02" },
                { LEASE_4 "default-duid 0:1:2;\ndefault-duid 0:1:3;\n", "ff00123456000103" },
                /* no lease of this link; no DUID; a DUID that is not valid */
                { "default-duid 0:1:2;\n", NULL },
                { "default-duid 0:1:2;\nlease {\n  interface \"eth1\";\n}\n", NULL },
                { LEASE_4, NULL },
                { "default-duid 0:1;\n" LEASE_4, NULL },
                { "default-duid ;\n" LEASE_4, NULL },
                { "default-duid \"\";\n" LEASE_4, NULL },
                { "default-duid \"abc\"\n" LEASE_4, NULL },
                { "default-duid \"abc\n" LEASE_4, NULL },
                { "default-duid \"abc\\\n" LEASE_4, NULL },
                { "default-duid \"abc\\x41\";\n" LEASE_4, NULL },
                { "default-duid \"abc\\400\";\n" LEASE_4, NULL },
                { "default-duid \"abc\\08\";\n" LEASE_4, NULL },
                { "default-duid \"abc\\37", NULL },
        };
        g_autofree char *text = g_strnfill(131, 'x'), *longest = NULL, *too_long = NULL;
        static const HwAddress three = { .len = 3, .bytes = { 1, 2, 3 } };
        OtherIdentity made = {};

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                fixture_put(LEASES, files[i].text);
                fixture_check(files[i].expected);
        }
        too_long = g_strdup_printf("default-duid \"%s\";\n" LEASE_4, text);
        longest = g_strdup_printf("default-duid \"%s\";\n" LEASE_4, text + 1);
        g_assert_false(other_dhclient_parse_duid(too_long, "eth0", &fixture_address, &made));
        g_assert_true(other_dhclient_parse_duid(longest, "eth0", &fixture_address, &made));
        g_assert_cmpuint(made.len, ==, 135);
        g_assert_false(other_dhclient_parse_duid(longest, "eth0", &three, &made));
        /* What the server repeated counts more. */
        fixture_put(LEASES,
                    "default-duid 0:1:2;\n"
                    "lease {\n  interface \"eth0\";\n  option dhcp-client-identifier ff:9;\n}\n");
        fixture_check("ff09");
        fixture_put(LEASES, NULL);
}

static void test_dhclient_config(void) {
        static const struct {
                const char *text, *expected;
        } configs[] = {
                { "", "ff00123456000102" },
                { "#send dhcp-client-identifier 1:0:a0:24:ab:fb:9c;\n", "ff00123456000102" },
                { "send host-name = gethostname();\nsend dhcp-client-identifier ff:7;\n", "ff07" },
                { "send dhcp-client-identifier = ff:7;\n", "ff07" },
                { "  send dhcp-client-identifier = hardware;\n", "01525400123456" },
                { "send dhcp-client-identifier \"text\";\n", NULL },
                { "send dhcp-client-identifier 01:52:54:00:12:34:57;\n", NULL },
                { "send dhcp-client-identifier ff:7;\nsend dhcp-client-identifier ff:8;\n", NULL },
                { "supersede dhcp-client-identifier ff:7;\n", NULL },
                { "interface \"eth1\" {\nsend dhcp-client-identifier ff:7;\n}\n", NULL },
                { "interface \"eth1\" {\nsend host-name \"a\";\n}\n", "ff00123456000102" },
        };

        fixture_put(LEASES, "default-duid 0:1:2;\n" LEASE_4);
        for (size_t i = 0; i < ARRAY_SIZE(configs); i++) {
                fixture_put(DHCONF, configs[i].text);
                fixture_check(configs[i].expected);
        }
        fixture_put(DHCONF, "send dhcp-client-identifier ff:7;\n");
        fixture_put(LEASES, "lease {\n  interface \"eth1\";\n}\n");
        fixture_check(NULL);
        fixture_put(DHCONF, NULL);
        fixture_put(LEASES, NULL);
}

int main(int argc, char *argv[]) {
        int r;

        g_test_init(&argc, &argv, NULL);
        fixture_set_up();
        g_test_add_func("/other-identity/dhcpcd/ack", test_dhcpcd_ack);
        g_test_add_func("/other-identity/dhcpcd/names", test_dhcpcd_names);
        g_test_add_func("/other-identity/dhcpcd/config", test_dhcpcd_config);
        g_test_add_func("/other-identity/dhcpcd/vlan", test_dhcpcd_vlan);
        g_test_add_func("/other-identity/dhclient/duid", test_dhclient_duid);
        g_test_add_func("/other-identity/dhclient/config", test_dhclient_config);
        g_test_add_func("/other-identity/nm/default", test_nm_default);
        g_test_add_func("/other-identity/nm/profile", test_nm_profile);
        g_test_add_func("/other-identity/nm/config", test_nm_config);
        g_test_add_func("/other-identity/nm/dhclient", test_nm_dhclient);
        r = g_test_run();
        fixture_tear_down();
        return r;
}
