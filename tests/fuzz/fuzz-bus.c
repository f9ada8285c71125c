/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The D-Bus server (dbus/server/bus*.c) on its private socket: the real objects over the real manager, asked
 * by a client that sends what it likes. Either bytes, from before the handshake or from behind it, or calls:
 * any member, with any arguments.
 *
 * What must hold: the loop comes to rest, no call is answered twice, what Describe() says is JSON, a
 * connection that hung up is forgotten, and a second client, which is there all the time, gets its answers.
 *
 * The links that can be started are two ends of a veth in a network namespace that the target makes for
 * itself. Where it may not, there are none, and the rest is the same: the links of the machine are never
 * looked at.
 *
 * Input: a byte that says which kind, then the bytes; or calls, each with what it takes.
 */
#include <errno.h>
#include <net/if.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/macro.h"
#include "config/config.h"
#include "dbus/server/bus.h"
#include "io/log.h"
#include "manager/managed-link.h"
#include "manager/manager.h"
#include "tests/fuzz/fuzz-input.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json-check.h"

#define CALLS_MAX 16u
#define ARGS_MAX  6u
#define TURNS_MAX 20000u /* of the loop, for one input: it is to rest long before */
#define ROOT      "/org/dhcpdlink1"
#define MANAGER   "org.dhcpdlink1.Manager"

static struct {
        sd_event *event;
        Config *config;
        Manager *manager;
        Bus *bus;
        sd_bus *honest;
        struct sockaddr_un address;
        socklen_t address_len;
        int reload_result;
        bool links;
} world;

typedef struct Call {
        bool answered;
        bool describe;
} Call;

static uint64_t take_u64(Input *in) {
        uint64_t value = 0;

        for (unsigned i = 0; i < 8; i++)
                value = value << 8 | take_u8(in);
        return value;
}

/* The world */

static int on_reload(void *userdata) {
        return world.reload_result;
}

static void on_problem(void *userdata, const char *file, unsigned line, const char *section, const char *key,
                       const char *what) {
}

/*
 * Enters namespaces in which there is nothing that could be damaged. Returns false where this is
 * forbidden.
 */
static bool enter_namespace(void) {
        struct nl_sock *sock;
        bool made;

        if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
                return false;
        sock = nl_socket_alloc();
        made = sock && nl_connect(sock, NETLINK_ROUTE) >= 0 &&
                rtnl_link_veth_add(sock, "fz0", "fz1", getpid()) >= 0;
        nl_socket_free(sock);
        return made;
}

static int connect_client(void) {
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert(fd >= 0);
        if (connect(fd, (const struct sockaddr *) &world.address, world.address_len) < 0)
                abort();
        return fd;
}

static sd_bus *client_new(int fd) {
        sd_bus *client;

        if (sd_bus_new(&client) < 0 || sd_bus_set_fd(client, fd, fd) < 0 ||
            sd_bus_set_anonymous(client, true) < 0 || sd_bus_start(client) < 0)
                abort();
        return client;
}

/* Runs server and clients until nothing is left to do. */
static void pump(sd_bus *client) {
        for (unsigned turns = 0; turns < TURNS_MAX; turns++) {
                bool busy = sd_event_run(world.event, 0) > 0;

                busy = (client && sd_bus_process(client, NULL) > 0) || busy;
                busy = (world.honest && sd_bus_process(world.honest, NULL) > 0) || busy;
                if (!busy)
                        return;
        }
        assert(!"the loop does not come to rest");
}

static void set_up(void) {
        static const char *const no_dirs[] = { NULL };
        int fd;

        if (world.bus)
                return;
        log_set_level(0);
        world.links = enter_namespace();
        if (sd_event_new(&world.event) < 0 ||
            config_load(no_dirs, NULL, on_problem, NULL, &world.config) < 0 ||
            manager_new_linux(world.event, world.config, NULL, &world.manager) < 0)
                abort();
        if (world.links && manager_start(world.manager) < 0)
                abort();
        if (bus_new(world.event, world.manager, &world.bus) < 0)
                abort();
        bus_set_reload(world.bus, on_reload, NULL);

        /* The kernel chooses an abstract name. */
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        world.address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        world.address_len = sizeof(world.address);
        if (fd < 0 || bind(fd, (const struct sockaddr *) &world.address, sizeof(sa_family_t)) < 0 ||
            listen(fd, 16) < 0 ||
            getsockname(fd, (struct sockaddr *) &world.address, &world.address_len) < 0 ||
            bus_listen(world.bus, fd) < 0)
                abort();
        world.honest = client_new(connect_client());
        pump(NULL);
        assert(sd_bus_is_ready(world.honest) > 0);
}

/* Calls */

static const char *choose_text(Input *in, char buffer[256]) {
        static const char *const texts[] = {
                "fz0",
                "fz1",
                "lo",
                "fz*",
                "*",
                "[",
                "",
                ".",
                "eth0",
                "a name that is longer than any interface's",
                MANAGER,
                "org.dhcpdlink1.Link",
                "org.dhcpdlink1.DHCPv4",
                "Name",
                "Address",
                "State",
        };
        const uint8_t choice = take_u8(in);
        size_t len = 0;

        if (choice % 32 < ARRAY_SIZE(texts))
                return texts[choice % 32];
        while (len < choice && in->left > 0)
                buffer[len++] = (char) take_u8(in);
        buffer[len] = '\0';
        return buffer;
}

/* Appends the last argument of StartLink() and StopLink(): nothing, what they take, or anything. */
static int append_options(sd_bus_message *m, Input *in) {
        char buffer[256];

        switch (take_u8(in) % 6) {
        case 0:
                return sd_bus_message_append(m, "a{sv}", 0);
        case 4:
                return sd_bus_message_append(m, "a{sv}", 1, "Owner", "s", choose_text(in, buffer));
        case 1:
                return sd_bus_message_append(m, "a{sv}", 1, "Keep", "b", 1);
        case 5:
                return sd_bus_message_append(m, "a{sv}", 2, "Keep", "b", 1, "Apply", "b", 0);
        case 2:
                return sd_bus_message_append(m, "a{sv}", 1, "Release", "b", 0);
        }
        return sd_bus_message_append(m, "a{sv}", 2, "Keep", "s", "yes", choose_text(in, buffer), "b", 1);
}

/* Appends one argument. What sd-bus does not take (text that is no UTF-8) is left out. */
static int append_argument(sd_bus_message *m, Input *in) {
        static const uint8_t bytes[4] = { 1, 2, 3, 4 };
        char buffer[256];

        switch (take_u8(in) % 14) {
        case 0:
        case 1:
        case 2:
                return sd_bus_message_append(m, "s", choose_text(in, buffer));
        case 3:
                return sd_bus_message_append(m, "b", take_u8(in) & 1);
        case 4:
                return sd_bus_message_append(m, "i", (int) take_u64(in));
        case 5:
                return sd_bus_message_append(m, "t", take_u64(in));
        case 6:
                return sd_bus_message_append(m, "o", choose_text(in, buffer));
        case 7:
                return sd_bus_message_append_array(m, 'y', bytes, take_u8(in) % sizeof(bytes));
        case 8:
                return sd_bus_message_append(m, "v", "s", choose_text(in, buffer));
        case 9:
                return sd_bus_message_append(m, "v", "u", (uint32_t) take_u64(in));
        case 10:
                return append_options(m, in);
        case 11:
                return sd_bus_message_append(m, "(sd)", choose_text(in, buffer), 0.5);
        case 12:
                return sd_bus_message_append(m, "as", 2, "fz0", choose_text(in, buffer));
        case 13:
                return sd_bus_message_append(m, "y", take_u8(in));
        }
        return 0;
}

static sd_bus_message *make_call(sd_bus *client, Input *in) {
        static const char *const members[] = {
                "ListLinks",
                "GetLink",
                "StartLink",
                "GetLinkByIndex",
                "StopLink",
                "Reload",
                "Describe",
                "Renew",
                "Release",
                "Restart",
                "Get",
                "GetAll",
                "Set",
                "Introspect",
                "GetManagedObjects",
                "Ping",
                "GetMachineId",
                "NoSuchMember",
                "GetCounters",
                "CheckOffer",
                "ListCandidateLinks",
        };
        static const char *const interfaces[] = {
                MANAGER,
                "org.dhcpdlink1.Link",
                "org.dhcpdlink1.DHCPv4",
                "org.freedesktop.DBus.Properties",
                "org.freedesktop.DBus.Introspectable",
                "org.freedesktop.DBus.ObjectManager",
                "org.freedesktop.DBus.Peer",
                "no.such.Interface",
                NULL,
        };
        const uint8_t where = take_u8(in), n = take_u8(in);
        const char *interface = interfaces[take_u8(in) % ARRAY_SIZE(interfaces)];
        const char *member = members[take_u8(in) % ARRAY_SIZE(members)];
        sd_bus_message *m;
        char path[64];

        if (where % 4 == 0)
                g_snprintf(path, sizeof(path), "%s", ROOT);
        else if (where % 4 == 3)
                g_snprintf(path, sizeof(path), "%s", where & 0x80 ? "/" : ROOT "/link");
        else {
                char number[16];
                char *encoded;

                g_snprintf(number, sizeof(number), "%u",
                           where % 4 == 1 ? if_nametoindex(where & 0x80 ? "fz0" : "fz1") : take_u8(in));
                if (sd_bus_path_encode(ROOT "/link", number, &encoded) < 0)
                        abort();
                g_snprintf(path, sizeof(path), "%s", encoded);
                free(encoded);
        }
        if (sd_bus_message_new_method_call(client, &m, NULL, path, interface, member) < 0)
                abort();
        for (unsigned i = 0; i < n % (ARGS_MAX + 1); i++)
                if (append_argument(m, in) < 0)
                        break;
        /* The input also decides whether the caller wants an answer. */
        if (n & 0x80)
                (void) sd_bus_message_set_expect_reply(m, false);
        return m;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Call *call = userdata;
        const char *text;

        assert(!call->answered);
        call->answered = true;
        if (call->describe && !sd_bus_message_is_method_error(m, NULL) &&
            sd_bus_message_read(m, "s", &text) > 0)
                json_check(text, NULL);
        return 1;
}

/* Finds answers that should not be there: a second answer to a call, or one that the caller did not want. */
static int on_other(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        assert(!sd_bus_message_is_method_error(m, NULL));
        assert(sd_bus_message_is_signal(m, NULL, NULL));
        return 0;
}

static void send_call(sd_bus *client, Input *in, Call *call) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = make_call(client, in);

        call->describe = strcmp(sd_bus_message_get_member(m), "Describe") == 0;
        /*
         * An argument that is refused half way leaves a message that cannot be sent. After the server has
         * hung up, none can be sent.
         */
        if (sd_bus_message_get_expect_reply(m) > 0)
                (void) sd_bus_call_async(client, NULL, m, on_answer, call, UINT64_MAX);
        else
                (void) sd_bus_send(client, m, NULL);
}

static void call_members(Input *in) {
        const uint8_t hurry = take_u8(in);
        sd_bus *client = client_new(connect_client());
        Call calls[CALLS_MAX] = {};

        if (sd_bus_add_filter(client, NULL, on_other, NULL) < 0)
                abort();
        for (unsigned i = 0; i < CALLS_MAX && in->left > 0; i++) {
                send_call(client, in, &calls[i]);
                if (!(hurry >> (i % 8) & 1))
                        pump(client);
        }
        /* The client may hang up before anything was read, or in the middle of a call. */
        if (hurry % 3 != 0)
                pump(client);
        sd_bus_close(client);
        pump(NULL);
        (void) sd_bus_unref(client);
}

static void send_bytes(Input *in, bool handshake, uint8_t piece) {
        static const char hello[] = "\0AUTH ANONYMOUS\r\nBEGIN\r\n";
        const int fd = connect_client();

        if (handshake)
                (void) send(fd, hello, sizeof(hello) - 1, MSG_NOSIGNAL);
        while (in->left > 0) {
                const size_t len = MIN(in->left, piece == 0 ? SIZE_MAX : (size_t) piece * 8);

                if (send(fd, in->data, len, MSG_NOSIGNAL) < 0)
                        break;
                in->data += len;
                in->left -= len;
                if (piece != 0)
                        pump(NULL);
        }
        pump(NULL);
        if (piece & 1)
                (void) shutdown(fd, SHUT_WR);
        pump(NULL);
        (void) close(fd);
        pump(NULL);
}

static void check_world(void) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Call call = { .describe = true };

        assert(sd_bus_is_ready(world.honest) > 0);
        if (sd_bus_message_new_method_call(world.honest, &m, NULL, ROOT, MANAGER, "Describe") < 0 ||
            sd_bus_call_async(world.honest, NULL, m, on_answer, &call, UINT64_MAX) < 0)
                abort();
        pump(NULL);
        assert(call.answered);
        assert(bus_n_clients(world.bus) == 1);
        /*
         * The claims of a connection remain when it ends. No holder comes back for some of them; the
         * others are withdrawn.
         */
        manager_orphans_deinit(world.manager);
        manager_orphans_init(world.manager);
        manager_stop_unclaimed(world.manager, /* release= */ 0);
        manager_unclaim_owner(world.manager, manager_owner_bus, /* release= */ 0);
        pump(NULL);
        assert(manager_n_claims(world.manager) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Input in = { .data = data, .left = size };
        const uint8_t kind = take_u8(&in);

        set_up();
        world.reload_result = kind & 0x80 ? -EINVAL : 0;
        if (kind % 4 == 0)
                send_bytes(&in, /* handshake= */ true, kind >> 2 & 15);
        else if (kind % 4 == 1)
                send_bytes(&in, /* handshake= */ false, kind >> 2 & 15);
        else
                call_members(&in);
        check_world();
        return 0;
}
