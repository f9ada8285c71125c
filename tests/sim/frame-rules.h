/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A second copy of RFC 2131 tables 4 and 5, which shares nothing with core/dhcp4-outgoing.c. Every frame
 * that a simulated client sends is checked against it.
 */
#include "core/dhcp4-client.h"

/*
 * Returns NULL if a client in @state may send @frame, or else a static string that says what is wrong. @m is
 * the frame, parsed. @mac (six bytes) is the client's hardware address, and @mtu is the MTU of its link.
 * @anonymous: the client follows RFC 7844.
 */
const char *frame_rules_check(const Dhcp4Frame *frame, const Dhcp4Message *m, Dhcp4State state,
                              const uint8_t mac[6], uint32_t mtu, bool anonymous);

/* Returns true if option 55 of @m asks for @code. */
bool frame_asks_for(const Dhcp4Message *m, uint8_t code);
