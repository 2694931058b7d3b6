"""The gateway's own memory: secrets that all workers share, and the ledger of data issues."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app import state as module
from app.observations import DataIssueFound, Failed
from app.state import SAMPLES, Ledger, State, StateError
from tests.adapters.guard.fakes import PATIENCE, eventually
from tests.adapters.postgres import postgres_url
from tests.patient import FILE
from tests.state.conftest import nobody_writes_by_itself

__all__ = ["nobody_writes_by_itself", "postgres_url"]

HASTY_FILE = "sqlite:///state.db?timeout=0"


@pytest.fixture(params=["file", "memory", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    """A state of each kind, empty."""
    if request.param == "postgresql":
        opened = State(request.getfixturevalue("postgres_url"), tmp_path)
    else:
        opened = State(FILE if request.param == "file" else "sqlite://", tmp_path)
    yield opened
    module.metadata.drop_all(opened.engine)
    opened.close()


def found(key: str = "1", issue: str = "not-a-date", field: str = "ordered_on") -> DataIssueFound:
    """A value that did not decode."""
    return DataIssueFound("v1", "orders", field, issue, key, "1260230")


def test_a_secret_is_made_once(state: State) -> None:
    """It is 32 bytes, the same each time, and another one for another name."""
    first = state.secret("cursor")
    assert len(first) == 32
    assert state.secret("cursor") == first
    assert state.secret("other") != first


def test_threads_get_one_secret(state: State) -> None:
    """Whoever asks first makes it; whoever asks at the same time gets the same."""
    with ThreadPoolExecutor(8) as pool:
        assert len({future.result() for future in [pool.submit(state.secret, "cursor") for _ in range(32)]}) == 1


@pytest.mark.parametrize("place", ["file", "postgresql"])
def test_workers_that_start_together_get_one_secret(place: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Several states open a new place at once: the tables are made once, and all have the same secret."""
    url = FILE if place == "file" else request.getfixturevalue("postgres_url")
    barrier = threading.Barrier(8)

    def work() -> bytes:
        barrier.wait(PATIENCE)
        opened = State(url, tmp_path)
        secret = opened.secret("cursor")
        opened.close()
        return secret

    with ThreadPoolExecutor(8) as pool:
        assert len({future.result() for future in [pool.submit(work) for _ in range(8)]}) == 1
    after = State(url, tmp_path)
    module.metadata.drop_all(after.engine)
    after.close()


def test_a_secret_outlives_a_restart(tmp_path: Path) -> None:
    """A file keeps it: cursors that were given out yesterday are good today."""
    secrets = []
    for _ in range(2):
        opened = State(FILE, tmp_path)
        secrets.append(opened.secret("cursor"))
        opened.close()
    assert secrets[0] == secrets[1]
    assert (tmp_path / "state.db").is_file()


def test_issues_are_counted_by_kind(state: State) -> None:
    """Each resource, field and kind has its count and some keys, the most frequent first."""
    ledger = Ledger(state)
    for number in range(30):
        ledger(found(str(number % 15)))
    ledger(found("7", "unknown-code", "status"))
    ledger(Failed("r1", "not an issue"))
    assert state.issues() == []
    ledger.flush()
    first, second = state.issues()
    assert (first.version, first.resource, first.field, first.issue, first.seen) == (
        "v1", "orders", "ordered_on", "not-a-date", 30,
    )  # fmt: skip
    assert first.samples == tuple(str(number) for number in range(SAMPLES))
    assert first.last_seen.endswith("Z")
    assert (second.field, second.seen, second.samples) == ("status", 1, ("7",))
    ledger.close()


def test_counts_add_up_over_flushes_and_workers(state: State) -> None:
    """Two ledgers over one state lose nothing; samples stay few."""
    ledgers = [Ledger(state), Ledger(state)]
    for turn in range(3):
        for ledger in ledgers:
            for number in range(5):
                ledger(found(f"{turn}-{number}"))
            ledger.flush()
    for ledger in ledgers:
        ledger.close()
    (issue,) = state.issues()
    assert issue.seen == 30
    assert issue.samples == (*(f"0-{number}" for number in range(5)), *(f"1-{number}" for number in range(5)))


def test_threads_lose_no_count(state: State) -> None:
    """Counting and writing may happen at once."""
    ledger = Ledger(state)

    def count() -> None:
        for number in range(100):
            ledger(found(str(number)))
            if number % 25 == 0:
                ledger.flush()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(count) for _ in range(4)]:
            future.result()
    ledger.close()
    assert [issue.seen for issue in state.issues()] == [400]


def test_the_ledger_is_written_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first issue after a flush sets the time of the next one."""
    monkeypatch.setattr("app.state.ledger.FLUSH_SECONDS", 0.01)
    opened = State(FILE, tmp_path)
    ledger = Ledger(opened)
    ledger(found())
    eventually(lambda: [issue.seen for issue in opened.issues()] == [1])
    assert ledger.timer is None
    ledger.close()
    opened.close()


def test_what_cannot_be_written_is_kept_for_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A state that is locked or gone costs no request and no count: the next flush has them."""
    opened = State(HASTY_FILE, tmp_path)
    ledger = Ledger(opened)
    ledger(found("1"))
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    ledger.flush()
    assert "cannot be written" in caplog.text
    ledger(found("2"))
    other.execute("ROLLBACK")
    other.close()
    ledger.close()
    (issue,) = opened.issues()
    assert (issue.seen, issue.samples) == (2, ("1", "2"))
    opened.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///missing/state.db", "unable to open database file"),
        ("postgresql://nobody:hunter2@127.0.0.1:1/none", "***"),
        ("no url at all", "cannot be read"),
        ("postgresql+psycopg99://x/y", "psycopg99"),
    ],
)
def test_a_place_that_is_none_is_known_at_once(tmp_path: Path, url: str, said: str) -> None:
    """The state is opened at the start: a wrong place is one error that says which, without its password."""
    with pytest.raises(StateError) as caught:
        State(url, tmp_path)
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_state_is_known_at_once(tmp_path: Path) -> None:
    """A file of something else is left alone."""
    (tmp_path / "state.db").write_bytes(b"not a database, but long enough to be taken for one" * 50)
    with pytest.raises(StateError, match="not a database"):
        State(FILE, tmp_path)
    assert (tmp_path / "state.db").read_bytes().startswith(b"not a database")


def test_a_state_that_goes_away_is_a_state_error(tmp_path: Path) -> None:
    """Whatever fails later is the same kind of error."""
    opened = State(HASTY_FILE, tmp_path)
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    for call in (lambda: opened.secret("cursor"), opened.issues):
        with pytest.raises(StateError, match="locked"):
            call()
    other.close()
    opened.close()
