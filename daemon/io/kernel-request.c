/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The request socket: dumps, and batches of changes with their answers.
 *
 * Every wait is bounded. netlink answers within the system call, so a time-out means a kernel in serious
 * trouble (or an answer lost for lack of memory); the socket is then closed and opened again. Otherwise late
 * answers would be taken for answers to other requests. Never calls the handler, because a handler may use
 * this socket.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/kernel-internal.h"

#define REQUEST_TIMEOUT_SEC 2

/* Not in the headers of every C library that we build on. */
#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif
#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS (1 << 3)
#endif

static void nl_msg_freep(struct nl_msg **p) {
        nlmsg_free(*p);
}

void kernel_buffer_done(KernelBuffer *buffer) {
        if (buffer->most > KERNEL_BUFFER_KEEP)
                (void) madvise(buffer->data, KERNEL_BUFFER_SIZE, MADV_DONTNEED);
        buffer->most = 0;
}

/*
 * One datagram of the kernel; others' are thrown away. -EAGAIN: none (without MSG_DONTWAIT: the time is
 * over). -ENOBUFS: some were lost, or one that is larger than @buffer.
 */
int kernel_receive(int fd, int flags, KernelBuffer *buffer, size_t *ret_len) {
        for (;;) {
                struct sockaddr_nl source = { 0 };
                struct iovec iov = { .iov_base = buffer->data, .iov_len = KERNEL_BUFFER_SIZE };
                struct msghdr message = {
                        .msg_name = &source,
                        .msg_namelen = sizeof(source),
                        .msg_iov = &iov,
                        .msg_iovlen = 1,
                };
                const ssize_t n = recvmsg(fd, &message, flags);

                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (source.nl_family != AF_NETLINK || source.nl_pid != 0)
                        continue;
                if (message.msg_flags & MSG_TRUNC)
                        return -ENOBUFS;
                *ret_len = (size_t) n;
                buffer->most = MAX(buffer->most, (size_t) n);
                return 0;
        }
}

int kernel_request_open(Kernel *kernel) {
        const struct timeval timeout = { .tv_sec = REQUEST_TIMEOUT_SEC };
        struct sockaddr_nl address = { .nl_family = AF_NETLINK };
        socklen_t len = sizeof(address);
        const int one = 1;
        int r;

        if (kernel->request_fd >= 0)
                return 0;
        kernel->request_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (kernel->request_fd < 0)
                return -errno;
        if (setsockopt(kernel->request_fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
            bind(kernel->request_fd, (struct sockaddr *) &address, sizeof(address)) < 0 ||
            getsockname(kernel->request_fd, (struct sockaddr *) &address, &len) < 0) {
                r = -errno;
                kernel_request_close(kernel);
                return r;
        }
        kernel->request_port = address.nl_pid;
        /*
         * Both options only save work. Without them the kernel dumps more than asked for, and its errors
         * quote the request.
         */
        (void) setsockopt(kernel->request_fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
        (void) setsockopt(kernel->request_fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
        return 0;
}

void kernel_request_close(Kernel *kernel) {
        if (kernel->request_fd >= 0)
                close(kernel->request_fd);
        kernel->request_fd = -1;
}

/* The next socket has another port, so notifications of this one's requests would not be recognised. */
static void request_abandon(Kernel *kernel) {
        kernel_request_close(kernel);
        kernel->missed = true;
        kernel_mark_lost(kernel);
}

static int request_send(Kernel *kernel, const void *data, size_t len) {
        ssize_t n;

        do
                n = send(kernel->request_fd, data, len, 0);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : 0;
}

/* The error number that an NLMSG_ERROR or NLMSG_DONE carries; 0 when it carries none. */
static int answer_error(const struct nlmsghdr *header) {
        int error;

        if (nlmsg_datalen(header) < (int) sizeof(error))
                return 0;
        memcpy(&error, nlmsg_data(header), sizeof(error));
        return error < 0 ? error : 0;
}

typedef struct Dump {
        uint32_t seq;
        bool interrupted, done;
} Dump;

static int dump_take(Kernel *kernel, Dump *dump, uint8_t *buffer, size_t len, KernelParser parse) {
        int remaining = (int) len, r;

        for (struct nlmsghdr *header = (struct nlmsghdr *) buffer; nlmsg_ok(header, remaining);
             header = nlmsg_next(header, &remaining)) {
                if (header->nlmsg_seq != dump->seq)
                        continue;
                if (header->nlmsg_flags & NLM_F_DUMP_INTR)
                        dump->interrupted = true;
                if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) {
                        dump->done = true;
                        return answer_error(header);
                }
                r = parse(kernel, header);
                if (r < 0)
                        return r;
        }
        return 0;
}

int kernel_dump(Kernel *kernel, struct nl_msg *request, KernelParser parse) {
        struct nlmsghdr *header = nlmsg_hdr(request);
        Dump dump = { .seq = ++kernel->seq };
        int r;

        r = kernel_request_open(kernel);
        if (r < 0)
                return r;
        header->nlmsg_seq = dump.seq;
        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        r = request_send(kernel, header, header->nlmsg_len);
        while (r == 0 && !dump.done) {
                size_t len = 0;

                r = kernel_receive(kernel->request_fd, 0, &kernel->answer, &len);
                if (r == -EAGAIN)
                        r = -ETIMEDOUT;
                if (r == 0)
                        r = dump_take(kernel, &dump, kernel->answer.data, len, parse);
        }
        kernel_buffer_done(&kernel->answer);
        if (!dump.done)
                request_abandon(kernel); /* the rest of this dump must not be read by the next one */
        if (r < 0)
                return r;
        return dump.interrupted;
}

int kernel_transact(Kernel *kernel, const void *data, size_t len, uint32_t first_seq, size_t n,
                    int *ret_results) {
        bool answered[KERNEL_BATCH_MAX] = { 0 };
        size_t n_answered = 0;
        int r;

        assert(n <= KERNEL_BATCH_MAX);
        for (size_t i = 0; i < n; i++)
                ret_results[i] = -ETIMEDOUT;

        r = kernel_request_open(kernel);
        if (r < 0)
                return r;
        r = request_send(kernel, data, len);
        while (r == 0 && n_answered < n) {
                int remaining;
                size_t got = 0;

                r = kernel_receive(kernel->request_fd, 0, &kernel->answer, &got);
                if (r == -EAGAIN)
                        r = -ETIMEDOUT;
                if (r < 0)
                        break;
                remaining = (int) got;
                for (struct nlmsghdr *header = (struct nlmsghdr *) kernel->answer.data;
                     nlmsg_ok(header, remaining); header = nlmsg_next(header, &remaining)) {
                        const uint32_t i = header->nlmsg_seq - first_seq;

                        if (header->nlmsg_type != NLMSG_ERROR || i >= n || answered[i])
                                continue;
                        answered[i] = true;
                        n_answered++;
                        ret_results[i] = answer_error(header);
                }
        }
        kernel_buffer_done(&kernel->answer);
        if (r < 0)
                request_abandon(kernel);
        return r;
}

static int dump_links(Kernel *kernel) {
        const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
        _cleanup_(nl_msg_freep) struct nl_msg *request = nlmsg_alloc_simple(RTM_GETLINK, 0);

        /* Without this, most of a dump of many links would be statistics. */
        if (!request || nlmsg_append(request, (void *) &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
            nla_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0)
                return -ENOMEM;
        return kernel_dump(kernel, request, kernel_parse_link);
}

/* Takes the one answer to a request that is no dump: a description, or an error. */
static int receive_one(Kernel *kernel, KernelParser parse) {
        size_t len = 0;

        for (;;) {
                int remaining, r;

                r = kernel_receive(kernel->request_fd, 0, &kernel->answer, &len);
                if (r < 0)
                        return r == -EAGAIN ? -ETIMEDOUT : r;
                remaining = (int) len;
                for (struct nlmsghdr *header = (struct nlmsghdr *) kernel->answer.data;
                     nlmsg_ok(header, remaining); header = nlmsg_next(header, &remaining)) {
                        if (header->nlmsg_seq != kernel->seq)
                                continue;
                        if (header->nlmsg_type == NLMSG_ERROR)
                                return answer_error(header);
                        /*
                         * Like a dump, it is never from before our last change (take_mtu() in
                         * kernel-parse.c).
                         */
                        header->nlmsg_flags |= NLM_F_MULTI;
                        return parse(kernel, header);
                }
        }
}

int kernel_ask(Kernel *kernel, struct nl_msg *request, KernelParser parse) {
        int r;

        r = kernel_request_open(kernel);
        if (r < 0)
                return r;
        nlmsg_hdr(request)->nlmsg_flags = NLM_F_REQUEST;
        nlmsg_hdr(request)->nlmsg_seq = ++kernel->seq;
        r = request_send(kernel, nlmsg_hdr(request), nlmsg_hdr(request)->nlmsg_len);
        if (r == 0)
                r = receive_one(kernel, parse);
        kernel_buffer_done(&kernel->answer);
        if (r < 0 && r != -ENODEV)
                request_abandon(kernel); /* a late answer must not be read by the next request */
        return r;
}

int kernel_load_link(Kernel *kernel, int ifindex, const char *name) {
        const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
        _cleanup_(nl_msg_freep) struct nl_msg *request = nlmsg_alloc_simple(RTM_GETLINK, 0);

        /* IFLA_ALT_IFNAME finds a link by any of its names. */
        if (!request || nlmsg_append(request, (void *) &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
            (ifindex == 0 && nla_put_string(request, IFLA_ALT_IFNAME, name) < 0) ||
            nla_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0)
                return -ENOMEM;
        return kernel_ask(kernel, request, kernel_parse_link);
}

int kernel_dump_addresses_of(Kernel *kernel, int ifindex, KernelParser parse) {
        const struct ifaddrmsg message = { .ifa_family = AF_INET, .ifa_index = (uint32_t) ifindex };
        _cleanup_(nl_msg_freep) struct nl_msg *request = nlmsg_alloc_simple(RTM_GETADDR, 0);

        if (!request || nlmsg_append(request, (void *) &message, sizeof(message), NLMSG_ALIGNTO) < 0)
                return -ENOMEM;
        return kernel_dump(kernel, request, parse);
}

/* @ifindex 0: of every link. */
static int dump_routes(Kernel *kernel, int ifindex, uint8_t protocol, KernelParser parse) {
        const struct rtmsg message = { .rtm_family = AF_INET, .rtm_protocol = protocol };
        _cleanup_(nl_msg_freep) struct nl_msg *request = nlmsg_alloc_simple(RTM_GETROUTE, 0);

        if (!request || nlmsg_append(request, (void *) &message, sizeof(message), NLMSG_ALIGNTO) < 0 ||
            (ifindex > 0 && nla_put_u32(request, RTA_OIF, (uint32_t) ifindex) < 0))
                return -ENOMEM;
        return kernel_dump(kernel, request, parse);
}

static int dump_our_routes(Kernel *kernel, int ifindex) {
        return dump_routes(kernel, ifindex, RTPROT_DHCP, kernel_parse_route);
}

int kernel_dump_all_routes_of(Kernel *kernel, int ifindex, KernelParser parse) {
        return dump_routes(kernel, ifindex, RTPROT_UNSPEC, parse);
}

static int dump_rules(Kernel *kernel) {
        const struct fib_rule_hdr message = { .family = AF_INET };
        _cleanup_(nl_msg_freep) struct nl_msg *request = nlmsg_alloc_simple(RTM_GETRULE, 0);

        if (!request || nlmsg_append(request, (void *) &message, sizeof(message), NLMSG_ALIGNTO) < 0)
                return -ENOMEM;
        return kernel_dump(kernel, request, kernel_parse_rule);
}

int kernel_load_links(Kernel *kernel) {
        int r = 1;

        for (size_t i = 0; i < kernel->n_entries; i++)
                kernel->entries[i]->seen = false;
        for (unsigned i = 0; r > 0 && i < KERNEL_DUMP_TRIES; i++)
                r = dump_links(kernel);
        return r;
}

static void drop_unseen_routes(Kernel *kernel, KernelEntry *entry) {
        for (size_t i = entry->n_routes; i-- > 0;) {
                if (entry->routes[i].seen)
                        continue;
                entry->routes[i] = entry->routes[--entry->n_routes];
                kernel_entry_mark_config(kernel, entry);
        }
        entry->routes_stale = false;
}

static void drop_unseen_addresses(Kernel *kernel, KernelEntry *entry) {
        for (size_t i = entry->n_addresses; i-- > 0;) {
                if (entry->addresses[i].seen)
                        continue;
                entry->addresses[i] = entry->addresses[--entry->n_addresses];
                kernel_entry_mark_config(kernel, entry);
        }
}

/*
 * If every attempt of the dump is interrupted, what it showed exists, and what it did not show is kept on
 * record: a notification tells the change that interrupted it.
 */
int kernel_load_config(Kernel *kernel) {
        int addresses = 1, routes = 1, rules = 1;

        for (size_t i = 0; i < kernel->n_entries; i++) {
                KernelEntry *entry = kernel->entries[i];

                for (size_t k = 0; k < entry->n_addresses; k++)
                        entry->addresses[k].seen = false;
                for (size_t k = 0; k < entry->n_routes; k++)
                        entry->routes[k].seen = false;
        }
        for (unsigned i = 0; addresses > 0 && i < KERNEL_DUMP_TRIES; i++)
                addresses = kernel_dump_addresses_of(kernel, 0, kernel_parse_address);
        for (unsigned i = 0; addresses >= 0 && routes > 0 && i < KERNEL_DUMP_TRIES; i++)
                routes = dump_our_routes(kernel, 0);
        kernel_rules_begin(kernel);
        for (unsigned i = 0; routes >= 0 && rules > 0 && i < KERNEL_DUMP_TRIES; i++)
                rules = dump_rules(kernel);
        if (rules == -EOPNOTSUPP || rules == -EAFNOSUPPORT)
                rules = 0; /* a kernel without policy routing has none */
        if (addresses < 0)
                return addresses;
        if (routes < 0)
                return routes;
        if (rules < 0)
                return rules;
        if (rules == 0)
                kernel_rules_end(kernel);

        for (size_t i = 0; i < kernel->n_entries; i++) {
                if (addresses == 0)
                        drop_unseen_addresses(kernel, kernel->entries[i]);
                if (routes == 0)
                        drop_unseen_routes(kernel, kernel->entries[i]);
        }
        return addresses > 0 || routes > 0 || rules > 0;
}

int kernel_load_routes_of(Kernel *kernel, KernelEntry *entry) {
        int r = 1;

        for (size_t i = 0; i < entry->n_routes; i++)
                entry->routes[i].seen = false;
        for (unsigned i = 0; r > 0 && i < KERNEL_DUMP_TRIES; i++)
                r = dump_our_routes(kernel, entry->link.ifindex);
        if (r == -ENODEV) /* gone: its notification is on the way */
                r = 0;
        if (r < 0)
                return r;
        if (r == 0)
                drop_unseen_routes(kernel, entry);
        return 0;
}
