#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
libdhcpd-link-glib in other languages.
The examples of dbus/glib/examples run against a daemon that restarts and links that come and go a thousand times. Every
getter is compared with what the daemon says, from Python and from C code that gdbus-codegen made. There are also the
symbols that the library exports, and the client of test_glib.py under valgrind. The arguments are programs of the
build: contract-getters, then the examples that were built.
"""
import json
import os
import re
import shutil
import sys

from gi.repository import GLib

import dhlib
from busclient import DBusTest, DHCP4, KEEP, LINK, MANAGER, NO_RELEASE, PROPERTIES, ROOT
from dhlib import BUILD, Daemon, TOP, run, wait_until
from glibclient import GlibClient, Program

EXAMPLES = os.path.join(TOP, "dbus/glib/examples")
LIBRARY = os.path.join(BUILD, "dbus/glib")
LANGUAGES = {"GI_TYPELIB_PATH": LIBRARY, "LD_LIBRARY_PATH": LIBRARY}
SUPPRESSIONS = "/usr/share/glib-2.0/valgrind/glib.supp"
GETTERS, PROGRAMS = sys.argv[1], sys.argv[2:]
OPTIONS = ("--dhcp-option=option:dns-server,10.77.0.53,10.77.0.54", "--dhcp-option=option:domain-name,one.example",
           "--dhcp-option=119,a.example,b.example", "--dhcp-option=121,192.0.2.0/24,10.77.0.2",
           "--dhcp-option-force=224,00:02:ff")


class Examples(DBusTest):
    @staticmethod
    def commands():
        commands = [[program] for program in PROGRAMS]
        for interpreter, name in (("/usr/bin/python3", "watch-links.py"), ("gjs", "watch-links.js")):
            if shutil.which(interpreter):
                commands.append([interpreter, os.path.join(EXAMPLES, name)])
        return commands

    def run_all(self):
        environment = {"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address, **LANGUAGES}
        return [Program(self.net, *command, env=environment) for command in self.commands()]

    def test_examples(self):
        """All examples run at once, against one daemon, and say the same."""
        programs = self.run_all()
        self.net.add_link("eth1")
        self.net.dnsmasq()
        self.start("eth0")
        wanted = self.live_through(programs, 10)
        self.daemon.kill()
        self.start("eth0")
        wanted += ["eth0 removed", *self.live_through(programs, 2)]
        for program in programs:
            program.wait("eth1 removed")
            # It may be bound when it is first seen.
            lines = [line for line in program.lines if not line.startswith("eth0 has")]
            self.assertEqual(lines, wanted, program.process.args)
            program.close()

    def test_come_and_go(self):
        """Links that come and go a thousand times: the programs hear of each, and do not grow."""
        with open(self.net.path("batch"), "w", encoding="ascii") as file:
            file.writelines(f"link add d{i} type veth peer name p{i}\n" for i in range(50))
        self.net.ip("-batch", self.net.path("batch"))
        self.start("eth0")
        programs = self.run_all()
        for program in programs:
            program.wait("eth0 added")
        caller = self.system()

        def come_and_go(rounds):
            for _ in range(rounds):
                caller.manager("StartLink", "sa{sv}", "d*", {"Apply": GLib.Variant("b", False)})
                caller.manager("StopLink", "sa{sv}", "d*", {})
            caller.manager("StopLink", "sa{sv}", "eth0", {})
            for program in programs:
                program.wait("eth0 removed")
            caller.manager("StartLink", "sa{sv}", "eth0", {"Apply": GLib.Variant("b", False)})

        come_and_go(8)
        before = [program.rss() for program in programs]
        come_and_go(12)
        for program, memory in zip(programs, before):
            for what in ("added", "removed"):
                count = sum(line.startswith("d") and line.endswith(what) for line in program.lines)
                self.assertEqual(count, 1000, program.process.args)
            # The collector of gjs waits until it sees a reason, which objects in C are none of.
            if program.process.args[0] != "gjs":
                self.assertLess(program.rss() - memory, 4 << 20, program.process.args)
            program.close()

    def live_through(self, programs, rounds):
        """Lets eth0 be there, and eth1 come and go. Returns the lines of a program that was there in time."""
        for program in programs:
            program.wait("eth0 added")
        wanted = ["eth0 added"]
        caller = self.system()
        for _ in range(rounds):
            caller.manager("StartLink", "sa{sv}", "eth1", {})
            address = self.net.wait_address("eth1")
            for program in programs:
                program.wait(f"eth1 has {address}")
            caller.manager("StopLink", "sa{sv}", "eth1", {})
            wanted += ["eth1 added", f"eth1 has {address}", "eth1 has ", "eth1 removed"]
        return wanted


class Getters(DBusTest):
    def setUp(self):
        super().setUp()
        self.net.dnsmasq(*OPTIONS)
        self.start("eth0")
        self.raw = self.system()
        wait_until(lambda: self.raw.get("State") == "BOUND", "BOUND")
        self.path = self.raw.link()
        self.told = {}

    def get_told(self):
        """Returns all properties, by their full names."""
        told = {}
        for interface, path in ((MANAGER, ROOT), (LINK, self.path), (DHCP4, self.path)):
            values = self.raw.call_variant(path, PROPERTIES, "GetAll", "s", interface).get_child_value(0)
            for i in range(values.n_children()):
                name, value = (values.get_child_value(i).get_child_value(part) for part in (0, 1))
                told[f"{interface}.{name.get_string()}"] = value.get_variant()
        return told

    def run_at_rest(self, *command, **kwargs):
        """Runs a program that reads all, until nothing changed in the meantime. Returns its output.

        What the daemon says is in self.told.
        """
        def at_rest():
            self.told = self.get_told()
            output = run(*command, **kwargs)
            after = self.get_told()
            return output if all(value.equal(after[name]) for name, value in self.told.items()) else None
        return wait_until(at_rest, "nothing changes")

    def test_codegen(self):
        """C code that gdbus-codegen made of the contract reads what the daemon says, bytes as well."""
        lines = self.run_at_rest(GETTERS, self.bus.address, self.path).splitlines()
        self.assertEqual(dict(line.split(" ", 1) for line in lines),
                         {name: value.print_(True) for name, value in self.told.items()})

    def test_library(self):
        """Every property of every object of the library is what busctl shows, in Python."""
        program = os.path.join(TOP, "tests/integration/glib-getters.py")
        found = self.run_at_rest("/usr/bin/python3", program, self.bus.address,
                                 env={**os.environ, **LANGUAGES, "G_DEBUG": "fatal-warnings"})
        client, link, dhcp4, routers = json.loads(found)
        self.assertEqual(routers, ["10.77.0.1"])
        for interface, found in ((MANAGER, client), (LINK, link), (DHCP4, dhcp4)):
            for name, value in self.told.items():
                if name.rsplit(".", 1)[0] == interface:
                    self.compare(name.rsplit(".", 1)[1], value, found)
        self.assertEqual((client["daemon-state"], link["present"], dhcp4["state"], dhcp4["origin"]),
                         ("running", True, "bound", "dhcp"))
        self.assertEqual(link["state"], link["state-name"])

    @dhlib.unittest.skipUnless(shutil.which("gjs"), "gjs is not installed")
    def test_calls(self):
        """Calls in gjs, errors by their codes, and records that outlive the list they came in."""
        wait_until(lambda: len(self.raw.get("Routes")) == 2, "the routes")
        printed = run("timeout", "60", "gjs", os.path.join(TOP, "tests/integration/glib-calls.js"),
                      env={**os.environ, **LANGUAGES, "DBUS_SYSTEM_BUS_ADDRESS": self.bus.address})
        self.assertEqual(printed.splitlines(), ["true", "10.77.0.0,192.0.2.0", "lo", "true"])

    def compare(self, name, value, found):
        special = {"DNS": "dns", "NTP": "ntp", "MTU": "mtu", "IPv6Only": "ipv6-only"}
        field = special.get(name) or re.sub(r"USec$", "", re.sub(r"BoottimeUSec$", "Boottime", name))
        if name not in special:
            field = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", field).lower()
        kind, plain = value.get_type_string(), self.plain(value)
        if name == "Options":
            self.assertEqual([[option["code"], option["data"]] for option in found["options"]][:len(plain)], plain)
            by_name = self.plain(self.told[f"{DHCP4}.OptionValues"])
            values = {option["name"]: option["value"] for option in found["options"] if option["value"] is not None}
            self.assertEqual(values, by_name)
        elif name in ("State", "Origin"):
            self.assertEqual(found[f"{field}-name"], plain)
        elif (kind == "aa{sv}" and name != "Plugins") or name in ("LastIgnored", "LastError"):
            records, plain = (found[field], plain) if kind == "aa{sv}" else ([found[field] or {}], [plain])
            self.assertEqual(len(records), len(plain))
            for record, wanted in zip(records, plain):
                for key, entry in wanted.items():
                    key = re.sub(r"USec$", "", re.sub(r"BoottimeUSec$", "Boottime", key))
                    key = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
                    self.assertEqual(record.get(f"{key}_name", record.get(key)), entry, (name, key))
        else:
            self.assertEqual(found[field], plain, name)

    def plain(self, value):
        return json.loads(json.dumps(value.unpack()))


class Library(DBusTest):
    def test_symbols(self):
        """The library exports what is listed and nothing else: what is gone breaks programs."""
        library = os.path.join(LIBRARY, "libdhcpd-link-glib.so")
        lines = run("nm", "--dynamic", "--defined-only", "--format=posix", library).splitlines()
        with open(os.path.join(TOP, "dbus/glib/libdhcpd-link-glib.symbols"), encoding="ascii") as file:
            wanted = [line.strip() for line in file if line.strip() and not line.startswith("#")]
        self.assertEqual(sorted(line.split()[0] for line in lines), wanted)

    @dhlib.unittest.skipUnless(shutil.which("valgrind") and os.path.exists(SUPPRESSIONS), "valgrind is not installed")
    def test_valgrind(self):
        """A lease, a daemon that dies, links that come and go: nothing is lost or read that was not written."""
        self.net.dnsmasq(*OPTIONS)
        self.start("eth0")
        program = GlibClient(self.net, self.bus.address, "bus", wrapper=(
            "valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite",
            "--show-leak-kinds=definite", f"--suppressions={SUPPRESSIONS}"))
        program.wait("daemon running ")
        program.ask("keep eth0")
        for _ in range(3):
            for command in ("stop eth0", "start eth0", "options eth0", "candidates", "describe eth0", "counters eth0",
                            "cancel renew eth0"):
                program.ask(command)
        wait_until(lambda: self.system().get("State") == "BOUND", "BOUND")
        self.assertEqual(program.ask("renew kept")[1].split()[0], "no-such-link")
        program.send("describe-all")
        self.daemon.kill()
        program.wait("removed eth0")
        program.ask("start eth0")
        program.quit()


if __name__ == "__main__":
    dhlib.require("dnsmasq", "dbus-daemon", "busctl")
    del sys.argv[1:]
    dhlib.main()
