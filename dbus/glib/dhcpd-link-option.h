/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One DHCP option of a lease, as received and as understood.
 */
#include <dhcpd-link-enums.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DhcpdLinkOption:
 *
 * An option of the answer that gave a lease. It never changes; the list
 * [property@DhcpdLink.Dhcp4:options] gets another one when the option is another.
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
 * Gets the name of the option as in dhcpd-link.options(7), or its number as text where it has none.
 *
 * Returns: (transfer none): the name; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_option_get_name(DhcpdLinkOption *self);

/**
 * dhcpd_link_option_get_text:
 * @self: an option
 *
 * Gets what the option says, for people: `192.0.2.1, 192.0.2.2`. Bytes that have no better meaning are
 * hexadecimal digits. Whoever runs the server chose what it says; it is printable ASCII in any case.
 *
 * Returns: (transfer none): the text, empty if nothing was understood; valid as long as @self
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
 * Gets what the option says, for programs. The type depends on the option alone: dhcpd-link.options(7).
 *
 * Returns: (transfer none) (nullable): the value, or %NULL if the option is malformed
 */
DHCPD_LINK_API GVariant *dhcpd_link_option_get_value(DhcpdLinkOption *self);

/**
 * dhcpd_link_option_get_kept:
 * @self: an option
 *
 * Whether the last answer lacked the option, and it counts all the same, because an omission is no
 * withdrawal.
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
 * Returns: (transfer none) (nullable): the phrase, or %NULL if all of the option counts; valid as long as
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
 * Returns: (transfer none) (nullable): the lines, or %NULL if all of the option counts; valid as long as
 *   @self
 */
DHCPD_LINK_API const char *dhcpd_link_option_get_ignored_text(DhcpdLinkOption *self);

G_END_DECLS
