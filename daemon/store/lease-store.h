/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Leases on disk.
 *
 *   RUNTIME/lease/IFINDEX   this boot: survives a restart of the daemon; what is applied to the link now
 *   STATE/lease/KEY         over boots: for INIT-REBOOT. KEY is made of the link's name and hardware
 *                           address. The lease of an anonymous client (RFC 7844) is never here. Leases that
 *                           are over are removed, and never more than LEASE_STORE_STATE_MAX are kept for
 *                           long
 *
 * CLOCK_BOOTTIME starts again at boot, so every file holds the boot id and both clocks, and the conversion
 * is done here, with both clocks passed in. Written to a temporary file, renamed; the one in STATE is synced
 * only when its address changed. The version comes first; a file of another version is ignored, not guessed
 * at. Every byte of a file may be hostile: whatever does not check out, by the checksum at its end or by
 * what it says, is -EBADMSG.
 */
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/usec.h"
#include "core/dhcp4-source.h"
#include "net/net-config.h"

typedef struct Clocks {
        usec_t boottime, realtime; /* read together */
} Clocks;

/* One link's entry in RUNTIME. */
typedef struct LeaseRecord {
        int ifindex;
        /* a link with another name or address under this ifindex is not the same link */
        char ifname[IF_NAMESIZE];
        HwAddress hw_address;
        /* what IAID and DUID are made of (manager/client-id.h); len 0: hw_address */
        HwAddress identity;
        uint32_t carrier_changes; /* io/kernel.h */
        bool applied;             /* address and routes were put on the link by us */
        bool brought_up;          /* we set IFF_UP: stopping clears it again */
        /* bytes: mtu_before() and what was set, or 0 and mtu_yielded() (net/mtu.h) */
        uint32_t mtu_before, mtu_set;
        bool have_lease;
        Dhcp4Lease lease; /* instants on the CLOCK_BOOTTIME scale of now */
        /* In place of a lease: an address that no server granted. The answer to a DHCPINFORM is not kept. */
        bool have_own;
        Dhcp4Source own;
        bool owned_known;
        /*
         * What the daemon put on the link and has not taken off (kernel_owned()); of addresses, only value
         * and prefix length. If owned_known is false, an older daemon wrote the record, which has no such
         * list; all that the applied lease asks for counts then.
         */
        NetConfig owned; /* last, see lease_record_clear() */
} LeaseRecord;

/*
 * Empties @record. Entries of .owned behind its counts are not touched, here as in a copy, because nobody
 * reads them and they are most of a record.
 */
static inline void lease_record_clear(LeaseRecord *record) {
        memset(record, 0, offsetof(LeaseRecord, owned));
        net_config_clear(&record->owned, AF_INET);
}

static inline void lease_record_copy(LeaseRecord *ret, const LeaseRecord *record) {
        memcpy(ret, record, offsetof(LeaseRecord, owned));
        net_config_copy(&ret->owned, &record->owned);
}

/* Stores what the link had by the record. Returns false if it had nothing. Valid as long as @record is. */
static inline bool lease_record_source(const LeaseRecord *record, Dhcp4Source *ret) {
        if (record->have_lease)
                *ret = dhcp4_source_of_lease(&record->lease);
        else if (record->have_own)
                *ret = record->own;
        return record->have_lease || record->have_own;
}

/* Puts into @record what a link has. The answer to a DHCPINFORM is not kept. */
static inline void lease_record_set_source(LeaseRecord *record, const Dhcp4Source *source) {
        record->have_lease = dhcp4_source_is_granted(source);
        record->have_own = !record->have_lease;
        if (record->have_lease)
                record->lease = *source->lease;
        else {
                record->own = *source;
                record->own.lease = NULL;
        }
}

typedef struct LeaseStore LeaseStore;

/*
 * Opens the store. Missing folders are made with mode 0755, files with 0600. Each folder is used as far as
 * it works: *ret_runtime and *ret_state are 0, or the negative errno that says why it does not work now.
 * Every call that needs a folder which does not work is -EBADF; the calls that write try to open it again,
 * also when it was removed. @runtime_dir NULL: for identities alone. A negative errno comes only if this
 * boot has no id.
 */
int lease_store_new(const char *runtime_dir_or_null, const char *state_dir, LeaseStore **ret,
                    int *ret_runtime, int *ret_state);
LeaseStore *lease_store_free(LeaseStore *store);
static inline void lease_store_freep(LeaseStore **p) {
        *p = lease_store_free(*p);
}

/*
 * STATE keeps this many leases, the latest ones. It is more than the links of any host. For a while there
 * may be twice as many, because not every save removes old ones.
 */
#define LEASE_STORE_STATE_MAX 2048u

/* A number for the content of a record without the time when it was saved; 0: nothing is known. */
typedef uint64_t LeaseDigest;

/*
 * Writes RUNTIME; with a lease that a server granted, STATE too, whether or not RUNTIME could be written.
 *
 * *digest is about RUNTIME, and may be NULL, which stands for 0. If it is that of @record, RUNTIME has just
 * been written and is not written again. Afterwards it is 0.
 */
int lease_store_save(LeaseStore *store, const LeaseRecord *record, Clocks now, LeaseDigest *digest);
/*
 * Writes RUNTIME alone, which costs microseconds. For what has to be on record before it is done, and for
 * what must not outlive the boot. *digest, which may be NULL, says what has just been written, as above. It
 * is that of @record afterwards, or 0 on failure.
 */
int lease_store_save_runtime(LeaseStore *store, const LeaseRecord *record, Clocks now, LeaseDigest *digest);
/* Removes the entry of RUNTIME. @forget_lease: also that of STATE (the lease was released or refused). */
int lease_store_remove(LeaseStore *store, int ifindex, const char *ifname, const HwAddress *hw_address,
                       bool forget_lease);
/* Forgets the entry in RUNTIME or in STATE. It is no error if there is none. */
int lease_store_forget_runtime(LeaseStore *store, int ifindex);
int lease_store_forget_state(LeaseStore *store, const char *ifname, const HwAddress *hw_address);
/*
 * Loads the RUNTIME entry of this boot. -ENOENT: none. -ESTALE: of another boot. -EBADMSG: does not check
 * out. An expired lease leaves have_lease false, but address to clean up is still told in
 * lease.address/prefix_len when applied is true.
 */
int lease_store_load(LeaseStore *store, int ifindex, Clocks now, LeaseRecord *ret);
/*
 * The entry of STATE as one of this boot: what RUNTIME had when the lease was saved last. For when RUNTIME
 * cannot be read. -ENOENT: none. -ESTALE: of another boot. -EBADMSG: does not check out.
 */
int lease_store_load_applied(LeaseStore *store, const char *ifname, const HwAddress *hw_address, Clocks now,
                             LeaseRecord *ret);
/*
 * Loads the STATE entry. @ifname may be an alternative name. -ENOENT, -ESTALE: expired, or written by a
 * clock ahead of ours, -EBADMSG.
 */
int lease_store_load_cached(LeaseStore *store, const char *ifname, const HwAddress *hw_address, Clocks now,
                            Dhcp4Lease *ret);

/*
 * Stores the indexes of the links that have an entry of this boot in RUNTIME, in no order, and returns how
 * many. Negative errno: the folder cannot be read. After a restart these are the links that an earlier
 * daemon left configured.
 */
int lease_store_list(LeaseStore *store, int *ret_ifindexes, size_t max);

/* bytes; twice what the largest number of claims takes with the longest names */
#define LEASE_STORE_CLAIMS_MAX (4u * 1024u * 1024u)

/*
 * Keeps the names (or globs) that only the daemon remembers (StartLink() on the system bus) for the next
 * daemon of this boot. An empty list removes the file; -ENOSPC: more than LEASE_STORE_CLAIMS_MAX, nothing
 * was saved. @names and *ret are NULL-terminated; *ret is freed by g_strfreev(), and empty when there is no
 * file.
 */
int lease_store_save_claims(LeaseStore *store, const char *const *names);
int lease_store_load_claims(LeaseStore *store, char ***ret);

/*
 * Converts records to text and back, without files; fuzzed. @size includes the NUL; negative -ENOSPC,
 * -EBADMSG, -ESTALE.
 *
 * With a boot id, a record of another boot is -ESTALE. With NULL every record counts as one of an earlier
 * boot, and its instants are converted by the realtime clock; have_lease is false where the lease is over. A
 * clock that tells nothing makes it one of unknown age (Dhcp4Lease.age_unknown).
 */
#define LEASE_RECORD_TEXT_MAX 40960u /* bytes; most are less than 2048 */
int lease_record_format(const LeaseRecord *record, Clocks now, const char *boot_id, char *ret, size_t size);
/* Returns the digest of a text that lease_record_format() has written. Never 0. */
LeaseDigest lease_record_digest(const char *text);
/*
 * Returns true if the answers in both texts are for the same address. Looks at nothing else, so either text
 * may be broken elsewhere.
 */
bool lease_record_same_address(const char *a, size_t a_len, const char *b, size_t b_len);
int lease_record_parse(const char *text, size_t len, Clocks now, const char *boot_id_or_null,
                       LeaseRecord *ret);

/*
 * The time in the DUID-LLTs of this machine (RFC 8415 §11.2): seconds since 2000 when it was first asked
 * for, kept in the state folder from then on. On a negative errno it could not be kept, and *ret is that of
 * @realtime.
 */
int lease_store_duid_time(LeaseStore *store, usec_t realtime, uint32_t *ret);

/*
 * The client identifier taken over from another client for links of this hardware address, kept in the state
 * folder; length 0: there was none to take over, and that stays so. -ENOENT: nobody has looked yet.
 * -EBADMSG: not readable.
 */
int lease_store_load_identity(LeaseStore *store, const HwAddress *hw_address, uint8_t ret[255],
                              uint8_t *ret_len);
int lease_store_save_identity(LeaseStore *store, const HwAddress *hw_address, const uint8_t *id,
                              uint8_t len);
