"""The same two endpoints by hand with FastAPI: over psycopg's asynchronous pool, and over pyodbc in FastAPI's threads.

Written as a good engineer would write it where speed counts: rows are tuples, an item is one dictionary made by one function,
and the answer is a response of its own, so that nothing is validated and copied a second time. uvicorn calls `over_psycopg` or
`over_pyodbc`, from the environment that the benchmark made for FastAPI; `PEER_DATABASE` is the address or the connection string.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from queue import SimpleQueue
from typing import Annotated, Any, Final

import orjson
import psycopg_pool  # type: ignore[import-not-found, unused-ignore]  # it is in the peer's environment
import pyodbc
from fastapi import FastAPI, HTTPException, Query, Response  # type: ignore[import-not-found, unused-ignore]  # as above

from bench.peers.orders import COLUMNS, order

POOL: Final = 8  # connections of a process
_SELECT: Final = 'SELECT {} FROM "ORDHDR" WHERE "ACREC" = \'A\''.format(", ".join(f'"{name}"' for name in COLUMNS))
_ONE: Final = _SELECT + ' AND "ORDNO" = {}'
_PAGE: Final = _SELECT + ' AND "ORDNO" > {} ORDER BY "ORDNO" LIMIT {}'

Limit = Annotated[int, Query(ge=1, le=500)]
Row = Sequence[Any]


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def _item(row: Row | None) -> Response:
    if row is None:
        raise HTTPException(404)
    return _json(order(row))


def _page(rows: Sequence[Row], limit: int) -> Response:
    following = int(rows[limit - 1][0]) if len(rows) > limit else None
    return _json({"data": [order(row) for row in rows[:limit]], "page": {"limit": limit, "next": following}})


def over_psycopg() -> FastAPI:
    """The application over psycopg's pool; psycopg prepares a statement that it sees often."""
    one, page = _ONE.format("%s"), _PAGE.format("%s", "%s")
    pool = psycopg_pool.AsyncConnectionPool(
        os.environ["PEER_DATABASE"], min_size=POOL, max_size=POOL, open=False, kwargs={"autocommit": True}
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    async def read_order(number: int) -> Response:
        async with pool.connection() as connection:
            cursor = await connection.execute(one, (number,))
            row = await cursor.fetchone()
        return _item(row)

    async def read_orders(limit: Limit = 50, after: int = 0) -> Response:
        async with pool.connection() as connection:
            cursor = await connection.execute(page, (after, limit + 1))
            rows = await cursor.fetchall()
        return _page(rows, limit)

    app = FastAPI(lifespan=lifespan)
    app.add_api_route("/v1/orders/{number}", read_order)
    app.add_api_route("/v1/orders", read_orders)
    return app


class _Connections:
    """A queue of pyodbc's connections: as many threads work at once as there are."""

    def __init__(self, connection: str) -> None:
        self._resting: SimpleQueue[pyodbc.Connection] = SimpleQueue()
        for _ in range(POOL):
            self._resting.put(pyodbc.connect(connection, autocommit=True))

    @contextmanager
    def cursor(self) -> Iterator[pyodbc.Cursor]:
        """A cursor on a connection that nobody else uses meanwhile."""
        connection = self._resting.get()
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            self._resting.put(connection)


def over_pyodbc() -> FastAPI:
    """The application over pyodbc: its functions are plain ones, which FastAPI runs in threads."""
    one, page = _ONE.format("?"), _PAGE.format("?", "?")
    connections = _Connections(os.environ["PEER_DATABASE"])

    def read_order(number: int) -> Response:
        with connections.cursor() as cursor:
            row = cursor.execute(one, number).fetchone()
        return _item(row)

    def read_orders(limit: Limit = 50, after: int = 0) -> Response:
        with connections.cursor() as cursor:
            rows = cursor.execute(page, after, limit + 1).fetchall()
        return _page(rows, limit)

    app = FastAPI()
    app.add_api_route("/v1/orders/{number}", read_order)
    app.add_api_route("/v1/orders", read_orders)
    return app
