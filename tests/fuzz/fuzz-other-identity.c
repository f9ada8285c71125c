/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parsers of what other DHCP clients left behind (import/other-identity*.c), each on any bytes. What
 * they accept must be an identifier that may be sent, and never one that is made of another hardware
 * address.
 */
#include <assert.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "import/other-identity-internal.h"
#include "tests/fuzz/fuzz.h"

static const HwAddress address = { .len = 6, .bytes = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } };
static const HwAddress none = {};

static void check(bool found, const OtherIdentity *identity, const HwAddress *link) {
        if (!found)
                return;
        assert(identity->len >= CLIENT_ID_MIN);
        if (identity->id[0] == 1 && identity->len == 7)
                assert(link->len == 6 && memcmp(identity->id + 1, link->bytes, 6) == 0);
}

/* Checks @text, which has no byte that is zero. */
static void check_text(const char *text, const HwAddress *link) {
        static const char uuid[] = "0cd1e2f3-0a1b-4c5d-8e9f-00112233445a";
        OtherSetting setting = OTHER_UNSET;
        OtherIdentity identity = {};
        char its_uuid[37];
        const char *kind;

        check(other_networkd_parse(text, link, &identity), &identity, link);
        check(other_dhclient_parse(text, "eth0", link, &identity), &identity, link);
        if (other_dhclient_parse_duid(text, "eth0", link, &identity))
                assert(identity.id[0] == 255 && identity.len >= 8 && identity.len <= 135 && link->len >= 4);
        check(other_dhclient_parse_config(text, link, &identity) == OTHER_SET, &identity, link);
        (void) other_dhcpcd_parse_config(text, "eth0");
        for (unsigned vlan = 0; vlan < 3; vlan++)
                if (other_dhcpcd_make_duid(text, vlan, link, &identity)) {
                        /* Type, IAID, and at least three bytes of a DUID. */
                        assert(identity.id[0] == 255 && identity.len >= 8 && identity.len <= 135);
                        assert(vlan > 0 || link->len >= 4);
                }
        if (other_nm_parse_profile(text, uuid, link, &setting, &identity))
                check(setting == OTHER_SET, &identity, link);
        check(other_nm_parse_config(text, link, &identity) == OTHER_SET, &identity, link);
        kind = other_nm_parse_lease_name(text, "eth0", its_uuid);
        if (kind) {
                g_autofree char *name = g_strdup_printf("%s-%s-eth0.lease", kind, its_uuid);

                assert(strlen(its_uuid) == 36 && strcmp(name, text) == 0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const HwAddress *const links[] = { &address, &none };

        for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
                OtherIdentity identity = {};

                if (other_dhcpcd_parse_lease(data, size, links[i], &identity)) {
                        assert(links[i]->len > 0);
                        check(identity.len > 0, &identity, links[i]);
                }
                if (!memchr(data, 0, size)) {
                        g_autofree char *text = g_strndup((const char *) data, size);

                        check_text(text, links[i]);
                }
        }
        return 0;
}
