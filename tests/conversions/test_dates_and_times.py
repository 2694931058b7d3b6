"""What is special to dates, months, weeks, times and timestamps: ranges and order, zones, the pair, bad options."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.port import Base, ColumnType
from app.conversions import dates, datetimes, natives, periods, textual, times
from app.conversions.base import ApiType, BadOption, BadValue, Binding, Conversion, Issue
from app.conversions.datetimes import DateTimePair
from app.conversions.moments import ISSUES
from app.conversions.patterns import DIRECTIVES

DETROIT = "America/Detroit"
ENTRIES = {
    (entry.name, api_type): entry
    for module in (dates, periods, times, natives, textual)
    for entry in module.ENTRIES
    for api_type in entry.types
}


def column(base: Base, length: int | None = None) -> ColumnType:
    """A column type; numeric ones without a precision."""
    return ColumnType(base, length)


def bound(
    name: str,
    api_type: ApiType,
    *columns: ColumnType,
    timezone: str = DETROIT,
    **options: Any,
) -> Conversion:
    """A conversion; one integer column where none is given."""
    binding = Binding(api_type, columns or (column("integer"),), options, timezone)
    conversion: Conversion = ENTRIES[name, api_type].bind(binding)
    return conversion


def pair(date_name: str = "cyymmdd", time_name: str = "hhmmss", **time_options: Any) -> DateTimePair:
    """Two integer columns in Detroit."""
    return DateTimePair(bound(date_name, "date"), bound(time_name, "time", **time_options), DETROIT)


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


def at(text: str) -> datetime:
    """A wall clock time, as a driver brings it."""
    return datetime.fromisoformat(text)


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


@pytest.mark.parametrize(
    ("conversion", "value"),
    [
        (bound("cyymmdd", "date"), "1899-12-31"),
        (bound("cyymmdd", "date"), "2101-01-01"),
        (bound("yymmdd", "date"), "2040-01-01"),
        (bound("yyyymmdd", "date"), 20240229),
        (bound("cyymmdd", "date", nulls=[1000101]), "2000-01-01"),
        (bound("days_since", "date", base="2000-01-01"), "2000-01-01"),
        (bound("parts", "date", *INTEGER * 3, nulls=[[1900, 1, 1]]), "1900-01-01"),
        (bound("yyyymm", "month"), "2026-13"),
        (bound("yyyyww", "week"), "2024-W53"),
        (bound("hhmm", "time"), "09:30:05"),
        (bound("hhmmss", "time"), "09:30:05.120"),
        (bound("hhmmsshh", "time"), "09:30:05.123"),
        (bound("seconds", "time"), "09:30:05.120"),
        (bound("native", "time", column("time")), "24:00:00"),
        (bound("native", "date", column("date"), nulls=["1940-01-01"]), "1940-01-01"),
        (bound("text", "time", column("char", 5), format="%H:%M"), "09:30:05"),
        (bound("text", "datetime", column("char", 19)), "2024-02-29T09:30:05.120-05:00"),
        (bound("db2_timestamp", "datetime", column("char", 19)), "2024-02-29T09:30:05.120-05:00"),
        (pair(), "2024-02-29T09:30:05.120-05:00"),
    ],
)
def test_what_cannot_be_stored_exactly_is_refused(conversion: Conversion, value: Any) -> None:
    """No value is cut, moved or turned into a sentinel on its way to the database."""
    with pytest.raises(BadValue):
        conversion.encode(value)


@pytest.mark.parametrize(
    ("api_type", "text"),
    [
        ("date", "2026-02-30"), ("date", "20260228"), ("date", "28.02.2026"), ("date", "2026-2-28"), ("date", ""),
        ("date", "0000-01-01"), ("date", "\uff12026-02-28"),
        ("month", "2026-00"), ("month", "2026"), ("month", "2026-02-01"),
        ("week", "2026-W00"), ("week", "2026-09"),
        ("time", "25:00"), ("time", "9:30"), ("time", "09:30:60"), ("time", "09:30Z"), ("time", "24:00:01"),
        ("datetime", "2026-11-01"), ("datetime", "2026-11-01T24:00:00Z"), ("datetime", "2026-02-30T00:00:00Z"),
        ("datetime", "2026-11-01T00:00:00+2"), ("datetime", "0001-01-01T00:00:00Z"), ("datetime", "now"),
    ],
)  # fmt: skip
def test_a_request_that_is_no_value_is_refused(api_type: ApiType, text: str) -> None:
    """What is not in the value's form, or not in the calendar, raises BadValue and nothing else."""
    with pytest.raises(BadValue):
        _of(api_type).parse(text)


def _of(api_type: ApiType) -> Conversion:
    name = {"date": "cyymmdd", "month": "yyyymm", "week": "yyyyww", "time": "hhmmss"}.get(api_type)
    return bound(name, api_type) if name else bound("native", "datetime", column("timestamp"))


@pytest.mark.parametrize(
    ("text", "hint"),
    [("2026-02-30", "2026-02-28"), ("20260228", "2026-02-28"), ("2026-02-28T10:00:00Z", "2026-02-28"), ("x", "")],
)
def test_a_refused_date_brings_the_nearest_one(text: str, hint: str) -> None:
    """The hint is a day that the caller probably meant."""
    with pytest.raises(BadValue) as refused:
        _of("date").parse(text)
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    ("text", "local", "instant"),
    [
        ("2026-11-01T05:30:00Z", "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-04:00"),
        ("2026-11-01T06:30:00Z", "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"),
        ("2026-11-01T01:30:00-05:00", "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"),
        ("2026-11-01T01:30:00", "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-04:00"),
        ("2026-11-01T07:00:00 01:00", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00"),
        ("2026-03-08T02:30:00", "2026-03-08T02:30:00-05:00", "2026-03-08T03:30:00-04:00"),
        ("2026-03-08T02:30:00-05:00", "2026-03-08T02:30:00-05:00", "2026-03-08T03:30:00-04:00"),
        ("2026-03-08T07:30:00Z", "2026-03-08T03:30:00-04:00", "2026-03-08T03:30:00-04:00"),
        ("2026-07-01 12:00", "2026-07-01T12:00:00-04:00", "2026-07-01T12:00:00-04:00"),
        ("2026-07-01t12:00:00.1234567z", "2026-07-01T08:00:00.123456-04:00", "2026-07-01T08:00:00.123456-04:00"),
    ],
)
def test_requests_may_use_any_offset(text: str, local: str, instant: str) -> None:
    """RFC 3339 in any offset, or none, is moved to the zone; a wall clock column cannot tell two equal hours apart."""
    assert bound("native", "datetime", column("timestamp")).parse(text) == local
    assert bound("native", "datetime", column("timestamptz")).parse(text) == instant


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2026, 3, 8)])
def test_wall_clock_order_and_identity_hold_through_a_change_of_offset(day: date) -> None:
    """Every quarter of an hour of a day on which clocks change has one value, and is found again by it."""
    walls = [datetime.combine(day, time.min) + number * timedelta(minutes=15) for number in range(96)]
    for conversion in (bound("native", "datetime", column("timestamp")), pair()):
        stored = [conversion.encode(wall.isoformat()) for wall in walls]
        assert all(earlier < later for earlier, later in pairwise(stored))
        values = [conversion.decode(*one) for one in stored]
        assert [conversion.encode(conversion.parse(value)) for value in values] == stored
        assert [value[:19] for value in values] == [wall.isoformat() for wall in walls]


def test_instants_are_exact_through_a_change_of_offset() -> None:
    """A column with a zone keeps the two equal hours apart."""
    conversion = bound("native", "datetime", column("timestamptz"))
    start = datetime(2026, 11, 1, 4, tzinfo=UTC)
    stored = [start + number * timedelta(minutes=15) for number in range(16)]
    values = [conversion.decode(one) for one in stored]
    assert len(set(values)) == 16
    assert [conversion.encode(value) for value in values] == [(one,) for one in stored]


def test_offsets_may_change_within_an_hour() -> None:
    """Lord Howe moves by half an hour: no offset is remembered for an hour in which it changes."""
    conversion = bound("native", "datetime", column("timestamp"), timezone="Australia/Lord_Howe")
    for _ in range(2):
        assert conversion.decode(at("2026-10-04T01:59")) == "2026-10-04T01:59:00+10:30"
        assert conversion.decode(at("2026-10-04T02:31")) == "2026-10-04T02:31:00+11:00"


def test_a_remembered_hour_hides_no_sentinel_and_no_year() -> None:
    """Reading a neighbour first does not make a sentinel or a year outside pass for a value."""
    conversion = bound("native", "datetime", column("timestamp"), nulls=["2026-05-01T10:00:00"], years=[1900, 2100])
    for _ in range(2):
        assert conversion.decode(at("2026-05-01T10:01")) == "2026-05-01T10:01:00-04:00"
        assert conversion.decode(at("2026-05-01T10:00")) is None
        assert conversion.decode(at("2101-01-01T00:00")) == Issue("out-of-range")


def test_the_zone_is_the_sources_unless_the_option_says() -> None:
    """`timezone` of the binding, then the option."""
    stored = at("2026-05-01T10:00")
    assert bound("native", "datetime", column("timestamp")).decode(stored) == "2026-05-01T10:00:00-04:00"
    tokyo = Binding("datetime", (column("timestamp"),), {"timezone": "Asia/Tokyo"}, DETROIT)
    assert ENTRIES["native", "datetime"].bind(tokyo).decode(stored) == "2026-05-01T10:00:00+09:00"


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ((1240229, 93005), "2024-02-29T09:30:05-05:00"),
        ((1261101, 13000), "2026-11-01T01:30:00-04:00"),
        ((1240229, 240000), "2024-03-01T00:00:00-05:00"),
        ((1240229, None), "2024-02-29T00:00:00-05:00"),
        ((1240229, 999999), "2024-02-29T00:00:00-05:00"),
        ((Decimal(1240229), Decimal(93005)), "2024-02-29T09:30:05-05:00"),
        ((0, 93005), None),
        ((None, 93005), None),
        ((9999999, 999999), None),
        ((1230229, 93005), Issue("not-a-date")),
        ((1240229, 250000), Issue("not-a-time")),
    ],
)
def test_a_pair_of_date_and_time(stored: tuple[Any, Any], value: Any) -> None:
    """The date decides about null, a missing time is midnight, 24:00:00 is the next day's start."""
    assert pair().decode(*stored) == value


def test_a_pair_knows_all_spellings_of_midnight() -> None:
    """A filter for midnight also finds the end of the day before, and days without a time."""
    assert pair().spellings("2024-03-01T00:00:00-05:00") == (
        (1240301, 0), (1240301, 999999), (1240301, 888888), (1240229, 240000),
    )  # fmt: skip
    assert pair(nulls=[0]).encode(None) == (0, 0)
    with pytest.raises(BadValue):
        pair(nulls=[0]).encode("2024-03-01T00:00:00-05:00")


def test_a_pair_counts_the_columns_of_both() -> None:
    """A date over four columns and a time make five."""
    conversion = DateTimePair(bound("parts", "date", *INTEGER * 4), bound("hhmm", "time"), DETROIT)
    assert conversion.arity == 5
    assert conversion.decode(20, 24, 2, 29, 930) == "2024-02-29T09:30:00-05:00"
    assert conversion.encode("2024-02-29T09:30:00-05:00") == (20, 24, 2, 29, 930)


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: bound("native", "datetime", column("timestamp"), timezone="America/Detriot"), "America/Detroit"),
        (lambda: bound("native", "datetime", column("timestamp"), timezone="../passwd"), ""),
        (lambda: bound("native", "datetime", column("timestamp"), timezone="America"), ""),
        (lambda: DateTimePair(bound("cyymmdd", "date"), bound("hhmm", "time"), "Detroit"), "America/Detroit"),
        (lambda: bound("days_since", "date"), "1899-12-30"),
        (lambda: bound("days_since", "date", base="1899-02-30"), "1899-02-28"),
        (lambda: bound("days_since", "date", column("char", 5), base="1899-12-30"), "integer"),
        (lambda: bound("text", "date", column("char", 5), format="%d.%m"), "%Y"),
        (lambda: bound("text", "date", column("char", 4), format="%Y"), "%m"),
        (lambda: bound("text", "date", column("char", 9), format="%Y%m%d%Q"), "%Y"),
        (lambda: bound("text", "date", column("char", 9), format="%Y%m%d%"), "%Y"),
        (lambda: bound("text", "date", column("char", 9), format="%Y%m%d%H"), "%d.%m.%Y"),
        (lambda: bound("text", "date", column("char", 9), format="%Y%y%m%d"), "%y"),
        (lambda: bound("text", "date", column("char", 9), format="%d%d%m%Y"), ""),
        (lambda: bound("text", "time", column("char", 9), format="%Y%H"), "%H"),
        (lambda: bound("text", "time", column("char", 9), format="%M:%S"), "%H"),
        (lambda: bound("text", "datetime", column("char", 9), format="%Y%m%d"), "%H"),
        (lambda: bound("text", "date", column("char", 10), nulls=[0]), "'0'"),
        (lambda: bound("cyymmdd", "date", column("timestamp")), "integer"),
        (lambda: bound("cyymmdd", "date", column("char", 6)), ""),
        (lambda: bound("cyymmdd", "date", nulls=["*NONE"]), "whole numbers"),
        (lambda: bound("cyymmdd", "date", nulls=[None]), "whole numbers"),
        (lambda: bound("cyymmdd", "date", years=[2100, 1900]), "[1900, 2100]"),
        (lambda: bound("yymmdd", "date", window=1700), "1799"),
        (lambda: bound("parts", "date", *INTEGER * 2), "CC YY MM DD"),
        (lambda: bound("parts", "date", *INTEGER * 4, nulls=[[0, 0]]), "4"),
        (lambda: bound("parts", "date", column("char", 2), *INTEGER * 2), "CC YY MM DD"),
        (lambda: bound("native", "date", column("date"), nulls=[0]), "2026-02-28"),
        (lambda: bound("native", "date", column("char", 10)), "date"),
        (lambda: bound("native", "datetime", column("date")), "timestamp"),
        (lambda: bound("db2_timestamp", "datetime", column("char", 10)), "19"),
    ],
)
def test_options_and_columns_that_make_no_sense_are_refused(make: Callable[[], Conversion], hint: str) -> None:
    """A fault of the contract raises BadOption when the conversion is bound, and says what would be right."""
    with pytest.raises(BadOption) as refused:
        make()
    assert str(refused.value)
    assert hint in refused.value.hint


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
    assert len(ENTRIES) == sum(len(module.ENTRIES) for module in (dates, periods, times, natives, textual))
    assert datetimes.DateTimePair.name not in {name for name, _ in ENTRIES}
