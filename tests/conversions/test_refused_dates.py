"""What dates and times refuse: values that a column cannot hold, requests that are none, options that make no sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.conversions.base import ApiType, BadOption, BadValue, Conversion
from app.conversions.datetimes import DateTimePair
from tests.conversions.binding import bound, column, pair

INTEGER = (column("integer"),)


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
