#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""dhcpd-linkctl decode and options: every format of capture, text and JSON, and files that lie. Needs no privileges."""

import glob
import json
import os
import struct
import subprocess
import unittest

import dhlib

LINKCTL = os.path.join(os.environ["BUILD_DIR"], "dhcpd-linkctl")
CORPUS = os.path.join(os.path.dirname(__file__), "../fuzz/corpus/capture")
MESSAGE = bytes.fromhex(open(os.path.join(CORPUS, "hex-plain"), encoding="ascii").read())


def run(*args, stdin=b""):
    return subprocess.run([LINKCTL, *args], input=stdin, capture_output=True, timeout=120, check=False,
                          env=dhlib.without_leaks())


def decode(stdin, *args):
    result = run("decode", "--json", *args, "-", stdin=stdin)
    return result.returncode, [json.loads(line) for line in result.stdout.splitlines()], result.stderr.decode()


def message(options):
    return MESSAGE[:240] + options


class Decode(unittest.TestCase):
    def frames(self, stdin):
        status, frames, error = decode(stdin)
        self.assertEqual((status, error), (0, ""))
        return frames

    def test_formats(self):
        """The same message in all formats gives the same output."""
        # What each has besides: frames, link layer, nanoseconds of the time
        expect = {
            "pcap-le-micro-ethernet": (2, True, 123456000), "pcap-be-nano-raw": (1, False, 123456),
            "pcap-null": (1, False, 123456000),
            "pcap-sll": (1, True, 123456000), "pcap-sll2": (1, True, 123456000), "pcapng-le": (1, True, 123456000),
            "pcapng-be-spb": (2, True, None), "pcapng-tsresol": (1, True, 123456000),
            "pcapng-tsresol-2": (1, True, 500000000),
            "hex-xxd": (1, None, None), "hex-plain": (1, None, None), "hex-hexdump": (1, None, None),
            "hex-hexdump-c": (1, True, None), "hex-colon": (2, False, None),
        }
        seen = 0
        for path in glob.glob(CORPUS + "/*"):
            name = os.path.basename(path)
            if name not in expect:
                continue
            seen += 1
            with self.subTest(name), open(path, "rb") as file:
                frames = self.frames(file.read())
                n, ethernet, nsec = expect[name]
                self.assertEqual([frame["Frame"] for frame in frames], list(range(1, n + 1)))
                first = frames[0]
                self.assertEqual("HardwareAddress" in first, bool(ethernet))
                self.assertEqual(first["TimeNSec"], None if nsec is None else 1700000000 * 10**9 + nsec)
                for frame in frames:
                    self.assertIsNone(frame["Problem"])
                    self.assertEqual(frame["Message"]["Type"], "DHCPACK")
                    self.assertEqual((frame["Message"]["xid"], frame["Message"]["yiaddr"]), ("12345678", "192.0.2.7"))
                    self.assertEqual([o["Code"] for o in frame["Message"]["Options"]], [53, 54, 51])
                    self.assertEqual(frame["Message"]["OptionValues"],
                                     {"message-type": "DHCPACK", "server-identifier": "192.0.2.1", "lease-time": 3600})
                    if ethernet is not None:
                        self.assertEqual((frame["Source"], frame["SourcePort"], frame["Destination"],
                                          frame["DestinationPort"],
                                          frame["ChecksumGood"]), ("192.0.2.1", 67, "192.0.2.7", 68, True))
        self.assertEqual(seen, len(expect))
        with open(CORPUS + "/pcap-le-micro-ethernet", "rb") as file:
            self.assertEqual(self.frames(file.read())[1]["VLANs"], [5, 7])

    def test_text(self):
        result = run("decode", CORPUS + "/pcap-sll")
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        for line in (b"192.0.2.1:67 > 192.0.2.7:68, from 02:00:00:00:00:02", b"  DHCPACK", b"51 lease-time: 3600",
                     b"yiaddr=192.0.2.7"):
            self.assertIn(line, result.stdout)

    def test_hostile_options(self):
        """Nothing that a terminal obeys gets out, what is malformed says why, and the secret of option 90 stays one."""
        options = bytes([53, 1, 5]) + bytes([12, 8]) + b"a\x1b[2J\"\xff`" + bytes([3, 3, 1, 2,
                                                                                   3]) + bytes([101, 8]) + b"../../xx"
        options += bytes([90, 28, 3, 1, 0]) + bytes(8) + b"\x01SECRETSECRETSECR" + bytes([224, 2, 1, 2, 6, 4, 9, 9, 9,
                                                                                          9, 255, 0, 0])
        frame, = self.frames(message(options).hex().encode())
        raw, values = {o["Code"]: o["Data"] for o in frame["Message"]["Options"]}, frame["Message"]["OptionValues"]
        self.assertEqual(values["host-name"], "a?[2J\"?`")
        self.assertEqual((raw[224], values["224"]), ("0102", "0102"))
        self.assertEqual({o["Code"]: o["Reason"] for o in frame["Message"]["IgnoredOptions"]},
                         {3: "too short", 101: "a path, no time zone"})
        self.assertEqual((raw[3], "routers" in values), ("010203", False))
        self.assertEqual(frame["Message"]["Padding"], 2)
        self.assertNotIn(b"SECRET".hex(), json.dumps(frame))
        text = run("decode", "-", stdin=message(options).hex().encode()).stdout
        self.assertFalse([c for c in text if c < 32 and c != 10 or c > 126], text)
        self.assertNotIn(b"SECRET".hex().encode(), text)
        self.assertIn(b"option 101 is not used: a path, no time zone", text)

    def test_injection(self):
        """What shells, terminals and files would obey, in every option that is text: never raw in what we print."""
        strings = [b'"quote', b"`id`", b"$(id)", b"a\nb", b"a;b", b"() { :;}", b"\x1b[31m", b"\x1b]0;x\x07",
                   b"\xe2\x80\xae", b"a\rb", b"%n%s", b"\x9b2J"]
        texts = [row for row in json.loads(run("options", "--json").stdout)
                 if row["Type"] in ("text", "text or bytes", "bytes", "URI", "time zone name", "POSIX time zone",
                                    "user classes", "client FQDN",
                                    "client identifier", "vendor sub-options", "domain names")
                 and row["MaximumLength"] is None]
        self.assertGreater(len(texts), 30)
        for string in strings:
            options = bytes([53, 1, 5])
            for row in texts:
                data = bytes(3) + string if row["Type"] == "client FQDN" else string
                options += bytes([row["Code"], len(data)]) + data
            digits = message(options + b"\xff").hex().encode()
            text = run("decode", "-", stdin=digits).stdout
            self.assertFalse([c for c in text if c < 32 and c != 10 or c > 126], text)
            frame, = self.frames(digits)
            self.assertEqual({o["Code"] for o in frame["Message"]["Options"]}, {row["Code"] for row in texts} | {53})
            shown = frame["Message"]["OptionValues"]
            safe = "".join(chr(c) if 32 <= c < 127 else "?" for c in string)
            for row in texts:
                if row["Type"] == "text":
                    self.assertEqual(shown[row["Name"]], safe)
                if row["Type"] in ("URI", "domain names", "client FQDN", "time zone name"):
                    self.assertNotIn(row["Name"], shown, (string, row))

    def test_overload(self):
        data = bytearray(message(bytes([53, 1, 5, 52, 1, 3, 255])))
        data[44:108] = b"\x0c\x04name\xff".ljust(64, b"\0")
        data[108:236] = b"\x0f\x03dom\xff".ljust(128, b"\0")
        frame, = self.frames(bytes(data).hex().encode())
        self.assertEqual((frame["Message"]["sname"], frame["Message"]["file"]), (None, None))
        self.assertEqual(frame["Message"]["OptionValues"],
                         {"message-type": "DHCPACK", "overload": 3, "domain-name": "dom", "host-name": "name"})
        data[242] = 8
        data[245] = 2
        data[108:236] = b"boot\x1b\0junk".ljust(128, b"\0")
        frame, = self.frames(bytes(data).hex().encode())
        self.assertEqual((frame["Message"]["sname"], frame["Message"]["file"]), (None, "boot?"))

    def test_broken_frames(self):
        """A broken frame is reported, and the next one is read."""
        def record(data):
            return struct.pack("<IIII", 1, 0, len(data), len(data)) + data
        with open(CORPUS + "/pcap-be-nano-raw", "rb") as file:
            packet = file.read()[40:]
        capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
        bad_sum = packet[:26] + bytes([packet[26] ^ 1]) + packet[27:]
        bad_ip_sum = packet[:10] + bytes([packet[10] ^ 1]) + packet[11:]
        other = packet[:9] + b"\x06" + packet[10:]
        not_dhcp = packet[:26] + b"\0\0\x03" + packet[29:]
        no_ip_sum = packet[:10] + b"\0\0" + packet[12:]
        for data in (packet[:100], other, bad_sum, bad_ip_sum, not_dhcp, b"", packet, no_ip_sum):
            capture += record(data)
        frames = self.frames(capture)
        self.assertEqual([(f["Frame"], f["Problem"]) for f in frames], [
            (1, "a header or the datagram is cut off"), (3, None), (4, None),
            (5, "no DHCP message: magic cookie, op, hlen or message type are wrong"), (7, None), (8, None)])
        self.assertEqual([(f.get("HeaderChecksumGood"), f.get("ChecksumGood")) for f in frames],
                         [(None, None), (True, False), (False, True), (True, True), (True, True), (False, True)])
        # Wrong checksums hide nothing.
        for frame in frames:
            if not frame["Problem"]:
                self.assertEqual((frame["Message"]["Type"], frame["Message"]["yiaddr"]), ("DHCPACK", "192.0.2.7"))
        text = run("decode", "-", stdin=capture).stdout.decode()
        self.assertEqual([text.count(words)
                          for words in (", UDP checksum wrong or not made yet", ", IP checksum wrong",
                                        ", IP checksum not made yet")],
                         [1, 1, 1])

    def test_cut_off(self):
        """Wherever a frame ends behind the ports of its UDP header, this is reported.

        It is so for every kind of link, and also where the kind has to be guessed.
        """
        with open(CORPUS + "/pcap-be-nano-raw", "rb") as file:
            packet = file.read()[40:]
        ethernet = bytes(range(1, 7)) + bytes(range(1, 7)) + b"\x08\0"
        kinds = {1: ethernet, 101: b"", 12: b"", 14: b"", 228: b"", 0: b"\2\0\0\0", 108: b"\0\0\0\2",
                 113: b"\0\0\0\1\0\6" + bytes(8) + b"\x08\0", 276: b"\x08\0" + bytes(9) + b"\6" + bytes(8)}
        # The destination of this one looks like the beginning of an IP header, and its type like a source.
        odd = b"\x45\0\x01\x28\0\1" + bytes([0, 1, 64, 17, 0, 1]) + b"\x08\0"
        for n in (24, 27, 28, 100, len(packet) - 1):
            cut = packet[:n]
            for kind, head in kinds.items():
                with self.subTest(kind=kind, n=n):
                    data = head + cut
                    capture = struct.pack("<IHHiIIIIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, kind, 1, 0, len(data),
                                          len(head + packet)) + data
                    self.assertEqual([f["Problem"] for f in self.frames(capture)],
                                     ["a header or the datagram is cut off"])
            for head in (b"", ethernet, odd, ethernet[:12] + b"\x81\0\0\5\x08\0"):
                with self.subTest(head=head.hex(), n=n):
                    self.assertEqual([f["Problem"] for f in self.frames((head + cut).hex().encode())],
                                     ["a header or the datagram is cut off"])
        for head in (b"", ethernet, odd):
            self.assertEqual([f["Problem"] for f in self.frames((head + packet).hex().encode())], [None])

    def test_broken_files(self):
        for name in os.listdir(CORPUS):
            with open(os.path.join(CORPUS, name), "rb") as file:
                whole = file.read()
            for n in {0, 1, 3, 4, 10, 23, 24, 30, 50, len(whole) // 2, len(whole) - 1}:
                status, _, error = decode(whole[:n])
                self.assertIn(status, (0, 1), name)
                self.assertEqual(status == 1, bool(error), (name, n, error))
                self.assertLessEqual(error.count("\n"), 1)
        for data in (b"\xd4\xc3\xb2\xa1" + b"\xff" * 100, b"\n\r\r\n" + b"\xff" * 100, b"hello", b"\0" * 5000,
                     b"0" * 100001, b"zz\n",
                     b"00000010: 00\n", b"*\n", b"00 01\n*\n", b"", b"GET / HTTP/1.0\r\n\r\n"):
            status, frames, error = decode(data)
            self.assertEqual((status, frames), (1, []), data[:20])
            self.assertIn("Cannot decode standard input: ", error)

    def test_long_frames(self):
        """The longest frame that there is, and a longer one, all of which is in the file and which is refused."""
        for n, good in ((262144, True), (262145, False), (300000, False), (2**31, False)):
            data = bytes(min(n, 400000))
            pcap = struct.pack("<IHHiIIIIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1, 1, 0, n, n) + data
            block = data + bytes(-len(data) % 4)
            size = (n + 3) // 4 * 4 + 32
            pcapng = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + struct.pack("<IIHHII", 1, 20,
                                                                                                     1, 0, 0, 20)
            pcapng += struct.pack("<IIIIIII", 6, size, 0, 0, 0, n, n) + block + struct.pack("<I", size)
            for capture in (pcap, pcapng):
                status, frames, error = decode(capture)
                self.assertEqual((status, frames), (1, []))
                if capture is pcap or n > 262145:
                    self.assertIn("there is no DHCP message in it" if good else "longer than frames are", error)

    def test_exit_status(self):
        self.assertEqual(run("decode").returncode, 2)
        self.assertEqual(run("decode", "a", "b").returncode, 2)
        missing = run("decode", "/nonexistent/file")
        self.assertEqual((missing.returncode, missing.stderr.count(b"\n")), (1, 1))
        self.assertEqual(run("decode", "/").returncode, 1)

    def test_options(self):
        table = json.loads(run("options", "--json").stdout)
        self.assertEqual([row["Code"] for row in table], sorted({row["Code"] for row in table}))
        self.assertIn({"Code": 3, "Name": "routers", "Type": "address list", "MinimumLength": 4, "MaximumLength": None,
                       "MultipleOf": 4}, table)
        self.assertIn({"Code": 80, "Name": "rapid-commit", "Type": "flag", "MinimumLength": 0, "MaximumLength": 0,
                       "MultipleOf": 1}, table)
        lines = run("options", "--no-legend").stdout.decode().splitlines()
        self.assertEqual([line.split()[:2] for line in lines], [[str(row["Code"]), row["Name"]] for row in table])


if __name__ == "__main__":
    unittest.main()
