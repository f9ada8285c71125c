/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the identifier that dhcpcd sent (other-identity.h). It looks at these files:
 *
 *   /var/lib/dhcpcd/IFNAME.lease and IFNAME-SSID.lease
 *           The ACK as it came. A server that follows RFC 6842 repeats the identifier in it. This is what
 *           was sent, whatever the configuration and the command line say.
 *   /etc/dhcpcd.conf
 *           Used if the ACK has no identifier: "duid" (the default file), "clientid", or neither, which
 *           means that no identifier is sent. Statements in an "interface" block are for that link only.
 *   /var/lib/dhcpcd/duid
 *           The DUID. The IAID in front of it is the end of the hardware address, or made of the VLAN
 *           identifier.
 *
 * The hardware address in the ACK shows that the file belongs to this link. The name does not: a link
 * "eth0-a" and the SSID "a" of eth0 have the same file name, and disks are cloned.
 */
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "import/other-files.h"
#include "import/other-identity-internal.h"
#include "wire/dhcp4-message.h"

#define FOLDER    "/var/lib/dhcpcd"
#define SUFFIX    ".lease"
#define IAID_VLAN 0xff000000u /* in front of a VLAN identifier */
#define VLAN_MAX  4094u       /* held by other_dhcpcd_make_duid() */

bool other_dhcpcd_parse_lease(const uint8_t *data, size_t len, const HwAddress *address,
                              OtherIdentity *ret) {
        const uint8_t *id;
        Dhcp4Message m;
        size_t id_len;

        ret->len = 0;
        if (dhcp4_message_parse(data, len, &m) != 0 || m.type != DHCP4_ACK ||
            m.header.op != DHCP4_OP_BOOTREPLY || m.header.hlen == 0 || m.header.hlen != address->len ||
            memcmp(m.header.chaddr, address->bytes, address->len) != 0)
                return false;
        if (dhcp4_message_get(&m, DHCP4_OPTION_CLIENT_ID, &id, &id_len) == 0)
                (void) other_identity_set(ret, id, id_len, address);
        return true;
}

OtherDhcpcdKind other_dhcpcd_parse_config(const char *text, const char *ifname) {
        /* Statements that change what dhcpcd sends, or the IAID. */
        static const char *const strange[] = { "iaid", "anonymous", NULL };
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        OtherDhcpcdKind kind = OTHER_DHCPCD_NONE;
        bool ours = true, unsure = false;

        for (char **l = lines; *l; l++) {
                char *line = g_strstrip(*l), *value;

                if (line[0] == '#' || line[0] == ';')
                        continue;
                value = line + strcspn(line, " \t");
                if (*value != '\0')
                        *value++ = '\0';
                value = g_strstrip(value);

                if (strcmp(line, "interface") == 0) {
                        ours = strcmp(value, ifname) == 0;
                        unsure = false;
                } else if (strcmp(line, "ssid") == 0 || strcmp(line, "profile") == 0) {
                        /* It is not known whether this setting was in force. */
                        ours = true;
                        unsure = true;
                } else if (!ours)
                        continue;
                else if (strcmp(line, "duid") == 0 || strcmp(line, "clientid") == 0) {
                        const bool duid = line[0] == 'd';

                        /* The value of "duid" names a kind of DUID. The DUID itself is in the file. */
                        if (unsure || kind == OTHER_DHCPCD_UNSURE || (!duid && *value != '\0'))
                                return OTHER_DHCPCD_UNSURE;
                        kind = duid ? OTHER_DHCPCD_DUID : OTHER_DHCPCD_MAC;
                } else if (g_strv_contains(strange, line))
                        return OTHER_DHCPCD_UNSURE;
        }
        return kind;
}

/* The DUID as dhcpcd writes it: "00:01:00:01:...". */
static size_t parse_duid(const char *text, uint8_t ret[DUID_MAX]) {
        g_autofree char *line = g_strstrip(g_strdup(text));

        return other_parse_colons(line, '\0', ret, DUID_MAX);
}

bool other_dhcpcd_make_duid(const char *duid, unsigned vlan, const HwAddress *address, OtherIdentity *ret) {
        uint8_t bytes[DUID_MAX], iaid[IAID_LEN];
        const size_t len = parse_duid(duid, bytes);
        ByteWriter w = byte_writer(iaid, sizeof(iaid));

        if (vlan > VLAN_MAX || (vlan == 0 && address->len < IAID_LEN))
                return false;
        if (vlan > 0)
                byte_writer_u32(&w, IAID_VLAN | vlan);
        else
                byte_writer_put(&w, address->bytes + address->len - IAID_LEN, IAID_LEN);
        return other_identity_set_duid(ret, iaid, bytes, len);
}

/* Returns the VLAN identifier of the link, or 0 if it is no VLAN. */
static unsigned find_vlan(const OtherLink *link) {
        static const char key[] = "VID: ";
        /* /proc/net is a symbolic link to this. */
        g_autofree char *path = g_strdup_printf("/proc/%d/net/vlan/%s", (int) getpid(), link->ifname);
        _cleanup_(other_file_clear) OtherFile file = {};
        const char *at;

        if (!other_file_read_text(link->root, path, &file))
                return 0;
        at = strstr(file.data, key);
        /* The number is too large on purpose, so that no identifier is made. */
        return at ? (unsigned) g_ascii_strtoull(at + strlen(key), NULL, 10) : VLAN_MAX + 1;
}

static bool find_configured(const OtherLink *link, OtherIdentity *ret) {
        _cleanup_(other_file_clear) OtherFile config = {}, duid = {};

        if (!other_file_read_text(link->root, "/etc/dhcpcd.conf", &config))
                return false;
        switch (other_dhcpcd_parse_config(config.data, link->ifname)) {
        case OTHER_DHCPCD_DUID:
                return other_file_read_text(link->root, FOLDER "/duid", &duid) &&
                        other_dhcpcd_make_duid(duid.data, find_vlan(link), link->address, ret);
        case OTHER_DHCPCD_MAC:
                return other_identity_set_mac(ret, link->address);
        case OTHER_DHCPCD_NONE:
        case OTHER_DHCPCD_UNSURE:
                return false;
        }
        g_assert_not_reached();
}

static bool is_lease_name(const char *name, const char *ifname) {
        const size_t n = strlen(ifname);

        return strncmp(name, ifname, n) == 0 &&
                (strcmp(name + n, SUFFIX) == 0 || (name[n] == '-' && g_str_has_suffix(name + n, SUFFIX)));
}

bool other_dhcpcd_find(const OtherLink *link, OtherIdentity *ret) {
        g_auto(GStrv) names = NULL;
        OtherIdentity best = {};
        bool found = false;

        if (other_file_list(link->root, FOLDER, &names) < 0)
                return false;
        for (char **name = names; *name; name++) {
                _cleanup_(other_file_clear) OtherFile file = {};
                g_autofree char *path = g_build_filename(FOLDER, *name, NULL);
                OtherIdentity one = {};

                if (!is_lease_name(*name, link->ifname) || !other_file_read(link->root, path, &file) ||
                    !other_dhcpcd_parse_lease((const uint8_t *) file.data, file.len, link->address, &one))
                        continue;
                one.modified_nsec = file.modified_nsec;
                if (!found || one.modified_nsec > best.modified_nsec)
                        best = one;
                found = true;
        }
        if (!found || (best.len == 0 && !find_configured(link, &best)))
                return false;
        *ret = best;
        return true;
}
