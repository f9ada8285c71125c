/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the texts of the window (contract: dbus/viewer/viewer-text.h).
 */
#include "dbus/viewer/viewer-text.h"

#include <glib/gi18n.h>

#define SECOND ((guint64) G_USEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* If less time than this is left, seconds are shown. */
#define SECONDS_SHOWN (2 * MINUTE)
/* Levels of records in records that are shown; the contract has two. */
#define DEPTH_MAX 4

/*
 * Returns FALSE for characters that are not drawn themselves but change the text around them: marks of
 * direction, joiners, separators, control characters.
 */
static gboolean is_visible(gunichar c) {
        GUnicodeType type = g_unichar_type(c);

        if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_SURROGATE ||
            type == G_UNICODE_PRIVATE_USE || type == G_UNICODE_UNASSIGNED ||
            type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR)
                return FALSE;
        return !g_unichar_iszerowidth(c) || g_unichar_ismark(c);
}

char *viewer_text_clean(const char *text, size_t chars_max) {
        GString *clean = g_string_new(NULL);
        size_t chars = 0;

        for (const char *at = text ? text : ""; *at; chars++) {
                gunichar c = g_utf8_get_char_validated(at, -1);

                if (chars == chars_max) {
                        g_string_append(clean, "…");
                        break;
                }
                if (c == (gunichar) -1 || c == (gunichar) -2) {
                        g_string_append_printf(clean, "<%02X>", (unsigned char) *at++);
                        continue;
                }
                if (is_visible(c))
                        g_string_append_unichar(clean, c);
                else
                        g_string_append_printf(clean, "<U+%04X>", c);
                at = g_utf8_next_char(at);
        }
        return g_string_free(clean, FALSE);
}

char *viewer_text_list(const char *const *texts, const char *separator) {
        GString *list = g_string_new(NULL);

        for (size_t i = 0; texts && texts[i]; i++) {
                g_autofree char *clean = viewer_text_clean(texts[i], VIEWER_TEXT_MAX);

                if (i > 0)
                        g_string_append(list, separator);
                if (i == VIEWER_LIST_MAX || list->len > VIEWER_VALUE_MAX) {
                        g_string_append(list, "…");
                        break;
                }
                g_string_append(list, clean);
        }
        return g_string_free(list, FALSE);
}

char *viewer_text_bytes(const void *data, size_t len, const char *separator, size_t bytes_max) {
        const unsigned char *bytes = data;
        GString *text = g_string_new(NULL);

        for (size_t i = 0; i < MIN(len, bytes_max); i++)
                g_string_append_printf(text, "%s%02x", i > 0 ? separator : "", bytes[i]);
        if (len > bytes_max) {
                g_string_append_c(text, ' ');
                g_string_append_printf(text, ngettext("… (%u byte)", "… (%u bytes)", len), (unsigned) len);
        }
        return g_string_free(text, FALSE);
}

char *viewer_text_bytes_variant(GVariant *bytes, const char *separator, size_t bytes_max) {
        size_t len = 0;
        const void *data = bytes ? g_variant_get_fixed_array(bytes, &len, 1) : NULL;

        return viewer_text_bytes(data, len, separator, bytes_max);
}

char *viewer_text_span(guint64 usec) {
        static const struct {
                guint64 unit, smaller;
                const char *both, *one;
        } units[] = {
                /* Translators: days and hours */
                { DAY, HOUR, N_("%u d %u h"), N_("%u d") },
                /* Translators: hours and minutes */
                { HOUR, MINUTE, N_("%u h %u min"), N_("%u h") },
                /* Translators: minutes and seconds */
                { MINUTE, SECOND, N_("%u min %u s"), N_("%u min") },
        };

        if (usec == VIEWER_NEVER)
                return g_strdup(C_("span", "for ever"));
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
                unsigned large = usec / units[i].unit, small = usec % units[i].unit / units[i].smaller;

                if (large == 0)
                        continue;
                        /* The formats are those above, or their translations. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                return small > 0 ? g_strdup_printf(_(units[i].both), large, small)
                                 : g_strdup_printf(_(units[i].one), large);
#pragma GCC diagnostic pop
        }
        return g_strdup_printf(_("%u s"), (unsigned) (usec / SECOND));
}

char *viewer_text_left(guint64 now, guint64 end) {
        g_autofree char *span = NULL;
        guint64 left;

        if (end == VIEWER_NEVER)
                return g_strdup(_("never ends"));
        if (end <= now)
                return g_strdup(C_("lease", "over"));
        left = end - now;
        /*
         * Minutes are rounded down, so the text changes once in a minute. Seconds are rounded up: 1 is the
         * last.
         */
        left = left < SECONDS_SHOWN ? left + SECOND - 1 : left - left % MINUTE;
        span = viewer_text_span(left);
        return g_strdup_printf(C_("time", "%s left"), span);
}

guint64 viewer_next_change(guint64 now, guint64 start, guint64 end, unsigned pixels) {
        guint64 next, left;

        if (end == VIEWER_NEVER || end <= now)
                return VIEWER_NEVER;
        left = end - now;
        /* The first microsecond at which viewer_text_left() returns another text. */
        if (left < SECONDS_SHOWN)
                next = now + (left - 1) % SECOND + 1;
        else if (left < SECONDS_SHOWN + MINUTE)
                next = end - (SECONDS_SHOWN - SECOND);
        else
                next = now + left % MINUTE + 1;
        if (pixels > 0 && end > start) {
                guint64 pixel = MAX((end - start) / pixels, SECOND);

                next = MIN(next, now + left % pixel + 1);
        }
        return next;
}

double viewer_fraction_left(guint64 now, guint64 start, guint64 end) {
        if (end == VIEWER_NEVER)
                return 1;
        if (end <= now || end <= start)
                return 0;
        return MIN((double) (end - now) / (double) (end - start), 1);
}

char *viewer_text_when(guint64 realtime_usec) {
        g_autoptr(GDateTime) when = NULL, today = NULL;

        if (realtime_usec == 0)
                return g_strdup("");
        if (realtime_usec == VIEWER_NEVER)
                return g_strdup(C_("instant", "never"));
        when = g_date_time_new_from_unix_local(realtime_usec / SECOND);
        today = g_date_time_new_now_local();
        if (!when || !today)
                return g_strdup("");
        if (g_date_time_get_year(when) == g_date_time_get_year(today) &&
            g_date_time_get_day_of_year(when) == g_date_time_get_day_of_year(today))
                return g_date_time_format(when, "%X");
        return g_date_time_format(when, "%x %X");
}

static void append_value(GString *text, GVariant *value, unsigned depth);

static void append_clean(GString *text, const char *value) {
        g_autofree char *clean = viewer_text_clean(value, VIEWER_TEXT_MAX);

        g_string_append(text, clean);
}

/*
 * Appends a route in the usual form, "192.0.2.0/24 via 10.0.0.1". Returns FALSE if the record is not a
 * route. The caller then writes it as a list of keys and values.
 */
static gboolean append_route(GString *text, GVariant *record) {
        const char *destination, *gateway = NULL;
        guint32 prefix;

        if (!g_variant_lookup(record, "Destination", "&s", &destination) ||
            !g_variant_lookup(record, "PrefixLength", "u", &prefix))
                return FALSE;
        append_clean(text, destination);
        g_string_append_printf(text, "/%u", prefix);
        if (g_variant_lookup(record, "Gateway", "&s", &gateway) && *gateway) {
                g_autofree char *clean = viewer_text_clean(gateway, VIEWER_TEXT_MAX);

                g_string_append_c(text, ' ');
                g_string_append_printf(text, C_("route", "via %s"), clean);
        }
        return TRUE;
}

static void append_record(GString *text, GVariant *record, unsigned depth) {
        GVariantIter iter;
        const char *key, *separator = "";
        GVariant *value;

        if (append_route(text, record))
                return;
        g_variant_iter_init(&iter, record);
        while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
                g_string_append(text, separator);
                append_clean(text, key);
                g_string_append(text, ": ");
                append_value(text, value, depth + 1);
                g_variant_unref(value);
                separator = ", ";
        }
}

static void append_list(GString *text, GVariant *list, unsigned depth) {
        const char *separator = g_variant_is_of_type(list, G_VARIANT_TYPE("aa{sv}")) ? "; " : ", ";

        for (size_t i = 0; i < g_variant_n_children(list); i++) {
                g_autoptr(GVariant) item = g_variant_get_child_value(list, i);

                if (i > 0)
                        g_string_append(text, separator);
                append_value(text, item, depth + 1);
        }
}

static void append_value(GString *text, GVariant *value, unsigned depth) {
        if (depth > DEPTH_MAX) {
                g_string_append(text, "…");
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
                append_clean(text, g_variant_get_string(value, NULL));
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN)) {
                g_string_append(text,
                                g_variant_get_boolean(value) ? C_("option", "yes") : C_("option", "no"));
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING)) {
                g_autofree char *bytes = viewer_text_bytes_variant(value, " ", VIEWER_BYTES_MAX);

                g_string_append(text, bytes);
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARDICT)) {
                append_record(text, value, depth);
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_ARRAY)) {
                append_list(text, value, depth);
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT)) {
                g_autoptr(GVariant) inner = g_variant_get_variant(value);

                append_value(text, inner, depth + 1);
        } else {
                g_autofree char *number = g_variant_print(value, FALSE);

                g_string_append(text, number);
        }
}

static gboolean is_span_of_seconds(const char *name) {
        static const char *const names[] = { "lease-time", "renewal-time", "rebinding-time", NULL };

        return name && g_strv_contains(names, name);
}

char *viewer_text_value(const char *name, GVariant *value) {
        GString *text = g_string_new(NULL);

        append_value(text, value, 0);
        if (is_span_of_seconds(name) && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32)) {
                guint32 seconds = g_variant_get_uint32(value);
                g_autofree char *span =
                        viewer_text_span(seconds == G_MAXUINT32 ? VIEWER_NEVER : seconds * SECOND);

                g_string_append_printf(text, " (%s)", span);
        }
        /* All parts together may be long, and a label has to lay out every line of the text. */
        if (g_utf8_strlen(text->str, -1) > 4 * VIEWER_TEXT_MAX) {
                g_string_truncate(text,
                                  g_utf8_offset_to_pointer(text->str, 4 * VIEWER_TEXT_MAX) - text->str);
                g_string_append(text, "…");
        }
        return g_string_free(text, FALSE);
}

ViewerState viewer_state_of_link(const char *state) {
        static const struct {
                const char *state;
                ViewerState shown;
        } states[] = {
                { "stopped", { NC_("link", "Stopped"), "media-playback-pause-symbolic" } },
                { "no-carrier", { NC_("link", "No carrier"), "network-wired-disconnected-symbolic" } },
                { "searching", { NC_("link", "Searching"), "network-wired-acquiring-symbolic" } },
                { "configured", { NC_("link", "Configured"), "network-wired-symbolic" } },
                { "degraded", { NC_("link", "Degraded"), "dialog-warning-symbolic" } },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
                if (g_strcmp0(state, states[i].state) == 0)
                        return (ViewerState){ g_dpgettext2(NULL, "link", states[i].shown.word),
                                              states[i].shown.icon };
        return (ViewerState){ C_("link", "Unknown state"), "dialog-question-symbolic" };
}

ViewerState viewer_state_of_candidate(const char *reason, gboolean *ret_startable) {
        static const struct {
                const char *reason;
                ViewerState shown;
                gboolean startable;
        } reasons[] = {
                { "unmanaged", { NC_("candidate", "Not managed"), "network-wired-symbolic" }, TRUE },
                { "down", { NC_("candidate", "Down"), "network-wired-disconnected-symbolic" }, TRUE },
                { "managed-elsewhere",
                  { NC_("candidate", "Managed elsewhere"), "changes-prevent-symbolic" },
                  FALSE },
                { "switched-off", { NC_("candidate", "Switched off"), "changes-prevent-symbolic" }, FALSE },
                { "not-supported",
                  { NC_("candidate", "Not supported"), "action-unavailable-symbolic" },
                  FALSE },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
                if (g_strcmp0(reason, reasons[i].reason) == 0) {
                        *ret_startable = reasons[i].startable;
                        return (ViewerState){ g_dpgettext2(NULL, "candidate", reasons[i].shown.word),
                                              reasons[i].shown.icon };
                }
        /* The reason is of a later version. If the user asks to manage the interface, the daemon decides. */
        *ret_startable = TRUE;
        return (ViewerState){ C_("candidate", "Not managed"), "dialog-question-symbolic" };
}

const char *viewer_text_lease_changed(const char *reason, const char *why) {
        static const struct {
                const char *reason, *why, *text;
        } texts[] = {
                { "bound", NULL, N_("Lease obtained") },
                { "renewed", NULL, N_("Lease renewed") },
                { "changed", NULL, N_("Lease changed") },
                { "lost", "expired", N_("Lease lost: it ended") },
                { "lost", "nak", N_("Lease lost: the server refused it") },
                { "lost", "conflict", N_("Lease lost: somebody else has the address") },
                { "lost", "released", N_("Lease given back") },
                { "lost", "carrier", N_("Lease lost: the interface was disconnected") },
                { "lost", "replaced", N_("Lease lost: the server granted another address") },
                { "lost", "moved", N_("Lease lost: the interface moved to another network") },
                { "lost", "hardware-address", N_("Lease lost: the hardware address changed") },
                { "lost", "slept", N_("Lease lost: the computer slept") },
                { "lost", NULL, N_("Lease lost") },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                if (g_strcmp0(reason, texts[i].reason) == 0 &&
                    (!texts[i].why || g_strcmp0(why, texts[i].why) == 0))
                        return _(texts[i].text);
        return _("Lease changed");
}

const char *viewer_text_origin(const char *origin) {
        static const struct {
                const char *origin, *text;
        } texts[] = {
                { "dhcp", NC_("origin", "DHCP") },
                { "bootp", NC_("origin", "BOOTP") },
                { "inform", NC_("origin", "static, the rest from DHCP") },
                { "static", NC_("origin", "static, because no server answered") },
                { "link-local", NC_("origin", "link-local, because no server answered") },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                if (g_strcmp0(origin, texts[i].origin) == 0)
                        return g_dpgettext2(NULL, "origin", texts[i].text);
        return "";
}
