"""Wall clock time and instants through changes of offset, and moments that are kept as a date and a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from app.conversions.base import BadValue, Binding, Issue
from app.conversions.datetimes import DateTimePair
from tests.conversions.binding import DETROIT, ENTRIES, at, bound, column, pair

INTEGER = (column("integer"),)


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
        (1240301, 0), (1240301, 999999), (1240301, 888888), (1240301, None), (1240229, 240000),
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
