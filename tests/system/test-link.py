# SPDX-License-Identifier: LGPL-2.1-or-later
"""
dhcpd-link@LINK.service in a booted systemd: what an administrator does with it, and sees.
"""
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
    for name, wanted in (("Address", address), ("PrefixLength", 24), ("Server", "10.99.0.1"), ("Routers", ["10.99.0.1"]),
                         ("DNS", ["10.99.0.53"]), ("NTP", ["10.99.0.123"]), ("Domain", "booted.example"), ("LastError", {})):
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
    sh(f"ip addr add 192.0.2.9/24 dev {LINK}; ip link set {LINK} up; ip route add 198.51.100.0/24 via 192.0.2.1 dev {LINK}")
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
            wait_for(lambda p=pid: is_active(HOLDER) and show(HOLDER, "MainPID") not in ("0", p), f"another holder after {command}")
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
        equal(sh(f"journalctl --sync; journalctl -q --after-cursor='{cursor}' -p warning -t dhcpd-linkd -t dhcpd-linkctl"), "", "warnings")
    finally:
        sh("systemctl stop shutdown.target; systemctl start basic.target dbus.socket", ok=None)


main()
