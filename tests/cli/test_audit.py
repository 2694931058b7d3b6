"""`bascule audit`: what it prints, what it takes, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from app.callers.audit import keys_of
from app.cli import audit as audit_command
from tests.callers.audited import AT, PLAIN, SECRET, audit
from tests.cli.conftest import Bascule


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway's own secret is set, its audit is not."""
    monkeypatch.setenv("BASCULE_PEPPER", SECRET)
    monkeypatch.delenv("BASCULE_AUDIT", raising=False)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Three events: a page, an item, and a request that was refused."""
    path = tmp_path / "audit.jsonl"
    written = audit(path)
    written.write(PLAIN)
    written.write(PLAIN._replace(path="/v1/orders/4713", at=AT + 60, keys=keys_of([4713]), rows=1, parameters=()))
    refused = PLAIN._replace(status=401, decision="refused", reason="expired", caller="anonymous", client="192.0.2.7")
    written.write(refused._replace(request_id="r3", rows=0, sources=(), cache="", keys=keys_of([])))
    return path


def test_every_event_is_a_line(bascule: Bascule, log: Path) -> None:
    """Without options all events are shown, each as one readable line."""
    result = bascule("audit", log)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        (
            "2026-11-01T12:00:00.250Z  200  served     key:4f9Zk2Qa      10.0.0.1         "
            "GET /v1/orders?status=open  2 rows  12.5 ms  miss  erp"
        ),
        (
            "2026-11-01T12:01:00.250Z  200  served     key:4f9Zk2Qa      10.0.0.1         "
            "GET /v1/orders/4713  1 row  12.5 ms  miss  erp"
        ),
        (
            "2026-11-01T12:00:00.250Z  401  refused    anonymous         192.0.2.7        "
            "GET /v1/orders?status=open  0 rows  12.5 ms  expired"
        ),
    ]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--key", "4713"], 1),
        (["--caller", "key:4f9Zk2Qa"], 2),
        (["--caller", "key:4f9Zk2Qa", "--caller", "anonymous"], 3),
        (["--resource", "orders"], 3),
        (["--resource", "customers"], 0),
        (["--decision", "refused"], 1),
        (["--status", "401", "--status", "403"], 1),
        (["--client", "192.0.2.0/24"], 1),
        (["--request", "r3"], 1),
        (["--since", "2026-11-01T12:01:00Z"], 1),
        (["--since", "2026-11-01T13:01:00+01:00"], 1),
        (["--since", "2026-11-02"], 0),
        (["--until", "2026-11-01T12:01:00"], 2),
        (["--caller", "anonymous", "--status", "200"], 0),
        (["--client", "::ffff:192.0.2.7"], 1),
        (["--since", "0001-01-01", "--until", "9999-12-31"], 3),
    ],
)
def test_options_narrow_the_search(bascule: Bascule, log: Path, options: list[str], count: int) -> None:
    """Each option is understood; the exit code says whether anything was found, as that of grep does."""
    result = bascule("audit", log, "--count", *options)
    assert result.stdout == f"{count}\n"
    assert result.exit_code == (0 if count else 1)
    assert len(bascule("audit", log, *options).stdout.splitlines()) == count


@pytest.mark.parametrize("at", ["2026-11-01T12:00:00.001Z", "2026-11-01T12:00:00.123Z", "2026-11-01T12:00:00.999Z"])
def test_a_time_is_taken_to_the_millisecond(bascule: Bascule, tmp_path: Path, at: str) -> None:
    """A time that is copied from an event begins a search with it, and ends one before it."""
    line = b'{"at":"2026-11-01T12:00:00.000Z"}\n'
    (tmp_path / "a").write_bytes(line + line.replace(b"2026-11-01T12:00:00.000Z", at.encode()))
    assert bascule("audit", tmp_path / "a", "--count", "--since", at).stdout == "1\n"
    earlier = f"{at[:-2]}{int(at[-2]) - 1}Z"
    (tmp_path / "a").write_bytes(line.replace(b"2026-11-01T12:00:00.000Z", earlier.encode()))
    assert bascule("audit", tmp_path / "a", "--count", "--until", at).stdout == "1\n"


def test_json_is_what_was_written(bascule: Bascule, log: Path) -> None:
    """`--json` gives the lines themselves, for other programs."""
    assert bascule("audit", log, "--json").stdout == log.read_text("utf-8")
    (line,) = bascule("audit", log, "--json", "--request", "r3").stdout.splitlines()
    assert orjson.loads(line)["reason"] == "expired"


@pytest.mark.parametrize("setting", ["", "{log}", "{log},-"])
def test_a_folder_or_the_setting_will_do(
    bascule: Bascule, log: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """The audit is found in a folder whatever its name, and by BASCULE_AUDIT, also where standard output has a copy."""
    if setting:
        monkeypatch.setenv("BASCULE_AUDIT", setting.format(log=log))
    arguments = [] if setting else [log.parent]
    assert bascule("audit", *arguments, "--count").stdout == "3\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument"),
        (["-"], "standard output alone"),
        (["{folder}/nowhere.jsonl"], "there is no audit at"),
        (["{folder}/nowhere/audit.jsonl"], "No such file"),
        (["{folder}/empty"], "there is no audit at"),
        (["{log}", "--since", "yesterday"], "expected a date or a time"),
        (["{log}", "--since", "0001-01-01T00:00:00+01:00"], "expected a date or a time"),
        (["{log}", "--client", "host"], "expected 10.0.0.1"),
        (["{log}", "--decision", "maybe"], "is not one of"),
        (["{log}", "--verify", "--key", "1"], "leave the search out"),
    ],
)
def test_what_cannot_be_used_is_a_usage_error(bascule: Bascule, log: Path, arguments: list[str], said: str) -> None:
    """The exit code is 2, and the message says what was expected."""
    (log.parent / "empty").mkdir()
    result = bascule("audit", *(each.format(log=log, folder=log.parent) for each in arguments))
    assert result.exit_code == 2
    assert said in result.stderr


def test_verification_says_that_all_is_whole(bascule: Bascule, log: Path) -> None:
    """Untouched lines verify; a torn end is counted and no fault."""
    with log.open("ab") as file:
        file.write(b'{"at":"20')
    result = bascule("audit", log, "--verify")
    assert result.exit_code == 0
    assert result.stdout == f"{log}: 3 events, 1 chain, and 1 torn line\nNothing was changed.\n"


def test_verification_names_what_was_changed(bascule: Bascule, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fault is a line with its place, up to a number of them; the exit code is 1."""
    log.write_bytes(log.read_bytes().replace(b"192.0.2.7", b"192.0.2.8"))
    result = bascule("audit", log, "--verify")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{log}:3: line 3 of process ")
    assert result.stdout.endswith("\n1 fault\n")
    monkeypatch.setenv("BASCULE_PEPPER", "another")
    monkeypatch.setattr(audit_command, "MOST_FAULTS", 2)
    shown = bascule("audit", log, "--verify").stdout.splitlines()
    assert (len(shown), shown[-1]) == (4, "3 faults")


def test_an_event_cannot_rule_the_terminal(bascule: Bascule, tmp_path: Path) -> None:
    """Escape sequences and line ends in what a caller sent are shown as text."""
    audit(tmp_path / "a").write(PLAIN._replace(path="/v1/x\x1b[2J\n\x9b", parameters=(("status", "\u202ex\r"),)))
    result = bascule("audit", tmp_path / "a")
    assert len(result.stdout.splitlines()) == 1
    assert "GET /v1/x\\x1b[2J\\n\\x9b?status=\\u202ex\\r" in result.stdout


def test_a_key_that_may_be_missed_is_noted(bascule: Bascule, tmp_path: Path) -> None:
    """Where an event served more rows than it lists, standard error says that the search is not sure."""
    audit(tmp_path / "a").write(PLAIN._replace(keys=keys_of([*range(600)])))
    result = bascule("audit", tmp_path / "a", "--key", "550")
    assert result.exit_code == 1
    assert result.stderr == "note: 1 event served more rows than stand in the list of keys\n"
