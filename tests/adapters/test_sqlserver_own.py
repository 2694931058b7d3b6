"""What only SQL Server does: its types, its indexes, its locks, its catalog; collected where there is one (see sqlserver_server)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from adapters.over_odbc import connect
from adapters.port import (
    All,
    Column,
    ColumnType,
    Compare,
    Denied,
    In,
    Like,
    Locked,
    Order,
    Refused,
    Shape,
    Source,
    SourceError,
)
from adapters.sqlserver import catalog
from adapters.sqlserver.types import declared_type
from tests.adapters import sqlserver_server as server

_COLLECTED = bool(server.TEXT)


class TestOnlySqlServer:
    """What other kinds do not have."""

    __test__ = _COLLECTED

    @property
    def name(self) -> str:
        return server.database(server.UNICODE)

    @contextmanager
    def made(self, columns: str, *values: str, table: str = "only", **how: Any) -> Iterator[Source]:
        """A table with these rows, and a source that has learned it."""
        statements = [f"DROP TABLE IF EXISTS [{table}]", f"CREATE TABLE [{table}] ({columns})"]
        server.execute(self.name, *statements, *(f"INSERT INTO [{table}] VALUES ({each})" for each in values))
        source = server.opened(self.name, **how)
        source.learn(source.catalog([table]))
        try:
            yield source
        finally:
            source.close()

    @staticmethod
    def found(source: Source, where: Any, *values: Any) -> list[Any]:
        """The ids of the rows that are found."""
        return [row[0] for row in source.run(Shape(("id",), "only", where=where, order=(Order("id"),)), values).rows]

    # Types.

    def test_a_datetime_is_found_by_what_was_read(self) -> None:
        """Its clock ticks every 1/300 s: .003 is 0.00333…, and falls on it, whatever datetime2 makes of it."""
        moments = [
            "2024-02-29T01:02:03.000",
            "2024-02-29T01:02:03.003",
            "2024-02-29T01:02:03.007",
            "1753-01-01T00:00:00",
        ]
        rows = [f"{number}, '{moment}'" for number, moment in enumerate(moments)]
        with self.made("id int PRIMARY KEY, v datetime", *rows) as source:
            read = [row[0] for row in source.run(Shape(("v",), "only", order=(Order("id"),)), ()).rows]
            assert [self.found(source, Compare("v", "="), value) for value in read] == [[0], [1], [2], [3]]
            assert self.found(source, Compare("v", ">"), read[1]) == [2]
            assert self.found(source, Compare("v", "="), "0001-01-01T00:00:00") == []
            assert self.found(source, Compare("v", ">"), "0001-01-01T00:00:00") == [0, 1, 2]
            assert self.found(source, Compare("v", "<"), "9999-12-31T23:59:59.999999") == [0, 1, 2, 3]

    def test_a_seventh_digit_is_kept(self) -> None:
        """Pages over moments that differ in it alone give every row once."""
        rows = [f"{number}, '2024-02-29T01:02:03.123456{number}', '01:02:03.123456{number}'" for number in range(9)]
        with self.made("id int PRIMARY KEY, v datetime2(7), t time(7)", *rows) as source:
            for column in ("v", "t"):
                for descending in (False, True):
                    self._walk(source, column, descending=descending)

    @staticmethod
    def _walk(source: Source, column: str, *, descending: bool) -> None:
        order = (Order(column, descending), Order("id"))
        seen: list[int] = []
        last: tuple[Any, ...] = ()
        while len(seen) < 9:
            after = (False, False) if last else None
            shape = Shape((column, "id"), "only", order=order, after=after, limited=True)
            found: Sequence[Sequence[Any]] = source.run(shape, (*last, 2)).rows
            assert found
            seen += [row[1] for row in found]
            last = tuple(found[-1])
        assert seen == sorted(range(9), reverse=descending)

    def test_a_datetimeoffset_is_read_and_found(self) -> None:
        """With its offset, as text; the same moment with another offset finds it."""
        with self.made("id int, v datetimeoffset(7)", "1, '2024-02-29T01:02:03.1234567+02:00'") as source:
            [[read]] = source.run(Shape(("v",), "only"), ()).rows
            assert dt.datetime.fromisoformat(read).utcoffset() == dt.timedelta(hours=2)
            assert self.found(source, Compare("v", "="), read) == [1]
            assert self.found(source, Compare("v", "="), "2024-02-28T23:02:03.1234567+00:00") == [1]
            assert self.found(source, Compare("v", "="), "2024-02-29T01:02:03.1234567+00:00") == []

    def test_a_rowversion_tells_what_changed(self) -> None:
        """Its bytes are compared as a number is."""
        with self.made("id int, v rowversion", "1, DEFAULT", "2, DEFAULT") as source:
            [[first]] = source.run(Shape(("v",), "only", where=Compare("id", "=")), (1,)).rows
            assert self.found(source, Compare("v", "="), first) == [1]
            assert self.found(source, Compare("v", ">"), first) == [2]

    def test_money(self) -> None:
        """Four decimals; a fifth equals nothing, and what is beyond it overflows nothing."""
        with self.made("id int, v money, w smallmoney", "1, 922337203685477.5807, 1.0001") as source:
            [[read]] = source.run(Shape(("v",), "only"), ()).rows
            assert read == Decimal("922337203685477.5807")
            assert self.found(source, Compare("v", "="), read) == [1]
            assert self.found(source, Compare("v", "="), Decimal("922337203685477.58071")) == []
            assert self.found(source, Compare("v", "<"), Decimal("1E+30")) == [1]
            assert self.found(source, Compare("w", "="), Decimal("1.0001")) == [1]

    def test_numbers_at_their_ends(self) -> None:
        """Values beyond their columns, on either side, are compared without an overflow."""
        nines = "9" * 38
        with self.made(
            "id int, a decimal(38,0), b decimal(38,38), c decimal(31,5), d tinyint, e bigint, f float, g real",
            f"1, {nines}, 0.{nines}, 12345678901234567890123456.12345, 255, 9223372036854775807, 1e308, 0.1",
        ) as source:
            [stored] = source.run(Shape(tuple("abcdefg"), "only"), ()).rows
            for column, value in zip("abcdefg", stored, strict=True):
                assert self.found(source, Compare(column, "="), value) == [1], column
                assert self.found(source, Compare(column, "<"), 10**60) == [1] if column != "a" else True
                assert self.found(source, Compare(column, ">"), Decimal("-1E+60")) == [1], column
                assert (
                    self.found(source, Compare(column, "="), Decimal("0.5000000000000000000000000000000000000000001"))
                    == []
                )

    def test_a_sql_variant_is_read_as_text(self) -> None:
        """ODBC has no type for it."""
        with self.made("id int, v sql_variant", "1, 42", "2, N'Größe'", "3, NULL") as source:
            rows = source.run(Shape(("v",), "only", order=(Order("id"),)), ()).rows
            assert [row[0] for row in rows] == ["42", "Größe", None]
            assert self.found(source, Compare("v", "="), "42") == [1]

    def test_identifiers(self) -> None:
        """Any spelling of one finds it; what is none finds nothing."""
        one = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
        with self.made("id int, v uniqueidentifier", f"1, '{one}'") as source:
            for value in (one, one.lower(), "{" + one + "}", uuid.UUID(one)):
                assert self.found(source, Compare("v", "="), value) == [1]
            for value in (one + "0", "x", "", one[:-1]):
                assert self.found(source, Compare("v", "="), value) == []

    def test_text_of_the_old_kind_is_compared(self) -> None:
        """text, ntext, xml and image know no `=`; their casts do."""
        with self.made(
            "id int, t text, n ntext, x xml, i image",
            "1, 'abc', N'Ω', N'<a>1</a>', 0x0102",
            "2, NULL, NULL, NULL, NULL",
        ) as source:
            for column, value in {"t": "abc", "n": "Ω", "x": "<a>1</a>", "i": b"\x01\x02"}.items():
                [[stored], _] = source.run(Shape((column,), "only", order=(Order("id"),)), ()).rows
                assert stored == value
                assert self.found(source, Compare(column, "="), value) == [1]
                ordered = source.run(Shape(("id",), "only", order=(Order(column, descending=True),)), ()).rows
                assert [row[0] for row in ordered] == [1, 2]

    def test_what_a_code_page_cannot_hold_finds_nothing(self) -> None:
        """The server would look for an O where an Ω is asked for, and for 'a' where a NUL follows it."""
        columns = "id int, v varchar(9) COLLATE Latin1_General_CI_AS, w varchar(9) COLLATE Cyrillic_General_CI_AS"
        with self.made(columns, "1, 'O', N'Ж'", "2, 'a', 'a'") as source:
            known = source.catalog(["only"]).tables["only"]
            assert [column.type.ccsid for column in known.columns] == [None, 1252, None]
            assert self.found(source, Compare("v", "="), "Ω") == []
            assert self.found(source, In("v", 2), "Ω", "A") == [2]
            assert self.found(source, Like("v", "contains"), "Ω") == []
            assert self.found(source, Compare("v", "="), "a\0") == []
            assert self.found(source, Compare("w", "="), "Ж") == [1]

    # Indexes.

    def test_a_column_is_compared_on_its_own_index(self) -> None:
        """No parameter's type makes the server convert the column."""
        kinds = {
            "c": ("char(8)", "7"), "v": ("varchar(20)", "7"), "n": ("nvarchar(20)", "7"), "i": ("int", Decimal(7)),
            "d": ("date", "2020-01-08"), "o": ("datetime", "2020-01-08T00:00:00"),
            "t": ("datetime2(3)", "2020-01-08T00:00:00"), "u": ("uniqueidentifier", str(uuid.UUID(int=7))),
        }  # fmt: skip
        columns = ", ".join(f"{name} {kind}" for name, (kind, _) in kinds.items())
        with self.made(f"id int PRIMARY KEY, {columns}") as source:
            server.execute(
                self.name,
                "INSERT INTO only SELECT n, n, n, n, n, DATEADD(day, n, '20200101'), DATEADD(day, n, '20200101'),"
                " DATEADD(day, n, '20200101'), NEWID() FROM (SELECT TOP (5000) ROW_NUMBER() OVER (ORDER BY a.object_id) AS n"
                " FROM sys.all_columns AS a CROSS JOIN sys.all_columns AS b) AS numbers",
                *(f"CREATE INDEX only_{name} ON only ({name})" for name in kinds),
            )
            for name, (_, value) in kinds.items():
                plan = source.explain(Shape(("id",), "only", where=Compare(name, "=")), (value,))
                assert "Index Seek" in plan, plan
                assert not re.search(rf"CONVERT_IMPLICIT\([^\[]*[^@]*\.\[{name}\]", plan), plan

    def test_a_page_starts_at_an_index(self) -> None:
        """The leading range of a page's condition is one that an index is sought by."""
        with self.made("id int, l int, PRIMARY KEY (id, l)") as source:
            shape = Shape(("id",), "only", order=(Order("id"), Order("l")), after=(False, False), limited=True)
            assert "Seek" in source.explain(shape, (7, 8, 10))

    # Sessions.

    def test_a_locked_row_is_told_as_such(self) -> None:
        """Within the lock's time limit, which is half a request's; what waits for nobody reads on."""
        with self.made("id int PRIMARY KEY", "1", seconds=2.0) as source, self._held():
            with pytest.raises(Locked):
                source.run(Shape(("id",), "only"), ())
            for isolation, expected in {"read-uncommitted": 2, "snapshot": 1}.items():
                other = server.opened(self.name, isolation=isolation)
                other.learn(other.catalog(["only"]))
                assert [row[0] for row in other.run(Shape(("id",), "only"), ()).rows] == [expected]
                other.close()

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Somebody has changed the row, and not committed it."""
        with server.administrator(self.name, autocommit=False) as connection:
            connection.execute("UPDATE only SET id = 2").close()
            yield

    def test_a_session_is_what_was_laid_down(self) -> None:
        """Settings hold in the session that reads."""
        query = (
            "SELECT @@LOCK_TIMEOUT AS waits, @@TEXTSIZE AS size, @@LANGUAGE AS language, s.arithabort, s.date_format,"
            " s.transaction_isolation_level AS level FROM sys.dm_exec_sessions AS s WHERE s.session_id = @@SPID"
        )
        source = server.opened(self.name, seconds=4.0)
        source.learn(source.catalog([], {"q": query}), {"q": query})
        columns = ("waits", "size", "language", "arithabort", "date_format", "level")
        [row] = source.run(Shape(columns, query=query), ()).rows
        assert tuple(row) == (2000, 2147483647, "us_english", True, "ymd", 2)
        source.close()

    def test_a_login_that_may_read_only_some(self) -> None:
        """A missing authority is denied; a wrong password is refused."""
        login, password = f"{self.name}_guest", "Gu3st!of.bascule"
        with self.made("id int", "1") as administrator:
            server.execute(
                self.name,
                f"IF SUSER_ID(N'{login}') IS NOT NULL DROP LOGIN [{login}]",
                f"CREATE LOGIN [{login}] WITH PASSWORD = N'{password}', CHECK_POLICY = OFF",
                f"DROP USER IF EXISTS [{login}]",
                f"CREATE USER [{login}] FOR LOGIN [{login}]",
            )
            known = administrator.catalog(["only"])
            guest = server.opened(self.name, UID=login, PWD=password)
            guest.learn(known)
            with pytest.raises(Denied):
                guest.run(Shape(("id",), "only"), ())
            server.execute(self.name, f"GRANT SELECT ON only TO [{login}]")
            assert len(guest.run(Shape(("id",), "only"), ()).rows) == 1
            guest.close()
            with pytest.raises(Refused):
                server.opened(self.name, UID=login, PWD="wrong").ping()

    # The catalog.

    def test_what_the_catalog_tells(self) -> None:
        """Descriptions; synonyms; schemas; indexes that serve every read, by their key columns."""
        server.execute(
            self.name,
            "DROP SYNONYM IF EXISTS Alias", "DROP SYNONYM IF EXISTS Far", "DROP TABLE IF EXISTS [Lib x].[Items]",
            "DROP SCHEMA IF EXISTS [Lib x]", "CREATE SCHEMA [Lib x]",
            "CREATE TABLE [Lib x].[Items] (id int NOT NULL, code char(3) COLLATE Latin1_General_CI_AS, n AS id * 2, q int)",
            "ALTER TABLE [Lib x].[Items] ADD CONSTRAINT items_key PRIMARY KEY (id)",
            "CREATE INDEX covering ON [Lib x].[Items] (code DESC) INCLUDE (q)",
            "CREATE INDEX filtered ON [Lib x].[Items] (q) WHERE q > 5",
            "CREATE INDEX disabled ON [Lib x].[Items] (q, id)", "ALTER INDEX disabled ON [Lib x].[Items] DISABLE",
            "EXEC sp_addextendedproperty N'MS_Description', N'Items', N'SCHEMA', N'Lib x', N'TABLE', N'Items'",
            "EXEC sp_addextendedproperty N'MS_Description', N'A code', N'SCHEMA', N'Lib x', N'TABLE', N'Items', N'COLUMN', N'code'",
            "CREATE SYNONYM Alias FOR [Lib x].[Items]", "CREATE SYNONYM Far FOR master.sys.databases",
        )  # fmt: skip
        source = server.opened(self.name)
        tables = source.catalog(["Lib x.Items", "Alias", "dbo.Alias", "Far"]).tables
        items = tables["Lib x.Items"]
        whole = ColumnType("integer", precision=10, scale=0)
        assert items.text == "Items"
        assert items.columns == (
            Column("id", whole, nullable=False),
            Column("code", ColumnType("char", 3, ccsid=1252), text="A code"),
            Column("n", whole),
            Column("q", whole),
        )
        assert items.key == ("id",)
        assert {index.name: (index.columns, index.unique) for index in items.indexes} == {
            "items_key": (("id",), True),
            "covering": (("code",), False),
        }
        assert tables["Alias"].columns == tables["dbo.Alias"].columns == items.columns
        far = tables["Far"].column("name")
        assert far is not None
        assert far.type.ccsid == 1200
        assert {"Lib x.Items", "Alias"} <= set(source.catalog().tables)
        source.learn(source.catalog(["Alias"]))
        assert list(source.run(Shape(("id", "code"), "Alias", where=Compare("code", "=")), ("x",)).rows) == []
        source.close()

    def test_an_old_server_describes_queries_as_well(self) -> None:
        """An empty copy tells what SQL Server 2012's analysis tells."""
        columns = (
            "CAST(1 AS int) AS a, CAST('x' AS varchar(9)) AS b, CAST(N'x' AS nchar(9)) AS c, GETDATE() AS d, SYSDATETIME() AS e,"
            " CAST(1 AS decimal(9,2)) AS f, NEWID() AS g, CAST(0x AS varbinary(max)) AS h"
        )
        query = f"WITH [o]]ne (] AS (SELECT {columns}) SELECT * FROM [o]]ne (]"
        connection = connect(server.words(DATABASE=self.name, APP="bascule"), 10)
        before, rest = query.split(") SELECT")
        copied = catalog._copied(
            connection, f"{before}) SELECT TOP (0) * INTO {catalog._COPY} FROM (SELECT{rest}) AS q"
        )
        described = catalog.describe(connection, query)
        connection.close()
        assert [Column(name, declared_type(*declared)) for name, *declared in copied] == list(described)
        assert [column.name for column in described] == list("abcdefgh")

    def test_a_query_that_cannot_stand_in_brackets_is_named(self) -> None:
        """ORDER BY without TOP; the server says what is wrong, the failure which query it is."""
        source = server.opened(self.name)
        with pytest.raises(SourceError, match="named query orders"):
            source.catalog([], {"orders": "SELECT name FROM sys.objects ORDER BY name"})
        source.close()

    def test_a_query_with_expressions_is_read(self) -> None:
        """Common table expressions, described, filtered, paged and counted."""
        query = ";WITH a AS (SELECT object_id, name FROM sys.all_objects), b AS (SELECT * FROM a) SELECT * FROM b -- ;"
        source = server.opened(self.name)
        source.learn(source.catalog([], {"q": query}), {"q": query})
        where = All((Compare("object_id", "<"), Like("name", "prefix")))
        shape = Shape(("name",), query=query, where=where, order=(Order("object_id"),), limited=True)
        assert [row[0][:3] for row in source.run(shape, (0, "sp_", 3)).rows] == ["sp_"] * 3
        [[count]] = source.run(Shape((), query=query, where=Compare("name", "="), count=True), ("sp_help",)).rows
        assert count == 1
        source.close()
