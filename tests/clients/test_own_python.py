"""The Python client that a gateway gives out: one file, type-checked strictly, linted, and run against a gateway."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from app.describe.clients import python
from app.describe.clients.api import read
from tests.describe import odd

HERE = Path(__file__).resolve().parent
PROGRAM = "own_client.py"
SOURCE = HERE / "own_client.py.txt"  # no module of this project: what it imports is made first
MISTAKES = (
    ("dt.date(2026, 1, 1)", '"2026-01-01"'),
    ('["released", "held"]', '["released", "lost"]'),
    ('["lines", "jobs"]', '["lines", "job"]'),
    ('"limit": 5', '"limit": "five"'),
    ('line["quantity"]', 'line["quantities"]'),
    ("weight * 2", 'weight + "2"'),
    ("client.late_jobs", "client.late_job"),
    ('part["component"], part["sequence"])', 'part["component"])'),
    ("error.retryable", "error.retriable"),
    ("None if changed is None else changed.year", "changed.year"),
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module or a program with this environment's Python, which finds nothing of this project."""
    command = [sys.executable, *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PYTHONIOENCODING"] = "utf-8"
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=250, check=False
    )


@pytest.fixture(scope="module")
def folder(address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client as the gateway gives it out, and a program of it."""
    made = tmp_path_factory.mktemp("python")
    with urlopen(f"{address}/downloads/v2/client.py", timeout=60) as answer:
        (made / "client.py").write_bytes(answer.read())
    shutil.copy(SOURCE, made / PROGRAM)
    return made


def test_a_program_finds_what_is_there(folder: Path, address: str) -> None:
    """Filters, expansions, pages, keys of several parts and with slashes, exact numbers and moments, a problem."""
    ran = run(folder, PROGRAM, address)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    orders = fetched(
        f"{address}/v2/orders?status=released&status=held&ordered_on[gte]=2026-01-01"
        "&sort=-ordered_on,number&expand=lines,jobs&limit=5"
    )["data"]
    assert len(orders) == 5
    assert found["orders"] == [
        {
            "number": order["number"],
            "total": f"{order['total']:.2f}",
            "weight": None if order["weight_kg"] is None else str(Decimal(order["weight_kg"]) * 2),
            "year": None if order["changed_at"] is None else int(order["changed_at"][:4]),
            "lines": [line["quantity"] for line in order["lines"]],
            "jobs": [job["state"] for job in order["jobs"]],
        }
        for order in orders
    ]
    total = fetched(f"{address}/v2/late-jobs?count=exact&limit=1")["page"]["total"]
    assert len(set(found["late"])) == len(found["late"]) == total
    item = fetched(f"{address}/v2/items/HY-50%2F225?expand=components")
    assert found["components"] == [each["component"] for each in item["components"]]
    assert (found["same"], found["missing"], found["as_of"]) == (True, ["not-found", False], "UTC")


def fetched(url: str) -> Any:
    """What an address answers."""
    with urlopen(url, timeout=60) as answer:
        return json.load(answer)


def test_the_client_is_clean(folder: Path) -> None:
    """The strictest mypy, and ruff as it comes, find nothing in the client and in a program of it."""
    checked = run(folder, "-m", "mypy", "--strict", "--config-file", os.devnull, PROGRAM)
    assert checked.returncode == 0, checked.stdout
    linted = run(folder, "-m", "ruff", "check", "--isolated", "--no-cache", "client.py")
    assert linted.returncode == 0, linted.stdout


def test_a_mistake_is_found(folder: Path) -> None:
    """The types know options, their values, fields, keys, resources and problems: a mistake in any of them is found."""
    program = SOURCE.read_text(encoding="utf-8")
    names = [f"mistake{number}.py" for number in range(len(MISTAKES))]
    for name, (right, wrong) in zip(names, MISTAKES, strict=True):
        assert right in program
        (folder / name).write_text(program.replace(right, wrong), encoding="utf-8")
    checked = run(folder, "-m", "mypy", "--strict", "--config-file", os.devnull, *names)
    assert {name for name in names if f"{name}:" in checked.stdout} == set(names), checked.stdout


def test_any_contract_is_clean(tmp_path: Path) -> None:
    """Keywords, names of builtins, texts with everything in them."""
    (tmp_path / "client.py").write_text(python.client(read(odd.everything())), encoding="utf-8")
    checked = run(tmp_path, "-m", "mypy", "--strict", "--config-file", os.devnull, "client.py")
    assert checked.returncode == 0, checked.stdout
    linted = run(tmp_path, "-m", "ruff", "check", "--isolated", "--no-cache", "client.py")
    assert linted.returncode == 0, linted.stdout
