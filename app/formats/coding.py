"""Codings: a body in fewer bytes, and the choice between the ways to it (RFC 9110, 8.4 and 12.5.3).

In charge of the table of content codings. It must not know what a body says, nor whether it was coded before.

Quality settings are those at which a page of 40 kB takes less than a millisecond: each body is coded once for all who ask for it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

import brotli
import zstandard

from app.formats.weights import weighed
from app.kept.memory import IDENTITY

SMALLEST: Final = 1024  # bytes of a body that is worth it: a smaller one fits a packet as it is

_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's word for gzip's format


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, 6, _GZIP)


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=4))


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=6).compress(body)


# The best first: where a client likes several as much, the first is sent.
CODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"br": _brotli, "zstd": _zstd, "gzip": _gzip}


def encode(body: bytes, coding: str) -> bytes:
    """The body in that coding."""
    return CODINGS[coding](body)


@lru_cache(maxsize=1024)
def choose(accepted: str | None) -> str:
    """The coding for an `Accept-Encoding`. Without one, and where none of ours is acceptable, the body is sent as it is."""
    if not accepted:
        return IDENTITY
    weights = dict(map(weighed, accepted.split(",")))
    anything = weights.get("*", 0.0)
    liked = {coding: weights.get(coding, anything) for coding in CODINGS}
    best = max(liked, key=lambda coding: liked[coding])
    return best if liked[best] > 0 and liked[best] >= weights.get(IDENTITY, 0.0) else IDENTITY


def tagged(etag: str, coding: str) -> str:
    """The ETag of a body in that coding: a strong one names these very bytes (RFC 9110, 8.8.3.3)."""
    return etag if coding == IDENTITY or etag.startswith("W/") else f'{etag[:-1]}-{coding}"'


def untagged(etag: str) -> str:
    """The ETag of the body that a coded one was made of."""
    stem, dash, coding = etag[:-1].rpartition("-")
    return f'{stem}"' if dash and coding in CODINGS else etag
