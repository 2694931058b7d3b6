"""Cursors: where a page ended, signed, and bound to the query that it continues.

In charge of the text of `page.next`. It carries the stored values of the sort columns of the last row, so that the next
page begins exactly behind it, whatever the values decode to. It must not know SQL or HTTP.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from itsdangerous import BadSignature, Signer

from app.problems import ProblemError

MAX_LENGTH = 8192  # more than a cursor over the longest index key of any database that is served (Db2: 2000 bytes)
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")  # base64 decoders pass over what is none

# Stored values that JSON has no form for: a tag, how to write one, how to read it.
_TAGS: Mapping[type, tuple[str, Callable[[Any], str], Callable[[str], Any]]] = {
    Decimal: ("decimal", str, Decimal),
    dt.datetime: ("datetime", dt.datetime.isoformat, dt.datetime.fromisoformat),
    dt.date: ("date", dt.date.isoformat, dt.date.fromisoformat),
    dt.time: ("time", dt.time.isoformat, dt.time.fromisoformat),
    bytes: ("bytes", bytes.hex, bytes.fromhex),
    UUID: ("uuid", str, UUID),
    int: ("integer", str, int),  # beyond 64 bits
    float: ("float", repr, float),  # an infinity
}
_READERS: Mapping[str, Callable[[str], Any]] = {tag: read for tag, _, read in _TAGS.values()}


class Cursors:
    """Writes and reads cursors with one secret. A secret that is shared by workers and outlives a restart keeps them valid."""

    def __init__(self, secret: bytes) -> None:
        # 32 random bytes that serve nothing else need no derivation.
        self.signer = Signer(secret, key_derivation="none", digest_method=hashlib.sha256)

    def write(self, query: str, position: Sequence[Any]) -> str:
        """The cursor behind a row whose sort columns hold `position`; `query` is the digest of the query."""
        payload = orjson.dumps([query, [_tagged(value) for value in position]])
        signed = self.signer.sign(base64.urlsafe_b64encode(payload).rstrip(b"="))
        return signed.decode()

    def read(self, query: str, text: str) -> tuple[Any, ...]:
        """The position; raises ProblemError `invalid-cursor` (forged, cut) or `cursor-mismatch` (another query's)."""
        if len(text) > MAX_LENGTH:
            raise ProblemError("invalid-cursor", "the cursor is longer than any that was given out")
        try:
            payload = self.signer.unsign(text if _FORM.fullmatch(text) else "")
            bound_to, position = orjson.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
        except (BadSignature, ValueError):
            raise ProblemError("invalid-cursor", "the cursor was not given out by this gateway") from None
        if bound_to != query:
            raise ProblemError("cursor-mismatch", "the cursor was given out for another filter, sort or resource")
        return tuple(_untagged(value) for value in position)


def digest(*parts: str) -> str:
    """The digest that binds a cursor to a query."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _tagged(value: Any) -> Any:
    if isinstance(value, bytearray | memoryview):
        value = bytes(value)
    known = _TAGS.get(type(value))
    if known is None or _is_number_of_json(value):
        return value
    tag, write, _ = known
    return {tag: write(value)}


def _is_number_of_json(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and -(2**63) <= value < 2**63


def _untagged(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((tag, text),) = value.items()
    return _READERS[tag](text)
