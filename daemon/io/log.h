/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The log: to the journal with structured fields when stderr is a journal stream (JOURNAL_STREAM), else a
 * line to stderr.
 *
 * Called by link/'s manager side, main.c, dbus/, plugin/ and the runner of hooks; library folders do not
 * log. Strings from the network are made harmless here as well: control bytes become '?'.
 */
#include <stdarg.h>
#include <stdint.h>
#include <syslog.h>

#include "base/macro.h"

/* SYSLOG_IDENTIFIER=, "dhcpd-linkd" by default. Must stay valid. */
void log_set_identifier(const char *identifier);
/* Chooses the sink. @level: LOG_ERR .. LOG_DEBUG, the highest priority value that is written. */
void log_open(int level);
void log_set_level(int level);
int log_level(void);

/* @ifname: LINK=, may be NULL. @state: STATE=, may be NULL. @xid: XID=, left out when 0. */
void log_link_full(int priority, const char *ifname, const char *state, uint32_t xid, const char *format,
                   ...) _printf_(5, 6);
/* Logs a line of a hook, with LINK= and HOOK=, which must both be given. The line begins with them. */
void log_hook(int priority, const char *ifname, const char *hook, const char *format, ...) _printf_(4, 5);
void log_msg(int priority, const char *format, ...) _printf_(2, 3);
void log_msgv(int priority, const char *format, va_list ap) _printf_(2, 0);

#define log_error(...)   log_msg(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_msg(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_msg(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_msg(LOG_DEBUG, __VA_ARGS__)
