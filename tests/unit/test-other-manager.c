/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * import/other-manager: a made-up root with the files that systemd-networkd and NetworkManager keep, running
 * and not.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/other-manager.h"
#include "tests/unit/remove-tree.h"

#define NETWORKD_LINK  "run/systemd/netif/links/3"
#define NETWORKD_PROCS "sys/fs/cgroup/system.slice/systemd-networkd.service/cgroup.procs"
#define NM_LINK        "run/NetworkManager/devices/3"
#define NM_PROCS       "sys/fs/cgroup/system.slice/NetworkManager.service/cgroup.procs"

typedef struct Fixture {
        char *root;
} Fixture;

static void set_up(Fixture *f, gconstpointer data) {
        f->root = g_dir_make_tmp("dhcpd-link-test-XXXXXX", NULL);
        g_assert_nonnull(f->root);
}

static void tear_down(Fixture *f, gconstpointer data) {
        remove_tree(f->root);
        g_free(f->root);
}

static char *make_parent(Fixture *f, const char *name) {
        char *path = g_build_filename(f->root, name, NULL);
        g_autofree char *parent = g_path_get_dirname(path);

        g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
        return path;
}

static void put(Fixture *f, const char *name, const char *text) {
        g_autofree char *path = make_parent(f, name);
        FILE *file;

        /* g_file_set_contents() calls fsync(), which would take most of the time of such a test. */
        file = fopen(path, "w");
        g_assert_nonnull(file);
        g_assert_cmpint(fputs(text, file), >=, 0);
        g_assert_cmpint(fclose(file), ==, 0);
}

static void drop(Fixture *f, const char *name) {
        g_autofree char *path = make_parent(f, name);

        g_assert_cmpint(g_unlink(path), ==, 0);
}

#define check(f, expected) g_assert_cmpstr(other_manager_find((f)->root, 3), ==, expected)

static void test_nobody(Fixture *f, gconstpointer data) {
        check(f, NULL);
        put(f, NETWORKD_PROCS, "17\n");
        put(f, NM_PROCS, "18\n");
        check(f, NULL);
}

static void test_networkd(Fixture *f, gconstpointer data) {
        static const struct {
                const char *state, *expected;
        } cases[] = {
                { "ADMIN_STATE=configured\n", "systemd-networkd" },
                { "# This is private data. Do not parse.\nADMIN_STATE=configuring\nOPER_STATE=routable\n",
                  "systemd-networkd" },
                { "ADMIN_STATE=failed\n", "systemd-networkd" },
                { "ADMIN_STATE=unmanaged\n", NULL },
                { "ADMIN_STATE=pending\n", NULL },
                { "ADMIN_STATE=initialized\n", NULL },
                { "ADMIN_STATE=linger\n", NULL },
                { "ADMIN_STATE=\n", NULL },
                { "OPER_STATE=configured\nXADMIN_STATE=configured\nADMIN_STATES=configured\n", NULL },
                { "", NULL },
                { "\n\n=\n===", NULL },
        };

        put(f, NETWORKD_PROCS, "17\n");
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                put(f, NETWORKD_LINK, cases[i].state);
                check(f, cases[i].expected);
                /* Another link has no other manager. */
                g_assert_null(other_manager_find(f->root, 4));
                g_assert_null(other_manager_find(f->root, 33));
        }
}

static void test_network_manager(Fixture *f, gconstpointer data) {
        static const struct {
                const char *text, *expected;
        } cases[] = {
                { "[device]\nmanaged=true\n", "NetworkManager" },
                { "[device]\nmanaged=1\nroute-metric-default-aspired=100\n", "NetworkManager" },
                { "[device]\nmanaged=false\n", NULL },
                { "[device]\nmanaged=unknown\n", NULL },
                { "[device]\nconnection-uuid=1\n", NULL },
                { "[other]\nmanaged=true\n", NULL },
                { "managed=true\n", NULL },
                { "rubbish", NULL },
                { "", NULL },
        };

        put(f, NM_PROCS, "18\n19\n");
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                put(f, NM_LINK, cases[i].text);
                check(f, cases[i].expected);
                g_assert_null(other_manager_find(f->root, 4));
        }
}

/* Files that a stopped manager left behind must not keep the daemon from a link. */
static void test_stopped(Fixture *f, gconstpointer data) {
        put(f, NETWORKD_LINK, "ADMIN_STATE=configured\n");
        put(f, NM_LINK, "[device]\nmanaged=true\n");
        check(f, NULL);
        put(f, NETWORKD_PROCS, "");
        put(f, NM_PROCS, "");
        check(f, NULL);
        put(f, NM_PROCS, "18\n");
        check(f, "NetworkManager");
        put(f, NETWORKD_PROCS, "17\n");
        check(f, "systemd-networkd");
        drop(f, NETWORKD_PROCS);
        check(f, "NetworkManager");
}

static void test_older_control_groups(Fixture *f, gconstpointer data) {
        put(f, NETWORKD_LINK, "ADMIN_STATE=configured\n");
        put(f, "sys/fs/cgroup/systemd/system.slice/systemd-networkd.service/cgroup.procs", "17\n");
        check(f, "systemd-networkd");
        drop(f, "sys/fs/cgroup/systemd/system.slice/systemd-networkd.service/cgroup.procs");
        check(f, NULL);
        put(f, "sys/fs/cgroup/unified/system.slice/systemd-networkd.service/cgroup.procs", "17\n");
        check(f, "systemd-networkd");
}

/*
 * A manager of another network namespace is about other links. If its namespace cannot be read, it counts
 * as ours.
 */
static void test_namespaces(Fixture *f, gconstpointer data) {
        g_autofree char *ours = NULL, *theirs = NULL;

        put(f, NETWORKD_LINK, "ADMIN_STATE=configured\n");
        put(f, NETWORKD_PROCS, "17\n");
        put(f, "proc/self/ns/net", "");
        check(f, "systemd-networkd");
        put(f, "proc/17/ns/net", "");
        check(f, NULL);

        ours = make_parent(f, "proc/self/ns/net");
        theirs = make_parent(f, "proc/17/ns/net");
        drop(f, "proc/17/ns/net");
        g_assert_cmpint(link(ours, theirs), ==, 0);
        check(f, "systemd-networkd");
}

/* Whatever object stands where a file should be, there is no answer and no waiting. */
static void test_objects(Fixture *f, gconstpointer data) {
        g_autofree char *link_path = make_parent(f, NETWORKD_LINK), *procs = make_parent(f, NETWORKD_PROCS);
        g_autofree char *huge = g_strnfill(70000, '\n');

        put(f, NETWORKD_PROCS, "17\n");
        g_assert_cmpint(mkfifo(link_path, 0600), ==, 0);
        check(f, NULL);
        drop(f, NETWORKD_LINK);
        g_assert_cmpint(mkdir(link_path, 0700), ==, 0);
        check(f, NULL);
        g_assert_cmpint(rmdir(link_path), ==, 0);
        g_assert_cmpint(symlink("3", link_path), ==, 0);
        check(f, NULL);
        drop(f, NETWORKD_LINK);
        g_assert_true(g_file_set_contents(link_path, "ADMIN_STATE=configured\n\0", 24, NULL));
        check(f, NULL);
        memcpy(huge, "ADMIN_STATE=configured", 22);
        put(f, NETWORKD_LINK, huge);
        check(f, NULL);
        huge[60000] = '\0';
        put(f, NETWORKD_LINK, huge);
        check(f, "systemd-networkd");

        put(f, NETWORKD_PROCS, "nobody\n");
        check(f, NULL);
        drop(f, NETWORKD_PROCS);
        g_assert_cmpint(mkfifo(procs, 0600), ==, 0);
        check(f, NULL);
}

#define add(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

/* Other clients, found by their pid files */

#define NO_PROCESS "4194305\n" /* a number larger than the kernel gives to a process */

static void check_client(Fixture *f, const char *expected) {
        g_assert_cmpstr(other_client_find(f->root, "eth0"), ==, expected);
        g_assert_null(other_client_find(f->root, "eth1"));
}

static void test_clients(Fixture *f, gconstpointer data) {
        static const struct {
                const char *file, *name;
        } files[] = {
                { "run/dhclient.eth0.pid", "dhclient" },     { "run/dhclient-eth0.pid", "dhclient" },
                { "var/run/dhclient.eth0.pid", "dhclient" }, { "var/run/dhclient-eth0.pid", "dhclient" },
                { "run/dhcpcd/eth0-4.pid", "dhcpcd" },       { "run/dhcpcd/eth0.pid", "dhcpcd" },
                { "run/dhcpcd-eth0-4.pid", "dhcpcd" },       { "run/dhcpcd-eth0.pid", "dhcpcd" },
                { "var/run/dhcpcd-eth0-4.pid", "dhcpcd" },   { "var/run/dhcpcd-eth0.pid", "dhcpcd" },
                { "run/udhcpc.eth0.pid", "udhcpc" },         { "var/run/udhcpc.eth0.pid", "udhcpc" },
        };

        check_client(f, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
                g_autofree char *line = g_strdup_printf("%s\n", files[i].name);

                put(f, files[i].file, "4321\n");
                put(f, "proc/4321/comm", line);
                check_client(f, files[i].name);
                /* Another process has the number by now. */
                put(f, "proc/4321/comm", "bash\n");
                check_client(f, NULL);
                drop(f, "proc/4321/comm");
                /*
                 * The folder of the process is hidden: then the client counts if any process of this
                 * number exists.
                 */
                put(f, files[i].file, "2\n");
                put(f, "proc/2/comm", line);
                check_client(f, files[i].name);
                drop(f, "proc/2/comm");
                put(f, files[i].file, NO_PROCESS);
                check_client(f, NULL);
                drop(f, files[i].file);
        }
}

/* The process is hidden in /proc and alive: it is this very test. */
static void test_client_hidden(Fixture *f, gconstpointer data) {
        g_autofree char *pid = g_strdup_printf("%d\n", (int) getpid());

        put(f, "run/dhclient.eth0.pid", pid);
        check_client(f, "dhclient");
}

/* One dhcpcd for all links is a client of each of them. */
static void test_client_of_all(Fixture *f, gconstpointer data) {
        put(f, "run/dhcpcd/pid", "4321\n");
        put(f, "proc/4321/comm", "dhcpcd\n");
        g_assert_cmpstr(other_client_find(f->root, "eth0"), ==, "dhcpcd");
        g_assert_cmpstr(other_client_find(f->root, "eth1"), ==, "dhcpcd");
}

static void test_client_rubbish(Fixture *f, gconstpointer data) {
        static const char *const texts[] = {
                "",        "\n",    "0",         "1",     "-1",     "-5\n",
                "+4321",   " 4321", "4321 4321", "4321x", "0x10e1", "99999999999999999999",
                "../4321", "self",
        };
        g_autofree char *large = g_strnfill(70000, '4');
        g_autofree char *link = make_parent(f, "run/dhclient.eth0.pid"),
                        *target = make_parent(f, "run/target");

        put(f, "proc/4321/comm", "dhclient\n");
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                put(f, "run/dhclient.eth0.pid", texts[i]);
                check_client(f, NULL);
        }
        put(f, "run/dhclient.eth0.pid", large);
        check_client(f, NULL);
        drop(f, "run/dhclient.eth0.pid");
        put(f, "run/target", "4321\n");
        g_assert_cmpint(symlink(target, link), ==, 0);
        check_client(f, NULL);
        g_assert_cmpint(g_unlink(link), ==, 0);
        g_assert_cmpint(g_mkdir(link, 0700), ==, 0);
        check_client(f, NULL);
}

static void test_ifupdown(Fixture *f, gconstpointer data) {
        put(f, "run/network/ifstate.eth0", "");
        check_client(f, NULL);
        put(f, "run/network/ifstate.eth0", "\n");
        check_client(f, NULL);
        put(f, "run/network/ifstate.eth0", "eth0=eth0\n");
        check_client(f, "ifupdown");
        put(f, "run/dhclient.eth0.pid", "4321\n");
        put(f, "proc/4321/comm", "dhclient\n");
        check_client(f, "dhclient"); /* the client that it runs */
}

static void check_remover(Fixture *f, uint32_t port, const char *expected) {
        g_autofree char *text = other_describe_remover(f->root, 3, "eth0", port);

        g_assert_cmpstr(text, ==, expected);
}

static void test_remover(Fixture *f, gconstpointer data) {
        check_remover(f, 0, "removed by another program");
        check_remover(f, 4321, "removed by another program");
        check_remover(f, (uint32_t) getpid(), "removed by another program");
        check_remover(f, UINT32_MAX, "removed by another program");
        put(f, "proc/1/comm", "systemd\n");
        check_remover(f, 1, "removed by another program");
        put(f, "proc/4321/comm", "ip\n");
        check_remover(f, 4321, "removed by ip");
        put(f, "proc/4321/comm", "a b\t\x1b[1m\xc3\xa9\nsecond line");
        check_remover(f, 4321, "removed by a?b??[1m??");
        put(f, "proc/4321/comm", "longer-than-any-name\n");
        check_remover(f, 4321, "removed by longer-than-any");

        put(f, "run/dhclient.eth0.pid", "4322\n");
        put(f, "proc/4322/comm", "dhclient\n");
        put(f, "proc/4321/comm", "ip\n");
        check_remover(f, 4321, "removed by ip, dhclient was seen");
        check_remover(f, 0, "removed by another program, dhclient was seen");
        check_remover(f, 4322, "removed by dhclient");

        put(f, NM_LINK, "[device]\nmanaged=true\n");
        put(f, NM_PROCS, "18\n");
        put(f, "proc/18/comm", "NetworkManager\n");
        check_remover(f, 18, "removed by NetworkManager");
        check_remover(f, 0, "removed by another program, NetworkManager was seen");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        add("/other-manager/nobody", test_nobody);
        add("/other-manager/networkd", test_networkd);
        add("/other-manager/network-manager", test_network_manager);
        add("/other-manager/stopped", test_stopped);
        add("/other-manager/older-control-groups", test_older_control_groups);
        add("/other-manager/namespaces", test_namespaces);
        add("/other-manager/objects", test_objects);
        add("/other-manager/clients", test_clients);
        add("/other-manager/client-hidden", test_client_hidden);
        add("/other-manager/client-of-all", test_client_of_all);
        add("/other-manager/client-rubbish", test_client_rubbish);
        add("/other-manager/ifupdown", test_ifupdown);
        add("/other-manager/remover", test_remover);
        return g_test_run();
}
