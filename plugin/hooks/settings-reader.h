/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What hooks are told of the settings of a link, out of the D-Bus property Settings of org.dhcpdlink1.Link.
 * Reads messages and owns nothing.
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

/* Reads the variant that has the property's value. Negative errno; then *ret is as it was. */
int hook_settings_read(sd_bus_message *m, HookSettings *ret);
