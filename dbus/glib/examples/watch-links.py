#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says which links come and go, and which addresses they get."""
import gi

gi.require_version("DhcpdLink", "1.0")
from gi.repository import DhcpdLink, GLib  # pylint: disable=wrong-import-position


def on_added(_client, link):
    name = link.props.name
    print(name, "added", flush=True)
    if link.props.dhcp4:
        link.props.dhcp4.connect(
            "lease-changed", lambda dhcp4, *_: print(name, "has", dhcp4.props.address, flush=True))


client = DhcpdLink.Client.new(None, DhcpdLink.ClientFlags.NONE)
client.connect("link-added", on_added)
client.connect("link-removed", lambda _client, link: print(link.props.name, "removed", flush=True))
GLib.MainLoop().run()
