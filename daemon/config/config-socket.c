/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DSCP=, SocketPriority= and SocketMark=: how the network and this host treat the packets that we send. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "config/config-internal.h"

#define DSCP_MAX 63u /* held by config_parse_dscp() */
/* the kernel takes it as an int; held by config_parse_socket_priority() */
#define PRIORITY_MAX 2147483647u

/* "CS6", "AF41", "EF" (RFC 2474, RFC 2597, RFC 3246). */
static bool dscp_by_name(const char *value, uint8_t *ret) {
        const size_t len = strlen(value);

        if (strcmp(value, "EF") == 0) {
                *ret = 46;
                return true;
        }
        if (len == 3 && strncmp(value, "CS", 2) == 0 && value[2] >= '0' && value[2] <= '7') {
                *ret = (uint8_t) ((value[2] - '0') * 8);
                return true;
        }
        if (len == 4 && strncmp(value, "AF", 2) == 0 && value[2] >= '1' && value[2] <= '4' &&
            value[3] >= '1' && value[3] <= '3') {
                *ret = (uint8_t) ((value[2] - '0') * 8 + (value[3] - '0') * 2);
                return true;
        }
        return false;
}

const char *config_parse_dscp(const ConfigTarget *target, const char *value) {
        uint8_t dscp = config_link_built_in()->dscp;
        uint32_t number;

        if (value[0] != '\0' && !dscp_by_name(value, &dscp)) {
                if (!config_value_u32(value, DSCP_MAX, &number))
                        return "neither a number from 0 to 63 nor CS0 to CS7, AF11 to AF43 or EF";
                dscp = (uint8_t) number;
        }
        target->link->dscp = dscp;
        return NULL;
}

const char *config_parse_socket_priority(const ConfigTarget *target, const char *value) {
        uint32_t priority = CONFIG_SOCKET_PRIORITY_DEFAULT;

        if (value[0] != '\0' && !config_value_u32(value, PRIORITY_MAX, &priority))
                return "not a number from 0 to 2147483647";
        target->config->socket_priority = priority;
        return NULL;
}

/* Marks are often written as they are in rules of the firewall: 0x and at most eight digits. */
static bool parse_mark(const char *value, uint32_t *ret) {
        const char *digits = value + 2;
        const size_t len = strlen(value);

        if (len < 2 || value[0] != '0' || value[1] != 'x')
                return config_value_u32(value, UINT32_MAX, ret);
        if (len < 3 || len > 10 || strspn(digits, "0123456789abcdefABCDEF") != len - 2)
                return false;
        *ret = (uint32_t) strtoul(digits, NULL, 16);
        return true;
}

const char *config_parse_socket_mark(const ConfigTarget *target, const char *value) {
        uint32_t mark = 0;

        if (value[0] != '\0' && !parse_mark(value, &mark))
                return "neither a number from 0 to 4294967295 nor 0x and one to eight hexadecimal digits";
        target->config->socket_mark = mark;
        return NULL;
}
