"""What the options of a SQL Server mean to each driver, and how its exceptions are read, without a driver."""

from __future__ import annotations

from collections.abc import Iterator

import pyodbc
import pytest

from adapters.port import (
    BadData,
    Conflict,
    Deadlocked,
    Denied,
    Locked,
    Missing,
    Refused,
    SourceError,
    Terms,
    TimedOut,
    TooCostly,
    Unavailable,
    Unknown,
)
from adapters.sqlserver import KIND, session
from adapters.sqlserver.faults import FAULTS, NUMBERS
from adapters.sqlserver.options import Address, address, family, newest, text, words

_MICROSOFT = "ODBC Driver 18 for SQL Server"
_FREETDS = "/usr/lib/odbc/libtdsodbc.so"


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("sql.example", Address("sql.example", None, 1433)),
        ("sql.example,14330", Address("sql.example", None, 14330)),
        ("tcp:sql.example , 14330", Address("sql.example", None, 14330)),
        (r"sql.example\ERP", Address("sql.example", "ERP", None)),
        (r"sql.example\ERP,14330", Address("sql.example", "ERP", 14330)),
        ("::1,1433", Address("::1", None, 1433)),
    ],
)
def test_addresses(server: str, expected: Address) -> None:
    """A host, a port, an instance; only the SQL Server Browser knows an instance's port."""
    assert address(server) == expected


@pytest.mark.parametrize(
    ("driver", "options", "expected"),
    [
        (
            _MICROSOFT,
            {"server": "sql.example", "database": "erp", "user": "bascule", "password": "a}b;c"},
            ["Driver={ODBC Driver 18 for SQL Server}", "Server={tcp:sql.example,1433}", "Encrypt=yes",
             "TrustServerCertificate=no", "ConnectRetryCount=0", "Database=erp", "UID=bascule", "PWD={a}}b;c}"],
        ),
        (
            _MICROSOFT,
            {"server": r"sql.example\ERP", "encrypt": "strict", "trust_certificate": "yes"},
            ["Driver={ODBC Driver 18 for SQL Server}", r"Server=tcp:sql.example\ERP", "Encrypt=strict",
             "TrustServerCertificate=yes", "ConnectRetryCount=0", "Trusted_Connection=yes"],
        ),
        (
            _FREETDS,
            {"server": "sql.example,14330", "database": "erp", "user": "bascule", "password": "a}b;c"},
            [f"Driver={_FREETDS}", "Server=sql.example", "Port=14330", "TDS_Version=7.4", "ClientCharset=UTF-8",
             "Encryption=require", "Database=erp", "UID=bascule", "PWD={a}b;c}"],
        ),
        (
            "FreeTDS",
            {"server": r"sql.example\ERP", "encrypt": "no"},
            ["Driver=FreeTDS", r"Server=sql.example\ERP", "TDS_Version=7.4", "ClientCharset=UTF-8", "Encryption=request",
             "Trusted_Connection=yes"],
        ),
    ],
)  # fmt: skip
def test_connection_strings(driver: str, options: dict[str, str], expected: list[str]) -> None:
    """Each driver gets its own words, and its own quoting."""
    common = ["APP=bascule", "WSID=here", "ApplicationIntent=ReadOnly"]
    assert text(words(options, driver, "here"), driver) == ";".join([*expected, *common])


def test_what_freetds_cannot_be_told_is_said() -> None:
    """It ends a value at `};`, however it is quoted: such a password is refused before it is cut."""
    options = {"server": "sql.example", "user": "u", "password": "a};b"}
    with pytest.raises(Unavailable, match="FreeTDS takes no PWD"):
        text(words(options, "FreeTDS", "here"), "FreeTDS")
    assert "PWD={a}};b}" in text(words(options, _MICROSOFT, "here"), _MICROSOFT)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (("FreeTDS", "ODBC Driver 9 for SQL Server", "ODBC Driver 18 for SQL Server", "SQLite"), _MICROSOFT),
        (("SQLite", "FreeTDS"), "FreeTDS"),
        (("SQLite",), None),
        ((), None),
    ],
)
def test_the_newest_driver_is_taken(known: tuple[str, ...], expected: str | None) -> None:
    """Microsoft's by number, not by text; then FreeTDS."""
    assert newest(known) == expected


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        ("FreeTDS", "freetds"),
        (_FREETDS, "freetds"),
        (_MICROSOFT, "microsoft"),
        ("/x/libmsodbcsql-18.6.so", "microsoft"),
    ],
)
def test_drivers_are_known_by_name(driver: str, expected: str) -> None:
    """Names and paths tell whose driver it is."""
    assert family(driver) == expected


@pytest.mark.parametrize("isolation", next(each.choices for each in KIND.options if each.name == "isolation"))
def test_every_isolation_can_be_set(isolation: str) -> None:
    """Each word that the option takes is a level of T-SQL; a lock is waited for half a request's time."""
    batch = session.set_up(isolation, 5.0)
    assert f"ISOLATION LEVEL {isolation.replace('-', ' ').upper()};" in batch
    assert "SET LOCK_TIMEOUT 2500;" in batch


def test_without_a_driver_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has none is told apart from a server that does not answer."""
    monkeypatch.setattr(pyodbc, "drivers", lambda: ["SQLite3"])
    with pytest.raises(Unavailable, match="tdsodbc"):
        KIND.open("test", {"server": "sql.example"}, Terms())


# Explain.


def test_a_plan_is_asked_for_with_variables() -> None:
    """Placeholders outside text, names and comments become variables of the types that the driver gives."""
    statement = "SELECT [a?], '?', \"?\" -- ?\nFROM T /* ? */ WHERE a = ? AND b = CAST(? AS VARCHAR(8000)) AND c > ?"
    assert session.spelled_out(statement, [2**40, "O'Ω", b"\x01"]) == (
        "DECLARE @P1 bigint = 1099511627776;\n"
        "DECLARE @P2 nvarchar(4000) = N'O''Ω';\n"
        "DECLARE @P3 varbinary(8000) = 0x01;\n"
        "SELECT [a?], '?', \"?\" -- ?\nFROM T /* ? */ WHERE a = @P1 AND b = CAST(@P2 AS VARCHAR(8000)) AND c > @P3"
    )


# Exceptions.


def _tree(root: type[BaseException]) -> Iterator[type[BaseException]]:
    yield root
    for below in root.__subclasses__():
        yield from _tree(below)


_CLASSES = {
    pyodbc.OperationalError: Unavailable,
    pyodbc.IntegrityError: Conflict,
    pyodbc.DataError: BadData,
}


@pytest.mark.parametrize(
    "kind", sorted({*_tree(pyodbc.Error), pyodbc.Warning}, key=str), ids=lambda kind: kind.__name__
)
def test_every_exception_of_pyodbc_is_a_failure_of_the_port(kind: type[BaseException]) -> None:
    """Without a SQLSTATE, its class decides; one that says nothing is Unknown, and keeps the driver's text."""
    failure = FAULTS.translate(kind("the driver's text"))
    assert type(failure) is _CLASSES.get(kind, Unknown)
    assert "the driver's text" in str(failure)


def test_no_number_has_two_meanings() -> None:
    """One table, in which each number stands once."""
    numbers = [number for known in NUMBERS.values() for number in known]
    assert len(numbers) == len(set(numbers))


_MS = "[Microsoft][ODBC Driver 18 for SQL Server]"
_TDS = "[FreeTDS][SQL Server]"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (pyodbc.OperationalError("HYT00", f"[HYT00] {_MS}Query timeout expired (0) (SQLExecDirectW)"), TimedOut),
        (pyodbc.OperationalError("HYT00", f"[HYT00] {_MS}Login timeout expired (0) (SQLDriverConnect)"), Unavailable),
        (pyodbc.OperationalError("HYT00", f"[HYT00] {_TDS}Timeout expired (0) (SQLDriverConnect)"), Unavailable),
        (pyodbc.OperationalError("HY008", f"[HY008] {_MS}Operation canceled (0) (SQLFetch)"), TimedOut),
        (pyodbc.OperationalError("08S01", f"[08S01] {_MS}TCP Provider: Error code 0x2746 (10054) (SQLExecute)"), Unavailable),
        (pyodbc.OperationalError("08S01", f"[08S01] {_TDS}Unable to connect: Server is unavailable (20009) (SQLDriverConnect)"),
         Unavailable),
        (pyodbc.OperationalError("08001", f"[08001] {_TDS}Unable to connect to data source (0) (SQLDriverConnect)"), Unavailable),
        (pyodbc.OperationalError("08001", f"[08001] {_MS}SSL Provider: certificate verify failed (-1) (SQLDriverConnect)"),
         Unavailable),
        (pyodbc.Error("01000", f"[01000] {_TDS}Unexpected EOF from the server (20017) (SQLExecute)"), Unavailable),
        (pyodbc.Error("01000", "[01000] [unixODBC][Driver Manager]Can't open lib 'x' : file not found (0) (SQLDriverConnect)"),
         Unavailable),
        (pyodbc.Error("HY000", f"[HY000] {_TDS}Unknown error (0) (SQLExecDirectW)"), Unavailable),
        (pyodbc.Error("HY000", "The driver did not supply an error!"), Unavailable),
        (pyodbc.Error("HY000", f"[HY000] {_MS}Connection is busy with results for another command (0) (SQLExecDirectW)"),
         Unavailable),
        (pyodbc.OperationalError("08S01", f"[08S01] {_TDS}Write to the server failed (20006) (SQLEndTran)"), Unavailable),
        (pyodbc.ProgrammingError("24000", f"[24000] {_TDS}Invalid cursor state (0) (SQLExecDirectW)"), Unavailable),
        (pyodbc.ProgrammingError("25000", f"[25000] {_TDS}The ROLLBACK TRANSACTION request has no … (3903) (SQLEndTran)"), Unknown),
        (pyodbc.InterfaceError("28000", f"[28000] {_MS}[SQL Server]Login failed for user 'x'. (18456) (SQLDriverConnect)"), Refused),
        (pyodbc.ProgrammingError("42000", f"[42000] {_TDS}Login failed for user 'x'. (18456) (SQLDriverConnect); [42000] {_TDS}"
                                          "Unable to connect (20002)"), Refused),
        (pyodbc.InterfaceError("28000", f"[28000] {_MS}Login failed for user 'x'. (18456) (SQLDriverConnect); [42000] {_MS}Cannot "
                                        'open database "y" requested by the login. (4060)'), Unavailable),
        (pyodbc.Error("08004", f"[08004] {_MS}Database 'y' does not exist. (911) (SQLDriverConnect)"), Missing),
        (pyodbc.Error("40001", f"[40001] {_MS}… was deadlocked … (1205) (SQLExecDirectW)"), Deadlocked),
        (pyodbc.ProgrammingError("42000", f"[42000] {_TDS}… was deadlocked … (1205) (SQLExecDirectW)"), Deadlocked),
        (pyodbc.ProgrammingError("42000", f"[42000] {_MS}Lock request time out period exceeded. (1222) (SQLExecDirectW)"), Locked),
        (pyodbc.ProgrammingError("42000", f"[42000] {_MS}The SELECT permission was denied … (229) (SQLExecDirectW)"), Denied),
        (pyodbc.ProgrammingError("42S02", f"[42S02] {_MS}Invalid object name 'x'. (208) (SQLExecDirectW)"), Missing),
        (pyodbc.ProgrammingError("42S22", f"[42S22] {_MS}Invalid column name 'x'. (207) (SQLExecDirectW)"), Missing),
        (pyodbc.ProgrammingError("42000", f"[42000] {_MS}Could not find stored procedure 'x'. (2812) (SQLExecDirectW)"), Missing),
        (pyodbc.IntegrityError("23000", f"[23000] {_MS}Violation of PRIMARY KEY … (2627) (SQLExecDirectW)"), Conflict),
        (pyodbc.DataError("22001", f"[22001] {_MS}String or binary data would be truncated. (8152) (SQLExecDirectW)"), BadData),
        (pyodbc.DataError("22012", f"[22012] {_MS}Divide by zero error encountered. (8134) (SQLExecDirectW)"), BadData),
        (pyodbc.DataError("22018", f"[22018] {_MS}Conversion failed when converting … (245) (SQLExecDirectW)"), BadData),
        (pyodbc.DataError("22003", f"[22003] {_MS}Arithmetic overflow error … (8115) (SQLExecDirectW)"), BadData),
        (pyodbc.Error("HY019", f"[HY019] {_TDS}Arithmetic overflow error … (8115) (SQLExecDirectW)"), BadData),
        (pyodbc.Error("07002", f"[07002] {_MS}COUNT field incorrect or syntax error (0) (SQLExecDirectW)"), Unknown),
        (pyodbc.ProgrammingError("42000", f"[42000] {_MS}… exceeds the configured threshold … (8649) (SQLExecDirectW)"), TooCostly),
        (pyodbc.ProgrammingError("42000", f"[42000] {_MS}raised by a procedure (50000) (SQLMoreResults)"), Unknown),
        (pyodbc.ProgrammingError("ODBC SQL type -155 is not yet supported.  column-index=0  type=-155", "HY106"), BadData),
        (pyodbc.ProgrammingError("Attempt to use a closed connection."), Unavailable),
    ],
)  # fmt: skip
def test_what_the_drivers_say_is_understood(error: BaseException, expected: type[SourceError]) -> None:
    """What was seen of both drivers, number first and SQLSTATE second."""
    assert type(FAULTS.translate(error)) is expected
