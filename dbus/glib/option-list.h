/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The list of options of a lease: four properties of the contract in one list.
 */
#include <dhcpd-link-option.h>

#define OPTIONS_MAX     512u  /* in the list; the rest is not shown */
#define OPTION_TEXT_MAX 4096u /* bytes of the text of one; the rest is dots */

/*
 * Makes @list what the daemon says: @options (a(uay)), @values (a{sv}), @ignored (aa{sv}), @kept (au).
 * Options that are as before stay the objects that they are.
 */
void option_list_update(GListStore *list, GVariant *options, GVariant *values, GVariant *ignored,
                        GVariant *kept);

/* Text for people of a value as in OptionValues; g_free() it. */
char *option_value_to_text(GVariant *value);
