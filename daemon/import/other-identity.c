/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Identifiers that other clients left behind (other-identity.h): the client whose file changed last was the
 * one on the link. Here are the choice, what the clients' parts share, and the client whose file simply says
 * it:
 *
 *   systemd-networkd   /run/systemd/netif/leases/IFINDEX    CLIENTID=, hexadecimal, of a lease of this boot
 *
 * dhclient, dhcpcd and NetworkManager are in files of their own. Not everybody may read what they leave, so
 * a daemon without root's rights finds little there; what root found (dhcpd-linkd --import-identity) it
 * takes from the lease store.
 */
#include "import/other-identity.h"

#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "import/other-files.h"
#include "import/other-identity-internal.h"

#define TYPE_ETHERNET 1u /* an ARP hardware type, so the rest is an address */
#define ETHERNET_LEN  6u
#define TYPE_DUID     255u /* RFC 4361 §6.1 */

bool other_identity_set(OtherIdentity *ret, const uint8_t *id, size_t len, const HwAddress *address) {
        if (len < CLIENT_ID_MIN || len > CLIENT_ID_MAX)
                return false;
        if (id[0] == TYPE_ETHERNET && len == 1 + ETHERNET_LEN &&
            (address->len != ETHERNET_LEN || memcmp(id + 1, address->bytes, ETHERNET_LEN) != 0))
                return false;
        memcpy(ret->id, id, len);
        ret->len = (uint8_t) len;
        return true;
}

bool other_identity_set_mac(OtherIdentity *ret, const HwAddress *address) {
        /* Clients send different parts of an InfiniBand address. */
        if (address->len != ETHERNET_LEN)
                return false;
        ret->id[0] = TYPE_ETHERNET;
        memcpy(ret->id + 1, address->bytes, ETHERNET_LEN);
        ret->len = 1 + ETHERNET_LEN;
        return true;
}

bool other_identity_set_duid(OtherIdentity *ret, const uint8_t *iaid, const uint8_t *duid, size_t len) {
        if (len < DUID_MIN || len > DUID_MAX)
                return false;
        ret->id[0] = TYPE_DUID;
        memcpy(ret->id + 1, iaid, IAID_LEN);
        memcpy(ret->id + 1 + IAID_LEN, duid, len);
        ret->len = (uint8_t) (1 + IAID_LEN + len);
        return true;
}

size_t other_parse_hex(const char *text, uint8_t *ret, size_t max) {
        const size_t len = strlen(text);

        if (len % 2 != 0 || len > 2 * max)
                return 0;
        for (size_t i = 0; i < len; i++) {
                const int digit = g_ascii_xdigit_value(text[i]);

                if (digit < 0)
                        return 0;
                ret[i / 2] = (uint8_t) (i % 2 == 0 ? digit << 4 : ret[i / 2] | digit);
        }
        return len / 2;
}

size_t other_parse_colons(const char *text, char stop, uint8_t *ret, size_t max) {
        size_t n = 0;

        for (;;) {
                int value = g_ascii_xdigit_value(*text);

                if (value < 0 || n == max)
                        return 0;
                text++;
                if (g_ascii_isxdigit(*text))
                        value = value << 4 | g_ascii_xdigit_value(*text++);
                ret[n++] = (uint8_t) value;
                if (*text == stop)
                        return n;
                if (*text++ != ':')
                        return 0;
        }
}

bool other_networkd_parse(const char *text, const HwAddress *address, OtherIdentity *ret) {
        g_autofree char *value = other_find_assignment(text, "CLIENTID");
        uint8_t id[CLIENT_ID_MAX];

        return value && other_identity_set(ret, id, other_parse_hex(value, id, sizeof(id)), address);
}

bool other_networkd_find(const OtherLink *link, OtherIdentity *ret) {
        g_autofree char *path = g_strdup_printf("/run/systemd/netif/leases/%d", link->ifindex);
        _cleanup_(other_file_clear) OtherFile file = {};

        if (!other_file_read_text(link->root, path, &file) ||
            !other_networkd_parse(file.data, link->address, ret))
                return false;
        ret->modified_nsec = file.modified_nsec;
        return true;
}

bool other_identity_find(const char *root, int ifindex, const char *ifname, const HwAddress *address,
                         uint8_t ret[255], uint8_t *ret_len) {
        /* If two files changed at the same time, the first one counts. */
        static bool (*const finders[])(const OtherLink *link, OtherIdentity *ret) = {
                other_networkd_find,
                other_nm_find,
                other_dhcpcd_find,
                other_dhclient_find,
        };
        const OtherLink link = { .root = root, .ifindex = ifindex, .ifname = ifname, .address = address };
        OtherIdentity best = {};

        for (size_t i = 0; i < ARRAY_SIZE(finders); i++) {
                OtherIdentity found = {};

                if (finders[i](&link, &found) && (best.len == 0 || found.modified_nsec > best.modified_nsec))
                        best = found;
        }
        if (best.len == 0)
                return false;
        memcpy(ret, best.id, best.len);
        *ret_len = best.len;
        return true;
}
