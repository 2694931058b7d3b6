"""`bascule init`: what it asks, what it tries, and what it writes down."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.port import Kind
from app.assembly import kinds
from app.cli import main
from app.cli.init import Begun, gateway
from app.contract.load import survey
from app.contract.options import SEPARATOR
from tests.cli.conftest import Bascule

NOWHERE = "url=postgresql://bascule@127.0.0.1:1/erp"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SQLite file, in the folder where the command is typed."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("CREATE TABLE A (B INTEGER PRIMARY KEY)")
    return path


def answered(*arguments: str, answers: str = "") -> Result:
    """What `bascule init` does with answers typed to its questions."""
    return CliRunner().invoke(main, ["init", *arguments], input=answers)


def test_it_asks(database: Path) -> None:
    """Kind, title, name, zone, and what the kind needs; a path is taken from here and written from the folder."""
    result = answered("plant", answers="sqlite\nOur plant\nerp\nEurope/Berlin\narchive.db\n")
    assert result.exit_code == 0, result.output
    assert "logged in" in result.stdout
    written = (database.parent / "plant" / "gateway.yaml").read_text(encoding="utf-8")
    assert written.startswith(
        'title: Our plant\ntimezone: Europe/Berlin\n\nsources:\n  erp:\n    kind: sqlite\n    path: "../archive.db"\n'
    )
    assert "bascule draft plant erp" in result.stderr


def test_it_takes_flags(bascule: Bascule, database: Path) -> None:
    """With all that is needed on the command line, nothing is asked; what it wrote is a contract that goes on from there."""
    result = bascule(
        "init", "plant", "--kind", "sqlite", "--name", "mes", "--set", "path=archive.db", "--set", "char=plain"
    )
    assert result.exit_code == 0
    assert (
        (database.parent / "plant" / "gateway.yaml")
        .read_text(encoding="utf-8")
        .startswith("title: plant\n\nsources:\n  mes:\n")
    )
    assert bascule("draft", "plant", "mes", "A", "--yes").exit_code == 0
    assert bascule("check", "plant").exit_code == 0


def test_nothing_is_written_over(bascule: Bascule, folder: Path) -> None:
    """A gateway.yaml that is there stays as it is."""
    before = (folder / "gateway.yaml").read_bytes()
    result = bascule("init", folder, "--kind", "sqlite", "--set", "path=shop.db")
    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert (folder / "gateway.yaml").read_bytes() == before


def test_a_source_that_does_not_answer_is_asked_about(database: Path) -> None:
    """What is wrong is shown with what mends it; who says no has no file, and no empty folder."""
    result = answered("plant", "--kind", "sqlite", "--set", "path=nowhere.db", answers="n\n")
    assert result.exit_code == 1
    assert "Write gateway.yaml all the same?" in result.stderr
    assert not (database.parent / "plant").exists()


def test_yes_writes_without_a_source(bascule: Bascule, database: Path) -> None:
    """A host that is not reachable from here is no hindrance to who says so."""
    result = bascule("init", "plant", "--kind", "sqlite", "--set", "path=nowhere.db", "--yes")
    assert result.exit_code == 0
    assert (database.parent / "plant" / "gateway.yaml").exists()


def test_a_secret_is_left_to_the_environment(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed serves for the trial; the contract names a variable, and no file and no output holds the secret."""
    monkeypatch.delenv("ERP_PASSWORD", raising=False)
    answers = "postgresql\n\n\n\npostgresql://bascule@127.0.0.1:1/erp\n\nTyped-Secret-1\n"
    result = answered("plant", "--yes", answers=answers)
    assert result.exit_code == 0, result.output
    written = (database.parent / "plant" / "gateway.yaml").read_text(encoding="utf-8")
    assert 'password: "${ERP_PASSWORD}"' in written
    assert (database.parent / "plant" / ".env.example").read_text(encoding="utf-8").endswith("\nERP_PASSWORD=\n")
    files = [path for path in (database.parent / "plant").rglob("*") if path.is_file()]
    assert not [path for path in files if "Typed-Secret-1" in path.read_text(encoding="utf-8")]
    assert "Typed-Secret-1" not in result.output


def test_a_secret_that_is_set_is_not_asked_for(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that the contract will name may be there already."""
    monkeypatch.setenv("MES_PASSWORD", "from-the-environment")
    answers = "postgresql\n\npostgresql://bascule@127.0.0.1:1/erp\n\n"
    result = answered("plant", "--name", "mes", "--timezone", "UTC", "--yes", answers=answers)
    assert result.exit_code == 0, result.output
    assert 'password: "${MES_PASSWORD}"' in (database.parent / "plant" / "gateway.yaml").read_text(encoding="utf-8")


def test_a_secret_on_the_command_line_is_refused(bascule: Bascule, database: Path) -> None:
    """Everybody on the machine could read it there; a reference is taken."""
    result = bascule("init", "plant", "--kind", "postgresql", "--set", NOWHERE, "--set", "password=hunter2")
    assert result.exit_code == 2
    assert "${ERP_PASSWORD}" in result.stderr
    assert "hunter2" not in result.stderr
    referring = ("--set", "password=${ERP_PASSWORD}", "--yes")
    assert bascule("init", "plant", "--kind", "postgresql", "--set", NOWHERE, *referring).exit_code == 0
    assert (database.parent / "plant" / ".env.example").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "sqlight"), "did you mean 'sqlite'?"),
        (("--kind", "sqlite", "--set", "paht=a.db"), "did you mean 'path'?"),
        (("--kind", "sqlite", "--set", "path"), "expected OPTION=VALUE"),
        (("--kind", "sqlite", "--set", "path=archive.db", "--name", "ERP"), "expected a field name"),
    ],
)
def test_a_mistake_is_a_usage_error(bascule: Bascule, database: Path, arguments: tuple[str, ...], said: str) -> None:
    """A wrong flag names the nearest, and leaves nothing behind."""
    result = bascule("init", "plant", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (database.parent / "plant").exists()


def test_a_wrong_zone_is_a_fault(bascule: Bascule, database: Path) -> None:
    """What the contract would refuse is refused now, with its place; nothing is left behind."""
    result = bascule(
        "init", "plant", "--kind", "sqlite", "--set", "path=archive.db", "--timezone", "Europe/Berlni", "--yes"
    )
    assert result.exit_code == 1
    assert "gateway.yaml:2:" in result.stderr
    assert not (database.parent / "plant").exists()


@pytest.mark.parametrize("kind", kinds().values(), ids=kinds())
def test_every_kind_can_be_said(kind: Kind, tmp_path: Path) -> None:
    """All options of each kind, as its own examples write them, are read back as they were given."""
    given = {option.name: _example(option.choices, option.example) for option in kind.options}
    secrets = {option.name for option in kind.options if option.secret}
    given.update(dict.fromkeys(secrets, "${ERP_SECRET}"))
    (tmp_path / "gateway.yaml").write_text(gateway(Begun("Test", "erp", kind, options=given)), encoding="utf-8")
    found = survey(tmp_path, kinds(), {"ERP_SECRET": "x"})
    assert found.contract is not None
    assert [fault for fault in found.faults if fault.code != "missing-file"] == []
    read = found.contract.sources["erp"].options
    paths = {option.name for option in kind.options if option.path}
    assert {name: value for name, value in read.items() if name not in secrets | paths} == {
        name: value for name, value in given.items() if name not in secrets | paths
    }


def _example(choices: tuple[str, ...], example: str) -> str:
    """Several words where an option takes many, so that the list is read back, too."""
    return choices[0] if choices else (example or f"A{SEPARATOR}B")
