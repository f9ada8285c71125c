#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
ImportIdentity=: the link keeps the address that a server gave to another DHCP client, and goes on keeping it. The daemon has a /run of its own
here, with a file in it that the other client would have left.
"""
import json
import unittest

import dhlib
from dhlib import Daemon, NetTest

# $0: networkd's CLIENTID= of interface $1; "": no such file. The rest becomes the daemon.
OTHER_CLIENT = ("unshare", "--mount", "sh", "-c", """
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/netif/leases || exit 1
[ -z "$0" ] || echo "CLIENTID=$0" >/run/systemd/netif/leases/$1
shift
exec "$@"
""")
OTHER_ID = "ffaabbccdd00020000ab1100112233"
MAC = "02:00:00:00:00:01"
CONFIG = {"dhcpd-link.conf": "[DHCPv4]\nImportIdentity=yes\n"}


class Import(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0", mac=MAC)
        # Who says that it is the other client has an address of its own.
        self.net.dnsmasq(f"--dhcp-host=id:{self.colons(OTHER_ID)},10.77.0.177", f"--dhcp-host=id:01:{MAC},10.77.0.133")

    @staticmethod
    def colons(digits):
        return ":".join(digits[i:i + 2] for i in range(0, len(digits), 2))

    def bound_as(self, client_id, config=None):
        """A daemon where the other client has left `client_id` -> its log and the address it got; it has ended then."""
        ifindex = json.loads(self.net.ip("-j", "link", "show", "eth0"))[0]["ifindex"]
        daemon = Daemon(self.net, "eth0", config=config or CONFIG, prefix=(*OTHER_CLIENT, client_id, str(ifindex)))
        daemon.wait_log("Bound to")
        address = self.net.wait_address()
        daemon.stop()
        self.net.wait_no_address()
        return daemon.logged(), address

    def test_once(self):
        """What was found the first time stays, whatever the other client's file says later."""
        log, address = self.bound_as(OTHER_ID)
        self.assertEqual(address, "10.77.0.177")
        self.assertIn("client identifier of another DHCP client", log)
        for later in ("", "ff" + "00" * 12):
            log, address = self.bound_as(later)
            self.assertEqual(address, "10.77.0.177")
            self.assertNotIn("of another DHCP client", log)
        # Another hardware address is another link, which does not get it.
        self.net.ip("link", "set", "eth0", "address", "02:00:00:00:00:02")
        self.assertNotEqual(self.bound_as("")[1], "10.77.0.177")

    def test_nothing_found(self):
        """There was nothing: that stays, too."""
        self.assertEqual(self.bound_as("")[1], "10.77.0.133")
        self.assertEqual(self.bound_as(OTHER_ID)[1], "10.77.0.133")

    def test_not_asked_for(self):
        """Without the setting nobody looks, and an anonymous client is nobody's heir."""
        self.assertEqual(self.bound_as(OTHER_ID, config={"dhcpd-link.conf": "[DHCPv4]\n"})[1], "10.77.0.133")
        anonymous = {"dhcpd-link.conf": "[DHCPv4]\nImportIdentity=yes\nAnonymize=yes\n"}
        self.assertEqual(self.bound_as(OTHER_ID, config=anonymous)[1], "10.77.0.133")


if __name__ == "__main__":
    dhlib.require("dnsmasq", "unshare")
    dhlib.main()
