"""Keys and revocations as they are kept, and the revision that tells of every change."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.state import KeyRecord, State, StateError
from app.state.revocations import SKEW

RECORD = KeyRecord(
    id="4f9Zk2Qa",
    hash=b"\x00\xff" * 16,
    pepper="0badcafe",
    owner="Müller & Söhne",
    created_at=900.5,
    note="for the portal",
    scopes=("orders:read", "items:read"),
    claims={"customer": ("C1001", "C1002"), "plant": ("3",)},
    rate="slow",
    networks=("10.0.0.0/8",),
    expires_at=9_000.25,
)
PLAIN = KeyRecord("aaaaaaaa", b"", "", "nobody", 100.0)


def test_a_key_comes_back_as_it_was_kept(state: State) -> None:
    """Every value survives, texts of any language and times with fractions too; the oldest comes first."""
    state.add_key(RECORD)
    state.add_key(PLAIN)
    assert state.api_keys() == [PLAIN, RECORD]


def test_an_id_is_given_once(state: State) -> None:
    """A second key of the same id is refused, and the first one stays."""
    state.add_key(RECORD)
    with pytest.raises(StateError):
        state.add_key(replace(PLAIN, id=RECORD.id))
    assert state.api_keys() == [RECORD]


def test_a_replaced_key_ends_and_names_the_new_one(state: State) -> None:
    """Both are there; the old one has an end."""
    state.add_key(RECORD)
    assert state.replace_key(RECORD.id, 2_000.0, PLAIN)
    assert state.api_keys() == [PLAIN, replace(RECORD, expires_at=2_000.0, replaced_by=PLAIN.id)]


def test_a_key_is_replaced_once(state: State) -> None:
    """Of several that replace it at the same time one succeeds, and one new key is kept."""
    state.add_key(RECORD)
    new = [replace(PLAIN, id=f"new{number}") for number in range(6)]
    with ThreadPoolExecutor(6) as crowd:
        done = list(crowd.map(lambda record: state.replace_key(RECORD.id, 2_000.0, record), new))
    assert done.count(True) == 1
    assert {each.id for each in state.api_keys()} == {RECORD.id, new[done.index(True)].id}


def test_a_revoked_key_is_not_replaced(state: State) -> None:
    """Nothing is kept in its place."""
    state.add_key(RECORD)
    state.revoke_key(RECORD.id)
    assert not state.replace_key(RECORD.id, 2_000.0, PLAIN)
    assert [each.id for each in state.api_keys()] == [RECORD.id]


def test_a_key_is_revoked_once(state: State) -> None:
    """The time of the first revocation stays; an unknown id changes nothing."""
    state.add_key(RECORD)
    assert state.revoke_key(RECORD.id)
    assert not state.revoke_key(RECORD.id)
    assert not state.revoke_key("unknown")
    assert state.api_keys() == [replace(RECORD, revoked_at=1_000.0)]


def test_the_last_use_only_grows(state: State) -> None:
    """A use that another worker has noted later stays."""
    state.add_key(RECORD)
    state.add_key(PLAIN)
    state.note_uses({RECORD.id: 50.0, PLAIN.id: 60.0})
    state.note_uses({RECORD.id: 40.0, PLAIN.id: 70.0, "unknown": 1.0})
    assert [each.last_used_at for each in state.api_keys()] == [70.0, 50.0]


CHANGES: list[tuple[str, Callable[[State], object], int]] = [
    ("add", lambda state: state.add_key(PLAIN), 1),
    ("replace", lambda state: state.replace_key(RECORD.id, 5.0, PLAIN), 1),
    ("replace none", lambda state: state.replace_key("unknown", 5.0, PLAIN), 0),
    ("revoke", lambda state: state.revoke_key(RECORD.id), 1),
    ("revoke none", lambda state: state.revoke_key("unknown"), 0),
    ("revoke a token", lambda state: state.revoke("token", "t1", 5_000.0), 1),
    ("use", lambda state: state.note_uses({RECORD.id: 5.0}), 0),
    ("a secret", lambda state: state.secret("other"), 0),
]


@pytest.mark.parametrize(("change", "by"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES])
def test_every_change_raises_the_revision(state: State, change: Callable[[State], object], by: int) -> None:
    """What changes whom a worker lets in raises it by one; what does not, leaves it."""
    assert state.revision() == 0
    state.add_key(RECORD)
    before = state.revision()
    change(state)
    assert state.revision() - before == by


def test_a_change_that_fails_raises_nothing(state: State) -> None:
    """The revision belongs to the transaction of the change."""
    state.add_key(RECORD)
    with pytest.raises(StateError):
        state.add_key(RECORD)
    assert state.revision() == 1


def test_changes_at_once_are_all_counted(state: State) -> None:
    """Threads that change at the same time raise the revision once each."""
    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(lambda number: state.revoke("token", f"t{number}", 5_000.0), range(20)))
    assert state.revision() == 20
    assert len(state.revocations()) == 20


def test_revocations_are_of_a_kind(state: State) -> None:
    """A token and a link of the same id are two; revoking again moves the end."""
    state.revoke("token", "x", 2_000.0)
    state.revoke("link", "x", 2_000.0)
    state.revoke("link", "x", 3_000.0)
    assert state.revocations() == {("token", "x"), ("link", "x")}


def test_a_revocation_is_forgotten_after_its_end(state: State) -> None:
    """What has ended by itself on every host is dropped by the next revocation; it is 1000 now."""
    state.revoke("token", "old", 999.0 - SKEW)
    state.revoke("token", "old here", 1_001.0 - SKEW)
    state.revoke("token", "new", 1_001.0)
    assert state.revocations() == {("token", "old here"), ("token", "new")}
