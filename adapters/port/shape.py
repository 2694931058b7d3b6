"""A read: the shape that decides its statement's text, and the rows that it brings.

In charge of these values. It must not know SQL text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

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
