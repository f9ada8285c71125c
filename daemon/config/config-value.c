/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values that several keys have in common: booleans, numbers, spans, bytes, addresses. Nothing here
 * depends on the locale.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "config/config-internal.h"
#include "wire/dhcp4-options.h"

static bool parse_bool(const char *value, bool *ret) {
        static const char *const words[2][4] = { { "no", "false", "off", "0" },
                                                 { "yes", "true", "on", "1" } };

        for (unsigned truth = 0; truth < 2; truth++)
                for (size_t i = 0; i < ARRAY_SIZE(words[truth]); i++)
                        if (g_ascii_strcasecmp(value, words[truth][i]) == 0) {
                                *ret = truth;
                                return true;
                        }
        return false;
}

bool config_value_u32(const char *value, uint32_t max, uint32_t *ret) {
        guint64 number;

        if (!g_ascii_string_to_unsigned(value, 10, 0, max, &number, NULL))
                return false;
        *ret = (uint32_t) number;
        return true;
}

/* "3", "3s", "250ms", "1min 30s", "2h", "1d", "infinity". */
bool config_value_span(const char *value, usec_t *ret) {
        static const struct {
                const char *name;
                usec_t usec;
        } units[] = {
                { "ms", USEC_PER_MSEC },      { "msec", USEC_PER_MSEC },     { "min", 60 * USEC_PER_SEC },
                { "h", 3600 * USEC_PER_SEC }, { "d", 86400 * USEC_PER_SEC }, { "s", USEC_PER_SEC },
                { "sec", USEC_PER_SEC },      { "", USEC_PER_SEC },
        };
        const char *p = value;
        usec_t total = 0;

        if (strcmp(value, "infinity") == 0) {
                *ret = USEC_INFINITY;
                return true;
        }
        do {
                usec_t number = 0, unit = 0;
                size_t len;

                if (!g_ascii_isdigit(*p))
                        return false;
                for (; g_ascii_isdigit(*p); p++) {
                        if (number > (USEC_INFINITY - 9) / 10)
                                return false;
                        number = number * 10 + (usec_t) (*p - '0');
                }
                while (*p == ' ')
                        p++;
                for (len = 0; g_ascii_isalpha(p[len]); len++)
                        ;
                for (size_t i = 0; i < ARRAY_SIZE(units) && unit == 0; i++)
                        if (strlen(units[i].name) == len && strncmp(units[i].name, p, len) == 0)
                                unit = units[i].usec;
                if (unit == 0 || number > (USEC_INFINITY - 1 - total) / unit)
                        return false;
                total += number * unit;
                p += len;
                while (*p == ' ')
                        p++;
        } while (*p != '\0');
        *ret = total;
        return true;
}

/* Two hexadecimal digits a byte, with or without colons between them. */
bool config_value_hex(const char *value, uint8_t *ret, size_t max, size_t *ret_len) {
        size_t n = 0;

        for (const char *p = value; *p; n++) {
                if (n > 0 && *p == ':')
                        p++;
                if (!g_ascii_isxdigit(p[0]) || !g_ascii_isxdigit(p[1]) || n == max)
                        return false;
                ret[n] = (uint8_t) (g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1]));
                p += 2;
        }
        *ret_len = n;
        return n > 0;
}

bool config_value_option(const char *word, uint8_t *ret) {
        uint32_t code;

        if (config_value_u32(word, DHCP4_OPTION_END - 1, &code) && code != DHCP4_OPTION_PAD) {
                *ret = (uint8_t) code;
                return true;
        }
        for (code = 1; code < DHCP4_OPTION_END; code++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info((uint8_t) code);

                if (info && strcmp(info->name, word) == 0) {
                        *ret = (uint8_t) code;
                        return true;
                }
        }
        return false;
}

bool config_value_address(const char *value, struct in_addr *ret) {
        return inet_pton(AF_INET, value, ret) == 1;
}

bool config_value_prefix(const char *value, struct in_addr *ret, uint8_t *ret_prefix_len) {
        const char *slash = strchr(value, '/');
        g_autofree char *address = slash ? g_strndup(value, (gsize) (slash - value)) : NULL;
        uint32_t prefix_len;

        if (!slash || !config_value_u32(slash + 1, 32, &prefix_len) || !config_value_address(address, ret))
                return false;
        *ret_prefix_len = (uint8_t) prefix_len;
        return true;
}

const ConfigLink *config_link_built_in(void) {
        static ConfigLink link;

        config_link_set_defaults(&link);
        return &link;
}

const char *config_set_bool(const char *value, bool fallback, bool *ret) {
        if (value[0] == '\0') {
                *ret = fallback;
                return NULL;
        }
        return parse_bool(value, ret) ? NULL : "not a boolean (yes or no)";
}
