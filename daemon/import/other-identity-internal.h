/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the parts of import/other-identity* share: one part for each client. A finder looks through one
 * client's files for one link; the parsers under it take texts and bytes, and are what the fuzz target runs.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "import/other-identity.h"

#define CLIENT_ID_MIN 2u   /* bytes, RFC 2132 §9.14 */
#define CLIENT_ID_MAX 255u /* bytes; held by other_identity_set() */

/* A setting of another client, as far as it is understood here. */
typedef enum OtherSetting {
        OTHER_UNSET,
        OTHER_SET,    /* what the client sends is known */
        OTHER_UNSURE, /* it is made of what is not known here, or counts for some links only */
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
        int64_t modified_nsec; /* of the file that shows that the client was at work on the link */
} OtherIdentity;

/*
 * Takes an identifier over into @ret. False, nothing is touched: the length is wrong, or it is made of a
 * hardware address and that is not @address: a disk that was cloned brings the files of another machine.
 */
bool other_identity_set(OtherIdentity *ret, const uint8_t *id, size_t len, const HwAddress *address);
/*
 * The hardware type and address in front of nothing, as most clients do by default. False: of this kind of
 * link it is not known.
 */
bool other_identity_set_mac(OtherIdentity *ret, const HwAddress *address);

/* RFC 4361 §6.1: type 255, the IAID of four bytes, the DUID. False: @duid is none. */
bool other_identity_set_duid(OtherIdentity *ret, const uint8_t *iaid, const uint8_t *duid, size_t len);

#define DUID_MIN 3u   /* bytes: its type, and something */
#define DUID_MAX 130u /* bytes, RFC 8415 §11.1; held by other_identity_set_duid() */
#define IAID_LEN 4u   /* bytes */

/* Bytes of hexadecimal digits, one after the other; 0: not that, or more than @max. */
size_t other_parse_hex(const char *text, uint8_t *ret, size_t max);
/*
 * "1:2:ab", one or two digits a byte, up to a byte of @stop ('\0' is the end of the text); 0: not that, or
 * more than @max.
 */
size_t other_parse_colons(const char *text, char stop, uint8_t *ret, size_t max);

/* False: nothing is known. */
bool other_networkd_find(const OtherLink *link, OtherIdentity *ret);
bool other_dhclient_find(const OtherLink *link, OtherIdentity *ret);
bool other_dhcpcd_find(const OtherLink *link, OtherIdentity *ret);
bool other_nm_find(const OtherLink *link, OtherIdentity *ret);

/* systemd-networkd's lease. */
bool other_networkd_parse(const char *text, const HwAddress *address, OtherIdentity *ret);

/* The identifier in the last lease of @ifname that has one. */
bool other_dhclient_parse(const char *text, const char *ifname, const HwAddress *address,
                          OtherIdentity *ret);
/* What dhclient -i makes of the DUID in the file, if a lease of @ifname is there, too. */
bool other_dhclient_parse_duid(const char *text, const char *ifname, const HwAddress *address,
                               OtherIdentity *ret);
/* What dhclient.conf(5) makes it send. */
OtherSetting other_dhclient_parse_config(const char *text, const HwAddress *address, OtherIdentity *ret);

/*
 * dhcpcd's lease: the ACK as it came. False: no ACK for this hardware address. @ret->len is 0 when the
 * server did not repeat the identifier in it (as RFC 6842 says servers must).
 */
bool other_dhcpcd_parse_lease(const uint8_t *data, size_t len, const HwAddress *address, OtherIdentity *ret);

/* What dhcpcd.conf(5) makes it send on a link. */
typedef enum OtherDhcpcdKind {
        OTHER_DHCPCD_NONE,
        OTHER_DHCPCD_DUID,
        OTHER_DHCPCD_MAC,
        OTHER_DHCPCD_UNSURE, /* something that is not understood here */
} OtherDhcpcdKind;
OtherDhcpcdKind other_dhcpcd_parse_config(const char *text, const char *ifname);
/*
 * Type 255, IAID and DUID (RFC 4361 §6.1). @vlan: VLAN identifier of the link, 0: none. False: @duid is
 * none, or the IAID is not known.
 */
bool other_dhcpcd_make_duid(const char *duid, unsigned vlan, const HwAddress *address, OtherIdentity *ret);

/*
 * "internal" or "dhclient" when @name is the name of a lease file of the link; NULL: it is not. @ret_uuid:
 * of the connection.
 */
const char *other_nm_parse_lease_name(const char *name, const char *ifname, char ret_uuid[37]);
/* A connection profile, if it is that of @uuid. */
bool other_nm_parse_profile(const char *text, const char *uuid, const HwAddress *address,
                            OtherSetting *ret_setting, OtherIdentity *ret);
/* Defaults of connections in NetworkManager.conf or a drop-in. */
OtherSetting other_nm_parse_config(const char *text, const HwAddress *address, OtherIdentity *ret);
