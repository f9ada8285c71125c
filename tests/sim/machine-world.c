/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time of a machine (machine.h), and the life of its daemon. */
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/log.h"
#include "tests/sim/machine.h"
#include "tests/sim/sim-run.h"

/* Realtime is 2026, and a little more. */
#define REALTIME_AHEAD_USEC (UINT64_C(1767225600) * USEC_PER_SEC)

/* Nobody pulls the plug here, and the disk would be all that takes time. */
int fdatasync(int fd) {
        return 0;
}

/* Chance and the trace */

uint64_t machine_draw(Machine *machine, uint64_t bound) {
        return sim_draw(&machine->sim, bound);
}

bool machine_chance(Machine *machine, unsigned percent) {
        return machine_draw(machine, 100) < percent;
}

void sim_digest(const uint8_t key[DHCP4_NONCE_LEN], const uint8_t *data, size_t len,
                uint8_t ret[DHCP4_NONCE_LEN]) {
        memset(ret, 0, DHCP4_NONCE_LEN); /* no server here forces anybody to renew */
}

void machine_trace(Machine *machine, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        sim_vtrace(&machine->sim, format, ap);
        va_end(ap);
}

void machine_fail(Machine *machine, const MachineNic *nic, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        sim_report(&machine->sim, "sim-machine", nic ? nic->link.ifname : "-", format, ap);
        va_end(ap);
        machine_remove_files();
        _Exit(1);
}

/* Files */

static char *files; /* of the run that goes on; NULL: none does */

static void remove_folder(const char *path) {
        GDir *dir = g_dir_open(path, 0, NULL);
        const char *name;

        while (dir && (name = g_dir_read_name(dir))) {
                g_autofree char *file = g_build_filename(path, name, NULL);

                if (g_file_test(file, G_FILE_TEST_IS_DIR))
                        remove_folder(file);
                else
                        (void) g_unlink(file);
        }
        if (dir)
                g_dir_close(dir);
        (void) g_rmdir(path);
}

void machine_remove_files(void) {
        if (files)
                remove_folder(files);
        g_clear_pointer(&files, g_free);
}

static void write_file(const Machine *machine, const char *name, const char *text) {
        g_autofree char *path = g_build_filename(machine->folder, "etc", name, NULL);

        FILE *file = fopen(path, "we");

        if (!file || fputs(text, file) < 0 || fclose(file) != 0)
                abort();
}

static void make_folders(Machine *machine) {
        g_autofree char *links = NULL;

        /* In memory, if that can be had: there are hundreds of small files. */
        files = g_mkdtemp(g_strdup("/dev/shm/sim-machine-XXXXXX"))
                ?: g_dir_make_tmp("sim-machine-XXXXXX", NULL);
        machine->folder = files;
        links = g_build_filename(machine->folder, "etc", "links", NULL);
        if (g_mkdir_with_parents(links, 0700) < 0)
                abort();
}

/* Configuration */

static void on_config_problem(void *userdata, const char *file, unsigned line, const char *group,
                              const char *key, const char *what) {
        machine_fail(userdata, NULL, "%s:%u: %s", file, line, what);
}

void machine_draw_config(Machine *machine) {
        MachineConfig *c = &machine->wanted;

        c->max_exchanges = 1 + (unsigned) machine_draw(machine, 3);
        c->release = machine_chance(machine, 80);
        c->strict = machine_chance(machine, 20);
        c->metric = machine_chance(machine, 30) ? 100 + (uint32_t) machine_draw(machine, 3) : 0;
}

static Config *load_config(Machine *machine) {
        const MachineConfig *c = &machine->wanted;
        g_autofree char *dir = g_build_filename(machine->folder, "etc", NULL), *one = NULL, *none = NULL;
        g_autoptr(GString) all = g_string_new(NULL);
        const char *const dirs[] = { dir, NULL };
        Config *config;

        g_string_printf(all,
                        "[Manager]\nMaxExchanges=%u\n[DHCPv4]\nSendHostname=no\nSendRelease=%s\n"
                        "ConflictDetection=%s\n",
                        c->max_exchanges, c->release ? "yes" : "no", c->strict ? "strict" : "optimistic");
        if (c->metric > 0)
                g_string_append_printf(all, "RouteMetric=%u\n", c->metric);
        one = g_strdup_printf("[Match]\nName=%s\n[DHCPv4]\nRouteMetric=%u\n", c->one[0] ? c->one : "nobody",
                              c->one_metric);
        none = g_strdup_printf("[Match]\nName=%s\n[Link]\nManage=no\n",
                               c->unmanaged[0] ? c->unmanaged : "nobody");
        write_file(machine, "dhcpd-link.conf", all->str);
        write_file(machine, "links/10-none.conf", none);
        write_file(machine, "links/20-one.conf", one);
        if (config_load(dirs, NULL, on_config_problem, machine, &config) < 0)
                abort();
        return config;
}

void machine_reload(Machine *machine) {
        Config *config;

        if (!machine->manager || machine->is_dead)
                return;
        machine_trace(machine, "configuration: metric %u, %u of %s, not %s, %u at a time",
                      machine->wanted.metric, machine->wanted.one_metric, machine->wanted.one,
                      machine->wanted.unmanaged, machine->wanted.max_exchanges);
        config = load_config(machine);
        if (manager_reload(machine->manager, config) < 0)
                machine_fail(machine, NULL, "the configuration cannot be loaded again");
        (void) config_unref(machine->config);
        machine->config = config;
}

/* Life of the daemon */

static LeaseStore *open_store(const Machine *machine, const char *where) {
        g_autofree char *runtime = g_build_filename(machine->folder, where, "run", NULL),
                        *state = g_build_filename(machine->folder, where, "lib", NULL);
        int bad_runtime, bad_state;
        LeaseStore *store;

        if (lease_store_new(runtime, state, &store, &bad_runtime, &bad_state) < 0 || bad_runtime < 0 ||
            bad_state < 0)
                abort();
        return store;
}

void machine_start(Machine *machine) {
        machine_trace(machine, "the daemon starts");
        machine->start_at = USEC_INFINITY;
        machine->started_at = machine->sim.now;
        machine->config = load_config(machine);
        machine->store = open_store(machine, "store");
        if (manager_new(&machine_ports, machine, machine->config, machine->store, &machine->manager) < 0)
                abort();
        manager_add_observer(machine->manager, &machine_observer, machine);
        machine_command_line(machine);
        if (manager_start(machine->manager) < 0)
                abort();
        for (unsigned i = 0; i < MACHINE_HOLDERS_MAX; i++)
                if (machine->holders[i].alive)
                        machine->holders[i].back_at =
                                machine->sim.now + machine_draw(machine, 10 * USEC_PER_SEC);
}

void machine_die(Machine *machine) {
        machine_trace(machine, "the daemon is killed within a call");
        machine->is_dead = true;
        machine->limbo = open_store(machine, "limbo");
        machine->manager->store = machine->limbo;
}

static void end_daemon(Machine *machine) {
        (void) manager_free(machine->manager);
        machine->manager = NULL;
        machine->store = lease_store_free(machine->store);
        machine->limbo = lease_store_free(machine->limbo);
        machine->config = config_unref(machine->config);
        machine->is_dead = false;
        machine->die_in = 0;
        for (unsigned i = 0; i < machine->n_nics; i++)
                machine_nic_disown(machine, &machine->nics[i]);
        machine_forget_claims(machine);
}

/*
 * What the daemon did and did not come to put on record, nobody can know any more: that it brought it up;
 * its new name.
 */
static void forget_unrecorded(Machine *machine, MachineNic *nic) {
        const LinkNames names = machine_nic_names(nic);
        LeaseRecord record;
        const bool known = lease_store_load(machine->store, nic->link.ifindex,
                                            manager_clocks(machine->manager), &record) >= 0;

        if (nic->starts_down && nic->link.up && (!known || !record.brought_up))
                nic->starts_down = false;
        if (known && !link_names_have(&names, record.ifname))
                machine_nic_lose_track(nic);
}

/* Its memory is given back, but it does and saves nothing any more. */
void machine_kill(Machine *machine) {
        if (!machine->manager)
                return;
        machine_trace(machine, "the daemon is killed");
        for (unsigned i = 0; i < machine->n_nics; i++)
                forget_unrecorded(machine, &machine->nics[i]);
        machine->is_dead = true;
        machine->manager->store = NULL;
        manager_remove_observer(machine->manager, machine);
        end_daemon(machine);
}

/* Time */

/* What happens next; exactly one of them. */
typedef struct Next {
        usec_t at;
        int packet;
        MachineTimer *timer;
        MachineNic *notify, *expire;
        bool start, holders;
} Next;

static void earlier(Next *next, const Next *other) {
        if (other->at < next->at)
                *next = *other;
}

static Next find_next(Machine *machine) {
        Next next = { .at = USEC_INFINITY, .packet = -1 };
        const int packet = sim_first_packet(&machine->sim);
        MachineTimer *timer;
        usec_t at;

        timer = machine->manager ? machine_first_timer(machine, &at) : NULL;
        if (timer)
                next = (Next){ .at = at, .timer = timer, .packet = -1 };
        if (packet >= 0)
                earlier(&next, &(Next){ .at = machine->sim.packets[packet].at, .packet = packet });
        for (unsigned i = 0; i < machine->n_nics; i++) {
                MachineNic *nic = &machine->nics[i];

                earlier(&next, &(Next){ .at = nic->notify_at, .notify = nic, .packet = -1 });
                earlier(&next,
                        &(Next){ .at = machine_nic_expire(machine, nic), .expire = nic, .packet = -1 });
        }
        earlier(&next, &(Next){ .at = machine->start_at, .start = true, .packet = -1 });
        if (machine->manager)
                for (unsigned i = 0; i < MACHINE_HOLDERS_MAX; i++)
                        earlier(&next,
                                &(Next){ .at = machine->holders[i].back_at, .holders = true, .packet = -1 });
        return next;
}

static void happen(Machine *machine, const Next *next) {
        if (next->timer)
                machine_fire(machine, next->timer);
        else if (next->notify)
                machine_nic_notify(machine, next->notify);
        else if (next->expire) {
                (void) machine_nic_expire(machine, next->expire);
                if (machine->manager && next->expire->view.ifindex > 0)
                        manager_config_changed(machine->manager, next->expire->view.ifindex);
        } else if (next->start)
                machine_start(machine);
        else if (next->holders)
                (void) machine_holders_return(machine);
        else
                sim_deliver_at(&machine->sim, next->packet);
}

void machine_after(Machine *machine) {
        if (machine->is_dead) {
                machine_kill(machine);
                machine->start_at = machine->sim.now + machine_draw(machine, 20 * USEC_PER_SEC);
        }
        machine_check(machine);
}

void machine_run_for(Machine *machine, usec_t span) {
        Sim *sim = &machine->sim;
        const usec_t until = sim->now + span;

        for (;;) {
                const Next next = find_next(machine);

                if (next.at > until)
                        break;
                sim->now = MAX(sim->now, next.at);
                sim->events++;
                machine_expire_claims(machine);
                happen(machine, &next);
                machine_after(machine);
        }
        sim->now = MAX(sim->now, until);
        machine_expire_claims(machine);
}

void machine_sleep(Machine *machine, usec_t span) {
        const usec_t before = machine->sim.now;

        machine->sim.n_packets = 0;
        machine->sim.now += span;
        machine_trace(machine, "the machine slept");
        /* What was about to happen within moments is about to happen still. */
        for (unsigned i = 0; i < machine->n_nics; i++)
                if (machine->nics[i].claimed_until > before &&
                    machine->nics[i].claimed_until != USEC_INFINITY)
                        machine->nics[i].claimed_until += span;
        if (machine->manager && !machine->is_dead)
                manager_resumed(machine->manager);
}

void machine_run(Machine *machine, uint64_t seed, bool print_trace) {
        Sim *sim = &machine->sim;

        *machine = (Machine){ .start_at = USEC_INFINITY,
                              .idle_max = 1,
                              .next_ifindex = 2,
                              .realtime_ahead = REALTIME_AHEAD_USEC };
        /* The daemon logs to stderr, so the trace goes there, too, and both are in order. */
        sim_begin(sim, "machine", seed, print_trace ? stderr : NULL);
        make_folders(machine);
        machine->timers = g_ptr_array_new_with_free_func(g_free);
        machine->sockets = g_ptr_array_new_with_free_func(g_free);
        for (unsigned i = 0; i < MACHINE_HOLDERS_MAX; i++)
                machine->holders[i].back_at = USEC_INFINITY;
        sim->n_servers = 1 + (unsigned) machine_draw(machine, 2);
        for (unsigned i = 0; i < sim->n_servers; i++)
                sim_server_init(sim, i);
        sim->misled = machine_draw(machine, 3) == 0;
        machine->n_nics = sim->n_hosts = 1 + (unsigned) machine_draw(machine, MACHINE_NICS_MAX);
        for (unsigned i = 0; i < machine->n_nics; i++)
                machine_nic_init(machine, i);
        machine_draw_config(machine);
        machine_start(machine);

        machine_chaos(machine);
        machine_settle(machine);
        machine_phases(machine);
}

void machine_clear(Machine *machine) {
        machine_kill(machine);
        g_ptr_array_unref(machine->timers);
        g_ptr_array_unref(machine->sockets);
        machine_remove_files();
}
