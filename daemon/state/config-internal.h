/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Private to state/config*.c: the loaded configuration, and the table of keys.
 *
 *   config.c        what a Config is; matching and comparing
 *   config-keys.c   the table of keys: names, parsers of values, where they go
 *   config-send.c   host name, classes: keys, and the options made of them
 *   config-load.c   directories, files, drop-ins, precedence, problems with their places
 */
#include <glib.h>
#include <stdbool.h>

#include "state/config.h"

/* One links/ file over the defaults. */
typedef struct ConfigFile {
        char *path;
        GPtrArray *names;  /* globs of Name=, negated ones with their '!'; empty: any */
        GArray *addresses; /* of HwAddress, of MACAddress=; empty: any */
        bool broken; /* something in [Match] is wrong: with a condition missing it would take links it is not for */
        ConfigLink link;
} ConfigFile;

struct Config {
        int n_ref;
        ConfigLink defaults;
        unsigned max_exchanges;
        GPtrArray *files;    /* of ConfigFile, in order of their names */
        GHashTable *plugins; /* "NAME\nKEY" -> value */
};

/* What a key is written into. Which members count depends on its section. */
typedef struct ConfigTarget {
        Config *config;   /* [Manager] */
        ConfigFile *file; /* [Match]; NULL in dhcpd-link.conf */
        ConfigLink *link; /* [Link], [DHCPv4] */
} ConfigTarget;

/*
 * Parses @value into @target. Returns NULL, or a sentence about what is wrong with it; then nothing was changed. An empty
 * value sets what the built-in default is.
 */
typedef const char *(*ConfigParser)(const ConfigTarget *target, const char *value);

typedef struct ConfigKey {
        const char *section, *name;
        ConfigParser parse;
} ConfigKey;

/* NULL: unknown. */
const ConfigKey *config_key_find(const char *section, const char *name);
bool config_section_is_known(const char *section);
/* The section that has a key of this name, or NULL. */
const char *config_key_section(const char *name);
/* The known key (or section, when @section is NULL) that is nearest to @name, if any is near. */
const char *config_key_suggest(const char *section, const char *name);

/* config-send.c */

/* Fit for options 12 and 81. */
bool config_hostname_is_valid(const char *name);
const char *config_parse_hostname(const ConfigTarget *target, const char *value);
const char *config_parse_vendor_class(const ConfigTarget *target, const char *value);
/* All keys are in: makes ConfigLink.send. @own_hostname: of this host, without its domain; "": it has none to tell. */
void config_link_seal(ConfigLink *link, const char *own_hostname);

void config_link_set_defaults(ConfigLink *link);
ConfigFile *config_file_new(const char *path, const ConfigLink *defaults);
void config_file_free(gpointer file);
