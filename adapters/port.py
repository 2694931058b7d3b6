"""The port: what the gateway asks of a source, in the source's own vocabulary (tables, columns, rows).

In charge of the values that cross the border between `app` and a database kind, and of the failures that may come back.
It must not know SQL text, a driver, or what an API resource is.

A read is a `Shape` (all that decides the statement's text) and its values (all that a request brings). A shape is hashable
and is compiled once; the values are bound, never rendered. Values are consumed in this order: the predicate's values depth
first, left to right; then, where `shape.after` is given, one value for each order column whose flag is False; then the
limit where `shape.limited`.

The failures:

    SourceError
     ├─ Unavailable      nothing answers, or the connection died
     ├─ TimedOut         the deadline passed (waiting for a connection included)
     ├─ Busy             no connection became free in time
     ├─ Locked           a row or file is locked by somebody else
     ├─ Refused          the credentials were not accepted; never retried
     ├─ Denied           the credentials lack an authority
     ├─ Missing          a table or column is gone: the contract and the source have drifted apart
     ├─ BadData          the source itself cannot read what is stored
     ├─ TooCostly        the source estimated the statement as too long and refused it
     └─ Unknown          none of these; the driver's text is kept for the log, never for a client
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

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
    """One column of a table. `text` is the description that the source keeps, or empty."""

    name: str
    type: ColumnType
    nullable: bool = True
    text: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """An index, or a key that is kept as one; `columns` in the order of the index."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table, a view, or what a named query returns (then `key` and `indexes` are empty)."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    text: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What is known of a source's tables, and of the contract's named queries (by file name)."""

    tables: Mapping[str, Table]
    queries: Mapping[str, Table] = field(default_factory=dict)


# Predicates. They name columns and say how many values they take; they never hold a value.


@dataclass(frozen=True, slots=True)
class Compare:
    """`column op ?`: one value."""

    column: str
    op: Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class In:
    """`column [NOT] IN (?, …)`: `count` values, at least one; a repeated value is harmless."""

    column: str
    count: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """Text match: one value, the plain text; the adapter escapes the wildcards in it and adds its own."""

    column: str
    match: Literal["prefix", "contains"]


@dataclass(frozen=True, slots=True)
class Null:
    """`column IS [NOT] NULL`: no value."""

    column: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every term holds; without terms: true."""

    terms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  # `Any` is another word of this module
    """At least one term holds; without terms: false."""

    terms: tuple[Predicate, ...]


Predicate = Compare | In | Like | Null | All | Any_


@dataclass(frozen=True, slots=True)
class Order:
    """One column of ORDER BY."""

    column: str
    descending: bool = False


@dataclass(frozen=True)
class Shape:
    """All that decides a statement's text. Exactly one of `table` and `query` (SQL text from the contract) is given.

    `after` marks a keyset page: one flag for each column of `order`, True where the last row's value was NULL (such a
    column takes no value). `count` asks for one row with the number of rows instead of the rows.
    """

    columns: tuple[str, ...]
    table: str | None = None
    query: str | None = None
    where: Predicate = field(default=All(()))
    order: tuple[Order, ...] = ()
    after: tuple[bool, ...] | None = None
    limited: bool = False
    count: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(
            self,
            "_hash",
            hash((self.columns, self.table, self.query, self.where, self.order, self.after, self.limited, self.count)),
        )

    def __hash__(self) -> int:
        """Computed once: a shape is a dictionary key on the hot path."""
        return self._hash  # type: ignore[attr-defined, no-any-return]  # set in __post_init__, frozen afterwards


@dataclass(slots=True)
class Rows:
    """What a read brought. Times in seconds: `waited` for a connection, `took` at the source, fetching included."""

    rows: Sequence[Sequence[Any]]
    statement: str
    waited: float = 0.0
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Traits:
    """What a kind can do, where kinds differ and a caller has to know. One definition; docs and tests read it."""

    pads_char: bool  # `=` and IN ignore trailing blanks of a char column
    nulls_first: bool  # NULL sorts before every value in ascending order
    row_values: bool  # (a, b) > (?, ?) is understood and uses an index
    max_parameters: int  # bound values that one statement may carry


@dataclass(frozen=True, slots=True)
class Option:
    """One word that a source of a kind takes in gateway.yaml."""

    name: str
    help: str
    required: bool = False
    secret: bool = False  # must come from the environment or a file
    path: bool = False  # a file, relative to the contract folder
    example: str = ""


class SourceError(Exception):
    """A source did not answer. `args[0]` is for the log: it may name hosts, tables and SQL, and never reaches a client."""

    retryable = False


class Unavailable(SourceError):
    """Nothing answers, or the connection died."""

    retryable = True


class TimedOut(SourceError):
    """The deadline passed."""

    retryable = True


class Busy(SourceError):
    """No connection became free in time."""

    retryable = True


class Locked(SourceError):
    """A row or a file is locked by somebody else."""

    retryable = True


class Refused(SourceError):
    """The credentials were not accepted. Never retried: legacy systems disable a profile after a few attempts."""


class Denied(SourceError):
    """The credentials lack an authority."""


class Missing(SourceError):
    """A table or column is gone: the contract and the source have drifted apart."""


class BadData(SourceError):
    """The source itself cannot read what is stored."""


class TooCostly(SourceError):
    """The source estimated the statement as too long and refused it."""


class Unknown(SourceError):
    """None of the others."""


class Source(Protocol):
    """One database that the gateway reads. Methods may be called from many threads at once.

    Nothing connects before the first call of a method that needs a connection: a source can be opened before a fork.
    """

    name: str
    kind: str
    traits: Traits

    def learn(self, catalog: Catalog, queries: Mapping[str, str] | None = None) -> None:
        """Take in the types to bind with; `queries` has the text of each named query that the catalog describes.

        Called once, before `run`; nothing connects. A shape over what was not learned raises Missing.
        """
        ...

    def run(self, shape: Shape, values: Sequence[Any], deadline: float | None = None) -> Rows:
        """Run one read. `deadline` is a time of `time.monotonic()`, queueing included. Raises SourceError."""
        ...

    def render(self, shape: Shape, values: Sequence[Any]) -> str:
        """The statement as a person would type it, values as literals: for reports and logs, never to be run."""
        ...

    def explain(self, shape: Shape, values: Sequence[Any]) -> str:
        """How the source would run it, one step a line, in the source's own words. Raises SourceError."""
        ...

    def catalog(self, tables: Sequence[str] | None = None, queries: Mapping[str, str] | None = None) -> Catalog:
        """Read the catalog: the named tables (None: all), and what each named query returns. Raises SourceError.

        A named table that does not exist is left out of the answer.
        """
        ...

    def ping(self) -> None:
        """Answer nothing if the source is reachable. Raises SourceError."""
        ...

    def close(self) -> None:
        """Give every connection back; the source may be used again afterwards (after a fork, say)."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source: what gateway.yaml may say of it, and how to open one.

    `open` takes the source's name, its options (checked against `options`; paths absolute), the number of connections
    that this process may hold, and the seconds a request may spend at the source.
    """

    name: str
    summary: str
    options: tuple[Option, ...]
    traits: Traits
    open: Callable[[str, Mapping[str, str], int, float], Source]
