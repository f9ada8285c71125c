/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Decides who may make us renew: checks a FORCERENEW (RFC 3203) with the nonce that the server gave us in
 * an ACK (RFC 6704). Pure; the caller provides the digest as a function.
 *
 * Option 90 (RFC 3118 §2) has protocol 3, algorithm 1, RDM 0, a counter that only grows, a type and 16
 * bytes. With type 1, in an ACK, these bytes are the nonce. With type 2, in a FORCERENEW, they are the
 * HMAC-MD5 of the whole message, with the nonce as its key.
 *
 * The nonce is removed from the ACK that is stored, because D-Bus shows that ACK to everybody. Only the
 * daemon can read the record of a lease with a nonce.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dhcp4-message.h"

#define DHCP4_NONCE_LEN 16u /* bytes */

/* What a FORCERENEW is checked with. */
typedef struct Dhcp4Nonce {
        bool valid; /* false: there is no nonce, and every FORCERENEW is ignored */
        uint8_t bytes[DHCP4_NONCE_LEN];
        uint64_t replay; /* the counter that was seen last; the next one must be greater */
} Dhcp4Nonce;

/*
 * Computes HMAC-MD5 (RFC 2104). The result depends on the arguments alone. The caller provides this
 * function, because the core has no digests of its own.
 */
typedef void (*Dhcp4HmacMd5)(const uint8_t key[DHCP4_NONCE_LEN], const uint8_t *data, size_t len,
                             uint8_t ret[DHCP4_NONCE_LEN]);

/*
 * Moves the nonce of the ACK in @data to *ret: the bytes in @data become zeros, because the nonce is a
 * secret and the ACK is shown to everybody. If there is no nonce, *ret is invalid and @data does not
 * change.
 */
void dhcp4_nonce_take(uint8_t *data, size_t len, Dhcp4Nonce *ret);

/*
 * Returns true if @data, a FORCERENEW as received, was signed with @nonce and its counter is greater than
 * all before. Then @nonce stores that counter.
 */
bool dhcp4_nonce_check(Dhcp4Nonce *nonce, Dhcp4HmacMd5 hmac_md5, const uint8_t *data, size_t len);
