#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
IPv6OnlyMode= (RFC 8925) with a real server that says how long IPv4 is not needed.
The client asks for option 108 when told so, or while an interface shows that there is a CLAT provider, and then heeds
it. The waits are five minutes at least (MIN_V6ONLY_WAIT), so what is seen is that one began, and with what.
"""
import fcntl
import json
import os
import struct
import time

import dhlib
from dhlib import Daemon, NetTest, wait_until
from wire import DISCOVER, RELEASE, REQUEST, Wire, in_namespace

PAUSE = "The network needs no IPv4, DHCPv4 pauses"


def asks(message):
    return 108 in message.options.get(55, b"")


class Ipv6Only(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        self.wire = Wire(self.net)
        self.addCleanup(self.wire.close)

    def serve(self, wait=1800):
        return self.net.dnsmasq(f"--dhcp-option=108,{wait}i")

    def daemon(self, text=""):
        return Daemon(self.net, "eth0", config={"dhcpd-link.conf": text})

    def configure(self, daemon, text):
        with open(self.net.path("config/dhcpd-link.conf"), "w", encoding="ascii") as f:
            f.write(text)
        daemon.ctl("reload")

    def add_clat(self, name="clat"):
        """Makes an interface as a provider's looks once its program runs: there, up and with a carrier."""
        self.net.ip("link", "add", name, "type", "veth", "peer", "name", f"p-{name}")
        self.net.ip("link", "set", f"p-{name}", "up")
        self.net.ip("link", "set", name, "up")

    def start_over(self, daemon):
        """Begins a new exchange."""
        wait_until(lambda: daemon.ctl("list", check=False), "the daemon answers")
        time.sleep(1.1)  # nobody can make it send more often
        n = len(self.wire.of_client(DISCOVER))
        daemon.ctl("release", "eth0", check=False)  # if there is a lease
        self.net.wait_no_address()
        daemon.ctl("renew", "eth0")
        wait_until(lambda: len(self.wire.of_client(DISCOVER)) > n, "a DHCPDISCOVER")
        return self.wire.of_client(DISCOVER)[-1]

    def assert_paused(self, daemon):
        daemon.wait_log(PAUSE)
        time.sleep(1)
        self.assertEqual(self.net.addresses(), [])
        self.assertEqual(self.wire.of_client(REQUEST), [])
        wait_until(lambda: daemon.ctl("list", check=False), "the daemon answers")
        text = json.dumps(json.loads(daemon.ctl("--json", "status", "eth0")))
        self.assertIn('"IPv6Only": true', text)
        self.assertIn('"State": "INIT"', text)

    def test_yes(self):
        self.serve()
        self.assert_paused(self.daemon("[DHCPv4]\nIPv6OnlyMode=yes\n"))
        self.assertEqual({asks(m) for m in self.wire.of_client(DISCOVER)}, {True})

    def test_no(self):
        """The option is not asked for, not even with a provider."""
        self.serve()
        self.add_clat()
        daemon = self.daemon("[DHCPv4]\nIPv6OnlyMode=no\n")
        daemon.wait_log("Bound to")
        self.assertFalse([m for m in self.wire.of_client() if asks(m)])

    def test_auto_without(self):
        """The default, on a host without CLAT: nothing is asked for. Names, and links that are down, do not count."""
        self.serve()
        self.add_clat()
        self.net.ip("link", "set", "clat", "down")
        self.add_clat("eth0-clat")
        daemon = self.daemon()
        daemon.wait_log("Bound to")
        self.assertFalse([m for m in self.wire.of_client() if asks(m)])
        self.assertNotIn("CLAT", daemon.logged())

    def test_auto_with(self):
        """There before the daemon, behind the link in the kernel's list: the very first message asks."""
        self.serve()
        self.add_clat("v4-wwan0")
        daemon = self.daemon()
        self.assert_paused(daemon)
        self.assertEqual({asks(m) for m in self.wire.of_client(DISCOVER)}, {True})

    def test_comes_and_goes(self):
        self.serve()
        daemon = self.daemon()
        daemon.wait_log("Bound to")
        address = self.net.wait_address()
        n = len(self.wire.of_client())

        # No lease is given up for it, and nothing is sent.
        self.add_clat()
        daemon.wait_log("A CLAT provider is there")
        time.sleep(1)
        self.assertEqual(self.net.addresses()[0][0], address)
        self.assertEqual(len(self.wire.of_client()), n)
        # Nor by the answer to a renewal, which asks.
        wait_until(lambda: daemon.ctl("renew", "eth0") == "" and "BOUND -> RENEWING" in daemon.logged(), "a renewal")
        daemon.wait_log("RENEWING -> BOUND")
        self.assertTrue(asks(self.wire.of_client(REQUEST)[-1]))
        self.assertEqual(self.net.addresses()[0][0], address)
        self.assertNotIn(PAUSE, daemon.logged())

        # The next search heeds it.
        self.assertTrue(asks(self.start_over(daemon)))
        daemon.wait_log(PAUSE)
        time.sleep(1)
        self.assertEqual(self.net.addresses(), [])

        # Without a provider IPv4 is needed after all, at once.
        n = len(self.wire.of_client(DISCOVER))
        self.net.ip("link", "set", "clat", "down")
        daemon.wait_log("The CLAT provider is gone")
        self.net.wait_address()
        self.assertFalse(asks(self.wire.of_client(DISCOVER)[n]))

        # Up again, and deleted.
        self.net.ip("link", "set", "clat", "up")
        daemon.wait_log("A CLAT provider is there", 2)
        self.add_clat("clat2")
        self.net.ip("link", "del", "clat")
        time.sleep(1)
        self.assertEqual(daemon.logged().count("The CLAT provider is gone"), 1)  # there is another one
        self.net.ip("link", "del", "clat2")
        daemon.wait_log("The CLAT provider is gone", 2)

    def test_names(self):
        """CLATInterface= says what it is called; a reload counts at once, for what is sent next."""
        self.serve()
        self.add_clat("siit0")
        daemon = self.daemon()
        daemon.wait_log("Bound to")
        self.configure(daemon, "[Manager]\nCLATInterface=siit*\n")
        self.assertTrue(asks(self.start_over(daemon)))
        daemon.wait_log(PAUSE)
        self.configure(daemon, "")
        self.assertFalse(asks(self.start_over(daemon)))
        self.net.wait_address()

    def test_tun(self):
        """A tun device has a carrier while its program holds it open. The provider lives as long."""
        self.serve()
        self.net.ip("tuntap", "add", "dev", "clat", "mode", "tun")
        self.net.ip("link", "set", "clat", "up")
        daemon = self.daemon()
        daemon.wait_log("Bound to")
        self.assertFalse([m for m in self.wire.of_client() if asks(m)])

        def attach():
            fd = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", b"clat", 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
            return fd

        fd = in_namespace(self.net.client, attach)
        daemon.wait_log("A CLAT provider is there")
        self.assertTrue(asks(self.start_over(daemon)))
        os.close(fd)
        daemon.wait_log("The CLAT provider is gone")

    def test_wait(self):
        """V6ONLY_WAIT, which is five minutes at least, says until when nothing is sent."""
        for wait, expected in ((1, "5min 0s"), (0, "5min 0s"), (301, "5min 1s"), (7260, "2h 1min")):
            server = self.serve(wait)
            daemon = self.daemon("[DHCPv4]\nIPv6OnlyMode=yes\n")
            daemon.wait_log(f"{PAUSE} for {expected}")
            daemon.stop()
            dhlib.end(server)
        self.assertFalse(self.wire.of_client(REQUEST))
        self.assertFalse(self.wire.of_client(RELEASE))


if __name__ == "__main__":
    dhlib.require("dnsmasq")
    dhlib.main()
