/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's part of a turn: what a lease comes to on this link, what is there, and the plan that closes
 * the gap (net/net-plan.h). Owns the memory of what is settled, what was refused, and what others took away
 * (net/restore.h). Knows nothing of frames and sockets. Allocates nothing; has no clock, no log and no
 * descriptor.
 *
 * What is new is put on the link before what is old goes. An address whose lease ends is taken off by us and
 * not by the kernel, which would take addresses of others along: two seconds before the end it gets three
 * more seconds in the kernel. Without a daemon the kernel takes it off when the lease ends.
 */
#include <errno.h>

#include "base/macro.h"
#include "link/link-internal.h"

/* What the kernel refuses is asked for again: after a second, and ever more seldom. */
#define LINK_RETRY_MIN_USEC (1 * USEC_PER_SEC)
#define LINK_RETRY_MAX_USEC (60 * USEC_PER_SEC)

const Dhcp4Lease *link_held(const Link *link) {
        return dhcp4_client_lease(&link->client) ?: link->former.on ? &link->published : NULL;
}

void link_kernel_init(Link *link) {
        restore_reset(&link->kernel.restore);
}

void link_kernel_reapply(Link *link) {
        link->kernel.restorable = false;
}

void link_kernel_unsettle(Link *link) {
        link->kernel.settled = false;
}

/*
 * What should be on the link: the lease, or what stands in for it until there is one. @buffer: where that is
 * made up.
 */
static const Dhcp4Lease *link_wanted(const Link *link, Dhcp4Lease *buffer) {
        const Dhcp4Lease *lease = link_held(link);

        if (lease)
                return lease;
        return dhcp4_client_fallback(&link->client, buffer) ? buffer : NULL;
}

/*
 * What @lease comes to on this link: what the kernel should have. A route's MTU counts for Linux even if it
 * is larger than the interface's, and what is sent then by it goes nowhere; so it is for making it smaller
 * only. A device that does not take UseMTU=link leaves it to the routes.
 *
 * Negative errno when nobody can say what tunnels there are; *ret is careful then: it has no route that
 * might capture the traffic of one.
 */
static int link_config(const Link *link, const Dhcp4Lease *lease, NetConfig *ret,
                       Dhcp4NetRefusals *ret_refusals) {
        Dhcp4NetPolicy policy = link->net;
        NetTunnels tunnels;
        int r = 0;

        tunnels.n_routes = 0;
        if (lease && link->net.classless != DHCP4_CLASSLESS_ACCEPT && !link->net.lease_only) {
                r = link->ports->tunnels(link->port, &tunnels);
                if (r < 0)
                        net_tunnels_set_unknown(&tunnels);
        }
        if (mtu_is_denied(&link->mtu))
                policy.use_mtu = NET_MTU_ROUTE;
        dhcp4_net_config(lease, &policy, &tunnels, ret, ret_refusals);
        for (size_t i = 0; i < ret->n_routes; i++)
                if (mtu_current(&link->mtu) != 0 && ret->routes[i].mtu > mtu_current(&link->mtu))
                        ret->routes[i].mtu = 0;
        return r;
}

/* Takes note of what is refused of what the lease asks for. */
static void link_note_refusals(Link *link, const Dhcp4NetRefusals *refusals) {
        if (dhcp4_net_refusals_equal(&link->kernel.refused, refusals))
                return;
        link->kernel.refused = *refusals;
        /* Our own wish is another one: what is missing now was not taken away by anybody. */
        link_kernel_reapply(link);
}

typedef enum LinkVerdict {
        LINK_APPLY_NOW,
        LINK_APPLY_LATER, /* at apply_at */
        LINK_APPLY_NOT,   /* not before something else happens */
} LinkVerdict;

/*
 * Decides whether the steps of a non-empty plan may be carried out now. *ret_at says when, for
 * LINK_APPLY_LATER.
 */
static LinkVerdict link_may_apply(Link *link, usec_t now, const Dhcp4Lease *lease, usec_t *ret_at) {
        *ret_at = link->kernel.apply_at;
        if (now < link->kernel.apply_at)
                return LINK_APPLY_LATER;
        if (!lease) {
                restore_reset(&link->kernel.restore);
                return LINK_APPLY_NOW;
        }

        /*
         * The kernel counts whole seconds and may drop the address up to one before the lease ends: nobody's
         * fault, and it would not take it again. The end itself brings us back here.
         */
        if (dhcp4_lease_expires_at(lease) <= usec_add(now, USEC_PER_SEC))
                return LINK_APPLY_NOT;

        /* The kernel takes no routes on a link that is down. The carrier's return brings us back here. */
        if (!link->carrier)
                return LINK_APPLY_NOT;

        /*
         * Nobody has taken anything away: the lease is new or changed, so what it needs is applied at once.
         */
        if (!link->kernel.restorable || lease->granted_at != link->kernel.settled_grant) {
                restore_reset(&link->kernel.restore);
                return LINK_APPLY_NOW;
        }
        /* The kernel refused what was to be put back. The next try belongs to the same loss. */
        if (link->kernel.refusals > 0)
                return LINK_APPLY_NOW;

        /* The kernel had it all and the lease is the same: somebody else took something away. */
        switch (restore_decide(&link->kernel.restore, now)) {
        case RESTORE_NOW:
                return LINK_APPLY_NOW;
        case RESTORE_LATER:
                *ret_at = link->kernel.restore.due_at;
                return LINK_APPLY_LATER;
        case RESTORE_NEVER:
                return LINK_APPLY_NOT;
        }
        assert_not_reached();
}

/* Notes what is missing: what the steps of @plan would bring back. @actual is what the plan starts from. */
static void link_note_missing(Link *link, const NetPlan *plan, const NetConfig *actual) {
        LinkMissing missing = {};

        for (size_t i = 0; i < plan->n_steps; i++) {
                const NetStep *step = &plan->steps[i];

                switch (step->op) {
                case NET_OP_ADD_ADDRESS:
                case NET_OP_EXTEND_ADDRESS:
                        missing.lifetime = net_plan_find_address(actual, &step->address);
                        missing.address = !missing.lifetime;
                        break;
                case NET_OP_ADD_ROUTE_ONLINK:
                case NET_OP_ADD_ROUTE_GATEWAY:
                        if (step->route.prefix_len == 0)
                                missing.default_route = true;
                        else if (missing.n_routes++ == 0) {
                                missing.dst = step->route.dst;
                                missing.prefix_len = step->route.prefix_len;
                        }
                        break;
                case NET_OP_ADD_RULE:
                        missing.rule = true;
                        break;
                case NET_OP_DEL_RULE:
                case NET_OP_REMAKE_ADDRESS:
                case NET_OP_DEL_ADDRESS:
                case NET_OP_DEL_ROUTE:
                        break; /* something is left over or has another form; the lease lacks nothing */
                case _NET_OP_MAX:
                        assert_not_reached();
                }
        }
        link->kernel.missing = missing;
}

static void link_settle(Link *link, const Dhcp4Lease *lease) {
        link->kernel.settled = true;
        link->kernel.refusals = 0;
        link->kernel.apply_at = 0;
        if (!lease || !link->kernel.restorable || lease->granted_at != link->kernel.settled_grant)
                restore_reset(&link->kernel.restore);
        restore_whole(&link->kernel.restore);
        link->kernel.restorable = lease;
        if (lease) {
                link->kernel.settled_grant = lease->granted_at;
                link_fail(link, 0, NULL);
                /*
                 * The address is there by now, so a UDP socket that could not be opened without it is tried
                 * again in this turn.
                 */
                if (link->udp_error == -EADDRNOTAVAIL)
                        link->udp_error = 0;
        }
        link_publish(link, lease);
}

static bool link_plan_has_address(const NetPlan *plan) {
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].op == NET_OP_ADD_ADDRESS || plan->steps[i].op == NET_OP_DEL_ADDRESS ||
                    plan->steps[i].op == NET_OP_REMAKE_ADDRESS)
                        return true;
        return false;
}

usec_t link_retry_usec(unsigned refusals) {
        const usec_t span = LINK_RETRY_MIN_USEC << MIN(refusals, 6u);

        return MIN(span, LINK_RETRY_MAX_USEC);
}

/*
 * Says when the address gets the time that it needs to be taken off by us, and notes whether that is so.
 *
 * The kernel counts whole seconds, so it would take the address up to one before the lease ends; and with it,
 * without promote_secondaries, those of others in the same network. We take it off with care (io/kernel.h).
 */
static usec_t link_note_ending(Link *link, usec_t now, const Dhcp4Lease *lease) {
        const usec_t ending_at =
                lease ? usec_sub(dhcp4_lease_expires_at(lease), LINK_ENDING_USEC) : USEC_INFINITY;
        const bool ending = now >= ending_at;

        /* Our own wish is another one, as in link_note_refusals(). What was given up stays so. */
        if (ending != link->kernel.ending && !link->kernel.restore.given_up)
                link->kernel.restorable = false;
        link->kernel.ending = ending;
        return ending ? USEC_INFINITY : ending_at;
}

/* Only what is ours and there: nobody else's address lives longer than the lease, and nothing is put back. */
static void link_outlast(const NetConfig *actual, NetConfig *desired) {
        for (size_t i = 0; i < desired->n_addresses; i++) {
                NetAddress *address = &desired->addresses[i];
                const NetAddress *found = net_plan_find_address(actual, address);

                if (found && found->ours)
                        address->valid_until = usec_add(address->valid_until, LINK_OUTLAST_USEC);
        }
}

usec_t link_turn_kernel(Link *link, usec_t now) {
        const Dhcp4Lease *lease, *applied;
        Dhcp4NetRefusals refusals;
        NetConfig desired, actual;
        Dhcp4Lease fallback;
        NetPlan plan;
        usec_t at, ending_at;
        int r;

        link->kernel.settled = false;
        lease = link_wanted(link, &fallback);
        /* What was put on the link before the configuration said so is taken off. */
        applied = link->net.lease_only ? NULL : lease;
        ending_at = link_note_ending(link, now, applied);
        r = link_config(link, applied, &desired, &refusals);
        if (r < 0) {
                link_fail(link, r, "reading the routes of tunnels");
                return usec_add(now, LINK_RETRY_MIN_USEC);
        }
        link_note_refusals(link, &refusals);

        /*
         * Twice: what was applied shows at once, so that the lease is published in the turn that brought it.
         */
        for (unsigned round = 0;; round++) {
                r = link->ports->snapshot(link->port, now, &desired, &actual);
                if (r < 0) {
                        link_fail(link, r, "reading the kernel's configuration");
                        return usec_add(now, LINK_RETRY_MIN_USEC);
                }
                if (link->kernel.ending && round == 0)
                        link_outlast(&actual, &desired);
                net_plan_compute(&desired, &actual, &plan);
                if (plan.n_steps == 0) {
                        link_settle(link, lease);
                        return ending_at;
                }
                if (round > 0)
                        break;

                switch (link_may_apply(link, now, applied, &at)) {
                case LINK_APPLY_NOW:
                        break;
                case LINK_APPLY_LATER:
                        return at;
                case LINK_APPLY_NOT:
                        link_note_missing(link, &plan, &actual);
                        return ending_at;
                }

                r = link->ports->apply(link->port, now, &plan);
                if (r < 0)
                        link_fail(link, r, "applying addresses and routes");
        }

        /* One route that the kernel refuses must not hide a lease whose address is there. */
        if (!link_plan_has_address(&plan))
                link_publish(link, lease);

        /* Still not as wanted: refused, or somebody is quicker than we are. One try per interval. */
        link->kernel.apply_at = usec_add(now, link_retry_usec(link->kernel.refusals++));
        return link->kernel.apply_at;
}

void link_tunnels_changed(Link *link, usec_t now) {
        Dhcp4NetRefusals refusals;
        Dhcp4Lease fallback;
        NetConfig desired;

        /* Most tunnels matter to nobody. */
        if (link->net.lease_only)
                return;
        if (link_config(link, link_wanted(link, &fallback), &desired, &refusals) < 0 ||
            !dhcp4_net_refusals_equal(&link->kernel.refused, &refusals))
                link_timer(link, now);
}

void link_desired(const Link *link, NetConfig *ret) {
        Dhcp4NetRefusals refusals;
        Dhcp4Lease fallback;

        (void) link_config(link, link_wanted(link, &fallback), ret, &refusals);
}

const Dhcp4NetRefusals *link_refusals(const Link *link) {
        return &link->kernel.refused;
}

size_t link_ignored(const Link *link, Dhcp4Ignored *ret, size_t max) {
        Dhcp4NetRefusals refusals;
        NetConfig config;
        Dhcp4Message ack;

        if (!link->have_published)
                return 0;
        (void) link_config(link, &link->published, &config, &refusals);
        dhcp4_lease_message(&link->published, &ack);
        return dhcp4_net_ignored(&link->published, &ack, &link->net, &config, &refusals, ret, max);
}

bool link_settled(const Link *link) {
        return link->kernel.settled;
}

const LinkMissing *link_missing(const Link *link) {
        return link->kernel.restore.given_up ? &link->kernel.missing : NULL;
}
