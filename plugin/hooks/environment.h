/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Makes what a hook gets: argument, environment and standard input, from an event and its leases.
 *
 * A contract says what a hook can expect: that of ISC's dhclient (dhclient-script(8)), that of BusyBox's
 * udhcpc, or our own. The table of options (wire/dhcp4-options.h) says which options there are, their names
 * and their types; nothing here knows the code of an option. The result depends only on the arguments: no
 * clock, no files, no log.
 *
 * Everything from the network may be an attack, and hooks are shell scripts that often use their variables
 * without quotes. So each value is built from parsed bytes or checked. A value that fails a check is left
 * out and named in @omitted. It is never repaired:
 *
 *   - An option that is malformed for the daemon does not exist for hooks.
 *   - Names of hosts and domains have only letters, digits, - and _. Paths have only characters that
 *     dhclient accepts.
 *   - Other texts are escaped as dhclient does it. For udhcpc texts are not escaped, so a text with a
 *     control character or a byte above 126 is left out.
 *   - No value begins with "()", which old shells run as a function. None has a NUL, or is longer than
 *     execve() accepts.
 *   - Names of variables come from the table, or are made from the number of the option.
 */
#include <glib.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/usec.h"

/* bytes of NAME=VALUE and its NUL: MAX_ARG_STRLEN of the kernel */
#define HOOK_STRING_MAX  ((size_t) 128 * 1024)
#define HOOK_OPTIONS_MAX 256u /* options of a lease that are used */

typedef enum HookContract {
        HOOK_CONTRACT_JSON,     /* the hook gets one JSON document on standard input */
        HOOK_CONTRACT_DHCLIENT, /* the hook gets the environment of dhclient-script(8) */
        HOOK_CONTRACT_UDHCPC,   /* the hook gets argument and environment of udhcpc's script */
        HOOK_CONTRACT_NONE,     /* the hook gets nothing */
} HookContract;

/* The reasons of dhclient-script(8). Other contracts have other words for them. */
typedef enum HookReason {
        HOOK_REASON_PREINIT, /* the client is about to request a lease */
        HOOK_REASON_BOUND,   /* there is a lease, and there was none before */
        HOOK_REASON_RENEW,   /* its server has extended the lease */
        HOOK_REASON_REBIND,  /* any server has extended the lease */
        HOOK_REASON_REBOOT,  /* a server has confirmed the lease of an earlier run or network */
        HOOK_REASON_TIMEOUT, /* no server answers, and the lease of an earlier run is still valid */
        HOOK_REASON_EXPIRE,  /* the lease is lost: it has expired, was refused, or the address is in use */
        HOOK_REASON_FAIL,    /* no server answers, and there is no lease */
        HOOK_REASON_RELEASE, /* the lease was given back to its server */
        HOOK_REASON_STOP,    /* the link is no longer managed */
} HookReason;
#define HOOK_REASONS ((size_t) HOOK_REASON_STOP + 1)

const char *hook_contract_to_string(HookContract contract);
bool hook_contract_from_string(const char *name, HookContract *ret);
const char *hook_reason_to_string(HookReason reason);
bool hook_reason_from_string(const char *name, HookReason *ret);

/* Return true if the event has a lease, or if it has the earlier lease (if there was one). */
bool hook_reason_has_new(HookReason reason);
bool hook_reason_has_old(HookReason reason);

typedef struct HookOption {
        uint8_t code;
        const uint8_t *data;
        size_t len; /* bytes; the parts of a long option are joined */
} HookOption;

/* A lease as it is in the server's answer. Everything is borrowed. */
typedef struct HookLease {
        struct in_addr address;     /* yiaddr */
        struct in_addr next_server; /* siaddr; 0.0.0.0: none */
        struct in_addr relay;       /* giaddr; 0.0.0.0: none */
        const char *boot_file;      /* field file; NULL or "": it is empty, or holds options */
        const char *server_name;    /* field sname; NULL or "": it is empty, or holds options */
        usec_t expires_usec;        /* CLOCK_REALTIME; USEC_INFINITY: never */
        const HookOption *options;  /* in the order received */
        size_t n_options;
} HookLease;

typedef struct HookEvent {
        HookReason reason;
        const char *ifname;
        const HookLease *new_lease, *old_lease; /* NULL: none. @old_lease: what this hook was told last */
        const uint8_t *requested;               /* codes of the parameter request list */
        size_t n_requested;
        bool has_metric;
        uint32_t metric; /* of the link's routes, for IF_METRIC */
        uint32_t pid;    /* the process that dhclient's hooks get as the client */
} HookEvent;

typedef struct HookEnvironment {
        char **envp;    /* NAME=VALUE, ends with NULL */
        char *argument; /* the only argument; NULL: none */
        char *input;    /* the text on standard input; NULL: /dev/null */
        char **omitted; /* "VARIABLE: why it is left out", printable, ends with NULL */
} HookEnvironment;

/*
 * Returns true if the name of an interface can be given to scripts: at most 15 letters, digits and ._-:@+,
 * and no hyphen at the beginning. The kernel allows more characters, for example semicolon and dollar sign.
 * No hooks run for a link with such a name.
 */
bool hook_ifname_is_safe(const char *ifname);

/* Returns what a hook of @contract gets for @event, or NULL if the name of the interface is not safe. */
HookEnvironment *hook_environment_new(HookContract contract, const HookEvent *event);
HookEnvironment *hook_environment_free(HookEnvironment *environment);
static inline void hook_environment_freep(HookEnvironment **p) {
        *p = hook_environment_free(*p);
}
