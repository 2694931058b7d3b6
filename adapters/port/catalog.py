"""What a source has: tables, columns and their types, in the port's own few words.

In charge of these values. It must not know how any database spells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Base = Literal[
    "char",  # blank-padded to `length` characters
    "varchar",  # up to `length` characters; length None: unbounded
    "integer",  # up to `precision` digits, `scale` 0; precision None: the source does not say how large
    "decimal",  # exact, `precision` digits of which `scale` are decimals
    "float",
    "boolean",
    "date",
    "time",
    "timestamp",  # local: carries no zone
    "timestamptz",
    "binary",  # bytes; `length` fixed or the maximum
    "uuid",
    "other",  # a type that the gateway does not know: can be described, not read
]


TableKind = Literal["table", "view", "logical", "alias"]
"""A logical file of IBM i is an index that can be read as a table; an alias stands for one elsewhere, as a synonym does."""


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A column's type as the source declares it.

    `length` is in characters; in bytes for `binary`; for `time` and `timestamp` in digits of the second's fraction.
    """

    base: Base
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    ccsid: int | None = None

    def __str__(self) -> str:
        """The type as people write it: `char(8)`, `decimal(11,2)`, `integer(19,0)`."""
        if self.precision is not None:
            return f"{self.base}({self.precision},{self.scale or 0})"
        return self.base if self.length is None else f"{self.base}({self.length})"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `text` is the description that the source keeps, `heading` the words over the column where it keeps those apart, `short` its
    other name where it has two (IBM i's system name); empty where there is none.
    """

    name: str
    type: ColumnType
    nullable: bool = True
    text: str = ""
    heading: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """An index, or a key that is kept as one; `columns` in the order of the index."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference that the source declares: `columns`, in the order of `references`, which are columns of `table`."""

    name: str
    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, a view, or what a named query returns (then `key` and `indexes` are empty).

    `rows` is about how many it has, as the source's own statistics tell it without reading the table; None where they do not.
    `short` is its other name where it has two; `foreign` are the references that it declares to others.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    text: str = ""
    kind: TableKind = "table"
    rows: int | None = None
    foreign: tuple[ForeignKey, ...] = ()
    short: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of a table before it is read: enough to choose by.

    `schema` is where it lies (a library on IBM i), also where the name does not say so; empty where the source has none.
    """

    name: str
    kind: TableKind = "table"
    text: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """What is known of a source's tables, and of the contract's named queries (by file name)."""

    tables: Mapping[str, Table]
    queries: Mapping[str, Table] = field(default_factory=dict)
