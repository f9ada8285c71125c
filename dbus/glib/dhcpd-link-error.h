/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The errors that calls end with.
 */
#include <dhcpd-link-enums.h>

G_BEGIN_DECLS

/**
 * DHCPD_LINK_ERROR:
 *
 * The domain of the errors that calls end with. Messages are sentences for people, without the D-Bus names
 * of errors. A cancelled call ends with %G_IO_ERROR_CANCELLED. An error of the daemon that has no code here
 * keeps the domain and the code of GIO.
 */
#define DHCPD_LINK_ERROR (dhcpd_link_error_quark())

/**
 * DhcpdLinkError:
 * @DHCPD_LINK_ERROR_FAILED: The kernel refuses something, or the daemon has no memory; the message says
 *   more.
 * @DHCPD_LINK_ERROR_NO_SUCH_LINK: No managed link has that name, or the link is gone.
 * @DHCPD_LINK_ERROR_NOT_MANAGED: Nobody manages the link, or the configuration says `Manage=no`.
 * @DHCPD_LINK_ERROR_NOT_BOUND: There is no lease to release.
 * @DHCPD_LINK_ERROR_NOT_SUPPORTED: The interface cannot do DHCP.
 * @DHCPD_LINK_ERROR_MANAGED_ELSEWHERE: Another network manager has the interface.
 * @DHCPD_LINK_ERROR_BAD_CONFIGURATION: The configuration has errors; the old one stays in force.
 * @DHCPD_LINK_ERROR_INVALID_ARGUMENT: The daemon does not understand an argument.
 * @DHCPD_LINK_ERROR_LIMITS_EXCEEDED: There are too many claims.
 * @DHCPD_LINK_ERROR_ACCESS_DENIED: This user may not do that, or did not authenticate.
 * @DHCPD_LINK_ERROR_AUTHORIZATION_REQUIRED: This user would have to authenticate, but the call may not ask:
 *   see [property@DhcpdLink.Client:interactive].
 * @DHCPD_LINK_ERROR_DAEMON_GONE: The daemon does not run, or it ended before it answered.
 * @DHCPD_LINK_ERROR_INCOMPATIBLE: The daemon has another version of the contract.
 *
 * Why a call failed.
 */
typedef enum {
        DHCPD_LINK_ERROR_FAILED,
        DHCPD_LINK_ERROR_NO_SUCH_LINK,
        DHCPD_LINK_ERROR_NOT_MANAGED,
        DHCPD_LINK_ERROR_NOT_BOUND,
        DHCPD_LINK_ERROR_NOT_SUPPORTED,
        DHCPD_LINK_ERROR_MANAGED_ELSEWHERE,
        DHCPD_LINK_ERROR_BAD_CONFIGURATION,
        DHCPD_LINK_ERROR_INVALID_ARGUMENT,
        DHCPD_LINK_ERROR_LIMITS_EXCEEDED,
        DHCPD_LINK_ERROR_ACCESS_DENIED,
        DHCPD_LINK_ERROR_AUTHORIZATION_REQUIRED,
        DHCPD_LINK_ERROR_DAEMON_GONE,
        DHCPD_LINK_ERROR_INCOMPATIBLE,
} DhcpdLinkError;

/**
 * dhcpd_link_error_quark:
 *
 * Gets the domain of the errors of this library.
 *
 * Returns: the quark of the domain
 */
DHCPD_LINK_API GQuark dhcpd_link_error_quark(void);

#define DHCPD_LINK_TYPE_ERROR (dhcpd_link_error_get_type())
DHCPD_LINK_API GType dhcpd_link_error_get_type(void) G_GNUC_CONST;

G_END_DECLS
