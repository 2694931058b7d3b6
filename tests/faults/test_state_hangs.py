"""A state that hangs: a PostgreSQL that is stopped in the middle, with every connection standing, under a gateway of two workers."""

from __future__ import annotations

import http.client
import json
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.callers.credentials import ADMIN
from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.state import State
from tests import shop
from tests.adapters.postgres import Server, required_binaries
from tests.serving.running import PATIENCE, Running, free_port

CONTRACT = "security: {tokens: 10m}\nstate: "
MANY = 40  # requests: more than the workers have threads


@dataclass
class Scene:
    """A running gateway, the server of its state, and a key that opens everything."""

    running: Running
    server: Server
    admin: int
    key: str

    def ask(self, path: str, method: str = "GET", *, port: int = 0) -> tuple[int, Any]:
        """Ask at the public port, or another: the status, and what the answer says."""
        with closing(
            http.client.HTTPConnection("127.0.0.1", port or self.running.port, timeout=PATIENCE)
        ) as connection:
            connection.request(method, path, headers={"X-Api-Key": self.key})
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def known_key(self) -> str:
        """The identifier of the key, as soon as the state tells it."""
        told: list[Any] = []

        def tells() -> bool:
            status, said = self.manage("/keys")
            told.append(said)
            return status == 200

        self.running.wait(tells, "keys are told")
        return str(told[-1]["data"][0]["id"])

    def manage(self, path: str, method: str = "GET") -> tuple[int, Any]:
        """Ask at the admin port."""
        return self.ask(path, method, port=self.admin)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A gateway that has served for a while, from both workers."""
    with tempfile.TemporaryDirectory(prefix="bascule-pg-") as cluster:
        server = Server(required_binaries(), Path(cluster))
        try:
            server.start()
            yield from _served(tmp_path, server)
        finally:
            server.stop()


def _served(folder: Path, server: Server) -> Iterator[Scene]:
    contract = shop.build(folder / "shop", open_=False)
    (contract / "gateway.yaml").write_text(f"{shop.GATEWAY}{CONTRACT}{server.url}\n", encoding="utf-8")
    state, port = State(server.url, contract), free_port()
    text, _ = KeyManager(state, pepper_of("", state)).create(Grant("operator", (ADMIN,)))
    state.close()
    settings = {"BASCULE_ADMIN_BIND": f"127.0.0.1:{port}"}
    running = Running.start(contract, folder / "log", "--workers", "2", "--threads", "4", settings=settings)
    scene = Scene(running, server, port, text)
    try:
        for _ in range(MANY):
            assert scene.ask("/v1/items/0001")[0] == 200
            assert scene.manage("/overview")[0] == 200
        yield scene
    finally:
        running.end()


def test_a_state_that_hangs_stops_nobody(scene: Scene) -> None:
    """Callers are served, the operator is told what a worker knows, or that the memory is away; and all is well again afterwards."""
    with scene.server.hanging():
        assert {scene.ask("/v1/items/0001")[0] for _ in range(MANY)} == {200}
        for path in ("/overview", "/history", "/costs", "/callers", "/map"):
            status, said = scene.manage(path)
            assert (status, said["complete"]) == (200, False), path
        for path in ("/keys", "/links", "/issues", "/drift", "/cache/purges"):
            status, said = scene.manage(path)
            assert (status, said["code"]) == (503, "state-unavailable"), path
        assert {scene.ask("/v1/items/0001")[0] for _ in range(MANY)} == {200}
    scene.running.wait(lambda: scene.manage("/overview")[1]["complete"], "the state is asked again")
    scene.running.wait(lambda: scene.manage("/keys")[0] == 200, "keys are told again")


def test_what_is_revoked_afterwards_is_dead(scene: Scene) -> None:
    """Workers go on asking for revocations once the state goes on."""
    key = scene.known_key()
    with scene.server.hanging():
        assert {scene.ask("/v1/items/0001")[0] for _ in range(MANY)} == {200}
    scene.running.wait(lambda: scene.manage(f"/keys/{key}/revoke", "POST")[0] in {200, 401}, "the key is revoked")
    scene.running.wait(
        lambda: all(scene.ask("/v1/items/0001")[0] != 200 for _ in range(MANY)), "every worker knows of it"
    )
