"""The programs of the guides, taken out of their pages and run: bash, Python and Node.js against a gateway that is served."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from app.gateway import Gateway
from app.web.factory import create_app
from app.web.portal import guides
from tests.http.callers import CLOSED, Shop, opened
from tests.http.test_pages import BROWSER

NEEDS = {"curl": ("bash", "curl", "jq"), "python": (), "javascript": ("node",)}
ENDING = {"curl": "sh", "python": "py", "javascript": "mjs"}
SHOWN = {  # what a program shows when it is run a first and a second time, over orders as over anything
    "cache-and-revalidate": {"curl": ("200", "304"), "python": ("unchanged",) * 2, "javascript": ("unchanged",) * 2},
}
PATIENCE = 120.0  # seconds

every = pytest.mark.parametrize("guide", guides.GUIDES)
each_language = pytest.mark.parametrize("language", guides.LANGUAGES)


@contextmanager
def served(gateway: Gateway) -> Iterator[int]:
    """The port at which a gateway is served meanwhile."""
    server = make_server("127.0.0.1", 0, create_app(gateway), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """A closed shop, and a key for it."""
    with opened(tmp_path_factory.mktemp("guides") / "shop", CLOSED) as shop, served(shop.gateway) as port:
        yield port, _key(shop)


def _key(shop: Shop) -> str:
    return shop.key("items:read", "items:all", "items:dates")


@pytest.fixture(scope="session")
def plant_port(gateway: Gateway) -> Iterator[int]:
    """The port of the demo plant."""
    with served(gateway) as port:
        yield port


def programs(port: int, guide: str) -> dict[str, str]:
    """The programs of a guide by language, as its page has them."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", f"/guides/{guide}", headers=BROWSER)
    page = connection.getresponse().read().decode()
    connection.close()
    found = re.findall(r'<section class="program" id="(\w+)".*?<code>(.*?)</code>', page, re.DOTALL)
    return {language: unescape(text) for language, text in found}


def run(text: str, language: str, folder: Path, key: str = "") -> str:
    """What a program prints."""
    for name in NEEDS[language]:
        if shutil.which(name) is None:
            if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
                pytest.fail(f"{name} is missing, and BASCULE_TEST_REQUIRE=all")
            pytest.skip(f"{name} is missing")
    file = folder / f"program.{ENDING[language]}"
    file.write_text(text, encoding="utf-8")
    command = {"curl": ["bash", "-eu"], "python": [sys.executable], "javascript": ["node"]}[language]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "BASCULE_KEY": key, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [*command, str(file)],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@each_language
@every
def test_programs_run(plant_port: int, tmp_path: Path, guide: str, language: str) -> None:
    """Each program of each guide does what its page says, a first time and a second, over the demo plant."""
    text = programs(plant_port, guide)[language]
    assert "BASCULE_KEY" not in text, "the demo is open"
    shown = [run(text, language, tmp_path) for _ in range(2)]
    for said, expected in zip(shown, SHOWN.get(guide, {}).get(language, ("number",) * 2), strict=True):
        assert expected in said


@each_language
@every
def test_programs_send_a_key(closed: tuple[int, str], tmp_path: Path, guide: str, language: str) -> None:
    """Where callers need a key, each program sends the one of its environment; the page shows none."""
    port, key = closed
    text = programs(port, guide)[language]
    assert "BASCULE_KEY" in text
    assert run(text, language, tmp_path, key)


@each_language
def test_paging_goes_from_page_to_page(plant_port: int, tmp_path: Path, language: str) -> None:
    """Three pages of two orders each are six orders, none of them twice."""
    shown = run(programs(plant_port, "page-through")[language], language, tmp_path)
    numbers = re.findall(r"""["']?\bnumber["']?: ?["'](\w+)["']""", shown)
    assert len(numbers) == len(set(numbers)) == 6


def test_following_remembers_where_it_stopped(plant_port: int, tmp_path: Path) -> None:
    """The program that follows changes keeps the moment of the last one, and begins there the next time."""
    text = programs(plant_port, "track-changes")["python"]
    first = run(text, "python", tmp_path)
    since = (tmp_path / "since.txt").read_text(encoding="utf-8")
    assert since in first
    assert run(text, "python", tmp_path) == first, "nothing has changed since"
