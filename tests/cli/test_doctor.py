"""`bascule doctor` as a person sees it: whole transcripts, on machines and over servers that really lack something."""

from __future__ import annotations

import json
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from adapters import registry
from tests import shop
from tests.adapters.odbc_drivers import postgresql_driver
from tests.adapters.postgres import Server, required_binaries
from tests.cli.conftest import Bascule
from tests.doctor.machines import bascule as elsewhere
from tests.doctor.machines import without_driver_manager, without_drivers
from tests.doctor.transcripts import hold

__all__ = ["postgresql_driver"]


def test_a_contract_that_is_well(bascule: Bascule, folder: Path) -> None:
    """Each step is a line, the exit code is 0."""
    result = bascule("doctor", folder)
    assert (result.exit_code, result.stderr) == (0, "")
    hold("well", result.stdout, folder=folder)


def test_without_unixodbc(tmp_path: Path) -> None:
    """The driver manager is missing, in the loader's own words; what it takes to install it stands below."""
    done = elsewhere("doctor", "--kind", "as400", environment=without_driver_manager(tmp_path))
    assert (done.returncode, done.stderr) == (1, "")
    hold("without_unixodbc", done.stdout)


def test_without_a_driver(tmp_path: Path) -> None:
    """unixODBC is there and knows another driver: where IBM's is to be had is told."""
    variables = without_drivers(tmp_path, "[FreeTDS]\nDriver = libtdsodbc.so\n")
    done = elsewhere("doctor", "--kind", "as400", environment=variables)
    assert (done.returncode, done.stderr) == (1, "")
    hold("without_driver", done.stdout, folder=tmp_path)


def _postgresql(folder: Path, url: str, password: str = "") -> None:
    """Have the shop's items in PostgreSQL."""
    words = f"{{kind: postgresql, url: '{url}'{', password: ' + password if password else ''}}}"
    text = f"title: Shop\nsecurity: open\nsources:\n  shop: {words}\n"
    (folder / "gateway.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that asks `locked` for a password, with a table that `locked` may not read. Its log is its own."""
    programs = required_binaries()
    with tempfile.TemporaryDirectory(prefix="bascule-pg-") as folder:  # where its own user may go, unlike pytest's
        started = Server(programs, Path(folder))
        started.start()
        try:
            with psycopg.connect(started.url, autocommit=True) as connection:
                connection.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
                connection.execute("CREATE TABLE forbidden (itno char(4) PRIMARY KEY)")
            yield started
        finally:
            started.stop()


def _refused(server: Server) -> int:
    """The wrong passwords that the server has seen."""
    return server.log().count('password authentication failed for user "locked"')


def test_a_wrong_password(bascule: Bascule, folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real server refuses it: it saw one attempt, and the password that was tried is nowhere."""
    monkeypatch.setenv("SHOP_PASSWORD", "wr0ng")
    _postgresql(folder, server.url.replace("bascule@", "locked@"), "'${SHOP_PASSWORD}'")
    before = _refused(server)
    result = bascule("doctor", folder)
    assert (result.exit_code, _refused(server) - before) == (1, 1)
    assert "wr0ng" not in result.stdout
    hold("wrong_password", result.stdout, folder=folder, port=server.port)


def test_a_wrong_password_over_odbc(
    bascule: Bascule, folder: Path, server: Server, postgresql_driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same through a driver manager and a driver: one attempt, although ODBC says no more than 08001 of it."""
    monkeypatch.setenv("SHOP_PASSWORD", "wr0ng")
    host = f"Server=127.0.0.1;Port={server.port};Database=postgres"
    words = f"driver: {postgresql_driver}, connection: '{host}', user: locked, password: '${{SHOP_PASSWORD}}'"
    text = f"title: Shop\nsecurity: open\nsources:\n  shop: {{kind: odbc, {words}}}\n"
    (folder / "gateway.yaml").write_text(text, encoding="utf-8")
    before = _refused(server)
    result = bascule("doctor", folder)
    assert (result.exit_code, _refused(server) - before) == (1, 1)
    assert "wr0ng" not in result.stdout
    hold("wrong_password_odbc", result.stdout, folder=folder, port=server.port, driver=postgresql_driver)


def test_tables_that_are_denied_and_missing(
    bascule: Bascule, folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the right password the tables are tried: each that cannot be read says what to ask for."""
    monkeypatch.setenv("SHOP_PASSWORD", "right")
    _postgresql(folder, server.url.replace("bascule@", "locked@"), "'${SHOP_PASSWORD}'")
    for name in ("forbidden", "gone"):
        text = shop.ITEMS.replace("resource: items", f"resource: {name}").replace("table: ITEM", f"table: {name}")
        (folder / "v1" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "v1" / "items.yaml").unlink()
    result = bascule("doctor", folder)
    assert result.exit_code == 1
    hold("tables", result.stdout, folder=folder, port=server.port)


def test_a_variable_and_a_port(bascule: Bascule, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not set and a port that refuses are told in one run; nobody is logged in."""
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        _postgresql(folder, f"postgresql://locked@127.0.0.1:{port}/postgres", "'${SHOP_PASSWORD}'")
        result = bascule("doctor", folder)
    assert result.exit_code == 1
    hold("refused_port", result.stdout, folder=folder, port=port)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://locked@nowhere.invalid/postgres", "the name nowhere.invalid does not resolve"),
        ("postgresql://locked@127.0.0.1/postgres?colour=red", "libpq does not understand"),
        ("postgresql://locked@/postgres?host=/nowhere", "MISSING  socket /nowhere/.s.PGSQL.5432"),
    ],
)
def test_a_url_that_leads_nowhere(bascule: Bascule, folder: Path, url: str, words: str) -> None:
    """The way to a PostgreSQL server is read from its URL, as libpq reads it."""
    _postgresql(folder, url)
    result = bascule("doctor", folder, "--seconds", "20")
    assert result.exit_code == 1
    assert words in result.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "MISSING  file"), (b"PK\x03\x04 a spreadsheet", "is no SQLite 3 database")],
)
def test_a_file_that_is_no_database(bascule: Bascule, folder: Path, content: bytes | None, words: str) -> None:
    """A SQLite source is a file: missing, or something else."""
    database = folder / "shop.db"
    database.unlink()
    if content is not None:
        database.write_bytes(content)
    result = bascule("doctor", folder)
    assert result.exit_code == 1
    assert words in result.stdout


def test_a_file_that_cannot_be_read(bascule: Bascule, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without the right to read the file is told so, in the system's words."""

    def refuse(*_arguments: object, **_named: object) -> object:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        steps = registry.kind("sqlite").examine.way({"path": str(folder / "shop.db")}, 1.0)
        (found,) = steps
    assert found.state == "failed"
    assert "Permission denied" in found.text
    assert bascule("doctor", folder).exit_code == 0


def test_one_source_of_several(bascule: Bascule, folder: Path) -> None:
    """Only the sources that are named are examined; the nearest is named for one that there is not."""
    text = shop.GATEWAY + shop.OPEN + "  gone: {kind: sqlite, path: gone.db}\n"
    ordered = text.replace(shop.OPEN, "").replace("title", shop.OPEN + "title")
    (folder / "gateway.yaml").write_text(ordered, encoding="utf-8")
    assert bascule("doctor", folder, "shop").exit_code == 0
    both = bascule("doctor", folder)
    assert both.exit_code == 1
    assert both.stdout.endswith("\nSomething is wrong: source gone (sqlite).\n")
    unknown = bascule("doctor", folder, "shopp")
    assert unknown.exit_code == 2
    assert "did you mean 'shop'?" in unknown.stderr


def test_for_programs(bascule: Bascule, folder: Path) -> None:
    """--json is one object a line, with the same exit code, and nothing else."""
    (folder / "shop.db").unlink()
    result = bascule("doctor", folder, "--json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert all(set(each) == {"about", "step", "state", "text", "mend"} for each in found)
    assert [(each["step"], each["state"]) for each in found if each["about"] == "source shop (sqlite)"] == [
        ("library", "ok"),
        ("file", "missing"),
        ("login", "skipped"),
    ]


def test_a_machine_without_a_contract(tmp_path: Path) -> None:
    """What each kind needs is shown; that something is missing is no fault as long as nobody asks for it."""
    done = elsewhere("doctor", environment=without_drivers(tmp_path))
    assert done.returncode == 0
    assert [name for name in registry.kinds() if f"\nkind {name}\n" not in done.stdout] == []
    assert "ready for" in done.stdout.splitlines()[-1]
    assert "not ready for as400" in done.stdout.splitlines()[-1]


def test_a_machine_for_a_kind(bascule: Bascule) -> None:
    """With --kind only that kind is looked at; an unknown one, and one beside a contract, are usage errors."""
    result = bascule("doctor", "--kind", "sqlite")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "This machine is ready for sqlite.")
    assert "kind postgresql" not in result.stdout
    assert "did you mean 'sqlite'?" in bascule("doctor", "--kind", "sqlight").stderr


def test_a_kind_beside_a_contract_is_refused(bascule: Bascule, folder: Path) -> None:
    """A contract names its own kinds."""
    assert bascule("doctor", folder, "--kind", "sqlite").exit_code == 2
