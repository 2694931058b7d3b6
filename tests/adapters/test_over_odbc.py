"""The plumbing of the kinds over ODBC: connection strings, connections, and the driver manager."""

from __future__ import annotations

import builtins
import platform
import sys
import threading
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from adapters import over_odbc
from adapters.over_odbc import Connection, connection_string, connection_words, manager, manager_step
from adapters.port import Unavailable
from tests.adapters.odbc_drivers import postgresql_driver
from tests.adapters.postgres import postgres_url

__all__ = ["postgres_url", "postgresql_driver"]

_KEYWORDS = st.sampled_from(("DRIVER", "System", "Server", "UID", "PWD", "Extended Properties", "CLIENT_NAME"))
_AWKWARD = st.text(st.sampled_from(" ;{}=[]()?*!@,'\"\\\n\tAé注"), min_size=1, max_size=12)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@settings(max_examples=300)
@given(st.dictionaries(_KEYWORDS, _AWKWARD | _TEXTS, max_size=5))
def test_any_value_comes_back_from_a_connection_string(words: Mapping[str, str]) -> None:
    """Semicolons, braces, equals signs, blanks at either end: a value stays one value, and no keyword joins or leaves."""
    assert connection_words(connection_string(words)) == words


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"DRIVER": "/usr/lib/x.so", "PWD": "plain"}, "DRIVER=/usr/lib/x.so;PWD=plain"),
        ({"DRIVER": "IBM i Access ODBC Driver"}, "DRIVER={IBM i Access ODBC Driver}"),
        ({"PWD": "a;UID=root"}, "PWD={a;UID=root}"),
        ({"PWD": "a}b;"}, "PWD={a}}b;}"),
        ({"PWD": "}"}, "PWD={}}}"),
        ({"PWD": "{x}"}, "PWD={{x}}}"),
        ({"PWD": " a "}, "PWD={ a }"),
        ({"UID": "", "PWD": "a"}, "PWD=a"),
    ],
)
def test_values_are_quoted_as_odbc_says(words: Mapping[str, str], expected: str) -> None:
    """Braces around what is not plain, a closing brace in it doubled; a word without a value is left out."""
    assert connection_string(words) == expected


@pytest.mark.parametrize("keyword", ["", "A;B", "A=B", "{A", "1A", " A", "A\n", "PWD=x;UID", "É"])
def test_a_keyword_cannot_smuggle_in_another(keyword: str) -> None:
    """What is no keyword is refused."""
    with pytest.raises(ValueError, match="is no keyword"):
        connection_string({keyword: "value"})


def test_a_nul_would_end_the_string_and_is_refused() -> None:
    """Drivers read a string of C; the message names the keyword, and not the password."""
    with pytest.raises(ValueError, match="PWD holds a NUL") as caught:
        connection_string({"PWD": "secret\0;"})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        (" ; ;", {}),
        ("A=1;B=2", {"A": "1", "B": "2"}),
        (" A = 1 ;\n B = {x;y}}z} ; ", {"A": "1", "B": "x;y}z"}),
        ("A=;B={}", {"A": "", "B": ""}),
        ("PWD=one;pwd=two", {"PWD": "one"}),
        ("A=b=c", {"A": "b=c"}),
    ],
)
def test_a_connection_string_is_read(text: str, expected: Mapping[str, str]) -> None:
    """Blanks around words do not count; the first of two equal keywords does."""
    assert connection_words(text) == expected


@pytest.mark.parametrize("text", ["secret", "A", "=1", "A={secret", "A={x}y", "A=1;secret;B=2"])
def test_what_is_no_connection_string_is_refused(text: str) -> None:
    """The message tells the place, and repeats nothing: there could be a password in it."""
    with pytest.raises(ValueError, match="from character") as caught:
        connection_words(text)
    assert "secret" not in str(caught.value)


# Connections.


class _Cursor:
    """A cursor of a driver that cannot bear to be freed while it is cancelled."""

    def __init__(self, results: int = 1) -> None:
        self.cancelling, self.go_on = threading.Event(), threading.Event()
        self.happened: list[str] = []
        self.description = "described"
        self.results = results

    def execute(self, statement: str, *parameters: Any) -> None:
        self.happened.append(" ".join(map(str, ("run", statement, *parameters))))

    def nextset(self) -> bool:
        self.results -= 1
        if not self.results:
            self.happened.append("closed its result")
        return self.results > 0

    def cancel(self) -> None:
        self.cancelling.set()
        assert self.go_on.wait(30)
        self.happened.append("cancelled")

    def close(self) -> None:
        self.happened.append("closed")

    def __iter__(self) -> Any:
        return iter([1, 2])


class _Raw:
    def __init__(self, *cursors: _Cursor) -> None:
        self.cursors = list(cursors)
        self.closed = False

    def cursor(self) -> _Cursor:
        return self.cursors.pop(0)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("whole", [False, True], ids=["cursor", "connection"])
def test_nothing_is_freed_while_it_is_cancelled(whole: bool) -> None:  # noqa: FBT001  # a table's column
    """Closing a cursor, or its connection, waits for a cancellation that is under way in another thread."""
    raw_cursor = _Cursor()
    raw = _Raw(raw_cursor)
    connection = Connection(raw)
    cursor = connection.cursor()
    canceller = threading.Thread(target=connection.cancel)
    canceller.start()
    assert raw_cursor.cancelling.wait(30)
    closer = threading.Thread(target=connection.close if whole else cursor.close)
    closer.start()
    assert (raw_cursor.happened, raw.closed) == ([], False)
    raw_cursor.go_on.set()
    canceller.join(30)
    closer.join(30)
    assert raw_cursor.happened == (["cancelled"] if whole else ["cancelled", "closed"])
    assert raw.closed == whole


def test_what_has_ended_is_not_cancelled() -> None:
    """After its cursor or itself was closed, and before it had one, a connection has nothing to cancel."""
    first, second = _Cursor(), _Cursor()
    connection = Connection(_Raw(first, second))
    over_odbc.cancel(connection)
    connection.cursor().close()
    over_odbc.cancel(connection)
    connection.cursor()
    connection.close()
    over_odbc.cancel(connection)
    assert (first.happened, second.happened) == (["closed"], [])


def test_an_older_cursor_s_end_leaves_the_newer_one() -> None:
    """Closing one cursor does not make the connection forget another that runs."""
    first, second = _Cursor(), _Cursor()
    connection = Connection(_Raw(first, second))
    older = connection.cursor()
    connection.cursor()
    older.close()
    second.go_on.set()
    connection.cancel()
    assert (first.happened, second.happened) == (["closed"], ["cancelled"])


def test_a_cursor_at_rest_is_not_cancelled_until_it_runs_again() -> None:
    """Its result is closed, and nothing is freed; a cancellation meets the cursor that runs, and no other."""
    first, second = _Cursor(), _Cursor()
    for each in (first, second):
        each.go_on.set()
    connection = Connection(_Raw(first, second))
    kept, other = connection.cursor(), connection.cursor()
    kept.execute("SELECT ?", (1,))
    assert kept.rest()
    connection.cancel()
    other.execute("SELECT 2")
    connection.cancel()
    kept.execute("SELECT ?", (2,))
    connection.cancel()
    assert first.happened == ["run SELECT ? (1,)", "closed its result", "run SELECT ? (2,)", "cancelled"]
    assert second.happened == ["run SELECT 2", "cancelled"]


def test_a_cursor_with_further_results_is_not_at_rest() -> None:
    """It has to be closed, as nobody will read them."""
    raw = _Cursor(results=2)
    cursor = Connection(_Raw(raw)).cursor()
    assert not cursor.rest()


@pytest.mark.parametrize(
    ("behaviour", "keeps"), [(0, False), (1, True), (2, True), (None, True)], ids=["delete", "close", "preserve", "?"]
)
def test_a_driver_that_forgets_what_it_prepared_is_not_asked_to_remember(
    monkeypatch: pytest.MonkeyPatch,
    behaviour: int | None,
    keeps: bool,  # noqa: FBT001  # a table's column
) -> None:
    """SQL_CB_DELETE: a commit discards prepared statements, and in autocommit each statement is one."""

    class Error(Exception):
        pass

    class Raw(_Raw):
        def getinfo(self, what: int) -> int:
            assert what == 23
            if behaviour is None:
                raise Error
            return behaviour

    module = SimpleNamespace(connect=lambda *_, **__: Raw(), Error=Error, SQL_CURSOR_COMMIT_BEHAVIOR=23, pooling=True)
    monkeypatch.setitem(sys.modules, "pyodbc", module)
    connection = over_odbc.connect("DSN=x", 1.0)
    assert connection.kept == ({} if keeps else None)
    connection.close()
    assert connection.kept is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("0A000", "[0A000] FEHLER: gecachter Plan darf den Ergebnistyp nicht ändern (1) (SQLExecDirectW)"), True),
        (("26000", "[26000] ERROR: prepared statement does not exist (7) (SQLExecDirectW)"), True),
        (("HY007", "[HY007] Associated statement is not prepared (0) (SQLExecute)"), True),
        (("42000", "[42000] Could not find prepared statement with handle 3. (8179) (SQLExecDirectW)"), True),
        (("42S02", "[42S02] no such table (1) (SQLExecDirectW)"), False),
        (("HY008", "[HY008] Operation canceled (0) (SQLExecDirectW)"), False),
        (("08S01", "[08S01] Communication link failure (0A000) (SQLExecDirectW)"), False),
    ],
)
def test_what_was_forgotten_is_told_from_other_failures(arguments: tuple[str, str], expected: bool) -> None:  # noqa: FBT001  # a table's column
    """Only what was not begun at all is run once more."""
    assert over_odbc.forgotten(None, Exception(*arguments)) is expected


def test_a_cursor_is_pyodbc_s_in_everything_else() -> None:
    """Attributes and rows are those of the cursor within."""
    cursor = Connection(_Raw(_Cursor())).cursor()
    assert cursor.description == "described"
    assert list(cursor) == [1, 2]


def test_a_connection_whose_set_up_fails_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure comes through, and no session is left open; the login timeout has whole seconds, and at least one."""
    raw = _Raw()
    given: dict[str, Any] = {}

    def connect(text: str, **options: Any) -> _Raw:
        given.update(options, text=text)
        return raw

    def refuse(_raw: Any) -> None:
        raise RuntimeError("no such schema")

    monkeypatch.setitem(sys.modules, "pyodbc", SimpleNamespace(connect=connect, pooling=True))
    with pytest.raises(RuntimeError, match="no such schema"):
        over_odbc.connect("DSN=x", 0.2, attributes={108: 1}, set_up=refuse)
    assert raw.closed
    assert given == {"text": "DSN=x", "autocommit": True, "readonly": True, "timeout": 1, "attrs_before": {108: 1}}
    assert sys.modules["pyodbc"].pooling is False


@pytest.mark.parametrize(
    "password", ["plain", "a;b", "a}b", "{a}", "}", "a=b", " a ", "a;UID=bascule;b", "a'b\"c", "注é"]
)
def test_any_password_reaches_a_real_driver(postgresql_driver: str, postgres_url: str, password: str) -> None:
    """The server compares what it was sent with what it has, and lets in nobody else."""
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS locked")
        owner.execute(sql.SQL("CREATE ROLE locked LOGIN PASSWORD {}").format(password))
    at = urlsplit(postgres_url)
    server = {"Server": at.hostname or "", "Port": str(at.port), "Database": "postgres", "UID": "locked"}
    words = {"DRIVER": postgresql_driver, **server}
    over_odbc.connect(connection_string({**words, "PWD": password}), 30.0).close()
    with pytest.raises(over_odbc.load().Error, match="password authentication failed"):
        over_odbc.connect(connection_string({**words, "PWD": password + "x"}), 30.0)


# The driver manager.


@pytest.mark.parametrize(
    ("system", "distribution", "step"),
    [
        ("linux", "debian", "run: apt install unixodbc"),
        ("linux", "linuxmint ubuntu debian", "run: apt install unixodbc"),
        ("linux", "rocky rhel centos fedora", "run: dnf install unixODBC"),
        ("linux", "opensuse-leap suse opensuse", "run: zypper install unixODBC"),
        ("linux", "alpine ", "run: apk add unixodbc"),
        (
            "linux",
            "",
            "install unixODBC: apt install unixodbc (Debian, Ubuntu), dnf install unixODBC (Red Hat, Fedora)",
        ),
        ("darwin", "", "run: brew install unixodbc"),
    ],
)
def test_the_step_is_the_platform_s_own(system: str, distribution: str, step: str) -> None:
    """What installs the driver manager is named for the machine that lacks it."""
    assert manager_step(system, distribution) == step


def test_windows_has_a_driver_manager() -> None:
    """There is nothing to install there."""
    assert "part of Windows" in manager_step("win32")


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (ModuleNotFoundError("No module named 'pyodbc'"), r"pip install 'bascule\[odbc\]'"),
        (
            ImportError("libodbc.so.2: cannot open shared object file"),
            "the ODBC driver manager is missing; run: apk add",
        ),
    ],
)
def test_what_is_missing_is_unavailable_with_the_step_that_mends_it(
    monkeypatch: pytest.MonkeyPatch, error: ImportError, step: str
) -> None:
    """Neither pyodbc nor the system's library need be there before a source is opened."""
    imports = builtins.__import__

    def import_(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "pyodbc":
            raise error
        return imports(name, *arguments, **options)

    monkeypatch.delitem(sys.modules, "pyodbc", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "alpine"})
    monkeypatch.setattr(builtins, "__import__", import_)
    with pytest.raises(Unavailable, match=step):
        over_odbc.load()


def test_what_the_manager_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drivers and data sources are those of the system's files."""
    known = SimpleNamespace(drivers=lambda: ["A", "B"], dataSources=lambda: {"Works": "A"}, pooling=True)
    monkeypatch.setitem(sys.modules, "pyodbc", known)
    assert over_odbc.drivers() == ("A", "B")
    assert over_odbc.data_sources() == {"Works": "A"}


def test_a_machine_without_a_release_file_gets_both_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux that does not say what it is gets the steps of the two large families."""

    def missing() -> dict[str, str]:
        raise OSError("no os-release")

    monkeypatch.setattr(platform, "freedesktop_os_release", missing)
    assert manager._distribution() == ""
