"""The SQL of the kind `as400`, as golden files; and that nothing of IBM's dialect but its SQL is used."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters import as400
from adapters.as400.describe import describe
from adapters.as400.dialect import dialect
from adapters.port import (
    All,
    Any_,
    Catalog,
    Column,
    ColumnType,
    Compare,
    In,
    Like,
    Null,
    Order,
    Shape,
    Table,
    Terms,
    Unavailable,
    Unknown,
)
from tests.adapters.as400_fakes import COLUMNS, TABLE, FakeConnection, over

_GOLDEN = Path(__file__).parents[1] / "golden" / "as400"
_RENEW = "BASCULE_TEST_RENEW"

_PAGE = (Order("CUSNM", descending=True), Order("ORDNO"))
_SHAPES: dict[str, tuple[Shape, tuple[Any, ...]]] = {
    "an item": (Shape(("ORDNO", "CUSNM"), TABLE, where=Compare("ORDNO", "=")), (4711,)),
    "a first page": (Shape(("ORDNO", "CUSNM"), TABLE, order=_PAGE, limited=True), (50,)),
    "a next page": (
        Shape(("ORDNO",), TABLE, where=Compare("COUNT", ">"), order=_PAGE, after=(False, False), limited=True),
        (3, "Bolt", 4711, 50),
    ),
    "a next page after NULL": (
        Shape(("ORDNO",), TABLE, order=_PAGE, after=(True, False), limited=True),
        (4711, 50),
    ),
    "a filter of every kind": (
        Shape(
            ("ORDNO",),
            TABLE,
            where=All((In("ORDNO", 2), In("COUNT", 1, negated=True), Like("CUSNM", "prefix"), Like("NAME", "contains"),
                       Any_((Null("RATE"), Null("RAW", negated=True))))),
        ),
        (1, 2, 3, "Bo%", "50% off/"),
    ),
    "nothing at all": (Shape(("ORDNO",), TABLE, where=Any_(())), ()),
    "a count": (Shape((), TABLE, where=Compare("DAY", ">="), count=True), ("2024-02-29",)),
    "what pyodbc cannot carry": (
        Shape(("TIME", "STAMP", "RATE"), TABLE, where=All((Compare("STAMP", "="), Compare("TIME", "=")))),
        ("2024-02-29T01:02:03.123456789012", "23:59:59"),
    ),
    "values that their columns cannot hold": (
        Shape(
            ("ORDNO",),
            TABLE,
            where=All(tuple(Compare(name, "<") for name in ("ORDNO", "COUNT", "CUSNM", "NAME", "REAL", "RAW", "TIME"))),
        ),
        (Decimal("12.5"), 2**31, "Müller & Söhne", "注文" * 20, 1e300, b"12345", "24:00:00"),
    ),
}  # fmt: skip


def _written(name: str) -> str:
    """A shape's statement, and its values as the driver is given them."""
    connection = FakeConnection([])
    source = over(connection)
    shape, values = _SHAPES[name]
    source.run(shape, values)
    [(statement, bound)] = connection.asked
    source.close()
    lines = [line.rstrip() for line in statement.splitlines()]
    return "\n".join([f"-- {name}", *lines, f"-- {', '.join(map(repr, bound))}", ""])


def test_the_statements_are_the_ones_that_were_reviewed() -> None:
    """Each shape of a read is the committed SQL. `BASCULE_TEST_RENEW=1` writes it anew; then read the difference."""
    found = "\n".join(map(_written, _SHAPES))
    golden = _GOLDEN / "statements.sql"
    if os.environ.get(_RENEW) == "1":
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", _SHAPES)
def test_every_statement_reads_without_locks(name: str) -> None:
    """The last words are `FOR READ ONLY WITH UR`, after the limit."""
    statement = _written(name).splitlines()[-2]
    assert statement.endswith("FOR READ ONLY WITH UR")


def test_a_read_sends_nothing_but_itself() -> None:
    """No isolation is set, no schema asked for, nothing looked for in QSYS2.SYSTEXTSERVERS: IBM's dialect never connects."""
    connection = FakeConnection([(1,)])
    source = over(connection)
    for _ in range(3):
        source.run(*_SHAPES["an item"])
    assert [statement.split()[0] for statement, _ in connection.asked] == ["SELECT"] * 3
    source.close()


def test_common_table_expressions_stand_before_the_statement() -> None:
    """Db2 for i takes no WITH in brackets."""
    text = "WITH a AS (SELECT 1 AS N FROM SYSIBM.SYSDUMMY1) SELECT N FROM a"
    connection = FakeConnection([])
    source = over(connection)
    table = Table("q", (Column("N", ColumnType("integer", precision=10, scale=0)),))
    source.learn(Catalog({}, {"q": table}), {"q": text})
    source.run(Shape(("N",), query=text, where=Compare("N", "=")), (1,))
    [(statement, _)] = connection.asked
    assert statement.startswith("WITH a AS (SELECT 1 AS N FROM SYSIBM.SYSDUMMY1) ")
    source.close()


def test_a_query_s_columns_are_described_as_the_driver_types_them() -> None:
    """Two statements: the driver's own description, and what tells a CHAR from a VARCHAR; WITH stands before both."""
    connection = FakeConnection([(4, 1)])
    connection.description = (
        ("CODE", str, None, 3, 3, 0, True),
        ('NA"ME', str, None, 40, 40, 0, True),
        ("PRICE", Decimal, None, 13, 11, 2, True),
        ("COUNT", int, None, 10, 10, 0, False),
        ("RATE", float, None, 15, 15, 0, True),
        ("DAY", date, None, 10, 10, 0, True),
        ("AT", datetime, None, 26, 26, 6, True),
        ("FINE", datetime, None, 32, 32, 9, True),
        ("RAW", bytes, None, 8, 8, 0, True),
        ("ODD", object, None, 8, 8, 0, True),
    )
    text = "WITH a AS (SELECT 1 AS N FROM SYSIBM.SYSDUMMY1) SELECT * FROM a"
    found = describe(connection, text)
    assert [column.type for column in found] == [
        ColumnType("char", 3), ColumnType("varchar", 40), ColumnType("decimal", precision=11, scale=2),
        ColumnType("integer", precision=10, scale=0), ColumnType("float"), ColumnType("date"), ColumnType("timestamp"),
        ColumnType("timestamp", 9), ColumnType("binary", 8), ColumnType("other"),
    ]  # fmt: skip
    assert [column.name for column in found][:2] == ["CODE", 'NA"ME']
    assert all(
        statement.startswith("WITH a AS (SELECT 1 AS N FROM SYSIBM.SYSDUMMY1) SELECT")
        for statement, _ in connection.asked
    )
    assert 'q."NA""ME"' in connection.asked[1][0]


def test_a_person_can_read_a_value_that_does_not_fit() -> None:
    """`render` writes the statement that would be sent."""
    source = over(FakeConnection([]))
    text = source.render(Shape(("ORDNO",), TABLE, where=Compare("ORDNO", "=")), (Decimal("1.5"),))
    assert "= CAST(1.5 AS DECIMAL(9, 1))" in text


def test_midnight_at_the_end_of_the_day_comes_as_text_and_is_found() -> None:
    """24:00:00 is a time on IBM i, and none in Python: it is selected as text, and bound as text."""
    connection = FakeConnection([("24:00:00",)])
    source = over(connection)
    shape = Shape(("TIME",), TABLE, where=Compare("TIME", "="))
    assert list(source.run(shape, ("24:00:00",)).rows) == [("24:00:00",)]
    assert connection.asked[0][1] == ("24:00:00",)
    assert "CAST(CAST(? AS VARCHAR(32)) AS TIME)" in connection.asked[0][0]
    source.close()


@pytest.mark.parametrize("value", [date(2024, 2, 29), datetime(2024, 2, 29, 1), "2024-02-29"])  # noqa: DTZ001  # local time, as the host has it
def test_a_day_is_bound_as_a_day(value: Any) -> None:
    """Whatever spelling of a date comes, the driver is given a date."""
    connection = FakeConnection([])
    source = over(connection)
    source.run(Shape(("DAY",), TABLE, where=Compare("DAY", "=")), (value,))
    assert connection.asked[0][1] == (date(2024, 2, 29),)
    source.close()


def test_a_fraction_of_a_second_equals_no_time() -> None:
    """The driver would drop it, and find what was not asked for."""
    connection = FakeConnection([])
    source = over(connection)
    shape = Shape(("TIME",), TABLE, where=Compare("TIME", "="))
    source.run(shape, ("23:59:59",))
    source.run(shape, (time(1, 2, 3, 500),))
    assert [bound for _, bound in connection.asked] == [(time(23, 59, 59),), (None,)]
    source.close()


def test_explain_says_where_plans_are_shown() -> None:
    """A kind that shows no plans says who does."""
    source = over(FakeConnection([]))
    with pytest.raises(Unknown, match="Visual Explain"):
        source.explain(Shape(("ORDNO",), TABLE), ())


def test_without_sqlalchemy_ibmi_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dialect is imported when a source is opened, and its absence is explained."""
    monkeypatch.setitem(sys.modules, "sqlalchemy_ibmi.base", None)
    monkeypatch.setitem(sys.modules, "sqlalchemy_ibmi", None)
    with pytest.raises(Unavailable, match=r"pip install 'bascule\[as400\]'"):
        as400.KIND.open("erp", {"system": "erp400"}, Terms())


def test_the_kind_is_looked_up_without_ibm_s_packages() -> None:
    """A gateway without an AS/400 runs without sqlalchemy-ibmi and pyodbc."""
    code = "import sys, adapters.as400; sys.exit(bool({'sqlalchemy_ibmi', 'pyodbc'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_dialect_is_made_once_without_a_warning() -> None:
    """IBM's dialect works with this SQLAlchemy, and its bind style is the driver's."""
    assert dialect().paramstyle == "qmark"


def test_the_fakes_have_every_type() -> None:
    """The golden statements bind each type that needs care."""
    assert {column.type.base for column in COLUMNS} >= {
        "decimal",
        "char",
        "varchar",
        "time",
        "timestamp",
        "binary",
        "float",
    }
