#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
test_interop.py SERVER: the daemon and one real server, through every transition that this server can be made to do.
Seen from the kernel, from the daemon's log and from the server's own list of leases. Ends with a line for each
transition: what tests/README.md shows as a matrix.
"""
import os
import re
import sys
import unittest

import dhlib
from dhlib import Daemon, NetTest, wait_until
from dhservers import Offer, SERVERS

SERVER = None  # class, of the command line
RESULTS = {}
QUICK = {"lease": 20, "t1": 3, "t2": 8}


class Transition(NetTest):
    def setUp(self):
        super().setUp()
        self.name = self._testMethodName[len("test_"):].replace("_", " ")
        if self.name in SERVER.impossible:
            RESULTS[self.name] = SERVER.impossible[self.name]
            self.skipTest(SERVER.impossible[self.name])
        RESULTS[self.name] = ""
        self.net.add_link("eth0", mac="02:00:00:00:00:01")
        self.server = SERVER(self.net)

    def bind(self, config="", **offer):
        self.server.start(Offer(**offer))
        self.daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": config})
        self.daemon.wait_log("Bound to", patience=40)
        return self.net.wait_address()

    def test_bind(self):
        address = self.bind(config="[DHCPv4]\nHostname=interop\n", router="10.77.0.7")
        lease = self.server.wait_lease(address, "active")
        self.assertEqual(lease.mac, "02:00:00:00:00:01")
        self.assertIn(lease.client_id, (None, "01:02:00:00:00:00:01"))
        self.assertIn(lease.hostname, (None, "interop"))
        self.assertEqual([r["gateway"] for r in self.net.routes() if r["dst"] == "default"], ["10.77.0.7"])
        (_, prefix_len, valid), = self.net.addresses()
        self.assertEqual(prefix_len, 24)
        self.assertTrue(580 < valid <= 600, valid)

    def test_renew(self):
        address = self.bind(**QUICK)
        monitor = dhlib.Monitor(self.net)
        self.daemon.wait_log("Renewed", 2)
        self.assertNotIn("REBINDING", self.daemon.logged())
        self.assertEqual(monitor.deletions(), [])
        self.server.wait_lease(address, "active")

    def test_lease_only(self):
        """Nothing is put on the link, so no host there answers ARP requests for the address.

        The answers come all the same.
        """
        self.server.start(Offer(**QUICK))
        monitor = dhlib.Monitor(self.net)
        self.daemon = Daemon(self.net, "eth0", arguments=("--no-apply",))
        self.daemon.wait_log("Renewed", 2, patience=40)
        self.assertNotIn("REBINDING", self.daemon.logged())
        address = re.search(r"Bound to ([0-9.]+)/", self.daemon.logged())[1]
        self.server.wait_lease(address, "active")
        self.assertEqual(self.daemon.stop(), 0)
        self.server.wait_saw("RELEASE", address)
        self.assertEqual((monitor.events(), self.net.addresses()), ("", []))

    def test_lease_change_at_renewal(self):
        address = self.bind(**QUICK)
        self.server.restart(Offer(router="10.77.0.9", **QUICK))
        self.daemon.wait_log("Lease changed")
        wait_until(lambda: [r["gateway"] for r in self.net.routes() if r["dst"] == "default"] == ["10.77.0.9"],
                   "the new router")
        self.assertEqual(self.net.addresses()[0][0], address)

    def test_rebind(self):
        """The server comes back under another address: RENEWING finds no server, and REBINDING does."""
        address = self.bind(**QUICK)
        self.server.stop()
        self.net.ip_server("addr", "del", "10.77.0.1/24", "dev", "br0")
        self.net.ip_server("addr", "add", "10.77.0.2/24", "dev", "br0")
        self.server.start(Offer(address="10.77.0.2", **QUICK))
        self.daemon.wait_log("by 10.77.0.2 ")
        self.assertIn("RENEWING -> REBINDING", self.daemon.logged())
        self.assertEqual(self.net.addresses()[0][0], address)

    def test_address_change(self):
        """The server has forgotten the client, and has other addresses to give.

        It says NAK, or is silent up to the end of the lease; then there is another address.
        """
        address = self.bind(**QUICK)
        self.server.stop()
        self.server.forget()
        self.server.start(Offer(first="10.77.0.20", last="10.77.0.29", **QUICK))
        self.daemon.wait_log("Lost " + address, patience=40)
        self.assertRegex(self.daemon.logged(), "Lost .*: (nak|expired)")
        second = wait_until(lambda: [a for a, _, _ in self.net.addresses() if a != address], "another address", 40)[0]
        self.assertIn(second, [f"10.77.0.{i}" for i in range(20, 30)])

    def test_init_reboot(self):
        """A daemon starts with a remembered lease, on a link that has none of it."""
        address = self.bind(config="[DHCPv4]\nSendRelease=no\n")
        self.assertEqual(self.daemon.stop(), 0)
        self.net.wait_no_address()
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("REBOOTING -> BOUND")
        self.assertEqual(self.net.wait_address(), address)
        self.assertNotIn("SELECTING", daemon.logged())

    def test_nak_at_reboot(self):
        """The same, but the network is another one."""
        address = self.bind(config="[DHCPv4]\nSendRelease=no\n")
        self.assertEqual(self.daemon.stop(), 0)
        self.server.stop()
        self.server.forget()
        self.net.ip_server("addr", "del", "10.77.0.1/24", "dev", "br0")
        self.net.ip_server("addr", "add", "10.88.0.1/24", "dev", "br0")
        self.server.start(Offer(first="10.88.0.100", last="10.88.0.110", address="10.88.0.1"))
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("Bound to 10.88.0.", patience=40)
        self.assertNotIn(address, [a for a, _, _ in self.net.addresses()])

    def test_decline(self):
        address = self.bind(config="[DHCPv4]\nSendRelease=no\n")
        self.assertEqual(self.daemon.stop(), 0)
        other = f"dho{os.getpid()}"
        dhlib.run("ip", "netns", "add", other)
        self.addCleanup(dhlib.run, "ip", "netns", "del", other)
        dhlib.run("ip", "-n", self.net.server, "link", "add", "s-other", "type", "veth", "peer", "name", "eth0",
                  "netns", other)
        self.net.ip_server("link", "set", "s-other", "master", "br0", "up")
        dhlib.run("ip", "-n", other, "addr", "add", f"{address}/24", "dev", "eth0")
        dhlib.run("ip", "-n", other, "link", "set", "eth0", "up")
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("conflict")
        self.server.wait_saw("DECLINE", address)
        second = wait_until(lambda: [a for a, _, _ in self.net.addresses() if a != address], "another address", 40)[0]
        self.assertNotEqual(second, address)

    def test_release(self):
        address = self.bind()
        self.server.wait_lease(address, "active")
        self.assertEqual(self.daemon.stop(), 0)
        self.server.wait_saw("RELEASE", address)
        self.server.wait_lease(address, "free")
        self.assertEqual(self.net.addresses(), [])

    def test_rapid_commit(self):
        self.bind(rapid_commit=True)
        self.assertIn("SELECTING -> BOUND", self.daemon.logged())
        self.assertNotIn("REQUESTING", self.daemon.logged())

    def test_expiry_and_return(self):
        """The server dies for longer than the lease lasts, and comes back."""
        self.bind(lease=12, t1=3, t2=6)
        self.server.stop()
        self.net.wait_no_address(patience=30)
        self.daemon.wait_log("expired")
        self.assertEqual(self.net.routes(), [])
        self.server.start(Offer(lease=12, t1=3, t2=6))
        self.net.wait_address(patience=80)


def main():
    global SERVER
    SERVER = SERVERS[sys.argv.pop(1)]
    dhlib.require("ip", "unshare")
    if not SERVER.available():
        dhlib.skip(f"{SERVER.name} is not installed")
    program = unittest.main(verbosity=2, exit=False)
    bad = {test._testMethodName[len("test_"):].replace("_", " ") for test,
           _ in program.result.failures + program.result.errors}
    for name, result in sorted(RESULTS.items()):
        print(f"INTEROP {SERVER.name}: {name}: {'FAILED' if name in bad else result or 'ok'}")
    sys.exit(not program.result.wasSuccessful())


if __name__ == "__main__":
    main()
