/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shell around core/: the order of a turn (see link.h), and one timer. Composed of link-dhcp4.c, which
 * answers for its family what is to be sent, heard and held; link-kernel.c, which makes the kernel hold it;
 * and the interface's MTU (net/mtu.h).
 *
 * Nothing that happens on the outside is remembered as "done": each turn asks what should hold, asks the
 * ports what does hold, and closes the gap. So a step that failed, an address that somebody took away and a
 * restart of the daemon are all the same case.
 *
 * Allocates itself; has no clock, no log and no descriptor.
 */
#include "link/link.h"

#include <errno.h>
#include <stdlib.h>

#include "base/macro.h"

/*
 * Client and conflict detection feed each other within one turn: an OFFER starts probing, a conflict sends
 * DECLINE. Held by link_turn().
 */
#define LINK_ROUNDS_MAX 4u

/* Sockets as the link wants them, and what became of that. */
typedef struct LinkSockets {
        bool failed; /* they are not as wanted */
        /*
         * why nothing was heard by address when that was wanted last, negative errno; and for what it was
         * wanted
         */
        int by_address_error;
        const char *what_by_address;
        usec_t retry_at;  /* when they are asked for again */
        unsigned refused; /* how often in a row, an interval each */
} LinkSockets;

struct Link {
        LinkOutside outside;
        LinkSockets sockets;
        LinkKernel kernel;
        Mtu mtu;
        int mtu_error; /* of the last refusal, negative errno */
        bool carrier;
        LinkDhcp4 dhcp4;
};

/* What cannot be opened is tried again by each turn (turn_retry()). */
static void turn_listen(Link *link, const LinkListen *listen) {
        int r, by_address = 0;

        r = link->outside.ports->listen(link->outside.port, listen, &by_address);
        link->sockets.failed = r < 0 || by_address < 0;
        if (r < 0)
                link_fail(&link->outside, r, "opening a socket");
        /*
         * Between renewals the socket is not wanted, so its error is neither confirmed nor cleared. A port
         * that another process has is therefore reported once, until the socket opens, and not anew with
         * each renewal.
         */
        if (listen->by_address || listen->address.s_addr == INADDR_ANY) {
                link->sockets.by_address_error = by_address;
                link->sockets.what_by_address = listen->what_by_address;
        }
}

static void turn_send(Link *link, usec_t now) {
        LinkListen listen;
        LinkFrame frame;
        int r = 0;

        link_dhcp4_look(&link->dhcp4);
        /* Listen before asking, stop listening after the last word. */
        if (link_dhcp4_listen(&link->dhcp4, &listen))
                turn_listen(link, &listen);

        while (link_dhcp4_next_frame(&link->dhcp4, &frame)) {
                int q;

                q = link->outside.ports->send(link->outside.port, &frame);
                if (q < 0)
                        r = q;
        }
        if (r < 0) {
                link_fail(&link->outside, r, "sending");
                link_dhcp4_send_failed(&link->dhcp4, now, r);
        }

        if (!link_dhcp4_listen(&link->dhcp4, &listen))
                turn_listen(link, &listen);
}

/*
 * Sockets that were refused: a turn that asks for them again. The next turn may be hours away otherwise, and
 * nobody would hear a conflict or a server until then. Returns when.
 */
static usec_t turn_retry(Link *link, usec_t now) {
        LinkSockets *sockets = &link->sockets;

        if (!sockets->failed && !link_dhcp4_arp_failed(&link->dhcp4)) {
                sockets->retry_at = 0;
                sockets->refused = 0;
                return USEC_INFINITY;
        }
        /* A turn in between, for another reason, takes no interval. */
        if (now >= sockets->retry_at)
                sockets->retry_at = usec_add(now, link_retry_usec(sockets->refused++));
        return sockets->retry_at;
}

/* Before addresses and routes: who is told of the lease finds the MTU right. */
static void turn_mtu(Link *link, usec_t now) {
        const uint32_t wanted = link_dhcp4_mtu(&link->dhcp4, &link->mtu);
        const uint32_t value = mtu_decide(&link->mtu, now, wanted, link->carrier);
        int r;

        if (value == 0)
                return;
        r = link->outside.ports->set_mtu(link->outside.port, value,
                                         mtu_before(&link->mtu) ?: mtu_current(&link->mtu));
        mtu_done(&link->mtu, now, value, r >= 0);
        if (r < 0)
                link->mtu_error = r;
        link_kernel_reapply(&link->kernel); /* the MTU of the routes may have changed */
        link_dhcp4_set_mtu(&link->dhcp4, mtu_current(&link->mtu));
}

/* Makes the kernel hold what is wanted, and has that published. Returns when to look again at the latest. */
static usec_t turn_kernel(Link *link, usec_t now) {
        LinkWanted wanted;
        NetConfig desired;
        usec_t wake_at;
        bool shown;
        int r;

        link_kernel_unsettle(&link->kernel);
        r = link_dhcp4_config(&link->dhcp4, &link->mtu, &desired);
        if (r < 0) {
                link_fail(&link->outside, r, "reading the routes of tunnels");
                return usec_add(now, LINK_RETRY_MIN_USEC);
        }
        /* Our own wish is another one: what is missing now was not taken away by anybody. */
        if (r > 0)
                link_kernel_reapply(&link->kernel);
        link_dhcp4_wanted(&link->dhcp4, &wanted);
        wake_at = link_kernel_turn(&link->kernel, &link->outside, now, link->carrier, &wanted, &desired,
                                   &shown);
        /*
         * The address is there by now, so a socket that could not be opened without it is tried again in
         * this turn.
         */
        if (link->kernel.settled && wanted.any && link->sockets.by_address_error == -EADDRNOTAVAIL)
                link->sockets.by_address_error = 0;
        if (shown)
                link_dhcp4_publish(&link->dhcp4);
        return wake_at;
}

static void link_turn(Link *link, usec_t now) {
        LinkListen listen;
        usec_t wake_at;

        for (unsigned round = 0; round < LINK_ROUNDS_MAX; round++) {
                turn_send(link, now);
                if (!link_dhcp4_detect(&link->dhcp4, now))
                        break;
        }
        /* A conflict in the last round may have left a DECLINE behind. */
        turn_send(link, now);

        link_dhcp4_turn_former(&link->dhcp4, now);
        link_dhcp4_tell_state(&link->dhcp4);
        turn_mtu(link, now);
        wake_at = turn_kernel(link, now);
        /* Afterwards: what is settled forgets what went wrong before. */
        if (mtu_is_refused(&link->mtu) || mtu_next_deadline(&link->mtu) != USEC_INFINITY)
                link_fail(&link->outside, link->mtu_error, "setting the MTU of the link");
        if (mtu_next_deadline(&link->mtu) != USEC_INFINITY)
                link_kernel_unsettle(&link->kernel);
        wake_at = MIN(wake_at, mtu_next_deadline(&link->mtu));
        /*
         * The socket of an address that was not on the link before now is. Nothing else may happen before
         * T1.
         */
        if (link->sockets.failed) {
                (void) link_dhcp4_listen(&link->dhcp4, &listen);
                turn_listen(link, &listen);
        }
        wake_at = MIN(wake_at, turn_retry(link, now));
        wake_at = MIN(wake_at, link_dhcp4_next_deadline(&link->dhcp4));

        (void) link->outside.ports->set_timer(link->outside.port, wake_at);
        link->outside.ports->turned(link->outside.port, now);
}

int link_new(const LinkPorts *ports, void *port, const LinkConfig *config, const uint8_t key[PRNG_KEY_LEN],
             Link **ret) {
        _cleanup_(link_freep) Link *link = NULL;

        link = calloc(1, sizeof(Link));
        if (!link)
                return -ENOMEM;

        link->outside.ports = ports;
        link->outside.port = port;
        mtu_init(&link->mtu);
        link_kernel_init(&link->kernel);
        link_dhcp4_init(&link->dhcp4, &link->outside, config, key);

        *ret = STEAL_PTR(link);
        return 0;
}

Link *link_free(Link *link) {
        if (link)
                link_dhcp4_done(&link->dhcp4);
        free(link);
        return NULL;
}

void link_start(Link *link, usec_t now, const LinkDhcp4Lease *cached_or_null, bool held) {
        link_dhcp4_start(&link->dhcp4, now, cached_or_null, held);
        link_turn(link, now);
}

void link_stop(Link *link, usec_t now, bool release) {
        link_dhcp4_stop(&link->dhcp4, now, release);
        link_turn(link, now);
        mtu_forget(&link->mtu);
}

void link_renew(Link *link, usec_t now) {
        link_kernel_reapply(&link->kernel); /* what others took away comes back at once */
        link_dhcp4_renew(&link->dhcp4, now);
        link_turn(link, now);
}

void link_resumed(Link *link, usec_t now) {
        link_dhcp4_resumed(&link->dhcp4, now);
        link_turn(link, now);
}

bool link_set_config(Link *link, usec_t now, const LinkConfig *config, bool release) {
        const bool restarts = link_dhcp4_restarts(&link->dhcp4, config);

        /* In the old name: who has the lease is whom the server lets go. */
        if (restarts)
                link_stop(link, now, release);
        link_dhcp4_set_config(&link->dhcp4, config, mtu_current(&link->mtu));
        link_kernel_reapply(&link->kernel);
        if (restarts) {
                link->carrier = false;
                link_dhcp4_restart(&link->dhcp4, now);
        }
        link_timer(link, now);
        return restarts;
}

bool link_set_hardware(Link *link, usec_t now, const LinkConfig *config,
                       const LinkDhcp4Lease *cached_or_null, bool release) {
        switch (link_dhcp4_set_hardware(&link->dhcp4, now, config, mtu_current(&link->mtu), cached_or_null,
                                        release)) {
        case LINK_DHCP4_SAME:
                link_resumed(link, now);
                return false;
        case LINK_DHCP4_RETURNED:
                link_kernel_reapply(&link->kernel);
                link_turn(link, now);
                link_resumed(link, now);
                return false;
        case LINK_DHCP4_ANEW:
                link_kernel_reapply(&link->kernel);
                link->carrier = false;
                link_timer(link, now);
                return true;
        }
        assert_not_reached();
}

void link_carrier(Link *link, usec_t now, bool up) {
        link->carrier = up;
        if (!up)
                mtu_carrier_lost(&link->mtu, now);
        else
                /*
                 * The kernel drops routes of a link that was set down: putting them back is no quarrel with
                 * anybody.
                 */
                link_kernel_reapply(&link->kernel);
        link_dhcp4_set_carrier(&link->dhcp4, now, up);
        link_turn(link, now);
}

void link_message(Link *link, usec_t now, const uint8_t *data, size_t len, struct in_addr source,
                  const HwAddress *source_hw) {
        link_dhcp4_message(&link->dhcp4, now, data, len, source, source_hw);
        link_turn(link, now);
}

void link_timer(Link *link, usec_t now) {
        link_dhcp4_dispatch(&link->dhcp4, now);
        link_turn(link, now);
}

bool link_wants_arp(const Link *link, const ArpPacket *arp) {
        return link_dhcp4_wants_arp(&link->dhcp4, arp);
}

void link_arp(Link *link, usec_t now, const ArpPacket *arp) {
        if (link_dhcp4_arp(&link->dhcp4, now, arp))
                link_turn(link, now);
}

void link_kernel_changed(Link *link, usec_t now) {
        link_timer(link, now);
}

void link_tunnels_changed(Link *link, usec_t now) {
        if (link_dhcp4_minds_tunnels(&link->dhcp4, &link->mtu))
                link_timer(link, now);
}

void link_mtu(Link *link, usec_t now, uint32_t mtu) {
        const bool known = mtu_current(&link->mtu) != 0;

        (void) mtu_note(&link->mtu, mtu);
        link_kernel_reapply(&link->kernel); /* as in turn_mtu() */
        link_dhcp4_set_mtu(&link->dhcp4, mtu);
        if (known)
                link_timer(link, now);
}

void link_adopt_mtu(Link *link, uint32_t before, uint32_t set) {
        mtu_adopt(&link->mtu, before, set);
}

const LinkDhcp4 *link_dhcp4(const Link *link) {
        return &link->dhcp4;
}

const Mtu *link_mtu_state(const Link *link) {
        return &link->mtu;
}

void link_desired(const Link *link, NetConfig *ret) {
        link_dhcp4_desired(&link->dhcp4, &link->mtu, ret);
}

bool link_settled(const Link *link) {
        return link->kernel.settled;
}

const LinkMissing *link_missing(const Link *link) {
        return link->kernel.restore.given_up ? &link->kernel.missing : NULL;
}

int link_last_error(const Link *link, const char **ret_what) {
        if (link->outside.error == 0 && link->sockets.by_address_error < 0) {
                *ret_what = link->sockets.what_by_address;
                return link->sockets.by_address_error;
        }
        *ret_what = link->outside.error_what;
        return link->outside.error;
}
