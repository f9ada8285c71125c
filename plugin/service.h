/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Tells things to a system service over the system bus. Keeps the connection, whether the service is there,
 * and what it still has to be told. Uses only libsystemd, as all plugins do.
 *
 * What is to be told is in tasks: what resolved should have for one link, the name that the host should
 * have. The plugin marks a task as dirty when what it wants differs from what the service was told. Then
 * send() makes the calls, one batch of them at a time: polkit is asked about each call, and nobody promises
 * the order of its answers. Nothing blocks but service_finish().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "dbus/name-owner.h"
#include "plugin/dhcpd-link-plugin.h"

#define SERVICE_CALLS_MAX 5u /* of one batch */

/* The daemon may be older than the header. */
#define HOST_HAS(host, member) \
        ((host)->struct_size >= offsetof(DhcpdLinkHost, member) + sizeof((host)->member))

typedef struct Service Service;

/* Part of what it is about, which the plugin owns. */
typedef struct ServiceTask {
        struct ServiceTask *next;
        Service *service;
        bool dirty;     /* the service has not been told what we want */
        bool failed;    /* one of the calls in flight or of the last batch failed */
        bool last_word; /* the plugin sets it: service_finish() waits until this is told */
        bool complained;
        const char *ifname; /* the link that it is about, for the log, or NULL; the plugin sets it */
        unsigned n_in_flight;
        sd_bus_slot *slots[SERVICE_CALLS_MAX];
        const char *methods[SERVICE_CALLS_MAX]; /* of these calls */
} ServiceTask;

typedef enum ServiceAnswer {
        SERVICE_ANSWER_OK,
        SERVICE_ANSWER_FAILED,  /* tried again, and an error is in the log once */
        SERVICE_ANSWER_NOT_YET, /* tried again */
} ServiceAnswer;

typedef struct ServiceConfig {
        const DhcpdLinkHost *host;
        const char *name;  /* on the bus */
        const char *title; /* for people: "systemd-resolved" */
        const char *path, *interface;
        /*
         * The service runs only when it is called, so calls start it, and it counts as available as soon as
         * the bus is there. Else it is waited for and never started.
         */
        bool start;
        /* The connection to the bus is there: time to subscribe. May be NULL. Negative errno. */
        int (*connected)(void *userdata, sd_bus *bus, NameOwner *owner);
        /* The connection is about to be closed; free what belongs to it. May be NULL. */
        void (*closing)(void *userdata);
        /*
         * The service is on the bus now, is another one, or is gone; all tasks are dirty. When it may be
         * told, service_available() is to be called, in here or later. NULL: it may be told at once.
         */
        void (*owned)(void *userdata, bool owned);
        /* Makes the calls that tell the service what is wanted; none: it is told already. */
        void (*send)(ServiceTask *task);
        /* The answer to a call; @error NULL: it went well. May be NULL: every error is a failure. */
        ServiceAnswer (*answered)(ServiceTask *task, unsigned call, sd_bus_message *reply,
                                  const sd_bus_error *error);
        /*
         * All calls are answered, and nothing else is wanted meanwhile. @over: it went well, or nothing will
         * be tried again before there is news. May free the task, or make it dirty.
         */
        void (*done)(ServiceTask *task, bool over);
        /* The service is not there to be told. May be NULL. */
        void (*missing)(ServiceTask *task);
        /* The daemon ends, and the service has not answered in time. May be NULL. */
        void (*unanswered)(ServiceTask *task);
        void *userdata;
} ServiceConfig;

/* Connects to nothing yet. @config is copied. Negative errno. */
int service_new(const ServiceConfig *config, Service **ret);
/* Tasks must be gone. */
Service *service_free(Service *service);

/* Begins to connect, and to wait for the bus if it is not there; nothing if it has begun. Negative errno. */
int service_open(Service *service);

/* @task must be zero but for what the plugin has beside it. */
void service_add(Service *service, ServiceTask *task);
/* Drops its calls as well. */
void service_remove(ServiceTask *task);

/* Tells what is dirty, if the service is there and has answered the last batch. May free @task. */
void service_sync(ServiceTask *task);
void service_sync_all(Service *service);
/* Lets the service be told, and tells it at once. Call it only after owned(true). */
void service_available(Service *service);
/* Returns true if the service is on the bus and the daemon is not ending. */
bool service_is_owned(const Service *service);
bool service_is_available(const Service *service);
/* Something outside has changed: failed tasks are tried again, with a fresh count of attempts. */
void service_encourage(Service *service);

/*
 * For send(): a call of a method, sent when the arguments are appended. @interface NULL: the one of the
 * configuration. @call: below SERVICE_CALLS_MAX, each once in a batch. @r: negative if something went wrong
 * with @m, which is consumed. Returns false if nothing was sent, and then the batch has failed.
 */
int service_call_new(const ServiceTask *task, const char *interface, const char *method,
                     sd_bus_message **ret);
bool service_call_send(ServiceTask *task, unsigned call, const char *method, sd_bus_message *m, int r);

/*
 * Ends the service: tells it the tasks with a last_word, and waits at most ten seconds for the answers. This
 * is the only place where a plugin waits. It must, because polkit refuses the calls of a process that has
 * left.
 */
void service_finish(Service *service);

/* (Re-)arms @source to call @fn(@userdata) after @usec. */
void service_arm(const Service *service, sd_event_source **source, uint64_t usec, sd_event_time_handler_t fn,
                 void *userdata);
bool service_is_armed(sd_event_source *source);
