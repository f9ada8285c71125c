/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lease record as text, and back (lease-store.h). No files here.
 *
 * One KEY=VALUE a line, "version=3" first and "checksum=" last, in between in any order:
 *
 *   boot-id=        of the boot whose CLOCK_BOOTTIME the instants below are on
 *   saved-boottime=, saved-realtime=   both clocks, when this was written; µs
 *   ifindex=, ifname= (hex: a name may hold anything), hw-address= (hex), carrier-changes=, applied=,
 *   brought-up=     as in LeaseRecord
 *   identity=       hex: the hardware address that the client identifier is made of; absent: hw-address=
 *   mtu-before=, mtu-set=   bytes: what is to be put back, and what was set in its place. Without
 *                   mtu-before=, mtu-set= is the value that was left to others (mtu_yielded())
 *   owned-addresses=, owned-routes=, owned-rules=
 *                   hex: what the daemon put on the link, see below; all three or none
 *   granted-at=     µs of CLOCK_BOOTTIME
 *   used=           µs of its lifetimes that were over at granted-at: a lease of an earlier boot, see
 *                   rebase()
 *   server-hw=      hex
 *   origin=         Dhcp4LeaseOrigin; absent: a DHCP server
 *   address=, prefix-len=   hex, bits: in place of ack= where no server granted the lease
 *   age-unknown=    is it one of an earlier boot of which the calendar did not tell how long ago that was?
 *                   Absent: no
 *   broadcast=      do answers have to be broadcast, and how sure is that? Dhcp4Lease.broadcast; absent: 0
 *   nonce=, replay= hex, counter: Dhcp4Nonce; absent: none. The record is readable by the daemon alone
 *   gateways=       hex: Dhcp4Gateway, those whose hardware address is known; absent: none
 *   ack=            hex: the answer itself; all else that a lease says is derived from it and kept= anew
 *   kept=           hex: options that the answer lacked and that are kept from before (Dhcp4Lease.ack);
 *                   absent: none
 *   checksum=       hex, most significant digit first: SipHash-2-4 of all the text before this line, with
 *                   the key "checksum of text" (ASCII)
 *
 * The checksum finds what a broken disk or memory changed, not an attacker, who could write a new one. So 64
 * bits are enough, and the key is no secret. Older daemons wrote other versions, which are still read: in
 * version 2 the checksum is SHA-256, which cost one eighth of all that the daemon computes for a renewal.
 * Version 1 has no checksum.
 *
 * What is owned, network byte order for addresses, big endian for numbers, one item after the other:
 *
 *   address   0 value 4, prefix length 1
 *   route     0 destination 4, prefix length 1, gateway 4, preferred source 4, metric 4, table 4, MTU 4
 *   rule      0 source 4, table 4
 *
 * Nothing here is trusted: an unknown or repeated key, a length, a digit out of place make the whole record
 * -EBADMSG, and the lease has to pass the very check that an ACK from the wire does.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/macro.h"
#include "base/prng.h"
#include "store/lease-store.h"

#define VERSION         "3"
#define VERSION_SHA256  "2" /* written by older daemons, with SHA-256 as its checksum */
#define VERSION_PLAIN   "1" /* written by older daemons, without a checksum */
#define BOOT_ID_LEN     36u
#define ADDRESS_DIGITS  8u /* of an IPv4 address in hexadecimal */
#define CHECKSUM_DIGITS 16u
#define DECIMAL_LEN_MAX 20u /* characters of a uint64_t; held by append_u64() */

/* 2020. This daemon is younger, so an earlier date means that the clock is not set. */
#define CALENDAR_MIN_USEC (1577836800 * USEC_PER_SEC)

typedef enum Field {
        FIELD_VERSION,
        FIELD_CHECKSUM,
        FIELD_BOOT_ID,
        FIELD_SAVED_BOOTTIME,
        FIELD_SAVED_REALTIME,
        FIELD_IFINDEX,
        FIELD_IFNAME,
        FIELD_HW_ADDRESS,
        FIELD_IDENTITY,
        FIELD_CARRIER_CHANGES,
        FIELD_APPLIED,
        FIELD_BROUGHT_UP,
        FIELD_MTU_BEFORE,
        FIELD_MTU_SET,
        FIELD_OWNED_ADDRESSES,
        FIELD_OWNED_ROUTES,
        FIELD_OWNED_RULES,
        FIELD_GRANTED_AT,
        FIELD_USED,
        FIELD_SERVER_HW,
        FIELD_ORIGIN,
        FIELD_ADDRESS,
        FIELD_PREFIX_LEN,
        FIELD_AGE_UNKNOWN,
        FIELD_BROADCAST,
        FIELD_NONCE,
        FIELD_REPLAY,
        FIELD_GATEWAYS,
        FIELD_ACK,
        FIELD_KEPT,
        _FIELD_MAX,
} Field;

static const char *const field_names[_FIELD_MAX] = {
        [FIELD_VERSION] = "version",
        [FIELD_CHECKSUM] = "checksum",
        [FIELD_BOOT_ID] = "boot-id",
        [FIELD_SAVED_BOOTTIME] = "saved-boottime",
        [FIELD_SAVED_REALTIME] = "saved-realtime",
        [FIELD_IFINDEX] = "ifindex",
        [FIELD_IFNAME] = "ifname",
        [FIELD_HW_ADDRESS] = "hw-address",
        [FIELD_IDENTITY] = "identity",
        [FIELD_CARRIER_CHANGES] = "carrier-changes",
        [FIELD_APPLIED] = "applied",
        [FIELD_BROUGHT_UP] = "brought-up",
        [FIELD_MTU_BEFORE] = "mtu-before",
        [FIELD_MTU_SET] = "mtu-set",
        [FIELD_OWNED_ADDRESSES] = "owned-addresses",
        [FIELD_OWNED_ROUTES] = "owned-routes",
        [FIELD_OWNED_RULES] = "owned-rules",
        [FIELD_GRANTED_AT] = "granted-at",
        [FIELD_USED] = "used",
        [FIELD_SERVER_HW] = "server-hw",
        [FIELD_ORIGIN] = "origin",
        [FIELD_ADDRESS] = "address",
        [FIELD_PREFIX_LEN] = "prefix-len",
        [FIELD_AGE_UNKNOWN] = "age-unknown",
        [FIELD_BROADCAST] = "broadcast",
        [FIELD_NONCE] = "nonce",
        [FIELD_REPLAY] = "replay",
        [FIELD_GATEWAYS] = "gateways",
        [FIELD_ACK] = "ack",
        [FIELD_KEPT] = "kept",
};

/* These do not use printf(), which costs more than all else that is done to write a record. */

static void append_name(GString *text, Field field) {
        g_string_append(text, field_names[field]);
        g_string_append_c(text, '=');
}

static void append_text(GString *text, Field field, const char *value) {
        append_name(text, field);
        g_string_append(text, value);
        g_string_append_c(text, '\n');
}

static void append_hex(GString *text, Field field, const void *data, size_t len) {
        append_name(text, field);
        g_string_set_size(text, text->len + 2 * len);
        (void) hex_put(text->str + text->len - 2 * len, data, len);
        g_string_append_c(text, '\n');
}

static void append_u64(GString *text, Field field, uint64_t value) {
        char decimal[DECIMAL_LEN_MAX + 1], *p = decimal + DECIMAL_LEN_MAX;

        *p = '\0';
        do {
                assert(p > decimal);
                *--p = (char) ('0' + value % 10);
                value /= 10;
        } while (value > 0);
        append_text(text, field, p);
}

/* Returns by how much the lifetime is shorter than the answer granted, or 0 if the lease has no end. */
static usec_t used_lifetime(const Dhcp4Lease *lease) {
        Dhcp4Lease granted;

        if (dhcp4_lease_restore(lease->ack, lease->ack_len, lease->ack + lease->ack_len, lease->kept_len,
                                NULL, 0, &granted) != 0 ||
            granted.lifetime_usec == USEC_INFINITY)
                return 0;
        return usec_sub(granted.lifetime_usec, lease->lifetime_usec);
}

#define GATEWAY_LEN 10u /* bytes in a record: address, hardware address */

static void append_gateways(GString *text, const Dhcp4Lease *lease) {
        uint8_t bytes[DHCP4_LEASE_GATEWAYS_MAX * GATEWAY_LEN];
        size_t len = 0;

        for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++) {
                const Dhcp4Gateway *gateway = &lease->gateways[i];

                if (!dhcp4_gateway_is_known(gateway))
                        continue;
                memcpy(bytes + len, &gateway->address, sizeof(gateway->address));
                memcpy(bytes + len + sizeof(gateway->address), gateway->mac, sizeof(gateway->mac));
                len += GATEWAY_LEN;
        }
        if (len > 0)
                append_hex(text, FIELD_GATEWAYS, bytes, len);
}

#define OWNED_ADDRESS_LEN 5u /* bytes in a record */
#define OWNED_ROUTE_LEN   25u
#define OWNED_RULE_LEN    8u
/* of the longest list; held by append_owned() */
#define OWNED_BYTES_MAX (NET_ROUTES_MAX * OWNED_ROUTE_LEN)

G_STATIC_ASSERT(2 *
                                (DHCP4_MESSAGE_MAX_LEN + NET_ADDRESSES_MAX * OWNED_ADDRESS_LEN +
                                 NET_ROUTES_MAX * OWNED_ROUTE_LEN + NET_RULES_MAX * OWNED_RULE_LEN) +
                        2048 <
                LEASE_RECORD_TEXT_MAX);

static void put_address(uint8_t **p, struct in_addr address) {
        memcpy(*p, &address, sizeof(address));
        *p += sizeof(address);
}

static void put_u32(uint8_t **p, uint32_t value) {
        put_address(p, (struct in_addr){ htonl(value) });
}

static void append_owned(GString *text, const NetConfig *owned) {
        uint8_t bytes[OWNED_BYTES_MAX], *p;

        p = bytes;
        for (size_t i = 0; i < owned->n_addresses; i++) {
                put_address(&p, owned->addresses[i].address.v4);
                *p++ = owned->addresses[i].prefix_len;
        }
        append_hex(text, FIELD_OWNED_ADDRESSES, bytes, (size_t) (p - bytes));
        p = bytes;
        for (size_t i = 0; i < owned->n_routes; i++) {
                const NetRoute *route = &owned->routes[i];

                put_address(&p, route->dst.v4);
                *p++ = route->prefix_len;
                put_address(&p, route->gateway.v4);
                put_address(&p, route->prefsrc.v4);
                put_u32(&p, route->metric);
                put_u32(&p, route->table);
                put_u32(&p, route->mtu);
        }
        append_hex(text, FIELD_OWNED_ROUTES, bytes, (size_t) (p - bytes));
        p = bytes;
        for (size_t i = 0; i < owned->n_rules; i++) {
                put_address(&p, owned->rules[i].from.v4);
                put_u32(&p, owned->rules[i].table);
        }
        append_hex(text, FIELD_OWNED_RULES, bytes, (size_t) (p - bytes));
}

static void append_own(GString *text, const Dhcp4Source *own) {
        append_u64(text, FIELD_GRANTED_AT, own->granted_at);
        append_u64(text, FIELD_ORIGIN, own->origin);
        append_hex(text, FIELD_ADDRESS, &own->address, sizeof(own->address));
        append_u64(text, FIELD_PREFIX_LEN, own->prefix_len);
}

static void append_lease(GString *text, const Dhcp4Lease *lease) {
        append_u64(text, FIELD_GRANTED_AT, lease->granted_at);
        append_u64(text, FIELD_ORIGIN, lease->origin);
        append_u64(text, FIELD_USED, used_lifetime(lease));
        append_hex(text, FIELD_SERVER_HW, lease->server_hw.bytes, lease->server_hw.len);
        append_u64(text, FIELD_BROADCAST, lease->broadcast);
        if (lease->age_unknown)
                append_u64(text, FIELD_AGE_UNKNOWN, 1);
        if (lease->nonce.valid) {
                append_hex(text, FIELD_NONCE, lease->nonce.bytes, DHCP4_NONCE_LEN);
                append_u64(text, FIELD_REPLAY, lease->nonce.replay);
        }
        append_gateways(text, lease);
        append_hex(text, FIELD_ACK, lease->ack, lease->ack_len);
        if (lease->kept_len > 0)
                append_hex(text, FIELD_KEPT, lease->ack + lease->ack_len, lease->kept_len);
}

/* NUL-terminated. */
static void format_checksum(const char *text, size_t len, char ret[CHECKSUM_DIGITS + 1]) {
        static const char key[] = "checksum of text";
        const uint64_t hash = htobe64(prng_siphash24((const uint8_t *) key, text, len));

        G_STATIC_ASSERT(sizeof(key) - 1 == PRNG_KEY_LEN);
        *hex_put(ret, &hash, sizeof(hash)) = '\0';
}

static void append_checksum(GString *text) {
        char checksum[CHECKSUM_DIGITS + 1];

        format_checksum(text->str, text->len, checksum);
        append_text(text, FIELD_CHECKSUM, checksum);
}

int lease_record_format(const LeaseRecord *record, Clocks now, const char *boot_id, char *ret, size_t size) {
        g_autoptr(GString) text = g_string_sized_new(4096);

        append_text(text, FIELD_VERSION, VERSION);
        append_text(text, FIELD_BOOT_ID, boot_id);
        append_u64(text, FIELD_SAVED_BOOTTIME, now.boottime);
        append_u64(text, FIELD_SAVED_REALTIME, now.realtime);
        append_u64(text, FIELD_IFINDEX, (uint64_t) record->ifindex);
        append_hex(text, FIELD_IFNAME, record->ifname, strlen(record->ifname));
        append_hex(text, FIELD_HW_ADDRESS, record->hw_address.bytes, record->hw_address.len);
        if (record->identity.len > 0)
                append_hex(text, FIELD_IDENTITY, record->identity.bytes, record->identity.len);
        append_u64(text, FIELD_CARRIER_CHANGES, record->carrier_changes);
        append_u64(text, FIELD_APPLIED, (record->have_lease || record->have_own) && record->applied);
        append_u64(text, FIELD_BROUGHT_UP, record->brought_up);
        if (record->mtu_before != 0)
                append_u64(text, FIELD_MTU_BEFORE, record->mtu_before);
        if (record->mtu_set != 0)
                append_u64(text, FIELD_MTU_SET, record->mtu_set);
        if (record->owned_known)
                append_owned(text, &record->owned);
        if (record->have_lease)
                append_lease(text, &record->lease);
        else if (record->have_own)
                append_own(text, &record->own);
        append_checksum(text);
        if (text->len >= size)
                return -ENOSPC;
        memcpy(ret, text->str, text->len + 1);
        return 0;
}

/* FNV-1a, 64 bits, of all lines but the third and fourth (the clocks) and the last (the checksum). */
LeaseDigest lease_record_digest(const char *text) {
        const char *const end = text + strlen(text) - (strlen("checksum=\n") + CHECKSUM_DIGITS);
        LeaseDigest digest = UINT64_C(0xcbf29ce484222325);

        for (unsigned line = 0; text < end; text++) {
                if (line < 2 || line > 3)
                        digest = (digest ^ (unsigned char) *text) * UINT64_C(0x100000001b3);
                line += *text == '\n';
        }
        return digest ?: 1;
}

/* The digits of yiaddr (RFC 2131 §2, at offset 16) in the answer of a text. NULL: it has no answer. */
static const char *find_address(const char *text, size_t len) {
        static const char key[] = "\nack=";
        const char *ack = memmem(text, len, key, sizeof(key) - 1);

        if (!ack)
                return NULL;
        ack += sizeof(key) - 1 + 2 * 16;
        return ack + ADDRESS_DIGITS <= text + len ? ack : NULL;
}

bool lease_record_same_address(const char *a, size_t a_len, const char *b, size_t b_len) {
        const char *p = a_len > 0 ? find_address(a, a_len) : NULL;
        const char *q = b_len > 0 ? find_address(b, b_len) : NULL;

        return p && q && memcmp(p, q, ADDRESS_DIGITS) == 0;
}

/* The values of a text, each at most once. NULL members: absent. */
typedef struct Values {
        const char *value[_FIELD_MAX];
        size_t len[_FIELD_MAX];
} Values;

static bool split(const char *text, size_t len, Values *ret) {
        const char *p = text, *end = text + len;
        bool first = true;

        while (p < end) {
                const char *newline = memchr(p, '\n', (size_t) (end - p)), *equals;
                unsigned field;

                if (!newline)
                        return false; /* cut off */
                equals = memchr(p, '=', (size_t) (newline - p));
                if (!equals)
                        return false;
                for (field = 0; field < _FIELD_MAX; field++)
                        if (strlen(field_names[field]) == (size_t) (equals - p) &&
                            memcmp(field_names[field], p, (size_t) (equals - p)) == 0)
                                break;
                if (field == _FIELD_MAX || ret->value[field] || first != (field == FIELD_VERSION))
                        return false;
                ret->value[field] = equals + 1;
                ret->len[field] = (size_t) (newline - equals - 1);
                first = false;
                p = newline + 1;
        }
        return !first;
}

static bool has_value(const Values *v, Field field, const char *value) {
        return v->value[field] && v->len[field] == strlen(value) &&
                memcmp(v->value[field], value, strlen(value)) == 0;
}

/*
 * Returns the text that the checksum is about: all lines before the last, which has to be the checksum.
 * Returns 0 if the checksum is not the last line.
 */
static size_t summed_len(const Values *v, const char *text, size_t len) {
        const char *value = v->value[FIELD_CHECKSUM];
        const size_t line = strlen(field_names[FIELD_CHECKSUM]) + 1 + v->len[FIELD_CHECKSUM] + 1;

        return value && value + v->len[FIELD_CHECKSUM] + 1 == text + len ? len - line : 0;
}

static bool has_right_checksum(const Values *v, const char *text, size_t len) {
        const size_t n = summed_len(v, text, len);
        char checksum[CHECKSUM_DIGITS + 1];

        format_checksum(text, n, checksum);
        return n > 0 && has_value(v, FIELD_CHECKSUM, checksum);
}

/* The same for a record of VERSION_SHA256. */
static bool has_right_sha256(const Values *v, const char *text, size_t len) {
        const size_t n = summed_len(v, text, len);
        g_autofree char *checksum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, n);

        return n > 0 && has_value(v, FIELD_CHECKSUM, checksum);
}

/*
 * Returns 0 if the record is whole, -ESTALE if it is of another version, -EBADMSG if it was changed or
 * damaged.
 */
static int check_form(const Values *v, const char *text, size_t len) {
        if (has_value(v, FIELD_VERSION, VERSION))
                return has_right_checksum(v, text, len) ? 0 : -EBADMSG;
        if (has_value(v, FIELD_VERSION, VERSION_SHA256))
                return has_right_sha256(v, text, len) ? 0 : -EBADMSG;
        if (has_value(v, FIELD_VERSION, VERSION_PLAIN))
                return v->value[FIELD_CHECKSUM] ? -EBADMSG : 0;
        return -ESTALE;
}

static bool get_u64(const Values *v, Field field, uint64_t max, uint64_t *ret) {
        char digits[24];
        guint64 number;

        if (!v->value[field] || v->len[field] >= sizeof(digits))
                return false;
        memcpy(digits, v->value[field], v->len[field]);
        digits[v->len[field]] = '\0';
        if (strlen(digits) != v->len[field] ||
            !g_ascii_string_to_unsigned(digits, 10, 0, max, &number, NULL))
                return false;
        *ret = number;
        return true;
}

/* A field that records of older daemons do not have. */
static bool get_u64_if(const Values *v, Field field, uint64_t max, uint64_t fallback, uint64_t *ret) {
        *ret = fallback;
        return !v->value[field] || get_u64(v, field, max, ret);
}

static bool get_hex(const Values *v, Field field, void *ret, size_t max, size_t *ret_len) {
        const char *p = v->value[field];
        const size_t n = v->len[field];
        uint8_t *out = ret;

        if (!p || n % 2 != 0 || n / 2 > max)
                return false;
        for (size_t i = 0; i < n; i += 2) {
                if (!g_ascii_isxdigit(p[i]) || !g_ascii_isxdigit(p[i + 1]))
                        return false;
                out[i / 2] = (uint8_t) (g_ascii_xdigit_value(p[i]) << 4 | g_ascii_xdigit_value(p[i + 1]));
        }
        *ret_len = n / 2;
        return true;
}

static bool get_hw_address(const Values *v, Field field, HwAddress *ret) {
        size_t len;

        if (!get_hex(v, field, ret->bytes, sizeof(ret->bytes), &len))
                return false;
        ret->len = (uint8_t) len;
        return true;
}

static bool get_mtu(const Values *v, LeaseRecord *ret) {
        uint64_t before, set;

        if (!get_u64_if(v, FIELD_MTU_BEFORE, INT32_MAX, 0, &before) ||
            !get_u64_if(v, FIELD_MTU_SET, INT32_MAX, 0, &set) || (before != 0 && set == 0))
                return false;
        ret->mtu_before = (uint32_t) before;
        ret->mtu_set = (uint32_t) set;
        return true;
}

static struct in_addr take_address(const uint8_t **p) {
        struct in_addr address;

        memcpy(&address, *p, sizeof(address));
        *p += sizeof(address);
        return address;
}

static uint32_t take_u32(const uint8_t **p) {
        return ntohl(take_address(p).s_addr);
}

static bool get_owned(const Values *v, LeaseRecord *ret) {
        uint8_t bytes[OWNED_BYTES_MAX];
        NetConfig *owned = &ret->owned;
        const uint8_t *p;
        size_t len;

        ret->owned_known = v->value[FIELD_OWNED_ADDRESSES];
        if ((v->value[FIELD_OWNED_ROUTES] != NULL) != ret->owned_known ||
            (v->value[FIELD_OWNED_RULES] != NULL) != ret->owned_known)
                return false;
        if (!ret->owned_known)
                return true;

        if (!get_hex(v, FIELD_OWNED_ADDRESSES, bytes, NET_ADDRESSES_MAX * OWNED_ADDRESS_LEN, &len) ||
            len % OWNED_ADDRESS_LEN != 0)
                return false;
        for (p = bytes; p < bytes + len;) {
                NetAddress *address = &owned->addresses[owned->n_addresses++];

                *address = (NetAddress){ .family = AF_INET, .address.v4 = take_address(&p), .ours = true };
                address->prefix_len = *p++;
                if (address->prefix_len > 32)
                        return false;
        }
        if (!get_hex(v, FIELD_OWNED_ROUTES, bytes, NET_ROUTES_MAX * OWNED_ROUTE_LEN, &len) ||
            len % OWNED_ROUTE_LEN != 0)
                return false;
        for (p = bytes; p < bytes + len;) {
                NetRoute *route = &owned->routes[owned->n_routes++];

                *route = (NetRoute){ .family = AF_INET, .dst.v4 = take_address(&p), .ours = true };
                route->prefix_len = *p++;
                route->gateway.v4 = take_address(&p);
                route->prefsrc.v4 = take_address(&p);
                route->metric = take_u32(&p);
                route->table = take_u32(&p);
                route->mtu = take_u32(&p);
                if (route->prefix_len > 32)
                        return false;
        }
        if (!get_hex(v, FIELD_OWNED_RULES, bytes, NET_RULES_MAX * OWNED_RULE_LEN, &len) ||
            len % OWNED_RULE_LEN != 0)
                return false;
        for (p = bytes; p < bytes + len;) {
                NetRule *rule = &owned->rules[owned->n_rules++];

                *rule = (NetRule){ .family = AF_INET, .from.v4 = take_address(&p), .ours = true };
                rule->table = take_u32(&p);
                /* kernel_adopt() takes table 0 for any table, so it is refused. */
                if (rule->table == 0)
                        return false;
        }
        return true;
}

static bool get_link(const Values *v, LeaseRecord *ret) {
        uint64_t ifindex, carrier_changes, applied, brought_up;
        size_t len;

        if (!get_u64(v, FIELD_IFINDEX, INT32_MAX, &ifindex) || ifindex == 0 ||
            !get_hex(v, FIELD_IFNAME, ret->ifname, sizeof(ret->ifname) - 1, &len) || len == 0 ||
            memchr(ret->ifname, '\0', len) || memchr(ret->ifname, '/', len) ||
            !get_hw_address(v, FIELD_HW_ADDRESS, &ret->hw_address) ||
            (v->value[FIELD_IDENTITY] && !get_hw_address(v, FIELD_IDENTITY, &ret->identity)) ||
            !get_u64(v, FIELD_CARRIER_CHANGES, UINT32_MAX, &carrier_changes) ||
            !get_u64(v, FIELD_APPLIED, 1, &applied) || !get_u64(v, FIELD_BROUGHT_UP, 1, &brought_up) ||
            !get_mtu(v, ret) || !get_owned(v, ret))
                return false;
        ret->ifname[len] = '\0';
        ret->ifindex = (int) ifindex;
        ret->carrier_changes = (uint32_t) carrier_changes;
        ret->applied = applied;
        ret->brought_up = brought_up;
        return true;
}

/* Subtracts @used from the lifetimes. Returns false if nothing is left. */
static bool shorten(Dhcp4Lease *lease, usec_t used) {
        if (lease->lifetime_usec == USEC_INFINITY || used == 0)
                return true;
        lease->lifetime_usec = usec_sub(lease->lifetime_usec, used);
        lease->t1_usec = MAX(usec_sub(lease->t1_usec, used), (usec_t) 1);
        lease->t2_usec = MAX(usec_sub(lease->t2_usec, used), lease->t1_usec + 1);
        return lease->t2_usec < lease->lifetime_usec;
}

static bool get_nonce(const Values *v, Dhcp4Nonce *ret) {
        size_t len;

        *ret = (Dhcp4Nonce){};
        if (!v->value[FIELD_NONCE])
                return !v->value[FIELD_REPLAY];
        ret->valid = true;
        return get_hex(v, FIELD_NONCE, ret->bytes, sizeof(ret->bytes), &len) && len == sizeof(ret->bytes) &&
                get_u64(v, FIELD_REPLAY, UINT64_MAX, &ret->replay);
}

/* Takes over the hardware addresses of routers that the answer names, and of no others. */
static bool get_gateways(const Values *v, Dhcp4Lease *lease) {
        uint8_t bytes[DHCP4_LEASE_GATEWAYS_MAX * GATEWAY_LEN];
        size_t len;

        if (!v->value[FIELD_GATEWAYS])
                return true;
        if (!get_hex(v, FIELD_GATEWAYS, bytes, sizeof(bytes), &len) || len % GATEWAY_LEN != 0)
                return false;
        for (size_t at = 0; at < len; at += GATEWAY_LEN) {
                bool found = false;

                for (unsigned i = 0; i < DHCP4_LEASE_GATEWAYS_MAX; i++) {
                        Dhcp4Gateway *gateway = &lease->gateways[i];

                        if (found || gateway->address.s_addr == INADDR_ANY ||
                            memcmp(bytes + at, &gateway->address, sizeof(gateway->address)) != 0)
                                continue;
                        memcpy(gateway->mac, bytes + at + sizeof(gateway->address), sizeof(gateway->mac));
                        found = true;
                }
                if (!found)
                        return false;
        }
        return true;
}

/* An address that no server granted. It is on the link, and must be recognised as ours. */
static bool get_own(const Values *v, Clocks saved, Dhcp4LeaseOrigin origin, Dhcp4Source *ret) {
        uint64_t granted_at, prefix_len;
        struct in_addr address;
        size_t len;

        if (v->value[FIELD_ACK] || v->value[FIELD_KEPT] ||
            !get_u64(v, FIELD_GRANTED_AT, saved.boottime, &granted_at) ||
            !get_u64(v, FIELD_PREFIX_LEN, 32, &prefix_len) ||
            !get_hex(v, FIELD_ADDRESS, &address, sizeof(address), &len) || len != sizeof(address) ||
            address.s_addr == INADDR_ANY)
                return false;
        *ret = dhcp4_source_own(origin, address, (uint8_t) prefix_len, (struct in_addr){}, granted_at);
        return true;
}

static bool get_granted_lease(const Values *v, Clocks saved, Dhcp4LeaseOrigin origin, Dhcp4Lease *ret) {
        uint8_t ack[DHCP4_MESSAGE_MAX_LEN], kept[DHCP4_MESSAGE_MAX_LEN];
        uint64_t granted_at, used, broadcast, age_unknown;
        HwAddress server_hw = {};
        size_t len, kept_len = 0;

        if (v->value[FIELD_ADDRESS] || v->value[FIELD_PREFIX_LEN] ||
            !get_u64_if(v, FIELD_BROADCAST, DHCP4_LEASE_BROADCAST_MAX, 0, &broadcast) ||
            !get_u64_if(v, FIELD_AGE_UNKNOWN, 1, 0, &age_unknown) ||
            !get_u64(v, FIELD_GRANTED_AT, saved.boottime, &granted_at) ||
            !get_u64(v, FIELD_USED, USEC_INFINITY - 1, &used) ||
            !get_hw_address(v, FIELD_SERVER_HW, &server_hw) ||
            !get_hex(v, FIELD_ACK, ack, sizeof(ack), &len) ||
            (v->value[FIELD_KEPT] && !get_hex(v, FIELD_KEPT, kept, sizeof(kept), &kept_len)) ||
            dhcp4_lease_restore(ack, len, kept, kept_len, &server_hw, granted_at, ret) != 0 ||
            !shorten(ret, used) || ret->origin != origin)
                return false;
        ret->broadcast = (uint8_t) broadcast;
        ret->age_unknown = age_unknown;
        return get_nonce(v, &ret->nonce) && get_gateways(v, ret);
}

static bool get_source(const Values *v, Clocks saved, LeaseRecord *ret) {
        uint64_t origin;

        if (!get_u64_if(v, FIELD_ORIGIN, _DHCP4_LEASE_ORIGIN_MAX - 1, DHCP4_LEASE_DHCP, &origin))
                return false;
        ret->have_lease = origin == DHCP4_LEASE_DHCP || origin == DHCP4_LEASE_BOOTP;
        ret->have_own = !ret->have_lease;
        return ret->have_lease ? get_granted_lease(v, saved, (Dhcp4LeaseOrigin) origin, &ret->lease)
                               : get_own(v, saved, (Dhcp4LeaseOrigin) origin, &ret->own);
}

/*
 * Puts the grant on today's CLOCK_BOOTTIME. A lease of an earlier boot may have been granted before this
 * boot began, which CLOCK_BOOTTIME cannot express. Then its lifetimes are shortened by the time before this
 * boot. Returns false if the lease has expired.
 *
 * A host without a battery-backed clock begins in 1970, or with the time that was saved last, until it
 * learns the time. Its calendar may then be earlier than the record, or far later than a record that was
 * itself written in 1970. In both cases only the time that is known to have passed counts.
 */
static bool rebase(Dhcp4Lease *lease, Clocks saved, Clocks now) {
        const usec_t age_when_saved = saved.boottime - lease->granted_at;
        usec_t age;

        if (now.realtime < saved.realtime || saved.realtime < CALENDAR_MIN_USEC) {
                age = usec_add(age_when_saved, now.boottime);
                lease->age_unknown = lease->age_unknown || lease->lifetime_usec != USEC_INFINITY;
        } else
                age = usec_add(age_when_saved, now.realtime - saved.realtime);
        if (age >= lease->lifetime_usec)
                return false;
        lease->granted_at = usec_sub(now.boottime, age);
        return shorten(lease, usec_sub(age, now.boottime));
}

/* Returns true if the record has a field that only makes sense with a lease. */
static bool says_lease(const Values *v) {
        for (unsigned field = FIELD_GRANTED_AT; field < _FIELD_MAX; field++)
                if (v->value[field])
                        return true;
        return false;
}

int lease_record_parse(const char *text, size_t len, Clocks now, const char *boot_id, LeaseRecord *ret) {
        /* Not on the stack: its pages, and those of what is called from here, would be kept for good. */
        g_autofree LeaseRecord *record = g_new(LeaseRecord, 1);
        bool this_boot;
        Clocks saved;
        Values v = {};
        int r;

        lease_record_clear(record);
        if (len == 0 || len >= LEASE_RECORD_TEXT_MAX || memchr(text, '\0', len) || !split(text, len, &v))
                return -EBADMSG;
        r = check_form(&v, text, len);
        if (r < 0)
                return r;
        if (!v.value[FIELD_BOOT_ID] || v.len[FIELD_BOOT_ID] != BOOT_ID_LEN ||
            !get_u64(&v, FIELD_SAVED_BOOTTIME, USEC_INFINITY - 1, &saved.boottime) ||
            !get_u64(&v, FIELD_SAVED_REALTIME, USEC_INFINITY - 1, &saved.realtime) || !get_link(&v, record))
                return -EBADMSG;
        this_boot = boot_id && strlen(boot_id) == BOOT_ID_LEN &&
                memcmp(v.value[FIELD_BOOT_ID], boot_id, BOOT_ID_LEN) == 0;
        /* CLOCK_BOOTTIME never goes back within a boot. */
        if (this_boot && saved.boottime > now.boottime)
                return -EBADMSG;

        if (v.value[FIELD_ACK] || v.value[FIELD_ADDRESS]) {
                if (!get_source(&v, saved, record))
                        return -EBADMSG;
                record->have_own = record->have_own && this_boot;
                if (record->have_lease)
                        record->have_lease = this_boot
                                ? dhcp4_lease_expires_at(&record->lease) > now.boottime
                                : rebase(&record->lease, saved, now);
        } else if (record->applied || says_lease(&v))
                return -EBADMSG;
        /* Flags and instants of the kernel mean nothing after a boot. */
        if (boot_id && !this_boot)
                return -ESTALE;
        lease_record_copy(ret, record);
        return 0;
}
