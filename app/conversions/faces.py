"""The three JSON faces of an exact number: `decimal` (text), `number` (a JSON number) and `integer`.

In charge of how a number looks to a client, what a request may write for it, and its schema. It must not know how a column
keeps it: between the two stands a finite `Decimal`.

One field has one JSON type: an integer that its column may hold past 2^53 is a string in every row, as the numbers of
JSON are doubles to most clients (RFC 8259, section 6).
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

from app.conversions.base import BadValue, Binding, DataIssue

NOT_WHOLE: Final = "not-a-whole-number"
TOO_LARGE: Final = "too-large"
ISSUES: Final = {
    NOT_WHOLE: "The field is an integer, and the column holds a fraction.",
    TOO_LARGE: "The number has more digits than the field's type can show.",
}
SAFE: Final = 2**53 - 1
SAFE_DIGITS: Final = 15  # every integer of so many digits is a double

_COMPARABLE = 38  # digits that a request may write, though the column may hold fewer: a comparison is still right
_UNBOUNDED = 1000
_EXACT: Final = Context(prec=2 * _UNBOUNDED, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)
_JSON_NUMBER = re.compile(r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?", re.ASCII)


def scaled(number: Decimal, places: int) -> Decimal:
    """The number times ten to the power of `places`, exact."""
    return _EXACT.scaleb(number, places)


class Face(ABC):
    """How the numbers of one field look."""

    @abstractmethod
    def show(self, number: Decimal) -> Any:
        """The API value of a finite number. Raises DataIssue."""

    @abstractmethod
    def number(self, value: Any) -> Decimal:
        """The number of an API value. Raises BadValue."""

    @abstractmethod
    def parse(self, text: str) -> Any:
        """The API value of a request's text. Raises BadValue."""

    @property
    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the values."""


class DecimalFace(Face):
    """Text with a fixed number of decimals; without a scale as few as the number needs. Never an exponent."""

    def __init__(self, scale: int | None, digits: int | None = None) -> None:
        self.scale = scale
        self._whole = max((digits or 0) - (scale or 0), 0) if digits else None
        most = _UNBOUNDED if scale is None else max(_COMPARABLE, digits or 0)
        decimals = _UNBOUNDED if scale is None else scale
        fraction = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
        self.pattern = f"^-?[0-9]{{1,{most}}}{fraction}$"
        self._request = re.compile(self.pattern[:-1] + r"\Z")
        self.spell = "{:zf}".format if scale is None else f"{{:z.{scale}f}}".format

    def show(self, number: Decimal) -> str:
        """`19.90`; a number with more decimals than the scale is rounded to it, half to even."""
        if self.scale is not None:
            return self.spell(number)
        if abs(number.adjusted()) >= _UNBOUNDED:
            raise DataIssue(TOO_LARGE)
        text = self.spell(number)
        return text.rstrip("0").rstrip(".") if "." in text else text

    def number(self, value: Any) -> Decimal:
        """The number of a text."""
        return Decimal(self._checked(value))

    def parse(self, text: str) -> str:
        """The text with its full number of decimals."""
        return self.show(Decimal(self._checked(text)))

    @property
    def schema(self) -> dict[str, Any]:
        """A string; `format` names what no JSON number can be trusted with."""
        return {"type": "string", "format": "decimal", "pattern": self.pattern, "example": self._example()}

    def _checked(self, value: Any) -> str:
        if not isinstance(value, str) or not self._request.match(value):
            limit = "" if self.scale is None else f" with at most {self.scale} decimals"
            raise BadValue("a whole number" if self.scale == 0 else f"a decimal number{limit}")
        return value

    def _example(self) -> str:
        whole = "0" if self._whole == 0 else "1" if self._whole == 1 else "19"
        decimals = 2 if self.scale is None else self.scale
        return f"{whole}.{'9' * decimals}" if decimals else whole


class NumberFace(Face):
    """A JSON number: an integer where there are no decimals, else the nearest double."""

    def __init__(self, scale: int | None) -> None:
        self.whole = scale == 0

    def show(self, number: Decimal) -> float:
        """An int where the scale is 0 and a double holds the number, else a float."""
        if self.whole and -SAFE <= number <= SAFE and number == number.to_integral_value():
            return int(number)
        found = float(number)
        if math.isinf(found):
            raise DataIssue(TOO_LARGE)
        return found

    def number(self, value: Any) -> Decimal:
        """The shortest decimal spelling of a number."""
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise BadValue("a number")
        return Decimal(repr(value))

    def parse(self, text: str) -> float:
        """The number; a request may compare with decimals that the column has not."""
        found = float(text) if _JSON_NUMBER.fullmatch(text) else math.inf
        if math.isinf(found):
            raise BadValue("a number")
        return int(found) if found.is_integer() and abs(found) <= SAFE else found

    @property
    def schema(self) -> dict[str, Any]:
        """A number."""
        return {"type": "number", "example": 19 if self.whole else 19.99}


class IntegerFace(Face):
    """A whole number: a JSON number, or a string where the column may hold more than 15 digits."""

    def __init__(self, digits: int | None) -> None:
        self.text = digits is not None and digits > SAFE_DIGITS
        self._request = re.compile(rf"-?[0-9]{{1,{max(_COMPARABLE, digits or 0)}}}\Z")

    def show(self, number: Decimal) -> int | str:
        """The int, or its text."""
        if abs(number.adjusted()) >= _UNBOUNDED:
            raise DataIssue(TOO_LARGE)
        whole = int(number)
        if whole != number:
            raise DataIssue(NOT_WHOLE)
        return self.shown(whole)

    def shown(self, whole: int) -> int | str:
        """The API value of an int."""
        if self.text:
            return str(whole)
        if not -SAFE <= whole <= SAFE:
            raise DataIssue(TOO_LARGE)
        return whole

    def number(self, value: Any) -> Decimal:
        """The number of an int or its text, whichever the field has."""
        right = str if self.text else int
        if not isinstance(value, right) or isinstance(value, bool):
            raise BadValue("a whole number")
        return Decimal(self._whole(str(value)))

    def parse(self, text: str) -> int | str:
        """The whole number."""
        whole = self._whole(text)
        return str(whole) if self.text else whole

    @property
    def schema(self) -> dict[str, Any]:
        """An integer that a double holds, or a string of digits."""
        if self.text:
            return {"type": "string", "pattern": f"^{self._request.pattern[:-2]}$", "example": "9007199254740993"}
        return {"type": "integer", "minimum": -SAFE, "maximum": SAFE, "example": 42}

    def _whole(self, text: str) -> int:
        if not self._request.match(text):
            raise BadValue("a whole number")
        whole = int(text)
        if not self.text and not -SAFE <= whole <= SAFE:
            raise BadValue(f"a whole number from {-SAFE} to {SAFE}", str(SAFE if whole > 0 else -SAFE))
        return whole


def face_of(binding: Binding, scale: int | None, digits: int | None) -> Face:
    """The face of a field's type, for numbers of `digits` digits of which `scale` are decimals (None: not known)."""
    if binding.type == "decimal":
        return DecimalFace(scale, digits)
    return IntegerFace(digits) if binding.type == "integer" else NumberFace(scale)
