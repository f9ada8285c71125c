/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The outside of the manager (manager-ports.h) on Linux: sd-event, netlink, sockets, and files of other
 * programs. Decides nothing.
 *
 * Owns what all links share: the kernel's configuration and two packet sockets.
 */
#include <errno.h>
#include <glib.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <sys/random.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/macro.h"
#include "import/other-identity.h"
#include "import/other-manager.h"
#include "io/packet-filter.h"
#include "io/raw-send.h"
#include "io/udp-socket.h"
#include "manager/manager-ports.h"
#include "manager/manager.h"

typedef struct Outside {
        sd_event *event;
        Manager *manager;
        Kernel *kernel;
        PacketSocket *sockets[_MANAGER_SOCKET_MAX];
} Outside;

/* What it hears */

static void on_link_changed(void *userdata, const KernelLink *link) {
        const Outside *outside = userdata;

        manager_link_changed(outside->manager, link);
}

static void on_link_removed(void *userdata, int ifindex) {
        const Outside *outside = userdata;

        manager_link_removed(outside->manager, ifindex);
}

static void on_config_changed(void *userdata, int ifindex) {
        const Outside *outside = userdata;

        manager_config_changed(outside->manager, ifindex);
}

static void on_tunnels_changed(void *userdata) {
        const Outside *outside = userdata;

        manager_tunnels_changed(outside->manager);
}

static const KernelHandler kernel_handler = {
        .link_changed = on_link_changed,
        .link_removed = on_link_removed,
        .config_changed = on_config_changed,
        .tunnels_changed = on_tunnels_changed,
};

static void on_dhcp_frame(void *userdata, const PacketFrame *frame) {
        const Outside *outside = userdata;

        manager_dhcp_frame(outside->manager, frame);
}

static void on_arp_frame(void *userdata, const PacketFrame *frame) {
        const Outside *outside = userdata;

        manager_arp_frame(outside->manager, frame);
}

static void on_udp(void *userdata, struct in_addr source, const uint8_t *data, size_t len) {
        managed_link_datagram(userdata, source, data, len);
}

static int port_open(void *port, Manager *manager) {
        Outside *outside = port;
        int r;

        outside->manager = manager;
        r = kernel_new(outside->event, &kernel_handler, outside, &outside->kernel);
        if (r < 0)
                return r;
        r = packet_socket_new(outside->event, ETH_P_IP, packet_filter_dhcp4(), on_dhcp_frame, outside,
                              &outside->sockets[MANAGER_SOCKET_DHCP]);
        if (r < 0)
                return r;
        return packet_socket_new(outside->event, ETH_P_ARP, packet_filter_arp(), on_arp_frame, outside,
                                 &outside->sockets[MANAGER_SOCKET_ARP]);
}

static void port_close(void *port) {
        Outside *outside = port;

        for (size_t i = ARRAY_SIZE(outside->sockets); i-- > 0;)
                (void) packet_socket_free(outside->sockets[i]);
        (void) kernel_free(outside->kernel);
        sd_event_unref(outside->event);
        g_free(outside);
}

/* Time and chance */

static usec_t port_now(void *port) {
        const Outside *outside = port;
        uint64_t now;

        if (sd_event_now(outside->event, CLOCK_BOOTTIME, &now) < 0)
                abort();
        return now;
}

static usec_t clock_now(clockid_t clock) {
        struct timespec ts;

        (void) clock_gettime(clock, &ts);
        return (usec_t) ts.tv_sec * USEC_PER_SEC + (usec_t) ts.tv_nsec / 1000;
}

static usec_t port_realtime(void *port, usec_t boottime) {
        const usec_t b = clock_now(CLOCK_BOOTTIME), r = clock_now(CLOCK_REALTIME);

        return boottime >= b ? usec_add(r, boottime - b) : usec_sub(r, b - boottime);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        const ManagerTimer *timer = userdata;

        timer->func(timer->userdata);
        return 0;
}

static int on_idle(sd_event_source *source, void *userdata) {
        return on_time(source, 0, userdata);
}

static int port_set_timer(void *port, ManagerTimer *timer, usec_t at, usec_t accuracy) {
        const Outside *outside = port;
        sd_event_source *source = timer->source;
        int r;

        if (at == USEC_INFINITY)
                return source ? sd_event_source_set_enabled(source, SD_EVENT_OFF) : 0;
        if (source) {
                (void) sd_event_source_set_time_accuracy(source, accuracy);
                (void) sd_event_source_set_time(source, at);
                return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        }
        r = sd_event_add_time(outside->event, &source, CLOCK_BOOTTIME, at, accuracy, on_time, timer);
        timer->source = source;
        return r;
}

static int port_set_idle(void *port, ManagerTimer *timer) {
        const Outside *outside = port;
        sd_event_source *source = timer->source;
        int r;

        if (source)
                return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        r = sd_event_add_defer(outside->event, &source, on_idle, timer);
        timer->source = source;
        return r < 0 ? r : sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IDLE);
}

static void port_clear_timer(void *port, ManagerTimer *timer) {
        timer->source = sd_event_source_disable_unref(timer->source);
}

static int port_draw(void *port, void *ret, size_t size) {
        return getrandom(ret, size, 0) == (ssize_t) size ? 0 : -EIO;
}

/* Interfaces and their configuration */

static Kernel *kernel_of(void *port) {
        const Outside *outside = port;

        return outside->kernel;
}

static int port_start(void *port) {
        return kernel_start(kernel_of(port));
}

static const KernelLink *port_find_link(void *port, int ifindex) {
        return kernel_find_link(kernel_of(port), ifindex);
}

static const KernelLink *port_find_link_by_name(void *port, const char *name) {
        return kernel_find_link_by_name(kernel_of(port), name);
}

static void port_look_up_name(void *port, const char *name) {
        kernel_look_up_name(kernel_of(port), name);
}

static void port_foreach_link(void *port, void (*fn)(void *userdata, const KernelLink *link),
                              void *userdata) {
        kernel_foreach_link(kernel_of(port), fn, userdata);
}

static uint32_t port_main_table(void *port, const KernelLink *link) {
        return kernel_main_table(kernel_of(port), link);
}

static int port_vrf(void *port, const KernelLink *link) {
        return kernel_vrf(kernel_of(port), link);
}

static int port_address_elsewhere(void *port, int ifindex, uint8_t family, const IpAddress *address) {
        return family == AF_INET ? kernel_address_elsewhere(kernel_of(port), ifindex, address->v4) : 0;
}

static bool port_address_here(void *port, int ifindex, uint8_t family, const IpAddress *address) {
        return family == AF_INET && kernel_address_here(kernel_of(port), ifindex, address->v4);
}

static bool port_has_hw_address(void *port, const uint8_t *address, size_t len) {
        return kernel_has_hw_address(kernel_of(port), address, len);
}

static int port_set_up(void *port, int ifindex, bool up) {
        return kernel_set_up(kernel_of(port), ifindex, up);
}

static int port_set_mtu(void *port, int ifindex, uint32_t mtu) {
        return kernel_set_mtu(kernel_of(port), ifindex, mtu);
}

static int port_adopt(void *port, int ifindex, const NetConfig *owned) {
        return kernel_adopt(kernel_of(port), ifindex, owned);
}

static void port_owned(void *port, int ifindex, NetConfig *ret) {
        kernel_owned(kernel_of(port), ifindex, ret);
}

static int port_tunnels(void *port, int ifindex, NetTunnels *ret) {
        return kernel_tunnels(kernel_of(port), ifindex, ret);
}

static int port_snapshot(void *port, int ifindex, usec_t now, const NetConfig *desired, NetConfig *ret) {
        return kernel_snapshot(kernel_of(port), ifindex, now, desired, ret);
}

static int port_apply(void *port, int ifindex, usec_t now, const NetPlan *plan, KernelLosses *ret) {
        return kernel_apply(kernel_of(port), ifindex, now, plan, ret);
}

/* Sockets */

static int port_set_socket_options(void *port, const SocketOptions *options) {
        Outside *outside = port;
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(outside->sockets) && r >= 0; i++)
                r = packet_socket_set_options(outside->sockets[i], options);
        return r;
}

static int port_want_frames(void *port, ManagerSocket socket, int ifindex, bool want) {
        Outside *outside = port;

        return packet_socket_want(outside->sockets[socket], ifindex, want);
}

static int port_send_frame(void *port, ManagerSocket socket, int ifindex, const HwAddress *destination,
                           const void *head, size_t head_len, const void *body, size_t body_len) {
        Outside *outside = port;

        return packet_socket_send(outside->sockets[socket], ifindex, destination, head, head_len, body,
                                  body_len);
}

static int port_send_routed(void *port, int ifindex, const SocketOptions *options, struct in_addr src,
                            struct in_addr dst, const void *headers, size_t headers_len, const void *payload,
                            size_t payload_len) {
        return raw_send(ifindex, options, src, dst, headers, headers_len, payload, payload_len);
}

static int port_open_udp(void *port, int vrf, struct in_addr address, ManagedLink *link, UdpSocket **ret) {
        const Outside *outside = port;

        return udp_socket_new(outside->event, vrf, address, on_udp, link, ret);
}

static void port_close_udp(void *port, UdpSocket *socket) {
        (void) udp_socket_free(socket);
}

/* Other programs on this host */

static bool port_is_wireless(void *port, const char *ifname) {
        g_autofree char *path = g_build_filename("/sys/class/net", ifname, "phy80211", NULL);

        return g_file_test(path, G_FILE_TEST_EXISTS);
}

static const char *port_other_manager(void *port, int ifindex) {
        return other_manager_find(OTHER_MANAGER_ROOT, ifindex);
}

static char *port_describe_remover(void *port, int ifindex, const char *ifname) {
        return other_describe_remover(OTHER_MANAGER_ROOT, ifindex, ifname,
                                      kernel_removed_by(kernel_of(port), ifindex));
}

static bool port_other_identity(void *port, int ifindex, const char *ifname, const HwAddress *address,
                                uint8_t ret[255], uint8_t *ret_len) {
        return other_identity_find(OTHER_MANAGER_ROOT, ifindex, ifname, address, ret, ret_len);
}

static const ManagerPorts ports_linux = {
        .open = port_open,
        .close = port_close,
        .now = port_now,
        .realtime = port_realtime,
        .set_timer = port_set_timer,
        .set_idle = port_set_idle,
        .clear_timer = port_clear_timer,
        .draw = port_draw,
        .start = port_start,
        .find_link = port_find_link,
        .find_link_by_name = port_find_link_by_name,
        .look_up_name = port_look_up_name,
        .foreach_link = port_foreach_link,
        .main_table = port_main_table,
        .vrf = port_vrf,
        .address_elsewhere = port_address_elsewhere,
        .address_here = port_address_here,
        .has_hw_address = port_has_hw_address,
        .set_up = port_set_up,
        .set_mtu = port_set_mtu,
        .adopt = port_adopt,
        .owned = port_owned,
        .tunnels = port_tunnels,
        .snapshot = port_snapshot,
        .apply = port_apply,
        .set_socket_options = port_set_socket_options,
        .want_frames = port_want_frames,
        .send_frame = port_send_frame,
        .send_routed = port_send_routed,
        .open_udp = port_open_udp,
        .close_udp = port_close_udp,
        .is_wireless = port_is_wireless,
        .other_manager = port_other_manager,
        .describe_remover = port_describe_remover,
        .other_identity = port_other_identity,
};

int manager_new_linux(sd_event *event, Config *config, LeaseStore *store, Manager **ret) {
        Outside *outside = g_new0(Outside, 1);

        outside->event = sd_event_ref(event);
        return manager_new(&ports_linux, outside, config, store, ret);
}
