#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
ImportIdentity=: the link keeps the address that a server gave to another DHCP client.
It goes on keeping it. The daemon has a /run of its own here, with a file in it that the other client would have left.
"""
import json
import os
import subprocess
import unittest

import dhlib
from dhlib import BUILD, Daemon, NetTest

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
        """Runs a daemon where the other client has left `client_id`, to its end. Returns its log and its address."""
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
        """That nothing was found is remembered, too."""
        self.assertEqual(self.bound_as("")[1], "10.77.0.133")
        self.assertEqual(self.bound_as(OTHER_ID)[1], "10.77.0.133")

    def test_not_asked_for(self):
        """Without the setting the daemon does not look, and an anonymous client takes no identity over."""
        self.assertEqual(self.bound_as(OTHER_ID, config={"dhcpd-link.conf": "[DHCPv4]\n"})[1], "10.77.0.133")
        anonymous = {"dhcpd-link.conf": "[DHCPv4]\nImportIdentity=yes\nAnonymize=yes\n"}
        self.assertEqual(self.bound_as(OTHER_ID, config=anonymous)[1], "10.77.0.133")


NOBODY = 65534


class Command(NetTest):
    """dhcpd-linkd --import-identity, run by root."""

    def setUp(self):
        super().setUp()
        self.net.add_link("eth0", mac=MAC)
        self.net.add_link("eth1", mac="02:00:00:00:00:02")
        os.chmod(self.net.folder, 0o755)
        self.state = self.net.path("state")
        self.kept = os.path.join(self.state, "lease", "identity-" + MAC.replace(":", ""))

    def look(self, *arguments, client_id=OTHER_ID):
        """Returns (exit status, what it says). The other client was on eth0."""
        ifindex = json.loads(self.net.ip("-j", "link", "show", "eth0"))[0]["ifindex"]
        done = subprocess.run(["ip", "netns", "exec", self.net.client, *OTHER_CLIENT, client_id, str(ifindex),
                               os.path.join(BUILD, "dhcpd-linkd"),
                               "--import-identity", f"--state-dir={self.state}", *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True,
                              text=True, timeout=120, check=False)
        return done.returncode, done.stderr

    def read(self):
        with open(self.kept, encoding="ascii") as f:
            return f.read().strip()

    def test_kept(self):
        """Once, in a folder that is made for it; what was found first stays, while "nothing" does not."""
        status, said = self.look("eth0", client_id="")
        self.assertEqual(status, 0)
        self.assertIn("eth0: no client identifier of another DHCP client", said)
        self.assertFalse(os.path.exists(self.state))
        self.assertEqual(self.look("eth1", "eth0")[0], 0)
        self.assertEqual(os.listdir(os.path.dirname(self.kept)), [os.path.basename(self.kept)])
        self.assertEqual(self.read(), OTHER_ID)
        self.assertEqual(self.look("eth0", client_id="ff00112233")[0], 0)
        self.assertEqual(self.read(), OTHER_ID)
        with open(self.kept, "w", encoding="ascii") as f:
            f.write("\n")
        self.assertEqual(self.look("eth0", client_id="ff00112233")[0], 0)
        self.assertEqual(self.read(), "ff00112233")

    def test_other_links(self):
        """One that does not exist is an error, and the others are looked at all the same."""
        status, said = self.look("nolink", "eth0")
        self.assertEqual(status, 1)
        self.assertIn("nolink: No such device", said)
        self.assertEqual(self.read(), OTHER_ID)

    def test_usage(self):
        for arguments in ((), ("--link=eth0",), ("--link=eth0", "eth0")):
            self.assertEqual(self.look(*arguments)[0], 2)

    def test_owner(self):
        """Files belong to the owner of the folder. A path that this user bent leads nowhere that the user could not go.

        """
        os.mkdir(self.state)
        os.chown(self.state, NOBODY, NOBODY)
        self.assertEqual(self.look("eth0")[0], 0)
        self.assertEqual((os.stat(self.kept).st_uid, os.stat(self.kept).st_gid), (NOBODY, NOBODY))
        os.unlink(self.kept)
        os.rmdir(os.path.dirname(self.kept))
        trap = self.net.path("trap")
        os.mkdir(trap, 0o755)
        os.symlink(trap, os.path.dirname(self.kept))
        status, said = self.look("eth0")
        self.assertEqual(status, 1)
        self.assertIn("Not a directory", said)
        self.assertEqual(os.listdir(trap), [])


if __name__ == "__main__":
    dhlib.require("dnsmasq", "unshare")
    dhlib.main()
