/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks systemd-resolved which links have DNS servers (contract: plugin/resolved-links.h).
 *
 * Owns a question to resolved and the last answer. A signal leads to the next question. The content of the
 * signal is not read, because the answer says the same.
 */
#include "plugin/resolved-links.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE    "org.freedesktop.resolve1"
#define OBJECT     "/org/freedesktop/resolve1"
#define MANAGER    "org.freedesktop.resolve1.Manager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

struct ResolvedLinks {
        sd_bus *bus;
        ResolvedLinksKnown known;
        void *userdata;
        sd_bus_slot *question;
        bool again; /* something has changed since the open question was sent */
        bool more;  /* there are more links than @links has room for */
        int links[RESOLVED_LINKS_MAX];
        size_t n_links;
};

static void add_link(ResolvedLinks *links, int ifindex) {
        if (ifindex <= 0)
                return;
        for (size_t i = 0; i < links->n_links; i++)
                if (links->links[i] == ifindex)
                        return;
        if (links->n_links == RESOLVED_LINKS_MAX)
                links->more = true;
        else
                links->links[links->n_links++] = ifindex;
}

/*
 * Reads the links from the property DNS: a variant of a(iiay), which are link, family and address. Returns a
 * negative errno if the message is something else.
 */
static int read_servers(ResolvedLinks *links, sd_bus_message *m) {
        const void *address;
        int32_t ifindex;
        size_t len;
        int r;

        r = sd_bus_message_enter_container(m, 'v', "a(iiay)");
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "(iiay)");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "iiay")) > 0) {
                r = sd_bus_message_read(m, "ii", &ifindex, NULL);
                if (r >= 0)
                        r = sd_bus_message_read_array(m, 'y', &address, &len);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r >= 0)
                        add_link(links, ifindex);
        }
        return r;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        ResolvedLinks *links = userdata;
        const bool again = links->again;

        resolved_links_forget(links);
        /* If resolved has no such property, no link is known to have DNS servers. */
        if (!sd_bus_message_is_method_error(m, NULL) && read_servers(links, m) < 0)
                links->n_links = 0;
        if (again)
                (void) resolved_links_ask(links);
        links->known(links->userdata);
        return 0;
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        ResolvedLinks *links = userdata;
        const char *interface;

        if (sd_bus_message_read(m, "s", &interface) > 0 && strcmp(interface, MANAGER) == 0) {
                links->again = links->question != NULL;
                (void) resolved_links_ask(links);
        }
        return 0;
}

int resolved_links_new(sd_bus *bus, NameOwner *owner, ResolvedLinksKnown known, void *userdata,
                       ResolvedLinks **ret) {
        ResolvedLinks *links = calloc(1, sizeof(*links));
        int r;

        if (!links)
                return -ENOMEM;
        links->bus = sd_bus_ref(bus);
        links->known = known;
        links->userdata = userdata;
        r = name_owner_match(owner, OBJECT, PROPERTIES, "PropertiesChanged", on_changed, links);
        if (r < 0) {
                (void) resolved_links_free(links);
                return r;
        }
        *ret = links;
        return 0;
}

ResolvedLinks *resolved_links_free(ResolvedLinks *links) {
        if (!links)
                return NULL;
        (void) sd_bus_slot_unref(links->question);
        (void) sd_bus_unref(links->bus);
        free(links);
        return NULL;
}

int resolved_links_ask(ResolvedLinks *links) {
        sd_bus_message *m = NULL;
        int r;

        if (links->question)
                return 0;
        r = sd_bus_message_new_method_call(links->bus, &m, SERVICE, OBJECT, PROPERTIES, "Get");
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = sd_bus_message_append(m, "ss", MANAGER, "DNS");
        if (r >= 0)
                r = sd_bus_call_async(links->bus, &links->question, m, on_answer, links, /* usec= */ 0);
        sd_bus_message_unref(m);
        return r < 0 ? r : 0;
}

void resolved_links_forget(ResolvedLinks *links) {
        links->question = sd_bus_slot_unref(links->question);
        links->n_links = 0;
        links->more = links->again = false;
}

bool resolved_links_get(const ResolvedLinks *links, const int **ret, size_t *ret_n) {
        *ret = links->links;
        *ret_n = links->n_links;
        return !links->more;
}
