#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What a local user without rights may try, as another uid against the real daemon: the lock file, what lies in the
runtime folder, forged signals, and connections that ask for more than they read.
"""
import os
import stat
import subprocess
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # pylint: disable=wrong-import-position

import dhlib  # pylint: disable=wrong-import-position
from dhlib import Bus, Daemon, NetTest, wait_until  # pylint: disable=wrong-import-position

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


class AttackTest(NetTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.net.folder, 0o755)

    def nobody(self, *command):
        return subprocess.run([*AS_NOBODY, *command], capture_output=True, text=True, check=False, timeout=120)


class Lock(AttackTest):
    def setUp(self):
        super().setUp()
        self.runtime = self.net.path("runtime")
        os.mkdir(self.runtime)
        self.lock = os.path.join(self.runtime, "lock")

    def check_closed(self, daemon):
        """The daemon has the lock of a file that others cannot even open."""
        wait_until(lambda: os.path.exists(daemon.private), "the daemon runs")
        self.assertIsNone(daemon.process.poll(), daemon.logged())
        self.assertEqual(stat.S_IMODE(os.stat(self.lock).st_mode), 0o600)
        self.assertIn("ermission denied", self.nobody("flock", "--nonblock", self.lock, "true").stderr)
        # So the next daemon has it, once this one is dead, and not somebody who was waiting for that.
        self.assertEqual(subprocess.run(["flock", "--nonblock", self.lock, "true"], check=False).returncode, 1)

    def test_new(self):
        self.check_closed(Daemon(self.net))

    def test_open_before(self):
        """Of an earlier version, which let others read it."""
        with open(self.lock, "w", encoding="ascii"):
            os.chmod(self.lock, 0o644)
        self.check_closed(Daemon(self.net))

    def test_held_before(self):
        """Somebody has the lock by a descriptor that he opened for reading while he could."""
        with open(self.lock, "w", encoding="ascii"):
            os.chmod(self.lock, 0o644)
        holder = self.net.spawn(self.net.client, *AS_NOBODY, "flock", self.lock, "sleep", "600")
        wait_until(lambda: subprocess.run(["flock", "--nonblock", self.lock, "true"], check=False).returncode == 1, "the lock is held")
        self.check_closed(Daemon(self.net))
        self.assertIsNone(holder.poll())


class Names(AttackTest):
    def test_refused_links(self):
        """What is remembered of a link that cannot be managed goes with the link: the next one of its name is told of anew."""
        daemon = Daemon(self.net, "v*")
        for n in range(1, 4):
            self.net.ip("tuntap", "add", "dev", "v0", "mode", "tun")
            daemon.wait_log("v0: Not managed", n)
            self.net.ip("link", "set", "v0", "up")
            self.net.ip("link", "del", "v0")
            self.assertEqual(daemon.logged().count("v0: Not managed"), n)


SLEEP = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep")
LINK_PATH = "/org/dhcpdlink1/link/_32"
PROPERTIES = "org.freedesktop.DBus.Properties"
DHCP4 = "org.dhcpdlink1.DHCPv4"


class Signals(AttackTest):
    """On a real dbus-daemon. logind is played by root, since nothing here can be put to sleep."""

    def setUp(self):
        super().setUp()
        self.bus = Bus(self.net)
        self.net.add_link("eth0")
        self.connection = Gio.DBusConnection.new_for_address_sync(
            self.bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)

    def driver(self, method, signature, *arguments):
        return self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
                                         GLib.Variant(f"({signature})", arguments), None, 0, -1, None).unpack()[0]

    def unique_name(self, process):
        """Of a process that is on the bus, or is about to be."""
        def find():
            for name in self.connection.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames", None, None, 0, -1,
                                                  None).unpack()[0]:
                try:
                    if name.startswith(":") and self.driver("GetConnectionUnixProcessID", "s", name) == process.pid:
                        return name
                except GLib.Error:
                    pass  # it has just gone
            return None
        return wait_until(find, "the process on the bus")

    def forge(self, destination, path, interface, member, *arguments):
        """As nobody: to all, by a name, and to the very connection."""
        for to in ((), *((f"--destination={d}",) for d in destination)):
            sent = self.nobody("busctl", f"--address={self.bus.address}", "emit", *to, path, interface, member, *arguments)
            self.assertEqual((sent.returncode, sent.stderr), (0, ""))

    def start(self):
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth0", bus=self.bus)
        daemon.wait_log("Bound to")
        self.bus.wait_name()
        return daemon

    def slept(self):
        self.connection.emit_signal(None, *SLEEP, GLib.Variant("(b)", (False,)))
        self.connection.flush_sync(None)

    def test_sleep(self):
        daemon = self.start()
        to = ("org.dhcpdlink1", self.driver("GetNameOwner", "s", "org.dhcpdlink1"))
        # Nobody is logind, then somebody is.
        self.forge(to, *SLEEP, "b", "false")
        self.driver("RequestName", "su", "org.freedesktop.login1", 0)
        self.forge(to, *SLEEP, "b", "false")
        # A name that its owner has lost is nobody's again, whoever says what of it.
        self.forge(to, "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", "sss", "org.freedesktop.login1", "", ":1.1")
        self.forge(to, *SLEEP, "b", "false")
        self.slept()
        daemon.wait_log("eth0: BOUND -> REBOOTING")
        self.assertEqual(daemon.logged().count("The host slept"), 1)
        self.assertEqual(daemon.logged().count("-> REBOOTING"), 1)
        # Another one becomes logind, and is heard.
        self.driver("ReleaseName", "s", "org.freedesktop.login1")
        self.slept()
        self.driver("RequestName", "su", "org.freedesktop.login1", 0)
        self.slept()
        daemon.wait_log("eth0: BOUND -> REBOOTING", 2)
        self.assertEqual(daemon.logged().count("The host slept"), 2)

    def test_pace(self):
        """Even logind and root make us send no more than the pace allows: sixteen at once, and one more a second."""
        daemon = self.start()
        self.driver("RequestName", "su", "org.freedesktop.login1", 0)
        begin = time.monotonic()
        before = self.net.read("dnsmasq.log").count("DHCPREQUEST")
        for _ in range(3000):
            self.slept()
        daemon.wait_log("-> REBOOTING")
        wait_until(lambda: "BOUND" in daemon.ctl("status", "eth0"), "the lease is verified")
        for _ in range(1000):
            self.connection.call_sync("org.dhcpdlink1", LINK_PATH, "org.dhcpdlink1.Link", "Renew", None, None, 0, -1, None)
        sent = self.net.read("dnsmasq.log").count("DHCPREQUEST") - before
        self.assertGreater(sent, 1)
        self.assertLessEqual(sent, 16 + time.monotonic() - begin)

    def ctl(self, *arguments):
        environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=self.bus.address)
        process = subprocess.Popen([os.path.join(dhlib.BUILD, "dhcpd-linkctl"), *arguments], env=environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(dhlib.end, process)
        self.addCleanup(process.stdout.close)
        return process

    def test_monitor(self):
        """What the tool shows of the daemon is the daemon's."""
        self.start()
        monitor = self.ctl("monitor")
        to = (self.unique_name(monitor),)
        for state in ("BOUND", "forged"):
            self.forge(to, LINK_PATH, DHCP4, "StateChanged", "ss", state, "forged")
        self.bus.busctl("call", "org.dhcpdlink1", LINK_PATH, "org.dhcpdlink1.Link", "Renew")
        shown = monitor.stdout.readline()
        self.assertIn("BOUND -> RENEWING", shown)

    def test_wait_online(self):
        Daemon(self.net, "eth0", bus=self.bus)
        self.bus.wait_name()
        wait = self.ctl("wait-online", "--timeout=5", "eth0")
        to = (self.unique_name(wait),)
        self.forge(to, LINK_PATH, PROPERTIES, "PropertiesChanged", "sa{sv}as", DHCP4, "1", "Address", "s", "192.0.2.1", "0")
        said = wait.stdout.read()
        self.assertEqual(wait.wait(), 1, said)
        self.assertIn("No lease", said)


if __name__ == "__main__":
    dhlib.require("ip", "setpriv", "flock", "dnsmasq", "dbus-daemon", "busctl")
    dhlib.main()
