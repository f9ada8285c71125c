/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store/lease-record: what a record of the present version looks like, byte for byte, and records that older
 * daemons wrote.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>

#include "base/prng.h"
#include "tests/unit/lease-fixture.h"

static const Clocks saved_at = { .boottime = 1000 * SEC, .realtime = 1700000000 * SEC };

static int parse(const char *text, LeaseRecord *ret) {
        return lease_record_parse(text, strlen(text), saved_at, BOOT_ID, ret);
}

static void format(const LeaseRecord *record, Clocks now, char ret[LEASE_RECORD_TEXT_MAX]) {
        g_assert_cmpint(lease_record_format(record, now, BOOT_ID, ret, LEASE_RECORD_TEXT_MAX), ==, 0);
}

/* The lines of a record before its checksum, with another version. */
static char *body(const char *text, char version) {
        char *result = g_strndup(text, (gsize) (strstr(text, "checksum=") - text));

        result[strlen("version=")] = version;
        return result;
}

/* As daemons wrote it whose checksum was SHA-256. */
static char *format_sha256(const LeaseRecord *record) {
        g_autofree char *lines = NULL, *checksum = NULL;
        char text[LEASE_RECORD_TEXT_MAX];

        format(record, saved_at, text);
        lines = body(text, '2');
        checksum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, lines, -1);
        return g_strdup_printf("%schecksum=%s\n", lines, checksum);
}

static void test_sha256(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        g_autofree char *text = format_sha256(&record), *more = g_strconcat(text, "nonce=\n", NULL);
        LeaseRecord back;

        g_assert_cmpint(parse(text, &back), ==, 0);
        g_assert_cmpint(back.ifindex, ==, record.ifindex);
        assert_same_lease(&back.lease, &lease);
        g_assert_cmpint(parse(more, &back), ==, -EBADMSG);
        for (size_t i = 0; text[i]; i++) {
                const char original = text[i];

                text[i] ^= 1;
                g_assert_cmpint(parse(text, &back), <, 0);
                text[i] = original;
        }
        *strstr(text, "checksum=") = '\0';
        g_assert_cmpint(parse(text, &back), ==, -EBADMSG);
}

/* The checksum of one version does not do for another. */
static void test_checksum_of_another_version(void) {
        const LeaseRecord record = make_record(NULL);
        g_autofree char *older = format_sha256(&record);
        char text[LEASE_RECORD_TEXT_MAX];
        LeaseRecord back;

        g_assert_cmpint(parse(older, &back), ==, 0);
        for (char version = '1'; version <= '3'; version += 2) {
                older[strlen("version=")] = version;
                g_assert_cmpint(parse(older, &back), ==, -EBADMSG);
        }
        format(&record, saved_at, text);
        g_assert_cmpint(parse(text, &back), ==, 0);
        for (char version = '1'; version <= '2'; version++) {
                text[strlen("version=")] = version;
                g_assert_cmpint(parse(text, &back), ==, -EBADMSG);
        }
}

/* Every line as it is on disk; the numbers are the smallest and the largest that there can be. */
static void test_text(void) {
        const Clocks now = { .boottime = 0, .realtime = UINT64_MAX };
        LeaseRecord record = make_record(NULL);
        g_autofree char *lines = NULL, *whole = NULL;
        char text[LEASE_RECORD_TEXT_MAX];

        record.carrier_changes = UINT32_MAX;
        record.identity = (HwAddress){ .len = 2, .bytes = { 0x00, 0xff } };
        format(&record, now, text);
        lines = g_strconcat("version=3\nboot-id=" BOOT_ID "\n"
                            "saved-boottime=0\nsaved-realtime=18446744073709551615\n"
                            "ifindex=7\nifname=62722d6c616e\nhw-address=020000000001\nidentity=00ff\n"
                            "carrier-changes=4294967295\napplied=0\nbrought-up=1\n",
                            NULL);
        whole = g_strdup_printf("%schecksum=%016" G_GINT64_MODIFIER "x\n", lines,
                                prng_siphash24((const uint8_t *) "checksum of text", lines, strlen(lines)));
        g_assert_cmpstr(text, ==, whole);
}

/* The checksum has to be there once, as the last line. In a record of an older daemon it means nothing. */
static void test_checksum(void) {
        const Dhcp4Lease lease = make_lease("10.0.0.7", 3600, 990 * SEC);
        const LeaseRecord record = make_record(&lease);
        g_autofree char *plain = NULL, *moved = NULL, *twice = NULL, *more = NULL;
        char text[LEASE_RECORD_TEXT_MAX], *checksum;
        LeaseRecord back;

        format(&record, saved_at, text);
        plain = body(text, '1');
        g_assert_cmpint(parse(plain, &back), ==, 0);
        assert_same_lease(&back.lease, &lease);
        plain[strlen("version=")] = '3';
        g_assert_cmpint(parse(plain, &back), ==, -EBADMSG);

        checksum = strstr(text, "checksum=");
        more = g_strconcat(text, "nonce=\n", NULL);
        g_assert_cmpint(parse(more, &back), ==, -EBADMSG);
        twice = g_strconcat(text, checksum, NULL);
        g_assert_cmpint(parse(twice, &back), ==, -EBADMSG);
        moved = g_strdup_printf("version=3\n%s%.*s", checksum, (int) (checksum - text - 10), text + 10);
        g_assert_cmpuint(strlen(moved), ==, strlen(text));
        g_assert_cmpint(parse(moved, &back), ==, -EBADMSG);
        text[strlen("version=")] = '1';
        g_assert_cmpint(parse(text, &back), ==, -EBADMSG);
        text[strlen("version=")] = '4';
        g_assert_cmpint(parse(text, &back), ==, -ESTALE);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/lease-record-versions/text", test_text);
        g_test_add_func("/lease-record-versions/sha256", test_sha256);
        g_test_add_func("/lease-record-versions/checksum-of-another-version",
                        test_checksum_of_another_version);
        g_test_add_func("/lease-record-versions/checksum", test_checksum);
        return g_test_run();
}
