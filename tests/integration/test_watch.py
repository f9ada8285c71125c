#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
dhcpd-linkctl watch on a terminal, with the real daemon.
What is seen, and that the terminal is as it was after every end.
"""
import contextlib
import errno
import fcntl
import os
import re
import resource
import select
import signal
import struct
import subprocess
import termios
import time
import unicodedata

import dhlib
from dhlib import Bus, SocketTest, wait_until

CTL = os.path.join(dhlib.BUILD, "dhcpd-linkctl")
SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x18")


class Screen:
    """A terminal that knows the sequences that watch uses, and refuses any other."""

    def __init__(self, columns, rows):
        self.modes = {"?25": True, "?7": True, "?1049": False}
        self.raw = ""
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [""] * rows
        self.row = 0
        self.strict = False  # until the screen is emptied, lines may come that were made for the size before

    def text(self):
        return "\n".join(self.lines)

    def feed(self, data):
        self.raw += data
        while self.raw:
            match = SEQUENCE.match(self.raw)
            if match:
                self.raw = self.raw[match.end():]
                if match[2]:
                    self.obey(match[1], match[2])
            elif self.raw[0] == "\x1b":
                if len(self.raw) > 20:
                    raise AssertionError(f"not understood: {self.raw[:20]!r}")
                return
            else:
                n = re.search(r"[\x1b\x18]|\Z", self.raw).start()
                self.write(self.raw[:n])
                self.raw = self.raw[n:]

    def obey(self, arguments, letter):
        if letter == "H":
            self.row = int(arguments.split(";")[0]) - 1 if arguments else 0
            if self.strict and self.row >= self.rows:
                raise AssertionError(f"row {self.row} of {self.rows}")
        elif letter == "J":
            self.lines = [""] * self.rows
            self.strict = True
        elif letter == "K":
            if self.row < self.rows:
                self.lines[self.row] = ""
        elif letter in "hl" and arguments in self.modes:
            self.modes[arguments] = letter == "h"
        elif letter != "m":
            raise AssertionError(f"not understood: {arguments}{letter}")

    def write(self, text):
        for c in text:
            if self.modes["?1049"] and (unicodedata.category(c).startswith("C") or not c.isprintable()):
                raise AssertionError(f"a control character: {c!r}")
        if self.row >= self.rows:
            return
        self.lines[self.row] += text
        if self.modes["?1049"] and self.strict and len(self.lines[self.row]) > self.columns:
            raise AssertionError(f"{len(self.lines[self.row])} columns of {self.columns}: {self.lines[self.row]}")


class Terminal:
    """A program on a terminal of its own, with that as its controlling terminal."""

    def __init__(self, *command, columns=100, rows=40, shell=False, **environment):
        self.master, slave = os.openpty()
        self.name = os.ttyname(slave)
        self.screen = Screen(columns, rows)
        self.size(columns, rows)
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "TZ": "UTC", **environment})
        self.slave = slave
        os.set_blocking(self.master, False)
        self.pending = b""
        self.reading = True
        self.heard = ""

    def size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(columns, rows)

    def read(self):
        while self.reading and select.select([self.master], [], [], 0)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError as e:
                if e.errno not in (errno.EIO, errno.EAGAIN):
                    raise
                break
            if not data:
                break
            self.pending += data
        text = self.pending.decode("utf-8", errors="ignore") if self.complete() else ""
        if text:
            self.pending = b""
            self.heard += text
            self.screen.feed(text)
        return self.screen.text()

    def everything(self):
        self.read()
        return self.heard

    def complete(self):
        try:
            self.pending.decode()
        except UnicodeDecodeError as e:
            return e.end < len(self.pending)
        return True

    def wait(self, words, absent=None):
        def seen():
            text = self.read()
            return re.search(words, text) and not (absent and re.search(absent, text))
        try:
            wait_until(seen, words)
        except AssertionError:
            raise AssertionError(f"{words!r} is not on the screen:\n{self.screen.text()}") from None
        return self.screen.text()

    def press(self, keys):
        os.write(self.master, keys.encode())

    def ended(self):
        """Returns the exit status, once the process is gone and everything it wrote is read."""
        wait_until(lambda: self.read() is not None and self.process.poll() is not None, "the end")
        self.read()
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for fd in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(fd)

    def is_as_before(self):
        return (termios.tcgetattr(self.slave) == self.before
                and self.screen.modes == {"?25": True, "?7": True, "?1049": False})

    def is_taken(self):
        self.read()
        return self.screen.modes["?1049"] and not termios.tcgetattr(self.slave)[3] & termios.ICANON


class WatchTest(SocketTest):
    def watch(self, *arguments, socket=True, **kwargs):
        terminal = Terminal(CTL, *([f"--socket={self.socket}"] if socket else []), "watch", *arguments, **kwargs)
        self.addCleanup(terminal.close)
        return terminal

    def ctl(self, *arguments):
        return self.daemon.ctl(*arguments)


class Views(WatchTest):
    def test_life(self):
        """Nothing there, searching, bound, renewed; another link comes and goes; so does the daemon."""
        terminal = self.watch()
        terminal.wait("The daemon is not there: .*private: No such file")
        self.start()
        terminal.wait("No links are managed")
        self.ctl("up", "eth0")
        text = terminal.wait(r"Searching: for \d+s, \d+ attempts?, next in \d+s")
        self.assertRegex(text, r"State: (INIT|SELECTING), no lease yet")
        self.net.dnsmasq("--dhcp-option=option:dns-server,10.77.0.53", "--dhcp-option=option:mtu,100")
        text = terminal.wait(r"State: BOUND\b")
        text = terminal.wait(r"lease bound: 10\.77\.0\.1\d\d/24 from 10\.77\.0\.1, for 1h", absent="Searching")
        for words in (r"Address: 10\.77\.0\.1\d\d/24", "Router: 10.77.0.1", "DNS: 10.77.0.53",
                      r"Server: 10\.77\.0\.1 \(",
                      r"Lease: (1h|59min) left of 1h, T1 \(renewal\) in (30|29)min, T2 \(any server\) in 5\dmin",
                      r"\[█*░{5,}1░{5,}2░+\]", "Not used: option 26: ",
                      r"Heard: 10\.77\.0\.1 \(.*\) offers 10\.77\.0\.1",
                      r"default via 10\.77\.0\.1 metric", r"(?m)^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d eth0: REQUESTING -> "):
            self.assertRegex(text, words)
        self.ctl("renew", "eth0")
        text = terminal.wait(r"lease renewed: 10\.77\.0\.1\d\d/24")
        self.assertLess(text.index("lease renewed"), text.index("lease bound"))

        self.net.add_link("eth1")
        self.ctl("up", "eth1")
        text = terminal.wait(r"▸ ● eth0 +BOUND .*\n +● eth1 +BOUND ")
        self.assertIn("link 1 of 2", text)
        terminal.press("\x1b[B")
        terminal.wait(r"▸ ● eth1[^▸]*\neth1 \(")
        terminal.press("k")
        terminal.wait(r"(?m)^eth0 \(")
        terminal.press("j")
        terminal.wait(r"(?m)^eth1 \(")
        self.ctl("down", "eth1")
        text = terminal.wait(r"eth1: no longer managed", absent="●")
        self.assertRegex(text, r"(?m)^eth0 \(")

        self.daemon.stop()
        text = terminal.wait("The daemon is not there")
        self.assertNotRegex(text, "Address|Lease:")
        self.assertIn("the daemon is gone", text)
        self.start("eth0")
        terminal.wait(r"State: BOUND\b")
        terminal.press("?")
        terminal.wait("Ctrl-L: draw anew", absent="State:")
        terminal.press("?")
        terminal.wait(r"State: BOUND\b")
        terminal.press("q")
        self.assertEqual(terminal.ended(), 0)
        self.assertTrue(terminal.is_as_before())

    def test_named(self):
        """Only the links that are named are shown, and those that nobody manages are said to be so."""
        self.net.add_link("eth1")
        self.start("eth*")
        self.net.ip("link", "property", "add", "dev", "eth1", "altname", "another-name")
        wait_until(lambda: "another-name" in self.ctl("status", "eth1"), "the alternative name")
        terminal = self.watch("another-name", "eth7")
        text = terminal.wait(r"eth7 +not managed")
        self.assertRegex(text, r"▸ ● eth1 +(INIT|SELECTING)")
        self.assertNotIn("eth0", text)
        self.ctl("down", "eth0")  # both are managed by one claim
        text = terminal.wait(r"another-name +not managed")
        self.assertNotIn("eth0", text)
        self.assertIn("eth1: no longer managed", text)

    def test_sizes(self):
        """Every size is drawn on, and another one while it runs."""
        self.start("eth0")
        terminal = self.watch(columns=40, rows=12)
        terminal.wait(r"State: (INIT|SELECTING)")
        for columns, rows, words in ((20, 1, "eth0 (INIT|SELEC)"), (1, 1, "e|…"), (300, 100, "Searching: for"),
                                     (40, 3, "eth0"), (9, 5, "State: "),
                                     (100, 40, "Searching: for .* next in")):
            terminal.read()
            terminal.size(columns, rows)
            terminal.process.send_signal(signal.SIGWINCH)
            terminal.wait(words)

    def test_plain(self):
        """Without UTF-8, without colours. Where nothing can be drawn, this is told."""
        self.start("eth0")
        terminal = self.watch(LC_ALL="C", NO_COLOR="1")
        text = terminal.wait(r"State: (INIT|SELECTING)")
        self.assertTrue(text.isascii(), text)
        self.assertNotRegex(terminal.heard, r"\x1b\[3\dm")
        dumb = self.watch(TERM="dumb")
        os.close(dumb.slave)
        self.assertEqual(dumb.ended(), 1)
        self.assertIn("TERM=dumb", dumb.screen.text())
        result = subprocess.run([CTL, f"--socket={self.socket}", "watch"], capture_output=True, text=True, check=False,
                                timeout=60)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("monitor", result.stderr)

    def test_bus(self):
        """On the system bus, as nobody, and without starting what somebody has stopped."""
        bus = Bus(self.net)
        self.start("eth0", bus=bus)
        bus.wait_name()
        terminal = Terminal("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", CTL, "watch",
                            DBUS_SYSTEM_BUS_ADDRESS=bus.address)
        self.addCleanup(terminal.close)
        terminal.wait(r"State: (INIT|SELECTING)")
        self.daemon.stop()
        terminal.wait("The daemon is not there. Waiting for it")
        self.start("eth0", bus=bus)
        terminal.wait(r"State: (INIT|SELECTING)")
        bus.stop()
        terminal.wait("The daemon is not there")
        bus.start()
        terminal.wait(r"State: (INIT|SELECTING)")
        terminal.press("q")
        self.assertEqual(terminal.ended(), 0)


class Ends(WatchTest):
    def begin(self, **kwargs):
        terminal = self.watch(**kwargs)
        terminal.wait(r"State: (INIT|SELECTING)|STOPPED")
        self.assertTrue(terminal.is_taken())
        return terminal

    def test_ends(self):
        """Whatever ends it, the terminal is as it was, and the parent process is told what it was."""
        self.start("eth0")
        for end, status in (("q", 0), ("\x04", 0), ("\x03", -signal.SIGINT), ("\x1c", -signal.SIGQUIT),
                            *((sig, -sig) for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGABRT))):
            if end in (signal.SIGSEGV, signal.SIGABRT, "\x1c"):
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if end == signal.SIGSEGV and is_sanitized():
                continue
            terminal = self.begin()
            if isinstance(end, str):
                terminal.press(end)
            else:
                terminal.process.send_signal(end)
            self.assertEqual(terminal.ended(), status, end)
            self.assertTrue(terminal.is_as_before(), (end, terminal.screen.modes))

    def test_stopped(self):
        """SIGTSTP gives the terminal back.

        A program that was stopped by SIGSTOP draws on the size that there is when it goes on.
        """
        self.start("eth0")
        terminal = self.begin()
        # Nobody in its session could wake it up, so the kernel does not stop it by this one.
        terminal.process.send_signal(signal.SIGTSTP)
        wait_until(lambda: "\x1b[?1049l" in terminal.everything(), "the terminal is given back")
        wait_until(terminal.is_taken, "it goes on")
        terminal.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: state(terminal.process.pid) == "T", "stopped")
        terminal.size(60, 20)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait(r"State: (INIT|SELECTING)")
        terminal.press("q")
        self.assertEqual(terminal.ended(), 0)
        self.assertTrue(terminal.is_as_before())

    def test_job(self):
        """It runs as a job of a shell: Ctrl-Z, fg, and the shell has its terminal in between."""
        self.start("eth0")
        terminal = Terminal("bash", "--norc", "--noprofile", "--noediting", "-i", PS1="ready> ")
        self.addCleanup(terminal.close)
        terminal.screen.write = lambda text: None  # the shell's lines are no frame

        def wait(condition, what):
            wait_until(lambda: terminal.read() is not None and condition(), what)

        wait(lambda: "ready> " in terminal.heard, "the shell")
        before = termios.tcgetattr(terminal.slave)
        terminal.press(f"{CTL} --socket={self.socket} watch\n")
        wait(terminal.is_taken, "watch")
        for _ in range(2):
            terminal.heard = ""
            terminal.press("\x1a")
            wait(lambda: "Stopped" in terminal.heard and "ready> " in terminal.heard, "the shell again")
            self.assertFalse(terminal.screen.modes["?1049"])
            self.assertEqual(termios.tcgetattr(terminal.slave), before)
            terminal.press("fg\n")
            wait(lambda: terminal.is_taken() and "State" in terminal.heard, "watch again")
        terminal.heard = ""
        terminal.press("q")
        wait(lambda: "ready> " in terminal.heard, "the end")
        self.assertFalse(terminal.screen.modes["?1049"])
        self.assertEqual(termios.tcgetattr(terminal.slave), before)

    def test_hung_up(self):
        """A terminal that is gone ends it, also if nobody sends SIGHUP."""
        self.start("eth0")
        terminal = self.begin()
        os.close(terminal.slave)
        os.close(terminal.master)
        terminal.reading = False
        self.assertIn(terminal.ended(), (1, -signal.SIGHUP))

    def test_stuck(self):
        """It ends also on a terminal that accepts nothing."""
        self.start("eth0")
        terminal = self.begin(columns=900, rows=900)
        for _ in range(40):  # frames that nobody reads, until no more fit
            os.write(terminal.master, b"\x0c")
            time.sleep(0.01)
        terminal.process.send_signal(signal.SIGTERM)
        terminal.reading = False
        self.assertEqual(terminal.process.wait(60), -signal.SIGTERM)
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)

    def test_idle(self):
        """As long as nothing that is seen changes, it does nothing."""
        self.net.dnsmasq()
        self.start("eth0")
        terminal = self.watch(columns=30)
        terminal.wait("Heard: ")

        def switches():
            terminal.read()
            with open(f"/proc/{terminal.process.pid}/status", encoding="ascii") as status:
                return int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", status.read())[1])

        def quiet():
            n = switches()
            time.sleep(1.5)
            return switches() == n
        wait_until(quiet, "a time in which it sleeps")


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


def is_sanitized():
    with open(CTL, "rb") as program:
        return b"__asan_init" in program.read()


if __name__ == "__main__":
    dhlib.main()
