"""Columns that keep digits: as a number, which loses leading zeros, or as text, which keeps them.

In charge of what drivers bring for such a column (int, Decimal, float, text), of its sentinels, and of reading a year out
of digits. It must not know what the digits mean beyond that.

A layout's name is its own description: each run of equal letters is one part (`cyymmdd`: c, yy, mm, dd). `c` counts the
centuries after 1900, as IBM i's *CYMD does; a bare `yy` lies in the hundred years that start with the option `window`
(1940 by default, as IBM i has it for two-digit years).
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from adapters.port import ColumnType
from app.conversions.base import ApiType, BadOption, BadValue, Binding, Conversion, DataIssue, Entry, Stored
from app.conversions.moments import NOT_A_DATE, NOT_A_NUMBER, WINDOW, WINDOW_SHAPE, YEARS_SHAPE, Years, in_window
from app.shapes import Shape

NUMERIC: Final = ("integer", "decimal", "float")
TEXTUAL: Final = ("char", "varchar")

_LIMIT = 10**18  # no layout has more digits; int() of a Decimal such as 1E+999999 would take minutes
_SIGNIFICANCE = {"c": 0, "y": 1, "m": 2, "w": 2, "d": 3}


def require(binding: Binding, name: str, bases: Sequence[str]) -> None:
    """Raise BadOption unless each column of the field has one of the base types."""
    for column in binding.columns:
        if column.base not in bases:
            raise BadOption(f"{name} cannot read a column of type {column}", f"it reads {', '.join(bases)}")


def whole(stored: Any) -> int:
    """The whole number that a driver brought as int, Decimal, float or digits. Raises DataIssue."""
    if isinstance(stored, str):
        text = stored.strip(" ")
        if not (text.isascii() and text.isdigit()) or len(text) > 18:
            raise DataIssue(NOT_A_NUMBER)
        return int(text)
    try:
        number = int(stored) if -_LIMIT < stored < _LIMIT else None
    except (TypeError, ArithmeticError):  # not a number, or Decimal's NaN
        number = None
    if number is None or number != stored:
        raise DataIssue(NOT_A_NUMBER)
    return number


def padded(text: str, column: ColumnType) -> str:
    """Text as a column keeps it: `char` is blank-padded to its length."""
    return text.ljust(column.length) if column.base == "char" and column.length else text


def blanks(column: ColumnType) -> tuple[str, ...]:
    """The spellings of an empty text column. A database that does not pad `char` may hold either."""
    return (padded("", column), "") if padded("", column) else ("",)


@dataclass(frozen=True, slots=True)
class DigitColumn:
    """A column that keeps up to `width` digits."""

    type: ColumnType
    width: int

    def __post_init__(self) -> None:
        if self.textual and self.type.length is not None and self.type.length < self.width:
            raise BadOption(f"a column of type {self.type} is too short for {self.width} digits")

    @property
    def textual(self) -> bool:
        """Whether the digits are kept as text, zero-padded."""
        return self.type.base in TEXTUAL

    def key(self, stored: Any) -> int | str:
        """What a stored value is known by: the number, or the text without its padding. Raises DataIssue."""
        if not self.textual:
            return whole(stored)
        return stored.strip(" ") if isinstance(stored, str) else str(whole(stored)).zfill(self.width)

    def digits(self, key: int | str, wrong: str) -> str:
        """All `width` digits of a key; DataIssue `wrong` where there are more, or a sign."""
        text = str(whole(key)) if isinstance(key, str) else str(key)
        if len(text) > self.width or text.startswith("-"):
            raise DataIssue(wrong)
        return text.zfill(self.width)

    def stored(self, digits: str) -> int | str:
        """The stored form of digits."""
        return padded(digits, self.type) if self.textual else int(digits)

    def null(self, value: Any) -> int | str:
        """The stored form of a word of the option `nulls`: a number is zero-padded for a text column. Raises BadOption."""
        if self.textual and isinstance(value, str):
            return padded(value, self.type)
        try:
            number = int(value) if isinstance(value, str) else whole(value)
        except (ValueError, DataIssue) as fault:
            hint = "" if self.textual else f"a column of type {self.type} holds whole numbers"
            raise BadOption(f"nulls: {value!r} is no stored value of this column", hint) from fault
        return padded(str(number).zfill(self.width), self.type) if self.textual else number

    def usual_nulls(self, numbers: Iterable[int]) -> tuple[int | str, ...]:
        """The stored forms of a layout's usual sentinels; a text column may be blank, too."""
        empty = blanks(self.type) if self.textual else ()
        return (*empty, *map(self.null, numbers))


@dataclass(frozen=True, slots=True)
class Layout:
    """A row of a table of layouts: its name, what people should know of it, and the numbers that usually mean null."""

    name: str
    summary: str
    nulls: tuple[int, ...]
    bases: tuple[str, ...] = NUMERIC + TEXTUAL

    @property
    def parts(self) -> dict[str, slice]:
        """Where each run of letters stands: `{"c": slice(0, 1), "yy": slice(1, 3), …}`, in order."""
        return {match[0]: slice(*match.span()) for match in re.finditer(r"(.)\1*", self.name)}

    @property
    def windowed(self) -> bool:
        """Whether the year has two digits and no century."""
        return "yy" in self.parts and "c" not in self.parts

    @property
    def described(self) -> str:
        """The summary with the usual sentinels."""
        listed = ", ".join(str(number) for number in self.nulls)
        return f"{self.summary} Null by default: {listed}{'; blanks in a text column' if 'char' in self.bases else ''}."


class Digits(Conversion):
    """One column of digits. Subclasses say what the digits mean."""

    memo = True
    wrong: ClassVar[str] = NOT_A_DATE

    def __init__(self, layout: Layout, binding: Binding) -> None:
        require(binding, layout.name, layout.bases)
        self.name = layout.name  # type: ignore[misc]  # one class serves all the rows of a table of layouts
        self.layout = layout
        self.column = DigitColumn(binding.columns[0], len(layout.name))
        self._set_nulls(binding.options.get("nulls"))

    @abstractmethod
    def _value(self, digits: str) -> str:
        """The API value of all the digits. Raises DataIssue."""

    @abstractmethod
    def _digits(self, value: Any) -> str:
        """The digits of an API value. Raises BadValue."""

    def read(self, stored: Any) -> str | None:
        """The API value."""
        if stored is None:
            return None
        key = self.column.key(stored)
        return None if key in self._null_keys else self._value(self.column.digits(key, self.wrong))

    def write(self, value: Any) -> Stored:
        """The digits, as the column keeps them."""
        return self._stored(self._digits(value))

    def _stored(self, digits: str) -> Stored:
        stored = self.column.stored(digits)
        if self.column.key(stored) in self._null_keys:
            raise BadValue(f"a value other than {stored!r}, which means null in this column")
        return (stored,)

    def _set_nulls(self, chosen: Sequence[Any] | None) -> None:
        usual = self.column.usual_nulls(self.layout.nulls)
        stored = usual if chosen is None else tuple(map(self.column.null, chosen))
        self.nulls = tuple((null,) for null in stored)
        self._null_keys = frozenset(map(self.column.key, stored))


class YearDigits(Digits):
    """Digits with a year in them."""

    def __init__(self, layout: Layout, binding: Binding) -> None:
        super().__init__(layout, binding)
        self.parts = layout.parts
        self.window: int = binding.options.get("window", WINDOW)
        self.years = Years.of(binding.options).within(*self._storable())
        ranks = [_SIGNIFICANCE[part[0]] for part in self.parts]
        self.keeps_order = ranks == sorted(ranks) and not (layout.windowed and self.window % 100)

    def _storable(self) -> tuple[int, int]:
        """The first and last year that the digits can say."""
        if "yyyy" in self.parts:
            return 1, 9999
        return (1900, 2899) if "c" in self.parts else (self.window, self.window + 99)

    @property
    def request_schema(self) -> dict[str, Any]:
        """A value of the field's years."""
        return self.years.limited(self.schema)

    def _number(self, digits: str, part: str) -> int:
        return int(digits[self.parts[part]])

    def _year(self, digits: str) -> int:
        """The full year."""
        if "yyyy" in self.parts:
            return self._number(digits, "yyyy")
        short = self._number(digits, "yy")
        if "c" in self.parts:
            return 1900 + 100 * self._number(digits, "c") + short
        return in_window(short, self.window)

    def _joined(self, year: int, **others: int) -> str:
        """The digits of a year and of the other parts, in the layout's order."""
        numbers = {"c": (year - 1900) // 100, "yy": year % 100, "yyyy": year, **others}
        return "".join(str(numbers[part]).zfill(len(part)) for part in self.parts)


def layout_entry(kind: type[YearDigits], api_type: ApiType, layout: Layout) -> Entry:
    """The registered conversion of one row of a table of layouts."""
    options: Mapping[str, Shape] = {"window": WINDOW_SHAPE} if layout.windowed else {}
    return Entry(
        name=layout.name,
        summary=layout.described,
        types=(api_type,),
        bind=lambda binding: kind(layout, binding),
        options={**options, "years": YEARS_SHAPE},
        short="window" if layout.windowed else "",
        bases=layout.bases,
    )
