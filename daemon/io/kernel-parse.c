/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Netlink messages into records.
 *
 * Takes dumps and notifications alike. Decodes only the attributes that are kept; a message about anything
 * else costs a look at its header. Never calls the handler: it marks the records.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "io/kernel-internal.h"

bool kernel_get_u32(struct nlattr *attribute, uint32_t *ret) {
        if (!attribute || nla_len(attribute) != sizeof(*ret))
                return false;
        *ret = nla_get_u32(attribute);
        return true;
}

bool kernel_get_address(struct nlattr *attribute, struct in_addr *ret) {
        if (!attribute || nla_len(attribute) != sizeof(*ret))
                return false;
        memcpy(ret, nla_data(attribute), sizeof(*ret));
        return true;
}

static void get_hw_address(struct nlattr *attribute, HwAddress *ret) {
        if (!attribute || nla_len(attribute) < 0 || nla_len(attribute) > (int) HW_ADDRESS_MAX)
                return;
        *ret = (HwAddress){ .len = (uint8_t) nla_len(attribute) };
        memcpy(ret->bytes, nla_data(attribute), ret->len);
}

/* Returns NULL if the message is too short. Callers have checked nothing. */
static const void *message_body(const struct nlmsghdr *header, size_t len) {
        return nlmsg_valid_hdr(header, (int) len) ? nlmsg_data(header) : NULL;
}

static bool link_equal(const KernelLink *a, const KernelLink *b) {
        return a->ifindex == b->ifindex && strcmp(a->ifname, b->ifname) == 0 &&
                link_altnames_equal(a->altnames, b->altnames) && a->arp_type == b->arp_type &&
                hw_address_equal(&a->address, &b->address) &&
                hw_address_equal(&a->broadcast, &b->broadcast) && a->up == b->up && a->noarp == b->noarp &&
                a->loopback == b->loopback && a->carrier == b->carrier &&
                a->carrier_changes == b->carrier_changes && a->mtu == b->mtu && a->master == b->master &&
                a->vrf_table == b->vrf_table && a->tunnel == b->tunnel;
}

/* Returns 0 for a link that is no VRF. */
static uint32_t get_vrf_table(struct nlattr *link_info) {
        struct nlattr *info[IFLA_INFO_MAX + 1], *data[IFLA_VRF_MAX + 1];
        uint32_t table = 0;

        if (nla_parse_nested(info, IFLA_INFO_MAX, link_info, NULL) < 0 || !info[IFLA_INFO_KIND] ||
            nla_strcmp(info[IFLA_INFO_KIND], "vrf") != 0 || !info[IFLA_INFO_DATA] ||
            nla_parse_nested(data, IFLA_VRF_MAX, info[IFLA_INFO_DATA], NULL) < 0)
                return 0;
        (void) kernel_get_u32(data[IFLA_VRF_TABLE], &table);
        return table;
}

/*
 * kernel_set_mtu() entered its value at once. Notifications that were queued before show the old value. The
 * first one that shows the new value is the notification of our change, and all that follow are later. A
 * dump is never older than our change.
 */
static void take_mtu(KernelEntry *entry, bool dump, uint32_t mtu, uint32_t *ret) {
        if (entry && !dump && mtu == entry->stale_mtu)
                return;
        if (entry && !dump && mtu == entry->link.mtu)
                entry->stale_mtu = 0;
        *ret = mtu;
}

/* NULL: the driver names none. The text in the message need not end with a NUL. */
static const char *get_kind(struct nlattr *link_info, char ret[static 32]) {
        struct nlattr *info[IFLA_INFO_MAX + 1];

        if (!link_info || nla_parse_nested(info, IFLA_INFO_MAX, link_info, NULL) < 0 ||
            !info[IFLA_INFO_KIND])
                return NULL;
        nla_strlcpy(ret, info[IFLA_INFO_KIND], 32);
        return ret;
}

/*
 * IFLA_PROP_LIST: the alternative names among the properties of a link, as base/link-names.h has them. A
 * name that is longer than the kernel takes today is left out and never cut short, since what is left of it
 * might be the name of another link.
 */
static int get_altnames(struct nlattr *list, char **ret) {
        char text[KERNEL_ALTNAMES_MAX];
        size_t size = 0;
        int remaining;

        *ret = NULL;
        if (!list)
                return 0;
        remaining = nla_len(list);
        for (struct nlattr *property = nla_data(list); nla_ok(property, remaining);
             property = nla_next(property, &remaining)) {
                const size_t max = (size_t) nla_len(property);
                size_t len;

                if (nla_type(property) != IFLA_ALT_IFNAME)
                        continue;
                len = strnlen(nla_data(property), max);
                if (len == 0 || len > LINK_NAME_MAX)
                        continue;
                if (size + len + 2 > sizeof(text))
                        break;
                memcpy(text + size, nla_data(property), len);
                size += len;
                text[size++] = '\0';
        }
        if (size == 0)
                return 0;
        text[size++] = '\0';
        *ret = malloc(size);
        if (!*ret)
                return -ENOMEM;
        memcpy(*ret, text, size);
        return 0;
}

static void freep(char **p) {
        free(*p);
}

int kernel_parse_link(Kernel *kernel, const struct nlmsghdr *header) {
        const struct ifinfomsg *info = message_body(header, sizeof(*info));
        struct nlattr *attributes[IFLA_MAX + 1];
        _cleanup_(freep) char *altnames = NULL;
        char kind[32];
        KernelEntry *entry;
        KernelLink link;
        uint8_t operstate;
        uint32_t value;
        bool tunnel, whole;
        int r;

        /* Messages of other families are about bridge ports and the like, with the same message type. */
        if (!info || info->ifi_family != AF_UNSPEC || info->ifi_index <= 0)
                return 0;
        if (nlmsg_parse((struct nlmsghdr *) header, sizeof(*info), attributes, IFLA_MAX, NULL) < 0)
                return 0;

        /*
         * Some notifications (wireless events) carry the header and little else: what is absent did not
         * change.
         */
        entry = kernel_entry_find(kernel, info->ifi_index);
        if (!entry && !attributes[IFLA_IFNAME])
                return 0;
        link = entry ? entry->link : (KernelLink){ .ifindex = info->ifi_index };
        operstate = entry ? entry->operstate : IF_OPER_UNKNOWN;

        if (attributes[IFLA_IFNAME]) {
                memset(link.ifname, 0, sizeof(link.ifname));
                nla_strlcpy(link.ifname, attributes[IFLA_IFNAME], sizeof(link.ifname));
        }
        get_hw_address(attributes[IFLA_ADDRESS], &link.address);
        get_hw_address(attributes[IFLA_BROADCAST], &link.broadcast);
        if (kernel_get_u32(attributes[IFLA_MTU], &value))
                take_mtu(entry, header->nlmsg_flags & NLM_F_MULTI, value, &link.mtu);
        if (kernel_get_u32(attributes[IFLA_CARRIER_CHANGES], &value))
                link.carrier_changes = value;
        whole = attributes[IFLA_IFNAME] && attributes[IFLA_OPERSTATE];
        /*
         * The kernel does not name what a link has lost. A whole description without a master, or without
         * names, therefore says that there is none.
         */
        if (whole) {
                r = get_altnames(attributes[IFLA_PROP_LIST], &altnames);
                if (r < 0)
                        return r;
                link.altnames = altnames;
        }
        if (whole)
                link.master = kernel_get_u32(attributes[IFLA_MASTER], &value) && value <= INT32_MAX
                        ? (int) value
                        : 0;
        if (attributes[IFLA_LINKINFO])
                link.vrf_table = get_vrf_table(attributes[IFLA_LINKINFO]);
        if (attributes[IFLA_OPERSTATE] && nla_len(attributes[IFLA_OPERSTATE]) == sizeof(uint8_t))
                operstate = nla_get_u8(attributes[IFLA_OPERSTATE]);
        link.arp_type = info->ifi_type;
        link.up = info->ifi_flags & IFF_UP;
        link.noarp = info->ifi_flags & IFF_NOARP;
        link.loopback = info->ifi_flags & IFF_LOOPBACK;
        tunnel = link.tunnel;
        if (whole)
                tunnel = kernel_is_tunnel(get_kind(attributes[IFLA_LINKINFO], kind), info->ifi_type,
                                          info->ifi_flags);
        link.carrier = (info->ifi_flags & IFF_UP) && (info->ifi_flags & IFF_LOWER_UP) &&
                (operstate == IF_OPER_UNKNOWN || operstate == IF_OPER_UP);

        if (!entry) {
                r = kernel_entry_insert(kernel, info->ifi_index, &entry);
                if (r < 0)
                        return r;
                entry->link_dirty = true;
        } else if (!link_equal(&entry->link, &link))
                entry->link_dirty = true;
        kernel_entry_set_tunnel(kernel, entry, tunnel);
        link.tunnel = tunnel;

        /* A link that goes down loses its routes without a notification. Its addresses stay. */
        if (entry->link.up && !link.up && kernel_entry_drop_all_routes(entry))
                kernel_entry_mark_config(kernel, entry);
        if (entry->link.up && !link.up)
                kernel_entry_drop_tunnel_routes(kernel, entry);

        if (whole) {
                free((char *) entry->link.altnames);
                altnames = NULL; /* the entry's from now on */
        }
        entry->link = link;
        entry->operstate = operstate;
        entry->seen = true;
        return 0;
}

KernelEntry *kernel_parse_link_removed(Kernel *kernel, const struct nlmsghdr *header) {
        const struct ifinfomsg *info = message_body(header, sizeof(*info));

        /* A link that leaves a bridge is announced as removed, too, in the bridge's family. */
        if (!info || info->ifi_family != AF_UNSPEC)
                return NULL;
        return kernel_entry_find(kernel, info->ifi_index);
}

static usec_t valid_until_of(struct nlattr *attribute) {
        struct ifa_cacheinfo cacheinfo;

        if (!attribute || nla_len(attribute) < (int) sizeof(cacheinfo))
                return USEC_INFINITY;
        memcpy(&cacheinfo, nla_data(attribute), sizeof(cacheinfo));
        if (cacheinfo.ifa_valid == UINT32_MAX)
                return USEC_INFINITY;
        return usec_add(kernel_monotonic(), cacheinfo.ifa_valid * USEC_PER_SEC);
}

/*
 * Routes that go together with something else are reported without a sender, after the object that took them
 * along.
 */
static void note_remover(const Kernel *kernel, KernelEntry *entry, const struct nlmsghdr *header) {
        if (header->nlmsg_pid != 0 && header->nlmsg_pid != kernel->request_port)
                entry->removed_by = header->nlmsg_pid;
}

int kernel_parse_address(Kernel *kernel, const struct nlmsghdr *header) {
        const struct ifaddrmsg *message = message_body(header, sizeof(*message));
        KernelAddress address = { .seen = true };
        struct nlattr *attributes[IFA_MAX + 1];
        struct in_addr peer;
        KernelAddress *found;
        KernelEntry *entry;
        bool changed;
        int r;

        if (!message || message->ifa_family != AF_INET || message->ifa_prefixlen > 32)
                return 0;
        entry = kernel_entry_find(kernel, (int) message->ifa_index);
        if (!entry)
                return 0; /* its notifications come after the one about the link */
        if (nlmsg_parse((struct nlmsghdr *) header, sizeof(*message), attributes, IFA_MAX, NULL) < 0)
                return 0;
        if (!kernel_get_address(attributes[IFA_LOCAL], &address.address))
                return 0;
        if (header->nlmsg_type == RTM_DELADDR)
                kernel_tunnels_lose_source(kernel, address.address);
        /* With a peer, the prefix is that of the peer. We never set such an address. */
        if (kernel_get_address(attributes[IFA_ADDRESS], &peer) && peer.s_addr != address.address.s_addr)
                return 0;
        address.prefix_len = message->ifa_prefixlen;

        found = kernel_entry_find_address(entry, address.address, address.prefix_len);
        if (found && kernel_is_awaited(kernel, header, found->awaited))
                found->awaited = 0;
        if (found && found->awaited != 0 && !(header->nlmsg_flags & NLM_F_MULTI)) {
                /* The address is there again, but the routes that went with it are not. */
                if (header->nlmsg_type == RTM_DELADDR) {
                        kernel_entry_lose_source(kernel, entry, address.address);
                        kernel_entry_mark_config(kernel, entry);
                }
                return 0;
        }
        if (header->nlmsg_type == RTM_DELADDR) {
                if (kernel_entry_drop_address(kernel, entry, address.address, address.prefix_len)) {
                        note_remover(kernel, entry, header);
                        kernel_entry_mark_config(kernel, entry);
                }
                return 0;
        }

        (void) kernel_get_address(attributes[IFA_BROADCAST], &address.broadcast);
        (void) kernel_get_u32(attributes[IFA_RT_PRIORITY], &address.metric);
        if (attributes[IFA_PROTO] && nla_len(attributes[IFA_PROTO]) == sizeof(uint8_t))
                address.protocol = nla_get_u8(attributes[IFA_PROTO]);
        address.valid_until_monotonic = valid_until_of(attributes[IFA_CACHEINFO]);
        r = kernel_entry_put_address(entry, &address, &changed);
        if (r < 0)
                return r;
        if (changed)
                kernel_entry_mark_config(kernel, entry);
        return 0;
}

/*
 * Our routes have one plain next hop. Any other form was made by somebody else, in the same protocol's name.
 * (A route of several hops has no RTA_OIF, so it belongs to no link.)
 */
static bool route_has_our_form(const struct rtmsg *message, struct nlattr *attributes[static RTA_MAX + 1]) {
        const bool on_link = !attributes[RTA_GATEWAY];

        return message->rtm_type == RTN_UNICAST && message->rtm_tos == 0 && message->rtm_src_len == 0 &&
                message->rtm_dst_len <= 32 &&
                message->rtm_scope == (on_link ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE) &&
                !attributes[RTA_NH_ID] && !attributes[RTA_VIA] && !attributes[RTA_ENCAP];
}

static void get_route(const struct rtmsg *message, struct nlattr *attributes[static RTA_MAX + 1],
                      KernelRoute *ret) {
        struct nlattr *metrics[RTAX_MAX + 1];

        *ret = (KernelRoute){ .prefix_len = message->rtm_dst_len, .table = message->rtm_table };
        (void) kernel_get_address(attributes[RTA_DST], &ret->dst);
        (void) kernel_get_address(attributes[RTA_GATEWAY], &ret->gateway);
        (void) kernel_get_address(attributes[RTA_PREFSRC], &ret->prefsrc);
        (void) kernel_get_u32(attributes[RTA_PRIORITY], &ret->metric);
        (void) kernel_get_u32(attributes[RTA_TABLE], &ret->table);
        if (attributes[RTA_METRICS] &&
            nla_parse_nested(metrics, RTAX_MAX, attributes[RTA_METRICS], NULL) >= 0)
                (void) kernel_get_u32(metrics[RTAX_MTU], &ret->mtu);
}

bool kernel_read_route(const struct nlmsghdr *header, KernelRoute *ret, int *ret_ifindex) {
        const struct rtmsg *message = message_body(header, sizeof(*message));
        struct nlattr *attributes[RTA_MAX + 1];
        uint32_t ifindex;

        if (!message || message->rtm_family != AF_INET || message->rtm_protocol != RTPROT_DHCP ||
            nlmsg_parse((struct nlmsghdr *) header, sizeof(*message), attributes, RTA_MAX, NULL) < 0 ||
            !route_has_our_form(message, attributes) || !kernel_get_u32(attributes[RTA_OIF], &ifindex))
                return false;
        get_route(message, attributes, ret);
        *ret_ifindex = (int) ifindex;
        return true;
}

/*
 * "ip route replace" puts a route in the place of the first that has the same destination, table and metric,
 * and tells only of the new one. So it is looked up whether the old route was ours.
 */
static void mark_replaced(Kernel *kernel, const struct nlmsghdr *header, const KernelRoute *by) {
        for (size_t i = 0; i < kernel->n_entries; i++) {
                KernelEntry *entry = kernel->entries[i];

                for (size_t k = 0; k < entry->n_routes; k++) {
                        const KernelRoute *route = &entry->routes[k];

                        if (route->dst.s_addr != by->dst.s_addr || route->prefix_len != by->prefix_len ||
                            route->table != by->table || route->metric != by->metric)
                                continue;
                        entry->routes_stale = true;
                        note_remover(kernel, entry, header);
                        kernel_entry_mark_config(kernel, entry);
                        break;
                }
        }
}

/*
 * Skip dumps, and the kernel's own notifications, which may be about flags that a driver set (sysctl
 * fib_notify_on_flag_change).
 */
static bool is_made_by_others(const Kernel *kernel, const struct nlmsghdr *header) {
        return !(header->nlmsg_flags & NLM_F_MULTI) && header->nlmsg_pid != 0 &&
                header->nlmsg_pid != kernel->request_port;
}

int kernel_parse_route(Kernel *kernel, const struct nlmsghdr *header) {
        const struct rtmsg *message = message_body(header, sizeof(*message));
        struct nlattr *attributes[RTA_MAX + 1];
        KernelRoute *found, route;
        KernelEntry *entry;
        int ifindex;
        bool changed, replaces;
        int r;

        if (!message || message->rtm_family != AF_INET || message->rtm_dst_len > 32 ||
            (message->rtm_flags & RTM_F_CLONED))
                return 0;
        r = kernel_parse_tunnel_route(kernel, header);
        if (r < 0)
                return r;
        replaces = header->nlmsg_type == RTM_NEWROUTE && (header->nlmsg_flags & NLM_F_REPLACE);
        if (message->rtm_protocol != RTPROT_DHCP && !replaces)
                return 0;
        if (nlmsg_parse((struct nlmsghdr *) header, sizeof(*message), attributes, RTA_MAX, NULL) < 0)
                return 0;

        get_route(message, attributes, &route);
        if (replaces)
                mark_replaced(kernel, header, &route);

        if (!kernel_read_route(header, &route, &ifindex))
                return 0;
        entry = kernel_entry_find(kernel, ifindex);
        if (!entry)
                return 0;

        found = kernel_entry_find_route(entry, &route);
        if (found && kernel_is_awaited(kernel, header, found->awaited)) {
                found->awaited = 0;
                return 0;
        }
        if (found && found->awaited != 0 && !(header->nlmsg_flags & NLM_F_MULTI))
                return 0;
        if (header->nlmsg_type == RTM_DELROUTE) {
                changed = kernel_entry_drop_route(entry, &route);
                if (changed)
                        note_remover(kernel, entry, header);
        } else if (found && is_made_by_others(kernel, header)) {
                /* Our route went without a notification, and somebody else put this one in its place. */
                changed = found->ours;
                found->ours = false;
                found->seen = true;
        } else {
                r = kernel_entry_put_route(entry, &route, &changed);
                if (r < 0)
                        return r;
        }
        if (changed)
                kernel_entry_mark_config(kernel, entry);
        return 0;
}
