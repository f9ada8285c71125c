/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Private to config/config*.c: the loaded configuration, and the table of keys.
 *
 *   config.c           what a Config is; matching and comparing
 *   config-keys.c      the table of keys: names, parsers, where they go
 *   config-value.c     the values that several keys have in common
 *   config-identity.c  the client's identifier, or none that lasts
 *   config-mode.c      servers to listen to, and what there is without one
 *   config-send.c      host name, classes: keys, and the options made of them
 *   config-use.c       what becomes of the MTU, and of networks that need no IPv4
 *   config-socket.c    DSCP, priority and mark of what is sent
 *   config-hostname.c  the host's own name, and what changes with it
 *   config-settings.c  the settings of a link as values
 *   config-hook.c      [Hook NAME]
 *   config-load.c      directories, files, drop-ins, precedence, problems with their places
 */
#include <glib.h>
#include <stdbool.h>

#include "config/config.h"

/* bytes; what the kernel has is shorter; held by config_read_own_hostname() */
#define CONFIG_OWN_HOSTNAME_MAX        255u
#define CONFIG_SOCKET_PRIORITY_DEFAULT 7u /* TC_PRIO_CONTROL */

/* One links/ file, applied over the defaults. */
typedef struct ConfigFile {
        char *path;
        GPtrArray *read;   /* paths: this file and its drop-ins, in the order they were read */
        GPtrArray *names;  /* globs of Name=, negated ones with their '!'; empty: any */
        GArray *addresses; /* of HwAddress, of MACAddress=; empty: any */
        /*
         * [Match] has a mistake. Without that condition the file would match links that it is not meant for.
         */
        bool broken;
        ConfigLink link;
} ConfigFile;

struct Config {
        int n_ref;
        ConfigLink defaults;
        /* name of this host when the configuration was sealed; "": no name is sent */
        char own_hostname[CONFIG_OWN_HOSTNAME_MAX + 1];
        unsigned max_exchanges;
        uint32_t socket_priority, socket_mark;
        GPtrArray *clat_interfaces; /* globs of CLATInterface=; empty: no interface is a CLAT provider */
        GPtrArray *read;     /* paths: dhcpd-link.conf and its drop-ins, in the order they were read */
        GPtrArray *files;    /* of ConfigFile, in order of their names */
        GHashTable *plugins; /* "NAME\nKEY" -> value */
        GHashTable *hooks;   /* NAME -> ConfigHook, of those that have a section */
};

/* Where the value of a key is stored. The section of the key says which member is used. */
typedef struct ConfigTarget {
        Config *config;   /* [Manager] */
        ConfigFile *file; /* [Match]; NULL in dhcpd-link.conf */
        ConfigLink *link; /* [Link], [DHCPv4] */
} ConfigTarget;

/*
 * Parses @value into @target. Returns NULL, or a sentence about what is wrong with it; then @target is
 * unchanged. An empty value sets the built-in default.
 */
typedef const char *(*ConfigParser)(const ConfigTarget *target, const char *value);

typedef struct ConfigKey {
        const char *section, *name;
        ConfigParser parse;
} ConfigKey;

/* The whole table. */
const ConfigKey *config_keys(size_t *ret_n);
/* Returns the key @name of @section, or NULL if there is none. */
const ConfigKey *config_key_find(const char *section, const char *name);
bool config_section_is_known(const char *section);
/* Returns the section that has a key of this name, or NULL. */
const char *config_key_section(const char *name);
/*
 * Returns the known key (the known section, if @section is NULL) whose name is most like @name, or NULL if
 * none is similar.
 */
const char *config_key_suggest(const char *section, const char *name);

/*
 * config-value.c. Each returns true on success. On failure nothing is written, unless the comment says so.
 */

/* Decimal, up to @max. */
bool config_value_u32(const char *value, uint32_t max, uint32_t *ret);
/* "3", "3s", "250ms", "1min 30s", "2h", "1d", "infinity". */
bool config_value_span(const char *value, usec_t *ret);
/*
 * Parses two hexadecimal digits for each byte, with or without colons between them: one to @max bytes. These
 * may be written even on failure.
 */
bool config_value_hex(const char *value, uint8_t *ret, size_t max, size_t *ret_len);
/* Parses the number of an option, 1 to 254, or its name (wire/dhcp4-options.h). */
bool config_value_option(const char *word, uint8_t *ret);
/* "192.0.2.7" */
bool config_value_address(const char *value, struct in_addr *ret);
/* "192.0.2.7/24" */
bool config_value_prefix(const char *value, struct in_addr *ret, uint8_t *ret_prefix_len);
/*
 * Parses "yes", "no" and their like; an empty @value means @fallback. Unlike those above, returns NULL, or a
 * sentence about what is wrong with @value.
 */
const char *config_set_bool(const char *value, bool fallback, bool *ret);

/* config-hook.c */

GHashTable *config_hooks_new(void);
bool config_hook_key_is_known(const char *key);
/*
 * Sets one key of [Hook @name]. Returns NULL, or a sentence about what is wrong; then the hook is unchanged.
 */
const char *config_hook_parse(Config *config, const char *name, const char *key, const char *value);

/* config-identity.c */

const char *config_parse_client_identifier(const ConfigTarget *target, const char *value);
const char *config_parse_duid(const ConfigTarget *target, const char *value);
const char *config_parse_iaid(const ConfigTarget *target, const char *value);
const char *config_parse_anonymize(const ConfigTarget *target, const char *value);

/* config-mode.c */

const char *config_parse_allow_server(const ConfigTarget *target, const char *value);
const char *config_parse_deny_server(const ConfigTarget *target, const char *value);
const char *config_parse_use_stored_lease(const ConfigTarget *target, const char *value);
const char *config_parse_fallback(const ConfigTarget *target, const char *value);
const char *config_parse_fallback_after(const ConfigTarget *target, const char *value);
const char *config_parse_fallback_address(const ConfigTarget *target, const char *value);
const char *config_parse_fallback_gateway(const ConfigTarget *target, const char *value);
const char *config_parse_inform_address(const ConfigTarget *target, const char *value);
/*
 * Completes ConfigLink.client.fallback when all keys have been read. Returns NULL, or a sentence that says
 * why there is no fallback although one is configured.
 */
const char *config_link_seal_fallback(ConfigLink *link);

/* config-send.c */

/* Returns true if the name may be sent in options 12 and 81. */
bool config_hostname_is_valid(const char *name);
const char *config_parse_hostname(const ConfigTarget *target, const char *value);
const char *config_parse_vendor_class(const ConfigTarget *target, const char *value);
const char *config_parse_fqdn(const ConfigTarget *target, const char *value);
const char *config_parse_user_class(const ConfigTarget *target, const char *value);
const char *config_parse_mud_url(const ConfigTarget *target, const char *value);
const char *config_parse_send_option(const ConfigTarget *target, const char *value);
/*
 * Makes ConfigLink.send when all keys have been read. @own_hostname: the name of this host, "" for none.
 * Returns NULL, or a sentence about what did not fit and is therefore not sent.
 */
const char *config_link_seal(ConfigLink *link, const char *own_hostname);

/* config-use.c */

const char *config_parse_use_mtu(const ConfigTarget *target, const char *value);
const char *config_parse_minimum_mtu(const ConfigTarget *target, const char *value);
const char *config_parse_ipv6_only(const ConfigTarget *target, const char *value);
const char *config_parse_clat_interface(const ConfigTarget *target, const char *value);

/* config-socket.c */

const char *config_parse_dscp(const ConfigTarget *target, const char *value);
const char *config_parse_socket_priority(const ConfigTarget *target, const char *value);
const char *config_parse_socket_mark(const ConfigTarget *target, const char *value);

/*
 * Reads the name of this host (config-hostname.c). Stores "" if it has none, or a name such as "localhost".
 */
void config_read_own_hostname(char ret[CONFIG_OWN_HOSTNAME_MAX + 1]);

/* The built-in defaults, for keys whose value is empty. Valid for ever. */
const ConfigLink *config_link_built_in(void);
/* Makes @link one with the built-in defaults. */
void config_link_set_defaults(ConfigLink *link);
/* Creates a file that matches no link yet, with a copy of @defaults as its settings. */
ConfigFile *config_file_new(const char *path, const ConfigLink *defaults);
void config_file_free(gpointer file); /* a ConfigFile */
