"""Dates, times and timestamps kept as text: `text` with a format, and Db2's own timestamp text.

In charge of what a text column may hold for them, its sentinels included. It must not know digits without separators
(digits) or what the directives of a format mean (patterns).
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Final

from adapters.port import ColumnType
from app.conversions.base import ApiType, BadOption, BadValue, Binding, Conversion, DataIssue, Entry, Stored
from app.conversions.dates import DateConversion
from app.conversions.datetimes import LocalDateTime, at_clock
from app.conversions.digits import TEXTUAL, blanks, padded, require, whole
from app.conversions.moments import (
    END_OF_DAY,
    NOT_A_DATE,
    NOT_A_TIME,
    WINDOW,
    WINDOW_SHAPE,
    YEARS_SHAPE,
    Years,
    in_window,
    parse_date,
    parse_time,
    spelled,
)
from app.conversions.patterns import Pattern
from app.conversions.times import FRACTION, TimeConversion
from app.conversions.zones import TIMEZONE_SHAPE, Zone
from app.shapes import Shape, Text

FORMAT_SHAPE: Final = Text('a format such as "%d.%m.%Y"')
_LOWEST = datetime(1, 1, 1)  # noqa: DTZ001  # Db2's *LOVAL, as text
_DB2 = re.compile(r"(\d{4}-\d\d-\d\d)-(\d\d)\.(\d\d)\.(\d\d)(?:\.(\d{1,12}))?", re.ASCII)


class TextConversion(Conversion):
    """One column of text. Subclasses say what it means."""

    issue: ClassVar[str] = NOT_A_DATE
    column: ColumnType

    @abstractmethod
    def _value(self, text: str) -> str:
        """The API value of text without its padding. Raises DataIssue; ValueError is the subclass's `issue`."""

    @abstractmethod
    def _text(self, value: Any) -> str:
        """The text of an API value, as near as the format can say it. Raises BadValue."""

    def read(self, stored: Any) -> str | None:
        """The API value."""
        if stored is None:
            return None
        text = stored.rstrip(" ") if isinstance(stored, str) else str(whole(stored))
        if text in self._null_texts:
            return None
        try:
            return self._value(text)
        except ValueError as fault:
            raise DataIssue(self.issue) from fault

    def write(self, value: Any) -> Stored:
        """The text; refused where reading it would bring another value."""
        stored = (padded(self._text(value), self.column),)
        if self.decode(*stored) != self.parse(value):
            raise BadValue(f"a value that a column with texts such as {stored[0].rstrip()!r} can say")
        return stored

    def _set_nulls(self, binding: Binding, usual: Iterable[str]) -> None:
        chosen = binding.options.get("nulls")
        texts = tuple(dict.fromkeys((*blanks(self.column), *usual) if chosen is None else map(_null, chosen)))
        self.nulls = tuple((padded(text, self.column),) for text in texts)
        self._null_texts = frozenset(text.rstrip(" ") for text in texts)


class Formatted(TextConversion):
    """Text with a format."""

    name = "text"
    usual_format: ClassVar[str]
    needs: ClassVar[tuple[bool, bool]]  # a day, a time of day

    def _bind(self, binding: Binding) -> None:
        require(binding, self.name, TEXTUAL)
        self.column = binding.columns[0]
        self.pattern = Pattern(binding.options.get("format", self.usual_format))
        self.pattern.need(day=self.needs[0], clock=self.needs[1])
        self.window: int = binding.options.get("window", WINDOW)
        windowed = "short" in self.pattern.parts
        self.keeps_order = self.pattern.sorts and not (windowed and self.window % 100)
        self.years = Years.of(binding.options)
        if windowed:
            self.years = self.years.within(self.window, self.window + 99)
        self._set_nulls(binding, filter(None, self._usual_nulls()))

    def _usual_nulls(self) -> tuple[str, ...]:
        lowest = self.pattern.write(_LOWEST) if "year" in self.pattern.parts else ""
        return self.pattern.filled("0"), self.pattern.filled("9"), lowest

    def _day(self, numbers: dict[str, int]) -> date:
        """The day that the numbers say. ValueError where there is none; DataIssue for its year."""
        year = numbers["year"] if "year" in numbers else in_window(numbers["short"], self.window)
        if "ordinal" not in numbers:
            day = date(year, numbers["month"], numbers["day"])
        else:
            day = date(year, 1, 1) + timedelta(days=numbers["ordinal"] - 1)
            if day.year != year:
                raise ValueError(numbers)
        self.years.check_stored(day.year)
        return day


class TextDate(Formatted, DateConversion):
    """A day as text."""

    usual_format = "%Y-%m-%d"
    needs = (True, False)

    def __init__(self, binding: Binding) -> None:
        self._bind(binding)

    def _value(self, text: str) -> str:
        return self._day(self.pattern.read(text, self.issue)).isoformat()

    def _text(self, value: Any) -> str:
        day = parse_date(value)
        self.years.check_value(day.year)
        return self.pattern.write(datetime(day.year, day.month, day.day))  # noqa: DTZ001  # only its date is written


class TextTime(Formatted, TimeConversion):
    """A time of day as text."""

    usual_format = "%H:%M:%S"
    needs = (False, True)
    issue = NOT_A_TIME
    fraction = FRACTION

    def __init__(self, binding: Binding) -> None:
        self._bind(binding)

    def _usual_nulls(self) -> tuple[str, ...]:
        return (self.pattern.filled("9"),)  # all zeros are midnight

    def _value(self, text: str) -> str:
        moment = at_clock(_LOWEST, *_clock(self.pattern.read(text, self.issue)))
        return spelled(moment.time()) if moment.day == _LOWEST.day else END_OF_DAY

    def _text(self, value: Any) -> str:
        clock = parse_time(value)
        if clock == END_OF_DAY:
            return self.pattern.end_of_day
        return self.pattern.write(datetime.combine(_LOWEST, time.fromisoformat(clock)))


class TextDateTime(Formatted, LocalDateTime):
    """A date and time as text, in the field's zone."""

    usual_format = "%Y-%m-%d %H:%M:%S"
    needs = (True, True)

    def __init__(self, binding: Binding) -> None:
        super().__init__(Zone.of(binding))
        self._bind(binding)

    def _value(self, text: str) -> str:
        numbers = self.pattern.read(text, self.issue)
        return self.zone.stamp(spelled(at_clock(self._day(numbers), *_clock(numbers))))

    def _text(self, value: Any) -> str:
        wall = self.zone.local(value)
        self.years.check_value(wall.year)
        return self.pattern.write(wall)


class Db2Timestamp(TextConversion, LocalDateTime):
    """Db2's timestamp text: `2024-02-29-01.02.03.123456`.

    Digits past microseconds are cut. Written are six digits, in a `char` column as many as it has room for: in one of 32
    characters an equal filter finds only what has zeros after the sixth.
    """

    name = "db2_timestamp"

    def __init__(self, binding: Binding) -> None:
        super().__init__(Zone.of(binding))
        require(binding, self.name, (*TEXTUAL, "timestamp"))
        self.column = binding.columns[0]
        self.digits = self._room()
        self.years = Years.of(binding.options)
        self._set_nulls(binding, (self._written(_LOWEST),))

    def _value(self, text: str) -> str:
        match = _DB2.fullmatch(text)
        if match is None:
            raise DataIssue(NOT_A_DATE)
        day = date.fromisoformat(match[1])
        self.years.check_stored(day.year)
        microsecond = int((match[5] or "")[:6].ljust(6, "0"))
        return self.zone.stamp(spelled(at_clock(day, int(match[2]), int(match[3]), int(match[4]), microsecond)))

    def _text(self, value: Any) -> str:
        wall = self.zone.local(value)
        self.years.check_value(wall.year)
        return self._written(wall)

    def _written(self, wall: datetime) -> str:
        day, _, clock = wall.isoformat(timespec="microseconds").partition("T")
        whole_seconds, _, fraction = clock.replace(":", ".").rpartition(".")
        text = f"{day}-{whole_seconds}"
        return f"{text}.{fraction.ljust(12, '0')[: self.digits]}" if self.digits else text

    def _room(self) -> int:
        """The digits of the fraction."""
        if self.column.base != "char" or self.column.length is None:
            return 6
        if self.column.length < 19:
            raise BadOption(
                f"a column of type {self.column} is too short for a Db2 timestamp", "19 characters at least"
            )
        return min(max(self.column.length - 20, 0), 12)


def _clock(numbers: dict[str, int]) -> tuple[int, int, int, int]:
    microsecond = numbers.get("microsecond", numbers.get("millisecond", 0) * 1000)
    return numbers["hour"], numbers.get("minute", 0), numbers.get("second", 0), microsecond


def _null(value: Any) -> str:
    if not isinstance(value, str):
        raise BadOption(f"nulls: {value!r} is no text, but the column is", f"in quotes: {str(value)!r}")
    return value


def _entry(kind: type[Formatted], api_type: ApiType, nulls: str, **options: Shape) -> Entry:
    return Entry(
        name="text",
        summary=f"Text with a strftime format, {kind.usual_format!r} unless `format` says otherwise. "
        f"Null by default: {nulls}.",
        types=(api_type,),
        bind=kind,
        options={"format": FORMAT_SHAPE, **options},
        short="format",
        bases=TEXTUAL,
    )


_OF_A_DAY = {"window": WINDOW_SHAPE, "years": YEARS_SHAPE}
ENTRIES: Final[tuple[Entry, ...]] = (
    _entry(TextDate, "date", "blanks, all 0, all 9, 0001-01-01 in the format", **_OF_A_DAY),
    _entry(TextTime, "time", "blanks, all 9"),
    _entry(TextDateTime, "datetime", "blanks, all 0, all 9, the start of 0001-01-01 in the format",
           timezone=TIMEZONE_SHAPE, **_OF_A_DAY),
    Entry(
        name=Db2Timestamp.name,
        summary="Db2's timestamp text, 2024-02-29-01.02.03.123456, with up to 12 digits, of which 6 are read. "
        "Null by default: blanks, 0001-01-01-00.00.00.",
        types=("datetime",),
        bind=Db2Timestamp,
        options={"timezone": TIMEZONE_SHAPE, "years": YEARS_SHAPE},
        bases=(*TEXTUAL, "timestamp"),
    ),
)  # fmt: skip
