"""From shapes to text: what is compiled, what is kept, and what a named query's text survives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import mssql, sqlite

from adapters.port import All, Catalog, Column, ColumnType, Compare, Health, In, Lane, Like, Order, Shape, Table, Traits
from adapters.sql import Backend, SqlSource, bare
from adapters.sql.source import _STATEMENTS
from adapters.sql.statements import Rules, compile_shape, literal_text

_KNOWN = Table(
    "LIB.T",
    (
        Column("A", ColumnType("integer"), nullable=False),
        Column("B", ColumnType("integer"), nullable=False),
        Column("N", ColumnType("integer")),
        Column("T", ColumnType("varchar")),
    ),
)


def _rules(*, row_values: bool = True, nulls_first: bool = True) -> Rules:
    traits = Traits(pads_char=True, nulls_first=nulls_first, row_values=row_values, max_parameters=100)
    return Rules(sqlite.dialect(paramstyle="qmark"), traits, lambda _: None, "%_[")


def _condition(shape: Shape, rules: Rules) -> str:
    text = compile_shape(shape, _KNOWN, rules).text.replace('"LIB"."T".', "").replace('"', "").replace("\n", "")
    return text.partition("WHERE ")[2].partition(" ORDER BY")[0]


_A, _B, _N = Order("A"), Order("B"), Order("N")


@pytest.mark.parametrize(
    ("order", "after", "row_values", "nulls_first", "expected"),
    [
        ((_A,), (False,), True, True, "A > ?"),
        ((_A, _B), (False, False), True, True, "(A, B) > (?, ?)"),
        ((Order("A", descending=True), Order("B", descending=True)), (False, False), True, True, "(A, B) < (?, ?)"),
        ((_A, _B), (False, False), False, True, "A >= ? AND (A > ? OR A = ? AND B > ?)"),
        ((_A, Order("B", descending=True)), (False, False), True, True, "A >= ? AND (A > ? OR A = ? AND B < ?)"),
        ((_N, _A), (False, False), True, True, "N >= ? AND (N > ? OR N = ? AND A > ?)"),
        ((_N, _A), (True, False), True, True, "N IS NOT NULL OR N IS NULL AND A > ?"),
        ((_N, _A), (False, False), True, False, "N > ? OR N IS NULL OR N = ? AND A > ?"),
        ((_N, _A), (True, False), True, False, "N IS NULL AND A > ?"),
        ((Order("N", descending=True),), (False,), True, True, "N < ? OR N IS NULL"),
    ],
)
def test_a_page_s_condition(
    order: tuple[Order, ...],
    after: tuple[bool, ...],
    row_values: bool,  # noqa: FBT001  # a column of the table above
    nulls_first: bool,  # noqa: FBT001  # as above
    expected: str,
) -> None:
    """A row value where the source and the columns allow it; else an expansion that starts with a range."""
    rules = _rules(row_values=row_values, nulls_first=nulls_first)
    assert _condition(Shape(("A",), "LIB.T", order=order, after=after), rules) == expected


def test_values_go_where_the_port_says() -> None:
    """Depth first, then the page's, then the limit; a value that is used twice is given twice."""
    where = All((Compare("A", "="), In("B", 2), Like("T", "contains")))
    shape = Shape(("A",), "LIB.T", where=where, order=(_N, _A), after=(False, False), limited=True)
    statement = compile_shape(shape, _KNOWN, _rules())
    assert statement.bind([1, 2, 3, "5%[/", 10, 11, 99]) == [1, 2, 3, "%5/%/[//%", 10, 10, 10, 11, 99, 0]


def test_names_with_a_library_are_qualified() -> None:
    """`LIB.T` is table T of LIB, each part quoted as it stands."""
    assert 'FROM "LIB"."T"' in compile_shape(Shape(("A",), "LIB.T"), _KNOWN, _rules()).text


def test_another_dialect_pages_in_its_own_words() -> None:
    """SQLAlchemy's dialect decides how a limit is spelled."""
    dialect = mssql.dialect(paramstyle="qmark")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    dialect._supports_offset_fetch = True  # SQL Server 2012 and later
    rules = Rules(dialect, _rules().traits, lambda _: None, "%_[")
    statement = compile_shape(Shape(("A",), "LIB.T", order=(_A,), limited=True), _KNOWN, rules)
    assert statement.text.endswith("OFFSET 0 ROWS\n FETCH FIRST ? ROWS ONLY")
    assert statement.bind([7]) == [7]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1", "SELECT 1"),
        ("\n SELECT 1 ; \n", "SELECT 1"),
        ("SELECT 1;;", "SELECT 1"),
        ("-- why\nSELECT 1 -- the end", "-- why\nSELECT 1"),
        ("SELECT '-- no comment'", "SELECT '-- no comment'"),
        ("SELECT ';' /* ; */ ; -- ;", "SELECT ';'"),
        ("SELECT 'it''s ; --'; ", "SELECT 'it''s ; --'"),
        ('SELECT "a;--"', 'SELECT "a;--"'),
        ("SELECT $x$ ; -- $x$ ;", "SELECT $x$ ; -- $x$"),
        ("", ""),
        ("-- nothing", ""),
    ],
)
def test_a_query_s_end_is_found(text: str, expected: str) -> None:
    """What ends a statement is taken off; what only looks like it, inside text or a name, stays."""
    assert bare(text) == expected


@given(st.text(alphabet="abA:\\%?$1' \"[]{}()\n/*@#", max_size=30))
@settings(max_examples=200, deadline=None)
def test_a_query_s_text_is_not_touched(inner: str) -> None:
    """Colons, percent signs, question marks and backslashes reach the source as they were written."""
    query = "SELECT '" + inner.replace("'", "''") + "' AS A"
    compiled = compile_shape(Shape(("A",), query=query), _KNOWN, _rules()).text
    assert f"(\n{query}\n) AS q" in compiled


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "NULL"),
        ("it's", "'it''s'"),
        (7, "7"),
        (True, "TRUE"),
        (b"\x00\xff", "X'00FF'"),
        (dt.date(2024, 2, 29), "'2024-02-29'"),
        (dt.datetime.fromisoformat("2024-02-29 01:02:03"), "'2024-02-29 01:02:03'"),
    ],
)
def test_literals(value: Any, expected: str) -> None:
    """Values are written as standard SQL has them."""
    assert literal_text(value) == expected


class _Gate:
    """Runs nothing, and keeps what it was given."""

    def call(self, *_: Any, lane: Lane = "interactive") -> tuple[Any, float, float]:
        del lane
        return [], 0.0, 0.0

    def charge(self, rows: int) -> None:
        """Nothing is counted."""

    def health(self) -> Health:
        return Health("ok")

    def close(self) -> None:
        """Nothing is held."""


def _source() -> SqlSource:
    def none(*_: Any) -> Sequence[Any]:
        return []

    rules = _rules()
    backend = Backend("test", rules.traits, rules.dialect, rules.bind, lambda *_: {}, none, none)
    source = SqlSource("test", backend, _Gate())
    source.learn(Catalog({"LIB.T": _KNOWN}))
    return source


def test_compiled_statements_are_bounded() -> None:
    """However many shapes requests bring, memory does not grow: the oldest make room."""
    source = _source()
    statement, _ = source._filled(Shape(("A",), "LIB.T"), ())
    source._statements = {Shape((str(number),), "LIB.T"): statement for number in range(_STATEMENTS)}
    source.run(Shape(("B",), "LIB.T"), ())
    assert len(source._statements) == _STATEMENTS
    assert Shape(("0",), "LIB.T") not in source._statements
    assert Shape(("B",), "LIB.T") in source._statements


def test_learning_anew_forgets_old_statements() -> None:
    """A column's new type is bound from then on."""
    source = _source()
    source.run(Shape(("A",), "LIB.T"), ())
    source.learn(Catalog({"LIB.T": _KNOWN}))
    assert source._statements == {}
