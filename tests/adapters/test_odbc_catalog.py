"""The catalog functions of ODBC, as drivers answer them: in any order, in part, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from adapters.odbc.catalog import describe, inspect, listing
from adapters.port import Column, ColumnType, ForeignKey, Index, Missing, Table
from tests.adapters.odbc_drivers import pyodbc

__all__ = ["pyodbc"]

_COLUMN = (None, "S", "T", "A", 4, "INTEGER", 10, 4, 0, 10, 0, None)


@dataclass
class _Driver:
    """A connection whose catalog functions answer with these rows, or fail."""

    answers: dict[str, Any]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def cursor(self) -> _Driver:
        return self

    def close(self) -> None:
        pass

    def __getattr__(self, function: str) -> Any:
        def ask(**arguments: Any) -> Any:
            self.asked.append((function, arguments))
            found = self.answers.get(function, [])
            if isinstance(found, Exception):
                raise found
            return _Rows(found)

        return ask


@dataclass
class _Rows:
    rows: Sequence[Any]

    def fetchall(self) -> Sequence[Any]:
        return self.rows


def _tables(*names: tuple[str | None, str]) -> list[Any]:
    return [(None, schema, name, "TABLE", None) for schema, name in names]


@pytest.mark.usefixtures("pyodbc")
def test_tables_of_several_schemas_have_theirs_before_their_names() -> None:
    """A name without one would mean whatever the session's default is; of one schema, or none, names are plain."""
    listed = [*_tables(("S", "T"), ("R", "T"), ("R", "U")), (None, "SYS", "X", "SYSTEM TABLE", None)]
    assert list(inspect(_Driver({"tables": listed}), None)) == ["R.T", "R.U", "S.T"]
    assert list(inspect(_Driver({"tables": _tables(("S", "T"), ("S", "A"))}), None)) == ["A", "T"]
    assert list(inspect(_Driver({"tables": _tables((None, "T"), ("", "A"))}), None)) == ["A", "T"]


@pytest.mark.usefixtures("pyodbc")
def test_a_named_table_is_found_in_the_schema_that_has_it() -> None:
    """With its schema or without; a name of two schemas is ambiguous, and one of none is left out."""
    driver = _Driver({"tables": _tables(("S", "T"), ("R", "T"), ("R", "U")), "columns": [_COLUMN]})
    found = inspect(driver, ["S.T", "U", "NO"])
    assert list(found) == ["S.T", "U"]
    assert [column.name for column in found["S.T"].columns] == ["A"]
    assert found["U"].columns == ()
    with pytest.raises(Missing, match=r"T is in several schemas \(R, S\)"):
        inspect(driver, ["T"])


def test_a_driver_without_keys_and_indexes_still_has_tables(pyodbc: ModuleType) -> None:
    """Functions that a driver need not have leave their part empty."""
    lacking = pyodbc.Error("IM001", "[IM001] Driver does not support this function (0) (SQLPrimaryKeys)")
    answers = {"tables": _tables(("S", "T")), "columns": [_COLUMN], "primaryKeys": lacking, "statistics": lacking}
    table = inspect(_Driver(answers), ["T"])["T"]
    assert table == Table("T", (Column("A", ColumnType("integer", precision=10, scale=0), nullable=False),))


@pytest.mark.parametrize("state", ["08S01", "HY008", "HYT00", "HYT01"])
def test_a_catalog_function_that_was_cut_short_is_no_lack_of_keys(pyodbc: ModuleType, state: str) -> None:
    """A catalog is not read without its keys because the connection died, or time was over."""
    cut = pyodbc.OperationalError(state, f"[{state}] Cut short (0) (SQLPrimaryKeys)")
    with pytest.raises(pyodbc.OperationalError):
        inspect(_Driver({"tables": _tables(("S", "T")), "columns": [_COLUMN], "primaryKeys": cut}), ["T"])


@pytest.mark.usefixtures("pyodbc")
def test_keys_and_indexes_come_in_their_own_order() -> None:
    """Rows may come in any order; what counts a table's rows, a filtered index, and one over an expression are left out."""

    def statistic(
        name: str | None, position: int | None, column: str | None, unique: int = 1, where: Any = None
    ) -> Any:
        return (None, "S", "T", unique, None, name, 3, position, column, "A", None, None, where)

    answers = {
        "tables": _tables(("S", "T")),
        "columns": [_COLUMN],
        "primaryKeys": [(None, "S", "T", "B", 2, "PK"), (None, "S", "T", "A", 1, "PK")],
        "statistics": [
            statistic(None, None, None),
            statistic("TWO", 2, "B", 0),
            statistic("TWO", 1, "A", 0),
            statistic("ONE", 1, "B"),
            statistic("PART", 1, "A", where="A > 1"),
            statistic("UPPER", 1, None),
        ],
    }
    table = inspect(_Driver(answers), ["T"])["T"]
    assert table.key == ("A", "B")
    assert table.indexes == (Index("ONE", ("B",)), Index("TWO", ("A", "B"), unique=True))


@pytest.mark.usefixtures("pyodbc")
@pytest.mark.parametrize(
    ("kind", "count", "rows"),
    [("TABLE", 1200, 1200), ("TABLE", 0, 0), ("TABLE", -1, None), ("TABLE", None, None), ("VIEW", 7, None)],
)
def test_the_row_about_the_table_counts_its_rows(kind: str, count: int | None, rows: int | None) -> None:
    """Drivers that do not know say nothing, or -1; what is said of a view is not believed. An index counts its own values."""
    about = (None, "S", "T", None, None, None, 0, None, None, None, count, None, None)
    index = (None, "S", "T", 1, None, "I", 3, 1, "A", "A", 5, None, None)
    answers = {"tables": [(None, "S", "T", kind, None)], "columns": [_COLUMN], "statistics": [index, about]}
    assert inspect(_Driver(answers), ["T"])["T"].rows == rows


@pytest.mark.usefixtures("pyodbc")
def test_references_are_told_apart() -> None:
    """By their names, in whatever order the driver brings their parts; without names each begins with its first part."""

    def part(table: str, referenced: str, column: str, position: int, name: str | None) -> Any:
        return (None, "R", table, referenced, None, "S", "T", column, position, 1, 1, name, None, 7)

    named = [part("P", "Y", "B", 2, "TWO"), part("P", "X", "C", 1, "ONE"), part("P", "X", "A", 1, "TWO")]
    plain = [part("P", "X", "A", 1, None), part("P", "Y", "B", 2, None), part("P", "X", "C", 1, "")]
    listed = _tables(("S", "T"), ("R", "P"))
    for rows, names in ((named, ("TWO", "ONE")), (plain, ("", ""))):
        driver = _Driver({"tables": listed, "columns": [_COLUMN], "foreignKeys": rows})
        expected = (ForeignKey(names[0], ("A", "B"), "R.P", ("X", "Y")), ForeignKey(names[1], ("C",), "R.P", ("X",)))
        assert inspect(driver, None)["S.T"].foreign == expected
        assert [key.table for key in inspect(driver, ["T", "P"])["T"].foreign] == ["P", "P"]
        assert ("foreignKeys", {"foreignTable": "T", "foreignSchema": "S"}) in driver.asked


@pytest.mark.usefixtures("pyodbc")
def test_what_can_be_read_is_listed_by_its_kind() -> None:
    """What stands for something elsewhere is an alias, whatever the driver calls it; the driver's system tables are not listed."""
    kinds = [("T", "TABLE"), ("V", "view"), ("Y", "SYNONYM"), ("A", "ALIAS"), ("L", "LINK"), ("X", "SYSTEM TABLE")]
    driver = _Driver({"tables": [(None, "S", name, kind, f"the {name}") for name, kind in kinds]})
    listed = {each.name: (each.kind, each.text) for each in listing(driver)}
    assert listed == {
        "A": ("alias", "the A"),
        "L": ("alias", "the L"),
        "T": ("table", "the T"),
        "V": ("view", "the V"),
        "Y": ("alias", "the Y"),
    }
    assert [name for name, _ in driver.asked] == ["tables"]
    assert [each.schema for each in listing(_Driver({"tables": _tables(("S", "T"), (None, "U"))}))] == ["", "S"]


@pytest.mark.usefixtures("pyodbc")
def test_a_pattern_finds_more_than_the_table_and_only_the_table_is_kept() -> None:
    """SQLColumns takes `_` for any character, and drivers differ in how that is escaped."""
    other = (None, "S", "AXB", "C", *_COLUMN[4:])
    driver = _Driver({"tables": _tables(("S", "A_B")), "columns": [other, (None, "S", "A_B", *_COLUMN[3:])]})
    assert [column.name for column in inspect(driver, ["A_B"])["A_B"].columns] == ["A"]


def test_a_query_is_described_without_a_row() -> None:
    """The driver is asked for no row, and for an alias that every database understands."""
    ran = []

    class Cursor:
        description = (("n", int, None, 10, 10, 0, True),)

        def execute(self, statement: str) -> None:
            ran.append(statement)

        def close(self) -> None:
            ran.append("closed")

    class Connection:
        cursor = Cursor

    assert [column.name for column in describe(Connection(), "SELECT 1 AS n")] == ["n"]
    assert ran == ["SELECT * FROM (\nSELECT 1 AS n\n) q WHERE 1 = 0", "closed"]
