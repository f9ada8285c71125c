/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of one managed interface: its identity for servers, its start from what the store knows, and its
 * stop. managed-link-record.c saves it, managed-link-log.c tells people about it. The Link does protocol and
 * kernel configuration, managed-link-ports.c does sockets and timers.
 *
 * A daemon that was restarted compares the kernel's count of carrier changes with its record. If both are
 * equal, the lease is in force. Otherwise it is verified, as after a short loss of the carrier.
 *
 * A reload starts a link over if servers would see another client or if it gets another task: client
 * identifier, anonymity, InformAddress=. The lease is released under the old identifier, because nobody can
 * renew it under the new one. All other settings are changed in place, and the lease stays.
 *
 * A name that a link has lost still counts for a second, and only then the configuration is looked up again.
 * It takes two steps to rename a link and keep its old name as an alternative name, and the link must not be
 * stopped between them. The kernel does not announce alternative names of links that are down, so
 * io/kernel.c asks for them after each change.
 *
 * The default of RouteMetric= is 1024 + ifindex. So two links of a host never share a metric, nothing has to
 * be remembered, and the older link is preferred.
 */
#include <errno.h>
#include <net/if_arp.h>
#include <string.h>

#include "io/log.h"
#include "manager/client-id.h"
#include "manager/managed-link.h"

/* How long a link that stops waits for a kernel that refuses to remove its configuration. */
#define STOP_MAX_USEC (5 * USEC_PER_SEC)

static uint32_t duid_time(const ManagedLink *link) {
        const usec_t realtime = manager_realtime(link->manager, manager_now(link->manager));
        uint32_t time = 0;
        int r;

        if (link->config->duid != CONFIG_DUID_LINK_LAYER_TIME || !link->manager->store)
                return 0;
        r = lease_store_duid_time(link->manager->store, realtime, &time);
        if (r < 0)
                managed_link_log(link, LOG_WARNING, "Cannot keep the time of the DUID: %s", strerror(-r));
        return time;
}

/*
 * Takes over the client identifier of another DHCP client (ImportIdentity=). The result of the first look
 * counts from then on, also if nothing was found. If the result cannot be saved, nothing is taken over,
 * because servers would see another client after the next start.
 */
static void import_identity(const ManagedLink *link, Dhcp4ClientConfig *client) {
        LeaseStore *store = link->manager->store;
        uint8_t id[sizeof(client->client_id)], len = 0;
        int r;

        if (!store)
                return;
        r = lease_store_load_identity(store, &link->identity, id, &len);
        if (r == -ENOENT) {
                if (!link->manager->ports->other_identity(link->manager->port, link->ifindex, link->ifname,
                                                          &link->identity, id, &len))
                        len = 0;
                r = lease_store_save_identity(store, &link->identity, id, len);
                if (r >= 0 && len > 0)
                        managed_link_log(link, LOG_INFO,
                                         "Goes on with the client identifier of another DHCP client");
        }
        if (r < 0) {
                managed_link_log(link, LOG_WARNING, "No client identifier is taken over: %s", strerror(-r));
                return;
        }
        if (len == 0)
                return;
        memcpy(client->client_id, id, len);
        client->client_id_len = len;
}

/* Returns the value that managed_link_applies() should have. */
static bool may_apply(const ManagedLink *link) {
        const LinkNames names = managed_link_names(link);
        LinkNames former;

        return link->config->apply && !link->manager->lease_only &&
                !claims_match_marked(link->manager->claims, &names) &&
                (link->former_over || !managed_link_former_names(link, &former) ||
                 !claims_match_marked(link->manager->claims, &former));
}

/* Completes the configuration with what only the interface knows. */
static void make_link_config(const ManagedLink *link, LinkConfig *ret) {
        const ConfigLink *config = link->config;
        const bool wireless = link->manager->ports->is_wireless(link->manager->port, link->ifname),
                   anonymous = client_id_is_anonymous(config, &link->hw_address, wireless);
        LinkConfig c = {
                .client = config->client,
                .net = config->net,
                .defend_address = config->defend_address,
        };
        int r;

        c.net.lease_only = !managed_link_applies(link);
        c.client.wireless = wireless;
        c.client.ipv6_only = config->ipv6_only == CONFIG_IPV6_ONLY_YES ||
                (config->ipv6_only == CONFIG_IPV6_ONLY_AUTO && manager_has_clat(link->manager));
        c.client.send = config->send;
        c.client.send_len = config->send_len;
        c.client.allow = config->allow;
        c.client.n_allow = config->n_allow;
        c.client.deny = config->deny;
        c.client.n_deny = config->n_deny;
        c.client.hmac_md5 = config->force_renew ? hmac_md5 : NULL;
        r = client_id_complete(config, &link->hw_address, &link->identity, link->arp_type, anonymous,
                               duid_time(link), &c.client);
        if (r < 0)
                managed_link_log(link, LOG_WARNING, "No DUID, the hardware address is the identifier: %s",
                                 strerror(-r));

        if (config->import_identity && !anonymous)
                import_identity(link, &c.client);

        if (link->hw_address.len == sizeof(c.mac)) {
                memcpy(c.mac, link->hw_address.bytes, sizeof(c.mac));
                c.can_acd = true;
        }
        if (!config->route_metric_set)
                c.net.metric = MANAGED_LINK_METRIC_BASE + (uint32_t) link->ifindex;
        if (!config->route_table_set)
                c.net.table = link->main_table;
        *ret = c;
}

/* How long a former name of the link still counts for claims. */
#define FORMER_NAMES_USEC (1 * USEC_PER_SEC)
#define FORMER_NAMES_MAX  (2 * KERNEL_ALTNAMES_MAX) /* bytes; held by keep_former_names() */

LinkNames managed_link_names(const ManagedLink *link) {
        return (LinkNames){ .ifname = link->ifname, .altnames = link->altnames };
}

bool managed_link_former_names(const ManagedLink *link, LinkNames *ret) {
        if (!link->former)
                return false;
        *ret = (LinkNames){ .ifname = link->former, .altnames = link->former + strlen(link->former) + 1 };
        return true;
}

static void on_former_timer(void *userdata) {
        ManagedLink *link = userdata;

        link->former_over = true;
        manager_names_settled(link->manager, link);
}

void managed_link_forget_former(ManagedLink *link) {
        g_clear_pointer(&link->former, g_free);
        link->former_over = false;
}

/*
 * Keeps the names of a link that is about to get others. The time runs from the first change, so that a link
 * that is renamed over and over does not keep its claims for ever.
 */
static void keep_former_names(ManagedLink *link) {
        const LinkNames names = managed_link_names(link);
        size_t had;
        GString *text;

        if (link->former_over)
                managed_link_forget_former(link);
        had = link_altnames_size(link->former);
        if (had > FORMER_NAMES_MAX)
                return;
        text = g_string_new_len(link->former, had > 0 ? (gssize) had - 1 : 0);
        FOREACH_LINK_NAME (name, &names)
                g_string_append_len(text, name, (gssize) strlen(name) + 1);
        g_string_append_c(text, '\0');
        g_free(link->former);
        link->former = g_string_free(text, /* free_segment= */ FALSE);
        if (had > 0)
                return;
        (void) manager_set_timer(link->manager, &link->former_timer,
                                 usec_add(manager_now(link->manager), FORMER_NAMES_USEC), /* accuracy= */ 0);
}

static void link_take_kernel(ManagedLink *link, const KernelLink *kernel_link) {
        memcpy(link->ifname, kernel_link->ifname, sizeof(link->ifname));
        if (!link_altnames_equal(link->altnames, kernel_link->altnames)) {
                g_free(link->altnames);
                link->altnames = g_memdup2(kernel_link->altnames, link_altnames_size(kernel_link->altnames));
        }
        link->hw_address = kernel_link->address;
        link->broadcast = kernel_link->broadcast;
        link->arp_type = kernel_link->arp_type;
        link->carrier = kernel_link->carrier;
        link->carrier_changes = kernel_link->carrier_changes;
        link->main_table = link->manager->ports->main_table(link->manager->port, kernel_link);
}

int managed_link_new(Manager *manager, const KernelLink *kernel_link, const ConfigLink *config,
                     ManagedLink **ret) {
        uint8_t key[PRNG_KEY_LEN];
        LinkConfig link_config;
        ManagedLink *link;
        int r;

        r = manager->ports->draw(manager->port, key, sizeof(key));
        if (r < 0)
                return r;

        link = g_new0(ManagedLink, 1);
        link->manager = manager;
        link->ifindex = kernel_link->ifindex;
        link->config = config;
        link->former_timer = (ManagerTimer){ .func = on_former_timer, .userdata = link };
        managed_link_init_timers(link);
        link_take_kernel(link, kernel_link);
        link->identity = link->hw_address;
        link->applies = may_apply(link);
        make_link_config(link, &link_config);

        r = link_new(&managed_link_ports, link, &link_config, key, &link->link);
        if (r < 0) {
                g_free(link->altnames);
                g_free(link);
                return r;
        }
        *ret = link;
        return 0;
}

ManagedLink *managed_link_free(ManagedLink *link) {
        if (!link)
                return NULL;
        manager_pace_release(link->manager, link);
        managed_link_stop_listening(link);
        manager_clear_timer(link->manager, &link->timer);
        manager_clear_timer(link->manager, &link->former_timer);
        link->link = link_free(link->link);
        g_free(link->former);
        g_free(link->altnames);
        g_free(link->problem);
        g_free(link->dns_problem);
        managed_link_clear_unused(link);
        g_free(link);
        return NULL;
}

/*
 * Returns true if the link has something by the record, and its address is there. Not inlined:
 * look_up_beginning(), which seldom asks this, would have room for both configurations on the stack whenever
 * it reads a record.
 */
static _noinline_ bool kernel_has_source(const ManagedLink *link, usec_t now, const LeaseRecord *record) {
        NetConfig wanted, actual;
        Dhcp4Source source;

        if (!lease_record_source(record, &source))
                return false;
        net_config_clear(&wanted, AF_INET);
        wanted.addresses[wanted.n_addresses++] = (NetAddress){
                .family = AF_INET,
                .address.v4 = source.address,
                .prefix_len = source.prefix_len,
        };
        if (link->manager->ports->snapshot(link->manager->port, link->ifindex, now, &wanted, &actual) < 0)
                return false;
        return net_plan_find_address(&actual, &wanted.addresses[0]);
}

/*
 * Adopts what an earlier daemon put on the link. An older version recorded only the lease. In this case we
 * count as ours what the lease asks for with today's configuration and without tunnels, and the rule for its
 * address.
 */
static void adopt_objects(ManagedLink *link, LeaseRecord *record) {
        NetConfig *owned = &record->owned;
        int r;

        if (!record->owned_known && record->applied) {
                const NetTunnels no_tunnels = { .n_routes = 0 };
                Dhcp4NetRefusals refusals;
                LinkConfig config;

                make_link_config(link, &config);
                if (record->have_own)
                        dhcp4_net_own(&record->own, &config.net, owned);
                else
                        dhcp4_net_config(&record->lease, &config.net, &no_tunnels, owned, &refusals);
                owned->rules[0] = (NetRule){ .family = AF_INET, .from.v4 = owned->addresses[0].address.v4 };
                owned->n_rules = 1;
        }
        r = link->manager->ports->adopt(link->manager->port, link->ifindex, owned);
        if (r < 0)
                managed_link_log(link, LOG_WARNING, "Cannot take over what is on the link: %s",
                                 strerror(-r));
}

/*
 * Lets a link that has started over wait until the manager tells it that the carrier is up, like all links.
 */
static void admit_again(ManagedLink *link) {
        manager_pace_release(link->manager, link);
        if (link->carrier)
                manager_pace_request(link->manager, link);
}

/*
 * Gives the link the hardware address of the record, and the one that its client identifier was made from,
 * so that it starts as if these had not changed.
 */
static void take_addresses(ManagedLink *link, usec_t now, const LeaseRecord *record) {
        LinkConfig config;

        link->hw_address = record->hw_address;
        link->identity = record->identity.len > 0 ? record->identity : record->hw_address;
        make_link_config(link, &config);
        (void) link_set_config(link->link, now, &config, /* release= */ false);
}

/*
 * Takes up @address as the new hardware address of the link. If servers see another client now, the lease
 * stays until there is another one, and the lease that the link had under this address before is asked for,
 * if it is remembered.
 */
static void change_address(ManagedLink *link, usec_t now, const HwAddress *address) {
        const HwAddress before = link->hw_address;
        const Dhcp4Lease *lease = NULL;
        Dhcp4Lease cached;
        LinkConfig config;

        link->hw_address = *address;
        make_link_config(link, &config);
        if (!dhcp4_client_config_same_client(dhcp4_client_config(link_client(link->link)), &config.client)) {
                if (managed_link_load_cached(link, manager_clocks(link->manager), &cached))
                        lease = &cached;
                /* At a second change in a row the lease in use is still that of the first address. */
                if (link->former_address.len == 0)
                        link->former_address = before;
        }
        if (link_set_hardware(link->link, now, &config, lease, link->config->send_release)) {
                managed_link_log(link, LOG_INFO, "Hardware address changed, another client for servers%s",
                                 lease ? ", lease remembered" : "");
                admit_again(link);
        } else
                managed_link_log(link, LOG_INFO, "Hardware address changed");
        manager_mark_dirty(link->manager, link);
}

/* What is known about a link when it starts. */
typedef struct Beginning {
        bool have_lease, have_own; /* at most one of both */
        bool held;                 /* the address is on the link */
        bool moved;                /* the carrier was lost since then */
        bool other_address;        /* the link has another hardware address than it had then */
        Dhcp4Lease lease;
        Dhcp4Source own;
} Beginning;

/*
 * Not inlined, because a record is large and would stay on the stack during the turn that follows. The
 * process keeps all pages of the stack that were ever used.
 */
static _noinline_ void look_up_beginning(ManagedLink *link, const KernelLink *kernel_link, Clocks now,
                                         Beginning *ret) {
        LeaseRecord record;
        Dhcp4Source source;
        bool known;

        *ret = (Beginning){ .have_lease = false };
        known = kernel_link && managed_link_load_record(link->manager, kernel_link, now, &record);
        if (known && !hw_address_equal(&record.hw_address, &link->hw_address)) {
                ret->other_address = record.applied && kernel_has_source(link, now.boottime, &record);
                known = ret->other_address;
        }
        if (!known) {
                ret->have_lease = managed_link_load_cached(link, now, &ret->lease);
                return;
        }
        take_addresses(link, now.boottime, &record);
        link->brought_up = record.brought_up;
        link_adopt_mtu(link->link, record.mtu_before, record.mtu_set);
        adopt_objects(link, &record);
        ret->held = record.applied && lease_record_source(&record, &source);
        ret->have_lease = record.have_lease;
        ret->lease = record.lease;
        ret->have_own = record.have_own && ret->held;
        ret->own = record.own;
        if (!record.have_lease && !record.have_own && !record.applied)
                ret->have_lease = managed_link_load_cached(link, now, &ret->lease);
        ret->moved = !link->carrier || record.carrier_changes != link->carrier_changes;
}

void managed_link_begin(ManagedLink *link) {
        const Clocks now = manager_clocks(link->manager);
        const KernelLink *kernel_link = link->manager->ports->find_link(link->manager->port, link->ifindex);
        const HwAddress address = link->hw_address;
        const Dhcp4Source *before = NULL;
        Dhcp4Source of_lease;
        Beginning beginning;

        if (kernel_link)
                link_mtu(link->link, now.boottime, kernel_link->mtu);
        look_up_beginning(link, kernel_link, now, &beginning);
        if (beginning.have_own)
                before = &beginning.own;
        else if (beginning.have_lease) {
                of_lease = dhcp4_source_of_lease(&beginning.lease);
                before = &of_lease;
        }
        link->had_lease = before;

        if (kernel_link && !kernel_link->up) {
                int r;

                r = link->manager->ports->set_up(link->manager->port, link->ifindex, /* up= */ true);
                if (r < 0)
                        managed_link_log(link, LOG_WARNING, "Cannot bring the link up: %s", strerror(-r));
                else {
                        link->brought_up = true;
                        manager_mark_dirty(link->manager, link);
                }
        }

        managed_link_log(link, LOG_DEBUG, "Managed%s",
                         beginning.held   ? ", lease adopted"
                                 : before ? ", lease remembered"
                                          : "");
        link_start(link->link, now.boottime, before, beginning.held);
        if (beginning.held && dhcp4_source_is_granted(before)) {
                /*
                 * The lease is on the link and stays there. If the carrier changed while no daemon ran, the
                 * client is told so, and verifies the lease when the carrier is back.
                 */
                link_carrier(link->link, now.boottime, /* up= */ true);
                if (beginning.moved)
                        link_carrier(link->link, now.boottime, /* up= */ false);
        } else
                beginning.moved = true;
        if (beginning.other_address)
                change_address(link, now.boottime, &address);
        else if (!beginning.moved)
                return;
        if (link->carrier)
                manager_pace_request(link->manager, link);
}

void managed_link_admit(ManagedLink *link) {
        link_carrier(link->link, manager_now(link->manager), /* up= */ true);
}

static void tell_carrier(ManagedLink *link) {
        managed_link_log(link, LOG_INFO, link->carrier ? "Carrier up" : "Carrier lost");
        if (link->carrier)
                manager_pace_request(link->manager, link);
        else {
                manager_pace_release(link->manager, link);
                link_carrier(link->link, manager_now(link->manager), /* up= */ false);
        }
}

/* Handles an MTU that somebody else has set. The MTU that we set ourselves is known already. */
static void update_mtu(ManagedLink *link, uint32_t mtu) {
        const Mtu *state = link_mtu_state(link->link);

        if (mtu == mtu_current(state))
                return;
        if (mtu_before(state) != 0) {
                managed_link_log(link, LOG_INFO, "Somebody else set the MTU to %u, it stays so", mtu);
                manager_mark_dirty(link->manager, link);
        }
        link_mtu(link->link, manager_now(link->manager), mtu);
}

void managed_link_update(ManagedLink *link, const KernelLink *kernel_link) {
        const bool address_changed = !hw_address_equal(&link->hw_address, &kernel_link->address),
                   carrier_changed = link->carrier != kernel_link->carrier,
                   blinked = !carrier_changed && link->carrier &&
                link->carrier_changes != kernel_link->carrier_changes,
                   renamed = strcmp(link->ifname, kernel_link->ifname) != 0,
                   names_changed = renamed || !link_altnames_equal(link->altnames, kernel_link->altnames);
        const uint32_t main_table = link->main_table;
        const HwAddress before = link->hw_address;
        const usec_t now = manager_now(link->manager);
        bool restarted = false;
        LinkConfig config;

        if (names_changed)
                keep_former_names(link);
        link_take_kernel(link, kernel_link);
        if (address_changed) {
                link->hw_address = before;
                change_address(link, now, &kernel_link->address);
        } else if (link->main_table != main_table) {
                manager_tell_configured(link->manager, link);
                make_link_config(link, &config);
                restarted = link_set_config(link->link, now, &config, /* release= */ false);
        }
        update_mtu(link, kernel_link->mtu);
        if (renamed) {
                managed_link_log(link, LOG_INFO, "Renamed");
                /*
                 * Save under the new name first: a daemon that is killed in between then leaves two records
                 * rather than none.
                 */
                manager_mark_dirty(link->manager, link);
        }
        if (restarted)
                admit_again(link);
        if (blinked) {
                /*
                 * The carrier was down and up between two notifications, so the link may be connected to
                 * another network.
                 */
                link_carrier(link->link, now, /* up= */ false);
                /*
                 * Release first: a link whose DISCOVERs got no answer still has its place, and a link with a
                 * place would not be admitted again.
                 */
                manager_pace_release(link->manager, link);
                manager_pace_request(link->manager, link);
        }
        if (carrier_changed)
                tell_carrier(link);
        if (address_changed || carrier_changed || names_changed)
                manager_tell_properties(link->manager, link);
}

void managed_link_set_config(ManagedLink *link, const ConfigLink *config) {
        const bool same = config_link_equal(link->config, config);
        const bool release = link->config->send_release;
        LinkConfig link_config;

        link->config = config;
        link->applies = may_apply(link);
        /*
         * Even if nothing changed: the link's configuration points into the old configuration, which is
         * freed next.
         */
        make_link_config(link, &link_config);
        if (link_set_config(link->link, manager_now(link->manager), &link_config, release)) {
                managed_link_log(link, LOG_INFO, "Configuration changed, starting over");
                admit_again(link);
        } else if (!same)
                managed_link_log(link, LOG_INFO, "Configuration changed");
        manager_tell_configured(link->manager, link);
}

void managed_link_claims_changed(ManagedLink *link) {
        if (link->stopping || link->applies == may_apply(link) || !manager_is_claimed(link->manager, link))
                return;
        managed_link_set_config(link, link->config);
        managed_link_log(link, LOG_INFO,
                         link->applies ? "What its lease brings is put on the link from now on"
                                       : "Nothing of its lease is put on the link from now on");
}

void managed_link_clat_changed(ManagedLink *link) {
        LinkConfig config;

        if (link->config->ipv6_only != CONFIG_IPV6_ONLY_AUTO)
                return;
        make_link_config(link, &config);
        (void) link_set_config(link->link, manager_now(link->manager), &config, /* release= */ false);
}

void managed_link_stop(ManagedLink *link, int release) {
        const usec_t now = manager_now(link->manager);

        manager_pace_release(link->manager, link);
        if (!link->stopping) {
                link->stopping = true;
                link->stop_until = usec_add(now, STOP_MAX_USEC);
                manager_mark_dirty(link->manager, link);
        }
        link_stop(link->link, now, release != 0 && link->config->send_release);
}

void managed_link_vanished(ManagedLink *link) {
        const usec_t now = manager_now(link->manager);
        LinkConfig config;

        managed_link_log(link, LOG_INFO, "Interface is gone");
        link->carrier = false;
        make_link_config(link, &config);
        config.client.carrier_grace_usec = 0;
        (void) link_set_config(link->link, now, &config, /* release= */ false);
        manager_pace_release(link->manager, link);
        link_carrier(link->link, now, /* up= */ false);
        link->stopping = true;
        link->stop_until = 0;
}

bool managed_link_is_finished(const ManagedLink *link, usec_t now) {
        return link->stopping && (link_settled(link->link) || now >= link->stop_until);
}

void managed_link_on_state(ManagedLink *link, LinkSource source, const char *old_state,
                           const char *new_state) {
        managed_link_log(link, LOG_DEBUG, "%s -> %s", old_state, new_state);
        manager_tell_state(link->manager, link, source, old_state, new_state);
}

void managed_link_on_notice(ManagedLink *link, LinkSource source, LinkNotice notice, const Dhcp4Source *old,
                            const Dhcp4Source *new) {
        managed_link_log_notice(link, notice, old, new);
        manager_mark_dirty(link->manager, link);
        if (link->renew_due)
                manager_renew_due(link->manager);
        manager_tell_notice(link->manager, link, source, notice, old, new);
}

/*
 * The lease of a former hardware address is not in use any more. If it was given back, it is forgotten. If
 * not, it stays remembered and is asked for when the link has that hardware address again.
 */
static void forget_former_address(ManagedLink *link) {
        if (link->former_address.len == 0 || link_lease_is_former(link->link))
                return;
        if (link->manager->store && link_former_was_released(link->link))
                managed_link_forget_names(link, &link->former_address);
        link->former_address = (HwAddress){};
        manager_mark_dirty(link->manager, link);
}

void managed_link_on_turned(ManagedLink *link, usec_t now) {
        forget_former_address(link);
        managed_link_log_turn(link, now);
        if (link->pace == PACE_FLYING && link_source(link->link))
                manager_pace_release(link->manager, link);
}

int managed_link_ifindex(const ManagedLink *link) {
        return link->ifindex;
}

const char *managed_link_ifname(const ManagedLink *link) {
        return link->ifname;
}

const HwAddress *managed_link_hw_address(const ManagedLink *link) {
        return &link->hw_address;
}

bool managed_link_applies(const ManagedLink *link) {
        return link->applies;
}

bool managed_link_carrier(const ManagedLink *link) {
        return link->carrier;
}

bool managed_link_is_stopping(const ManagedLink *link) {
        return link->stopping;
}

uint16_t managed_link_mtu_min(const ManagedLink *link) {
        return link->config->net.mtu_min;
}

const Link *managed_link_link(const ManagedLink *link) {
        return link->link;
}

const Dhcp4Client *managed_link_client(const ManagedLink *link) {
        return link_client(link->link);
}

const Dhcp4Source *managed_link_source(const ManagedLink *link) {
        return link_source(link->link);
}

void managed_link_desired(const ManagedLink *link, NetConfig *ret) {
        link_desired(link->link, ret);
}

bool managed_link_is_beside_tunnel(ManagedLink *link) {
        NetTunnels tunnels = { .n_routes = 0 };

        if (managed_link_may_override_tunnels(link))
                link->beside_tunnel = false;
        else
                link->beside_tunnel =
                        link->manager->ports->tunnels(link->manager->port, link->ifindex, &tunnels) < 0 ||
                        net_tunnels_take_all(&tunnels);
        return link->beside_tunnel;
}

bool managed_link_may_override_tunnels(const ManagedLink *link) {
        return link->config->net.classless == DHCP4_CLASSLESS_ACCEPT;
}

bool manager_is_tunnel(Manager *manager, int ifindex) {
        const KernelLink *link = manager->ports->find_link(manager->port, ifindex);

        return !link || link->tunnel;
}

size_t managed_link_ignored(const ManagedLink *link, Dhcp4Ignored *ret, size_t max) {
        return link_ignored(link->link, ret, max);
}

/* Starts from the beginning, after Release() or a stop. */
static void start_over(ManagedLink *link) {
        link->released = false;
        link_start(link->link, manager_now(link->manager), NULL, /* held= */ false);
}

void managed_link_renew(ManagedLink *link) {
        if (link->released)
                start_over(link);
        else
                link_renew(link->link, manager_now(link->manager));
        manager_link_done(link->manager, link);
}

void managed_link_release(ManagedLink *link) {
        link->released = true;
        link_stop(link->link, manager_now(link->manager), /* release= */ true);
        manager_link_done(link->manager, link);
}

void managed_link_restart(ManagedLink *link) {
        if (!link->released)
                link_stop(link->link, manager_now(link->manager), /* release= */ false);
        start_over(link);
        manager_mark_dirty(link->manager, link);
        manager_link_done(link->manager, link);
}
