/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds out whether there is a CLAT provider on the host (RFC 6877). With a provider the host needs no IPv4
 * from the network, and IPv6OnlyMode=auto tells this to servers (RFC 8925 §3.2: option 108 is for hosts that
 * can).
 *
 * A provider is known by its interface: one that CLATInterface= names and that has a carrier, which a tun
 * device has only while its program runs. All interfaces are checked once, before the first link sends
 * anything. After that only an interface that changed is checked.
 *
 * Providers without an interface of their own (BPF programs, Jool) are not found; they need
 * IPv6OnlyMode=yes. When a provider appears, servers are told with the next message. When the last provider
 * goes, the link asks for IPv4 at once.
 */
#include "io/log.h"
#include "manager/managed-link.h"

static void note_interface(void *userdata, const KernelLink *kernel_link) {
        const LinkNames names = kernel_link_names(kernel_link);
        Manager *manager = userdata;
        const gpointer key = GINT_TO_POINTER(kernel_link->ifindex);

        if (kernel_link->carrier && config_is_clat(manager->config, &names))
                (void) g_hash_table_add(manager->clat_interfaces, key);
        else
                (void) g_hash_table_remove(manager->clat_interfaces, key);
}

static void look_at_all(Manager *manager) {
        g_hash_table_remove_all(manager->clat_interfaces);
        manager->ports->foreach_link(manager->port, note_interface, manager);
        manager->clat_looked = true;
}

static int tell_link(ManagedLink *link, void *userdata) {
        managed_link_clat_changed(link);
        manager_link_done(link->manager, link);
        return 0;
}

static void tell_links(Manager *manager, bool before) {
        const bool after = g_hash_table_size(manager->clat_interfaces) > 0;

        if (before == after)
                return;
        log_info(after ? "A CLAT provider is there, servers are told that IPv4 is not needed"
                       : "The CLAT provider is gone, servers are told no more that IPv4 is not needed");
        (void) manager_foreach(manager, tell_link, NULL);
}

bool manager_has_clat(Manager *manager) {
        if (!manager->clat_looked)
                look_at_all(manager);
        return g_hash_table_size(manager->clat_interfaces) > 0;
}

void manager_clat_interface_changed(Manager *manager, const KernelLink *kernel_link) {
        const bool before = manager_has_clat(manager);

        note_interface(manager, kernel_link);
        tell_links(manager, before);
}

void manager_clat_interface_removed(Manager *manager, int ifindex) {
        const bool before = manager_has_clat(manager);

        (void) g_hash_table_remove(manager->clat_interfaces, GINT_TO_POINTER(ifindex));
        tell_links(manager, before);
}

void manager_clat_config_changed(Manager *manager) {
        manager->clat_looked = false;
}
