"""The catalog snapshots of the demo's contract, printed from the table definitions.

In charge of `openapi/plant/catalog/*.yaml`; run as a module it writes them anew: `python -m app.demo.catalogs FOLDER`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from adapters.port import Index
from app.demo.erp_tables import ERP
from app.demo.mes_tables import MES
from app.demo.tables import Column, Database, Query, Table

DATABASES = (ERP, MES)


def text(database: Database) -> str:
    """The snapshot of one source as YAML."""
    lines = ["# Written from the demo's table definitions.", "tables:"]
    for table in database.tables:
        lines += _table(table)
    if database.queries:
        lines.append("queries:")
    for query in database.queries:
        lines += _query(query)
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Write every snapshot to `folder`, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for database in DATABASES:
        (folder / f"{database.name}.yaml").write_text(text(database), encoding="utf-8")


def _table(table: Table) -> Iterator[str]:
    yield f"  {table.name}:"
    yield f"    text: {json.dumps(table.text, ensure_ascii=False)}"
    yield "    columns:"
    yield from map(_column, table.columns)
    yield f"    key: [{', '.join(table.key)}]"
    yield "    indexes:"
    yield from map(_index, table.indexes)


def _query(query: Query) -> Iterator[str]:
    yield f"  {query.name}:"
    yield "    columns:"
    yield from map(_column, query.columns)


def _column(column: Column) -> str:
    note = json.dumps(column.text, ensure_ascii=False)
    return f'      {column.name}: {{type: "{column.type}", null: {str(column.null).lower()}, text: {note}}}'


def _index(index: Index) -> str:
    return f"      {index.name}: {{columns: [{', '.join(index.columns)}], unique: {str(index.unique).lower()}}}"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
