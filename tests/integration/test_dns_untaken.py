#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A lease with DNS servers that nobody takes.
systemd-resolved is not there, or the plugin for it is switched off. That is told once, in the status and in the log,
and is over when a resolver appears.
"""
import importlib.util
import json
import os
import shutil
import sys
import unittest

import dhlib
from dhlib import BUILD, Bus, Daemon, NetTest, end, listens, wait_until

# Takes whatever it is told, on the bus whose address is its argument.
RESOLVER = """
import sys
from gi.repository import Gio, GLib
interface = "org.freedesktop.resolve1.Manager"
node = Gio.DBusNodeInfo.new_for_xml(f'''<node><interface name="{interface}">
<method name="SetLinkDNS"><arg type="i" direction="in"/><arg type="a(iay)" direction="in"/></method>
<method name="SetLinkDomains"><arg type="i" direction="in"/><arg type="a(sb)" direction="in"/></method>
<method name="SetLinkDefaultRoute"><arg type="i" direction="in"/><arg type="b" direction="in"/></method>
<method name="RevertLink"><arg type="i" direction="in"/></method></interface></node>''')
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                                              | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
bus.register_object("/org/freedesktop/resolve1", node.interfaces[0], lambda *call: call[-1].return_value(None),
                    None, None)
bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
              GLib.Variant("(su)", ("org.freedesktop.resolve1", 4)), None, 0, -1, None)
GLib.MainLoop().run()
"""
UNTAKEN = "The DNS servers of the lease are not passed on: "
REMEDY = "; run systemd-resolved, or switch on the hook resolvconf or resolv-conf, see dhcpd-link-hooks.service(8)"


class Untaken(NetTest):
    def start(self, config=None, link="eth0"):
        plugins = self.net.path("plugins")
        os.mkdir(plugins, 0o755)
        shutil.copy(os.path.join(BUILD, "plugin/resolved.so"), plugins)
        self.net.add_link("eth0")
        self.net.dnsmasq("--dhcp-option=option:dns-server,10.77.0.53")
        self.bus = Bus(self.net)
        self.daemon = Daemon(self.net, link, config={"dhcpd-link.conf": config or ""}, bus=self.bus,
                             arguments=(f"--plugin-dir={plugins}",))
        wait_until(lambda: listens(self.daemon.private), "the private socket")

    def status(self, link="eth0"):
        return json.loads(self.daemon.ctl("--json", "status", link))

    def wait_problem(self, reason, link="eth0"):
        wait_until(lambda: self.status(link)["Problems"], "a problem", 60)
        problem, = self.status(link)["Problems"]
        self.assertEqual((problem["Id"], problem["Text"]), ("dns-not-taken", UNTAKEN + reason + REMEDY))
        self.assertEqual(self.status(link)["DHCPv4"]["LastError"], problem)
        text = self.daemon.ctl("status", link)
        self.assertIn(f"Problem: {problem['Text']}\n", text)
        self.assertNotIn("Last error", text)

    def check_said_once(self):
        """Asserts that the problem was told once, whatever happens to the lease."""
        self.daemon.ctl("renew", "eth0")
        self.daemon.wait_log("RENEWING -> BOUND")
        self.assertEqual(len(self.status()["Problems"]), 1)
        self.assertEqual(self.daemon.logged().count(UNTAKEN), 1)

    @unittest.skipUnless(importlib.util.find_spec("gi"), "python3-gi is not installed")
    def test_no_resolved(self):
        self.start()
        self.wait_problem("systemd-resolved is not running")
        self.check_said_once()
        resolver = self.net.spawn(self.net.client, sys.executable, "-c", RESOLVER, self.bus.address, log="resolver")
        wait_until(lambda: not self.status()["Problems"], f"no problem; {self.net.read('resolver')}")
        self.assertEqual(self.status()["DHCPv4"]["LastError"], {})
        self.assertNotIn("Problem", self.daemon.ctl("status", "eth0"))
        self.assertEqual(self.daemon.logged().count(UNTAKEN), 1)
        end(resolver)

    def test_switched_off(self):
        self.net.add_link("eth1")
        self.start("[Plugin resolved]\nEnable=no\n", "eth*")
        self.wait_problem("no plugin that would do so is loaded")
        self.wait_problem("no plugin that would do so is loaded", "eth1")
        # There is nobody to miss when the lease is gone.
        self.daemon.ctl("release", "eth1")
        wait_until(lambda: not self.status("eth1")["Problems"], "no problem")
        # A hook that is for it takes them, as soon as it is there and switched on.
        hooks = os.path.join(self.daemon.config, "hooks.d")
        os.makedirs(os.path.join(hooks, "dhclient"))
        with open(os.path.join(self.daemon.config, "dhcpd-link.conf"), "a", encoding="ascii") as file:
            file.write("[Hook resolv-conf]\nPassesDNS=yes\n[Hook other]\nEnable=no\nPassesDNS=yes\n[Hook idle]\n")
        for name in ("other", "idle"):
            os.symlink("/bin/true", os.path.join(hooks, name))
        self.daemon.ctl("reload")
        self.assertEqual(len(self.status()["Problems"]), 1)
        os.symlink("/bin/true", os.path.join(hooks, "dhclient/resolv-conf"))
        self.daemon.ctl("reload")
        wait_until(lambda: not self.status()["Problems"], "no problem with a hook")
        self.assertEqual(self.daemon.logged().count("eth0: " + UNTAKEN), 1)


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq", "dbus-daemon")
    dhlib.main()
