"""Orders in a PostgreSQL that logs every statement, the gateway that keeps them, and the hand-written application that does not.

A fault proxy stands between each of the two and the database.

In charge of starting them and of counting statements where they arrive. It must not know who asks, nor for what.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import harness, plants
from tests.adapters.postgres import Server
from tests.faults.kept import statements_over
from tests.faults.proxy import FaultProxy
from tests.serving.running import Running

THREADS: Final = 8  # of each worker
CONNECTIONS: Final = 16  # to the database, of each of the two
ORDERS: Final = 20_000
GATEWAY, BY_HAND = "bascule", "Flask, by hand"


@dataclass(frozen=True, slots=True)
class Data:
    """The demo plant without caching, PostgreSQL with its orders, and their numbers."""

    plant: Path
    server: Server
    orders: tuple[int, ...]

    def statements(self) -> int:
        """How many statements over orders have arrived, ever."""
        return statements_over(plants.TABLE, self.server.log())


@dataclass(frozen=True, slots=True)
class Subject:
    """One that is asked. `pid` is that of the process that replaces its workers on HUP, `line` its way to the database."""

    name: str
    port: int
    pid: int
    line: FaultProxy

    def item(self, number: int) -> str:
        """The path of an order."""
        return f"/v1/orders/{number:07}" if self.name == GATEWAY else f"/v1/orders/{number}"

    def deploy(self) -> None:
        """Have all workers replaced."""
        os.kill(self.pid, signal.SIGHUP)


@contextmanager
def data() -> Iterator[Data]:
    """The database, for the length of a block."""
    with tempfile.TemporaryDirectory() as directory:
        plant = plants.uncached_plant(Path(directory) / "plant")
        with sqlite3.connect(plant / "erp.db") as connection:
            query = f"SELECT ORDNO FROM {plants.TABLE} WHERE ACREC = 'A' ORDER BY ORDNO LIMIT {ORDERS}"
            orders = tuple(int(number) for (number,) in connection.execute(query))
        with plants.server(plant / "erp.db", {"log_statement": "all"}) as server:
            yield Data(plant, server, orders)


@contextmanager
def gateway(data: Data, cache: str, workers: int) -> Iterator[Subject]:
    """The gateway, whose orders are kept so."""
    with FaultProxy(data.server.port) as line, tempfile.TemporaryDirectory() as directory:
        url = data.server.url.replace(f":{data.server.port}/", f":{line.port}/")
        source = f'{{kind: postgresql, url: "{url}", connections: {CONNECTIONS}, deadline: 2s}}'
        contract = plants.orders_alone(Path(directory) / "contract", data.plant, source)
        with (contract / "v1" / "orders.yaml").open("a", encoding="utf-8") as text:
            text.write(f"cache: {{{cache}}}\n")
        scale = ("--workers", str(workers), "--threads", str(THREADS))
        running = Running.start(contract, Path(directory) / "log", *scale)
        try:
            running.wait(lambda: len(running.workers()) == workers, "every worker runs")
            yield Subject(GATEWAY, running.port, running.process.pid, line)
        finally:
            running.end()


@contextmanager
def by_hand(data: Data, workers: int) -> Iterator[Subject]:
    """The hand-written application, as `bench.read` has it."""
    with FaultProxy(data.server.port) as line:
        url = data.server.url.replace(f":{data.server.port}/", f":{line.port}/")
        port = harness.free_port()
        scale = ("-k", "gthread", "--workers", str(workers), "--threads", str(THREADS), "--keep-alive", "5")
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            *scale,
            "-b",
            f"127.0.0.1:{port}",
            "bench.peers.handwritten:wsgi()",
        ]
        env = {"PEER_DATABASE": url.replace("postgresql:", "postgresql+psycopg:")}
        with harness.serving(BY_HAND, command, port, env, "/v1/orders?limit=1") as server:
            yield Subject(BY_HAND, port, server.pid, line)
