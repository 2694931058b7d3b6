"""How the demo's tables are defined: one definition that the DDL, the catalog snapshot and the docs read.

In charge of table definitions and of their CREATE statements. It must not know which tables there are, nor their rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from adapters.port import ColumnType, Index

# What SQLite keeps of a declared type is its text, so the demo declares what the imitated systems would.
_TYPES: dict[str, ColumnType] = {
    "CHAR": ColumnType("char"),
    "VARCHAR": ColumnType("varchar"),
    "NCHAR": ColumnType("char"),
    "NVARCHAR": ColumnType("varchar"),
    "BINARY": ColumnType("binary"),
    "DECIMAL": ColumnType("decimal"),
    "TINYINT": ColumnType("integer", precision=3, scale=0),
    "INT": ColumnType("integer", precision=10, scale=0),
    "BIT": ColumnType("boolean"),
    "DATETIME": ColumnType("timestamp"),
    "UNIQUEIDENTIFIER": ColumnType("char", 36),  # as the kind `sqlite` has it: upper case, as SQL Server prints it
    "MONEY": ColumnType("decimal", precision=19, scale=4),
    "ROWVERSION": ColumnType("binary"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its declared SQL type, and the text that the source's own dictionary keeps."""

    name: str
    declared: str
    text: str
    null: bool = False

    @property
    def type(self) -> ColumnType:
        """The declared type in the port's words: `NVARCHAR(10)` is varchar(10), `MONEY` is decimal(19,4)."""
        name, first, second = _parts(self.declared)
        if name == "DECIMAL":
            return ColumnType("decimal", precision=first, scale=second)
        return replace(_TYPES[name], length=first or _TYPES[name].length)

    @property
    def ddl(self) -> str:
        """The column's line of CREATE TABLE."""
        return f'"{self.name}" {self.declared}{"" if self.null else " NOT NULL"}'


@dataclass(frozen=True, slots=True)
class Table:
    """One table: `key` is its primary key; each index ends with the key's columns, so that a keyset page can walk it."""

    name: str
    text: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()

    @property
    def create(self) -> str:
        """CREATE TABLE, clustered by its key as both imitated systems keep it."""
        lines = [*(column.ddl for column in self.columns), f"PRIMARY KEY ({_names(self.key)})"]
        return f'CREATE TABLE "{self.name}" (\n    ' + ",\n    ".join(lines) + "\n) WITHOUT ROWID"

    @property
    def create_indexes(self) -> tuple[str, ...]:
        """CREATE INDEX, one statement each."""
        return tuple(
            f'CREATE {"UNIQUE " if index.unique else ""}INDEX "{index.name}" ON "{self.name}" ({_names(index.columns)})'
            for index in self.indexes
        )

    @property
    def insert(self) -> str:
        """INSERT with one marker for each column."""
        markers = ", ".join("?" * len(self.columns))
        return f'INSERT INTO "{self.name}" VALUES ({markers})'  # noqa: S608  # the name is this module's own

    def position(self, column: str) -> int:
        """Where `column` stands in a row."""
        return next(place for place, known in enumerate(self.columns) if known.name == column)


@dataclass(frozen=True, slots=True)
class Query:
    """What a named query of the contract returns; `name` is its file in the folder `queries`."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """One source of the demo; `name` is its name in gateway.yaml, and its file is `name`.db."""

    name: str
    tables: tuple[Table, ...]
    queries: tuple[Query, ...] = ()

    @property
    def file(self) -> str:
        """The file's name in the plant's folder."""
        return f"{self.name}.db"

    def table(self, name: str) -> Table:
        """The table of that name."""
        return next(table for table in self.tables if table.name == name)


def _parts(declared: str) -> tuple[str, int | None, int | None]:
    match = re.fullmatch(r"([A-Z]+)(?:\((\d+)(?:,(\d+))?\))?", declared)
    assert match, declared
    name, *sizes = match.groups()
    first, second = (None if size is None else int(size) for size in sizes)
    return name, first, second


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
