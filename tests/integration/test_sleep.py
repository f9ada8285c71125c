#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The host has slept: logind's signal, on a real bus, and what the daemon does then.
The test plays logind, since nothing here can be put to sleep.
"""
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # pylint: disable=wrong-import-position

import dhlib  # pylint: disable=wrong-import-position
from dhlib import Bus, Daemon, NetTest, wait_until  # pylint: disable=wrong-import-position


class Login:
    """A program on the bus that may be logind."""

    def __init__(self, bus, name=None):
        self.connection = Gio.DBusConnection.new_for_address_sync(
            bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)
        if name:
            self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                      "RequestName",
                                      GLib.Variant("(su)", (name, 0)), None, 0, -1, None)

    def say(self, begins):
        self.connection.emit_signal(None, "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                                    "PrepareForSleep",
                                    GLib.Variant("(b)", (begins,)))
        self.connection.flush_sync(None)


class Sleep(NetTest):
    def setUp(self):
        super().setUp()
        self.bus = Bus(self.net)
        self.names = [f"eth{i}" for i in range(3)]
        for name in self.names:
            self.net.add_link(name)
        self.net.dnsmasq()
        self.daemon = Daemon(self.net, *self.names, bus=self.bus)
        for name in self.names:
            self.daemon.wait_log(f"{name}: Bound to")
        self.bus.wait_name()

    def test_verified(self):
        login = Login(self.bus, "org.freedesktop.login1")
        before = {name: self.net.addresses(name)[0][0] for name in self.names}
        login.say(True)
        login.say(False)
        for name in self.names:
            self.daemon.wait_log(f"{name}: BOUND -> REBOOTING")
            self.daemon.wait_log(f"{name}: REBOOTING -> BOUND")
        self.assertEqual(self.daemon.logged().count("-> REBOOTING"), 3)
        self.assertEqual({name: self.net.addresses(name)[0][0] for name in self.names}, before)
        self.assertNotIn("Lost", self.daemon.logged())
        # And the next time.
        login.say(False)
        self.daemon.wait_log("-> REBOOTING", 6)

    def test_said_by_somebody_else(self):
        Login(self.bus).say(False)
        time.sleep(0.3)
        login = Login(self.bus, "org.freedesktop.login1")
        login.say(True)
        time.sleep(0.3)
        self.assertNotIn("REBOOTING", self.daemon.logged())
        login.say(False)
        wait_until(lambda: "REBOOTING" in self.daemon.logged(), "the right one is heard")


if __name__ == "__main__":
    dhlib.require("ip", "unshare", "dnsmasq", "dbus-daemon")
    dhlib.main()
