/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the environments of hooks (contract: plugin/hooks/environment.h): decides which variables an event
 * has. value.c makes the value of an option.
 */
#include "plugin/hooks/environment.h"

#include <arpa/inet.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "base/macro.h"
#include "plugin/hooks/environment-internal.h"
#include "plugin/hooks/option-variable.h"
#include "wire/dhcp4-options.h"
#include "wire/dhcp4-protocol.h"

#define IFNAME_MAX    15u        /* bytes, as in the kernel; held by hook_ifname_is_safe() */
#define EXPIRY_NEVER  UINT32_MAX /* seconds; far in the future, and any shell can calculate with it */
#define DHCLIENT_PATH "PATH=/usr/sbin:/sbin:/bin:/usr/sbin:/usr/bin" /* as dhclient sets it */

/* Reasons and contracts */

static const struct Reason {
        const char *name, *udhcpc;
        bool has_new, has_old, has_requested;
} reasons[HOOK_REASONS] = {
        [HOOK_REASON_PREINIT] = { "PREINIT", "deconfig", false, false, false },
        [HOOK_REASON_BOUND] = { "BOUND", "bound", true, true, true },
        [HOOK_REASON_RENEW] = { "RENEW", "renew", true, true, true },
        [HOOK_REASON_REBIND] = { "REBIND", "renew", true, true, true },
        [HOOK_REASON_REBOOT] = { "REBOOT", "bound", true, false, true },
        [HOOK_REASON_TIMEOUT] = { "TIMEOUT", "bound", true, false, true },
        [HOOK_REASON_EXPIRE] = { "EXPIRE", "deconfig", false, true, true },
        [HOOK_REASON_FAIL] = { "FAIL", "leasefail", false, false, false },
        [HOOK_REASON_RELEASE] = { "RELEASE", "deconfig", false, true, true },
        [HOOK_REASON_STOP] = { "STOP", "deconfig", false, true, true },
};

static const char *const contracts[] = {
        [HOOK_CONTRACT_JSON] = "json",
        [HOOK_CONTRACT_DHCLIENT] = "dhclient",
        [HOOK_CONTRACT_UDHCPC] = "udhcpc",
        [HOOK_CONTRACT_NONE] = "none",
};

const char *hook_contract_to_string(HookContract contract) {
        return contracts[contract];
}

bool hook_contract_from_string(const char *name, HookContract *ret) {
        for (size_t i = 0; i < ARRAY_SIZE(contracts); i++)
                if (strcmp(contracts[i], name) == 0) {
                        *ret = (HookContract) i;
                        return true;
                }
        return false;
}

const char *hook_reason_to_string(HookReason reason) {
        return reasons[reason].name;
}

bool hook_reason_from_string(const char *name, HookReason *ret) {
        for (size_t i = 0; i < HOOK_REASONS; i++)
                if (strcmp(reasons[i].name, name) == 0) {
                        *ret = (HookReason) i;
                        return true;
                }
        return false;
}

bool hook_reason_has_new(HookReason reason) {
        return reasons[reason].has_new;
}

bool hook_reason_has_old(HookReason reason) {
        return reasons[reason].has_old;
}

bool hook_ifname_is_safe(const char *ifname) {
        const size_t len = strlen(ifname);

        if (len == 0 || len > IFNAME_MAX || ifname[0] == '-' || strcmp(ifname, ".") == 0 ||
            strcmp(ifname, "..") == 0)
                return false;
        return strspn(ifname, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:@+") == len;
}

/* Variables */

typedef struct Variables {
        GPtrArray *list, *omitted; /* of char * */
        GString *name, *value;     /* of the variable that is being made */
} Variables;

static void omit(Variables *v, const char *reason) {
        g_ptr_array_add(v->omitted, g_strdup_printf("%s: %s", v->name->str, reason));
}

/*
 * Adds the variable in @name and @value to the list, or says why it is left out. All variables go through
 * here.
 */
static void add(Variables *v) {
        if (strlen(v->value->str) != v->value->len)
                omit(v, "it has a NUL");
        else if (g_str_has_prefix(v->value->str, "()"))
                omit(v, "a shell could take it for a function");
        else if (v->name->len + 1 + v->value->len + 1 > HOOK_STRING_MAX)
                omit(v, "it is too long");
        else
                g_ptr_array_add(v->list, g_strdup_printf("%s=%s", v->name->str, v->value->str));
}

static void begin(Variables *v, const char *prefix, const char *name) {
        g_string_assign(v->name, prefix);
        g_string_append(v->name, name);
        g_string_truncate(v->value, 0);
}

static void add_text(Variables *v, const char *prefix, const char *name, const char *value) {
        begin(v, prefix, name);
        g_string_append(v->value, value);
        add(v);
}

static void add_u64(Variables *v, const char *prefix, const char *name, uint64_t value) {
        begin(v, prefix, name);
        g_string_append_printf(v->value, "%" PRIu64, value);
        add(v);
}

static void add_address(Variables *v, const char *prefix, const char *name, struct in_addr address) {
        char text[INET_ADDRSTRLEN];

        add_text(v, prefix, name, inet_ntop(AF_INET, &address, text, sizeof(text)) ?: "");
}

/* Adds a field of the header, a text. It is left out if @check says that something is wrong. */
static void add_field(Variables *v, const char *prefix, const char *name, const char *value,
                      const char *(*check)(const char *, size_t)) {
        const char *reason;

        if (!value || *value == '\0')
                return;
        reason = check(value, strlen(value));
        if (!reason) {
                add_text(v, prefix, name, value);
                return;
        }
        begin(v, prefix, name);
        omit(v, reason);
}

typedef const char *(*ValueFunction)(GString *out, uint8_t code, const uint8_t *data, size_t len);
typedef void (*VariableFunction)(GString *out, uint8_t code);

static void add_options(Variables *v, const HookLease *lease, const char *prefix, VariableFunction variable,
                        ValueFunction value) {
        const size_t n = MIN(lease->n_options, (size_t) HOOK_OPTIONS_MAX);
        bool seen[256] = {};

        for (size_t i = 0; i < n; i++) {
                const HookOption *option = &lease->options[i];
                const char *reason;

                if (seen[option->code])
                        continue; /* a variable has one value; the daemon has joined an option's parts */
                seen[option->code] = true;
                begin(v, prefix, "");
                variable(v->name, option->code);
                reason = dhcp4_option_check(option->code, option->data, option->len);
                if (!reason)
                        reason = value(v->value, option->code, option->data, option->len);
                if (reason)
                        omit(v, reason);
                else
                        add(v);
        }
}

/* Finds an option that is an address. Returns false if the option is absent or malformed. */
static bool find_address(const HookLease *lease, uint8_t code, struct in_addr *ret) {
        for (size_t i = 0; i < MIN(lease->n_options, (size_t) HOOK_OPTIONS_MAX); i++)
                if (lease->options[i].code == code && lease->options[i].len == sizeof(*ret)) {
                        memcpy(ret, lease->options[i].data, sizeof(*ret));
                        return true;
                }
        return false;
}

/* Adds the variables of dhclient-script(8) for a lease. Those that are not options come first. */
static void add_dhclient_lease(Variables *v, const char *prefix, const HookLease *lease) {
        struct in_addr mask, broadcast;

        add_address(v, prefix, "ip_address", lease->address);
        add_address(v, prefix, "next_server", lease->next_server); /* also 0.0.0.0 */
        if (find_address(lease, DHCP4_OPTION_SUBNET_MASK, &mask)) {
                add_address(v, prefix, "network_number",
                            (struct in_addr){ lease->address.s_addr & mask.s_addr });
                if (!find_address(lease, DHCP4_OPTION_BROADCAST, &broadcast))
                        add_address(v, prefix, "broadcast_address",
                                    (struct in_addr){ lease->address.s_addr | ~mask.s_addr });
        }
        add_field(v, prefix, "filename", lease->boot_file, hook_check_path);
        add_field(v, prefix, "server_name", lease->server_name, hook_check_name);
        add_options(v, lease, prefix, hook_variable_dhclient, hook_value_dhclient);
        add_u64(v, prefix, "expiry",
                lease->expires_usec == USEC_INFINITY ? EXPIRY_NEVER : lease->expires_usec / USEC_PER_SEC);
}

static void add_dhclient(Variables *v, const HookEvent *event) {
        const struct Reason *reason = &reasons[event->reason];

        g_ptr_array_add(v->list, g_strdup(DHCLIENT_PATH));
        add_text(v, "", "interface", event->ifname);
        add_text(v, "", "reason", reason->name);
        add_u64(v, "", "pid", event->pid);
        add_u64(v, "", "dad_wait_time", 0);
        if (event->has_metric)
                add_u64(v, "", "IF_METRIC", event->metric);
        if (event->new_lease && reason->has_new)
                add_dhclient_lease(v, "new_", event->new_lease);
        if (event->old_lease && reason->has_old)
                add_dhclient_lease(v, "old_", event->old_lease);
        for (size_t i = 0; reason->has_requested && i < event->n_requested; i++) {
                begin(v, "requested_", "");
                hook_variable_dhclient(v->name, event->requested[i]);
                g_string_append_c(v->value, '1');
                add(v);
        }
}

/* Adds the variables of udhcpc's script. They have no prefix, so there is only one lease. */
static void add_udhcpc(Variables *v, const HookEvent *event) {
        const HookLease *lease = event->new_lease;
        struct in_addr mask;

        g_ptr_array_add(v->list, g_strdup(DHCLIENT_PATH));
        add_text(v, "", "interface", event->ifname);
        if (!lease || !reasons[event->reason].has_new)
                return;
        add_address(v, "", "ip", lease->address);
        if (lease->next_server.s_addr != INADDR_ANY)
                add_address(v, "", "siaddr", lease->next_server);
        if (lease->relay.s_addr != INADDR_ANY)
                add_address(v, "", "giaddr", lease->relay);
        add_field(v, "", "boot_file", lease->boot_file, hook_check_printable);
        add_field(v, "", "sname", lease->server_name, hook_check_printable);
        if (find_address(lease, DHCP4_OPTION_SUBNET_MASK, &mask))
                add_u64(v, "", "mask", (uint64_t) __builtin_popcount(mask.s_addr));
        add_options(v, lease, "", hook_variable_udhcpc, hook_value_udhcpc);
}

static char **steal_strings(GPtrArray *array) {
        g_ptr_array_add(array, NULL);
        return (char **) g_ptr_array_free(array, FALSE);
}

HookEnvironment *hook_environment_new(HookContract contract, const HookEvent *event) {
        g_autoptr(GString) name = g_string_new(NULL), value = g_string_new(NULL);
        Variables v = { g_ptr_array_new(), g_ptr_array_new(), name, value };
        HookEnvironment *environment = g_new0(HookEnvironment, 1);
        const bool safe = hook_ifname_is_safe(event->ifname);

        switch (contract) {
        case HOOK_CONTRACT_JSON:
                add_text(&v, "", "DHCPD_LINK_EVENT", reasons[event->reason].name);
                add_text(&v, "", "DHCPD_LINK_IFNAME", event->ifname);
                environment->input = hook_json_new(event);
                break;
        case HOOK_CONTRACT_DHCLIENT:
                add_dhclient(&v, event);
                break;
        case HOOK_CONTRACT_UDHCPC:
                environment->argument = g_strdup(reasons[event->reason].udhcpc);
                add_udhcpc(&v, event);
                break;
        case HOOK_CONTRACT_NONE:
                break;
        }
        environment->envp = steal_strings(v.list);
        environment->omitted = steal_strings(v.omitted);
        return safe ? environment : hook_environment_free(environment);
}

HookEnvironment *hook_environment_free(HookEnvironment *environment) {
        if (!environment)
                return NULL;
        g_strfreev(environment->envp);
        g_strfreev(environment->omitted);
        g_free(environment->argument);
        g_free(environment->input);
        g_free(environment);
        return NULL;
}
