#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
plugin/hooks/resolvconf, resolv-conf and chrony, with every shell that may be /bin/sh.
What they write for each event, that no value of the network does anything, and what they find their way back from. Then
once with the real programs, out of Debian's packages, where these can be fetched.
"""

import os
import shutil
import subprocess
import tempfile
import unittest

HOOKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../plugin/hooks")
SHELLS = [[shutil.which("dash")], [shutil.which("bash"), "--posix"], [shutil.which("busybox"), "sh"]]
SHELLS = [shell for shell in SHELLS if shell[0]]
PATH = "/usr/sbin:/sbin:/bin:/usr/sbin:/usr/bin"
# What a hook that evaluates a value would do is to make the file "hacked".
HOSTILE = ("$(touch hacked)", "`touch hacked`", ";touch hacked", "a\ntouch hacked", "() { :;}; touch hacked",
           "'\";touch hacked", "*", "/*",
           "-x", "--help", "\x1b]0;x\x07", "..", "~", "nameserver 6.6.6.6", "a\nnameserver 6.6.6.6", "a\rb",
           "\\012nameserver")
# All words of all of them, and what matters at the beginning.
HOSTILE = (" ".join(HOSTILE), "() { :;}; touch hacked", "a\ntouch hacked")


class HookTest(unittest.TestCase):
    """A root of its own and programs of its own; what these do is in self.calls()."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.shell, self.enter = SHELLS[0], []
        self.clear()

    def clear(self):
        for name in ("root", "bin"):
            shutil.rmtree(os.path.join(self.folder, name), ignore_errors=True)
        os.makedirs(os.path.join(self.folder, "root/etc"))
        os.makedirs(os.path.join(self.folder, "root/run"))
        os.makedirs(os.path.join(self.folder, "bin"))

    def program(self, name, text):
        path = os.path.join(self.folder, "bin", name)
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)

    def path(self, name):
        return os.path.join(self.folder, "root", name)

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def run_hook(self, name, reason, interface="eth0", code=0, error="", **new):
        """Runs a hook. Returns what it printed. @new: dns, domain, search, ntp."""
        names = {"dns": "domain_name_servers", "domain": "domain_name", "search": "domain_search", "ntp": "ntp_servers"}
        result = subprocess.run(
            [*self.enter, *self.shell, os.path.join(HOOKS, name), self.path("").rstrip("/")], text=True,
            capture_output=True,
            timeout=60, check=False, cwd=self.path(""), stdin=subprocess.DEVNULL,
            env={"PATH": f"{self.folder}/bin:{PATH}", "reason": reason, "interface": interface,
                 **{f"new_{names[key]}": value for key, value in new.items()}})
        if code is None:
            self.assertNotEqual(result.returncode, 0, (self.shell, reason))
        else:
            self.assertEqual(result.returncode, code, (self.shell, reason, result.stderr))
        (self.assertIn if error else self.assertEqual)(error, result.stderr)
        return result.stdout

    def each_shell(self, shells=tuple(SHELLS)):
        for self.shell in shells:
            self.clear()
            with self.subTest(shell=self.shell):
                yield
                self.assertFalse(os.path.exists(self.path("hacked")))


class Resolvconf(HookTest):
    STUB = 'printf "%s\\n" "$*"\n[ "$1" = -d ] || cat\n'

    def test_events(self):
        for _ in self.each_shell():
            self.program("resolvconf", self.STUB)
            for reason in ("BOUND", "RENEW", "REBIND", "REBOOT", "TIMEOUT"):
                self.assertEqual(
                    self.run_hook("resolvconf", reason, dns="10.0.0.1 10.0.0.2", domain="a.example b.example"),
                    "-a eth0.dhcpd-link\nsearch a.example b.example\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n",
                )
            self.assertEqual(
                self.run_hook("resolvconf", "BOUND", search="one.example. two.example.", domain="a.example"),
                "-a eth0.dhcpd-link\nsearch one.example two.example\n",
            )
            for reason in ("EXPIRE", "FAIL", "RELEASE", "STOP"):
                self.assertEqual(self.run_hook("resolvconf", reason, dns="10.0.0.1"), "-d eth0.dhcpd-link\n")
            self.assertEqual(self.run_hook("resolvconf", "BOUND"), "-d eth0.dhcpd-link\n")
            self.assertEqual(self.run_hook("resolvconf", "PREINIT", dns="10.0.0.1"), "")

    def test_hostile(self):
        for _ in self.each_shell():
            self.program("resolvconf", self.STUB)
            for value in HOSTILE:
                out = self.run_hook("resolvconf", "BOUND", dns=f"10.0.0.1 {value}", domain=value)
                self.assertEqual(out[:18], "-a eth0.dhcpd-link")
                for line in out.splitlines()[1:]:
                    self.assertRegex(line, r"^(nameserver [0-9.]+|search( [A-Za-z0-9._][A-Za-z0-9._-]*)+)$")
        for name in ("resolvconf", "resolv-conf", "chrony"):
            for interface in ("../x", "a b", ".x", "a;b"):
                self.run_hook(name, "BOUND", interface=interface, code=1, error="no name of a link", dns="10.0.0.1")

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck(self):
        hooks = [os.path.join(HOOKS, name) for name in ("resolvconf", "resolv-conf", "chrony")]
        result = subprocess.run(["shellcheck", *hooks], text=True, capture_output=True, check=False)
        self.assertEqual(result.stdout, "")

    def test_not_there(self):
        os.symlink(shutil.which("true"), os.path.join(self.folder, "bin/resolvectl"))
        os.symlink("resolvectl", os.path.join(self.folder, "bin/resolvconf"))
        if os.path.basename(os.path.realpath(os.path.join(self.folder, "bin/resolvconf"))) == "resolvectl":
            self.run_hook("resolvconf", "BOUND", code=1, error="is systemd-resolved here")


class Chrony(HookTest):
    FILE = "run/chrony-dhcp/eth0.dhcpd-link.sources"

    def test_events(self):
        for _ in self.each_shell():
            self.program("chronyc", 'echo "$*" >>called\n')
            self.assertEqual(self.run_hook("chrony", "BOUND", ntp="10.0.0.1 10.0.0.2"), "")
            self.assertEqual(self.read(self.FILE), "server 10.0.0.1 iburst\nserver 10.0.0.2 iburst\n")
            self.assertEqual(os.stat(self.path(self.FILE)).st_mode & 0o777, 0o644)
            self.run_hook("chrony", "RENEW", ntp="10.0.0.1 10.0.0.2")
            self.assertEqual(self.read("called"), "reload sources\n")
            self.run_hook("chrony", "BOUND", interface="eth1", ntp="10.0.0.3")
            self.run_hook("chrony", "RENEW", ntp="10.0.0.3")
            self.assertEqual(self.read(self.FILE), "server 10.0.0.3 iburst\n")
            self.run_hook("chrony", "PREINIT", ntp="10.0.0.9")
            for reason in ("EXPIRE", "FAIL"):
                self.run_hook("chrony", reason)
                self.assertEqual(os.listdir(self.path("run/chrony-dhcp")), ["eth1.dhcpd-link.sources"])
            self.assertEqual(self.read("called"), "reload sources\n" * 4)

    def test_hostile(self):
        for _ in self.each_shell():
            self.program("chronyc", "exit 1\n")
            for value in HOSTILE:
                self.run_hook("chrony", "BOUND", ntp=f"10.0.0.1 {value}", error="chronyd has not been told")
                lines = (self.read(self.FILE) or "").splitlines()
                self.assertEqual(lines[0], "server 10.0.0.1 iburst")
                for line in lines:
                    self.assertRegex(line, r"^server [0-9.]+ iburst$")
                os.unlink(self.path(self.FILE))


class ResolvConf(HookTest):
    BEFORE = "# by hand\nnameserver 192.0.2.53\n"
    OURS = "# Written by the hook resolv-conf of dhcpd-link.\n"
    FILE, SAVED = "etc/resolv.conf", "etc/resolv.conf.before-dhcpd-link"

    def hook(self, reason, interface="eth0", **kwargs):
        self.run_hook("resolv-conf", reason, interface, **kwargs)

    def check_clean(self):
        """Asserts that nothing is left but the file."""
        self.assertLessEqual(set(os.listdir(self.path("etc"))), {"resolv.conf"})
        self.assertEqual(os.listdir(self.path("run/dhcpd-link-resolv-conf")), ["lock"])

    def test_events(self):
        """Several links, in the order of their names, each value once. What was there before comes back at the end."""
        for _ in self.each_shell():
            for before in (self.BEFORE, None):
                if before:
                    self.write(self.FILE, before)
                    os.chmod(self.path(self.FILE), 0o640)
                self.hook("PREINIT")
                self.assertEqual(self.read(self.FILE), before)
                self.hook("BOUND", "eth1", dns="10.0.0.2 10.0.0.1", domain="b.example a.example")
                self.assertEqual(self.read(self.FILE), self.OURS
                                 + "nameserver 10.0.0.2\nnameserver 10.0.0.1\nsearch b.example a.example\n")
                self.assertEqual(os.stat(self.path(self.FILE)).st_mode & 0o777, 0o644)
                self.hook("BOUND", "eth0", dns="10.0.0.1 10.0.0.3", search="a.example. c.example.", domain="x")
                self.assertEqual(self.read(self.FILE), self.OURS
                                 + "nameserver 10.0.0.1\nnameserver 10.0.0.3\nnameserver 10.0.0.2\n"
                                 "search a.example c.example b.example\n")
                inode = os.stat(self.path(self.FILE)).st_ino
                self.hook("RENEW", "eth0", dns="10.0.0.1 10.0.0.3", search="a.example. c.example.")
                self.hook("PREINIT", "eth0")
                self.assertEqual(os.stat(self.path(self.FILE)).st_ino, inode)
                self.hook("RENEW", "eth0")  # has no servers any more
                self.hook("EXPIRE", "eth2")
                self.assertEqual(self.read(self.FILE), self.OURS
                                 + "nameserver 10.0.0.2\nnameserver 10.0.0.1\nsearch b.example a.example\n")
                self.hook("EXPIRE", "eth1")
                self.assertEqual(self.read(self.FILE), before)
                if before:
                    self.assertEqual(os.stat(self.path(self.FILE)).st_mode & 0o777, 0o640)
                self.check_clean()
                if before:
                    os.unlink(self.path(self.FILE))

    def test_others(self):
        """A link, a mount, a program's file, a file that somebody changed: all are left alone, and this is told."""
        for _ in self.each_shell(SHELLS[:1]):
            os.symlink("../run/stub", self.path(self.FILE))
            self.hook("BOUND", dns="10.0.0.1", code=1, error="it is a link to ../run/stub")
            self.hook("EXPIRE")
            self.assertEqual(os.readlink(self.path(self.FILE)), "../run/stub")
            os.unlink(self.path(self.FILE))
            for text in ("# Generated by NetworkManager\n",
                         "# Dynamic resolv.conf(5) file generated by resolvconf(8)\n#   DO NOT EDIT\n",
                         "# This is /run/systemd/resolve/stub-resolv.conf managed by man:systemd-resolved(8).\n",
                         "; generated by dhclient\n",
                         "nameserver 1.1.1.1\n# YOUR CHANGES WILL BE OVERWRITTEN\n",
                         "# resolv.conf(5) file generated by tailscale\n"):
                self.write(self.FILE, text)
                self.hook("BOUND", dns="10.0.0.1", code=1, error="a program has made it")
                self.assertEqual(self.read(self.FILE), text)
                self.hook("EXPIRE")
                self.assertEqual(self.read(self.FILE), text)
                self.check_clean()
            os.unlink(self.path(self.FILE))
            os.mkdir(self.path(self.FILE))
            self.hook("BOUND", dns="10.0.0.1", code=1, error="it is no file")
            os.rmdir(self.path(self.FILE))
            self.hook("EXPIRE")
            # It was ours, and somebody has put their own in its place.
            self.write(self.FILE, self.BEFORE)
            self.hook("BOUND", dns="10.0.0.1")
            self.write(self.FILE, "nameserver 9.9.9.9\n")
            self.hook("RENEW", dns="10.0.0.1", code=1, error="somebody has changed it")
            self.hook("EXPIRE")
            self.assertEqual(self.read(self.FILE), "nameserver 9.9.9.9\n")
            self.check_clean()

    @unittest.skipUnless(os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"],
                                                              check=False).returncode == 0,
                         "no mount namespace here")
    def test_mounts(self):
        """A mount of a container manager over the file, and a folder that cannot be written to."""
        def enter(mount):
            return ["unshare", "--mount", "sh", "-euc", mount + '\nexec "$@"', "sh"]

        self.write(self.FILE, self.BEFORE)
        self.write("etc/hostname", "nameserver 9.9.9.9\n")
        self.enter = enter(f"mount --bind {self.path('etc/hostname')} {self.path(self.FILE)}")
        self.hook("BOUND", dns="10.0.0.1", code=1, error="it is a mount")
        self.hook("EXPIRE")
        etc = self.path("etc")
        self.enter = enter(f"mount --bind {etc} {etc}; mount -o remount,bind,ro {etc}")
        self.hook("BOUND", dns="10.0.0.1", code=None, error="Read-only file system")
        self.assertEqual(self.read(self.FILE), self.BEFORE)
        self.enter = []
        self.hook("RENEW", dns="10.0.0.1")
        self.assertEqual(self.read(self.FILE), self.OURS + "nameserver 10.0.0.1\n")
        self.enter = enter(f"mount --bind {etc} {etc}; mount -o remount,bind,ro {etc}")
        self.hook("EXPIRE", code=None, error="Read-only file system")
        self.enter = []
        self.hook("PREINIT")
        self.assertEqual(self.read(self.FILE), self.BEFORE)

    def test_reboot(self):
        """/run is gone, and the file in /etc is of a machine that crashed: without a lease, the old content is back."""
        for _ in self.each_shell(SHELLS[:1]):
            for reason, dns in (("PREINIT", None), ("FAIL", None), ("BOUND", "10.0.0.7")):
                self.write(self.FILE, self.BEFORE)
                self.hook("BOUND", dns="10.0.0.1")
                shutil.rmtree(self.path("run/dhcpd-link-resolv-conf"))
                self.hook(reason, **({"dns": dns} if dns else {}))
                self.assertEqual(self.read(self.FILE), self.OURS + "nameserver 10.0.0.7\n" if dns else self.BEFORE)
                self.hook("EXPIRE")
                self.assertEqual(self.read(self.FILE), self.BEFORE)
                self.check_clean()

    def test_hostile(self):
        for _ in self.each_shell():
            for value in HOSTILE:
                self.hook("BOUND", dns=f"10.0.0.1 {value}", domain=value, search=value)
                for line in self.read(self.FILE).removeprefix(self.OURS).splitlines():
                    self.assertRegex(line, r"^(nameserver [0-9.]+|search( [A-Za-z0-9._][A-Za-z0-9._-]*)+)$")
            self.hook("EXPIRE")
            self.check_clean()

    def test_killed(self):
        """The hook is killed before or after any change: the next run goes on, and the old content comes back."""
        def killer(when):
            """Makes the nth program that changes something the last one, before or after its work."""
            for name in ("mv", "rm", "cp", "mkdir"):
                self.program(
                    name,
                    f'n=$(($(cat "$HOME_OF_TEST" 2>/dev/null || echo 0) + 1)); echo $n >"$HOME_OF_TEST"\n'
                    f'[ $n != {when} ] || kill -9 $PPID\n/bin/{name} "$@"; status=$?\n'
                    f'[ $n != {when} ] || kill -9 $PPID\nexit $status\n'.replace(
                        "$HOME_OF_TEST", f"{self.folder}/count"
                    ),
                )

        for before, fatals in ((self.BEFORE, ("BOUND", "RENEW", "EXPIRE")), (None, ("EXPIRE",))):
            for fatal in fatals:
                for when in range(1, 9):
                    self.clear()
                    if before:
                        self.write(self.FILE, before)
                    if fatal != "BOUND":
                        self.hook("BOUND", dns="10.0.0.1")
                    if os.path.exists(f"{self.folder}/count"):
                        os.unlink(f"{self.folder}/count")
                    killer(when)
                    lease = {} if fatal == "EXPIRE" else {"dns": "10.0.0.2"}
                    try:
                        self.hook(fatal, **lease)
                        killed = False
                    except AssertionError:
                        killed = True
                    shutil.rmtree(f"{self.folder}/bin")
                    os.mkdir(f"{self.folder}/bin")
                    with self.subTest(fatal=fatal, when=when, killed=killed, before=before):
                        # At any moment there is a whole file.
                        self.assertIn(self.read(self.FILE), (before, self.OURS + "nameserver 10.0.0.1\n",
                                                             self.OURS + "nameserver 10.0.0.2\n"))
                        self.hook("RENEW", dns="10.0.0.3")
                        self.assertEqual(self.read(self.FILE), self.OURS + "nameserver 10.0.0.3\n")
                        self.hook("EXPIRE")
                        self.assertEqual(self.read(self.FILE), before)
                        self.check_clean()
                    if not killed:
                        self.assertGreater(when, 3)  # as many changes were cut off
                        break
                else:
                    self.fail("it changes more than that")

    def test_at_the_same_time(self):
        """Hooks of several links run in parallel: nothing is lost."""
        self.write(self.FILE, self.BEFORE)
        for reason in ("BOUND", "EXPIRE"):
            hooks = [subprocess.Popen([*SHELLS[n % len(SHELLS)], os.path.join(HOOKS, "resolv-conf"), self.path("")],
                                      env={"PATH": PATH, "reason": reason, "interface": f"eth{n}",
                                           "new_domain_name_servers": f"10.0.0.{n}"})
                     for n in range(8)]
            self.assertEqual([hook.wait(60) for hook in hooks], [0] * 8)
            self.assertEqual(self.read(self.FILE), self.BEFORE if reason == "EXPIRE" else
                             self.OURS + "".join(f"nameserver 10.0.0.{n}\n" for n in range(8)))
        self.check_clean()


if __name__ == "__main__":
    unittest.main(verbosity=2)
