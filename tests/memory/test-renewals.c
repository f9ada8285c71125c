/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Renews the lease of one link a million times, which is about 57 years. The memory of the process must not
 * grow after the first thousand renewals, and each renewal must take one frame.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/memory/resident.h"
#include "tests/memory/world.h"

#define RENEWALS  1000000u
#define WARM_UP   1000u
#define SLACK_KIB 64 /* growth by the C library or the kernel that is allowed */

static unsigned n_frames;

static void on_frame(World *w, const Dhcp4Frame *frame) {
        n_frames++;
}

static void on_arp(World *w, const ArpPacket *arp) {
}

static const MemoryHooks hooks = { .frame = on_frame, .arp = on_arp };

static void renew(World *w) {
        pass_to_state(w, DHCP4_STATE_RENEWING);
        answer(w, DHCP4_ACK);
        assert(state(w) == DHCP4_STATE_BOUND);
}

int main(void) {
        static const LinkConfig config = {
                .client = { .chaddr = { 2, 1, 2, 3, 4, 5 },
                            .chaddr_len = 6,
                            .htype = 1,
                            .client_id = { 1, 2, 1, 2, 3, 4, 5 },
                            .client_id_len = 7,
                            .conflict = DHCP4_CONFLICT_OPTIMISTIC,
                            .request = { 1, 3, 51 },
                            .n_request = 3,
                            .carrier_grace_usec = USEC_INFINITY },
                .mac = { 2, 1, 2, 3, 4, 5 },
                .can_acd = true,
                .defend_address = true,
        };
        size_t heap;
        long before;
        World w;

        open_world(&w, &config, NULL);
        bind_link(&w);
        n_frames = 0;
        for (unsigned i = 0; i < WARM_UP; i++)
                renew(&w);
        before = resident_kib();
        heap = mallinfo2().uordblks;
        for (unsigned i = WARM_UP; i < RENEWALS; i++)
                renew(&w);
        assert(n_frames == RENEWALS);
        assert(mallinfo2().uordblks == heap); /* checked before printf() allocates memory */
        assert(resident_kib() <= before + SLACK_KIB);
        assert(w.kernel.n_addresses == 1);
        printf("%u renewals: %ld KiB after %u, %ld KiB at the end\n", RENEWALS, before, WARM_UP,
               resident_kib());
        w.link = link_free(w.link);
        return 0;
}
