"""Dates in digits: layouts such as CYYMMDD, days counted from a base, and dates split over several columns.

In charge of the stored forms of a day. It must not know times, zones, or how a request is filtered.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from app.conversions.base import BadOption, BadValue, Binding, Conversion, DataIssue, Entry, Stored
from app.conversions.digits import (
    NUMERIC,
    TEXTUAL,
    DigitColumn,
    Layout,
    YearDigits,
    blanks,
    layout_entry,
    require,
    whole,
)
from app.conversions.moments import DATE_SCHEMA, NOT_A_DATE, OUT_OF_RANGE, YEARS_SHAPE, Years, parse_date
from app.shapes import Text, Word

CENTURIES: Final = {"full": "19 and 20", "offset": "0 for 1900, 1 for 2000"}
_LAST_DAY_OF_CYYDDD = 731  # JD Edwards World lets the day of the year run on through the year after (doc E.1.1)

LAYOUTS: Final = (
    Layout("cyymmdd", "IBM i's *CYMD: C counts the centuries after 1900, so 1240229 is 2024-02-29.",
           (0, 9999999, 999999)),
    Layout("yyyymmdd", "20240229 is 2024-02-29; 10101 is the lowest date, 0001-01-01.",
           (0, 99999999, 88888888, 10101)),
    Layout("yymmdd", "240229 is 2024-02-29; the option `window` says where the hundred years start.", (0, 999999)),
    Layout("mmddyy", "22924 is 2024-02-29, its leading zero lost. No ranges: stored order is not the dates' order.",
           (0, 999999)),
    Layout("ddmmyy", "290224 is 2024-02-29. No ranges: stored order is not the dates' order.", (0, 999999)),
    Layout("mmddyyyy", "2292024 is 2024-02-29. No ranges: stored order is not the dates' order.",
           (0, 99999999, 88888888, 1010001)),
    Layout("ddmmyyyy", "29022024 is 2024-02-29. No ranges: stored order is not the dates' order.",
           (0, 99999999, 88888888, 1010001)),
    Layout("yyyyddd", "Year and day of the year: 2024060 is 2024-02-29.", (0, 9999999)),
    Layout("cyyddd", "JD Edwards: century after 1900, year, and day of the year from 1 to 731. "
           "Ranges compare the spelling that ends with its own year.", (0, 999999)),
    Layout("yyddd", "Two-digit year and day of the year: 24060 is 2024-02-29.", (0, 99999)),
)  # fmt: skip


class DateConversion(Conversion):
    """What all dates share: the spelling of the value."""

    memo = True
    years: Years

    def parse(self, text: str) -> str:
        """The day, as it stands."""
        return parse_date(text).isoformat()

    @property
    def schema(self) -> dict[str, Any]:
        """RFC 3339 full-date."""
        return dict(DATE_SCHEMA)

    @property
    def request_schema(self) -> dict[str, Any]:
        """A day of the field's years."""
        return self.years.limited(self.schema)


class DigitDate(YearDigits, DateConversion):
    """A day in digits, by year, month and day or by year and day of the year."""

    def _value(self, digits: str) -> str:
        year = self._year(digits)
        try:
            day = self._counted(year, digits) if "ddd" in self.parts else self._named(year, digits)
        except ValueError as fault:
            raise DataIssue(NOT_A_DATE) from fault
        self.years.check_stored(day.year)
        return day.isoformat()

    def _named(self, year: int, digits: str) -> date:
        return date(year, self._number(digits, "mm"), self._number(digits, "dd"))

    def _counted(self, year: int, digits: str) -> date:
        count = self._number(digits, "ddd")
        if not 1 <= count <= self._last_day(year):
            raise DataIssue(NOT_A_DATE)
        return date(year, 1, 1) + timedelta(days=count - 1)

    def _last_day(self, year: int) -> int:
        return _LAST_DAY_OF_CYYDDD if self.name == "cyyddd" else _days(year)

    def _digits(self, value: Any) -> str:
        day = parse_date(value)
        self.years.check_value(day.year)
        return self._joined(day.year, mm=day.month, dd=day.day, ddd=_day_of_year(day))

    def spellings(self, value: Any) -> tuple[Stored, ...]:
        """The canonical digits; for `cyyddd` also those that count on from an earlier year.

        2000-10-27 is 100301, and 99666 as well. `keeps_order` speaks of the canonical digits: a range does not find a
        row whose day is counted from the year before where that year lies outside the range.
        """
        first = self.write(value)
        day = parse_date(value)
        count, year, found = _day_of_year(day), day.year, [first]
        while year > 1900 and (count := count + _days(year - 1)) <= self._last_day(year - 1):
            year -= 1
            found.append(self._stored(self._joined(year, ddd=count, mm=0, dd=0)))
        return tuple(found) if self.name == "cyyddd" else (first,)


class DaysSince(DateConversion):
    """A day as the number of days since a base date; the base itself is 0."""

    name = "days_since"

    def __init__(self, binding: Binding) -> None:
        require(binding, self.name, NUMERIC)
        self.base = _base(binding.options.get("base"))
        self.years = Years.of(binding.options)
        column = DigitColumn(binding.columns[0], 1)
        self.nulls = tuple((column.null(null),) for null in binding.options.get("nulls", (0,)))

    def read(self, stored: Any) -> str | None:
        """The day."""
        if stored is None:
            return None
        count = whole(stored)
        if (count,) in self.nulls:
            return None
        try:
            day = self.base + timedelta(days=count)
        except OverflowError as fault:
            raise DataIssue(OUT_OF_RANGE) from fault
        self.years.check_stored(day.year)
        return day.isoformat()

    def write(self, value: Any) -> Stored:
        """The number of days."""
        day = parse_date(value)
        self.years.check_value(day.year)
        stored = ((day - self.base).days,)
        if stored in self.nulls:
            raise BadValue(f"a day other than {value}, which means null in this column")
        return stored


class Parts(DateConversion):
    """A day over four columns (century, year, month, day) or three (year of four digits, month, day).

    The century is 19 or 20 (`full`), or counts from 1900 (`offset`); a century column of one digit can only be the latter.
    """

    name = "parts"

    def __init__(self, binding: Binding) -> None:
        require(binding, self.name, NUMERIC + TEXTUAL)
        if len(binding.columns) not in {3, 4}:
            raise BadOption(f"parts over {len(binding.columns)} columns", "CC YY MM DD, or YYYY MM DD")
        self.arity = len(binding.columns)
        self.offset = self._offset(binding)
        widths = (4, 2, 2) if self.arity == 3 else (1 if self.offset else 2, 2, 2, 2)
        self.columns = tuple(map(DigitColumn, binding.columns, widths))
        self.years = Years.of(binding.options).within(*((1900, 2899) if self.offset else (1, 9999)))
        chosen = binding.options.get("nulls")
        self.nulls = self._usual_nulls() if chosen is None else tuple(map(self._null, chosen))
        self._null_keys = frozenset(map(self._keys, self.nulls))

    def read(self, *stored: Any) -> str | None:
        """The day; null where every column is NULL."""
        if all(part is None for part in stored):
            return None
        keys = self._keys(stored)
        if keys in self._null_keys:
            return None
        numbers = [int(column.digits(key, NOT_A_DATE)) for column, key in zip(self.columns, keys, strict=True)]
        year = numbers[0] if self.arity == 3 else numbers[0] * 100 + numbers[1] + (1900 if self.offset else 0)
        try:
            day = date(year, *numbers[-2:])
        except ValueError as fault:
            raise DataIssue(NOT_A_DATE) from fault
        self.years.check_stored(day.year)
        return day.isoformat()

    def write(self, value: Any) -> Stored:
        """One value a column."""
        day = parse_date(value)
        self.years.check_value(day.year)
        century, short = divmod(day.year - (1900 if self.offset else 0), 100)
        year = (day.year,) if self.arity == 3 else (century, short)
        numbers = (*year, day.month, day.day)
        stored = tuple(c.stored(str(number).zfill(c.width)) for c, number in zip(self.columns, numbers, strict=True))
        if self._keys(stored) in self._null_keys:
            raise BadValue(f"a day other than {value}, which means null in these columns")
        return stored

    def _offset(self, binding: Binding) -> bool:
        first = binding.columns[0]
        room = first.length if first.base in TEXTUAL else first.precision
        if self.arity == 3 and room is not None and room < 4:
            raise BadOption(f"a column of type {first} holds no year of four digits", "four columns: CC YY MM DD")
        return self.arity == 4 and binding.options.get("century", "offset" if room == 1 else "full") == "offset"

    def _keys(self, stored: Stored) -> tuple[int | str, ...]:
        if None in stored:
            raise DataIssue(NOT_A_DATE)
        return tuple(column.key(part) for column, part in zip(self.columns, stored, strict=True))

    def _null(self, value: Any) -> Stored:
        """A sentinel: a list with one value a column, or one value that stands in each of them."""
        values = value if isinstance(value, list | tuple) else [value] * self.arity
        if len(values) != self.arity:
            raise BadOption(f"nulls: {value} has not one value for each column", f"a list of {self.arity}")
        return tuple(column.null(part) for column, part in zip(self.columns, values, strict=True))

    def _usual_nulls(self) -> tuple[Stored, ...]:
        zeros, nines = (tuple(c.stored(digit * c.width) for c in self.columns) for digit in "09")
        if not all(column.textual for column in self.columns):
            return zeros, nines
        return tuple(blanks(column.type)[0] for column in self.columns), zeros, nines


def _days(year: int) -> int:
    """The days of a year."""
    return _day_of_year(date(year, 12, 31))


def _day_of_year(day: date) -> int:
    return day.timetuple().tm_yday


def _base(text: Any) -> date:
    try:
        return parse_date(text)
    except BadValue as fault:
        problem = "days_since needs a base" if text is None else f"base: {text!r} is no day"
        raise BadOption(problem, fault.hint or "a date such as 1899-12-30") from fault


ENTRIES: Final[tuple[Entry, ...]] = (
    *(layout_entry(DigitDate, "date", layout) for layout in LAYOUTS),
    Entry(
        name=DaysSince.name,
        summary="The number of days since `base`, which is day 0 (1899-12-30 for spreadsheets, 1582-10-14 for Lilian days)."
        " Null by default: 0.",
        types=("date",),
        bind=DaysSince,
        options={"base": Text("a date such as 1899-12-30", r"\d{4}-\d\d-\d\d"), "years": YEARS_SHAPE},
        short="base",
        bases=NUMERIC,
    ),
    Entry(
        name=Parts.name,
        summary="Columns CC YY MM DD, or YYYY MM DD. Null by default: all parts 0, all 9, or all blank.",
        types=("date",),
        bind=Parts,
        options={"century": Word(CENTURIES), "years": YEARS_SHAPE},
        short="century",
        bases=NUMERIC + TEXTUAL,
        arity=None,
    ),
)
