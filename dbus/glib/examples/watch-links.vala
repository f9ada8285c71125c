// SPDX-License-Identifier: LGPL-2.1-or-later
// Says which links come and go, and which addresses they get: valac --pkg dhcpd-link-glib-1 watch-links.vala

void main () {
    var client = new DhcpdLink.Client (null, DhcpdLink.ClientFlags.NONE);
    client.link_added.connect ((link) => {
        print ("%s added\n", link.name);
        unowned var known = link;
        if (link.dhcp4 != null)
            link.dhcp4.lease_changed.connect ((dhcp4) => print ("%s has %s\n", known.name, dhcp4.address));
    });
    client.link_removed.connect ((link) => print ("%s removed\n", link.name));
    new MainLoop ().run ();
}
