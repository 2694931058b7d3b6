"""The scene that tests of the whole guard play in, and the patience that it has there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.guard import guard, pool, undertaker, watchdog
from tests.adapters.guard.fakes import FOREVER, PATIENCE, eventually, threads
from tests.adapters.guard.scene import Scene


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the guard's is over because the machine is busy; a test whose subject is one of these times sets it."""
    monkeypatch.setattr(guard, "PING", PATIENCE)
    monkeypatch.setattr(guard, "TRIAL", FOREVER)
    monkeypatch.setattr(pool, "QUEUE", PATIENCE)
    monkeypatch.setattr(pool, "CLOSING", FOREVER)
    monkeypatch.setattr(undertaker, "OVERDUE", FOREVER)
    monkeypatch.setattr(watchdog, "_AGAIN", PATIENCE)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A scene that ends with no session, no lease and no thread."""
    before = threads()
    made = Scene()
    yield made
    made.guard.close()
    eventually(lambda: made.guard._board.held() == (0, 0))
    eventually(lambda: made.host.open == 0)
    eventually(lambda: threads() <= before)  # that of a link that broke ends by itself
