/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dbus/json-option: one example of every type, as JSON and as text; and every option in every length with noise for content, where what comes
 * out must be JSON of printable characters.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "dbus/json-option.h"
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
        EXAMPLE(21, "\x0a\0\0\0\xff\0\0\0", "[{\"Address\":\"10.0.0.0\",\"Mask\":\"255.0.0.0\"}]", "{Address=10.0.0.0, Mask=255.0.0.0}"),
        EXAMPLE(23, "\x40", "64", "64"),
        EXAMPLE(25, "\0\x44\5\xdc", "[68,1500]", "68, 1500"),
        EXAMPLE(26, "\5\xdc", "1500", "1500"),
        EXAMPLE(33, "\x0a\0\0\0\xc0\0\2\1", "[{\"Destination\":\"10.0.0.0\",\"PrefixLength\":8,\"Gateway\":\"192.0.2.1\"}]",
                "{Destination=10.0.0.0, PrefixLength=8, Gateway=192.0.2.1}"),
        EXAMPLE(43, "\1\2ab\xff", "[{\"Code\":1,\"Data\":\"6162\",\"Text\":\"ab\"}]", "{Code=1, Data=6162, Text=ab}"),
        EXAMPLE(43, "\x01\xff", "\"01ff\"", "01ff"),
        EXAMPLE(51, "\0\0\x0e\x10", "3600", "3600"),
        EXAMPLE(52, "\3", "3", "3"),
        EXAMPLE(53, "\5", "\"DHCPACK\"", "DHCPACK"),
        EXAMPLE(53, "\x0a", "10", "10"),
        EXAMPLE(55, "\1\3\xe0", "[\"subnet-mask\",\"routers\",224]", "subnet-mask, routers, 224"),
        EXAMPLE(60, "MSFT 5.0", "\"MSFT 5.0\"", "\"MSFT 5.0\""),
        EXAMPLE(60, "\1\2", "\"0102\"", "0102"),
        EXAMPLE(61, "\1\2\0\0\0\0\1", "{\"Type\":1,\"HardwareAddress\":\"02:00:00:00:00:01\"}", "Type=1, HardwareAddress=02:00:00:00:00:01"),
        EXAMPLE(61, "\xff\0\0\0\7\0\2\0\0\xab\x11", "{\"Type\":255,\"IAID\":7,\"DUID\":\"00020000ab11\",\"DUIDType\":\"en\"}",
                "Type=255, IAID=7, DUID=00020000ab11, DUIDType=en"),
        EXAMPLE(61, "\0me", "{\"Type\":0,\"Identifier\":\"me\"}", "Type=0, Identifier=me"),
        EXAMPLE(77, "\2ab\1c", "[\"ab\",\"c\"]", "ab, c"),
        EXAMPLE(77, "iPXE", "[\"iPXE\"]", "iPXE"),
        EXAMPLE(80, "", "true", "true"),
        EXAMPLE(81, "\x05\xff\xff\1a\2bc\0", "{\"Name\":\"a.bc\",\"Qualified\":true,\"Flags\":[\"S\",\"E\"],\"RCode1\":255,\"RCode2\":255}",
                "Name=a.bc, Qualified=true, Flags=[S, E], RCode1=255, RCode2=255"),
        EXAMPLE(82, "\1\4eth0\2\1\1", "[{\"Code\":1,\"Name\":\"circuit-id\",\"Data\":\"65746830\",\"Text\":\"eth0\"},"
                "{\"Code\":2,\"Name\":\"remote-id\",\"Data\":\"01\"}]",
                "{Code=1, Name=circuit-id, Data=65746830, Text=eth0}, {Code=2, Name=remote-id, Data=01}"),
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
        EXAMPLE(124, "\0\0\0\7\3\2ab", "[{\"Enterprise\":7,\"Classes\":[\"ab\"]}]", "{Enterprise=7, Classes=[ab]}"),
        EXAMPLE(125, "\0\0\0\7\4\1\2ab", "[{\"Enterprise\":7,\"Options\":[{\"Code\":1,\"Data\":\"6162\",\"Text\":\"ab\"}]}]",
                "{Enterprise=7, Options=[{Code=1, Data=6162, Text=ab}]}"),
        EXAMPLE(125, "\0\0\0\7\1\1", "[{\"Enterprise\":7,\"Data\":\"01\"}]", "{Enterprise=7, Data=01}"),
        EXAMPLE(145, "\1", "[1]", "1"),
        EXAMPLE(162, "\0\x17\0\1\3\1a\0\4\xc0\0\2\1\0\1\0\3\2h2\0\3\0\0", "null", "null"),
        EXAMPLE(162, "\0\x18\0\1\3\1a\0\4\xc0\0\2\1\0\1\0\3\2h2\0\3\0\2\3\x55",
                "[{\"Priority\":1,\"Name\":\"a\",\"Addresses\":[\"192.0.2.1\"],\"Parameters\":[{\"Key\":\"alpn\",\"Value\":[\"h2\"]},"
                "{\"Key\":\"port\",\"Value\":853}]}]",
                "{Priority=1, Name=a, Addresses=[192.0.2.1], Parameters=[{Key=alpn, Value=[h2]}, {Key=port, Value=853}]}"),
        EXAMPLE(162, "\0\x0f\0\1\3\1a\0\x08\x7f\0\0\1\xc0\0\2\1",
                "[{\"Priority\":1,\"Name\":\"a\",\"Addresses\":[\"192.0.2.1\"],\"Parameters\":[]}]",
                "{Priority=1, Name=a, Addresses=[192.0.2.1], Parameters=[]}"),
        EXAMPLE(162, "\0\6\0\2\3\1a\0", "[{\"Priority\":2,\"Name\":\"a\",\"Addresses\":[],\"Parameters\":[]}]",
                "{Priority=2, Name=a, Addresses=[], Parameters=[]}"),
        EXAMPLE(212, "\0\x20\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\xc0\0\2\1",
                "{\"IPv4MaskLength\":0,\"Prefix\":\"2001:db8::\",\"PrefixLength\":32,\"Relays\":[\"192.0.2.1\"]}",
                "IPv4MaskLength=0, Prefix=2001:db8::, PrefixLength=32, Relays=[192.0.2.1]"),
        EXAMPLE(3, "\1\2\3", "null", "null"),
        EXAMPLE(200, "anything", "null", "null"),
};
/* clang-format on */

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
                if (info && strcmp(json, "null") != 0)
                        seen[info->type] = true;
        }
        /* Every type there is has one. */
        for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
                if (!seen[i])
                        g_error("no example of type %s", dhcp4_option_type_name((Dhcp4OptionType) i));
}

static void test_secret(void) {
        const char bytes[] = "\3\1\0\0\0\0\0\0\0\0\7\1SECRETSECRETSECR";
        JsonWriter w = {};
        g_autofree char *json = NULL;

        json_option_data(&w, 90, (const uint8_t *) bytes, sizeof(bytes) - 1);
        json = json_finish(&w);
        g_assert_cmpstr(json, ==, "\"03010000000000000000070000000000000000000000000000000000\"");
        g_free(json);
        json_option_data(&w, 90, (const uint8_t *) "\3\1", 2);
        json = json_finish(&w);
        g_assert_cmpstr(json, ==, "\"0301\"");
}

/* Brackets pair, strings end, nothing that moves a cursor. */
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
        for (unsigned code = 1; code < 255; code++)
                for (size_t len = 0; len < 256; len++) {
                        g_autofree uint8_t *data = g_malloc(len);
                        g_autofree char *json = NULL, *text = NULL;
                        bool good;

                        for (size_t i = 0; i < len; i++)
                                data[i] = (uint8_t) (g_test_rand_bit() ? g_test_rand_int_range(0, 6)
                                                                       : g_test_rand_int());
                        good = dhcp4_option_info((uint8_t) code) &&
                                !dhcp4_option_check((uint8_t) code, data, len);
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
        g_test_add_func("/json-option/secret", test_secret);
        g_test_add_func("/json-option/noise", test_noise);
        return g_test_run();
}
