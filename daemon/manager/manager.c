/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All links (manager.h). The kernel's interfaces, the claims and the configuration decide which links exist.
 * Frames and timers are passed to the link that they belong to.
 *
 * A link that has stopped is dropped only in manager_link_done(), after its turn has ended. So a link is
 * never freed while its own code is running.
 */
#include "manager/manager.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "base/glob.h"
#include "io/log.h"
#include "manager/managed-link.h"
#include "wire/ipv4-udp.h"

/* Records written per pass of the idle source, so that the loop stays responsive with thousands of links. */
#define FLUSH_PER_PASS 16u

/* Saving: done when the loop has nothing else to do, so that no exchange waits for it. */

static void flush_some(Manager *manager, unsigned max) {
        GHashTableIter iter;
        gpointer key;

        g_hash_table_iter_init(&iter, manager->dirty);
        while (max-- > 0 && g_hash_table_iter_next(&iter, &key, NULL)) {
                ManagedLink *link = g_tree_lookup(manager->links, key);

                g_hash_table_iter_remove(&iter);
                if (!link)
                        continue;
                managed_link_save(link);
                managed_link_look_for_others(link);
        }
}

static void on_flush(void *userdata) {
        Manager *manager = userdata;

        flush_some(manager, FLUSH_PER_PASS);
        if (g_hash_table_size(manager->dirty) > 0)
                (void) manager->ports->set_idle(manager->port, &manager->flush);
}

void manager_mark_dirty(Manager *manager, ManagedLink *link) {
        if (!manager->store || !g_hash_table_add(manager->dirty, GINT_TO_POINTER(link->ifindex)))
                return;
        (void) manager->ports->set_idle(manager->port, &manager->flush);
}

/* Links */

static void drop_link(Manager *manager, ManagedLink *link) {
        /* Save what is pending now, because a dropped link is not saved any more. */
        if (g_hash_table_remove(manager->dirty, GINT_TO_POINTER(link->ifindex)))
                managed_link_save(link);
        manager_tell_removed(manager, link);
        g_tree_remove(manager->links, GINT_TO_POINTER(link->ifindex));
        manager_tell_candidates(manager);
}

/* Puts the interface down again if it was us who brought it up. */
static void restore_link(Manager *manager, ManagedLink *link) {
        const KernelLink *kernel_link;

        if (!link->brought_up)
                return;
        link->brought_up = false;
        manager_mark_dirty(manager, link);
        kernel_link = manager->ports->find_link(manager->port, link->ifindex);
        if (kernel_link && kernel_link->up)
                (void) manager->ports->set_up(manager->port, link->ifindex, /* up= */ false);
}

void manager_link_done(Manager *manager, ManagedLink *link) {
        if (!managed_link_is_finished(link, manager_now(manager)))
                return;
        restore_link(manager, link);
        log_link_full(LOG_DEBUG, link->ifname, NULL, 0, "No longer managed");
        drop_link(manager, link);
}

static bool link_is_supported(const KernelLink *kernel_link) {
        return !kernel_link->loopback && !kernel_link->noarp &&
                (kernel_link->arp_type == ARPHRD_ETHER || kernel_link->arp_type == ARPHRD_INFINIBAND);
}

int manager_check_link(Manager *manager, const KernelLink *kernel_link, const ConfigLink **ret_config) {
        const LinkNames names = kernel_link_names(kernel_link);
        const ConfigLink *config;

        if (!link_is_supported(kernel_link))
                return MANAGER_E_NOT_SUPPORTED;
        config = config_find_link(manager->config, &names, &kernel_link->address);
        if (!config->manage)
                return MANAGER_E_NOT_MANAGED;
        if (!config->take_over && manager->ports->other_manager(manager->port, kernel_link->ifindex) &&
            !managed_link_was_ours(manager, kernel_link))
                return MANAGER_E_MANAGED_ELSEWHERE;
        *ret_config = config;
        return 0;
}

static const char *refusal_text(int result) {
        switch ((ManagerResult) result) {
        case MANAGER_E_MANAGED_ELSEWHERE:
                return "another network manager has it (TakeOver=yes overrides)";
        case MANAGER_E_NOT_SUPPORTED:
                return "this type of link cannot do DHCP";
        case MANAGER_E_NOT_MANAGED:
                return "Manage=no in its configuration";
        case MANAGER_E_BAD_NAME:
                return "no interface can have that name";
        case MANAGER_E_TOO_MANY:
                return "too many claims";
        }
        return "unknown reason";
}

/* Logs a refusal once, and again if the link has another name. */
static void log_refusal(Manager *manager, const KernelLink *kernel_link, int result) {
        const gpointer key = GINT_TO_POINTER(kernel_link->ifindex);

        if (g_strcmp0(g_hash_table_lookup(manager->refused, key), kernel_link->ifname) == 0)
                return;
        g_hash_table_insert(manager->refused, key, g_strdup(kernel_link->ifname));
        log_link_full(LOG_WARNING, kernel_link->ifname, NULL, 0, "Not managed: %s", refusal_text(result));
}

static int begin_link(Manager *manager, const KernelLink *kernel_link, const ConfigLink *config) {
        ManagedLink *link;
        int r;

        r = managed_link_new(manager, kernel_link, config, &link);
        if (r < 0) {
                log_link_full(LOG_ERR, kernel_link->ifname, NULL, 0, "Cannot be managed: %s", strerror(-r));
                return r;
        }
        g_tree_insert(manager->links, GINT_TO_POINTER(link->ifindex), link);
        manager_tell_added(manager, link);
        manager_tell_candidates(manager);
        /*
         * The next daemon of this boot knows by the record that the link is ours, with or without a
         * lease.
         */
        manager_mark_dirty(manager, link);
        managed_link_begin(link);
        return 0;
}

int manager_begin_link(Manager *manager, const KernelLink *kernel_link) {
        const ConfigLink *config;
        int r;

        r = manager_check_link(manager, kernel_link, &config);
        if (r != 0) {
                log_refusal(manager, kernel_link, r);
                return r;
        }
        g_hash_table_remove(manager->refused, GINT_TO_POINTER(kernel_link->ifindex));
        return begin_link(manager, kernel_link, config);
}

int manager_begin_orphan(Manager *manager, const KernelLink *kernel_link) {
        const LinkNames names = kernel_link_names(kernel_link);

        return begin_link(manager, kernel_link,
                          config_find_link(manager->config, &names, &kernel_link->address));
}

/* Applies the configuration in force for the link. The link may be dropped by this. */
static void configure_link(Manager *manager, ManagedLink *link) {
        const LinkNames names = managed_link_names(link);
        const ConfigLink *config = config_find_link(manager->config, &names, &link->hw_address);

        managed_link_set_config(link, config);
        if (!config->manage && !link->stopping)
                managed_link_stop(link, /* release= */ -1);
        manager_link_done(manager, link);
}

/* The link has other names now, and none of them is claimed. */
static void let_go(ManagedLink *link) {
        managed_link_log(link, LOG_INFO, "Nobody claims a link of this name, letting it go");
        managed_link_stop(link, /* release= */ -1);
}

void manager_names_settled(Manager *manager, ManagedLink *link) {
        if (!manager_is_claimed(manager, link) && !link->stopping)
                let_go(link);
        else if (!link->stopping)
                managed_link_forget_former(link);
        configure_link(manager, link);
}

/* Kernel */

void manager_link_changed(Manager *manager, const KernelLink *kernel_link) {
        ManagedLink *link = g_tree_lookup(manager->links, GINT_TO_POINTER(kernel_link->ifindex));
        const LinkNames names = kernel_link_names(kernel_link);
        bool claimed;

        manager_clat_interface_changed(manager, kernel_link);
        if (!link) {
                if (!claims_match(manager->claims, &names) || manager_begin_link(manager, kernel_link) != 0)
                        manager_tell_candidates(manager);
                return;
        }

        managed_link_update(link, kernel_link);
        claimed = manager_is_claimed(manager, link);
        if (!claimed && !link->stopping)
                let_go(link);
        else if (claimed && link->stopping && link->stop_until > 0) {
                /* While it was stopping, the link got a name that is claimed. */
                link->stopping = false;
                managed_link_restart(link);
                return;
        }
        manager_link_done(manager, link);
}

void manager_link_removed(Manager *manager, int ifindex) {
        ManagedLink *link = g_tree_lookup(manager->links, GINT_TO_POINTER(ifindex));

        manager_clat_interface_removed(manager, ifindex);
        g_hash_table_remove(manager->refused, GINT_TO_POINTER(ifindex));
        if (!link) {
                manager_tell_candidates(manager);
                return;
        }
        managed_link_vanished(link);
        link->brought_up = false;
        drop_link(manager, link);
        /*
         * The record is useless now. It would stay for ever, and there may be many interfaces that come and
         * go.
         */
        if (manager->store)
                (void) lease_store_forget_runtime(manager->store, ifindex);
}

void manager_config_changed(Manager *manager, int ifindex) {
        ManagedLink *link = g_tree_lookup(manager->links, GINT_TO_POINTER(ifindex));

        if (!link)
                return;
        manager_mark_dirty(manager,
                           /* what is gone or belongs to others now must not be adopted by a later daemon */
                           link);
        link_kernel_changed(link->link, manager_now(manager));
        manager_link_done(manager, link);
}

static int tell_tunnels(ManagedLink *link, void *userdata) {
        const bool before = link->beside_tunnel;

        if (managed_link_is_beside_tunnel(link) != before)
                manager_tell_properties(link->manager, link);
        link_tunnels_changed(link->link, manager_now(link->manager));
        manager_link_done(link->manager, link);
        return 0;
}

void manager_tunnels_changed(Manager *manager) {
        (void) manager_foreach(manager, tell_tunnels, NULL);
}

/* Sockets */

/*
 * Returns true if the message has the link's chaddr. This only tells links apart; the client decides whether
 * the message is for it.
 */
static bool has_chaddr(const ManagedLink *link, const uint8_t *data, size_t len) {
        const Dhcp4ClientConfig *config = dhcp4_client_config(link_client(link->link));
        const size_t chaddr_len = config->chaddr_len;

        return len >= DHCP4_CHADDR_OFFSET + chaddr_len &&
                memcmp(data + DHCP4_CHADDR_OFFSET, config->chaddr, chaddr_len) == 0;
}

ManagedLink *manager_find_receiver(Manager *manager, int vrf, struct in_addr destination,
                                   const uint8_t *data, size_t len) {
        ManagedLink *link;

        TAILQ_FOREACH(link, &manager->by_address, rx_entry)
        if (link->rx_address.s_addr == destination.s_addr && link->rx_vrf == vrf &&
            has_chaddr(link, data, len))
                return link;
        return NULL;
}

/*
 * Hands a message to the link that listens by its destination address, whatever device it came in on, or
 * else to the link of that device. io/udp-socket.c says why the device does not matter. A packet socket
 * receives before the kernel's reverse path filter and the firewall, so neither guards this way; the message
 * has to be in the link's VRF, and its xid, chaddr and client identifier have to be right, as for any other
 * message.
 */
void manager_dhcp_frame(Manager *manager, const PacketFrame *frame) {
        ManagedLink *link = frame->wanted ? manager_find(manager, frame->ifindex) : NULL, *receiver = NULL;
        const KernelLink *device;
        Ipv4UdpInfo info;

        if ((!link && TAILQ_EMPTY(&manager->by_address)) ||
            ipv4_udp_parse(frame->data, frame->len, DHCP4_PORT_CLIENT, frame->checksum_pending, &info) != 0)
                return;
        device = manager->ports->find_link(manager->port, frame->ifindex);
        if (device)
                receiver = manager_find_receiver(manager, manager->ports->vrf(manager->port, device),
                                                 info.dst, info.payload, info.payload_len);
        link = receiver ?: link;
        if (!link)
                return;
        link_message(link->link, manager_now(manager), info.payload, info.payload_len,
                     &(const IpAddress){ .v4 = info.src }, &frame->source);
        manager_link_done(manager, link);
}

void manager_arp_frame(Manager *manager, const PacketFrame *frame) {
        ManagedLink *link = frame->wanted ? manager_find(manager, frame->ifindex) : NULL;
        ArpPacket arp;

        if (!link || arp_packet_parse(frame->data, frame->len, &arp) != 0)
                return;
        if (!link_wants_arp(link->link, &arp))
                return;
        /*
         * Linux answers ARP for any of its addresses on any of its links: another link of this host on
         * the same LAN is no rival.
         */
        if (manager->ports->has_hw_address(manager->port, arp.sender_mac, sizeof(arp.sender_mac)))
                return;
        link_arp(link->link, manager_now(manager), &arp);
        manager_link_done(manager, link);
}

/* The manager itself */

static gint compare_ifindex(gconstpointer a, gconstpointer b, gpointer userdata) {
        const int x = GPOINTER_TO_INT(a), y = GPOINTER_TO_INT(b);

        return (x > y) - (x < y);
}

static void destroy_link(gpointer data) {
        (void) managed_link_free(data);
}

int manager_new(const ManagerPorts *ports, void *port, Config *config, LeaseStore *store, Manager **ret) {
        _cleanup_(manager_freep) Manager *manager = NULL;
        int r;

        manager = g_new0(Manager, 1);
        manager->ports = ports;
        manager->port = port;
        manager->flush = (ManagerTimer){ .func = on_flush, .userdata = manager };
        manager->config = config_ref(config);
        manager->store = store;
        manager->claims = claims_new();
        manager->links = g_tree_new_full(compare_ifindex, NULL, NULL, destroy_link);
        manager->refused = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        manager->dirty = g_hash_table_new(NULL, NULL);
        manager->clat_interfaces = g_hash_table_new(NULL, NULL);
        manager->observers = g_array_new(FALSE, FALSE, sizeof(Observer));
        TAILQ_INIT(&manager->by_address);
        manager_orphans_init(manager);
        manager_pace_init(manager);
        manager_renew_init(manager);

        r = ports->open(port, manager);
        if (r < 0)
                return r;
        manager_set_socket_options(manager);

        *ret = STEAL_PTR(manager);
        return 0;
}

Manager *manager_free(Manager *manager) {
        if (!manager)
                return NULL;
        if (manager->dirty)
                flush_some(manager, UINT32_MAX);
        manager->admitting = true; /* nobody's turn comes any more */
        if (manager->links)
                g_tree_unref(manager->links);
        manager_pace_deinit(manager);
        manager_clear_timer(manager, &manager->renew_timer);
        manager_clear_timer(manager, &manager->flush);
        g_clear_pointer(&manager->observers, g_array_unref);
        g_clear_pointer(&manager->clat_interfaces, g_hash_table_unref);
        g_clear_pointer(&manager->dirty, g_hash_table_unref);
        g_clear_pointer(&manager->refused, g_hash_table_unref);
        manager_orphans_deinit(manager);
        manager->ports->close(manager->port);
        manager->claims = claims_free(manager->claims);
        manager->config = config_unref(manager->config);
        g_free(manager);
        return NULL;
}

void manager_set_lease_only(Manager *manager) {
        manager->lease_only = true;
}

int manager_start(Manager *manager) {
        int r;

        manager_load_claims(manager);
        manager->started = true;
        r = manager->ports->start(manager->port);
        if (r >= 0)
                manager_await_orphans(manager);
        return r;
}

static gboolean collect_link(gpointer key, gpointer value, gpointer data) {
        ManagerLinks *all = data;

        all->links[all->n++] = value;
        return FALSE;
}

ManagerLinks manager_all_links(Manager *manager) {
        ManagerLinks all = { .links = g_new(ManagedLink *, (gsize) g_tree_nnodes(manager->links) + 1) };

        g_tree_foreach(manager->links, collect_link, &all);
        return all;
}

static void consider_link(void *userdata, const KernelLink *kernel_link) {
        const LinkNames names = kernel_link_names(kernel_link);
        Manager *manager = userdata;

        if (!manager_find(manager, kernel_link->ifindex) && claims_match(manager->claims, &names))
                (void) manager_begin_link(manager, kernel_link);
}

void manager_consider_links(Manager *manager) {
        manager->ports->foreach_link(manager->port, consider_link, manager);
}

int manager_reload(Manager *manager, Config *config) {
        const ManagerLinks all = manager_all_links(manager);
        Config *old = manager->config;

        manager->config = config_ref(config);
        manager_set_socket_options(manager);
        manager_clat_config_changed(manager);
        for (size_t i = 0; i < all.n; i++)
                configure_link(manager, all.links[i]);
        g_free(all.links);
        (void) config_unref(old);

        /* What the old configuration refused may be allowed now. */
        g_hash_table_remove_all(manager->refused);
        if (manager->started)
                manager_consider_links(manager);
        manager_tell_candidates(manager);
        return 0;
}

typedef struct Search {
        const char *pattern;
        bool found;
} Search;

static void match_link(void *userdata, const KernelLink *kernel_link) {
        const LinkNames names = kernel_link_names(kernel_link);
        Search *search = userdata;

        FOREACH_LINK_NAME (name, &names)
                search->found = search->found || glob_match(search->pattern, name);
}

bool manager_is_known(Manager *manager, const char *name) {
        Search search = { .pattern = name };

        if (!claims_name_is_glob(name))
                return manager->ports->find_link_by_name(manager->port, name);
        manager->ports->foreach_link(manager->port, match_link, &search);
        return search.found;
}

const char *manager_elsewhere(Manager *manager, const char *ifname) {
        const KernelLink *kernel_link = manager->ports->find_link_by_name(manager->port, ifname);

        return kernel_link ? manager->ports->other_manager(manager->port, kernel_link->ifindex) : NULL;
}

/* Look-ups */

ManagedLink *manager_find(Manager *manager, int ifindex) {
        return g_tree_lookup(manager->links, GINT_TO_POINTER(ifindex));
}

typedef struct FormerName {
        const char *name;
        ManagedLink *found;
} FormerName;

static int match_former(ManagedLink *link, void *userdata) {
        FormerName *search = userdata;
        LinkNames former;

        if (!managed_link_former_names(link, &former) || !link_names_have(&former, search->name))
                return 0;
        search->found = link;
        return 1;
}

ManagedLink *manager_find_by_name(Manager *manager, const char *name) {
        const KernelLink *kernel_link = manager->ports->find_link_by_name(manager->port, name);
        FormerName search = { .name = name };

        if (kernel_link)
                return manager_find(manager, kernel_link->ifindex);
        (void) manager_foreach(manager, match_former, &search);
        return search.found;
}

unsigned manager_n_links(Manager *manager) {
        return (unsigned) g_tree_nnodes(manager->links);
}

int manager_foreach(Manager *manager, int (*fn)(ManagedLink *link, void *userdata), void *userdata) {
        const ManagerLinks all = manager_all_links(manager);
        int r = 0;

        for (size_t i = 0; i < all.n && r == 0; i++)
                r = fn(all.links[i], userdata);
        g_free(all.links);
        return r;
}

static int link_is_stopping(ManagedLink *link, void *userdata) {
        return link->stopping;
}

bool manager_is_quiet(Manager *manager) {
        return manager_foreach(manager, link_is_stopping, NULL) == 0;
}

/* Time */

usec_t manager_now(Manager *manager) {
        return manager->ports->now(manager->port);
}

usec_t manager_realtime(Manager *manager, usec_t boottime) {
        return boottime == USEC_INFINITY ? USEC_INFINITY : manager->ports->realtime(manager->port, boottime);
}

int manager_set_timer(Manager *manager, ManagerTimer *timer, usec_t at, usec_t accuracy) {
        return manager->ports->set_timer(manager->port, timer, at, accuracy);
}

void manager_clear_timer(Manager *manager, ManagerTimer *timer) {
        manager->ports->clear_timer(manager->port, timer);
}
