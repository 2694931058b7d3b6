"""What travels the pipeline: one request, its caller, what it asks for, and the answer. Frozen values, no framework.

`Inbound` is what a door (Flask, or any other) hands in; `Answer` is what it sends. Between them stages pass a `Call`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import quote, unquote_to_bytes

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
LONGEST_ECHO = 2048  # characters of a query or key in a header: proxies refuse answers whose headers exceed some 4 kB
_URI = "%/:?#[]@!$&'()*+,;=-._~"  # RFC 3986, 2.2: what a reference may hold as it is; what is encoded already stays so


def decoded(raw: str) -> str:
    """The text of a raw part of a path or a query. Raises UnicodeError where its bytes are no UTF-8."""
    return unquote_to_bytes(raw.encode("latin-1")).decode("utf-8")


def quoted(raw: str) -> str:
    """A raw path or query as a header may say it: whatever a caller sent, it ends no header and no `<…>` of a Link."""
    return quote(raw, _URI, encoding="latin-1", errors="replace")


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request as it arrived. Header names are lower case.

    `path` and `query` are raw: percent-encoded, and where they are not, one character a byte (latin-1), as WSGI has them.
    `base_url` is what links are built from: scheme, host and mount point, without a trailing slash.
    `client` is the address that the request comes from, as far as trusted proxies tell; empty where nobody knows.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""
    request_id: str = ""
    client: str = ""
    received: float = field(default_factory=monotonic)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what that caller was granted. A claim may have several values.

    `identity` names the credential, for limits and the audit: `key:4f9Zk2Qa`, `token:plant/alice`, `link:…`. It is no secret.
    `rate` is a class of `limits`. `unrestricted`: the contract says `security: open`, so no rule of access holds.
    """

    name: str = "anonymous"
    identity: str = "anonymous"
    scopes: frozenset[str] = frozenset()
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)  # may say what is classified
    rate: str = "default"
    unrestricted: bool = False


ANYBODY = Caller(unrestricted=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. `headers` are complete but for what belongs to the connection; names in canonical case.

    `media_type` is that of the body, which an answer to HEAD has left out; empty where there is none. `passing` are headers
    that say something else a second later; they come behind the others.
    """

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    passing: tuple[tuple[str, str], ...] = ()
