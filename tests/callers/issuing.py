"""An issuer for tests: keys of every algorithm, tokens signed with them, and what it publishes.

`Shelf` stands in for the network; `server` is a real one on this machine.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from jwt.algorithms import get_default_algorithms
from jwt.utils import base64url_encode

from app.callers.fetching import NotFetched
from app.callers.issuers import IssuerKeys
from app.contract.model import IssuerSpec

ISSUER = "https://login.example.com/plant"
KEYS = "https://login.example.com/keys"
AUDIENCE = "https://api.example.com"
EPOCH = 1_800_000_000.0  # the time on the wall in these tests
PATIENT = 60.0  # seconds after which what must come fails its test

_MAKERS: dict[str, Callable[[], Any]] = {
    "RS": lambda: rsa.generate_private_key(65537, 2048),
    "PS": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "Ed448": ed448.Ed448PrivateKey.generate,
    "short": lambda: rsa.generate_private_key(65537, 1024),
}


@cache
def private_key(kind: str, name: str = "") -> Any:  # noqa: ARG001  # the name tells keys of a kind apart
    """A private key; the same one for the same name, since RSA keys take their time."""
    maker = _MAKERS.get(kind) or _MAKERS[kind[:2]]
    return maker()


def jwk(key: Any, algorithm: str, **words: Any) -> dict[str, Any]:
    """The public half, as a JSON Web Key with these words beside it."""
    public: dict[str, Any] = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**public, **words}


def claims(**changes: Any) -> dict[str, Any]:
    """What a good token says, with changes; a claim of None is left out."""
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "iat": int(EPOCH) - 5,
        "exp": int(EPOCH) + 600,
        "scope": "orders:read jobs:read",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def signed(said: dict[str, Any], key: Any, algorithm: str, **header: Any) -> str:
    """A token that says this."""
    return jwt.encode(said, key, algorithm, headers={"typ": "at+jwt", **header})


@dataclass
class Clock:
    """A time that only tests move; it is both the one on the wall and the monotonic one."""

    now: float = EPOCH

    def __call__(self) -> float:
        """The time."""
        return self.now


@dataclass
class Shelf:
    """Documents by address. `asked` is every address that was fetched; `down` says why none can be; `open` holds answers up."""

    documents: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    down: str = ""
    open: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def __call__(self, url: str) -> Any:
        """A fetch."""
        self.asked.append(url)
        assert self.open.wait(PATIENT)
        if self.down or url not in self.documents:
            raise NotFetched(self.down or "it answers 404")
        return self.documents[url]

    def publish(self, *keys: dict[str, Any]) -> None:
        """These keys and no others."""
        self.documents[KEYS] = {"keys": list(keys)}


def spec(**changes: Any) -> IssuerSpec:
    """The issuer as a contract would have it."""
    words: dict[str, Any] = {"name": "plant", "issuer": ISSUER, "audience": (AUDIENCE,), "keys": KEYS, **changes}
    return IssuerSpec(**words)


def settle(keys: IssuerKeys) -> None:
    """Wait until no fetch is under way."""
    flight = keys._flight
    if flight is not None:
        assert flight.landed.wait(PATIENT)


Page = tuple[int, dict[str, str], bytes]


@dataclass
class Server:
    """A web server on this machine. `pages` are its answers by path; `asked` the paths, with their headers."""

    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def publish(self, path: str, document: Any) -> str:
        """Answer with this document; its address."""
        self.pages[path] = (200, {"Content-Type": "application/json"}, json.dumps(document).encode())
        return self.url + path


@contextmanager
def server() -> Iterator[Server]:
    """A running server, stopped at the end."""
    site = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            status, headers, body = site.pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # a client may leave in the middle
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + PATIENT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def forged(header: dict[str, Any], said: Any, sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
    """A token put together by hand, with a header that no library would write."""
    parts = [base64url_encode(json.dumps(part).encode()) for part in (header, said)]
    text = b".".join(parts)
    return b".".join([text, base64url_encode(sign(text))]).decode()
