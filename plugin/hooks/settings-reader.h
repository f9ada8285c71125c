/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Reads the settings of a link that hooks get, from the D-Bus property Settings of org.dhcpdlink1.Link. Owns
 * nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

typedef struct HookSettings {
        uint8_t requested[256]; /* codes of the parameter request list */
        size_t n_requested;
        bool has_metric;
        uint32_t metric; /* of the routes */
} HookSettings;

/*
 * Reads the variant with the property's value. Returns a negative errno on failure; *ret is then unchanged.
 */
int hook_settings_read(sd_bus_message *m, HookSettings *ret);
