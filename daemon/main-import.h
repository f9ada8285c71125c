/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * dhcpd-linkd --import-identity: copies what only root may read to a place where the daemon, which runs
 * without root's rights, finds it.
 */

/*
 * Looks for the identifiers of other clients on the links in @names (ends with NULL), and saves them in
 * @state_dir, where ImportIdentity= reads them. Makes the folder if it is missing. An identifier that was
 * taken over before is kept. Logs what it does. Afterwards this process has only the rights of the owner of
 * @state_dir. Returns a negative errno if a link does not exist or an identifier could not be saved; the
 * others are saved.
 */
int main_import_identities(const char *state_dir, char *const *names);
