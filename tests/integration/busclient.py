# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Clients of org.dhcpdlink1 for the tests that look at the D-Bus interface itself.
They are on a system bus of the test's own, and on the private socket.
"""
import os
import re
import socket

from gi.repository import Gio, GLib

import dhlib
from dhlib import Bus, Daemon, NetTest, listens, wait_until

NAME = "org.dhcpdlink1"
ROOT = "/org/dhcpdlink1"
MANAGER, LINK, DHCP4 = f"{NAME}.Manager", f"{NAME}.Link", f"{NAME}.DHCPv4"
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
KEEP = {"Keep": GLib.Variant("b", True)}
NO_RELEASE = {"Release": GLib.Variant("b", False)}
CTL = os.path.join(dhlib.BUILD, "dhcpd-linkctl")
TIMES = {f"{name}At{clock}USec" for name in ("Granted", "T1", "T2", "Expires") for clock in ("", "Boottime")}


class Client:
    """A connection of either kind, which remembers every signal."""

    def __init__(self, address, name=None):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        if name:
            flags |= Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.name = name
        self.signals = []  # (path, interface, member, arguments)
        self.connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        self.connection.set_exit_on_close(False)
        self.connection.signal_subscribe(name, None, None, None, None, Gio.DBusSignalFlags.NONE, self._on_signal)
        if name:
            self.call(ROOT, "org.freedesktop.DBus.Peer", "Ping")  # the match rule is there now

    def _on_signal(self, _connection, _sender, path, interface, member, arguments, *_):
        if path != "/org/freedesktop/DBus":
            self.signals.append((path, interface, member, arguments.unpack()))

    def call_variant(self, path, interface, method, signature=None, *arguments):
        parameters = GLib.Variant(f"({signature})", arguments) if signature else None
        return self.connection.call_sync(self.name, path, interface, method, parameters, None, Gio.DBusCallFlags.NONE,
                                         20000, None)

    def call(self, *arguments):
        return self.call_variant(*arguments).unpack()

    def error(self, *call):
        """Returns (name, message) of the error with which the call ends."""
        try:
            self.call(*call)
        except GLib.Error as error:
            return re.fullmatch(r"GDBus\.Error:([^:]+): (.*)", error.message, re.S).groups()
        raise AssertionError(f"{call} did not fail")

    def manager(self, method, signature=None, *arguments):
        return self.call(ROOT, MANAGER, method, signature, *arguments)

    def link(self, name="eth0"):
        return self.manager("GetLink", "s", name)[0]

    def links(self):
        return [name for _, name, _, _ in self.manager("ListLinks")[0]]

    def get(self, prop, name="eth0", interface=DHCP4):
        return self.call(self.link(name), PROPERTIES, "Get", "ss", interface, prop)[0]

    def get_all(self, name="eth0", interface=DHCP4):
        return self.call(self.link(name), PROPERTIES, "GetAll", "s", interface)[0]

    def wait_signal(self, condition, what):
        def found():
            while GLib.MainContext.default().iteration(False):
                pass
            return next((s for s in self.signals if condition(*s)), None)
        return wait_until(found, what)

    def wait_lease(self, reason, name="eth0"):
        return self.wait_signal(lambda path, _, member, arguments: member == "LeaseChanged" and arguments[0] == reason,
                                f"LeaseChanged {reason} of {name}")[3][1:]

    def members(self):
        return [member for _, _, member, _ in self.signals]

    def close(self):
        self.connection.close_sync(None)


class DBusTest(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        self.bus = Bus(self.net)

    def start(self, *links, **kwargs):
        self.daemon = Daemon(self.net, *links, bus=self.bus, **kwargs)
        wait_until(lambda: listens(self.daemon.private), "the private socket")
        self.bus.wait_name()
        return self.daemon

    def system(self):
        return Client(self.bus.address, NAME)

    def private(self):
        return Client(f"unix:path={self.daemon.private}")

    def both(self):
        return self.system(), self.private()


def handshake(path):
    """Returns a private connection that is past its handshake, which is made by hand."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    try:
        connection.connect(path)
        connection.sendall(b"\0AUTH ANONYMOUS\r\n")
        reply = b""
        while not reply.endswith(b"\r\n"):
            data = connection.recv(100)
            if not data:
                raise ConnectionError("refused")
            reply += data
        connection.sendall(b"BEGIN\r\n")
    except OSError:
        connection.close()
        raise
    return connection


def describe_call(serial):
    message = Gio.DBusMessage.new_method_call(None, ROOT, MANAGER, "Describe")
    message.set_serial(serial)
    return message.to_blob(Gio.DBusCapabilityFlags.NONE)
