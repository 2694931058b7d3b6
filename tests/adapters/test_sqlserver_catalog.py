"""The catalog of a SQL Server from the rows of its views, what doctor looks at, and the texts that ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyodbc
import pytest
import sqlglot

from adapters.port import Column, ColumnType, Denied, ForeignKey, Index
from adapters.sqlserver import KIND, catalog
from adapters.sqlserver.faults import FAULTS
from tests.serving.running import free_port

_PAGE = 1252
_INT = ("int", 4, 10, 0, None)
_WHOLE = ColumnType("integer", precision=10, scale=0)


class _Raw:
    """The pyodbc connection beneath: its time limit, and what is executed on it directly."""

    def __init__(self) -> None:
        self.timeout = 7
        self.limits: list[int] = []
        self.executed: list[str] = []

    def execute(self, statement: str) -> _Raw:
        self.executed.append(statement)
        return self

    def close(self) -> None:
        """Nothing is held."""


class _Connection:
    """Answers each statement with the rows of the first sign that it contains."""

    def __init__(self, answers: Mapping[str, Sequence[tuple[Any, ...]] | Exception]) -> None:
        self.raw, self._answers = _Raw(), answers
        self.asked: list[str] = []

    def cursor(self) -> _Connection:
        return self

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        del parameters
        self.asked.append(statement)
        self.raw.limits.append(self.raw.timeout)

    def fetchall(self) -> Sequence[tuple[Any, ...]]:
        found = next(answer for sign, answer in self._answers.items() if sign in self.asked[-1])
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        """Nothing is held."""


_OBJECTS: Mapping[str, Sequence[tuple[Any, ...]] | Exception] = {
    "FROM sys.objects": [
        # object, schema, name, in the own schema, in another database, kind, rows, description
        (1, "dbo", "Items", 1, 0, "table", 1200, "What is sold"),
        (2, "Lib x", "Items", 0, 0, "view", None, None),
        (1, "dbo", "Alias", 1, 0, "alias", 1200, None),
        (9, "dbo", "Far", 1, 1, "alias", None, None),
        (7, "dbo", "Procedure", 1, 0, "alias", None, None),
        (3, "dbo", "Stock", 1, 0, "table", 0, None),
    ],
    "FROM sys.columns": [
        (1, 1, False, None, "id", *_INT),
        (1, 2, True, "The code", "code", "char", 3, 0, 0, _PAGE),
        (1, 4, True, None, "note", "nvarchar", -1, 0, 0, _PAGE),
        (2, 1, False, None, "id", *_INT),
        (3, 1, False, None, "item", *_INT),
        (3, 2, False, None, "code", *_INT),
    ],
    "FROM sys.indexes": [
        (1, "items_key", True, True, 1),
        (1, "by_code", False, False, 2),
        (1, "by_code", False, False, 1),
    ],
    "FROM sys.foreign_keys": [
        # object, name, column, the other object, its column
        (3, "of_item", 2, 1, "code"),
        (3, "of_item", 1, 1, "id"),
        (3, "unseen", 1, 8, "id"),
    ],
    "dm_exec_describe": [("name", "nvarchar", 256, 0, 0, _PAGE, None)],
}


def test_tables_by_the_names_that_were_asked_for() -> None:
    """A name with or without its schema, a synonym's, one in another database; what has no columns is left out."""
    connection: Any = _Connection(_OBJECTS)
    tables = catalog.inspect(connection, ["Items", "dbo.Items", "Lib x.Items", "Alias", "Far", "Procedure", "None"])
    assert set(tables) == {"Items", "dbo.Items", "Lib x.Items", "Alias", "Far"}
    items = tables["Items"]
    assert items.text == "What is sold"
    assert items.columns == (
        Column("id", _WHOLE, nullable=False),
        Column("code", ColumnType("char", 3, ccsid=_PAGE), text="The code"),
        Column("note", ColumnType("varchar", ccsid=1200)),
    )
    assert items.key == ("id",)
    assert items.indexes == (Index("items_key", ("id",), unique=True), Index("by_code", ("code", "id")))
    assert (items.kind, items.rows) == ("table", 1200)
    assert (tables["Alias"].columns, tables["Alias"].kind) == (items.columns, "alias")
    assert (tables["Far"].kind, tables["Far"].rows) == ("alias", None)
    assert tables["Far"].columns == (Column("name", ColumnType("varchar", 128, ccsid=1200)),)


def test_a_synonym_of_what_another_database_no_longer_has_is_left_out() -> None:
    """It has no columns, and hides no other table; a database that is not open now is a failure."""
    gone = pyodbc.ProgrammingError("42S02", "[42S02] Invalid object name 'far.dbo.T'. (208) (SQLExecDirectW)")
    lost: dict[str, Any] = {**_OBJECTS, "dm_exec_describe": [], "INTO #": [], "tempdb.sys.columns": gone}
    connection: Any = _Connection(lost)
    assert set(catalog.inspect(connection, ["Items", "Far"])) == {"Items"}
    closed = pyodbc.ProgrammingError("42000", "[42000] Database 'far' cannot be opened. (946) (SQLExecDirectW)")
    connection = _Connection({**lost, "tempdb.sys.columns": closed})
    with pytest.raises(pyodbc.ProgrammingError, match="946"):
        catalog.inspect(connection, ["Items", "Far"])


def test_all_tables_by_their_shortest_names() -> None:
    """Unasked, what is in another database is left alone."""
    connection: Any = _Connection(_OBJECTS)
    assert set(catalog.inspect(connection, None)) == {"Items", "Lib x.Items", "Alias", "Stock"}
    assert not [statement for statement in connection.asked if "dm_exec_describe" in statement]


def test_references_name_their_tables_as_the_catalog_does() -> None:
    """As they were asked for, else by the shortest name; the columns stay in step; of what may not be seen there is none."""
    connection: Any = _Connection(_OBJECTS)
    expected = ForeignKey("of_item", ("code", "item"), "Items", ("code", "id"))
    assert catalog.inspect(connection, ["Stock"])["Stock"].foreign == (expected,)
    assert catalog.inspect(connection, None)["Stock"].foreign == (expected,)
    both = catalog.inspect(connection, ["dbo.Stock", "dbo.Items", "Alias"])
    assert both["dbo.Stock"].foreign == (replace(expected, table="dbo.Items"),)


def test_what_can_be_read_is_listed_without_its_columns() -> None:
    """With one statement; what is in another database is not listed."""
    connection: Any = _Connection(_OBJECTS)
    listed = {each.name: each.kind for each in catalog.listing(connection)}
    assert listed == {"Items": "table", "Lib x.Items": "view", "Alias": "alias", "Procedure": "alias", "Stock": "table"}
    assert {each.name: each.schema for each in catalog.listing(connection)}["Items"] == "dbo"
    assert len(connection.asked) == 2
    assert set(connection.raw.limits) == {60}


def test_few_statements_whatever_the_number_of_tables() -> None:
    """One for the names, and one for each part of every thousand objects; they may take their time."""
    objects = [(number, "dbo", f"T{number}", 1, 0, "table", 0, None) for number in range(2500)]
    parts: dict[str, list[tuple[Any, ...]]] = {
        f"FROM sys.{part}": [] for part in ("columns", "indexes", "foreign_keys")
    }
    connection: Any = _Connection({"FROM sys.objects": objects, **parts})
    catalog.inspect(connection, None)
    assert len(connection.asked) == 1 + 3 + 3 + 3
    assert set(connection.raw.limits) == {60}
    assert connection.raw.timeout == 7


@pytest.mark.parametrize(
    "analysis",
    [
        pyodbc.ProgrammingError("42S02", "[42S02] Invalid object name 'sys.dm_exec_describe…'. (208) (SQLExecDirectW)"),
        [(None, None, None, None, None, None, 11526)],
        [],
    ],
    ids=["before 2012", "it cannot be told", "nothing"],
)
def test_a_query_that_cannot_be_analysed_is_copied(analysis: Any) -> None:
    """An empty copy is made of its answer, asked for its columns, and dropped."""
    connection: Any = _Connection({"dm_exec_describe": analysis, "tempdb.sys.columns": [("n", *_INT)]})
    columns = catalog.describe(connection, "WITH a AS (SELECT 1 AS n) SELECT n FROM a")
    assert list(columns) == [Column("n", _WHOLE)]
    copying = next(statement for statement in connection.asked if "INTO #" in statement)
    assert copying.startswith(
        "WITH a AS (SELECT 1 AS n) SELECT TOP (0) * INTO #bascule_described FROM (\nSELECT n FROM a\n)"
    )
    assert connection.raw.executed == ["DROP TABLE #bascule_described"]


def test_what_goes_wrong_with_the_analysis_is_told() -> None:
    """Only its absence leads to a copy."""
    denied = pyodbc.ProgrammingError("42000", "[42000] permission was denied (229) (SQLExecDirectW)")
    connection: Any = _Connection({"dm_exec_describe": denied})
    with pytest.raises(pyodbc.ProgrammingError) as told:
        catalog.describe(connection, "SELECT n FROM a")
    assert type(FAULTS.translate(told.value)) is Denied


@pytest.mark.parametrize("name", ["_TABLES", "_COLUMNS", "_INDEXES", "_FOREIGN", "_ANALYSED", "_COPIED"])
def test_the_catalog_is_asked_in_t_sql(name: str) -> None:
    """Another reader of T-SQL takes the texts."""
    text = getattr(catalog, name).replace("{objects}", "1, 2")
    sqlglot.parse_one(text, dialect="tsql", error_level=sqlglot.ErrorLevel.RAISE)


# What doctor looks at.


def test_doctor_tells_a_closed_port() -> None:
    """A host and a port can be tried without logging in."""
    closed = list(KIND.examine.way({"server": f"127.0.0.1,{free_port()}"}, 30.0))
    assert [finding.state for finding in closed] == ["ok", "failed"]


def test_doctor_knows_what_to_grant() -> None:
    """In words that the server takes."""
    assert KIND.examine.grant is not None
    assert KIND.examine.grant({"user": "bascule"}, "sales.Items") == "GRANT SELECT ON [sales].[Items] TO [bascule]"
    assert KIND.examine.grant({"user": "bascule"}, "Items") == "GRANT SELECT ON [dbo].[Items] TO [bascule]"


def test_doctor_looks_for_the_driver_that_is_used() -> None:
    """The one that is named, whether it is there or not."""
    steps = {finding.step: finding for finding in KIND.examine.machine({"driver": "/no/libtdsodbc.so"})}
    assert steps["driver"].state == "missing"
