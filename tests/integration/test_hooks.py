#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
dhcpd-link-hooks beside the daemon and a real server.
Which events hooks are told of, in which order and with which leases, what happens when either side is restarted, and
that a broken hook harms nobody but itself. Here hooks are child processes; how systemd runs them is tested in system/.
"""
import json
import os
import re
import signal

import dhlib
from dhlib import Daemon, end, wait_until

DUMP = """#!/bin/sh
# One file for each event, complete when it is there; what is needed of the lease is in its name and content.
n=$(ls %(folder)s | wc -l)
{ env; echo --; cat; } > %(folder)s/new
mv %(folder)s/new %(folder)s/$(printf %%03d $n)
"""


class Hooks:
    """The runner, with a folder of hooks of its own."""

    def __init__(self, net, daemon, config=None, arguments=("--fork",)):
        self.net, self.daemon = net, daemon
        self.folder, self.config, self.runtime = (net.path(name)
                                                  for name in ("hooks.d", "hooks-config", "hooks-runtime"))
        for folder in self.folder, self.config:
            os.makedirs(folder, exist_ok=True)
        self.settings(config or "")
        self.arguments = arguments
        self.process = None
        self.log = "hooks.log"
        os.chmod(net.folder, 0o755)

    def settings(self, text):
        with open(os.path.join(self.config, "dhcpd-link.conf"), "w", encoding="utf-8") as file:
            file.write(text)

    def put(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", os.path.join(self.folder, name))

    def start(self):
        self.process = self.net.spawn(
            self.net.client, *dhlib.WRAPPER, os.path.join(dhlib.BUILD, "dhcpd-link-hooks"),
            f"--socket={self.daemon.private}",
            f"--runtime-dir={self.runtime}", f"--hooks-dir={self.folder}", f"--config-dir={self.config}", "--debug",
            *self.arguments, log=self.log)
        return self

    def stop(self, sig=signal.SIGTERM):
        return end(self.process, sig)

    def logged(self):
        return self.net.read(self.log)

    def status(self):
        return self.daemon.ctl(f"--hooks-state={self.runtime}", "status", "eth0")


class HooksTest(dhlib.NetTest):
    def setUp(self):
        super().setUp()
        self.net.add_link()

    def begin(self, *hooks, config="", **kwargs):
        """Starts the daemon and the runner. `hooks`: names of hooks that write down what they are told."""
        self.daemon = Daemon(self.net, "eth0")
        self.hooks = Hooks(self.net, self.daemon, config, **kwargs)
        for name in hooks:
            folder = self.dumps(name)
            os.makedirs(folder)
            os.chmod(folder, 0o777)
            self.hooks.put(name, DUMP % {"folder": folder})
        self.hooks.start()

    def dumps(self, name):
        return self.net.path("dump-" + os.path.basename(name))

    def told(self, name):
        """Returns [(environment, standard input)] of the events so far, and of no other."""
        folder, found = self.dumps(name), []
        for number in sorted(n for n in os.listdir(folder) if n.isdigit()):
            variables, _, document = self.net.read(os.path.join(folder, number)).partition("\n--\n")
            found.append((dict(line.split("=", 1) for line in variables.splitlines()), document))
        return found

    def reasons(self, name):
        return [environment["reason"] for environment, _ in self.told(name)]

    def wait_told(self, name, condition, what):
        """Waits until what the hook was told last fits. Returns it."""
        def last():
            told = self.told(name)
            return told and condition(told[-1][0]) and told[-1]
        try:
            return wait_until(last, what)
        except AssertionError:
            print(self.hooks.logged(), self.told(name))
            raise

    def wait_reason(self, name, reason):
        return self.wait_told(name, lambda environment: environment["reason"] == reason, f"{reason} for {name}")


class Events(HooksTest):
    """A hook of each contract writes down what it is told."""

    def test_life_of_a_lease(self):
        """Events are told in order, with the new and the old lease. The leases show what comes twice or is lost."""
        server = self.net.udhcpd(10, "option dns 10.77.0.53")
        self.begin("a-json", "b-dhclient", "udhcpc/c-udhcpc", config="[Hook b-dhclient]\nContract=dhclient\n")
        self.wait_reason("b-dhclient", "BOUND")
        self.daemon.ctl("renew", "eth0")
        self.wait_reason("b-dhclient", "RENEW")
        end(server)
        wait_until(lambda: "EXPIRE" in self.reasons("b-dhclient"), "the lease to end")
        self.net.udhcpd(10, "option dns 10.77.0.54")
        self.wait_told("b-dhclient", lambda e: e.get("new_domain_name_servers") == "10.77.0.54", "the next lease")
        self.assertEqual(self.daemon.stop(), 0)
        self.wait_reason("b-dhclient", "RELEASE")

        reasons, told = self.reasons("b-dhclient"), self.told("b-dhclient")
        kinds = [r for i, r in enumerate(reasons) if i == 0 or r != reasons[i - 1]]
        renewed = [r for r in kinds if r not in ("RENEW", "REBIND", "FAIL")]
        self.assertEqual([r for i, r in enumerate(renewed) if i == 0 or r != renewed[i - 1]],
                         [*(["PREINIT"] if kinds[0] == "PREINIT" else []), "BOUND", "EXPIRE", "PREINIT", "BOUND",
                          "RELEASE"])
        self.assertIn("RENEW", kinds[:kinds.index("EXPIRE")])
        lease = None
        for environment, _ in told:
            old = {key[4:]: value for key, value in environment.items() if key.startswith("old_")}
            new = {key[4:]: value for key, value in environment.items() if key.startswith("new_")}
            self.assertEqual(environment["interface"], "eth0")
            if environment["reason"] in ("BOUND", "RENEW", "REBIND", "EXPIRE", "RELEASE"):
                self.assertEqual(old, lease or {}, environment["reason"])
                lease = new or None
                self.assertEqual(environment["requested_subnet_mask"], "1")
            self.assertEqual(bool(new), environment["reason"] in ("BOUND", "RENEW", "REBIND"), environment)
            if new:
                self.assertRegex(new["ip_address"], r"10\.77\.0\.1\d\d")
                self.assertEqual((new["subnet_mask"], new["routers"]), ("255.255.255.0", "10.77.0.1"))

        # The other contracts are told of the same events.
        wait_until(lambda: len(self.told("c-udhcpc")) == len(told), "the last hook")
        for (dhclient, _), (environment, text), (udhcpc, _) in zip(told, self.told("a-json"), self.told("c-udhcpc")):
            document = json.loads(text)
            self.assertEqual(document["Event"], dhclient["reason"])
            self.assertEqual(environment["DHCPD_LINK_EVENT"], dhclient["reason"])
            self.assertEqual(environment["DHCPD_LINK_IFNAME"], "eth0")
            self.assertEqual((document["New"] or {}).get("Address"), dhclient.get("new_ip_address"))
            self.assertEqual((document["Old"] or {}).get("Address"), dhclient.get("old_ip_address"))
            self.assertEqual(udhcpc.get("ip"), dhclient.get("new_ip_address"))
            self.assertEqual(udhcpc.get("dns"), dhclient.get("new_domain_name_servers"))

    def test_folder_that_others_can_exchange(self):
        """The program that was looked at may not be the one that runs, so others could do what the hook may do."""
        self.net.dnsmasq()
        self.begin()
        wait_until(lambda: "There is no hook" in self.hooks.logged(), "the runner to end")
        inner = self.net.path("open/inner")
        os.makedirs(inner)
        os.chmod(self.net.path("open"), 0o777)
        for name in ("a-confined", "b-trusted"):
            os.mkdir(self.dumps(name))
            os.chmod(self.dumps(name), 0o777)
            self.hooks.put(name, DUMP % {"folder": self.dumps(name)})
            os.rename(os.path.join(self.hooks.folder, name), os.path.join(inner, name))
            os.symlink(os.path.join(inner, name), os.path.join(self.hooks.folder, name))
        self.hooks.settings("[Hook a-confined]\nContract=dhclient\n[Hook b-trusted]\nContract=dhclient\nTrusted=yes\n")
        self.hooks.start()
        self.wait_reason("a-confined", "BOUND")
        wait_until(lambda: "another user can put a program in its place" in self.hooks.status(), "the status to say it")
        self.assertEqual(self.told("b-trusted"), [])

class Broken(HooksTest):
    """One server and one daemon for hooks that are broken in every way, between two that are not."""

    BROKEN = {
        "b-crashes": "kill -SEGV $$",
        "c-fails": "echo it printed this; exit 3",
        "d-hangs": "trap '' TERM; while :; do sleep 100; done",
        "e-floods": "yes flood",
        "f-forks": "f() { f & f & wait; }; f",
        "g-leaves": "sleep 4321 & exit 0",
    }

    def left(self):
        """Returns processes that hooks have left behind. They have the folder in the command line, or sleep so long."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                    line = file.read().replace("\0", " ")
            except OSError:
                continue
            if f"{self.hooks.folder}/" in line or "sleep 4321" in line:
                found.append(line)
        return found

    def test_broken_hooks(self):
        """Broken hooks harm neither the daemon nor other hooks, status says so, and nothing of them is left."""
        self.net.dnsmasq()
        config = "".join(f"[Hook {name}]\nTimeoutSec=1s\n" for name in self.BROKEN)
        self.begin("dhclient/a-good", "dhclient/z-good", config=config)
        for name, script in self.BROKEN.items():
            self.hooks.put(name, f"#!/bin/sh\n{script}\n")
        wait_until(lambda: self.told("a-good") and self.told("a-good")[-1][0]["reason"] in ("BOUND", "RENEW"),
                   "the first hook")
        began = self.daemon.logged().count("Renewed")
        self.daemon.ctl("renew", "eth0")
        self.daemon.wait_log("BOUND")
        self.wait_reason("z-good", "RENEW")
        self.assertEqual(self.reasons("z-good"), self.reasons("a-good"))
        self.assertGreaterEqual(self.daemon.logged().count("Renewed"), began)
        wait_until(lambda: not self.left(), "all processes of hooks to be gone")

        def shown():
            text = self.hooks.status()
            return all(f"{name} {how}" in text for name, how in (
                ("b-crashes", "was killed by signal 11"), ("c-fails", "ended with status 3"),
                ("d-hangs", "was ended after 1 s"),
                ("e-floods", "was ended after 1 s"))) and "-good" not in text and "g-leaves" not in text
        try:
            wait_until(shown, "status to name them")
        except AssertionError:
            print(self.hooks.status())
            raise
        log = self.hooks.logged()
        self.assertIn("eth0: hook c-fails: it printed this", log)
        self.assertIn("hook e-floods: printed more than", log)
        self.assertLess(log.count("hook e-floods: flood"), 3 * 1000)
        self.assertEqual(self.hooks.stop(), 0)
        self.assertNotIn("Hooks", self.hooks.status())
        self.assertEqual(self.daemon.stop(), 0)

    def test_restarts_and_env(self):
        """Restarts of either side; and env as a hook, with an environment and without, as who it should be."""
        self.net.dnsmasq()
        self.begin("dhclient/a", config="[Hook who]\nUser=daemon\n[Hook root]\nTrusted=yes\n")
        for name in "dhclient/env-dhclient", "env-json", "none/env-none":
            os.makedirs(os.path.dirname(self.net.path(f"hooks.d/{name}")), exist_ok=True)
            os.symlink("/usr/bin/env", self.net.path(f"hooks.d/{name}"))
        for name in "nobody", "who", "root":
            self.hooks.put(
                f"udhcpc/{name}", "#!/bin/sh\nid -un; id -Gn; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status\n"
            )
        wait_until(lambda: self.reasons("a") and self.reasons("a")[-1] in ("BOUND", "RENEW"), "the lease")
        n = len(self.reasons("a"))

        self.hooks.stop(signal.SIGKILL)
        self.assertIn("dhcpd-link-hooks has died", self.hooks.status())
        self.hooks.log = "hooks2.log"
        self.hooks.start()
        wait_until(lambda: len(self.reasons("a")) > n, "the lease to be told again")
        wait_until(lambda: "hook who: NoNewPrivs" in self.hooks.logged(), "the last hook")
        self.assertNotIn("Hooks", self.hooks.status())
        log = self.hooks.logged()
        self.assertIn("hook env-dhclient: new_ip_address=10.77.0.1", log)
        self.assertIn("hook env-json: DHCPD_LINK_IFNAME=eth0", log)
        self.assertNotIn("hook env-json: PATH", log)
        self.assertNotRegex(log, r"hook env-none: \w+=")
        self.assertIn("eth0: hook env-none: ", log)

        def of(hook):
            return re.findall(rf"hook {hook}: (.*)", log)
        for hook, user, effective in ("nobody", "nobody", 0), ("who", "daemon", 0), ("root", "root", None):
            lines = [line.replace("?", " ").split() for line in of(hook)]
            self.assertEqual(lines[1][0], user, hook)
            capabilities = {line[0]: line[1] for line in lines if len(line) == 2}
            self.assertEqual(capabilities["NoNewPrivs:"], "1")
            for kind in "CapEff:", "CapBnd:":
                self.assertEqual(int(capabilities[kind], 16) == 0, effective == 0, (hook, kind))

        # The daemon dies and comes back: the lease goes on, and is told once more, old and new.
        n = len(self.reasons("a"))
        self.daemon.kill()
        self.daemon = self.hooks.daemon = Daemon(self.net, "eth0")
        wait_until(lambda: len(self.reasons("a")) > n, "the lease to be told again")
        environment = self.told("a")[-1][0]
        self.assertEqual(environment["reason"], "RENEW")
        self.assertEqual(environment["new_ip_address"], environment["old_ip_address"])

        # The link goes while nobody watches.
        self.hooks.stop()
        self.daemon.ctl("down", "eth0")
        self.hooks.start()
        self.wait_reason("a", "STOP")
        wait_until(lambda: not os.listdir(os.path.join(self.hooks.runtime, "told")),
                   "all that was told to be forgotten")


if __name__ == "__main__":
    dhlib.require("dnsmasq", "busybox")
    dhlib.main()
