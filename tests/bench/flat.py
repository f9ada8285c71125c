#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Many links of one host are on one flat bridge, with leases of two minutes from dnsmasq.
Does any lease expire beside its live server?

    flat.py [-n LINKS] [-t SECONDS]     300 links, watched for five minutes once all are bound

With the kernel's default arp_ignore=0 all links answer the server's ARP for any of their addresses, so the server's
unicast answers go to any of them. Needs root and dnsmasq; all of it is in namespaces of its own, and ends by itself.
Exit status 1: a lease expired, or not all links were bound.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))
import dhlib  # noqa: E402  pylint: disable=wrong-import-position

BIND_PATIENCE = 180  # seconds


def add_links(net, names):
    def batch(namespace, lines):
        subprocess.run(["ip", "-n", namespace, "-b", "-"], input="\n".join(lines) + "\n", text=True, check=True)
    batch(net.server, [line for name in names for line in (
        f"link add s-{name} type veth peer name {name} netns {net.client}", f"link set s-{name} master br0 up")])
    batch(net.client, [f"link set {name} up" for name in names])


class Watch:
    """What the daemon did since this was made."""

    def __init__(self, daemon, names):
        self.daemon, self.names, self.began = daemon, names, time.monotonic()
        self.mark, self.before, self.overrun = len(daemon.logged()), self.counted(), self.server_overrun()

    def counted(self):
        """-> (REQUESTs sent, ACKs received) of all links"""
        links = json.loads(self.daemon.ctl("--json", "status", *self.names))
        counters = [link["DHCPv4"]["Counters"] for link in links]
        return sum(c["SentRequest"] for c in counters), sum(c["ReceivedAck"] for c in counters)

    def server_overrun(self):
        """How many datagrams the server's namespace dropped, since dnsmasq did not read them in time."""
        text = dhlib.run("ip", "netns", "exec", self.daemon.net.server, "cat", "/proc/net/snmp")
        names, values = (line.split() for line in text.splitlines() if line.startswith("Udp:"))
        return int(dict(zip(names, values))["RcvbufErrors"])

    def report(self):
        log = self.daemon.logged()[self.mark:]
        sent, answered = (now - before for now, before in zip(self.counted(), self.before))
        found = {
            "seconds": round(time.monotonic() - self.began),
            "expiries": len(re.findall(r"Lost .*: expired", log)),
            "renewals": log.count(": Renewed "),
            "came as far as REBINDING": log.count("RENEWING -> REBINDING"),
            "REQUESTs": sent,
            "unanswered": sent - answered,
            "not read by the server": self.server_overrun() - self.overrun,
        }
        for what, n in found.items():
            print(f"{what:26}{n:6}")
        return found


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=300, metavar="LINKS")
    parser.add_argument("-t", type=int, default=300, metavar="SECONDS")
    arguments = parser.parse_args()
    dhlib.require("dnsmasq", "ip")
    net = dhlib.Net("10.77.0.1/16")
    try:
        names = [f"e{i}" for i in range(arguments.n)]
        add_links(net, names)
        net.dnsmasq("--quiet-dhcp", "--dhcp-authoritative", "--dhcp-lease-max=5000", first="10.77.1.0",
                    last="10.77.20.254", lease="2m")
        began = time.monotonic()
        daemon = dhlib.Daemon(net, "e*")
        dhlib.wait_until(lambda: len(set(re.findall(r"(e\d+): Bound to", daemon.logged()))) == arguments.n,
                         "all links are bound", BIND_PATIENCE)
        print(f"{arguments.n} links bound after {time.monotonic() - began:.1f} s")
        watch = Watch(daemon, names)
        time.sleep(arguments.t)
        found = watch.report()
        print(f"the daemon used {cpu_seconds(daemon.process.pid):.1f} s of a processor in all")
        return 1 if found["expiries"] else 0
    finally:
        net.close()


if __name__ == "__main__":
    sys.exit(main())
