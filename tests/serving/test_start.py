"""Starting: what is served, what is refused, and what is said."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import pytest

from tests import shop
from tests.serving.conftest import Start
from tests.serving.running import PATIENCE, ROOT, command, environment


def refused(folder: Path, *options: str, **settings: str) -> str:
    """What a gateway says that does not start. It ends with exit code 1 or 2, and without a traceback."""
    done = subprocess.run(
        command(folder, *options),
        cwd=ROOT,
        env=environment() | settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode in {1, 2}, done.stderr
    assert "Traceback" not in done.stderr
    assert "Listening" not in done.stderr
    return done.stderr


def test_a_folder_is_served(start: Start) -> None:
    """One command turns a folder into an API, and the log says what is served."""
    running = start()
    status, headers, body = running.get("/v1/items/0001")
    assert (status, json.loads(body)) == (200, {"number": "0001", "name": "Spring", "since": "2026-01-31"})
    assert headers["Server"] is None
    assert "PlanLoaded" in running.log()


def test_an_open_contract_warns_at_each_start(start: Start) -> None:
    """`security: open` is said in the log."""
    assert "WARNING" in start().log()


def test_every_worker_serves(start: Start) -> None:
    """The number of workers is what the option says."""
    running = start("--workers", "3", "--threads", "2")
    running.wait(lambda: len(running.workers()) == 3, "three workers run")


def test_the_parent_opens_no_database(start: Start, folder: Path) -> None:
    """Neither the source nor the state is open in the process that forks, so no connection is shared."""
    running = start()
    assert running.status("/v1/items") == 200
    held = [str(path.resolve()) for path in Path(f"/proc/{running.process.pid}/fd").iterdir()]
    assert [path for path in held if path.startswith(str(folder.resolve()))] == []


def test_a_cursor_is_good_at_every_worker(start: Start) -> None:
    """Pages are walked over two workers: both sign cursors with one secret."""
    running = start("--workers", "2")
    for _ in range(8):
        _, _, body = running.get("/v1/items?limit=2")
        assert running.status(f"/v1/items?limit=2&cursor={json.loads(body)['page']['next']}") == 200


def test_a_broken_contract_does_not_start(folder: Path) -> None:
    """Every fault is printed with its place, and nothing listens."""
    shop.write_items(folder, shop.BROKEN_ITEMS)
    said = refused(folder)
    assert "v1/items.yaml:4:1" in said
    assert "did you mean 'table'?" in said
    assert "did you mean 'date'?" in said
    assert "faults" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
def test_a_contract_that_is_not_open_stays_on_this_machine(tmp_path: Path, host: str) -> None:
    """Without a word on security, addresses that others can reach are refused, and the message says what to do."""
    closed = shop.build(tmp_path / "closed", open_=False)
    said = refused(closed, "--bind", f"{host}:8080")
    assert "security: open" in said
    assert "127.0.0.1" in said


def test_an_open_contract_may_listen_everywhere(start: Start) -> None:
    """With `security: open` the gateway listens where it is told to."""
    assert start(host="0.0.0.0").status("/v1/items") == 200


def test_a_port_in_use_is_said_at_once(folder: Path) -> None:
    """The message names the address."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        assert f"{address} is in use" in refused(folder, "--bind", address)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BASCULE_LOG_LEVEL", "loud", "BASCULE_LOG_LEVEL='loud'"),
        ("BASCULE_RETRY_AFTR", "5", "did you mean 'BASCULE_RETRY_AFTER'?"),
        ("BASCULE_MAX_PARAMETERS", "-1", "whole number"),
        ("BASCULE_TRUSTED_PROXIES", "10.0.0.1/8", "'10.0.0.1/8'"),
        ("BASCULE_HOSTS", "https://api.example.com", "no host name"),
        ("BASCULE_CORS_ORIGINS", "*", "no origin"),
    ],
)
def test_a_bad_setting_stops_the_start(folder: Path, name: str, value: str, said: str) -> None:
    """An unknown setting or a bad value is named, with what is valid."""
    assert said in refused(folder, **{name: value})


def test_a_state_that_cannot_be_opened_is_said(folder: Path) -> None:
    """A state in a folder that does not exist stops the start, with its place."""
    gateway = folder / "gateway.yaml"
    gateway.write_text(gateway.read_text(encoding="utf-8") + "state: sqlite:///nowhere/state.db\n", encoding="utf-8")
    assert "nowhere" in refused(folder)


@pytest.mark.parametrize("bind", ["8080", "127.0.0.1", "127.0.0.1:99999", "::1:8080", ":8080", "127.0.0.1:http"])
def test_an_address_is_host_and_port(folder: Path, bind: str) -> None:
    """Anything else is a usage error that shows an example."""
    assert "[::1]:8080" in refused(folder, "--bind", bind)
