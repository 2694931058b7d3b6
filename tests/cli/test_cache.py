"""`bascule cache`: what is purged, and what a person is told."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest

from app.kept.purges import Purges
from app.state import State
from tests import shop
from tests.cli.conftest import Bascule

TAGS = {
    ("--everything",): ["everything"],
    ("--source", "shop"): ["source:shop"],
    ("--table", "shop/ITEM"): ["table:shop/ITEM"],
    ("--resource", "v1/items"): ["resource:v1/items"],
    ("--resource", "/v1/items"): ["resource:v1/items"],
    ("--item", "v1/items/0001"): ["item:v1/items/0001", "lists:v1/items"],
    ("--item", "/v1/items/00%30%31"): ["item:v1/items/0001", "lists:v1/items"],
    ("--item", "v1/items/Ü,1"): ["item:v1/items/%C3%9C%2C1", "lists:v1/items"],
    ("--item", "v1/items/0001", "--item", "v1/items/0002", "--source", "shop"): [
        "source:shop",
        "item:v1/items/0001",
        "lists:v1/items",
        "item:v1/items/0002",
    ],
}


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gives the commands."""
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")


def purged(bascule: Bascule, folder: Path) -> list[tuple[str, str]]:
    """What `show` lists: who, and what."""
    lines = bascule("cache", "show", folder, "--json").stdout.splitlines()
    return [(each["who"], each["tag"]) for each in map(json.loads, lines)]


@pytest.mark.parametrize("said", TAGS, ids=" ".join)
def test_what_is_said_is_purged(bascule: Bascule, folder: Path, said: tuple[str, ...]) -> None:
    """One line for each name, in the one form that it has; who did it is kept."""
    result = bascule("cache", "purge", folder, *said)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [f"purged {tag}" for tag in TAGS[said]]
    assert purged(bascule, folder)[::-1] == [("cli:ada", tag) for tag in TAGS[said]]


def test_a_gateway_that_runs_knows_of_it(bascule: Bascule, folder: Path) -> None:
    """What it keeps is good until then, and what it keeps of other things afterwards."""
    state = State("sqlite:///state.db", folder)
    purges = Purges(state)
    begun = purges.generation()
    bascule("cache", "purge", folder, "--item", "v1/items/0001")
    purges.ring()
    assert purges.generation() > begun
    assert not purges.valid(("item:v1/items/0001",), begun)
    assert purges.valid(("item:v1/items/0002",), begun)
    state.close()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((), ["nothing is named that is to be purged"]),
        (("--source", "shpo"), ["there is no source 'shpo' — did you mean 'shop'?"]),
        (("--table", "shop/ITM"), ["there is no table 'shop/ITM' — did you mean 'shop/ITEM'?"]),
        (("--resource", "v1/itens"), ["there is no resource 'v1/itens' — did you mean 'v1/items'?"]),
        (("--item", "v1/itens/1"), ["there is no resource 'v1/itens' — did you mean 'v1/items'?"]),
        (("--item", "v1/items"), ["'v1/items' is not the path of an item: v1/orders/4711"]),
        (("--item", "v1/items/"), ["'v1/items/' is not the path of an item: v1/orders/4711"]),
        (("--item", "v1/items/1?fields=name"), ["'v1/items/1?fields=name' is not the path of an item: v1/orders/4711"]),
        (("--item", "v1/items/%FF"), ["the key is not valid UTF-8"]),
        (("--item", "v1/items/\udcff"), ["the key is not valid UTF-8"]),
        (("--everything", "--source", "x", "--table", "y"), ["there is no source 'x'", "there is no table 'y'"]),
    ],
)
def test_a_mistake_purges_nothing(bascule: Bascule, folder: Path, said: tuple[str, ...], told: list[str]) -> None:
    """Every one is a line with the nearest name that there is."""
    result = bascule("cache", "purge", folder, *said)
    assert (result.exit_code, result.stdout) == (2, "")
    for sentence in told:
        assert sentence in result.stderr
    assert purged(bascule, folder) == []


def test_a_key_that_no_item_has_is_told(bascule: Bascule, folder: Path) -> None:
    """In the words of a request for it."""
    shop.write_items(folder, shop.ITEMS.replace("key: number", "key: since"))
    result = bascule("cache", "purge", folder, "--item", "v1/items/yesterday")
    assert result.exit_code == 2
    assert "since: expected a day of the calendar" in result.stderr


def test_purges_are_listed(bascule: Bascule, folder: Path) -> None:
    """The newest first, each name once, as many as are wanted."""
    assert bascule("cache", "show", folder).stdout == "0 purges\n"
    bascule("cache", "purge", folder, "--item", "v1/items/0001")
    bascule("cache", "purge", folder, "--item", "v1/items/0002")
    head, *lines, count = bascule("cache", "show", folder).stdout.splitlines()
    assert (head.split(), count) == (["AT", "WHO", "PURGED"], "3 purges")
    assert [line.split()[1:] for line in lines] == [
        ["cli:ada", "lists:v1/items"],
        ["cli:ada", "item:v1/items/0002"],
        ["cli:ada", "item:v1/items/0001"],
    ]
    few = bascule("cache", "show", folder, "--limit", "2")
    assert few.stdout.splitlines() == [head, *lines[:2], "2 purges"]
    assert few.stderr == "note: there are more: --limit lists them\n"


def test_purges_as_json(bascule: Bascule, folder: Path) -> None:
    """One object a line, with the time as RFC 3339 has it."""
    bascule("cache", "purge", folder, "--source", "shop")
    (line,) = bascule("cache", "show", folder, "--json").stdout.splitlines()
    found = json.loads(line)
    assert found.pop("at").endswith("Z")
    assert found.pop("id") > 1_700_000_000_000
    assert found == {"tag": "source:shop", "who": "cli:ada"}


def test_everything_is_purged_beside_faults(bascule: Bascule, folder: Path) -> None:
    """What has names is not: whether they are right cannot be known."""
    shop.write_items(folder, shop.BROKEN_ITEMS)
    assert bascule("cache", "purge", folder, "--everything").stdout == "purged everything\n"
    result = bascule("cache", "purge", folder, "--source", "shop")
    assert result.exit_code == 1
    assert "v1/items.yaml:" in result.stderr


@pytest.mark.parametrize("failure", [KeyError("uid not found"), OSError("no user")])
def test_a_user_without_a_name(
    bascule: Bascule, folder: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """In a container, say: the purge is done all the same."""

    def nobody() -> str:
        raise failure

    monkeypatch.setattr(getpass, "getuser", nobody)
    bascule("cache", "purge", folder, "--everything")
    assert purged(bascule, folder) == [("cli", "everything")]


def test_a_state_that_cannot_be_opened_is_said(bascule: Bascule, folder: Path) -> None:
    """A line with its place."""
    (folder / "gateway.yaml").write_text(shop.GATEWAY + "state: sqlite:///nowhere/state.db\n", encoding="utf-8")
    for arguments in (("purge", folder, "--everything"), ("show", folder)):
        result = bascule("cache", *arguments)
        assert result.exit_code == 1
        assert "nowhere" in result.stderr


@pytest.mark.parametrize("command", ["purge", "show"])
def test_each_command_explains_itself(bascule: Bascule, command: str) -> None:
    """`--help` answers with the command's own usage."""
    result = bascule("cache", command, "--help")
    assert result.exit_code == 0
    assert f"cache {command} [OPTIONS] FOLDER" in result.stdout
