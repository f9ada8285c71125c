/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dbus/glib without a bus: which values count and which do not, what they may cost, the list of options,
 * and values as text.
 */
#include <string.h>

#include "dbus/glib/client-internal.h"
#include "dbus/glib/link-internal.h"
#include "dbus/glib/option-list.h"
#include "dbus/glib/record.h"

typedef struct Fixture {
        Budget *budget;
        DhcpdLinkLink *link;
        unsigned n_notified;
        const char *last; /* NULL, or the last alternative name, which is set before the first notify */
} Fixture;

static void on_notify(DhcpdLinkLink *link, GParamSpec *spec, Fixture *f) {
        f->n_notified++;
        if (f->last)
                g_assert_cmpstr(dhcpd_link_link_get_alternative_names(link)[1], ==, f->last);
}

/* Returns a value made from GVariant text. It is not serialised yet, as in a message that has arrived. */
static GVariant *parse(const char *text) {
        g_autoptr(GError) error = NULL;
        GVariant *value = g_variant_parse(NULL, text, NULL, NULL, &error);

        g_assert_no_error(error);
        return value;
}

static void update(Fixture *f, const char *interface, const char *dict) {
        g_autoptr(GVariant) value = parse(dict);

        link_update_interface(f->link, interface, value, /* first= */ false);
}

static void set_up(Fixture *f, gconstpointer unused) {
        g_autoptr(GVariant) interfaces = parse("{'org.dhcpdlink1.Link': {'Index': <7>, 'Name': <'eth7'>}, "
                                               "'org.dhcpdlink1.DHCPv4': @a{sv} {}}");

        f->budget = budget_new();
        f->link = link_new(NULL, "/link", interfaces, f->budget);
        f->n_notified = 0;
        f->last = NULL;
        (void) g_signal_connect(f->link, "notify", G_CALLBACK(on_notify), f);
}

static void tear_down(Fixture *f, gconstpointer unused) {
        g_assert_finalize_object(f->link);
        /* All that was taken from the budget is given back. */
        g_assert_cmpuint(f->budget->used, ==, 0);
        budget_unref(f->budget);
}

static void test_types(Fixture *f, gconstpointer unused) {
        f->last = "y";
        update(f, BUS_LINK_INTERFACE,
               "{'Name': <'a'>, 'Carrier': <true>, 'AlternativeNames': <['x', 'y']>}");
        g_assert_cmpuint(f->n_notified, ==, 3);
        g_assert_cmpstr(dhcpd_link_link_get_name(f->link), ==, "a");
        g_assert_cmpstr(dhcpd_link_link_get_alternative_names(f->link)[1], ==, "y");
        /*
         * The same value again, a value that never changes, a value of another type, and an unknown
         * property.
         */
        update(f, BUS_LINK_INTERFACE,
               "{'Name': <'a'>, 'Index': <8>, 'Carrier': <1>, 'AlternativeNames': <'x'>, 'New': <7>}");
        g_assert_cmpuint(f->n_notified, ==, 3);
        g_assert_true(dhcpd_link_link_get_carrier(f->link));
        g_assert_cmpint(dhcpd_link_link_get_index(f->link), ==, 7);
        /* An unknown word. */
        update(f, BUS_LINK_INTERFACE, "{'State': <'upside-down'>}");
        g_assert_cmpuint(f->n_notified, ==, 5);
        g_assert_cmpint(dhcpd_link_link_get_state(f->link), ==, DHCPD_LINK_LINK_STATE_UNKNOWN);
        g_assert_cmpstr(dhcpd_link_link_get_state_name(f->link), ==, "upside-down");
}

/*
 * Texts stay where they are in memory until they change, also when somebody serialises the value that
 * they came in.
 */
static void test_texts_stay(Fixture *f, gconstpointer unused) {
        GVariant *dict = parse("{'Name': <'stays'>, 'AlternativeNames': <['one', 'two']>, "
                               "'Problems': <[{'Id': <'a'>, 'Text': <'b'>}]>}");
        const char *name, *alternative, *text;
        DhcpdLinkProblem *problem;

        link_update_interface(f->link, BUS_LINK_INTERFACE, dict, /* first= */ false);
        name = dhcpd_link_link_get_name(f->link);
        problem = dhcpd_link_problem_ref(dhcpd_link_link_get_problems(f->link)->pdata[0]);
        alternative = dhcpd_link_link_get_alternative_names(f->link)[0];
        text = dhcpd_link_problem_get_text(problem);
        (void) g_variant_get_data(dict);
        g_variant_unref(dict);
        /* The same value again is compared with the one that is there. */
        update(f, BUS_LINK_INTERFACE,
               "{'Name': <'stays'>, 'AlternativeNames': <['one', 'two']>, "
               "'Problems': <[{'Id': <'a'>, 'Text': <'b'>}]>}");
        g_assert_cmpstr(name, ==, "stays");
        g_assert_cmpstr(alternative, ==, "one");
        g_assert_cmpstr(text, ==, "b");
        g_assert_true(dhcpd_link_link_get_problems(f->link)->pdata[0] == problem);
        update(f, BUS_LINK_INTERFACE, "{'Problems': <@aa{sv} []>}");
        g_assert_cmpuint(dhcpd_link_link_get_problems(f->link)->len, ==, 0);
        g_assert_cmpstr(dhcpd_link_problem_get_text(problem), ==, "b");
        g_assert_cmpuint(dhcpd_link_problem_get_at_boottime(problem), ==, 0);
        dhcpd_link_problem_unref(problem);
}

static GVariant *one(const char *member, GVariant *value) {
        GVariantDict dict;

        g_variant_dict_init(&dict, NULL);
        g_variant_dict_insert_value(&dict, member, value);
        return g_variant_ref_sink(g_variant_dict_end(&dict));
}

static void test_size(Fixture *f, gconstpointer unused) {
        g_autofree char *text = g_strnfill(PROPERTY_SIZE_MAX, 'x');
        g_autoptr(GVariant) dict = one("Name", g_variant_new_string(text));

        link_update_interface(f->link, BUS_LINK_INTERFACE, dict, /* first= */ false);
        g_assert_cmpstr(dhcpd_link_link_get_name(f->link), ==, "eth7");
}

static void test_records(Fixture *f, gconstpointer unused) {
        GVariantBuilder records = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
        g_autoptr(GVariant) dict = NULL;

        for (unsigned i = 0; i < RECORDS_MAX + 7; i++)
                g_variant_builder_add_value(&records, g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0));
        dict = one("Problems", g_variant_builder_end(&records));
        link_update_interface(f->link, BUS_LINK_INTERFACE, dict, /* first= */ false);
        g_assert_cmpuint(dhcpd_link_link_get_problems(f->link)->len, ==, RECORDS_MAX);
        /* Values cost more of the budget than their bytes. */
        g_assert_cmpuint(f->budget->used, >, RECORDS_MAX * 64);
}

/*
 * Many links have large values. In the end no link gets more memory, and when the links are gone there is
 * room again.
 */
static void test_budget(Fixture *f, gconstpointer unused) {
        g_autofree char *text = g_strnfill(PROPERTY_SIZE_MAX - 1, 'x');
        g_autoptr(GPtrArray) links = g_ptr_array_new_with_free_func(g_object_unref);
        g_autoptr(GVariant) none = parse("@a{sa{sv}} {}");
        g_autoptr(GVariant) dict = one("Name", g_variant_new_string(text));

        for (unsigned i = 0; i < 2 * BUDGET_MAX / PROPERTY_SIZE_MAX; i++) {
                DhcpdLinkLink *link = link_new(NULL, "/other", none, f->budget);

                link_update_interface(link, BUS_LINK_INTERFACE, dict, /* first= */ false);
                g_ptr_array_add(links, link);
        }
        g_assert_cmpuint(f->budget->used, >, BUDGET_MAX / 2);
        g_assert_cmpuint(f->budget->used, <=, BUDGET_MAX);
        g_assert_cmpstr(dhcpd_link_link_get_name(links->pdata[0]), ==, text);
        g_assert_cmpstr(dhcpd_link_link_get_name(links->pdata[links->len - 1]), ==, "");
        g_ptr_array_set_size(links, 0);
        link_update_interface(f->link, BUS_LINK_INTERFACE, dict, /* first= */ false);
        g_assert_cmpstr(dhcpd_link_link_get_name(f->link), ==, text);
}

/* The list of options */

typedef struct Change {
        guint at, removed, added, n;
} Change;

static void on_items_changed(GListModel *model, guint at, guint removed, guint added, Change *change) {
        *change = (Change){ at, removed, added, change->n + 1 };
}

static DhcpdLinkOption *option(DhcpdLinkDhcp4 *dhcp4, guint i) {
        g_autoptr(DhcpdLinkOption) item = g_list_model_get_item(dhcpd_link_dhcp4_get_options(dhcp4), i);

        return item; /* the list has it */
}

static void test_options(Fixture *f, gconstpointer unused) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(f->link);
        Change change = { 0 };
        g_autoptr(GVariant) value = NULL;

        (void) g_signal_connect(dhcpd_link_dhcp4_get_options(dhcp4), "items-changed",
                                G_CALLBACK(on_items_changed), &change);
        update(f, BUS_DHCP4_INTERFACE,
               "{'Options': <[(uint32 3, [byte 192, 0, 2, 1]), (51, [0, 0, 0, 9]), (224, [0, 1])]>,"
               " 'OptionValues': <{'routers': <['192.0.2.1']>, 'lease-time': <uint32 9>,"
               "   '224': <[byte 0, 1]>}>,"
               " 'KeptOptions': <[uint32 51]>,"
               " 'IgnoredOptions': <[{'Code': <uint32 3>, 'Reason': <'no'>, 'Text': <'one no'>},"
               "   {'Code': <uint32 3>, 'Reason': <'no'>, 'Text': <'two no'>},"
               "   {'Code': <uint32 6>, 'Reason': <'bad'>}]>}");
        g_assert_cmpuint(change.n, ==, 1);
        g_assert_cmpuint(change.added, ==, 4);
        g_assert_cmpstr(dhcpd_link_option_get_name(option(dhcp4, 0)), ==, "routers");
        g_assert_cmpstr(dhcpd_link_option_get_text(option(dhcp4, 0)), ==, "192.0.2.1");
        g_assert_cmpstr(dhcpd_link_option_get_ignored_reason(option(dhcp4, 0)), ==, "no");
        g_assert_cmpstr(dhcpd_link_option_get_ignored_text(option(dhcp4, 0)), ==, "one no\ntwo no");
        g_assert_null(dhcpd_link_option_get_ignored_text(option(dhcp4, 1)));
        g_assert_true(dhcpd_link_option_get_kept(option(dhcp4, 1)));
        g_assert_cmpstr(dhcpd_link_option_get_name(option(dhcp4, 2)), ==, "224");
        g_assert_cmpstr(dhcpd_link_option_get_text(option(dhcp4, 2)), ==, "0001");
        g_assert_cmpuint(g_bytes_get_size(dhcpd_link_option_get_data(option(dhcp4, 2))), ==, 2);
        /* Nothing was received for this option, and it says why. */
        g_assert_cmpuint(dhcpd_link_option_get_code(option(dhcp4, 3)), ==, 6);
        g_assert_null(dhcpd_link_option_get_value(option(dhcp4, 3)));
        value = dhcpd_link_dhcp4_get_option_value(dhcp4, "lease-time");
        g_assert_cmpuint(g_variant_get_uint32(value), ==, 9);
        g_assert_null(dhcpd_link_dhcp4_get_option_value(dhcp4, "no-such"));
        /* Only what changed becomes a new object. */
        update(f, BUS_DHCP4_INTERFACE,
               "{'OptionValues': <{'routers': <['192.0.2.1']>, 'lease-time': <uint32 10>,"
               " '224': <[byte 0, 1]>}>}");
        g_assert_cmpuint(change.n, ==, 2);
        g_assert_cmpuint(change.at, ==, 1);
        g_assert_cmpuint(change.removed, ==, 1);
        g_assert_cmpuint(change.added, ==, 1);
        update(f, BUS_DHCP4_INTERFACE, "{'Options': <@a(uay) []>, 'IgnoredOptions': <@aa{sv} []>}");
        g_assert_cmpuint(g_list_model_get_n_items(dhcpd_link_dhcp4_get_options(dhcp4)), ==, 0);
}

static void test_remaining(Fixture *f, gconstpointer unused) {
        DhcpdLinkDhcp4 *dhcp4 = dhcpd_link_link_get_dhcp4(f->link);

        g_assert_cmpuint(dhcpd_link_dhcp4_get_remaining(dhcp4, 5), ==, 0);
        update(f, BUS_DHCP4_INTERFACE, "{'ExpiresAtBoottimeUSec': <uint64 100>}");
        g_assert_cmpuint(dhcpd_link_dhcp4_get_remaining(dhcp4, 5), ==, 95);
        g_assert_cmpuint(dhcpd_link_dhcp4_get_remaining(dhcp4, 100), ==, 0);
        g_assert_cmpuint(dhcpd_link_dhcp4_get_remaining(dhcp4, 0), ==, 0);
        update(f, BUS_DHCP4_INTERFACE, "{'ExpiresAtBoottimeUSec': <uint64 18446744073709551615>}");
        g_assert_cmpuint(dhcpd_link_dhcp4_get_remaining(dhcp4, 5), ==, G_MAXUINT64);
}

/* Objects that a program made itself belong to no client. */
static void test_nobodys(void) {
        g_autoptr(DhcpdLinkLink) link = g_object_new(DHCPD_LINK_TYPE_LINK, NULL);
        g_autoptr(DhcpdLinkDhcp4) dhcp4 = g_object_new(DHCPD_LINK_TYPE_DHCP4, NULL);
        g_autoptr(DhcpdLinkOption) nothing = g_object_new(DHCPD_LINK_TYPE_OPTION, NULL);

        g_assert_cmpstr(dhcpd_link_link_get_name(link), ==, "");
        g_assert_cmpuint(g_bytes_get_size(dhcpd_link_dhcp4_get_client_id(dhcp4)), ==, 0);
        g_assert_cmpuint(dhcpd_link_option_get_code(nothing), ==, 0);
        dhcpd_link_link_renew_async(link, NULL, NULL, NULL);
        dhcpd_link_dhcp4_get_counters_async(dhcp4, NULL, NULL, NULL);
        while (g_main_context_iteration(NULL, FALSE))
                ;
}

static void test_text(void) {
        static const struct {
                const char *value, *text;
        } examples[] = {
                { "'plain'", "plain" },
                { "'two words'", "two words" },
                { "'\\u001b[2Jä'", "?[2J??" },
                { "['a', 'b c', '']", "a, \"b c\", \"\"" },
                { "true", "true" },
                { "uint32 3600", "3600" },
                { "-3600", "-3600" },
                { "[uint32 1, 2]", "1, 2" },
                { "[byte 0x01, 0xff]", "01ff" },
                { "b'MSFT'", "4d53465400" },
                { "[byte 0x78, 0x79]", "xy" },
                { "[byte 0x61, 0x62]", "6162" }, /* hexadecimal digits are digits, not text */
                { "[{'Destination': <'0.0.0.0'>, 'PrefixLength': <uint32 0>, 'Gateway': <''>}]",
                  "{Destination=0.0.0.0, PrefixLength=0, Gateway=\"\"}" },
                { "{'Type': <uint32 1>, 'HardwareAddress': <[byte 2, 0, 0, 0, 0, 1]>}",
                  "Type=1, HardwareAddress=02:00:00:00:00:01" },
                { "@a{sv} {}", "" },
        };
        g_autofree char *text = g_strnfill(3 * OPTION_TEXT_MAX, 'x');
        g_autoptr(GVariant) large = g_variant_ref_sink(g_variant_new_string(text));
        g_autofree char *cut = option_value_to_text(large);

        for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
                g_autoptr(GVariant) value = parse(examples[i].value);
                g_autofree char *shown = option_value_to_text(value);

                g_assert_cmpstr(shown, ==, examples[i].text);
        }
        g_assert_cmpuint(strlen(cut), <=, OPTION_TEXT_MAX + 3);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/glib-values/" #name, Fixture, NULL, set_up, test_##name, tear_down)
        ADD(types);
        ADD(texts_stay);
        ADD(size);
        ADD(records);
        ADD(budget);
        ADD(options);
        ADD(remaining);
        g_test_add_func("/glib-values/nobodys", test_nobodys);
        g_test_add_func("/glib-values/text", test_text);
        return g_test_run();
}
