/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The header that programs include. It has the client of the DHCP client daemon dhcpd-linkd, which keeps a
 * list of the daemon's links.
 */
#include <dhcpd-link-dhcp4.h>
#include <dhcpd-link-enums.h>
#include <dhcpd-link-error.h>
#include <dhcpd-link-link.h>
#include <dhcpd-link-option.h>
#include <dhcpd-link-records.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DhcpdLinkClient:
 *
 * All links that the daemon manages, in the order of their numbers, as a [iface@Gio.ListModel] of
 * [class@DhcpdLink.Link].
 *
 * A client begins to look for the daemon when it is made, and follows the daemon from then on. When the
 * daemon ends, all links leave the list. When the daemon comes back, there are new objects in the list.
 * [method@DhcpdLink.Client.prepare_async] waits for the first list. All values in one message of the daemon
 * are set before the first signal about them is emitted. Signals come in the order in which the daemon sent
 * them.
 *
 * Everything is asynchronous, and happens in the main context that was the thread-default one when the
 * client was made. Use a client, its links and their parts only in the thread of that context.
 *
 * The process that has the daemon's name on the bus is not trusted. What it sends is checked: values of a
 * wrong type are ignored, and only a limited amount of data is kept.
 */
#define DHCPD_LINK_TYPE_CLIENT (dhcpd_link_client_get_type())
DHCPD_LINK_API G_DECLARE_FINAL_TYPE(DhcpdLinkClient, dhcpd_link_client, DHCPD_LINK, CLIENT, GObject)

/**
 * dhcpd_link_client_new:
 * @connection: (nullable): a connection to a bus, or to the private socket of the daemon; %NULL: the system
 *   bus
 * @flags: how the client begins
 *
 * Makes a client, which begins to look for the daemon. The client can be used at once, and is an empty list.
 *
 * A connection to the private socket needs no bus: see [func@Gio.DBusConnection.new_for_address] with
 * `unix:path=/run/dhcpd-link/private`. When the connection is closed, the daemon counts as gone, and the
 * client does not connect again. Such a connection hears of all links until it starts a link. From then on
 * it only hears of the links that it has started, and the others leave the list.
 *
 * Returns: (transfer full): a client
 */
DHCPD_LINK_API DhcpdLinkClient *dhcpd_link_client_new(GDBusConnection *connection,
                                                      DhcpdLinkClientFlags flags);

/**
 * dhcpd_link_client_prepare_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the state of the daemon is known
 * @user_data: for @callback
 *
 * Waits until the state of the daemon is known, and until its links are known if it runs. Does not wait if
 * they are known already.
 */
DHCPD_LINK_API void dhcpd_link_client_prepare_async(DhcpdLinkClient *self, GCancellable *cancellable,
                                                    GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_client_prepare_finish:
 * @self: a client
 * @result: what the callback got
 * @error: why there are no links
 *
 * Ends a call of [method@DhcpdLink.Client.prepare_async]. The errors are %DHCPD_LINK_ERROR_DAEMON_GONE (the
 * daemon does not run, or is not installed), %DHCPD_LINK_ERROR_ACCESS_DENIED and
 * %DHCPD_LINK_ERROR_INCOMPATIBLE. The client continues after each of these errors, so a program that stays
 * may ignore them and follow [property@DhcpdLink.Client:daemon-state].
 *
 * Returns: %TRUE if the daemon runs and all links are known, or %FALSE with @error set
 */
DHCPD_LINK_API gboolean dhcpd_link_client_prepare_finish(DhcpdLinkClient *self, GAsyncResult *result,
                                                         GError **error);

/**
 * dhcpd_link_client_get_connection:
 * @self: a client
 *
 * Gets the connection that the client uses.
 *
 * Returns: (transfer none) (nullable): the connection, or %NULL while there is none
 */
DHCPD_LINK_API GDBusConnection *dhcpd_link_client_get_connection(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_get_flags:
 * @self: a client
 *
 * Gets the flags that the client was made with.
 *
 * Returns: the flags
 */
DHCPD_LINK_API DhcpdLinkClientFlags dhcpd_link_client_get_flags(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_get_interactive:
 * @self: a client
 *
 * Tells whether calls that change something may ask the user to authenticate.
 *
 * Returns: %TRUE if so
 */
DHCPD_LINK_API gboolean dhcpd_link_client_get_interactive(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_set_interactive:
 * @self: a client
 * @interactive: whether the user may be asked
 *
 * Sets whether calls that change something may ask the user to authenticate, by the polkit agent of the
 * session. Such a call lasts until the user has answered. If it may not ask, it fails with
 * %DHCPD_LINK_ERROR_AUTHORIZATION_REQUIRED.
 */
DHCPD_LINK_API void dhcpd_link_client_set_interactive(DhcpdLinkClient *self, gboolean interactive);

/**
 * dhcpd_link_client_get_daemon_state:
 * @self: a client
 *
 * Gets what is known about the daemon.
 *
 * Returns: the state
 */
DHCPD_LINK_API DhcpdLinkDaemonState dhcpd_link_client_get_daemon_state(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_get_daemon_message:
 * @self: a client
 *
 * Gets a sentence for people that says why there are no links.
 *
 * Returns: (transfer none): the sentence, empty while the daemon runs; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_client_get_daemon_message(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_get_contract_version:
 * @self: a client
 *
 * Gets the version of the D-Bus contract that the daemon has.
 *
 * Returns: the number; 0 while it is not known
 */
DHCPD_LINK_API guint dhcpd_link_client_get_contract_version(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_get_version:
 * @self: a client
 *
 * Gets the release of the daemon.
 *
 * Returns: (transfer none): the release, empty while it is not known; valid until it changes
 */
DHCPD_LINK_API const char *dhcpd_link_client_get_version(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_get_features:
 * @self: a client
 *
 * Gets what the daemon can do: `dhcpv4`, `plugins`. A later daemon may have more words.
 *
 * Returns: (transfer none) (array zero-terminated=1): the words; valid until they change
 */
DHCPD_LINK_API const char *const *dhcpd_link_client_get_features(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_get_problems:
 * @self: a client
 *
 * Gets what people should know about the daemon as a whole. The problems of a link are in
 * [property@DhcpdLink.Link:problems].
 *
 * Returns: (transfer none) (element-type DhcpdLinkProblem): the records, which must not be changed; valid
 *   until the property changes
 */
DHCPD_LINK_API GPtrArray *dhcpd_link_client_get_problems(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_get_plugins:
 * @self: a client
 *
 * Gets the plugins of the daemon. Keys of a record: `Name`, `State` (`loaded` or `refused`), `Reason`.
 *
 * Returns: (transfer none): an array of dictionaries `aa{sv}`; valid until it changes
 */
DHCPD_LINK_API GVariant *dhcpd_link_client_get_plugins(DhcpdLinkClient *self);

/**
 * dhcpd_link_client_get_link:
 * @self: a client
 * @name: the name of an interface, or one of its alternative names
 *
 * Finds a link by its name.
 *
 * Returns: (transfer none) (nullable): the link, or %NULL if it is not managed
 */
DHCPD_LINK_API DhcpdLinkLink *dhcpd_link_client_get_link(DhcpdLinkClient *self, const char *name);

/**
 * dhcpd_link_client_get_link_by_index:
 * @self: a client
 * @ifindex: the number of an interface
 *
 * Finds a link by its number.
 *
 * Returns: (transfer none) (nullable): the link, or %NULL if it is not managed
 */
DHCPD_LINK_API DhcpdLinkLink *dhcpd_link_client_get_link_by_index(DhcpdLinkClient *self, int ifindex);

/**
 * dhcpd_link_client_start_link_async:
 * @self: a client
 * @name: the name of an interface, or a pattern with `*`, `?` and `[...]` for all that match
 * @flags: how to start it
 * @owner: (nullable): who claims it, a text for people
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the link is managed
 * @user_data: for @callback
 *
 * Asks the daemon to manage links from now on. On the system bus this lasts until
 * [method@DhcpdLink.Client.stop_link_async]. On the private socket it ends half a minute after the
 * connection.
 */
DHCPD_LINK_API void dhcpd_link_client_start_link_async(DhcpdLinkClient *self, const char *name,
                                                       DhcpdLinkStartFlags flags, const char *owner,
                                                       GCancellable *cancellable,
                                                       GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_client_start_link_finish:
 * @self: a client
 * @result: what the callback got
 * @link: (out) (optional) (nullable) (transfer full): the link; %NULL if no interface has the name yet
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Ends a call of [method@DhcpdLink.Client.start_link_async]. The link is then in the list.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
DHCPD_LINK_API gboolean dhcpd_link_client_start_link_finish(DhcpdLinkClient *self, GAsyncResult *result,
                                                            DhcpdLinkLink **link, GError **error);

/**
 * dhcpd_link_client_stop_link_async:
 * @self: a client
 * @name: the name or pattern that was started, or another name of the link
 * @flags: how to stop it
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Drops the claim of this connection, or all claims if this connection has none. When no claim is left, the
 * lease is given back to its server, everything of the lease is removed from the interface, and then the
 * call ends.
 */
DHCPD_LINK_API void dhcpd_link_client_stop_link_async(DhcpdLinkClient *self, const char *name,
                                                      DhcpdLinkStopFlags flags, GCancellable *cancellable,
                                                      GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_client_stop_link_finish:
 * @self: a client
 * @result: what the callback got
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Ends a call of [method@DhcpdLink.Client.stop_link_async].
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
DHCPD_LINK_API gboolean dhcpd_link_client_stop_link_finish(DhcpdLinkClient *self, GAsyncResult *result,
                                                           GError **error);

/**
 * dhcpd_link_client_reload_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Asks the daemon to read its configuration files again.
 */
DHCPD_LINK_API void dhcpd_link_client_reload_async(DhcpdLinkClient *self, GCancellable *cancellable,
                                                   GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_client_reload_finish:
 * @self: a client
 * @result: what the callback got
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Ends a call of [method@DhcpdLink.Client.reload_async]. %DHCPD_LINK_ERROR_BAD_CONFIGURATION means that the
 * old configuration stays in force.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
DHCPD_LINK_API gboolean dhcpd_link_client_reload_finish(DhcpdLinkClient *self, GAsyncResult *result,
                                                        GError **error);

/**
 * dhcpd_link_client_list_candidates_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Asks which interfaces of this host are not managed. After [signal@DhcpdLink.Client::candidates-changed]
 * the answer may have changed.
 */
DHCPD_LINK_API void dhcpd_link_client_list_candidates_async(DhcpdLinkClient *self, GCancellable *cancellable,
                                                            GAsyncReadyCallback callback,
                                                            gpointer user_data);

/**
 * dhcpd_link_client_list_candidates_finish:
 * @self: a client
 * @result: what the callback got
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Ends a call of [method@DhcpdLink.Client.list_candidates_async].
 *
 * Returns: (transfer container) (element-type DhcpdLinkCandidate): the interfaces, or %NULL with @error set
 */
DHCPD_LINK_API GPtrArray *dhcpd_link_client_list_candidates_finish(DhcpdLinkClient *self,
                                                                   GAsyncResult *result, GError **error);

/**
 * dhcpd_link_client_describe_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Asks for everything that the daemon shows as one JSON object.
 */
DHCPD_LINK_API void dhcpd_link_client_describe_async(DhcpdLinkClient *self, GCancellable *cancellable,
                                                     GAsyncReadyCallback callback, gpointer user_data);

/**
 * dhcpd_link_client_describe_finish:
 * @self: a client
 * @result: what the callback got
 * @error: an error of %DHCPD_LINK_ERROR
 *
 * Ends a call of [method@DhcpdLink.Client.describe_async].
 *
 * Returns: (transfer full): one JSON object, or %NULL with @error set
 */
DHCPD_LINK_API char *dhcpd_link_client_describe_finish(DhcpdLinkClient *self, GAsyncResult *result,
                                                       GError **error);

G_END_DECLS
