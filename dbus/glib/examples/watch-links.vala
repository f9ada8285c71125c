// SPDX-License-Identifier: LGPL-2.1-or-later
// Says which links come and go, and which addresses they get: valac --pkg dhcpd-link-glib-1 watch-links.vala

void main () {
    var client = new DhcpdLink.Client (null, DhcpdLink.ClientFlags.NONE);
    client.link_added.connect ((link) => {
        var name = link.name;
        unowned var dhcp4 = link.dhcp4;
        print ("%s added\n", name);
        if (dhcp4 != null)
            dhcp4.lease_changed.connect (() => print ("%s has %s\n", name, dhcp4.address));
    });
    client.link_removed.connect ((link) => print ("%s removed\n", link.name));
    new MainLoop ().run ();
}
