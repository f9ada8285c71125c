/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The kernel's side of the private socket: makes it listen, and limits how much memory its peers can occupy.
 * Owns nothing.
 */

/*
 * Returns a descriptor that listens at @path, where everybody may connect, or a negative errno. A socket
 * that is there already is replaced.
 */
int bus_socket_listen(const char *path);

/*
 * Gives the connection @fd the smallest buffers that answers fit through. Call this after sd-bus has started
 * on @fd, because sd-bus gives each of its sockets sixteen megabytes, even beyond the limit of the system if
 * it may. A peer that asks and never reads would occupy all of this in the kernel.
 */
void bus_socket_shrink(int fd);
