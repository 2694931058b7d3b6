"""How the gateway stands at the moment it is asked: what is looked up for a scrape, beside what was counted.

In charge of these values. It must not know who looks them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.port import Health


@dataclass(frozen=True, slots=True)
class Drifted:
    """What the last look at a source has found: numbers by grade, and when that was, in seconds since 1970."""

    findings: Mapping[str, int]
    checked_at: float


@dataclass(frozen=True, slots=True)
class Standing:
    """`sources` is how each is, `limits` the connections that each grants; the arena's numbers are bytes and entries."""

    version: str
    sources: Mapping[str, Health] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    drift: Mapping[str, Drifted] = field(default_factory=dict)
    arena_size: int = 0
    arena_used: int = 0
    arena_evicted: int = 0
