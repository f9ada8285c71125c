#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The contract of org.dhcpdlink1, on a system bus of the test's own and on the private socket.
There are introspection, properties and signals. (test_dbus_peers.py has claims, access, and what becomes of
connections.)
"""
import json
import os
import re
import time
import xml.etree.ElementTree as ElementTree

import gi

import dhlib
from busclient import DHCP4, DBusTest, KEEP, LINK, MANAGER, NAME, NO_RELEASE, OBJECTS, PROPERTIES, ROOT, TIMES
from dhlib import Daemon, TOP, listens, wait_until


def shape(interface):
    """Returns what a caller relies on, of one <interface>."""
    members = {}
    for member in interface:
        if member.tag == "annotation":
            continue
        arguments = [(a.get("name"), a.get("type"), a.get("direction", "out" if member.tag == "signal" else "in"))
                     for a in member.findall("arg")]
        # sd-bus tells nothing of the annotations for C.
        notes = {a.get("name"): a.get("value") for a in member.findall("annotation")
                 if not a.get("name").startswith("org.gtk.")}
        members[member.tag, member.get("name")] = (member.get("type"), member.get("access"), arguments, notes)
    return members


def as_json(name, value):
    """Returns what JSON has for a value: bytes as digits, never as null, and the fields of Options by name."""
    kind = value.get_type_string()
    if kind == "v":
        return as_json(name, value.get_variant())
    if kind == "ay":
        return bytes(value.unpack()).hex(*([":"] if name.endswith("HardwareAddress") else []))
    if kind == "(uay)":
        return {"Code": value.get_child_value(0).get_uint32(), "Data": as_json("", value.get_child_value(1))}
    if kind.startswith("a{"):
        entries = [value.get_child_value(i) for i in range(value.n_children())]
        return {e.get_child_value(0).get_string(): as_json(e.get_child_value(0).get_string(), e.get_child_value(1))
                for e in entries}
    if kind.startswith("a"):
        return [as_json(name, value.get_child_value(i)) for i in range(value.n_children())]
    return None if kind == "t" and value.get_uint64() == 2**64 - 1 else value.unpack()


class Contract(DBusTest):
    def test_introspection(self):
        """The daemon introspects to the XML, in both directions, by both ways."""
        self.start("eth0")
        wanted = {i.get("name"): shape(i) for i in ElementTree.parse(os.path.join(TOP, "dbus",
                                                                                  f"{NAME}.xml")).getroot()}
        self.assertEqual(set(wanted), {MANAGER, LINK, DHCP4})
        for client in self.both():
            found = {}
            for path in (ROOT, client.link()):
                text = client.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")[0]
                found.update({i.get("name"): shape(i) for i in ElementTree.fromstring(text).findall("interface")
                              if i.get("name").startswith(NAME)})
            self.assertEqual(found, wanted)

    def test_before_version_1(self):
        """Calls that were right before the contract had a version fail; none does something else than it did."""
        self.start()
        for client in self.both():
            for method, signature, arguments, error in (
                    ("KeepLink", "s", ("eth0",), "UnknownMethod"), ("StartLink", "s", ("eth0",), "InvalidArgs"),
                    ("StopLink", "sb", ("eth0", True), "InvalidArgs")):
                self.assertEqual(client.error(ROOT, MANAGER, method, signature, *arguments)[0],
                                 f"org.freedesktop.DBus.Error.{error}")
            self.assertEqual(client.links(), [])
            client.manager("StartLink", "sa{sv}", "eth0", {})
            for interface, name in ((MANAGER, "RefusedPlugins"), (DHCP4, "Counters"), (DHCP4, "Attempts")):
                path = ROOT if interface == MANAGER else client.link()
                self.assertEqual(client.error(path, PROPERTIES, "Get", "ss", interface, name)[0],
                                 "org.freedesktop.DBus.Error.UnknownProperty")
            client.manager("StopLink", "sa{sv}", "eth0", {})

    def test_files_parse(self):
        for name in (f"{NAME}.xml", f"{NAME}.conf", f"{NAME}.policy"):
            ElementTree.parse(os.path.join(TOP, "dbus", name))


class Reading(DBusTest):
    OPTIONS = ("--dhcp-option=option:dns-server,10.77.0.53,10.77.0.54", "--dhcp-option=option:domain-name,one.example",
               "--dhcp-option=option:ntp-server,10.77.0.9", "--dhcp-option=119,a.example,b.example",
               "--dhcp-option=option:mtu,1400", "--dhcp-option=option:router,10.77.0.1",
               "--dhcp-option=121,192.0.2.0/24,10.77.0.2,0.0.0.0/0,10.77.0.3", "--dhcp-option-force=224,01:02:ff",
               "--dhcp-boot=boot/pxe linux.0,srv.example,10.77.0.9")

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
            self.assertEqual((lease["NextServer"], lease["ServerName"], lease["BootFile"]),
                             ("10.77.0.9", "srv.example", "boot/pxe linux.0"))
            self.assertEqual(lease["LifetimeUSec"], 3600 * 10**6)
            # Option 121 makes the routes; option 3 is there and not used.
            self.assertIn(3, [option["Code"] for option in lease["IgnoredOptions"]])
            routes = {(r["Destination"], r["PrefixLength"]): r["Gateway"] for r in lease["Routes"]}
            self.assertEqual({(r["Table"], r["Origin"], r["Source"]) for r in lease["Routes"]},
                             {(254, "dhcp", address)})
            self.assertEqual(routes[("192.0.2.0", 24)], "10.77.0.2")
            self.assertEqual(routes[("0.0.0.0", 0)], "10.77.0.3")
            kernel = {(r["dst"].split("/")[0].replace("default", "0.0.0.0"), r["metric"]) for r in self.net.routes()}
            self.assertEqual({(r["Destination"], r["Metric"]) for r in lease["Routes"]}, kernel)
            options = {code: bytes(data) for code, data in lease["Options"]}
            self.assertEqual(options[224], b"\x01\x02\xff")
            self.assertEqual(options[53], b"\x05")
            for clock, now in (("", time.time()), ("Boottime", time.clock_gettime(time.CLOCK_BOOTTIME))):
                times = [lease[f"{name}At{clock}USec"] for name in ("Granted", "T1", "T2", "Expires")]
                self.assertEqual(times, sorted(times))
                self.assertEqual(times[3] - times[0], 3600 * 10**6)
                self.assertLess(abs(times[0] / 1e6 - now), 30)
            server, = lease["Servers"]
            self.assertEqual((server["Identifier"], server["OfferedAddress"], server["Chosen"], server["Refused"]),
                             ("10.77.0.1", address, True, ""))
            self.assertLess(abs(server["HeardAtUSec"] / 1e6 - time.time()), 30)
            self.assertLess(abs(server["HeardAtBoottimeUSec"] / 1e6 - time.clock_gettime(time.CLOCK_BOOTTIME)), 30)
            counters = client.call(client.link(), DHCP4, "GetCounters")[0]
            self.assertEqual((counters["ReceivedAck"], counters["ReceivedNak"]), (1, 0))
            values = lease["OptionValues"]
            self.assertEqual((values["subnet-mask"], values["message-type"], values["routers"]),
                             ("255.255.255.0", "DHCPACK", ["10.77.0.1"]))
            self.assertEqual((values["interface-mtu"], values["domain-search"], bytes(values["224"])),
                             (1400, ["a.example", "b.example"], b"\x01\x02\xff"))
            self.assertIn({"Destination": "192.0.2.0", "PrefixLength": 24, "Gateway": "10.77.0.2"},
                          values["classless-static-routes"])
            mac = json.loads(self.net.ip("-j", "link", "show", "eth0"))[0]["address"]
            self.assertEqual(bytes(link["HardwareAddress"]).hex(":"), mac)
            self.assertEqual(bytes(lease["ClientId"]).hex(":"), "01:" + mac)
            self.assertEqual((link["Name"], link["Carrier"], link["ConfigFiles"]), ("eth0", True, []))
            self.assertEqual(lease["LastError"], {})

    def test_every_property(self):
        """Every property of a bound link has the type of the contract, by GetAll and by Get.

        Describe shows the same values.
        """
        self.net.dnsmasq(*self.OPTIONS)
        self.start("eth0")
        self.net.wait_address()
        types = {i.get("name"): {p.get("name"): p.get("type") for p in i.findall("property")}
                 for i in ElementTree.parse(os.path.join(TOP, "dbus", f"{NAME}.xml")).getroot()}
        for client in self.both():
            wait_until(lambda client=client: client.get("State") == "BOUND", "BOUND")
            described = json.loads(client.call(client.link(), LINK, "Describe")[0])
            for interface, path, shown in ((MANAGER, ROOT, json.loads(client.manager("Describe")[0])),
                                           (LINK, client.link(), described),
                                           (DHCP4, client.link(), described["DHCPv4"])):
                reply = client.call_variant(path, PROPERTIES, "GetAll", "s", interface).get_child_value(0)
                values = {reply.get_child_value(i).get_child_value(0).get_string():
                          reply.get_child_value(i).get_child_value(1).get_variant() for i in range(reply.n_children())}
                self.assertEqual({name: value.get_type_string() for name, value in values.items()}, types[interface])
                self.assertLessEqual(set(values), set(shown))
                for name, value in values.items():
                    one = client.call_variant(path, PROPERTIES, "Get", "ss", interface,
                                              name).get_child_value(0).get_variant()
                    self.assertTrue(one.equal(value), name)
                    self.assertEqual(as_json(name, value), shown[name])
            values = described["DHCPv4"]
            filled = {name for name, value in values.items() if value not in ("", [], {}, 0, False)}
            self.assertEqual(set(values) - filled - {"Hostname"},
                             {"Attempt", "NextAttemptAtUSec", "NextAttemptAtBoottimeUSec", "SearchingSinceUSec",
                                                    "SearchingSinceBoottimeUSec", "LastIgnored", "LastError",
                              "IPv6Only", "Relay",
                                                    "CaptivePortal", "KeptOptions"})
            self.assertEqual((described["State"], described["Applied"], described["Problems"]),
                             ("configured", True, []))

    def test_settings(self):
        """What is in force, by default or by which file, and that it changes when the files do."""
        self.start("eth0")
        client = self.private()
        ifindex = client.get("Index", interface=LINK)
        settings = client.get("Settings", interface=LINK)
        self.assertEqual((settings["DHCPv4.SendRelease"], settings["DHCPv4.RouteMetric"],
                          settings["DHCPv4.RouteTable"]),
                         (True, 1024 + ifindex, 254))
        self.assertEqual((settings["Link.CarrierLossGraceSec"] > 10**6, "DHCPv4.IAID" in settings), (True, False))
        self.assertIn("domain-name-servers", settings["DHCPv4.RequestOptions"])
        client.signals.clear()
        path = os.path.join(self.daemon.config, "links", "a.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write("[Match]\nName=eth0\n[DHCPv4]\nRouteMetric=7\nDenyServer=192.0.2.1\n")
        client.manager("Reload")
        _, _, _, (interface, changed, _) = client.wait_signal(
            lambda _p, _i, m, a: m == "PropertiesChanged" and "Settings" in a[1], "Settings")
        self.assertEqual((interface, set(changed), changed["ConfigFiles"]), (LINK, {"Settings", "ConfigFiles"}, [path]))
        self.assertEqual((changed["Settings"]["DHCPv4.RouteMetric"], changed["Settings"]["DHCPv4.DenyServer"]),
                         (7, ["192.0.2.1/32"]))
        self.assertEqual({**settings, "DHCPv4.RouteMetric": 7, "DHCPv4.DenyServer": ["192.0.2.1/32"]},
                         changed["Settings"])

    def test_link_state(self):
        """stopped, no-carrier, searching, configured, degraded; each change is signalled."""
        self.start(
            "eth0",
            config={"dhcpd-link.conf": "[DHCPv4]\nFallback=link-local\nFallbackAfterSec=1s\nConflictDetection=no\n"},
        )
        client = self.private()
        wait_until(lambda: client.get("State", interface=LINK) in ("searching", "degraded"), "the search")
        wait_until(lambda: client.get("State", interface=LINK) == "degraded", "a fallback")
        server = self.net.dnsmasq()
        wait_until(lambda: client.get("State", interface=LINK) == "configured", "a lease")
        client.call(client.link(), LINK, "Release")
        self.assertEqual(client.get("State", interface=LINK), "stopped")
        dhlib.end(server)
        self.net.ip_server("link", "set", "s-eth0", "down")
        client.call(client.link(), LINK, "Restart")
        wait_until(lambda: client.get("State", interface=LINK) == "no-carrier", "no carrier")
        client.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and a[1].get("State") == "no-carrier",
                           "the signal of it")
        told = [s[3][1]["State"] for s in client.signals if s[2] == "PropertiesChanged" and s[3][0] == LINK
                and "State" in s[3][1]]
        self.assertEqual([state for state in told if state != "searching"],
                         ["degraded", "configured", "stopped", "no-carrier"])

    def test_candidates(self):
        """Interfaces that are not managed, with the reason; a signal when there are others, at most one in a second."""
        self.net.add_link("eth1")
        self.net.add_link("off0")
        self.net.ip("link", "set", "eth1", "down")
        self.start("eth0", config={"links/off.conf": "[Match]\nName=off0\n[Link]\nManage=no\n"})
        client = self.private()

        def reasons():
            return {name: (details["Reason"], path, details["Manager"]) for _, name, path,
                    details in client.manager("ListCandidateLinks")[0]}
        found = reasons()
        self.assertEqual({name: reason for name, (reason, _, _) in found.items()},
                         {"lo": "not-supported", "eth1": "down", "off0": "switched-off"})
        self.assertEqual({(path, manager) for _, path, manager in found.values()}, {("/", "")})
        details = next(d for _, name, _, d in client.manager("ListCandidateLinks")[0] if name == "eth1")
        self.assertEqual(bytes(details["HardwareAddress"]).hex(":"),
                         json.loads(self.net.ip("-j", "link", "show", "eth1"))[0]["address"])
        client.signals.clear()
        self.net.ip("link", "set", "eth1", "up")
        client.wait_signal(lambda _p, _i, m, _a: m == "CandidatesChanged", "CandidatesChanged")
        self.assertEqual(reasons()["eth1"][0], "unmanaged")
        client.signals.clear()
        begun = time.monotonic()
        for n in range(20):
            self.net.ip("link", "add", f"d{n}", "type", "veth", "peer", "name", f"p{n}")
            self.net.ip("link", "del", f"d{n}")
        time.sleep(1.5)
        client.manager("StartLink", "sa{sv}", "eth1", KEEP)
        client.wait_signal(lambda _p, _i, m, _a: m == "LinkNew", "LinkNew")
        self.assertNotIn("eth1", reasons())
        n_signals = client.members().count("CandidatesChanged")
        self.assertTrue(1 <= n_signals <= 2 + (time.monotonic() - begun), n_signals)

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
            self.assertEqual((lease["Address"], lease["PrefixLength"], lease["Routers"], lease["Options"]),
                             ("", 0, [], []))
            self.assertEqual({lease[name] for name in TIMES}, {0})
            self.assertIn(lease["State"], ("INIT", "SELECTING"))

    def test_malformed_options(self):
        """Malformed content costs the option, never the lease.

        Well-formed content is shown as what it says.
        """
        bad = {100: b":/etc/shadow", 101: b"../../etc/shadow", 114: b"file:///etc/passwd", 120: b"\x02\x01\x02\x03\x04",
               125: b"\0\0\0\x01\x09x", 162: b"\0\x09\0\x01", 212: b"\x21" + bytes(21)}
        good = {43: (b"\x01\x02ab", [{"Code": 1, "Data": "6162"}]),
                252: (b"http://wpad.example/\x1b[2J", "http://wpad.example/?[2J")}
        sent = {**bad, **{code: data for code, (data, _) in good.items()}}
        # dnsmasq takes what has a name there as text, the rest by its form.
        self.net.dnsmasq(
            *[
                f"--dhcp-option-force={code},"
                f"{data.decode() if data.isascii() and data.decode().isprintable() else data.hex(':')}"
                for code, data in sent.items()
            ]
        )
        self.start("eth0")
        self.net.wait_address()
        client = self.private()
        wait_until(lambda: client.get("State") == "BOUND", "BOUND")
        ignored = {option["Code"]: option["Reason"] for option in client.get("IgnoredOptions")}
        self.assertEqual(set(ignored) & set(sent), set(bad))
        self.assertEqual((ignored[101], ignored[114]), ("a path, no time zone", "no URI of https"))
        self.assertLessEqual(set(sent.items()), {(code, bytes(data)) for code, data in client.get("Options")})
        values = json.loads(client.call(client.link(), LINK, "Describe")[0])["DHCPv4"]["OptionValues"]
        self.assertEqual((values["vendor-specific"], values["wpad-url"]), (good[43][1], good[252][1]))
        self.assertFalse({"posix-timezone", "tzdb-timezone", "captive-portal", "sip-servers", "vendor-options",
                          "encrypted-dns", "6rd"} &
                         set(values))

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
        self.assertEqual(link["DHCPv4"]["OptionValues"]["message-type"], "DHCPACK")
        self.assertEqual(link["DHCPv4"]["OptionValues"]["lease-time"], 3600)
        self.assertEqual(link["DHCPv4"]["OptionValues"]["224"], "0102ff")
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
            self.assertEqual(client.call(client.link(), DHCP4, "GetCounters")[0]["ReceivedOffer"], 0)

    def test_objects(self):
        self.net.add_link("eth1")
        self.start("eth*")
        for client in self.both():
            objects = client.call(ROOT, OBJECTS, "GetManagedObjects")[0]
            paths = {path for path, interfaces in objects.items() if LINK in interfaces}
            self.assertEqual(paths, {client.link("eth0"), client.link("eth1")})
            self.assertEqual([i for i, _, _, _ in client.manager("ListLinks")[0]],
                             [int(re.match(r"(\d+)", self.net.ip("-o", "link", "show", n)).group(1))
                              for n in ("eth0", "eth1")])
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
        client.manager("StartLink", "sa{sv}", "eth0", KEEP)
        client.wait_lease("bound")

        def wait(refused):
            client.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and "Routes" in a[1]
                               and "IgnoredOptions" in a[1] and
                               (121 in [o["Code"] for o in a[1]["IgnoredOptions"]]) == refused and
                               ("192.0.2.0" in [r["Destination"] for r in a[1]["Routes"]]) != refused,
                               f"refused: {refused}")

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
        path = clients[0].manager("StartLink", "sa{sv}", "eth0", KEEP)[0]
        for client in clients:
            old, new, details = client.wait_lease("bound")
            self.assertLess({"Address", "Routers", "Options", "OptionValues", "ExpiresAtUSec"}, set(new))
            self.assertEqual((old, details), ({}, {}))
            members = client.members()
            self.assertEqual(members[:2], ["InterfacesAdded", "LinkNew"])
            self.assertEqual(client.signals[1][3][1:3], ("eth0", path))
            # Whoever keeps properties by signals has them when the event comes.
            bound = members.index("LeaseChanged")
            changed = [s[3] for s in client.signals[:bound] if s[2] == "PropertiesChanged" and "Address" in s[3][1]]
            self.assertEqual(len(changed), 1)
            self.assertEqual(changed[0][1]["State"], "BOUND")
            self.assertEqual({name: changed[0][1][name] for name in new}, new)
            states = [s[3] for s in client.signals if s[2] == "StateChanged"]
            self.assertEqual(states[0][0], "STOPPED")
            self.assertEqual([new for _, new, _ in states[:-1]], [old for old, _, _ in states[1:]])
            self.assertEqual(states[-1][1:], ("BOUND", {}))
            client.signals.clear()
        before = clients[0].get_all()

        time.sleep(1.2)  # a lease that was granted just now is not renewed
        clients[0].call(path, LINK, "Renew")
        raw = {"Options", "OptionValues"}  # have the raw times in them, which dnsmasq likes to vary
        for client in clients:
            old, new, _ = client.wait_lease("renewed")
            self.assertEqual((set(old) - raw, set(new) - raw), (TIMES, TIMES))
            self.assertEqual(old, {name: before[name] for name in old})
            changed = set().union(*(s[3][1] for s in client.signals if s[2] == "PropertiesChanged"))
            self.assertEqual(changed - raw, TIMES | {"State", "Servers"})
            client.signals.clear()
        before = clients[0].get_all()

        clients[1].manager("StopLink", "sa{sv}", "eth0", {})
        for client in clients:
            old, new, details = client.wait_lease("lost")
            self.assertEqual((details, new), ({"Why": "released"}, {}))
            self.assertEqual(old, {name: before[name] for name in old})
            self.assertLess({"Address", "Routers", "Options", "OptionValues", "ExpiresAtUSec"}, set(old))
            client.wait_signal(lambda _p, _i, member, _a: member == "InterfacesRemoved", "InterfacesRemoved")
            self.assertEqual([m for m in client.members() if m != "CandidatesChanged"][-2:],
                             ["LinkRemoved", "InterfacesRemoved"])

    def test_changed_lease(self):
        """A lease that changes brings what differs, before and now; what is the same is not named."""
        server = self.net.dnsmasq("--dhcp-option=option:dns-server,10.77.0.53",
                                  "--dhcp-option=option:ntp-server,10.77.0.9",
                                  "--dhcp-option=option:domain-name,one.example",
                                  "--dhcp-option-force=114,https://portal.example/api")
        self.start("eth0")
        client = self.private()
        self.net.wait_address()
        wait_until(lambda: client.get("State") == "BOUND", "BOUND")
        dhlib.end(server)
        self.net.dnsmasq(
            "--dhcp-option=option:dns-server,10.77.0.54",
            "--dhcp-option=option:domain-name,one.example",
            "--dhcp-option=option:mtu,1400",
            "--dhcp-option-force=114,urn:ietf:params:capport:unrestricted",
        )
        time.sleep(1.2)
        client.call(client.link(), LINK, "Renew")
        old, new, _ = client.wait_lease("changed")
        # What the last answer lacks is kept: the time server.
        self.assertEqual((old["DNS"], new["DNS"]), (["10.77.0.53"], ["10.77.0.54"]))
        self.assertEqual((old["MTU"], new["MTU"]), (0, 1400))
        # There is no portal any more, and the server says so.
        self.assertEqual((old["CaptivePortal"], new["CaptivePortal"]), ("https://portal.example/api", ""))
        self.assertEqual(new["OptionValues"]["captive-portal"], "urn:ietf:params:capport:unrestricted")
        self.assertEqual([s[3][1]["CaptivePortal"] for s in client.signals if s[2] == "PropertiesChanged"
                          and "CaptivePortal" in s[3][1]][-1], "")
        self.assertEqual((old["OptionValues"]["domain-name-servers"], new["OptionValues"]["domain-name-servers"]),
                         (["10.77.0.53"], ["10.77.0.54"]))
        self.assertEqual(set(old), set(new))
        self.assertFalse({"Domain", "Address", "Server", "PrefixLength", "NTP"} & set(new))

    def test_first_signal(self):
        """The first signal that a client hears of a link names what changed and nothing else, by either way."""
        self.net.dnsmasq()
        self.start("eth0")
        self.net.wait_address()
        for way in (self.system, self.private):
            client = way()
            wait_until(lambda client=client: client.get("State") == "BOUND", "BOUND")
            client.signals.clear()
            self.net.ip("link", "property", "add", "dev", "eth0", "altname", f"other-{way.__name__}")
            client.wait_signal(lambda _p, _i, member, _a: member == "PropertiesChanged", "PropertiesChanged")
            self.assertEqual(set().union(*(s[3][1] for s in client.signals if s[2] == "PropertiesChanged")),
                             {"AlternativeNames"})
            client.close()

    def test_first_signal_without_a_bus(self):
        """The same if nobody at all heard what happened before."""
        self.net.dnsmasq()
        self.bus.stop()
        self.daemon = Daemon(self.net, "eth0", bus=self.bus)
        self.net.wait_address()
        wait_until(lambda: listens(self.daemon.private), "the private socket")
        client = self.private()
        wait_until(lambda: client.get("State") == "BOUND", "BOUND")
        client.signals.clear()
        self.net.ip("link", "property", "add", "dev", "eth0", "altname", "another")
        client.wait_signal(lambda _p, _i, member, _a: member == "PropertiesChanged", "PropertiesChanged")
        self.assertEqual([list(s[3][1]) for s in client.signals if s[2] == "PropertiesChanged"], [["AlternativeNames"]])

    def test_carrier_and_name(self):
        self.start()
        client = self.system()
        client.manager("StartLink", "sa{sv}", "eth0", KEEP)
        client.manager("StartLink", "sa{sv}", "other*", KEEP)
        self.net.ip_server("link", "set", "s-eth0", "down")
        client.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and a[1].get("Carrier") is False, "no carrier")
        self.net.ip("link", "set", "eth0", "down")
        self.net.ip("link", "set", "eth0", "name", "other0")
        client.wait_signal(lambda _p, _i, m, a: m == "PropertiesChanged" and a[1].get("Name") == "other0",
                           "the new name")
        self.assertEqual(client.links(), ["other0"])

    def test_holder_hears_its_own(self):
        """A connection that started a link hears of that one only; the others hear of all."""
        self.net.add_link("eth1")
        self.start()
        holder, watcher = self.private(), self.private()
        holder.manager("StartLink", "sa{sv}", "eth1", {})
        watcher.manager("StartLink", "sa{sv}", "eth0", KEEP)
        for name in ("eth0", "eth1"):
            watcher.wait_signal(lambda _p, _i, m, a: m == "LinkNew" and a[1] == name, f"LinkNew of {name}")
        path = watcher.link("eth1")
        holder.wait_signal(lambda _p, _i, m, a: m == "LinkNew" and a[1] == "eth1", "LinkNew")
        watcher.manager("StopLink", "sa{sv}", "eth0", NO_RELEASE)
        watcher.manager("StopLink", "sa{sv}", "eth1", NO_RELEASE)
        holder.wait_signal(lambda _p, _i, m, a: m == "LinkRemoved" and a[1] == "eth1", "LinkRemoved")
        about = {s[0] if s[0] != ROOT else next(a for a in s[3] if isinstance(a, str) and a.startswith("/"))
                 for s in holder.signals}
        self.assertEqual(about, {path})


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq", "dbus-daemon")
    gi.require_version("Gio", "2.0")
    dhlib.main()
