"""What the tests of keys share: a state in a file, clocks that tests set, a keyring, a manager."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.callers.key_manager import Grant, KeyManager
from app.callers.keys import Keyring
from app.state import KeyRecord, State, StateError
from tests.patient import FILE

PEPPER = b"pepper of the tests"
PLAIN = Grant("Acme")


@dataclass
class Clock:
    """A clock that stands still until it is told."""

    at: float

    def __call__(self) -> float:
        """What it shows."""
        return self.at


class Watched(State):
    """A state that counts what it is asked, and fails while `down`."""

    down = False

    def __init__(self, url: str, folder: Path, clock: Clock) -> None:
        super().__init__(url, folder, clock)
        self.asked: list[str] = []

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.down:
            raise StateError("state nowhere: gone")

    def revision(self) -> int:
        """Counted."""
        self._ask("revision")
        return super().revision()

    def api_keys(self) -> list[KeyRecord]:
        """Counted."""
        self._ask("keys")
        return super().api_keys()

    def note_uses(self, uses: Mapping[str, float]) -> None:
        """Counted."""
        self._ask("uses")
        super().note_uses(uses)


@dataclass
class Scene:
    """A worker's keyring, and the manager of another process."""

    folder: Path
    wall: Clock = field(default_factory=lambda: Clock(1_700_000_000.0))
    monotonic: Clock = field(default_factory=lambda: Clock(5_000.0))

    def __post_init__(self) -> None:
        self.state = Watched(FILE, self.folder, self.wall)
        self.keyring = Keyring(self.state, PEPPER, self.wall, self.monotonic)
        self.elsewhere = State(FILE, self.folder, self.wall)
        self.manager = KeyManager(self.elsewhere, PEPPER, self.wall)

    def key(self, grant: Grant = PLAIN) -> str:
        """The text of a new key that the keyring knows of."""
        text, _ = self.manager.create(grant)
        self.look_again()
        return text

    def look_again(self) -> None:
        """Let the time pass after which a worker asks again."""
        self.monotonic.at += 1.0

    def close(self) -> None:
        """End it."""
        self.state.down = False
        self.keyring.close()
        self.state.close()
        self.elsewhere.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A scene over an empty state."""
    made = Scene(tmp_path)
    yield made
    made.close()
