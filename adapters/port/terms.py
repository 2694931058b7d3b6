"""What the operator lays down for a source, and what the operator is told of it.

In charge of these values. It must not know who keeps them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Window:
    """A quiet window: local times of the source's zone; one that ends before it starts ends on the next day.

    `days` are those on which it starts, Monday is 0.
    """

    starts: dt.time
    ends: dt.time
    days: frozenset[int] = frozenset(range(7))
    reason: str = ""


Lane = Literal["interactive", "background"]
"""Who waits first: somebody before a screen, or work that nobody looks at (an export, a scan)."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a source that an operator wants to know. Never holds values."""

    source: str
    event: Literal["opened", "closed", "quiet", "awake", "refused", "retried", "abandoned", "returned", "spent"]
    text: str = ""


def _unnoticed(notice: Notice) -> None:
    """Where nobody listens."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a source may be used. Everything but `seconds` and `room` counts for all worker processes of a host together."""

    connections: int = 8  # open at any time
    seconds: float = 5.0  # a request may spend, queueing included, where it names no deadline
    workers: int = 1  # processes that share the connections
    room: int | None = None  # requests of one process that may be at a source that does not answer; None: any number
    timezone: str = "UTC"  # of the windows, and of a day
    quiet: tuple[Window, ...] = ()
    rows_per_day: int | None = None
    notice: Callable[[Notice], None] = _unnoticed


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is, as far as is known without asking it."""

    state: Literal["ok", "untried", "open", "probing", "quiet", "refused"]
    text: str = ""  # for operators: the last failure, or the window's reason
    until: float | None = None  # seconds until the state may change by itself, where that is known
    connections: int = 0  # of this process
    abandoned: int = 0  # statements of this process that were given up and have not come back
    exhausted: bool = False  # so many of them that this process should be replaced
    quiet_for: float = 0.0  # seconds since the quiet window that is on began
    leased: int = 0  # connections of all processes of the host
    rows_today: int = 0  # that they have read, where the terms bound a day's
