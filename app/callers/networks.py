"""Networks that a credential may be used from.

In charge of addresses in both families: an IPv4 client that came in over an IPv6 socket (`::ffff:10.1.2.3`, RFC 4291, 2.5.5.2)
is that IPv4 client. It must not know whose word for a client's address is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

_MAPPED: Final = IPv6Network("::ffff:0:0/96")


def network(text: str) -> Network:
    """`10.0.0.0/8`, `2001:db8::/32`, or one address. Raises ValueError, whose text says what is wrong."""
    try:
        found = ip_network(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no network{_meant(text)}") from None
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        return IPv4Network((int(found.network_address) & 0xFFFFFFFF, found.prefixlen - 96))
    return found


def _meant(text: str) -> str:
    """The network that an address with a mask lies in."""
    try:
        return f" — did you mean {str(ip_network(text.strip(), strict=False))!r}?"
    except ValueError:
        return "; expected an address and the length of its prefix: 10.0.0.0/8, 2001:db8::/32"


def address(text: str) -> IPv4Address | IPv6Address | None:
    """A client's address; None where it is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def within(client: str, networks: Iterable[Network]) -> bool:
    """Whether the client is in one of them. A client that nobody knows is in none."""
    found = address(client)
    return found is not None and any(found in each for each in networks)
