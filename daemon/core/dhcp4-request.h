/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What each outgoing message carries: RFC 2131 tables 4 and 5 (§4.3.6, §4.4.1) as data, and the builder over
 * them. Pure.
 *
 * The client remembers what to send in a few words (Dhcp4Outgoing). The frame is built when it is drained.
 * Two buffers of 1.5 kB for each link would cost more than the rest of the client.
 */
#include "core/dhcp4-client.h"

/*
 * The frame for @out, with the identity of @config. Cannot fail: all that varies is bounded far below the
 * size of a message. Every byte up to ret->len is set.
 */
void dhcp4_request_build(const Dhcp4ClientConfig *config, const Dhcp4Outgoing *out, Dhcp4Frame *ret);

/* Does a DISCOVER have option 80 (RFC 4039)? */
bool dhcp4_request_rapid_commit(const Dhcp4ClientConfig *config);
