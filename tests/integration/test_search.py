#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What people are told while there is no lease.
A server is silent, answers of servers are refused, or a real server is denied. Status, D-Bus, the Status of the units,
and one line in the journal, not one for each attempt.
"""
import importlib.util
import json
import os
import re

import dhlib
from dhlib import Daemon, NetTest, end, listens, wait_until

if not importlib.util.find_spec("scapy"):
    dhlib.skip("python3-scapy is not installed")

from liar import Liar, Reply, first, option  # noqa: E402
from test_ctl import CTL, Notified  # noqa: E402

SILENT, NO_LIFETIME, NO_ADDRESS = 1, 2, 3  # the liar's links
ATTEMPTS = 5  # a line for each of them would be seen
DENY = "[Match]\nName=eth0\n[DHCPv4]\nDenyServer=10.77.0.1\n"
CONFIG = {
    "dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\nIPv6OnlyMode=no\n",
    "links/deny.conf": DENY,
    "links/required.conf": f"[Match]\nName=e{NO_LIFETIME}\n[DHCPv4]\nConflictDetection=no\nDefaultLeaseTimeSec=0\n",
}
SILENCE = "No DHCP server answers"
REASONS = {
    "eth0": ("denied", "DHCPOFFER of 10.77.0.1 not taken: a server that DenyServer= lists"),
    f"e{NO_LIFETIME}": ("no-lease-time", f"DHCPOFFER of 10.{NO_LIFETIME}.0.1 not taken: no lease time (option 51), and"
                        " DefaultLeaseTimeSec=0"),
    f"e{NO_ADDRESS}": ("ipv6-only-unasked", f"DHCPOFFER of 10.{NO_ADDRESS}.0.1 not taken: no address, only that the"
                       " network needs no IPv4 (option 108), which was not asked for (IPv6OnlyMode=)"),
}
DATE = r"\w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
SEARCH = rf"searching since {DATE}, \d+ attempts, next {DATE}$"


class Search(NetTest):
    def setUp(self):
        super().setUp()
        self.liar = Liar(self.net, 3)
        self.addCleanup(self.liar.close)
        self.answers = self.lie
        self.net.add_link("eth0")
        self.liar.sink.close()  # dnsmasq has the port
        self.net.dnsmasq()
        self.of_daemon = self.notified("daemon")
        self.daemon = Daemon(self.net, "e[123]", "eth0", config=CONFIG,
                             prefix=("env", f"NOTIFY_SOCKET={self.of_daemon.path}"))
        wait_until(lambda: listens(self.daemon.private), "the private socket")
        self.of_holder = self.notified("holder")
        self.holder = self.net.spawn(self.net.client, CTL, f"--socket={self.daemon.private}", "hold", f"e{SILENT}",
                                     log="hold", env={**os.environ, "NOTIFY_SOCKET": self.of_holder.path})

    def notified(self, name):
        notified = Notified(self.net.path(f"notify.{name}"))
        self.addCleanup(notified.socket.close)
        return notified

    def lie(self, request):
        if request.link == SILENT:
            return
        reply = Reply(request)
        if request.link == NO_LIFETIME:
            option(51, None)(reply)
        else:
            reply.bootp["yiaddr"] = "0.0.0.0"
            first(b"\x6c\x04\0\0\x02\x58")(reply)
        yield reply.frame()

    def honest(self, request):
        yield Reply(request).frame()

    def serve(self, done, what):
        """Serves until done(). A program that is told meanwhile reads it: otherwise the daemon would stop."""
        def look():
            return [told.read() for told in (self.of_daemon, self.of_holder)] and done()
        self.assertTrue(self.liar.serve(lambda request: self.answers(request), look), what)

    def status(self, name):
        return json.loads(self.daemon.ctl("--json", "status", name))["DHCPv4"]

    def check_typed(self, name, reason):
        """Asserts what is told. `reason`: id and text of the last answer, or None."""
        link = self.status(name)
        for clock in ("", "Boottime"):
            since, following = link[f"SearchingSince{clock}USec"], link[f"NextAttemptAt{clock}USec"]
            self.assertGreater(since, 0)
            self.assertGreater(following, since)
        self.assertGreaterEqual(link["Attempt"], ATTEMPTS)
        ignored = link["LastIgnored"]
        if reason:
            self.assertEqual((ignored["Id"], ignored["Text"], ignored["Message"]), (*reason, "DHCPOFFER"))
            self.assertTrue(reason[1].startswith(f"DHCPOFFER of {ignored['Server']} "))
            self.assertGreaterEqual(ignored["AtBoottimeUSec"], link["SearchingSinceBoottimeUSec"])
        else:
            self.assertEqual(ignored, {})
        # Where a server is slow for some seconds, silence is what there is to tell.
        self.assertIn(link["LastError"]["Text"], (SILENCE, reason[1]) if reason else (SILENCE,))

    def check_text(self, name, reason):
        text = self.daemon.ctl("status", name)
        self.assertRegex(text, r"Searching: for \w+( \w+)?, \d+ attempts, next in \w+")
        self.assertIn(f"Last answer: {reason[1]}\n" if reason else f"Problem: {SILENCE}\n", text)
        if reason and self.status(name)["LastError"].get("Text") == reason[1]:
            self.assertNotIn("Problem", text)

    def check_lines(self, name, reason):
        """Asserts that each reason is logged once, whatever the number of attempts."""
        texts = re.findall(rf"^{name}: No lease after \d+ attempts in \w+(?: \w+)?: (.*)", self.daemon.logged(), re.M)
        self.assertEqual(len(texts), len(set(texts)))
        self.assertLessEqual(set(texts), {SILENCE, *(reason or ())[1:]})
        self.assertIn(reason[1] if reason else SILENCE, texts)

    def test_reasons(self):
        links = {f"e{SILENT}": None, **REASONS}
        # The first attempts are nobody's business. Whoever looks sees them all the same.
        self.of_holder.wait_status(rf"^e{SILENT}: ")
        self.serve(lambda: all(self.status(name)["Attempt"] >= ATTEMPTS for name in links), "so many attempts")
        # An answer to the latest attempt may be on its way.
        self.serve(lambda: all(self.status(name)["LastIgnored"].get("Id") == reason[0]
                               for name, reason in REASONS.items()), "reasons")
        self.serve(lambda: all(reason[1] in self.daemon.logged() for reason in REASONS.values()), "lines in the log")
        for name, reason in links.items():
            with self.subTest(name):
                self.check_typed(name, reason)
                self.check_text(name, reason)
                self.check_lines(name, reason)
        self.of_daemon.wait_status(rf"^4 links managed, 0 with a lease; e{SILENT}: {SILENCE}; {SEARCH}")
        self.of_holder.wait_status(rf"^e{SILENT}: SELECTING: {SILENCE}; {SEARCH}")
        self.assertEqual(self.net.read("hold"), f"e{SILENT}: no lease yet: {SILENCE}\n")
        self.assertEqual(len(self.daemon.logged().split(f"e{SILENT}: No lease")), 2)

        self.answers = self.honest
        with open(self.net.path("config/links/deny.conf"), "w", encoding="ascii") as f:
            f.write(DENY.replace("DenyServer", "AllowServer"))
        self.daemon.ctl("reload")
        for name in links:
            self.daemon.ctl("renew", name)
        self.serve(lambda: all(self.status(name)["State"] == "BOUND" for name in links), "leases")
        for name in links:
            link = self.status(name)
            for key in ("SearchingSinceUSec", "SearchingSinceBoottimeUSec", "Attempt", "NextAttemptAtUSec",
                        "NextAttemptAtBoottimeUSec", "LastIgnored", "LastError"):
                self.assertIn(link[key], (0, {}, ""), key)
            self.assertNotRegex(self.daemon.ctl("status", name), "Searching|Last answer|Problem")
        self.of_daemon.wait_status("^4 links managed, 4 with a lease$")
        self.of_holder.wait_status(rf"^e{SILENT}: 10\.{SILENT}\.0\.66/24, expires")
        self.assertEqual(end(self.holder), 0)


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq")
    dhlib.main()
