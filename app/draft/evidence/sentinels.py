"""Sentinels: stored values that stand for no value.

In charge of finding them among the values of a column that was read one way. It must not know how readings compare.

A value is one where it does not decode, or decodes to a moment far from all others, and is either a mark that programs are known to
use (nothing but 0, 8 or 9, blanks, the first or the last day of a calendar) or far more frequent than any other value. Marks are
taken without a question; what is only frequent leaves one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from statistics import median
from typing import Any, Final

from adapters.port import ColumnType
from app.draft.evidence.reading import DATED, Reading, Trial, attempt

PLACEHOLDERS: Final = ("*NONE", "*BLANK", "*N", "N/A", "NULL", "(NULL)", ".", "-", "--", "?", "NONE", "UNKNOWN")
"""Words and signs that people type into text columns for want of a value."""
_MARK: Final = re.compile(r"0+|8+|9+|0*10101|99991231|1231?9999|0*1010001|(\d)\1{4,}")
_ENDS: Final = ("0001-01-01", "9999-12-31", "9999-12-30")
_STARTS: Final = ("1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1940-01-01", "1970-01-01")
_FAR: Final = 10  # years between a sentinel and the nearest other moment, at least
_LEAST: Final = 0.005  # of the rows, for a mark
_OFTEN: Final = 0.01  # of the rows, for another value,
_TIMES: Final = 10  # and so many times as often as others


@dataclass(frozen=True, slots=True)
class Sentinels:
    """Stored values that seem to mean null: `known` beyond doubt, `frequent` by their number alone."""

    known: tuple[Any, ...] = ()
    frequent: tuple[Any, ...] = ()

    @property
    def all(self) -> tuple[Any, ...]:
        """Both, the known ones first."""
        return (*self.known, *self.frequent)


def with_sentinels(trial: Trial) -> tuple[Trial, Sentinels]:
    """The trial with its sentinels named as `nulls`; as it was where there are none, or its conversion does not take them."""
    found = sentinels(trial)
    if not found.all:
        return trial, found
    better = attempt(_naming(trial, found), trial.facts)
    if better is None or not better.nulls.issuperset(found.all):
        return trial, Sentinels()
    return better, found


def sentinels(trial: Trial) -> Sentinels:
    """The sentinels of a column, beyond those that its conversion has by itself, the most frequent first."""
    counts, rows = trial.facts.counts, trial.facts.filled
    usual = median([counts[stored] for stored in trial.values] or [0])
    suspects = [*trial.faults, *_outliers(trial)]
    known = [stored for stored in suspects if is_mark(stored) and counts[stored] >= max(2, _LEAST * rows)]
    frequent = [
        stored
        for stored in suspects
        if stored not in known and counts[stored] >= max(5, _OFTEN * rows) and counts[stored] >= _TIMES * usual
    ]
    return Sentinels(_by_count(known, trial), _by_count(frequent, trial))


def is_mark(stored: Any) -> bool:
    """Whether programs are known to store this for no value."""
    if isinstance(stored, bytes):
        return bool(stored) and set(stored) <= {0x40} | {0x00} | {0xFF} and len(set(stored)) == 1
    if isinstance(stored, dt.date):
        return stored.isoformat()[:10] in (*_ENDS, *_STARTS)
    text = str(stored).strip(" ")
    return (
        not text or _MARK.fullmatch(text) is not None or text.upper() in PLACEHOLDERS or text[:10] in (*_ENDS, *_STARTS)
    )


def word(stored: Any, column: ColumnType) -> Any:
    """A stored value as the option `nulls` writes it: text without padding, bytes in hexadecimal, moments in ISO 8601."""
    if isinstance(stored, bytes):
        return stored.hex().upper()
    if isinstance(stored, dt.datetime):
        return stored.replace(tzinfo=None).isoformat()
    if isinstance(stored, dt.date | dt.time):
        return stored.isoformat()
    if isinstance(stored, str):
        return _text_word(stored, column)
    try:
        number = Decimal(str(stored))
    except InvalidOperation:  # what no number column holds, such as a UUID
        return str(stored)
    return int(number) if number.is_finite() and number == number.to_integral_value() else str(stored)


def _text_word(stored: str, column: ColumnType) -> str:
    """Text as it stands; a moment that a database keeps as text in ISO 8601."""
    if column.base == "date":
        return stored.strip(" ")[:10]
    return stored.rstrip(" ").replace(" ", "T") if column.base == "timestamp" else stored.rstrip(" ")


def _naming(trial: Trial, found: Sentinels) -> Reading:
    """The reading with all its sentinels: those it has by itself and that occur stay."""
    column = trial.facts.column.type
    seen = _by_count([*trial.nulls, *found.all], trial)
    return trial.reading.given(nulls=list(dict.fromkeys(word(stored, column) for stored in seen)))


def _outliers(trial: Trial) -> list[Any]:
    """Marks that decode to a moment far from the rest."""
    if trial.reading.type not in DATED:
        return []
    years = {stored: int(value[:4]) for stored, value in trial.values.items()}
    marks = {stored for stored, value in trial.values.items() if value[:10] in (*_ENDS, *_STARTS)}
    rest = [year for stored, year in years.items() if stored not in marks]
    return [stored for stored in marks if rest and min(abs(years[stored] - year) for year in rest) >= _FAR]


def _by_count(stored: Iterable[Any], trial: Trial) -> tuple[Any, ...]:
    return tuple(sorted(stored, key=lambda each: (-trial.facts.counts[each], str(each))))
