/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases in files (lease-store.h). Owns two directory descriptors. Files appear by rename, so that a reader
 * or a crash never sees half a record. A file in STATE is synced only if the address changed, because a
 * renewal is not worth a disk write that others wait for. The directory is never synced: if the rename is
 * lost, the previous record is still whole, and only older.
 *
 * Old entries of STATE are removed, because many links never come back (containers, random hardware
 * addresses). The first save of a daemon looks through the folder. A later save does so when as many entries
 * were added as the last look left, so that the mean cost of a save does not grow with their number.
 *
 * The two folders are independent of each other. A lease is saved in each of them that works, and a folder
 * that was removed is made again. If the record in RUNTIME cannot be read, the record of the same boot in
 * STATE stands in for it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/macro.h"
#include "store/lease-store.h"

#define RECORD_MODE    0600 /* a record may hold a secret: Dhcp4Lease.nonce */
#define CLAIMS_FILE    "claims"
#define DUID_TIME_FILE "duid-time"
#define DUID_EPOCH_SEC 946684800u /* midnight of 2000-01-01 UTC, RFC 8415 §11.2 */
#define BOOT_ID_FILE   "/proc/sys/kernel/random/boot_id"
#define NAME_LEN_MAX   160u /* bytes: both parts of a STATE key in hex; held by is_state_name() */

/* At least so many entries have to be added to STATE before it is looked through again. */
#define PRUNE_MIN 32u

/* RUNTIME/lease or STATE/lease. A folder that cannot be opened, or is gone, is tried again by each save. */
typedef struct Folder {
        char *parent; /* NULL: there is none */
        int fd;       /* -EBADF: not usable so far */
} Folder;

struct LeaseStore {
        Folder runtime, state;
        unsigned prune_in; /* new entries in STATE until it is pruned; 0: with the next save */
        char boot_id[37];
        /*
         * LEASE_RECORD_TEXT_MAX bytes: the record that is written. They are not on the stack, because
         * functions called from there would use pages that far down, and a page of the stack that was used
         * once stays with the process. Here, a page costs memory only if a record was ever that long.
         */
        char *text;
};

static void folder_close(Folder *folder) {
        if (folder->fd >= 0)
                (void) close(folder->fd);
        folder->fd = -EBADF;
}

/*
 * Opens the folder, and makes it if there is none. Negative errno: it is not usable now.
 *
 * Both parents belong to the daemon's user. When root runs the daemon by hand, a symbolic link in the place
 * of the folder would have it write wherever that user likes, so the link is not followed. Neither is a link
 * in the place of a record: records are written to a file that O_EXCL makes new, and read with O_NOFOLLOW.
 */
static int folder_open(Folder *folder) {
        g_autofree char *path = NULL;
        int fd;

        folder_close(folder);
        if (!folder->parent)
                return -EBADF;
        path = g_build_filename(folder->parent, "lease", NULL);
        if (g_mkdir_with_parents(path, 0755) < 0)
                return -errno;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;
        folder->fd = fd;
        return 0;
}

static int read_boot_id(char ret[37]) {
        const int fd = open(BOOT_ID_FILE, O_RDONLY | O_CLOEXEC);
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = read(fd, ret, 36);
        (void) close(fd);
        if (n != 36)
                return -EIO;
        ret[36] = '\0';
        return 0;
}

int lease_store_new(const char *runtime_dir, const char *state_dir, LeaseStore **ret, int *ret_runtime,
                    int *ret_state) {
        _cleanup_(lease_store_freep) LeaseStore *store = g_new0(LeaseStore, 1);
        int r;

        store->runtime = (Folder){ .parent = g_strdup(runtime_dir), .fd = -EBADF };
        store->state = (Folder){ .parent = g_strdup(state_dir), .fd = -EBADF };
        store->text = g_malloc(LEASE_RECORD_TEXT_MAX);
        r = read_boot_id(store->boot_id);
        if (r < 0)
                return r;
        *ret_runtime = folder_open(&store->runtime);
        *ret_state = folder_open(&store->state);
        *ret = STEAL_PTR(store);
        return 0;
}

LeaseStore *lease_store_free(LeaseStore *store) {
        if (!store)
                return NULL;
        folder_close(&store->runtime);
        folder_close(&store->state);
        g_free(store->runtime.parent);
        g_free(store->state.parent);
        g_free(store->text);
        g_free(store);
        return NULL;
}

static void runtime_name(int ifindex, char ret[NAME_LEN_MAX]) {
        (void) snprintf(ret, NAME_LEN_MAX, "%d", ifindex);
}

G_STATIC_ASSERT(2 * (IF_NAMESIZE - 1) + 1 + 2 * sizeof(((HwAddress *) NULL)->bytes) < NAME_LEN_MAX);

/*
 * In hexadecimal, because names of links may hold anything but '/' and white space, dots included. @ifname
 * has less than IF_NAMESIZE bytes.
 */
static void state_name(const char *ifname, const HwAddress *hw_address, char ret[NAME_LEN_MAX]) {
        char *p = hex_put(ret, ifname, strnlen(ifname, IF_NAMESIZE - 1));

        *p++ = '-';
        *hex_put(p, hw_address->bytes, hw_address->len) = '\0';
}

/*
 * Returns the descriptor of a regular file of less than @size bytes. -EBADMSG: it is larger, or no regular
 * file.
 */
static int open_file(int dir_fd, const char *name, size_t size, size_t *ret_len) {
        struct stat st;
        int fd, r = -EBADMSG;

        fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                /* We never write a symbolic link or a socket. */
                return errno == ELOOP || errno == ENXIO ? -EBADMSG : -errno;
        if (fstat(fd, &st) < 0)
                r = -errno;
        else if (S_ISREG(st.st_mode) && (size_t) st.st_size < size) {
                *ret_len = (size_t) st.st_size;
                return fd;
        }
        (void) close(fd);
        return r;
}

/* Reads at most @len bytes and takes the descriptor. */
static int read_and_close(int fd, char *ret, size_t len, size_t *ret_len) {
        const ssize_t n = read(fd, ret, len);
        const int r = n < 0 ? -errno : 0;

        if (n >= 0)
                *ret_len = (size_t) n;
        (void) close(fd);
        return r;
}

static int read_file(int dir_fd, const char *name, char *ret, size_t size, size_t *ret_len) {
        size_t len;
        const int fd = open_file(dir_fd, name, size, &len);

        return fd < 0 ? fd : read_and_close(fd, ret, len, ret_len);
}

/* The caller frees *ret with g_free(). The buffer grows with the record, because most records are small. */
static int read_record(int dir_fd, const char *name, char **ret, size_t *ret_len) {
        g_autofree char *text = NULL;
        size_t size;
        int fd, r;

        fd = open_file(dir_fd, name, LEASE_RECORD_TEXT_MAX, &size);
        if (fd < 0)
                return fd;
        text = g_malloc(size);
        r = read_and_close(fd, text, size, ret_len);
        if (r >= 0)
                *ret = g_steal_pointer(&text);
        return r;
}

static int write_all(int fd, const char *text, size_t len) {
        while (len > 0) {
                const ssize_t n = write(fd, text, len);

                if (n < 0)
                        return -errno;
                text += n;
                len -= (size_t) n;
        }
        return 0;
}

static int write_record(int dir_fd, const char *name, const char *text, bool sync) {
        char temporary[NAME_LEN_MAX + 8];
        int fd, r;

        (void) snprintf(temporary, sizeof(temporary), ".%s.new", name);
        fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, RECORD_MODE);
        if (fd < 0 && errno == EEXIST) {
                /* A daemon that was killed while it wrote may have left this file. */
                (void) unlinkat(dir_fd, temporary, 0);
                fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, RECORD_MODE);
        }
        if (fd < 0)
                return -errno;
        r = fchmod(fd, RECORD_MODE) < 0 ? -errno : write_all(fd, text, strlen(text));
        if (r >= 0 && sync && fdatasync(fd) < 0)
                r = -errno;
        if (close(fd) < 0 && r >= 0)
                r = -errno;
        if (r >= 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(dir_fd, temporary, 0);
        return r;
}

/* As write_record(). If the folder was not usable or has been removed, it is opened or made again. */
static int folder_write(Folder *folder, const char *name, const char *text, bool sync) {
        int r;

        r = write_record(folder->fd, name, text, sync);
        if (r != -EBADF && r != -ENOENT)
                return r;
        r = folder_open(folder);
        return r < 0 ? r : write_record(folder->fd, name, text, sync);
}

/*
 * Reads an entry of STATE and converts its instants to the clock of this boot. An entry of this boot is
 * converted by CLOCK_BOOTTIME, which nobody sets, an older one by CLOCK_REALTIME.
 */
static int read_state(LeaseStore *store, const char *name, Clocks now, LeaseRecord *ret) {
        g_autofree char *text = NULL;
        size_t len = 0;
        int r;

        r = read_record(store->state.fd, name, &text, &len);
        if (r < 0)
                return r;
        r = lease_record_parse(text, len, now, store->boot_id, ret);
        return r == -ESTALE ? lease_record_parse(text, len, now, NULL, ret) : r;
}

/* Writes store->text, which is @record as text, to RUNTIME. */
static int save_runtime(LeaseStore *store, const LeaseRecord *record) {
        char name[NAME_LEN_MAX];

        runtime_name(record->ifindex, name);
        return folder_write(&store->runtime, name, store->text, /* sync= */ false);
}

int lease_store_save_runtime(LeaseStore *store, const LeaseRecord *record, Clocks now, LeaseDigest *digest) {
        LeaseDigest new_digest = 0;
        int r;

        r = lease_record_format(record, now, store->boot_id, store->text, LEASE_RECORD_TEXT_MAX);
        if (r >= 0 && digest) {
                new_digest = lease_record_digest(store->text);
                if (*digest == new_digest)
                        return 0;
        }
        if (r >= 0)
                r = save_runtime(store, record);
        if (digest)
                *digest = r < 0 ? 0 : new_digest;
        return r;
}

/* Removes a file. It is no error if there is no such file, or no folder that works. */
static int remove_file(int dir_fd, const char *name) {
        return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT && errno != EBADF ? -errno : 0;
}

/* Returns true if state_name() makes such names. Other files in the folder are no leases. */
static bool is_state_name(const char *name) {
        const char *const dash = strchr(name, '-');

        return dash && dash > name && strspn(name, "0123456789abcdef") == (size_t) (dash - name) &&
                strspn(dash + 1, "0123456789abcdef") == strlen(dash + 1) && strlen(name) < NAME_LEN_MAX;
}

typedef struct StateEntry {
        struct timespec saved; /* when it was written last */
        char name[NAME_LEN_MAX];
} StateEntry;

static gint compare_saved(gconstpointer a, gconstpointer b) {
        const struct timespec *x = &((const StateEntry *) a)->saved, *y = &((const StateEntry *) b)->saved;

        if (x->tv_sec != y->tv_sec)
                return x->tv_sec < y->tv_sec ? -1 : 1;
        return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/*
 * Removes leases that are over and records that do not check out. If more than LEASE_STORE_STATE_MAX others
 * remain, those that were saved longest ago are removed as well. What cannot be read or removed is left for
 * the next time.
 */
static void prune(LeaseStore *store, DIR *dir, Clocks now) {
        g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(StateEntry));
        const struct dirent *file;

        while ((file = readdir(dir))) {
                StateEntry entry;
                LeaseRecord record;
                struct stat st;
                int r;

                if (!is_state_name(file->d_name))
                        continue;
                r = read_state(store, file->d_name, now, &record);
                if (r == -EBADMSG || (r >= 0 && !record.have_lease)) {
                        (void) remove_file(store->state.fd, file->d_name);
                        continue;
                }
                if (fstatat(store->state.fd, file->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                entry.saved = st.st_mtim;
                (void) g_strlcpy(entry.name, file->d_name, sizeof(entry.name));
                g_array_append_val(kept, entry);
        }
        store->prune_in = CLAMP(kept->len, PRUNE_MIN, LEASE_STORE_STATE_MAX);
        if (kept->len <= LEASE_STORE_STATE_MAX)
                return;
        g_array_sort(kept, compare_saved);
        for (guint i = 0; i < kept->len - LEASE_STORE_STATE_MAX; i++)
                (void) remove_file(store->state.fd, g_array_index(kept, StateEntry, i).name);
}

/*
 * Opens the folder of @dir_fd for a walk of its own; the position of @dir_fd does not change. Returns NULL
 * and sets errno on failure.
 */
static DIR *open_listing(int dir_fd) {
        const int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir;

        if (fd < 0)
                return NULL;
        dir = fdopendir(fd);
        if (!dir) {
                const int error = errno;

                (void) close(fd);
                errno = error;
        }
        return dir;
}

static void prune_if_due(LeaseStore *store, bool is_new, Clocks now) {
        DIR *dir;

        if (store->prune_in > 0) {
                store->prune_in -= is_new;
                return;
        }
        store->prune_in = PRUNE_MIN;
        dir = open_listing(store->state.fd);
        if (!dir)
                return;
        prune(store, dir, now);
        (void) closedir(dir);
}

/* Writes store->text, which is @record as text, to STATE. */
static int save_state(LeaseStore *store, const LeaseRecord *record, Clocks now) {
        g_autofree char *old = NULL;
        char name[NAME_LEN_MAX];
        size_t old_len = 0;
        bool same_address;
        int r, q;

        state_name(record->ifname, &record->hw_address, name);
        r = read_record(store->state.fd, name, &old, &old_len);
        /*
         * Only another address is worth a sync. The old record is not parsed for that, because parsing costs
         * more than writing the new one.
         */
        same_address = r >= 0 && lease_record_same_address(old, old_len, store->text, strlen(store->text));
        q = folder_write(&store->state, name, store->text, /* sync= */ !same_address);
        if (q >= 0)
                prune_if_due(store, /* is_new= */ r == -ENOENT, now);
        return q;
}

int lease_store_save(LeaseStore *store, const LeaseRecord *record, Clocks now, LeaseDigest *digest) {
        const LeaseDigest written = digest ? *digest : 0;
        int r, q = 0;

        if (digest)
                *digest = 0;
        r = lease_record_format(record, now, store->boot_id, store->text, LEASE_RECORD_TEXT_MAX);
        if (r < 0)
                return r;
        if (written == 0 || written != lease_record_digest(store->text))
                r = save_runtime(store, record);
        /* A lease that no server granted cannot be asked for again. */
        if (record->have_lease)
                q = save_state(store, record, now);
        return r < 0 ? r : q;
}

int lease_store_forget_state(LeaseStore *store, const char *ifname, const HwAddress *hw_address) {
        char name[NAME_LEN_MAX];

        if (strlen(ifname) >= IF_NAMESIZE)
                return 0; /* only an alternative name is so long */
        state_name(ifname, hw_address, name);
        return remove_file(store->state.fd, name);
}

int lease_store_forget_runtime(LeaseStore *store, int ifindex) {
        char name[NAME_LEN_MAX];

        runtime_name(ifindex, name);
        return remove_file(store->runtime.fd, name);
}

int lease_store_remove(LeaseStore *store, int ifindex, const char *ifname, const HwAddress *hw_address,
                       bool forget_lease) {
        int r, q = 0;

        r = lease_store_forget_runtime(store, ifindex);
        if (forget_lease)
                q = lease_store_forget_state(store, ifname, hw_address);
        return r < 0 ? r : q;
}

int lease_store_load(LeaseStore *store, int ifindex, Clocks now, LeaseRecord *ret) {
        g_autofree char *text = NULL;
        char name[NAME_LEN_MAX];
        LeaseRecord record;
        size_t len = 0;
        int r;

        runtime_name(ifindex, name);
        r = read_record(store->runtime.fd, name, &text, &len);
        if (r < 0)
                return r;
        r = lease_record_parse(text, len, now, store->boot_id, &record);
        if (r < 0)
                return r;
        if (record.ifindex != ifindex)
                return -EBADMSG;
        lease_record_copy(ret, &record);
        return 0;
}

int lease_store_load_applied(LeaseStore *store, const char *ifname, const HwAddress *hw_address, Clocks now,
                             LeaseRecord *ret) {
        g_autofree char *text = NULL;
        char name[NAME_LEN_MAX];
        LeaseRecord record;
        size_t len = 0;
        int r;

        if (strlen(ifname) >= IF_NAMESIZE)
                return -ENOENT;
        state_name(ifname, hw_address, name);
        r = read_record(store->state.fd, name, &text, &len);
        if (r < 0)
                return r;
        r = lease_record_parse(text, len, now, store->boot_id, &record);
        if (r < 0)
                return r;
        lease_record_copy(ret, &record);
        return 0;
}

int lease_store_load_cached(LeaseStore *store, const char *ifname, const HwAddress *hw_address, Clocks now,
                            Dhcp4Lease *ret) {
        char name[NAME_LEN_MAX];
        LeaseRecord record;
        int r;

        /*
         * Records are named after the names that links had, which are shorter than some alternative names.
         */
        if (strlen(ifname) >= IF_NAMESIZE)
                return -ENOENT;
        state_name(ifname, hw_address, name);
        r = read_state(store, name, now, &record);
        if (r < 0)
                return r;
        if (strcmp(record.ifname, ifname) != 0 || !hw_address_equal(&record.hw_address, hw_address))
                return -EBADMSG;
        if (!record.have_lease)
                return -ESTALE;
        *ret = record.lease;
        return 0;
}

int lease_store_list(LeaseStore *store, int *ret_ifindexes, size_t max) {
        struct dirent *entry;
        size_t n = 0;
        DIR *dir;

        dir = open_listing(store->runtime.fd);
        if (!dir)
                return -errno;
        while (n < max && (entry = readdir(dir))) {
                guint64 ifindex;

                /*
                 * Only names that runtime_name() makes: 07 would be another file than the one loaded for 7.
                 */
                if (entry->d_name[0] != '0' &&
                    g_ascii_string_to_unsigned(entry->d_name, 10, 1, INT32_MAX, &ifindex, NULL))
                        ret_ifindexes[n++] = (int) ifindex;
        }
        (void) closedir(dir);
        return (int) n;
}

int lease_store_save_claims(LeaseStore *store, const char *const *names) {
        g_autoptr(GString) text = g_string_new(NULL);

        if (!names[0])
                return remove_file(store->runtime.fd, CLAIMS_FILE);
        /* One name a line: names have no white space in them. */
        g_string_append_printf(text, "%s\n", store->boot_id);
        for (const char *const *name = names; *name; name++)
                g_string_append_printf(text, "%s\n", *name);
        if (text->len >= LEASE_STORE_CLAIMS_MAX)
                return -ENOSPC;
        return folder_write(&store->runtime, CLAIMS_FILE, text->str, /* sync= */ false);
}

/*
 * Returns the lines after the first one, or none if the first one is not @boot_id, because claims end with
 * the boot. Takes one pass over the text, because there may be a hundred thousand claims.
 */
static char **parse_claims(const char *text, size_t len, const char *boot_id) {
        GPtrArray *names = g_ptr_array_new();
        const char *const end = text + len;

        for (const char *line = text, *newline; line < end; line = newline + 1) {
                newline = memchr(line, '\n', (size_t) (end - line)) ?: end;
                if (line == text) {
                        if ((size_t) (newline - line) != strlen(boot_id) ||
                            memcmp(line, boot_id, (size_t) (newline - line)) != 0)
                                break;
                } else if (newline > line && line[0] != '\0')
                        g_ptr_array_add(names, g_strndup(line, (gsize) (newline - line)));
        }
        g_ptr_array_add(names, NULL);
        return (char **) g_ptr_array_free(names, /* free_segment= */ FALSE);
}

int lease_store_load_claims(LeaseStore *store, char ***ret) {
        g_autofree char *text = NULL;
        size_t len;
        int fd, r;

        fd = open_file(store->runtime.fd, CLAIMS_FILE, LEASE_STORE_CLAIMS_MAX, &len);
        if (fd == -ENOENT) {
                *ret = g_new0(char *, 1);
                return 0;
        }
        if (fd < 0)
                return fd;
        text = g_malloc(len + 1);
        r = read_and_close(fd, text, len, &len);
        if (r < 0)
                return r;
        *ret = parse_claims(text, len, store->boot_id);
        return 0;
}

int lease_store_duid_time(LeaseStore *store, usec_t realtime, uint32_t *ret) {
        const usec_t since_2000 = usec_sub(realtime / USEC_PER_SEC, DUID_EPOCH_SEC);
        char text[32];
        guint64 number;
        size_t len = 0;
        int r;

        r = read_file(store->state.fd, DUID_TIME_FILE, text, sizeof(text), &len);
        if (r >= 0) {
                text[len] = '\0';
                if (g_ascii_string_to_unsigned(g_strchomp(text), 10, 0, UINT32_MAX, &number, NULL)) {
                        *ret = (uint32_t) number;
                        return 0;
                }
        }
        *ret = (uint32_t) since_2000;
        (void) snprintf(text, sizeof(text), "%u\n", *ret);
        return folder_write(&store->state, DUID_TIME_FILE, text, /* sync= */ true);
}

static void identity_name(const HwAddress *hw_address, char ret[NAME_LEN_MAX]) {
        static const char prefix[] = "identity-";

        memcpy(ret, prefix, strlen(prefix));
        *hex_put(ret + strlen(prefix), hw_address->bytes, hw_address->len) = '\0';
}

int lease_store_load_identity(LeaseStore *store, const HwAddress *hw_address, uint8_t ret[255],
                              uint8_t *ret_len) {
        char name[NAME_LEN_MAX], text[2 * 255 + 2];
        size_t len = 0;
        int r;

        identity_name(hw_address, name);
        r = read_file(store->state.fd, name, text, sizeof(text), &len);
        if (r < 0)
                return r;
        if (len % 2 != 1 || text[len - 1] != '\n')
                return -EBADMSG;
        for (size_t i = 0; i < len - 1; i++)
                if (!g_ascii_isxdigit(text[i]))
                        return -EBADMSG;
        for (size_t i = 0; i < len / 2; i++)
                ret[i] = (uint8_t) (g_ascii_xdigit_value(text[2 * i]) << 4 |
                                    g_ascii_xdigit_value(text[2 * i + 1]));
        *ret_len = (uint8_t) (len / 2);
        return 0;
}

int lease_store_save_identity(LeaseStore *store, const HwAddress *hw_address, const uint8_t *id,
                              uint8_t len) {
        char name[NAME_LEN_MAX], text[2 * 255 + 2], *p;

        identity_name(hw_address, name);
        p = hex_put(text, id, len);
        *p++ = '\n';
        *p = '\0';
        return folder_write(&store->state, name, text, /* sync= */ true);
}
