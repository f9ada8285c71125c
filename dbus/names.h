/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The names of the contract, each written once: the bus name, paths, interfaces and errors that
 * org.dhcpdlink1.xml and README.md promise. The server, the command-line tool, the library of glib/ and the
 * runner of hooks include this file. It has no types and no functions, so a file that includes it still
 * knows the daemon only by its contract. Tests compare the names with the contract.
 */

#define BUS_NAME  "org.dhcpdlink1"
#define BUS_ROOT  "/org/dhcpdlink1"
#define BUS_LINKS BUS_ROOT "/link"

#define BUS_MANAGER_INTERFACE BUS_NAME ".Manager"
#define BUS_LINK_INTERFACE    BUS_NAME ".Link"
#define BUS_DHCP4_INTERFACE   BUS_NAME ".DHCPv4"

#define BUS_ERROR_FAILED            BUS_NAME ".Error.Failed"
#define BUS_ERROR_NO_SUCH_LINK      BUS_NAME ".Error.NoSuchLink"
#define BUS_ERROR_NOT_MANAGED       BUS_NAME ".Error.NotManaged"
#define BUS_ERROR_NOT_BOUND         BUS_NAME ".Error.NotBound"
#define BUS_ERROR_NOT_SUPPORTED     BUS_NAME ".Error.NotSupported"
#define BUS_ERROR_MANAGED_ELSEWHERE BUS_NAME ".Error.ManagedElsewhere"
#define BUS_ERROR_BAD_CONFIGURATION BUS_NAME ".Error.BadConfiguration"

/* The actions of polkit, as org.dhcpdlink1.policy has them. */
#define BUS_ACTION_MANAGE BUS_NAME ".manage"
#define BUS_ACTION_RENEW  BUS_NAME ".renew"

/* Names of the D-Bus specification. Its errors have names in sd-bus. */
#define DBUS_NAME                     "org.freedesktop.DBus"
#define DBUS_PATH                     "/org/freedesktop/DBus"
#define DBUS_PROPERTIES_INTERFACE     DBUS_NAME ".Properties"
#define DBUS_OBJECT_MANAGER_INTERFACE DBUS_NAME ".ObjectManager"
