# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the integration tests share.
There are a network of namespaces, real DHCP servers in it, the daemon, and ways to look at the result.

Everything lives in namespaces and a folder of its own, made here and removed by close(). Every wait has an end. Only
processes started here are ended, by pid.
"""
import json
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD_DIR", os.path.join(TOP, "build"))
SKIP = 77  # meson: skipped
WRAPPER = shlex.split(os.environ.get("DAEMON_WRAPPER", ""))  # runs the daemon: valgrind, strace ...
# the last one is valgrind's
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|runtime error:|==\d+== \S")
PATIENCE = float(os.environ.get("TEST_PATIENCE", "60"))  # seconds until a condition that does not come true has failed


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(SKIP)


def require(*programs):
    if os.geteuid() != 0:
        skip("needs root to make network namespaces")
    for program in programs:
        if not shutil.which(program):
            skip(f"{program} is not installed")
    if subprocess.run(["unshare", "-n", "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        skip("network namespaces are not allowed here")


def without_leaks():
    """Returns an environment in which programs that end at once are not searched for leaks.

    The search would take as long as all else they do.
    """
    return {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


def run(*command, check=True, env=None):
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}, {done.stderr}")
    return done.stdout


def wait_until(condition, what, patience=PATIENCE):
    """
    Waits for a true result of condition() and returns it. A longer `patience` is for what takes long by itself.

    Most conditions start a program, which costs more than the time between two looks: those who wait longer, or for
    something dearer, look less often, so that others get on meanwhile.
    """
    patience = max(patience, PATIENCE)
    begin = time.monotonic()
    while True:
        looked = time.monotonic()
        value = condition()
        if value:
            return value
        now = time.monotonic()
        if now > begin + patience:
            raise AssertionError(f"not within {patience:.0f} s: {what}")
        time.sleep(min(0.5, max(0.02, 2 * (now - looked), (now - begin) / 10)))


def listens(path):
    """Returns true if a process takes connections at a socket.

    The socket's path is there a little before that.
    """
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0


def end(process, sig=signal.SIGTERM):
    """Ends a process and everything it has not waited for; returns its exit status."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


class Net:
    """A server namespace with a bridge, a client namespace with links into it."""

    def __init__(self, address="10.77.0.1/24"):
        self.server, self.client = f"dhs{os.getpid()}", f"dhc{os.getpid()}"
        self.folder = tempfile.mkdtemp(prefix="dhcpd-link-test.")
        self.processes = []
        for namespace in (self.server, self.client):
            run("ip", "netns", "add", namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        run("ip", "-n", self.server, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self.server, "addr", "add", address, "dev", "br0")
        run("ip", "-n", self.server, "link", "set", "br0", "up")

    def close(self):
        for process in reversed(self.processes):
            end(process)
        for namespace in (self.client, self.server):
            run("ip", "netns", "del", namespace, check=False)
        reports = [text for text in map(self.read, os.listdir(self.folder)) if SANITIZER.search(text)]
        shutil.rmtree(self.folder, ignore_errors=True)
        if reports:
            raise AssertionError("a sanitizer complains:\n" + reports[0])

    def ip(self, *arguments):
        """`ip` in the client's namespace."""
        return run("ip", "-n", self.client, *arguments)

    def ip_server(self, *arguments):
        return run("ip", "-n", self.server, *arguments)

    def add_link(self, name="eth0", up=True, mac=None):
        """A veth pair: `name` on the client's side, `s-name` in the server's bridge."""
        peer = f"s-{name}"
        run("ip", "-n", self.server, "link", "add", peer, "type", "veth", "peer", "name", name, "netns", self.client)
        if mac:
            self.ip("link", "set", name, "address", mac)
        self.ip_server("link", "set", peer, "master", "br0")
        self.ip_server("link", "set", peer, "up")
        if up:
            self.ip("link", "set", name, "up")

    def spawn(self, namespace, *command, log=None, **kwargs):
        with open(self.path(log) if log else os.devnull, "ab") as output:
            process = subprocess.Popen(["ip", "netns", "exec", namespace, *command], stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, **kwargs)
        self.processes.append(process)
        return process

    def path(self, name):
        return os.path.join(self.folder, name)

    def dnsmasq(self, *options, first="10.77.0.100", last="10.77.0.199", lease="1h"):
        """A fresh dnsmasq; its log is dnsmasq.log, which grows over restarts."""
        process = self.spawn(
            self.server, "dnsmasq", "--keep-in-foreground", "--port=0", "--no-ping", "--conf-file=/dev/null",
            "--log-dhcp",
            "--interface=br0", f"--dhcp-range={first},{last},{lease}",
            f"--dhcp-leasefile={self.path('dnsmasq.leases')}",
            f"--log-facility={self.path('dnsmasq.log')}", "--user=", "--group=", "--pid-file=", *options)
        wait_until(lambda: "DHCP, IP range" in self.read("dnsmasq.log"), "dnsmasq listens")
        time.sleep(0.1)
        return process

    def udhcpd(self, lease, *lines):
        with open(self.path("udhcpd.conf"), "w", encoding="ascii") as f:
            f.write("\n".join([
                "start 10.77.0.100", "end 10.77.0.199", "interface br0", f"lease_file {self.path('udhcpd.leases')}",
                "pidfile /dev/null", "min_lease 1", f"option lease {lease}", "option subnet 255.255.255.0",
                "option router 10.77.0.1", *lines, ""]))
        open(self.path("udhcpd.leases"), "ab").close()
        process = self.spawn(self.server, "busybox", "udhcpd", "-f", self.path("udhcpd.conf"), log="udhcpd.log")
        wait_until(lambda: "started" in self.read("udhcpd.log"), "udhcpd listens")
        return process

    def read(self, name):
        try:
            if not stat.S_ISREG(os.stat(self.path(name)).st_mode):
                return ""
            with open(self.path(name), encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def sysctl(self, name, value):
        """Sets /proc/sys/NAME in the client's namespace."""
        run("ip", "netns", "exec", self.client, "sh", "-c", f"echo {value} >/proc/sys/{name}")

    def read_in_client(self, path):
        """Reads a file of /proc or /sys as the client's namespace has it."""
        return run("ip", "netns", "exec", self.client, "cat", path)

    # What the kernel has

    def addresses(self, name="eth0"):
        """-> [(address, prefix length, valid seconds)], IPv4 only"""
        links = json.loads(run("ip", "-n", self.client, "-j", "-4", "addr", "show", "dev", name, check=False) or "[]")
        return [(a["local"], a["prefixlen"], a["valid_life_time"])
                for link in links for a in link.get("addr_info", []) if "local" in a]

    def routes(self, name="eth0", table="main"):
        routes = json.loads(self.ip("-j", "-4", "route", "show", "table", table) or "[]")
        return [r for r in routes if r.get("dev") == name]

    def wait_address(self, name="eth0", patience=PATIENCE):
        return wait_until(lambda: self.addresses(name), f"an address on {name}", patience)[0][0]

    def wait_no_address(self, name="eth0", patience=PATIENCE):
        wait_until(lambda: not self.addresses(name), f"no address on {name}", patience)

    def packet_sockets(self):
        return run("ip", "netns", "exec", self.client, "cat", "/proc/net/packet").splitlines()[1:]


class Monitor:
    """`ip monitor` in the client's namespace: what happened to addresses and routes."""

    def __init__(self, net):
        self.net = net
        self.log = f"monitor.{len(net.processes)}"
        self.process = net.spawn(net.client, "ip", "-4", "monitor", "address", "route", log=self.log)
        # It has no way to say that it listens; an address on lo that it reports does.
        wait_until(self._listens, "ip monitor listens")
        self.mark = len(net.read(self.log))

    def _listens(self):
        run("ip", "-n", self.net.client, "addr", "replace", "127.0.0.2/8", "dev", "lo")
        return "127.0.0.2" in self.net.read(self.log)

    def events(self):
        """Returns what it has said since then, without the addresses on lo.

        A line that is indented belongs to the line before.
        """
        said, of_lo = [], True  # the rest of what it said of lo last may come late
        for line in self.net.read(self.log)[self.mark:].splitlines(keepends=True):
            if not line[0].isspace():
                of_lo = "127.0.0." in line
            if not of_lo:
                said.append(line)
        return "".join(said)

    def deletions(self):
        return [line for line in self.events().splitlines() if "Deleted" in line]


class Daemon:
    """dhcpd-linkd in the client's namespace, with folders of its own that survive it."""

    def __init__(self, net, *links, config=None, arguments=(), bus=None, prefix=()):
        """`prefix`: a command that becomes the daemon by exec, so that the pid stays."""
        self.net = net
        self.log = f"daemon.{len(net.processes)}.log"
        self.listening = False
        self.runtime = net.path("runtime")
        self.config = net.path("config")
        os.makedirs(os.path.join(self.config, "links"), exist_ok=True)
        for name, text in (config or {}).items():
            with open(os.path.join(self.config, name), "w", encoding="utf-8") as f:
                f.write(text)
        environment = dict(os.environ)
        environment.pop("NOTIFY_SOCKET", None)
        environment.pop("JOURNAL_STREAM", None)
        if bus:
            environment["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
        self.process = net.spawn(
            net.client, *prefix, *WRAPPER, os.path.join(BUILD, "dhcpd-linkd"), *[f"--link={link}" for link in links],
            f"--state-dir={net.path('state')}", f"--runtime-dir={self.runtime}", f"--config-dir={self.config}",
            "--log-level=debug", "--plugin-dir=", *(() if bus else ("--no-bus",)), *arguments, log=self.log,
            env=environment)

    def logged(self):
        return self.net.read(self.log)

    def wait_log(self, text, n=1, patience=PATIENCE):
        try:
            wait_until(lambda: self.logged().count(text) >= n, f"log: {text}", patience)
        except AssertionError:
            sys.stderr.write(self.logged())
            raise

    def stop(self):
        return end(self.process)

    def kill(self):
        end(self.process, signal.SIGKILL)

    @property
    def private(self):
        """Path of the private socket."""
        return os.path.join(self.runtime, "private")

    def ctl(self, *arguments, check=True):
        """Runs dhcpd-linkctl over the private socket.

        A daemon that adopts a lease says that it is bound before it listens there.
        """
        if check and not self.listening:
            wait_until(lambda: listens(self.private), "the private socket")
            self.listening = True
        return run(os.path.join(BUILD, "dhcpd-linkctl"), f"--socket={self.private}", *arguments, check=check,
                   env=without_leaks())


class Bus:
    """A system bus of its own that lets everybody own org.dhcpdlink1. No polkit: only root may change things."""

    CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/>
<allow receive_type="error"/><allow receive_type="signal"/>
</policy></busconfig>
"""

    def __init__(self, net):
        self.net = net
        self.path = net.path("bus")
        self.address = f"unix:path={self.path}"
        with open(net.path("bus.conf"), "w", encoding="ascii") as f:
            f.write(self.CONFIG % self.path)
        os.chmod(net.folder, 0o755)
        self.process = None
        self.start()

    def start(self):
        self.process = self.net.spawn(self.net.client, "dbus-daemon", f"--config-file={self.net.path('bus.conf')}",
                                      "--nofork", "--nopidfile", log="bus.log")
        wait_until(lambda: listens(self.path), "the bus listens")

    def stop(self):
        end(self.process)
        if os.path.exists(self.path):
            os.unlink(self.path)

    def busctl(self, *arguments, check=True):
        return run("busctl", f"--address={self.address}", "--timeout=10", *arguments, check=check)

    def wait_name(self, name="org.dhcpdlink1"):
        wait_until(lambda: name in self.busctl("list", "--no-legend"), f"{name} on the bus")


class NetTest(unittest.TestCase):
    """A test with a Net of its own."""

    def setUp(self):
        self.net = Net()
        self.addCleanup(self.net.close)


class SocketTest(NetTest):
    """One link, and a daemon that is spoken with by its private socket."""

    def setUp(self):
        super().setUp()
        self.net.add_link("eth0")
        self.socket = self.net.path("runtime/private")

    def start(self, *links, **kwargs):
        self.daemon = Daemon(self.net, *links, **kwargs)
        wait_until(lambda: listens(self.socket), "the private socket")
        return self.daemon


def main():
    """All tests of the program, or those that TEST_ONLY names a part of."""
    only = os.environ.get("TEST_ONLY")
    unittest.main(verbosity=2, argv=sys.argv + (["-k", only] if only else []))
