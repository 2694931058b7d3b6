"""Credentials: what keys, tokens and links have in common.

In charge of how one is refused, and of telling one in a text that is to be written down. It must not know a kind of credential.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from app.problems import ProblemError

ADMIN: Final = "bascule:admin"  # the scope of who may manage keys, links and tokens
METRICS: Final = "bascule:metrics"  # the scope of who may scrape the metrics
REFRESH: Final = "bascule:refresh"  # the scope of who may have an answer read anew by `Cache-Control: no-cache`
LINEAGE: Final = "bascule:lineage"  # the scope of who may know the table and the columns where a field lies
SANDBOX: Final = "bascule:sandbox"  # the scope of who is answered with invented data alone
MARK: Final = "bascule_"  # how the text of each begins that is of the gateway's own making
CHALLENGE: Final = 'Bearer realm="bascule", error="invalid_token"'  # RFC 6750, 3.1

# What may be the first part of a JWT: base64url, with at least two parts behind it (RFC 7515, 7.1; RFC 7516, 7.1). Each part is
# looked at once or twice, however long a text is.
_JOSE: Final = re.compile(r"(?<![\w-])[\w-]{15,}+(?=\.[\w-]*\.)", re.ASCII)

# How a JSON object begins in base64: a brace, then a quote or white space.
_OBJECT: Final = re.compile(r"ey[A-DI-L]|ew[k-r0-3]")

_ROUNDS: Final = 4  # a text that is percent-encoded as often is not looked into further


class NotAccepted(ProblemError):
    """A credential is refused. `reason` is the operator's: the caller is never told which part of it was wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__("unauthorized", "the credential is not accepted", headers=(("WWW-Authenticate", CHALLENGE),))
        self.reason = reason


def holds_credential(text: str) -> bool:
    """Whether a credential of the gateway's own or a JWT may stand in a text, percent-encoded or not: better said too often.

    A text that is still encoded after a few rounds may hold anything. Most texts take two looks, and 0.15 µs.
    """
    for _ in range(_ROUNDS):
        if MARK in text or (text.count(".") > 1 and _has_jwt(text)):
            return True
        if "%" not in text or (decoded := _decoded(text)) == text:
            return False
        text = decoded
    return True


def _has_jwt(text: str) -> bool:
    return any(_OBJECT.search(part[0]) for part in _JOSE.finditer(text))


def _decoded(text: str) -> str:
    """One round of decoding. Bytes that are no ASCII belong to no credential, so it does not matter what becomes of them."""
    return unquote_to_bytes(text.encode("latin-1", "replace")).decode("latin-1")
