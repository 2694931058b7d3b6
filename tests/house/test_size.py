"""Files and functions stay small: nothing grows into the file that everybody has to edit."""

from __future__ import annotations

import ast

from tests.house.source import long_functions, modules, named, parsed

MOST_LINES = 400
MOST_FUNCTION_LINES = 50


def test_no_file_is_long() -> None:
    """No Python file has more than 400 lines."""
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_no_function_is_long() -> None:
    """No function has more than 50 lines, in any package."""
    found = {named(path): long_functions(parsed(path), MOST_FUNCTION_LINES) for path in modules()}
    assert {name: long for name, long in found.items() if long} == {}


def test_a_long_function_would_be_found() -> None:
    """The measure sees methods and nested functions, and counts from `def` to the last line."""
    tree = ast.parse("class A:\n    def short(self):\n        def long():\n" + "            x = 1\n" * 5)
    assert long_functions(tree, 5) == ["short (7)", "long (6)"]


def test_every_package_is_measured() -> None:
    """Each package has files to measure: a renamed folder cannot slip out of these rules."""
    measured = {named(path).split("/")[0] for path in modules()}
    assert {"app", "adapters", "docs", "tests"} <= measured
