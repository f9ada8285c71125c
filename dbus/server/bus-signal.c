/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is signalled of a link, once for each turn of the loop: InterfacesAdded, LinkNew, PropertiesChanged, StateChanged,
 * LeaseChanged, in this order; and LinkRemoved, InterfacesRemoved in the end.
 *
 * What changed is found by comparing each value with a hash of what was told last. So nobody has to know which
 * event changes what, and nothing is signalled that stayed the same. A property is told for the first time by
 * InterfacesAdded, or by the answer to whoever connects and asks: a link that changes while nobody hears is
 * marked (BusLink.unseen), and what is true when somebody begins to hear counts as told (bus_link_catch_up()).
 *
 * LeaseChanged needs the lease before and the lease now. The one before is copied when the notice comes and
 * freed when it was signalled, since a second lease for each link would double what a link costs. Only what does
 * not follow from the lease alone (T1, T2, routes and what is ignored) is kept as it was told (BusTold).
 */
#include <errno.h>
#include <string.h>

#include "dbus/json/json-message.h"
#include "dbus/server/bus-internal.h"

typedef struct Changes {
        const char *names[BUS_PROPERTIES_MAX + 1]; /* those that PropertiesChanged names; NULL-terminated */
        size_t n_names;
} Changes;

static BusView view_of(BusLink *link) {
        return (BusView){ .link = link, .lease = managed_link_lease(link->link) };
}

void bus_told_clear(BusTold *told) {
        for (size_t i = told->n_static; i < told->n_ignored; i++)
                g_free((char *) told->ignored[i].reason);
        g_free(told->routes);
        g_free(told->ignored);
        *told = (BusTold){};
}

/* Not inlined: pages of the stack that were used once stay with the process. */
static _noinline_ void remember_told(BusLink *link) {
        const Dhcp4Client *client = managed_link_client(link->link);
        Dhcp4Ignored ignored[BUS_IGNORED_MAX];
        BusTold *told = &link->told;
        NetConfig config;

        bus_told_clear(told);
        if (!managed_link_lease(link->link))
                return;
        told->t1_at = dhcp4_client_t1_at(client);
        told->t2_at = dhcp4_client_t2_at(client);
        managed_link_desired(link->link, &config);
        told->n_routes = config.n_routes;
        told->routes = g_memdup2(config.routes, config.n_routes * sizeof(config.routes[0]));
        told->n_ignored = bus_dhcp4_ignored(link, ignored, &told->n_static);
        for (size_t i = told->n_static; i < told->n_ignored; i++)
                ignored[i].reason = g_strdup(ignored[i].reason);
        told->ignored = g_memdup2(ignored, told->n_ignored * sizeof(ignored[0]));
}

/* What Options, OptionValues and KeptOptions are made from; 0: nothing. */
static uint64_t hash_answer(const BusLink *link) {
        const Dhcp4Lease *lease = managed_link_lease(link->link);

        return lease
                ? prng_siphash24(link->server->key, lease->ack, (size_t) lease->ack_len + lease->kept_len)
                : 0;
}

static bool is_compared(const BusProperty *property, unsigned touched, bool same_answer) {
        const unsigned rare = property->flags & BUS_PROPERTY_RARE;

        if (property->flags & BUS_PROPERTY_CONST || (rare && !(rare & touched)))
                return false;
        return !(property->flags & BUS_PROPERTY_ANSWER) || !same_answer;
}

/*
 * Compares properties with what was told last, and takes note of what they are now. All values are in one
 * message, one after the other.
 */
static int find_changes(BusLink *link, BusInterface interface, unsigned touched, bool same_answer,
                        Changes *ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(json_clear) JsonWriter w = {};
        const BusView view = view_of(link);
        size_t n;
        const BusProperty *properties = bus_interface_properties(interface, &n);
        int r;

        assert(n <= BUS_PROPERTIES_MAX);
        r = scratch_message_new(&m);
        for (size_t i = 0; i < n && r >= 0; i++)
                if (is_compared(&properties[i], touched, same_answer))
                        r = properties[i].append(&view, m);
        if (r >= 0)
                r = scratch_message_seal(m);
        for (size_t i = 0; i < n && r >= 0; i++) {
                uint32_t hash;

                if (!is_compared(&properties[i], touched, same_answer))
                        continue;
                w.len = 0;
                w.comma = false;
                r = json_message(&w, m, properties[i].name);
                if (r < 0)
                        return r;
                if (w.failed)
                        return -ENOMEM;
                hash = (uint32_t) prng_siphash24(link->server->key, w.data, w.len);
                if (hash == link->hashes[interface][i])
                        continue;
                link->hashes[interface][i] = hash;
                ret->names[ret->n_names++] = properties[i].name;
        }
        return r;
}

static int find_all_changes(BusLink *link, Changes changes[_BUS_INTERFACE_MAX]) {
        const uint64_t answer_hash = hash_answer(link);
        const bool same_answer = !link->unseen && answer_hash == link->answer_hash;
        int r = 0;

        for (unsigned i = 0; i < _BUS_INTERFACE_MAX && r >= 0; i++) {
                changes[i] = (Changes){};
                r = find_changes(link, i, link->touched, same_answer, &changes[i]);
        }
        if (r < 0)
                return r;
        link->answer_hash = answer_hash;
        link->touched = 0;
        return 0;
}

void bus_link_catch_up(BusLink *link) {
        Changes changes[_BUS_INTERFACE_MAX];

        if (find_all_changes(link, changes) < 0)
                return;
        remember_told(link);
        link->unseen = false;
}

static const char *notice_to_string(LinkNotice notice) {
        switch (notice) {
        case LINK_NOTICE_BOUND:
                return "bound";
        case LINK_NOTICE_RENEWED:
                return "renewed";
        case LINK_NOTICE_CHANGED:
                return "changed";
        case LINK_NOTICE_LOST:
                return "lost";
        case _LINK_NOTICE_MAX:
                break;
        }
        abort();
}

/* The two leases that LeaseChanged is about, and which properties have another value in one than in the other. */
typedef struct LeaseChange {
        BusView old_view, new_view;
        bool differs[BUS_PROPERTIES_MAX];
} LeaseChange;

/* The text of one property as it is in @view; free() it. NULL: there is no memory. */
static char *value_text(const BusProperty *property, const BusView *view) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        JsonWriter w = {};

        if (scratch_message_new(&m) < 0 || property->append(view, m) < 0 || scratch_message_seal(m) < 0 ||
            json_message(&w, m, property->name) < 0) {
                json_clear(&w);
                return NULL;
        }
        return json_finish(&w);
}

static void compare_leases(LeaseChange *change) {
        size_t n;
        const BusProperty *properties = bus_interface_properties(BUS_INTERFACE_DHCP4, &n);

        for (size_t i = 0; i < n; i++) {
                char *old_text, *new_text;

                if (!(properties[i].flags & BUS_PROPERTY_LEASE))
                        continue;
                old_text = value_text(&properties[i], &change->old_view);
                new_text = value_text(&properties[i], &change->new_view);
                change->differs[i] = g_strcmp0(old_text, new_text) != 0;
                free(old_text);
                free(new_text);
        }
}

static int append_values(sd_bus_message *m, const LeaseChange *change, const BusView *view) {
        size_t n;
        const BusProperty *properties = bus_interface_properties(BUS_INTERFACE_DHCP4, &n);
        Values v = values_into(m);

        values_begin_record(&v);
        for (size_t i = 0; view->lease && i < n; i++) {
                if (!change->differs[i])
                        continue;
                record_begin(&v, properties[i].name, properties[i].signature);
                if (v.r >= 0)
                        v.r = MIN(properties[i].append(view, m), 0);
                record_end(&v);
        }
        values_end_record(&v);
        return v.r;
}

static int emit_lease_changed(const BusLink *link, sd_bus *connection, const LeaseChange *change) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Values v;
        int r;

        r = sd_bus_message_new_signal(connection, &m, link->path, BUS_DHCP4_INTERFACE, "LeaseChanged");
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "s", notice_to_string(link->notice));
        if (r >= 0)
                r = append_values(m, change, &change->old_view);
        if (r >= 0)
                r = append_values(m, change, &change->new_view);
        if (r < 0)
                return r;
        v = values_into(m);
        values_begin_record(&v);
        if (link->notice == LINK_NOTICE_LOST)
                record_string(&v, "Why", dhcp4_loss_to_string(link->loss));
        values_end_record(&v);
        return v.r < 0 ? v.r : sd_bus_send(connection, m, NULL);
}

/* Details are empty: they are there to grow. */
static int emit_state_changed(const BusLink *link, sd_bus *connection, Dhcp4State old_state,
                              Dhcp4State new_state) {
        return sd_bus_emit_signal(connection, link->path, BUS_DHCP4_INTERFACE, "StateChanged", "ssa{sv}",
                                  dhcp4_state_to_string(old_state), dhcp4_state_to_string(new_state), 0);
}

/* @hw: NULL: it is of no interest any more. */
static int emit_link(const BusLink *link, sd_bus *connection, const char *member, const HwAddress *hw) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_signal(connection, &m, BUS_ROOT, BUS_MANAGER_INTERFACE, member);
        if (r >= 0)
                r = bus_append_link(m, link->ifindex, link->name, link->path, hw);
        return r < 0 ? r : sd_bus_send(connection, m, NULL);
}

/* Failures are the connection's own: it is full, or about to be closed. @change: NULL if there is no news of a lease. */
static void emit_to(const BusLink *link, BusConn *conn, bool is_new,
                    const Changes changes[_BUS_INTERFACE_MAX], const LeaseChange *change) {
        if (is_new) {
                (void) sd_bus_emit_object_added(conn->bus, link->path);
                (void) emit_link(link, conn->bus, "LinkNew", managed_link_hw_address(link->link));
        } else
                for (unsigned i = 0; i < _BUS_INTERFACE_MAX; i++)
                        if (changes[i].n_names > 0)
                                (void) sd_bus_emit_properties_changed_strv(conn->bus, link->path,
                                                                           bus_interface_name(i),
                                                                           (char **) changes[i].names);
        for (unsigned i = 0; i < link->n_transitions; i++)
                (void) emit_state_changed(link, conn->bus, link->transitions[i].old_state,
                                          link->transitions[i].new_state);
        if (change)
                (void) emit_lease_changed(link, conn->bus, change);
        bus_conn_check(conn);
}

static void emit_to_all(BusLink *link, const GPtrArray *hearers, bool is_new,
                        const Changes changes[_BUS_INTERFACE_MAX]) {
        g_autofree Dhcp4Message *former = NULL;
        LeaseChange change;

        if (link->have_notice) {
                change = (LeaseChange){
                        .old_view = { .link = link, .lease = link->former, .told = &link->told },
                        .new_view = view_of(link),
                };
                if (link->former) {
                        former = g_new(Dhcp4Message, 1);
                        dhcp4_lease_message(link->former, former);
                        change.old_view.message = former;
                }
                /* A lease that was lost may have been followed by another one in the same turn. */
                if (link->notice == LINK_NOTICE_LOST)
                        change.new_view.lease = NULL;
                compare_leases(&change);
        }
        for (guint i = 0; i < hearers->len; i++)
                emit_to(link, hearers->pdata[i], is_new, changes, link->have_notice ? &change : NULL);
}

void bus_link_flush(BusLink *link) {
        g_autofree char *name = g_utf8_make_valid(managed_link_ifname(link->link), -1);
        GPtrArray *hearers = bus_hearers(link->server, link);
        Changes changes[_BUS_INTERFACE_MAX];
        const bool is_new = !link->announced;

        if (strcmp(link->name, name) != 0) {
                g_free(link->name);
                link->name = g_strdup(name);
        }
        link->announced = true;

        /* Nobody hears it: the comparison can wait until somebody does. */
        if (hearers->len == 0)
                link->unseen = true;
        else if (find_all_changes(link, changes) >= 0) {
                emit_to_all(link, hearers, is_new, changes);
                remember_told(link);
                link->unseen = false;
        }
        g_ptr_array_unref(hearers);
        link->n_transitions = 0;
        link->have_notice = false;
        g_clear_pointer(&link->former, g_free);

        /* Started again while somebody waited for its end. */
        if (!managed_link_is_stopping(link->link))
                bus_answer_waiters(link->server, link->ifindex);
}

void bus_link_gone(BusLink *link) {
        GPtrArray *hearers = bus_hearers(link->server, link);

        for (guint i = 0; i < hearers->len; i++) {
                BusConn *conn = hearers->pdata[i];

                (void) emit_link(link, conn->bus, "LinkRemoved", NULL);
                (void) sd_bus_emit_object_removed(conn->bus, link->path);
                bus_conn_check(conn);
        }
        g_ptr_array_unref(hearers);
}
