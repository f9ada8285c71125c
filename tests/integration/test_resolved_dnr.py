#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The encrypted resolvers of a lease (option 162) and plugin/resolved.c.
What the real systemd-resolved has of them, that it asks them over TLS by their name, and what it does when they cannot
be reached. A stand-in shows what happens when they are refused.

    test_resolved_dnr.py HARNESS RESOLVED.SO RULES
"""
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import unittest

import pluginlib as base
from pluginlib import MANAGER, NAME, PATH, Gio, GLib, address, wait_until

DOT, DOH = b"\0\1\0\4\3dot", b"\0\1\0\3\2h2"


def resolver(name, *addresses, parameters=DOT, priority=1):
    adn = b"".join(bytes([len(label)]) + label for label in name.split(b".")) + b"\0"
    content = priority.to_bytes(2, "big") + bytes([len(adn)]) + adn
    if addresses:
        content += bytes([4 * len(addresses)]) + b"".join(map(socket.inet_aton, addresses)) + parameters
    return len(content).to_bytes(2, "big") + content


def dnr(*resolvers):
    return "dnr=" + b"".join(resolvers).hex()


def port(number):
    return DOT + b"\0\3\0\2" + number.to_bytes(2, "big")


def answer(query):
    """192.0.2.80 to whatever is asked for, if it is an A record. resolved gives up TLS with a server without EDNS."""
    end = query.index(b"\0", 12) + 5
    is_a = query[end - 4:end - 2] == b"\0\1"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton("192.0.2.80")
    edns = b"\0\0\x29\x05\xc0" + bytes(6)
    return (query[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_a else b"\0\0") + b"\0\0\0\1" + query[12:end] +
            (record if is_a else b"") + edns)


class Server(threading.Thread):
    """DNS over UDP, and over TLS if it has a certificate; keeps the names that clients ask the certificate for."""

    def __init__(self, host, certificate=None):
        super().__init__(daemon=True)
        self.names, self.queries = [], 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if certificate else socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((host, 853 if certificate else 53))
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
            self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)
            self.socket.listen()
        self.start()

    def run(self):
        while True:
            if not self.context:
                query, source = self.socket.recvfrom(4096)
                self.queries += 1
                self.socket.sendto(answer(query), source)
                continue
            connection, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as stream, stream.makefile("rwb") as file:
                while length := file.read(2):
                    reply = answer(file.read(int.from_bytes(length, "big")))
                    self.queries += 1
                    file.write(len(reply).to_bytes(2, "big") + reply)
                    file.flush()
        except OSError:
            pass


class RealTest(base.RealBase):
    def expect_dot(self, ifindex, mode, *servers):
        expected = [(socket.AF_INET, address(a), p, name) for a, p, name in servers]

        def holds():
            try:
                path, = self.call(NAME, PATH, MANAGER, "GetLink", GLib.Variant("(i)", (ifindex,)))
                have, = self.call(NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
                                  GLib.Variant("(s)", ("org.freedesktop.resolve1.Link",)))
            except GLib.Error:
                return False
            return have["DNSEx"] == expected and have["DNSOverTLS"] == mode
        wait_until(holds, f"resolved has {mode} {servers}")

    def test_life_of_a_lease(self):
        """The encrypted servers come first, by their name. All of it is taken back with them, and with the lease."""
        self.start_bus()
        self.start_resolved()
        i = self.link("res0")
        h = self.harness()
        both = dnr(resolver(b"later.example", "10.0.0.8", parameters=port(8853), priority=2),
                   resolver(b"dns.example", "10.0.0.9", "10.0.0.10"))
        dot = (("10.0.0.9", 0, "dns.example"), ("10.0.0.10", 0, "dns.example"), ("10.0.0.8", 8853, "later.example"))
        h.tell(f"bound {i} res0 dns=10.0.0.1 {both} default")
        self.expect_dot(i, "opportunistic", *dot, ("10.0.0.1", 0, ""))
        wait_until(lambda: h.dns == {i: ""}, "DNS is passed on")
        h.tell("reload resolved.EncryptedDNS=required")
        self.expect_dot(i, "yes", *dot)
        h.tell("reload resolved.EncryptedDNS=no")
        self.expect_dot(i, "no", ("10.0.0.1", 0, ""))
        h.tell("reload")
        self.expect_dot(i, "opportunistic", *dot, ("10.0.0.1", 0, ""))
        h.tell(f"changed {i} res0 dns=10.0.0.1 default")
        self.expect_dot(i, "no", ("10.0.0.1", 0, ""))
        # Nothing but an encrypted one.
        h.tell(f"changed {i} res0 default {dnr(resolver(b'dns.example', '10.0.0.9'))}")
        self.expect_dot(i, "opportunistic", ("10.0.0.9", 0, "dns.example"))
        self.expect(i, ["10.0.0.9"], [], True)
        self.assertEqual(h.unused[i, 162], "")
        h.tell(f"lost {i} res0")
        self.expect_dot(i, "no")
        self.assertEqual(h.quit(), [])

    def test_hostile(self):
        """What passes the daemon's checks is taken by resolved, or left out. It never costs the other servers."""
        self.start_bus()
        self.start_resolved()
        i = self.link("res0")
        h = self.harness()
        dns, long = ("10.0.0.1", 0, ""), b".".join([b"x" * 63] * 3 + [b"x" * 61])
        for option, servers, unused in (
                (dnr(resolver(b"-._x_.a-", "10.0.0.9")), [("10.0.0.9", 0, "-._x_.a-")], ""),
                (dnr(resolver(long, "10.0.0.9", "127.0.0.1", "224.0.0.1")), [("10.0.0.9", 0, long.decode())], ""),
                (dnr(resolver(b"10.0.0.99", "10.0.0.9")), [("10.0.0.9", 0, "10.0.0.99")], ""),
                (dnr(resolver(b"dns.example")), [], "dns.example not used: its address is not given"),
                (dnr(resolver(b"dns.example", "10.0.0.9", parameters=DOH + b"\0\7\0\4/{?d")), [],
                 "dns.example not used: systemd-resolved speaks DNS over TLS alone"),
                (dnr(resolver(b"dns.example", "10.0.0.9", parameters=port(53))), [],
                 "dns.example not used: no port for DNS over TLS"),
                # what the daemon does not hand out
                (dnr(resolver(b"$(id).example", "10.0.0.9")), [], ""), (dnr(resolver(b"a", "127.0.0.1")), [], ""),
                ("dnr=0005000103", [], "")):
            with self.subTest(option):
                h.tell(f"changed {i} res0 dns=10.0.0.1 {option}")
                self.expect_dot(i, "opportunistic" if servers else "no", *servers, dns)
                self.assertEqual(h.unused[i, 162], unused)
        self.assertEqual(h.quit(), [])

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
    def test_asked(self):
        """A name is resolved over TLS; without that server in the clear, but not with EncryptedDNS=required."""
        self.start_bus()
        resolved = self.start_resolved()
        i = self.link("res0")
        for host in ("10.9.9.1", "10.9.9.2"):
            subprocess.run(["ip", "address", "add", f"{host}/24", "dev", "res0"], check=True)
        subprocess.run(["ip", "link", "set", "res0p", "up"], check=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes",
                        "-subj", "/CN=dns.example", "-keyout", "/run/dot.key", "-out", "/run/dot.crt"],
                       check=True, stderr=subprocess.DEVNULL)
        encrypted, plain = Server("10.9.9.1", ("/run/dot.crt", "/run/dot.key")), Server("10.9.9.2")
        h = self.harness()
        lease, gone = (f"res0 dns=10.9.9.2 default {dnr(resolver(b'dns.example', host))}"
                       for host in ("10.9.9.1", "10.9.9.2"))
        h.tell(f"bound {i} {lease}")
        self.expect_dot(i, "opportunistic", ("10.9.9.1", 0, "dns.example"), ("10.9.9.2", 0, ""))
        wait_until(lambda: self.resolves(i, "one.test"), "an answer")
        self.assertEqual((set(encrypted.names), plain.queries), ({"dns.example"}, 0))
        self.assertGreater(encrypted.queries, 0)
        h.tell(f"changed {i} {gone}")
        self.expect_dot(i, "opportunistic", ("10.9.9.2", 0, "dns.example"), ("10.9.9.2", 0, ""))
        wait_until(lambda: self.resolves(i, "two.test"), "an answer in the clear")
        asked = plain.queries
        self.assertGreater(asked, 0)
        h.tell("reload resolved.EncryptedDNS=required")
        self.expect_dot(i, "yes", ("10.9.9.2", 0, "dns.example"))
        self.assertFalse(self.resolves(i, "three.test"))
        # Who wants certificates to be checked has that, and nobody vouches for this one.
        self.stop(resolved)
        os.makedirs("/run/systemd/resolved.conf.d")
        with open("/run/systemd/resolved.conf.d/tls.conf", "w", encoding="ascii") as file:
            file.write("[Resolve]\nDNSOverTLS=yes\n")
        self.start_resolved()
        h.tell(f"changed {i} {lease}")
        self.expect_dot(i, "yes", ("10.9.9.1", 0, "dns.example"))
        queries = encrypted.queries
        self.assertFalse(self.resolves(i, "four.test"))
        self.assertEqual((encrypted.queries, plain.queries), (queries, asked))
        self.assertEqual(h.quit(), [])

    def resolves(self, ifindex, name):
        try:
            found, _, _ = self.bus.call_sync(NAME, PATH, MANAGER, "ResolveHostname",
                                             GLib.Variant("(isit)", (ifindex, name, socket.AF_INET, 0)), None,
                                             Gio.DBusCallFlags.NO_AUTO_START, 3000, None).unpack()
        except GLib.Error:  # or no answer in three seconds, which is as good
            return False
        return [a for _, _, a in found] == [address("192.0.2.80")]


class PolkitTest(base.PolkitBase, RealTest):
    """The rules allow it."""
    test_hostile = test_asked = None


class StandInTest(base.StandInBase):
    ONE = dnr(resolver(b"dns.example", "10.0.0.9"))

    @staticmethod
    def with_dot(ifindex, *dns):
        return ("SetLinkDNSEx", ifindex, [(socket.AF_INET, address("10.0.0.9"), 0, "dns.example"),
                                          *((socket.AF_INET, address(a), 0, "") for a in dns)])

    def test_calls(self):
        """A lease without encrypted servers costs no call.

        The mode is taken back when they go, and a mode that is not ours is not touched.
        """
        h = self.start()
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        h.tell(f"changed 5 eth5 dns=10.0.0.1 {self.ONE}")
        self.expect_calls(self.with_dot(5, "10.0.0.1"), *self.batch(5, [])[1:],
                          ("SetLinkDNSOverTLS", 5, "opportunistic"))
        h.tell(f"renewed 5 eth5 dns=10.0.0.1 {self.ONE}")
        h.tell("changed 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]), ("SetLinkDNSOverTLS", 5, ""))
        h.tell("changed 5 eth5 dns=10.0.0.2")
        self.expect_calls(*self.batch(5, ["10.0.0.2"]))
        self.assertEqual(h.quit(), [])

    def test_resolved_conf(self):
        """What resolved.conf wants of all links is not weakened."""
        self.tls = "yes"
        h = self.start()
        h.tell(f"bound 5 eth5 dns=10.0.0.1 {self.ONE}")
        self.expect_calls(self.with_dot(5, "10.0.0.1"), *self.batch(5, [])[1:], ("SetLinkDNSOverTLS", 5, ""))
        h.tell("reload resolved.EncryptedDNS=required")
        self.expect_calls(self.with_dot(5), *self.batch(5, [])[1:], ("SetLinkDNSOverTLS", 5, "yes"))
        h.tell("reload resolved.EncryptedDNS=no")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]), ("SetLinkDNSOverTLS", 5, ""))
        self.assertEqual(h.quit(), [])

    def refuse(self, method):
        self.error, self.refused = "org.freedesktop.DBus.Error.UnknownMethod", (method,)
        h = self.start()
        h.tell(f"bound 5 eth5 dns=10.0.0.1 {self.ONE}")
        first = (self.with_dot(5, "10.0.0.1"), *self.batch(5, [])[1:], ("SetLinkDNSOverTLS", 5, "opportunistic"))
        again = self.batch(5, ["10.0.0.1"])
        self.expect_calls(*first, *again, *((("SetLinkDNSOverTLS", 5, ""),) if method == "SetLinkDNSEx" else ()))
        wait_until(lambda: h.dns == {5: ""}, f"DNS is passed on: {h.dns}")
        wait_until(lambda: "does not take" in h.unused[5, 162], "people are told")
        self.assertEqual(h.logs, [f"resolved: eth5: systemd-resolved: {method} failed: because of the test"])
        # Another resolved may be newer.
        self.error = None
        self.disappear()
        self.appear()
        self.expect_calls(*first)
        wait_until(lambda: h.unused[5, 162] == "", "it is used")
        h.quit()

    def test_required(self):
        """Encrypted servers are refused, and no others may be asked: the link has no servers, and people are told."""
        self.error, self.refused = "org.freedesktop.DBus.Error.AccessDenied", ("SetLinkDNSOverTLS",)
        h = self.start("resolved.EncryptedDNS=required")
        h.tell(f"bound 5 eth5 dns=10.0.0.1 default {self.ONE}")
        self.expect_calls(self.with_dot(5), *self.batch(5, [], [], True)[1:], ("SetLinkDNSOverTLS", 5, "yes"),
                          *self.batch(5, []))
        wait_until(lambda: h.dns == {5: "systemd-resolved does not take servers of DNS over TLS"},
                   f"it is said: {h.dns}")
        h.quit()

    def test_refused_altogether(self):
        """Polkit comes later than the lease: this does not count against encrypted servers, which are tried again."""
        self.error = "org.freedesktop.DBus.Error.AccessDenied"
        h = self.start()
        h.tell(f"bound 5 eth5 dns=10.0.0.1 {self.ONE}")
        first = (self.with_dot(5, "10.0.0.1"), *self.batch(5, [])[1:], ("SetLinkDNSOverTLS", 5, "opportunistic"))
        self.expect_calls(*first, *self.batch(5, ["10.0.0.1"]))
        wait_until(lambda: h.dns == {5: "systemd-resolved does not take them"}, f"it is said: {h.dns}")
        self.error = None
        wait_until(lambda: (h.dns, h.unused[5, 162]) == ({5: ""}, ""), f"they are taken: {h.dns}")
        self.assertEqual(tuple(self.calls[-4:]), first)
        h.quit()

    def test_refused(self):
        """A resolved without encrypted servers has the others all the same."""
        self.refuse("SetLinkDNSEx")

    def test_refused_mode(self):
        self.refuse("SetLinkDNSOverTLS")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    harness, module, base.rules_path = (os.path.abspath(p) for p in sys.argv[1:4])
    base.prepare(harness, module)
    base.run_tests(sys.argv[4:])


if __name__ == "__main__":
    main()
