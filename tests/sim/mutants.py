#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""mutants.py SOURCE_ROOT [--built=FOLDER] [NAME...]: do the tests find bugs?
mutants.py SOURCE_ROOT --note-seeds: the same, and seeds.txt becomes what found them.
mutants.py SOURCE_ROOT --generated [OPTION...]: does anything at all find them? See generated.py, and --help there.

Breaks the client in one place at a time, and runs seeds of the simulator until one fails that passes without the
break. One program has all of the breaks in it (switched.py). What has none is taken from FOLDER, where meson has built
it, or is compiled. A mutant that survives is a hole in what the simulator checks. One whose text is not found any
more has to be written anew. Some mutants do what a client may do, as far as a simulation can tell: those have a unit
test that must fail. Those of the manager are in machine_mutants.py, for sim-machine.

seeds.txt has the seed that found each mutant last. It is tried first, which saves most of the time. When it finds
nothing any more, all seeds are tried as ever.
"""
import concurrent.futures
import functools
import os
import re
import sys
import tempfile

import programs
import switched
from machine_mutants import MACHINE_MUTANTS

SEEDS = 3000
SEEDS_FILE = "tests/sim/seeds.txt"
MESSAGE, EVENT, CLIENT = (f"daemon/core/dhcp4-client{name}.c" for name in ("-message", "-event", ""))
CLIENT_DNA, VERIFY = "daemon/core/dhcp4-client-dna.c", "daemon/core/dhcp4-client-verify.c"
LEVELS, OUTGOING = "daemon/core/dhcp4-client-levels.c", "daemon/core/dhcp4-outgoing.c"
SEND, BROADCAST = "daemon/core/dhcp4-client-send.c", "daemon/core/dhcp4-client-broadcast.c"
BACKOFF = "daemon/core/dhcp4-backoff.c"
NET, LEASE, FALLBACK = "daemon/core/dhcp4-net.c", "daemon/core/dhcp4-lease.c", "daemon/core/dhcp4-client-fallback.c"
KEPT = "daemon/core/dhcp4-lease-kept.c"
SEARCH, OFFER = "daemon/core/dhcp4-client-search.c", "daemon/core/dhcp4-client-offer.c"
KERNEL = "tests/world/world-kernel.c"  # what io/ does on a host, so what it must not forget is tried there
NET_CONFIG, PLAN, TUNNELS = "daemon/net/net-config.c", "daemon/net/net-plan.c", "daemon/net/net-tunnels.c"
LINK, ACD, DNA, MTU = "daemon/link/link.c", "daemon/core/acd.c", "daemon/core/dna.c", "daemon/net/mtu.c"
RESTORE, FORCERENEW = "daemon/net/restore.c", "daemon/core/dhcp4-forcerenew.c"
LINK_KERNEL, LINK_DHCP4, LINK_FORMER = (f"daemon/link/link-{name}.c" for name in ("kernel", "dhcp4", "dhcp4-former"))

# name: (file, what is there once, what takes its place)
MUTANTS = {
    "the xid is not checked": (
        MESSAGE, "if (m->header.xid != question_xid(client, m->type) && m->type != DHCP4_FORCERENEW)", "if (0)"),
    "chaddr is not checked": (MESSAGE, "if (config->chaddr_len > 0 && memcmp(", "if (0 && memcmp("),
    "the client identifier is not checked": (
        MESSAGE, "(id_len != config->client_id_len || memcmp(id,", "(0 && memcmp(id,"),
    "an ACK of any server is taken": (
        MESSAGE,
        "if (names_asked_server(client, heard))\n                return true;\n        return heard->answer.m",
        "return true;\n        return heard->answer.m"),
    "a NAK of any server is taken": (
        MESSAGE,
        "if (heard->server_id.s_addr != client_asked_server(client).s_addr)\n"
        "                        return refuse(client, heard, DHCP4_REFUSAL_NAK_IGNORED);", ""),
    "a NAK is ignored in RENEWING": (
        MESSAGE,
        "if (heard->server_id.s_addr != client->lease.server_id.s_addr)\n                        return false;\n"
        "                break;", "return false;"),
    "FORCERENEW needs no authentication": (
        MESSAGE,
        "if (!dhcp4_nonce_check(&client->lease.nonce, client->config.hmac_md5, heard->answer.data,\n"
        "                               heard->answer.len))\n                return false;", ""),
    "op is not checked": (MESSAGE, "if (m->header.op != DHCP4_OP_BOOTREPLY)", "if (0)"),
    "the lease counts from the ACK": (MESSAGE, "client->request_sent_at, &basis", "now, &basis"),
    "a NAK need not say whose it is": (MESSAGE, "return is_nak_of_nameless(client, heard);", "return true;"),
    "an OFFER has to have a server": (MESSAGE, "return heard->source.s_addr != INADDR_ANY;", "return false;"),
    "an OFFER has to have a lifetime": (
        KEPT, "dhcp4_builder_append_u32(b, DHCP4_OPTION_LEASE_TIME, basis->lifetime_sec);", ";"),
    "who has no name is as good as who has": (
        MESSAGE, "if (!heard->names_server || offered.server_id", "if (offered.server_id"),
    "what a renewal leaves out is lost": (KEPT, "keep_configuration(&b, m, &from);", ""),
    "what the OFFER alone has is lost": (
        MESSAGE,
        "!describes_network(client, heard->answer.m))\n                        basis.before = &client->lease;\n",
        "!describes_network(client, heard->answer.m))\n                        ;\n"),
    "a renewal has to have a lifetime": (KEPT, "(void) keep(b, from, DHCP4_OPTION_LEASE_TIME);", ""),
    "the lifetime of before goes first": (
        KEPT, "if (!dhcp4_kept_lacks(m, DHCP4_OPTION_LEASE_TIME))\n                return;", ""),
    "a renewal has to have a server": (MESSAGE, "return ret->s_addr != INADDR_ANY;", "return false;"),
    "a renewal has to have an address": (MESSAGE, "basis.asked = client->lease.address;", ";"),
    "another node may not grant what was offered": (
        MESSAGE, "(has_source_of_offer(client, heard) || client->attempt > 1);", "false;"),
    "another node may not renew": (
        MESSAGE, "(names_asked_server(client, heard) || confirms_address(client, heard->answer.m)) &&",
        "names_asked_server(client, heard) &&"),
    "a stranger's ACK is as good as the server's": (
        MESSAGE, "(has_source_of_offer(client, heard) || client->attempt > 1);", "true;"),
    "rapid commit goes by the configuration": (
        MESSAGE, "if (!client->rapid_sent ||", "if (!client->config.rapid_commit ||"),
    "option 57 is the MTU with the headers": (
        OUTGOING, "return (uint16_t) (MAX(mtu, MESSAGE_SIZE_MIN + HEADERS_LEN) - HEADERS_LEN);",
        "return (uint16_t) MAX(mtu, MESSAGE_SIZE_MIN);"),
    "a short lease is asked for as seldom as a long one": (
        BACKOFF, "MAX(left / 2, renew_min(lifetime))", "MAX(left / 2, RENEW_MIN_USEC)"),
    "secs go on in REQUESTING": (
        SEND, "if (client->state != DHCP4_STATE_REQUESTING)\n                client->secs =", "client->secs ="),
    "any T1 is followed": (LEASE, "return MIN(part, T1_MIN_USEC);", "return 0;"),
    "a server that never says ACK is asked again": (
        CLIENT, "client->passed_over = client->lease.server_id;\n                        /*", "/*"),
    "whoever asks for renewals says how often": (
        CLIENT, "if (!is_asking(client->state) || now >= ready_at)\n                return false;",
        "if (1)\n                return false;"),
    "what waits for the pace waits for ever": (
        CLIENT, "        client->resend_at = ready_at;\n", "        client->resend_at = USEC_INFINITY;\n"),
    "a DISCOVER beside is not counted": (
        SEND, "client->beside = true;\n        client->pace_at = dhcp4_pace_spend(client->pace_at, client->now);",
        "client->beside = true;"),
    "the network of a lease takes what is a tunnel's": (NET, "if (network_captures(maker, &route))", "if (0)"),
    "a VPN that takes all takes the LAN, too": (
        TUNNELS, "!ip_is_private(route->family, &route->dst, route->prefix_len)))", "1))"),
    "an early renewal is left until T2": (
        CLIENT, "if (!client->early)\n                return span;", "if (1)\n                return span;"),
    "a new InformAddress= is not seen": (
        CLIENT, "old->anonymize != config->anonymize || old->inform.s_addr != config->inform.s_addr ||",
        "old->anonymize != config->anonymize ||"),
    "an address goes with its hardware address": (
        LINK_FORMER,
        "                keep_former(dhcp4, now, release);\n",
        "                ;\n",
    ),
    "a lease of before is given back in the new name": (
        LINK_FORMER,
        "memcpy(identity.chaddr, former->chaddr, former->chaddr_len);",
        "memcpy(identity.chaddr, dhcp4->mac, 6);",
    ),
    "a lease of before is not given back": (
        LINK_FORMER,
        "if (release && dhcp4->carrier)\n                release_former(dhcp4);",
        "",
    ),
    "a lease of before stays for ever": (LINK_FORMER, "else if (now >= dhcp4->former.until)", "else if (0)"),
    "an address is given back that is its own again": (
        LINK_FORMER,
        "lease->address.s_addr != dhcp4->published.address.s_addr);",
        "1);",
    ),
    "another hardware address is not announced": (
        LINK_FORMER,
        "        acd_set_mac(&dhcp4->acd, now, dhcp4->mac);\n",
        "",
    ),
    "a lease is not verified at another hardware address": (
        LINK,
        "case LINK_DHCP4_SAME:\n                link_resumed(link, now);",
        "case LINK_DHCP4_SAME:\n                link_timer(link, now);",
    ),
    "an anonymous client keeps the lease of before": (
        LINK_FORMER, "else if (old->anonymize || config->client.anonymize)", "else if (0)"),
    "who becomes another client keeps the lease": (
        LINK, "if (restarts)\n                link_stop(link, now, release);", ""),
    "FORCERENEW is ignored": (
        MESSAGE, "        client_renew_early(client, now);\n        return true;", "        return false;"),
    "a lease never becomes shorter": (
        MESSAGE, "        client->lease = *lease;\n        client->lease.broadcast",
        "        usec_t was = client_is_in_force(client) ? client->lease.lifetime_usec : 0;\n"
        "        client->lease = *lease;\n        if (was > lease->lifetime_usec) client->lease.lifetime_usec = was;\n"
        "        client->lease.broadcast"),
    "the kernel's lifetimes are never shortened": (
        PLAN, "lifetime_equal(found->valid_until, wanted->valid_until)", "found->valid_until >= wanted->valid_until"),
    "an inherited address ends with its own lifetime": (
        PLAN, "is_current(found, wanted) : outlives(found, wanted))",
        "is_current(found, wanted) : true)"),
    "T1 never comes": (
        CLIENT, "client->state == DHCP4_STATE_BOUND && now >= client->t1_at",
        "client->state == DHCP4_STATE_BOUND && now >= client->expire_at"),
    "T2 never comes": (
        CLIENT, "client->state == DHCP4_STATE_RENEWING && now >= client->t2_at",
        "client->state == DHCP4_STATE_RENEWING && now >= client->expire_at"),
    "a lease does not expire": (
        CLIENT, "if (now >= client->expire_at) {", "if (now >= usec_add(client->expire_at, 1)) {"),
    "retransmission never slows down": (
        BACKOFF, "span = doubled(RESEND_MIN_USEC, attempt - 1, RESEND_MAX_USEC);", "span = RESEND_MIN_USEC;"),
    "no wait after NAKs": (BACKOFF, "return MIN(span + prng_below(prng, span / 4), RESTART_MAX_USEC);", "return 1;"),
    "no wait after conflicts": (
        EVENT, "client_enter_init(client, usec_add(now, wait));", "client_enter_init(client, usec_add(now, 1));"),
    "a renewal has the old xid": (
        SEND, "        client_new_xid(client);\n        client->shuffle",
        "        if (!client_is_in_force(client)) client_new_xid(client);\n        client->shuffle"),
    "option 50 in RENEWING": (
        OUTGOING, "[DHCP4_STATE_RENEWING] = { true, true, true, false, false, true }",
        "[DHCP4_STATE_RENEWING] = { true, true, true, true, false, true }"),
    "option 54 in RENEWING": (
        OUTGOING, "[DHCP4_STATE_RENEWING] = { true, true, true, false, false, true }",
        "[DHCP4_STATE_RENEWING] = { true, true, true, false, true, true }"),
    "no ciaddr in REBINDING": (
        OUTGOING, "[DHCP4_STATE_REBINDING] = { false, true, true, false, false, true }",
        "[DHCP4_STATE_REBINDING] = { false, true, false, false, false, true }"),
    "DECLINE is not sent": (
        EVENT,
        "if (client->carrier && client->lease.origin == DHCP4_LEASE_DHCP)\n"
        "                client_push_end(client, DHCP4_DECLINE",
        "if (0)\n                client_push_end(client, DHCP4_DECLINE"),
    "RELEASE is not sent": (EVENT, "if (released)\n", "if (0)\n"),
    "the carrier's loss is forgotten": (
        EVENT, "if (client->lease.origin != DHCP4_LEASE_INFORM)\n                        client->withdraw_at =",
        "if (0)\n                        client->withdraw_at ="),
    "a lease is not verified after the carrier was away": (
        EVENT, "client->withdraw_at = USEC_INFINITY;\n                client_begin_verify(client, now);",
        "client->withdraw_at = USEC_INFINITY;"),
    "silence confirms a lease": (
        VERIFY, "return client->unconfirmed && client->attempt > 1 &&", "return 0 && client->unconfirmed &&"),
    "a renewal that is asked for looks for no other network": (
        CLIENT, "client->early = client->unconfirmed = true;", "client->early = true;"),
    "a DISCOVER goes out though the router answered": (
        VERIFY, "client->unconfirmed = client->beside = false;\n        client->offer_at = USEC_INFINITY;", ""),
    "routers of a lease in force are not asked": (
        CLIENT_DNA, "return client_knows_lease(client);", "return client->held == DHCP4_HELD_REMEMBERED;"),
    "routers are not asked beside a renewal": (CLIENT_DNA, "return client->attempt > 1;", "return false;"),
    "a network with the same numbers is the same network": (
        VERIFY, "return offered->server_id.s_addr == lease->server_id.s_addr ||", "return"),
    "the router's silence says nothing": (
        VERIFY, "routers_differ(lease, offered) || client_router_is_silent(client);",
        "routers_differ(lease, offered);"),
    "another subnet is the same network": (
        VERIFY, "!ip4_is_within(offered->address, lease->address, common_prefix_len(lease, offered)) ||", ""),
    "an offer of the same address takes it off": (
        VERIFY, "if (client->offer.same_address && client_is_in_force(client)) {", "if (0) {"),
    "the first offer goes before that of the same address": (VERIFY, "if (!first && (!same ||", "if (!first && (1 ||"),
    "the REQUEST has not the xid of the OFFER": (VERIFY, "        client->xid = xid;\n", ""),
    "rapid commit beside a REQUEST": (
        OUTGOING, "out->type == DHCP4_DISCOVER && out->state == DHCP4_STATE_SELECTING &&",
        "out->type == DHCP4_DISCOVER &&"),
    "the routers of a twin are taken for the old ones": (
        MESSAGE, "client->state == DHCP4_STATE_RENEWING && !client_router_is_silent(client);",
        "client->state == DHCP4_STATE_RENEWING;"),
    "the broadcast flag sticks": (BROADCAST, "const bool trial = is_trial_due(client),", "const bool trial = false,"),
    "the broadcast flag is forgotten where it is needed": (
        BROADCAST, "if (!client->broadcast_sent || client->broadcast_doubt || client_doubts_broadcast(client, m))",
        "if (1)"),
    "a wireless link does not repeat itself": (
        EVENT, "client->repeat = client->config.wireless ? DHCP4_REPEAT_NEXT : DHCP4_REPEAT_NO;",
        "client->repeat = DHCP4_REPEAT_NO;"),
    "every link repeats itself": (
        EVENT, "client->repeat = client->config.wireless ? DHCP4_REPEAT_NEXT : DHCP4_REPEAT_NO;",
        "client->repeat = DHCP4_REPEAT_NEXT;"),
    "a wireless link repeats itself over and over": (
        SEND, "if (client->repeat == DHCP4_REPEAT_NEXT) {",
        "if (client->repeat == DHCP4_REPEAT_NEXT || client->config.wireless) {"),
    "the deadline forgets T1": (LEVELS, "at = MIN(at, client->t1_at);", "at = MIN(at, client->expire_at);"),
    "nobody listens in REQUESTING": (
        LEVELS, "case DHCP4_STATE_REQUESTING:\n                return DHCP4_RX_PACKET;",
        "case DHCP4_STATE_REQUESTING:\n                return DHCP4_RX_NONE;"),
    "a renewal hears its own device alone": (
        LEVELS, "return DHCP4_RX_PACKET;\n                return (Dhcp4RxMode) (DHCP4_RX_PACKET | DHCP4_RX_UDP);",
        "return DHCP4_RX_PACKET;\n                return DHCP4_RX_PACKET;"),
    "REBINDING hears its own device alone": (
        LEVELS, "return DHCP4_RX_PACKET;\n                return (Dhcp4RxMode) (DHCP4_RX_PACKET | DHCP4_RX_UDP);",
        "return DHCP4_RX_PACKET;\n"
        "                return client->state == DHCP4_STATE_REBINDING ? DHCP4_RX_PACKET : (Dhcp4RxMode) "
        "(DHCP4_RX_PACKET | DHCP4_RX_UDP);"),
    "a renewal needs port 68": (
        LINK,
        "q = link->outside.ports->send(link->outside.port, &frame);",
        "q = frame.routed && link->sockets.by_address_error < 0 ? link->sockets.by_address_error"
        "\n                : link->outside.ports->send(link->outside.port, &frame);",
    ),
    "nobody is told who has port 68": (LINK, "link->sockets.by_address_error = by_address;", "(void) by_address;"),
    "port 68 is taken for ever": (
        LINK,
        "link->sockets.by_address_error = by_address;",
        "link->sockets.by_address_error = link->sockets.by_address_error ?: by_address;",
    ),
    "only broadcasts would reach us": (
        BROADCAST, "client->broadcast_sent = (client->broadcast > 0) != (trial || in_turn);",
        "client->broadcast_sent = false;"),
    "the kernel keeps addresses for ever": (
        NET, ".valid_until = dhcp4_source_expires_at(source),", ".valid_until = USEC_INFINITY,"),
    "an unusable address is taken": (
        LEASE, "if (!ip4_is_host(beside->address) || is_subnet_broadcast", "if (0 && is_subnet_broadcast"),
    "a configured address waits for an answer": (
        LEVELS, "if (!client_is_in_force(client))\n                return false;\n        *ret = has_answer(client)",
        "if (!client_is_in_force(client) || !has_answer(client))\n                return false;\n"
        "        *ret = has_answer(client)"),
    "a link-local address stays beside the lease": (
        LINK_DHCP4,
        "if (dhcp4_client_in_force(&dhcp4->client, buffer))\n                return buffer;\n"
        "        if (dhcp4->former.on)\n                return &dhcp4->published;\n"
        "        return dhcp4_client_fallback",
        "return dhcp4_client_fallback",
    ),
    "no fallback": (
        FALLBACK, "is_probed(client) ? DHCP4_FALLBACK_PROBED : DHCP4_FALLBACK_USED;", "DHCP4_FALLBACK_OFF;"),
    "told before it is there": (LINK_KERNEL, "*ret_shown = !plan_has_address(&plan);", "*ret_shown = true;"),
    "a refused step is never tried again": (
        LINK_KERNEL,
        "kernel->apply_at = usec_add(now, link_retry_usec(kernel->refusals++));\n        return "
        "kernel->apply_at;",
        "return USEC_INFINITY;",
    ),
    "an exchange goes on after a sleep": (
        EVENT,
        "if (client_is_in_force(client))\n                        break;\n"
        "                client_enter_init(client, now);",
        "if (client_is_in_force(client))\n                        break;\n                on_renew(client, now);"),
    "PROBING waits for nobody": (
        CLIENT, "if (client->state == DHCP4_STATE_PROBING && client->config.conflict == DHCP4_CONFLICT_NO)", "if (0)"),
    "an early renewal listens for ever": (
        CLIENT, "if (client->early && client->attempt >= EARLY_ATTEMPTS_MAX) {", "if (0) {"),
    "INFORM listens for ever": (CLIENT, "if (client->attempt >= INFORM_ATTEMPTS_MAX) {", "if (0) {"),
    "a lease of BOOTP is renewed": (
        CLIENT, "if (client->lease.origin != DHCP4_LEASE_DHCP)\n                return;\n        client->early",
        "client->early"),
    "sleep is not noticed": (EVENT, "if (client->carrier)\n                client_begin_verify(client, now);", ""),
    "a socket is not opened once it can be": (LINK, "if (link->sockets.failed) {", "if (0) {"),
    "a refused socket is forgotten until the next turn": (
        LINK,
        "if (!sockets->failed && !link_dhcp4_arp_failed(&link->dhcp4)) {",
        "if (!link_dhcp4_arp_failed(&link->dhcp4)) {",
    ),
    "a refused ARP socket is forgotten until the next turn": (
        LINK,
        "if (!sockets->failed && !link_dhcp4_arp_failed(&link->dhcp4)) {",
        "if (!sockets->failed) {",
    ),
    "any router of that address will do": (
        DNA, "(dna->question.task == DNA_VERIFY && !same_gateway(ret, gateway))", "0"),
    "a known router is asked by broadcast": (
        DNA, "dna->question.task == DNA_VERIFY ? gateway->mac : broadcast", "broadcast"),
    "what a lease comes to is kept over other tunnels": (
        "daemon/link/link-kept.c",
        "return same_tunnels(kept, &read, tunnels);",
        "return true;",
    ),
    "what a lease comes to is kept over the next lease": (
        LINK_DHCP4,
        "dhcp4->kept_is_published && is_published(dhcp4, source) &&",
        "dhcp4->kept_is_published &&",
    ),
    "what a lease comes to is kept over another MTU": (
        LINK_DHCP4,
        "link_kept_get(&dhcp4->kept, tunnels, kept_key(mtu), ret);",
        "link_kept_get(&dhcp4->kept, tunnels, dhcp4->kept.key, ret);",
    ),
    "what is learned of a network is forgotten": (
        LINK_DHCP4,
        "memcpy(dhcp4->published_lease.gateways,",
        "memcpy((char[64]){},",
    ),
    "the MTU is not set back": (
        MTU, "if (mtu->wanted == 0)\n                return mtu->before;",
        "if (mtu->wanted == 0)\n                return 0;"),
    "an MTU that took the carrier is set again": (MTU, "if (now >= mtu->bounce_until)", "if (1)"),
    "the MTU that others set is fought over": (MTU, "if (mtu->wanted == mtu->yielded)", "if (0)"),
    "the MTU is not known before the kernel tells": (
        MTU, "mtu->current = value;\n        mtu->bounce_until", "mtu->bounce_until"),
    "a route's MTU is larger than the link's": (NET_CONFIG, "config->routes[i].mtu > link_mtu)", "0)"),
    "a restart forgets whose the MTU is": (MTU, "mtu->before = before;\n        else", ";\n        else"),
    "a tunnel is not looked at": (NET, "net_tunnels_lose_to(maker->tunnels, route);", "false;"),
    "narrower than a tunnel is fine": (
        TUNNELS, "if (route->prefix_len > tunnel->prefix_len)\n                return true;",
        "if (route->prefix_len > tunnel->prefix_len)\n                return false;"),
    "equal to a tunnel is fine": (TUNNELS, "route->metric <= tunnel->metric", "false"),
    "any tunnel forbids any route": (
        TUNNELS, "ip_is_within(family, dst, &tunnel->dst, tunnel->prefix_len);", "true;"),
    "nobody hears that a VPN came": (LINK, "if (link_dhcp4_minds_tunnels(&link->dhcp4, &link->mtu))", "if (0)"),
    "a VPN is taken for an administrator": (
        LINK,
        "if (r > 0)\n                link_kernel_reapply(&link->kernel);",
        "",
    ),
    "what others take away comes back once": (
        RESTORE, "restore->n_restored >= RESTORES_MAX", "restore->n_restored >= 1"),
    "others are fought over the link for ever": (RESTORE, "if (restore->n_restored >= RESTORES_MAX)", "if (0)"),
    "what others take away comes back at once, always": (RESTORE, "return RESTORE_WAIT_USEC <<", "return 1 + 0 *"),
    "what is given up is not told": (
        LINK,
        "return link->kernel.restore.given_up ? &link->kernel.missing : NULL;",
        "return NULL;",
    ),
    "what is whole again is told to be missing": (RESTORE, "        restore->given_up = false;", ""),
    "what was given up does not come back for the user": (
        LINK,
        "link_kernel_reapply(&link->kernel); /* what others took away",
        "/*",
    ),
    "a route of somebody else is deleted": (
        PLAN, "if (actual->routes[i].ours &&\n                    !find_key(desired->routes,",
        "if (\n                    !find_key(desired->routes,"),
    "an address of somebody else is deleted": (
        PLAN, "if (actual->addresses[i].ours && !net_plan_find_address(desired, &actual->addresses[i]))",
        "if (!net_plan_find_address(desired, &actual->addresses[i]))"),
    "a promoted address is taken for ours": (
        KERNEL, "                        remove_address(kernel, j);\n}",
        "                        remove_address(kernel, j);\n"
        "        for (size_t j = i; primary && kernel->promotes && j < kernel->n_addresses; j++)\n"
        "                if (same_network(&kernel->addresses[j].address, &gone)) { kernel->addresses[j].ours = true; "
        "break; }\n}"),
    "flushed routes are not put back": (
        KERNEL, "if (find_route(kernel, was) || !has_source(", "if (true || !has_source("),
    "addresses that went with ours are not put back": (
        KERNEL, "                        append_address(kernel, was, before->inherited[i]);\n",
        "                        ;\n"),
    "a rule outlives its address": (PLAN, "plan_rules(actual, desired, NET_OP_DEL_RULE, ret);", ""),
    "an address is used that another link of the host has": (LINK_DHCP4, "if (ifindex <= 0)", "if (1)"),
    "an anonymous client asks about the lease of before": (VERIFY, "if (client->config.anonymize) {", "if (0) {"),
    "an anonymous client keeps its lease without a carrier": (EVENT, "return client->config.anonymize ? 0 :", "return"),
    "an anonymous client goes on with ARP after a sleep": (
        LINK_DHCP4,
        "return at > 0 && usec_sub(now, at) >= LINK_SLEPT_USEC;",
        "return false;",
    ),
    "an anonymous client does not notice a sleep": (
        CLIENT, "if (client->config.anonymize && client_is_in_force(client) &&",
        "if (0 && client_is_in_force(client) &&"),
    "an anonymous client says why": (OUTGOING, "if (!config->anonymize)\n                append_rest", "append_rest"),
    "an OFFER of before a sleep is taken": (
        CLIENT,
        "if (client->held == DHCP4_HELD_OFFERED &&\n"
        "                    usec_sub(now, client->lease.granted_at) >= NEW_XID_USEC)", "if (0)"),
    "classless routes are asked for in any order": (OUTGOING, "        put_classless_first(list, n);\n", ""),
    "DHCPINFORM asks for the times of a lease": (OUTGOING, "return type != DHCP4_INFORM;", "return true;"),
    "DHCPINFORM asks for option 108": (
        OUTGOING, "if (type != DHCP4_INFORM && config->ipv6_only)", "if (config->ipv6_only)"),
    "option 108 counts unasked": (
        MESSAGE, "return client->ipv6_only_asked && client->config.ipv6_only &&", "return client->config.ipv6_only &&"),
    "DECLINE and RELEASE do not say why": (OUTGOING, "                if (out->why)\n", "                if (0)\n"),
    "conflicts are not heard": (ACD, "if (memcmp(arp->sender_mac, acd->mac, sizeof(acd->mac)) == 0 ||", "if (1 ||"),
    "REBINDING asks once": (
        CLIENT, "now, dhcp4_backoff_renew_usec(now, client->expire_at,",
        "now, dhcp4_backoff_renew_usec(now, client->t2_at,"),
    "a renewal that is put off is put off beyond T1": (
        CLIENT, "MIN(t1_at, usec_add(now, EARLY_RETRY_USEC));", "usec_add(now, EARLY_RETRY_USEC);"),
    "FORCERENEW counts while something is asked": (
        MESSAGE, "if (client->state != DHCP4_STATE_BOUND ||\n            (dhcp4_",
        "if (!client_is_in_force(client) ||\n            (dhcp4_"),
    "the client hears of a free address while it is announced, and not later": (
        LINK_DHCP4,
        "if (!is_free || dhcp4_client_knows_free(&dhcp4->client))",
        "if (!is_free || dhcp4_client_knows_free(&dhcp4->client) || acd_state(&dhcp4->acd) == "
        "ACD_STATE_DEFENDING)",
    ),
    "a question is a claim until the ACK": (
        ACD, "(probes && acd->basis == ACD_BASIS_CHOSEN)", "(probes && acd->basis != ACD_BASIS_GRANTED)"),
    "DHCPINFORM probes no address": (CLIENT, "if (probes_before_inform(client))", "if (0)"),
    "the owner of a configured address is forgotten": (CLIENT, "return client->taken > 0;", "return false;"),
    "the owner of a configured address is asked as often as ever": (
        BACKOFF, "doubled(CONFLICT_LIMIT_USEC, failure, RESTART_MAX_USEC)",
        "doubled(CONFLICT_LIMIT_USEC, 0, RESTART_MAX_USEC)"),
    "conflicts of link-local addresses count over leases": (FALLBACK, "client->fallback.conflicts = 0;", ""),
    "a lease does not speak for its server": (
        MESSAGE, "client->passed_over = (struct in_addr){};\n        if (!client_is_in_force(client))",
        "if (!client_is_in_force(client))"),
    "only the first router is learned": (
        CLIENT_DNA, "i < DHCP4_LEASE_GATEWAYS_MAX; i++)\n                if (dhcp4_gateway_is_known(",
        "i < 1; i++)\n                if (dhcp4_gateway_is_known("),
    "who has no address renews as if it had": (OUTGOING, "rule->ciaddr && out->absent ?", "0 ?"),
    "a lease that is only published is put on the link": (
        LINK_DHCP4,
        "dhcp4->net.lease_only ? NULL : wanted(dhcp4, &buffer);",
        "wanted(dhcp4, &buffer);",
    ),
    "what is learned of a network is told with the next renewal": (
        LINK_DHCP4,
        "                dhcp4->outside->ports->learned(dhcp4->outside->port);\n",
        "",
    ),
}

# The same, and the unit test that must fail.
UNIT_MUTANTS = {
    "a lease without an answer is told of": (
        LEVELS, "return client_is_in_force(client) && has_answer(client) ? &client->lease : NULL;",
        "return client_is_in_force(client) ? &client->lease : NULL;", "dhcp4-client-fallback"),
    "an object of IPv6 is one of IPv4": (
        NET_CONFIG, "return a->family == b->family && a->prefix_len", "return a->prefix_len", "net-config"),
    "IPv6 routes with one key live side by side": (
        NET_CONFIG, "if (a->family != AF_INET6)\n                return net_route_equal(a, b);",
        "if (1)\n                return net_route_equal(a, b);", "net-config"),
    "two routers of a link have one metric": (
        NET_CONFIG, "NET_METRIC_SLOTS_MAX + slot) *", "NET_METRIC_SLOTS_MAX) *", "net-config"),
    "two IPv6 routes with one key are both added": (
        PLAN, "if (route->family == AF_INET6 && find_key(desired->routes, i, route))", "if (0)", "net-plan6"),
    "an IPv6 route is merged with somebody else's": (PLAN, " || !found->ours)\n", ")\n", "net-plan6"),
    "the lifetime of a route is never set anew": (
        PLAN, " || !lifetime_equal(found->expires_at, wanted->expires_at)", "", "net-plan6"),
    "the preferred lifetime of an address is never set anew": (
        PLAN, "lifetime_equal(found->preferred_until, wanted->preferred_until)", "true", "net-plan6"),
    "an address that failed DAD is asked for again": (
        PLAN, "if (found->dad == NET_DAD_FAILED)\n                return;", "", "net-plan6"),
    "routers are kept whoever confirms the lease": (MESSAGE, "if (same_network)\n", "if (1)\n", "dhcp4-client-again"),
    "an anonymous client wishes for an address": (
        SEND, "client_knows_lease(client) && !client->config.anonymize;",
        "client_knows_lease(client);", "dhcp4-client-modes"),
    "the hops of a FORCERENEW count": (FORCERENEW, "copy[OFFSET_HOPS] = 0;", "", "dhcp4-forcerenew"),
    "the relay of a FORCERENEW counts": (FORCERENEW, "memset(copy + OFFSET_GIADDR, 0, 4);", "", "dhcp4-forcerenew"),
    "an address inherits the claims of the one before": (ACD, "acd->last_defended_at = USEC_INFINITY;", "", "acd"),
    "an address inherits the answer of the one before": (
        ACD, "acd->sent = 0;\n        acd->defend_due = false;", "acd->sent = 0;", "acd"),
    "a search goes on with a lease": (
        SEARCH, "!client_is_in_force(client) && !client->ipv6_only;", "!client->ipv6_only;", "dhcp4-client-search"),
    "a network without IPv4 is searched": (
        SEARCH, "!client_is_in_force(client) && !client->ipv6_only;", "!client_is_in_force(client);",
        "dhcp4-client-search"),
    "what was refused is silence": (SEARCH, "search->unanswered = 0;", "", "dhcp4-client-search"),
    "a refused OFFER leaves no reason": (
        MESSAGE, "return refuse(client, heard, client_refusal_of_lease(m, (Dhcp4LeaseError) r));", "return false;",
        "dhcp4-client-search"),
    "a denied server leaves no reason": (
        MESSAGE, "(void) refuse(client, &heard, refusal);", ";", "dhcp4-client-search"),
    "option 108 unasked is no reason": (OFFER, "return DHCP4_REFUSAL_IPV6_ONLY_UNASKED;", ";", "dhcp4-client-search"),
    "a REQUEST without an answer leaves no reason": (
        CLIENT, "if (client->attempt > 0 && client->search.unanswered > 0)", "if (0)", "dhcp4-client-search"),
    "a repeated frame is an attempt": (
        SEND, "client->repeat = DHCP4_REPEAT_NO;\n                client->counters",
        "client->repeat = DHCP4_REPEAT_NO;\n                client->search.attempts++;\n"
        "                client->counters", "dhcp4-client-search"),
    "who has no address listens on it": (
        LEVELS,
        "                if (client->absent)\n                        return DHCP4_RX_PACKET;\n"
        "                return (Dhcp4RxMode) (DHCP4_RX_PACKET | DHCP4_RX_UDP);",
        "                return (Dhcp4RxMode) (DHCP4_RX_PACKET | DHCP4_RX_UDP);", "link-lease-only"),
    "an address of others is announced": (
        LINK_DHCP4, "if (!dhcp4->net.lease_only || packet.sender.s_addr == INADDR_ANY)", "if (1)", "link-lease-only"),
    "an address of others is defended": (
        LINK_DHCP4, "return dhcp4->net.lease_only && dhcp4_client_knows_free(&dhcp4->client);", "return false;",
        "link-lease-only"),
    "a router is asked in the name of others": (CLIENT_DNA, "if (client->absent)", "if (0)", "link-lease-only"),
    "a lease is told before it is probed": (
        LINK_DHCP4, "if (config->net.lease_only && ret->conflict == DHCP4_CONFLICT_OPTIMISTIC)", "if (0)",
        "link-lease-only"),
    "the MTU of a lease that is only published is set": (
        LINK_DHCP4, "if (dhcp4->net.use_mtu != NET_MTU_LINK || dhcp4->net.lease_only)",
        "if (dhcp4->net.use_mtu != NET_MTU_LINK)", "link-lease-only"),
    "what is known to be free is said once": (
        LINK_DHCP4, "if (!is_free || dhcp4_client_knows_free(&dhcp4->client))",
        "if (!is_free || acd_state(&dhcp4->acd) == ACD_STATE_DEFENDING)", "link-conflict"),
    "the question of another host costs a free address": (
        ACD, "(probes && acd->basis == ACD_BASIS_CHOSEN)", "probes", "link-conflict"),
    "an address that is only offered is announced": (
        ACD, "acd->basis == ACD_BASIS_OFFERED && acd->sent > 0", "0", "link-conflict"),
    "hosts without a server probe together": (ACD, "acd->basis == ACD_BASIS_CHOSEN ? usec_add", "0 ? usec_add", "acd"),
    "a configured address is used before it is probed": (
        CLIENT, "case DHCP4_CONFLICT_STRICT:\n                return true;",
        "case DHCP4_CONFLICT_STRICT:\n                return false;", "link-conflict"),
    "the owner of a configured address has no peace": (
        EVENT, "? dhcp4_backoff_configured_usec(", "? dhcp4_backoff_conflict_usec(", "link-conflict"),
    "what is probed is not remembered": (
        CLIENT, "DHCP4_HELD_OFFERED:\n                return false;\n        case DHCP4_HELD_GRANTED:\n",
        "DHCP4_HELD_OFFERED:\n        case DHCP4_HELD_GRANTED:\n                return false;\n",
        "dhcp4-client-answers"),
    "another address is a refusal": (MESSAGE, "DHCP4_LOSS_REPLACED", "DHCP4_LOSS_NAK", "dhcp4-client-failures"),
    "a new MTU has the past of another": (
        MTU, "*mtu = (Mtu){ .retry_at = USEC_INFINITY };", "mtu->retry_at = USEC_INFINITY;", "mtu"),
    "a new quarrel has the past of another": (
        RESTORE, "*restore = (Restore){ .due_at = USEC_INFINITY };",
        "restore->due_at = USEC_INFINITY;\n        restore->given_up = false;", "restore"),
    "a question to routers is the one of an earlier life": (
        DNA, "*dna = (Dna){ .next_at = USEC_INFINITY };\n}", "dna->next_at = USEC_INFINITY;\n}", "dna"),
    "more values than are kept take the carrier": (
        MTU, "mtu->n_bounced < MTU_BOUNCES_MAX && ", "mtu->n_bounced <= MTU_BOUNCES_MAX && ", "mtu"),
    "conflicts of the fallback are never forgotten": (
        FALLBACK, "client->fallback.conflicts = 0;", "", "dhcp4-client-again"),
    "who failed once goes second for ever": (
        MESSAGE, "client->passed_over = (struct in_addr){};", "", "dhcp4-client-again"),
    "our own address is a router": (
        LEASE, "IP4_USE_SERVER, address,\n                         lease->address, lease->prefix_len);",
        "IP4_USE_SERVER, address, (struct in_addr){}, 0);", "dhcp4-lease"),
    "T1 may be T2": (
        LEASE, "usec_from_option_sec(sec) < times.t2)", "usec_from_option_sec(sec) <= times.t2)", "dhcp4-lease"),
    "a renewal at T1 is an early one": (
        CLIENT, "usec_add(now, lease->t1_usec / TIMER_JITTER_PART) <", "now <", "dhcp4-client-again"),
}


def read_seeds(root):
    """-> the name of each mutant, and the seed that found it last"""
    if not os.path.exists(f"{root}/{SEEDS_FILE}"):
        return {}
    lines = [line for line in open(f"{root}/{SEEDS_FILE}") if not line.startswith("#")]
    return {name.strip(): seed for seed, name in (line.split(maxsplit=1) for line in lines)}


def write_seeds(root, found):
    """@found: as read_seeds() gives it."""
    lines = [f"{seed:>6} {name}\n" for name, seed in sorted(found.items())]
    with open(f"{root}/{SEEDS_FILE}", "w") as file:
        file.write("# Written by mutants.py --note-seeds: the seed of the simulator that found a mutant last.\n")
        file.writelines(lines)


def judge_by_sim(slipped, whole, seed=None):
    """
    @slipped, @whole: run the simulator with the slip and without. @seed is tried before the others. -> why it was not
    caught, or None; what was found; the seed.
    """
    code, output = slipped(f"--seed={seed}") if seed else (0, "")
    if code == 0:
        code, output = slipped(f"--seeds={SEEDS}")
    if code is None:
        return "it did not end: not found out, or it spins", "", None
    if code == 0:
        return "it survived", "", None
    found = re.search(r"FAILED: (seed (\d+).*)", output)
    if found and whole(f"--seed={found[2]}")[0] != 0:
        return f"seed {found[2]} fails without it, too", "", None
    last = output.strip().splitlines()[-1] if output.strip() else f"exit code {code}"
    return None, found[1] if found else last, found and found[2]


def judge_by_test(slipped, whole):
    code, output = slipped()
    if code == 0:
        return "it survived", ""
    if whole()[0] != 0:
        return "the test fails without it, too", ""
    found = re.search(r"^(?:not ok|Bail out!|ERROR:).*", output, re.M)
    return None, found[0] if found else f"exit code {code}"


def program_of(name):
    """-> the one that has to find this mutant"""
    return "machine" if name in MACHINE_MUTANTS else UNIT_MUTANTS[name][3] if name in UNIT_MUTANTS else "sim"


class Judge:
    """Has a program of each kind with all of the mutants in it, and tries one of them at a time."""

    def __init__(self, root, folder, built, names, seeds):
        """
        @built: where objects are that meson made, or None. @seeds: the known seed of each mutant; those that find one
        are added.
        """
        self.root, self.folder, self.seeds = root, folder, seeds
        self.mutants = {name: {**MUTANTS, **MACHINE_MUTANTS, **UNIT_MUTANTS}[name][:3] for name in names}
        self.numbers = {name: number for number, name in enumerate(names, 1)}
        self.built_in = set()
        self.files = {program: programs.sources_of(root, program) for program in {program_of(n) for n in names}}
        files, slipped = set().union(*self.files.values()), sorted({path for path, *_ in self.mutants.values()})
        self.objects = programs.find_built(built, files.difference(slipped)) if built else {}
        self.flags = {program: [flag for f in own if f in self.objects for flag in programs.main_of_built(f)]
                      for program, own in self.files.items()}
        others = sorted(files.difference(slipped, self.objects))
        self.objects.update(zip(others, programs.compile_all(root, others, folder)))
        self.reader = f"{folder}/reader.o"
        with open(f"{folder}/reader.c", "w") as file:
            file.write(switched.READER)
        programs.compile_one(root, f"{folder}/reader.c", self.reader)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            self.objects.update(zip(slipped, pool.map(self.compile_slipped, slipped)))
            list(pool.map(self.link_whole, self.files))
        self.whole = functools.cache(lambda program, *arguments: programs.run(f"{folder}/{program}", *arguments))

    def text(self, path):
        with open(f"{self.root}/{path}", encoding="utf-8") as file:
            return file.read()

    def compile_slipped(self, path):
        """-> the object of the file with all of its mutants that can be built in."""
        text, own = self.text(path), f"{self.folder}/{path.replace('/', '_')}.d"
        text, built_in = switched.build_in(text, {self.numbers[name]: (old, new) for name, (where, old, new)
                                                  in self.mutants.items() if where == path and text.count(old) == 1})
        self.built_in |= built_in
        os.mkdir(own)
        return programs.compile_mutant(self.root, path, text, own)[1]

    def link_whole(self, program):
        objects = [self.objects[f] for f in self.files[program]]
        programs.link([*objects, self.reader], f"{self.folder}/{program}", *self.flags[program])

    def judge(self, name):
        """-> None: caught; or why not."""
        path, old, new = self.mutants[name]
        text = self.text(path)
        if text.count(old) != 1:
            return f"the text is there {text.count(old)} times in {path}"
        program, number = program_of(name), self.numbers[name]
        if number in self.built_in:
            return self.judge_program(name, f"{self.folder}/{program}", number)
        with tempfile.TemporaryDirectory(prefix="mutant-") as own:
            _, mutant = programs.compile_mutant(self.root, path, text.replace(old, new), own)
            others = [self.objects[f] for f in self.files[program] if f != path]
            programs.link([*others, self.reader, mutant], f"{own}/mutant", *self.flags[program])
            return self.judge_program(name, f"{own}/mutant", 0)

    def judge_program(self, name, binary, number):
        env = {**os.environ, "SLIP": str(number)}
        slipped = lambda *arguments: programs.run(binary, *arguments, env=env)
        whole = functools.partial(self.whole, program_of(name))
        if name in UNIT_MUTANTS:
            why, found = judge_by_test(slipped, whole)
        else:
            why, found, seed = judge_by_sim(slipped, whole, self.seeds.get(name))
            if seed:
                self.seeds[name] = seed
        if not why:
            print(f"{name:60} {found[:150]}", flush=True)
        return why


def main():
    root, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    if "--generated" in names:
        import generated
        return generated.main(root, names[1:])
    built = names.pop(0).split("=", 1)[1] if names and names[0].startswith("--built=") else None
    notes_seeds = names == ["--note-seeds"]
    if notes_seeds or not names:
        names = [*MUTANTS, *MACHINE_MUTANTS, *UNIT_MUTANTS]
    seeds = read_seeds(root)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        judge = Judge(root, folder, built, names, seeds)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            results = dict(zip(names, pool.map(judge.judge, names)))
    if notes_seeds:
        write_seeds(root, {name: seed for name, seed in seeds.items() if name not in UNIT_MUTANTS})
    bad = {name: why for name, why in results.items() if why}
    for name, why in bad.items():
        print(f"NOT CAUGHT: {name}: {why}")
    print(f"{len(names) - len(bad)} of {len(names)} mutants caught")
    return 1 if bad or not names else 0


if __name__ == "__main__":
    sys.exit(main())
