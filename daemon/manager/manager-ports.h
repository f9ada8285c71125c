/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Everything that the manager and its links do to the outside. There are two implementations:
 * manager-ports-linux.c over io/ and sd-event, and the model of tests/sim. The other files of this folder
 * have no clock, timer, entropy, socket or netlink of their own, and do not read files of other programs. So
 * the simulator runs them unchanged.
 *
 * Beside these calls, they use three things of the outside: the lease store, which is passed to
 * manager_new(), the log (io/log.h), and the machine id, from which client-id.c makes the DUID.
 *
 * All calls return at once. Failures are negative errnos.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/kernel.h"
#include "io/packet-socket.h"
#include "io/socket-options.h"

typedef struct ManagedLink ManagedLink;
typedef struct Manager Manager;
typedef struct UdpSocket UdpSocket;

/*
 * Calls @func once when its time has come. A timer is a member of the object that it belongs to. The object
 * clears the timer before it is freed.
 */
typedef struct ManagerTimer {
        void (*func)(void *userdata);
        void *userdata;
        void *source; /* belongs to the port; NULL: never set, or cleared since */
} ManagerTimer;

/* The two sockets that all links share. */
typedef enum ManagerSocket {
        MANAGER_SOCKET_DHCP, /* messages from servers */
        MANAGER_SOCKET_ARP,
        _MANAGER_SOCKET_MAX,
} ManagerSocket;

typedef struct ManagerPorts {
        /* Called first. From then on the port may call the functions at the end of this file. */
        int (*open)(void *port, Manager *manager);
        /* Called last, also after open() failed. Frees the port. */
        void (*close)(void *port);

        /* Time and chance */

        usec_t (*now)(void *port); /* CLOCK_BOOTTIME; stays the same until the port makes its next call */
        /* Converts @boottime to CLOCK_REALTIME. Reads both clocks for this. */
        usec_t (*realtime)(void *port, usec_t boottime);
        /*
         * Sets the timer to @at, on the clock of now(); USEC_INFINITY: off. The timer may be up to @accuracy
         * late; 0: the port decides. Replaces what was set before. Never calls the timer's function from
         * within.
         */
        int (*set_timer)(void *port, ManagerTimer *timer, usec_t at, usec_t accuracy);
        /*
         * Sets the timer to run as soon as there is nothing else to do. Such a timer must not be used with
         * set_timer().
         */
        int (*set_idle)(void *port, ManagerTimer *timer);
        void (*clear_timer)(void *port, ManagerTimer *timer);
        int (*draw)(void *port, void *ret, size_t size); /* random bytes that nobody can guess */

        /* Interfaces and their configuration: see the functions of the same names in io/kernel.h. */

        int (*start)(void *port);
        const KernelLink *(*find_link)(void *port, int ifindex);
        const KernelLink *(*find_link_by_name)(void *port, const char *name);
        void (*look_up_name)(void *port, const char *name);
        void (*foreach_link)(void *port, void (*fn)(void *userdata, const KernelLink *link), void *userdata);
        uint32_t (*main_table)(void *port, const KernelLink *link);
        int (*vrf)(void *port, const KernelLink *link);
        int (*address_elsewhere)(void *port, int ifindex, uint8_t family, const IpAddress *address);
        bool (*address_here)(void *port, int ifindex, uint8_t family, const IpAddress *address);
        bool (*has_hw_address)(void *port, const uint8_t *address, size_t len);
        int (*set_up)(void *port, int ifindex, bool up);
        int (*set_mtu)(void *port, int ifindex, uint32_t mtu);
        int (*adopt)(void *port, int ifindex, const NetConfig *owned);
        void (*owned)(void *port, int ifindex, NetConfig *ret);
        int (*tunnels)(void *port, int ifindex, NetTunnels *ret);
        int (*snapshot)(void *port, int ifindex, usec_t now, const NetConfig *desired, NetConfig *ret);
        int (*apply)(void *port, int ifindex, usec_t now, const NetPlan *plan, KernelLosses *ret);

        /* Sockets: see io/packet-socket.h, io/udp-socket.h and io/raw-send.h. */

        int (*set_socket_options)(void *port, const SocketOptions *options); /* of the shared sockets */
        int (*want_frames)(void *port, ManagerSocket socket, int ifindex, bool want);
        int (*send_frame)(void *port, ManagerSocket socket, int ifindex, const HwAddress *destination,
                          const void *head, size_t head_len, const void *body, size_t body_len);
        int (*send_routed)(void *port, int ifindex, const SocketOptions *options, struct in_addr src,
                           struct in_addr dst, const void *headers, size_t headers_len, const void *payload,
                           size_t payload_len);
        /* Passes what is sent to @address to managed_link_datagram() with @link. */
        int (*open_udp)(void *port, int vrf, struct in_addr address, ManagedLink *link, UdpSocket **ret);
        void (*close_udp)(void *port, UdpSocket *socket);

        /* Other programs on this host */

        bool (*is_wireless)(void *port, const char *ifname);
        const char *(*other_manager)(void *port, int ifindex); /* other_manager_find() */
        /* other_describe_remover(), for what was removed from the link last */
        char *(*describe_remover)(void *port, int ifindex, const char *ifname);
        /* other_identity_find() */
        bool (*other_identity)(void *port, int ifindex, const char *ifname, const HwAddress *address,
                               uint8_t ret[255], uint8_t *ret_len);
} ManagerPorts;

/*
 * The port calls these from the loop. The functions about interfaces are also called from within start() and
 * look_up_name().
 */

void manager_link_changed(Manager *manager, const KernelLink *link);
void manager_link_removed(Manager *manager, int ifindex);
void manager_config_changed(Manager *manager, int ifindex);
void manager_tunnels_changed(Manager *manager);
void manager_dhcp_frame(Manager *manager, const PacketFrame *frame);
void manager_arp_frame(Manager *manager, const PacketFrame *frame);
void managed_link_datagram(ManagedLink *link, struct in_addr source, const uint8_t *data, size_t len);
