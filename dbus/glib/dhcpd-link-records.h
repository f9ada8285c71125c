/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Records: parts of what links, leases and the daemon show. A record never changes. If something changes, a
 * property has other records.
 */
#include <dhcpd-link-enums.h>

G_BEGIN_DECLS

/**
 * DhcpdLinkRoute:
 *
 * A route of a lease, as it is in the routing table.
 */
typedef struct _DhcpdLinkRoute DhcpdLinkRoute;

#define DHCPD_LINK_TYPE_ROUTE (dhcpd_link_route_get_type())
DHCPD_LINK_API GType dhcpd_link_route_get_type(void) G_GNUC_CONST;

/**
 * dhcpd_link_route_ref:
 * @self: a route
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
DHCPD_LINK_API DhcpdLinkRoute *dhcpd_link_route_ref(DhcpdLinkRoute *self);

/**
 * dhcpd_link_route_unref:
 * @self: (transfer full): a route
 *
 * Drops a reference, with the last of which the record is freed.
 */
DHCPD_LINK_API void dhcpd_link_route_unref(DhcpdLinkRoute *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DhcpdLinkRoute, dhcpd_link_route_unref)

/**
 * dhcpd_link_route_get_destination:
 * @self: a route
 *
 * Gets the network, such as `192.0.2.0`.
 *
 * Returns: (transfer none): the network, such as `192.0.2.0`; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_route_get_destination(DhcpdLinkRoute *self);

/**
 * dhcpd_link_route_get_prefix_length:
 * @self: a route
 *
 * Gets the length of its prefix.
 *
 * Returns: the length of its prefix
 */
DHCPD_LINK_API guint dhcpd_link_route_get_prefix_length(DhcpdLinkRoute *self);

/**
 * dhcpd_link_route_get_gateway:
 * @self: a route
 *
 * Gets the router, or empty when the destination is on the link.
 *
 * Returns: (transfer none): the router, or empty when the destination is on the link; valid as
 *   long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_route_get_gateway(DhcpdLinkRoute *self);

/**
 * dhcpd_link_route_get_source:
 * @self: a route
 *
 * Gets the preferred source address.
 *
 * Returns: (transfer none): the preferred source address; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_route_get_source(DhcpdLinkRoute *self);

/**
 * dhcpd_link_route_get_metric:
 * @self: a route
 *
 * Gets the metric.
 *
 * Returns: the metric
 */
DHCPD_LINK_API guint dhcpd_link_route_get_metric(DhcpdLinkRoute *self);

/**
 * dhcpd_link_route_get_table:
 * @self: a route
 *
 * Gets the routing table.
 *
 * Returns: the routing table
 */
DHCPD_LINK_API guint dhcpd_link_route_get_table(DhcpdLinkRoute *self);

/**
 * dhcpd_link_route_get_origin_name:
 * @self: a route
 *
 * Tells where it comes from, a word as in [property@DhcpdLink.Dhcp4:origin-name].
 *
 * Returns: (transfer none): where it comes from, a word as in
 *   [property@DhcpdLink.Dhcp4:origin-name]; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_route_get_origin_name(DhcpdLinkRoute *self);

/**
 * DhcpdLinkServer:
 *
 * A server that was heard. If there are several, one of them may be a rogue server.
 */
typedef struct _DhcpdLinkServer DhcpdLinkServer;

#define DHCPD_LINK_TYPE_SERVER (dhcpd_link_server_get_type())
DHCPD_LINK_API GType dhcpd_link_server_get_type(void) G_GNUC_CONST;

/**
 * dhcpd_link_server_ref:
 * @self: a server
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
DHCPD_LINK_API DhcpdLinkServer *dhcpd_link_server_ref(DhcpdLinkServer *self);

/**
 * dhcpd_link_server_unref:
 * @self: (transfer full): a server
 *
 * Drops a reference, with the last of which the record is freed.
 */
DHCPD_LINK_API void dhcpd_link_server_unref(DhcpdLinkServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DhcpdLinkServer, dhcpd_link_server_unref)

/**
 * dhcpd_link_server_get_identifier:
 * @self: a server
 *
 * Gets the identifier of the server, its address (option 54).
 *
 * Returns: (transfer none): the identifier of the server, its address (option 54); valid as long
 *   as @self
 */
DHCPD_LINK_API const char *dhcpd_link_server_get_identifier(DhcpdLinkServer *self);

/**
 * dhcpd_link_server_get_offered_address:
 * @self: a server
 *
 * Gets the address that it offered.
 *
 * Returns: (transfer none): the address that it offered; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_server_get_offered_address(DhcpdLinkServer *self);

/**
 * dhcpd_link_server_get_hardware_address:
 * @self: a server
 *
 * Gets the hardware address that its answer came from.
 *
 * Returns: (transfer full): the hardware address that its answer came from
 */
DHCPD_LINK_API GBytes *dhcpd_link_server_get_hardware_address(DhcpdLinkServer *self);

/**
 * dhcpd_link_server_get_heard_at:
 * @self: a server
 *
 * Tells when it was heard, in microseconds of CLOCK_REALTIME.
 *
 * Returns: when it was heard, in microseconds of CLOCK_REALTIME
 */
DHCPD_LINK_API guint64 dhcpd_link_server_get_heard_at(DhcpdLinkServer *self);

/**
 * dhcpd_link_server_get_heard_at_boottime:
 * @self: a server
 *
 * Tells when it was heard, in microseconds of CLOCK_BOOTTIME.
 *
 * Returns: when it was heard, in microseconds of CLOCK_BOOTTIME
 */
DHCPD_LINK_API guint64 dhcpd_link_server_get_heard_at_boottime(DhcpdLinkServer *self);

/**
 * dhcpd_link_server_get_chosen:
 * @self: a server
 *
 * Tells whether the lease is of this server.
 *
 * Returns: %TRUE if so
 */
DHCPD_LINK_API gboolean dhcpd_link_server_get_chosen(DhcpdLinkServer *self);

/**
 * dhcpd_link_server_get_refused:
 * @self: a server
 *
 * Tells why its answer gave no lease, an id as in [method@DhcpdLink.IgnoredAnswer.get_id], or
 * empty.
 *
 * Returns: (transfer none): why its answer gave no lease, an id as in
 *   [method@DhcpdLink.IgnoredAnswer.get_id], or empty; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_server_get_refused(DhcpdLinkServer *self);

/**
 * DhcpdLinkIgnoredOption:
 *
 * Something that was received and is not used, or not in full.
 */
typedef struct _DhcpdLinkIgnoredOption DhcpdLinkIgnoredOption;

#define DHCPD_LINK_TYPE_IGNORED_OPTION (dhcpd_link_ignored_option_get_type())
DHCPD_LINK_API GType dhcpd_link_ignored_option_get_type(void) G_GNUC_CONST;

/**
 * dhcpd_link_ignored_option_ref:
 * @self: an ignored option
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
DHCPD_LINK_API DhcpdLinkIgnoredOption *dhcpd_link_ignored_option_ref(DhcpdLinkIgnoredOption *self);

/**
 * dhcpd_link_ignored_option_unref:
 * @self: (transfer full): an ignored option
 *
 * Drops a reference, with the last of which the record is freed.
 */
DHCPD_LINK_API void dhcpd_link_ignored_option_unref(DhcpdLinkIgnoredOption *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DhcpdLinkIgnoredOption, dhcpd_link_ignored_option_unref)

/**
 * dhcpd_link_ignored_option_get_code:
 * @self: an ignored option
 *
 * Gets the number of the option.
 *
 * Returns: the number of the option
 */
DHCPD_LINK_API guint dhcpd_link_ignored_option_get_code(DhcpdLinkIgnoredOption *self);

/**
 * dhcpd_link_ignored_option_get_name:
 * @self: an ignored option
 *
 * Gets its name.
 *
 * Returns: (transfer none): its name; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_ignored_option_get_name(DhcpdLinkIgnoredOption *self);

/**
 * dhcpd_link_ignored_option_get_reason:
 * @self: an ignored option
 *
 * Gets a phrase that is the same for all values.
 *
 * Returns: (transfer none): a phrase that is the same for all values; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_ignored_option_get_reason(DhcpdLinkIgnoredOption *self);

/**
 * dhcpd_link_ignored_option_get_text:
 * @self: an ignored option
 *
 * Gets a sentence that names the value.
 *
 * Returns: (transfer none): a sentence that names the value; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_ignored_option_get_text(DhcpdLinkIgnoredOption *self);

/**
 * DhcpdLinkIgnoredAnswer:
 *
 * An answer of a server that gave no lease.
 */
typedef struct _DhcpdLinkIgnoredAnswer DhcpdLinkIgnoredAnswer;

#define DHCPD_LINK_TYPE_IGNORED_ANSWER (dhcpd_link_ignored_answer_get_type())
DHCPD_LINK_API GType dhcpd_link_ignored_answer_get_type(void) G_GNUC_CONST;

/**
 * dhcpd_link_ignored_answer_ref:
 * @self: an ignored answer
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
DHCPD_LINK_API DhcpdLinkIgnoredAnswer *dhcpd_link_ignored_answer_ref(DhcpdLinkIgnoredAnswer *self);

/**
 * dhcpd_link_ignored_answer_unref:
 * @self: (transfer full): an ignored answer
 *
 * Drops a reference, with the last of which the record is freed.
 */
DHCPD_LINK_API void dhcpd_link_ignored_answer_unref(DhcpdLinkIgnoredAnswer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DhcpdLinkIgnoredAnswer, dhcpd_link_ignored_answer_unref)

/**
 * dhcpd_link_ignored_answer_get_id:
 * @self: an ignored answer
 *
 * Gets a stable word for programs.
 *
 * Returns: (transfer none): a stable word for programs; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_ignored_answer_get_id(DhcpdLinkIgnoredAnswer *self);

/**
 * dhcpd_link_ignored_answer_get_text:
 * @self: an ignored answer
 *
 * Gets a sentence for people.
 *
 * Returns: (transfer none): a sentence for people; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_ignored_answer_get_text(DhcpdLinkIgnoredAnswer *self);

/**
 * dhcpd_link_ignored_answer_get_message:
 * @self: an ignored answer
 *
 * Gets the kind of the message, such as `DHCPOFFER`.
 *
 * Returns: (transfer none): the kind of the message, such as `DHCPOFFER`; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_ignored_answer_get_message(DhcpdLinkIgnoredAnswer *self);

/**
 * dhcpd_link_ignored_answer_get_server:
 * @self: an ignored answer
 *
 * Gets the identifier of the server, or the source of the packet.
 *
 * Returns: (transfer none): the identifier of the server, or the source of the packet; valid as
 *   long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_ignored_answer_get_server(DhcpdLinkIgnoredAnswer *self);

/**
 * dhcpd_link_ignored_answer_get_at_boottime:
 * @self: an ignored answer
 *
 * Tells when it came, in microseconds of CLOCK_BOOTTIME.
 *
 * Returns: when it came, in microseconds of CLOCK_BOOTTIME
 */
DHCPD_LINK_API guint64 dhcpd_link_ignored_answer_get_at_boottime(DhcpdLinkIgnoredAnswer *self);

/**
 * DhcpdLinkProblem:
 *
 * Something that people should know.
 */
typedef struct _DhcpdLinkProblem DhcpdLinkProblem;

#define DHCPD_LINK_TYPE_PROBLEM (dhcpd_link_problem_get_type())
DHCPD_LINK_API GType dhcpd_link_problem_get_type(void) G_GNUC_CONST;

/**
 * dhcpd_link_problem_ref:
 * @self: a problem
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
DHCPD_LINK_API DhcpdLinkProblem *dhcpd_link_problem_ref(DhcpdLinkProblem *self);

/**
 * dhcpd_link_problem_unref:
 * @self: (transfer full): a problem
 *
 * Drops a reference, with the last of which the record is freed.
 */
DHCPD_LINK_API void dhcpd_link_problem_unref(DhcpdLinkProblem *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DhcpdLinkProblem, dhcpd_link_problem_unref)

/**
 * dhcpd_link_problem_get_id:
 * @self: a problem
 *
 * Gets a stable word for programs and translations.
 *
 * Returns: (transfer none): a stable word for programs and translations; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_problem_get_id(DhcpdLinkProblem *self);

/**
 * dhcpd_link_problem_get_text:
 * @self: a problem
 *
 * Gets a sentence for people.
 *
 * Returns: (transfer none): a sentence for people; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_problem_get_text(DhcpdLinkProblem *self);

/**
 * dhcpd_link_problem_get_at_boottime:
 * @self: a problem
 *
 * Tells since when, in microseconds of CLOCK_BOOTTIME.
 *
 * Returns: since when, in microseconds of CLOCK_BOOTTIME
 */
DHCPD_LINK_API guint64 dhcpd_link_problem_get_at_boottime(DhcpdLinkProblem *self);

/**
 * DhcpdLinkClaim:
 *
 * Somebody who wants a link managed.
 */
typedef struct _DhcpdLinkClaim DhcpdLinkClaim;

#define DHCPD_LINK_TYPE_CLAIM (dhcpd_link_claim_get_type())
DHCPD_LINK_API GType dhcpd_link_claim_get_type(void) G_GNUC_CONST;

/**
 * dhcpd_link_claim_ref:
 * @self: a claim
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
DHCPD_LINK_API DhcpdLinkClaim *dhcpd_link_claim_ref(DhcpdLinkClaim *self);

/**
 * dhcpd_link_claim_unref:
 * @self: (transfer full): a claim
 *
 * Drops a reference, with the last of which the record is freed.
 */
DHCPD_LINK_API void dhcpd_link_claim_unref(DhcpdLinkClaim *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DhcpdLinkClaim, dhcpd_link_claim_unref)

/**
 * dhcpd_link_claim_get_kind:
 * @self: a claim
 *
 * Gets the kind of claim.
 *
 * Returns: the kind of claim
 */
DHCPD_LINK_API DhcpdLinkClaimKind dhcpd_link_claim_get_kind(DhcpdLinkClaim *self);

/**
 * dhcpd_link_claim_get_kind_name:
 * @self: a claim
 *
 * Gets the word of the contract for the kind of claim.
 *
 * Returns: (transfer none): the word of the contract for the kind of claim; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_claim_get_kind_name(DhcpdLinkClaim *self);

/**
 * dhcpd_link_claim_get_pattern:
 * @self: a claim
 *
 * Gets the name or pattern that was claimed.
 *
 * Returns: (transfer none): the name or pattern that was claimed; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_claim_get_pattern(DhcpdLinkClaim *self);

/**
 * dhcpd_link_claim_get_owner:
 * @self: a claim
 *
 * Tells who claimed it, for people.
 *
 * Returns: (transfer none): who claimed it, for people; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_claim_get_owner(DhcpdLinkClaim *self);

/**
 * dhcpd_link_claim_get_apply:
 * @self: a claim
 *
 * Tells whether leases are to be put on the link.
 *
 * Returns: %TRUE if so
 */
DHCPD_LINK_API gboolean dhcpd_link_claim_get_apply(DhcpdLinkClaim *self);

/**
 * DhcpdLinkCandidate:
 *
 * An interface that is not managed.
 */
typedef struct _DhcpdLinkCandidate DhcpdLinkCandidate;

#define DHCPD_LINK_TYPE_CANDIDATE (dhcpd_link_candidate_get_type())
DHCPD_LINK_API GType dhcpd_link_candidate_get_type(void) G_GNUC_CONST;

/**
 * dhcpd_link_candidate_ref:
 * @self: a candidate
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
DHCPD_LINK_API DhcpdLinkCandidate *dhcpd_link_candidate_ref(DhcpdLinkCandidate *self);

/**
 * dhcpd_link_candidate_unref:
 * @self: (transfer full): a candidate
 *
 * Drops a reference, with the last of which the record is freed.
 */
DHCPD_LINK_API void dhcpd_link_candidate_unref(DhcpdLinkCandidate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DhcpdLinkCandidate, dhcpd_link_candidate_unref)

/**
 * dhcpd_link_candidate_get_index:
 * @self: a candidate
 *
 * Gets the number of the interface.
 *
 * Returns: the number of the interface
 */
DHCPD_LINK_API int dhcpd_link_candidate_get_index(DhcpdLinkCandidate *self);

/**
 * dhcpd_link_candidate_get_name:
 * @self: a candidate
 *
 * Gets the name of the interface.
 *
 * Returns: (transfer none): the name of the interface; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_candidate_get_name(DhcpdLinkCandidate *self);

/**
 * dhcpd_link_candidate_get_reason:
 * @self: a candidate
 *
 * Tells why it is not managed.
 *
 * Returns: why it is not managed
 */
DHCPD_LINK_API DhcpdLinkCandidateReason dhcpd_link_candidate_get_reason(DhcpdLinkCandidate *self);

/**
 * dhcpd_link_candidate_get_reason_name:
 * @self: a candidate
 *
 * Gets the word of the contract for why it is not managed.
 *
 * Returns: (transfer none): the word of the contract for why it is not managed; valid as long as
 *   @self
 */
DHCPD_LINK_API const char *dhcpd_link_candidate_get_reason_name(DhcpdLinkCandidate *self);

/**
 * dhcpd_link_candidate_get_text:
 * @self: a candidate
 *
 * Tells why it is not managed, a sentence for people.
 *
 * Returns: (transfer none): why it is not managed, a sentence for people; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_candidate_get_text(DhcpdLinkCandidate *self);

/**
 * dhcpd_link_candidate_get_manager:
 * @self: a candidate
 *
 * Gets the other network manager that has it, or empty.
 *
 * Returns: (transfer none): the other network manager that has it, or empty; valid as long as @self
 */
DHCPD_LINK_API const char *dhcpd_link_candidate_get_manager(DhcpdLinkCandidate *self);

/**
 * dhcpd_link_candidate_get_hardware_address:
 * @self: a candidate
 *
 * Gets its hardware address.
 *
 * Returns: (transfer full): its hardware address
 */
DHCPD_LINK_API GBytes *dhcpd_link_candidate_get_hardware_address(DhcpdLinkCandidate *self);

G_END_DECLS
