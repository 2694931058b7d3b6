"""Downloads: what is served to whom, under which name, and how often it is made."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.describe import clients
from app.describe.addresses import PLACE, Addressed, in_json
from app.describe.clients import DOWNLOADS
from app.plan.model import Plan
from app.settings import Settings
from app.web.documents import Documents, described, document, finished, render
from app.web.downloads import Downloads
from app.web.factory import create_app
from tests.http import plans
from tests.http.callers import CLOSED, opened
from tests.http.test_documents import MARK, _marked
from tests.http.test_documents_closed import PRIVATE

ALL = pytest.mark.parametrize("name", sorted(DOWNLOADS))


@ALL
def test_a_download_is_an_attachment_with_a_validator(client: FlaskClient, name: str) -> None:
    """A file of its own name and type, which a client that has it does not get again; a HEAD says the same."""
    answer = client.get(f"/downloads/v2/{name}")
    assert answer.status_code == 200
    assert answer.mimetype == DOWNLOADS[name].media_type
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(f"/downloads/v2/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(f"/downloads/v2/{name}")
    assert (head.status_code, head.headers["ETag"], head.data) == (200, answer.headers["ETag"], b"")


@ALL
def test_versions_have_files_of_their_own(client: FlaskClient, name: str) -> None:
    """Two versions are two files; each is the same bytes from another gateway of the same contract."""
    first, second = (client.get(f"/downloads/{version}/{name}").data for version in ("v1", "v2"))
    assert first != second
    other = create_app(plans.gateway()).test_client()
    assert other.get(f"/downloads/v1/{name}").data == first


def test_the_document_is_the_one_that_is_published(client: FlaskClient) -> None:
    """`openapi.json` is `/v2/openapi.json`, byte for byte, wherever the gateway is mounted."""
    for base in ("http://localhost", "http://h/mount"):
        found = client.get("/downloads/v2/openapi.json", base_url=base).data
        assert found == client.get("/v2/openapi.json", base_url=base).data


def test_a_file_is_made_when_it_is_first_asked_for(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """And then kept, for all addresses of the gateway."""
    made: list[bytes] = []

    def noted(found: bytes) -> Addressed:
        made.append(found)
        return in_json(found)

    monkeypatch.setitem(clients.DOWNLOADS, "client.py", replace(DOWNLOADS["client.py"], make=noted))
    assert made == []
    for host in ("http://localhost", "http://localhost", "http://other"):
        found = json.loads(client.get("/downloads/v2/client.py", base_url=host).data)
        assert found["servers"][0]["url"] == host
    assert len(made) == 1


@ALL
def test_a_file_says_where_it_was_asked(planned: Plan, name: str) -> None:
    """Made once for any address, it is what it would have been if it had been made for that one, whatever stands in it."""
    documents, server = Documents(planned), 'https://h.example/a"b\\c'
    for version in planned.versions:
        placed = Downloads(documents).made(version, name)
        whole = b"".join(documents.rendered(version).at(server))
        assert whole == render(finished(*described(planned, version), server)).encode()
        assert b"".join(placed.at(server)) == b"".join(DOWNLOADS[name].make(whole).at(server))
        assert PLACE.encode() not in b"".join(placed.at(server))


@ALL
def test_a_validator_is_of_one_address(name: str) -> None:
    """Workers that each made a file call it the same; at another address, and of another version, it has another name."""
    first, second = (Downloads(Documents(plans.plan())) for _ in range(2))
    tags = [first.made(version, name).tag(server) for version in ("v1", "v2") for server in ("http://a", "http://b")]
    assert len(set(tags)) == 4
    assert second.made("v1", name).tag("http://a") == tags[0]


def test_one_thread_makes_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks meanwhile waits, and has the same."""
    made: list[bytes] = []
    begun, meanwhile = threading.Event(), threading.Barrier(4)

    def slow(found: bytes) -> Addressed:
        made.append(found)
        begun.set()
        meanwhile.wait(30)
        return in_json(found)

    monkeypatch.setitem(clients.DOWNLOADS, "client.py", replace(DOWNLOADS["client.py"], make=slow))
    files = Downloads(Documents(plans.plan()))

    def asked_meanwhile() -> Addressed:
        meanwhile.wait(30)
        return files.made("v2", "client.py")

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(files.made, "v2", "client.py")
        assert begun.wait(30)
        others = [threads.submit(asked_meanwhile) for _ in range(3)]
        found = {id(each.result(30)) for each in (first, *others)}
    assert (len(made), len(found)) == (1, 1)


@pytest.mark.parametrize(
    ("settings", "base", "address"),
    [
        (Settings(), "http://plant.example:8080", "http://plant.example:8080"),
        (Settings(), "http://plant.example/mount", "http://plant.example/mount"),
        (Settings(base_url="https://api.example.com/plant"), "http://inside", "https://api.example.com/plant"),
    ],
)
@pytest.mark.parametrize("name", ["postman.json", "types.ts", "client.py"])
def test_a_client_knows_where_it_comes_from(settings: Settings, base: str, address: str, name: str) -> None:
    """The whole address stands in what is used elsewhere: the one that is set, else the one that was asked."""
    client = create_app(plans.gateway(settings=settings)).test_client()
    assert f'"{address}"' in client.get(f"/downloads/v2/{name}", base_url=base).get_data(as_text=True)


@pytest.mark.parametrize("path", ["/downloads/v9/client.py", "/downloads/v2/client.rb", "/downloads/v2", "/downloads"])
def test_what_there_is_not_is_a_problem(client: FlaskClient, path: str) -> None:
    """No such version, no such file."""
    answer = client.get(path)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")


def test_files_are_only_read(client: FlaskClient) -> None:
    """Another method is refused, and told which there are."""
    answer = client.post("/downloads/v2/client.py")
    assert (answer.status_code, answer.get_json()["code"]) == (405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


@ALL
def test_downloads_for_callers_take_a_credential(tmp_path: Path, name: str) -> None:
    """Where documents are for callers, so is everything that is made of them, and no shared cache may keep it."""
    with opened(tmp_path / "shop", PRIVATE) as shop:
        path = f"/downloads/v1/{name}"
        for headers in ({}, {"X-Api-Key": "bascule_wrong"}):
            answer = shop.public.get(path, headers=headers)
            assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthorized")
        allowed = shop.public.get(path, headers=shop.headers("items:read"))
        assert (allowed.status_code, allowed.headers["Cache-Control"]) == (200, "private, no-cache")


def test_downloads_are_public_unless_the_contract_says_otherwise(tmp_path: Path) -> None:
    """Also where resources need a credential; then a client says how to show one."""
    with opened(tmp_path / "shop", CLOSED) as shop:
        found = shop.public.get("/downloads/v1/client.py")
        assert (found.status_code, "`credential` is an API key" in found.get_data(as_text=True)) == (200, True)
        assert shop.public.get("/downloads/v1/postman.json").get_json()["auth"]["type"] == "bearer"


@ALL
def test_no_legacy_name_is_in_a_download(planned: Plan, name: str) -> None:
    """Whatever the tables, columns, queries and sources behind the plant are called, no file changes for it."""
    for version in planned.versions:
        published = render(document(planned, version)).encode()
        marked = render(document(_marked(planned), version)).encode()
        made, expected = (b"".join(DOWNLOADS[name].make(found).at("http://h")) for found in (marked, published))
        assert MARK.encode() not in made
        assert made == expected


def test_no_crowd_of_versions_fills_the_memory(planned: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process keeps no more than it has room for, and an address takes none of it."""
    largest = max(Documents(planned).rendered(version).size for version in planned.versions)
    monkeypatch.setattr("app.web.documents.MEMORY", largest)
    monkeypatch.setattr("app.web.downloads.MEMORY", largest)
    documents = Documents(planned)
    files = Downloads(documents)
    for version in planned.versions:
        made = {b"".join(files.made(version, "openapi.json").at(f"http://{number}.example")) for number in range(8)}
        assert len(made) == 8
    for kept in (documents.rendered.cache, files.made.cache):
        assert kept is not None
        assert len(kept) == 1
        assert sum(made.size for made in kept.values()) <= largest
