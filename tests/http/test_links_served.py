"""Order links as a customer follows them: what is shown, what is not, and what nobody can tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.callers import link_text
from app.observations import Served
from tests import shop
from tests.http.callers import MASKED, Shop, opened

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Shop]:
    """A closed shop."""
    with opened(tmp_path / "shop") as made:
        yield made


def told(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """An answer without what names its request and what measures it."""
    text = re.sub(rb'"instance":"[^"]*"', b"", answer.data)
    headers = [(name, value) for name, value in answer.headers if name not in {"X-Request-Id", "Server-Timing"}]
    return answer.status_code, text, headers


def test_a_link_shows_its_fields_to_whoever_holds_it(acme: Shop) -> None:
    """Without a key, in a browser too; exactly these fields, in the form of the version."""
    answer = acme.public.get(acme.link(), headers=BROWSER)
    assert (answer.status_code, answer.get_json()) == (200, {"number": "0001", "name": "Spring"})
    one = acme.public.get(acme.link(fields=("since",)))
    assert one.get_json() == {"since": "2026-01-31"}


def test_issues_of_shown_fields_are_shown(acme: Shop) -> None:
    """And of others nothing is said."""
    whose = {"claims": {"name": ("Valve",)}, "path": "/v1/items/0003"}
    assert acme.public.get(acme.link(fields=("since",), **whose)).get_json() == {
        "since": None,
        "_issues": {"since": "not-a-date"},
    }
    assert acme.public.get(acme.link(fields=("name",), **whose)).get_json() == {"name": "Valve"}


def test_an_answer_is_kept_by_nobody_but_its_holder(acme: Shop) -> None:
    """And asked for again each time; its address is told to no other page."""
    link = acme.link()
    first = acme.public.get(link)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["Referrer-Policy"] == "no-referrer"
    again = acme.public.get(link, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    acme.desk.links.revoke(link_text.identifier(link))
    acme.look_again()
    assert acme.public.get(link, headers={"If-None-Match": first.headers["ETag"]}).status_code == 404


@pytest.mark.parametrize("fresh", ["", "cache: {fresh: 60s}\n"])
def test_a_link_of_a_cached_resource_is_no_different(tmp_path: Path, fresh: str) -> None:
    """What the gateway keeps it keeps for itself; who may see less gets nothing of what another one was shown."""
    with opened(tmp_path / "shop", items=MASKED + fresh) as acme:
        whole = acme.public.get(acme.link(fields=("number", "since")))
        assert whole.headers["Cache-Control"] == "private, no-cache"
        assert acme.public.get(acme.link(fields=("number",))).get_json() == {"number": "0001"}
        assert acme.public.get(acme.link(claims={"name": ("Seal",)})).status_code == 404


def test_head_and_other_methods(acme: Shop) -> None:
    """HEAD is GET without its body; what else is asked is refused alike for any text."""
    link = acme.link()
    head, get = acme.public.head(link), acme.public.get(link)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(len(get.data)))
    for path in (link, "/links/nothing"):
        assert acme.public.options(path).headers["Allow"] == "GET, HEAD, OPTIONS"
        assert acme.public.post(path).status_code == 405


def test_all_that_shows_nothing_is_one(acme: Shop) -> None:
    """Forged, cut, expired, revoked, another's row, a row that is gone: the same bytes and the same headers."""
    link, revoked = acme.link(), acme.link()
    acme.desk.links.revoke(link_text.identifier(revoked))
    expired = acme.link(lifetime=0.001)
    acme.look_again()
    dead = {
        "none": "/links/",
        "nonsense": "/links/nothing",
        "forged": link[:-3] + "AAA",
        "cut": link[:-1],
        "behind": f"{link}/",
        "encoded": link.replace("bascule", "b%61scule"),
        "expired": expired,
        "revoked": revoked,
        "another's": acme.link(claims={"name": ("Seal",)}),
        "gone": acme.link(path="/v1/items/9999", claims={}, exempt=True),
    }
    answers = {name: told(acme.public.get(path)) for name, path in dead.items()}
    assert answers["none"][0] == 404
    assert {name: answer for name, answer in answers.items() if answer[:2] != answers["none"][:2]} == {}
    limits = {"RateLimit", "RateLimit-Policy"}
    headers = {name: [each for each in answer[2] if each[0] not in limits] for name, answer in answers.items()}
    assert {name: each for name, each in headers.items() if each != headers["none"]} == {}


@pytest.mark.parametrize(
    "items",
    [
        MASKED.replace("resource: items", "resource: things"),
        MASKED.replace("  name: {", "  label: {").replace("[number, name,", "[number, label,").replace("{name: claim:name}", "{label: claim:name}"),
        MASKED.replace("name: {column", "name: {scope: items:names, column"),
        MASKED.replace("read: items:read", "read: items:list"),
        MASKED.replace("claim:name", "claim:owner"),
        MASKED.replace("key: number", "key: [number, name]"),
    ],
    ids=["resource", "field", "scope-of-field", "scope-of-resource", "claim", "key"],
)  # fmt: skip
def test_a_link_shows_what_the_contract_of_today_lets_it(tmp_path: Path, items: str) -> None:
    """A field, a scope or a claim that has changed since: nothing is shown, and no link is worth more than it was."""
    with opened(tmp_path / "shop") as acme:
        link = acme.link(path="/v1/items/0001")
        assert acme.public.get(link).status_code == 200
    with opened(tmp_path / "shop", items=items) as later:
        assert later.public.get(link).status_code == 404


def test_a_link_takes_no_parameter_but_the_format(acme: Shop) -> None:
    """The fields are fixed: whoever asks for others is told that there is no such parameter."""
    link = acme.link()
    assert acme.public.get(f"{link}?format=json").status_code == 200
    for query in ("fields=since", "expand=x", "utm_source=mail", "format=json&fields=since", "fromat=json"):
        answer = acme.public.get(f"{link}?{query}")
        assert (answer.status_code, answer.get_json()["code"]) == (422, "unknown-parameter")
        assert "since" not in answer.get_json()["detail"]
    assert "format" in acme.public.get(f"{link}?fromat=json").get_json()["errors"][0]["hint"]
    assert acme.public.get(f"{link}?format=xml").status_code == 422
    assert acme.public.get(link, headers={"Accept": "text/csv"}).status_code == 406
    assert acme.public.get("/links/nothing?fields=since").status_code == 404


def test_a_link_is_no_credential(acme: Shop) -> None:
    """Its text as a key opens nothing, and a key beside a link adds nothing to it."""
    link = acme.link(fields=("number",))
    text = link.removeprefix("/links/")
    assert acme.public.get("/v1/items/0001", headers={"Authorization": f"Bearer {text}"}).status_code == 401
    answer = acme.public.get(link, headers=acme.headers("items:read", "items:all", "items:dates"))
    assert answer.get_json() == {"number": "0001"}


def test_a_link_in_an_open_contract_shows_no_more(tmp_path: Path) -> None:
    """No rule of access holds there, but a link is still what it was made for."""
    with opened(tmp_path / "shop", "security: open\n", shop.ITEMS) as acme:
        link = acme.link(fields=("name",), claims={})
        assert acme.public.get(link).get_json() == {"name": "Spring"}
        assert acme.public.get("/links/nothing").status_code == 404


def test_no_text_of_a_link_is_written_down(acme: Shop) -> None:
    """Neither in the audit nor in what is observed, whichever way it is asked for; who and which row are."""
    link = acme.link(note="for ACME")
    text = link.removeprefix("/links/")
    for path in (link, f"{link}x", f"/%6Cinks/{text}", f"/v1/items/{text}", f"{link}?fields={text}", f"/{text}"):
        acme.public.get(path)
    acme.public.post(link)
    assert acme.public.get(link, data=b" " * 2_000_000).status_code == 413
    first = acme.events()[0]
    assert (first["path"], first["caller"]) == ("/links/•", f"link:{link_text.identifier(text)}")
    assert (first["name"], first["keys"], first["decision"]) == ("for ACME", ["0001"], "served")
    assert text[20:60] not in acme.audit
    assert text[20:60] not in repr(acme.seen)
    assert {each.path for each in acme.seen if isinstance(each, Served)} >= {"/links/•"}


def test_the_audit_knows_why_a_link_showed_nothing(acme: Shop) -> None:
    """The holder is told one thing, the operator which."""
    revoked = acme.link()
    acme.desk.links.revoke(link_text.identifier(revoked))
    acme.look_again()
    for path in (revoked, "/links/x", acme.link(claims={"name": ("Seal",)})):
        acme.public.get(path)
    reasons = [each["reason"] for each in acme.events()]
    assert [reason.rpartition(" ")[2] for reason in reasons] == ["revoked", "gateway", "not-found"]


def test_who_tries_links_is_stopped(acme: Shop) -> None:
    """Thirty bad ones in a minute from one address; a good one from there goes on being shown."""
    acme.stand_still()
    statuses = [acme.public.get(f"/links/{number}").status_code for number in range(40)]
    assert statuses[:30] == [404] * 30
    assert statuses[-1] == 429
    assert acme.public.get(acme.link()).status_code == 200
    elsewhere = acme.public.get("/links/x", environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert elsewhere.status_code == 404


def test_links_stand_in_no_document(acme: Shop) -> None:
    """They belong to no version: the documents describe what keys open."""
    assert b"/links" not in acme.public.get("/v1/openapi.json").data
