/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Makes the list of options of a lease from four properties of the contract.
 */
#include <dhcpd-link-option.h>

#define OPTIONS_MAX     512u  /* in the list; the rest is not shown */
#define OPTION_TEXT_MAX 4096u /* bytes of the text of one option; dots replace the rest */

/*
 * Updates @list from the properties @options (a(uay)), @values (a{sv}), @ignored (aa{sv}) and @kept (au).
 * Unchanged options at the beginning and at the end of the list stay the same objects.
 */
void option_list_update(GListStore *list, GVariant *options, GVariant *values, GVariant *ignored,
                        GVariant *kept);

/* Returns a value of OptionValues as text for people. The caller frees it with g_free(). */
char *option_value_to_text(GVariant *value);
