#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Apply=no and ISC's own /sbin/dhclient-script as the one hook, beside ISC's dhclient with the same script.
On the same server, addresses, routes, resolv.conf, MTU and host name are the same, field by field, at BOUND, RENEW,
EXPIRE and RELEASE.
"""
import json
import os
import re

import dhlib
import dhservers
import hookroot
import otherclients
from dhlib import Daemon, NetTest, run, wait_until

METRIC = "1027"
MACS = {"ours": "02:00:00:00:00:01", "theirs": "02:00:00:00:00:02"}
ADDRESSES = {"ours": "10.77.0.100", "theirs": "10.77.0.101"}
CONFIG = f"[Link]\nApply=no\n[DHCPv4]\nRouteMetric={METRIC}\nSendRelease=no\nConflictDetection=no\n"
OPTIONS = {
    12: b"leased",
    15: b"one.example",
    26: (1400).to_bytes(2, "big"),
    28: bytes([10, 77, 0, 255]),
    119: b"\1a\7example\0\1b\7example\0",
}
ROUTES = bytes([24, 192, 168, 10, 10, 77, 0, 1, 0, 10, 77, 0, 1])  # option 121: 192.168.10.0/24 and the default route


REASONS = {"PREINIT", "BOUND", "RENEW", "REBIND", "EXPIRE", "FAIL", "RELEASE"}


class Client:
    """A namespace with eth0 on the server's bridge, and files of its own."""

    def __init__(self, net, packages, name):
        self.net, self.name = net, name
        self.namespace = net.client if name == "ours" else f"dho{os.getpid()}"
        if name == "ours":
            net.add_link("eth0", mac=MACS[name])
        else:
            run("ip", "netns", "add", self.namespace)
            net.ip_server("link", "add", "s-other", "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
            run("ip", "-n", self.namespace, "link", "set", "eth0", "address", MACS[name], "up")
            net.ip_server("link", "set", "s-other", "master", "br0", "up")
        self.root = hookroot.Root(net, packages, self.namespace, f"{name}.root")

    def close(self):
        if self.namespace != self.net.client:
            run("ip", "netns", "del", self.namespace, check=False)

    def state(self):
        """Returns what the script made of the link and the host, without names of the owner and lifetimes of addresses.

        """
        links, addresses, routes, rest = self.root.run(
            "ip -j link show dev eth0; ip -j -4 addr show dev eth0; ip -j -4 route show dev eth0; "
            "hostname; cat /etc/resolv.conf").split("\n", 3)
        addresses = [a for entry in json.loads(addresses) for a in entry.get("addr_info", []) if a]
        lifetimes = [a.pop(key) for a in addresses for key in ("valid_life_time", "preferred_life_time")]
        host, _, resolv_conf = rest.partition("\n")
        found = {"addresses": addresses, "routes": sorted(json.loads(routes or "[]"), key=str),
                 "mtu": json.loads(links)[0]["mtu"], "host": host, "resolv.conf": resolv_conf}
        return json.loads(json.dumps(found).replace(ADDRESSES[self.name], "ITS ADDRESS")), lifetimes


class Script(NetTest):
    def setUp(self):
        super().setUp()
        packages = otherclients.Packages("isc-dhcp-client", alone=True)
        self.addCleanup(packages.close)
        if packages.problem:
            self.skipTest(packages.problem)
        self.clients = []
        for name in MACS:
            client = Client(self.net, packages, name)
            self.addCleanup(client.close)
            if client.root.problem:
                self.skipTest(f"no private root: {client.root.problem}")
            client.root.run("hostname localhost")  # then the script takes the one of the lease
            self.clients.append(client)
        self.ours, self.theirs = self.clients
        self.server = dhservers.Isc(self.net)
        self.lease = self.daemon = self.hooks = None

    def give(self, dns, lease=60, more=None):
        if self.server.process:
            self.server.stop()
        self.lease = lease
        options = {**OPTIONS, **(more or {})}
        options[55] = bytes(sorted({1, 3, 6, 51, 58, 59, *options}))
        self.server.start(dhservers.Offer(
            first="10.77.0.150", lease=lease, t1=2, t2=lease * 2 // 3, dns=dns, options=options,
            hosts={mac: ADDRESSES[name] for name, mac in MACS.items()}))

    def dhclient(self, *arguments):
        return self.theirs.root.spawn(
            "/usr/sbin/dhclient", "-4", "-d", *arguments, "-lf", "/run/dhclient.leases", "-pf", "/run/dhclient.pid",
            "-e", f"IF_METRIC={METRIC}", "eth0", log="dhclient.log")

    def begin(self):
        self.daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": CONFIG})
        self.hooks = hookroot.RootHooks(self.ours.root, self.daemon,
                                        "[Hook dhclient-script]\nContract=dhclient\nTrusted=yes\n")
        os.symlink("/usr/sbin/dhclient-script", os.path.join(self.hooks.folder, "dhclient-script"))
        for contract in "none", "dhclient":
            os.mkdir(os.path.join(self.hooks.folder, contract))
            os.symlink("/usr/bin/env", os.path.join(self.hooks.folder, contract, f"env-{contract}"))
        self.hooks.start()
        path = "/etc/dhcp/dhclient.conf"  # Debian's
        self.theirs.root.write(path, "timeout 5; retry 2; initial-interval 1;\n" + self.theirs.root.read(path))
        self.dhclient()

    def same(self, condition, what):
        """Waits until both clients are in this state and have the same. Returns what they have."""
        def found():
            states = [client.state() for client in (self.theirs, self.ours)]
            # A script that is still at work is no difference.
            return all(condition(state) for state, _ in states) and states[0][0] == states[1][0] and states
        try:
            (theirs, its_lifetimes), (ours, our_lifetimes) = wait_until(found, what)
        except AssertionError:
            print(self.theirs.state(), self.ours.state(), self.hooks.logged(), self.net.read("dhclient.log"), sep="\n")
            raise
        self.assertEqual(ours, theirs)
        for lifetime in its_lifetimes + our_lifetimes:
            self.assertTrue(0 < lifetime <= self.lease, lifetime)
        return ours

    def env_printed(self, hook):
        return re.findall(rf"hook {hook}: (.*)", self.hooks.logged())

    def test_script(self):
        self.give("10.77.0.53")
        self.begin()
        state = self.same(lambda s: "10.77.0.53" in s["resolv.conf"] and len(s["routes"]) == 2, "a lease")
        self.assertEqual((state["mtu"], state["host"]), (1400, "leased"))
        self.assertEqual([(r["dst"], r.get("gateway"), r.get("metric")) for r in state["routes"]],
                         [("10.77.0.0/24", None, None), ("default", "10.77.0.1", int(METRIC))])
        self.assertEqual([(a["local"], a["prefixlen"]) for a in state["addresses"]], [("ITS ADDRESS", 24)])

        self.give("10.77.0.54", lease=10)
        self.same(lambda s: "10.77.0.54" in s["resolv.conf"], "a lease that is renewed")
        self.server.stop()
        self.same(lambda s: not s["addresses"], "the end of the lease")
        self.give("10.77.0.55", more={121: ROUTES})
        state = self.same(lambda s: "10.77.0.55" in s["resolv.conf"] and len(s["routes"]) == 3, "another lease")
        self.assertIn("192.168.10.0/24", str(state["routes"]))
        self.dhclient("-r")
        self.daemon.ctl("release", "eth0")
        self.same(lambda s: not s["addresses"], "the lease is given back")

        told = self.env_printed("dhclient-script")
        for reason in "BOUND", "RENEW", "EXPIRE", "RELEASE":
            self.assertIn(reason, told)
        # A program with an environment, and one with none.
        self.assertIn(f"new_ip_address={ADDRESSES['ours']}", self.env_printed("env-dhclient"))
        self.assertLessEqual(set(self.env_printed("env-none")), REASONS)


if __name__ == "__main__":
    dhlib.require("ip", "dhcpd", "nsenter")
    dhlib.main()
