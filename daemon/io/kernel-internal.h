/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the files of io/kernel-*.c share. Nobody else includes this.
 *
 *      kernel.c          life cycle, the notification socket, telling the handler, starting over after a
 *                        loss
 *      kernel-store.c    the records: links, their IPv4 addresses, their RTPROT_DHCP routes
 *      kernel-parse.c    netlink message -> record
 *      kernel-rules.c    policy rules, and whose they are
 *      kernel-tunnels.c  which links are tunnels, and their routes
 *      kernel-request.c  the request socket: dumps, batches of changes and their answers
 *      kernel-apply.c    snapshot and plan
 *      kernel-restore.c  what others lose by our deletions, and how they get it back
 *
 * Records and notifications. kernel-apply.c enters at once what the kernel confirmed; the notification of it
 * is read later. Any notification of the same object that is read before is older than the record, and is
 * ignored. For example, somebody removed our address and we have set it again: the notification of the
 * removal, which is still queued, must not remove the new record. The awaited notification is recognised by
 * our port and the sequence number of the request. It may be lost when the receive buffer overflows; then
 * everything is dumped, and nothing is awaited any more once the queue is empty.
 *
 * Whose an object is. An address, a route or a rule is ours when we asked for it and the kernel said that it
 * made it, or when the record of an earlier run has it (kernel_adopt()). Nothing else makes it ours: not the
 * protocol (systemd-networkd, NetworkManager and dhcpcd write RTPROT_DHCP too), and not the port in a
 * notification, which tells who triggered an event: the kernel promotes somebody else's secondary address
 * because we deleted a primary one, and says so with our port. What was there before (EEXIST) serves us and
 * stays another's. An object stops being ours when it is gone, or when somebody else makes it again.
 */
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/usec.h"
#include "io/kernel.h"

typedef struct sd_event_source sd_event_source;
struct nl_msg;
struct nlattr;

/*
 * The size of the buffer for the kernel's answers. A dump comes in pieces of 32 KiB, but a link is never cut
 * in two, and its alternative names alone may take 64 KiB.
 */
#define KERNEL_BUFFER_SIZE 131072u /* bytes */
#define KERNEL_BUFFER_KEEP 4096u   /* bytes; memory that a larger message took is given back */
#define KERNEL_BATCH_SIZE  32768u  /* bytes of the messages in one sendmsg() */
#define KERNEL_BATCH_MAX   64u     /* and how many there are */
#define KERNEL_DUMP_TRIES  8u      /* a dump that was interrupted by a change is repeated this often */
/*
 * Routes of one tunnel that are kept. A tunnel with more counts as if it took all traffic, until it goes
 * down or its routes are dumped again.
 */
#define KERNEL_TUNNEL_ROUTES_MAX 256u

/* How deep ports of ports are followed; no sane host nests them deeper. Held by is_port_of(). */
#define KERNEL_MASTERS_MAX 8u

typedef struct KernelAddress {
        /*
         * CLOCK_MONOTONIC, not an instant: the kernel's lifetimes stand still while the machine sleeps, and
         * so does this clock. kernel_snapshot() converts, so after a sleep a plan sees that the address
         * lives too long.
         */
        usec_t valid_until_monotonic;
        struct in_addr address, broadcast;
        uint32_t metric; /* IFA_RT_PRIORITY, of its prefix route; 0: the kernel's default */
        uint8_t prefix_len;
        uint8_t protocol; /* IFA_PROTO; 0: none */
        bool ours;
        bool seen;        /* by the dump that runs */
        uint32_t awaited; /* sequence number of our request until its notification comes; 0: none */
} KernelAddress;

/*
 * A route of our form, IPv4. A NetRoute is three times as large, and there is one record for each route of
 * each link for as long as the daemon runs.
 */
typedef struct KernelRoute {
        struct in_addr dst, gateway, prefsrc; /* as in NetRoute, 0.0.0.0: unset */
        uint32_t metric, table, mtu;
        uint32_t awaited; /* as in KernelAddress */
        uint8_t prefix_len;
        bool ours;
        bool seen;
} KernelRoute;

typedef struct KernelTunnelRoute {
        NetTunnelRoute route;
        struct in_addr gateway, prefsrc; /* 0.0.0.0: none */
        bool seen;
} KernelTunnelRoute;

typedef struct KernelEntry {
        KernelLink link;
        uint8_t operstate; /* IF_OPER_* */
        /*
         * The MTU before kernel_set_mtu(), until the notification of that change comes: notifications that
         * were queued before still show it. 0: none is awaited
         */
        uint32_t stale_mtu;
        /* While the link is down, it is asked for new alternative names at look_at, n_looks more times. */
        usec_t look_at;
        uint8_t n_looks;
        bool seen;       /* by the dump that runs */
        bool link_dirty; /* the handler has not heard of it yet */
        bool config_dirty;
        uint32_t removed_by; /* kernel_removed_by() */
        bool routes_stale;   /* the kernel may have dropped routes without a notification */
        uint16_t n_addresses, n_routes, max_addresses, max_routes;
        KernelAddress *addresses;
        KernelRoute *routes;
        /* Of a tunnel, by whomever. */
        bool tunnel_stale;    /* to be dumped before they are used */
        bool tunnel_overflow; /* there are more than are kept */
        uint16_t n_tunnel_routes, max_tunnel_routes;
        KernelTunnelRoute *tunnel_routes;
} KernelEntry;

#define KERNEL_RULES_MAX 65536u /* of all links; held by kernel_rule_put() */
#define KERNEL_RULE_PRIORITY \
        32000u /* before the kernel's own rules for the tables main (32766) and default */

typedef struct KernelRule {
        NetRule rule;
        int ifindex;      /* of the link that we made it for; 0: somebody else made it */
        uint32_t awaited; /* as in KernelAddress */
        bool seen;
} KernelRule;

/* One object of kernel_adopt(); @op is NET_OP_ADD_*. */
typedef struct KernelAdoption {
        int ifindex;
        NetStep object;
} KernelAdoption;

/* What is on a link, as the kernel tells it (kernel-restore.c). */
typedef struct KernelKept {
        int ifindex;
        uint8_t *data;
        size_t len, max; /* bytes */
        bool overflow;   /* there is more than is kept */
} KernelKept;

/*
 * Messages are received into a mapping and not on the stack. Only pages that a message reached cost memory,
 * and they can be given back.
 */
typedef struct KernelBuffer {
        uint8_t *data; /* KERNEL_BUFFER_SIZE bytes, aligned for any message */
        size_t most;   /* bytes of the largest message since kernel_buffer_done() */
} KernelBuffer;

struct Kernel {
        sd_event *event;
        KernelHandler handler;
        void *userdata;

        /* Two buffers, because a handler may ask for something while a notification is still being read. */
        KernelBuffer notification, answer;

        int notify_fd;
        sd_event_source *notify_source, *retry_source;
        sd_event_source *look_source; /* of KernelEntry.look_at; NULL: there was none yet */

        int request_fd;
        uint32_t request_port; /* nlmsg_pid of notifications that our own requests caused */
        uint32_t seq;

        /* sorted by ifindex; each is allocated on its own, so that a KernelLink does not move */
        KernelEntry **entries;
        size_t n_entries, max_entries;

        KernelAdoption *adoptions; /* until addresses, routes and rules are loaded */
        size_t n_adoptions;

        bool loaded; /* addresses and routes are kept */
        bool lost;   /* changes may have been missed */
        bool missed; /* among them notifications that are awaited */
        bool any_config_dirty;

        KernelRule *rules;
        size_t n_rules;

        KernelKept *kept;      /* of the dump that runs; NULL: none does */
        bool promotes;         /* the setting of the link that was asked about last (kernel-restore.c) */
        bool promotion_denied; /* the kernel does not let us set it */

        unsigned n_tunnels;
        bool tunnels_dirty; /* the handler has not heard that they changed */
};

/*
 * kernel-store.c. Pointers to addresses and routes hold until the next insertion or removal on the same
 * link. A dropped address marks its own link's routes as stale, and on other links also the configuration as
 * changed.
 */
KernelEntry *kernel_entry_find(const Kernel *kernel, int ifindex);
int kernel_entry_insert(Kernel *kernel, int ifindex, KernelEntry **ret);
void kernel_entry_remove(Kernel *kernel, KernelEntry *entry); /* frees it */
void kernel_entry_mark_config(Kernel *kernel, KernelEntry *entry);
KernelAddress *kernel_entry_find_address(const KernelEntry *entry, struct in_addr address,
                                         uint8_t prefix_len);
int kernel_entry_put_address(KernelEntry *entry, const KernelAddress *address, bool *ret_changed);
bool kernel_entry_drop_address(Kernel *kernel, KernelEntry *entry, struct in_addr address,
                               uint8_t prefix_len);
/* Returns the route as plans know it. */
NetRoute kernel_route_to_net(const KernelRoute *route);
/* Returns the record of an IPv4 route of a plan; nobody awaits or has seen it. */
KernelRoute kernel_route_from_net(const NetRoute *route);
/* Returns the record that equals @route in what net_route_equal() compares, or NULL. */
KernelRoute *kernel_entry_find_route(const KernelEntry *entry, const KernelRoute *route);
/* Adds @route, or updates the equal one on record: it is ours from then on if either of both is ours. */
int kernel_entry_put_route(KernelEntry *entry, const KernelRoute *route, bool *ret_changed);
bool kernel_entry_drop_route(KernelEntry *entry, const KernelRoute *route);
/* Drops all routes but those whose notifications are still awaited, since they were added later. */
bool kernel_entry_drop_all_routes(KernelEntry *entry);
/*
 * The address @source has gone, and the kernel may have dropped routes that prefer it without a
 * notification, on the link @owner and on others. They are looked up.
 */
void kernel_entry_lose_source(Kernel *kernel, const KernelEntry *owner, struct in_addr source);
/* Call it when notifications were lost: the awaited ones will not come any more. */
void kernel_await_nothing(Kernel *kernel);
/* Returns true if @header is the notification of our request with the sequence number @awaited. */
bool kernel_is_awaited(const Kernel *kernel, const struct nlmsghdr *header, uint32_t awaited);

/* kernel-rules.c */

/*
 * @ifindex: the link that we made the rule for; 0: the rule comes from a message of the kernel, and its
 * owner on record does not change. @awaited: as in KernelRule. Negative errno: -ENOMEM.
 */
int kernel_rule_put(Kernel *kernel, const NetRule *rule, int ifindex, uint32_t awaited);
void kernel_rule_drop(Kernel *kernel, const NetRule *rule);
int kernel_parse_rule(Kernel *kernel, const struct nlmsghdr *header);
/* Called before and after a complete dump: rules that it did not show are gone. */
void kernel_rules_begin(Kernel *kernel);
void kernel_rules_end(Kernel *kernel);
void kernel_rules_adopt(Kernel *kernel, int ifindex, const NetRule *rule);
/* Appends the rules that we made for the link. */
void kernel_rules_owned(const Kernel *kernel, int ifindex, NetConfig *ret);
void kernel_rules_snapshot(Kernel *kernel, int ifindex, const NetConfig *desired, NetConfig *ret);
int kernel_build_rule(NetOp op, const NetRule *rule, struct nl_msg **ret);

/* kernel-tunnels.c */

/* @kind: IFLA_INFO_KIND, NULL: the driver names none. @arp_type: ARPHRD_*. @flags: IFF_*. */
bool kernel_is_tunnel(const char *kind, uint16_t arp_type, unsigned flags);
void kernel_entry_set_tunnel(Kernel *kernel, KernelEntry *entry, bool tunnel);
void kernel_entry_drop_tunnel_routes(Kernel *kernel, KernelEntry *entry);
/* Call it when changes may have been missed. */
void kernel_tunnels_mark_stale(Kernel *kernel);
/* Call it when an address of any link is gone: routes that prefer it may be gone, too. */
void kernel_tunnels_lose_source(Kernel *kernel, struct in_addr source);
int kernel_parse_tunnel_route(Kernel *kernel, const struct nlmsghdr *header);

/* kernel-parse.c. Attributes of a wrong length are treated as absent. */
bool kernel_get_u32(struct nlattr *attribute, uint32_t *ret);
bool kernel_get_address(struct nlattr *attribute, struct in_addr *ret);
/* Enters a message into the records. Ignores what does not parse. Negative errno: -ENOMEM only. */
int kernel_parse_link(Kernel *kernel, const struct nlmsghdr *header);
/*
 * Returns the entry that an RTM_DELLINK removes. NULL: no entry, or the message is about a bridge port or
 * the like.
 */
KernelEntry *kernel_parse_link_removed(Kernel *kernel, const struct nlmsghdr *header);
int kernel_parse_address(Kernel *kernel, const struct nlmsghdr *header);
int kernel_parse_route(Kernel *kernel, const struct nlmsghdr *header);
/* Returns true if the message is about a route through one link that has the form of ours. */
bool kernel_read_route(const struct nlmsghdr *header, KernelRoute *ret, int *ret_ifindex);

/* kernel-request.c */
typedef int (*KernelParser)(Kernel *kernel, const struct nlmsghdr *header);
/* Call it when the received messages are not read any more. */
void kernel_buffer_done(KernelBuffer *buffer);
int kernel_receive(int fd, int flags, KernelBuffer *buffer, size_t *ret_len);
int kernel_request_open(Kernel *kernel);
void kernel_request_close(Kernel *kernel);
/* Sends one message and takes its answer. Negative errno: the kernel's, or -ETIMEDOUT. */
int kernel_ask(Kernel *kernel, struct nl_msg *request, KernelParser parse);
/* Dumps. Positive: what it showed is true, but something changed while it ran (NLM_F_DUMP_INTR). */
int kernel_dump(Kernel *kernel, struct nl_msg *request, KernelParser parse);
/*
 * Sends @n messages that are in @data one after the other, with sequence numbers from @first_seq on, and
 * waits for their answers. On 0 every ret_results[i] is the kernel's; on failure those that did not come in
 * time are -ETIMEDOUT.
 */
int kernel_transact(Kernel *kernel, const void *data, size_t len, uint32_t first_seq, size_t n,
                    int *ret_results);
/*
 * Dumps and enters the result into the records. Differences are marked. Records that a complete dump did not
 * show are removed, except links, which the caller removes. Positive: every try was interrupted by a change,
 * so the records may lack or keep something.
 */
int kernel_load_links(Kernel *kernel);
int kernel_load_config(Kernel *kernel);
int kernel_load_routes_of(Kernel *kernel, KernelEntry *entry);
/*
 * Asks for one link, by @ifindex or, if that is 0, by @name, and enters it into the records. Negative errno:
 * -ENODEV for a link that the kernel does not have.
 */
int kernel_load_link(Kernel *kernel, int ifindex, const char *name);
/*
 * As kernel_dump(), for one link, and for everything on it, ours or not. Old kernels dump that of other
 * links as well.
 */
int kernel_dump_addresses_of(Kernel *kernel, int ifindex, KernelParser parse);
int kernel_dump_all_routes_of(Kernel *kernel, int ifindex, KernelParser parse);

/* kernel-apply.c: addresses and routes are on record from now on. */
int kernel_ensure_loaded(Kernel *kernel);

/*
 * kernel-restore.c: the kernel promotes secondary addresses of the link until the second call. Returns false
 * if it does so anyway, or refuses to: then there is no second call.
 */
bool kernel_hold_secondaries(Kernel *kernel, int ifindex);
void kernel_release_secondaries(Kernel *kernel, int ifindex);
/*
 * kernel-restore.c: around a deletion. kernel_keep() takes note of what is on the link, kernel_kept_forget()
 * says which address of ours is to go, and kernel_put_back() asks again for all else that is missing then,
 * and adds to *losses. Negative errno: the kernel could not be asked.
 */
int kernel_keep(Kernel *kernel, int ifindex, KernelKept *ret);
void kernel_kept_forget(KernelKept *kept, const NetAddress *address);
/*
 * Returns true if there is an address that should stay and that the kernel may remove together with this
 * one.
 */
bool kernel_kept_has_secondary(const KernelKept *kept, const NetAddress *address);
int kernel_put_back(Kernel *kernel, KernelKept *before, KernelLosses *losses);
void kernel_kept_clear(KernelKept *kept);

/* kernel.c */
usec_t kernel_monotonic(void);
/*
 * Call it when the records may be wrong. Everything is dumped a little later, and before that at every
 * snapshot.
 */
void kernel_mark_lost(Kernel *kernel);
