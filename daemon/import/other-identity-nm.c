/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the identifier that NetworkManager sent (other-identity.h). It looks at these files:
 *
 *   /var/lib/NetworkManager/internal-UUID-IFNAME.lease
 *           Shows that its own client had a lease on the link, for the connection UUID. The identifier is
 *           not in the file.
 *   /var/lib/NetworkManager/dhclient-UUID-IFNAME.lease and dhclient-IFNAME.conf
 *           The same for dhclient, in dhclient's format, and the configuration that it was started with.
 *   /run/NetworkManager/devices/IFINDEX
 *           The connection that was in force last.
 *   system-connections/ in /etc, /run and /usr/lib
 *           Profiles. That of the connection may set dhcp-client-id=. A profile that NetworkManager made up
 *           by itself is in none of these folders.
 *   NetworkManager.conf and conf.d/
 *           May set ipv4.dhcp-client-id= for profiles that do not.
 *
 * Without a setting its own client sends the hardware type and address ("mac", since version 1.16) that the
 * link had then. Identifiers that are made of secrets of the machine ("duid", "stable") are not computed
 * here. Then nothing is taken over, because an identifier of our own is better than one that nobody ever
 * used.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "import/other-files.h"
#include "import/other-identity-internal.h"

#define STATE_FOLDER "/var/lib/NetworkManager"
#define UUID_LEN     36u
#define KEY_DEFAULT  "ipv4.dhcp-client-id"

static const char *const profile_folders[] = {
        "/etc/NetworkManager/system-connections",
        "/run/NetworkManager/system-connections",
        "/usr/lib/NetworkManager/system-connections",
};
static const char *const config_folders[] = {
        "/etc/NetworkManager/conf.d",
        "/run/NetworkManager/conf.d",
        "/usr/lib/NetworkManager/conf.d",
};

static bool is_uuid(const char *text) {
        for (size_t i = 0; i < UUID_LEN; i++) {
                const bool dash = i == 8 || i == 13 || i == 18 || i == 23;

                if (dash ? text[i] != '-' : !g_ascii_isxdigit(text[i]))
                        return false;
        }
        return true;
}

const char *other_nm_parse_lease_name(const char *name, const char *ifname, char ret_uuid[37]) {
        static const char *const kinds[] = { "internal", "dhclient" };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                g_autofree char *end = g_strdup_printf("-%s.lease", ifname);
                const size_t n = strlen(kinds[i]);

                if (strncmp(name, kinds[i], n) != 0 || name[n] != '-' || !is_uuid(name + n + 1) ||
                    strcmp(name + n + 1 + UUID_LEN, end) != 0)
                        continue;
                memcpy(ret_uuid, name + n + 1, UUID_LEN);
                ret_uuid[UUID_LEN] = '\0';
                return kinds[i];
        }
        return NULL;
}

/* dhcp-client-id=: a word, an identifier "ff:1:2", or else a text. */
static OtherSetting parse_client_id(const char *value, const HwAddress *address, OtherIdentity *ret) {
        static const char *const made_up[] = { "perm-mac", "duid", "ipv6-duid", "stable", "none", NULL };
        uint8_t id[CLIENT_ID_MAX];
        size_t len;

        if (value[0] == '\0')
                return OTHER_UNSET;
        if (g_strv_contains(made_up, value))
                return OTHER_UNSURE;
        if (strcmp(value, "mac") == 0)
                return other_identity_set_mac(ret, address) ? OTHER_SET : OTHER_UNSURE;
        len = strchr(value, ':') ? other_parse_colons(value, '\0', id, sizeof(id)) : 0;
        if (len == 0 && strlen(value) < CLIENT_ID_MAX) {
                /* RFC 2132 §9.14: type 0 is no hardware address. */
                id[0] = 0;
                memcpy(id + 1, value, strlen(value));
                len = 1 + strlen(value);
        }
        return other_identity_set(ret, id, len, address) ? OTHER_SET : OTHER_UNSURE;
}

/* Returns true if a profile or a default changes the hardware address of the link. */
static bool clones_address(const char *value) {
        return value && value[0] != '\0' && strcmp(value, "preserve") != 0 &&
                strcmp(value, "permanent") != 0;
}

bool other_nm_parse_profile(const char *text, const char *uuid, const HwAddress *address,
                            OtherSetting *ret_setting, OtherIdentity *ret) {
        static const char *const kinds[] = { "ethernet", "802-3-ethernet", "wifi", "802-11-wireless" };
        g_autoptr(GKeyFile) keys = g_key_file_new();
        g_autofree char *its_uuid = NULL, *client_id = NULL;
        OtherSetting setting = OTHER_UNSET;

        if (!g_key_file_load_from_data(keys, text, strlen(text), G_KEY_FILE_NONE, NULL))
                return false;
        its_uuid = g_key_file_get_string(keys, "connection", "uuid", NULL);
        if (!its_uuid || g_ascii_strcasecmp(its_uuid, uuid) != 0)
                return false;
        client_id = g_key_file_get_string(keys, "ipv4", "dhcp-client-id", NULL);
        if (client_id)
                setting = parse_client_id(client_id, address, ret);
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                g_autofree char *value = g_key_file_get_string(keys, kinds[i], "cloned-mac-address", NULL);

                if (clones_address(value) && (!client_id || strcmp(client_id, "mac") == 0))
                        setting = OTHER_UNSURE;
        }
        *ret_setting = setting;
        return true;
}

OtherSetting other_nm_parse_config(const char *text, const HwAddress *address, OtherIdentity *ret) {
        static const char *const cloning[] = { "ethernet.cloned-mac-address", "wifi.cloned-mac-address" };
        g_autoptr(GKeyFile) keys = g_key_file_new();
        g_auto(GStrv) groups = NULL;
        OtherSetting setting = OTHER_UNSET;

        /* It is not known how NetworkManager reads such a file. */
        if (!g_key_file_load_from_data(keys, text, strlen(text), G_KEY_FILE_NONE, NULL))
                return OTHER_UNSURE;
        groups = g_key_file_get_groups(keys, NULL);
        for (char **group = groups; *group; group++) {
                g_autofree char *value = NULL;

                if (!g_str_has_prefix(*group, "connection"))
                        continue;
                for (size_t i = 0; i < ARRAY_SIZE(cloning); i++) {
                        g_autofree char *cloned = g_key_file_get_string(keys, *group, cloning[i], NULL);

                        if (clones_address(cloned))
                                return OTHER_UNSURE;
                }
                value = g_key_file_get_string(keys, *group, KEY_DEFAULT, NULL);
                if (!value)
                        continue;
                /*
                 * Sections have an order and may have conditions. Only a single section without conditions
                 * is understood.
                 */
                if (setting != OTHER_UNSET || g_key_file_has_key(keys, *group, "match-device", NULL))
                        return OTHER_UNSURE;
                setting = parse_client_id(value, address, ret);
        }
        return setting;
}

static OtherSetting read_profile(const OtherLink *link, const char *uuid, OtherIdentity *ret) {
        for (size_t i = 0; i < ARRAY_SIZE(profile_folders); i++) {
                g_auto(GStrv) names = NULL;
                const int r = other_file_list(link->root, profile_folders[i], &names);

                if (r < 0 && r != -ENOENT)
                        return OTHER_UNSURE;
                for (char **name = names; name && *name; name++) {
                        g_autofree char *path = g_build_filename(profile_folders[i], *name, NULL);
                        _cleanup_(other_file_clear) OtherFile file = {};
                        OtherSetting setting;

                        if (other_file_read_text(link->root, path, &file) &&
                            other_nm_parse_profile(file.data, uuid, link->address, &setting, ret))
                                return setting;
                }
        }
        return OTHER_UNSET;
}

/* Adds one more configuration file. If two files set the identifier, it is not known which one counts. */
static void add_config(const OtherLink *link, const char *path, OtherSetting *setting, OtherIdentity *ret) {
        _cleanup_(other_file_clear) OtherFile file = {};
        OtherSetting one;

        if (!other_file_read_text(link->root, path, &file))
                return;
        one = other_nm_parse_config(file.data, link->address, ret);
        if (one != OTHER_UNSET)
                *setting = *setting == OTHER_UNSET ? one : OTHER_UNSURE;
}

static OtherSetting read_config(const OtherLink *link, OtherIdentity *ret) {
        OtherSetting setting = OTHER_UNSET;

        add_config(link, "/etc/NetworkManager/NetworkManager.conf", &setting, ret);
        for (size_t i = 0; i < ARRAY_SIZE(config_folders); i++) {
                g_auto(GStrv) names = NULL;
                const int r = other_file_list(link->root, config_folders[i], &names);

                if (r < 0 && r != -ENOENT)
                        return OTHER_UNSURE;
                for (char **name = names; name && *name; name++) {
                        g_autofree char *path = g_build_filename(config_folders[i], *name, NULL);

                        if (g_str_has_suffix(*name, ".conf"))
                                add_config(link, path, &setting, ret);
                }
        }
        return setting;
}

static bool find_internal(const OtherLink *link, const char *uuid, OtherIdentity *ret) {
        OtherSetting setting = read_profile(link, uuid, ret);

        if (setting == OTHER_UNSET)
                setting = read_config(link, ret);
        switch (setting) {
        case OTHER_SET:
                return true;
        case OTHER_UNSURE:
                return false;
        case OTHER_UNSET:
                return other_identity_set_mac(ret, link->address);
        }
        g_assert_not_reached();
}

/* dhclient sends what NetworkManager wrote into its configuration. What a server repeated is the same. */
static bool find_dhclient(const OtherLink *link, const char *lease, OtherIdentity *ret) {
        static const char statement[] = "send dhcp-client-identifier ";
        g_autofree char *path = g_strdup_printf(STATE_FOLDER "/dhclient-%s.conf", link->ifname);
        _cleanup_(other_file_clear) OtherFile file = {};
        g_auto(GStrv) lines = NULL;

        if (other_dhclient_parse(lease, link->ifname, link->address, ret))
                return true;
        if (!other_file_read_text(link->root, path, &file))
                return false;
        lines = g_strsplit(file.data, "\n", -1);
        for (char **line = lines; *line; line++) {
                uint8_t id[CLIENT_ID_MAX];
                size_t len;

                if (!g_str_has_prefix(*line, statement))
                        continue;
                len = other_parse_colons(*line + strlen(statement), ';', id, sizeof(id));
                return other_identity_set(ret, id, len, link->address);
        }
        return false;
}

/* The connection that was in force last on this index, in this boot; NULL: not known. */
static char *find_connection(const OtherLink *link) {
        g_autofree char *path = g_strdup_printf("/run/NetworkManager/devices/%d", link->ifindex);
        g_autoptr(GKeyFile) keys = g_key_file_new();
        _cleanup_(other_file_clear) OtherFile file = {};

        if (!other_file_read_text(link->root, path, &file) ||
            !g_key_file_load_from_data(keys, file.data, file.len, G_KEY_FILE_NONE, NULL))
                return NULL;
        return g_key_file_get_string(keys, "device", "connection-uuid", NULL);
}

bool other_nm_find(const OtherLink *link, OtherIdentity *ret) {
        g_autofree char *connection = find_connection(link);
        _cleanup_(other_file_clear) OtherFile best = {};
        char best_uuid[UUID_LEN + 1] = "";
        g_auto(GStrv) names = NULL;
        const char *best_kind = NULL;
        bool best_named = false;

        if (other_file_list(link->root, STATE_FOLDER, &names) < 0)
                return false;
        for (char **name = names; *name; name++) {
                g_autofree char *path = g_build_filename(STATE_FOLDER, *name, NULL);
                _cleanup_(other_file_clear) OtherFile file = {};
                char uuid[UUID_LEN + 1];
                const char *kind = other_nm_parse_lease_name(*name, link->ifname, uuid);
                bool named;

                if (!kind || !other_file_read_text(link->root, path, &file))
                        continue;
                named = connection && g_ascii_strcasecmp(uuid, connection) == 0;
                if (best_kind &&
                    (named != best_named ? best_named : file.modified_nsec <= best.modified_nsec))
                        continue;
                other_file_clear(&best);
                best = file;
                file.data = NULL;
                memcpy(best_uuid, uuid, sizeof(uuid));
                best_kind = kind;
                best_named = named;
        }
        if (!best_kind)
                return false;
        ret->modified_nsec = best.modified_nsec;
        return best_kind[0] == 'i' ? find_internal(link, best_uuid, ret)
                                   : find_dhclient(link, best.data, ret);
}
