"""What travels the pipeline: one request, its caller, what it asks for, and the answer. Frozen values, no framework.

`Inbound` is what a door (Flask, or any other) hands in; `Answer` is what it sends. Between them stages pass a `Call`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request as it arrived. `path` and `query` are raw (percent-encoded); header names are lower case.

    `base_url` is what links are built from: scheme, host and mount point, without a trailing slash.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""
    request_id: str = ""
    received: float = field(default_factory=monotonic)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `scope` is the hash of what the caller may see: a part of every cursor and of every cache key."""

    name: str = "anonymous"
    scope: str = "open"


ANYBODY = Caller()


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. `headers` are complete but for what belongs to the connection; names in canonical case."""

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
