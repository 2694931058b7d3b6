"""A state of each kind, empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.state import State, ledger, metadata
from tests.adapters.postgres import postgres_url
from tests.patient import FILE

__all__ = ["postgres_url"]


@pytest.fixture(autouse=True)
def nobody_writes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a test takes, what was counted is written when it says so."""
    monkeypatch.setattr(ledger, "FLUSH_SECONDS", 3600.0)


@pytest.fixture(params=["file", "memory", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    """A state in a file, in memory, in PostgreSQL."""
    places = {"file": FILE, "memory": "sqlite://"}
    opened = State(places.get(request.param) or request.getfixturevalue("postgres_url"), tmp_path, lambda: 1_000.0)
    yield opened
    metadata.drop_all(opened.engine)
    opened.close()
