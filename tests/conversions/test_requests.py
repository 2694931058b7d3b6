"""What a document says of values in requests: neither more nor less than what is taken."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no stubs of its own

from adapters.port import ColumnType
from app.contract.columns import column_type
from app.conversions.base import ApiType, BadValue
from app.conversions.moments import ALL_YEARS, DATE_SCHEMA, Years
from app.conversions.registry import bind

CASES: list[tuple[ApiType, Any, tuple[str, ...], bool, tuple[str, ...]]] = [
    ("date", "cyymmdd", ("decimal(7,0)",), False, ("1899-12-31", "1900-01-01", "2100-12-31", "2101-01-01")),
    ("date", {"yymmdd": {"window": 1970}}, ("integer",), False, ("1969-12-31", "1970-01-01", "2069-01-01", "2070-01-01")),
    ("date", "native", ("date",), False, ("0001-01-02", "0999-01-01", "9999-12-30")),
    ("month", "yyyymm", ("integer",), False, ("1899-12", "1900-01", "2100-12", "2101-01")),
    ("datetime", ["cyymmdd", "hhmmss"], ("integer", "integer"), False, ("1899-06-01T00:00:00Z", "2100-06-01T00:00:00Z")),
    ("datetime", ["cyymmdd", "hhmmss"], ("integer", "integer"), False,
     ("2026-06-01T00:00:00.000-05:00", "2026-06-01T00:00:00.001-05:00", "2026-06-01T00:00:00.5Z")),
    ("datetime", {"native": {"years": [1990, 2030]}}, ("timestamp",), False, ("1989-06-01T00:00:00Z", "2030-06-01T00:00:00Z")),
    ("string", "native", ("varchar(4)",), False, ("", "Bolt", "Bolts", "a\tb", "a\x1fb", "\x7f")),
    ("string", "uuid", ("char(36)",), False, ("", "3f2b8c1e-5d47-4a90-9c36-7e1f0a2b4c5d", "3f2b")),
    ("enum", {"N30": "net-30"}, ("char(3)",), False, ("net-30", "N45", "")),
    ("string", {"native": {"blank": "null"}}, ("varchar(4)",), False, ("", "  ", "\u3000", "Bolt", " a", "a\x1fb")),
    ("enum", {"N30": "net-30"}, ("char(3)",), True, ("net-30", "N45", "N 5", "", "  ", "N456", "net-31", "N\x005")),
    ("enum", {"N30": "net-30", "A.": "AB", "CH": "CH"}, ("char(3)",), True, ("N30", "N31", "A.", "A. ", "AB", "AX", "CH")),
    ("enum", {"10": "entered"}, ("integer",), True, ("entered", "20", "-1", "", "twenty")),
    ("enum", {"10": "open", "0": "none", "-1": "lost"}, ("integer",), True, ("10", "010", "0", "-0", "00", "-1", "-01", "-10", "1")),
]  # fmt: skip


@pytest.mark.parametrize(("api_type", "stored_as", "columns", "opened", "texts"), CASES)
def test_a_request_may_say_what_the_document_says(
    api_type: ApiType,
    stored_as: Any,
    columns: tuple[str, ...],
    opened: bool,  # noqa: FBT001  # a table's column
    texts: tuple[str, ...],
) -> None:
    """The schema of a value in a request holds for exactly those values that can be parsed and stored."""
    types: tuple[ColumnType, ...] = tuple(map(column_type, columns))
    conversion = bind(api_type, stored_as, types, "UTC", opened)
    check = Draft202012Validator(conversion.request_schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    taken = []
    for text in texts:
        try:
            conversion.encode(conversion.parse(text))
        except BadValue:
            continue
        taken.append(text)
    assert [text for text in texts if check.is_valid(text)] == taken


@given(st.lists(st.integers(1, 9999), min_size=2, max_size=2).map(sorted), st.integers(1, 9999))
@example([1900, 2100], 2100)
@example([1, 1], 1)
@example([9, 1010], 10)
def test_years_have_a_pattern(ends: list[int], year: int) -> None:
    """The pattern of years matches exactly the years from the first to the last, both included."""
    pattern = Years(*ends).limited(DATE_SCHEMA).get("pattern", "")
    for each in (year, ends[0] - 1, *ends, ends[1] + 1):
        if 1 <= each <= 9999:
            assert (re.search(pattern, f"{each:04}-01-31") is not None) is (ends[0] <= each <= ends[1])


def test_a_pattern_of_years_is_short() -> None:
    """It reads as a person would write it; where every year is served there is none."""
    assert Years().limited(DATE_SCHEMA)["pattern"] == "^(19[0-9][0-9]|20[0-9][0-9]|2100)-"
    assert ALL_YEARS.limited(DATE_SCHEMA) == DATE_SCHEMA
