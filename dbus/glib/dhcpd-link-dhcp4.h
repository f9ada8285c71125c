/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The DHCPv4 client of a link: its state and its lease.
 */
#include <dhcpd-link-enums.h>
#include <dhcpd-link-option.h>
#include <dhcpd-link-records.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DhcpdLinkDhcp4:
 *
 * The DHCPv4 client of a link.
 *
 * It comes from [property@DhcpdLink.Link:dhcp4] and shows what the daemon publishes. When a property
 * changes, this is signalled by [signal@GObject.Object::notify]. All values of one message are set before
 * the first of these signals is emitted. Addresses are text, and a missing address is the empty string.
 * Instants are microseconds of the clock that the property names.
 *
 * When its link is gone, the object keeps its last values.
 */
#define DHCPD_LINK_TYPE_DHCP4 (dhcpd_link_dhcp4_get_type())
DHCPD_LINK_API G_DECLARE_FINAL_TYPE(DhcpdLinkDhcp4, dhcpd_link_dhcp4, DHCPD_LINK, DHCP4, GObject)

/**
 * dhcpd_link_dhcp4_get_state:
 * @self: a DHCPv4 client
 *
 * The state of the client as in RFC 2131: INIT, SELECTING, REQUESTING, BOUND, RENEWING, REBINDING,
 * INIT-REBOOT, REBOOTING; or STOPPED, PROBING or INFORMING, which are ours. In PROBING the client
 * tests whether somebody else has the address. In INFORMING it asks for what belongs to a configured
 * address (InformAddress=).
 *
 * Returns: the state
 */
DHCPD_LINK_API DhcpdLinkDhcp4State dhcpd_link_dhcp4_get_state(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_state_name:
 * @self: a DHCPv4 client
 *
 * Gets the word of the contract for [property@DhcpdLink.Dhcp4:state].
 *
 * Returns: (transfer none): the word of the contract, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_state_name(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_attempt:
 * @self: a DHCPv4 client
 *
 * How many messages were sent since the search for a lease began; 0 while nothing is searched for.
 *
 * Returns: the number
 */
DHCPD_LINK_API guint dhcpd_link_dhcp4_get_attempt(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_next_attempt_at:
 * @self: a DHCPv4 client
 *
 * When the next message of the search is sent. It is 0 while nothing is searched for, or while the
 * client waits for something else.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_next_attempt_at(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_next_attempt_at_boottime:
 * @self: a DHCPv4 client
 *
 * When the next message of the search is sent. It is 0 while nothing is searched for, or while the
 * client waits for something else.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_next_attempt_at_boottime(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_searching_since:
 * @self: a DHCPv4 client
 *
 * Since when there has been a carrier and no lease. It is 0 if there is a lease, if the link is
 * stopped or has no carrier, or if the network needs no IPv4.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_searching_since(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_searching_since_boottime:
 * @self: a DHCPv4 client
 *
 * Since when there has been a carrier and no lease. It is 0 if there is a lease, if the link is
 * stopped or has no carrier, or if the network needs no IPv4.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_searching_since_boottime(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_last_ignored:
 * @self: a DHCPv4 client
 *
 * The last answer since then that gave no lease; empty if there was none. Keys: Id (s), stable and for
 * programs; Text (s), a sentence for people; Message (s), for example DHCPOFFER; Server (s), its
 * identifier or the source of the packet; AtBoottimeUSec (t). A change of this property alone is
 * signalled with the next attempt, so that forged answers cause no flood of signals.
 *
 * Returns: (transfer none) (nullable): the record, or %NULL; valid until it is another
 */
DHCPD_LINK_API DhcpdLinkIgnoredAnswer *dhcpd_link_dhcp4_get_last_ignored(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_last_error:
 * @self: a DHCPv4 client
 *
 * The gravest of the problems of the link, with the same keys as a record of `Problems`; empty if
 * there is none.
 *
 * Returns: (transfer none) (nullable): the record, or %NULL; valid until it is another
 */
DHCPD_LINK_API DhcpdLinkProblem *dhcpd_link_dhcp4_get_last_error(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_address:
 * @self: a DHCPv4 client
 *
 * The address of the lease. It is set when the kernel has the address, or at once if Applied is false.
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_address(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_prefix_length:
 * @self: a DHCPv4 client
 *
 * The length of the prefix of the network, 0 without a lease.
 *
 * Returns: the number
 */
DHCPD_LINK_API guint dhcpd_link_dhcp4_get_prefix_length(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_origin:
 * @self: a DHCPv4 client
 *
 * Where the address comes from: dhcp, bootp, inform (`InformAddress=`), static or link-local (both by
 * `Fallback=`); empty without a lease.
 *
 * Returns: the origin
 */
DHCPD_LINK_API DhcpdLinkOrigin dhcpd_link_dhcp4_get_origin(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_origin_name:
 * @self: a DHCPv4 client
 *
 * Gets the word of the contract for [property@DhcpdLink.Dhcp4:origin].
 *
 * Returns: (transfer none): the word of the contract, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_origin_name(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_ipv6_only:
 * @self: a DHCPv4 client
 *
 * Whether the network said that IPv6 is enough (option 108, RFC 8925). The client then asks for no address
 * until the time in the option is over.
 *
 * Returns: %TRUE if so
 */
DHCPD_LINK_API gboolean dhcpd_link_dhcp4_get_ipv6_only(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_server:
 * @self: a DHCPv4 client
 *
 * The server that granted the lease (option 54).
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_server(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_server_hardware_address:
 * @self: a DHCPv4 client
 *
 * The hardware address that the answer came from: that of the server, or of the relay on this network.
 *
 * Returns: (transfer none): the bytes, never %NULL; valid until they change
 */
DHCPD_LINK_API GBytes *dhcpd_link_dhcp4_get_server_hardware_address(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_relay:
 * @self: a DHCPv4 client
 *
 * The relay that the answer came through (giaddr).
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_relay(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_next_server:
 * @self: a DHCPv4 client
 *
 * The server of the next step when this host boots from the network (siaddr). It is not the DHCP
 * server.
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_next_server(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_server_name:
 * @self: a DHCPv4 client
 *
 * The name of that server (field sname). It is empty if the field holds options (option 52).
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_server_name(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_boot_file:
 * @self: a DHCPv4 client
 *
 * The file to boot from there (field file). It is empty if the field holds options (option 52).
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_boot_file(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_client_id:
 * @self: a DHCPv4 client
 *
 * The client identifier that is sent (option 61). It is empty if none is.
 *
 * Returns: (transfer none): the bytes, never %NULL; valid until they change
 */
DHCPD_LINK_API GBytes *dhcpd_link_dhcp4_get_client_id(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_routers:
 * @self: a DHCPv4 client
 *
 * The routers of option 3 in the order received, without addresses that cannot be one;
 * `IgnoredOptions` names these.
 *
 * Returns: (transfer none) (array zero-terminated=1): the list, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *const *dhcpd_link_dhcp4_get_routers(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_dns:
 * @self: a DHCPv4 client
 *
 * The DNS servers of option 6 in the order received, without addresses that cannot be one.
 *
 * Returns: (transfer none) (array zero-terminated=1): the list, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *const *dhcpd_link_dhcp4_get_dns(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_ntp:
 * @self: a DHCPv4 client
 *
 * The time servers of option 42 in the order received, without addresses that cannot be one.
 *
 * Returns: (transfer none) (array zero-terminated=1): the list, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *const *dhcpd_link_dhcp4_get_ntp(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_domain:
 * @self: a DHCPv4 client
 *
 * The domain name of option 15.
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_domain(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_search_domains:
 * @self: a DHCPv4 client
 *
 * The first 64 search domains of option 119.
 *
 * Returns: (transfer none) (array zero-terminated=1): the list, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *const *dhcpd_link_dhcp4_get_search_domains(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_hostname:
 * @self: a DHCPv4 client
 *
 * The name that the server has for this host (option 12).
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_hostname(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_captive_portal:
 * @self: a DHCPv4 client
 *
 * The URI of the API that says whether this network has a captive portal, and where its page is
 * (option 114, RFC 8910; RFC 8908 has the API). It begins with https, has a host, no user's name and
 * at most 255 bytes. Empty if there is none: nobody said anything, or the server said by
 * urn:ietf:params:capport:unrestricted, which `OptionValues` shows, that there is no portal. The server has
 * chosen the host, so do not trust it, and show the page only in a browser without passwords. A change is
 * signalled by `PropertiesChanged`; `LeaseChanged` has the old and the new value.
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_dhcp4_get_captive_portal(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_mtu:
 * @self: a DHCPv4 client
 *
 * The MTU of option 26 in bytes; 0 if there is none, or none that is usable (`MinimumMTU=`).
 *
 * Returns: the number
 */
DHCPD_LINK_API guint dhcpd_link_dhcp4_get_mtu(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_routes:
 * @self: a DHCPv4 client
 *
 * The routes of the lease, as they are in the routing table. Keys of a record: Destination (s),
 * PrefixLength (u), Gateway (s), which is empty when the destination is on the link, Source (s),
 * Metric (u), Table (u), Origin (s) as the property of that name.
 *
 * Returns: (transfer none) (element-type DhcpdLinkRoute): the records, which are not to be changed;
 *   valid until they are others
 */
DHCPD_LINK_API GPtrArray *dhcpd_link_dhcp4_get_routes(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_lifetime:
 * @self: a DHCPv4 client
 *
 * The span that the lease was granted for.
 *
 * Returns: microseconds; %G_MAXUINT64 for ever
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_lifetime(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_granted_at:
 * @self: a DHCPv4 client
 *
 * When the request for the lease was sent: the lifetime counts from then on.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_granted_at(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_granted_at_boottime:
 * @self: a DHCPv4 client
 *
 * When the request for the lease was sent: the lifetime counts from then on.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_granted_at_boottime(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_t1_at:
 * @self: a DHCPv4 client
 *
 * When the client asks its server to renew the lease.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_t1_at(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_t1_at_boottime:
 * @self: a DHCPv4 client
 *
 * When the client asks its server to renew the lease.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_t1_at_boottime(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_t2_at:
 * @self: a DHCPv4 client
 *
 * When the client asks any server to extend the lease.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_t2_at(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_t2_at_boottime:
 * @self: a DHCPv4 client
 *
 * When the client asks any server to extend the lease.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_t2_at_boottime(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_expires_at:
 * @self: a DHCPv4 client
 *
 * When the lease ends.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_expires_at(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_expires_at_boottime:
 * @self: a DHCPv4 client
 *
 * When the lease ends.
 *
 * Returns: microseconds; 0 if it is not set, and %G_MAXUINT64 for never
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_expires_at_boottime(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_option_values:
 * @self: a DHCPv4 client
 *
 * The values of the options. The key is the name of the option in dhcpd-link.options(7), or its number if it
 * has no name. The type of a value depends only on the option: that page lists types and keys of records. A
 * malformed option is not here but in `IgnoredOptions`.
 *
 * Returns: (transfer none): a dictionary `a{sv}`; valid until it changes
 */
DHCPD_LINK_API GVariant *dhcpd_link_dhcp4_get_option_values(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_ignored_options:
 * @self: a DHCPv4 client
 *
 * What was received and is not used, or not in full. Keys of a record: Code (u), Name (s) as in
 * `OptionValues`, Reason (s), a phrase that is the same for all values, and Text (s), a sentence that
 * names the value: "0.0.0.0 not used: no host has this address". An option has a record for each
 * value, at most five. What a plugin does not use is here, too.
 *
 * Returns: (transfer none) (element-type DhcpdLinkIgnoredOption): the records, which are not to be
 *   changed; valid until they are others
 */
DHCPD_LINK_API GPtrArray *dhcpd_link_dhcp4_get_ignored_options(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_kept_options:
 * @self: a DHCPv4 client
 *
 * The codes of options that the last answer did not have and that are still used: a server does not withdraw
 * an option by leaving it out. They are kept from earlier answers or from the offer. If these do not have
 * them either, 51 is `DefaultLeaseTimeSec=` and 54 the source of the packet.
 *
 * Returns: (transfer none): an array of numbers `au`; valid until it changes
 */
DHCPD_LINK_API GVariant *dhcpd_link_dhcp4_get_kept_options(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_servers:
 * @self: a DHCPv4 client
 *
 * Every server heard in the last exchange or within five seconds after it. If there are several, one may be
 * a rogue server. Keys of a record: Identifier (s), OfferedAddress (s), HardwareAddress (ay),
 * HeardAtUSec (t), HeardAtBoottimeUSec (t), Chosen (b), whether the lease is of this server, Refused
 * (s), the Id of `LastIgnored` if the last answer that gave no lease was of this server.
 *
 * Returns: (transfer none) (element-type DhcpdLinkServer): the records, which are not to be changed;
 *   valid until they are others
 */
DHCPD_LINK_API GPtrArray *dhcpd_link_dhcp4_get_servers(DhcpdLinkDhcp4 *self);
/**
 * dhcpd_link_dhcp4_get_options:
 * @self: a DHCPv4 client
 *
 * All options of the answer in the order received, then those that are kept from earlier answers, then other
 * options that are not used. It is always the same list, which signals changes by
 * [signal@Gio.ListModel::items-changed].
 *
 * Returns: (transfer none): a list of [class@DhcpdLink.Option]
 */
DHCPD_LINK_API GListModel *dhcpd_link_dhcp4_get_options(DhcpdLinkDhcp4 *self);

/**
 * dhcpd_link_dhcp4_get_option_value:
 * @self: a DHCPv4 client
 * @name: the name of an option as in dhcpd-link.options(7), or its number if it has no name
 *
 * Gets the value of an option. Its type depends only on the option.
 *
 * Returns: (transfer full) (nullable): the value, or %NULL if there is no such option
 */
DHCPD_LINK_API GVariant *dhcpd_link_dhcp4_get_option_value(DhcpdLinkDhcp4 *self, const char *name);

/**
 * dhcpd_link_dhcp4_get_remaining:
 * @self: a DHCPv4 client
 * @boottime: an instant of CLOCK_BOOTTIME in microseconds, or 0 for now
 *
 * Gets how long the lease still lasts at an instant. CLOCK_BOOTTIME also counts while the host sleeps, and
 * nobody can set it.
 *
 * Returns: microseconds; 0 without a lease, %G_MAXUINT64 if the lease never ends
 */
DHCPD_LINK_API guint64 dhcpd_link_dhcp4_get_remaining(DhcpdLinkDhcp4 *self, guint64 boottime);

/**
 * dhcpd_link_dhcp4_get_counters_async:
 * @self: a DHCPv4 client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Asks for the counters since the link is managed.
 */
DHCPD_LINK_API void dhcpd_link_dhcp4_get_counters_async(DhcpdLinkDhcp4 *self, GCancellable *cancellable,
                                                        GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_dhcp4_get_counters_finish:
 * @self: a DHCPv4 client
 * @result: what the callback got
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Gets the counters: `SentDiscover`, `SentRequest`, `SentDecline`, `SentRelease`, `ReceivedOffer`,
 * `ReceivedAck`, `ReceivedNak`, `Retransmissions`, `Malformed`, `Ignored`, `Conflicts`; and `LeaseUSec`,
 * which is how long it took to get the last lease. A later daemon may have more.
 *
 * Returns: (transfer full): a dictionary `a{st}`, or %NULL with @error set
 */
DHCPD_LINK_API GVariant *dhcpd_link_dhcp4_get_counters_finish(DhcpdLinkDhcp4 *self, GAsyncResult *result,
                                                              GError **error);

/**
 * dhcpd_link_get_boottime:
 *
 * Reads CLOCK_BOOTTIME, for languages that cannot read it themselves.
 *
 * Returns: microseconds
 */
DHCPD_LINK_API guint64 dhcpd_link_get_boottime(void);

G_END_DECLS
