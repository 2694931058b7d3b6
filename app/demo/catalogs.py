"""The catalog snapshots of the demo's contract, made from the table definitions.

In charge of `openapi/plant/catalog/*.yaml`; run as a module it writes them anew: `python -m app.demo.catalogs FOLDER`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from adapters import port
from app.contract import catalog_file
from app.demo.erp_tables import ERP
from app.demo.mes_tables import MES
from app.demo.tables import Column, Database, Table

DATABASES = (ERP, MES)


def catalog(database: Database) -> port.Catalog:
    """What the port would say of one source, with the descriptions that SQLite cannot keep."""
    return port.Catalog(
        {table.name: _table(table) for table in database.tables},
        {query.name: port.Table(query.name, tuple(map(_column, query.columns))) for query in database.queries},
    )


def text(database: Database) -> str:
    """The snapshot of one source as its file holds it."""
    return catalog_file.write(catalog(database))


def write(folder: Path) -> None:
    """Write every snapshot to `folder`, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for database in DATABASES:
        (folder / f"{database.name}.yaml").write_text(text(database), encoding="utf-8")


def _table(table: Table) -> port.Table:
    return port.Table(table.name, tuple(map(_column, table.columns)), table.key, table.indexes, table.text)


def _column(column: Column) -> port.Column:
    return port.Column(column.name, column.type, column.null, column.text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
