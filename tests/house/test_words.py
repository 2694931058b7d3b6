"""What stands in the files: docstrings, reasons, and nothing that is unfinished or belongs to one machine."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.source import bare_directives, functions, modules, named, parsed, texts

# Put together here, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
MACHINE = re.compile(
    "|".join(("/wo" + "rk/", "/ro" + "ot/", r"/ho" + r"me/\w", r"[A-Z]:\\U" + "sers", "field" + "[- ]guide"))
)


def test_every_module_says_what_it_is_for() -> None:
    """Each module has a docstring; an empty `__init__.py` needs none."""
    found = [named(path) for path in modules() if parsed(path).body and not ast.get_docstring(parsed(path))]
    assert found == []


def test_every_test_says_what_it_proves() -> None:
    """Each test function has a docstring whose first line is a sentence."""
    found = [
        f"{named(path)}: {function.name}"
        for path in modules("tests")
        for function in functions(parsed(path))
        if function.name.startswith("test_") and not _sentence(ast.get_docstring(function))
    ]
    assert found == []


def _sentence(docstring: str | None) -> bool:
    return (docstring or "").split("\n\n")[0].rstrip().endswith((".", "?", "!"))


def test_nothing_is_unfinished() -> None:
    """No mark of unfinished work stands in code, and no function only says that it is not written."""
    marks = [named(path) for path in modules() if UNFINISHED.search(path.read_text(encoding="utf-8"))]
    stubs = [
        named(path)
        for path in modules()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Name) and node.id == "NotImplemented" + "Error"
    ]
    assert marks + stubs == []


def test_every_silenced_check_has_its_reason() -> None:
    """Each `noqa` and `type: ignore` says beside it why."""
    found = {named(path): bare_directives(path.read_text(encoding="utf-8")) for path in modules()}
    assert {name: bare for name, bare in found.items() if bare} == {}


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("x = 1  # no" + "qa: E501", True),
        ("x = 1  # type: " + "ignore[no-any-return]", True),
        ("x = 1  # type: " + "ignore[attr-defined]  # no" + "qa: SLF001", True),
        ("x = 1  # no" + "qa: E501  # the vendor writes it in one line", False),
        ("x = '# no" + "qa'", False),
        ("x = 1  # an ordinary comment", False),
    ],
)
def test_a_bare_directive_would_be_found(line: str, bare: bool) -> None:  # noqa: FBT001  # a table's column
    """The search tells a directive with a reason from one without, and comments from text."""
    assert bool(bare_directives(line + "\n")) is bare


def test_no_file_names_a_machine() -> None:
    """No path of somebody's machine stands in any text file."""
    assert [named(path) for path in texts() if MACHINE.search(path.read_text(encoding="utf-8"))] == []
