/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The private socket as the kernel has it: how it comes to listen. Owns nothing.
 */

/*
 * Returns a descriptor that listens at @path, where everybody may connect, or a negative errno. A socket that is
 * there already is replaced.
 */
int bus_socket_listen(const char *path);
