"""What `bascule demo` prints is there: its pages, its board, and orders that can be followed."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from dataclasses import replace
from functools import partial
from pathlib import Path

from app.assembly import compile_folder, open_gateway
from app.callers.link_manager import Wish
from app.demo import tracking
from app.demo.links import apps_folder, links
from app.gateway import Gateway
from app.observations import Observatory
from app.settings import Settings
from app.web.factory import create_app
from tests.adapters.guard.fakes import eventually
from tests.serving.running import PATIENCE, environment, free_port


def test_every_address_is_there(gateway: Gateway) -> None:
    """Pages, apps and requests answer 200."""
    client = create_app(replace(gateway, settings=Settings(apps=str(apps_folder())))).test_client()
    for link in links("", apps=True):
        assert (link.url, client.get(link.url).status_code) == (link.url, 200)
    assert not any("/apps/" in link.url for link in links(""))


def test_orders_can_be_followed(plant: Path) -> None:
    """Each link of the tracking page's address shows exactly its fields."""
    gateway = open_gateway(compile_folder(plant, {}), Settings(), Observatory())
    desk, client = gateway.desk, create_app(gateway).test_client()
    assert desk is not None

    def create(wish: Wish) -> str:
        return desk.links.create(gateway.plan, wish)[0]

    for followed in tracking.FOLLOWED:
        address = tracking.address(followed, create)
        assert address.startswith("/apps/order-tracking/#order=bascule_l_")
        found = re.findall(r"(\w+)=(bascule_l_[\w-]+)", address)
        assert [kind for kind, _ in found] == [kind for kind, _ in followed.items]
        for kind, text in found:
            answer = client.get(f"/links/{text}")
            assert (kind, answer.status_code) == (kind, 200)
            assert answer.get_json().keys() - {"_issues"} == set(tracking.FIELDS[kind])
    gateway.close()


def neighbours() -> int:
    """A free port before another one."""
    while listens(1 + (port := free_port())):
        pass
    return port


def listens(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def test_the_console_is_served_beside_it(plant: Path, tmp_path: Path) -> None:
    """The demo prints the console's address, at the next port, and a key that opens it."""
    folder, port = tmp_path / "plant", neighbours()
    shutil.copytree(plant, folder)
    command = [
        sys.executable,
        "-m",
        "tests.patient",
        "demo",
        "--port",
        str(port),
        "--folder",
        str(folder),
        "--workers",
        "1",
    ]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        try:
            said = b"".join(iter(running.stdout.readline, b"Ctrl-C stops it.\n")).decode()
            key = next(
                word for word in said.split() if word.startswith("bascule_") and not word.startswith("bascule_l")
            )
            assert f"http://127.0.0.1:{port + 1}/console/" in said
            asked = urllib.request.Request(f"http://127.0.0.1:{port + 1}/overview", headers={"X-Api-Key": key})
            eventually(partial(listens, port + 1))
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
                assert answer.status == 200
        finally:
            running.terminate()
