"""F13: a clock that is set, by an hour or by a summer time, moves no deadline, no pause and no lease."""

from __future__ import annotations

import ast

import pytest

from tests.house.source import modules, named, parsed

# Who may ask the clock on the wall, and what for: it is never a duration.
BY_THE_WALL = {
    "adapters/guard/calendar.py": "quiet windows, and the day of a budget of rows, are what people agreed on",
    "app/pipeline.py": "a version ends on a date, and the audit says when a request came",
    "app/web/lane.py": "an answer says its date",
    "app/web/portal/site.py": "so does its page",
    "app/web/sessions.py": "a session ends at a moment that every host knows, in whatever process it is opened",
    "app/web/admin/api.py": "keys and links are shown as they stand at a moment that people know",
    "app/web/admin/console.py": "so are the hours of its charts",
    "app/web/exchanges.py": "the audit says when a request came, as app/pipeline.py does",
    "app/kept/entry.py": "Data-As-Of says in words how old an answer is",
    "app/kept/disk.py": "entries on disk outlive the monotonic clock",
    "app/recall.py": "the audit says when a request came, as app/pipeline.py does, and a version ends on a date",
    "app/state/issues.py": "what is kept over restarts has dates",
    "app/state/state.py": "and keys end on one",
}
TIMED = ("adapters", "app/kept", "app/stages", "app/state", "app/web")  # and the modules of app/ itself

_WALL = {"time", "time_ns", "now", "today", "utcnow", "localtime", "gmtime"}
_CLOCKS = {"time", "datetime", "date"}  # the module, and the classes, that have them


def wall_clocks(tree: ast.AST) -> list[str]:
    """Every mention of a clock that can be set, as it is written."""
    nodes = list(ast.walk(tree))
    mentions = [ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute) and _is_wall(node)]
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "time"]
    return mentions + [name.name for each in imports for name in each.names if name.name in _WALL]


def _is_wall(node: ast.Attribute) -> bool:
    owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
    return node.attr in _WALL and owner in _CLOCKS


def test_durations_are_those_of_the_monotonic_clock() -> None:
    """Nothing that a request passes through reads a clock that can be set, but for the few that print it or keep a date."""
    passed = {*modules(*TIMED), *(path for path in modules("app") if path.parent.name == "app")}
    found = {named(path) for path in passed if wall_clocks(parsed(path))}
    assert {"adapters/guard/calendar.py", "app/kept/entry.py"} <= found
    assert found <= BY_THE_WALL.keys()


@pytest.mark.parametrize(
    "text",
    ["time.time()", "from time import monotonic, time", "dt.datetime.now(zone)", "wall = datetime.now", "date.today()"],
)
def test_a_wall_clock_would_be_found(text: str) -> None:
    """The search knows the ways in which the wall's clock is asked."""
    assert len(wall_clocks(ast.parse(text))) == 1


@pytest.mark.parametrize("text", ["monotonic()", "time.monotonic()", "time.sleep(1)", "self.calendar.today()"])
def test_a_clock_that_nobody_sets_is_let_through(text: str) -> None:
    """The search finds nothing in what may stand there."""
    assert wall_clocks(ast.parse(text)) == []
