"""Database servers that may be killed, each with the same table: what a gateway of the fault suite reads.

In charge of what differs between them, in a `Plant`, and of the rows that every one of them holds. It must not know the
gateway beyond the words of a contract.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg

from tests.adapters.postgres import Server, required_binaries

PARTS: Final = 200
BINS: Final = 10  # parts are spread over so many bins, evenly
NAP: Final = 0.6  # seconds that a statement of `/v1/naps` takes: less than what the gateway calls slow
BROKEN: Final = "the disk is on fire"

_PATIENCE: Final = 60.0  # seconds

_OURS: Final = "FROM pg_stat_activity WHERE application_name = 'bascule'"
_NAPPING: Final = f"{_OURS} AND wait_event = 'PgSleep'"  # one that is only prepared is active, too


def name_of(number: int) -> str:
    """The name of a part: no other part has it, and every character tells whose it is."""
    return f"Part {number} " + chr(65 + number % 26) * 12


class Plant(ABC):
    """A database server. `port` is where it listens; a proxy may be put before it."""

    kind: str
    port: int
    cancels_gently = True  # a cancelled statement leaves its session as it was

    @abstractmethod
    def source(self, port: int) -> str:
        """What gateway.yaml says of it, by way of this port: the inside of a flow mapping."""

    def environment(self, port: int) -> Mapping[str, str]:  # noqa: ARG002  # a plant that needs nothing
        """What a gateway that reaches it by way of this port needs in its environment."""
        return {}

    @abstractmethod
    def naps(self, seconds: float = NAP) -> str:
        """SQL text: the parts, so many seconds late."""

    @abstractmethod
    def start(self) -> None:
        """Start it, again if need be, and return when it answers."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it for good."""

    @abstractmethod
    def kill(self) -> None:
        """End all of it by SIGKILL."""

    @abstractmethod
    def napping(self) -> int:
        """The statements of `naps` that it runs now."""

    @abstractmethod
    def await_up(self) -> None:
        """Wait until it answers, after a session was killed."""

    @abstractmethod
    def sessions(self) -> int:
        """The gateway's sessions that the server has open now."""

    @abstractmethod
    def logins(self) -> int:
        """The gateway's sessions that it has ever opened."""


class Postgresql(Plant):
    """PostgreSQL. A killed backend takes every other session with it, and the server recovers by itself."""

    kind = "postgresql"

    def __init__(self, folder: Path) -> None:
        self._server = Server(required_binaries(), folder, {"log_connections": "on", "log_min_messages": "warning"})
        self.port = self._server.port
        self._server.start()
        self._execute(
            'CREATE TABLE "PART" ("PTNO" INTEGER PRIMARY KEY, "PTNAME" VARCHAR(40) NOT NULL, "PTBIN" INTEGER NOT NULL)',
            'CREATE INDEX ON "PART" ("PTBIN", "PTNO")',
            f"""CREATE FUNCTION broken() RETURNS integer LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION '{BROKEN}' USING ERRCODE = '58030'; END $$""",
        )
        with psycopg.connect(self._server.url) as connection:
            rows = [(number, name_of(number), number % BINS) for number in range(1, PARTS + 1)]
            connection.cursor().executemany('INSERT INTO "PART" VALUES (%s, %s, %s)', rows)

    def source(self, port: int) -> str:
        return f'kind: postgresql, url: "postgresql://bascule@127.0.0.1:{port}/postgres"'

    def naps(self, seconds: float = NAP) -> str:
        return f'SELECT p.* FROM "PART" AS p, pg_sleep({seconds})'

    def broken(self) -> str:
        """SQL text that fails at the server as a broken disk does: SQLSTATE 58030, io_error."""
        return 'SELECT p."PTNO", p."PTNAME", broken() AS "PTBIN" FROM "PART" AS p'

    def failures(self) -> int:
        """How often a statement of `broken` was tried."""
        return self._server.log().count(f"ERROR:  {BROKEN}")

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def kill(self) -> None:
        self._server.kill()

    def kill_session(self) -> None:
        """End by SIGKILL one process that runs a statement of the gateway, as soon as one does."""
        until = time.monotonic() + _PATIENCE
        while not (pids := self._column(f"SELECT pid {_NAPPING} LIMIT 1")):
            assert time.monotonic() < until, "nothing is in mid-query"
        os.kill(pids[0], signal.SIGKILL)

    def await_up(self) -> None:
        self._server.await_up()

    def napping(self) -> int:
        return len(self._column(f"SELECT pid {_NAPPING}"))

    def sessions(self) -> int:
        return len(self._column(f"SELECT pid {_OURS}"))

    def logins(self) -> int:
        lines = self._server.log().splitlines()
        return sum("connection authorized" in line and "application_name=bascule" in line for line in lines)

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(self._server.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def _column(self, query: str) -> list[int]:
        with psycopg.connect(self._server.url) as connection:
            return [row[0] for row in connection.execute(query.encode()).fetchall()]


@contextlib.contextmanager
def postgresql() -> Iterator[Postgresql]:
    """A PostgreSQL server of one's own for the length of a block."""
    with TemporaryDirectory(prefix="bascule-faults-") as folder:
        plant = Postgresql(Path(folder))
        try:
            yield plant
        finally:
            plant.stop()
