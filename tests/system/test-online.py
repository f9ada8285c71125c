# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The wait-online units, and what the shipped plugins tell systemd-resolved, -timesyncd, -hostnamed and -timedated.
"""
import os
import re

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


CONFIG = "/etc/dhcpd-link/dhcpd-link.conf.d/services.conf"
TIMESYNCD = "/etc/systemd/system/systemd-timesyncd.service.d/test.conf"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def host():
    """What the services themselves say: (transient name, time zone)."""
    return sh("hostnamectl --transient").strip(), sh("timedatectl show --value -p Timezone").strip()


def ntp_server():
    """What systemd-timesyncd did last with the lease's server, which nothing but its journal says."""
    done = re.findall(r"(Added|Removed).* server 10\.99\.0\.123\.", journal("systemd-timesyncd"))
    return done[-1] if done else None


@test
def time_and_name():
    """NTP server, host name and time zone before, during and after a lease, and over a kill of the daemon"""
    # A container has no right to set the clock, so this timesyncd shall not want it.
    write(TIMESYNCD, "[Unit]\nConditionVirtualization=\nConditionCapability=\n[Service]\nAmbientCapabilities=\n"
          "CapabilityBoundingSet=\nEnvironment=SYSTEMD_LOG_LEVEL=debug\n")
    write(CONFIG, "[Plugin hostname]\nEnable=yes\n[Plugin timezone]\nEnable=yes\n"
          "[DHCPv4]\nHostname=leased-name\nRequestOptions=1 121 3 6 15 12 42 101 58 59\n")
    sh("systemctl daemon-reload; systemctl restart systemd-timesyncd.service; timedatectl set-timezone Asia/Tokyo")
    sh("mv /etc/hostname /etc/hostname.test; systemctl stop systemd-hostnamed.service; hostname before-lease", ok=None)
    try:
        before = "before-lease", "Asia/Tokyo"
        equal(host(), before, "name and zone before")
        sh(f"systemctl start {HOLDER}")
        wait_for(lambda: host() == ("leased-name", "Europe/Paris"), "name and zone of the lease")
        wait_for(lambda: ntp_server() == "Added", "the NTP server of the lease")
        sh(f"systemctl kill --kill-whom=main --signal=KILL {DAEMON}")
        wait_for(lambda: is_active(DAEMON) and "BOUND" in sh(f"dhcpd-linkctl status {LINK}", ok=None),
                 "the next daemon")
        equal(host(), ("leased-name", "Europe/Paris"), "name and zone after a kill")
        sh(f"systemctl stop {HOLDER}")
        wait_for(lambda: host() == before, "name and zone as they were before")
        wait_for(lambda: ntp_server() == "Removed", "systemd-timesyncd to forget")
        equal(is_active("systemd-timesyncd"), True, "systemd-timesyncd runs")
    finally:
        sh(f"rm -rf {CONFIG} {os.path.dirname(TIMESYNCD)}; systemctl stop systemd-timesyncd.service", ok=None)
        sh("mv /etc/hostname.test /etc/hostname; systemctl daemon-reload; timedatectl set-timezone Etc/UTC", ok=None)


main()
