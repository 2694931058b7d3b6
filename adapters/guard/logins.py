"""Log-ins: one at a time until one was accepted, and none after one was refused.

In charge of not locking a profile out: IBM i disables one after a few wrong passwords (QMAXSIGN), and others do alike. It
must not know how a log-in is made.
"""

from __future__ import annotations

from time import monotonic, sleep
from typing import Final

from adapters.guard.board import LOGIN_UNTIL, PROVED, REFUSED, Board
from adapters.port import Busy, Refused

LOGIN: Final = 5.0  # seconds that a log-in may take, even where the request that began it has less
_POLL: Final = 0.02


class Logins:
    """The log-ins of all processes at one source."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def await_turn(self, until: float) -> None:
        """Return when one may be made. Raises Refused if one was refused meanwhile, Busy if there is no turn by `until`."""
        while not self._board.read(PROVED):
            now = monotonic()
            if self._board.read(REFUSED):
                raise Refused("the log-in was refused just now")
            with self._board.locked():
                if self._board.read(LOGIN_UNTIL) < now:
                    self._board.write(LOGIN_UNTIL, now + LOGIN)
                    return
            if now + _POLL >= until:
                raise Busy("somebody else is logging in for the first time")
            sleep(_POLL)

    def accepted(self) -> None:
        """One was accepted: from now on a crowd may follow."""
        self._board.write(PROVED, 1)
        self._board.write(LOGIN_UNTIL, 0)

    def failed(self, *, refused: bool) -> bool:
        """One failed. Whether it is the first that was refused."""
        first = refused and not self._board.read(REFUSED)
        if first:
            self._board.write(REFUSED, 1)
        self._board.write(LOGIN_UNTIL, 0)
        return first
