#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""glib-getters.py ADDRESS: every property of the client, of its link eth0 and of that one's DHCPv4 client, in JSON."""
import json
import sys

import gi

gi.require_version("DhcpdLink", "1.0")
from gi.repository import DhcpdLink, Gio, GLib, GObject  # pylint: disable=wrong-import-position

flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
client = DhcpdLink.Client.new(Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None), 0)
loop = GLib.MainLoop()
client.prepare_async(None, lambda client, result: (client.prepare_finish(result), loop.quit()))
loop.run()


def plain(value):
    if isinstance(value, GLib.Bytes):
        return list(value.get_data())
    if isinstance(value, GLib.Variant):
        return plain(value.unpack())
    if isinstance(value, GObject.GEnum):
        return value.value_nick
    if isinstance(value, Gio.ListModel):
        return [{p.name: plain(o.get_property(p.name)) for p in o.list_properties()} for o in value]
    if isinstance(value, GObject.Object):
        return None
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if hasattr(value, "ref") and hasattr(value, "unref"):
        return {n[4:]: plain(getattr(value, n)()) for n in dir(value) if n.startswith("get_")}
    return value


def every(owner):
    return {p.name: plain(owner.get_property(p.name)) for p in owner.list_properties()}


link = client.get_link("eth0")
dhcp4 = link.props.dhcp4
print(json.dumps([every(client), every(link), every(dhcp4), plain(dhcp4.get_option_value("routers"))]))
