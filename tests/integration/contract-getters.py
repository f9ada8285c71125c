#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
contract-getters.py SOURCE-ROOT: writes C code of a program that calls every getter of the contract.
The getters are those that gdbus-codegen makes. The program prints a line INTERFACE.PROPERTY VALUE for each, with the
value as GVariant text. Its arguments are the address of a bus, and the path of a link.
"""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(sys.argv[1], "dbus"))
import contract  # pylint: disable=wrong-import-position

MAKE = {"s": "g_variant_new_string", "u": "g_variant_new_uint32", "i": "g_variant_new_int32",
        "t": "g_variant_new_uint64", "b": "g_variant_new_boolean"}


def snake(name):
    """As gdbus-codegen makes C names: ServerHardwareAddress -> server_hardware_address."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


print("/* SPDX-License-Identifier: LGPL-2.1-or-later */")
print('/* Made by contract-getters.py. */')
print('#include "contract.h"')
print("static void show(const char *name, GVariant *value) {")
print("        g_autofree char *text = g_variant_print(value, TRUE);")
print('        g_print("%s %s\\n", name, text);')
print("}")
print("int main(int argc, char **argv) {")
print("        g_autoptr(GError) error = NULL;")
print("        g_autoptr(GDBusConnection) bus = g_dbus_connection_new_for_address_sync(argv[1],")
print("                G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,")
print("                NULL, NULL, &error);")
print("        g_assert_no_error(error);")
for interface in contract.read(os.path.join(sys.argv[1], "dbus/org.dhcpdlink1.xml")):
    part = {"DHCPv4": "Dhcp4"}.get(interface.name.rsplit(".", 1)[1], interface.name.rsplit(".", 1)[1])
    low = part.lower()
    path = '"/org/dhcpdlink1"' if part == "Manager" else "argv[2]"
    print(f"        g_autoptr(DhcpdLinkDBus{part}) {low} = dhcpd_link_dbus_{low}_proxy_new_sync(bus,")
    print(f'                G_DBUS_PROXY_FLAGS_NONE, "org.dhcpdlink1", {path}, NULL, &error);')
    print("        g_assert_no_error(error);")
    for member in interface.members:
        if member.kind != "property":
            continue
        kind = member.types("out")
        value = f"dhcpd_link_dbus_{low}_get_{snake(member.name)}({low})"
        if kind in MAKE:
            value = f"{MAKE[kind]}({value})"
        elif kind == "as":
            value = f"g_variant_new_strv({value}, -1)"
        print(f'        show("{interface.name}.{member.name}", {value});')
print("        return argc == 3 ? 0 : 1;")
print("}")
