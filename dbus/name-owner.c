/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Accepts signals only from the right sender (contract: dbus/name-owner.h). Uses only libsystemd, because
 * plugins use this file, too.
 */
#include "dbus/name-owner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbus/names.h"

#define LOCAL            "org.freedesktop.DBus.Local"
#define LOCAL_PATH       "/org/freedesktop/DBus/Local"
#define NAME_MAX_LEN     255u /* D-Bus specification, "Valid Names" */
#define SUBSCRIPTION_MAX 16u  /* more than any caller needs; held by name_owner_match() */

typedef struct Subscription {
        NameOwner *owner; /* NULL: sd-bus itself */
        sd_bus_message_handler_t handler;
        void *userdata;
        sd_bus_slot *slot; /* NULL: belongs to the connection */
} Subscription;

struct NameOwner {
        sd_bus *bus;
        const char *name;
        char *unique; /* NULL: nobody has the name, or it is not known yet */
        NameOwnerChanged changed;
        void *userdata;
        sd_bus_slot *watch, *query;
        Subscription subscriptions[SUBSCRIPTION_MAX];
        size_t n_subscriptions;
};

/*
 * Returns true if @sender has sent the message as a broadcast. The bus lets anybody send a signal to one
 * receiver, and no service that we use does this.
 */
static bool is_broadcast_of(sd_bus_message *m, const char *sender) {
        const char *s = sd_bus_message_get_sender(m);

        return sender && s && strcmp(s, sender) == 0 && !sd_bus_message_get_destination(m);
}

static bool has_bus(sd_bus *bus) {
        return sd_bus_is_bus_client(bus) > 0;
}

/* The owner */

static int set_owner(NameOwner *owner, const char *unique) {
        char *copy = NULL;

        if (unique && unique[0] != '\0') {
                copy = strdup(unique);
                if (!copy)
                        return -ENOMEM;
        }
        free(owner->unique);
        owner->unique = copy;
        if (owner->changed)
                owner->changed(owner->userdata, copy);
        return 0;
}

static int on_owner(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        NameOwner *owner = userdata;
        const char *unique;

        owner->query = sd_bus_slot_unref(owner->query);
        /* An error means that the name has no owner. This is what we assume from the beginning. */
        if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "s", &unique) <= 0)
                return 0;
        return set_owner(owner, unique);
}

static int on_name_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        NameOwner *owner = userdata;
        const char *name, *unique;

        if (!is_broadcast_of(m, DBUS_NAME) || sd_bus_message_read(m, "sss", &name, NULL, &unique) <= 0 ||
            strcmp(name, owner->name) != 0)
                return 0;
        return set_owner(owner, unique);
}

/* Subscribes to changes of the owner before it asks who the owner is, so that no change is missed. */
static int watch_name(NameOwner *owner) {
        char rule[sizeof("type='signal',sender='',path='',interface='',member='NameOwnerChanged',arg0=''") +
                  2 * sizeof(DBUS_NAME) + sizeof(DBUS_PATH) + NAME_MAX_LEN];
        int r;

        if (strlen(owner->name) > NAME_MAX_LEN)
                return -EINVAL;
        (void) snprintf(
                rule, sizeof(rule),
                "type='signal',sender='%s',path='%s',interface='%s',member='NameOwnerChanged',arg0='%s'",
                DBUS_NAME, DBUS_PATH, DBUS_NAME, owner->name);
        r = sd_bus_add_match_async(owner->bus, &owner->watch, rule, on_name_owner_changed, NULL, owner);
        if (r < 0)
                return r;
        return sd_bus_call_method_async(owner->bus, &owner->query, DBUS_NAME, DBUS_PATH, DBUS_NAME,
                                        "GetNameOwner", on_owner, owner, "s", owner->name);
}

int name_owner_new(sd_bus *bus, const char *name, NameOwnerChanged changed, void *userdata,
                   NameOwner **ret) {
        NameOwner *owner = calloc(1, sizeof(*owner));
        int r;

        if (!owner)
                return -ENOMEM;
        owner->bus = sd_bus_ref(bus);
        owner->name = name;
        owner->changed = changed;
        owner->userdata = userdata;
        r = has_bus(bus) ? watch_name(owner) : 0;
        if (r < 0) {
                (void) name_owner_free(owner);
                return r;
        }
        *ret = owner;
        return 0;
}

NameOwner *name_owner_free(NameOwner *owner) {
        if (!owner)
                return NULL;
        for (size_t i = 0; i < owner->n_subscriptions; i++)
                (void) sd_bus_slot_unref(owner->subscriptions[i].slot);
        (void) sd_bus_slot_unref(owner->query);
        (void) sd_bus_slot_unref(owner->watch);
        (void) sd_bus_unref(owner->bus);
        free(owner->unique);
        free(owner);
        return NULL;
}

/* Subscriptions */

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        const Subscription *s = userdata;

        if (has_bus(s->owner->bus) && !is_broadcast_of(m, s->owner->unique))
                return 0;
        return s->handler(m, s->userdata, reterr);
}

int name_owner_match(NameOwner *owner, const char *path, const char *interface, const char *member,
                     sd_bus_message_handler_t handler, void *userdata) {
        Subscription *s = &owner->subscriptions[owner->n_subscriptions];
        int r;

        if (owner->n_subscriptions == SUBSCRIPTION_MAX)
                return -ENOBUFS;
        *s = (Subscription){ .owner = owner, .handler = handler, .userdata = userdata };
        r = sd_bus_match_signal_async(owner->bus, &s->slot, has_bus(owner->bus) ? owner->name : NULL, path,
                                      interface, member, on_signal, NULL, s);
        if (r < 0)
                return r;
        owner->n_subscriptions++;
        return 0;
}

static int on_local(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        const Subscription *s = userdata;

        return is_broadcast_of(m, LOCAL) ? s->handler(m, s->userdata, reterr) : 0;
}

int name_owner_match_local(sd_bus *bus, const char *member, sd_bus_message_handler_t handler,
                           void *userdata) {
        Subscription *s = calloc(1, sizeof(*s));
        sd_bus_slot *slot;
        int r;

        if (!s)
                return -ENOMEM;
        *s = (Subscription){ .handler = handler, .userdata = userdata };
        r = sd_bus_match_signal_async(bus, &slot, LOCAL, LOCAL_PATH, LOCAL, member, on_local, NULL, s);
        if (r < 0) {
                free(s);
                return r;
        }
        r = sd_bus_slot_set_destroy_callback(slot, free);
        if (r < 0)
                free(s);
        else
                r = sd_bus_slot_set_floating(slot, true); /* now the connection owns it */
        (void) sd_bus_slot_unref(slot);
        return r < 0 ? r : 0;
}
