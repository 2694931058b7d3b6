"""Keys in several worker processes: made before the fork, revoked by another process, dead everywhere."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from app.callers.credentials import NotAccepted
from app.callers.key_manager import KeyManager
from app.callers.keys import Keyring
from app.state import State, metadata
from tests.adapters.guard.fakes import PATIENCE, Child, Flag
from tests.adapters.postgres import postgres_url
from tests.callers.keys_scene import PEPPER, PLAIN
from tests.patient import FILE

__all__ = ["postgres_url"]

WORKERS = 3
DEAD_WITHIN = 2.0  # seconds, on every worker


@pytest.fixture(params=["file", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A state that processes can share."""
    url = FILE if request.param == "file" else request.getfixturevalue("postgres_url")
    yield url, tmp_path
    state = State(url, tmp_path)
    metadata.drop_all(state.engine)
    state.close()


class Worker:
    """A process that uses a key all the time until it is refused; then it tells when it began its last use that was not."""

    def __init__(self, keyring: Keyring, text: str) -> None:
        self._readable, self._writable = os.pipe()
        self._accepted = Flag()
        self._process = Child(lambda: self._use(keyring, text))

    def await_accepted(self) -> None:
        """Wait until the key was accepted there."""
        self._accepted.hear()

    def last_accepted(self) -> float:
        """When the last use began that was not refused, by the monotonic clock."""
        assert self._process.good()
        last: float = struct.unpack("d", os.read(self._readable, 8))[0]
        return last

    def _use(self, keyring: Keyring, text: str) -> bool:
        first = last = monotonic()
        while monotonic() < first + 4 * PATIENCE:
            began = monotonic()
            try:
                keyring.caller(text)
            except NotAccepted:
                os.write(self._writable, struct.pack("d", last))
                return True
            if last == first:
                self._accepted.say()
            last = began
            sleep(0.005)
        return False


def test_a_revoked_key_is_dead_on_all_workers(place: tuple[str, Path]) -> None:
    """No worker lets it in any more two seconds later, each having recognised it before; a key beside it goes on.

    Every use is dated by its beginning, so that a machine that is slow makes no difference.
    """
    state = State(*place)
    manager = KeyManager(state, PEPPER)
    text, record = manager.create(PLAIN)
    beside, _ = manager.create(PLAIN)
    keyring = Keyring(state, PEPPER)
    keyring.caller(text)
    state.close()
    workers = [Worker(keyring, text) for _ in range(WORKERS)]
    for worker in workers:
        worker.await_accepted()
    manager.revoke(record.id)
    revoked = monotonic()
    assert all(worker.last_accepted() < revoked + DEAD_WITHIN for worker in workers)
    assert keyring.caller(beside).name == "Acme"
    keyring.close()
    state.close()


def test_workers_write_the_last_use_together(place: tuple[str, Path]) -> None:
    """The latest of all workers is what is kept, whoever writes last."""
    state = State(*place)
    text, record = KeyManager(state, PEPPER).create(PLAIN)
    state.close()

    def use(at: float) -> None:
        keyring = Keyring(state, PEPPER, lambda: at)
        keyring.caller(text)
        keyring.close()

    children = [Child(lambda at=at: use(at)) for at in (30.0, 50.0, 40.0)]  # type: ignore[misc]  # mypy knows no default of a lambda
    assert all(child.good() for child in children)
    assert [each.last_used_at for each in state.api_keys() if each.id == record.id] == [50.0]
    state.close()
