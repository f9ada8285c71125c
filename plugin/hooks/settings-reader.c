/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads settings from D-Bus (contract: plugin/hooks/settings-reader.h).
 */
#include "plugin/hooks/settings-reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "wire/dhcp4-options.h"

/*
 * Returns the code of an option by its name, or by its number if it has no name. Returns 0 if @word is
 * neither.
 */
static uint8_t option_code(const char *word) {
        for (unsigned code = 1; code < 255; code++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info((uint8_t) code);

                if (info ? strcmp(info->name, word) == 0 : strtoul(word, NULL, 10) == code)
                        return (uint8_t) code;
        }
        return 0;
}

static int read_requested(sd_bus_message *m, HookSettings *settings) {
        const char *word;
        int r;

        r = sd_bus_message_enter_container(m, 'v', "as");
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read_basic(m, 's', &word)) > 0) {
                const uint8_t code = option_code(word);

                if (code > 0 && settings->n_requested < ARRAY_SIZE(settings->requested))
                        settings->requested[settings->n_requested++] = code;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r;
}

static int read_value(sd_bus_message *m, const char *key, HookSettings *settings) {
        int r;

        if (strcmp(key, "DHCPv4.RequestOptions") == 0)
                return read_requested(m, settings);
        if (strcmp(key, "DHCPv4.RouteMetric") == 0) {
                r = sd_bus_message_read(m, "v", "u", &settings->metric);
                settings->has_metric = r >= 0;
                return r;
        }
        return sd_bus_message_skip(m, "v");
}

int hook_settings_read(sd_bus_message *m, HookSettings *ret) {
        HookSettings settings = {};
        int r;

        r = sd_bus_message_enter_container(m, 'v', "a{sv}");
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *key;

                r = sd_bus_message_read_basic(m, 's', &key);
                if (r >= 0)
                        r = read_value(m, key, &settings);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        *ret = settings;
        return 0;
}
