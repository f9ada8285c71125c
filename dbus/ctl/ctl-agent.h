/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Runs pkttyagent(1) while a call lasts. This agent asks for passwords on the terminal, for polkit.
 */

/*
 * Starts the agent, and returns when polkit knows it. Does nothing without a terminal. If pkttyagent is
 * missing, nobody asks for passwords, which is no error. Until ctl_agent_stop(), a signal that ends this
 * process ends the agent first.
 */
void ctl_agent_start(void);
/* Ends the agent. The terminal is then as it was before. */
void ctl_agent_stop(void);
