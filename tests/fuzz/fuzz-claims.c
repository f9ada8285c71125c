/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of claims (store/lease-store.c) with any content, and the set of claims (manager/claims.c)
 * with what is read from it. A name that passes as valid is one that an interface, or a glob, can have.
 * What was loaded is saved and loaded again as the same.
 *
 * Input: a byte, whose lowest bit puts the id of this boot before the rest; the rest is the file.
 */
#include <assert.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "manager/claims.h"
#include "store/lease-store.h"
#include "tests/fuzz/fuzz.h"

static char dir[] = "/tmp/dhcpd-link-fuzz-XXXXXX";
static char *path, *boot_id;
static LeaseStore *store;

static void clean_up(void) {
        g_autofree char *folder = g_path_get_dirname(path);

        store = lease_store_free(store);
        (void) g_unlink(path);
        (void) g_rmdir(folder);
        (void) g_rmdir(dir);
        g_clear_pointer(&path, g_free);
        g_clear_pointer(&boot_id, g_free);
}

static void set_up(void) {
        int r_runtime, r_state;

        if (store)
                return;
        if (!mkdtemp(dir) || !g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL) ||
            lease_store_new(dir, dir, &store, &r_runtime, &r_state) < 0 || r_runtime < 0)
                abort();
        path = g_build_filename(dir, "lease", "claims", NULL);
        atexit(clean_up);
}

static void check_names(char **names) {
        Claims *claims = claims_new();
        static const char owner;

        for (char **name = names; *name; name++) {
                const size_t before = claims_size(claims);
                bool added;

                assert(!strchr(*name, '\n'));
                if (!claims_name_is_valid(*name))
                        continue;
                assert(strlen(*name) > 0 && !strpbrk(*name, "/: \t"));
                assert(strlen(*name) <= LINK_NAME_MAX);
                added = claims_add(claims, *name, &owner);
                assert(claims_size(claims) == before + added);
                assert(claims_has(claims, *name, &owner));
                /* A plain name claims at least the link of this name. */
                assert(claims_name_is_glob(*name) || claims_match(claims, &(LinkNames){ .ifname = *name }));
        }
        (void) claims_remove_owner(claims, &owner);
        assert(claims_size(claims) == 0);
        (void) claims_free(claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_auto(GStrv) names = NULL, again = NULL;

        set_up();
        if (size == 0)
                return 0;
        if (data[0] & 1)
                g_string_append(text, boot_id);
        g_string_append_len(text, (const char *) data + 1, (gssize) size - 1);
        if (!g_file_set_contents_full(path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_NONE, 0600,
                                      NULL))
                abort();
        if (lease_store_load_claims(store, &names) < 0)
                return 0;
        check_names(names);
        assert(lease_store_save_claims(store, (const char *const *) names) == 0);
        assert(lease_store_load_claims(store, &again) == 0);
        assert(g_strv_equal((const char *const *) names, (const char *const *) again));
        return 0;
}
