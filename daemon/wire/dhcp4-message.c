/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The DHCPv4 codec (dhcp4-message.h): RFC 2131 §2, RFC 2132 §9.3 (overload), RFC 3396 (long options).
 *
 *  offset  size  field
 *       0     1  op       1 BOOTREQUEST, 2 BOOTREPLY
 *       1     1  htype
 *       2     1  hlen
 *       3     1  hops
 *       4     4  xid      big endian
 *       8     2  secs
 *      10     2  flags
 *      12     4  ciaddr
 *      16     4  yiaddr
 *      20     4  siaddr
 *      24     4  giaddr
 *      28    16  chaddr
 *      44    64  sname    options too when overloaded
 *     108   128  file     options too when overloaded
 *     236     4  magic    63 82 53 63
 *     240        options
 *
 * Parsing goes over the options twice: first to add up how long each is when joined, then to copy.
 * storage[] is large enough, because a message has at most DHCP4_MESSAGE_MAX_LEN bytes, each content byte
 * is copied once, and every option also has two bytes for code and length.
 */
#include "wire/dhcp4-message.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "wire/dhcp4-options.h"

#define SNAME_OFFSET 44u
#define SNAME_LEN    64u
#define FILE_OFFSET  108u
#define FILE_LEN     128u
static_assert(FILE_LEN + 1 == DHCP4_FIELD_SIZE, "the longer field and its NUL fit");

#define ABSENT UINT16_MAX

enum { OVERLOAD_FILE = 1, OVERLOAD_SNAME = 2 };

/* One field that holds options. */
typedef struct Field {
        const uint8_t *data;
        size_t len;
} Field;

/*
 * Reads the next option of @r. Returns false at END, at the end of the field, or at an option that runs
 * past it. In the last case *ret_overrun is the code of that option.
 */
static bool next_option(ByteReader *r, uint8_t *ret_code, const uint8_t **ret_data, uint8_t *ret_len,
                        int *ret_overrun) {
        while (byte_reader_left(r) > 0) {
                const uint8_t code = byte_reader_u8(r);
                const uint8_t *data;
                uint8_t len;

                if (code == DHCP4_OPTION_PAD)
                        continue;
                if (code == DHCP4_OPTION_END)
                        return false;
                len = byte_reader_u8(r);
                data = byte_reader_take(r, len);
                if (!data) {
                        *ret_overrun = code;
                        return false;
                }
                *ret_code = code;
                *ret_data = data;
                *ret_len = len;
                return true;
        }
        return false;
}

static void ignore(Dhcp4Message *m, uint8_t code, const char *reason) {
        if (m->n_ignored < DHCP4_MESSAGE_IGNORED_MAX)
                m->ignored[m->n_ignored++] = (Dhcp4Ignored){ .code = code, .reason = reason };
}

/* Returns the value of option 52 in the options field. In the other fields that option means nothing. */
static unsigned find_overload(const Field *options) {
        ByteReader r = byte_reader(options->data, options->len);
        const uint8_t *data;
        uint8_t code, len;
        int overrun = -1;

        while (next_option(&r, &code, &data, &len, &overrun))
                if (code == DHCP4_OPTION_OVERLOAD)
                        return dhcp4_option_check(code, data, len) ? 0 : data[0];
        return 0;
}

/*
 * First pass: finds the joined length of each option, the order of first occurrence, and an option that
 * runs past the end of its field.
 */
static void measure(Dhcp4Message *m, const Field *field) {
        ByteReader r = byte_reader(field->data, field->len);
        const uint8_t *data;
        uint8_t code, len;
        int overrun = -1;

        while (next_option(&r, &code, &data, &len, &overrun)) {
                if (m->option[code].len == ABSENT) {
                        m->order[m->n_order++] = code;
                        m->option[code].len = len;
                } else if (dhcp4_option_joins(code))
                        m->option[code].len = (uint16_t) (m->option[code].len + len);
        }
        if (overrun >= 0)
                ignore(m, (uint8_t) overrun, "length runs past the end of its field");
}

/*
 * Second pass: copies. Meanwhile offset says where the next piece of the option goes; parse_options() sets
 * it back to the start.
 */
static void collect(Dhcp4Message *m, const Field *field, uint8_t seen[256 / 8]) {
        ByteReader r = byte_reader(field->data, field->len);
        const uint8_t *data;
        uint8_t code, len;
        int overrun = -1;

        while (next_option(&r, &code, &data, &len, &overrun)) {
                const uint8_t bit = (uint8_t) (1u << (code % 8));

                if ((seen[code / 8] & bit) && !dhcp4_option_joins(code))
                        continue;
                seen[code / 8] |= bit;
                assert(m->option[code].offset + len <= (int) sizeof(m->storage));
                if (len > 0)
                        memcpy(m->storage + m->option[code].offset, data, len);
                m->option[code].offset = (uint16_t) (m->option[code].offset + len);
        }
}

static void parse_options(Dhcp4Message *m, const Field fields[3]) {
        uint8_t seen[256 / 8] = {};
        uint16_t offset = 0;

        for (unsigned i = 0; i < 3; i++)
                measure(m, &fields[i]);
        for (unsigned i = 0; i < m->n_order; i++) {
                m->option[m->order[i]].offset = offset;
                offset = (uint16_t) (offset + m->option[m->order[i]].len);
        }
        assert(offset <= sizeof(m->storage));
        for (unsigned i = 0; i < 3; i++)
                collect(m, &fields[i], seen);

        for (unsigned i = 0; i < m->n_order; i++) {
                const uint8_t code = m->order[i];
                const char *reason;

                m->option[code].offset = (uint16_t) (m->option[code].offset - m->option[code].len);
                reason = dhcp4_option_check(code, m->storage + m->option[code].offset, m->option[code].len);
                m->malformed[code / 8] |= (uint8_t) ((reason != NULL) << (code % 8));
                if (reason)
                        ignore(m, code, reason);
        }
}

static void parse_header(ByteReader *r, Dhcp4Header *h) {
        h->op = byte_reader_u8(r);
        h->htype = byte_reader_u8(r);
        h->hlen = byte_reader_u8(r);
        h->hops = byte_reader_u8(r);
        h->xid = byte_reader_u32(r);
        h->secs = byte_reader_u16(r);
        h->flags = byte_reader_u16(r);
        byte_reader_copy(r, &h->ciaddr, 4);
        byte_reader_copy(r, &h->yiaddr, 4);
        byte_reader_copy(r, &h->siaddr, 4);
        byte_reader_copy(r, &h->giaddr, 4);
        byte_reader_copy(r, h->chaddr, sizeof(h->chaddr));
}

static void clear_options(Dhcp4Message *m) {
        m->n_order = m->n_ignored = 0;
        memset(m->malformed, 0, sizeof(m->malformed));
        memset(m->option, 0xff, sizeof(m->option)); /* all ABSENT */
}

void dhcp4_message_clear(Dhcp4Message *m) {
        m->header = (Dhcp4Header){ .op = DHCP4_OP_BOOTREPLY };
        m->type = DHCP4_BOOTP;
        clear_options(m);
}

int dhcp4_message_parse(const uint8_t *data, size_t len, Dhcp4Message *ret) {
        ByteReader r = byte_reader(data, len);
        const uint8_t *sname, *file;
        Field fields[3] = {};
        unsigned overload;
        Dhcp4Message m;
        uint8_t type;

        if (len < DHCP4_MESSAGE_FIXED_LEN)
                return DHCP4_MESSAGE_E_TRUNCATED;
        if (len > DHCP4_MESSAGE_MAX_LEN)
                return DHCP4_MESSAGE_E_TOO_LONG;

        clear_options(&m);
        parse_header(&r, &m.header);
        sname = byte_reader_take(&r, SNAME_LEN);
        file = byte_reader_take(&r, FILE_LEN);
        if (byte_reader_u32(&r) != DHCP4_MAGIC || m.header.hlen > sizeof(m.header.chaddr) ||
            (m.header.op != DHCP4_OP_BOOTREQUEST && m.header.op != DHCP4_OP_BOOTREPLY))
                return DHCP4_MESSAGE_E_NOT_DHCP;

        /* RFC 3396 §5: options, then file, then sname. */
        fields[0].len = byte_reader_left(&r);
        fields[0].data = byte_reader_take(&r, fields[0].len);
        overload = find_overload(&fields[0]);
        if (overload & OVERLOAD_FILE)
                fields[1] = (Field){ .data = file, .len = FILE_LEN };
        if (overload & OVERLOAD_SNAME)
                fields[2] = (Field){ .data = sname, .len = SNAME_LEN };
        parse_options(&m, fields);

        if (m.option[DHCP4_OPTION_MESSAGE_TYPE].len == ABSENT)
                type = DHCP4_BOOTP;
        else if (dhcp4_message_get_u8(&m, DHCP4_OPTION_MESSAGE_TYPE, &type) != 0 || type < DHCP4_DISCOVER ||
                 type >= _DHCP4_MESSAGE_TYPE_MAX)
                return DHCP4_MESSAGE_E_NOT_DHCP;
        m.type = (Dhcp4MessageType) type;
        *ret = m;
        return 0;
}

/* Returns where the content of the last option ends in storage[]. */
static size_t storage_end(const Dhcp4Message *m) {
        size_t end = 0;

        for (unsigned i = 0; i < m->n_order; i++)
                end = MAX(end, (size_t) m->option[m->order[i]].offset + m->option[m->order[i]].len);
        return end;
}

/*
 * Joins all pieces of the next option of @r at @at of storage[]. Returns false if it does not fit or is
 * malformed.
 */
static bool add_pieces(Dhcp4Message *m, ByteReader *r, uint8_t code, size_t at) {
        size_t n = 0;

        do {
                const uint8_t *data;
                uint8_t len;

                (void) byte_reader_u8(r);
                len = byte_reader_u8(r);
                data = byte_reader_take(r, len);
                if (!data || at + n + len > sizeof(m->storage))
                        return false;
                if (len > 0)
                        memcpy(m->storage + at + n, data, len);
                n += len;
        } while (byte_reader_left(r) > 0 && r->data[r->pos] == code);

        if (dhcp4_option_check(code, m->storage + at, n))
                return false;
        if (m->option[code].len == ABSENT)
                m->order[m->n_order++] = code;
        m->option[code].offset = (uint16_t) at;
        m->option[code].len = (uint16_t) n;
        m->malformed[code / 8] &= (uint8_t) ~(1u << (code % 8));
        return true;
}

bool dhcp4_message_add(Dhcp4Message *m, const uint8_t *options, size_t len) {
        ByteReader r = byte_reader(options, len);
        uint8_t seen[256 / 8] = {};
        Dhcp4Message sum = *m;

        while (byte_reader_left(&r) > 0) {
                const uint8_t code = r.data[r.pos], bit = (uint8_t) (1u << (code % 8));

                if (code == DHCP4_OPTION_PAD || code == DHCP4_OPTION_END || (seen[code / 8] & bit) ||
                    !add_pieces(&sum, &r, code, storage_end(&sum)))
                        return false;
                seen[code / 8] |= bit;
        }
        *m = sum;
        return true;
}

static bool is_malformed(const Dhcp4Message *m, uint8_t code) {
        return m->malformed[code / 8] & (1u << (code % 8));
}

bool dhcp4_message_has(const Dhcp4Message *m, uint8_t code) {
        return m->option[code].len != ABSENT && !is_malformed(m, code);
}

int dhcp4_message_get_raw(const Dhcp4Message *m, uint8_t code, const uint8_t **ret_data, size_t *ret_len) {
        if (m->option[code].len == ABSENT)
                return DHCP4_MESSAGE_E_UNSET;
        *ret_data = m->storage + m->option[code].offset;
        *ret_len = m->option[code].len;
        return 0;
}

int dhcp4_message_get(const Dhcp4Message *m, uint8_t code, const uint8_t **ret_data, size_t *ret_len) {
        if (is_malformed(m, code))
                return DHCP4_MESSAGE_E_UNSET;
        return dhcp4_message_get_raw(m, code, ret_data, ret_len);
}

/* Finds an option of exactly @len bytes. */
static int get_exact(const Dhcp4Message *m, uint8_t code, size_t len, ByteReader *ret) {
        const uint8_t *data;
        size_t n;
        int r;

        r = dhcp4_message_get(m, code, &data, &n);
        if (r != 0)
                return r;
        if (n != len)
                return DHCP4_MESSAGE_E_MALFORMED;
        *ret = byte_reader(data, n);
        return 0;
}

int dhcp4_message_get_u8(const Dhcp4Message *m, uint8_t code, uint8_t *ret) {
        ByteReader reader;
        int r;

        r = get_exact(m, code, sizeof(*ret), &reader);
        if (r == 0)
                *ret = byte_reader_u8(&reader);
        return r;
}

int dhcp4_message_get_u16(const Dhcp4Message *m, uint8_t code, uint16_t *ret) {
        ByteReader reader;
        int r;

        r = get_exact(m, code, sizeof(*ret), &reader);
        if (r == 0)
                *ret = byte_reader_u16(&reader);
        return r;
}

int dhcp4_message_get_u32(const Dhcp4Message *m, uint8_t code, uint32_t *ret) {
        ByteReader reader;
        int r;

        r = get_exact(m, code, sizeof(*ret), &reader);
        if (r == 0)
                *ret = byte_reader_u32(&reader);
        return r;
}

int dhcp4_message_get_addr(const Dhcp4Message *m, uint8_t code, struct in_addr *ret) {
        ByteReader reader;
        int r;

        r = get_exact(m, code, sizeof(*ret), &reader);
        if (r == 0)
                byte_reader_copy(&reader, ret, sizeof(*ret));
        return r;
}

size_t dhcp4_message_get_addrs(const Dhcp4Message *m, uint8_t code, struct in_addr *ret, size_t max) {
        const uint8_t *data;
        ByteReader reader;
        size_t len, n = 0;

        if (dhcp4_message_get(m, code, &data, &len) != 0)
                return 0;
        reader = byte_reader(data, len);
        while (n < max && byte_reader_left(&reader) >= sizeof(*ret))
                byte_reader_copy(&reader, &ret[n++], sizeof(*ret));
        return n;
}

int dhcp4_message_get_string(const Dhcp4Message *m, uint8_t code, char *ret, size_t size) {
        const uint8_t *data;
        size_t len;
        int r;

        r = dhcp4_message_get(m, code, &data, &len);
        if (r != 0)
                return r;
        /* RFC 2132 §2: the receiver of text must be prepared to delete trailing NULs. */
        while (len > 0 && data[len - 1] == '\0')
                len--;
        if (len == 0 || memchr(data, '\0', len))
                return DHCP4_MESSAGE_E_MALFORMED;
        if (len >= size)
                return DHCP4_MESSAGE_E_NO_SPACE;
        for (size_t i = 0; i < len; i++)
                ret[i] = data[i] >= 0x20 && data[i] < 0x7f ? (char) data[i] : '?';
        ret[len] = '\0';
        return 0;
}

static void builder_take(Dhcp4Builder *b, const ByteWriter *w) {
        b->pos += w->pos;
        if (w->failed)
                b->error = DHCP4_MESSAGE_E_NO_SPACE;
}

bool dhcp4_message_get_field(const Dhcp4Message *m, const uint8_t *data, size_t len, Dhcp4Field field,
                             char ret[DHCP4_FIELD_SIZE]) {
        const bool is_file = field == DHCP4_FIELD_FILE;
        ByteReader r = byte_reader(data, len);
        const uint8_t *text;
        uint8_t overload = 0;
        size_t n = 0;

        (void) dhcp4_message_get_u8(m, DHCP4_OPTION_OVERLOAD, &overload);
        byte_reader_seek(&r, is_file ? FILE_OFFSET : SNAME_OFFSET);
        text = byte_reader_take(&r, is_file ? FILE_LEN : SNAME_LEN);
        if (!text || (overload & (is_file ? OVERLOAD_FILE : OVERLOAD_SNAME))) {
                ret[0] = '\0';
                return false;
        }
        for (; n < (is_file ? FILE_LEN : SNAME_LEN) && text[n] != '\0'; n++)
                ret[n] = text[n] >= 0x20 && text[n] < 0x7f ? (char) text[n] : '?';
        ret[n] = '\0';
        return true;
}

void dhcp4_builder_init(Dhcp4Builder *b, uint8_t *data, size_t size, const Dhcp4Header *header,
                        Dhcp4MessageType type) {
        ByteWriter w = byte_writer(data, size);

        *b = (Dhcp4Builder){ .data = data, .size = size };
        byte_writer_u8(&w, header->op);
        byte_writer_u8(&w, header->htype);
        byte_writer_u8(&w, header->hlen);
        byte_writer_u8(&w, header->hops);
        byte_writer_u32(&w, header->xid);
        byte_writer_u16(&w, header->secs);
        byte_writer_u16(&w, header->flags);
        byte_writer_put(&w, &header->ciaddr, 4);
        byte_writer_put(&w, &header->yiaddr, 4);
        byte_writer_put(&w, &header->siaddr, 4);
        byte_writer_put(&w, &header->giaddr, 4);
        byte_writer_put(&w, header->chaddr, sizeof(header->chaddr));
        byte_writer_zero(&w, SNAME_LEN + FILE_LEN);
        byte_writer_u32(&w, DHCP4_MAGIC);
        builder_take(b, &w);
        if (type != DHCP4_BOOTP)
                dhcp4_builder_append_u8(b, DHCP4_OPTION_MESSAGE_TYPE, (uint8_t) type);
}

void dhcp4_builder_append(Dhcp4Builder *b, uint8_t code, const void *data, size_t len) {
        ByteWriter w = byte_writer(b->data + b->pos, b->size - b->pos);
        const uint8_t *p = data;
        size_t left = len;

        assert(code != DHCP4_OPTION_PAD && code != DHCP4_OPTION_END);
        if (b->error != 0)
                return;
        do {
                const uint8_t piece = (uint8_t) MIN(left, (size_t) UINT8_MAX);

                byte_writer_u8(&w, code);
                byte_writer_u8(&w, piece);
                byte_writer_put(&w, p, piece);
                if (piece > 0)
                        p += piece;
                left -= piece;
        } while (left > 0);

        if (w.failed)
                b->error = DHCP4_MESSAGE_E_NO_SPACE;
        else
                b->pos += w.pos;
}

void dhcp4_builder_append_ready(Dhcp4Builder *b, const void *data, size_t len) {
        ByteWriter w = byte_writer(b->data + b->pos, b->size - b->pos);

        if (b->error != 0)
                return;
        byte_writer_put(&w, data, len);
        builder_take(b, &w);
}

void dhcp4_builder_append_u8(Dhcp4Builder *b, uint8_t code, uint8_t value) {
        dhcp4_builder_append(b, code, &value, sizeof(value));
}

void dhcp4_builder_append_u16(Dhcp4Builder *b, uint8_t code, uint16_t value) {
        uint8_t data[2];
        ByteWriter w = byte_writer(data, sizeof(data));

        byte_writer_u16(&w, value);
        dhcp4_builder_append(b, code, data, sizeof(data));
}

void dhcp4_builder_append_u32(Dhcp4Builder *b, uint8_t code, uint32_t value) {
        uint8_t data[4];
        ByteWriter w = byte_writer(data, sizeof(data));

        byte_writer_u32(&w, value);
        dhcp4_builder_append(b, code, data, sizeof(data));
}

void dhcp4_builder_append_addr(Dhcp4Builder *b, uint8_t code, struct in_addr value) {
        dhcp4_builder_append(b, code, &value, sizeof(value));
}

int dhcp4_builder_finish(Dhcp4Builder *b, size_t *ret_len) {
        ByteWriter w = byte_writer(b->data + b->pos, b->size - b->pos);

        if (b->error != 0)
                return b->error;
        byte_writer_u8(&w, DHCP4_OPTION_END);
        if (b->pos + w.pos < DHCP4_MESSAGE_MIN_LEN)
                byte_writer_zero(&w, DHCP4_MESSAGE_MIN_LEN - b->pos - w.pos);
        builder_take(b, &w);
        if (b->error != 0)
                return b->error;
        *ret_len = b->pos;
        return 0;
}

const char *dhcp4_message_type_to_string(Dhcp4MessageType type) {
        static const char *const names[_DHCP4_MESSAGE_TYPE_MAX] = {
                [DHCP4_DISCOVER] = "DHCPDISCOVER", [DHCP4_OFFER] = "DHCPOFFER",
                [DHCP4_REQUEST] = "DHCPREQUEST",   [DHCP4_DECLINE] = "DHCPDECLINE",
                [DHCP4_ACK] = "DHCPACK",           [DHCP4_NAK] = "DHCPNAK",
                [DHCP4_RELEASE] = "DHCPRELEASE",   [DHCP4_INFORM] = "DHCPINFORM",
                [DHCP4_BOOTP] = "BOOTP",           [DHCP4_FORCERENEW] = "DHCPFORCERENEW",
        };

        return type < _DHCP4_MESSAGE_TYPE_MAX ? names[type] : NULL;
}
