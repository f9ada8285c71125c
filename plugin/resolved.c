/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DNS servers and search domains of every lease to systemd-resolved, over its D-Bus interface org.freedesktop.resolve1.
 *
 * Owns a connection to the system bus, and one entry a link: what resolved should have for it. An entry is in one of these
 * situations, and entry_sync() is the only way from one to the next:
 *
 *      lease           dirty            in flight            done
 *   new ──────> what we want differs ──────────> 3 calls ──────> resolved has what we want
 *                from what is there               │ errors: again after a while, and silently
 *      lost ──> the same, with one call RevertLink in place of three; the entry goes when it is answered
 *
 * RevertLink is sent even if this process has told resolved nothing: an earlier daemon may have, for a lease that this one
 * went on with.
 *
 * Never more than one batch of calls is in flight for a link: polkit is asked about each of them, and nobody promises the order
 * of its answers. When resolved (or the bus) is not there, nothing is sent; when it comes (back), every link is dirty.
 *
 * It never blocks, but in its fini(), and never starts resolved: whoever wants it has it running. When the daemon ends, links that hold a
 * lease keep what they have. RFC 2132 §3.8 and §3.17, RFC 3397 §2.
 *
 *   [Plugin resolved]
 *   Enable=yes|no          no: not loaded
 *   UseDomains=yes|route|no   yes: search domains; route: only to choose the server by; no: ignored
 *
 * Domains draw names to the link's servers, as routes draw traffic to the link (CVE-2024-3661). So none is used while a
 * tunnel takes all traffic (the daemon says so) or has DNS servers (resolved says so, resolved-links.h), and a single label
 * never is, whatever UseDomains= says.
 *
 *   DefaultRoute=auto|yes|no  auto: other names go to the link's servers if the lease has a default route
 */
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
#include <time.h>

#include "dbus/name-owner.h"
#include "plugin/resolved-links.h"
#include "plugin/resolved-settings.h"

#define SERVICE   "org.freedesktop.resolve1"
#define OBJECT    "/org/freedesktop/resolve1"
#define INTERFACE "org.freedesktop.resolve1.Manager"

#define USEC_PER_SEC    1000000ULL
#define RETRY_USEC      (5 * USEC_PER_SEC) /* doubled with every try */
#define RETRY_MAX       6u /* then the next lease, renewal or start of resolved is waited for */
#define ASK_USEC        (5 * USEC_PER_SEC) /* while a tunnel has DNS servers: resolved does not tell of its end */
#define RECONNECT_USEC  USEC_PER_SEC       /* doubled too */
#define RECONNECT_MAX   6u                 /* doublings */
#define FINI_GRACE_USEC (10 * USEC_PER_SEC) /* half of TimeoutStopSec= of the daemon's unit */

/* The daemon may be older than the header. */
#define HOST_HAS(host, member) \
        ((host)->struct_size >= offsetof(DhcpdLinkHost, member) + sizeof((host)->member))

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

typedef enum Call {
        CALL_DNS,
        CALL_DOMAINS,
        CALL_DEFAULT_ROUTE,
        CALL_REVERT,
        _CALL_MAX,
} Call;

static const char *const methods[_CALL_MAX] = {
        [CALL_DNS] = "SetLinkDNS",
        [CALL_DOMAINS] = "SetLinkDomains",
        [CALL_DEFAULT_ROUTE] = "SetLinkDefaultRoute",
        [CALL_REVERT] = "RevertLink",
};

typedef struct Resolved Resolved;

typedef struct Entry {
        struct Entry *next;
        Resolved *resolved;
        int ifindex;
        char ifname[IF_NAMESIZE];
        ResolvedSettings settings;
        bool dns_tunnel;  /* a tunnel has DNS servers, and domains are not to draw names from them */
        bool told_tunnel; /* the log has that domains are not used because of tunnels */
        bool told_single; /* the log has that settings.single is not used */
        bool held;        /* there is a lease; else RevertLink is what we want */
        bool dirty;       /* resolved has not been told what we want */
        bool failed;      /* one of the calls in flight or of the last batch failed */
        bool dns_failed;  /* the same of SetLinkDNS alone */
        bool complained;
        unsigned n_in_flight;
        sd_bus_slot *slots[_CALL_MAX];
} Entry;

struct Resolved {
        const DhcpdLinkHost *host;
        sd_bus *bus;
        NameOwner *owner;     /* of SERVICE; NULL: not connected */
        ResolvedLinks *links; /* NULL: not connected */
        sd_event_source *retry_source, *reconnect_source, *ask_source;
        unsigned n_retries, n_reconnects;
        bool owned;     /* the bus is there, and resolved is on it */
        bool available; /* and it has said which links have DNS servers */
        bool ending; /* fini() sends and waits for what is to be reverted; @available is not kept up to date */
        UseDomains use_domains;
        UseDefaultRoute use_default_route;
        Entry *entries;
};

static void entry_sync(Entry *e);

/* Entries */

static Entry *entry_find(Resolved *resolved, int ifindex) {
        Entry *e = resolved->entries;

        while (e && e->ifindex != ifindex)
                e = e->next;
        return e;
}

static void entry_cancel(Entry *e) {
        for (size_t i = 0; i < _CALL_MAX; i++)
                e->slots[i] = sd_bus_slot_unref(e->slots[i]);
        e->n_in_flight = 0;
}

static void entry_free(Entry *e) {
        for (Entry **p = &e->resolved->entries; *p; p = &(*p)->next)
                if (*p == e) {
                        *p = e->next;
                        break;
                }
        entry_cancel(e);
        resolved_settings_clear(&e->settings);
        free(e);
}

/* Links that went while resolved was not there to be told: it has forgotten them as well. */
static void drop_vanished(Resolved *resolved) {
        char name[IF_NAMESIZE];

        for (Entry *e = resolved->entries, *next; e; e = next) {
                next = e->next;
                if (!e->held && e->n_in_flight == 0 && !if_indextoname((unsigned) e->ifindex, name))
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
        e->next = resolved->entries;
        resolved->entries = e;
        return e;
}

/* Tells the daemon whether resolved has the DNS servers of the lease; @problem NULL: it has. */
static void report(const Entry *e, const char *problem) {
        const DhcpdLinkHost *host = e->resolved->host;

        if (e->held && e->settings.n_dns > 0 && HOST_HAS(host, report_dns))
                host->report_dns(host, e->ifindex, problem);
}

/* Once per link, until it goes well again. */
static void complain(Entry *e, Call call, const char *why) {
        const DhcpdLinkHost *host = e->resolved->host;

        if (e->complained)
                return;
        e->complained = true;
        host->log(host, LOG_WARNING, "%s: systemd-resolved: %s failed: %s", e->ifname, methods[call], why);
}

/* Domains */

static bool is_beside_tunnel(const Entry *e) {
        return e->settings.tunnel || e->dns_tunnel;
}

/* Returns true if a tunnel has DNS servers and the lease must not draw names from them. */
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

/* Says in the log what the server asks for and does not get, each time that it is news. */
static void log_unused(Entry *e, const char *single, bool tunnel) {
        const DhcpdLinkHost *host = e->resolved->host;

        if (single[0] != '\0' && !e->told_single)
                host->log(
                        host, LOG_WARNING,
                        "%s: the server's domain \"%s\" is not used: it would have all names below it asked for here",
                        e->ifname, single);
        if (tunnel && !e->told_tunnel)
                host->log(host, LOG_INFO,
                          "%s: the server's domains are not used as long as a tunnel %s "
                          "(ClasslessRoutes=accept uses them)",
                          e->ifname, e->settings.tunnel ? "takes all traffic" : "has DNS servers");
        e->told_single = single[0] != '\0';
        e->told_tunnel = tunnel;
}

/* The same for those who look at the lease. */
static void report_unused(const Entry *e, uint8_t option, bool use) {
        const DhcpdLinkHost *host = e->resolved->host;
        char reason[RESOLVED_REASON_MAX] = "";

        if (!HOST_HAS(host, report_unused))
                return;
        if (use)
                resolved_settings_unused(&e->settings, option, e->dns_tunnel, reason);
        host->report_unused(host, e->ifindex, option, reason[0] != '\0' ? reason : NULL);
}

/* Decides anew which domains of the lease are used. Returns true if that may be others than before. */
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

/* Calls */

static void sync_all(Resolved *resolved) {
        for (Entry *e = resolved->entries, *next; e; e = next) {
                next = e->next;
                entry_sync(e);
        }
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Resolved *resolved = userdata;

        for (Entry *e = resolved->entries; e; e = e->next)
                if (e->failed)
                        e->dirty = true;
        sync_all(resolved);
        return 0;
}

/* (Re-)arms @source by @usec doubled @n times. */
static void arm(Resolved *resolved, sd_event_source **source, uint64_t usec, unsigned n,
                sd_event_time_handler_t fn) {
        *source = sd_event_source_disable_unref(*source);
        (void) sd_event_add_time_relative(resolved->host->event, source, CLOCK_BOOTTIME, usec << n,
                                          USEC_PER_SEC, fn, resolved);
}

static bool is_armed(sd_event_source *source) {
        int enabled;

        return source && sd_event_source_get_enabled(source, &enabled) > 0;
}

static void batch_done(Entry *e) {
        Resolved *resolved = e->resolved;
        const bool reverted = !e->held && !e->dirty;

        if (!e->failed)
                e->complained = false;
        if (!e->dirty && !e->dns_failed)
                report(e, NULL);
        else if (!e->dirty && resolved->available)
                report(e, "systemd-resolved does not take them");
        if (e->dirty)
                entry_sync(e); /* the lease changed meanwhile */
        else if (!e->failed) {
                if (reverted)
                        entry_free(e);
        } else if (resolved->available && !is_armed(resolved->retry_source)) {
                if (resolved->n_retries < RETRY_MAX)
                        arm(resolved, &resolved->retry_source, RETRY_USEC, resolved->n_retries++, on_retry);
                else if (reverted)
                        entry_free(e);
        }
}

static void fail(Entry *e, Call call) {
        e->failed = true;
        e->dns_failed |= call == CALL_DNS;
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        sd_bus_slot *slot = sd_bus_get_current_slot(sd_bus_message_get_bus(reply));
        Entry *e = userdata;
        Call call = 0;

        while (call < CALL_REVERT && e->slots[call] != slot)
                call++;
        e->slots[call] = sd_bus_slot_unref(e->slots[call]);
        if (error && sd_bus_error_has_name(error, SERVICE ".NoSuchLink")) {
                /* Gone, and then there is nothing to revert; or so new that resolved has not seen it yet. */
                if (call != CALL_REVERT)
                        fail(e, call);
        } else if (error) {
                fail(e, call);
                /* When resolved is going down, that is no news: it is told again when it comes back. */
                if (e->resolved->available && !sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) &&
                    !sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                        complain(e, call, error->message ? error->message : error->name);
        }
        if (--e->n_in_flight == 0)
                batch_done(e);
        return 0;
}

static int append_dns(sd_bus_message *m, const ResolvedSettings *s) {
        int r = sd_bus_message_open_container(m, 'a', "(iay)");

        for (size_t i = 0; r >= 0 && i < s->n_dns; i++) {
                r = sd_bus_message_open_container(m, 'r', "iay");
                if (r >= 0)
                        r = sd_bus_message_append(m, "i", AF_INET);
                if (r >= 0)
                        r = sd_bus_message_append_array(m, 'y', &s->dns[i], sizeof(s->dns[i]));
                if (r >= 0)
                        r = sd_bus_message_close_container(m);
        }
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

/* May names that no link claims be asked of this one's servers? */
static bool is_default_route(const ResolvedSettings *s, UseDefaultRoute use) {
        if (s->n_dns == 0)
                return false;
        switch (use) {
        case USE_DEFAULT_ROUTE_AUTO:
                return s->default_route;
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
                return append_dns(m, &e->settings);
        case CALL_DOMAINS:
                return append_domains(m, e);
        case CALL_DEFAULT_ROUTE:
                return sd_bus_message_append(
                        m, "b", (int) is_default_route(&e->settings, e->resolved->use_default_route));
        case CALL_REVERT:
                return 0;
        case _CALL_MAX:
                break;
        }
        abort();
}

static void send_call(Entry *e, Call call) {
        sd_bus *bus = e->resolved->bus;
        sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(bus, &m, SERVICE, OBJECT, INTERFACE, methods[call]);
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = append_content(m, call, e);
        if (r >= 0)
                r = sd_bus_call_async(bus, &e->slots[call], m, on_reply, e, /* usec= */ 0);
        sd_bus_message_unref(m);
        if (r < 0) {
                fail(e, call);
                if (r != -ENOTCONN && r != -ECONNRESET) /* the bus is about to say so itself */
                        complain(e, call, strerror(-r));
        } else
                e->n_in_flight++;
}

/* Tells resolved what we want, if it is there and not busy with this link. May free @e. */
static void entry_sync(Entry *e) {
        if (!e->dirty || e->n_in_flight > 0)
                return;
        if (!e->resolved->available) {
                report(e, "systemd-resolved is not running");
                return;
        }

        e->dirty = e->failed = e->dns_failed = false;
        if (e->held)
                for (Call call = CALL_DNS; call < CALL_REVERT; call++)
                        send_call(e, call);
        else
                send_call(e, CALL_REVERT);
        if (e->n_in_flight == 0)
                batch_done(e);
}

/* The bus */

static int on_ask(sd_event_source *source, uint64_t usec, void *userdata) {
        Resolved *resolved = userdata;

        if (resolved->links)
                (void) resolved_links_ask(resolved->links);
        return 0;
}

/* Nobody tells of the end of a tunnel. */
static void watch_tunnels(Resolved *resolved) {
        bool ask = false;

        for (const Entry *e = resolved->entries; e; e = e->next)
                ask |= e->held && e->dns_tunnel;
        if (!ask)
                resolved->ask_source = sd_event_source_disable_unref(resolved->ask_source);
        else if (!is_armed(resolved->ask_source))
                arm(resolved, &resolved->ask_source, ASK_USEC, 0, on_ask);
}

/* Resolved is told of leases only when it is known which links have DNS servers. */
static void on_links_known(void *userdata) {
        Resolved *resolved = userdata;

        if (!resolved->owned || resolved->ending)
                return;
        resolved->available = true;
        for (Entry *e = resolved->entries; e; e = e->next)
                if (e->held && update_domains(e))
                        e->dirty = true;
        watch_tunnels(resolved);
        sync_all(resolved);
}

static void on_owner_changed(void *userdata, bool owned) {
        Resolved *resolved = userdata;

        if (resolved->ending)
                return;
        resolved->owned = owned;
        resolved->available = false;
        resolved->n_retries = 0;
        resolved->retry_source = sd_event_source_disable_unref(resolved->retry_source);
        for (Entry *e = resolved->entries; e; e = e->next)
                e->dirty = true;
        resolved_links_forget(resolved->links);
        if (!owned)
                sync_all(resolved);
        else if (resolved_links_ask(resolved->links) < 0)
                on_links_known(resolved);
}

static int on_connected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Resolved *resolved = userdata;
        int r;

        if (resolved->ending)
                return 0;
        resolved->n_reconnects = 0;
        r = name_owner_new(resolved->bus, SERVICE, on_owner_changed, resolved, &resolved->owner);
        if (r >= 0)
                r = resolved_links_new(resolved->bus, resolved->owner, on_links_known, resolved,
                                       &resolved->links);
        if (r < 0 && r != -ENOTCONN && r != -ECONNRESET)
                resolved->host->log(resolved->host, LOG_WARNING, "Cannot ask for systemd-resolved: %s",
                                    strerror(-r));
        return 0;
}

static void bus_close(Resolved *resolved) {
        resolved->owned = resolved->available = false;
        for (Entry *e = resolved->entries; e; e = e->next) {
                entry_cancel(e);
                e->dirty = true;
        }
        resolved->owner = name_owner_free(resolved->owner);
        resolved->links = resolved_links_free(resolved->links);
        if (resolved->bus)
                (void) sd_bus_detach_event(resolved->bus);
        resolved->bus = sd_bus_close_unref(resolved->bus);
}

static int bus_open(Resolved *resolved, bool wait);

static int on_reconnect(sd_event_source *source, uint64_t usec, void *userdata) {
        Resolved *resolved = userdata;
        int r;

        bus_close(resolved);
        r = bus_open(resolved, /* wait= */ true);
        if (r < 0)
                resolved->host->log(resolved->host, LOG_WARNING, "Cannot connect to the system bus: %s",
                                    strerror(-r));
        return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Resolved *resolved = userdata;

        resolved->owned = resolved->available = false;
        for (const Entry *e = resolved->entries; e; e = e->next)
                report(e, "systemd-resolved is not running");
        arm(resolved, &resolved->reconnect_source, RECONNECT_USEC, resolved->n_reconnects, on_reconnect);
        if (resolved->n_reconnects < RECONNECT_MAX)
                resolved->n_reconnects++;
        return 0;
}

/* Starts to connect. If the bus is not there yet and @wait, waits in the event loop for its socket to appear. */
static int bus_open(Resolved *resolved, bool wait) {
        const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        sd_bus *bus = NULL;
        int r;

        r = sd_bus_new(&bus);
        if (r < 0)
                return r;
        (void) sd_bus_set_description(bus, "dhcpd-link-resolved");
        r = sd_bus_set_address(bus, address ? address : "unix:path=/run/dbus/system_bus_socket");
        if (r >= 0)
                r = sd_bus_set_bus_client(bus, true);
        if (r >= 0)
                r = sd_bus_set_watch_bind(bus, wait);
        if (r >= 0)
                r = sd_bus_set_connected_signal(bus, true);
        /* Else the bus would be gone, and flushed by waiting for it, when the loop ends: before fini(). */
        if (r >= 0)
                r = sd_bus_set_close_on_exit(bus, false);
        if (r >= 0)
                r = name_owner_match_local(bus, "Connected", on_connected, resolved);
        if (r >= 0)
                r = name_owner_match_local(bus, "Disconnected", on_disconnected, resolved);
        if (r >= 0)
                r = sd_bus_attach_event(bus, resolved->host->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0) {
                (void) sd_bus_detach_event(bus);
                sd_bus_unref(bus);
                return r;
        }
        resolved->bus = bus;
        return 0;
}

/* The plugin */

/* Index of the word that [Plugin resolved] @key= has, or 0, the default. */
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
                                 *const default_route[] = { "auto", "yes", "no" };

        resolved->use_domains = config_word(resolved->host, "UseDomains", domains);
        resolved->use_default_route = config_word(resolved->host, "DefaultRoute", default_route);
}

static void resolved_fini(void *state);

static int resolved_init(const DhcpdLinkHost *host, void **ret_state) {
        Resolved *resolved = calloc(1, sizeof(*resolved));
        int r;

        if (!resolved)
                return -ENOMEM;
        resolved->host = host;
        read_config(resolved);
        r = bus_open(resolved, /* wait= */ true);
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
        ResolvedSettings settings;
        int r;

        resolved->n_retries = 0;
        if (event == DHCPD_LINK_EVENT_LOST) {
                if (e && e->held) {
                        e->held = false;
                        e->dirty = true;
                        entry_sync(e);
                }
                return;
        }

        r = resolved_settings_from_lease(lease, &settings);
        if (r >= 0 && !e) {
                e = entry_add(resolved, lease);
                if (!e) {
                        resolved_settings_clear(&settings);
                        r = -ENOMEM;
                }
        }
        if (r < 0) {
                resolved->host->log(resolved->host, LOG_WARNING, "%s: %s", lease->ifname, strerror(-r));
                return;
        }
        (void) strncpy(e->ifname, lease->ifname, sizeof(e->ifname) - 1);
        if (!e->held || e->failed || !resolved_settings_equal(&settings, &e->settings))
                e->dirty = true;
        if (strcmp(settings.single, e->settings.single) != 0)
                e->told_single = false;
        e->held = true;
        resolved_settings_clear(&e->settings);
        e->settings = settings;
        if (update_domains(e))
                e->dirty = true;
        watch_tunnels(resolved);
        entry_sync(e);
}

static void resolved_reload(void *state) {
        Resolved *resolved = state;
        const UseDomains use_domains = resolved->use_domains;
        const UseDefaultRoute use_default_route = resolved->use_default_route;

        read_config(resolved);
        if (use_domains == resolved->use_domains && use_default_route == resolved->use_default_route)
                return;
        for (Entry *e = resolved->entries; e; e = e->next) {
                e->dirty = true;
                if (e->held)
                        (void) update_domains(e);
        }
        sync_all(resolved);
}

/* Entries of lost leases go when they are reverted, so these are not; they may have been refused, or not been sent. */
static bool has_lost(const Resolved *resolved) {
        for (const Entry *e = resolved->entries; e; e = e->next)
                if (!e->held)
                        return true;
        return false;
}

static bool is_reverting(const Resolved *resolved) {
        for (const Entry *e = resolved->entries; e; e = e->next)
                if (!e->held && e->n_in_flight > 0)
                        return true;
        return false;
}

static uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

/*
 * Returns true if what is sent now reaches the bus, if there is one. A connection that is not ready may be one to a
 * socket that never appears; a new one fails at once in that case.
 */
static bool bus_can_send(Resolved *resolved) {
        if (resolved->bus && sd_bus_is_ready(resolved->bus) > 0)
                return true;
        bus_close(resolved);
        return bus_open(resolved, /* wait= */ false) >= 0;
}

/*
 * Reverts links that lost their lease just now. Whether resolved is there need not be known: the bus refuses the call
 * if it is not. Polkit does not speak for a caller who has left, so this waits for the answers. It is the one place
 * where this plugin waits: nothing else is left to be done, and the wait is bounded.
 */
static void finish_reverts(Resolved *resolved) {
        const uint64_t end = now_usec() + FINI_GRACE_USEC;
        uint64_t now;

        if (!has_lost(resolved) || !bus_can_send(resolved))
                return;
        (void) sd_bus_detach_event(resolved->bus);
        resolved->ending = resolved->available = true;
        for (Entry *e = resolved->entries, *next; e; e = next) {
                next = e->next;
                if (e->held)
                        continue;
                if (e->n_in_flight == 0)
                        e->dirty = true;
                entry_sync(e);
        }
        while (is_reverting(resolved) && (now = now_usec()) < end) {
                int r = sd_bus_process(resolved->bus, NULL);

                if (r < 0 || (r == 0 && sd_bus_wait(resolved->bus, end - now) < 0))
                        return;
        }
        for (const Entry *e = resolved->entries; e; e = e->next)
                if (!e->held && e->n_in_flight > 0)
                        resolved->host->log(
                                resolved->host, LOG_WARNING,
                                "%s: systemd-resolved does not answer, and may keep the DNS servers of the "
                                "lease that is lost",
                                e->ifname);
}

static void resolved_fini(void *state) {
        Resolved *resolved = state;

        finish_reverts(resolved);
        bus_close(resolved);
        while (resolved->entries)
                entry_free(resolved->entries);
        sd_event_source_disable_unref(resolved->retry_source);
        sd_event_source_disable_unref(resolved->reconnect_source);
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
