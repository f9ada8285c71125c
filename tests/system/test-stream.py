# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A TCP stream through all that may happen to the daemon, its socket, the holder, records and plugins.
The order is drawn from a seed: not a byte is lost, and nothing is taken off the link.

STREAM_SECONDS (20) and STREAM_SEED (1), in the environment of tests/system/boot, say how long and in which order.
"""
import random
import shutil
import socket
import threading

from inside import *  # noqa: F403

PORT = 7777
BLOCK = 4096
SECONDS = int(os.environ.get("STREAM_SECONDS", "20"))
SEED = int(os.environ.get("STREAM_SEED", "1"))
RUNTIME, STATE = "/run/dhcpd-link", "/var/lib/dhcpd-link"
PLUGIN_CONFIG = "/etc/dhcpd-link/dhcpd-link.conf.d/dies.conf"


class Stream(threading.Thread):
    """Sends blocks of bytes that it knows to the server outside, which sends them back."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.create_connection(("10.99.0.1", PORT), timeout=60)
        self.ends = threading.Event()
        self.n_blocks = 0
        self.problem = None

    def run(self):
        try:
            while not self.ends.is_set():
                block = random.Random(self.n_blocks).randbytes(BLOCK)
                self.socket.sendall(block)
                back = b""
                while len(back) < BLOCK:
                    piece = self.socket.recv(BLOCK - len(back))
                    if not piece:
                        raise ConnectionError("closed by the other end")
                    back += piece
                if back != block:
                    raise AssertionError("other bytes came back")
                self.n_blocks += 1
                self.ends.wait(0.01)
        except Exception as problem:  # pylint: disable=broad-except
            self.problem = repr(problem)

    def end(self):
        self.ends.set()
        self.join(90)
        self.socket.close()


def kill_daemon():
    sh(f"systemctl kill --kill-whom=main --signal=KILL {DAEMON}", ok=None)


def restart_daemon():
    sh(f"systemctl restart {DAEMON}", ok=None)


def restart_socket():
    sh("systemctl restart dhcpd-link.socket", ok=None)


def restart_all():
    sh(f"systemctl restart dhcpd-link.socket {DAEMON} {HOLDER}", ok=None)


def kill_holder():
    sh(f"systemctl kill --signal=KILL {HOLDER}", ok=None)


def restart_holder():
    sh(f"systemctl restart {HOLDER}", ok=None)


def renew():
    sh(f"systemctl reload {HOLDER}", ok=None)


def remove_socket():
    sh(f"rm -f {RUNTIME}/private")


def damage_record():
    """Damages one bit. The record of the state folder has as much."""
    wait_for(lambda: os.listdir(f"{RUNTIME}/lease") and os.listdir(f"{STATE}/lease"), "records")
    path = next(f"{RUNTIME}/lease/{name}" for name in os.listdir(f"{RUNTIME}/lease") if name.isdigit())
    with open(path, "r+b") as file:
        text = bytearray(file.read())
        at = text.find(b"\nack=") + 100
        text[at] ^= 1
        file.seek(0)
        file.write(text)
    kill_daemon()


def remove_folders():
    """They are made again by the next save."""
    for folder in (RUNTIME, STATE):
        shutil.rmtree(f"{folder}/lease", ignore_errors=True)
    renew()
    wait_for(lambda: all(os.path.isdir(f"{folder}/lease") and os.listdir(f"{folder}/lease")
                         for folder in (RUNTIME, STATE)),
             "records again")
    kill_daemon()


def read_only_state():
    sh(f"mount --bind {STATE} {STATE} && mount -o remount,bind,ro {STATE}")
    try:
        restart_daemon()
        recovered()
        kill_daemon()
        recovered()
    finally:
        sh(f"umount --lazy {STATE}")
    restart_daemon()


def plugin_dies():
    folder = os.path.dirname(sh("find /usr/lib -path '*/dhcpd-link/plugins/resolved.so'").strip())
    os.makedirs(os.path.dirname(PLUGIN_CONFIG), exist_ok=True)
    with open(PLUGIN_CONFIG, "w") as file:
        file.write("[Plugin dies]\nAt=lease\nHow=abort\n")
    sh(f"install -m 644 /dhcpd-link-test/dies.so {folder}")
    try:
        sh(f"systemctl restart {DAEMON}", ok=None)
        recovered()
    finally:
        sh(f"rm -f {folder}/dies.so {PLUGIN_CONFIG}")
    restart_daemon()


def many_deaths():
    for _ in range(4):
        kill_daemon()
        time.sleep(1.2)


ACTIONS = (kill_daemon, restart_daemon, restart_socket, restart_all, kill_holder, restart_holder, renew, remove_socket,
           damage_record, remove_folders, read_only_state, plugin_dies, many_deaths)


def is_recovered():
    """The daemon has the link, and a holder has it from the daemon that runs."""
    return (is_active(DAEMON) and is_active(HOLDER) and LINK in sh("dhcpd-linkctl --no-legend list", ok=None) and
            "10.99.0.1" in show(HOLDER, "StatusText") and "no daemon" not in show(HOLDER, "StatusText"))


def recovered():
    # A daemon that died often waits for up to half a minute.
    wait_for(is_recovered, "daemon, link and holder", seconds=60)


@test
def stream():
    """a TCP stream through deaths, restarts, removed files and crashing plugins: not a byte or an address is lost"""
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    recovered()
    draw = random.Random(SEED)
    played = []
    flow = Stream()
    flow.start()
    until = time.monotonic() + SECONDS
    with Monitor() as monitor:
        while time.monotonic() < until:
            action = draw.choice(ACTIONS)
            played.append(action.__name__)
            print("# " + played[-1], flush=True)
            action()
            # Sometimes the next thing happens before the last one is over.
            if draw.random() < 0.7:
                recovered()
            check(flow.problem is None, f"the stream ended: {flow.problem}, after {played}")
        recovered()
    flow.end()
    print(f"# seed {SEED}: {flow.n_blocks * BLOCK} bytes and back, {len(played)} events: {' '.join(played)}")
    check(flow.problem is None, f"the stream ended: {flow.problem}, after {played}")
    check(flow.n_blocks > 10, f"only {flow.n_blocks} blocks came back")
    check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}, after {played}")
    equal(leased()["local"], address, "address")


main()
