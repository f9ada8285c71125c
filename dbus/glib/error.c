/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Maps the names of D-Bus errors to the error codes of this library.
 */
#include <dhcpd-link-error.h>

#include "dbus/glib/call.h"
#include "dbus/names.h"

#define FREE "org.freedesktop.DBus.Error."

/*
 * Errors of the daemon. They are registered with GIO, so that a call that a program makes without this
 * library also ends with these codes.
 */
static const GDBusErrorEntry registered[] = {
        { DHCPD_LINK_ERROR_FAILED, BUS_ERROR_FAILED },
        { DHCPD_LINK_ERROR_NO_SUCH_LINK, BUS_ERROR_NO_SUCH_LINK },
        { DHCPD_LINK_ERROR_NOT_MANAGED, BUS_ERROR_NOT_MANAGED },
        { DHCPD_LINK_ERROR_NOT_BOUND, BUS_ERROR_NOT_BOUND },
        { DHCPD_LINK_ERROR_NOT_SUPPORTED, BUS_ERROR_NOT_SUPPORTED },
        { DHCPD_LINK_ERROR_MANAGED_ELSEWHERE, BUS_ERROR_MANAGED_ELSEWHERE },
        { DHCPD_LINK_ERROR_BAD_CONFIGURATION, BUS_ERROR_BAD_CONFIGURATION },
};

/* Errors that any D-Bus service may send. They are not registered, because GIO has codes for them. */
static const GDBusErrorEntry translated[] = {
        { DHCPD_LINK_ERROR_INVALID_ARGUMENT, FREE "InvalidArgs" },
        { DHCPD_LINK_ERROR_LIMITS_EXCEEDED, FREE "LimitsExceeded" },
        { DHCPD_LINK_ERROR_ACCESS_DENIED, FREE "AccessDenied" },
        { DHCPD_LINK_ERROR_ACCESS_DENIED, FREE "AuthFailed" },
        { DHCPD_LINK_ERROR_AUTHORIZATION_REQUIRED, FREE "InteractiveAuthorizationRequired" },
        { DHCPD_LINK_ERROR_DAEMON_GONE, FREE "NoReply" },
        { DHCPD_LINK_ERROR_DAEMON_GONE, FREE "Disconnected" },
        { DHCPD_LINK_ERROR_DAEMON_GONE, FREE "ServiceUnknown" },
        { DHCPD_LINK_ERROR_DAEMON_GONE, FREE "NameHasNoOwner" },
        { DHCPD_LINK_ERROR_NO_SUCH_LINK, FREE "UnknownObject" },
        { DHCPD_LINK_ERROR_INCOMPATIBLE, FREE "UnknownInterface" },
        { DHCPD_LINK_ERROR_INCOMPATIBLE, FREE "UnknownMethod" },
};

GQuark dhcpd_link_error_quark(void) {
        static gsize quark;

        g_dbus_error_register_error_domain("dhcpd-link-error-quark", &quark, registered,
                                           G_N_ELEMENTS(registered));
        return (GQuark) quark;
}

static void set_code(GError *error, int code) {
        error->domain = DHCPD_LINK_ERROR;
        error->code = code;
}

void error_translate(GError **error) {
        g_autofree char *name = NULL;

        (void) DHCPD_LINK_ERROR; /* registers the names of the errors with GIO */
        if (g_error_matches(*error, G_IO_ERROR, G_IO_ERROR_CLOSED)) {
                set_code(*error, DHCPD_LINK_ERROR_DAEMON_GONE);
                return;
        }
        name = g_dbus_error_get_remote_error(*error);
        if (!name)
                return;
        (void) g_dbus_error_strip_remote_error(*error);
        for (gsize i = 0; i < G_N_ELEMENTS(translated); i++)
                if (g_str_equal(name, translated[i].dbus_error_name))
                        set_code(*error, translated[i].error_code);
}
