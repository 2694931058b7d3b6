"""A page in process: what the gateway takes for it, beside what the driver alone takes to fetch its rows.

The driver's own fetch is the least that any program over that driver needs: the same statement, prepared where the driver can,
over a connection that is open, and nothing done with the rows. Both are processor time of the whole process, in turn.
"""

from __future__ import annotations

import gc
import importlib
import statistics
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from time import process_time
from typing import Any, Final

import psycopg

from app.assembly import compile_folder, open_gateway
from app.exchange import Inbound
from app.observations import Observatory
from app.pipeline import respond
from app.settings import Settings
from bench import harness
from bench.peers import cast
from bench.peers.cast import Data, Store
from bench.peers.orders import COLUMNS

LIMIT: Final = 100
LEAST: Final = 0.6  # the fetch, as a part of the whole
ROUNDS, TIMES, WARM = 9, 60, 30
_TEXT: Final = 'SELECT {} FROM "ORDHDR" WHERE "ACREC" = \'A\' ORDER BY "ORDNO" LIMIT {}'

Fetch = Callable[[], Any]


def _over_sqlite(stack: ExitStack, data: Data) -> Fetch:
    import sqlite3  # noqa: PLC0415  # each driver where it is used

    connection = stack.enter_context(closing(sqlite3.connect(data.plant, isolation_level=None)))
    text = _text("?")
    return lambda: connection.execute(text, (LIMIT + 1,)).fetchall()


def _over_psycopg(stack: ExitStack, data: Data) -> Fetch:
    connection = stack.enter_context(psycopg.connect(data.postgresql, autocommit=True))
    cursor, text = connection.cursor(), _text("%s").encode()
    return lambda: cursor.execute(text, (LIMIT + 1,), prepare=True).fetchall()


def _over_odbc(stack: ExitStack, data: Data) -> Fetch:
    keywords = f"Driver={cast.ODBC_DRIVER};{data.odbc};Uid=bascule"
    connection = stack.enter_context(closing(importlib.import_module("pyodbc").connect(keywords, autocommit=True)))
    cursor, text = connection.cursor(), _text("?")
    return lambda: cursor.execute(text, LIMIT + 1).fetchall()


_FETCHES: Final[Mapping[Store, Callable[[ExitStack, Data], Fetch]]] = {
    "sqlite": _over_sqlite,
    "postgresql": _over_psycopg,
    "odbc": _over_odbc,
}


def _text(mark: str) -> str:
    """The statement: one row more than the page, as the gateway reads it, to see whether another page follows."""
    return _TEXT.format(", ".join(f'"{name}"' for name in COLUMNS), mark)


def _page(stack: ExitStack, folder: Path) -> Fetch:
    """The whole page in the gateway: from the request to the bytes of the answer."""
    gateway = open_gateway(compile_folder(folder, {}), Settings(), Observatory())
    stack.callback(gateway.close)

    def page() -> Any:
        inbound = Inbound("GET", "/v1/orders", f"limit={LIMIT}", {}, "http://localhost", "r1", "127.0.0.1")
        return respond(gateway, inbound)

    assert page().status == 200
    return page


def in_turn(works: Mapping[str, Fetch]) -> dict[str, list[float]]:
    """Microseconds of processor time of each work, in turn; the first, uncounted, turn warms each up."""
    found: dict[str, list[float]] = {name: [] for name in works}
    gc.disable()
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            for _ in range(WARM):
                work()
            started = process_time()
            for _ in range(TIMES):
                work()
            if turn:
                found[name].append((process_time() - started) / TIMES * 1e6)
        gc.collect()
    gc.enable()
    return found


def report(contracts: Mapping[Store, Path], data: Data) -> None:
    """Print a line a store."""
    print(f"\n{'in process, page of 100':24} {'fetch CPU us':>14} {'gateway CPU us':>15} {'ratio':>7}   asked")
    for store, folder in contracts.items():
        with ExitStack() as stack:
            fetch = _FETCHES[store](stack, data)
            assert len(fetch()) == LIMIT + 1
            found = in_turn({"fetch": fetch, "gateway": _page(stack, folder)})
        share = statistics.median(one / whole for one, whole in zip(found["fetch"], found["gateway"], strict=True))
        fetched, whole = statistics.median(found["fetch"]), statistics.median(found["gateway"])
        print(f"over {store:19} {fetched:14.0f} {whole:15.0f} {share:6.2f}x   {LEAST:g}x: {harness.verdict(share, LEAST)}",
              flush=True)  # fmt: skip
