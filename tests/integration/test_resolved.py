#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
plugin/resolved.c against the real systemd-resolved, the real dbus-daemon and the real polkit.
And against a stand-in for what the real one cannot be made to do (answer late, refuse, be counted).

    test_resolved.py HARNESS RESOLVED.SO RULES

The leases come from plugin-harness.c. pluginlib.py has the namespaces, the buses and the stand-in. What cannot run is
skipped with the reason; exits with 77 when that is everything.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

import pluginlib
from pluginlib import (
    BUS_ADDRESS, MANAGER, NAME, PATH, UID, Gio, GLib, PolkitBase, RealBase, StandInBase, address, prepare, run_tests,
    wait_until,
)


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
        """The end of the daemon takes nothing off. The end of a lease does, even when the daemon ends at once."""
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
        """As another user, tells the plugin alone that resolved has other DNS servers."""
        subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "busctl", f"--address={BUS_ADDRESS}", "emit",
                        f"--destination={self.caller}", PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                        "sa{sv}as",
                        MANAGER, "0", "0"], check=True)

    def forge(self, owner):
        """As another user, tells the plugin alone that the bus has another owner for resolved."""
        subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "busctl", f"--address={BUS_ADDRESS}", "emit",
                        f"--destination={self.caller}", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                        "NameOwnerChanged", "sss",
                        NAME, self.bus.get_unique_name(), owner], check=True)

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_forged(self):
        """Only the bus tells that resolved is gone or came back: the DNS of a dead lease goes."""
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
        """Domains draw names to the link's servers: none while a tunnel takes all traffic, and never a single label.

        What is not used is told.
        """
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
        """What comes while a batch is under way waits for it, and only the last of it counts."""
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
        """It works again, and the lease has changed before that is known: the next failure is news all the same."""
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
        """A daemon ends before it has reached the bus.

        What an earlier daemon told of the lease is reverted all the same.
        """
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
        """There is no bus: the plugin does not wait for one."""
        h = self.harness()
        h.tell("bound 5 eth5 dns=10.0.0.1")
        h.tell("lost 5 eth5")
        self.assertEqual(h.quit(), [])

    def test_silence_at_the_end(self):
        """If resolved never answers, the daemon still ends."""
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
        """At a shutdown the bus may go at the moment in which a link is given up: this is no failure to be told."""
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


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    harness, module, pluginlib.rules_path = (os.path.abspath(p) for p in sys.argv[1:4])
    prepare(harness, module)
    run_tests(sys.argv[4:])


if __name__ == "__main__":
    main()
