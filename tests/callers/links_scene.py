"""What the tests of links share: a plan with a customer's orders, a state, a clock, and both ends of a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.callers.link import Link
from app.callers.link_manager import LinkManager, Wish
from app.callers.links import SECRET, Links
from app.callers.watch import Watch
from app.plan.model import Plan
from app.state import State
from tests.callers.keys_scene import Clock
from tests.patient import FILE
from tests.plan import contracts
from tests.plan.contracts import ORDERS, changed

GUARDED = (
    changed(ORDERS, ("total: {column: ORDTOT,", "total: {scope: finance:read, column: ORDTOT,"))
    + """\
access:
  read: orders:read
  rows: {customer: claim:customer}
  rows_exempt: orders:all
"""
)
DAY = 86_400.0
ACME = {"customer": ("C1001",)}


@dataclass
class Scene:
    """A worker that serves links, and the manager of another process."""

    folder: Path
    plan: Plan
    wall: Clock = field(default_factory=lambda: Clock(1_700_000_000.0))
    monotonic: Clock = field(default_factory=lambda: Clock(5_000.0))

    def __post_init__(self) -> None:
        self.state = State(FILE, self.folder, self.wall)
        self.links = Links(self.state.secret(SECRET), self.state, Watch(self.state, self.monotonic), self.wall)
        self.elsewhere = State(FILE, self.folder, self.wall)
        self.manager = LinkManager(self.elsewhere.secret(SECRET), self.elsewhere, self.wall)

    def link(self, **changes: Any) -> str:
        """The text of a new link."""
        text, _ = self.manager.create(self.plan, wish(**changes))
        return text

    def open(self, text: str) -> Link:
        """What the worker takes the text for, after the time in which it asks what has changed."""
        self.monotonic.at += 1.0
        return self.links.open(text)

    def close(self) -> None:
        """End it."""
        self.links.close()
        self.state.close()
        self.elsewhere.close()


def wish(**changes: Any) -> Wish:
    """Number and status of a customer's order, for 30 days, with changes."""
    words: dict[str, Any] = {
        "path": "/v1/orders/0004711",
        "fields": ("number", "status"),
        "lifetime": 30 * DAY,
        "claims": ACME,
        **changes,
    }
    return Wish(**words)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A scene over an empty state."""
    plan = contracts.plan(tmp_path / "contract", {"v1/orders.yaml": GUARDED})
    made = Scene(tmp_path, plan)
    yield made
    made.close()
