"""The cast: every peer that answers reads of orders, how it is started, how it is asked, and what the gateway has to reach beside it.

Two sorts: those written by hand answer the gateway's own items; products answer rows as they are stored, so that they do less
work. Both are asked for the same orders, and what they answer is compared before anything is measured.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

from bench.harness import THREADS, WORKERS
from bench.peers import answers, environments
from bench.peers.answers import Item
from bench.peers.orders import COLUMNS

Store = Literal["sqlite", "postgresql", "odbc"]

ODBC_DRIVER: Final = "PostgreSQL Unicode"


@dataclass(frozen=True, slots=True)
class Data:
    """Where the orders are: the demo plant's file, the same with bytes in hexadecimal, and PostgreSQL's URL."""

    plant: Path
    hexadecimal: Path
    postgresql: str

    @property
    def odbc(self) -> str:
        """The keywords of psqlODBC, without driver and user."""
        at = urlsplit(self.postgresql)
        return f"Server={at.hostname};Port={at.port};Database={at.path[1:]}"


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer. `item` and `page` are paths with `{key}` and `{limit}`; `rows` finds what an answer holds.

    `stored`: it answers rows as they are stored, in the form of `stored_rows`. `for_item` and `for_page` are what the
    gateway's rate has to be, at least, as a multiple of the peer's.
    """

    name: str
    store: Store
    command: Callable[[int], Sequence[str]]  # of its port
    database: Callable[[Data], str]
    missing: Callable[[], str]  # why it cannot be measured here; empty if it can
    for_item: float
    for_page: float
    item: str = "/v1/orders/{key}"
    page: str = "/v1/orders?limit={limit}"
    rows: Callable[[Any], Sequence[Item]] = answers.own_items
    stored: bool = False


# How they are started.


def gunicorn(python: str, application: str) -> Callable[[int], Sequence[str]]:
    """gthread, with as many workers and threads as the gateway has."""
    scale = ("--workers", str(WORKERS), "--threads", str(THREADS), "--keep-alive", "5")
    return lambda port: [python, "-m", "gunicorn", "-k", "gthread", *scale, "-b", f"127.0.0.1:{port}", application]


def _uvicorn(environment: str, application: str) -> Callable[[int], Sequence[str]]:
    options = ("--factory", "--workers", str(WORKERS), "--no-access-log", "--log-level", "warning")
    python = environments.python(environment)
    return lambda port: [python, "-m", "uvicorn", *options, "--port", str(port), application]


def _postgraphile(port: int) -> Sequence[str]:
    folder = environments.CACHE / environments.NODE
    program = folder / "node_modules" / ".bin" / "postgraphile"
    config = folder / "graphile.config.mjs"
    return [environments.node(), str(program), "-C", str(config), "-n", "127.0.0.1", "-p", str(port)]


def _nothing() -> str:
    return ""


def _without(environment: str) -> Callable[[], str]:
    return lambda: environments.missing(environment)


def no_odbc() -> str:
    """Why PostgreSQL cannot be reached over ODBC from here; empty if it can."""
    try:
        drivers = importlib.import_module("pyodbc").drivers()
    except ImportError as error:
        return f"pyodbc cannot be loaded ({error}); Debian: apt-get install unixodbc"
    return "" if ODBC_DRIVER in drivers else f"no ODBC driver {ODBC_DRIVER}; Debian: apt-get install odbc-postgresql"


def _query(text: str) -> str:
    """A GraphQL query in a URL; what is between two `@` is filled in later."""
    parts = text.split("@")
    return "/graphql?query=" + "".join(f"{{{part}}}" if at % 2 else quote(part) for at, part in enumerate(parts))


_FIELDS = " ".join(name.lower() for name in COLUMNS)
_SHOWN = "&".join(f"_col={name}" for name in COLUMNS)

PEERS: Final = (
    Peer(
        "Flask",
        "sqlite",
        gunicorn(sys.executable, "bench.peers.handwritten:wsgi()"),
        lambda data: f"sqlite:///file:{data.plant}?mode=ro&uri=true",
        _nothing,
        for_item=1.3,
        for_page=4,
    ),
    Peer(
        "Datasette",
        "sqlite",
        _uvicorn("datasette", "bench.peers.over_datasette:asgi"),
        lambda data: str(data.plant),
        _without("datasette"),
        item="/erp/ORDHDR/{key}.json?_shape=objects",
        page=f"/erp/ORDHDR.json?ACREC__exact=A&_sort=ORDNO&_size={{limit}}&_shape=objects&_nocount=1&_nofacet=1&{_SHOWN}",
        rows=answers.datasette_rows,
        for_item=1,
        for_page=1,
        stored=True,
    ),
    Peer(
        "sandman2",
        "sqlite",
        gunicorn(environments.python("sandman2"), "bench.peers.over_sandman2:wsgi()"),
        lambda data: str(data.hexadecimal),
        _without("sandman2"),
        item="/ordhdr/{key}.0",
        page="/ordhdr/?ACREC=A&sort=ORDNO&limit={limit}",
        rows=answers.sandman2_rows,
        for_item=1,
        for_page=1,
        stored=True,
    ),
    Peer(
        "Flask",
        "postgresql",
        gunicorn(sys.executable, "bench.peers.handwritten:wsgi()"),
        lambda data: data.postgresql.replace("postgresql:", "postgresql+psycopg:"),
        _nothing,
        for_item=1.3,
        for_page=4,
    ),
    Peer(
        "FastAPI",
        "postgresql",
        _uvicorn("fastapi", "bench.peers.fast:over_psycopg"),
        lambda data: data.postgresql,
        _without("fastapi"),
        for_item=1.3,
        for_page=2,
    ),
    Peer(
        "PostGraphile",
        "postgresql",
        _postgraphile,
        lambda data: data.postgresql,
        _without(environments.NODE),
        item=_query(f'{{ordhdrByOrdno(ordno: "@key@") {{{_FIELDS}}}}}'),
        page=_query(
            f'{{allOrdhdrs(first: @limit@, condition: {{acrec: "A"}}, orderBy: ORDNO_ASC) '
            f"{{nodes {{{_FIELDS}}} pageInfo {{hasNextPage endCursor}}}}}}"
        ),
        rows=answers.graphql_rows,
        for_item=0.8,
        for_page=1,
        stored=True,
    ),
    Peer(
        "FastAPI",
        "odbc",
        _uvicorn("fastapi", "bench.peers.fast:over_pyodbc"),
        lambda data: f"Driver={ODBC_DRIVER};{data.odbc};Uid=bascule",
        lambda: environments.missing("fastapi") or no_odbc(),
        for_item=1.3,
        for_page=2,
    ),
)
