"""What a value becomes on its way to SQL Server, and what its types are called."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.port import ColumnType
from adapters.sqlserver import values
from adapters.sqlserver.codepages import codec
from adapters.sqlserver.types import bind, declared_type

_NAIVE = dt.datetime(2024, 2, 29, 1, 2, 3, 4000)  # noqa: DTZ001  # local: carries no zone


def _bound(kind: ColumnType, value: Any) -> Any:
    convert = bind(kind)
    assert convert is not None
    return convert(value)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("char", 8, 0, 0, 1252), ColumnType("char", 8, ccsid=1252)),
        (("varchar", 40, 0, 0, 1252), ColumnType("varchar", 40, ccsid=1252)),
        (("varchar", -1, 0, 0, 1252), ColumnType("varchar", ccsid=1252)),
        (("varchar", 40, 0, 0, None), ColumnType("varchar", 40)),
        (("nchar", 16, 0, 0, 1252), ColumnType("char", 8, ccsid=1200)),
        (("nvarchar", 80, 0, 0, 1252), ColumnType("varchar", 40, ccsid=1200)),
        (("nvarchar", -1, 0, 0, 1252), ColumnType("varchar", ccsid=1200)),
        (("text", 16, 0, 0, 1252), ColumnType("varchar", ccsid=1252)),
        (("ntext", 16, 0, 0, 1252), ColumnType("varchar", ccsid=1200)),
        (("xml", -1, 0, 0, None), ColumnType("varchar", ccsid=1200)),
        (("sql_variant", 8016, 0, 0, None), ColumnType("varchar", 8000, ccsid=1200)),
        (("tinyint", 1, 3, 0, None), ColumnType("integer", precision=3, scale=0)),
        (("smallint", 2, 5, 0, None), ColumnType("integer", precision=5, scale=0)),
        (("int", 4, 10, 0, None), ColumnType("integer", precision=10, scale=0)),
        (("bigint", 8, 19, 0, None), ColumnType("integer", precision=19, scale=0)),
        (("decimal", 9, 11, 2, None), ColumnType("decimal", precision=11, scale=2)),
        (("numeric", 17, 38, 0, None), ColumnType("decimal", precision=38, scale=0)),
        (("money", 8, 19, 4, None), ColumnType("decimal", precision=19, scale=4)),
        (("smallmoney", 4, 10, 4, None), ColumnType("decimal", precision=10, scale=4)),
        (("float", 8, 53, 0, None), ColumnType("float")),
        (("real", 4, 24, 0, None), ColumnType("float")),
        (("bit", 1, 1, 0, None), ColumnType("boolean")),
        (("date", 3, 10, 0, None), ColumnType("date")),
        (("time", 5, 16, 7, None), ColumnType("time", 7)),
        (("datetime", 8, 23, 3, None), ColumnType("timestamp")),
        (("smalldatetime", 4, 16, 0, None), ColumnType("timestamp", 0)),
        (("datetime2", 7, 23, 3, None), ColumnType("timestamp", 3)),
        (("datetimeoffset", 10, 34, 7, None), ColumnType("timestamptz", 7)),
        (("binary", 16, 0, 0, None), ColumnType("binary", 16)),
        (("varbinary", -1, 0, 0, None), ColumnType("binary")),
        (("image", 16, 0, 0, None), ColumnType("binary")),
        (("timestamp", 8, 0, 0, None), ColumnType("binary", 8)),
        (("uniqueidentifier", 16, 0, 0, None), ColumnType("uuid")),
        ((None, -1, 0, 0, None), ColumnType("other")),
        (("json", -1, 0, 0, None), ColumnType("other")),
    ],
)
def test_types(row: tuple[Any, ...], expected: ColumnType) -> None:
    """Each type of sys.types has a name in the port, or is `other`."""
    assert declared_type(*row) == expected


_PAGE = ColumnType("varchar", 3, ccsid=1252)
_UNICODE = ColumnType("varchar", 3, ccsid=1200)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (_PAGE, "abc", "abc"),
        (_PAGE, 12, "12"),
        (_PAGE, "Ünicode", "Ünicode"),
        (_PAGE, "Ω", "~~~~"),
        (_PAGE, "a\0", "~~~~"),
        (_PAGE, "\ud800", "~~~~"),
        (_UNICODE, "Ω注\U0001f529", "Ω注\U0001f529"),
        (_UNICODE, "a\0", "~~~~"),
        (_UNICODE, "\ud800", "~~~~"),
        (ColumnType("varchar", 3), "Ω", "Ω"),
        (ColumnType("char", 3, ccsid=932), "注文", "注文"),
        (ColumnType("char", 3, ccsid=932), "ß", "~~~~"),
        (ColumnType("varchar", 3, ccsid=65001), "Ω注\U0001f529", "Ω注\U0001f529"),
        (ColumnType("varchar", 8000, ccsid=1252), "x" * 8001, "~" * 8001),
        (ColumnType("varchar", 8000, ccsid=1252), "x" + " " * 9000, "x" + " " * 9000),
        (ColumnType("varchar", ccsid=1252), "x" * 9000, "x" * 9000),
        (ColumnType("varchar", ccsid=1252), "Ω", "~" * 8001),
    ],
)
def test_text_that_a_column_cannot_hold_becomes_what_it_never_holds(
    kind: ColumnType, given: Any, expected: str
) -> None:
    """Characters outside the code page, NUL, and what a cast would cut; anything else stays as it is."""
    assert _bound(kind, given) == expected


def test_every_code_page_is_known_to_python() -> None:
    """A page without a codec would be bound as nvarchar: right, and slow."""
    for page in (437, 850, 874, 932, 936, 949, 950, *range(1250, 1259), 65001):
        name = codec(page)
        assert name is not None
        assert "A~".encode(name) == b"A~"
    assert codec(37) is None


@given(
    st.integers(1, 38).flatmap(lambda digits: st.tuples(st.just(digits), st.integers(0, digits))),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.data(),
)
@settings(max_examples=300, deadline=None)
def test_a_number_compares_as_it_did(kind: tuple[int, int], value: Decimal, data: st.DataObject) -> None:
    """Against every number that the column holds, which itself stays as it is; in 38 digits, all of which a column may use."""
    digits, scale = kind
    most = 10**digits - 1
    stored = Decimal(data.draw(st.integers(-most, most))).scaleb(-scale, values._WIDE)
    bound = values.exact(digits, scale, value)
    sign, figures, exponent = bound.as_tuple()
    del sign
    assert exponent <= 0
    assert max(len(figures), -exponent) <= 38
    assert values.exact(digits, scale, stored) == stored
    if digits < 38:
        assert (bound > stored, bound == stored) == (value > stored, value == stored)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        (True, 1),
        (Decimal("7.0"), 7),
        (7.0, 7),
        (2**31, 2**31),
        (2**63, Decimal(10**10)),
        (-(2**63) - 1, Decimal(-(10**10))),
        (10**40, Decimal(10**10)),
        (Decimal("1.5"), Decimal("1.5")),
        (Decimal("1.05"), Decimal("1.1")),
        (math.inf, Decimal(10**10)),
        ("seven", "seven"),
    ],
)
def test_whole_numbers(value: Any, expected: Any) -> None:
    """An int where it is one; a fraction stays one; what is too large is as large as it takes."""
    found = _bound(ColumnType("integer", precision=10, scale=0), value)
    assert found == expected
    assert isinstance(found, type(expected)) or value is True


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, 0.1),
        (Decimal("0.1"), 0.1),
        (0, 0.0),
        (math.inf, 1.7976931348623157e308),
        (-math.inf, -1.7976931348623157e308),
        (math.nan, 1.7976931348623157e308),
        (10**400, 1.7976931348623157e308),
        (-(10**400), -1.7976931348623157e308),
        (5e-324, 2.2250738585072014e-308),
        ("text", "text"),
    ],
)
def test_floats(value: Any, expected: Any) -> None:
    """SQL Server knows neither infinities, nor NaN, nor denormal numbers."""
    assert _bound(ColumnType("float"), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-02-29T01:02:03", "2024-02-29T01:02:03.000"),
        ("2024-02-29 01:02:03.003", "2024-02-29T01:02:03.003"),
        ("2024-02-29 01:02:03.0066666", "2024-02-29T01:02:03.007"),
        ("2024-02-29 01:02:03.001", "2024-02-29T01:02:03.000"),
        ("2024-02-29 01:02:03.002", "2024-02-29T01:02:03.003"),
        ("2024-02-29 01:02:03.005", "2024-02-29T01:02:03.007"),
        ("2024-02-29 01:02:03.997", "2024-02-29T01:02:03.997"),
        ("2024-02-29 01:02:03.999", "2024-02-29T01:02:04.000"),
        ("2024-12-31 23:59:59.999", "2025-01-01T00:00:00.000"),
        (dt.date(2024, 2, 29), "2024-02-29T00:00:00.000"),
        ("0001-01-01T00:00:00", "1753-01-01T00:00:00.003"),
        ("1752-12-31T23:59:59.999", "1753-01-01T00:00:00.003"),
        ("1753-01-01T00:00:00", "1753-01-01T00:00:00.000"),
        ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.997"),
        ("no moment", "no moment"),
    ],
)
def test_datetimes_tick(value: Any, expected: str) -> None:
    """A value falls on the tick that SQL Server rounds it to; those before 1753 right after the first one."""
    assert _bound(ColumnType("timestamp"), value) == expected
    if isinstance(value, str) and value[:1].isdigit():
        assert _bound(ColumnType("timestamp"), dt.datetime.fromisoformat(value)) == expected


@given(st.integers(0, 299))
@settings(max_examples=50, deadline=None)
def test_a_tick_that_was_read_is_the_tick_that_is_asked_for(tick: int) -> None:
    """The milliseconds that drivers read of a tick lead back to it."""
    milliseconds = (tick * 10 + 1) // 3
    text = f"2024-02-29T01:02:03.{milliseconds:03}"
    assert _bound(ColumnType("timestamp"), text) == text
    assert milliseconds == math.floor(tick * 1000 / 300 + 0.5)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (ColumnType("timestamp", 7), "2024-02-29 01:02:03.1234567", "2024-02-29 01:02:03.1234567"),
        (ColumnType("timestamp", 3), _NAIVE, "2024-02-29T01:02:03.004000"),
        (ColumnType("timestamp", 0), dt.date(2024, 2, 29), "2024-02-29T00:00:00.000000"),
        (ColumnType("timestamptz", 7), _NAIVE.replace(tzinfo=dt.UTC), "2024-02-29T01:02:03.004000+00:00"),
        (ColumnType("timestamptz", 7), _NAIVE, "2024-02-29T01:02:03.004000+00:00"),
        (ColumnType("timestamptz", 7), "2024-02-29T01:02:03.1234567+02:00", "2024-02-29T01:02:03.1234567+02:00"),
        (ColumnType("date"), _NAIVE, "2024-02-29"),
        (ColumnType("date"), dt.date(1, 1, 1), "0001-01-01"),
        (ColumnType("time", 7), dt.time(1, 2, 3, 4), "01:02:03.000004"),
        (ColumnType("boolean"), 1, True),
        (ColumnType("boolean"), 2, 2),
        (ColumnType("binary", 3), bytearray(b"ab"), b"ab"),
        (ColumnType("uuid"), uuid.UUID(int=10), "00000000-0000-0000-0000-00000000000A"),
        (ColumnType("uuid"), "0000000000000000000000000000000a", "00000000-0000-0000-0000-00000000000A"),
        (ColumnType("uuid"), "00000000-0000-0000-0000-00000000000A and more", values._NOBODY),
        (ColumnType("uuid"), 7, values._NOBODY),
    ],
)
def test_other_values(kind: ColumnType, value: Any, expected: Any) -> None:
    """Dates and times are ISO 8601, in which no language plays a part; an identifier is a whole one, or nobody's."""
    found = _bound(kind, value)
    assert (found, type(found)) == (expected, type(expected))


def test_a_type_that_is_not_known_is_bound_as_it_is() -> None:
    """`other` has no values of its own."""
    assert bind(ColumnType("other")) is None
