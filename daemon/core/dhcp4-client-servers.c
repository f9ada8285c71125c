/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which servers the client listens to (the allow and deny lists of its configuration), and which it has
 * heard. Pure.
 */
#include "base/ip.h"
#include "core/dhcp4-client-internal.h"

void client_remember_server(Dhcp4Client *client, usec_t now, struct in_addr server_id,
                            struct in_addr offered, const HwAddress *hw) {
        const HwAddress none = {};
        Dhcp4Server *server = NULL;

        for (unsigned i = 0; i < client->n_servers && !server; i++)
                if (client->servers[i].server_id.s_addr == server_id.s_addr &&
                    hw_address_equal(&client->servers[i].hw, hw ?: &none))
                        server = &client->servers[i];
        if (!server) {
                if (client->n_servers == DHCP4_SERVERS_MAX)
                        return;
                server = &client->servers[client->n_servers++];
        }
        *server = (Dhcp4Server){
                .server_id = server_id,
                .offered = offered,
                .hw = hw ? *hw : none,
                .heard_at = now,
        };
}

static bool rule_matches(const Dhcp4ServerRule *rule, struct in_addr server_id, const HwAddress *hw) {
        if (rule->hw.len > 0)
                return hw && hw_address_equal(&rule->hw, hw);
        return ip4_is_within(server_id, rule->address, rule->prefix_len);
}

Dhcp4Refusal client_refuses_server(const Dhcp4ClientConfig *config, struct in_addr server_id,
                                   const HwAddress *hw) {
        for (unsigned i = 0; i < config->n_deny; i++)
                if (rule_matches(&config->deny[i], server_id, hw))
                        return DHCP4_REFUSAL_DENIED;
        for (unsigned i = 0; i < config->n_allow; i++)
                if (rule_matches(&config->allow[i], server_id, hw))
                        return DHCP4_REFUSAL_NONE;
        return config->n_allow == 0 ? DHCP4_REFUSAL_NONE : DHCP4_REFUSAL_NOT_ALLOWED;
}

Dhcp4Refusal client_refuses(const Dhcp4Client *client, struct in_addr server_id, const HwAddress *hw) {
        if (!hw && client_knows_lease(client) && client->lease.server_id.s_addr == server_id.s_addr &&
            client->lease.server_hw.len > 0)
                hw = &client->lease.server_hw;
        return client_refuses_server(&client->config, server_id, hw);
}

/* The same rules hold for OFFER, ACK and NAK. */
bool client_welcomes(const Dhcp4Client *client, struct in_addr server_id, const HwAddress *hw) {
        return client_refuses(client, server_id, hw) == DHCP4_REFUSAL_NONE;
}

bool client_denies_address(const Dhcp4ClientConfig *config, struct in_addr address) {
        for (unsigned i = 0; i < config->n_deny; i++)
                if (rule_matches(&config->deny[i], address, NULL))
                        return true;
        return false;
}

static bool has_hw_rule(const Dhcp4ServerRule *rules, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                if (rules[i].hw.len > 0)
                        return true;
        return false;
}

bool client_has_hw_rules(const Dhcp4ClientConfig *config) {
        return has_hw_rule(config->allow, config->n_allow) || has_hw_rule(config->deny, config->n_deny);
}
