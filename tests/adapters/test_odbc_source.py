"""What only the kind odbc must do: declared words and their checks, the catalog's tolerance, text in a code page."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from adapters import odbc
from adapters.odbc.dialect import QUOTES
from adapters.odbc.session import session
from adapters.port import (
    Catalog,
    Column,
    ColumnType,
    Compare,
    Denied,
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
    source = odbc.KIND.open("test", {"dsn": "none", **options}, Terms(1, 30.0))
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


# Real drivers.


@pytest.fixture
def sqlite(sqlite_driver: str, tmp_path: Path) -> Iterator[Source]:
    """A source over an empty file of SQLite, which the driver opens for writing."""
    connection = f"Database={{{tmp_path / 'x.db'}}};BigInt=1"
    source = odbc.KIND.open("test", {"driver": sqlite_driver, "connection": connection}, Terms(1, 30.0))
    yield source
    source.close()


def _postgresql(url: str, driver: str, **options: str) -> Source:
    at = urlsplit(url)
    words = f"Server={at.hostname};Port={at.port};Database=postgres"
    return odbc.KIND.open(
        "test", {"driver": driver, "connection": words, "user": "bascule", "nulls": "last", **options}, Terms(1, 30.0)
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
    source = odbc.KIND.open("test", options, Terms(1, 30.0))
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


def test_statements_are_kept_where_the_option_says_so(postgres_url: str, postgresql_driver: str) -> None:
    """With the server's own preparation: one statement there for all reads, or none after each; a page's unread rest is closed."""
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("DROP TABLE IF EXISTS kept")
        owner.execute("CREATE TABLE kept AS SELECT n, 'text ' || n AS t FROM generate_series(1, 2000) n")
    item, page = (
        Shape(("t",), "kept", where=Compare("n", "=")),
        Shape(("n",), "kept", order=(Order("n"),), limited=True),
    )
    prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%kept%'"
    counting = Table("q", (Column("count", ColumnType("integer")),))
    for word, expected in (("yes", 1), ("no", 0)):
        source = _postgresql(postgres_url, postgresql_driver, prepared=word)
        source.learn(Catalog({**source.catalog(["kept"]).tables}, {"q": counting}), {"q": prepared})
        for number in range(1, 9):
            assert [tuple(row) for row in source.run(item, (number,)).rows] == [(f"text {number}",)]
            assert [row[0] for row in source.run(page, (number,)).rows] == list(range(1, number + 1))
        [[count]] = source.run(Shape(("count",), query=prepared), ()).rows
        assert int(count) == expected
        source.close()


@pytest.mark.parametrize(
    "change", ["varchar(9) USING 'seven'", "varchar(200) USING repeat('x', 150)", "date USING '2024-02-29'"]
)
def test_the_server_s_refusal_of_an_old_plan_is_mended(postgres_url: str, postgresql_driver: str, change: str) -> None:
    """ "cached plan must not change result type": the statement is prepared anew, and nobody is told."""
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("DROP TABLE IF EXISTS retyped")
        owner.execute("CREATE TABLE retyped AS SELECT 1 AS n, 7 AS v")
        source = _postgresql(postgres_url, postgresql_driver, prepared="yes")
        source.learn(source.catalog(["retyped"]))
        item = Shape(("v",), "retyped", where=Compare("n", "="))
        for _ in range(8):
            assert [tuple(row) for row in source.run(item, (1,)).rows] == [(7,)]
        owner.execute(f"ALTER TABLE retyped ALTER COLUMN v TYPE {change}".encode())
        [expected] = owner.execute("SELECT v FROM retyped").fetchall()
        for _ in range(8):
            assert [tuple(row) for row in source.run(item, (1,)).rows] == [expected]
        source.close()


def test_explaining_is_refused(sqlite: Source) -> None:
    """ODBC has no word for it."""
    sqlite.learn(Catalog({"T": _TABLE}))
    with pytest.raises(SourceError, match="no way to ask"):
        sqlite.explain(Shape(("A",), "T"), ())
