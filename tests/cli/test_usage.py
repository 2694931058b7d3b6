"""`bascule usage`: who read what, summed up by whatever is asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.plan.forms import Form, text_of
from app.state import State
from app.state.usage import OTHER
from app.usage.summary import BY
from tests import shop
from tests.cli.conftest import Bascule

LIST = Form("v1", "items", fields=("number", "name"), filters=("name", "since[gte]"), sorts=("since",))
ITEM = Form(
    "v1", "items", item=True, fields=("number",), expansions=(("items", "makers"),), along=(("makers", ("id",)),)
)
NOW = datetime.now(UTC).date()
TODAY, BEFORE = NOW.isoformat(), (NOW - timedelta(days=40)).isoformat()


def fill(folder: Path) -> str:
    """Count some reads of a key's holder and of others; the identity of that caller."""
    state = State("sqlite:///state.db", folder)
    _, record = KeyManager(state, pepper_of("", state)).create(Grant("ACME", note="their portal"))
    caller = f"key:{record.id}"
    counts = {(TODAY, caller, LIST): 7, (TODAY, "anonymous", ITEM): 3, (BEFORE, "anonymous", LIST): 100}
    state.add_usage({(day, who, text_of(form)): calls for (day, who, form), calls in counts.items()}, "2000-01-01")
    state.close()
    return caller


def said(bascule: Bascule, folder: Path, *options: str) -> list[dict[str, Any]]:
    """What is printed as JSON."""
    return [json.loads(line) for line in bascule("usage", folder, "--json", *options).stdout.splitlines()]


PLACES: dict[str, list[tuple[tuple[str, ...], int]]] = {
    "version": [(("v1",), 10)],
    "resource": [(("v1", "items"), 10), (("v1", "makers"), 3)],
    "field": [
        (("v1", "items", "number"), 10),
        (("v1", "items", "name"), 7),
        (("v1", "makers", "id"), 3),
    ],
    "filter": [(("v1", "items", "name"), 7), (("v1", "items", "since[gte]"), 7)],
    "sort": [(("v1", "items", "since"), 7)],
    "expansion": [(("v1", "items", "makers"), 3)],
}


@pytest.mark.parametrize("by", PLACES)
def test_sums_by_what_is_asked_for(bascule: Bascule, folder: Path, by: str) -> None:
    """The largest first; a call counts once under each place, and days before are left out."""
    fill(folder)
    found = said(bascule, folder, "--by", by)
    assert [(tuple(each[column] for column in BY[by].columns), each["calls"]) for each in found] == PLACES[by]
    assert {(each["first"], each["last"], each["days"]) for each in found} == {(TODAY, TODAY, 30)}


def test_every_way_to_sum_up_is_tried() -> None:
    """The table above and the one of the code have the same words."""
    assert {*PLACES, "caller"} == set(BY)


def test_callers_have_names(bascule: Bascule, folder: Path) -> None:
    """That of the key's owner, and what was noted."""
    caller = fill(folder)
    result = bascule("usage", folder, "--days", "41")
    assert result.exit_code == 0
    head, first, second = result.stdout.splitlines()
    assert head.split() == ["CALLER", "WHOSE", "CALLS", "FIRST", "LAST"]
    assert first.split() == ["anonymous", "-", "103", BEFORE, TODAY]
    assert second.split() == [caller, "ACME", "(their", "portal)", "7", TODAY, TODAY]
    assert [(each["caller"], each["name"]) for each in said(bascule, folder)] == [
        (caller, "ACME (their portal)"),
        ("anonymous", None),
    ]


def test_one_callers_reads(bascule: Bascule, folder: Path) -> None:
    """By its identifier, or by the owner of its key; another name gets the nearest."""
    caller = fill(folder)
    for name in (caller, "ACME", "ACME (their portal)"):
        assert [each["calls"] for each in said(bascule, folder, "--caller", name)] == [7]
    result = bascule("usage", folder, "--caller", "anonymos")
    assert result.exit_code == 2
    assert "no read of 'anonymos' was counted in the last 30 days — did you mean 'anonymous'?" in result.stderr


def test_what_is_not_known_is_said(bascule: Bascule, folder: Path) -> None:
    """Calls that were counted by their resource alone, and that nothing was counted."""
    assert "there is no state yet: no counts" in bascule("usage", folder).stderr
    assert not (folder / "state.db").exists()
    state = State("sqlite:///state.db", folder)
    assert "no such read was counted in the last 30 days" in bascule("usage", folder).stderr
    state.add_usage({(TODAY, OTHER, text_of(Form("v1", "items", bare=True))): 9}, "2000-01-01")
    state.close()
    result = bascule("usage", folder)
    assert "of 9 calls no more is known than the resource" in result.stderr
    assert result.stdout.splitlines()[1].split()[:3] == [OTHER, "-", "9"]


def test_a_state_that_cannot_be_read_is_said(bascule: Bascule, folder: Path) -> None:
    """In a line; the command ends well."""
    (folder / "state.db").write_text("no database at all, but long enough to be looked at " * 40, encoding="utf-8")
    result = bascule("usage", folder)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "note: no counts: state sqlite" in result.stderr


def test_faults_of_resources_are_no_hindrance(bascule: Bascule, folder: Path) -> None:
    """What was read is known without them."""
    fill(folder)
    shop.write_items(folder, shop.BROKEN_ITEMS)
    assert [each["calls"] for each in said(bascule, folder)] == [7, 3]
