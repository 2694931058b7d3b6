"""Sessions of people in a browser: a credential that was checked once, in a cookie that only the gateway can read.

    q83vEjRWeJq83vEj…   a nonce, then the credential and when the session ends, encrypted and authenticated (AES-256-GCM); base64url

In charge of that text, of the cookie that holds it, and of which requests it counts for. It must not know a credential's kind, nor
who may do what: a session is worth what its credential is worth at that moment, so a revoked key, its networks and its limits hold
for it as for any request. Nothing is kept on the server, so that any worker of any host opens what another has sealed.

A browser sends its cookies along whoever made it ask. So what changes something has to prove that a page of this very origin asks:
`Sec-Fetch-Site`, which no page can write, or `Origin` where a browser does not send that (over plain HTTP, say). Ports are one
site to browsers, so `SameSite` alone would let a page of another port of the host in.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.exchange import JSON, Inbound

LONGEST: Final = 4000  # characters: browsers drop a cookie whose name and value have more than 4096 (RFC 6265, 6.1)
STRICT: Final = "Strict"
LAX: Final = "Lax"  # for what has to outlive the way over another site and back
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110, 9.2.1

_HOST: Final = "__Host-"  # over TLS: no other host, path or plain connection can have set a cookie of such a name
_NONCE: Final = 12  # bytes


class TooLong(ValueError):
    """A credential does not fit into a cookie."""


class Sessions:
    """Seals credentials under the name of a cookie: what was sealed under another one is not opened. Safe for threads and forks.

    `secret` has 32 bytes at least and may serve several names; `clock` is the one on the wall.
    """

    def __init__(self, secret: bytes, name: str, clock: Callable[[], float] = time.time) -> None:
        if len(secret) < 32:
            raise ValueError("the secret of sessions must have 32 bytes at least")
        self.name = name
        self._clock = clock
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"bascule session " + name.encode()).derive(secret))

    def seal(self, credential: str, seconds: float) -> str:
        """The value of a cookie that holds a credential for so many seconds. Raises TooLong."""
        nonce = secrets.token_bytes(_NONCE)
        said = orjson.dumps([self._clock() + seconds, credential])
        value = base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, said, None)).rstrip(b"=").decode()
        if len(value) > LONGEST:
            raise TooLong(f"{len(value)} characters; a browser keeps {LONGEST}")
        return value

    def opened(self, cookie: str) -> str | None:
        """The credential that a cookie's value holds; None where its session is over, or it was not made here."""
        if len(cookie) > LONGEST:
            return None
        try:
            raw = base64.b64decode(cookie + "=" * (-len(cookie) % 4), altchars=b"-_", validate=True)
            until, credential = orjson.loads(self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None))
        except (ValueError, InvalidTag):  # no base64, too short, or somebody else's
            return None
        return str(credential) if self._clock() < until else None

    def cookie(self, value: str, seconds: int, *, secure: bool, same_site: str = STRICT) -> str:
        """The value of `Set-Cookie`. `secure`: the request came over TLS, so the cookie never goes over anything else."""
        over_tls = "; Secure" if secure else ""
        name = (_HOST if secure else "") + self.name
        return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={same_site}{over_tls}"

    def cleared(self, *, secure: bool) -> tuple[str, ...]:
        """The values of `Set-Cookie` that end a session in the browser; over TLS also one that was begun without it."""
        plain = self.cookie("", 0, secure=False)
        return (self.cookie("", 0, secure=True), plain) if secure else (plain,)

    def held(self, inbound: Inbound, *, secure: bool) -> str | None:
        """The credential in a request's cookie, if it holds one. `secure` as for `cookie`.

        Over TLS only the name counts that no neighbour can set: a host of the same domain, or anybody on a plain connection's way,
        can plant a cookie of the other, and have somebody work in a session that is not theirs.
        """
        wanted = (_HOST if secure else "") + self.name
        values = [value for name, value in _cookies(inbound.headers.get("cookie", "")) if name == wanted]
        return self.opened(values[-1]) if values else None


def with_session(inbound: Inbound, sessions: Sessions, *, secure: bool) -> Inbound:
    """The request with the credential of its session as `Authorization`, as if the client had sent it. `secure`: it came over TLS.

    The request as it is, where it brings a credential of its own, has no sound session, or would change something and does not
    prove that a page of this origin asks for it: then its cookie counts for nothing.
    """
    headers = inbound.headers
    if "authorization" in headers or "x-api-key" in headers:
        return inbound
    if inbound.method not in SAFE and not (same_origin(inbound) and _says_json(inbound)):
        return inbound
    credential = sessions.held(inbound, secure=secure)
    if credential is None:
        return inbound
    return replace(inbound, headers={**headers, "authorization": f"Bearer {credential}"})


def same_origin(inbound: Inbound) -> bool:
    """Whether a page of the very origin that is asked asks, as far as a browser vouches for it. One that says nothing: no."""
    site = inbound.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin, host = inbound.headers.get("origin", ""), inbound.headers.get("host", "")
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def _says_json(inbound: Inbound) -> bool:
    """Whether the body says that it is JSON, as no form of another site can without asking first (CORS)."""
    media_type: str = inbound.headers.get("content-type", "")
    return media_type.partition(";")[0].strip().lower() == JSON


def _cookies(header: str) -> Iterator[tuple[str, str]]:
    """The cookies of a request (RFC 6265, 4.2.1)."""
    for pair in header.split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            yield name, value
