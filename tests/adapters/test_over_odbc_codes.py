"""Every exception of pyodbc, and every SQLSTATE of ODBC, has a name in the port's vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from adapters.odbc import FAULTS
from adapters.over_odbc import STATES, codes
from adapters.port import (
    BadData,
    Busy,
    Conflict,
    Deadlocked,
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
from tests.adapters.odbc_drivers import pyodbc

__all__ = ["pyodbc"]

# All SQLSTATEs of the ODBC Programmer's Reference, Appendix A, with those that 3.8 added, by what they mean to the port.
APPENDIX_A: dict[type[SourceError], str] = {
    Unavailable: "01000 01002 08001 08002 08003 08004 08007 08S01 40003 HY001 HY013 HY117 HYT01"
    " IM002 IM003 IM004 IM005 IM006 IM007 IM008 IM009 IM010 IM011 IM012 IM013 IM014 IM015",
    TimedOut: "HY008 HYT00",
    Busy: "HY014",
    Deadlocked: "40001",
    Refused: "28000",
    Missing: "07001 07002 3D000 3F000 42S02 42S12 42S22",
    BadData: "07006 22001 22002 22003 22007 22008 22012 22015 22018 22026",
    Conflict: "23000 40002 44000",
    Unknown: "01001 01003 01004 01006 01007 01S00 01S01 01S02 01S06 01S07 01S08 01S09 07005 07007 07009 07S01"
    " 21S01 21S02 22019 22025 24000 25000 25S01 25S02 25S03 34000 3C000 42000 42S01 42S11 42S21"
    " HY000 HY003 HY004 HY007 HY009 HY010 HY011 HY012 HY015 HY016 HY017 HY018 HY019 HY020 HY021 HY024"
    " HY090 HY091 HY092 HY095 HY096 HY097 HY098 HY099 HY100 HY101 HY102 HY103 HY104 HY105 HY106 HY107 HY109 HY110"
    " HY111 HYC00 IM001 IM017 IM018",
}
_STATES = [(state, meaning) for meaning, states in APPENDIX_A.items() for state in states.split()]

# What pyodbc's exceptions mean where there is no SQLSTATE.
CLASSES: dict[str, type[SourceError]] = {
    "Warning": Unknown,
    "Error": Unknown,
    "InterfaceError": Unknown,
    "DatabaseError": Unknown,
    "DataError": BadData,
    "OperationalError": Unavailable,
    "IntegrityError": Conflict,
    "InternalError": Unknown,
    "ProgrammingError": Unknown,
    "NotSupportedError": Unknown,
}


def _tree(root: type[BaseException]) -> Iterator[type[BaseException]]:
    yield root
    for below in root.__subclasses__():
        yield from _tree(below)


def test_every_exception_of_pyodbc_is_a_failure_of_the_port(pyodbc: ModuleType) -> None:
    """None is left out, and each keeps the driver's text."""
    found = {*_tree(pyodbc.Error), *_tree(pyodbc.Warning)}
    assert {each.__name__ for each in found} == set(CLASSES)
    for each in found:
        failure = FAULTS.translate(each("what the driver says"))
        assert type(failure) is CLASSES[each.__name__]
        assert "what the driver says" in str(failure)


@pytest.mark.parametrize(("state", "expected"), _STATES)
def test_every_sqlstate_of_odbc_means_something(pyodbc: ModuleType, state: str, expected: type[SourceError]) -> None:
    """The states of Appendix A, as pyodbc gives them, whatever the class of the exception."""
    for kind in (pyodbc.Error, pyodbc.ProgrammingError):
        error = kind(state, f"[{state}] [Maker][Driver]Something (0) (SQLExecDirectW)")
        assert type(FAULTS.translate(error)) is expected


def test_no_meaning_is_for_a_state_that_is_not_tested() -> None:
    """Each SQLSTATE in the table is one of Appendix A, or stands in the test beside this one."""
    listed = {state for state, _ in _STATES} | {case.split()[0] for case, _ in _BEYOND}
    states = [key for key in STATES if " " not in key and key.upper() == key]
    assert [key for key in states if not any(state.startswith(key) for state in listed)] == []


_BEYOND: list[tuple[str, type[SourceError]]] = [
    ("S0002", Missing),
    ("S0022", Missing),
    ("S1001", Unavailable),
    ("S1008", TimedOut),
    ("S1T00", TimedOut),
    ("25006", Denied),
    ("40P01", Deadlocked),
    ("42501", Denied),
    ("42703", Missing),
    ("42704", Missing),
    ("42P01", Missing),
    ("53100", Unavailable),
    ("53300", Busy),
    ("55006", Locked),
    ("55P03", Locked),
    ("57014", TimedOut),
    ("57033", Locked),
    ("57P01", Unavailable),
    ("58030", Unavailable),
    ("ZZZZZ", Unknown),
]


@pytest.mark.parametrize(("state", "expected"), _BEYOND)
def test_states_of_servers_and_of_odbc_2(pyodbc: ModuleType, state: str, expected: type[SourceError]) -> None:
    """Some drivers hand on their server's own; what nobody knows is Unknown."""
    assert type(FAULTS.translate(pyodbc.Error(state, f"[{state}] Something"))) is expected


_LOGIN = "(0) (SQLDriverConnect)"


@pytest.mark.parametrize(
    ("state", "text", "expected"),
    [
        ("HYT00", f"[HYT00] [M][D]Login timeout expired {_LOGIN}", Unavailable),
        ("HYT00", "[HYT00] [M][D]Timeout expired (0) (SQLExecDirectW)", TimedOut),
        ("01000", f"[01000] [unixODBC][Driver Manager]Can't open lib 'x' : file not found {_LOGIN}", Unavailable),
        ("IM002", f"[IM002] [unixODBC][Driver Manager]Data source name not found {_LOGIN}", Unavailable),
        ("08001", f'[08001] FATAL:  password authentication failed for user "x"\n (101) {_LOGIN}', Refused),
        ("42000", f"[42000] [Microsoft][ODBC Microsoft Access Driver] Not a valid password. (-1905) {_LOGIN}", Refused),
        ("HY000", f"[HY000] [FreeTDS]Login failed for user 'sa'. (18456) {_LOGIN}", Refused),
        (
            "28000",
            f"[28000] [ODBC Firebird Driver]Your user name and password are not defined. (-902) {_LOGIN}",
            Refused,
        ),
        ("HY000", "[HY000] [M]The text 'login failed' is no number (1) (SQLExecDirectW)", Unknown),
        ("HY000", "[HY000] [SQLite]no such table: T (1) (1) (SQLExecDirectW)", Missing),
        ("HY000", "[HY000] [SQLite]no such column: T.C (1) (1) (SQLExecDirectW)", Missing),
        ("HY000", "[HY000] [SQLite]database is locked (5) (5) (SQLExecDirectW)", Locked),
        ("HY000", "[HY000] [SQLite]interrupted (9) (9) (SQLFetch)", TimedOut),
        ("HY000", "[HY000] IMPLICIT CONVERSION (0) (SQLFetch)", Unknown),
        ("HY000", "[HY000] [M][D]08 of 22 rows (0) (SQLFetch)", Unknown),
    ],
)
def test_where_a_failure_happened_and_what_it_says_count(
    pyodbc: ModuleType, state: str, text: str, expected: type[SourceError]
) -> None:
    """A log-in that timed out is no statement that did; a refused one is never taken for a host that is down."""
    assert type(FAULTS.translate(pyodbc.Error(state, text))) is expected


@pytest.mark.parametrize("text", ["Attempt to use a closed connection.", "The cursor's connection has been closed."])
def test_what_pyodbc_says_of_a_closed_connection(pyodbc: ModuleType, text: str) -> None:
    """Its own exceptions have no SQLSTATE."""
    assert type(FAULTS.translate(pyodbc.ProgrammingError(text))) is Unavailable


def test_text_that_is_none_in_its_encoding_is_bad_data() -> None:
    """What pyodbc raises where stored bytes cannot be decoded."""
    assert type(FAULTS.translate(UnicodeDecodeError("cp1252", b"\x81", 0, 1, "undefined"))) is BadData


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("[42000] [M][D]Deadlocked (1205) (SQLExecDirectW)", ["#1205"]),
        ("[42000] [M]Bad value '(1205)' here (245) (SQLExecDirectW)", ["#245"]),
        ("[28000] [M]Login failed (18456) (SQLDriverConnect); [28000] [M]Login failed (4060)", ["#18456", "#4060"]),
        ("[HY000] [SQLite]no such table (1) (1) (SQLExecDirectW)", ["#1"]),
        ("[HY000] [M]Negative (-1905) (SQLDriverConnect)", ["#-1905"]),
        ("[HY000] [IBM][System i]SQL0666 - too long. (-666) (SQLExecDirectW)", ["SQL0666", "#-666"]),
        (
            "[08001] [IBM]Communication link failure - CWBCO1049 - off (10061) (SQLDriverConnect)",
            ["CWBCO1049", "#10061"],
        ),
    ],
)
def test_native_and_named_codes_are_found(pyodbc: ModuleType, message: str, expected: list[str]) -> None:
    """The server's own number stands at the end of a diagnostic record; one in a value is none."""
    found = codes(pyodbc.Error(message[1:6], message))
    assert list(found[: len(expected)]) == expected
    assert found[len(expected)].startswith(message[1:6])


def test_a_native_code_is_not_the_beginning_of_another(pyodbc: ModuleType) -> None:
    """#1205 means nothing for #12051."""
    faults = Faults(codes, {"#1205": Deadlocked})
    assert type(faults.translate(pyodbc.Error("42000", "[42000] x (1205) (SQLFetch)"))) is Deadlocked
    assert type(faults.translate(pyodbc.Error("42000", "[42000] x (12051) (SQLFetch)"))) is Unknown


# The failure beneath a failed rollback.


def _raise(first: BaseException, *others: BaseException) -> None:
    """Raise exceptions, each while the one before it is handled."""
    try:
        raise first  # noqa: TRY301  # Python's own chaining is what is tested
    except BaseException:
        if others:
            _raise(*others)
        raise


def _meaning(*errors: BaseException) -> type[SourceError]:
    """What the last of exceptions means that were raised so."""
    with pytest.raises(type(errors[-1])) as caught:
        _raise(*errors)
    assert caught.value is errors[-1]
    return type(FAULTS.translate(caught.value))


def test_a_failed_rollback_does_not_mask_what_it_was_for(pyodbc: ModuleType) -> None:
    """Chained as Python chains them: the first of pyodbc's own says what happened, with all its codes."""
    deadlock = pyodbc.Error("40001", "[40001] [M][D]Deadlock victim (1205) (SQLExecDirectW)")
    rollback = pyodbc.ProgrammingError("25000", "[25000] [M][D]No transaction (3903) (SQLEndTran)")
    assert _meaning(deadlock, rollback) is Deadlocked
    assert rollback.__context__ is deadlock
    assert list(codes(rollback)) == list(codes(deadlock))
    assert _meaning(rollback) is Deadlocked  # the chain stays, however often it is raised


def test_a_chain_of_pyodbc_s_own_is_followed_to_its_end(pyodbc: ModuleType) -> None:
    """A cursor that cannot be closed, then a rollback that fails: two steps down stands the cause."""
    lost = pyodbc.OperationalError("08S01", "[08S01] Link failure (0) (SQLExecDirectW)")
    closing = pyodbc.Error("24000", "[24000] Invalid cursor state (0) (SQLFreeStmt)")
    rollback = pyodbc.Error("HY000", "[HY000] The driver did not supply an error! (0) (SQLEndTran)")
    assert _meaning(lost, closing, rollback) is Unavailable


def test_what_else_was_handled_at_the_time_is_no_cause(pyodbc: ModuleType) -> None:
    """An exception of another library ends the chain; one without a SQLSTATE explains nothing."""

    def conflict() -> BaseException:
        return pyodbc.IntegrityError("23000", "[23000] Duplicate (1) (SQLExecDirectW)")  # type: ignore[no-any-return]  # pyodbc has no types

    lost = pyodbc.OperationalError("08S01", "[08S01] Link failure (0) (SQLExecDirectW)")
    assert _meaning(KeyError("28000"), conflict()) is Conflict
    assert _meaning(lost, KeyError("x"), conflict()) is Conflict
    assert _meaning(pyodbc.Error("no state"), conflict()) is Conflict


def test_from_none_means_that_there_was_no_cause(pyodbc: ModuleType) -> None:
    """Whoever raises with `from None` says that the exception stands for itself."""
    lost = pyodbc.OperationalError("08S01", "[08S01] Link failure (0) (SQLExecDirectW)")
    alone = pyodbc.IntegrityError("23000", "[23000] Duplicate (1) (SQLExecDirectW)")
    alone.__suppress_context__ = True
    assert _meaning(lost, alone) is Conflict
