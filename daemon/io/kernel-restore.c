/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Gives others back what the kernel takes from them when one of our addresses is deleted.
 *
 * Linux takes more than was asked for:
 *
 *   - without the sysctl promote_secondaries, every other address of the same network on the link goes with
 *     the first one;
 *   - with the last IPv4 address of a link go all routes through it, in all tables, whoever made them, and
 *     the hops through it of routes of several hops are dead;
 *   - with the last address of a value go the routes that prefer it as their source.
 *
 * The first is prevented: while we delete, the kernel promotes the addresses of the link. So no program
 * hears that its address was deleted. (dhcpcd would give up its lease.) The setting is changed by netlink,
 * since the sandbox keeps the sysctl from us, and only where the link's own value is 0 and an address of
 * others would go. It is 0 again after the deletion, which takes some tens of microseconds. What an
 * administrator writes there within that time is lost. If we are killed within that time, the kernel goes on
 * promoting on that link: this is what systemd sets on all links, and costs nobody an address. The link also
 * stops following net.ipv4.conf.default.promote_secondaries, as it does whenever its own value is written.
 * The value of "all" cannot be seen here; where that is 1, ours changes nothing.
 *
 * The rest is repaired. We do not predict what the kernel removes: the link is dumped before a deletion and
 * after it, and what is missing without being asked for is added again. The message of the dump is the
 * request, so an address keeps its label, flags, scope, peer, protocol and lifetimes, and a route keeps
 * every attribute. Addresses and routes go back in the order of the dump, and routes are appended: among
 * those of one key the first one is in use. A gateway needs the route that it is reached by, so what fails
 * is tried again after the rest, until a round brings nothing. Nothing is ever replaced. Our own objects are
 * put back in the same way: a second address of ours may well be the one that the kernel takes.
 *
 * On a kernel that does not let us set promotion, addresses are repaired too.
 *
 * What cannot be put back is told: above all routes of others that prefer the very address that is deleted.
 * Those of them that go through other links are not even seen here.
 *
 * A dump costs some tens of microseconds. It is made only for the deletion of an address, so no renewal pays
 * for it. The kernel counts lifetimes in whole seconds and tells them rounded up, so one of somebody else's
 * may grow by less than a second.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/macro.h"
#include "io/kernel-internal.h"

/* a gateway behind a gateway is as deep as routes go; held by put_back_missing() */
#define PASSES_MAX 4u
/* bytes: some forty thousand routes through one link; held by append() */
#define KEPT_LEN_MAX (4u << 20)
#define KEPT_FLAGS   (RTNH_F_ONLINK | RTNH_F_PERVASIVE)

/* One message, as a request; the next begins behind it. */
typedef struct Kept {
        uint32_t len; /* with this header, aligned */
        int error;    /* of the last try to put it back, negative errno */
        bool dead;    /* a route of several hops, of which one through the link is dead */
        bool missing;
        bool ours;
        bool forgotten;         /* it is to be gone */
        struct nlmsghdr header; /* the message itself */
} Kept;

static void nl_msg_freep(struct nl_msg **p) {
        nlmsg_free(*p);
}

/* Returns the link's own setting. A setting that cannot be read is left alone, as if it were on. */
static int parse_promotion(Kernel *kernel, const struct nlmsghdr *header) {
        struct nlattr *attributes[IFLA_MAX + 1], *inet, *conf;
        uint32_t value;

        kernel->promotes = true;
        if (!nlmsg_valid_hdr(header, sizeof(struct ifinfomsg)) ||
            nlmsg_parse((struct nlmsghdr *) header, sizeof(struct ifinfomsg), attributes, IFLA_MAX, NULL) <
                    0 ||
            !attributes[IFLA_AF_SPEC])
                return 0;
        inet = nla_find(nla_data(attributes[IFLA_AF_SPEC]), nla_len(attributes[IFLA_AF_SPEC]), AF_INET);
        conf = inet ? nla_find(nla_data(inet), nla_len(inet), IFLA_INET_CONF) : NULL;
        /* An array of numbers, the first one of which is IPV4_DEVCONF_FORWARDING, 1. */
        if (!conf || (size_t) nla_len(conf) < IPV4_DEVCONF_PROMOTE_SECONDARIES * sizeof(value))
                return 0;
        memcpy(&value, (uint8_t *) nla_data(conf) + (IPV4_DEVCONF_PROMOTE_SECONDARIES - 1) * sizeof(value),
               sizeof(value));
        kernel->promotes = value != 0;
        return 0;
}

static int set_promotion(Kernel *kernel, int ifindex, bool on) {
        const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
        _cleanup_(nl_msg_freep) struct nl_msg *message =
                nlmsg_alloc_simple(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK);
        struct nlattr *families, *inet, *conf;
        int r, result;

        if (!message || nlmsg_append(message, (void *) &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
            !(families = nla_nest_start(message, IFLA_AF_SPEC)) ||
            !(inet = nla_nest_start(message, AF_INET)) ||
            !(conf = nla_nest_start(message, IFLA_INET_CONF)) ||
            nla_put_u32(message, IPV4_DEVCONF_PROMOTE_SECONDARIES, on) < 0)
                return -ENOMEM;
        nla_nest_end(message, conf);
        nla_nest_end(message, inet);
        nla_nest_end(message, families);
        nlmsg_hdr(message)->nlmsg_seq = ++kernel->seq;
        r = kernel_transact(kernel, nlmsg_hdr(message), nlmsg_hdr(message)->nlmsg_len,
                            nlmsg_hdr(message)->nlmsg_seq, 1, &result);
        return r < 0 ? r : result;
}

bool kernel_hold_secondaries(Kernel *kernel, int ifindex) {
        const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
        _cleanup_(nl_msg_freep) struct nl_msg *request = nlmsg_alloc_simple(RTM_GETLINK, 0);
        int r;

        if (kernel->promotion_denied || !request ||
            nlmsg_append(request, (void *) &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
            kernel_ask(kernel, request, parse_promotion) < 0 || kernel->promotes)
                return false;
        r = set_promotion(kernel, ifindex, /* on= */ true);
        kernel->promotion_denied = r == -EPERM || r == -EOPNOTSUPP || r == -EINVAL;
        return r >= 0;
}

void kernel_release_secondaries(Kernel *kernel, int ifindex) {
        (void) set_promotion(kernel, ifindex, /* on= */ false);
}

void kernel_kept_clear(KernelKept *kept) {
        free(kept->data);
        *kept = (KernelKept){ 0 };
}

static Kept *first(const KernelKept *kept) {
        return kept->len > 0 ? (Kept *) kept->data : NULL;
}

static Kept *next(const KernelKept *kept, Kept *item) {
        uint8_t *p = (uint8_t *) item + item->len;

        return p < kept->data + kept->len ? (Kept *) p : NULL;
}

static int append(KernelKept *kept, const struct nlmsghdr *header, bool dead, bool ours) {
        const size_t len = NLMSG_ALIGN(offsetof(Kept, header) + header->nlmsg_len + sizeof(void *) - 1) &
                ~(sizeof(void *) - 1);
        Kept *item;

        if (kept->len + len > KEPT_LEN_MAX) {
                kept->overflow = true;
                return 0;
        }
        if (kept->len + len > kept->max) {
                const size_t max = MAX(kept->max * 2, kept->len + len + 4096);
                uint8_t *data = realloc(kept->data, max);

                if (!data)
                        return -ENOMEM;
                kept->data = data;
                kept->max = max;
        }
        item = (Kept *) (kept->data + kept->len);
        memset(item, 0, len);
        item->len = (uint32_t) len;
        item->dead = dead;
        item->ours = ours;
        memcpy(&item->header, header, header->nlmsg_len);
        item->header.nlmsg_flags = 0;
        item->header.nlmsg_pid = item->header.nlmsg_seq = 0;
        kept->len += len;
        return 0;
}

/* The kernel rounds the rest of a lifetime up, and our address must not outlive the lease. */
static void shorten_lifetime(struct nlattr *attribute) {
        struct ifa_cacheinfo cacheinfo;

        if (!attribute || nla_len(attribute) < (int) sizeof(cacheinfo))
                return;
        memcpy(&cacheinfo, nla_data(attribute), sizeof(cacheinfo));
        if (cacheinfo.ifa_valid != UINT32_MAX)
                cacheinfo.ifa_valid -= cacheinfo.ifa_valid > 1;
        if (cacheinfo.ifa_prefered != UINT32_MAX)
                cacheinfo.ifa_prefered -= cacheinfo.ifa_prefered > 1;
        memcpy(nla_data(attribute), &cacheinfo, sizeof(cacheinfo));
}

static int keep_address(Kernel *kernel, const struct nlmsghdr *header) {
        const struct ifaddrmsg *message =
                nlmsg_valid_hdr(header, sizeof(*message)) ? nlmsg_data(header) : NULL;
        KernelKept *kept = kernel->kept;
        const KernelEntry *entry = kernel_entry_find(kernel, kept->ifindex);
        struct nlattr *attributes[IFA_MAX + 1];
        const KernelAddress *known;
        struct in_addr local;

        if (!message || message->ifa_family != AF_INET || (int) message->ifa_index != kept->ifindex ||
            nlmsg_parse((struct nlmsghdr *) header, sizeof(*message), attributes, IFA_MAX, NULL) < 0 ||
            !kernel_get_address(attributes[IFA_LOCAL], &local))
                return 0;
        known = entry ? kernel_entry_find_address(entry, local, message->ifa_prefixlen) : NULL;
        if (known && known->ours)
                shorten_lifetime(attributes[IFA_CACHEINFO]);
        return append(kept, header, /* dead= */ false, known && known->ours);
}

/* Masks the flags of each hop that say how it is just now. Returns true if a hop goes through the link. */
static bool clean_hops(struct nlattr *attribute, int ifindex, bool *ret_dead) {
        uint8_t *p = nla_data(attribute);
        size_t left = (size_t) nla_len(attribute);
        bool through = false;

        while (left >= sizeof(struct rtnexthop)) {
                struct rtnexthop hop;

                memcpy(&hop, p, sizeof(hop));
                if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left)
                        break;
                if (hop.rtnh_ifindex == ifindex) {
                        through = true;
                        *ret_dead = *ret_dead || (hop.rtnh_flags & RTNH_F_DEAD);
                }
                hop.rtnh_flags &= KEPT_FLAGS;
                memcpy(p, &hop, sizeof(hop));
                p += MIN((size_t) RTNH_ALIGN(hop.rtnh_len), left);
                left -= MIN((size_t) RTNH_ALIGN(hop.rtnh_len), left);
        }
        return through;
}

/* The kernel shows the hop of a nexthop object beside its number, and takes only one of the two. */
static bool belongs_to_hop(int type) {
        return type == RTA_OIF || type == RTA_GATEWAY || type == RTA_VIA || type == RTA_MULTIPATH ||
                type == RTA_ENCAP || type == RTA_ENCAP_TYPE;
}

static int keep_route(Kernel *kernel, const struct nlmsghdr *header) {
        const struct rtmsg *message = nlmsg_valid_hdr(header, sizeof(*message)) ? nlmsg_data(header) : NULL;
        _cleanup_(nl_msg_freep) struct nl_msg *copy = NULL;
        KernelKept *kept = kernel->kept;
        const KernelEntry *entry = kernel_entry_find(kernel, kept->ifindex);
        bool object = false, through = false, dead = false, ours = false;
        struct nlattr *attribute;
        struct rtmsg clean;
        KernelRoute route;
        int remaining, oif;

        /* Objects that the kernel made for an address come back with the address. */
        if (!message || message->rtm_family != AF_INET || (message->rtm_flags & RTM_F_CLONED) ||
            message->rtm_protocol == RTPROT_KERNEL)
                return 0;
        nlmsg_for_each_attr(attribute, (struct nlmsghdr *) header, (int) sizeof(*message), remaining)
                object = object || nla_type(attribute) == RTA_NH_ID;

        copy = nlmsg_alloc_size(header->nlmsg_len + NLMSG_HDRLEN);
        clean = *message;
        clean.rtm_flags &= KEPT_FLAGS;
        if (!copy || !nlmsg_put(copy, 0, 0, RTM_NEWROUTE, 0, 0) ||
            nlmsg_append(copy, &clean, sizeof(clean), NLMSG_ALIGNTO) < 0)
                return -ENOMEM;
        nlmsg_for_each_attr(attribute, (struct nlmsghdr *) header, (int) sizeof(*message), remaining) {
                const int type = nla_type(attribute);
                uint32_t ifindex;

                if (type == RTA_OIF && kernel_get_u32(attribute, &ifindex))
                        through = through || (int) ifindex == kept->ifindex;
                if (type == RTA_MULTIPATH)
                        through = clean_hops(attribute, kept->ifindex, &dead) || through;
                if (type == RTA_CACHEINFO || (object && belongs_to_hop(type)))
                        continue;
                if (nla_put(copy, attribute->nla_type, nla_len(attribute), nla_data(attribute)) < 0)
                        return -ENOMEM;
        }
        if (!through)
                return 0;
        if (entry && kernel_read_route(header, &route, &oif)) {
                const KernelRoute *known = kernel_entry_find_route(entry, &route);

                ours = known && known->ours;
        }
        return append(kept, nlmsg_hdr(copy), dead, ours);
}

static int dump_all(Kernel *kernel, KernelKept *kept) {
        int r = 1;

        for (unsigned i = 0; r > 0 && i < KERNEL_DUMP_TRIES; i++) {
                kept->len = 0;
                kernel->kept = kept;
                r = kernel_dump_addresses_of(kernel, kept->ifindex, keep_address);
                if (r >= 0) {
                        const int q = kernel_dump_all_routes_of(kernel, kept->ifindex, keep_route);

                        r = q < 0 ? q : r | q;
                }
                kernel->kept = NULL;
        }
        return MIN(r, 0);
}

int kernel_keep(Kernel *kernel, int ifindex, KernelKept *ret) {
        int r;

        *ret = (KernelKept){ .ifindex = ifindex };
        r = dump_all(kernel, ret);
        if (r < 0)
                kernel_kept_clear(ret);
        return r;
}

static bool address_equal(const struct nlmsghdr *a, const struct nlmsghdr *b) {
        const struct ifaddrmsg *x = nlmsg_data(a), *y = nlmsg_data(b);
        struct nlattr *of_x[IFA_MAX + 1], *of_y[IFA_MAX + 1];
        struct in_addr local_x, local_y, peer_x, peer_y;

        if (x->ifa_prefixlen != y->ifa_prefixlen ||
            nlmsg_parse((struct nlmsghdr *) a, sizeof(*x), of_x, IFA_MAX, NULL) < 0 ||
            nlmsg_parse((struct nlmsghdr *) b, sizeof(*y), of_y, IFA_MAX, NULL) < 0 ||
            !kernel_get_address(of_x[IFA_LOCAL], &local_x) || !kernel_get_address(of_y[IFA_LOCAL], &local_y))
                return false;
        peer_x = local_x;
        peer_y = local_y;
        (void) kernel_get_address(of_x[IFA_ADDRESS], &peer_x);
        (void) kernel_get_address(of_y[IFA_ADDRESS], &peer_y);
        return local_x.s_addr == local_y.s_addr && peer_x.s_addr == peer_y.s_addr;
}

/*
 * Compares addresses without what changes by itself: lifetimes, and whether it is the first of its network.
 */
static bool same(const Kept *a, const Kept *b) {
        if (a->header.nlmsg_type != b->header.nlmsg_type)
                return false;
        if (a->header.nlmsg_type == RTM_NEWADDR)
                return address_equal(&a->header, &b->header);
        return a->header.nlmsg_len == b->header.nlmsg_len &&
                memcmp(&a->header, &b->header, a->header.nlmsg_len) == 0;
}

static Kept *find(const KernelKept *kept, const Kept *wanted) {
        for (Kept *item = first(kept); item; item = next(kept, item))
                if (same(item, wanted))
                        return item;
        return NULL;
}

/* Returns true if the link has anything that could be lost. */
static bool has_more(const KernelKept *kept) {
        for (Kept *item = first(kept); item; item = next(kept, item))
                if (!item->forgotten)
                        return true;
        return false;
}

/* Both dumps have the same order, so the next item of one is nearly always the next of the other. */
static void mark_missing(const KernelKept *before, const KernelKept *after) {
        Kept *expected = first(after);

        for (Kept *item = first(before); item; item = next(before, item)) {
                Kept *found = expected && same(expected, item) ? expected : find(after, item);

                item->missing = !item->forgotten && (!found || (found->dead && !item->dead));
                item->dead = found; /* there, but of no use */
                if (found)
                        expected = next(after, found);
        }
}

static int request(Kernel *kernel, Kept *item, int type, int flags) {
        struct nlmsghdr *header = &item->header;
        const uint16_t was = header->nlmsg_type;
        int r, result;

        header->nlmsg_type = (uint16_t) type;
        header->nlmsg_flags = (uint16_t) (NLM_F_REQUEST | NLM_F_ACK | flags);
        header->nlmsg_seq = ++kernel->seq;
        r = kernel_transact(kernel, header, header->nlmsg_len, header->nlmsg_seq, 1, &result);
        header->nlmsg_type = was;
        return r < 0 ? r : result;
}

static int ask_again(Kernel *kernel, Kept *item) {
        if (item->header.nlmsg_type == RTM_NEWADDR)
                return request(kernel, item, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
        if (item->dead) {
                /* A dead hop lives again when its route is made anew, or when the link gets an address. */
                const int r = request(kernel, item, RTM_DELROUTE, 0);

                if (r < 0 && r != -ESRCH)
                        return r;
                item->dead = false;
        }
        return request(kernel, item, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND);
}

/*
 * Our object is on record, and the notification of its removal has not been read yet. That notification must
 * find that the object is awaited, or gone.
 */
static void record_ours(Kernel *kernel, KernelEntry *entry, const Kept *item, bool there) {
        const struct ifaddrmsg *message = nlmsg_data(&item->header);
        struct nlattr *attributes[IFA_MAX + 1];
        KernelAddress *address;
        struct in_addr local;
        KernelRoute route;
        int ifindex;

        if (!entry || !item->ours)
                return;
        if (item->header.nlmsg_type == RTM_NEWROUTE) {
                KernelRoute *known = kernel_read_route(&item->header, &route, &ifindex)
                        ? kernel_entry_find_route(entry, &route)
                        : NULL;

                if (known && there)
                        known->awaited = item->header.nlmsg_seq;
                else if (known)
                        (void) kernel_entry_drop_route(entry, &route);
                return;
        }
        if (nlmsg_parse((struct nlmsghdr *) &item->header, sizeof(*message), attributes, IFA_MAX, NULL) <
                    0 ||
            !kernel_get_address(attributes[IFA_LOCAL], &local))
                return;
        address = kernel_entry_find_address(entry, local, message->ifa_prefixlen);
        if (address && there)
                address->awaited = item->header.nlmsg_seq;
        else if (address)
                (void) kernel_entry_drop_address(kernel, entry, local, message->ifa_prefixlen);
}

static void note_lost(const Kept *item, int error, KernelLosses *losses) {
        struct nlattr *attributes[RTA_MAX + 1]; /* more than IFA_MAX */
        const bool is_route = item->header.nlmsg_type == RTM_NEWROUTE;
        const void *body = nlmsg_data(&item->header);

        if (losses->n_lost++ > 0)
                return;
        losses->error = error;
        losses->first_is_route = is_route;
        losses->first = (struct in_addr){ 0 };
        losses->first_prefix_len = is_route ? ((const struct rtmsg *) body)->rtm_dst_len
                                            : ((const struct ifaddrmsg *) body)->ifa_prefixlen;
        if (nlmsg_parse((struct nlmsghdr *) &item->header,
                        is_route ? sizeof(struct rtmsg) : sizeof(struct ifaddrmsg), attributes,
                        is_route ? RTA_MAX : IFA_MAX, NULL) >= 0)
                (void) kernel_get_address(attributes[is_route ? (int) RTA_DST : (int) IFA_LOCAL],
                                          &losses->first);
}

/* Every round goes in the order of the dump. */
static void put_back_missing(Kernel *kernel, KernelKept *before, KernelLosses *losses) {
        KernelEntry *entry = kernel_entry_find(kernel, before->ifindex);
        bool progress = true;

        for (unsigned pass = 0; progress && pass < PASSES_MAX; pass++) {
                progress = false;
                for (Kept *item = first(before); item; item = next(before, item)) {
                        if (!item->missing)
                                continue;
                        item->error = ask_again(kernel, item);
                        if (item->error < 0 && item->error != -EEXIST)
                                continue;
                        progress = true;
                        item->missing = false;
                        record_ours(kernel, entry, item, /* there= */ true);
                        losses->n_restored += !item->ours;
                }
        }
        for (Kept *item = first(before); item; item = next(before, item)) {
                if (!item->missing)
                        continue;
                record_ours(kernel, entry, item, /* there= */ false);
                if (!item->ours)
                        note_lost(item, item->error, losses);
        }
}

bool kernel_kept_has_secondary(const KernelKept *kept, const NetAddress *address) {
        for (Kept *item = first(kept); item; item = next(kept, item)) {
                const struct ifaddrmsg *message = nlmsg_data(&item->header);
                struct nlattr *attributes[IFA_MAX + 1];
                struct in_addr local, prefix;

                if (item->header.nlmsg_type != RTM_NEWADDR || item->forgotten ||
                    !(message->ifa_flags & IFA_F_SECONDARY) ||
                    message->ifa_prefixlen != address->prefix_len ||
                    nlmsg_parse(&item->header, sizeof(*message), attributes, IFA_MAX, NULL) < 0 ||
                    !kernel_get_address(attributes[IFA_LOCAL], &local) ||
                    !kernel_get_address(attributes[IFA_ADDRESS], &prefix))
                        continue;
                /* With a peer, its network is the peer's. */
                if (ip4_is_within(prefix, address->address.v4, address->prefix_len))
                        return true;
        }
        return false;
}

void kernel_kept_forget(KernelKept *kept, const NetAddress *address) {
        for (Kept *item = first(kept); item; item = next(kept, item)) {
                const struct ifaddrmsg *message = nlmsg_data(&item->header);
                struct nlattr *attributes[IFA_MAX + 1];
                struct in_addr local;

                if (item->header.nlmsg_type == RTM_NEWADDR && item->ours &&
                    message->ifa_prefixlen == address->prefix_len &&
                    nlmsg_parse(&item->header, sizeof(*message), attributes, IFA_MAX, NULL) >= 0 &&
                    kernel_get_address(attributes[IFA_LOCAL], &local) &&
                    local.s_addr == address->address.v4.s_addr)
                        item->forgotten = true;
        }
}

int kernel_put_back(Kernel *kernel, KernelKept *before, KernelLosses *losses) {
        KernelKept after;
        int r;

        if (before->overflow && losses->n_lost++ == 0)
                losses->error = -ENOBUFS;
        if (!has_more(before))
                return 0;
        r = kernel_keep(kernel, before->ifindex, &after);
        if (r < 0)
                return r;
        mark_missing(before, &after);
        kernel_kept_clear(&after);
        put_back_missing(kernel, before, losses);
        return 0;
}
