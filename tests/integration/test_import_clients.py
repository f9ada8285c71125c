#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
ImportIdentity= after the real dhclient, dhcpcd, NetworkManager and systemd-networkd, as Debian ships them.
They get a lease from a real server and end, and the daemon goes on with their identifier on the wire and their address.
Our own identifier is a DUID here, so that nothing of this comes by itself.
"""
import os
import shutil

import dhlib
import dhservers
import otherclients
from dhlib import BUILD, Daemon, NetTest

MAC = "02:00:00:00:00:01"
OURS = "[DHCPv4]\nClientIdentifier=duid\n"
IMPORT = {"dhcpd-link.conf": OURS + "ImportIdentity=yes\n"}
NOBODY = 65534
UUID = "3b1f5d0c-93ab-4f7e-8f0f-3d4de14d7d5b"
LINKD = os.path.join(BUILD, "dhcpd-linkd")


class Clients(NetTest):
    packages = None

    @classmethod
    def setUpClass(cls):
        cls.packages = otherclients.Packages("isc-dhcp-client", "dhcpcd-base", "network-manager")
        cls.addClassCleanup(cls.packages.close)

    def setUp(self):
        super().setUp()
        self.home = otherclients.Home(self.net, self.packages)
        self.net.add_link("eth0", mac=MAC)
        self.server = None
        self.serve(dhservers.Dnsmasq)

    def serve(self, kind):
        if not kind.available():
            self.skipTest(f"{kind.name} is not installed")
        if self.server:
            self.server.stop()
        self.server = kind(self.net)
        self.server.start(dhservers.Offer())

    def identifier(self, address):
        """Returns what came over the wire with the request for the address, in digits."""
        return self.server.wait_lease(address, "active").client_id.replace(":", "")

    # What each leaves when it has a lease.
    LEFT = {
        "dhclient.log": ("lib/dhcp/dhclient.eth0.leases", 'interface "eth0";'),
        "dhcpcd.log": ("lib/dhcpcd/eth0.lease",),
        "nm.log": ("lib/NetworkManager/internal-*-eth0.lease", "ADDRESS="),
        "networkd.log": ("run/systemd/netif/leases/*", "CLIENTID="),
    }

    def other_bound(self, process, log, before_its_end=None):
        """Runs another client to its end. Returns (identifier on the wire, address)."""
        try:
            address = self.net.wait_address()
            identifier = self.identifier(address)
            self.home.wait_left(*self.LEFT[log])
        except AssertionError:
            print(self.net.read(log))
            raise
        if before_its_end:
            before_its_end()
        dhlib.end(process)
        self.net.ip("addr", "flush", "dev", "eth0")
        self.net.ip("link", "set", "eth0", "up")
        return identifier, address

    def ours_bound(self, config=None, prefix=()):
        daemon = Daemon(self.net, "eth0", config=config or IMPORT, prefix=(*self.home.prefix, *prefix))
        daemon.wait_log("Bound to")
        address = self.net.wait_address()
        identifier = self.identifier(address)
        daemon.kill()  # without a word to the server
        self.net.ip("addr", "flush", "dev", "eth0")
        return identifier, address

    def check_taken_over(self, other):
        """The daemon goes on as the other client; without the setting it would be somebody else."""
        self.assertEqual(self.ours_bound(), other)
        for name in ("state", "runtime"):
            shutil.rmtree(self.net.path(name))
        stranger = self.ours_bound(config={"dhcpd-link.conf": OURS})
        self.assertNotEqual(stranger[0], other[0])
        self.assertNotEqual(stranger[1], other[1])

    def test_dhcpcd(self):
        """As shipped: a DUID of its own with the end of the hardware address in front."""
        other = self.other_bound(otherclients.dhcpcd(self.home), "dhcpcd.log")
        self.assertRegex(other[0], "^ff00000001" "0001" "0001" ".{8}020000000001$")
        self.check_taken_over(other)

    def test_dhcpcd_told_otherwise(self):
        """An identifier from its command line is in no file but the ACK, if the server repeats it there (RFC 6842).

        dnsmasq does not.
        """
        self.serve(dhservers.Kea)
        other = self.other_bound(otherclients.dhcpcd(self.home, "--clientid=ff:aa:bb:cc:dd:ee"), "dhcpcd.log")
        self.assertEqual(other[0], "ffaabbccddee")
        self.check_taken_over(other)

    def test_dhcpcd_clientid(self):
        self.home.put("etc/dhcpcd.conf", "clientid\nrequire dhcp_server_identifier\n")
        other = self.other_bound(otherclients.dhcpcd(self.home), "dhcpcd.log")
        self.assertEqual(other[0], "01" + MAC.replace(":", ""))
        self.check_taken_over(other)

    def test_dhclient(self):
        """dhclient as ifup starts it has a DUID of its own, behind the end of the hardware address.

        dnsmasq does not repeat it.
        """
        other = self.other_bound(otherclients.dhclient(self.home), "dhclient.log")
        self.assertRegex(other[0], "^ff00000001" "0001" "0001" ".{8}020000000001$")
        self.check_taken_over(other)

    def test_dhclient_told_otherwise(self):
        self.home.put("etc/dhcp/dhclient.conf", "send dhcp-client-identifier ff:1:2:3;\n")
        other = self.other_bound(otherclients.dhclient(self.home), "dhclient.log")
        self.assertEqual(other[0], "ff010203")
        self.check_taken_over(other)

    def test_networkd(self):
        if not os.path.exists("/lib/systemd/systemd-networkd"):
            self.skipTest("systemd-networkd is not installed")
        # When it stops it takes its lease with it, so the identifier is looked up before.
        other = self.other_bound(otherclients.networkd(self.home), "networkd.log", self.import_identity)
        self.assertRegex(other[0], "^ff.{8}0002")
        self.check_taken_over(other)

    def test_network_manager(self):
        """As shipped, with a connection it made up by itself: the hardware address."""
        other = self.other_bound(otherclients.network_manager(self.home), "nm.log")
        self.assertEqual(other[0], "01" + MAC.replace(":", ""))
        self.check_taken_over(other)

    def test_network_manager_profile(self):
        """A profile has the identifier."""
        self.home.put(
            "etc/NetworkManager/system-connections/lab.nmconnection",
            f"[connection]\nid=lab\nuuid={UUID}\ntype=ethernet\ninterface-name=eth0\n[ipv4]\nmethod=auto\n"
            f"dhcp-client-id=the-lab\n",
            mode=0o600,
        )
        other = self.other_bound(otherclients.network_manager(self.home), "nm.log")
        self.assertEqual(bytes.fromhex(other[0]), b"\0the-lab")
        self.check_taken_over(other)

    def import_identity(self):
        """Returns what it says."""
        done = self.home.run(LINKD, "--import-identity", f"--state-dir={self.net.path('state')}", "eth0")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def make_folder(self, name):
        os.mkdir(self.net.path(name))
        os.chown(self.net.path(name), NOBODY, NOBODY)

    def test_unprivileged(self):
        """A daemon that may not read the files takes what root looked up for it."""
        other = self.other_bound(otherclients.dhcpcd(self.home), "dhcpcd.log")
        for name in ("state", "runtime"):
            self.make_folder(name)
        capabilities = "+net_admin,+net_raw,+net_bind_service"
        prefix = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", f"--inh-caps={capabilities}",
                  f"--ambient-caps={capabilities}")
        # It finds nothing by itself, and keeps that; what root finds later counts all the same.
        self.assertNotEqual(self.ours_bound(prefix=prefix)[0], other[0])
        shutil.rmtree(self.net.path("runtime"))
        self.make_folder("runtime")
        self.import_identity()
        path = os.path.join(self.net.path("state"), "lease", "identity-" + MAC.replace(":", ""))
        status = os.stat(path)
        self.assertEqual((status.st_uid, status.st_gid), (NOBODY, NOBODY))
        self.assertEqual(self.ours_bound(prefix=prefix), other)
        self.assertIn("taken over before stays", self.import_identity())


if __name__ == "__main__":
    dhlib.require("dnsmasq", "unshare", "setpriv", "dpkg-deb")
    dhlib.main()
