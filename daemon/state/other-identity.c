/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Identifiers that other clients left behind (other-identity.h). Reads a few small files.
 *
 *   systemd-networkd   /run/systemd/netif/leases/IFINDEX    CLIENTID=, hexadecimal, of a lease of this boot
 *   dhclient           /var/lib/dhcp/dhclient.IFNAME.leases, dhclient.leases    the last lease of the interface that has
 *                      "option dhcp-client-identifier 1:2:a:ff;", which is there when the server repeats it (RFC 6842)
 *
 * NetworkManager's and dhcpcd's are not for everybody to read, so a sandboxed daemon cannot know them.
 */
#include "state/other-identity.h"

#include <glib.h>
#include <string.h>

#include "state/other-manager.h"

#define CLIENT_ID_MIN 2u   /* bytes, RFC 2132 §9.14 */
#define CLIENT_ID_MAX 255u /* bytes */
#define TYPE_ETHERNET 1u   /* an ARP hardware type in front: the rest is an address */

/* One that is made of a hardware address is ours only when the address is: a disk that was cloned brings the files of another machine. */
static bool is_usable(const uint8_t *id, size_t len, const HwAddress *address) {
        if (len < CLIENT_ID_MIN || len > CLIENT_ID_MAX)
                return false;
        return id[0] != TYPE_ETHERNET || len != 7 ||
                (address->len == 6 && memcmp(id + 1, address->bytes, 6) == 0);
}

/* "0102ab"; 0: not that. */
static size_t parse_hex(const char *text, uint8_t ret[CLIENT_ID_MAX]) {
        const size_t len = strlen(text);

        if (len % 2 != 0 || len > 2 * CLIENT_ID_MAX)
                return 0;
        for (size_t i = 0; i < len; i++) {
                const int digit = g_ascii_xdigit_value(text[i]);

                if (digit < 0)
                        return 0;
                ret[i / 2] = (uint8_t) (i % 2 == 0 ? digit << 4 : ret[i / 2] | digit);
        }
        return len / 2;
}

/* "1:2:ab;", one or two digits a byte; 0: not that. */
static size_t parse_colons(const char *text, uint8_t ret[CLIENT_ID_MAX]) {
        size_t n = 0;

        for (;;) {
                int value = g_ascii_xdigit_value(*text);

                if (value < 0 || n == CLIENT_ID_MAX)
                        return 0;
                text++;
                if (g_ascii_isxdigit(*text))
                        value = value << 4 | g_ascii_xdigit_value(*text++);
                ret[n++] = (uint8_t) value;
                if (*text == ';')
                        return n;
                if (*text++ != ':')
                        return 0;
        }
}

static bool take(const uint8_t *id, size_t len, const HwAddress *address, uint8_t *ret, uint8_t *ret_len) {
        if (!is_usable(id, len, address))
                return false;
        memcpy(ret, id, len);
        *ret_len = (uint8_t) len;
        return true;
}

static bool find_networkd(const char *root, int ifindex, const HwAddress *address, uint8_t *ret,
                          uint8_t *ret_len) {
        g_autofree char *path = g_strdup_printf("%s/run/systemd/netif/leases/%d", root, ifindex);
        g_autofree char *text = other_read_small(path);
        g_autofree char *value = text ? other_find_assignment(text, "CLIENTID") : NULL;
        uint8_t id[CLIENT_ID_MAX];

        return value && take(id, parse_hex(value, id), address, ret, ret_len);
}

static bool find_dhclient(const char *path, const char *ifname, const HwAddress *address, uint8_t *ret,
                          uint8_t *ret_len) {
        static const char option[] = "option dhcp-client-identifier ";
        g_autofree char *text = other_read_small(path);
        g_autofree char *interface = g_strdup_printf("interface \"%s\";", ifname);
        g_auto(GStrv) lines = text ? g_strsplit(text, "\n", -1) : NULL;
        bool ours = false, found = false;

        for (char **l = lines; l && *l; l++) {
                const char *line = g_strstrip(*l);
                uint8_t id[CLIENT_ID_MAX];

                if (g_str_has_prefix(line, "lease {") || line[0] == '}')
                        ours = false;
                else if (strcmp(line, interface) == 0)
                        ours = true;
                else if (ours && g_str_has_prefix(line, option))
                        found = take(id, parse_colons(line + strlen(option), id), address, ret, ret_len) ||
                                found;
        }
        return found;
}

bool other_identity_find(const char *root, int ifindex, const char *ifname, const HwAddress *address,
                         uint8_t ret[255], uint8_t *ret_len) {
        g_autofree char *own = g_strdup_printf("%s/var/lib/dhcp/dhclient.%s.leases", root, ifname);
        g_autofree char *common = g_strconcat(root, "/var/lib/dhcp/dhclient.leases", NULL);

        return find_networkd(root, ifindex, address, ret, ret_len) ||
                find_dhclient(own, ifname, address, ret, ret_len) ||
                find_dhclient(common, ifname, address, ret, ret_len);
}
