# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Other DHCP clients, the real ones, at work in the client's namespace of dhlib.Net.

Their packages are fetched and unpacked into a folder of the run, never installed: installed, their services would start
in the booted systemd of tests/system. What runs sees them laid over /usr and /etc, read-only, and has a /var/lib, a
/run and a host name of its own, in folders of the run that whoever comes after it may be shown, too.
"""
import glob
import os
import shutil
import subprocess
import tempfile
import unittest

from dhlib import Bus, wait_until

FETCH_SECONDS = 120

# $0: packages; $1: what the test adds to /etc; $2: /var/lib; $3: /run. The rest becomes the program.
PRIVATE = """
set -e
hostname dhcpd-link-test
mount -t overlay overlay -o "lowerdir=$0/usr:/usr" /usr
mount -t overlay overlay -o "lowerdir=$1:$0/etc:/etc" /etc
mount --bind "$2" /var/lib
mount --bind "$3" /run
mount -o remount,ro,bind /sys
shift 3
exec "$@"
"""


class Packages:
    """Debian packages and what they depend on, unpacked; alone: without the latter."""

    def __init__(self, *names, alone=False):
        self.alone = alone
        self.folder = tempfile.mkdtemp(prefix="dhcpd-link-packages.")
        self.root = os.path.join(self.folder, "root")
        self.problem = self.fetch(names)

    def fetch(self, names):
        """Fetches the packages. Returns why there are none, or None."""
        archives = os.path.join(self.folder, "archives")
        os.makedirs(os.path.join(archives, "partial"))
        for folder in ("usr", "etc"):
            os.makedirs(os.path.join(self.root, folder))
        if not names:
            return None
        if not shutil.which("apt-get"):
            return "this machine has no apt-get"
        what = ("download",) if self.alone else ("--download-only", "--reinstall", "--no-install-recommends", "install")
        # Nothing is installed, so there is nothing to lock: several tests may fetch at a time.
        try:
            done = subprocess.run(
                ["apt-get", "-qq", f"-oDir::Cache::archives={archives}", "-oDebug::NoLocking=1", "-oAcquire::Retries=1",
                 "-oAcquire::http::Timeout=15", "-oAPT::Sandbox::User=root", "--yes", *what, *names],
                cwd=archives, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCH_SECONDS,
                check=False)
        except subprocess.TimeoutExpired:
            return f"no answer within {FETCH_SECONDS} s"
        if done.returncode != 0:
            return f"{' '.join(names)}: {(done.stderr.strip() or 'cannot be fetched').splitlines()[-1]}"
        for path in glob.glob(f"{archives}/*.deb"):
            subprocess.run(["dpkg-deb", "-x", path, self.root], check=True)
        # As in the root of a Debian 12, where these are symbolic links to what is in /usr.
        for folder in ("bin", "sbin", "lib"):
            if os.path.isdir(f"{self.root}/{folder}"):
                shutil.copytree(f"{self.root}/{folder}", f"{self.root}/usr/{folder}", symlinks=True, dirs_exist_ok=True)
        return None

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Home:
    """Where another client lives: its files stay when it has ended."""

    def __init__(self, net, packages):
        self.net = net
        self.packages = packages
        if packages.problem:
            raise unittest.SkipTest(packages.problem)
        for name in ("home", "home/etc", "home/lib", "home/run"):
            os.mkdir(net.path(name))
        os.chmod(net.folder, 0o755)
        probe = self.run("true")
        if probe.returncode != 0:
            raise unittest.SkipTest(f"no private root: {probe.stderr.strip()}")

    def path(self, name):
        return self.net.path(f"home/{name}")

    def put(self, name, text, mode=0o644):
        """Writes a file in etc/, lib/ or run/."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    @property
    def prefix(self):
        """Returns a command that becomes the one behind it, among the client's files."""
        return ("unshare", "--mount", "--uts", "sh", "-c", PRIVATE, self.packages.root, self.path("etc"),
                self.path("lib"), self.path("run"))

    def wait_left(self, pattern, word=""):
        """Waits until the client has left a file of this name, with this word in it.

        It may have the address before.
        """
        def found():
            for path in glob.glob(self.path(pattern)):
                with open(path, "rb") as f:
                    left = f.read()
                if left and word.encode() in left:
                    return True
            return False
        wait_until(found, f"{pattern} of another client")

    def run(self, *command):
        """Runs a command in the client's namespace to its end."""
        return subprocess.run(["ip", "netns", "exec", self.net.client, *self.prefix, *command],
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, check=False)


def dhcpcd(home, *arguments):
    """Runs dhcpcd with Debian's configuration, unless a test has replaced it.

    The user that its package makes does not exist here, so it is one process, as root. The files are the same.
    """
    os.makedirs(home.path("lib/dhcpcd"), exist_ok=True)
    return home.net.spawn(home.net.client, *home.prefix, "dhcpcd", "--nobackground", "--ipv4only", *arguments, "eth0",
                          log="dhcpcd.log")


def dhclient(home, *arguments):
    """Runs dhclient as Debian's ifup starts it: with a DUID."""
    os.makedirs(home.path("lib/dhcp"), exist_ok=True)
    # Its script would refuse the lease because it cannot write /etc/resolv.conf.
    home.put("etc/dhcp/dhclient-enter-hooks.d/test", "make_resolv_conf() { :; }\n")
    return home.net.spawn(home.net.client, *home.prefix, "dhclient", "-4", "-v", "-i", "-d", "-pf",
                          "/run/dhclient.eth0.pid",
                          "-lf", "/var/lib/dhcp/dhclient.eth0.leases", "-I", "-df",
                          "/var/lib/dhcp/dhclient6.eth0.leases", *arguments, "eth0",
                          log="dhclient.log")


def networkd(home):
    """Runs this machine's own networkd, on a link that it is told to have."""
    for name in ("systemd/netif/leases", "systemd/netif/links", "systemd/network"):
        os.makedirs(home.path(f"run/{name}"), exist_ok=True)
    home.put("run/systemd/network/10.network",
             "[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n")
    return home.net.spawn(home.net.client, *home.prefix, "sh", "-c",
                          "chown -R systemd-network: /run/systemd/netif && exec /lib/systemd/systemd-networkd",
                          log="networkd.log")


def network_manager(home):
    """Runs NetworkManager with Debian's configuration, and links that udev does not know."""
    for name in ("lib/NetworkManager", "run/NetworkManager"):
        os.makedirs(home.path(name), exist_ok=True)
    home.put(
        "etc/NetworkManager/conf.d/test.conf",
        "[main]\ndns=none\nauth-polkit=false\nhostname-mode=none\n[device-test]\nmatch-device=*\nmanaged=1\n"
        "[connection-test]\nipv6.method=disabled\n",
    )
    bus = Bus(home.net)
    environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=bus.address)
    return home.net.spawn(home.net.client, *home.prefix, "NetworkManager", "--no-daemon", log="nm.log", env=environment)
