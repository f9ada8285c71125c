#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
dhcpd-linkctl: what people and units get to see of it, and `hold`, which must outlive every daemon.
"""
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import time

import dhlib
from dhlib import Daemon, Monitor, SocketTest, end, listens, wait_until

CTL = os.path.join(dhlib.BUILD, "dhcpd-linkctl")


class CtlTest(SocketTest):
    def ctl(self, *arguments, **environment):
        return subprocess.run(["ip", "netns", "exec", self.net.client, CTL, f"--socket={self.socket}", *arguments],
                              capture_output=True,
                              text=True, check=False, timeout=120, env={**os.environ, **environment})

    def ok(self, *arguments):
        result = self.ctl(*arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
        return result.stdout

    def fails(self, code, *arguments):
        result = self.ctl(*arguments)
        self.assertEqual((result.returncode, result.stdout), (code, ""), arguments)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        return result.stderr

    def bound(self, name="eth0"):
        self.net.wait_address(name)
        wait_until(lambda: "BOUND" in self.ctl("status", name).stdout, "BOUND")


class Verbs(CtlTest):
    def test_usage(self):
        for arguments in (("nonsense",), ("--nonsense",), ("up",), ("hold",), ("hold", "a", "b"), ("list", "eth0"),
                          ("wait-online", "--timeout=soon"), ("wait-online", "--timeout=-1")):
            result = self.ctl(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""), arguments)
            self.assertTrue(result.stderr)
        help_text = self.ok("--help")
        for verb in ("status", "list", "up", "down", "renew", "release", "monitor", "watch", "reload", "hold",
                     "wait-online"):
            self.assertIn(f"\n  {verb} ", help_text)
        self.assertRegex(self.ok("--version"), r"^dhcpd-linkctl \d+\.\d+")

    def test_no_daemon(self):
        for verb in ("status", "list", "reload", "monitor"):
            self.assertIn(self.socket, self.fails(1, verb))
        self.assertIn("eth0", self.fails(1, "wait-online", "--timeout=0.3", "eth0"))

    def test_status(self):
        self.net.dnsmasq("--dhcp-option=option:dns-server,10.77.0.53,10.77.0.54",
                         "--dhcp-option=option:domain-name,one.example",
                         "--dhcp-option=option:mtu,100", "--dhcp-option-force=114,https://portal.example/api")
        self.start("eth0")
        self.bound()
        address = self.net.addresses()[0][0]
        for command in (("status",), ("status", "eth0"), ()):
            text = self.ok(*command)
            for words in ("eth0", "State: BOUND", f"Address: {address}/24", "Router: 10.77.0.1",
                          "DNS: 10.77.0.53 10.77.0.54",
                          "Domain: one.example", "Server: 10.77.0.1", "expires in 5", "default via 10.77.0.1 metric",
                          "option 26: ",
                          "Portal: https://portal.example/api"):
                self.assertIn(words, text)
            self.assertNotIn("\x1b", text)
        self.assertEqual(len(self.ok("list").splitlines()), 4)
        line, = self.ok("--no-legend", "list").splitlines()
        self.assertEqual(line.split()[1:5], ["eth0", "BOUND", f"{address}/24", "10.77.0.1"])
        self.assertIn("no link eth7", self.fails(1, "status", "eth7"))

    def test_json(self):
        self.net.dnsmasq()
        self.net.add_link("eth1")
        self.start("eth*")
        self.bound()
        self.bound("eth1")
        everything = json.loads(self.ok("--json", "status"))
        self.assertEqual([link["Name"] for link in everything["Links"]], ["eth0", "eth1"])
        one = json.loads(self.ok("--json", "status", "eth1"))
        self.assertEqual(one["DHCPv4"]["State"], "BOUND")
        self.assertEqual([link["Name"] for link in json.loads(self.ok("--json", "status", "eth1", "eth0"))],
                         ["eth1", "eth0"])
        self.assertEqual([link["Address"] for link in json.loads(self.ok("--json", "list"))],
                         [self.net.addresses(name)[0][0] for name in ("eth0", "eth1")])

    def test_hook_environment(self):
        """What hooks would be given, under each contract. What is left out is told."""
        self.net.dnsmasq("--dhcp-option=option:domain-name,one.example", "--dhcp-option-force=12,bad$name",
                         "--dhcp-option-force=224,24:28:69:64:29", "--dhcp-boot=boot/pxe linux.0,srv.example,10.77.0.9")
        self.start("eth0")
        self.assertIn("no link eth7", self.fails(1, "hook-environment", "eth7"))
        self.bound()
        address = self.net.addresses()[0][0]
        for contract, lines, absent in (
                ("dhclient", ["interface=eth0", "reason=BOUND", f"new_ip_address={address}",
                              "new_domain_name=one.example",
                              "new_next_server=10.77.0.9", "new_filename=boot/pxe linux.0", "new_unknown_224=\\$(id)",
                              "new_routers=10.77.0.1", "requested_domain_name_servers=1"], "new_host_name="),
                ("udhcpc", ["$1=bound", f"ip={address}", "domain=one.example", "opt224=2428696429", "siaddr=10.77.0.9",
                            "boot_file=boot/pxe linux.0", "mask=24"], "hostname=")):
            result = self.ctl("hook-environment", "eth0", f"--contract={contract}")
            self.assertEqual(result.returncode, 0)
            shown = result.stdout.splitlines()
            self.assertEqual([line for line in lines if line not in shown], [])
            self.assertEqual([line for line in shown if line.startswith(absent)], [])
            self.assertRegex(result.stderr, "dhcpd-linkctl: Left out: .*host_?name: it is no name")
        lines = self.ok("hook-environment", "eth0").splitlines()
        self.assertEqual(lines[:-1], ["DHCPD_LINK_EVENT=BOUND", "DHCPD_LINK_IFNAME=eth0"])
        lease = json.loads(lines[-1])["New"]
        self.assertEqual((lease["Address"], lease["OptionValues"]["domain-name"]), (address, "one.example"))
        self.assertEqual(self.ok("hook-environment", "eth0", "--contract=none"), "")
        self.assertIn("dhclient", self.fails(2, "hook-environment", "eth0", "--contract=dhcpcd"))
        self.ok("release", "eth0")
        self.assertIn("no lease", self.fails(1, "hook-environment", "eth0"))

    def test_nothing_to_show(self):
        self.start()
        self.assertEqual(self.ok("status"), "No links are managed.\n")
        self.assertEqual(self.ok("list"), "0 links managed.\n")
        self.assertEqual(self.ok("--no-legend", "list"), "")
        self.assertEqual(json.loads(self.ok("--json", "list")), [])

    def test_up_and_down(self):
        self.net.dnsmasq()
        self.start()
        self.ok("up", "eth0")
        self.bound()
        self.ok("renew", "eth0")
        self.ok("release", "eth0")
        self.assertEqual(self.net.addresses(), [])
        self.assertIn("State: STOPPED", self.ok("status", "eth0"))
        self.ok("renew", "eth0")
        self.bound()
        self.ok("reload")
        self.ok("down", "eth0")
        self.assertEqual(self.net.addresses(), [])
        for verb in ("down", "renew", "release"):
            self.assertIn("eth0", self.fails(1, verb, "eth0"))
        self.assertIn("lo", self.fails(1, "up", "lo"))

    def test_names_of_units(self):
        """Names of units are accepted as systemd escapes them, and as they are."""
        self.net.ip("link", "add", "br-lan", "type", "bridge")
        self.start()
        for name in ("br-lan", r"br\x2dlan"):
            self.ok("up", name)
            self.assertIn("br-lan", self.ok("status", name))
            self.ok("down", name)
            self.assertEqual(self.ok("--no-legend", "list"), "")

    def test_terminal_is_safe(self):
        """A server's strings and a link's name cannot move the cursor, and break no reply."""
        self.net.dnsmasq("--dhcp-option-force=15,\x1b]0;owned\x07", "--dhcp-option-force=12,a\nb\x1b[31m")
        name = b"e\xff\x1b[0"
        subprocess.run([b"ip", b"-n", self.net.client.encode(), b"link", b"add", name, b"type", b"bridge"], check=True)
        self.start("e*")
        self.bound()
        for command in (("status",), ("list",), ("--json", "status"), ("--json", "list"), ("status", "eth0")):
            text = self.ok(*command)
            self.assertNotIn("\x1b", text)
            self.assertIn("eth0", text)
        self.assertEqual(len(self.ok("--no-legend", "list").splitlines()), 2)
        json.loads(self.ok("--json", "status"))

    def test_monitor(self):
        self.net.dnsmasq()
        self.start()
        for name, arguments in (("text", ("monitor",)), ("json", ("--json", "monitor"))):
            self.net.spawn(self.net.client, CTL, f"--socket={self.socket}", *arguments, log=name)
        # They have no way to say that they listen; what happens to another link, and is shown, does.
        self.net.ip("link", "add", "br0", "type", "bridge")

        def listen():
            self.ok("up", "br0")
            self.ok("down", "br0")
            return all("br0" in self.net.read(name) for name in ("text", "json"))

        wait_until(listen, "the monitors listen")
        self.ok("up", "eth0")
        self.bound()
        self.ok("down", "eth0")

        def signals():
            return [json.loads(line) for line in self.net.read("json").splitlines(keepends=True) if line.endswith("\n")]

        wait_until(lambda: "eth0: no longer managed" in self.net.read("text"), "the end in the text")
        wait_until(lambda: [s for s in signals() if s["Signal"] == "LinkRemoved" and "eth0" in s["Arguments"]],
                   "the end in JSON")
        text = "".join(line for line in self.net.read("text").splitlines(keepends=True) if "eth0" in line)
        order = [text.index(words) for words in ("eth0: managed", "-> SELECTING", "-> BOUND", "lease bound: 10.77.0.",
                                                 "lease lost: released",
                                                 "eth0: no longer managed")]
        self.assertEqual(order, sorted(order))
        self.assertEqual([s["Arguments"][0] for s in signals() if s["Signal"] == "LeaseChanged"], ["bound", "lost"])

    def test_wait_online(self):
        self.net.add_link("eth1")
        waiting = self.net.spawn(self.net.client, CTL, f"--socket={self.socket}", "wait-online", "eth0", "eth1")
        anyone = self.net.spawn(self.net.client, CTL, f"--socket={self.socket}", "wait-online", "--any", "eth0", "eth1")
        # The daemon comes later, and so does the server, and so does the second link's turn.
        self.start("eth0")
        self.assertIn("eth0", self.fails(1, "wait-online", "--timeout=0.3"))
        self.net.dnsmasq()
        self.bound()
        wait_until(lambda: anyone.poll() is not None, "wait-online --any to end")
        self.assertEqual(anyone.returncode, 0)
        self.assertEqual(self.ok("wait-online", "--timeout=60"), "")
        self.assertIsNone(waiting.poll())
        self.ok("up", "eth1")
        self.bound("eth1")
        wait_until(lambda: waiting.poll() is not None, "wait-online to end")
        self.assertEqual(waiting.returncode, 0)


class Notified:
    """Stands in for the service manager: what a process says by sd_notify()."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.told = []

    def read(self):
        while select.select([self.socket], [], [], 0)[0]:
            self.told += self.socket.recv(4096).decode().splitlines()
        return self.told

    def status(self):
        return next((line[7:] for line in reversed(self.read()) if line.startswith("STATUS=")), "")

    def wait_status(self, pattern):
        try:
            wait_until(lambda: re.search(pattern, self.status()), f"status {pattern}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is: {self.status()}") from None


class Socket(CtlTest):
    """The private socket is there as long as the daemon runs, whatever happens to its file."""

    def test_removed_at_once(self):
        """The file is removed before the daemon watches it."""
        for _ in range(5):
            daemon = Daemon(self.net)
            deadline = time.monotonic() + 60
            while not os.path.exists(self.socket):
                self.assertLess(time.monotonic(), deadline)
            os.unlink(self.socket)
            wait_until(lambda: listens(self.socket), "the private socket")
            self.assertEqual(daemon.stop(), 0)

    def test_removed(self):
        self.net.dnsmasq()
        daemon = self.start("eth0")
        for n, remove in enumerate((lambda: os.unlink(self.socket),
                                    lambda: shutil.rmtree(daemon.runtime, ignore_errors=True)), start=1):
            remove()
            daemon.wait_log(f"The private socket at {self.socket} is gone, making it again", n)
            wait_until(lambda: listens(self.socket), "the private socket")
            self.assertIn("eth0", self.ok("--no-legend", "list"))
        # What a stranger puts in its place is replaced as well, and what is not ours stays when the daemon ends.
        os.rename(self.socket, self.socket + ".old")
        wait_until(lambda: listens(self.socket), "the private socket")
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse(os.path.exists(self.socket))
        self.assertTrue(os.path.exists(self.socket + ".old"))

    def test_cannot_be_made(self):
        """The socket cannot be made at first. Once it can, it is."""
        os.makedirs(os.path.join(self.socket, "in-the-way"))
        daemon = Daemon(self.net)
        daemon.wait_log(f"No private socket at {self.socket}, trying again")
        shutil.rmtree(self.socket)
        daemon.wait_log(f"The private socket is at {self.socket} again")
        self.assertEqual(self.ok("--no-legend", "list"), "")


class Hold(CtlTest):
    def hold(self, name, log="hold"):
        self.notified = Notified(self.net.path(f"notify.{len(self.net.processes)}"))
        self.addCleanup(self.notified.socket.close)
        return self.net.spawn(self.net.client, CTL, f"--socket={self.socket}", "hold", name, log=log,
                              env={**os.environ, "NOTIFY_SOCKET": self.notified.path})

    def wait_ready(self):
        wait_until(lambda: "READY=1" in self.notified.read(), "READY=1")

    def logged(self):
        return self.net.read("hold")

    def test_life(self):
        self.net.dnsmasq()
        self.start()
        process = self.hold("eth0")
        self.wait_ready()
        self.notified.wait_status(r"^eth0: 10\.77\.0\.1\d\d/24 via 10\.77\.0\.1, expires \w.*, from 10\.77\.0\.1$")
        wait_until(lambda: re.search(r"^eth0: bound 10\.77\.0\.1\d\d/24 via", self.logged()), "the lease in the log")
        time.sleep(0.1)  # a lease that was granted just now is not renewed
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "eth0: renewed" in self.logged(), "a renewal")
        self.net.ip_server("link", "set", "s-eth0", "down")
        self.notified.wait_status("no carrier$")
        self.assertEqual(end(process), 0)
        self.assertEqual((self.net.addresses(), self.ok("--no-legend", "list")), ([], ""))
        self.assertIn("STOPPING=1", self.notified.read())

    def test_releases(self):
        self.net.dnsmasq()
        self.start()
        process = self.hold("eth0")
        self.net.wait_address()
        self.assertEqual(end(process), 0)
        # It would not wait longer than some seconds, and say so.
        self.assertNotIn("did not stop it", self.logged())
        self.assertEqual(self.net.addresses(), [])
        wait_until(lambda: "DHCPRELEASE" in self.net.read("dnsmasq.log"), "RELEASE")

    def test_no_answer(self):
        self.start()
        process = self.hold("eth0")
        self.wait_ready()
        self.notified.wait_status("^eth0: SELECTING(, no answer yet$|: No DHCP server answers; )")
        self.assertEqual(end(process), 0)

    def test_no_link_yet(self):
        self.net.dnsmasq()
        self.start()
        process = self.hold("later0")
        self.wait_ready()
        self.notified.wait_status("^later0: link does not exist yet$")
        for _ in range(2):
            self.net.add_link("later0")
            self.notified.wait_status("^later0: 10.77")
            self.net.ip("link", "del", "later0")
            self.notified.wait_status("does not exist yet$")
        self.assertIn("later0: link is gone", self.logged())
        self.assertIsNone(process.poll())
        # Another interface takes the name.
        self.net.add_link("old0")
        self.net.ip("link", "set", "old0", "down")
        self.net.ip("link", "set", "old0", "name", "later0")
        self.notified.wait_status("^later0: 10.77")
        self.assertEqual(end(process), 0)

    def test_daemon_dies(self):
        """The daemon is killed and comes back: nothing is touched, the holder claims again and says so once."""
        self.net.dnsmasq()
        daemon = self.start()
        process = self.hold("eth0")
        self.notified.wait_status("10.77")
        address = self.net.addresses()[0][0]
        discovers = self.net.read("dnsmasq.log").count("DHCPDISCOVER")
        wait_until(lambda: os.listdir(self.net.path("runtime/lease")), "a saved lease")
        for n in (1, 2):
            daemon.kill()
            self.notified.wait_status("waiting for the daemon")
            time.sleep(0.5)
            daemon = self.start()
            self.notified.wait_status(re.escape(address))
            wait_until(lambda: self.logged().count("the daemon is back") >= n, "a line in the log")
            self.assertEqual(self.logged().count("the daemon is back"), n)
        self.assertIsNone(process.poll())
        self.assertEqual(self.logged().count("bound"), 1, self.logged())
        self.assertNotIn("DHCPRELEASE", self.net.read("dnsmasq.log"))
        self.assertEqual(self.net.read("dnsmasq.log").count("DHCPDISCOVER"), discovers)
        self.assertEqual(end(process), 0)
        self.assertEqual(self.net.addresses(), [])

    def test_before_the_daemon(self):
        process = self.hold("eth0")
        wait_until(lambda: "cannot reach the daemon" in self.logged(), "a line in the log")
        time.sleep(0.5)
        self.assertEqual(len(self.logged().splitlines()), 1)
        self.assertNotIn("READY=1", self.notified.read())
        self.start()
        self.wait_ready()
        self.assertEqual(end(process), 0)

    def test_stopped_without_daemon(self):
        daemon = self.start()
        process = self.hold("eth0")
        self.wait_ready()
        daemon.kill()
        self.notified.wait_status("waiting for the daemon")
        self.assertEqual(end(process), 0)

    def test_taken_down(self):
        self.start()
        process = self.hold("eth0")
        self.wait_ready()
        self.ok("down", "eth0")
        wait_until(lambda: process.poll() is not None, "the holder to end")
        self.assertEqual(process.returncode, 0)
        self.assertIn("no longer managed", self.logged())

    def test_refused(self):
        self.start(config={"links/no.conf": "[Match]\nName=eth0\n[Link]\nManage=no\n"})
        for name, words in (("lo", "cannot do DHCP"), ("eth0", "Manage=no"), ("a/b", "No link can have")):
            process = self.hold(name, log=f"hold.{len(name)}{name[0]}")
            wait_until(lambda: process.poll() is not None, "the holder to end")
            self.assertEqual(process.returncode, 1)
            log = self.net.read(f"hold.{len(name)}{name[0]}")
            self.assertIn(words, log)
            self.assertEqual(len(log.splitlines()), 1)
            self.assertNotIn("READY=1", self.notified.read())

    def test_two_holders(self):
        self.net.ip("link", "add", "br-lan", "type", "bridge")
        self.start()
        one = self.hold("br-lan")
        self.wait_ready()
        two = self.hold(r"br\x2dlan")
        self.wait_ready()
        self.assertEqual(end(one), 0)
        self.assertIn("br-lan", self.ok("--no-legend", "list"))
        self.assertIsNone(two.poll())
        self.assertEqual(end(two), 0)
        self.assertEqual(self.ok("--no-legend", "list"), "")

    def test_killed(self):
        """The daemon waits for a holder that is killed, or whose connection is cut off.

        The next holder finds the lease untouched.
        """
        self.net.dnsmasq()
        daemon = self.start()
        process = self.hold("eth0")
        address = self.net.wait_address()
        monitor = Monitor(self.net)
        end(process, signal.SIGKILL)
        daemon.wait_log("eth0: its holder is gone, waiting for it to come back")
        self.assertIn("eth0", self.ok("--no-legend", "list"))
        process = self.hold("eth0", log="hold.2")
        wait_until(lambda: address in self.net.read("hold.2"), "the lease to be found")
        self.assertEqual(monitor.deletions(), [])
        # Who came back lets go at once, by a stop.
        self.assertEqual(end(process), 0)
        self.net.wait_no_address()
        self.assertEqual(self.ok("--no-legend", "list"), "")
        self.assertEqual(self.net.read("dnsmasq.log").count("DHCPRELEASE"), 1)

    def test_journal(self):
        """In the journal lines have priorities."""
        self.net.dnsmasq()
        self.start()
        process = self.net.spawn(self.net.client, CTL, f"--socket={self.socket}", "hold", "eth0", log="hold",
                                 env={**os.environ, "JOURNAL_STREAM": "1:2"})
        wait_until(lambda: "<6>eth0: bound" in self.logged(), "the line")
        time.sleep(0.1)
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "<7>eth0: renewed" in self.logged(), "the renewal")


if __name__ == "__main__":
    dhlib.require("ip", "dnsmasq")
    dhlib.main()
