/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Calls a system service over the system bus. Keeps the connection, whether the service is there, and what
 * it still has to be told. Uses only libsystemd, as all plugins do.
 *
 * A task is a thing that the service should have: the DNS servers of one link, the name of the host. The
 * plugin marks a task as dirty when it wants something else than the service was told. Then send() makes the
 * calls, one batch at a time: the service asks polkit about each call, so calls may be carried out in
 * another order than they were sent. Only service_finish() blocks.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "dbus/name-owner.h"
#include "plugin/dhcpd-link-plugin.h"

#define SERVICE_CALLS_MAX 5u /* of one batch */

/* True if the daemon has this member of DhcpdLinkHost. The daemon may be older than the header. */
#define HOST_HAS(host, member) \
        ((host)->struct_size >= offsetof(DhcpdLinkHost, member) + sizeof((host)->member))

typedef struct Service Service;

/* A task. It is a part of a structure that the plugin owns. */
typedef struct ServiceTask {
        struct ServiceTask *next;
        Service *service;
        bool dirty;     /* the service has not been told what we want */
        bool failed;    /* one of the calls in flight or of the last batch failed */
        bool last_word; /* set by the plugin: service_finish() waits until the service was told this task */
        bool complained;
        const char *ifname; /* set by the plugin: the link, for the log, or NULL */
        unsigned n_in_flight;
        sd_bus_slot *slots[SERVICE_CALLS_MAX];
        const char *methods[SERVICE_CALLS_MAX]; /* the methods of these calls */
} ServiceTask;

typedef enum ServiceAnswer {
        SERVICE_ANSWER_OK,
        SERVICE_ANSWER_FAILED,  /* the task is tried again, and the error is logged once */
        SERVICE_ANSWER_NOT_YET, /* the task is tried again, and nothing is logged */
} ServiceAnswer;

typedef struct ServiceConfig {
        const DhcpdLinkHost *host;
        const char *name;  /* of the service on the bus */
        const char *title; /* of the service, for people: "systemd-resolved" */
        const char *path, *interface;
        /*
         * True: the service runs only when it is called, so calls start it, and it counts as available as
         * soon as the bus is there. False: we wait for the service and never start it.
         */
        bool start;
        /*
         * Is called when the connection to the bus is there, to subscribe to signals. Returns a negative
         * errno on failure. May be NULL.
         */
        int (*connected)(void *userdata, sd_bus *bus, NameOwner *owner);
        /* Is called before the connection is closed, to free what belongs to it. May be NULL. */
        void (*closing)(void *userdata);
        /*
         * Is called when the service has appeared on the bus, was replaced, or is gone. All tasks are dirty
         * then. The plugin calls service_available(), here or later, when the service may be called. NULL:
         * the service may be called at once.
         */
        void (*owned)(void *userdata, bool owned);
        /*
         * Makes the calls that tell the service what is wanted. No call means that there is nothing to tell.
         */
        void (*send)(ServiceTask *task);
        /*
         * Is called for the answer to a call. @error: NULL if the call has succeeded. NULL: every error is
         * SERVICE_ANSWER_FAILED.
         */
        ServiceAnswer (*answered)(ServiceTask *task, unsigned call, sd_bus_message *reply,
                                  const sd_bus_error *error);
        /*
         * Is called when all calls are answered and the task is not dirty again. @over: the calls have
         * succeeded, or will not be tried again before something changes. May free the task, or make it
         * dirty.
         */
        void (*done)(ServiceTask *task, bool over);
        /* Is called if the service is not there. May be NULL. */
        void (*missing)(ServiceTask *task);
        /* Is called if the daemon ends and the service has not answered in time. May be NULL. */
        void (*unanswered)(ServiceTask *task);
        void *userdata;
} ServiceConfig;

/* Makes a Service, without a connection yet. @config is copied. Returns a negative errno on failure. */
int service_new(const ServiceConfig *config, Service **ret);
/* Frees a Service. Its tasks must be removed before. */
Service *service_free(Service *service);

/*
 * Begins to connect, or to wait for the bus if it is not there. Does nothing if this was called before.
 * Returns a negative errno on failure.
 */
int service_open(Service *service);

/* Adds a task. All of @task must be zero, except what the plugin sets. */
void service_add(Service *service, ServiceTask *task);
/* Removes the task, and drops its calls. */
void service_remove(ServiceTask *task);

/*
 * Sends the calls of the task if it is dirty, if the service is there, and if the last batch is answered.
 * May free @task.
 */
void service_sync(ServiceTask *task);
void service_sync_all(Service *service);
/* Allows calls, and sends those of all dirty tasks. Call this only after owned(true). */
void service_available(Service *service);
/* Returns true if the service is on the bus and the daemon is not ending. */
bool service_is_owned(const Service *service);
bool service_is_available(const Service *service);
/*
 * Call this when something has changed. Failed tasks are then tried again, and attempts are counted from 0.
 */
void service_encourage(Service *service);

/*
 * For send(): service_call_new() makes a call of a method, to which the plugin appends the arguments, and
 * service_call_send() sends it. @interface: NULL for the interface of the configuration. @call: a number
 * below SERVICE_CALLS_MAX that no other call of the batch has. @r: negative if appending has failed. Takes
 * over @m. Returns false if nothing was sent, and then the batch has failed.
 */
int service_call_new(const ServiceTask *task, const char *interface, const char *method,
                     sd_bus_message **ret);
bool service_call_send(ServiceTask *task, unsigned call, const char *method, sd_bus_message *m, int r);

/*
 * Call this when the daemon ends. Sends the calls of tasks with last_word, and waits at most ten seconds for
 * the answers. No plugin waits anywhere else. Here it must, because polkit refuses the calls of a process
 * that has ended.
 */
void service_finish(Service *service);

/* (Re-)arms @source to call @fn(@userdata) after @usec. */
void service_arm(const Service *service, sd_event_source **source, uint64_t usec, sd_event_time_handler_t fn,
                 void *userdata);
bool service_is_armed(sd_event_source *source);
