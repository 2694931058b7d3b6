"""`bascule mock`: a contract served without a source, without a secret, and without a value that is real."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.port import Shape
from app.assembly import compile_folder, open_gateway
from app.callers.credentials import SANDBOX
from app.callers.key_manager import Grant
from app.gateway import Gateway
from app.observations import Observatory
from app.sandbox import Recipe
from app.settings import Settings
from app.shapes import Faults
from tests.cli.conftest import Bascule, bascule
from tests.sandbox import conversions
from tests.sandbox.asking import get, items, mock, mocked, resources
from tests.serving.running import ROOT, Running, environment, free_port

__all__ = ["bascule"]

PEOPLE: Final = {  # what stands for somebody in the demo plant, by resource
    "/v1/customers": ("name", "address", "email", "vat_number"),
    "/v1/job-operations": ("operator",),
    "/v1/shipments": ("tracking_number",),
}
CLOSED: Final = """\
title: Closed
state: ${STATE_URL}
cache: {shared: "${REDIS_URL}"}
security: closed
sources:
  host: {kind: as400, system: "${SYSTEM}", user: "${USER_OF_HOST}", password: "${file:/nowhere/password}"}
"""
PERSON: Final = """\
resource: people
source: host
table: LIB.PEOPLE
key: id
fields:
  id: {column: ID, type: integer}
  name: {column: NAME, type: string, classification: personal, example: Erika Mustermann}
  city: {column: CITY, type: string, example: Wanne-Eickel}
cache: {fresh: 60s, persist: true}
"""
CATALOG: Final = """\
tables:
  LIB.PEOPLE:
    columns:
      ID: {type: "integer(10,0)", null: false}
      NAME: {type: varchar(40), null: false, text: "like Erika Mustermann"}
      CITY: {type: varchar(40), null: false}
    key: [ID]
"""


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A closed contract of an AS/400, none of whose secrets is anywhere."""
    folder = tmp_path / "closed"
    for path, text in {
        "gateway.yaml": CLOSED,
        "v1/version.yaml": "status: current\n",
        "v1/people.yaml": PERSON,
        "catalog/host.yaml": CATALOG,
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def exploding(monkeypatch: pytest.MonkeyPatch) -> None:
    """No source can be opened."""

    def explode(*_: object, **__: object) -> None:
        raise AssertionError("a source was opened")

    monkeypatch.setattr("app.assembly.open_source", explode)


@pytest.mark.usefixtures("exploding")
def test_no_source_is_opened(closed: Path, contract: Path) -> None:
    """Neither to compile a contract nor to serve it; a gateway in earnest opens one of each."""
    for folder in (closed, contract):
        gateway = mock(folder)
        assert gateway.ready()[0]
        gateway.close()
    with pytest.raises(AssertionError, match="a source was opened"):
        open_gateway(compile_folder(contract, {}), Settings(), Observatory())


def test_no_secret_is_needed_and_none_is_used(closed: Path) -> None:
    """Variables and files that are not there are faults in earnest, and none here; what they may lead to is left alone."""
    with pytest.raises(Faults) as faults:
        compile_folder(closed, {})
    assert {fault.code for fault in faults.value} == {"unset-variable", "unreadable-secret"}
    compiled = compile_folder(closed, {"REDIS_URL": "redis://nowhere.example:6379/0"}, recipe=Recipe())
    assert (compiled.contract.cache.shared, compiled.contract.cache.disk) == ("", 0)


@pytest.mark.usefixtures("exploding")
def test_a_catalog_is_needed(closed: Path) -> None:
    """Without one there is nothing to invent by, and the source is not asked for it."""
    (closed / "catalog" / "host.yaml").unlink()
    with pytest.raises(Faults) as faults:
        mocked(closed)
    assert [fault.code for fault in faults.value] == ["missing-catalog"]


def test_rules_hold_with_the_keys_of_the_folder(closed: Path) -> None:
    """A closed contract is closed; a key of the folder opens it, whether it is of the sandbox or not."""
    gateway = mock(closed)
    assert gateway.desk is not None
    keys = [gateway.desk.keys.create(Grant("team", scopes))[0] for scopes in ((), (SANDBOX,))]
    assert get(gateway, "/v1/people").status == 401
    assert [get(gateway, "/v1/people", key=key).status for key in keys] == [200, 200]
    gateway.close()
    assert not (closed / "cache.db").exists()


def texts(found: Any) -> Iterator[str]:
    """Every text in an item."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from texts(each)


def test_nobody_real_is_in_it(gateway: Gateway, mocked_plant: Gateway) -> None:
    """No name, address or number of somebody in the demo plant's databases is invented again."""
    real = {
        item[name]
        for path, names in PEOPLE.items()
        for item in items(gateway, path, "limit=500&fields=" + ",".join(names))
        for name in names
        if isinstance(item.get(name), str) and len(item[name]) > 4
    }
    assert len(real) > 500
    made = {text for each in resources(mocked_plant) for item in items(mocked_plant, each.path) for text in texts(item)}
    assert made.isdisjoint(real), sorted(made & real)


def test_examples_and_descriptions_are_no_data(closed: Path) -> None:
    """What the contract and the catalog give as examples, of persons or not, is in no row."""
    world = open_gateway(mocked(closed), Settings(), Observatory()).sources["host"]
    rows = world.run(Shape(("NAME", "CITY"), "LIB.PEOPLE"), ()).rows
    assert len(rows) == 200
    assert not [row for row in rows if "Mustermann" in row[0] or "Wanne" in row[1]]


def test_it_is_served(tmp_path: Path) -> None:
    """The command serves, in processes that share nothing the same rows; it says what it is, and each answer does."""
    folder = conversions.build(tmp_path / "everything")
    port = free_port()
    options = ["--port", str(port), "--seed", "7", "--rows", "20", "--workers", "2"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "mock", str(folder), *options],
            cwd=ROOT,
            env=environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(process, port, tmp_path / "log")
    try:
        running.wait(lambda: running.status("/livez") == 200, "it listens")
        found = [running.get("/v1/open-0?limit=20") for _ in range(8)]
        assert "invented" in running.log()
    finally:
        assert running.end() == 0
    assert {status for status, _, _ in found} == {200}
    assert {headers["Bascule-Sandbox"] for _, headers, _ in found} == {"true"}
    wanted = items(mock(folder, Recipe(7, 20)), "/v1/open-0")
    assert all(json.loads(body)["data"] == wanted for _, _, body in found)


@pytest.mark.parametrize("options", [("--rows", "0"), ("--rows", "1000000"), ("--seed", "-1"), ("--port", "0")])
def test_what_cannot_be_is_said(bascule: Bascule, contract: Path, options: tuple[str, str]) -> None:
    """A wrong number is a mistake of the command line: exit code 2, before anything is compiled."""
    result = bascule("mock", contract, *options)
    assert result.exit_code == 2
    assert options[0] in result.stderr


def test_keys_of_the_sandbox_are_given_out(bascule: Bascule, closed: Path) -> None:
    """`bascule keys create --sandbox` adds the scope, which the contract need not name, and takes no secret, as the mock takes none."""
    result = bascule("keys", "create", closed, "--owner", "web team", "--sandbox")
    assert result.exit_code == 0, result.stderr
    assert "names no scope" not in result.stderr
    gateway = mock(closed)
    assert get(gateway, "/v1/people", key=result.stdout.strip()).status == 200
    assert gateway.desk is not None
    assert [record.scopes for record in gateway.desk.keys.list()] == [(SANDBOX,)]
    gateway.close()
