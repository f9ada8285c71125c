#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Counts what it costs to tell others.
Prints the instructions of the daemon (callgrind) for one renewal, and for one loss and return of the carrier, by how
many programs hear of it.

    signals.py [-n EVENTS] [--only EVENT:WAY] [--keep DIR] [HEARERS...]      0, 1 and 10 by default

"private": that many connections of the private socket hear of it. "bus": a system bus with that many subscribers; it
passes one signal on to all of them. "linkctl": as "private", and dhcpd-linkctl asks for the renewal. The figure of such
a row is one whole "dhcpd-linkctl renew", from the connection to the end of the connection and to the last record of the
renewed lease. The server is held until dhcpd-linkctl has ended, as a server is that answers a millisecond later than
this one; otherwise chance decides whether dhcpd-linkctl hears of the new lease, too.

callgrind counts from an idle daemon to an idle daemon, so what a start costs is not in a figure. "messages": the
signals that were made for one event. --keep leaves callgrind's files in DIR, for callgrind_annotate. Needs root,
valgrind and dnsmasq. BUILD_DIR says which build.
"""
import argparse
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))
import dhlib  # noqa: E402  pylint: disable=wrong-import-position

MAKES_SIGNAL = "sd_bus_message_new_signal"
FEW = 2
QUIET = 1.0  # seconds after which the daemon is idle


def counted(path):
    """What callgrind wrote -> instructions, calls that make a signal"""
    names, calls, callee = {}, 0, None
    total = 0
    with open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            named = re.match(r"(?:fn|cfn)=\((\d+)\)(?: (\S+))?", line)
            if named:
                if named[2]:
                    names[named[1]] = named[2]
                if line.startswith("cfn"):
                    callee = names.get(named[1], "")
            elif line.startswith("calls=") and callee and callee.split("@")[0].split("'")[0] == MAKES_SIGNAL:
                calls += int(line[6:].split()[0])
            elif line.startswith(("summary:", "totals:")):
                total = max(total, int(line.split()[1]))
    return total, calls


class Run:
    """The daemon under callgrind, one link that is bound, and @hearers."""

    def __init__(self, way, hearers):
        self.net = dhlib.Net()
        self.net.add_link("eth0")
        self.server = self.net.dnsmasq("--dhcp-authoritative")
        self.out = self.net.path("callgrind.out")
        dhlib.WRAPPER[:] = ["valgrind", "--tool=callgrind", "-q", f"--callgrind-out-file={self.out}"]
        bus = dhlib.Bus(self.net) if way == "bus" else None
        self.daemon = dhlib.Daemon(self.net, "eth0", bus=bus)
        self.net.wait_address("eth0")
        import busclient  # pylint: disable=import-outside-toplevel
        if bus:
            bus.wait_name()
        else:
            dhlib.wait_until(lambda: dhlib.listens(self.daemon.private), "the private socket")
        make = (lambda: busclient.Client(bus.address, busclient.NAME)) if bus else \
            (lambda: busclient.Client(f"unix:path={self.daemon.private}"))
        self.asker = make() if bus else None
        self.hearers = [make() for _ in range(hearers)]
        # Those of the private socket are hearers once they have asked for something.
        for hearer in self.hearers:
            hearer.links()

    def renew(self):
        before = self.daemon.logged().count("Renewed")
        time.sleep(1.5)  # a lease that was granted just now is not renewed
        if self.asker:
            self.asker.call(self.asker.link(), f"{self.asker.name}.Link", "Renew")
        else:
            self.server.send_signal(signal.SIGSTOP)
            self.daemon.ctl("renew", "eth0")
            time.sleep(0.5)
            self.server.send_signal(signal.SIGCONT)
        self.daemon.wait_log("Renewed", before + 1)

    def flap(self):
        before = self.daemon.logged().count("REBOOTING -> BOUND")
        self.net.ip_server("link", "set", "s-eth0", "down")
        self.daemon.wait_log("Carrier lost", before + 1)
        self.net.ip_server("link", "set", "s-eth0", "up")
        self.daemon.wait_log("REBOOTING -> BOUND", before + 1)

    def callgrind(self, option):
        time.sleep(QUIET)
        subprocess.run(["callgrind_control", option, str(self.daemon.process.pid)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def dump(self, keep):
        """-> the file with what was counted"""
        self.callgrind("--dump")
        dhlib.wait_until(lambda: glob.glob(f"{self.out}.1"), "the figures")
        if keep:
            shutil.copy(f"{self.out}.1", keep)
        return f"{self.out}.1"

    def end(self):
        self.daemon.stop()
        self.net.close()


def measure(way, event, hearers, n, keep=None):
    run = Run(way, hearers)
    for _ in range(FEW):
        getattr(run, event)()
    run.callgrind("--zero")
    for _ in range(n):
        getattr(run, event)()
    instructions, messages = counted(run.dump(keep and os.path.join(keep, f"{event}-{way}-{hearers}.callgrind")))
    run.end()
    return instructions / n, messages / n


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=10, metavar="EVENTS")
    parser.add_argument("--only", metavar="EVENT:WAY")
    parser.add_argument("--keep", metavar="DIR")
    parser.add_argument("hearers", nargs="*", type=int, default=[0, 1, 10])
    options = parser.parse_args()
    print(f"{'event':8} {'way':8} {'hearers':>7} {'instructions':>13} {'messages':>9}")
    for event, way in (("flap", "private"), ("renew", "bus"), ("renew", "linkctl")):
        if options.only not in (None, f"{event}:{way}"):
            continue
        for hearers in options.hearers:
            instructions, messages = measure(way, event, hearers, options.n, options.keep)
            print(f"{event:8} {way:8} {hearers:7} {instructions:13,.0f} {messages:9.1f}", flush=True)


if __name__ == "__main__":
    main()
