#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
DSCP= in the headers of everything that is sent to the server, by either kind of socket.
And SocketMark= where routing rules see it.
"""
import dhlib
from dhlib import Daemon, NetTest, wait_until
from wire import Wire


class Dscp(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        self.net.dnsmasq()
        self.wire = Wire(self.net)
        self.addCleanup(self.wire.close)

    def sent(self):
        """Returns (type of service, IP destination, destination MAC) of what the client has sent so far."""
        return [(m.tos, m.dest, m.dest_mac) for m in self.wire.of_client()]

    def ask_renewal(self, daemon, n):
        """Asks for the nth renewal. It asks again, because a lease that was granted only now is not renewed."""
        def asked():
            daemon.ctl("renew", "eth0")
            return daemon.logged().count("BOUND -> RENEWING") >= n
        wait_until(asked, "a renewal begins")

    def renew(self, daemon, n=1):
        self.ask_renewal(daemon, n)
        daemon.wait_log("RENEWING -> BOUND", n)

    def test_header(self):
        """Broadcast by the packet socket, unicast by the UDP socket; a reload changes both."""
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nDSCP=AF31\n"})
        daemon.wait_log("Bound to")
        wait_until(lambda: self.sent(), "something was sent")
        self.assertEqual({s[:2] for s in self.sent()}, {(26 << 2, "255.255.255.255")})
        self.renew(daemon)
        self.assertIn((26 << 2, "10.77.0.1"), {s[:2] for s in self.sent()})

        with open(self.net.path("config/dhcpd-link.conf"), "w", encoding="ascii") as f:
            f.write("")
        daemon.ctl("reload")
        self.renew(daemon, 2)
        self.assertIn((48 << 2, "10.77.0.1"), {s[:2] for s in self.sent()})
        self.assertEqual({s[0] for s in self.sent()}, {26 << 2, 48 << 2})

    def test_mark(self):
        """A renewal with a mark takes the route that a rule has for the mark.

        Without a mark it takes the route of the table.
        """
        gateway = "02:00:00:00:00:99"
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[Manager]\nSocketMark=0x2a\n"})
        daemon.wait_log("Bound to")
        self.net.ip("neigh", "add", "10.77.0.9", "lladdr", gateway, "dev", "eth0", "nud", "permanent")
        self.net.ip("route", "add", "10.77.0.1", "via", "10.77.0.9", "dev", "eth0", "table", "100")
        self.net.ip("rule", "add", "fwmark", "0x2a", "lookup", "100", "priority", "1")
        self.ask_renewal(daemon, 1)
        wait_until(lambda: gateway in {mac for _, to, mac in self.sent() if to == "10.77.0.1"},
                   "a renewal by the gateway")

        with open(self.net.path("config/dhcpd-link.conf"), "w", encoding="ascii") as f:
            f.write("")
        daemon.stop()
        self.net.wait_no_address()
        self.wire.clear()
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("Bound to")
        self.net.ip("route", "replace", "10.77.0.1", "via", "10.77.0.9", "dev", "eth0", "table", "100")
        self.renew(daemon)
        self.assertNotIn(gateway, {mac for _, _, mac in self.sent()})


if __name__ == "__main__":
    dhlib.require("dnsmasq")
    dhlib.main()
