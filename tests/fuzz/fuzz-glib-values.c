/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program that owns the daemon's name can make a desktop program take over (dbus/glib): links with
 * properties of any type and content, properties that change, signals, values of options as text.
 *
 * What must hold: every getter gives a text, a list or a number; the list of options has a limit; text is
 * printable and has a limit; the memory that values cost is given back when their link is gone.
 *
 * Input: steps. Each is a byte that says what happens, one for the property, one for the type, one for
 * the length, and as many bytes of a value in the format of GVariant.
 */
#include <string.h>

#include "dbus/glib/client-internal.h"
#include "dbus/glib/link-internal.h"
#include "dbus/glib/option-list.h"
#include "tests/fuzz/fuzz-input.h"
#include "tests/fuzz/fuzz.h"

#define STEPS_MAX 64u

/*
 * Returns a value of one of the types of the contract, or of another one. Whatever the bytes are, it is
 * in normal form.
 */
static GVariant *take_value(Input *in) {
        static const char *const types[] = { "s",        "u",  "i",   "t",     "b",      "ay",
                                             "as",       "au", "aay", "a{sv}", "aa{sv}", "a(uay)",
                                             "(sa{sv})", "v",  "x",   "a{st}" };
        const char *type = types[take_u8(in) % G_N_ELEMENTS(types)];
        const size_t wanted = take_u8(in) * 4u, len = MIN(wanted, in->left);
        uint8_t *bytes = g_memdup2(in->data, len);
        GVariant *value = g_variant_ref_sink(
                g_variant_new_from_data(G_VARIANT_TYPE(type), bytes, len, FALSE, g_free, bytes));
        GVariant *normal;

        in->data += len;
        in->left -= len;
        normal = g_variant_get_normal_form(value);
        g_variant_unref(value);
        return normal;
}

static const char *take_member(Input *in) {
        static const char *const members[] = {
                "Index",
                "Name",
                "AlternativeNames",
                "HardwareAddress",
                "Carrier",
                "State",
                "Applied",
                "ConfigFiles",
                "Settings",
                "Claims",
                "Problems",
                "Attempt",
                "Address",
                "LastIgnored",
                "LastError",
                "Origin",
                "ClientId",
                "DNS",
                "Routes",
                "IgnoredOptions",
                "KeptOptions",
                "Servers",
                "Options",
                "OptionValues",
                "T1AtUSec",
                "ExpiresAtBoottimeUSec",
                "Other",
        };

        return members[take_u8(in) % G_N_ELEMENTS(members)];
}

static GVariant *take_dict(Input *in) {
        GVariantDict dict;
        unsigned n = take_u8(in) % 4;

        g_variant_dict_init(&dict, NULL);
        while (n-- > 0) {
                const char *member = take_member(in);
                GVariant *value = take_value(in);

                g_variant_dict_insert_value(&dict, member, value);
                g_variant_unref(value);
        }
        return g_variant_ref_sink(g_variant_dict_end(&dict));
}

static void check_text(const char *text) {
        if (strlen(text) > OPTION_TEXT_MAX + strlen("..."))
                abort();
        for (; *text; text++)
                if (!g_ascii_isprint(*text))
                        abort();
}

/* Reads every property as a binding does. */
static void check_object(gpointer object) {
        guint n;
        g_autofree GParamSpec **specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(object), &n);

        for (guint i = 0; i < n; i++) {
                g_auto(GValue) value = G_VALUE_INIT;

                g_object_get_property(object, specs[i]->name, &value);
                if (G_VALUE_HOLDS_STRING(&value) && !g_value_get_string(&value))
                        abort();
                if (G_VALUE_HOLDS(&value, G_TYPE_STRV) && !g_value_get_boxed(&value))
                        abort();
        }
}

static void check_link(DhcpdLinkLink *link) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(link);
        GPtrArray *claims = dhcpd_link_link_get_claims(link);

        check_object(link);
        for (guint i = 0; i < claims->len; i++)
                if (!dhcpd_link_claim_get_owner(claims->pdata[i]) ||
                    dhcpd_link_claim_get_kind(claims->pdata[i]) < 0)
                        abort();
        if (!dhcp4)
                return;
        check_object(dhcp4);
        if (g_list_model_get_n_items(dhcpd_link_dhcp4_get_options(dhcp4)) > OPTIONS_MAX)
                abort();
        for (guint i = 0; i < g_list_model_get_n_items(dhcpd_link_dhcp4_get_options(dhcp4)); i++) {
                g_autoptr(DhcpdLinkOption) option =
                        g_list_model_get_item(dhcpd_link_dhcp4_get_options(dhcp4), i);

                check_text(dhcpd_link_option_get_text(option));
        }
}

static void step(DhcpdLinkLink *link, Input *in) {
        static const char *const interfaces[] = { BUS_LINK_INTERFACE, BUS_DHCP4_INTERFACE, "org.example" };
        const uint8_t what = take_u8(in);

        if (what % 8 < 5) {
                g_autoptr(GVariant) dict = take_dict(in);

                link_update_interface(link, interfaces[what % 3], dict, what & 0x80);
        } else if (what % 8 == 5)
                link_remove_dhcp4(link);
        else {
                g_autoptr(GVariant) value = take_value(in);
                g_autofree char *text = option_value_to_text(value);
                GVariant *const arguments[] = { value };
                g_autoptr(GVariant) tuple = g_variant_ref_sink(g_variant_new_tuple(arguments, 1));

                check_text(text);
                link_signal(link, what & 0x80 ? "StateChanged" : "LeaseChanged", tuple);
                link_signal(link, what & 0x80 ? "StateChanged" : "LeaseChanged", value);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Input in = { data, size };
        Budget *budget = budget_new();
        GVariant *none = g_variant_ref_sink(g_variant_new_array(G_VARIANT_TYPE("{sa{sv}}"), NULL, 0));
        DhcpdLinkLink *link = link_new(NULL, "/link", none, budget);

        for (unsigned i = 0; i < STEPS_MAX && in.left > 0; i++)
                step(link, &in);
        check_link(link);
        link_gone(link);
        g_object_unref(link);
        if (budget->used != 0)
                abort();
        budget_unref(budget);
        g_variant_unref(none);
        return 0;
}
