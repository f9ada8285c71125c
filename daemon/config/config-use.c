/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys that say what to do with two options of a server: the MTU (option 26), and "this network needs no
 * IPv4" (option 108, RFC 8925).
 */
#include <glib.h>
#include <string.h>

#include "config/config-internal.h"

#define CLAT_INTERFACES_MAX 64u /* patterns; held by config_parse_clat_interface() */
/* bytes; "[a-z]*" and the like are longer than what they match; held by config_parse_clat_interface() */
#define CLAT_PATTERN_MAX 255u

/*
 * The names that clatd, Android (one for each link) and OpenWrt (one for each network) give to these
 * devices.
 */
#define CLAT_INTERFACES_DEFAULT "clat* v4-* 464-*"

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

const char *config_parse_ipv6_only(const ConfigTarget *target, const char *value) {
        ConfigIpv6Only *mode = &target->link->ipv6_only;
        bool yes;

        if (value[0] == '\0' || strcmp(value, "auto") == 0)
                *mode = CONFIG_IPV6_ONLY_AUTO;
        else if (!config_set_bool(value, false, &yes))
                *mode = yes ? CONFIG_IPV6_ONLY_YES : CONFIG_IPV6_ONLY_NO;
        else
                return "none of no, yes, auto";
        return NULL;
}

const char *config_parse_clat_interface(const ConfigTarget *target, const char *value) {
        g_auto(GStrv) words = g_strsplit_set(value[0] == '\0' ? CLAT_INTERFACES_DEFAULT : value, " \t", -1);
        g_autoptr(GPtrArray) globs = g_ptr_array_new_with_free_func(g_free);
        bool positive = false;

        for (char **word = words; *word; word++) {
                if ((*word)[0] == '\0')
                        continue;
                if (strlen(*word) > CLAT_PATTERN_MAX || strcmp(*word, "!") == 0)
                        return "a pattern is empty or longer than 255 bytes";
                if (globs->len == CLAT_INTERFACES_MAX)
                        return "more than 64 patterns";
                positive = positive || (*word)[0] != '!';
                g_ptr_array_add(globs, g_strdup(*word));
        }
        /* A list of exceptions alone would match every other interface of the host. */
        if (!positive)
                return "no pattern that names an interface";
        g_clear_pointer(&target->config->clat_interfaces, g_ptr_array_unref);
        target->config->clat_interfaces = g_steal_pointer(&globs);
        return NULL;
}
