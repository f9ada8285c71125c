/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes D-Bus values as JSON (contract: dbus/json/json-message.h). The depth of recursion is bounded,
 * because sd-bus refuses a message that is nested deeper than D-Bus allows.
 */
#include "dbus/json/json-message.h"

#include <errno.h>
#include <string.h>

static int write_basic(JsonWriter *w, sd_bus_message *m, char type) {
        union {
                uint8_t u8;
                int boolean;
                int16_t i16;
                uint16_t u16;
                int32_t i32;
                uint32_t u32;
                int64_t i64;
                uint64_t u64;
                double d;
                const char *s;
        } value;
        int r;

        r = sd_bus_message_read_basic(m, type, &value);
        if (r < 0)
                return r;
        switch (type) {
        case SD_BUS_TYPE_BYTE:
                json_u64(w, value.u8);
                return 0;
        case SD_BUS_TYPE_BOOLEAN:
                json_bool(w, value.boolean);
                return 0;
        case SD_BUS_TYPE_INT16:
                json_i64(w, value.i16);
                return 0;
        case SD_BUS_TYPE_UINT16:
                json_u64(w, value.u16);
                return 0;
        case SD_BUS_TYPE_INT32:
                json_i64(w, value.i32);
                return 0;
        case SD_BUS_TYPE_UINT32:
                json_u64(w, value.u32);
                return 0;
        case SD_BUS_TYPE_INT64:
                json_i64(w, value.i64);
                return 0;
        case SD_BUS_TYPE_UINT64:
                if (value.u64 == UINT64_MAX)
                        json_null(w);
                else
                        json_u64(w, value.u64);
                return 0;
        case SD_BUS_TYPE_DOUBLE:
                json_double(w, value.d);
                return 0;
        case SD_BUS_TYPE_STRING:
        case SD_BUS_TYPE_OBJECT_PATH:
        case SD_BUS_TYPE_SIGNATURE:
                json_string(w, value.s);
                return 0;
        }
        return -EOPNOTSUPP; /* a file descriptor has no meaning in text */
}

static bool is_hardware_address(const char *key) {
        const char suffix[] = "HardwareAddress";
        const size_t key_len = key ? strlen(key) : 0;

        return key_len >= strlen(suffix) && strcmp(key + key_len - strlen(suffix), suffix) == 0;
}

/* Returns true if the bytes are printable ASCII, and cannot be mistaken for hexadecimal digits. */
static bool is_text(const uint8_t *data, size_t len) {
        bool digits = true;

        for (size_t i = 0; i < len; i++) {
                if (data[i] < 0x20 || data[i] >= 0x7f)
                        return false;
                digits = digits && strchr("0123456789abcdefABCDEF", data[i]);
        }
        return len > 0 && !digits;
}

static int write_bytes(JsonWriter *w, sd_bus_message *m, const char *key) {
        const void *data;
        size_t len;
        int r;

        r = sd_bus_message_read_array(m, SD_BUS_TYPE_BYTE, &data, &len);
        if (r < 0)
                return r;
        if (is_hardware_address(key))
                json_hex(w, data, len, ':');
        else if (w->text && is_text(data, len))
                json_string_n(w, data, len);
        else
                json_hex(w, data, len, 0);
        return 0;
}

static int write_dictionary(JsonWriter *w, sd_bus_message *m) {
        int r;

        json_begin_object(w);
        for (;;) {
                const char *contents;
                const char *key;
                char type;

                r = sd_bus_message_peek_type(m, &type, &contents);
                if (r <= 0)
                        break;
                r = sd_bus_message_enter_container(m, type, contents);
                if (r < 0)
                        break;
                r = sd_bus_message_peek_type(m, &type, NULL);
                if (r < 0)
                        break;
                if (type != SD_BUS_TYPE_STRING && type != SD_BUS_TYPE_OBJECT_PATH) {
                        r = -EOPNOTSUPP;
                        break;
                }
                r = sd_bus_message_read_basic(m, type, &key);
                if (r < 0)
                        break;
                json_key(w, key);
                r = json_message(w, m, key);
                if (r < 0)
                        break;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        break;
        }
        json_end_object(w);
        return r;
}

static int write_items(JsonWriter *w, sd_bus_message *m, const char *key) {
        int r;

        json_begin_array(w);
        while ((r = sd_bus_message_at_end(m, /* complete= */ false)) == 0) {
                r = json_message(w, m, key);
                if (r < 0)
                        break;
        }
        json_end_array(w);
        return r;
}

/*
 * Returns true if the structure is an entry of Options. This is the only property with structures, and its
 * fields get names.
 */
static bool has_field_names(const char *key, const char *contents) {
        return key && strcmp(key, "Options") == 0 && strcmp(contents, "uay") == 0;
}

static int write_option(JsonWriter *w, sd_bus_message *m) {
        int r;

        json_begin_object(w);
        json_key(w, "Code");
        r = json_message(w, m, NULL);
        if (r >= 0) {
                json_key(w, "Data");
                r = json_message(w, m, NULL);
        }
        if (r < 0)
                json_null(w);
        json_end_object(w);
        return r;
}

int json_message(JsonWriter *w, sd_bus_message *m, const char *key) {
        const char *contents;
        char type;
        int r;

        r = sd_bus_message_peek_type(m, &type, &contents);
        if (r < 0)
                return r;
        if (r == 0)
                return -ENXIO;
        if (type != SD_BUS_TYPE_ARRAY && type != SD_BUS_TYPE_VARIANT && type != SD_BUS_TYPE_STRUCT)
                return write_basic(w, m, type);
        if (type == SD_BUS_TYPE_ARRAY && strcmp(contents, "y") == 0)
                return write_bytes(w, m, key);

        r = sd_bus_message_enter_container(m, type, contents);
        if (r < 0)
                return r;
        if (type == SD_BUS_TYPE_VARIANT)
                r = json_message(w, m, key);
        else if (type == SD_BUS_TYPE_STRUCT)
                r = has_field_names(key, contents) ? write_option(w, m) : write_items(w, m, key);
        else if (contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN)
                r = write_dictionary(w, m);
        else
                r = write_items(w, m, key);
        if (r < 0)
                return r;
        return sd_bus_message_exit_container(m);
}

/* Returns the bus that all scratch messages belong to. It is never freed, because each call needs it. */
static sd_bus *scratch_bus(void) {
        static sd_bus *bus;

        if (bus)
                return bus;
        /*
         * sd-bus makes messages only for a bus that was started. This bus has an address that nobody can
         * listen at, so starting it fails, and it never connects.
         */
        if (sd_bus_new(&bus) < 0)
                return NULL;
        if (sd_bus_set_address(bus, "unix:path=/dev/null/nowhere") < 0) {
                bus = sd_bus_unref(bus);
                return NULL;
        }
        (void) sd_bus_start(bus);
        return bus;
}

int scratch_signal_new(const char *path, const char *interface, const char *member, sd_bus_message **ret) {
        sd_bus *bus = scratch_bus();

        return bus ? sd_bus_message_new_signal(bus, ret, path, interface, member) : -ENOMEM;
}

int scratch_message_new(sd_bus_message **ret) {
        return scratch_signal_new("/", "org.dhcpdlink1", "Values", ret);
}

int scratch_message_seal(sd_bus_message *m) {
        return sd_bus_message_seal(m, /* cookie= */ 1, /* timeout_usec= */ 0);
}
