#!/usr/bin/gjs
// SPDX-License-Identifier: LGPL-2.1-or-later
// Says which links come and go, and which addresses they get.
imports.gi.versions.DhcpdLink = '1.0';
const {DhcpdLink, GLib} = imports.gi;

const client = DhcpdLink.Client.new(null, DhcpdLink.ClientFlags.NONE);
client.connect('link-added', (_client, link) => {
    const {name, dhcp4} = link;
    print(`${name} added`);
    dhcp4?.connect('lease-changed', lease => print(`${name} has ${lease.address}`));
});
client.connect('link-removed', (_client, link) => print(`${link.name} removed`));
new GLib.MainLoop(null, false).run();
