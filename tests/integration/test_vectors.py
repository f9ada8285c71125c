#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Material that this project did not write.
tcpdump's captures with what tcpdump says of them, and systemd's fuzz corpus, are fetched from Debian's sources into a
folder of this run; tshark judges what we send and what we decode. Needs no privileges; what cannot be fetched is
skipped with the reason.
"""
import collections
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

import dhlib

BUILD = os.environ["BUILD_DIR"]
LINKCTL = os.path.join(BUILD, "dhcpd-linkctl")
FETCH_SECONDS = 90
# Of captures that are only to be survived: a process each, which takes long to start with sanitizers.
EVERY = int(os.environ.get("VECTORS_EVERY", "1"))
WARN = 0x600000  # of Wireshark's severities: chat, note, warn, error
CHECKSUM_GOOD = "1"
TYPES = {1: "DHCPDISCOVER", 2: "DHCPOFFER", 3: "DHCPREQUEST", 4: "DHCPDECLINE", 5: "DHCPACK", 6: "DHCPNAK",
         7: "DHCPRELEASE", 8: "DHCPINFORM"}


# What users may configure of what is sent, as the daemon reads it
CONFIGURATIONS = (
    "Hostname=host.example\nSendFQDN=both\nVendorClassIdentifier=dhcpd-link test\nUserClass=one \"two words\"\n"
    "MUDURL=https://mud.example/x.json",
    "Hostname=host\nSendFQDN=none\nClientIdentifier=duid\nDUID=link-layer-time\nIAID=7",
    "Hostname=host.example\nSendFQDN=ptr\nClientIdentifier=duid\nDUID=link-layer\nRapidCommit=no",
    "SendHostname=no\nClientIdentifier=duid\nDUID=en:43793:0102030405060708\nForceRenew=yes",
    "Hostname=host\nSendOption=124:hex:0000000906056d6f64656c 125:hex:00000de9060104616263ff 51:uint32:600 93:uint16:7 "
    "224:string:x",
    "Hostname=host\nSendOption=43:hex:0104646174610201ff 97:hex:0000112233445566778899aabbccddeeff 94:hex:010310",
    "Anonymize=yes\nHostname=secret\nUserClass=secret",
)


def decode(path):
    """Returns exit status, {frame number: object}."""
    done = subprocess.run([LINKCTL, "decode", "--json", path], capture_output=True, timeout=300, check=False,
                          env=dhlib.without_leaks())
    if done.returncode not in (0, 1) or b"Sanitizer" in done.stderr:
        raise AssertionError(f"decode {path}: {done.returncode}\n{done.stderr.decode(errors='replace')}")
    return done.returncode, {frame["Frame"]: frame for frame in map(json.loads, done.stdout.splitlines())}


NAMES = {row["Code"]: row["Name"] for row in json.loads(subprocess.run([LINKCTL, "options", "--json"],
                                                                       capture_output=True,
                                                                      check=True).stdout)}

# Debian's sources


def source_lines():
    """Returns deb-src lines from what this machine gets its packages from."""
    lines = []
    for path in ["/etc/apt/sources.list", *glob.glob("/etc/apt/sources.list.d/*.list")]:
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                lines += ["deb-src" + line[3:].rstrip("\n") for line in file if re.match(r"deb\s", line)]
    for path in glob.glob("/etc/apt/sources.list.d/*.sources"):
        with open(path, encoding="utf-8") as file:
            for stanza in re.split(r"\n\s*\n", file.read()):
                fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", stanza, re.M))
                if "deb" not in fields.get("Types", "").split() or fields.get("Enabled", "yes").lower() == "no":
                    continue
                options = f"[signed-by={fields['Signed-By']}] " if fields.get("Signed-By", "").startswith("/") else ""
                lines += [f"deb-src {options}{uri} {suite} {fields['Components']}"
                          for uri in fields["URIs"].split() for suite in fields["Suites"].split()
                          if "Components" in fields]
    # Other people's repositories have none of what is wanted, and may not answer.
    return [line for line in lines if "debian" in line and re.search(r"\smain(\s|$)", line)]


class Sources:
    """Files out of source packages, fetched once a run."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="dhcpd-link-vectors.")
        self.problem = self.prepare()
        self.packages = {}

    def apt(self, *arguments):
        options = [f"-oDir::Etc::sourcelist={self.folder}/sources.list", "-oDir::Etc::sourceparts=/dev/null",
                   f"-oDir::State::lists={self.folder}/lists", f"-oDir::Cache={self.folder}/cache",
                   "-oAcquire::Retries=1",
                   "-oAcquire::http::Timeout=15", "-oAcquire::Languages=none", "-oAPT::Sandbox::User="]
        try:
            done = subprocess.run(["apt-get", "-qq", *options, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                                  capture_output=True,
                                  text=True, timeout=FETCH_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"no answer within {FETCH_SECONDS} s"
        return (
            done.stderr.strip().splitlines()[-1:] and done.stderr.strip().splitlines()[-1]
            if done.returncode != 0
            else None
        )

    def prepare(self):
        lines = source_lines()
        if not shutil.which("apt-get") or not lines:
            return "this machine has no Debian mirror"
        os.makedirs(os.path.join(self.folder, "lists/partial"))
        os.makedirs(os.path.join(self.folder, "cache/archives/partial"))
        with open(os.path.join(self.folder, "sources.list"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        problem = self.apt("update")
        return f"lists of Debian's sources: {problem}" if problem else None

    def take(self, package, pattern):
        """Takes files of the package whose path matches, by name, into a folder; or skips the test."""
        if self.problem:
            raise unittest.SkipTest(self.problem)
        if package not in self.packages:
            problem = self.apt("--tar-only", "--download-only", "source", package)
            found = glob.glob(f"{self.folder}/{package}_*.orig.tar.*[zo2]")
            if problem or not found:
                raise unittest.SkipTest(f"source of {package}: {problem or 'nothing came'}")
            folder = os.path.join(self.folder, package)
            os.mkdir(folder)
            with tarfile.open(found[0]) as tar:
                for member in tar:
                    if member.isfile() and re.search(pattern, member.name):
                        with open(os.path.join(folder, os.path.basename(member.name)), "wb") as file:
                            file.write(tar.extractfile(member).read())
            self.packages[package] = folder
        return self.packages[package]


# tshark


def pairs(items):
    """A JSON object whose keys repeat, as a dictionary of lists."""
    result = collections.defaultdict(list)
    for key, value in items:
        result[key].append(value)
    return result


def tshark(path):
    """Returns {frame number: layers}, of DHCP frames only."""
    done = subprocess.run(["tshark", "-r", path, "-Y", "dhcp", "-T", "json", "-o", "ip.check_checksum:TRUE", "-o",
                           "udp.check_checksum:TRUE"],
                          capture_output=True, timeout=300, check=False)
    frames = json.loads(done.stdout or b"[]", object_pairs_hook=pairs)
    return {int(f["_source"][0]["layers"][0]["frame"][0]["frame.number"][0]): f["_source"][0]["layers"][0]
            for f in frames}


def walk(value, key):
    """Yields every value of a key, wherever it is."""
    if isinstance(value, list):
        for item in value:
            yield from walk(item, key)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == key:
                yield from item
            yield from walk(item, key)


def tshark_options(dhcp):
    """Returns {code: bytes}, joined, in the order of first occurrence, without padding and end."""
    result = {}
    for code, tree in zip(dhcp["dhcp.option.type"], dhcp["dhcp.option.type_tree"]):
        if code in ("0", "255"):
            continue
        value = bytes.fromhex(tree.get("dhcp.option.value", [""])[0].replace(":", ""))
        result.setdefault(int(code), []).append(value)
    return result


class Oracle(unittest.TestCase):
    def setUp(self):
        if not shutil.which("tshark"):
            self.skipTest("tshark is not installed")

    def compare(self, ours, theirs):
        """Compares a message as we and tshark read it."""
        message, dhcp = ours["Message"], theirs["dhcp"][0]
        for mine, other in (("ciaddr", "client"), ("yiaddr", "your"), ("siaddr", "server"), ("giaddr", "relay")):
            self.assertEqual(message[mine], dhcp["dhcp.ip." + other][0])
        for mine, other in (("op", "type"), ("hlen", "hw.len"), ("hops", "hops"), ("secs", "secs")):
            self.assertEqual(message[mine], int(dhcp["dhcp." + other][0]), mine)
        self.assertEqual((int(message["xid"], 16), message["flags"]),
                         (int(dhcp["dhcp.id"][0], 16), int(dhcp["dhcp.flags"][0], 16)))
        if message["hlen"] == 6:
            self.assertEqual(message["chaddr"], dhcp["dhcp.hw.mac_addr"][0])
        options = tshark_options(dhcp)
        overrun = {o["Code"] for o in message["IgnoredOptions"] if "runs past" in o["Reason"]}
        self.assertEqual([o["Code"] for o in message["Options"]], [code for code in options if code not in overrun])
        for option in message["Options"]:
            pieces = options[option["Code"]]
            if option["Code"] != 90:
                self.assertIn(bytes.fromhex(option["Data"]), (b"".join(pieces), pieces[0]), option)

    def test_what_we_send(self):
        """Every type of message in every kind of configuration is free of complaints above a note.

        Checksums are good, and tshark reads it as we do.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "sent.pcap")
            folders = [os.path.join(folder, str(i)) for i in range(len(CONFIGURATIONS))]
            for name, text in zip(folders, CONFIGURATIONS):
                os.mkdir(name)
                with open(os.path.join(name, "dhcpd-link.conf"), "w", encoding="utf-8") as file:
                    file.write(f"[DHCPv4]\n{text}\n")
            done = subprocess.run([os.path.join(BUILD, "tests/integration/sent-frames"), path, *folders],
                                  capture_output=True, text=True, timeout=300,
                                  check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            counts = {name: int(n) for name, n in map(str.split, done.stdout.splitlines())}
            self.assertEqual(set(counts), {"DHCPDISCOVER", "DHCPREQUEST", "DHCPDECLINE", "DHCPRELEASE", "DHCPINFORM"})
            status, ours = decode(path)
            theirs = tshark(path)
        self.assertEqual((status, len(ours)), (0, sum(counts.values())))
        self.assertEqual(set(ours), set(theirs))
        seen = collections.Counter()
        for number, layers in theirs.items():
            with self.subTest(frame=number):
                self.assertEqual(list(walk(layers, "_ws.malformed")), [])
                complaints = [e for e in walk(layers, "_ws.expert") if int(e["_ws.expert.severity"][0]) >= WARN]
                self.assertEqual(complaints, [])
                self.assertEqual((layers["ip"][0]["ip.checksum.status"], layers["udp"][0]["udp.checksum.status"]),
                                 ([CHECKSUM_GOOD], [CHECKSUM_GOOD]))
                self.assertEqual((ours[number]["Problem"], ours[number]["ChecksumGood"],
                                  ours[number]["Message"]["IgnoredOptions"]),
                                 (None, True, []))
                kind = TYPES[int(next(walk(layers, "dhcp.option.dhcp")))]
                self.assertEqual(ours[number]["Message"]["Type"], kind)
                seen[kind] += 1
                self.compare(ours[number], layers)
                self.assertNotIn(b"secret".hex(), json.dumps(ours[number]))
        self.assertEqual(seen, counts)
        print(f"sent: {sum(counts.values())} frames, {counts}")

    def test_captures_of_others(self):
        """tcpdump's captures, every one that has DHCP in it."""
        folder = SOURCES.take("tcpdump", r"/tests/[^/]*\.(pcap|pcapng|out)$")
        compared = 0
        for path in sorted(glob.glob(folder + "/*dhcp-*.pcap") + glob.glob(folder + "/*bootp*.pcap")):
            ours, theirs = decode(path)[1], tshark(path)
            for number, frame in ours.items():
                with self.subTest(path=os.path.basename(path), frame=number):
                    if frame["Message"]:
                        self.compare(frame, theirs[number])
                        compared += 1
        self.assertGreaterEqual(compared, 14)
        print(f"captures of others: {compared} messages compared")


# tcpdump


ADDRESSES = {"Client-IP": "ciaddr", "Your-IP": "yiaddr", "Server-IP": "siaddr", "Gateway-IP": "giaddr"}
MESSAGES = {"Discover": 1, "Offer": 2, "Request": 3, "Decline": 4, "ACK": 5, "NACK": 6, "Release": 7, "Inform": 8}


def tcpdump_frames(text):
    """Returns [(number, text of a frame)] of the BOOTP frames."""
    frames = re.findall(r"^ +(\d+)  (\d\d:.*(?:\n(?! +\d+  \d\d:).*)*)", text, re.M)
    return [(int(number), body) for number, body in frames if "BOOTP/DHCP" in body]


class Tcpdump(unittest.TestCase):
    def setUp(self):
        self.folder = SOURCES.take("tcpdump", r"/tests/[^/]*\.(pcap|pcapng|out)$")

    def check_option(self, option, shown, code, length, value):
        """Compares an option. @option, @shown: the bytes, and its value as we show it, or None.

        @value: what tcpdump prints; False if it prints the option in a form of its own that is not known here.
        """
        self.assertEqual(len(option["Data"]), 2 * length)
        if code == 53:
            self.assertEqual(shown, TYPES[MESSAGES[value]])
        elif code == 55:
            # Names of its own with numbers behind
            self.assertEqual(list(bytes.fromhex(option["Data"])), [int(n) for n in re.findall(r"\((\d+)\)", value)])
        elif code == 61 and value.startswith("ether "):
            self.assertEqual(shown, {"Type": 1, "HardwareAddress": value[len("ether "):]})
        elif code == 77:
            self.assertEqual([bytes.fromhex(one).decode() for one in shown],
                             re.findall(r'instance#\d+: "([^"]*)"', value))
        elif value.startswith('"'):
            self.assertEqual(f'"{shown}"', value)
        elif isinstance(shown, list) and re.fullmatch(r"[0-9.,]+", value):
            self.assertEqual([str(item) for item in shown], value.split(","))
        elif shown is not None and re.fullmatch(r"[0-9.]+", value):
            self.assertEqual(str(shown), value)
        else:
            return False
        return True

    def check_frame(self, frame, body):
        message = frame["Message"]
        self.assertEqual(int(re.search(r"xid (0x[0-9a-f]+)", body)[1], 16), int(message["xid"], 16))
        self.assertEqual(int((re.search(r"hops (\d+)", body) or [0, 0])[1]), message["hops"])
        self.assertEqual("Broadcast" in body.split("\n")[1], message["Broadcast"])
        self.assertEqual(int(re.search(r"BOOTP/DHCP,.*? length (\d+)", body)[1]), message["Length"])
        self.assertEqual(f"{frame['Source']}.{frame['SourcePort']} > {frame['Destination']}.{frame['DestinationPort']}",
                         re.search(r"(\S+ > [^:]+):", body.split("\n")[1])[1])
        for name, key in ADDRESSES.items():
            found = re.search(rf"^\s+{name} (\S+)", body, re.M)
            self.assertEqual(found[1] if found else "0.0.0.0", message[key])
        self.assertEqual(re.search(r"Client-Ethernet-Address (\S+)", body)[1], message["chaddr"])
        found = re.findall(r"^\t    [\w-]+ \((\d+)\), length (\d+): ?(.*(?:\n\t      .*)*)", body, re.M)
        options = [(int(code), int(length), " ".join(value.split())) for code, length, value in found if code
                   not in ("0", "255")]
        self.assertEqual([o["Code"] for o in message["Options"]], [code for code, _, _ in options])
        shown = [message["OptionValues"].get(NAMES.get(code, str(code))) for code, _, _ in options]
        return sum(self.check_option(option, value, *expected) for option, value,
                   expected in zip(message["Options"], shown, options))

    def test_field_by_field(self):
        frames = values = 0
        for path in sorted(glob.glob(self.folder + "/dhcp-*.pcap")):
            outputs = [out for out in glob.glob(path[:-len(".pcap")] + "*.out")]
            self.assertTrue(outputs, path)
            ours = decode(path)[1]
            for output in outputs:
                with open(output, encoding="utf-8") as file:
                    dissected = tcpdump_frames(file.read())
                self.assertEqual([number for number, _ in dissected], list(ours))
                for number, body in dissected:
                    with self.subTest(output=os.path.basename(output), frame=number):
                        # Lease queries (RFC 4388) are for relay agents and servers; two frames have another cookie.
                        if "DHCP-Message (53), length 1: Lease" in body or "Vendor-rfc1048 Extensions" not in body:
                            self.assertEqual(ours[number]["Message"], None)
                            continue
                        values += self.check_frame(ours[number], body)
                        frames += 1
        self.assertGreaterEqual(frames, 14)
        self.assertGreaterEqual(values, 80)
        print(f"tcpdump: {frames} frames, {values} option values")

    def test_hostile_captures(self):
        """Every capture that ever broke tcpdump, and all the others it has."""
        paths = glob.glob(self.folder + "/*.pcap*")
        self.assertGreater(len(paths), 400)
        paths = sorted(paths)[::EVERY]
        for path in paths:
            decode(path)
        print(f"tcpdump: {len(paths)} captures survived")


class Systemd(unittest.TestCase):
    def test_fuzz_corpus(self):
        folder = SOURCES.take("systemd", r"/test/fuzz/fuzz-dhcp-(client|server)/")
        inputs = os.listdir(folder)
        self.assertGreater(len(inputs), 1)
        for name in inputs:
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            done = subprocess.run([LINKCTL, "decode", "-"], input=data.hex().encode(), capture_output=True, timeout=300,
                                  check=False)
            self.assertIn(done.returncode, (0, 1), (name, done.stderr))
        # Cut off everywhere and mutated, by the targets that look at everything in a message and at what the client
        # does with it.
        for target in ("message", "client"):
            done = subprocess.run([os.path.join(BUILD, f"tests/fuzz/fuzz-{target}"), folder, "5000"],
                                  capture_output=True, text=True,
                                  timeout=300, check=False, cwd=SOURCES.folder)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        print(f"systemd: {len(inputs)} inputs survived")


if __name__ == "__main__":
    SOURCES = Sources()
    try:
        result = unittest.main(verbosity=2, exit=False).result
    finally:
        shutil.rmtree(SOURCES.folder, ignore_errors=True)
    # 77 tells meson that there was nothing to judge with.
    sys.exit(1 if not result.wasSuccessful() else 77 if len(result.skipped) == result.testsRun else 0)
