#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The plugins timesyncd, hostname and timezone against the real systemd-timesyncd, -hostnamed and -timedated.
dbus-daemon and polkit are real ones, too. A stand-in does what a real service cannot be made to do, or does not tell.

    test_services.py HARNESS RULES-FOLDER PLUGIN.SO ...

Runs in namespaces of its own, the host's name and /etc among them; fixtures and rules of the game are those of
pluginlib.py. The services get no right to set a clock, nor has any of them a network.
"""
import os
import shutil
import signal
import subprocess
import sys
import unittest

import pluginlib
from pluginlib import BUS_CONFIG, POLKITD, UID, USER, BusTest, GLib, Gio, wait_until

SERVICES = "/lib/systemd/systemd-"
FOLDER = "/run/keep"
BEFORE_NAME, BEFORE_ZONE = "before-lease", "Asia/Kolkata"
ENABLED = ("hostname.Enable=yes", "timezone.Enable=yes")
TIMESYNC = "org.freedesktop.timesync1"
HOSTNAME1, HOSTNAME1_PATH = "org.freedesktop.hostname1", "/org/freedesktop/hostname1"
STAND_IN = f"""<node><interface name='{TIMESYNC}.Manager'>
<method name='SetRuntimeNTPServers'><arg type='as' direction='in'/></method>
<property name='SystemNTPServers' type='as' access='read'/>
</interface></node>"""

rules_folder = None


def zone(name):
    """Returns option 101."""
    return f"option=101:{name.encode().hex() if isinstance(name, str) else name.hex()}"


def posix(text):
    """Returns option 100."""
    return f"option=100:{text.encode().hex()}"


class ServiceTest(BusTest):
    bus_config = BUS_CONFIG.replace("<auth>", "<servicedir>/run/services</servicedir><auth>")

    @classmethod
    def setUpClass(cls):
        if os.environ["DHCPD_LINK_TEST_UID"] != "0":
            raise unittest.SkipTest("needs root")
        for path in (POLKITD, SERVICES + "hostnamed", SERVICES + "timedated", SERVICES + "timesyncd"):
            if not os.access(path, os.X_OK):
                raise unittest.SkipTest(f"no {path}")
        # What the tests change in /etc stays in /run.
        os.makedirs("/run/etc/upper")
        os.makedirs("/run/etc/work")
        subprocess.run(["mount", "-t", "overlay", "-o", "lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work",
                        "overlay", "/etc"], check=True)
        with open("/etc/passwd", "a", encoding="utf-8") as f:
            f.write(f"{USER}:x:{UID}:{UID}::/:/usr/sbin/nologin\n"
                    f"nobody-else:x:{UID + 1}:{UID + 1}::/:/usr/sbin/nologin\n")
        shutil.rmtree("/etc/polkit-1/rules.d", ignore_errors=True)
        os.makedirs("/etc/polkit-1/rules.d")
        for name in ("timesyncd", "hostname", "timezone"):
            shutil.copy(f"{rules_folder}/dhcpd-link-{name}.rules", "/etc/polkit-1/rules.d/")
        os.makedirs("/run/services")
        for name, program in (("hostname1", "hostnamed"), ("timedate1", "timedated")):
            with open(f"/run/services/{name}.service", "w", encoding="ascii") as f:
                f.write(f"[D-BUS Service]\nName=org.freedesktop.{name}\nUser=root\n"
                        f"Exec=/usr/bin/setpriv --bounding-set -sys_time {SERVICES}{program}\n")

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["umount", "-l", "/etc"], check=True)
        shutil.rmtree("/run/etc")
        shutil.rmtree("/run/services")

    def setUp(self):
        super().setUp()
        shutil.rmtree(FOLDER, ignore_errors=True)
        for name in ("run", "state"):
            os.makedirs(f"{FOLDER}/{name}")
        os.environ["HARNESS_FOLDER"] = FOLDER
        for path in ("/etc/hostname", "/run/systemd/default-hostname"):
            if os.path.exists(path):
                os.unlink(path)
        subprocess.run(["hostname", BEFORE_NAME], check=True)
        self.set_link(f"/usr/share/zoneinfo/{BEFORE_ZONE}")

    def tearDown(self):
        # They would stay for half a minute, and keep whoever reads the output of this program waiting.
        for name in ("hostname", "timedate"):
            if self.bus and self.is_activated(name):
                pid, = self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                 "GetConnectionUnixProcessID", GLib.Variant("(s)", (f"org.freedesktop.{name}1",)))
                os.kill(pid, signal.SIGTERM)
        super().tearDown()

    @staticmethod
    def set_link(target):
        if os.path.lexists("/etc/localtime"):
            os.unlink("/etc/localtime")
        os.symlink(target, "/etc/localtime")

    @staticmethod
    def zone():
        return os.readlink("/etc/localtime").split("/zoneinfo/")[1]

    @staticmethod
    def remembered():
        return sorted(name for folder in os.listdir(FOLDER) for name in os.listdir(f"{FOLDER}/{folder}")
                      if name.startswith("remembered"))

    def start(self, *settings, user=None):
        """Starts the services. Root needs no polkit, which takes its time to start; another user does."""
        self.start_bus()
        if user:
            self.start_polkit()
            for name in ("run", "state"):
                os.chown(f"{FOLDER}/{name}", user, user)
        return self.again(*settings, user=user)

    def again(self, *settings, user=None):
        """Starts the next daemon."""
        return self.harness(*(settings or ENABLED), user=user)

    def kill(self, h):
        h.process.kill()
        h.process.wait()
        h.thread.join()

    def expect_quiet(self, h):
        """Ends the daemon in an orderly way, after another one was killed, maybe while a plugin was called.

        Nothing is told but that.
        """
        self.assertEqual([line for line in h.quit() if "The last daemon ended" not in line], [])

    def expect(self, name=None, zone=None):
        if name is not None:
            wait_until(lambda: os.uname().nodename == name, f"the host is called {name}, not {os.uname().nodename}")
        if zone is not None:
            wait_until(lambda: self.zone() == zone, f"the zone is {zone}, not {self.zone()}")

    def expect_unused(self, h, ifindex, code, part):
        wait_until(lambda: part in h.unused.get((ifindex, code), "") if part else not h.unused.get((ifindex, code)),
                   f"{part!r} as the reason why option {code} is not used: {h.unused}")

    def activate(self, name):
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "StartServiceByName",
                  GLib.Variant("(su)", (f"org.freedesktop.{name}1", 0)))

    def is_activated(self, name):
        return self.has_owner(f"org.freedesktop.{name}1")


class HostTest(ServiceTest):
    """Host name and time zone, with the services of this machine and polkit."""

    def test_life_of_a_lease(self):
        h = self.start(user=UID)
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.expect("leased-name", "Europe/Paris")
        h.tell(f"renewed 5 eth5 host=leased-name {zone('Europe/Paris')}")
        h.tell(f"changed 5 eth5 host=other.example. {zone('America/Argentina/Ushuaia')}")
        self.expect("other.example", "America/Argentina/Ushuaia")
        self.assertEqual(self.remembered(), ["remembered-hostname", "remembered-timezone"])
        h.tell("lost 5 eth5")
        self.expect(BEFORE_NAME, BEFORE_ZONE)
        wait_until(lambda: not self.remembered(), "nothing is left to be put back")
        self.assertEqual(h.quit(), [])

    def test_not_enabled(self):
        """The plugins are not enabled: nothing is changed, and no service is started."""
        h = self.start("hostname.Enable=no")
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.assertEqual(h.quit(), [])
        self.expect(BEFORE_NAME, BEFORE_ZONE)
        self.assertFalse(self.is_activated("hostname") or self.is_activated("timedate"))

    def test_nothing_to_do(self):
        """A value that is set already needs no service, and is not put back."""
        h = self.start()
        h.tell(f"bound 5 eth5 host={BEFORE_NAME} {zone(BEFORE_ZONE)}")
        h.tell("bound 6 eth6")
        h.tell("lost 5 eth5")
        self.assertEqual(h.quit(), [])
        self.assertFalse(self.is_activated("hostname") or self.is_activated("timedate"))
        self.assertEqual(self.remembered(), [])

    def test_end_of_the_daemon(self):
        """The end of the daemon takes nothing back. The next one does when the lease is lost, also at its own end."""
        h = self.start()
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.expect("leased-name", "Europe/Paris")
        self.assertEqual(h.quit(), [])
        self.expect("leased-name", "Europe/Paris")
        h = self.again()
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.kill(h)
        h = self.again()
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        h.tell("lost 5 eth5")
        self.expect_quiet(h)
        self.assertEqual((os.uname().nodename, self.zone()), (BEFORE_NAME, BEFORE_ZONE))
        self.assertEqual(self.remembered(), [])

    def test_killed_in_between(self):
        """A daemon was killed between the note and the change, or before it knew that the change was made."""
        note = f"{FOLDER}/run/remembered-hostname"
        with open(note, "w", encoding="ascii") as f:
            f.write(f"leased-name\n\n{BEFORE_NAME}\ntrying\n")
        h = self.start()
        h.tell("bound 5 eth5 host=leased-name")
        self.expect("leased-name")
        self.assertEqual(h.quit(), [])
        with open(note, "w", encoding="ascii") as f:
            f.write("leased-name\n\nby-hand\ntrying\n")
        h = self.again()
        h.tell("bound 5 eth5 host=leased-name")
        with open(note, encoding="ascii") as f:
            self.assertEqual(f.read(), "leased-name\n\nby-hand\nset\n")
        subprocess.run(["hostname", "by-another-hand"], check=True)
        h.tell("changed 5 eth5 host=leased-name default")
        self.expect_unused(h, 5, 12, "somebody has set another one since")
        h.tell("lost 5 eth5")
        self.assertEqual(h.quit(), [])
        self.assertEqual((os.uname().nodename, self.remembered()), ("by-another-hand", []))

    def test_damaged_note(self):
        """A note that the daemon did not write puts nothing back."""
        for content in (b"", b"leased-name\n", b"leased-name\n\n$(id)\nset", b"\0", b"x" * 2000):
            with open(f"{FOLDER}/run/remembered-hostname", "wb") as f:
                f.write(content)
            h = self.start() if not self.bus else self.again()
            h.tell("bound 5 eth5")
            h.tell("lost 5 eth5")
            self.assertEqual(h.quit(), [])
        self.assertFalse(self.is_activated("hostname"))

    def test_no_name_before(self):
        """If the host had no name, it has none afterwards, and not the name "localhost"."""
        h = self.start()
        self.activate("hostname")
        self.call(HOSTNAME1, HOSTNAME1_PATH, HOSTNAME1, "SetHostname", GLib.Variant("(sb)", ("", False)))
        h.tell("bound 5 eth5 host=leased-name")
        self.expect("leased-name")
        h.tell("lost 5 eth5")
        self.expect("localhost")
        wait_until(lambda: not self.remembered(), "nothing is left to be put back")
        source = self.call(HOSTNAME1, HOSTNAME1_PATH, "org.freedesktop.DBus.Properties", "Get",
                           GLib.Variant("(ss)", (HOSTNAME1, "HostnameSource")))
        self.assertEqual(source, ("default",))
        self.assertEqual(h.quit(), [])

    def test_several_leases(self):
        """The lease in force stays. Then the link with a default route goes first, then the lower number."""
        h = self.start()
        h.tell(f"bound 7 eth7 host=seven {zone('Europe/Rome')}")
        self.expect("seven", "Europe/Rome")
        h.tell(f"bound 5 eth5 host=five {zone('Europe/Paris')}")
        h.tell(f"bound 6 eth6 host=six {zone('Europe/Oslo')} default")
        self.expect_unused(h, 5, 12, "the one of eth7 is used")
        self.expect_unused(h, 6, 101, "the one of eth7 is used")
        self.expect("seven", "Europe/Rome")
        self.assertEqual(h.quit(), [])
        h = self.again()  # leases come in another order
        h.tell(f"bound 5 eth5 host=five {zone('Europe/Paris')}")
        self.expect("five", "Europe/Paris")
        h.tell(f"bound 6 eth6 host=six {zone('Europe/Oslo')} default")
        h.tell(f"changed 5 eth5 host=cinq {zone('Europe/Paris')}")
        self.expect("cinq", "Europe/Paris")
        h.tell(f"bound 4 eth4 host=four {zone('Europe/Bern')}")
        h.tell("lost 5 eth5")
        self.expect("six", "Europe/Oslo")
        self.expect_unused(h, 6, 12, "")
        h.tell("changed 6 eth6")  # says nothing any more
        self.expect("four", BEFORE_ZONE)  # there is no Europe/Bern
        h.tell("lost 4 eth4")
        self.expect(BEFORE_NAME)
        self.assertEqual(h.quit(), [])

    def test_somebody_else(self):
        """What somebody else sets meanwhile counts, until a lease says something else."""
        h = self.start()
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.expect("leased-name", "Europe/Paris")
        subprocess.run(["hostname", "by-hand"], check=True)
        self.set_link("../usr/share/zoneinfo/Asia/Tokyo")
        h.tell(f"changed 5 eth5 host=leased-name {zone('Europe/Paris')} default")
        self.expect_unused(h, 5, 12, "somebody has set another one since")
        self.expect_unused(h, 5, 101, "somebody has set another one since")
        self.assertEqual(h.quit(), [])
        h = self.again()
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.expect_unused(h, 5, 12, "somebody has set another one since")
        self.assertEqual((os.uname().nodename, self.zone()), ("by-hand", "Asia/Tokyo"))
        h.tell(f"changed 5 eth5 host=new-name {zone('Europe/Rome')}")
        self.expect("new-name", "Europe/Rome")
        h.tell("lost 5 eth5")
        self.expect("by-hand", "Asia/Tokyo")
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.expect("leased-name", "Europe/Paris")
        subprocess.run(["hostname", "by-hand-again"], check=True)
        self.set_link("../usr/share/zoneinfo/Asia/Seoul")
        h.tell("lost 5 eth5")
        self.assertEqual(h.quit(), [])
        self.assertEqual((os.uname().nodename, self.zone()), ("by-hand-again", "Asia/Seoul"))
        self.assertEqual(self.remembered(), [])

    def test_hostile(self):
        """A value that is not a name does not get through, and nothing is started or changed for it."""
        h = self.start()
        for name in ("localhost", "LOCALHOST.", "localhost.localdomain", "a.localhost", "-a", "a-", "a..b", ".", ".a",
                     "a_b", "a+b", "$(id)", "`id`", "../etc", "a/b", "x" * 64 + ".example", "10.0.0.1", "1", "a.1",
                     ".".join(["y" * 60] * 5)):
            h.tell(f"changed 5 eth5 host={name}")
            self.assertTrue(h.unused[5, 12], name)
        for name in ("localtime", "posixrules", "Factory", "right/UTC", "posix/UTC", "No/Such_Zone", "Europe"):
            h.tell(f"changed 5 eth5 {zone(name)}")
            self.assertTrue(h.unused[5, 101], name)
        for text in ("CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT", "XYZ13", "XYZ-15", "XYZ5:30", "<+0530>-5:30"):
            h.tell(f"changed 5 eth5 {posix(text)}")
            self.assertIn("for sure", h.unused[5, 100], text)
        # The daemon takes some of these for malformed, and hands them to no plugin.
        for name in ("", ".", "..", "../../etc/shadow", "/usr/share/zoneinfo/UTC", "Europe/../UTC", "Europe//Paris",
                     "Europe/", "zone.tab", "tzdata.zi", "$(id)", "() { :; }", "Europe/Paris\n", "Europe/Paris\0/x",
                     b"\0\0", b"\xff\xfe", "A" * 255):
            h.tell(f"changed 5 eth5 {zone(name)}")
        for text in ("EST", "E5", "<a", ":UTC", "XYZ999999999999", "Europe/Paris", "$(id)5"):
            h.tell(f"changed 5 eth5 {posix(text)}")
        self.assertEqual(h.quit(), [])
        self.assertEqual((os.uname().nodename, self.zone()), (BEFORE_NAME, BEFORE_ZONE))
        self.assertFalse(self.is_activated("hostname") or self.is_activated("timedate"))
        self.assertEqual(self.remembered(), [])

    def test_forms(self):
        """A zone comes from option 100 if it is certain, else from option 101. A long name is cut to a label."""
        h = self.start()
        h.tell(f"bound 5 eth5 host={'a' * 60}.example.org {posix('<+03>-3')}")
        self.expect("a" * 60, "Etc/GMT-3")
        h.tell(f"changed 5 eth5 {posix('EST5')} {zone('Bad/Zone')}")
        self.expect(BEFORE_NAME, "Etc/GMT+5")
        h.tell(f"changed 5 eth5 {posix('EST5')} {zone(b'Europe/Paris' + bytes(1))}")
        self.expect(zone="Europe/Paris")
        h.tell(f"changed 5 eth5 {posix('UTC0')}")
        self.expect(zone="Etc/UTC")
        h.tell("lost 5 eth5")
        self.expect(zone=BEFORE_ZONE)
        self.assertEqual(h.quit(), [])

    def test_not_ours_to_change(self):
        """A static name, and a zone that could not be put back."""
        with open("/etc/hostname", "w", encoding="ascii") as f:
            f.write("# a comment\n\nstatic-name\n")
        os.unlink("/etc/localtime")
        shutil.copy("/usr/share/zoneinfo/Asia/Tokyo", "/etc/localtime")
        h = self.start()
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.expect_unused(h, 5, 12, "the host has a static name")
        self.expect_unused(h, 5, 101, "/etc/localtime is no link to a time zone")
        self.assertFalse(self.is_activated("hostname") or self.is_activated("timedate"))
        self.assertEqual(h.quit(), [])
        self.assertFalse(os.path.islink("/etc/localtime"))
        self.expect(BEFORE_NAME)
        self.assertEqual(self.remembered(), [])

    def test_static_name_meanwhile(self):
        """An administrator names the host while a lease does: this name stays when the lease goes."""
        h = self.start()
        h.tell("bound 5 eth5 host=leased-name")
        self.expect("leased-name")
        self.call(HOSTNAME1, HOSTNAME1_PATH, HOSTNAME1, "SetStaticHostname",
                  GLib.Variant("(sb)", ("static-name", False)))
        h.tell("lost 5 eth5")
        self.assertEqual(h.quit(), [])
        self.expect("static-name")
        self.assertEqual(self.remembered(), [])

    def test_nowhere_to_remember(self):
        """What cannot be put back is not changed."""
        os.rmdir(f"{FOLDER}/run")
        os.rmdir(f"{FOLDER}/state")
        h = self.start()
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.expect_unused(h, 5, 12, "cannot be written down")
        self.expect_unused(h, 5, 101, "cannot be written down")
        wait_until(lambda: sum("cannot be written down" in line for line in h.logs) == 2, f"it is told of: {h.logs}")
        h.quit()
        self.expect(BEFORE_NAME, BEFORE_ZONE)

    def test_bus_comes_late(self):
        h = self.again()
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.start_bus()
        self.expect("leased-name", "Europe/Paris")
        self.assertEqual(h.quit(), [])

    def test_refused(self):
        """The rules are for the daemon's user alone. A refusal is told once."""
        h = self.start(user=UID + 1)
        h.tell(f"bound 5 eth5 host=leased-name {zone('Europe/Paris')}")
        self.expect_unused(h, 5, 12, "systemd-hostnamed does not take it")
        self.expect_unused(h, 5, 101, "systemd-timedated does not take it")
        h.tell("changed 5 eth5 host=other-name")
        self.expect_unused(h, 5, 12, "systemd-hostnamed does not take it")
        h.tell("lost 5 eth5")
        logs = h.quit()
        self.assertEqual(len([line for line in logs if "SetHostname failed" in line]), 1, logs)
        self.assertEqual(len([line for line in logs if "SetTimezone failed" in line]), 1, logs)
        self.assertEqual((os.uname().nodename, self.zone()), (BEFORE_NAME, BEFORE_ZONE))

    def test_nothing_else(self):
        """The rules allow what the plugins do, and no more."""
        self.start_bus()
        self.start_polkit()
        for name, method, arguments in (("hostname1", "SetStaticHostname", ("sb", "x", "false")),
                                        ("hostname1", "SetPrettyHostname", ("sb", "x", "false")),
                                        ("timedate1", "SetLocalRTC", ("bbb", "true", "false", "false"))):
            result = subprocess.run(["busctl", "call", f"org.freedesktop.{name}", f"/org/freedesktop/{name}",
                                     f"org.freedesktop.{name}", method, *arguments], user=UID, group=UID,
                                    capture_output=True, text=True, check=False)
            self.assertNotEqual(result.returncode, 0, method)
            self.assertIn("uthentication", result.stderr)


class StandInTest(ServiceTest):
    """Lists of NTP servers, which the real systemd-timesyncd does not show."""

    def setUp(self):
        super().setUp()
        self.calls, self.system, self.error, self.n_asked = [], [], None, 0

    def appear(self):
        node = Gio.DBusNodeInfo.new_for_xml(STAND_IN)
        self.registration = self.bus.register_object("/org/freedesktop/timesync1", node.interfaces[0], self.on_call,
                                                     self.on_get, None)
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                  GLib.Variant("(su)", (TIMESYNC, 4)))

    def disappear(self):
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReleaseName",
                  GLib.Variant("(s)", (TIMESYNC,)))
        self.bus.unregister_object(self.registration)

    def on_call(self, connection, sender, path, interface, method, arguments, invocation):
        self.calls.append(arguments.unpack()[0])
        if self.error:
            invocation.return_dbus_error(self.error, "because of the test")
        else:
            invocation.return_value(None)

    def on_get(self, connection, sender, path, interface, name):
        self.n_asked += 1
        return GLib.Variant("as", self.system)

    def expect_told(self, *servers):
        wait_until(lambda: self.calls and self.calls[-1] == list(servers), f"{servers} told, not {self.calls}")
        self.assertEqual(self.calls, [list(servers)])
        self.calls = []

    def test_life_of_a_lease(self):
        h = self.start()
        self.appear()
        h.tell("bound 5 eth5 ntp=10.0.0.2,10.0.0.1")
        self.expect_told("10.0.0.2", "10.0.0.1")
        h.tell("renewed 5 eth5 ntp=10.0.0.2,10.0.0.1")
        h.tell("changed 5 eth5 ntp=10.0.0.2,10.0.0.1 dns=10.0.0.5")
        h.tell("bound 4 eth4")
        h.tell("bound 6 eth6 ntp=10.0.0.3,10.0.0.1 default")
        self.expect_told("10.0.0.3", "10.0.0.1", "10.0.0.2")
        h.tell("lost 6 eth6")
        self.expect_told("10.0.0.2", "10.0.0.1")
        h.tell("lost 4 eth4")
        h.tell("changed 5 eth5")
        self.expect_told()
        self.assertEqual(self.n_asked, 1)
        self.assertEqual(h.quit(), [])
        self.assertEqual((self.calls, self.remembered()), ([], []))

    def test_configured_servers(self):
        """The servers of timesyncd's own configuration go first. Another timesyncd may have others."""
        self.system = ["ntp.example", "10.9.9.9"]
        h = self.start()
        self.appear()
        h.tell("bound 5 eth5 ntp=10.0.0.2")
        self.expect_told("ntp.example", "10.9.9.9", "10.0.0.2")
        self.disappear()
        self.expect_unused(h, 5, 42, "systemd-timesyncd is not running")
        self.system = []
        self.appear()
        self.expect_told("10.0.0.2")
        self.expect_unused(h, 5, 42, "")
        h.tell("lost 5 eth5")
        self.expect_told()
        self.assertEqual(h.quit(), [])

    def test_ends(self):
        """The end of the daemon takes nothing back; the end of a lease does, even when the daemon ends at once."""
        h = self.start()
        self.appear()
        h.tell("bound 5 eth5 ntp=10.0.0.2")
        self.expect_told("10.0.0.2")
        self.assertEqual(h.quit(), [])
        self.assertEqual(self.calls, [])
        h = self.again()
        h.tell("bound 5 eth5 ntp=10.0.0.2")
        h.tell("lost 5 eth5")
        self.assertEqual(h.quit(), [])
        self.assertEqual((self.calls[-1], self.remembered()), ([], []))

    def test_refused(self):
        self.error = "org.freedesktop.DBus.Error.AccessDenied"
        h = self.start()
        self.appear()
        h.tell("bound 5 eth5 ntp=10.0.0.2")
        self.expect_unused(h, 5, 42, "systemd-timesyncd does not take them")
        n = len(self.calls)
        h.tell("renewed 5 eth5 ntp=10.0.0.2")
        wait_until(lambda: len(self.calls) > n, "it is tried again")
        self.error = None
        h.tell("renewed 5 eth5 ntp=10.0.0.2")
        self.expect_unused(h, 5, 42, "")
        self.assertEqual(h.quit(), ["timesyncd: systemd-timesyncd: SetRuntimeNTPServers failed: because of the test"])

    def test_nobody_there(self):
        """Neither the bus nor timesyncd is started, and leases without servers open no connection."""
        h = self.again()
        h.tell("bound 5 eth5 dns=10.0.0.1")
        descriptors = f"/proc/{h.process.pid}/fd"
        open_files = [os.readlink(f"{descriptors}/{fd}") for fd in os.listdir(descriptors)]
        self.assertEqual([f for f in open_files if "inotify" in f], [])  # which waits for the bus
        h.tell("changed 5 eth5 ntp=10.0.0.2")
        self.start_bus()
        self.expect_unused(h, 5, 42, "systemd-timesyncd is not running")
        h.tell("lost 5 eth5")
        self.assertEqual(h.quit(), [])

    def test_killed(self):
        """A daemon is killed, and the next one finds no lease: half a minute later all is put back."""
        h = self.start()
        self.appear()
        h.tell(f"bound 5 eth5 host=leased-name ntp=10.0.0.2 {zone('Europe/Paris')}")
        self.expect("leased-name", "Europe/Paris")
        self.expect_told("10.0.0.2")
        wait_until(lambda: len(self.remembered()) == 3, "all is written down")
        self.kill(h)
        h = self.again()
        h.tell("bound 5 eth5")  # says nothing of all this
        self.expect_told()
        self.expect(BEFORE_NAME, BEFORE_ZONE)
        wait_until(lambda: not self.remembered(), "nothing is left to be put back")
        self.expect_quiet(h)


class TimesyncdTest(ServiceTest):
    """Tests with the systemd-timesyncd of this machine and polkit."""

    def start_timesyncd(self):
        """Starts timesyncd. Its log tells the list of runtime servers, which the bus does not."""
        os.makedirs("/run/systemd/timesync", exist_ok=True)
        shutil.chown("/run/systemd/timesync", "systemd-timesync")
        with open("/run/timesyncd.log", "wb") as log:
            # As its own user from the beginning, so that it has no right to set the clock.
            child = self.spawn(SERVICES + "timesyncd", stdout=log, stderr=log, user="systemd-timesync",
                               group="systemd-timesync", extra_groups=[],
                               env=os.environ | {"SYSTEMD_LOG_LEVEL": "debug"})
        wait_until(lambda: child.poll() is not None or self.has_owner(TIMESYNC), "systemd-timesyncd is on the bus")
        if child.poll() is not None:
            with open("/run/timesyncd.log", encoding="utf-8", errors="replace") as f:
                self.skipTest("systemd-timesyncd cannot run here: " + f.read()[-300:])
        return child

    @staticmethod
    def log():
        with open("/run/timesyncd.log", encoding="utf-8", errors="replace") as f:
            return [line for line in f.read().splitlines() if "runtime server" in line or "Removed server" in line]

    def expect_log(self, *lines):
        wait_until(lambda: self.log() == list(lines), f"{lines} as what systemd-timesyncd did, not {self.log()}")

    def test_life_of_a_lease(self):
        with open("/etc/systemd/timesyncd.conf", "w", encoding="ascii") as f:
            f.write("[Time]\nNTP=10.9.9.9\nFallbackNTP=\n")
        h = self.start(user=UID)
        timesyncd = self.start_timesyncd()
        h.tell("bound 5 eth5 ntp=10.0.0.2")
        added = ("Added new runtime server 10.9.9.9.", "Added new runtime server 10.0.0.2.")
        self.expect_log(*added)
        self.stop(timesyncd)
        self.expect_unused(h, 5, 42, "systemd-timesyncd is not running")
        self.start_timesyncd()
        self.expect_log(*added)
        h.tell("lost 5 eth5")
        self.expect_log(*added, "Removed server 10.9.9.9.", "Removed server 10.0.0.2.")
        self.assertEqual(h.quit(), [])


def main():
    global rules_folder
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    paths = [p for p in sys.argv[1:] if os.sep in p]
    harness, rules_folder, *modules = (os.path.abspath(p) for p in paths)
    pluginlib.prepare(harness, *modules)
    # timesyncd looks there for the time at which it ended last.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var/lib/systemd"], check=True)
    pluginlib.run_tests([a for a in sys.argv[1:] if a not in paths])


if __name__ == "__main__":
    main()
