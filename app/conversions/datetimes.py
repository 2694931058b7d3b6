"""Moments without a zone in the database: what they share, and the pair of a date column and a time column.

In charge of the value of such a moment, RFC 3339 with the offset of the field's zone. It must not know how one column
keeps a whole moment (natives, textual), nor the digits of a date or a time.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from app.conversions.base import Conversion, Stored
from app.conversions.moments import ALL_YEARS, END_OF_DAY, Years, spelled
from app.conversions.zones import Zone

MIDNIGHT: Final = "00:00:00"
_WHOLE: Final = r"[^.]*(\.0+[^0-9.][^.]*)?$"  # the rest of a date-time of whole seconds
_DISTINCT = 20_000  # dates, and times, that a pair keeps decoded


def datetime_schema(zone: Zone) -> dict[str, Any]:
    """RFC 3339 date-time."""
    return {"type": "string", "format": "date-time", "example": zone.stamp("2026-02-28T09:30:05")}


class LocalDateTime(Conversion):
    """A moment that is kept as wall clock time. Order is the wall clock's: see zones for the hours that are not simple."""

    years: Years = ALL_YEARS

    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    def parse(self, text: str) -> str:
        """The moment in the field's zone. Raises BadValue."""
        return self.zone.stamp(spelled(self.zone.local(text)))

    @property
    def schema(self) -> dict[str, Any]:
        """RFC 3339 date-time."""
        return datetime_schema(self.zone)

    @property
    def request_schema(self) -> dict[str, Any]:
        """A moment of the field's years."""
        return self.years.limited(self.schema)


class DateTimePair(LocalDateTime):
    """A date and a time of day, each with a conversion of its own; `timezone` is an IANA name (BadOption if there is none).

    The date decides about null: without a date there is no moment, whatever the time says. A date without a time is the
    start of its day. 24:00:00 is the start of the day after.

    `nulls` names the date's sentinels together with midnight and the time's sentinels. `date.nulls` alone, on the first
    `date.arity` columns, are all the rows that read null.
    """

    name = "datetime_pair"

    def __init__(self, date_conversion: Conversion, time_conversion: Conversion, timezone: str) -> None:
        super().__init__(Zone(timezone))
        self.date, self.time = date_conversion, time_conversion
        self.years = getattr(date_conversion, "years", ALL_YEARS)
        self.arity = self.date.arity + self.time.arity
        self.deciding = self.date.arity
        self.keeps_order = self.date.keeps_order and self.time.keeps_order
        self.filterable = self.date.filterable and self.time.filterable
        self._days: dict[Any, tuple[str, str]] = {}
        self._clocks: dict[Any, str] = {}
        starts = (*self._without_null(MIDNIGHT), *self.time.nulls)
        self.nulls = tuple(null + start for null in self.date.nulls for start in starts)

    @property
    def request_schema(self) -> dict[str, Any]:
        """A moment of the date's years, with no more than zeros for a fraction that the time cannot hold."""
        schema = super().request_schema
        if getattr(self.time, "fraction", ""):
            return schema
        return {**schema, "pattern": schema.get("pattern", "^") + _WHOLE}

    def read(self, *stored: Any) -> str | None:
        """The moment. The short way is for one date column on a day with one offset, and times that were met before."""
        try:
            day, offset = self._days[stored[0]]
            return day + self._clocks[stored[1]] + offset
        except KeyError:
            return self._read(stored)

    def _read(self, stored: Stored) -> str | None:
        day = self.date.read(*stored[: self.date.arity])
        if day is None:
            return None
        clock = self.time.read(*stored[self.date.arity :]) or MIDNIGHT
        if clock == END_OF_DAY:
            day, clock = _shifted(day, 1), MIDNIGHT
        elif self.arity == 2:
            self._remember(stored, day, clock)
        return self.zone.stamp(f"{day}T{clock}")

    def _remember(self, stored: Stored, day: str, clock: str) -> None:
        for kept in (self._days, self._clocks):
            if len(kept) >= _DISTINCT:
                kept.clear()
        self._clocks[stored[1]] = clock
        offset = self.zone.day_offset(day)
        if offset is not None:
            self._days[stored[0]] = (f"{day}T", offset)

    def write(self, value: Any) -> Stored:
        """The date's columns, then the time's."""
        day, clock = self._split(value)
        return self.date.write(day) + self.time.write(clock)

    def spellings(self, value: Any) -> tuple[Stored, ...]:
        """Every way to store the moment; midnight is also a date without a time, and the end of the day before."""
        day, clock = self._split(value)
        times = self.time.spellings(clock)
        found = [found_day + time for found_day in self.date.spellings(day) for time in times]
        if clock == MIDNIGHT:
            missing = (*self.time.nulls, (None,) * self.time.arity)
            found += [found_day + null for found_day in self.date.spellings(day) for null in missing]
            found += [before + end for end in self._without_null(END_OF_DAY) for before in self._before(day)]
        return tuple(found)

    def _split(self, value: Any) -> tuple[str, str]:
        day, _, clock = spelled(self.zone.local(value)).partition("T")
        return day, clock

    def _before(self, day: str) -> tuple[Stored, ...]:
        """The spellings of the day before, if it can be stored."""
        try:
            return self.date.spellings(_shifted(day, -1))
        except (ValueError, OverflowError):
            return ()

    def _without_null(self, clock: str) -> tuple[Stored, ...]:
        """The spellings of a time of day; none where the column cannot say it, or means null by it."""
        try:
            return self.time.spellings(clock)
        except ValueError:
            return ()


def at_clock(day: date, hour: int, minute: int, second: int, microsecond: int) -> datetime:
    """The moment of numbers as stored; 24:00 is the start of the next day. ValueError where there is no such time."""
    start = datetime.combine(day, time.min)
    if hour == 24 and not (minute or second or microsecond):
        return start + timedelta(days=1)
    return start.replace(hour=hour, minute=minute, second=second, microsecond=microsecond)


def _shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
