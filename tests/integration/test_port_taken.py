# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Another process has UDP port 68 and lets nobody else have it.
It is another DHCP client, or a program that has no business there. Leases are renewed all the same.
"""
import json
import sys
import unittest

import dhlib
from dhlib import Daemon, NetTest, wait_until
from dhservers import Dnsmasq, Offer
from wire import RELEASE, REQUEST, Wire

QUICK = {"lease": 20, "t1": 3, "t2": 60}
HOLD = ("import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 68)); "
        "print('held', flush=True); time.sleep(1000)")
MACS = {"eth0": "02:00:00:00:00:01", "eth1": "02:00:00:00:00:02"}


class PortTaken(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0", mac=MACS["eth0"])
        self.wire = Wire(self.net)
        self.addCleanup(self.wire.close)
        self.holder = self.net.spawn(self.net.client, sys.executable, "-c", HOLD, log="holder.log")
        wait_until(lambda: "held" in self.net.read("holder.log"), "port 68 is held")

    def bind(self, *names, **offer):
        Dnsmasq(self.net).start(Offer(**{**QUICK, **offer}))
        self.daemon = Daemon(self.net, *names, config={"dhcpd-link.conf": "[DHCPv4]\nSendRelease=yes\n"})
        return self.net.wait_address()

    def last_error(self):
        return json.loads(self.daemon.ctl("--json", "status", "eth0"))["DHCPv4"]["LastError"].get("Text", "")

    def renewed(self, name, n):
        wait_until(lambda: self.daemon.logged().count(f"{name}: Renewed") >= n, f"{name} is renewed")

    def test_renewals(self):
        """Renewals go by unicast, from our address. It is told once that the port is taken, and no longer than it is.

        """
        address = self.bind("eth0")
        self.renewed("eth0", 2)
        self.assertNotIn("REBINDING", self.daemon.logged())
        server_mac = json.loads(self.net.ip_server("-j", "link", "show", "br0"))[0]["address"]
        asked = [m for m in self.wire.messages(REQUEST) if m.ciaddr == address]
        self.assertEqual({(m.source, m.dest, m.dest_mac) for m in asked}, {(address, "10.77.0.1", server_mac)})
        self.assertEqual(self.daemon.logged().count("port 68"), 1)
        self.assertIn("Address already in use", self.last_error())

        dhlib.end(self.holder)
        self.renewed("eth0", self.daemon.logged().count("eth0: Renewed") + 2)
        self.assertEqual(self.last_error(), "")
        self.assertEqual(self.daemon.logged().count("port 68"), 1)

    def test_asked_for(self):
        """A renewal before T1, and the RELEASE at the end."""
        address = self.bind("eth0", t1=300, t2=400)
        self.daemon.wait_log("Bound to")
        self.daemon.ctl("renew", "eth0")
        self.renewed("eth0", 1)
        self.assertEqual(self.daemon.stop(), 0)
        released, = wait_until(lambda: self.wire.messages(RELEASE), "RELEASE")
        self.assertEqual((released.ciaddr, released.source, released.dest), (address, address, "10.77.0.1"))

    def test_two_links_on_one_lan(self):
        """The answer comes in by the other link (test_same_lan.py), and no UDP socket is there to hear it."""
        self.net.add_link("eth1", mac=MACS["eth1"])
        self.bind("eth0", "eth1")
        for name, other in ("eth0", "eth1"), ("eth1", "eth0"):
            self.net.ip_server("neigh", "replace", self.net.wait_address(name), "lladdr", MACS[other], "dev", "br0",
                               "nud", "permanent")
        for name in MACS:
            self.renewed(name, 2)
        self.assertNotIn("REBINDING", self.daemon.logged())


if __name__ == "__main__":
    dhlib.require("ip", "unshare", "dnsmasq")
    unittest.main(verbosity=2)
