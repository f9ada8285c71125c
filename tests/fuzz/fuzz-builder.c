/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sending side: a program of appends into a buffer of any size, beside a model that only adds up. It
 * fits exactly when the model says so, and what was built parses to what was put in.
 *
 *  offset  size  what
 *       0     1  message type (modulo 8, plus 1)
 *       1     2  size of the buffer (modulo 1600), big endian
 *       3     4  xid
 *       7   ...  appends: code, length (2 bytes, modulo 700), content
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "tests/fuzz/fuzz.h"
#include "wire/dhcp4-message.h"
#include "wire/dhcp4-options.h"

#define APPENDS_MAX 64u

typedef struct Append {
        uint8_t code;
        const uint8_t *data;
        size_t len;
} Append;

/*
 * Asserts that all that was appended under @code is there in this order. Of an option that is not joined,
 * its first piece is there.
 */
static void check_joined(const Dhcp4Message *m, const Append *appends, size_t n_appends, uint8_t code) {
        const uint8_t *got;
        size_t len, pos = 0;
        int r;

        r = dhcp4_message_get_raw(m, code, &got, &len);
        assert(r == 0);
        for (size_t i = 0; i < n_appends; i++) {
                if (appends[i].code != code)
                        continue;
                if (!dhcp4_option_joins(code)) {
                        const size_t piece = MIN(appends[i].len, (size_t) 255);

                        assert(len == piece && memcmp(got, appends[i].data, piece) == 0);
                        return;
                }
                assert(len - pos >= appends[i].len &&
                       memcmp(got + pos, appends[i].data, appends[i].len) == 0);
                pos += appends[i].len;
        }
        assert(pos == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        ByteReader r = byte_reader(data, size);
        const Dhcp4MessageType type = (Dhcp4MessageType) (byte_reader_u8(&r) % 8 + 1);
        const size_t buffer_size = byte_reader_u16(&r) % 1600u;
        const Dhcp4Header header = { .op = 1, .htype = 1, .hlen = 6, .xid = byte_reader_u32(&r) };
        size_t need = DHCP4_MESSAGE_FIXED_LEN + 3 + 1, n_appends = 0, len = 0;
        uint8_t *buffer = malloc(buffer_size + 1);
        Append appends[APPENDS_MAX];
        Dhcp4Builder b;
        Dhcp4Message m;
        int built;

        assert(buffer);
        buffer[buffer_size] = 0xee;
        dhcp4_builder_init(&b, buffer, buffer_size, &header, type);
        while (n_appends < APPENDS_MAX) {
                Append a = { .code = byte_reader_u8(&r), .len = byte_reader_u16(&r) % 700u };

                a.data = byte_reader_take(&r, a.len);
                if (r.failed)
                        break;
                if (a.code == DHCP4_OPTION_PAD || a.code == DHCP4_OPTION_END ||
                    a.code == DHCP4_OPTION_MESSAGE_TYPE)
                        continue;
                dhcp4_builder_append(&b, a.code, a.data, a.len);
                need += a.len + 2 * (a.len == 0 ? 1 : (a.len + 254) / 255);
                appends[n_appends++] = a;
        }
        need = MAX(need, (size_t) DHCP4_MESSAGE_MIN_LEN);
        built = dhcp4_builder_finish(&b, &len);
        assert(built == (need <= buffer_size ? 0 : DHCP4_MESSAGE_E_NO_SPACE));
        assert(buffer[buffer_size] == 0xee);
        if (built == 0) {
                assert(len == need);
                built = dhcp4_message_parse(buffer, len, &m);
                assert(built == (len <= DHCP4_MESSAGE_MAX_LEN ? 0 : DHCP4_MESSAGE_E_TOO_LONG));
                if (built == 0) {
                        assert(m.type == type && m.header.xid == header.xid);
                        for (size_t i = 0; i < n_appends; i++)
                                check_joined(&m, appends, n_appends, appends[i].code);
                }
        }
        free(buffer);
        return 0;
}
