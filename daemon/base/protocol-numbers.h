/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The few protocol numbers that io/ needs to open and filter sockets. All other numbers of the protocol are
 * in wire/. There is no code here.
 */
#define DHCP4_PORT_SERVER 67u /* RFC 2131 §4.1 */
#define DHCP4_PORT_CLIENT 68u /* RFC 2131 §4.1 */

#define DHCP4_MAGIC 0x63825363u /* RFC 2131 §3 */

#define DHCP4_OP_BOOTREQUEST 1u /* RFC 2131 §2 */
#define DHCP4_OP_BOOTREPLY   2u /* RFC 2131 §2 */
