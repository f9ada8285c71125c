#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The hardware address of a link changes while it has a lease.
A bridge gets a port with a lower address, as when a container starts, or somebody sets another one. If the identifier
does not depend on the address, the lease is kept and verified. Otherwise the server sees another client, and the former
lease stays until that client has its own.
"""
import os
import time
import unittest

import dhlib
from dhlib import Daemon, Monitor, NetTest, wait_until
from dhservers import Dnsmasq, Isc, Offer
from wire import DISCOVER, RELEASE, REQUEST, Wire

FIRST, SECOND = "52:54:00:aa:aa:aa", "52:54:00:bb:bb:bb"
LOW = "02:00:00:00:00:01"  # lower than any of these: what a bridge takes for its own
OFFER = Offer(lease=3600, t1=1800, t2=3150)


def conf(*lines, grace="3s"):
    return {"dhcpd-link.conf": "\n".join([f"[Link]\nCarrierLossGraceSec={grace}\n[DHCPv4]", *lines, ""])}


class Hardware(NetTest):
    server_class = Dnsmasq
    link = "eth0"

    def setUp(self):
        super().setUp()
        if not self.server_class.available():
            self.skipTest(f"no {self.server_class.name}")
        self.net.add_link("eth0", mac=FIRST)
        self.wire = Wire(self.net)
        self.addCleanup(self.wire.close)
        self.server = self.server_class(self.net)
        self.server.start(OFFER)

    def bind(self, *lines, **kwargs):
        self.daemon = Daemon(self.net, self.link, config=conf("ConflictDetection=no", *lines, **kwargs))
        self.address = self.net.wait_address(self.link)
        self.daemon.wait_log("Bound to")
        self.monitor = Monitor(self.net)
        self.wire.clear()

    def set_mac(self, mac):
        self.net.ip("link", "set", self.link, "address", mac)

    def has(self, address):
        return address in [a[0] for a in self.net.addresses(self.link)]

    def wait_saved(self, mac):
        """Waits until the record is that of a lease of this hardware address."""
        folder = os.path.join(self.daemon.runtime, "lease")
        wait_until(lambda: any(f"hw-address={mac.replace(':', '')}\n" in self.net.read(os.path.join(folder, name))
                               for name in os.listdir(folder)),
                   f"a record of {mac}")

    def wait_other(self):
        """Returns the address that takes the place of the first one."""
        wait_until(lambda: self.net.addresses(self.link) and not self.has(self.address), "another address")
        return self.net.addresses(self.link)[0][0]


class SameClient(Hardware):
    identifier = "ClientIdentifier=duid"

    def test_verified(self):
        self.bind(self.identifier)
        self.set_mac(SECOND)
        asked = self.wire.wait(REQUEST, chaddr=SECOND)
        self.assertEqual((asked.source_mac, asked.address(50), asked.ciaddr), (SECOND, self.address, "0.0.0.0"))
        self.daemon.wait_log("Hardware address changed")
        wait_until(lambda: "REBOOTING -> BOUND" in self.daemon.logged(), "the lease is confirmed")
        self.assertEqual(self.monitor.deletions(), [])
        self.assertNotIn("Lost", self.daemon.logged())
        self.assertEqual(self.wire.of_client(DISCOVER, RELEASE), [])
        # Under the same identifier, which the IAID is a part of.
        self.assertEqual({m.options[61] for m in self.wire.of_client(REQUEST)}, {asked.options[61]})

    def test_silence(self):
        self.bind(self.identifier)
        self.server.stop()
        self.set_mac(SECOND)
        wait_until(lambda: "REBOOTING -> BOUND" in self.daemon.logged(), "the client gives up to verify it")
        self.assertEqual(self.monitor.deletions(), [])
        self.assertTrue(self.has(self.address))

    def test_restart(self):
        """The address changes while no daemon runs."""
        self.bind(self.identifier)
        self.wait_saved(FIRST)
        self.daemon.kill()
        self.set_mac(SECOND)
        self.daemon = Daemon(self.net, self.link, config=conf(self.identifier))
        asked = self.wire.wait(REQUEST, chaddr=SECOND)
        self.assertEqual(asked.address(50), self.address)
        wait_until(lambda: "REBOOTING -> BOUND" in self.daemon.logged(), "the lease is confirmed")
        self.assertEqual(self.monitor.deletions(), [])
        # And once more: the identifier is still that of the first address.
        self.wait_saved(SECOND)
        self.daemon.kill()
        self.set_mac(FIRST)
        self.wire.clear()
        self.daemon = Daemon(self.net, self.link, config=conf(self.identifier))
        again = self.wire.wait(REQUEST, chaddr=FIRST)
        self.assertEqual(again.options[61], asked.options[61])
        self.assertEqual(self.monitor.deletions(), [])


class SameClientHex(SameClient):
    identifier = "ClientIdentifier=hex:11:22:33:44"


class SameClientIsc(SameClient):
    server_class = Isc
    identifier = "ClientIdentifier=duid\nDUID=link-layer"


class Bridge(Hardware):
    """The case from the field."""
    link = "xbr"

    def bind(self, *lines, **kwargs):
        try:
            self.net.ip("link", "add", "xbr", "type", "bridge")
        except AssertionError as problem:
            self.skipTest(f"no bridge here: {problem}")
        self.net.ip("link", "set", "eth0", "master", "xbr")
        super().bind(*lines, **kwargs)

    def container(self):
        self.net.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
        self.net.ip("link", "set", "v0", "address", LOW)
        self.net.ip("link", "set", "v0", "master", "xbr")
        wait_until(lambda: LOW in self.net.ip("link", "show", "xbr"), "the bridge's other address")

    def test_duid_silent_server(self):
        self.bind("ClientIdentifier=duid")
        self.server.stop()
        self.container()
        wait_until(lambda: "REBOOTING -> BOUND" in self.daemon.logged(), "the client gives up to verify it")
        self.assertEqual(self.monitor.deletions(), [])
        self.assertTrue(self.has(self.address))

    def test_mac_and_back(self):
        """The container ends before the grace does, and no server is there.

        The bridge has its first address again, and its lease.
        """
        self.bind("ClientIdentifier=mac", grace="10min")
        self.server.stop()
        self.container()
        self.wire.wait(DISCOVER, chaddr=LOW)
        self.assertTrue(self.has(self.address))
        self.wire.clear()
        self.net.ip("link", "del", "v0")
        asked = self.wire.wait(REQUEST, chaddr=FIRST)
        self.assertEqual(asked.address(50), self.address)
        self.server.start(OFFER)
        wait_until(lambda: "REBOOTING -> BOUND" in self.daemon.logged(), "the lease is confirmed")
        self.assertEqual(self.monitor.deletions(), [])
        self.assertEqual(self.wire.of_client(RELEASE), [])


class OtherClient(Hardware):
    identifier = "ClientIdentifier=mac"

    def test_replaced(self):
        self.bind(self.identifier)
        self.set_mac(SECOND)
        other = self.wait_other()
        # What is given back is given back in the old name.
        self.assertNotIn("Lost", self.daemon.logged())
        released = self.wire.wait(RELEASE)
        self.assertEqual((released.chaddr, released.ciaddr, released.source), (FIRST, self.address, self.address))
        self.assertEqual(released.options.get(61),
                         None if "none" in self.identifier else b"\1" + bytes.fromhex(FIRST.replace(":", "")))
        self.assertEqual(len(self.wire.of_client(RELEASE)), 1)
        self.server.wait_lease(self.address, "free")
        self.assertEqual(self.server.wait_lease(other, "active").mac, SECOND)

    def test_silence(self):
        """No server answers: the address goes when the grace is over, and the reason that is told is true.

        It is remembered for the old hardware address.
        """
        self.bind(self.identifier)
        self.server.stop()
        self.set_mac(SECOND)
        self.wire.wait(DISCOVER, chaddr=SECOND)
        self.assertTrue(self.has(self.address))
        self.daemon.wait_log(f"Lost {self.address}/24: hardware-address")
        self.net.wait_no_address(self.link)
        self.assertEqual(self.wire.of_client(RELEASE), [])
        self.wire.clear()
        self.set_mac(FIRST)
        asked = self.wire.wait(REQUEST, chaddr=FIRST)
        self.assertEqual(asked.address(50), self.address)
        self.server.start(OFFER)
        wait_until(lambda: self.has(self.address), "the same address")

    def test_restart(self):
        """The daemon is killed while the former lease is in use. The next daemon releases it when it has its own."""
        self.bind(self.identifier, grace="10min")
        self.server.stop()
        self.set_mac(SECOND)
        self.wire.wait(DISCOVER, chaddr=SECOND)
        self.wait_saved(FIRST)
        self.daemon.kill()
        self.wire.clear()
        self.daemon = Daemon(self.net, self.link, config=conf(self.identifier, grace="10min"))
        self.wire.wait(DISCOVER, chaddr=SECOND)
        self.assertTrue(self.has(self.address))
        self.assertEqual(self.monitor.deletions(), [])
        self.server.start(OFFER)
        self.wait_other()
        released = self.wire.wait(RELEASE)
        self.assertEqual((released.chaddr, released.ciaddr), (FIRST, self.address))


class OtherClientNone(OtherClient):
    identifier = "ClientIdentifier=none"


class OtherClientIsc(OtherClient):
    server_class = Isc


class Anonymous(Hardware):
    def test_nothing_links_them(self):
        """What is sent under the new address tells nothing of the old one, and nothing of the old one is used any more.

        """
        self.bind("Anonymize=yes", grace="10min")
        self.set_mac(SECOND)
        self.daemon.wait_log(f"Lost {self.address}/24: hardware-address")
        first = self.wire.wait(DISCOVER, chaddr=SECOND)
        self.assertNotIn(50, first.options)
        self.wait_other()
        time.sleep(0.5)  # nothing else shows that nothing comes any more
        said = self.wire.of_client()
        self.assertEqual({m.chaddr for m in said}, {SECOND})
        self.assertEqual({m.source for m in said}, {"0.0.0.0"})


del Hardware

if __name__ == "__main__":
    dhlib.main()
