"""A contract over a SQLite database with a field of each kind: plain, spelled in several ways, with sentinels, over two
columns and over four. Every interesting stored value stands in some row, NULL and the sentinels too; nothing is dirty.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from app.assembly import compile_folder, open_gateway
from app.exchange import Answer, Inbound
from app.gateway import Gateway
from app.observations import Observatory, Reader
from app.pipeline import respond
from app.settings import Settings

GATEWAY = """\
title: Depot
timezone: America/Detroit
sources:
  depot: {kind: sqlite, path: depot.db}
state: "sqlite://"
security: open
"""
STOCK = """\
resource: stock
source: depot
table: STOCK
key: id
active_when: {ACREC: A}
fields:
  id: {column: ID, type: integer}
  name: {column: NAME, type: string}
  flag: {column: FLAG, type: boolean, stored_as: {true: [Y, J], false: [N, "-"]}}
  code: {column: CODE, type: enum, stored_as: {"10": entered, "20": released, "21": released}}
  day: {column: DAY, type: date, stored_as: {cyymmdd: {nulls: [0, 9999999]}}}
  month: {column: MONTH, type: month, stored_as: yyyymm}
  moment: {columns: [DT, TM], type: datetime, stored_as: [cyymmdd, hhmmss]}
  start: {columns: [CC, YY, MM, DD], type: date, stored_as: parts}
  amount: {column: AMOUNT, type: decimal, stored_as: {implied: 2}}
filter: [id, name, flag, code, day, month, moment, start, amount]
sort: [id, name, day, month, moment, amount]
page: {default: 100, max: 1000}
"""
COLUMNS: Mapping[str, tuple[str, Sequence[Any]]] = {
    "NAME": ("CHAR(6)", (None, "      ", "Alpha ", "Beta  ", "alpha ", "100%  ", "1_0   ", "Ärger ")),
    "FLAG": ("CHAR(1) NOT NULL", ("Y", "J", "N", "-", " ")),
    "CODE": ("CHAR(2)", ("10", "20", "21", "  ", None)),
    "DAY": ("DECIMAL(7,0) NOT NULL", (0, 9999999, 1251231, 1260101, 1260131, 991231)),
    "MONTH": ("CHAR(6)", ("202512", "202601", "      ", "000000", None, "999999", "202602")),
    "DT, TM": (
        "DECIMAL(7,0), TM DECIMAL(6,0)",
        ((1260131, 0), (1260131, 93000), (1260131, None), (1260201, 0), (1260130, 235959), (0, 0), (None, 120000),
         (None, None), (0, 93000), (1260131, 93001)),
    ),
    "CC, YY, MM, DD": (
        "DECIMAL(2,0), YY DECIMAL(2,0), MM DECIMAL(2,0), DD DECIMAL(2,0)",
        ((20, 26, 1, 31), (20, 26, 2, 1), (19, 99, 12, 31), (0, 0, 0, 0), (99, 99, 99, 99), (None, None, None, None),
         (20, 25, 12, 31)),
    ),
    "AMOUNT": ("DECIMAL(9,0)", (None, 0, -1, 150, 99999, 151)),
}  # fmt: skip
ROWS = 120


def rows() -> list[tuple[Any, ...]]:
    """The rows, each with its own mixture: value n of a column meets every value of another in some row."""
    pools = [itertools.cycle(values) for _, values in COLUMNS.values()]
    return [
        (number, "A" if number % 10 else "D", *(part for pool in pools for part in _parts(next(pool))))
        for number in range(1, ROWS + 1)
    ]


def _parts(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def build(folder: Path, stored: Sequence[tuple[Any, ...]] | None = None, contract: str = STOCK) -> Path:
    """Write the contract and the database; `stored` are its rows."""
    (folder / "v1").mkdir(parents=True)
    (folder / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
    (folder / "v1" / "stock.yaml").write_text(contract, encoding="utf-8")
    declared = ", ".join(f"{name.partition(',')[0]} {declaration}" for name, (declaration, _) in COLUMNS.items())
    found = rows() if stored is None else stored
    connection = sqlite3.connect(folder / "depot.db", isolation_level=None)
    connection.execute(f"CREATE TABLE STOCK (ID INTEGER NOT NULL PRIMARY KEY, ACREC CHAR(1) NOT NULL, {declared})")
    connection.executemany(f"INSERT INTO STOCK VALUES ({', '.join('?' * len(found[0]))})", found)
    connection.close()
    return folder


def opened(folder: Path, *readers: Reader, settings: Settings | None = None) -> Gateway:
    """A gateway over a folder."""
    return patient(open_gateway(compile_folder(folder, {}), settings or Settings(), Observatory(*readers)))


def patient(gateway: Gateway) -> Gateway:
    """The same, where a request waits for its sources however busy the machine is."""
    return replace(gateway, deadlines=dict.fromkeys(gateway.deadlines, 60.0))


def get(
    gateway: Gateway, path: str, parameters: Sequence[tuple[str, str]] = (), method: str = "GET", **headers: str
) -> Answer:
    """The answer to a request; header names are written with underscores."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    query = urlencode(parameters, quote_via=quote)
    return respond(gateway, Inbound(method, path, query, said, "https://gw", "r1"))


def body(answer: Answer) -> Any:
    """The answer's JSON."""
    return orjson.loads(answer.body)


def header(answer: Answer, name: str) -> str | None:
    """A header of an answer that stands in it at most once."""
    values = [value for each, value in answer.headers if each == name]
    assert len(values) <= 1, (name, values)
    return values[0] if values else None
