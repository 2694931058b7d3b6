"""Time that stands still for kept answers, so that none is a second older because the machine was busy with something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, time

import pytest

from app import pipeline, reading, recall
from app.kept import entry

TICK = 1e-6  # seconds


class Ticking:
    """A clock that goes on by a tick with each look, so that what comes later is later."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        """The time."""
        self.at += TICK
        return self.at


now = Ticking(monotonic())
wall = Ticking(int(time()) + 0.5)  # far from where one second ends and the next begins


@contextmanager
def time_stands() -> Iterator[None]:
    """Whoever reads an answer, keeps it or says how old it is looks at `now`; give it to the cache, too."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (entry, pipeline, reading, recall):
            patched.setattr(module, "monotonic", now)
        patched.setattr(entry, "time", wall)
        yield
