"""The console's entrance: who comes in, what the session is worth, and where there is no console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.callers.credentials import ADMIN
from app.callers.key_manager import Grant
from app.callers.key_text import parse
from app.web.console.pages import PAGES
from app.web.sessions import Sessions
from tests import shop
from tests.http.callers import CLOSED, Shop, opened

OWN = {"Sec-Fetch-Site": "same-origin"}
HOST = "http://localhost"


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Shop]:
    """A closed shop."""
    with opened(tmp_path / "shop") as made:
        yield made


def log_in(acme: Shop, key: str, **headers: str) -> TestResponse:
    """What the log-in page sends."""
    return acme.admin.post("/console/log-in", json={"key": key}, headers={**OWN, **headers})


def entered(acme: Shop) -> str:
    """A key with which somebody has logged in."""
    key = acme.key(ADMIN)
    assert log_in(acme, key).status_code == 200
    return key


def test_an_admin_key_opens_the_console(acme: Shop) -> None:
    """From then on the browser's cookie is the credential, for the console's pages and for the admin API."""
    assert acme.admin.get("/console/session").status_code == 401
    key = entered(acme)
    shown = acme.admin.get("/console/session")
    assert shown.get_json() == {"name": "ACME", "identity": f"key:{parse(key)}"}
    assert acme.admin.get("/keys").status_code == 200


def test_the_cookie_is_for_no_script_and_no_other_site(acme: Shop) -> None:
    """It holds no text that could be used elsewhere, and lasts eight hours."""
    key = acme.key(ADMIN)
    cookie = log_in(acme, f" {key}\n").headers["Set-Cookie"]
    assert re.fullmatch(r"bascule_console=[\w-]+; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict", cookie)
    assert key not in cookie


def test_over_tls_the_cookie_goes_over_nothing_else(acme: Shop) -> None:
    """Its name is one that only this host can have set over TLS."""
    answer = acme.admin.post(
        "/console/log-in", json={"key": acme.key(ADMIN)}, headers=OWN, base_url="https://admin.example.com"
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-bascule_console=")
    assert cookie.endswith("; Secure")
    assert acme.admin.get("/keys", base_url="https://admin.example.com").status_code == 200


@pytest.mark.parametrize("said", [{}, {"key": ""}, {"key": " "}, {"key": 1}, [], "key"])
def test_what_is_no_key_is_told(acme: Shop, said: Any) -> None:
    """Nobody is counted as a stranger for an empty field."""
    answer = acme.admin.post("/console/log-in", json=said, headers=OWN)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid-value")


def test_a_key_without_the_scope_does_not_open_it(acme: Shop) -> None:
    """Nor a key that is none; no cookie is set."""
    refused = log_in(acme, acme.key("items:read"))
    assert (refused.status_code, refused.get_json()["code"]) == (403, "insufficient-scope")
    wrong = log_in(acme, "bascule_nonsense")
    assert (wrong.status_code, wrong.get_json()["code"]) == (401, "unauthorized")
    assert "Set-Cookie" not in {**refused.headers, **wrong.headers}


@pytest.mark.parametrize("security", [CLOSED, "security: open\n"])
def test_who_goes_on_trying_is_stopped(tmp_path: Path, security: str) -> None:
    """Thirty a minute from one address, as everywhere, whoever may read at the public port; a good key gets in."""
    with opened(tmp_path / "shop", security) as acme:
        acme.stand_still()
        statuses = [log_in(acme, "bascule_nonsense").status_code for _ in range(32)]
        assert (statuses[:30], statuses[-1]) == ([401] * 30, 429)
        entered(acme)


def test_over_tls_a_planted_cookie_opens_nothing(acme: Shop) -> None:
    """A session of the weaker name, which another host of the domain can set, counts without TLS alone."""
    entered(acme)
    cookie = acme.admin.get_cookie("bascule_console")
    assert cookie is not None
    acme.admin.set_cookie("bascule_console", cookie.value, domain="admin.example.com")
    for base, status in (("http://admin.example.com", 200), ("https://admin.example.com", 401)):
        for path in ("/keys", "/console/session"):
            assert acme.admin.get(path, base_url=base).status_code == status


def test_logging_out_ends_the_session(acme: Shop) -> None:
    """The browser forgets the cookie."""
    entered(acme)
    assert acme.admin.post("/console/log-out", json={}).status_code == 401, "another page cannot log anybody out"
    assert acme.admin.get("/keys").status_code == 200
    assert acme.admin.post("/console/log-out", json={}, headers=OWN).status_code == 200
    assert acme.admin.get("/keys").status_code == 401


def test_a_revoked_key_ends_its_sessions(acme: Shop) -> None:
    """At once, like any other use of it."""
    key = entered(acme)
    acme.desk.keys.revoke(parse(key) or "")
    acme.look_again()
    assert acme.admin.get("/keys").status_code == 401
    assert acme.admin.get("/console/session").status_code == 401


def test_a_session_is_bound_to_the_networks_of_its_key(acme: Shop) -> None:
    """A cookie that was carried elsewhere opens nothing there."""
    text, _ = acme.desk.keys.create(Grant("ACME", (ADMIN,), networks=("127.0.0.0/8",)))
    acme.look_again()
    assert log_in(acme, text).status_code == 200
    assert acme.admin.get("/keys").status_code == 200
    assert acme.admin.get("/keys", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 401


def test_a_session_ends_by_itself(acme: Shop) -> None:
    """What was sealed for eight hours is not opened after them."""
    key = acme.key(ADMIN)
    past = Sessions(acme.gateway.session_secret, "bascule_console", lambda: 1000.0)
    acme.admin.set_cookie("bascule_console", past.seal(key, 28800))
    assert acme.admin.get("/keys").status_code == 401
    acme.admin.set_cookie("bascule_console", Sessions(acme.gateway.session_secret, "bascule_console").seal(key, 28800))
    assert acme.admin.get("/keys").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OWN, 200),
        ({"Origin": HOST}, 200),
        ({}, 401),
        ({"Origin": "http://localhost:8080"}, 401),
        ({"Origin": "https://evil.example.com"}, 401),
        ({"Origin": "null"}, 401),
        ({"Sec-Fetch-Site": "same-site", "Origin": HOST}, 401),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HOST}, 401),
        ({"Sec-Fetch-Site": "none"}, 401),
    ],
)
def test_no_other_page_can_change_anything(acme: Shop, headers: dict[str, str], status: int) -> None:
    """Not one of another site, of another port, of a frame without an origin; nor one that does not say where it comes from."""
    entered(acme)
    other = parse(acme.key("items:read"))
    answer = acme.admin.post(f"/keys/{other}/revoke", json={}, headers=headers)
    assert answer.status_code == status
    assert acme.desk.keys.find(other or "").revoked_at is None or status == 200
    assert log_in(acme, acme.key(ADMIN), **{"Sec-Fetch-Site": "", **headers}).status_code in {200, 401}


def test_no_form_can_change_anything(acme: Shop) -> None:
    """Its media types are not JSON, whatever a browser says of its origin."""
    entered(acme)
    other = parse(acme.key("items:read"))
    for sent in ({"data": {"a": "b"}}, {"data": b"{}", "content_type": "text/plain"}, {}):
        answer = acme.admin.post(f"/keys/{other}/revoke", headers=OWN, **sent)
        assert answer.status_code == 401
    assert acme.desk.keys.find(other or "").revoked_at is None


def test_another_page_cannot_log_anybody_in(acme: Shop) -> None:
    """Whose session a browser has is decided at the console's own page."""
    key = acme.key(ADMIN)
    for headers in ({}, {"Origin": "http://evil.example.com"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = acme.admin.post("/console/log-in", json={"key": key}, headers=headers)
        assert answer.status_code == 401
        assert "Set-Cookie" not in answer.headers


def test_a_program_is_asked_for_no_origin(acme: Shop) -> None:
    """Who brings a credential is no browser that was tricked; two credentials do not meet."""
    entered(acme)
    other = parse(acme.key("items:read"))
    assert acme.admin.post(f"/keys/{other}/revoke", headers=acme.headers()).status_code == 200


def test_the_public_port_has_no_console(acme: Shop) -> None:
    """Neither its pages, nor its entrance, nor its files; and its cookie opens nothing there."""
    cookie = log_in(acme, acme.key("items:read", "items:all", ADMIN)).headers["Set-Cookie"].partition(";")[0]
    for path in ("/console/", "/console/log-in", "/console/session", "/console/static/console.css"):
        assert (
            acme.public.get(path, headers={"Cookie": cookie}).status_code == 401
        )  # as for any path, be it there or not
        assert acme.public.get(path, headers=acme.headers()).status_code == 404
    assert acme.public.post("/console/log-in", json={"key": "x"}, headers=OWN).status_code == 401
    assert acme.public.get("/v1/items", headers={"Cookie": cookie}).status_code == 401


def test_the_first_page_is_found(acme: Shop) -> None:
    """Who opens the port in a browser gets to the console."""
    answer = acme.admin.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/console/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.script)
def test_a_page_holds_no_data(acme: Shop, page: Any) -> None:
    """Anybody gets the shell, and nobody learns anything from it; it loads nothing from elsewhere and runs nothing inline."""
    answer = acme.admin.get(f"/console/{page.path}")
    assert answer.status_code == 200
    assert page.title in answer.text
    assert "Shop" not in answer.text
    assert "default-src 'none'; script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|https?://", answer.text)
    for path in re.findall(r'(?:src|href)="(/[^"]*)"', answer.text):
        assert acme.admin.get(path).status_code == 200, path
    again = acme.admin.get(f"/console/{page.path}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_files_say_what_they_are(acme: Shop) -> None:
    """Whatever the system's own table of types says; there are no others than those of the console."""
    media = {"console.css": "text/css", "shell.js": "text/javascript", "bascule.svg": "image/svg+xml"}
    for name, media_type in media.items():
        answer = acme.admin.get(f"/console/static/{name}")
        assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, media_type, "no-cache")
        same = {"If-None-Match": answer.headers["ETag"]}
        assert acme.admin.get(f"/console/static/{name}", headers=same).status_code == 304
    for name in ("pages.css", "..%2Fpages.py", "%2e%2e/pages.py", "nothing.js"):
        assert acme.admin.get(f"/console/static/{name}").status_code == 404


def test_logging_in_is_written_down(acme: Shop) -> None:
    """Who came in, and who tried; never what with."""
    key = entered(acme)
    log_in(acme, "bascule_nonsense")
    acme.admin.get("/console/")
    events = [(each["path"], each["status"], each["caller"]) for each in acme.events()]
    assert events == [
        ("admin:/console/log-in", 200, f"key:{parse(key)}"),
        ("admin:/console/log-in", 401, "anonymous"),
    ]
    assert key not in acme.audit
    assert key not in repr(acme.seen)


def test_an_open_contract_asks_its_operators_all_the_same(tmp_path: Path) -> None:
    """That everybody may read is not that everybody may look at the instruments."""
    with opened(tmp_path / "shop", "security: open\n", shop.ITEMS) as acme:
        assert acme.admin.get("/keys").status_code == 401
        entered(acme)
        assert acme.admin.get("/keys").status_code == 200
