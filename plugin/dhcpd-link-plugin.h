/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The interface of dhcpd-link for plugins. This header is installed for authors of plugins, and needs only
 * libc.
 *
 * A plugin is a shared object NAME.so in PLUGINDIR that exports one DhcpdLinkPlugin, by
 * DHCPD_LINK_PLUGIN_EXPORT. It is told about leases after they took effect, and passes them on (resolver,
 * time servers, host name). plugin/README.md has an example of thirty lines.
 *
 * A plugin runs in the daemon's only thread, so no call may block: a plugin that has to wait uses the event
 * loop. All arguments are borrowed for the call, except DhcpdLinkHost, which stays valid until fini()
 * returns.
 *
 * Structures only ever grow at their ends. Before you read a field that is marked "not in version 1", check
 * by struct_size that the daemon has it. Any other change raises the ABI number.
 */
#ifndef DHCPD_LINK_PLUGIN_H
#define DHCPD_LINK_PLUGIN_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DHCPD_LINK_PLUGIN_ABI 1u

#if defined(__GNUC__)
#define DHCPD_LINK_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define DHCPD_LINK_VISIBLE      __attribute__((visibility("default")))
#else
#define DHCPD_LINK_PRINTF(f, a)
#define DHCPD_LINK_VISIBLE
#endif

struct sd_event;

typedef enum DhcpdLinkEvent {
        /* There is a new lease. When a plugin is loaded, it gets this event for each existing lease. */
        DHCPD_LINK_EVENT_BOUND = 1,
        DHCPD_LINK_EVENT_RENEWED = 2, /* only the times have changed */
        DHCPD_LINK_EVENT_CHANGED = 3, /* more than the times has changed */
        DHCPD_LINK_EVENT_LOST = 4,    /* the lease is over; the argument is the lost lease */
} DhcpdLinkEvent;                     /* ignore other values */

#define DHCPD_LINK_LEASE_DEFAULT_ROUTE 0x1u /* flags: a default route of this lease is in use */
/*
 * flags: a tunnel (a VPN) takes all traffic, or the daemon does not know whether one does. Then nothing that
 * the server sends may draw traffic or DNS queries out of the tunnel. Not set with ClasslessRoutes=accept.
 */
#define DHCPD_LINK_LEASE_TUNNEL 0x2u
/* flags: with ClasslessRoutes=accept the server may draw traffic out of tunnels. Not in version 1. */
#define DHCPD_LINK_LEASE_OVER_TUNNELS 0x4u

#define DHCPD_LINK_NEVER UINT64_MAX

#define DHCPD_LINK_REMEMBER_MAX 1024u /* bytes, with the NUL */

/*
 * One lease. Texts are NUL-terminated and printable ASCII. Do not trust them, because the server has chosen
 * them. Instants are microseconds of CLOCK_BOOTTIME, or DHCPD_LINK_NEVER.
 */
typedef struct DhcpdLinkLease {
        size_t struct_size; /* bytes; sizeof(DhcpdLinkLease) of the daemon */
        uint32_t flags;     /* DHCPD_LINK_LEASE_* */
        int ifindex;
        const char *ifname;
        struct in_addr address;
        uint32_t prefix_len;      /* 0..32 */
        struct in_addr server_id; /* option 54 */
        uint64_t granted_at_usec;
        uint64_t renew_at_usec;  /* T1 */
        uint64_t rebind_at_usec; /* T2 */
        uint64_t expire_at_usec;
        /*
         * Addresses of options 6 and 42 that no server can have (loopback, multicast ...) are left out of
         * dns and ntp.
         */
        const struct in_addr *dns; /* option 6, in order of preference; NULL if n_dns is 0 */
        size_t n_dns;
        const struct in_addr *ntp; /* option 42 */
        size_t n_ntp;
        const char *domain;    /* option 15, or NULL; not checked for being a domain name */
        const char *host_name; /* option 12, or NULL; not checked for being a host name */
        /* option 119, decoded and checked, without final dots; NULL if n_search is 0 */
        const char *const *search;
        size_t n_search;
        /*
         * Looks up an option of the ACK by its code. The parts of a long option are joined (RFC 3396).
         * Returns 0 and stores the content, which has no final NUL. Returns -ENODATA if the option is absent
         * or malformed. Neither of the two pointers may be NULL.
         */
        int (*get_option)(const struct DhcpdLinkLease *lease, uint8_t code, const uint8_t **ret_data,
                          size_t *ret_len);
} DhcpdLinkLease;

/* The daemon, as one plugin sees it. */
typedef struct DhcpdLinkHost {
        size_t struct_size; /* bytes; sizeof(DhcpdLinkHost) of the daemon */
        /*
         * The event loop for the plugin's own timers and sources. It runs inside the daemon's loop, and is
         * gone after fini().
         */
        struct sd_event *event;
        /* Logs one line. @priority: LOG_ERR .. LOG_DEBUG of <syslog.h>. Control characters are removed. */
        void (*log)(const struct DhcpdLinkHost *host, int priority, const char *format, ...)
                DHCPD_LINK_PRINTF(3, 4);
        /*
         * Returns the value of @key= in [Plugin NAME], or NULL. Valid until the plugin returns to the event
         * loop.
         */
        const char *(*config)(const struct DhcpdLinkHost *host, const char *key);
        /*
         * Reports whether this plugin passes the DNS servers of that link's lease on to a program that uses
         * them. @problem: NULL if it does, otherwise why not, in words that continue a sentence
         * ("systemd-resolved is not running"). A plugin for DNS calls this for each lease with DNS servers,
         * in lease() or later, and again when the answer changes. If no plugin passes the DNS servers of a
         * lease on, the daemon shows this to people. Not in version 1.
         */
        void (*report_dns)(const struct DhcpdLinkHost *host, int ifindex, const char *problem);
        /*
         * Reports why this plugin does not use an option of that link's lease, or a part of it. The daemon
         * shows this together with the options that it does not use itself. @code: of the option. @reason: a
         * few words; NULL: the option is used now. The report is forgotten when the lease is lost. Not in
         * version 1.
         */
        void (*report_unused)(const struct DhcpdLinkHost *host, int ifindex, uint8_t code,
                              const char *reason);
        /*
         * Returns 1 if that link is a tunnel (a VPN, PPP, an overlay), or if the daemon does not know the
         * link. The daemon may not know a new link yet that you have heard of elsewhere. Not in version 1.
         */
        int (*is_tunnel)(const struct DhcpdLinkHost *host, int ifindex);
        /*
         * Keeps a text on disk for this plugin, so that it can read the text in the next daemon. A plugin
         * uses this for what it has changed on the host and has to put back. There are two texts: one lasts
         * until the next boot, the other one, with @persistent, lasts longer. NULL removes the text. A text
         * has at most DHCPD_LINK_REMEMBER_MAX bytes with the NUL. Returns a negative errno on failure, and
         * then nothing has changed. Not in version 1.
         */
        int (*remember)(const struct DhcpdLinkHost *host, int persistent, const char *text);
        /*
         * Stores the text that remember() has kept. Do not trust it: anybody who can write to the daemon's
         * folders may have changed it. Returns a negative errno if there is none. Not in version 1.
         */
        int (*recall)(const struct DhcpdLinkHost *host, int persistent, char ret[DHCPD_LINK_REMEMBER_MAX]);
} DhcpdLinkHost;

/*
 * flags: the plugin is not used unless [Plugin NAME] has Enable=yes. A daemon that does not know this flag
 * uses the plugin.
 */
#define DHCPD_LINK_PLUGIN_OPT_IN 0x1u

typedef struct DhcpdLinkPlugin {
        uint32_t abi;       /* DHCPD_LINK_PLUGIN_ABI; the daemon refuses any other number */
        size_t struct_size; /* sizeof(DhcpdLinkPlugin) */
        const char *name;   /* the file's name without ".so"; [a-z0-9-]+ */
        /*
         * Starts the plugin. Returns a negative errno on failure: the plugin is then skipped, and fini() is
         * not called. May be NULL.
         */
        int (*init)(const DhcpdLinkHost *host, void **ret_state);
        void (*lease)(void *state, DhcpdLinkEvent event, const DhcpdLinkLease *lease);
        /* Is called when the configuration was loaded again. May be NULL. */
        void (*reload)(void *state);
        /*
         * Is called when the daemon ends or is restarted. Leases stay. The plugin must remove all of its
         * sources from the event loop. May be NULL.
         */
        void (*fini)(void *state);
        uint32_t flags; /* DHCPD_LINK_PLUGIN_*. Not in version 1 */
} DhcpdLinkPlugin;

/*
 * DHCPD_LINK_PLUGIN_EXPORT = { .abi = DHCPD_LINK_PLUGIN_ABI, .struct_size = sizeof(DhcpdLinkPlugin), ... };
 */
#define DHCPD_LINK_PLUGIN_EXPORT \
        DHCPD_LINK_VISIBLE extern const DhcpdLinkPlugin dhcpd_link_plugin; \
        const DhcpdLinkPlugin dhcpd_link_plugin

#ifdef __cplusplus
}
#endif

#endif
