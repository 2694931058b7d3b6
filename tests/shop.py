"""A small contract over a small SQLite file, for tests that need a folder of their own to run, break and mend."""

from __future__ import annotations

import sqlite3
from pathlib import Path

GATEWAY = """\
title: Shop
sources:
  shop: {kind: sqlite, path: shop.db, deadline: 30s}
"""
OPEN = "security: open\n"
VERSION = "status: current\n"
ITEMS = """\
resource: items
summary: What the shop sells
source: shop
table: ITEM
key: number
fields:
  number: {column: ITNO, type: string}
  name: {column: ITNAM, type: string}
  since: {column: ITDAT, type: date, stored_as: cyymmdd}
filter: [number, name, since]
sort: [number, since]
"""
BROKEN_ITEMS = ITEMS.replace("table:", "tabel:").replace("type: date", "type: dat").replace("sort:", "srot:")
RENAMED_ITEMS = ITEMS.replace("  name:", "  label:").replace("filter: [number, name,", "filter: [number, label,")

DATA = """\
CREATE TABLE ITEM (ITNO CHAR(4) NOT NULL PRIMARY KEY, ITNAM VARCHAR(20) NOT NULL, ITDAT DECIMAL(7,0) NOT NULL);
INSERT INTO ITEM VALUES ('0001', 'Spring', 1260131), ('0002', 'Seal', 1251130), ('0003', 'Valve', 1260231);
"""

LONG_ITEMS = 200
LONG = f"/v1/items?limit={LONG_ITEMS}"  # with them, more than the buffers of a connection hold


def build(folder: Path, *, open_: bool = True) -> Path:
    """Write the contract and its database into `folder`; 0003 has an impossible date."""
    (folder / "v1").mkdir(parents=True)
    (folder / "gateway.yaml").write_text(GATEWAY + OPEN * open_, encoding="utf-8")
    (folder / "v1" / "version.yaml").write_text(VERSION, encoding="utf-8")
    write_items(folder, ITEMS)
    connection = sqlite3.connect(folder / "shop.db")
    connection.executescript(DATA)
    connection.close()
    return folder


def write_items(folder: Path, text: str) -> None:
    """Write the contract's one resource."""
    (folder / "v1" / "items.yaml").write_text(text, encoding="utf-8")


def add_long_items(folder: Path) -> None:
    """Add the items that `LONG` leads to."""
    connection = sqlite3.connect(folder / "shop.db")
    rows = [(f"{number:04}", "x" * 40_000, 1_260_131) for number in range(1_000, 1_000 + LONG_ITEMS)]
    connection.executemany("INSERT INTO ITEM VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()


def add_slow_resource(folder: Path, steps: int) -> None:
    """Add `/v1/slow`: the items, before which the database counts to `steps`."""
    (folder / "queries").mkdir()
    counting = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {steps}) SELECT MAX(i) FROM n"
    (folder / "queries" / "slow.sql").write_text(f"SELECT ITNO FROM ITEM WHERE ({counting}) > 0", encoding="utf-8")
    resource = (
        "resource: slow\nsource: shop\nquery: slow.sql\nkey: number\nfields:\n  number: {column: ITNO, type: string}\n"
    )
    (folder / "v1" / "slow.yaml").write_text(resource, encoding="utf-8")
