/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The private socket as the kernel has it: how it comes to listen, and how much memory its peers may pin.
 * Owns nothing.
 */

/*
 * Returns a descriptor that listens at @path, where everybody may connect, or a negative errno. A socket
 * that is there already is replaced.
 */
int bus_socket_listen(const char *path);

/*
 * Gives the connection @fd buffers of the least size that answers fit through. To be called when sd-bus has
 * started on it, because sd-bus gives each of its sockets sixteen megabytes, past the limit of the system if
 * it may. A peer that asks and never reads would pin all of that in the kernel.
 */
void bus_socket_shrink(int fd);
