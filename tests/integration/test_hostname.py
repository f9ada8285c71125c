#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The host's name and a real server: dnsmasq's log tells which name it was told, and when.
The daemon has a UTS namespace of its own here, in which the name is changed as an administrator would.
"""
import os
import re
import signal
import unittest

import dhlib
from dhlib import Daemon, NetTest, listens, wait_until

IN_OWN_UTS = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"')


class Rename(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        self.server = self.net.dnsmasq()

    def start(self, name, *links, config=""):
        daemon = Daemon(self.net, *(links or ("eth0",)), prefix=(*IN_OWN_UTS, name),
                        config={"dhcpd-link.conf": f"[DHCPv4]\n{config}"})
        daemon.wait_log("Bound to", len(links) or 1)
        # Only now it follows the name: what a first lease can do without comes after it.
        wait_until(lambda: listens(daemon.private), "the daemon is complete")
        return daemon

    def rename(self, daemon, name):
        dhlib.run("nsenter", f"--uts=/proc/{daemon.process.pid}/ns/uts", "hostname", name)

    def told(self):
        """Returns the names that the server was told, in order, without repetitions."""
        names = re.findall(r"client provides name: (\S+)", self.net.read("dnsmasq.log"))
        return [n for i, n in enumerate(names) if i == 0 or n != names[i - 1]]

    @staticmethod
    def exchanges(daemon):
        """Returns how often the client began to look for a server, and how often it began to renew.

        Frames are no measure: a server that is slow on a busy machine is asked again.
        """
        return daemon.logged().count("-> SELECTING"), daemon.logged().count("-> RENEWING")

    def test_server_hears_of_it(self):
        daemon = self.start("first")
        monitor = dhlib.Monitor(self.net)
        self.assertEqual((self.told(), self.exchanges(daemon)), (["first"], (1, 0)))
        self.rename(daemon, "second.example.org")
        wait_until(lambda: self.told() == ["first", "second"], "the server hears of the new name")
        # By one renewal, without a second process, and the address stays. A state is logged a little later than the
        # frame is sent.
        daemon.wait_log("RENEWING -> BOUND")
        self.assertEqual(self.exchanges(daemon), (1, 1))
        self.assertEqual(monitor.deletions(), [])
        # The next one waits for its turn, and the last of several is the one that counts.
        for name in ("third", "fourth", "fifth"):
            self.rename(daemon, name)
        wait_until(lambda: self.told() == ["first", "second", "fifth"], "the server hears of the last name")
        daemon.wait_log("RENEWING -> BOUND", 2)
        self.assertEqual(self.exchanges(daemon), (1, 2))

    def test_while_the_server_is_asked(self):
        """The renewal that is under way has the old name: another one follows it, once its server is back."""
        daemon = self.start("first")
        # It stands still, and reads what came meanwhile afterwards.
        os.kill(self.server.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, self.server.pid, signal.SIGCONT)
        # Asked for again, since a lease that has only just come is not renewed.
        wait_until(lambda: (daemon.ctl("renew", "eth0"), "BOUND -> RENEWING" in daemon.logged())[1], "a renewal begins")
        self.rename(daemon, "second")
        daemon.wait_log("another name")
        os.kill(self.server.pid, signal.SIGCONT)
        wait_until(lambda: self.told() == ["first", "second"], "the server hears of the new name")
        daemon.wait_log("RENEWING -> BOUND", 2)
        self.assertEqual(self.exchanges(daemon), (1, 2))

    def test_without_links(self):
        """A name set before there is a link is told in the first message."""
        daemon = Daemon(self.net, prefix=(*IN_OWN_UTS, "first"), config={"dhcpd-link.conf": ""})
        wait_until(lambda: listens(daemon.private), "the daemon is complete")
        self.rename(daemon, "second")
        daemon.wait_log("another name")
        daemon.ctl("up", "eth0")
        daemon.wait_log("Bound to")
        self.assertEqual(self.told(), ["second"])

    def test_many_links_and_those_that_do_not_tell(self):
        """Every link that tells the name renews once, though only two links do so at a time.

        A link with a Hostname= of its own does not.
        """
        for i in range(1, 6):
            self.net.add_link(f"eth{i}")
        os.makedirs(self.net.path("config/links"), exist_ok=True)
        with open(self.net.path("config/links/a.conf"), "w", encoding="ascii") as f:
            f.write("[Match]\nName=eth5\n[DHCPv4]\nHostname=fixed\n")
        daemon = self.start("first", *[f"eth{i}" for i in range(6)], config="[Manager]\nMaxExchanges=2\n")
        self.rename(daemon, "second")
        wait_until(lambda: self.net.read("dnsmasq.log").count("client provides name: second") == 5, "five links renew")
        daemon.wait_log("RENEWING -> BOUND", 5)
        self.assertEqual(self.exchanges(daemon)[1], 5)
        self.assertIn("eth5", daemon.ctl("list"))

    def test_configured_name(self):
        """A name that is never told changes: nothing is sent."""
        daemon = self.start("first", config="Hostname=configured\n")
        self.rename(daemon, "second")
        daemon.wait_log("another name")
        daemon.ctl("renew", "eth0")
        daemon.wait_log("RENEWING -> BOUND")
        self.assertEqual((self.told(), self.exchanges(daemon)), (["configured"], (1, 1)))


if __name__ == "__main__":
    dhlib.require("dnsmasq", "unshare", "nsenter", "hostname")
    dhlib.main()
