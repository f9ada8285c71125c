/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * For test-bus-*.c: a property as it was at the last look. Its digest must change when its value changes,
 * and must not when the value stays. JSON says what the value is: it is written from a message by code that
 * knows nothing of digests.
 */
#include <glib.h>

#include "dbus/json/json-message.h"
#include "dbus/server/bus-internal.h"

#define KEY ((const uint8_t *) "0123456789abcdef")

typedef struct Seen {
        char *text;      /* as JSON; NULL: there was no look yet */
        uint32_t digest; /* as much of it as the server remembers */
        unsigned n_changes;
} Seen;

static inline char *text_of(const BusProperty *property, const BusView *of) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        JsonWriter w = {};
        Values v;

        g_assert_cmpint(scratch_message_new(&m), >=, 0);
        values_into(&v, m);
        property->append(of, &v);
        g_assert_cmpint(v.r, >=, 0);
        g_assert_cmpint(scratch_message_seal(m), >=, 0);
        g_assert_cmpstr(sd_bus_message_get_signature(m, true), ==, property->signature);
        g_assert_cmpint(json_message(&w, m, property->name), >=, 0);
        return json_finish(&w);
}

static inline uint32_t digest_of(const BusProperty *property, const BusView *of) {
        Values v;

        values_digest(&v, KEY);
        property->append(of, &v);
        return (uint32_t) values_digest_end(&v);
}

/* Compares the property with the last look. Returns true if it has changed. */
static inline bool look(const BusProperty *property, const BusView *of, Seen *seen) {
        g_autofree char *text = text_of(property, of);
        const uint32_t digest = digest_of(property, of);
        const bool is_first = !seen->text, changed = !is_first && strcmp(text, seen->text) != 0;

        if (!is_first && changed != (digest != seen->digest))
                g_error("%s: %s -> %s", property->name, seen->text, text);
        g_free(seen->text);
        seen->text = g_steal_pointer(&text);
        seen->digest = digest;
        seen->n_changes += changed;
        return changed;
}

/* Every property must have changed some times, or its fields were not varied. */
static inline void end_looks(const BusProperty *properties, size_t n, Seen *seen) {
        for (size_t i = 0; i < n; i++) {
                if (seen[i].n_changes < 3)
                        g_error("%s changed %u times", properties[i].name, seen[i].n_changes);
                g_free(seen[i].text);
        }
        g_free(seen);
}
