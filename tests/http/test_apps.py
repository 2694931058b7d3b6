"""The apps of the operator: which files are served, as what, and what stands beside them and is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.demo.links import apps_folder
from app.settings import BadSetting, Settings
from app.web import apps
from app.web.factory import create_app
from tests.http import plans

PAGE = "<!doctype html><title>Board</title>" + "<p>text</p>" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of apps, with much beside them that is nobody's."""
    files = {
        "apps/board/index.html": PAGE,
        "apps/board/app.js": "export default 1;",
        "apps/board/.env": "KEY=secret",
        "apps/board/.git/config.json": "{}",
        "apps/board/notes.md": "secret",
        "apps/board/deep/data.json": "{}",
        "secret.json": '{"key": "secret"}',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "apps/board/out.json").symlink_to(tmp_path / "secret.json")
    (tmp_path / "apps/board/hidden.json").symlink_to(tmp_path / "apps/board/.git/config.json")
    (tmp_path / "apps/board/near.json").symlink_to(tmp_path / "apps/board/deep/data.json")
    (tmp_path / "apps/board/folder.json").mkdir()
    return tmp_path / "apps"


def client_of(folder: Path, hosts: str = "") -> FlaskClient:
    """A client of a gateway that serves the apps of a folder."""
    gateway = replace(plans.gateway(), settings=Settings(apps=str(folder), hosts=hosts))
    return create_app(gateway).test_client()


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/apps/board/", "text/html; charset=utf-8"),
        ("/apps/board/app.js", "text/javascript; charset=utf-8"),
        ("/apps/board/deep/data.json", "application/json"),
        ("/apps/board/near.json", "application/json"),
    ],
)
def test_a_file_is_served_as_what_it_is(folder: Path, path: str, media_type: str) -> None:
    """With its type, a policy that knows this origin alone, and validators; HEAD is GET without its body."""
    client = client_of(folder)
    got, head = client.get(path), client.head(path)
    assert (got.status_code, got.headers["Content-Type"]) == (200, media_type)
    assert got.headers["Content-Security-Policy"] == apps.POLICY
    assert "connect-src 'self'" in apps.POLICY
    assert "unsafe" not in apps.POLICY
    assert got.headers["Cache-Control"] == "no-cache"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Referrer-Policy"] == "no-referrer"
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", got.headers["ETag"])
    assert head.headers["Content-Length"] == str(len(got.data))


@pytest.mark.parametrize(
    "path",
    [
        "/apps",
        "/apps/",
        "/apps/nothing/",
        "/apps/board/.env",
        "/apps/board/.git/config.json",
        "/apps/board/notes.md",
        "/apps/board/deep",
        "/apps/board/deep/",
        "/apps/board/folder.json",
        "/apps/board/out.json",
        "/apps/board/hidden.json",
        "/apps/board/../../secret.json",
        "/apps/board/..%2f..%2fsecret.json",
        "/apps/board/%2e%2e/%2e%2e/secret.json",
        "/apps/board/..\\..\\secret.json",
        "/apps/../secret.json",
        "/apps//etc/passwd.json",
        "/apps/board//app.js",
        "/apps/board/app.js/",
        "/apps/board/app.js%00.json",
        "/apps/board/app%0a.js",
    ],
)
def test_nothing_else_is_served(folder: Path, path: str) -> None:
    """What lies outside, what begins with a dot, what has no type, what a link leads out to: there is nothing."""
    got = client_of(folder).get(path)
    assert got.status_code == 404
    assert got.headers["Content-Type"] == "application/problem+json"
    assert b"secret" not in got.data.replace(path.encode(), b"")


def test_the_address_of_an_app_ends_with_a_slash(folder: Path) -> None:
    """So that its own addresses are relative to it; what was asked goes along, and a mount point stays."""
    got = client_of(folder).get("/apps/board?kiosk", environ_overrides={"SCRIPT_NAME": "/plant"})
    assert (got.status_code, got.headers["Location"]) == (308, "/plant/apps/board/?kiosk")


def test_who_has_a_file_is_not_sent_it(folder: Path) -> None:
    """304, in whichever coding it was sent; what is changed is sent at once."""
    client = client_of(folder)
    plain, coded = client.get("/apps/board/"), client.get("/apps/board/", headers={"Accept-Encoding": "gzip"})
    assert coded.headers["Content-Encoding"] == "gzip"
    assert len(coded.data) < len(plain.data)
    assert coded.headers["ETag"] != plain.headers["ETag"]
    for etag in (plain.headers["ETag"], coded.headers["ETag"]):
        again = client.get("/apps/board/", headers={"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Content-Security-Policy"] == apps.POLICY
    (folder / "board/index.html").write_text("<title>New</title>", encoding="utf-8")
    assert client.get("/apps/board/", headers={"If-None-Match": plain.headers["ETag"]}).data == b"<title>New</title>"


def test_an_app_takes_nothing_but_reads(folder: Path) -> None:
    """And says so as everything else does."""
    got = client_of(folder).post("/apps/board/")
    assert (got.status_code, got.get_json()["code"]) == (405, "method-not-allowed")


def test_apps_take_no_other_address(folder: Path) -> None:
    """Pages, documents and resources are where they are without apps; without the setting there are none."""
    with_apps, without = client_of(folder), create_app(plans.gateway()).test_client()
    for path in ("/", "/v2/orders/4711", "/v2/openapi.json", "/problems", "/livez"):
        assert with_apps.get(path).status_code == without.get(path).status_code == 200
    assert without.get("/apps/board/").status_code == 404


def test_a_host_that_is_not_served_has_no_apps(folder: Path) -> None:
    """The surface lies before the apps as before everything."""
    client = client_of(folder, hosts="api.example.com")
    assert client.get("/apps/board/").status_code == 421
    assert client.get("/apps/board/", headers={"Host": "api.example.com"}).status_code == 200


def test_a_folder_that_is_none_is_told_of_at_the_start(tmp_path: Path) -> None:
    """And names the setting."""
    with pytest.raises(BadSetting, match="BASCULE_APPS"):
        client_of(tmp_path / "nowhere")


def test_every_file_of_the_example_apps_is_served() -> None:
    """All that their pages load; what is for who copies them is not."""
    client = client_of(apps_folder())
    for file in sorted(path for path in apps_folder().rglob("*") if path.is_file()):
        status = client.get(f"/apps/{file.relative_to(apps_folder()).as_posix()}").status_code
        assert (file.name, status) == (file.name, 404 if file.suffix == ".md" else 200)


def test_the_example_apps_share_one_feed() -> None:
    """Each is copied alone, so each has the file; it is the same."""
    feeds = [path.read_text(encoding="utf-8") for path in sorted(apps_folder().glob("*/feed.js"))]
    assert len(feeds) == 2
    assert len(set(feeds)) == 1
