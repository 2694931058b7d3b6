"""API values of days, months, weeks and times of day: their one canonical spelling, and what a request may write for it.

In charge of the text of such values, the sane range of years, and the names of what can be wrong with a stored one.
It must not know how a column keeps them, nor time zones.

The canonical spellings are `2026-02-28`, `2026-02`, `2026-W09` (ISO 8601) and `09:30:05`. A fraction of a second is left
out where it is zero, has three digits where it is whole milliseconds, and six otherwise. `24:00:00` is a time of its
own, the end of the day: Db2 and the programs around it store it beside `00:00:00`, and it sorts last.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from app.conversions.base import BadOption, BadValue, DataIssue
from app.shapes import Listing, Whole

NOT_A_NUMBER: Final = "not-a-number"
NOT_A_DATE: Final = "not-a-date"
NOT_A_TIME: Final = "not-a-time"
OUT_OF_RANGE: Final = "out-of-range"
ISSUES: Final[Mapping[str, str]] = {
    NOT_A_NUMBER: "Something other than digits stands where digits belong, or a number with decimals.",
    NOT_A_DATE: "No such day, month or week is in the calendar (30 February, month 13, day 0, week 53 of a short year).",
    NOT_A_TIME: "No such time is in a day (25:00, 09:61).",
    OUT_OF_RANGE: "The year is outside the field's `years`, or past what a date can hold.",
}
"""What can be wrong with a stored date, month, week, time or timestamp; `on_issue` and `_issues` use these codes."""

END_OF_DAY: Final = "24:00:00"
DATE_SCHEMA: Final[Mapping[str, Any]] = {"type": "string", "format": "date", "example": "2026-02-28"}
YEARS_SHAPE: Final = Listing(Whole(1, 9999), minimum=2)
WINDOW: Final = 1940
WINDOW_SHAPE: Final = Whole(1, 9900)

_YEAR = r"^\d{4}"  # how the pattern of a month or a week starts
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_TIME = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)(?:(:[0-5]\d)(?:\.(\d+))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Years:
    """The years that a field may hold, both ends included."""

    first: int = 1900
    last: int = 2100

    @classmethod
    def of(cls, options: Mapping[str, Any], default: Years | None = None) -> Years:
        """The option `years`, or the default. Raises BadOption."""
        chosen = options.get("years")
        if chosen is None:
            return default or cls()
        if len(chosen) != 2 or chosen[0] > chosen[1]:
            raise BadOption(f"years: {chosen} is no range", "two years, the first one first: [1900, 2100]")
        return cls(*chosen)

    def within(self, first: int, last: int) -> Years:
        """The years that lie in another range too. Raises BadOption where none does."""
        both = Years(max(self.first, first), min(self.last, last))
        if both.first > both.last:
            raise BadOption(
                f"no year from {self.first} to {self.last} can be stored here",
                f"what is stored reaches from {first} to {last}",
            )
        return both

    def check_stored(self, year: int) -> None:
        """Raise DataIssue for a stored year outside."""
        if not self.first <= year <= self.last:
            raise DataIssue(OUT_OF_RANGE)

    def check_value(self, year: int) -> None:
        """Raise BadValue for a year of a request outside."""
        if not self.first <= year <= self.last:
            nearest = self.first if year < self.first else self.last
            raise BadValue(f"a year from {self.first} to {self.last}", str(nearest))

    def limited(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema of values that start with their year, which has to be one of these."""
        if (self.first, self.last) == (1, 9999):
            return dict(schema)
        years = "|".join(_numbers(f"{self.first:04}", f"{self.last:04}"))
        rest = schema.get("pattern", f"{_YEAR}-").removeprefix(_YEAR)
        return {**schema, "pattern": f"^({years}){rest}"}


def _numbers(first: str, last: str) -> list[str]:
    """Regular expressions that together match the numbers from `first` to `last`, texts of as many digits."""
    if first == last:
        return [first]
    rest = len(first) - 1
    if first[1:] == "0" * rest and last[1:] == "9" * rest:
        return [(first[0] if first[0] == last[0] else f"[{first[0]}-{last[0]}]") + "[0-9]" * rest]
    if first[0] == last[0]:
        return [first[0] + each for each in _numbers(first[1:], last[1:])]
    if first[1:] != "0" * rest:
        return _numbers(first, first[0] + "9" * rest) + _numbers(f"{int(first[0]) + 1}{'0' * rest}", last)
    return _numbers(first, f"{int(last[0]) - 1}{'9' * rest}") + _numbers(last[0] + "0" * rest, last)


ALL_YEARS: Final = Years(1, 9999)


def in_window(short: int, window: int) -> int:
    """The year of two digits, among the hundred that start with `window`."""
    return window + (short - window) % 100


def spelled(moment: datetime | time) -> str:
    """ISO 8601 of a moment without zone; see the module for the digits of its fraction."""
    return moment.isoformat().removesuffix("000")


def parse_date(text: Any) -> date:
    """The day of an API value. Raises BadValue; the hint is the nearest day where one can be seen."""
    match = _DATE.fullmatch(text) if isinstance(text, str) else None
    try:
        return date(*map(int, match.groups())) if match else _no_date(text)
    except ValueError as fault:
        raise BadValue("a day of the calendar, such as 2026-02-28", _near_date(str(text))) from fault


def parse_month(text: Any) -> tuple[int, int]:
    """Year and month of an API value. Raises BadValue."""
    match = _MONTH.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[1] == "0000":
        raise BadValue("a month such as 2026-02", str(text)[:7] if _MONTH.match(str(text)) else "")
    return int(match[1]), int(match[2])


def parse_week(text: Any) -> tuple[int, int]:
    """Year and ISO week of an API value. Raises BadValue."""
    match = _WEEK.fullmatch(text) if isinstance(text, str) else None
    if match is None or not is_week(int(match[1]), int(match[2])):
        raise BadValue("an ISO week such as 2026-W09")
    return int(match[1]), int(match[2])


def is_week(year: int, week: int) -> bool:
    """Whether the ISO calendar has that week: 1 to 52, in some years 53."""
    try:
        date.fromisocalendar(year, week, 1)
    except ValueError:
        return False
    return True


def parse_time(text: Any) -> str:
    """The canonical spelling of a time of day; seconds may be missing, digits past microseconds are cut. Raises BadValue."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is not None:
        return spelled(time.fromisoformat(f"{match[1]}{match[2] or ':00'}.{(match[3] or '')[:6]:0<6}"))
    if isinstance(text, str) and text in {END_OF_DAY, "24:00"}:
        return END_OF_DAY
    raise BadValue("a time of day such as 09:30:05")


def _no_date(text: Any) -> date:
    raise ValueError(text)


def _near_date(text: str) -> str:
    """The day that was probably meant: without its time, with its hyphens, or the month's last day."""
    match = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", text, re.ASCII)
    if match is None:
        return ""
    year, month, day = map(int, match.groups())
    if not (year and 1 <= month <= 12 and day):
        return ""
    return date(year, month, min(day, calendar.monthrange(year, month)[1])).isoformat()
