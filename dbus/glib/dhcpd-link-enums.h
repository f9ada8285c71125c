/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The words of the contract as enumerations. The nick of a value is the word of the contract, in lower case.
 */
#include <glib-object.h>

#ifndef DHCPD_LINK_API
#define DHCPD_LINK_API extern __attribute__((visibility("default")))
#endif

G_BEGIN_DECLS

/**
 * DhcpdLinkDaemonState:
 * @DHCPD_LINK_DAEMON_STATE_UNKNOWN: Nothing is known yet.
 * @DHCPD_LINK_DAEMON_STATE_NOT_INSTALLED: No process has the name, and the bus cannot start the daemon.
 * @DHCPD_LINK_DAEMON_STATE_NOT_RUNNING: The daemon does not run, or does not answer, or there is no bus.
 * @DHCPD_LINK_DAEMON_STATE_REFUSED: The bus or the daemon refuses this process.
 * @DHCPD_LINK_DAEMON_STATE_INCOMPATIBLE: The daemon has another version of the contract.
 * @DHCPD_LINK_DAEMON_STATE_RUNNING: The daemon runs, and all links are known.
 *
 * What is known about the daemon.
 */
typedef enum {
        DHCPD_LINK_DAEMON_STATE_UNKNOWN,
        DHCPD_LINK_DAEMON_STATE_NOT_INSTALLED,
        DHCPD_LINK_DAEMON_STATE_NOT_RUNNING,
        DHCPD_LINK_DAEMON_STATE_REFUSED,
        DHCPD_LINK_DAEMON_STATE_INCOMPATIBLE,
        DHCPD_LINK_DAEMON_STATE_RUNNING,
} DhcpdLinkDaemonState;

/**
 * DhcpdLinkLinkState:
 * @DHCPD_LINK_LINK_STATE_UNKNOWN: A word that this library does not know; the state name has it.
 * @DHCPD_LINK_LINK_STATE_STOPPED: Nothing is done until somebody asks for it.
 * @DHCPD_LINK_LINK_STATE_NO_CARRIER: The interface is not connected.
 * @DHCPD_LINK_LINK_STATE_SEARCHING: There is no lease yet.
 * @DHCPD_LINK_LINK_STATE_CONFIGURED: All is well.
 * @DHCPD_LINK_LINK_STATE_DEGRADED: The problems of the link say why, or the address is one of a fallback.
 *
 * The state of a link over all families of addresses.
 */
typedef enum {
        DHCPD_LINK_LINK_STATE_UNKNOWN,
        DHCPD_LINK_LINK_STATE_STOPPED,
        DHCPD_LINK_LINK_STATE_NO_CARRIER,
        DHCPD_LINK_LINK_STATE_SEARCHING,
        DHCPD_LINK_LINK_STATE_CONFIGURED,
        DHCPD_LINK_LINK_STATE_DEGRADED,
} DhcpdLinkLinkState;

/**
 * DhcpdLinkDhcp4State:
 * @DHCPD_LINK_DHCP4_STATE_UNKNOWN: A word that this library does not know; the state name has it.
 * @DHCPD_LINK_DHCP4_STATE_STOPPED: The client does nothing.
 * @DHCPD_LINK_DHCP4_STATE_INIT: It is about to search.
 * @DHCPD_LINK_DHCP4_STATE_SELECTING: It has asked for offers.
 * @DHCPD_LINK_DHCP4_STATE_REQUESTING: It has asked for one of the offers.
 * @DHCPD_LINK_DHCP4_STATE_PROBING: It tests whether somebody else has the address.
 * @DHCPD_LINK_DHCP4_STATE_BOUND: It has a lease.
 * @DHCPD_LINK_DHCP4_STATE_RENEWING: It has a lease, and asks its server to extend it.
 * @DHCPD_LINK_DHCP4_STATE_REBINDING: It has a lease, and asks any server to extend it.
 * @DHCPD_LINK_DHCP4_STATE_INIT_REBOOT: It is about to ask for the address of an earlier lease.
 * @DHCPD_LINK_DHCP4_STATE_REBOOTING: It has asked for the address of an earlier lease.
 *
 * The state of a DHCPv4 client, as in RFC 2131, figure 5.
 */
typedef enum {
        DHCPD_LINK_DHCP4_STATE_UNKNOWN,
        DHCPD_LINK_DHCP4_STATE_STOPPED,
        DHCPD_LINK_DHCP4_STATE_INIT,
        DHCPD_LINK_DHCP4_STATE_SELECTING,
        DHCPD_LINK_DHCP4_STATE_REQUESTING,
        DHCPD_LINK_DHCP4_STATE_PROBING,
        DHCPD_LINK_DHCP4_STATE_BOUND,
        DHCPD_LINK_DHCP4_STATE_RENEWING,
        DHCPD_LINK_DHCP4_STATE_REBINDING,
        DHCPD_LINK_DHCP4_STATE_INIT_REBOOT,
        DHCPD_LINK_DHCP4_STATE_REBOOTING,
} DhcpdLinkDhcp4State;

/**
 * DhcpdLinkOrigin:
 * @DHCPD_LINK_ORIGIN_UNKNOWN: A word that this library does not know; the origin name has it.
 * @DHCPD_LINK_ORIGIN_NONE: There is no address.
 * @DHCPD_LINK_ORIGIN_DHCP: A DHCP server granted it.
 * @DHCPD_LINK_ORIGIN_BOOTP: A BOOTP server assigned it.
 * @DHCPD_LINK_ORIGIN_INFORM: The configuration has it (`InformAddress=`). A DHCP server gave the other
 *   values.
 * @DHCPD_LINK_ORIGIN_STATIC: The configuration has it. It is used if no server answers (`Fallback=`).
 * @DHCPD_LINK_ORIGIN_LINK_LOCAL: It was chosen at random, because no server answers (`Fallback=`, RFC 3927).
 *
 * Where an address comes from.
 */
typedef enum {
        DHCPD_LINK_ORIGIN_UNKNOWN,
        DHCPD_LINK_ORIGIN_NONE,
        DHCPD_LINK_ORIGIN_DHCP,
        DHCPD_LINK_ORIGIN_BOOTP,
        DHCPD_LINK_ORIGIN_INFORM,
        DHCPD_LINK_ORIGIN_STATIC,
        DHCPD_LINK_ORIGIN_LINK_LOCAL,
} DhcpdLinkOrigin;

/**
 * DhcpdLinkLeaseChange:
 * @DHCPD_LINK_LEASE_CHANGE_UNKNOWN: A word that this library does not know.
 * @DHCPD_LINK_LEASE_CHANGE_BOUND: There is a lease now, and there was none.
 * @DHCPD_LINK_LEASE_CHANGE_RENEWED: Only the times have changed.
 * @DHCPD_LINK_LEASE_CHANGE_CHANGED: More than the times has changed.
 * @DHCPD_LINK_LEASE_CHANGE_LOST: There is no lease any more.
 *
 * What has happened to a lease.
 */
typedef enum {
        DHCPD_LINK_LEASE_CHANGE_UNKNOWN,
        DHCPD_LINK_LEASE_CHANGE_BOUND,
        DHCPD_LINK_LEASE_CHANGE_RENEWED,
        DHCPD_LINK_LEASE_CHANGE_CHANGED,
        DHCPD_LINK_LEASE_CHANGE_LOST,
} DhcpdLinkLeaseChange;

/**
 * DhcpdLinkCandidateReason:
 * @DHCPD_LINK_CANDIDATE_REASON_UNKNOWN: A word that this library does not know; the reason name has it.
 * @DHCPD_LINK_CANDIDATE_REASON_UNMANAGED: Nobody has started it.
 * @DHCPD_LINK_CANDIDATE_REASON_DOWN: Nobody has started it, and it is down.
 * @DHCPD_LINK_CANDIDATE_REASON_MANAGED_ELSEWHERE: Another network manager has it.
 * @DHCPD_LINK_CANDIDATE_REASON_SWITCHED_OFF: The configuration says `Manage=no`.
 * @DHCPD_LINK_CANDIDATE_REASON_NOT_SUPPORTED: An interface of its type cannot do DHCP.
 *
 * Why an interface is not managed.
 */
typedef enum {
        DHCPD_LINK_CANDIDATE_REASON_UNKNOWN,
        DHCPD_LINK_CANDIDATE_REASON_UNMANAGED,
        DHCPD_LINK_CANDIDATE_REASON_DOWN,
        DHCPD_LINK_CANDIDATE_REASON_MANAGED_ELSEWHERE,
        DHCPD_LINK_CANDIDATE_REASON_SWITCHED_OFF,
        DHCPD_LINK_CANDIDATE_REASON_NOT_SUPPORTED,
} DhcpdLinkCandidateReason;

/**
 * DhcpdLinkClaimKind:
 * @DHCPD_LINK_CLAIM_KIND_UNKNOWN: A word that this library does not know; the kind name has it.
 * @DHCPD_LINK_CLAIM_KIND_COMMAND_LINE: The command line of the daemon.
 * @DHCPD_LINK_CLAIM_KIND_UNIT: A connection that gave its owner, as units of systemd do.
 * @DHCPD_LINK_CLAIM_KIND_CALLER: Another connection on the private socket.
 * @DHCPD_LINK_CLAIM_KIND_KEPT: A call on the system bus, or a call with the option Keep.
 * @DHCPD_LINK_CLAIM_KIND_LEFT: A holder that is gone, and may come back within half a minute.
 *
 * Who wants a link managed.
 */
typedef enum {
        DHCPD_LINK_CLAIM_KIND_UNKNOWN,
        DHCPD_LINK_CLAIM_KIND_COMMAND_LINE,
        DHCPD_LINK_CLAIM_KIND_UNIT,
        DHCPD_LINK_CLAIM_KIND_CALLER,
        DHCPD_LINK_CLAIM_KIND_KEPT,
        DHCPD_LINK_CLAIM_KIND_LEFT,
} DhcpdLinkClaimKind;

/**
 * DhcpdLinkClientFlags:
 * @DHCPD_LINK_CLIENT_FLAGS_NONE: The client does not start the daemon.
 * @DHCPD_LINK_CLIENT_FLAGS_AUTO_START: If the daemon does not run, the client asks the bus once to start it.
 *
 * How a client begins.
 */
typedef enum {
        DHCPD_LINK_CLIENT_FLAGS_NONE = 0,
        DHCPD_LINK_CLIENT_FLAGS_AUTO_START = 1 << 0,
} DhcpdLinkClientFlags;

/**
 * DhcpdLinkStartFlags:
 * @DHCPD_LINK_START_FLAGS_NONE: Nothing special.
 * @DHCPD_LINK_START_FLAGS_KEEP: On the private socket, the claim does not end with the connection.
 * @DHCPD_LINK_START_FLAGS_NO_APPLY: Leases are not put on the link. They are only published.
 *
 * How a link is started.
 */
typedef enum {
        DHCPD_LINK_START_FLAGS_NONE = 0,
        DHCPD_LINK_START_FLAGS_KEEP = 1 << 0,
        DHCPD_LINK_START_FLAGS_NO_APPLY = 1 << 1,
} DhcpdLinkStartFlags;

/**
 * DhcpdLinkStopFlags:
 * @DHCPD_LINK_STOP_FLAGS_NONE: The lease is given back to its server.
 * @DHCPD_LINK_STOP_FLAGS_NO_RELEASE: The lease is not given back, so the next start may get the same
 *   address.
 *
 * How a link is stopped.
 */
typedef enum {
        DHCPD_LINK_STOP_FLAGS_NONE = 0,
        DHCPD_LINK_STOP_FLAGS_NO_RELEASE = 1 << 0,
} DhcpdLinkStopFlags;

#define DHCPD_LINK_TYPE_DAEMON_STATE     (dhcpd_link_daemon_state_get_type())
#define DHCPD_LINK_TYPE_LINK_STATE       (dhcpd_link_link_state_get_type())
#define DHCPD_LINK_TYPE_DHCP4_STATE      (dhcpd_link_dhcp4_state_get_type())
#define DHCPD_LINK_TYPE_ORIGIN           (dhcpd_link_origin_get_type())
#define DHCPD_LINK_TYPE_LEASE_CHANGE     (dhcpd_link_lease_change_get_type())
#define DHCPD_LINK_TYPE_CANDIDATE_REASON (dhcpd_link_candidate_reason_get_type())
#define DHCPD_LINK_TYPE_CLAIM_KIND       (dhcpd_link_claim_kind_get_type())
#define DHCPD_LINK_TYPE_CLIENT_FLAGS     (dhcpd_link_client_flags_get_type())
#define DHCPD_LINK_TYPE_START_FLAGS      (dhcpd_link_start_flags_get_type())
#define DHCPD_LINK_TYPE_STOP_FLAGS       (dhcpd_link_stop_flags_get_type())

DHCPD_LINK_API GType dhcpd_link_daemon_state_get_type(void) G_GNUC_CONST;
DHCPD_LINK_API GType dhcpd_link_link_state_get_type(void) G_GNUC_CONST;
DHCPD_LINK_API GType dhcpd_link_dhcp4_state_get_type(void) G_GNUC_CONST;
DHCPD_LINK_API GType dhcpd_link_origin_get_type(void) G_GNUC_CONST;
DHCPD_LINK_API GType dhcpd_link_lease_change_get_type(void) G_GNUC_CONST;
DHCPD_LINK_API GType dhcpd_link_candidate_reason_get_type(void) G_GNUC_CONST;
DHCPD_LINK_API GType dhcpd_link_claim_kind_get_type(void) G_GNUC_CONST;
DHCPD_LINK_API GType dhcpd_link_client_flags_get_type(void) G_GNUC_CONST;
DHCPD_LINK_API GType dhcpd_link_start_flags_get_type(void) G_GNUC_CONST;
DHCPD_LINK_API GType dhcpd_link_stop_flags_get_type(void) G_GNUC_CONST;

/**
 * dhcpd_link_dhcp4_state_from_string:
 * @word: a state of the contract, such as `INIT-REBOOT`
 *
 * Finds the state that a word of the contract stands for.
 *
 * Returns: the state, or %DHCPD_LINK_DHCP4_STATE_UNKNOWN
 */
DHCPD_LINK_API DhcpdLinkDhcp4State dhcpd_link_dhcp4_state_from_string(const char *word);

G_END_DECLS
