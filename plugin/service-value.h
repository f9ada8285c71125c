/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Sets a value that the host has only once, by calling a service, while a lease has such a value: the name
 * of the host, its time zone. When no lease has a value any more, the earlier value is put back, unless
 * somebody has changed the value meanwhile. This also works if the daemon was killed in between.
 *
 * If several leases have a value, the lease whose value is in force decides until it is lost or has no value
 * any more. Then the first lease of plugin/service-leases.h decides. So a link that comes up does not change
 * a value that another link has set.
 *
 * Before a value is set, a note is saved with this value and the earlier one (DhcpdLinkHost.remember). A
 * daemon that finds such a note treats the value in force as its own. If no lease has a value half a minute
 * later, it puts back the earlier value. The first lease after a boot may take that long.
 *
 * A value is set once. If somebody changes it later, their value stays until a lease says something else.
 */
#include "plugin/service-leases.h"
#include "plugin/service.h"

typedef struct ServiceValue ServiceValue;

typedef struct ServiceValueConfig {
        const DhcpdLinkHost *host;
        const char *name;  /* of the service on the bus */
        const char *title; /* of the service, for people */
        const char *path, *interface;
        const char *
                method; /* sets the value; arguments: the value, and whether polkit may ask for a password */
        bool persistent; /* the value that is set survives a boot */
        /*
         * Stores the value in force, and the value that has to be set to get this state back. Does not
         * block. Returns NULL, or in a few words why the value must not be changed.
         */
        const char *(*current)(char ret[LEASE_VALUE_MAX], char ret_before[LEASE_VALUE_MAX]);
} ServiceValueConfig;

/*
 * Makes a value. @config is copied. Returns a negative errno on failure; -EOPNOTSUPP: the daemon is too old.
 */
int service_value_new(const ServiceValueConfig *config, ServiceValue **ret);
/* Call this when the daemon ends. The value in force stays, unless its lease was lost just now. */
ServiceValue *service_value_free(ServiceValue *value);

/*
 * Call this for each event of a lease. @text: the value that @option of the lease has, which must be valid;
 * NULL: it has none that can be used.
 */
void service_value_lease(ServiceValue *value, DhcpdLinkEvent event, const DhcpdLinkLease *lease,
                         uint8_t option, const char *text);

/* The content of the note. */
typedef struct ServiceNote {
        char value[LEASE_VALUE_MAX];   /* the value that we set */
        char earlier[LEASE_VALUE_MAX]; /* the value that we had set before it; "": none */
        char before[LEASE_VALUE_MAX];  /* the value that was in force before we set any */
        bool confirmed;                /* the service has confirmed that it has @value */
} ServiceNote;

/* Writes the note as text. Returns false if a value cannot be part of a note. */
bool service_note_format(const ServiceNote *note, char ret[DHCPD_LINK_REMEMBER_MAX]);
/* Reads a note. Returns false if service_note_format() did not write the text. */
bool service_note_parse(const char *text, ServiceNote *ret);
