"""What the tests of the cache share: a clock that stands, a line of work behind the requests, and a source that is told what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from app.contract.model import CacheSpec
from app.kept.behind import Behind
from app.kept.entry import Entry, finished
from app.kept.memory import Memory
from app.kept.store import Store
from app.stages.cache import Cache, Served, Wanted

KEY = bytes(16)  # its first byte is the part of JITTER that its time is shortened by
SHORTENED = bytes([255]) + KEY[1:]
SPEC = CacheSpec(100.0, stale_while_revalidate=50.0, stale_if_error=200.0, negative=10.0)
PLAIN = CacheSpec(100.0)
PATIENT = 30.0  # seconds after which a thread that waits for another one fails its test

# RFC 9211, 2: a List of one member, which is the cache's name; its parameters as RFC 8941, 3.1.2, spells them.
_STATUS = re.compile(
    r"bascule((?:; [a-z*][a-z0-9_.*-]*(?:=(?:-?\d{1,15}|[A-Za-z*][!#$%&'*+.^_`|~:/\w-]*))?)*)", re.ASCII
)
_FORWARDED = {"bypass", "uri-miss", "miss", "request", "stale"}


def status_of(text: str) -> dict[str, Any]:
    """The parameters of a `Cache-Status`, which must be one that the RFC allows."""
    found = _STATUS.fullmatch(text)
    assert found is not None, text
    said: dict[str, Any] = {}
    for parameter in found[1].split("; ")[1:]:
        name, equals, value = parameter.partition("=")
        assert name not in said
        said[name] = value if equals else True
    if "ttl" in said:
        said["ttl"] = int(said["ttl"])
    assert said.keys() <= {"hit", "fwd", "ttl", "stored", "collapsed", "detail"}
    assert ("hit" in said) != ("fwd" in said), "either it was forwarded, or it was not"
    assert said.get("fwd", "miss") in _FORWARDED
    return said


@dataclass
class Clock:
    """A clock that stands until it is set."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


class Line(Behind):
    """Work that is done when the test says so. With `full`, none more is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.waiting: list[Callable[[], None]] = []

    def submit(self, work: Callable[[], None]) -> bool:
        """Put it in line, if there is room."""
        if not self.full:
            self.waiting.append(work)
        return not self.full

    def work(self) -> int:
        """Do what waits; how much that was."""
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()
        return len(waiting)


@dataclass
class Scene:
    """A cache over a source that gives `body`, or fails with `failure`; `more` are changes of its entries."""

    clock: Clock = field(default_factory=Clock)
    line: Line = field(default_factory=Line)
    store: Store = field(default_factory=lambda: Store(Memory(1_000_000)))
    body: bytes = b"first"
    failure: Exception | None = None
    quiet: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)  # by whom: "request" or "behind"

    def __post_init__(self) -> None:
        self.cache = Cache(self.store, self.line, self.clock)

    def wanted(self, spec: CacheSpec = SPEC, key: bytes = KEY, wait: float = 1.0) -> Wanted:
        """What a request wants."""
        return Wanted(
            key, spec, wait, lambda: self._read("request"), lambda: self._read("behind"), lambda: self.quiet, 0.0
        )

    def ask(self, spec: CacheSpec = SPEC, key: bytes = KEY, *, anew: bool = False) -> tuple[bytes, dict[str, Any]]:
        """The body that a request gets, and what its `Cache-Status` says."""
        served = self.served(spec, key, anew=anew)
        return served.kept.entry.body, status_of(served.status)

    def served(self, spec: CacheSpec = SPEC, key: bytes = KEY, *, anew: bool = False) -> Served:
        """What serves a request."""
        return self.cache.fetch(self.wanted(spec, key), anew=anew)

    def lacks(self) -> None:
        """From now on there is no such item."""
        self.body, self.more = b"", {"status": 404}

    def _read(self, by: str) -> Entry:
        self.read.append(by)
        if self.failure is not None:
            raise self.failure
        return replace(finished(self.body, self.clock.now, weak=False), **self.more)
