# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The wire as the server's side sees it.
Wire captures what passes an interface of the server's namespace and gives the DHCP messages and ARP packets in it,
decoded by code that shares nothing with the client's. WireTest is a test that has one.

The kernel keeps frames until they are looked at, so what a test asks of may have passed long ago. Nothing is sent here.
"""
import ctypes
import dataclasses
import errno
import json
import os
import socket
import struct

from dhlib import Daemon, NetTest, wait_until
from dhservers import Offer
from topology import OtherServer

ETH_P_ALL = 3  # a bridge takes frames from its ports before any other kind of socket sees them
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
CLONE_NEWNET = 0x40000000
COOKIE = b"\x63\x82\x53\x63"
PAD, OVERLOAD, TYPE, END = 0, 52, 53, 255
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM, FORCERENEW = range(1, 10)


def in_namespace(name, function):
    """Runs function() with this thread's network namespace changed. Sockets keep the one they were made in."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", "rb") as own, open(f"/run/netns/{name}", "rb") as other:
        if libc.setns(other.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        try:
            return function()
        finally:
            libc.setns(own.fileno(), CLONE_NEWNET)


@dataclasses.dataclass
class Message:
    """A DHCP message. Addresses as text; options as {code: bytes} in their order, those in several parts joined."""
    source_mac: str
    dest_mac: str
    tos: int
    source: str
    dest: str
    from_client: bool
    kind: int  # option 53, or None: BOOTP
    htype: int
    xid: int
    secs: int
    broadcast: bool  # the flag
    ciaddr: str
    yiaddr: str
    giaddr: str
    chaddr: str
    options: dict
    at: float = dataclasses.field(default=0.0, compare=False)  # seconds since 1970, by the kernel

    def address(self, code):
        """Returns an option that is one address, as text, or None without it."""
        return socket.inet_ntoa(self.options[code]) if code in self.options else None


@dataclasses.dataclass
class Arp:
    sender_mac: str
    sender: str
    target: str
    op: int


def _read_options(data, into):
    while data and data[0] != END:
        if data[0] == PAD:
            data = data[1:]
            continue
        into[data[0]] = into.get(data[0], b"") + data[2:2 + data[1]]
        data = data[2 + data[1]:]


def decode(frame):
    """Returns a Message, an Arp, or None for anything else."""
    if frame[12:14] == b"\x08\x06" and len(frame) >= 42:
        return Arp(frame[22:28].hex(":"), socket.inet_ntoa(frame[28:32]), socket.inet_ntoa(frame[38:42]), frame[21])
    packet = frame[14:]
    if frame[12:14] != b"\x08\x00" or len(packet) < 20 or packet[9] != socket.IPPROTO_UDP:
        return None
    udp = packet[(packet[0] & 15) * 4:struct.unpack_from("!H", packet, 2)[0]]
    if len(udp) < 8 + 240 or struct.unpack_from("!HH", udp) not in ((67, 68), (68, 67),
                                                                    (67, 67)) or udp[244:248] != COOKIE:
        return None
    dhcp = udp[8:]
    options = {}
    _read_options(dhcp[240:], options)
    overload = options.get(OVERLOAD, b"\0")[0]
    if overload & 1:
        _read_options(dhcp[108:236], options)
    if overload & 2:
        _read_options(dhcp[44:108], options)
    op, htype, hlen, _, xid, secs, flags = struct.unpack_from("!BBBBIHH", dhcp)
    ciaddr, yiaddr, _, giaddr = (socket.inet_ntoa(dhcp[at:at + 4]) for at in range(12, 28, 4))
    return Message(frame[6:12].hex(":"), frame[:6].hex(":"), packet[1], socket.inet_ntoa(packet[12:16]),
                   socket.inet_ntoa(packet[16:20]),
                   op == 1, options[TYPE][0] if TYPE in options else None, htype, xid, secs, bool(flags & 0x8000),
                   ciaddr, yiaddr, giaddr,
                   dhcp[28:28 + min(hlen, 16)].hex(":"), options)


class Wire:
    """What passes `interface`, in both directions, from now on."""

    def __init__(self, net, interface="s-eth0"):
        self.socket = in_namespace(net.server, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                                                     socket.htons(ETH_P_ALL)))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((interface, ETH_P_ALL))
        self.socket.setblocking(False)
        self.seen = []

    def close(self):
        self.socket.close()

    def _look(self):
        while True:
            try:
                frame, ancillary, *_ = self.socket.recvmsg(4096, 64)
            except BlockingIOError:
                return self.seen
            except OSError as e:
                if e.errno != errno.ENETDOWN:  # said once when the interface is taken down, and no more
                    raise
                continue
            found = decode(frame)
            if isinstance(found, Message):
                found.at = next((seconds + nanoseconds / 1e9 for seconds, nanoseconds in
                                 (struct.unpack("qq", data) for level, kind,
                                  data in ancillary if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS))), 0.0)
            if found:
                self.seen.append(found)

    def clear(self):
        self._look()
        self.seen = []

    def messages(self, *kinds):
        """Returns messages of these kinds so far, or all."""
        return [m for m in self._look() if isinstance(m, Message) and (not kinds or m.kind in kinds)]

    def of_client(self, *kinds):
        return [m for m in self.messages(*kinds) if m.from_client]

    def arps(self):
        return [m for m in self._look() if isinstance(m, Arp)]

    def probes(self, mac):
        """Returns addresses that the host of `mac` has probed (RFC 5227), each once, in order."""
        return list(dict.fromkeys(a.target for a in self.arps() if a.sender_mac == mac and a.sender == "0.0.0.0"))

    def wait(self, kind, n=1, **fields):
        """Waits for the nth message of a kind whose fields are as given."""
        def found():
            messages = [m for m in self.messages(kind)
                        if all(getattr(m, name) == value for name, value in fields.items())]
            return messages[n - 1:n]
        return wait_until(found, f"message {n} of kind {kind} {fields or ''} on the wire")[0]


class WireTest(NetTest):
    """A test with a Net of its own, a link eth0 of a known hardware address, and a view of its wire."""
    MAC = "02:00:00:00:00:01"
    SERVER_MAC = "02:00:00:00:01:01"

    def setUp(self):
        super().setUp()
        # A bridge has the lowest address of its ports otherwise, which changes with them.
        self.net.ip_server("link", "set", "br0", "address", self.SERVER_MAC)
        self.net.add_link("eth0", mac=self.MAC)
        self.wire = self.watch("s-eth0")

    def watch(self, interface):
        wire = Wire(self.net, interface)
        self.addCleanup(wire.close)
        return wire

    def server(self, server_class, net=None, **offer):
        """Starts a server; `net` for another namespace."""
        if not server_class.available():
            self.skipTest(f"{server_class.name} is not installed")
        server = server_class(net or self.net)
        server.start(Offer(**offer))
        return server

    def other_server(self, server_class, address="10.77.0.2", name="other", **offer):
        """Starts a second server on the same segment, in a namespace of its own.

        Its `mac` is 02:00:00:00:02:xx, where xx is the last byte of its address.
        """
        other = OtherServer(self.net, f"{address}/24", name)
        self.addCleanup(other.close)
        other.ip_server("link", "set", "br0", "address", other_mac(address))
        return self.server(server_class, other, address=address, **offer)

    def start(self, *lines, links=("eth0",), **kwargs):
        """Starts a daemon whose section [DHCPv4] has these lines."""
        return Daemon(self.net, *links, config={"dhcpd-link.conf": "\n".join(["[DHCPv4]", *lines, ""])}, **kwargs)

    def bind(self, *lines, **kwargs):
        daemon = self.start(*lines, **kwargs)
        daemon.wait_log("Bound to")
        self.net.wait_address()
        return daemon

    @staticmethod
    def status(daemon, link="eth0"):
        """Returns what D-Bus says of the link's DHCPv4, or {} while the daemon does not answer yet."""
        text = daemon.ctl("--json", "status", link, check=False)
        return json.loads(text)["DHCPv4"] if text.strip() else {}

    def wait_status(self, daemon, link="eth0", **fields):
        def found():
            status = self.status(daemon, link)
            return {name: status.get(name) for name in fields} == fields and status
        return wait_until(found, f"D-Bus says {fields}")

    @staticmethod
    def options(status):
        """Returns {code: bytes} of the options that D-Bus shows, as they came."""
        return {option["Code"]: bytes.fromhex(option["Data"]) for option in status["Options"]}

    def gateways(self):
        return [r["gateway"] for r in self.net.routes() if r["dst"] == "default"]


def other_mac(address):
    return f"02:00:00:00:02:{int(address.split('.')[-1]):02x}"
