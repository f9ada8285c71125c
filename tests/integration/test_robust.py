#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What goes wrong: links that cannot do DHCP, missing permission, a second instance, nonsense in the configuration.
And a server that sends rubbish, and a bus that comes and goes. Each is one clear line or a silent drop; the daemon
stays up and other links are untouched.
"""
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio  # pylint: disable=wrong-import-position

import dhlib  # pylint: disable=wrong-import-position
from dhlib import Bus, Daemon, Monitor, NetTest, listens, wait_until  # pylint: disable=wrong-import-position

COOKIE = b"\x63\x82\x53\x63"


def in_namespace(name, function):
    """Runs function() in a child inside the namespace. Returns the child's pid."""
    pid = os.fork()
    if pid == 0:
        try:
            with open(f"/run/netns/{name}", encoding="ascii") as f:
                if sys.version_info >= (3, 12):
                    os.setns(f.fileno(), os.CLONE_NEWNET)
                else:
                    import ctypes
                    if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), 0x40000000) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
            function()
        finally:
            os._exit(0)
    return pid


def reply(request, message_type, options=b"", yiaddr="10.77.0.66", server="10.77.0.1"):
    """Returns a BOOTREPLY to the DHCP message `request` that clients will take for theirs."""
    header = bytearray(request[:236])
    header[0] = 2
    header[16:20] = socket.inet_aton(yiaddr)
    return (bytes(header) + COOKIE + bytes([53, 1, message_type, 54, 4]) + socket.inet_aton(server) + options + b"\xff")


GOOD = bytes([51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0])


class Server:
    """A hostile server: answers what it hears with what answers(request, type) gives."""

    def __init__(self, net, answers):
        self.pid = in_namespace(net.server, lambda: self.serve(answers))
        time.sleep(0.2)

    @staticmethod
    def serve(answers):
        signal.alarm(120)
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"br0")
        s.bind(("", 67))
        while True:
            data = s.recv(2048)
            if len(data) > 242 and data[236:240] == COOKIE:
                for answer in answers(data, data[242]):
                    s.sendto(answer, ("255.255.255.255", 68))

    def stop(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


class Rubbish(NetTest):
    def serve(self, answers):
        server = Server(self.net, answers)
        self.addCleanup(server.stop)

    def test_rubbish_before_the_answer(self):
        """Noise of every kind around an honest exchange: the lease comes all the same."""
        randomness = random.Random(1)

        def answers(request, message_type):
            kind = 2 if message_type == 1 else 5
            good = reply(request, kind, GOOD)
            yield b""
            yield good[:100]
            yield good[:240]
            yield reply(request, 99, GOOD)
            yield reply(request, kind, GOOD, yiaddr="0.0.0.0")
            yield reply(request, kind, GOOD, yiaddr="127.0.0.1")
            yield reply(request, kind, GOOD, yiaddr="255.255.255.255")
            yield bytes([1]) + good[1:]      # a request
            yield good[:4] + b"\0\0\0\0" + good[8:]  # another exchange
            yield good[:28] + b"\xee" * 6 + good[34:]  # another host
            for _ in range(20):
                damaged = bytearray(good)
                # Header and cookie; the address itself stays, or damage would be a lease for something else.
                for _ in range(8):
                    damaged[randomness.choice([0, 2, 4, 5, 236, 237, 240, 241])] ^= randomness.randrange(1, 256)
                yield bytes(damaged)
            if message_type == 3:
                yield reply(request, 6, server="10.77.0.99")  # NAK by a server that was not asked
            yield good

        self.net.add_link("eth0")
        self.serve(answers)
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n"})
        self.assertEqual(self.net.wait_address(), "10.77.0.66")
        daemon.wait_log("Bound to 10.77.0.66/24")
        self.assertIsNone(daemon.process.poll())

    def test_late_offer(self):
        """A second server that is slower by seconds than the first is recorded nevertheless.

        After that no socket is open any more.
        """
        def answers(request, message_type):
            if message_type == 1:
                yield reply(request, 2, GOOD)
            elif message_type == 3:
                yield reply(request, 5, GOOD)
                time.sleep(3)
                yield reply(request, 2, GOOD, server="10.77.0.9", yiaddr="10.77.0.99")

        self.net.add_link("eth0")
        self.serve(answers)
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n"})
        daemon.wait_log("Bound to")
        wait_until(lambda: "10.77.0.9" in daemon.ctl("status", "eth0"), "the second server")
        wait_until(lambda: not self.net.packet_sockets(), "no packet socket in BOUND", 30)
        self.assertEqual([a for a, _, _ in self.net.addresses()], ["10.77.0.66"])

    def test_malformed_options_never_cost_the_lease(self):
        bad = bytes([3, 3, 10, 77, 0, 6, 1, 1, 12, 0, 15, 2, 0, 0, 26, 1, 5, 121, 2, 33, 0, 119, 2, 0xc0, 0, 42, 5, 1,
                     2, 3, 4, 5,
                     28, 2, 0, 0, 33, 7, 1, 2, 3, 4, 5, 6, 7, 58, 1, 0, 59, 9]) + b"\x01" * 9

        def answers(request, message_type):
            yield reply(request, 2 if message_type == 1 else 5, bad + GOOD)

        self.net.add_link("eth0")
        self.serve(answers)
        bus = Bus(self.net)
        daemon = Daemon(self.net, "eth0", bus=bus)
        self.assertEqual(self.net.wait_address(), "10.77.0.66")
        daemon.wait_log("Bound to")
        bus.wait_name()
        ignored = bus.busctl("get-property", "org.dhcpdlink1", "/org/dhcpdlink1/link/_32", "org.dhcpdlink1.DHCPv4",
                             "IgnoredOptions")
        for code in (3, 6, 12, 26, 28, 33, 42, 58, 59, 119, 121):
            self.assertIn(f" {code} \"", ignored)

    def test_injection(self):
        """What a server writes goes nowhere unsanitised, and nowhere near a shell."""
        evil = b"$(reboot)`id`;\n\x1b]0;x\x07'\"() { :;};\r\n<6>fake"
        text = b"".join(bytes([code, len(evil)]) + evil for code in (12, 15, 56, 66, 67, 101, 114, 252))

        def answers(request, message_type):
            yield reply(request, 2 if message_type == 1 else 5, GOOD + text)

        self.net.add_link("eth0")
        self.serve(answers)
        bus = Bus(self.net)
        daemon = Daemon(self.net, "eth0", bus=bus)
        daemon.wait_log("Bound to")
        bus.wait_name()
        for name in ("Domain", "Hostname"):
            value = bus.busctl("get-property", "org.dhcpdlink1", "/org/dhcpdlink1/link/_32", "org.dhcpdlink1.DHCPv4",
                               name)
            self.assertFalse([c for c in value.rstrip("\n") if ord(c) < 32 or ord(c) > 126], value)
        self.assertFalse([c for c in daemon.logged() if ord(c) < 32 and c != "\n"])
        self.assertNotIn("\n<6>", daemon.logged())

    def test_nak_storm(self):
        """A server that always says NAK must not make us flood."""
        counter = self.net.path("requests")

        def answers(request, message_type):
            with open(counter, "ab") as f:
                f.write(b".")
            yield reply(request, 2 if message_type == 1 else 6, GOOD if message_type == 1 else b"")

        self.net.add_link("eth0")
        self.serve(answers)
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n"})
        time.sleep(10)
        self.assertLess(os.path.getsize(counter), 20)
        self.assertGreater(os.path.getsize(counter), 2)
        self.assertIsNone(daemon.process.poll())


class Refusals(NetTest):
    def refused(self, *command, code=1):
        """Runs the daemon to its end; returns what it said, which is one line."""
        process = subprocess.run(["ip", "netns", "exec", self.net.client, *command], capture_output=True, text=True,
                                 check=False,
                                 timeout=dhlib.PATIENCE)
        self.assertEqual(process.returncode, code, process.stderr)
        self.assertEqual(len(process.stderr.splitlines()), 1, process.stderr)
        return process.stderr

    def daemon(self, *arguments):
        return [os.path.join(dhlib.BUILD, "dhcpd-linkd"), "--no-bus", "--plugin-dir=",
                f"--runtime-dir={self.net.path('runtime')}",
                f"--state-dir={self.net.path('state')}", f"--config-dir={self.net.path('config')}", *arguments]

    def test_no_permission(self):
        os.chmod(self.net.folder, 0o755)
        said = self.refused("setpriv", "--reuid=65534", "--clear-groups", *self.daemon("--link=eth0"))
        self.assertIn("CAP_NET_ADMIN", said)

    def test_capabilities_are_enough(self):
        """The daemon does not run as root, but with the three capabilities."""
        self.net.add_link("eth0")
        self.net.dnsmasq()
        os.chmod(self.net.folder, 0o777)
        caps = "+net_admin,+net_raw,+net_bind_service"
        self.net.spawn(self.net.client, "setpriv", "--reuid=65534", "--clear-groups", f"--inh-caps=-all,{caps}",
                       f"--ambient-caps=-all,{caps}",
                       f"--bounding-set=-all,{caps}", *self.daemon("--link=eth0"), log="caps.log")
        self.net.wait_address()

    def test_second_instance(self):
        self.net.add_link("eth0")
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("Bound to")
        self.assertIn("Another dhcpd-linkd", self.refused(*self.daemon("--link=eth0")))
        self.assertTrue(self.net.addresses())

    def test_usage(self):
        self.refused(*self.daemon("eth0"), code=2)
        self.refused(*self.daemon("--log-level=loud"), code=2)
        self.assertIn("no interface can have that name", self.refused(*self.daemon("--link=a/b")))
        self.assertIn("no interface can have that name", self.refused(*self.daemon("--link=")))

    def test_links_that_cannot(self):
        """lo is refused in one line, and eth0 comes up all the same."""
        self.net.add_link("eth0")
        self.net.dnsmasq()
        daemon = Daemon(self.net, "lo", "eth0", "nosuch0")
        self.net.wait_address()
        daemon.wait_log("lo: Not managed: this type of link cannot do DHCP")
        daemon.wait_log("nosuch0: no such link yet")
        self.assertEqual(daemon.logged().count("lo: "), 1)

    def test_configuration(self):
        self.net.add_link("eth0")
        self.net.dnsmasq()
        config = os.path.join(self.net.path("config"), "links")
        os.makedirs(config)
        os.mkfifo(os.path.join(config, "fifo.conf"))
        os.mkdir(os.path.join(config, "dir.conf"))
        os.symlink("/nowhere", os.path.join(config, "dangling.conf"))
        with open(os.path.join(config, "binary.conf"), "wb") as f:
            f.write(bytes(range(256)) * 40)
        daemon = Daemon(
            self.net,
            "eth0",
            config={"dhcpd-link.conf": "[DHCPv4]\nRouteMetric=many\nConflictDetecton=no\n\n[Lnik]\nManage=no\n"},
        )
        self.net.wait_address()
        log = daemon.logged()
        self.assertIn("dhcpd-link.conf:2: [DHCPv4] RouteMetric: ", log)
        self.assertIn(
            "dhcpd-link.conf:3: [DHCPv4] ConflictDetecton: unknown, ignored (did you mean ConflictDetection?)", log
        )
        self.assertIn("[Lnik] unknown, ignored (did you mean Link?)", log)
        for name in ("fifo", "dir", "dangling", "binary"):
            self.assertIn(f"{name}.conf", log)

    def test_unmanaged_and_reload(self):
        self.net.add_link("eth0")
        self.net.add_link("eth1")
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth*", config={"links/a.conf": "[Match]\nName=eth1\n[Link]\nManage=no\n"})
        self.net.wait_address("eth0")
        daemon.wait_log("eth1: Not managed: Manage=no")
        monitor = Monitor(self.net)
        os.unlink(os.path.join(daemon.config, "links", "a.conf"))
        daemon.process.send_signal(signal.SIGHUP)
        self.net.wait_address("eth1")
        self.assertEqual(monitor.deletions(), [])
        self.assertNotIn("dev eth0", monitor.events())


    def reload(self, daemon, text):
        with open(os.path.join(daemon.config, "dhcpd-link.conf"), "w", encoding="ascii") as f:
            f.write("[DHCPv4]\n" + text)
        daemon.process.send_signal(signal.SIGHUP)

    def wait_only(self, address):
        wait_until(lambda: [a for a, _, _ in self.net.addresses()] == [address], f"{address} alone")

    def test_reload_of_task_and_identity(self):
        """A reload goes from DHCP to InformAddress=, to another address, and back.

        A new name for the host reaches the server.
        """
        self.net.add_link("eth0")
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": ""})
        first = self.net.wait_address()
        daemon.wait_log("Bound to")
        self.reload(daemon, "InformAddress=10.77.0.50/24\n")
        self.wait_only("10.77.0.50")
        wait_until(lambda: f"DHCPRELEASE(br0) {first}" in self.net.read("dnsmasq.log"), "RELEASE")
        wait_until(lambda: "DHCPACK(br0) 10.77.0.50" in self.net.read("dnsmasq.log"), "the answer to INFORM")
        self.reload(daemon, "InformAddress=10.77.0.51/24\n")
        self.wait_only("10.77.0.51")
        wait_until(lambda: "DHCPACK(br0) 10.77.0.51" in self.net.read("dnsmasq.log"), "the answer to INFORM")
        self.reload(daemon, "")
        self.wait_only(first)
        self.reload(daemon, "ClientIdentifier=hex:01020304\n")
        wait_until(lambda: "01:02:03:04" in self.net.read("dnsmasq.leases"), "a lease of the new name")
        releases = [line for line in self.net.read("dnsmasq.log").splitlines() if "DHCPRELEASE" in line]
        self.assertEqual(len(releases), 2)
        self.assertNotIn("unknown lease", releases[1])
        # The server notes a lease before its answer arrives.
        wait_until(lambda: len(self.net.addresses()) == 1, "the address of the new name, and no other")


class Buses(NetTest):
    def test_bus_comes_late_and_restarts(self):
        self.net.add_link("eth0")
        self.net.dnsmasq()
        bus = Bus(self.net)
        bus.stop()
        daemon = Daemon(self.net, "eth0", bus=bus)
        daemon.wait_log("Bound to")
        for _ in range(2):
            bus.start()
            bus.wait_name()
            bus.stop()
        self.assertIsNone(daemon.process.poll())
        self.assertTrue(self.net.addresses())


class Restarts(NetTest):
    def test_claims_of_the_bus_survive(self):
        """What `up` asked for has no holder that would ask again: the daemon remembers it."""
        self.net.add_link("eth0")
        self.net.dnsmasq()
        daemon = Daemon(self.net)
        wait_until(lambda: listens(daemon.private), "the private socket")
        daemon.ctl("up", "eth0")
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        wait_until(lambda: os.path.exists(self.net.path("runtime/lease/2")), "a saved lease")
        for sig in (signal.SIGKILL, signal.SIGTERM):
            monitor = Monitor(self.net)
            dhlib.end(daemon.process, sig)
            daemon = Daemon(self.net)
            daemon.wait_log("Bound to " + address)
            self.assertEqual(monitor.deletions(), [])
        # The socket of the one that was killed is still there, until this one has put its own in its place.
        wait_until(lambda: daemon.ctl("list", check=False), "the private socket")
        daemon.ctl("down", "eth0")
        self.net.wait_no_address()
        daemon.stop()
        daemon = Daemon(self.net)
        wait_until(lambda: listens(daemon.private), "the private socket")
        self.assertNotIn("eth0", daemon.logged())

    def test_orphan(self):
        """Holder and daemon died together: the next daemon takes off what no program claims any more.

        It forgets interfaces that are gone.
        """
        self.net.add_link("eth0")
        self.net.dnsmasq()
        daemon = Daemon(self.net)
        wait_until(lambda: listens(daemon.private), "the private socket")
        holder = self.net.spawn(self.net.client, os.path.join(dhlib.BUILD, "dhcpd-linkctl"),
                                f"--socket={daemon.private}", "hold",
                                "eth0", log="holder.log")
        address = self.net.wait_address()
        daemon.wait_log("Bound to")
        wait_until(lambda: os.path.exists(self.net.path("runtime/lease/2")), "a saved lease")
        daemon.kill()
        dhlib.end(holder, signal.SIGKILL)
        gone = self.net.path("runtime/lease/4711")
        shutil.copy(self.net.path("runtime/lease/2"), gone)
        Daemon(self.net)
        time.sleep(10)
        self.assertTrue(self.net.addresses())  # time for a holder to come back
        self.net.wait_no_address(patience=40)
        wait_until(lambda: f"DHCPRELEASE(br0) {address}" in self.net.read("dnsmasq.log"), "RELEASE")
        wait_until(lambda: not os.path.exists(gone), "no record of an interface that is gone")


class Carrier(NetTest):
    def test_blink_without_a_server(self):
        """The link goes down and up between two notifications, while no server answers: the search goes on."""
        self.net.add_link("eth0")
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("INIT -> SELECTING")
        with open(self.net.path("blink"), "w", encoding="ascii") as f:
            f.write("link set s-eth0 down\nlink set s-eth0 up\n")
        for _ in range(20):  # the kernel holds some events back for up to a second, and tells of some at once
            self.net.ip_server("-batch", self.net.path("blink"))
            time.sleep(0.3)
            if daemon.logged().count("SELECTING -> INIT") > daemon.logged().count("Carrier lost"):
                break
        else:
            self.skipTest("the kernel told of each change")
        self.net.dnsmasq()
        self.net.wait_address(patience=30)


class Renewals(NetTest):
    def test_many(self):
        """The client renews with a real server as fast as it may, and no deletion is told by the kernel."""
        n = 60  # sixteen at once, then one a second
        self.net.add_link("eth0")
        self.net.dnsmasq("--quiet-dhcp")
        bus = Bus(self.net)
        daemon = Daemon(self.net, "eth0", bus=bus)
        daemon.wait_log("Bound to")
        bus.wait_name()
        monitor = Monitor(self.net)
        connection = Gio.DBusConnection.new_for_address_sync(
            bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)

        def renewed():
            # One at a time: while one is under way, another is not sent.
            for _ in range(20):
                connection.call_sync("org.dhcpdlink1", "/org/dhcpdlink1/link/_32", "org.dhcpdlink1.Link", "Renew", None,
                                     None,
                                     Gio.DBusCallFlags.NONE, -1, None)
                time.sleep(0.01)
            return daemon.logged().count("Renewed") >= n

        wait_until(renewed, "the renewals", 200)
        connection.close_sync(None)
        self.assertEqual(monitor.deletions(), [])
        # Within two seconds the kernel's own lifetime is still right, so not even that is touched each time.
        self.assertLess(monitor.events().count("inet 10.77.0."), n)
        self.assertGreater(self.net.addresses()[0][2], 3500)
        self.assertEqual(daemon.logged().count("Bound to"), 1)


if __name__ == "__main__":
    dhlib.require("dnsmasq", "setpriv", "dbus-daemon", "busctl", "ip")
    dhlib.main()
