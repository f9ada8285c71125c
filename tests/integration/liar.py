# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A DHCP server that lies, made with scapy.
Reply is an honest answer to a request, each of the functions below it bends one thing of it, and Liar hears what
clients send on any number of links and sends what it is told to, frame by frame.

Every link is a veth of its own with network 10.N.0.0/24, so that many lies are tried side by side with one daemon and
none sees another.
"""
import hashlib
import hmac
import logging
import re
import select
import socket
import struct
import subprocess
import time

import dhlib

logging.getLogger("scapy").setLevel(logging.ERROR)  # it complains of machines without routes
from scapy.layers.dhcp import BOOTP  # noqa: E402
from scapy.layers.inet import IP, UDP  # noqa: E402
from scapy.layers.l2 import Dot1Q, Ether  # noqa: E402

# noqa: E402,F401
from wire import (ACK, COOKIE, DECLINE, DISCOVER, ETH_P_ALL, FORCERENEW, INFORM, NAK, OFFER, RELEASE, REQUEST,
                  SO_RCVBUFFORCE,
                  in_namespace)

HONEST, LYING, SERVER, STRANGER = 66, 99, 1, 9  # last bytes of addresses in a link's network


def address(link, host):
    return f"10.{link}.0.{host}"


def packed(link, host):
    return socket.inet_aton(address(link, host))


class Request:
    """What a client sent: the link's number and the fields an answer needs."""

    def __init__(self, link, packet):
        self.link, self.mac, self.ip, self.bootp = link, packet[Ether].src, packet[IP], packet[BOOTP]
        self.options = {}
        data = bytes(packet[UDP].payload)[240:]
        while data and data[0] != 255:
            if data[0] == 0:
                data = data[1:]
                continue
            self.options[data[0]] = data[2:2 + data[1]]
            data = data[2 + data[1]:]
        self.type = self.options.get(53, b"\0")[0]

    def asked(self):
        """(type, requested address or None, server or None)"""
        return (self.type, *(socket.inet_ntoa(self.options[code]) if code in self.options else None
                             for code in (50, 54)))


class Reply:
    """The honest OFFER or ACK to a request, until somebody bends it. What is None in `options` is left out."""

    def __init__(self, request, kind=None, host=HONEST):
        self.request, link = request, request.link
        self.link = link
        self.kind = kind or (OFFER if request.type == DISCOVER else ACK)
        self.eth = {"src": "02:00:00:00:00:01", "dst": request.mac}
        self.ip = {"src": address(link, SERVER), "dst": "255.255.255.255"}
        self.udp = {"sport": 67, "dport": 68}
        self.bootp = {"op": 2, "xid": request.bootp.xid, "chaddr": request.bootp.chaddr, "yiaddr": address(link, host)}
        self.options = {53: bytes([self.kind]), 54: packed(link, SERVER), 51: struct.pack("!I", 3600),
                        1: b"\xff\xff\xff\0"}
        self.more = b""  # options behind those above, as bytes
        self.end = b"\xff"
        self.bend = []   # functions of the finished frame

    def options_bytes(self):
        return b"".join(bytes([code, len(data)]) + data for code, data in self.options.items()
                        if data is not None) + self.more + self.end

    def message(self):
        return bytes(BOOTP(**self.bootp, options=COOKIE + self.options_bytes()))

    def frame(self):
        frame = bytes(Ether(**self.eth) / IP(**self.ip) / UDP(**self.udp) / self.message())
        for function in self.bend:
            frame = function(frame)
        return frame


# What can be bent. Each gives a function of a Reply; values may be functions of the link's number.

def _update(name):
    def bend(**fields):
        def change(reply):
            getattr(reply, name).update((k, v(reply) if callable(v) else v) for k, v in fields.items())
        return change
    return bend


eth, ip, udp, bootp = (_update(name) for name in ("eth", "ip", "udp", "bootp"))


def option(code, data):
    """Sets option `code`; None leaves it out, a function gets the link's number."""
    def change(reply):
        reply.options[code] = data(reply.link) if callable(data) else data
    return change


def u32(code, value):
    return option(code, struct.pack("!I", value))


def more(data, end=b"\xff"):
    """Options as bytes, behind the honest ones."""
    def change(reply):
        reply.more += data
        reply.end = end
    return change


def first(data):
    """Options as bytes, before the honest ones."""
    def change(reply):
        old = reply.options_bytes
        reply.options_bytes = lambda: data + old()
    return change


def raw(function):
    """Changes the finished frame."""
    return lambda reply: reply.bend.append(function)


def kind(value):
    """Another message type."""
    return option(53, bytes([value]))


def vlan(vid):
    return raw(lambda frame: bytes(Ether(frame[:12] + b"\x81\x00") / Dot1Q(vlan=vid, type=0x0800)) + frame[14:])


def both(*changes):
    def change(reply):
        for one in changes:
            one(reply)
    return change


def forcerenew(request, host, nonce=None, replay=2, **ip_fields):
    """A FORCERENEW (RFC 3203) to a bound client; with the digest of RFC 6704 when there is a nonce."""
    reply = Reply(request, FORCERENEW)
    reply.options = {53: bytes([FORCERENEW]), 54: packed(request.link, SERVER)}
    reply.bootp.update(xid=0x12345678, yiaddr="0.0.0.0")
    reply.ip.update({"dst": address(request.link, host), **ip_fields})
    if nonce:
        head = b"\x03\x01\x00" + struct.pack("!Q", replay) + b"\x02"
        reply.options[90] = head + bytes(16)
        reply.options[90] = head + hmac.new(nonce, reply.message(), hashlib.md5).digest()
    return reply.frame()


class Liar:
    """Listens on the server's side of `links` links, numbered from 1; eN is the client's side."""

    def __init__(self, net, links):
        self.net, self.links = net, links
        self.heard = {link: [] for link in range(1, links + 1)}
        lines = []
        for n in self.heard:
            lines += [f"link add s{n} type veth peer name e{n} mtu 3000 netns {net.client}",
                      f"addr add {address(n, SERVER)}/24 dev s{n}",
                      f"link set s{n} mtu 3000 up"]
        self._batch(net.server, lines)
        self._batch(net.client, [f"link set e{n} up" for n in self.heard])
        self.wire = in_namespace(net.server, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                                                   socket.htons(ETH_P_ALL)))
        self.wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        # So that the kernel does not answer unicast requests with "port unreachable".
        self.sink = in_namespace(net.server, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.sink.bind(("", 67))

    @staticmethod
    def _batch(namespace, lines):
        subprocess.run(["ip", "-n", namespace, "-batch", "-"], input="\n".join(lines), text=True, check=True)

    def close(self):
        self.wire.close()
        self.sink.close()

    def send(self, link, *frames):
        for frame in frames:
            self.wire.sendto(frame, (f"s{link}", 0))

    def _receive(self, seconds):
        if not select.select([self.wire], [], [], seconds)[0]:
            return None
        frame, (name, _, kind_of_packet, *_) = self.wire.recvfrom(4096)
        if (
            kind_of_packet == socket.PACKET_OUTGOING
            or not re.fullmatch(r"s\d+", name)
            or frame[12:14] != b"\x08\x00"
            or frame[23] != 17
        ):
            return None
        packet = Ether(frame)
        if UDP not in packet or packet[UDP].dport != 67 or BOOTP not in packet:
            return None
        return Request(int(name[1:]), packet)

    def serve(self, answers, done, patience=None):
        """Sends answers(request) for each request until done(); returns whether that came in time."""
        end = time.monotonic() + (patience or dhlib.PATIENCE)
        look = 0
        while time.monotonic() < end:
            request = self._receive(0.02)
            if request:
                self.heard[request.link].append(request)
                self.send(request.link, *answers(request))
            if time.monotonic() >= look:
                if done():
                    return True
                look = time.monotonic() + 0.1
        return done()
