"""Telling a credential in a text that is to be written down, however it got there and however it is spelled."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from app.callers.audit import HIDDEN, redaction
from app.callers.credentials import holds_credential
from app.callers.key_text import mint
from app.callers.link_text import Seal
from app.callers.own_tokens import PREFIX as TOKEN
from app.exchange import Inbound
from app.stages.record import path_of
from tests.callers.issuing import claims, private_key, signed

KEY = mint(b"pepper of the tests").text
LINK = Seal(b"s" * 32).close("anything")[1]
FOREIGN = signed(claims(), private_key("ES256"), "ES256")
ENCRYPTED = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYzXO.XFBoMYUZodetZdvTiFvSkQ"
SPACED = "ewogICJhbGciOiAiSFMyNTYiCn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"  # its header begins with a line break
CREDENTIALS = [KEY, LINK, TOKEN + FOREIGN, FOREIGN, ENCRYPTED, SPACED]
KINDS = ["key", "link", "token", "foreign", "encrypted", "spaced"]  # not by their texts, which are made by chance

ORDINARY = [
    "", "/", "/v1/orders", "/v1/orders/4711", "/v1/orders/A%2FB", "/v1/orders/100%25", "/v1/orders/%C3%9C.x.y", "100%", "50%%",
    "2026.11.01", "10.0.0.1", "1.234.567,89", "www.keyboards-and-mice.example.com", "eyes", "%2525", "\udc80%41",
]  # fmt: skip


def _every_octet(text: str) -> str:
    return "".join(f"%{ord(letter):02x}" for letter in text)


def _spelled(text: str) -> list[str]:
    """A text as it is, with its marks encoded, with all of it encoded, encoded twice, and in the midst of others."""
    marks = text.replace("_", "%5F").replace(".", "%2E")
    return [text, marks, _every_octet(text), quote(marks), _every_octet(_every_octet(text)), f"a b=.{marks}&é€%"]


@pytest.mark.parametrize("credential", CREDENTIALS, ids=KINDS)
def test_a_credential_is_told_however_it_is_spelled(credential: str) -> None:
    """Keys, links, tokens of the gateway's own and of others, in clear and percent-encoded."""
    assert [each for each in _spelled(credential) if not holds_credential(each)] == []


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_is_none(text: str) -> None:
    """Dates, addresses, names with dots, and percent signs of all sorts are written down as they are."""
    assert not holds_credential(text)


def test_what_is_encoded_too_often_is_not_trusted() -> None:
    """Nobody writes so by accident, and nobody looks into it for ever."""
    assert holds_credential("bascule" + "%25252525255F4f9Zk2Qa")


@pytest.mark.parametrize("credential", CREDENTIALS, ids=KINDS)
def test_no_path_shows_a_credential(credential: str) -> None:
    """Typed where a row's key belongs, it is neither in the audit nor in the log, which both have the path from here."""
    for spelled in _spelled(credential):
        assert path_of(Inbound("GET", f"/v1/orders/{spelled}"), None) == HIDDEN
    assert path_of(Inbound("GET", "/v1/orders/A%2FB"), None) == "/v1/orders/A%2FB"


@pytest.mark.parametrize("credential", CREDENTIALS, ids=KINDS)
def test_no_parameter_shows_a_credential(credential: str) -> None:
    """Nor as the value of a parameter that the resource has."""
    shown = redaction(["status"], [])
    for spelled in _spelled(credential):
        assert shown.parameters([("status", spelled)]) == (("status", HIDDEN),)
    assert shown.parameters([("status", "100%")]) == (("status", "100%"),)
