/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the runner of hooks and dhcpd-linkctl read that another process wrote: the properties of a lease and
 * of the settings of a link (plugin/hooks/lease-reader.c, settings-reader.c), and the file that says how
 * hooks do (state-file.c).
 *
 * Whatever is in them: a lease that is taken can be stored and read back, an error leaves what was there,
 * and what is counted is within its bounds.
 *
 * Input: a byte that says which, then the text of the file; or properties, each a byte for its name, a byte
 * for its type, and what the type takes.
 */
#include <assert.h>
#include <glib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "dbus/json/json-message.h"
#include "plugin/hooks/lease-reader.h"
#include "plugin/hooks/settings-reader.h"
#include "plugin/hooks/state-file.h"
#include "plugin/hooks/stored-lease.h"
#include "tests/fuzz/fuzz-input.h"
#include "tests/fuzz/fuzz.h"

#define PROPERTIES_MAX 64u
#define ITEMS_MAX      64u /* of an array */

/* Returns as many bytes as the next byte says, or fewer if there are fewer left. */
static size_t take_bytes(Input *in, const uint8_t **ret) {
        const size_t len = MIN((size_t) take_u8(in), in->left);

        *ret = in->data;
        in->data += len;
        in->left -= len;
        return len;
}

/* Returns a text that D-Bus can carry: ASCII without a NUL. */
static char *take_text(Input *in) {
        const uint8_t *data;
        const size_t len = take_bytes(in, &data);
        char *text = g_strndup((const char *) data, len);

        for (char *p = text; *p; p++)
                *p &= 0x7f;
        return text;
}

static int append_text(sd_bus_message *m, Input *in) {
        g_autofree char *text = take_text(in);

        return sd_bus_message_append_basic(m, 's', text);
}

static int append_texts(sd_bus_message *m, Input *in) {
        int r = sd_bus_message_open_container(m, 'a', "s");

        for (unsigned n = take_u8(in) % ITEMS_MAX; n > 0 && r >= 0; n--)
                r = append_text(m, in);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/*
 * Appends an array as the property Options has it: more items than a lease can have, if there are enough
 * bytes.
 */
static int append_options(sd_bus_message *m, Input *in) {
        int r = sd_bus_message_open_container(m, 'a', "(uay)");

        for (unsigned n = take_u8(in) * 2u; n > 0 && r >= 0; n--) {
                const uint32_t code = take_u8(in);
                const uint8_t *data;
                const size_t len = take_bytes(in, &data);

                r = sd_bus_message_open_container(m, 'r', "uay");
                if (r >= 0)
                        r = sd_bus_message_append_basic(m, 'u',
                                                        &(uint32_t){ code == 254 ? UINT32_MAX : code });
                if (r >= 0)
                        r = sd_bus_message_append_array(m, 'y', data, len);
                if (r >= 0)
                        r = sd_bus_message_close_container(m);
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, Input *in) {
        static const char *const types[] = { "s", "as", "a(uay)", "u", "t", "b", "a{sv}", "ay" };
        const char *type = types[take_u8(in) % ARRAY_SIZE(types)];
        const uint64_t number = (uint64_t) take_u8(in) << (take_u8(in) % 57);
        int r;

        r = sd_bus_message_open_container(m, 'v', type);
        if (r < 0)
                return r;
        if (strcmp(type, "s") == 0)
                r = append_text(m, in);
        else if (strcmp(type, "as") == 0)
                r = append_texts(m, in);
        else if (strcmp(type, "a(uay)") == 0)
                r = append_options(m, in);
        else if (strcmp(type, "a{sv}") == 0)
                r = sd_bus_message_append(m, type, 1, "Key", "s", "value");
        else if (strcmp(type, "ay") == 0)
                r = sd_bus_message_append_array(m, 'y', "bytes", 5);
        else if (strcmp(type, "t") == 0)
                r = sd_bus_message_append_basic(m, 't', &number);
        else
                r = sd_bus_message_append(m, type, (int) (*type == 'b' ? number & 1 : number));
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Makes a message with properties. @wrapped: they are in a variant. */
static sd_bus_message *make_properties(Input *in, bool wrapped) {
        static const char *const names[] = {
                "Address",
                "NextServer",
                "Relay",
                "BootFile",
                "ServerName",
                "ExpiresAtUSec",
                "State",
                "Options",
                "Unknown",
                "",
                "DHCPv4.RequestOptions",
                "DHCPv4.RouteMetric",
        };
        sd_bus_message *m = NULL;
        int r;

        r = scratch_message_new(&m);
        if (r >= 0 && wrapped)
                r = sd_bus_message_open_container(m, 'v', "a{sv}");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "{sv}");
        for (unsigned n = 0; n < PROPERTIES_MAX && in->left > 0 && r >= 0; n++) {
                r = sd_bus_message_open_container(m, 'e', "sv");
                if (r >= 0)
                        r = sd_bus_message_append_basic(m, 's', names[take_u8(in) % ARRAY_SIZE(names)]);
                if (r >= 0)
                        r = append_value(m, in);
                if (r >= 0)
                        r = sd_bus_message_close_container(m);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0 && wrapped)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = scratch_message_seal(m);
        assert(r >= 0);
        return m;
}

static void check_lease(Input *in) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = make_properties(in, /* wrapped= */ false);
        _cleanup_(hook_stored_lease_freep) HookStoredLease *stored = NULL;
        GBytes *lease = GINT_TO_POINTER(1);
        char *state = GINT_TO_POINTER(2);

        if (hook_lease_read(m, &lease, &state) < 0) {
                assert(lease == GINT_TO_POINTER(1) && state == GINT_TO_POINTER(2));
                return;
        }
        g_free(state);
        if (!lease)
                return;
        stored = hook_stored_lease_new(lease);
        assert(stored && stored->lease.address.s_addr != 0 && stored->lease.n_options <= HOOK_OPTIONS_MAX);
        g_bytes_unref(lease);
}

static void check_settings(Input *in) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = make_properties(in, /* wrapped= */ true);
        HookSettings settings = { .n_requested = SIZE_MAX };

        if (hook_settings_read(m, &settings) < 0)
                assert(settings.n_requested == SIZE_MAX);
        else
                assert(settings.n_requested <= ARRAY_SIZE(settings.requested));
}

static void check_state(const uint8_t *data, size_t len) {
        g_autofree char *text = g_strndup((const char *) data, len);
        pid_t pid = -1;
        GPtrArray *entries = hook_state_parse(text, &pid);

        if (!entries) {
                assert(pid == -1);
                return;
        }
        assert(pid > 0);
        for (guint i = 0; i < entries->len; i++) {
                const HookStateEntry *entry = g_ptr_array_index(entries, i);

                assert(entry->ifindex > 0 && entry->hook && entry->reason);
                assert(entry->running != (entry->text != NULL));
        }
        g_ptr_array_unref(entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Input in = { data, size };

        switch (take_u8(&in) % 3) {
        case 0:
                check_lease(&in);
                break;
        case 1:
                check_settings(&in);
                break;
        default:
                check_state(in.data, in.left);
                break;
        }
        return 0;
}
