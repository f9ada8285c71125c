#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What a local user without rights may try, as another uid against the real daemon: the lock file, what lies in the
runtime folder, forged signals, and connections that ask for more than they read.
"""
import os
import stat
import subprocess

import dhlib
from dhlib import Daemon, NetTest, wait_until

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


class AttackTest(NetTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.net.folder, 0o755)

    def nobody(self, *command):
        return subprocess.run([*AS_NOBODY, *command], capture_output=True, text=True, check=False, timeout=120)


class Lock(AttackTest):
    def setUp(self):
        super().setUp()
        self.runtime = self.net.path("runtime")
        os.mkdir(self.runtime)
        self.lock = os.path.join(self.runtime, "lock")

    def check_closed(self, daemon):
        """The daemon has the lock of a file that others cannot even open."""
        wait_until(lambda: os.path.exists(daemon.private), "the daemon runs")
        self.assertIsNone(daemon.process.poll(), daemon.logged())
        self.assertEqual(stat.S_IMODE(os.stat(self.lock).st_mode), 0o600)
        self.assertIn("ermission denied", self.nobody("flock", "--nonblock", self.lock, "true").stderr)
        # So the next daemon has it, once this one is dead, and not somebody who was waiting for that.
        self.assertEqual(subprocess.run(["flock", "--nonblock", self.lock, "true"], check=False).returncode, 1)

    def test_new(self):
        self.check_closed(Daemon(self.net))

    def test_open_before(self):
        """Of an earlier version, which let others read it."""
        with open(self.lock, "w", encoding="ascii"):
            os.chmod(self.lock, 0o644)
        self.check_closed(Daemon(self.net))

    def test_held_before(self):
        """Somebody has the lock by a descriptor that he opened for reading while he could."""
        with open(self.lock, "w", encoding="ascii"):
            os.chmod(self.lock, 0o644)
        holder = self.net.spawn(self.net.client, *AS_NOBODY, "flock", self.lock, "sleep", "600")
        wait_until(lambda: subprocess.run(["flock", "--nonblock", self.lock, "true"], check=False).returncode == 1, "the lock is held")
        self.check_closed(Daemon(self.net))
        self.assertIsNone(holder.poll())


class Names(AttackTest):
    def test_refused_links(self):
        """What is remembered of a link that cannot be managed goes with the link: the next one of its name is told of anew."""
        daemon = Daemon(self.net, "v*")
        for n in range(1, 4):
            self.net.ip("tuntap", "add", "dev", "v0", "mode", "tun")
            daemon.wait_log("v0: Not managed", n)
            self.net.ip("link", "set", "v0", "up")
            self.net.ip("link", "del", "v0")
            self.assertEqual(daemon.logged().count("v0: Not managed"), n)


if __name__ == "__main__":
    dhlib.require("ip", "setpriv", "flock")
    dhlib.main()
