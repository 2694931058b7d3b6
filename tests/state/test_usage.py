"""Usage, as it is kept: days, forms, and how many of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.plan.forms import Form, bare, parsed, text_of
from app.state import State, StateError, UsageRecord, usage
from app.state.database import is_there
from app.state.tables import usage_form
from app.state.usage import OTHER

LIST = Form("v1", "orders", fields=("number", "Größe"), filters=("status", "day[gte]"), sorts=("day",))
ITEM = Form("v1", "orders", item=True, expansions=(("orders", "lines"),), along=(("lines", ("order", "line")),))
A_LIST, AN_ITEM = text_of(LIST), text_of(ITEM)
OLDEST = "2026-01-01"


@pytest.mark.parametrize("form", [LIST, ITEM, Form("v1", "orders", bare=True)])
def test_a_form_is_what_its_text_says(form: Form) -> None:
    """A text that another process has written is the same form."""
    assert parsed(text_of(form)) == form
    assert parsed(bare(text_of(form))) == Form("v1", "orders", bare=True)


def test_counts_add_up(state: State) -> None:
    """Those of several writers and days; the most frequent come first."""
    state.add_usage({("2026-11-20", "key:a", A_LIST): 2, ("2026-11-20", "key:b", AN_ITEM): 1}, OLDEST)
    state.add_usage({("2026-11-20", "key:a", A_LIST): 3, ("2026-11-21", "key:a", A_LIST): 4}, OLDEST)
    assert state.usage("2026-11-20") == [
        UsageRecord("key:a", LIST, 9, "2026-11-20", "2026-11-21"),
        UsageRecord("key:b", ITEM, 1, "2026-11-20", "2026-11-20"),
    ]
    assert state.usage("2026-11-21") == [UsageRecord("key:a", LIST, 4, "2026-11-21", "2026-11-21")]
    assert state.usage("2026-11-22") == []


def test_old_days_are_forgotten(state: State) -> None:
    """With the forms that no day names any more; and what comes too late is not kept."""
    state.add_usage({("2026-11-01", "key:a", A_LIST): 2, ("2026-11-02", "key:a", AN_ITEM): 1}, OLDEST)
    state.add_usage({("2026-11-01", "key:a", A_LIST): 5}, "2026-11-02")
    assert [(each.form, each.calls) for each in state.usage("")] == [(ITEM, 1)]
    with state.database.reading() as connection:
        assert list(connection.scalars(usage_form.select())) == [usage._id(AN_ITEM)]
    state.add_usage({("2026-11-03", "key:a", A_LIST): 1}, "2026-11-02")
    assert {each.form for each in state.usage("")} == {LIST, ITEM}


def test_a_day_has_so_many_rows(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes beyond them counts as another's, by its resource; no call is lost, and the next day has room again."""
    monkeypatch.setattr(usage, "MOST_ROWS", 3)
    for number in range(5):
        state.add_usage({("2026-11-20", f"key:{number}", A_LIST): 10, ("2026-11-20", "key:0", AN_ITEM): 1}, OLDEST)
    state.add_usage({("2026-11-21", "key:4", A_LIST): 1}, OLDEST)
    found = {(each.caller, each.form): each.calls for each in state.usage("")}
    assert found == {
        ("key:0", LIST): 10,
        ("key:0", ITEM): 5,
        ("key:1", LIST): 10,
        (OTHER, Form("v1", "orders", bare=True)): 30,
        ("key:4", LIST): 1,
    }


def test_a_caller_has_so_many_forms(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes beyond them is its own, by its resource: who asks for ever other fields drives nobody else out."""
    monkeypatch.setattr(usage, "MOST_FORMS", 2)
    texts = [text_of(Form("v1", "orders", fields=(f"f{number}",))) for number in range(5)]
    for _ in range(2):
        state.add_usage({("2026-11-20", "key:a", text): 1 for text in texts}, OLDEST)
    state.add_usage({("2026-11-20", "key:b", A_LIST): 1}, OLDEST)
    found = [(each.caller, each.form.fields, each.calls) for each in state.usage("")]
    assert found[0] == ("key:a", (), 6)
    assert sorted(found[1:]) == [("key:a", ("f0",), 2), ("key:a", ("f1",), 2), ("key:b", LIST.fields, 1)]


def test_many_forms_are_kept_at_once(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one question names."""
    monkeypatch.setattr(usage, "CHUNK", 2)
    texts = [text_of(Form("v1", f"r{number}")) for number in range(5)]
    for _ in range(2):
        state.add_usage({("2026-11-20", "key:a", text): 1 for text in texts}, OLDEST)
    assert sorted((each.form.resource, each.calls) for each in state.usage("")) == [(f"r{n}", 2) for n in range(5)]


def test_whether_there_is_a_state(tmp_path: Path) -> None:
    """To look for one makes none; one in another server, or in memory, is not looked for."""
    assert not is_there("sqlite:///state.db", tmp_path)
    assert list(tmp_path.iterdir()) == []
    State("sqlite:///state.db", tmp_path).close()
    assert is_there("sqlite:///state.db", tmp_path)
    assert not is_there("sqlite://", tmp_path)
    assert is_there("postgresql://nobody@db.example/state", tmp_path)
    with pytest.raises(StateError, match="cannot be read"):
        is_there("nothing", tmp_path)
