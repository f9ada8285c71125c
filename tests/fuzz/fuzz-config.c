/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration (config/config*.c) on any file: the same bytes as dhcpd-link.conf, as a drop-in of it
 * and as a links file. It must load, and every setting that comes out must be one that the other layers
 * accept.
 */
#include <assert.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "tests/fuzz/fuzz.h"

/*
 * config/config-load.c stops after 32 problems of a file, and may add three about the file itself. There are
 * three files.
 */
#define PROBLEMS_MAX (3 * 35u)

static char dir[] = "/tmp/dhcpd-link-fuzz-XXXXXX";
static char *paths[3];

static void clean_up(void) {
        static const char *const dirs[] = { "dhcpd-link.conf.d", "links", "" };

        for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
                (void) g_unlink(paths[i]);
                g_clear_pointer(&paths[i], g_free);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(dirs); i++) {
                g_autofree char *path = g_build_filename(dir, dirs[i], NULL);

                (void) g_rmdir(path);
        }
}

static void set_up(void) {
        static const char *const names[] = { "dhcpd-link.conf", "dhcpd-link.conf.d/50.conf",
                                             "links/50.conf" };

        if (paths[0])
                return;
        if (!mkdtemp(dir))
                abort();
        for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
                g_autofree char *parent = NULL;

                paths[i] = g_build_filename(dir, names[i], NULL);
                parent = g_path_get_dirname(paths[i]);
                if (g_mkdir_with_parents(parent, 0700) < 0)
                        abort();
        }
        (void) atexit(clean_up);
}

/*
 * Writes the file and cuts it to its length afterwards. A file that is emptied and closed would be
 * written to the disk at once by some file systems.
 */
static void put(const char *path, const uint8_t *data, size_t size) {
        const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        if (fd < 0 || write(fd, data, size) != (ssize_t) size || ftruncate(fd, (off_t) size) < 0 ||
            close(fd) < 0)
                abort();
}

static void on_problem(void *userdata, const char *file, unsigned line, const char *group, const char *key,
                       const char *what) {
        unsigned *n = userdata;

        assert(file && what && what[0] != '\0');
        (*n)++;
}

static void check(const ConfigLink *link) {
        const Dhcp4ClientConfig *client = &link->client;

        assert(memchr(link->hostname, '\0', sizeof(link->hostname)));
        assert(link->dscp <= 63);
        assert(memchr(link->vendor_class, '\0', sizeof(link->vendor_class)));
        assert(client->n_request > 0 && client->n_request <= DHCP4_REQUEST_OPTIONS_MAX);
        for (unsigned i = 0; i < client->n_request; i++)
                assert(client->request[i] != DHCP4_OPTION_PAD && client->request[i] != DHCP4_OPTION_END);
        assert(client->start_delay_max_usec != USEC_INFINITY);
        assert((link->client_identifier == CONFIG_CLIENT_IDENTIFIER_HEX) == (client->client_id_len > 1));
        assert(link->send_len <= DHCP4_SEND_MAX);
        for (size_t at = 0; at < link->send_len; at += 2u + link->send[at + 1]) {
                assert(link->send[at] != DHCP4_OPTION_PAD && link->send[at] != DHCP4_OPTION_END);
                assert(at + 2u + link->send[at + 1] <= link->send_len);
        }
        assert(link->net.table != RT_TABLE_UNSPEC && link->net.table != RT_TABLE_LOCAL);
        assert(link->n_allow <= CONFIG_SERVER_RULES_MAX && link->n_deny <= CONFIG_SERVER_RULES_MAX);
        assert(link->duid_len <= CONFIG_DUID_MAX &&
               (link->duid != CONFIG_DUID_BYTES || link->duid_len >= 3));
        assert(client->fallback.kind != DHCP4_FALLBACK_STATIC || client->fallback.address.s_addr != 0);
        assert(client->fallback.after_usec != USEC_INFINITY && client->fallback.prefix_len <= 32);
        assert((client->inform.s_addr != 0) == (client->inform_prefix_len > 0));
        assert(config_link_equal(link, link));
}

static void check_hook(const ConfigHook *hook) {
        assert(hook->writable_paths);
        assert(hook->timeout_usec >= USEC_PER_SEC && hook->timeout_usec <= 3600 * USEC_PER_SEC);
        assert(!hook->user || (hook->user[0] != '\0' && !g_ascii_isdigit(hook->user[0])));
        for (char **path = hook->writable_paths; *path; path++)
                assert((*path)[0] == '/' && !strstr(*path, "/../") && !strchr(*path, '%'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const HwAddress address = { .len = 6, .bytes = { 2, 0, 0, 0, 0, 1 } };
        static const char *const names[] = { "eth0", "br-lan", "a b", "%;$(", "\xc3\xbc" };
        const char *const dirs[] = { dir, NULL };
        unsigned n_problems = 0;
        Config *config = NULL;

        set_up();
        for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
                put(paths[i], data, size);
        assert(config_load(dirs, NULL, on_problem, &n_problems, &config) == 0);
        assert(n_problems <= PROBLEMS_MAX);
        assert(config_socket_priority(config) <= INT32_MAX);
        assert(config_max_exchanges(config) >= 1 && config_max_exchanges(config) <= 1024);
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                check(config_find_link(config, &(LinkNames){ .ifname = names[i] }, &address));
        (void) config_plugin_value(config, "resolved", "key");
        check_hook(config_hook(config, "a"));
        check_hook(config_hook(config, "other"));
        assert(!config_unref(config));
        return 0;
}
