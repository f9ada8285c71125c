# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Who may read and who may change, on the system bus (polkit) and on the private socket (the peer's credentials).
"""
import json
import os
import re
import shutil
import signal
import subprocess

from inside import *  # noqa: F403
from inside_terminal import Terminal


def refused(output):
    check(any(word in output for word in ("denied", "Denied", "not authorized", "uthenti", "ermission", "not allowed",
                                          "uthoriz")),
          f"not refused for want of rights: {output}")


@test
def reading():
    """everyone may read on the bus"""
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    wait_bound()
    equal(prop("Address", user="nobody"), address, "Address")
    equal(prop("State", user="nobody"), "BOUND", "State")
    check(address in call(ROOT, "Manager", "Describe", user="nobody")[0], "Describe() does not show the lease")
    equal(len(call(ROOT, "Manager", "ListLinks", user="nobody")[0]), 1, "links listed")
    check(
        address
        in sh(
            "runuser -u nobody -- busctl tree org.dhcpdlink1; runuser -u nobody -- busctl introspect org.dhcpdlink1 "
            + link_path()
        ),
        "introspection does not show the address",
    )


@test
def reading_privately():
    """everyone may read on the private socket"""
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    for command in (f"status {LINK}", "status", "list", "--json status"):
        output = sh(f"runuser -u nobody -- dhcpd-linkctl {command}")
        check(LINK in output or address in output, f"{command} shows nothing: {output}")


@test
def changing():
    """nobody is refused every change on the bus, root is not"""
    sh("ip link add un0 type veth peer name un1")
    try:
        sh(f"systemctl start {HOLDER}")
        wait_leased()
        wait_bound()
        path = link_path()
        for target, interface, method, *args in (
                (ROOT, "Manager", "StartLink", "sa{sv}", "un0", "0"),
                (ROOT, "Manager", "StopLink", "sa{sv}", LINK, "0"),
                (ROOT, "Manager", "Reload"), (path, "Link", "Renew"), (path, "Link", "Release"),
                (path, "Link", "Restart")):
            refused(call(target, interface, method, *args, ok=False, user="nobody"))
        equal((managed(), prop("State")), ([LINK], "BOUND"), "after refused changes")
        call(ROOT, "Manager", "StartLink", "sa{sv}", "un0", "0")
        equal(managed(), sorted([LINK, "un0"]), "managed links")
        call(ROOT, "Manager", "StopLink", "sa{sv}", "un0", "1", "Release", "b", "false")
        wait_for(lambda: managed() == [LINK], "un0 to be let go")
        server = Server()
        call(path, "Link", "Renew")
        server.wait("DHCPACK")
    finally:
        sh("ip link del un0", ok=None)


@test
def changing_privately():
    """nobody is refused every change on the private socket"""
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    wait_bound()
    for command in (f"down {LINK}", f"release {LINK}", f"renew {LINK}", "up lo", "reload"):
        output = sh(f"runuser -u nobody -- dhcpd-linkctl {command}", ok=False)
        refused(output)
        equal(len(output.strip().splitlines()), 1, f"lines of the error of {command}: {output}")
    equal((leased()["local"], prop("State")), (address, "BOUND"), "after refused changes")


def people():
    """asker, who is nobody in particular, and boss, whose password polkit wants. What was allowed is forgotten."""
    if not shutil.which("pkttyagent"):
        raise Skip("pkttyagent is not installed")
    sh("""id boss >/dev/null 2>&1 || {
        useradd -m boss && useradd -m asker && echo boss:right | chpasswd
        mkdir -p /etc/polkit-1/rules.d
        echo 'polkit.addAdminRule(function() { return ["unix-user:boss"]; });' > /etc/polkit-1/rules.d/00-test.rules
        chmod 755 /etc/polkit-1/rules.d; chmod 644 /etc/polkit-1/rules.d/00-test.rules
    }
    systemctl restart polkit.service""")
    sh(f"systemctl start {HOLDER}")
    wait_leased()
    wait_bound()


def agents():
    return sh("pgrep -x pkttyagent", ok=None).split()


def ask(*arguments):
    return Terminal("asker", "dhcpd-linkctl", *arguments)


def with_agent(option, target, interface, method):
    """A call by busctl, with an agent that polkit finds for it and that stays when it is gone."""
    return Terminal("asker", "sh", "-c",
                    "mkfifo /tmp/agent.$$; pkttyagent --process $$ --notify-fd=9 9>/tmp/agent.$$ & cat /tmp/agent.$$; "
                    f"exec busctl {option} call {BUS} {target} {BUS}.{interface} {method} </dev/null")


NEEDED = "nteractive authentication required"


@test
def unasked():
    """who does not want to be asked for a password, or cannot be, hears at once that one would do"""
    people()
    path = link_path()
    for target, interface, method in ((ROOT, "Manager", "Reload"), (path, "Link", "Renew")):
        with with_agent("--allow-interactive-authorization=false", target, interface, method) as terminal:
            check(terminal.ended() != 0 and NEEDED in terminal.text and "Password" not in terminal.text, terminal.text)
    output = sh(f"runuser -u asker -- dhcpd-linkctl renew {LINK} </dev/null", ok=False)  # no terminal, so no agent
    check(NEEDED in output, output)
    for command in (("dhcpd-linkctl", "--no-ask-password", "renew", LINK),
                    ("env", "PATH=/nowhere", "/usr/bin/dhcpd-linkctl", "reload")):
        with Terminal("asker", *command) as terminal:
            equal(terminal.ended(), 1, f"status of {command}")
            equal(len(terminal.text.splitlines()), 1, f"lines of {terminal.text}")
            check(NEEDED in terminal.text, terminal.text)
            check(terminal.is_as_before(), "the terminal")


@test
def password():
    """an agent on the terminal asks for a password when needed, once for several links, and is gone with the call"""
    people()
    server = Server()
    with ask("renew", LINK, LINK) as terminal:  # elsewhere polkit keeps a password for the process, not for the session
        terminal.wait_password()
        equal(len(agents()), 1, "agents")
        check("DHCPREQUEST" not in server.heard(), "renewed without a password")
        terminal.type("right\n")
        end = terminal.ended(), terminal.is_as_before(), agents()
        equal(end, (0, True, []), f"end, echo, agents: {terminal.text}")
        check("renew a DHCP lease" in terminal.text and "right" not in terminal.text, terminal.text)
        equal(terminal.text.count("Password"), 1, f"questions in {terminal.text}")
    server.wait("DHCPACK")
    with ask("release", LINK) as terminal:
        terminal.wait_password()
        terminal.type("wrong\n")
        end = terminal.ended(), terminal.is_as_before(), agents()
        equal(end, (1, True, []), f"end, echo, agents: {terminal.text}")
        refused(terminal.text)
    equal(prop("State"), "BOUND", "after a wrong password")


@test
def interrupted():
    """whoever goes away while a password is asked for: nothing is done or left, and the terminal has its echo"""
    people()
    server = Server()

    for keys, sig, status in (("\x03", None, 128 + signal.SIGINT), (None, None, 1),
                              *((None, s, 128 + s) for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL))):
        with ask("release", LINK) as terminal:
            terminal.wait_password()
            if keys:
                terminal.type(keys)
            elif sig:
                terminal.send(sig)
            else:
                sh("pkill -x pkttyagent")
            equal(terminal.ended(), status, f"status: {terminal.text}")
            wait_for(lambda: not agents(), "the end of the agent")
            wait_for(terminal.is_as_before, "the terminal to be as it was")
    # An agent that outlives the caller is told by polkit, which has it of the daemon, that nobody asks any more.
    with open("/tmp/taken-back", "w+") as heard:
        monitor = subprocess.Popen(["busctl", "monitor", "--match=member='CancelAuthentication'"],
                                   stdout=heard, stderr=heard)
        try:
            wait_for(lambda: "Monitoring" in open("/tmp/taken-back").read(), "busctl monitor")
            with with_agent("--allow-interactive-authorization=true", link_path(), "Link", "Release") as terminal:
                terminal.wait_password()
                terminal.send(signal.SIGKILL)
                wait_for(lambda: "=CancelAuthentication" in open("/tmp/taken-back").read(), "an end of the question")
        finally:
            monitor.kill()
            monitor.wait()
    equal(prop("State"), "BOUND", "afterwards")
    check("DHCPRELEASE" not in server.heard(), "released all the same")


@test
def seats():
    """who sits at the machine may renew without a password, and nothing else; who is elsewhere may not"""
    people()
    path = link_path()
    renew = f"busctl call --allow-interactive-authorization=false {BUS} {path} {BUS}.Link Renew"
    reload = f"busctl call --allow-interactive-authorization=false {BUS} {ROOT} {BUS}.Manager Reload"

    def session(user, seat, command, ok, run="systemd-run --quiet --wait --pipe"):
        return sh(f"{run} -p User={user} -p PAMName=login {'-E XDG_SEAT=seat0' if seat else ''} sh -c '{command}'", ok)

    server = Server()
    session("asker", True, renew, True)
    server.wait("DHCPACK")
    for seat, command in ((True, reload), (False, renew)):
        output = session("asker", seat, command, False)
        check(NEEDED in output, output)
    # Another session comes to the front.
    sh("mkdir -m 777 /tmp/test-seats")
    session("asker", True, "cd /tmp/test-seats; touch there; while [ ! -e go ]; do sleep 0.05; done; "
            f"{renew} >answer 2>&1; touch done", True, run="systemd-run --quiet --unit=test-seats")
    wait_for(lambda: os.path.exists("/tmp/test-seats/there"), "the session")
    session("boss", True, "cd /tmp/test-seats; touch go; while [ ! -e done ]; do sleep 0.05; done", True)
    with open("/tmp/test-seats/answer") as file:
        answer = file.read()
    check(NEEDED in answer, answer)


@test
def name():
    """only the daemon may own its name on the bus"""
    output = sh("""runuser -u nobody -- /usr/bin/python3 -c '
import gi
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
print(bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
                    GLib.Variant("(su)", ("org.dhcpdlink1", 0)),
                    None, 0, -1).unpack())'""", ok=False)
    check("AccessDenied" in output, output)


@test
def configuration():
    """what the daemon's user writes into the runtime folder is no configuration, what root writes there is"""
    folder = "/run/dhcpd-link/dhcpd-link.conf.d"
    try:
        for user, metric in (("dhcpd-link", 1700), ("root", 1800)):
            sh(f"rm -rf {folder}; runuser -u {user} -- sh -c 'umask 022; mkdir {folder}; "
               f"printf \"[DHCPv4]\\nRouteMetric={metric}\\n\" > {folder}/50.conf'")
            sh(f"systemctl start {HOLDER}")
            wait_leased()
            wait_bound()
            equal(default_route()["metric"] == metric, user == "root", f"the file of {user} counts")
            sh(f"systemctl stop {HOLDER} {DAEMON}")
        equal(journal(DAEMON).count(f"{folder}/50.conf: not owned by root, the file is ignored"), 1, "reports")
    finally:
        sh(f"rm -rf {folder}", ok=None)


def start_networkd(links, settings):
    """It manages these links; returns when it runs."""
    sh(
        f"mkdir -p /run/systemd/network; printf '[Match]\\nName={links}\\n[Network]\\n{settings}\\n' > "
        f"/run/systemd/network/50-test.network; "
        "rm -f /etc/systemd/system/systemd-networkd.service; systemctl daemon-reload; systemctl start "
        "systemd-networkd.service"
    )


def stop_networkd():
    sh(
        "systemctl stop systemd-networkd.service systemd-networkd.socket; rm -rf /run/systemd/network "
        "/run/systemd/netif/links; "
        f"systemctl stop {HOLDER}; ip addr flush dev {LINK}; ip link set {LINK} up",
        ok=None,
    )


@test
def elsewhere():
    """a link that systemd-networkd manages is refused, with its name, and nothing is done"""
    start_networkd(LINK, "Address=192.0.2.5/24")
    try:
        wait_for(lambda: "192.0.2.5" in [a["local"] for a in addresses()], "networkd to configure the link")
        server = Server()
        sh(f"systemctl start {HOLDER}", ok=False, seconds=60)
        check("systemd-networkd" in journal(HOLDER) + show(HOLDER, "StatusText"), "does not say who manages it")
        check("DHCPDISCOVER" not in server.heard(), "asked the server nevertheless")
        equal(managed(), [], "managed links")
    finally:
        stop_networkd()


@test
def ours():
    """a link of ours stays ours over restarts, with a lease or without, when systemd-networkd has come meanwhile"""
    def pid():
        return int(show(DAEMON, "MainPID"))

    sh("ip link add un0 type veth peer name un1; systemctl start dhcpd-link@un0.service")
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    wait_bound()
    start_networkd(f"{LINK} un0", "KeepConfiguration=yes")
    try:
        for link in (LINK, "un0"):
            wait_for(lambda: "(unmanaged)" not in sh(f"networkctl status {link}")
                     and "State:" in sh(f"networkctl status {link}"),
                     f"networkd to manage {link}")
        for command in (f"systemctl restart {DAEMON}", f"systemctl kill --kill-whom=main --signal=KILL {DAEMON}"):
            old = pid()
            with Monitor() as monitor:
                sh(command)
                wait_for(lambda: pid() not in (0, old), "a new daemon")
                wait_for(lambda: managed() == [LINK, "un0"], f"both links to be managed after {command}")
                wait_bound()
            check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")
            equal(leased()["local"], address, "address")
            check(is_active(HOLDER) and is_active("dhcpd-link@un0.service"), "a holder has ended")
        check("systemd-networkd says that it manages this link, too" in journal(DAEMON),
              "the journal does not tell that there are two")
        status = json.loads(sh(f"dhcpd-linkctl --json status {LINK}"))
        equal([problem["Id"] for problem in status["Problems"] if "DNS" not in problem["Text"]], ["managed-elsewhere"],
              "problems")
        # What was let go is nobody's, so the other one has it from now on.
        sh("systemctl stop dhcpd-link@un0.service")
        sh("systemctl start dhcpd-link@un0.service", ok=False, seconds=60)
        equal(managed(), [LINK], "managed links")
        # At the next renewal at the latest it is seen that there is one again.
        sh(f"systemctl stop systemd-networkd.service systemd-networkd.socket; dhcpd-linkctl renew {LINK}")
        wait_for(lambda: "managed-elsewhere" not in sh(f"dhcpd-linkctl --json status {LINK}"),
                 "the other one to be gone")
    finally:
        sh("systemctl stop dhcpd-link@un0.service; ip link del un0", ok=None)
        stop_networkd()


@test
def import_identity():
    """a drop-in brings to the daemon what only root may read of another client; the daemon cannot read it"""
    identifier = [255, 1, 2, 3, 4]
    drop_in = f"/run/systemd/system/{HOLDER}.d"
    setting = "/etc/dhcpd-link/dhcpd-link.conf.d"
    program = re.search(r"path=(\S+)", show(DAEMON, "ExecStart"))[1]
    os.makedirs("/var/lib/dhcp", exist_ok=True)
    leases = f"/var/lib/dhcp/dhclient.{LINK}.leases"
    with open(leases, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(f'lease {{\n  interface "{LINK}";\n  option dhcp-client-identifier ff:1:2:3:4;\n}}\n')
    os.makedirs(setting, exist_ok=True)
    with open(f"{setting}/test.conf", "w") as file:
        file.write("[DHCPv4]\nImportIdentity=yes\n")
    try:
        for told in (False, True):
            # The folder is missing, too, as after an installation.
            sh(f"systemctl stop {HOLDER} {DAEMON}; rm -rf /var/lib/dhcpd-link")
            if told:
                os.makedirs(drop_in)
                with open(f"{drop_in}/test.conf", "w") as file:
                    file.write(f"[Service]\nExecStartPre=+{program} --import-identity %i\n")
                sh("systemctl daemon-reload")
            sh(f"systemctl start {HOLDER}")
            wait_bound()
            equal(prop("ClientId") == identifier, told, f"identifier taken over, {prop('ClientId')}")
        with open(f"/sys/class/net/{LINK}/address") as file:
            kept = "/var/lib/dhcpd-link/lease/identity-" + file.read().strip().replace(":", "")
        for path in ("/var/lib/dhcpd-link", kept):
            equal(os.stat(path).st_uid, int(sh("id -u dhcpd-link")), f"owner of {path}")
    finally:
        sh(
            f"systemctl stop {HOLDER} {DAEMON}; rm -rf {drop_in} {setting}/test.conf {leases} /var/lib/dhcpd-link; "
            f"systemctl daemon-reload",
            ok=None,
        )


HOOKS = "/etc/dhcpd-link/hooks.d"
RUNNER = "dhcpd-link-hooks.service"


def put_hook(name, script):
    path = f"{HOOKS}/{name}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + "~", "w") as file:
        file.write(f"#!/bin/sh\n{script}\n")
    os.chmod(path + "~", 0o755)
    os.rename(path + "~", path)


def hook_output(name):
    return sh(f"journalctl --sync; journalctl -b -o cat LINK={LINK} HOOK={name} SYSLOG_IDENTIFIER={name}")


def hook_units():
    return sh("systemctl list-units --all --plain --no-legend 'dhcpd-link-hook-*'").strip()


@test
def hooks():
    """a hook has a user of its own and no more rights than it is given, and nothing of it outlives its time"""
    what = (
        "id -un; cat /proc/self/status | grep CapEff; sed -n 's/:.*//p' /proc/net/dev | xargs; touch /tmp/file && echo "
        "tmp; "
        "for f in /etc /run /var/lib; do touch $f/of-a-hook && echo $f; done 2>/dev/null; echo last"
    )
    setting = "/etc/dhcpd-link/dhcpd-link.conf.d"
    os.makedirs(setting, exist_ok=True)
    with open(f"{setting}/test.conf", "w") as file:
        file.write(
            "[Hook granted]\nUser=daemon\nCapabilities=CAP_NET_ADMIN\nNetwork=yes\nWritablePaths=/var/lib/of-hooks\n"
            "[Hook root]\nTrusted=yes\n[Hook z-last]\nTrusted=yes\n[Hook escapes]\nTimeoutSec=2s\n"
        )
    sh("mkdir -p /var/lib/of-hooks; chown daemon /var/lib/of-hooks")
    try:
        put_hook("alone", what)
        put_hook(
            "escapes",
            "trap '' TERM; setsid sh -c \"trap '' TERM; while :; do sleep 4321; done\" & while :; do sleep 4321; done",
        )
        put_hook("granted", what + "; touch /var/lib/of-hooks/file && echo granted")
        put_hook("root", what)
        os.makedirs(f"{HOOKS}/none", exist_ok=True)
        os.symlink("/usr/bin/env", f"{HOOKS}/none/variables")
        os.symlink("/usr/bin/env", f"{HOOKS}/variables-json")
        put_hook("z-last", "cat >/dev/null; echo $DHCPD_LINK_EVENT >/run/last-of-hooks")
        sh(f"systemctl start {HOLDER}")
        wait_leased()
        wait_for(lambda: os.path.exists("/run/last-of-hooks"), "the last hook to be told")

        alone, granted, root = (hook_output(name).splitlines() for name in ("alone", "granted", "root"))
        check(alone[0].startswith(("dhcpd-link-hook", "_du")) or alone[0] not in ("root", "dhcpd-link", "nobody"),
              alone)
        equal(alone[1:], ["CapEff:\t0000000000000000", "lo", "tmp", "last"], "a hook without settings")
        equal(granted[:2], ["daemon", "CapEff:\t0000000000001000"], "a hook with User= and Capabilities=")
        check(LINK in granted[2].split() and granted[3:] == ["tmp", "last", "granted"], granted)
        check(root[0] == "root" and LINK in root[2].split() and root[3:] == ["tmp", "/etc", "/run", "/var/lib", "last"],
              root)
        equal(hook_output("variables"), "", "env without environment")
        equal(sorted(hook_output("variables-json").split()), ["DHCPD_LINK_EVENT=BOUND", f"DHCPD_LINK_IFNAME={LINK}"],
              "env")
        equal(sh("pgrep -fc '[s]leep 4321'", ok=None).strip(), "0", "processes left")
        wait_for(lambda: "escapes was ended after 2 s" in sh(f"dhcpd-linkctl status {LINK}"), "status to say so")
        wait_for(lambda: not hook_units(), "no unit of a hook to be left")

        # Hooks end with the runner. The daemon does not care whether it is there.
        with open(f"{setting}/test.conf", "w") as file:
            file.write("[Hook escapes]\nTimeoutSec=1h\n")
        sh(f"dhcpd-linkctl renew {LINK}")
        wait_for(lambda: "escapes" in hook_units(), "a hook that hangs")
        sh(f"systemctl kill --kill-whom=main --signal=KILL {RUNNER}")
        wait_for(lambda: "escapes has been running" in sh(f"dhcpd-linkctl status {LINK}"),
                 "another runner, with another hook that hangs")
        equal(len(hook_units().splitlines()), 1, "hooks that hang")
        sh(f"systemctl stop {HOLDER} {DAEMON}")
        wait_for(lambda: not hook_units() and not is_active(RUNNER), "the end of all")
        equal(sh("pgrep -fc '[s]leep 4321'", ok=None).strip(), "0", "processes left")
    finally:
        sh(
            f"rm -rf {HOOKS}/* {setting}/test.conf /var/lib/of-hooks /etc/of-a-hook /run/of-a-hook /var/lib/of-a-hook "
            f"/run/last-of-hooks; "
            f"systemctl stop {RUNNER} 'dhcpd-link-hook-*'",
            ok=None,
        )


main()
