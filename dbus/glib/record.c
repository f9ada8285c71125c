/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records (contract: dbus/glib/record.h), and the types of records that programs see.
 */
#include "dbus/glib/record.h"

#include <dhcpd-link-records.h>

#include "dbus/glib/properties.h"

struct Record {
        gatomicrefcount refs;
        GVariant *dict;
};

Record *record_new(GVariant *dict) {
        Record *record = g_new0(Record, 1);

        g_atomic_ref_count_init(&record->refs);
        record->dict = g_variant_ref_sink(dict);
        return record;
}

Record *record_ref(Record *record) {
        g_atomic_ref_count_inc(&record->refs);
        return record;
}

void record_unref(Record *record) {
        if (!g_atomic_ref_count_dec(&record->refs))
                return;
        g_variant_unref(record->dict);
        g_free(record);
}

GPtrArray *records_new(GVariant *list, guint max) {
        GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify) record_unref);
        const gsize n = list ? MIN(g_variant_n_children(list), max) : 0;

        for (gsize i = 0; i < n; i++) {
                g_autoptr(GVariant) dict = g_variant_get_child_value(list, i);

                g_ptr_array_add(records, record_new(dict));
        }
        return records;
}

GVariant *record_dict(Record *record) {
        return record->dict;
}

gboolean record_boolean(Record *record, const char *key) {
        gboolean value = FALSE;

        (void) g_variant_lookup(record->dict, key, "b", &value);
        return value;
}

int record_int(Record *record, const char *key) {
        gint32 value = 0;

        (void) g_variant_lookup(record->dict, key, "i", &value);
        return value;
}

guint record_uint(Record *record, const char *key) {
        guint32 value = 0;

        (void) g_variant_lookup(record->dict, key, "u", &value);
        return value;
}

guint64 record_uint64(Record *record, const char *key) {
        guint64 value = 0;

        (void) g_variant_lookup(record->dict, key, "t", &value);
        return value;
}

const char *record_string(Record *record, const char *key) {
        const char *value = "";

        (void) g_variant_lookup(record->dict, key, "&s", &value);
        return value;
}

GBytes *record_bytes(Record *record, const char *key) {
        g_autoptr(GVariant) value = g_variant_lookup_value(record->dict, key, G_VARIANT_TYPE_BYTESTRING);

        return value ? g_variant_get_data_as_bytes(value) : g_bytes_new_static("", 0);
}

/* The types */

#define DEFINE_RECORD(Name, name) \
        G_DEFINE_BOXED_TYPE(DhcpdLink##Name, dhcpd_link_##name, dhcpd_link_##name##_ref, \
                            dhcpd_link_##name##_unref) \
        DhcpdLink##Name *dhcpd_link_##name##_ref(DhcpdLink##Name *self) { \
                return (DhcpdLink##Name *) record_ref((Record *) self); \
        } \
        void dhcpd_link_##name##_unref(DhcpdLink##Name *self) { \
                record_unref((Record *) self); \
        }
#define DEFINE_FIELD(ctype, function, Name, name, field, key) \
        ctype dhcpd_link_##name##_get_##field(DhcpdLink##Name *self) { \
                return function((Record *) self, key); \
        }
#define DEFINE_BOOLEAN(Name, name, field, key) DEFINE_FIELD(gboolean, record_boolean, Name, name, field, key)
#define DEFINE_INT(Name, name, field, key)     DEFINE_FIELD(int, record_int, Name, name, field, key)
#define DEFINE_UINT(Name, name, field, key)    DEFINE_FIELD(guint, record_uint, Name, name, field, key)
#define DEFINE_UINT64(Name, name, field, key)  DEFINE_FIELD(guint64, record_uint64, Name, name, field, key)
#define DEFINE_STRING(Name, name, field, key) \
        DEFINE_FIELD(const char *, record_string, Name, name, field, key)
#define DEFINE_BYTES(Name, name, field, key) DEFINE_FIELD(GBytes *, record_bytes, Name, name, field, key)
#define DEFINE_WORD(Name, name, field, key, Type, gtype) \
        Type dhcpd_link_##name##_get_##field(DhcpdLink##Name *self) { \
                return (Type) word_to_enum(gtype, record_string((Record *) self, key)); \
        }

DEFINE_RECORD(Route, route)
DEFINE_STRING(Route, route, destination, "Destination")
DEFINE_UINT(Route, route, prefix_length, "PrefixLength")
DEFINE_STRING(Route, route, gateway, "Gateway")
DEFINE_STRING(Route, route, source, "Source")
DEFINE_UINT(Route, route, metric, "Metric")
DEFINE_UINT(Route, route, table, "Table")
DEFINE_STRING(Route, route, origin_name, "Origin")

DEFINE_RECORD(Server, server)
DEFINE_STRING(Server, server, identifier, "Identifier")
DEFINE_STRING(Server, server, offered_address, "OfferedAddress")
DEFINE_BYTES(Server, server, hardware_address, "HardwareAddress")
DEFINE_UINT64(Server, server, heard_at, "HeardAtUSec")
DEFINE_UINT64(Server, server, heard_at_boottime, "HeardAtBoottimeUSec")
DEFINE_BOOLEAN(Server, server, chosen, "Chosen")
DEFINE_STRING(Server, server, refused, "Refused")

DEFINE_RECORD(IgnoredOption, ignored_option)
DEFINE_UINT(IgnoredOption, ignored_option, code, "Code")
DEFINE_STRING(IgnoredOption, ignored_option, name, "Name")
DEFINE_STRING(IgnoredOption, ignored_option, reason, "Reason")
DEFINE_STRING(IgnoredOption, ignored_option, text, "Text")

DEFINE_RECORD(IgnoredAnswer, ignored_answer)
DEFINE_STRING(IgnoredAnswer, ignored_answer, id, "Id")
DEFINE_STRING(IgnoredAnswer, ignored_answer, text, "Text")
DEFINE_STRING(IgnoredAnswer, ignored_answer, message, "Message")
DEFINE_STRING(IgnoredAnswer, ignored_answer, server, "Server")
DEFINE_UINT64(IgnoredAnswer, ignored_answer, at_boottime, "AtBoottimeUSec")

DEFINE_RECORD(Problem, problem)
DEFINE_STRING(Problem, problem, id, "Id")
DEFINE_STRING(Problem, problem, text, "Text")
DEFINE_UINT64(Problem, problem, at_boottime, "AtBoottimeUSec")

DEFINE_RECORD(Claim, claim)
DEFINE_WORD(Claim, claim, kind, "Kind", DhcpdLinkClaimKind, DHCPD_LINK_TYPE_CLAIM_KIND)
DEFINE_STRING(Claim, claim, kind_name, "Kind")
DEFINE_STRING(Claim, claim, pattern, "Pattern")
DEFINE_STRING(Claim, claim, owner, "Owner")
DEFINE_BOOLEAN(Claim, claim, apply, "Apply")

DEFINE_RECORD(Candidate, candidate)
DEFINE_INT(Candidate, candidate, index, "Index")
DEFINE_STRING(Candidate, candidate, name, "Name")
DEFINE_WORD(Candidate, candidate, reason, "Reason", DhcpdLinkCandidateReason,
            DHCPD_LINK_TYPE_CANDIDATE_REASON)
DEFINE_STRING(Candidate, candidate, reason_name, "Reason")
DEFINE_STRING(Candidate, candidate, text, "Text")
DEFINE_STRING(Candidate, candidate, manager, "Manager")
DEFINE_BYTES(Candidate, candidate, hardware_address, "HardwareAddress")
