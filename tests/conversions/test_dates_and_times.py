"""What is special to dates, months, weeks, times and timestamps: what they can hold, order, spellings, sentinels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.port import ColumnType
from app.conversions.base import ApiType, Conversion, Issue
from app.conversions.datetimes import DateTimePair
from app.conversions.moments import ISSUES
from app.conversions.patterns import DIRECTIVES
from tests.conversions.binding import ENTRIES, MODULES, at, bound, column, pair


def days(first: str, last: str) -> st.SearchStrategy[str]:
    """API dates."""
    return st.dates(date.fromisoformat(first), date.fromisoformat(last)).map(date.isoformat)


def months(first: int, last: int) -> st.SearchStrategy[str]:
    """API months."""
    return st.builds("{:04}-{:02}".format, st.integers(first, last), st.integers(1, 12))


def weeks(first: date, last: date) -> st.SearchStrategy[str]:
    """API weeks."""
    return st.dates(first, last).map(lambda day: "{:04}-W{:02}".format(*day.isocalendar()[:2]))


def clocks(step: timedelta) -> st.SearchStrategy[str]:
    """API times in whole steps; the end of the day among them."""
    count = timedelta(days=1) // step
    return st.integers(0, count).map(lambda number: "24:00:00" if number == count else _clock(number * step))


def _clock(since_midnight: timedelta) -> str:
    text = (at("2026-01-01T00:00") + since_midnight).time().isoformat()
    return text.removesuffix("000")


def moments(step: timedelta = timedelta(microseconds=1)) -> st.SearchStrategy[str]:
    """API timestamps in Detroit, as their wall clock says, in whole steps."""
    start, zone = at("1901-01-01T00:00"), bound("native", "datetime", column("timestamp"))
    count = (at("2100-12-31T00:00") - start) // step
    return st.integers(0, count).map(lambda number: str(zone.decode(start + number * step)))


CENTURY, WIDE = days("1940-01-01", "2039-12-31"), days("1900-01-01", "2100-12-31")
INTEGER, CHAR8 = (column("integer"),), (column("char", 8),)
SECOND, MINUTE, MILLISECOND = timedelta(seconds=1), timedelta(minutes=1), timedelta(milliseconds=1)

# name, type, columns, options, the values that it can hold
CASES: tuple[tuple[str, ApiType, tuple[ColumnType, ...], Mapping[str, Any], st.SearchStrategy[str]], ...] = (
    *(
        (name, "date", columns, {}, WIDE)
        for name in ("cyymmdd", "yyyymmdd", "mmddyyyy", "ddmmyyyy", "yyyyddd", "cyyddd")
        for columns in (INTEGER, CHAR8)
    ),
    *((name, "date", INTEGER, {}, CENTURY) for name in ("yymmdd", "mmddyy", "ddmmyy", "yyddd")),
    ("yymmdd", "date", CHAR8, {"window": 2000}, days("2000-01-01", "2099-12-31")),
    ("yyddd", "date", INTEGER, {"window": 2000}, days("2000-01-01", "2099-12-31")),
    ("cyymmdd", "date", INTEGER, {"years": [1900, 2899]}, days("1900-01-01", "2899-12-31")),
    ("days_since", "date", INTEGER, {"base": "1899-12-30"}, WIDE),
    ("days_since", "date", INTEGER, {"base": "2030-06-30", "nulls": [-999999]}, WIDE),
    ("parts", "date", INTEGER * 4, {}, WIDE),
    ("parts", "date", INTEGER * 4, {"century": "offset"}, WIDE),
    ("parts", "date", (column("char", 4), column("char", 2), column("integer")), {}, WIDE),
    ("text", "date", (column("char", 10),), {}, WIDE),
    ("text", "date", (column("varchar", 10),), {"format": "%d.%m.%Y"}, WIDE),
    ("text", "date", (column("varchar", 10),), {"format": "%-m/%-d/%Y"}, WIDE),
    ("text", "date", (column("char", 12),), {"format": "%Y %^b %d"}, WIDE),
    ("text", "date", (column("char", 7),), {"format": "%Y%j"}, WIDE),
    ("text", "date", (column("char", 6),), {"format": "%y%m%d"}, CENTURY),
    ("native", "date", (column("date"),), {}, days("0001-01-02", "9999-12-31")),
    ("native", "date", (column("timestamp"),), {}, WIDE),
    ("yyyymm", "month", INTEGER, {}, months(1900, 2100)),
    ("cyymm", "month", CHAR8, {}, months(1900, 2100)),
    ("yymm", "month", INTEGER, {}, months(1940, 2039)),
    ("yyyyww", "week", INTEGER, {}, weeks(date(1900, 1, 1), date(2100, 12, 1))),
    ("yyww", "week", CHAR8, {}, weeks(date(1940, 1, 1), date(2039, 12, 1))),
    ("yyww", "week", INTEGER, {"window": 2000}, weeks(date(2000, 1, 3), date(2099, 12, 1))),
    ("hhmmss", "time", INTEGER, {}, clocks(SECOND)),
    ("hhmmss", "time", CHAR8, {}, clocks(SECOND)),
    ("hhmm", "time", INTEGER, {}, clocks(MINUTE)),
    ("hhmmsshh", "time", INTEGER, {}, clocks(timedelta(milliseconds=10))),
    ("seconds", "time", INTEGER, {}, clocks(SECOND)),
    ("text", "time", CHAR8, {}, clocks(SECOND)),
    ("text", "time", (column("varchar"),), {"format": "%H%M%S%f"}, clocks(timedelta(microseconds=1))),
    ("native", "time", (column("time"),), {}, st.times().map(lambda clock: clock.isoformat().removesuffix("000"))),
    ("native", "datetime", (column("timestamp"),), {}, moments()),
    ("native", "datetime", (column("timestamptz"),), {}, moments()),
    ("text", "datetime", (column("varchar"),), {"format": "%Y-%m-%d %H:%M:%S.%3f"}, moments(MILLISECOND)),
    ("text", "datetime", (column("char", 14),), {"format": "%d%m%Y%H%M%S"}, moments(SECOND)),
    ("db2_timestamp", "datetime", (column("char", 26),), {}, moments()),
    ("db2_timestamp", "datetime", (column("varchar", 32),), {}, moments()),
    ("db2_timestamp", "datetime", (column("char", 19),), {}, moments(SECOND)),
)
BOUND = [(bound(name, api_type, *columns, **options), values) for name, api_type, columns, options, values in CASES]
PAIRS = [(pair(), moments(SECOND)), (pair("cyyddd", "seconds"), moments(SECOND)), (pair("ddmmyyyy"), moments(SECOND))]
EVERY = pytest.mark.parametrize(
    ("conversion", "values"),
    [
        *(
            pytest.param(*made, id=f"{name}-{api_type}-{columns[0]}-{len(columns)}-{options}")
            for made, (name, api_type, columns, options, _) in zip(BOUND, CASES, strict=True)
        ),
        *(pytest.param(*made, id=f"pair-{made[0].date.name}-{made[0].time.name}") for made in PAIRS),
    ],
)
MODEST = settings(max_examples=40, deadline=None)
ANYTHING = st.one_of(
    st.none(), st.integers(), st.integers(-10, 10**8), st.text(), st.text("0123456789-:. T", max_size=30), st.binary(),
    st.decimals(), st.floats(), st.booleans(), st.datetimes(), st.dates(), st.times(), st.lists(st.integers()),
    st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip


def _is_hashable(stored: Any) -> bool:
    """A pair remembers what it has read: lists and signalling NaNs, which no driver brings, are undecodable to it."""
    try:
        hash(stored)
    except TypeError:
        return False
    return True


def _sort_key(value: str) -> str:
    """Values sort as text once offsets are away: order is the wall clock's."""
    return value[: value.rindex("-")] if "T" in value else value


@EVERY
@MODEST
@given(data=st.data())
def test_decode_reverses_encode(conversion: Conversion, values: st.SearchStrategy[str], data: st.DataObject) -> None:
    """What a value is written as reads as that value, in each spelling; and the canonical text parses to itself."""
    value = data.draw(values)
    assert conversion.decode(*conversion.encode(value)) == value
    assert conversion.parse(value) == value
    spellings = conversion.spellings(value)
    assert spellings[0] == conversion.encode(value)
    assert {conversion.decode(*stored) for stored in spellings} == {value}
    assert not set(spellings) & set(conversion.nulls)


@EVERY
@MODEST
@given(data=st.data())
def test_encode_keeps_order(conversion: Conversion, values: st.SearchStrategy[str], data: st.DataObject) -> None:
    """Where a conversion says that it keeps order, a later value is stored as something greater."""
    if not conversion.keeps_order:
        return
    earlier, later = sorted(data.draw(st.tuples(values, values)), key=_sort_key)
    if earlier != later:
        assert conversion.encode(earlier) < conversion.encode(later)


@EVERY
@MODEST
@given(data=st.data())
def test_decode_never_raises(conversion: Conversion, values: st.SearchStrategy[str], data: st.DataObject) -> None:
    """Whatever a driver brings: a value in its canonical spelling, null, or an issue of the table."""
    del values
    stored = data.draw(st.tuples(*[ANYTHING] * conversion.arity))
    decoded = conversion.decode(*stored)
    if isinstance(decoded, Issue):
        assert decoded.code in ISSUES or not all(map(_is_hashable, stored))
    elif decoded is not None:
        assert conversion.parse(decoded) == decoded


@EVERY
def test_null_is_stored_as_a_sentinel(conversion: Conversion, values: st.SearchStrategy[str]) -> None:
    """Null goes out as a sentinel or NULL, and every sentinel comes back as null."""
    del values
    assert conversion.decode(*conversion.encode(None)) is None
    assert [conversion.decode(*null) for null in conversion.nulls] == [None] * len(conversion.nulls)


@pytest.mark.parametrize(
    ("conversion", "earlier", "later"),
    [
        (bound("mmddyy", "date"), "2023-12-01", "2024-01-01"),
        (bound("ddmmyy", "date"), "2024-01-31", "2024-02-01"),
        (bound("mmddyyyy", "date"), "2023-12-01", "2024-01-01"),
        (bound("ddmmyyyy", "date"), "2024-01-31", "2024-02-01"),
        (bound("yymmdd", "date"), "1999-12-31", "2000-01-01"),
        (bound("yyddd", "date"), "1999-12-31", "2000-01-01"),
        (bound("yymm", "month"), "1999-12", "2000-01"),
        (bound("yyww", "week"), "1999-W52", "2000-W01"),
        (bound("text", "date", column("char", 10), format="%d.%m.%Y"), "2024-01-31", "2024-02-01"),
        (bound("text", "date", column("char", 9), format="%Y%b%d"), "2024-03-01", "2024-04-01"),
        (bound("text", "date", column("varchar"), format="%Y-%-m-%d"), "2024-09-01", "2024-10-01"),
        (bound("text", "date", column("char", 6), format="%y%m%d"), "1999-12-31", "2000-01-01"),
        (pair("ddmmyyyy"), "2024-01-31T00:00:00-05:00", "2024-02-01T00:00:00-05:00"),
    ],
)
def test_no_order_is_promised_where_there_is_none(conversion: Conversion, earlier: str, later: str) -> None:
    """A layout that denies order has a pair of values that it stores the other way round."""
    assert not conversion.keeps_order
    assert conversion.encode(earlier) > conversion.encode(later)


@pytest.mark.parametrize(
    "conversion",
    [
        *(bound(name, "date") for name in ("cyymmdd", "yyyymmdd", "yyyyddd", "cyyddd")),
        bound("yymmdd", "date", window=2000),
        bound("text", "date", column("char", 8), format="%Y%m%d"),
        bound("text", "datetime", column("char", 14), format="%Y%m%d%H%M%S"),
        bound("parts", "date", *INTEGER * 4),
        bound("yyyymm", "month"),
        bound("hhmmss", "time"),
        pair(),
    ],
)
def test_order_is_promised_where_there_is_one(conversion: Conversion) -> None:
    """Range filters and sorts are open to what sorts as dates do."""
    assert conversion.keeps_order


def test_cyyddd_finds_all_spellings() -> None:
    """A day counted on from an earlier year, up to day 731, is among the spellings of an equal filter."""
    assert bound("cyyddd", "date").spellings("2000-10-27") == ((100301,), (99666,))
    assert bound("cyyddd", "date").spellings("2003-01-01") == ((103001,), (102366,), (101731,))
    assert bound("cyyddd", "date").spellings("1900-12-31") == ((365,),)
    assert bound("cyyddd", "date", column("char", 6)).spellings("2000-10-27") == (("100301",), ("099666",))


def test_text_in_a_longer_column_is_padded() -> None:
    """A `char` column holds blanks up to its length, in values and sentinels; a `varchar` does not."""
    assert bound("yyyymmdd", "date", column("char", 10)).encode("2024-02-29") == ("20240229  ",)
    assert bound("yyyymmdd", "date", column("char", 10)).encode(None) == (" " * 10,)
    assert bound("yyyymmdd", "date", column("varchar", 10)).encode("2024-02-29") == ("20240229",)
    assert bound("yyyymmdd", "date", column("varchar", 10)).encode(None) == ("",)


def test_native_null_is_null_unless_a_sentinel_is_named() -> None:
    """A nullable column gets NULL; the option names what a NOT NULL column gets."""
    assert bound("native", "date", column("date")).encode(None) == (None,)
    assert bound("native", "date", column("date"), nulls=["1940-01-01"]).encode(None) == (date(1940, 1, 1),)


@EVERY
def test_the_schema_fits_its_example(conversion: Conversion, values: st.SearchStrategy[str]) -> None:
    """The example of a schema is a value in canonical spelling that can be stored."""
    del values
    schema = conversion.schema
    assert schema["type"] == "string"
    assert ("format" in schema) != ("pattern" in schema)
    assert conversion.parse(schema["example"]) == schema["example"]


def test_huge_and_odd_numbers_are_issues() -> None:
    """Numbers that would take for ever as int, or are none, answer at once."""
    conversion = bound("cyymmdd", "date")
    for stored in (
        Decimal("1E+999999"),
        math.nan,
        math.inf,
        -math.inf,
        Decimal("sNaN"),
        Decimal("Infinity"),
        "9" * 5000,
    ):
        assert conversion.decode(stored) == Issue("not-a-number")


def test_tables_explain_themselves() -> None:
    """Every entry, issue and directive has the sentence that the reference page prints, and names are unique by type."""
    assert all(entry.summary.endswith(".") for entry in ENTRIES.values())
    assert all(sentence.endswith(".") for sentence in ISSUES.values())
    assert all(directive.help for directive in DIRECTIVES.values())
    assert len(ENTRIES) == sum(len(module.ENTRIES) for module in MODULES)
    assert DateTimePair.name not in {name for name, _ in ENTRIES}
