"""What the tests of purges share: a state in a file that other processes purge in, clocks that tests set, a worker's knowledge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.kept.purges import ASK, Purges
from app.state import State, StateError, metadata
from tests.callers.keys_scene import Clock
from tests.patient import FILE

PATIENT = 60.0  # seconds after which what must come fails its test
ITEM = ("item:v1/orders/4711", "resource:v1/orders", "table:erp/ORDHDR", "source:erp")
OTHER = ("item:v1/orders/4712", "resource:v1/orders", "table:erp/ORDHDR", "source:erp")
LIST = ("lists:v1/orders", "resource:v1/orders", "table:erp/ORDHDR", "source:erp")


class Watched(State):
    """A state that counts how often it is asked, and fails while `down`."""

    down = False
    asked = 0

    def last_purge(self) -> int:
        """Counted."""
        self.asked += 1
        if self.down:
            raise StateError("state nowhere: gone")
        return super().last_purge()


@dataclass
class Scene:
    """What a worker knows of a state that other processes purge in."""

    folder: Path
    wall: Clock = field(default_factory=lambda: Clock(1_700_000_000.0))
    monotonic: Clock = field(default_factory=lambda: Clock(5_000.0))

    def __post_init__(self) -> None:
        self.state = Watched(FILE, self.folder, self.wall)
        self.purges = Purges(self.state, self.monotonic)
        self.elsewhere = State(FILE, self.folder, self.wall)

    def purge(self, *tags: str) -> int:
        """Purge in another process."""
        self.wall.at += 1
        return self.elsewhere.purge(tags, "key:1")

    def later(self) -> int:
        """What is known when it is time to ask again."""
        self.monotonic.at += ASK
        return self.purges.generation()

    def lose(self) -> None:
        """Have the state made anew."""
        self.wall.at += 1
        metadata.drop_all(self.elsewhere.engine)
        metadata.create_all(self.elsewhere.engine)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A scene over an empty state."""
    made = Scene(tmp_path)
    yield made
    made.state.close()
    made.elsewhere.close()
