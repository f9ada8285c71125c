/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpd-linkd --import-identity (main-import.h). The process first reads as root. Then it becomes the owner
 * of the state folder, and only then it writes. So the files have the right owner. If this owner has put a
 * symbolic link into the folder, the process cannot write anywhere that the owner could not write.
 */
#include "main-import.h"

#include <errno.h>
#include <glib.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/hw-address.h"
#include "base/macro.h"
#include "import/other-identity.h"
#include "io/kernel.h"
#include "io/log.h"
#include "store/lease-store.h"

#define USER "dhcpd-link" /* units/dhcpd-link.sysusers */

typedef struct Import {
        const char *ifname;
        HwAddress address;
        uint8_t id[255], len; /* 0: none was found */
} Import;

static int look(Kernel *kernel, const char *name, Import *ret) {
        const KernelLink *link = kernel_find_link_by_name(kernel, name);

        *ret = (Import){ .ifname = name };
        if (!link)
                return -ENODEV;
        ret->address = link->address;
        if (!other_identity_find("", link->ifindex, link->ifname, &ret->address, ret->id, &ret->len)) {
                ret->len = 0;
                log_info("%s: no client identifier of another DHCP client", name);
        }
        return 0;
}

/* Reads the kernel's present links with all their names. */
static int read_links(sd_event **ret_event, Kernel **ret_kernel) {
        static const KernelHandler nobody = {};
        int r;

        r = sd_event_new(ret_event);
        if (r >= 0)
                r = kernel_new(*ret_event, &nobody, NULL, ret_kernel);
        if (r >= 0)
                r = kernel_start(*ret_kernel);
        if (r < 0)
                log_error("Cannot read the kernel's links: %s", strerror(-r));
        return r;
}

/*
 * Stores who owns the state folder. If it is missing, makes it for the user of the daemon, provided that
 * this user exists. (Otherwise the service manager changes the owner when it starts the daemon.)
 */
static int prepare_state_dir(const char *path, struct stat *ret) {
        g_autofree char *parent = g_path_get_dirname(path);
        const struct passwd *user;

        if (stat(path, ret) == 0)
                return S_ISDIR(ret->st_mode) ? 0 : -ENOTDIR;
        if (errno != ENOENT || g_mkdir_with_parents(parent, 0755) < 0 || mkdir(path, 0755) < 0)
                return -errno;
        user = geteuid() == 0 ? getpwnam(USER) : NULL;
        if (user && lchown(path, user->pw_uid, user->pw_gid) < 0)
                return -errno;
        return stat(path, ret) < 0 ? -errno : 0;
}

static int become(const struct stat *owner) {
        if (geteuid() != 0 || owner->st_uid == 0)
                return 0;
        if (setgroups(0, NULL) < 0 || setresgid(owner->st_gid, owner->st_gid, owner->st_gid) < 0 ||
            setresuid(owner->st_uid, owner->st_uid, owner->st_uid) < 0)
                return -errno;
        return 0;
}

static int keep(LeaseStore *store, const Import *import) {
        uint8_t id[255], len = 0;
        int r;

        /*
         * A saved "nothing found" does not count here: the daemon, which may read less, may have saved it.
         */
        if (lease_store_load_identity(store, &import->address, id, &len) == 0 && len > 0) {
                log_info("%s: the client identifier that was taken over before stays", import->ifname);
                return 0;
        }
        r = lease_store_save_identity(store, &import->address, import->id, import->len);
        if (r < 0)
                log_error("%s: Cannot keep the client identifier: %s", import->ifname, strerror(-r));
        else
                log_info("%s: client identifier of another DHCP client kept", import->ifname);
        return r;
}

static int keep_all(const char *state_dir, const Import *imports, size_t n) {
        _cleanup_(lease_store_freep) LeaseStore *store = NULL;
        struct stat owner;
        int r, no_runtime, q;

        r = prepare_state_dir(state_dir, &owner);
        if (r >= 0)
                r = become(&owner);
        if (r >= 0)
                r = lease_store_new(NULL, state_dir, &store, &no_runtime, &q);
        if (r >= 0)
                r = q;
        if (r < 0) {
                log_error("Cannot use %s: %s", state_dir, strerror(-r));
                return r;
        }
        for (size_t i = 0; i < n; i++) {
                q = imports[i].len > 0 ? keep(store, &imports[i]) : 0;

                r = q < 0 ? q : r;
        }
        return r;
}

int main_import_identities(const char *state_dir, char *const *names) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(kernel_freep) Kernel *kernel = NULL;
        const size_t n_names = g_strv_length((char **) names);
        g_autofree Import *imports = g_new0(Import, n_names);
        size_t n = 0, n_found = 0;
        int r, q;

        r = read_links(&event, &kernel);
        if (r < 0)
                return r;
        /* Read everything first: after keep_all() this process may not read these files any more. */
        for (size_t i = 0; i < n_names; i++) {
                q = look(kernel, names[i], &imports[n]);
                if (q < 0) {
                        log_error("%s: %s", names[i], strerror(-q));
                        r = q;
                        continue;
                }
                n_found += imports[n++].len > 0;
        }
        if (n_found == 0)
                return r;
        q = keep_all(state_dir, imports, n);
        return q < 0 ? q : r;
}
