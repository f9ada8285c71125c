/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's part of a turn (link-kernel.h): the plan that closes the gap between what is wanted and what
 * is there (net/net-plan.h). Remembers what is settled, what the kernel refused, and what others removed
 * (net/restore.h). Knows neither protocol families nor frames. Allocates nothing; has no clock, no log and
 * no descriptor.
 *
 * New addresses and routes are added before old ones are removed. When a lease ends, we remove its address
 * before the kernel does, because the kernel might remove addresses of others with it. To make sure of that,
 * the address gets three more seconds in the kernel two seconds before the lease ends. If the daemon does
 * not run, the kernel removes the address when the lease ends.
 */
#include "link/link-kernel.h"

#include "base/macro.h"
#include "net/net-plan.h"

void link_kernel_init(LinkKernel *kernel) {
        *kernel = (LinkKernel){ .settled = false };
        restore_reset(&kernel->restore);
}

void link_kernel_reapply(LinkKernel *kernel) {
        kernel->restorable = false;
}

void link_kernel_unsettle(LinkKernel *kernel) {
        kernel->settled = false;
}

typedef enum LinkVerdict {
        LINK_APPLY_NOW,
        LINK_APPLY_LATER, /* at apply_at */
        LINK_APPLY_NOT,   /* wait until something else happens */
} LinkVerdict;

/*
 * Decides whether the steps of a non-empty plan may be carried out now. For LINK_APPLY_LATER it stores the
 * instant in *ret_at.
 */
static LinkVerdict may_apply(LinkKernel *kernel, usec_t now, bool carrier, const LinkWanted *wanted,
                             usec_t *ret_at) {
        *ret_at = kernel->apply_at;
        if (now < kernel->apply_at)
                return LINK_APPLY_LATER;
        if (!wanted->applied) {
                restore_reset(&kernel->restore);
                return LINK_APPLY_NOW;
        }

        /*
         * The kernel counts whole seconds, so it may drop the address up to one second before the lease
         * ends. Nobody removed the address then, and the kernel would refuse to add it again. The end of the
         * lease starts another turn.
         */
        if (wanted->ends_at <= usec_add(now, USEC_PER_SEC))
                return LINK_APPLY_NOT;

        /*
         * The kernel accepts no routes on a link that is down. The return of the carrier starts another
         * turn.
         */
        if (!carrier)
                return LINK_APPLY_NOT;

        /*
         * Nobody has removed anything. The lease is new or has changed, so what it needs is applied at once.
         */
        if (!kernel->restorable || wanted->grant != kernel->settled_grant) {
                restore_reset(&kernel->restore);
                return LINK_APPLY_NOW;
        }
        /* The kernel refused to restore what was removed. The next try is not counted as another removal. */
        if (kernel->refusals > 0)
                return LINK_APPLY_NOW;

        /* The kernel had everything, and the lease is the same, so somebody else has removed something. */
        switch (restore_decide(&kernel->restore, now)) {
        case RESTORE_NOW:
                return LINK_APPLY_NOW;
        case RESTORE_LATER:
                *ret_at = kernel->restore.due_at;
                return LINK_APPLY_LATER;
        case RESTORE_NEVER:
                return LINK_APPLY_NOT;
        }
        assert_not_reached();
}

/*
 * Notes what is missing, which is what @plan would add. @actual is the configuration that the plan starts
 * from.
 */
static void note_missing(LinkKernel *kernel, const NetPlan *plan, const NetConfig *actual) {
        LinkMissing missing = {};

        for (size_t i = 0; i < plan->n_steps; i++) {
                const NetStep *step = &plan->steps[i];

                switch (step->op) {
                case NET_OP_ADD_ADDRESS:
                case NET_OP_EXTEND_ADDRESS:
                        if (net_plan_find_address(actual, &step->address))
                                missing.lifetime = true;
                        else
                                missing.address = true;
                        break;
                case NET_OP_ADD_ROUTE_ONLINK:
                case NET_OP_ADD_ROUTE_GATEWAY:
                        if (step->route.prefix_len == 0)
                                missing.default_route = true;
                        else if (missing.n_routes++ == 0) {
                                missing.family = step->route.family;
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
                        break; /* something is too much or has to be replaced, but nothing is missing */
                case _NET_OP_MAX:
                        assert_not_reached();
                }
        }
        kernel->missing = missing;
}

static void settle(LinkKernel *kernel, const LinkWanted *wanted) {
        kernel->settled = true;
        kernel->refusals = 0;
        kernel->apply_at = 0;
        if (!wanted->any || !kernel->restorable || wanted->grant != kernel->settled_grant)
                restore_reset(&kernel->restore);
        restore_whole(&kernel->restore);
        kernel->restorable = wanted->any;
        if (wanted->any)
                kernel->settled_grant = wanted->grant;
}

static bool plan_has_address(const NetPlan *plan) {
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
 * Returns when the lifetime of the address has to be extended so that we remove it before the kernel does.
 * Notes whether that time has come; then it returns USEC_INFINITY.
 *
 * The kernel counts whole seconds, so it would remove the address up to one second before the lease ends.
 * Without promote_secondaries it would also remove addresses of others in the same network. We remove the
 * address without harm to those (io/kernel.h).
 */
static usec_t note_ending(LinkKernel *kernel, usec_t now, const LinkWanted *wanted) {
        const usec_t ending_at =
                wanted->applied ? usec_sub(wanted->ends_at, LINK_ENDING_USEC) : USEC_INFINITY;
        const bool ending = now >= ending_at;

        /*
         * What we want has changed, so a difference does not mean that others removed something. What the
         * link gave up restoring stays given up.
         */
        if (ending != kernel->ending && !kernel->restore.given_up)
                kernel->restorable = false;
        kernel->ending = ending;
        return ending ? USEC_INFINITY : ending_at;
}

/*
 * Lets addresses outlast the lease. This only applies to our own addresses that are on the link: addresses
 * of others do not get a longer lifetime, and a missing address is not added again.
 */
static void outlast(const NetConfig *actual, NetConfig *desired) {
        for (size_t i = 0; i < desired->n_addresses; i++) {
                NetAddress *address = &desired->addresses[i];
                const NetAddress *found = net_plan_find_address(actual, address);

                if (found && found->ours)
                        address->valid_until = usec_add(address->valid_until, LINK_OUTLAST_USEC);
        }
}

usec_t link_kernel_turn(LinkKernel *kernel, LinkOutside *outside, usec_t now, bool carrier,
                        const LinkWanted *wanted, NetConfig *desired, bool *ret_shown) {
        NetConfig actual;
        NetPlan plan;
        usec_t at, ending_at;
        int r;

        *ret_shown = false;
        ending_at = note_ending(kernel, now, wanted);

        /*
         * Two rounds: the kernel shows at once what was applied, so the lease is published in the same turn.
         */
        for (unsigned round = 0;; round++) {
                r = outside->ports->snapshot(outside->port, now, desired, &actual);
                if (r < 0) {
                        link_fail(outside, r, "reading the kernel's configuration");
                        return usec_add(now, LINK_RETRY_MIN_USEC);
                }
                if (kernel->ending && round == 0)
                        outlast(&actual, desired);
                net_plan_compute(desired, &actual, &plan);
                if (plan.n_steps == 0) {
                        settle(kernel, wanted);
                        *ret_shown = true;
                        return ending_at;
                }
                if (round > 0)
                        break;

                switch (may_apply(kernel, now, carrier, wanted, &at)) {
                case LINK_APPLY_NOW:
                        break;
                case LINK_APPLY_LATER:
                        return at;
                case LINK_APPLY_NOT:
                        note_missing(kernel, &plan, &actual);
                        return ending_at;
                }

                r = outside->ports->apply(outside->port, now, &plan);
                if (r < 0)
                        link_fail(outside, r, "applying addresses and routes");
        }

        /* One route that the kernel refuses must not hide a lease whose address is there. */
        *ret_shown = !plan_has_address(&plan);

        /*
         * Still not as wanted: the kernel refused, or somebody has removed it again already. The next try
         * waits.
         */
        kernel->apply_at = usec_add(now, link_retry_usec(kernel->refusals++));
        return kernel->apply_at;
}
