"""Admission: whether a source may be asked at all, and how it is, before anybody reaches for a connection.

In charge of quiet windows, the day's rows, refused credentials, the room in this process and how many threads it may lose.
It must not know connections.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from adapters.guard.board import PROVED, REFUSED, Board
from adapters.guard.breaker import Breaker
from adapters.guard.calendar import Calendar
from adapters.port import Busy, Health, Quiet, Refused, Spent, Terms, Unavailable

PATIENCE: Final = 0.5  # seconds for which a quick answer vouches for the source

Tell = Callable[[str, str], None]
"""Tells an operator: the event of a Notice, and its text."""


class Admission:
    """The door to one source. `last` is the last failure there, in the driver's words."""

    def __init__(self, terms: Terms, board: Board, breaker: Breaker, tell: Tell) -> None:
        self._terms, self._board, self._breaker, self._tell = terms, board, breaker, tell
        self._most_lost = max(8, 2 * terms.connections)
        self.calendar = Calendar(terms.quiet, terms.timezone)
        self.last = ""
        self.forked()

    def forked(self) -> None:
        """Begin in a new process."""
        self._inside = 0
        self._vouched = 0.0  # when a request was answered quickly, or came to a source where nobody was
        self._counting = threading.Lock()
        self._quiet = False
        self._spent_on = 0

    def enter(self, now: float) -> None:
        """Count a request in. Raises Busy where the room is full and no quick answer has come for a while.

        So a source that hangs or is slow keeps no more threads than its room, while one that answers may have them all.
        """
        with self._counting:
            room = self._terms.room
            if not self._inside:
                self._vouched = now
            elif room is not None and self._inside >= room and now - self._vouched > PATIENCE:
                refusal = Busy(f"{self._inside} requests of this process are at the source, which answers slowly")
                refusal.retry_after = 1.0
                raise refusal
            self._inside += 1

    def leave(self, now: float, took: float) -> None:
        """Count it out: answered in so many seconds, waiting included; infinitely many where it was not answered."""
        with self._counting:
            self._inside -= 1
            if took < PATIENCE:
                self._vouched = now

    def check(self, now: float, lost: int) -> None:
        """Raise what stands against asking the source now: Quiet, Spent, Refused, or too many `lost` threads."""
        if self._terms.quiet:
            self._respect_quiet(now)
        if self._terms.rows_per_day is not None:
            self._respect_budget(self._terms.rows_per_day)
        if self._board.read(REFUSED):
            raise Refused(f"the log-in was refused, and is not tried again before a restart or reload: {self.last}")
        if lost >= self._most_lost:
            raise Unavailable(f"{lost} statements were given up and have not come back")

    def charge(self, rows: int) -> None:
        """So many rows were read: they count for the day."""
        if self._terms.rows_per_day is not None:
            self._board.charge(self.calendar.today(), rows)

    def health(self, now: float, connections: int, abandoned: int) -> Health:
        """How the source is."""
        known = self._state(now)
        return replace(
            known,
            connections=connections,
            abandoned=abandoned,
            exhausted=abandoned >= self._most_lost,
            leased=self._board.leased(),
            rows_today=self._board.charged(self.calendar.today()) if self._terms.rows_per_day is not None else 0,
        )

    def _state(self, now: float) -> Health:
        nap = self.calendar.nap(now)
        if nap is not None:
            until, since = self.calendar.seconds_until(nap.until), self.calendar.seconds_since(nap.since)
            return Health("quiet", nap.window.reason, until, quiet_for=since)
        pause = self._breaker.open_for(now)
        if self._board.read(REFUSED):
            return Health("refused", self.last)
        if pause is not None:
            return Health("open" if pause else "probing", self.last, pause)
        return Health("ok" if self._board.read(PROVED) else "untried")

    def _respect_quiet(self, now: float) -> None:
        nap = self.calendar.nap(now)
        if (nap is not None) != self._quiet:
            self._quiet = nap is not None
            self._tell("quiet" if nap else "awake", nap.window.reason if nap else "")
        if nap is None:
            return
        refusal = Quiet(f"quiet until {nap.until:%Y-%m-%d %H:%M %Z}", nap.until, nap.window.reason)
        refusal.retry_after = self.calendar.seconds_until(nap.until)
        raise refusal

    def _respect_budget(self, most: int) -> None:
        today = self.calendar.today()
        spent = self._board.charged(today)
        if spent < most:
            return
        refusal = Spent(f"{spent} rows were read today; the contract grants {most}")
        refusal.retry_after = self.calendar.seconds_until(self.calendar.tomorrow())
        if self._spent_on != today:
            self._spent_on = today
            self._tell("spent", str(refusal))
        raise refusal
