/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Life cycle of the Kernel, the notification socket, and the calls of the handler.
 *
 * Owns the notification socket and its event sources. Links are told of in the order of the messages and at
 * once (a carrier that comes up is worth a DISCOVER now); changes of addresses and routes are told once per
 * link after each batch. All calls of the handler are made from here, with no dump or request under way, so
 * a handler may call every function of kernel.h except kernel_free().
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/kernel-internal.h"

#define NOTIFY_BUFFER_SIZE (8 * 1024 * 1024) /* bytes; a burst over a thousand links fits */
#define NOTIFY_BATCH_MAX   1024u        /* datagrams in one turn of the loop; held by on_notification() */
#define RETRY_USEC         USEC_PER_SEC /* after a failed resynchronisation */

/*
 * The kernel sends no notification when a link that is down gets an alternative name. That often happens a
 * moment after the link came or was renamed, by udev or by an administrator's second command. So the link is
 * asked after each change: after 100 ms, 500 ms more, and 2.5 s more. When it is brought up, a notification
 * has everything. Held by on_look().
 */
#define LOOKS_MAX         3u
#define LOOK_FIRST_USEC   (100 * USEC_PER_MSEC)
#define LOOK_GROWTH       5u
#define LOOK_ACCURACY     (50 * USEC_PER_MSEC)
#define LOOKS_AT_ONCE_MAX 64u /* links asked in one turn of the loop; held by on_look() */

usec_t kernel_monotonic(void) {
        struct timespec ts;

        if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
                abort(); /* cannot be */
        return (usec_t) ts.tv_sec * USEC_PER_SEC + (usec_t) ts.tv_nsec / 1000;
}

int kernel_new(sd_event *event, const KernelHandler *handler, void *userdata, Kernel **ret) {
        Kernel *kernel = malloc(sizeof(*kernel));
        uint8_t *buffers;

        if (!kernel)
                return -ENOMEM;
        buffers = mmap(NULL, 2 * KERNEL_BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                       0);
        if (buffers == MAP_FAILED) {
                free(kernel);
                return -ENOMEM;
        }
        *kernel = (Kernel){
                .event = sd_event_ref(event),
                .handler = *handler,
                .userdata = userdata,
                .notify_fd = -1,
                .request_fd = -1,
        };
        kernel->notification.data = buffers;
        kernel->answer.data = buffers + KERNEL_BUFFER_SIZE;
        *ret = kernel;
        return 0;
}

Kernel *kernel_free(Kernel *kernel) {
        if (!kernel)
                return NULL;
        sd_event_source_disable_unref(kernel->notify_source);
        sd_event_source_disable_unref(kernel->retry_source);
        sd_event_source_disable_unref(kernel->look_source);
        if (kernel->notify_fd >= 0)
                close(kernel->notify_fd);
        kernel_request_close(kernel);
        (void) munmap(kernel->notification.data, 2 * KERNEL_BUFFER_SIZE);
        while (kernel->n_entries > 0)
                kernel_entry_remove(kernel, kernel->entries[kernel->n_entries - 1]);
        free(kernel->entries);
        free(kernel->adoptions);
        free(kernel->rules);
        sd_event_unref(kernel->event);
        free(kernel);
        return NULL;
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata);

static void arm_look(Kernel *kernel, usec_t at) {
        uint64_t armed;

        if (!kernel->look_source) {
                (void) sd_event_add_time(kernel->event, &kernel->look_source, CLOCK_BOOTTIME, at,
                                         LOOK_ACCURACY, on_look, kernel);
                return;
        }
        if (sd_event_source_get_enabled(kernel->look_source, NULL) > 0 &&
            sd_event_source_get_time(kernel->look_source, &armed) >= 0 && armed <= at)
                return;
        (void) sd_event_source_set_time(kernel->look_source, at);
        (void) sd_event_source_set_enabled(kernel->look_source, SD_EVENT_ONESHOT);
}

static void begin_looks(Kernel *kernel, KernelEntry *entry) {
        uint64_t now;

        entry->n_looks = entry->link.up ? 0 : LOOKS_MAX;
        if (entry->n_looks == 0 || sd_event_now(kernel->event, CLOCK_BOOTTIME, &now) < 0)
                return;
        entry->look_at = usec_add(now, LOOK_FIRST_USEC);
        arm_look(kernel, entry->look_at);
}

static void emit_link(Kernel *kernel, KernelEntry *entry) {
        if (!entry->link_dirty)
                return;
        entry->link_dirty = false;
        begin_looks(kernel, entry);
        if (kernel->handler.link_changed)
                kernel->handler.link_changed(kernel->userdata, &entry->link);
}

static void emit_removed(Kernel *kernel, KernelEntry *entry) {
        const int ifindex = entry->link.ifindex;
        const bool told = !entry->link_dirty;

        kernel_entry_remove(kernel, entry);
        if (told && kernel->handler.link_removed)
                kernel->handler.link_removed(kernel->userdata, ifindex);
}

static void emit_tunnels(Kernel *kernel) {
        if (!kernel->tunnels_dirty)
                return;
        kernel->tunnels_dirty = false;
        if (kernel->handler.tunnels_changed)
                kernel->handler.tunnels_changed(kernel->userdata);
}

/* Changes that a handler makes itself are recorded at once, and mark nothing. */
static void emit_config(Kernel *kernel) {
        if (!kernel->any_config_dirty)
                return;
        kernel->any_config_dirty = false;
        for (size_t i = 0; i < kernel->n_entries; i++) {
                KernelEntry *entry = kernel->entries[i];

                if (!entry->config_dirty)
                        continue;
                entry->config_dirty = false;
                if (kernel->handler.config_changed)
                        kernel->handler.config_changed(kernel->userdata, entry->link.ifindex);
        }
}

/*
 * Everything is dumped and compared with the records. Notifications that are still queued may be older or
 * newer than the dump. Either way the records are right when all of them have been applied.
 */
static void resynchronise(Kernel *kernel) {
        int links, config = 0;

        links = kernel_load_links(kernel);
        if (links == 0)
                for (size_t i = kernel->n_entries; i-- > 0;)
                        if (!kernel->entries[i]->seen)
                                emit_removed(kernel, kernel->entries[i]);
        if (links >= 0 && kernel->loaded)
                config = kernel_load_config(kernel);
        kernel_tunnels_mark_stale(kernel);
        kernel->lost = false;
        if (links != 0 || config != 0)
                kernel_mark_lost(kernel);

        for (size_t i = 0; i < kernel->n_entries; i++)
                emit_link(kernel, kernel->entries[i]);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Kernel *kernel = userdata;

        if (kernel->lost)
                resynchronise(kernel);
        emit_config(kernel);
        emit_tunnels(kernel);
        return 0;
}

void kernel_mark_lost(Kernel *kernel) {
        kernel->lost = true;
        kernel->retry_source = sd_event_source_disable_unref(kernel->retry_source);
        (void) sd_event_add_time_relative(kernel->event, &kernel->retry_source, CLOCK_BOOTTIME, RETRY_USEC,
                                          0, on_retry, kernel);
}

static void dispatch_link(Kernel *kernel, const struct nlmsghdr *header) {
        const struct ifinfomsg *info;
        KernelEntry *entry;

        if (kernel_parse_link(kernel, header) < 0) {
                kernel->lost = true;
                return;
        }
        if (!nlmsg_valid_hdr(header, sizeof(*info)))
                return;
        info = nlmsg_data(header);
        entry = kernel_entry_find(kernel, info->ifi_index);
        if (entry)
                emit_link(kernel, entry);
}

static void dispatch(Kernel *kernel, const struct nlmsghdr *header) {
        KernelEntry *entry;
        int r = 0;

        switch (header->nlmsg_type) {
        case RTM_NEWLINK:
                dispatch_link(kernel, header);
                break;
        case RTM_DELLINK:
                entry = kernel_parse_link_removed(kernel, header);
                if (entry)
                        emit_removed(kernel, entry);
                break;
        case RTM_NEWADDR:
        case RTM_DELADDR:
                if (kernel->loaded)
                        r = kernel_parse_address(kernel, header);
                break;
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
                if (kernel->loaded)
                        r = kernel_parse_route(kernel, header);
                break;
        case RTM_NEWRULE:
        case RTM_DELRULE:
                if (kernel->loaded)
                        r = kernel_parse_rule(kernel, header);
                break;
        }
        if (r < 0)
                kernel->lost = true;
}

/* Asks for the link, and tells the handler what is new. */
static void look_at_link(Kernel *kernel, int ifindex) {
        KernelEntry *entry;

        (void) kernel_load_link(kernel, ifindex, NULL);
        entry = kernel_entry_find(kernel, ifindex);
        if (entry)
                emit_link(kernel, entry);
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata) {
        Kernel *kernel = userdata;
        int due[LOOKS_AT_ONCE_MAX];
        usec_t next = USEC_INFINITY, at;
        unsigned n = 0;
        uint64_t now;

        if (sd_event_now(kernel->event, CLOCK_BOOTTIME, &now) < 0)
                return 0;
        for (size_t i = 0; i < kernel->n_entries; i++) {
                KernelEntry *entry = kernel->entries[i];

                if (entry->n_looks == 0)
                        continue;
                if (entry->look_at <= now && n < ARRAY_SIZE(due)) {
                        usec_t wait = LOOK_FIRST_USEC;

                        due[n++] = entry->link.ifindex;
                        for (unsigned k = LOOKS_MAX; k >= entry->n_looks; k--)
                                wait *= LOOK_GROWTH;
                        if (--entry->n_looks == 0)
                                continue;
                        entry->look_at = usec_add(now, wait);
                }
                /* Other links that are due have their turn in the next round of the loop. */
                at = MAX(entry->look_at, now + 1);
                next = MIN(next, at);
        }
        if (next != USEC_INFINITY)
                arm_look(kernel, next);
        for (unsigned i = 0; i < n; i++)
                look_at_link(kernel, due[i]);
        return 0;
}

void kernel_look_up_name(Kernel *kernel, const char *name) {
        if (strlen(name) > LINK_NAME_MAX || kernel_load_link(kernel, 0, name) < 0)
                return;
        for (size_t i = 0; i < kernel->n_entries; i++) {
                const LinkNames names = kernel_link_names(&kernel->entries[i]->link);

                if (!link_names_have(&names, name))
                        continue;
                emit_link(kernel, kernel->entries[i]);
                return;
        }
}

static int on_notification(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Kernel *kernel = userdata;
        bool drained = false;

        for (unsigned i = 0; i < NOTIFY_BATCH_MAX; i++) {
                int remaining, r;
                size_t len;

                r = kernel_receive(fd, MSG_DONTWAIT, &kernel->notification, &len);
                if (r == -ENOBUFS) {
                        kernel->lost = kernel->missed = true;
                        continue;
                }
                if (r < 0) {
                        drained = true; /* -EAGAIN: that was all */
                        break;
                }
                remaining = (int) len;
                for (struct nlmsghdr *header = (struct nlmsghdr *) kernel->notification.data;
                     nlmsg_ok(header, remaining); header = nlmsg_next(header, &remaining))
                        dispatch(kernel, header);
        }
        kernel_buffer_done(&kernel->notification);
        if (kernel->missed && drained) {
                /* Every earlier notification has been read, or is lost. */
                for (size_t i = 0; i < kernel->n_entries; i++)
                        kernel->entries[i]->stale_mtu = 0;
                kernel_await_nothing(kernel);
                kernel->missed = false;
                /* a notification that was taken for an old one may have been among the last */
                kernel->lost = true;
        }
        if (kernel->lost)
                resynchronise(kernel);
        emit_config(kernel);
        emit_tunnels(kernel);
        return 0;
}

int kernel_start(Kernel *kernel) {
        const struct sockaddr_nl address = {
                .nl_family = AF_NETLINK,
                .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE,
        };
        const int size = NOTIFY_BUFFER_SIZE;
        int r;

        assert(kernel->notify_fd < 0);
        kernel->notify_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
        if (kernel->notify_fd < 0)
                return -errno;
        /* A smaller buffer only leads to more resynchronisations. */
        if (setsockopt(kernel->notify_fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
                (void) setsockopt(kernel->notify_fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
        if (bind(kernel->notify_fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        r = sd_event_add_io(kernel->event, &kernel->notify_source, kernel->notify_fd, EPOLLIN,
                            on_notification, kernel);
        if (r < 0)
                return r;

        /* Listens first and then dumps, so no change is missed. */
        r = kernel_load_links(kernel);
        if (r < 0)
                return r;
        for (size_t i = 0; i < kernel->n_entries; i++)
                emit_link(kernel, kernel->entries[i]);
        return 0;
}

const KernelLink *kernel_find_link(Kernel *kernel, int ifindex) {
        const KernelEntry *entry = kernel_entry_find(kernel, ifindex);

        return entry ? &entry->link : NULL;
}

const KernelLink *kernel_find_link_by_name(Kernel *kernel, const char *name) {
        /*
         * The main names come first: if one record is older than the other, two links may seem to have the
         * name.
         */
        for (size_t i = 0; i < kernel->n_entries; i++)
                if (strcmp(kernel->entries[i]->link.ifname, name) == 0)
                        return &kernel->entries[i]->link;
        for (size_t i = 0; i < kernel->n_entries; i++) {
                const LinkNames names = kernel_link_names(&kernel->entries[i]->link);

                if (link_names_have(&names, name))
                        return &kernel->entries[i]->link;
        }
        return NULL;
}

void kernel_foreach_link(Kernel *kernel, void (*fn)(void *userdata, const KernelLink *link),
                         void *userdata) {
        size_t i = 0;

        while (i < kernel->n_entries) {
                const int ifindex = kernel->entries[i]->link.ifindex;

                fn(userdata, &kernel->entries[i]->link);
                /* fn() may have added or removed links, so go on after the link that it saw. */
                for (i = 0; i < kernel->n_entries && kernel->entries[i]->link.ifindex <= ifindex; i++)
                        ;
        }
}

static const KernelLink *find_vrf(Kernel *kernel, const KernelLink *link) {
        const KernelLink *master = link->master == 0 ? NULL : kernel_find_link(kernel, link->master);

        return master && master->vrf_table != 0 ? master : NULL;
}

uint32_t kernel_main_table(Kernel *kernel, const KernelLink *link) {
        const KernelLink *vrf = find_vrf(kernel, link);

        return vrf ? vrf->vrf_table : RT_TABLE_MAIN;
}

int kernel_vrf(Kernel *kernel, const KernelLink *link) {
        const KernelLink *vrf = find_vrf(kernel, link);

        return vrf ? vrf->ifindex : 0;
}

bool kernel_has_hw_address(Kernel *kernel, const uint8_t *address, size_t len) {
        for (size_t i = 0; i < kernel->n_entries; i++) {
                const HwAddress *own = &kernel->entries[i]->link.address;

                if (own->len == len && memcmp(own->bytes, address, len) == 0)
                        return true;
        }
        return false;
}
