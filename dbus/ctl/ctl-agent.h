/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Somebody who asks for passwords on this terminal, for polkit: pkttyagent(1), as long as a call lasts.
 */

/*
 * Starts it, and returns when polkit knows it. Does nothing without a terminal; without pkttyagent there
 * is nobody to ask, which is no error. From here on until ctl_agent_stop(), a signal that ends this
 * process ends the agent first.
 */
void ctl_agent_start(void);
/* Ends it. The terminal is as it was before. */
void ctl_agent_stop(void);
