#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the client tells servers of itself, and what servers that this project did not write make of it.
There are client identifiers, names, classes, options of its own, and nothing of all this when it is to be anonymous. On
the wire, in the servers' lists of leases, and in what they give for it.
"""
import os
import re
import unittest

import dhlib
from dhlib import wait_until
from dhservers import Dnsmasq, FreeRadius, Isc, Kea, Udhcpd
from wire import ACK, DISCOVER, RELEASE, REQUEST, WireTest

# Name, lines of the configuration, what option 61 is then in hexadecimal digits; {mac} is the link's hardware address.
IDENTIFIERS = (
    ("mac", "ClientIdentifier=mac", "01{mac}"),
    # RFC 4361: 255, the IAID, and a DUID of RFC 8415 or RFC 6355.
    ("uuid", "ClientIdentifier=duid", "ff[0-9a-f]{{8}}0004[0-9a-f]{{32}}"),
    ("link-layer", "ClientIdentifier=duid\nDUID=link-layer", "ff[0-9a-f]{{8}}00030001{mac}"),
    ("link-layer-time", "ClientIdentifier=duid\nDUID=link-layer-time", "ff[0-9a-f]{{8}}00010001[0-9a-f]{{8}}{mac}"),
    ("enterprise", "ClientIdentifier=duid\nDUID=en:32473:0badcafe\nIAID=258", "ff00000102000200007ed90badcafe"),
    ("duid hex", "ClientIdentifier=duid\nDUID=hex:00:05:aa:bb", "ff[0-9a-f]{{8}}0005aabb"),
    ("hex", "ClientIdentifier=hex:00:68:6f:73:74", "00686f7374"),
    ("none", "ClientIdentifier=none", None),
)


def mac_of(n):
    return f"02:00:00:00:00:{n + 1:02x}"


class Identifiers(WireTest):
    """Each kind of identifier on a link of its own; eth0 has the first."""

    def setUp(self):
        super().setUp()
        self.links = [f"eth{n}" for n in range(len(IDENTIFIERS))]
        for n, link in enumerate(self.links[1:], 1):
            self.net.add_link(link, mac=mac_of(n))
        self.wire = self.watch("br0")
        for n, (_, lines, _) in enumerate(IDENTIFIERS):
            os.makedirs(self.net.path("config/links"), exist_ok=True)
            with open(self.net.path(f"config/links/{n}.conf"), "w", encoding="ascii") as f:
                f.write(f"[Match]\nName=eth{n}\n[DHCPv4]\n{lines}\n")

    def bind_all(self):
        """Binds all links. Returns the daemon and {link: option 61 on the wire, in every message the same}."""
        self.wire.clear()
        daemon = self.start("ConflictDetection=no", links=self.links)
        daemon.wait_log("Bound to", len(self.links))
        for link in self.links:
            self.net.wait_address(link)
        ids = {}
        for n, link in enumerate(self.links):
            sent = {m.options.get(61) for m in self.wire.of_client(DISCOVER, REQUEST) if m.chaddr == mac_of(n)}
            self.assertEqual(len(sent), 1, link)
            ids[link], = sent
        return daemon, ids

    def identifiers(self, server_class):
        by_mac = {mac_of(n): f"10.77.0.{50 + n}" for n in range(len(IDENTIFIERS))}
        server = self.server(server_class, hosts=by_mac if server_class is FreeRadius else {})
        daemon, ids = self.bind_all()
        recorded = {lease.mac: lease for lease in server.leases() if lease.state == "active"}
        for n, (name, _, expected) in enumerate(IDENTIFIERS):
            with self.subTest(name):
                sent = ids[f"eth{n}"]
                if expected is None:
                    self.assertIsNone(sent)
                else:
                    self.assertRegex(sent.hex(), "^" + expected.format(mac=mac_of(n).replace(":", "")) + "$")
                lease = recorded[mac_of(n)]
                self.assertEqual(lease.address, self.net.addresses(f"eth{n}")[0][0])
                # dnsmasq writes an asterisk for none, Kea nothing.
                self.assertEqual((lease.client_id or "*").replace(":", ""), sent.hex() if sent else "*")
                self.assertEqual(self.wait_status(daemon, f"eth{n}", State="BOUND")["ClientId"], sent.hex() if sent
                                 else "")
        self.assertEqual(len({i for i in ids.values()}), len(IDENTIFIERS))
        self.assertEqual(daemon.stop(), 0)

        # Reservations, by what each link is known by, and the same identifiers after a restart: a time is in one of
        # them.
        server.stop()
        server.forget()
        reserved = {ids[f"eth{n}"] or mac_of(n): f"10.77.0.{20 + n}" for n in range(len(IDENTIFIERS))}
        server.start(type(server.offer)(hosts=reserved))
        _, again = self.bind_all()
        self.assertEqual(again, ids)
        for n, (name, _, _) in enumerate(IDENTIFIERS):
            with self.subTest(name, reserved=True):
                self.assertEqual(self.net.addresses(f"eth{n}")[0][0], f"10.77.0.{20 + n}")

    def test_dnsmasq(self):
        self.identifiers(Dnsmasq)

    def test_isc(self):
        self.identifiers(Isc)

    def test_kea(self):
        self.identifiers(Kea)

    def test_freeradius(self):
        self.identifiers(FreeRadius)

    def test_udhcpd(self):
        """udhcpd knows hardware addresses alone, whatever else it is told."""
        self.server(Udhcpd, hosts={mac_of(n): f"10.77.0.{20 + n}" for n in range(len(IDENTIFIERS))})
        self.bind_all()
        self.assertEqual([self.net.addresses(link)[0][0] for link in self.links],
                         [f"10.77.0.{20 + n}" for n in range(len(IDENTIFIERS))])


class Anonymous(WireTest):
    """Anonymize=yes (RFC 7844): nothing but what an exchange cannot do without."""

    LINES = ("Anonymize=yes", "Hostname=secret", "SendFQDN=both", "VendorClassIdentifier=secret", "UserClass=secret",
             "MUDURL=https://secret.example/",
             "SendOption=224:string:secret", "RequestOptions=1 3 6 42 224", "ClientIdentifier=duid", "SendRelease=no",
             "Fallback=link-local",
             "ConflictDetection=no")

    def records(self, folder):
        return sorted(os.listdir(os.path.join(self.net.path(folder), "lease")))

    def anonymous(self, server_class):
        server = self.server(server_class)
        lists = []
        for _ in range(4):
            self.wire.clear()
            daemon = self.bind(*self.LINES)
            discover, request = self.wire.messages(DISCOVER)[0], self.wire.messages(REQUEST)[0]
            # No word of the address of before, though it was not given back.
            self.assertEqual(self.wire.of_client()[0], discover)
            self.assertEqual(set(discover.options), {53, 55, 61})
            self.assertEqual(set(request.options), {50, 53, 54, 55, 61})
            for message in self.wire.of_client():
                self.assertEqual(message.options[61].hex(":"), f"01:{self.MAC}")
                self.assertEqual(message.ciaddr, "0.0.0.0")
            lists.append(request.options[55])
            # On disk for as long as the lease is in use, for a restart of the daemon, and never beyond the boot.
            wait_until(lambda: self.records("runtime"), "a saved lease")
            self.assertEqual(self.records("state"), [])
            self.assertEqual(daemon.stop(), 0)
            self.net.wait_no_address()
            self.assertEqual(self.records("runtime") + self.records("state"), [])
        # One order among four by chance: once in two million runs.
        self.assertGreater(len(set(lists)), 1)
        self.assertEqual(len({bytes(sorted(options)) for options in lists}), 1)
        self.assertNotIn(224, lists[0])
        for lease in server.leases():
            self.assertIsNone(lease.hostname)
        self.assertNotIn("secret", server.logged())

    def test_dnsmasq(self):
        self.anonymous(Dnsmasq)

    def test_isc(self):
        self.anonymous(Isc)

    def test_kea(self):
        self.anonymous(Kea)

    def test_udhcpd(self):
        self.anonymous(Udhcpd)

    def test_freeradius(self):
        self.anonymous(FreeRadius)

    def test_release(self):
        """The RELEASE at the end tells no more."""
        self.server(Dnsmasq)
        daemon = self.bind(*(line for line in self.LINES if line != "SendRelease=no"))
        self.assertEqual(daemon.stop(), 0)
        release = self.wire.wait(RELEASE)
        self.assertEqual(set(release.options), {53, 54, 61})
        self.assertEqual(release.options[61].hex(":"), f"01:{self.MAC}")


class Names(WireTest):
    """The host's name in the server's list of leases."""

    def named(self, server_class, lines, *expected):
        server = self.server(server_class)
        daemon = self.bind(*lines)
        lease = server.wait_lease(self.net.wait_address(), "active")
        self.assertIn(lease.hostname, expected)
        self.wait_status(daemon, State="BOUND")

    HOST = ("Hostname=interop-12",)
    # Partial names and full ones: RFC 4702 section 2.3.1.2.
    FQDN = ("Hostname=interop-81.example.org", "SendFQDN=both")

    def test_host_name_dnsmasq(self):
        self.named(Dnsmasq, self.HOST, "interop-12")

    def test_host_name_isc(self):
        self.named(Isc, self.HOST, "interop-12")

    def test_host_name_kea(self):
        self.named(Kea, self.HOST, "interop-12")

    def test_host_name_udhcpd(self):
        self.named(Udhcpd, self.HOST, "interop-12")

    def test_host_name_freeradius(self):
        self.named(FreeRadius, self.HOST, "interop-12")

    def test_fqdn_dnsmasq(self):
        # It puts the host into its own domain, of which it has none here.
        self.named(Dnsmasq, self.FQDN, "interop-81")

    def test_fqdn_isc(self):
        self.named(Isc, self.FQDN, "interop-81.example.org")

    def test_fqdn_kea(self):
        self.named(Kea, self.FQDN, "interop-81.example.org.")

    def test_no_name(self):
        server = self.server(Dnsmasq)
        self.bind("SendHostname=no")
        self.assertIsNone(server.wait_lease(self.net.wait_address(), "active").hostname)
        self.assertEqual([m for m in self.wire.of_client() if 12 in m.options or 81 in m.options], [])


class Classes(WireTest):
    """Options 60, 77 and one of its own decide what a server gives; what it gives is on D-Bus as it came."""

    CLASSES = {(60, "vend-1"): {225: b"\1vendor\0"}, (77, "alpha"): {226: b"\2user\xff"},
               (224, "hello"): {227: b"\3own\x80"}}
    ALL = {225: b"\1vendor\0", 226: b"\2user\xff", 227: b"\3own\x80", 228: b"\4private"}
    REQUEST = "RequestOptions=1 3 6 225 226 227 228"

    def given(self, *lines):
        """Returns what there is of our options, in the ACK and on D-Bus alike."""
        self.wire.clear()
        daemon = self.bind(*lines)
        status = self.wait_status(daemon, State="BOUND")
        given = {code: data for code, data in self.options(status).items() if code in range(225, 230)}
        self.assertEqual(given, {code: data for code, data in self.wire.messages(ACK)[0].options.items()
                                 if code in range(225, 230)})
        self.assertEqual(daemon.stop(), 0)
        self.net.wait_no_address()
        return given

    def classes(self, server_class):
        self.server(server_class, classes=self.CLASSES, options={228: self.ALL[228], 229: b"nobody asks"})
        # FreeRADIUS gives what its policy says, asked for or not.
        always = {229: b"nobody asks"} if server_class is FreeRadius else {}
        common = {228: self.ALL[228], **always}
        self.assertEqual(self.given(self.REQUEST), common)
        self.assertEqual(self.given(self.REQUEST, "VendorClassIdentifier=vend-1"), {225: self.ALL[225], **common})
        self.assertEqual(self.given(self.REQUEST, 'UserClass=alpha "beta gamma"'), {226: self.ALL[226], **common})
        self.assertEqual(self.wire.messages(DISCOVER)[0].options[77], b"\5alpha\12beta gamma")
        self.assertEqual(self.given(self.REQUEST, "SendOption=224:string:hello"), {227: self.ALL[227], **common})
        # Not in the class, but for the first: they are compared as wholes.
        self.assertEqual(self.given(self.REQUEST, "UserClass=gamma", "SendOption=224:string:hullo"), common)
        self.assertEqual(self.given(self.REQUEST, "VendorClassIdentifier=vend-1", "UserClass=alpha",
                                    "SendOption=224:hex:68656c6c6f"),
                         {**self.ALL, **always})
        self.assertEqual(list(self.wire.messages(DISCOVER)[0].options[55]), [1, 3, 6, 225, 226, 227, 228])

    def test_dnsmasq(self):
        self.classes(Dnsmasq)

    def test_isc(self):
        self.classes(Isc)

    def test_kea(self):
        self.classes(Kea)

    def test_freeradius(self):
        self.classes(FreeRadius)

    def test_udhcpd(self):
        """udhcpd has no classes. A private option comes through all the same."""
        self.server(Udhcpd, options={228: self.ALL[228]})
        self.assertEqual(self.given(self.REQUEST), {228: self.ALL[228]})

    def test_not_asked_for(self):
        """By default nobody asks for private options, and nobody gets them."""
        self.server(Dnsmasq, options={228: self.ALL[228]})
        self.assertEqual(self.given(), {})


if __name__ == "__main__":
    dhlib.require("ip", "unshare", "dnsmasq")
    unittest.main(verbosity=2)
