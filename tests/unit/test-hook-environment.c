/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/hooks/environment, compared with what ISC's dhclient 4.4.3 and BusyBox's udhcpc 1.35 gave a
 * script that wrote its environment down, when ISC's dhcpd sent these options to them. Where the
 * environment differs on purpose, a comment says so. There is also what hostile servers write, in every
 * option, under every contract.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "plugin/hooks/environment.h"
#include "tests/fuzz/json-check.h"
#include "tests/unit/stride.h"
#include "wire/dhcp4-options.h"

#define OPTION(code, bytes) \
        { code, (const uint8_t *) (bytes), sizeof(bytes) - 1 }

static struct in_addr address(const char *text) {
        struct in_addr value;

        g_assert_cmpint(inet_pton(AF_INET, text, &value), ==, 1);
        return value;
}

static HookLease lease_of(const HookOption *options, size_t n) {
        return (HookLease){
                .address = address("10.77.0.50"),
                .expires_usec = 1795903381 * USEC_PER_SEC,
                .options = options,
                .n_options = n,
        };
}

static HookEnvironment *environment_of(HookContract contract, HookReason reason, const HookLease *new_lease,
                                       const HookLease *old_lease) {
        const HookEvent event = { .reason = reason,
                                  .ifname = "eth0",
                                  .new_lease = new_lease,
                                  .old_lease = old_lease,
                                  .pid = 4711 };
        HookEnvironment *environment = hook_environment_new(contract, &event);

        g_assert_nonnull(environment);
        return environment;
}

static HookEnvironment *bound(HookContract contract, const HookLease *lease) {
        return environment_of(contract, HOOK_REASON_BOUND, lease, NULL);
}

/* Returns the value of the variable @name, or NULL if there is no such variable. */
static const char *get(const HookEnvironment *environment, const char *name) {
        const size_t len = strlen(name);

        for (char **p = environment->envp; *p; p++)
                if (strncmp(*p, name, len) == 0 && (*p)[len] == '=')
                        return *p + len + 1;
        return NULL;
}

static bool is_omitted(const HookEnvironment *environment, const char *name) {
        g_autofree char *prefix = g_strconcat(name, ": ", NULL);

        for (char **p = environment->omitted; *p; p++)
                if (g_str_has_prefix(*p, prefix))
                        return true;
        return false;
}

/* Asserts that there are these variables with these values, and no others, in any order. */
static void assert_same(const HookEnvironment *environment, const char *const *expected) {
        size_t n = 0;

        for (; expected[n]; n++)
                if (!g_strv_contains((const char *const *) environment->envp, expected[n]))
                        g_error("%s is missing", expected[n]);
        for (char **p = environment->envp; *p; p++)
                if (!g_strv_contains(expected, *p))
                        g_error("%s is too much", *p);
        g_assert_cmpuint(g_strv_length(environment->envp), ==, n);
}

/* A lease with an example of nearly every option. */
static const HookOption rich[] = {
        OPTION(53, "\5"),
        OPTION(54, "\x0a\x4d\0\1"),
        OPTION(51, "\0\0\0\x16"),
        OPTION(1, "\xff\xff\xff\0"),
        OPTION(2, "\xff\xff\xf1\xf0"),
        OPTION(3, "\x0a\x4d\0\1\x0a\x4d\0\2"),
        OPTION(6, "\x0a\x4d\0\1\x0a\x4d\0\3"),
        OPTION(7, "\x0a\x4d\0\6"),
        OPTION(12, "hosty"),
        OPTION(15, "a.example b.example"),
        OPTION(17, "10.77.0.1:/srv/root$x"),
        OPTION(19, "\1"),
        OPTION(21, "\x0a\x09\0\0\xff\xff\0\0"),
        OPTION(23, "\x40"),
        OPTION(25, "\0\x44\1\x28"),
        OPTION(26, "\5\x78"),
        OPTION(27, "\0"),
        OPTION(28, "\x0a\x4d\0\xff"),
        OPTION(33, "\x0a\1\0\0\x0a\x4d\0\1\x0a\2\0\0\x0a\x4d\0\2"),
        OPTION(40, "nis.example"),
        OPTION(41, "\x0a\x4d\0\7"),
        OPTION(42, "\x0a\x4d\0\4\x0a\x4d\0\5"),
        OPTION(43, "\1\4\xaa\xbb\xcc\xdd"),
        OPTION(44, "\x0a\x4d\0\x08"),
        OPTION(46, "\x08"),
        OPTION(47, "scope.x"),
        OPTION(66, "tftp.example"),
        OPTION(67, "b;f <x> 'q'"),
        OPTION(78, "\1\x0a\x4d\0\x0a\x0a\x4d\0\x0b"),
        OPTION(79,
               "\1"
               "A,B"),
        OPTION(87, "ctx"),
        OPTION(98,
               "quote' dollar$HOME back`id` pipe|x amp& semi; bs\\ dq\" nl\012 tab\011 hi\377 paren(){ :;}"),
        OPTION(100, "CET-1CEST,M3.5.0,M10.5.0/3"),
        OPTION(101, "Europe/Berlin"),
        OPTION(114, "https://portal.example/?a=1&b=$(id)"),
        OPTION(119, "\3one\7example\0\3two\1a\xc0\4"),
        OPTION(121, "\x18\xc0\xa8\x0a\x0a\x4d\0\1\0\x0a\x4d\0\1"),
        OPTION(160, "https://p160.example/"),
        OPTION(224, "plain text 224 $x"),
        OPTION(225, "\0\1\x2a\xff"),
        OPTION(226, "txt with nul\0"),
        OPTION(249, "\x08\x0a\x0a\x4d\0\1"),
};

static HookLease rich_lease(void) {
        HookLease lease = lease_of(rich, ARRAY_SIZE(rich));

        lease.next_server = address("10.77.0.9");
        lease.boot_file = "boot/pxe linux.0";
        lease.server_name = "srv.example";
        return lease;
}

/*
 * The variables as observed; %s is new_ or old_. The path of option 17 has a dollar sign, so it is not
 * there.
 */
static const char *const rich_dhclient[] = {
        "%sexpiry=1795903381",
        "%snetbios_scope=scope.x",
        "%sslp_directory_agent=true 10.77.0.10 10.77.0.11",
        "%sdomain_name=a.example b.example",
        "%snetbios_node_type=8",
        "%sunknown_249=8:a:a:4d:0:1",
        "%snetbios_name_servers=10.77.0.8",
        "%shost_name=hosty",
        "%svendor_encapsulated_options=1:4:aa:bb:cc:dd",
        "%sbroadcast_address=10.77.0.255",
        "%sntp_servers=10.77.0.4 10.77.0.5",
        "%srfc3442_classless_static_routes=24 192 168 10 10 77 0 1 0 10 77 0 1",
        "%sall_subnets_local=false",
        "%snis_servers=10.77.0.7",
        "%sinterface_mtu=1400",
        "%snis_domain=nis.example",
        "%sdomain_search=one.example. two.a.example.",
        "%sunknown_226=txt with nul",
        "%spath_mtu_plateau_table=68 296",
        "%snds_context=ctx",
        "%stcode=Europe/Berlin",
        "%sunknown_225=0:1:2a:ff",
        "%slog_servers=10.77.0.6",
        "%spcode=CET-1CEST,M3.5.0,M10.5.0/3",
        "%sunknown_224=plain text 224 \\$x",
        "%sdhcp_server_identifier=10.77.0.1",
        "%sdomain_name_servers=10.77.0.1 10.77.0.3",
        "%sdefault_ip_ttl=64",
        "%sdhcp_message_type=5",
        "%sbootfile_name=b;f <x> \\'q\\'",
        ("%suap_servers=quote\\' dollar\\$HOME back\\`id\\` pipe\\|x amp\\& semi; bs\\\\ "
         "dq\\\" nl\\012 tab\\011 hi\\377 paren(){ :;}"),
        "%sv4_captive_portal=https://p160.example/",
        "%spolicy_filter=10.9.0.0 255.255.0.0",
        "%stftp_server_name=tftp.example",
        "%sdefault_url=https://portal.example/?a=1\\&b=\\$(id)",
        "%sdhcp_lease_time=22",
        "%srouters=10.77.0.1 10.77.0.2",
        "%stime_offset=-3600",
        "%sip_forwarding=true",
        "%sstatic_routes=10.1.0.0 10.77.0.1 10.2.0.0 10.77.0.2",
        "%ssubnet_mask=255.255.255.0",
        "%sslp_service_scope=true A,B",
        "%sserver_name=srv.example",
        "%sfilename=boot/pxe linux.0",
        "%snetwork_number=10.77.0.0",
        "%snext_server=10.77.0.9",
        "%sip_address=10.77.0.50",
};

static void expect_rich(GPtrArray *expected, const char *prefix) {
        for (size_t i = 0; i < ARRAY_SIZE(rich_dhclient); i++) {
                g_assert_true(g_str_has_prefix(rich_dhclient[i], "%s"));
                g_ptr_array_add(expected, g_strconcat(prefix, rich_dhclient[i] + 2, NULL));
        }
}

/* Every reason has the groups of variables that dhclient gave it, and no others. */
static void test_dhclient(void) {
        static const uint8_t requested[] = { 1, 121, 119, 224 };
        static const struct {
                HookReason reason;
                const char *name;
                bool has_new, has_old, has_requested;
        } cases[] = {
                { HOOK_REASON_PREINIT, "PREINIT", false, false, false },
                { HOOK_REASON_BOUND, "BOUND", true, true, true },
                { HOOK_REASON_RENEW, "RENEW", true, true, true },
                { HOOK_REASON_REBIND, "REBIND", true, true, true },
                { HOOK_REASON_REBOOT, "REBOOT", true, false, true },
                { HOOK_REASON_TIMEOUT, "TIMEOUT", true, false, true },
                { HOOK_REASON_EXPIRE, "EXPIRE", false, true, true },
                { HOOK_REASON_FAIL, "FAIL", false, false, false },
                { HOOK_REASON_RELEASE, "RELEASE", false, true, true },
                { HOOK_REASON_STOP, "STOP", false, true, true },
        };
        const HookLease lease = rich_lease();

        g_assert_cmpuint(ARRAY_SIZE(cases), ==, HOOK_REASONS);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const HookEvent event = { .reason = cases[i].reason,
                                          .ifname = "eth0",
                                          .new_lease = &lease,
                                          .old_lease = &lease,
                                          .requested = requested,
                                          .n_requested = ARRAY_SIZE(requested),
                                          .has_metric = true,
                                          .metric = 100,
                                          .pid = 4711 };
                g_autoptr(GPtrArray) expected = g_ptr_array_new_with_free_func(g_free);
                _cleanup_(hook_environment_freep) HookEnvironment *environment =
                        hook_environment_new(HOOK_CONTRACT_DHCLIENT, &event);

                g_ptr_array_add(expected, g_strdup("PATH=/usr/sbin:/sbin:/bin:/usr/sbin:/usr/bin"));
                g_ptr_array_add(expected, g_strdup("interface=eth0"));
                g_ptr_array_add(expected, g_strdup("IF_METRIC=100"));
                g_ptr_array_add(expected, g_strdup("dad_wait_time=0"));
                g_ptr_array_add(expected, g_strdup("pid=4711"));
                g_ptr_array_add(expected, g_strconcat("reason=", cases[i].name, NULL));
                if (cases[i].has_requested) {
                        g_ptr_array_add(expected, g_strdup("requested_subnet_mask=1"));
                        g_ptr_array_add(expected, g_strdup("requested_rfc3442_classless_static_routes=1"));
                        g_ptr_array_add(expected, g_strdup("requested_domain_search=1"));
                        g_ptr_array_add(expected, g_strdup("requested_unknown_224=1"));
                }
                if (cases[i].has_new)
                        expect_rich(expected, "new_");
                if (cases[i].has_old)
                        expect_rich(expected, "old_");
                g_ptr_array_add(expected, NULL);
                assert_same(environment, (const char *const *) expected->pdata);
                g_assert_null(environment->argument);
                g_assert_null(environment->input);
                g_assert_true(is_omitted(environment, "new_root_path") == cases[i].has_new);
                g_assert_true(is_omitted(environment, "old_root_path") == cases[i].has_old);
        }
}

/* Without a lease there is nothing to tell, whatever the reason is. */
static void test_no_lease(void) {
        for (size_t reason = 0; reason < HOOK_REASONS; reason++)
                for (HookContract contract = HOOK_CONTRACT_JSON; contract <= HOOK_CONTRACT_NONE;
                     contract++) {
                        _cleanup_(hook_environment_freep) HookEnvironment *environment =
                                environment_of(contract, (HookReason) reason, NULL, NULL);

                        for (char **p = environment->envp; *p; p++)
                                g_assert_false(g_str_has_prefix(*p, "new_") || g_str_has_prefix(*p, "old_"));
                        g_assert_cmpuint(g_strv_length(environment->omitted), ==, 0);
                }
}

/*
 * As observed, with these exceptions: udhcpc took -3600 for an unsigned number, refused two names in
 * option 15 (domain=bad), and copied bytes that cannot be printed. The observed build had no options
 * above 213.
 */
static void test_udhcpc(void) {
        static const char *const expected[] = {
                "PATH=/usr/sbin:/sbin:/bin:/usr/sbin:/usr/bin",
                "interface=eth0",
                "opt53=05",
                "serverid=10.77.0.1",
                "lease=22",
                "mask=24",
                "subnet=255.255.255.0",
                "timezone=-3600",
                "router=10.77.0.1 10.77.0.2",
                "dns=10.77.0.1 10.77.0.3",
                "opt7=0a4d0006",
                "hostname=hosty",
                "domain=a.example b.example",
                "rootpath=10.77.0.1:/srv/root$x",
                "opt19=01",
                "opt21=0a090000ffff0000",
                "ipttl=64",
                "opt25=00440128",
                "mtu=1400",
                "opt27=00",
                "broadcast=10.77.0.255",
                "routes=10.1.0.0/10.77.0.1 10.2.0.0/10.77.0.2",
                "nisdomain=nis.example",
                "nissrv=10.77.0.7",
                "ntpsrv=10.77.0.4 10.77.0.5",
                "opt43=0104aabbccdd",
                "wins=10.77.0.8",
                "opt46=08",
                "opt47=73636f70652e78",
                "tftp=tftp.example",
                "bootfile=b;f <x> 'q'",
                "opt78=010a4d000a0a4d000b",
                "opt79=01412c42",
                "opt87=637478",
                ("opt98=71756f74652720646f6c6c617224484f4d45206261636b6069646020706970657c782061"
                 "6d70262073656d693b2062735c20647122206e6c0a2074616209206869ff20706172656e"
                 "28297b203a3b7d"),
                "tzstr=CET-1CEST,M3.5.0,M10.5.0/3",
                "tzdbstr=Europe/Berlin",
                "opt114=68747470733a2f2f706f7274616c2e6578616d706c652f3f613d3126623d2428696429",
                "search=one.example two.a.example",
                "staticroutes=192.168.10.0/24 10.77.0.1 0.0.0.0/0 10.77.0.1",
                "opt160=68747470733a2f2f703136302e6578616d706c652f",
                "opt224=706c61696e207465787420323234202478",
                "opt225=00012aff",
                "opt226=7478742077697468206e756c00",
                "msstaticroutes=10.0.0.0/8 10.77.0.1",
                "ip=10.77.0.50",
                "siaddr=10.77.0.9",
                "boot_file=boot/pxe linux.0",
                "sname=srv.example",
                NULL,
        };
        const HookLease lease = rich_lease();
        _cleanup_(hook_environment_freep) HookEnvironment *environment = bound(HOOK_CONTRACT_UDHCPC, &lease);

        assert_same(environment, expected);
        g_assert_cmpstr(environment->argument, ==, "bound");
        g_assert_null(environment->input);
}

static void test_udhcpc_arguments(void) {
        static const char *const arguments[HOOK_REASONS] = {
                [HOOK_REASON_PREINIT] = "deconfig", [HOOK_REASON_BOUND] = "bound",
                [HOOK_REASON_RENEW] = "renew",      [HOOK_REASON_REBIND] = "renew",
                [HOOK_REASON_REBOOT] = "bound",     [HOOK_REASON_TIMEOUT] = "bound",
                [HOOK_REASON_EXPIRE] = "deconfig",  [HOOK_REASON_FAIL] = "leasefail",
                [HOOK_REASON_RELEASE] = "deconfig", [HOOK_REASON_STOP] = "deconfig",
        };
        const HookLease lease = rich_lease();

        for (size_t i = 0; i < HOOK_REASONS; i++) {
                _cleanup_(hook_environment_freep) HookEnvironment *environment =
                        environment_of(HOOK_CONTRACT_UDHCPC, (HookReason) i, &lease, &lease);
                const bool bound = strcmp(arguments[i], "bound") == 0 || strcmp(arguments[i], "renew") == 0;

                g_assert_cmpstr(environment->argument, ==, arguments[i]);
                g_assert_cmpstr(get(environment, "interface"), ==, "eth0");
                g_assert_true(bound == (get(environment, "ip") != NULL));
                if (!bound)
                        g_assert_cmpuint(g_strv_length(environment->envp), ==, 2);
        }
}

/*
 * Options that do not fit their format. dhclient gave "<error>", or the part that it could read. The
 * daemon does not use such options and does not give them to hooks.
 */
static void test_malformed(void) {
        static const HookOption options[] = {
                OPTION(1, "\xff\xff\xff"),
                OPTION(7, "\1\2\3"),
                OPTION(26, "\5"),
                OPTION(28, "\x0a\x4d\0"),
                OPTION(33, "\x0a\0\0\0\x0a\x4d\0\1\x0a"),
                OPTION(42, "\1\2\3\4\5"),
                OPTION(78, "\1"),
                OPTION(119, "\3foo"),
                OPTION(121, "\x18\xc0\xa8"),
                OPTION(141, "\3foo"),
                OPTION(159, "\1\2\3"),
        };
        static const char *const dhclient[] = { "subnet_mask",       "log_servers",
                                                "interface_mtu",     "broadcast_address",
                                                "static_routes",     "ntp_servers",
                                                "domain_search",     "rfc3442_classless_static_routes",
                                                "sip_ua_cs_domains", "v4_portparams" };
        const HookLease lease = lease_of(options, ARRAY_SIZE(options));
        _cleanup_(hook_environment_freep) HookEnvironment *isc = bound(HOOK_CONTRACT_DHCLIENT, &lease),
                                                          *udhcpc = bound(HOOK_CONTRACT_UDHCPC, &lease);

        for (size_t i = 0; i < ARRAY_SIZE(dhclient); i++) {
                g_autofree char *name = g_strconcat("new_", dhclient[i], NULL);

                g_assert_null(get(isc, name));
                g_assert_true(is_omitted(isc, name));
        }
        g_assert_null(get(isc, "new_network_number"));
        g_assert_null(get(udhcpc, "mask"));
        g_assert_null(get(udhcpc, "ntpsrv"));
        g_assert_true(is_omitted(udhcpc, "ntpsrv"));
        g_assert_true(is_omitted(udhcpc, "staticroutes"));
}

/* What dhclient gave for options that are odd but well-formed. */
static void test_odd(void) {
        static const HookOption options[] = {
                OPTION(1, "\xff\xff\xff\0"),
                OPTION(12, "-rf"),
                OPTION(15, "a $(id)"),
                OPTION(17, "/srv/a b=1,#%"),
                OPTION(19, "\2"),
                OPTION(40, "a\nb"),
                OPTION(47, "a/b"),
                OPTION(67, "\nx"),
                OPTION(43, "abc"),
                OPTION(100, "-x"),
                OPTION(101, "() { :;}; id"),
                OPTION(124, "\0\0\x09\xbf\2\1x"),
                OPTION(224, "() { :; }"),
                OPTION(225, "abc\n"),
                OPTION(226, "\0"),
                OPTION(227, ""),
                OPTION(61, "\1\2\3"),
                OPTION(41, "\x0a\x4d\0\1\0\0\0\0\xff\xff\xff\xff"),
                OPTION(116, "\1"),
                OPTION(94, "\1\2\3"),
                OPTION(212, "\0\x20\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\xc0\0\2\1\xc0\0\2\2"),
                OPTION(146, "\1\xc0\0\2\1\xc0\0\2\2\1a\0"),
                OPTION(79, "\1"),
                OPTION(159, "\1\2\3\4"),
                OPTION(120, "\1\xc0\0\2\1"),
                OPTION(80, ""),
                OPTION(51, "\xff\xff\xff\xff"),
        };
        static const char *const dhclient[] = {
                "PATH=/usr/sbin:/sbin:/bin:/usr/sbin:/usr/bin",
                "interface=eth0",
                "reason=BOUND",
                "pid=4711",
                "dad_wait_time=0",
                "new_ip_address=10.77.0.50",
                "new_next_server=0.0.0.0",
                "new_network_number=10.77.0.0",
                "new_broadcast_address=10.77.0.255",
                "new_expiry=1795903381",
                "new_subnet_mask=255.255.255.0",
                "new_root_path=/srv/a b=1,#%",
                "new_bootfile_name=\\012x",
                "new_vendor_encapsulated_options=abc",
                "new_pcode=-x",
                "new_vivco=0:0:9:bf:2:1:78",
                "new_unknown_225=61:62:63:a",
                "new_unknown_226=",
                "new_unknown_227=",
                "new_dhcp_client_identifier=1:2:3",
                "new_nis_servers=10.77.0.1 0.0.0.0 255.255.255.255",
                "new_auto_config=1",
                "new_pxe_interface_id=1 2 3",
                "new_option_6rd=0 32 2001:db8:: 192.0.2.1 192.0.2.2",
                "new_rdnss_selection=1 192.0.2.1 192.0.2.2 a.",
                "new_slp_service_scope=true",
                "new_v4_portparams=1 2 772",
                "new_unknown_120=1:c0:0:2:1",
                "new_unknown_80=",
                "new_dhcp_lease_time=4294967295",
                NULL,
        };
        static const char *const omitted[] = { "new_host_name",  "new_domain_name",   "new_ip_forwarding",
                                               "new_nis_domain", "new_netbios_scope", "new_tcode",
                                               "new_unknown_224" };
        const HookLease lease = lease_of(options, ARRAY_SIZE(options));
        _cleanup_(hook_environment_freep) HookEnvironment *isc = bound(HOOK_CONTRACT_DHCLIENT, &lease),
                                                          *udhcpc = bound(HOOK_CONTRACT_UDHCPC, &lease);

        assert_same(isc, dhclient);
        for (size_t i = 0; i < ARRAY_SIZE(omitted); i++)
                g_assert_true(is_omitted(isc, omitted[i]));
        g_assert_cmpuint(g_strv_length(isc->omitted), ==, ARRAY_SIZE(omitted));

        g_assert_true(is_omitted(udhcpc, "hostname"));
        g_assert_true(is_omitted(udhcpc, "domain"));
        g_assert_true(is_omitted(udhcpc, "nisdomain"));
        g_assert_true(is_omitted(udhcpc, "bootfile"));
        g_assert_cmpstr(get(udhcpc, "sipsrv"), ==, "192.0.2.1");
        g_assert_cmpstr(get(udhcpc, "ip6rd"), ==, "0 32 2001:db8:: 192.0.2.1 192.0.2.2");
        g_assert_cmpstr(get(udhcpc, "opt80"), ==, "");
        g_assert_cmpstr(get(udhcpc, "tzstr"), ==, "-x");
}

/* Only udhcpc checks the name of a TFTP server. The fields of the header have rules as well. */
static void test_contracts_differ(void) {
        static const HookOption options[] = { OPTION(66, "http://tftp.example/$x") };
        HookLease lease = lease_of(options, ARRAY_SIZE(options));

        lease.boot_file = "a;b";
        lease.server_name = "bad name";
        {
                _cleanup_(hook_environment_freep)
                        HookEnvironment *isc = bound(HOOK_CONTRACT_DHCLIENT, &lease),
                                        *udhcpc = bound(HOOK_CONTRACT_UDHCPC, &lease);

                g_assert_cmpstr(get(isc, "new_tftp_server_name"), ==, "http://tftp.example/\\$x");
                g_assert_true(is_omitted(isc, "new_filename"));
                g_assert_true(is_omitted(isc, "new_server_name"));
                g_assert_true(is_omitted(udhcpc, "tftp"));
                g_assert_cmpstr(get(udhcpc, "boot_file"), ==, "a;b");
                g_assert_cmpstr(get(udhcpc, "sname"), ==, "bad name");
        }
        lease.boot_file = "a\nb";
        lease.server_name = "a\x7f";
        lease.expires_usec = USEC_INFINITY;
        {
                _cleanup_(hook_environment_freep)
                        HookEnvironment *isc = bound(HOOK_CONTRACT_DHCLIENT, &lease),
                                        *udhcpc = bound(HOOK_CONTRACT_UDHCPC, &lease);

                g_assert_true(is_omitted(isc, "new_filename"));
                g_assert_true(is_omitted(udhcpc, "boot_file"));
                g_assert_true(is_omitted(udhcpc, "sname"));
                g_assert_cmpstr(get(isc, "new_expiry"), ==, "4294967295");
        }
}

static void check_name(const char *name, bool good) {
        const HookOption option = { 12, (const uint8_t *) name, strlen(name) };
        const HookLease lease = lease_of(&option, 1);
        _cleanup_(hook_environment_freep) HookEnvironment *isc = bound(HOOK_CONTRACT_DHCLIENT, &lease),
                                                          *udhcpc = bound(HOOK_CONTRACT_UDHCPC, &lease);

        g_assert_cmpstr(get(isc, "new_host_name"), ==, good ? name : NULL);
        g_assert_cmpstr(get(udhcpc, "hostname"), ==, good ? name : NULL);
        g_assert_true(is_omitted(isc, "new_host_name") != good);
}

static void test_names(void) {
        static const char *const good[] = {
                "a", "a.b", "a.b.", "a_b-c.d9",
                "a23456789012345678901234567890123456789012345678901234567890123"
        };
        static const char *const bad[] = {
                "",    ".",    ".a",       "a..b",
                "a..", "-a",   "a-",       "a.-b",
                "_a",  "a_",   "a b",      "a$b",
                "a/b", "a\nb", "\xc3\xa4", "a234567890123456789012345678901234567890123456789012345678901234"
        };

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                check_name(good[i], true);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                check_name(bad[i], false);
}

/* Each name of a list is checked. A name that is not valid drops the whole list. */
static void test_domains(void) {
        static const HookOption options[] = { OPTION(119, "\1a\0\4_tcp\0"), OPTION(120, "\0\2a-\0"),
                                              OPTION(137, "\1a\0"), OPTION(146, "\1\xc0\0\2\1\xc0\0\2\2") };
        const HookLease lease = lease_of(options, ARRAY_SIZE(options));
        _cleanup_(hook_environment_freep) HookEnvironment *isc = bound(HOOK_CONTRACT_DHCLIENT, &lease),
                                                          *udhcpc = bound(HOOK_CONTRACT_UDHCPC, &lease);

        g_assert_true(is_omitted(isc, "new_domain_search"));
        g_assert_cmpstr(get(isc, "new_v4_lost"), ==, "a.");
        /* Where the name is missing, the blank before it is missing, too. */
        g_assert_cmpstr(get(isc, "new_rdnss_selection"), ==, "1 192.0.2.1 192.0.2.2");
        g_assert_true(is_omitted(udhcpc, "search"));
        g_assert_true(is_omitted(udhcpc, "sipsrv"));
}

static void check_interface(const char *name, bool good) {
        g_assert_true(hook_ifname_is_safe(name) == good);
        for (HookContract contract = HOOK_CONTRACT_JSON; contract <= HOOK_CONTRACT_NONE; contract++) {
                const HookEvent event = { .reason = HOOK_REASON_PREINIT, .ifname = name };
                _cleanup_(hook_environment_freep) HookEnvironment *environment =
                        hook_environment_new(contract, &event);

                g_assert_true((environment != NULL) == good);
        }
}

static void test_interfaces(void) {
        static const char *const good[] = { "eth0", "br-lan", "eth0.100", "wg_a@b:1+", "fifteen-letters" };
        static const char *const bad[] = {
                "",    ".",   "..",  "-rf",  "a b", "a/b",      "a%b",
                "a;b", "a$b", "a`b", "a\nb", "a*",  "\xc3\xa4", "sixteen-letters-"
        };

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                check_interface(good[i], true);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                check_interface(bad[i], false);
}

static void test_json(void) {
        static const HookOption options[] = { OPTION(3, "\xc0\0\2\1"), OPTION(12, "a\"b\n"),
                                              OPTION(26, "\5"), OPTION(224, "\1") };
        HookLease lease = lease_of(options, ARRAY_SIZE(options));
        _cleanup_(hook_environment_freep) HookEnvironment *environment = NULL;

        lease.expires_usec = 5;
        lease.boot_file = "a\nb";
        environment = environment_of(HOOK_CONTRACT_JSON, HOOK_REASON_EXPIRE, &lease, &lease);
        json_check(environment->input, NULL);
        g_assert_cmpstr(
                environment->input, ==,
                "{\"Event\":\"EXPIRE\",\"Interface\":\"eth0\",\"New\":null,\"Old\":{"
                "\"Address\":\"10.77.0.50\",\"NextServer\":\"\",\"Relay\":\"\","
                "\"BootFile\":\"a\\u000ab\",\"ServerName\":\"\",\"ExpiresAtUSec\":5,"
                "\"Options\":[{\"Code\":3,\"Data\":\"c0000201\"},{\"Code\":12,\"Data\":\"6122620a\"},"
                "{\"Code\":26,\"Data\":\"05\"},{\"Code\":224,\"Data\":\"01\"}],"
                "\"OptionValues\":{\"routers\":[\"192.0.2.1\"],\"host-name\":\"a\\\"b?\",\"224\":\"01\"}"
                "}}\n");
        g_assert_cmpuint(g_strv_length(environment->envp), ==, 2);
        g_assert_cmpstr(get(environment, "DHCPD_LINK_EVENT"), ==, "EXPIRE");
        g_assert_cmpstr(get(environment, "DHCPD_LINK_IFNAME"), ==, "eth0");
        g_assert_null(environment->argument);
}

static void test_none(void) {
        const HookLease lease = rich_lease();
        _cleanup_(hook_environment_freep) HookEnvironment *environment =
                environment_of(HOOK_CONTRACT_NONE, HOOK_REASON_BOUND, &lease, &lease);

        g_assert_cmpuint(g_strv_length(environment->envp), ==, 0);
        g_assert_null(environment->argument);
        g_assert_null(environment->input);
}

/*
 * One variable has one value. Options beyond the number of codes are not looked at. A value that execve()
 * would refuse is left out.
 */
static void test_bounds(void) {
        const size_t n = HOOK_OPTIONS_MAX + 1;
        g_autofree HookOption *options = g_new(HookOption, n);
        g_autofree uint8_t *big = g_malloc(HOOK_STRING_MAX);
        HookLease lease = lease_of(options, n);

        memset(big, 'a', HOOK_STRING_MAX);
        for (size_t i = 0; i < n; i++)
                options[i] = (HookOption){ 224, (const uint8_t *) (i == 0 ? "first" : "later"), 5 };
        options[n - 1].code = 225;
        {
                _cleanup_(hook_environment_freep) HookEnvironment *environment =
                        bound(HOOK_CONTRACT_DHCLIENT, &lease);

                g_assert_cmpstr(get(environment, "new_unknown_224"), ==, "first");
                for (char **p = environment->envp; *p; p++)
                        g_assert_false(g_str_has_suffix(*p, "=later"));
                g_assert_null(get(environment, "new_unknown_225"));
        }
        lease.n_options = 1;
        for (size_t short_by = 0; short_by < 2; short_by++) {
                _cleanup_(hook_environment_freep) HookEnvironment *environment = NULL;

                options[0] = (HookOption){ 224, big,
                                           HOOK_STRING_MAX - sizeof("new_unknown_224=") + 1 - short_by };
                environment = bound(HOOK_CONTRACT_DHCLIENT, &lease);
                g_assert_true((get(environment, "new_unknown_224") != NULL) == (short_by == 1));
                g_assert_true(is_omitted(environment, "new_unknown_224") == (short_by == 0));
        }
}

/* Hostile texts in every option and field, under every contract. */
static void test_injection(void) {
        static const char *const injections[] = {
                "\"",
                "'; reboot; '",
                "`reboot`",
                "$(reboot)",
                "${IFS}",
                "() { :;}; reboot",
                "() {",
                "()",
                "a\nnew_ip_address=10.0.0.1",
                "a\r\nb",
                "a;b|c&d>e<f",
                "\x1b[2J\x1b]0;title\x07",
                "\x9b[2J",
                "\xff\xfe\x80",
                "%s%n%p",
                "../../etc/passwd",
                "-rf",
                "\\",
                "\\\\",
                "a\\",
                "*",
                "~root",
                "\x7f\b",
                "BASH_FUNC_x%%=() { reboot; }",
                "=",
                " ",
                "\t",
                "!",
                "#",
        };
        const unsigned stride = test_stride();

        for (unsigned code = 1; code < 255; code++)
                for (size_t i = code % stride; i < ARRAY_SIZE(injections); i += stride) {
                        const HookOption option = { (uint8_t) code, (const uint8_t *) injections[i],
                                                    strlen(injections[i]) };
                        HookLease lease = lease_of(&option, 1);
                        _cleanup_(hook_environment_freep) HookEnvironment *isc = NULL, *udhcpc = NULL,
                                                                          *json = NULL;

                        lease.boot_file = injections[i];
                        lease.server_name = injections[i];
                        isc = environment_of(HOOK_CONTRACT_DHCLIENT, HOOK_REASON_RENEW, &lease, &lease);
                        udhcpc = environment_of(HOOK_CONTRACT_UDHCPC, HOOK_REASON_RENEW, &lease, &lease);
                        json = environment_of(HOOK_CONTRACT_JSON, HOOK_REASON_RENEW, &lease, &lease);
                        json_check(json->input, NULL);
                        for (char **p = isc->envp; *p; p++) {
                                const char *value = strchr(*p, '=') + 1;

                                /*
                                 * A value contains nothing that has a meaning between double quotes. The
                                 * name of the file is an exception, because dhclient does not escape it.
                                 */
                                static const char escaped[] = "=([ !#%(-Z\\[\\]^_a-{}~]|\\\\.)*$",
                                                  filename[] = "_filename=[][a-zA-Z0-9 #%+_:.,@~\\\\/=-]*$";

                                g_assert_true(
                                        g_regex_match_simple("^[A-Za-z][A-Za-z0-9_]*=", *p, 0, 0) &&
                                        (g_regex_match_simple(filename, *p, G_REGEX_DOLLAR_ENDONLY, 0) ||
                                         g_regex_match_simple(escaped, value - 1,
                                                              G_REGEX_DOLLAR_ENDONLY | G_REGEX_ANCHORED,
                                                              0)));
                                g_assert_false(g_str_has_prefix(value, "()"));
                        }
                        for (char **p = udhcpc->envp; *p; p++) {
                                const char *value = strchr(*p, '=') + 1;

                                g_assert_true(g_regex_match_simple("^[A-Za-z][A-Za-z0-9_]*=[ -~]*$", *p,
                                                                   G_REGEX_DOLLAR_ENDONLY, 0));
                                g_assert_false(g_str_has_prefix(value, "()"));
                        }
                        for (char **p = isc->omitted; *p; p++)
                                g_assert_true(g_regex_match_simple("^[a-z0-9_]+: [ -~]+$", *p,
                                                                   G_REGEX_DOLLAR_ENDONLY, 0));
                }
}

static void test_words(void) {
        for (size_t i = 0; i < HOOK_REASONS; i++) {
                HookReason reason = HOOK_REASON_STOP;

                g_assert_true(hook_reason_from_string(hook_reason_to_string((HookReason) i), &reason));
                g_assert_cmpuint(reason, ==, i);
        }
        for (HookContract contract = HOOK_CONTRACT_JSON; contract <= HOOK_CONTRACT_NONE; contract++) {
                HookContract same = HOOK_CONTRACT_JSON;

                g_assert_true(hook_contract_from_string(hook_contract_to_string(contract), &same));
                g_assert_cmpint(same, ==, contract);
        }
        g_assert_false(hook_reason_from_string("bound", &(HookReason){ HOOK_REASON_STOP }));
        g_assert_false(hook_contract_from_string("", &(HookContract){ HOOK_CONTRACT_JSON }));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/hook-environment/words", test_words);
        g_test_add_func("/hook-environment/dhclient", test_dhclient);
        g_test_add_func("/hook-environment/no-lease", test_no_lease);
        g_test_add_func("/hook-environment/udhcpc", test_udhcpc);
        g_test_add_func("/hook-environment/udhcpc-arguments", test_udhcpc_arguments);
        g_test_add_func("/hook-environment/malformed", test_malformed);
        g_test_add_func("/hook-environment/odd", test_odd);
        g_test_add_func("/hook-environment/contracts-differ", test_contracts_differ);
        g_test_add_func("/hook-environment/names", test_names);
        g_test_add_func("/hook-environment/domains", test_domains);
        g_test_add_func("/hook-environment/interfaces", test_interfaces);
        g_test_add_func("/hook-environment/json", test_json);
        g_test_add_func("/hook-environment/none", test_none);
        g_test_add_func("/hook-environment/bounds", test_bounds);
        g_test_add_func("/hook-environment/injection", test_injection);
        return g_test_run();
}
