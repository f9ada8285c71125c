/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * RFC 2131 tables 4 and 5 once more, made apart from those in core/dhcp4-request.c: every frame that a
 * simulated client sends is held against them.
 */
#include "core/dhcp4-client.h"

/*
 * NULL: @frame is as a client in @state may send it. Else what is wrong, a static sentence. @m is the frame,
 * parsed; @mac the client's, six bytes; @mtu that of its link; @anonymous: the client is to be (RFC 7844).
 */
const char *frame_rules_check(const Dhcp4Frame *frame, const Dhcp4Message *m, Dhcp4State state,
                              const uint8_t mac[6], uint32_t mtu, bool anonymous);

/* Returns true if option 55 of @m asks for @code. */
bool frame_asks_for(const Dhcp4Message *m, uint8_t code);
