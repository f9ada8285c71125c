/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network interfaces of a machine (machine.h). The daemon hears of a change a moment later, and of
 * several changes at once, as from the kernel.
 *
 * nic->ours is the truth about what daemons have added to an interface, and outlives the daemon. The daemon
 * itself knows only what it has added since its start and what its record says.
 */
#include <arpa/inet.h>
#include <net/if_arp.h>
#include <string.h>

#include "tests/sim/machine.h"

#define NOTIFY_MAX_USEC (20 * USEC_PER_MSEC)

SimHost *machine_nic_host(Machine *machine, const MachineNic *nic) {
        return &machine->sim.hosts[machine_nic_index(machine, nic)];
}

int machine_nic_index(const Machine *machine, const MachineNic *nic) {
        return (int) (nic - machine->nics);
}

LinkNames machine_nic_names(const MachineNic *nic) {
        return (LinkNames){ .ifname = nic->link.ifname,
                            .altnames = nic->altnames[0] ? nic->altnames : NULL };
}

MachineNic *machine_find_nic(Machine *machine, int ifindex) {
        for (unsigned i = 0; i < machine->n_nics; i++)
                if (ifindex > 0 && machine->nics[i].view.ifindex == ifindex)
                        return &machine->nics[i];
        return NULL;
}

bool machine_nic_has(Machine *machine, const MachineNic *nic, struct in_addr address) {
        return nic->here && world_kernel_can_use(&machine_nic_host(machine, nic)->world.kernel, address);
}

/* Adds an address and a route that no daemon may touch. */
static void add_foreign(Machine *machine, MachineNic *nic) {
        SimHost *host = machine_nic_host(machine, nic);
        WorldKernel *kernel = &host->world.kernel;

        world_kernel_put_address(
                kernel,
                &(const NetAddress){
                        .family = AF_INET,
                        .address.v4.s_addr = htonl(0xac100001u + ((uint32_t) host->index << 8)),
                        .prefix_len = 24,
                        .valid_until = USEC_INFINITY,
                });
        world_kernel_put_route(kernel,
                               &(const NetRoute){
                                       .family = AF_INET,
                                       .dst.v4.s_addr = htonl(0xc6130000u + ((uint32_t) host->index << 8)),
                                       .prefix_len = 24,
                                       .metric = 1024,
                                       .table = 254,
                               });
        world_kernel_others(kernel, &host->others);
}

/* Turns the interface into another device, with a hardware address that no device had before. */
static void be_another(Machine *machine, MachineNic *nic) {
        SimHost *host = machine_nic_host(machine, nic);
        uint8_t mac[6] = { 2, 0, 0, (uint8_t) (machine->n_devices >> 8), (uint8_t) machine->n_devices };

        machine->n_devices++;
        memcpy(host->mac, mac, sizeof(mac));
        nic->link.address = (HwAddress){ .len = sizeof(mac) };
        memcpy(nic->link.address.bytes, mac, sizeof(mac));
        nic->n_grants = 0;
}

void machine_nic_init(Machine *machine, unsigned i) {
        MachineNic *nic = &machine->nics[i];
        SimHost *host = &machine->sim.hosts[i];

        *nic = (MachineNic){ .here = true,
                             .plugged = true,
                             .starts_down = machine_draw(machine, 4) == 0,
                             .notify_at = USEC_INFINITY,
                             .first_sent_at = USEC_INFINITY };
        *host = (SimHost){ .sim = &machine->sim, .index = (int) i };
        host->world.kernel.promotes = machine_draw(machine, 2);
        nic->link = (KernelLink){ .ifindex = machine->next_ifindex++,
                                  .arp_type = ARPHRD_ETHER,
                                  .broadcast = { .len = 6, .bytes = { 255, 255, 255, 255, 255, 255 } },
                                  .mtu = 1500 };
        (void) g_snprintf(nic->link.ifname, sizeof(nic->link.ifname), "eth%u", i);
        if (machine_draw(machine, 3) == 0)
                (void) g_snprintf(nic->altnames, MACHINE_NAME_MAX, "port%u", i);
        be_another(machine, nic);
        if (machine_draw(machine, 2))
                add_foreign(machine, nic);
        machine_nic_set(machine, nic, !nic->starts_down, true);
        nic->link.carrier_changes = 1;
        nic->notify_at = USEC_INFINITY;
}

void machine_nic_changed(Machine *machine, MachineNic *nic) {
        if (nic->here && nic->notify_at == USEC_INFINITY)
                nic->notify_at = machine->sim.now + 1 + machine_draw(machine, NOTIFY_MAX_USEC);
}

void machine_nic_notify(Machine *machine, MachineNic *nic) {
        nic->notify_at = USEC_INFINITY;
        if (!machine->manager)
                return;
        nic->view = nic->link;
        nic->view.altnames = nic->altnames[0] ? nic->altnames : NULL;
        manager_link_changed(machine->manager, &nic->view);
}

void machine_nic_set(Machine *machine, MachineNic *nic, bool up, bool plugged) {
        SimHost *host = machine_nic_host(machine, nic);
        const bool carrier = up && plugged;

        if (carrier != nic->link.carrier)
                machine_trace(machine, "%s: %s%s", nic->link.ifname, up ? "up" : "down",
                              carrier ? ", carrier" : "");

        if (!up)
                world_kernel_del_our_routes(&host->world.kernel);
        nic->plugged = plugged;
        nic->link.up = up;
        nic->link.carrier_changes += nic->link.carrier != carrier;
        nic->link.carrier = host->world.carrier = carrier;
        (void) machine_nic_expire(machine, nic);
        machine_nic_changed(machine, nic);
}

void machine_nic_blink(Machine *machine, MachineNic *nic) {
        machine_nic_set(machine, nic, nic->link.up, false);
        machine_nic_set(machine, nic, nic->link.up, true);
}

void machine_nic_rename(Machine *machine, MachineNic *nic, const char *name, bool keep_old) {
        machine_trace(machine, "%s is renamed to %s%s", nic->link.ifname, name,
                      keep_old ? ", and keeps its name" : "");
        memset(nic->altnames, 0, sizeof(nic->altnames));
        if (keep_old)
                (void) g_strlcpy(nic->altnames, nic->link.ifname, MACHINE_NAME_MAX);
        else if (!nic->is_managed)
                machine_nic_lose_track(nic);
        memset(nic->link.ifname, 0, sizeof(nic->link.ifname));
        (void) g_strlcpy(nic->link.ifname, name, sizeof(nic->link.ifname));
        machine_nic_changed(machine, nic);
}

void machine_nic_lose_track(MachineNic *nic) {
        nic->untracked = nic->ours.n_addresses > 0;
        nic->starts_down = nic->starts_down && !nic->link.up;
}

void machine_nic_leave(Machine *machine, MachineNic *nic) {
        SimHost *host = machine_nic_host(machine, nic);
        const int ifindex = nic->view.ifindex;

        machine_trace(machine, "%s leaves for another namespace", nic->link.ifname);
        nic->here = false;
        nic->must_have.s_addr = INADDR_ANY;
        nic->link.up = nic->link.carrier = host->world.carrier = false;
        nic->notify_at = USEC_INFINITY;
        nic->ours = (NetConfig){ .family = AF_INET };
        host->world.kernel.n_addresses = host->world.kernel.n_routes = host->world.kernel.n_rules = 0;
        world_kernel_others(&host->world.kernel, &host->others);
        if (!machine->manager || ifindex == 0)
                return;
        /* The daemon can no longer look the interface up when it is told. */
        nic->view.ifindex = 0;
        manager_link_removed(machine->manager, ifindex);
}

void machine_nic_enter(Machine *machine, MachineNic *nic, int ifindex, bool is_another) {
        nic->here = true;
        nic->link.ifindex = ifindex > 0 ? ifindex : machine->next_ifindex++;
        nic->view = (KernelLink){ .ifindex = 0 };
        if (is_another)
                be_another(machine, nic);
        machine_nic_set(machine, nic, !nic->starts_down, true);
        machine_trace(machine, "%s is here, number %d%s", nic->link.ifname, nic->link.ifindex,
                      is_another ? ", another device" : "");
}

void machine_nic_disown(Machine *machine, MachineNic *nic) {
        WorldKernel *kernel = &machine_nic_host(machine, nic)->world.kernel;

        for (size_t i = 0; i < kernel->n_addresses; i++)
                if (kernel->addresses[i].ours) {
                        kernel->addresses[i].ours = false;
                        kernel->inherited[i] = true;
                }
        for (size_t i = 0; i < kernel->n_routes; i++)
                kernel->routes[i].ours = false;
        nic->view = (KernelLink){ .ifindex = 0 };
        nic->wants[MANAGER_SOCKET_DHCP] = nic->wants[MANAGER_SOCKET_ARP] = false;
        nic->is_managed = nic->is_bound = false;
}

/* Drops from nic->ours the addresses and routes that @kernel no longer has. */
static void forget_gone(MachineNic *nic, const WorldKernel *kernel) {
        NetConfig now = { .family = AF_INET, .n_addresses = 0 };

        for (size_t i = 0; i < kernel->n_addresses; i++) {
                const NetAddress *address = &kernel->addresses[i];

                if (net_plan_find_address(&nic->ours, address))
                        now.addresses[now.n_addresses++] = *address;
        }
        for (size_t i = 0; i < kernel->n_routes; i++)
                for (size_t j = 0; j < nic->ours.n_routes; j++)
                        if (net_route_equal(&nic->ours.routes[j], &kernel->routes[i]))
                                now.routes[now.n_routes++] = kernel->routes[i];
        nic->ours = now;
        nic->untracked = nic->untracked && now.n_addresses > 0;
}

usec_t machine_nic_expire(Machine *machine, MachineNic *nic) {
        WorldKernel *kernel = &machine_nic_host(machine, nic)->world.kernel;
        const usec_t next = world_kernel_expire(kernel, machine->sim.now);

        forget_gone(nic, kernel);
        return next;
}

void machine_nic_strip(Machine *machine, MachineNic *nic) {
        WorldKernel *kernel = &machine_nic_host(machine, nic)->world.kernel;

        machine_trace(machine, "%s: somebody takes ours off", nic->link.ifname);
        for (size_t i = kernel->n_addresses; i-- > 0;)
                if (i < kernel->n_addresses && net_plan_find_address(&nic->ours, &kernel->addresses[i]))
                        world_kernel_del_address(kernel, i);
        world_kernel_others(kernel, &machine_nic_host(machine, nic)->others);
        (void) machine_nic_expire(machine, nic);
        if (machine->manager && nic->view.ifindex > 0)
                manager_config_changed(machine->manager, nic->view.ifindex);
}
