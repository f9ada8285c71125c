/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the client tells of itself as configured: host name, classes. Parsers of their keys (config-keys.c has the table), and the
 * options that come of them, made ready once so that no link has to keep them (Dhcp4ClientConfig.send).
 */
#include <glib.h>
#include <string.h>

#include "state/config-internal.h"
#include "wire/dhcp4-protocol.h"

#define DNS_LABEL_MAX 63u /* bytes, RFC 1035 §2.3.4 */

/*
 * RFC 1035 §2.3.1 with digits in front allowed (RFC 1123 §2.1) and the underscore, which hosts are called by all the same: what a server may put
 * into its DNS.
 */
bool config_hostname_is_valid(const char *value) {
        char before = '.';
        size_t label = 0;

        if (value[0] == '\0' || strlen(value) > CONFIG_HOSTNAME_MAX)
                return false;
        for (const char *p = value; *p; before = *p++) {
                if (!g_ascii_isalnum(*p) && *p != '-' && *p != '.' && *p != '_')
                        return false;
                if ((before == '.' && (*p == '-' || *p == '.')) || (before == '-' && *p == '.'))
                        return false;
                label = *p == '.' ? 0 : label + 1;
                if (label > DNS_LABEL_MAX)
                        return false;
        }
        return before != '-' && before != '.';
}

const char *config_parse_hostname(const ConfigTarget *target, const char *value) {
        if (value[0] != '\0' && !config_hostname_is_valid(value))
                return "not a host name of at most 253 bytes with labels of at most 63";
        (void) g_strlcpy(target->link->hostname, value, sizeof(target->link->hostname));
        return NULL;
}

const char *config_parse_vendor_class(const ConfigTarget *target, const char *value) {
        if (strlen(value) > CONFIG_VENDOR_CLASS_MAX)
                return "longer than 255 bytes";
        (void) g_strlcpy(target->link->vendor_class, value, sizeof(target->link->vendor_class));
        return NULL;
}

/* False: no room left, nothing was added. */
static bool add_option(ConfigLink *link, uint8_t code, const void *data, size_t len) {
        if (len > UINT8_MAX || link->send_len + 2 + len > sizeof(link->send))
                return false;
        link->send[link->send_len] = code;
        link->send[link->send_len + 1] = (uint8_t) len;
        memcpy(link->send + link->send_len + 2, data, len);
        link->send_len = (uint16_t) (link->send_len + 2 + len);
        return true;
}

void config_link_seal(ConfigLink *link, const char *own_hostname) {
        /* SendHostname=yes without a Hostname= means the host's own. */
        if (!link->send_hostname)
                link->hostname[0] = '\0';
        else if (link->hostname[0] == '\0')
                (void) g_strlcpy(link->hostname, own_hostname, sizeof(link->hostname));

        link->send_len = 0;
        if (link->hostname[0] != '\0')
                (void) add_option(link, DHCP4_OPTION_HOSTNAME, link->hostname, strlen(link->hostname));
        if (link->vendor_class[0] != '\0')
                (void) add_option(link, DHCP4_OPTION_VENDOR_CLASS, link->vendor_class,
                                  strlen(link->vendor_class));
}
