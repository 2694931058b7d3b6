"""The place of the state: earlier releases, other eyes, memory, child processes."""

from __future__ import annotations

import sqlite3
import stat
import traceback
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from app.state import KeyRecord, State, StateError
from tests.adapters.guard.fakes import Child
from tests.patient import FILE

RECORD = KeyRecord("4f9Zk2Qa", b"\x01", "", "Acme", 1.0)

BEFORE_KEYS = """\
CREATE TABLE secret (name TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (name));
CREATE TABLE data_issue (version TEXT NOT NULL, resource TEXT NOT NULL, field TEXT NOT NULL, issue TEXT NOT NULL,
  seen BIGINT NOT NULL, samples TEXT NOT NULL, last_seen VARCHAR(32) NOT NULL, PRIMARY KEY (version, resource, field, issue));
INSERT INTO secret VALUES ('cursor', x'00112233');
INSERT INTO data_issue VALUES ('v1', 'orders', 'ordered_on', 'not-a-date', 7, '["4711"]', '2026-01-31T00:00:00Z');
"""


def test_a_state_of_a_release_without_keys_goes_on(tmp_path: Path) -> None:
    """Its secrets and its ledger are kept, and keys can be added."""
    earlier = sqlite3.connect(tmp_path / "state.db")
    earlier.executescript(BEFORE_KEYS)
    earlier.close()
    state = State(FILE, tmp_path)
    assert state.secret("cursor") == bytes.fromhex("00112233")
    assert [(issue.seen, issue.samples) for issue in state.issues()] == [(7, ("4711",))]
    assert (state.revision(), state.api_keys(), state.revocations()) == (0, [], frozenset())
    state.add_key(RECORD)
    assert (state.revision(), state.api_keys()) == (1, [RECORD])
    state.close()


def test_a_new_file_is_for_its_owner(tmp_path: Path) -> None:
    """Nobody else may read what cursors are signed with; the mode of a file that is there is its operator's."""
    for expected, mode in ((0o600, None), (0o640, 0o640)):
        if mode is not None:
            (tmp_path / "state.db").chmod(mode)
        State(FILE, tmp_path).close()
        assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == expected


def test_memory_is_empty_and_sound_after_it_was_closed(tmp_path: Path) -> None:
    """A database in memory ends with its connection; the next one has its tables."""
    state = State("sqlite://", tmp_path)
    state.add_key(RECORD)
    state.close()
    assert state.api_keys() == []
    state.add_key(RECORD)
    assert state.revision() == 1
    state.close()


@pytest.mark.parametrize("place", ["file", "postgresql"])
def test_a_child_has_connections_of_its_own(place: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A child that inherits an open state reads and writes over a new one, and the parent goes on with the one that it had."""
    state = State(FILE if place == "file" else request.getfixturevalue("postgres_url"), tmp_path)

    def connection() -> object:
        with state.database.reading() as found:
            return found.connection.dbapi_connection

    inherited = connection()

    def use() -> bool:
        state.revoke("token", "of the child", 9e9)
        return ("token", "of the child") in state.revocations() and connection() is not inherited

    assert connection() is inherited
    assert Child(use).good()
    assert connection() is inherited
    assert ("token", "of the child") in state.revocations()
    state.close()


def test_a_network_that_went_away_is_an_error_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL is asked with a time limit for connecting and for bytes on their way, unless the URL says another."""
    asked: list[dict[str, str]] = []

    def connect(*_: object, **words: str) -> None:
        asked.append(words)
        raise psycopg.OperationalError("nobody is there")

    monkeypatch.setattr("psycopg.connect", connect)
    for url in ("postgresql://h/d", "postgresql://h/d?connect_timeout=60"):
        with pytest.raises(StateError, match="nobody is there"):
            State(url, tmp_path)
    assert [(words["connect_timeout"], words["tcp_user_timeout"]) for words in asked] == [("5", "5000"), ("60", "5000")]


@pytest.mark.parametrize(
    "url", ["postgresql://u:geheim@127.0.0.1:1/d", "postgresql://127.0.0.1:1/d?password=geheim&sslpassword=geheim"]
)
def test_a_password_is_not_shown(tmp_path: Path, url: str) -> None:
    """Wherever it stands in the URL, what is said of a state that cannot be opened does not hold it."""
    with pytest.raises(StateError, match=r"127\.0\.0\.1") as failure:
        State(url, tmp_path)
    assert "geheim" not in "".join(traceback.format_exception(failure.value))


def test_a_failure_shows_no_values(tmp_path: Path) -> None:
    """Neither a hash, nor a secret, nor a key of a row, not even in the traceback."""
    state = State(FILE, tmp_path)
    state.add_key(RECORD)
    second = replace(RECORD, hash=b"c4n4ry", owner="c4n4ry")
    with pytest.raises(StateError) as failure:
        state.add_key(second)
    assert "c4n4ry" not in "".join(traceback.format_exception(failure.value))
    state.close()
