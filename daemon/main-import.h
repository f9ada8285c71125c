/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * dhcpd-linkd --import-identity: what only root may read, brought to where the daemon without root's
 * rights finds it.
 */

/*
 * Looks for other clients' identifiers on the links of these names (up to NULL), and keeps them in
 * @state_dir, where ImportIdentity= takes them from; the folder is made when it is missing. One that was
 * taken over before stays. Says what it does in the log. Ends with the rights of @state_dir's owner, for
 * good. Negative errno: a link does not exist, or something could not be kept; the others were.
 */
int main_import_identities(const char *state_dir, char *const *names);
