"""SQLite passes the suite of all kinds, and what only it must do."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.conformance import Limit, SourceConformance
from adapters.port import ColumnType, Compare, ForeignKey, Like, Locked, Order, Shape, Source, Table, Terms, Unavailable
from adapters.sql import SqlSource
from adapters.sqlite import KIND, declared_type


class TestSqlite(SourceConformance):
    exact_digits = Limit(15, "a DECIMAL column of SQLite is a 64-bit float beyond 64-bit integers")
    slow_query = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10000000000) SELECT count(*) AS n FROM c"
    unreadable = "SELECT CAST(X'FF41' AS TEXT) AS n"
    path: Path

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "a b?c#d%20.db"
        sqlite3.connect(self.path).close()
        self.path.touch()

    def open_source(self, connections: int = 4, seconds: float = 5.0) -> Source:
        return KIND.open("test", {"path": str(self.path)}, Terms(connections, seconds))

    def execute(self, *statements: str) -> None:
        _execute(self.path, *statements)

    def break_connections(self, source: Source) -> None:
        assert isinstance(source, SqlSource)
        for link in source._gate._pool._resting:  # type: ignore[attr-defined]  # a Guard's: the file has no sessions to end
            link.connection.close()

    def literal(self, kind: ColumnType, value: Any) -> str:
        if kind.base == "char" and value is not None:
            value = value.ljust(kind.length or 0)
        if kind == ColumnType("timestamp", 3) and isinstance(value, dt.datetime):
            value = value.isoformat(" ", "milliseconds")
        return super().literal(kind, value)

    def read(self, kind: ColumnType, stored: Any) -> Any:
        readers: dict[str, Any] = {
            "decimal": lambda value: Decimal(repr(value)),
            "date": dt.date.fromisoformat,
            "time": dt.time.fromisoformat,
            "timestamp": dt.datetime.fromisoformat,
            "uuid": uuid.UUID,
            "boolean": bool,
        }
        return readers.get(kind.base, lambda value: value)(stored)


def _execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def _opened(path: Path, *statements: str, **options: str) -> Source:
    _execute(path, *statements)
    source = KIND.open("test", {"path": str(path), **options}, Terms(2, 30.0))
    source.learn(source.catalog())
    return source


def test_a_missing_file_is_unavailable_and_stays_missing(tmp_path: Path) -> None:
    """Opening asks for nothing; reading names the file, and does not create it."""
    source = KIND.open("test", {"path": str(tmp_path / "no.db")}, Terms(1, 30.0))
    with pytest.raises(Unavailable, match=r"no database file .*no\.db"):
        source.ping()
    assert not (tmp_path / "no.db").exists()


def test_a_file_of_another_kind_is_unavailable(tmp_path: Path) -> None:
    """A file that is no database is told apart from an empty one."""
    path = tmp_path / "text.db"
    path.write_text("This is no database. " * 100)
    source = KIND.open("test", {"path": str(path)}, Terms(1, 30.0))
    with pytest.raises(Unavailable):
        source.catalog()
    source.close()


@pytest.mark.parametrize(
    ("shape", "values", "plan"),
    [
        (Shape(("A",), "T", where=Like("A", "prefix")), ("5/%",), "SEARCH T USING COVERING INDEX TA (A>? AND A<?)"),
        (Shape(("A",), "T", where=Compare("D", "=")), (Decimal("12.5"),), "SEARCH T USING INDEX TD (D=?)"),
        (Shape(("A",), "T", where=Compare("C", "=")), ("AB",), "SEARCH T USING INDEX TC (C=?)"),
        (
            Shape(("K", "L"), "T", order=(Order("K"), Order("L")), after=(False, False), limited=True),
            (1, 2, 10),
            "SEARCH T USING PRIMARY KEY ((K,L)>(?,?))",
        ),
        (
            Shape(("K", "L"), "T", order=(Order("K"), Order("L", descending=True)), after=(False, False), limited=True),
            (1, 2, 10),
            "SEARCH T USING PRIMARY KEY (K>?)",
        ),
    ],
)
def test_filters_and_pages_use_an_index(tmp_path: Path, shape: Shape, values: tuple[Any, ...], plan: str) -> None:
    """Prefixes, decimals, padded text and keyset pages are looked up, not scanned for."""
    source = _opened(
        tmp_path / "plan.db",
        "CREATE TABLE T (K INTEGER NOT NULL, L INTEGER NOT NULL, A VARCHAR(9), D DECIMAL(9,2), C CHAR(3),"
        " PRIMARY KEY (K, L)) WITHOUT ROWID",
        "CREATE INDEX TA ON T (A)",
        "CREATE INDEX TD ON T (D)",
        "CREATE INDEX TC ON T (C)",
    )
    assert source.explain(shape, values).splitlines()[0] == plan
    source.close()


def test_a_locked_file_is_locked(tmp_path: Path) -> None:
    """A writer that holds the whole file is named as such, within a second."""
    source = _opened(tmp_path / "l.db", "CREATE TABLE T (N INTEGER)")
    writer = sqlite3.connect(tmp_path / "l.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Locked):
        source.run(Shape(("N",), "T"), ())
    writer.execute("ROLLBACK")
    assert list(source.run(Shape(("N",), "T"), ()).rows) == []
    writer.close()
    source.close()


def test_plain_chars_are_found_as_they_are_stored(tmp_path: Path) -> None:
    """`char: plain` leaves padding alone, for files whose CHAR columns hold none."""
    source = _opened(tmp_path / "plain.db", "CREATE TABLE T (C CHAR(9))", "INSERT INTO T VALUES ('AB')", char="plain")
    assert [list(row) for row in source.run(Shape(("C",), "T", where=Compare("C", "=")), ("AB",)).rows] == [["AB"]]
    source.close()


def test_a_query_s_expressions_have_the_types_of_their_values(tmp_path: Path) -> None:
    """Where SQLite has no type for an expression, the first rows tell."""
    source = _opened(tmp_path / "q.db", "CREATE TABLE T (C CHAR(3))", "INSERT INTO T VALUES (NULL), ('AB ')")
    query = "SELECT C, length(C) AS n, length(C) / 2.0 AS f, upper(C) AS u, NULL AS e, X'00' AS b FROM T"
    described = source.catalog([], {"q": query}).queries["q"]
    assert [str(column.type) for column in described.columns] == [
        "char(3)", "integer", "float", "varchar", "varchar", "binary",
    ]  # fmt: skip
    source.close()


def test_a_schema_may_stand_before_a_table(tmp_path: Path) -> None:
    """`main.T` is T, in the catalog and in statements."""
    source = _opened(tmp_path / "s.db", "CREATE TABLE T (N INTEGER PRIMARY KEY)", "INSERT INTO T VALUES (7)")
    source.learn(source.catalog(["main.T"]))
    rows = source.run(Shape(("N",), "main.T", where=Compare("N", "=")), (7,)).rows
    assert [tuple(row) for row in rows] == [(7,)]
    source.close()


def test_the_catalog_knows_sqlite_s_own_ways(tmp_path: Path) -> None:
    """A rowid alias is never NULL; partial and expression indexes serve no filter and are left out."""
    source = _opened(
        tmp_path / "c.db",
        "CREATE TABLE T (N INTEGER PRIMARY KEY, A VARCHAR(9), G AS (A || 'x'))",
        "CREATE INDEX PART ON T (A) WHERE A > 'b'",
        "CREATE INDEX EXPR ON T (lower(A))",
    )
    table: Table = source.catalog().tables["T"]
    assert [(column.name, column.nullable) for column in table.columns] == [("N", False), ("A", True), ("G", True)]
    assert table.indexes == ()
    source.close()


def test_references_are_spelled_as_their_tables_are(tmp_path: Path) -> None:
    """Whatever case they were declared in; with the key where no column is named; none of a table that is not there."""
    source = _opened(
        tmp_path / "f.db",
        "CREATE TABLE Item (Code TEXT, Lot INTEGER, PRIMARY KEY (Lot, Code))",
        "CREATE TABLE Move (l INTEGER, c TEXT, g INTEGER REFERENCES gone (N), FOREIGN KEY (l, c) REFERENCES ITEM)",
        "CREATE TABLE Note (l INTEGER, c TEXT, FOREIGN KEY (c, l) REFERENCES item (CODE, LOT))",
    )
    tables = source.catalog().tables
    assert tables["Move"].foreign == (ForeignKey("", ("l", "c"), "Item", ("Lot", "Code")),)
    assert tables["Note"].foreign == (ForeignKey("", ("c", "l"), "Item", ("Code", "Lot")),)
    assert source.catalog(["main.Note", "main.Item"]).tables["main.Note"].foreign[0].table == "main.Item"
    assert source.catalog(["main.Note"]).tables["main.Note"].foreign[0].table == "Item"
    source.close()


def test_a_reference_leads_to_a_table_that_was_asked_for_in_other_letters(tmp_path: Path) -> None:
    """A catalog has the table by the name that a contract says, and its references have to lead there."""
    source = _opened(
        tmp_path / "f.db",
        "CREATE TABLE Item (Code TEXT PRIMARY KEY)",
        "CREATE TABLE Note (c TEXT, FOREIGN KEY (C) REFERENCES item (CODE))",
    )
    for asked in (["ITEM", "NOTE"], ["main.item", "note"], ["item", "Item", "Note"]):
        tables = source.catalog(asked).tables
        assert tables[asked[-1]].foreign == (ForeignKey("", ("c",), asked[0], ("Code",)),)
        assert set(tables) == set(asked)
    source.close()


@pytest.mark.parametrize(
    ("declared", "rows"),
    [
        ("T (A TEXT)", 3),
        ("T (A TEXT PRIMARY KEY)", 3),
        ("T (A INTEGER PRIMARY KEY)", None),
        ("T (A TEXT PRIMARY KEY) WITHOUT ROWID", None),
        ("T (_rowid_ TEXT)", None),
    ],
)
def test_rows_are_numbered_until_they_are_counted(tmp_path: Path, declared: str, rows: int | None) -> None:
    """Numbers that SQLite gave say how many rows there are; a key says nothing; ANALYZE knows, until it is run again."""
    source = _opened(tmp_path / "r.db", f"CREATE TABLE {declared}", "INSERT INTO T VALUES (7), (8), (70)")
    assert source.catalog().tables["T"].rows == rows
    _execute(tmp_path / "r.db", "ANALYZE")
    assert source.catalog().tables["T"].rows == 3
    _execute(tmp_path / "r.db", "DELETE FROM T")
    assert source.catalog().tables["T"].rows == 3
    _execute(tmp_path / "r.db", "DROP TABLE sqlite_stat1")
    assert source.catalog().tables["T"].rows == (None if rows is None else 0)
    source.close()


def test_a_view_of_what_is_gone_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is listed, since it is there; nothing else is lost for it, and the log names it."""
    gone = ("CREATE TABLE G (A TEXT)", "CREATE VIEW V AS SELECT A FROM G", "DROP TABLE G", "CREATE TABLE T (A TEXT)")
    source = _opened(tmp_path / "v.db", *gone)
    assert [each.name for each in source.tables()] == ["T", "V"]
    caplog.clear()
    assert set(source.catalog().tables) == {"T"}
    assert [record.getMessage() for record in caplog.records] == [
        "the catalog is read without V: no such table: main.G"
    ]
    source.close()


def test_only_names_that_can_be_meant_are_listed(tmp_path: Path) -> None:
    """A dot in a name would be read as the end of a schema's; SQLite's own tables can be named, and are not listed."""
    source = _opened(
        tmp_path / "n.db", "CREATE TABLE [a.b] (A)", "CREATE TABLE [ä b] (A)", "CREATE INDEX I ON [ä b] (A)"
    )
    _execute(tmp_path / "n.db", "ANALYZE")
    assert [each.name for each in source.tables()] == ["ä b"] == list(source.catalog().tables)
    assert set(source.catalog(["a.b", "sqlite_stat1", "nowhere.T"]).tables) == {"sqlite_stat1"}
    source.close()


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("CHAR(8)", "char(8)"),
        ("NVARCHAR(40)", "varchar(40)"),
        ("decimal ( 31 , 5 )", "decimal(31,5)"),
        ("NUMERIC(7)", "decimal(7,0)"),
        ("money", "decimal(19,4)"),
        ("INTEGER", "integer"),
        ("INT(11)", "integer(10,0)"),
        ("SMALLINT", "integer(5,0)"),
        ("BIGINT", "integer(19,0)"),
        ("bigint(20) unsigned", "integer(19,0)"),
        ("UNSIGNED BIG INT", "integer(19,0)"),
        ("INT8", "integer(19,0)"),
        ("UNSIGNED INT", "integer"),
        ("DOUBLE PRECISION", "float"),
        ("DATETIME(3)", "timestamp(3)"),
        ("TIMESTAMP(6) WITH TIME ZONE", "timestamptz(6)"),
        ("UNIQUEIDENTIFIER", "char(36)"),
        ("LONGTEXT", "varchar"),
        ("", "other"),
        ("GEOMETRY", "other"),
        ("[weird", "other"),
    ],
)
def test_declarations_mean_types(declaration: str, expected: str) -> None:
    """Declared names mean what they mean elsewhere; unknown ones have the type of their affinity."""
    assert str(declared_type(declaration)) == expected
