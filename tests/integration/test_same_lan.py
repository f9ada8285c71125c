# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Two links of one host on one LAN.
With the kernel's default arp_ignore=0 either link answers for both addresses, so a server may believe that the address
of one link is at the other, and its unicast answers arrive there. The tests put such an entry into the server's
neighbour table, where it stays.
"""
import unittest

import dhlib
from dhlib import Daemon, NetTest, wait_until
from dhservers import Dnsmasq, Offer
from wire import REQUEST, Wire

MACS = {"eth0": "02:00:00:00:00:01", "eth1": "02:00:00:00:00:02"}
QUICK = {"lease": 20, "t1": 3, "t2": 8}


class SameLan(NetTest):
    links = ("eth0", "eth1")

    def setUp(self):
        super().setUp()
        for name in self.links:
            self.net.add_link(name, mac=MACS[name])
        self.server = Dnsmasq(self.net)

    def bind(self, *names, **offer):
        """Starts server and daemon. Returns {link: address}.

        The server believes that each address is at the other link.
        """
        self.server.start(Offer(**offer))
        self.daemon = Daemon(self.net, *names)
        found = {name: self.net.wait_address(name) for name in names}
        for name, address in found.items():
            other, = set(MACS) - {name}
            self.net.ip_server("neigh", "replace", address, "lladdr", MACS[other], "dev", "br0", "nud", "permanent")
        return found

    def renewals(self, name):
        return self.daemon.logged().count(f"{name}: Renewed")

    def test_renewing(self):
        """The answers are heard.

        Each question leaves by its own link, from its own address, though the routing table prefers one of them.
        """
        wires = {name: Wire(self.net, f"s-{name}") for name in self.links}
        for wire in wires.values():
            self.addCleanup(wire.close)
        found = self.bind(*self.links, **QUICK)
        for name, address in found.items():
            wait_until(lambda: self.renewals(name) >= 2, f"{name} is renewed")
            asked = [m for m in wires[name].messages(REQUEST) if m.from_client and m.ciaddr != "0.0.0.0"
                     and m.dest == "10.77.0.1"]
            self.assertGreaterEqual(len(asked), 2)
            self.assertEqual({(m.source_mac, m.source, m.ciaddr) for m in asked}, {(MACS[name], address, address)})
        self.assertNotIn("REBINDING", self.daemon.logged())

    def test_renewing_other_link_not_ours(self):
        """The other link is not managed, and has no address."""
        self.bind("eth0", **QUICK)
        wait_until(lambda: self.renewals("eth0") >= 2, "eth0 is renewed")
        self.assertNotIn("REBINDING", self.daemon.logged())

    def test_rebinding(self):
        """The server comes back under another address; REBINDING finds it by broadcast, and it answers by unicast."""
        found = self.bind(*self.links, **QUICK)
        self.server.stop()
        self.net.ip_server("addr", "add", "10.77.0.2/24", "dev", "br0")
        self.net.ip_server("addr", "del", "10.77.0.1/24", "dev", "br0")
        self.net.ip_server("addr", "replace", "10.77.0.2/24", "dev", "br0")
        self.server.start(Offer(address="10.77.0.2", **QUICK))
        for name, address in found.items():
            self.daemon.wait_log(f"{name}: Renewed {address}/24 by 10.77.0.2")
        self.assertNotIn("Lost", self.daemon.logged())


if __name__ == "__main__":
    dhlib.require("ip", "unshare", "dnsmasq")
    unittest.main(verbosity=2)
