/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A value that the host has only once and that a service sets for us while a lease asks for it: the name of
 * the host, its time zone. What was there before comes back when no lease says anything any more, unless
 * somebody has changed it meanwhile; also if this daemon was killed in between.
 *
 * If several leases have a value, the lease whose value is in force decides until it is lost or has no value
 * any more. Then the first lease of plugin/service-leases.h decides. So a link that comes up changes nothing
 * for those that are there.
 *
 * Whatever is set is written down first, with what was there before (DhcpdLinkHost.remember). A daemon that
 * finds such a note treats the value in force as its own. If no lease has a value half a minute later, it
 * puts back what was there before. The first lease after a boot may take that long.
 *
 * A value is set once. If somebody changes it later, their value stays until a lease says something else.
 */
#include "plugin/service-leases.h"
#include "plugin/service.h"

typedef struct ServiceValue ServiceValue;

typedef struct ServiceValueConfig {
        const DhcpdLinkHost *host;
        const char *name;  /* on the bus */
        const char *title; /* for people */
        const char *path, *interface;
        const char *method; /* of the service: value, and whether somebody may be asked for a password */
        bool persistent;    /* what is set outlives the next boot */
        /*
         * Stores what the host has now, and what has to be set to have that again, without waiting. Returns
         * NULL, or why it must not be changed, in a few words.
         */
        const char *(*current)(char ret[LEASE_VALUE_MAX], char ret_before[LEASE_VALUE_MAX]);
} ServiceValueConfig;

/* @config is copied. Negative errno: -EOPNOTSUPP if the daemon is too old. */
int service_value_new(const ServiceValueConfig *config, ServiceValue **ret);
/* The daemon ends: what is in force stays so, unless its lease was lost just now. */
ServiceValue *service_value_free(ServiceValue *value);

/* @text: what the lease says, by @option; NULL: nothing that could be used. It is checked already. */
void service_value_lease(ServiceValue *value, DhcpdLinkEvent event, const DhcpdLinkLease *lease,
                         uint8_t option, const char *text);

/* What is written down. */
typedef struct ServiceNote {
        char value[LEASE_VALUE_MAX];   /* what was set */
        char earlier[LEASE_VALUE_MAX]; /* what was ours until then; "": nothing */
        char before[LEASE_VALUE_MAX];  /* what was there when nothing was ours */
        bool confirmed;                /* the service said that it has @value */
} ServiceNote;

/* Returns false if a value cannot be part of a note. */
bool service_note_format(const ServiceNote *note, char ret[DHCPD_LINK_REMEMBER_MAX]);
/* Returns false if service_note_format() did not write the text. */
bool service_note_parse(const char *text, ServiceNote *ret);
