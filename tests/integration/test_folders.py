#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The folders of the daemon do not work, or work no more.
One of them cannot be used, a record in it is damaged, or nothing can be written. There is a lease all the same, and
after a kill the next daemon finds whatever one folder has: the addresses and routes stay, though no server runs.
"""
import ctypes
import json
import os
import shutil
import signal
import time
import unittest

from dhlib import PATIENCE, Daemon, Monitor, NetTest, end, require, wait_until

# bash: what the daemon says goes through a cat that was there before the limit.
NO_FILES = ("bash", "-c", 'exec 2> >(exec cat >>"$0"); ulimit -f 0; exec "$@"')


class SystemCalls:
    """A process that stops at each system call (ptrace(2), linux/ptrace.h)."""
    LIBC = ctypes.CDLL(None, use_errno=True)
    PTRACE_SYSCALL, PTRACE_SEIZE, PTRACE_INTERRUPT = 24, 0x4206, 0x4207
    PTRACE_O_EXITKILL = 1 << 20

    def __init__(self, pid):
        self.pid = pid
        self.request(self.PTRACE_SEIZE, self.PTRACE_O_EXITKILL)
        self.request(self.PTRACE_INTERRUPT)

    def request(self, request, data=0):
        arguments = (ctypes.c_long(request), ctypes.c_long(self.pid), ctypes.c_void_p(0), ctypes.c_void_p(data))
        if self.LIBC.ptrace(*arguments) < 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def run_until(self, condition, what):
        """Ends while the process is stopped, right after the system call that made the condition true."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                time.sleep(0.0005)
                continue
            assert os.WIFSTOPPED(status), f"it ended: {status}"
            if condition():
                return
            self.request(self.PTRACE_SYSCALL)
        raise AssertionError(f"never: {what}")


class Killed(NetTest):
    def test_right_after_the_address(self):
        """The kernel has the address, and that is all the daemon did.

        The next daemon knows the address as its own, and takes it off.
        """
        self.net.add_link("eth0")
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("INIT -> SELECTING")
        try:
            calls = SystemCalls(daemon.process.pid)
        except OSError as e:
            self.skipTest(f"no ptrace here: {e}")
        self.net.dnsmasq()
        calls.run_until(lambda: self.net.addresses(), "an address")
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait()
        monitor = Monitor(self.net)
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("Bound to")
        self.assertEqual(monitor.deletions(), [])
        self.assertEqual(daemon.stop(), 0)
        self.net.wait_no_address()


class Folders(NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        self.server = self.net.dnsmasq("--dhcp-option=option:router,10.77.0.1")

    def bind(self, **arguments):
        daemon = Daemon(self.net, "eth0", **arguments)
        daemon.wait_log("Bound to 10.77.0.")
        return daemon

    def has_default(self):
        return any(route["dst"] == "default" and route.get("gateway") == "10.77.0.1" for route in self.net.routes())

    def assert_adopted(self, daemon):
        """Kills the daemon. Asserts that the next one has its lease without any server, and takes it off in the end."""
        wait_until(self.has_default, "a default route")
        end(self.server)
        daemon.kill()
        monitor = Monitor(self.net)
        daemon = Daemon(self.net, "eth0")
        daemon.wait_log("Managed, lease adopted")
        wait_until(lambda: "BOUND" in daemon.ctl("status", "eth0", check=False), "bound")
        self.assertEqual(monitor.deletions(), [])
        self.assertTrue(self.has_default())
        self.assertEqual(daemon.stop(), 0)
        self.net.wait_no_address()
        self.assertEqual(self.net.routes(), [])

    def blocked(self, folder):
        """The folder of leases cannot be made."""
        os.makedirs(self.net.path(folder), exist_ok=True)
        with open(os.path.join(self.net.path(folder), "lease"), "w", encoding="ascii"):
            pass

    def problems(self, daemon):
        return [problem["Id"] for problem in json.loads(daemon.ctl("--json", "status"))["Problems"]]

    def test_runtime_unusable(self):
        self.blocked("runtime")
        daemon = self.bind()
        self.assertIn("runtime is not usable", daemon.logged())
        self.assertEqual(self.problems(daemon), ["runtime-folder"])
        wait_until(lambda: os.listdir(self.net.path("state/lease")), "a record")
        self.assert_adopted(daemon)

    def test_state_unusable(self):
        self.blocked("state")
        daemon = self.bind()
        self.assertIn("state is not usable", daemon.logged())
        self.assertEqual(self.problems(daemon), ["state-folder"])
        wait_until(lambda: os.listdir(self.net.path("runtime/lease")), "a record")
        self.assert_adopted(daemon)

    def test_record_damaged(self):
        """A record is damaged by one bit. The record in the other folder is as good."""
        daemon = self.bind()
        wait_until(lambda: os.listdir(self.net.path("state/lease")), "a record")
        [name] = os.listdir(self.net.path("runtime/lease"))
        path = os.path.join(self.net.path("runtime/lease"), name)
        with open(path, "rb") as f:
            text = bytearray(f.read())
        text[text.index(b"\nack=") + 100] ^= 1
        with open(path, "wb") as f:
            f.write(text)
        self.assert_adopted(daemon)

    def test_removed(self):
        """Both folders go while the daemon runs: the next save makes them again."""
        daemon = self.bind()
        wait_until(lambda: os.listdir(self.net.path("state/lease")), "a record")
        for folder in ("runtime/lease", "state"):
            shutil.rmtree(self.net.path(folder))
        daemon.ctl("renew", "eth0")
        wait_until(lambda: os.path.exists(self.net.path("state/lease")) and os.listdir(self.net.path("state/lease")),
                   "a record again")
        self.assert_adopted(daemon)

    def test_nothing_can_be_written(self):
        """No file may grow: the daemon does not die of it, and tells of it once, not with every lease."""
        log = self.net.path("daemon.piped.log")
        daemon = Daemon(self.net, "eth0", prefix=(*NO_FILES, log))
        logged = lambda: self.net.read("daemon.piped.log")
        wait_until(lambda: "Bound to 10.77.0." in logged(), "a lease")
        wait_until(lambda: "Cannot save the lease everywhere: File too large" in logged(), "the reason")
        acks = lambda: self.net.read("dnsmasq.log").count("DHCPACK(")
        for _ in range(2):
            before = acks()
            # Asked again and again: while one is under way, another is not sent.
            wait_until(lambda n=before: daemon.ctl("renew", "eth0") == "" and acks() > n, "a renewal")
        wait_until(lambda: "BOUND" in daemon.ctl("status", "eth0"), "bound again")
        self.assertEqual(logged().count("Cannot save the lease"), 1)
        self.assertIsNone(daemon.process.poll())
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    require("ip", "dnsmasq")
    unittest.main(verbosity=2)
