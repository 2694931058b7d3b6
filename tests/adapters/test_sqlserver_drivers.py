"""Both real drivers, through the kind's own connections and the guard, against servers that are not well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from adapters.guard import Guard
from adapters.over_odbc import codes
from adapters.port import (
    All,
    BadData,
    Catalog,
    Column,
    ColumnType,
    Compare,
    Conflict,
    Deadlocked,
    Denied,
    In,
    Refused,
    Shape,
    Source,
    SourceError,
    Table,
    Terms,
    TimedOut,
    Unavailable,
)
from adapters.sql import SqlSource
from adapters.sqlserver import KIND, session
from adapters.sqlserver.faults import FAULTS, NUMBERS
from adapters.sqlserver.options import family
from tests.adapters.guard.fakes import PATIENCE, eventually, hasty
from tests.adapters.sqlserver_drivers import sqlserver_driver
from tests.adapters.sqlserver_wire import Mood, Wire, wire
from tests.serving.running import free_port

__all__ = ["sqlserver_driver", "wire"]

_PASSWORD = "p}a;s={s'ß"
_KNOWN = Table(
    "T",
    (
        Column("A", ColumnType("integer"), nullable=False),
        Column("S", ColumnType("varchar", 9, ccsid=1252)),
        Column("N", ColumnType("decimal", precision=9, scale=2)),
    ),
)
_READ = Shape(("A",), "T", where=All((Compare("S", "="), Compare("N", ">"), In("A", 2))), limited=True)
_VALUES = ("O'Neil", Decimal("1.5"), 1, 2, 10)


def _options(driver: str, port: int, **more: str) -> dict[str, str]:
    given = {"server": f"127.0.0.1,{port}", "database": "erp", "user": "us;er", "password": _PASSWORD}
    return {**given, "driver": driver, "encrypt": "no", **more}


@contextmanager
def _opened(driver: str, port: int, seconds: float = PATIENCE, **more: str) -> Iterator[Source]:
    source = KIND.open("test", _options(driver, port, **more), Terms(2, seconds))
    source.learn(Catalog({"T": _KNOWN}))
    try:
        yield source
    finally:
        source.close()


def _read(source: Source) -> None:
    assert list(source.run(_READ, _VALUES).rows) == []


def _guard(source: Source) -> Guard:
    assert isinstance(source, SqlSource)
    assert isinstance(source._gate, Guard)
    return source._gate


# Servers that are not well.


def test_a_refused_port_is_unavailable(sqlserver_driver: str) -> None:
    """Nothing listens: told so, and told where, without waiting for the end of the time limit."""
    port = free_port()
    with _opened(sqlserver_driver, port) as source, pytest.raises(Unavailable) as told:
        source.ping()
    assert family(sqlserver_driver) == "freetds" or f"port {port}" in str(told.value)


def test_a_name_that_leads_nowhere_is_unavailable(sqlserver_driver: str) -> None:
    """A host that cannot exist (its name is too long for a resolver to ask anybody) is no host that is slow."""
    nowhere = _opened(sqlserver_driver, 1, server="x" * 64 + ".invalid")
    with nowhere as source, pytest.raises(Unavailable):
        source.ping()


@pytest.mark.parametrize("mood", ["silent", "half open"])
def test_a_log_in_that_gets_no_answer_ends_at_the_deadline(sqlserver_driver: str, wire: Wire, mood: Mood) -> None:
    """A server that says nothing, or stops after its first words, costs the request its time and no more."""
    wire.mood = mood
    with _opened(sqlserver_driver, wire.port, seconds=1.0) as source, pytest.raises((Unavailable, TimedOut)):
        source.ping()


def test_the_driver_s_own_time_limit_is_no_slow_statement(sqlserver_driver: str, wire: Wire) -> None:
    """HYT00 while connecting means that nobody answers."""
    wire.mood = "silent"
    with pytest.raises(Exception, match="HYT00") as told:
        session.open_connection(_options(sqlserver_driver, wire.port), sqlserver_driver, Terms(), 1.0)
    assert type(FAULTS.translate(told.value)) is Unavailable


def test_a_connection_that_is_cut_while_it_is_made_is_unavailable(sqlserver_driver: str, wire: Wire) -> None:
    """A reset in the midst of the handshake."""
    wire.mood = "cut"
    with _opened(sqlserver_driver, wire.port) as source, pytest.raises(Unavailable):
        source.ping()


def test_a_connection_that_is_cut_in_use_is_unavailable(sqlserver_driver: str, wire: Wire) -> None:
    """A reset in the midst of a statement."""
    wire.mood = "dying"
    with _opened(sqlserver_driver, wire.port) as source, pytest.raises(Unavailable):
        _read(source)


@pytest.mark.parametrize("mood", ["slow", "deaf"])
def test_a_statement_that_gets_no_answer_ends_at_the_deadline(sqlserver_driver: str, wire: Wire, mood: Mood) -> None:
    """It times out, is cancelled at the server, and costs its connection: the next read logs in anew."""
    with _opened(sqlserver_driver, wire.port) as source:
        for log_ins in (1, 2):
            wire.mood = "well"
            _read(source)
            assert len(wire.logins) == log_ins
            wire.mood = mood
            with hasty(_guard(source)), pytest.raises(TimedOut):
                _read(source)
        eventually(lambda: wire.cancelled >= 1)


def test_a_connection_that_died_at_rest_is_replaced(sqlserver_driver: str, wire: Wire) -> None:
    """The first use of a connection that somebody closed is done again on a new one; nothing is lost but the time."""
    with _opened(sqlserver_driver, wire.port) as source:
        _read(source)
        wire.hang_up()
        _read(source)
    assert len(wire.logins) == 2


# What is sent.


def test_the_log_in_says_what_the_options_say(sqlserver_driver: str, wire: Wire) -> None:
    """Whatever signs a password has; the administrator sees who it is, and a listener that only reading is meant."""
    with _opened(sqlserver_driver, wire.port) as source:
        _read(source)
    [login] = wire.logins
    assert (login["user"], login["password"], login["database"]) == ("us;er", _PASSWORD, "erp")
    assert login["application"] == "bascule"
    assert login["read-only intent"] == "True"
    assert login["machine"]


@pytest.mark.parametrize(
    "password", ["plain", "{", "}", "a}}b", "a{b}", " x ", "=;,()[]?*!@", "'\"", "Größe注文", "-- ;"]
)
def test_any_password_arrives(sqlserver_driver: str, wire: Wire, password: str) -> None:
    """Quoting differs between the two drivers, and each gets its own."""
    with _opened(sqlserver_driver, wire.port, password=password) as source:
        _read(source)
    assert wire.logins[0]["password"] == password


def test_a_session_is_set_up_in_one_round_trip(sqlserver_driver: str, wire: Wire) -> None:
    """Before the first read, and not again before the second."""
    with _opened(sqlserver_driver, wire.port, isolation="snapshot") as source:
        for _ in range(2):
            _read(source)
    first, *others = wire.statements
    for words in (
        f"SET LOCK_TIMEOUT {PATIENCE * 500:.0f};",
        "LEVEL SNAPSHOT;",
        "SET TEXTSIZE 2147483647;",
        "SET NOCOUNT ON;",
    ):
        assert words in first
    assert first.index("SET LANGUAGE") < first.index("SET DATEFORMAT")
    assert not [other for other in others if "SET " in other]


def test_values_are_parameters_and_the_limit_is_one(sqlserver_driver: str, wire: Wire) -> None:
    """The statement is prepared with the driver's own names for its values, TOP's among them."""
    with _opened(sqlserver_driver, wire.port) as source:
        _read(source)
    sent = wire.statements[1]
    assert "SELECT TOP (@P1) [T].[A]" in sent
    assert "[T].[S] = CAST(@P2 AS VARCHAR(8000)) AND [T].[N] > @P3 AND [T].[A] IN (@P4, @P5)" in sent
    assert "O'Neil" in sent
    assert re.search(r"@P1 int,@P2 nvarchar\(\d+\),@P3 (numeric|decimal)\(\d+,1\),@P4 int,@P5 int", sent, re.IGNORECASE)


def test_explaining_runs_nothing_and_leaves_nothing(sqlserver_driver: str, wire: Wire) -> None:
    """The statement stands between ON and OFF, its values as variables; the session reads again afterwards."""
    with _opened(sqlserver_driver, wire.port) as source:
        assert source.explain(_READ, _VALUES) == ""
        _read(source)
    _, on, batch, off, read = wire.statements[:5]
    assert (on, off) == ("SET SHOWPLAN_TEXT ON", "SET SHOWPLAN_TEXT OFF")
    assert batch.startswith(
        "DECLARE @P1 int = 10;\nDECLARE @P2 nvarchar(4000) = 'O''Neil';\nDECLARE @P3 decimal(2, 1) = 1.5;"
    )
    assert "SELECT TOP (@P1)" in batch
    assert "SELECT TOP (@P1)" in read
    assert len(wire.logins) == 1


def test_a_plan_that_is_denied_leaves_the_session_as_it_was(sqlserver_driver: str, wire: Wire) -> None:
    """SHOWPLAN needs an authority of its own: the failure is that, and the mode is left all the same."""
    wire.number = 262
    with _opened(sqlserver_driver, wire.port) as source, pytest.raises(Denied):
        source.explain(_READ, _VALUES)


# What the server says.


@pytest.mark.parametrize(("meaning", "number"), [pair for kind in NUMBERS for pair in product([kind], NUMBERS[kind])])
def test_every_number_is_understood(sqlserver_driver: str, wire: Wire, meaning: type[SourceError], number: int) -> None:
    """An error of the server's gets the same name through both drivers, whatever SQLSTATE they make of it."""
    wire.number = number
    with _opened(sqlserver_driver, wire.port) as source, pytest.raises(SourceError) as told:
        source.ping()
    assert type(told.value) is meaning
    assert f"({number})" in str(told.value)


@pytest.mark.parametrize("number", [18456, 18452, 18486, 18487])
def test_credentials_that_are_refused(sqlserver_driver: str, wire: Wire, number: int) -> None:
    """Both drivers say so, in different SQLSTATEs; nothing is tried a second time."""
    wire.refusal = number
    with _opened(sqlserver_driver, wire.port) as source, pytest.raises(Refused):
        source.ping()
    assert len(wire.logins) == 1


def test_a_database_that_cannot_be_opened_yet_is_no_refusal(sqlserver_driver: str, wire: Wire) -> None:
    """After a start, databases are recovered one by one: the log-in is to be tried again."""
    wire.refusal = 4060
    with _opened(sqlserver_driver, wire.port) as source, pytest.raises(Unavailable):
        source.ping()


def test_a_number_in_the_message_is_no_number_of_the_server_s(sqlserver_driver: str, wire: Wire) -> None:
    """Stored values are quoted in messages; they decide nothing."""
    wire.number, wire.message = 2627, "The duplicate key value is (1205)."
    with _opened(sqlserver_driver, wire.port) as source, pytest.raises(Conflict):
        source.ping()
    wire.number, wire.message = 245, "Conversion failed for the value '(18456)'."
    with _opened(sqlserver_driver, wire.port) as source, pytest.raises(BadData):
        source.ping()


def test_a_failed_rollback_does_not_hide_why(sqlserver_driver: str, wire: Wire) -> None:
    """Where an error is raised while another one is handled, as a rollback's may be, the first one counts."""
    connection = session.open_connection(_options(sqlserver_driver, wire.port), sqlserver_driver, Terms(), PATIENCE)
    with pytest.raises(Exception, match="3903") as told:
        _deadlock_and_roll_back(connection.raw, wire)
    connection.close()
    assert "#1205" in codes(told.value)
    assert type(FAULTS.translate(told.value)) is Deadlocked


def _deadlock_and_roll_back(raw: Any, wire: Wire) -> None:
    wire.number = 1205
    try:
        raw.execute("SELECT 1")
    finally:
        wire.number = 3903  # the server has rolled back itself
        raw.execute("ROLLBACK")
