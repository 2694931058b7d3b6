"""Zoned decimals: one digit a byte, the sign in the zone of the last one (`0001234N` is -12345).

In charge of zoned digits in a column of bytes, and of what became of them where they were translated to text: then the signed
digit is a letter, and signed zero is whatever the code page has at X'C0' and X'D0' (`{` and `}` in 37, `ä` and `ü` in 273).
A NUMERIC column is no concern of it, the database reads that.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from app.conversions.base import BadOption, Binding, DataIssue, Entry, Stored
from app.conversions.codepages import CCSID_SHAPE, EBCDIC, codec
from app.conversions.columns import BYTES, octets, unpadded
from app.conversions.digits import TEXTUAL
from app.conversions.faces import scaled
from app.conversions.numbers import DIGITS_SHAPE, NUMBERS, SCALE_SHAPE, NumberConversion
from app.conversions.packed import MINUS, signs, unscaled

NOT_ZONED: Final = "not-zoned"
ISSUES: Final = {
    NOT_ZONED: "The text or bytes are no zoned decimal: blanks, letters, or no digit with a sign at the end."
}
_DEFAULT_CCSID: Final = 37
_TEXT_SIGNS: Final = "cfd"  # the other zones are no letters that a program would write


class Zoned(NumberConversion):
    """A zoned decimal with `scale` decimals."""

    name = "zoned"
    keeps_order = False  # the sign stands at the end

    def __init__(self, binding: Binding) -> None:
        column, options = binding.columns[0], binding.options
        self.scale: int = options.get("scale", 0)
        self.digits: int | None = options.get("digits", column.length)
        if self.digits is not None and column.length is not None and self.digits > column.length:
            raise BadOption(f"digits: {self.digits} do not fit a column of type {column}", f"at most {column.length}")
        self.textual = column.base in TEXTUAL
        name = codec(options.get("ccsid", _usual_ccsid(column.ccsid)), "ccsid", EBCDIC)
        self._signs = _TEXT_SIGNS if self.textual else "cfaedb"
        self._last = {_signed(sign, digit, name if self.textual else ""): (sign, digit)
                      for sign in self._signs for digit in "0123456789"}  # fmt: skip
        self._spelled = {meaning: spelling for spelling, meaning in self._last.items()}
        super().__init__(binding, self.scale, self.digits or 31)

    def _number(self, stored: Any) -> Decimal:
        digits = unpadded(stored) if self.textual else octets(stored)
        if digits[-1:] not in self._last:
            raise DataIssue(NOT_ZONED)
        sign, last = self._last[digits[-1:]]
        number = int(self._leading(digits[:-1]) + last)
        return scaled(Decimal(-number if sign in MINUS else number), -self.scale)

    def _leading(self, digits: str | bytes) -> str:
        """The digits before the last one. Raises DataIssue."""
        text = digits if isinstance(digits, str) else digits.hex()[1::2] if set(digits.hex()[::2]) <= {"f"} else " "
        if text and not (text.isascii() and text.isdecimal()):
            raise DataIssue(NOT_ZONED)
        return text

    def _form(self, number: Decimal) -> str | bytes:
        return self._spell(number, signs(number)[0])

    def spellings(self, value: Any) -> tuple[Stored, ...]:
        """The number with each sign that means the same: `123D`, `1234`."""
        self.write(value)  # raises BadValue for a sentinel
        number = self.face.number(value)
        return tuple((self._spell(number, sign),) for sign in signs(number) if sign in self._signs)

    def _spell(self, number: Decimal, sign: str) -> str | bytes:
        digits = unscaled(number, self.scale, self.digits).zfill(self.digits or 1)
        last = self._spelled[sign, digits[-1]]
        return digits[:-1] + last if isinstance(last, str) else bytes(0xF0 + int(digit) for digit in digits[:-1]) + last


def _signed(sign: str, digit: str, name: str) -> str | bytes:
    """The last digit with its sign: a byte, or its character in a codec."""
    byte = bytes.fromhex(sign + digit)
    return byte.decode(name) if name else byte


def _usual_ccsid(ccsid: int | None) -> int:
    """The column's own code page where it is one of EBCDIC (1208 is what the driver made of it), else 37."""
    return ccsid if ccsid is not None and ccsid in EBCDIC else _DEFAULT_CCSID


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        name=Zoned.name,
        summary="A zoned decimal with `scale` decimals, in a column of bytes or of text that was translated from EBCDIC: "
        "the last character carries the sign (overpunch), A to I and `{` for plus, J to R and `}` for minus, a plain "
        "digit for plus. `ccsid` says the code page, in which the two zeros differ; left out, it is the column's own, "
        "or 37. `digits` is how many digits are stored, the column's length if left out.",
        types=NUMBERS,
        bind=Zoned,
        options={"ccsid": CCSID_SHAPE, "scale": SCALE_SHAPE, "digits": DIGITS_SHAPE},
        short="scale",
        bases=(*TEXTUAL, *BYTES),
    ),
)
