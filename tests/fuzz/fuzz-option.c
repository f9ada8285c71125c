/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One option alone: the first byte is its code, the rest its content. Whatever it is, the check decides.
 * The rendering is JSON, or a line of text without anything that a terminal would obey. What is
 * well-formed is never shown as null.
 */
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/json/json-option.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json-check.h"
#include "wire/dhcp4-fqdn.h"
#include "wire/dhcp4-options.h"

static char *render(uint8_t code, const uint8_t *data, size_t len, bool text) {
        JsonWriter w = { .text = text };
        char *out;

        json_option(&w, code, data, len);
        out = json_finish(&w);
        assert(out);
        for (const char *c = out; *c; c++)
                assert(*c >= 0x20 && *c < 0x7f);
        return out;
}

static void check_fqdn(const uint8_t *data, size_t len) {
        uint8_t again[DHCP4_FQDN_ENCODED_MAX];
        Dhcp4Fqdn fqdn, same;
        size_t n;

        if (dhcp4_fqdn_decode(data, len, &fqdn))
                return;
        n = dhcp4_fqdn_encode(0, fqdn.name, again, sizeof(again));
        if (n == 0)
                return; /* in ASCII a label may be longer than 63 */
        assert(!dhcp4_fqdn_decode(again, n, &same));
        assert(strcmp(fqdn.name, same.name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *reason;
        char *json, *text;

        if (size < 1 || size > DHCP4_MESSAGE_MAX_LEN)
                return 0;
        reason = dhcp4_option_check(data[0], data + 1, size - 1);
        json = render(data[0], data + 1, size - 1, false);
        json_check(json, NULL);
        text = render(data[0], data + 1, size - 1, true);
        assert((strcmp(json, "null") == 0) == (reason != NULL));
        if (data[0] == DHCP4_OPTION_FQDN)
                check_fqdn(data + 1, size - 1);
        free(json);
        free(text);
        return 0;
}
