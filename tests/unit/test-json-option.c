/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dbus/json/option-value and json-option: one example of every type with its D-Bus signature and its
 * value as JSON and as text. And every option in every length with random content, from which JSON of
 * printable characters must come.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/json/json-message.h"
#include "dbus/json/json-option.h"
#include "dbus/json/option-value.h"
#include "tests/unit/stride.h"
#include "wire/dhcp4-message.h"
#include "wire/dhcp4-options.h"

static char *render(uint8_t code, const void *data, size_t len, bool text) {
        JsonWriter w = { .text = text };

        json_option(&w, code, data, len);
        return json_finish(&w);
}

typedef struct Example {
        uint8_t code;
        const char *data;
        size_t len;
        const char *json, *text;
} Example;
#define EXAMPLE(code, bytes, json, text) \
        { code, bytes, sizeof(bytes) - 1, json, text }

/* clang-format off */
static const Example examples[] = {
        EXAMPLE(1, "\xff\xff\xff\0", "\"255.255.255.0\"", "255.255.255.0"),
        EXAMPLE(2, "\xff\xff\xf1\xf0", "-3600", "-3600"),
        EXAMPLE(3, "\xc0\0\2\1\xc0\0\2\2", "[\"192.0.2.1\",\"192.0.2.2\"]", "192.0.2.1, 192.0.2.2"),
        EXAMPLE(12, "host\0", "\"host\"", "host"),
        EXAMPLE(12, "a\x1b[2J b\xc3\xa4", "\"a?[2J b??\"", "\"a?[2J b??\""),
        EXAMPLE(19, "\1", "true", "true"),
        EXAMPLE(21, "\x0a\0\0\0\xff\0\0\0", "[{\"Address\":\"10.0.0.0\",\"Mask\":\"255.0.0.0\"}]",
                "{Address=10.0.0.0, Mask=255.0.0.0}"),
        EXAMPLE(23, "\x40", "64", "64"),
        EXAMPLE(25, "\0\x44\5\xdc", "[68,1500]", "68, 1500"),
        EXAMPLE(26, "\5\xdc", "1500", "1500"),
        EXAMPLE(33, "\x0a\0\0\0\xc0\0\2\1",
                "[{\"Destination\":\"10.0.0.0\",\"PrefixLength\":8,\"Gateway\":\"192.0.2.1\"}]",
                "{Destination=10.0.0.0, PrefixLength=8, Gateway=192.0.2.1}"),
        EXAMPLE(43, "\1\2xy\xff", "[{\"Code\":1,\"Data\":\"7879\"}]", "{Code=1, Data=xy}"),
        EXAMPLE(43, "\x01\xff", "[{\"Data\":\"01ff\"}]", "{Data=01ff}"),
        EXAMPLE(51, "\0\0\x0e\x10", "3600", "3600"),
        EXAMPLE(52, "\3", "3", "3"),
        EXAMPLE(53, "\5", "\"DHCPACK\"", "DHCPACK"),
        EXAMPLE(53, "\x0a", "\"10\"", "10"),
        EXAMPLE(55, "\1\3\xe0", "[1,3,224]", "1, 3, 224"),
        EXAMPLE(60, "MSFT 5.0", "\"MSFT 5.0\"", "\"MSFT 5.0\""),
        EXAMPLE(60, "\1\2", "\"??\"", "??"),
        EXAMPLE(61, "\1\2\0\0\0\0\1", "{\"Type\":1,\"HardwareAddress\":\"02:00:00:00:00:01\"}",
                "Type=1, HardwareAddress=02:00:00:00:00:01"),
        EXAMPLE(61, "\xff\0\0\0\7\0\2\0\0\xab\x11",
                "{\"Type\":255,\"IAID\":7,\"DUID\":\"00020000ab11\",\"DUIDType\":2,\"DUIDName\":\"en\"}",
                "Type=255, IAID=7, DUID=00020000ab11, DUIDType=2, DUIDName=en"),
        EXAMPLE(61, "\0me", "{\"Type\":0,\"Identifier\":\"6d65\"}", "Type=0, Identifier=me"),
        EXAMPLE(77, "\2xy\1z", "[\"7879\",\"7a\"]", "xy, z"),
        EXAMPLE(77, "iPXE", "[\"69505845\"]", "iPXE"),
        EXAMPLE(80, "", "true", "true"),
        EXAMPLE(81, "\x05\xff\xff\1a\2bc\0",
                "{\"Name\":\"a.bc\",\"Qualified\":true,\"Flags\":[\"S\",\"E\"],\"RCode1\":255,\"RCode2\":255}",
                "Name=a.bc, Qualified=true, Flags=[S, E], RCode1=255, RCode2=255"),
        EXAMPLE(82, "\1\4eth0\2\1\1", "[{\"Code\":1,\"Name\":\"circuit-id\",\"Data\":\"65746830\"},"
                "{\"Code\":2,\"Name\":\"remote-id\",\"Data\":\"01\"}]",
                "{Code=1, Name=circuit-id, Data=eth0}, {Code=2, Name=remote-id, Data=01}"),
        EXAMPLE(90, "\3\1\0\0\0\0\0\0\0\0\7\1SECRETSECRETSECR",
                "{\"Protocol\":3,\"Algorithm\":1,\"RDM\":0,\"ReplayDetection\":7,\"InformationLength\":17}",
                "Protocol=3, Algorithm=1, RDM=0, ReplayDetection=7, InformationLength=17"),
        EXAMPLE(94, "\1\3\x10", "\"010310\"", "010310"),
        EXAMPLE(100, "CET-1CEST", "\"CET-1CEST\"", "CET-1CEST"),
        EXAMPLE(101, "Europe/Zurich", "\"Europe/Zurich\"", "Europe/Zurich"),
        EXAMPLE(108, "\0\0\1\x2c", "300", "300"),
        EXAMPLE(114, "https://p.example/", "\"https://p.example/\"", "https://p.example/"),
        EXAMPLE(116, "\1", "true", "true"),
        EXAMPLE(117, "\0\6", "[6]", "6"),
        EXAMPLE(119, "\1a\2bc\0\1d\xc0\2", "[\"a.bc\",\"d.bc\"]", "a.bc, d.bc"),
        EXAMPLE(120, "\0\1a\0", "[\"a\"]", "a"),
        EXAMPLE(120, "\1\xc0\0\2\1", "[\"192.0.2.1\"]", "192.0.2.1"),
        EXAMPLE(121, "\0\0\0\0\0", "[{\"Destination\":\"0.0.0.0\",\"PrefixLength\":0,\"Gateway\":\"\"}]",
                "{Destination=0.0.0.0, PrefixLength=0, Gateway=\"\"}"),
        EXAMPLE(124, "\0\0\0\7\3\2xy", "[{\"Enterprise\":7,\"Classes\":[\"7879\"]}]", "{Enterprise=7, "
                                                                                      "Classes=[xy]}"),
        EXAMPLE(125, "\0\0\0\7\4\1\2xy", "[{\"Enterprise\":7,\"Options\":[{\"Code\":1,\"Data\":\"7879\"}]}]",
                "{Enterprise=7, Options=[{Code=1, Data=xy}]}"),
        EXAMPLE(125, "\0\0\0\7\1\1", "[{\"Enterprise\":7,\"Data\":\"01\"}]", "{Enterprise=7, Data=01}"),
        EXAMPLE(145, "\1", "[1]", "1"),
        EXAMPLE(162, "\0\x17\0\1\3\1a\0\4\xc0\0\2\1\0\1\0\3\2h2\0\3\0\0", "null", "null"),
        EXAMPLE(162, "\0\x18\0\1\3\1a\0\4\xc0\0\2\1\0\1\0\3\2h2\0\3\0\2\3\x55",
                "[{\"Priority\":1,\"Name\":\"a\",\"Addresses\":[\"192.0.2.1\"],\"ALPN\":[\"h2\"],\"Port\":853,"
                "\"Parameters\":[{\"Key\":1,\"Data\":\"026832\"},{\"Key\":3,\"Data\":\"0355\"}]}]",
                "{Priority=1, Name=a, Addresses=[192.0.2.1], ALPN=[h2], Port=853, Parameters=[{Key=1, "
                "Data=026832}, {Key=3, Data=0355}]}"),
        EXAMPLE(162, "\0\x0f\0\1\3\1a\0\x08\x7f\0\0\1\xc0\0\2\1",
                "[{\"Priority\":1,\"Name\":\"a\",\"Addresses\":[\"192.0.2.1\"],\"Parameters\":[]}]",
                "{Priority=1, Name=a, Addresses=[192.0.2.1], Parameters=[]}"),
        EXAMPLE(162, "\0\6\0\2\3\1a\0",
                "[{\"Priority\":2,\"Name\":\"a\",\"Addresses\":[],\"Parameters\":[]}]",
                "{Priority=2, Name=a, Addresses=[], Parameters=[]}"),
        EXAMPLE(212, "\0\x20\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\xc0\0\2\1",
                "{\"IPv4MaskLength\":0,\"Prefix\":\"2001:db8::\",\"PrefixLength\":32,\"Relays\":[\"192.0.2.1\"]}",
                "IPv4MaskLength=0, Prefix=2001:db8::, PrefixLength=32, Relays=[192.0.2.1]"),
        EXAMPLE(3, "\1\2\3", "null", "null"),
        EXAMPLE(200, "anything", "\"616e797468696e67\"", "anything"),
};
/* clang-format on */

/* Asserts that the value has the signature of the option, whatever its content is. */
static void assert_type(uint8_t code, const uint8_t *data, size_t len) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Values v;

        g_assert_cmpint(scratch_message_new(&m), >=, 0);
        values_into(&v, m);
        option_value_append(&v, code, data, len);
        g_assert_cmpint(v.r, ==, 0);
        g_assert_cmpint(scratch_message_seal(m), >=, 0);
        g_assert_cmpstr(sd_bus_message_get_signature(m, true), ==, option_value_signature(code));
}

static void test_examples(void) {
        bool seen[DHCP4_OPTION_TYPE_SIXRD + 1] = {};

        for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
                const Example *e = &examples[i];
                const Dhcp4OptionInfo *info = dhcp4_option_info(e->code);
                g_autofree uint8_t *exact = g_memdup2(e->data, e->len);
                g_autofree char *json = render(e->code, exact, e->len, false),
                                *text = render(e->code, exact, e->len, true);

                g_assert_cmpstr(json, ==, e->json);
                g_assert_cmpstr(text, ==, e->text);
                if (strcmp(json, "null") != 0) {
                        seen[info ? info->type : DHCP4_OPTION_TYPE_OPAQUE] = true;
                        assert_type(e->code, exact, e->len);
                }
        }
        /* There is an example of every type. */
        for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
                if (!seen[i])
                        g_error("no example of type %s", dhcp4_option_type_name((Dhcp4OptionType) i));
}

/* Makes a message with these options, which are ready as on the wire. */
static void make_message(const char *options, size_t len, Dhcp4Message *ret) {
        const Dhcp4Header header = { .op = DHCP4_OP_BOOTREPLY, .htype = 1, .hlen = 6 };
        uint8_t buffer[DHCP4_MESSAGE_MAX_LEN];
        Dhcp4Builder b;
        size_t n;

        dhcp4_builder_init(&b, buffer, sizeof(buffer), &header, DHCP4_ACK);
        for (size_t i = 0; i < len; i += 2 + (size_t) (uint8_t) options[i + 1])
                dhcp4_builder_append(&b, (uint8_t) options[i], (const uint8_t *) options + i + 2,
                                     (uint8_t) options[i + 1]);
        g_assert_cmpint(dhcp4_builder_finish(&b, &n), ==, 0);
        g_assert_cmpint(dhcp4_message_parse(buffer, n, ret), ==, 0);
}

/*
 * A well-formed option has a value under its name or number. A malformed option has none, and a reason.
 * The information of option 90 may be a secret, so it is not shown.
 */
static void test_message(void) {
        static const char options[] = "\1\4\xff\xff\xff\0"
                                      "\3\3\1\2\3"
                                      "\xe0\2\1\2"
                                      "\x5a\x0d\3\1\0\0\0\0\0\0\0\0\7SS";
        g_autofree char *json = NULL;
        Dhcp4Message message;
        JsonWriter w = {};

        make_message(options, sizeof(options) - 1, &message);
        json_begin_object(&w);
        json_message_options(&w, &message);
        json_end_object(&w);
        json = json_finish(&w);
        g_assert_cmpstr(
                json, ==,
                "{\"Options\":[{\"Code\":53,\"Data\":\"05\"},{\"Code\":1,\"Data\":\"ffffff00\"},"
                "{\"Code\":3,\"Data\":\"010203\"},{\"Code\":224,\"Data\":\"0102\"},"
                "{\"Code\":90,\"Data\":\"03010000000000000000070000\"}],"
                "\"OptionValues\":{\"message-type\":\"DHCPACK\",\"subnet-mask\":\"255.255.255.0\",\"224\":\"0102\","
                "\"authentication\":{\"Protocol\":3,\"Algorithm\":1,\"RDM\":0,\"ReplayDetection\":7,"
                "\"InformationLength\":2}},"
                "\"IgnoredOptions\":[{\"Code\":3,\"Name\":\"routers\",\"Reason\":\"too short\","
                "\"Text\":\"too short\"}]}");
}

/* Reason is the same for every value of a kind, and Text says which value it is. */
static void test_ignored(void) {
        const Dhcp4Ignored ignored[] = {
                { .reason = "no host", .code = 3, .part = DHCP4_IGNORED_ADDRESS },
                { .reason = "a tunnel", .code = 121, .part = DHCP4_IGNORED_ROUTE, .prefix_len = 8 },
        };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        g_autofree char *json = NULL;
        JsonWriter w = {};
        Values v;

        g_assert_cmpint(scratch_message_new(&m), >=, 0);
        values_into(&v, m);
        ignored_options_append(&v, ignored, ARRAY_SIZE(ignored));
        g_assert_cmpint(v.r, ==, 0);
        g_assert_cmpint(scratch_message_seal(m), >=, 0);
        g_assert_cmpint(json_message(&w, m, NULL), >=, 0);
        json = json_finish(&w);
        g_assert_cmpstr(json, ==,
                        "[{\"Code\":3,\"Name\":\"routers\",\"Reason\":\"no host\","
                        "\"Text\":\"0.0.0.0 not used: no host\"},"
                        "{\"Code\":121,\"Name\":\"classless-static-routes\",\"Reason\":\"a tunnel\","
                        "\"Text\":\"0.0.0.0/8 by 0.0.0.0 not used: a tunnel\"}]");
}

/* Asserts that brackets pair, that strings end, and that nothing moves the cursor. */
static void assert_shape(const char *s, bool text) {
        unsigned depth = 0;
        bool quoted = false;

        for (; *s; s++) {
                g_assert_true(*s >= 0x20 && *s < 0x7f);
                if (quoted && *s == '\\')
                        s++;
                else if (*s == '"')
                        quoted = !quoted;
                else if (!quoted && (*s == '[' || *s == '{'))
                        depth++;
                else if (!quoted && (*s == ']' || *s == '}'))
                        g_assert_cmpuint(depth--, >, 0);
        }
        g_assert_cmpuint(depth, ==, 0);
        g_assert_false(quoted);
}

static void test_noise(void) {
        const unsigned stride = test_stride();

        for (unsigned code = 1; code < 255; code++)
                for (size_t len = code % stride; len < 256; len += stride) {
                        g_autofree uint8_t *data = g_malloc(len);
                        g_autofree char *json = NULL, *text = NULL;
                        bool good;

                        for (size_t i = 0; i < len; i++)
                                data[i] = (uint8_t) (g_test_rand_bit() ? g_test_rand_int_range(0, 6)
                                                                       : g_test_rand_int());
                        good = !dhcp4_option_check((uint8_t) code, data, len);
                        json = render((uint8_t) code, data, len, false);
                        text = render((uint8_t) code, data, len, true);
                        g_assert_true((strcmp(json, "null") != 0) == good);
                        assert_shape(json, false);
                        assert_shape(text, true);
                }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/json-option/examples", test_examples);
        g_test_add_func("/json-option/message", test_message);
        g_test_add_func("/json-option/ignored", test_ignored);
        g_test_add_func("/json-option/noise", test_noise);
        return g_test_run();
}
