"""ODBC's types become the port's, and values become what drivers take."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pytest

from adapters.odbc.types import binder, column_type, described
from adapters.port import ColumnType


@pytest.mark.parametrize(
    ("code", "name", "size", "digits", "expected"),
    [
        (1, "CHAR", 8, None, "char(8)"),
        (-8, "bpchar", 8, None, "char(8)"),
        (12, "VARCHAR", 40, None, "varchar(40)"),
        (12, "VARCHAR", 0, None, "varchar"),
        (12, "char(3)", 3, 10, "char(3)"),
        (12, "decimal(11,2)", 2, 10, "decimal(11,2)"),
        (-1, "LONGCHAR", 65536, None, "varchar"),
        (-10, "text", 8190, None, "varchar"),
        (4, "COUNTER", 10, 0, "integer(10,0)"),
        (4, "INTEGER", 9, 10, "integer(10,0)"),
        (5, "SMALLINT", 5, 0, "integer(5,0)"),
        (-6, "BYTE", 3, 0, "integer(3,0)"),
        (-5, "int8", 19, 0, "integer(19,0)"),
        (2, "CURRENCY", 19, 4, "decimal(19,4)"),
        (3, "DECIMAL", 9, None, "decimal(9,0)"),
        (2, "numeric", 5, 10, "decimal"),
        (8, "DOUBLE", 15, None, "float"),
        (7, "REAL", 7, None, "float"),
        (-7, "BIT", 1, None, "boolean"),
        (91, "DATE", 10, None, "date"),
        (9, "DATE", 10, None, "date"),
        (92, "TIME", 8, 0, "time(0)"),
        (93, "DATETIME", 19, 0, "timestamp(0)"),
        (93, "timestamp(3)", 3, 10, "timestamp(3)"),
        (93, "timestamp", 32, 10, "timestamp"),
        (-3, "VARBINARY", 510, None, "binary(510)"),
        (-4, "LONGBINARY", 2**30, None, "binary"),
        (-11, "GUID", 36, None, "uuid"),
        (-16, "sql_variant", 0, None, "other"),
        (101, "INTERVAL YEAR", 2, None, "other"),
        (12, None, 5, None, "varchar(5)"),
    ],
)
def test_a_type_is_what_its_code_says(
    code: int, name: str | None, size: int, digits: int | None, expected: str
) -> None:
    """A declaration in the name says more; numbers that are impossible say nothing."""
    assert str(column_type(code, name or "", size, digits)) == expected


def test_a_result_is_described_by_python_s_types() -> None:
    """Numbers keep their digits; the size of a text may be that of a buffer, and is not taken."""
    kinds = [
        (int, 10, 0, "integer(10,0)"), (int, 20, 0, "integer(19,0)"), (Decimal, 9, 2, "decimal(9,2)"),
        (Decimal, 0, 0, "decimal"), (float, 15, 0, "float"), (bool, 1, 0, "boolean"), (str, 255, 0, "varchar"),
        (bytearray, 10, 0, "binary"), (dt.date, 10, 0, "date"), (dt.time, 8, 0, "time"), (dt.datetime, 23, 3, "timestamp"),
    ]  # fmt: skip
    columns = described(
        [(f"c{number}", kind, None, size, size, digits, True) for number, (kind, size, digits, _) in enumerate(kinds)]
    )
    assert [str(column.type) for column in columns] == [expected for *_, expected in kinds]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (ColumnType("char", 4), "AB  ", "AB"),
        (ColumnType("char", 4), "ABCDEF ", "ABCDEF"),
        (ColumnType("varchar", 4), "AB ", "AB "),
        (ColumnType("varchar", 4), "a\0b", "a\uffffb"),
        (ColumnType("varchar", 4), 12, "12"),
        (ColumnType("integer", precision=10, scale=0), Decimal("7.0"), 7),
        (ColumnType("integer", precision=10, scale=0), Decimal("1.5"), 1.5),
        (ColumnType("integer", precision=10, scale=0), 2**31 - 1, 2**31 - 1),
        (ColumnType("integer", precision=10, scale=0), 2**31, 2.0**31),
        (ColumnType("integer", precision=5, scale=0), 2**15, 2.0**15),
        (ColumnType("integer"), 2**62, 2**62),
        (ColumnType("integer"), 2**63, 2.0**63 * (1 + 2**-52)),
        (ColumnType("integer"), -(2**63), -(2**63)),
        (ColumnType("integer"), 10**400, 1e308),
        (ColumnType("integer"), "text", "text"),
        (ColumnType("decimal", precision=9, scale=2), 12.5, Decimal("12.5")),
        (ColumnType("decimal", precision=9, scale=2), 10**40, Decimal(10**40)),
        (ColumnType("float"), Decimal("0.5"), 0.5),
        (ColumnType("float"), 10**400, math.inf),
        (ColumnType("float"), -(10**400), -math.inf),
        (ColumnType("boolean"), 1, True),
        (ColumnType("time"), dt.time(1, 2, 3, 500000), "01:02:03.500000"),
        (ColumnType("time"), dt.time(1, 2, 3), dt.time(1, 2, 3)),
    ],
)
def test_values_are_given_as_drivers_take_them(kind: ColumnType, value: Any, expected: Any) -> None:
    """A value of another type, or beyond its column, is never cut and never makes the driver's module fail."""
    convert = binder(padded=False, encoding="")(kind)
    assert convert is not None
    given = convert(value)
    assert (given, type(given)) == (expected, type(expected))


def test_chars_are_padded_where_the_source_compares_them_so() -> None:
    """`char: padded` gives all characters of the column, and cuts nothing."""
    convert = binder(padded=True, encoding="")(ColumnType("char", 4))
    assert convert is not None
    assert [convert(text) for text in ("AB", "AB      ", "ABCDEF")] == ["AB  ", "AB  ", "ABCDEF"]


def test_text_beyond_the_code_page_equals_nothing_and_costs_no_stack() -> None:
    """Each character that the code page lacks becomes a sign that no text has, however many there are."""
    convert = binder(padded=False, encoding="cp1252")(ColumnType("varchar", 40))
    assert convert is not None
    assert convert("Öl Ωμ\0") == "Öl \x1a\x1a\x1a"
    assert convert("Ωa" * 5000) == "\x1aa" * 5000
