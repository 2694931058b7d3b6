"""The gateway with a bare pool in place of its guard, to measure what the guard costs.

    python -m bench.peers.bare serve FOLDER --bind HOST:PORT ...     as `bascule serve`

A queue of connections and nothing else: the caller's own thread works on them, no deadline is kept, nothing is counted, no
process knows of another, and what dies stays dead. Everything around it is the gateway as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar

from adapters import postgresql, sqlite
from adapters.guard import Driver
from adapters.port import Health, Lane, Terms
from app.cli import main

T = TypeVar("T")


class BarePool:
    """What `adapters.sql` calls a gate, at its least. Each process has its share of the connections, opened when needed."""

    def __init__(self, name: str, driver: Driver, terms: Terms) -> None:
        del name
        self._driver, self._seconds = driver, terms.seconds
        self._share = max(1, terms.connections // terms.workers)
        self._resting: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self._share):
            self._resting.put(None)  # the right to open one

    def call(
        self, deadline: float | None, work: Callable[..., T], *arguments: Any, lane: Lane = "interactive"
    ) -> tuple[T, float, float]:
        """Call `work(connection, *arguments)`: its result, and the seconds waited and taken."""
        del deadline, lane
        asked = monotonic()
        connection = self._resting.get()
        try:
            if connection is None:
                connection = self._driver.connect(self._seconds)
            started = monotonic()
            result = work(connection, *arguments)
        except Exception as error:
            raise self._driver.translate(error) from error
        finally:
            self._resting.put(connection)
        return result, started - asked, monotonic() - started

    def charge(self, rows: int) -> None:
        """Nobody counts them."""

    def health(self) -> Health:
        """Nobody knows."""
        return Health("untried")

    def close(self) -> None:
        """Close what rests."""
        for _ in range(self._share):
            try:
                connection = self._resting.get_nowait()
            except Empty:
                return
            if connection is not None:
                connection.close()
            self._resting.put(None)


if __name__ == "__main__":
    for kind in (postgresql, sqlite):
        vars(kind).update(Guard=BarePool)
    main(prog_name="bare")
