"""The admin API on a port of its own: two addresses, one gateway, and nothing of the one at the other."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.callers.credentials import ADMIN
from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.settings import BadSetting
from app.state import State
from app.web.server import Address, admin_address
from tests import shop
from tests.serving.running import PATIENCE, ROOT, Running, command, environment, free_port

LINK = {"path": "/v1/items/0001", "fields": ["name"]}


def administrator(folder: Path) -> dict[str, str]:
    """The headers of the holder of a key with the admin's scope, made before anything runs."""
    state = State("sqlite:///state.db", folder)
    text, _ = KeyManager(state, pepper_of("", state)).create(Grant("operator", (ADMIN,)))
    state.close()
    return {"X-Api-Key": text}


@dataclass
class Both:
    """A running gateway and its two ports."""

    running: Running
    folder: Path
    public: int
    admin: int
    key: dict[str, str]

    def ask(self, port: int, method: str, path: str, said: Any = None, **headers: str) -> tuple[int, Any]:
        """Ask at a port, as the administrator: the status, and what the answer says."""
        body = None if said is None else json.dumps(said)
        sent = {
            "Content-Type": "application/json",
            **self.key,
            **{name.title(): each for name, each in headers.items()},
        }
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    """A closed shop with an admin port, served by two workers."""
    folder = shop.build(tmp_path / "shop", open_=False)
    (folder / "gateway.yaml").write_text(shop.GATEWAY + "security: closed\n", encoding="utf-8")
    key, port = administrator(folder), free_port()
    settings = {"BASCULE_ADMIN_BIND": f"127.0.0.1:{port}"}
    running = Running.start(folder, tmp_path / "gateway.log", "--workers", "2", settings=settings, patiently=True)
    yield Both(running, folder, running.port, port, key)
    running.end()


def test_each_port_serves_its_own(both: Both) -> None:
    """Keys and links there, resources here; a `Host` that names the other port changes nothing."""
    for host in ("localhost", f"127.0.0.1:{both.public}", f"127.0.0.1:{both.admin}"):
        assert both.ask(both.admin, "GET", "/keys", host=host)[0] == 200
        assert both.ask(both.admin, "GET", "/v1/items", host=host)[0] == 404
        assert both.ask(both.public, "GET", "/keys", host=host)[0] == 404
        assert both.ask(both.public, "GET", "/v1/items", host=host)[0] == 200
    for name in ("x_forwarded_port", "x_forwarded_host", "forwarded"):
        said = {name.replace("_", "-"): f"127.0.0.1:{both.admin}"}
        assert both.ask(both.public, "GET", "/keys", **said)[0] == 404
    assert both.ask(both.public, "GET", f"http://127.0.0.1:{both.admin}/keys", host=f"127.0.0.1:{both.admin}")[0] == 404


def test_what_is_given_out_there_is_good_here(both: Both) -> None:
    """A link works at once on every worker, and is dead on all of them two seconds after it was revoked."""
    status, made = both.ask(both.admin, "POST", "/links", LINK)
    assert status == 201
    answers = [both.ask(both.public, "GET", made["link"]) for _ in range(8)]
    assert answers == [(200, {"name": "Spring"})] * 8
    assert both.ask(both.admin, "POST", f"/links/{made['id']}/revoke")[0] == 200
    both.running.wait(
        lambda: all(both.ask(both.public, "GET", made["link"])[0] == 404 for _ in range(8)), "the link is dead"
    )
    assert made["link"].partition("/links/")[2][:40] not in both.running.log()


def test_the_admin_port_outlives_a_reload(both: Both) -> None:
    """New workers listen at both, with the new plan."""
    both.running.wait(lambda: len(both.running.workers()) == 2, "both workers run")
    workers = set(both.running.workers())
    shop.write_items(both.folder, shop.RENAMED_ITEMS)
    both.running.signal(signal.SIGHUP)
    both.running.wait(lambda: not workers & set(both.running.workers()), "other workers run")
    assert both.ask(both.admin, "POST", "/links", {**LINK, "fields": ["label"]})[0] == 201


def test_beyond_this_machine_is_warned_of(tmp_path: Path) -> None:
    """The setting was given expressly: it is followed, and said in the log."""
    folder = shop.build(tmp_path / "shop")
    settings = {"BASCULE_ADMIN_BIND": f"0.0.0.0:{free_port()}"}
    running = Running.start(folder, tmp_path / "gateway.log", settings=settings)
    try:
        assert "the admin API listens at 0.0.0.0:" in running.log()
    finally:
        running.end()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("8081", "expected HOST:PORT"),
        ("::1:8081", "expected HOST:PORT"),
        ("127.0.0.1:8080", "a port of its own"),
        ("10.0.0.1:8080", "a port of its own"),
        ("127.0.0.1:0", "a port of its own"),
    ],
)
def test_an_address_that_cannot_tell_them_apart_is_refused(text: str, said: str) -> None:
    """The port alone tells the two: it is another one, and known before."""
    with pytest.raises(BadSetting, match=f"BASCULE_ADMIN_BIND: .*{said}"):
        admin_address(text, Address("127.0.0.1", 8080))
    with pytest.raises(BadSetting, match="a port of its own"):
        admin_address("127.0.0.1:8081", Address("127.0.0.1", 0))


def test_without_the_setting_there_is_none() -> None:
    """Empty is nowhere."""
    assert admin_address("", Address("127.0.0.1", 8080)) is None
    assert admin_address("[::1]:8081", Address("127.0.0.1", 8080)) == Address("::1", 8081)


def test_an_admin_port_that_is_taken_is_said(tmp_path: Path) -> None:
    """In a line, before anything listens."""
    folder = shop.build(tmp_path / "shop")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        done = subprocess.run(
            command(folder, "--bind", f"127.0.0.1:{free_port()}"),
            cwd=ROOT,
            env=environment() | {"BASCULE_ADMIN_BIND": f"127.0.0.1:{taken}"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 1
    assert f"127.0.0.1:{taken} is in use by another program" in done.stderr
