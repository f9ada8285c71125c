/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A machine in a variable: the real manager (daemon/manager/) with all its links, the real lease store on
 * files of its own, and the real configuration, over a model of the host. Wire and servers are those of
 * the simulation of links (sim.h). One 64-bit seed decides everything.
 *
 *   machine-main.c    arguments; runs seeds
 *   machine-world.c   chance, time, the life of the daemon, its configuration
 *   machine-ports.c   the ports of the manager (manager/manager-ports.h): timers, sockets
 *   machine-nic.c     network interfaces, and what is on them
 *   machine-claims.c  who claims what, as the manager should know it
 *   machine-check.c   what must hold
 *   machine-chaos.c   anything may happen, and only safety is checked
 *   machine-phases.c  one thing happens, and what comes of it is known
 */
#include "manager/managed-link.h"
#include "tests/sim/sim.h"

#define MACHINE_NICS_MAX    SIM_HOSTS_MAX
#define MACHINE_CLAIMS_MAX  32u
#define MACHINE_HOLDERS_MAX 3u
#define MACHINE_NAME_MAX    32u /* bytes, with the NUL */
#define MACHINE_GRANTS_MAX  32u

/* An address that an ACK brought to an interface. */
typedef struct MachineGrant {
        struct in_addr address;
        usec_t until;
} MachineGrant;

/*
 * A network interface. Its addresses, routes, hardware address and carrier are in Sim.hosts[] at the same
 * index.
 */
typedef struct MachineNic {
        bool here;       /* in the namespace of the daemon */
        bool plugged;    /* a cable is in it */
        KernelLink link; /* as it is */
        KernelLink view; /* as the daemon was told last; ifindex 0: not at all */
        char altnames[2 * MACHINE_NAME_MAX];
        usec_t notify_at;  /* when the daemon is told; USEC_INFINITY: there is nothing new */
        bool starts_down;  /* nobody but the daemon brings it up */
        const char *other; /* another manager that says it has it; NULL: none */
        NetConfig ours;    /* addresses and routes that a daemon put there, and that are there still */
        bool untracked;    /* nothing tells a daemon that they are ours */
        bool wants[_MANAGER_SOCKET_MAX];
        MachineGrant grants[MACHINE_GRANTS_MAX]; /* a ring */
        unsigned n_grants;
        bool put_unclaimed;   /* an address was put on it though nobody claimed it */
        usec_t claimed_until; /* a claim named it until then; USEC_INFINITY: one does */
        /* What observers were told. */
        bool is_managed, is_bound;
        struct in_addr bound_to;
        unsigned n_bound, n_lost;
        /* What it sent. */
        unsigned n_sent[_DHCP4_MESSAGE_TYPE_MAX];
        usec_t first_sent_at;     /* since machine_forget_sent(); USEC_INFINITY: nothing */
        struct in_addr must_have; /* an address that nothing may take off it now; 0.0.0.0: none */
} MachineNic;

typedef struct MachineClaim {
        char name[MACHINE_NAME_MAX];
        const void *owner;
        usec_t until; /* of a holder that vanished; else USEC_INFINITY */
} MachineClaim;

/* A process that holds claims by its connection. */
typedef struct MachineHolder {
        bool alive;
        /* when it claims again, after the daemon or it was restarted; USEC_INFINITY: never */
        usec_t back_at;
        char names[4][MACHINE_NAME_MAX];
        unsigned n_names;
} MachineHolder;

/* What the configuration says; every bit of it is drawn. */
typedef struct MachineConfig {
        unsigned max_exchanges;
        bool release, strict;
        uint32_t metric;                  /* of all links; 0: the default */
        uint32_t one_metric;              /* of interfaces named as .one; 0: as the others */
        char one[MACHINE_NAME_MAX];       /* "": there is no such file */
        char unmanaged[MACHINE_NAME_MAX]; /* Manage=no; "": none */
} MachineConfig;

typedef struct Machine {
        Sim sim; /* first: what is handed a Sim finds its Machine */
        char *folder;
        MachineNic nics[MACHINE_NICS_MAX];
        unsigned n_nics;
        int next_ifindex;
        unsigned n_devices; /* that there ever were */
        MachineClaim claims[MACHINE_CLAIMS_MAX];
        unsigned n_claims;
        MachineHolder holders[MACHINE_HOLDERS_MAX];
        MachineConfig wanted; /* as it is written at the next load */
        Config *config;
        LeaseStore *store,
                *limbo;   /* limbo: where a daemon that is killed within a call writes until that ends */
        Manager *manager; /* NULL: no daemon runs */
        usec_t start_at;  /* when one is started; USEC_INFINITY: not at all */
        usec_t started_at;
        bool is_dead;          /* killed within a call: it does nothing any more */
        unsigned die_in;       /* so many steps of plans until it is killed; 0: never */
        GPtrArray *timers;     /* of MachineTimer (machine-ports.c) */
        GPtrArray *sockets;    /* of UdpSocket (machine-ports.c) */
        usec_t idle_max;       /* how long the loop may find no time to save */
        usec_t realtime_ahead; /* of the clock since boot */
} Machine;

/* machine-world.c */

void machine_run(Machine *machine, uint64_t seed, bool print_trace);
void machine_clear(Machine *machine);
/* Removes the files of the run, if there is one. */
void machine_remove_files(void);
static inline Machine *machine_of(Sim *sim) {
        return (Machine *) sim;
}
/* Draws; never outside of chaos. */
bool machine_chance(Machine *machine, unsigned percent);
uint64_t machine_draw(Machine *machine, uint64_t bound);
void machine_trace(Machine *machine, const char *format, ...) G_GNUC_PRINTF(2, 3);
void machine_fail(Machine *machine, const MachineNic *nic, const char *format, ...)
        G_GNUC_PRINTF(3, 4) G_GNUC_NORETURN;
/*
 * Whatever was done to the machine from outside, this comes after it: a daemon that died is cleared away,
 * and all is checked.
 */
void machine_after(Machine *machine);
/* All that happens until then. */
void machine_run_for(Machine *machine, usec_t span);
/* Nobody hears a thing meanwhile. Then the daemon is told. */
void machine_sleep(Machine *machine, usec_t span);
void machine_start(Machine *machine);
/* kill -9 within a call of the daemon: what it does until it returns does not happen. */
void machine_die(Machine *machine);
/* kill -9 */
void machine_kill(Machine *machine);
/* Loads the configuration that is wanted. */
void machine_reload(Machine *machine);
void machine_draw_config(Machine *machine);

/* machine-ports.c */

extern const ManagerPorts machine_ports;
/* The next timer; NULL: none. */
typedef struct MachineTimer MachineTimer;
MachineTimer *machine_first_timer(const Machine *machine, usec_t *ret_at);
void machine_fire(Machine *machine, MachineTimer *timer);

/* machine-nic.c */

void machine_nic_init(Machine *machine, unsigned i);
MachineNic *machine_find_nic(Machine *machine, int ifindex);
/* Addresses, routes, hardware address and carrier. */
SimHost *machine_nic_host(Machine *machine, const MachineNic *nic);
int machine_nic_index(const Machine *machine, const MachineNic *nic);
LinkNames machine_nic_names(const MachineNic *nic);
/* Something of it changed: the daemon is told soon. */
void machine_nic_changed(Machine *machine, MachineNic *nic);
/* Tells it now. */
void machine_nic_notify(Machine *machine, MachineNic *nic);
void machine_nic_set(Machine *machine, MachineNic *nic, bool up, bool plugged);
/* Out of its cable and back, before anybody looks. */
void machine_nic_blink(Machine *machine, MachineNic *nic);
void machine_nic_rename(Machine *machine, MachineNic *nic, const char *name, bool keep_old);
/*
 * It got another name than on record while nobody managed it: by the next daemon, what is on it is taken
 * for somebody else's.
 */
void machine_nic_lose_track(MachineNic *nic);
/* To another namespace. */
void machine_nic_leave(Machine *machine, MachineNic *nic);
/* Back, or another one in its place. @ifindex 0: any. */
void machine_nic_enter(Machine *machine, MachineNic *nic, int ifindex, bool is_another);
/* What the daemon has put there and knows is forgotten: it is dead. */
void machine_nic_disown(Machine *machine, MachineNic *nic);
/* Lifetimes that are over. Returns when the next one is. */
usec_t machine_nic_expire(Machine *machine, MachineNic *nic);
/* An administrator takes all of ours off. */
void machine_nic_strip(Machine *machine, MachineNic *nic);
bool machine_nic_has(Machine *machine, const MachineNic *nic, struct in_addr address);

/* machine-claims.c */

void machine_claim(Machine *machine, const char *name, const void *owner);
void machine_unclaim(Machine *machine, const char *name, const void *owner);
void machine_unclaim_all(Machine *machine, const char *name);
void machine_holder_claim(Machine *machine, unsigned holder, const char *name);
/* It lets go of all, in order. */
void machine_holder_ends(Machine *machine, unsigned holder);
/* It vanishes; @back_after: until it is back, USEC_INFINITY: never. */
void machine_holder_dies(Machine *machine, unsigned holder, usec_t back_after);
/* Holders that are back claim again. Returns when the next one is back. */
usec_t machine_holders_return(Machine *machine);
/* Claims of holders that did not come back end. */
void machine_expire_claims(Machine *machine);
/* The daemon is dead, and the claims that nobody but it knew. */
void machine_forget_claims(Machine *machine);
/* A daemon that was just made has the command line. */
void machine_command_line(Machine *machine);
bool machine_is_claimed(const Machine *machine, const MachineNic *nic);
/* Claimed, and there is no reason not to manage it. */
bool machine_should_manage(const Machine *machine, const MachineNic *nic);

/* machine-check.c */

extern const ManagerObserver machine_observer;
/* After each event. */
void machine_check(Machine *machine);
/* Before a step of a plan. */
void machine_check_step(Machine *machine, MachineNic *nic, const NetStep *step);
/* NULL, or what is not yet as it should be in the end. */
const char *machine_unsettled(Machine *machine, MachineNic **ret_nic);
/* Waits until all is as it should be. */
void machine_settle(Machine *machine);
void machine_forget_sent(Machine *machine);
void machine_note_sent(Machine *machine, MachineNic *nic, Dhcp4MessageType type);
void machine_note_grant(Machine *machine, MachineNic *nic, const Packet *packet);

void machine_chaos(Machine *machine);
void machine_phases(Machine *machine);
