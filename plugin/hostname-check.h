/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Can a text that a server sent be the name of this host? RFC 952, RFC 1123 §2.1, RFC 6761 §6.3. */

#define HOST_NAME_SIZE 65u /* bytes with the NUL: the longest name that Linux has for a host */

/*
 * Stores the name without a final dot; of one that is too long for Linux only the first label. Returns NULL,
 * or in a few words why @text is no name for a host.
 */
const char *hostname_check(const char *text, char ret[HOST_NAME_SIZE]);
