#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Alternative names of links: each of them claims, configures and shows the link.
A link that is renamed while its old name stays keeps its lease.
"""
import os
import subprocess

import dhlib
from dhlib import Daemon, Monitor, NetTest, end, listens, run, wait_until

CTL = os.path.join(dhlib.BUILD, "dhcpd-linkctl")
LONG = "the-port-beside-the-power-socket-" * 3 + "0123456789012345678901234567"


class NamesTest(NetTest):
    def setUp(self):
        super().setUp()
        self.assertEqual(len(LONG), 127)
        self.net.add_link("eth0")
        try:
            self.alias("eth0", "port0")
        except AssertionError as problem:
            self.skipTest(f"no alternative names here: {problem}")
        self.net.dnsmasq()

    def alias(self, ifname, *names):
        run("ip", "-n", self.net.client, "link", "property", "add", "dev", ifname,
            *(w for name in names for w in ("altname", name)))

    def unalias(self, ifname, name):
        self.net.ip("link", "property", "del", "dev", ifname, "altname", name)

    def rename(self, old, new, *then):
        """Renames in one process, as an administrator's script would."""
        lines = [f"link set dev {old} name {new}", *then]
        subprocess.run(["ip", "-n", self.net.client, "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                       check=True)

    def releases(self):
        return self.net.read("dnsmasq.log").count("DHCPRELEASE")


class Claims(NamesTest):
    def test_there_before(self):
        daemon = Daemon(self.net, "port0")
        self.net.wait_address("eth0")
        self.assertNotIn("no such link", daemon.logged())
        self.assertEqual(daemon.stop(), 0)
        self.net.wait_no_address("eth0")

    def test_glob_and_long_name(self):
        self.alias("eth0", LONG)
        for claim in ("po*", LONG, LONG[:-3] + "?" * 3):
            daemon = Daemon(self.net, claim)
            self.net.wait_address("eth0")
            daemon.stop()
            self.net.wait_no_address("eth0")

    def test_not_cut_short(self):
        """The first fifteen bytes of the alternative name are the name of another link."""
        self.net.add_link("eth1", up=False)
        self.rename("eth1", "the-port-beside", "link set dev the-port-beside up")
        self.alias("eth0", "the-port-beside-the-door")
        daemon = Daemon(self.net, "the-port-beside-the-door")
        self.net.wait_address("eth0")
        daemon.wait_log("Bound to")
        self.assertEqual(self.net.addresses("the-port-beside"), [])
        self.assertNotIn("the-port-beside: ", daemon.logged())

    def test_comes_later(self):
        """The kernel does not tell the new name of a link that is down before something else happens to the link."""
        self.net.ip("link", "set", "eth0", "down")
        daemon = Daemon(self.net, "later0")
        daemon.wait_log("no such link yet")
        self.alias("eth0", "later0")
        self.net.ip("link", "set", "eth0", "mtu", "1400")
        self.net.wait_address("eth0")

    def test_goes(self):
        daemon = Daemon(self.net, "port0")
        daemon.wait_log("Bound to")
        self.unalias("eth0", "port0")
        self.net.wait_no_address("eth0")
        self.alias("eth0", "port0")
        self.net.wait_address("eth0")

    def test_configuration(self):
        config = {"links/a.conf": "[Match]\nName=port*\n[DHCPv4]\nRouteMetric=77\n",
                  "links/b.conf": "[Match]\nName=lan*\n[DHCPv4]\nRouteMetric=88\n"}
        daemon = Daemon(self.net, "*", config=config)

        def metric_is(metric):
            wait_until(lambda: {r["metric"] for r in self.net.routes("eth0")} == {metric}, f"metric {metric}")
        metric_is(77)
        # Another name, another file: once the names are at rest.
        self.unalias("eth0", "port0")
        self.alias("eth0", "lan0")
        metric_is(88)
        daemon.stop()
        daemon = Daemon(self.net, "port0", config={"links/a.conf": "[Match]\nName=* !lan0\n[Link]\nManage=yes\n",
                                                   "links/b.conf": "[Link]\nManage=no\n[Match]\nName=lan0\n"})
        self.alias("eth0", "port0")
        daemon.wait_log("Manage=no")
        self.assertEqual(self.net.addresses("eth0"), [])


class Renames(NamesTest):
    def bound(self, *claims, **kwargs):
        self.daemon = Daemon(self.net, *claims, **kwargs)
        self.daemon.wait_log("Bound to")
        self.address = self.net.addresses("eth0")[0][0]
        self.monitor = Monitor(self.net)

    def kept(self, name):
        """Asserts that nothing happened to the lease, when the second in which the old name counts is over."""
        self.daemon.wait_log("Renamed")
        # Nothing else can show that nothing comes any more.
        dhlib.time.sleep(1.5)
        self.assertEqual(self.monitor.deletions(), [])
        self.assertEqual(self.net.addresses(name)[0][0], self.address)
        self.assertEqual(self.releases(), 0)
        self.assertNotIn("Lost", self.daemon.logged())

    def test_old_name_stays(self):
        self.bound("eth0")
        self.rename("eth0", "lan0", "link property add dev lan0 altname eth0")
        self.kept("lan0")
        self.assertEqual(self.daemon.stop(), 0)
        self.net.wait_no_address("lan0")

    def test_altname_becomes_the_name(self):
        self.bound("port0")
        self.unalias("eth0", "port0")
        self.rename("eth0", "port0", "link property add dev port0 altname eth0")
        self.kept("port0")

    def test_two_steps(self):
        self.bound("eth0")
        self.rename("eth0", "tmp0", "link set dev tmp0 name lan0", "link property add dev lan0 altname eth0")
        self.kept("lan0")

    def test_configuration_rests(self):
        """In between the link has no name that the file knows: with another identifier it would start over."""
        self.bound("*", config={"links/a.conf": "[Match]\nName=eth0\n[DHCPv4]\nClientIdentifier=duid\n"})
        self.rename("eth0", "lan0", "link property add dev lan0 altname eth0")
        self.kept("lan0")
        self.assertNotIn("starting over", self.daemon.logged())

    def test_restart_after_rename(self):
        """The record of a daemon that was killed is found by the old name.

        The record of a daemon that saw the renaming is found by the new name.
        """
        self.bound("eth0")
        self.daemon.wait_log("Bound to")
        wait_until(lambda: os.listdir(os.path.join(self.daemon.runtime, "lease")), "the lease is saved")
        self.daemon.kill()
        self.rename("eth0", "lan0", "link property add dev lan0 altname eth0")
        self.daemon = Daemon(self.net, "eth0")
        self.daemon.wait_log("Managed, lease adopted")
        self.rename("lan0", "lan1")
        self.daemon.wait_log("Renamed")
        wait_until(lambda: any(n.startswith("lan1".encode().hex()) for n in os.listdir(self.net.path("state/lease"))),
                   "saved by the new name")
        self.daemon.kill()
        self.daemon = Daemon(self.net, "lan1")
        self.daemon.wait_log("Managed, lease adopted")
        self.assertEqual(self.monitor.deletions(), [])

    def test_remembered_by_the_old_name(self):
        """A lease that was given up without RELEASE is asked for again under the new name."""
        self.bound("eth0", config={"dhcpd-link.conf": "[DHCPv4]\nSendRelease=no\n"})
        self.daemon.stop()
        self.net.wait_no_address("eth0")
        self.rename("eth0", "lan0", "link property add dev lan0 altname eth0")
        self.daemon = Daemon(self.net, "lan0")
        self.daemon.wait_log("lease remembered")
        self.assertEqual(self.net.wait_address("lan0"), self.address)

    def test_old_name_goes(self):
        """No program claims the new name, which is told. The old one, on another link, is still claimed."""
        self.bound("eth0")
        self.rename("eth0", "lan0")
        self.daemon.wait_log("Nobody claims a link of this name, letting it go")
        self.net.wait_no_address("lan0")
        wait_until(lambda: self.releases() == 1, "RELEASE")
        self.net.add_link("eth1", up=False)
        self.rename("eth1", "eth0")
        self.net.wait_address("eth0")
        self.assertEqual(self.net.addresses("lan0"), [])


class Tool(NamesTest):
    def ctl(self, *arguments):
        return subprocess.run(["ip", "netns", "exec", self.net.client, CTL,
                               f"--socket={self.net.path('runtime/private')}", *arguments],
                              capture_output=True, text=True, check=False, timeout=60)

    def hold(self, name, log="hold"):
        return self.net.spawn(self.net.client, CTL, f"--socket={self.net.path('runtime/private')}", "hold", name,
                              log=log)

    def test_hold_old_name_goes(self):
        """The holder says why the link is gone."""
        Daemon(self.net)
        wait_until(lambda: listens(self.net.path("runtime/private")), "the private socket")
        self.hold("eth0")
        wait_until(lambda: "bound 10.77.0." in self.net.read("hold"), "the lease")
        self.rename("eth0", "lan0")
        wait_until(lambda: "let go, because it is named lan0 now" in self.net.read("hold"), "the reason")

    def test_verbs(self):
        self.alias("eth0", LONG)
        daemon = Daemon(self.net)
        wait_until(lambda: os.path.exists(daemon.private), "the private socket")
        self.assertEqual(self.ctl("up", LONG).returncode, 0)
        for name in ("eth0", "port0", LONG):
            self.assertEqual(self.ctl("wait-online", "--timeout=20", name).returncode, 0, name)
            shown = self.ctl("status", name)
            self.assertIn(": eth0 ", shown.stdout)
            self.assertIn(f"Also called: port0 {LONG}\n", shown.stdout)
            self.assertIn('"AlternativeNames":["port0","the-port',
                          self.ctl("--json", "status", name).stdout.replace(": ", ":").replace(", ", ","))
            self.assertEqual(self.ctl("renew", name).returncode, 0, name)
            probe = self.ctl("--timeout=1", "probe", name)
            self.assertIn("10.77.0.1", probe.stdout, probe.stderr)
        self.assertEqual(self.ctl("status", "port").returncode, 1)
        self.assertIn("There is no link", self.ctl("status", LONG[:-1]).stderr)
        # By another name than the one that claimed it.
        self.assertEqual(self.ctl("down", "port0").returncode, 0)
        self.net.wait_no_address("eth0")

    def test_start_knows_at_once(self):
        """StartLink() of a name that the kernel did not tell."""
        self.net.ip("link", "set", "eth0", "down")
        daemon = Daemon(self.net, config={"links/a.conf": "[Match]\nName=eth0\n[Link]\nManage=no\n"})
        wait_until(lambda: os.path.exists(daemon.private), "the private socket")
        dhlib.time.sleep(4)  # until the daemon asks no more by itself
        self.alias("eth0", "silent0")
        self.assertIn("Manage=no", self.ctl("up", "silent0").stderr)

    def test_hold(self):
        daemon = Daemon(self.net)
        wait_until(lambda: os.path.exists(daemon.private), "the private socket")
        long, short = self.hold(LONG), self.hold("port0", log="hold2")
        self.net.wait_address("eth0")
        wait_until(lambda: "10.77.0." in self.net.read("hold2"), "the holder of the name that is there")
        self.assertNotIn("10.77.0.", self.net.read("hold"))
        self.alias("eth0", LONG)
        wait_until(lambda: "10.77.0." in self.net.read("hold"), "the holder of the name that came")
        # Renamed, with the old name as an alternative: the holder goes on.
        self.unalias("eth0", "port0")
        self.rename("eth0", "lan0", "link property add dev lan0 altname eth0",
                    "link property add dev lan0 altname port0")
        self.assertEqual(self.ctl("status", "port0").returncode, 0)
        self.assertEqual(end(short), 0)
        self.assertTrue(self.net.addresses("lan0"))
        self.assertEqual(self.ctl("down", "eth0").returncode, 0)
        wait_until(lambda: long.poll() is not None, "the end of the other one")
        self.assertEqual(long.returncode, 0)
        self.assertIn("it was taken down", self.net.read("hold"))

    def test_import_identity(self):
        self.alias("eth0", LONG)
        result = subprocess.run(["ip", "netns", "exec", self.net.client, os.path.join(dhlib.BUILD, "dhcpd-linkd"),
                                 "--import-identity",
                                 f"--state-dir={self.net.path('state')}", LONG], capture_output=True, text=True,
                                check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("no client identifier", result.stderr)


if __name__ == "__main__":
    dhlib.main()
