"""Numbers as people write them, in a text column: `123-`, `123CR`, `-123`, `1.234,56-`.

In charge of signs, separators and blanks. It must not know numbers in numeric columns or in bytes.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from app.conversions.base import BadValue, Binding, DataIssue, Entry
from app.conversions.digits import TEXTUAL
from app.conversions.moments import NOT_A_NUMBER
from app.conversions.numbers import NUMBERS, SCALE_SHAPE, NumberConversion
from app.shapes import Word

SIGN_SHAPE: Final = Word({"leading": "-123", "trailing": "123-"})
MARK_SHAPE: Final = Word({".": "1,234.56", ",": "1.234,56"})
_NEGATIVE: Final = frozenset({"-", "CR", "DB"})


class Numeral(NumberConversion):
    """A number in text. It cannot be filtered by: one number has many texts (`5`, `005`, `5,00`, blanks before it)."""

    name = "text"
    keeps_order = False
    filterable = False

    def __init__(self, binding: Binding) -> None:
        self.mark: str = binding.options.get("decimal", ".")
        self.trailing = binding.options.get("sign", "leading") == "trailing"
        super().__init__(binding, binding.options.get("scale"), binding.columns[0].length, ("",))
        self._form_of = _form_of(self.mark)

    def _number(self, stored: Any) -> Decimal:
        match = self._form_of.fullmatch(stored.strip(" "))
        if match is None or (match["before"] and match["after"]):
            raise DataIssue(NOT_A_NUMBER)
        number = Decimal(f"{re.sub('[.,]', '', match['whole'])}.{match['fraction'] or ''}0")
        negative = match["before"] == "-" or (match["after"] or "").upper() in _NEGATIVE
        return number.copy_negate() if negative else number

    def _form(self, number: Decimal) -> str:
        text = f"{number.copy_abs():f}".replace(".", self.mark)
        signed = text if number >= 0 else f"{text}-" if self.trailing else f"-{text}"
        if self.column.length is not None and len(signed) > self.column.length:
            raise BadValue(f"a number that {self.column.length} characters can say")
        return signed


def _form_of(mark: str) -> re.Pattern[str]:
    """What a number looks like: thousands are set apart in threes, if at all, by the mark that is not the decimal one."""
    decimal, thousands = (r"\.", ",") if mark == "." else (",", r"\.")
    whole = rf"(?P<whole>\d{{1,3}}(?:{thousands}\d{{3}})+|\d+|(?={decimal}\d))"
    fraction = rf"(?:{decimal}(?P<fraction>\d*))?"
    return re.compile(rf"(?P<before>[+-]?) *{whole}{fraction} *(?P<after>[+-]|CR|DB)?", re.ASCII | re.IGNORECASE)


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        name=Numeral.name,
        summary="A number as people write it. `decimal` is the decimal mark, the other one may set thousands apart; the "
        "sign may stand on either side, or be CR or DB for minus, and is written where `sign` says. `scale` fixes the "
        "decimals. Cannot be filtered by. Null by default: blanks.",
        types=NUMBERS,
        bind=Numeral,
        options={"sign": SIGN_SHAPE, "decimal": MARK_SHAPE, "scale": SCALE_SHAPE},
        bases=TEXTUAL,
    ),
)
