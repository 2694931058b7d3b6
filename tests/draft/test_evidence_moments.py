"""Dates, months, weeks and times: each stored form is recognised by its values alone, or a question names what else it may be."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.port import Column, ColumnType
from app.conversions.base import Issue
from app.draft.evidence.moments import COUNTED, LAYOUTS, TEXTS
from app.draft.evidence.reading import Reading
from tests.draft.evidence_columns import NUMBER, TEXT, WHOLE, bound, char, days, moments, proposed, sample

HINTS = {"date": "ORDDT", "month": "ACPER", "week": "PLNWK", "time": "PRMTM", "datetime": "CHGTS"}


def stored(reading: Reading, kind: ColumnType, values: list[str] | None = None) -> list[Any]:
    """Values as that conversion writes them."""
    conversion = reading.bound(kind)
    assert conversion is not None
    return [conversion.write(value)[0] for value in (moments(reading.type) if values is None else values)]


@pytest.mark.parametrize("kind", [NUMBER, WHOLE, char(8)], ids=str)
@pytest.mark.parametrize("reading", LAYOUTS, ids=lambda reading: reading.name)
def test_every_layout_of_digits_is_recognised(reading: Reading, kind: ColumnType) -> None:
    """Ten years of values are enough, whatever the column is called."""
    found = proposed(stored(reading, kind), kind)
    assert (found.type, found.stored_as) == (reading.type, reading.name)


@pytest.mark.parametrize("reading", LAYOUTS, ids=lambda reading: reading.name)
def test_a_layout_reads_nothing_longer_than_itself(reading: Reading) -> None:
    """A value of more digits is not even tried: neither a moment nor a mark for none has more."""
    for kind in (NUMBER, WHOLE, char(12)):
        conversion = reading.bound(kind)
        assert conversion is not None
        assert all(len(str(null).strip()) <= reading.digits for (null,) in conversion.nulls)
        assert isinstance(conversion.decode("1" * (reading.digits + 1)), Issue)


@pytest.mark.parametrize("reading", TEXTS, ids=lambda reading: reading.label)
def test_every_format_of_text_is_recognised(reading: Reading) -> None:
    """A format is found without a question, in a column of text that could hold anything."""
    found = proposed(stored(reading, TEXT), TEXT)
    assert (found.type, found.stored_as, found.doubts) == (reading.type, reading.stored_as, ())


@pytest.mark.parametrize("reading", COUNTED, ids=lambda reading: reading.label)
def test_counted_days_are_never_certain(reading: Reading) -> None:
    """They are proposed where a name speaks of a date, with a question; else they are the numbers that they are."""
    values = stored(reading, WHOLE)
    found = proposed(values, WHOLE, "ORDDT")
    assert found.doubts
    assert found.type == "date" or any("days_since" in doubt for doubt in found.doubts)
    assert proposed(values, WHOLE).type == "integer"


@pytest.mark.parametrize("reading", LAYOUTS, ids=lambda reading: reading.name)
def test_drivers_may_bring_decimals(reading: Reading) -> None:
    """What a driver makes of a DECIMAL column changes nothing."""
    plain = stored(reading, NUMBER)
    assert proposed([Decimal(value) for value in plain], NUMBER).stored_as == proposed(plain, NUMBER).stored_as


SPREADS = st.tuples(
    st.sampled_from([*LAYOUTS, *TEXTS]),
    st.integers(1, 300),  # rows
    st.dates(dt.date(1985, 1, 1), dt.date(2026, 6, 30)),
    st.sampled_from([28, 300, 2900]),  # days
    st.booleans(),  # a name that says what it is
    st.randoms(use_true_random=False),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SPREADS)
def test_no_moment_is_silently_read_as_another(drawn: tuple[Reading, int, dt.date, int, bool, Any]) -> None:
    """Few or many rows, a month or years of them, named or not: another value than the stored one never comes without a question."""
    reading, rows, first, span, named, chance = drawn
    kind = NUMBER if reading in LAYOUTS else TEXT
    ordered = [first + dt.timedelta(days=chance.randrange(span)) for _ in range(rows)]
    conversion = reading.bound(kind)
    assert conversion is not None
    values = stored(reading, kind, [_value(reading, day, chance) for day in ordered])
    found = proposed(values, kind, HINTS[reading.type] if named else "VAL")
    if found.stored_as is None or found.doubts:
        return  # as it is stored, or asked about
    made = bound(found, sample([Column(found.columns[0], kind)], []))
    assert [made.decode(value) for value in values] == [conversion.decode(value) for value in values], found


def _value(reading: Reading, day: dt.date, chance: Any) -> str:
    clock = f"{chance.randrange(6, 22):02}:{chance.randrange(60):02}:00"
    year, week, _ = day.isocalendar()
    forms = {
        "date": f"{day}",
        "month": f"{day}"[:7],
        "week": f"{year:04}-W{week:02}",
        "time": clock,
        "datetime": f"{day}T{clock}+00:00",
    }
    return forms[reading.type]


def test_evidence_counts_years_and_sentinels() -> None:
    """The comment says how many values are dates, of which years, and how many stand for none."""
    values = [(day.year - 1900) * 10000 + day.month * 100 + day.day for day in days()]
    found = proposed([*values, *[0] * 20, *[None] * 3], NUMBER, "ORDDT")
    assert found.evidence == "cyymmdd: 400 of 420 values are valid dates from 2014 to 2024; 20 are 0; 3 are NULL"
    assert found.doubts == ()


@pytest.mark.parametrize("mark", [0, 9999999, 99999999, 88888888, 77777777, 99991231])
def test_marks_are_null(mark: int) -> None:
    """Values that programs are known to use for no date, in the conversion's own list or not, mean null without a question."""
    values = [int(f"{day:%Y%m%d}") for day in days()]
    found = proposed([*values, *[mark] * 30], NUMBER, "ORDDT")
    conversion = bound(found, sample([Column("ORDDT", NUMBER)], []))
    assert (found.type, found.doubts, conversion.decode(mark)) == ("date", (), None)


def test_a_frequent_value_that_is_no_date_is_null_and_asked_about() -> None:
    """Nobody uses 20250230 for no date but this table; so it is asked."""
    values = [int(f"{day:%Y%m%d}") for day in days()]
    found = proposed([*values, *[20250230] * 60], NUMBER, "ORDDT")
    assert found.stored_as == {"yyyymmdd": {"nulls": [20250230]}}
    assert found.doubts == ("does 20250230 (60 rows) stand for no value?",)


def test_dirt_is_named() -> None:
    """A few impossible dates do not hide the format, and are shown."""
    values = [int(f"{day:%Y%m%d}") for day in days()]
    found = proposed([*values, 20250230, 20251301], NUMBER)
    assert found.stored_as == "yyyymmdd"
    assert found.doubts == ("2 values do not decode: 20250230, 20251301",)


def test_days_and_months_that_cannot_be_told_apart_are_asked_about() -> None:
    """Where no day is past the twelfth, months and days may be either way round."""
    values = [day.month * 10000 + day.day * 100 + day.year % 100 for day in days(3000, 1) if day.day <= 12]
    found = proposed(values, NUMBER, "ORDDT")
    assert any("mmddyy" in doubt or "ddmmyy" in doubt for doubt in found.doubts)


def test_native_dates_far_from_the_rest_are_null() -> None:
    """The last day of the calendar stands for an open end."""
    found = proposed([*days(), *[dt.date(9999, 12, 31)] * 9], ColumnType("date"), "VALTO")
    assert found.stored_as == {"native": {"nulls": ["9999-12-31"]}}


def test_midnights_are_asked_about() -> None:
    """A timestamp that is always midnight seems to be a day; a single other time says that it is none."""
    midnights = [dt.datetime(day.year, day.month, day.day) for day in days()]  # noqa: DTZ001  # as a driver brings them
    found = proposed(midnights, ColumnType("timestamp", 3), "INVOICED")
    assert (found.type, found.stored_as) == ("date", None)
    assert found.doubts
    assert (
        proposed([*midnights, midnights[0].replace(hour=9)], ColumnType("timestamp", 3), "INVOICED").type == "datetime"
    )


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (list(range(1001, 24000, 7)), NUMBER),  # serial numbers
        (list(range(1, 60)), NUMBER),
        ([10, 20, 30, 40, 50] * 50, NUMBER),
        ([100, 150, 200, 250, 300, 500, 1000, 1200, 1999] * 20, NUMBER),
        (list(range(20240001, 20240400)), NUMBER),
        ([f"{number:07}" for number in range(1001, 4000)], char(7)),
    ],
    ids=["serial", "small", "steps", "round", "numbers of a year", "digits"],
)
def test_numbers_are_no_moments(values: list[Any], kind: ColumnType) -> None:
    """What many plain numbers fit by chance is no evidence."""
    assert proposed(values, kind).type in {"integer", "string"}
