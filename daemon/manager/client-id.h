/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The client identifier (option 61), by which servers know a link. It is made from the configuration, the
 * interface and the machine. It stays the same after a restart, when the interface gets another name or
 * index, and in the initrd.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/hw-address.h"
#include "config/config.h"
#include "core/dhcp4-client.h"

/* Computes an HMAC-MD5 (RFC 2104) with GLib, for FORCERENEW. */
void hmac_md5(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t ret[16]);

/*
 * Returns true if the client has to be anonymous on this link (RFC 7844). @wireless: the interface is
 * wireless.
 */
bool client_id_is_anonymous(const ConfigLink *config, const HwAddress *address, bool wireless);

/*
 * Completes @client: sets chaddr, htype and client identifier, and removes what an anonymous client must not
 * send. @identity is the hardware address that IAID and DUID are made from. They have to stay the same when
 * the link gets another @address (RFC 4361 §6.1, RFC 8415 §11). @arp_type: ARPHRD_*. @duid_time: the time in
 * a DUID-LLT, seconds since 2000. Returns a negative errno if the machine has no id to make a DUID from; the
 * identifier is then the one of ClientIdentifier=mac.
 */
int client_id_complete(const ConfigLink *config, const HwAddress *address, const HwAddress *identity,
                       uint16_t arp_type, bool anonymous, uint32_t duid_time, Dhcp4ClientConfig *client);
