"""Signing in to the console at an issuer: what the browser is sent with, what it brings back, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from app.settings import BadSetting, Settings
from app.web.admin.api import create_admin
from app.web.console.sign_in import client_of
from tests.http.callers import Shop, opened
from tests.http.identity import CLIENT, Provider, provider


@pytest.fixture
def site() -> Iterator[Provider]:
    """An identity provider."""
    with provider() as running:
        yield running


@pytest.fixture
def acme(tmp_path: Path, site: Provider) -> Iterator[Shop]:
    """A shop whose operators sign in there."""
    with opened(tmp_path / "shop", site.security(), **site.settings()) as made:
        yield made


def sent(address: str) -> str:
    """Where the provider sends a browser that comes there: a path with a query."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def signed_in(acme: Shop, onward: str = "") -> TestResponse:
    """The whole way of a browser, up to where it is sent back into the console."""
    begun = acme.admin.get(f"/console/sign-in?next={onward}")
    assert begun.status_code == 303, begun.text
    return acme.admin.get(sent(begun.headers["Location"]))


@pytest.mark.parametrize("secret", ["", "a secret & more"])
def test_an_operator_signs_in(site: Provider, secret: str, tmp_path: Path) -> None:
    """As a public client or a confidential one; the session is her access token's."""
    site.secret = secret
    with opened(tmp_path / "other", site.security(), **site.settings()) as other:
        done = signed_in(other, "/console/keys")
        assert (done.status_code, done.headers["Location"]) == (303, "/console/keys")
        shown = other.admin.get("/console/session").get_json()
        assert shown == {"name": "olga", "identity": "token:staff/olga"}
        assert other.admin.get("/keys").status_code == 200


def test_the_issuer_is_asked_as_the_standards_say(acme: Shop, site: Provider) -> None:
    """Code flow, PKCE with S256, a state and a nonce by chance, the registered address; nothing of the verifier goes there."""
    signed_in(acme)
    signed_in(acme)
    first, second = site.asked
    assert first.items() >= {
        "response_type": "code",
        "client_id": CLIENT,
        "scope": "openid bascule:admin",
        "code_challenge_method": "S256",
        "redirect_uri": "http://localhost/console/signed-in",
    }.items()  # fmt: skip
    for word in ("state", "nonce", "code_challenge"):
        assert first[word] != second[word]
        assert len(first[word]) == 43
    assert site.redeemed[0]["code_verifier"] not in first.values()


def test_the_console_s_own_address_is_what_the_operator_says(tmp_path: Path, site: Provider) -> None:
    """Behind a proxy the issuer sends people back to where they came from."""
    own = {**site.settings(), "console_url": "https://console.example.com"}
    with opened(tmp_path / "shop", site.security(), **own) as acme:
        signed_in(acme)
    assert site.asked[0]["redirect_uri"] == "https://console.example.com/console/signed-in"


def test_the_cookie_of_the_way_is_sealed_and_short_lived(acme: Shop) -> None:
    """It comes back from another site, so it is Lax; it holds nothing that can be read, and is gone afterwards."""
    begun = acme.admin.get("/console/sign-in")
    cookie = begun.headers["Set-Cookie"]
    assert cookie.startswith("bascule_console_way=")
    assert cookie.endswith("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax")
    assert begun.headers["Location"].partition("state=")[2][:43] not in cookie
    done = acme.admin.get(sent(begun.headers["Location"]))
    session, way = done.headers.getlist("Set-Cookie")
    assert session.endswith("SameSite=Strict")
    assert way.startswith("bascule_console_way=; Path=/; Max-Age=0")


def refused(answer: TestResponse, status: int, text: str) -> None:
    """A page for the person says why, and no session begins."""
    assert answer.status_code == status
    assert answer.content_type == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert text in answer.text.replace("&#39;", "'")
    assert not any(each.startswith("bascule_console=") for each in answer.headers.getlist("Set-Cookie"))


def test_who_began_elsewhere_does_not_get_in(acme: Shop, site: Provider) -> None:
    """Without the memory of this browser, with another state, without one: the issuer is not even asked."""
    back = sent(acme.admin.get("/console/sign-in").headers["Location"])
    for path in (back.replace("state=", "state=x"), "/console/signed-in?code=code-1", "/console/signed-in"):
        refused(acme.admin.get(path), 403, "not begun in this browser")
    stranger = create_admin(acme.gateway, acme.desk).test_client()
    refused(stranger.get(back), 403, "not begun in this browser")
    assert site.redeemed == []


def test_the_issuer_may_refuse(acme: Shop) -> None:
    """What it says is for the log; the person is told whom to ask."""
    begun = acme.admin.get("/console/sign-in").headers["Location"]
    state = parse_qs(urlsplit(begun).query)["state"][0]
    answer = acme.admin.get(f"/console/signed-in?state={state}&error=access_denied&error_description=<b>no</b>")
    refused(answer, 403, "did not let you in")
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"scope": "openid"}, "does not hold the scope bascule:admin"),
        ({"changes": {"aud": "another-api"}}, "not one for this API"),
        ({"changes": {"groups": ["g" * 30] * 100}}, "does not fit into a cookie"),
        ({"answer": {"access_token": "opaque"}}, "not one for this API"),
        ({"answer": {"access_token": None}}, "cannot be used"),
        ({"answer": {"token_type": "DPoP"}}, "cannot be used"),
        ({"answer": {"id_token": None}}, "cannot be used"),
        ({"identity": {"nonce": "another"}}, "cannot be used"),
        ({"identity": {"nonce": None}}, "cannot be used"),
        ({"identity": {"aud": "another client"}}, "cannot be used"),
        ({"identity": {"azp": "another client"}}, "cannot be used"),
        ({"identity": {"iss": "https://evil.example.com"}}, "cannot be used"),
        ({"identity": {"exp": 1}}, "cannot be used"),
    ],
)
def test_what_the_issuer_gives_is_checked(acme: Shop, site: Provider, words: dict[str, Any], text: str) -> None:
    """The access token as every token is; the ID token for being of this issuer, client and sign-in."""
    for name, value in words.items():
        setattr(site, name, value)
    answer = signed_in(acme)
    assert answer.status_code in {401, 403, 422}
    refused(answer, answer.status_code, text)


def test_a_code_is_not_believed_twice(acme: Shop, site: Provider) -> None:
    """The memory of the way is cleared with the first; the issuer's own refusal is told as one."""
    back = sent(acme.admin.get("/console/sign-in").headers["Location"])
    assert acme.admin.get(back).status_code == 303
    refused(acme.admin.get(back), 403, "not begun in this browser")
    again = sent(acme.admin.get("/console/sign-in").headers["Location"])
    site.secret = "changed meanwhile"
    refused(acme.admin.get(again), 403, "did not confirm")


def test_an_issuer_that_is_down_leaves_the_key(tmp_path: Path) -> None:
    """The page says so; with a key one still gets in."""
    with provider() as gone:
        security, settings = gone.security(), gone.settings()
    with opened(tmp_path / "shop", security, **settings) as acme:
        refused(acme.admin.get("/console/sign-in"), 502, "Sign in with an admin key")
        said = {"key": acme.headers()["Authorization"].removeprefix("Bearer ")}
        headers = {"Sec-Fetch-Site": "same-origin"}
        assert acme.admin.post("/console/log-in", json=said, headers=headers).status_code == 200


@pytest.mark.parametrize("changes", [{"issuer": "https://other.example.com"}, {"token_endpoint": "http://10.0.0.1/"}, {"authorization_endpoint": 1}])  # fmt: skip
def test_a_configuration_that_leads_elsewhere_is_not_followed(
    acme: Shop, site: Provider, changes: dict[str, Any]
) -> None:
    """That of another issuer, an endpoint without TLS, none at all."""
    site.configuration = changes
    refused(acme.admin.get("/console/sign-in"), 502, "cannot be reached")


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example.com/", "//evil.example.com", "/console//evil.example.com", "/keys", "/console/../keys", "/console/%0d%0aX:1"],
)  # fmt: skip
def test_nobody_is_sent_out_of_the_console(acme: Shop, onward: str) -> None:
    """Whatever page was asked for: it is one of the console's, or its first."""
    assert signed_in(acme, onward).headers["Location"] == "/console/"


def test_who_goes_on_failing_is_stopped(acme: Shop) -> None:
    """Failed sign-ins count as strangers do."""
    acme.stand_still()
    statuses = [acme.admin.get("/console/signed-in?code=x&state=y").status_code for _ in range(32)]
    assert (statuses[:30], statuses[-1]) == ([403] * 30, 429)


def test_a_sign_in_is_written_down_without_its_code(acme: Shop, site: Provider) -> None:
    """Who came in, and why somebody did not; no code, state or token."""
    signed_in(acme)
    site.scope = "openid"
    signed_in(acme)
    events = [(each["path"], each["status"], each["caller"]) for each in acme.events()]
    done, failed = events[1], events[3]
    assert done == ("admin:/console/signed-in", 303, "token:staff/olga")
    assert failed[:2] == ("admin:/console/signed-in", 403)
    for secret in ("code-1", site.asked[0]["state"], site.redeemed[0]["code_verifier"]):
        assert secret not in acme.audit
        assert secret not in repr(acme.seen)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings(console_issuer="stuff"), "stuff"),
        (Settings(console_issuer="staff"), "CONSOLE_CLIENT_ID"),
    ],
)
def test_settings_that_cannot_be_meant_stop_the_start(acme: Shop, settings: Settings, named: str) -> None:
    """An issuer that the contract does not name; one without a client."""
    with pytest.raises(BadSetting, match=named):
        client_of(settings, acme.desk.contract.security)


def test_without_an_issuer_there_is_no_such_way(tmp_path: Path) -> None:
    """The page offers none, and its addresses are none."""
    with opened(tmp_path / "shop") as acme:
        assert "Sign in with" not in acme.admin.get("/console/log-in").text
        assert acme.admin.get("/console/sign-in").status_code == 404
