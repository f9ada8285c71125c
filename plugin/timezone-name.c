/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks and finds names of time zones (contract: plugin/timezone-name.h). */
#include "plugin/timezone-name.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_OF_ZONES "/zoneinfo/"
#define MAGIC           "TZif" /* RFC 8536 §3.1 */
#define PATH_SIZE       256u
/* The database has the zones Etc/GMT-14 to Etc/GMT+12. Held by timezone_from_posix(). */
#define HOURS_WEST_MAX 12u
#define HOURS_EAST_MAX 14u /* held by timezone_from_posix() */

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_one_of(const char *text, size_t len, const char *const *words, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (len == strlen(words[i]) && memcmp(text, words[i], len) == 0)
                        return true;
        return false;
}

bool timezone_name_is_valid(const char *text, size_t len) {
        /*
         * Files in the database that are not time zones for us. On Debian "localtime" is a link to
         * /etc/localtime, which would then lead to itself. Clocks of "right" zones count leap seconds.
         */
        static const char *const not_zones[] = { "localtime", "posixrules", "Factory" },
                                 *const not_areas[] = {
                                         "posix",
                                         "right",
                                 };
        const char *slash;

        if (len == 0 || len >= TIMEZONE_NAME_SIZE)
                return false;
        /* Each part begins with a letter, so no part is empty. No name has a dot, so no part is "..". */
        for (size_t i = 0; i < len; i++)
                if (i == 0 || text[i - 1] == '/') {
                        if (!is_letter(text[i]))
                                return false;
                } else if (!is_letter(text[i]) && !is_digit(text[i]) && !memchr("/_+-", text[i], 4))
                        return false;
        if (text[len - 1] == '/')
                return false;
        slash = memchr(text, '/', len);
        if (slash)
                return !is_one_of(text, (size_t) (slash - text), not_areas,
                                  sizeof(not_areas) / sizeof(not_areas[0]));
        return !is_one_of(text, len, not_zones, sizeof(not_zones) / sizeof(not_zones[0]));
}

/*
 * Returns the length of the zone's name at the beginning of the text, or 0 if there is none. The name has at
 * least three letters. In angle brackets it may have digits and signs, too.
 */
static size_t posix_name_len(const char *text, size_t len) {
        size_t n = 0;

        if (len > 0 && text[0] == '<') {
                while (n + 1 < len &&
                       (is_letter(text[n + 1]) || is_digit(text[n + 1]) || text[n + 1] == '+' ||
                        text[n + 1] == '-'))
                        n++;
                return n >= 3 && n + 1 < len && text[n + 1] == '>' ? n + 2 : 0;
        }
        while (n < len && is_letter(text[n]))
                n++;
        return n >= 3 ? n : 0;
}

bool timezone_from_posix(const char *text, size_t len, char ret[TIMEZONE_NAME_SIZE]) {
        size_t i = posix_name_len(text, len), first;
        unsigned hours = 0;
        bool east = false;

        if (i == 0 || i == len)
                return false;
        if (text[i] == '+' || text[i] == '-')
                east = text[i++] == '-'; /* POSIX: positive numbers are west of Greenwich */
        first = i;
        while (i < len && i - first < 2 && is_digit(text[i]))
                hours = 10 * hours + (unsigned) (text[i++] - '0');
        if (i == first)
                return false;
        /* ":00" or ":00:00" may follow. */
        for (unsigned n = 0; n < 2 && len - i >= 3 && memcmp(text + i, ":00", 3) == 0; n++)
                i += 3;
        if (i != len || hours > (east ? HOURS_EAST_MAX : HOURS_WEST_MAX))
                return false;
        if (hours == 0)
                (void) snprintf(ret, TIMEZONE_NAME_SIZE, "Etc/UTC");
        else
                (void) snprintf(ret, TIMEZONE_NAME_SIZE, "Etc/GMT%c%u", east ? '-' : '+', hours);
        return true;
}

bool timezone_is_known(const char *dir, const char *name) {
        char path[PATH_SIZE], magic[sizeof(MAGIC) - 1];
        struct stat st;
        bool known;
        int fd;

        if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int) sizeof(path))
                return false;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return false;
        known = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                read(fd, magic, sizeof(magic)) == (ssize_t) sizeof(magic) &&
                memcmp(magic, MAGIC, sizeof(magic)) == 0;
        (void) close(fd);
        return known;
}

bool timezone_from_link(const char *target, char ret[TIMEZONE_NAME_SIZE]) {
        const char *name = strstr(target, FOLDER_OF_ZONES);
        size_t len;

        if (!name)
                return false;
        name += strlen(FOLDER_OF_ZONES);
        len = strlen(name);
        if (!timezone_name_is_valid(name, len))
                return false;
        memcpy(ret, name, len + 1);
        return true;
}
