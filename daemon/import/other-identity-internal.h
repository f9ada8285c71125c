/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Shared by import/other-identity*, which has one file for each client. A finder looks through one client's
 * files for one link. The parsers below it take texts and bytes; the fuzz target runs these.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "import/other-identity.h"

#define CLIENT_ID_MIN 2u   /* bytes, RFC 2132 §9.14 */
#define CLIENT_ID_MAX 255u /* bytes; held by other_identity_set() */

/* How well a setting of another client is understood. */
typedef enum OtherSetting {
        OTHER_UNSET,
        OTHER_SET,    /* what the client sends is known */
        OTHER_UNSURE, /* it is made of something that is not known here, or is for some links only */
} OtherSetting;

typedef struct OtherLink {
        const char *root; /* of other-files.h */
        int ifindex;
        const char *ifname;
        const HwAddress *address;
} OtherLink;

typedef struct OtherIdentity {
        uint8_t id[CLIENT_ID_MAX];
        uint8_t len;           /* bytes; 0: not known */
        int64_t modified_nsec; /* time of the file that shows that the client worked on the link */
} OtherIdentity;

/*
 * Copies an identifier into @ret. Returns false and writes nothing if its length is wrong, or if it is made
 * of a hardware address other than @address. (A cloned disk has the files of another machine.)
 */
bool other_identity_set(OtherIdentity *ret, const uint8_t *id, size_t len, const HwAddress *address);
/*
 * Makes the identifier that most clients send by default: the hardware type and address. Returns false if it
 * is not known what clients do on this kind of link.
 */
bool other_identity_set_mac(OtherIdentity *ret, const HwAddress *address);

/*
 * Makes an identifier as in RFC 4361 §6.1: type 255, the IAID of four bytes, the DUID. Returns false if
 * @duid is not a DUID.
 */
bool other_identity_set_duid(OtherIdentity *ret, const uint8_t *iaid, const uint8_t *duid, size_t len);

#define DUID_MIN 3u   /* bytes: the type, and at least one more */
#define DUID_MAX 130u /* bytes, RFC 8415 §11.1; held by other_identity_set_duid() */
#define IAID_LEN 4u   /* bytes */

/*
 * Parses hexadecimal digits without separators. Returns the number of bytes; 0: something else, or more than
 * @max.
 */
size_t other_parse_hex(const char *text, uint8_t *ret, size_t max);
/*
 * Parses "1:2:ab", one or two digits for each byte, up to the character @stop ('\0': the end of the text).
 * Returns the number of bytes; 0: something else, or more than @max.
 */
size_t other_parse_colons(const char *text, char stop, uint8_t *ret, size_t max);

/* False: nothing is known. */
bool other_networkd_find(const OtherLink *link, OtherIdentity *ret);
bool other_dhclient_find(const OtherLink *link, OtherIdentity *ret);
bool other_dhcpcd_find(const OtherLink *link, OtherIdentity *ret);
bool other_nm_find(const OtherLink *link, OtherIdentity *ret);

/* systemd-networkd's lease. */
bool other_networkd_parse(const char *text, const HwAddress *address, OtherIdentity *ret);

/* Finds the identifier in the last lease of @ifname that has one. */
bool other_dhclient_parse(const char *text, const char *ifname, const HwAddress *address,
                          OtherIdentity *ret);
/*
 * Makes the identifier that dhclient -i sends, from the DUID in the file, if the file has a lease of
 * @ifname, too.
 */
bool other_dhclient_parse_duid(const char *text, const char *ifname, const HwAddress *address,
                               OtherIdentity *ret);
/* Reads from dhclient.conf(5) what dhclient sends. */
OtherSetting other_dhclient_parse_config(const char *text, const HwAddress *address, OtherIdentity *ret);

/*
 * Reads dhcpcd's lease file, which has the ACK as it came. Returns false if it is no ACK for this hardware
 * address. @ret->len is 0 if the server did not repeat the identifier (RFC 6842 says that it must).
 */
bool other_dhcpcd_parse_lease(const uint8_t *data, size_t len, const HwAddress *address, OtherIdentity *ret);

/* Reads from dhcpcd.conf(5) what dhcpcd sends on a link. */
typedef enum OtherDhcpcdKind {
        OTHER_DHCPCD_NONE,
        OTHER_DHCPCD_DUID,
        OTHER_DHCPCD_MAC,
        OTHER_DHCPCD_UNSURE, /* something that is not understood here */
} OtherDhcpcdKind;
OtherDhcpcdKind other_dhcpcd_parse_config(const char *text, const char *ifname);
/*
 * Type 255, IAID and DUID (RFC 4361 §6.1). @vlan: VLAN identifier of the link, 0: none. Returns false if
 * @duid is not a DUID, or if the IAID is not known.
 */
bool other_dhcpcd_make_duid(const char *duid, unsigned vlan, const HwAddress *address, OtherIdentity *ret);

/*
 * Returns "internal" or "dhclient" if @name is the name of a lease file of the link, otherwise NULL.
 * @ret_uuid: the UUID of the connection.
 */
const char *other_nm_parse_lease_name(const char *name, const char *ifname, char ret_uuid[37]);
/* Reads a connection profile, if it is that of @uuid. */
bool other_nm_parse_profile(const char *text, const char *uuid, const HwAddress *address,
                            OtherSetting *ret_setting, OtherIdentity *ret);
/* Reads the defaults of connections in NetworkManager.conf or a drop-in. */
OtherSetting other_nm_parse_config(const char *text, const HwAddress *address, OtherIdentity *ret);
