/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One DHCP option of a lease: its bytes as received, and its value.
 */
#include <dhcpd-link-enums.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DhcpdLinkOption:
 *
 * An option of the answer that gave a lease. The object never changes. If the server sends another value,
 * the list [property@DhcpdLink.Dhcp4:options] gets a new object.
 */
#define DHCPD_LINK_TYPE_OPTION (dhcpd_link_option_get_type())
DHCPD_LINK_API G_DECLARE_FINAL_TYPE(DhcpdLinkOption, dhcpd_link_option, DHCPD_LINK, OPTION, GObject)

/**
 * dhcpd_link_option_get_code:
 * @self: an option
 *
 * Gets the number of the option.
 *
 * Returns: the number
 */
DHCPD_LINK_API guint dhcpd_link_option_get_code(DhcpdLinkOption *self);

/**
 * dhcpd_link_option_get_name:
 * @self: an option
 *
 * Gets the name of the option as in dhcpd-link.options(7), or its number as text if it has no name.
 *
 * Returns: (transfer none): the name; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_option_get_name(DhcpdLinkOption *self);

/**
 * dhcpd_link_option_get_text:
 * @self: an option
 *
 * Gets the value of the option as text for people: `192.0.2.1, 192.0.2.2`. Bytes without a known meaning are
 * written as hexadecimal digits. The server has chosen the text, so do not trust it; but it is always
 * printable ASCII.
 *
 * Returns: (transfer none): the text, empty if the option could not be decoded; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_option_get_text(DhcpdLinkOption *self);

/**
 * dhcpd_link_option_get_data:
 * @self: an option
 *
 * Gets the bytes as received, with the parts of a long option joined (RFC 3396).
 *
 * Returns: (transfer none): the bytes
 */
DHCPD_LINK_API GBytes *dhcpd_link_option_get_data(DhcpdLinkOption *self);

/**
 * dhcpd_link_option_get_value:
 * @self: an option
 *
 * Gets the value of the option for programs. The type depends only on the option: dhcpd-link.options(7).
 *
 * Returns: (transfer none) (nullable): the value, or %NULL if the option is malformed
 */
DHCPD_LINK_API GVariant *dhcpd_link_option_get_value(DhcpdLinkOption *self);

/**
 * dhcpd_link_option_get_kept:
 * @self: an option
 *
 * Gets whether the last answer did not have the option, and the option of an earlier answer is still used. A
 * server does not withdraw an option by leaving it out.
 *
 * Returns: %TRUE if so
 */
DHCPD_LINK_API gboolean dhcpd_link_option_get_kept(DhcpdLinkOption *self);

/**
 * dhcpd_link_option_get_ignored_reason:
 * @self: an option
 *
 * Gets why the option, or one of its values, is not used: a phrase that is the same for all values.
 *
 * Returns: (transfer none) (nullable): the phrase, or %NULL if all of the option is used; valid as long as
 *   @self
 */
DHCPD_LINK_API const char *dhcpd_link_option_get_ignored_reason(DhcpdLinkOption *self);

/**
 * dhcpd_link_option_get_ignored_text:
 * @self: an option
 *
 * Gets why the option, or some of its values, are not used: sentences that name the values, each in a line
 * of its own.
 *
 * Returns: (transfer none) (nullable): the lines, or %NULL if all of the option is used; valid as long as
 *   @self
 */
DHCPD_LINK_API const char *dhcpd_link_option_get_ignored_text(DhcpdLinkOption *self);

G_END_DECLS
