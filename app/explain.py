"""Explain: the statements that a request sends, and how each source would run them. For people; nothing else reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.port import Lane, Rows, Shape, Source
from app.exchange import Answer, Inbound, quoted
from app.gateway import Gateway
from app.pipeline import respond
from app.stages.cache import alone


@dataclass(frozen=True, slots=True)
class Explained:
    """One statement: its source, its text with literals, the rows it brought, and the source's own plan of it."""

    source: str
    statement: str
    rows: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Recorder:
    """A source that remembers what it was asked."""

    source: Source
    asked: list[tuple[str, Shape, tuple[Any, ...], int]] = field(default_factory=list)

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        rows = self.source.run(shape, values, deadline, lane)
        self.asked.append((self.source.name, shape, tuple(values), len(rows.rows)))
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


def explain(gateway: Gateway, url: str) -> tuple[Answer, list[Explained]]:
    """Answer `url` (a path, perhaps with a query) past the cache, uncounted; give the answer and what was sent for it."""
    asked: list[tuple[str, Shape, tuple[Any, ...], int]] = []
    sources: dict[str, Any] = {name: _Recorder(source, asked) for name, source in gateway.sources.items()}
    watched = replace(gateway, sources=sources, cache=alone(0), usage=None)
    path, _, query = quoted(url.encode().decode("latin-1")).partition("?")
    answer = respond(watched, Inbound("GET", path, query, request_id="explain"))
    return answer, [
        Explained(
            name,
            gateway.sources[name].render(shape, values),
            rows,
            tuple(gateway.sources[name].explain(shape, values).splitlines()),
        )
        for name, shape, values, rows in asked
    ]
