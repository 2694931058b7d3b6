"""Sessions: what a cookie holds, who can read it, and for which requests it counts."""

from __future__ import annotations

import base64

import pytest

from app.exchange import Inbound
from app.web.sessions import LONGEST, Sessions, TooLong, same_origin, with_session
from tests.callers.issuing import EPOCH, Clock

SECRET = bytes(range(32))
KEY = "bascule_4f9Zk2Qa_not-a-real-one"


def asking(method: str = "GET", **headers: str) -> Inbound:
    """A request to the console's host; `sec_fetch_site="none"` sends `Sec-Fetch-Site`."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return Inbound(method, "/keys", headers={"host": "admin.example.com:8081", **said})


@pytest.fixture
def clock() -> Clock:
    """A time that only the test moves."""
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    """Sessions of the console."""
    return Sessions(SECRET, "bascule_console", clock)


def test_what_is_sealed_is_opened_until_its_end(sessions: Sessions, clock: Clock) -> None:
    """By whoever has the secret and the name, for as long as was said."""
    value = sessions.seal(KEY, 60)
    assert KEY not in value
    assert sessions.opened(value) == KEY
    assert Sessions(SECRET, "bascule_console", clock).opened(value) == KEY
    clock.now = EPOCH + 59.9
    assert sessions.opened(value) == KEY
    clock.now = EPOCH + 60
    assert sessions.opened(value) is None


def test_nothing_else_is_opened(sessions: Sessions, clock: Clock) -> None:
    """Another secret, another cookie's name, a bit that fell over, what is no base64, nothing, far too much."""
    value = sessions.seal(KEY, 60)
    assert Sessions(bytes(32), "bascule_console", clock).opened(value) is None
    assert Sessions(SECRET, "bascule_portal", clock).opened(value) is None
    raw = bytearray(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    for place in range(len(raw)):
        raw[place] ^= 1
        assert sessions.opened(base64.urlsafe_b64encode(raw).decode().rstrip("=")) is None
        raw[place] ^= 1
    for none in ("", "A", "AAAA", "=", "ä", "!" + value, value + ".", value * 100):
        assert sessions.opened(none) is None


def test_two_seals_of_one_credential_differ(sessions: Sessions) -> None:
    """Nobody sees from two cookies that they hold the same."""
    assert sessions.seal(KEY, 60) != sessions.seal(KEY, 60)


def test_a_credential_that_no_browser_would_keep_is_refused(sessions: Sessions) -> None:
    """Rather than a log-in that seems to work and is forgotten at once."""
    assert len(sessions.seal("x" * 2900, 60)) <= LONGEST
    with pytest.raises(TooLong):
        sessions.seal("x" * 3100, 60)


def test_a_short_secret_is_refused() -> None:
    """Nobody is to seal with what can be guessed."""
    with pytest.raises(ValueError, match="32 bytes"):
        Sessions(b"secret", "bascule_console")


def test_a_cookie_is_for_this_host_and_no_script(sessions: Sessions) -> None:
    """Over TLS it has the name that no other host can set, and goes over nothing else."""
    assert sessions.cookie("v", 60, secure=False) == "bascule_console=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict"
    secure = sessions.cookie("v", 60, secure=True)
    assert secure == "__Host-bascule_console=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"


def test_who_logs_out_over_tls_is_out(sessions: Sessions) -> None:
    """Also of a session that was begun without TLS: browsers send its cookie over TLS as well."""
    strong, plain = sessions.cleared(secure=True)
    assert strong == "__Host-bascule_console=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure"
    assert plain == "bascule_console=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
    assert sessions.cleared(secure=False) == (plain,)


@pytest.mark.parametrize(("name", "secure"), [("bascule_console", False), ("__Host-bascule_console", True)])
def test_a_session_is_a_credential(sessions: Sessions, name: str, *, secure: bool) -> None:
    """As if it had been sent in `Authorization`; other cookies do not matter."""
    value = sessions.seal(KEY, 60)
    found = with_session(asking(cookie=f"theme=dark; {name}={value}; x"), sessions, secure=secure)
    assert found.headers["authorization"] == f"Bearer {KEY}"
    assert found.headers["host"] == "admin.example.com:8081"


def test_over_tls_only_the_stronger_name_counts(sessions: Sessions) -> None:
    """A cookie that a neighbour or a plain connection could have set is none, whether there is a stronger one or not."""
    weak, strong = sessions.seal("weak", 60), sessions.seal("strong", 60)
    planted = f"bascule_console={weak}"
    assert sessions.held(asking(cookie=f"{planted}; __Host-bascule_console={strong}"), secure=True) == "strong"
    assert sessions.held(asking(cookie=f"{planted}; __Host-bascule_console=broken"), secure=True) is None
    assert sessions.held(asking(cookie=planted), secure=True) is None
    asked = asking(cookie=planted)
    assert with_session(asked, sessions, secure=True) is asked


def test_without_tls_only_the_plain_name_counts(sessions: Sessions) -> None:
    """A browser sends the other one over nothing but TLS: whoever sends it here is none."""
    weak, strong = sessions.seal("weak", 60), sessions.seal("strong", 60)
    assert (
        sessions.held(asking(cookie=f"bascule_console={weak}; __Host-bascule_console={strong}"), secure=False) == "weak"
    )
    assert sessions.held(asking(cookie=f"__Host-bascule_console={strong}"), secure=False) is None


@pytest.mark.parametrize("header", ["authorization", "x_api_key"])
def test_a_credential_of_its_own_comes_first(sessions: Sessions, header: str) -> None:
    """A program that sends one is not asked about cookies: two credentials would be refused."""
    asked = asking(cookie=f"bascule_console={sessions.seal(KEY, 60)}", **{header: "Bearer other"})
    assert with_session(asked, sessions, secure=False) is asked


def test_without_a_sound_session_nothing_is_added(sessions: Sessions) -> None:
    """No cookie, a broken one, another one."""
    for cookie in ({}, {"cookie": "bascule_console=broken"}, {"cookie": f"bascule_portal={sessions.seal(KEY, 60)}"}):
        asked = asking(**cookie)
        assert with_session(asked, sessions, secure=False) is asked


@pytest.mark.parametrize(
    ("proof", "counts"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "http://admin.example.com:8081"}, True),
        ({"origin": "http://admin.example.com:8081"}, True),
        ({"origin": "https://ADMIN.example.com:8081"}, True),  # TLS ends at a proxy that nobody told of
        ({}, False),
        ({"sec_fetch_site": "same-site"}, False),  # another port of the host
        ({"sec_fetch_site": "cross-site", "origin": "http://admin.example.com:8081"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://admin.example.com"}, False),
        ({"origin": "http://admin.example.com:8080"}, False),
        ({"origin": "http://evil.example.com"}, False),
        ({"origin": "http://admin.example.com:8081.evil.example.com"}, False),
        ({"origin": "http://evil.example.com@admin.example.com:8081"}, False),
        ({"origin": "http://[broken"}, False),
        ({"origin": "", "host": ""}, False),
    ],
)
def test_what_changes_something_proves_its_origin(sessions: Sessions, proof: dict[str, str], *, counts: bool) -> None:
    """A page of another origin, another port, or who says nothing has no session; reading needs no proof."""
    cookie = f"bascule_console={sessions.seal(KEY, 60)}"
    asked = asking("POST", cookie=cookie, content_type="application/json; charset=utf-8", **proof)
    assert same_origin(asked) is counts
    assert ("authorization" in with_session(asked, sessions, secure=False).headers) is counts
    assert "authorization" in with_session(asking("GET", cookie=cookie, **proof), sessions, secure=False).headers


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_no_form_has_a_session(sessions: Sessions, media_type: str) -> None:
    """What a form can send changes nothing, whatever its origin."""
    cookie = f"bascule_console={sessions.seal(KEY, 60)}"
    asked = asking("POST", cookie=cookie, sec_fetch_site="same-origin", content_type=media_type)
    assert with_session(asked, sessions, secure=False) is asked
