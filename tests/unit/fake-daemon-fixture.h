/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A stand-in for the daemon, for tests of the runner of hooks: a private socket that shows links and signals
 * what it is told to, true or not. It lives in the loop of the test.
 */
#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define FAKE_LINKS_MAX 4u

typedef struct FakeLink {
        int ifindex; /* 0: there is no such link */
        const char *name, *state;
        unsigned address; /* last byte of 192.0.2.N; 0: no lease */
        bool failing;
} FakeLink;

typedef struct FakeDaemon {
        sd_event *event;
        char *path;
        int fd;
        sd_event_source *listener;
        sd_bus *bus; /* the one connection; NULL: there is none */
        FakeLink links[FAKE_LINKS_MAX];
        unsigned n_connections; /* so far */
        /* The stand-in answers with what nobody can read. */
        bool broken;
} FakeDaemon;

void fake_daemon_start(FakeDaemon *fake, sd_event *event, const char *path);
/* Closes the connection, and goes on listening for the next one. */
void fake_daemon_disconnect(FakeDaemon *fake);
void fake_daemon_stop(FakeDaemon *fake);

/* Returns the object path of @link. Free it with free(). */
char *fake_link_path(const FakeLink *link);
void fake_state(FakeDaemon *fake, FakeLink *link, const char *state);
/* Tells of the lease that @link has, for @reason. @why: one more text in the signal, or NULL. */
void fake_lease(FakeDaemon *fake, FakeLink *link, const char *reason, const char *why);
/* Tells that Problems and Name are now what @link says. */
void fake_changed(FakeDaemon *fake, FakeLink *link);
void fake_added(FakeDaemon *fake, FakeLink *link);
/* Tells that @link is gone. There is no such link afterwards. */
void fake_removed(FakeDaemon *fake, FakeLink *link);
