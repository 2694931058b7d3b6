"""What the tests of recall share: a gateway that is asked both ways, and what either of them draws, notes and tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

from app.callers.audit import Seals
from app.callers.buckets import Buckets, Draw
from app.callers.limits import Limits
from app.contract.model import LimitSpec, Rate
from app.exchange import Answer, Inbound
from app.observations import Served
from app.pipeline import respond
from app.recall import Recall
from tests.pipeline.kept_scene import CLOSED, LIMITED, ORDERS, Scene, opened

# What differs between two answers that are the same: moments, and what is left of a caller's limits.
TIMES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "Server-Timing": (re.compile(r".+"), "some"),
    "Age": (re.compile(r"\d+"), "some"),
    "Cache-Status": (re.compile(r"ttl=-?\d+"), "ttl=some"),
    "RateLimit": (re.compile(r"r=\d+;t=\d+"), "r=some;t=some"),
}


def timeless(answer: Answer) -> tuple[int, str, bytes, list[tuple[str, str]]]:
    """An answer without its times: status, type, body, and headers in their order."""
    headers = []
    for name, value in (*answer.headers, *answer.passing):
        pattern, said = TIMES.get(name, (None, ""))
        headers.append((name, value if pattern is None else pattern.sub(said, value)))
    return answer.status, answer.media_type, answer.body, headers


@dataclass
class Draws(Buckets):
    """Where limits are counted, and what was drawn."""

    drawn: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def draw(self, holder: str, draws: Sequence[Draw], now: float) -> tuple[int, int]:
        """Draw, and note what costs something."""
        found = super().draw(holder, draws, now)
        self.drawn += [each.what for each in draws if each.cost]
        return found


@dataclass
class Notes:
    """An audit that notes what it is told."""

    noted: list[Any] = field(default_factory=list)
    seals: Seals = field(default_factory=lambda: Seals("pepper"))

    def note(self, make: Callable[..., Any], *arguments: Any) -> None:
        """Make the event at once."""
        self.noted.append(make(*arguments))

    def write(self, event: Any) -> None:
        """The same."""
        self.noted.append(event)


@dataclass
class Both:
    """A gateway, its recall, and what either of them draws, notes and tells."""

    scene: Scene
    draws: Draws
    notes: Notes

    def __post_init__(self) -> None:
        self.recall = Recall(self.scene.gateway)

    def done(self) -> tuple[list[str], list[Any], list[Served]]:
        """What was drawn, noted and told since the last time, without times."""
        told = [each._replace(took=0.0, stages=(), age=0.0) for each in self.scene.told if isinstance(each, Served)]
        noted = [each._replace(at=0.0, took=0.0, cache=re.sub(r"ttl=\S+", "", each.cache)) for each in self.notes.noted]
        told = [each._replace(cache=re.sub(r"ttl=[-\d]+", "", each.cache)) for each in told]
        found = list(self.draws.drawn), noted, told
        for each in (self.draws.drawn, self.notes.noted, self.scene.told):
            each.clear()
        return found

    def recalled(self, inbound: Inbound) -> Answer | None:
        """What is recalled, while nobody can be asked; None has left no trace."""
        self.done()
        with silent(self.scene):
            known = self.recall.know(inbound)
            answer = None if known is None else self.recall.answer(known, inbound)
        if answer is None:
            assert self.done() == ([], [], [])
        return answer

    def agree(self, inbound: Inbound) -> bool:
        """Whether it was recalled; if so, answer and traces are those of the ordinary way."""
        recalled = self.recalled(inbound)
        if recalled is None:
            return False
        traces = self.done()
        ordinary = respond(self.scene.gateway, inbound)
        assert timeless(recalled) == timeless(ordinary)
        assert traces == self.done()
        return True


@contextmanager
def silent(scene: Scene) -> Iterator[None]:
    """Whoever asks a source or the state, or looks for an answer anywhere but in memory, fails its test."""
    cache, purges = scene.gateway.cache, scene.gateway.purges
    assert purges is not None
    store, state, sources = cache.store, purges._state, (scene.main, scene.side)
    cache.store = replace(store, host=_Nobody(), hosts=_Nobody(), disk=_Nobody())  # type: ignore[arg-type]  # never asked
    purges._state = _Nobody()  # type: ignore[assignment]  # as above
    kept = [each.source for each in sources]
    for each in sources:
        each.source = _Nobody()  # type: ignore[assignment]  # as above
    try:
        yield
    finally:
        cache.store, purges._state = store, state
        for each, source in zip(sources, kept, strict=True):
            each.source = source


class _Nobody:
    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was asked for")


@contextmanager
def both(folder: Path, security: str, limits: Limits | None = None, orders: str = ORDERS) -> Iterator[Both]:
    """The contract, with an audit; and with limits, where it has callers. Purges are asked for once, and then when one is made."""
    with opened(folder, security, orders=orders) as scene:
        draws, notes, opened_at = Draws(), Notes(), monotonic()
        assert scene.gateway.purges is not None
        scene.gateway.purges._inquiry._now = lambda: opened_at
        audit: Any = notes
        spec = LimitSpec("default", Rate(600, 60.0), 600)
        counted = None if security not in {CLOSED, LIMITED} else limits or Limits({"default": spec}, draws)
        yield Both(replace(scene, gateway=replace(scene.gateway, limits=counted, audit=audit)), draws, notes)
