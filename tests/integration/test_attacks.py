#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What a local user without rights may try, as another uid against the real daemon.
The user tries the lock file, files in the runtime folder, forged signals, and connections that ask for more than they
read.
"""
import array
import contextlib
import fcntl
import os
import resource
import stat
import subprocess
import termios
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # pylint: disable=wrong-import-position

import dhlib  # pylint: disable=wrong-import-position
from dhlib import Bus, Daemon, NetTest, wait_until  # pylint: disable=wrong-import-position
from busclient import describe_call, handshake  # pylint: disable=wrong-import-position

NOBODY = 65534
OTHER = 1  # another user that there is everywhere: the bus takes nobody without a name
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
        """The file is of an earlier version, which let others read it."""
        with open(self.lock, "w", encoding="ascii"):
            os.chmod(self.lock, 0o644)
        self.check_closed(Daemon(self.net))

    def test_held_before(self):
        """Another user holds the lock by a descriptor that was opened for reading while this was possible."""
        with open(self.lock, "w", encoding="ascii"):
            os.chmod(self.lock, 0o644)
        holder = self.net.spawn(self.net.client, *AS_NOBODY, "flock", self.lock, "sleep", "600")
        wait_until(lambda: subprocess.run(["flock", "--nonblock", self.lock, "true"], check=False).returncode == 1,
                   "the lock is held")
        self.check_closed(Daemon(self.net))
        self.assertIsNone(holder.poll())


class Names(AttackTest):
    def test_refused_links(self):
        """What is remembered of a link that cannot be managed is forgotten with the link.

        The next link of its name is told of anew.
        """
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
            self.bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)

    def driver(self, method, signature, *arguments):
        return self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                         method,
                                         GLib.Variant(f"({signature})", arguments), None, 0, -1, None).unpack()[0]

    def unique_name(self, process):
        """Returns the unique name of a process that is on the bus, or is about to be."""
        def find():
            for name in self.connection.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames",
                                                  None, None, 0, -1,
                                                  None).unpack()[0]:
                try:
                    if name.startswith(":") and self.driver("GetConnectionUnixProcessID", "s", name) == process.pid:
                        return name
                except GLib.Error:
                    pass  # it has just gone
            return None
        return wait_until(find, "the process on the bus")

    def forge(self, destination, path, interface, member, *arguments):
        """Sends signals as another user: to all, by a name, and to the daemon's own connection."""
        for to in ((), *((f"--destination={d}",) for d in destination)):
            sent = self.nobody("busctl", f"--address={self.bus.address}", "emit", *to, path, interface, member,
                               *arguments)
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
        self.forge(to, "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", "sss",
                   "org.freedesktop.login1", "", ":1.1")
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
            self.connection.call_sync("org.dhcpdlink1", LINK_PATH, "org.dhcpdlink1.Link", "Renew", None, None, 0, -1,
                                      None)
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
        """What the tool shows of the daemon comes from the daemon."""
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
        self.forge(to, LINK_PATH, PROPERTIES, "PropertiesChanged", "sa{sv}as", DHCP4, "1", "Address", "s", "192.0.2.1",
                   "0")
        said = wait.stdout.read()
        self.assertEqual(wait.wait(), 1, said)
        self.assertIn("No lease", said)


@contextlib.contextmanager
def user(uid):
    """Connections that are made in this block are of that user."""
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


class Private(AttackTest):
    """The private socket, where everybody may read."""

    def setUp(self):
        super().setUp()
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        self.daemon = Daemon(self.net)
        wait_until(lambda: os.path.exists(self.daemon.private), "the daemon runs")

    def connect(self, uid):
        with user(uid):
            connection = handshake(self.daemon.private)
        self.addCleanup(connection.close)
        return connection

    def pinned(self, connection):
        """Returns the bytes of answers in the kernel, when the daemon is asked again and again and nobody reads."""
        calls, waiting = b"".join(describe_call(n) for n in range(1, 200)), array.array("i", [0])
        connection.settimeout(1)
        with contextlib.suppress(TimeoutError):
            while True:
                sent = connection.send(calls)
                if sent < len(calls):
                    connection.sendall(calls[sent:])
        fcntl.ioctl(connection.fileno(), termios.FIONREAD, waiting)
        return waiting[0]

    def test_unread(self):
        connections = [self.connect(NOBODY) for _ in range(4)]
        for connection in connections:
            pinned = self.pinned(connection)
            self.assertGreater(pinned, 1000)
            self.assertLess(pinned, 64 * 1024)
        # Others do not notice, and what waits is read in the end.
        self.assertIn("No links", self.daemon.ctl("status"))
        self.assertIn(b'{"ContractVersion"', connections[0].recv(10000))

    def test_room(self):
        """All users together leave room for root, and each of them leaves room for the others."""
        groups = [[self.connect(20000 + i) for _ in range(64)] for i in range(8)]
        for uid in (20000, 20008, NOBODY):
            with self.assertRaises(ConnectionError):
                self.connect(uid)
        self.assertIn("No links", self.daemon.ctl("status"))
        for _ in range(100):
            self.connect(0)
        for connection in groups[0]:
            connection.close()
        wait_until(lambda: self.tries(20008), "room for another user")

    def tries(self, uid):
        try:
            return self.connect(uid)
        except ConnectionError:
            return None


# Asks, as whoever runs it, and prints how many answers there were when no more came.
ASK = """
import sys
from gi.repository import Gio, GLib
loop, answers = GLib.MainLoop(), []
def on_reply(connection, result):
    try:
        connection.call_finish(result)
        answers.append("done")
    except GLib.Error as error:
        answers.append("refused" if "LimitsExceeded" in error.message else error.message)
def on_idle():
    if len(answers) != on_idle.n:
        on_idle.n = len(answers)
        return True
    print("asked", *sorted(answers), flush=True)
    return False
on_idle.n = -1
for _ in range(int(sys.argv[2])):
    bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
                                                  Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    for _ in range(100):
        bus.call("org.dhcpdlink1", "/org/dhcpdlink1", "org.dhcpdlink1.Manager", "StartLink",
                 GLib.Variant("(sa{sv})", (sys.argv[3], {})), None,
                 Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION, -1, None, on_reply)
GLib.timeout_add(1000, on_idle)
loop.run()
"""
POLKIT = """<node><interface name="org.freedesktop.PolicyKit1.Authority"><method name="CheckAuthorization">
<arg type="(sa{sv})" direction="in"/><arg type="s" direction="in"/>
<arg type="a{ss}" direction="in"/><arg type="u" direction="in"/>
<arg type="s" direction="in"/><arg type="(bba{ss})" direction="out"/></method>
<method name="CancelCheckAuthorization"><arg type="s" direction="in"/></method></interface></node>"""


class Authorization(AttackTest):
    """Questions of polkit that nobody answers: polkit is played, and somebody has been asked for a password."""

    def setUp(self):
        super().setUp()
        self.bus = Bus(self.net)
        self.asked, self.taken_back = [], []
        self.connection = Gio.DBusConnection.new_for_address_sync(
            self.bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.register_object("/org/freedesktop/PolicyKit1/Authority",
                                        Gio.DBusNodeInfo.new_for_xml(POLKIT).interfaces[0],
                                        self.on_call, None, None)
        self.connection.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
                                  GLib.Variant("(su)", ("org.freedesktop.PolicyKit1", 0)), None, 0, -1, None)
        self.daemon = Daemon(self.net, bus=self.bus)
        self.bus.wait_name()

    def on_call(self, *call):
        if call[4] == "CancelCheckAuthorization":
            self.taken_back.append(call[5].unpack()[0])
            call[6].return_value(None)
        else:
            self.asked.append(call)

    def serve_until(self, condition, what):
        def done():
            while GLib.MainContext.default().iteration(False):
                pass
            return condition()
        wait_until(done, what)

    def ask(self, uid, n_connections, name="eth0"):
        log = f"ask.{len(self.net.processes)}"
        self.net.spawn(self.net.client, "setpriv", f"--reuid={uid}", "--clear-groups", "/usr/bin/python3", "-c", ASK,
                       self.bus.address,
                       str(n_connections), name, log=log)
        self.serve_until(lambda: "asked" in self.net.read(log), "what became of the questions")
        return self.net.read(log).split()[1:]

    def test_each_user_has_some(self):
        self.assertEqual(self.ask(NOBODY, 4), ["refused"] * 384)
        self.assertEqual(len(self.asked), 16)
        # Another user is asked as well, and root is not asked at all.
        self.assertEqual(self.ask(OTHER, 1), ["refused"] * 84)
        self.assertEqual(len(self.asked), 32)
        self.assertEqual(self.ask(0, 1), ["done"] * 100)
        self.bus.busctl("call", "org.dhcpdlink1", "/org/dhcpdlink1", "org.dhcpdlink1.Manager", "StopLink", "sa{sv}",
                        "eth0", "1", "Release", "b", "false")
        self.assertEqual(len(self.asked), 32)

    def test_who_leaves_is_forgotten(self):
        """Each question is taken back when the caller is gone, so that there is room for others, and is not obeyed."""
        for n in (16, 32):
            self.assertEqual(self.ask(NOBODY, 1), ["refused"] * 84)
            self.assertEqual(len(self.asked), n)
            dhlib.end(self.net.processes[-1])
            self.serve_until(lambda: len(self.taken_back) == n, "the questions to be taken back")
        self.assertEqual(sorted(self.taken_back), sorted(call[5].unpack()[4] for call in self.asked))
        self.assertEqual(len(set(self.taken_back)), 32)
        for call in self.asked:
            call[6].return_value(GLib.Variant("((bba{ss}))", ((True, False, {}),)))
        self.assertEqual(self.ask(NOBODY, 1), ["refused"] * 84)
        self.assertIn("No links", self.daemon.ctl("status"))

    def test_nothing_large_is_kept(self):
        self.assertEqual(self.ask(NOBODY, 1, "x" * 5000), ["refused"] * 100)
        self.assertEqual(self.asked, [])


if __name__ == "__main__":
    dhlib.require("ip", "setpriv", "flock", "dnsmasq", "dbus-daemon", "busctl")
    dhlib.main()
