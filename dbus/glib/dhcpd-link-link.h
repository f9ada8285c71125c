/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A network interface that the daemon manages.
 */
#include <dhcpd-link-dhcp4.h>
#include <dhcpd-link-enums.h>
#include <dhcpd-link-records.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DhcpdLinkLink:
 *
 * A network interface that the daemon manages.
 *
 * It comes from a [class@DhcpdLink.Client]. When the daemon does not manage the interface any more, or is
 * gone, the object leaves the client's list. It keeps its last values, its [property@DhcpdLink.Link:present]
 * is %FALSE, and its calls fail with %DHCPD_LINK_ERROR_NO_SUCH_LINK. If the daemon manages the interface
 * again, this is a new object.
 */
#define DHCPD_LINK_TYPE_LINK (dhcpd_link_link_get_type())
DHCPD_LINK_API G_DECLARE_FINAL_TYPE(DhcpdLinkLink, dhcpd_link_link, DHCPD_LINK, LINK, GObject)

/**
 * dhcpd_link_link_get_index:
 * @self: a link
 *
 * The number of the interface.
 *
 * Returns: the number
 */
DHCPD_LINK_API int dhcpd_link_link_get_index(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_name:
 * @self: a link
 *
 * The name of the interface.
 *
 * Returns: (transfer none): the text, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_link_get_name(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_alternative_names:
 * @self: a link
 *
 * Further names of the interface (ip link property add ... altname). Every method that takes a name
 * takes these, too.
 *
 * Returns: (transfer none) (array zero-terminated=1): the list, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *const *dhcpd_link_link_get_alternative_names(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_hardware_address:
 * @self: a link
 *
 * The hardware address: 6 bytes for Ethernet, 20 for InfiniBand.
 *
 * Returns: (transfer none): the bytes, never %NULL; valid until they change
 */
DHCPD_LINK_API GBytes *dhcpd_link_link_get_hardware_address(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_carrier:
 * @self: a link
 *
 * Whether the interface is connected and the other end is alive.
 *
 * Returns: %TRUE if so
 */
DHCPD_LINK_API gboolean dhcpd_link_link_get_carrier(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_state:
 * @self: a link
 *
 * The state over all families of addresses: stopped, no-carrier, searching (there is no lease yet),
 * configured, or degraded (`Problems` says why, or the address is one of `Fallback=`). If the network
 * needs no IPv4, DHCPv4 is configured. More may come.
 *
 * Returns: the state
 */
DHCPD_LINK_API DhcpdLinkLinkState dhcpd_link_link_get_state(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_state_name:
 * @self: a link
 *
 * Gets the word of the contract for [property@DhcpdLink.Link:state].
 *
 * Returns: (transfer none): the word of the contract, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_link_get_state_name(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_applied:
 * @self: a link
 *
 * Whether leases are written to the kernel: addresses, routes, rules and the MTU. If not (`Apply=`no),
 * they are only published.
 *
 * Returns: %TRUE if so
 */
DHCPD_LINK_API gboolean dhcpd_link_link_get_applied(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_config_files:
 * @self: a link
 *
 * The files that settings of the link may come from, in the order in which they were read:
 * dhcpd-link.conf, its drop-ins, the file of `links/` that applies, and its drop-ins. A later file
 * overrides an earlier one.
 *
 * Returns: (transfer none) (array zero-terminated=1): the list, never %NULL; valid until it changes
 */
DHCPD_LINK_API const char *const *dhcpd_link_link_get_config_files(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_settings:
 * @self: a link
 *
 * The settings in force, built-in defaults, too. The key is the section and the key of
 * dhcpd-link.conf(5) with a dot between them: `DHCPv4.SendRelease` (b). The type depends on the key
 * alone: b, u, t for spans of time, s, and as for lists. RouteMetric and RouteTable are what the link
 * uses even if they are not set; DHCPv4.IAID is there only if it is set.
 *
 * Returns: (transfer none): a dictionary `a{sv}`; valid until it changes
 */
DHCPD_LINK_API GVariant *dhcpd_link_link_get_settings(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_claims:
 * @self: a link
 *
 * Who wants the link managed. Keys of a record: Kind (s), Pattern (s), the name or pattern that was
 * claimed, Owner (s), for people, and Apply (b), as given to `StartLink()`.
 *
 * Kind is one of: command-line (the option link of dhcpd-linkd), unit (a connection that gave its
 * Owner), caller (another connection on the private socket), kept (`StartLink()` on the system bus or
 * with Keep), left (a holder that is gone, and may come back within half a minute). More may come.
 *
 * Returns: (transfer none) (element-type DhcpdLinkClaim): the records, which are not to be changed;
 *   valid until they are others
 */
DHCPD_LINK_API GPtrArray *dhcpd_link_link_get_claims(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_problems:
 * @self: a link
 *
 * What people should know of the link now, the gravest first; empty when all is well. Keys of a
 * record: Id (s), stable and for programs; Text (s), a sentence for people; AtBoottimeUSec (t), since
 * when.
 *
 * Id is one of: port-taken (another process has the DHCP client port), failed (something else failed,
 * as Text says), removed-by-others (the link is bound without something that others take away again
 * and again), managed-elsewhere (another network manager says that it has the link, too),
 * dns-not-taken (nobody passes the DNS servers of the lease on), no-answer (no server answers),
 * answers-not-taken (servers answer, but no answer gives a lease). More may come.
 *
 * Returns: (transfer none) (element-type DhcpdLinkProblem): the records, which are not to be changed;
 *   valid until they are others
 */
DHCPD_LINK_API GPtrArray *dhcpd_link_link_get_problems(DhcpdLinkLink *self);
/**
 * dhcpd_link_link_get_present:
 * @self: a link
 *
 * Whether the daemon manages the link. Once %FALSE, it stays so.
 *
 * Returns: %TRUE if so
 */
DHCPD_LINK_API gboolean dhcpd_link_link_get_present(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_get_dhcp4:
 * @self: a link
 *
 * Gets the DHCPv4 client of the link.
 *
 * Returns: (transfer none) (nullable): the client, or %NULL if DHCPv4 is not configured
 */
DHCPD_LINK_API DhcpdLinkDhcp4 *dhcpd_link_link_get_dhcp4(DhcpdLinkLink *self);

/**
 * dhcpd_link_link_renew_async:
 * @self: a link
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Asks the server to extend the lease, or tries again at once to get one. After a release it starts
 * over.
 */
DHCPD_LINK_API void dhcpd_link_link_renew_async(DhcpdLinkLink *self, GCancellable *cancellable,
                                                GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_link_renew_finish:
 * @self: a link
 * @result: what the callback got
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Ends a call of [method@DhcpdLink.Link.renew_async]. The properties already show the effect.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
DHCPD_LINK_API gboolean dhcpd_link_link_renew_finish(DhcpdLinkLink *self, GAsyncResult *result,
                                                     GError **error);

/**
 * dhcpd_link_link_release_async:
 * @self: a link
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Gives the lease back to its server, removes everything of the lease from the interface, and does nothing
 * more until a renewal or restart. %DHCPD_LINK_ERROR_NOT_BOUND means that there is no lease.
 */
DHCPD_LINK_API void dhcpd_link_link_release_async(DhcpdLinkLink *self, GCancellable *cancellable,
                                                  GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_link_release_finish:
 * @self: a link
 * @result: what the callback got
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Ends a call of [method@DhcpdLink.Link.release_async]. The properties already show the effect.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
DHCPD_LINK_API gboolean dhcpd_link_link_release_finish(DhcpdLinkLink *self, GAsyncResult *result,
                                                       GError **error);

/**
 * dhcpd_link_link_restart_async:
 * @self: a link
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Forgets the lease without giving it back, and begins again with DHCPDISCOVER.
 */
DHCPD_LINK_API void dhcpd_link_link_restart_async(DhcpdLinkLink *self, GCancellable *cancellable,
                                                  GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_link_restart_finish:
 * @self: a link
 * @result: what the callback got
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Ends a call of [method@DhcpdLink.Link.restart_async]. The properties already show the effect.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
DHCPD_LINK_API gboolean dhcpd_link_link_restart_finish(DhcpdLinkLink *self, GAsyncResult *result,
                                                       GError **error);

/**
 * dhcpd_link_link_describe_async:
 * @self: a link
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Asks for all properties of the link as one JSON object.
 */
DHCPD_LINK_API void dhcpd_link_link_describe_async(DhcpdLinkLink *self, GCancellable *cancellable,
                                                   GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_link_describe_finish:
 * @self: a link
 * @result: what the callback got
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Ends a call of [method@DhcpdLink.Link.describe_async].
 *
 * Returns: (transfer full): one JSON object, or %NULL with @error set
 */
DHCPD_LINK_API char *dhcpd_link_link_describe_finish(DhcpdLinkLink *self, GAsyncResult *result,
                                                     GError **error);

G_END_DECLS
