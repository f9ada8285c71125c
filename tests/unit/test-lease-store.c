/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store/lease-store: the files, in two temporary directories. What is in them is tested in
 * test-lease-record.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lease-fixture.h"
#include "tests/unit/remove-tree.h"

typedef struct Fixture {
        char *root, *runtime, *state;
        LeaseStore *store;
} Fixture;

static const Clocks saved_at = { .boottime = 1000 * SEC, .realtime = 1700000000 * SEC };

/* Takes the place of the function of libc, because disks are not tested here. */
static unsigned n_syncs;

int fdatasync(int fd) {
        g_assert_cmpint(fd, >=, 0);
        n_syncs++;
        return 0;
}

/* Opens a store whose two folders have to work. */
static LeaseStore *open_store(const char *runtime, const char *state) {
        LeaseStore *store = NULL;
        int r_runtime = -1, r_state = -1;

        g_assert_cmpint(lease_store_new(runtime, state, &store, &r_runtime, &r_state), ==, 0);
        g_assert_cmpint(r_runtime, ==, 0);
        g_assert_cmpint(r_state, ==, 0);
        return store;
}

static void set_up(Fixture *f, gconstpointer data) {
        f->root = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        g_assert_nonnull(f->root);
        /* The folder is deeper than what exists: the store makes its parents. */
        f->runtime = g_build_filename(f->root, "run", "dhcpd-link", NULL);
        f->state = g_build_filename(f->root, "var", "dhcpd-link", NULL);
        f->store = open_store(f->runtime, f->state);
        n_syncs = 0;
}

static void tear_down(Fixture *f, gconstpointer data) {
        g_assert_null(lease_store_free(f->store));
        remove_tree(f->root);
        g_free(f->root);
        g_free(f->runtime);
        g_free(f->state);
}

/*
 * Returns how many files are in "lease" under @dir, hidden files included, and stores the path of one of
 * them.
 */
static guint count_files(const char *dir, char **ret_path) {
        g_autofree char *path = g_build_filename(dir, "lease", NULL);
        GDir *listing = g_dir_open(path, 0, NULL);
        const char *name;
        guint n = 0;

        g_assert_nonnull(listing);
        for (; (name = g_dir_read_name(listing)); n++)
                if (ret_path) {
                        g_free(*ret_path);
                        *ret_path = g_build_filename(path, name, NULL);
                }
        g_dir_close(listing);
        return n;
}

static int load_cached(Fixture *f, const LeaseRecord *record, Clocks now, Dhcp4Lease *ret) {
        return lease_store_load_cached(f->store, record->ifname, &record->hw_address, now, ret);
}

/* Another daemon takes the folders over. */
static void restart(Fixture *f) {
        f->store = lease_store_free(f->store);
        f->store = open_store(f->runtime, f->state);
}

static void test_save_and_load(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        g_autofree char *runtime = NULL, *state = NULL;
        Dhcp4Lease cached;
        struct stat st;
        LeaseRecord back;

        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, -ENOENT);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, -ENOENT);
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        restart(f);
        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, 0);
        g_assert_cmpstr(back.ifname, ==, "br-lan");
        g_assert_true(back.have_lease);
        g_assert_true(back.applied);
        assert_same_lease(&back.lease, &lease);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, 0);
        assert_same_lease(&cached, &lease);
        g_assert_cmpint(lease_store_load(f->store, 8, saved_at, &back), ==, -ENOENT);

        /* There is one file in each folder. Everyone can read it, and no temporary file is left. */
        g_assert_cmpuint(count_files(f->runtime, &runtime), ==, 1);
        g_assert_cmpuint(count_files(f->state, &state), ==, 1);
        g_assert_true(g_str_has_suffix(runtime, "/7"));
        g_assert_cmpint(stat(runtime, &st), ==, 0);
        g_assert_cmpuint(st.st_mode, ==, S_IFREG | 0600);
        g_assert_cmpint(stat(state, &st), ==, 0);
        g_assert_cmpuint(st.st_mode, ==, S_IFREG | 0600);
}

/* A record that is saved for this boot only leaves the remembered lease as it was. */
static void test_runtime_alone(Fixture *f, gconstpointer data) {
        const Dhcp4Lease first = make_lease("10.0.0.7", 3600, 990 * SEC),
                         second = make_lease("10.0.0.8", 3600, 990 * SEC);
        LeaseRecord record = make_record(&first), back;
        Dhcp4Lease cached;

        g_assert_cmpint(lease_store_save_runtime(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, -ENOENT);
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        record = make_record(&second);
        record.mtu_before = 1500;
        record.mtu_set = 1400;
        g_assert_cmpint(lease_store_save_runtime(f->store, &record, saved_at, NULL), ==, 0);
        restart(f);
        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, 0);
        assert_same_lease(&back.lease, &second);
        g_assert_cmpuint(back.mtu_before, ==, 1500);
        g_assert_cmpuint(back.mtu_set, ==, 1400);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, 0);
        assert_same_lease(&cached, &first);
}

/* What was saved for this boot is not written again when all is saved, if it is still the same. */
static void test_once(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const Clocks later = { saved_at.boottime + SEC, saved_at.realtime + SEC };
        LeaseRecord record = make_record(&lease), back;
        g_autofree char *runtime = NULL;
        LeaseDigest digest = 0;
        Dhcp4Lease cached;

        g_assert_cmpint(lease_store_save_runtime(f->store, &record, saved_at, &digest), ==, 0);
        g_assert_cmpuint(digest, !=, 0);
        g_assert_cmpuint(count_files(f->runtime, &runtime), ==, 1);
        g_assert_cmpint(g_remove(runtime), ==, 0);
        g_assert_cmpint(lease_store_save(f->store, &record, later, &digest), ==, 0);
        g_assert_cmpint(lease_store_load(f->store, 7, later, &back), ==, -ENOENT); /* not written */
        g_assert_cmpint(load_cached(f, &record, later, &cached), ==, 0);
        /* The digest counts for one save only. */
        g_assert_cmpuint(digest, ==, 0);
        g_assert_cmpint(lease_store_save(f->store, &record, later, &digest), ==, 0);
        g_assert_cmpint(lease_store_load(f->store, 7, later, &back), ==, 0);

        g_assert_cmpint(lease_store_save_runtime(f->store, &record, saved_at, &digest), ==, 0);
        record.carrier_changes++;
        g_assert_cmpint(lease_store_save(f->store, &record, later, &digest), ==, 0);
        g_assert_cmpint(lease_store_load(f->store, 7, later, &back), ==, 0);
        g_assert_cmpuint(back.carrier_changes, ==, record.carrier_changes);

        /* What could not be written is tried again. */
        g_assert_cmpint(lease_store_save_runtime(f->store, &record, saved_at, &digest), ==, 0);
        g_assert_cmpuint(digest, !=, 0);
        remove_tree(f->runtime);
        /* Not written. */
        g_assert_cmpint(lease_store_save_runtime(f->store, &record, later, &digest), ==, 0);
        record.carrier_changes++;
        g_assert_true(g_file_set_contents(f->runtime, "", 0, NULL));
        g_assert_cmpint(lease_store_save_runtime(f->store, &record, later, &digest), <, 0);
        g_assert_cmpuint(digest, ==, 0);
        g_assert_cmpint(g_remove(f->runtime), ==, 0);
        g_assert_cmpint(lease_store_save(f->store, &record, later, &digest), ==, 0);
        g_assert_cmpint(lease_store_load(f->store, 7, later, &back), ==, 0);
}

static void test_remove(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        Dhcp4Lease cached;
        LeaseRecord back;

        g_assert_cmpint(lease_store_remove(f->store, 7, record.ifname, &record.hw_address, true), ==, 0);
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpint(lease_store_remove(f->store, 7, record.ifname, &record.hw_address,
                                           /* forget_lease= */ false),
                        ==, 0);
        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, -ENOENT);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, 0);

        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpint(lease_store_remove(f->store, 7, record.ifname, &record.hw_address,
                                           /* forget_lease= */ true),
                        ==, 0);
        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, -ENOENT);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, -ENOENT);
        g_assert_cmpuint(count_files(f->runtime, NULL), ==, 0);
        g_assert_cmpuint(count_files(f->state, NULL), ==, 0);
}

/* Without a lease the record is kept for this boot; the remembered lease stays. */
static void test_lost_lease(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord with = make_record(&lease), without = make_record(NULL);
        Dhcp4Lease cached;
        LeaseRecord back;

        g_assert_cmpint(lease_store_save(f->store, &with, saved_at, NULL), ==, 0);
        g_assert_cmpint(lease_store_save(f->store, &without, saved_at, NULL), ==, 0);
        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, 0);
        g_assert_false(back.have_lease);
        g_assert_true(back.brought_up);
        g_assert_cmpint(load_cached(f, &with, saved_at, &cached), ==, 0);
        assert_same_lease(&cached, &lease);
}

/* The calendar may be set while the machine runs. Within a boot it does not matter. */
static void test_clocks(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        const Clocks set_back = { saved_at.boottime + SEC, 0 },
                     set_forward = { saved_at.boottime + SEC, saved_at.realtime + 86400 * SEC },
                     later = { saved_at.boottime + 3590 * SEC, saved_at.realtime };
        Dhcp4Lease cached;

        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpint(load_cached(f, &record, set_back, &cached), ==, 0);
        assert_same_lease(&cached, &lease);
        g_assert_cmpint(load_cached(f, &record, set_forward, &cached), ==, 0);
        assert_same_lease(&cached, &lease);
        g_assert_cmpint(load_cached(f, &record, later, &cached), ==, -ESTALE);
}

/* The same files after a reboot have another boot id in them. */
static void test_reboot(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        const Clocks now = { 50 * SEC, saved_at.realtime + 100 * SEC };
        g_autofree char *runtime = NULL, *state = NULL;
        char text[LEASE_RECORD_TEXT_MAX];
        Dhcp4Lease cached = { .prefix_len = 99 };
        LeaseRecord back;

        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        (void) count_files(f->runtime, &runtime);
        (void) count_files(f->state, &state);
        g_assert_cmpint(lease_record_format(&record, saved_at, OTHER_BOOT_ID, text, sizeof(text)), ==, 0);
        g_assert_true(g_file_set_contents(runtime, text, -1, NULL));
        g_assert_true(g_file_set_contents(state, text, -1, NULL));

        g_assert_cmpint(lease_store_load(f->store, 7, now, &back), ==, -ESTALE);
        g_assert_cmpint(
                load_cached(f, &record, (Clocks){ 50 * SEC, saved_at.realtime + 3590 * SEC }, &cached), ==,
                -ESTALE);
        g_assert_cmpuint(cached.prefix_len, ==, 99);
        g_assert_cmpint(load_cached(f, &record, now, &cached), ==, 0);
        g_assert_cmpuint(cached.address.s_addr, ==, lease.address.s_addr);
        g_assert_cmpuint(dhcp4_lease_expires_at(&cached), ==, (50 + 3490) * SEC);
        g_assert_false(cached.age_unknown);
        /* A clock that is behind does not tell how old the lease is. */
        g_assert_cmpint(load_cached(f, &record, (Clocks){ 50 * SEC, saved_at.realtime - 1 }, &cached), ==,
                        0);
        g_assert_true(cached.age_unknown);
}

/*
 * Names that would be paths, options or hidden files, and names that differ in one byte or in the address
 * alone.
 */
static void test_odd_names(Fixture *f, gconstpointer data) {
        static const char *const names[] = { "..",   ".",    "-rf",    "%;$(",     "a\nb",           "a b",
                                             "eth0", "ETH0", "eth0.1", "\xff\xfe", "fifteen-bytes-x" };
        LeaseRecord records[2 * G_N_ELEMENTS(names)];
        Dhcp4Lease cached;
        LeaseRecord back;

        for (size_t i = 0; i < G_N_ELEMENTS(records); i++) {
                g_autofree char *address = g_strdup_printf("10.0.0.%zu", i + 1);
                const Dhcp4Lease lease = make_lease(address, 3600, 990 * SEC);

                records[i] = make_record(&lease);
                records[i].ifindex = (int) i + 1;
                (void) g_strlcpy(records[i].ifname, names[i / 2], IF_NAMESIZE);
                records[i].hw_address.bytes[5] = (uint8_t) (i % 2);
                g_assert_cmpint(lease_store_save(f->store, &records[i], saved_at, NULL), ==, 0);
        }
        g_assert_cmpuint(count_files(f->runtime, NULL), ==, G_N_ELEMENTS(records));
        g_assert_cmpuint(count_files(f->state, NULL), ==, G_N_ELEMENTS(records));
        for (size_t i = 0; i < G_N_ELEMENTS(records); i++) {
                g_assert_cmpint(lease_store_load(f->store, (int) i + 1, saved_at, &back), ==, 0);
                g_assert_cmpstr(back.ifname, ==, records[i].ifname);
                g_assert_cmpint(load_cached(f, &records[i], saved_at, &cached), ==, 0);
                assert_same_lease(&cached, &records[i].lease);
        }
}

/* The longest possible key, and a link without an address. */
static void test_key_lengths(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        LeaseRecord record = make_record(&lease);
        Dhcp4Lease cached;

        (void) g_strlcpy(record.ifname, "fifteen-bytes-x", IF_NAMESIZE);
        record.hw_address.len = HW_ADDRESS_MAX;
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, 0);
        record.hw_address.len = 0;
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, -ENOENT);
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, 0);
        g_assert_cmpuint(count_files(f->state, NULL), ==, 2);
}

static void test_syncs(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC),
                         renewed = make_lease("10.0.0.7", 7200, 995 * SEC),
                         other = make_lease("10.0.0.8", 3600, 990 * SEC);
        LeaseRecord record = make_record(&lease);
        Dhcp4Lease cached;

        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpuint(n_syncs, ==, 1);
        for (unsigned i = 0; i < 10; i++) {
                record.lease = renewed;
                record.carrier_changes = i;
                g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        }
        g_assert_cmpuint(n_syncs, ==, 1);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, 0);
        assert_same_lease(&cached, &renewed);
        record.lease = other;
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpuint(n_syncs, ==, 2);
        record.have_lease = false;
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpuint(n_syncs, ==, 2);
}

/* The file that is there has no address that could be the same. */
static void test_syncs_over_broken(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        g_autofree char *path = NULL;

        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpuint(count_files(f->state, &path), ==, 1);
        g_assert_true(g_file_set_contents(path, "version=2\nack=0201", -1, NULL));
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpuint(n_syncs, ==, 2);
        g_assert_true(g_file_set_contents(path, "", -1, NULL));
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpuint(n_syncs, ==, 3);
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpuint(n_syncs, ==, 3);
}

/* Returns how many entries of STATE are left after a daemon has started and saved one more. */
static guint pruned(Fixture *f, Clocks now) {
        const Dhcp4Lease lease = make_lease("10.0.0.9", 3600, now.boottime - 10 * SEC);
        LeaseRecord record = make_record(&lease);

        record.ifindex = 9;
        (void) g_strlcpy(record.ifname, "last", IF_NAMESIZE);
        restart(f);
        g_assert_cmpint(lease_store_save(f->store, &record, now, NULL), ==, 0);
        return count_files(f->state, NULL) - 1;
}

/*
 * Leases that cannot be used any more go with the first save. Leases that are still good, and entries that
 * are no leases, stay.
 */
static void test_pruned(Fixture *f, gconstpointer data) {
        const Clocks later = { .boottime = saved_at.boottime + 2000 * SEC,
                               .realtime = saved_at.realtime + 2000 * SEC };
        static const uint8_t id[] = { 1, 2, 3 };
        static const char *const others[] = { "README", "not hex-at all", "0g-00", "-00", "00" };
        const Dhcp4Lease brief = make_lease("10.0.0.7", 1800, 990 * SEC),
                         good = make_lease("10.0.0.8", 3600, 990 * SEC);
        LeaseRecord record = make_record(&brief);
        Dhcp4Lease cached;
        LeaseRecord back;

        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        record.lease = good;
        record.hw_address.bytes[5] = 2;
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpint(lease_store_save_identity(f->store, &record.hw_address, id, sizeof(id)), ==, 0);
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
                g_autofree char *path = g_build_filename(f->state, "lease", others[i], NULL);

                g_assert_true(g_file_set_contents(path, "what is this", -1, NULL));
        }
        for (size_t i = 0; i < 2; i++) {
                g_autofree char *path =
                        g_build_filename(f->state, "lease", i == 0 ? "6574-02" : "6574-", NULL);

                g_assert_true(g_file_set_contents(path, "no record", -1, NULL));
        }
        g_assert_cmpuint(count_files(f->state, NULL), ==, 2 + 1 + G_N_ELEMENTS(others) + 2);

        g_assert_cmpuint(pruned(f, later), ==, 1 + 1 + G_N_ELEMENTS(others));
        g_assert_cmpint(load_cached(f, &record, later, &cached), ==, 0);
        assert_same_lease(&cached, &good);
        /* The file in the runtime folder says what is on the link. Pruning leaves it there. */
        g_assert_cmpint(lease_store_load(f->store, 7, later, &back), ==, 0);
        g_assert_cmpint(lease_store_forget_runtime(f->store, 7), ==, 0);
        g_assert_cmpint(lease_store_forget_runtime(f->store, 7), ==, 0);
        g_assert_cmpint(lease_store_load(f->store, 7, later, &back), ==, -ENOENT);
        g_assert_cmpint(load_cached(f, &record, later, &cached), ==, 0);
        g_assert_cmpint(lease_store_forget_state(f->store, record.ifname, &record.hw_address), ==, 0);
        g_assert_cmpint(load_cached(f, &record, later, &cached), ==, -ENOENT);
}

/* Links come and go and are never removed: the latest ones are kept, and the folder does not grow. */
static void test_bounded(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", UINT32_MAX, 990 * SEC);
        LeaseRecord record = make_record(&lease);
        g_autofree char *first = NULL;
        Dhcp4Lease cached;
        guint most = 0;

        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        (void) count_files(f->state, &first);
        g_assert_cmpint(utimensat(AT_FDCWD, first, (const struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0), ==,
                        0);
        for (unsigned i = 1; i <= 2 * LEASE_STORE_STATE_MAX + 100; i++) {
                record.hw_address.bytes[3] = (uint8_t) (i >> 8);
                record.hw_address.bytes[4] = (uint8_t) i;
                g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
                if (i % 512 == 0)
                        most = MAX(most, count_files(f->state, NULL));
        }
        g_assert_cmpuint(most, <=, 2 * LEASE_STORE_STATE_MAX);
        g_assert_cmpuint(pruned(f, saved_at), ==, LEASE_STORE_STATE_MAX - 1);
        /* The last of the links is there, and the oldest is not. */
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, 0);
        g_assert_false(g_file_test(first, G_FILE_TEST_EXISTS));
}

/* A file under another name tells nothing about the link of that name. */
static void test_moved_file(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        LeaseRecord other = record, back;
        g_autofree char *runtime = NULL, *state = NULL, *runtime8 = NULL, *state8 = NULL;
        Dhcp4Lease cached;

        other.ifindex = 8;
        other.hw_address.bytes[5] = 0x77;
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        (void) count_files(f->runtime, &runtime);
        (void) count_files(f->state, &state);
        g_assert_cmpint(lease_store_remove(f->store, 7, record.ifname, &record.hw_address, true), ==, 0);
        g_assert_cmpint(lease_store_save(f->store, &other, saved_at, NULL), ==, 0);
        (void) count_files(f->runtime, &runtime8);
        (void) count_files(f->state, &state8);
        g_assert_cmpstr(state, !=, state8);
        g_assert_cmpint(g_rename(runtime8, runtime), ==, 0);
        g_assert_cmpint(g_rename(state8, state), ==, 0);

        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, -EBADMSG);
        g_assert_cmpint(load_cached(f, &record, saved_at, &cached), ==, -EBADMSG);
}

/*
 * Objects in the place of a file are reported as bad, are never waited for, and are replaced by the next
 * save.
 */
static void test_objects(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        g_autofree char *path = g_build_filename(f->runtime, "lease", "7", NULL),
                        *temporary = g_build_filename(f->runtime, "lease", ".7.new", NULL),
                        *huge = g_strnfill(LEASE_RECORD_TEXT_MAX, 'f');
        LeaseRecord back = { .ifindex = -1 };

        for (unsigned i = 0; i < 6; i++) {
                switch (i) {
                case 0:
                        g_assert_true(g_file_set_contents(path, "", 0, NULL));
                        break;
                case 1:
                        g_assert_true(g_file_set_contents(path, huge, -1, NULL));
                        break;
                case 2:
                        g_assert_cmpint(mkfifo(path, 0600), ==, 0);
                        break;
                case 3:
                        g_assert_cmpint(symlink("/dev/zero", path), ==, 0);
                        break;
                case 4:
                        /* The file has blocks of zeros, as after a power cut. */
                        g_assert_true(g_file_set_contents(path, "", 0, NULL));
                        g_assert_cmpint(truncate(path, 1000), ==, 0);
                        break;
                case 5:
                        g_assert_true(g_file_set_contents(path, "version=1\n", -1, NULL));
                        /* A daemon left this file when it was killed while it wrote. */
                        g_assert_true(g_file_set_contents(temporary, huge, -1, NULL));
                        break;
                }
                g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, -EBADMSG);
                g_assert_cmpint(back.ifindex, ==, -1);
                g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
                g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, 0);
                assert_same_lease(&back.lease, &lease);
                back.ifindex = -1;
                g_assert_cmpuint(count_files(f->runtime, NULL), ==, 1);
                g_assert_cmpint(g_unlink(path), ==, 0);
        }

        g_assert_cmpint(mkdir(path, 0700), ==, 0);
        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, -EBADMSG);
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), <, 0);
        /* No temporary file is left, and the other file was written all the same. */
        g_assert_cmpuint(count_files(f->runtime, NULL), ==, 1);
        g_assert_cmpuint(count_files(f->state, NULL), ==, 1);
}

/* Each folder is used as far as it works, and is used again once it works again. */
static void test_no_directory(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        g_autofree char *file = g_build_filename(f->root, "file", NULL);
        int ifindexes[2], r_runtime, r_state;
        LeaseStore *store = NULL;
        Dhcp4Lease cached;
        LeaseRecord back;

        g_assert_null(lease_store_free(NULL));
        g_assert_true(g_file_set_contents(file, "", 0, NULL));

        g_assert_cmpint(lease_store_new(f->runtime, file, &store, &r_runtime, &r_state), ==, 0);
        g_assert_cmpint(r_runtime, ==, 0);
        g_assert_cmpint(r_state, ==, -ENOTDIR);
        g_assert_cmpint(lease_store_save(store, &record, saved_at, NULL), <, 0);
        g_assert_cmpint(lease_store_load(store, 7, saved_at, &back), ==, 0);
        g_assert_cmpint(lease_store_load_cached(store, record.ifname, &record.hw_address, saved_at, &cached),
                        ==, -EBADF);
        g_assert_cmpint(lease_store_remove(store, 7, record.ifname, &record.hw_address, true), ==, 0);
        g_assert_cmpint(lease_store_load(store, 7, saved_at, &back), ==, -ENOENT);
        store = lease_store_free(store);

        g_assert_cmpint(lease_store_new(file, f->state, &store, &r_runtime, &r_state), ==, 0);
        g_assert_cmpint(r_runtime, ==, -ENOTDIR);
        g_assert_cmpint(r_state, ==, 0);
        g_assert_cmpint(lease_store_save(store, &record, saved_at, NULL), <, 0);
        g_assert_cmpint(lease_store_load(store, 7, saved_at, &back), ==, -EBADF);
        g_assert_cmpint(lease_store_list(store, ifindexes, 2), ==, -EBADF);
        g_assert_cmpint(lease_store_load_cached(store, record.ifname, &record.hw_address, saved_at, &cached),
                        ==, 0);
        /* In the same boot, the other folder tells what was on the link. */
        g_assert_cmpint(lease_store_load_applied(store, record.ifname, &record.hw_address, saved_at, &back),
                        ==, 0);
        g_assert_cmpint(back.ifindex, ==, 7);
        g_assert_cmpint(back.applied, ==, record.applied);
        assert_same_lease(&back.lease, &lease);
        /* The folder can be made now. */
        g_assert_cmpint(g_unlink(file), ==, 0);
        g_assert_cmpint(lease_store_save(store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpint(lease_store_load(store, 7, saved_at, &back), ==, 0);
        lease_store_free(store);
}

/* The folders are removed while the daemon runs. */
static void test_removed(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        LeaseRecord back;

        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        remove_tree(f->runtime);
        remove_tree(f->state);
        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, -ENOENT);
        g_assert_cmpint(lease_store_remove(f->store, 7, record.ifname, &record.hw_address, true), ==, 0);
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        restart(f);
        g_assert_cmpint(lease_store_load(f->store, 7, saved_at, &back), ==, 0);
        g_assert_cmpuint(count_files(f->state, NULL), ==, 1);
}

/* What STATE says is on the link counts only in the boot in which it was written. */
static void test_applied(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        char text[LEASE_RECORD_TEXT_MAX];
        g_autofree char *path = NULL;
        LeaseRecord back = { .ifindex = -1 };

        g_assert_cmpint(
                lease_store_load_applied(f->store, record.ifname, &record.hw_address, saved_at, &back), ==,
                -ENOENT);
        g_assert_cmpint(
                lease_store_load_applied(f->store, "sixteen-and-more", &record.hw_address, saved_at, &back),
                ==, -ENOENT);
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_cmpint(
                lease_store_load_applied(f->store, record.ifname, &record.hw_address, saved_at, &back), ==,
                0);
        g_assert_cmpuint(count_files(f->state, &path), ==, 1);
        g_assert_cmpint(lease_record_format(&record, saved_at, OTHER_BOOT_ID, text, sizeof(text)), ==, 0);
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        back.ifindex = -1;
        g_assert_cmpint(
                lease_store_load_applied(f->store, record.ifname, &record.hw_address, saved_at, &back), ==,
                -ESTALE);
        text[strlen(text) - 2] ^= 1;
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        g_assert_cmpint(
                lease_store_load_applied(f->store, record.ifname, &record.hw_address, saved_at, &back), ==,
                -EBADMSG);
        g_assert_cmpint(back.ifindex, ==, -1);
}

static char *lease_path(const Fixture *f, const char *name) {
        return g_build_filename(f->runtime, "lease", name, NULL);
}

static void test_list(Fixture *f, gconstpointer data) {
        static const char *const foreign[] = {
                "claims", "07", "+8", "9x", ".7.new", "0", "99999999999", "-1"
        };
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        LeaseRecord record = make_record(&lease);
        int found[8] = {};
        guint sum = 0;

        g_assert_cmpint(lease_store_list(f->store, found, 8), ==, 0);
        for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
                g_autofree char *path = lease_path(f, foreign[i]);

                g_assert_true(g_file_set_contents(path, "x", 1, NULL));
        }
        for (int i = 1; i <= 4; i++) {
                record.ifindex = i;
                g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        }
        g_assert_cmpint(lease_store_list(f->store, found, 8), ==, 4);
        for (size_t i = 0; i < 4; i++)
                sum += 1u << found[i];
        g_assert_cmpuint(sum, ==, 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4);
        /* As many entries are returned as there is room for, and the folder can be listed again. */
        found[2] = -7;
        g_assert_cmpint(lease_store_list(f->store, found, 2), ==, 2);
        g_assert_cmpint(found[2], ==, -7);
        g_assert_cmpint(lease_store_list(f->store, found, 8), ==, 4);
}

static void test_claims(Fixture *f, gconstpointer data) {
        static const char *const names[] = { "eth0", "%;$(x)", "veth[0-9]*", NULL },
                                 *const none[] = { NULL };
        g_autofree char *path = lease_path(f, "claims"), *text = NULL;
        g_auto(GStrv) empty = NULL, back = NULL, gone = NULL, foreign = NULL;
        gsize len;

        g_assert_cmpint(lease_store_load_claims(f->store, &empty), ==, 0);
        g_assert_cmpuint(g_strv_length(empty), ==, 0);

        g_assert_cmpint(lease_store_save_claims(f->store, names), ==, 0);
        restart(f);
        g_assert_cmpint(lease_store_load_claims(f->store, &back), ==, 0);
        g_assert_true(g_strv_equal((const char *const *) back, names));

        /* Claims of an earlier boot do not count. */
        g_assert_true(g_file_get_contents(path, &text, &len, NULL));
        text[0] = text[0] == '0' ? '1' : '0';
        g_assert_true(g_file_set_contents(path, text, (gssize) len, NULL));
        g_assert_cmpint(lease_store_load_claims(f->store, &foreign), ==, 0);
        g_assert_cmpuint(g_strv_length(foreign), ==, 0);

        g_assert_cmpint(lease_store_save_claims(f->store, none), ==, 0);
        g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
        g_assert_cmpint(lease_store_save_claims(f->store, none), ==, 0);
        g_assert_cmpint(lease_store_load_claims(f->store, &gone), ==, 0);
        g_assert_cmpuint(g_strv_length(gone), ==, 0);
}

/* Claims that do not fit are an error, and what was saved before stays. */
static void test_too_many_claims(Fixture *f, gconstpointer data) {
        const size_t n = LEASE_STORE_CLAIMS_MAX / 16;
        g_autofree const char **names = g_new0(const char *, n + 1);
        g_autofree char *path = lease_path(f, "claims"), *large = g_malloc0(LEASE_STORE_CLAIMS_MAX);
        g_auto(GStrv) back = NULL, untouched = NULL;

        for (size_t i = 0; i < n; i++)
                names[i] = "123456789012345";
        g_assert_cmpint(lease_store_save_claims(f->store, names), ==, -ENOSPC);
        g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
        names[n - 4] = NULL;
        g_assert_cmpint(lease_store_save_claims(f->store, names), ==, 0);
        g_assert_cmpint(lease_store_load_claims(f->store, &back), ==, 0);
        g_assert_cmpuint(g_strv_length(back), ==, n - 4);

        g_assert_true(g_file_set_contents(path, large, LEASE_STORE_CLAIMS_MAX, NULL));
        g_assert_cmpint(lease_store_load_claims(f->store, &untouched), ==, -EBADMSG);
        g_assert_null(untouched);
        /* Bytes that no store wrote give no names. */
        g_assert_true(g_file_set_contents(path, large, 100, NULL));
        g_assert_cmpint(lease_store_load_claims(f->store, &untouched), ==, 0);
        g_assert_cmpuint(g_strv_length(untouched), ==, 0);
}

/*
 * The daemon's user owns the folders. If root runs the daemon, nothing is written where a symbolic link
 * of that user leads.
 */
static void test_symlinks(Fixture *f, gconstpointer data) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        g_autofree char *victim = g_build_filename(f->root, "victim", NULL),
                        *elsewhere = g_build_filename(f->root, "elsewhere", NULL),
                        *temporary = g_build_filename(f->runtime, "lease", ".7.new", NULL),
                        *folder = g_build_filename(f->root, "other", "lease", NULL),
                        *parent = g_path_get_dirname(folder), *text = NULL;
        int r_runtime, r_state;
        LeaseStore *store = NULL;

        g_assert_true(g_file_set_contents(victim, "theirs", -1, NULL));
        g_assert_cmpint(symlink(victim, temporary), ==, 0);
        g_assert_cmpint(lease_store_save(f->store, &record, saved_at, NULL), ==, 0);
        g_assert_true(g_file_get_contents(victim, &text, NULL, NULL));
        g_assert_cmpstr(text, ==, "theirs");

        g_assert_cmpint(g_mkdir(parent, 0700), ==, 0);
        g_assert_cmpint(g_mkdir(elsewhere, 0700), ==, 0);
        g_assert_cmpint(symlink(elsewhere, folder), ==, 0);
        g_assert_cmpint(lease_store_new(parent, parent, &store, &r_runtime, &r_state), ==, 0);
        g_assert_cmpint(r_runtime, ==, -ENOTDIR);
        g_assert_cmpint(r_state, ==, -ENOTDIR);
        g_assert_cmpint(lease_store_save(store, &record, saved_at, NULL), ==, -ENOTDIR);
        lease_store_free(store);
        g_assert_cmpint(g_unlink(folder), ==, 0);
}

/* The identity that another client used is kept beside the leases. "Nothing was found" is kept too. */
static void test_identity(Fixture *f, gconstpointer data) {
        static const HwAddress address = { .len = 6, .bytes = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } };
        static const HwAddress other = { .len = 6, .bytes = { 2 } };
        static const char *const wrong[] = { "", "f\n", "ff", "fg\n", "ff \n" };
        const uint8_t id[] = { 0xff, 0, 0xab };
        g_autofree char *path = g_build_filename(f->state, "lease", "identity-525400123456", NULL);
        uint8_t found[255], len = 9;

        g_assert_cmpint(lease_store_load_identity(f->store, &address, found, &len), ==, -ENOENT);
        g_assert_cmpint(lease_store_save_identity(f->store, &address, id, sizeof(id)), ==, 0);
        g_assert_cmpint(lease_store_load_identity(f->store, &address, found, &len), ==, 0);
        g_assert_cmpmem(found, len, id, sizeof(id));
        g_assert_cmpint(lease_store_load_identity(f->store, &other, found, &len), ==, -ENOENT);
        g_assert_cmpint(lease_store_save_identity(f->store, &other, id, 0), ==, 0);
        g_assert_cmpint(lease_store_load_identity(f->store, &other, found, &len), ==, 0);
        g_assert_cmpuint(len, ==, 0);
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_assert_true(g_file_set_contents(path, wrong[i], -1, NULL));
                g_assert_cmpint(lease_store_load_identity(f->store, &address, found, &len), ==, -EBADMSG);
        }
}

#define add(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        add("/lease-store/save-and-load", test_save_and_load);
        add("/lease-store/runtime-alone", test_runtime_alone);
        add("/lease-store/once", test_once);
        add("/lease-store/remove", test_remove);
        add("/lease-store/lost-lease", test_lost_lease);
        add("/lease-store/clocks", test_clocks);
        add("/lease-store/reboot", test_reboot);
        add("/lease-store/odd-names", test_odd_names);
        add("/lease-store/key-lengths", test_key_lengths);
        add("/lease-store/syncs", test_syncs);
        add("/lease-store/syncs-over-broken", test_syncs_over_broken);
        add("/lease-store/pruned", test_pruned);
        add("/lease-store/bounded", test_bounded);
        add("/lease-store/moved-file", test_moved_file);
        add("/lease-store/objects", test_objects);
        add("/lease-store/symlinks", test_symlinks);
        add("/lease-store/no-directory", test_no_directory);
        add("/lease-store/removed", test_removed);
        add("/lease-store/applied", test_applied);
        add("/lease-store/identity", test_identity);
        add("/lease-store/list", test_list);
        add("/lease-store/claims", test_claims);
        add("/lease-store/too-many-claims", test_too_many_claims);
        return g_test_run();
}
