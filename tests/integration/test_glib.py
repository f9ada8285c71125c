#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
libdhcpd-link-glib from C (glib-client).
Against the live daemon on both of its connections: a daemon that restarts, links that come and go, calls that fail or
are cancelled. And against a program that is no daemon. (test_glib_languages.py has the other languages.)
"""
import json
import os

from gi.repository import Gio, GLib

import dhlib
from busclient import DBusTest, DHCP4, LINK, MANAGER, NAME, OBJECTS, PROPERTIES, ROOT
from dhlib import Bus, NetTest, wait_until
from glibclient import FakeDaemon, GlibClient, defaults, link_object, link_path


def wait_bound(program, name):
    return program.wait(rf"lease {name} bound (\S+)")[1]


class Live(DBusTest):
    def client(self, *arguments):
        return GlibClient(self.net, self.bus.address, "bus", *arguments)

    def test_daemon_restarts(self):
        """The daemon comes, goes, and comes back; a link that is kept keeps its values, and its calls fail."""
        self.net.dnsmasq()
        program = self.client()
        self.assertEqual(program.ask("prepare")[1].split()[0], "daemon-gone")
        self.assertIn("daemon not-installed The DHCP client daemon is not installed", program.lines)
        self.start("eth0")
        program.wait("added eth0")
        program.wait("daemon running ")
        self.assertEqual(program.ask("prepare")[1], "")
        address = self.net.wait_address()
        wait_until(lambda: self.system().get("State") == "BOUND", "BOUND")
        program.ask("sync")
        program.ask("keep eth0")
        self.assertEqual(program.ask("renew kept")[1], "")
        lines, _ = program.ask("options eth0")
        self.assertIn("option 3 routers 4 10.77.0.1", lines)
        # A call that is under way when the daemon dies ends, and only then are its links gone.
        self.daemon.process.send_signal(dhlib.signal.SIGSTOP)
        program.send("describe eth0")
        program.ask("sync")
        self.daemon.kill()
        program.wait("removed eth0")
        program.wait("daemon not-running .*")
        program.wait_each("error describe eth0: daemon-gone The DHCP client daemon ended before it answered",
                          "daemon not-installed The DHCP client daemon is not installed")
        self.assertEqual(program.ask("renew kept")[1].split()[0], "no-such-link")
        self.assertEqual(program.ask("counters kept")[1].split()[0], "no-such-link")
        lines, _ = program.ask("kept")
        self.assertRegex(lines[-1], rf"kept eth0 present=0 address={address} state=(BOUND|RENEWING) "
                                    r"remaining=3[56]\d\d")
        self.assertEqual(program.ask("start eth0")[1].split()[0], "daemon-gone")
        self.start("eth0")
        program.wait("added eth0")
        program.wait("daemon running ")
        self.assertNotIn("freed eth0", program.lines)
        program.ask("drop")
        self.assertIn("freed eth0", program.lines)
        # A bus that goes takes everything with it.
        self.bus.stop()
        program.wait("removed eth0")
        program.wait("daemon not-running .*")
        program.quit()

    def test_calls(self):
        """Every call, and every error of the contract that a link can bring about; in a thread of its own."""
        self.net.dnsmasq()
        self.net.add_link("eth1")
        self.start("eth1")
        program = self.client("thread")
        program.wait("daemon running ")
        self.assertEqual(program.ask("start eth0")[1], "")
        address = wait_bound(program, "eth0")
        self.assertEqual(address, self.net.addresses()[0][0])
        def described(command):
            return json.loads(next(line for line in program.ask(command)[0] if line.startswith("json "))[5:])

        self.assertEqual(described("describe eth0")["Name"], "eth0")
        every = described("describe-all")
        self.assertEqual([link["Name"] for link in every["Links"]], ["eth0", "eth1"])
        self.assertIn("acks 1", program.ask("counters eth0")[0])
        self.assertEqual(program.ask("restart eth0")[1], "")
        wait_bound(program, "eth0")
        lines, error = program.ask("release eth0")
        self.assertEqual(error, "")
        self.assertIn("lease eth0 lost ", lines)
        self.assertEqual(program.ask("release eth0")[1].split()[0], "not-bound")
        self.assertEqual(program.ask("renew eth0")[1], "")
        wait_bound(program, "eth0")
        self.assertEqual(program.ask("reload")[1], "")
        self.assertIn("candidate lo not-supported", program.ask("candidates")[0])
        self.assertEqual(program.ask("start lo")[1].split()[0], "not-supported")
        self.assertEqual(program.ask("start no/such")[1].split()[0], "no-such-link")
        self.assertEqual(program.ask("stop nobody")[1].split()[0], "not-managed")
        os.rmdir(self.net.path("config/links"))
        os.symlink("links", self.net.path("config/links"))  # a folder that cannot be listed
        self.assertEqual(program.ask("reload")[1].split()[0], "bad-configuration")
        for command in ("describe eth0", "stop nobody", "candidates", "prepare", "renew eth0", "counters eth0"):
            self.assertEqual(program.ask(f"cancel {command}")[1].split()[0], "cancelled")
        self.assertEqual(program.ask("stop eth0")[1], "")
        # A call ends after the signals of what it did.
        self.assertEqual([line for line in program.lines if line.startswith(("removed", "done stop", "freed"))],
                         ["removed eth0", "freed eth0", "done stop eth0"])
        program.quit()

    def test_order(self):
        """What the library tells comes in the order in which the daemon sent it."""
        self.net.dnsmasq()
        self.start()
        program, raw = self.client(), self.system()
        program.wait("daemon running ")
        program.ask("start eth0")
        wait_bound(program, "eth0")
        program.ask("restart eth0")
        wait_bound(program, "eth0")
        program.ask("release eth0")
        program.ask("stop eth0")
        raw.wait_signal(lambda _path, _interface, member, _arguments: member == "InterfacesRemoved", "the end")
        told = {"InterfacesAdded": lambda a: "added eth0", "InterfacesRemoved": lambda a: "removed eth0",
                "StateChanged": lambda a: f"transition eth0 {a[0]} {a[1]}",
                "LeaseChanged": lambda a: f"lease eth0 {a[0]}"}
        wanted = [told[member](arguments) for _, _, member, arguments in raw.signals if member in told]
        found = [" ".join(line.split()[:3 if line.startswith("lease") else 4]) for line in program.lines
                 if line.startswith(("added", "removed", "transition", "lease"))]
        self.assertEqual(found, wanted)
        self.assertGreater(len(found), 8)
        program.quit()

    def test_come_and_go(self):
        """Links that come and go hundreds of times: each is freed, none stays in the list, and memory does not grow."""
        batch = self.net.path("batch")

        def kernel(verb, first, last, *words):
            with open(batch, "w", encoding="ascii") as file:
                for i in range(first, last):
                    file.write(" ".join(("link", verb, f"d{i}", *(word.format(i) for word in words))) + "\n")
            self.net.ip("-batch", batch)

        kernel("add", 0, 30, "type", "veth", "peer", "name", "p{}")
        self.start()
        program = self.client()
        program.wait("daemon running ")

        def come_and_go(rounds):
            """Lets a claim of thirty links come and go, and the links themselves as well."""
            for _ in range(rounds):
                self.assertEqual(program.ask("start-only d*")[1], "")
                self.assertEqual(program.ask("stop d*")[1], "")
            program.ask("start-only d*")
            kernel("add", 30, 35, "type", "veth", "peer", "name", "p{}")
            program.wait_each(*(f"added d{i}" for i in range(30, 35)))
            kernel("del", 30, 35)
            program.wait_each(*(f"freed d{i}" for i in range(30, 35)))
            program.ask("stop d*")

        def counts():
            return [sum(line.startswith(word) for line in program.lines) for word in ("added", "removed", "freed")]

        come_and_go(3)
        before = program.rss()
        come_and_go(7)
        added, removed, freed = counts()
        self.assertEqual((added, added), (removed, freed))
        self.assertGreater(added, 300)
        self.assertLess(program.rss() - before, 4 << 20)
        program.quit()

    def test_private_socket(self):
        """The same without a bus. A client that starts links hears of these alone, and of all again afterwards."""
        self.net.dnsmasq()
        self.net.add_link("eth1")
        self.start("eth1")
        program = GlibClient(self.net, f"unix:path={self.daemon.private}", "peer")
        program.wait("added eth1")
        program.wait("daemon running ")
        self.assertEqual(program.ask("start eth0")[1], "")
        self.assertIn("removed eth1", program.lines)
        wait_bound(program, "eth0")
        self.assertEqual(program.ask("stop eth0")[1], "")
        self.assertIn("removed eth0", program.lines)
        program.wait("added eth1")
        self.daemon.kill()
        program.wait("removed eth1")
        program.wait("daemon not-running .*")
        self.assertEqual(program.ask("start eth0")[1].split()[0], "daemon-gone")
        program.quit()


class StartingBus(Bus):
    """A bus that starts a program for the daemon's name: one that notes it and ends."""

    def __init__(self, net):
        started = net.path("started")
        os.mkdir(net.path("services"))
        with open(net.path("services/x.service"), "w", encoding="ascii") as file:
            file.write(f"[D-BUS Service]\nName={NAME}\nExec=/bin/sh -c 'echo >>{started}; exit 1'\n".replace("'", '"'))
        self.CONFIG = Bus.CONFIG.replace("<type>system</type>", f"<servicedir>{net.path('services')}</servicedir>")
        super().__init__(net)


class Pretended(NetTest):
    """Another program has the daemon's name, or no program has it."""

    def setUp(self):
        super().setUp()
        self.bus = Bus(self.net)

    def connect(self):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        return Gio.DBusConnection.new_for_address_sync(self.bus.address, flags, None, None)

    def client(self, *arguments):
        return GlibClient(self.net, self.bus.address, "bus", *arguments)

    def fake(self, *arguments, **kwargs):
        return FakeDaemon(self.connect(), *arguments, **kwargs)

    def wait(self, fake, program, pattern):
        """Waits for a line of the program while the fake answers."""
        return fake.serve(lambda: program.find(pattern), pattern)

    def ask(self, fake, program, command):
        program.send(command)
        return self.wait(fake, program, f"(done|error) {command}.*")[0]

    def test_not_running(self):
        """Looking does not start the daemon, unless it was asked for."""
        self.bus.stop()
        self.bus = StartingBus(self.net)
        program = self.client()
        program.wait("daemon not-running The DHCP client daemon does not run")
        program.quit()
        self.assertFalse(os.path.exists(self.net.path("started")))
        program = self.client("auto-start")
        program.wait("daemon not-running .*")
        program.quit()
        self.assertTrue(os.path.exists(self.net.path("started")))

    def test_incompatible(self):
        """A daemon of another contract: one without a version, and ones that are something else."""
        error = "org.freedesktop.DBus.Error."
        version = GLib.Variant("u", 0)
        for manager, objects, told in (
                (defaults(MANAGER, ContractVersion=version), {}, "version 0 of its D-Bus contract, and 1 is needed"),
                ({"Version": GLib.Variant("s", "old")}, {}, "version 0 of its D-Bus contract, and 1 is needed"),
                (defaults(MANAGER, ContractVersion=GLib.Variant("s", "1")), {}, "speaks version 0"),
                (error + "UnknownInterface", {}, "No."),
                (None, GLib.Variant("as", ["?"]), "not of this contract"), (error + "InvalidArgs", {}, "No.")):
            fake = self.fake(manager, objects or {link_path(2): link_object(2, "eth2")})
            program = self.client()
            self.wait(fake, program, f"daemon incompatible .*{told}.*")
            fake.add(link_path(3), link_object(3, "eth3"))
            self.assertTrue(self.ask(fake, program, "start eth0").startswith("error start eth0: incompatible "))
            self.assertFalse([line for line in program.lines if line.startswith("added")])
            program.quit()
            fake.connection.close_sync(None)
        # A later version adds to this one.
        fake = self.fake(defaults(MANAGER, ContractVersion=GLib.Variant("u", 7), New=GLib.Variant("s", "?")))
        program = self.client()
        self.wait(fake, program, "daemon running ")
        program.quit()

    def test_refused(self):
        fake = self.fake("org.freedesktop.DBus.Error.AccessDenied")
        program = self.client()
        self.wait(fake, program, "daemon refused No[.]")
        self.assertTrue(self.ask(fake, program, "start eth0").startswith("error start eth0: access-denied No."))
        program.quit()

    def test_words(self):
        """Unknown words of a later daemon read as unknown, and other errors keep their message."""
        fake = self.fake(objects={link_path(2): link_object(2, "eth2")})
        program = self.client()
        self.wait(fake, program, "daemon running ")
        fake.signal(link_path(2), DHCP4, "StateChanged", "ssa{sv}", "SELECTING", "DREAMING", {})
        self.wait(fake, program, "transition eth2 SELECTING DREAMING")
        fake.signal(link_path(2), DHCP4, "LeaseChanged", "sa{sv}a{sv}a{sv}", "embroidered", {}, {}, {})
        self.wait(fake, program, "lease eth2 unknown ")
        program.send("describe-all")
        fake.serve(lambda: fake.calls, "the call")
        fake.calls[0][1].return_dbus_error("org.example.Strange", "The moon is full.")
        self.wait(fake, program, "error describe-all: g-io-error-quark The moon is full[.]")
        program.quit()

    def test_first_answer(self):
        """What comes before the answer with all links is in it, and does not count; what comes right after it does."""
        for _ in range(8):
            fake = self.fake(objects={link_path(2): link_object(2, "eth2"), link_path(3): link_object(3, "eth3")})
            fake.before = lambda fake=fake: (fake.add(link_path(4), link_object(4, "eth4")), fake.remove(link_path(2)))
            fake.after = lambda fake=fake: (
                fake.signal(link_path(2), DHCP4, "StateChanged", "ssa{sv}", "SELECTING", "REQUESTING", {}),
                fake.remove(link_path(3)), fake.add(link_path(5), link_object(5, "eth5")))
            program = self.client()
            self.wait(fake, program, "added eth5")
            self.assertEqual([line for line in program.lines if not line.startswith("daemon unknown")],
                             ["added eth2", "added eth3", "daemon running ", "transition eth2 SELECTING REQUESTING",
                              "removed eth3", "freed eth3", "added eth5"])
            program.quit()
            fake.connection.close_sync(None)

    def test_interactive(self):
        """Calls that change something may ask for a password if the program says so; those that read never do."""
        fake = self.fake(objects={link_path(2): link_object(2, "eth2")})
        program = self.client()
        self.wait(fake, program, "daemon running ")
        for command, asks in (("start eth2", False), ("start eth2", True), ("describe-all", False)):
            n = len(fake.calls)
            program.send(*(["interactive"] if asks else []), command)
            fake.serve(lambda n=n: len(fake.calls) > n, "the call")
            invocation = fake.calls[-1][1]
            flags = invocation.get_message().get_flags()
            self.assertEqual(bool(flags & Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION), asks)
            self.assertTrue(flags & Gio.DBusMessageFlags.NO_AUTO_START)
            invocation.return_dbus_error("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
                                         "Say who you are.")
            self.wait(fake, program, f"error {command}: authorization-required Say who you are[.]")
        program.quit()

    def test_owner_changes(self):
        """The name goes to another process: calls end, links are those of the new one, the old one is not heard."""
        old = self.fake(objects={link_path(2): link_object(2, "eth2")})
        program = self.client()
        self.wait(old, program, "daemon running ")
        program.send("describe-all", "start eth2")
        old.serve(lambda: len(old.calls) == 2, "the calls")
        old.disown()
        new = self.fake(objects={link_path(3): link_object(3, "eth3")})
        self.wait(new, program, "removed eth2")
        self.wait(new, program, "error describe-all: daemon-gone .*")
        self.wait(new, program, "error start eth2: daemon-gone .*")
        self.wait(new, program, "added eth3")
        self.wait(new, program, "daemon running ")
        old.add(link_path(4), link_object(4, "eth4"))
        old.remove(link_path(3))
        old.connection.flush_sync(None)
        new.add(link_path(5), link_object(5, "eth5"))
        self.wait(new, program, "added eth5")
        self.assertNotIn("removed eth3", program.lines)
        self.assertNotIn("added eth4", program.lines)
        self.assertLess(program.lines.index("removed eth2"), program.lines.index("added eth3"))
        program.quit()

    def lie(self, fake):
        """Tells everything that is not of the contract, and what no daemon would say."""
        wrong = [GLib.Variant(*value) for value in (
            ("s", "x"), ("u", 7), ("as", ["x"]), ("ay", b"x"), ("a{sv}", {}), ("(s)", ("x",)),
            ("v", GLib.Variant("t", 1)), ("aa{sv}", [{}, {"Code": GLib.Variant("s", "")}]))]
        members = ("InterfacesAdded", "InterfacesRemoved", "PropertiesChanged", "StateChanged", "LeaseChanged",
                   "CandidatesChanged", "Else")
        bodies = (("s", ("x",)), ("oas", ("/x", [])), ("oa{sa{sv}}", ("/x", {})), ("sa{sv}as", ("x", {}, [])))
        for interface in (LINK, DHCP4, MANAGER, "org.example.Other"):
            for value in wrong:
                every = {name: value for name in (*defaults(LINK), *defaults(DHCP4), *defaults(MANAGER), "", "Other")}
                fake.change(ROOT if interface == MANAGER else link_path(2), interface, **every)
                fake.add(link_path(2), {interface: every})
        for path in ("/", ROOT, link_path(2), link_path(9), "/org/example"):
            for member in members:
                for interface in (OBJECTS, PROPERTIES, DHCP4, MANAGER):
                    for signature, arguments in bodies:
                        fake.signal(path, interface, member, signature, *arguments)
        fake.add(link_path(2), link_object(7, "twice"))
        fake.add("/without", {DHCP4: defaults(DHCP4)})
        fake.add("/bare", {LINK: {}})
        fake.add("/two", link_object(2, "same-index"))
        fake.remove(link_path(2), DHCP4)
        fake.add(link_path(2), {DHCP4: defaults(DHCP4)})
        fake.remove("/bare")
        fake.remove("/two")
        fake.remove(link_path(8))

    def test_lies(self):
        """No lie brings the client down, whoever tells it: one on the bus, and one at the private socket."""
        fake = self.fake(objects={link_path(2): link_object(2, "eth2"), "/": {}, "/x": {"org.example": {}}})
        program = self.client("lied-to")
        self.wait(fake, program, "daemon running ")
        self.lie(fake)
        fake.add(link_path(3), link_object(3, "eth3"))
        self.wait(fake, program, "added eth3")
        self.assertEqual([line for line in program.lines if line.startswith(("added", "removed"))],
                         ["added eth2", "added ", "added same-index", "removed ", "removed same-index", "added eth3"])
        program.quit()

    def test_lies_of_peer(self):
        taken = []
        server = Gio.DBusServer.new_sync(f"unix:path={self.net.path('private')}",
                                         Gio.DBusServerFlags.AUTHENTICATION_ALLOW_ANONYMOUS,
                                         Gio.dbus_generate_guid(), None, None)
        server.connect("new-connection", lambda _server, connection: bool(taken.append(
            FakeDaemon(connection, objects={link_path(2): link_object(2, "eth2")}, own=False))) or True)
        server.start()
        program = GlibClient(self.net, server.get_client_address(), "peer", "lied-to")
        wait_until(lambda: GLib.MainContext.default().iteration(False) and taken, "the client")
        fake = taken[0]
        self.wait(fake, program, "daemon running ")
        self.lie(fake)
        fake.add(link_path(3), link_object(3, "eth3"))
        self.wait(fake, program, "added eth3")
        fake.connection.close_sync(None)
        self.wait(fake, program, "daemon not-running .*")
        program.quit()
        server.stop()


if __name__ == "__main__":
    dhlib.require("dnsmasq", "dbus-daemon", "busctl")
    dhlib.main()
