/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Checks whether a text that a server sent can be the name of this host. RFC 952, RFC 1123 §2.1, RFC 6761
 * §6.3.
 */

#define HOST_NAME_SIZE 65u /* bytes with the NUL: the longest name that Linux has for a host */

/*
 * Stores the name without a final dot. If it is too long for Linux, stores only its first label. Returns
 * NULL, or says in a few words why @text is no name for a host.
 */
const char *hostname_check(const char *text, char ret[HOST_NAME_SIZE]);
