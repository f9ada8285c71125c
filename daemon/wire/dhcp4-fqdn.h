/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Encodes and decodes the client FQDN option, 81 (RFC 4702 §2), which says who shall update the DNS, and
 * for which name. Pure.
 *
 * offset  size  field
 *      0     1  flags    N E O S in the low four bits, the rest zero
 *      1     1  RCODE1   sent as 0, ignored when received, RFC 4702 §2.2
 *      2     1  RCODE2   the same
 *      3        name     labels of the DNS when E is set, else ASCII (deprecated, RFC 4702 §2.3.1)
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dhcp4-options.h"

/* RFC 4702 §2.1 */
#define DHCP4_FQDN_S 0x01u /* the server shall update the A record; in an answer: the server updates it */
#define DHCP4_FQDN_O 0x02u /* only in an answer: the server did otherwise than S asked for */
#define DHCP4_FQDN_E 0x04u /* the name is in labels */
#define DHCP4_FQDN_N 0x08u /* the server shall update nothing */

/* Bytes. More than 255 are sent in two pieces (dhcp4_builder_append()). */
#define DHCP4_FQDN_ENCODED_MAX (3u + 255u)

typedef struct Dhcp4Fqdn {
        uint8_t flags; /* as received */
        uint8_t rcode1, rcode2;
        bool qualified;              /* the name ended with the root: it is complete */
        char name[DHCP4_DOMAIN_MAX]; /* NUL-terminated, without the final dot; "" if the server gave none */
} Dhcp4Fqdn;

/*
 * Writes the content of the option to @ret as a client sends it. Of @flags, S and N count. E is always set,
 * everything else is cleared, and N clears S (both MUST be, RFC 4702 §2.1 and §3.1). A name with a dot in
 * it is complete ("host." too) and is sent with the root label. A single label is a partial name and is
 * sent without the root label. "" asks the server for a name. Names are not compressed.
 *
 * Returns the length in bytes. Returns 0 if the name has an empty or too long label or a byte that no host
 * name has, if it is too long, or if @size is too small.
 */
size_t dhcp4_fqdn_encode(uint8_t flags, const char *name, uint8_t *ret, size_t size);

/*
 * Returns NULL and sets *ret, or returns why the content is malformed (a static sentence; *ret is not
 * touched). The ASCII form may end with NULs.
 */
const char *dhcp4_fqdn_decode(const uint8_t *data, size_t len, Dhcp4Fqdn *ret);
