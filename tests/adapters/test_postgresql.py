"""PostgreSQL passes the suite of all kinds, and what only it must do."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters import postgresql
from adapters.conformance import SourceConformance
from adapters.port import (
    Catalog,
    Column,
    ColumnType,
    Compare,
    Denied,
    ForeignKey,
    Like,
    Order,
    Refused,
    Shape,
    Source,
    Table,
    Terms,
    Unavailable,
)
from tests.adapters.postgres import postgres_url, sleeping

__all__ = ["postgres_url"]


def _execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


class TestPostgresql(SourceConformance):
    slow_query = "SELECT pg_sleep(90)::text AS n"
    unreadable = "SELECT 'infinity'::date AS n"
    url: str

    @pytest.fixture(autouse=True)
    def _server(self, postgres_url: str) -> None:
        self.url = postgres_url

    def open_source(self, connections: int = 4, seconds: float = 5.0) -> Source:
        return postgresql.KIND.open("test", {"url": self.url}, Terms(connections, seconds))

    def execute(self, *statements: str) -> None:
        _execute(self.url, *statements)

    def break_connections(self, source: Source) -> None:  # noqa: ARG002  # the server ends all that are the gateway's
        self.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'bascule'")

    def running(self) -> int:
        return sleeping(self.url)

    def declare(self, kind: ColumnType) -> str:
        return "BYTEA" if kind.base == "binary" else super().declare(kind)

    def declared(self, kind: ColumnType) -> ColumnType:
        return ColumnType("integer", precision=10, scale=0) if kind == ColumnType("integer") else kind

    def literal(self, kind: ColumnType, value: Any) -> str:
        return f"'\\x{value.hex()}'" if isinstance(value, bytes) else super().literal(kind, value)


def _opened(url: str, **options: str) -> Source:
    return postgresql.KIND.open("test", {"url": url, **options}, Terms(2, 30.0))


def test_a_char_is_compared_on_its_own_index(postgres_url: str) -> None:
    """No parameter's type makes the server convert the column, for any type that has such a trap."""
    _execute(
        postgres_url,
        "DROP TABLE IF EXISTS traps",
        "CREATE TABLE traps (c char(8), i integer, n numeric(9,2), r real, d date, t timestamp)",
        "CREATE INDEX ON traps (c)", "CREATE INDEX ON traps (i)", "CREATE INDEX ON traps (n)",
        "CREATE INDEX ON traps (r)", "CREATE INDEX ON traps (d)", "CREATE INDEX ON traps (t)",
        "INSERT INTO traps SELECT g::text, g, g, g, date '2020-01-01' + g, timestamp '2020-01-01' + g * interval '1 h'"
        " FROM generate_series(1, 5000) g",
        "ANALYZE traps",
    )  # fmt: skip
    source = _opened(postgres_url)
    source.learn(source.catalog(["traps"]))
    values = {"c": "7", "i": Decimal(7), "n": 7.0, "r": 7.0, "d": "2020-01-08", "t": "2020-01-01 07:00:00"}
    for name, value in values.items():
        condition = source.explain(Shape(("i",), "traps", where=Compare(name, "=")), (value,))
        assert f"Index Cond: ({name} = " in condition, condition
    source.close()


def test_pages_start_at_an_index(postgres_url: str) -> None:
    """A row value and the expansion's leading range are both index conditions."""
    _execute(
        postgres_url,
        "DROP TABLE IF EXISTS paged",
        "CREATE TABLE paged (k integer, l integer, PRIMARY KEY (k, l))",
        "INSERT INTO paged SELECT g / 10, g % 10 FROM generate_series(1, 20000) g",
        "ANALYZE paged",
    )
    source = _opened(postgres_url)
    source.learn(source.catalog(["paged"]))
    for descending, condition in ((False, "(ROW(k, l) > ROW("), (True, "(k >= '1990'")):
        orders = (Order("k"), Order("l", descending=descending))
        shape = Shape(("k", "l"), "paged", order=orders, after=(False, False), limited=True)
        assert f"Index Cond: {condition}" in source.explain(shape, (1990, 2, 10))
    source.close()


def test_a_real_is_found_by_the_value_that_was_read(postgres_url: str) -> None:
    """0.1 in a `real` column is not the 0.1 of a double, and is found nevertheless."""
    _execute(
        postgres_url, "DROP TABLE IF EXISTS reals", "CREATE TABLE reals (r real)", "INSERT INTO reals VALUES (0.1)"
    )
    source = _opened(postgres_url)
    source.learn(source.catalog(["reals"]))
    [[stored]] = source.run(Shape(("r",), "reals"), ()).rows
    shape = Shape(("r",), "reals", where=Compare("r", "="))
    assert len(source.run(shape, (stored,)).rows) == 1
    assert len(source.run(shape, (1e300,)).rows) == 0
    source.close()


def test_schemas_comments_domains_and_partial_indexes(postgres_url: str) -> None:
    """Names with a schema, descriptions, and the types behind domains are in the catalog."""
    _execute(
        postgres_url,
        'DROP SCHEMA IF EXISTS "Lib x" CASCADE', 'CREATE SCHEMA "Lib x"',
        'CREATE DOMAIN "Lib x".code AS char(3) NOT NULL',
        'CREATE TABLE "Lib x"."POITEM" (id integer PRIMARY KEY, code "Lib x".code, t timestamp(3), j jsonb)',
        'CREATE INDEX part ON "Lib x"."POITEM" (code) WHERE id > 5',
        "COMMENT ON TABLE \"Lib x\".\"POITEM\" IS 'Purchase items'",
        "COMMENT ON COLUMN \"Lib x\".\"POITEM\".code IS 'The code'",
        "INSERT INTO \"Lib x\".\"POITEM\" VALUES (1, 'AB')",
    )  # fmt: skip
    source = _opened(postgres_url)
    table = source.catalog(["Lib x.POITEM"]).tables["Lib x.POITEM"]
    assert table.text == "Purchase items"
    assert table.columns == (
        Column("id", ColumnType("integer", precision=10, scale=0), nullable=False),
        Column("code", ColumnType("char", 3), nullable=False, text="The code"),
        Column("t", ColumnType("timestamp", 3)),
        Column("j", ColumnType("other")),
    )
    assert [index.columns for index in table.indexes] == [("id",)]
    assert "Lib x.POITEM" in source.catalog().tables
    source.learn(source.catalog(["Lib x.POITEM"]))
    assert len(source.run(Shape(("id",), "Lib x.POITEM", where=Like("code", "prefix")), ("A",)).rows) == 1
    source.close()


def test_a_domain_is_what_it_stands_for_in_the_end(postgres_url: str) -> None:
    """A domain over a domain has the innermost one's type and length, and is never NULL where any of them says so."""
    _execute(
        postgres_url,
        "DROP SCHEMA IF EXISTS domains CASCADE",
        "CREATE SCHEMA domains",
        "CREATE DOMAIN domains.money AS numeric(11,2)",
        "CREATE DOMAIN domains.price AS domains.money NOT NULL",
        "CREATE DOMAIN domains.list_price AS domains.price CHECK (VALUE > 0)",
        "CREATE TABLE domains.item (m domains.money, p domains.list_price)",
    )
    with closing(_opened(postgres_url)) as source:
        table = source.catalog(["domains.item"]).tables["domains.item"]
        query = source.catalog([], {"q.sql": "SELECT p FROM domains.item"}).queries["q.sql"]
    amount = ColumnType("decimal", precision=11, scale=2)
    assert table.columns == (Column("m", amount), Column("p", amount, nullable=False))
    assert query.columns == (Column("p", amount),)


def test_text_of_an_extension_is_text(postgres_url: str) -> None:
    """`citext` is found by its sort of type, wherever it was installed, also under a domain; an enum of that name is none."""
    _execute(
        postgres_url,
        "DROP SCHEMA IF EXISTS apart, other CASCADE",
        "CREATE SCHEMA apart",
        "CREATE SCHEMA other",
        "CREATE EXTENSION citext SCHEMA apart",
        "CREATE DOMAIN apart.email AS apart.citext",
        "CREATE TYPE other.citext AS ENUM ('A', 'B')",
        "CREATE TABLE apart.person (name apart.citext, mail apart.email, e other.citext)",
        "INSERT INTO apart.person VALUES ('Ann', 'Ann@example.com', 'A')",
    )
    with closing(_opened(postgres_url)) as source:
        catalog = source.catalog(["apart.person"], {"q.sql": "SELECT name FROM apart.person"})
        assert [str(column.type) for column in catalog.tables["apart.person"].columns] == [
            "varchar",
            "varchar",
            "other",
        ]
        assert [str(column.type) for column in catalog.queries["q.sql"].columns] == ["varchar"]
        source.learn(catalog)
        shape = Shape(("name",), "apart.person", where=Compare("mail", "="))
        assert source.run(shape, ("Ann@example.com",)).rows == [("Ann",)]


def test_references_and_counts_of_a_partitioned_table(postgres_url: str) -> None:
    """A reference to it is one, however many parts it has; names of other schemas come with theirs, unless asked for without."""
    _execute(
        postgres_url,
        "DROP SCHEMA IF EXISTS parted CASCADE",
        "CREATE SCHEMA parted",
        "CREATE TABLE parted.whole (k integer PRIMARY KEY, n integer) PARTITION BY RANGE (k)",
        "CREATE TABLE parted.one PARTITION OF parted.whole FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE parted.two PARTITION OF parted.whole FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE parted.child (b integer, a integer CONSTRAINT up REFERENCES parted.whole (k))",
        "CREATE MATERIALIZED VIEW parted.kept AS SELECT k FROM parted.whole",
        "INSERT INTO parted.whole SELECT g, g FROM generate_series(0, 19) AS g",
        "ANALYZE parted.whole",
        "ANALYZE parted.kept",
    )
    with closing(_opened(postgres_url)) as source:
        tables = source.catalog().tables
        assert tables["parted.child"].foreign == (ForeignKey("up", ("a",), "parted.whole", ("k",)),)
        assert [tables[f"parted.{name}"].rows for name in ("whole", "one", "child", "kept")] == [20, 10, None, 0]
        listed = {each.name: each for each in source.tables()}
        assert (listed["parted.kept"].kind, listed["parted.kept"].schema) == ("view", "parted")
    with closing(_opened(postgres_url, schema="parted")) as source:
        assert source.catalog(["child"]).tables["child"].foreign[0].table == "whole"
        both = source.catalog(["child", "parted.whole"]).tables
        assert both["child"].foreign[0].table == "parted.whole"


def test_the_schema_option_says_where_plain_names_are(postgres_url: str) -> None:
    """With `schema`, a name without one means the table in it."""
    _execute(
        postgres_url,
        'DROP SCHEMA IF EXISTS "Erp" CASCADE',
        'CREATE SCHEMA "Erp"',
        'CREATE TABLE "Erp".only_here (n integer)',
    )
    source = _opened(postgres_url, schema="Erp")
    assert set(source.catalog(["only_here"]).tables) == {"only_here"}
    assert "only_here" in source.catalog().tables
    source.learn(source.catalog(["only_here"]))
    assert list(source.run(Shape(("n",), "only_here"), ()).rows) == []
    source.close()


def test_a_wrong_password_is_refused(postgres_url: str) -> None:
    """Credentials that are not accepted are told apart from a server that does not answer."""
    _execute(postgres_url, "DROP ROLE IF EXISTS locked", "CREATE ROLE locked LOGIN PASSWORD 'right'")
    with pytest.raises(Refused):
        _opened(postgres_url, user="locked", password="wrong").ping()
    source = _opened(postgres_url, user="locked", password="right")
    source.ping()
    source.close()


def test_a_missing_authority_is_denied(postgres_url: str) -> None:
    """A table that the user may not read is no missing table."""
    _execute(
        postgres_url,
        "DROP TABLE IF EXISTS secrets", "CREATE TABLE secrets (n integer)",
        "DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN",
    )  # fmt: skip
    source = _opened(postgres_url, user="guest")
    source.learn(source.catalog(["secrets"]))
    with pytest.raises(Denied):
        source.run(Shape(("n",), "secrets"), ())
    source.close()


def test_a_closed_port_is_unavailable() -> None:
    """Nothing listens at port 1."""
    with pytest.raises(Unavailable):
        _opened("postgresql://bascule@127.0.0.1:1/none").ping()


def test_without_psycopg_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver is imported when a source is opened, and its absence is explained."""
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(Unavailable, match=r"pip install 'bascule\[postgresql\]'"):
        _opened("postgresql://x/y")


def test_a_read_is_one_round_trip(postgres_url: str, tmp_path: Path) -> None:
    """No transaction is begun or ended around it, and nothing is asked before it; the eighth run has nothing to parse."""
    connection = postgresql._connect({"url": postgres_url}, 30.0, 30.0)
    for _ in range(7):
        postgresql.BACKEND.fetch(connection, "SELECT $1::int", (1,))
    with (tmp_path / "trace").open("w+b") as trace:
        connection.pgconn.trace(trace.fileno())
        postgresql.BACKEND.fetch(connection, "SELECT $1::int", (1,))
        connection.pgconn.untrace()
        sent = [
            line.split("\t")[3] for line in Path(trace.name).read_text(encoding="utf-8").splitlines() if "\tF\t" in line
        ]
    connection.close()
    assert sent == ["Bind", "Describe", "Execute", "Sync"]


def test_a_large_page_is_prepared_once_and_not_held(postgres_url: str) -> None:
    """However many rows it brings, the next run has nothing to prepare; of its rows nothing stays in memory."""
    connection = postgresql._connect({"url": postgres_url}, 30.0, 30.0)
    statement = "SELECT generate_series(1, $1::int)"
    for rows in (1, 500, 2000, 1):
        assert len(postgresql.BACKEND.fetch(connection, statement, (rows,))) == rows
        (kept,) = connection.kept.values()
        assert kept.cursor._transformer.pgresult is None
    assert connection.execute("SELECT count(*) FROM pg_prepared_statements", prepare=False).fetchone() == (1,)
    connection.close()


def test_the_server_s_refusal_of_an_old_plan_is_mended(postgres_url: str) -> None:
    """Statements that were prepared before a column was retyped are prepared anew, on the same connection, and nobody is told."""
    _execute(postgres_url, "DROP TABLE IF EXISTS retyped", "CREATE TABLE retyped AS SELECT 1 AS n, 7 AS v")
    source = postgresql.KIND.open("test", {"url": postgres_url}, Terms(1, 30.0))
    source.learn(source.catalog(["retyped"]))
    item, session = Shape(("v",), "retyped", where=Compare("n", "=")), "SELECT pg_backend_pid() AS p"
    source.learn(
        Catalog(source.catalog(["retyped"]).tables, {"s": Table("s", (Column("p", ColumnType("integer")),))}),
        {"s": session},
    )
    before = source.run(Shape(("p",), query=session), ()).rows
    for kind, expected in (("varchar(9) USING 'seven'", "seven"), ("integer USING 8", 8)):
        for _ in range(8):
            source.run(item, (1,))
        _execute(postgres_url, f"ALTER TABLE retyped ALTER COLUMN v TYPE {kind}")
        assert source.run(item, (1,)).rows == [(expected,)]
    assert source.run(Shape(("p",), query=session), ()).rows == before
    source.close()


def test_what_a_pooler_has_forgotten_is_prepared_anew(postgres_url: str) -> None:
    """A pooler may give the session a server that never saw the statement; nobody is told."""
    connection = postgresql._connect({"url": postgres_url}, 30.0, 30.0)
    for _ in range(2):
        assert postgresql.BACKEND.fetch(connection, "SELECT $1::int", (7,)) == [(7,)]
        connection.pgconn.exec_(b"DEALLOCATE ALL")
    assert postgresql.BACKEND.fetch(connection, "SELECT $1::int", (8,)) == [(8,)]
    connection.close()


def test_only_ordered_indexes_are_told(postgres_url: str) -> None:
    """A BRIN or hash index serves no range with an order, and a GIN index no plain comparison."""
    _execute(
        postgres_url,
        "DROP TABLE IF EXISTS indexed",
        "CREATE TABLE indexed (d date, n text, j jsonb)",
        "CREATE INDEX indexed_btree ON indexed (d, n)",
        "CREATE INDEX indexed_brin ON indexed USING brin (d)",
        "CREATE INDEX indexed_hash ON indexed USING hash (n)",
        "CREATE INDEX indexed_gin ON indexed USING gin (j)",
    )
    source = postgresql.KIND.open("test", {"url": postgres_url}, Terms(1, 30.0))
    found = source.catalog(["indexed"]).tables["indexed"].indexes
    assert [(index.name, index.columns) for index in found] == [("indexed_btree", ("d", "n"))]
    source.close()
