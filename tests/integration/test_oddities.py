#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
tests/oddities, which compares this client with others, still runs: with this client alone and two oddities.
What the client makes of all of them is in test_liar.py and test_interop.py.
"""
import importlib.util
import os
import subprocess
import unittest

import dhlib

ODDITIES = os.path.join(dhlib.TOP, "tests/oddities")


class Oddities(unittest.TestCase):
    def run_it(self, *arguments):
        return subprocess.run(["/usr/bin/python3", "-B", ODDITIES, *arguments], capture_output=True, text=True,
                              timeout=600, check=False)

    def test_table(self):
        done = self.run_it("--clients", "dhcpd-link", "--jobs", "2", "none", "no-1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines(), [
            "| the server's oddity | dhcpd-link |", "|---|---|", "| nothing is odd | /24, route, DNS |",
            "| no mask | /32, route, DNS |"])

    def test_names(self):
        self.assertIn("renewal-bare ", self.run_it("--list").stdout)
        for arguments in (("nonsense",), ("--clients", "nobody", "none")):
            done = self.run_it(*arguments)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("There is no ", done.stderr)


if __name__ == "__main__":
    dhlib.require("ip", "unshare")
    if not importlib.util.find_spec("scapy"):
        dhlib.skip("python3-scapy is not installed")
    dhlib.main()
