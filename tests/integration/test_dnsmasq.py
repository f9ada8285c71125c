#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The daemon against real servers: dnsmasq, and busybox udhcpd where leases must be shorter than dnsmasq's two minutes.
Every transition is seen from outside: in the kernel, in the server's log, on the wire.
"""
import json
import os
import signal
import socket
import subprocess
import time

import dhlib
from dhlib import Daemon, Monitor, NetTest, wait_until
from wire import in_namespace

RTMGRP_IPV4_RULE = 0x80

# dnsmasq takes these as they are: RENEWING after 3 s, REBINDING after 6 s.
# T1 of a longer lease is not followed so far down.
QUICK = ("--dhcp-option-force=option:T1,3", "--dhcp-option-force=option:T2,6")


class Transitions(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")

    def test_bind_and_release(self):
        before = self.net.ip("-4", "addr", "show", "dev", "eth0"), self.net.ip("route")
        self.net.dnsmasq("--dhcp-option=option:router,10.77.0.1", "--dhcp-option=option:mtu,1400")
        daemon = Daemon(self.net, "eth0")
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        (_, prefix_len, valid), = self.net.addresses()
        self.assertEqual(prefix_len, 24)
        self.assertTrue(3500 < valid <= 3600, valid)
        default, prefix = sorted(self.net.routes(), key=lambda r: r["dst"] != "default")
        self.assertEqual((default["gateway"], default["protocol"], default["prefsrc"]), ("10.77.0.1", "dhcp", address))
        self.assertEqual((prefix["dst"], prefix["protocol"], prefix["scope"]), ("10.77.0.0/24", "dhcp", "link"))
        self.assertEqual(default["metrics"][0]["mtu"], 1400)
        dhlib.run("ip", "netns", "exec", self.net.client, "ping", "-c1", "-W2", "10.77.0.1")
        # No packet socket is left once conflict detection is over: every packet of the host would pay for it.
        wait_until(lambda: not self.net.packet_sockets(), "no packet socket in BOUND", 30)

        self.assertEqual(daemon.stop(), 0)
        wait_until(lambda: f"DHCPRELEASE(br0) {address}" in self.net.read("dnsmasq.log"), "RELEASE")
        self.assertEqual(before, (self.net.ip("-4", "addr", "show", "dev", "eth0"), self.net.ip("route")))
        self.assertEqual(os.listdir(os.path.join(daemon.runtime, "lease")), [])

    def test_renew(self):
        self.net.dnsmasq("--dhcp-option-force=option:T1,3", "--dhcp-option-force=option:T2,90", lease="2m")
        daemon = Daemon(self.net, "eth0")
        self.net.wait_address()
        daemon.wait_log("Bound to")
        monitor = Monitor(self.net)
        # T1 comes every 3 s. The requests go to the server alone, from the leased address.
        daemon.wait_log("Renewed", 2)
        self.assertEqual(monitor.deletions(), [])
        self.assertIn("10.77.0.", monitor.events())
        self.assertNotIn("REBINDING", daemon.logged())
        self.assertNotIn("Lost", daemon.logged())

    def test_rebind_to_moved_server(self):
        server = self.net.dnsmasq(*QUICK, "--dhcp-authoritative", lease="2m")
        daemon = Daemon(self.net, "eth0")
        address = self.net.wait_address()
        daemon.wait_log("by 10.77.0.1 ")
        monitor = Monitor(self.net)
        dhlib.end(server)
        # In this order: deleting the first address of a subnet takes the others along.
        self.net.ip_server("addr", "del", "10.77.0.1/24", "dev", "br0")
        self.net.ip_server("addr", "add", "10.77.0.2/24", "dev", "br0")
        self.net.dnsmasq(*QUICK, "--dhcp-authoritative", lease="2m")
        daemon.wait_log("by 10.77.0.2 ")
        self.assertIn("RENEWING -> REBINDING", daemon.logged())
        self.assertEqual(self.net.addresses()[0][0], address)
        self.assertFalse([d for d in monitor.deletions() if address + "/" in d])
        # The gateway followed the server; the address did not move.
        self.assertEqual([r["gateway"] for r in self.net.routes() if "gateway" in r], ["10.77.0.2"])

    def test_expiry(self):
        server = self.net.udhcpd(12)
        daemon = Daemon(self.net, "eth0")
        self.net.wait_address()
        self.assertLessEqual(self.net.addresses()[0][2], 12)
        dhlib.end(server)
        self.net.wait_no_address(patience=20)
        daemon.wait_log("expired")
        self.assertEqual(self.net.routes(), [])
        self.net.udhcpd(12)
        self.net.wait_address(patience=80)

    def test_kernel_outlives_daemon(self):
        """A daemon that was killed leaves an address that dies with its lease, and so do its routes."""
        self.net.udhcpd(12)
        daemon = Daemon(self.net, "eth0")
        self.net.wait_address()
        daemon.wait_log("Bound to")
        daemon.kill()
        time.sleep(1)
        self.assertTrue(self.net.addresses())
        self.net.wait_no_address(patience=20)
        self.assertEqual(self.net.routes(), [])

    def test_nak(self):
        server = self.net.dnsmasq(*QUICK, "--dhcp-authoritative", lease="2m")
        daemon = Daemon(self.net, "eth0")
        first = self.net.wait_address()
        dhlib.end(server)
        os.unlink(self.net.path("dnsmasq.leases"))
        self.net.dnsmasq(*QUICK, "--dhcp-authoritative", first="10.77.0.20", last="10.77.0.29", lease="2m")
        daemon.wait_log("Lost " + first)
        self.assertIn("nak", daemon.logged())
        second = wait_until(lambda: [a for a, _, _ in self.net.addresses() if a != first], "another address")[0]
        self.assertIn(second, [f"10.77.0.{i}" for i in range(20, 30)])
        self.assertEqual(len(self.net.addresses()), 1)

    def test_init_reboot(self):
        """The next daemon of a host asks for the address it had, in one exchange."""
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nSendRelease=no\n"})
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        discovers = self.net.read("dnsmasq.log").count("DHCPDISCOVER")
        daemon.stop()
        self.net.wait_no_address()
        again = Daemon(self.net, "eth0")
        self.assertEqual(self.net.wait_address(), address)
        again.wait_log("REBOOTING -> BOUND")
        self.assertNotIn("DHCPRELEASE", self.net.read("dnsmasq.log"))
        self.assertEqual(self.net.read("dnsmasq.log").count("DHCPDISCOVER"), discovers)

    def test_crash_and_adoption(self):
        """Nothing is sent and nothing touched when a killed daemon comes back."""
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth0")
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        wait_until(lambda: os.listdir(self.net.path("runtime/lease")), "a saved lease")
        daemon.kill()
        requests = self.net.read("dnsmasq.log").count("DHCPREQUEST")
        monitor = Monitor(self.net)
        again = Daemon(self.net, "eth0")
        again.wait_log("Bound to " + address)
        time.sleep(1)
        self.assertEqual(monitor.events(), "")
        self.assertEqual(self.net.read("dnsmasq.log").count("DHCPREQUEST"), requests)
        # It is ours again: the end of this daemon takes it off.
        again.stop()
        self.net.wait_no_address()

    def test_conflict(self):
        """Another host has the address that the server gives: DECLINE, and after a wait another address."""
        self.net.dnsmasq("--dhcp-host=02:00:00:00:00:01,10.77.0.150", last="10.77.0.199")
        self.net.ip("link", "set", "eth0", "address", "02:00:00:00:00:01")
        other = f"dho{os.getpid()}"
        dhlib.run("ip", "netns", "add", other)
        self.addCleanup(dhlib.run, "ip", "netns", "del", other)
        dhlib.run("ip", "-n", self.net.server, "link", "add", "s-other", "type", "veth", "peer", "name", "eth0",
                  "netns", other)
        self.net.ip_server("link", "set", "s-other", "master", "br0", "up")
        dhlib.run("ip", "-n", other, "addr", "add", "10.77.0.150/24", "dev", "eth0")
        dhlib.run("ip", "-n", other, "link", "set", "eth0", "up")
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("conflict")
        wait_until(lambda: "DHCPDECLINE(br0) 10.77.0.150" in self.net.read("dnsmasq.log"), "DECLINE")
        self.net.wait_no_address()
        self.assertNotEqual(self.net.wait_address(patience=40), "10.77.0.150")


class Routes(NetTest):
    def test_classless_and_off_subnet(self):
        """RFC 3442: option 121 replaces option 3; a gateway outside the subnet gets a host route first."""
        self.net.add_link("eth0")
        self.net.dnsmasq("--dhcp-option=option:router,10.77.0.1", "--dhcp-option=option:netmask,255.255.255.255",
                         "--dhcp-option=option:classless-static-route,192.0.2.0/24,10.77.0.9,0.0.0.0/0,10.77.0.8")
        Daemon(self.net, "eth0").wait_log("Bound to")
        self.assertEqual(self.net.addresses()[0][1], 32)
        routes = {r["dst"]: r.get("gateway") for r in self.net.routes()}
        self.assertEqual(routes, {"default": "10.77.0.8", "192.0.2.0/24": "10.77.0.9", "10.77.0.8": None,
                                  "10.77.0.9": None})

    def test_two_links_on_one_subnet(self):
        self.net.add_link("eth0")
        self.net.add_link("eth1")
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth*")
        a, b = self.net.wait_address("eth0"), self.net.wait_address("eth1")
        daemon.wait_log("Bound to", 2)
        self.assertNotEqual(a, b)
        metrics = [{r["metric"] for r in self.net.routes(name)} for name in ("eth0", "eth1")]
        self.assertEqual([len(m) for m in metrics], [1, 1])
        self.assertNotEqual(*metrics)
        # Linux answers the probes of one for the address of the other: no conflict. Past the probe window, that is.
        time.sleep(5)
        self.assertNotIn("conflict", daemon.logged())
        # One goes, the other is untouched.
        monitor = Monitor(self.net)
        self.net.ip("link", "del", "eth0")
        wait_until(lambda: "Interface is gone" in daemon.logged(), "eth0 is gone")
        time.sleep(0.5)
        self.assertEqual(self.net.addresses("eth1")[0][0], b)
        self.assertFalse([d for d in monitor.deletions() if "eth1" in d])

    def test_configured(self):
        self.net.add_link("eth0")
        self.net.dnsmasq("--dhcp-option=option:classless-static-route,192.0.2.0/24,10.77.0.9,0.0.0.0/0,10.77.0.8")
        daemon = Daemon(
            self.net,
            "eth0",
            config={"links/a.conf": "[Match]\nName=eth*\n[DHCPv4]\nRouteMetric=77\nRouteTable=500\n" "UseGateway=no\n"},
        )
        daemon.wait_log("Bound to")
        self.assertEqual(self.net.routes(), [])
        routes = self.net.routes(table="500")
        self.assertEqual({r["dst"] for r in routes}, {"10.77.0.0/24", "192.0.2.0/24"})
        self.assertEqual({r["metric"] for r in routes}, {77})

    def rules(self):
        return [r for r in json.loads(self.net.ip("-j", "rule", "show")) if r.get("protocol") == "dhcp"]

    def test_rule(self):
        """Packets from the leased address use the link's own table, as long as the address is there and not longer."""
        self.net.add_link("eth0")
        server = self.net.dnsmasq("--dhcp-option=option:router,10.77.0.1")
        before = self.net.ip("rule", "show")
        config = {"links/a.conf": "[Match]\nName=eth*\n[DHCPv4]\nRouteTable=500\nRuleTable=500\n"}
        daemon = Daemon(self.net, "eth0", config=config)
        daemon.wait_log("Bound to")
        address = self.net.wait_address()
        rule, = self.rules()
        self.assertEqual((rule["src"], rule["table"], rule["priority"]), (address, "500", 32000))
        self.assertEqual(json.loads(self.net.ip("-j", "route", "get", "9.9.9.9", "from", address))[0]["gateway"],
                         "10.77.0.1")
        # Killed and started again: neither lost nor doubled, and known as its own.
        daemon.kill()
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("BOUND")
        self.assertEqual(self.rules(), [rule])
        # Another address, another rule.
        dhlib.end(server)
        os.unlink(self.net.path("dnsmasq.leases"))
        self.net.dnsmasq("--dhcp-authoritative", first="10.77.0.20", last="10.77.0.29")
        daemon.ctl("renew", "eth0")
        daemon.wait_log("Lost " + address)
        new = wait_until(lambda: [a for a, _, _ in self.net.addresses() if a != address], "another address")
        wait_until(lambda: [r["src"] for r in self.rules()] == new, "the new rule, and not the old one")
        # The kernel keeps rules of links that are gone.
        self.net.ip("link", "del", "eth0")
        wait_until(lambda: self.net.ip("rule", "show") == before, "no rule of ours")
        self.net.add_link("eth1")
        self.assertEqual(daemon.stop(), 0)
        daemon = Daemon(self.net, "eth1")
        daemon.wait_log("Bound to")
        self.assertEqual(len(self.rules()), 1)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.net.ip("rule", "show"), before)

    def test_rule_killed_at_once(self):
        """The daemon is killed by the rule itself, before anything else could be written down.

        The next daemon knows the rule, and takes it off.
        """
        self.net.add_link("eth0")
        self.net.dnsmasq("--dhcp-option=option:router,10.77.0.1")
        before = self.net.ip("rule", "show")
        config = {"links/a.conf": "[Match]\nName=eth*\n[DHCPv4]\nRouteTable=500\nRuleTable=500\n"}
        for _ in range(10):
            rules = in_namespace(self.net.client, lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                                                        socket.NETLINK_ROUTE))
            self.addCleanup(rules.close)
            rules.bind((0, RTMGRP_IPV4_RULE))
            rules.settimeout(dhlib.PATIENCE)
            daemon = Daemon(self.net, "eth0", config=config)
            rules.recv(65536)
            os.kill(daemon.process.pid, signal.SIGKILL)
            daemon.kill()
            self.assertEqual(len(self.rules()), 1)
            daemon = Daemon(self.net, "eth0", config=config)
            wait_until(lambda d=daemon: "Bound to" in d.logged() or "lease adopted" in d.logged(), "a lease")
            self.assertEqual(daemon.stop(), 0)
            self.assertEqual(self.net.ip("rule", "show"), before)

    def test_foreign_configuration_stays(self):
        self.net.add_link("eth0")
        self.net.dnsmasq()
        self.net.ip("addr", "add", "192.0.2.7/24", "dev", "eth0")
        self.net.ip("route", "add", "198.51.100.0/24", "via", "192.0.2.1")
        self.net.ip("route", "add", "default", "via", "192.0.2.1", "metric", "1000")
        before = self.net.ip("-4", "addr", "show", "dev", "eth0"), self.net.ip("route")
        monitor = Monitor(self.net)
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("Bound to 10.77.0.")
        daemon.stop()
        wait_until(lambda: len(self.net.addresses()) == 1, "our address is gone")
        self.assertEqual(before, (self.net.ip("-4", "addr", "show", "dev", "eth0"), self.net.ip("route")))
        self.assertFalse([d for d in monitor.deletions() if "192.0.2" in d or "198.51" in d])


class Carrier(NetTest):
    def test_flaps_and_unplugging(self):
        self.net.add_link("eth0")
        self.net.dnsmasq()
        # Longer than the default: the cable is back in time however busy the machine is.
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[Link]\nCarrierLossGraceSec=10s\n"})
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        discovers = self.net.read("dnsmasq.log").count("DHCPDISCOVER")
        monitor = Monitor(self.net)
        # A short loss is forgiven; the lease is verified meanwhile.
        self.net.ip_server("link", "set", "s-eth0", "down")
        daemon.wait_log("Carrier lost")
        self.net.ip_server("link", "set", "s-eth0", "up")
        daemon.wait_log("REBOOTING -> BOUND")
        self.assertEqual(self.net.addresses()[0][0], address)
        self.assertFalse([d for d in monitor.deletions() if address + "/" in d])
        # A longer one is not: address and routes go, and come back with the carrier.
        self.net.ip_server("link", "set", "s-eth0", "down")
        self.net.wait_no_address()
        daemon.wait_log("Lost " + address + "/24: carrier")
        self.assertEqual(self.net.routes(), [])
        self.net.ip_server("link", "set", "s-eth0", "up")
        self.assertEqual(self.net.wait_address(), address)
        self.assertEqual(self.net.read("dnsmasq.log").count("DHCPDISCOVER"), discovers)

    def test_plugged_in_later(self):
        self.net.add_link("eth0")
        self.net.ip_server("link", "set", "s-eth0", "down")
        self.net.dnsmasq()
        Daemon(self.net, "eth0")
        time.sleep(0.5)
        self.net.ip_server("link", "set", "s-eth0", "up")
        self.net.wait_address()

    def test_removed_and_added_again(self):
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("no such link yet")
        for _ in range(3):
            self.net.add_link("eth0")
            self.net.wait_address()
            self.net.ip("link", "del", "eth0")
        self.assertEqual(daemon.stop(), 0)

    def test_renamed(self):
        self.net.add_link("eth0")
        self.net.dnsmasq()
        daemon = Daemon(self.net, "lan*")
        self.net.ip("link", "set", "eth0", "down")
        self.net.ip("link", "set", "eth0", "name", "lan0")
        self.net.wait_address("lan0")  # and it was brought up
        daemon.stop()
        self.net.wait_no_address("lan0")
        wait_until(lambda: "state DOWN" in self.net.ip("link", "show", "lan0"), "down as before")

    def test_link_set_down_and_up(self):
        self.net.add_link("eth0")
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[Link]\nCarrierLossGraceSec=1min\n"})
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        routes = self.net.routes()
        for n in range(3):
            self.net.ip("link", "set", "eth0", "down")
            daemon.wait_log("Carrier lost", n + 1)
            self.net.ip("link", "set", "eth0", "up")
            wait_until(lambda: len(self.net.routes()) == len(routes), "the routes are back")
        self.assertEqual(self.net.addresses()[0][0], address)

    def test_removed_by_hand(self):
        """What an administrator removes comes back. How often is tested in test_neighbours.py."""
        self.net.add_link("eth0")
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth0")
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        wait_until(lambda: len(self.net.routes()) == 2, "routes")
        for _ in range(2):
            self.net.ip("addr", "del", address + "/24", "dev", "eth0")
            self.assertEqual(self.net.wait_address(), address)
            wait_until(lambda: len(self.net.routes()) == 2, "routes again")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.net.addresses(), [])


if __name__ == "__main__":
    dhlib.require("dnsmasq", "busybox", "ping", "ip")
    if "udhcpd" not in subprocess.run(["busybox", "--list"], capture_output=True, text=True,
                                      check=False).stdout.split():
        dhlib.skip("busybox has no udhcpd")
    dhlib.main()
