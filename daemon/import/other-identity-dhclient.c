/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the identifier that dhclient sent (other-identity.h). It looks at these files:
 *
 *   /var/lib/dhcp/dhclient.IFNAME.leases and dhclient.leases
 *           Leases, and perhaps the DUID. A lease has "option dhcp-client-identifier 1:2:a:ff;" if the
 *           server repeats the identifier (RFC 6842), which most servers do not.
 *   /etc/dhcp/dhclient.conf
 *           A statement may set the identifier.
 *
 * Without such a statement it depends on -i, with which Debian's ifup starts dhclient. With -i it sends an
 * identifier made of the DUID and the end of the hardware address, and only then the DUID is in the file.
 * Without -i it sends no identifier.
 */
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "import/other-files.h"
#include "import/other-identity-internal.h"

/*
 * Goes on to the next line of a lease of @ifname in @lines; NULL: there is none. *ours says whether the line
 * before was in such a lease; it is false at first.
 */
static const char *next_of_lease(char ***lines, const char *interface, bool *ours) {
        while (**lines) {
                const char *line = g_strstrip(*(*lines)++);

                if (g_str_has_prefix(line, "lease {") || line[0] == '}')
                        *ours = false;
                else if (strcmp(line, interface) == 0)
                        *ours = true;
                if (*ours)
                        return line;
        }
        return NULL;
}

static bool has_lease(const char *text, const char *ifname) {
        g_autofree char *interface = g_strdup_printf("interface \"%s\";", ifname);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        char **at = lines;
        bool ours = false;

        return next_of_lease(&at, interface, &ours);
}

bool other_dhclient_parse(const char *text, const char *ifname, const HwAddress *address,
                          OtherIdentity *ret) {
        static const char option[] = "option dhcp-client-identifier ";
        g_autofree char *interface = g_strdup_printf("interface \"%s\";", ifname);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        bool ours = false, found = false;
        char **at = lines;
        const char *line;

        while ((line = next_of_lease(&at, interface, &ours))) {
                uint8_t id[CLIENT_ID_MAX];
                size_t len;

                if (!g_str_has_prefix(line, option))
                        continue;
                len = other_parse_colons(line + strlen(option), ';', id, sizeof(id));
                found = other_identity_set(ret, id, len, address) || found;
        }
        return found;
}

/* "\000\001a\"\\", up to the quotation mark and a semicolon behind it; 0: not that, or too long. */
static size_t parse_quoted(const char *text, uint8_t *ret, size_t max) {
        size_t n = 0;

        for (; *text != '"'; text++) {
                unsigned value = (uint8_t) *text;

                if (value == '\0' || n == max)
                        return 0;
                if (value == '\\') {
                        value = (uint8_t) * ++text;
                        if (value >= '0' && value <= '3') {
                                if (text[1] < '0' || text[1] > '7' || text[2] < '0' || text[2] > '7')
                                        return 0;
                                value = (value - '0') << 6 | (unsigned) (text[1] - '0') << 3 |
                                        (unsigned) (text[2] - '0');
                                text += 2;
                        } else if (value != '"' && value != '\\')
                                return 0;
                }
                ret[n++] = (uint8_t) value;
        }
        return text[1] == ';' ? n : 0;
}

bool other_dhclient_parse_duid(const char *text, const char *ifname, const HwAddress *address,
                               OtherIdentity *ret) {
        static const char statement[] = "default-duid ";
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        uint8_t duid[DUID_MAX];
        size_t len = 0;

        for (char **line = lines; *line; line++) {
                const char *value = *line + strlen(statement);

                if (!g_str_has_prefix(*line, statement))
                        continue;
                /* Accepts both forms that the setting lease-id-format may produce. */
                len = value[0] == '"' ? parse_quoted(value + 1, duid, sizeof(duid))
                                      : other_parse_colons(value, ';', duid, sizeof(duid));
        }
        return address->len >= IAID_LEN && has_lease(text, ifname) &&
                other_identity_set_duid(ret, address->bytes + address->len - IAID_LEN, duid, len);
}

OtherSetting other_dhclient_parse_config(const char *text, const HwAddress *address, OtherIdentity *ret) {
        static const char statement[] = "dhcp-client-identifier";
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        OtherSetting setting = OTHER_UNSET;

        for (char **l = lines; *l; l++) {
                static const char send[] = "send dhcp-client-identifier ";
                const char *line = g_strstrip(*l), *value = line + strlen(send);
                uint8_t id[CLIENT_ID_MAX];
                size_t len;

                if (line[0] == '#' || !strstr(line, statement))
                        continue;
                /*
                 * The file may have blocks, leases and definitions of options. Only one plain statement is
                 * understood.
                 */
                if (setting != OTHER_UNSET || !g_str_has_prefix(line, send))
                        return OTHER_UNSURE;
                value += strspn(value, "= ");
                len = other_parse_colons(value, ';', id, sizeof(id));
                if (strcmp(value, "hardware;") == 0 ? !other_identity_set_mac(ret, address)
                                                    : !other_identity_set(ret, id, len, address))
                        return OTHER_UNSURE;
                setting = OTHER_SET;
        }
        /* The end of a block is not looked for. */
        for (char **l = lines; *l && setting == OTHER_SET; l++)
                if (g_str_has_prefix(*l, "interface"))
                        return OTHER_UNSURE;
        return setting;
}

/* Finds what dhclient sent, if no server repeated it. */
static bool find_configured(const OtherLink *link, const char *leases, OtherIdentity *ret) {
        _cleanup_(other_file_clear) OtherFile config = {};

        if (!has_lease(leases, link->ifname))
                return false;
        if (other_file_read_text(link->root, "/etc/dhcp/dhclient.conf", &config))
                switch (other_dhclient_parse_config(config.data, link->address, ret)) {
                case OTHER_SET:
                        return true;
                case OTHER_UNSURE:
                        return false;
                case OTHER_UNSET:
                        break;
                }
        return other_dhclient_parse_duid(leases, link->ifname, link->address, ret);
}

bool other_dhclient_find(const OtherLink *link, OtherIdentity *ret) {
        g_autofree char *own = g_strdup_printf("/var/lib/dhcp/dhclient.%s.leases", link->ifname);
        const char *const paths[] = { own, "/var/lib/dhcp/dhclient.leases" };

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                _cleanup_(other_file_clear) OtherFile file = {};

                if (!other_file_read_text(link->root, paths[i], &file) ||
                    (!other_dhclient_parse(file.data, link->ifname, link->address, ret) &&
                     !find_configured(link, file.data, ret)))
                        continue;
                ret->modified_nsec = file.modified_nsec;
                return true;
        }
        return false;
}
