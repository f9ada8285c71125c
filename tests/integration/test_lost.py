#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Our address goes because its server says so, and comes back at once; or it ends because there is no server any more.
With both values of promote_secondaries, others lose nothing by this, not even for a moment.
"""
import importlib.util

import dhlib
from dhlib import Daemon, Monitor, NetTest, wait_until

if not importlib.util.find_spec("scapy"):
    dhlib.skip("python3-scapy is not installed")

from liar import NAK, REQUEST, Liar, Reply, kind  # noqa: E402

OTHERS = "10.1.0.5"  # an administrator's second address in the lease's network
CONFIG = {"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n"}


class Lost(NetTest):
    def setUp(self):
        super().setUp()
        self.liar = Liar(self.net, 1)
        self.addCleanup(self.liar.close)
        self.answers = self.honest
        self.lifetime = 3600

    def honest(self, request):
        reply = Reply(request)
        reply.options[51] = self.lifetime.to_bytes(4, "big")
        yield reply.frame()

    def refusing(self, request):
        """The first REQUEST gets a NAK, and every other message what it asks for."""
        if request.type != REQUEST:
            yield from self.honest(request)
            return
        self.answers = self.honest
        reply = Reply(request)
        kind(NAK)(reply)
        yield reply.frame()

    def serve(self, done):
        self.assertTrue(self.liar.serve(lambda request: self.answers(request), done), self.daemon.logged()[-2000:])

    def bind(self, promotes):
        for name in ("all", "e1"):
            self.net.sysctl(f"net/ipv4/conf/{name}/promote_secondaries", promotes)
        self.daemon = Daemon(self.net, "e1", config=CONFIG)
        self.serve(lambda: "Bound to" in self.daemon.logged())
        self.ours = self.net.wait_address("e1")
        self.net.ip("addr", "add", f"{OTHERS}/24", "dev", "e1")
        self.net.ip("route", "add", "default", "via", "10.1.0.1", "dev", "e1", "src", OTHERS, "metric", "77")
        self.net.ip("route", "add", "10.99.0.0/16", "via", "10.1.0.1", "dev", "e1", "proto", "dhcp", "metric", "78")
        self.monitor = Monitor(self.net)
        self.before = self.others()
        self.assertEqual(len(self.before), 3)

    def others(self):
        routes = self.net.ip("-4", "route", "show", "dev", "e1").splitlines()
        return [a[:2] for a in self.net.addresses("e1") if a[0] != self.ours] + [r.split() for r in routes
                                                                                 if "metric 7" in r]

    def check_others(self):
        self.assertEqual(self.others(), self.before)
        deleted = self.monitor.deletions()
        self.assertEqual([line for line in deleted if f"inet {OTHERS}/" in line or "metric 7" in line], [])
        return [line for line in deleted if f"inet {self.ours}/" in line]

    def check_nak(self, promotes):
        self.bind(promotes)
        self.answers = self.refusing
        self.daemon.ctl("renew", "e1")
        self.serve(lambda: self.daemon.logged().count("Bound to") == 2)
        wait_until(lambda: self.ours in [a[0] for a in self.net.addresses("e1")], "the same address")
        # RFC 2131 §3.1: after a NAK the address is not used. It goes once.
        self.assertEqual(len(self.check_others()), 1)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(len(self.check_others()), 2)

    def test_nak_promoted(self):
        self.check_nak(1)

    def test_nak(self):
        self.check_nak(0)

    def check_expiry(self, promotes):
        self.lifetime = 10
        self.bind(promotes)
        self.answers = lambda request: ()
        self.serve(lambda: "expired" in self.daemon.logged())
        wait_until(lambda: self.ours not in [a[0] for a in self.net.addresses("e1")], "our address is gone")
        self.assertEqual(len(self.check_others()), 1)

    def test_expiry_promoted(self):
        self.check_expiry(1)

    def test_expiry(self):
        """The daemon takes the address off before the kernel does, which would take the other one, too."""
        self.check_expiry(0)


if __name__ == "__main__":
    dhlib.require("ip")
    dhlib.main()
