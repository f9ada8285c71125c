/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets the time zone of the host from a lease (RFC 4833: option 101, a name, or 100, a POSIX TZ string),
 * over the D-Bus interface org.freedesktop.timedate1.
 *
 *   [Plugin timezone]
 *   Enable=yes             needed: a server may set the time zone only if the administrator allows it
 *
 * RequestOptions= of the link must ask for the options.
 *
 * The service sets the zone for good, /etc/localtime, so what was there before is kept over boots
 * (plugin/service-value.h). If /etc/localtime is not a link into the database, the service could not put it
 * back, so it is not touched.
 *
 * systemd-timedated accepts the name of any file in the folder of the database, also "localtime", which
 * would make /etc/localtime lead to itself. So names are checked here (timezone-name.h).
 */
#include <dhcpd-link-plugin.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/service-value.h"
#include "plugin/timezone-name.h"

#define OPTION_POSIX 100u
#define OPTION_NAME  101u
#define DATABASE     "/usr/share/zoneinfo"
#define ZONE_LINK    "/etc/localtime"
#define TARGET_SIZE  256u

typedef struct Timezone {
        const DhcpdLinkHost *host;
        ServiceValue *value;
} Timezone;

static const char *current(char ret[LEASE_VALUE_MAX], char ret_before[LEASE_VALUE_MAX]) {
        char target[TARGET_SIZE], name[TIMEZONE_NAME_SIZE];
        const ssize_t n = readlink(ZONE_LINK, target, sizeof(target) - 1);

        if (n < 0 && errno == ENOENT)
                (void) strcpy(name, "Etc/UTC"); /* localtime(5) */
        else {
                target[n < 0 ? 0 : n] = 0;
                if (!timezone_from_link(target, name))
                        return ZONE_LINK " is no link to a time zone";
        }
        (void) strcpy(ret, name);
        (void) strcpy(ret_before, name);
        return NULL;
}

static int timezone_init(const DhcpdLinkHost *host, void **ret_state) {
        Timezone *tz = calloc(1, sizeof(*tz));
        int r;

        if (!tz)
                return -ENOMEM;
        tz->host = host;
        r = service_value_new(&(const ServiceValueConfig){ .host = host,
                                                           .name = "org.freedesktop.timedate1",
                                                           .title = "systemd-timedated",
                                                           .path = "/org/freedesktop/timedate1",
                                                           .interface = "org.freedesktop.timedate1",
                                                           .method = "SetTimezone",
                                                           .persistent = true,
                                                           .current = current },
                              &tz->value);
        if (r < 0) {
                free(tz);
                return r;
        }
        *ret_state = tz;
        return 0;
}

/*
 * Stores the text of an option, without a final NUL, which some servers send. Returns false if the option is
 * absent or empty.
 */
static bool get_text(const DhcpdLinkLease *lease, uint8_t option, const char **ret, size_t *ret_len) {
        const uint8_t *data;

        if (lease->get_option(lease, option, &data, ret_len) < 0)
                return false;
        *ret = (const char *) data;
        if (*ret_len > 0 && data[*ret_len - 1] == 0)
                (*ret_len)--;
        return *ret_len > 0;
}

/*
 * Stores the zone that the option names, and returns true. Returns false and stores "" if the option is
 * absent or cannot be used; *ret_why then says why it cannot be used (NULL: it is absent).
 */
static bool from_name(const DhcpdLinkLease *lease, char ret[TIMEZONE_NAME_SIZE], const char **ret_why) {
        const char *text;
        size_t len;

        *ret_why = NULL;
        ret[0] = 0;
        if (!get_text(lease, OPTION_NAME, &text, &len))
                return false;
        if (timezone_name_is_valid(text, len)) {
                memcpy(ret, text, len);
                ret[len] = 0;
                if (timezone_is_known(DATABASE, ret))
                        return true;
                ret[0] = 0;
                *ret_why = "not in this host's time zone database";
        } else
                *ret_why = "no name of a time zone";
        return false;
}

static bool from_posix(const DhcpdLinkLease *lease, char ret[TIMEZONE_NAME_SIZE], const char **ret_why) {
        const char *text;
        size_t len;

        *ret_why = NULL;
        ret[0] = 0;
        if (!get_text(lease, OPTION_POSIX, &text, &len))
                return false;
        if (timezone_from_posix(text, len, ret) && timezone_is_known(DATABASE, ret))
                return true;
        ret[0] = 0;
        *ret_why = "names no time zone for sure";
        return false;
}

static void timezone_lease(void *state, DhcpdLinkEvent event, const DhcpdLinkLease *lease) {
        Timezone *tz = state;
        const DhcpdLinkHost *host = tz->host;
        char name[TIMEZONE_NAME_SIZE];
        const char *why_name, *why_posix = NULL;
        uint8_t option = OPTION_NAME;

        if (!from_name(lease, name, &why_name)) {
                option = OPTION_POSIX;
                (void) from_posix(lease, name, &why_posix);
        }
        host->report_unused(host, lease->ifindex, OPTION_NAME, why_name);
        host->report_unused(host, lease->ifindex, OPTION_POSIX, why_posix);
        service_value_lease(tz->value, event, lease, option, name);
}

static void timezone_fini(void *state) {
        Timezone *tz = state;

        (void) service_value_free(tz->value);
        free(tz);
}

DHCPD_LINK_PLUGIN_EXPORT = {
        .abi = DHCPD_LINK_PLUGIN_ABI,
        .struct_size = sizeof(DhcpdLinkPlugin),
        .name = "timezone",
        .init = timezone_init,
        .lease = timezone_lease,
        .fini = timezone_fini,
        .flags = DHCPD_LINK_PLUGIN_OPT_IN,
};
