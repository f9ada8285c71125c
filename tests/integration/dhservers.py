# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Real DHCP servers, all with one interface: dnsmasq, ISC dhcpd, Kea, busybox udhcpd, FreeRADIUS.
A test says what a server shall give (Offer) and reads what the server itself recorded (Lease), whichever server it is.

Each runs in the server's namespace of a dhlib.Net, with its files in the Net's folder. Two of them come with an
AppArmor profile that forbids that, and profiles go by path: those two are run from a copy.
"""
import dataclasses
import ipaddress
import json
import os
import re
import shutil
import struct
import subprocess
import signal
import time

import dhlib
from dhlib import wait_until


@dataclasses.dataclass
class Offer:
    """What a server gives. Seconds, and addresses as text."""
    first: str = "10.77.0.100"
    last: str = "10.77.0.199"
    prefix_len: int = 24
    address: str = "10.77.0.1"  # the server's own, and the default of what follows
    router: str = ""
    dns: str = ""
    lease: int = 600
    t1: int = 300
    t2: int = 525
    rapid_commit: bool = False
    options: dict = dataclasses.field(default_factory=dict)  # code -> bytes, for who asks for them
    # reservations: client identifier (bytes) or hardware address (text) -> address
    hosts: dict = dataclasses.field(default_factory=dict)
    # (option of the client, its text) -> options for who sends just that; of option 77 the text is the first class.
    classes: dict = dataclasses.field(default_factory=dict)
    # option 116 in an OFFER of no address at all (RFC 2563); FreeRADIUS alone can be told to
    auto_configure: int = None

    def __post_init__(self):
        self.router = self.router or self.address
        self.dns = self.dns or self.address

    @property
    def network(self):
        """Returns the network of the addresses that it gives.

        With a relay this is not the network of the server itself.
        """
        return ipaddress.ip_network(f"{self.first}/{self.prefix_len}", strict=False)

    @property
    def own_network(self):
        return ipaddress.ip_network(f"{self.address}/{self.prefix_len}", strict=False)


@dataclasses.dataclass
class Lease:
    """One record of a server's own list. state: active, declined or free; what a server does not record is None."""
    address: str
    state: str
    mac: str = None
    client_id: str = None
    hostname: str = None
    expires: float = None  # seconds since 1970


class DhcpServer:
    """A server that can be stopped and started again, with other offers, over the same list of leases."""
    name = programs = None
    impossible = {}  # transition -> why this server cannot do it

    def __init__(self, net):
        self.net = net
        self.process = None
        self.offer = None
        self.log = f"{self.name}.log"
        self.leases_path = net.path(f"{self.name}.leases")

    @classmethod
    def available(cls):
        return all(shutil.which(program) for program in cls.programs)

    def start(self, offer):
        """Starts it, and waits until it listens."""
        assert not self.process
        self.offer = offer
        mark = len(self.net.read(self.log))
        self.process = self.launch(offer)
        wait_until(lambda: re.search(self.ready, self.net.read(self.log)[mark:]), f"{self.name} listens",
                   2 * dhlib.PATIENCE)
        time.sleep(0.1)

    def stop(self):
        dhlib.end(self.process)
        self.process = None

    def restart(self, offer):
        self.stop()
        self.start(offer)

    def forget(self):
        """Deletes the list of leases of a server that is stopped."""
        for name in os.listdir(self.net.folder):
            if name.startswith(os.path.basename(self.leases_path)):
                os.unlink(self.net.path(name))

    def logged(self):
        return self.net.read(self.log)

    def config(self, text):
        path = self.net.path(f"{self.name}.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def copy_of(self, program):
        """The program under another path, where no AppArmor profile waits for it."""
        path = self.net.path(f"run-{program}")
        if not os.path.exists(path):
            shutil.copy(shutil.which(program), path)
        return path

    def lease(self, address):
        """What the server has recorded of the address last, or None."""
        found = [lease for lease in self.leases() if lease.address == address]
        return found[-1] if found else None

    def saw(self, message, address):
        """A pattern of the log line for a message of the client about the address."""
        return rf"DHCP{message}.*{re.escape(address)}\b"

    def wait_saw(self, message, address, n=1):
        wait_until(lambda: len(re.findall(self.saw(message, address), self.logged())) >= n,
                   f"{self.name} logs {message} of {address}")

    def wait_lease(self, address, state):
        def found():
            lease = self.lease(address)
            return (lease.state if lease else "free") == state and (lease or True)
        return wait_until(found, f"{self.name} has {address} as {state}")


class Dnsmasq(DhcpServer):
    name = "dnsmasq"
    programs = ("dnsmasq",)
    ready = "DHCP, IP range"
    impossible = {"expiry and return": "its leases last two minutes at least"}

    @staticmethod
    def _option(code, data, tag=""):
        # Names it takes as they are, and nothing else: it knows what type these have.
        return f"--dhcp-option={tag}{code},{data.decode() if code in (12, 15, 66, 67) else data.hex(':')}"

    def _hosts_and_classes(self, o):
        for key, address in o.hosts.items():
            yield f"--dhcp-host={key if isinstance(key, str) else 'id:' + key.hex(':')},{address}"
        for n, ((code, text), options) in enumerate(o.classes.items()):
            yield {60: f"--dhcp-vendorclass=set:c{n},{text}", 77: f"--dhcp-userclass=set:c{n},{text}"}.get(
                code, f"--dhcp-match=set:c{n},{code},{text}")
            for option, data in options.items():
                yield self._option(option, data, f"tag:c{n},")

    def launch(self, o):
        return self.net.spawn(
            self.net.server, "dnsmasq", "--keep-in-foreground", "--port=0", "--no-ping", "--conf-file=/dev/null",
            "--log-dhcp",
            "--interface=br0", "--dhcp-authoritative", f"--dhcp-leasefile={self.leases_path}", "--user=", "--group=",
            "--pid-file=",
            # Its lifetimes are two minutes at least; T1 and T2 it takes as they are.
            f"--dhcp-range={o.first},{o.last},{o.network.netmask},{max(120, o.lease)}",
            f"--dhcp-option-force=option:T1,{o.t1}", f"--dhcp-option-force=option:T2,{o.t2}",
            f"--dhcp-option=option:router,{o.router}", f"--dhcp-option=option:dns-server,{o.dns}",
            *(self._option(code, data) for code, data in o.options.items()), *self._hosts_and_classes(o),
            *(["--dhcp-rapid-commit"] if o.rapid_commit else []), f"--log-facility={self.net.path(self.log)}")

    def leases(self):
        rows = [line.split() for line in self.net.read(self.leases_path).splitlines()]
        return [Lease(row[2], "active", row[1], row[4], None if row[3] == "*" else row[3], float(row[0]))
                for row in rows if len(row) == 5 and row[0].isdigit()]


class Isc(DhcpServer):
    name = "ISC dhcpd"
    programs = ("dhcpd",)
    ready = "Server starting service|Sending on   Socket/fallback"
    impossible = {"rapid commit": "it knows rapid commit for DHCPv6 alone"}

    @staticmethod
    def _options(options):
        return " ".join(f"option o{code} {data.hex(':')};" for code, data in options.items())

    def _hosts_and_classes(self, o):
        """-> lines: definitions of options by number, classes, hosts"""
        codes = sorted({*o.options, *(code for code, _ in o.classes),
                        *(code for options in o.classes.values() for code in options)})
        yield from (f"option o{code} code {code} = string;" for code in codes)
        for n, ((code, text), options) in enumerate(o.classes.items()):
            sent = f"substring(option o{code}, 1, {len(text)})" if code == 77 else f"option o{code}"
            yield f'class "c{n}" {{ match if {sent} = "{text}"; {self._options(options)} }}'
        for n, (key, address) in enumerate(o.hosts.items()):
            known_by = (
                f"hardware ethernet {key}" if isinstance(key, str) else f"option dhcp-client-identifier {key.hex(':')}"
            )
            yield f"host h{n} {{ {known_by}; fixed-address {address}; }}"
        # What a client calls itself by option 81 is recorded only when it is told to.
        yield "on commit { if exists fqdn.fqdn { set fqdn = option fqdn.fqdn; } }"

    def launch(self, o):
        open(self.leases_path, "ab").close()
        lines = "\n".join(self._hosts_and_classes(o))
        # It wants to be told of the network it is in, though it gives nothing there.
        own = (
            f"subnet {o.own_network.network_address} netmask {o.own_network.netmask} {{}}"
            if o.own_network != o.network
            else ""
        )
        config = self.config(
            f"""authoritative; ping-check false; ddns-update-style none; one-lease-per-client off;
default-lease-time {o.lease}; max-lease-time {o.lease}; min-lease-time 1;
option dhcp-renewal-time {o.t1}; option dhcp-rebinding-time {o.t2};
{lines}
{self._options(o.options)}
subnet {o.network.network_address} netmask {o.network.netmask} {{
        range {o.first} {o.last}; option routers {o.router}; option domain-name-servers {o.dns}; }}
{own}
""")
        return self.net.spawn(self.net.server, self.copy_of("dhcpd"), "-4", "-f", "-d", "-cf", config, "-lf",
                              self.leases_path,
                              "--no-pid", "br0", log=self.log)

    def leases(self):
        found = []
        for address, body in re.findall(r"^lease (\S+) {\n(.*?)^}", self.net.read(self.leases_path), re.M | re.S):
            def value(pattern):
                match = re.search(pattern, body, re.M)
                return match[1] if match else None
            state = value(r"^  binding state (\S+);")
            uid = value(r'^  uid "(.*)";')
            if uid is not None:  # printable bytes as they are, others in octal
                uid = ":".join(f"{b:02x}" for b in uid.encode("latin-1").decode("unicode_escape").encode("latin-1"))
            ends = value(r"^  ends \d (\S+ \S+);")
            found.append(Lease(address, {"active": "active", "abandoned": "declined"}.get(state, "free"),
                               value(r"hardware ethernet (\S+);"), uid,
                               value(r'client-hostname "(.*)";') or value(r'^  set fqdn = "(.*)";'),
                               _utc(ends) if ends else None))
        return found


def _utc(text):
    return float(subprocess.run(["date", "-u", "+%s", "-d", text], capture_output=True, text=True, check=True).stdout)


class Kea(DhcpServer):
    name = "Kea"
    programs = ("kea-dhcp4",)
    ready = "DHCP4_STARTED"
    impossible = {"rapid commit": "it does not know RFC 4039"}

    @staticmethod
    def _options(options):
        return [{"code": code, "data": data.hex(), "csv-format": False} for code, data in options.items()]

    def _classes(self, o):
        for n, ((code, text), options) in enumerate(o.classes.items()):
            sent = f"substring(option[77].hex,1,{len(text)})" if code == 77 else f"option[{code}].hex"
            yield {"name": f"c{n}", "test": f"{sent} == '{text}'", "option-data": self._options(options)}

    def launch(self, o):
        config = self.config(json.dumps({"Dhcp4": {
            "interfaces-config": {"interfaces": ["br0"]},
            "lease-database": {"type": "memfile", "persist": True, "name": self.leases_path, "lfc-interval": 0},
            "valid-lifetime": o.lease, "renew-timer": o.t1, "rebind-timer": o.t2, "authoritative": True,
            **({"client-classes": list(self._classes(o))} if o.classes else {}),
            "subnet4": [{
                "subnet": str(o.network), "id": 1, "pools": [{"pool": f"{o.first}-{o.last}"}],
                "reservations": [{"hw-address" if isinstance(key, str) else "client-id": key if isinstance(key, str)
                                  else key.hex(),
                                  "ip-address": address} for key, address in o.hosts.items()],
                "option-data": [{"name": "routers", "data": o.router}, {"name": "domain-name-servers", "data": o.dns},
                                *self._options(o.options)]}],
            # Level 40 names every message, and what it was about.
            "loggers": [{"name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 40,
                         "output_options": [{"output": "stdout"}]}]}}))
        environment = dict(os.environ, KEA_PIDFILE_DIR=self.net.folder, KEA_LOCKFILE_DIR="none")
        return self.net.spawn(self.net.server, self.copy_of("kea-dhcp4"), "-c", config, log=self.log, env=environment)

    def leases(self):
        rows = [line.split(",") for line in self.net.read(self.leases_path).splitlines()[1:]]
        states = {"0": "active", "1": "declined", "2": "free"}
        # What was released is written as a record that lasts no time.
        return [Lease(row[0], "free" if row[3] == "0" else states[row[9]], row[1], row[2], row[8] or None,
                      float(row[4]))
                for row in rows if len(row) >= 10]

    def saw(self, message, address):
        # Which message it was and which address it was about stand in different lines, with the hardware address in
        # common.
        if message == "RELEASE":
            return rf"DHCP4_RELEASE .*address {re.escape(address)} "
        if message == "DECLINE":
            return rf"DHCP4_DECLINE_LEASE .*{re.escape(address)}\b"
        return rf"DHCP{message}\b"


class Udhcpd(DhcpServer):
    name = "udhcpd"
    programs = ("busybox",)
    ready = "started"
    impossible = {"rapid commit": "it does not know RFC 4039"}

    @classmethod
    def available(cls):
        return super().available() and "udhcpd" in dhlib.run("busybox", "--list").split()

    def launch(self, o):
        open(self.leases_path, "ab").close()
        config = self.config("\n".join([
            f"start {o.first}", f"end {o.last}", "interface br0", f"lease_file {self.leases_path}", "pidfile /dev/null",
            "min_lease 1",
            f"option lease {o.lease}", f"option subnet {o.network.netmask}", f"option router {o.router}",
            f"option dns {o.dns}",
            # It has no names for T1 and T2, but takes any option as bytes.
            f"option 0x3a {o.t1:08x}", f"option 0x3b {o.t2:08x}",
            *(f"option 0x{code:02x} {data.hex()}" for code, data in o.options.items()),
            *(f"static_lease {mac} {address}" for mac, address in o.hosts.items()), ""]))
        return self.net.spawn(self.net.server, "busybox", "udhcpd", "-f", config, log=self.log)

    def stop(self):
        self.write()
        super().stop()

    def write(self):
        """It writes its list when told to."""
        before = os.stat(self.leases_path).st_mtime_ns
        self.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: os.stat(self.leases_path).st_mtime_ns != before, "udhcpd writes its leases")
        time.sleep(0.05)

    def leases(self):
        if self.process:
            self.write()
        with open(self.leases_path, "rb") as f:
            data = f.read()
        if len(data) < 8:
            return []
        written, = struct.unpack(">q", data[:8])
        found = []
        for expires, address, mac, hostname in struct.iter_unpack("!I4s6s20s2x",
                                                                  data[8:8 + (len(data) - 8) // 36 * 36]):
            state = "declined" if mac == bytes(6) else "active" if expires > 0 else "free"
            found.append(Lease(str(ipaddress.IPv4Address(address)), state, mac.hex(":"), None,
                               hostname.split(b"\0")[0].decode("ascii", "replace") or None, float(written + expires)))
        return found

    def wait_saw(self, message, address, n=1):
        # It logs neither of the two; its list of leases tells.
        self.wait_lease(address, {"DECLINE": "declined", "RELEASE": "free"}[message])


class FreeRadius(DhcpServer):
    """It gives what a policy says: known hosts have their addresses, and any other host gets the first one.

    It keeps no list of leases. What it answered last, as its log says, takes the place of one.
    """
    name = "FreeRADIUS"
    programs = ("freeradius",)
    ready = "Ready to process requests"
    impossible = {"decline": "it gives what its policy says, again and again"}

    CONFIG = """name = dhcp
libdir = /usr/lib/freeradius
{folders}
log {{ destination = stdout }}
modules {{
        always ok {{ rcode = ok }}
        always reject {{ rcode = reject }}
}}
thread pool {{
        start_servers = 1
        max_servers = 1
        min_spare_servers = 0
        max_spare_servers = 1
}}
policy {{
        terms {{
                update reply {{
                        {terms}
                }}
                {classes}
        }}
        choose {{
                update control {{ &Tmp-IP-Address-0 := {offer.first} }}
                {hosts}
                update reply {{ &DHCP-Your-IP-Address := &control:Tmp-IP-Address-0 }}
        }}
        silence {{
                update reply {{ &DHCP-Message-Type := DHCP-Do-Not-Respond }}
        }}
}}
server dhcp {{
        listen {{
                type = dhcp
                ipaddr = *
                src_ipaddr = {offer.address}
                port = 67
                interface = br0
                broadcast = yes
        }}
        dhcp DHCP-Discover {{
                update reply {{ &DHCP-Message-Type := {answer} }}
                {discover}
                ok
        }}
        dhcp DHCP-Request {{
                choose
                if (&DHCP-DHCP-Server-Identifier && &DHCP-DHCP-Server-Identifier != {offer.address}) {{
                        silence
                }}
                elsif ({wrong_address}) {{
                        update reply {{
                                &DHCP-Message-Type := DHCP-NAK
                                &DHCP-Your-IP-Address := 0.0.0.0
                                &DHCP-DHCP-Server-Identifier := {offer.address}
                        }}
                }}
                else {{
                        update reply {{ &DHCP-Message-Type := DHCP-Ack }}
                        terms
                }}
                ok
        }}
        dhcp DHCP-Inform {{
                update reply {{ &DHCP-Message-Type := DHCP-Ack }}
                terms
                update reply {{ &DHCP-IP-Address-Lease-Time !* ANY }}
                ok
        }}
        dhcp {{
                silence
                ok
        }}
}}
"""

    WRONG_ADDRESS = ("(&DHCP-Requested-IP-Address && &DHCP-Requested-IP-Address != &reply:DHCP-Your-IP-Address) || "
                     "(&DHCP-Client-IP-Address != 0.0.0.0 && &DHCP-Client-IP-Address != &reply:DHCP-Your-IP-Address)")

    @staticmethod
    def _option(code, data):
        # Those that its dictionary does not know have a number under this name.
        return f"&Attr-26.54.{code} := 0x{data.hex()}"

    def launch(self, o):
        terms = [
            f"&DHCP-DHCP-Server-Identifier := {o.address}",
            f"&DHCP-IP-Address-Lease-Time := {o.lease}",
            f"&DHCP-Renewal-Time := {o.t1}",
            f"&DHCP-Rebinding-Time := {o.t2}",
            f"&DHCP-Subnet-Mask := {o.network.netmask}",
            f"&DHCP-Router-Address := {o.router}",
            f"&DHCP-Domain-Name-Server := {o.dns}",
            *(self._option(code, data) for code, data in o.options.items()),
        ]
        hosts = [
            f"if (&{'DHCP-Client-Hardware-Address' if isinstance(key, str) else 'DHCP-Client-Identifier'} == "
            f"{key if isinstance(key, str) else '0x' + key.hex()}) {{\nupdate control {{ &Tmp-IP-Address-0 := "
            f"{address} }}\n}}"
            for key, address in o.hosts.items()
        ]
        sent = {
            60: lambda text: f"&DHCP-Vendor-Class-Identifier == 0x{text.encode().hex()}",
            77: lambda text: f'"%{{DHCP-User-Class}}" =~ /^0x{bytes([len(text), *text.encode()]).hex()}/',
        }
        classes = []
        for (code, text), options in o.classes.items():
            condition = sent[code](text) if code in sent else f"&Attr-26.54.{code} == 0x{text.encode().hex()}"
            classes += [f"if ({condition}) {{", "update reply {",
                        *(self._option(*option) for option in options.items()), "}", "}"]
        # Its ACKs find a client without address by broadcast alone: only for OFFERs it tells the kernel where that is.
        rapid = ["update reply {", self._option(80, b""), "}"] if o.rapid_commit else []
        discover = ["choose", "terms", *rapid] if o.auto_configure is None else [
            f"update reply {{ &DHCP-DHCP-Server-Identifier := {o.address} }}",
            f"update reply {{ &DHCP-Auto-Config := {o.auto_configure} }}"]
        folder = self.net.path("freeradius")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "dictionary"), "w", encoding="ascii") as f:
            f.write("$INCLUDE /usr/share/freeradius/dictionary\n")
        with open(os.path.join(folder, "radiusd.conf"), "w", encoding="ascii") as f:
            f.write(self.CONFIG.format(offer=o, answer="DHCP-Ack" if o.rapid_commit else "DHCP-Offer",
                                       wrong_address=self.WRONG_ADDRESS, terms="\n".join(terms), hosts="\n".join(hosts),
                                       classes="\n".join(classes),
                                       discover="\n".join(discover),
                                       folders="\n".join(f"{name} = {folder}"
                                                         for name in ("raddbdir", "run_dir", "logdir"))))
        return self.net.spawn(self.net.server, "freeradius", "-X", "-d", folder, "-n", "radiusd", log=self.log)

    def leases(self):
        found = {}
        for request in re.split(r"^Received DHCP-", self.logged(), flags=re.M)[1:]:
            kind = request.split(" ")[0]

            def value(name, text=request):
                match = re.search(rf"^\s+{name} = \"?([^\"\n]*)\"?$", text, re.M)
                return match[1] if match else None
            if kind in ("Release", "Decline"):
                address = value("DHCP-Requested-IP-Address" if kind == "Decline" else "DHCP-Client-IP-Address")
                found[address] = Lease(address, {"Release": "free", "Decline": "declined"}[kind])
            elif "Sending DHCP-Ack" in request and kind == "Request":
                address = re.search(r"DHCP-Your-IP-Address = (?!0\.0\.0\.0)(\S+)", request)[1]
                client_id = value("DHCP-Client-Identifier")
                found[address] = Lease(address, "active", value("DHCP-Client-Hardware-Address"),
                                       client_id and bytes.fromhex(client_id[2:]).hex(":"), value("DHCP-Hostname"))
        return list(found.values())

    def wait_saw(self, message, address, n=1):
        self.wait_lease(address, {"DECLINE": "declined", "RELEASE": "free"}[message])


SERVERS = {"dnsmasq": Dnsmasq, "isc": Isc, "kea": Kea, "udhcpd": Udhcpd, "freeradius": FreeRadius}
