/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The outside of a Link (link-ports.h), over that of the manager (manager-ports.h). The port is the
 * ManagedLink.
 *
 * Owns the link's UDP socket and timers. Saves the record before a change of the link is made. Decides
 * little else: core/ says which socket, which frame and which address.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "io/log.h"
#include "manager/managed-link.h"
#include "wire/ipv4-udp.h"

/*
 * A timer that is farther away than this may be late by TIMER_FAR_ACCURACY_USEC, so that one wake-up serves
 * several timers.
 */
#define TIMER_FAR_USEC           (60 * USEC_PER_SEC)
#define TIMER_NEAR_ACCURACY_USEC (1 * USEC_PER_MSEC)
#define TIMER_FAR_ACCURACY_USEC  (250 * USEC_PER_MSEC)

/*
 * How long to listen after the lease. By then, servers that check the address first (ping, ARP) have
 * answered, too.
 */
#define LINGER_USEC          (5 * USEC_PER_SEC)
#define LINGER_ACCURACY_USEC (1 * USEC_PER_SEC)

void managed_link_datagram(ManagedLink *link, struct in_addr source, const uint8_t *data, size_t len) {
        /*
         * Two links may have the same address, on two networks behind two NAT boxes. The kernel then hands a
         * datagram to the socket of only one of them.
         */
        link = manager_find_receiver(link->manager, link->rx_vrf, link->rx_address, data, len) ?: link;
        link_message(link->link, manager_now(link->manager), data, len, &(const IpAddress){ .v4 = source },
                     NULL);
        manager_link_done(link->manager, link);
}

static SocketOptions socket_options(const Config *config, uint8_t dscp) {
        return (SocketOptions){
                .tos = (uint8_t) (dscp << 2),
                .priority = config_socket_priority(config),
                .mark = config_socket_mark(config),
        };
}

void manager_set_socket_options(Manager *manager) {
        const SocketOptions options = socket_options(manager->config, /* dscp= */ 0);
        int r;

        r = manager->ports->set_socket_options(manager->port, &options);
        if (r < 0)
                log_warning("Cannot change the mark of the sockets: %s", strerror(-r));
}

static int want_frames(ManagedLink *link, ManagerSocket socket, bool want) {
        return link->manager->ports->want_frames(link->manager->port, socket, link->ifindex, want);
}

static int stop_listening(ManagedLink *link) {
        manager_clear_timer(link->manager, &link->linger);
        return want_frames(link, MANAGER_SOCKET_DHCP, /* want= */ false);
}

static void on_linger(void *userdata) {
        (void) stop_listening(userdata);
}

/*
 * Returns true if the link keeps its packet socket for a while, although the client no longer needs it. It
 * then hears the OFFERs of slower servers, and people can see a server that should not be there.
 */
static bool lingers(ManagedLink *link, const LinkListen *listen) {
        if (listen->address.v4.s_addr == INADDR_ANY)
                return false;
        if (link->linger.source)
                return true;
        return link->listens_to_frames_alone &&
                manager_set_timer(link->manager, &link->linger,
                                  usec_add(manager_now(link->manager), LINGER_USEC),
                                  LINGER_ACCURACY_USEC) >= 0;
}

static int current_vrf(const ManagedLink *link) {
        const KernelLink *kernel_link = link->manager->ports->find_link(link->manager->port, link->ifindex);

        return kernel_link ? link->manager->ports->vrf(link->manager->port, kernel_link) : 0;
}

static void close_udp(ManagedLink *link) {
        if (link->udp)
                link->manager->ports->close_udp(link->manager->port, link->udp);
        link->udp = NULL;
}

/*
 * Listens to what comes to @address on any device, or to nothing if it is 0.0.0.0. Returns a negative errno
 * when only the packet socket can listen.
 */
static int listen_by_address(ManagedLink *link, struct in_addr address) {
        const int vrf = current_vrf(link);

        if (link->rx_address.s_addr != address.s_addr || link->rx_vrf != vrf)
                close_udp(link);
        if (link->rx_address.s_addr == INADDR_ANY && address.s_addr != INADDR_ANY)
                TAILQ_INSERT_TAIL(&link->manager->by_address, link, rx_entry);
        if (link->rx_address.s_addr != INADDR_ANY && address.s_addr == INADDR_ANY)
                TAILQ_REMOVE(&link->manager->by_address, link, rx_entry);
        link->rx_address = address;
        link->rx_vrf = vrf;
        if (address.s_addr == INADDR_ANY || link->udp)
                return 0;
        return link->manager->ports->open_udp(link->manager->port, vrf, address, link, &link->udp);
}

static int listen_dhcp4(ManagedLink *link, const LinkListen *listen, int *ret_by_address) {
        int r = 0;

        if (listen->frames) {
                manager_clear_timer(link->manager, &link->linger);
                r = want_frames(link, MANAGER_SOCKET_DHCP, /* want= */ true);
        } else if (!lingers(link, listen))
                r = stop_listening(link);
        link->listens_to_frames_alone = listen->frames && !listen->by_address;

        *ret_by_address =
                listen_by_address(link, listen->by_address ? listen->address.v4 : (struct in_addr){});
        return r;
}

static int port_listen(void *port, const LinkListen *listen, int *ret_by_address) {
        ManagedLink *link = port;

        *ret_by_address = 0;
        switch (listen->protocol) {
        case LINK_PROTOCOL_DHCP4:
                return listen_dhcp4(link, listen, ret_by_address);
        case LINK_PROTOCOL_ARP:
                return want_frames(link, MANAGER_SOCKET_ARP, listen->frames);
        case _LINK_PROTOCOL_MAX:
                break;
        }
        abort();
}

void managed_link_stop_listening(ManagedLink *link) {
        (void) stop_listening(link);
        (void) listen_by_address(link, (struct in_addr){});
        (void) want_frames(link, MANAGER_SOCKET_ARP, /* want= */ false);
}

static int send_packet(ManagedLink *link, const LinkFrame *frame, const uint8_t *headers) {
        const HwAddress *destination = frame->dst_hw.len > 0 ? &frame->dst_hw : &link->broadcast;

        return link->manager->ports->send_frame(link->manager->port, MANAGER_SOCKET_DHCP, link->ifindex,
                                                destination, headers, IPV4_UDP_HEADERS_LEN, frame->data,
                                                frame->len);
}

static int send_routed(ManagedLink *link, const LinkFrame *frame, const uint8_t *headers) {
        const SocketOptions options = socket_options(link->manager->config, link->config->dscp);

        return link->manager->ports->send_routed(link->manager->port, link->ifindex, &options, frame->src.v4,
                                                 frame->dst.v4, headers, IPV4_UDP_HEADERS_LEN, frame->data,
                                                 frame->len);
}

static int send_dhcp4(ManagedLink *link, const LinkFrame *frame) {
        uint8_t headers[IPV4_UDP_HEADERS_LEN];

        ipv4_udp_headers(headers, frame->src.v4, DHCP4_PORT_CLIENT, frame->dst.v4, DHCP4_PORT_SERVER,
                         (uint8_t) (link->config->dscp << 2), frame->data, frame->len);
        return frame->routed ? send_routed(link, frame, headers) : send_packet(link, frame, headers);
}

static int port_send(void *port, const LinkFrame *frame) {
        ManagedLink *link = port;

        switch (frame->protocol) {
        case LINK_PROTOCOL_DHCP4:
                return send_dhcp4(link, frame);
        case LINK_PROTOCOL_ARP:
                return link->manager->ports->send_frame(link->manager->port, MANAGER_SOCKET_ARP,
                                                        link->ifindex, &frame->dst_hw, frame->data,
                                                        frame->len, NULL, 0);
        case _LINK_PROTOCOL_MAX:
                break;
        }
        abort();
}

static void on_timer(void *userdata) {
        ManagedLink *link = userdata;

        link_timer(link->link, manager_now(link->manager));
        manager_link_done(link->manager, link);
}

void managed_link_init_timers(ManagedLink *link) {
        link->timer = (ManagerTimer){ .func = on_timer, .userdata = link };
        link->linger = (ManagerTimer){ .func = on_linger, .userdata = link };
}

static int port_set_timer(void *port, usec_t at) {
        ManagedLink *link = port;
        const bool far = usec_sub(at, manager_now(link->manager)) >= TIMER_FAR_USEC;

        return manager_set_timer(link->manager, &link->timer, at,
                                 far ? TIMER_FAR_ACCURACY_USEC : TIMER_NEAR_ACCURACY_USEC);
}

static int port_snapshot(void *port, usec_t now, const NetConfig *desired, NetConfig *ret) {
        ManagedLink *link = port;
        int r;

        r = link->manager->ports->snapshot(link->manager->port, link->ifindex, now, desired, ret);
        if (r == -ENODEV) {
                /*
                 * An interface that is gone has nothing of ours on it but rules: the lease is lost, and
                 * that can be told.
                 */
                return 0;
        }
        return r;
}

static int port_apply(void *port, usec_t now, const NetPlan *plan) {
        ManagedLink *link = port;
        KernelLosses losses;
        int r;

        /* The record lists what is ours on the link. */
        manager_mark_dirty(link->manager, link);
        managed_link_save_plan(link, plan);
        r = link->manager->ports->apply(link->manager->port, link->ifindex, now, plan, &losses);
        managed_link_on_losses(link, &losses);
        return r;
}

static int port_set_mtu(void *port, uint32_t mtu, uint32_t before) {
        ManagedLink *link = port;
        int r;

        /*
         * Save before the change, in case the daemon is killed in between. To restore the MTU nothing has to
         * be saved.
         */
        if (mtu != before)
                managed_link_save_mtu(link, mtu, before);
        r = link->manager->ports->set_mtu(link->manager->port, link->ifindex, mtu);
        if (r == -ENODEV)
                return 0; /* an interface that is gone has no MTU to care for */
        if (r < 0)
                return r;
        log_link_full(LOG_INFO, link->ifname, NULL, 0,
                      mtu != before ? "MTU set to %u" : "MTU set back to %u", mtu);
        manager_mark_dirty(link->manager, link);
        return 0;
}

static int port_tunnels(void *port, NetTunnels *ret) {
        ManagedLink *link = port;
        const int r = link->manager->ports->tunnels(link->manager->port, link->ifindex, ret);

        return r == -ENODEV ? 0 : r; /* an interface that is gone captures nothing */
}

static int port_address_elsewhere(void *port, uint8_t family, const IpAddress *address) {
        ManagedLink *link = port;

        return link->manager->ports->address_elsewhere(link->manager->port, link->ifindex, family, address);
}

static bool port_address_here(void *port, uint8_t family, const IpAddress *address) {
        ManagedLink *link = port;

        return link->manager->ports->address_here(link->manager->port, link->ifindex, family, address);
}

static void port_state_changed(void *port, LinkSource source, const char *old_state, const char *new_state) {
        managed_link_on_state(port, source, old_state, new_state);
}

static void port_publish(void *port, LinkSource source, LinkNotice notice) {
        ManagedLink *link = port;

        managed_link_on_notice(link, source, notice, link_source_before(link->link),
                               link_source(link->link));
}

static void port_learned(void *port) {
        ManagedLink *link = port;

        manager_mark_dirty(link->manager, link);
}

static void port_turned(void *port, usec_t now) {
        managed_link_on_turned(port, now);
}

const LinkPorts managed_link_ports = {
        .listen = port_listen,
        .send = port_send,
        .set_timer = port_set_timer,
        .snapshot = port_snapshot,
        .apply = port_apply,
        .set_mtu = port_set_mtu,
        .tunnels = port_tunnels,
        .address_elsewhere = port_address_elsewhere,
        .address_here = port_address_here,
        .state_changed = port_state_changed,
        .publish = port_publish,
        .learned = port_learned,
        .turned = port_turned,
};
