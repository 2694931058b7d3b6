"""The pages: what they say, to whom in which form, and that they load nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import app.web
from app.problems import PROBLEMS
from app.web import overview, portal
from app.web.factory import create_app
from app.web.portal import guides
from tests.http import plans

STATIC = Path(app.web.__file__).parent / "static"
SCALAR = "bf091006bdc3af6067af77c2f534812e3e633e94a94e87138069f570f33b762c"  # of @scalar/api-reference 1.72.1
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
GUIDES = tuple(f"/guides/{name}" for name in guides.GUIDES)
PAGES = (
    "/", "/v1/docs", "/v2/docs", "/resources", "/resources/v1", "/resources/v2/orders", "/changes", "/changes/v2", "/glossary",
    "/guides", *GUIDES, "/problems", "/problems/not-found", "/search", "/search?q=order",
)  # fmt: skip


class Parts(HTMLParser):
    """What a page loads and links to, and what it would run by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Sort one element's addresses."""
        said = dict(attrs)
        address = said.get("src") or said.get("href") or ""
        if tag in {"script", "link", "img"}:
            self.loads.append(address)
        if tag == "a":
            self.links.append(address)
        if tag == "style" or (tag == "script" and not address):
            self.inline.append(tag)
        self.inline += [name for name in said if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_nothing_from_elsewhere(client: FlaskClient, path: str) -> None:
    """Scripts, styles and images are files of the gateway that are there; nothing stands inline."""
    parts = Parts(client.get(path, headers=BROWSER).get_data(as_text=True))
    assert parts.loads
    assert all(address.startswith("/static/") for address in parts.loads)
    assert {client.get(address, buffered=True).status_code for address in parts.loads} == {200}
    assert parts.inline == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_strict(client: FlaskClient, path: str) -> None:
    """Each page has a policy under which no foreign or inline script runs, and stands in nobody's frame."""
    headers = client.get(path, headers=BROWSER).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert ("'unsafe-inline'" in policy["style-src"]) is path.endswith("/docs")
    assert not any("http" in sources or "*" in sources for sources in policy.values())
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
def test_links_lead_somewhere(client: FlaskClient, path: str) -> None:
    """Every link of every page is answered."""
    parts = Parts(client.get(path, headers=BROWSER).get_data(as_text=True))
    for address in parts.links:
        if not address.startswith(("#", "mailto:")):
            assert client.get(address).status_code in {200, 302}, address


def test_pages_work_behind_a_mount_point(client: FlaskClient) -> None:
    """Behind a proxy that adds a path in front, files and links have it too."""
    for path in PAGES:
        answer = client.get(path, headers=BROWSER, base_url="http://h.example/mount")
        assert all(address.startswith("/mount/static/") for address in Parts(answer.get_data(as_text=True)).loads)


def test_start_page_is_html_for_browsers_and_json_for_programs(client: FlaskClient) -> None:
    """The same address in two forms, told apart by Accept."""
    page = client.get("/", headers=BROWSER)
    assert page.mimetype == "text/html"
    for accept in ({}, {"Accept": "application/json"}, {"Accept": "*/*"}):
        answer = client.get("/", headers=accept)
        assert (answer.mimetype, answer.headers["Vary"]) == ("application/json", "Accept")
    assert page.headers["Vary"] == "Accept"


def test_start_page_lists_versions_newest_first(client: FlaskClient) -> None:
    """Status, dates, successor and resources of each version, with addresses that can be followed."""
    found = client.get("/").get_json()
    new, old = found["versions"]
    assert (new["name"], new["status"], new["released_on"]) == ("v2", "current", "2026-09-01")
    assert (old["status"], old["deprecated_on"], old["sunset_on"], old["successor"]) == (
        "deprecated", "2026-09-01", "2099-09-01", "v2",
    )  # fmt: skip
    assert new["resources"][0]["href"] == "http://localhost/v2/orders"
    for address in (new["docs"], new["openapi"], new["resources"][2]["href"], *found["links"].values()):
        assert client.get(address).status_code == 200


def test_start_page_shows_commands_that_work(client: FlaskClient) -> None:
    """The commands to paste name addresses that answer 200."""
    text = client.get("/", headers=BROWSER).get_data(as_text=True)
    addresses = [unescape(found) for found in re.findall(r"<code>curl &#39;(\S+?)&#39;</code>", text)]
    assert addresses == ["http://localhost/v2/orders?limit=3", "http://localhost/v2/orders?limit=1&expand=lines"]
    assert [client.get(address).status_code for address in addresses] == [200, 200]


def test_a_version_past_its_end_is_shown_as_retired() -> None:
    """The day after the sunset the version is retired for everybody, whatever its contract still says."""
    plan = plans.plan()
    gone = plans.retired()
    end = date(2099, 9, 1)
    statuses = [overview.of(plan, plan.versions, "", day)["versions"][1]["status"] for day in (end, date(2099, 9, 2))]
    assert statuses == ["deprecated", "retired"]
    assert overview.of(gone, gone.versions, "", end)["versions"][1]["status"] == "retired"


def test_what_a_contract_says_is_no_markup() -> None:
    """A title with markup in it is shown, not obeyed."""
    gateway = plans.gateway()
    object.__setattr__(gateway.plan, "title", "<script>alert(1)</script>")
    client = create_app(gateway).test_client()
    for path in ("/", "/v2/docs"):
        assert "<script>alert" not in client.get(path, headers=BROWSER).get_data(as_text=True)


def test_catalog_of_apis(client: FlaskClient) -> None:
    """RFC 9727: a linkset of the versions, each with its description and its docs; every address answers."""
    answer = client.get("/.well-known/api-catalog")
    assert answer.mimetype == "application/linkset+json"
    assert answer.mimetype_params == {"profile": "https://www.rfc-editor.org/info/rfc9727"}
    assert 'rel="api-catalog"' in client.head("/.well-known/api-catalog").headers["Link"]
    own, *versions = answer.get_json(force=True)["linkset"]
    assert [each["href"] for each in own["item"]] == [each["anchor"] for each in versions]
    assert versions[1]["successor-version"] == [{"href": "http://localhost/v2"}]
    for version in versions:
        assert client.get(version["anchor"], follow_redirects=True).status_code == 200
        for relation in ("service-desc", "service-doc", "status"):
            assert client.get(version[relation][0]["href"]).mimetype == version[relation][0]["type"]


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_has_a_page(client: FlaskClient, code: str) -> None:
    """The `type` of a problem leads to its title, its advice and whether to try again."""
    answer = client.get(f"/problems/{code}")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert str(portal.marked(PROBLEMS[code].advice)) in text
    assert ("Yes: the same request" in text) is PROBLEMS[code].retryable
    assert f">{code}<" in client.get("/problems").get_data(as_text=True)


def test_backticks_become_code() -> None:
    """Text between backticks is code; everything else, and what is between them, is escaped."""
    assert portal.marked("Use `<a>` & go") == "Use <code>&lt;a&gt;</code> &amp; go"


def test_the_vendored_file_is_what_it_says() -> None:
    """Scalar's file is the published one, byte for byte, with its licence beside it."""
    assert hashlib.sha256((STATIC / portal.SCALAR).read_bytes()).hexdigest() == SCALAR
    assert "MIT License" in (STATIC / portal.SCALAR.replace(".js", ".LICENSE.txt")).read_text(encoding="utf-8")
