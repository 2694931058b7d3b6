"""Readings of dates, months, weeks, times and timestamps: what a column of numbers or of text may keep them as.

In charge of the tables of candidates, made of the layouts that the conversions register. It decodes nothing, and must not know
which of them fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from app.conversions import dates, periods, times
from app.conversions.base import ApiType
from app.conversions.digits import NUMERIC, TEXTUAL
from app.draft.evidence.facts import Facts
from app.draft.evidence.hints import Hints, Kind
from app.draft.evidence.reading import Reading, attempt

_RARE: Final = -24.0  # short layouts, which many other numbers fit
_USUAL: Final = -10.0
_PRIORS: Final[Mapping[str, float]] = {
    **dict.fromkeys(("yyddd", "cyymm", "yymm", "yyww", "hhmm"), _RARE),
    **dict.fromkeys(("hhmmss", "hhmmsshh", "yyyyww", "cyyddd", "yyyyddd"), -14.0),
}
_KINDS: Final[Mapping[ApiType, tuple[Kind, ...]]] = {
    "date": ("date",), "month": ("month", "date"), "week": ("week", "date"), "time": ("time",), "datetime": ("date", "time"),
}  # fmt: skip
_LAYOUTS: Final[tuple[tuple[ApiType, str], ...]] = (
    *(("date", layout.name) for layout in dates.LAYOUTS),
    *(("month", layout.name) for layout in periods.MONTHS),
    *(("week", layout.name) for layout in periods.WEEKS),
    *(("time", layout.name) for layout in times.LAYOUTS),
)
LAYOUTS: Final = tuple(
    Reading(api_type, name, prior=_PRIORS.get(name, _USUAL), kinds=_KINDS[api_type], digits=len(name))
    for api_type, name in _LAYOUTS
)
"""Every layout of digits, whatever the column."""

_DAYS: Final = (
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d",
    "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%y-%m-%d", "%d-%b-%Y", "%d-%^b-%Y", "%d-%^b-%y", "%-m/%-d/%Y", "%-d/%-m/%Y", "%-d.%-m.%Y",
)  # fmt: skip
_CLOCKS: Final = ("%H:%M:%S", "%H:%M", "%H.%M.%S", "%H.%M")
_MOMENTS: Final = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%3f", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%y%m%d%H%M%S",
)  # fmt: skip


def _text(api_type: ApiType, form: str) -> Reading:
    return Reading(api_type, "text", {"format": form}, _USUAL, _KINDS[api_type])


TEXTS: Final = (
    *(_text("date", form) for form in _DAYS),
    *(_text("time", form) for form in _CLOCKS),
    *(_text("datetime", form) for form in _MOMENTS),
    Reading("datetime", "db2_timestamp", prior=_USUAL, kinds=_KINDS["datetime"]),
)
"""Every format of text that is tried."""

# Day 0 of those who count days: spreadsheets, Lilian days, SQL Server, Unix, Clarion.
_BASES: Final = ("1899-12-30", "1582-10-14", "1900-01-01", "1970-01-01", "1800-12-28")
COUNTED: Final = tuple(
    Reading(
        "date",
        "days_since",
        {"base": base},
        _USUAL,
        ("date",),
        doubts=(f"is {base} day 0? a day before or after fits alike",),
    )
    for base in _BASES
)
"""Days that are counted: any number of some tens of thousands is one, so that only a name makes them likely."""

_DAY: Final = 86_400
_LATEST_HHMM: Final = 2400
_MIDNIGHTS: Final = 10
_ROUND: Final = 300  # seconds: shifts begin at full minutes


def readings(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """What a column of numbers or of text may keep of a calendar or a clock."""
    base = facts.column.type.base
    if base in (*NUMERIC, *TEXTUAL):
        yield from LAYOUTS
    if base in TEXTUAL:
        yield from TEXTS
    if base == "timestamp":
        yield from _midnights(facts)
    if base in NUMERIC:
        yield from COUNTED if "date" in hints.kinds else ()
        yield from _seconds(facts, hints)


def _midnights(facts: Facts) -> Iterator[Reading]:
    """A day in a column that could hold a time as well: each of many values is a midnight."""
    reading = Reading("date", prior=40.0, chance=1.0, doubts=("every time is 00:00: is it a day, or a moment?",))
    trial = attempt(reading, facts)
    if trial is not None and not trial.faults and len(trial.values) >= _MIDNIGHTS:
        yield reading


def _seconds(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """Seconds since midnight. They are many small numbers alike, so that a name must speak for them."""
    numbers = facts.numbers
    if "time" not in hints.kinds or not numbers or len(numbers) < len(facts.counts):
        return
    if min(numbers) >= 0 and _LATEST_HHMM < max(numbers) <= _DAY:
        even = all(number % _ROUND == 0 for number in numbers)
        said = "seconds since midnight" in hints.text.lower()
        yield Reading("time", "seconds", prior=(4.0 if even else -8.0) + 40.0 * said, kinds=("time",), chance=1.0)
