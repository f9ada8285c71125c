# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mutants that sim-machine has to find: faults of the manager. As MUTANTS in mutants.py."""

MANAGER, CLAIMS, ORPHANS, PACE, RENEW, LINK, RECORD, PORTS = (
    f"daemon/manager/{name}.c" for name in (
        "manager", "manager-claims", "manager-orphans", "manager-pace", "manager-renew", "managed-link",
        "managed-link-record", "managed-link-ports"))

MACHINE_MUTANTS = {
    "an orphan is never taken off": (
        ORPHANS,
        "        for (int i = 0; i < n; i++)\n                stop_orphan(manager, ifindexes[i]);\n",
        "        (void) n;\n"),
    "an orphan is taken off at once": (
        ORPHANS,
        "usec_add(manager_now(manager), ORPHAN_WAIT_USEC), USEC_PER_SEC);",
        "manager_now(manager), USEC_PER_SEC);"),
    "Manage=no keeps an orphan": (
        ORPHANS,
        "if (manager_begin_orphan(manager, kernel_link) != 0)",
        "if (manager_begin_link(manager, kernel_link) != 0)"),
    "the record of what nobody claims stays": (
        ORPHANS,
        "/* There is nothing to take off, and the link is nobody's now. */\n                (void) "
        "lease_store_forget_runtime(manager->store, ifindex);",
        ""),
    "a claim outlives its holder": (
        ORPHANS,
        "        manager_stop_unclaimed(manager, /* release= */ -1);\n        arm_left_timer(manager);",
        "        arm_left_timer(manager);"),
    "a holder that vanishes lets go at once": (
        ORPHANS,
        ".until = usec_add(manager_now(manager), ORPHAN_WAIT_USEC),",
        ".until = manager_now(manager),"),
    "a holder that is back is not waited for any more": (
        ORPHANS,
        "                        drop_left(manager, i);\n                        arm_left_timer(manager);\n         "
        "               return;",
        "                        return;"),
    "a rename loses the lease": (
        CLAIMS,
        "(!link->former_over && managed_link_former_names(link, &former) &&",
        "(0 && managed_link_former_names(link, &former) &&"),
    "a former name counts for ever": (LINK, "        link->former_over = true;\n", ""),
    "a rename is not put on record": (
        LINK,
        "than none.\n                 */\n                manager_mark_dirty(link->manager, link);",
        "than none.\n                 */"),
    "a claim by a glob is not seen": (
        CLAIMS,
        "                add_claim(manager, name, owner, apply);\n                "
        "manager_consider_links(manager);\n                return 0;",
        "                add_claim(manager, name, owner, apply);\n                return 0;"),
    "the bus forgets its claims with the daemon": (
        CLAIMS,
        "        if (r == 0 && owner == manager_owner_bus && manager->started)\n                "
        "save_bus_claims(manager);\n",
        ""),
    "a claim that is given up comes back with the next daemon": (
        CLAIMS,
        "        if (owner == manager_owner_bus)\n                save_bus_claims(manager);\n",
        ""),
    "the last claim goes and the link stays": (
        CLAIMS,
        "        manager_claims_changed(manager, name);\n        manager_stop_unclaimed(manager, release);",
        "        manager_claims_changed(manager, name);"),
    "StopLink() knows one name": (
        CLAIMS,
        "                n += claims_remove_matching(manager->claims, &names);\n",
        ""),
    "a link whose turn has not come waits for ever": (
        PACE,
        "oldest && !TAILQ_EMPTY(&manager->waiting) ? oldest->pace_until",
        "0 ? oldest->pace_until"),
    "who is served makes no room": (PACE, "        if (flew)\n                pace_admit(manager);", ""),
    "all links begin at once": (PACE, "while (manager->n_flying < max &&", "while ("),
    "suspend is not told to a link": (RENEW, "        link_resumed(link->link, manager_now(link->manager));\n", ""),
    "all leases are verified at once": (
        RENEW,
        "        if (questions(link) > sent)\n                batch->room--;\n",
        "        (void) sent;\n"),
    "the last leases are not verified": (
        RENEW,
        "        if (batch.more)\n                arm_renew_timer(manager);",
        ""),
    "a reload ends an unchanged link": (
        LINK,
        "if (link_set_config(link->link, manager_now(link->manager), &link_config, release)) {",
        "link_set_config(link->link, manager_now(link->manager), &link_config, release);\n        "
        "link_stop(link->link, manager_now(link->manager), false);\n        link_start(link->link, "
        "manager_now(link->manager), NULL, false);\n        if (1) {"),
    "a reload leaves Manage=no alone": (MANAGER, "if (!config->manage && !link->stopping)", "if (0)"),
    "a reload does not welcome what it refused": (
        MANAGER,
        "        if (manager->started)\n                manager_consider_links(manager);\n",
        ""),
    "a lease stays on record in another namespace": (
        MANAGER,
        "                (void) lease_store_forget_runtime(manager->store, ifindex);\n",
        "                ;\n"),
    "a link in another namespace is managed": (
        MANAGER,
        "        link->brought_up = false;\n        drop_link(manager, link);\n",
        "        link->brought_up = false;\n"),
    "an interface that is gone keeps its lease": (
        LINK,
        "        link_carrier(link->link, now, /* up= */ false);\n        link->stopping = true;",
        "        link->stopping = true;"),
    "the record of another interface is adopted": (
        RECORD,
        "        return link_names_have(&names, ret->ifname);",
        "        return true;"),
    "what is on the link is not adopted": (LINK, "        adopt_objects(link, &record);\n", ""),
    "nobody sees that the carrier moved while no daemon ran": (
        LINK,
        "ret->moved = !link->carrier || record.carrier_changes != link->carrier_changes;",
        "ret->moved = false;"),
    "a link that was brought up stays up": (
        MANAGER,
        "                (void) manager->ports->set_up(manager->port, link->ifindex, /* up= */ false);\n",
        "                ;\n"),
    "the next daemon does not know that the link was brought up": (
        LINK,
        "        link->brought_up = record.brought_up;\n",
        ""),
    "a link that is down stays down": (LINK, "if (kernel_link && !kernel_link->up) {", "if (0) {"),
    "nothing is on record before it is done": (PORTS, "        managed_link_save_plan(link, plan);\n", ""),
    "what is put back is not on record before": (
        RECORD,
        "whole = address && !net_plan_find_address(&record.owned, address);",
        "whole = address && !link_lease(link->link);"),
    "the record is of what was before the plan": (
        RECORD,
        "                        add_planned_object(&record.owned, &plan->steps[i]);\n",
        "                        ;\n"),
    "a record is not saved again": (
        MANAGER, "        flush_some(manager, FLUSH_PER_PASS);\n",
        "        g_hash_table_remove_all(manager->dirty);\n"),
    "what is saved late is lost with the link": (
        MANAGER,
        "                managed_link_save(link);\n        manager_tell_removed",
        "                ;\n        manager_tell_removed"),
    "a link that has stopped is kept": (
        LINK,
        "return link->stopping && (link_settled(link->link) || now >= link->stop_until);",
        "return 0 && now >= link->stop_until;"),
    "a link of another manager is taken": (
        MANAGER,
        "if (!config->take_over && manager->ports->other_manager(manager->port, kernel_link->ifindex) &&",
        "if (0 &&"),
}
