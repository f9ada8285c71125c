# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Two hosts that are powered on together, and a server that picks addresses by a hash of the hardware address.
During its ping check the server knows of neither host, so it offers the same address to both. One gets it, the other
one asks again; and neither declines an address that is free.

SAME_OFFER_ROUNDS says how often the hosts are started.
"""
import copy
import os
import re
import unittest

import dhlib
from dhlib import Daemon, NetTest, end, run, wait_until

ROUNDS = int(os.environ.get("SAME_OFFER_ROUNDS", "8"))
# dnsmasq adds the last byte to its hash, and the pool has a hundred addresses: both begin their search at the same one.
MACS = {"eth0": "02:00:00:00:00:0a", "eth1": "02:00:00:00:00:6e"}


class SameOffer(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0", mac=MACS["eth0"])
        # The second host: a namespace of its own, where all else is the first one's.
        self.other = copy.copy(self.net)
        self.other.client = f"dho{os.getpid()}"
        run("ip", "netns", "add", self.other.client)
        self.addCleanup(run, "ip", "netns", "del", self.other.client, check=False)
        self.other.add_link("eth1", mac=MACS["eth1"])

    def start(self, net, name, number, config):
        folders = [f"--{kind}-dir={net.path(f'{kind}.{name}.{number}')}" for kind in ("state", "runtime")]
        return Daemon(net, name, config={"dhcpd-link.conf": config}, arguments=folders)

    def play(self, number, config):
        """Starts server and hosts, and ends them when both have an address. Returns whether they were offered the same.

        """
        mark = len(self.net.read("dnsmasq.log"))
        server = self.net.spawn(
            self.net.server, "dnsmasq", "--keep-in-foreground", "--port=0", "--conf-file=/dev/null", "--log-dhcp",
            "--dhcp-authoritative", "--interface=br0", "--dhcp-range=10.77.0.100,10.77.0.199,1h",
            f"--dhcp-leasefile={self.net.path(f'leases.{number}')}", f"--log-facility={self.net.path('dnsmasq.log')}",
            "--user=", "--group=", "--pid-file=")
        log = lambda: self.net.read("dnsmasq.log")[mark:]
        wait_until(lambda: "DHCP, IP range" in log(), "dnsmasq listens")
        daemons = [self.start(net, name, number, config) for net, name in ((self.net, "eth0"), (self.other, "eth1"))]
        for daemon in daemons:
            daemon.wait_log("Bound to")
        addresses = [net.wait_address(name) for net, name in ((self.net, "eth0"), (self.other, "eth1"))]
        self.assertNotEqual(*addresses)
        for daemon in daemons:
            self.assertEqual(daemon.stop(), 0)
            self.assertNotIn("DECLINE", daemon.logged())
            self.assertNotIn("conflict", daemon.logged())
        self.assertNotIn("DHCPDECLINE", log())
        end(server)
        offers = {mac: set(re.findall(rf"DHCPOFFER\(br0\) (\S+) {mac}", log())) for mac in MACS.values()}
        return bool(set.intersection(*offers.values()))

    def check(self, mode, rounds):
        config = f"[DHCPv4]\nConflictDetection={mode}\n"
        met = [self.play(number, config) for number in range(rounds)]
        print(f"{sum(met)} of {rounds} times both were offered the same address")
        self.assertTrue(any(met), "the server never offered the same address to both")

    def test_optimistic(self):
        self.check("optimistic", ROUNDS)

    def test_strict(self):
        """Both probe for seconds before they have their address."""
        self.check("strict", max(3, ROUNDS // 4))


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq")
    unittest.main(verbosity=2)
