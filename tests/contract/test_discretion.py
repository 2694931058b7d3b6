"""Discretion: no text has a secret of the contract, in whatever form a driver repeats it; everything else stays as it is."""

from __future__ import annotations

import pytest

from app.assembly import kinds
from app.contract.discretion import HIDDEN, discretion
from app.contract.model import Contract, SourceSpec, StoresSpec

SECRET = "s3 cr}e't/&ü"
ENCODED = "top%20s%26cret"


def contract(**sources: tuple[str, dict[str, str]]) -> Contract:
    """A contract with these sources, by kind and words, and secrets of its own."""
    specs = {name: SourceSpec(name, kind, words, "UTC") for name, (kind, words) in sources.items()}
    cache = StoresSpec(shared="rediss://:redis-secret@cache:6379/0")
    return Contract("", "", specs, {}, state="postgresql://gateway@db/state?password=state-secret", cache=cache)


DISCREET = discretion(
    contract(
        erp=("as400", {"system": "erp400.example.com", "user": "BASCULE", "password": SECRET}),
        mes=("postgresql", {"url": f"postgresql://reader:{ENCODED}@mes.example.com/mes"}),
        lab=("odbc", {"connection": "DRIVER=Lab;SERVER=lab;PWD={lab;}}secret}", "password": "abc"}),
        own=("sqlite", {"path": "/data/own.db"}),
    ),
    kinds(),
)


@pytest.mark.parametrize(
    "text",
    [
        f"log-in failed: '{SECRET}'",
        f"log-in failed: '{SECRET.upper()}'",
        "DSN=x;UID=BASCULE;PWD={s3 cr}}e't/&ü};SSL=1",
        "password='s3 cr}e\\'t/&ü' host=erp400",
        "https://erp400/?p=s3%20cr%7De%27t%2F%26%C3%BC",
        "https://erp400/?p=s3+cr%7de%27t%2f%26%c3%bc",
        '{"password":"s3 cr}e\'t/&\\u00fc"}',
        f"connect(password={SECRET!r})",
        "invalid DSN: postgresql://reader:top%20s%26cret@mes.example.com/mes",
        "fe_sendauth: top s&cret",
        "[Lab] cannot connect: DRIVER=Lab;SERVER=lab;PWD={lab;}}secret}",
        "[Lab] lab;}secret is not it",
        "state: state-secret",
        "AUTH failed for redis-secret",
    ],
)
def test_a_secret_is_hidden_in_every_form(text: str) -> None:
    """As it is, in a URL, in braces, in quotes, in JSON, as a literal; from every word of the contract that may hold one."""
    hidden = DISCREET(text)
    assert HIDDEN in hidden
    assert not [piece for piece in ("s3", "S3", "s&c", "s%26", ";}", "state-secret", "redis-secret") if piece in hidden]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("DSN=x;Pwd=abc;SSL=1", "DSN=x;Pwd=•••;SSL=1"),
        ("pwd = {cut off in the mid", "pwd = •••"),
        ("'PASSWORD=somebody-elses'", "'PASSWORD=•••"),
        ("amqp://reader:abc@host/x", "amqp://reader:•••@host/x"),
    ],
)
def test_what_stands_behind_a_name_is_hidden_whatever_it_is(text: str, hidden: str) -> None:
    """A short one, half of one, one that the contract does not have."""
    assert DISCREET(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "connection to server at erp400.example.com failed for BASCULE: connection refused",
        "unable to open database file /data/own.db",
        "the alphabet begins with abc",
        'password authentication failed for user "reader"',
        "",
    ],
)
def test_nothing_else_is_hidden(text: str) -> None:
    """Neither what tells an operator where to look, nor a word that a short password happens to be."""
    assert DISCREET(text) == text


def test_a_contract_without_secrets_has_none_to_hide() -> None:
    """Texts stay as they are."""
    discreet = discretion(Contract("", "", {}, {}), kinds())
    assert discreet("no such table: ORDHDR") == "no such table: ORDHDR"
