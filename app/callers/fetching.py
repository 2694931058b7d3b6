"""Fetching: the JSON documents of token issuers.

In charge of what the gateway asks of another server's HTTP, and how far it goes for it: HTTPS unless the server is this
machine, so long, so much, no redirects, no proxies. It must not know what a document says.

An answer has TIMEOUT, and so has each step before it: connecting to an address, the handshake. What nobody can bound from
outside is the system's look-up of a name: whoever fetches does so in a thread, and begins anew without waiting for it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from threading import Event, Timer
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

TIMEOUT: Final = 3.0  # seconds
_LATE: Final = "its answer takes longer than {:g} s"
MOST_BYTES: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
_HEADERS: Final = {
    "Accept": "application/json, application/jwk-set+json",
    "User-Agent": "bascule",
    "Connection": "close",
}

Fetch = Callable[[str], Any]
"""From an address to the JSON document that stands there. Raises NotFetched."""


class NotFetched(Exception):
    """A document is not to be had; `args[0]` says why, to the operator."""


def fetch(url: str) -> Any:
    """The JSON document at this address, which the operator or an issuer chose, never a caller. Raises NotFetched."""
    return _asked(url, "GET", None, _HEADERS)


def post(url: str, form: Mapping[str, str], authorization: str = "") -> Any:
    """The JSON document that an issuer's endpoint answers a form with (RFC 6749, 3.2). Raises NotFetched."""
    own = {"Authorization": authorization} if authorization else {}
    headers = {**_HEADERS, "Content-Type": "application/x-www-form-urlencoded", **own}
    return _asked(url, "POST", urlencode(form).encode(), headers)


def _asked(url: str, method: str, sent: bytes | None, headers: Mapping[str, str]) -> Any:
    check(url)
    try:
        body = _body(url, method, sent, headers)
    except TimeoutError:  # the socket's own, which may come a moment before the timer's
        raise NotFetched(_LATE.format(TIMEOUT)) from None
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
        host, _ = parts.hostname, parts.port
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


def _body(url: str, method: str, sent: bytes | None, headers: Mapping[str, str]) -> bytes:
    """The whole body. No redirects: keys that another host could swap would be that host's. No proxies of the environment."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    with closing(kind(parts.hostname or "", parts.port, timeout=TIMEOUT)) as connection:
        try:
            connection.connect()
        except OSError as error:
            raise NotFetched(f"it cannot be reached: {error}") from error
        with _in_time(connection.sock):
            connection.request(method, target, sent, headers)
            with connection.getresponse() as response:
                return _read(response)


@contextmanager
def _in_time(connected: socket.socket) -> Iterator[None]:
    """End a connection after TIMEOUT: a socket's own begins anew with each byte that drips in. Raises NotFetched then."""
    late = Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            socket.socket.shutdown(
                connected, socket.SHUT_RDWR
            )  # not TLS's own, which changes what another thread reads

    timer = Timer(TIMEOUT, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if late.is_set():  # what was cut off may look whole, or like any other failure
            raise NotFetched(_LATE.format(TIMEOUT))


def _read(response: HTTPResponse) -> bytes:
    if not 200 <= response.status < 300:
        raise NotFetched(f"it answers {response.status}")
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            raise NotFetched(f"its answer is longer than {MOST_BYTES} bytes")
    return bytes(body)
