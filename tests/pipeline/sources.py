"""Sources around a source: one that counts what it is asked, one that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.port import Lane, Rows, Shape, Source
from app.gateway import Gateway
from app.observations import Observatory, Reader
from app.stages.cache import alone


@dataclass(slots=True)
class Counting:
    """Hands on what it is asked, and notes it. With `failure`, it fails instead."""

    source: Source
    failure: Exception | None = None
    asked: list[Shape] = field(default_factory=list)

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """The rows, or the failure."""
        self.asked.append(shape)
        if self.failure is not None:
            raise self.failure
        return self.source.run(shape, values, deadline, lane)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the source's own."""
        return getattr(self.source, name)


def watched(gateway: Gateway, *readers: Reader, **failures: Exception) -> tuple[Gateway, dict[str, Counting]]:
    """The gateway with an empty cache and sources that count, and fail where a failure is given for their name."""
    sources = {name: Counting(source, failures.get(name)) for name, source in gateway.sources.items()}
    known: Any = sources
    return replace(gateway, sources=known, cache=alone(1_000_000), observatory=Observatory(*readers)), sources
