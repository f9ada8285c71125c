# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What stands between a client and its server in test_topology.py.
There are a relay, a cable between two taps, and a second server in a namespace of its own. Everything lives in the
folder of a dhlib.Net and ends with it.
"""
import ctypes
import fcntl
import os
import select
import shutil
import struct
import sys

import dhlib
from dhlib import run, wait_until


class Relay:
    """A router with a relay agent (ISC dhcrelay) between the client's link, 10.88.0.1/24, and the server's bridge.

    The agent adds option 82 and takes it out again.
    """

    def __init__(self, net):
        self.net = net
        self.namespace = f"dhr{os.getpid()}"
        run("ip", "netns", "add", self.namespace)
        self.ip("link", "set", "lo", "up")
        run("ip", "-n", net.server, "link", "add", "s-relay", "type", "veth", "peer", "name", "up0", "netns",
            self.namespace)
        net.ip_server("link", "set", "s-relay", "master", "br0", "up")
        self.ip("addr", "add", "10.77.0.254/24", "dev", "up0")
        self.ip("link", "set", "up0", "up")
        run("ip", "-n", net.client, "link", "add", "eth0", "type", "veth", "peer", "name", "down0", "netns",
            self.namespace)
        net.ip("link", "set", "eth0", "address", "02:00:00:00:00:01", "up")
        self.ip("addr", "add", "10.88.0.1/24", "dev", "down0")
        self.ip("link", "set", "down0", "up")
        net.ip_server("route", "add", "10.88.0.0/24", "via", "10.77.0.254")
        self.forward(True)

    def ip(self, *arguments):
        return run("ip", "-n", self.namespace, *arguments)

    def forward(self, on):
        """Sets whether the router passes anything on, other than by its agent."""
        run("ip", "netns", "exec", self.namespace, "sysctl", "-q", "-w", f"net.ipv4.ip_forward={int(on)}")

    def start(self, servers=("10.77.0.1",)):
        program = self.net.path("run-dhcrelay")  # where no AppArmor profile waits for it
        if not os.path.exists(program):
            shutil.copy(shutil.which("dhcrelay"), program)
        mark = len(self.net.read("relay.log"))
        process = self.net.spawn(self.namespace, program, "-4", "-d", "-a", "--no-pid", "-id", "down0", "-iu", "up0",
                                 *servers, log="relay.log")
        wait_until(lambda: "Sending on   Socket/fallback" in self.net.read("relay.log")[mark:], "the relay listens")
        return process

    def close(self):
        run("ip", "netns", "del", self.namespace, check=False)


class OtherServer:
    """What servers of dhservers.py take for a Net: another namespace on the same bridge, with another address.

    `name`: of several, at most 8 letters.
    """

    def __init__(self, net, address="10.77.0.2/24", name="other"):
        self.net = net
        self.name = name
        self.server = f"dh-{name}{os.getpid()}"
        self.folder = net.path(name)
        os.mkdir(self.folder)
        run("ip", "netns", "add", self.server)
        self.ip_server("link", "set", "lo", "up")
        run("ip", "-n", net.server, "link", "add", f"s-{name}", "type", "veth", "peer", "name", "br0", "netns",
            self.server)
        net.ip_server("link", "set", f"s-{name}", "master", "br0", "up")
        self.ip_server("addr", "add", address, "dev", "br0")
        self.ip_server("link", "set", "br0", "up")

    def ip_server(self, *arguments):
        return run("ip", "-n", self.server, *arguments)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        return self.net.read(os.path.join(self.name, name))

    def spawn(self, namespace, *command, log=None, **kwargs):
        return self.net.spawn(namespace, *command, log=log and os.path.join(self.name, log), **kwargs)

    def close(self):
        run("ip", "netns", "del", self.server, check=False)


# As a program: tap_cable NAMESPACE TAP NAMESPACE TAP. Makes both taps and carries frames from each to the other.

TUNSETIFF, IFF_TAP, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 2, 0x1000, 0x40000000


def _open_tap(namespace, name):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}", "rb") as f:
        if libc.setns(f.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def tap_cable(net, client_tap, server_tap):
    """Makes a virtual machine's cable: `client_tap` in the client's namespace, `server_tap` in the server's."""
    process = net.spawn(net.server, sys.executable, os.path.abspath(__file__), net.client, client_tap, net.server,
                        server_tap, log="cable.log")
    wait_until(lambda: "ready" in net.read("cable.log"), "the cable carries")
    return process


def _carry():
    taps = [_open_tap(*sys.argv[1:3]), _open_tap(*sys.argv[3:5])]
    print("ready", flush=True)
    while True:
        for fd in select.select(taps, [], [])[0]:
            try:
                frame = os.read(fd, 65536)
                os.write(taps[fd == taps[0]], frame)
            except OSError:  # the other end is down: lost, as on any cable
                pass


if __name__ == "__main__":
    _carry()
