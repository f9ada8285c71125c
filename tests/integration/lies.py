# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The lies test_liar.py has told, as tables: what bends the honest answer (liar.py), and what has to come of it.
"""
import socket
import struct

from liar import (ACK, DECLINE, DISCOVER, FORCERENEW, HONEST, INFORM, LYING, NAK, OFFER, RELEASE, REQUEST, STRANGER,
                  IP, UDP, Ether, bootp, both, eth, first, ip, kind, more, option, packed, raw, u32, udp, vlan)

UDP_AT, MESSAGE_AT = 14 + 20, 14 + 28  # offsets in a frame

unsummed = udp(chksum=0)  # so that it is not the checksum that gives a lie away


def flip(at):
    return raw(lambda frame: frame[:at] + bytes([frame[at] ^ 0x55]) + frame[at + 1:])


def cut(length):
    return raw(lambda frame: frame[:length])


def udp_len(more_than_true):
    return both(unsummed, udp(len=lambda r: 8 + len(r.message()) + more_than_true))


def datagram(payload):
    """A sound datagram with another payload."""
    return raw(lambda f: bytes(Ether(f[:14]) / IP(src="10.1.0.1", dst="255.255.255.255") / UDP(sport=67,
                                                                                               dport=68) / payload))


def fill(length):
    """PADs up to a message of `length` bytes."""
    def change(reply):
        reply.end = b"\xff" + bytes(length - len(reply.message()))
    return change


def yiaddr(text):
    return bootp(yiaddr=text)


def server(text):
    return option(54, socket.inet_aton(text))


def split(code, data, piece=255):
    """RFC 3396: an option in pieces."""
    return b"".join(bytes([code, len(data[i:i + piece])]) + data[i:i + piece] for i in range(0, len(data), piece))


def tlv(code, data):
    return bytes([code, len(data)]) + data


both_phases, at_offer, at_ack = (OFFER, ACK), (OFFER,), (ACK,)
stranger = option(54, lambda link: packed(link, STRANGER))

# What must change nothing: name, what is bent, in which phase. It comes before the honest answer and has another
# address in it; the client must end with the honest one and never have asked for the other.
DROPPED = [
    # headers
    ("ihl 4", both(unsummed, ip(ihl=4)), both_phases),
    ("ihl 0", both(unsummed, ip(ihl=0)), both_phases),
    ("ihl 15, no options there", both(unsummed, ip(ihl=15)), both_phases),
    ("IP version 6", ip(version=6), both_phases),
    ("total length one beyond the frame", both(unsummed, ip(len=lambda r: 29 + len(r.message()))), both_phases),
    ("total length 65535", both(unsummed, ip(len=65535)), both_phases),
    ("total length shorter than the UDP", both(unsummed, ip(len=100)), both_phases),
    ("total length ends in the UDP header", both(unsummed, ip(len=24)), both_phases),
    ("total length shorter than the header", both(unsummed, ip(len=19)), both_phases),
    ("total length 0", both(unsummed, ip(len=0)), both_phases),
    ("UDP length 7", both(unsummed, udp(len=7)), both_phases),
    ("UDP length 0", both(unsummed, udp(len=0)), both_phases),
    ("UDP length one beyond", udp_len(1), both_phases),
    ("UDP length 65535", both(unsummed, udp(len=65535)), both_phases),
    ("UDP length 8: no message", both(unsummed, udp(len=8)), both_phases),
    ("first fragment", ip(flags="MF"), both_phases),
    ("fragment with an offset", ip(frag=185), both_phases),
    ("UDP checksum wrong", flip(UDP_AT + 6), both_phases),
    ("a byte of the message damaged", flip(MESSAGE_AT + 18), both_phases),
    ("IP checksum wrong", flip(24), both_phases),
    ("TCP", ip(proto=6), both_phases),
    ("to port 67", udp(dport=67), both_phases),
    ("to port 69", udp(dport=69), both_phases),
    ("Ethernet type IPv6", eth(type=0x86dd), both_phases),
    ("VLAN 5", vlan(5), both_phases),
    ("zero-byte datagram", datagram(b""), both_phases),
    ("one-byte datagram", datagram(b"\x02"), both_phases),
    *((f"frame of {n} bytes", cut(n), both_phases) for n in (14, 15, 33, 34, 41, 42, 43, 281, 285)),
    ("message of 1473 bytes", fill(1473), both_phases),
    ("message of 2900 bytes", fill(2900), both_phases),
    # not for us
    ("foreign xid", bootp(xid=lambda r: r.request.bootp.xid ^ 1), both_phases),
    ("xid 0", bootp(xid=0), both_phases),
    ("foreign chaddr", bootp(chaddr=b"\x02\xee\xee\xee\xee\xee"), both_phases),
    ("chaddr 0", bootp(chaddr=b""), both_phases),
    ("foreign client identifier", option(61, b"\x01\x02\xee\xee\xee\xee\xee"), both_phases),
    ("client identifier cut short", option(61, lambda link: b"\x01\x02"), both_phases),
    # no answer
    ("op 1", bootp(op=1), both_phases),
    ("op 3", bootp(op=3), both_phases),
    ("wrong cookie", both(unsummed, flip(MESSAGE_AT + 239)), both_phases),
    ("hlen 17", bootp(hlen=17), both_phases),
    ("hlen 255", bootp(hlen=255), both_phases),
    ("no message type", option(53, None), both_phases),
    ("message type of two bytes", option(53, b"\x05\x05"), both_phases),
    *((f"message type {n}", kind(n), both_phases)
      for n in (0, 99, 255, DISCOVER, REQUEST, DECLINE, RELEASE, INFORM, FORCERENEW)),
    # of nobody, or of somebody else
    ("no server identifier", option(54, None), both_phases),
    ("server identifier of three bytes", option(54, b"\x0a\x01\x00"), both_phases),
    ("no server identifier, from no host", both(option(54, None), ip(src="0.0.0.0")), both_phases),
    *((f"server identifier {a}", server(a), both_phases)
      for a in ("0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "255.255.255.255")),
    ("ACK of a server that was not selected", stranger, at_ack),
    ("NAK of a server that was not selected", both(kind(NAK), stranger), at_ack),
    ("NAK without a server", both(kind(NAK), option(54, None)), at_ack),
    ("NAK to a DISCOVER", kind(NAK), at_offer),
    ("ACK to a DISCOVER, no rapid commit", kind(ACK), at_offer),
    ("OFFER to a REQUEST", kind(OFFER), at_ack),
    ("OFFER of another server to a REQUEST", both(kind(OFFER), stranger), at_ack),
    # nothing one could use
    *((f"yiaddr {a}", yiaddr(a), both_phases)
      for a in ("0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255")),
    ("yiaddr of all hosts of its subnet", yiaddr(lambda r: f"10.{r.link}.0.255"), both_phases),
    ("an option of 255 bytes swallows the rest", first(b"\x0c\xff"), both_phases),
]

INJECTION = b"$(reboot)`id`;\n\x1b]0;x\x07'\"() { :;};\r\n<6>fake\x9b"
TEXTS = (12, 14, 15, 17, 18, 40, 47, 56, 64, 66, 67, 86, 87, 98, 100, 101, 113, 114, 161, 209, 210, 252)
POINTER_LOOP, POINTER_FORWARD = b"\x01a\xc0\x00", b"\x01a\xc0\x04\x01b\x00"
STATIC = b"".join(bytes([24, 192, 168, n]) + bytes([10, 200, 0, 1]) for n in range(150))


def via(code, text):
    return option(code, socket.inet_aton(text))


# Malformed, by code: one of every type the option table has, in a message that is good otherwise.
MALFORMED = {
    1: b"\xff\xff\xff", 2: b"\0\0\0", 3: b"\x0a\0\0", 6: b"\x01", 12: b"a\0b", 13: b"\x01", 19: b"\x02", 21: b"\0" * 7,
    23: b"\0\0", 24: b"\0\0",
    25: b"\0", 26: b"\x05", 28: b"\0\0", 33: b"\1" * 9, 42: b"\1" * 5, 57: b"\x05", 58: b"\0", 59: b"\0" * 5, 68: b"\0",
    81: b"\0",
    82: b"\1\x09\0", 90: b"\x03", 100: b"EST\n5", 101: b"../../etc/passwd", 114: b"http://a b", 116: b"\x05",
    119: POINTER_LOOP, 120: b"\x07\0",
    121: b"\x21" + b"\1" * 8, 124: b"\0\0\0\1\x09a", 125: b"\0\0\0\1\x09a", 162: b"\0\x09\0"}
REST = {  # and what the daemon remembers no more of when all come at once
    5: b"", 80: b"\0", 88: b"\xc0\x00", 93: b"\0", 94: b"\0", 97: b"", 117: b"\0", 137: POINTER_FORWARD, 145: b"",
        150: b"\1\2\3",
    161: b"http://\n", 212: b"\x21" + b"\0" * 21, 213: b"\x40" + b"a" * 64 + b"\0", 249: b"\x08\x0a"}


def options(table):
    return more(b"".join(tlv(code, data) for code, data in table.items()))


ASKED = ["INIT", "SELECTING", "REQUESTING", "BOUND"]

# Addresses of nobody, and what is said of them.
NO_HOSTS = {"0.0.0.0": "no host has this address", "0.0.0.10": "no host has this address",
            "127.0.0.1": "a loopback address",
            "224.0.0.1": "a multicast address", "240.0.0.1": "a reserved address", "255.255.255.0": "a netmask",
            "255.255.255.255": "the broadcast address"}

# What must be taken in spite of what is odd about it: name, what is bent, in which phase, what to find at the end. Of
# the last: host, prefix, gateway (an address, or a host on the link) and routes as the kernel has them, lifetime as a
# range, dns, ntp and portal as D-Bus has them, ignored as {code: part of the reason}, states that the client went
# through.
TAKEN = [
    ("nothing bent", both(), both_phases, {"ignored": {}, "states": ASKED}),
    ("UDP checksum 0", unsummed, both_phases, {}),
    ("IP options", ip(options=b"\x94\x04\0\0\x01\x01\x01\x00"), both_phases, {}),
    ("IP options, 40 bytes", ip(options=b"\x01" * 40), both_phases, {}),
    ("ttl 1, a tos", ip(ttl=1, tos=0xff), both_phases, {}),
    ("DF", ip(flags="DF"), both_phases, {}),
    ("40 bytes behind the datagram", raw(lambda frame: frame + b"\xaa" * 40), both_phases, {}),
    ("bytes behind the UDP, within IP", both(unsummed, ip(len=lambda r: 28 + len(r.message()) + 9),
                                             raw(lambda frame: frame + b"\x0f" * 9)),
     both_phases, {}),
    ("broadcast on Ethernet", eth(dst="ff:ff:ff:ff:ff:ff"), both_phases, {}),
    ("unicast", ip(dst=lambda r: r.bootp["yiaddr"]), both_phases, {}),
    ("from port 4011", udp(sport=4011), both_phases, {}),
    ("from 0.0.0.0", ip(src="0.0.0.0"), both_phases, {}),
    ("siaddr and giaddr of others", bootp(siaddr="192.0.2.1", giaddr="192.0.2.2"), both_phases, {}),
    ("hlen 0", bootp(hlen=0), both_phases, {}),
    ("hlen 16", bootp(hlen=16), both_phases, {}),
    ("htype 6", bootp(htype=6), both_phases, {}),
    ("message of 1472 bytes", fill(1472), both_phases, {}),
    ("800 PADs", more(b"\0" * 800), both_phases, {}),
    ("300 PADs first", first(b"\0" * 300), both_phases, {}),
    ("no END", more(b"", end=b""), both_phases, {"ignored": {}}),
    ("options behind END", more(b"", end=b"\xff" + tlv(3, b"\x0a\1\0\1")), both_phases, {"gateway": None}),
    ("OFFER with option 80", option(80, b""), both_phases, {"states": ASKED}),
    ("rapid commit", both(kind(ACK), option(80, b"")), at_offer, {"states": ["INIT", "SELECTING", "BOUND"]}),
    ("ACK for another address than offered", bootp(yiaddr=lambda r: f"10.{r.link}.0.{LYING}"), at_ack, {"host": LYING}),
    ("server identifier twice", more(tlv(54, b"\x0a\1\0\1")), both_phases, {}),
    ("a second server identifier", more(tlv(54, b"\x0a\1\0\x09")), both_phases, {}),
    ("lease time, mask and type twice", more(tlv(51, b"\0\0\0\1") + tlv(1, b"\xff\0\0\0") + tlv(53, b"\6")),
     both_phases,
     {"prefix": 24, "lifetime": (3000, 3600)}),
    ("lease time 0", u32(51, 0), both_phases, {"lifetime": (1, 10)}),
    ("lease time 1", u32(51, 1), both_phases, {"lifetime": (1, 10)}),
    ("lease time infinite", u32(51, 0xffffffff), both_phases, {"lifetime": (0xffffffff, 0xffffffff)}),
    ("lease time all but infinite", u32(51, 0xfffffffe), both_phases, {"lifetime": (0x7fffffff, 0xffffffff)}),
    ("T1 > T2 > lease", both(u32(58, 9000), u32(59, 8000)), both_phases,
     {"lifetime": (3000, 3600), "ignored": {58: "not before T2", 59: "not before the end"}}),
    ("T1 0, T2 0", both(u32(58, 0), u32(59, 0)), both_phases,
     {"states": ASKED, "ignored": {58: "it is 0", 59: "flood"}}),
    ("T2 3, no T1", u32(59, 3), both_phases, {"ignored": {59: "flood"}}),
    ("no mask", option(1, None), both_phases, {"prefix": 32}),
    ("mask 0.0.0.0", via(1, "0.0.0.0"), both_phases, {"prefix": 32, "ignored": {1: "0.0.0.0 not used: it would make"}}),
    ("mask not contiguous", via(1, "255.0.255.0"), both_phases,
     {"prefix": 32, "ignored": {1: "255.0.255.0 not used: its bits are not contiguous"}}),
    ("mask 255.255.255.254", via(1, "255.255.255.254"), both_phases, {"prefix": 31}),
    ("router off the subnet", via(3, "192.0.2.1"), both_phases, {"gateway": "192.0.2.1", "onlink": "192.0.2.1"}),
    ("router behind a /32", both(option(1, None), via(3, "192.0.2.1")), both_phases,
     {"prefix": 32, "gateway": "192.0.2.1", "onlink": "192.0.2.1"}),
    *((f"router {a}", via(3, a), both_phases, {"gateway": None, "ignored": {3: f"{a} not used: {why}"}})
      for a, why in NO_HOSTS.items()),
    ("router 0.0.0.0 and a netmask before a good one",
     option(3, lambda link: bytes(4) + b"\xff\xff\xff\0" + packed(link, 1)), both_phases,
     {"gateway": 1, "ignored": {3: "255.255.255.0 not used: a netmask"}}),
    ("router: the client", option(3, lambda link: packed(link, HONEST)), both_phases,
     {"gateway": None, "ignored": {3: "our own address"}}),
    ("router: all hosts", option(3, lambda link: packed(link, 255)), both_phases,
     {"gateway": None, "ignored": {3: "all hosts of our network"}}),
    ("router of link-local addresses", via(3, "169.254.169.1"), both_phases,
     {"gateway": "169.254.169.1", "ignored": {}}),
    ("static route by 0.0.0.0", more(tlv(33, bytes([192, 168, 5, 0]) + bytes(4))), both_phases,
     {"routes": (1, 1), "ignored": {33: "192.168.5.0/24 by 0.0.0.0 not used: no host"}}),
    ("static route to everywhere", more(tlv(33, bytes(4) + bytes([10, 1, 0, 1]))), both_phases,
     {"routes": (1, 1), "ignored": {33: "default route"}}),
    ("classless route without a router", more(tlv(121, bytes([24, 192, 168, 5]) + bytes(4))), both_phases,
     {"routes": (2, 2), "ignored": {}}),
    ("classless routes by nobody, to nowhere", more(tlv(121, bytes([24, 192, 168, 5, 127, 0, 0, 1]))), both_phases,
     {"routes": (1, 1), "ignored": {121: "192.168.5.0/24 by 127.0.0.1 not used: a loopback address"}}),
    ("classless route to multicast", more(tlv(121, bytes([4, 224]) + bytes(4))), both_phases,
     {"routes": (1, 1), "ignored": {121: "224.0.0.0/4 by 0.0.0.0 not used: a multicast network"}}),
    *((f"name server {a}", via(6, a), both_phases, {"ignored": {6: f"{a} not used: {why}"}, "dns": []})
      for a, why in NO_HOSTS.items()),
    *((f"time server {a}", via(42, a), both_phases, {"ignored": {42: f"{a} not used: {why}"}, "ntp": []})
      for a, why in NO_HOSTS.items()),
    ("name servers, loopback first", more(tlv(6, bytes([127, 0, 0, 1, 192, 0, 2, 53]))), both_phases,
     {"ignored": {6: "127.0.0.1 not used"}, "dns": ["192.0.2.53"]}),
    *((f"captive portal {uri}", more(split(114, uri)), both_phases, {"ignored": {114: why}, "portal": ""}) for uri,
      why in
      ((b"http://portal.example/", "no URI of https"),
       (b"https://bank.example@192.0.2.66/", "a user's name in the URI"),
       (b"https://portal.example/" + b"a" * 250, "longer than 255 bytes"),
       (b"https://a/\x1b]0;x\x07", "a character that no URI has"))),
    ("captive portal", more(tlv(114, b"https://portal.example/?a=$(id)")), both_phases,
     {"ignored": {}, "portal": "https://portal.example/?a=$(id)"}),
    ("no captive portal", more(tlv(114, b"urn:ietf:params:capport:unrestricted")), both_phases,
     {"ignored": {}, "portal": ""}),
    ("broadcast address of the router", option(28, lambda link: packed(link, 1)), both_phases,
     {"ignored": {28: "neither the first nor the last"}}),
    ("broadcast address of a /32", both(option(1, None), via(28, "192.0.2.255")), both_phases,
     {"prefix": 32, "ignored": {28: "has no broadcast address"}}),
    ("150 classless routes", more(split(121, STATIC)), both_phases, {"routes": (152, 152)}),
    ("classless route with prefix 33", more(tlv(121, b"\x21" + b"\1" * 8)), both_phases,
     {"ignored": {121: "greater than 32"}}),
    ("classless route cut off", more(tlv(121, b"\x18\x0a\0\1\x0a\0")), both_phases, {"ignored": {121: "cut off"}}),
    *((f"MTU {n}", option(26, struct.pack("!H", n)), both_phases, {"ignored": {26: "below"}}) for n in (0, 67, 575)),
    ("MTU 65535", option(26, b"\xff\xff"), both_phases, {}),
    ("overload loops", both(option(52, b"\3"), bootp(file=tlv(52, b"\3") * 42, sname=tlv(52, b"\3") * 21)), both_phases,
     {}),
    ("overload without END", both(option(52, b"\3"),
                                  bootp(file=b"\x0f\x7f" + b"a" * 126, sname=b"\x0f\x3f" + b"a" * 62)), both_phases,
     {"ignored": {15: "past the end"}}),
    *((f"overload {n}", option(52, bytes([n])), both_phases, {"ignored": {52: "not 1, 2 or 3"}}) for n in (0, 4, 255)),
    ("length beyond the end", more(b"\x0f\xffabc", end=b""), both_phases, {"ignored": {15: "past the end"}}),
    ("a code and no length", more(b"\x0f", end=b""), both_phases, {}),
    ("pointer loop", more(tlv(119, POINTER_LOOP)), both_phases, {"ignored": {119: "malformed"}}),
    ("pointer forward", more(tlv(119, POINTER_FORWARD)), both_phases, {"ignored": {119: "malformed"}}),
    ("long splits", more(split(12, b"h" * 600) + split(119, b"\x03abc\0" * 60, 7)), both_phases, {}),
    ("pieces of one byte", more(split(15, b"example.org" * 20, 1)), both_phases, {}),
    ("all malformed at once", options(MALFORMED), both_phases,
     {"prefix": 24, "ignored": dict.fromkeys(set(MALFORMED) - {1, 58, 59}, "")}),
    ("more malformed", options(REST), both_phases, {"ignored": dict.fromkeys(REST, "")}),
    ("every code, empty", more(b"".join(tlv(n, b"") for n in range(1, 255) if n not in (51, 52, 53, 54, 61))),
     both_phases, {}),
    ("every code, one byte", more(b"".join(tlv(n, b"\xff") for n in range(1, 255) if n not in (51, 52, 53, 54, 61))),
     both_phases, {}),
    *((f"255 bytes in {group}", more(b"".join(tlv(n, b"\xff" * 255) for n in group)), both_phases, {}) for group in
      ((3, 6, 12, 15), (26, 28, 33, 42), (43, 60, 77, 81), (82, 90, 114, 116), (119, 120, 121, 124),
       (125, 145, 162, 212))),
    ("injection", more(b"".join(tlv(n, INJECTION) for n in TEXTS)), both_phases, {}),
    ("injection in file and sname", bootp(file=INJECTION, sname=INJECTION), both_phases, {}),
    # what the OFFER said and the ACK does not
    ("routers in the OFFER alone", option(3, lambda link: packed(link, 1)), at_offer, {"gateway": 1, "kept": [3]}),
    ("no mask in the ACK", option(1, None), at_ack, {"prefix": 24, "kept": [1]}),
    ("no lease time in the ACK", option(51, None), at_ack, {"lifetime": (3000, 3600), "kept": [51]}),
    ("no server identifier in the ACK", option(54, None), at_ack, {"kept": [54]}),
    # what nobody says
    ("no lease time", option(51, None), both_phases, {"lifetime": (3000, 3600), "kept": [51]}),
    ("lease time of three bytes", option(51, b"\0\0\x0e"), both_phases, {"lifetime": (3000, 3600), "kept": [51]}),
    ("no server identifier", option(54, None), both_phases, {"kept": [54]}),
    ("server identifier 0.0.0.0", server("0.0.0.0"), both_phases, {"kept": [54]}),
    ("server identifier of three bytes", option(54, b"\x0a\x01\x00"), both_phases, {"kept": [54]}),
    ("neither lease time nor server identifier", both(option(51, None), option(54, None)), both_phases,
     {"lifetime": (3000, 3600), "kept": [51, 54]}),
    # the next node of a cluster answers
    ("ACK of another identifier", stranger, at_ack, {"kept": []}),
    ("ACK of another identifier from elsewhere", both(stranger, eth(src="02:00:00:00:00:09")), at_ack, {"kept": []}),
]


def bare(reply):
    """Nothing but the type and the server."""
    reply.options = {code: reply.options[code] for code in (53, 54)}


# What a renewal may look like that changes nothing, of a lease with mask, router and DNS: name, what is bent, what has
# to be kept.
RENEWED = [
    ("nothing bent", both(), []),
    ("no mask", option(1, None), [1]),
    ("no routers", option(3, None), [3]),
    ("no DNS", option(6, None), [6]),
    ("no lease time", option(51, None), [51]),
    ("no server identifier", option(54, None), [54]),
    ("no address", bootp(yiaddr="0.0.0.0"), []),
    ("no address, and our ciaddr", bootp(yiaddr="0.0.0.0", ciaddr=lambda r: str(r.request.bootp.ciaddr)), []),
    ("type and server alone", bare, [1, 3, 6, 51]),
    ("type alone", both(bare, option(54, None), bootp(yiaddr="0.0.0.0")), [1, 3, 6, 51, 54]),
    ("malformed mask and routers", both(option(1, b"\xff\xff"), option(3, b"\x0a")), [1, 3]),
    ("mask 0.0.0.0", via(1, "0.0.0.0"), [1]),
    ("another node of a cluster", stranger, []),
    ("another node from elsewhere", both(stranger, eth(src="02:00:00:00:00:09")), []),
    ("another node says little", both(bare, stranger), [1, 3, 6, 51]),
]
