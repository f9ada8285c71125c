/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options: prints the table of options that the man page dhcpd-link.options(7) shows. Needs no daemon.
 */
#include <stdio.h>
#include <stdlib.h>

#include "dbus/ctl/ctl.h"
#include "dbus/json/json.h"
#include "wire/dhcp4-options.h"

/* Returns the allowed lengths as text: "4", "1 or more", "4 or more, multiple of 4". */
static const char *lengths(const Dhcp4OptionInfo *info, char *text, size_t size) {
        const bool bounded = info->max_len > 0 && info->max_len < UINT16_MAX;
        size_t n;

        if (info->min_len == info->max_len)
                n = (size_t) snprintf(text, size, "%u", info->min_len);
        else if (bounded)
                n = (size_t) snprintf(text, size, "%u to %u", info->min_len, info->max_len);
        else
                n = (size_t) snprintf(text, size, "%u or more", info->min_len);
        if (info->multiple_of > 1 && n < size)
                (void) snprintf(text + n, size - n, ", multiple of %u", info->multiple_of);
        return text;
}

static void write_option(JsonWriter *w, const Dhcp4OptionInfo *info) {
        json_begin_object(w);
        json_key(w, "Code");
        json_u64(w, info->code);
        json_key(w, "Name");
        json_string(w, info->name);
        json_key(w, "Type");
        json_string(w, dhcp4_option_type_name(info->type));
        json_key(w, "MinimumLength");
        json_u64(w, info->min_len);
        json_key(w, "MaximumLength");
        if (info->min_len < info->max_len ? info->max_len == UINT16_MAX : info->max_len < info->min_len)
                json_null(w);
        else
                json_u64(w, info->max_len);
        json_key(w, "MultipleOf");
        json_u64(w, MAX(info->multiple_of, 1));
        json_end_object(w);
}

int verb_options(int argc, char **argv) {
        _cleanup_(json_clear) JsonWriter w = {};
        char text[64], *json;

        if (ctl_options.json)
                json_begin_array(&w);
        else if (ctl_options.legend)
                printf("%s%-4s %-38s %-18s LENGTH%s\n", ctl_color(CTL_COLOR_BOLD), "CODE", "NAME", "TYPE",
                       ctl_color(CTL_COLOR_NONE));
        for (unsigned code = 0; code < 256; code++) {
                const Dhcp4OptionInfo *info = dhcp4_option_info((uint8_t) code);

                if (!info)
                        continue;
                if (ctl_options.json)
                        write_option(&w, info);
                else
                        printf("%4u %-38s %-18s %s\n", code, info->name, dhcp4_option_type_name(info->type),
                               lengths(info, text, sizeof(text)));
        }
        if (!ctl_options.json)
                return EXIT_SUCCESS;
        json_end_array(&w);
        json = json_finish(&w);
        if (!json) {
                ctl_fail("Cannot list the options: out of memory");
                return EXIT_FAILURE;
        }
        puts(json);
        free(json);
        return EXIT_SUCCESS;
}
