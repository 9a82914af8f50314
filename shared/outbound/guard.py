"""Where a program may connect to when somebody else names the address (出站防护): decided on resolved addresses.

A name is judged by what it resolves to at the moment of connecting, so that a second answer of a name server cannot
lead inside. Serves G15: a subscriber's address is no way into the bureau's network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

LONGEST_URL = 500

_TRANSLATED = tuple(
    ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "::/96")
)
"""IPv6 forms that carry an IPv4 address (NAT64, 6to4, Teredo, mapped, compatible): a way around every list of those."""

_NEVER = tuple(
    ip_network(one)
    for one in (
        *("169.254.0.0/16", "fe80::/10", "0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24"),
        *("100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::/32"),
    )
)
"""Link-local addresses, 6to4 relays and the metadata services of clouds: not even the allow list opens them."""

_GIVEN_OUT, _PRIVATE = IPv6Network("2000::/3"), IPv6Network("fc00::/7")
"""The only IPv6 addresses that are given out to the Internet, and those that an allow list may name."""

_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""The first half of an interface identifier whose second half is an IPv4 address (RFC 5214)."""


@dataclass(frozen=True)
class EgressRules:
    """What is allowed besides the public Internet, and whether it must be encrypted."""

    networks: Sequence[Network] = ()
    https_only: bool = True

    def refusal_of_url(self, url: str) -> str | None:
        """Why an address cannot be used as it is written; None when only resolving it can tell."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return "it is no address"
        if len(url) > LONGEST_URL or not url.isascii() or any(one <= " " for one in url):
            return f"it must be at most {LONGEST_URL} ASCII characters without spaces"
        if parts.scheme not in (("https",) if self.https_only else ("https", "http")) or not host:
            return "it must begin with https://" if self.https_only else "it must begin with https:// or http://"
        if parts.username is not None or parts.password is not None or parts.fragment:
            return "it must hold no user, no password and no fragment"
        return self.refusal_of(host) if _is_address(host) else None

    def refusal_of(self, address: str) -> str | None:
        """Why nothing may be sent to this resolved address; None when it may."""
        found = ip_address(address.partition("%")[0])
        if any(_in(found, network) for network in (*_NEVER, *_TRANSLATED)) or found.is_multicast or _is_odd(found):
            return f"{found} is link-local, translated, for many or not given out: nothing is sent there"
        if found.is_global or any(_in(found, network) for network in self.networks):
            return None
        return f"{found} is no public address and not in the allow list"


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_odd(address: IPv4Address | IPv6Address) -> bool:
    """IPv6 outside of what is given out, or with an IPv4 address for an interface: Python calls many of them global."""
    if address.version == 4:
        return False
    if not (address in _GIVEN_OUT or address in _PRIVATE):
        return True
    return (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP


def _in(address: IPv4Address | IPv6Address, network: Network) -> bool:
    return address.version == network.version and address in network
