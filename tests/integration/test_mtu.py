#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
UseMTU=link with a real server and a real kernel.
The interface's own MTU is set for as long as the lease lasts and then set back, whatever happens to the daemon. What
somebody else sets is theirs. Option 57 follows the MTU, less the headers of IP and UDP.
"""
import fcntl
import json
import os
import signal
import socket
import struct
import time

import dhlib
from dhlib import Daemon, NetTest, wait_until
from wire import Wire, in_namespace

LINK = {"dhcpd-link.conf": "[DHCPv4]\nUseMTU=link\n"}
SIOCGIFMTU = 0x8921


class Mtu(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        self.assertEqual(self.mtu(), 1500)

    def mtu(self):
        return json.loads(self.net.ip("-j", "link", "show", "dev", "eth0"))[0]["mtu"]

    def wait_mtu(self, mtu, patience=dhlib.PATIENCE):
        wait_until(lambda: self.mtu() == mtu, f"the MTU is {mtu}, not {self.mtu()}", patience)

    def set_mtu(self, mtu):
        self.net.ip("link", "set", "eth0", "mtu", str(mtu))

    def bound(self, config=None):
        daemon = Daemon(self.net, "eth0", config=LINK if config is None else config)
        daemon.wait_log("Bound to")
        # Not the record of the daemon before it.
        wait_until(lambda: any("applied=1\n" in record and "ack=" in record for record in self.records()),
                   "the lease is on record")
        return daemon

    def renew(self, daemon, n=1):
        """Asks for the nth renewal of this daemon, again and again, because a lease that is new is not renewed."""
        def asked():
            daemon.ctl("renew", "eth0", check=False)  # which it hears only after its first lease
            return daemon.logged().count("BOUND -> RENEWING") >= n
        wait_until(asked, "a renewal begins")
        daemon.wait_log("RENEWING -> BOUND", n)

    def records(self):
        """Returns the records that are whole.

        A daemon that is killed while it writes leaves a hidden file, which the next one overwrites.
        """
        folder = self.net.path("runtime/lease")
        return [self.net.read(os.path.join(folder, name)) for name in os.listdir(folder) if not name.startswith(".")]

    def test_set_and_back(self):
        server = self.net.dnsmasq("--dhcp-option=option:mtu,1400")
        daemon = self.bound()
        self.assertEqual(self.mtu(), 1400)
        self.assertFalse([r for r in self.net.routes() if "metrics" in r])  # the routes have the link's
        self.renew(daemon)
        self.assertEqual(daemon.logged().count("MTU set"), 1)

        # Another value: with the lease that says so.
        dhlib.end(server)
        server = self.net.dnsmasq("--dhcp-option=option:mtu,1300")
        self.renew(daemon, 2)
        self.wait_mtu(1300)
        dhlib.end(server)
        server = self.net.dnsmasq("--dhcp-option=option:mtu")  # none: dnsmasq sends one of its own accord
        self.renew(daemon, 3)
        self.assertEqual(self.mtu(), 1300)  # an omission is no withdrawal
        dhlib.end(server)
        self.net.dnsmasq("--dhcp-option=option:mtu,1500")
        self.renew(daemon, 4)
        self.wait_mtu(1500)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.mtu(), 1500)
        self.assertNotIn("Somebody", daemon.logged())
        self.assertEqual(self.records(), [])

    def test_stop(self):
        self.net.dnsmasq("--dhcp-option=option:mtu,1400")
        for mtu in (1500, 1450):
            self.set_mtu(mtu)
            daemon = self.bound()
            self.assertEqual(self.mtu(), 1400)
            self.assertEqual(daemon.stop(), 0)
            self.assertEqual(self.mtu(), mtu)
            self.assertEqual(self.records(), [])

    def test_release_and_reload(self):
        self.net.dnsmasq("--dhcp-option=option:mtu,1400")
        daemon = self.bound()
        daemon.ctl("release", "eth0")
        self.wait_mtu(1500)
        daemon.ctl("renew", "eth0")
        self.wait_mtu(1400)
        daemon.wait_log("Bound to", 2)
        # Told otherwise, it goes to the routes, without a word to the server.
        with open(self.net.path("config/dhcpd-link.conf"), "w", encoding="ascii") as f:
            f.write("[DHCPv4]\nUseMTU=route\n")
        daemon.ctl("reload")
        self.wait_mtu(1500)
        wait_until(lambda: [r for r in self.net.routes() if r.get("metrics", [{}])[0].get("mtu") == 1400],
                   "a route with the MTU")

    def test_routes_within_the_link(self):
        """The link's MTU is less than the server knows of, because there is a tunnel somewhere.

        By default, large packets have to get through.
        """
        self.net.dnsmasq("--dhcp-option=option:mtu,1500")
        for name in ("s-eth0", "br0"):
            self.net.ip_server("link", "set", name, "mtu", "1400")
        self.set_mtu(1400)
        self.bound({})
        self.assertEqual([r for r in self.net.routes() if "metrics" in r], [])
        dhlib.run("ip", "netns", "exec", self.net.client, "ping", "-c1", "-W2", "-s", "1440", "10.77.0.1")
        self.set_mtu(1500)
        wait_until(lambda: all(r.get("metrics") == [{"mtu": 1500}] for r in self.net.routes()), "the routes have it")

    def test_expiry(self):
        server = self.net.udhcpd(12, "option mtu 1400")
        self.bound()
        self.assertEqual(self.mtu(), 1400)
        dhlib.end(server)
        self.net.wait_no_address(patience=20)
        self.wait_mtu(1500)

    def test_others(self):
        """What others set is noticed, not fought over, and not set back.

        So it is also if it is what the link had before us, and if it comes at once.
        """
        self.net.dnsmasq("--dhcp-option=option:mtu,1400")
        for mtu in (1450, 1500):
            self.set_mtu(1500)
            daemon = self.bound()
            self.assertEqual(self.mtu(), 1400)
            self.set_mtu(mtu)
            daemon.wait_log(f"Somebody else set the MTU to {mtu}")
            self.renew(daemon)
            time.sleep(1)
            self.assertEqual(self.mtu(), mtu)
            self.assertEqual(daemon.logged().count("MTU set"), 1)
            wait_until(lambda: self.records() and "mtu-before" not in self.records()[0], "it is forgotten")
            # Nor by the next daemon.
            daemon.kill()
            daemon = Daemon(self.net, "eth0", config=LINK)
            daemon.wait_log("lease adopted")
            self.renew(daemon)
            self.assertEqual(self.mtu(), mtu)
            self.set_mtu(1350)
            self.assertEqual(daemon.stop(), 0)
            self.assertEqual(self.mtu(), 1350)

    def test_restart(self):
        """The daemon is killed, and others change the MTU meanwhile or not: the next daemon knows whose it is."""
        self.net.dnsmasq("--dhcp-option=option:mtu,1400")
        for mtu in (None, 1500, 1450):
            self.set_mtu(1500)
            self.bound().kill()
            self.assertEqual(self.mtu(), 1400)
            self.assertIn("mtu-before=1500\nmtu-set=1400\n", self.records()[0])
            if mtu:
                self.set_mtu(mtu)
            daemon = Daemon(self.net, "eth0", config=LINK)
            daemon.wait_log("lease adopted")
            if mtu == 1500:
                # As if the change had not been made yet.
                self.wait_mtu(1400)
            else:
                self.renew(daemon)
                self.assertNotIn("MTU set", daemon.logged())
                self.assertEqual(self.mtu(), mtu or 1400)
            self.assertEqual(daemon.stop(), 0)
            self.assertEqual(self.mtu(), mtu or 1500)

    def test_killed_at_once(self):
        """The daemon is killed by the change itself, before anything else could be written down."""
        self.net.dnsmasq("--dhcp-option=option:mtu,1400")
        look = in_namespace(self.net.client, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.addCleanup(look.close)
        for _ in range(10):
            daemon = Daemon(self.net, "eth0", config=LINK)
            end = time.monotonic() + dhlib.PATIENCE
            # Faster than a program that would tell.
            while struct.unpack_from("i", fcntl.ioctl(look, SIOCGIFMTU, b"eth0".ljust(40, b"\0")),
                                     16)[0] != 1400 and time.monotonic() < end:
                pass
            os.kill(daemon.process.pid, signal.SIGKILL)
            daemon.kill()
            self.assertEqual(self.mtu(), 1400)
            daemon = self.bound_again()
            self.assertEqual(daemon.stop(), 0)
            self.assertEqual(self.mtu(), 1500)

    def bound_again(self):
        daemon = Daemon(self.net, "eth0", config=LINK)
        wait_until(lambda: "Bound to" in daemon.logged() or "lease adopted" in daemon.logged(), "a lease")
        return daemon

    def test_lease_over_while_dead(self):
        """The address dies with its lease, and the next daemon sets the MTU back, server or not."""
        server = self.net.udhcpd(12, "option mtu 1400")
        self.bound().kill()
        dhlib.end(server)
        self.net.wait_no_address(patience=20)
        self.assertEqual(self.mtu(), 1400)
        daemon = Daemon(self.net, "eth0", config=LINK)
        self.wait_mtu(1500)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.records(), [])

    def test_minimum(self):
        server = self.net.dnsmasq("--dhcp-option=option:mtu,575")
        daemon = self.bound()
        self.assertEqual(self.mtu(), 1500)
        self.assertIn("below MinimumMTU", daemon.ctl("--json", "status", "eth0"))
        daemon.stop()
        daemon = self.bound({"dhcpd-link.conf": "[DHCPv4]\nUseMTU=link\nMinimumMTU=68\n"})
        self.assertEqual(self.mtu(), 575)
        self.assertNotIn("below MinimumMTU", daemon.ctl("--json", "status", "eth0"))
        daemon.stop()
        self.assertEqual(self.mtu(), 1500)
        dhlib.end(server)
        # Below 68 Linux takes IPv4 off the link.
        self.net.dnsmasq("--dhcp-option=option:mtu,67")
        self.bound()
        self.assertEqual(self.mtu(), 1500)

    def test_message_size(self):
        """Option 57 says what the link takes in one piece, whether a server counts the headers of IP and UDP or not."""
        self.net.dnsmasq("--dhcp-option=option:mtu,1300")
        wire = Wire(self.net)
        self.addCleanup(wire.close)
        self.set_mtu(1400)
        daemon = self.bound({})

        def last_size():
            return int.from_bytes(wire.of_client()[-1].options[57], "big")

        self.assertEqual({m.options[57] for m in wire.of_client()}, {(1372).to_bytes(2, "big")})
        for n, (mtu, size) in enumerate(((9000, 1472), (500, 576), (1492, 1464)), 1):
            self.set_mtu(mtu)
            self.net.ip_server("link", "set", "s-eth0", "mtu", str(mtu))
            self.renew(daemon, n)
            self.assertEqual(last_size(), size)
        # And what is set on account of a lease.
        with open(self.net.path("config/dhcpd-link.conf"), "w", encoding="ascii") as f:
            f.write(LINK["dhcpd-link.conf"])
        daemon.ctl("reload")
        self.wait_mtu(1300)
        self.renew(daemon, 4)
        self.assertEqual(last_size(), 1272)

    def test_answer_in_one_piece(self):
        """A server that has more to say than fits fills the message up to option 57.

        This is not one byte too much for the link. dnsmasq counts the headers, so it leaves 28 bytes of the link
        unused.
        """
        self.net.dnsmasq(*(f"--dhcp-option-force={code},{'x' * 200}" for code in range(224, 240)))
        for mtu in (1500, 1400, 700):
            self.set_mtu(mtu)
            self.net.ip_server("link", "set", "s-eth0", "mtu", str(mtu))
            self.net.ip_server("link", "set", "br0", "mtu", str(mtu))
            daemon = self.bound({})
            options = json.loads(daemon.ctl("--json", "status", "eth0"))["DHCPv4"]["Options"]
            # IP and UDP headers, the message up to its options, END
            length = 20 + 8 + 240 + sum(2 + len(option["Data"]) // 2 for option in options) + 1
            self.assertLessEqual(length, mtu - 28)
            self.assertGreater(length + 2 + 200, mtu - 28)
            daemon.stop()


if __name__ == "__main__":
    dhlib.require("dnsmasq", "busybox")
    dhlib.main()
