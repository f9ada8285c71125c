# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the tests that run inside the booted container share.
TAP, waiting for something to become true, and the few questions they all ask (what is on the link, what does the daemon
say, what did the server hear). Each test starts from nothing managed: see fresh().
"""
import json
import os
import re
import subprocess
import time
import traceback

LINK = "host0"
HOLDER = f"dhcpd-link@{LINK}.service"
DAEMON = "dhcpd-link.service"
BUS = "org.dhcpdlink1"
ROOT = "/org/dhcpdlink1"
SERVER_LOG = "/dhcpd-link-test/dnsmasq.log"
ADDRESS = re.compile(r"10\.99\.0\.1\d\d")

_tests = []


class Skip(Exception):
    pass


def test(function):
    """Registers a test; its doc string is its name."""
    _tests.append(function)
    return function


def sh(command, ok=True, seconds=120):
    """Runs @command in a shell and returns its output. Fails unless its success is @ok (None: either)."""
    result = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            timeout=seconds)
    if ok is not None and (result.returncode == 0) != ok:
        raise AssertionError(f"`{command}` ended with {result.returncode}: {result.stdout}")
    return result.stdout


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def equal(actual, wanted, what):
    check(actual == wanted, f"{what}: {actual!r}, not {wanted!r}")


def wait_for(function, what, seconds=60):
    """Returns the first true result of function(), which is asked again and again.

    What costs much, or takes long, is asked more seldom.
    """
    begin = time.monotonic()
    while True:
        asked = time.monotonic()
        result = function()
        if result:
            return result
        now = time.monotonic()
        if now > begin + seconds:
            raise AssertionError(f"waited {seconds} s for: {what}")
        time.sleep(min(0.5, max(0.05, 2 * (now - asked), (now - begin) / 10)))


def show(unit, prop):
    return sh(f"systemctl show --value -p {prop} '{unit}'").strip()


def is_active(unit):
    return show(unit, "ActiveState") == "active"


def addresses(link=LINK):
    """Returns IPv4 addresses of @link as `ip` sees them, in JSON."""
    found = json.loads(sh(f"ip -j -4 addr show dev {link}"))
    return [a for entry in found for a in entry.get("addr_info", [])]


def leased(link=LINK):
    """Returns the address that the server's pool gave @link, or None."""
    return next((a for a in addresses(link) if ADDRESS.fullmatch(a["local"])), None)


def wait_leased():
    return wait_for(leased, f"an address of the server on {LINK}")["local"]


def routes(link=LINK):
    return json.loads(sh(f"ip -j -4 route show dev {link}"))


def default_route(link=LINK):
    return next((r for r in routes(link) if r["dst"] == "default"), None)


def call(path, interface, method, *args, ok=True, user=None):
    """Calls by busctl. Returns the reply's arguments."""
    run_as = f"runuser -u {user} -- " if user else ""
    output = sh(f"{run_as}busctl --json=short call {BUS} {path} {BUS}.{interface} {method} "
                + " ".join(f"'{a}'" for a in args), ok)
    return json.loads(output).get("data") if ok and output.strip() else output


def link_path(link=LINK):
    return call(ROOT, "Manager", "GetLink", "s", link)[0]


def managed():
    """Returns the names of the links that the daemon manages."""
    return sorted(name for _, name, _, _ in call(ROOT, "Manager", "ListLinks")[0])


def prop(name, link=LINK, interface="DHCPv4", user=None):
    run_as = f"runuser -u {user} -- " if user else ""
    output = sh(f"{run_as}busctl --json=short get-property {BUS} {link_path(link)} {BUS}.{interface} {name}")
    return json.loads(output)["data"]


def wait_bound(link=LINK):
    wait_for(lambda: prop("State", link) == "BOUND", f"BOUND on {link}")


def journal(unit):
    return sh(f"journalctl --sync; journalctl -b -o cat -u '{unit}'")


class Server:
    """What the DHCP server outside logged since this was made."""

    def __init__(self):
        self.start = os.path.getsize(SERVER_LOG)

    def heard(self):
        with open(SERVER_LOG, errors="replace") as file:
            file.seek(self.start)
            return file.read()

    def wait(self, word):
        wait_for(lambda: word in self.heard(), f"{word} at the server")


class Monitor:
    """`ip monitor` in the background: what happened to addresses and routes between entering and leaving."""

    def __enter__(self):
        self.process = subprocess.Popen(["stdbuf", "-oL", "ip", "-4", "monitor", "address", "route"],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # It hears everything from the moment it shows this.
        os.set_blocking(self.process.stdout.fileno(), False)
        self.seen = ""
        self.n = 0
        self._mark()
        self.seen = ""
        return self

    def _read(self):
        """Reads what has come by now.

        It reads bytes: a text stream over a pipe that may have nothing yet fails when it has nothing.
        """
        return (self.process.stdout.read() or b"").decode(errors="replace")

    def _mark(self):
        def seen():
            sh("ip addr add 192.0.2.77/32 dev lo; ip addr del 192.0.2.77/32 dev lo", ok=None)
            self.seen += self._read()
            return "192.0.2.77" in self.seen[self.n:]
        self.n = len(self.seen)
        wait_for(seen, "ip monitor to hear")

    def __exit__(self, *_):
        self._mark()
        self.process.terminate()
        self.process.wait()
        self.seen = "\n".join(line for line in self.seen.splitlines() if "192.0.2.77" not in line and " lo "
                              not in line)


def fresh():
    """Nothing is managed, the daemon does not run, the socket listens; the link is up and empty."""
    sh("systemctl stop 'dhcpd-link@*.service' 'dhcpd-link-wait-online*'", ok=None)
    sh(f"systemctl disable --quiet {HOLDER}", ok=None)
    sh(f"systemctl stop {DAEMON}", ok=None)
    sh("systemctl reset-failed", ok=None)
    sh("systemctl start dbus.socket dbus.service dhcpd-link.socket")
    sh(
        f"ip -4 addr flush dev {LINK} scope global; ip -4 route flush dev {LINK} proto dhcp; rm -rf "
        f"/run/dhcpd-link/lease",
        ok=None,
    )


def main(keep=False):
    """Runs the tests, each from nothing (fresh()) unless @keep."""
    wait_for(lambda: os.path.exists(SERVER_LOG) and "DHCP, IP range" in open(SERVER_LOG).read(), "the server outside")
    print(f"1..{len(_tests)}", flush=True)
    for number, function in enumerate(_tests, 1):
        name = " ".join(function.__doc__.split()).rstrip(".")
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        server = Server()
        try:
            if not keep:
                fresh()
            function()
            print(f"ok {number} {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} {name} # SKIP {reason}", flush=True)
        except Exception:
            log = sh(f"journalctl --sync; journalctl -b --no-pager -o short-precise --since '{since}' | tail -n 80",
                     ok=None)
            status = sh("systemctl status --no-pager -n 0 'dhcpd-link*'; ip -4 addr; ip -4 route", ok=None)
            for line in (traceback.format_exc() + status + log + "server:\n" + server.heard()).splitlines():
                print("# " + line)
            print(f"not ok {number} {name}", flush=True)
