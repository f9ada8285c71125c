/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether a text can be the name of this host (contract: plugin/hostname-check.h). */
#include "plugin/hostname-check.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define NAME_LEN_MAX  253u /* held by hostname_check() */
#define LABEL_LEN_MAX 63u  /* held by label_is_valid() */

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

static bool label_is_valid(const char *label, size_t len) {
        if (len == 0 || len > LABEL_LEN_MAX || !is_alphanumeric(label[0]) ||
            !is_alphanumeric(label[len - 1]))
                return false;
        for (size_t i = 0; i < len; i++)
                if (!is_alphanumeric(label[i]) && label[i] != '-')
                        return false;
        return true;
}

static bool is_number(const char *label, size_t len) {
        for (size_t i = 0; i < len; i++)
                if (!is_digit(label[i]))
                        return false;
        return true;
}

static bool is_label(const char *label, size_t len, const char *other) {
        return len == strlen(other) && strncasecmp(label, other, len) == 0;
}

static bool is_local(const char *label, size_t len) {
        return is_label(label, len, "localhost") || is_label(label, len, "localhost4") ||
                is_label(label, len, "localhost6") || is_label(label, len, "localdomain");
}

const char *hostname_check(const char *text, char ret[HOST_NAME_SIZE]) {
        size_t len = strlen(text), first, last = 0;

        if (len > 0 && text[len - 1] == '.')
                len--;
        if (len == 0 || len > NAME_LEN_MAX)
                return "no host name";
        for (size_t start = 0; start <= len; start++) {
                const char *dot = memchr(text + start, '.', len - start);
                const size_t end = dot ? (size_t) (dot - text) : len;

                if (!label_is_valid(text + start, end - start))
                        return "no host name";
                last = start;
                start = end;
        }
        first = strcspn(text, ".") < len ? strcspn(text, ".") : len;
        if (is_local(text, first) || is_local(text + last, len - last))
                return "every host has this name for itself";
        /*
         * RFC 1123 §2.1: the last label of a name is never a number, so that a name cannot be mistaken for
         * an address.
         */
        if (len >= HOST_NAME_SIZE) {
                len = first;
                last = 0;
        }
        if (is_number(text + last, len - last))
                return "looks like an address";
        memcpy(ret, text, len);
        ret[len] = 0;
        return NULL;
}
