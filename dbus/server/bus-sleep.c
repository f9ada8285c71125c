/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells the manager when the host has slept. logind signals this (org.freedesktop.login1.Manager,
 * PrepareForSleep). Without logind the links notice it later: their timers run on CLOCK_BOOTTIME, which
 * counts the sleep, and most links lose their carrier while the host sleeps.
 */
#include "dbus/name-owner.h"
#include "dbus/server/bus-internal.h"

static int on_prepare_for_sleep(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        BusConn *conn = userdata;
        int begins;

        if (sd_bus_message_read(m, "b", &begins) >= 0 && !begins)
                manager_resumed(conn->server->manager);
        return 0;
}

int bus_watch_sleep(BusConn *conn) {
        int r;

        r = name_owner_new(conn->bus, "org.freedesktop.login1", NULL, NULL, &conn->login);
        if (r < 0)
                return r;
        return name_owner_match(conn->login, "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                                "PrepareForSleep", on_prepare_for_sleep, conn);
}
