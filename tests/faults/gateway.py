"""A gateway of several workers over two sources: one behind a fault proxy, one that is always well.

In charge of the contract, of asking, and of telling a right answer from a wrong one. It must not know what a fault is.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from tests.faults.plants import BINS, PARTS, Plant, name_of
from tests.faults.proxy import FaultProxy
from tests.serving.running import Running

DEADLINE: Final = 2.0  # seconds a request may spend at the source behind the proxy
CONNECTIONS: Final = 4
WORKERS: Final = 2
THREADS: Final = 8

# Seconds after which an answer has hung, on a machine with much else to do. How close answers come to the deadline is
# measured by bench/guard.py: a test only proves that they come.
HANGS: Final = 10 * DEADLINE
BREATH: Final = 0.02  # seconds between a client's requests
PATIENCE: Final = 90.0  # seconds for a source to be well again

_GATEWAY: Final = """\
title: Faults
security: open
sources:
  legacy: {{{legacy}, connections: {connections}, deadline: {deadline}s}}
  archive: {{kind: sqlite, path: archive.db, deadline: 30s}}
"""
_PARTS: Final = """\
resource: {name}
source: {source}
{origin}
key: number
fields:
  number: {{column: PTNO, type: integer}}
  name: {{column: PTNAME, type: string}}
  bin: {{column: PTBIN, type: integer}}
filter: [bin]
sort: [number]
"""


def write_contract(folder: Path, source: str, queries: Mapping[str, str], deadline: float = DEADLINE) -> Path:
    """A folder with `parts` and one resource for each query behind the proxy, and `papers` that are always there."""
    (folder / "v1").mkdir(parents=True)
    (folder / "queries").mkdir()
    gateway = _GATEWAY.format(legacy=source, connections=CONNECTIONS, deadline=deadline)
    (folder / "gateway.yaml").write_text(gateway, encoding="utf-8")
    (folder / "v1" / "version.yaml").write_text("status: current\n", encoding="utf-8")
    _write_parts(folder, "parts", "legacy", "table: PART")
    _write_parts(folder, "papers", "archive", "table: PART")
    for name, text in queries.items():
        (folder / "queries" / f"{name}.sql").write_text(text, encoding="utf-8")
        _write_parts(folder, name, "legacy", f"query: {name}.sql")
    _write_archive(folder / "archive.db")
    return folder


def _write_parts(folder: Path, name: str, source: str, origin: str) -> None:
    text = _PARTS.format(name=name, source=source, origin=origin)
    (folder / "v1" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _write_archive(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE PART (PTNO INTEGER PRIMARY KEY, PTNAME VARCHAR(40) NOT NULL, PTBIN INTEGER NOT NULL)"
    )
    rows = [(number, name_of(number), number % BINS) for number in range(1, PARTS + 1)]
    connection.executemany("INSERT INTO PART VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()


def part(number: int) -> dict[str, Any]:
    """The item that every source holds under a number."""
    return {"number": number, "name": name_of(number), "bin": number % BINS}


def bin_of(number: int) -> list[dict[str, Any]]:
    """The items of a bin, in order: what a list filtered by it has to give, whole."""
    return [part(each) for each in range(1, PARTS + 1) if each % BINS == number]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `right`: of a 200, that it is the very item or page that was asked for. `took` in seconds."""

    status: int
    took: float
    body: Any
    right: bool
    retry_after: str | None = None

    @property
    def code(self) -> str:
        """The problem's code; empty for an answer that is none."""
        return self.body.get("code", "") if isinstance(self.body, dict) else ""


@dataclass
class Site:
    """A running gateway, the database behind its source `legacy`, and the proxy between the two."""

    plant: Plant
    proxy: FaultProxy
    running: Running
    _asked: int = field(default=0, init=False)

    def item(self, resource: str = "parts", number: int = 1) -> Reply:
        """Ask for one item."""
        return self._ask(f"/v1/{resource}/{number}", part(number))

    def page(self, number: int, resource: str = "parts") -> Reply:
        """Ask for all the items of a bin."""
        wanted = {"data": bin_of(number), "page": {"limit": 50, "next": None}}
        return self._ask(f"/v1/{resource}?bin={number}&limit=50", wanted)

    def any(self, resource: str = "parts") -> Reply:
        """Ask for the next item, or for a page where it is its turn."""
        self._asked += 1
        turn = self._asked
        return self.page(turn % BINS, resource) if turn % 4 == 0 else self.item(resource, 1 + turn * 7 % PARTS)

    def at_once(self, count: int, ask: Callable[[], Reply], width: int | None = None) -> list[Reply]:
        """Ask so often, `width` requests at a time (None: all of them)."""
        with ThreadPoolExecutor(width or count) as crowd:
            return [each.result() for each in [crowd.submit(ask) for _ in range(count)]]

    @contextmanager
    def asking(self, ask: Callable[[], Reply], width: int) -> Iterator[list[Reply]]:
        """So many clients that ask again and again for the length of a block; their replies, as they come."""
        replies: list[Reply] = []
        leave = threading.Event()

        def client() -> None:
            while not leave.is_set():
                replies.append(ask())
                leave.wait(BREATH)

        with ThreadPoolExecutor(width) as crowd:
            clients = [crowd.submit(client) for _ in range(width)]
            try:
                yield replies
            finally:
                leave.set()
            for each in clients:
                each.result()

    def warm(self) -> None:
        """Have every connection of every worker open, as after some hours of service."""
        self.recover()
        self.at_once(8 * CONNECTIONS, self.any, 2 * CONNECTIONS)

    def recover(self) -> None:
        """Wait until the source is read again: several answers in a row, so that each worker had its turn."""
        row, until = 0, time.monotonic() + PATIENCE
        while row < 4 * WORKERS:
            reply = self.any()
            row = row + 1 if reply.right else 0
            assert time.monotonic() < until, f"not well again: {reply}\n{self.running.log()}"
            time.sleep(0 if row else 0.1)

    def reach_full_strength(self) -> None:
        """Wait until as many statements run at the source as the contract allows, and prove that there are no more sessions.

        Those that were lost on a dead line are the server's until it notices, or until they come back and are closed. On a busy
        machine some are replaced later still; a gateway that leaked them, or granted too many, would never be well for long.
        """
        with self.asking(lambda: self.item("naps"), 3 * CONNECTIONS):
            self.running.wait(lambda: self.plant.napping() == CONNECTIONS, "all connections are in use")
            self.running.wait(self._keeps_within, f"for half a second, no more than {CONNECTIONS} sessions")

    def _keeps_within(self) -> bool:
        """Whether there are no more sessions than allowed, ten looks long.

        One that is replaced stands beside its successor for a moment, until the proxy has passed its end on.
        """
        found = []
        for _ in range(10):
            found.append(self.plant.sessions())
            time.sleep(0.05)
        return all(min(pair) <= CONNECTIONS for pair in pairwise(found))

    def await_event(self, event: str) -> None:
        """Wait until the log tells that something has happened to the source."""
        self.running.wait(lambda: self.told(event) > 0, f"the log tells {event!r}")

    def told(self, event: str) -> int:
        """How often the log told that something happened to a source."""
        return self.running.log().count(f"event='{event}'")

    def threads(self) -> int:
        """The threads of all workers."""
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self.running.workers())

    def _ask(self, path: str, wanted: object) -> Reply:
        started = time.monotonic()
        status, headers, raw = self.running.get(path)
        took = time.monotonic() - started
        body = json.loads(raw)
        return Reply(status, took, body, status == 200 and body == wanted, headers["Retry-After"])


@contextmanager
def opened(
    plant: Plant, folder: Path, queries: Mapping[str, str], deadline: float = DEADLINE, *, workers: int = WORKERS
) -> Iterator[Site]:
    """A gateway over a plant, by way of a proxy of its own, for the length of a block."""
    with FaultProxy(plant.port) as proxy:
        contract = write_contract(folder / "contract", plant.source(proxy.port), queries, deadline)
        scale = ("--workers", str(workers), "--threads", str(THREADS))
        with patch.dict(os.environ, plant.environment(proxy.port)):
            running = Running.start(contract, folder / "gateway.log", *scale)
        try:
            running.wait(lambda: len(running.workers()) == workers, "every worker runs")
            yield Site(plant, proxy, running)
        finally:
            running.end()
