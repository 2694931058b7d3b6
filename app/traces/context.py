"""Trace context: what a request's `traceparent` says, and whose word it is (W3C Trace Context).

In charge of reading it, and of the mark on one that nobody vouches for. It must not know a span.

Whoever decides that a request is traced decides over the gateway's work, and over which trace its spans go to. So a stranger's
`traceparent` begins nothing and joins nothing: the request has a trace of its own, with a link to the stranger's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

STRANGE: Final = "?"  # stands before a traceparent that did not come from a trusted proxy

_VERSION: Final = "(?!ff)[0-9a-f]{2}"
_PARENT: Final = re.compile(
    rf"(\??){_VERSION}-(?!0{{32}})([0-9a-f]{{32}})-(?!0{{16}})([0-9a-f]{{16}})-([0-9a-f]{{2}})(-.*)?"
)


@dataclass(frozen=True, slots=True)
class Parent:
    """Where a request comes from. `trusted`: it continues that trace, and is traced if that one is; else it is linked to it."""

    trace: int
    span: int
    sampled: bool
    trusted: bool


def strange(traceparent: str) -> str:
    """The same, marked as a stranger's."""
    return STRANGE + traceparent.lstrip(STRANGE)


@lru_cache(maxsize=256)
def parent(traceparent: str) -> Parent | None:
    """What it says; None for anything that is none. A later version may say more behind it (W3C Trace Context, 3.2.4)."""
    found = _PARENT.fullmatch(traceparent)
    if found is None or (found[5] and "00-" in traceparent[:4]):
        return None
    mark, trace, span, flags = found.group(1, 2, 3, 4)
    return Parent(int(trace, 16), int(span, 16), bool(int(flags, 16) & 1), not mark)
