# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the tests of libdhcpd-link-glib share: the program glib-client as an object, and daemons that are none.
"""
import os
import re
import select
import subprocess
import time
import xml.etree.ElementTree as ElementTree

from gi.repository import Gio, GLib

import dhlib
from busclient import DHCP4, LINK, MANAGER, NAME, OBJECTS, PROPERTIES, ROOT
from dhlib import PATIENCE, TOP

# What was freed is not kept for long, so that memory that grows is seen.
ASAN_OPTIONS = f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=1"
XML = os.path.join(TOP, "dbus", f"{NAME}.xml")


class Program:
    """A program whose lines of standard output are events. It is ended with its Net at the latest."""

    def __init__(self, net, *command, env=None):
        self.net = net
        self.lines = []
        self._rest = b""
        self._at = 0
        with open(net.path(f"program.{len(net.processes)}.log"), "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                            env={**os.environ, "ASAN_OPTIONS": ASAN_OPTIONS, **(env or {})})
        net.processes.append(self.process)

    def _read(self, patience):
        """Returns true if there was something to read."""
        if not select.select([self.process.stdout], [], [], patience)[0]:
            return False
        data = os.read(self.process.stdout.fileno(), 65536)
        if not data:
            code = self.process.wait(PATIENCE)
            raise AssertionError(f"{self.process.args[0]} ended: {code}, after {self.lines[-3:]}")
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.lines += [line.decode() for line in lines]
        return True

    def wait(self, pattern):
        """Waits for the next line that matches as a whole, after those that were waited for before. -> the match"""
        end = time.monotonic() + PATIENCE
        while True:
            while self._at < len(self.lines):
                self._at += 1
                match = re.fullmatch(pattern, self.lines[self._at - 1])
                if match:
                    return match
            if not self._read(max(0, end - time.monotonic())):
                raise AssertionError(f"no line {pattern!r} in {self.lines[-20:]}")

    def find(self, pattern):
        """As wait(), for what is there by now. Returns the match or None."""
        while self._read(0):
            pass
        while self._at < len(self.lines):
            self._at += 1
            match = re.fullmatch(pattern, self.lines[self._at - 1])
            if match:
                return match
        return None

    def wait_each(self, *lines):
        """Waits for all of these lines, in any order."""
        left = set(lines)
        while left:
            left.discard(self.wait("|".join(map(re.escape, left)))[0])

    def send(self, *commands):
        self.process.stdin.write("".join(f"{command}\n" for command in commands).encode())
        self.process.stdin.flush()

    def ask(self, command):
        """-> (lines that came until the command was done, its error or "")"""
        begin = len(self.lines)
        self.send(command)
        match = self.wait(rf"done {re.escape(command)}|error {re.escape(command)}: (.*)")
        return self.lines[begin:self._at - 1], match[1] or ""

    def close(self):
        dhlib.end(self.process)
        self.process.stdin.close()
        self.process.stdout.close()

    def rss(self):
        """Memory in use, in bytes."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class GlibClient(Program):
    def __init__(self, net, address, *arguments, wrapper=()):
        super().__init__(net, *wrapper, os.path.join(dhlib.BUILD, "tests/integration/glib-client"), address, *arguments)

    def quit(self):
        """The program looks whether all objects are gone."""
        self.ask("quit")
        if self.process.wait(PATIENCE) != 0:
            raise AssertionError(f"glib-client: {self.process.returncode}")
        self.close()


def defaults(interface, **values):
    """-> a{sv} of an interface of the contract, with a value of the right type for every property"""
    empty = {kind: GLib.Variant(kind, value) for kind, value in (("s", ""), ("u", 0), ("i", 0), ("t", 0), ("b", False))}
    found = next(i for i in ElementTree.parse(XML).getroot() if i.get("name") == interface)
    every = {p.get("name"): empty[p.get("type")] if p.get("type") in empty else GLib.Variant(p.get("type"), [])
             for p in found.findall("property")}
    return {**every, **values}


def link_object(index, name, **lease):
    """-> what GetManagedObjects has for a link"""
    known = {"Index": GLib.Variant("i", index), "Name": GLib.Variant("s", name),
             "State": GLib.Variant("s", "searching")}
    return {LINK: defaults(LINK, **known),
            DHCP4: defaults(DHCP4, State=GLib.Variant("s", "SELECTING"), **lease)}


def link_path(index):
    return f"{ROOT}/link/_3{index}"


class FakeDaemon:
    """A program that has the daemon's name on a bus, or the other end of a connection, and answers what it likes.

    `manager`: what GetAll of the Manager gives; `objects`: what GetManagedObjects gives. Either may be a GLib.Variant
    of any type, or an error's name.
    """

    def __init__(self, connection, manager=None, objects=None, own=True):
        self.connection = connection
        self.manager = manager if manager is not None else defaults(
            MANAGER, ContractVersion=GLib.Variant("u", 1), Version=GLib.Variant("s", "fake"))
        self.objects = objects or {}
        self.calls = []
        self.before = self.after = lambda: None  # around the answer that has the objects
        manager_type, objects_type = self._type(self.manager, "a{sv}"), self._type(self.objects, "a{oa{sa{sv}}}")
        xml = f"""<node><interface name="{PROPERTIES}"><method name="GetAll"><arg type="s" direction="in"/>
            <arg type="{manager_type}" direction="out"/></method></interface>
            <interface name="{OBJECTS}"><method name="GetManagedObjects">
            <arg type="{objects_type}" direction="out"/></method></interface>
            <interface name="{MANAGER}"><method name="Describe"><arg type="s" direction="out"/></method>
            <method name="StartLink"><arg type="s" direction="in"/><arg type="a{{sv}}" direction="in"/>
            <arg type="o" direction="out"/></method>
            </interface></node>"""
        for interface in Gio.DBusNodeInfo.new_for_xml(xml).interfaces:
            connection.register_object(ROOT, interface, self._on_call, None, None)
        if own:
            self.own()

    @staticmethod
    def _type(value, usual):
        return value.get_type_string() if isinstance(value, GLib.Variant) else usual

    def _ask_bus(self, method, arguments):
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
                                  arguments, None, 0, 20000, None)

    def own(self):
        self._ask_bus("RequestName", GLib.Variant("(su)", (NAME, 0)))

    def disown(self):
        self._ask_bus("ReleaseName", GLib.Variant("(s)", (NAME,)))

    def _on_call(self, _connection, _sender, _path, _interface, method, _arguments, invocation):
        if method in ("Describe", "StartLink"):
            self.calls.append((method, invocation))  # never answered, unless a test does
            return
        value = self.manager if method == "GetAll" else self.objects
        if isinstance(value, str):
            invocation.return_dbus_error(value, "No.")
            return
        if not isinstance(value, GLib.Variant):
            value = GLib.Variant("a{sv}" if method == "GetAll" else "a{oa{sa{sv}}}", value)
        if method == "GetManagedObjects":
            self.before()
        invocation.return_value(GLib.Variant.new_tuple(value))
        if method == "GetManagedObjects":
            self.after()

    def signal(self, path, interface, member, signature, *arguments):
        self.connection.emit_signal(None, path, interface, member, GLib.Variant(f"({signature})", arguments))

    def add(self, path, interfaces):
        self.signal(ROOT, OBJECTS, "InterfacesAdded", "oa{sa{sv}}", path, interfaces)

    def remove(self, path, *interfaces):
        self.signal(ROOT, OBJECTS, "InterfacesRemoved", "oas", path, interfaces or (LINK, DHCP4))

    def change(self, path, interface, **values):
        self.signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", interface, values, [])

    def serve(self, condition, what):
        """Answers until condition() is true."""
        def served():
            while GLib.MainContext.default().iteration(False):
                pass
            return condition()
        return dhlib.wait_until(served, what)
