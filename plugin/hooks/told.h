/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Records what each hook was told last: a lease for each link and hook. The records are files in a folder in
 * /run, so they outlive this process.
 *
 * FOLDER/IFINDEX.HOOK has the bytes of hook_lease_store(). FOLDER/IFINDEX. has the name of the link. The
 * file of a hook exists as long as the hook knows a lease. It is replaced completely or not at all. A
 * damaged file is ignored, and the hook is told about the lease again.
 */
#include <glib.h>

typedef struct HookTold HookTold;

/*
 * Makes the folder, but not the folders above it. Returns a negative errno on failure; -EPERM: the folder
 * belongs to somebody else, or others can write to it.
 */
int hook_told_new(const char *folder, HookTold **ret);
HookTold *hook_told_free(HookTold *told);
static inline void hook_told_freep(HookTold **p) {
        *p = hook_told_free(*p);
}

/* Returns the lease, or NULL if the hook knows none. The caller drops it with g_bytes_unref(). */
GBytes *hook_told_get(const HookTold *told, int ifindex, const char *hook);
/*
 * Records the lease. @lease: NULL if the hook knows none now. Returns a negative errno on failure, and the
 * record is then as before.
 */
int hook_told_set(const HookTold *told, int ifindex, const char *hook, GBytes *lease);
/* Returns the recorded name of the link, or NULL if there is none. The caller frees it with g_free(). */
char *hook_told_get_name(const HookTold *told, int ifindex);
int hook_told_set_name(const HookTold *told, int ifindex, const char *ifname);
/* Removes all records of the link. */
void hook_told_forget(const HookTold *told, int ifindex);
/*
 * Returns the indexes (int) of the links of which a hook knows a lease, sorted. The caller drops the array
 * with g_array_unref().
 */
GArray *hook_told_links(const HookTold *told);
