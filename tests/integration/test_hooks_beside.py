#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What hooks of contract dhclient are given, beside what ISC's own dhclient gives its script; the same for udhcpc.
The server and the options are the same, and the environments are compared variable by variable. Options are generated
from a fixed seed, well-formed ones and any bytes. is_meant() knows what may differ, and plugin/hooks/README.md lists
it; any other difference fails.

    SEED=7 tests/integration/test_hooks_beside.py        # other options
"""
import ipaddress
import os
import random
import re
import struct
import subprocess
import time

import dhlib
import dhservers
import otherclients
import test_hooks
from dhlib import BUILD, Daemon, NetTest, wait_until

SEED = int(os.environ.get("SEED", "1"))
METRIC = "1027"
MACS = {"eth0": "02:00:00:00:00:01", "eth1": "02:00:00:00:00:02"}
ADDRESSES = {"eth0": "10.77.0.100", "eth1": "10.77.0.101"}
CONFIG = """[Link]
Apply=no
CarrierLossGraceSec=0s
[DHCPv4]
ConflictDetection=no
SendRelease=no
RequestOptions=subnet-mask routers domain-name-servers host-name domain-name domain-search ntp-servers captive-portal
"""
MARK = 254  # the option that says which round of options it is
BUDGET = 1100  # bytes of options in an answer; its size is at most 1500

# What is in an option, by RFC: options of each kind. Ours and ISC's tables are held against this third one.
KINDS = {
    "address": (16, 28, 32, 118),
    "addresses": (4, 5, 7, 8, 9, 10, 11, 41, 42, 44, 45, 48, 49, 65, *range(68, 77), 85, 89, 92, 112, 136, 138, 142,
                  150),
    "pairs": (21, 33),
    "flag": (19, 20, 27, 29, 30, 31, 34, 36, 39, 116),
    "u8": (23, 37, 46),
    "u16": (13, 22, 26),
    "u16 list": (25, 93, 117),
    "u32": (2, 24, 35, 38, 91, 108, 211),
    "name": (12, 40, 47),
    "names": (15,),
    "path": (17,),
    "text": (14, 18, 56, 62, 64, 66, 67, 77, 86, 87, 98, 113, 160, 209, 210, 252),
    "bytes": (43, 60, 63, 84, 96, 224, 225, 226, 227, 253),
    "domains": (88, 119, 137, 141, 213),
    "routes": (121, 249),
    "enterprises": (124, 125),
    "URI": (114, 161),
}
FIXED = {
    78: bytes.fromhex("010a4d000a0a4d000b"),  # SLP, RFC 2610
    79: b"\1A,B",
    81: b"\0\0\0foo",
    94: b"\1\2\3",
    97: b"\0" + bytes(range(16)),
    99: b"\0DE\1\3abc",
    100: b"CET-1CEST,M3.5.0,M10.5.0/3",
    101: b"Europe/Berlin",
    120: b"\1\x0a\x4d\0\1",
    146: bytes.fromhex("020a4d00010a4d0002") + b"\7example\0",
    159: bytes.fromhex("04061234"),
    212: bytes([24, 32]) + bytes.fromhex("20010db8") + bytes(12) + bytes([10, 77, 0, 1]),
}
# Not of the server's choice, or what decides how the client goes on.
STRUCTURAL = {1, 3, 6, 50, 51, 52, 53, 54, 55, 57, 58, 59, 61, 80, 82, 90, 108, 116, 145, MARK}

# Which client it is.
OWN = re.compile(r"interface|pid|(new|old)_(ip_address|expiry)")
# Options taken apart, which hooks of ours have as a whole: 63, 81, 124, 125.
TAKEN_APART = re.compile(r"(new|old)_(nwip_(?!suboptions)\w+|fqdn_\w+|vendor_(class_)?unknown_\d+|vendor_isc\w*)")
# Why we leave out what dhclient passes on, cut to what fits or as <error>: the daemon does not use it either.
MALFORMED = re.compile(
    r"empty|(it is )?too (short|long)|length is no multiple of [248]|neither 0 nor 1|a NUL within the text"
    r"|a domain name is malformed|the name (is malformed|has a byte no host name has)|no URI of https"
    r"|a character that no time zone has|no \w+ of a time zone|neither names nor addresses"
    r"|what an enterprise says is cut off|a resolver is malformed|a route is cut off"
    r"|a prefix length is greater than 32|the lengths do not go together|a shell could take it for a function")


def is_meant(name, theirs, ours, why):
    """Returns true if the values of a variable may differ so.

    None: there is no such variable. why: the reason why we leave it out, or None.
    """
    if OWN.fullmatch(name):
        return True
    if name == "old_next_server" and theirs is None:
        return True  # "dhclient -r" and "-x" read a file that lacks it
    name = re.sub("^(new|old)_", "", name)
    if theirs is None:
        return False
    if ours is None:
        if TAKEN_APART.fullmatch(f"new_{name}") or MALFORMED.fullmatch(why or ""):
            return True
        # What cannot be printed is a backslash and digits there, and a path may have those.
        return name == "root_path" and why == "a path has no such character" and bool(re.search(r"\\[0-7]{3}", theirs))
    if name == "broadcast_address":
        return bool(MALFORMED.fullmatch(why or ""))  # then it is computed, as if the server had sent none
    if name == "pxe_client_id":
        return True  # a number in front there
    if name == "rdnss_selection":
        return theirs.split() == ours.split()  # two blanks there
    if name in ("v4_lost", "v4_access_domain"):
        return theirs == ours.split()[0]  # the first name alone there
    return False


def masked(routes):
    """Routes of udhcpc without host bits."""
    words = routes.split()
    return " ".join(str(ipaddress.ip_network(word, strict=False)) if "/" in word else word for word in words)


class Generator:
    """Options of a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def some(self, alphabet, least, most):
        return bytes(self.random.choice(alphabet) for _ in range(self.random.randint(least, most)))

    def address(self):
        return bytes([10, *self.random.randbytes(3)])

    def label(self):
        inner = self.some(b"abcXYZ019-_", 0, 4)
        return self.some(b"abcXYZ019", 1, 1) + (inner + self.some(b"xyz789", 1, 1) if inner else b"")

    def name(self):
        return b".".join(self.label() for _ in range(self.random.randint(1, 3)))

    def domain(self):
        return b"".join(bytes([len(label)]) + label for label in self.name().split(b".")) + b"\0"

    def route(self):
        length = self.random.randrange(33)
        return bytes([length]) + self.address()[:(length + 7) // 8] + self.address()

    def several(self, function):
        return b"".join(function() for _ in range(self.random.randint(1, 3)))

    def enterprise(self):
        data = self.some(range(256), 0, 3)
        return struct.pack("!IB", 4711 + self.random.randrange(1000), len(data)) + data

    def value(self, kind):
        """Returns a well-formed value."""
        return {
            "address": self.address,
            "addresses": lambda: self.several(self.address),
            "pairs": lambda: self.several(lambda: self.address() + self.address()),
            "flag": lambda: self.some(b"\0\1", 1, 1),
            "u8": lambda: self.some(range(256), 1, 1),
            "u16": lambda: self.some(range(256), 2, 2),
            "u16 list": lambda: self.several(lambda: self.some(range(256), 2, 2)),
            "u32": lambda: self.some(range(256), 4, 4),
            "name": self.name,
            "names": lambda: b" ".join(self.name() for _ in range(self.random.randint(1, 3))),
            "path": lambda: self.some(b"abcXYZ019#%+_:.,@~\\/[]=- ", 1, 12),
            # All that shells have a use for, line ends, and what is not of ASCII.
            "text": lambda: b"a" + self.some(b"abc \"'$`\\|&;<>(){}[]*?~!#%^=+-_\n\t\r\x1b\x7f\xc3\xa4\xff", 0, 14),
            "bytes": lambda: self.some(b" ab$\"'`" if self.random.random() < 0.5 else range(256), 1, 9),
            "domains": lambda: self.several(self.domain),
            "routes": lambda: self.several(self.route),
            "enterprises": lambda: self.several(self.enterprise),
            "URI": lambda: b"https://portal.example/?a=1&b=" + self.some(b"abc()'*", 0, 5),
        }[kind]()

    def well_formed(self):
        options = {code: self.value(kind) for kind, codes in KINDS.items() for code in codes}
        return {**options, **FIXED}

    def any_bytes(self):
        """Returns content for every option: well-formed for some type, text, few different bytes, or an injection."""
        kinds = (
            lambda: self.random.randbytes(self.random.choice((1, 2, 3, 4, 4, 5, 6, 8, 8, 9, 12, 13))),
            lambda: self.some(range(32, 127), 1, 12),
            lambda: self.some(b"\0\1\2\3\4 ab.-", 1, 12),
            lambda: self.random.choice((b"() { :;}; id", b"$(id)", b"`id`", b"; id", b"-x", b"a\nb", b"\"; id; \"",
                                        b"a b | id", b"() x", b"a\0b", b"\0")),
        )
        return {code: self.random.choice(kinds)() for code in range(1, 255) if code not in STRUCTURAL}

    def rounds(self, budget=BUDGET):
        """Returns [(are they well-formed, options)]. Each item fits into one answer."""
        found = []
        for well_formed in (True, False):
            options = self.well_formed() if well_formed else self.any_bytes()
            found.append((well_formed, {}))
            left = budget
            for code in self.random.sample(sorted(options), len(options)):
                left -= 2 + len(options[code])
                if left < 0:
                    found.append((well_formed, {}))
                    left = budget - 2 - len(options[code])
                found[-1][1][code] = options[code]
        return found


class Dumps:
    """A script that notes its environment each time it is called."""
    # The first process of a script has the environment as its parent made it, whatever the shell does with its own.
    SCRIPT = """#!/bin/sh
cat /proc/$$/environ >{folder}/.new && mv {folder}/.new {folder}/$(printf %04d $(ls {folder} | wc -l)).${{reason:-$1}}
"""

    def __init__(self, net, name):
        self.net = net
        self.path, self.folder = net.path(name), net.path(f"{name}.dumps")
        os.mkdir(self.folder)
        with open(self.path, "w", encoding="ascii") as f:
            f.write(self.SCRIPT.format(folder=self.folder))
        os.chmod(self.path, 0o755)

    def all(self):
        """Returns [{name: value}], in order."""
        found = []
        for name in sorted(os.listdir(self.folder)):
            if not name.startswith("."):
                with open(os.path.join(self.folder, name), encoding="latin-1") as f:
                    found.append(dict(line.split("=", 1) for line in f.read().split("\0") if line))
        return found

    def wait(self, **wanted):
        """Returns the last call that had these variables."""
        def found():
            return [d for d in self.all() if all(d.get(name) == value for name, value in wanted.items())]
        return wait_until(found, f"a call with {wanted}")[-1]


class Dhclient:
    """ISC's own, in the foreground, with a configuration and files of its own."""

    CONF = """timeout 5; retry 2; initial-interval 1; send dhcp-max-message-size 1500;
option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
request {request};
"""

    def __init__(self, net, packages, link):
        self.net, self.link = net, link
        self.dumps = Dumps(net, "theirs")
        self.program = os.path.join(packages.root, "usr/sbin/dhclient")
        self.process = None

    def configure(self, request):
        with open(self.net.path("dhclient.conf"), "w", encoding="ascii") as f:
            f.write(self.CONF.format(request=", ".join(request)))

    def start(self, *arguments):
        self.process = self.net.spawn(
            self.net.client, self.program, "-4", "-d", *arguments, "-sf", self.dumps.path,
            "-cf", self.net.path("dhclient.conf"), "-lf", self.net.path("dhclient.leases"),
            "-pf", self.net.path("dhclient.pid"), "-e", f"IF_METRIC={METRIC}", self.link, log="dhclient.log")


class Beside(NetTest):
    packages = None

    @classmethod
    def setUpClass(cls):
        cls.packages = otherclients.Packages("isc-dhcp-client")
        cls.addClassCleanup(cls.packages.close)
        if cls.packages.problem:
            dhlib.skip(cls.packages.problem)

    def setUp(self):
        super().setUp()
        for name, mac in MACS.items():
            self.net.add_link(name, mac=mac)
        self.net.sysctl("net/ipv4/conf/all/arp_ignore", 1)  # each link for its own address
        self.server = dhservers.Isc(self.net)
        self.dhclient = Dhclient(self.net, self.packages, "eth0") if self.packages else None
        self.daemon = None

    def serve(self, options, lease=60, t1=2, t2=40, **offer):
        if self.server.process:
            self.server.stop()
        # It gives all that this list of its own names, whatever clients ask for.
        every = bytes(sorted({1, 3, 6, 51, 58, 59, *options}))
        self.server.start(dhservers.Offer(
            first="10.77.0.150", lease=lease, t1=t1, t2=t2, options={**options, 55: every}, **offer,
            hosts={mac: ADDRESSES[name] for name, mac in MACS.items()}))

    def environment(self, contract="dhclient"):
        """Returns (variables of our hook for the lease, {what is left out: why}). Both are empty if there is no lease.

        """
        done = subprocess.run([os.path.join(BUILD, "dhcpd-linkctl"), f"--socket={self.daemon.private}",
                               "hook-environment", "eth1", f"--contract={contract}"], capture_output=True, check=False)
        left_out = re.findall(r"Left out: (\w+): (.*)", done.stderr.decode("ascii"))
        return dict(line.split("=", 1) for line in done.stdout.decode("latin-1").splitlines()), dict(left_out)

    def wait_environment(self, **wanted):
        def found():
            variables, left_out = self.environment()
            return all(variables.get(name) == value for name, value in wanted.items()) and (variables, left_out)
        return wait_until(found, f"a lease of ours with {wanted}")

    @staticmethod
    def unlisted(theirs, ours, left_out, meant=is_meant):
        """Returns differences that are not meant to be."""
        return [f"{name}: theirs {theirs.get(name)!r}, ours {ours.get(name)!r} ({left_out.get(name)})"
                for name in sorted({*theirs, *ours}) if theirs.get(name) != ours.get(name)
                and not meant(name, theirs.get(name), ours.get(name), left_out.get(name))]

    def begin_ours(self):
        self.daemon = Daemon(self.net, "eth1", config={"dhcpd-link.conf": CONFIG})
        self.daemon.wait_log("Bound to")

    def begin_theirs(self):
        """Starts the other client, which asks for what we ask for."""
        requested = [name for name in self.environment()[0] if name.startswith("requested_")]
        self.dhclient.configure([name.removeprefix("requested_").replace("_", "-") for name in requested])
        self.dhclient.start()
        self.dhclient.dumps.wait(reason="BOUND")
        self.net.ip("addr", "add", ADDRESSES["eth0"] + "/24", "dev", "eth0")  # it renews from there


class Options(Beside):
    """Names and values of options, as they are in the environment of a hook."""

    def test_options(self):
        for n, (well_formed, options) in enumerate(Generator(SEED).rounds()):
            mark = f"round {n}"
            self.serve({**options, MARK: mark.encode()})
            if n == 0:
                self.begin_ours()
                self.begin_theirs()
            else:
                # Anew, because we keep what the answer to a renewal leaves out.
                self.daemon.ctl("release", "eth1")
                self.daemon.ctl("renew", "eth1")
            ours, left_out = self.wait_environment(**{f"new_unknown_{MARK}": mark})
            theirs = self.dhclient.dumps.wait(**{f"new_unknown_{MARK}": mark})
            theirs = {name: value for name, value in theirs.items() if not name.startswith("old_")}
            with self.subTest(round=n):
                self.assertEqual(self.unlisted({**theirs, "reason": "BOUND"}, ours, left_out), [])
                self.assertEqual(theirs["new_ip_address"], ADDRESSES["eth0"])
                self.assertEqual(ours["new_ip_address"], ADDRESSES["eth1"])
                if well_formed:
                    self.assertEqual(left_out, {})


class Udhcpc(Beside):
    """The same of BusyBox's udhcpc and the contract of that name."""

    @classmethod
    def setUpClass(cls):
        pass  # it is installed

    @staticmethod
    def is_meant(name, theirs, ours, why):
        if name in ("interface", "ip", "$1", "PATH"):
            return True
        if theirs is None or name in ("vlanid", "vlanpriority"):
            return name in ("vlanid", "vlanpriority", "opt132", "opt133")  # nobody but BusyBox calls 132 and 133 so
        if ours is None:
            # Names that are none are "bad" there, bytes that cannot be printed are passed on.
            return bool(MALFORMED.fullmatch(why or "")) or why in ("it is no name of a host or domain",
                                                                    "it cannot be printed")
        if name == "timezone":
            return int(theirs) == int(ours) % 2 ** 32  # it has no sign there
        if name == "domain":
            return "bad".startswith(theirs) and " " in ours  # one name there; "bad" is cut to the length of the option
        if name == "ip6rd":
            return theirs.split()[2] == ipaddress.ip_address(ours.split()[2]).exploded  # in its long form there
        if name in ("staticroutes", "msstaticroutes"):
            return masked(theirs) == ours  # with host bits there
        return False

    def test_options(self):
        dumps = Dumps(self.net, "theirs")
        # It asks for answers of 576 bytes.
        rounds = Generator(SEED).rounds(230)
        most = sum(well_formed for well_formed, _ in rounds) + 4
        for n, (_, options) in enumerate(rounds[:most]):
            mark = f"round {n}"
            self.serve({**options, MARK: mark.encode()})
            if n == 0:
                self.begin_ours()
            else:
                self.daemon.ctl("release", "eth1")
                self.daemon.ctl("renew", "eth1")
            process = self.net.spawn(self.net.client, "env", "-i", "busybox", "udhcpc", "-f", "-q", "-n", "-i", "eth0",
                                     "-s", dumps.path, log="udhcpc.log")
            self.assertEqual(process.wait(60), 0)
            self.wait_environment(**{f"new_unknown_{MARK}": mark})
            ours, left_out = self.environment("udhcpc")
            theirs = dumps.all()[-1]
            with self.subTest(round=n):
                self.assertEqual(theirs[f"opt{MARK}"], mark.encode().hex())
                self.assertEqual(ours["$1"], "bound")
                self.assertEqual(self.unlisted(theirs, ours, left_out, self.is_meant), [])


class Reasons(Beside):
    """What hooks are told by the runner, reason by reason."""
    # Of each type one, with values that change, in answers that leave nothing out.
    CODES = (2, 12, 15, 17, 26, 28, 33, 42, 43, 66, 67, 119, 121, 224)

    def setUp(self):
        super().setUp()
        self.dumps = Dumps(self.net, "ours")
        self.generator = Generator(SEED)
        self.since = 0

    def give(self, mark, **offer):
        """Lets the server give other values from now on."""
        self.since = time.time()
        options = self.generator.well_formed()
        self.serve({**{code: options[code] for code in self.CODES}, MARK: mark.encode()}, **offer)

    def compare(self, theirs, ours):
        self.assertEqual(self.unlisted(theirs, ours, {}), [])
        for variables in theirs, ours:
            if "new_expiry" in variables:
                begin = int(variables["new_expiry"]) - int(variables["new_dhcp_lease_time"])
                self.assertLessEqual(self.since - 1, begin)
                self.assertLessEqual(begin, time.time() + 1)

    def both(self, reason, ours=None, **marks):
        """Waits until both have told the reason, or ours another one, of leases with these marks, and compares."""
        wanted = {f"{prefix}_unknown_{MARK}": mark for prefix, mark in marks.items()}
        theirs = self.dhclient.dumps.wait(reason=reason, **wanted)
        self.compare({**theirs, "reason": ours or reason}, self.dumps.wait(reason=ours or reason, **wanted))

    def begin(self):
        self.begin_ours()
        hooks = test_hooks.Hooks(self.net, self.daemon, "[Hook dump]\nContract=dhclient\nTrusted=yes\n")
        hooks.put("dump", Dumps.SCRIPT.format(folder=self.dumps.folder))
        hooks.start()
        self.begin_theirs()

    def rebind(self):
        """The server has another address, so nobody answers at the old one."""
        self.net.ip("addr", "add", ADDRESSES["eth1"] + "/24", "dev", "eth1")  # we renew by unicast now, too
        self.server.stop()
        self.net.ip_server("addr", "del", "10.77.0.1/24", "dev", "br0")
        self.net.ip_server("addr", "add", "10.77.0.2/24", "dev", "br0")
        self.give("third", t2=5, address="10.77.0.2")
        self.both("RENEW", ours="REBIND", old="second", new="third")

    def reboot(self):
        """A new process there, a carrier that comes back here."""
        dhlib.end(self.dhclient.process)
        self.net.ip_server("link", "set", "s-eth1", "down")
        self.dumps.wait(reason="EXPIRE")
        self.net.ip_server("link", "set", "s-eth1", "up")
        self.dhclient.start()
        self.both("REBOOT", new="third")

    def release(self):
        self.dhclient.start("-r")
        self.daemon.ctl("release", "eth1")
        self.both("RELEASE", old="third")
        os.unlink(self.net.path("dhclient.leases"))  # with it, it would take what it gave back for its old lease
        self.give("fourth", lease=10, t2=8, address="10.77.0.2")
        self.dhclient.start()
        self.daemon.ctl("renew", "eth1")
        self.both("BOUND", new="fourth")

    def test_reasons(self):
        self.give("first", t2=50)
        self.begin()
        self.both("BOUND", new="first")
        self.give("second", t2=5)
        self.both("RENEW", old="first", new="second")
        self.rebind()
        self.reboot()
        self.release()
        self.server.stop()
        self.both("EXPIRE", old="fourth")
        self.both("PREINIT")
        self.both("FAIL")
        self.give("fifth", t1=30, address="10.77.0.2")
        self.both("BOUND", new="fifth")
        self.dhclient.start("-x")
        self.daemon.ctl("down", "eth1")
        self.both("STOP", ours="RELEASE", old="fifth")


if __name__ == "__main__":
    dhlib.require("ip", "dhcpd")
    dhlib.main()
