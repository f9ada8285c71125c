#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Routes that a server lists beside a VPN (ClasslessRoutes=, CVE-2024-3661), with a real tun device and a real dnsmasq:
which of them the kernel has, in both orders of events, what is said of the others, and that the largest message brings
all its routes.
"""
import importlib.util
import json
import os
import unittest

import dhlib
from dhlib import Daemon, Monitor, NetTest, wait_until

# Routes of a network, and the two halves that would draw all traffic out of any VPN with a default route.
LISTED = ("--dhcp-option=option:classless-static-route,0.0.0.0/0,10.77.0.1,192.0.2.0/24,10.77.0.9,"
          "0.0.0.0/1,10.77.0.1,128.0.0.0/1,10.77.0.1")
DESTINATIONS = {"default", "10.77.0.0/24", "192.0.2.0/24", "0.0.0.0/1", "128.0.0.0/1"}
CAPTURING = {"192.0.2.0/24", "0.0.0.0/1", "128.0.0.0/1"}  # narrower than a default route
QUICK = ("--dhcp-option-force=option:T1,3", "--dhcp-option-force=option:T2,6")
REFUSED = "Routes of option 121 would capture the traffic of a tunnel"


class Tunnel(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        if not os.path.exists("/dev/net/tun"):
            self.skipTest("there is no /dev/net/tun")

    def vpn_up(self, *routes, name="tun0"):
        """Makes a tun device with these routes; without any, with a default route that wins."""
        self.net.ip("tuntap", "add", "dev", name, "mode", "tun")
        self.net.ip("addr", "add", "10.8.0.2/24", "dev", name)
        self.net.ip("link", "set", name, "up")
        for route in routes or ("default metric 50",):
            self.net.ip("route", "add", *route.split(), "dev", name)

    def vpn_down(self, name="tun0"):
        self.net.ip("link", "del", name)

    def start(self, settings="", server=(), bus=None):
        self.net.dnsmasq(LISTED, *server, lease="2m")
        self.daemon = Daemon(self.net, "eth0", bus=bus,
                             config={"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n" + settings})
        self.daemon.wait_log("Bound to")
        return self.daemon

    def destinations(self, table="main"):
        return {route["dst"] for route in self.net.routes(table=table)}

    def wait_destinations(self, expected):
        wait_until(lambda: self.destinations() == expected, f"routes to {expected}")

    def device_to(self, address):
        return json.loads(self.net.ip("-j", "route", "get", address))[0]["dev"]

    def ignored(self):
        """Returns what is ignored, without the router that dnsmasq sends, too."""
        options = json.loads(self.daemon.ctl("--json", "status", "eth0"))["DHCPv4"]["IgnoredOptions"]
        return {(o["Code"], o["Reason"]) for o in options if o["Code"] != 3}

    def test_without_a_vpn(self):
        self.start()
        self.wait_destinations(DESTINATIONS)
        self.assertEqual(self.ignored(), set())

    def test_vpn_first(self):
        self.vpn_up()
        self.start()
        self.wait_destinations(DESTINATIONS - CAPTURING)
        for address in ("198.51.100.1", "9.9.9.9", "192.0.2.7"):
            self.assertEqual(self.device_to(address), "tun0")
        self.assertEqual({code for code, reason in self.ignored() if "tunnel" in reason}, {121})
        self.vpn_down()
        self.wait_destinations(DESTINATIONS)
        self.assertEqual(self.ignored(), set())

    def test_lease_first(self):
        """A VPN that comes up gets its traffic, each time, and the address stays.

        When it is down the routes are back.
        """
        self.start()
        self.wait_destinations(DESTINATIONS)
        monitor = Monitor(self.net)
        for _ in range(3):
            self.vpn_up()
            self.wait_destinations(DESTINATIONS - CAPTURING)
            self.assertEqual(self.device_to("9.9.9.9"), "tun0")
            self.assertIn((121, "routes not used: they would capture the traffic of a tunnel"), self.ignored())
            self.vpn_down()
            self.wait_destinations(DESTINATIONS)
        deleted = [line for line in monitor.deletions() if "eth0" in line]
        self.assertEqual(len(deleted), 9, deleted)
        self.assertEqual([line for line in deleted if "proto dhcp" not in line], [])
        self.assertEqual(self.daemon.logged().count(REFUSED), 1)
        self.assertNotIn("Failed", self.daemon.logged())

    def test_said_once(self):
        self.vpn_up()
        self.start(server=QUICK)
        self.daemon.wait_log("Renewed", 3)
        self.assertEqual(self.daemon.logged().count(REFUSED), 1)
        self.assertIn("192.0.2.0/24 and 2 more", self.daemon.logged())
        self.assertEqual(self.destinations(), DESTINATIONS - CAPTURING)

    def start_plain(self, **pool):
        """Starts a server that lists no routes."""
        self.net.dnsmasq(*QUICK, lease="2m", **pool)
        self.daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n"})
        self.daemon.wait_log("Bound to")

    def test_own_network(self):
        """The server chooses address and mask, so the network of the lease may be within the tunnel's.

        The router is all that is left of it.
        """
        self.start_plain()
        self.wait_destinations({"default", "10.77.0.0/24"})
        address = self.net.addresses()[0][0]
        self.vpn_up("10.77.0.0/16")
        self.wait_destinations({"default", "10.77.0.1"})
        self.assertEqual([self.device_to(a) for a in ("10.77.0.200", "10.77.3.1", "10.77.0.1", "9.9.9.9")],
                         ["tun0", "tun0", "eth0", "eth0"])
        self.assertEqual(self.ignored(), {(1, "no route to the network: it would capture the traffic of a tunnel")})
        self.daemon.wait_log("would capture the traffic of a tunnel, not used: 10.77.0.0/24")
        self.daemon.wait_log("Renewed", self.daemon.logged().count("Renewed") + 1)
        self.vpn_down()
        self.wait_destinations({"default", "10.77.0.0/24"})
        self.assertEqual((self.ignored(), self.net.addresses()[0][0]), (set(), address))
        # A VPN that takes all there is leaves a LAN alone.
        self.vpn_up()
        self.assertEqual([self.device_to(a) for a in ("10.77.0.200", "9.9.9.9")], ["eth0", "tun0"])
        self.daemon.wait_log("Renewed", self.daemon.logged().count("Renewed") + 1)
        self.assertEqual(self.destinations(), {"default", "10.77.0.0/24"})

    def test_network_of_others(self):
        """A server that says the host is a neighbour of a well-known resolver gets nothing of what goes there."""
        self.net.ip_server("addr", "flush", "dev", "br0")
        self.net.ip_server("addr", "add", "8.8.8.1/24", "dev", "br0")
        self.vpn_up()
        self.start_plain(first="8.8.8.77", last="8.8.8.77")
        self.wait_destinations({"default", "8.8.8.1"})
        self.assertEqual([self.device_to(a) for a in ("8.8.8.8", "9.9.9.9", "8.8.8.1")], ["tun0", "tun0", "eth0"])
        self.assertEqual(self.net.addresses()[0][:2], ("8.8.8.77", 24))

    def test_split_tunnel(self):
        """Routes that are not the tunnel's are used: only traffic that was going into the tunnel is kept there."""
        self.vpn_up("192.0.2.0/25")
        self.start()
        self.wait_destinations(DESTINATIONS)
        self.net.ip("route", "add", "192.0.0.0/16", "dev", "tun0")
        self.wait_destinations(DESTINATIONS - {"192.0.2.0/24"})
        self.net.ip("route", "del", "192.0.0.0/16", "dev", "tun0")
        self.wait_destinations(DESTINATIONS)

    def test_halves_of_a_vpn(self):
        """Two halves as OpenVPN makes them, and a table of its own as wg-quick makes it."""
        self.vpn_up("0.0.0.0/1", "128.0.0.0/1")
        self.start()
        self.wait_destinations(DESTINATIONS - {"192.0.2.0/24"})  # its halves have a better metric than the listed ones
        self.assertEqual(self.device_to("9.9.9.9"), "tun0")
        self.assertEqual(self.device_to("192.0.2.7"), "tun0")
        self.vpn_down()
        self.wait_destinations(DESTINATIONS)
        self.vpn_up("default table 51820")
        self.net.ip("rule", "add", "not", "fwmark", "51820", "table", "51820")
        self.net.ip("rule", "add", "table", "main", "suppress_prefixlength", "0")
        self.wait_destinations(DESTINATIONS - CAPTURING)
        self.assertEqual(self.device_to("9.9.9.9"), "tun0")

    def test_restart(self):
        """The next daemon finds the VPN and its predecessor's routes, in either combination."""
        self.start("SendRelease=no\n")
        self.wait_destinations(DESTINATIONS)
        self.daemon.kill()
        self.vpn_up()
        self.assertEqual(self.device_to("9.9.9.9"), "eth0")
        self.daemon = Daemon(self.net, "eth0")
        self.wait_destinations(DESTINATIONS - CAPTURING)
        self.daemon.kill()
        self.vpn_down()
        self.daemon = Daemon(self.net, "eth0")
        self.wait_destinations(DESTINATIONS)

    def test_accept(self):
        self.vpn_up()
        self.start("ClasslessRoutes=accept\n")
        self.wait_destinations(DESTINATIONS)
        self.assertEqual(self.device_to("9.9.9.9"), "eth0")
        self.assertEqual(self.ignored(), set())

    def test_ignore(self):
        self.start("ClasslessRoutes=ignore\n", server=("--dhcp-option=option:router,10.77.0.3",))
        self.wait_destinations({"default", "10.77.0.0/24"})
        self.assertEqual([r["gateway"] for r in self.net.routes() if r["dst"] == "default"], ["10.77.0.3"])
        self.assertEqual(self.ignored(), {(121, "not used: ClasslessRoutes=ignore")})

    def test_table(self):
        self.vpn_up()
        self.start("ClasslessRoutes=table=77\n")
        self.wait_destinations({"10.77.0.0/24"})
        self.assertEqual(self.destinations("77"), DESTINATIONS - {"10.77.0.0/24"} | {"10.77.0.1", "10.77.0.9"})
        self.assertEqual(self.device_to("9.9.9.9"), "tun0")
        self.daemon.stop()
        self.assertEqual(self.net.ip("route", "show", "table", "77"), "")

    def test_reload(self):
        self.vpn_up()
        self.start()
        self.wait_destinations(DESTINATIONS - CAPTURING)
        with open(os.path.join(self.daemon.config, "dhcpd-link.conf"), "w", encoding="ascii") as f:
            f.write("[DHCPv4]\nClasslessRoutes=accept\n")
        self.daemon.ctl("reload")
        self.wait_destinations(DESTINATIONS)

    def test_no_default_said_once(self):
        """RFC 3442: beside option 121 the router of option 3 does not count.

        A user who misses the default route finds out why, and is not told every 3 s.
        """
        said = "Option 121 lists routes but no default route"
        self.net.dnsmasq("--dhcp-option=option:classless-static-route,192.0.2.0/24,10.77.0.9",
                         "--dhcp-option=option:router,10.77.0.1", *QUICK, lease="2m")
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("Renewed", 3)
        self.assertEqual(daemon.logged().count(said), 1)
        self.assertIn("the routers of option 3 do not count", daemon.logged())
        self.assertEqual(self.destinations(), {"10.77.0.0/24", "192.0.2.0/24"})

    def test_default_is_not_missed(self):
        self.start(server=QUICK)
        self.daemon.wait_log("Renewed", 2)
        self.assertNotIn("no default route", self.daemon.logged())


@unittest.skipUnless(importlib.util.find_spec("scapy"), "python3-scapy is not installed")
class ManyRoutes(NetTest):
    def test_all_of_a_message(self):
        """As many routes as fit into 1472 bytes, in pieces (RFC 3396).

        All of them are there, stay through a restart, and go.
        """
        from liar import Liar, Reply  # pylint: disable=import-outside-toplevel
        liar = Liar(self.net, 1)
        self.addCleanup(liar.close)
        daemon = Daemon(self.net, "e1", config={"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n"})
        sent = []

        def answers(request):
            reply = Reply(request)
            room = 1472 - 240 - len(reply.options_bytes())
            expected, content = [], b""
            while len(content) + 6 + 2 * ((len(content) + 6) // 255 + 1) <= room:
                n = len(expected)
                # /8 is the shortest of networks; a hundred of them by each gateway.
                expected.append((f"{11 + n % 100}.0.0.0/8", f"10.1.0.{200 + n // 100}"))
                content += bytes([8, 11 + n % 100, 10, 1, 0, 200 + n // 100])
            reply.more = b"".join(b"\x79" + bytes([len(p)]) + p
                                  for p in (content[i:i + 255] for i in range(0, len(content), 255)))
            sent[:] = expected
            yield reply.frame()

        self.assertTrue(liar.serve(answers, lambda: "Bound to" in daemon.logged()))
        self.assertGreater(len(sent), 190)

        def routes():
            return sorted((r["dst"], r["gateway"]) for r in self.net.routes("e1") if "gateway" in r)

        self.assertEqual(routes(), sorted(sent))
        shown = json.loads(daemon.ctl("--json", "status", "e1"))["DHCPv4"]["Routes"]
        self.assertEqual(len(shown), len(sent) + 1)
        daemon.kill()
        daemon = Daemon(self.net, "e1")
        liar.serve(answers, lambda: daemon.logged().count("BOUND") > 0)
        self.assertEqual(routes(), sorted(sent))
        daemon.stop()
        self.assertEqual(self.net.routes("e1"), [])


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq")
    dhlib.main()
