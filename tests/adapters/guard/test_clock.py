"""The wall clock may jump by an hour: nothing in the guard but its quiet windows knows of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import adapters.guard

MODULES = sorted(Path(adapters.guard.__file__).parent.glob("*.py"))
_WALL = {"time", "time_ns", "now", "utcnow", "today", "localtime", "gmtime", "ctime", "CLOCK_REALTIME"}
_CLOCKS = {"time", "datetime", "dt"}


def reads(source: str) -> set[str]:
    """The names of the wall clock that a module's text uses."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in _CLOCKS:
            found |= {alias.name for alias in node.names} & (_WALL | {"datetime", "date"})
        elif isinstance(node, ast.Attribute) and node.attr in _WALL and _root(node) in _CLOCKS:
            found.add(node.attr)
    return found


def _root(node: ast.expr) -> str:
    """The first name of `a.b.c`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("module", MODULES, ids=[path.stem for path in MODULES])
def test_only_the_calendar_reads_the_wall_clock(module: Path) -> None:
    """Deadlines, leases, pauses and trials are durations: a clock that steps back by an hour moves none of them."""
    assert bool(reads(module.read_text(encoding="utf-8"))) == (module.stem == "calendar")


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time()",
        "from time import time",
        "import datetime as dt\ndt.datetime.now()",
        "from datetime import datetime",
    ],
)
def test_a_reader_would_be_found(text: str) -> None:
    """The test above sees each way to read it."""
    assert reads(text)


def test_the_monotonic_clock_is_none() -> None:
    """And takes nothing else for one."""
    assert not reads("from time import monotonic, sleep\nimport datetime as dt\ndt.timedelta(1)\nself.calendar.today()")
