/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * short-leases [LEASES]: counts how often lost frames cost a client its lease, and how many REQUESTs the
 * client sends.
 *
 * The real client (core/dhcp4-client.h) renews its lease with a server that always answers, over a network
 * that loses each frame with the same probability in both directions. This is done twice: with the minimum
 * wait between two REQUESTs of RFC 2131 §4.4.5, which is 60 s, and with the minimum wait of the core, which
 * is shorter for short leases. The linker replaces the function of the core by one that does either
 * (--wrap), so that everything else is the same. Time is a variable and one seed decides everything, so the
 * table is the same each time.
 *
 * The run fails if the wait of the core does not halve how often short leases expire, if any lease expires
 * more often, or if a silent server gets more than TRAFFIC_MAX REQUESTs for a lease and more than with 60 s.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/prng.h"
#include "core/dhcp4-backoff.h"
#include "core/dhcp4-client.h"

#ifdef NDEBUG
#error "the asserts of the client are part of this"
#endif

#define LEASES         20000u
#define TRIP_USEC      (1 * USEC_PER_MSEC) /* time that a frame takes from one end to the other */
#define RFC_MIN_USEC   (60 * USEC_PER_SEC) /* RFC 2131 §4.4.5 */
#define TRAFFIC_MAX    12u
#define SHORT_LEASE    300u /* seconds; leases up to this length must expire less often with the core */
#define SILENT_PERCENT 100u
#define CHANCE         5u /* so many more expiries can be chance */

static const unsigned lifetimes[] = { 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 86400 };
static const unsigned losses[] = { 1, 5, 10, 20, 30 };

static bool by_the_rfc;

usec_t __real_dhcp4_backoff_renew_usec(usec_t now, usec_t deadline, usec_t lifetime);
usec_t __wrap_dhcp4_backoff_renew_usec(usec_t now, usec_t deadline, usec_t lifetime);

usec_t __wrap_dhcp4_backoff_renew_usec(usec_t now, usec_t deadline, usec_t lifetime) {
        const usec_t left = usec_sub(deadline, now), span = MAX(left / 2, RFC_MIN_USEC);

        if (!by_the_rfc)
                return __real_dhcp4_backoff_renew_usec(now, deadline, lifetime);
        return span < left ? span : USEC_INFINITY;
}

typedef struct Run {
        Dhcp4Client client;
        Prng prng;
        usec_t now;
        unsigned lifetime_sec, loss_percent;
        /* The answer that is on the wire. There is one at most. */
        uint8_t answer[DHCP4_MESSAGE_MAX_LEN];
        size_t answer_len;
        usec_t answer_at; /* USEC_INFINITY: none */
        uint64_t leases, expiries, requests;
} Run;

/* Draws whether a frame is lost. */
static bool is_lost(Run *run) {
        return prng_below(&run->prng, 100) < run->loss_percent;
}

static void serve(Run *run, const Dhcp4Frame *frame) {
        const struct in_addr server = { htonl(0x0a000001) }, mask = { htonl(0xffffff00) };
        Dhcp4Header header;
        Dhcp4Message m;
        Dhcp4Builder b;

        if (dhcp4_message_parse(frame->data, frame->len, &m) != 0)
                abort();
        header = m.header;
        header.op = DHCP4_OP_BOOTREPLY;
        header.yiaddr.s_addr = htonl(0x0a000032);
        dhcp4_builder_init(&b, run->answer, sizeof(run->answer), &header,
                           m.type == DHCP4_DISCOVER ? DHCP4_OFFER : DHCP4_ACK);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SERVER_ID, server);
        dhcp4_builder_append_addr(&b, DHCP4_OPTION_SUBNET_MASK, mask);
        dhcp4_builder_append_u32(&b, DHCP4_OPTION_LEASE_TIME, run->lifetime_sec);
        if (dhcp4_builder_finish(&b, &run->answer_len) != 0)
                abort();
        run->answer_at = usec_add(run->now, 2 * TRIP_USEC);
}

static void drain(Run *run) {
        Dhcp4Frame frame;

        while (dhcp4_client_next_frame(&run->client, &frame)) {
                const Dhcp4State state = dhcp4_client_state(&run->client);

                run->requests += state == DHCP4_STATE_RENEWING || state == DHCP4_STATE_REBINDING;
                if (!is_lost(run) && !is_lost(run))
                        serve(run, &frame);
        }
}

static void feed(Run *run, const Dhcp4Event *event) {
        const Dhcp4Lease *lease = dhcp4_client_lease(&run->client);
        const usec_t granted_at = lease ? lease->granted_at : 0;

        dhcp4_client_input(&run->client, run->now, event);
        lease = dhcp4_client_lease(&run->client);
        run->leases += lease && lease->granted_at != granted_at;
        drain(run);
}

static void step(Run *run) {
        const usec_t deadline = dhcp4_client_next_deadline(&run->client);
        const bool held = dhcp4_client_lease(&run->client);

        if (run->answer_at <= deadline) {
                run->now = run->answer_at;
                run->answer_at = USEC_INFINITY;
                feed(run,
                     &(const Dhcp4Event){ .type = DHCP4_EVENT_MESSAGE,
                                          .message = { .data = run->answer, .len = run->answer_len } });
                return;
        }
        run->now = deadline;
        dhcp4_client_dispatch(&run->client, run->now);
        run->expiries += held && !dhcp4_client_lease(&run->client);
        drain(run);
}

/*
 * Runs until @n_leases were granted. With a loss of SILENT_PERCENT the server grants one lease and then
 * never answers, and the run ends when this lease has expired.
 */
static void run_leases(unsigned lifetime_sec, unsigned loss_percent, bool rfc, uint64_t n_leases, Run *ret) {
        static const uint8_t key[PRNG_KEY_LEN] = { 9 };
        const Dhcp4ClientConfig config = {
                .chaddr = { 2, 1, 2, 3, 4, 5 },
                .chaddr_len = 6,
                .htype = 1,
                .client_id = { 1, 2, 1, 2, 3, 4, 5 },
                .client_id_len = 7,
                .request = { 1, 3 },
                .n_request = 2,
                .conflict = DHCP4_CONFLICT_NO,
        };
        const bool silent = loss_percent == SILENT_PERCENT;

        *ret = (Run){ .now = 5000 * USEC_PER_SEC,
                      .lifetime_sec = lifetime_sec,
                      .loss_percent = silent ? 0 : loss_percent,
                      .answer_at = USEC_INFINITY };
        by_the_rfc = rfc;
        prng_init(&ret->prng, key);
        dhcp4_client_init(&ret->client, &config, key);
        feed(ret, &(const Dhcp4Event){ .type = DHCP4_EVENT_START });
        feed(ret, &(const Dhcp4Event){ .type = DHCP4_EVENT_CARRIER, .carrier.up = true });
        while (silent ? ret->expiries == 0 : ret->leases < n_leases) {
                step(ret);
                if (silent && ret->leases > 0)
                        ret->loss_percent = SILENT_PERCENT;
        }
}

static double per(uint64_t n, const Run *run, double scale) {
        return scale * (double) n / (double) run->leases;
}

int main(int argc, char *argv[]) {
        const uint64_t n_leases = argc > 1 ? strtoull(argv[1], NULL, 10) : LEASES;
        Run rfc, core;
        int failures = 0;

        printf("Expiries per 1000 leases / REQUESTs per lease: with 60 s between two REQUESTs "
               "at least (RFC 2131 §4.4.5), then as the core has it.\n\n| lease |");
        for (size_t j = 0; j < ARRAY_SIZE(losses); j++)
                printf(" %u %% lost |", losses[j]);
        printf(" server silent |\n|---|");
        for (size_t j = 0; j <= ARRAY_SIZE(losses); j++)
                printf("---|");
        printf("\n");
        for (size_t i = 0; i < ARRAY_SIZE(lifetimes); i++) {
                printf("| %u s |", lifetimes[i]);
                for (size_t j = 0; j < ARRAY_SIZE(losses); j++) {
                        run_leases(lifetimes[i], losses[j], /* rfc= */ true, n_leases, &rfc);
                        run_leases(lifetimes[i], losses[j], /* rfc= */ false, n_leases, &core);
                        printf(" %.3g / %.2f → %.3g / %.2f |", per(rfc.expiries, &rfc, 1000),
                               per(rfc.requests, &rfc, 1), per(core.expiries, &core, 1000),
                               per(core.requests, &core, 1));
                        failures += core.expiries > rfc.expiries + CHANCE;
                        failures += lifetimes[i] <= SHORT_LEASE && rfc.expiries >= 20 &&
                                core.expiries * 2 > rfc.expiries;
                }
                run_leases(lifetimes[i], SILENT_PERCENT, /* rfc= */ true, 0, &rfc);
                run_leases(lifetimes[i], SILENT_PERCENT, /* rfc= */ false, 0, &core);
                printf(" %lu → %lu |\n", (unsigned long) rfc.requests, (unsigned long) core.requests);
                failures += core.requests > TRAFFIC_MAX && core.requests > rfc.requests;
        }
        if (failures > 0)
                fprintf(stderr, "%d of the figures are not what they have to be\n", failures);
        return failures > 0;
}
