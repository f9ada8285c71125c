# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Second boot of two: the lease of the boot before is asked for again (RFC 2131 §3.2), which the server that forgot all
about it grants.
"""
from inside import *  # noqa: F403


@test
def same_address():
    """after the power came back the same address is asked for: DHCPREQUEST, no DHCPDISCOVER"""
    equal(os.path.exists("/run/dhcpd-link/lease"), False, "a lease of this boot already")
    server = Server()
    sh("systemctl start network-online.target")
    with open("/dhcpd-link-test/address") as file:
        equal(leased()["local"], file.read(), "address")
    check("DHCPREQUEST" in server.heard() and "DHCPDISCOVER" not in server.heard(), server.heard())


main(keep=True)
