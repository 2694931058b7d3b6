"""`bascule links`: what is printed where, and what a person is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.callers.link import Link, NoLink
from app.callers.link_text import PREFIX, identifier
from app.callers.links import SECRET, Links
from app.callers.watch import Watch
from app.state import State
from tests import shop
from tests.cli.conftest import Bascule

ACCESS = "access: {read: items:read, rows: {name: claim:name}, rows_exempt: items:all}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shop's contract, closed, each caller with items of its own."""
    monkeypatch.delenv("BASCULE_BASE_URL", raising=False)
    built = shop.build(tmp_path / "shop", open_=False)
    shop.write_items(built, shop.ITEMS + ACCESS)
    return built


def served(folder: Path, text: str) -> Link:
    """What a gateway over the folder takes the text for."""
    state = State("sqlite:///state.db", folder)
    try:
        return Links(state.secret(SECRET), state, Watch(state)).open(text)
    finally:
        state.close()


def create(bascule: Bascule, folder: Path, *more: str) -> str:
    """The text of a new link."""
    result = bascule("links", "create", folder, "/v1/items/0001", "--field", "since", "--claim", "name=Spring", *more)
    assert result.exit_code == 0, result.stderr
    path: str = result.stdout.rstrip("\n")
    assert path.startswith(f"/links/{PREFIX}")
    return path.removeprefix("/links/")


def test_a_new_link_is_alone_on_standard_output(bascule: Bascule, folder: Path) -> None:
    """One line that a program can take; what it shows, and until when, on standard error, without the link."""
    result = bascule(
        "links", "create", folder, "/v1/items/0001", "--field", "since", "--field", "number", "--claim", "name=Spring",
        "--expires", "7d", "--note", "for ACME",
    )  # fmt: skip
    text = result.stdout.removeprefix("/links/").rstrip("\n")
    link = served(folder, text)
    assert (link.path, link.fields, link.caller.name) == ("/v1/items/0001", ("number", "since"), "for ACME")
    assert f"link {identifier(text)} shows number, since of /v1/items/0001 until 2" in result.stderr
    assert text not in result.stderr


def test_a_link_is_an_address_where_the_gateway_has_one(
    bascule: Bascule, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of the setting, ready to be sent."""
    monkeypatch.setenv("BASCULE_BASE_URL", "https://api.example.com/")
    result = bascule("links", "create", folder, "/v1/items/0001", "--field", "since", "--exempt")
    assert result.stdout.startswith(f"https://api.example.com/links/{PREFIX}")
    assert served(folder, result.stdout.strip().rpartition("/")[2]).caller.scopes == {"items:read", "items:all"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("/v1/items/0001", "--field", "sinc", "--exempt"), "items has no field 'sinc' — did you mean 'since'?"),
        (("/v1/items/0001", "--field", "since"), "the link needs the claim 'name', or an exemption from it"),
        (("/v1/itens/0001", "--field", "since", "--exempt"), "did you mean 'items'?"),
        (("/v1/items/0001", "--exempt"), "--field"),
        (("/v1/items/0001", "--field", "since", "--exempt", "--expires", "5y"), "expected"),
        (("/v1/items/0001", "--field", "since", "--exempt", "--expires", "2000d"), "366 days"),
        (("/v1/items/0001", "--field", "since", "--claim", "name"), "expected NAME=VALUE"),
    ],
)
def test_a_link_that_cannot_be_is_a_usage_error(
    bascule: Bascule, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    """One line says what is wrong, and what was meant; no link is made."""
    result = bascule("links", "create", folder, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert bascule("links", "list", folder).stdout == "0 links\n"


def test_links_are_listed_without_their_texts(bascule: Bascule, folder: Path) -> None:
    """For people in columns, for programs one object a line; the newest hundred where nothing else is asked."""
    first, second = create(bascule, folder), create(bascule, folder, "--note", "for ACME")
    listed = bascule("links", "list", folder).stdout
    assert listed.splitlines()[-1] == "2 links"
    assert [line.split()[:4] for line in listed.splitlines()[1:3]] == [
        [identifier(text), "active", "/v1/items/0001", "since"] for text in (second, first)
    ]
    assert first not in listed
    shown = [json.loads(line) for line in bascule("links", "list", folder, "--json").stdout.splitlines()]
    assert [(each["id"], each["note"], each["last_used_at"]) for each in shown] == [
        (identifier(second), "for ACME", None),
        (identifier(first), "", None),
    ]
    assert bascule("links", "list", folder, "--path", "/v1/items/0002").stdout == "0 links\n"


def test_a_long_list_says_that_there_is_more(bascule: Bascule, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And `--all` has it."""
    monkeypatch.setattr("app.cli.links._LISTED", 1)
    create(bascule, folder)
    create(bascule, folder)
    result = bascule("links", "list", folder)
    assert (result.stdout.splitlines()[-1], result.stderr) == ("1 link", "note: there are more: --all lists them\n")
    assert bascule("links", "list", folder, "--all").stdout.splitlines()[-1] == "2 links"


def test_a_link_is_revoked_by_its_id_or_by_itself(bascule: Bascule, folder: Path) -> None:
    """Also where a resource file has faults: taking back must not wait for somebody's spelling."""
    first, second = create(bascule, folder), create(bascule, folder)
    shop.write_items(folder, shop.BROKEN_ITEMS)
    for said, text in ((identifier(first), first), (f"https://api.example.com/links/{second}", second)):
        result = bascule("links", "revoke", folder, said)
        assert result.stdout.startswith(f"link {identifier(text)} to /v1/items/0001 was revoked at 2")
        with pytest.raises(NoLink):
            served(folder, text)


def test_an_unknown_link_is_said_so(bascule: Bascule, folder: Path) -> None:
    """One line and 1."""
    result = bascule("links", "revoke", folder, "nobody")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no link 'nobody'\n")


def test_faults_are_printed(bascule: Bascule, folder: Path) -> None:
    """A link is made from a plan: without one there is none."""
    shop.write_items(folder, shop.BROKEN_ITEMS)
    result = bascule("links", "create", folder, "/v1/items/0001", "--field", "since")
    assert result.exit_code == 1
    assert "v1/items.yaml:" in result.stderr
