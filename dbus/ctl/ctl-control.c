/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs that change something: up, down, renew, release, reload.
 *
 * On the private socket only root may change something. If that is refused, the call is made again on the
 * system bus, where polkit may allow it or ask for a password. The first call on the system bus does not
 * allow polkit to ask. Only if the answer says that a password is needed, an agent is started and the call
 * is made once more.
 */
#include <errno.h>
#include <stdlib.h>

#include "dbus/ctl/ctl-agent.h"
#include "dbus/ctl/ctl.h"

/*
 * How long a call may take while somebody types a password. The daemon answers with an error after five
 * minutes, so its answer comes first.
 */
#define INTERACTION_MAX_USEC (6 * 60 * USEC_PER_SEC)

typedef struct Change {
        const char *what;    /* the verb in errors, for example "renew" */
        const char *manager; /* the method of the manager to call, or NULL */
        const char *option;  /* the option of @manager that is set to true, or NULL */
        bool not_applied;    /* @manager also gets the option Apply, set to false */
        const char *link;    /* the method of the link to call if there is no @manager */
} Change;

/* A method of the manager that takes a name also takes options. */
static int call_manager(sd_bus *bus, const Change *change, const char *name, sd_bus_error *error) {
        if (!name)
                return ctl_call(bus, BUS_ROOT, BUS_MANAGER_INTERFACE, change->manager, error, NULL, NULL);
        return ctl_call(bus, BUS_ROOT, BUS_MANAGER_INTERFACE, change->manager, error, NULL, "sa{sv}", name,
                        change->not_applied ? 2 : 1, change->option, "b", 1, "Apply", "b", 0);
}

static int call_link(sd_bus *bus, const Change *change, const char *name, sd_bus_error *error) {
        g_autofree char *path = NULL;
        const int r = ctl_find_path(bus, name, error, &path);

        return r < 0 ? r : ctl_call(bus, path, BUS_LINK_INTERFACE, change->link, error, NULL, NULL);
}

static int call_either(sd_bus *bus, const Change *change, const char *name, sd_bus_error *error) {
        return change->manager ? call_manager(bus, change, name, error)
                               : call_link(bus, change, name, error);
}

/* Makes the call again, and allows polkit to ask for a password. */
static int call_interactively(sd_bus *bus, const Change *change, const char *name, sd_bus_error *error) {
        int r;

        r = sd_bus_set_method_call_timeout(bus, INTERACTION_MAX_USEC);
        if (r >= 0)
                r = sd_bus_set_allow_interactive_authorization(bus, true);
        if (r < 0)
                return r;
        ctl_agent_start();
        r = call_either(bus, change, name, error);
        ctl_agent_stop();
        (void) sd_bus_set_allow_interactive_authorization(bus, false);
        return r;
}

/*
 * Makes the change, and prints why if it fails. Returns an exit status. @name: the link; NULL: the change is
 * about no link. *bus is replaced by the system bus if the private socket refuses.
 */
static int apply_change(sd_bus **bus, const Change *change, const char *name) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = call_either(*bus, change, name, &error);
        if (r < 0 && sd_bus_error_has_name(&error, SD_BUS_ERROR_ACCESS_DENIED) && ctl_is_private(*bus) &&
            !ctl_options.socket_given) {
                sd_bus *system;

                if (ctl_connect_system(&system) >= 0) {
                        *bus = sd_bus_flush_close_unref(*bus);
                        *bus = system;
                        sd_bus_error_free(&error);
                        r = call_either(*bus, change, name, &error);
                }
        }
        if (r < 0 && ctl_options.ask_password &&
            sd_bus_error_has_name(&error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED)) {
                sd_bus_error_free(&error);
                r = call_interactively(*bus, change, name, &error);
        }
        if (r >= 0)
                return EXIT_SUCCESS;
        ctl_fail("Cannot %s%s%s: %s", change->what, name ? " " : "", ctl_text(name),
                 ctl_error_text(&error, r));
        return EXIT_FAILURE;
}

static int apply_to_links(const Change *change, int argc, char **argv) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        int status = EXIT_SUCCESS;

        if (ctl_connect(&bus) < 0)
                return EXIT_FAILURE;
        for (int i = 1; i < argc; i++) {
                char *name = ctl_unescape_name(argv[i]);

                if (apply_change(&bus, change, name) != EXIT_SUCCESS)
                        status = EXIT_FAILURE;
                g_free(name);
        }
        return status;
}

int verb_up(int argc, char **argv) {
        return apply_to_links(&(const Change){ .what = "bring up",
                                               .manager = "StartLink",
                                               .option = "Keep",
                                               .not_applied = !ctl_options.apply },
                              argc, argv);
}

int verb_down(int argc, char **argv) {
        return apply_to_links(
                &(const Change){ .what = "take down", .manager = "StopLink", .option = "Release" }, argc,
                argv);
}

int verb_renew(int argc, char **argv) {
        return apply_to_links(&(const Change){ .what = "renew", .link = "Renew" }, argc, argv);
}

int verb_release(int argc, char **argv) {
        return apply_to_links(&(const Change){ .what = "release", .link = "Release" }, argc, argv);
}

int verb_reload(int argc, char **argv) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;

        if (ctl_connect(&bus) < 0)
                return EXIT_FAILURE;
        return apply_change(&bus, &(const Change){ .what = "reload", .manager = "Reload" }, NULL);
}
