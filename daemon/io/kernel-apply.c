/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshot of one link and execution of a plan.
 *
 * Requests are built by libnl-route; a plan goes out in few sendmsg() calls, but for deletions of
 * addresses, which may cost others something (kernel-restore.c), and each step's own answer decides what
 * becomes of its record. What the kernel confirmed is in the next snapshot, whether its notification was
 * read or not. Never touches an object that the plan does not name, and never replaces a route.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/addr.h>
#include <netlink/msg.h>
#include <netlink/route/addr.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "io/kernel-internal.h"

static void nl_msg_freep(struct nl_msg **p) {
        nlmsg_free(*p);
}

static void nl_addr_freep(struct nl_addr **p) {
        nl_addr_put(*p);
}

static void rtnl_addr_freep(struct rtnl_addr **p) {
        rtnl_addr_put(*p);
}

static void rtnl_route_freep(struct rtnl_route **p) {
        rtnl_route_put(*p);
}

/* Links */

/* @mtu 0: stays as it is. */
static int set_link(Kernel *kernel, const struct ifinfomsg *info, uint32_t mtu) {
        _cleanup_(nl_msg_freep) struct nl_msg *message =
                nlmsg_alloc_simple(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK);
        struct nlmsghdr *header;
        int r, result;

        if (!message || nlmsg_append(message, (void *) info, sizeof(*info), NLMSG_ALIGNTO) < 0 ||
            (mtu != 0 && nla_put_u32(message, IFLA_MTU, mtu) < 0))
                return -ENOMEM;
        header = nlmsg_hdr(message);
        header->nlmsg_seq = ++kernel->seq;
        r = kernel_transact(kernel, header, header->nlmsg_len, header->nlmsg_seq, 1, &result);
        return r < 0 ? r : result;
}

int kernel_set_up(Kernel *kernel, int ifindex, bool up) {
        KernelEntry *entry;
        int r;

        r = set_link(kernel,
                     &(const struct ifinfomsg){
                             .ifi_family = AF_UNSPEC,
                             .ifi_index = ifindex,
                             .ifi_change = IFF_UP,
                             .ifi_flags = up ? IFF_UP : 0,
                     },
                     /* mtu= */ 0);
        entry = r < 0 ? NULL : kernel_entry_find(kernel, ifindex);
        if (!entry)
                return r;
        entry->link.up = up;
        entry->link.carrier = entry->link.carrier && up;
        entry->link_dirty = true;
        return 0;
}

int kernel_set_mtu(Kernel *kernel, int ifindex, uint32_t mtu) {
        KernelEntry *entry = kernel_entry_find(kernel, ifindex);
        int r;

        if (!entry)
                return -ENODEV;
        r = set_link(kernel, &(const struct ifinfomsg){ .ifi_family = AF_UNSPEC, .ifi_index = ifindex },
                     mtu);
        /* The answer was lost, so the result is not known. Everything is dumped and compared soon. */
        if (r == -ETIMEDOUT)
                kernel_mark_lost(kernel);
        if (r < 0)
                return r;
        if (entry->link.mtu != mtu)
                entry->stale_mtu = entry->link.mtu;
        entry->link.mtu = mtu;
        return 0;
}

/* Snapshot */

static KernelAddress *find_address(const KernelEntry *entry, const NetAddress *address) {
        return kernel_entry_find_address(entry, address->address.v4, address->prefix_len);
}

/* The family of what @step is about. All that is on record is of IPv4, so nothing of IPv6 equals it. */
static uint8_t step_family(const NetStep *step) {
        switch (step->op) {
        case NET_OP_REMAKE_ADDRESS:
        case NET_OP_ADD_ADDRESS:
        case NET_OP_EXTEND_ADDRESS:
        case NET_OP_DEL_ADDRESS:
                return step->address.family;
        case NET_OP_ADD_ROUTE_ONLINK:
        case NET_OP_ADD_ROUTE_GATEWAY:
        case NET_OP_DEL_ROUTE:
                return step->route.family;
        case NET_OP_DEL_RULE:
        case NET_OP_ADD_RULE:
                return step->rule.family;
        case _NET_OP_MAX:
                break;
        }
        abort();
}

static void adopt(Kernel *kernel, int ifindex, const NetStep *object) {
        const KernelEntry *entry = kernel_entry_find(kernel, ifindex);

        if (step_family(object) != AF_INET)
                return;
        if (object->op == NET_OP_ADD_RULE)
                kernel_rules_adopt(kernel, ifindex, &object->rule);
        else if (entry && object->op == NET_OP_ADD_ADDRESS) {
                KernelAddress *found = find_address(entry, &object->address);

                if (found)
                        found->ours = true;
        } else if (entry) {
                const KernelRoute route = kernel_route_from_net(&object->route);
                KernelRoute *found = kernel_entry_find_route(entry, &route);

                if (found)
                        found->ours = true;
        }
}

/* Compares now if the records are loaded, otherwise when they are. */
static void adopt_soon(Kernel *kernel, int ifindex, const NetStep *object) {
        if (kernel->loaded)
                adopt(kernel, ifindex, object);
        else
                kernel->adoptions[kernel->n_adoptions++] = (KernelAdoption){ ifindex, *object };
}

int kernel_adopt(Kernel *kernel, int ifindex, const NetConfig *owned) {
        const size_t n = owned->n_addresses + owned->n_routes + owned->n_rules;

        if (!kernel->loaded && n > 0) {
                KernelAdoption *adoptions =
                        reallocarray(kernel->adoptions, kernel->n_adoptions + n, sizeof(*adoptions));

                if (!adoptions)
                        return -ENOMEM;
                kernel->adoptions = adoptions;
        }
        for (size_t i = 0; i < owned->n_addresses; i++)
                adopt_soon(kernel, ifindex,
                           &(const NetStep){ NET_OP_ADD_ADDRESS, .address = owned->addresses[i] });
        for (size_t i = 0; i < owned->n_routes; i++)
                adopt_soon(kernel, ifindex,
                           &(const NetStep){ NET_OP_ADD_ROUTE_ONLINK, .route = owned->routes[i] });
        for (size_t i = 0; i < owned->n_rules; i++)
                adopt_soon(kernel, ifindex, &(const NetStep){ NET_OP_ADD_RULE, .rule = owned->rules[i] });
        return 0;
}

static void append_owned(NetConfig *config, const NetStep *object) {
        if (object->op == NET_OP_ADD_RULE) {
                if (config->n_rules < NET_RULES_MAX)
                        config->rules[config->n_rules++] = object->rule;
        } else if (object->op == NET_OP_ADD_ADDRESS) {
                if (config->n_addresses < NET_ADDRESSES_MAX)
                        config->addresses[config->n_addresses++] = object->address;
        } else if (config->n_routes < NET_ROUTES_MAX)
                config->routes[config->n_routes++] = object->route;
}

void kernel_owned(const Kernel *kernel, int ifindex, NetConfig *ret) {
        const KernelEntry *entry = kernel_entry_find(kernel, ifindex);

        net_config_clear(ret, AF_INET);
        /* Objects that wait to be compared count as ours: somebody has to remove them. */
        for (size_t i = 0; i < kernel->n_adoptions; i++)
                if (kernel->adoptions[i].ifindex == ifindex)
                        append_owned(ret, &kernel->adoptions[i].object);
        kernel_rules_owned(kernel, ifindex, ret);
        for (size_t i = 0; entry && i < entry->n_addresses; i++) {
                const KernelAddress *address = &entry->addresses[i];

                if (address->ours)
                        append_owned(ret,
                                     &(const NetStep){ NET_OP_ADD_ADDRESS,
                                                       .address = { .family = AF_INET,
                                                                    .address.v4 = address->address,
                                                                    .prefix_len = address->prefix_len,
                                                                    .ours = true } });
        }
        for (size_t i = 0; entry && i < entry->n_routes; i++)
                if (entry->routes[i].ours)
                        append_owned(ret,
                                     &(const NetStep){ NET_OP_ADD_ROUTE_ONLINK,
                                                       .route = kernel_route_to_net(&entry->routes[i]) });
}

/* The first load is no change, so the handler is not called. */
static int load_first(Kernel *kernel) {
        int r;

        r = kernel_load_config(kernel);
        if (r < 0)
                return r;
        kernel->loaded = true;
        kernel->any_config_dirty = false;
        for (size_t i = 0; i < kernel->n_entries; i++)
                kernel->entries[i]->config_dirty = false;
        for (size_t i = 0; i < kernel->n_adoptions; i++)
                adopt(kernel, kernel->adoptions[i].ifindex, &kernel->adoptions[i].object);
        free(kernel->adoptions);
        kernel->adoptions = NULL;
        kernel->n_adoptions = 0;
        return 0;
}

int kernel_ensure_loaded(Kernel *kernel) {
        return kernel->loaded ? 0 : load_first(kernel);
}

static int ensure_current(Kernel *kernel, KernelEntry *entry) {
        const bool dirty = entry->config_dirty;
        int r;

        if (!kernel->loaded)
                return load_first(kernel);
        if (kernel->lost)
                /* the handler is told what differs on other links when the retry comes */
                return kernel_load_config(kernel);
        if (!entry->routes_stale)
                return 0;
        r = kernel_load_routes_of(kernel, entry);
        entry->config_dirty = dirty; /* the caller sees this link's changes in its snapshot */
        return r;
}

static bool address_desired(const NetConfig *desired, const KernelAddress *address) {
        for (size_t i = 0; i < desired->n_addresses; i++)
                if (desired->addresses[i].family == AF_INET &&
                    desired->addresses[i].address.v4.s_addr == address->address.s_addr &&
                    desired->addresses[i].prefix_len == address->prefix_len)
                        return true;
        return false;
}

static usec_t valid_until(const KernelAddress *address, usec_t now) {
        if (address->valid_until_monotonic == USEC_INFINITY)
                return USEC_INFINITY;
        return usec_add(now, usec_sub(address->valid_until_monotonic, kernel_monotonic()));
}

/*
 * There may be more objects of ours than a NetConfig holds, after an update that failed in the middle.
 * Objects that are desired come first, so the plan never asks for something that is there. The others take
 * the room that is left, and any surplus waits for the next plan.
 */
int kernel_snapshot(Kernel *kernel, int ifindex, usec_t now, const NetConfig *desired, NetConfig *ret) {
        KernelEntry *entry = kernel_entry_find(kernel, ifindex);
        int r;

        net_config_clear(ret, desired->family);
        if (desired->family != AF_INET)
                return -EAFNOSUPPORT; /* everything on record is of IPv4 */
        kernel_rules_snapshot(kernel, ifindex, desired, ret);
        if (!entry)
                return -ENODEV;
        r = ensure_current(kernel, entry);
        if (r < 0)
                return r;

        kernel_rules_snapshot(kernel, ifindex, desired, ret); /* of what was just loaded */
        for (int wanted = 1; wanted >= 0; wanted--) {
                for (size_t i = 0; i < entry->n_addresses && ret->n_addresses < NET_ADDRESSES_MAX; i++) {
                        const KernelAddress *address = &entry->addresses[i];

                        if (address_desired(desired, address) != wanted || (!wanted && !address->ours))
                                continue;
                        ret->addresses[ret->n_addresses++] = (NetAddress){
                                .family = AF_INET,
                                .address.v4 = address->address,
                                .prefix_len = address->prefix_len,
                                .broadcast = address->broadcast,
                                .valid_until = valid_until(address, now),
                                .ours = address->ours,
                        };
                }
                for (size_t i = 0; i < entry->n_routes && ret->n_routes < NET_ROUTES_MAX; i++) {
                        const NetRoute route = kernel_route_to_net(&entry->routes[i]);

                        if ((net_config_find_route(desired, &route) != NULL) == wanted &&
                            (wanted || route.ours))
                                ret->routes[ret->n_routes++] = route;
                }
        }
        return 0;
}

/* Messages */

static int build_nl_addr(struct in_addr address, uint8_t prefix_len, struct nl_addr **ret) {
        *ret = nl_addr_build(AF_INET, &address, sizeof(address));
        if (!*ret)
                return -ENOMEM;
        nl_addr_set_prefixlen(*ret, prefix_len);
        return 0;
}

/* Whole seconds, rounded down: the address must not outlive the lease. UINT32_MAX is for ever. */
static uint32_t lifetime_sec(usec_t now, usec_t until) {
        const usec_t sec = usec_sub(until, now) / USEC_PER_SEC;

        return until == USEC_INFINITY || sec >= UINT32_MAX ? UINT32_MAX : (uint32_t) sec;
}

/*
 * @known: the address is on the link as far as we know, and gets another lifetime. Otherwise the request
 * must fail if somebody else has put the address there.
 */
static int build_address(int ifindex, usec_t now, NetOp op, const NetAddress *address, bool known,
                         struct nl_msg **ret) {
        _cleanup_(nl_addr_freep) struct nl_addr *local = NULL, *broadcast = NULL;
        _cleanup_(rtnl_addr_freep) struct rtnl_addr *object = rtnl_addr_alloc();
        int r;

        if (!object)
                return -ENOMEM;
        r = build_nl_addr(address->address.v4, address->prefix_len, &local);
        if (r < 0)
                return r;
        rtnl_addr_set_family(object, AF_INET);
        rtnl_addr_set_ifindex(object, ifindex);
        if (rtnl_addr_set_local(object, local) < 0)
                return -ENOMEM;
        rtnl_addr_set_prefixlen(object, address->prefix_len);
        if (op == NET_OP_DEL_ADDRESS)
                return rtnl_addr_build_delete_request(object, 0, ret) < 0 ? -ENOMEM : 0;

        if (lifetime_sec(now, address->valid_until) == 0)
                return -ETIME; /* the kernel knows no lifetime of less than a second */
        /* RFC 3927 §2.6.2: nothing from such an address may leave the link. */
        rtnl_addr_set_scope(object,
                            ip4_is_link_local(address->address.v4) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
        rtnl_addr_set_flags(object, IFA_F_NOPREFIXROUTE);
        rtnl_addr_set_valid_lifetime(object, lifetime_sec(now, address->valid_until));
        rtnl_addr_set_preferred_lifetime(object, lifetime_sec(now, address->valid_until));
        if (address->broadcast.s_addr != 0) {
                r = build_nl_addr(address->broadcast, 32, &broadcast);
                if (r < 0)
                        return r;
                if (rtnl_addr_set_broadcast(object, broadcast) < 0)
                        return -ENOMEM;
        }
        return rtnl_addr_build_add_request(object, NLM_F_CREATE | (known ? NLM_F_REPLACE : NLM_F_EXCL),
                                           ret) < 0
                ? -ENOMEM
                : 0;
}

/*
 * The kernel takes NLM_F_REPLACE of an address that is there as new lifetimes, and as a new metric and a new
 * protocol too: without the first the kernel would make the prefix route of that address anew. So both are
 * sent as they are.
 */
static int build_extension(const KernelEntry *entry, usec_t now, const NetAddress *address,
                           struct nl_msg **ret) {
        const KernelAddress *found = entry ? find_address(entry, address) : NULL;
        struct nl_msg *message;
        int r;

        if (!found)
                return -EADDRNOTAVAIL;
        r = build_address(entry->link.ifindex, now, NET_OP_ADD_ADDRESS, address, /* known= */ true,
                          &message);
        if (r < 0)
                return r;
        if ((found->metric != 0 && nla_put_u32(message, IFA_RT_PRIORITY, found->metric) < 0) ||
            (found->protocol != 0 && nla_put_u8(message, IFA_PROTO, found->protocol) < 0)) {
                nlmsg_free(message);
                return -ENOMEM;
        }
        *ret = message;
        return 0;
}

static int build_route(int ifindex, NetOp op, const NetRoute *route, struct nl_msg **ret) {
        _cleanup_(nl_addr_freep) struct nl_addr *dst = NULL, *gateway = NULL, *prefsrc = NULL;
        _cleanup_(rtnl_route_freep) struct rtnl_route *object = rtnl_route_alloc();
        struct rtnl_nexthop *hop;
        int r;

        if (!object)
                return -ENOMEM;
        r = build_nl_addr(route->dst.v4, route->prefix_len, &dst);
        if (r < 0)
                return r;
        rtnl_route_set_family(object, AF_INET);
        rtnl_route_set_type(object, RTN_UNICAST);
        rtnl_route_set_protocol(object, RTPROT_DHCP);
        rtnl_route_set_scope(object, route->gateway.v4.s_addr == 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
        rtnl_route_set_table(object, route->table);
        rtnl_route_set_priority(object, route->metric);
        if (rtnl_route_set_dst(object, dst) < 0)
                return -ENOMEM;
        if (route->prefsrc.v4.s_addr != 0) {
                r = build_nl_addr(route->prefsrc.v4, 32, &prefsrc);
                if (r < 0)
                        return r;
                if (rtnl_route_set_pref_src(object, prefsrc) < 0)
                        return -ENOMEM;
        }
        /*
         * Routes that differ in their MTU alone live side by side, the first one in use. A deletion without
         * an MTU would take whichever comes first; one that says 0 takes the route that has none.
         */
        if ((route->mtu != 0 || op == NET_OP_DEL_ROUTE) &&
            rtnl_route_set_metric(object, RTAX_MTU, route->mtu) < 0)
                return -ENOMEM;

        hop = rtnl_route_nh_alloc();
        if (!hop)
                return -ENOMEM;
        rtnl_route_nh_set_ifindex(hop, ifindex);
        rtnl_route_add_nexthop(object, hop); /* owned by the route now */
        if (route->gateway.v4.s_addr != 0) {
                r = build_nl_addr(route->gateway.v4, 32, &gateway);
                if (r < 0)
                        return r;
                rtnl_route_nh_set_gateway(hop, gateway);
        }
        if (op == NET_OP_DEL_ROUTE)
                return rtnl_route_build_del_request(object, 0, ret) < 0 ? -ENOMEM : 0;
        return rtnl_route_build_add_request(object, NLM_F_CREATE | NLM_F_APPEND, ret) < 0 ? -ENOMEM : 0;
}

static int build_step(Kernel *kernel, int ifindex, usec_t now, const NetStep *step, struct nl_msg **ret) {
        const KernelEntry *entry = kernel_entry_find(kernel, ifindex);

        if (step_family(step) != AF_INET)
                return -EAFNOSUPPORT;
        switch (step->op) {
        case NET_OP_EXTEND_ADDRESS:
                return build_extension(entry, now, &step->address, ret);
        case NET_OP_DEL_ADDRESS:
        case NET_OP_ADD_ADDRESS:
        case NET_OP_REMAKE_ADDRESS:
                return build_address(ifindex, now, step->op, &step->address,
                                     entry && find_address(entry, &step->address), ret);
        case NET_OP_ADD_ROUTE_ONLINK:
        case NET_OP_ADD_ROUTE_GATEWAY:
        case NET_OP_DEL_ROUTE:
                return build_route(ifindex, step->op, &step->route, ret);
        case NET_OP_DEL_RULE:
        case NET_OP_ADD_RULE:
                return kernel_build_rule(step->op, &step->rule, ret);
        case _NET_OP_MAX:
                break;
        }
        abort();
}

/* Execution */

/* Returns true if the kernel refused the step because the result is there already. */
static bool step_is_done(const NetStep *step, int result) {
        switch (step->op) {
        case NET_OP_DEL_ADDRESS:
        case NET_OP_DEL_ROUTE:
        case NET_OP_DEL_RULE:
                return result == 0 || result == -ENOENT || result == -ESRCH || result == -EADDRNOTAVAIL ||
                        result == -ENODEV;
        case NET_OP_ADD_ADDRESS:
        case NET_OP_REMAKE_ADDRESS:
        case NET_OP_ADD_ROUTE_ONLINK:
        case NET_OP_ADD_ROUTE_GATEWAY:
        case NET_OP_ADD_RULE:
                return result == 0 || result == -EEXIST; /* with NLM_F_APPEND: equal in everything */
        case NET_OP_EXTEND_ADDRESS:
                return result == 0;
        case _NET_OP_MAX:
                break;
        }
        abort();
}

/* Returns until when the kernel keeps an address that it was just given; see KernelAddress. */
static usec_t monotonic_until(usec_t now, usec_t until) {
        const uint32_t sec = lifetime_sec(now, until);

        return sec == UINT32_MAX ? USEC_INFINITY : usec_add(kernel_monotonic(), sec * USEC_PER_SEC);
}

/*
 * @entry is NULL when the link is not known any more; the notification clears up. @seq: of the request,
 * when the kernel made what it asks for; 0: it was there, and whose it is stays as it is.
 */
static int record_step(Kernel *kernel, KernelEntry *entry, usec_t now, const NetStep *step, uint32_t seq) {
        KernelAddress *known;
        KernelAddress address;
        KernelRoute route;
        bool changed;

        if (step->op == NET_OP_DEL_RULE)
                kernel_rule_drop(kernel, &step->rule);
        if (!entry)
                return 0;
        switch (step->op) {
        case NET_OP_DEL_ADDRESS:
                (void) kernel_entry_drop_address(kernel, entry, step->address.address.v4,
                                                 step->address.prefix_len);
                return 0;
        case NET_OP_EXTEND_ADDRESS:
                known = find_address(entry, &step->address);
                if (known) {
                        known->valid_until_monotonic = monotonic_until(now, step->address.valid_until);
                        known->awaited = seq;
                }
                return 0;
        case NET_OP_ADD_ADDRESS:
        case NET_OP_REMAKE_ADDRESS:
                entry->removed_by = 0;
                if (seq == 0) {
                        /* Somebody else set it, and the notification has not come yet. It is looked up. */
                        kernel_mark_lost(kernel);
                        return 0;
                }
                known = find_address(entry, &step->address);
                address = (KernelAddress){
                        .valid_until_monotonic = monotonic_until(now, step->address.valid_until),
                        .address = step->address.address.v4,
                        .broadcast = step->address.broadcast,
                        .prefix_len = step->address.prefix_len,
                        .ours = !known || known->ours,
                        .awaited = seq,
                };
                return kernel_entry_put_address(entry, &address, &changed);
        case NET_OP_ADD_ROUTE_ONLINK:
        case NET_OP_ADD_ROUTE_GATEWAY:
                entry->removed_by = 0;
                route = kernel_route_from_net(&step->route);
                route.awaited = seq;
                route.ours = seq != 0;
                return kernel_entry_put_route(entry, &route, &changed);
        case NET_OP_DEL_ROUTE:
                route = kernel_route_from_net(&step->route);
                (void) kernel_entry_drop_route(entry, &route);
                return 0;
        case NET_OP_ADD_RULE:
                return kernel_rule_put(kernel, &step->rule, seq != 0 ? entry->link.ifindex : 0, seq);
        case NET_OP_DEL_RULE:
                return 0; /* rules were handled above: a rule does not go with the link */
        case _NET_OP_MAX:
                break;
        }
        abort();
}

static bool op_adds(NetOp op) {
        return op == NET_OP_ADD_ADDRESS || op == NET_OP_ADD_ROUTE_ONLINK || op == NET_OP_ADD_ROUTE_GATEWAY ||
                op == NET_OP_ADD_RULE;
}

typedef struct Batch {
        _Alignas(struct nlmsghdr) uint8_t data[KERNEL_BATCH_SIZE];
        size_t len;
        const NetStep *steps[KERNEL_BATCH_MAX];
        size_t n;
        uint32_t first_seq;
} Batch;

/* Returns the first failure of the batch. */
static int batch_send(Kernel *kernel, Batch *batch, int ifindex, usec_t now) {
        KernelEntry *entry = kernel_entry_find(kernel, ifindex);
        int results[KERNEL_BATCH_MAX];
        int r, first = 0;

        if (batch->n == 0)
                return 0;
        r = kernel_transact(kernel, batch->data, batch->len, batch->first_seq, batch->n, results);
        if (r < 0) {
                /*
                 * Some steps may have been done although their answers were lost. Everything is dumped and
                 * compared soon.
                 */
                kernel_mark_lost(kernel);
                first = r;
        }
        for (size_t i = 0; i < batch->n; i++) {
                const NetStep *step = batch->steps[i];
                const bool unknown = r < 0 && results[i] == -ETIMEDOUT;

                if (step_is_done(step, results[i]) || (unknown && op_adds(step->op))) {
                        /*
                         * Objects that the kernel may have made are entered as ours. Otherwise nobody would
                         * ever remove them.
                         */
                        const int q =
                                record_step(kernel, entry, now, step,
                                            results[i] == -EEXIST ? 0 : batch->first_seq + (uint32_t) i);

                        if (q < 0 && first == 0)
                                first = q;
                } else if (first == 0)
                        first = results[i];
        }
        batch->n = batch->len = 0;
        return first;
}

static void batch_append(Kernel *kernel, Batch *batch, const NetStep *step, struct nl_msg *message) {
        struct nlmsghdr *header = nlmsg_hdr(message);

        header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
        header->nlmsg_seq = ++kernel->seq;
        if (batch->n == 0)
                batch->first_seq = header->nlmsg_seq;
        memset(batch->data + batch->len, 0, NLMSG_ALIGN(header->nlmsg_len));
        memcpy(batch->data + batch->len, header, header->nlmsg_len);
        batch->len += NLMSG_ALIGN(header->nlmsg_len);
        batch->steps[batch->n++] = step;
}

/* If there is no room, sends the messages in @batch first. */
static int batch_add(Kernel *kernel, Batch *batch, int ifindex, usec_t now, const NetStep *step) {
        _cleanup_(nl_msg_freep) struct nl_msg *message = NULL;
        int r, q = 0;

        r = build_step(kernel, ifindex, now, step, &message);
        if (r < 0)
                return r;
        if (batch->n == KERNEL_BATCH_MAX ||
            batch->len + NLMSG_ALIGN(nlmsg_hdr(message)->nlmsg_len) > sizeof(batch->data))
                q = batch_send(kernel, batch, ifindex, now);
        batch_append(kernel, batch, step, message);
        return q;
}

static void keep_first(int *first, int r) {
        if (r < 0 && *first == 0)
                *first = r;
}

static int send_alone(Kernel *kernel, Batch *batch, int ifindex, usec_t now, const NetStep *step) {
        const int r = batch_add(kernel, batch, ifindex, now, step);

        return r < 0 ? r : batch_send(kernel, batch, ifindex, now);
}

/*
 * Meanwhile an address of the same value with prefix length 32 is on the link, which is in no network. So
 * the kernel drops neither the routes that prefer the address nor all routes of the link.
 */
static int remake_address(Kernel *kernel, Batch *batch, int ifindex, usec_t now, const NetStep *step) {
        NetStep old = { .op = NET_OP_DEL_ADDRESS, .address = step->address };
        NetStep host = { .op = NET_OP_ADD_ADDRESS, .address = step->address };
        const KernelEntry *entry = kernel_entry_find(kernel, ifindex);
        bool made;
        int r;

        host.address.prefix_len = 32;
        host.address.broadcast.s_addr = INADDR_ANY;
        made = entry && !kernel_entry_find_address(entry, host.address.address.v4, 32) &&
                send_alone(kernel, batch, ifindex, now, &host) >= 0;
        r = send_alone(kernel, batch, ifindex, now, &old);
        keep_first(&r, send_alone(kernel, batch, ifindex, now, step));
        host.op = NET_OP_DEL_ADDRESS;
        if (made)
                keep_first(&r, send_alone(kernel, batch, ifindex, now, &host));
        return r;
}

/* Carries out the steps that delete addresses, which are next to each other in a plan. */
static int apply_with_care(Kernel *kernel, Batch *batch, int ifindex, usec_t now, const NetStep *steps,
                           size_t n, KernelLosses *losses) {
        KernelKept before;
        bool held = false;
        int r = 0, q;

        q = kernel_keep(kernel, ifindex, &before);
        for (size_t i = 0; q >= 0 && i < n; i++)
                kernel_kept_forget(&before, &steps[i].address);
        for (size_t i = 0; q >= 0 && i < n; i++)
                if (kernel_kept_has_secondary(&before, &steps[i].address)) {
                        held = kernel_hold_secondaries(kernel, ifindex);
                        break;
                }
        for (size_t i = 0; i < n; i++) {
                if (steps[i].op == NET_OP_REMAKE_ADDRESS)
                        keep_first(&r, remake_address(kernel, batch, ifindex, now, &steps[i]));
                else
                        keep_first(&r, batch_add(kernel, batch, ifindex, now, &steps[i]));
        }
        keep_first(&r, batch_send(kernel, batch, ifindex, now));
        if (held)
                kernel_release_secondaries(kernel, ifindex);
        if (q >= 0) {
                q = kernel_put_back(kernel, &before, losses);
                kernel_kept_clear(&before);
        }
        if (q < 0 && losses->n_lost == 0)
                losses->error = q;
        return r;
}

int kernel_apply(Kernel *kernel, int ifindex, usec_t now, const NetPlan *plan, KernelLosses *ret) {
        KernelLosses losses = { 0 };
        int first = 0;
        Batch batch;

        batch.n = batch.len = 0;
        for (size_t i = 0, n; i < plan->n_steps; i += n) {
                const NetOp op = plan->steps[i].op;

                n = 1;
                if ((op != NET_OP_DEL_ADDRESS && op != NET_OP_REMAKE_ADDRESS) ||
                    !kernel_entry_find(kernel, ifindex)) {
                        keep_first(&first, batch_add(kernel, &batch, ifindex, now, &plan->steps[i]));
                        continue;
                }
                while (i + n < plan->n_steps && plan->steps[i + n].op == op)
                        n++;
                keep_first(&first, batch_send(kernel, &batch, ifindex, now));
                keep_first(&first,
                           apply_with_care(kernel, &batch, ifindex, now, &plan->steps[i], n, &losses));
        }
        keep_first(&first, batch_send(kernel, &batch, ifindex, now));
        if (ret)
                *ret = losses;
        return first;
}
