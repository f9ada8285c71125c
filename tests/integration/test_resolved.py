#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
plugin/resolved.c against the real systemd-resolved, the real dbus-daemon and the real polkit, and against a stand-in
for what the real one cannot be made to do (answer late, refuse, be counted).

    test_resolved.py HARNESS RESOLVED.SO RULES

Runs in mount, network (and, without root, user) namespaces of its own, with an empty /run. The leases come from
plugin-harness.c. Nothing here measures time: it waits until something holds, and fails when it never does. What cannot
run is skipped with the reason; exits with 77 when that is everything.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import gi
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

BUS_SOCKET = "/run/dbus/system_bus_socket"
BUS_ADDRESS = f"unix:path={BUS_SOCKET}"
BUS_CONFIG = f"""<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>{BUS_ADDRESS}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/></policy></busconfig>
"""
NAME, PATH, MANAGER = "org.freedesktop.resolve1", "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager"
RESOLVED = "/lib/systemd/systemd-resolved"
POLKITD = "/usr/lib/polkit-1/polkitd"
PATIENCE = 60  # seconds until a condition that does not come true is a failure
USER, UID = "dhcpd-link", 64999
STAND_IN = f"""<node><interface name='{MANAGER}'>
<method name='SetLinkDNS'><arg type='i' direction='in'/><arg type='a(iay)' direction='in'/></method>
<method name='SetLinkDomains'><arg type='i' direction='in'/><arg type='a(sb)' direction='in'/></method>
<method name='SetLinkDefaultRoute'><arg type='i' direction='in'/><arg type='b' direction='in'/></method>
<method name='RevertLink'><arg type='i' direction='in'/></method>
<method name='SetLinkDNSEx'><arg type='i' direction='in'/><arg type='a(iayqs)' direction='in'/></method><method
name='SetLinkDNSOverTLS'><arg type='i' direction='in'/><arg type='s' direction='in'/></method>
<property name='DNSOverTLS' type='s' access='read'/><property name='DNS' type='a(iiay)' access='read'/>
</interface></node>"""

rules_path = None


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        while GLib.MainContext.default().iteration(False):
            pass
        if time.monotonic() > end:
            raise AssertionError(f"never came true: {what}")
        time.sleep(0.005)


def listens(path):
    """Whether somebody takes connections at a socket. It has a path a little before it does."""
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0


def address(text):
    return list(socket.inet_aton(text))


class Harness:
    def __init__(self, *settings, user=None):
        self.logs, self.n_ok, self.lock = [], 0, threading.Condition()
        self.dns = {}  # ifindex -> why its DNS servers are not passed on; "": they are
        self.unused = {}  # ifindex, option -> why it is not used; "": it is
        self.process = subprocess.Popen(["/run/plugins/harness", "/run/plugins/modules", *settings], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1, user=user, group=user)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.wait(1)

    def read(self):
        for line in self.process.stdout:
            with self.lock:
                if line == "ok\n":
                    self.n_ok += 1
                elif line.startswith("dns "):
                    ifindex, problem = line[4:].rstrip("\n").split(" ", 1)
                    self.dns[int(ifindex)] = problem
                elif line.startswith("unused "):
                    ifindex, code, reason = line[7:].rstrip("\n").split(" ", 2)
                    self.unused[int(ifindex), int(code)] = reason
                else:
                    self.logs.append(line.removeprefix("log ").rstrip("\n"))
                self.lock.notify_all()

    def wait(self, n):
        # The stand-in answers from this thread, so the main context has to run meanwhile.
        wait_until(lambda: self.n_ok >= n or not self.thread.is_alive(), "the harness answers")
        assert self.n_ok >= n, "the harness is gone"

    def tell(self, line):
        n = self.n_ok + 1
        self.process.stdin.write(line + "\n")
        self.wait(n)

    def quit(self):
        """Orderly end; returns what was logged."""
        self.tell("quit")
        return self.ended()

    def ended(self):
        """After it was told to quit. Its output ends a little before the process does, so poll() would not tell that it
        is going."""
        self.thread.join()
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait() == 0, f"the harness ended with {self.process.returncode}"
        return self.logs


class BusTest(unittest.TestCase):
    bus_config = BUS_CONFIG

    def setUp(self):
        self.children, self.harnesses, self.links = [], [], {}
        shutil.rmtree("/run/systemd", ignore_errors=True)
        os.makedirs("/run/systemd", exist_ok=True)
        os.makedirs("/run/dbus", exist_ok=True)
        self.bus = None

    def tearDown(self):
        for h in self.harnesses:
            if h.process.poll() is None:
                h.process.kill()
                h.process.wait()
            for f in (h.process.stdin, h.process.stdout):
                f.close()
        if self.bus:
            self.bus.close_sync(None)
        for child in reversed(self.children):
            self.stop(child)
        for name in self.links:
            subprocess.run(["ip", "link", "del", name], stderr=subprocess.DEVNULL, check=False)

    def spawn(self, *command, **kwargs):
        child = subprocess.Popen(command, **kwargs)
        self.children.append(child)
        return child

    def stop(self, child):
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if child in self.children:
            self.children.remove(child)

    def harness(self, *settings, **kwargs):
        h = Harness(*settings, **kwargs)
        self.harnesses.append(h)
        return h

    def start_bus(self):
        if os.path.exists(BUS_SOCKET):
            os.unlink(BUS_SOCKET)
        with open("/run/bus.conf", "w", encoding="ascii") as f:
            f.write(self.bus_config)
        daemon = self.spawn("dbus-daemon", "--nofork", "--nopidfile", "--config-file=/run/bus.conf",
                            stderr=subprocess.DEVNULL)
        wait_until(lambda: listens(BUS_SOCKET), "the bus listens")
        self.bus = Gio.DBusConnection.new_for_address_sync(
            BUS_ADDRESS, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)
        return daemon

    def start_polkit(self):
        polkit = self.spawn(POLKITD, "--no-debug", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: polkit.poll() is not None or self.has_owner("org.freedesktop.PolicyKit1"), "polkit is there")
        if polkit.poll() is not None:
            self.skipTest("polkitd cannot run here")

    def stop_bus(self, daemon):
        self.stop(daemon)
        self.bus = None

    def call(self, name, path, interface, method, arguments):
        return self.bus.call_sync(name, path, interface, method, arguments, None, Gio.DBusCallFlags.NO_AUTO_START, -1,
                                  None).unpack()

    def has_owner(self, name):
        return self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                         GLib.Variant("(s)", (name,)))[0]

    def link(self, name):
        subprocess.run(["ip", "link", "add", name, "type", "veth", "peer", "name", name + "p"], check=True)
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
        self.links[name] = socket.if_nametoindex(name)
        return self.links[name]


class RealBase(BusTest):
    """With the systemd-resolved of this machine."""

    @classmethod
    def setUpClass(cls):
        if not os.access(RESOLVED, os.X_OK):
            raise unittest.SkipTest(f"no {RESOLVED}")
        if os.environ["DHCPD_LINK_TEST_UID"] != "0":
            raise unittest.SkipTest("systemd-resolved changes to its own user, which needs root")

    def start_resolved(self):
        log = open("/run/resolved.log", "ab")
        child = self.spawn(RESOLVED, stdout=log, stderr=log)
        log.close()
        wait_until(lambda: child.poll() is not None or self.has_owner(NAME), "systemd-resolved is on the bus")
        if child.poll() is not None:
            with open("/run/resolved.log", encoding="utf-8", errors="replace") as f:
                self.skipTest("systemd-resolved cannot run here: " + f.read()[-300:])
        return child

    def settings(self, ifindex):
        """DNS, Domains, DefaultRoute as resolved has them."""
        path, = self.call(NAME, PATH, MANAGER, "GetLink", GLib.Variant("(i)", (ifindex,)))
        properties, = self.call(NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
                                GLib.Variant("(s)", ("org.freedesktop.resolve1.Link",)))
        return properties["DNS"], properties["Domains"], properties["DefaultRoute"]

    def expect(self, ifindex, dns, domains, default_route=None):
        expected = [(socket.AF_INET, address(a)) for a in dns]

        def holds():
            try:
                have = self.settings(ifindex)
            except GLib.Error:  # resolved has not seen the link yet, or is just not there
                return False
            return have[0] == expected and have[1] == domains and default_route in (None, have[2])
        wait_until(holds, f"resolved has {dns} {domains} {default_route}")


class RealTest(RealBase):
    def test_life_of_a_lease(self):
        self.start_bus()
        self.start_resolved()
        i = self.link("res0")
        h = self.harness()
        h.tell(f"bound {i} res0 dns=10.0.0.1,10.0.0.2 domain=a.example default")
        self.expect(i, ["10.0.0.1", "10.0.0.2"], [("a.example", False)], True)
        # Option 119 goes before 15. Nothing of the bad content is passed on, and none of it costs us the rest.
        h.tell(f"changed {i} res0 dns=10.0.0.3 domain=a.example "
               f"search=b.example,-bad..name,x_y.example,{'l' * 64}.example")
        self.expect(i, ["10.0.0.3"], [("b.example", False), ("x_y.example", False)], False)
        h.tell(f"changed {i} res0 dns=10.0.0.3 domain=one.example++two.example.+..")
        self.expect(i, ["10.0.0.3"], [("one.example", False), ("two.example", False)], False)
        h.tell(f"changed {i} res0")
        self.expect(i, [], [], False)
        h.tell(f"changed {i} res0 dns=10.0.0.4 default")
        self.expect(i, ["10.0.0.4"], [], True)
        h.tell(f"lost {i} res0")
        self.expect(i, [], [])
        self.assertEqual(h.quit(), [])

    def test_options(self):
        self.start_bus()
        self.start_resolved()
        i = self.link("res0")
        h = self.harness("resolved.UseDomains=route", "resolved.DefaultRoute=no")
        h.tell(f"bound {i} res0 dns=10.0.0.1 domain=a.example default")
        self.expect(i, ["10.0.0.1"], [("a.example", True)], False)
        h.quit()
        h = self.harness("resolved.UseDomains=no", "resolved.DefaultRoute=yes")
        h.tell(f"bound {i} res0 dns=10.0.0.1 domain=a.example")
        self.expect(i, ["10.0.0.1"], [], True)
        h.quit()

    def test_ends(self):
        """The end of the daemon takes nothing off; the end of a lease does, even when the daemon ends at once."""
        self.start_bus()
        self.start_resolved()
        i, j = self.link("res0"), self.link("res1")
        h = self.harness()
        h.tell(f"bound {i} res0 dns=10.0.0.1 domain=a.example")
        h.tell(f"bound {j} res1 dns=10.0.0.2 domain=b.example")
        self.expect(i, ["10.0.0.1"], [("a.example", False)])
        self.expect(j, ["10.0.0.2"], [("b.example", False)])
        h.tell(f"lost {j} res1")
        self.assertEqual(h.quit(), [])
        self.expect(j, [], [])
        self.assertEqual(self.settings(i)[0], [(socket.AF_INET, address("10.0.0.1"))])

    def test_resolved_restarts(self):
        self.start_bus()
        resolved = self.start_resolved()
        i, j = self.link("res0"), self.link("res1")
        h = self.harness()
        h.tell(f"bound {i} res0 dns=10.0.0.1 domain=a.example default")
        h.tell(f"bound {j} res1 dns=10.0.0.2")
        self.expect(i, ["10.0.0.1"], [("a.example", False)], True)
        self.expect(j, ["10.0.0.2"], [])
        wait_until(lambda: h.dns == {i: "", j: ""}, f"DNS is passed on: {h.dns}")
        self.stop(resolved)
        wait_until(lambda: h.dns[i] == "systemd-resolved is not running", f"DNS is not passed on: {h.dns}")
        h.tell(f"lost {j} res1")  # while nobody is there; resolved has it on disk
        self.assertTrue(os.path.exists(f"/run/systemd/resolve/netif/{j}"))
        resolved = self.start_resolved()
        self.expect(j, [], [])
        self.stop(resolved)
        shutil.rmtree("/run/systemd/resolve")  # this time it remembers nothing
        self.start_resolved()
        self.expect(i, ["10.0.0.1"], [("a.example", False)], True)
        wait_until(lambda: h.dns[i] == "", f"DNS is passed on: {h.dns}")
        self.assertEqual(h.quit(), [])

    def test_bus_comes_late_and_restarts(self):
        i = self.link("res0")
        h = self.harness()
        h.tell(f"bound {i} res0 dns=10.0.0.1")
        daemon = self.start_bus()
        resolved = self.start_resolved()
        self.expect(i, ["10.0.0.1"], [])
        h.tell(f"changed {i} res0 dns=10.0.0.2")
        self.expect(i, ["10.0.0.2"], [])
        self.stop(resolved)
        self.stop_bus(daemon)
        shutil.rmtree("/run/systemd/resolve")
        self.start_bus()
        self.start_resolved()
        self.expect(i, ["10.0.0.2"], [])
        self.assertEqual(h.quit(), [])

    def test_link_vanishes(self):
        self.start_bus()
        self.start_resolved()
        i = self.link("res0")
        h = self.harness()
        h.tell(f"bound {i} res0 dns=10.0.0.1")
        self.expect(i, ["10.0.0.1"], [])
        subprocess.run(["ip", "link", "del", "res0"], check=True)
        h.tell(f"lost {i} res0")
        self.assertEqual(h.quit(), [])


class PolkitBase(RealBase):
    """The daemon is not root: polkit decides, by the rules that are installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not os.access(POLKITD, os.X_OK):
            raise unittest.SkipTest(f"no {POLKITD}")
        with open("/etc/passwd", encoding="utf-8") as f:
            passwd = f.read()
        lines = [line for line in passwd.splitlines() if not line.startswith(USER + ":")]
        with open("/run/passwd", "w", encoding="utf-8") as f:
            f.write("\n".join(lines + [f"{USER}:x:{UID}:{UID}::/:/usr/sbin/nologin",
                                       f"nobody-else:x:{UID + 1}:{UID + 1}::/:/usr/sbin/nologin"]) + "\n")
        os.chmod("/run/passwd", 0o644)
        subprocess.run(["mount", "--bind", "/run/passwd", "/etc/passwd"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/etc/polkit-1/rules.d"], check=True)
        shutil.copy(rules_path, "/etc/polkit-1/rules.d/")
        os.chmod("/etc/polkit-1/rules.d/" + os.path.basename(rules_path), 0o644)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["umount", "/etc/polkit-1/rules.d", "/etc/passwd"], check=True)

    def start_resolved(self):
        self.start_polkit()
        return super().start_resolved()

    def harness(self, *settings, **kwargs):
        return super().harness(*settings, **({"user": UID} | kwargs))


class PolkitTest(PolkitBase, RealTest):
    # Those of RealTest run with polkit as well, but for the ones that only repeat what is known by then.
    test_resolved_restarts = test_bus_comes_late_and_restarts = test_options = None

    def test_nothing_else(self):
        self.start_bus()
        self.start_resolved()
        i = self.link("res0")
        for method, arguments in (("SetLinkDNSSEC", ("is", str(i), "no")), ("SetLinkLLMNR", ("is", str(i), "no")),
                                  ("SetLinkMulticastDNS", ("is", str(i), "no")),
                                  ("SetLinkDNSSECNegativeTrustAnchors", ("ias", str(i), "0"))):
            result = subprocess.run(["busctl", "call", NAME, PATH, MANAGER, method, *arguments], user=UID, group=UID,
                                    capture_output=True, text=True, check=False)
            self.assertNotEqual(result.returncode, 0, method)
            self.assertIn("uthentication", result.stderr)

    def test_somebody_else(self):
        self.start_bus()
        self.start_resolved()
        i = self.link("res0")
        h = self.harness(user=UID + 1)
        h.tell(f"bound {i} res0 dns=10.0.0.1 domain=a.example")
        wait_until(lambda: h.logs, "a complaint")
        self.assertEqual(self.settings(i)[:2], ([], []))
        self.assertEqual(len(h.quit()), 1, h.logs)


class StandInBase(BusTest):
    """Counts calls, answers late, refuses."""

    def setUp(self):
        super().setUp()
        self.calls, self.held, self.error, self.refused, self.hold, self.serving, self.n_asked, self.tls = (
            [],
            [],
            None,
            (),
            False,
            [],
            0,
            "no",
        )

    def appear(self):
        node = Gio.DBusNodeInfo.new_for_xml(STAND_IN)
        self.registration = self.bus.register_object(PATH, node.interfaces[0], self.on_call, self.on_get, None)
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                  GLib.Variant("(su)", (NAME, 4)))

    def disappear(self):
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReleaseName",
                  GLib.Variant("(s)", (NAME,)))
        self.bus.unregister_object(self.registration)

    def on_get(self, connection, sender, path, interface, name):
        self.n_asked += name == "DNS"
        return GLib.Variant("s", self.tls) if name == "DNSOverTLS" else GLib.Variant("a(iiay)",
                                                                                     [(i, socket.AF_INET,
                                                                                       address("10.0.0.53"))
                                                                                      for i in self.serving])

    def set_links(self, *links):
        """These links have DNS servers in resolved, which says so."""
        self.serving = links
        self.bus.emit_signal(None, PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                             GLib.Variant("(sa{sv}as)", (MANAGER, {}, ["DNS"])))

    def on_call(self, connection, sender, path, interface, method, arguments, invocation):
        self.caller = sender
        self.calls.append((method, *arguments.unpack()))
        if self.hold:
            self.held.append(invocation)
        elif self.error and (not self.refused or method in self.refused):
            invocation.return_dbus_error(self.error, "because of the test")
        else:
            invocation.return_value(None)

    def release(self):
        held, self.held = self.held, []
        for invocation in held:
            invocation.return_value(None)

    def expect_calls(self, *expected):
        wait_until(lambda: len(self.calls) >= len(expected), f"{len(expected)} calls, not {self.calls}")
        self.assertEqual(self.calls, list(expected))
        self.calls = []

    @staticmethod
    def batch(ifindex, dns, domains=(), default_route=False):
        return (("SetLinkDNS", ifindex, [(socket.AF_INET, address(a)) for a in dns]),
                ("SetLinkDomains", ifindex, list(domains)), ("SetLinkDefaultRoute", ifindex, default_route))

    def start(self, *settings):
        self.start_bus()
        self.appear()
        return self.harness(*settings)


class StandInTest(StandInBase):
    def test_only_what_differs(self):
        h = self.start()
        h.tell("bound 5 eth5 dns=10.0.0.1 domain=a.example default")
        self.expect_calls(*self.batch(5, ["10.0.0.1"], [("a.example", False)], True))
        h.tell("renewed 5 eth5 dns=10.0.0.1 domain=a.example default")
        h.tell("changed 5 eth5 dns=10.0.0.1 domain=a.example default")  # something else in it changed
        h.tell("bound 6 eth6 dns=10.0.0.2 default")
        self.expect_calls(*self.batch(6, ["10.0.0.2"], [], True))
        h.tell("lost 5 eth5")
        h.tell("lost 5 eth5")
        h.tell("lost 7 eth7")  # never heard of
        self.expect_calls(("RevertLink", 5))
        self.assertEqual(h.quit(), [])
        self.assertEqual(self.calls, [])

    def test_nobody_there(self):
        self.start_bus()
        h = self.harness()
        h.tell("bound 5 eth5 dns=10.0.0.1")
        h.tell("changed 5 eth5 dns=10.0.0.2")
        h.tell("bound 6 eth6 dns=10.0.0.3")
        h.tell("bound 7 eth7 domain=a.example")  # has no DNS servers to be passed on
        self.assertEqual(h.dns, {i: "systemd-resolved is not running" for i in (5, 6)})
        h.tell("lost 6 eth6")  # an earlier daemon may have told resolved of it
        self.appear()
        self.expect_calls(*self.batch(7, [], [("a.example", False)]), ("RevertLink", 6), *self.batch(5, ["10.0.0.2"]))
        h.tell("lost 7 eth7")
        self.expect_calls(("RevertLink", 7))
        self.disappear()
        self.appear()
        self.expect_calls(*self.batch(5, ["10.0.0.2"]))
        self.assertEqual(h.quit(), [])

    def forge_change(self):
        """As another user, to the plugin alone: resolved has other DNS servers."""
        subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "busctl", f"--address={BUS_ADDRESS}", "emit",
                        f"--destination={self.caller}", PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                        "sa{sv}as",
                        MANAGER, "0", "0"], check=True)

    def forge(self, owner):
        """As another user, to the plugin alone: the bus says who resolved is now."""
        subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "busctl", f"--address={BUS_ADDRESS}", "emit",
                        f"--destination={self.caller}", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                        "NameOwnerChanged", "sss",
                        NAME, self.bus.get_unique_name(), owner], check=True)

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_forged(self):
        """That resolved is gone or came back is known from the bus alone: the DNS of a dead lease goes."""
        h = self.start()
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        self.forge("")
        self.forge(":1.99")
        self.forge("")
        self.forge_change()
        h.tell("lost 5 eth5")
        self.expect_calls(("RevertLink", 5))
        self.assertEqual(h.quit(), [])
        self.assertEqual((self.calls, self.n_asked), ([], 1))

    def test_domains_beside_a_tunnel(self):
        """Domains draw names to the link's servers: none while a tunnel takes all traffic, never a single label, and it
        is said."""
        h = self.start()
        h.tell("bound 5 eth5 dns=10.0.0.1 search=com,a.example")
        self.expect_calls(*self.batch(5, ["10.0.0.1"], [("a.example", False)]))
        h.tell("changed 5 eth5 dns=10.0.0.1 search=com,a.example tunnel")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        h.tell("renewed 5 eth5 dns=10.0.0.1 search=com,a.example tunnel")
        h.tell("changed 5 eth5 dns=10.0.0.1 search=com,a.example")
        self.expect_calls(*self.batch(5, ["10.0.0.1"], [("a.example", False)]))
        said = [line for line in h.quit() if "domains" in line or '"com"' in line]
        self.assertEqual(["tunnel" in line for line in said], [False, True], said)
        self.assertEqual(h.unused, {(5, 119): "com not used: all names below it would be asked for here", (5, 15): "",
                                    (5, 162): ""})

    def test_domains_beside_a_dns_tunnel(self):
        """A VPN may take names and no traffic: a tunnel that has DNS servers in resolved."""
        domains = [("a.example", False)]
        why = "domains not used: a tunnel has DNS servers"
        self.serving = [0, 5, 8, 9]  # resolved's own servers, and those of links; the VPN was there first
        h = self.harness()
        h.tell("tunnels 9")
        h.tell("bound 5 eth5 dns=10.0.0.1 search=a.example")
        h.tell("bound 6 eth6 dns=10.0.0.1 search=com domain=a.example")
        h.tell("bound 7 eth7 dns=10.0.0.1 search=a.example over-tunnels")
        self.start_bus()
        self.appear()
        self.expect_calls(*self.batch(7, ["10.0.0.1"], domains), *self.batch(6, ["10.0.0.1"]),
                          *self.batch(5, ["10.0.0.1"]))
        wait_until(lambda: h.dns == {5: "", 6: "", 7: ""}, f"DNS is passed on: {h.dns}")
        self.assertEqual(h.unused, {(5, 119): why, (5, 15): "", (7, 119): "", (7, 15): "", (6, 15): why,
                                    **{(i, 162): "" for i in (5, 6, 7)},
                                    (6, 119): "com not used: all names below it would be asked for here"})
        h.tell("lost 6 eth6")
        self.expect_calls(("RevertLink", 6))

        self.set_links(0, 5, 8)
        self.expect_calls(*self.batch(5, ["10.0.0.1"], domains))
        wait_until(lambda: h.unused[5, 119] == "", f"domains are used: {h.unused}")
        self.set_links(5, 9)
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        # Its end may not be told, because the link is gone; a lease that is renewed finds that out, and so does time.
        h.tell("tunnels")
        h.tell("renewed 5 eth5 dns=10.0.0.1 search=a.example")
        self.expect_calls(*self.batch(5, ["10.0.0.1"], domains))
        h.tell("tunnels 9")
        self.set_links(5, 9)
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        self.serving = [5]
        self.expect_calls(*self.batch(5, ["10.0.0.1"], domains))
        # So many that one of them may be a tunnel, and a link that has its own servers back.
        self.set_links(*range(100, 200))
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        h.tell("reload resolved.UseDomains=no")
        self.expect_calls(*self.batch(7, ["10.0.0.1"]), *self.batch(5, ["10.0.0.1"]))
        self.assertEqual(set(h.unused.values()) - {h.unused[6, 15], h.unused[6, 119]}, {""})
        h.quit()

    def test_late_answers(self):
        """What comes while a batch is in flight waits for it, and only the last of it counts."""
        h = self.start()
        self.hold = True
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        h.tell("lost 5 eth5")
        h.tell("bound 5 eth5 dns=10.0.0.2")
        h.tell("lost 5 eth5")
        h.tell("bound 6 eth6 dns=10.0.0.6")  # another link does not wait
        self.expect_calls(*self.batch(6, ["10.0.0.6"]))
        self.release()
        self.expect_calls(("RevertLink", 5))
        h.tell("bound 5 eth5 dns=10.0.0.3")
        h.tell("changed 6 eth6 dns=10.0.0.7")
        self.expect_calls(*self.batch(6, ["10.0.0.7"]))
        self.hold = False
        self.release()
        self.expect_calls(*self.batch(5, ["10.0.0.3"]))
        self.assertEqual(h.quit(), [])

    def test_refused(self):
        """One complaint, silent tries after it, and another complaint only after it went well."""
        h = self.start()
        self.error = "org.freedesktop.DBus.Error.AccessDenied"
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        wait_until(lambda: h.logs, "a complaint")
        wait_until(lambda: h.dns == {5: "systemd-resolved does not take them"}, f"DNS is not passed on: {h.dns}")
        h.tell("renewed 5 eth5 dns=10.0.0.1")  # a chance to try again
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        self.error = None
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))  # by its own timer
        self.assertEqual(h.logs, ["resolved: eth5: systemd-resolved: SetLinkDNS failed: because of the test"])
        wait_until(lambda: h.dns == {5: ""}, f"DNS is passed on: {h.dns}")
        h.tell("renewed 5 eth5 dns=10.0.0.1")
        self.error = "org.freedesktop.DBus.Error.Failed"
        h.tell("lost 5 eth5")
        self.expect_calls(("RevertLink", 5))
        self.error = None
        self.expect_calls(("RevertLink", 5))
        self.assertEqual(len(h.quit()), 2, h.logs)

    def test_well_while_it_changes(self):
        """It goes well again, and the lease has changed before that is known: the next failure is news all the same."""
        h = self.start()
        self.error = "org.freedesktop.DBus.Error.AccessDenied"
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        wait_until(lambda: h.logs, "a complaint")
        self.hold = True
        h.tell("renewed 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        h.tell("lost 5 eth5")
        self.hold = False
        self.error = "org.freedesktop.DBus.Error.Failed"
        self.release()
        self.expect_calls(("RevertLink", 5))
        wait_until(lambda: len(h.logs) == 2, "another complaint")
        self.error = None
        h.quit()

    def test_last_word(self):
        """The daemon ends while resolved (or polkit) is busy, for seconds: the link is reverted all the same."""
        h = self.start()
        self.hold = True
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        h.tell("bound 6 eth6 dns=10.0.0.1")
        self.expect_calls(*self.batch(6, ["10.0.0.1"]))
        h.process.stdin.write("lost 5 eth5\nquit\n")
        time.sleep(3)
        self.hold = False
        self.release()
        self.expect_calls(("RevertLink", 5))
        self.assertEqual(h.ended(), [])
        self.assertEqual(self.calls, [])

    def test_last_word_before_the_first(self):
        """A daemon ends before it has reached the bus: what an earlier one told of the lease is reverted all the
        same."""
        bus = self.start_bus()
        self.appear()
        h = self.harness()
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        h.process.kill()
        h.process.wait()
        bus.send_signal(signal.SIGSTOP)
        try:
            h = self.harness()
            h.tell("bound 5 eth5 dns=10.0.0.1")
            h.tell("bound 6 eth6 dns=10.0.0.1")
            h.tell("lost 5 eth5")
            h.process.stdin.write("quit\n")
        finally:
            bus.send_signal(signal.SIGCONT)
        # A lease that is held stays as it is, or has been told in the meantime.
        wait_until(lambda: ("RevertLink", 5) in self.calls, f"RevertLink among {self.calls}")
        self.assertEqual(h.ended(), [])
        self.assertEqual([call for call in self.calls if call[1] == 5], [("RevertLink", 5)])

    def test_last_word_to_nobody(self):
        """There is no bus: nobody is waited for who may come."""
        h = self.harness()
        h.tell("bound 5 eth5 dns=10.0.0.1")
        h.tell("lost 5 eth5")
        self.assertEqual(h.quit(), [])

    def test_silence_at_the_end(self):
        """Somebody who never answers keeps nobody from ending."""
        h = self.start()
        self.hold = True
        h.tell("bound 5 eth5 dns=10.0.0.1")
        h.tell("lost 5 eth5")
        self.assertEqual(
            h.quit(),
            [
                "resolved: eth5: systemd-resolved does not answer, and may keep the DNS servers of the "
                "lease that is lost"
            ],
        )

    def test_bus_leaves_first(self):
        """At a shutdown the bus may be gone in the moment in which a link is let go: that is no failure to tell of."""
        daemon = self.start_bus()
        self.appear()
        h = self.harness()
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        # Both have happened when the plugin looks: what it sends meets a bus that it believes to be there.
        h.process.send_signal(signal.SIGSTOP)
        n = h.n_ok + 1
        h.process.stdin.write("lost 5 eth5\n")
        self.stop_bus(daemon)
        h.process.send_signal(signal.SIGCONT)
        h.wait(n)
        self.assertEqual(h.quit(), [])

    def test_goes_while_answering(self):
        h = self.start()
        self.hold = True
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        self.disappear()
        self.hold = False
        self.appear()
        self.release()  # late answers of the former owner
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        self.assertEqual(h.quit(), [])

    def test_bad_setting(self):
        h = self.start("resolved.UseDomains=perhaps")
        h.tell("bound 5 eth5 dns=10.0.0.1 domain=a.example")
        self.expect_calls(*self.batch(5, ["10.0.0.1"], [("a.example", False)]))
        self.assertEqual(h.quit(), ["resolved: UseDomains= knows yes, route and no; taking yes"])

    def test_reload(self):
        h = self.start()
        h.tell("bound 5 eth5 dns=10.0.0.1 domain=a.example default")
        self.expect_calls(*self.batch(5, ["10.0.0.1"], [("a.example", False)], True))
        h.tell("reload resolved.UseDomains=route")
        self.expect_calls(*self.batch(5, ["10.0.0.1"], [("a.example", True)], True))
        h.tell("reload resolved.UseDomains=route")  # nothing new
        h.tell("reload resolved.UseDomains=no resolved.DefaultRoute=no")
        self.expect_calls(*self.batch(5, ["10.0.0.1"]))
        h.tell("reload")
        self.expect_calls(*self.batch(5, ["10.0.0.1"], [("a.example", False)], True))
        h.tell("lost 5 eth5")
        self.expect_calls(("RevertLink", 5))
        h.tell("reload resolved.UseDomains=no")
        self.assertEqual(h.quit(), [])
        self.assertEqual(self.calls, [])

    def test_disabled(self):
        h = self.start("resolved.Enable=no")
        h.tell("bound 5 eth5 dns=10.0.0.1")
        self.assertEqual(h.quit(), [])
        self.assertEqual(self.calls, [])


def enter_namespaces():
    flags = ["--mount", "--net", "--uts", "--fork", "--kill-child"] + (["--user", "--map-root-user"]
                                                                       if os.geteuid() != 0 else [])
    probe = subprocess.run(["unshare", *flags, "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True, text=True,
                           check=False)
    if probe.returncode != 0:
        print("SKIP: no namespaces here: " + probe.stderr.strip())
        sys.exit(77)
    os.environ["DHCPD_LINK_TEST_UID"] = str(os.geteuid())
    os.execvp("unshare", ["unshare", *flags, sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def prepare(harness, *modules):
    """Into the namespaces, with an empty /run, and the plugins in a folder that the host can trust."""
    if not shutil.which("dbus-daemon"):
        print("SKIP: no dbus-daemon")
        sys.exit(77)
    if "DHCPD_LINK_TEST_UID" not in os.environ:
        enter_namespaces()
    os.umask(0o022)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.environ.pop("DBUS_SYSTEM_BUS_ADDRESS", None)
    os.makedirs("/run/plugins/modules")
    if harness:
        shutil.copy(harness, "/run/plugins/harness")
    for module in modules:
        target = "/run/plugins/modules/" + os.path.basename(module)
        shutil.copy(module, target)
        os.chmod(target, 0o644)


def run_tests(arguments):
    result = unittest.main(argv=[sys.argv[0], *arguments], verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun == len(result.skipped) else 0)


def main():
    global rules_path
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    harness, module, rules_path = (os.path.abspath(p) for p in sys.argv[1:4])
    prepare(harness, module)
    run_tests(sys.argv[4:])


if __name__ == "__main__":
    main()
