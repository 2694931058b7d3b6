"""Time zones: local wall clock time ↔ RFC 3339 with the zone's numeric offset.

In charge of offsets. It must not know how a column keeps a moment.

A legacy column keeps the wall clock alone. Where the clock is set back, an hour exists twice: the first one is meant
(`fold=0`). Where it is set forward, an hour is missing: a stored time in it keeps the offset of before. So each wall clock
time has one spelling, and order is the wall clock's. Offsets with seconds (local mean time, before the zones) are cut to
minutes, as RFC 3339 has no seconds there; the wall clock time stays exact.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from app.conversions.base import BadOption, BadValue, Binding
from app.conversions.moments import spelled
from app.shapes import Text, nearest

TIMEZONE_SHAPE: Final = Text("a time zone of the IANA database, such as America/Detroit")

_EXPECTED = "a date and time such as 2026-02-28T09:30:05Z"
_HOURS_KEPT = 50_000  # offsets remembered: five years and more of whole hours
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(?:\.(\d+))?"
    r"(?:([Zz])|([+ -])((?:[01]\d|2[0-3]):[0-5]\d))?",  # a blank was a "+" that the client did not encode
    re.ASCII,
)


class Zone:
    """One time zone. Offsets are remembered by hour."""

    def __init__(self, name: str) -> None:
        try:
            self.info = ZoneInfo(name)
        except (KeyError, ValueError, OSError) as fault:  # OSError: the name of a folder
            hint = nearest(name, available_timezones()) or "a name such as America/Detroit"
            raise BadOption(f"timezone: no zone is called {name!r}", hint) from fault
        self._hours: dict[str, str] = {}

    @classmethod
    def of(cls, binding: Binding) -> Zone:
        """The zone of a field: its option `timezone`, or its source's. Raises BadOption."""
        return cls(binding.options.get("timezone", binding.timezone))

    def stamp(self, wall: str) -> str:
        """RFC 3339 of a wall clock time in ISO 8601 (`2026-11-01T01:30:00`)."""
        try:
            return wall + self._hours[wall[:13]]
        except KeyError:
            return wall + (self.hour_offset(wall[:13]) or self.offset(datetime.fromisoformat(wall)))

    def hour_offset(self, hour: str) -> str | None:
        """The offset that holds in the whole of an hour (`2026-11-01T01`); None where it changes within."""
        start = datetime.fromisoformat(f"{hour}:00:00")
        offset = self.offset(start)
        if offset != self.offset(start.replace(minute=59, second=59, microsecond=999_999)):
            return None
        if len(self._hours) >= _HOURS_KEPT:
            self._hours.clear()
        return self._hours.setdefault(hour, offset)

    def day_offset(self, day: str) -> str | None:
        """The offset that holds in the whole of a day (`2026-11-01`); None where it changes within."""
        start = datetime.fromisoformat(day)
        offset = self.offset(start)
        changes = offset != self.offset(start.replace(hour=23, minute=59, second=59, microsecond=999_999))
        return None if changes else offset

    def offset(self, wall: datetime) -> str:
        """The offset of a wall clock time: `-04:00`."""
        return offset_text(wall.replace(tzinfo=self.info))

    def local(self, text: str) -> datetime:
        """The wall clock time of RFC 3339 text; without an offset it is taken as it stands. Raises BadValue."""
        wall, offset = read_rfc3339(text)
        if offset is None or offset == self.offset(wall):  # a missing hour, too, stays where it is
            return wall
        return _moved(wall, offset).astimezone(self.info).replace(tzinfo=None, fold=0)

    def instant(self, text: str) -> datetime:
        """The instant of RFC 3339 text, in this zone; without an offset it is local. Raises BadValue."""
        wall, offset = read_rfc3339(text)
        _check_movable(wall)
        for fold in (0, 1):
            moment = wall.replace(tzinfo=self.info, fold=fold)
            if offset is None or offset == offset_text(moment):
                return moment.astimezone(UTC).astimezone(self.info)  # out of a missing hour
        return _moved(wall, offset or "").astimezone(self.info)


def offset_text(moment: datetime) -> str:
    """The numeric offset of an aware moment, cut to minutes."""
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def read_rfc3339(text: str) -> tuple[datetime, str | None]:
    """Wall clock time and offset of a request's text; digits past microseconds are cut. Raises BadValue."""
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise BadValue(_EXPECTED, _near(str(text)))
    clock = match[2] if len(match[2]) == 8 else f"{match[2]}:00"
    try:
        wall = datetime.fromisoformat(f"{match[1]}T{clock}.{(match[3] or '')[:6]:0<6}")
    except ValueError as fault:
        raise BadValue(_EXPECTED) from fault
    if match[4]:
        return wall, "+00:00"
    return wall, match[6] and ("-" if match[5] == "-" else "+") + match[6]


def _moved(wall: datetime, offset: str) -> datetime:
    """The aware moment of a wall clock time with an offset."""
    _check_movable(wall)
    minutes = int(offset[1:3]) * 60 + int(offset[4:])
    return wall.replace(tzinfo=timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes)))


def _check_movable(wall: datetime) -> None:
    """Raise BadValue for a moment that could leave the calendar when it is moved to another zone."""
    if not 1 < wall.year < 9999:
        raise BadValue("a year from 2 to 9998, where a moment is moved to another zone")


def _near(text: str) -> str:
    """A day without a time becomes its start."""
    try:
        return spelled(datetime.strptime(text, "%Y-%m-%d")) + "Z"  # noqa: DTZ007  # only its text is used
    except ValueError:
        return ""
