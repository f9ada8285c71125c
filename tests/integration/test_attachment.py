#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Back on a known network whose server is silent (RFC 4436).
The router is known again by its address and hardware address, and the lease is used for the rest of its time. On
another network with the same addresses it is not. A lease that is in force does not outlive the network that it is of.
"""
import os
import time

import dhlib
from dhlib import Daemon, NetTest, wait_until

FAST = "[DHCPv4]\nConflictDetection=no\nSendRelease=no\n"


class AttachmentTest(NetTest):
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
        """Returns everything that the daemon has saved."""
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


class Attachment(AttachmentTest):
    def test_server_gone(self):
        """The router is asked also after conflict detection, without which no question may name the address."""
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
        wait_until(lambda: self.net.addresses() and self.net.addresses()[0][0].startswith("10.77.0.2"),
                   "the other network's address", 40)

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


class Moved(AttachmentTest):
    """A lease in force is asked about again after a short loss of the carrier, or because the user wants it renewed.

    dnsmasq says nothing to a client that it does not know: silence must not count as a confirmation on another network,
    nor as a refusal on the same one.
    """

    def second_network(self, address="10.88.0.1/24", first="10.88.0.100", last="10.88.0.199"):
        self.net.ip_server("link", "add", "br1", "address", "02:00:00:00:00:bb", "type", "bridge")
        self.net.ip_server("addr", "add", address, "dev", "br1")
        self.net.ip_server("link", "set", "br1", "up")
        log = "dnsmasq.second.log"
        self.net.spawn(self.net.server, "dnsmasq", "--keep-in-foreground", "--port=0", "--no-ping",
                       "--conf-file=/dev/null", "--log-dhcp",
                       "--interface=br1", "--bind-interfaces", f"--dhcp-range={first},{last},1h",
                       f"--dhcp-leasefile={self.net.path('second.leases')}",
                       f"--log-facility={self.net.path(log)}", "--user=", "--group=", "--pid-file=")
        wait_until(lambda: "DHCP, IP range" in self.net.read(log), "the second dnsmasq listens")

    def start_server(self):
        dhlib.end(self.server)
        self.server = self.net.dnsmasq("--bind-interfaces")

    def move(self):
        """Moves the link to the other bridge, within the grace."""
        with open(self.net.path("move"), "w", encoding="ascii") as f:
            f.write("link set s-eth0 down\nlink set s-eth0 master br1\nlink set s-eth0 up\n")
        self.net.ip_server("-batch", self.net.path("move"))

    def expect_new(self, began):
        wait_until(lambda: [a for a, _, _ in self.net.addresses() if a.startswith("10.88.0.")],
                   "an address of the new network")
        print(f"an address of the new network after {time.monotonic() - began:.2f} s")
        self.assertEqual([a for a, _, _ in self.net.addresses() if a.startswith("10.77.")], [])
        self.assertEqual([r["gateway"] for r in self.net.routes() if r["dst"] == "default"], ["10.88.0.1"])
        self.assertIn(": moved", self.daemon.logged())

    def test_moved(self):
        self.start_server()
        self.second_network()
        self.bind(FAST)
        began = time.monotonic()
        self.move()
        self.expect_new(began)
        self.assertNotIn("DHCPNAK", self.net.read("dnsmasq.second.log"))

    def test_renewed_on_another_network(self):
        """The carrier stays: the port is in another VLAN now."""
        self.start_server()
        self.second_network()
        self.bind(FAST)
        self.net.ip_server("link", "set", "s-eth0", "master", "br1")
        began = time.monotonic()
        self.daemon.ctl("renew", "eth0")
        self.expect_new(began)

    def stays(self):
        address = self.bind(FAST)
        dhlib.end(self.server)
        monitor = dhlib.Monitor(self.net)
        self.net.ip_server("link", "set", "s-eth0", "down")
        self.daemon.wait_log("Carrier lost")
        return address, monitor

    def test_server_dead(self):
        """The router answers: nothing but the REQUESTs of RFC 2131 is sent."""
        self.start_server()
        address, monitor = self.stays()
        self.net.ip_server("link", "set", "s-eth0", "up")
        self.daemon.wait_log("REBOOTING -> BOUND")
        self.assertEqual([a for a, _, _ in self.net.addresses()], [address])
        self.assertEqual([line for line in monitor.deletions() if address in line and "inet" in line], [])
        self.assertEqual(self.daemon.logged().count("Lost "), 0)

    def test_server_and_router_dead(self):
        self.start_server()
        address, monitor = self.stays()
        self.net.ip_server("addr", "flush", "dev", "br0")
        self.net.ip_server("link", "set", "s-eth0", "up")
        self.daemon.wait_log("REBOOTING -> BOUND")
        self.assertEqual([a for a, _, _ in self.net.addresses()], [address])
        self.assertEqual([line for line in monitor.deletions() if address in line and "inet" in line], [])
        self.assertEqual(self.daemon.logged().count("Lost "), 0)

if __name__ == "__main__":
    dhlib.require("ip", "unshare", "dnsmasq")
    dhlib.main()
