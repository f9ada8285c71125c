# SPDX-License-Identifier: LGPL-2.1-or-later
"""
dhcpd-link.service in a booted systemd.
How it is started, what it may do, and that its own life and death takes nothing off the links.
"""
import os
import re
import signal
import stat
import subprocess
import time

from inside import *  # noqa: F403

# linux/capability.h
CAPABILITIES = 1 << 10 | 1 << 12 | 1 << 13  # NET_BIND_SERVICE, NET_ADMIN, NET_RAW


def pid():
    return int(show(DAEMON, "MainPID"))


def start_link():
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    wait_bound()
    return address


def recovered(old_pid):
    """A new daemon runs, has the link and its lease, and the holder never went away."""
    wait_for(lambda: pid() not in (0, old_pid), "a new daemon")
    wait_for(lambda: LINK in managed(), f"{LINK} to be managed again")
    wait_bound()
    check(is_active(HOLDER), f"{HOLDER} is not active")


@test
def socket_activation():
    """the private socket starts it"""
    equal(show(DAEMON, "ActiveState"), "inactive", "before")
    sh("dhcpd-linkctl list")
    check(is_active(DAEMON), "not started")


@test
def bus_activation():
    """a call on the system bus starts it"""
    equal(show(DAEMON, "ActiveState"), "inactive", "before")
    equal(managed(), [], "managed links")
    check(is_active(DAEMON), "not started")


@test
def bus_activation_keeps_the_socket():
    """started by the bus while the socket is stopped, it has the socket all the same"""
    sh("systemctl stop dhcpd-link.socket")
    equal(managed(), [], "managed links")
    sh("dhcpd-linkctl list")
    check(stat.S_ISSOCK(os.stat("/run/dhcpd-link/private").st_mode), "no socket")


@test
def socket_removed():
    """the file of the private socket is removed: the daemon makes it again, and so does the next one"""
    address = start_link()
    with DropIn(NO_PAUSE), Monitor() as monitor:
        for _ in range(2):
            sh("rm /run/dhcpd-link/private")
            wait_for(lambda: LINK in sh("dhcpd-linkctl --no-legend list", ok=None), "the private socket")
            old = pid()
            sh(f"systemctl kill --kill-whom=main --signal=KILL {DAEMON}")
            recovered(old)
            wait_for(lambda: address in show(HOLDER, "StatusText"), f"{address} on the Status line")
    sh("systemctl restart dhcpd-link.socket")
    check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")


@test
def starts_while_tmp_is_emptied():
    """starts while somebody empties /tmp, as systemd-tmpfiles does at boot"""
    # With PrivateDevices= alone one of four starts failed.
    with subprocess.Popen(
        ["sh", "-c", "while :; do find /tmp -xdev -mindepth 1 -delete 2>/dev/null; done"]
    ) as emptying:
        try:
            for _ in range(15):
                sh(f"systemctl start {DAEMON}")
                sh(f"systemctl stop {DAEMON}")
        finally:
            emptying.kill()
    check("NAMESPACE" not in sh(f"journalctl --sync; journalctl -b -u {DAEMON}"), "a start failed")


@test
def identity():
    """runs as its user with three capabilities, no new privileges, seccomp"""
    sh("dhcpd-linkctl list")
    with open(f"/proc/{pid()}/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    uid = sh("id -u dhcpd-link").strip()
    equal(set(status["Uid"].split()), {uid}, "Uid")
    equal(status["Groups"].split(), [sh("id -g dhcpd-link").strip()] if status["Groups"].strip() else [], "Groups")
    for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb"):
        equal(int(status[name], 16), CAPABILITIES, name)
    equal(status["NoNewPrivs"], "1", "NoNewPrivs")
    equal(status["Seccomp"], "2", "Seccomp")


# Tries what a daemon that somebody has taken over might, and prints what is possible.
TRIES = """
import ctypes, errno, os, platform, socket
libc = ctypes.CDLL(None, use_errno=True)
def possible(name, function):
    try:
        result = function()
    except OSError as error:
        result, code = -1, error.errno
    else:
        code = ctypes.get_errno()
    print(name, "possible" if result >= 0 else errno.errorcode[code], flush=True)
def call(number, *arguments):
    return lambda: libc.syscall(number, *arguments)
def bind(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("", port))
    return 0
def run():
    path = "/run/dhcpd-link/tool"
    with open(path, "wb") as file, open("/bin/true", "rb") as tool:
        file.write(tool.read())
    os.chmod(path, 0o755)
    try:
        return os.posix_spawn(path, [path], {})
    finally:
        os.unlink(path)
buffer = ctypes.create_string_buffer(256)
if platform.machine() == "x86_64":
    possible("io_uring", call(425, 1, buffer))
    possible("aio", call(206, 1, buffer))
    possible("keyring", call(250, 0, -3, 0))
    possible("memlock", call(149, buffer, 256))
    possible("chown", call(92, b"/run/dhcpd-link", -1, -1))
    possible("setuid", call(117, -1, -1, -1))
    possible("ipc", call(29, 0, 4096, 0o1600))
possible("port", lambda: bind(6868))
possible("dhcp", lambda: bind(68))
possible("run", run)
"""


@test
def sandbox():
    """system calls that a whole life needs none of, other ports than 68 and files of its own as programs are refused"""
    folder = f"/run/systemd/system/{DAEMON}.d"
    os.makedirs(folder)
    try:
        with open("/dhcpd-link-test/tries", "w") as file:
            file.write(TRIES)
        with open(f"{folder}/tries.conf", "w") as file:
            # Python itself makes its foreign functions at run time.
            file.write("[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\nMemoryDenyWriteExecute=no\nExecStart=\n"
                       "ExecStart=/usr/bin/python3 /dhcpd-link-test/tries\n")
        sh(f"systemctl daemon-reload; systemctl start {DAEMON}")
        said = dict(line.split() for line in journal(DAEMON).splitlines() if len(line.split()) == 2)
        equal(said["dhcp"], "possible", "port 68")
        # What systemd was built with decides whether it can close ports.
        if "+BPF_FRAMEWORK" in sh("systemctl --version"):
            equal(said["port"], "EPERM", "another port")
        equal(said["run"], "EACCES", "a program in the runtime folder")
        for name in ("io_uring", "aio", "keyring", "memlock", "chown", "setuid", "ipc"):
            equal(said.get(name, "EPERM"), "EPERM", name)
    finally:
        sh(f"systemctl stop {DAEMON}; rm -rf {folder}; systemctl daemon-reload; systemctl reset-failed", ok=None)


@test
def hostname():
    """a new name of the host reaches the server, sandbox or not"""
    old = sh("hostname").strip()
    start_link()
    wait_for(lambda: managed(), "the daemon to be complete")
    server = Server()
    try:
        sh("hostname renamed-host")
        server.wait("client provides name: renamed-host")
        check("DHCPDISCOVER" not in server.heard(), "a DISCOVER was sent")
    finally:
        sh(f"hostname {old}")


@test
def holder_identity():
    """what holds a link has no privilege at all"""
    start_link()
    with open(f"/proc/{show(HOLDER, 'MainPID')}/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    check("0" not in status["Uid"].split(), "runs as root")
    for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb"):
        equal(int(status[name], 16), 0, name)


@test
def folders():
    """its folders are its own and open to readers only; the socket is open to all"""
    start_link()
    uid = int(sh("id -u dhcpd-link"))
    for path in ("/run/dhcpd-link", "/var/lib/dhcpd-link"):
        found = os.stat(path)
        equal((found.st_uid, stat.S_IMODE(found.st_mode)), (uid, 0o755), path)
    equal(os.stat("/etc/dhcpd-link").st_uid, 0, "owner of /etc/dhcpd-link")
    equal(stat.S_IMODE(os.stat("/run/dhcpd-link/private").st_mode), 0o666, "mode of the socket")


@test
def restart():
    """restart: the address stays, nothing is deleted, the link is managed again"""
    address = start_link()
    old = pid()
    server = Server()
    with Monitor() as monitor:
        sh(f"systemctl restart {DAEMON}")
        recovered(old)
    check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")
    equal(leased()["local"], address, "address")
    check("DHCPDISCOVER" not in server.heard() and "DHCPRELEASE" not in server.heard(),
          f"the server noticed: {server.heard()}")


@test
def killed():
    """kill -9: started again, the address stays, stop still releases"""
    address = start_link()
    old = pid()
    with Monitor() as monitor:
        os.kill(old, signal.SIGKILL)
        recovered(old)
    check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")
    equal(leased()["local"], address, "address")
    server = Server()
    sh(f"systemctl stop {HOLDER}")
    server.wait("DHCPRELEASE")
    check(not leased() and not default_route(), "not cleaned up after the crash")


@test
def daemon_stop():
    """stopping the daemon takes nothing off the link"""
    address = start_link()
    with Monitor() as monitor:
        sh("systemctl stop dhcpd-link.socket")
        sh(f"systemctl stop {DAEMON}")
    check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")
    equal(leased()["local"], address, "address")
    sh("systemctl start dhcpd-link.socket")
    recovered(0)


@test
def upgrade():
    """socket and daemon restarted, alone and together: nothing is deleted, the socket listens, every link is managed"""
    address = start_link()
    sh("ip link add un0 type veth peer name un1; systemctl start dhcpd-link@un0.service")
    try:
        for units in ("dhcpd-link.socket", "dhcpd-link.socket dhcpd-link.service",
                      "dhcpd-link.service dhcpd-link.socket",
                      "'dhcpd-link.*'"):
            old = pid()
            with Monitor() as monitor:
                sh(f"systemctl daemon-reload; systemctl restart {units}")
                recovered(old)
                wait_for(lambda: managed() == sorted([LINK, "un0"]),
                         f"all links to be managed after a restart of {units}")
            check("Deleted" not in monitor.seen, f"{units}: something was taken off the link: {monitor.seen}")
            equal(leased()["local"], address, f"address after a restart of {units}")
            check(is_active("dhcpd-link.socket"), f"the socket does not listen after a restart of {units}")
            check(stat.S_ISSOCK(os.stat("/run/dhcpd-link/private").st_mode), "no socket")
            check(LINK in sh("dhcpd-linkctl list"), "the private socket does not answer")
    finally:
        sh("systemctl stop dhcpd-link@un0.service; ip link del un0", ok=None)


@test
def restart_of_all():
    """everything of the project restarted in one go, as needrestart does: each unit runs again, the link is managed"""
    start_link()
    old = pid()
    for _ in range(7):  # more often than the limit that systemd has for each unit by default
        sh(f"systemctl restart dhcpd-link.service dhcpd-link.socket {HOLDER}")
    recovered(old)
    wait_leased()
    check(is_active("dhcpd-link.socket"), "the socket does not listen")
    check(LINK in sh("dhcpd-linkctl list"), "the private socket does not answer")


@test
def without_bus():
    """without D-Bus a link comes up; the daemon joins the bus when it appears, and again after its restart"""
    sh("systemctl stop dbus.socket dbus.service")
    try:
        sh(f"systemctl start {HOLDER}", seconds=20)
        address = wait_leased()
        old = pid()
    finally:
        sh("systemctl start dbus.socket dbus.service")
    for _ in range(2):
        wait_for(lambda: f"{BUS} " in sh("busctl --no-pager list --acquired", ok=None) and
                 str(old) in sh("busctl --no-pager list --acquired", ok=None), "the daemon on the bus")
        equal(prop("Address"), address, "Address")
        sh("systemctl restart dbus.service")
    wait_bound()
    equal(pid(), old, "MainPID")
    equal(leased()["local"], address, "address")


@test
def reload():
    """reload reads the configuration: links whose settings did not change are untouched"""
    address = start_link()
    with Monitor() as monitor:
        sh(f"systemctl reload {DAEMON}")
        wait_bound()
    check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")
    equal(leased()["local"], address, "address")


class DropIn:
    """Other settings of the daemon's unit for a while; the daemon is started with them at its next start."""

    folder = "/run/systemd/system/dhcpd-link.service.d"

    def __init__(self, settings):
        self.settings = settings

    def __enter__(self):
        os.makedirs(self.folder)
        with open(f"{self.folder}/test.conf", "w") as file:
            file.write("[Service]\n" + self.settings)
        sh("systemctl daemon-reload")

    def __exit__(self, *_):
        sh(f"rm -r {self.folder}; systemctl daemon-reload")


# The pauses of newer versions of systemd would be longer than those of the daemon.
NO_PAUSE = "RestartSec=100ms\nRestartSteps=0\n"


def waits_long(state):
    """Seconds enough that nobody misses them, and then it has not said that it is ready."""
    return re.search(r"StatusText=Died \d+ times in a row, waiting ([3-9]|\d\d) s",
                     state) and "ActiveState=activating" in state


def started_or_waits_long():
    # In one question: the answers are of the same moment.
    state = sh(f"systemctl show -p ActiveState -p StatusText {DAEMON}")
    return state if "ActiveState=active\n" in state or waits_long(state) else None


@test
def deaths():
    """a daemon that dies again and again is tried more seldom, never given up; a restart by hand does not wait"""
    with DropIn(NO_PAUSE):
        address = start_link()
        with Monitor() as monitor:
            for _ in range(30):
                state = wait_for(started_or_waits_long, "the daemon to be started again")
                if waits_long(state):
                    break
                old = pid()
                sh(f"systemctl kill --kill-whom=main --signal=KILL {DAEMON}")
                wait_for(lambda: pid() != old, "the daemon to die")
            check(waits_long(state), f"does not wait longer and longer, or does not say so: {state}")
            equal((show("dhcpd-link.socket", "ActiveState"), show(HOLDER, "ActiveState")), ("active", "active"),
                  "socket, holder")
            sh(f"systemctl restart {DAEMON}")
            check("times in a row" not in show(DAEMON, "StatusText"), "waits although it was restarted by hand")
            recovered(0)
        check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")
        equal(leased()["local"], address, "address")
        check(f"nobody renews {address}" not in show(HOLDER, "StatusText"),
              "the holder's Status still misses the daemon")


@test
def not_startable():
    """while the daemon cannot be started nobody gives up: the holder says so, and all is well when the cause is gone"""
    def n_restarts():
        return int(show(DAEMON, "NRestarts"))

    sh("mkdir -p /var/lib/dhcpd-link; mount -t tmpfs -o ro tmpfs /var/lib/dhcpd-link")
    try:
        with DropIn(NO_PAUSE):
            sh(f"systemctl start --no-block {HOLDER}")
            # More often than any limit would allow.
            wait_for(lambda: n_restarts() > 20, "the daemon to be tried again and again")
        wait_for(lambda: "no daemon since" in show(HOLDER, "StatusText"), "the holder to say what it misses")
        check("STATE_DIRECTORY" in sh(f"systemctl status --no-pager {DAEMON}", ok=None), "fails for another reason")
        check(is_active("dhcpd-link.socket"), "the socket was given up")
    finally:
        sh("umount /var/lib/dhcpd-link")
    wait_leased()
    wait_bound()
    wait_for(lambda: is_active(HOLDER), "the holder to be ready")
    wait_for(lambda: leased()["local"] in show(HOLDER, "StatusText"), "the lease on the holder's Status line")


@test
def watchdog():
    """feeds the watchdog; when it hangs it is started again, and the address stays"""
    def fed():
        return int(show(DAEMON, "WatchdogTimestampMonotonic"))

    with DropIn("WatchdogSec=6s\n"):
        address = start_link()
        old = pid()
        for _ in range(2):
            last = fed()
            wait_for(lambda: fed() > last, "the watchdog to be fed")
        equal(pid(), old, "MainPID: was not fed")
        os.kill(old, signal.SIGSTOP)
        recovered(old)
        equal(leased()["local"], address, "address")


@test
def plugin_dies():
    """a plugin that ends the daemon is no longer loaded: after one crash, or the second other end; the address stays"""
    plugins = os.path.dirname(sh("find /usr/lib -path '*/dhcpd-link/plugins/resolved.so'").strip())
    config = "/etc/dhcpd-link/dhcpd-link.conf.d/dies.conf"
    address = start_link()
    with DropIn(NO_PAUSE), Monitor() as monitor:
        for how, why, deaths in (
            ("abort", "the daemon died in it", 1),
            ("_exit", "the daemon was killed in it or it called _exit()", 2),
        ):
            # All is there before the daemon ends: who holds the link may have it started again at once.
            sh(
                f"mkdir -p {os.path.dirname(config)}; printf '[Plugin dies]\nAt=lease\nHow={how}\n' >{config}; "
                f"install -m 644 /dhcpd-link-test/dies.so {plugins}; systemctl restart {DAEMON}"
            )
            try:
                wait_for(lambda: f"plugin dies: {how} in lease" in journal(DAEMON), "the plugin to do it")
                wait_for(lambda: f"Plugin dies: Not loaded, because {why}" in sh("dhcpd-linkctl status", ok=None),
                         "a daemon without that plugin")
                recovered(0)
                call(link_path(), "Link", "Renew")
            finally:
                sh(f"rm -f {plugins}/dies.so {config}")
            equal(journal(DAEMON).count(f"plugin dies: {how} in lease"), deaths, "deaths")
    check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")
    equal(leased()["local"], address, "address")


IDLE = "ExecStart=\nExecStart=/usr/libexec/dhcpd-linkd --idle-sec=2\n"


def started():
    """When the daemon was started last."""
    return int(show(DAEMON, "ExecMainStartTimestampMonotonic"))


@test
def idle():
    """nothing managed, nobody connected: it exits by itself, and comes back on demand"""
    with DropIn(IDLE):
        for start in ("dhcpd-linkctl list", f"busctl introspect {BUS} {ROOT}", "dhcpd-linkctl list"):
            before = started()
            sh(start)
            check(started() > before, f"not started by {start}")
            wait_for(lambda: show(DAEMON, "ActiveState") == "inactive", "the daemon to exit")
            equal(show(DAEMON, "Result"), "success", "Result")


@test
def not_idle():
    """while a link is held or somebody is connected it stays"""
    with DropIn(IDLE):
        sh("ip link add un0 type veth peer name un1")
        try:
            sh("systemctl start dhcpd-link@un0.service")
            old = pid()
            time.sleep(5)
            equal(pid(), old, "MainPID while a link is held")
            # It comes before the link is let go, since the daemon would not wait for it.
            n_files = len(os.listdir(f"/proc/{old}/fd"))
            client = subprocess.Popen(["dhcpd-linkctl", "monitor"], stdout=subprocess.DEVNULL)
            wait_for(lambda: len(os.listdir(f"/proc/{old}/fd")) > n_files, "a connection")
        finally:
            sh("systemctl stop dhcpd-link@un0.service; ip link del un0", ok=None)
        try:
            time.sleep(5)
            equal(pid(), old, "MainPID while somebody is connected")
        finally:
            client.terminate()
            client.wait()


main()
