"""What only the kind odbc must do: declared words and their checks, the catalog's tolerance, text in a code page."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from adapters import odbc
from adapters.odbc.catalog import describe, inspect
from adapters.odbc.dialect import QUOTES
from adapters.odbc.session import session
from adapters.odbc.types import binder, column_type, described
from adapters.port import (
    Catalog,
    Column,
    ColumnType,
    Compare,
    Denied,
    Index,
    Like,
    Missing,
    Order,
    Refused,
    Shape,
    Source,
    SourceError,
    Table,
    Terms,
    Unavailable,
)
from tests.adapters.odbc_drivers import postgresql_ansi_driver, postgresql_driver, pyodbc, sqlite_driver
from tests.adapters.postgres import postgres_url

__all__ = ["postgres_url", "postgresql_ansi_driver", "postgresql_driver", "pyodbc", "sqlite_driver"]

_TABLE = Table("S.T", (Column("A", ColumnType("varchar", 9)), Column("two words", ColumnType("integer"))))


def test_pyodbc_is_imported_only_when_a_source_is_opened() -> None:
    """Neither the kind nor what it stands on needs the system's driver manager."""
    code = "import sys, adapters.odbc, adapters.over_odbc; sys.exit('pyodbc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# What gateway.yaml says.


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"dsn": "Works"}, "DSN=Works"),
        ({"dsn": "Works", "user": "me", "password": "a;b"}, "DSN=Works;UID=me;PWD={a;b}"),
        (
            {"driver": "Firebird", "connection": "Dbname=h:/x.fdb; ROLE={a b}", "user": "me"},
            "DRIVER=Firebird;Dbname=h:/x.fdb;ROLE={a b};UID=me",
        ),
    ],
)
def test_the_connection_string_is_made_of_the_options(options: Mapping[str, str], expected: str) -> None:
    """The driver or DSN comes first: of a keyword that is repeated ODBC takes the first."""
    assert session(options, 5.0).words == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either `dsn` or `driver`"),
        ({"dsn": "a", "driver": "b"}, "either `dsn` or `driver`"),
        ({"dsn": "a", "connection": "PWD=secret"}, "PWD, which has its own option: `password`"),
        ({"dsn": "a", "connection": "x=1;Password=secret"}, "Password, which has its own option: `password`"),
        ({"dsn": "a", "connection": "uid=secret"}, "uid, which has its own option: `user`"),
        ({"dsn": "a", "connection": "Driver=secret"}, "Driver, which has its own option: `driver`"),
        ({"dsn": "a", "connection": "secret"}, "from character 1"),
        ({"dsn": "a", "encoding": "cp9999"}, "unknown encoding: cp9999"),
        ({"dsn": "a", "password": "secret\0"}, "PWD holds a NUL"),
    ],
)
def test_options_that_contradict_themselves_are_told(options: Mapping[str, str], message: str) -> None:
    """Before anything connects, and without a word of what may be secret."""
    with pytest.raises(Unavailable, match=message) as caught:
        session(options, 5.0)
    assert "secret" not in str(caught.value)


class _Raw:
    """A pyodbc connection that says what it is told to say of itself."""

    def __init__(self, pyodbc: ModuleType, told: Mapping[int, Any]) -> None:
        self._error, self._told = pyodbc.Error, told
        self.ran: list[str] = []
        self.closed = False

    def getinfo(self, what: int) -> Any:
        if what not in self._told:
            raise self._error("HY096", "[HY096] Invalid information type")
        return self._told[what]

    def execute(self, statement: str) -> Any:
        self.ran.append(statement)
        return self

    def close(self) -> None:
        self.closed = True

    @property
    def timeout(self) -> int:
        return 0

    @timeout.setter
    def timeout(self, seconds: int) -> None:
        raise self._error("HYC00", f"[HYC00] No time limit of {seconds} s")


def _agrees(pyodbc: ModuleType, options: Mapping[str, str], quote: Any, nulls: Any) -> list[str]:
    """Set a session up over a driver that tells this, and give the statements that it ran."""
    told = {pyodbc.SQL_IDENTIFIER_QUOTE_CHAR: quote, pyodbc.SQL_NULL_COLLATION: nulls}
    raw = _Raw(pyodbc, {what: value for what, value in told.items() if value is not None})
    session({"dsn": "x", **options}, 5.0)._set_up(raw)
    return raw.ran


@pytest.mark.parametrize(
    ("options", "quote", "nulls"),
    [
        ({}, '"', 1),
        ({}, '"', 2),
        ({}, None, None),
        ({}, "[", 9),
        ({"nulls": "last"}, '"', 0),
        ({"nulls": "last"}, '"', 4),
        ({"quotes": "backtick"}, "`", 1),
        ({"quotes": "none"}, " ", 1),
    ],
)
def test_a_driver_that_agrees_or_says_nothing_is_let_in(
    pyodbc: ModuleType, options: Mapping[str, str], quote: Any, nulls: Any
) -> None:
    """What was declared counts where the driver has no word; a driver without a time limit is no failure."""
    assert _agrees(pyodbc, {**options, "setup": "SET A;\n\n  SET B"}, quote, nulls) == ["SET A", "SET B"]


@pytest.mark.parametrize(
    ("options", "quote", "nulls", "mend"),
    [
        ({}, "`", 1, "`quotes: backtick`"),
        ({}, " ", 1, "`quotes: none`"),
        ({"quotes": "none"}, '"', 1, "`quotes: double`"),
        ({}, '"', 0, "`nulls: last`"),
        ({}, '"', 4, "`nulls: last`"),
        ({"nulls": "last"}, '"', 1, "`nulls: first`"),
        ({"nulls": "last"}, '"', 2, "`nulls: first`"),
    ],
)
def test_a_driver_that_contradicts_is_told_with_the_word_that_mends_it(
    pyodbc: ModuleType, options: Mapping[str, str], quote: Any, nulls: Any, mend: str
) -> None:
    """Rows in another order than the pages take for granted would be missing rows."""
    with pytest.raises(Missing, match=mend):
        _agrees(pyodbc, options, quote, nulls)


def _source(**options: str) -> Source:
    """A source that is never connected."""
    source = odbc.KIND.open("test", {"dsn": "none", **options}, Terms(1))
    source.learn(Catalog({"S.T": _TABLE}))
    return source


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("fetch", 'SELECT "S"."T"."A" FROM "S"."T" ORDER BY "S"."T"."A"'),
        ("limit", 'SELECT "S"."T"."A" FROM "S"."T" ORDER BY "S"."T"."A" LIMIT 10'),
        ("rows", 'SELECT "S"."T"."A" FROM "S"."T" ORDER BY "S"."T"."A" FETCH FIRST 10 ROWS ONLY'),
        ("top", 'SELECT TOP 10 "S"."T"."A" FROM "S"."T" ORDER BY "S"."T"."A"'),
        ("first", 'SELECT FIRST 10 "S"."T"."A" FROM "S"."T" ORDER BY "S"."T"."A"'),
    ],
)
@pytest.mark.usefixtures("pyodbc")
def test_a_limit_is_written_as_the_option_says(limit: str, expected: str) -> None:
    """As a number in the text, since several databases take no parameter there; `paged` tells whether it is written."""
    source = _source(limit=limit)
    text = source.render(Shape(("A",), "S.T", order=(Order("A"),), limited=True), (10,))
    assert " ".join(text.split()) == expected
    assert source.traits.paged == (limit != "fetch")


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        ("double", 'SELECT "S"."T"."two words" FROM "S"."T"'),
        ("backtick", "SELECT `S`.`T`.`two words` FROM `S`.`T`"),
    ],
)
@pytest.mark.usefixtures("pyodbc")
def test_names_are_quoted_as_the_option_says(quotes: str, expected: str) -> None:
    """SQL's own quotes, or the backticks of Access and MySQL."""
    assert set(QUOTES) == set(next(each for each in odbc.KIND.options if each.name == "quotes").choices)
    text = _source(quotes=quotes).render(Shape(("two words",), "S.T"), ())
    assert " ".join(text.split()) == expected


@pytest.mark.usefixtures("pyodbc")
def test_without_quotes_only_regular_names_can_be_written() -> None:
    """A name that would need quotes is refused, and never pasted."""
    source = _source(quotes="none")
    assert " ".join(source.render(Shape(("A",), "S.T"), ()).split()) == "SELECT S.T.A FROM S.T"
    with pytest.raises(Missing, match="two words"):
        source.render(Shape(("two words",), "S.T"), ())


@pytest.mark.usefixtures("pyodbc")
def test_wildcards_that_are_meant_are_escaped_as_the_option_says() -> None:
    """With a sign, or in brackets where there is no ESCAPE."""
    shape = Shape(("A",), "S.T", where=Like("A", "contains"))
    assert "LIKE '%5/%[/_]//%' ESCAPE '/'" in _source().render(shape, ("5%[_]/",))
    assert _source(wildcards="brackets").render(shape, ("5%[_]/",)).endswith("LIKE '%5[%][[][_]]/%'")


# Types and values.


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


# The catalog.

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
    """Functions that a driver need not have leave their part empty; a connection that died does not."""
    lacking = pyodbc.Error("IM001", "[IM001] Driver does not support this function (0) (SQLPrimaryKeys)")
    answers = {"tables": _tables(("S", "T")), "columns": [_COLUMN], "primaryKeys": lacking, "statistics": lacking}
    table = inspect(_Driver(answers), ["T"])["T"]
    assert table == Table("T", (Column("A", ColumnType("integer", precision=10, scale=0), nullable=False),))
    lost = pyodbc.OperationalError("08S01", "[08S01] Link failure (0) (SQLStatistics)")
    with pytest.raises(pyodbc.OperationalError):
        inspect(_Driver({**answers, "statistics": lost}), ["T"])


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
def test_a_pattern_finds_more_than_the_table_and_only_the_table_is_kept() -> None:
    """SQLColumns takes `_` for any character, and drivers differ in how that is escaped."""
    other = (None, "S", "AXB", "C", *_COLUMN[4:])
    driver = _Driver({"tables": _tables(("S", "A_B")), "columns": [other, (None, "S", "A_B", *_COLUMN[3:])]})
    assert [column.name for column in inspect(driver, ["A_B"])["A_B"].columns] == ["A"]


# Real drivers.


@pytest.fixture
def sqlite(sqlite_driver: str, tmp_path: Path) -> Iterator[Source]:
    """A source over an empty file of SQLite, which the driver opens for writing."""
    connection = f"Database={{{tmp_path / 'x.db'}}};BigInt=1"
    source = odbc.KIND.open("test", {"driver": sqlite_driver, "connection": connection}, Terms(1))
    yield source
    source.close()


def _postgresql(url: str, driver: str, **options: str) -> Source:
    at = urlsplit(url)
    words = f"Server={at.hostname};Port={at.port};Database=postgres"
    return odbc.KIND.open(
        "test", {"driver": driver, "connection": words, "user": "bascule", "nulls": "last", **options}, Terms(1)
    )


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM t",
        "CREATE TABLE t (n INTEGER)",
        "SELECT 1 AS n; CREATE TABLE t (n INTEGER)",
        "SELECT 1 AS n) q; CREATE TABLE t (n INTEGER); SELECT * FROM (SELECT 1 AS n",
        "SELECT * INTO t FROM sqlite_schema",
        "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
        "WITH x AS (/* then */ insert INTO t VALUES (1) RETURNING *) SELECT * FROM x",
        "PRAGMA user_version = 7",
        "-- SELECT\nDROP TABLE t",
        "",
    ],
)
def test_a_query_that_does_more_than_read_never_reaches_the_driver(sqlite: Source, query: str) -> None:
    """The session could write: a driver's promise of reading only is a hint, so that the text itself is held to it."""
    sqlite.learn(Catalog({}, {"q": Table("q", (Column("n", ColumnType("integer")),))}), {"q": query})
    for attempt in (lambda: sqlite.catalog([], {"q": query}), lambda: sqlite.run(Shape(("n",), query=query), ())):
        with pytest.raises(Denied, match="SELECT"):
            attempt()
    assert sqlite.catalog().tables == {}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS n",
        " ;\n-- first\nWITH c AS (SELECT 1 AS n) SELECT n FROM c -- last",
        "SELECT 1 AS n UNION ALL SELECT 2",
        "select (select 1) as n /* ; delete */",
        "SELECT replace('a', 'a', 'DELETE (;') AS n",
    ],
)
def test_a_query_that_reads_is_let_through(sqlite: Source, query: str) -> None:
    """Words and signs within texts, comments and functions mean nothing."""
    assert [column.name for column in sqlite.catalog([], {"q": query}).queries["q"].columns] == ["n"]


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


def test_refused_credentials_are_told_from_a_host_that_is_down(postgres_url: str, postgresql_driver: str) -> None:
    """psqlODBC says 08001 of both; taken for the other, a refused log-in would be tried again."""
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS locked")
        owner.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
    with pytest.raises(Refused):
        _postgresql(postgres_url, postgresql_driver, user="locked", password="wrong").ping()
    source = _postgresql(postgres_url, postgresql_driver, user="locked", password="right")
    source.ping()
    source.close()
    with pytest.raises(Unavailable):
        _postgresql("postgresql://127.0.0.1:1/none", postgresql_driver).ping()


def test_a_missing_authority_is_denied(postgres_url: str, postgresql_driver: str) -> None:
    """A table that the user may not read is no missing table."""
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("DROP TABLE IF EXISTS hidden")
        owner.execute("CREATE TABLE hidden (n integer)")
        owner.execute("DROP ROLE IF EXISTS odbc_guest")
        owner.execute("CREATE ROLE odbc_guest LOGIN")
    source = _postgresql(postgres_url, postgresql_driver, user="odbc_guest")
    source.learn(Catalog({"hidden": Table("hidden", (Column("n", ColumnType("integer")),))}))
    with pytest.raises(Denied):
        source.run(Shape(("n",), "hidden"), ())
    source.close()


@pytest.mark.parametrize("options", [{"driver": "/no/such/driver.so"}, {"dsn": "no such source"}])
@pytest.mark.usefixtures("pyodbc")
def test_a_driver_or_data_source_that_is_not_there_is_unavailable(options: dict[str, str]) -> None:
    """The driver manager says so, and the log has its words."""
    source = odbc.KIND.open("test", options, Terms(1))
    with pytest.raises(Unavailable, match="unixODBC"):
        source.ping()


def test_a_source_that_sorts_otherwise_is_told_at_its_first_connection(
    postgres_url: str, postgresql_driver: str
) -> None:
    """PostgreSQL sorts NULL last; pages for one that sorts it first would leave rows out."""
    with pytest.raises(Missing, match="`nulls: last`"):
        _postgresql(postgres_url, postgresql_driver, nulls="first").ping()


def test_text_in_a_code_page_is_read_and_found(postgres_url: str, postgresql_ansi_driver: str) -> None:
    """With a driver that knows no Unicode, text goes there and back in its code page; what that does not have is in no row."""
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("DROP TABLE IF EXISTS paged_text")
        owner.execute("CREATE TABLE paged_text (n integer, t varchar(20))")
        owner.execute("INSERT INTO paged_text VALUES (1, 'Größe é'), (2, 'Ø ?')")
    source = _postgresql(
        postgres_url, postgresql_ansi_driver, encoding="latin-1", setup="SET client_encoding TO 'LATIN1'"
    )
    source.learn(source.catalog(["paged_text"]))

    def found(text: str, where: Any) -> list[Any]:
        return [tuple(row) for row in source.run(Shape(("n", "t"), "paged_text", where=where), (text,)).rows]

    assert found("Größe é", Compare("t", "=")) == [(1, "Größe é")]
    assert found("röß", Like("t", "contains")) == [(1, "Größe é")]
    assert found("Ø 注", Compare("t", "=")) == []
    assert found("Ø 注", Like("t", "prefix")) == []
    assert found("注", Compare("t", "<>")) == [(1, "Größe é"), (2, "Ø ?")]
    source.close()


def test_explaining_is_refused(sqlite: Source) -> None:
    """ODBC has no word for it."""
    sqlite.learn(Catalog({"T": _TABLE}))
    with pytest.raises(SourceError, match="no way to ask"):
        sqlite.explain(Shape(("A",), "T"), ())
