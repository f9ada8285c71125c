/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Connects to the daemon's private socket.
 */
#include <systemd/sd-bus.h>

/*
 * Connects without waiting. The handshake continues in the background. Returns a negative errno if nobody
 * listens there, or if the path is too long.
 */
int private_client_connect(const char *path, sd_bus **ret);
