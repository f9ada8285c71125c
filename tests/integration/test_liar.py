#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A server that lies, in each way of the tables in lies.py, and what the client makes of it.
That is what the kernel has in the end, what was asked for on the wire, and what dhcpd-linkctl shows. One daemon hears
many lies at once, each on a link of its own.
"""
import importlib.util
import json
import os
import re
import signal
import time

import dhlib
from dhlib import Daemon, Monitor, NetTest, wait_until

if not importlib.util.find_spec("scapy"):
    dhlib.skip("python3-scapy is not installed")

# noqa: E402
from liar import (
    ACK,
    HONEST,
    LYING,
    NAK,
    OFFER,
    REQUEST,
    SERVER,
    Liar,
    Reply,
    address,
    both,
    forcerenew,
    kind,
    option,
    packed,
    u32,
)
from lies import ASKED, DROPPED, INJECTION, RENEWED, TAKEN, stranger  # noqa: E402

CONFIG = {"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n"}


class LiarTest(NetTest):
    def start(self, links, **kwargs):
        self.liar = Liar(self.net, links)
        self.addCleanup(self.liar.close)
        self.daemon = Daemon(self.net, "e*", config=CONFIG, **kwargs)
        return self.daemon

    def addresses(self):
        """Returns {link: [(address, prefix length, valid seconds)]} of all links at once."""
        links = json.loads(self.net.ip("-j", "-4", "addr", "show") or "[]")
        return {int(link["ifname"][1:]): [(a["local"], a["prefixlen"], a["valid_life_time"]) for a in link["addr_info"]]
                for link in links if re.fullmatch(r"e\d+", link.get("ifname", ""))}

    def have(self, links):
        """Returns how many of the links 1 to `links` are bound, as the log tells."""
        return len(set(re.findall(r"\be(\d+): Bound to", self.daemon.logged()))) >= links

    def states(self, link):
        """Returns the states that the client went through.

        No answer sent it back to the beginning, and none let it begin to renew. The number of frames would not tell: a
        client that gets no answer in time asks again.
        """
        return re.findall(rf"\be{link}: \w+ -> (\w+)", self.daemon.logged())

    def status(self, link):
        return json.loads(self.daemon.ctl("--json", "status", f"e{link}"))["DHCPv4"]

    def check_daemon(self):
        self.assertIsNone(self.daemon.process.poll())
        self.assertEqual([c for c in self.daemon.logged() if (ord(c) < 32 and c != "\n") or ord(c) > 126], [])


class Lies(LiarTest):
    def test_dropped(self):
        """Lies come before the honest answer. The last link is told an answer that is no lie.

        If that one were dropped too, this test would show nothing.
        """
        rows = [*DROPPED, ("no lie at all", both(), (OFFER, ACK))]
        self.start(len(rows))
        told = set()

        def answers(request):
            _, change, phases = rows[request.link - 1]
            honest = Reply(request)
            # Once in an exchange. Whoever asked again because this server was slow has got its answer by now, and would
            # hear the lie out of place.
            exchange = (request.link, request.type, request.bootp.xid)
            if honest.kind in phases and exchange not in told:
                told.add(exchange)
                lie = Reply(request, host=LYING)
                change(lie)
                yield lie.frame()
            yield honest.frame()

        self.liar.serve(answers, lambda: self.have(len(rows)))  # those that are not are named below
        found = self.addresses()
        for link, (name, *_) in enumerate(rows, 1):
            with self.subTest(name):
                host = LYING if link == len(rows) else HONEST
                self.assertEqual([a[:2] for a in found.get(link, [])], [(address(link, host), 24)])
                asked = {request.asked() for request in self.liar.heard[link] if request.type == REQUEST}
                self.assertEqual(asked, {(REQUEST, address(link, host), address(link, SERVER))})
                self.assertEqual(self.states(link), ASKED)
        self.check_daemon()

    def test_taken(self):
        """Odd answers, and no others: the client has to accept them, and what is wrong in them must not get far."""
        self.start(len(TAKEN))

        def answers(request):
            _, change, phases, _ = TAKEN[request.link - 1]
            reply = Reply(request)
            if reply.kind in phases:
                change(reply)
            yield reply.frame()

        self.liar.serve(answers, lambda: self.have(len(TAKEN)))
        found = self.addresses()
        routes = json.loads(self.net.ip("-j", "-4", "route", "show"))
        for link, (name, _, _, expected) in enumerate(TAKEN, 1):
            with self.subTest(name):
                self.check_taken(link, expected, found.get(link, []), [r for r in routes if r["dev"] == f"e{link}"])
        self.check_daemon()
        # What a server wrote, as it is shown: nothing a terminal or a shell would see.
        shown = self.daemon.ctl("status", f"e{[row[0] for row in TAKEN].index('injection') + 1}") + self.daemon.ctl(
            "status"
        )
        self.assertEqual([c for c in shown if ord(c) < 32 and c != "\n" or 126 < ord(c) < 160], [])
        for text in (self.daemon.logged(), shown):
            self.assertNotIn(INJECTION.decode("latin-1"), text)
            self.assertNotIn("\n<6>fake", text)

    def check_taken(self, link, expected, addresses, routes):
        self.assertEqual([a[:2] for a in addresses],
                         [(address(link, expected.get("host", HONEST)), expected.get("prefix", 24))])
        if "lifetime" in expected:
            self.assertTrue(expected["lifetime"][0] <= addresses[0][2] <= expected["lifetime"][1], addresses)
        default = [r.get("gateway") for r in routes if r["dst"] == "default"]
        if "gateway" in expected:
            gateway = expected["gateway"]
            self.assertEqual(default,
                             [address(link, gateway) if isinstance(gateway, int) else gateway] if gateway else [])
        if "kept" in expected:
            self.assertEqual(sorted(self.status(link)["KeptOptions"]), expected["kept"])
        if "onlink" in expected:
            self.assertIn((expected["onlink"], "link"), [(r["dst"], r.get("scope")) for r in routes])
        if "routes" in expected:
            self.assertTrue(expected["routes"][0] <= len(routes) <= expected["routes"][1], len(routes))
        for key, name in (("dns", "DNS"), ("ntp", "NTP"), ("portal", "CaptivePortal")):
            if key in expected:
                self.assertEqual(self.status(link)[name], expected[key])
        if "ignored" in expected:
            ignored = {entry["Code"]: entry["Text"] for entry in self.status(link)["IgnoredOptions"]}
            missing = {code: part for code, part in expected["ignored"].items() if part not in ignored.get(code, "\0")
                       or code not in ignored}
            self.assertEqual(missing, {}, ignored)
            if not expected["ignored"]:
                self.assertEqual(ignored, {})
        if "states" in expected:
            self.assertEqual(self.states(link), expected["states"])


class Bound(LiarTest):
    """What is told to a client that has its lease."""

    def bind(self, links, change=both()):
        def answers(request):
            reply = Reply(request)
            change(reply)
            yield reply.frame()

        self.start(links)
        self.assertTrue(self.liar.serve(answers, lambda: self.have(links)))

    def renew(self, link, answers, done):
        wait_until(lambda: self.daemon.ctl("renew", f"e{link}", check=False) is not None, "renew")
        self.assertTrue(self.liar.serve(answers, done), self.daemon.logged()[-3000:])

    def test_renewing(self):
        """A stranger answers a REQUEST in RENEWING, and then an answer moves the client to another address."""
        self.bind(1)
        lies = [("ACK of another", stranger), ("NAK of another", both(kind(NAK), stranger)),
                ("NAK of nobody", both(kind(NAK), option(54, None))),
                ("no server", option(54, None)), ("an OFFER", kind(OFFER))]

        def answers(request):
            for _, change in lies:
                lie = Reply(request, ACK, host=LYING)
                change(lie)
                lie.ip["dst"] = address(1, HONEST)
                yield lie.frame()
            honest = Reply(request, ACK, host=self.next_host)
            honest.ip["dst"] = address(1, HONEST)
            yield honest.frame()

        self.next_host = HONEST
        self.renew(1, answers, lambda: "Renewed" in self.daemon.logged())
        self.assertEqual([a[0] for a in self.addresses()[1]], [address(1, HONEST)])
        self.assertNotIn("refused", self.daemon.logged())
        self.next_host = 77
        self.renew(1, answers, lambda: "Lease changed" in self.daemon.logged())
        wait_until(lambda: [a[0] for a in self.addresses()[1]] == [address(1, 77)], "the new address alone")
        self.check_daemon()

    def test_renewed(self):
        """Renewals leave out what was said before, or come from the next node.

        Nothing is lost, and nothing changes back and forth.
        """
        def answers(request):
            reply = Reply(request)
            reply.options.update({3: packed(request.link, SERVER), 6: packed(request.link, 53)})
            if str(request.bootp.ciaddr) != "0.0.0.0":
                reply.ip["dst"] = address(request.link, HONEST)
                RENEWED[request.link - 1][1](reply)
            yield reply.frame()

        links = len(RENEWED)
        self.start(links)
        self.assertTrue(self.liar.serve(answers, lambda: self.have(links)))
        for link in range(1, links + 1):  # renewals go there once it has answered
            self.net.ip_server("addr", "add", f"{address(link, 9)}/24", "dev", f"s{link}")
        monitor = Monitor(self.net)
        for again in range(1, 3):  # what was kept once is kept by the next renewal, too
            for link in range(1, links + 1):
                self.daemon.ctl("renew", f"e{link}")
            self.liar.serve(answers,
                            lambda times=again: all(self.daemon.logged().count(f"e{link}: RENEWING -> BOUND\n") >= times
                                                    for link in range(1, links + 1)))
        self.assertEqual(monitor.deletions(), [])
        found = self.addresses()
        routes = json.loads(self.net.ip("-j", "-4", "route", "show"))
        for link, (name, _, kept) in enumerate(RENEWED, 1):
            with self.subTest(name):
                lease = self.status(link)
                self.assertEqual(lease["State"], "BOUND")
                self.assertEqual([a[:2] for a in found[link]], [(address(link, HONEST), 24)])
                self.assertTrue(3000 <= found[link][0][2] <= 3600)
                self.assertEqual([r["gateway"] for r in routes if r["dev"] == f"e{link}" and r["dst"] == "default"],
                                 [address(link, SERVER)])
                self.assertEqual((lease["DNS"], sorted(lease["KeptOptions"])), ([address(link, 53)], kept))
                codes = [option["Code"] for option in lease["Options"]]
                self.assertTrue({1, 3, 6, 51, 54} <= set(codes), codes)
                self.assertEqual(lease["Server"], address(link, 9 if "another node" in name else SERVER))
                shown = self.daemon.ctl("status", f"e{link}")
                self.assertEqual("not in the last answer" in shown, bool(kept), shown)
        # Who has another server now is told so; all others were just renewed.
        self.assertEqual({int(n) for n in re.findall(r"\be(\d+): Lease changed", self.daemon.logged())},
                         {link for link, (name, *_) in enumerate(RENEWED, 1) if "another node" in name})
        self.check_daemon()

    def test_forcerenew(self):
        """FORCERENEW without a digest, with a wrong or an old one, and with the right one, which alone is followed.

        Beside it there is a NAK storm.
        """
        nonce = bytes(range(1, 17))

        def authentication(reply):
            if reply.kind == ACK:
                reply.options[90] = b"\x03\x01\x00" + (1).to_bytes(8, "big") + b"\x01" + nonce

        def answers(request):
            reply = Reply(request)
            if request.link == 2 and reply.kind == ACK:
                kind(NAK)(reply)
            authentication(reply)
            yield reply.frame()

        self.start(2)
        self.assertTrue(self.liar.serve(answers, lambda: "e1: Bound to" in self.daemon.logged()))
        end = time.monotonic() + 11  # a lease younger than 10 s is not renewed because a server says so
        self.liar.serve(answers, lambda: time.monotonic() > end)
        # NAKs: 1 s, 2 s, 4 s ... between the attempts, so that these are a handful.
        self.assertLess(len(self.liar.heard[2]), 20)
        self.assertGreater(len(self.liar.heard[2]), 2)
        request = next(r for r in self.liar.heard[1] if r.type == REQUEST)
        heard = len(self.liar.heard[1])
        other = Reply(request, host=LYING)
        self.liar.send(1, forcerenew(request, HONEST), forcerenew(request, HONEST, dst="255.255.255.255"),
                       forcerenew(request, HONEST, nonce=bytes(16)), forcerenew(request, HONEST, nonce=b"k" * 16),
                       forcerenew(request, HONEST, nonce=nonce, replay=1),
                       forcerenew(request, HONEST, nonce=nonce, replay=0),
                       forcerenew(request, HONEST, nonce=nonce)[:-1] + b"\0", other.frame())
        for message_type in (1, 2, 3, 4, 5, 6, 7, 8):
            stray = Reply(request, host=LYING)
            kind(message_type)(stray)
            stray.ip["dst"] = address(1, HONEST)
            self.liar.send(1, stray.frame())
        # A daemon that has answered this has heard those.
        self.assertEqual(self.status(1)["State"], "BOUND")
        silence = time.monotonic() + 1
        self.liar.serve(answers, lambda: time.monotonic() > silence)
        self.assertEqual(len(self.liar.heard[1]), heard)
        self.liar.send(1, forcerenew(request, HONEST, nonce=nonce, replay=3))
        self.assertTrue(self.liar.serve(answers, lambda: "e1: BOUND -> RENEWING" in self.daemon.logged()),
                        self.daemon.logged()[-2000:])
        self.check_daemon()


class Storm(LiarTest):
    def test_storm(self):
        """Rubbish comes as fast as it can be sent, and the client hears the honest server all the same."""
        self.start(1)
        first = []

        def answers(request):
            if not first:
                first.append(self.storm(request))
            yield Reply(request).frame()

        try:
            self.assertTrue(self.liar.serve(answers, lambda: self.have(1)), self.daemon.logged()[-2000:])
        finally:
            for pid, pipe, start in first:
                seconds = time.monotonic() - start
                os.kill(pid, signal.SIGTERM)
                os.waitpid(pid, 0)
                sent = len(os.read(pipe, 1 << 20)) * 100
                print(f"{sent} frames of rubbish in {seconds:.2f} s")
                os.close(pipe)
        self.assertEqual([a[0] for a in self.addresses()[1]], [address(1, HONEST)])
        self.check_daemon()

    def storm(self, request):
        """Starts a process that sends every lie over and over: a hundred at a time, and a byte into the pipe for each.

        """
        frames = []
        for _, change, _ in DROPPED:
            lie = Reply(request, host=LYING)
            change(lie)
            lie.bootp["xid"] ^= 0x5555  # the client has other exchanges soon; none of these may be one of them
            frames.append(lie.frame())
        while len(frames) < 100:
            frames += frames[:100 - len(frames)]
        read, write = os.pipe()
        start = time.monotonic()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.alarm(60)
            while True:
                try:
                    self.liar.send(1, *frames)
                    os.write(write, b".")
                except OSError:
                    pass
                time.sleep(0.002)
        os.close(write)
        time.sleep(0.5)
        return pid, read, start


if __name__ == "__main__":
    dhlib.require("ip")
    dhlib.main()
