/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What becomes of the MTU that a server says (option 26).
 */
#include <glib.h>
#include <string.h>

#include "state/config-internal.h"

const char *config_parse_use_mtu(const ConfigTarget *target, const char *value) {
        NetMtuUse *use = &target->link->net.use_mtu;
        bool yes;

        if (value[0] == '\0' || strcmp(value, "route") == 0)
                *use = NET_MTU_ROUTE;
        else if (strcmp(value, "link") == 0)
                *use = NET_MTU_LINK;
        /* It was a boolean once. */
        else if (!config_set_bool(value, false, &yes))
                *use = yes ? NET_MTU_ROUTE : NET_MTU_NO;
        else
                return "none of route, link, no";
        return NULL;
}

const char *config_parse_minimum_mtu(const ConfigTarget *target, const char *value) {
        uint32_t min = config_link_built_in()->net.mtu_min;

        if (value[0] != '\0' &&
            (!config_value_u32(value, UINT16_MAX, &min) || min < DHCP4_LEASE_MTU_MIN_MIN))
                return "not a number from 68 to 65535";
        target->link->net.mtu_min = (uint16_t) min;
        return NULL;
}
