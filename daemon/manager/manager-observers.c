/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The observers (ManagerObserver). They are told what happens to links, in the order in which they were
 * added.
 */
#include "manager/managed-link.h"

#define TELL(manager, callback, ...) \
        do { \
                for (guint _i = 0; _i < (manager)->observers->len; _i++) { \
                        const Observer *_o = &g_array_index((manager)->observers, Observer, _i); \
\
                        if (_o->callbacks->callback) \
                                _o->callbacks->callback(_o->userdata, ##__VA_ARGS__); \
                } \
        } while (0)

void manager_add_observer(Manager *manager, const ManagerObserver *observer, void *userdata) {
        const Observer o = { .callbacks = observer, .userdata = userdata };

        g_array_append_val(manager->observers, o);
}

void manager_remove_observer(Manager *manager, void *userdata) {
        for (guint i = manager->observers->len; i-- > 0;)
                if (g_array_index(manager->observers, Observer, i).userdata == userdata)
                        g_array_remove_index(manager->observers, i);
}

void manager_tell_added(Manager *manager, ManagedLink *link) {
        TELL(manager, link_added, link);
}

void manager_tell_removed(Manager *manager, ManagedLink *link) {
        TELL(manager, link_removed, link);
}

void manager_tell_state(Manager *manager, ManagedLink *link, LinkSource source, const char *old_state,
                        const char *new_state) {
        TELL(manager, link_state, link, source, old_state, new_state);
}

void manager_tell_notice(Manager *manager, ManagedLink *link, LinkSource source, LinkNotice notice,
                         const Dhcp4Source *old, const Dhcp4Source *new) {
        TELL(manager, link_notice, link, source, notice, old, new);
}

void manager_tell_properties(Manager *manager, ManagedLink *link) {
        TELL(manager, link_properties, link);
}

void manager_tell_configured(Manager *manager, ManagedLink *link) {
        TELL(manager, link_configured, link);
}

void manager_tell_claims(Manager *manager, const char *name) {
        TELL(manager, claims_changed, name && claims_name_is_glob(name) ? NULL : name);
}

void manager_tell_candidates(Manager *manager) {
        TELL(manager, candidates_changed);
}
