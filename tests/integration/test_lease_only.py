#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Apply=no: a lease of which nothing is put on the link.
Other programs do that, on the link or somewhere else. The daemon neither hinders them nor touches what is theirs,
whatever happens to it. (That each real server renews such a lease is in test_interop.py.)
"""
import json
import os
import signal

import dhlib
from dhlib import Daemon, Monitor, end, wait_until
from dhservers import SERVERS
from wire import ACK, DECLINE, DISCOVER, RELEASE, REQUEST, WireTest

LEASE_ONLY = "[Link]\nApply=no\n"


class LeaseOnly(WireTest):
    def lease(self, *arguments, config=LEASE_ONLY, **offer):
        self.server(SERVERS["dnsmasq"], **offer)
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": config}, arguments=arguments)
        daemon.wait_log("Bound to")
        return daemon

    def renew(self, daemon):
        """Renews the lease. Returns the REQUEST."""
        n = len(self.wire.messages(ACK))
        daemon.ctl("renew", "eth0")
        wait_until(lambda: len(self.wire.messages(ACK)) > n, "an ACK")
        return self.wire.of_client(REQUEST)[-1]

    def test_nothing_is_written(self):
        monitor = Monitor(self.net)
        daemon = self.lease(config=LEASE_ONLY + "[DHCPv4]\nUseMTU=link\nRuleTable=77\n",
                            options={26: (1400).to_bytes(2, "big")})
        self.assertIn("not put on the link", daemon.logged())
        # Who puts it somewhere is told all.
        status = self.status(daemon)
        self.assertEqual((status["State"], status["Routers"]), ("BOUND", ["10.77.0.1"]))
        self.assertTrue(status["Address"].startswith("10.77.0."), status)
        self.renew(daemon)
        self.assertEqual(daemon.stop(), 0)
        self.wire.wait(RELEASE)
        self.assertEqual(monitor.events(), "")
        self.assertNotIn("77", self.net.ip("rule", "show"))

    def test_address_that_others_put_there(self):
        """A script, for example, puts it there. The renewal is then like any other, and the address stays the script's.

        """
        daemon = self.lease()
        address = self.status(daemon)["Address"]
        request = self.renew(daemon)
        self.assertEqual((request.ciaddr, request.address(50), request.dest), ("0.0.0.0", address, "255.255.255.255"))

        self.net.ip("addr", "add", f"{address}/24", "dev", "eth0")
        self.net.ip("route", "add", "default", "via", "10.77.0.1", "dev", "eth0", "proto", "dhcp", "metric", "1026")
        monitor = Monitor(self.net)
        wait_until(lambda: self.renew(daemon).ciaddr == address, "a renewal from the address")
        request = self.wire.of_client(REQUEST)[-1]
        self.assertEqual((request.address(50), request.dest, request.source), (None, "10.77.0.1", address))

        # A crash, and one that comes back: the lease goes on, and what others have stays.
        daemon.kill()
        self.wire.clear()
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("lease adopted")
        wait_until(lambda: self.status(daemon).get("State") == "BOUND", "the lease is bound")
        wait_until(lambda: self.renew(daemon).ciaddr == address, "a renewal from the address")
        self.assertEqual(self.wire.of_client(DISCOVER), [])
        self.assertEqual(daemon.stop(), 0)
        self.wire.wait(RELEASE)
        self.assertEqual(monitor.events(), "")
        self.assertEqual([a for a, _, _ in self.net.addresses()], [address])
        self.assertEqual(self.gateways(), ["10.77.0.1"])

    def test_address_in_a_machine_behind(self):
        """The address is used at another hardware address, as by a container or a virtual machine.

        This is no conflict, and the daemon does not claim the address.
        """
        daemon = self.lease("--no-apply", config="[DHCPv4]\nDefendAddress=yes\n")
        address = self.status(daemon)["Address"]
        self.assertEqual(self.wire.probes(self.MAC), [address])
        other = f"dho{os.getpid()}"
        dhlib.run("ip", "netns", "add", other)
        self.addCleanup(dhlib.run, "ip", "netns", "del", other)
        self.net.ip_server("link", "add", "s-other", "type", "veth", "peer", "name", "eth0", "netns", other)
        self.net.ip_server("link", "set", "s-other", "master", "br0", "up")
        dhlib.run("ip", "-n", other, "addr", "add", f"{address}/24", "dev", "eth0")
        dhlib.run("ip", "-n", other, "link", "set", "eth0", "up")
        for _ in range(2):
            self.renew(daemon)
            dhlib.run("ip", "netns", "exec", other, "busybox", "arping", "-c", "1", "-A", "-I", "eth0", address,
                      check=False)
        self.assertEqual(self.wire.of_client(DECLINE), [])
        self.assertNotIn("conflict", daemon.logged())
        self.assertEqual([a for a in self.wire.arps() if a.sender_mac == self.MAC and a.sender == address], [])
        self.assertEqual(self.status(daemon)["State"], "BOUND")

    def test_conflict(self):
        """An address that another host has already is declined, as always."""
        self.server(SERVERS["dnsmasq"], first="10.77.0.100", last="10.77.0.101")
        other = f"dho{os.getpid()}"
        dhlib.run("ip", "netns", "add", other)
        self.addCleanup(dhlib.run, "ip", "netns", "del", other)
        self.net.ip_server("link", "add", "s-other", "type", "veth", "peer", "name", "eth0", "netns", other)
        self.net.ip_server("link", "set", "s-other", "master", "br0", "up")
        for last in (100, 101):
            dhlib.run("ip", "-n", other, "addr", "add", f"10.77.0.{last}/24", "dev", "eth0")
        dhlib.run("ip", "-n", other, "link", "set", "eth0", "up")
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": LEASE_ONLY})
        self.wire.wait(DECLINE)
        daemon.wait_log("conflict")
        self.assertNotIn("Bound to", daemon.logged())

    def test_reload(self):
        """What we put there is taken off when the setting says so, and comes back with it; the lease stays."""
        daemon = self.lease(config="")
        address = self.net.wait_address()

        def applied():
            link = json.loads(daemon.ctl("--json", "status", "eth0"))
            text = daemon.ctl("status", "eth0")
            self.assertEqual(("not applied" in text, link["Settings"]["Link.Apply"]),
                             (not link["Applied"], link["Applied"]))
            return link["Applied"]
        self.assertTrue(applied())
        config = os.path.join(daemon.config, "dhcpd-link.conf")
        for text, addresses in ((LEASE_ONLY, []), ("", [address]), (LEASE_ONLY, [])):
            with open(config, "w", encoding="ascii") as file:
                file.write(text)
            daemon.process.send_signal(signal.SIGHUP)
            wait_until(lambda: [a for a, _, _ in self.net.addresses()] == addresses, f"{addresses} on the link")
            wait_until(lambda: bool(self.gateways()) == bool(addresses), "routes that fit")
            self.assertEqual(applied(), bool(addresses))
        self.renew(daemon)
        self.assertEqual(self.status(daemon)["Address"], address)
        self.assertNotIn("Lost", daemon.logged())
        end(daemon.process)

    def test_claims(self):
        """A claim says whether anything is put on the link, for as long as the claim lasts, also over a crash."""
        self.server(SERVERS["dnsmasq"])
        daemon = Daemon(self.net)
        self.assertEqual(daemon.ctl("up", "--no-apply", "eth0"), "")
        daemon.wait_log("not put on the link")
        address = self.status(daemon)["Address"]

        def wait_applied(applied, claims):
            wait_until(lambda: [a for a, _, _ in self.net.addresses()] == ([address] if applied else []),
                       "what is on the link")
            link = json.loads(daemon.ctl("--json", "status", "eth0"))
            self.assertEqual((link["Applied"], link["Settings"]["Link.Apply"]), (applied, applied))
            self.assertEqual(sorted((c["Kind"], c["Apply"]) for c in link["Claims"]), claims)
        wait_applied(False, [("kept", False)])
        daemon.kill()
        self.wire.clear()
        daemon = Daemon(self.net)
        daemon.wait_log("lease adopted")
        wait_until(lambda: self.status(daemon).get("State") == "BOUND", "the lease is bound")
        wait_applied(False, [("kept", False)])

        daemon.ctl("up", "eth0")
        wait_applied(True, [("kept", True)])
        # One of several is enough, and it counts as long as it is there.
        hold = self.net.spawn(self.net.client, os.path.join(dhlib.BUILD, "dhcpd-linkctl"), f"--socket={daemon.private}",
                              "hold",
                              "--no-apply", "eth0", log="hold.log")
        wait_applied(False, [("caller", False), ("kept", True)])
        end(hold)
        wait_applied(True, [("kept", True)])
        daemon.ctl("up", "--no-apply", "eth0")
        wait_applied(False, [("kept", False)])
        # The end of the claim is the end of the lease: nothing is put on the link for a moment.
        monitor = Monitor(self.net)
        daemon.ctl("down", "eth0")
        self.wire.wait(RELEASE)
        wait_until(lambda: "eth0" not in daemon.ctl("list"), "the link is let go")
        self.assertEqual(monitor.events(), "")
        self.assertEqual(self.wire.of_client(DISCOVER), [])


if __name__ == "__main__":
    dhlib.main()
