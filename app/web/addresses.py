"""Addresses: who asks, and under which name, as far as trusted proxies tell.

In charge of `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`, of what a `Host` may look like, and of whether
what a request says of its host is consistent. It must not know what is answered.

What a trusted proxy says is written into the WSGI environment in place of what the connection says, so that everything
behind it reads one truth: `REMOTE_ADDR`, `wsgi.url_scheme`, `HTTP_HOST`. Without trusted proxies those headers mean nothing, and a
`traceparent` is marked as a stranger's.

One family of headers is read. `Forwarded` (RFC 7239) says the same in one line, and is not: nginx, HAProxy and the load
balancers of clouds write `X-Forwarded-…` by themselves, and pass a `Forwarded` of the client's own on as it came. Reading
both would let a client contradict its proxy.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from app.settings import PREFIX, BadSetting
from app.traces.context import strange

AUTHORITY = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")  # of RFC 3986, 3.2: what hosts are called
ABSOLUTE = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)  # how a request target in absolute form begins
REMEMBERED = 1024  # addresses and hosts whose reading is kept: those of proxies, and of clients that come again

TRACE = "HTTP_TRACEPARENT"  # where a proxy says to which trace the request belongs

Environ = dict[str, Any]
Network = IPv4Network | IPv6Network


class Proxies:
    """The proxies that are believed, by the networks that they are in.

    Raises BadSetting where `text`, networks separated by commas, names something else.
    """

    def __init__(self, text: str = "") -> None:
        self.networks = tuple(_network(part) for part in listed(text))
        self.trusts = lru_cache(maxsize=REMEMBERED)(self._trusts)

    def apply(self, environ: Environ) -> None:
        """Let the environment say what a trusted proxy says: the client's address, its scheme, the host that it asked."""
        peer = environ.get("REMOTE_ADDR", "")
        if not self.networks or not self.trusts(peer):
            if ":" in peer:
                environ["REMOTE_ADDR"] = address(peer) or peer
            if TRACE in environ:
                environ[TRACE] = strange(environ[TRACE])
            return
        environ["REMOTE_ADDR"] = self.client(peer, environ.get("HTTP_X_FORWARDED_FOR", ""))
        scheme = nearest_said(environ.get("HTTP_X_FORWARDED_PROTO", "")).lower()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        if host := nearest_said(environ.get("HTTP_X_FORWARDED_HOST", "")):
            environ["HTTP_HOST"] = host

    def client(self, peer: str, chain: str) -> str:
        """The client at the other end of `peer`, a trusted proxy: the first address, from the right, that is not one.

        Each proxy appends whom it was asked by, so that what stands to the left of a stranger was written by that stranger.
        Where an entry is no address, the one to its right is the last that somebody trusted has seen.
        """
        found = address(peer)
        for entry in reversed(chain.split(",")):
            asked_by = address(entry.strip())
            if not asked_by:
                return found
            found = asked_by
            if not self.trusts(found):
                return found
        return found

    def _trusts(self, text: str) -> bool:
        plain = address(text)
        return bool(plain) and any(ip_address(plain) in network for network in self.networks)


@lru_cache(maxsize=REMEMBERED)
def address(text: str) -> str:
    """An IP address as it is compared: without port, brackets and zone, IPv4 where it is mapped. Empty for anything else."""
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


@lru_cache(maxsize=REMEMBERED)
def host_name(host: str) -> str:
    """The name in a `Host`, in lower case and without its port. Empty where it is none."""
    found = AUTHORITY.fullmatch(host)
    return found[1].lower() if found else ""


def names(text: str) -> frozenset[str]:
    """The host names of a setting. Raises BadSetting for what can be no name; a port is not part of one."""
    found = listed(text)
    for part in found:
        if host_name(part) != part.lower():
            raise BadSetting(
                f"{PREFIX}HOSTS: {part!r} is no host name; write it without scheme and port, as api.example.com"
            )
    return frozenset(part.lower() for part in found)


def consistent(environ: Environ) -> bool:
    """Whether the request names one host, and one that can be: RFC 9112, section 3.2, asks for 400 where it does not.

    A target in absolute form has to name the host that `Host` does. HTTP/1.0 may leave `Host` out.
    """
    target, host = environ.get("RAW_URI", "/"), environ.get("HTTP_HOST")
    if host is None:
        return environ.get("SERVER_PROTOCOL") != "HTTP/1.1"
    if not host_name(host):
        return False
    return target[:1] in {"/", "*"} or authority(target) == host.lower()


def authority(target: str) -> str:
    """The host and port of a request target in absolute form, in lower case; empty in any other."""
    found = ABSOLUTE.match(target)
    return found[1].lower() if found else ""


def nearest_said(values: str) -> str:
    """The last of the values that proxies have joined: what the one that is connected has said itself."""
    return values.rpartition(",")[2].strip()


def listed(text: str) -> tuple[str, ...]:
    """The parts of a setting that is a list."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as failure:
        raise BadSetting(
            f"{PREFIX}TRUSTED_PROXIES: {text!r}: {failure}; expected addresses or networks, as 10.0.0.5, 10.1.0.0/16"
        ) from None
