/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Who a link is to servers (option 61), from what is configured, what the interface is and what the
 * machine is. The same each time: after a restart, under another name or index of the interface, and in
 * the initrd.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "config/config.h"
#include "core/dhcp4-client.h"

/* HMAC-MD5 (RFC 2104) by GLib, for FORCERENEW. */
void hmac_md5(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t ret[16]);

/* Is the client to be anonymous on this link (RFC 7844)? @wireless: the interface is. */
bool client_id_is_anonymous(const ConfigLink *config, const HwAddress *address, bool wireless);

/*
 * Completes @client: chaddr, htype, client identifier, and what anonymity takes away. @identity: the
 * hardware address that IAID and DUID are made of, which have to stay the same when the link gets another
 * @address (RFC 4361 §6.1, RFC 8415 §11). @arp_type: ARPHRD_*. @duid_time: of DUID-LLT, seconds since 2000.
 * Returns a negative errno if the machine has no id to make a DUID of; the identifier is then that of
 * ClientIdentifier=mac.
 */
int client_id_complete(const ConfigLink *config, const HwAddress *address, const HwAddress *identity,
                       uint16_t arp_type, bool anonymous, uint32_t duid_time, Dhcp4ClientConfig *client);
