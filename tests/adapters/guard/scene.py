"""A guard before a fake host, and what it tells.

In charge of the few moves that tests of the whole guard share.
"""

from __future__ import annotations

from time import monotonic

import pytest

from adapters.guard import Guard, breaker
from adapters.guard.board import OPEN_UNTIL
from adapters.port import Notice, SourceError, Terms
from tests.adapters.guard.fakes import PATIENCE, Connection, Host, fail_with


class Scene:
    """A host, a guard before it, and what it tells."""

    def __init__(self, connections: int = 2, seconds: float = PATIENCE) -> None:
        self.host = Host()
        self.told: list[Notice] = []
        self.guard = Guard("scene", self.host.driver(), Terms(connections, seconds, notice=self.told.append))

    def answer(self) -> int:
        """The number of the session that answers."""
        return self.guard.call(None, Connection.answer)[0]

    def fail(self, error: BaseException) -> None:
        """A call that fails so."""
        with pytest.raises(SourceError):
            self.guard.call(None, fail_with(error))

    def open_circuit(self) -> None:
        """Fail until the circuit opens."""
        for _ in range(breaker.LEAST_CALLS):
            self.fail(ConnectionError("down"))
        assert self.guard.health().state == "open"

    def end_pause(self) -> None:
        """The circuit's pause is over."""
        self.guard._board.write(OPEN_UNTIL, monotonic() - 0.001)

    def events(self) -> list[str]:
        """What was told, in order."""
        return [notice.event for notice in self.told]
