"""What a column's names say of it: its own name, its text and its heading.

In charge of one table of words. It must not know a value. A name is evidence, and never the only one: a hint moves a reading up or
down, and what was counted decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from adapters.port import Column

Kind = Literal["date", "time", "month", "week", "flag", "code", "number", "amount", "count", "lines"]


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind of column is named: whole words of texts and of modern names, and the endings of names of ten letters."""

    words: frozenset[str]
    endings: tuple[str, ...]


def _words(words: str, endings: str) -> Words:
    return Words(frozenset(words.split()), tuple(endings.split()))


KINDS: Final[Mapping[Kind, Words]] = {
    "date": _words("date dated day since until due birthday datum", "DT DAT DTE DATE DATUM DUE TRDJ DRQJ UPMJ"),
    "time": _words("time clock hour start begin end uhrzeit", "TM TIM TIME TDAY UPMT"),
    "month": _words("month period counted", "MON MTH MONTH PER PERD"),
    "week": _words("week kw", "WK WEEK KW"),
    "flag": _words("flag is has indicator switch whether", "FL FLG FLAG IND YN SW"),
    "code": _words(
        "status state type kind class code category country unit terms record",
        "ST STS STAT STATE CD COD CODE TYP TYPE CLS CLAS CLASS UOM UM CTRY CTGY REC",
    ),
    "number": _words("number no nr id identity account key", "NO NR NUM NBR ID # KEY DOCO AN8 ITM"),
    "amount": _words(
        "amount price total cost value rate fee balance limit quantity qty weight percent freight scrap stock discount tax",
        "AMT PRC PRICE TOT CST COST QTY WT WGT PCT VAL BAL RATE LIM QOH UPRC UORG REQ",
    ),
    "count": _words("sequence line lines days minutes hours packages pieces count level position", "SEQ LIN LTD CNT POS"),
    "lines": _words("address note notes comment comments remark remarks text memo description",
                    "ADR ADDR NOTE TXT TEXT REM RMK RMRK CMT CMNT MEMO DSC DESC"),
}  # fmt: skip
_SYSTEM_NAME: Final = re.compile(r"[A-Z0-9#$@]{1,10}")  # a name of ten letters, as an AS/400 has them
_TOKENS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_OF_NAMES: Final = frozenset({"is", "has", "no"})  # in a sentence they say nothing


@dataclass(frozen=True, slots=True)
class Hints:
    """What the names of a column speak for; `text` is everything that people wrote about it."""

    kinds: frozenset[Kind]
    text: str

    def names(self, conversion: str) -> bool:
        """Whether people wrote the very name of a conversion: `Order date CYYMMDD`."""
        return re.search(rf"(?<![a-z]){re.escape(conversion)}(?![a-z])", self.text, re.IGNORECASE) is not None

    def number(self, pattern: str) -> int | None:
        """The number that stands in the text where the pattern has its group."""
        found = re.search(pattern, self.text, re.IGNORECASE)
        return int(found[1]) if found else None


def words_of(column: Column) -> frozenset[str]:
    """The words of a column's name and of what people wrote about it, in lower case."""
    written = {token.lower() for token in _TOKENS.findall(f"{column.text} {column.heading}")}
    return frozenset({token.lower() for token in _TOKENS.findall(column.name)} | (written - _OF_NAMES))


def hints(column: Column) -> Hints:
    """The hints of a column."""
    text = f"{column.text} {column.heading}".strip()
    words = words_of(column)
    names = [name for name in (column.name, column.short) if _SYSTEM_NAME.fullmatch(name)]
    return Hints(
        frozenset(
            kind for kind, known in KINDS.items() if words & known.words or any(_ends(name, known) for name in names)
        ),
        text,
    )


def _ends(name: str, known: Words) -> bool:
    """Whether a system name ends as the kind's names do; a number at its end is no part of it."""
    bare = name.rstrip("0123456789") or name
    return bare.endswith(known.endings) and bare not in {"NO", "IS"}
