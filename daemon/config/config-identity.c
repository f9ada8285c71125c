/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who the client is to servers: the keys about its identifier (RFC 2132 §9.14, RFC 4361) and about not being
 * known at all (RFC 7844). What needs the interface or the machine to be complete is completed in
 * manager/client-id.c.
 *
 * Anonymize=auto makes only wireless links anonymous, and only those whose hardware address is locally
 * administered. Bridges, veth links and virtual machines have such addresses for other reasons, and their
 * users want the host name in the DNS.
 */
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "config/config-internal.h"

const char *config_parse_client_identifier(const ConfigTarget *target, const char *value) {
        uint8_t id[sizeof(target->link->client.client_id)];
        size_t len;

        if (value[0] == '\0' || strcmp(value, "mac") == 0)
                target->link->client_identifier = CONFIG_CLIENT_IDENTIFIER_MAC;
        else if (strcmp(value, "duid") == 0)
                target->link->client_identifier = CONFIG_CLIENT_IDENTIFIER_DUID;
        else if (strcmp(value, "none") == 0)
                target->link->client_identifier = CONFIG_CLIENT_IDENTIFIER_NONE;
        else if (g_str_has_prefix(value, "hex:")) {
                /* RFC 2132 §9.14: its minimum length is 2. */
                if (!config_value_hex(value + strlen("hex:"), id, sizeof(id), &len) || len < 2)
                        return "not 2 to 255 bytes in hexadecimal digits";
                memcpy(target->link->client.client_id, id, len);
                target->link->client.client_id_len = (uint8_t) len;
                target->link->client_identifier = CONFIG_CLIENT_IDENTIFIER_HEX;
                return NULL;
        } else
                return "none of mac, duid, none, hex:...";
        target->link->client.client_id_len = 0;
        return NULL;
}

/* RFC 8415 §11: two bytes of type, then at least one. */
static bool parse_duid_bytes(const char *value, uint8_t ret[CONFIG_DUID_MAX], size_t *ret_len) {
        return config_value_hex(value, ret, CONFIG_DUID_MAX, ret_len) && *ret_len >= 3;
}

/* "en:NUMBER:DIGITS": DUID-EN, RFC 8415 §11.3. */
static bool parse_duid_en(const char *value, uint8_t ret[CONFIG_DUID_MAX], size_t *ret_len) {
        const char *colon = strchr(value, ':');
        g_autofree char *number = colon ? g_strndup(value, (gsize) (colon - value)) : NULL;
        uint32_t enterprise;

        if (!colon || !config_value_u32(number, UINT32_MAX, &enterprise) ||
            !config_value_hex(colon + 1, ret + 6, CONFIG_DUID_MAX - 6, ret_len))
                return false;
        ret[0] = 0;
        ret[1] = 2;
        for (unsigned i = 0; i < 4; i++)
                ret[2 + i] = (uint8_t) (enterprise >> (24 - 8 * i));
        *ret_len += 6;
        return true;
}

const char *config_parse_duid(const ConfigTarget *target, const char *value) {
        uint8_t bytes[CONFIG_DUID_MAX];
        size_t len = 0;

        if (value[0] == '\0' || strcmp(value, "uuid") == 0)
                target->link->duid = CONFIG_DUID_UUID;
        else if (strcmp(value, "link-layer") == 0)
                target->link->duid = CONFIG_DUID_LINK_LAYER;
        else if (strcmp(value, "link-layer-time") == 0)
                target->link->duid = CONFIG_DUID_LINK_LAYER_TIME;
        else if (g_str_has_prefix(value, "en:")) {
                if (!parse_duid_en(value + strlen("en:"), bytes, &len))
                        return "not en:NUMBER:DIGITS of at most 130 bytes";
                target->link->duid = CONFIG_DUID_BYTES;
        } else if (g_str_has_prefix(value, "hex:")) {
                if (!parse_duid_bytes(value + strlen("hex:"), bytes, &len))
                        return "not 3 to 130 bytes in hexadecimal digits";
                target->link->duid = CONFIG_DUID_BYTES;
        } else
                return "none of uuid, link-layer, link-layer-time, en:..., hex:...";
        if (len > 0)
                memcpy(target->link->duid_bytes, bytes, len);
        target->link->duid_len = (uint8_t) len;
        return NULL;
}

const char *config_parse_iaid(const ConfigTarget *target, const char *value) {
        uint32_t iaid = 0;

        if (value[0] != '\0' && !config_value_u32(value, UINT32_MAX, &iaid))
                return "not a number from 0 to 4294967295";
        target->link->iaid = iaid;
        target->link->iaid_set = value[0] != '\0';
        return NULL;
}

const char *config_parse_anonymize(const ConfigTarget *target, const char *value) {
        bool yes;

        if (value[0] == '\0' || strcmp(value, "auto") == 0) {
                target->link->anonymize = CONFIG_ANONYMIZE_AUTO;
                return NULL;
        }
        if (config_set_bool(value, false, &yes))
                return "none of auto, yes, no";
        target->link->anonymize = yes ? CONFIG_ANONYMIZE_YES : CONFIG_ANONYMIZE_NO;
        return NULL;
}
