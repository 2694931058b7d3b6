"""The kind `as400` passes the suite of all kinds on its stand-in, and what only it must do."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import uuid
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyodbc
import pytest

from adapters.conformance import SourceConformance
from adapters.port import ColumnType, Compare, Locked, Order, Refused, Shape, Source, Terms, Unavailable
from tests.house.source import ROOT
from tests.standins.as400 import Standin
from tests.standins.as400.fixture import as400_standin
from tests.standins.as400.kind import KIND
from tests.standins.serve import environment

__all__ = ["as400_standin"]

_IF_EXISTS = re.compile(r"\A(DROP (?:TABLE|VIEW)) IF EXISTS ")
_NOT_THERE = ("SQL0204N", "X0X05", "42Y55")


class TestAs400(SourceConformance):
    slow_query = 'SELECT COUNT(*) AS "n" FROM SYS.SYSCOLUMNS A, SYS.SYSCOLUMNS B, SYS.SYSCOLUMNS C, SYS.SYSCOLUMNS D'
    unreadable = 'SELECT INTEGER(TABLENAME) AS "n" FROM SYS.SYSTABLES'
    standin: Standin

    @pytest.fixture(autouse=True)
    def _server(self, as400_standin: Standin) -> None:
        self.standin = as400_standin

    def open_source(self, connections: int = 4, seconds: float = 5.0) -> Source:
        return KIND.open("test", {"connection": self.standin.connection_string()}, Terms(connections, seconds))

    def execute(self, *statements: str) -> None:
        for statement in statements:
            try:
                self.standin.execute(_IF_EXISTS.sub(r"\1 ", statement))
            except pyodbc.Error as error:
                if not (_IF_EXISTS.match(statement) and any(sign in str(error) for sign in _NOT_THERE)):
                    raise

    def break_connections(self, source: Source) -> None:  # noqa: ARG002  # the stand-in ends all of them
        self.standin.cut()

    def count_rows(self, table: str) -> None:
        """Into the view that an IBM i keeps by itself."""
        self.execute(
            "INSERT INTO QSYS2.SYSTABLESTAT SELECT CAST(CURRENT SCHEMA AS VARCHAR(128)),"
            f" CAST('{table}' AS VARCHAR(128)), COUNT(*) FROM {self.quote(table)}"
        )

    def declare(self, kind: ColumnType) -> str:
        others = {"binary": "VARCHAR(300) FOR BIT DATA", "uuid": "CHAR(36)", "timestamp": "TIMESTAMP"}
        unbounded = "VARCHAR(99)" if str(kind) == "varchar" else None
        return others.get(kind.base) or unbounded or super().declare(kind)

    def declared(self, kind: ColumnType) -> ColumnType:
        """What Derby makes of it: a TIMESTAMP has no length of its own there, and a binary column a bound."""
        if kind == ColumnType("integer"):
            return ColumnType("integer", precision=10, scale=0)
        return {"timestamp": ColumnType("timestamp"), "binary": ColumnType("binary", 300)}.get(kind.base, kind)

    def read(self, kind: ColumnType, stored: Any) -> Any:
        """Times are selected as text, for the sake of 24:00:00; a UUID has no type of its own."""
        readers: dict[str, Any] = {"time": dt.time.fromisoformat, "uuid": uuid.UUID}
        return readers.get(kind.base, lambda value: value)(stored)


def _opened(standin: Standin, **words: str) -> Source:
    text = ";".join(f"{word}={value}" for word, value in {**standin.words(), **words}.items())
    return KIND.open("test", {"connection": text}, Terms(2, 30.0))


def _made(standin: Standin, table: str) -> Shape:
    standin.execute(
        f"CREATE TABLE {table} (N INTEGER NOT NULL PRIMARY KEY, T CHAR(8))", f"INSERT INTO {table} VALUES (1, 'old')"
    )
    return Shape(("T",), table, where=Compare("N", "="))


def test_a_reader_does_not_wait_for_a_writer(as400_standin: Standin) -> None:
    """A row that somebody else has changed and not committed is read as it now is; nobody waits."""
    shape = _made(as400_standin, "LOCKED")
    with closing(_opened(as400_standin)) as source, closing(as400_standin.connect()) as writer:
        source.learn(source.catalog(["LOCKED"]))
        writer.autocommit = False
        writer.execute("UPDATE LOCKED SET T = 'new' WHERE N = 1").close()
        assert [row[0] for row in source.run(shape, (1,)).rows] == ["new     "]
        writer.rollback()


def test_a_table_that_is_locked_is_named_as_such(as400_standin: Standin) -> None:
    """An exclusive lock keeps even readers out, which is no failure of the host."""
    shape = _made(as400_standin, "EXCLUSIVE")
    with closing(_opened(as400_standin)) as source, closing(as400_standin.connect()) as writer:
        source.learn(source.catalog(["EXCLUSIVE"]))
        writer.autocommit = False
        writer.execute("DROP TABLE EXCLUSIVE").close()
        with pytest.raises(Locked):
            source.run(shape, (1,))
        writer.rollback()


def test_a_wrong_password_is_refused(as400_standin: Standin) -> None:
    """The driver says 08001, as of a host that is down; the code tells them apart."""
    with closing(_opened(as400_standin, PWD="wrong")) as source, pytest.raises(Refused):
        source.ping()


def test_a_closed_port_is_unavailable(as400_standin: Standin) -> None:
    """Nothing listens at port 1."""
    with closing(_opened(as400_standin, PORT="1")) as source, pytest.raises(Unavailable):
        source.ping()


def test_a_server_that_was_killed_is_used_again_when_it_is_back(as400_standin: Standin) -> None:
    """While it is down the failure is Unavailable; afterwards the same source reads on."""
    shape = _made(as400_standin, "SURVIVES")
    with closing(_opened(as400_standin)) as source:
        source.learn(source.catalog(["SURVIVES"]))
        assert len(source.run(shape, (1,)).rows) == 1
        as400_standin.kill()
        try:
            with pytest.raises(Unavailable):
                source.run(shape, (1,))
        finally:
            as400_standin.start()
        assert len(source.run(shape, (1,)).rows) == 1


def test_bytes_of_a_code_page_come_as_they_are_stored(as400_standin: Standin) -> None:
    """EBCDIC in a column that nobody translates is a conversion's business; it is found by the same bytes."""
    stored = "Größe".encode("cp273").ljust(8, b"\x40")
    as400_standin.execute(
        "CREATE TABLE EBCDIC (N INTEGER, T CHAR(8) FOR BIT DATA)", f"INSERT INTO EBCDIC VALUES (1, X'{stored.hex()}')"
    )
    with closing(_opened(as400_standin)) as source:
        source.learn(source.catalog(["EBCDIC"]))
        assert [row[0] for row in source.run(Shape(("T",), "EBCDIC"), ()).rows] == [stored]
        shape = Shape(("N",), "EBCDIC", where=Compare("T", "="))
        assert [len(source.run(shape, (value,)).rows) for value in (stored, stored + b"x")] == [1, 0]


@pytest.mark.parametrize(
    ("sign", "value", "found"),
    [
        ("=", Decimal("1.5"), []), ("<", Decimal("1.5"), [0, 1]), (">", Decimal("1.5"), [2, 9_999_999]),
        ("=", 10_000_000, []), ("<", 10_000_000, [0, 1, 2, 9_999_999]), ("<>", 10_000_000, [0, 1, 2, 9_999_999]),
        (">=", 10_000_000, []), (">", -10_000_000, [0, 1, 2, 9_999_999]), ("<=", Decimal("-0.5"), []),
    ],
)  # fmt: skip
def test_a_number_that_does_not_fit_is_compared_as_what_it_is(
    as400_standin: Standin, sign: Any, value: Any, found: list[int]
) -> None:
    """Packed columns full of nines are real; a number beyond them is not cut to them."""
    with suppress(pyodbc.Error):
        as400_standin.execute("CREATE TABLE NINES (N DECIMAL(7, 0))", "INSERT INTO NINES VALUES 0, 1, 2, 9999999")
    with closing(_opened(as400_standin)) as source:
        source.learn(source.catalog(["NINES"]))
        shape = Shape(("N",), "NINES", where=Compare("N", sign), order=(Order("N"),))
        assert [row[0] for row in source.run(shape, (value,)).rows] == found


@pytest.mark.parametrize(
    ("sign", "value", "found"),
    [("<", "ABCD", ["AB ", "ABC"]), (">", "ABCD", ["ABD"]), ("=", "ABCD", []), ("<>", "ABCD", ["AB ", "ABC", "ABD"]),
     (">=", "AB  X", ["ABC", "ABD"]), ("<=", "AB      ", ["AB "])],
)  # fmt: skip
def test_text_that_does_not_fit_is_compared_as_what_it_is(
    as400_standin: Standin, sign: Any, value: str, found: list[str]
) -> None:
    """No comparison is made with the part of a value that the column has room for."""
    with suppress(pyodbc.Error):
        as400_standin.execute("CREATE TABLE SHORTS (T CHAR(3))", "INSERT INTO SHORTS VALUES 'AB', 'ABC', 'ABD'")
    with closing(_opened(as400_standin)) as source:
        source.learn(source.catalog(["SHORTS"]))
        shape = Shape(("T",), "SHORTS", where=Compare("T", sign), order=(Order("T"),))
        assert [row[0] for row in source.run(shape, (value,)).rows] == found


def test_a_gateway_s_commands_know_the_stand_in(as400_standin: Standin, tmp_path: Path) -> None:
    """A process with the stand-ins' distribution on its path, or started by the launcher, finds their kinds."""
    _made(as400_standin, "SERVED")
    (tmp_path / "gateway.yaml").write_text(
        "title: Test\nsources:\n  erp: {kind: as400-standin, connection: '${STANDIN}'}\nsecurity: open\n",
        encoding="utf-8",
    )
    words = ["catalog", str(tmp_path), "erp", "--table", "SERVED"]
    standin = {"STANDIN": as400_standin.connection_string()}
    for module, environ in (("app", environment()), ("tests.standins.serve", dict(os.environ))):
        subprocess.run([sys.executable, "-m", module, *words], env={**environ, **standin}, cwd=ROOT, check=True)
    assert "SERVED" in (tmp_path / "catalog" / "erp.yaml").read_text(encoding="utf-8")
