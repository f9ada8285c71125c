/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Something that the host has but once and that a service sets for us, for as long as a lease says it: the
 * host's name, its time zone. What was there before comes back when no lease says anything any more, unless
 * somebody has changed it meanwhile; also if this daemon was killed in between.
 *
 * Of several leases that say something, the one whose value is in force keeps the say until it is lost or
 * says nothing any more. Then the first one of plugin/service-leases.h has it. So a link that comes up
 * changes nothing for those that are there.
 *
 * Whatever is set is written down first, with what was there before (DhcpdLinkHost.remember). A daemon that
 * finds such a note takes what is in force for its own, and if no lease says anything half a minute later it
 * puts back what was there before. That is the time that a first lease may take after a boot.
 *
 * What is wanted is set once. If it is not in force any more later, somebody has changed it, and it stays as
 * they have it until a lease says something else.
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
/* Returns false if it is none that service_note_format() wrote. */
bool service_note_parse(const char *text, ServiceNote *ret);
