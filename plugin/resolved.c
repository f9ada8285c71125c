/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Passes DNS servers and search domains of every lease to systemd-resolved, over its D-Bus interface
 * org.freedesktop.resolve1.
 *
 * Owns one task for each link (plugin/service.h): what resolved should have for the link. A lease needs
 * three calls, or four if it has encrypted resolvers. The loss of a lease needs one call, RevertLink, and
 * the task ends with its answer. RevertLink is sent even if this process has told resolved nothing, because
 * an earlier daemon may have done so for the same lease.
 *
 * The plugin never starts resolved. When the daemon ends, resolved keeps what it has for links that hold a
 * lease. RFC 2132 §3.8 and §3.17, RFC 3397 §2.
 *
 *   [Plugin resolved]
 *   Enable=yes|no          no: not loaded
 *   UseDomains=yes|route|no   yes: search domains; route: only used to choose the server; no: ignored
 *
 * Domains draw queries to the link's servers, as routes draw traffic to the link (CVE-2024-3661). So no
 * domain is used while a tunnel takes all traffic (the daemon says so) or has DNS servers (resolved says so,
 * resolved-links.h). A domain with a single label is never used. UseDomains= does not change this.
 *
 *   DefaultRoute=auto|yes|no  auto: other names go to the link's servers if the lease has a default route
 *   EncryptedDNS=opportunistic|required|no  how the encrypted resolvers of option 162 are used
 *
 * Resolvers that speak DNS over TLS come before the other DNS servers. By default a name is still resolved
 * if such a resolver cannot be reached: the next server is asked, without encryption if necessary. This is
 * needed because portals and filters close the port, and because the resolver's clock or certificate may be
 * wrong. It protects only from somebody who listens. It is no worse than option 6, because somebody who can
 * forge option 162 can forge option 6, too. With "required", a link that has encrypted resolvers uses no
 * other servers.
 *
 * DEVIATION RFC 9463 §3.3: the resolver's certificate is checked only if the administrator wants it for all
 * servers (DNSOverTLS=yes in resolved.conf), because systemd-resolved has it for all or none. What
 * resolved.conf says is never weakened.
 */
#include <assert.h>
#include <dhcpd-link-plugin.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "plugin/resolved-dnr.h"
#include "plugin/resolved-links.h"
#include "plugin/resolved-settings.h"
#include "plugin/resolved-tls.h"
#include "plugin/service.h"

#define SERVICE   "org.freedesktop.resolve1"
#define OBJECT    "/org/freedesktop/resolve1"
#define INTERFACE "org.freedesktop.resolve1.Manager"

/*
 * How often resolved is asked while a tunnel has DNS servers. resolved does not signal that the tunnel is
 * gone.
 */
#define ASK_USEC 5000000ULL

typedef enum UseDomains {
        USE_DOMAINS_YES,
        USE_DOMAINS_ROUTE,
        USE_DOMAINS_NO,
} UseDomains;

typedef enum UseDefaultRoute {
        USE_DEFAULT_ROUTE_AUTO,
        USE_DEFAULT_ROUTE_YES,
        USE_DEFAULT_ROUTE_NO,
} UseDefaultRoute;

typedef enum EncryptedDns {
        ENCRYPTED_DNS_OPPORTUNISTIC,
        ENCRYPTED_DNS_REQUIRED,
        ENCRYPTED_DNS_NO,
} EncryptedDns;

typedef enum Call {
        CALL_DNS,
        CALL_DOMAINS,
        CALL_DEFAULT_ROUTE,
        CALL_DNS_OVER_TLS, /* only for a lease with encrypted resolvers, or after one */
        CALL_REVERT,
        _CALL_MAX,
} Call;

static_assert(_CALL_MAX <= SERVICE_CALLS_MAX, "a task has room for all calls");

static const char *const methods[_CALL_MAX] = {
        [CALL_DNS] = "SetLinkDNS",
        [CALL_DOMAINS] = "SetLinkDomains",
        [CALL_DEFAULT_ROUTE] = "SetLinkDefaultRoute",
        [CALL_DNS_OVER_TLS] = "SetLinkDNSOverTLS",
        [CALL_REVERT] = "RevertLink",
};

typedef struct Resolved Resolved;

typedef struct Entry {
        ServiceTask task; /* must be first, because a pointer to it is converted to an Entry */
        struct Entry *next;
        Resolved *resolved;
        int ifindex;
        char ifname[IF_NAMESIZE];
        ResolvedSettings settings;
        ResolvedDnr dnr;
        bool dot_refused; /* resolved does not accept encrypted servers */
        bool tls_refused; /* resolved does not accept a mode of DNS over TLS for this link */
        bool tls_sent;    /* the mode that was sent last differs from that of resolved.conf */
        bool tls_set;     /* resolved has accepted a mode that differs from that of resolved.conf */
        bool dns_tunnel;  /* a tunnel has DNS servers, so domains must not draw queries from them */
        bool told_tunnel; /* it was logged that domains are not used because of tunnels */
        bool told_single; /* it was logged that settings.single is not used */
        bool held;        /* there is a lease; if not, we want RevertLink */
        bool dns_failed;  /* SetLinkDNS or SetLinkDNSEx failed in the last batch, or in this one */
} Entry;

struct Resolved {
        const DhcpdLinkHost *host;
        Service *service;
        ResolvedLinks *links; /* NULL: not connected */
        ResolvedTls tls;
        sd_bus *bus; /* NULL: not connected */
        sd_event_source *ask_source;
        UseDomains use_domains;
        UseDefaultRoute use_default_route;
        EncryptedDns encrypted_dns;
        Entry *entries;
};

/* Entries */

static Entry *entry_find(Resolved *resolved, int ifindex) {
        Entry *e = resolved->entries;

        while (e && e->ifindex != ifindex)
                e = e->next;
        return e;
}

static void entry_free(Entry *e) {
        for (Entry **p = &e->resolved->entries; *p; p = &(*p)->next)
                if (*p == e) {
                        *p = e->next;
                        break;
                }
        service_remove(&e->task);
        resolved_settings_clear(&e->settings);
        resolved_dnr_clear(&e->dnr);
        free(e);
}

/*
 * Drops entries of links that were removed while resolved was not there. resolved does not know them any
 * more.
 */
static void drop_vanished(Resolved *resolved) {
        char name[IF_NAMESIZE];

        for (Entry *e = resolved->entries, *next; e; e = next) {
                next = e->next;
                if (!e->held && e->task.n_in_flight == 0 && !if_indextoname((unsigned) e->ifindex, name))
                        entry_free(e);
        }
}

static Entry *entry_add(Resolved *resolved, const DhcpdLinkLease *lease) {
        Entry *e;

        drop_vanished(resolved);
        e = calloc(1, sizeof(*e));
        if (!e)
                return NULL;
        e->resolved = resolved;
        e->ifindex = lease->ifindex;
        e->task.ifname = e->ifname;
        e->next = resolved->entries;
        resolved->entries = e;
        service_add(resolved->service, &e->task);
        return e;
}

/*
 * Tells the daemon whether resolved has the DNS servers of the lease. @problem: why not; NULL: it has them.
 */
static void report(const Entry *e, const char *problem) {
        const DhcpdLinkHost *host = e->resolved->host;

        if (e->held && e->settings.n_dns > 0 && HOST_HAS(host, report_dns))
                host->report_dns(host, e->ifindex, problem);
}

/* Domains */

static bool is_beside_tunnel(const Entry *e) {
        return e->settings.tunnel || e->dns_tunnel;
}

/* Returns true if a tunnel has DNS servers and the lease must not draw queries from them. */
static bool find_dns_tunnel(const Entry *e) {
        const DhcpdLinkHost *host = e->resolved->host;
        const int *links;
        size_t n;

        if (e->settings.over_tunnels || !HOST_HAS(host, is_tunnel))
                return false;
        if (!resolved_links_get(e->resolved->links, &links, &n))
                return true;
        for (size_t i = 0; i < n; i++)
                if (links[i] != e->ifindex && host->is_tunnel(host, links[i]))
                        return true;
        return false;
}

/* Logs which domains of the server are not used, when this changes. */
static void log_unused(Entry *e, const char *single, bool tunnel) {
        const DhcpdLinkHost *host = e->resolved->host;

        if (single[0] != '\0' && !e->told_single)
                host->log(
                        host, LOG_WARNING,
                        "%s: the server's domain \"%s\" is not used: it would have all names below it asked "
                        "for here",
                        e->ifname, single);
        if (tunnel && !e->told_tunnel)
                host->log(host, LOG_INFO,
                          "%s: the server's domains are not used as long as a tunnel %s "
                          "(ClasslessRoutes=accept uses them)",
                          e->ifname, e->settings.tunnel ? "takes all traffic" : "has DNS servers");
        e->told_single = single[0] != '\0';
        e->told_tunnel = tunnel;
}

/* Tells the daemon why domains are not used, so that it shows this with the lease. */
static void report_unused(const Entry *e, uint8_t option, bool use) {
        const DhcpdLinkHost *host = e->resolved->host;
        char reason[RESOLVED_REASON_MAX] = "";

        if (!HOST_HAS(host, report_unused))
                return;
        if (use)
                resolved_settings_unused(&e->settings, option, e->dns_tunnel, reason);
        host->report_unused(host, e->ifindex, option, reason[0] != '\0' ? reason : NULL);
}

/* Decides again which domains of the lease are used. Returns true if this may have changed. */
static bool update_domains(Entry *e) {
        const bool before = e->dns_tunnel, use = e->resolved->use_domains != USE_DOMAINS_NO;
        const char *single = use ? e->settings.single : "";
        bool tunnel;

        if (e->resolved->links)
                e->dns_tunnel = find_dns_tunnel(e);
        tunnel = use && is_beside_tunnel(e) && e->settings.domains_len > 0;
        log_unused(e, single, tunnel);
        report_unused(e, OPTION_DOMAIN_SEARCH, use);
        report_unused(e, OPTION_DOMAIN, use);
        return e->dns_tunnel != before && e->settings.domains_len > 0;
}

/* Encrypted resolvers */

static bool uses_dot(const Entry *e) {
        return e->resolved->encrypted_dns != ENCRYPTED_DNS_NO && e->dnr.n_servers > 0 && !e->dot_refused;
}

/*
 * Returns true if the other DNS servers must not be asked, even if resolved does not accept the encrypted
 * ones.
 */
static bool requires_dot(const Entry *e) {
        return e->resolved->encrypted_dns == ENCRYPTED_DNS_REQUIRED && e->dnr.n_servers > 0;
}

/* Returns the mode of DNS over TLS for the link; "": the one of resolved.conf, which is for all links. */
static const char *tls_mode(const Entry *e) {
        if (!uses_dot(e))
                return "";
        return requires_dot(e) ? "yes" : e->resolved->tls.wanted ? "" : "opportunistic";
}

#define DOT_REFUSED "systemd-resolved does not take servers of DNS over TLS"

static void report_dnr(const Entry *e) {
        const DhcpdLinkHost *host = e->resolved->host;
        const char *reason = NULL;

        if (!HOST_HAS(host, report_unused))
                return;
        if (e->resolved->encrypted_dns != ENCRYPTED_DNS_NO && e->dnr.n_servers > 0 && e->dot_refused)
                reason = "not used: " DOT_REFUSED;
        else if (e->resolved->encrypted_dns != ENCRYPTED_DNS_NO && e->dnr.unused[0] != '\0')
                reason = e->dnr.unused;
        host->report_unused(host, e->ifindex, OPTION_ENCRYPTED_DNS, reason);
}

/* Tries encrypted resolvers again. A restarted resolved, or resolved for another lease, may accept them. */
static void dot_again(Entry *e) {
        e->dot_refused = e->tls_refused = false;
        report_dnr(e);
}

/*
 * Is called if resolved is too old for the call or polkit refuses it. The link must not lose its other
 * servers, so these are sent again without the encrypted ones.
 */
static void on_dot_refused(Entry *e, Call call) {
        e->tls_refused |= call == CALL_DNS_OVER_TLS;
        if (!uses_dot(e))
                return;
        e->dot_refused = e->task.dirty = true;
        report_dnr(e);
}

/* Calls */

static void on_done(ServiceTask *task, bool over) {
        Entry *e = (Entry *) task;

        /*
         * resolved accepts no servers at all, so encryption is not the reason. Try the encrypted ones again.
         */
        if (e->dns_failed && e->dot_refused)
                dot_again(e);
        if (!e->dns_failed)
                report(e, requires_dot(e) && e->dot_refused ? DOT_REFUSED : NULL);
        else if (service_is_available(e->resolved->service))
                report(e, "systemd-resolved does not take them");
        if (over && !e->held)
                entry_free(e);
}

static ServiceAnswer on_answered(ServiceTask *task, unsigned call, sd_bus_message *reply,
                                 const sd_bus_error *error) {
        Entry *e = (Entry *) task;
        const bool no_link = error && sd_bus_error_has_name(error, SERVICE ".NoSuchLink");

        /*
         * NoSuchLink has two meanings. For RevertLink, the link is gone and nothing is to be done. For other
         * calls, the link is so new that resolved has not seen it yet.
         */
        if (!error && call == CALL_DNS_OVER_TLS)
                e->tls_set = e->tls_sent;
        if (!error || (no_link && call == CALL_REVERT))
                return SERVICE_ANSWER_OK;
        e->dns_failed |= call == CALL_DNS;
        if (!no_link && (call == CALL_DNS || call == CALL_DNS_OVER_TLS))
                on_dot_refused(e, call);
        return no_link ? SERVICE_ANSWER_NOT_YET : SERVICE_ANSWER_FAILED;
}

static void on_missing(ServiceTask *task) {
        report((Entry *) task, "systemd-resolved is not running");
}

/* Appends a server. @port and @name are only for SetLinkDNSEx. @name is NULL for SetLinkDNS. */
static int append_server(sd_bus_message *m, struct in_addr address, uint16_t port, const char *name) {
        int r = sd_bus_message_open_container(m, 'r', name ? "iayqs" : "iay");

        if (r >= 0)
                r = sd_bus_message_append(m, "i", AF_INET);
        if (r >= 0)
                r = sd_bus_message_append_array(m, 'y', &address, sizeof(address));
        if (r >= 0 && name)
                r = sd_bus_message_append(m, "qs", port, name);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_dns(sd_bus_message *m, const Entry *e) {
        const ResolvedSettings *s = &e->settings;
        const bool dot = uses_dot(e);
        const size_t n_dns = requires_dot(e) ? 0 : s->n_dns;
        int r = sd_bus_message_open_container(m, 'a', dot ? "(iayqs)" : "(iay)");

        for (size_t i = 0; r >= 0 && dot && i < e->dnr.n_servers; i++)
                r = append_server(m, e->dnr.servers[i].address, e->dnr.servers[i].port,
                                  e->dnr.servers[i].name);
        for (size_t i = 0; r >= 0 && i < n_dns; i++)
                r = append_server(m, s->dns[i], 0, dot ? "" : NULL);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_domains(sd_bus_message *m, const Entry *e) {
        const ResolvedSettings *s = &e->settings;
        const UseDomains use = e->resolved->use_domains;
        const size_t len = use == USE_DOMAINS_NO || is_beside_tunnel(e) ? 0 : s->domains_len;
        int r = sd_bus_message_open_container(m, 'a', "(sb)");

        for (size_t i = 0; r >= 0 && i < len; i += strlen(s->domains + i) + 1)
                r = sd_bus_message_append(m, "(sb)", s->domains + i, (int) (use == USE_DOMAINS_ROUTE));
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Returns true if this link's servers may be asked for names that no link claims. */
static bool is_default_route(const Entry *e) {
        if (!uses_dot(e) && (e->settings.n_dns == 0 || requires_dot(e)))
                return false;
        switch (e->resolved->use_default_route) {
        case USE_DEFAULT_ROUTE_AUTO:
                return e->settings.default_route;
        case USE_DEFAULT_ROUTE_YES:
                return true;
        case USE_DEFAULT_ROUTE_NO:
                return false;
        }
        abort();
}

static int append_content(sd_bus_message *m, Call call, const Entry *e) {
        int r = sd_bus_message_append(m, "i", e->ifindex);

        if (r < 0)
                return r;
        switch (call) {
        case CALL_DNS:
                return append_dns(m, e);
        case CALL_DOMAINS:
                return append_domains(m, e);
        case CALL_DEFAULT_ROUTE:
                return sd_bus_message_append(m, "b", (int) is_default_route(e));
        case CALL_DNS_OVER_TLS:
                return sd_bus_message_append(m, "s", tls_mode(e));
        case CALL_REVERT:
                return 0;
        case _CALL_MAX:
                break;
        }
        abort();
}

static void send_call(Entry *e, Call call) {
        const char *method = call == CALL_DNS && uses_dot(e) ? "SetLinkDNSEx" : methods[call];
        sd_bus_message *m = NULL;
        int r;

        r = service_call_new(&e->task, NULL, method, &m);
        if (r >= 0)
                r = append_content(m, call, e);
        if (!service_call_send(&e->task, call, method, m, r))
                e->dns_failed |= call == CALL_DNS;
}

static void on_send(ServiceTask *task) {
        Entry *e = (Entry *) task;

        e->dns_failed = false;
        if (!e->held) {
                e->tls_set = false;
                send_call(e, CALL_REVERT);
                return;
        }
        for (Call call = CALL_DNS; call < CALL_DNS_OVER_TLS; call++)
                send_call(e, call);
        /*
         * Also send the mode if it has to be reset, because we or an earlier daemon may have set it for this
         * lease. Otherwise leave it alone, because somebody else may have set it.
         */
        if (!e->tls_refused && (e->tls_set || e->dnr.given)) {
                e->tls_sent = tls_mode(e)[0] != '\0';
                send_call(e, CALL_DNS_OVER_TLS);
        }
}

/* The bus */

static int on_ask(sd_event_source *source, uint64_t usec, void *userdata) {
        Resolved *resolved = userdata;

        if (resolved->links)
                (void) resolved_links_ask(resolved->links);
        return 0;
}

/*
 * Asks resolved regularly while a tunnel has DNS servers, because no signal says that the tunnel has ended.
 */
static void watch_tunnels(Resolved *resolved) {
        bool ask = false;

        for (const Entry *e = resolved->entries; e; e = e->next)
                ask |= e->held && e->dns_tunnel;
        if (!ask)
                resolved->ask_source = sd_event_source_disable_unref(resolved->ask_source);
        else if (!service_is_armed(resolved->ask_source))
                service_arm(resolved->service, &resolved->ask_source, ASK_USEC, on_ask, resolved);
}

/* Is called when we know which links have DNS servers. Only from then on resolved is told about leases. */
static void on_links_known(void *userdata) {
        Resolved *resolved = userdata;

        if (!service_is_owned(resolved->service))
                return;
        for (Entry *e = resolved->entries; e; e = e->next)
                if (e->held && update_domains(e))
                        e->task.dirty = true;
        watch_tunnels(resolved);
        service_available(resolved->service);
}

static void on_owned(void *userdata, bool owned) {
        Resolved *resolved = userdata;

        if (resolved->links)
                resolved_links_forget(resolved->links);
        for (Entry *e = resolved->entries; e; e = e->next)
                dot_again(e);
        if (owned && resolved->bus)
                resolved_tls_ask(&resolved->tls, resolved->bus);
        if (owned && (!resolved->links || resolved_links_ask(resolved->links) < 0))
                on_links_known(resolved);
}

static int on_connected(void *userdata, sd_bus *bus, NameOwner *owner) {
        Resolved *resolved = userdata;

        resolved->bus = bus;
        return resolved_links_new(bus, owner, on_links_known, resolved, &resolved->links);
}

static void on_closing(void *userdata) {
        Resolved *resolved = userdata;

        resolved_tls_forget(&resolved->tls);
        resolved->bus = NULL;
        resolved->links = resolved_links_free(resolved->links);
}

static void on_unanswered(ServiceTask *task) {
        const Entry *e = (const Entry *) task;
        const DhcpdLinkHost *host = e->resolved->host;

        host->log(host, LOG_WARNING,
                  "%s: systemd-resolved does not answer, and may keep the DNS servers of the lease that is "
                  "lost",
                  e->ifname);
}

/* The plugin */

/* Returns the index of the word that [Plugin resolved] has for @key=, or 0, which is the default. */
static unsigned config_word(const DhcpdLinkHost *host, const char *key, const char *const words[3]) {
        const char *value = host->config(host, key);

        for (unsigned i = 0; value && i < 3; i++)
                if (strcmp(value, words[i]) == 0)
                        return i;
        if (value)
                host->log(host, LOG_WARNING, "%s= knows %s, %s and %s; taking %s", key, words[0], words[1],
                          words[2], words[0]);
        return 0;
}

static void read_config(Resolved *resolved) {
        static const char *const domains[] = { "yes", "route", "no" },
                                 *const default_route[] = { "auto", "yes", "no" },
                                 *const encrypted[] = { "opportunistic", "required", "no" };

        resolved->use_domains = config_word(resolved->host, "UseDomains", domains);
        resolved->use_default_route = config_word(resolved->host, "DefaultRoute", default_route);
        resolved->encrypted_dns = config_word(resolved->host, "EncryptedDNS", encrypted);
}

static void resolved_fini(void *state);

static int resolved_init(const DhcpdLinkHost *host, void **ret_state) {
        Resolved *resolved = calloc(1, sizeof(*resolved));
        int r;

        if (!resolved)
                return -ENOMEM;
        resolved->host = host;
        read_config(resolved);
        r = service_new(&(const ServiceConfig){ .host = host,
                                                .name = SERVICE,
                                                .title = "systemd-resolved",
                                                .path = OBJECT,
                                                .interface = INTERFACE,
                                                .connected = on_connected,
                                                .closing = on_closing,
                                                .owned = on_owned,
                                                .send = on_send,
                                                .answered = on_answered,
                                                .done = on_done,
                                                .missing = on_missing,
                                                .unanswered = on_unanswered,
                                                .userdata = resolved },
                        &resolved->service);
        if (r >= 0)
                r = service_open(resolved->service);
        if (r < 0) {
                resolved_fini(resolved);
                return r;
        }
        *ret_state = resolved;
        return 0;
}

static void resolved_lease(void *state, DhcpdLinkEvent event, const DhcpdLinkLease *lease) {
        Resolved *resolved = state;
        Entry *e = entry_find(resolved, lease->ifindex);
        ResolvedSettings settings = {};
        ResolvedDnr dnr = {};
        bool other_dnr;
        int r;

        service_encourage(resolved->service);
        if (event == DHCPD_LINK_EVENT_LOST) {
                if (e && e->held) {
                        e->held = false;
                        e->task.dirty = e->task.last_word = true;
                        service_sync(&e->task);
                }
                return;
        }

        r = resolved_settings_from_lease(lease, &settings);
        if (r >= 0)
                r = resolved_dnr_from_lease(lease, &dnr);
        if (r >= 0 && !e) {
                e = entry_add(resolved, lease);
                if (!e)
                        r = -ENOMEM;
        }
        if (r < 0) {
                resolved_settings_clear(&settings);
                resolved_dnr_clear(&dnr);
                resolved->host->log(resolved->host, LOG_WARNING, "%s: %s", lease->ifname, strerror(-r));
                return;
        }
        (void) strncpy(e->ifname, lease->ifname, sizeof(e->ifname) - 1);
        other_dnr = !e->held || !resolved_dnr_equal(&dnr, &e->dnr);
        if (other_dnr || e->task.failed || !resolved_settings_equal(&settings, &e->settings))
                e->task.dirty = true;
        if (strcmp(settings.single, e->settings.single) != 0)
                e->told_single = false;
        e->held = true;
        e->task.last_word = false;
        resolved_settings_clear(&e->settings);
        e->settings = settings;
        resolved_dnr_clear(&e->dnr);
        e->dnr = dnr;
        if (other_dnr)
                dot_again(e);
        if (update_domains(e))
                e->task.dirty = true;
        watch_tunnels(resolved);
        service_sync(&e->task);
}

static void resolved_reload(void *state) {
        Resolved *resolved = state;
        const UseDomains use_domains = resolved->use_domains;
        const UseDefaultRoute use_default_route = resolved->use_default_route;
        const EncryptedDns encrypted_dns = resolved->encrypted_dns;

        read_config(resolved);
        if (use_domains == resolved->use_domains && use_default_route == resolved->use_default_route &&
            encrypted_dns == resolved->encrypted_dns)
                return;
        for (Entry *e = resolved->entries; e; e = e->next) {
                e->task.dirty = true;
                if (!e->held)
                        continue;
                (void) update_domains(e);
                dot_again(e);
        }
        service_sync_all(resolved->service);
}

static void resolved_fini(void *state) {
        Resolved *resolved = state;

        if (resolved->service)
                service_finish(resolved->service);
        while (resolved->entries)
                entry_free(resolved->entries);
        (void) service_free(resolved->service);
        sd_event_source_disable_unref(resolved->ask_source);
        free(resolved);
}

DHCPD_LINK_PLUGIN_EXPORT = {
        .abi = DHCPD_LINK_PLUGIN_ABI,
        .struct_size = sizeof(DhcpdLinkPlugin),
        .name = "resolved",
        .init = resolved_init,
        .lease = resolved_lease,
        .reload = resolved_reload,
        .fini = resolved_fini,
};
