/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugin/hooks: queue, reason and stored-lease. What is pushed comes out in order, one event of a link at
 * a time. A queue that overflows keeps what matters. Hooks that are told in this way end in the state of
 * the daemon, whatever they miss (the property test). The signals of the daemon become the events of
 * dhclient.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "plugin/hooks/queue.h"
#include "plugin/hooks/reason.h"
#include "plugin/hooks/stored-lease.h"
#include "tests/unit/stride.h"

/* Returns a lease that is known by its two numbers. */
static GBytes *lease_new(uint32_t address, uint64_t serial) {
        const HookLease lease = { .address.s_addr = htonl(address), .expires_usec = serial };
        GBytes *bytes = hook_lease_store(&lease);

        g_assert_nonnull(bytes);
        return bytes;
}

static void push(HookQueues *queues, int ifindex, HookReason reason, const char *ifname) {
        g_autoptr(GBytes) lease = hook_reason_has_new(reason) ? lease_new(1, 1) : NULL;

        hook_queues_push(queues, ifindex, reason, ifname, lease);
}

/* Begins and ends all events of one link. Returns them as "BOUND/a RENEW/b". */
static char *drain(HookQueues *queues, int expected_ifindex) {
        GString *text = g_string_new(NULL);
        const HookQueued *queued;
        int ifindex;

        while ((queued = hook_queues_begin(queues, &ifindex))) {
                g_assert_cmpint(ifindex, ==, expected_ifindex);
                g_assert_true(hook_reason_has_new(queued->reason) == (queued->lease != NULL));
                g_string_append_printf(text, "%s%s/%s", text->len > 0 ? " " : "",
                                       hook_reason_to_string(queued->reason), queued->ifname);
                hook_queues_end(queues, ifindex);
        }
        return g_string_free(text, FALSE);
}

static void test_order(void) {
        _cleanup_(hook_queues_freep) HookQueues *queues = hook_queues_new(1);
        g_autofree char *all = NULL;

        push(queues, 2, HOOK_REASON_PREINIT, "a");
        push(queues, 2, HOOK_REASON_BOUND, "b");
        push(queues, 2, HOOK_REASON_RENEW, "c");
        push(queues, 2, HOOK_REASON_EXPIRE, "d");
        push(queues, 2, HOOK_REASON_FAIL, "e");
        g_assert_cmpuint(hook_queues_n_waiting(queues, 2), ==, 5);
        all = drain(queues, 2);
        g_assert_cmpstr(all, ==, "PREINIT/a BOUND/b RENEW/c EXPIRE/d FAIL/e");
        g_assert_cmpuint(hook_queues_n_waiting(queues, 2), ==, 0);
        g_assert_cmpuint(hook_queues_n_dropped(queues), ==, 0);
}

/*
 * While an event of a link runs, the next event of this link waits. The next event of another link does
 * not.
 */
static void test_one_at_a_time(void) {
        _cleanup_(hook_queues_freep) HookQueues *queues = hook_queues_new(HOOK_PARALLEL_MAX);
        const HookQueued *first, *other;
        int ifindex;

        push(queues, 2, HOOK_REASON_PREINIT, "a");
        push(queues, 2, HOOK_REASON_FAIL, "b");
        first = hook_queues_begin(queues, &ifindex);
        g_assert_nonnull(first);
        g_assert_null(hook_queues_begin(queues, &ifindex));
        push(queues, 3, HOOK_REASON_PREINIT, "c");
        other = hook_queues_begin(queues, &ifindex);
        g_assert_nonnull(other);
        g_assert_cmpint(ifindex, ==, 3);
        g_assert_cmpuint(hook_queues_n_running(queues), ==, 2);
        g_assert_cmpstr(first->ifname, ==, "a");
        hook_queues_end(queues, 2);
        first = hook_queues_begin(queues, &ifindex);
        g_assert_nonnull(first);
        g_assert_cmpint(ifindex, ==, 2);
        g_assert_cmpstr(first->ifname, ==, "b");
        g_assert_cmpstr(other->ifname, ==, "c");
        hook_queues_end(queues, 2);
        hook_queues_end(queues, 3);
        g_assert_cmpuint(hook_queues_n_running(queues), ==, 0);
}

/*
 * As many links run as are allowed. The link that waits longest is next, also behind a link that never
 * ends.
 */
static void test_parallel(void) {
        _cleanup_(hook_queues_freep) HookQueues *queues = hook_queues_new(2);
        int ifindex;

        for (int i = 1; i <= 4; i++) {
                push(queues, i, HOOK_REASON_PREINIT, "a");
                push(queues, i, HOOK_REASON_FAIL, "b");
        }
        g_assert_nonnull(hook_queues_begin(queues, &ifindex));
        g_assert_cmpint(ifindex, ==, 1);
        g_assert_nonnull(hook_queues_begin(queues, &ifindex));
        g_assert_cmpint(ifindex, ==, 2);
        g_assert_null(hook_queues_begin(queues, &ifindex));
        for (int i = 0; i < 6; i++) {
                static const int expected[] = { 3, 4, 2, 3, 4 };

                hook_queues_end(queues, i == 0 ? 2 : expected[i - 1]);
                if (i == 5)
                        break;
                g_assert_nonnull(hook_queues_begin(queues, &ifindex));
                g_assert_cmpint(ifindex, ==, expected[i]);
                g_assert_null(hook_queues_begin(queues, &ifindex));
        }
        g_assert_null(hook_queues_begin(queues, &ifindex));
        hook_queues_end(queues, 1);
        g_assert_nonnull(hook_queues_begin(queues, &ifindex));
        g_assert_cmpint(ifindex, ==, 1);
        hook_queues_end(queues, 1);
}

/*
 * Asserts what stays of events that overflow: the end of the lease, what came behind it, and the last
 * event.
 */
static void assert_overflow(const HookReason *head, size_t n_head, HookReason tail, const char *expected) {
        _cleanup_(hook_queues_freep) HookQueues *queues = hook_queues_new(1);
        g_autofree char *all = NULL;
        char ifname[HOOK_IFNAME_SIZE];

        for (size_t i = 0; i < n_head; i++) {
                (void) snprintf(ifname, sizeof(ifname), "%zu", i % 1000);
                push(queues, 2, head[i], ifname);
        }
        for (size_t i = n_head; i < HOOK_QUEUE_MAX; i++)
                push(queues, 2, tail, "t");
        g_assert_cmpuint(hook_queues_n_waiting(queues, 2), ==, HOOK_QUEUE_MAX);
        g_assert_cmpuint(hook_queues_n_dropped(queues), ==, 0);
        push(queues, 2, tail, "last");
        g_assert_cmpuint(hook_queues_n_dropped(queues) + hook_queues_n_waiting(queues, 2), ==,
                         HOOK_QUEUE_MAX + 1);
        all = drain(queues, 2);
        g_assert_cmpstr(all, ==, expected);
}

static void test_overflow(void) {
        static const HookReason again[] = { HOOK_REASON_RENEW,   HOOK_REASON_EXPIRE, HOOK_REASON_PREINIT,
                                            HOOK_REASON_FAIL,    HOOK_REASON_BOUND,  HOOK_REASON_RELEASE,
                                            HOOK_REASON_PREINIT, HOOK_REASON_FAIL,   HOOK_REASON_PREINIT,
                                            HOOK_REASON_REBOOT },
                                before[] = { HOOK_REASON_PREINIT, HOOK_REASON_BOUND, HOOK_REASON_EXPIRE };

        assert_overflow(NULL, 0, HOOK_REASON_RENEW, "RENEW/last");
        assert_overflow(NULL, 0, HOOK_REASON_FAIL, "FAIL/last");
        assert_overflow(NULL, 0, HOOK_REASON_EXPIRE, "EXPIRE/last");
        assert_overflow(NULL, 0, HOOK_REASON_PREINIT, "PREINIT/last");
        assert_overflow(again, ARRAY_SIZE(again), HOOK_REASON_RENEW, "RELEASE/5 PREINIT/8 RENEW/last");
        assert_overflow(again, ARRAY_SIZE(again), HOOK_REASON_STOP, "STOP/last");
        /* A PREINIT before the end of a lease means nothing any more. */
        assert_overflow(before, ARRAY_SIZE(before), HOOK_REASON_FAIL, "EXPIRE/2 FAIL/last");
        assert_overflow(before, 2, HOOK_REASON_REBIND, "PREINIT/0 REBIND/last");
}

/* The event that runs is not touched when the queue behind it overflows, and is not told twice. */
static void test_overflow_running(void) {
        _cleanup_(hook_queues_freep) HookQueues *queues = hook_queues_new(1);
        const HookQueued *running;
        g_autofree char *all = NULL;
        int ifindex;

        push(queues, 2, HOOK_REASON_BOUND, "first");
        running = hook_queues_begin(queues, &ifindex);
        for (unsigned i = 0; i <= HOOK_QUEUE_MAX; i++)
                push(queues, 2, HOOK_REASON_RENEW, i == HOOK_QUEUE_MAX ? "last" : "t");
        g_assert_cmpint(running->reason, ==, HOOK_REASON_BOUND);
        g_assert_cmpstr(running->ifname, ==, "first");
        g_assert_nonnull(running->lease);
        hook_queues_end(queues, 2);
        all = drain(queues, 2);
        g_assert_cmpstr(all, ==, "RENEW/last");
}

/* Everything that is left is freed, also what runs. valgrind would see a leak. */
static void test_free(void) {
        HookQueues *queues = hook_queues_new(1);
        int ifindex;

        push(queues, 2, HOOK_REASON_BOUND, "a");
        push(queues, 2, HOOK_REASON_RENEW, "b");
        push(queues, 3, HOOK_REASON_BOUND, "c");
        g_assert_nonnull(hook_queues_begin(queues, &ifindex));
        g_assert_null(hook_queues_free(queues));
        g_assert_null(hook_queues_free(NULL));
}

/* Leases as bytes */

static void test_stored_lease(void) {
        static const HookOption options[] = { { 1, (const uint8_t *) "\xff\xff\xff\0", 4 },
                                              { 224, (const uint8_t *) "", 0 } };
        const HookLease lease = { .address.s_addr = 1,
                                  .next_server.s_addr = 2,
                                  .relay.s_addr = 3,
                                  .boot_file = "boot",
                                  .server_name = "server",
                                  .expires_usec = USEC_INFINITY,
                                  .options = options,
                                  .n_options = ARRAY_SIZE(options) };
        g_autoptr(GBytes) bytes = hook_lease_store(&lease), again = NULL;
        _cleanup_(hook_stored_lease_freep) HookStoredLease *stored = hook_stored_lease_new(bytes);
        size_t len;
        const uint8_t *data = g_bytes_get_data(bytes, &len);

        g_assert_nonnull(stored);
        g_assert_cmpuint(stored->lease.address.s_addr, ==, 1);
        g_assert_cmpuint(stored->lease.next_server.s_addr, ==, 2);
        g_assert_cmpuint(stored->lease.relay.s_addr, ==, 3);
        g_assert_cmpuint(stored->lease.expires_usec, ==, USEC_INFINITY);
        g_assert_cmpstr(stored->lease.boot_file, ==, "boot");
        g_assert_cmpstr(stored->lease.server_name, ==, "server");
        g_assert_cmpuint(stored->lease.n_options, ==, 2);
        g_assert_cmpuint(stored->lease.options[0].code, ==, 1);
        g_assert_cmpmem(stored->lease.options[0].data, stored->lease.options[0].len, "\xff\xff\xff\0", 4);
        g_assert_cmpuint(stored->lease.options[1].code, ==, 224);
        g_assert_cmpuint(stored->lease.options[1].len, ==, 0);
        again = hook_lease_store(&stored->lease);
        g_assert_true(g_bytes_equal(bytes, again));

        /* A lease that is cut off anywhere but between two options is refused. */
        for (size_t i = 0; i < len; i++) {
                g_autoptr(GBytes) cut = g_bytes_new(data, i);
                _cleanup_(hook_stored_lease_freep) HookStoredLease *part = hook_stored_lease_new(cut);
                const size_t options_at = len - 7 - 3;

                g_assert_true((part != NULL) == (i == options_at || i == options_at + 7));
        }
        for (size_t i = 0; i < 4; i++) {
                g_autofree uint8_t *copy = g_memdup2(data, len);
                g_autoptr(GBytes) wrong = NULL;

                copy[i] ^= 1;
                wrong = g_bytes_new(copy, len);
                g_assert_null(hook_stored_lease_new(wrong));
        }
}

static void test_stored_lease_bounds(void) {
        g_autofree HookOption *options = g_new0(HookOption, HOOK_OPTIONS_MAX + 1);
        g_autofree char *big = g_strnfill(HOOK_STORED_LEASE_MAX, 'a');
        HookLease lease = { .options = options, .n_options = HOOK_OPTIONS_MAX };
        g_autoptr(GBytes) most = hook_lease_store(&lease);
        _cleanup_(hook_stored_lease_freep) HookStoredLease *stored = NULL;

        g_assert_nonnull(most);
        stored = hook_stored_lease_new(most);
        g_assert_nonnull(stored);
        g_assert_cmpuint(stored->lease.n_options, ==, HOOK_OPTIONS_MAX);
        lease.n_options++;
        g_assert_null(hook_lease_store(&lease));
        lease.n_options = 0;
        lease.boot_file = big;
        g_assert_null(hook_lease_store(&lease));
}

/* A text with a NUL in it cannot be passed on whole. */
static void test_stored_lease_text(void) {
        const HookLease lease = { .boot_file = "some-file", .server_name = "a-server" };
        g_autoptr(GBytes) bytes = hook_lease_store(&lease);
        size_t len;
        const uint8_t *data = g_bytes_get_data(bytes, &len);

        for (size_t i = 0; i < len; i++) {
                g_autofree uint8_t *copy = g_memdup2(data, len);
                g_autoptr(GBytes) changed = NULL;
                _cleanup_(hook_stored_lease_freep) HookStoredLease *stored = NULL;

                if (data[i] != '-')
                        continue;
                copy[i] = '_';
                changed = g_bytes_new(copy, len);
                stored = hook_stored_lease_new(changed);
                g_assert_nonnull(stored);
                copy[i] = '\0';
                g_bytes_unref(changed);
                changed = g_bytes_new(copy, len);
                g_assert_null(hook_stored_lease_new(changed));
        }
}

/* Signals to events */

/*
 * Returns the events of these signals. @signals has words: "=STATE" is StateChanged, "+reason"
 * LeaseChanged, "-why" lost, "!" failing, "x" removed.
 */
static char *track(const char *signals) {
        g_auto(GStrv) words = g_strsplit(signals, " ", -1);
        GString *text = g_string_new(NULL);
        HookTracker tracker = {};

        for (char **word = words; *word; word++) {
                HookReasons reasons = {};

                switch (**word) {
                case '=':
                        reasons = hook_tracker_state(&tracker, *word + 1);
                        break;
                case '+':
                        reasons = hook_tracker_lease(&tracker, *word + 1, NULL);
                        break;
                case '-':
                        reasons = hook_tracker_lease(&tracker, "lost", *word + 1);
                        break;
                case '!':
                        reasons = hook_tracker_failing(&tracker);
                        break;
                case 'x':
                        reasons = hook_tracker_removed(&tracker);
                        break;
                default:
                        g_assert_not_reached();
                }
                for (size_t i = 0; i < reasons.n; i++)
                        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "",
                                               hook_reason_to_string(reasons.reason[i]));
        }
        return g_string_free(text, FALSE);
}

static void assert_events(const char *signals, const char *expected) {
        g_autofree char *events = track(signals);

        g_assert_cmpstr(events, ==, expected);
}

static void test_tracker(void) {
        /* The orders observed of dhclient. */
        assert_events("=INIT =SELECTING =REQUESTING =PROBING =BOUND +bound =RENEWING =BOUND +renewed",
                      "PREINIT BOUND RENEW");
        assert_events("=SELECTING =REQUESTING =BOUND +bound =RENEWING =REBINDING =BOUND +renewed =RENEWING "
                      "=BOUND +renewed",
                      "PREINIT BOUND REBIND RENEW");
        assert_events(
                "=SELECTING =REQUESTING =BOUND +bound =RENEWING =REBINDING =INIT -expired =SELECTING ! ! "
                "=REQUESTING =BOUND +bound",
                "PREINIT BOUND EXPIRE PREINIT FAIL FAIL BOUND");
        assert_events("=INIT-REBOOT =REBOOTING =BOUND +bound", "PREINIT REBOOT");
        assert_events("=INIT-REBOOT =REBOOTING =PROBING =BOUND +bound", "PREINIT REBOOT");
        assert_events("=INIT-REBOOT =REBOOTING =INIT =SELECTING =REQUESTING =BOUND +bound", "PREINIT BOUND");
        assert_events(
                "=SELECTING =REQUESTING =BOUND +bound =RENEWING =INIT -nak =SELECTING =REQUESTING =BOUND "
                "+bound",
                "PREINIT BOUND EXPIRE PREINIT BOUND");
        assert_events("=SELECTING =REQUESTING =BOUND +bound =STOPPED -released x",
                      "PREINIT BOUND RELEASE STOP");
        assert_events("=SELECTING =REQUESTING =BOUND +bound x", "PREINIT BOUND STOP");
        assert_events("=INFORMING =BOUND +bound", "PREINIT BOUND");
        assert_events("=BOUND +bound =BOUND +changed", "BOUND RENEW");
        /* If nothing is searched for, or if there is a lease, there is no failure. */
        assert_events("! =STOPPED ! =BOUND +bound ! =STOPPED -released !", "BOUND RELEASE");
        /* Words that are added to the contract later. */
        assert_events("=DREAMING +remembered", "");
        /* A search that was stopped and begins again is announced again. */
        assert_events("=SELECTING =STOPPED =SELECTING", "PREINIT PREINIT");
}

static void test_replay(void) {
        static const struct {
                const char *state;
                bool has_lease;
                HookReason first;
                size_t n;
        } cases[] = {
                { "BOUND", true, HOOK_REASON_BOUND, 1 },       { "RENEWING", true, HOOK_REASON_BOUND, 1 },
                { "REBOOTING", true, HOOK_REASON_BOUND, 1 },   { "STOPPED", false, HOOK_REASON_EXPIRE, 1 },
                { "SELECTING", false, HOOK_REASON_EXPIRE, 2 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                HookTracker tracker = { .searching = true, .rebinding = true };
                const HookReasons reasons =
                        hook_tracker_replay(&tracker, cases[i].state, cases[i].has_lease);

                g_assert_cmpuint(reasons.n, ==, cases[i].n);
                g_assert_cmpint(reasons.reason[0], ==, cases[i].first);
                if (reasons.n > 1)
                        g_assert_cmpint(reasons.reason[1], ==, HOOK_REASON_PREINIT);
        }
}

/* Events to what a hook is told */

static void test_reason_for(void) {
        const HookLease one = { .address.s_addr = 1 }, two = { .address.s_addr = 2 };
        static const struct {
                HookReason reason, unknown, same, other; /* UNTOLD: nothing is told */
        } cases[HOOK_REASONS] = {
#define UNTOLD ((HookReason) HOOK_REASONS)
                { HOOK_REASON_PREINIT, HOOK_REASON_PREINIT, UNTOLD, UNTOLD },
                { HOOK_REASON_FAIL, HOOK_REASON_FAIL, UNTOLD, UNTOLD },
                { HOOK_REASON_BOUND, HOOK_REASON_BOUND, HOOK_REASON_RENEW, HOOK_REASON_BOUND },
                { HOOK_REASON_REBOOT, HOOK_REASON_REBOOT, HOOK_REASON_RENEW, HOOK_REASON_BOUND },
                { HOOK_REASON_TIMEOUT, HOOK_REASON_TIMEOUT, HOOK_REASON_RENEW, HOOK_REASON_BOUND },
                { HOOK_REASON_RENEW, HOOK_REASON_BOUND, HOOK_REASON_RENEW, HOOK_REASON_RENEW },
                { HOOK_REASON_REBIND, HOOK_REASON_BOUND, HOOK_REASON_REBIND, HOOK_REASON_REBIND },
                { HOOK_REASON_EXPIRE, UNTOLD, HOOK_REASON_EXPIRE, HOOK_REASON_EXPIRE },
                { HOOK_REASON_RELEASE, UNTOLD, HOOK_REASON_RELEASE, HOOK_REASON_RELEASE },
                { HOOK_REASON_STOP, UNTOLD, HOOK_REASON_STOP, HOOK_REASON_STOP },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const HookLease *lease = hook_reason_has_new(cases[i].reason) ? &one : NULL;
                HookReason reason = UNTOLD;

                g_assert_true(hook_reason_for(cases[i].reason, lease, NULL, &reason) ==
                              (cases[i].unknown != UNTOLD));
                g_assert_cmpint(reason, ==, cases[i].unknown);
                reason = UNTOLD;
                g_assert_true(hook_reason_for(cases[i].reason, lease, &one, &reason) ==
                              (cases[i].same != UNTOLD));
                g_assert_cmpint(reason, ==, cases[i].same);
                reason = UNTOLD;
                (void) hook_reason_for(cases[i].reason, lease, &two, &reason);
                g_assert_cmpint(reason, ==, cases[i].other);
#undef UNTOLD
        }
}

/* The property: random events on several links, hooks of every speed. */

#define MODEL_LINKS 5
#define MODEL_HOOKS 2

typedef struct ModelLink {
        bool has_lease, running;
        uint32_t address;
        uint64_t serial;       /* of the last event that was pushed */
        uint64_t lease_serial; /* of the event that brought the lease */
        uint64_t begun;        /* serial of the last event that began */
        bool told[MODEL_HOOKS];
        uint32_t told_address[MODEL_HOOKS];
        uint64_t told_serial[MODEL_HOOKS];
} ModelLink;

/*
 * Pushes an event that can happen to the link now. The name of the interface carries the number of the
 * event.
 */
static void model_event(GRand *rand, HookQueues *queues, ModelLink *link, int ifindex) {
        static const HookReason without[] = { HOOK_REASON_PREINIT, HOOK_REASON_FAIL,    HOOK_REASON_BOUND,
                                              HOOK_REASON_REBOOT,  HOOK_REASON_TIMEOUT, HOOK_REASON_STOP },
                                with[] = { HOOK_REASON_RENEW,  HOOK_REASON_REBIND,  HOOK_REASON_RENEW,
                                           HOOK_REASON_EXPIRE, HOOK_REASON_RELEASE, HOOK_REASON_STOP,
                                           HOOK_REASON_BOUND };
        const HookReason reason = link->has_lease ? with[g_rand_int_range(rand, 0, ARRAY_SIZE(with))]
                                                  : without[g_rand_int_range(rand, 0, ARRAY_SIZE(without))];
        g_autoptr(GBytes) lease = NULL;
        char ifname[HOOK_IFNAME_SIZE];

        link->serial++;
        if (hook_reason_has_new(reason)) {
                if (!link->has_lease || g_rand_int_range(rand, 0, 4) == 0)
                        link->address = (uint32_t) g_rand_int_range(rand, 1, 4);
                link->has_lease = true;
                link->lease_serial = link->serial;
                lease = lease_new(link->address, link->serial);
        } else
                link->has_lease = false;
        (void) snprintf(ifname, sizeof(ifname), "%" G_GUINT64_FORMAT, link->serial);
        hook_queues_push(queues, ifindex, reason, ifname, lease);
        g_assert_cmpuint(hook_queues_n_waiting(queues, ifindex), <=, HOOK_QUEUE_MAX);
}

/* Tells one hook of the event. What the hook is told follows from what it was told last. */
static void model_tell(ModelLink *link, size_t hook, const HookQueued *queued) {
        const HookLease told = { .address.s_addr = htonl(link->told_address[hook]) };
        _cleanup_(hook_stored_lease_freep) HookStoredLease *stored =
                queued->lease ? hook_stored_lease_new(queued->lease) : NULL;
        HookReason reason;

        if (!hook_reason_for(queued->reason, stored ? &stored->lease : NULL, link->told[hook] ? &told : NULL,
                             &reason))
                return;
        switch (reason) {
        case HOOK_REASON_RENEW:
        case HOOK_REASON_REBIND:
        case HOOK_REASON_EXPIRE:
        case HOOK_REASON_RELEASE:
        case HOOK_REASON_STOP:
                g_assert_true(link->told[hook]);
                break;
        case HOOK_REASON_PREINIT:
        case HOOK_REASON_FAIL:
        case HOOK_REASON_REBOOT:
        case HOOK_REASON_TIMEOUT:
                g_assert_false(link->told[hook]);
                break;
        case HOOK_REASON_BOUND:
                g_assert_true(!link->told[hook] || stored->lease.address.s_addr != told.address.s_addr);
                break;
        }
        if (stored) {
                link->told[hook] = true;
                link->told_address[hook] = ntohl(stored->lease.address.s_addr);
                link->told_serial[hook] = stored->lease.expires_usec;
        } else if (hook_reason_has_old(reason))
                link->told[hook] = false;
}

static bool model_begin(GRand *rand, HookQueues *queues, ModelLink *links) {
        int ifindex;
        const HookQueued *queued = hook_queues_begin(queues, &ifindex);
        ModelLink *link;
        uint64_t serial;

        if (!queued)
                return false;
        link = &links[ifindex];
        g_assert_false(link->running);
        link->running = true;
        serial = g_ascii_strtoull(queued->ifname, NULL, 10);
        g_assert_cmpuint(serial, >, link->begun);
        link->begun = serial;
        model_tell(link, 0, queued);
        /* The second hook is not always installed. */
        if (g_rand_boolean(rand))
                model_tell(link, 1, queued);
        return true;
}

static void model_end(GRand *rand, HookQueues *queues, ModelLink *links) {
        const int first = g_rand_int_range(rand, 0, MODEL_LINKS);

        for (int i = 0; i < MODEL_LINKS; i++) {
                const int ifindex = (first + i) % MODEL_LINKS;

                if (!links[ifindex].running)
                        continue;
                links[ifindex].running = false;
                hook_queues_end(queues, ifindex);
                return;
        }
}

static void model_run(uint32_t seed) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
        const unsigned parallel = (unsigned) g_rand_int_range(rand, 1, MODEL_LINKS + 1);
        /* This many events happen for each event that ends. */
        const int haste = g_rand_int_range(rand, 1, 20);
        _cleanup_(hook_queues_freep) HookQueues *queues = hook_queues_new(parallel);
        ModelLink links[MODEL_LINKS] = {};
        uint64_t pushed = 0, begun = 0;

        for (int i = 0; i < 400; i++) {
                if (g_rand_int_range(rand, 0, haste + 1) > 0) {
                        const int ifindex = g_rand_int_range(rand, 0, MODEL_LINKS);

                        model_event(rand, queues, &links[ifindex], ifindex);
                        pushed++;
                } else
                        model_end(rand, queues, links);
                while (model_begin(rand, queues, links))
                        begun++;
                g_assert_cmpuint(hook_queues_n_running(queues), <=, parallel);
        }
        for (;;) {
                while (model_begin(rand, queues, links))
                        begun++;
                if (hook_queues_n_running(queues) == 0)
                        break;
                model_end(rand, queues, links);
        }

        /*
         * No event waits, no event got lost, and the hook that was always there has the state of the
         * daemon.
         */
        for (int i = 0; i < MODEL_LINKS; i++) {
                g_assert_cmpuint(hook_queues_n_waiting(queues, i), ==, 0);
                g_assert_cmpuint(links[i].begun, ==, links[i].serial);
                g_assert_true(links[i].told[0] == links[i].has_lease);
                if (links[i].has_lease) {
                        g_assert_cmpuint(links[i].told_serial[0], ==, links[i].lease_serial);
                        g_assert_cmpuint(links[i].told_address[0], ==, links[i].address);
                }
        }
        g_assert_cmpuint(pushed, ==, begun + hook_queues_n_dropped(queues));
}

static void test_property(void) {
        for (uint32_t seed = 0; seed < 500; seed += test_stride())
                model_run(seed);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/hook-queue/order", test_order);
        g_test_add_func("/hook-queue/one-at-a-time", test_one_at_a_time);
        g_test_add_func("/hook-queue/parallel", test_parallel);
        g_test_add_func("/hook-queue/overflow", test_overflow);
        g_test_add_func("/hook-queue/overflow-running", test_overflow_running);
        g_test_add_func("/hook-queue/free", test_free);
        g_test_add_func("/hook-queue/stored-lease", test_stored_lease);
        g_test_add_func("/hook-queue/stored-lease-bounds", test_stored_lease_bounds);
        g_test_add_func("/hook-queue/stored-lease-text", test_stored_lease_text);
        g_test_add_func("/hook-queue/tracker", test_tracker);
        g_test_add_func("/hook-queue/replay", test_replay);
        g_test_add_func("/hook-queue/reason-for", test_reason_for);
        g_test_add_func("/hook-queue/property", test_property);
        return g_test_run();
}
