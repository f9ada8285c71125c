/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client FQDN option (dhcp4-fqdn.h): RFC 4702 §2, RFC 1035 §3.1. Pure.
 */
#include "wire/dhcp4-fqdn.h"

#include <string.h>

#include "base/bytes.h"

#define LABEL_MAX 63u /* bytes, RFC 1035 §2.3.4; held by dhcp4_fqdn_encode() */
/* bytes of a name with lengths and root, RFC 1035 §2.3.4; held by dhcp4_fqdn_encode() */
#define ENCODED_MAX 255u

size_t dhcp4_fqdn_encode(uint8_t flags, const char *name, uint8_t *ret, size_t size) {
        ByteWriter w = byte_writer(ret, size);
        /* the root counts even if it is not sent, because a partial name will be completed */
        size_t total = 1;
        bool dots = false;

        flags &= DHCP4_FQDN_S | DHCP4_FQDN_N;
        if (flags & DHCP4_FQDN_N)
                flags = DHCP4_FQDN_N;
        byte_writer_u8(&w, (uint8_t) (flags | DHCP4_FQDN_E));
        byte_writer_zero(&w, 2);

        while (*name != '\0') {
                const char *dot = strchr(name, '.');
                const size_t n = dot ? (size_t) (dot - name) : strlen(name);

                total += 1 + n;
                if (n == 0 || n > LABEL_MAX || total > ENCODED_MAX)
                        return 0;
                for (size_t i = 0; i < n; i++)
                        if (!dhcp4_is_name_byte((uint8_t) name[i]))
                                return 0;
                byte_writer_u8(&w, (uint8_t) n);
                byte_writer_put(&w, name, n);
                dots = dots || dot;
                name += n + (dot ? 1 : 0);
        }
        if (dots)
                byte_writer_u8(&w, 0);
        return w.failed ? 0 : w.pos;
}

/*
 * Reads labels up to the root or, in a partial name, to the end. Compression pointers are malformed: there
 * is nothing that they could point at (RFC 4702 §2.3).
 */
static const char *decode_labels(ByteReader *r, Dhcp4Fqdn *fqdn) {
        size_t n = 0;

        while (byte_reader_left(r) > 0) {
                const uint8_t count = byte_reader_u8(r);
                const uint8_t *label;

                if (count == 0) {
                        fqdn->qualified = true;
                        break;
                }
                label = byte_reader_take(r, count);
                if (!label || count > LABEL_MAX || n + (n > 0) + count >= sizeof(fqdn->name))
                        return "the name is malformed";
                if (n > 0)
                        fqdn->name[n++] = '.';
                for (uint8_t i = 0; i < count; i++) {
                        if (!dhcp4_is_name_byte(label[i]))
                                return "the name has a byte no host name has";
                        fqdn->name[n++] = (char) label[i];
                }
        }
        return byte_reader_left(r) > 0 ? "bytes follow the name" : NULL;
}

static const char *decode_ascii(ByteReader *r, Dhcp4Fqdn *fqdn) {
        size_t len = byte_reader_left(r);
        const uint8_t *text = byte_reader_take(r, len);

        while (len > 0 && text[len - 1] == '\0')
                len--;
        if (len > 0 && text[len - 1] == '.') {
                fqdn->qualified = true;
                len--;
        }
        if (len >= sizeof(fqdn->name))
                return "the name is too long";
        for (size_t i = 0; i < len; i++) {
                if (text[i] == '.' ? i == 0 || i + 1 == len || text[i - 1] == '.'
                                   : !dhcp4_is_name_byte(text[i]))
                        return "the name has a byte no host name has";
                fqdn->name[i] = (char) text[i];
        }
        return NULL;
}

const char *dhcp4_fqdn_decode(const uint8_t *data, size_t len, Dhcp4Fqdn *ret) {
        ByteReader r = byte_reader(data, len);
        Dhcp4Fqdn fqdn = {};
        const char *reason;

        fqdn.flags = byte_reader_u8(&r);
        fqdn.rcode1 = byte_reader_u8(&r);
        fqdn.rcode2 = byte_reader_u8(&r);
        if (r.failed)
                return "too short";
        reason = fqdn.flags & DHCP4_FQDN_E ? decode_labels(&r, &fqdn) : decode_ascii(&r, &fqdn);
        if (!reason)
                *ret = fqdn;
        return reason;
}
