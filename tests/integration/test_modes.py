#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What a configuration makes of the client, against servers that this project did not write.
There are lists of servers, what there is without a server, DHCPINFORM, RFC 8925, the broadcast flag, BOOTP. What the
client tells servers of itself is in test_told.py.

That something does not happen is shown by what comes after it on the wire, not by waiting.
"""
import importlib.util
import ipaddress
import json
import os
import signal
import socket
import time
import unittest

import dhlib
from dhlib import Bus, Monitor, listens, wait_until
from dhservers import Dnsmasq, FreeRadius, Isc, Kea, Offer, Udhcpd
from wire import ACK, DISCOVER, INFORM, NAK, OFFER, RELEASE, REQUEST, WireTest, in_namespace, other_mac


class Lists(WireTest):
    """AllowServer= and DenyServer= with two real servers on one segment."""

    def only_second(self, rule):
        """The first server answers and is not listened to; then there is a second one, which is."""
        self.server(Dnsmasq, last="10.77.0.149")
        daemon = self.start(rule)
        # The second DISCOVER is the proof that the first OFFER had no effect.
        self.wire.wait(OFFER, 2)
        self.assertEqual({m.address(54) for m in self.wire.messages(OFFER)}, {"10.77.0.1"})
        self.assertEqual({m.kind for m in self.wire.of_client()}, {DISCOVER})
        self.assertEqual(self.net.addresses(), [])
        self.other_server(Isc, first="10.77.0.200", last="10.77.0.210")
        daemon.wait_log("Bound to 10.77.0.2")
        self.assertIn(" by 10.77.0.2 ", daemon.logged())
        self.assertEqual({m.address(54) for m in self.wire.messages(REQUEST)}, {"10.77.0.2"})
        self.assertEqual({s["Identifier"] for s in self.wait_status(daemon, State="BOUND")["Servers"]}, {"10.77.0.2"})

    def test_deny_identifier(self):
        self.only_second("DenyServer=10.77.0.1")

    def test_deny_network(self):
        self.only_second("DenyServer=192.0.2.0/24 10.77.0.0/31")

    def test_deny_hardware_address(self):
        self.only_second(f"DenyServer={self.SERVER_MAC}")

    def test_allow_identifier(self):
        self.only_second("AllowServer=10.77.0.2")

    def test_allow_hardware_address(self):
        self.only_second(f"AllowServer={other_mac('10.77.0.2')}")

    def lease_of_second(self):
        """Gets a lease of 10.77.0.2 to come back with. Returns the server, which is stopped."""
        second = self.other_server(Isc, first="10.77.0.150", last="10.77.0.150")
        daemon = self.bind("SendRelease=no")
        self.assertEqual(daemon.stop(), 0)
        self.net.wait_no_address()
        second.stop()
        self.wire.clear()
        return second

    def reboot_beside(self, kind, rule, second):
        """INIT-REBOOT, while a denied server answers with `kind`. Then the server that granted the lease is back."""
        daemon = self.start(rule, "UseStoredLease=no")
        self.wire.wait(kind)
        answer = self.wire.messages().index(self.wire.messages(kind)[0])
        wait_until(lambda: [m for m in self.wire.messages()[answer:] if m.from_client], "the client asks again")
        again = [m for m in self.wire.messages()[answer:] if m.from_client][0]
        self.assertEqual((again.kind, again.address(50), again.address(54)), (REQUEST, "10.77.0.150", None))
        self.assertEqual(self.net.addresses(), [])
        second.start(second.offer)
        daemon.wait_log("Bound to 10.77.0.150")
        self.assertIn(" by 10.77.0.2 ", daemon.logged())
        self.assertNotIn("refused", daemon.logged())

    def denied_ack(self, rule):
        """The first server would grant the same address."""
        second = self.lease_of_second()
        self.server(Dnsmasq, first="10.77.0.150", last="10.77.0.150")
        self.reboot_beside(ACK, rule, second)

    def test_denied_ack(self):
        self.denied_ack("DenyServer=10.77.0.1")

    def test_denied_ack_by_hardware_address(self):
        self.denied_ack(f"DenyServer={self.SERVER_MAC}")

    def test_denied_nak(self):
        """The first server has another network, and says so."""
        second = self.lease_of_second()
        self.net.ip_server("addr", "add", "10.99.0.1/24", "dev", "br0")
        self.net.ip_server("addr", "del", "10.77.0.1/24", "dev", "br0")
        self.server(Dnsmasq, first="10.99.0.100", last="10.99.0.110", address="10.99.0.1")
        self.reboot_beside(NAK, "DenyServer=10.99.0.1", second)

    def test_stored_lease_of_a_denied_server(self):
        """If the server that granted the lease is denied, the client does not ask it for the lease again.

        This holds although the router is the known one.
        """
        self.server(Dnsmasq, first="10.77.0.100", last="10.77.0.149")
        daemon = self.bind("SendRelease=no", "ConflictDetection=no")
        self.assertEqual(daemon.stop(), 0)
        self.net.wait_no_address()
        self.other_server(Isc, first="10.77.0.200", last="10.77.0.210")
        self.wire.clear()
        daemon = self.bind("DenyServer=10.77.0.1")
        self.assertRegex(self.net.wait_address(), r"^10\.77\.0\.2\d\d$")
        self.assertEqual(self.wire.of_client()[0].kind, DISCOVER)
        self.assertNotIn(50, self.wire.of_client()[0].options)
        self.assertNotIn(" by 10.77.0.1 ", daemon.logged())


class InUse(WireTest):
    """Modes that change what is in use. Leases are short here, so dnsmasq is left out."""
    SHORT = {"lease": 12, "t1": 3, "t2": 6}

    def test_denied_by_reload(self):
        """The server of a lease in use is denied: its ACKs do not renew the lease.

        A second server answers in REBINDING, and the lease holds until then.
        """
        self.server(Isc, first="10.77.0.100", last="10.77.0.149", **self.SHORT)
        daemon = self.bind("ConflictDetection=no")
        address = self.net.wait_address()
        with open(self.net.path("config/dhcpd-link.conf"), "w", encoding="ascii") as f:
            f.write("[DHCPv4]\nConflictDetection=no\nDenyServer=10.77.0.1\n")
        wait_until(lambda: listens(daemon.private), "the daemon is complete")
        daemon.ctl("reload")
        self.wire.clear()
        self.other_server(Udhcpd, first="10.77.0.200", last="10.77.0.210")
        daemon.wait_log("RENEWING -> REBINDING")
        self.assertNotIn("Lost", daemon.logged())
        # Asked by unicast and answered with an ACK, in vain.
        asked = self.wire.messages(REQUEST)[0]
        self.assertEqual((asked.dest, asked.ciaddr), ("10.77.0.1", address))
        self.assertIn(asked.xid, [m.xid for m in self.wire.messages(ACK) if m.address(54) == "10.77.0.1"])
        wait_until(lambda: [a for a, _, _ in self.net.addresses() if a.startswith("10.77.0.2")],
                   "an address of the second server", 40)
        self.assertNotIn(address, [a for a, _, _ in self.net.addresses()])

    def test_fallback_comes_back(self):
        """The server dies, the lease ends, the fallback takes its place, and the next lease that of the fallback."""
        server = self.server(Isc, **self.SHORT)
        daemon = self.bind("Fallback=static", "FallbackAfterSec=1s", "FallbackAddress=10.77.0.50/24",
                           "ConflictDetection=no")
        self.wait_status(daemon, Origin="dhcp")
        server.stop()
        wait_until(lambda: [a for a, _, _ in self.net.addresses()] == ["10.77.0.50"],
                   "the fallback in place of the lease", 40)
        self.assertEqual(self.gateways(), [])
        self.wait_status(daemon, Origin="static", Address="10.77.0.50")
        self.assertIn("expired", daemon.logged())
        server.start(server.offer)
        wait_until(lambda: [a for a, _, _ in self.net.addresses() if a.startswith("10.77.0.1")]
                   and len(self.net.addresses()) == 1,
                   "a lease in place of the fallback", 40)
        self.wait_status(daemon, Origin="dhcp")


class Servers(WireTest):
    """The property Servers: all servers that made an offer, though only one offer was taken."""

    def test_three(self):
        bus = Bus(self.net)
        self.server(Dnsmasq, last="10.77.0.119")
        self.other_server(Isc, first="10.77.0.120", last="10.77.0.139")
        self.other_server(Kea, "10.77.0.3", "third", first="10.77.0.140", last="10.77.0.159")
        daemon = self.bind(bus=bus)
        bus.wait_name()

        def offered():
            path = bus.busctl("call", "org.dhcpdlink1", "/org/dhcpdlink1", "org.dhcpdlink1.Manager", "GetLink", "s",
                              "eth0").split()[1].strip('"')
            found = json.loads(bus.busctl("--json=short", "get-property", "org.dhcpdlink1", path,
                                          "org.dhcpdlink1.DHCPv4", "Servers"))
            self.assertEqual(found["type"], "aa{sv}")
            return sorted((server["Identifier"]["data"], server["OfferedAddress"]["data"],
                           bytes(server["HardwareAddress"]["data"]).hex(":"))
                          for server in found["data"])
        wait_until(lambda: len(offered()) == 3, "three servers on D-Bus")
        # Just what they offered, by the wire.
        self.assertEqual(offered(), sorted({(m.address(54), m.yiaddr, m.source_mac)
                                            for m in self.wire.messages(OFFER)}))
        self.assertEqual([mac for _, _, mac in offered()],
                         [self.SERVER_MAC, other_mac("10.77.0.2"), other_mac("10.77.0.3")])
        winner, = {m.address(54) for m in self.wire.messages(REQUEST)}
        self.assertEqual(self.status(daemon)["Server"], winner)

    def test_later(self):
        """A server that looks longer before it makes an offer is recorded, though the lease is there."""
        self.server(Dnsmasq, last="10.77.0.119")
        second = self.other_server(Isc, first="10.77.0.120", last="10.77.0.139")
        os.kill(second.process.pid, signal.SIGSTOP)
        daemon = self.bind()
        os.kill(second.process.pid, signal.SIGCONT)
        self.wire.wait(OFFER, 2)
        wait_until(lambda: len(self.status(daemon).get("Servers", ())) == 2, "both servers on D-Bus")
        self.assertIn(" by 10.77.0.1 ", daemon.logged())


class WithoutAnswer(WireTest):
    """What is told of an address that no server granted: to D-Bus, to hooks, and to the next daemon."""

    def shown(self, daemon, origin, address, prefix_len, router=None):
        """What no server said is as an answer with a mask and a router would have it."""
        network = ipaddress.ip_interface(f"{address}/{prefix_len}").network
        mask, base = str(network.netmask), str(network.network_address)
        routes, routers = [(base, prefix_len, "", address, origin)], [router] if router else []
        options = {53: b"\5", 1: network.netmask.packed}
        if router:
            options[3] = ipaddress.ip_address(router).packed
            routes.append(("0.0.0.0", 0, router, address, origin))
        status = self.wait_status(daemon, Origin=origin, Address=address, PrefixLength=prefix_len, Server="",
                                  ServerHardwareAddress="", Relay="", NextServer="", ServerName="", BootFile="",
                                  Routers=routers, DNS=[], MTU=0, LifetimeUSec=None, T1AtUSec=None, T2AtUSec=None,
                                  ExpiresAtUSec=None, IgnoredOptions=[], KeptOptions=[], Servers=[],
                                  OptionValues={"message-type": "DHCPACK", "subnet-mask": mask}
                                  | ({"routers": routers} if router else {}))
        self.assertEqual(list(self.options(status).items()), list(options.items()))
        self.assertEqual([tuple(route[key] for key in ("Destination", "PrefixLength", "Gateway", "Source", "Origin"))
                          for route in status["Routes"]], routes)
        self.assertEqual(self.hook_lines(daemon, "dhclient", "new_"), [
            f"new_ip_address={address}", "new_next_server=0.0.0.0", f"new_network_number={base}",
            f"new_broadcast_address={network.broadcast_address}", "new_dhcp_message_type=5",
            f"new_subnet_mask={mask}", *([f"new_routers={router}"] if router else []), "new_expiry=4294967295"])
        self.assertEqual(self.hook_lines(daemon, "udhcpc"), [
            "$1=bound", "interface=eth0", f"ip={address}", f"mask={prefix_len}", "opt53=05", f"subnet={mask}",
            *([f"router={router}"] if router else [])])
        wait_until(lambda: self.record()[:-1] == [f"address={ipaddress.ip_address(address).packed.hex()}",
                                                  f"prefix-len={prefix_len}"], "the address on record")

    def hook_lines(self, daemon, contract, prefix=""):
        lines = daemon.ctl("hook-environment", "eth0", f"--contract={contract}").splitlines()
        return [line for line in lines if line and line.startswith(prefix) and not line.startswith("PATH=")]

    def record(self):
        """The lines of the record from the origin on, which are those of the lease."""
        folder = self.net.path("runtime/lease")
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="ascii") as f:
                return f.read().partition("origin=")[2].splitlines()[1:]
        return []


class Fallback(WithoutAnswer):
    """What the link has while no server answers."""

    STATIC = ("Fallback=static", "FallbackAfterSec=100ms", "FallbackAddress=10.77.0.50/24", "FallbackGateway=10.77.0.7")
    LINK_LOCAL = ("Fallback=link-local", "FallbackAfterSec=100ms")

    def replaced_by_lease(self, daemon, before):
        self.server(Dnsmasq)
        daemon.wait_log("REQUESTING -> BOUND")
        wait_until(lambda: [a for a, _, _ in self.net.addresses() if a.startswith("10.77.0.1")]
                   and len(self.net.addresses()) == 1,
                   "the lease in place of the fallback")
        self.assertNotIn(before, [a for a, _, _ in self.net.addresses()])
        self.assertEqual(self.gateways(), ["10.77.0.1"])
        self.wait_status(daemon, State="BOUND", Origin="dhcp")

    def test_static(self):
        daemon = self.start(*self.STATIC, "ConflictDetection=no")
        self.assertEqual(self.net.wait_address(), "10.77.0.50")
        wait_until(lambda: self.gateways() == ["10.77.0.7"], "the gateway of the configuration")
        self.shown(daemon, "static", "10.77.0.50", 24, router="10.77.0.7")
        self.replaced_by_lease(daemon, "10.77.0.50")

    def test_static_is_probed(self):
        """Another host has the address: it is not used, and tried again only when another minute is over."""
        self.net.ip_server("addr", "add", "10.77.0.50/24", "dev", "br0")
        daemon = self.start(*self.STATIC)
        wait_until(lambda: self.status(daemon).get("Counters", {}).get("Conflicts") == 1, "a conflict on D-Bus")
        self.assertEqual(self.net.addresses(), [])
        self.assertEqual(self.wire.probes(self.MAC), ["10.77.0.50"])
        self.replaced_by_lease(daemon, "10.77.0.50")

    def test_link_local(self):
        """Another host has the first candidate, so the second one is used."""
        daemon = self.start(*self.LINK_LOCAL)
        taken = wait_until(lambda: self.wire.probes(self.MAC), "a probe")[0]
        self.assertEqual(daemon.stop(), 0)
        self.net.ip_server("addr", "add", f"{taken}/16", "dev", "br0")
        self.wire.clear()
        daemon = self.start(*self.LINK_LOCAL)
        address = self.net.wait_address()
        # The same host on the same network begins with the same one (RFC 3927 section 2.1).
        self.assertEqual(self.wire.probes(self.MAC), [taken, address])
        self.assertRegex(address, r"^169\.254\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])\.\d+$")
        self.assertEqual(self.net.addresses()[0][1], 16)
        self.assertEqual(self.gateways(), [])
        self.shown(daemon, "link-local", address, 16)
        # Would it take one of its own? RFC 2563.
        self.assertEqual({m.options.get(116) for m in self.wire.messages(DISCOVER)}, {b"\1"})
        self.replaced_by_lease(daemon, address)

    def test_link_local_is_defended(self):
        """Another host claims the address that is in use: the first claim is answered, at the second it may have it.

        RFC 3927 section 2.5 b.
        """
        daemon = self.start(*self.LINK_LOCAL)
        address = self.net.wait_address()
        # Announced, so that what comes now is a conflict with an address in use.
        wait_until(lambda: [a for a in self.wire.arps()
                            if (a.sender_mac, a.sender, a.target) == (self.MAC, address, address)], "an announcement")
        self.wire.clear()
        self.claim(address)
        wait_until(lambda: [a for a in self.wire.arps()
                            if (a.sender_mac, a.sender, a.target) == (self.MAC, address, address)], "the defence")
        self.assertEqual(self.net.wait_address(), address)
        self.claim(address)
        second = wait_until(lambda: [a for a, _, _ in self.net.addresses() if a != address], "another address")[0]
        self.assertRegex(second, r"^169\.254\.")
        self.assertEqual(self.wire.probes(self.MAC), [second])
        self.assertIsNone(daemon.process.poll())

    def claim(self, address):
        """Sends an ARP announcement of the address from another host."""
        mac, ip = bytes.fromhex("020000000099"), socket.inet_aton(address)
        frame = b"\xff" * 6 + mac + bytes.fromhex("0806" "0001" "0800" "0604" "0001") + mac + ip + bytes(6) + ip
        with in_namespace(self.net.server, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)) as wire:
            wire.sendto(frame, ("s-eth0", 0))

    def test_forbidden(self):
        """A server says "do not auto-configure" (RFC 2563).

        FreeRADIUS does so by broadcast alone: an OFFER without an address has no address to go to.
        """
        self.server(FreeRadius, auto_configure=0)
        daemon = self.start("Fallback=link-local", "FallbackAfterSec=5s", "RequestBroadcast=yes")
        offer = self.wire.wait(OFFER)
        self.assertEqual((offer.yiaddr, offer.options[116]), ("0.0.0.0", b"\0"))
        # Well after the time when it would have begun with probes.
        wait_until(lambda: [m for m in self.wire.messages(DISCOVER) if m.secs >= 6], "a DISCOVER some seconds later")
        self.assertEqual(self.wire.probes(self.MAC), [])
        self.assertEqual(self.net.addresses(), [])
        self.assertEqual({m.kind for m in self.wire.of_client()}, {DISCOVER})
        self.assertIsNone(daemon.process.poll())

    def test_forbidden_later(self):
        """The server comes when the link has its own address already: the address is given up."""
        daemon = self.start(*self.LINK_LOCAL)
        address = self.net.wait_address()
        self.server(FreeRadius, auto_configure=0)
        self.net.wait_no_address()
        self.wait_status(daemon, Origin="", Address="")
        self.assertIn(address, self.wire.probes(self.MAC))

    def test_allowed(self):
        """A server has no address, but allows one of the client's own (RFC 2563: 1)."""
        self.server(FreeRadius, auto_configure=1)
        daemon = self.start(*self.LINK_LOCAL)
        self.assertRegex(self.net.wait_address(), r"^169\.254\.")
        self.assertEqual({m.options[116] for m in self.wire.messages(OFFER)}, {b"\1"})
        self.wait_status(daemon, Origin="link-local")


class Inform(WithoutAnswer):
    """InformAddress=: the address is the administrator's, everything else the server's."""

    def inform(self, server_class, **offer):
        server = self.server(server_class, router="10.77.0.7", dns="10.77.0.8",
                             options={15: b"example.org", 228: b"\1\2\3"}, **offer)
        self.net.ip("addr", "add", "10.77.0.50/24", "dev", "eth0")
        monitor = Monitor(self.net)
        daemon = self.start("InformAddress=10.77.0.50/24",
                            "RequestOptions=subnet-mask routers domain-name-servers domain-name 228")
        asked = self.wire.wait(INFORM)
        self.assertEqual((asked.ciaddr, asked.source, asked.address(50), asked.options.get(51)),
                         ("10.77.0.50", "10.77.0.50", None, None))
        self.wire.wait(ACK)
        status = self.wait_status(daemon, State="BOUND", Origin="inform", Address="10.77.0.50", PrefixLength=24,
                                  Server="10.77.0.1",
                                  Routers=["10.77.0.7"], DNS=["10.77.0.8"], Domain="example.org")
        self.assertEqual(self.options(status)[228], b"\1\2\3")
        self.assertEqual({m.kind for m in self.wire.of_client()}, {INFORM})
        # Nothing of it is in the server's list, and the address is as it was: for ever.
        self.assertIsNone(server.lease("10.77.0.50"))
        self.assertEqual([a[:2] for a in self.net.addresses()], [("10.77.0.50", 24)])
        self.assertGreater(self.net.addresses()[0][2], 1 << 31)
        # Asked again on demand, and again the address is not touched.
        self.wire.clear()
        wait_until(lambda: (daemon.ctl("renew", "eth0"), self.wire.messages(ACK))[1], "another answer")
        self.wait_status(daemon, State="BOUND")
        self.assertEqual([line for line in monitor.deletions() if "10.77.0.50" in line], [])
        self.assertEqual(daemon.stop(), 0)
        self.assertNotIn("Lost", daemon.logged().replace("Lost 10.77.0.50/24: released", ""))

    def test_late_server(self):
        """The address stands by itself until a server answers. Then everything that is shown is of the answer."""
        daemon = self.start("InformAddress=10.77.0.50/24")
        self.assertEqual(self.net.wait_address(), "10.77.0.50")
        self.shown(daemon, "inform", "10.77.0.50", 24)
        self.server(Dnsmasq, router="10.77.0.7", dns="10.77.0.8")
        daemon.ctl("renew", "eth0")
        status = self.wait_status(daemon, State="BOUND", Origin="inform", Address="10.77.0.50", PrefixLength=24,
                                  Server="10.77.0.1", Routers=["10.77.0.7"], DNS=["10.77.0.8"], LifetimeUSec=None)
        options, answer = self.options(status), self.wire.wait(ACK)
        self.assertEqual(options, {code: data for code, data in answer.options.items() if code in options})
        self.assertGreater(set(options), {1, 3, 6, 53, 54})
        self.assertIn("new_dhcp_server_identifier=10.77.0.1", self.hook_lines(daemon, "dhclient", "new_"))
        self.assertIn("router=10.77.0.7", self.hook_lines(daemon, "udhcpc"))
        wait_until(lambda: self.record()[:-1] == ["address=0a4d0032", "prefix-len=24"], "the address on record")

    def test_dnsmasq(self):
        self.inform(Dnsmasq)

    def test_isc(self):
        self.inform(Isc)

    def test_kea(self):
        self.inform(Kea)

    def test_udhcpd(self):
        self.inform(Udhcpd)

    def test_freeradius(self):
        self.inform(FreeRadius)

    def test_nobody_answers(self):
        """The address is there all the same, and the server is found when it comes."""
        daemon = self.start("InformAddress=10.77.0.50/24")
        self.wire.wait(INFORM)
        self.assertEqual(self.net.wait_address(), "10.77.0.50")
        self.server(Dnsmasq)
        self.wait_status(daemon, State="BOUND", Server="10.77.0.1")
        self.assertEqual(self.net.wait_address(), "10.77.0.50")


class IPv6Only(WireTest):
    """RFC 8925, option 108."""

    def ipv6_only(self, server_class):
        self.server(server_class, options={108: (600).to_bytes(4, "big")})
        daemon = self.bind()
        self.assertEqual([m for m in self.wire.of_client() if 108 in m.options[55]], [])
        # FreeRADIUS gives it to everybody, and an answer that nobody asked for counts for nothing.
        self.assertEqual(108 in self.wire.messages(ACK)[0].options, server_class is FreeRadius)
        self.assertEqual(daemon.stop(), 0)
        self.net.wait_no_address()

        self.wire.clear()
        daemon = self.start("IPv6OnlyMode=yes", "Fallback=link-local", "FallbackAfterSec=100ms")
        self.assertEqual(self.wire.wait(OFFER).options[108], (600).to_bytes(4, "big"))
        self.assertIn(108, self.wire.messages(DISCOVER)[0].options[55])
        self.wait_status(daemon, State="INIT", IPv6Only=True, Address="")
        sent = len(self.wire.of_client())
        self.assertEqual({m.kind for m in self.wire.of_client()}, {DISCOVER})
        # The wait ends where the link is attached anew; until then nothing was sent, and nothing was put in place of an
        # address.
        time.sleep(3)
        self.assertEqual(len(self.wire.of_client()), sent)
        self.assertEqual((self.net.addresses(), self.wire.probes(self.MAC)), ([], []))
        self.net.ip_server("link", "set", "s-eth0", "down")
        daemon.wait_log("Carrier lost")
        self.net.ip_server("link", "set", "s-eth0", "up")
        self.wire.wait(DISCOVER, sent + 1)

    def test_dnsmasq(self):
        self.ipv6_only(Dnsmasq)

    def test_kea(self):
        self.ipv6_only(Kea)

    def test_isc(self):
        self.ipv6_only(Isc)

    def test_freeradius(self):
        self.ipv6_only(FreeRadius)

    def test_known_network(self):
        """A known network needs no IPv4 any more: what its server grants in INIT-REBOOT is released."""
        server = self.server(Dnsmasq)
        daemon = self.bind("SendRelease=no")
        address = self.net.wait_address()
        self.assertEqual(daemon.stop(), 0)
        self.net.wait_no_address()
        server.restart(Offer(options={108: (600).to_bytes(4, "big")}))
        self.wire.clear()
        daemon = self.start("IPv6OnlyMode=yes", "UseStoredLease=no")
        self.assertEqual(self.wire.wait(RELEASE).ciaddr, address)
        self.wait_status(daemon, State="INIT", IPv6Only=True, Address="")
        self.assertEqual(self.net.addresses(), [])
        server.wait_lease(address, "free")

    def test_a_network_that_needs_ipv4(self):
        """The option is asked for, and the server does not know it: there is a lease as always."""
        self.server(Dnsmasq)
        daemon = self.bind("IPv6OnlyMode=yes")
        self.assertIn(108, self.wire.messages(DISCOVER)[0].options[55])
        self.wait_status(daemon, State="BOUND", IPv6Only=False)


class Broadcast(WireTest):
    """A link where only broadcasts arrive before there is an address, as with some relays and access points."""

    def unicast(self, on):
        """Says whether the bridge passes frames to addresses that it does not know. It learns none on this port."""
        self.net.ip_server("link", "set", "s-eth0", "type", "bridge_slave", "flood", "on" if on else "off", "learning",
                           "off")
        self.net.ip_server("link", "set", "s-eth0", "type", "bridge_slave", "fdb_flush")

    def only_broadcasts(self, server_class):
        self.unicast(False)
        self.server(server_class)
        daemon = self.bind("SendRelease=no", "ConflictDetection=no")
        # Twice by unicast in vain, then by broadcast, and at once so in the REQUEST.
        self.assertEqual([m.broadcast for m in self.wire.messages(DISCOVER)[:3]], [False, False, True])
        self.assertTrue(self.wire.messages(REQUEST)[0].broadcast)
        self.assertEqual({m.dest_mac for m in self.wire.messages(OFFER, ACK)}, {"ff:ff:ff:ff:ff:ff"})
        address = self.net.wait_address()
        self.assertEqual(daemon.stop(), 0)
        self.net.wait_no_address()
        # Remembered with the lease, and put to the test: the first message of the next start leaves the flag out, in
        # vain, the second has it.
        self.wire.clear()
        daemon = self.bind("UseStoredLease=no")
        self.assertEqual([(m.kind, m.broadcast) for m in self.wire.of_client()[:2]],
                         [(REQUEST, False), (REQUEST, True)])
        self.assertIn("REBOOTING -> BOUND", daemon.logged())
        self.assertEqual(self.net.wait_address(), address)

    def test_dnsmasq(self):
        self.only_broadcasts(Dnsmasq)

    def test_isc(self):
        self.only_broadcasts(Isc)

    def test_freeradius(self):
        self.only_broadcasts(FreeRadius)

    def test_udhcpd(self):
        """udhcpd answers by broadcast whatever it is asked: a broadcast that nobody asked for is accepted as well."""
        self.unicast(False)
        self.server(Udhcpd)
        self.bind("ConflictDetection=no")
        self.assertEqual({m.dest_mac for m in self.wire.messages(OFFER, ACK)}, {"ff:ff:ff:ff:ff:ff"})
        self.assertFalse(self.wire.messages(DISCOVER)[0].broadcast)

    def test_kea(self):
        """Kea answers to 255.255.255.255, but in a frame to the client alone.

        This helps where only the IP address matters, and does not help on this link.
        """
        self.server(Kea)
        self.bind("RequestBroadcast=yes", "ConflictDetection=no")
        self.assertEqual({(m.dest, m.dest_mac) for m in self.wire.messages(OFFER, ACK)},
                         {("255.255.255.255", self.MAC)})

    def test_configured(self):
        """RequestBroadcast=yes: the flag is in every message from the first on, and servers do as asked."""
        self.unicast(False)
        self.server(Dnsmasq)
        self.bind("RequestBroadcast=yes", "ConflictDetection=no")
        self.assertEqual({m.kind for m in self.wire.of_client()}, {DISCOVER, REQUEST})
        self.assertEqual({m.broadcast for m in self.wire.of_client()}, {True})

    def test_not_without_need(self):
        """Where unicast arrives, the client does not ask for broadcasts."""
        self.server(Dnsmasq)
        self.bind("ConflictDetection=no")
        self.assertFalse(self.wire.messages(DISCOVER)[0].broadcast)
        self.assertEqual({m.dest_mac for m in self.wire.messages(OFFER, ACK)}, {self.MAC})


class Bootp(WireTest):
    """Replies without a message type (RFC 1534).

    None of the five servers gives one to a DISCOVER, since a request with option 53 is DHCP to them. So scapy does it
    here.
    """

    def setUp(self):
        super().setUp()
        if not importlib.util.find_spec("scapy"):
            self.skipTest("python3-scapy is not installed")
        import liar
        self.lib = liar
        self.liar = liar.Liar(self.net, 1)
        self.addCleanup(self.liar.close)

    def replies(self, request):
        reply = self.lib.Reply(request)
        for code in (51, 53, 54):
            reply.options[code] = None
        # the field of vendors is 64 bytes long in BOOTP; shorter ones are taken for a DHCP message cut off
        reply.end = b"\xff".ljust(60, b"\0")
        yield reply.frame()

    def start(self, *lines):
        return super().start("ConflictDetection=no", *lines, links=("e1",))

    def asked(self):
        return [request.type for request in self.liar.heard[1]]

    def test_taken(self):
        daemon = self.start("BOOTP=yes")
        self.assertTrue(self.liar.serve(self.replies, lambda: self.net.addresses("e1")), daemon.logged())
        address, prefix_len, valid = self.net.addresses("e1")[0]
        self.assertEqual((address, prefix_len), (self.lib.address(1, self.lib.HONEST), 24))
        # For ever, and a server of which nothing is known is asked for nothing: no REQUEST, no RELEASE. Not by the
        # first reply, before which a DHCP server would have had its chance.
        self.assertGreater(valid, 1 << 31)
        self.assertGreaterEqual(len(self.asked()), 2)
        daemon.wait_log("Bound to")
        self.assertEqual(self.wait_status(daemon, "e1", State="BOUND", Server="")["Origin"], "bootp")
        self.assertEqual(daemon.stop(), 0)
        self.liar.serve(self.replies, lambda: False, patience=0.5)
        self.assertEqual(set(self.asked()), {DISCOVER})
        self.net.wait_no_address("e1")

    def test_not_without_being_told(self):
        daemon = self.start()
        self.assertTrue(self.liar.serve(self.replies, lambda: len(self.asked()) >= 3), daemon.logged())
        self.assertEqual(set(self.asked()), {DISCOVER})
        self.assertEqual(self.net.addresses("e1"), [])

    def test_dhcp_is_preferred(self):
        """The reply comes first, and a DHCP server answers as well."""
        daemon = self.start("BOOTP=yes")

        def both(request):
            if request.type == DISCOVER:
                yield from self.replies(request)
            yield self.lib.Reply(request, host=self.lib.LYING).frame()
        for _ in range(10):
            self.assertTrue(self.liar.serve(both, lambda: self.net.addresses("e1")), daemon.logged())
            if self.asked().count(DISCOVER) == 1:
                break
            # A busy machine: the first DISCOVER was answered too late, when another one was out and the BOOTP reply may
            # be taken.
            wait_until(lambda: listens(daemon.private), "the private socket")
            daemon.ctl("release", "e1")
            self.net.wait_no_address("e1")
            self.liar.serve(lambda request: (), lambda: False, patience=0.5)
            self.liar.heard[1].clear()
            daemon.ctl("renew", "e1")
        self.assertEqual(self.net.addresses("e1")[0][0], self.lib.address(1, self.lib.LYING))
        self.assertEqual((self.asked()[0], set(self.asked()[1:])), (DISCOVER, {REQUEST}))


if __name__ == "__main__":
    dhlib.require("ip", "unshare", "dnsmasq")
    unittest.main(verbosity=2)
