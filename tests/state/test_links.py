"""Links as they are kept, on every kind of database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.state import LinkRecord, State, StateError

RECORD = LinkRecord("0" * 24, "/v1/orders/4711", ("number", "status"), "für Müller & Söhne", 900.5, 9_000.25)
NEWER = replace(RECORD, id="1" * 24, path="/v1/orders/4712", created_at=950.0)


def test_a_link_comes_back_as_it_was_kept(state: State) -> None:
    """Every value survives; one that nobody knows is None."""
    state.add_link(RECORD)
    assert state.link(RECORD.id) == RECORD
    assert state.link("nobody") is None


def test_an_id_is_given_once(state: State) -> None:
    """A second link of the same id is refused, and the first one stays."""
    state.add_link(RECORD)
    with pytest.raises(StateError):
        state.add_link(replace(NEWER, id=RECORD.id))
    assert state.links("", None, 10) == [RECORD]


def test_links_come_in_pages(state: State) -> None:
    """The newest first, also among those of one time; behind one of them; to one item."""
    same = replace(NEWER, id="2" * 24)
    for each in (RECORD, same, NEWER):
        state.add_link(each)
    assert state.links("", None, 10) == [same, NEWER, RECORD]
    assert state.links("", same, 1) == [NEWER]
    assert state.links(NEWER.path, NEWER, 10) == []
    assert state.links(RECORD.path, None, 10) == [RECORD]


def test_a_revocation_is_one_transaction(state: State) -> None:
    """The link says when, workers are told, and both happen once."""
    state.add_link(RECORD)
    assert state.revoke_link("link", RECORD)
    assert state.link(RECORD.id) == replace(RECORD, revoked_at=1_000.0)
    assert state.revocations() == {("link", RECORD.id)}
    revision = state.revision()
    assert not state.revoke_link("link", RECORD)
    assert state.revision() == revision


def test_the_latest_use_stays(state: State) -> None:
    """Whichever worker writes last."""
    state.add_link(RECORD)
    state.note_link_uses({RECORD.id: 960.0, "nobody": 1.0})
    state.note_link_uses({RECORD.id: 955.0})
    assert state.link(RECORD.id) == replace(RECORD, last_used_at=960.0)
