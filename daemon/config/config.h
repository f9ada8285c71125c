/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Configuration: dhcpd-link.conf, links/NAME.conf and their drop-ins (GKeyFile), checked and turned into
 * plain values.
 *
 * Directories, later ones win: /usr/lib/dhcpd-link, /run/dhcpd-link, /etc/dhcpd-link. A file of the same
 * name in a later one hides the earlier (an empty file or a link to /dev/null masks it). dhcpd-link.conf
 * holds [Manager], [Plugin NAME] and the defaults of every link in [Link] and [DHCPv4]; links/NAME.conf has
 * [Match], [Link] and [DHCPv4], first match in byte order of names wins. Drop-ins FILE.d/X.conf are read
 * after FILE, in byte order of their names over all directories; those of a masked links/ file are not. A
 * links/ file whose [Match] has a mistake is ignored, because without that condition it would match links
 * that it is not meant for.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/hw-address.h"
#include "base/link-names.h"
#include "core/dhcp4-client.h"
#include "core/dhcp4-net.h"

typedef struct Config Config;

typedef enum ConfigClientIdentifier {
        CONFIG_CLIENT_IDENTIFIER_MAC,  /* htype and MAC: what reservations expect */
        CONFIG_CLIENT_IDENTIFIER_DUID, /* RFC 4361: IAID and DUID */
        CONFIG_CLIENT_IDENTIFIER_HEX,  /* as given, in client.client_id */
        /* option 61 is not sent, unless the kind of link requires it (RFC 4390 §2.1) */
        CONFIG_CLIENT_IDENTIFIER_NONE,
} ConfigClientIdentifier;

/* RFC 8415 §11 */
typedef enum ConfigDuid {
        CONFIG_DUID_UUID,       /* made of the machine id */
        CONFIG_DUID_LINK_LAYER, /* made of the link's hardware address */
        /* made of the hardware address and of the time when a DUID was first needed */
        CONFIG_DUID_LINK_LAYER_TIME,
        CONFIG_DUID_BYTES, /* as configured, in duid_bytes */
} ConfigDuid;

typedef enum ConfigAnonymize {
        CONFIG_ANONYMIZE_AUTO, /* when the link is wireless and its hardware address locally administered */
        CONFIG_ANONYMIZE_NO,
        CONFIG_ANONYMIZE_YES,
} ConfigAnonymize;

/* IPv6OnlyMode=, RFC 8925 */
typedef enum ConfigIpv6Only {
        CONFIG_IPV6_ONLY_AUTO, /* option 108 is asked for while there is a CLAT provider on the host */
        CONFIG_IPV6_ONLY_NO,
        CONFIG_IPV6_ONLY_YES,
} ConfigIpv6Only;

/* SendFQDN=, RFC 4702 §2.1 */
typedef enum ConfigFqdn {
        CONFIG_FQDN_NO,   /* option 12 is sent, not 81 */
        CONFIG_FQDN_NONE, /* asks the server to leave the DNS alone */
        CONFIG_FQDN_PTR,  /* asks the server to update the PTR record */
        CONFIG_FQDN_BOTH, /* and the A record */
} ConfigFqdn;

#define CONFIG_DUID_MAX         130u /* bytes, RFC 8415 §11.1 */
#define CONFIG_SERVER_RULES_MAX 16u
#define CONFIG_USER_CLASS_MAX   255u /* bytes, one option; held by config_parse_user_class() */
#define CONFIG_MUD_URL_MAX      255u /* bytes, RFC 8520 §10; held by config_parse_mud_url() */
/* bytes, RFC 1035 §2.3.4 as text; held by config_hostname_is_valid() */
#define CONFIG_HOSTNAME_MAX     253u
#define CONFIG_VENDOR_CLASS_MAX 255u /* bytes, one option; held by config_parse_vendor_class() */

/* What one link gets. A plain value with borrowed strings, valid as long as the Config is referenced. */
typedef struct ConfigLink {
        const char *file; /* path of the links/ file that matched; NULL: defaults only */
        bool manage;      /* Manage=no: claims are refused */
        /* TakeOver=yes: manage the link even if another manager says that it does */
        bool take_over;
        bool apply;        /* Apply=no: the lease is published, but nothing of it is put on the link */
        bool send_release; /* SendRelease=, on stop */
        /* DefendAddress=, go on listening to ARP after the announcements (RFC 5227 §2.4) */
        bool defend_address;
        bool route_table_set;  /* otherwise the table of the link's VRF, or the main table */
        bool route_metric_set; /* else RouteMetric is 1024 + ifindex: two links never share one */
        bool send_hostname;    /* SendHostname= */
        /* Hostname=, the host's own when not configured; "": none is sent */
        char hostname[CONFIG_HOSTNAME_MAX + 1];
        bool hostname_is_own; /* hostname is the name of the host, not a configured one */
        ConfigFqdn fqdn;
        char vendor_class[CONFIG_VENDOR_CLASS_MAX + 1]; /* VendorClassIdentifier=; "": not sent */
        uint8_t user_class[CONFIG_USER_CLASS_MAX];      /* UserClass=, as on the wire (RFC 3004 §4) */
        uint8_t user_class_len;                         /* bytes; 0: not sent */
        char mud_url[CONFIG_MUD_URL_MAX + 1];           /* MUDURL=; "": not sent */
        uint8_t options[DHCP4_SEND_MAX];                /* SendOption=, ready as on the wire */
        uint16_t options_len;                           /* bytes */
        ConfigClientIdentifier client_identifier;
        ConfigDuid duid;
        uint8_t duid_bytes[CONFIG_DUID_MAX];
        uint8_t duid_len; /* bytes */
        bool iaid_set;    /* otherwise it is made of the hardware address */
        uint32_t iaid;
        ConfigAnonymize anonymize;
        ConfigIpv6Only ipv6_only;
        bool import_identity; /* ImportIdentity= */
        bool force_renew;     /* ForceRenew=, RFC 6704 */
        uint8_t dscp;         /* DSCP=, of our IPv4 headers, 0 to 63 */
        Dhcp4ServerRule allow[CONFIG_SERVER_RULES_MAX], deny[CONFIG_SERVER_RULES_MAX];
        uint8_t n_allow, n_deny;
        Dhcp4NetPolicy net;
        /*
         * chaddr, htype, ipv6_only, the client id made of the interface, and what points into this very
         * struct (send, allow, deny) are filled in later, by link/
         */
        Dhcp4ClientConfig client;
        /* All of the above that is sent as options, ready as on the wire (Dhcp4ClientConfig.send) */
        uint8_t send[DHCP4_SEND_MAX];
        uint16_t send_len; /* bytes */
} ConfigLink;

/* @file, @group, @key: NULL where they do not apply. @line: 0 if not known. */
typedef void (*ConfigProblem)(void *userdata, const char *file, unsigned line, const char *group,
                              const char *key, const char *what);

/*
 * @dirs: NULL-terminated, lowest first. A bad value is reported and its default kept; an unknown section or
 * key is reported. A file that cannot be read or parsed is reported and skipped. Negative errno only when a
 * directory that exists cannot be listed.
 *
 * @runtime_dir: the one of @dirs, as it is written there, to which the daemon's own user writes as well;
 * NULL: none. A file there that root does not own is reported and skipped, and hides no other file.
 */
int config_load(const char *const *dirs, const char *runtime_dir, ConfigProblem problem, void *userdata,
                Config **ret);
Config *config_ref(Config *config);
Config *config_unref(Config *config);
static inline void config_unrefp(Config **p) {
        *p = config_unref(*p);
}

/*
 * The first links/ file whose [Match] fits (Name= globs for any name of the link, MACAddress=), over the
 * defaults. Never NULL: the built-in defaults fit everything.
 */
const ConfigLink *config_find_link(const Config *config, const LinkNames *names, const HwAddress *address);

/*
 * Returns true if the name of the host has changed since @config was loaded, and stores the same
 * configuration with the new name. Reads no configuration file. @problem may be NULL.
 */
bool config_rename_host(const Config *config, ConfigProblem problem, void *userdata, Config **ret);

/*
 * The files that settings of the link may come from, in the order they were read: dhcpd-link.conf, its
 * drop-ins, the links/ file that matched and its drop-ins. NULL-terminated, valid as long as @config;
 * g_free() the array. @link: as config_find_link() gave it.
 */
const char **config_link_files(const Config *config, const ConfigLink *link);

typedef enum ConfigSettingType {
        CONFIG_SETTING_BOOL,
        CONFIG_SETTING_NUMBER,
        CONFIG_SETTING_SPAN, /* USEC_INFINITY: for ever */
        CONFIG_SETTING_TEXT,
        CONFIG_SETTING_LIST,
} ConfigSettingType;

typedef struct ConfigSetting {
        const char *key; /* "DHCPv4.SendRelease" */
        ConfigSettingType type;
        union {
                bool boolean;
                uint32_t number;
                usec_t span;
                const char *text;        /* "": it is set to nothing; may be any bytes */
                const char *const *list; /* NULL-terminated */
        };
} ConfigSetting;

typedef void (*ConfigSettingFunc)(void *userdata, const ConfigSetting *setting);

/*
 * Calls @func for every setting of [Link] and [DHCPv4] in order, the built-in defaults among them. Values
 * are valid during the call only. IAID= is left out if it is not set. @net: what is in force where @link
 * leaves it open (metric, table, lease_only).
 */
void config_foreach_setting(const ConfigLink *link, const Dhcp4NetPolicy *net, ConfigSettingFunc func,
                            void *userdata);

/* Returns true if all settings are equal. A reload then leaves the link alone. */
bool config_link_equal(const ConfigLink *a, const ConfigLink *b);

/* [Manager] MaxExchanges=: how many links may wait for their first answer at a time. */
unsigned config_max_exchanges(const Config *config);

/* Returns true if [Manager] CLATInterface= names the interface as that of a CLAT provider. */
bool config_is_clat(const Config *config, const LinkNames *names);

/* [Manager] SocketPriority= and SocketMark=, of all sockets that send. No mark is 0. */
uint32_t config_socket_priority(const Config *config);
uint32_t config_socket_mark(const Config *config);

/* Value of @key in [Plugin @plugin], or NULL. Valid as long as @config. */
const char *config_plugin_value(const Config *config, const char *plugin, const char *key);

/* [Hook NAME]: what the runner of hooks needs to know of one. */
typedef struct ConfigHook {
        bool enable;           /* Enable=no: it is not run */
        bool trusted;          /* Trusted=yes: as root and not confined; the next four then mean nothing */
        bool network;          /* Network= */
        bool passes_dns;       /* PassesDNS=: DNS servers of leases count as taken when there is this hook */
        char *user;            /* User=; NULL: a dynamic user for this hook alone */
        uint64_t capabilities; /* Capabilities=, a bit for each */
        char **writable_paths; /* WritablePaths=, ends with NULL */
        const char
                *contract; /* Contract=: "json", "dhclient", "udhcpc" or "none"; NULL: that of its folder */
        usec_t timeout_usec; /* TimeoutSec= */
} ConfigHook;

/*
 * Returns the settings of a hook, never NULL: a hook without a section has the defaults. Valid as long as
 * @config.
 */
const ConfigHook *config_hook(const Config *config, const char *name);
/* Returns the names of the hooks that have a section, in no order. */
void config_foreach_hook(const Config *config,
                         void (*func)(void *userdata, const char *name, const ConfigHook *hook),
                         void *userdata);
