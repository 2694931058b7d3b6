"""One column, and the stored values of it that mean null.

In charge of sentinels: how the option `nulls` writes them, how they are recognised, and that nothing is written that would
read as null. It must not know what any other stored value means.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from adapters.port import ColumnType
from app.conversions.base import BadOption, BadValue, Binding, Conversion, Stored
from app.conversions.digits import NUMERIC, TEXTUAL

BYTES: Final = ("binary",)


class OneColumn(Conversion):
    """A conversion over one column. Subclasses say what a stored value means that is neither NULL nor a sentinel."""

    def __init__(self, binding: Binding, usual_nulls: Iterable[Any] = (), fixed_nulls: Iterable[Any] = ()) -> None:
        """Bind; `fixed_nulls` mean null whatever the option `nulls` says, `usual_nulls` where it says nothing."""
        self.column = binding.columns[0]
        chosen = binding.options.get("nulls")
        words = usual_nulls if chosen is None else (sentinel(word, self.column) for word in chosen)
        self.nulls = tuple((word,) for word in dict.fromkeys((*fixed_nulls, *words)))
        self._sentinels = frozenset(self._key(null) for (null,) in self.nulls)

    @abstractmethod
    def _value(self, stored: Any) -> Any:
        """The API value of a stored value. Raises DataIssue."""

    @abstractmethod
    def _stored(self, value: Any) -> Any:
        """The canonical stored form of an API value. Raises BadValue."""

    def read(self, stored: Any) -> Any:
        """The API value; None for NULL and for a sentinel."""
        return None if stored is None or self._means_null(stored) else self._value(stored)

    def write(self, value: Any) -> Stored:
        """The stored form; refused where it would read as null."""
        stored = self._stored(value)
        if self._means_null(stored):
            raise BadValue(f"a value other than {value!r}, which means null in this column")
        return (stored,)

    def _key(self, stored: Any) -> Any:
        """What a stored value has in common with all others that mean the same sentinel."""
        return unpadded(stored)

    def _means_null(self, stored: Any) -> bool:
        return bool(self._sentinels) and self._key(stored) in self._sentinels


def unpadded(stored: Any) -> Any:
    """A stored value without the blank padding of text; bytes as bytes, whatever buffer a driver brings."""
    if isinstance(stored, str):
        return stored.rstrip(" ")
    return bytes(stored) if isinstance(stored, bytearray | memoryview) else stored


def octets(stored: Any) -> bytes:
    """The bytes of whatever buffer a driver brings. Raises TypeError for anything else: `bytes` of a number would be as many zeros."""
    return bytes(memoryview(stored))


def sentinel(word: Any, column: ColumnType) -> Any:
    """The stored value that a word of the option `nulls` writes: bytes are written in hexadecimal. Raises BadOption."""
    if column.base in TEXTUAL:
        if not isinstance(word, str):
            raise BadOption(f"nulls: {word!r} is no text, but the column is", f"in quotes: {str(word)!r}")
        return word.rstrip(" ")
    try:
        if column.base in NUMERIC:
            return _number(word)
        if column.base in BYTES:
            return bytes.fromhex(word)
        return UUID(word) if column.base == "uuid" else word
    except (InvalidOperation, ValueError, TypeError, AttributeError) as fault:
        hint = 'hexadecimal, in quotes: "40404040"' if column.base in BYTES else ""
        raise BadOption(f"nulls: {word!r} is no stored value of a column of type {column}", hint) from fault


def _number(word: Any) -> int | Decimal:
    number = Decimal(str(word))
    if not number.is_finite():
        raise ValueError(word)
    return int(number) if number == number.to_integral_value() else number
