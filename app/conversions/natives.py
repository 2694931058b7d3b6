"""Columns of the database's own date, time and timestamp types.

In charge of what drivers bring for them: Python's objects, or ISO 8601 text where the database keeps text under such a
type (SQLite). It must not know any other stored form.

A native type holds only real days, so that every year is served unless the option `years` says otherwise; the lowest day,
0001-01-01 (IBM i's *LOVAL), is null by default. Null is written as NULL, unless the option `nulls` names a sentinel.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar, Final

from app.conversions.base import BadOption, BadValue, Binding, Conversion, DataIssue, Entry, Stored
from app.conversions.dates import DateConversion
from app.conversions.datetimes import LocalDateTime, datetime_schema
from app.conversions.digits import require
from app.conversions.moments import (
    ALL_YEARS,
    END_OF_DAY,
    NOT_A_DATE,
    NOT_A_TIME,
    OUT_OF_RANGE,
    YEARS_SHAPE,
    Years,
    parse_date,
    parse_time,
    spelled,
)
from app.conversions.times import FRACTION, TimeConversion
from app.conversions.zones import TIMEZONE_SHAPE, Zone, offset_text
from app.shapes import Shape

_LOWEST = "0001-01-01"
_HOURS_KEPT = 50_000


class Native(Conversion):
    """One column of a native type. `nulls` are Python objects, as `write` gives them."""

    name = "native"
    bases: ClassVar[tuple[str, ...]]
    usual_nulls: ClassVar[tuple[str, ...]] = ()

    def _bind(self, binding: Binding) -> None:
        require(binding, self.name, self.bases)
        self.base = binding.columns[0].base
        self.years = ALL_YEARS  # a sentinel may lie outside the years that follow
        chosen = binding.options.get("nulls")
        self._writes_null = chosen is None
        texts = self.usual_nulls if chosen is None else chosen
        self.nulls = tuple((self._null(text),) for text in texts)
        self.years = Years.of(binding.options, ALL_YEARS)

    @abstractmethod
    def _object(self, text: Any) -> Any:
        """The stored object of an API value. Raises BadValue."""

    def encode(self, value: Any) -> Stored:
        """As Conversion says, but null is NULL unless the contract names a sentinel."""
        return (None,) if value is None and self._writes_null else super().encode(value)

    def write(self, value: Any) -> Stored:
        """The stored object; refused where it means null."""
        stored = (self._object(value),)
        if stored in self.nulls:
            raise BadValue(f"a value other than {value}, which means null in this column")
        return stored

    def _null(self, text: Any) -> Any:
        try:
            return self._object(text)
        except BadValue as fault:
            raise BadOption(
                f"nulls: {text!r} is no stored value of this column", f"such as {fault.expected}"
            ) from fault


class NativeDate(Native, DateConversion):
    """A day in a date column, or in a timestamp column that holds midnights."""

    bases = ("date", "timestamp")
    usual_nulls = (_LOWEST,)

    def __init__(self, binding: Binding) -> None:
        self._bind(binding)
        self._null_days = frozenset(null.isoformat()[:10] for (null,) in self.nulls)

    def read(self, stored: Any) -> str | None:
        """The day. A time of day beside it is an issue: it would be lost without a word."""
        if stored is None:
            return None
        moment = _moment(stored)
        if moment.time() != time.min:
            raise DataIssue(NOT_A_DATE)
        day = moment.date().isoformat()
        if day in self._null_days:
            return None
        self.years.check_stored(moment.year)
        return day

    def _object(self, text: Any) -> date:
        day = parse_date(text)
        self.years.check_value(day.year)
        return datetime.combine(day, time.min) if self.base == "timestamp" else day


class NativeTime(Native, TimeConversion):
    """A time of day in a time column. 24:00:00 can be read where a driver brings text; no driver takes it."""

    bases = ("time",)
    fraction = FRACTION

    def __init__(self, binding: Binding) -> None:
        self._bind(binding)

    def read(self, stored: Any) -> str | None:
        """The time."""
        if stored is None or (stored,) in self.nulls:
            return None
        if isinstance(stored, time) and stored.tzinfo is None:
            return spelled(stored)
        try:
            text = parse_time(stored)
        except BadValue as fault:
            raise DataIssue(NOT_A_TIME) from fault
        return None if text != END_OF_DAY and (time.fromisoformat(text),) in self.nulls else text

    def _object(self, text: Any) -> time:
        clock = parse_time(text)
        if clock == END_OF_DAY:
            raise BadValue("a time before 24:00:00", "23:59:59")
        return time.fromisoformat(clock)


class NativeDateTime(Native, LocalDateTime):
    """A moment in a timestamp column, wall clock time of the field's zone.

    Hours in which nothing special happens (no sentinel, no year outside, no change of offset) are remembered with their
    offset: most rows are read with one look-up.
    """

    bases = ("timestamp",)
    usual_nulls = (f"{_LOWEST}T00:00:00",)

    def __init__(self, binding: Binding) -> None:
        super().__init__(Zone.of(binding))
        self._bind(binding)
        self._null_walls = frozenset(spelled(null) for (null,) in self.nulls)
        self._null_hours = frozenset(wall[:13] for wall in self._null_walls)
        self._plain_hours: dict[str, str] = {}

    def read(self, stored: Any) -> str | None:
        """The moment."""
        if stored is None:
            return None
        if type(stored) is not datetime or stored.tzinfo is not None:
            stored = self._local(stored)
        wall = stored.isoformat().removesuffix("000")  # as `spelled`, without the call
        offset = self._plain_hours.get(wall[:13])
        return wall + offset if offset is not None else self._seldom(wall)

    def _local(self, stored: Any) -> datetime:
        moment = _moment(stored)
        return moment if moment.tzinfo is None else moment.astimezone(self.zone.info).replace(tzinfo=None)

    def _seldom(self, wall: str) -> str | None:
        if wall in self._null_walls:
            return None
        self.years.check_stored(int(wall[:4]))
        hour = wall[:13]
        offset = self.zone.hour_offset(hour)
        if offset is not None and hour not in self._null_hours and len(self._plain_hours) < _HOURS_KEPT:
            self._plain_hours[hour] = offset
        return self.zone.stamp(wall)

    def _object(self, text: Any) -> datetime:
        wall = self.zone.local(text)
        self.years.check_value(wall.year)
        return wall


class NativeInstant(Native):
    """An instant in a column that keeps one (`timestamptz`), shown in the field's zone. Text without offset is local."""

    bases = ("timestamptz",)

    def __init__(self, binding: Binding) -> None:
        self.zone = Zone.of(binding)
        self._bind(binding)
        self._null_hours = frozenset(null.astimezone(self.zone.info).isoformat()[:13] for (null,) in self.nulls)
        self._plain_hours: dict[str, str] = {}

    def read(self, stored: Any) -> str | None:
        """The moment in the field's zone."""
        if stored is None:
            return None
        local = self._local(stored)
        wall = local.replace(tzinfo=None).isoformat().removesuffix("000")
        offset = None if local.fold else self._plain_hours.get(wall[:13])
        return wall + offset if offset is not None else self._seldom(local, wall)

    def _local(self, stored: Any) -> datetime:
        moment = stored if type(stored) is datetime else _moment(stored)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=self.zone.info)
        try:
            return moment.astimezone(self.zone.info)
        except OverflowError as fault:
            raise DataIssue(OUT_OF_RANGE) from fault

    def _seldom(self, local: datetime, wall: str) -> str | None:
        hour = wall[:13]
        unusual = hour in self._null_hours
        if unusual and (local.astimezone(UTC),) in self.nulls:
            return None
        if not 1 < local.year < 9999:  # a request could not name it: its offset could lead out of the calendar
            raise DataIssue(OUT_OF_RANGE)
        self.years.check_stored(local.year)
        offset = None if local.fold or unusual else self.zone.hour_offset(hour)
        if offset is not None and len(self._plain_hours) < _HOURS_KEPT:
            self._plain_hours[hour] = offset
        return wall + offset_text(local)

    def parse(self, text: str) -> str:
        """The instant in the field's zone. Raises BadValue."""
        local = self.zone.instant(text)
        return spelled(local.replace(tzinfo=None)) + offset_text(local)

    @property
    def schema(self) -> dict[str, Any]:
        """RFC 3339 date-time."""
        return datetime_schema(self.zone)

    @property
    def request_schema(self) -> dict[str, Any]:
        """An instant of the field's years."""
        return self.years.limited(self.schema)

    def _object(self, text: Any) -> datetime:
        moment = self.zone.instant(text)
        self.years.check_value(moment.year)
        return moment.astimezone(UTC)  # in a zone, Python holds an hour that comes twice for unequal to any other


def native_datetime(binding: Binding) -> Conversion:
    """`native` for a datetime: the column's type decides between wall clock time and instant. Raises BadOption."""
    require(binding, Native.name, NativeDateTime.bases + NativeInstant.bases)
    return NativeInstant(binding) if binding.columns[0].base in NativeInstant.bases else NativeDateTime(binding)


def _moment(stored: Any) -> datetime:
    """What a driver brought for a date or timestamp, as a datetime; text is ISO 8601 with hyphens. Raises DataIssue."""
    if isinstance(stored, datetime):
        return stored
    if isinstance(stored, date):
        return datetime.combine(stored, time.min)
    if not isinstance(stored, str) or stored[4:5] != "-" or stored[7:8] != "-":
        raise DataIssue(NOT_A_DATE)
    try:
        return datetime.fromisoformat(stored.strip(" "))
    except ValueError as fault:
        raise DataIssue(NOT_A_DATE) from fault


_YEARS: Final[dict[str, Shape]] = {"years": YEARS_SHAPE}
ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        name=Native.name,
        summary="The database's own date, or a timestamp at midnight. Null by default: 0001-01-01.",
        types=("date",),
        bind=NativeDate,
        options=_YEARS,
        bases=NativeDate.bases,
    ),
    Entry(
        name=Native.name,
        summary="The database's own time.",
        types=("time",),
        bind=NativeTime,
        bases=NativeTime.bases,
    ),
    Entry(
        name=Native.name,
        summary="The database's own timestamp: wall clock time of the field's zone, or an instant that is shown in it. "
        "Null by default: 0001-01-01T00:00:00.",
        types=("datetime",),
        bind=native_datetime,
        options={**_YEARS, "timezone": TIMEZONE_SHAPE},
        bases=NativeDateTime.bases + NativeInstant.bases,
    ),
)
