# SPDX-License-Identifier: LGPL-2.1-or-later
"""
dhcpd-link@LINK.service in a booted systemd: what an administrator does with it, and sees.
"""
# The hooks of these are run as they are.
# packages: isc-dhcp-client chrony ntpsec resolvconf samba-common systemd-timesyncd cloud-init
import os
import re

from inside import *  # noqa: F403


@test
def start():
    """enable --now: address with a lifetime, routes, the lease on the Status line"""
    sh(f"systemctl enable --now {HOLDER}", seconds=60)
    check(is_active(HOLDER), "not active")
    equal(sh(f"systemctl is-enabled {HOLDER}").strip(), "enabled", "is-enabled")
    address = wait_leased()
    entry = leased()
    equal(entry["prefixlen"], 24, "prefix length")
    check(3000 < entry["valid_life_time"] <= 3600, f"the kernel was not told when the lease ends: {entry}")
    route = wait_for(default_route, "a default route")
    equal((route["gateway"], route["protocol"]), ("10.99.0.1", "dhcp"), "default route")
    wait_for(lambda: address in show(HOLDER, "StatusText"), f"{address} on the Status line")
    check("10.99.0.1" in sh(f"systemctl status {HOLDER}"), "systemctl status does not show the lease")


@test
def properties():
    """D-Bus: the lease as properties"""
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    wait_bound()
    for name, wanted in (("Address", address), ("PrefixLength", 24), ("Server", "10.99.0.1"),
                         ("Routers", ["10.99.0.1"]),
                         ("DNS", ["10.99.0.53"]), ("NTP", ["10.99.0.123"]), ("Domain", "booted.example"),
                         ("LastError", {})):
        equal(prop(name), wanted, name)
    equal(prop("LifetimeUSec"), 3600 * 1000000, "LifetimeUSec")
    times = [prop(name) for name in ("GrantedAtUSec", "T1AtUSec", "T2AtUSec", "ExpiresAtUSec")]
    check(times == sorted(times) and times[3] - times[0] == 3600 * 1000000, f"times: {times}")
    equal(prop("Name", interface="Link"), LINK, "Name")
    check(prop("Carrier", interface="Link"), "Carrier is off")
    equal(managed(), [LINK], "managed links")
    check(53 in [code for code, _ in prop("Options")], "option 53 is not in Options")


@test
def journal_of_link():
    """journalctl -u dhcpd-link@LINK shows the lease"""
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    wait_for(lambda: address in journal(HOLDER), f"{address} in the journal of {HOLDER}")


@test
def reload():
    """reload renews: the server is asked, the address is not touched"""
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    wait_bound()
    granted = prop("GrantedAtUSec")
    server = Server()
    with Monitor() as monitor:
        sh(f"systemctl reload {HOLDER}")
        server.wait("DHCPACK")
        wait_for(lambda: prop("GrantedAtUSec") > granted, "a later grant")
    check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")
    equal(leased()["local"], address, "address")
    check("DHCPDISCOVER" not in server.heard(), "started over")


@test
def stop():
    """stop releases and cleans up, and touches nothing else"""
    sh(
        f"ip addr add 192.0.2.9/24 dev {LINK}; ip link set {LINK} up; ip route add 198.51.100.0/24 via 192.0.2.1 dev "
        f"{LINK}"
    )
    try:
        sh(f"systemctl start {HOLDER}")
        address = wait_leased()
        server = Server()
        sh(f"systemctl stop {HOLDER}", seconds=60)
        check(not leased(), "the address is still there after stop")
        check(not [r for r in routes() if r.get("protocol") == "dhcp"], f"routes are left: {routes()}")
        server.wait("DHCPRELEASE")
        check(address in server.heard(), "released something else")
        equal([a["local"] for a in addresses()], ["192.0.2.9"], "addresses of somebody else")
        check([r for r in routes() if r["dst"] == "198.51.100.0/24"], "a route of somebody else is gone")
        equal(show(HOLDER, "Result"), "success", "Result")
        equal(managed(), [], "managed links")
    finally:
        sh(f"ip addr flush dev {LINK}", ok=None)


@test
def no_cable():
    """a link without carrier is ready at once: boot does not wait for cables"""
    sh("ip link add un0 type veth peer name un1")
    try:
        sh("systemctl start dhcpd-link@un0.service", seconds=60)
        check(is_active("dhcpd-link@un0.service"), "not active")
        check(not prop("Carrier", "un0", "Link"), "Carrier is on")
    finally:
        sh("systemctl stop dhcpd-link@un0.service; ip link del un0", ok=None)


@test
def no_link_yet():
    """a link that does not exist yet: ready, managed when it appears, again when it comes back"""
    unit = "dhcpd-link@later0.service"
    try:
        sh(f"systemctl start {unit}", seconds=60)
        check(is_active(unit), "not active")
        for _ in range(2):
            sh("ip link add later0 type veth peer name later1")
            wait_for(lambda: "later0" in managed(), "later0 to be managed")
            with open("/sys/class/net/later0/ifindex") as file:
                record = f"/run/dhcpd-link/lease/{file.read().strip()}"
            wait_for(lambda: os.path.exists(record), "the record that the link is ours")
            sh("ip link del later0")
            wait_for(lambda: "later0" not in managed(), "later0 to be gone")
            wait_for(lambda: not os.path.exists(record), "its record to be forgotten")
            check(is_active(unit), "the unit went with the link")
    finally:
        sh(f"systemctl stop {unit}; ip link del later0", ok=None)


@test
def names():
    """dhcpd-link@br-lan and dhcpd-link@br\\x2dlan both mean br-lan"""
    sh("ip link add br-lan type bridge")
    try:
        for unit in ("dhcpd-link@br-lan.service", "dhcpd-link@br\\x2dlan.service"):
            sh(f"systemctl start '{unit}'")
            wait_for(lambda: managed() == ["br-lan"], f"br-lan to be managed by {unit}")
            sh(f"systemctl reload '{unit}'", ok=None)
            check(is_active(unit), f"{unit} is not active")
            sh(f"systemctl stop '{unit}'")
            equal(managed(), [], f"managed links after {unit}")
    finally:
        sh("ip link del br-lan", ok=None)


@test
def two_holders():
    """a link that two units hold stays until both are stopped"""
    sh("ip link add br-lan type bridge")
    try:
        sh("systemctl start dhcpd-link@br-lan.service 'dhcpd-link@br\\x2dlan.service'")
        wait_for(lambda: managed() == ["br-lan"], "br-lan to be managed")
        sh("systemctl stop dhcpd-link@br-lan.service")
        equal(managed(), ["br-lan"], "managed links")
        sh("systemctl stop 'dhcpd-link@br\\x2dlan.service'")
        equal(managed(), [], "managed links")
    finally:
        sh("ip link del br-lan", ok=None)


@test
def restart():
    """restart, and a holder that is killed: the address is not touched, nothing is released"""
    sh(f"systemctl start {HOLDER}")
    address = wait_leased()
    wait_bound()
    server = Server()
    with Monitor() as monitor:
        for command in (f"systemctl restart {HOLDER}", f"systemctl try-restart {HOLDER}",
                        f"systemctl kill --kill-whom=main --signal=KILL {HOLDER}"):
            pid = show(HOLDER, "MainPID")
            sh(command, seconds=60)
            wait_for(lambda p=pid: is_active(HOLDER) and show(HOLDER, "MainPID") not in ("0", p),
                     f"another holder after {command}")
            wait_for(lambda: address in show(HOLDER, "StatusText"), f"{address} on the Status line after {command}")
    check("Deleted" not in monitor.seen, f"something was taken off the link: {monitor.seen}")
    check("DHCPRELEASE" not in server.heard() and "DHCPDISCOVER" not in server.heard(), server.heard())
    check("restarting, the lease stays" in journal(HOLDER), "the journal does not say that it is a restart")
    # The claim of the one that was killed is not left behind.
    sh(f"systemctl stop {HOLDER}", seconds=60)
    check(not leased(), "the address is still there after stop")


@test
def loopback():
    """a link that cannot do DHCP: the unit fails and says why"""
    sh("systemctl start dhcpd-link@lo.service", ok=False, seconds=60)
    check("lo" in journal("dhcpd-link@lo.service"), "the journal does not say why")


def install_packages():
    """The files of packages, without what would be done at their installation."""
    with open("/dhcpd-link-test/packages/problem", encoding="utf-8") as file:
        problem = file.read()
    if problem:
        raise Skip(problem)
    sh("cd /dhcpd-link-test/packages/root; for folder in *; do cp -a $folder/. /$folder/; done")


class HookOf:
    """A hook of the daemon's package is switched on, as its manual says."""

    def __init__(self, path):
        self.link = f"/etc/dhcpd-link/hooks.d/{os.path.basename(path)}"
        self.path = path

    def __enter__(self):
        os.symlink(self.path, self.link)

    def __exit__(self, *_):
        os.unlink(self.link)
        sh("systemctl stop dhcpd-link-hooks.service; rm -rf /run/dhcpd-link-hooks", ok=None)


def lines(path):
    return [line.strip() for line in sh(f"cat {path} 2>/dev/null", ok=None).splitlines()]


def hooks_ended(name):
    """How often a hook has done its work."""
    return sh("journalctl --sync; journalctl -b -o cat").count(f"Finished dhcpd-link-hook-2-{name}-")


def hook_printed(name):
    return sh(f"journalctl --sync; journalctl -q -b -o cat -t {name}")


@test
def dhclient_hooks():
    """hooks of Debian's packages for dhclient do their work when the lease comes, and undo it when it goes"""
    install_packages()
    # What the packages' scripts would do, and a chronyd that leaves the clock alone.
    sh(
        "mkdir -p /var/lib/samba /run/chrony-dhcp /etc/chrony; echo 'sourcedir /run/chrony-dhcp' "
        ">/etc/chrony/chrony.conf; "
        "resolvconf --create-runtime-directories; resolvconf --enable-updates; "
        "ln -sf /run/resolvconf/resolv.conf /etc/resolv.conf; "
        "systemctl daemon-reload; systemd-run -q --unit=chronyd-test -p RuntimeDirectory=chrony -p "
        "RuntimeDirectoryMode=0700 "
        "/usr/sbin/chronyd -d -x -u root"
    )
    left = {
        "/etc/resolv.conf": "nameserver 10.99.0.53",
        "/run/chrony-dhcp/host0.sources": "server 10.99.0.123 iburst",
        "/run/ntpsec/ntp.conf.dhcp": "server 10.99.0.123 iburst",
        "/run/systemd/timesyncd.conf.d/01-dhclient.conf": "NTP=10.99.0.123",
    }

    def sources():
        return sh("chronyc -n sources", ok=None)
    with HookOf("/usr/lib/dhcpd-link/dhclient-hooks"):
        sh(f"systemctl start {HOLDER}")
        wait_leased()
        for path, line in left.items():
            wait_for(lambda p=path, text=line: text in lines(p), f"{line} in {path}")
        wait_for(lambda: "10.99.0.123" in sources(), "chronyd's new server")
        sh(f"systemctl stop {HOLDER}", seconds=60)
        for path, line in left.items():
            wait_for(lambda p=path, text=line: text not in lines(p), f"no {line} in {path}")
        wait_for(lambda: "10.99.0.123" not in sources(), "chronyd to have no server")
    sh("systemctl stop chronyd-test")
    check("ended all hooks" not in hook_printed("dhclient-hooks"), "a hook ended the others")


@test
def environment():
    """env as a hook: with the environment of its contract and nothing else, and with none at all"""
    hooks = {contract: f"/etc/dhcpd-link/hooks.d/{contract}/env-{contract}" for contract in ("none", "dhclient")}
    try:
        for path in hooks.values():
            os.makedirs(os.path.dirname(path))
            os.symlink("/usr/bin/env", path)
        sh(f"systemctl start {HOLDER}")
        address = wait_leased()
        for contract in hooks:
            wait_for(lambda c=contract: hooks_ended(f"env-{c}") > 0, f"the hook of contract {contract}")
        printed = hook_printed("env-dhclient").splitlines()
        for line in ("reason=BOUND", f"interface={LINK}", f"new_ip_address={address}",
                     "PATH=/usr/sbin:/sbin:/bin:/usr/sbin:/usr/bin"):
            check(line in printed, f"no {line} in {printed}")
        names = {line.split("=")[0] for line in printed}
        own = {"PATH", "reason", "interface", "pid", "dad_wait_time", "IF_METRIC"}
        equal([n for n in sorted(names - own) if not n.startswith(("new_", "requested_"))], [],
              "what is more in the environment")
        equal(hook_printed("env-none"), "", "what is in an environment of contract none")
    finally:
        sh(
            "rm -r /etc/dhcpd-link/hooks.d/none /etc/dhcpd-link/hooks.d/dhclient; systemctl stop "
            "dhcpd-link-hooks.service; "
            "rm -rf /run/dhcpd-link-hooks",
            ok=None,
        )


@test
def dhclient_script():
    """Apply=no and ISC's /sbin/dhclient-script as a hook: it alone configures the link, and takes all away again"""
    install_packages()
    sh("rm -f /etc/dhcp/dhclient-enter-hooks.d/resolvconf /etc/resolv.conf; touch /etc/resolv.conf; hostname localhost")
    with open("/etc/dhcpd-link/dhcpd-link.conf", "w", encoding="utf-8") as file:
        file.write("[Link]\nApply=no\n")
    try:
        with HookOf("/sbin/dhclient-script"):
            sh(f"systemctl start {HOLDER}")
            address = wait_leased()
            wait_for(default_route, "a default route")
            equal((default_route()["gateway"], default_route().get("protocol", "boot")), ("10.99.0.1", "boot"),
                  "default route")
            equal((leased()["prefixlen"], leased()["broadcast"]), (24, "10.99.0.255"), "address")
            check(3000 < leased()["valid_life_time"] <= 3600, "lifetime of the address")
            wait_for(lambda: "nameserver 10.99.0.53" in lines("/etc/resolv.conf"), "resolv.conf")
            check("not put on the link" in journal(DAEMON), "the daemon does not say that it leaves the link alone")
            told = hooks_ended("dhclient-script")
            sh(f"systemctl reload {HOLDER}")
            wait_for(lambda: hooks_ended("dhclient-script") > told, "the script to be told of the renewal")
            equal(leased()["local"], address, "address after a renewal")
            sh(f"systemctl stop {HOLDER}", seconds=60)
            wait_for(lambda: not leased() and not default_route(), "the script to take address and route away")
    finally:
        os.unlink("/etc/dhcpd-link/dhcpd-link.conf")


@test
def shutdown():
    """at shutdown the lease is released before the daemon goes, and the bus, which may go first, is no error"""
    sh(f"systemctl start systemd-resolved.service {HOLDER}")
    wait_leased()
    wait_bound()
    cursor = sh("journalctl --sync; journalctl -n 0 --show-cursor").split("cursor: ")[1].strip()
    server = Server()
    sh("systemctl start --no-block shutdown.target")
    try:
        wait_for(lambda: show(HOLDER, "ActiveState") == "inactive", "the link's unit to stop")
        server.wait("DHCPRELEASE")
        check(not leased(), "the address is still there")
        wait_for(lambda: show(DAEMON, "ActiveState") == "inactive", "the daemon to stop")
        equal(show(DAEMON, "Result"), "success", "Result of the daemon")
        equal(
            sh(
                f"journalctl --sync; journalctl -q --after-cursor='{cursor}' -p warning -t dhcpd-linkd -t dhcpd-linkctl"
            ),
            "",
            "warnings",
        )
    finally:
        sh("systemctl stop shutdown.target; systemctl start basic.target dbus.socket", ok=None)


main()
