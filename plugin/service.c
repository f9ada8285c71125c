/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells a system service what a plugin wants (contract: plugin/service.h).
 *
 * Owns the connection to the bus, its timers, and the calls of tasks. A task is in one of these states, and
 * only service_sync() begins a batch of calls:
 *
 *      change           dirty            in flight            done
 *         ───> what we want differs ──────────> a batch ──────> the service has what we want
 *              from what is there                │ errors: again after a while, and logged once
 *
 * While the service (or the bus) is not there, nothing is sent. When it appears, every task is dirty.
 */
#include "plugin/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#define USEC_PER_SEC    1000000ULL
#define RETRY_USEC      (5 * USEC_PER_SEC)  /* doubled with every attempt */
#define RETRY_MAX       6u                  /* attempts without a change; held by will_retry() */
#define RECONNECT_USEC  USEC_PER_SEC        /* doubled with every attempt */
#define RECONNECT_MAX   6u                  /* doublings; held by on_disconnected() */
#define FINI_GRACE_USEC (10 * USEC_PER_SEC) /* half of TimeoutStopSec= of the daemon's unit */

struct Service {
        ServiceConfig config;
        sd_bus *bus;
        NameOwner *owner; /* NULL: there is no connection, or the service is started by calls */
        sd_event_source *retry_source, *reconnect_source;
        unsigned n_retries, n_reconnects;
        bool owned;     /* the service is on the bus */
        bool available; /* the service may be called */
        bool ending;    /* service_finish() runs; @available is not updated any more */
        ServiceTask *tasks;
};

/* Timers */

void service_arm(const Service *service, sd_event_source **source, uint64_t usec, sd_event_time_handler_t fn,
                 void *userdata) {
        *source = sd_event_source_disable_unref(*source);
        (void) sd_event_add_time_relative(service->config.host->event, source, CLOCK_BOOTTIME, usec,
                                          USEC_PER_SEC, fn, userdata);
}

bool service_is_armed(sd_event_source *source) {
        int enabled;

        return source && sd_event_source_get_enabled(source, &enabled) > 0;
}

/* Tasks */

static void task_cancel(ServiceTask *task) {
        for (size_t i = 0; i < SERVICE_CALLS_MAX; i++)
                task->slots[i] = sd_bus_slot_unref(task->slots[i]);
        task->n_in_flight = 0;
}

void service_add(Service *service, ServiceTask *task) {
        task->service = service;
        task->next = service->tasks;
        service->tasks = task;
}

void service_remove(ServiceTask *task) {
        for (ServiceTask **p = &task->service->tasks; *p; p = &(*p)->next)
                if (*p == task) {
                        *p = task->next;
                        break;
                }
        task_cancel(task);
}

void service_sync_all(Service *service) {
        for (ServiceTask *task = service->tasks, *next; task; task = next) {
                next = task->next;
                service_sync(task);
        }
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Service *service = userdata;

        for (ServiceTask *task = service->tasks; task; task = task->next)
                if (task->failed)
                        task->dirty = true;
        service_sync_all(service);
        return 0;
}

/* Returns true if a failed task will be tried again, after a while or when the service comes back. */
static bool will_retry(Service *service) {
        if (!service->available || service_is_armed(service->retry_source))
                return true;
        if (service->n_retries >= RETRY_MAX)
                return false;
        service_arm(service, &service->retry_source, RETRY_USEC << service->n_retries++, on_retry, service);
        return true;
}

static void batch_done(ServiceTask *task) {
        if (!task->failed)
                task->complained = false;
        if (task->dirty)
                service_sync(task); /* what we want has changed meanwhile */
        else
                task->service->config.done(task, !task->failed || !will_retry(task->service));
}

/* Logs an error once for each task, until the task succeeds again. */
static void complain(ServiceTask *task, const char *method, const char *why) {
        const ServiceConfig *config = &task->service->config;

        if (task->complained)
                return;
        task->complained = true;
        config->host->log(config->host, LOG_WARNING, "%s%s%s: %s failed: %s",
                          task->ifname ? task->ifname : "", task->ifname ? ": " : "", config->title, method,
                          why);
}

/*
 * Returns true if the error is worth logging. It is not if the service has just ended, because the service
 * is told everything again when it comes back.
 */
static bool is_news(const Service *service, const sd_bus_error *error) {
        return service->available &&
                (service->config.start ||
                 (!sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) &&
                  !sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER)));
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        sd_bus_slot *slot = sd_bus_get_current_slot(sd_bus_message_get_bus(reply));
        ServiceTask *task = userdata;
        const ServiceConfig *config = &task->service->config;
        ServiceAnswer answer;
        unsigned call = 0;

        while (call < SERVICE_CALLS_MAX - 1 && task->slots[call] != slot)
                call++;
        task->slots[call] = sd_bus_slot_unref(task->slots[call]);
        answer = config->answered ? config->answered(task, call, reply, error)
                : error           ? SERVICE_ANSWER_FAILED
                                  : SERVICE_ANSWER_OK;
        task->failed |= answer != SERVICE_ANSWER_OK;
        if (answer == SERVICE_ANSWER_FAILED && error && is_news(task->service, error))
                complain(task, task->methods[call], error->message ? error->message : error->name);
        if (--task->n_in_flight == 0)
                batch_done(task);
        return 0;
}

int service_call_new(const ServiceTask *task, const char *interface, const char *method,
                     sd_bus_message **ret) {
        const ServiceConfig *config = &task->service->config;
        int r;

        r = sd_bus_message_new_method_call(task->service->bus, ret, config->name, config->path,
                                           interface ? interface : config->interface, method);
        return r < 0 ? r : sd_bus_message_set_auto_start(*ret, config->start);
}

bool service_call_send(ServiceTask *task, unsigned call, const char *method, sd_bus_message *m, int r) {
        task->methods[call] = method;
        if (r >= 0)
                r = sd_bus_call_async(task->service->bus, &task->slots[call], m, on_reply, task,
                                      /* usec= */ 0);
        sd_bus_message_unref(m);
        if (r >= 0) {
                task->n_in_flight++;
                return true;
        }
        task->failed = true;
        if (r != -ENOTCONN && r != -ECONNRESET) /* then on_disconnected() is called soon */
                complain(task, method, strerror(-r));
        return false;
}

void service_sync(ServiceTask *task) {
        const ServiceConfig *config = &task->service->config;

        if (!task->dirty || task->n_in_flight > 0)
                return;
        if (!task->service->available) {
                if (config->missing)
                        config->missing(task);
                return;
        }
        task->dirty = task->failed = false;
        config->send(task);
        if (task->n_in_flight == 0)
                batch_done(task);
}

/* The bus */

static void all_dirty(Service *service) {
        for (ServiceTask *task = service->tasks; task; task = task->next)
                task->dirty = true;
}

void service_encourage(Service *service) {
        service->n_retries = 0;
}

bool service_is_available(const Service *service) {
        return service->available;
}

bool service_is_owned(const Service *service) {
        return service->owned && !service->ending;
}

void service_available(Service *service) {
        if (!service_is_owned(service))
                return;
        service->available = true;
        service_sync_all(service);
}

static void on_owner_changed(void *userdata, bool owned) {
        Service *service = userdata;

        if (service->ending)
                return;
        service->owned = owned;
        service->available = false;
        service->n_retries = 0;
        service->retry_source = sd_event_source_disable_unref(service->retry_source);
        all_dirty(service);
        if (service->config.owned)
                service->config.owned(service->config.userdata, owned);
        else if (owned)
                service_available(service);
        if (!owned)
                service_sync_all(service);
}

static int on_connected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Service *service = userdata;
        const ServiceConfig *config = &service->config;
        int r = 0;

        if (service->ending)
                return 0;
        service->n_reconnects = 0;
        if (config->start)
                on_owner_changed(service, true);
        else
                r = name_owner_new(service->bus, config->name, on_owner_changed, service, &service->owner);
        if (r >= 0 && config->connected)
                r = config->connected(config->userdata, service->bus, service->owner);
        if (r < 0 && r != -ENOTCONN && r != -ECONNRESET)
                config->host->log(config->host, LOG_WARNING, "Cannot ask for %s: %s", config->title,
                                  strerror(-r));
        return 0;
}

static void bus_close(Service *service) {
        service->owned = service->available = false;
        for (ServiceTask *task = service->tasks; task; task = task->next)
                task_cancel(task);
        all_dirty(service);
        service->owner = name_owner_free(service->owner);
        if (service->config.closing)
                service->config.closing(service->config.userdata);
        if (service->bus)
                (void) sd_bus_detach_event(service->bus);
        service->bus = sd_bus_close_unref(service->bus);
}

static int bus_open(Service *service, bool wait);

static int on_reconnect(sd_event_source *source, uint64_t usec, void *userdata) {
        Service *service = userdata;
        int r;

        bus_close(service);
        r = bus_open(service, /* wait= */ true);
        if (r < 0)
                service->config.host->log(service->config.host, LOG_WARNING,
                                          "Cannot connect to the system bus: %s", strerror(-r));
        return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Service *service = userdata;

        service->owned = service->available = false;
        if (service->config.missing)
                for (ServiceTask *task = service->tasks; task; task = task->next)
                        service->config.missing(task);
        service_arm(service, &service->reconnect_source, RECONNECT_USEC << service->n_reconnects,
                    on_reconnect, service);
        if (service->n_reconnects < RECONNECT_MAX)
                service->n_reconnects++;
        return 0;
}

/*
 * Begins to connect. @wait: if the bus is not there yet, the event loop waits until its socket appears.
 */
static int bus_open(Service *service, bool wait) {
        const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        sd_bus *bus = NULL;
        int r;

        r = sd_bus_new(&bus);
        if (r < 0)
                return r;
        (void) sd_bus_set_description(bus, "dhcpd-link-plugin");
        r = sd_bus_set_address(bus, address ? address : "unix:path=/run/dbus/system_bus_socket");
        if (r >= 0)
                r = sd_bus_set_bus_client(bus, true);
        if (r >= 0)
                r = sd_bus_set_watch_bind(bus, wait);
        if (r >= 0)
                r = sd_bus_set_connected_signal(bus, true);
        /*
         * Otherwise sd-bus would flush and close the connection, and block, when the loop ends: before
         * fini().
         */
        if (r >= 0)
                r = sd_bus_set_close_on_exit(bus, false);
        if (r >= 0)
                r = name_owner_match_local(bus, "Connected", on_connected, service);
        if (r >= 0)
                r = name_owner_match_local(bus, "Disconnected", on_disconnected, service);
        if (r >= 0)
                r = sd_bus_attach_event(bus, service->config.host->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0) {
                (void) sd_bus_detach_event(bus);
                sd_bus_unref(bus);
                return r;
        }
        service->bus = bus;
        return 0;
}

int service_open(Service *service) {
        return service->bus ? 0 : bus_open(service, /* wait= */ true);
}

int service_new(const ServiceConfig *config, Service **ret) {
        Service *service = calloc(1, sizeof(*service));

        if (!service)
                return -ENOMEM;
        service->config = *config;
        *ret = service;
        return 0;
}

Service *service_free(Service *service) {
        if (!service)
                return NULL;
        bus_close(service);
        sd_event_source_disable_unref(service->retry_source);
        sd_event_source_disable_unref(service->reconnect_source);
        free(service);
        return NULL;
}

/* The end */

static bool has_last_word(const Service *service) {
        for (const ServiceTask *task = service->tasks; task; task = task->next)
                if (task->last_word)
                        return true;
        return false;
}

static bool is_waiting(const Service *service) {
        for (const ServiceTask *task = service->tasks; task; task = task->next)
                if (task->last_word && task->n_in_flight > 0)
                        return true;
        return false;
}

static uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

/*
 * Returns true if a message that is sent now reaches the bus. A connection that is not ready may be waiting
 * for a socket that never appears. So a new connection is made, which fails at once in that case.
 */
static bool bus_can_send(Service *service) {
        if (service->bus && sd_bus_is_ready(service->bus) > 0)
                return true;
        bus_close(service);
        return bus_open(service, /* wait= */ false) >= 0;
}

/* Sends the calls even if the service is not known to be there. If it is not, the bus refuses the calls. */
void service_finish(Service *service) {
        const uint64_t end = now_usec() + FINI_GRACE_USEC;
        uint64_t now;

        if (!has_last_word(service) || !bus_can_send(service))
                return;
        (void) sd_bus_detach_event(service->bus);
        service->ending = service->available = true;
        for (ServiceTask *task = service->tasks, *next; task; task = next) {
                next = task->next;
                if (!task->last_word)
                        continue;
                if (task->n_in_flight == 0)
                        task->dirty = true;
                service_sync(task);
        }
        while (is_waiting(service) && (now = now_usec()) < end) {
                int r = sd_bus_process(service->bus, NULL);

                if (r < 0 || (r == 0 && sd_bus_wait(service->bus, end - now) < 0))
                        return;
        }
        if (service->config.unanswered)
                for (ServiceTask *task = service->tasks; task; task = task->next)
                        if (task->last_word && task->n_in_flight > 0)
                                service->config.unanswered(task);
}
