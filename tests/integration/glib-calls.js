// SPDX-License-Identifier: LGPL-2.1-or-later
// The calls of libdhcpd-link-glib as promises, and its records: test_glib_languages.py looks at what this prints.
imports.gi.versions.DhcpdLink = '1.0';
const {DhcpdLink, Gio, GLib} = imports.gi;

Gio._promisify(DhcpdLink.Client.prototype, 'prepare_async', 'prepare_finish');
Gio._promisify(DhcpdLink.Client.prototype, 'start_link_async', 'start_link_finish');
Gio._promisify(DhcpdLink.Client.prototype, 'list_candidates_async', 'list_candidates_finish');
Gio._promisify(DhcpdLink.Link.prototype, 'renew_async', 'renew_finish');

async function go() {
    const client = DhcpdLink.Client.new(null, DhcpdLink.ClientFlags.NONE);
    await client.prepare_async(null);
    const link = client.get_link('eth0');
    print(await link.renew_async(null));
    const kept = link.dhcp4.get_routes();
    for (let i = 0; i < 100; i++)
        link.dhcp4.get_routes();
    imports.system.gc();
    print(kept.map(route => route.get_destination()));
    print((await client.list_candidates_async(null)).map(candidate => candidate.get_name()));
    try {
        await client.start_link_async('lo', DhcpdLink.StartFlags.NONE, null, null);
    } catch (error) {
        print(error.matches(DhcpdLink.Error, DhcpdLink.Error.NOT_SUPPORTED));
    }
}

const loop = new GLib.MainLoop(null, false);
go().catch(error => print(error, error.stack)).finally(() => loop.quit());
loop.run();
