/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/bytes.h: big endian both ways, all or nothing at the end of the buffer, and an error that stays.
 */
#include <glib.h>
#include <string.h>

#include "base/bytes.h"

static void test_read(void) {
        static const uint8_t data[] = { 0xfe, 0x80, 0x01, 0xff, 0x02, 0x03, 0x04, 'a', 'b', 'c' };
        ByteReader r = byte_reader(data, sizeof(data));
        uint8_t copy[2];

        g_assert_cmphex(byte_reader_u8(&r), ==, 0xfe);
        g_assert_cmphex(byte_reader_u16(&r), ==, 0x8001);
        g_assert_cmphex(byte_reader_u32(&r), ==, 0xff020304);
        g_assert_cmpuint(byte_reader_left(&r), ==, 3);
        byte_reader_copy(&r, copy, sizeof(copy));
        g_assert_cmpmem(copy, 2, "ab", 2);
        g_assert_true(byte_reader_take(&r, 1) == data + 9);
        g_assert_true(byte_reader_take(&r, 0) == data + 10);
        g_assert_cmpuint(byte_reader_left(&r), ==, 0);
        g_assert_false(r.failed);
}

/*
 * A read beyond the end gives zeros, never what lies behind the buffer. After that, what would still fit
 * is not given out either.
 */
static void test_read_beyond(void) {
        static const uint8_t data[] = { 0x11, 0x22, 0x33, 0x44, 0x55 };

        for (size_t len = 0; len < 4; len++) {
                uint8_t copy[4] = { 9, 9, 9, 9 };
                ByteReader r = byte_reader(data, len);

                g_assert_cmphex(byte_reader_u32(&r), ==, 0);
                g_assert_true(r.failed);
                g_assert_cmphex(byte_reader_u8(&r), ==, 0);
                g_assert_null(byte_reader_take(&r, 0));
                byte_reader_copy(&r, copy, sizeof(copy));
                g_assert_cmpmem(copy, 4, "\0\0\0\0", 4);
                byte_reader_seek(&r, 0);
                g_assert_cmphex(byte_reader_u16(&r), ==, 0);
                g_assert_true(r.failed);
        }
        {
                ByteReader r = byte_reader(data, sizeof(data));

                g_assert_null(byte_reader_take(&r, SIZE_MAX));
                g_assert_true(r.failed);
        }
}

static void test_seek(void) {
        static const uint8_t data[] = { 1, 2, 3 };
        ByteReader r = byte_reader(data, sizeof(data));

        byte_reader_seek(&r, 2);
        g_assert_cmpuint(byte_reader_u8(&r), ==, 3);
        byte_reader_seek(&r, 0);
        g_assert_cmpuint(byte_reader_u8(&r), ==, 1);
        byte_reader_seek(&r, 3);
        g_assert_false(r.failed);
        g_assert_cmpuint(byte_reader_left(&r), ==, 0);
        byte_reader_seek(&r, 4);
        g_assert_true(r.failed);
        g_assert_cmpuint(r.pos, <=, sizeof(data));
}

static void test_write(void) {
        uint8_t data[12];
        ByteWriter w = byte_writer(data, sizeof(data));

        memset(data, 0xee, sizeof(data));
        byte_writer_u8(&w, 0xfe);
        byte_writer_u16(&w, 0x8001);
        byte_writer_u32(&w, 0xff020304);
        byte_writer_put(&w, "ab", 2);
        byte_writer_put(&w, NULL, 0);
        byte_writer_zero(&w, 2);
        g_assert_false(w.failed);
        g_assert_cmpuint(w.pos, ==, 11);
        g_assert_cmpmem(data, 12, "\xfe\x80\1\xff\2\3\4ab\0\0\xee", 12);
}

static void test_write_beyond(void) {
        for (size_t size = 0; size < 4; size++) {
                uint8_t data[5];
                ByteWriter w = byte_writer(data, size);

                memset(data, 0xee, sizeof(data));
                byte_writer_u32(&w, 0x01020304);
                g_assert_true(w.failed);
                /* When one item does not fit, a smaller one behind it is not written either. */
                byte_writer_u8(&w, 1);
                byte_writer_put(&w, "", 0);
                byte_writer_zero(&w, 1);
                g_assert_true(w.failed);
                g_assert_cmpuint(w.pos, ==, 0);
                g_assert_cmpmem(data, 5, "\xee\xee\xee\xee\xee", 5);
        }
        {
                uint8_t data[4] = {};
                ByteWriter w = byte_writer(data, sizeof(data));

                byte_writer_u8(&w, 1);
                byte_writer_zero(&w, SIZE_MAX);
                g_assert_true(w.failed);
                g_assert_cmpuint(w.pos, ==, 1);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bytes/read", test_read);
        g_test_add_func("/bytes/read-beyond", test_read_beyond);
        g_test_add_func("/bytes/seek", test_seek);
        g_test_add_func("/bytes/write", test_write);
        g_test_add_func("/bytes/write-beyond", test_write_beyond);
        return g_test_run();
}
