"""A contract with every conversion that there is: each group of the vector table as a resource, of an AS/400 and of a SQL Server.

Neither has a driver here, nor a host, nor the secrets that gateway.yaml names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from adapters.port import Catalog, Column, ColumnType, Table
from app.contract.catalog_file import write
from tests.conversions.table import Group, groups

GATEWAY: Final = """\
title: Everything
timezone: Europe/Berlin
security: open
sources:
  host: {kind: as400, system: "${NO_SUCH_SYSTEM}", user: "${NO_SUCH_USER}", password: "${file:/nowhere/password}"}
  floor: {kind: sqlserver, server: "${NO_SUCH_SERVER}", database: MES, user: "${NO_SUCH_USER}", password: "${NO_SUCH}"}
"""
KEY: Final = Column("ID", ColumnType("integer", precision=10, scale=0), nullable=False)


def build(folder: Path) -> Path:
    """Write the contract to `folder`."""
    (folder / "v1").mkdir(parents=True)
    (folder / "catalog").mkdir()
    (folder / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
    (folder / "v1" / "version.yaml").write_text("status: current\n", encoding="utf-8")
    tables: dict[str, dict[str, Table]] = {"host": {}, "floor": {}}
    for number, group in enumerate(groups()):
        source = ("host", "floor")[number % 2]
        for kind, nullable in (("open", True), ("strict", False)):
            name = f"{kind}-{number}"
            table = _table(f"LIB.T{number}{kind[0].upper()}", group, nullable=nullable)
            tables[source][table.name] = table
            said = json.dumps(_resource(name, source, table, group))  # JSON is YAML
            (folder / "v1" / f"{name}.yaml").write_text(said, encoding="utf-8")
    for source, known in tables.items():
        (folder / "catalog" / f"{source}.yaml").write_text(write(Catalog(known)), encoding="utf-8")
    return folder


def _table(name: str, group: Group, *, nullable: bool) -> Table:
    columns = tuple(Column(f"C{index}", kind, nullable) for index, kind in enumerate(group.columns))
    return Table(name, (KEY, *columns), ("ID",))


def _resource(name: str, source: str, table: Table, group: Group) -> dict[str, Any]:
    columns = [column.name for column in table.columns[1:]]
    read: dict[str, Any] = {"column": columns[0]} if len(columns) == 1 else {"columns": columns}
    value = {**read, "type": group.type, "stored_as": group.stored_as}
    fields = {"id": {"column": "ID", "type": "integer"}, "value": value | ({"open": True} if group.open else {})}
    return {"resource": name, "source": source, "table": table.name, "key": "id", "fields": fields}
