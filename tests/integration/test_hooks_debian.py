#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Hooks of Debian's packages, as they are, through the whole chain.
The chain is a real server, the daemon, the runner, plugin/hooks/dhclient-hooks, the hook, and what it did. And our own
hooks, with the settings that they come with, and the programs of these packages.
"""
import os
import shutil

import dhlib
import hookroot
import otherclients
from dhlib import Daemon, NetTest, wait_until

PACKAGES = ("chrony", "ntpsec", "ntpsec-ntpdate", "samba-common", "avahi-autoipd", "systemd-timesyncd", "cloud-init",
            "sendmail-base")
SERVER = ("option:dns-server,10.77.0.53,10.77.0.54", "option:domain-name,one.example",
          "option:domain-search,a.example,b.example", "option:ntp-server,10.77.0.4,10.77.0.5",
          "option:netbios-ns,10.77.0.8", "47,scope.x")
CONFIG = """[Link]
CarrierLossGraceSec=0s
[DHCPv4]
RequestOptions=routers domain-name-servers domain-name domain-search ntp-servers netbios-name-servers netbios-scope
"""
RESOLV_CONF = ["nameserver 10.77.0.53", "nameserver 10.77.0.54"]
# What each hook leaves of a lease.
LEFT = {
    "/etc/resolv.conf": RESOLV_CONF,
    "/run/chrony-dhcp/eth0.sources": ["server 10.77.0.4 iburst", "server 10.77.0.5 iburst"],
    "/run/ntpsec/ntp.conf.dhcp": ["server 10.77.0.4 iburst", "server 10.77.0.5 iburst"],
    "/run/ntpsec/ntpdate.dhcp": ["NTPSERVERS='10.77.0.4 10.77.0.5'"],
    "/run/systemd/timesyncd.conf.d/01-dhclient.conf": ["NTP=10.77.0.4 10.77.0.5"],
    "/var/lib/samba/dhcp.conf": ["wins server = eth0:10.77.0.8", "netbios scope = scope.x"],
}


class Debian(NetTest):
    def begin(self, *names):
        """Makes a root with these packages, and the whole chain up to the first lease."""
        packages = otherclients.Packages(*names, alone=True)
        self.addCleanup(packages.close)
        if packages.problem:
            self.skipTest(packages.problem)
        self.net.add_link("eth0")
        self.root = hookroot.Root(self.net, packages)
        if self.root.problem:
            self.skipTest(f"no private root: {self.root.problem}")

    def start(self, *hooks):
        self.net.dnsmasq(*(f"--dhcp-option={option}" for option in SERVER))
        self.daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": CONFIG})
        folder = os.path.dirname(hookroot.WRAPPER)
        with open(os.path.join(folder, "50-dns-ntp.conf" if hooks else "50-dhclient.conf"),
                  encoding="utf-8") as settings:
            self.hooks = hookroot.RootHooks(self.root, self.daemon, settings.read())
        for hook in hooks or ("dhclient-hooks",):
            shutil.copy(os.path.join(folder, hook), self.hooks.folder)
        self.hooks.start()

    def carrier(self, state):
        self.net.ip_server("link", "set", "s-eth0", state)

    def lines(self, *names):
        """Returns the lines of each file."""
        texts = self.root.run("".join(f"cat '{name}' 2>/dev/null; echo '<end>';" for name in names)).split("<end>\n")
        return [[line.strip() for line in text.splitlines()] for text in texts[:-1]]

    def wait_state(self, left, there, event):
        """Waits until all of it is there, or all is gone."""
        def wrong():
            return [(name, line) for (name, lines), found in zip(left.items(), self.lines(*left))
                    for line in lines if (line in found) != there]
        try:
            wait_until(lambda: f": {event}\n" in self.hooks.logged(), f"hooks to be told of {event}")
            wait_until(lambda: not wrong(), f"hooks to do their work at {event}")
        except AssertionError:
            print(wrong(), self.hooks.logged())
            raise

    def test_packages(self):
        """What is done at BOUND is undone at EXPIRE, done again at REBOOT, and undone at RELEASE."""
        self.begin("resolvconf", *PACKAGES)
        # The folders that the packages' scripts make, a service that would need its own user, and a hook that was
        # left behind by a package that is gone: it ends with exit, ahead of the one of timesyncd.
        self.root.run("mkdir /var/lib/samba; resolvconf --create-runtime-directories; resolvconf --enable-updates; "
                      "ln -sf /run/resolvconf/resolv.conf /etc/resolv.conf; rm /usr/share/sendmail/dynamic")
        self.root.write("/usr/sbin/avahi-autoipd", "#!/bin/sh\necho $reason $* >>/run/avahi-autoipd.log\n", 0o755)
        self.start()
        self.wait_state(LEFT, True, "BOUND")
        self.assertIn("search one.example a.example b.example", self.lines("/etc/resolv.conf")[0])
        self.carrier("down")
        self.wait_state(LEFT, False, "EXPIRE")
        self.carrier("up")
        self.wait_state(LEFT, True, "REBOOT")
        self.assertEqual(self.daemon.stop(), 0)
        self.wait_state(LEFT, False, "RELEASE")
        calls, = self.lines("/run/avahi-autoipd.log")
        for call in "BOUND -k eth0", "EXPIRE -wD eth0", "REBOOT -k eth0", "RELEASE -k eth0":
            self.assertIn(call, calls)

    def test_openresolv(self):
        self.begin("openresolv")
        self.start()
        left = {"/etc/resolv.conf": RESOLV_CONF}
        self.wait_state(left, True, "BOUND")
        self.assertEqual(self.daemon.stop(), 0)
        self.wait_state(left, False, "RELEASE")

    def through_a_life(self, left):
        self.wait_state(left, True, "BOUND")
        self.carrier("down")
        self.wait_state(left, False, "EXPIRE")
        self.carrier("up")
        self.wait_state(left, True, "REBOOT")
        self.assertEqual(self.daemon.stop(), 0)
        self.wait_state(left, False, "RELEASE")

    def test_our_resolvconf(self):
        """The record of a link goes with its lease."""
        self.begin("resolvconf")
        self.root.run("resolvconf --create-runtime-directories; resolvconf --enable-updates")
        self.start("resolvconf")
        self.through_a_life({"/run/resolvconf/resolv.conf": [*RESOLV_CONF, "search a.example b.example"]})

    def test_our_resolvconf_with_openresolv(self):
        self.begin("openresolv")
        self.start("resolvconf")
        self.through_a_life({"/etc/resolv.conf": [*RESOLV_CONF, "search a.example b.example"]})

    def test_our_chrony_and_resolv_conf(self):
        """chronyd has the servers as soon as the hook has written them; resolv.conf is what it was in the end."""
        self.begin("chrony")
        self.root.write("/etc/resolv.conf", "nameserver 192.0.2.1\n")
        self.root.write(
            "/etc/test.conf",
            "sourcedir /run/chrony-dhcp\nbindcmdaddress /run/chrony/chronyd.sock\npidfile /run/chrony/pid\n",
        )
        self.root.run("mkdir -m 750 /run/chrony")
        self.root.spawn("chronyd", "-x", "-u", "root", "-d", "-f", "/etc/test.conf", log="chronyd.log")
        sources = "chronyc -n -c sources 2>/dev/null || echo none"
        wait_until(lambda: self.root.run(sources) == "", "chronyd without sources")
        self.start("chrony", "resolv-conf")
        self.wait_state({"/etc/resolv.conf": [*RESOLV_CONF, "search a.example b.example"]}, True, "BOUND")
        wait_until(lambda: [line.split(",")[2] for line in self.root.run(sources).splitlines()] == ["10.77.0.4",
                                                                                                    "10.77.0.5"],
                   "the sources of the lease")
        self.assertEqual(self.daemon.stop(), 0)
        wait_until(lambda: self.root.run(sources) == "", "no sources")
        wait_until(lambda: self.root.read("/etc/resolv.conf") == "nameserver 192.0.2.1\n", "resolv.conf as it was")


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq", "nsenter")
    dhlib.main()
