#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
plugin/hooks/dhclient-hooks with every shell that may be /bin/sh.
Which files it sources, in which order, what they share and what they cannot break. Needs no privileges.
"""

import os
import shutil
import subprocess
import tempfile
import unittest

WRAPPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../plugin/hooks/dhclient-hooks")
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
PATH = "/usr/sbin:/sbin:/bin:/usr/sbin:/usr/bin"


class DhclientHooks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def put(self, name, text):
        """Writes a hook without the x bit, as packages have them."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def enter(self, name, text):
        return self.put(f"dhclient-enter-hooks.d/{name}", text)

    def exit(self, name, text):
        return self.put(f"dhclient-exit-hooks.d/{name}", text)

    def run_all(self, expected, error="", **variables):
        """Asserts that all shells print these lines, and nothing but @error."""
        self.assertTrue(SHELLS)
        for shell in SHELLS:
            command = [shutil.which(shell)] + (["sh"] if shell == "busybox" else [])
            result = subprocess.run([*command, WRAPPER, self.folder], env={"PATH": PATH, **variables}, text=True,
                                    capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
            with self.subTest(shell=shell):
                self.assertEqual(result.stdout.split("\n")[:-1], expected)
                if callable(error):
                    error(result.stderr)
                else:
                    self.assertEqual(result.stderr, error)
        return result

    def test_order(self):
        """The single file first, then the folder in order of names; enter before exit; $1 is the hook."""
        for kind in "enter", "exit":
            self.put(f"dhclient-{kind}-hooks", f"echo {kind} single")
            self.put(f"dhclient-{kind}-hooks.d/b", f"echo {kind} b $# $1")
            self.put(f"dhclient-{kind}-hooks.d/a", f"echo {kind} a")
        paths = {kind: os.path.join(self.folder, f"dhclient-{kind}-hooks.d/b") for kind in ("enter", "exit")}
        self.run_all(["enter single", "enter a", f"enter b 1 {paths['enter']}",
                      "exit single", "exit a", f"exit b 1 {paths['exit']}"], reason="BOUND")

    def test_nothing_there(self):
        self.run_all([], reason="BOUND")

    def test_names(self):
        """Names count as in run-parts: no dot, no tilde; no folder, and nothing that is masked."""
        for name in "a.sh", "b~", "c.dpkg-old", "d e", "rfc3442-classless-routes":
            self.enter(name, "echo wrong")
            self.exit(name, "echo wrong")
        os.symlink("/dev/null", os.path.join(self.folder, "dhclient-enter-hooks.d/masked"))
        os.mkdir(os.path.join(self.folder, "dhclient-enter-hooks.d/folder"))
        self.enter("Good_1-x", "echo good")
        self.run_all(["good"], reason="BOUND")

    def test_variables(self):
        """All later hooks see what an enter hook changes. No other hook sees what an exit hook changes."""
        self.enter("1", "new_host_name=changed; own=mine")
        self.enter("2", 'echo "$new_host_name $own"')
        self.exit("1", 'echo "$new_host_name $own $exit_status"; new_host_name=lost')
        self.exit("2", 'echo "$new_host_name $own $exit_status"')
        self.run_all(["changed mine", "changed mine 0", "changed mine 0"], reason="BOUND", new_host_name="given")

    def test_make_resolv_conf(self):
        """An enter hook's function is called when there is a lease. The stock one, which writes the file, is not there.

        """
        calls = {"PREINIT": 0, "BOUND": 1, "RENEW": 1, "REBIND": 1, "REBOOT": 1, "TIMEOUT": 1, "EXPIRE": 0, "FAIL": 0,
                 "RELEASE": 0, "STOP": 0}
        for reason, n in calls.items():
            self.enter("resolvconf", ":")
            self.run_all([], reason=reason)
            self.enter("resolvconf", 'make_resolv_conf() { echo "$new_domain_name"; }')
            self.run_all(["example.org"] * n, reason=reason, new_domain_name="example.org")

    def test_mtu(self):
        self.enter("a", 'echo "[$new_interface_mtu]"')
        for mtu, seen in ("576", ""), ("577", "577"), ("1400", "1400"), ("", ""), ("x", "x"):
            self.run_all([f"[{seen}]"], reason="BOUND", new_interface_mtu=mtu)
        self.run_all(["[]"], reason="BOUND")

    def test_exit_hook_that_ends(self):
        """exit, set -e, a syntax error: the next exit hook runs all the same, and the failure is told."""
        bad = {"1": "exit 3", "2": "set -e\nfalse\necho not reached", "3": "if then"}
        paths = {name: self.exit(name, text) for name, text in bad.items()}
        self.exit("5", "echo reached; return 0")
        self.exit("6", "false")

        def error(text):
            self.assertIn(f"{paths['1']} ended with status 3\n", text)
            self.assertIn(f"{paths['2']} ended with status 1\n", text)
            self.assertIn(f"{paths['3']} ended with status 2\n", text.replace("status 1", "status 2"))
            self.assertNotIn("all hooks", text)
        self.run_all(["reached"], error, reason="BOUND")

    def test_enter_hook_that_ends(self):
        """Such an enter hook ends all, as under dhclient. It is told which one it was."""
        path = self.enter("1", "exit 4")
        self.enter("2", "echo wrong")
        self.exit("1", "echo wrong")
        self.run_all([], f"{path} ended all hooks behind it, with status 4\n", reason="BOUND")
        self.enter("1", "make_resolv_conf() { exit 5; }")
        self.enter("2", ":")
        self.run_all([], "make_resolv_conf ended all hooks behind it, with status 5\n", reason="BOUND")

    def test_enter_hook_with_set_e(self):
        """set -e counts for the enter hooks, which share the shell. A failing exit hook still stops no other hook."""
        self.enter("1", "set -e")
        first = self.exit("1", "false")
        self.exit("2", "echo reached")
        self.run_all(["reached"], f"{first} ended with status 1\n", reason="BOUND")

    def test_values_are_only_passed_on(self):
        """Whatever is in a variable, nothing of it is run here."""
        marker = os.path.join(self.folder, "marker")
        self.exit("1", 'printf "%s\\n" "$new_domain_name"')
        for value in (f"$(touch {marker})", f"`touch {marker}`", f"; touch {marker}", f"' ; touch {marker} ; '",
                      "a[$(touch " + marker + ")]", "*", "-e"):
            names = "new_domain_name", "new_interface_mtu", "old_ip_address", "interface"
            variables = {name: value for name in names}
            self.run_all([value], reason="BOUND", **variables)
            self.assertFalse(os.path.exists(marker))
        self.run_all(["x"], reason=f"BOUND; touch {marker}", new_domain_name="x")
        self.assertFalse(os.path.exists(marker))


if __name__ == "__main__":
    unittest.main()
