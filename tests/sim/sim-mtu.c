/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The MTU of a link's interface (sim.h): which MTU the device has, what others set it to, what an earlier
 * daemon has on record, and drivers that lose their carrier for every change. The checks use the leases and
 * what happened to the device, not the state of net/mtu.c.
 */
#include <errno.h>

#include "tests/sim/sim.h"

#define BOUNCE_AFTER_USEC (100 * USEC_PER_MSEC)

static const uint16_t others_values[] = { 1500, 1492, 1450, 1400, 9000 };

void sim_mtu_init(SimHost *host) {
        host->world.mtu = 1500;
        host->mtu = (SimMtu){
                .foreign = 1500,
                .bounce_at = USEC_INFINITY,
                .bounces = sim_draw(host->sim, 3) == 0,
                .down_usec = (1 + sim_draw(host->sim, 8)) * USEC_PER_SEC,
        };
        link_mtu(host->world.link, host->sim->now, host->world.mtu);
}

/* Returns the MTU that the lease in force asks for; 0: there is none, or it must not be set. */
static uint32_t wanted_of(const SimHost *host) {
        const Dhcp4Lease *lease = sim_host_lease(host);
        const Dhcp4NetPolicy *policy = &host->config.net;
        Dhcp4Message ack;
        uint16_t value;

        if (!lease || policy->lease_only || policy->use_mtu != NET_MTU_LINK)
                return 0;
        dhcp4_lease_message(lease, &ack);
        if (dhcp4_message_get_u16(&ack, DHCP4_OPTION_MTU, &value) != 0 || value < policy->mtu_min ||
            value < 68)
                return 0;
        return value;
}

static bool has_bounced(const SimMtu *mtu, uint32_t value) {
        for (unsigned i = 0; i < mtu->n_bounced; i++)
                if (mtu->bounced[i] == value)
                        return true;
        return false;
}

int sim_mtu_set(SimHost *host, uint32_t value, uint32_t before) {
        SimMtu *mtu = &host->mtu;
        const bool back = value == before;

        sim_trace(host->sim, "host %d MTU %u %s %u", host->index, host->world.mtu,
                  back ? "set back to" : "set to", value);
        if (value == host->world.mtu)
                sim_fail(host->sim, host, "it sets the MTU that the link has already");
        if (before != mtu->foreign)
                sim_fail(host->sim, host, "the MTU %u that others set is forgotten", mtu->foreign);
        if (!back) {
                if (!host->running || value != wanted_of(host))
                        sim_fail(host->sim, host, "it sets an MTU that no lease asks for");
                if (!host->world.carrier)
                        sim_fail(host->sim, host, "an MTU is set without a carrier");
                if (value == mtu->left)
                        sim_fail(host->sim, host, "it changes the MTU that others have set");
                if (has_bounced(mtu, value))
                        sim_fail(host->sim, host,
                                 "it sets an MTU again for which the device lost its carrier");
                mtu->saved_before = before;
                mtu->saved_set = value;
        }
        if (sim_fault(host->sim, host->sim->faults.apply_error)) {
                mtu->back_refused += back;
                return -EBUSY;
        }
        (void) world_ports.set_mtu(host, value, before);
        mtu->back_refused = 0;
        mtu->is_new = !back;
        mtu->set_at = host->sim->now;
        if (mtu->bounces && host->world.carrier)
                mtu->bounce_at = host->sim->now + BOUNCE_AFTER_USEC;
        return 0;
}

/* If the carrier is lost within MTU_BOUNCE_USEC of a change of the MTU, the change counts as the reason. */
void sim_mtu_carrier_lost(SimHost *host) {
        SimMtu *mtu = &host->mtu;

        if (mtu->is_new && host->sim->now < mtu->set_at + MTU_BOUNCE_USEC &&
            !has_bounced(mtu, host->world.mtu) && mtu->n_bounced < G_N_ELEMENTS(mtu->bounced))
                mtu->bounced[mtu->n_bounced++] = host->world.mtu;
        mtu->is_new = false;
}

void sim_mtu_bounce(SimHost *host) {
        SimMtu *mtu = &host->mtu;

        mtu->bounce_at = USEC_INFINITY;
        if (mtu->is_down) {
                mtu->is_down = false;
                if (!host->world.carrier)
                        sim_host_carrier(host, true);
        } else if (host->world.carrier) {
                mtu->is_down = true;
                mtu->bounce_at = host->sim->now + mtu->down_usec;
                sim_host_carrier(host, false);
        }
}

/* Somebody else sets the MTU to another value. */
static void others_set(SimHost *host, uint32_t except) {
        uint32_t value;

        do
                value = others_values[sim_draw(host->sim, G_N_ELEMENTS(others_values))];
        while (value == host->world.mtu || value == except);
        sim_trace(host->sim, "host %d MTU %u set to %u by others", host->index, host->world.mtu, value);
        host->world.mtu = host->mtu.foreign = value;
        host->mtu.is_new = false;
}

void sim_mtu_meddle(SimHost *host) {
        others_set(host, /* except= */ 0);
        if (wanted_of(host) != 0)
                host->mtu.left = wanted_of(host);
        link_mtu(host->world.link, host->sim->now, host->world.mtu);
}

void sim_mtu_stopped(SimHost *host) {
        host->mtu.left = 0;
        host->mtu.n_bounced = 0;
}

void sim_mtu_restart(SimHost *host) {
        SimMtu *mtu = &host->mtu;

        mtu->n_bounced = mtu->back_refused = 0;
        mtu->is_new = false;
        if (sim_draw(host->sim, 4) == 0)
                others_set(host, mtu->saved_set);
        /* Otherwise the last daemon left the MTU to others, or others changed it while no daemon ran. */
        if (mtu->saved_before != 0 &&
            (host->world.mtu == mtu->saved_set || host->world.mtu == mtu->saved_before))
                mtu->left = 0;
        else
                mtu->left = mtu->saved_set;
        link_mtu(host->world.link, host->sim->now, host->world.mtu);
        link_adopt_mtu(host->world.link, mtu->saved_before, mtu->saved_set);
}

void sim_mtu_check(SimHost *host) {
        const Dhcp4State state = dhcp4_client_state(link_client(host->world.link));
        const Mtu *known = link_mtu_state(host->world.link);
        const uint32_t wanted = wanted_of(host);
        SimMtu *mtu = &host->mtu;

        if (wanted != 0 && wanted != mtu->left)
                mtu->left = 0;
        if (mtu_current(known) != host->world.mtu)
                sim_fail(host->sim, host, "it does not know the link's MTU");
        if (mtu_before(known) == 0 && host->world.mtu != mtu->foreign) {
                if (mtu->back_refused < MTU_TRIES_MAX)
                        sim_fail(host->sim, host, "nothing will set the MTU back");
                mtu->foreign = host->world.mtu;
                mtu->back_refused = 0;
        }
        mtu->saved_before = mtu_before(known);
        mtu->saved_set = mtu->saved_before != 0 ? host->world.mtu : mtu_yielded(known);
        if (!link_settled(host->world.link))
                return;

        /*
         * If the change cost the link its carrier and its lease, the client asks for the lease again. It
         * keeps the MTU meanwhile, because setting the MTU back would cost the carrier once more.
         */
        if (wanted == 0 && host->world.mtu != mtu->foreign &&
            ((state != DHCP4_STATE_INIT_REBOOT && state != DHCP4_STATE_REBOOTING) ||
             !has_bounced(mtu, host->world.mtu)))
                sim_fail(host->sim, host, "settled, with an MTU that no lease asks for");
        if (wanted != 0 && host->world.mtu != wanted && host->world.carrier && mtu->left == 0 &&
            !mtu_is_refused(known) && !has_bounced(mtu, wanted) &&
            mtu->n_bounced < G_N_ELEMENTS(mtu->bounced))
                sim_fail(host->sim, host, "settled, without its MTU");
}
