/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What each hook was told last: a lease for each link and hook, in a folder of files in /run that outlives
 * this process.
 *
 * A file is FOLDER/IFINDEX.HOOK and has what hook_lease_store() makes; FOLDER/IFINDEX. has the name of the
 * link. The file exists as long as the hook knows of a lease. It is replaced as a whole or not at all. A
 * damaged file is ignored, so the hook is told of the lease again.
 */
#include <glib.h>

typedef struct HookTold HookTold;

/*
 * Makes the folder, but not those above it. Negative errno; -EPERM: it is somebody else's, or others can
 * write to it.
 */
int hook_told_new(const char *folder, HookTold **ret);
HookTold *hook_told_free(HookTold *told);
static inline void hook_told_freep(HookTold **p) {
        *p = hook_told_free(*p);
}

/* The lease, g_bytes_unref() it. NULL: the hook knows of none. */
GBytes *hook_told_get(const HookTold *told, int ifindex, const char *hook);
/* @lease NULL: it knows of none now. Negative errno; then what was there is there still. */
int hook_told_set(const HookTold *told, int ifindex, const char *hook, GBytes *lease);
/* The name that the link had; g_free() it. NULL: not known. */
char *hook_told_get_name(const HookTold *told, int ifindex);
int hook_told_set_name(const HookTold *told, int ifindex, const char *ifname);
/* No hook knows anything of the link. */
void hook_told_forget(const HookTold *told, int ifindex);
/* The links that some hook knows a lease of, int, in order; g_array_unref() it. */
GArray *hook_told_links(const HookTold *told);
