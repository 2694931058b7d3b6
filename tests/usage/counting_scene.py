"""What the tests of counting share: a clock that stands still, a state that may break, and forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.plan.forms import Form, text_of
from app.state import StateError
from app.state.usage import UsageKey
from app.usage.counting import DAY, Usage

NOON = 20_778 * DAY + 43_200.0  # of 2026-11-21, UTC
TODAY, TOMORROW = "2026-11-21", "2026-11-22"
ORDERS = text_of(Form("v1", "orders", fields=("number", "status"), filters=("status",)))
ORDER = text_of(Form("v1", "orders", item=True, fields=("number",)))
REST = text_of(Form("v1", "orders", bare=True))


@dataclass
class Book:
    """What was written. `broken`: it cannot be written."""

    now: float = NOON
    broken: bool = False
    counts: Counter[UsageKey] = field(default_factory=Counter)
    oldest: list[str] = field(default_factory=list)

    def usage(self, days: int = 400, seconds: float = 3600.0) -> Usage:
        """A count that is written here; by itself after so many seconds."""
        return Usage(self.write, days, seconds, lambda: self.now)

    def write(self, found: Mapping[UsageKey, int], oldest: str) -> None:
        """Write it down."""
        if self.broken:
            raise StateError("state: broken")
        self.oldest.append(oldest)
        self.counts.update(found)
