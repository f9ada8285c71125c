# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The wait-online units, and what the shipped plugins tell systemd-resolved and systemd-hostnamed.
"""
from inside import *  # noqa: F403

WAIT = f"dhcpd-link-wait-online@{LINK}.service"


@test
def one():
    """network-online.target waits for one link, and starts it"""
    sh(f"systemctl enable --quiet {WAIT}; systemctl start network-online.target", seconds=60)
    try:
        check(leased(), "online without an address")
        check(default_route(), "online without a default route")
        check(is_active(WAIT) and is_active(HOLDER), "not active")
    finally:
        sh(f"systemctl disable --quiet {WAIT}; systemctl stop network-online.target")


@test
def unplugged():
    """wait-online waits as long as there is no lease"""
    sh("ip link add un0 type veth peer name un1")
    try:
        sh("systemctl start --no-block dhcpd-link-wait-online@un0.service")
        wait_for(lambda: is_active("dhcpd-link@un0.service"), "the link's unit")
        time.sleep(2)
        equal(show("dhcpd-link-wait-online@un0.service", "ActiveState"), "activating", "ActiveState")
    finally:
        sh("systemctl stop dhcpd-link-wait-online@un0.service dhcpd-link@un0.service; ip link del un0", ok=None)


@test
def every():
    """dhcpd-link-wait-online.service waits for what is managed"""
    sh(f"systemctl start {HOLDER} dhcpd-link-wait-online.service", seconds=60)
    check(leased(), "online without an address")


@test
def command_line():
    """dhcpd-linkctl wait-online: done with a lease, and not without one"""
    sh(f"systemctl start {HOLDER}")
    sh(f"dhcpd-linkctl wait-online {LINK}", seconds=60)
    check(leased(), "online without an address")
    sh("ip link add un0 type veth peer name un1")
    try:
        sh("systemctl start dhcpd-link@un0.service")
        sh("timeout 3 dhcpd-linkctl wait-online un0", ok=False)
    finally:
        sh("systemctl stop dhcpd-link@un0.service; ip link del un0", ok=None)


def resolver(what):
    output = sh(f"resolvectl {what} {LINK}")
    return output.split(":", 1)[1].split()


@test
def resolved():
    """systemd-resolved learns DNS servers and domain, and forgets them"""
    sh("systemctl start systemd-resolved.service")
    sh(f"systemctl start {HOLDER}")
    wait_for(lambda: resolver("dns") == ["10.99.0.53"], "the DNS server at systemd-resolved")
    wait_for(lambda: resolver("domain") == ["booted.example"], "the domain at systemd-resolved")
    sh(f"systemctl stop {HOLDER}")
    wait_for(lambda: not resolver("dns"), "systemd-resolved to forget")


@test
def resolved_restarts():
    """systemd-resolved restarted: it is told again"""
    sh("systemctl start systemd-resolved.service")
    sh(f"systemctl start {HOLDER}")
    wait_for(lambda: resolver("dns") == ["10.99.0.53"], "the DNS server at systemd-resolved")
    sh("systemctl restart systemd-resolved.service")
    wait_for(lambda: resolver("dns") == ["10.99.0.53"], "the DNS server at systemd-resolved again")


main()
