#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The window dhcpd-link-viewer on a desktop of its own, with a real daemon and a real server.
It is read and driven by AT-SPI as a screen reader would, clicks included, and its pictures are looked at.

VIEWER_PICTURES=FOLDER keeps the pictures.
"""
import os
import sys
import unittest

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
# pylint: disable=wrong-import-position
from gi.repository import Gio, GLib

from busclient import DHCP4, KEEP, LINK, MANAGER, NAME, NO_RELEASE, Client
from dhlib import Bus, Daemon, Net, main, require, skip, wait_until
from glibclient import FakeDaemon, defaults, link_object, link_path

require("dnsmasq", "Xvfb", "dbus-daemon")
if not os.path.exists("/usr/share/dbus-1/services/org.a11y.Bus.service"):
    skip("at-spi2-core is not installed")

from desktop import CHECKED, FOCUSED, Desktop, Keyboard, Viewer

ODD_NAME = "<b>e\u202e3"  # markup and a mark that turns what follows around
LONG = "a-text-that-a-server-made-up-" * 7
OPTIONS = [
    "--dhcp-option=option:dns-server,10.77.0.53,10.77.0.54", "--dhcp-option=option:domain-search,a.example,b.example",
    "--dhcp-option=option:ntp-server,10.77.0.123", "--dhcp-option=option:mtu,60", "--dhcp-option-force=224,01:02:ff",
    "--dhcp-option-force=option:root-path,<b>bold</b> & " + LONG,
]
EVENTS_MAX = 100  # dbus/viewer/viewer-history.h
APPLICATION = (1100, 760)  # as large as the window is when it is opened
NARROW = (360, 800)


class Window(unittest.TestCase):
    """One network, one server, one desktop; every test has a window and a daemon of its own."""

    @classmethod
    def setUpClass(cls):
        cls.net = Net()
        cls.addClassCleanup(cls.net.close)
        for name in ("eth0", "eth1", "eth2", ODD_NAME):
            cls.net.add_link(name)
        cls.net.ip_server("link", "set", "s-eth1", "nomaster")  # no server hears it
        cls.net.dnsmasq(*OPTIONS)
        cls.services = cls.net.path("services")
        os.mkdir(cls.services)
        cls.bus = type("ActivatingBus", (Bus,), {
            "CONFIG": Bus.CONFIG.replace("<auth>", f"<servicedir>{cls.services}</servicedir><auth>")})(cls.net)
        cls.desktop = Desktop(cls.net.folder)
        cls.addClassCleanup(cls.desktop.close)

    def start_daemon(self, *links):
        daemon = Daemon(self.net, *links, bus=self.bus)
        self.addCleanup(daemon.stop)
        return daemon

    def open(self, hints="", **environment):
        viewer = Viewer(self.desktop, self.bus.address, hints, **environment)
        self.addCleanup(viewer.kill)
        return viewer

    def served(self, message):
        return self.net.read("dnsmasq.log").count(message)

    def test_follows_the_daemon(self):
        viewer = self.open()
        viewer.wait("dhcpd-link is not installed")  # nobody has the name, and this bus can start nobody yet
        self.desktop.picture("not-installed", APPLICATION)

        daemon = self.start_daemon("eth0", "eth1", ODD_NAME)
        viewer.wait("eth0, Configured", "eth1, Searching", "<b>e<U+202E>3, Configured", "eth2, Not managed")
        address = self.net.wait_address()
        viewer.wait(f"Address: {address}/24", "DNS: 10.77.0.53", "Router: 10.77.0.1", "Server: 10.77.0.1",
                    "Search domains: a.example", "Option 17, root-path: <b>bold</b> &", "min left",
                    "offered " + address, absent=["not installed"])
        viewer.wait("Option 26, interface-mtu: 60 ", "not used")
        self.assertEqual(viewer.unnamed(), [])
        self.assertTrue(0.5 < viewer.value("level bar", "Time left of the lease") <= 1)
        self.desktop.picture("bound", APPLICATION)

        viewer.choose("eth1")
        viewer.wait("since", "messages sent, the next one at", "There is no lease.", absent=[f"Address: {address}"])
        self.desktop.picture("searching", APPLICATION)
        viewer.choose("eth0")

        with open(os.path.join(self.services, f"{NAME}.service"), "w", encoding="ascii") as f:
            f.write(f"[D-BUS Service]\nName={NAME}\nExec=/bin/false\n")
        bus = "org.freedesktop.DBus"
        wait_until(lambda: NAME in self.bus.busctl("call", bus, "/", bus, "ListActivatableNames"),
                   "the bus knows of the service")
        daemon.kill()
        viewer.wait("dhcpd-link is not running", absent=[address, "eth0"])
        self.desktop.picture("daemon-gone", APPLICATION)
        self.start_daemon("eth0")
        viewer.wait("eth0, Configured", f"Address: {address}/24", "Not managed any more: dhcpd-link ended.")
        viewer.close()

    def test_clicks(self):
        self.start_daemon("eth0")
        viewer = self.open()
        viewer.wait("eth0, Configured", "Managed: ")
        requests = self.served("DHCPREQUEST(br0)")
        viewer.click("push button", "Renew")
        wait_until(lambda: self.served("DHCPREQUEST(br0)") > requests, "a DHCPREQUEST at the server")
        viewer.wait("Lease renewed", "A renewal is under way")

        viewer.act("win.raw")
        viewer.wait("01 02 ff", "0a 4d 00 35 0a 4d 00 36")
        viewer.act("win.find")  # the page moves there
        self.desktop.picture("options", APPLICATION)
        viewer.act("win.raw")
        viewer.wait("eth0", absent=["0a 4d 00 35 0a 4d 00 36"])
        viewer.act("win.copy-text")
        viewer.wait("Copied as text")
        viewer.act("win.copy-json")
        viewer.wait("Copied as JSON")

        releases = self.served("DHCPRELEASE(br0)")
        viewer.act("win.release")
        viewer.click("push button", "Release")
        viewer.wait("eth0, Stopped", "Lease given back", "There is no lease.")
        wait_until(lambda: self.served("DHCPRELEASE(br0)") > releases, "a DHCPRELEASE at the server")
        self.net.wait_no_address()
        viewer.act("win.restart")
        viewer.wait("eth0, Configured", "Lease obtained")

        self.net.ip_server("link", "set", "s-eth0", "down")
        viewer.wait("Disconnected")
        self.net.ip_server("link", "set", "s-eth0", "up")
        viewer.wait("Connected")
        viewer.close()

    def test_keys(self):
        self.start_daemon("eth0")
        viewer = self.open()
        viewer.wait("eth0, Configured", "Managed: ")
        keyboard = Keyboard(self.desktop)
        self.addCleanup(keyboard.close)

        requests = self.served("DHCPREQUEST(br0)")

        def renews():
            keyboard.press("Control_L", "r")  # again and again: the window may not have the focus yet
            return self.served("DHCPREQUEST(br0)") > requests
        wait_until(renews, "a DHCPREQUEST at the server")
        keyboard.press("Control_L", "b")
        viewer.wait("3c 62 3e 62 6f 6c 64")
        keyboard.press("Control_L", "f")
        for key in "root":
            keyboard.press(key)
        viewer.wait("Option 17, root-path", absent=["Option 6, "])
        # From widget to widget, as without a mouse.
        keyboard.press("Tab")
        viewer.wait_for("push button", "Bytes", lambda widget: widget.states & FOCUSED)
        keyboard.press("space")
        viewer.wait("Option 17, root-path", absent=["3c 62 3e 62 6f 6c 64"])
        viewer.close()

    def test_manages(self):
        self.start_daemon("eth0")
        viewer = self.open()
        viewer.wait("eth0, Configured")
        viewer.choose("eth2")
        viewer.wait("Nobody has started it")
        toggle = "Managed by dhcpd-link"
        viewer.click("check box", toggle)
        viewer.wait("eth2, Configured", "Address: " + self.net.wait_address("eth2"))
        viewer.click("check box", toggle)
        viewer.wait("Stop managing eth2?")
        self.desktop.picture("question", APPLICATION)
        viewer.click("push button", "Cancel")
        viewer.wait("eth2, Configured", absent=["Stop managing eth2?"])
        viewer.wait_for("check box", toggle, lambda widget: widget.states & CHECKED)  # it shows what is
        viewer.click("check box", toggle)
        viewer.click("push button", "Stop Managing")
        viewer.wait("eth2, Not managed", "Nobody has started it", absent=["Stop managing eth2?"])
        self.assertEqual(self.net.addresses("eth2"), [])

        # The link that is asked about goes away meanwhile: the answer is not about the one that is shown then.
        client = Client(self.bus.address, NAME)
        client.manager("StartLink", "sa{sv}", "eth2", KEEP)
        viewer.wait("eth2, Configured")
        viewer.choose("eth2")
        viewer.click("check box", toggle)
        viewer.wait("Stop managing eth2?")
        client.manager("StopLink", "sa{sv}", "eth2", NO_RELEASE)
        viewer.wait("eth2, Not managed")
        viewer.click("push button", "Stop Managing")
        viewer.wait("eth0, Configured", absent=["Stop managing eth2?"])
        client.manager("StartLink", "sa{sv}", "eth2", KEEP)
        viewer.wait("eth2, Configured")  # what was asked for before this is done
        self.assertEqual(client.links(), ["eth0", "eth2"])
        client.manager("StopLink", "sa{sv}", "eth2", NO_RELEASE)
        client.close()

        viewer.choose("<b>e")
        viewer.wait("<b>e<U+202E>3", "Nobody has started it", absent=["&lt;"])
        viewer.choose("lo")
        viewer.wait("lo, Not supported", absent=["Managed by dhcpd-link"])
        viewer.close()

    def test_daemons_that_are_none(self):
        """Somebody else has the name: refuses, is of another version, or says what no daemon would."""
        viewer = self.open()
        connection = self.desktop.connect(self.bus.address)
        fake = FakeDaemon(connection, manager="org.freedesktop.DBus.Error.AccessDenied", own=False)

        def answer():
            while GLib.MainContext.default().iteration(False):
                pass

        def become(manager, *texts, objects=(), absent=()):
            if manager is None:
                manager = defaults(MANAGER, ContractVersion=GLib.Variant("u", 1))
            fake.manager, fake.objects = manager, dict(objects)
            fake.own()
            viewer.wait(*texts, absent=absent, meanwhile=answer)

        become("org.freedesktop.DBus.Error.AccessDenied", "Access refused")
        fake.disown()
        become(defaults(MANAGER, ContractVersion=GLib.Variant("u", 0)), "This version of dhcpd-link is not supported")
        self.desktop.picture("incompatible", APPLICATION)
        fake.disown()

        hostile = f"<span size='xx-large'>{ODD_NAME}</span>&\n\x1b[31m{LONG * 9}"
        text = GLib.Variant("s", hostile)
        problem = {"Id": GLib.Variant("s", "new"), "Text": text, "AtBoottimeUSec": GLib.Variant("t", 1)}
        ignored = {"Code": GLib.Variant("u", 12), "Name": text, "Text": text}
        link = link_object(
            2, ODD_NAME, Address=text, DNS=GLib.Variant("as", [hostile] * 300),
            Domain=text, Server=text, Attempt=GLib.Variant("u", 2**32 - 1),
            GrantedAtBoottimeUSec=GLib.Variant("t", 2**64 - 2), ExpiresAtBoottimeUSec=GLib.Variant("t", 2**63),
            T1AtBoottimeUSec=GLib.Variant("t", 1), LifetimeUSec=GLib.Variant("t", 2**64 - 2),
            Options=GLib.Variant("a(uay)", [(code, b"\x1b" * 255) for code in range(1, 100)]),
            OptionValues=GLib.Variant("a{sv}", {"host-name": text}),
            IgnoredOptions=GLib.Variant("aa{sv}", [ignored] * 50),
            LastIgnored=GLib.Variant("a{sv}", {
                "Id": GLib.Variant("s", "no-address"), "Text": GLib.Variant("s", "DHCPOFFER of 192.0.2.9 not taken."),
                "Message": GLib.Variant("s", "DHCPOFFER"), "Server": GLib.Variant("s", "192.0.2.9"),
                "AtBoottimeUSec": GLib.Variant("t", 1)}))
        link[LINK]["Problems"] = GLib.Variant("aa{sv}", [problem] * 50)
        link[LINK]["State"] = GLib.Variant("s", "a state of version 9")
        become(None, "<b>e<U+202E>3, Unknown state", "<span size='xx-large'>", "&<U+000A><U+001B>[31m", "…",
               absent=["\u202e", "\x1b", "not supported"], objects={link_path(2): link})
        self.desktop.picture("hostile", APPLICATION)
        viewer.choose("<b>e")
        viewer.wait("DHCPOFFER of 192.0.2.9 not taken.", absent=["192.0.2.9: DHCPOFFER"], meanwhile=answer)
        # Who may not is told so, and polkit may have asked.
        asked = []

        def refuse(_connection, _sender, _path, _interface, _method, _arguments, invocation):
            asked.append(
                bool(invocation.get_message().get_flags() & Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION)
            )
            invocation.return_dbus_error("org.freedesktop.DBus.Error.AccessDenied", "No.")

        renewable = Gio.DBusNodeInfo.new_for_xml(
            f'<node><interface name="{LINK}"><method name="Renew"/></interface></node>'
        )
        connection.register_object(link_path(2), renewable.interfaces[0], refuse, None, None)
        viewer.act("win.renew")
        viewer.wait("You may not do this, or you did not authenticate.", meanwhile=answer)
        self.assertEqual(asked, [True])
        for i in range(1000):
            fake.signal(link_path(2), DHCP4, "StateChanged", "ssa{sv}", ODD_NAME, str(i), {})
        viewer.wait("State 999, was", meanwhile=answer)
        self.assertEqual(viewer.children("list", "What happened"), EVENTS_MAX)
        fake.disown()
        viewer.wait("dhcpd-link is not", absent=["<b>"], meanwhile=answer)
        connection.close_sync(None)
        viewer.close(expected="speaks version 0")

    def test_looks(self):
        self.start_daemon("eth0", ODD_NAME)
        for name, hints, size, environment in [
                ("dark", "", APPLICATION, {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}),
                ("right-to-left", "rtl", APPLICATION, {}),
                ("medium", "700x760", (700, 760), {}),
                ("narrow", "360x800", NARROW, {})]:
            with self.subTest(name):
                viewer = self.open(hints, **environment)
                viewer.wait("eth0, Configured", "Managed: ", "min left")
                if name == "narrow":
                    self.desktop.picture("narrow-list", size)
                    viewer.act("win.forward")
                    viewer.wait_for("push button", "Back")
                picture = self.desktop.picture(name, size)
                self.assertEqual(picture.brightness() < 100, name == "dark")
                self.assertEqual(viewer.unnamed(), [])
                if name == "narrow":
                    viewer.act("win.find")
                    self.desktop.picture("long-texts", size)
                viewer.close()

    def test_many_changes(self):
        """A link that comes and goes leaves nothing behind, and what happened to it is bounded."""
        self.start_daemon("eth0", "eth1")
        viewer = self.open()
        viewer.wait("eth0, Configured", "eth2, Not managed")
        client = Client(self.bus.address, NAME)

        def come_and_go(times):
            viewer.choose("eth0")
            for _ in range(times):
                client.manager("StartLink", "sa{sv}", "eth2", KEEP)
                client.manager("StopLink", "sa{sv}", "eth2", NO_RELEASE)
            client.manager("StartLink", "sa{sv}", "eth2", KEEP)
            viewer.wait("eth2, Configured")
            viewer.choose("eth2")
            wait_until(lambda: viewer.children("list", "What happened") == EVENTS_MAX, f"{EVENTS_MAX} events")
            return viewer.known(), viewer.memory()

        before = come_and_go(40)
        after = come_and_go(60)
        print("widgets and kilobytes before and after 60 links more:", before, after)
        self.assertLess(after[0], before[0] + 50)
        self.assertLess(after[1], before[1] + 8192)
        client.manager("StopLink", "sa{sv}", "eth2", NO_RELEASE)
        client.close()
        viewer.close()


if __name__ == "__main__":
    main()
