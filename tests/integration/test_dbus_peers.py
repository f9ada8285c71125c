#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Who is connected to org.dhcpdlink1, and what becomes of the connections.
There are claims and who may make them, buses and daemons that come and go, and hostile clients.
"""
import os
import re
import resource
import socket
import subprocess
import time

import gi
from gi.repository import Gio, GLib

import dhlib
from busclient import Client, CTL, DBusTest, KEEP, LINK, MANAGER, NAME, NO_RELEASE, ROOT, describe_call, handshake
from dhlib import Daemon, listens, run, wait_until


class Claims(DBusTest):
    def test_ends_with_its_connection(self):
        self.net.dnsmasq()
        self.start()
        watcher, holder, other = self.private(), self.private(), self.private()
        self.assertEqual(holder.manager("StartLink", "sa{sv}", "eth0", {})[0], watcher.link())
        other.manager("StartLink", "sa{sv}", "eth0", {})
        self.net.wait_address()
        holder.close()
        time.sleep(0.3)
        self.assertEqual(watcher.links(), ["eth0"])
        other.close()
        # It may come back within half a minute.
        time.sleep(3)
        self.assertEqual(watcher.links(), ["eth0"])
        self.assertNotEqual(self.net.addresses(), [])
        wait_until(lambda: watcher.links() == [], "the link to be let go", 30 + dhlib.PATIENCE)
        self.assertEqual(self.net.addresses(), [])
        wait_until(lambda: "DHCPRELEASE" in self.net.read("dnsmasq.log"), "RELEASE")

    def test_stop(self):
        """StopLink drops the caller's claim. A caller without a claim drops all claims.

        It answers when the link is off.
        """
        self.net.dnsmasq()
        self.start()
        a, b, c = self.private(), self.private(), self.private()
        a.manager("StartLink", "sa{sv}", "eth0", {})
        b.manager("StartLink", "sa{sv}", "eth0", {})
        self.net.wait_address()
        a.manager("StopLink", "sa{sv}", "eth0", {})
        self.assertEqual(a.links(), ["eth0"])
        c.manager("StopLink", "sa{sv}", "eth0", NO_RELEASE)
        self.assertEqual((c.links(), self.net.addresses(), self.net.routes()), ([], [], []))
        self.assertNotIn("DHCPRELEASE", self.net.read("dnsmasq.log"))
        self.assertEqual(c.error(ROOT, MANAGER, "StopLink", "sa{sv}", "eth0", {}),
                         (f"{NAME}.Error.NotManaged", "Link eth0 is not managed."))

    def test_not_there_yet(self):
        self.net.dnsmasq()
        self.start()
        holder = self.private()
        self.assertEqual(holder.manager("StartLink", "sa{sv}", "later0", {}), ("/",))
        for _ in range(2):
            holder.signals.clear()
            self.net.add_link("later0")
            holder.wait_lease("bound")
            self.net.ip("link", "del", "later0")
            self.assertEqual(holder.wait_lease("lost")[2]["Why"], "carrier")
            holder.wait_signal(lambda _p, _i, member, _a: member == "LinkRemoved", "LinkRemoved")
        holder.manager("StopLink", "sa{sv}", "later0", {})

    def test_kept(self):
        self.start()
        client = self.private()
        client.manager("StartLink", "sa{sv}", "eth0", KEEP)
        client.close()
        time.sleep(0.2)
        client = self.system()
        self.assertEqual(client.links(), ["eth0"])
        client.close()
        client = self.system()
        self.assertEqual(client.links(), ["eth0"])
        client.manager("StopLink", "sa{sv}", "eth0", {})
        self.assertEqual(client.links(), [])

    def test_refused(self):
        self.start(config={"links/no.conf": "[Match]\nName=eth0\n[Link]\nManage=no\n"})
        for client in self.both():
            for name, error, words in (("lo", "NotSupported", "lo"), ("eth0", "NotManaged", "Manage=no"),
                                       ("a/b", "NoSuchLink", "a/b"),
                                       ("", "NoSuchLink", "name"),
                                       ("averyverylongname" * 8, "NoSuchLink", "averyverylongname")):
                found, message = client.error(ROOT, MANAGER, "StartLink", "sa{sv}", name, {})
                self.assertEqual(found, f"{NAME}.Error.{error}", name)
                self.assertIn(words, message)
            self.assertEqual(client.links(), [])

    def test_claims(self):
        """Who wants the link, in every kind of claim, and each change of it."""
        self.start("eth0")
        watcher, holder, unit = self.private(), self.private(), self.private()

        def claims():
            return sorted((claim["Kind"], claim["Pattern"]) for claim in watcher.get("Claims", interface=LINK))
        self.assertEqual(claims(), [("command-line", "eth0")])
        watcher.signals.clear()
        holder.manager("StartLink", "sa{sv}", "eth*", {})
        self.system().manager("StartLink", "sa{sv}", "eth0", {})
        unit.manager("StartLink", "sa{sv}", "eth0", {"Owner": GLib.Variant("s", "a.service")})
        self.assertEqual(claims(), [("caller", "eth*"), ("command-line", "eth0"), ("kept", "eth0"), ("unit", "eth0")])
        owners = {claim["Kind"]: claim["Owner"] for claim in watcher.get("Claims", interface=LINK)}
        self.assertEqual(owners, {"caller": f"process {os.getpid()} of user 0", "command-line": "", "kept": "",
                                  "unit": "a.service"})
        unit.close()
        wait_until(lambda: ("left", "eth0") in claims(), "the claim that was left")
        holder.manager("StopLink", "sa{sv}", "eth*", {})
        self.assertEqual(claims(), [("command-line", "eth0"), ("kept", "eth0"), ("left", "eth0")])
        watcher.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and len(a[1].get("Claims", [])) == 4,
                            "four claims")
        watcher.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and len(a[1].get("Claims", [])) == 3,
                            "three claims")
        self.assertEqual({name for s in watcher.signals if s[2] == "PropertiesChanged" for name in s[3][1]
                          if s[3][0] == LINK} -
                         {"State", "Problems"}, {"Claims"})

    def test_options(self):
        """A key that the daemon does not know is refused, since the caller relies on it.

        So is a value of another type.
        """
        self.start()
        yes, text = GLib.Variant("b", True), GLib.Variant("s", "yes")
        for client in self.both():
            for method, options, words in (("StartLink", {"Fast": yes}, 'The option "Fast" is not known here.'),
                                           ("StartLink", {"Keep": yes, "": yes}, 'The option "" is not known here.'),
                                           ("StartLink", {"Release": yes}, 'The option "Release" is not known here.'),
                                           ("StartLink", {"\x1b[2J\n" + "x" * 1000: yes},
                                            f'The option "?[2J?{"x" * 58}" is not known here.'),
                                           ("StartLink", {"Keep": text}, 'The option "Keep" is a Boolean.'),
                                           ("StartLink", {"Apply": text}, 'The option "Apply" is a Boolean.'),
                                           ("StartLink", {"Owner": yes}, 'The option "Owner" is a text.'),
                                           ("StartLink", {"Owner": GLib.Variant("s", "x" * 256)}, 'The option "Owner" '
                                                                                                  'is too long.'),
                                           ("StopLink", {"Keep": yes}, 'The option "Keep" is not known here.'),
                                           ("StartLink", {f"{n}": yes for n in range(100)}, 'The option "0" is not '
                                                                                            'known here.')):
                self.assertEqual(client.error(ROOT, MANAGER, method, "sa{sv}", "eth0", options),
                                 ("org.freedesktop.DBus.Error.InvalidArgs", words))
            self.assertEqual(client.links(), [])

    def test_by_index(self):
        self.start("eth0")
        for client in self.both():
            (ifindex, name, path, details), = client.manager("ListLinks")[0]
            self.assertEqual((name, bytes(details["HardwareAddress"])),
                             ("eth0", bytes(client.get("HardwareAddress", interface=LINK))))
            self.assertEqual(client.manager("GetLinkByIndex", "i", ifindex), (path,))
            for other in (0, -1, 1, 2**31 - 1):
                self.assertEqual(client.error(ROOT, MANAGER, "GetLinkByIndex", "i", other),
                                 (f"{NAME}.Error.NoSuchLink", f"No managed link has the index {other}."))

    def test_release_and_restart(self):
        self.net.dnsmasq()
        self.start("eth0")
        client = self.system()
        self.net.wait_address()
        path = client.link()
        client.call(path, LINK, "Release")
        self.assertEqual((self.net.addresses(), client.get("State"), client.links()), ([], "STOPPED", ["eth0"]))
        self.assertEqual(client.error(path, LINK, "Release"), (f"{NAME}.Error.NotBound", "Link eth0 has no lease."))
        client.call(path, LINK, "Restart")
        self.net.wait_address()

    def test_reload(self):
        self.start("eth0")
        client = self.system()
        with open(os.path.join(self.daemon.config, "links", "a.conf"), "w", encoding="ascii") as file:
            file.write("[Match]\nName=eth0\n")
        client.manager("Reload")
        self.assertTrue(client.get("ConfigFiles", interface=LINK)[-1].endswith("/a.conf"))
        client.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and "ConfigFiles" in a[1], "ConfigFiles")


POLKIT = """
import sys
from gi.repository import Gio, GLib
XML = '''<node><interface name="org.freedesktop.PolicyKit1.Authority"><method name="CheckAuthorization">
<arg type="(sa{sv})" direction="in"/><arg type="s" direction="in"/>
<arg type="a{ss}" direction="in"/><arg type="u" direction="in"/>
<arg type="s" direction="in"/><arg type="(bba{ss})" direction="out"/></method></interface></node>'''
def on_call(connection, sender, path, interface, method, arguments, invocation):
    subject, action, _, flags, _ = arguments.unpack()
    print(subject[0], action, flags, flush=True)
    # Like the shipped policy in an active session: renewing is allowed, the rest needs a password, which is given when
    # asked for.
    yes = action == "org.dhcpdlink1.renew" or flags == 1
    invocation.return_value(GLib.Variant("((bba{ss}))", ((yes, not yes, {}),)))
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
                                              Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
bus.register_object("/org/freedesktop/PolicyKit1/Authority", Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0],
                    on_call, None, None)
bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
              GLib.Variant("(su)", ("org.freedesktop.PolicyKit1", 0)),
              None, 0, -1, None)
print("ready", flush=True)
GLib.MainLoop().run()
"""


class Access(DBusTest):
    def nobody(self, *command):
        return subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command],
                              capture_output=True,
                              text=True, check=False, timeout=120)

    def busctl(self, *arguments):
        return self.nobody("busctl", f"--address={self.bus.address}", "--timeout=10", "call", NAME, *arguments)

    def changes(self, path):
        return ((ROOT, MANAGER, "StartLink", "sa{sv}", "eth1", "0"),
                (ROOT, MANAGER, "StartLink", "sa{sv}", "eth1", "1", "Keep", "b", "true"),
                (ROOT, MANAGER, "StopLink", "sa{sv}", "eth0", "0"), (ROOT, MANAGER, "Reload"),
                (path, LINK, "Renew"), (path, LINK, "Release"), (path, LINK, "Restart"))

    def test_private(self):
        self.start("eth0")
        for verb in (("status",), ("status", "eth0"), ("list",), ("--json", "status")):
            result = self.nobody(CTL, f"--socket={self.daemon.private}", *verb)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("eth0", result.stdout)
        for verb in (("up", "eth1"), ("down", "eth0"), ("renew", "eth0"), ("release", "eth0"), ("reload",),
                     ("hold", "eth0")):
            result = self.nobody(CTL, f"--socket={self.daemon.private}", *verb)
            self.assertEqual((result.returncode, result.stdout), (1, ""), verb)
            self.assertIn("Access denied", result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertEqual(self.private().links(), ["eth0"])

    def test_without_polkit(self):
        self.start("eth0")
        client = self.system()
        path = client.link()
        for change in self.changes(path):
            result = self.busctl(*change)
            self.assertNotEqual(result.returncode, 0, change)
            self.assertIn("denied", result.stderr)
        self.assertEqual(self.busctl(ROOT, MANAGER, "ListLinks").returncode, 0)
        self.assertEqual(client.links(), ["eth0"])
        client.call(path, LINK, "Renew")

    def test_polkit(self):
        self.start("eth0")
        client = self.system()
        path = client.link()
        self.net.spawn(self.net.client, "/usr/bin/python3", "-c", POLKIT, self.bus.address, log="polkit")
        wait_until(lambda: "ready" in self.net.read("polkit"), "polkit")
        for change in self.changes(path):
            result = self.busctl("--allow-interactive-authorization=false", *change)
            if change[2] == "Renew":
                self.assertEqual((result.returncode, result.stderr), (0, ""))
            else:
                self.assertIn("nteractive authentication required", result.stderr, change)
        self.assertEqual(client.links(), ["eth0"])
        asked = self.net.read("polkit").splitlines()[1:]
        self.assertEqual([line.split()[1] for line in asked],
                         [f"{NAME}.manage"] * 4 + [f"{NAME}.renew"] + [f"{NAME}.manage"] * 2)
        self.assertEqual({line.split()[0] for line in asked}, {"system-bus-name"})
        # With somebody to ask for the password.
        result = self.busctl("--allow-interactive-authorization=true", ROOT, MANAGER, "StopLink", "sa{sv}", "eth0", "0")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(client.links(), [])
        # Root is not asked about.
        client.manager("StartLink", "sa{sv}", "eth0", {})
        self.assertEqual(len(self.net.read("polkit").splitlines()), 9)

    def test_caller_leaves(self):
        """If a caller asks and leaves before polkit answers, this harms nobody."""
        self.start("eth0")
        for _ in range(20):
            process = subprocess.Popen(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "busctl",
                                        f"--address={self.bus.address}", "call", NAME, ROOT, MANAGER, "Reload"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.01)
            process.kill()
            process.wait()
        self.assertEqual(self.system().links(), ["eth0"])


class Coming(DBusTest):
    def test_bus_comes_and_goes(self):
        self.net.dnsmasq()
        self.bus.stop()
        self.daemon = Daemon(self.net, "eth0", bus=self.bus)
        address = self.net.wait_address()
        pid = self.daemon.process.pid
        for _ in range(2):
            self.bus.start()
            self.bus.wait_name()
            self.assertEqual(self.system().get("Address"), address)
            self.assertIn(address, self.daemon.ctl("status", "eth0"))
            self.bus.stop()
            self.assertIn(address, self.daemon.ctl("status", "eth0"))
        self.bus.start()
        self.bus.wait_name()
        self.assertEqual((self.daemon.process.poll(), self.daemon.process.pid), (None, pid))
        self.assertEqual(self.daemon.stop(), 0)

    def test_name_is_waited_for(self):
        first = self.system_owner()
        self.daemon = Daemon(self.net, "eth0", bus=self.bus)
        self.daemon.wait_log("eth0")
        first.close()
        wait_until(lambda: "eth0" in self.bus.busctl("call", NAME, ROOT, MANAGER, "ListLinks", check=False), "the name")

    def test_refused_name_is_asked_for_again(self):
        allowed = self.bus.CONFIG % self.bus.path
        refused = allowed.replace('<allow own="*"/>', "")
        self.assertNotEqual(allowed, refused)
        self.reload_bus(refused)
        self.daemon = Daemon(self.net, "eth0", bus=self.bus)
        self.daemon.wait_log("Cannot take the name")
        self.daemon.wait_log("is refused again", n=2)
        self.assertEqual(self.daemon.logged().count("Cannot take the name"), 1)
        self.reload_bus(allowed)
        self.bus.wait_name()
        self.assertIn("eth0", self.bus.busctl("call", NAME, ROOT, MANAGER, "ListLinks"))

    def reload_bus(self, config):
        with open(self.net.path("bus.conf"), "w", encoding="ascii") as file:
            file.write(config)
        self.bus.busctl("call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ReloadConfig")

    def system_owner(self):
        client = Client.__new__(Client)
        client.connection = Gio.DBusConnection.new_for_address_sync(
            self.bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        client.name = "org.freedesktop.DBus"
        client.call("/", "org.freedesktop.DBus", "RequestName", "su", NAME, 0)
        return client


class Hostile(DBusTest):
    def test_does_not_read(self):
        """A client that asks and asks and does not read the answers delays only itself.

        It gets all of them in the end.
        """
        self.start("eth0")
        client = self.private()
        flood = handshake(self.daemon.private)
        flood.settimeout(0.5)
        n, sent, call = 0, 0, b""
        try:
            while n < 300000:
                n += 1
                call = describe_call(n)
                sent = flood.send(call)
                self.assertEqual(sent, len(call))
        except TimeoutError:
            n -= 1
        self.assertGreater(n, 100)
        self.assertLess(n, 300000)
        self.assertEqual(client.links(), ["eth0"])
        self.check_memory()
        answers, rest = 0, b""
        flood.settimeout(10)
        while answers < n:
            data = flood.recv(1 << 20)
            self.assertTrue(data, "closed")
            rest += data
            answers += rest.count(b'{"ContractVersion"')
            rest = rest[-17:]
        flood.close()

    def test_does_not_listen(self):
        """A client that does not read its signals is closed when there are too many. Other clients do not notice."""
        self.start("eth0")
        # Of nobody, who may leave less unread than root.
        os.seteuid(65534)
        try:
            deaf = handshake(self.daemon.private)
        finally:
            os.seteuid(0)
        client, other = self.private(), self.system()
        path = client.link()
        for _ in range(1000):
            for _ in range(100):
                client.connection.call(None, path, LINK, "Restart", None, None, Gio.DBusCallFlags.NONE, -1, None, None,
                                       None)
            client.links()
            client.wait_signal(lambda *_: True, "any signal")
            client.signals.clear()
            if "does not read" in self.daemon.logged():
                break
        self.daemon.wait_log("does not read")
        self.check_memory()
        self.assertEqual((client.links(), other.links()), (["eth0"], ["eth0"]))
        deaf.close()

    def check_memory(self):
        with open(os.path.join(dhlib.BUILD, "dhcpd-linkd"), "rb") as program:
            if b"__asan_init" in program.read():
                return  # keeps what was freed
        with open(f"/proc/{self.daemon.process.pid}/status", encoding="ascii") as status:
            memory = int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1))
        self.assertLess(memory, 64 * 1024)

    def test_nonsense(self):
        self.start("eth0")
        for data in (b"", b"\0", b"GET / HTTP/1.0\r\n\r\n", b"\0AUTH EXTERNAL\r\n",
                     b"\0AUTH ANONYMOUS\r\nBEGIN\r\n" + b"\xff" * 200,
                     b"\0AUTH ANONYMOUS\r\nBEGIN\r\n" + describe_call(1)[:40], os.urandom(1000)):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(self.daemon.private)
            try:
                connection.sendall(data)
            except ConnectionError:
                pass
            connection.close()
        self.assertEqual(self.private().links(), ["eth0"])

    def test_all_at_once(self):
        """Calls that come in the same bytes as the end of the handshake are answered."""
        self.start("eth0")
        one, two = describe_call(1), describe_call(2)
        for answers, data in ((1, one), (2, one + two), (1, one + two[:50])):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(10)
            connection.connect(self.daemon.private)
            connection.sendall(b"\0AUTH ANONYMOUS\r\n")
            connection.recv(100)
            connection.sendall(b"BEGIN\r\n" + data)
            received = b""
            while received.count(b'{"ContractVersion"') < answers:
                received += connection.recv(10000)
            connection.close()

    def test_vanishes_in_a_call(self):
        self.net.dnsmasq()
        self.start()
        for _ in range(30):
            connection = handshake(self.daemon.private)
            message = Gio.DBusMessage.new_method_call(None, ROOT, MANAGER, "StartLink")
            message.set_body(GLib.Variant("(sa{sv})", ("eth0", {})))
            message.set_serial(1)
            connection.sendall(message.to_blob(Gio.DBusCapabilityFlags.NONE) + describe_call(2))
            connection.close()
        client = self.private()
        wait_until(lambda: client.links() == [], "the link to be let go")

    def processor_time(self):
        with open(f"/proc/{self.daemon.process.pid}/stat", encoding="ascii") as file:
            return sum(int(n) for n in file.read().rsplit(")", 1)[1].split()[11:13])

    def test_thousands(self):
        """Idle connections cost nothing, and thousands may hang up at a time.

        Processor time is in ticks of 10 ms.
        """
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        self.start("eth0")
        client = self.private()
        many = [handshake(self.daemon.private) for _ in range(3000)]
        before = self.processor_time()
        for _ in range(500):
            client.manager("ListLinks")
        self.assertLess(self.processor_time() - before, 100)
        before = self.processor_time()
        for connection in many:
            connection.close()
        wait_until(lambda: len(os.listdir(f"/proc/{self.daemon.process.pid}/fd")) < 100, "all of them to be closed")
        self.assertLess(self.processor_time() - before, 200)

    def test_no_handshake(self):
        """A client that does not go on with the handshake is closed. Without a link there are no signals for others."""
        self.start()
        silent, fine = socket.socket(socket.AF_UNIX), handshake(self.daemon.private)
        silent.connect(self.daemon.private)
        silent.settimeout(15)
        self.assertEqual(silent.recv(1), b"")
        fine.settimeout(0.1)
        self.assertRaises(TimeoutError, fine.recv, 1)
        silent.close()
        fine.close()

    def test_many_connections_of_one_user(self):
        self.start("eth0")
        script = f"""
import os, socket, sys
os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
kept = []
for i in range(200):
    s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect({self.daemon.private!r})
    try:
        s.sendall(b"\\0AUTH ANONYMOUS\\r\\n")
        if s.recv(100): kept.append(s)
    except OSError: pass
print(len(kept))
"""
        self.assertEqual(run("/usr/bin/python3", "-c", script).strip(), "64")
        wait_until(lambda: self.private().links() == ["eth0"], "an answer")


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq", "dbus-daemon", "busctl", "setpriv")
    gi.require_version("Gio", "2.0")
    dhlib.main()
