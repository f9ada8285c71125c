# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the tests of plugins share.
test_resolved.py, test_resolved_dnr.py, test_services.py and test_plugins.py use it: a bus of their own, the plugin host
that is driven by lines (plugin-harness.c), the real systemd-resolved and polkit, and a stand-in for systemd-resolved
that counts calls, answers late or refuses.

prepare() puts the process into mount, network (and, without root, user) namespaces of its own, with an empty /run.
Nothing here measures time: wait_until() waits until something holds, and fails when it never does. run_tests() exits
with 77 when all tests were skipped.
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
    """Returns true if a process takes connections at a socket. The socket's path is there a little before that."""
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
                elif "kept all links waiting" not in line:  # on a busy machine any call may take so long
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
        """Ends the harness in an orderly way. Returns what was logged."""
        self.tell("quit")
        return self.ended()

    def ended(self):
        """Waits for the end, after the harness was told to quit. Returns what was logged.

        Its output ends a little before the process does, so poll() would not tell that it is about to end.
        """
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
    """Tests with the systemd-resolved of this machine."""

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
        """Returns DNS, Domains and DefaultRoute as resolved has them."""
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


class StandInBase(BusTest):
    """A stand-in for systemd-resolved that counts calls, answers late, and refuses."""

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
        """Makes resolved say that these links have DNS servers in it."""
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
    """Enters the namespaces, with an empty /run, and puts the plugins into a folder that the host can trust."""
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
