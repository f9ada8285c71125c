/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A whole machine in one variable: the real manager (daemon/manager/) with all its links, the real lease
 * store in a folder of its own, and the real configuration. The kernel, the devices and the clock are
 * models. The wire and the servers are those of the simulation of links (sim.h). One 64-bit seed decides
 * everything.
 *
 *   machine-main.c    main(); what it shares with the other simulator is in sim-run.c
 *   machine-world.c   time, the life of the daemon, its configuration
 *   machine-ports.c   the ports of the manager (manager/manager-ports.h): timers, sockets
 *   machine-nic.c     network interfaces with their addresses and routes
 *   machine-claims.c  which claims the manager should know
 *   machine-check.c   the properties that must hold
 *   machine-chaos.c   first part of a run: random things happen, and only safety is checked
 *   machine-phases.c  second part of a run: one thing happens at a time, and its outcome is checked
 */
#include "manager/managed-link.h"
#include "tests/sim/sim.h"

#define MACHINE_NICS_MAX    SIM_HOSTS_MAX
#define MACHINE_CLAIMS_MAX  32u
#define MACHINE_HOLDERS_MAX 3u
#define MACHINE_NAME_MAX    32u /* bytes, with the NUL */
#define MACHINE_GRANTS_MAX  32u

/* An address that a DHCPACK gave to an interface. */
typedef struct MachineGrant {
        struct in_addr address;
        usec_t until;
} MachineGrant;

/*
 * A network interface. Its addresses, routes, hardware address and carrier are in Sim.hosts[] at the same
 * index.
 */
typedef struct MachineNic {
        bool here;       /* it is in the network namespace of the daemon */
        bool plugged;    /* a cable is plugged in */
        KernelLink link; /* its true state */
        /* the state that the daemon was told last; ifindex 0: the daemon does not know the interface */
        KernelLink view;
        char altnames[2 * MACHINE_NAME_MAX]; /* each ends with a NUL; an empty one is the end of the list */
        /* when the daemon is told of the last changes; USEC_INFINITY: the daemon knows the true state */
        usec_t notify_at;
        bool starts_down;  /* it is down until the daemon brings it up */
        const char *other; /* another manager that says that it has the interface; NULL: none */
        NetConfig ours;    /* the addresses and routes on it that this daemon or an earlier one added */
        bool untracked;    /* no record tells the next daemon that `ours` was added by a daemon */
        bool wants[_MANAGER_SOCKET_MAX];         /* the sockets whose frames the daemon wants from it */
        MachineGrant grants[MACHINE_GRANTS_MAX]; /* a ring */
        unsigned n_grants;                       /* grants ever written into the ring */
        bool put_unclaimed; /* no claim named it when the daemon added an address to it last */
        /* USEC_INFINITY: a claim names it; else the end of the grace after the last claim went */
        usec_t claimed_until;
        /* What the observer of the manager was told. The counters are since machine_forget_sent(). */
        bool is_managed, is_bound;
        struct in_addr bound_to; /* the address of the last lease that was told */
        unsigned n_bound, n_lost;
        /* DHCP messages that the daemon sent, or tried to send, since machine_forget_sent(). */
        unsigned n_sent[_DHCP4_MESSAGE_TYPE_MAX];
        usec_t first_sent_at;     /* USEC_INFINITY: none was sent */
        struct in_addr must_have; /* the check fails if this address is not on it; 0.0.0.0: none */
} MachineNic;

typedef struct MachineClaim {
        char name[MACHINE_NAME_MAX];
        const void *owner;
        usec_t until; /* when the claim of a holder that vanished ends; USEC_INFINITY: it does not */
} MachineClaim;

/* A process whose claims last as long as its connection to the daemon. */
typedef struct MachineHolder {
        bool alive;
        /* when it claims its names again after it or the daemon was restarted; USEC_INFINITY: it does not */
        usec_t back_at;
        char names[4][MACHINE_NAME_MAX]; /* what it claims */
        unsigned n_names;
} MachineHolder;

/* The settings of the configuration that change during a run. All of them are drawn. */
typedef struct MachineConfig {
        unsigned max_exchanges;           /* MaxExchanges= */
        bool release, strict;             /* SendRelease=; ConflictDetection= is strict, else optimistic */
        uint32_t metric;                  /* RouteMetric= of all links; 0: the default */
        uint32_t one_metric;              /* RouteMetric= of the interface `one` */
        char one[MACHINE_NAME_MAX];       /* the interface with a metric of its own; "": none */
        char unmanaged[MACHINE_NAME_MAX]; /* the interface with Manage=no; "": none */
} MachineConfig;

typedef struct Machine {
        Sim sim;      /* first, so that machine_of() can turn a Sim into its Machine */
        char *folder; /* of the files of this run */
        MachineNic nics[MACHINE_NICS_MAX];
        unsigned n_nics;
        int next_ifindex;
        unsigned n_devices; /* devices made so far, to give each a hardware address of its own */
        MachineClaim claims[MACHINE_CLAIMS_MAX];
        unsigned n_claims;
        MachineHolder holders[MACHINE_HOLDERS_MAX];
        MachineConfig wanted; /* written to files when the configuration is loaded the next time */
        Config *config;       /* the daemon has loaded this */
        LeaseStore *store,
                *limbo;   /* a daemon that was killed within a call writes here until the call returns */
        Manager *manager; /* NULL: no daemon runs */
        usec_t start_at;  /* when the next daemon is started; USEC_INFINITY: no start is planned */
        usec_t started_at;
        bool is_dead;          /* the daemon was killed within a call, and is not freed yet: machine_die() */
        unsigned die_in;       /* the daemon is killed after so many more steps of plans; 0: it is not */
        GPtrArray *timers;     /* of MachineTimer (machine-ports.c) */
        GPtrArray *sockets;    /* of UdpSocket (machine-ports.c) */
        usec_t idle_max;       /* how long the daemon may have to wait at most until its loop is idle */
        usec_t realtime_ahead; /* CLOCK_REALTIME minus CLOCK_BOOTTIME */
} Machine;

/* machine-world.c */

/* Runs the whole simulation of @seed. The caller then calls machine_clear(). */
void machine_run(Machine *machine, uint64_t seed, bool print_trace);
/* Kills the daemon, frees what belongs to @machine, and removes the files of the run. */
void machine_clear(Machine *machine);
/* Removes the files of the current run. Does nothing if there is none. */
void machine_remove_files(void);
/* Returns the machine that @sim is a part of. */
static inline Machine *machine_of(Sim *sim) {
        return (Machine *) sim;
}
/* Draws. Returns true in @percent of 100 cases. */
bool machine_chance(Machine *machine, unsigned percent);
/* Draws a number from 0 to @bound - 1. */
uint64_t machine_draw(Machine *machine, uint64_t bound);
/* Adds a line to the trace, which a failure prints and which --trace shows. */
void machine_trace(Machine *machine, const char *format, ...) G_GNUC_PRINTF(2, 3);
/*
 * Reports that a property does not hold for @nic (NULL: for the machine), prints the trace and how to run
 * the seed again, removes the files of the run, and ends the process with 1.
 */
void machine_fail(Machine *machine, const MachineNic *nic, const char *format, ...)
        G_GNUC_PRINTF(3, 4) G_GNUC_NORETURN;
/*
 * Call this after each event of the simulation, and after each thing that a test did to the machine. Frees a
 * daemon that was killed within a call, plans the start of the next one within 20 s, and calls
 * machine_check().
 */
void machine_after(Machine *machine);
/* Lets @span pass, with every event that is due in this time, in order. */
void machine_run_for(Machine *machine, usec_t span);
/*
 * Suspends the machine for @span, resumes it, and tells the daemon that the machine slept. Packets that are
 * on the wire are lost. Events that were due meanwhile happen in the next machine_run_for().
 */
void machine_sleep(Machine *machine, usec_t span);
/* Starts a daemon. None must be running. Holders that are alive claim their names again within 10 s. */
void machine_start(Machine *machine);
/*
 * Kills the daemon as SIGKILL does, from within a port that it has called. The daemon cannot end before this
 * call returns, so what it still does until then has no effect. machine_after() frees it.
 */
void machine_die(Machine *machine);
/* Kills the daemon between two of its calls, as SIGKILL does. Does nothing if no daemon runs. */
void machine_kill(Machine *machine);
/* Makes the daemon load machine->wanted as its configuration. Does nothing if no daemon runs. */
void machine_reload(Machine *machine);
/* Draws the settings in machine->wanted that are for all links. They hold from the next load on. */
void machine_draw_config(Machine *machine);

/* machine-ports.c */

extern const ManagerPorts machine_ports;
typedef struct MachineTimer MachineTimer;
/*
 * Returns the timer of the daemon that is due first, and stores when it is due. Returns NULL if no timer is
 * set, and stores USEC_INFINITY then.
 */
MachineTimer *machine_first_timer(const Machine *machine, usec_t *ret_at);
/* Turns the timer off and calls its function. */
void machine_fire(Machine *machine, MachineTimer *timer);

/* machine-nic.c */

/* Makes the interface with index @i in machine->nics. The daemon is not told of it. */
void machine_nic_init(Machine *machine, unsigned i);
/* Returns the interface that the daemon knows by @ifindex, or NULL. */
MachineNic *machine_find_nic(Machine *machine, int ifindex);
/* Returns the host with the addresses, routes, hardware address and carrier of @nic. */
SimHost *machine_nic_host(Machine *machine, const MachineNic *nic);
/* Returns the index of @nic in machine->nics. This is not its ifindex. */
int machine_nic_index(const Machine *machine, const MachineNic *nic);
/* Returns the true names of @nic, borrowed from it. */
LinkNames machine_nic_names(const MachineNic *nic);
/*
 * Call this after a change of nic->link or of its names. The daemon is told within 20 ms, once for all
 * changes until then.
 */
void machine_nic_changed(Machine *machine, MachineNic *nic);
/* Tells the daemon the state of @nic now, if a daemon runs. */
void machine_nic_notify(Machine *machine, MachineNic *nic);
/*
 * Sets the interface up or down, and plugs or unplugs its cable. Routes of the daemon go when it is down.
 * Calls machine_nic_changed().
 */
void machine_nic_set(Machine *machine, MachineNic *nic, bool up, bool plugged);
/*
 * Unplugs the cable and plugs it in again at once. The daemon is told afterwards, so it sees a carrier, and
 * can tell only from the counter of changes that the carrier was away.
 */
void machine_nic_blink(Machine *machine, MachineNic *nic);
/* Gives the interface another name. @keep_old: the old name becomes its alternative name. */
void machine_nic_rename(Machine *machine, MachineNic *nic, const char *name, bool keep_old);
/*
 * Call this when the name of @nic is no longer the one on record, and no daemon manages @nic. The next
 * daemon will not adopt what an earlier one added, and will not know that an earlier one brought @nic up.
 */
void machine_nic_lose_track(MachineNic *nic);
/*
 * Moves the interface to another network namespace. It loses all addresses, routes and rules. Tells the
 * daemon at once that the interface is gone.
 */
void machine_nic_leave(Machine *machine, MachineNic *nic);
/*
 * Brings an interface that has left back into the namespace. @ifindex: its number from now on; 0: one that
 * was never used. @is_another: in its place comes another device, which has the same name and another
 * hardware address.
 */
void machine_nic_enter(Machine *machine, MachineNic *nic, int ifindex, bool is_another);
/*
 * Call this when the daemon has ended. Forgets what the daemon knew of the interface, and which addresses
 * and routes on it the daemon called its own. These stay on the interface, and in nic->ours.
 */
void machine_nic_disown(Machine *machine, MachineNic *nic);
/*
 * Takes off the addresses whose lifetime is over, and drops from nic->ours what the kernel no longer has.
 * Returns when the next lifetime is over, or USEC_INFINITY.
 */
usec_t machine_nic_expire(Machine *machine, MachineNic *nic);
/*
 * Takes off every address in nic->ours, as an administrator might, and tells the daemon at once. The kernel
 * takes off what depends on these addresses.
 */
void machine_nic_strip(Machine *machine, MachineNic *nic);
/* Returns true if the interface is here and has @address, whoever added it. */
bool machine_nic_has(Machine *machine, const MachineNic *nic, struct in_addr address);

/* machine-claims.c. Claims can be made and dropped only while a daemon runs, else nothing changes. */

/*
 * Claims @name, an interface name or a glob, from the daemon. Fails if the daemon refuses the claim for
 * another reason than Manage=no or another manager.
 */
void machine_claim(Machine *machine, const char *name, const void *owner);
/* Drops @owner's claim of @name. */
void machine_unclaim(Machine *machine, const char *name, const void *owner);
/*
 * Drops the claims of all owners that fit @name, as StopLink() does. If a managed interface has this name,
 * the claims that fit its other names are dropped too.
 */
void machine_unclaim_all(Machine *machine, const char *name);
/* Makes the holder with the index @holder claim @name. Does nothing if it has four names already. */
void machine_holder_claim(Machine *machine, unsigned holder, const char *name);
/* Ends a holder in an orderly way: it drops all its claims first. */
void machine_holder_ends(Machine *machine, unsigned holder);
/*
 * Ends a holder without a word: the daemon sees its connection closed and keeps its claims for a while.
 * @back_after: how long until the holder is back; USEC_INFINITY: it never is.
 */
void machine_holder_dies(Machine *machine, unsigned holder, usec_t back_after);
/*
 * Lets each holder whose time to be back has come claim its names again. Returns when the next one is back,
 * or USEC_INFINITY.
 */
usec_t machine_holders_return(Machine *machine);
/* Drops the claims of holders that were away for too long, as the daemon should do by itself. */
void machine_expire_claims(Machine *machine);
/*
 * Call this when the daemon has ended. Drops the claims that were in its memory alone. Those of the bus are
 * in its store, and those of the command line are given to the next daemon.
 */
void machine_forget_claims(Machine *machine);
/* Gives the claims of the command line to a daemon that is not started yet. */
void machine_command_line(Machine *machine);
/* Returns true if a claim names @nic by a name that it has, or by a name that the daemon believes it has. */
bool machine_is_claimed(const Machine *machine, const MachineNic *nic);
/* Returns true if @nic is claimed, is not switched off by Manage=no, and belongs to no other manager. */
bool machine_should_manage(const Machine *machine, const MachineNic *nic);

/* machine-check.c */

/* Notes what the manager tells its observers, and fails if it tells them things out of order. */
extern const ManagerObserver machine_observer;
/* Fails if a property does not hold that must hold after each event. */
void machine_check(Machine *machine);
/*
 * Call this before the daemon carries out @step. Fails if @step adds an address that @nic must not have.
 * Notes whether @nic is claimed.
 */
void machine_check_step(Machine *machine, MachineNic *nic, const NetStep *step);
/*
 * Returns NULL if the machine is in the state that it must reach when nothing happens any more. Otherwise
 * returns a static string that says what differs. Stores the interface that the string is about; nothing is
 * stored if it is about the daemon.
 */
const char *machine_unsettled(Machine *machine, MachineNic **ret_nic);
/* Lets time pass until machine_unsettled() returns NULL. Fails if this takes more than 15 minutes. */
void machine_settle(Machine *machine);
/* Begins to count anew what each interface sends and what observers are told. */
void machine_forget_sent(Machine *machine);
/* Counts a message that the daemon sends. */
void machine_note_sent(Machine *machine, MachineNic *nic, Dhcp4MessageType type);
/* Notes the address that @packet, which arrives at @nic, grants to it, if it is a DHCPACK for @nic. */
void machine_note_grant(Machine *machine, MachineNic *nic, const Packet *packet);

/* Runs the first part of a simulation. Every fault has been repaired when it returns. */
void machine_chaos(Machine *machine);
/* Runs the second part of a simulation. Nothing is claimed any more when it returns. */
void machine_phases(Machine *machine);
