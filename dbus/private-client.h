/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The client's end of the daemon's private socket.
 */
#include <systemd/sd-bus.h>

/*
 * Connects without waiting; the handshake goes on in the background. Negative errno: nobody listens there,
 * or the path is too long.
 */
int private_client_connect(const char *path, sd_bus **ret);
