"""The breaker: stops asking a source that does not answer, and finds out when it does again.

In charge of when the circuit opens and closes. It must not know connections: somebody else makes the trial that it asks for.
The numbers stand on the board, so that what one worker process learns spares the others.

The circuit opens when half of at least ten calls of the last 30 seconds failed, timed out or took longer than half the time
that they were given; when ten in a row did, or twice as many as there are connections if that is more, each that timed out
counting double; and when five log-ins in a row failed. The row is for a busy source that falls silent: what was good before
outnumbers for half a minute the few calls that can time out meanwhile. One reset of everything that is open is no row.

It stays open for a second, then two, then three, give or take a fifth; the first request after that has one trial made, and
nobody else goes near the source meanwhile. Bad queries, refused rows and full queues are no sign of illness and do not count.
"""

from __future__ import annotations

import random
from typing import Final

from adapters.guard.board import BAD_ROW, EPOCH, FAILED_LOGINS, OPEN_UNTIL, OPENINGS, PROBED_UNTIL, Board
from adapters.port import CircuitOpen

LEAST_CALLS: Final = 10
BAD_SHARE: Final = 0.5
LEAST_ROW: Final = 10  # bad calls in a row
TIMEOUT: Final = 2  # for how many of them one stands that timed out
LEAST_LOGINS: Final = 5
FIRST_PAUSE: Final = 1.0  # seconds
LONGEST_PAUSE: Final = 3.0  # so that a source that is back is served again within five seconds, trial included
SLOW_SHARE: Final = 0.5  # of the time that a call is given: a longer answer counts as a bad one
TRIAL: Final = 5.0  # seconds that a trial may need
_ALONE: Final = 2.5  # seconds until somebody else may make one too: this one hangs, or whoever made it is dead


class Breaker:
    """The circuit of one source. A call is given so many `seconds`, or what it was given expressly if that is more."""

    def __init__(self, board: Board, seconds: float, connections: int) -> None:
        self._board, self._seconds = board, seconds
        self._row = max(LEAST_ROW, 2 * connections)

    def due(self, now: float) -> bool:
        """Whether the caller is to try the source now. False: the circuit is closed. Raises CircuitOpen: it is open."""
        until = self._board.read(OPEN_UNTIL)
        if not until:
            return False
        if now >= until and self._elected(now):
            return True
        if not self._board.read(OPEN_UNTIL):
            return False  # somebody else's trial went well just now
        refusal = CircuitOpen("the source failed so often that it is left alone for a moment")
        refusal.retry_after = max(until - now, 1.0)
        raise refusal

    def is_slow(self, took: float, given: float = 0.0) -> bool:
        """Whether that many seconds are many for a call that was given so many."""
        return took > SLOW_SHARE * max(self._seconds, given)

    def good(self, now: float, took: float, given: float = 0.0) -> str:
        """A call was answered. Why the circuit opened, if that did it: slow answers can."""
        if self.is_slow(took, given):
            return self.bad(now, f"an answer took {took:.1f} s")
        self._board.count(now, good=True)
        if self._board.read(BAD_ROW):
            self._board.write(BAD_ROW, 0)
        return ""

    def bad(self, now: float, why: str, *, timed_out: bool = False) -> str:
        """A call failed or timed out. Why the circuit opened, if that did it."""
        self._board.count(now, good=False)
        row = self._board.add(BAD_ROW, TIMEOUT if timed_out else 1)
        good, bad = self._board.counted(now)
        if bad + good >= LEAST_CALLS and bad >= BAD_SHARE * (bad + good):
            return self._open(now, f"{bad} of {bad + good} calls failed: {why}")
        return self._open(now, f"no call went well lately: {why}") if row >= self._row else ""

    def logged_in(self) -> None:
        """A log-in was accepted."""
        if self._board.read(FAILED_LOGINS):
            self._board.write(FAILED_LOGINS, 0)

    def login_failed(self, now: float, why: str) -> str:
        """A log-in failed. Why the circuit opened, if that did it."""
        failed = self._board.add(FAILED_LOGINS, 1)
        return self._open(now, f"{failed:.0f} log-ins in a row failed: {why}") if failed >= LEAST_LOGINS else ""

    def tried(self, begun: float, *, well: bool) -> None:
        """How the trial ended: the circuit closes, or stays open for longer.

        Its pause counts from the trial's beginning, and leaves alone a circuit that another trial has closed meanwhile: who hangs
        tells nothing of how the source is now.
        """
        board = self._board
        with board.locked():
            board.write(PROBED_UNTIL, 0)
            if well:
                board.write(OPENINGS, 0)
                board.write(FAILED_LOGINS, 0)
                board.write(BAD_ROW, 0)
                board.forget()
                board.write(OPEN_UNTIL, 0)
            elif board.read(OPEN_UNTIL):
                board.write(OPEN_UNTIL, max(board.read(OPEN_UNTIL), begun + self._pause()))

    def open_for(self, now: float) -> float | None:
        """The seconds until the next trial; None: the circuit is closed."""
        until = self._board.read(OPEN_UNTIL)
        return max(0.0, until - now) if until else None

    def _open(self, now: float, why: str) -> str:
        with self._board.locked():
            if self._board.read(OPEN_UNTIL):
                return ""  # somebody else was first
            self._board.write(OPEN_UNTIL, now + self._pause())
            self._board.write(EPOCH, self._board.read(EPOCH) + 1)
        return why

    def _pause(self) -> float:
        """The next pause in seconds; each that follows without a success between them is longer. Call it locked."""
        openings = self._board.read(OPENINGS) + 1
        self._board.write(OPENINGS, openings)
        return min(FIRST_PAUSE * openings, LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311  # no secret

    def _elected(self, now: float) -> bool:
        with self._board.locked():
            if self._board.read(PROBED_UNTIL) > now or not 0 < self._board.read(OPEN_UNTIL) <= now:
                return False  # somebody tries it, or has tried it meanwhile
            self._board.write(PROBED_UNTIL, now + _ALONE)
            return True
