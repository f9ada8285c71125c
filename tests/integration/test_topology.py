#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
How a client's link is connected.
Through a relay, on a tap as with a virtual machine, on a macvlan or a bridge, with and without checksum offload, to two
servers that disagree. VLAN, VRF and lossy links need a kernel of their own: tests/emulated.
"""
import json
import re
import shutil
import unittest

import dhlib
from dhlib import Daemon, NetTest, run, wait_until
from dhservers import SERVERS, Dnsmasq, Isc, Offer
from topology import OtherServer, Relay, tap_cable
from wire import ACK, NAK, Wire

QUICK = {"lease": 20, "t1": 3, "t2": 8}
# In seconds. A NAK of another server counts after a tenth of a second (daemon/core/dhcp4-client-message.c).
REBOOT_GRACE = 0.09


class Relayed(NetTest):
    """The server is in another subnet.

    The client knows it by option 54; what comes from the relay's address is not the relay's.
    """

    def through_relay(self, server_class):
        if not server_class.available():
            self.skipTest(f"{server_class.name} is not installed")
        relay = Relay(self.net)
        self.addCleanup(relay.close)
        server = server_class(self.net)
        server.start(Offer(first="10.88.0.100", last="10.88.0.199", router="10.88.0.1", **QUICK))
        agent = relay.start()
        daemon = Daemon(self.net, "eth0")
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        self.assertRegex(address, r"^10\.88\.0\.1\d\d$")
        self.assertIn(" by 10.77.0.1 ", daemon.logged())
        self.assertEqual([r["gateway"] for r in self.net.routes() if r["dst"] == "default"], ["10.88.0.1"])
        # By unicast and the router, past the relay.
        daemon.wait_log("Renewed")
        self.assertNotIn("REBINDING", daemon.logged())
        # Nothing passes from T1 to T2; then the relay does its work again, and the router does not: REBINDING, by
        # broadcast, comes through. The relay would have passed on what is sent in RENEWING as well: it takes up
        # whatever comes to the router's hardware address and port 67.
        dhlib.end(agent)
        relay.forward(False)
        daemon.wait_log("RENEWING -> REBINDING")
        renewals = daemon.logged().count("Renewed")
        relay.start()
        daemon.wait_log("Renewed", renewals + 1)
        self.assertNotIn("Lost", daemon.logged())
        relay.forward(True)
        self.assertEqual(daemon.stop(), 0)
        server.wait_lease(address, "free")
        self.assertEqual(self.net.addresses(), [])

    def test_dnsmasq(self):
        self.through_relay(SERVERS["dnsmasq"])

    def test_isc(self):
        self.through_relay(SERVERS["isc"])

    def test_kea(self):
        self.through_relay(SERVERS["kea"])

    def test_udhcpd(self):
        self.through_relay(SERVERS["udhcpd"])

    def test_freeradius(self):
        self.through_relay(SERVERS["freeradius"])


class Links(NetTest):
    """Kinds of links that a host may have."""

    def serve_and_renew(self, *names):
        server = Dnsmasq(self.net)
        server.start(Offer(**QUICK))
        daemon = Daemon(self.net, *names)
        found = {name: self.net.wait_address(name) for name in names}
        self.assertEqual(len(set(found.values())), len(names))
        for name in names:
            daemon.wait_log(f"{name}: Renewed")
        self.assertNotIn("REBINDING", daemon.logged())
        self.assertEqual(daemon.stop(), 0)
        for name in names:
            self.assertEqual(self.net.addresses(name), [])
        return found

    def test_host_only(self):
        """A bridge, a tap on it, dnsmasq: what a hypervisor makes for its guests. The client is the guest."""
        tap_cable(self.net, "eth0", "vnet0")
        self.net.ip_server("link", "set", "vnet0", "master", "br0", "up")
        self.net.ip("link", "set", "eth0", "up")
        self.serve_and_renew("eth0")

    def test_tap_appears_later(self):
        """The guest's interface is there before its other end is open, and dnsmasq listens already."""
        Dnsmasq(self.net).start(Offer())
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("no such link yet")
        tap_cable(self.net, "eth0", "vnet0")
        self.net.ip_server("link", "set", "vnet0", "master", "br0", "up")
        self.net.wait_address()

    def macvlans(self, mode):
        self.net.add_link("eth0")
        for name in ("mv0", "mv1"):
            self.net.ip("link", "add", "link", "eth0", "name", name, "type", "macvlan", "mode", mode)
            self.net.ip("link", "set", name, "up")
        self.serve_and_renew("mv0", "mv1")

    def test_macvlan_bridge(self):
        self.macvlans("bridge")

    def test_macvlan_private(self):
        self.macvlans("private")

    def test_macvlan_beside_parent(self):
        self.net.add_link("eth0")
        self.net.ip("link", "add", "link", "eth0", "name", "mv0", "type", "macvlan", "mode", "bridge")
        self.net.ip("link", "set", "mv0", "up")
        self.serve_and_renew("eth0", "mv0")

    def test_bridge(self):
        self.net.add_link("eth0")
        self.net.ip("link", "add", "br-lan", "type", "bridge")
        self.net.ip("link", "set", "eth0", "master", "br-lan")
        self.net.ip("link", "set", "br-lan", "up")
        self.serve_and_renew("br-lan")

    def offload(self, setting):
        """Lets a veth hand over packets whose checksum is not computed yet, or whole ones."""
        self.net.add_link("eth0")
        for interface in ("br0", "s-eth0"):
            run("ip", "netns", "exec", self.net.server, "ethtool", "-K", interface, "tx", setting)
        self.serve_and_renew("eth0")

    def test_checksum_offload(self):
        self.offload("on")

    def test_no_checksum_offload(self):
        self.offload("off")

    def test_links_without_dhcp(self):
        self.net.ip("tuntap", "add", "tun0", "mode", "tun")
        self.net.ip("link", "set", "tun0", "up")
        self.net.add_link("eth0")
        Dnsmasq(self.net).start(Offer())
        daemon = Daemon(self.net, "eth0", "tun0", "lo")
        for name in ("tun0", "lo"):
            daemon.wait_log(f"{name}: Not managed: this type of link cannot do DHCP")
        self.net.wait_address()
        self.assertEqual(daemon.stop(), 0)


class Disagreement(NetTest):
    """Two servers on one network that know nothing of each other."""

    def setUp(self):
        super().setUp()
        if not Isc.available():
            self.skipTest("ISC dhcpd is not installed")
        self.net.add_link("eth0", mac="02:00:00:00:00:01")
        self.first = Dnsmasq(self.net)

    def start_second(self, server_class=Isc, **offer):
        other = OtherServer(self.net, f"{offer['address']}/24")
        self.addCleanup(other.close)
        self.second = server_class(other)
        self.second.start(Offer(**offer))

    def servers(self, daemon):
        status = json.loads(daemon.ctl("--json", "status", "eth0"))
        return sorted(server["Identifier"] for server in status["DHCPv4"]["Servers"])

    def test_both_offer(self):
        """The first OFFER is taken, and both are told of. The other server's addresses and router are not touched."""
        self.first.start(Offer(first="10.77.0.100", last="10.77.0.149"))
        self.start_second(first="10.77.0.200", last="10.77.0.210", address="10.77.0.2", router="10.77.0.2")
        daemon = Daemon(self.net, "eth0")
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        wait_until(lambda: self.servers(daemon) == ["10.77.0.1", "10.77.0.2"], "both servers are told of")
        winner, = [s for s in ("10.77.0.1", "10.77.0.2") if f" by {s} " in daemon.logged()]
        self.assertEqual(address.startswith("10.77.0.1"), winner == "10.77.0.1")
        self.assertEqual([r["gateway"] for r in self.net.routes() if r["dst"] == "default"], [winner])
        self.assertNotIn("Lost", daemon.logged())

    def test_reboot_beside_a_server_that_refuses(self):
        """The second server knows nothing of the lease and says so with authority, before the first one or after it.

        The first server's word counts.
        """
        self.first.start(Offer())
        first_daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nSendRelease=no\n"})
        address = self.net.wait_address()
        first_daemon.wait_log("Bound to")
        self.assertEqual(first_daemon.stop(), 0)
        self.net.wait_no_address()
        self.start_second(first="10.99.0.200", last="10.99.0.210", address="10.99.0.2")
        shutil.copytree(self.net.path("state"), self.net.path("state-with-lease"))
        wire = Wire(self.net)
        self.addCleanup(wire.close)
        n_refused = n_late = 0
        while n_refused < 5:
            wire.clear()
            daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nSendRelease=no\n"})
            wait_until(lambda: re.search(r"REBOOTING -> (?!REBOOTING)", daemon.logged()), "the servers have answered")
            nak, ack = wire.wait(NAK), wire.wait(ACK)
            if ack.at > nak.at + REBOOT_GRACE:
                # On a busy machine the first one's word may come too late. That shows nothing; once more, with the
                # lease of before.
                n_late += 1
                self.assertLess(n_late, 20)
                self.assertEqual(daemon.stop(), 0)
                self.net.wait_no_address()
                for name in ("state", "runtime"):
                    shutil.rmtree(self.net.path(name))
                shutil.copytree(self.net.path("state-with-lease"), self.net.path("state"))
                continue
            n_refused += 1
            daemon.wait_log("REBOOTING -> BOUND")
            self.assertEqual(self.net.wait_address(), address)
            self.assertNotIn("Lost", daemon.logged())
            self.assertEqual(daemon.stop(), 0)
            self.net.wait_no_address()

    def test_the_other_takes_over(self):
        """The first server dies. The second one refuses what it never gave, and gives an address of its own."""
        first = Isc(self.net)
        first.start(Offer(**QUICK))
        daemon = Daemon(self.net, "eth0")
        address = self.net.wait_address()
        # Of the four servers it is dnsmasq that refuses in REBINDING.
        self.start_second(Dnsmasq, first="10.99.0.200", last="10.99.0.210", address="10.99.0.2")
        daemon.wait_log("Renewed")
        first.stop()
        daemon.wait_log(f"Lost {address}/24: nak", patience=40)
        wait_until(lambda: [a for a, _, _ in self.net.addresses() if a.startswith("10.99.0.")],
                   "an address of the other")
        self.assertNotIn(address, [a for a, _, _ in self.net.addresses()])

    def test_the_other_is_as_good(self):
        """The second server has the lease too, as a replica would: REBINDING keeps the address."""
        self.first.start(Offer(first="10.77.0.150", last="10.77.0.150", **QUICK))
        daemon = Daemon(self.net, "eth0")
        address = self.net.wait_address()
        self.first.stop()
        self.start_second(first="10.77.0.150", last="10.77.0.150", address="10.77.0.2", **QUICK)
        daemon.wait_log("REBINDING -> BOUND", patience=40)
        self.assertEqual(self.net.addresses()[0][0], address)
        self.assertNotIn("Lost", daemon.logged())
        self.assertIn("by 10.77.0.2 ", daemon.logged())


if __name__ == "__main__":
    dhlib.require("ip", "unshare", "dnsmasq", "dhcrelay", "ethtool")
    unittest.main(verbosity=2)
