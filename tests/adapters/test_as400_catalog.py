"""The catalog of the kind `as400`: libraries, short names, texts, aliases, keyed files, and parts that may not be seen."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyodbc
import pytest

from adapters.as400 import Session, catalog
from adapters.port import Column, ColumnType, Compare, Index, Listed, Shape, Source, Terms
from tests.adapters.as400_fakes import raised
from tests.standins.as400 import Standin
from tests.standins.as400.fixture import as400_standin
from tests.standins.as400.kind import KIND

__all__ = ["as400_standin"]

_MADE = (
    "CREATE SCHEMA PRODLIB",
    "CREATE SCHEMA TESTLIB",
    'CREATE TABLE PRODLIB.ORDHDR (ORDNO DECIMAL(7,0) NOT NULL, CUSTOMER_NAME CHAR(30), "CST#" CHAR(6) FOR BIT DATA)',
    "CREATE TABLE TESTLIB.ORDHDR (ORDNO DECIMAL(7,0) NOT NULL PRIMARY KEY)",
    "CREATE TABLE TESTLIB.ONLYTEST (N INTEGER)",
    "CREATE TABLE PRODLIB.ORDER_STATISTICS (N INTEGER NOT NULL PRIMARY KEY, ON_HAND DECIMAL(9,2))",
    "CREATE VIEW PRODLIB.ORDVIEW AS SELECT ORDNO FROM PRODLIB.ORDHDR",
    "CREATE SYNONYM PRODLIB.ORDALIAS FOR TESTLIB.ORDHDR",
    "CREATE INDEX PRODLIB.ORDIX ON PRODLIB.ORDHDR (CUSTOMER_NAME, ORDNO DESC)",
    "CREATE INDEX PRODLIB.SPARSE ON PRODLIB.ORDHDR (ORDNO)",
    "INSERT INTO QSYS2.TABLE_LABELS VALUES ('PRODLIB', 'ORDER_STATISTICS', 'ORDER00001', 'What was ordered')",
    "INSERT INTO QSYS2.TABLE_LABELS VALUES ('PRODLIB', 'ORDHDR', 'ORDHDR', 'Order headers')",
    ("INSERT INTO QSYS2.COLUMN_LABELS VALUES"
    " ('PRODLIB', 'ORDHDR', 'CUSTOMER_NAME', 'CUSNM', 'Customer', 'Customer            Name', 273),"
    " ('PRODLIB', 'ORDHDR', 'ORDNO', 'ORDNO', NULL, 'Order               Number', NULL)"),
    ("INSERT INTO QSYS2.SYSTABLEINDEXSTAT VALUES"
    " ('PRODLIB', 'ORDHDR', 'PRODLIB', 'ORDHDR', 'PHYSICAL', '0', 'ORDNO', NULL),"
    " ('PRODLIB', 'ORDHDR', 'PRODLIB', 'ORDHDL1', 'LOGICAL', '2', 'CUSNM, ORDNO', NULL),"
    " ('PRODLIB', 'ORDHDR', 'PRODLIB', 'EXPRESSED', 'LOGICAL', '0', 'ORDNO, UPPER(CUSNM)', NULL),"
    " ('PRODLIB', 'ORDHDR', 'PRODLIB', 'SPARSE', 'INDEX', '0', 'ORDNO', 'ORDNO > 5'),"
    " ('PRODLIB', 'ORDHDR', 'TESTLIB', 'ORDHDL1', 'LOGICAL', '0', 'ORDNO, CUSNM', NULL),"
    " ('PRODLIB', 'ORDHDR', 'TESTLIB', 'SPARSE', 'INDEX', '2', 'ORDNO', NULL)"),
    ("INSERT INTO QSYS2.INDEXES_ELSEWHERE VALUES"
    " ('PRODLIB', 'ORDHDR', 'TESTLIB', 'ORDIX', 'U', 'ORDNO', 1),"
    " ('PRODLIB', 'ORDHDR', 'TESTLIB', 'ORDIX', 'U', 'CUSTOMER_NAME', 2)"),
    "INSERT INTO QSYS2.SYSTABLESTAT VALUES ('PRODLIB', 'ORDHDR', 4711), ('TESTLIB', 'ORDHDR', 3), ('TESTLIB', 'ONLYTEST', NULL)",
    "CREATE TABLE PRODLIB.ORDLIN (LINE INTEGER, N DECIMAL(7,0) CONSTRAINT PRODLIB.OF_ORDER REFERENCES TESTLIB.ORDHDR)",
    "INSERT INTO QSYS.QADBKFLD VALUES ('PRODLIB', 'ORDVIEW', 'ORDNO', 1), ('PRODLIB', 'ORDHDR', 'ORDNO', 1)",
    "INSERT INTO QSYS2.LIBRARY_LIST_INFO VALUES (1, 'QSYS', 'SYSTEM'), (2, 'TESTLIB', 'USER')",
)  # fmt: skip
_GONE = (
    "DROP TABLE PRODLIB.ORDLIN", "DROP SYNONYM PRODLIB.ORDALIAS", "DROP VIEW PRODLIB.ORDVIEW", "DROP TABLE PRODLIB.ORDHDR", "DROP TABLE TESTLIB.ORDHDR",
    "DROP TABLE TESTLIB.ONLYTEST", "DROP TABLE PRODLIB.ORDER_STATISTICS", "DROP SCHEMA PRODLIB RESTRICT",
    "DROP SCHEMA TESTLIB RESTRICT", "DELETE FROM QSYS2.TABLE_LABELS", "DELETE FROM QSYS2.COLUMN_LABELS",
    "DELETE FROM QSYS2.SYSTABLESTAT", "DELETE FROM QSYS2.SYSTABLEINDEXSTAT", "DELETE FROM QSYS2.INDEXES_ELSEWHERE", "DELETE FROM QSYS.QADBKFLD", "DELETE FROM QSYS2.LIBRARY_LIST_INFO",
)  # fmt: skip


@pytest.fixture(scope="module")
def libraries(as400_standin: Standin) -> Iterator[Standin]:
    """Two libraries with files of every sort."""
    as400_standin.execute(*_MADE)
    yield as400_standin
    as400_standin.execute(*_GONE)


def _opened(standin: Standin, **options: str) -> Source:
    return KIND.open("erp", {"connection": standin.connection_string(), **options}, Terms(1, 30.0))


def test_a_file_has_its_texts_types_and_keys(libraries: Standin) -> None:
    """Long names and short ones, code pages, texts and headings, each as one line; how many rows it has; the key of a keyed file; each access path, those of another library with its name; bytes where nothing is translated."""
    with closing(_opened(libraries)) as source:
        table = source.catalog(["PRODLIB.ORDHDR"]).tables["PRODLIB.ORDHDR"]
    assert table.text == "Order headers"
    assert table.columns == (
        Column("ORDNO", ColumnType("decimal", precision=7, scale=0), nullable=False, heading="Order Number"),
        Column(
            "CUSTOMER_NAME", ColumnType("char", 30, ccsid=273), text="Customer", heading="Customer Name", short="CUSNM"
        ),
        Column("CST#", ColumnType("binary", 6)),
    )
    assert (table.kind, table.rows, table.short) == ("table", 4711, "")
    assert table.key == ("ORDNO",)
    assert set(table.indexes) == {
        Index("ORDHDR", ("ORDNO",), unique=True),
        Index("ORDHDL1", ("CUSTOMER_NAME", "ORDNO")),
        Index("EXPRESSED", ("ORDNO",)),
        Index("ORDIX", ("CUSTOMER_NAME", "ORDNO")),
        Index("TESTLIB.ORDHDL1", ("ORDNO", "CUSTOMER_NAME"), unique=True),
        Index("TESTLIB.ORDIX", ("ORDNO", "CUSTOMER_NAME"), unique=True),
        Index("TESTLIB.SPARSE", ("ORDNO",)),
    }
    assert len(table.indexes) == 7


def test_a_table_is_known_by_its_long_name_and_by_its_short_one(libraries: Standin) -> None:
    """Both mean the same table; each is listed as it was asked for, and nothing that is not there."""
    with closing(_opened(libraries)) as source:
        tables = source.catalog(["PRODLIB.ORDER_STATISTICS", "PRODLIB.ORDER00001", "PRODLIB.NOPE", "NOPE.NOPE"]).tables
    assert set(tables) == {"PRODLIB.ORDER_STATISTICS", "PRODLIB.ORDER00001"}
    assert {table.short for table in tables.values()} == {"ORDER00001"}
    assert len({(table.columns, table.key, table.text) for table in tables.values()}) == 1


def test_an_alias_has_the_columns_and_the_key_of_its_file(libraries: Standin) -> None:
    """What SQL reads by the alias is what the catalog says of it: that is how a further member is served."""
    with closing(_opened(libraries)) as source:
        table = source.catalog(["PRODLIB.ORDALIAS"]).tables["PRODLIB.ORDALIAS"]
        assert ([column.name for column in table.columns], table.key) == (["ORDNO"], ("ORDNO",))
        assert (table.kind, table.rows) == ("alias", 3)
        source.learn(source.catalog(["PRODLIB.ORDALIAS"]))
        shape = Shape(("ORDNO",), "PRODLIB.ORDALIAS", where=Compare("ORDNO", "="))
        assert list(source.run(shape, (1,)).rows) == []


def test_a_logical_file_has_its_own_key_fields(libraries: Standin) -> None:
    """The cross-reference file knows the key of a file that has no access path of its own name elsewhere."""
    with closing(_opened(libraries)) as source:
        table = source.catalog(["PRODLIB.ORDVIEW"]).tables["PRODLIB.ORDVIEW"]
    assert table.indexes == (Index("ORDVIEW", ("ORDNO",)),)


@pytest.mark.parametrize(
    ("options", "asked", "expected"),
    [
        ({"libraries": "PRODLIB"}, ["PRODLIB.ORDLIN"], "TESTLIB.ORDHDR"),
        ({"libraries": "PRODLIB,TESTLIB"}, None, "TESTLIB.ORDHDR"),
        ({"libraries": "PRODLIB,TESTLIB"}, ["PRODLIB.ORDLIN", "PRODLIB.ORDALIAS"], "TESTLIB.ORDHDR"),
        ({"libraries": "PRODLIB,TESTLIB", "naming": "system"}, ["ORDLIN"], "TESTLIB.ORDHDR"),
        ({"libraries": "TESTLIB,PRODLIB", "naming": "system"}, ["ORDLIN"], "ORDHDR"),
        ({"libraries": "*USRLIBL,PRODLIB", "naming": "system"}, ["ORDLIN", "TESTLIB.ORDHDR"], "TESTLIB.ORDHDR"),
        ({"libraries": "QSYS,TESTLIB,PRODLIB", "naming": "system"}, ["ORDLIN"], "ORDHDR"),
        ({"libraries": "QSYS,TESTLIB,PRODLIB", "naming": "system"}, None, "ORDHDR"),
    ],
)
def test_a_reference_leads_to_the_file_by_the_name_that_means_it(
    libraries: Standin, options: dict[str, str], asked: list[str] | None, expected: str
) -> None:
    """As it was asked for; else without its library, where no other library's file of that name comes first."""
    with closing(_opened(libraries, **options)) as source:
        tables = source.catalog(asked).tables
        (table,) = (table for name, table in tables.items() if name.endswith("ORDLIN"))
    assert [(key.name, key.columns, key.table, key.references) for key in table.foreign] == [
        ("OF_ORDER", ("N",), expected, ("ORDNO",))
    ]


def test_files_are_listed_without_their_columns(libraries: Standin) -> None:
    """By their names and kinds, with their texts; SYSTABLES alone is asked, once a library."""
    with closing(_opened(libraries, libraries="PRODLIB,TESTLIB")) as source:
        listed = {each.name: each for each in source.tables()}
        assert set(listed) == set(source.catalog().tables)
    assert listed["PRODLIB.ORDHDR"] == Listed("PRODLIB.ORDHDR", "table", "Order headers", "PRODLIB")
    assert [listed[f"PRODLIB.{name}"].kind for name in ("ORDVIEW", "ORDALIAS")] == ["view", "alias"]


def test_with_sql_naming_other_libraries_are_named(libraries: Standin) -> None:
    """Only the session's own library goes without saying."""
    with closing(_opened(libraries, libraries="PRODLIB,TESTLIB")) as source:
        listed = set(source.catalog().tables)
        assert {"PRODLIB.ORDHDR", "TESTLIB.ORDHDR", "TESTLIB.ONLYTEST", "PRODLIB.ORDVIEW"} <= listed
        assert source.catalog(["ORDHDR"]).tables == {}


@pytest.mark.parametrize(
    ("given", "plain", "qualified"),
    [
        ("PRODLIB,TESTLIB", ("ORDNO", "CUSTOMER_NAME", "CST#"), "TESTLIB.ORDHDR"),
        ("TESTLIB,PRODLIB", ("ORDNO",), "PRODLIB.ORDHDR"),
        ("*USRLIBL,PRODLIB", ("ORDNO",), "PRODLIB.ORDHDR"),
        ("", ("ORDNO",), None),
    ],
)
def test_with_system_naming_the_library_list_is_searched(
    libraries: Standin, given: str, plain: tuple[str, ...], qualified: str | None
) -> None:
    """The first library that has the file counts; the same file of a later one is listed with its library."""
    with closing(_opened(libraries, libraries=given, naming="system")) as source:
        found = source.catalog(["ORDHDR", "ONLYTEST"]).tables
        assert tuple(column.name for column in found["ORDHDR"].columns) == plain
        assert "ONLYTEST" in found
        listed = source.catalog().tables
        assert {"ORDHDR", "ONLYTEST"} <= set(listed)
        assert (qualified is None) == ("PRODLIB.ORDHDR" not in listed and "TESTLIB.ORDHDR" not in listed)
        assert qualified is None or qualified in listed


class _Without:
    """A connection to the stand-in that fails whatever statement names one of these views."""

    def __init__(self, connection: Any, views: tuple[str, ...], error: pyodbc.Error) -> None:
        self._connection, self._views, self._error = connection, views, error

    def cursor(self) -> Any:
        return _Refusing(self._connection.cursor(), self._views, self._error)


class _Refusing:
    def __init__(self, cursor: Any, views: tuple[str, ...], error: pyodbc.Error) -> None:
        self._cursor, self._views, self._error = cursor, views, error

    def execute(self, statement: str, values: Any) -> None:
        if any(f"{view}\n" in statement or f"{view} " in statement for view in self._views):
            raise self._error
        self._cursor.execute(statement, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


_DENIED = raised(pyodbc.ProgrammingError, "42000", "SQL0551 - Not authorized to object.", -551)
_ABSENT = raised(pyodbc.ProgrammingError, "42S02", "SQL0204 - SYSCOLUMNS2 in QSYS2 type *FILE not found.", -204)


@pytest.mark.parametrize("error", [_DENIED, _ABSENT], ids=["denied", "absent"])
@pytest.mark.parametrize(
    "view",
    [
        "SYSCST",
        "SYSREFCST",
        "SYSINDEXES",
        "SYSTABLEINDEXSTAT",
        "SYSTABLESTAT",
        "QADBKFLD",
        "SYSCOLUMNS2",
    ],
)
def test_a_part_that_may_not_be_seen_is_left_out(
    libraries: Standin, view: str, error: pyodbc.Error, caplog: pytest.LogCaptureFixture
) -> None:
    """The columns come all the same, from the older view if need be; the log says which part is not there."""
    with closing(libraries.connect()) as connection, caplog.at_level(logging.WARNING, "bascule.as400"):
        refusing = _Without(connection, (view, f"{view} C", f"{view} I"), error)
        tables = catalog.inspect(refusing, ["PRODLIB.ORDHDR", "PRODLIB.ORDER_STATISTICS"], Session())
    assert [len(table.columns) for table in tables.values()] == [3, 2]
    assert bool(caplog.records) == (view != "SYSCOLUMNS2")
    assert (tables["PRODLIB.ORDER_STATISTICS"].key == ()) == (view == "SYSCST")
    assert (tables["PRODLIB.ORDHDR"].rows is None) == (view == "SYSTABLESTAT")


@pytest.mark.parametrize("view", ["SYSTABLES", "SYSCOLUMNS2", "SYSCST"])
def test_a_connection_that_dies_is_no_part_that_is_left_out(libraries: Standin, view: str) -> None:
    """Half a catalog is worse than none."""
    dead = raised(pyodbc.OperationalError, "08S01", "Communication link failure.")
    with closing(libraries.connect()) as connection, pytest.raises(pyodbc.OperationalError):
        catalog.inspect(_Without(connection, (view,), dead), ["PRODLIB.ORDHDR"], Session())


def test_many_tables_take_few_statements(libraries: Standin) -> None:
    """Each part is asked for once a library, even for more names than one statement should have."""
    asked: list[str] = []

    class Counting(_Refusing):
        def execute(self, statement: str, values: Any) -> None:
            asked.append(statement)
            super().execute(statement, values)

    class Connection(_Without):
        def cursor(self) -> Any:
            return Counting(self._connection.cursor(), (), self._error)

    names = ["PRODLIB.ORDHDR", *(f"PRODLIB.NO{number}" for number in range(300))]
    with closing(libraries.connect()) as connection:
        assert set(catalog.inspect(Connection(connection, (), _DENIED), names, Session())) == {"PRODLIB.ORDHDR"}
    assert len(asked) == 9
    assert max(statement.count("?") for statement in asked) == 2


def test_untagged_columns_are_text_where_the_driver_translates_them(libraries: Standin) -> None:
    """With `untagged: text` a column of CCSID 65535 is no longer bytes."""
    with closing(libraries.connect()) as connection:
        table = catalog.inspect(connection, ["PRODLIB.ORDHDR"], Session(translated=True))["PRODLIB.ORDHDR"]
    assert [column.type for column in table.columns if column.name == "CST#"] == [ColumnType("char", 6)]
