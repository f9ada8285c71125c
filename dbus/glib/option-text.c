/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes values of options as text for people. The form is that of dhcpd-linkctl, but a text that stands
 * alone has no quotation marks. A byte that is not printable ASCII becomes a question mark.
 */
#include <stdbool.h>
#include <string.h>

#include "dbus/glib/option-list.h"

#define DEPTH_MAX 16u /* levels of nesting; no option has as many */

static void append_value(GString *text, GVariant *value, const char *key, unsigned depth);

static void append_printable(GString *text, const char *bytes, gsize len) {
        for (gsize i = 0; i < len && text->len < OPTION_TEXT_MAX; i++)
                (void) g_string_append_c(text, g_ascii_isprint(bytes[i]) ? bytes[i] : '?');
}

/* Returns true if the text is clear without quotation marks even between other texts. */
static bool is_plain(const char *bytes, gsize len) {
        for (gsize i = 0; i < len; i++)
                if (!g_ascii_isgraph(bytes[i]) || strchr("\"\\,[]{}", bytes[i]))
                        return false;
        return len > 0;
}

static void append_string(GString *text, const char *bytes, gsize len, unsigned depth) {
        const bool quotes = depth > 0 && !is_plain(bytes, len);

        if (quotes)
                (void) g_string_append_c(text, '"');
        append_printable(text, bytes, len);
        if (quotes)
                (void) g_string_append_c(text, '"');
}

/* Returns true if the bytes are printable ASCII, and cannot be mistaken for hexadecimal digits. */
static bool is_text(const char *bytes, gsize len) {
        bool digits = true;

        for (gsize i = 0; i < len; i++) {
                if (!g_ascii_isprint(bytes[i]))
                        return false;
                digits = digits && g_ascii_isxdigit(bytes[i]);
        }
        return len > 0 && !digits;
}

static void append_bytes(GString *text, GVariant *value, const char *key, unsigned depth) {
        gsize len;
        const char *bytes = g_variant_get_fixed_array(value, &len, 1);
        const bool colons = key && g_str_has_suffix(key, "HardwareAddress");

        if (!colons && is_text(bytes, len)) {
                append_string(text, bytes, len, depth);
                return;
        }
        for (gsize i = 0; i < len && text->len < OPTION_TEXT_MAX; i++)
                g_string_append_printf(text, "%s%02x", colons && i > 0 ? ":" : "", (guchar) bytes[i]);
}

static void append_items(GString *text, GVariant *value, const char *key, unsigned depth) {
        const bool dictionary = g_variant_is_of_type(value, G_VARIANT_TYPE_VARDICT);
        const gsize n = g_variant_n_children(value);

        if (depth > 0)
                (void) g_string_append_c(text, dictionary ? '{' : '[');
        for (gsize i = 0; i < n && text->len < OPTION_TEXT_MAX; i++) {
                g_autoptr(GVariant) item = g_variant_get_child_value(value, i);

                if (i > 0)
                        (void) g_string_append(text, ", ");
                if (dictionary) {
                        g_autoptr(GVariant) name = g_variant_get_child_value(item, 0);
                        g_autoptr(GVariant) content = g_variant_get_child_value(item, 1);

                        key = g_variant_get_string(name, NULL);
                        append_printable(text, key, strlen(key));
                        (void) g_string_append_c(text, '=');
                        append_value(text, content, key, depth + 1);
                } else
                        append_value(text, item, key, depth + 1);
        }
        if (depth > 0)
                (void) g_string_append_c(text, dictionary ? '}' : ']');
}

static void append_value(GString *text, GVariant *value, const char *key, unsigned depth) {
        if (depth > DEPTH_MAX)
                return;
        switch (g_variant_classify(value)) {
        case G_VARIANT_CLASS_VARIANT: {
                g_autoptr(GVariant) inner = g_variant_get_variant(value);

                append_value(text, inner, key, depth);
                break;
        }
        case G_VARIANT_CLASS_STRING:
        case G_VARIANT_CLASS_OBJECT_PATH:
        case G_VARIANT_CLASS_SIGNATURE: {
                gsize len;
                const char *bytes = g_variant_get_string(value, &len);

                append_string(text, bytes, len, depth);
                break;
        }
        case G_VARIANT_CLASS_ARRAY:
                if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING)) {
                        append_bytes(text, value, key, depth);
                        break;
                }
                append_items(text, value, key, depth);
                break;
        case G_VARIANT_CLASS_TUPLE:
                append_items(text, value, key, depth);
                break;
        case G_VARIANT_CLASS_BOOLEAN:
        case G_VARIANT_CLASS_BYTE:
        case G_VARIANT_CLASS_INT16:
        case G_VARIANT_CLASS_UINT16:
        case G_VARIANT_CLASS_INT32:
        case G_VARIANT_CLASS_UINT32:
        case G_VARIANT_CLASS_INT64:
        case G_VARIANT_CLASS_UINT64:
        case G_VARIANT_CLASS_HANDLE:
        case G_VARIANT_CLASS_DOUBLE:
        case G_VARIANT_CLASS_MAYBE:
        case G_VARIANT_CLASS_DICT_ENTRY:
                (void) g_variant_print_string(value, text, FALSE);
                break;
        }
}

char *option_value_to_text(GVariant *value) {
        GString *text = g_string_new(NULL);

        append_value(text, value, NULL, 0);
        if (text->len > OPTION_TEXT_MAX) {
                (void) g_string_truncate(text, OPTION_TEXT_MAX);
                (void) g_string_append(text, "...");
        }
        return g_string_free(text, FALSE);
}
