# SPDX-License-Identifier: LGPL-2.1-or-later
"""
First boot of two: a link and its wait-online unit are enabled, a lease is there, and then the power goes.
"""
from inside import *  # noqa: F403


@test
def enabled():
    """enabled units bring network-online.target up with the lease"""
    sh(f"systemctl enable --quiet {HOLDER} dhcpd-link-wait-online@{LINK}.service")
    sh("systemctl start network-online.target")
    check(leased() and default_route(), "online without an address or a route")
    wait_for(lambda: os.listdir("/var/lib/dhcpd-link/lease"), "the lease in /var/lib/dhcpd-link")
    with open("/dhcpd-link-test/address", "w") as file:
        file.write(leased()["local"])


main(keep=True)
