/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What a hook is given: argument, environment and standard input, made of an event and its leases.
 *
 * A contract is what the authors of hooks were promised elsewhere: by ISC's dhclient (dhclient-script(8)),
 * by BusyBox's udhcpc, or by us. Which options there are, what they are called and of which type they are is
 * in the option table (wire/dhcp4-options.h); nothing here knows the code of an option. Pure but for memory:
 * no clock, no files, no log.
 *
 * All that comes from the network is hostile, and hooks are shell scripts that often use their variables
 * without quotes. So each value is built from parsed bytes or checked, and what fails is left out and said
 * in @omitted, never mended:
 *
 *   - An option that is malformed for the daemon does not exist for hooks.
 *   - Names of hosts and domains are names (letters, digits, - and _), and paths have the characters that
 *     dhclient lets through.
 *   - Other texts are escaped as dhclient does it. udhcpc's are not escaped, so a control character or a
 *     byte above 126 drops them.
 *   - No value begins with "()", which old shells run as a function, and none has a NUL or fills more than
 *     execve() takes.
 *   - Names of variables come from the table, or are made of the number of the option.
 */
#include <glib.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/usec.h"

#define HOOK_STRING_MAX \
        ((size_t) 128 * 1024) /* bytes of NAME=VALUE and its NUL: MAX_ARG_STRLEN of the kernel */
#define HOOK_OPTIONS_MAX 256u /* options of a lease that are looked at */

typedef enum HookContract {
        HOOK_CONTRACT_JSON,     /* one JSON document on standard input */
        HOOK_CONTRACT_DHCLIENT, /* the environment of dhclient-script(8) */
        HOOK_CONTRACT_UDHCPC,   /* argument and environment of udhcpc's script */
        HOOK_CONTRACT_NONE,     /* nothing at all */
} HookContract;

/* The reasons of dhclient-script(8). Other contracts call them by their own words. */
typedef enum HookReason {
        HOOK_REASON_PREINIT, /* a lease is about to be asked for */
        HOOK_REASON_BOUND,   /* there is a lease, where there was none */
        HOOK_REASON_RENEW,   /* the lease goes on, by its server */
        HOOK_REASON_REBIND,  /* by any server */
        HOOK_REASON_REBOOT,  /* a lease of an earlier run or network was confirmed */
        HOOK_REASON_TIMEOUT, /* nobody answers, and a lease of an earlier run is still valid */
        HOOK_REASON_EXPIRE,  /* the lease is gone: time, refusal, conflict */
        HOOK_REASON_FAIL,    /* nobody answers, and there is no lease */
        HOOK_REASON_RELEASE, /* the lease was given back */
        HOOK_REASON_STOP,    /* the link is no longer managed */
} HookReason;
#define HOOK_REASONS ((size_t) HOOK_REASON_STOP + 1)

const char *hook_contract_to_string(HookContract contract);
bool hook_contract_from_string(const char *name, HookContract *ret);
const char *hook_reason_to_string(HookReason reason);
bool hook_reason_from_string(const char *name, HookReason *ret);

/* Does the event bring a lease; does it bring the lease that was there before, if there was one? */
bool hook_reason_has_new(HookReason reason);
bool hook_reason_has_old(HookReason reason);

typedef struct HookOption {
        uint8_t code;
        const uint8_t *data;
        size_t len; /* bytes, joined */
} HookOption;

/* A lease as the answer of the server has it. Everything is borrowed. */
typedef struct HookLease {
        struct in_addr address;     /* yiaddr */
        struct in_addr next_server; /* siaddr; 0.0.0.0: none */
        struct in_addr relay;       /* giaddr; 0.0.0.0: none */
        const char *boot_file;      /* field file; NULL or "": none, or it holds options */
        const char *server_name;    /* field sname; the same */
        usec_t expires_usec;        /* CLOCK_REALTIME; USEC_INFINITY: never */
        const HookOption *options;  /* in the order received */
        size_t n_options;
} HookLease;

typedef struct HookEvent {
        HookReason reason;
        const char *ifname;
        const HookLease *new_lease, *old_lease; /* NULL: none. @old_lease is what this hook was told last */
        const uint8_t *requested;               /* codes of the parameter request list */
        size_t n_requested;
        bool has_metric;
        uint32_t metric; /* of the routes of the link, for IF_METRIC */
        uint32_t pid;    /* what dhclient's hooks are told as the client's process */
} HookEvent;

typedef struct HookEnvironment {
        char **envp;    /* NAME=VALUE, ends with NULL */
        char *argument; /* the one argument; NULL: none */
        char *input;    /* for standard input; NULL: /dev/null */
        char **omitted; /* "VARIABLE: why it is left out", printable, ends with NULL */
} HookEnvironment;

/*
 * Returns true if the name of an interface can be handed to scripts: letters, digits and ._-:@+, not first a
 * hyphen, and at most 15. The kernel allows more, a semicolon and a dollar sign for example. There are no
 * hooks for such a link.
 */
bool hook_ifname_is_safe(const char *ifname);

/* Returns what a hook of @contract is given for @event; NULL if the name of the interface is not safe. */
HookEnvironment *hook_environment_new(HookContract contract, const HookEvent *event);
HookEnvironment *hook_environment_free(HookEnvironment *environment);
static inline void hook_environment_freep(HookEnvironment **p) {
        *p = hook_environment_free(*p);
}
