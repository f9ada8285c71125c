#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Plugins in the real daemon.
A lease from dnsmasq reaches plugin/example.c and, by way of plugin/resolved.c, the real systemd-resolved; and what the
end of a daemon, of a link and of a lease mean to them.

    test_plugins.py DAEMON EXAMPLE.SO RESOLVED.SO

The client's end of a veth pair is in the namespace of the test (see pluginlib.py), the server's in another one.
Without systemd-resolved, or without root, only the example is looked at. Exits with 77 and a reason when nothing can
run.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import unittest

import pluginlib
from pluginlib import GLib, wait_until

SERVER = "10.77.0.1"
# dns.example at 10.77.0.4, DNS over TLS; doh.example at 10.77.0.5, DNS over HTTPS. Sent if it is asked for.
ENCRYPTED = (b"\0\x1d\0\1\x0d\3dns\7example\0\4\x0a\x4d\0\4\0\1\0\4\3dot"
             b"\0\x1c\0\2\x0d\3doh\7example\0\4\x0a\x4d\0\5\0\1\0\3\2h2")
DNS = ["10.77.0.4", "10.77.0.2", "10.77.0.3"]
daemon_path = None


class DaemonTest(pluginlib.BusTest):
    def setUp(self):
        super().setUp()
        for folder in ("/run/test", "/run/dhcpd-link", "/run/systemd/resolve"):
            shutil.rmtree(folder, ignore_errors=True)
        os.makedirs("/run/test/config")
        subprocess.run(["ip", "netns", "add", "server"], check=True)
        self.ifindex = self.link("plug0")
        for command in (["ip", "link", "set", "plug0p", "netns", "server"],
                        ["ip", "-n", "server", "addr", "add", SERVER + "/24", "dev", "plug0p"],
                        ["ip", "-n", "server", "link", "set", "plug0p", "up"]):
            subprocess.run(command, check=True)
        self.server = self.spawn(
            "ip", "netns", "exec", "server", "dnsmasq", "--keep-in-foreground", "--port=0", "--no-ping",
            "--leasefile-ro",
            "--conf-file=/dev/null", "--interface=plug0p", "--dhcp-range=10.77.0.50,10.77.0.60,1h",
            "--dhcp-option=option:dns-server,10.77.0.2,10.77.0.3", "--dhcp-option=option:domain-name,lan.example",
            "--dhcp-option=option:domain-search,a.example,b.example", f"--dhcp-option=162,{ENCRYPTED.hex(':')}",
            "--log-facility=/run/test/dnsmasq.log",
            "--user=", "--group=", "--pid-file=")

    def tearDown(self):
        super().tearDown()
        subprocess.run(["ip", "netns", "del", "server"], check=True)

    def start_daemon(self, *arguments):
        with open("/run/test/log", "ab") as log:
            return self.spawn(daemon_path, "--link=plug0", "--plugin-dir=/run/plugins/modules", "--no-bus",
                              "--state-dir=/run/test/state", "--runtime-dir=/run/test/runtime",
                              "--config-dir=/run/test/config", *arguments, stdout=log, stderr=log)

    def logged(self, text):
        with open("/run/test/log", encoding="utf-8", errors="replace") as log:
            return log.read().count(text)

    def expect_log(self, text, n=1):
        try:
            wait_until(lambda: self.logged(text) >= n, f"log: {text}")
        except AssertionError:
            with open("/run/test/log", encoding="utf-8", errors="replace") as log:
                sys.stderr.write(log.read())
            raise
        self.assertEqual(self.logged(text), n)

    def test_example(self):
        daemon = self.start_daemon()
        self.expect_log("plugin example: plug0: has 10.77.0.")
        self.assertEqual(self.logged("/24 in lan.example"), 1)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        # The lease that the next daemon finds is news to its plugins.
        self.start_daemon()
        self.expect_log("plugin example: plug0: has 10.77.0.", 2)
        self.assertEqual(self.logged("plugin example: plug0: lost"), 0)
        subprocess.run(["ip", "link", "del", "plug0"], check=True)
        self.expect_log("plugin example: plug0: lost 10.77.0.")

    def test_disabled(self):
        with open("/run/test/config/dhcpd-link.conf", "w", encoding="ascii") as f:
            f.write("[Plugin example]\nEnable=no\n")
        self.start_daemon("--log-level=debug")
        self.expect_log("plugin resolved: Loaded")
        wait_until(lambda: "10.77.0." in subprocess.run(["ip", "addr", "show", "plug0"], capture_output=True, text=True,
                                                        check=True).stdout, "an address")
        self.assertEqual(self.logged("plugin example: plug0"), 0)


class ResolvedTest(pluginlib.RealBase, DaemonTest):
    """Tests on a link that the daemon manages."""
    test_example = test_disabled = None

    def test_resolved(self):
        self.start_bus()
        self.start_resolved()
        daemon = self.start_daemon()
        self.expect(self.ifindex, DNS, [("a.example", False), ("b.example", False)], True)
        self.assertEqual(self.unused()[162], "doh.example not used: systemd-resolved speaks DNS over TLS alone")
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        self.assertEqual(len(self.settings(self.ifindex)[0]), 3)
        daemon = self.start_daemon()
        self.expect_log("plugin example: plug0: has 10.77.0.", 2)
        self.assertEqual(len(self.settings(self.ifindex)[0]), 3)
        # A daemon that was given its links by --link= gives the leases back when it ends.
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(pluginlib.PATIENCE), 0)
        self.expect_log("plugin example: plug0: lost 10.77.0.")
        self.expect(self.ifindex, [], [])

    @unittest.skipUnless(os.path.exists("/dev/net/tun"), "there is no /dev/net/tun")
    def test_beside_a_tunnel(self):
        """A VPN that takes all traffic takes the names as well, as long as it is there, whichever comes first."""
        domains = [("a.example", False), ("b.example", False)]
        self.start_bus()
        self.start_resolved()
        self.start_daemon()
        self.expect(self.ifindex, DNS, domains, True)
        for _ in range(2):
            subprocess.run(
                "ip tuntap add dev tun9 mode tun && ip addr add 10.8.0.2/24 dev tun9 && ip link set tun9 up && "
                "ip route add default dev tun9 metric 50",
                shell=True,
                check=True,
            )
            self.expect(self.ifindex, DNS, [], True)
            subprocess.run(["ip", "link", "del", "tun9"], check=True)
            self.expect(self.ifindex, DNS, domains, True)

    def unused(self):
        status = subprocess.run([os.path.join(os.path.dirname(daemon_path), "dhcpd-linkctl"),
                                 "--socket=/run/test/runtime/private", "--json", "status", "plug0"],
                                capture_output=True, text=True,
                                check=True).stdout
        return {o["Code"]: o["Reason"] for o in json.loads(status)["DHCPv4"]["IgnoredOptions"]}

    @unittest.skipUnless(os.path.exists("/dev/net/tun"), "there is no /dev/net/tun")
    def test_beside_a_tunnel_with_dns(self):
        """A VPN takes names and no traffic of others. The status tells what follows."""
        domains = [("a.example", False), ("b.example", False)]
        self.start_bus()
        self.start_resolved()
        self.start_daemon()
        self.expect(self.ifindex, DNS, domains, True)
        self.assertNotIn(119, self.unused())
        subprocess.run("ip tuntap add dev tun9 mode tun && ip addr add 10.8.0.2/24 dev tun9 && ip link set tun9 up",
                       shell=True,
                       check=True)
        tun = socket.if_nametoindex("tun9")
        for end in "it takes its servers back", "the link goes, and nobody tells of it":
            wait_until(lambda: self.knows_link(tun), "resolved knows tun9")
            self.call(pluginlib.NAME, pluginlib.PATH, pluginlib.MANAGER, "SetLinkDNS",
                      GLib.Variant("(ia(iay))", (tun, [(socket.AF_INET, pluginlib.address("10.8.0.1"))])))
            self.expect(self.ifindex, DNS, [], True)
            wait_until(lambda: self.unused().get(119) == "domains not used: a tunnel has DNS servers",
                       "the status says so")
            if "link" in end:
                subprocess.run(["ip", "link", "del", "tun9"], check=True)
            else:
                self.call(pluginlib.NAME, pluginlib.PATH, pluginlib.MANAGER, "RevertLink",
                          GLib.Variant("(i)", (tun,)))
            self.expect(self.ifindex, DNS, domains, True)
            wait_until(lambda: 119 not in self.unused(), "the status says nothing of it any more")

    def knows_link(self, ifindex):
        try:
            self.settings(ifindex)
        except GLib.Error:
            return False
        return True


def main():
    global daemon_path
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    daemon_path, example, resolved = (os.path.abspath(p) for p in sys.argv[1:4])
    if not os.access(daemon_path, os.X_OK) or not shutil.which("dnsmasq"):
        print(f"SKIP: needs {daemon_path} and dnsmasq")
        sys.exit(77)
    pluginlib.prepare(None, example, resolved)
    pluginlib.run_tests(sys.argv[4:])


if __name__ == "__main__":
    main()
