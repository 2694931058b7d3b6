"""`bascule impact`: what is printed of a column, of a version, and of a name that there is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.plan.forms import Form, text_of
from app.state import State
from app.state.usage import OTHER
from tests import shop
from tests.cli.conftest import Bascule
from tests.cli.test_usage import BEFORE, TODAY, fill

OWNED = shop.ITEMS.replace("source: shop", "source: shop\nowner: shop@example.com")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shop, whose items have an owner, and whose first version is deprecated."""
    built = shop.build(tmp_path / "shop")
    shop.write_items(built, OWNED)
    (built / "v1" / "version.yaml").write_text(
        "status: deprecated\ndeprecated_on: 2026-01-01\nsunset_on: 2099-01-01\n", encoding="utf-8"
    )
    (built / "v2").mkdir()
    (built / "v2" / "version.yaml").write_text("extends: v1\nstatus: current\n", encoding="utf-8")
    return built


def test_a_column(bascule: Bascule, folder: Path) -> None:
    """What stands on it, who used that, whom to write to."""
    caller = fill(folder)
    result = bascule("impact", folder, "shop.ITEM.ITNAM")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["shop.ITEM.ITNAM"]
    assert ["field", "v1", "items", "name", "7", "1", TODAY] in lines
    assert ["filter", "v1", "items", "name", "7", "1", TODAY] in lines
    assert ["field", "v2", "items", "name", "0", "0", "-"] in lines
    assert [caller, "ACME", "(their", "portal)", "7", TODAY] in lines
    assert "  shop@example.com: /v1/items, /v2/items\n" in result.stdout


def test_a_field_stands_for_its_column(bascule: Bascule, folder: Path) -> None:
    """The very same answer."""
    fill(folder)
    assert bascule("impact", folder, "items.name").stdout == bascule("impact", folder, "shop.ITEM.ITNAM").stdout


def test_the_same_as_json(bascule: Bascule, folder: Path) -> None:
    """With names that stay."""
    caller = fill(folder)
    found = json.loads(bascule("impact", folder, "items.since", "--json").stdout)
    assert sorted(found) == ["callers", "days", "owners", "stands", "targets", "unowned"]
    assert found["targets"] == [
        {"source": "shop", "table": "ITEM", "query": "", "columns": ["ITDAT"], "name": "shop.ITEM.ITDAT"}
    ]
    assert found["stands"][0] == {
        "what": "field", "version": "v1", "resource": "items", "name": "since", "sure": True,
        "meaning": "a field that is stored there", "calls": 0, "callers": 0, "last": None,
    }  # fmt: skip
    assert {each["what"]: each["calls"] for each in found["stands"] if each["version"] == "v1"} == {
        "field": 0, "filter": 7, "sort": 7,
    }  # fmt: skip
    assert found["callers"] == [{"caller": caller, "name": "ACME (their portal)", "calls": 7, "last": TODAY}]
    assert (found["owners"], found["unowned"]) == ({"shop@example.com": ["/v1/items", "/v2/items"]}, [])


def test_without_a_state(bascule: Bascule, folder: Path) -> None:
    """There are no counts, and that is said; none is made up, and no state is made."""
    result = bascule("impact", folder, "shop.ITEM")
    assert result.exit_code == 0
    assert "there is no state yet: no counts" in result.stderr
    assert ["field", "v1", "items", "name", "-", "-", "-"] in [line.split() for line in result.stdout.splitlines()]
    assert "Nobody" not in result.stdout
    found = json.loads(bascule("impact", folder, "shop.ITEM", "--json").stdout)
    assert (found["days"], found["callers"]) == (None, [])
    assert {each["calls"] for each in found["stands"]} == {None}
    assert json.loads(bascule("impact", folder, "--version", "v1", "--json").stdout)["days"] is None
    assert not (folder / "state.db").exists()


def test_nobody(bascule: Bascule, folder: Path) -> None:
    """What was not used is said to be so; what has no owner, too; and what nothing stands on."""
    State("sqlite:///state.db", folder).close()
    shop.write_items(folder, shop.ITEMS.replace("  since: {column: ITDAT, type: date, stored_as: cyymmdd}\n", "").replace(
        ", since]", "]"))  # fmt: skip
    result = bascule("impact", folder, "shop.ITEM.ITNAM")
    assert "Nobody used it in the last 30 days." in result.stdout
    assert "nobody is named as `owner` of /v1/items, /v2/items" in result.stdout
    assert "Nobody was seen to use it." in bascule("impact", folder, "--version", "v1").stdout


def test_what_nothing_stands_on(bascule: Bascule, folder: Path) -> None:
    """A column that the source has, and the contract does not serve."""
    shop.write_items(
        folder, OWNED.replace("  name: {column: ITNAM, type: string}\n", "").replace("number, name", "number")
    )
    result = bascule("impact", folder, "shop.ITEM.ITNAM")
    assert result.exit_code == 0
    assert "Nothing of the contract stands on it." in result.stdout


def test_calls_of_which_little_is_known_are_said(bascule: Bascule, folder: Path) -> None:
    """They may have used the column, or not."""
    state = State("sqlite:///state.db", folder)
    state.add_usage({(TODAY, OTHER, text_of(Form("v1", "items", bare=True))): 9}, "2000-01-01")
    state.close()
    assert "of 9 calls no more is known than the resource" in bascule("impact", folder, "items.name").stderr


def test_a_version(bascule: Bascule, folder: Path) -> None:
    """How it stands, who was seen to use it in all the time that is kept, when last, and of what."""
    caller = fill(folder)
    result = bascule("impact", folder, "--version", "v1")
    first, _, head, *rows = result.stdout.splitlines()
    assert first == "v1 is deprecated since 2026-01-01, ends after 2099-01-01, and is followed by v2"
    assert head.split("  ")[0] == "CALLER"
    assert [row.split() for row in rows] == [
        [caller, "ACME", "(their", "portal)", "7", TODAY, "items"],
        ["anonymous", "-", "3", TODAY, "items,", "makers"],
    ]
    found = json.loads(bascule("impact", folder, "--version", "v1", "--days", "1", "--json").stdout)
    assert (found["version"], found["status"], found["successor"]) == ("v1", "deprecated", "v2")
    assert (found["deprecated_on"], found["sunset_on"]) == ("2026-01-01", "2099-01-01")
    assert [(each["caller"], each["calls"], each["last"]) for each in found["callers"]] == [
        (caller, 7, TODAY),
        ("anonymous", 3, TODAY),
    ]


def test_who_was_seen_long_ago_is_told(bascule: Bascule, folder: Path) -> None:
    """With no calls in the days that were asked for, and the last day."""
    state = State("sqlite:///state.db", folder)
    state.add_usage({(BEFORE, "key:gone", text_of(Form("v1", "items"))): 5}, "2000-01-01")
    state.close()
    (row,) = bascule("impact", folder, "--version", "v1").stdout.splitlines()[3:]
    assert row.split() == ["key:gone", "-", "0", BEFORE, "items"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("shop.ITEM.ITNAME",), "shop.ITEM has no column 'ITNAME' — did you mean 'ITNAM'?"),
        (("shop.ITEN",), "the catalog of 'shop' has no table 'ITEN' — did you mean 'ITEM'?"),
        (("itens.name",), "there is no source and no resource 'itens' — did you mean 'items'?"),
        (("--version", "v3"), "there is no 'v3' in this contract"),
        ((), "one of them"),
        (("items.name", "--version", "v1"), "one of them"),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    bascule: Bascule, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    """With the nearest name."""
    result = bascule("impact", folder, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
