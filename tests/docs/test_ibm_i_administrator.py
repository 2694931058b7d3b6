"""What the page for an IBM i administrator promises of the gateway is what the kind `as400` does."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from adapters import as400
from adapters.as400 import examine, parts
from adapters.as400.keywords import keywords
from adapters.guard.breaker import FIRST_PAUSE, LONGEST_PAUSE
from adapters.guard.pool import IDLE
from adapters.port import Terms
from tests.docs.erp400 import HOST
from tests.house.source import ROOT

PAGE: Final = (ROOT / "docs/how-to/tell-your-ibm-i-administrator.md").read_text(encoding="utf-8")
_KEYWORD: Final = re.compile(r"`([A-Z]+)=(\w+)`")


def test_the_keywords_are_those_that_are_sent() -> None:
    """Each keyword that the page shows has the value that the connection string has by default."""
    shown = dict(_KEYWORD.findall(PAGE))
    sent = keywords({"system": HOST})
    assert {"CONNTYPE", "CMT", "XDYNAMIC", "CLIENTAPPLNAME"} <= shown.keys()
    assert shown == {keyword: sent[keyword] for keyword in shown}


def test_the_ports_are_those_that_are_examined() -> None:
    """A firewall is opened for all ports that the doctor looks at, and for no other."""
    (line,) = (line for line in PAGE.splitlines() if line.startswith("| ports"))
    plain, _, secured = line.partition("with TLS")
    assert {int(port) for port in re.findall(r"\d+", plain)} == {plain for plain, *_ in examine._SERVERS}
    assert {int(port) for port in re.findall(r"\d+", secured)} == {secured for _, secured, *_ in examine._SERVERS}


def test_the_catalog_s_views_are_all_named() -> None:
    """Whoever grants authority by this list has granted enough: no query of the catalog asks another view."""
    texts = [each if isinstance(each, str) else each.text for each in vars(parts).values() if _asks(each)]
    asked = {name for text in texts for name in re.findall(r"(?:FROM|JOIN) (QSYS2?\.\w+)", text)}
    assert len(asked) >= 9
    assert {name for name in asked if f"`{name}`" not in PAGE} == set()


def test_the_words_of_a_statement_are_there() -> None:
    """The page quotes the end of every statement."""
    assert f"`{as400._SUFFIX}`" in PAGE


def test_the_times_are_those_of_the_guard() -> None:
    """Ten minutes of rest, and one to three seconds between two trials."""
    assert (IDLE, FIRST_PAUSE, LONGEST_PAUSE) == (600.0, 1.0, 3.0)


def test_nobody_connects_before_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source is opened without a log-in."""
    attempts: list[Any] = []
    monkeypatch.setattr(as400, "connect", lambda *given, **_: attempts.append(given))
    as400.KIND.open("erp", {"system": HOST, "user": "BASCULE"}, Terms(4, 5.0)).close()
    assert attempts == []


def _asks(value: object) -> bool:
    return isinstance(value, parts.Part) or (isinstance(value, str) and value.lstrip().startswith("SELECT"))
