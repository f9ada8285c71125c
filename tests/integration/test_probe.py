#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
dhcpd-linkctl probe shows every server's offer.
Nothing is taken, nothing is configured, and a daemon on the same link does not notice.
"""
import json
import os
import subprocess

from dhlib import BUILD, Daemon, NetTest, listens, main, require, run, wait_until

LINKCTL = os.path.join(BUILD, "dhcpd-linkctl")


# Sends offers by broadcast as a server does, for another exchange (xid) or another client (chaddr), as long as somebody
# lets it.
LIAR = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for option in (socket.SO_BROADCAST, socket.SO_REUSEADDR):
    s.setsockopt(socket.SOL_SOCKET, option, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"br0")
s.bind(("", 67))
request = s.recv(2000)
for i in range(20):
    xid, chaddr = (request[4:8], bytes(16)) if i % 2 else (bytes(4), request[28:44])
    how = (sys.argv + [""])[1]
    if how:
        xid, chaddr = request[4:8], request[28:44]
    address = {"no address": 0, "loopback": 0x7f000001, "all of them": 0xffffffff}.get(how, 0x0a4d0009)
    options = {"type": "350102", "server": "36040a4d0001", "time": "3304000000ff"}
    if how.startswith("no "):
        options.pop(how[3:], None)
    if how == "BOOTP":
        options = {"fill": "00" * 59}
    s.sendto(bytes([2, 1, 6, 0]) + xid + bytes(8) + address.to_bytes(4, "big") + bytes(8) + chaddr + bytes(192)
             + bytes.fromhex("63825363" + "".join(options.values()) + "ff"), ("255.255.255.255", 68))
    time.sleep(0.02)
"""
# How the offers above can be bent, and what the daemon has against them.
UNUSABLE = "no address that a host can have"
OFFERS = {"honest": None, "no address": UNUSABLE, "loopback": UNUSABLE, "all of them": UNUSABLE,
          "BOOTP": "a BOOTP reply, and BOOTP=no",
          "no server": None, "no time": None}  # the IP source and DefaultLeaseTimeSec= stand in for these


class Probe(NetTest):
    def probe(self, *arguments, prefix=()):
        return subprocess.run(["ip", "netns", "exec", self.net.client, *prefix, LINKCTL, "probe", *arguments],
                              capture_output=True, text=True, timeout=120, check=False)

    def offers(self, *arguments):
        done = self.probe("eth0", "--json", "--timeout=3", *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        result = json.loads(done.stdout)
        self.assertEqual(result["Name"], "eth0")
        return {offer["Message"]["OptionValues"]["server-identifier"]: offer for offer in result["Offers"]}

    def second_server(self):
        """Starts another dnsmasq behind the same bridge, with other answers."""
        name = f"dhx{os.getpid()}"
        run("ip", "netns", "add", name)
        self.addCleanup(run, "ip", "netns", "del", name)
        run("ip", "-n", self.net.server, "link", "add", "rogue", "type", "veth", "peer", "name", "eth0", "netns", name)
        self.net.ip_server("link", "set", "rogue", "master", "br0", "up")
        run("ip", "-n", name, "addr", "add", "10.77.0.2/24", "dev", "eth0")
        run("ip", "-n", name, "link", "set", "eth0", "up")
        process = self.net.spawn(name, "dnsmasq", "--keep-in-foreground", "--port=0", "--no-ping",
                                 "--conf-file=/dev/null", "--log-dhcp",
                                 "--interface=eth0", "--dhcp-range=10.77.0.200,10.77.0.210,30m",
                                 "--dhcp-option=6,10.77.0.66",
                                 "--leasefile-ro", f"--log-facility={self.net.path('rogue.log')}", "--user=",
                                 "--group=", "--pid-file=")
        wait_until(lambda: "DHCP, IP range" in self.net.read("rogue.log"), "the second dnsmasq listens")
        return process

    def test_two_servers(self):
        self.net.add_link(mac="02:00:00:00:00:07")
        self.net.dnsmasq("--dhcp-host=02:00:00:00:00:07,10.77.0.150", "--dhcp-option=15,good.example",
                         "--dhcp-rapid-commit")
        self.second_server()
        offers = self.offers()
        self.assertEqual(set(offers), {"10.77.0.1", "10.77.0.2"})
        good, rogue = offers["10.77.0.1"], offers["10.77.0.2"]
        # What the link would get: its reservation
        self.assertEqual(good["Message"]["yiaddr"], "10.77.0.150")
        self.assertTrue(rogue["Message"]["yiaddr"].startswith("10.77.0.2"))
        self.assertNotEqual(good["HardwareAddress"], rogue["HardwareAddress"])
        self.assertEqual((good["Source"], good["Message"]["Type"], good["Message"]["chaddr"]),
                         ("10.77.0.1", "DHCPOFFER", "02:00:00:00:00:07"))
        self.assertEqual(rogue["Message"]["OptionValues"]["domain-name-servers"], ["10.77.0.66"])
        done = self.probe("eth0", "--timeout=3")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        # Nobody is there to be asked.
        self.assertEqual(lines.pop(), '("Taken" without configuration: no daemon manages eth0.)')
        rows = dict(line.split(":", 1) for line in lines)
        rows = {key.strip(): value.split() for key, value in rows.items()}
        self.assertEqual(sorted(rows["Server"]), ["10.77.0.1", "10.77.0.2"])
        at = rows["Server"].index("10.77.0.1")
        self.assertEqual((rows["Address"][at], rows["Domain"][at], rows["Domain"][1 - at]),
                         ("10.77.0.150", "good.example", "-"))
        self.assertEqual(rows["Taken"], ["yes", "yes"])
        # Nothing was taken and nothing is configured.
        self.assertEqual(self.net.addresses(), [])
        self.assertEqual(self.net.read("dnsmasq.leases"), "")
        for log in ("dnsmasq.log", "rogue.log"):
            self.assertIn("DHCPDISCOVER", self.net.read(log))
            self.assertNotIn("DHCPREQUEST", self.net.read(log))
            self.assertNotIn("DHCPACK", self.net.read(log))

    def test_beside_the_daemon(self):
        self.net.add_link()
        self.net.dnsmasq()
        daemon = Daemon(self.net, "eth0")
        address = self.net.wait_address()
        daemon.wait_log("BOUND")
        before = json.loads(daemon.ctl("status", "--json", "eth0"))["DHCPv4"]
        leases = self.net.read("dnsmasq.leases")
        offers = self.offers()
        self.assertEqual([offer["Message"]["yiaddr"] for offer in offers.values()], [address])
        after = json.loads(daemon.ctl("status", "--json", "eth0"))["DHCPv4"]
        for name in ("State", "Address", "ExpiresAtUSec", "GrantedAtUSec", "T1AtUSec", "Server", "LastError", "Servers",
                     "Options"):
            self.assertEqual(before[name], after[name], name)
        self.assertEqual([a[0] for a in self.net.addresses()], [address])
        self.assertEqual(self.net.read("dnsmasq.leases"), leases)
        daemon.ctl("renew", "eth0")
        daemon.wait_log("Renewed")
        self.assertEqual(self.net.wait_address(), address)
        self.assertEqual(daemon.stop(), 0)

    def test_taken(self):
        """For each offer it is shown whether the daemon would ask for it.

        The daemon's configuration decides, which may change; without a daemon the defaults decide.
        """
        self.net.add_link()
        self.net.dnsmasq()
        self.second_server()

        def refusals(daemon):
            done = self.probe("eth0", "--json", "--timeout=3", f"--socket={self.net.path('runtime/private')}")
            result = json.loads(done.stdout)
            self.assertEqual(result["DaemonAsked"], daemon)
            return {offer["Message"]["OptionValues"]["server-identifier"]: offer["Refusal"]
                    for offer in result["Offers"]}

        def reload(text):
            with open(os.path.join(daemon.config, "dhcpd-link.conf"), "w", encoding="ascii") as f:
                f.write("[DHCPv4]\n" + text)
            daemon.ctl("reload")

        self.assertEqual(refusals(False), {"10.77.0.1": None, "10.77.0.2": None})
        daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nDenyServer=10.77.0.2\n"})
        wait_until(lambda: listens(daemon.private), "the private socket")
        self.assertEqual(refusals(True), {"10.77.0.1": None, "10.77.0.2": "a server that DenyServer= lists"})
        mac = json.loads(self.net.ip_server("-j", "link", "show", "br0"))[0]["address"]
        reload(f"AllowServer={mac}\n")
        self.assertEqual(refusals(True), {"10.77.0.1": None, "10.77.0.2": "a server that AllowServer= does not list"})
        text = self.probe("eth0", "--timeout=3", f"--socket={daemon.private}").stdout
        self.assertRegex(text, r" Taken:( yes)? +no: a server that AllowServer= does not list")
        self.assertNotIn("no daemon", text)
        # A daemon that does not manage the link has no opinion.
        daemon.stop()
        daemon = Daemon(self.net)
        wait_until(lambda: listens(daemon.private), "the private socket")
        self.assertEqual(refusals(False), {"10.77.0.1": None, "10.77.0.2": None})

    def test_unusable(self):
        """Offers that no configuration would make the daemon ask for, and why."""
        self.net.add_link()
        for how, refusal in OFFERS.items():
            with self.subTest(how):
                liar = self.net.spawn(self.net.server, "/usr/bin/python3", "-c", LIAR, how)
                wait_until(lambda: ":67 " in run("ip", "netns", "exec", self.net.server, "ss", "-Hlun"),
                           "the liar listens")
                done = self.probe("eth0", "--json", "--timeout=3")
                self.assertEqual([offer["Refusal"] for offer in json.loads(done.stdout)["Offers"]], [refusal])
                self.assertEqual(liar.wait(), 0)

    def test_offers_for_others(self):
        self.net.add_link()
        for how, status in (((), 1), (("honest",), 0)):
            liar = self.net.spawn(self.net.server, "/usr/bin/python3", "-c", LIAR, *how)
            wait_until(lambda: ":67 " in run("ip", "netns", "exec", self.net.server, "ss", "-Hlun"), "the liar listens")
            done = self.probe("eth0", "--json", "--timeout=3")
            self.assertEqual((done.returncode, len(json.loads(done.stdout)["Offers"])), (status, 1 - status))
            self.assertEqual(liar.wait(), 0)  # it heard the DISCOVER, and was heard

    def test_failures(self):
        self.net.add_link()
        silent = self.probe("eth0", "--timeout=0.2")
        self.assertEqual((silent.returncode, silent.stdout), (1, ""))
        self.assertEqual(silent.stderr, "dhcpd-linkctl: Cannot probe eth0: no server answered\n")
        silent = self.probe("eth0", "--json", "--timeout=0.2")
        self.assertEqual((silent.returncode, json.loads(silent.stdout)["Offers"]), (1, []))
        for link, reason in (("nothing", "there is no such link"), ("lo", "the link is not of Ethernet's kind"),
                             ("x" * 40, "no such link")):
            done = self.probe(link, "--timeout=0.2")
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))
            self.assertIn(reason, done.stderr)
        self.assertEqual(self.probe("eth0", "--timeout=0").returncode, 2)
        self.assertEqual(self.probe().returncode, 2)
        weak = self.probe("eth0", "--timeout=0.2", prefix=("setpriv", "--bounding-set=-net_raw", "--inh-caps=-all"))
        self.assertEqual(weak.returncode, 1)
        self.assertIn("CAP_NET_RAW", weak.stderr)
        self.net.ip("link", "set", "eth0", "down")
        self.assertIn("the link is down", self.probe("eth0").stderr)
        self.net.ip_server("link", "set", "s-eth0", "down")
        self.net.ip("link", "set", "eth0", "up")
        self.assertIn("no carrier", self.probe("eth0").stderr)


if __name__ == "__main__":
    require("dnsmasq", "setpriv")
    main()
