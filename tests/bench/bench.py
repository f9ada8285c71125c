#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Times DHCP clients beside each other on veth links, in namespaces of its own, with dnsmasq as the server.

    bench.py time [-r RUNS] [PEER...]        exec to address on one link
    bench.py carrier [-r RUNS] [PEER...]     carrier to address, the client already running
    bench.py scale [-n LINKS] [PEER...]      all links in one go; then memory, and ten idle seconds

Peers: floor (the least a client can do, floor.c; one link only), us, before (another build of us, in the folder
BEFORE_DIR), networkd, dhclient, udhcpc. Those that are not installed are left out. Runs take turns, so that what the
machine does meanwhile hits all of them: look at the ratios, not at the milliseconds.
"""
import argparse
import os
import re
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))
import dhlib  # noqa: E402  pylint: disable=wrong-import-position

RTM_NEWLINK, RTM_NEWADDR, IFA_LOCAL, IFF_LOWER_UP = 16, 20, 2, 0x10000
NETWORKD = "/lib/systemd/systemd-networkd"


class Watch(threading.Thread):
    """When did each link of the client's namespace get its carrier, and its first IPv4 address?"""

    def __init__(self, net):
        super().__init__(daemon=True)
        self.net, self.addresses, self.carriers, self.ended = net, {}, {}, False
        self.ready = threading.Event()

    def run(self):
        import ctypes
        with open(f"/run/netns/{self.net.client}", encoding="ascii") as f:
            if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), 0x40000000) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        s.bind((0, 0x1 | 0x10))  # links and IPv4 addresses
        s.settimeout(0.1)
        self.ready.set()
        while not self.ended:
            try:
                data = s.recv(65536)
            except socket.timeout:
                continue
            self.take(data, time.time())

    def take(self, data, now):
        while len(data) >= 16:
            length, kind = struct.unpack_from("IH", data)
            index, = struct.unpack_from("i", data, 20)
            if kind == RTM_NEWADDR and data[16] == socket.AF_INET:
                if index != 1:
                    self.addresses.setdefault(index, now)
            elif kind == RTM_NEWLINK and struct.unpack_from("I", data, 24)[0] & IFF_LOWER_UP:
                self.carriers.setdefault(index, now)
            data = data[(length + 3) & ~3:]


class Bench:
    def __init__(self, links):
        self.net = dhlib.Net("10.77.0.1/16")
        self.links = [f"c{i}" for i in range(links)]
        for name in self.links:
            self.net.add_link(name, up=False)
            self.net.ip_server("link", "set", f"s-{name}", "type", "bridge_slave", "isolated", "on")
        dhlib.run("ip", "netns", "exec", self.net.client, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        # Writing a lease file would be most of what is measured.
        self.net.dnsmasq("--quiet-dhcp", "--leasefile-ro", "--dhcp-authoritative", "--dhcp-lease-max=5000",
                         first="10.77.1.0", last="10.77.20.254")

    def peer(self, name):
        """The shell line that becomes the client; it may use the folder $D."""
        links = " ".join(self.links)
        ours = "dhcpd-linkd --link='c*' --no-bus --state-dir=$D/s --runtime-dir=$D/r --config-dir=$D"
        return {
            "floor": f"exec {self.net.path('floor')} {links}",
            "us": f"exec {dhlib.BUILD}/{ours}",
            "before": f"exec {os.path.abspath(os.environ.get('BEFORE_DIR', '.'))}/{ours}",
            "networkd": "mkdir -p /run/systemd/network /run/systemd/netif; printf '[Match]\\nName=c*\\n[Network]\\n"
                        "DHCP=ipv4\\nLinkLocalAddressing=no\\n' >/run/systemd/network/1.network; "
                        "chown -R systemd-network /run/systemd/netif; "
                        f"date +%s.%N >$D/t0; exec {NETWORKD}",
            "dhclient": f"exec dhclient -4 -d -q -pf $D/pid -lf $D/leases {links}",
            "udhcpc": "; ".join(f"busybox udhcpc -f -q -i {c} &" for c in self.links).replace("&;", "&") + " wait",
        }[name]

    def start(self, name):
        folder = self.net.path(f"peer.{time.monotonic_ns()}")
        os.mkdir(folder)
        os.chmod(folder, 0o755)
        # A /run of its own, so that no peer sees the host's or another's; without a writable /sys networkd does not
        # wait for udev. t0 is the moment of exec.
        script = (
            f"D={folder}; mount --make-rprivate /; mkdir -p $D/run; mount -t tmpfs tmpfs /run; mkdir -p /run/dbus; "
            "mount -o remount,ro /sys; "
            f"date +%s.%N >$D/t0; {self.peer(name)}"
        )
        process = self.net.spawn(
            self.net.client, "unshare", "-m", "sh", "-c", script, log="peer.log", start_new_session=True
        )
        return process, folder

    def processes(self):
        return [int(p) for p in dhlib.run("ip", "netns", "pids", self.net.client).split()]

    def stop(self, process):
        for sig in ("TERM", "KILL"):
            for pid in self.processes():
                subprocess.run(["kill", f"-{sig}", str(pid)], check=False, stderr=subprocess.DEVNULL)
            try:
                dhlib.wait_until(lambda: not self.processes(), "the peer has ended", 3)
                break
            except AssertionError:
                continue
        process.wait()
        for name in self.links:
            self.net.ip("addr", "flush", "dev", name)
            self.net.ip("link", "set", name, "down")

    def usage(self):
        """Returns CPU seconds, PSS in KiB, voluntary context switches, and private KiB of all processes of the peer.

        Private are the heap, the stack and changed data.
        """
        cpu = pss = switches = own = 0
        for pid in self.processes():
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                    cpu += sum(int(x) for x in f.read().rsplit(")", 1)[1].split()[11:15])
                with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                    text = f.read()
                pss += int(re.search(r"Pss:\s+(\d+)", text)[1])
                own += int(re.search(r"\nAnonymous:\s+(\d+)", text)[1])
                with open(f"/proc/{pid}/status", encoding="ascii") as f:
                    switches += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", f.read())[1])
            except (FileNotFoundError, ProcessLookupError, TypeError):
                pass
        return cpu / os.sysconf("SC_CLK_TCK"), pss, switches, own

    def trial(self, name, mode, limit):
        watch = Watch(self.net)
        watch.start()
        watch.ready.wait()
        if mode == "carrier":
            for link in self.links:
                self.net.ip_server("link", "set", f"s-{link}", "down")
        for link in self.links:
            self.net.ip("link", "set", link, "up")
        time.sleep(0.3)
        process, folder = self.start(name)
        if mode == "carrier":
            time.sleep(2)
            watch.carriers.clear()
            for link in self.links:
                self.net.ip_server("link", "set", f"s-{link}", "up")
        end = time.monotonic() + limit
        while len(watch.addresses) < len(self.links) and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(0.3)
        usage, idle = self.usage(), None
        if mode == "scale":
            time.sleep(15)  # conflict detection is over by then
            before = self.usage()
            time.sleep(10)
            usage = self.usage()
            idle = usage[0] - before[0], usage[2] - before[2]
        watch.ended = True
        with open(os.path.join(folder, "t0"), encoding="ascii") as f:
            t0 = min(watch.carriers.values(), default=0) if mode == "carrier" else float(f.read())
        self.stop(process)
        watch.join()
        return sorted(t - t0 for t in watch.addresses.values()), usage, idle


def installed(name):
    return {"networkd": os.path.exists(NETWORKD), "udhcpc": bool(shutil.which("busybox")),
            "dhclient": bool(shutil.which("dhclient")), "before": "BEFORE_DIR" in os.environ}.get(name, True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["time", "carrier", "scale"])
    parser.add_argument("peers", nargs="*")
    parser.add_argument("-r", "--runs", type=int, default=10)
    parser.add_argument("-n", "--links", type=int, default=200)
    arguments = parser.parse_intermixed_args()
    dhlib.require("dnsmasq", "ip", "cc")
    default = {"time": ["floor", "us", "networkd", "dhclient"], "carrier": ["us", "networkd"],
               "scale": ["us", "networkd"]}
    peers = [p for p in arguments.peers or default[arguments.mode] if installed(p)]
    bench = Bench(arguments.links if arguments.mode == "scale" else 1)
    try:
        subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-o", bench.net.path("floor"), os.path.join(HERE, "floor.c")],
                       check=True)
        results, usages = {p: [] for p in peers}, {}
        for _ in range(1 if arguments.mode == "scale" else arguments.runs):
            for peer in peers:
                times, usage, idle = bench.trial(peer, arguments.mode, 60 if arguments.mode == "scale" else 15)
                results[peer].append(times[-1] if len(times) == len(bench.links) else float("inf"))
                usages[peer] = usage, idle
        base = statistics.median(results[peers[0]])
        print(f"{'peer':10} {'min ms':>9} {'median ms':>10} {'max ms':>9} {'x ' + peers[0]:>9} {'CPU s':>7} "
              f"{'PSS KiB':>8} {'own KiB':>8} {'idle':>18}")
        for peer in peers:
            values, (usage, idle) = results[peer], usages[peer]
            print(
                f"{peer:10} {min(values) * 1e3:9.2f} {statistics.median(values) * 1e3:10.2f} {max(values) * 1e3:9.2f} "
                f"{statistics.median(values) / base:9.2f} {usage[0]:7.2f} {usage[1]:8} {usage[3]:8} "
                + (f"{idle[0]:.2f} s, {idle[1]} wakeups" if idle else "")
            )
    finally:
        bench.net.close()


if __name__ == "__main__":
    main()
