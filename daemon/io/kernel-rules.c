/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policy rules: "from ADDRESS lookup TABLE" (RuleTable=), for hosts with several uplinks.
 *
 * A rule belongs to no link, and the kernel never removes it with a link. So each record names the link that
 * the rule was made for. Only rules of exactly our form with RTPROT_DHCP are recorded. Ours are those that
 * we made, in this run or by the record of an earlier one (kernel_adopt()). A rule that equals a desired one
 * is used, whoever made it. All others are ignored.
 *
 * The rules have priority 32000 and nothing but a source and a table, so an administrator finds them at one
 * place and can put others before them.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/route/rule.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "io/kernel-internal.h"

static void nl_addr_freep(struct nl_addr **p) {
        nl_addr_put(*p);
}

static void rtnl_rule_freep(struct rtnl_rule **p) {
        rtnl_rule_put(*p);
}

static KernelRule *find_rule(const Kernel *kernel, const NetRule *wanted) {
        for (size_t i = 0; i < kernel->n_rules; i++)
                if (net_rule_equal(&kernel->rules[i].rule, wanted))
                        return &kernel->rules[i];
        return NULL;
}

int kernel_rule_put(Kernel *kernel, const NetRule *rule, int ifindex, uint32_t awaited) {
        KernelRule *known = find_rule(kernel, rule);

        if (!known) {
                KernelRule *rules;

                if (kernel->n_rules == KERNEL_RULES_MAX)
                        return 0; /* more than our links can have made, so this one is not ours */
                rules = reallocarray(kernel->rules, kernel->n_rules + 1, sizeof(*rules));
                if (!rules)
                        return -ENOMEM;
                kernel->rules = rules;
                known = &rules[kernel->n_rules++];
                *known = (KernelRule){ .rule = *rule };
        }
        known->seen = true;
        known->awaited = awaited ?: known->awaited;
        if (ifindex > 0)
                known->ifindex = ifindex;
        return 0;
}

static void remove_rule(Kernel *kernel, KernelRule *known) {
        *known = kernel->rules[--kernel->n_rules];
}

void kernel_rule_drop(Kernel *kernel, const NetRule *rule) {
        KernelRule *known = find_rule(kernel, rule);

        if (known)
                remove_rule(kernel, known);
}

static void mark_lost_rule(Kernel *kernel, KernelRule *known) {
        KernelEntry *entry = kernel_entry_find(kernel, known->ifindex);

        remove_rule(kernel, known);
        if (entry)
                kernel_entry_mark_config(kernel, entry);
}

/* A rule with any attribute that ours do not have was made by somebody else. */
static bool has_our_form(const struct fib_rule_hdr *message, struct nlattr *attributes[static FRA_MAX + 1]) {
        static const uint8_t ours[] = {
                FRA_SRC, FRA_TABLE, FRA_PRIORITY, FRA_PROTOCOL, FRA_SUPPRESS_PREFIXLEN, FRA_SUPPRESS_IFGROUP,
                FRA_PAD
        };
        uint32_t priority = 0, suppress = UINT32_MAX;

        for (size_t i = 1; i <= FRA_MAX; i++)
                if (attributes[i] && !memchr(ours, (int) i, sizeof(ours)))
                        return false;
        (void) kernel_get_u32(attributes[FRA_PRIORITY], &priority);
        (void) kernel_get_u32(attributes[FRA_SUPPRESS_PREFIXLEN], &suppress);
        return message->action == FR_ACT_TO_TBL && message->src_len == 32 && message->dst_len == 0 &&
                message->tos == 0 && !(message->flags & FIB_RULE_INVERT) &&
                priority == KERNEL_RULE_PRIORITY && suppress == UINT32_MAX && attributes[FRA_PROTOCOL] &&
                nla_len(attributes[FRA_PROTOCOL]) == sizeof(uint8_t) &&
                nla_get_u8(attributes[FRA_PROTOCOL]) == RTPROT_DHCP;
}

int kernel_parse_rule(Kernel *kernel, const struct nlmsghdr *header) {
        const struct fib_rule_hdr *message =
                nlmsg_valid_hdr(header, sizeof(*message)) ? nlmsg_data(header) : NULL;
        struct nlattr *attributes[FRA_MAX + 1];
        KernelRule *known;
        NetRule rule;

        if (!message || message->family != AF_INET ||
            nlmsg_parse((struct nlmsghdr *) header, sizeof(*message), attributes, FRA_MAX, NULL) < 0)
                return 0;
        rule = (NetRule){ .family = AF_INET, .table = message->table };
        (void) kernel_get_u32(attributes[FRA_TABLE], &rule.table);
        if (!has_our_form(message, attributes) || !kernel_get_address(attributes[FRA_SRC], &rule.from.v4))
                return 0;
        known = find_rule(kernel, &rule);
        if (known && kernel_is_awaited(kernel, header, known->awaited))
                known->awaited = 0;
        if (known && known->awaited != 0 && !(header->nlmsg_flags & NLM_F_MULTI))
                return 0;
        if (header->nlmsg_type == RTM_NEWRULE)
                return kernel_rule_put(kernel, &rule, 0, 0);
        if (known)
                mark_lost_rule(kernel, known);
        return 0;
}

void kernel_rules_begin(Kernel *kernel) {
        for (size_t i = 0; i < kernel->n_rules; i++)
                kernel->rules[i].seen = false;
}

void kernel_rules_end(Kernel *kernel) {
        for (size_t i = kernel->n_rules; i-- > 0;)
                if (!kernel->rules[i].seen)
                        mark_lost_rule(kernel, &kernel->rules[i]);
}

void kernel_rules_adopt(Kernel *kernel, int ifindex, const NetRule *rule) {
        for (size_t i = 0; i < kernel->n_rules; i++) {
                KernelRule *known = &kernel->rules[i];

                if (known->ifindex == 0 && ip_equal(AF_INET, &known->rule.from, &rule->from) &&
                    (rule->table == 0 || known->rule.table == rule->table))
                        known->ifindex = ifindex;
        }
}

static void append_rule(const KernelRule *known, int ifindex, NetConfig *ret) {
        NetRule *rule = &ret->rules[ret->n_rules++];

        *rule = known->rule;
        rule->ours = known->ifindex == ifindex;
}

void kernel_rules_owned(const Kernel *kernel, int ifindex, NetConfig *ret) {
        for (size_t i = 0; i < kernel->n_rules && ret->n_rules < NET_RULES_MAX; i++)
                if (kernel->rules[i].ifindex == ifindex)
                        append_rule(&kernel->rules[i], ifindex, ret);
}

/* Desired rules come first, as with routes. */
void kernel_rules_snapshot(Kernel *kernel, int ifindex, const NetConfig *desired, NetConfig *ret) {
        ret->n_rules = 0;
        for (size_t i = 0; i < desired->n_rules; i++) {
                const KernelRule *known = find_rule(kernel, &desired->rules[i]);

                if (known)
                        append_rule(known, ifindex, ret);
        }
        for (size_t i = 0; i < kernel->n_rules && ret->n_rules < NET_RULES_MAX; i++) {
                bool wanted = kernel->rules[i].ifindex != ifindex;

                for (size_t k = 0; k < desired->n_rules; k++)
                        wanted = wanted || net_rule_equal(&kernel->rules[i].rule, &desired->rules[k]);
                if (!wanted)
                        append_rule(&kernel->rules[i], ifindex, ret);
        }
}

int kernel_build_rule(NetOp op, const NetRule *rule, struct nl_msg **ret) {
        _cleanup_(rtnl_rule_freep) struct rtnl_rule *object = rtnl_rule_alloc();
        _cleanup_(nl_addr_freep) struct nl_addr *from =
                nl_addr_build(AF_INET, &rule->from.v4, sizeof(rule->from.v4));

        if (!object || !from)
                return -ENOMEM;
        rtnl_rule_set_family(object, AF_INET);
        if (rtnl_rule_set_src(object, from) < 0)
                return -ENOMEM;
        rtnl_rule_set_table(object, rule->table);
        rtnl_rule_set_prio(object, KERNEL_RULE_PRIORITY);
        rtnl_rule_set_action(object, FR_ACT_TO_TBL);
        (void) rtnl_rule_set_protocol(object, RTPROT_DHCP);
        if (op == NET_OP_DEL_RULE)
                return rtnl_rule_build_delete_request(object, 0, ret) < 0 ? -ENOMEM : 0;
        return rtnl_rule_build_add_request(object, NLM_F_CREATE | NLM_F_EXCL, ret) < 0 ? -ENOMEM : 0;
}
