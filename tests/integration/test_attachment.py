#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Back on a known network whose server is silent (RFC 4436): the router is known again by its address and hardware address, and the lease is used for the
rest of its time. On another network with the same addresses it is not.
"""
import os
import time

import dhlib
from dhlib import Daemon, NetTest, wait_until

FAST = "[DHCPv4]\nConflictDetection=no\nSendRelease=no\n"


class Attachment(NetTest):
    def setUp(self):
        super().setUp()
        self.net.ip_server("link", "set", "br0", "address", "02:00:00:00:00:aa")
        self.net.add_link("eth0", mac="02:00:00:00:00:01")
        self.server = self.net.dnsmasq()

    def bind(self, config):
        self.daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": config})
        self.daemon.wait_log("Bound to")
        wait_until(lambda: "gateways=0a4d00010200000000aa\n" in self.saved(), "the router is remembered")
        return self.net.wait_address()

    def saved(self):
        """Everything the daemon has saved."""
        text = ""
        for folder, _, names in os.walk(self.net.folder):
            for name in names:
                if "state" in folder or "runtime" in folder:
                    text += self.net.read(os.path.relpath(os.path.join(folder, name), self.net.folder))
        return text

    def unplug(self):
        self.net.ip_server("link", "set", "s-eth0", "down")
        self.net.wait_no_address()
        self.daemon.wait_log("carrier")

    def plug(self):
        self.net.ip_server("link", "set", "s-eth0", "up")

    def test_server_gone(self):
        """Also after conflict detection, without which no address goes into a question."""
        address = self.bind("")
        dhlib.end(self.server)
        self.unplug()
        self.plug()
        self.assertEqual(self.net.wait_address(), address)
        self.assertEqual([r["gateway"] for r in self.net.routes() if r["dst"] == "default"], ["10.77.0.1"])
        self.daemon.wait_log("REBOOTING -> BOUND")
        self.assertEqual(self.net.wait_address(), address)

    def test_next_daemon(self):
        address = self.bind(FAST)
        self.assertEqual(self.daemon.stop(), 0)
        dhlib.end(self.server)
        self.net.wait_no_address()
        daemon = Daemon(self.net, "eth0")
        self.assertEqual(self.net.wait_address(), address)
        daemon.wait_log("REBOOTING -> BOUND")

    def test_another_network(self):
        self.bind(FAST)
        dhlib.end(self.server)
        self.unplug()
        self.net.ip_server("link", "set", "br0", "address", "02:00:00:00:00:bb")
        self.plug()
        self.daemon.wait_log("-> REBOOTING")
        self.daemon.wait_log("REBOOTING -> SELECTING")
        self.assertEqual(self.net.addresses(), [])
        self.net.dnsmasq(first="10.77.0.20", last="10.77.0.29")
        wait_until(lambda: self.net.addresses() and self.net.addresses()[0][0].startswith("10.77.0.2"), "the other network's address", 40)

    def test_used_unconfirmed(self):
        address = self.bind(FAST + "UseStoredLease=always\n")
        dhlib.end(self.server)
        self.unplug()
        self.net.ip_server("link", "set", "br0", "address", "02:00:00:00:00:bb")
        self.plug()
        self.assertEqual(self.net.wait_address(patience=30), address)

    def test_turned_off(self):
        self.daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": FAST + "UseStoredLease=no\n"})
        self.daemon.wait_log("Bound to")
        time.sleep(0.5)
        self.assertNotIn("gateways=", self.saved())


if __name__ == "__main__":
    dhlib.require("ip", "unshare", "dnsmasq")
    dhlib.main()
