#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
libdhcpd-link-glib from C (glib-client), against the live daemon on both of its connections: a daemon that restarts, links that come and go, calls that
fail or are cancelled; and against somebody who is no daemon. (test_glib_languages.py has the other languages.)
"""
import json
import os

from gi.repository import Gio, GLib

import dhlib
from busclient import DBusTest, DHCP4, KEEP, LINK, MANAGER, NAME, ROOT
from dhlib import Daemon, wait_until
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
        program.wait("error describe eth0: daemon-gone .*")
        program.wait("daemon not-installed .*")
        self.assertEqual(program.ask("renew kept")[1].split()[0], "no-such-link")
        self.assertEqual(program.ask("counters kept")[1].split()[0], "no-such-link")
        lines, _ = program.ask("kept")
        self.assertRegex(lines[-1], rf"kept eth0 present=0 address={address} state=BOUND remaining=3[56]\d\d")
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
        """Every call, and every error of the contract that a link can bring about; on the bus, in a thread of its own."""
        self.net.dnsmasq()
        self.net.add_link("eth1")
        self.start("eth1")
        program = self.client("thread")
        program.wait("daemon running ")
        self.assertEqual(program.ask("start eth0")[1], "")
        address = wait_bound(program, "eth0")
        self.assertEqual(address, self.net.addresses()[0][0])
        self.assertEqual(json.loads(next(l for l in program.ask("describe eth0")[0] if l.startswith("json "))[5:])["Name"], "eth0")
        every = json.loads(next(l for l in program.ask("describe-all")[0] if l.startswith("json "))[5:])
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
                "StateChanged": lambda a: f"transition eth0 {a[0]} {a[1]}", "LeaseChanged": lambda a: f"lease eth0 {a[0]}"}
        wanted = [told[member](arguments) for _, _, member, arguments in raw.signals if member in told]
        found = [" ".join(line.split()[:3 if line.startswith("lease") else 4]) for line in program.lines
                 if line.startswith(("added", "removed", "transition", "lease"))]
        self.assertEqual(found, wanted)
        self.assertGreater(len(found), 8)
        program.quit()

    def test_come_and_go(self):
        """Links that come and go a thousand times: each is freed, none stays in the list, and memory does not grow."""
        batch = self.net.path("batch")

        def kernel(verb, first, last, *words):
            with open(batch, "w", encoding="ascii") as file:
                file.writelines(" ".join(("link", verb, f"d{i}", *(word.format(i) for word in words))) + "\n" for i in range(first, last))
            self.net.ip("-batch", batch)

        kernel("add", 0, 30, "type", "veth", "peer", "name", "p{}")
        self.start()
        program = self.client()
        program.wait("daemon running ")

        def come_and_go(rounds):
            """A claim of thirty links comes and goes; and what the claim is about, as well."""
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
        while counts()[0] < 1000:
            come_and_go(10)
        added, removed, freed = counts()
        self.assertEqual((added, added), (removed, freed))
        self.assertLess(program.rss() - before, 2 << 20)
        program.quit()

    def test_private_socket(self):
        """The same without a bus. Who starts links hears of these alone, and of all again afterwards."""
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


if __name__ == "__main__":
    dhlib.require("dnsmasq", "dbus-daemon", "busctl")
    dhlib.main()
