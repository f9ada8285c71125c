/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status: prints a block of lines for each link, the most important line first. list: prints one line for
 * each link. --json: status prints what the daemon's Describe() returns.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbus/ctl/ctl.h"
#include "dbus/json/json.h"

#define LABEL_WIDTH 14

static CtlColor state_color(const CtlLink *link) {
        if (ctl_link_is_online(link))
                return link->carrier && !ctl_link_problem(link) ? CTL_COLOR_GOOD : CTL_COLOR_BUSY;
        return link->carrier && g_strcmp0(link->state, "STOPPED") != 0 ? CTL_COLOR_BUSY : CTL_COLOR_BAD;
}

static void print_label(const char *label) {
        printf("%*s%s ", LABEL_WIDTH, label, *label ? ":" : " ");
}

static void print_line(const char *label, const char *text) {
        if (!text || !*text)
                return;
        print_label(label);
        printf("%s\n", ctl_text(text));
}

static void print_list(const char *label, char *const *texts) {
        if (!texts || !*texts)
                return;
        print_label(label);
        for (size_t i = 0; texts[i]; i++)
                printf("%s%s", i > 0 ? " " : "", ctl_text(texts[i]));
        putchar('\n');
}

static void print_state(const CtlLink *link) {
        print_label("State");
        printf("%s%s%s", ctl_color(state_color(link)), ctl_text(link->state), ctl_color(CTL_COLOR_NONE));
        if (!link->carrier)
                printf(", no carrier");
        else if (link->ipv6_only)
                printf(", the network needs no IPv4");
        else if (!ctl_link_is_online(link) && g_strcmp0(link->state, "STOPPED") != 0)
                printf(", no lease yet");
        if (!link->applied)
                printf(", not applied");
        putchar('\n');
}

static void print_search(const CtlLink *link) {
        if (link->searching_since == 0)
                return;
        print_label("Searching");
        printf("for %s, %u attempt%s", ctl_span(usec_sub(ctl_now(CLOCK_BOOTTIME), link->searching_since)),
               link->attempt, link->attempt == 1 ? "" : "s");
        if (link->next_attempt > 0)
                printf(", next %s", ctl_relative(link->next_attempt));
        putchar('\n');
        print_line("Last answer", link->ignored_answer);
}

static void print_server(const CtlLink *link) {
        if (!link->server || !*link->server)
                return;
        print_label("Server");
        printf("%s", ctl_text(link->server));
        if (*ctl_hw(link->server_hw))
                printf(" (%s)", ctl_hw(link->server_hw));
        if (link->relay && *link->relay)
                printf(" through relay %s", ctl_text(link->relay));
        putchar('\n');
}

static void print_times(const CtlLink *link) {
        if (!ctl_link_is_online(link) || link->granted_at == 0)
                return;
        print_label("Lease");
        printf("%s, granted %s",
               link->lifetime_usec == USEC_INFINITY ? "unlimited" : ctl_span(link->lifetime_usec),
               ctl_relative(link->granted_at));
        if (link->expires_at != USEC_INFINITY) {
                if (link->t1_at > ctl_now(CLOCK_BOOTTIME))
                        printf(", renews %s", ctl_relative(link->t1_at));
                printf(", expires %s", ctl_relative(link->expires_at));
        }
        putchar('\n');
}

static void print_routes(const CtlLink *link) {
        for (guint i = 0; i < link->routes->len; i++) {
                const CtlRoute *route = &g_array_index(link->routes, CtlRoute, i);
                const bool is_default = route->prefix_len == 0;

                print_label(i == 0 ? "Routes" : "");
                if (is_default)
                        printf("default");
                else
                        printf("%s/%u", ctl_text(route->destination), route->prefix_len);
                if (route->gateway && *route->gateway)
                        printf(" via %s", ctl_text(route->gateway));
                printf(" metric %u\n", route->metric);
        }
}

/* Prints the servers if there is more than one, because a second server may be a rogue server. */
static void print_servers(const CtlLink *link) {
        if (link->servers->len < 2)
                return;
        for (guint i = 0; i < link->servers->len; i++) {
                const CtlServer *server = &g_array_index(link->servers, CtlServer, i);

                print_label(i == 0 ? "Servers heard" : "");
                printf("%s%s%s%s offers %s\n", ctl_text(server->server), *ctl_hw(server->hw) ? " (" : "",
                       ctl_hw(server->hw), *ctl_hw(server->hw) ? ")" : "", ctl_text(server->address));
        }
}

static void print_ignored(const CtlLink *link) {
        for (guint i = 0; i < link->ignored->len; i++) {
                const CtlIgnored *ignored = &g_array_index(link->ignored, CtlIgnored, i);

                print_label(i == 0 ? "Not used" : "");
                printf("option %u: %s\n", ignored->code, ctl_text(ignored->text));
        }
}

/* Prints the problems. The one about the last answer is left out, because it was printed already. */
static void print_problems(const CtlLink *link) {
        const char *label = "Problem";

        for (guint i = 0; i < link->problems->len; i++) {
                const char *text = g_array_index(link->problems, CtlProblem, i).text;

                if (g_strcmp0(text, link->ignored_answer) == 0)
                        continue;
                print_label(label);
                printf("%s%s%s\n", ctl_color(CTL_COLOR_BAD), ctl_text(text), ctl_color(CTL_COLOR_NONE));
                label = "";
        }
}

static void print_hooks(const CtlLink *link) {
        GPtrArray *texts = ctl_hook_problems(link->ifindex);

        for (guint i = 0; i < texts->len; i++) {
                print_label(i == 0 ? "Hooks" : "");
                printf("%s%s%s\n", ctl_color(CTL_COLOR_BAD), ctl_text(g_ptr_array_index(texts, i)),
                       ctl_color(CTL_COLOR_NONE));
        }
        g_ptr_array_unref(texts);
}

static void print_kept(const CtlLink *link) {
        if (link->kept->len == 0)
                return;
        print_label("Kept");
        printf("option");
        for (guint i = 0; i < link->kept->len; i++)
                printf("%s%u", i > 0 ? ", " : " ", g_array_index(link->kept, uint32_t, i));
        printf(": not in the last answer\n");
}

static void print_link(const CtlLink *link) {
        char *address = ctl_link_address(link);

        printf("%s●%s %d: %s%s%s", ctl_color(state_color(link)), ctl_color(CTL_COLOR_NONE), link->ifindex,
               ctl_color(CTL_COLOR_BOLD), ctl_text(link->name), ctl_color(CTL_COLOR_NONE));
        if (*ctl_hw(link->hw))
                printf(" %s(%s)%s", ctl_color(CTL_COLOR_FAINT), ctl_hw(link->hw), ctl_color(CTL_COLOR_NONE));
        putchar('\n');

        print_list("Also called", link->alternative_names);
        print_state(link);
        print_search(link);
        print_problems(link);
        print_line("Address", address);
        print_list("Router", link->routers);
        print_list("DNS", link->dns);
        print_line("Domain", link->domain);
        print_list("Search", link->search_domains);
        print_list("NTP", link->ntp);
        print_line("Host name", link->hostname);
        print_line("Portal", link->captive_portal);
        if (g_strcmp0(link->origin, "dhcp") != 0)
                print_line("Origin", link->origin);
        print_server(link);
        print_times(link);
        print_routes(link);
        if (link->mtu > 0) {
                print_label("MTU");
                printf("%u bytes\n", link->mtu);
        }
        print_servers(link);
        print_ignored(link);
        print_kept(link);
        print_hooks(link);
        print_list("Configuration", link->config_files);
        g_free(address);
}

static int describe(sd_bus *bus, const char *path, const char *interface, sd_bus_error *error, char **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const char *text;
        int r;

        r = ctl_call(bus, path, interface, "Describe", error, &m, NULL);
        if (r < 0)
                return r;
        r = sd_bus_message_read(m, "s", &text);
        if (r < 0)
                return r;
        *ret = g_strdup(text);
        return 0;
}

static int describe_link(sd_bus *bus, const char *name, sd_bus_error *error, char **ret) {
        g_autofree char *path = NULL;
        const int r = ctl_find_path(bus, name, error, &path);

        return r < 0 ? r : describe(bus, path, BUS_LINK_INTERFACE, error, ret);
}

/* Prints a plugin that does not work. */
static int print_plugin(sd_bus_message *m) {
        char *name = NULL, *state = NULL, *reason = NULL;
        const CtlKey keys[] = {
                { "Name", "s", &name },
                { "State", "s", &state },
                { "Reason", "s", &reason },
        };
        const int r = ctl_read_record(m, keys, ARRAY_SIZE(keys));

        if (r >= 0 && g_strcmp0(state, "loaded") != 0)
                printf("%sPlugin %s: %s%s\n", ctl_color(CTL_COLOR_BAD), ctl_text(name), ctl_text(reason),
                       ctl_color(CTL_COLOR_NONE));
        g_free(name);
        g_free(state);
        g_free(reason);
        return r;
}

static void print_plugins(sd_bus *bus) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        if (ctl_call(bus, BUS_ROOT, DBUS_PROPERTIES_INTERFACE, "Get", NULL, &m, "ss", BUS_MANAGER_INTERFACE,
                     "Plugins") < 0 ||
            sd_bus_message_enter_container(m, 'v', "aa{sv}") < 0 ||
            sd_bus_message_enter_container(m, 'a', "a{sv}") < 0 ||
            sd_bus_message_at_end(m, /* complete= */ false) != 0)
                return;
        putchar('\n');
        while (sd_bus_message_at_end(m, /* complete= */ false) == 0)
                if (print_plugin(m) < 0)
                        return;
}

static int fail_status(const char *name, const sd_bus_error *error, int r) {
        if (name)
                ctl_fail("Cannot show %s: %s", ctl_text(name), ctl_error_text(error, r));
        else
                ctl_fail("Cannot show the links: %s", ctl_error_text(error, r));
        return EXIT_FAILURE;
}

static int print_json(JsonWriter *w) {
        char *text = json_finish(w);

        if (!text)
                return fail_status(NULL, NULL, -ENOMEM);
        puts(text);
        free(text);
        return EXIT_SUCCESS;
}

/*
 * Prints the object of one link, an array of the objects of several links, or the manager's without a link.
 */
static int status_json(sd_bus *bus, int argc, char **argv) {
        _cleanup_(json_clear) JsonWriter w = {};
        int status = EXIT_SUCCESS;

        if (argc > 2)
                json_begin_array(&w);
        for (int i = MIN(argc - 1, 1); i < argc; i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                char *name = i > 0 ? ctl_unescape_name(argv[i]) : NULL, *text = NULL;
                int r;

                r = name ? describe_link(bus, name, &error, &text)
                         : describe(bus, BUS_ROOT, BUS_MANAGER_INTERFACE, &error, &text);
                if (r >= 0) {
                        json_raw(&w, text);
                        g_free(text);
                } else
                        status = fail_status(name, &error, r);
                g_free(name);
        }
        if (argc > 2)
                json_end_array(&w);
        else if (status != EXIT_SUCCESS)
                return status;
        return print_json(&w) == EXIT_SUCCESS ? status : EXIT_FAILURE;
}

int verb_status(int argc, char **argv) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        int status = EXIT_SUCCESS;
        int r;

        if (ctl_connect(&bus) < 0)
                return EXIT_FAILURE;
        if (ctl_options.json)
                return status_json(bus, argc, argv);

        if (argc == 1) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                GHashTable *links = ctl_links_new();
                GPtrArray *sorted;

                r = ctl_links_fetch(bus, links, &error);
                if (r < 0)
                        status = fail_status(NULL, &error, r);
                else if (g_hash_table_size(links) == 0)
                        puts("No links are managed.");
                sorted = ctl_links_sort(links);
                for (guint i = 0; i < sorted->len; i++) {
                        if (i > 0)
                                putchar('\n');
                        print_link(sorted->pdata[i]);
                }
                print_plugins(bus);
                g_ptr_array_unref(sorted);
                g_hash_table_unref(links);
                return status;
        }

        for (int i = 1; i < argc; i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                _cleanup_(ctl_link_freep) CtlLink *link = NULL;
                char *name = ctl_unescape_name(argv[i]);

                r = ctl_link_fetch(bus, name, &error, &link);
                if (r != 0)
                        status = fail_status(name, &error, r);
                else {
                        if (i > 1)
                                putchar('\n');
                        print_link(link);
                }
                g_free(name);
        }
        return status;
}

static int list_json(const GPtrArray *sorted) {
        _cleanup_(json_clear) JsonWriter w = {};

        json_begin_array(&w);
        for (guint i = 0; i < sorted->len; i++) {
                const CtlLink *link = sorted->pdata[i];

                json_begin_object(&w);
                json_key(&w, "Index");
                json_i64(&w, link->ifindex);
                json_key(&w, "Name");
                json_string(&w, link->name);
                json_key(&w, "Path");
                json_string(&w, link->path);
                json_key(&w, "Carrier");
                json_bool(&w, link->carrier);
                json_key(&w, "State");
                json_string(&w, link->state);
                json_key(&w, "Address");
                json_string(&w, link->address);
                json_key(&w, "PrefixLength");
                json_u64(&w, link->prefix_len);
                json_key(&w, "Server");
                json_string(&w, link->server);
                json_end_object(&w);
        }
        json_end_array(&w);
        return print_json(&w);
}

static void list_text(const GPtrArray *sorted) {
        if (ctl_options.legend && sorted->len > 0)
                printf("%sINDEX %-15s %-11s %-18s %-15s EXPIRES%s\n", ctl_color(CTL_COLOR_BOLD), "LINK",
                       "STATE", "ADDRESS", "SERVER", ctl_color(CTL_COLOR_NONE));
        for (guint i = 0; i < sorted->len; i++) {
                const CtlLink *link = sorted->pdata[i];
                const char *state = link->carrier ? ctl_text(link->state) : "no carrier";
                char *address = ctl_link_address(link);

                printf("%5d %-15s %s%-11s%s %-18s %-15s %s\n", link->ifindex, ctl_text(link->name),
                       ctl_color(state_color(link)), state, ctl_color(CTL_COLOR_NONE),
                       *address ? address : "-",
                       link->server && *link->server ? ctl_text(link->server) : "-",
                       link->expires_at > 0 ? ctl_relative(link->expires_at) : "-");
                g_free(address);
        }
        if (ctl_options.legend)
                printf("%s%u link%s managed.\n", sorted->len > 0 ? "\n" : "", sorted->len,
                       sorted->len == 1 ? "" : "s");
}

int verb_list(int argc, char **argv) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int status = EXIT_SUCCESS;
        GPtrArray *sorted;
        GHashTable *links;
        int r;

        if (ctl_connect(&bus) < 0)
                return EXIT_FAILURE;
        links = ctl_links_new();
        r = ctl_links_fetch(bus, links, &error);
        if (r < 0) {
                g_hash_table_unref(links);
                return fail_status(NULL, &error, r);
        }
        sorted = ctl_links_sort(links);
        if (ctl_options.json)
                status = list_json(sorted);
        else
                list_text(sorted);
        g_ptr_array_unref(sorted);
        g_hash_table_unref(links);
        return status;
}
