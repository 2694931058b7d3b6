"""Every exception of every driver has a name in the port's vocabulary."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import psycopg
import psycopg.errors
import pytest

from adapters import postgresql, sqlite
from adapters.port import (
    BadData,
    Busy,
    Denied,
    Locked,
    Missing,
    Refused,
    SourceError,
    TimedOut,
    Unavailable,
    Unknown,
)
from adapters.sql import Faults

# SQLSTATE classes that only mean a statement which this gateway does not write, or a server that is ill in a way of its
# own: writes and transactions (2…, 3…), constraints (23), procedures, replication; syntax and definitions (42).
_UNKNOWN_CLASSES = {
    "02", "03", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "23", "24", "25", "26", "27", "2B", "2D",
    "2F", "72", "34", "38", "39", "3B", "3D", "40", "42", "44", "54", "55", "57", "F0", "HV", "P0", "XX",
}  # fmt: skip


def _tree(root: type[BaseException]) -> Iterator[type[BaseException]]:
    yield root
    for below in root.__subclasses__():
        yield from _tree(below)


@pytest.mark.parametrize(
    "kind", sorted({*_tree(sqlite3.Error), sqlite3.Warning}, key=str), ids=lambda kind: kind.__name__
)
def test_every_exception_of_sqlite3_is_a_failure_of_the_port(kind: type[BaseException]) -> None:
    """Without a result code an exception of the module says nothing: it is Unknown, and keeps the driver's text."""
    failure = sqlite.FAULTS.translate(kind("the driver's text"))
    assert type(failure) is Unknown
    assert "the driver's text" in str(failure)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("SQLITE_BUSY", Locked),
        ("SQLITE_BUSY_SNAPSHOT", Locked),
        ("SQLITE_LOCKED", Locked),
        ("SQLITE_INTERRUPT", TimedOut),
        ("SQLITE_CANTOPEN", Unavailable),
        ("SQLITE_IOERR_READ", Unavailable),
        ("SQLITE_NOTADB", Unavailable),
        ("SQLITE_READONLY", Denied),
        ("SQLITE_AUTH", Denied),
        ("SQLITE_CORRUPT", BadData),
        ("SQLITE_ERROR", Unknown),
        ("SQLITE_TOOBIG", Unknown),
    ],
)
def test_sqlite_s_result_codes(code: str, expected: type[SourceError]) -> None:
    """An extended code counts as the code that it extends."""
    error = sqlite3.OperationalError("text")
    error.sqlite_errorname = code
    assert type(sqlite.FAULTS.translate(error)) is expected


@pytest.mark.parametrize("text", ["no such table: T", "no such column: T.C"])
def test_sqlite_s_messages_tell_drift(text: str) -> None:
    """SQLITE_ERROR says nothing; its message does."""
    error = sqlite3.OperationalError(text)
    error.sqlite_errorname = "SQLITE_ERROR"
    assert type(sqlite.FAULTS.translate(error)) is Missing


@pytest.mark.parametrize("kind", sorted(set(_tree(psycopg.Error)), key=str), ids=lambda kind: kind.__name__)
def test_every_exception_of_psycopg_is_a_failure_of_the_port(kind: type[psycopg.Error]) -> None:
    """Each class has a failure; Unknown only in the SQLSTATE classes that are listed, or for a bug of this gateway."""
    failure = postgresql.FAULTS.translate(kind("the driver's text"))
    assert isinstance(failure, SourceError)
    assert "the driver's text" in str(failure)
    if type(failure) is Unknown:
        assert kind.sqlstate is None or kind.sqlstate[:2] in _UNKNOWN_CLASSES


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("08006", Unavailable),
        ("57P01", Unavailable),
        ("57P03", Unavailable),
        ("53200", Unavailable),
        ("57014", TimedOut),
        ("53300", Busy),
        ("55P03", Locked),
        ("40001", Locked),
        ("40P01", Locked),
        ("28P01", Refused),
        ("28000", Refused),
        ("42501", Denied),
        ("25006", Denied),
        ("42P01", Missing),
        ("42703", Missing),
        ("3F000", Missing),
        ("22008", BadData),
        ("22P02", BadData),
        ("XX001", BadData),
        ("42601", Unknown),
        ("XX000", Unknown),
    ],
)
def test_postgresql_s_states(state: str, expected: type[SourceError]) -> None:
    """The longest beginning of a SQLSTATE that the table has decides."""
    assert type(postgresql.FAULTS.translate(psycopg.errors.lookup(state)("text"))) is expected


def test_a_connection_that_died_is_unavailable() -> None:
    """Without a SQLSTATE an OperationalError means the connection, and so does an InterfaceError."""
    for error in (psycopg.OperationalError("server closed the connection"), psycopg.InterfaceError("is closed")):
        assert type(postgresql.FAULTS.translate(error)) is Unavailable


@pytest.mark.parametrize("kind", [TypeError, OverflowError, ValueError, KeyError, MemoryError])
@pytest.mark.parametrize("faults", [sqlite.FAULTS, postgresql.FAULTS], ids=["sqlite", "postgresql"])
def test_anything_else_is_unknown(faults: Faults, kind: type[Exception]) -> None:
    """A driver's bug does not leave the port as something else than a SourceError."""
    assert type(faults.translate(kind("text"))) is Unknown


def test_bytes_that_are_no_text_are_bad_data() -> None:
    """What cannot be decoded is the data's fault."""
    error = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    assert type(sqlite.FAULTS.translate(error)) is BadData


def test_a_failure_of_the_port_stays_itself() -> None:
    """A kind that already knows what happened is believed."""
    failure = Unavailable("no file")
    assert sqlite.FAULTS.translate(failure) is failure
