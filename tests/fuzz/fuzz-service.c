/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What plugins take from servers and from their own notes: a host name, a time zone by its name and as a
 * POSIX TZ string, a note of plugin/service-value.c. What is accepted is what its contract says, and is
 * accepted unchanged a second time.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugin/hostname-check.h"
#include "plugin/service-value.h"
#include "plugin/timezone-name.h"
#include "tests/fuzz/fuzz.h"

static void check_hostname(const char *text) {
        char name[HOST_NAME_SIZE], again[HOST_NAME_SIZE];

        if (hostname_check(text, name))
                return;
        assert(strlen(name) > 0 && strlen(name) < HOST_NAME_SIZE);
        assert(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
               strlen(name));
        assert(strncmp(text, name, strlen(name)) == 0);
        assert(strcasecmp(name, "localhost") != 0);
        assert(!hostname_check(name, again) && strcmp(name, again) == 0);
}

static void check_zone_name(const char *name) {
        assert(strlen(name) > 0 && strlen(name) < TIMEZONE_NAME_SIZE);
        assert(name[0] != '/' && name[strlen(name) - 1] != '/');
        assert(!strstr(name, "//") && !strchr(name, '.'));
        assert(strcmp(name, "localtime") != 0);
}

static void check_note(const char *text) {
        char again[DHCPD_LINK_REMEMBER_MAX];
        ServiceNote note;

        if (!service_note_parse(text, &note))
                return;
        assert(service_note_format(&note, again));
        assert(strcmp(text, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *text = malloc(size + 1), zone[TIMEZONE_NAME_SIZE];

        if (!text)
                abort();
        if (size > 0)
                memcpy(text, data, size);
        text[size] = 0;
        check_hostname(text);
        /* These two functions get text that is not terminated. */
        if (timezone_name_is_valid((const char *) data, size)) {
                assert(strlen(text) == size);
                check_zone_name(text);
        }
        if (timezone_from_posix((const char *) data, size, zone)) {
                check_zone_name(zone);
                assert(strncmp(zone, "Etc/", 4) == 0);
        }
        if (timezone_from_link(text, zone))
                check_zone_name(zone);
        check_note(text);
        free(text);
        return 0;
}
