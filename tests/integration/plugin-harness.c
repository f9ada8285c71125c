/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plugin host without a daemon: loads the plugins of a folder and tells them the leases that come in on
 * stdin.
 *
 *   plugin-harness DIR [PLUGIN.KEY=VALUE ...]
 *
 *   bound|renewed|changed|lost IFINDEX IFNAME [dns=A,B] [ntp=A,B] [domain=TEXT] [search=X,Y]
 *           [host=TEXT] [dnr=HEX] [option=CODE:HEX] ... [default] [tunnel] [over-tunnels]
 *                                     spaces in TEXT as '+'
 *   tunnels [IFINDEX ...]             these links are tunnels, and all others are none
 *   reload [PLUGIN.KEY=VALUE]     in place of all settings so far
 *   quit
 *
 * Answers each line with "ok" when the plugins have returned, and writes what they log, debug messages left
 * out, as "log PLUGIN: MESSAGE", what they say of DNS servers as "dns IFINDEX PROBLEM", without a problem
 * when they are passed on, and what they do not use as "unused IFINDEX CODE REASON". End of file ends it as
 * quit does. What plugins keep is in the folders run and state of the folder HARNESS_FOLDER.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/macro.h"
#include "plugin/plugin-host.h"
#include "wire/dhcp4-options.h"

typedef struct Harness {
        PluginHost *host;
        sd_event *event;
        char **settings; /* NULL-terminated */
        GString *input;
        char **tunnels; /* NULL-terminated */
} Harness;

static const char *on_config(void *userdata, const char *plugin, const char *key) {
        const Harness *h = userdata;
        char *prefix = g_strdup_printf("%s.%s=", plugin, key);
        const char *value = NULL;

        for (char **s = h->settings; *s && !value; s++)
                if (g_str_has_prefix(*s, prefix))
                        value = *s + strlen(prefix);
        g_free(prefix);
        return value;
}

static void on_log(void *userdata, int priority, const char *plugin, const char *message) {
        if (priority < LOG_DEBUG)
                printf("log %s: %s\n", plugin ?: "-", message);
}

static void on_report_dns(void *userdata, unsigned plugin, int ifindex, const char *problem) {
        printf("dns %i %s\n", ifindex, problem ?: "");
}

static void on_report_unused(void *userdata, unsigned plugin, int ifindex, uint8_t code,
                             const char *reason) {
        printf("unused %i %u %s\n", ifindex, code, reason ?: "");
}

static bool on_is_tunnel(void *userdata, int ifindex) {
        const Harness *h = userdata;
        g_autofree char *word = g_strdup_printf("%i", ifindex);

        return g_strv_contains((const char *const *) h->tunnels, word);
}

/* The options of the lease that is told. */
static struct {
        uint8_t code, data[1024];
        size_t len;
} options[8];
static size_t n_options;

/* As in the daemon, a malformed option is not given. */
static int get_option(const DhcpdLinkLease *lease, uint8_t code, const uint8_t **ret_data, size_t *ret_len) {
        for (size_t i = 0; i < n_options; i++)
                if (options[i].code == code && !dhcp4_option_check(code, options[i].data, options[i].len)) {
                        *ret_data = options[i].data;
                        *ret_len = options[i].len;
                        return 0;
                }
        return -ENODATA;
}

static void add_option(int code, const char *hex) {
        size_t n = 0;

        g_assert_cmpuint(n_options, <, ARRAY_SIZE(options));
        for (; n < sizeof(options[0].data) && hex[2 * n]; n++)
                options[n_options].data[n] = (uint8_t) (g_ascii_xdigit_value(hex[2 * n]) << 4 |
                                                        g_ascii_xdigit_value(hex[2 * n + 1]));
        options[n_options].len = n;
        options[n_options++].code = (uint8_t) code;
}

/* Reads addresses from "A,B". */
static size_t read_addresses(const char *word, struct in_addr ret[32]) {
        g_auto(GStrv) addresses = g_strsplit(word, ",", 32);
        size_t n = 0;

        for (char **a = addresses; *a; a++)
                if (inet_pton(AF_INET, *a, &ret[n++]) != 1)
                        g_error("no address: %s", *a);
        return n;
}

static DhcpdLinkEvent event_from_word(const char *word) {
        static const char *const words[] = {
                [DHCPD_LINK_EVENT_BOUND] = "bound",
                [DHCPD_LINK_EVENT_RENEWED] = "renewed",
                [DHCPD_LINK_EVENT_CHANGED] = "changed",
                [DHCPD_LINK_EVENT_LOST] = "lost",
        };

        for (size_t i = 1; i < ARRAY_SIZE(words); i++)
                if (g_str_equal(word, words[i]))
                        return (DhcpdLinkEvent) i;
        g_error("no such event: %s", word);
}

static void tell(Harness *h, char **words) {
        DhcpdLinkLease lease = { .struct_size = sizeof(lease), .get_option = get_option };
        g_auto(GStrv) search = NULL;
        struct in_addr dns[32], ntp[32];

        lease.ifindex = atoi(words[1]);
        lease.ifname = words[2];
        lease.dns = dns;
        lease.ntp = ntp;
        n_options = 0;
        for (char **w = words + 3; *w; w++)
                if (g_str_has_prefix(*w, "dns="))
                        lease.n_dns = read_addresses(*w + 4, dns);
                else if (g_str_has_prefix(*w, "ntp="))
                        lease.n_ntp = read_addresses(*w + 4, ntp);
                else if (g_str_has_prefix(*w, "option="))
                        add_option(atoi(*w + 7), strchr(*w, ':') + 1);
                else if (g_str_has_prefix(*w, "domain="))
                        lease.domain = g_strdelimit(*w + 7, "+", ' ');
                else if (g_str_has_prefix(*w, "host="))
                        lease.host_name = g_strdelimit(*w + 5, "+", ' ');
                else if (g_str_has_prefix(*w, "search=")) {
                        search = g_strsplit(*w + 7, ",", -1);
                        lease.search = (const char *const *) search;
                        lease.n_search = g_strv_length(search);
                } else if (g_str_has_prefix(*w, "dnr="))
                        add_option(162, *w + 4);
                else if (g_str_equal(*w, "default"))
                        lease.flags |= DHCPD_LINK_LEASE_DEFAULT_ROUTE;
                else if (g_str_equal(*w, "tunnel"))
                        lease.flags |= DHCPD_LINK_LEASE_TUNNEL;
                else if (g_str_equal(*w, "over-tunnels"))
                        lease.flags |= DHCPD_LINK_LEASE_OVER_TUNNELS;
        plugin_host_lease(h->host, event_from_word(words[0]), &lease);
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Harness *h = userdata;
        char buffer[4096], *end;
        ssize_t n = read(fd, buffer, sizeof(buffer));

        if (n <= 0)
                return sd_event_exit(h->event, 0);
        g_string_append_len(h->input, buffer, n);
        while ((end = strchr(h->input->str, '\n'))) {
                g_auto(GStrv) words = NULL;

                *end = 0;
                words = g_strsplit(h->input->str, " ", -1);
                g_string_erase(h->input, 0, end + 1 - h->input->str);
                if (g_str_equal(words[0], "quit"))
                        return sd_event_exit(h->event, 0);
                if (g_str_equal(words[0], "reload")) {
                        g_strfreev(h->settings);
                        h->settings = g_strdupv(words + 1);
                        plugin_host_reload(h->host);
                } else if (g_str_equal(words[0], "tunnels")) {
                        g_strfreev(h->tunnels);
                        h->tunnels = g_strdupv(words + 1);
                } else
                        tell(h, words);
                printf("ok\n");
        }
        return 0;
}

int main(int argc, char **argv) {
        Harness h = { .input = g_string_new(NULL), .tunnels = g_new0(char *, 1) };
        struct stat st;
        const char *folder = g_getenv("HARNESS_FOLDER");
        g_autofree char *run = folder ? g_build_filename(folder, "run", NULL) : NULL;
        g_autofree char *state = folder ? g_build_filename(folder, "state", NULL) : NULL;
        int r;

        if (argc < 2 || stat(argv[1], &st) < 0)
                g_error("usage: plugin-harness DIR [PLUGIN.KEY=VALUE ...]");
        h.settings = g_strdupv(argv + 2);
        setvbuf(stdout, NULL, _IOLBF, 0);
        (void) signal(SIGPIPE, SIG_IGN);
        g_assert_cmpint(sd_event_new(&h.event), ==, 0);
        g_assert_cmpint(sd_event_add_io(h.event, NULL, STDIN_FILENO, EPOLLIN, on_input, &h), ==, 0);
        r = plugin_host_new(
                &(const PluginHostConfig){
                        .dir = argv[1],
                        .owner = st.st_uid,
                        .runtime_dir = run,
                        .state_dir = state,
                        .event = h.event,
                        .config = on_config,
                        .log = on_log,
                        .report_dns = on_report_dns,
                        .report_unused = on_report_unused,
                        .is_tunnel = on_is_tunnel,
                        .userdata = &h,
                },
                &h.host);
        if (r < 0)
                g_error("no plugin host: %s", g_strerror(-r));
        printf("ok\n");
        r = sd_event_loop(h.event);
        plugin_host_free(h.host);
        sd_event_unref(h.event);
        g_string_free(h.input, TRUE);
        g_strfreev(h.settings);
        g_strfreev(h.tunnels);
        printf("ok\n");
        return r;
}
