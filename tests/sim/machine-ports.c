/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ports of the manager (manager/manager-ports.h) over the model of a machine: timers, interfaces,
 * sockets, and what the wire brings to the sockets. The state of interfaces is kept in machine-nic.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/sim/machine.h"
#include "wire/arp.h"
#include "wire/ipv4-udp.h"

/* Offset of the destination in an IPv4 header, bytes. */
#define IPV4_DESTINATION 16u

struct MachineTimer {
        ManagerTimer *timer;
        usec_t at;      /* USEC_INFINITY: off */
        uint64_t order; /* of timers that are due at the same time, the one that was set first fires first */
};

struct UdpSocket {
        ManagedLink *link;
        struct in_addr address;
};

/* Time and chance */

MachineTimer *machine_first_timer(const Machine *machine, usec_t *ret_at) {
        MachineTimer *first = NULL;

        for (guint i = 0; i < machine->timers->len; i++) {
                MachineTimer *t = machine->timers->pdata[i];

                if (t->at != USEC_INFINITY &&
                    (!first || t->at < first->at || (t->at == first->at && t->order < first->order)))
                        first = t;
        }
        *ret_at = first ? first->at : USEC_INFINITY;
        return first;
}

void machine_fire(Machine *machine, MachineTimer *timer) {
        ManagerTimer *t = timer->timer;

        timer->at = USEC_INFINITY;
        t->func(t->userdata);
}

static usec_t port_now(void *port) {
        const Machine *machine = port;

        return machine->sim.now;
}

static usec_t port_realtime(void *port, usec_t boottime) {
        const Machine *machine = port;

        return usec_add(boottime, machine->realtime_ahead);
}

static int set(Machine *machine, ManagerTimer *timer, usec_t at) {
        MachineTimer *t = timer->source;

        if (!t) {
                if (at == USEC_INFINITY)
                        return 0;
                t = g_new0(MachineTimer, 1);
                t->timer = timer;
                timer->source = t;
                g_ptr_array_add(machine->timers, t);
        }
        t->at = at;
        t->order = machine->sim.order++;
        return 0;
}

static int port_set_timer(void *port, ManagerTimer *timer, usec_t at, usec_t accuracy) {
        Machine *machine = port;

        return set(machine, timer, at == USEC_INFINITY ? at : MAX(at, machine->sim.now));
}

static int port_set_idle(void *port, ManagerTimer *timer) {
        Machine *machine = port;

        return set(machine, timer, machine->sim.now + 1 + machine_draw(machine, machine->idle_max));
}

static void port_clear_timer(void *port, ManagerTimer *timer) {
        Machine *machine = port;

        if (timer->source)
                g_ptr_array_remove(machine->timers, timer->source);
        timer->source = NULL;
}

static int port_draw(void *port, void *ret, size_t size) {
        for (size_t i = 0; i < size; i++)
                ((uint8_t *) ret)[i] = (uint8_t) machine_draw(port, 256);
        return 0;
}

static int port_open(void *port, Manager *manager) {
        Machine *machine = port;

        machine->manager = manager;
        return 0;
}

static void port_close(void *port) {
        Machine *machine = port;

        if (machine->timers->len > 0 || machine->sockets->len > 0)
                machine_fail(machine, NULL, "the manager has not cleared a timer or closed a socket");
        machine->manager = NULL;
}

/* Interfaces */

static int port_start(void *port) {
        Machine *machine = port;

        for (unsigned i = 0; i < machine->n_nics; i++)
                if (machine->nics[i].here)
                        machine_nic_notify(machine, &machine->nics[i]);
        return 0;
}

static const KernelLink *port_find_link(void *port, int ifindex) {
        const MachineNic *nic = machine_find_nic(port, ifindex);

        return nic ? &nic->view : NULL;
}

static const KernelLink *port_find_link_by_name(void *port, const char *name) {
        Machine *machine = port;

        for (unsigned i = 0; i < machine->n_nics; i++) {
                const LinkNames names = kernel_link_names(&machine->nics[i].view);

                if (machine->nics[i].view.ifindex > 0 && link_names_have(&names, name))
                        return &machine->nics[i].view;
        }
        return NULL;
}

static void port_look_up_name(void *port, const char *name) {
}

static void port_foreach_link(void *port, void (*fn)(void *userdata, const KernelLink *link),
                              void *userdata) {
        Machine *machine = port;

        for (unsigned i = 0; i < machine->n_nics; i++)
                if (machine->nics[i].view.ifindex > 0)
                        fn(userdata, &machine->nics[i].view);
}

static uint32_t port_main_table(void *port, const KernelLink *link) {
        return 254;
}

static int port_vrf(void *port, const KernelLink *link) {
        return 0;
}

static int port_address_elsewhere(void *port, int ifindex, uint8_t family, const IpAddress *address) {
        Machine *machine = port;

        for (unsigned i = 0; i < machine->n_nics; i++) {
                const MachineNic *nic = &machine->nics[i];

                if (nic->here && nic->link.up && nic->link.ifindex != ifindex &&
                    machine_nic_has(machine, nic, address->v4))
                        return nic->link.ifindex;
        }
        return 0;
}

static bool port_address_here(void *port, int ifindex, uint8_t family, const IpAddress *address) {
        const MachineNic *nic = machine_find_nic(port, ifindex);

        return nic && machine_nic_has(port, nic, address->v4);
}

static bool port_has_hw_address(void *port, const uint8_t *address, size_t len) {
        Machine *machine = port;

        for (unsigned i = 0; i < machine->n_nics; i++) {
                const KernelLink *link = &machine->nics[i].view;

                if (link->ifindex > 0 && link->address.len == len &&
                    memcmp(link->address.bytes, address, len) == 0)
                        return true;
        }
        return false;
}

static int port_set_up(void *port, int ifindex, bool up) {
        Machine *machine = port;
        MachineNic *nic = machine_find_nic(machine, ifindex);

        if (!nic || !nic->here)
                return -ENODEV;
        if (machine->is_dead)
                return 0;
        if (!machine_should_manage(machine, nic) && up)
                machine_fail(machine, nic, "it is brought up, and should not be managed");
        machine_nic_set(machine, nic, up, nic->plugged);
        nic->view.up = up;
        nic->view.carrier = nic->view.carrier && up;
        return 0;
}

static int port_set_mtu(void *port, int ifindex, uint32_t mtu) {
        return 0;
}

/* Returns true if @owned contains @address. */
static bool is_listed(const NetConfig *owned, const NetAddress *address) {
        return net_plan_find_address(owned, address);
}

static bool is_listed_route(const NetConfig *owned, const NetRoute *route) {
        for (size_t i = 0; i < owned->n_routes; i++)
                if (net_route_equal(&owned->routes[i], route))
                        return true;
        return false;
}

static int port_adopt(void *port, int ifindex, const NetConfig *owned) {
        Machine *machine = port;
        MachineNic *nic = machine_find_nic(machine, ifindex);
        WorldKernel *kernel;

        if (!nic)
                return 0;
        kernel = &machine_nic_host(machine, nic)->world.kernel;
        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (is_listed(owned, &kernel->addresses[i])) {
                        if (!is_listed(&nic->ours, &kernel->addresses[i]))
                                machine_fail(machine, nic,
                                             "the daemon adopts an address that no daemon added");
                        kernel->addresses[i].ours = true;
                        kernel->inherited[i] = false;
                }
        for (size_t i = 0; i < kernel->n_routes; i++)
                if (is_listed_route(owned, &kernel->routes[i])) {
                        if (!is_listed_route(&nic->ours, &kernel->routes[i]))
                                machine_fail(machine, nic, "the daemon adopts a route that no daemon added");
                        kernel->routes[i].ours = true;
                }
        return 0;
}

static void port_owned(void *port, int ifindex, NetConfig *ret) {
        Machine *machine = port;
        MachineNic *nic = machine_find_nic(machine, ifindex);
        const WorldKernel *kernel;

        *ret = (NetConfig){ .family = AF_INET };
        if (!nic)
                return;
        kernel = &machine_nic_host(machine, nic)->world.kernel;
        for (size_t i = 0; i < kernel->n_addresses && ret->n_addresses < NET_ADDRESSES_MAX; i++)
                if (kernel->addresses[i].ours)
                        ret->addresses[ret->n_addresses++] = kernel->addresses[i];
        for (size_t i = 0; i < kernel->n_routes && ret->n_routes < NET_ROUTES_MAX; i++)
                if (kernel->routes[i].ours)
                        ret->routes[ret->n_routes++] = kernel->routes[i];
}

static int port_tunnels(void *port, int ifindex, NetTunnels *ret) {
        return 0;
}

static int port_snapshot(void *port, int ifindex, usec_t now, const NetConfig *desired, NetConfig *ret) {
        Machine *machine = port;
        MachineNic *nic = machine_find_nic(machine, ifindex);

        *ret = (NetConfig){ .family = AF_INET };
        if (!nic || !nic->here)
                return -ENODEV;
        (void) machine_nic_expire(machine, nic);
        world_kernel_snapshot(&machine_nic_host(machine, nic)->world.kernel, ret);
        return 0;
}

static int port_apply(void *port, int ifindex, usec_t now, const NetPlan *plan, KernelLosses *ret) {
        Machine *machine = port;
        MachineNic *nic = machine_find_nic(machine, ifindex);
        int r = 0;

        *ret = (KernelLosses){};
        if (!nic || !nic->here)
                return -ENODEV;
        for (size_t i = 0; i < plan->n_steps && !machine->is_dead; i++) {
                const NetStep *step = &plan->steps[i];
                const char *problem;
                int q;

                machine_check_step(machine, nic, step);
                problem = world_kernel_step(&machine_nic_host(machine, nic)->world.kernel, step, r == 0, &q);
                if (problem)
                        machine_fail(machine, nic, "%s", problem);
                if (q < 0)
                        r = q;
                else if (step->op == NET_OP_ADD_ADDRESS && !is_listed(&nic->ours, &step->address))
                        nic->ours.addresses[nic->ours.n_addresses++ % NET_ADDRESSES_MAX] = step->address;
                else if ((step->op == NET_OP_ADD_ROUTE_ONLINK || step->op == NET_OP_ADD_ROUTE_GATEWAY) &&
                         !is_listed_route(&nic->ours, &step->route) && nic->ours.n_routes < NET_ROUTES_MAX)
                        nic->ours.routes[nic->ours.n_routes++] = step->route;
                (void) machine_nic_expire(machine, nic);
                if (machine->die_in > 0 && --machine->die_in == 0) {
                        machine_die(machine);
                }
        }
        return r;
}

/* Sockets */

static int port_set_socket_options(void *port, const SocketOptions *options) {
        return 0;
}

static int port_want_frames(void *port, ManagerSocket socket, int ifindex, bool want) {
        MachineNic *nic = machine_find_nic(port, ifindex);

        if (nic)
                nic->wants[socket] = want;
        return 0;
}

static int send_dhcp(Machine *machine, MachineNic *nic, struct in_addr dst, const uint8_t *data,
                     size_t len) {
        Sim *sim = &machine->sim;
        Packet p = { .kind = PACKET_TO_SERVERS,
                     .host = machine_nic_index(machine, nic),
                     .server = -1,
                     .at = sim->now + 100 + machine_draw(machine, 400),
                     .len = len };
        Dhcp4Message m;

        if (machine->is_dead)
                return 0;
        if (dhcp4_message_parse(data, len, &m) != 0)
                machine_fail(machine, nic, "it sends a frame that does not parse");
        if (memcmp(m.header.chaddr, nic->link.address.bytes, 6) != 0 && m.type != DHCP4_RELEASE &&
            nic->notify_at == USEC_INFINITY)
                machine_fail(machine, nic, "it sends a message with the chaddr of another interface");
        machine_trace(machine, "%s sends %s xid %08x to %s", nic->link.ifname,
                      dhcp4_message_type_to_string(m.type), m.header.xid, inet_ntoa(dst));
        machine_note_sent(machine, nic, m.type);
        if (!nic->here || !nic->link.carrier)
                return -ENETDOWN;
        memcpy(p.data, data, len);
        if (dst.s_addr != INADDR_BROADCAST) {
                p.server = -2;
                for (unsigned i = 0; i < sim->n_servers; i++)
                        if (sim->servers[i].id.s_addr == dst.s_addr)
                                p.server = (int) i;
        }
        if (p.server >= -1)
                sim_put(sim, &p);
        return 0;
}

static int port_send_frame(void *port, ManagerSocket socket, int ifindex, const HwAddress *destination,
                           const void *head, size_t head_len, const void *body, size_t body_len) {
        Machine *machine = port;
        MachineNic *nic = machine_find_nic(machine, ifindex);
        Packet p = { .kind = PACKET_ARP, .at = machine->sim.now + 100 };
        struct in_addr dst;

        if (!nic)
                return -ENODEV;
        if (socket == MANAGER_SOCKET_DHCP) {
                memcpy(&dst, (const uint8_t *) head + IPV4_DESTINATION, sizeof(dst));
                return send_dhcp(machine, nic, dst, body, body_len);
        }
        if (arp_packet_parse(head, head_len, &p.arp) != 0)
                machine_fail(machine, nic, "it sends an ARP packet that does not parse");
        p.host = machine_nic_index(machine, nic);
        memcpy(p.arp_to, destination->bytes, sizeof(p.arp_to));
        if (nic->here && nic->link.carrier && !machine->is_dead)
                sim_put(&machine->sim, &p);
        return 0;
}

static int port_send_routed(void *port, int ifindex, const SocketOptions *options, struct in_addr src,
                            struct in_addr dst, const void *headers, size_t headers_len, const void *payload,
                            size_t payload_len) {
        MachineNic *nic = machine_find_nic(port, ifindex);

        if (!nic)
                return -ENODEV;
        return machine_nic_has(port, nic, src) ? send_dhcp(port, nic, dst, payload, payload_len)
                                               : -EADDRNOTAVAIL;
}

static int port_open_udp(void *port, int vrf, struct in_addr address, ManagedLink *link, UdpSocket **ret) {
        Machine *machine = port;
        bool found = false;

        for (unsigned i = 0; i < machine->n_nics; i++)
                found = found || machine_nic_has(machine, &machine->nics[i], address);
        if (!found)
                return -EADDRNOTAVAIL;
        *ret = g_new(UdpSocket, 1);
        **ret = (UdpSocket){ .link = link, .address = address };
        g_ptr_array_add(machine->sockets, *ret);
        return 0;
}

static void port_close_udp(void *port, UdpSocket *socket) {
        Machine *machine = port;

        g_ptr_array_remove(machine->sockets, socket);
}

/* What the wire (sim-wire.c) brings to the sockets */

static bool anybody_wants(const Machine *machine, ManagerSocket socket) {
        for (unsigned i = 0; i < machine->n_nics; i++)
                if (machine->nics[i].wants[socket])
                        return true;
        return false;
}

/* Hands the daemon the frame of @packet, as a packet socket receives it from the interface. */
static void hand_frame(Machine *machine, MachineNic *nic, const Packet *packet, struct in_addr dst) {
        uint8_t frame[IPV4_UDP_HEADERS_LEN + DHCP4_MESSAGE_MAX_LEN];
        const PacketFrame f = {
                .ifindex = nic->view.ifindex,
                .wanted = nic->wants[MANAGER_SOCKET_DHCP],
                .source = machine->sim.servers[packet->server].hw,
                .data = frame,
                .len = IPV4_UDP_HEADERS_LEN + packet->len,
        };

        ipv4_udp_headers(frame, packet->source, DHCP4_PORT_SERVER, dst, DHCP4_PORT_CLIENT, /* tos= */ 0,
                         packet->data, packet->len);
        memcpy(frame + IPV4_UDP_HEADERS_LEN, packet->data, packet->len);
        if (f.ifindex > 0 && anybody_wants(machine, MANAGER_SOCKET_DHCP))
                manager_dhcp_frame(machine->manager, &f);
}

/*
 * Returns the interface by which @packet arrives. If the ARP table of the server is wrong, this is another
 * interface of the machine than @nic, if another one has a carrier.
 */
static MachineNic *way_in(Machine *machine, MachineNic *nic, const Packet *packet) {
        for (unsigned i = 0; packet->astray && i < machine->n_nics; i++)
                if (&machine->nics[i] != nic && machine->nics[i].here && machine->nics[i].link.carrier)
                        return &machine->nics[i];
        return nic;
}

void sim_host_receive(SimHost *host, const Packet *packet) {
        Machine *machine = machine_of(host->sim);
        MachineNic *nic = &machine->nics[host->index], *in = way_in(machine, nic, packet);
        const struct in_addr all = { .s_addr = INADDR_BROADCAST };

        if (!machine->manager || !nic->here || !nic->link.carrier)
                return;
        if (packet->needs_arp && !machine_nic_has(machine, nic, packet->dst))
                return;
        machine_note_grant(machine, nic, packet);
        hand_frame(machine, in, packet, packet->broadcast ? all : packet->dst);
        if (packet->broadcast || !machine_nic_has(machine, nic, packet->dst))
                return;
        for (guint i = 0; machine->manager && i < machine->sockets->len; i++) {
                const UdpSocket *socket = machine->sockets->pdata[i];

                if (socket->address.s_addr == packet->dst.s_addr) {
                        managed_link_datagram(socket->link, packet->source, packet->data, packet->len);
                        return;
                }
        }
}

void sim_host_arp(SimHost *host, const ArpPacket *arp) {
        Machine *machine = machine_of(host->sim);
        const MachineNic *nic = &machine->nics[host->index];
        uint8_t data[ARP_PACKET_LEN];
        const PacketFrame f = {
                .ifindex = nic->view.ifindex,
                .wanted = nic->wants[MANAGER_SOCKET_ARP],
                .data = data,
                .len = sizeof(data),
        };

        if (!machine->manager || f.ifindex == 0 || !nic->link.carrier ||
            !anybody_wants(machine, MANAGER_SOCKET_ARP))
                return;
        arp_packet_build(arp, data);
        manager_arp_frame(machine->manager, &f);
}

/* Other programs */

static bool port_is_wireless(void *port, const char *ifname) {
        return false;
}

static const char *port_other_manager(void *port, int ifindex) {
        const MachineNic *nic = machine_find_nic(port, ifindex);

        return nic ? nic->other : NULL;
}

static char *port_describe_remover(void *port, int ifindex, const char *ifname) {
        return g_strdup("removed by somebody");
}

static bool port_other_identity(void *port, int ifindex, const char *ifname, const HwAddress *address,
                                uint8_t ret[255], uint8_t *ret_len) {
        return false;
}

const ManagerPorts machine_ports = {
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
