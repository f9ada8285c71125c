#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
contract.py XML: the man page org.dhcpdlink1(5) of the contract, on standard output.

Reads what gdbus-codegen reads: the comment before an element documents it. Its first line is the name and a colon, then
come lines "@argument: ..." that may go on, an empty line, and paragraphs. As a module, read() gives the contract to
tests. (gdbus-codegen and docbook-xsl would make a page for each interface, and need packages that a build does
without.)
"""
import re
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

CONST = "org.freedesktop.DBus.Property.EmitsChangedSignal"


@dataclass
class Member:
    kind: str  # interface, method, property or signal
    name: str
    arguments: list  # of (name, type, "in" or "out"); of a property one without a name
    const: bool
    about: dict  # "@..." of the comment, by name
    paragraphs: list
    members: list = field(default_factory=list)  # of an interface

    def types(self, direction):
        return "".join(type for _, type, d in self.arguments if d == direction)


def parse_comment(text, name):
    """-> ({argument: text}, [paragraph])"""
    lines = [line.strip() for line in (text or "").strip().splitlines()]
    if not lines or lines[0] != f"{name}:":
        return {}, []
    about, paragraphs, last = {}, [[]], None
    for line in lines[1:]:
        found = re.fullmatch(r"@(\w+): (.*)", line)
        if found and paragraphs == [[]]:
            last = found.group(1)
            about[last] = found.group(2)
        elif not line:
            last = None
            paragraphs.append([])
        elif last:
            about[last] += " " + line
        else:
            paragraphs[-1].append(line)
    return about, [" ".join(p) for p in paragraphs if p]


def read_member(element, comment):
    about, paragraphs = parse_comment(comment, element.get("name"))
    if element.tag == "property":
        arguments = [("", element.get("type"), "out")]
    else:
        arguments = [(a.get("name"), a.get("type"), a.get("direction", "out" if element.tag == "signal" else "in"))
                     for a in element.findall("arg")]
    const = any(a.get("name") == CONST and a.get("value") == "const" for a in element.findall("annotation"))
    return Member(element.tag, element.get("name"), arguments, const, about, paragraphs)


def documented(parent):
    """Yields each child element with the text of the comment right before it."""
    comment = None
    for child in parent:
        if child.tag is ElementTree.Comment:
            comment = child.text
        else:
            yield child, comment
            comment = None


def read(path):
    """-> [Member of kind interface]"""
    builder = ElementTree.TreeBuilder(insert_comments=True)
    root = ElementTree.parse(path, ElementTree.XMLParser(target=builder)).getroot()
    interfaces = []
    for element, comment in documented(root):
        if element.tag != "interface":
            continue
        interface = read_member(element, comment)
        interface.members = [read_member(child, text) for child, text in documented(element)
                             if child.tag != "annotation"]
        interfaces.append(interface)
    return interfaces


def quote(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def head(member):
    if member.kind == "property":
        return f"{member.name} ({member.arguments[0][1]}{', const' if member.const else ''})"
    def listed(direction):
        return ", ".join(f"{name} ({type})" for name, type, d in member.arguments if d == direction)
    if member.kind == "signal":
        return f"{member.name} ({listed('out')})" if member.arguments else member.name
    out = listed("out")
    return f"{member.name} ({listed('in')}){' -> ' + out if out else ''}"


def page(interfaces):
    yield '.\\" SPDX-License-Identifier: LGPL-2.1-or-later'
    yield '.\\" Made of org.dhcpdlink1.xml; change that.'
    yield '.TH ORG.DHCPDLINK1 5 "" "dhcpd-link" "dhcpd-link"'
    yield ".SH NAME"
    yield "org.dhcpdlink1 \\- the D\\-Bus interface of the DHCP client daemon dhcpd\\-linkd"
    yield ".SH SYNOPSIS"
    yield ".nf"
    yield "busctl introspect org.dhcpdlink1 /org/dhcpdlink1"
    yield "dbus\\-send \\-\\-peer=unix:path=/run/dhcpd\\-link/private \\-\\-print\\-reply /org/dhcpdlink1 " \
          "org.dhcpdlink1.Manager.ListLinks"
    yield ".fi"
    yield ".SH DESCRIPTION"
    yield "The daemon serves these objects on the system bus, where its name is org.dhcpdlink1, and on the private"
    yield "socket /run/dhcpd\\-link/private. Everybody may read; who may change something is up to polkit, with the"
    yield "actions org.dhcpdlink1.renew and org.dhcpdlink1.manage. Types are in the notation of D\\-Bus."
    for interface in interfaces:
        yield f'.SH "INTERFACE {quote(interface.name)}"'
        for paragraph in interface.paragraphs:
            yield quote(paragraph)
            yield ".PP"
        for kind, title in (("method", "Methods"), ("property", "Properties"), ("signal", "Signals")):
            members = [m for m in interface.members if m.kind == kind]
            if members:
                yield f".SS {title}"
            for member in members:
                yield ".TP"
                yield f".B {quote(head(member))}"
                for number, paragraph in enumerate(member.paragraphs):
                    if number:
                        yield ".IP"
                    yield quote(paragraph)
                for name, _, _ in member.arguments:
                    if name:
                        yield ".IP"
                        yield f".IR {quote(name)} :"
                        yield quote(member.about.get(name, ""))
                if member.about.get("since", "1") != "1":
                    yield ".IP"
                    yield f"Since contract version {member.about['since']}."
    yield ".SH SEE ALSO"
    yield ".BR dhcpd\\-linkctl (1),"
    yield ".BR dhcpd\\-link.options (7),"
    yield ".BR dhcpd\\-linkd (8)"


if __name__ == "__main__":
    print("\n".join(page(read(sys.argv[1]))))
