#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Other programs on our links.
What they take away, what they left there before us, and addresses that the host has elsewhere.
"""
import json
import os
import re
import shutil
import socket
import subprocess
import time

import dhlib
from dhlib import Daemon, Monitor, NetTest, end, wait_until

CTL = os.path.join(dhlib.BUILD, "dhcpd-linkctl")
CONFIG = {"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n"}
RESTORES = 4  # net/restore.h


class Removed(NetTest):
    """Others take away what has come back."""

    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        self.net.dnsmasq()

    def has_default(self):
        return any(r.get("dst") == "default" for r in self.net.routes())

    def status(self, daemon):
        return json.loads(daemon.ctl("--json", "status", "eth0"))

    def take_away(self, daemon, is_there, remove, deleted):
        """Calls remove() until nothing comes back any more, and the daemon says so. Returns how often it came back.

        @deleted is what `ip monitor` tells of it: it may be back before the test looks.
        """
        monitor = Monitor(self.net)
        for n in range(20):
            wait_until(lambda: is_there() or self.status(daemon)["Problems"], "back, or given up", 60)
            if self.status(daemon)["Problems"]:
                return n - 1
            remove()
            wait_until(lambda times=n + 1: len(re.findall(deleted, monitor.events(), re.M)) == times, "gone")
        raise AssertionError("it never gives up")

    def start_beside_dhclient(self):
        """A daemon that sees a /run of its own, in which a process called dhclient has left its number."""
        dhclient = self.net.path("dhclient")
        shutil.copy(shutil.which("sleep"), dhclient)
        pid = self.net.spawn(self.net.client, dhclient, "1000").pid
        script = f'mount -t tmpfs none /run && echo {pid} >/run/dhclient.eth0.pid && exec "$@"'
        return Daemon(self.net, config=CONFIG,
                      prefix=("unshare", "--mount", "--propagation=private", "sh", "-c", script, "sh"))

    def remover(self):
        """Starts a process that removes the routes when told to, and lives on. Returns a function that tells it to."""
        process = subprocess.Popen(["ip", "-n", self.net.client, "-batch", "-"], stdin=subprocess.PIPE, text=True)
        self.net.processes.append(process)
        self.addCleanup(process.stdin.close)

        def remove():
            process.stdin.write("route flush dev eth0 proto dhcp\n")
            process.stdin.flush()
        return remove

    def hold(self, daemon):
        """Starts a holder of eth0. Returns its process, and a function that gives its next Status line."""
        service_manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(service_manager.close)
        service_manager.bind(self.net.path("notify"))
        service_manager.settimeout(dhlib.PATIENCE)
        process = self.net.spawn(self.net.client, CTL, f"--socket={daemon.private}", "hold", "eth0", log="hold.log",
                                 env={**os.environ, "NOTIFY_SOCKET": self.net.path("notify")})
        return process, lambda: service_manager.recv(4096).decode()

    def wait_status(self, next_status, pattern):
        while not re.search(pattern, next_status()):
            pass

    def test_routes(self):
        daemon = self.start_beside_dhclient()
        holder, next_status = self.hold(daemon)
        daemon.wait_log("Bound to")
        self.wait_status(next_status, r"^STATUS=eth0: 10\.77\.0\.\d+/24 via 10\.77\.0\.1, expires ")
        self.assertEqual(self.status(daemon)["Problems"], [])
        self.assertEqual(self.take_away(daemon, self.has_default, self.remover(), "^Deleted default "), RESTORES)

        problem, = self.status(daemon)["Problems"]
        self.assertEqual(set(problem), {"Id", "Text", "AtBoottimeUSec"})
        self.assertEqual(problem["Id"], "removed-by-others")
        self.assertEqual(problem["Text"],
                         "Without the default route and the route to 10.77.0.0/24 (removed by ip, dhclient was seen)")
        self.assertEqual(self.status(daemon)["DHCPv4"]["LastError"], problem)
        self.assertEqual(self.status(daemon)["DHCPv4"]["State"], "BOUND")
        text = daemon.ctl("status", "eth0")
        self.assertIn(f"Problem: {problem['Text']}\n", text)
        self.assertNotIn("Last error", text)
        self.assertEqual(daemon.logged().count("Without the default route"), 1)
        self.assertFalse(self.has_default())
        self.wait_status(next_status, r"^STATUS=eth0: 10\.77\.0\.\d+/24, without the default route and .+ "
                         r"\(removed by ip, dhclient was seen\), expires ")
        wait_until(lambda: "without the default route" in self.net.read("hold.log"), "the holder's log")

        # The user asks: all is well again, and that is said once.
        daemon.ctl("renew", "eth0")
        wait_until(self.has_default, "the default route")
        wait_until(lambda: not self.status(daemon)["Problems"], "no problem")
        daemon.wait_log("Complete again")
        self.assertNotIn("Problem", daemon.ctl("status", "eth0"))
        self.assertEqual(self.status(daemon)["DHCPv4"]["LastError"], {})
        self.assertEqual(daemon.logged().count("Complete again"), 1)
        self.wait_status(next_status, r"^STATUS=eth0: 10\.77\.0\.\d+/24 via 10\.77\.0\.1, expires ")
        wait_until(lambda: "complete again" in self.net.read("hold.log"), "the holder's log")
        end(holder)

    def test_address(self):
        daemon = Daemon(self.net, "eth0", config=CONFIG)
        daemon.wait_log("Bound to")
        address, length, _ = self.net.addresses()[0]
        self.take_away(daemon, self.net.addresses,
                       lambda: self.net.ip("addr", "del", f"{address}/{length}", "dev", "eth0"), "^Deleted .* inet ")
        self.assertRegex(self.status(daemon)["Problems"][0]["Text"], r"^Without its address and the default route and ")
        # Others may put it back, too.
        self.net.ip("addr", "add", f"{address}/{length}", "dev", "eth0")
        wait_until(lambda: "its address" not in str(self.status(daemon)["Problems"]), "what is missing now")
        daemon.ctl("renew", "eth0")
        daemon.wait_log("Complete again")
        daemon.stop()


class Inherited(NetTest):
    def test_lifetime(self):
        """An address that somebody gave a short lifetime lives as long as the lease, and outlives the daemon."""
        self.net.add_link("eth0", mac="02:00:00:00:07:01")
        self.net.dnsmasq("--dhcp-host=02:00:00:00:07:01,10.77.0.150")
        self.net.ip("addr", "add", "10.77.0.150/24", "dev", "eth0", "valid_lft", "6", "preferred_lft", "6")
        monitor = Monitor(self.net)
        daemon = Daemon(self.net, "eth0", config=CONFIG)
        daemon.wait_log("Bound to 10.77.0.150/24")
        self.assertGreater(self.net.addresses()[0][2], 3000)
        time.sleep(8)  # that it had at first, and more
        self.assertEqual(monitor.deletions(), [])
        daemon.stop()
        self.assertEqual([a for a, _, _ in self.net.addresses()], ["10.77.0.150"])


class Elsewhere(NetTest):
    """The server gives an address that another link of the host has."""

    def start(self, config):
        self.net.add_link("eth0", mac="02:00:00:00:07:01")
        self.net.dnsmasq("--dhcp-host=02:00:00:00:07:01,10.77.0.150")
        self.net.add_link("eth1")
        self.net.ip("addr", "add", "10.77.0.150/24", "dev", "eth1")
        daemon = Daemon(self.net, "eth0", config=config)
        daemon.wait_log("Bound to")
        return daemon, self.net.addresses()[0][0]

    def test_declined(self):
        daemon, address = self.start(None)
        self.assertNotEqual(address, "10.77.0.150")
        self.assertIn("another link of this host (eth1) has 10.77.0.150, declined", daemon.logged())
        self.assertIn("DHCPDECLINE(br0) 10.77.0.150", self.net.read("dnsmasq.log"))
        self.assertEqual(self.net.addresses("eth1")[0][0], "10.77.0.150")
        # In use, it stays, also over a restart of the daemon.
        self.net.ip("addr", "add", f"{address}/24", "dev", "eth1")
        daemon.ctl("renew", "eth0")
        daemon.wait_log("Renewed")
        daemon.kill()
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log(f"Bound to {address}/24")
        self.assertNotIn("declined", daemon.logged())

    def test_not_looked_for(self):
        daemon, address = self.start(CONFIG)
        self.assertEqual(address, "10.77.0.150")
        self.assertNotIn("declined", daemon.logged())


if __name__ == "__main__":
    dhlib.main()
