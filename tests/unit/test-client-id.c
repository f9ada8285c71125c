/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * manager/client-id: identifiers as they go out, anonymity, and the HMAC-MD5 digest of FORCERENEW against
 * the vectors of RFC 2202 §2.
 */
#include <glib.h>
#include <net/if_arp.h>
#include <string.h>

#include "manager/client-id.h"

static const HwAddress mac = { .len = 6, .bytes = { 2, 1, 2, 3, 4, 5 } },
                       other = { .len = 6, .bytes = { 2, 1, 2, 3, 4, 6 } };

static Dhcp4ClientConfig complete(const ConfigLink *config, const HwAddress *address, uint32_t duid_time) {
        Dhcp4ClientConfig client = config->client;

        g_assert_cmpint(
                client_id_complete(config, address, address, ARPHRD_ETHER, false, duid_time, &client), >=,
                0);
        return client;
}

static void test_kinds(void) {
        static const uint8_t by_mac[] = { 1, 2, 1, 2, 3, 4, 5 }, ll[] = { 0, 3, 0, 1, 2, 1, 2, 3, 4, 5 },
                             llt[] = { 0, 1, 0, 1, 1, 2, 3, 4, 2, 1, 2, 3, 4, 5 }, bytes[] = { 0, 2, 9 };
        ConfigLink config = { .client_identifier = CONFIG_CLIENT_IDENTIFIER_MAC };
        Dhcp4ClientConfig client = complete(&config, &mac, 0), again;

        g_assert_cmpmem(client.client_id, client.client_id_len, by_mac, sizeof(by_mac));
        g_assert_cmpmem(client.chaddr, client.chaddr_len, mac.bytes, 6);
        g_assert_cmpuint(client.htype, ==, 1);

        config.client_identifier = CONFIG_CLIENT_IDENTIFIER_NONE;
        g_assert_cmpuint(complete(&config, &mac, 0).client_id_len, ==, 0);

        config.client_identifier = CONFIG_CLIENT_IDENTIFIER_HEX;
        config.client = (Dhcp4ClientConfig){ .client_id = { 7, 8 }, .client_id_len = 2 };
        g_assert_cmpuint(complete(&config, &mac, 0).client_id_len, ==, 2);

        config.client_identifier = CONFIG_CLIENT_IDENTIFIER_DUID;
        config.duid = CONFIG_DUID_LINK_LAYER;
        client = complete(&config, &mac, 0);
        g_assert_cmpuint(client.client_id[0], ==, 255);
        g_assert_cmpmem(client.client_id + 5, client.client_id_len - 5, ll, sizeof(ll));
        /*
         * The IAID is made of the address: the same address gives the same IAID, another address another
         * one.
         */
        again = complete(&config, &mac, 0);
        g_assert_cmpmem(client.client_id, client.client_id_len, again.client_id, again.client_id_len);
        again = complete(&config, &other, 0);
        g_assert_cmpint(memcmp(client.client_id + 1, again.client_id + 1, 4), !=, 0);
        config.iaid_set = true;
        config.iaid = 0x01020304;
        g_assert_cmpmem(complete(&config, &mac, 0).client_id + 1, 4, "\1\2\3\4", 4);

        config.duid = CONFIG_DUID_LINK_LAYER_TIME;
        client = complete(&config, &mac, 0x01020304);
        g_assert_cmpmem(client.client_id + 5, client.client_id_len - 5, llt, sizeof(llt));
        config.duid = CONFIG_DUID_BYTES;
        memcpy(config.duid_bytes, bytes, sizeof(bytes));
        config.duid_len = sizeof(bytes);
        client = complete(&config, &mac, 0);
        g_assert_cmpmem(client.client_id + 5, client.client_id_len - 5, bytes, sizeof(bytes));
}

/*
 * The link has got another hardware address. An identifier that was made of the old one stays. chaddr and
 * ClientIdentifier=mac follow the new one.
 */
static void test_other_address(void) {
        ConfigLink config = { .client_identifier = CONFIG_CLIENT_IDENTIFIER_DUID,
                              .duid = CONFIG_DUID_LINK_LAYER };
        Dhcp4ClientConfig before = {}, after = {};

        g_assert_cmpint(client_id_complete(&config, &mac, &mac, ARPHRD_ETHER, false, 0, &before), ==, 0);
        g_assert_cmpint(client_id_complete(&config, &other, &mac, ARPHRD_ETHER, false, 0, &after), ==, 0);
        g_assert_true(dhcp4_client_config_same_client(&before, &after));
        g_assert_cmpmem(after.chaddr, 6, other.bytes, 6);
        config.client_identifier = CONFIG_CLIENT_IDENTIFIER_MAC;
        g_assert_cmpint(client_id_complete(&config, &other, &mac, ARPHRD_ETHER, false, 0, &after), ==, 0);
        g_assert_cmpmem(after.client_id + 1, 6, other.bytes, 6);
        g_assert_false(dhcp4_client_config_same_client(&before, &after));
        /* Without an identifier servers know the client by its chaddr. */
        before.client_id_len = after.client_id_len = 0;
        g_assert_false(dhcp4_client_config_same_client(&before, &after));
}

/* RFC 6355: there is one UUID for the machine, whatever the interface. */
static void test_uuid(void) {
        const ConfigLink config = { .client_identifier = CONFIG_CLIENT_IDENTIFIER_DUID };
        Dhcp4ClientConfig a = {}, b = {};
        const int r = client_id_complete(&config, &mac, &mac, ARPHRD_ETHER, false, 0, &a),
                  q = client_id_complete(&config, &other, &other, ARPHRD_ETHER, false, 0, &b);

        g_assert_cmpint(r, ==, q);
        if (r < 0) {
                /* Without a machine id the link still has an identifier. */
                g_assert_cmpuint(a.client_id_len, ==, 7);
                return;
        }
        g_assert_cmpuint(a.client_id_len, ==, 1 + 4 + 2 + 16);
        g_assert_cmpmem(a.client_id + 5, 18, b.client_id + 5, 18);
        g_assert_cmpmem(a.client_id + 5, 2, "\0\4", 2);
}

/*
 * RFC 4390: there is no chaddr, so there must be an identifier, whatever is configured. The next boot
 * must not change it.
 */
static void test_infiniband(void) {
        static const HwAddress port = { .len = 20, .bytes = { 0x80, 0, 2, 8, 0xfe, 0x80, 0, 0, 0, 0,
                                                              0,    0, 1, 2, 3,    4,    5, 6, 7, 8 } },
                               again = { .len = 20, .bytes = { 0x80, 0, 9, 9, 0xfe, 0x80, 0, 0, 0, 0,
                                                               0,    0, 1, 2, 3,    4,    5, 6, 7, 8 } };
        static const uint8_t by_guid[] = { ARPHRD_INFINIBAND, 1, 2, 3, 4, 5, 6, 7, 8 };
        static const ConfigClientIdentifier kinds[] = { CONFIG_CLIENT_IDENTIFIER_NONE,
                                                        CONFIG_CLIENT_IDENTIFIER_MAC,
                                                        CONFIG_CLIENT_IDENTIFIER_DUID };

        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
                const ConfigLink config = { .client_identifier = kinds[i], .duid = CONFIG_DUID_LINK_LAYER };
                Dhcp4ClientConfig a = {}, b = {};

                g_assert_cmpint(client_id_complete(&config, &port, &port, ARPHRD_INFINIBAND, false, 0, &a),
                                ==, 0);
                g_assert_cmpint(client_id_complete(&config, &again, &again, ARPHRD_INFINIBAND, false, 0, &b),
                                ==, 0);
                g_assert_cmpuint(a.htype, ==, 32);
                g_assert_cmpuint(a.chaddr_len, ==, 0);
                g_assert_true(a.broadcast);
                g_assert_cmpmem(a.client_id, a.client_id_len, b.client_id, b.client_id_len);
                if (kinds[i] != CONFIG_CLIENT_IDENTIFIER_DUID)
                        g_assert_cmpmem(a.client_id, a.client_id_len, by_guid, sizeof(by_guid));
                else
                        g_assert_cmpuint(a.client_id_len, ==, 1 + 4 + 4 + 8);
        }
}

static void test_anonymous(void) {
        static const HwAddress universal = { .len = 6, .bytes = { 0x00, 1, 2, 3, 4, 5 } },
                               infiniband = { .len = 20, .bytes = { 2 } };
        ConfigLink config = { .client_identifier = CONFIG_CLIENT_IDENTIFIER_DUID };
        /*
         * RFC 7844 §3.6: nothing that a host can do without is asked for, whatever the configuration lists.
         */
        static const uint8_t minimal[] = { 1, 3, 6, 15, 121 };
        Dhcp4ClientConfig client = {
                .send_len = 5, .hmac_md5 = hmac_md5, .request = { 114, 1 }, .n_request = 2
        };

        config.anonymize = CONFIG_ANONYMIZE_AUTO;
        g_assert_true(client_id_is_anonymous(&config, &mac, true));
        g_assert_false(client_id_is_anonymous(&config, &mac, false));
        g_assert_false(client_id_is_anonymous(&config, &universal, true));
        g_assert_false(client_id_is_anonymous(&config, &infiniband, true));
        config.anonymize = CONFIG_ANONYMIZE_YES;
        g_assert_true(client_id_is_anonymous(&config, &universal, false));
        config.anonymize = CONFIG_ANONYMIZE_NO;
        g_assert_false(client_id_is_anonymous(&config, &mac, true));

        g_assert_cmpint(client_id_complete(&config, &mac, &mac, ARPHRD_ETHER, true, 0, &client), ==, 0);
        g_assert_true(client.anonymize);
        g_assert_cmpuint(client.send_len, ==, 0);
        g_assert_null(client.hmac_md5);
        g_assert_cmpuint(client.client_id_len, ==, 7); /* made of the address alone */
        g_assert_cmpmem(client.request, client.n_request, minimal, sizeof(minimal));
}

static void test_hmac(void) {
        static const struct {
                uint8_t key[16];
                const char *data;
                size_t len;
                uint8_t digest[16];
        } vectors[] = {
                { { 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
                    0x0b },
                  "Hi There",
                  8,
                  { 0x92, 0x94, 0x72, 0x7a, 0x36, 0x38, 0xbb, 0x1c, 0x13, 0xf4, 0x8e, 0xf8, 0x15, 0x8b, 0xfc,
                    0x9d } },
        };
        uint8_t digest[16];

        for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
                hmac_md5(vectors[i].key, (const uint8_t *) vectors[i].data, vectors[i].len, digest);
                g_assert_cmpmem(digest, 16, vectors[i].digest, 16);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/client-id/other-address", test_other_address);
        g_test_add_func("/client-id/kinds", test_kinds);
        g_test_add_func("/client-id/uuid", test_uuid);
        g_test_add_func("/client-id/anonymous", test_anonymous);
        g_test_add_func("/client-id/infiniband", test_infiniband);
        g_test_add_func("/client-id/hmac", test_hmac);
        return g_test_run();
}
