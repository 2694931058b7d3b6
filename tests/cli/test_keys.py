"""`bascule keys`: what is printed where, and what a person is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.callers.key_text import parse, pepper_of
from app.callers.keys import Keyring
from app.exchange import Caller
from app.state import State
from tests import shop
from tests.cli.conftest import Bascule


@pytest.fixture(autouse=True)
def own_pepper(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state's own pepper, whatever the environment says."""
    monkeypatch.delenv("BASCULE_PEPPER", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shop's contract, closed."""
    return shop.build(tmp_path / "shop", open_=False)


def caller(folder: Path, text: str, pepper: str = "") -> Caller:
    """Who a gateway over the folder takes the holder of the key for."""
    state = State("sqlite:///state.db", folder)
    try:
        return Keyring(state, pepper_of(pepper, state)).caller(text, "10.0.0.1")
    finally:
        state.close()


def create(bascule: Bascule, folder: Path, *more: str) -> str:
    """The text of a new key."""
    result = bascule("keys", "create", folder, "--owner", "Acme", *more)
    assert result.exit_code == 0, result.stderr
    return result.stdout.rstrip("\n")


def test_a_new_key_is_alone_on_standard_output(bascule: Bascule, folder: Path) -> None:
    """One line that a program can take, good for what was said; about it on standard error, without it."""
    options = ("--scope", "a:read", "--claim", "customer=C1", "--claim", "customer=C2=x", "--network", "10.0.0.0/8")
    result = bascule("keys", "create", folder, "--owner", "Acme & Co", *options, "--expires", "90d", "--rate", "slow")
    text = result.stdout.rstrip("\n")
    assert result.stdout == f"{text}\n"
    assert parse(text) is not None
    assert caller(folder, text) == Caller(
        "Acme & Co", f"key:{parse(text)}", frozenset({"a:read"}), {"customer": ("C1", "C2=x")}, "slow"
    )
    assert f"key {parse(text)} of Acme & Co expires at 2" in result.stderr
    assert text[17:] not in result.stderr


def test_what_the_contract_never_names_is_a_note(bascule: Bascule, folder: Path) -> None:
    """A scope, a claim and a class of limits, with the nearest; the key is made all the same."""
    options = ("--scope", "bascule:admn", "--claim", "customer=C1", "--rate", "defualt")
    result = bascule("keys", "create", folder, "--owner", "Acme", *options)
    assert result.exit_code == 0
    assert "note: the contract names no scope 'bascule:admn' — did you mean 'bascule:admin'?" in result.stderr
    assert "note: the contract names no claim 'customer'" in result.stderr
    assert "note: the contract names no class of limits 'defualt' — did you mean 'default'?" in result.stderr
    assert "never expires" in result.stderr


def test_an_open_contract_needs_no_key(bascule: Bascule, tmp_path: Path) -> None:
    """Whoever makes one is told that nobody asks for it."""
    result = bascule("keys", "create", shop.build(tmp_path / "open"), "--owner", "Acme")
    assert result.exit_code == 0
    assert "`security: open`" in result.stderr


def test_the_pepper_is_that_of_the_setting(bascule: Bascule, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is good for a gateway with the same BASCULE_PEPPER; who has another one is told of it, and not what it is."""
    create(bascule, folder)
    monkeypatch.setenv("BASCULE_PEPPER", "hunter2 of the operator")
    result = bascule("keys", "create", folder, "--owner", "Acme")
    assert caller(folder, result.stdout.strip(), "hunter2 of the operator").name == "Acme"
    assert "1 key made with another BASCULE_PEPPER" in result.stderr
    listed = bascule("keys", "list", folder)
    assert "1 key made with another BASCULE_PEPPER" in listed.stderr
    assert "hunter2" not in result.stderr + listed.stdout + listed.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--claim", "customer"), "'customer': expected NAME=VALUE"),
        (("--claim", "=C1"), "expected NAME=VALUE"),
        (("--expires", "90"), "expected a time with its unit"),
        (("--expires", "0d"), "more than nothing"),
        (("--expires", "0"), "more than nothing"),
        (("--expires", "99999d"), "a hundred years"),
        (("--network", "10.0.0.1/8"), "did you mean '10.0.0.0/8'?"),
        (("--scope", "a b"), "expected a scope"),
        (("--rate", "Slow!"), "expected the name of a class"),
        (("--owner", ""), "an owner"),
    ],
)
def test_what_cannot_be_given_is_a_usage_error(
    bascule: Bascule, folder: Path, options: tuple[str, ...], said: str
) -> None:
    """Nothing is printed on standard output, and no key is made."""
    result = bascule("keys", "create", folder, "--owner", "Acme", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())
    assert bascule("keys", "list", folder).stdout == "0 keys\n"


def test_keys_are_listed_without_secrets(bascule: Bascule, folder: Path) -> None:
    """A line each, with what it is good for and where it is in its life."""
    old = create(bascule, folder, "--scope", "a:read", "--claim", "customer=C1", "--note", "for the portal")
    new = bascule("keys", "rotate", folder, parse(old), "--overlap", "1h").stdout.strip()
    revoked = create(bascule, folder)
    bascule("keys", "revoke", folder, parse(revoked))
    head, *lines, count = bascule("keys", "list", folder).stdout.splitlines()
    assert (head.split()[0], count) == ("ID", "3 keys")
    assert [line.split()[:2] for line in lines] == [
        [parse(old), "replaced"],
        [parse(new), "active"],
        [parse(revoked), "revoked"],
    ]
    assert f"> {parse(new)}" in lines[0]
    assert all(word in lines[1] for word in ("Acme", "a:read", "customer=C1", "never", "for the portal"))


def test_keys_as_json(bascule: Bascule, folder: Path) -> None:
    """One object a line, with times as RFC 3339 has them, and neither hash nor pepper."""
    text = create(bascule, folder, "--claim", "customer=C1", "--network", "10.0.0.0/8")
    caller(folder, text)
    (line,) = bascule("keys", "list", folder, "--json").stdout.splitlines()
    found = json.loads(line)
    assert found.pop("created_at").endswith("Z")
    assert found == {
        "state": "active", "id": parse(text), "owner": "Acme", "note": "", "scopes": [], "claims": {"customer": ["C1"]},
        "rate": "default", "networks": ["10.0.0.0/8"], "expires_at": None, "revoked_at": None, "replaced_by": None,
        "last_used_at": None,
    }  # fmt: skip


def test_the_last_use_is_listed(bascule: Bascule, folder: Path) -> None:
    """What a gateway has noted."""
    text = create(bascule, folder)
    state = State("sqlite:///state.db", folder)
    state.note_uses({str(parse(text)): 1_700_000_000.0})
    state.close()
    assert "2023-11-14T22:13:20Z" in bascule("keys", "list", folder).stdout


def test_a_rotated_key_has_an_end(bascule: Bascule, folder: Path) -> None:
    """The new key is alone on standard output, both are good, and the end of the old one is said."""
    old = create(bascule, folder, "--scope", "a:read")
    result = bascule("keys", "rotate", folder, f"key:{parse(old)}")
    new = result.stdout.rstrip("\n")
    assert caller(folder, new).scopes == caller(folder, old).scopes == {"a:read"}
    assert f"key {parse(old)} ends at 2" in result.stderr
    again = bascule("keys", "rotate", folder, parse(old))
    assert (again.exit_code, again.stdout) == (1, "")
    assert f"was replaced by {parse(new)}" in again.stderr


def test_without_an_overlap_the_old_key_is_dead(bascule: Bascule, folder: Path) -> None:
    """`--overlap 0` ends it at once."""
    old = create(bascule, folder)
    bascule("keys", "rotate", folder, parse(old), "--overlap", "0")
    with pytest.raises(Exception, match="not accepted"):
        caller(folder, old)


@pytest.mark.parametrize("form", ["{id}", "key:{id}", "{text}", "{text}x"])
def test_a_key_is_revoked_by_any_of_its_names(bascule: Bascule, folder: Path, form: str) -> None:
    """Its id, its name in the audit, or the leaked text itself, of which nothing but the id is said."""
    text = create(bascule, folder)
    result = bascule("keys", "revoke", folder, form.format(id=parse(text), text=text))
    assert f"key {parse(text)} of Acme was revoked at 2" in result.stdout
    assert text[17:] not in result.stdout + result.stderr
    with pytest.raises(Exception, match="not accepted"):
        caller(folder, text)


@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_an_unknown_id_names_the_nearest(bascule: Bascule, folder: Path, command: str) -> None:
    """And a text that might be a key is never said."""
    text = create(bascule, folder)
    result = bascule("keys", command, folder, str(parse(text))[:-1])
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"did you mean '{parse(text)}'?" in result.stderr
    assert "secret" not in bascule("keys", command, folder, "bascule_unknown0_secret").stderr


def test_a_key_is_revoked_beside_faults_in_resources(bascule: Bascule, folder: Path) -> None:
    """An emergency does not wait for a mended contract; what it names is not judged then."""
    text = create(bascule, folder)
    shop.write_items(folder, shop.BROKEN_ITEMS)
    assert bascule("keys", "revoke", folder, parse(text)).exit_code == 0
    assert "names no" not in bascule("keys", "create", folder, "--owner", "Acme", "--scope", "a:read").stderr


def test_a_faulty_gateway_file_has_no_keys(bascule: Bascule, folder: Path) -> None:
    """Whose state it is cannot be told: nothing is opened or made."""
    (folder / "gateway.yaml").write_text(shop.GATEWAY + "stat: sqlite:///other.db\n", encoding="utf-8")
    result = bascule("keys", "list", folder)
    assert result.exit_code == 1
    assert "gateway.yaml:4:1" in result.stderr
    assert list(folder.glob("*.db")) == [folder / "shop.db"]


def test_a_state_that_cannot_be_opened_is_said(bascule: Bascule, folder: Path) -> None:
    """A state in a folder that does not exist is a line with its place."""
    (folder / "gateway.yaml").write_text(shop.GATEWAY + "state: sqlite:///nowhere/state.db\n", encoding="utf-8")
    result = bascule("keys", "list", folder)
    assert result.exit_code == 1
    assert "nowhere" in result.stderr


@pytest.mark.parametrize("command", ["create", "list", "rotate", "revoke"])
def test_each_command_explains_itself(bascule: Bascule, command: str) -> None:
    """`--help` answers with the command's own usage."""
    result = bascule("keys", command, "--help")
    assert result.exit_code == 0
    assert f"keys {command} [OPTIONS] FOLDER" in result.stdout
