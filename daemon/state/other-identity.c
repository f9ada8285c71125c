/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Identifiers that other clients left behind (other-identity.h): the client whose file changed last was the one on the link. Here are the choice, what the
 * clients' parts share, and the two clients whose files simply say it:
 *
 *   systemd-networkd   /run/systemd/netif/leases/IFINDEX    CLIENTID=, hexadecimal, of a lease of this boot
 *   dhclient           /var/lib/dhcp/dhclient.IFNAME.leases, dhclient.leases    the last lease of the interface that has
 *                      "option dhcp-client-identifier 1:2:a:ff;", which is there when the server repeats it (RFC 6842)
 *
 * Those of NetworkManager and dhcpcd are in files of their own. Not everybody may read them, so a daemon without root's rights finds nothing there; what
 * root found (dhcpd-linkd --import-identity) it takes from the lease store.
 */
#include "state/other-identity.h"

#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "state/other-files.h"
#include "state/other-identity-internal.h"

#define TYPE_ETHERNET 1u /* an ARP hardware type in front: the rest is an address */
#define ETHERNET_LEN  6u

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
        /* Of InfiniBand, clients send different parts of it. */
        if (address->len != ETHERNET_LEN)
                return false;
        ret->id[0] = TYPE_ETHERNET;
        memcpy(ret->id + 1, address->bytes, ETHERNET_LEN);
        ret->len = 1 + ETHERNET_LEN;
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

bool other_dhclient_parse(const char *text, const char *ifname, const HwAddress *address,
                          OtherIdentity *ret) {
        static const char option[] = "option dhcp-client-identifier ";
        g_autofree char *interface = g_strdup_printf("interface \"%s\";", ifname);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        bool ours = false, found = false;

        for (char **l = lines; *l; l++) {
                const char *line = g_strstrip(*l);
                uint8_t id[CLIENT_ID_MAX];
                size_t len;

                if (g_str_has_prefix(line, "lease {") || line[0] == '}')
                        ours = false;
                else if (strcmp(line, interface) == 0)
                        ours = true;
                else if (ours && g_str_has_prefix(line, option)) {
                        len = other_parse_colons(line + strlen(option), ';', id, sizeof(id));
                        found = other_identity_set(ret, id, len, address) || found;
                }
        }
        return found;
}

bool other_dhclient_find(const OtherLink *link, OtherIdentity *ret) {
        g_autofree char *own = g_strdup_printf("/var/lib/dhcp/dhclient.%s.leases", link->ifname);
        const char *const paths[] = { own, "/var/lib/dhcp/dhclient.leases" };

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                _cleanup_(other_file_clear) OtherFile file = {};

                if (!other_file_read_text(link->root, paths[i], &file) ||
                    !other_dhclient_parse(file.data, link->ifname, link->address, ret))
                        continue;
                ret->modified_nsec = file.modified_nsec;
                return true;
        }
        return false;
}

bool other_identity_find(const char *root, int ifindex, const char *ifname, const HwAddress *address,
                         uint8_t ret[255], uint8_t *ret_len) {
        /* Of two that changed together, the first. */
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
