/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells plugins what the manager tells its observers (contract: plugin/observer.h).
 *
 * Owns the plugin host and a reference to the configuration. Decodes the options that most plugins need,
 * once for all plugins. Keeps nothing of a lease.
 */
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "config/config.h"
#include "core/dhcp4-client.h"
#include "core/dhcp4-lease.h"
#include "core/dhcp4-source.h"
#include "io/log.h"
#include "manager/manager.h"
#include "net/net-plan.h"
#include "plugin/observer-dns.h"
#include "plugin/observer-hook.h"
#include "plugin/observer.h"
#include "plugin/plugin-host.h"
#include "wire/dhcp4-message.h"
#include "wire/dhcp4-options.h"
#include "wire/dhcp4-protocol.h"

/* A resolver that is still missing after this time is not just slow to start. */
#define DNS_GRACE_USEC (30 * USEC_PER_SEC)
/* bytes with the NUL; a single option has no more; a longer, joined one is not used; held by get_text() */
#define TEXT_MAX 256u

struct PluginObserver {
        Manager *manager;
        sd_event *event;
        Config *config;
        PluginHost *host; /* NULL: no folder of plugins is usable */
        DnsTakers *dns;
        char **hook_dirs;
        /* ifindexes of links whose lease plugins know with DHCPD_LINK_LEASE_TUNNEL */
        GHashTable *beside_tunnel;
};

/* A lease in the form for plugins, with everything that it points to. */
typedef struct LeaseView {
        DhcpdLinkLease lease; /* must be first, because get_option() gets a pointer to this */
        Dhcp4Message message;
        struct in_addr dns[DHCP4_LEASE_DNS_MAX], ntp[DHCP4_LEASE_NTP_MAX];
        char domain[TEXT_MAX], host_name[TEXT_MAX];
        char search_storage[DHCP4_LEASE_SEARCH_MAX][DHCP4_DOMAIN_MAX];
        const char *search[DHCP4_LEASE_SEARCH_MAX];
} LeaseView;

static int get_option(const DhcpdLinkLease *lease, uint8_t code, const uint8_t **ret_data, size_t *ret_len) {
        const LeaseView *view = (const LeaseView *) lease;

        return dhcp4_message_get(&view->message, code, ret_data, ret_len) == 0 ? 0 : -ENODATA;
}

static const char *get_text(const Dhcp4Message *m, uint8_t code, char buffer[TEXT_MAX]) {
        return dhcp4_message_get_string(m, code, buffer, TEXT_MAX) == 0 ? buffer : NULL;
}

static bool has_default_route(ManagedLink *link) {
        NetConfig desired;

        managed_link_desired(link, &desired);
        for (size_t i = 0; i < desired.n_routes; i++)
                if (desired.routes[i].prefix_len == 0)
                        return true;
        return false;
}

static void fill_view(LeaseView *view, ManagedLink *link, const Dhcp4Source *source) {
        const Dhcp4Lease *lease = source->lease;
        Dhcp4Message *m = &view->message;
        size_t n_dns = 0, n_ntp = 0, n_search = 0, iter = 0;

        dhcp4_source_options(source, m);
        if (lease) {
                n_dns = dhcp4_lease_addrs(lease, m, DHCP4_OPTION_DNS, view->dns, ARRAY_SIZE(view->dns));
                n_ntp = dhcp4_lease_addrs(lease, m, DHCP4_OPTION_NTP, view->ntp, ARRAY_SIZE(view->ntp));
        }
        while (n_search < DHCP4_LEASE_SEARCH_MAX &&
               dhcp4_message_next_domain(m, DHCP4_OPTION_DOMAIN_SEARCH, &iter,
                                         view->search_storage[n_search])) {
                view->search[n_search] = view->search_storage[n_search];
                n_search++;
        }

        view->lease = (DhcpdLinkLease){
                .struct_size = sizeof(view->lease),
                .flags = (has_default_route(link) ? DHCPD_LINK_LEASE_DEFAULT_ROUTE : 0u) |
                        (managed_link_is_beside_tunnel(link) ? DHCPD_LINK_LEASE_TUNNEL : 0u) |
                        (managed_link_may_override_tunnels(link) ? DHCPD_LINK_LEASE_OVER_TUNNELS : 0u),
                .ifindex = managed_link_ifindex(link),
                .ifname = managed_link_ifname(link),
                .address = source->address,
                .prefix_len = source->prefix_len,
                .server_id = lease ? lease->server_id : (struct in_addr){},
                .granted_at_usec = source->granted_at,
                .renew_at_usec = lease ? usec_add(lease->granted_at, lease->t1_usec) : USEC_INFINITY,
                .rebind_at_usec = lease ? usec_add(lease->granted_at, lease->t2_usec) : USEC_INFINITY,
                .expire_at_usec = dhcp4_source_expires_at(source),
                .dns = n_dns > 0 ? view->dns : NULL,
                .n_dns = n_dns,
                .ntp = n_ntp > 0 ? view->ntp : NULL,
                .n_ntp = n_ntp,
                .domain = get_text(m, DHCP4_OPTION_DOMAIN, view->domain),
                .host_name = get_text(m, DHCP4_OPTION_HOSTNAME, view->host_name),
                .search = n_search > 0 ? view->search : NULL,
                .n_search = n_search,
                .get_option = get_option,
        };
}

static void tell(PluginObserver *observer, ManagedLink *link, DhcpdLinkEvent event,
                 const Dhcp4Source *source) {
        LeaseView view;

        fill_view(&view, link, source);
        if (event != DHCPD_LINK_EVENT_LOST && (view.lease.flags & DHCPD_LINK_LEASE_TUNNEL))
                (void) g_hash_table_add(observer->beside_tunnel, GINT_TO_POINTER(view.lease.ifindex));
        else
                (void) g_hash_table_remove(observer->beside_tunnel, GINT_TO_POINTER(view.lease.ifindex));
        dns_takers_lease(observer->dns, view.lease.ifindex,
                         event != DHCPD_LINK_EVENT_LOST && view.lease.n_dns > 0);
        if (observer->host)
                plugin_host_lease(observer->host, event, &view.lease);
        if (event == DHCPD_LINK_EVENT_LOST)
                managed_link_clear_unused(link);
}

static void on_notice(void *userdata, ManagedLink *link, LinkSource source, LinkNotice notice,
                      const Dhcp4Source *old, const Dhcp4Source *new) {
        PluginObserver *observer = userdata;

        /*
         * A plugin may end the daemon. So the lease is saved before plugins hear of it. Otherwise the next
         * daemon would request a new lease, and would not know that the routes on the link are its own.
         */
        if (observer->host && plugin_host_n_plugins(observer->host) > 0)
                managed_link_save_lease(link);
        switch (notice) {
        case LINK_NOTICE_BOUND:
                tell(observer, link, DHCPD_LINK_EVENT_BOUND, new);
                return;
        case LINK_NOTICE_RENEWED:
                tell(observer, link, DHCPD_LINK_EVENT_RENEWED, new);
                return;
        case LINK_NOTICE_CHANGED:
                tell(observer, link, DHCPD_LINK_EVENT_CHANGED, new);
                return;
        case LINK_NOTICE_LOST:
                tell(observer, link, DHCPD_LINK_EVENT_LOST, old);
                return;
        case _LINK_NOTICE_MAX:
                break;
        }
        abort();
}

/*
 * Tells plugins when a tunnel comes or goes. This does not change the lease, but it changes what plugins may
 * do with the lease.
 */
static void on_properties(void *userdata, ManagedLink *link) {
        PluginObserver *observer = userdata;
        const Dhcp4Source *source = managed_link_source(link);

        if (source &&
            managed_link_is_beside_tunnel(link) !=
                    g_hash_table_contains(observer->beside_tunnel,
                                          GINT_TO_POINTER(managed_link_ifindex(link))))
                tell(observer, link, DHCPD_LINK_EVENT_CHANGED, source);
}

/* Tells plugins that the lease of a removed link is lost, because no notice about this comes. */
static void on_link_removed(void *userdata, ManagedLink *link) {
        const Dhcp4Source *source = managed_link_source(link);

        if (source)
                tell(userdata, link, DHCPD_LINK_EVENT_LOST, source);
}

static int tell_held(ManagedLink *link, void *userdata) {
        const Dhcp4Source *source = managed_link_source(link);

        if (source)
                tell(userdata, link, DHCPD_LINK_EVENT_BOUND, source);
        return 0;
}

static const char *on_config(void *userdata, const char *plugin, const char *key) {
        const PluginObserver *observer = userdata;

        return config_plugin_value(observer->config, plugin, key);
}

static void on_log(void *userdata, int priority, const char *plugin, const char *message) {
        log_msg(priority, "plugin %s%s%s", plugin ?: "", plugin ? ": " : "", message);
}

static void on_report_dns(void *userdata, unsigned plugin, int ifindex, const char *problem) {
        const PluginObserver *observer = userdata;

        dns_takers_report(observer->dns, plugin, ifindex, problem);
}

static void on_report_unused(void *userdata, unsigned plugin, int ifindex, uint8_t code,
                             const char *reason) {
        const PluginObserver *observer = userdata;
        ManagedLink *link = manager_find(observer->manager, ifindex);

        if (link && managed_link_source(link))
                managed_link_set_unused(link, plugin, code, reason);
}

static bool on_is_tunnel(void *userdata, int ifindex) {
        const PluginObserver *observer = userdata;

        return manager_is_tunnel(observer->manager, ifindex);
}

static void on_dns_problem(void *userdata, int ifindex, const char *problem) {
        const PluginObserver *observer = userdata;
        ManagedLink *link = manager_find(observer->manager, ifindex);

        if (link)
                managed_link_set_dns_problem(link, problem);
}

static bool on_dns_hook(void *userdata) {
        const PluginObserver *observer = userdata;

        return observer_hook_takes_dns(observer->config, (const char *const *) observer->hook_dirs);
}

static const ManagerObserver callbacks = {
        .link_removed = on_link_removed,
        .link_notice = on_notice,
        .link_properties = on_properties,
};

PluginObserver *plugin_observer_new(Manager *manager, sd_event *event, Config *config,
                                    const char *plugin_dir, const char *runtime_dir, const char *state_dir,
                                    const char *const *hook_dirs) {
        PluginObserver *observer = g_new0(PluginObserver, 1);
        int r;

        observer->event = sd_event_ref(event);
        observer->beside_tunnel = g_hash_table_new(NULL, NULL);
        observer->config = config_ref(config);
        observer->manager = manager;
        observer->hook_dirs = g_strdupv((char **) hook_dirs);
        observer->dns = dns_takers_new(&(const DnsTakersConfig){
                .event = event,
                .grace_usec = DNS_GRACE_USEC,
                .problem = on_dns_problem,
                .hook = on_dns_hook,
                .userdata = observer,
        });
        r = plugin_host_new(
                &(const PluginHostConfig){
                        .dir = plugin_dir,
                        .owner = 0,
                        .runtime_dir = runtime_dir,
                        .state_dir = state_dir,
                        .event = event,
                        .event_fd = sd_event_get_fd(event),
                        .config = on_config,
                        .log = on_log,
                        .report_dns = on_report_dns,
                        .report_unused = on_report_unused,
                        .is_tunnel = on_is_tunnel,
                        .userdata = observer,
                },
                &observer->host);
        /* Go on without plugins, because people must still hear that nobody passes on DNS servers. */
        if (r < 0)
                log_warning("No plugins: %s", strerror(-r));

        manager_add_observer(manager, &callbacks, observer);
        (void) manager_foreach(manager, tell_held, observer);
        return observer;
}

PluginObserver *plugin_observer_free(PluginObserver *observer) {
        if (!observer)
                return NULL;
        manager_remove_observer(observer->manager, observer);
        plugin_host_free(observer->host);
        dns_takers_free(observer->dns);
        g_hash_table_unref(observer->beside_tunnel);
        g_strfreev(observer->hook_dirs);
        config_unref(observer->config);
        sd_event_unref(observer->event);
        g_free(observer);
        return NULL;
}

void plugin_observer_foreach(const PluginObserver *observer, PluginRefusedFunc func, void *userdata) {
        if (!observer->host)
                return;
        plugin_host_foreach_loaded(observer->host, func, userdata);
        plugin_host_foreach_refused(observer->host, func, userdata);
}

void plugin_observer_set_config(PluginObserver *observer, Config *config) {
        Config *old = observer->config;

        observer->config = config_ref(config);
        if (observer->host)
                plugin_host_reload(observer->host);
        dns_takers_look_again(observer->dns);
        config_unref(old);
}
