"""What a conversion is: the five faces between a legacy column's stored form and the API's value.

An *API value* is ready for JSON: text, int, float, bool or None. Dates, times, and decimals are text in their one
canonical spelling (`2026-01-31`, `09:30:05`, `-0.05`), so that two equal API values are equal text.

A *stored value* is what the driver gives or takes for one column. A conversion over several columns (`arity`) takes one
stored value for each; wherever stored values leave a conversion they are tuples of that length.

Sentinels: `nulls` are the stored values that mean null. A filter for a range leaves them out, a filter for null names them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from adapters.port import ColumnType
from app.shapes import Shape

ApiType = Literal[
    "string", "integer", "number", "decimal", "boolean", "enum", "date", "month", "week", "time", "datetime", "binary"
]
Stored = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """A stored value that does not decode; `code` says how (`not-a-date`)."""

    code: str


class DataIssue(Exception):
    """Raised by `read`; becomes an Issue at the public face."""

    def __init__(self, code: str) -> None:
        self.issue = Issue(code)
        super().__init__(code)


class BadValue(ValueError):
    """An API value that this conversion cannot take. `args[0]` completes "expected …"; `hint` is the nearest valid value."""

    def __init__(self, expected: str, hint: str = "") -> None:
        self.expected, self.hint = expected, hint
        super().__init__(expected)


class BadOption(ValueError):
    """An option of `stored_as` that makes no sense for this field: a fault of the contract. `hint` says what would."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a conversion is bound to: the field's API type, its columns' types, its options, and the source's zone."""

    type: ApiType
    columns: tuple[ColumnType, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    timezone: str = "UTC"
    open: bool = False  # an enum that lets unknown codes through


class Conversion(ABC):
    """One conversion, bound to one field.

    Subclasses implement `read`, `write` and `parse`. `memo` says that few distinct stored values occur (dates, codes),
    so that the row function may keep decoded values in a table.
    """

    name: ClassVar[str]
    arity: int = 1
    keeps_order: bool = True  # stored order (lexicographic over several columns) = value order
    filterable: bool = True  # encode gives what an equal comparison finds
    searchable: bool = False  # the stored text holds the API text verbatim: prefix and contains make sense
    fallible: bool = True  # a column of this type can hold values that do not decode
    memo: bool = False
    nulls: tuple[Stored, ...] = ()
    deciding: int | None = None  # how many of the leading columns decide about null; None: all

    @abstractmethod
    def read(self, *stored: Any) -> Any:
        """The API value (None for null). Raises DataIssue; may raise anything for a value that the column cannot hold."""

    @abstractmethod
    def write(self, value: Any) -> Stored:
        """The stored form of an API value that is not null. Raises BadValue."""

    @abstractmethod
    def parse(self, text: str) -> Any:
        """The API value of a request's text, in its canonical spelling. Raises BadValue."""

    @property
    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """OpenAPI 3.1 type, format, pattern, lengths, enum and example of a value that is not null."""

    @property
    def request_schema(self) -> dict[str, Any]:
        """The same of a value in a request, which is narrower where not every value of the kind can be stored."""
        return self.schema

    def inline(self, *names: str) -> str | None:
        """What the row function writes in place of a call of `read`; None: the call is as good.

        A Python expression over local names in which `read` is the name of that method; equal to it for every stored value.
        """
        del names
        return None

    def decode(self, *stored: Any) -> Any:
        """The API value, None for null, or an Issue. Never raises, whatever a driver brings."""
        try:
            return self.read(*stored)
        except DataIssue as found:
            return found.issue
        except Exception:  # noqa: BLE001  # a row with a value of a wrong kind is still served
            return Issue("undecodable")

    def encode(self, value: Any) -> Stored:
        """The stored form of an API value; null is the first sentinel, or NULL in each column. Raises BadValue."""
        if value is None:
            return self.nulls[0] if self.nulls else (None,) * self.arity
        return self.write(value)

    def spellings(self, value: Any) -> tuple[Stored, ...]:
        """Every stored form of an API value that is not null; the first is `encode`'s. Raises BadValue."""
        return (self.write(value),)


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered conversion: one name of `stored_as`.

    `types` are the API types it serves; `options` the shape of what may stand after its name (`nulls` and `on_issue` are
    added for all); `short` is the option that a bare value means (`implied: 2` is `{implied: {scale: 2}}`); `bases` are
    the column types it can read, empty for all; `bind` makes the conversion and raises BadOption.
    """

    name: str
    summary: str
    types: tuple[ApiType, ...]
    bind: Callable[[Binding], Conversion]
    options: Mapping[str, Shape] = field(default_factory=dict)
    short: str = ""
    bases: tuple[str, ...] = ()
    arity: int | None = 1  # columns; None: two or more, as the field says
