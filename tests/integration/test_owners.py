#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Whose addresses, routes and rules are.
What others have on the link is theirs, whatever it looks like. The daemon knows what it put there over a restart, by
the record alone.
"""
import os
import re

import dhlib
from dhlib import Daemon, NetTest, wait_until

FAST = "[DHCPv4]\nConflictDetection=no\n"
OTHERS = "10.77.0.5"  # an administrator's second address in the lease's network


class Owners(NetTest):
    """When an address goes, the kernel promotes another one of its network, as systemd has it."""

    PROMOTES = 1

    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        for name in ("all", "eth0"):  # one of them is enough for the kernel
            self.net.sysctl(f"net/ipv4/conf/{name}/promote_secondaries", self.PROMOTES)
        self.server = self.net.dnsmasq()

    def bind(self, config=FAST):
        self.daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": config})
        self.daemon.wait_log("Bound to")
        return self.net.wait_address()

    def record(self):
        folder = os.path.join(self.daemon.runtime, "lease")
        names = [name for name in os.listdir(folder) if name.isdigit()] if os.path.isdir(folder) else []
        return os.path.join(folder, names[0]) if names else None

    def wait_recorded(self, text):
        def recorded():
            path = self.record()
            return path and text in self.net.read(os.path.relpath(path, self.net.folder))
        wait_until(recorded, f"{text} in the record")

    def metrics(self, protocol="dhcp"):
        return sorted(r.get("metric", 0) for r in self.net.routes() if r["protocol"] == protocol)

    def add_others(self):
        """Adds what other DHCP clients, and people, put on a link."""
        self.net.ip("addr", "add", f"{OTHERS}/24", "dev", "eth0")
        self.net.ip("route", "add", "default", "via", "10.77.0.1", "dev", "eth0", "proto", "dhcp", "src", OTHERS,
                    "metric", "77")
        self.net.ip("route", "add", "10.99.0.0/16", "via", "10.77.0.1", "dev", "eth0", "proto", "dhcp", "metric", "78")
        self.net.ip("rule", "add", "from", OTHERS, "lookup", "500", "priority", "32000", "protocol", "dhcp")
        return self.others()

    def others(self):
        shown = self.net.ip("-4", "-o", "addr", "show", "dev",
                            "eth0") + self.net.ip("-4", "route", "show", "dev", "eth0") + self.net.ip("rule", "show")
        return [re.sub(r"secondary|valid_lft.*|linkdown", "", line).split() for line in shown.splitlines()
                if re.search(rf"{re.escape(OTHERS)}\b|10\.99\.", line) and "proto kernel" not in line]

    def check_kept(self, take_off):
        """Our address goes: the kernel promotes the other address and tells it in our name, or takes it away with ours.

        It is there afterwards in both cases.
        """
        address = self.bind()
        before = self.add_others()
        self.assertEqual(len(before), 4)
        take_off()
        wait_until(lambda: address not in [a[0] for a in self.net.addresses()], "our address is gone")
        self.assertEqual(self.others(), before)
        return before

    def test_stop(self):
        monitor = dhlib.Monitor(self.net)
        self.check_kept(lambda: self.daemon.stop())
        self.assertEqual([line for line in monitor.deletions() if f"{OTHERS}/" in line], [])
        self.assertEqual(self.net.read_in_client("/proc/sys/net/ipv4/conf/eth0/promote_secondaries").strip(),
                         str(self.PROMOTES))

    def test_stop_alone(self):
        """With the last address the kernel takes every route of the link."""
        self.bind()
        self.net.ip("route", "add", "10.99.1.0/24", "dev", "eth0", "proto", "static")
        before = self.others()
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(self.others(), before)
        self.assertEqual(self.daemon.logged().count("of others with ours, they were put back"), 1)

    def test_release(self):
        before = self.check_kept(lambda: self.daemon.ctl("release", "eth0"))
        self.daemon.ctl("renew", "eth0")
        self.daemon.wait_log("Bound to", 2)
        self.daemon.ctl("release", "eth0")
        wait_until(lambda: [a[0] for a in self.net.addresses()] == [OTHERS], "our address is gone again")
        self.assertEqual(self.others(), before)

    def test_cable_loss(self):
        before = self.check_kept(lambda: self.net.ip_server("link", "set", "s-eth0", "down"))
        self.net.ip_server("link", "set", "s-eth0", "up")
        self.daemon.wait_log("Bound to", 2)
        self.daemon.ctl("renew", "eth0")
        self.daemon.stop()
        self.assertEqual(self.others(), before)

    def restart_server(self, *options, **pool):
        dhlib.end(self.server)
        self.server = self.net.dnsmasq("--dhcp-authoritative", *options, **pool)

    def check_changes(self, first, second):
        """Two renewals bring changes.

        At the first one ours is the only address of the link, at the second one it is not.
        """
        # Of somebody else, without any address: the kernel takes it with the last address of the link.
        self.net.ip("route", "add", "10.99.1.0/24", "dev", "eth0", "proto", "static")
        before = self.others()
        self.assertEqual(len(before), 1)
        first()
        self.assertEqual(self.others(), before)
        before = self.add_others()
        second()
        self.assertEqual(self.others(), before)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(self.others(), before)

    def test_another_mask(self):
        address = self.bind()

        def change(mask, prefix_len):
            self.restart_server(f"--dhcp-option-force=option:netmask,{mask}")
            self.daemon.ctl("renew", "eth0")
            wait_until(lambda: (address, prefix_len) in [a[:2] for a in self.net.addresses()],
                       f"{address}/{prefix_len}")
            wait_until(lambda: len([a for a in self.net.addresses() if a[0] == address]) == 1, "the old form is gone")
        self.check_changes(lambda: change("255.255.0.0", 16), lambda: change("255.255.255.255", 32))

    def test_another_address(self):
        """The address changes by a NAK, within one network and to another one."""
        address = self.bind()

        def change(prefix):
            nonlocal address
            self.net.ip_server("addr", "replace", f"{prefix}.1/24", "dev", "br0")
            os.unlink(self.net.path("dnsmasq.leases"))
            self.restart_server(first=f"{prefix}.20", last=f"{prefix}.60")
            self.daemon.ctl("renew", "eth0")
            wait_until(lambda: any(a[0].startswith(f"{prefix}.") and a[0] not in (address, OTHERS)
                                   for a in self.net.addresses()), "another address")
            wait_until(lambda: address not in [a[0] for a in self.net.addresses()], "the old address is gone")
            address = next(a[0] for a in self.net.addresses() if a[0] != OTHERS)
        self.check_changes(lambda: change("10.77.0"), lambda: change("10.78.0"))

    def test_restart_with_another_metric(self):
        """The old routes go, though nobody saw them being made, and only they."""
        address = self.bind(FAST + "RouteMetric=50\nRuleTable=501\n")
        before = self.add_others()
        self.wait_recorded("owned-rules=0a4d")
        self.assertEqual(self.metrics(), [50, 50, 77, 78])
        self.daemon.kill()
        self.bind(FAST + "RouteMetric=60\nRuleTable=502\n")
        wait_until(lambda: self.metrics() == [60, 60, 77, 78], "new routes in place of the old ones")
        rules = self.net.ip("rule", "show")
        self.assertIn(f"from {address} lookup 502", rules)
        self.assertNotIn("lookup 501", rules)
        self.assertEqual(self.others(), before)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(self.others(), before)
        self.assertEqual(self.metrics(), [77, 78])

    def test_record_of_an_older_daemon(self):
        """An older record lists no routes: what the lease asks for is ours, and so are the rules of its address."""
        self.bind(FAST + "RouteMetric=50\nRuleTable=501\n")
        before = self.add_others()
        self.wait_recorded("owned-rules=0a4d")
        self.daemon.kill()
        path = self.record()
        with open(path, encoding="ascii") as f:
            lines = f.readlines()
        self.assertEqual(len([line for line in lines if line.startswith("owned-")]), 3)
        with open(path, "w", encoding="ascii") as f:
            f.writelines(line for line in lines if not line.startswith("owned-"))
        self.bind(FAST + "RouteMetric=50\nRuleTable=502\n")
        wait_until(lambda: "lookup 501" not in self.net.ip("rule", "show"), "the old rule is gone")
        with open(self.net.path("config/dhcpd-link.conf"), "w", encoding="ascii") as f:
            f.write(FAST + "RouteMetric=60\n")
        self.daemon.ctl("reload")
        wait_until(lambda: self.metrics() == [60, 60, 77, 78], "new routes in place of the old ones")
        self.assertEqual(self.others(), before)

    def test_there_already(self):
        """A route that somebody made in the very form that we want serves us, and stays when we no longer want it."""
        address = self.bind(FAST + "RouteMetric=50\n")
        self.net.ip("route", "add", "default", "via", "10.77.0.1", "dev", "eth0", "proto", "dhcp", "src", address,
                    "metric", "51")
        for metric, expected in ((51, [51, 51]), (52, [51, 52, 52])):
            with open(self.net.path("config/dhcpd-link.conf"), "w", encoding="ascii") as f:
                f.write(FAST + f"RouteMetric={metric}\n")
            self.daemon.ctl("reload")
            wait_until(lambda: self.metrics() == expected, f"routes of metrics {expected}")

class Unpromoted(Owners):
    """The kernel takes all addresses of a network with the first one: its default."""

    PROMOTES = 0


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq")
    dhlib.main()
