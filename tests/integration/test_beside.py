#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The real systemd-networkd, NetworkManager and dhcpcd have leases on the same link and on another one.
Meanwhile the daemon binds, renews, changes its address, releases, loses its cable, is killed and is stopped. What the
others have is counted before and after, and `ip monitor` tells what was deleted in between: nothing of theirs may be.

What they take from us is not looked at. Our address is the first one of its network, where the other client leaves it
there, so that the other's is what the kernel takes with it.
"""
import json
import os
import re
import time

import dhlib
import otherclients
from dhlib import Daemon, Monitor, NetTest, wait_until

KEYS = ("local", "prefixlen", "broadcast", "scope", "label", "noprefixroute", "metric", "protocol")
METRIC = 50  # of our routes, and of nobody else's
OURS = {"dhcpd-link.conf": "[Link]\nTakeOver=yes\nCarrierLossGraceSec=0\n"
                           f"[DHCPv4]\nClientIdentifier=duid\nConflictDetection=no\nRouteMetric={METRIC}\n"}


class Beside:
    """Each of the three is a class of its own: how it starts, and what it says when it has lost something."""

    packages_needed = ()
    lost = None  # a pattern of its log
    keeps_without_carrier = True
    comes_second = True

    @classmethod
    def setUpClass(cls):
        cls.packages = otherclients.Packages(*cls.packages_needed)
        cls.addClassCleanup(cls.packages.close)

    def setUp(self):
        super().setUp()
        self.home = otherclients.Home(self.net, self.packages)
        for name in ("eth0", "eth1"):
            self.net.add_link(name)
        self.server = self.net.dnsmasq()
        self.pools = [(20, 50), (60, 90)]

    def start(self, promotes):
        """Starts our daemon first, then the other client. self.before is what the other client has."""
        self.daemon = Daemon(self.net, "eth0", config=OURS)
        self.daemon.wait_log("Bound to")
        self.ours = {self.net.wait_address()}
        self.start_other()
        try:
            self.other = wait_until(self.bound, "a lease of the other client on each link")
        except AssertionError:
            print(self.net.read(self.log))
            raise
        self.before = self.settled()
        for name in ("all", "eth0", "eth1"):  # networkd sets it on its links
            self.net.sysctl(f"net/ipv4/conf/{name}/promote_secondaries", promotes)
        shown = self.net.ip("-4", "-o", "addr", "show", "dev", "eth0").splitlines()
        if self.comes_second:  # or the kernel would not take it with ours
            self.assertIn("secondary", next(line for line in shown if self.other["eth0"] in line))
        self.monitor = Monitor(self.net)
        self.mark = len(self.net.read(self.log))

    def bound(self):
        """Returns link -> address of the other client. Our address is there, too."""
        theirs = {name: [a[0] for a in self.net.addresses(name) if a[0] not in self.ours] for name in ("eth0", "eth1")}
        here = {a[0] for a in self.net.addresses()} >= self.ours
        return (here and all(theirs.values()) and all(self.default_of(name) for name in theirs) and
                {name: found[0] for name, found in theirs.items()})

    def default_of(self, name):
        return [r for r in self.net.routes(name) if r["dst"] == "default" and r.get("metric") != METRIC]

    def settled(self):
        """Returns what the other client has, when it has finished: the same three times in a row."""
        looks = []

        def same():
            looks.append(self.others())
            time.sleep(0.3)
            return len(looks) >= 3 and looks[-1] == looks[-2] == looks[-3]
        wait_until(same, "the other client has done all that it does")
        return looks[-1]

    def others(self):
        """Returns its addresses and routes, without those that the kernel makes for the first address of a network."""
        links = json.loads(self.net.ip("-j", "-4", "addr", "show"))
        addresses = [(link["ifname"], *[a.get(key) for key in KEYS]) for link in links for a in link["addr_info"]
                     if a["local"] in self.other.values()]
        routes = [{key: value for key, value in r.items() if key != "flags"}
                  for r in json.loads(self.net.ip("-j", "-4", "route", "show", "table", "all"))
                  if r.get("dev") in self.other and r.get("protocol") != "kernel" and r.get("metric") != METRIC]
        return sorted(addresses), routes

    def lifetimes(self):
        return {(name, a[0]): a[2] for name in self.other for a in self.net.addresses(name) if a[0] == self.other[name]}

    def check(self, step):
        """Asserts that nothing of the other client is gone, and that nothing was gone in between."""
        self.assertEqual(self.others(), self.before, step)
        deleted = [line for line in self.monitor.deletions() if not re.search("table local|proto kernel", line)]
        self.assertEqual([line for line in deleted if not self.is_ours(line)], [], step)
        logged = self.net.read(self.log)[self.mark:]
        self.assertNotRegex(logged, self.lost, step)
        promotes = self.net.read_in_client("/proc/sys/net/ipv4/conf/eth0/promote_secondaries")
        self.assertEqual(promotes, self.promotes, step)

    def is_ours(self, line):
        return any(re.search(rf"\b{re.escape(text)}\b", line) for text in (*self.ours, f"metric {METRIC}"))

    # What happens to ours. Each of them ends when it has happened.

    def wait_ours(self):
        """Waits for any address of ours and the route that comes with it."""
        def there():
            found = [r["prefsrc"] for r in self.net.routes() if r["dst"] == "default" and r.get("metric") == METRIC]
            return found and found[0] in [a[0] for a in self.net.addresses()] and found[0]
        self.ours.add(wait_until(there, "our address and route"))

    def wait_gone(self, addresses=None):
        gone = addresses or self.ours
        wait_until(lambda: not gone & {a[0] for a in self.net.addresses()}, "our address is gone")

    def renew(self):
        n = self.daemon.logged().count("Renewed")
        self.daemon.ctl("renew", "eth0")
        self.daemon.wait_log("Renewed", n + 1)
        self.wait_ours()

    def release(self):
        self.daemon.ctl("release", "eth0")
        self.wait_gone()

    def bind(self):
        self.daemon.ctl("renew", "eth0")
        self.wait_ours()

    def change(self):
        """The server has forgotten all clients, and says NAK."""
        old = set(self.ours)
        dhlib.end(self.server)
        os.unlink(self.net.path("dnsmasq.leases"))
        self.pools.append(self.pools.pop(0))
        first, last = self.pools[-1]
        self.server = self.net.dnsmasq("--dhcp-authoritative", first=f"10.77.0.{first}", last=f"10.77.0.{last}")
        self.daemon.ctl("renew", "eth0")
        self.wait_gone(old)
        self.wait_ours()
        self.assertGreater(len(self.ours), len(old))

    def cable_out(self):
        self.net.ip_server("link", "set", "s-eth0", "down")
        self.wait_gone()

    def cable_in(self):
        self.net.ip_server("link", "set", "s-eth0", "up")
        self.wait_ours()

    def kill(self):
        self.daemon.kill()

    def restart(self):
        self.daemon = Daemon(self.net, "eth0", config=OURS)
        self.daemon.wait_log("Bound to")
        wait_until(lambda: dhlib.listens(self.daemon.private), "the daemon's socket")
        self.renew()

    def stop(self):
        self.assertEqual(self.daemon.stop(), 0)
        self.wait_gone()

    def go_through(self, promotes, *steps):
        self.promotes = f"{promotes}\n"
        self.start(promotes)
        lifetimes, began = self.lifetimes(), time.monotonic()
        for step in steps:
            step()
            self.check(step.__name__)
        passed = time.monotonic() - began
        for key, after in self.lifetimes().items():
            self.assertTrue(lifetimes[key] - passed - 3 <= after <= lifetimes[key] + 1,
                            f"{key}: {lifetimes[key]} s, after {passed} s {after} s")

    def test_promoted(self):
        cable = (self.cable_out, self.cable_in) if self.keeps_without_carrier else ()
        self.go_through(1, self.renew, self.change, self.release, self.bind, *cable, self.kill, self.restart, self.stop)

    def test_release(self):
        self.go_through(0, self.renew, self.release, self.bind, self.stop)

    def test_change(self):
        self.go_through(0, self.change, self.renew, self.change, self.stop)

    def test_cable(self):
        if not self.keeps_without_carrier:
            self.skipTest("it keeps nothing itself")
        self.go_through(0, self.cable_out, self.cable_in, self.cable_out, self.stop)

    def test_kill(self):
        self.go_through(0, self.kill, self.restart, self.stop)


class Networkd(Beside, NetTest):
    log = "networkd.log"
    lost = "lease lost|expired|[Ff]ailed"

    def start_other(self):
        self.home.put("run/systemd/network/05.network", "[Match]\nName=eth0 eth1\n[Network]\nDHCP=ipv4\n"
                      "LinkLocalAddressing=no\nIPv6AcceptRA=no\nIgnoreCarrierLoss=yes\n")
        otherclients.networkd(self.home)


class NetworkManager(Beside, NetTest):
    packages_needed = ("network-manager",)
    log = "nmcli.log"
    lost = "disconnect|deactivat|unavailable|unmanaged|connecting|connection failed"
    comes_second = False  # it makes its own address the first one, whatever is there

    def nmcli(self):
        return "env", f"DBUS_SYSTEM_BUS_ADDRESS=unix:path={self.net.path('bus')}", "nmcli"

    def start_other(self):
        self.home.put("etc/NetworkManager/conf.d/beside.conf", "[main]\nignore-carrier=*\n")
        for i, name in enumerate(("eth0", "eth1")):
            self.home.put(f"etc/NetworkManager/system-connections/{name}.nmconnection",
                          f"[connection]\nid={name}\nuuid=3b1f5d0c-93ab-4f7e-8f0f-3d4de14d7d5{i}\ntype=ethernet\n"
                          f"interface-name={name}\n[ipv4]\nmethod=auto\n", mode=0o600)
        otherclients.network_manager(self.home)
        wait_until(lambda: "running" in self.home.run(*self.nmcli(), "-t", "general").stdout or
                   "connected" in self.home.run(*self.nmcli(), "-t", "general").stdout, "NetworkManager has started")
        # Where there is an address already, it only watches unless it is told.
        for name in ("eth0", "eth1"):
            wait_until(lambda name=name: self.home.run(*self.nmcli(), "connection", "up", name).returncode == 0,
                       f"NetworkManager has {name}")
        self.net.spawn(self.net.client, *self.home.prefix, *self.nmcli(), "monitor", log=self.log)
        wait_until(lambda: self.net.read(self.log), "nmcli listens")


class Dhcpcd(Beside, NetTest):
    """dhcpcd gives its lease up by itself when its link has no carrier."""

    packages_needed = ("dhcpcd-base",)
    log = "dhcpcd.log"
    # What it says of routes is of ours: it takes those to the same destination for its own, and looks no further.
    lost = "deleted IP|carrier lost|expired|no longer|failed"
    keeps_without_carrier = False

    def start_other(self):
        self.home.put("etc/dhcpcd.conf", "duid\nnoarp\nnodev\noption routers\nrequire dhcp_server_identifier\n")
        otherclients.dhcpcd(self.home, "eth1")


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq", "unshare", "dpkg-deb")
    dhlib.main()
