"""What a kind's test class fills in, and what the promises share: tables to make, sources to open.

In charge of the hooks. It must not test anything.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import pytest

from adapters.port import Column, ColumnType, Shape, Source

Row = Sequence[Any]

PATIENCE: Final = 60.0  # seconds for what must come, under whatever load


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that a kind cannot do, and why: the tests hold it to what it says that it can."""

    value: int
    reason: str = ""


class Bench(ABC):
    """The hooks. The abstract ones must be given, as must `slow_query`; the others are standard SQL."""

    exact_digits: ClassVar[Limit] = Limit(31)
    """Significant digits that a decimal column keeps."""

    exact_fraction: ClassVar[Limit] = Limit(6)
    """Digits of a second's fraction that a timestamp column keeps."""

    overlooked: ClassVar[Limit] = Limit(0)
    """Reads that may show something else, right after somebody changed the table's columns."""

    counted: ClassVar[Limit] = Limit(1)
    """Whether (1 or 0) the catalog tells how many rows a table has, after `count_rows`."""

    slow_query: ClassVar[str]
    """A query of one column `n` that runs for longer than a minute."""

    unreadable: ClassVar[str]
    """A query of one column `n` whose stored value the source cannot read."""

    @abstractmethod
    def open_source(self, connections: int = 4, seconds: float = 5.0) -> Source:
        """A new source over the test's database."""

    @abstractmethod
    def execute(self, *statements: str) -> None:
        """Run statements with the authority to change things, each on its own."""

    @abstractmethod
    def break_connections(self, source: Source) -> None:
        """End the source's resting connections behind its back."""

    def running(self) -> int | None:
        """How many slow queries the source is busy with; None where it does not tell."""
        return None

    def count_rows(self, table: str) -> None:
        """Have the source count the rows of a table, for its own statistics."""
        self.execute(f"ANALYZE {self.quote(table)}")

    def declare(self, kind: ColumnType) -> str:
        """How a column of that type is declared."""
        if kind.base == "integer":
            return "INTEGER" if kind.precision is None else "BIGINT"
        return {"binary": "BLOB", "float": "DOUBLE PRECISION"}.get(kind.base, str(kind).upper())

    def declared(self, kind: ColumnType) -> ColumnType:
        """What the catalog says of a column that is declared as that type: some sources know how large an INTEGER is."""
        return kind

    def described(self, kind: ColumnType) -> ColumnType:
        """What is known of such a column in the result of a query."""
        return self.declared(kind)

    def literal(self, kind: ColumnType, value: Any) -> str:
        """How a stored value of that type is written in an INSERT."""
        if value is None:
            return "NULL"
        if isinstance(value, bytes):
            return f"X'{value.hex()}'"
        if isinstance(value, dt.datetime):
            return f"'{value.isoformat(' ')}'"
        if isinstance(value, bool | int | float) or kind.base == "decimal":
            return str(value)
        return "'" + str(value).replace("'", "''") + "'"

    def read(self, kind: ColumnType, stored: Any) -> Any:  # noqa: ARG002  # for kinds whose drivers have fewer types
        """A value as this driver gives it, in Python's type for that column."""
        return stored

    def quote(self, name: str) -> str:
        """A name as a quoted identifier."""
        return '"' + name.replace('"', '""') + '"'

    # What the promises share.

    @pytest.fixture
    def source(self) -> Iterator[Source]:
        """A source that is closed after the test."""
        opened = self.open_source(seconds=PATIENCE)
        yield opened
        opened.close()

    def make(self, table: str, columns: Sequence[Column], rows: Sequence[Row] = (), key: Sequence[str] = ()) -> None:
        """Make a table anew, and fill it."""
        parts = [
            f"{self.quote(each.name)} {self.declare(each.type)}{'' if each.nullable else ' NOT NULL'}"
            for each in columns
        ]
        if key:
            parts.append(f"PRIMARY KEY ({', '.join(map(self.quote, key))})")
        name = self.quote(table)
        self.execute(f"DROP TABLE IF EXISTS {name}", f"CREATE TABLE {name} ({', '.join(parts)})")
        for start in range(0, len(rows), 500):
            tuples = ", ".join(self._tuple(columns, row) for row in rows[start : start + 500])
            self.execute(f"INSERT INTO {name} VALUES {tuples}")  # noqa: S608  # names of this suite's own

    def _tuple(self, columns: Sequence[Column], row: Row) -> str:
        return f"({', '.join(self.literal(each.type, value) for each, value in zip(columns, row, strict=True))})"

    @staticmethod
    def learn(source: Source, *tables: str, queries: Mapping[str, str] | None = None) -> None:
        """Have the source learn these tables and queries from its own catalog."""
        source.learn(source.catalog(tables, queries), queries)

    @staticmethod
    def answer(source: Source, shape: Shape, *values: Any) -> list[Any]:
        """The rows of a read: of one column, its values."""
        rows = source.run(shape, values).rows
        return [row[0] for row in rows] if len(shape.columns) == 1 or shape.count else [tuple(row) for row in rows]


def whole(name: str) -> Column:
    """A column of whole numbers that is never NULL."""
    return Column(name, ColumnType("integer"), nullable=False)
