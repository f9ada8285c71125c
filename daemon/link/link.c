/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shell around core/: the order of a turn (see link.h), and one timer. It combines three parts:
 * link-dhcp4.c says for its family what to send, what to listen for and what should be on the link;
 * link-kernel.c makes the kernel have it; net/mtu.h decides on the MTU of the interface.
 *
 * No change on the outside is remembered as "done". Each turn computes what should be there, asks the ports
 * what is there, and closes the gap. So a step that failed, an address that somebody removed and a restart
 * of the daemon are all handled the same way.
 *
 * Allocates itself; has no clock, no log and no descriptor.
 */
#include "link/link.h"

#include <errno.h>
#include <stdlib.h>

#include "base/macro.h"

/*
 * Within one turn, the client and conflict detection cause each other to act: an OFFER starts probing, a
 * conflict sends a DECLINE. This is the most often that they may do so in a turn. Held by link_turn().
 */
#define LINK_ROUNDS_MAX 4u

/* Whether the link has the sockets that it wants. */
typedef struct LinkSockets {
        bool failed; /* they are not as wanted */
        /*
         * why the socket bound to the address could not be opened when it was wanted last, negative errno;
         * and what is not possible without it
         */
        int by_address_error;
        const char *what_by_address;
        usec_t retry_at;  /* when the link tries again to open them */
        unsigned refused; /* number of failed tries in a row; it decides the next interval */
} LinkSockets;

struct Link {
        LinkOutside outside;
        LinkSockets sockets;
        LinkKernel kernel;
        Mtu mtu;
        int mtu_error; /* of the last MTU that was refused, negative errno */
        bool carrier;
        LinkDhcp4 dhcp4;
};

/* Opens and closes the sockets. If one cannot be opened, each later turn tries again (turn_retry()). */
static void turn_listen(Link *link, const LinkListen *listen) {
        int r, by_address = 0;

        r = link->outside.ports->listen(link->outside.port, listen, &by_address);
        link->sockets.failed = r < 0 || by_address < 0;
        if (r < 0)
                link_fail(&link->outside, r, "opening a socket");
        /*
         * Between renewals the socket is not wanted, so its error is neither confirmed nor cleared. If
         * another process has the port, this is therefore reported once until the socket opens, and not
         * again with each renewal.
         */
        if (listen->by_address || ip_is_unset(link_protocol_family(listen->protocol), &listen->address)) {
                link->sockets.by_address_error = by_address;
                link->sockets.what_by_address = listen->what_by_address;
        }
}

static void turn_send(Link *link, usec_t now) {
        LinkListen listen;
        LinkFrame frame;
        int r = 0;

        link_dhcp4_look(&link->dhcp4);
        /* Start listening before the first message is sent, and stop after the last one. */
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
 * Returns when another turn has to try again to open sockets that failed; USEC_INFINITY: none failed.
 * Without this the next turn might be hours away, and until then the link would hear neither conflicts nor
 * servers.
 */
static usec_t turn_retry(Link *link, usec_t now) {
        LinkSockets *sockets = &link->sockets;

        if (!sockets->failed && !link_dhcp4_arp_failed(&link->dhcp4)) {
                sockets->retry_at = 0;
                sockets->refused = 0;
                return USEC_INFINITY;
        }
        /* A turn that runs earlier for another reason does not move the time of the next try. */
        if (now >= sockets->retry_at)
                sockets->retry_at = usec_add(now, link_retry_usec(sockets->refused++));
        return sockets->retry_at;
}

/*
 * Sets the MTU of the interface. Called before addresses and routes are changed, so the MTU is right when
 * observers are told about the lease.
 */
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

/*
 * Makes the kernel have what is wanted, and publishes it. Returns the instant of the next turn at the
 * latest.
 */
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
        /* What we want has changed, so what is missing now was not removed by others. */
        if (r > 0)
                link_kernel_reapply(&link->kernel);
        link_dhcp4_wanted(&link->dhcp4, &wanted);
        wake_at = link_kernel_turn(&link->kernel, &link->outside, now, link->carrier, &wanted, &desired,
                                   &shown);
        if (link->kernel.settled && wanted.any) {
                link_fail(&link->outside, 0, NULL);
                /*
                 * The address is on the link now. A socket that could not be opened without it is opened
                 * later in this turn.
                 */
                if (link->sockets.by_address_error == -EADDRNOTAVAIL)
                        link->sockets.by_address_error = 0;
        }
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
        /* After turn_kernel(), because a link that is settled clears the last failure. */
        if (mtu_is_refused(&link->mtu) || mtu_next_deadline(&link->mtu) != USEC_INFINITY)
                link_fail(&link->outside, link->mtu_error, "setting the MTU of the link");
        if (mtu_next_deadline(&link->mtu) != USEC_INFINITY)
                link_kernel_unsettle(&link->kernel);
        wake_at = MIN(wake_at, mtu_next_deadline(&link->mtu));
        /*
         * If the address was not on the link before, its socket can be opened only now. The next turn may
         * not come before T1.
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

void link_start(Link *link, usec_t now, const LinkDhcp4Source *before_or_null, bool held) {
        link_dhcp4_start(&link->dhcp4, now, before_or_null, held);
        link_turn(link, now);
}

void link_stop(Link *link, usec_t now, bool release) {
        link_dhcp4_stop(&link->dhcp4, now, release);
        link_turn(link, now);
        mtu_forget(&link->mtu);
}

void link_renew(Link *link, usec_t now) {
        link_kernel_reapply(&link->kernel); /* what others took away is restored at once */
        link_dhcp4_renew(&link->dhcp4, now);
        link_turn(link, now);
}

void link_resumed(Link *link, usec_t now) {
        link_dhcp4_resumed(&link->dhcp4, now);
        link_turn(link, now);
}

bool link_set_config(Link *link, usec_t now, const LinkConfig *config, bool release) {
        const bool restarts = link_dhcp4_restarts(&link->dhcp4, config);

        /* Release under the old identity, because the server knows the lease by it. */
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
                 * The kernel removes the routes of a link that was set down. Restoring them does not mean
                 * that others removed them.
                 */
                link_kernel_reapply(&link->kernel);
        link_dhcp4_set_carrier(&link->dhcp4, now, up);
        link_turn(link, now);
}

void link_message(Link *link, usec_t now, const uint8_t *data, size_t len, const IpAddress *source,
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
