#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A hostile server puts what shells run into every option, and hooks evaluate what they should not, in dash and bash.
Nothing of it may run, and nothing may be forged where the lease is shown or written: environments, the JSON document,
status, the logs, and the resolv.conf of resolvconf with its own hook for dhclient.
"""
import json
import os
import re
import shutil

import dhlib
import dhservers
import hookroot
import otherclients
from dhlib import Daemon, NetTest, wait_until

RAN = "/run/RAN"  # what is injected makes this file
MARK = 254  # the option that says which answer it is
BUDGET = 1100  # bytes of options in an answer
STRINGS = tuple(text.replace("!", f">{RAN}").encode("latin-1") for text in (
    "$(!)", "`!`", ";!;", "a\n!\n", "a|!", "() { :;};!", '";!;"', "';!;'", "a&!", "a[$(!)]", "a$(!).example", "-x\r\n!",
    "a\nnameserver 6.6.6.6", "a\x1b]0;x\x07", "a b`!` c"))
STRUCTURAL = {1, 3, 6, 50, 51, 52, 53, 54, 55, 57, 58, 59, 61, 80, 82, 90, 108, 116, 145, MARK}
# In each answer, so that those of each type meet all strings between them.
ALWAYS = (12, 15, 17, 40, 47, 66, 67, 100, 101, 114, 119, 224)
NAMES = (88, 119, 137, 141, 213)  # domain names in the encoding of DNS

# A hook that trusts everything it is given: it splits and globs without quotes, puts values into command lines within
# double quotes, as ISC's escape allows, and those that are names, addresses or numbers without any.
HOOK = """#!/bin/%(shell)s
cat /proc/$$/environ >%(folder)s/.%(name)s
names=$(tr '\\0' '\\n' </proc/$$/environ | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p')
for name in $names; do
        eval "value=\\$$name"
        set -- $value
        : $value "$value" ${value%%.*} ${value##* }
        case $name in
        new_* | old_*)
                eval "again=\\"$value\\"" ;;
        esac
        name=${name#new_}
        case ${name#old_} in
        uap_servers) ;; # a text
        host_name | domain_name | domain_search | nis_domain | netbios_scope | *_servers | *_server | ip_address | \\
                routers | hostname | domain | search | nisdomain | tftp | router | dns | ntpsrv | wins | ip | subnet)
                eval "again=$value" ;;
        interface_mtu | dhcp_lease_time | time_offset | expiry | mtu | lease | timezone | mask)
                eval "again=$value"
                again=$((value + 1)) ;;
        esac
done
mv %(folder)s/.%(name)s %(folder)s/%(name)s
"""
JSON_HOOK = """#!/bin/sh
cat >%(folder)s/.json && mv %(folder)s/.json %(folder)s/json
"""


def label(text):
    return bytes([len(text)]) + text + b"\7example\0"


def answers():
    """Returns the options of each answer: each option with one of the strings, the important ones with several."""
    queue = [(code, STRINGS[code * 7 % len(STRINGS)])
             for code in range(1, 255) if code not in STRUCTURAL and code not in ALWAYS]
    n = 0
    while queue:
        options = {code: STRINGS[(n + 4 * i) % len(STRINGS)] for i, code in enumerate(ALWAYS)}
        while queue and sum(2 + len(data) for data in options.values()) < BUDGET:
            code, data = queue.pop()
            options[code] = data
        for code in NAMES:
            if code in options and n % 2:
                options[code] = label(options[code])
        yield options
        n += 1


class Injection(NetTest):
    def setUp(self):
        super().setUp()
        packages = otherclients.Packages("resolvconf", alone=True)
        self.addCleanup(packages.close)
        if packages.problem:
            self.skipTest(packages.problem)
        self.net.add_link("eth0")
        self.root = hookroot.Root(self.net, packages)
        if self.root.problem:
            self.skipTest(f"no private root: {self.root.problem}")
        self.root.run("resolvconf --create-runtime-directories; resolvconf --enable-updates; "
                      "ln -sf /run/resolvconf/resolv.conf /etc/resolv.conf")
        self.server = dhservers.Isc(self.net)
        self.seen = self.net.path("seen")
        os.mkdir(self.seen)

    def put_hooks(self):
        hooks = [(f"{contract}-{shell}", contract, shell)
                 for contract in ("dhclient", "udhcpc") for shell in ("dash", "bash")]
        names = [name for name, _, _ in hooks] + ["document", "dhclient-hooks"]
        self.hooks = hookroot.RootHooks(self.root, self.daemon,
                                        "".join(f"[Hook {name}]\nTrusted=yes\n" for name in names))
        for name, contract, shell in hooks:
            self.hooks.put(f"{contract}/{name}", HOOK % {"folder": self.seen, "name": name, "shell": shell})
        self.hooks.put("document", JSON_HOOK % {"folder": self.seen})
        shutil.copy(hookroot.WRAPPER, os.path.join(self.hooks.folder, "dhclient"))
        return [name for name, _, _ in hooks]

    def serve(self, options):
        if self.server.process:
            self.server.stop()
        every = bytes(sorted({1, 3, 6, 51, 58, 59, *options}))
        self.server.start(dhservers.Offer(lease=60, t1=30, t2=50, dns="10.77.0.53", options={**options, 55: every}))

    def environment(self, name):
        with open(os.path.join(self.seen, name), encoding="latin-1") as f:
            return dict(variable.split("=", 1) for variable in f.read().split("\0") if variable)

    def wait_seen(self, names, mark):
        def all_there():
            try:
                told = {name: self.environment(name) for name in names}
                with open(os.path.join(self.seen, "json"), encoding="utf-8") as f:
                    document = json.loads(f.read())
            except FileNotFoundError:
                return None
            marks = {variables.get(f"new_unknown_{MARK}") or bytes.fromhex(variables.get(f"opt{MARK}", "")).decode()
                     for variables in told.values()}
            return marks == {mark} and mark.encode().hex() in json.dumps(document) and told
        try:
            return wait_until(all_there, f"hooks to be told of {mark}")
        except AssertionError:
            print(self.hooks.logged(), self.daemon.logged(), os.listdir(self.seen))
            raise

    def check_shown(self):
        for text in self.daemon.logged(), self.hooks.logged(), self.daemon.ctl("status", "eth0"):
            self.assertEqual(re.findall(r"[\x00-\x08\x0b-\x1f\x7f]", text), [])
            self.assertEqual(re.findall(r"^\W*(?:>|nameserver).*", text, re.M), [])
        json.loads(self.daemon.ctl("--json", "status", "eth0"))

    def check_resolv_conf(self):
        for line in self.root.read("/etc/resolv.conf").splitlines():
            self.assertRegex(line, r"^(#.*|nameserver 10\.77\.0\.53|(domain|search)( [A-Za-z0-9._-]+)+|)$")

    def ran(self):
        return os.path.exists(self.root.path(RAN))

    def test_injection(self):
        for n, options in enumerate(answers()):
            mark = f"answer {n}"
            self.serve({**options, MARK: mark.encode()})
            if n == 0:
                self.daemon = Daemon(self.net, "eth0", config={"dhcpd-link.conf": "[DHCPv4]\nConflictDetection=no\n"})
                names = self.put_hooks()
                # They do evaluate it.
                for name in names:
                    path = os.path.join(self.hooks.folder, name.split("-")[0], name)
                    variable = "new_host_name" if name.startswith("dhclient") else "hostname"
                    self.root.run(f"{variable}='$(>{RAN})' {path}; test -e {RAN} && rm {RAN}")
                self.hooks.start()
            else:
                self.daemon.ctl("release", "eth0")
                self.daemon.ctl("renew", "eth0")
            told = self.wait_seen(names, mark)
            with self.subTest(mark=mark, options=options):
                self.assertFalse(self.ran())
                for variables in told.values():
                    self.assertEqual([item for item in variables.items() if item[1].startswith("()")], [])
                wait_until(lambda: "nameserver 10.77.0.53" in self.root.read("/etc/resolv.conf"), "resolvconf's hook")
                self.check_resolv_conf()
                self.check_shown()
        self.assertEqual(self.daemon.stop(), 0)
        wait_until(lambda: "hook document: RELEASE" in self.hooks.logged(), "the last hook")
        self.assertFalse(self.ran())


if __name__ == "__main__":
    dhlib.require("ip", "dhcpd", "nsenter", "dash", "bash")
    dhlib.main()
