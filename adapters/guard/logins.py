"""Log-ins: one at a time until one was accepted, and none after one was refused.

In charge of not locking a profile out: IBM i disables one after a few wrong passwords (QMAXSIGN), and others do alike. That
one was accepted this morning says nothing of tonight, when the password has expired: after a minute the first is alone
again. It must not know how a log-in is made.
"""

from __future__ import annotations

from time import monotonic, sleep
from typing import Final

from adapters.guard.board import LOGIN_UNTIL, PROVED, REFUSED, Board
from adapters.port import Refused, TimedOut

LOGIN: Final = 5.0  # seconds that a log-in may take, even where the request that began it has less
TRUST: Final = 60.0  # seconds for which a log-in that was accepted speaks for the next ones
_POLL: Final = 0.02


class Logins:
    """The log-ins of all processes at one source."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def await_turn(self, until: float) -> None:
        """Return when one may be made. Raises Refused if one was refused meanwhile, TimedOut if there is no turn by `until`.

        Who goes alone has as long as he may take for his log-in.
        """
        while True:
            now = monotonic()
            if self._board.read(REFUSED):
                raise Refused("the log-in was refused just now")
            if self._is_proved(now) or self._goes_alone(now, max(until, now + LOGIN)):
                return
            if now + _POLL >= until:
                raise TimedOut("somebody else's log-in takes too long")
            sleep(_POLL)

    def _is_proved(self, now: float) -> bool:
        """Whether one was accepted lately."""
        return self._board.read(PROVED) > max(0.0, now - TRUST)

    def _goes_alone(self, now: float, until: float) -> bool:
        """Whether it is the caller who tries."""
        with self._board.locked():
            if self._board.read(LOGIN_UNTIL) >= now or self._board.read(REFUSED):
                return False  # the turn may be free because the log-in before was refused just now
            self._board.write(LOGIN_UNTIL, until)
            return True

    def accepted(self) -> None:
        """One was accepted: from now on a crowd may follow."""
        self._board.write(PROVED, monotonic())
        self._board.write(LOGIN_UNTIL, 0)

    def failed(self, *, refused: bool) -> bool:
        """One failed. Whether it is the first that was refused."""
        first = refused and not self._board.read(REFUSED)
        if first:
            self._board.write(REFUSED, 1)
        self._board.write(LOGIN_UNTIL, 0)
        return first
