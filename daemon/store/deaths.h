/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * How often the daemon has died in a row, and how long the next one waits for that.
 *
 * The service manager starts a daemon that died again, without a limit: a limit would end DHCP on every link
 * until somebody comes. What keeps a daemon that dies at once from doing so ten times a second is a wait
 * that grows with each death. systemd lets the pause between two starts grow from version 254 on; this does
 * the same everywhere, and also where a process ends in a way that looks orderly (a plugin that calls
 * exit()).
 *
 * The record is one line in the lock file of the runtime folder: "DEATHS STARTED\n", the number of deaths so
 * far and when the daemon was started last, in microseconds on CLOCK_BOOTTIME. A daemon that ends by its own
 * decision empties the file, so what a daemon finds in it was left by one that died. A daemon that lived for
 * a minute ends the row. A line that is damaged, or has a time in the future, is ignored.
 */
#include "base/usec.h"

#define DEATHS_DELAY_MIN_USEC (100 * USEC_PER_MSEC)
#define DEATHS_DELAY_MAX_USEC (30 * USEC_PER_SEC)
#define DEATHS_LIFE_USEC      (60 * USEC_PER_SEC)

/*
 * Returns how many daemons in a row died, 0 for none, and stores when the next one may begin, which is not
 * later than now for 0. Clears the record in the file, so that a daemon that is told to end while it waits
 * does not count as dead.
 */
unsigned deaths_take(int fd, usec_t now, usec_t *ret_begin_at);
/* A daemon begins after so many deaths; it counts as dead until deaths_forget(). */
void deaths_note_start(int fd, unsigned deaths, usec_t now);
/* The daemon ends by its own decision. */
void deaths_forget(int fd);
