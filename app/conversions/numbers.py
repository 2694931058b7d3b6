"""Numbers in numeric columns: as they are, or with decimals that only the programs know of.

In charge of what drivers bring for a numeric column, and of what they are given. It must not know the JSON faces of a number
(faces), nor numbers in text or bytes (numerals, overpunch, packed).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from app.conversions.base import ApiType, BadOption, Binding, DataIssue, Entry
from app.conversions.columns import OneColumn
from app.conversions.digits import NUMERIC
from app.conversions.faces import SAFE, SAFE_DIGITS, DecimalFace, Face, IntegerFace, face_of, scaled
from app.conversions.moments import NOT_A_NUMBER
from app.shapes import Whole

NUMBERS: Final[tuple[ApiType, ...]] = ("decimal", "number", "integer")
SCALE_SHAPE: Final = Whole(0, 60)
DIGITS_SHAPE: Final = Whole(1, 63)

_LONGEST = 1000  # characters of a number that a driver brings as text


class NumberConversion(OneColumn):
    """One column that holds a number in some form; `face` is what clients see of it."""

    def __init__(
        self, binding: Binding, scale: int | None, digits: int | None, usual_nulls: tuple[Any, ...] = ()
    ) -> None:
        super().__init__(binding, usual_nulls)
        self.face = face_of(binding, scale, digits)

    @abstractmethod
    def _number(self, stored: Any) -> Decimal:
        """The exact number of a stored value. Raises DataIssue."""

    @abstractmethod
    def _form(self, number: Decimal) -> Any:
        """The stored form of a number. Raises BadValue."""

    def _value(self, stored: Any) -> Any:
        number = self._number(stored)
        return self.face.show(number) if number.is_finite() else None

    def _stored(self, value: Any) -> Any:
        return self._form(self.face.number(value))

    def parse(self, text: str) -> Any:
        """The number, in its one spelling."""
        return self.face.parse(text)

    @property
    def schema(self) -> dict[str, Any]:
        """As the field's type has it."""
        return self.face.schema


class Native(NumberConversion):
    """A number as the column has it. NaN and the infinities are null: JSON has none."""

    name = "native"

    def __init__(self, binding: Binding) -> None:
        scale = binding.options.get("scale", column_scale(binding))
        super().__init__(binding, scale, binding.options.get("digits", _digits(binding)))
        self.fallible = may_misfit(binding, self.face, column_scale(binding))

    def _number(self, stored: Any) -> Decimal:
        return stored if type(stored) is Decimal else exact(stored)

    def _form(self, number: Decimal) -> int | float | Decimal:
        return in_column(number, self.column.base)


class NativeDecimal(Native):
    """`decimal` as the column has it; a class of its own because it runs for every amount of every row."""

    def __init__(self, binding: Binding) -> None:
        super().__init__(binding)
        scale = self.face.scale if isinstance(self.face, DecimalFace) else None
        self._point = slice(-scale - 1, -scale) if scale else slice(0)

    def read(self, stored: Any) -> str | None:
        """The text of the number. Most drivers bring a Decimal with the column's decimals: its own text is right then."""
        if type(stored) is Decimal and not self._sentinels:
            text = str(stored)
            if text[self._point] == "." and "E" not in text and text[:2] != "-0":
                return text
        found: str | None = super().read(stored)
        return found


class NativeInteger(Native):
    """`integer` as the column has it."""

    def __init__(self, binding: Binding) -> None:
        super().__init__(binding)
        self._text = isinstance(self.face, IntegerFace) and self.face.text

    def read(self, stored: Any) -> int | str | None:
        """The int, or its text where the column may hold more than a double does."""
        if type(stored) is int and not self._sentinels and -SAFE <= stored <= SAFE:
            return str(stored) if self._text else stored
        found: int | str | None = super().read(stored)
        return found


class NativeNumber(Native):
    """`number` as the column has it."""

    def read(self, stored: Any) -> float | None:
        """The number."""
        if type(stored) is float and not self._sentinels:
            return stored if stored - stored == 0 else None  # neither NaN nor an infinity
        found: float | None = super().read(stored)
        return found


class Implied(NumberConversion):
    """A number whose decimals are not stored: 1999 with two implied decimals is 19.99."""

    name = "implied"

    def __init__(self, binding: Binding) -> None:
        if "scale" not in binding.options:
            raise BadOption("implied needs the number of its decimals", "{implied: 2}")
        self.places: int = binding.options["scale"]
        stored_scale = column_scale(binding)
        scale = None if stored_scale is None else self.places + stored_scale
        super().__init__(binding, scale, binding.columns[0].precision)
        self.fallible = may_misfit(binding, self.face, scale)
        plain = is_text_of_scale(self.face, self.places) and not self._sentinels
        self._least: float = 10**self.places if plain else math.inf
        self._point = -self.places

    def read(self, stored: Any) -> Any:
        """The number. The short way is for whole numbers shown as text, which need a point and no arithmetic."""
        if type(stored) is int and stored >= self._least:
            text = str(stored)
            return f"{text[: self._point]}.{text[self._point :]}"
        return super().read(stored)

    def inline(self, *names: str) -> str | None:
        """The short way, in place."""
        (name,) = names
        text = f"(text := str({name}))[:{self._point}] + '.' + text[{self._point}:]"
        short = f"{text} if {name}.__class__ is int and {name} >= {self._least} else read({name})"
        return None if math.isinf(self._least) else short

    def _number(self, stored: Any) -> Decimal:
        return scaled(exact(stored), -self.places)

    def _form(self, number: Decimal) -> int | float | Decimal:
        return in_column(scaled(number, self.places), self.column.base)


def may_misfit(binding: Binding, face: Face, scale: int | None) -> bool:
    """Whether a numeric column can hold a number that the field's type cannot show, so that the field may be null.

    For an integer that is a fraction, or a number past 2^53 where the field is a JSON number. A source that knows the size
    of its integers says so (PostgreSQL: `integer(10,0)`, `integer(19,0)`), and the field is a number or a string that holds
    them all. Of a plain `integer` (SQLite's INTEGER) the size is not known: a string in every row would be a nuisance for
    what are nearly always small numbers, and a double would lose digits unseen. So it is a JSON number that the schema bounds
    and lets be null: past 2^53 the row has the issue `too-large`, or what `on_issue` says becomes of it.
    """
    column = binding.columns[0]
    if column.base == "float" or not isinstance(face, IntegerFace):
        return column.base == "float"
    large = column.precision is None or column.precision > SAFE_DIGITS
    return scale != 0 or (large and not face.text)


def is_text_of_scale(face: Face, scale: int) -> bool:
    """Whether a face shows a number as text with just so many decimals, and at least one."""
    return isinstance(face, DecimalFace) and face.scale == scale and scale > 0


def exact(stored: Any) -> Decimal:
    """The exact number of what a driver brought; a float stands for its shortest decimal spelling. Raises DataIssue."""
    if isinstance(stored, Decimal):
        return stored
    if isinstance(stored, int):
        return Decimal(stored)
    if isinstance(stored, float):
        return Decimal(repr(stored))
    if isinstance(stored, str) and len(stored) <= _LONGEST:
        try:
            return Decimal(stored.strip(" "))
        except InvalidOperation:
            pass
    raise DataIssue(NOT_A_NUMBER)


def in_column(number: Decimal, base: str) -> int | float | Decimal:
    """A number as a driver wants it for a column: a whole one as int unless the column holds fractions."""
    if base == "float":
        return float(number)
    return int(number) if base == "integer" and number == number.to_integral_value() else number


def column_scale(binding: Binding) -> int | None:
    """The decimals of a field's column; None where its type does not say."""
    column = binding.columns[0]
    if column.base == "integer":
        return 0
    return None if column.base == "float" else column.scale if column.precision is None else column.scale or 0


def _digits(binding: Binding) -> int | None:
    """The most digits that a field's column holds. A decimal column without bounds may hold any number of them."""
    column = binding.columns[0]
    unbounded = column.base != "integer" and column.precision is None
    return DIGITS_SHAPE.maximum if unbounded else column.precision


def _native(kind: type[Native], api_type: ApiType, summary: str, **options: Whole) -> Entry:
    return Entry("native", summary, (api_type,), kind, options, bases=NUMERIC)


ENTRIES: Final[tuple[Entry, ...]] = (
    _native(
        NativeDecimal,
        "decimal",
        "The number as the column has it, as text with the column's decimals. `scale` says how many where the column "
        "does not (floating point); without it as few as the number needs. NaN and infinities are null.",
        scale=SCALE_SHAPE,
    ),
    _native(NativeNumber, "number", "The number as the column has it, as a JSON number. NaN and infinities are null."),
    _native(
        NativeInteger,
        "integer",
        "The whole number as the column has it. Where the column may hold more than 15 digits (its own precision, or "
        "`digits`), every value is a JSON string; elsewhere a JSON number. Where the column does not say how large its "
        "numbers are, one past 2^53 is an issue, so that the field can be null unless `on_issue` says otherwise.",
        digits=DIGITS_SHAPE,
    ),
    Entry(
        name=Implied.name,
        summary="A number whose decimals the programs imply: with `scale` 2, 1999 is 19.99.",
        types=NUMBERS,
        bind=Implied,
        options={"scale": SCALE_SHAPE},
        short="scale",
        bases=NUMERIC,
    ),
)
