/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of an option with structure: domain names (119) and routes (33, 121, 249). The first byte
 * chooses the option. The decoders read completely what the check accepts, and nothing that it refuses.
 */
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "tests/fuzz/fuzz.h"
#include "wire/dhcp4-message.h"
#include "wire/dhcp4-options.h"

static void check_name(const char *name) {
        size_t label = 0;

        assert(strlen(name) > 0 && strlen(name) < DHCP4_DOMAIN_MAX);
        for (const char *c = name; *c; c++)
                if (*c == '.') {
                        assert(label > 0);
                        label = 0;
                } else {
                        assert((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                               (*c >= '0' && *c <= '9') || *c == '-' || *c == '_');
                        assert(++label <= 63);
                }
        assert(label > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const uint8_t codes[] = { 119, 121, 249, 33 };
        static const Dhcp4Header header = { .op = 2, .htype = 1, .hlen = 6 };
        uint8_t buffer[DHCP4_MESSAGE_MAX_LEN], code;
        Dhcp4Route routes[DHCP4_MESSAGE_MAX_LEN / 5];
        char name[DHCP4_DOMAIN_MAX];
        size_t len, iter = 0, before = 0, n;
        const char *reason;
        Dhcp4Builder b;
        Dhcp4Message m;
        int r;

        if (size < 1)
                return 0;
        code = codes[data[0] % ARRAY_SIZE(codes)];
        data++;
        size--;
        reason = dhcp4_option_check(code, data, size);

        dhcp4_builder_init(&b, buffer, sizeof(buffer), &header, DHCP4_ACK);
        dhcp4_builder_append(&b, code, data, size);
        if (dhcp4_builder_finish(&b, &len) != 0)
                return 0; /* larger than any message */
        r = dhcp4_message_parse(buffer, len, &m);
        assert(r == 0);
        assert(dhcp4_message_has(&m, code) == !reason);

        n = dhcp4_message_get_routes(&m, code, routes, ARRAY_SIZE(routes));
        if (reason || code == 119)
                assert(n == 0);
        else if (code == 33)
                assert(n <= size / 8);
        else {
                size_t on_wire = 0;

                for (size_t i = 0; i < n; i++)
                        on_wire += 1u + (routes[i].prefix_len + 7u) / 8u + 4u;
                assert(on_wire == size);
        }

        if (code != 119)
                return 0;
        while (dhcp4_message_next_domain(&m, code, &iter, name)) {
                assert(!reason && iter > before && iter <= size);
                before = iter;
                check_name(name);
        }
        assert(reason || iter == size);
        return 0;
}
