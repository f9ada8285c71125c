#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The real daemon and a plugin that ends it (tests/unit/plugin-dies.c) in every way.
There is one death, and from then on DHCP goes on without that plugin and with all others. The address is on the link
all the time.

Whoever starts daemons again in here is the test; for the endless loop it is the watchdog as well.
"""
import ctypes
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import unittest

import dhlib
from dhlib import BUILD, Bus, Daemon, Monitor, wait_until

ADDRESS_SPACE = 768 << 20  # bytes; the plugin wants more than that
WAYS = {  # How= -> what is said of it later
    "abort": "the daemon died in it",
    "segv": "the daemon died in it",
    "loop": "the daemon died in it",
    "stack": "the daemon died in it",
    "memory": "the daemon died in it",
    "exit": "it called exit()",
    "close": "it closed the daemon's descriptors",
}


def is_sanitized():
    with open(os.path.join(BUILD, "dhcpd-linkd"), "rb") as program:
        content = program.read()
    return b"__asan_init" in content or b"__msan_init" in content


def call(at):
    return "an event of its own" if at == "event" else f"{at}()"


class Watchdog:
    """Does what the service manager does with WatchdogSec=, with its patience counted from when the daemon hangs."""
    USEC = 1000000

    def __init__(self, net):
        self.path = net.path("notify")
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def prefix(self):
        # WATCHDOG_PID= would have to be the daemon's, and is not needed.
        return ("env", f"NOTIFY_SOCKET={self.path}", f"WATCHDOG_USEC={self.USEC}")

    def received(self, seconds):
        """Returns true if something comes within this time."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(4096)
        except TimeoutError:
            return b""

    def wait_alive(self):
        wait_until(lambda: b"WATCHDOG=1" in self.received(1), "the daemon tells the watchdog that it is well")

    def wait_hang(self):
        """Waits for all that the daemon said before it hung, and then for silence as long as the watchdog waits."""
        wait_until(lambda: not self.received(self.USEC / 1e6), "the daemon hangs")

    def close(self):
        self.socket.close()


class Renames:
    """Counts the files that appear in a folder by a rename.

    They are created before, because the kernel joins equal events in a row.
    """
    LIBC = ctypes.CDLL(None, use_errno=True)
    IN_MOVED_TO, IN_CREATE = 0x80, 0x100
    EVENT = struct.Struct("iIII")  # and a name, whose length is the last field

    def __init__(self, folder):
        self.n = 0
        self.fd = self.LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.LIBC.inotify_add_watch(self.fd, folder.encode(), self.IN_MOVED_TO | self.IN_CREATE) < 0:
            raise OSError(ctypes.get_errno(), folder)

    def count(self):
        try:
            events = os.read(self.fd, 1 << 16)
        except BlockingIOError:
            events = b""
        while events:
            _, mask, _, len_name = self.EVENT.unpack_from(events)
            self.n += mask == self.IN_MOVED_TO
            events = events[self.EVENT.size + len_name:]
        return self.n

    def close(self):
        os.close(self.fd)


class Deaths(dhlib.NetTest):
    def setUp(self):
        super().setUp()
        self.plugins = self.net.path("plugins")
        os.makedirs(self.plugins)
        shutil.copy(os.path.join(BUILD, "plugin/example.so"), self.plugins)
        self.net.add_link()
        self.net.dnsmasq()
        self.watchdog = Watchdog(self.net)
        self.addCleanup(self.watchdog.close)

    def install(self):
        """Installs a new file, as an update of a package does: what was known of the old file no longer counts."""
        shutil.copy(os.path.join(BUILD, "tests/unit/dies.so"), self.plugins + "/new")
        os.chmod(self.plugins + "/new", 0o644)
        os.rename(self.plugins + "/new", self.plugins + "/dies.so")

    def daemon(self, at="", how="", enable="yes", bus=None, prefix=()):
        config = f"[Plugin dies]\nEnable={enable}\nAt={at}\nHow={how}\n"
        return Daemon(self.net, "eth0", config={"dhcpd-link.conf": config}, bus=bus, prefix=prefix,
                      arguments=(f"--plugin-dir={self.plugins}",))

    def die(self, at, how):
        """Runs a daemon until the plugin ends it."""
        prefix = ("prlimit", f"--as={ADDRESS_SPACE}") if how == "memory" else ()
        if how == "loop":
            prefix = self.watchdog.prefix()
        daemon = self.daemon(at, how, prefix=("prlimit", "--core=0", *prefix))
        if how == "loop":
            daemon.wait_log(f"plugin dies: loop in {at}")
            self.watchdog.wait_hang()
            self.assertIsNone(daemon.process.poll())
            daemon.process.send_signal(signal.SIGABRT)
        try:
            status = daemon.process.wait(dhlib.PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail(f"{how} in {at} does not end the daemon: " + daemon.logged())
        # The service manager starts it again after this, and would not after an orderly end.
        self.assertNotEqual(status, 0)
        self.assertIn(f"plugin dies: {how} in {at}", daemon.logged())

    def expect_refused(self, daemon, reason):
        """Expects that the plugin is not loaded and that this is told; the other plugin is loaded, and DHCP goes on."""
        daemon.wait_log("plugin example: eth0: has 10.77.0.")
        shown = json.loads(daemon.ctl("status", "--json"))
        refused = [plugin for plugin in shown["Plugins"] if plugin["State"] == "refused"]
        self.assertEqual([p["Name"] for p in shown["Plugins"] if p["State"] == "loaded"], ["example"])
        self.assertEqual([(p["Id"], p["Text"]) for p in shown["Problems"]],
                         [("plugin-refused", f"Plugin dies is not loaded: {reason}")])
        self.assertEqual([r["Name"] for r in refused], ["dies"])
        self.assertEqual(refused[0]["Reason"], reason)
        self.assertIn(f"plugin dies: {reason}", daemon.logged())
        self.assertIn(f"Plugin dies: {reason}\n", daemon.ctl("status"))
        self.assertNotIn("dies: ", daemon.ctl("status", "eth0"))
        self.assertNotIn("plugin dies: survived", daemon.logged())
        daemon.ctl("renew", "eth0")

        def acks():
            return json.loads(daemon.ctl("status", "--json", "eth0"))["DHCPv4"]["Counters"]["ReceivedAck"]
        wait_until(lambda: acks() > 0, "a renewal is answered")

    def reason(self, at, how):
        return (f"Not loaded, because {WAYS[how]} ({call(at)}), until its file changes or [Plugin dies] has "
                "Enable=always")

    def test_ways(self):
        self.install()
        daemon = self.daemon()
        daemon.wait_log("plugin dies: survived eth0")
        self.net.wait_address()
        self.assertEqual(json.loads(daemon.ctl("status", "--json"))["Problems"], [])
        self.assertNotIn("Plugin ", daemon.ctl("status"))
        monitor = Monitor(self.net)
        # Not by SIGTERM: what a daemon was given by --link= it releases when it is stopped.
        daemon.kill()

        for how in WAYS:
            if how in ("segv", "stack", "memory") and is_sanitized():
                continue  # which is what a sanitizer reports, and it needs terabytes itself
            for at in "init", "lease", *(["event"] if how in ("abort", "exit", "close") else []):
                with self.subTest(how=how, at=at):
                    self.install()
                    self.die(at, how)
                    self.assertTrue(self.net.addresses())
                    # One death, and it is told of it once.
                    daemon = self.daemon(at, how)
                    self.expect_refused(daemon, self.reason(at, how))
                    self.assertIn(f"plugin dies: The last daemon ended in {call(at)}: ", daemon.logged())
                    daemon.kill()
        self.assertEqual(monitor.deletions(), [])

        # What is known outlasts daemons; and the administrator has the last word.
        daemon = self.daemon("", "")
        self.expect_refused(daemon, self.reason("event", "close"))
        self.assertNotIn("The last daemon ended", daemon.logged())
        daemon.kill()
        daemon = self.daemon("", "", enable="always")
        daemon.wait_log("plugin dies: Loaded although")
        daemon.wait_log("plugin dies: survived eth0")
        self.assertEqual(json.loads(daemon.ctl("status", "--json"))["Problems"], [])
        daemon.kill()
        self.assertEqual(monitor.deletions(), [])

    def test_lost(self):
        """The plugin dies of the end of a lease, in an orderly stop. A plugin that is slow is named and stays."""
        self.install()
        daemon = self.daemon("lease", "sleep")
        daemon.wait_log("plugin dies: lease() kept all links waiting for ")
        daemon.wait_log("plugin dies: survived eth0")
        daemon.kill()
        daemon = self.daemon("lost", "abort")
        daemon.wait_log("plugin dies: survived eth0")
        self.assertNotEqual(daemon.stop(), 0)
        daemon = self.daemon("lost", "abort")
        self.expect_refused(daemon, self.reason("lease", "abort"))
        self.assertEqual(daemon.stop(), 0)

    def test_unusable_folder(self):
        """A folder that others may write to has no plugins, and leases work without any."""
        os.chmod(self.plugins, 0o777)
        daemon = self.daemon()
        daemon.wait_log("no plugin is loaded")
        for n in range(1, 3):
            daemon.ctl("renew", "eth0")
            daemon.wait_log("Renewed", n)
        self.assertEqual(daemon.stop(), 0)

    def test_saved_once(self):
        """A lease is on record before plugins hear of it, and that record is not written again afterwards."""
        daemon = self.daemon()
        daemon.wait_log("plugin example: eth0: has 10.77.0.")
        runtime, state = Renames(self.net.path("runtime/lease")), Renames(self.net.path("state/lease"))
        self.addCleanup(runtime.close)
        self.addCleanup(state.close)
        for n in range(1, 13):
            daemon.ctl("renew", "eth0")
            wait_until(lambda: state.count() >= n, "the lease is saved for the next boot, which comes last")
        # A notification of the kernel that comes late leads to another one.
        self.assertTrue(12 <= runtime.count() <= 18, f"{runtime.n} records for 12 renewals")

    def test_watchdog(self):
        """A daemon whose plugins are well is one that the watchdog leaves alone."""
        self.install()
        daemon = self.daemon(prefix=self.watchdog.prefix())
        daemon.wait_log("plugin dies: survived eth0")
        self.watchdog.wait_alive()

    def test_bus(self):
        """The system bus comes before the plugins, and after them."""
        if not shutil.which("dbus-daemon"):
            self.skipTest("no dbus-daemon")
        self.install()
        self.die("init", "abort")
        bus = Bus(self.net)
        self.daemon("init", "abort", bus=bus)

        def refused():
            bus.wait_name()
            return bus.busctl("get-property", "org.dhcpdlink1", "/org/dhcpdlink1", "org.dhcpdlink1.Manager",
                              "Plugins")
        expected = (f'aa{{sv}} 2 3 "Name" s "example" "State" s "loaded" "Reason" s "" '
                    f'3 "Name" s "dies" "State" s "refused" "Reason" s "{self.reason("init", "abort")}"\n')
        wait_until(lambda: refused() == expected, "the plugin is on the bus as refused")
        bus.stop()
        bus.start()
        self.assertEqual(refused(), expected)


if __name__ == "__main__":
    dhlib.require("dnsmasq", "prlimit")
    if not os.path.exists(os.path.join(BUILD, "tests/unit/dies.so")):
        dhlib.skip("needs tests/unit/dies.so of the build")
    sys.dont_write_bytecode = True
    unittest.main(verbosity=2)
