"""What IBM's driver and Db2 for i say reaches the caller as the failure that it means."""

from __future__ import annotations

from decimal import InvalidOperation

import pyodbc
import pytest

from adapters.as400 import FAULTS
from adapters.as400.faults import _NUMBERS
from adapters.port import (
    BadData,
    Compare,
    Conflict,
    Deadlocked,
    Denied,
    Locked,
    Missing,
    Refused,
    Shape,
    SourceError,
    TimedOut,
    TooCostly,
    Unavailable,
    Unknown,
)
from tests.adapters.as400_fakes import TABLE, FakeConnection, over, raised

_READ = Shape(("ORDNO",), TABLE, where=Compare("ORDNO", "="))
_DB2 = "[DB2 for i5/OS]"

# What a host and its files can say to a read.
_READING: tuple[tuple[pyodbc.Error, type[SourceError]], ...] = (
    (raised(pyodbc.OperationalError, "08S01", "Communication link failure. comm rc=10054 - CWBCO1047 - The IBM i server application disconnected the connection"), Unavailable),
    (raised(pyodbc.Error, "40003", "Statement completion unknown."), Unavailable),
    (raised(pyodbc.OperationalError, "08003", "Connection does not exist."), Unavailable),
    (raised(pyodbc.OperationalError, "08001", "Communication link failure."), Unavailable),
    (raised(pyodbc.OperationalError, "08007", "Connection failure during transaction."), Unavailable),
    (raised(pyodbc.OperationalError, "08506", "SQL30108N  A connection failed."), Unavailable),
    (raised(pyodbc.ProgrammingError, "42S02", f"{_DB2}SQL0204 - ORDHDR in PRODLIB type *FILE not found.", -204), Missing),
    (raised(pyodbc.ProgrammingError, "42704", f"{_DB2}SQL0204 - ORDHDR in PRODLIB type *FILE not found.", -204), Missing),
    (raised(pyodbc.ProgrammingError, "42S22", f"{_DB2}SQL0206 - Column or global variable ORDNO not found.", -206), Missing),
    (raised(pyodbc.ProgrammingError, "42000", f"{_DB2}SQL0551 - Not authorized to object ORDHDR in PRODLIB type *FILE.", -551), Denied),
    (raised(pyodbc.ProgrammingError, "42501", f"{_DB2}SQL0551 - Not authorized to object ORDHDR in PRODLIB type *FILE.", -551), Denied),
    (raised(pyodbc.Error, "HY000", f"{_DB2}SQL0913 - Row or object ORDHDR in PRODLIB type *FILE in use.", -913), Locked),
    (raised(pyodbc.Error, "57033", f"{_DB2}SQL0913 - Row or object ORDHDR in PRODLIB type *FILE in use.", -913), Locked),
    (raised(pyodbc.OperationalError, "40001", f"{_DB2}SQL0911 - Database rolled back changes.", -911), Deadlocked),
    (raised(pyodbc.Error, "HY000", f"{_DB2}SQL0666 - Estimated query processing time 842 exceeds limit 60.", -666), TooCostly),
    (raised(pyodbc.Error, "57005", f"{_DB2}SQL0666 - Estimated query processing time 842 exceeds limit 60.", -666), TooCostly),
    (raised(pyodbc.OperationalError, "HY008", "Operation canceled."), TimedOut),
    (raised(pyodbc.Error, "57014", f"{_DB2}SQL0952 - Processing of the SQL statement ended. Reason code 10.", -952), TimedOut),
    (raised(pyodbc.OperationalError, "HYT00", "Timeout expired."), TimedOut),
    (raised(pyodbc.Error, "HY000", f"{_DB2}SQL7008 - ORDHDR in PRODLIB not valid for operation. Reason code 3.", -7008), Denied),
    (raised(pyodbc.Error, "55019", f"{_DB2}SQL7008 - ORDHDR in PRODLIB not valid for operation. Reason code 3.", -7008), Denied),
    (raised(pyodbc.Error, "HY000", f"{_DB2}SQL7011 - ORDLF in PRODLIB not table, view, or physical file.", -7011), Missing),
    (raised(pyodbc.DataError, "22023", f"{_DB2}SQL0802 - Data conversion or data mapping error.", -802), BadData),
    (raised(pyodbc.Error, "HY000", f"{_DB2}SQL0802 - Data conversion or data mapping error.", -802), BadData),
    (raised(pyodbc.DataError, "22018", "Column 2: CWBNL0107 - Converted 8 bytes, 1 errors found beginning at offset 0"), BadData),
    (raised(pyodbc.DataError, "22001", "Column 3: CWB0111 - Input data is too big to fit into field"), BadData),
    (raised(pyodbc.IntegrityError, "23000", f"{_DB2}SQL0803 - Duplicate key value specified.", -803), Conflict),
    (raised(pyodbc.IntegrityError, "23505", f"{_DB2}SQL0803 - Duplicate key value specified.", -803), Conflict),
    (raised(pyodbc.IntegrityError, "23502", f"{_DB2}SQL0407 - Null values not allowed in column or variable CUSNM.", -407), Conflict),
    (raised(pyodbc.DataError, "22001", f"{_DB2}SQL0404 - Value for column or variable CUSNM too long.", -404), Conflict),
    (raised(pyodbc.Error, "HY000", "Something that nobody has seen before."), Unknown),
    (raised(pyodbc.ProgrammingError, "42000", f"{_DB2}SQL0104 - Token ; was not valid.", -104), Unknown),
)  # fmt: skip

# What can be said to a log-in. None of the profile's own may be taken for a host that is down.
_CONNECTING: tuple[tuple[pyodbc.Error, type[SourceError]], ...] = (
    (raised(pyodbc.OperationalError, "08001", "Communication link failure. comm rc=8001 - CWBSY0001 - User ID is unknown, Password length = 8, Prompt Mode = Never", 8001), Refused),
    (raised(pyodbc.InterfaceError, "28000", "CWBSY0002 - Password for user BASCULE on system ERP400 is not correct", 8002), Refused),
    (raised(pyodbc.OperationalError, "08001", "Communication link failure. comm rc=8002 - CWBSY0002 - Password is not correct", 8002), Refused),
    (raised(pyodbc.OperationalError, "08001", "Communication link failure. comm rc=8003 - CWBSY0003 - Password for user BASCULE has expired", 8003), Refused),
    (raised(pyodbc.InterfaceError, "28000", "CWBSY0011 - User ID BASCULE is disabled", 8011), Refused),
    (raised(pyodbc.InterfaceError, "28000", "Invalid authorization specification."), Refused),
    (raised(pyodbc.OperationalError, "08001", "SQL30082N  Security processing failed with reason 24.", -30082), Refused),
    (raised(pyodbc.OperationalError, "08001", "Communication link failure. comm rc=11001 - CWBCO1003 - Sockets error", 11001), Unavailable),
    (raised(pyodbc.OperationalError, "08001", "Communication link failure. comm rc=10060 - CWBCO1048 - A firewall blockage or time-out occurred", 10060), Unavailable),
    (raised(pyodbc.OperationalError, "08001", "Communication link failure. comm rc=10061 - CWBCO1049 - The IBM i server application is not started", 10061), Unavailable),
    (pyodbc.InterfaceError("IM002", "[IM002] [unixODBC][Driver Manager]Data source name not found and no default driver specified (0) (SQLDriverConnect)"), Unavailable),
    (pyodbc.Error("01000", "[01000] [unixODBC][Driver Manager]Can't open lib 'IBM i Access ODBC Driver' : file not found (0) (SQLDriverConnect)"), Unavailable),
    (pyodbc.OperationalError("HYT00", "[HYT00] [IBM][System i Access ODBC Driver]Timeout expired. (0) (SQLDriverConnect)"), Unavailable),
)  # fmt: skip


def _text(case: object) -> str:
    return str(case)[:60]


@pytest.mark.parametrize(("error", "failure"), _READING, ids=_text)
def test_what_a_read_provokes_has_its_name(error: pyodbc.Error, failure: type[SourceError]) -> None:
    """Each code that a host may answer a statement with becomes its own failure, whichever SQLSTATEs the driver uses."""
    source = over(FakeConnection(error))
    with pytest.raises(SourceError) as caught:
        source.run(_READ, (1,))
    assert type(caught.value) is failure
    source.close()


@pytest.mark.parametrize(("error", "failure"), _CONNECTING, ids=_text)
def test_what_a_log_in_provokes_has_its_name(error: pyodbc.Error, failure: type[SourceError]) -> None:
    """A profile that is refused is told from a host that does not answer, although both can come as 08001."""
    source = over(error)
    with pytest.raises(SourceError) as caught:
        source.run(_READ, (1,))
    assert type(caught.value) is failure
    source.close()


@pytest.mark.parametrize("number", _NUMBERS)
def test_a_native_code_is_enough(number: int) -> None:
    """IBM's Db2 drivers name a message otherwise than IBM i's does; the code is the same."""
    error = raised(pyodbc.Error, "HY000", f"SQL{number:04d}N  Text.", -number)
    assert type(FAULTS.translate(error)) is _NUMBERS[number]


@pytest.mark.parametrize("number", [number for number in _NUMBERS if number <= 9999])
def test_a_message_s_name_is_enough(number: int) -> None:
    """IBM i's driver names the message; where a record has no code of the database, that is all there is."""
    error = raised(pyodbc.Error, "HY000", f"{_DB2}SQL{number:04d} - Text.")
    assert type(FAULTS.translate(error)) is _NUMBERS[number]


def test_every_class_of_pyodbc_is_mapped() -> None:
    """Where neither code nor SQLSTATE helps, the class decides; none is left to chance."""
    classes = {
        each.__name__
        for each in vars(pyodbc).values()
        if isinstance(each, type) and issubclass(each, pyodbc.Error) and each is not pyodbc.Warning
    }
    assert classes <= set(FAULTS.meanings)
    meant = {name: type(FAULTS.translate(getattr(pyodbc, name)("text"))) for name in classes}
    assert meant["OperationalError"] is meant["InterfaceError"] is Unavailable
    assert (meant["DataError"], meant["IntegrityError"], meant["ProgrammingError"]) == (BadData, Conflict, Unknown)


@pytest.mark.parametrize(
    "broken", [ValueError("hour must be in 0..23"), InvalidOperation(), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x")]
)
def test_a_value_that_python_cannot_hold_is_bad_data(broken: Exception) -> None:
    """A timestamp of 24:00, packed decimals that are none, bytes that are no text: the connection is fine, the value is not."""
    source = over(FakeConnection([], broken))
    with pytest.raises(BadData):
        source.run(_READ, (1,))
    source.close()


def test_the_first_failure_counts() -> None:
    """A rollback that fails after the connection died does not hide why."""
    error = raised(pyodbc.Error, "HY010", "Function sequence error.")
    error.__context__ = raised(pyodbc.OperationalError, "08S01", "comm rc=10054 - CWBCO1047 - disconnected")
    assert type(FAULTS.translate(error)) is Unavailable


def test_a_closed_connection_is_unavailable() -> None:
    """pyodbc's own words for it come without a SQLSTATE."""
    assert type(FAULTS.translate(pyodbc.ProgrammingError("Attempt to use a closed connection."))) is Unavailable
