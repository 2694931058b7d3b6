"""Packed decimals as bytes: two digits a byte, the sign in the last half (X'01234D' is -1234).

In charge of packed bytes as a FOR BIT DATA column has them; a DECIMAL column is no concern of it, the database unpacks that.
IBM, z/Architecture Principles of Operation, "Decimal-Operand Data Formats": C, A, F and E are plus, D and B minus.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from app.conversions.base import BadValue, Binding, DataIssue, Entry, Stored
from app.conversions.columns import BYTES, octets
from app.conversions.faces import scaled
from app.conversions.numbers import NUMBERS, SCALE_SHAPE, NumberConversion, is_text_of_scale

NOT_PACKED: Final = "not-packed"
ISSUES: Final = {NOT_PACKED: "The bytes are no packed decimal: blanks (X'40'), a digit above 9, or no sign."}
PLUS: Final = "cfae"  # the first one is written
MINUS: Final = "db"
_PLUS: Final = frozenset(PLUS)
_FEW: Final = 8  # digits from which on values rarely repeat: weights and quantities do, amounts do not


class Packed(NumberConversion):
    """A packed decimal with `scale` decimals."""

    name = "packed"
    keeps_order = False  # bytes compare without their sign

    def __init__(self, binding: Binding) -> None:
        self.scale: int = binding.options.get("scale", 0)
        length = binding.columns[0].length
        self.digits = None if length is None else 2 * length - 1
        super().__init__(binding, self.scale, self.digits or 31)
        self._plain = is_text_of_scale(self.face, self.scale) and not self._sentinels
        self._point = -self.scale
        self.memo = (self.digits or _FEW) < _FEW

    def read(self, stored: Any) -> Any:
        """The number. The short way is for bytes shown as text: their hexadecimal digits are the number's, but for the sign."""
        if self._plain and type(stored) is bytes:
            text = stored.hex()
            digits = text[:-1].lstrip("0").zfill(self.scale + 1)
            if digits.isdecimal() and text[-1:] in _PLUS:
                return f"{digits[: self._point]}.{digits[self._point :]}"
        return super().read(stored)

    def _number(self, stored: Any) -> Decimal:
        text = octets(stored).hex()
        digits, sign = text[:-1], text[-1:]
        if not digits.isdecimal() or not sign or sign not in PLUS + MINUS:
            raise DataIssue(NOT_PACKED)
        number = int(digits)
        return scaled(Decimal(-number if sign in MINUS else number), -self.scale)

    def _form(self, number: Decimal) -> bytes:
        digits = unscaled(number, self.scale, self.digits)
        width = self.digits or len(digits) + (len(digits) + 1) % 2
        return bytes.fromhex(digits.zfill(width) + (MINUS if number < 0 else PLUS)[0])

    def spellings(self, value: Any) -> tuple[Stored, ...]:
        """The number with each sign that means the same."""
        digits = self.write(value)[0].hex()[:-1]
        return tuple((bytes.fromhex(digits + sign),) for sign in signs(self.face.number(value)))


def signs(number: Decimal) -> str:
    """The half bytes that are the sign of a number, the usual one first; zero may have any."""
    return PLUS + MINUS if number == 0 else MINUS if number < 0 else PLUS


def unscaled(number: Decimal, scale: int, digits: int | None) -> str:
    """The digits of a number without point and sign. Raises BadValue where they do not fit (`digits` None: no bound)."""
    whole = scaled(number.copy_abs(), scale)
    if whole != whole.to_integral_value():
        raise BadValue(f"a number with at most {scale} decimals")
    text = str(int(whole))
    if digits is not None and len(text) > digits:
        raise BadValue(f"a number of at most {digits} digits, {scale} of them decimals")
    return text


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        name=Packed.name,
        summary="A packed decimal in a column of bytes, with `scale` decimals. Plus is C, F, A or E (C is written), "
        "minus D or B. A filter finds each of them.",
        types=NUMBERS,
        bind=Packed,
        options={"scale": SCALE_SHAPE},
        short="scale",
        bases=BYTES,
    ),
)
