/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Publishes what does not depend on a lease: the settings in force of a link, the files that they come from,
 * the claims of a link, and the interfaces that are not managed (ListCandidateLinks(), CandidatesChanged).
 */
#include <stdio.h>

#include "dbus/server/bus-internal.h"

/* Settings */

static void append_setting(void *userdata, const ConfigSetting *setting) {
        Values *v = userdata;

        switch (setting->type) {
        case CONFIG_SETTING_BOOL:
                record_bool(v, setting->key, setting->boolean);
                return;
        case CONFIG_SETTING_NUMBER:
                record_u32(v, setting->key, setting->number);
                return;
        case CONFIG_SETTING_SPAN:
                record_u64(v, setting->key, setting->span);
                return;
        case CONFIG_SETTING_TEXT:
                record_begin(v, setting->key, "s");
                bus_append_text(v, setting->text);
                record_end(v);
                return;
        case CONFIG_SETTING_LIST:
                record_begin(v, setting->key, "as");
                values_begin(v, 'a', "s");
                for (const char *const *item = setting->list; *item; item++)
                        bus_append_text(v, *item);
                values_end(v);
                record_end(v);
                return;
        }
}

void bus_append_settings(const BusView *view, Values *v) {

        values_begin_record(v);
        managed_link_foreach_setting(view->link->link, append_setting, v);
        values_end_record(v);
}

void bus_append_config_files(const BusView *view, Values *v) {
        g_autofree const char **files = managed_link_config_files(view->link->link);

        values_begin(v, 'a', "s");
        for (const char **file = files; *file; file++)
                bus_append_text(v, *file);
        values_end(v);
}

/* Claims */

typedef struct ClaimsReply {
        Bus *bus;
        Values *v;
} ClaimsReply;

static const char *claim_kind(const void *owner, const BusConn *conn) {
        if (owner == manager_owner_command_line)
                return "command-line";
        if (owner == manager_owner_bus)
                return "kept";
        if (owner == manager_owner_left)
                return "left";
        return conn && conn->owner ? "unit" : "caller";
}

/* Returns the private connection that owns the claim, or NULL if no connection does. */
static const BusConn *find_owner(Bus *bus, const void *owner) {
        GHashTableIter iter;
        gpointer conn;

        g_hash_table_iter_init(&iter, bus->peers);
        while (g_hash_table_iter_next(&iter, NULL, &conn))
                if (conn == owner)
                        return conn;
        return NULL;
}

static void append_claim(void *userdata, const char *pattern, const void *owner) {
        const bool built_in = owner == manager_owner_command_line || owner == manager_owner_bus ||
                owner == manager_owner_left;
        ClaimsReply *reply = userdata;
        const BusConn *conn = built_in ? NULL : find_owner(reply->bus, owner);
        char process[64] = "";

        if (conn && !conn->owner)
                (void) snprintf(process, sizeof(process), "process %d of user %u", (int) conn->pid,
                                (unsigned) conn->uid);
        values_begin_record(reply->v);
        record_string(reply->v, "Kind", claim_kind(owner, conn));
        record_begin(reply->v, "Pattern", "s");
        bus_append_text(reply->v, pattern);
        record_end(reply->v);
        record_string(reply->v, "Owner", conn && conn->owner ? conn->owner : process);
        record_bool(reply->v, "Apply", manager_claim_applies(reply->bus->manager, pattern, owner));
        values_end_record(reply->v);
}

void bus_append_claims(const BusView *view, Values *v) {
        ClaimsReply reply = { .bus = view->link->server, .v = v };

        values_begin(v, 'a', "a{sv}");
        managed_link_foreach_claim(view->link->link, append_claim, &reply);
        values_end(v);
}

/* Candidates */

static const struct Reason {
        const char *id, *text;
} reasons[_MANAGER_CANDIDATE_MAX] = {
        [MANAGER_CANDIDATE_UNMANAGED] = { "unmanaged", "Nobody has started it" },
        [MANAGER_CANDIDATE_DOWN] = { "down", "It is down, and nobody has started it" },
        [MANAGER_CANDIDATE_ELSEWHERE] = { "managed-elsewhere", "Another network manager has it" },
        [MANAGER_CANDIDATE_SWITCHED_OFF] = { "switched-off", "Manage=no in its configuration" },
        [MANAGER_CANDIDATE_NOT_SUPPORTED] = { "not-supported", "A link of this type cannot do DHCP" },
};

static void append_candidate(void *userdata, const ManagerCandidate *candidate) {
        const struct Reason *reason = &reasons[candidate->reason];
        Values *v = userdata;

        values_begin(v, 'r', "isoa{sv}");
        values_i32(v, candidate->ifindex);
        bus_append_text(v, candidate->ifname);
        values_path(v, "/");
        values_begin_record(v);
        record_string(v, "Reason", reason->id);
        record_string(v, "Text", reason->text);
        record_string(v, "Manager", candidate->other ?: "");
        record_bytes(v, "HardwareAddress", candidate->hw_address->bytes, candidate->hw_address->len);
        values_end_record(v);
        values_end(v);
}

void bus_append_candidates(Bus *bus, Values *v) {

        values_begin(v, 'a', "(isoa{sv})");
        manager_foreach_candidate(bus->manager, append_candidate, v);
        values_end(v);
}

/* Signals CandidatesChanged to all connections but holders, who only hear of the links they started. */
static void emit_candidates(Bus *bus) {
        GPtrArray *hearers = bus_general_hearers(bus);

        for (guint i = 0; i < hearers->len; i++) {
                BusConn *conn = hearers->pdata[i];

                (void) sd_bus_emit_signal(conn->bus, BUS_ROOT, BUS_MANAGER_INTERFACE, "CandidatesChanged",
                                          NULL);
                bus_conn_check(conn);
        }
        g_ptr_array_unref(hearers);
        bus->candidates_told_at = manager_now(bus->manager);
}

static int on_candidates_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Bus *bus = userdata;

        bus->candidates = sd_event_source_disable_unref(bus->candidates);
        emit_candidates(bus);
        return 0;
}

void bus_candidates_changed(Bus *bus) {
        const usec_t now = manager_now(bus->manager),
                     at = MAX(now, usec_add(bus->candidates_told_at, BUS_CANDIDATES_USEC));

        if (bus->candidates || !bus_is_heard(bus))
                return;
        /*
         * Even a signal that is due now waits for the end of the turn: a new interface is often managed at
         * once.
         */
        (void) sd_event_add_time(bus->event, &bus->candidates, CLOCK_BOOTTIME, at, BUS_CANDIDATES_USEC / 10,
                                 on_candidates_timer, bus);
}
