"""Fetching: the JSON documents of token issuers.

In charge of what the gateway asks of another server's HTTP, and how far it goes for it: HTTPS unless the server is this
machine, so long, so much, no redirects, no proxies. It must not know what a document says.
"""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from ipaddress import ip_address
from time import monotonic
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

import orjson

TIMEOUT: Final = 3.0  # seconds
MOST_BYTES: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
_HEADERS: Final = {"Accept": "application/json, application/jwk-set+json", "User-Agent": "bascule"}

Fetch = Callable[[str], Any]
"""From an address to the JSON document that stands there. Raises NotFetched."""


class NotFetched(Exception):
    """A document is not to be had; `args[0]` says why, to the operator."""


def fetch(url: str) -> Any:
    """The JSON document at this address, which the operator or an issuer chose, never a caller. Raises NotFetched."""
    check(url)
    try:
        body = _body(url)
    except HTTPError as error:
        error.close()
        raise NotFetched(f"it answers {error.code}") from None
    except URLError as error:
        raise NotFetched(f"it cannot be reached: {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NotFetched(f"it breaks off: {type(error).__name__}") from error
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotFetched("its answer is not JSON") from None


def check(url: str) -> None:
    """Raises NotFetched for an address that may not be asked: what is not HTTPS, or HTTP on this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise NotFetched("its address is no URL") from None
    if not host or parts.username is not None:
        raise NotFetched("its address names no host, or names a user")
    if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(host)):
        raise NotFetched("its address is not https://")


def _loopback(host: str) -> bool:
    if host == "localhost":  # RFC 6761, 6.3: it is always this machine
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _body(url: str) -> bytes:
    """The whole body. The time-out of a socket begins anew with each byte, so the clock is looked at as well."""
    until = monotonic() + TIMEOUT
    body = bytearray()
    with _opener().open(Request(url, headers=_HEADERS), timeout=TIMEOUT) as response:  # noqa: S310  # `check` saw its scheme
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > MOST_BYTES:
                raise NotFetched(f"its answer is longer than {MOST_BYTES} bytes")
            if monotonic() > until:
                raise NotFetched(f"its answer takes longer than {TIMEOUT:g} s")
    return bytes(body)


def _opener() -> OpenerDirector:
    """HTTP and HTTPS, and none of what urllib would add by itself.

    No redirects: keys that another host could swap would be that host's. No proxies of the environment: they were set
    for somebody else. No files, no FTP.
    """
    opener = OpenerDirector()
    for handler in (HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
        opener.add_handler(handler)
    return opener
