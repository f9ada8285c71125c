# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Programs that a user runs on a terminal, inside the booted container.
What they print, what is typed, and whether the terminal is as it was afterwards.
"""
import contextlib
import fcntl
import os
import select
import shlex
import signal
import subprocess
import termios

from inside import sh, wait_for


class Terminal:
    """A program of @user on a terminal of its own, which is its controlling terminal. Ends with the block.

    Its session is one that logind knows, because polkit looks for agents of those only. The session has no seat, as
    that of a user who is logged in from elsewhere.
    """

    def __init__(self, user, *command):
        self.master, self.slave = os.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.text = ""
        # su stays around, and ends as its child does.
        self.process = subprocess.Popen(
            ["su", "--session-command", "exec " + shlex.join(command), user],
            stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True, cwd="/",
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), env={**os.environ, "LC_ALL": "C"})

    def __enter__(self):
        return self

    def send(self, sig):
        """Sends a signal to the program itself."""
        os.kill(int(sh(f"pgrep -P {self.process.pid}")), sig)

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            self.text += os.read(self.master, 65536).decode(errors="replace")
        return self.text

    def wait(self, words):
        try:
            wait_for(lambda: words in self.read(), words)
        except AssertionError:
            raise AssertionError(f"{words!r} is not on the terminal: {self.text!r}") from None

    def wait_password(self):
        """Waits until a password is asked for: what is typed is not shown any more."""
        self.wait("Password: ")
        wait_for(lambda: not termios.tcgetattr(self.slave)[3] & termios.ECHO, "no echo")

    def type(self, text):
        os.write(self.master, text.encode())

    def ended(self):
        """Returns the exit status, when the program is gone; 128 and its number for a signal."""
        wait_for(lambda: self.read() is not None and self.process.poll() is not None, "the end")
        self.read()
        return self.process.returncode

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before
