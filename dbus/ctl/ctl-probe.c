/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe: sends a DHCPDISCOVER, and shows all offers that arrive within some seconds side by side. So a user
 * finds a second server that should not be there.
 *
 * The DISCOVER has the identity that the daemon has without configuration: the link's hardware address as
 * chaddr and as client identifier. So the answers are those that the link itself would get, with its
 * reservations. For another identity servers would reserve one more address of their pool, and networks that
 * filter by hardware address would not answer. No REQUEST follows and rapid commit is not offered, so no
 * server binds an address. A lease that the link has stays valid, because a server offers a client the
 * address that the client already has. The xid is random, so a daemon on the same link ignores our answers,
 * and we ignore the daemon's (RFC 2131 §4.4.1).
 *
 * QUIRK: udhcpd replaces the end of a lease by that of its offer, a minute away. The next renewal repairs
 * this. Another chaddr would not help, because switches that watch DHCP drop a message whose chaddr is not
 * its source address.
 *
 * The DISCOVER asks for broadcast answers. If the kernel already has the offered address, it would answer a
 * unicast with "port unreachable". Option 108 is not requested, because a server may then answer without an
 * address (RFC 8925 §3.3).
 *
 * For each offer, the output says whether the daemon would request it, and why not. The daemon that manages
 * the link is asked over D-Bus, because this depends on its configuration. If no daemon manages the link,
 * the same function of the core decides for a client without configuration, and the output says so.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/hw-address.h"
#include "base/link-names.h"
#include "base/macro.h"
#include "core/dhcp4-outgoing.h"
#include "dbus/ctl/ctl-message.h"
#include "dbus/ctl/ctl.h"
#include "dbus/json/json-option.h"
#include "io/packet-filter.h"
#include "io/packet-socket.h"
#include "wire/ipv4-udp.h"

#define TIMEOUT_DEFAULT_USEC (3 * USEC_PER_SEC)
/*
 * A switch port that does not forward yet may drop the first DISCOVER, so it is sent again after this time.
 */
#define RESEND_USEC    USEC_PER_SEC
#define ANSWERS_MAX    32u /* held by on_frame() */
#define ETHERTYPE_IPV4 0x0800u

/*
 * The first answer of a server. Servers are told apart by identifier, hardware address and relay (giaddr).
 */
typedef struct Answer {
        HwAddress hw;
        struct in_addr source;
        usec_t after_usec; /* since the first DISCOVER */
        char *refusal;     /* why the daemon would not request this offer; NULL: it would */
        uint8_t raw[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
        Dhcp4Message message;
} Answer;

typedef struct Probe {
        const char *name;
        int ifindex;
        HwAddress hw;
        uint32_t xid;
        usec_t started_at;
        sd_event *event;
        PacketSocket *socket;
        Answer *answers; /* ANSWERS_MAX */
        size_t n_answers;
        bool resent;
        /* the daemon judged the answers; otherwise the core did, for a client without configuration */
        bool daemon_asked;
} Probe;

static bool same_server(const Answer *a, const Dhcp4Message *m, const HwAddress *hw) {
        struct in_addr ours = {}, theirs = {};

        (void) dhcp4_message_get_addr(&a->message, DHCP4_OPTION_SERVER_ID, &ours);
        (void) dhcp4_message_get_addr(m, DHCP4_OPTION_SERVER_ID, &theirs);
        return ours.s_addr == theirs.s_addr && hw_address_equal(&a->hw, hw) &&
                a->message.header.giaddr.s_addr == m->header.giaddr.s_addr;
}

static void on_frame(void *userdata, const PacketFrame *frame) {
        static Dhcp4Message m;
        Probe *probe = userdata;
        Ipv4UdpInfo info;
        Answer *answer;

        if (ipv4_udp_parse(frame->data, frame->len, DHCP4_PORT_CLIENT, frame->checksum_pending, &info) !=
                    0 ||
            dhcp4_message_parse(info.payload, info.payload_len, &m) != 0)
                return;
        if (m.header.op != DHCP4_OP_BOOTREPLY || m.header.xid != probe->xid ||
            memcmp(m.header.chaddr, probe->hw.bytes, probe->hw.len) != 0 ||
            (m.type != DHCP4_OFFER && m.type != DHCP4_BOOTP))
                return;
        for (size_t i = 0; i < probe->n_answers; i++)
                if (same_server(&probe->answers[i], &m, &frame->source))
                        return;
        if (probe->n_answers == ANSWERS_MAX)
                return;
        answer = &probe->answers[probe->n_answers++];
        *answer = (Answer){
                .hw = frame->source,
                .source = info.src,
                .after_usec = usec_sub(ctl_now(CLOCK_BOOTTIME), probe->started_at),
                .len = info.payload_len,
        };
        memcpy(answer->raw, info.payload, info.payload_len);
        answer->message = m;
}

/* Makes the parts of the daemon's default configuration that matter here. */
static void make_config(const Probe *probe, Dhcp4ClientConfig *ret) {
        *ret = (Dhcp4ClientConfig){
                .chaddr_len = probe->hw.len,
                .htype = ARPHRD_ETHER,
                .client_id_len = (uint8_t) (1 + probe->hw.len),
                .client_id = { ARPHRD_ETHER },
                .broadcast = true,
                .default_lifetime_sec = DHCP4_DEFAULT_LIFETIME_SEC,
        };
        memcpy(ret->chaddr, probe->hw.bytes, probe->hw.len);
        memcpy(ret->client_id + 1, probe->hw.bytes, probe->hw.len);
}

static int send_discover(Probe *probe) {
        static const uint8_t wanted[] = {
                1,  3,  6,  12,  15,  26,  28,  33,  42,  43,  51,  54,  56,  58,
                59, 66, 67, 100, 101, 114, 119, 120, 121, 125, 150, 162, 249, 252,
        };
        const struct in_addr none = { INADDR_ANY }, all = { INADDR_BROADCAST };
        const Dhcp4Outgoing out = {
                .type = DHCP4_DISCOVER,
                .state = DHCP4_STATE_SELECTING,
                .xid = probe->xid,
                .secs = 1, /* QUIRK: some servers ignore messages whose secs is 0. */
                .broadcast = true,
        };
        Dhcp4ClientConfig config;
        HwAddress destination = { .len = probe->hw.len };
        uint8_t headers[IPV4_UDP_HEADERS_LEN];
        Dhcp4Frame frame;

        static_assert(sizeof(wanted) <= DHCP4_REQUEST_OPTIONS_MAX, "they fit");
        make_config(probe, &config);
        memset(destination.bytes, 0xff, destination.len);
        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
                config.request[config.n_request++] = wanted[i];
        dhcp4_outgoing_build(&config, &out, &frame);
        ipv4_udp_headers(headers, none, DHCP4_PORT_CLIENT, all, DHCP4_PORT_SERVER, IPV4_UDP_TOS_CS6,
                         frame.data, frame.len);
        return packet_socket_send(probe->socket, probe->ifindex, &destination, headers, sizeof(headers),
                                  frame.data, frame.len);
}

static int on_resend(sd_event_source *source, uint64_t at, void *userdata) {
        Probe *probe = userdata;

        probe->resent = true;
        (void) send_discover(probe);
        return 0;
}

static int on_end(sd_event_source *source, uint64_t at, void *userdata) {
        return sd_event_exit(userdata, 0);
}

/*
 * Returns the index of the link with this name, which may be an alternative name. Returns 0 if there is no
 * such link, or if the kernel is too old to know alternative names. The kernel is asked by netlink, because
 * if_nametoindex() does not accept a name of more than 15 bytes.
 */
static int find_ifindex(const char *name) {
        struct {
                struct nlmsghdr header;
                struct ifinfomsg info;
                struct rtattr attribute;
                char name[LINK_NAME_MAX + 1];
        } request = {
                .header.nlmsg_type = RTM_GETLINK,
                .header.nlmsg_flags = NLM_F_REQUEST,
                .attribute.rta_type = IFLA_ALT_IFNAME,
        };
        _Alignas(struct nlmsghdr) uint8_t answer[NLMSG_SPACE(sizeof(struct ifinfomsg))];
        const struct nlmsghdr *header = (const struct nlmsghdr *) answer;
        const size_t len = strlen(name);
        int fd, ifindex = 0;

        _Static_assert(sizeof(request) % NLMSG_ALIGNTO == 0, "the name is the last attribute");
        if (len > LINK_NAME_MAX)
                return 0;
        memcpy(request.name, name, len);
        request.attribute.rta_len = (unsigned short) RTA_LENGTH(len + 1);
        fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (fd < 0)
                return 0;
        request.header.nlmsg_len =
                (uint32_t) (offsetof(__typeof__(request), attribute) + RTA_SPACE(len + 1));
        /* The head of the answer has the index, so the rest is not read. */
        if (send(fd, &request, request.header.nlmsg_len, 0) >= 0 &&
            recv(fd, answer, sizeof(answer), 0) == (ssize_t) sizeof(answer) &&
            header->nlmsg_type == RTM_NEWLINK)
                ifindex = ((const struct ifinfomsg *) NLMSG_DATA(header))->ifi_index;
        (void) close(fd);
        return ifindex;
}

/*
 * Finds the link, and stores its index and hardware address. Returns NULL on success, otherwise a text that
 * says why no DISCOVER can be sent there.
 */
static const char *find_link(Probe *probe) {
        struct ifreq request = {};
        const char *reason = NULL;
        int fd;

        probe->ifindex = (int) if_nametoindex(probe->name);
        if (probe->ifindex == 0)
                probe->ifindex = find_ifindex(probe->name);
        if (probe->ifindex == 0 || !if_indextoname((unsigned) probe->ifindex, request.ifr_name))
                return "there is no such link";
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return strerror(errno);
        if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
                reason = strerror(errno);
        else if (!(request.ifr_flags & IFF_UP))
                reason = "the link is down";
        else if (!(request.ifr_flags & IFF_RUNNING))
                reason = "the link has no carrier";
        else if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
                reason = strerror(errno);
        else if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
                reason = "the link is not of Ethernet's kind";
        else {
                probe->hw.len = 6;
                memcpy(probe->hw.bytes, request.ifr_hwaddr.sa_data, probe->hw.len);
        }
        (void) close(fd);
        return reason;
}

static int collect(Probe *probe, usec_t timeout_usec) {
        int r;

        r = sd_event_new(&probe->event);
        if (r < 0)
                return r;
        r = packet_socket_new(probe->event, ETHERTYPE_IPV4, packet_filter_dhcp4(), on_frame, probe,
                              &probe->socket);
        if (r < 0)
                return r;
        r = packet_socket_want(probe->socket, probe->ifindex, /* want= */ true);
        if (r < 0)
                return r;
        if (getrandom(&probe->xid, sizeof(probe->xid), 0) != sizeof(probe->xid))
                return -EIO;
        probe->started_at = ctl_now(CLOCK_BOOTTIME);
        r = send_discover(probe);
        if (r < 0)
                return r;
        if (timeout_usec > RESEND_USEC) {
                r = sd_event_add_time_relative(probe->event, NULL, CLOCK_BOOTTIME, RESEND_USEC, 0, on_resend,
                                               probe);
                if (r < 0)
                        return r;
        }
        r = sd_event_add_time_relative(probe->event, NULL, CLOCK_BOOTTIME, timeout_usec, 0, on_end,
                                       probe->event);
        if (r < 0)
                return r;
        return sd_event_loop(probe->event);
}

/*
 * Asks the daemon about each offer. The daemon decides by the configuration of the link. Returns a negative
 * errno if no daemon manages the link.
 */
static int ask_daemon(Probe *probe) {
        _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
        g_autofree char *path = NULL;
        int r;

        r = ctl_connect_private(&bus);
        if (r < 0 && !ctl_options.socket_given)
                r = ctl_connect_system(&bus);
        if (r >= 0)
                r = ctl_find_path(bus, probe->name, NULL, &path);
        for (size_t i = 0; i < probe->n_answers && r >= 0; i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
                Answer *answer = &probe->answers[i];
                char source[INET_ADDRSTRLEN];
                const char *refusal;

                r = sd_bus_message_new_method_call(bus, &m, ctl_destination(bus), path, BUS_DHCP4_INTERFACE,
                                                   "CheckOffer");
                if (r >= 0)
                        r = sd_bus_message_append_array(m, 'y', answer->raw, answer->len);
                if (r >= 0)
                        r = sd_bus_message_append_array(m, 'y', answer->hw.bytes, answer->hw.len);
                if (r >= 0)
                        r = sd_bus_message_append(
                                m, "s", inet_ntop(AF_INET, &answer->source, source, sizeof(source)));
                if (r >= 0)
                        r = sd_bus_call(bus, m, 0, NULL, &reply);
                if (r >= 0)
                        r = sd_bus_message_read(reply, "s", &refusal);
                if (r < 0)
                        break;
                free(answer->refusal);
                answer->refusal = *refusal ? strdup(refusal) : NULL;
        }
        return r;
}

static void judge(Probe *probe) {
        Dhcp4ClientConfig config;

        if (probe->n_answers == 0)
                return;
        probe->daemon_asked = ask_daemon(probe) >= 0;
        if (probe->daemon_asked)
                return;
        make_config(probe, &config);
        for (size_t i = 0; i < probe->n_answers; i++) {
                Answer *answer = &probe->answers[i];
                const char *refusal = dhcp4_client_refuses_offer(&config, answer->raw, answer->len,
                                                                 &answer->hw, answer->source);

                free(answer->refusal);
                answer->refusal = refusal ? strdup(refusal) : NULL;
        }
}

static char *hw_text(const HwAddress *hw) {
        JsonWriter w = { .text = true };

        json_hex(&w, hw->bytes, hw->len, ':');
        return json_finish(&w);
}

static char *address_text(struct in_addr address) {
        char text[INET_ADDRSTRLEN];

        return strdup(address.s_addr == INADDR_ANY ? "" : inet_ntop(AF_INET, &address, text, sizeof(text)));
}

/* The rows of the table. Rows of kind ROW_OPTION show @option; the others show something else. */
static const struct Row {
        const char *label;
        uint8_t option;
        enum { ROW_OPTION, ROW_SERVER_HW, ROW_RELAY, ROW_ADDRESS, ROW_AFTER, ROW_TAKEN } kind;
} rows[] = {
        { "Server", DHCP4_OPTION_SERVER_ID, ROW_OPTION },
        { "Hardware", 0, ROW_SERVER_HW },
        { "Relay", 0, ROW_RELAY },
        { "Address", 0, ROW_ADDRESS },
        { "Mask", DHCP4_OPTION_SUBNET_MASK, ROW_OPTION },
        { "Routers", DHCP4_OPTION_ROUTERS, ROW_OPTION },
        { "Routes", DHCP4_OPTION_CLASSLESS_ROUTES, ROW_OPTION },
        { "DNS", DHCP4_OPTION_DNS, ROW_OPTION },
        { "Domain", DHCP4_OPTION_DOMAIN, ROW_OPTION },
        { "Search", DHCP4_OPTION_DOMAIN_SEARCH, ROW_OPTION },
        { "NTP", DHCP4_OPTION_NTP, ROW_OPTION },
        { "MTU", DHCP4_OPTION_MTU, ROW_OPTION },
        { "Lease", DHCP4_OPTION_LEASE_TIME, ROW_OPTION },
        { "Answered", 0, ROW_AFTER },
        { "Taken", 0, ROW_TAKEN },
};

/* Returns the text of one cell of the table. The caller frees it with free(). */
static char *cell(const Answer *answer, const struct Row *row) {
        char *text = NULL;
        uint32_t seconds;

        switch (row->kind) {
        case ROW_SERVER_HW:
                text = hw_text(&answer->hw);
                break;
        case ROW_RELAY:
                text = address_text(answer->message.header.giaddr);
                break;
        case ROW_ADDRESS:
                text = address_text(answer->message.header.yiaddr);
                break;
        case ROW_AFTER:
                text = strdup(ctl_span(answer->after_usec));
                break;
        case ROW_TAKEN:
                if (!answer->refusal)
                        text = strdup("yes");
                else if (asprintf(&text, "no: %s", ctl_text(answer->refusal)) < 0)
                        text = NULL;
                break;
        case ROW_OPTION:
                if (row->option == DHCP4_OPTION_LEASE_TIME &&
                    dhcp4_message_get_u32(&answer->message, row->option, &seconds) == 0)
                        text = strdup(seconds == UINT32_MAX ? "unlimited"
                                                            : ctl_span(seconds * USEC_PER_SEC));
                else
                        text = ctl_message_option(&answer->message, row->option);
                break;
        }
        return text ? text : strdup("");
}

static void print_text(const Probe *probe) {
        char *cells[ARRAY_SIZE(rows)][ANSWERS_MAX] = {};
        size_t width[ANSWERS_MAX] = {};

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                for (size_t j = 0; j < probe->n_answers; j++) {
                        cells[i][j] = cell(&probe->answers[j], &rows[i]);
                        width[j] = MAX(width[j], cells[i][j] ? strlen(cells[i][j]) : 0);
                }
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                bool any = false;

                for (size_t j = 0; j < probe->n_answers; j++)
                        any = any || (cells[i][j] && *cells[i][j]);
                if (any)
                        printf("%9s:", rows[i].label);
                for (size_t j = 0; j < probe->n_answers; j++) {
                        if (any && j + 1 < probe->n_answers)
                                printf(" %-*s ", (int) width[j],
                                       cells[i][j] && *cells[i][j] ? cells[i][j] : "-");
                        else if (any)
                                printf(" %s", cells[i][j] && *cells[i][j] ? cells[i][j] : "-");
                        free(cells[i][j]);
                }
                if (any)
                        putchar('\n');
        }
        if (probe->n_answers > 0 && !probe->daemon_asked)
                printf("(\"Taken\" without configuration: no daemon manages %s.)\n", ctl_text(probe->name));
}

static bool print_json(const Probe *probe) {
        const uint8_t xid[] = { (uint8_t) (probe->xid >> 24), (uint8_t) (probe->xid >> 16),
                                (uint8_t) (probe->xid >> 8), (uint8_t) probe->xid };
        JsonWriter w = {};
        char *text;

        json_begin_object(&w);
        json_key(&w, "Index");
        json_i64(&w, probe->ifindex);
        json_key(&w, "Name");
        json_string(&w, probe->name);
        json_key(&w, "xid");
        json_hex(&w, xid, sizeof(xid), 0);
        json_key(&w, "DaemonAsked");
        json_bool(&w, probe->daemon_asked);
        json_key(&w, "Offers");
        json_begin_array(&w);
        for (size_t i = 0; i < probe->n_answers; i++) {
                const Answer *answer = &probe->answers[i];

                json_begin_object(&w);
                json_key(&w, "HardwareAddress");
                json_hex(&w, answer->hw.bytes, answer->hw.len, ':');
                json_key(&w, "Source");
                json_address(&w, &answer->source);
                json_key(&w, "AfterUSec");
                json_u64(&w, answer->after_usec);
                json_key(&w, "Refusal");
                json_string(&w, answer->refusal);
                json_key(&w, "Message");
                ctl_message_json(&w, &answer->message, answer->raw, answer->len);
                json_end_object(&w);
        }
        json_end_array(&w);
        json_end_object(&w);
        text = json_finish(&w);
        if (!text)
                return false;
        puts(text);
        free(text);
        return true;
}

static int fail(const char *name, const char *reason) {
        ctl_fail("Cannot probe %s: %s", ctl_text(name), reason);
        return EXIT_FAILURE;
}

static int probe_link(Probe *probe) {
        const usec_t timeout_usec =
                ctl_options.timeout_given ? ctl_options.timeout_usec : TIMEOUT_DEFAULT_USEC;
        const char *reason = find_link(probe);
        int r;

        if (reason)
                return fail(probe->name, reason);
        r = collect(probe, timeout_usec);
        if (r == -EPERM)
                return fail(probe->name, "a packet socket needs CAP_NET_RAW; be root");
        if (r < 0)
                return fail(probe->name, strerror(-r));
        judge(probe);
        if (ctl_options.json ? !print_json(probe) : (print_text(probe), false))
                return fail(probe->name, strerror(ENOMEM));
        return probe->n_answers > 0 ? EXIT_SUCCESS : fail(probe->name, "no server answered");
}

int verb_probe(int argc, char **argv) {
        char *name = ctl_unescape_name(argv[1]);
        Probe probe = { .name = name };
        int status;

        if (ctl_options.timeout_given && ctl_options.timeout_usec == USEC_INFINITY) {
                ctl_fail("--timeout= of probe must have an end.");
                g_free(name);
                return 2;
        }
        probe.answers = calloc(ANSWERS_MAX, sizeof(*probe.answers));
        status = probe.answers ? probe_link(&probe) : fail(name, strerror(ENOMEM));
        probe.socket = packet_socket_free(probe.socket);
        sd_event_unref(probe.event);
        for (size_t i = 0; i < probe.n_answers; i++)
                free(probe.answers[i].refusal);
        free(probe.answers);
        g_free(name);
        return status;
}
