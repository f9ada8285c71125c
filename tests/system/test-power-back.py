# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Second boot of two: the client asks for the lease of the boot before (RFC 2131 §3.2).
The server, which has forgotten all about it, grants it.
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
