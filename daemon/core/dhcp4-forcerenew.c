/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The nonce of an ACK and the digest of a FORCERENEW (dhcp4-forcerenew.h): RFC 6704 §3.1, RFC 3118 §2. Pure.
 *
 * The digest covers the message as received, so option 90 is searched in the bytes and not in the parsed
 * message. It must be there once, in one piece, in the options field.
 */
#include "core/dhcp4-forcerenew.h"

#include <string.h>

#include "base/bytes.h"

#define PROTOCOL_NONCE     3u /* RFC 6704 §3.1.2 */
#define ALGORITHM_HMAC_MD5 1u /* RFC 6704 §3.1.2 */
#define RDM_COUNTER        0u /* RFC 3118 §2 */

#define CONTENT_LEN (1u + 1u + 1u + 8u + 1u + DHCP4_NONCE_LEN) /* bytes of option 90 */

/*
 * Offsets of the fields that a relay changes (RFC 2131 §2). The digest is made with zeros there (RFC 3118
 * §2).
 */
#define OFFSET_HOPS   3u
#define OFFSET_GIADDR 24u

typedef enum Content {
        CONTENT_NONCE = 1,
        CONTENT_DIGEST = 2,
} Content;

/*
 * Finds option 90 whose type is @content. Returns the offset of its 16 bytes in @data, or 0 if there is no
 * such option or it is not as it must be.
 */
static size_t find(const uint8_t *data, size_t len, Content content, uint64_t *ret_replay) {
        ByteReader r = byte_reader(data, len);
        size_t found = 0;

        (void) byte_reader_take(&r, DHCP4_MESSAGE_FIXED_LEN);
        while (!r.failed && byte_reader_left(&r) > 0) {
                const uint8_t code = byte_reader_u8(&r);
                ByteReader option;
                uint64_t high, low;
                uint8_t n;

                if (code == DHCP4_OPTION_PAD)
                        continue;
                if (code == DHCP4_OPTION_END)
                        break;
                n = byte_reader_u8(&r);
                if (code != DHCP4_OPTION_AUTHENTICATION) {
                        (void) byte_reader_take(&r, n);
                        continue;
                }
                if (found > 0 || n != CONTENT_LEN || byte_reader_left(&r) < n)
                        return 0;
                option = byte_reader(byte_reader_take(&r, n), n);
                if (byte_reader_u8(&option) != PROTOCOL_NONCE ||
                    byte_reader_u8(&option) != ALGORITHM_HMAC_MD5 || byte_reader_u8(&option) != RDM_COUNTER)
                        return 0;
                high = byte_reader_u32(&option);
                low = byte_reader_u32(&option);
                *ret_replay = high << 32 | low;
                if (byte_reader_u8(&option) != content)
                        return 0;
                found = len - byte_reader_left(&r) - DHCP4_NONCE_LEN;
        }
        return found;
}

static bool is_zero(const uint8_t bytes[DHCP4_NONCE_LEN]) {
        static const uint8_t zero[DHCP4_NONCE_LEN];

        return memcmp(bytes, zero, sizeof(zero)) == 0;
}

void dhcp4_nonce_take(uint8_t *data, size_t len, Dhcp4Nonce *ret) {
        uint64_t replay;
        size_t at;

        *ret = (Dhcp4Nonce){};
        at = find(data, len, CONTENT_NONCE, &replay);
        /* Zeros are left behind where a nonce was taken before. */
        if (at == 0 || is_zero(data + at))
                return;
        ret->valid = true;
        ret->replay = replay;
        memcpy(ret->bytes, data + at, sizeof(ret->bytes));
        memset(data + at, 0, sizeof(ret->bytes));
}

/* Always compares all bytes, so that the time it takes tells nothing about the digest. */
static bool equal(const uint8_t *a, const uint8_t *b, size_t n) {
        uint8_t difference = 0;

        for (size_t i = 0; i < n; i++)
                difference |= a[i] ^ b[i];
        return difference == 0;
}

bool dhcp4_nonce_check(Dhcp4Nonce *nonce, Dhcp4HmacMd5 hmac_md5, const uint8_t *data, size_t len) {
        uint8_t copy[DHCP4_MESSAGE_MAX_LEN], digest[DHCP4_NONCE_LEN];
        uint64_t replay;
        size_t at;

        if (!nonce->valid || !hmac_md5 || len < DHCP4_MESSAGE_FIXED_LEN || len > sizeof(copy))
                return false;
        at = find(data, len, CONTENT_DIGEST, &replay);
        if (at == 0 || replay <= nonce->replay)
                return false;

        memcpy(copy, data, len);
        copy[OFFSET_HOPS] = 0;
        memset(copy + OFFSET_GIADDR, 0, 4);
        memset(copy + at, 0, sizeof(digest));
        hmac_md5(nonce->bytes, copy, len, digest);
        if (!equal(digest, data + at, sizeof(digest)))
                return false;
        nonce->replay = replay;
        return true;
}
