#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
org.dhcpdlink1 as clients see it, on a system bus of the test's own and on the private socket: the contract, properties, signals, claims, access,
and what becomes of it all when buses and daemons come and go.
"""
import json
import os
import re
import resource
import socket
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import gi
from gi.repository import Gio, GLib

import dhlib
from dhlib import Bus, Daemon, NetTest, TOP, listens, run, wait_until

NAME = "org.dhcpdlink1"
ROOT = "/org/dhcpdlink1"
MANAGER, LINK, DHCP4 = f"{NAME}.Manager", f"{NAME}.Link", f"{NAME}.DHCPv4"
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
CTL = os.path.join(dhlib.BUILD, "dhcpd-linkctl")
TIMES = {f"{name}At{clock}USec" for name in ("Granted", "T1", "T2", "Expires") for clock in ("", "Boottime")}


class Client:
    """A connection, by either way, that remembers every signal."""

    def __init__(self, address, name=None):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        if name:
            flags |= Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.name = name
        self.signals = []  # (path, interface, member, arguments)
        self.connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        self.connection.set_exit_on_close(False)
        self.connection.signal_subscribe(name, None, None, None, None, Gio.DBusSignalFlags.NONE, self._on_signal)
        if name:
            self.call(ROOT, "org.freedesktop.DBus.Peer", "Ping")  # the match rule is there now

    def _on_signal(self, _connection, _sender, path, interface, member, arguments, *_):
        if path != "/org/freedesktop/DBus":
            self.signals.append((path, interface, member, arguments.unpack()))

    def call(self, path, interface, method, signature=None, *arguments):
        parameters = GLib.Variant(f"({signature})", arguments) if signature else None
        reply = self.connection.call_sync(self.name, path, interface, method, parameters, None, Gio.DBusCallFlags.NONE, 20000, None)
        return reply.unpack()

    def error(self, *call):
        """-> (name, message) of the error that the call ends with"""
        try:
            self.call(*call)
        except GLib.Error as error:
            return re.fullmatch(r"GDBus\.Error:([^:]+): (.*)", error.message, re.S).groups()
        raise AssertionError(f"{call} did not fail")

    def manager(self, method, signature=None, *arguments):
        return self.call(ROOT, MANAGER, method, signature, *arguments)

    def link(self, name="eth0"):
        return self.manager("GetLink", "s", name)[0]

    def links(self):
        return [name for _, name, _ in self.manager("ListLinks")[0]]

    def get(self, prop, name="eth0", interface=DHCP4):
        return self.call(self.link(name), PROPERTIES, "Get", "ss", interface, prop)[0]

    def get_all(self, name="eth0", interface=DHCP4):
        return self.call(self.link(name), PROPERTIES, "GetAll", "s", interface)[0]

    def wait_signal(self, condition, what):
        def found():
            while GLib.MainContext.default().iteration(False):
                pass
            return next((s for s in self.signals if condition(*s)), None)
        return wait_until(found, what)

    def wait_lease(self, reason, name="eth0"):
        return self.wait_signal(lambda path, _, member, arguments: member == "LeaseChanged" and arguments[0] == reason,
                                f"LeaseChanged {reason} of {name}")[3][1]

    def members(self):
        return [member for _, _, member, _ in self.signals]

    def close(self):
        self.connection.close_sync(None)


class DBusTest(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        self.bus = Bus(self.net)

    def start(self, *links, **kwargs):
        self.daemon = Daemon(self.net, *links, bus=self.bus, **kwargs)
        wait_until(lambda: listens(self.daemon.private), "the private socket")
        self.bus.wait_name()
        return self.daemon

    def system(self):
        return Client(self.bus.address, NAME)

    def private(self):
        return Client(f"unix:path={self.daemon.private}")

    def both(self):
        return self.system(), self.private()


def shape(interface):
    """What a caller relies on, of one <interface>."""
    members = {}
    for member in interface:
        if member.tag == "annotation":
            continue
        arguments = [(a.get("name"), a.get("type"), a.get("direction", "out" if member.tag == "signal" else "in"))
                     for a in member.findall("arg")]
        notes = {a.get("name"): a.get("value") for a in member.findall("annotation")}
        members[member.tag, member.get("name")] = (member.get("type"), member.get("access"), arguments, notes)
    return members


class Contract(DBusTest):
    def test_introspection(self):
        """The daemon introspects to the XML, in both directions, by both ways."""
        self.start("eth0")
        wanted = {i.get("name"): shape(i) for i in ElementTree.parse(os.path.join(TOP, "dbus", f"{NAME}.xml")).getroot()}
        self.assertEqual(set(wanted), {MANAGER, LINK, DHCP4})
        for client in self.both():
            found = {}
            for path in (ROOT, client.link()):
                text = client.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")[0]
                found.update({i.get("name"): shape(i) for i in ElementTree.fromstring(text).findall("interface")
                              if i.get("name").startswith(NAME)})
            self.assertEqual(found, wanted)

    def test_files_parse(self):
        for name in (f"{NAME}.xml", f"{NAME}.conf", f"{NAME}.policy"):
            ElementTree.parse(os.path.join(TOP, "dbus", name))


class Reading(DBusTest):
    OPTIONS = ("--dhcp-option=option:dns-server,10.77.0.53,10.77.0.54", "--dhcp-option=option:domain-name,one.example",
               "--dhcp-option=option:ntp-server,10.77.0.9", "--dhcp-option=119,a.example,b.example",
               "--dhcp-option=option:mtu,1400", "--dhcp-option=option:router,10.77.0.1",
               "--dhcp-option=121,192.0.2.0/24,10.77.0.2,0.0.0.0/0,10.77.0.3", "--dhcp-option-force=224,01:02:ff")

    def test_properties(self):
        self.net.dnsmasq(*self.OPTIONS)
        self.start("eth0")
        address = self.net.wait_address()
        for client in self.both():
            wait_until(lambda: client.get("State") == "BOUND", "BOUND")
            lease, link = client.get_all(), client.get_all(interface=LINK)
            self.assertEqual((lease["Address"], lease["PrefixLength"], lease["Server"]), (address, 24, "10.77.0.1"))
            self.assertEqual((lease["Routers"], lease["DNS"]), (["10.77.0.1"], ["10.77.0.53", "10.77.0.54"]))
            self.assertEqual((lease["NTP"], lease["Domain"], lease["MTU"]), (["10.77.0.9"], "one.example", 1400))
            self.assertEqual((lease["SearchDomains"], lease["Relay"]), (["a.example", "b.example"], ""))
            self.assertEqual(lease["LifetimeUSec"], 3600 * 10**6)
            # Option 121 makes the routes; option 3 is there and not used.
            self.assertIn(3, [code for code, _ in lease["IgnoredOptions"]])
            routes = {(dst, length): gateway for dst, length, gateway, _ in lease["Routes"]}
            self.assertEqual(routes[("192.0.2.0", 24)], "10.77.0.2")
            self.assertEqual(routes[("0.0.0.0", 0)], "10.77.0.3")
            kernel = {(r["dst"].split("/")[0].replace("default", "0.0.0.0"), r["metric"]) for r in self.net.routes()}
            self.assertEqual({(dst, metric) for dst, _, _, metric in lease["Routes"]}, kernel)
            options = {code: bytes(data) for code, data in lease["Options"]}
            self.assertEqual(options[224], b"\x01\x02\xff")
            self.assertEqual(options[53], b"\x05")
            for clock, now in (("", time.time()), ("Boottime", time.clock_gettime(time.CLOCK_BOOTTIME))):
                times = [lease[f"{name}At{clock}USec"] for name in ("Granted", "T1", "T2", "Expires")]
                self.assertEqual(times, sorted(times))
                self.assertEqual(times[3] - times[0], 3600 * 10**6)
                self.assertLess(abs(times[0] / 1e6 - now), 30)
            (server, offered, _, heard), = lease["Servers"]
            self.assertEqual((server, offered), ("10.77.0.1", address))
            self.assertLess(abs(heard / 1e6 - time.time()), 30)
            self.assertEqual((lease["Counters"]["ReceivedAck"], lease["Counters"]["ReceivedNak"]), (1, 0))
            mac = json.loads(self.net.ip("-j", "link", "show", "eth0"))[0]["address"]
            self.assertEqual(bytes(link["HardwareAddress"]).hex(":"), mac)
            self.assertEqual(bytes(lease["ClientId"]).hex(":"), "01:" + mac)
            self.assertEqual((link["Name"], link["Carrier"], link["ConfigFile"]), ("eth0", True, ""))
            self.assertEqual(lease["LastError"], "")

    def test_same_number_twice(self):
        """A time that did not change is the same number however often it is asked for."""
        self.net.dnsmasq()
        self.start("eth0")
        client = self.system()
        self.net.wait_address()
        wait_until(lambda: client.get("State") == "BOUND", "BOUND")
        self.assertEqual(1, len({client.get("ExpiresAtUSec") for _ in range(50)}))

    def test_no_lease(self):
        self.start("eth0")
        for client in self.both():
            lease = client.get_all()
            self.assertEqual((lease["Address"], lease["PrefixLength"], lease["Routers"], lease["Options"]), ("", 0, [], []))
            self.assertEqual({lease[name] for name in TIMES}, {0})
            self.assertIn(lease["State"], ("INIT", "SELECTING"))

    def test_malformed_options(self):
        """What is malformed inside costs the option, never the lease; and what is well-formed is shown for what it says."""
        bad = {100: b":/etc/shadow", 101: b"../../etc/shadow", 114: b"file:///etc/passwd", 120: b"\x02\x01\x02\x03\x04",
               125: b"\0\0\0\x01\x09x", 162: b"\0\x09\0\x01", 212: b"\x21" + bytes(21)}
        good = {43: (b"\x01\x02ab", [{"Code": 1, "Data": "6162", "Text": "ab"}]),
                252: (b"http://wpad.example/\x1b[2J", "http://wpad.example/?[2J")}
        sent = {**bad, **{code: data for code, (data, _) in good.items()}}
        # dnsmasq takes what has a name there as text, the rest by its form.
        self.net.dnsmasq(*[f"--dhcp-option-force={code},{data.decode() if data.isascii() and data.decode().isprintable() else data.hex(':')}"
                           for code, data in sent.items()])
        self.start("eth0")
        self.net.wait_address()
        client = self.private()
        wait_until(lambda: client.get("State") == "BOUND", "BOUND")
        ignored = dict(client.get("IgnoredOptions"))
        self.assertEqual(set(ignored) & set(sent), set(bad))
        self.assertEqual((ignored[101], ignored[114]), ("a path, no time zone", "no URI of http, https or urn"))
        self.assertLessEqual(set(sent.items()), {(code, bytes(data)) for code, data in client.get("Options")})
        values = json.loads(client.call(client.link(), LINK, "Describe")[0])["DHCPv4"]["OptionValues"]
        self.assertEqual({code: values[str(code)] for code in sent}, {**dict.fromkeys(bad), **{code: v for code, (_, v) in good.items()}})

    def test_describe(self):
        self.net.dnsmasq(*self.OPTIONS)
        self.start("eth0")
        address = self.net.wait_address()
        client = self.private()
        wait_until(lambda: client.get("State") == "BOUND", "BOUND")
        everything = json.loads(client.manager("Describe")[0])
        link = json.loads(client.call(client.link(), LINK, "Describe")[0])
        self.assertEqual(everything["Links"], [link])
        self.assertEqual(everything["Version"], client.call(ROOT, PROPERTIES, "Get", "ss", MANAGER, "Version")[0])
        self.assertEqual(link["DHCPv4"]["Address"], address)
        self.assertIn({"Code": 224, "Data": "0102ff"}, link["DHCPv4"]["Options"])
        self.assertEqual(link["DHCPv4"]["OptionNames"]["51"], "lease-time")
        self.assertEqual(link["DHCPv4"]["OptionValues"]["53"], "DHCPACK")
        self.assertEqual(link["DHCPv4"]["OptionValues"]["1"], "255.255.255.0")
        self.assertEqual(link["HardwareAddress"].count(":"), 5)
        self.assertLess(set(client.get_all()), set(link["DHCPv4"]))

    def test_check_offer(self):
        """Anybody may ask what the client would make of an OFFER; nonsense is answered, too."""
        self.start("eth0")
        offer = bytes([2, 1, 6, 0]) + bytes(12) + bytes([10, 77, 0, 9]) + bytes(216) + bytes.fromhex(
            "63825363350102" "36040a4d0001" "3304000000ff" "ff")
        for client in self.both():
            def check(message, mac=b"", source=""):
                # pylint: disable=cell-var-from-loop
                return client.call(client.link(), DHCP4, "CheckOffer", "ayays", message, mac, source)[0]
            self.assertEqual(check(offer), "")
            self.assertEqual(check(offer, bytes(6)), "")
            nameless = offer.replace(bytes.fromhex("36040a4d0001"), b"")
            self.assertEqual(check(nameless), "no usable server identifier (option 54), and no host that it came from")
            self.assertEqual((check(nameless, source="10.77.0.1"), check(nameless[:-7], source="10.77.0.1")), ("", ""))
            for nonsense in (b"", b"\0", offer[:100], bytes(5000)):
                self.assertEqual(check(nonsense), "no DHCPOFFER, and no whole BOOTP reply")
            self.assertEqual(client.error(client.link(), DHCP4, "CheckOffer", "ayays", offer, bytes(100), ""),
                             ("org.freedesktop.DBus.Error.InvalidArgs", "No hardware address is that long."))
            self.assertEqual(client.error(client.link(), DHCP4, "CheckOffer", "ayays", offer, b"", "here"),
                             ("org.freedesktop.DBus.Error.InvalidArgs", "The source is no IPv4 address."))
            self.assertEqual(client.get("Counters")["ReceivedOffer"], 0)

    def test_objects(self):
        self.net.add_link("eth1")
        self.start("eth*")
        for client in self.both():
            objects = client.call(ROOT, OBJECTS, "GetManagedObjects")[0]
            paths = {path for path, interfaces in objects.items() if LINK in interfaces}
            self.assertEqual(paths, {client.link("eth0"), client.link("eth1")})
            self.assertEqual([i for i, _, _ in client.manager("ListLinks")[0]],
                             [int(re.match(r"(\d+)", self.net.ip("-o", "link", "show", n)).group(1)) for n in ("eth0", "eth1")])
            self.assertEqual(client.error(ROOT, MANAGER, "GetLink", "s", "eth7"),
                             (f"{NAME}.Error.NoSuchLink", "There is no link eth7."))
            self.assertEqual(client.error(ROOT, MANAGER, "GetLink", "s", "lo"),
                             (f"{NAME}.Error.NoSuchLink", "Link lo is not managed."))
            for path in ("_39999", "_3", "x", "_30032"):
                self.assertIn("Unknown", client.error(f"{ROOT}/link/{path}", PROPERTIES, "GetAll", "s", DHCP4)[0])


class Signals(DBusTest):
    def test_routes_of_a_tunnel(self):
        """What a VPN costs the lease is told when it comes and when it goes (ClasslessRoutes=no-override)."""
        if not os.path.exists("/dev/net/tun"):
            self.skipTest("there is no /dev/net/tun")
        self.net.dnsmasq("--dhcp-option=option:classless-static-route,0.0.0.0/0,10.77.0.1,192.0.2.0/24,10.77.0.9")
        self.start()
        client = self.both()[0]
        client.manager("KeepLink", "s", "eth0")
        client.wait_lease("bound")

        def wait(refused):
            client.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and "Routes" in a[1] and "IgnoredOptions" in a[1] and
                               (121 in [o[0] for o in a[1]["IgnoredOptions"]]) == refused and
                               ("192.0.2.0" in [r[0] for r in a[1]["Routes"]]) != refused, f"refused: {refused}")

        for refused in (True, False, True):
            client.signals.clear()
            if refused:
                self.net.ip("tuntap", "add", "dev", "tun0", "mode", "tun")
                self.net.ip("link", "set", "tun0", "up")
                self.net.ip("route", "add", "default", "dev", "tun0", "metric", "50")
            else:
                self.net.ip("link", "del", "tun0")
            wait(refused)

    def test_life_of_a_lease(self):
        self.net.dnsmasq()
        self.start()
        clients = self.both()
        path = clients[0].manager("KeepLink", "s", "eth0")[0]
        for client in clients:
            added = client.wait_lease("bound")
            self.assertLess({"Address", "Routers", "Options", "ExpiresAtUSec"}, set(added["added"]))
            self.assertEqual((added["removed"], added["modified"]), ([], []))
            members = client.members()
            self.assertEqual(members[:2], ["InterfacesAdded", "LinkNew"])
            self.assertEqual(client.signals[1][3][1:], (path, "eth0"))
            # Whoever keeps properties by signals has them when the event comes.
            bound = members.index("LeaseChanged")
            changed = [s[3] for s in client.signals[:bound] if s[2] == "PropertiesChanged" and "Address" in s[3][1]]
            self.assertEqual(len(changed), 1)
            self.assertEqual(changed[0][1]["State"], "BOUND")
            states = [s[3] for s in client.signals if s[2] == "StateChanged"]
            self.assertEqual(states[0][0], "STOPPED")
            self.assertEqual([new for _, new in states[:-1]], [old for old, _ in states[1:]])
            self.assertEqual(states[-1][1], "BOUND")
            client.signals.clear()

        time.sleep(1.2)  # a lease that was granted just now is not renewed
        clients[0].call(path, LINK, "Renew")
        for client in clients:
            renewed = client.wait_lease("renewed")
            self.assertEqual((renewed["added"], renewed["removed"]), ([], []))
            # Options has the raw times in it, which dnsmasq likes to vary.
            self.assertEqual(set(renewed["modified"]) - {"Options"}, TIMES)
            changed = set().union(*(s[3][1] for s in client.signals if s[2] == "PropertiesChanged"))
            self.assertEqual(changed - {"Options"}, TIMES | {"State"})
            client.signals.clear()

        clients[1].manager("StopLink", "sb", "eth0", True)
        for client in clients:
            lost = client.wait_lease("lost")
            self.assertEqual((lost["why"], lost["added"], lost["modified"]), ("released", [], []))
            self.assertIn("Address", lost["removed"])
            client.wait_signal(lambda _p, _i, member, _a: member == "InterfacesRemoved", "InterfacesRemoved")
            self.assertEqual(client.members()[-2:], ["LinkRemoved", "InterfacesRemoved"])

    def test_carrier_and_name(self):
        self.start()
        client = self.system()
        client.manager("KeepLink", "s", "eth0")
        client.manager("KeepLink", "s", "other*")
        self.net.ip_server("link", "set", "s-eth0", "down")
        client.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and a[1].get("Carrier") is False, "no carrier")
        self.net.ip("link", "set", "eth0", "down")
        self.net.ip("link", "set", "eth0", "name", "other0")
        client.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and a[1].get("Name") == "other0", "the new name")
        self.assertEqual(client.links(), ["other0"])

    def test_holder_hears_its_own(self):
        """A connection that started a link hears of that one only; the others hear of all."""
        self.net.add_link("eth1")
        self.start()
        holder, watcher = self.private(), self.private()
        holder.manager("StartLink", "s", "eth1")
        watcher.manager("KeepLink", "s", "eth0")
        for name in ("eth0", "eth1"):
            watcher.wait_signal(lambda _p, _i, m, a: m == "LinkNew" and a[2] == name, f"LinkNew of {name}")
        path = watcher.link("eth1")
        holder.wait_signal(lambda _p, _i, m, a: m == "LinkNew" and a[2] == "eth1", "LinkNew")
        watcher.manager("StopLink", "sb", "eth0", False)
        watcher.manager("StopLink", "sb", "eth1", False)
        holder.wait_signal(lambda _p, _i, m, a: m == "LinkRemoved" and a[2] == "eth1", "LinkRemoved")
        about = {s[0] if s[0] != ROOT else next(a for a in s[3] if isinstance(a, str)) for s in holder.signals}
        self.assertEqual(about, {path})


class Claims(DBusTest):
    def test_ends_with_its_connection(self):
        self.net.dnsmasq()
        self.start()
        watcher, holder, other = self.private(), self.private(), self.private()
        self.assertEqual(holder.manager("StartLink", "s", "eth0")[0], watcher.link())
        other.manager("StartLink", "s", "eth0")
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
        """StopLink drops the caller's claim; that of somebody without one drops all. It answers when the link is off."""
        self.net.dnsmasq()
        self.start()
        a, b, c = self.private(), self.private(), self.private()
        a.manager("StartLink", "s", "eth0")
        b.manager("StartLink", "s", "eth0")
        self.net.wait_address()
        a.manager("StopLink", "sb", "eth0", True)
        self.assertEqual(a.links(), ["eth0"])
        c.manager("StopLink", "sb", "eth0", False)
        self.assertEqual((c.links(), self.net.addresses(), self.net.routes()), ([], [], []))
        self.assertNotIn("DHCPRELEASE", self.net.read("dnsmasq.log"))
        self.assertEqual(c.error(ROOT, MANAGER, "StopLink", "sb", "eth0", True),
                         (f"{NAME}.Error.NotManaged", "Link eth0 is not managed."))

    def test_not_there_yet(self):
        self.net.dnsmasq()
        self.start()
        holder = self.private()
        self.assertEqual(holder.manager("StartLink", "s", "later0"), ("/",))
        for _ in range(2):
            holder.signals.clear()
            self.net.add_link("later0")
            holder.wait_lease("bound")
            self.net.ip("link", "del", "later0")
            self.assertEqual(holder.wait_lease("lost")["why"], "carrier")
            holder.wait_signal(lambda _p, _i, member, _a: member == "LinkRemoved", "LinkRemoved")
        holder.manager("StopLink", "sb", "later0", True)

    def test_kept(self):
        self.start()
        client = self.private()
        client.manager("KeepLink", "s", "eth0")
        client.close()
        time.sleep(0.2)
        client = self.system()
        self.assertEqual(client.links(), ["eth0"])
        client.close()
        client = self.system()
        self.assertEqual(client.links(), ["eth0"])
        client.manager("StopLink", "sb", "eth0", True)
        self.assertEqual(client.links(), [])

    def test_refused(self):
        self.start(config={"links/no.conf": "[Match]\nName=eth0\n[Link]\nManage=no\n"})
        for client in self.both():
            for name, error, words in (("lo", "NotSupported", "lo"), ("eth0", "NotManaged", "Manage=no"), ("a/b", "NoSuchLink", "a/b"),
                                       ("", "NoSuchLink", "name"),
                                       ("averyverylongname" * 8, "NoSuchLink", "averyverylongname")):
                found, message = client.error(ROOT, MANAGER, "StartLink", "s", name)
                self.assertEqual(found, f"{NAME}.Error.{error}", name)
                self.assertIn(words, message)
            self.assertEqual(client.links(), [])

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
        self.assertTrue(client.get("ConfigFile", interface=LINK).endswith("/a.conf"))
        client.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and "ConfigFile" in a[1], "ConfigFile")


POLKIT = """
import sys
from gi.repository import Gio, GLib
XML = '''<node><interface name="org.freedesktop.PolicyKit1.Authority"><method name="CheckAuthorization">
<arg type="(sa{sv})" direction="in"/><arg type="s" direction="in"/><arg type="a{ss}" direction="in"/><arg type="u" direction="in"/>
<arg type="s" direction="in"/><arg type="(bba{ss})" direction="out"/></method></interface></node>'''
def on_call(connection, sender, path, interface, method, arguments, invocation):
    subject, action, _, flags, _ = arguments.unpack()
    print(subject[0], action, flags, flush=True)
    # Like the shipped policy in an active session: renewing is allowed, the rest needs a password, which is given when asked for.
    yes = action == "org.dhcpdlink1.renew" or flags == 1
    invocation.return_value(GLib.Variant("((bba{ss}))", ((yes, not yes, {}),)))
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
                                              Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
bus.register_object("/org/freedesktop/PolicyKit1/Authority", Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], on_call, None, None)
bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName", GLib.Variant("(su)", ("org.freedesktop.PolicyKit1", 0)),
              None, 0, -1, None)
print("ready", flush=True)
GLib.MainLoop().run()
"""


class Access(DBusTest):
    def nobody(self, *command):
        return subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command], capture_output=True,
                              text=True, check=False, timeout=120)

    def busctl(self, *arguments):
        return self.nobody("busctl", f"--address={self.bus.address}", "--timeout=10", "call", NAME, *arguments)

    def changes(self, path):
        return ((ROOT, MANAGER, "StartLink", "s", "eth1"), (ROOT, MANAGER, "KeepLink", "s", "eth1"),
                (ROOT, MANAGER, "StopLink", "sb", "eth0", "true"), (ROOT, MANAGER, "Reload"),
                (path, LINK, "Renew"), (path, LINK, "Release"), (path, LINK, "Restart"))

    def test_private(self):
        self.start("eth0")
        for verb in (("status",), ("status", "eth0"), ("list",), ("--json", "status")):
            result = self.nobody(CTL, f"--socket={self.daemon.private}", *verb)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("eth0", result.stdout)
        for verb in (("up", "eth1"), ("down", "eth0"), ("renew", "eth0"), ("release", "eth0"), ("reload",), ("hold", "eth0")):
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
        self.assertEqual([line.split()[1] for line in asked], [f"{NAME}.manage"] * 4 + [f"{NAME}.renew"] + [f"{NAME}.manage"] * 2)
        self.assertEqual({line.split()[0] for line in asked}, {"system-bus-name"})
        # With somebody to ask for the password.
        result = self.busctl("--allow-interactive-authorization=true", ROOT, MANAGER, "StopLink", "sb", "eth0", "true")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(client.links(), [])
        # Root is not asked about.
        client.manager("StartLink", "s", "eth0")
        self.assertEqual(len(self.net.read("polkit").splitlines()), 9)

    def test_caller_leaves(self):
        """Somebody who asks and leaves before polkit answers harms nobody."""
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
            self.bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        client.name = "org.freedesktop.DBus"
        client.call("/", "org.freedesktop.DBus", "RequestName", "su", NAME, 0)
        return client


def handshake(path):
    """A private connection by hand, past its handshake."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    try:
        connection.connect(path)
        connection.sendall(b"\0AUTH ANONYMOUS\r\n")
        reply = b""
        while not reply.endswith(b"\r\n"):
            data = connection.recv(100)
            if not data:
                raise ConnectionError("refused")
            reply += data
        connection.sendall(b"BEGIN\r\n")
    except OSError:
        connection.close()
        raise
    return connection


def describe_call(serial):
    message = Gio.DBusMessage.new_method_call(None, ROOT, MANAGER, "Describe")
    message.set_serial(serial)
    return message.to_blob(Gio.DBusCapabilityFlags.NONE)


class Hostile(DBusTest):
    def test_does_not_read(self):
        """A client that asks and asks and does not read the answers waits for itself, and gets all of them in the end."""
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
            answers += rest.count(b'{"Version"')
            rest = rest[-9:]
        flood.close()

    def test_does_not_listen(self):
        """A client that does not read its signals is closed when they are too many; the others do not notice."""
        self.start("eth0")
        deaf, client, other = handshake(self.daemon.private), self.private(), self.system()
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
        for data in (b"", b"\0", b"GET / HTTP/1.0\r\n\r\n", b"\0AUTH EXTERNAL\r\n", b"\0AUTH ANONYMOUS\r\nBEGIN\r\n" + b"\xff" * 200,
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
            while received.count(b'{"Version"') < answers:
                received += connection.recv(10000)
            connection.close()

    def test_vanishes_in_a_call(self):
        self.net.dnsmasq()
        self.start()
        for _ in range(30):
            connection = handshake(self.daemon.private)
            message = Gio.DBusMessage.new_method_call(None, ROOT, MANAGER, "StartLink")
            message.set_body(GLib.Variant("(s)", ("eth0",)))
            message.set_serial(1)
            connection.sendall(message.to_blob(Gio.DBusCapabilityFlags.NONE) + describe_call(2))
            connection.close()
        client = self.private()
        wait_until(lambda: client.links() == [], "the link to be let go")

    def processor_time(self):
        with open(f"/proc/{self.daemon.process.pid}/stat", encoding="ascii") as file:
            return sum(int(n) for n in file.read().rsplit(")", 1)[1].split()[11:13])

    def test_thousands(self):
        """Idle connections cost nothing, and thousands may hang up at a time. (In ticks of 10 ms: before, it was a minute.)"""
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
        """Who does not get on with the handshake is closed. Without a link there are no signals for the other one."""
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
