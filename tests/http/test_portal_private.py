"""The portal where the contract keeps its documents for callers: a key once, a session, and no more than that key may see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.callers.credentials import ADMIN, LINEAGE
from app.web.portal import guides
from app.web.portal.readers import COOKIE
from tests.http.callers import CLOSED, Shop, opened
from tests.http.test_documents_closed import PRIVATE
from tests.http.test_pages import BROWSER

TOLD = (
    "/", "/resources", "/resources/v1", "/resources/v1/items", "/changes", "/changes/v1", "/glossary", "/guides", "/guides/retry",
    "/search", "/search.json", "/.well-known/api-catalog", "/v1/docs", "/v1/openapi.json",
)  # fmt: skip
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose documents are for callers."""
    with opened(tmp_path / "shop", PRIVATE) as shop:
        yield shop


def enter(shop: Shop, key: str, where: str = "/glossary", **headers: str) -> TestResponse:
    """What the sign-in page answers to a key."""
    return shop.public.post("/sign-in", data={"key": key, "next": where}, headers=SAME | headers)


@pytest.mark.parametrize("path", TOLD)
def test_what_tells_of_versions_takes_a_credential(private: Shop, path: str) -> None:
    """A program without one has 401; a browser the page that takes a key, and comes back to where it was going."""
    answer = private.public.get(path)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthorized")
    sent = private.public.get(path, headers=BROWSER)
    assert sent.status_code == 303
    assert sent.headers["Location"] == f"/sign-in?next={path.replace('/', '%2F')}"
    form = private.public.get(sent.headers["Location"]).get_data(as_text=True)
    assert f'name="next" value="{path}"' in form
    assert "items" not in re.sub(r'name="next"[^>]*', "", form), "the page itself tells of nothing"


def test_a_session_opens_the_pages(private: Shop) -> None:
    """A key that is given once opens every page in this browser, until it signs out."""
    begun = enter(private, private.key("items:read", name="Spring"))
    assert (begun.status_code, begun.headers["Location"]) == (303, "/glossary")
    assert "HttpOnly; SameSite=Strict" in begun.headers["Set-Cookie"]
    assert {private.public.get(path, headers=BROWSER).status_code for path in TOLD} == {200}
    private.public.post("/sign-out", headers=SAME)
    assert private.public.get("/glossary", headers=BROWSER).status_code == 303


def test_a_session_reads_no_data(private: Shop) -> None:
    """The cookie counts for pages and documents; a request for a resource needs a credential of its own."""
    enter(private, private.key("items:read", name="Spring"))
    assert private.public.get("/v1/openapi.json").status_code == 200
    assert private.public.get("/v1/items").status_code == 401
    assert private.public.get("/glossary/lineage.json").status_code == 401


def test_a_wrong_key_is_told_so(private: Shop) -> None:
    """A key that is none begins no session, and is not repeated on the page."""
    answer = enter(private, "bascule_wrong")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    text = answer.get_data(as_text=True)
    assert "The credential is not accepted" in text
    assert "bascule_wrong" not in text


def test_who_comes_and_goes_is_written_down(private: Shop) -> None:
    """Who signed in, why somebody did not, and that somebody left; nothing of a key. Pages are not."""
    key = private.key("items:read")
    enter(private, key)
    enter(private, "bascule_wrong")
    enter(private, key, **{"Sec-Fetch-Site": "cross-site"})
    private.public.get("/glossary", headers=BROWSER)
    private.public.post("/sign-out", headers=SAME)
    told = [
        (each["path"], each["caller"].partition(":")[0], each["status"], each["reason"]) for each in private.events()
    ]
    assert told == [
        ("/sign-in", "key", 303, ""),
        ("/sign-in", "anonymous", 401, "no key: its length, or its characters"),
        ("/sign-in", "anonymous", 400, "malformed-request"),
        ("/sign-out", "anonymous", 303, ""),
    ]
    assert key not in private.audit


def test_who_goes_on_trying_keys_is_stopped(private: Shop) -> None:
    """Thirty a minute from one address, as everywhere."""
    private.stand_still()
    statuses = [enter(private, "bascule_wrong").status_code for _ in range(32)]
    assert (statuses[:30], statuses[-1]) == ([401] * 30, 429)


def test_a_revoked_key_ends_its_session(private: Shop) -> None:
    """A session is worth what its key is worth now."""
    enter(private, private.key("items:read"))
    assert private.public.get("/glossary", headers=BROWSER).status_code == 200
    for record in private.desk.keys.list():
        private.desk.keys.revoke(record.id)
    private.look_again()
    assert private.public.get("/glossary", headers=BROWSER).status_code == 303


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}]
)
def test_a_form_of_another_site_begins_no_session(private: Shop, headers: dict[str, str]) -> None:
    """Nobody is signed in by a page that is not the portal's."""
    answer = enter(private, private.key("items:read"), **headers)
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
def test_a_form_of_another_site_ends_no_session(private: Shop, headers: dict[str, str]) -> None:
    """Nobody is signed out by a page that is not the portal's, whose own forms say where they come from."""
    enter(private, private.key("items:read"))
    answer = private.public.post("/sign-out", headers=headers)
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (400, False)
    page = private.public.get("/glossary", headers=BROWSER)
    assert page.status_code == 200
    assert '<meta name="referrer" content="same-origin">' in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "where", ["//evil.example/", "//[", "https://evil.example", "/\\evil.example", "evil", "", "/a\nb"]
)
def test_a_session_leads_to_no_other_site(private: Shop, where: str) -> None:
    """What is no path of the portal leads to the start page."""
    assert enter(private, private.key("items:read"), where).headers["Location"] == "/"


def test_a_cookie_is_bound_to_tls(private: Shop) -> None:
    """Over TLS the cookie has the prefix that binds it to the host, and is never sent over anything else."""
    key = private.key("items:read")
    answer = private.public.post("/sign-in", data={"key": key}, headers=SAME, base_url="https://localhost")
    assert answer.headers["Set-Cookie"].startswith(f"__Host-{COOKIE}=")
    assert "; Secure" in answer.headers["Set-Cookie"]


def test_a_sign_out_over_tls_is_whole(private: Shop) -> None:
    """It ends the session that was begun over TLS and the one that was begun without."""
    key = private.key("items:read")
    for base in ("http://localhost", "https://localhost"):
        private.public.post("/sign-in", data={"key": key}, headers=SAME, base_url=base)
    private.public.post("/sign-out", headers=SAME, base_url="https://localhost")
    for base in ("http://localhost", "https://localhost"):
        assert private.public.get("/glossary", headers=BROWSER, base_url=base).status_code == 303


@pytest.mark.parametrize("path", [*TOLD, "/v1", "/downloads/v1/types.ts"])
def test_pages_are_nobody_else_s(private: Shop, path: str) -> None:
    """What a reader sees is kept by no cache that others share: pages, documents and downloads."""
    answer = private.public.get(path, headers=private.headers("items:read", "items:all"))
    assert answer.status_code in {200, 302}
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", [path for path in TOLD if "openapi" not in path and "docs" not in path])
def test_a_reader_sees_what_its_key_may_see(private: Shop, path: str) -> None:
    """A field behind a scope stands on no page of a reader without it; one reader's page is not another's."""
    told = path in {"/resources/v1/items", "/glossary", "/search.json"}
    with_scope = private.headers("items:read", "items:all", "items:dates") | BROWSER
    without = private.headers("items:read", "items:all") | BROWSER
    for _ in range(2):  # the second time from what is kept
        assert ("since" in words(private.public.get(path, headers=with_scope))) is told
        assert "since" not in words(private.public.get(path, headers=without))


def test_a_resource_that_may_not_be_read_has_no_page(private: Shop) -> None:
    """Without its scope a resource is not there: no page, no word, no result."""
    headers = private.headers("other:read") | BROWSER
    assert private.public.get("/resources/v1/items", headers=headers).status_code == 404
    for path in ("/", "/resources", "/glossary", "/search.json", *(f"/guides/{name}" for name in guides.GUIDES)):
        answer = private.public.get(path, headers=headers)
        assert answer.status_code == 200
        assert not {"items", "number"} & words(answer), path


def test_commands_carry_a_key_where_callers_need_one(private: Shop) -> None:
    """The command to paste of a closed contract sends the key of the environment, and shows none."""
    text = private.public.get("/", headers=private.headers("items:read", "items:all") | BROWSER).get_data(as_text=True)
    assert "curl -H &#34;Authorization: Bearer $BASCULE_KEY&#34; &#39;http://localhost/v1/items?limit=3&#39;" in text


def test_an_example_is_invented_where_callers_need_a_key(tmp_path: Path) -> None:
    """A closed contract shows no row of its source: the example comes from the sandbox, and says so."""
    with opened(tmp_path / "shop", CLOSED) as shop:
        text = shop.public.get("/resources/v1/items", headers=BROWSER).get_data(as_text=True)
    assert "From the sandbox: its data is invented." in text
    assert "Spring" not in text


# Where a field really lies.


@pytest.mark.parametrize("scope", [ADMIN, LINEAGE])
@pytest.mark.parametrize("security", ["security: open\n", CLOSED, PRIVATE])
def test_who_may_know_is_told_where_a_field_lies(tmp_path: Path, security: str, scope: str) -> None:
    """The holder of the scope learns table, column and form, whoever else may call; each look is written down."""
    with opened(tmp_path / "shop", security) as shop:
        headers = shop.headers(scope)
        answer = shop.public.get("/glossary/lineage.json", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        [name] = [each for each in answer.get_json()["data"] if each["field"] == "name"]
        assert (name["source"], name["table"], name["versions"]) == ("shop", "ITEM", ["v1"])
        assert name["columns"] == ["ITNAM"]
        [event] = [each for each in shop.events() if each["path"] == "/glossary/lineage.json"]
        assert event["status"] == 200


@pytest.mark.parametrize("security", ["security: open\n", CLOSED])
def test_nobody_else_is_told(tmp_path: Path, security: str) -> None:
    """Without a key it is 401, with another one 403, also where the contract serves everybody."""
    with opened(tmp_path / "shop", security) as shop:
        assert shop.public.get("/glossary/lineage.json").status_code == 401
        answer = shop.public.get("/glossary/lineage.json", headers=shop.headers("items:read"))
        assert (answer.status_code, answer.get_json()["code"]) == (403, "insufficient-scope")
        assert "ITEM" not in answer.get_data(as_text=True)


def words(answer: TestResponse) -> set[str]:
    """The words of what a page says, without what stands around every page."""
    text = answer.get_data(as_text=True)
    _, _, main = text.partition("<main") if "<main" in text else ("", "", text)
    return set(re.findall(r"[\w-]+", main))
