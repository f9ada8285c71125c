/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Defines the enumerations (dhcpd-link-enums.h). The nick of a value is the word of the contract for this
 * value, in lower case.
 */
#include <dhcpd-link-enums.h>
#include <dhcpd-link-error.h>

#include "dbus/glib/properties.h"

G_DEFINE_ENUM_TYPE(DhcpdLinkDaemonState, dhcpd_link_daemon_state,
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DAEMON_STATE_UNKNOWN, "unknown"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DAEMON_STATE_NOT_INSTALLED, "not-installed"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DAEMON_STATE_NOT_RUNNING, "not-running"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DAEMON_STATE_REFUSED, "refused"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DAEMON_STATE_INCOMPATIBLE, "incompatible"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DAEMON_STATE_RUNNING, "running"))

G_DEFINE_ENUM_TYPE(DhcpdLinkLinkState, dhcpd_link_link_state,
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LINK_STATE_UNKNOWN, "unknown"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LINK_STATE_STOPPED, "stopped"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LINK_STATE_NO_CARRIER, "no-carrier"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LINK_STATE_SEARCHING, "searching"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LINK_STATE_CONFIGURED, "configured"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LINK_STATE_DEGRADED, "degraded"))

G_DEFINE_ENUM_TYPE(DhcpdLinkDhcp4State, dhcpd_link_dhcp4_state,
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_UNKNOWN, "unknown"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_STOPPED, "stopped"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_INIT, "init"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_SELECTING, "selecting"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_REQUESTING, "requesting"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_PROBING, "probing"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_BOUND, "bound"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_RENEWING, "renewing"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_REBINDING, "rebinding"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_INIT_REBOOT, "init-reboot"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_DHCP4_STATE_REBOOTING, "rebooting"))

G_DEFINE_ENUM_TYPE(DhcpdLinkOrigin, dhcpd_link_origin,
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ORIGIN_UNKNOWN, "unknown"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ORIGIN_NONE, "none"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ORIGIN_DHCP, "dhcp"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ORIGIN_BOOTP, "bootp"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ORIGIN_INFORM, "inform"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ORIGIN_STATIC, "static"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ORIGIN_LINK_LOCAL, "link-local"))

G_DEFINE_ENUM_TYPE(DhcpdLinkLeaseChange, dhcpd_link_lease_change,
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LEASE_CHANGE_UNKNOWN, "unknown"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LEASE_CHANGE_BOUND, "bound"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LEASE_CHANGE_RENEWED, "renewed"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LEASE_CHANGE_CHANGED, "changed"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_LEASE_CHANGE_LOST, "lost"))

G_DEFINE_ENUM_TYPE(DhcpdLinkCandidateReason, dhcpd_link_candidate_reason,
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CANDIDATE_REASON_UNKNOWN, "unknown"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CANDIDATE_REASON_UNMANAGED, "unmanaged"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CANDIDATE_REASON_DOWN, "down"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CANDIDATE_REASON_MANAGED_ELSEWHERE, "managed-elsewhere"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CANDIDATE_REASON_SWITCHED_OFF, "switched-off"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CANDIDATE_REASON_NOT_SUPPORTED, "not-supported"))

G_DEFINE_ENUM_TYPE(DhcpdLinkClaimKind, dhcpd_link_claim_kind,
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CLAIM_KIND_UNKNOWN, "unknown"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CLAIM_KIND_COMMAND_LINE, "command-line"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CLAIM_KIND_UNIT, "unit"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CLAIM_KIND_CALLER, "caller"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CLAIM_KIND_KEPT, "kept"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_CLAIM_KIND_LEFT, "left"))

G_DEFINE_FLAGS_TYPE(DhcpdLinkClientFlags, dhcpd_link_client_flags,
                    G_DEFINE_ENUM_VALUE(DHCPD_LINK_CLIENT_FLAGS_NONE, "none"),
                    G_DEFINE_ENUM_VALUE(DHCPD_LINK_CLIENT_FLAGS_AUTO_START, "auto-start"))

G_DEFINE_FLAGS_TYPE(DhcpdLinkStartFlags, dhcpd_link_start_flags,
                    G_DEFINE_ENUM_VALUE(DHCPD_LINK_START_FLAGS_NONE, "none"),
                    G_DEFINE_ENUM_VALUE(DHCPD_LINK_START_FLAGS_KEEP, "keep"),
                    G_DEFINE_ENUM_VALUE(DHCPD_LINK_START_FLAGS_NO_APPLY, "no-apply"))

G_DEFINE_FLAGS_TYPE(DhcpdLinkStopFlags, dhcpd_link_stop_flags,
                    G_DEFINE_ENUM_VALUE(DHCPD_LINK_STOP_FLAGS_NONE, "none"),
                    G_DEFINE_ENUM_VALUE(DHCPD_LINK_STOP_FLAGS_NO_RELEASE, "no-release"))

G_DEFINE_ENUM_TYPE(DhcpdLinkError, dhcpd_link_error, G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_FAILED, "failed"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_NO_SUCH_LINK, "no-such-link"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_NOT_MANAGED, "not-managed"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_NOT_BOUND, "not-bound"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_NOT_SUPPORTED, "not-supported"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_MANAGED_ELSEWHERE, "managed-elsewhere"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_BAD_CONFIGURATION, "bad-configuration"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_INVALID_ARGUMENT, "invalid-argument"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_LIMITS_EXCEEDED, "limits-exceeded"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_ACCESS_DENIED, "access-denied"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_AUTHORIZATION_REQUIRED, "authorization-required"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_DAEMON_GONE, "daemon-gone"),
                   G_DEFINE_ENUM_VALUE(DHCPD_LINK_ERROR_INCOMPATIBLE, "incompatible"))

DhcpdLinkDhcp4State dhcpd_link_dhcp4_state_from_string(const char *word) {
        g_return_val_if_fail(word, DHCPD_LINK_DHCP4_STATE_UNKNOWN);
        return (DhcpdLinkDhcp4State) word_to_enum(DHCPD_LINK_TYPE_DHCP4_STATE, word);
}
