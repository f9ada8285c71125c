/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Who may make us renew: FORCERENEW (RFC 3203) with the nonce that the server gave us in an ACK (RFC 6704).
 * Pure; the digest is a function that the caller brings.
 *
 * Option 90 (RFC 3118 §2): protocol 3, algorithm 1, RDM 0, a counter that only grows, then a type and 16
 * bytes: the nonce (type 1, in an ACK), or the HMAC-MD5 of the whole message under it (type 2, in a
 * FORCERENEW).
 *
 * The nonce is cut out of the ACK that is kept, because D-Bus shows that to everybody. The record of a lease
 * with a nonce is readable by the daemon alone.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dhcp4-message.h"

#define DHCP4_NONCE_LEN 16u /* bytes */

/* What there is to check a FORCERENEW with. */
typedef struct Dhcp4Nonce {
        bool valid; /* false: none, and whoever asks us to renew is ignored */
        uint8_t bytes[DHCP4_NONCE_LEN];
        uint64_t replay; /* the counter as seen last; the next must be greater */
} Dhcp4Nonce;

/* HMAC-MD5 (RFC 2104), a function of its arguments. The core has no digests of its own. */
typedef void (*Dhcp4HmacMd5)(const uint8_t key[DHCP4_NONCE_LEN], const uint8_t *data, size_t len,
                             uint8_t ret[DHCP4_NONCE_LEN]);

/*
 * Takes the nonce of an ACK into *ret and overwrites it in @data with zeros: it is a secret, and the answer
 * is shown to everybody. An answer without one leaves *ret invalid and @data alone.
 */
void dhcp4_nonce_take(uint8_t *data, size_t len, Dhcp4Nonce *ret);

/*
 * Does @data, a FORCERENEW as received, come from who gave us @nonce, and later than anything before? Then
 * @nonce remembers its counter.
 */
bool dhcp4_nonce_check(Dhcp4Nonce *nonce, Dhcp4HmacMd5 hmac_md5, const uint8_t *data, size_t len);
