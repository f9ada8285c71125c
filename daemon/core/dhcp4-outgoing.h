/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Builds the outgoing messages. RFC 2131 tables 4 and 5 (§4.3.6, §4.4.1) are here as data: they say what
 * each message carries. Pure.
 *
 * The client only remembers what to send, in a few words (Dhcp4Outgoing). The frame is built when it is
 * drained, because two buffers of 1.5 kB for each link would cost more than the rest of the client.
 */
#include "core/dhcp4-client.h"

/*
 * Builds the frame for @out, with the identity of @config. Cannot fail, because all that varies is bounded
 * far below the size of a message. Sets every byte up to ret->len.
 */
void dhcp4_outgoing_build(const Dhcp4ClientConfig *config, const Dhcp4Outgoing *out, Dhcp4Frame *ret);

/* Returns true if a DISCOVER has option 80 (RFC 4039). */
bool dhcp4_outgoing_rapid_commit(const Dhcp4ClientConfig *config);
