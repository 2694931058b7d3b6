"""docs/explanation/security.md: each promise names a test that there is, and each test of the suite stands for a promise."""

from __future__ import annotations

import ast
import re
from typing import Final

from tests.house.source import ROOT, functions, modules, named, parsed

PAGE: Final = (ROOT / "docs" / "explanation" / "security.md").read_text(encoding="utf-8")
HERE: Final = "tests/security/"
NAMED: Final = {
    (folder or HERE) + name for folder, name in re.findall(r"`(tests/[\w/]+/)?(test_\w+\.py::test_\w+)`", PAGE)
}
OF_THE_SUITE: Final = {  # what holds the suite together, and promises nothing by itself
    "test_tenants.py::test_every_operation_is_of_known_rows",
    "test_tenants.py::test_the_documents_hold_nobody_s_rows",
    "test_tenants.py::test_one_s_own_item_is_found",
    "test_masks.py::test_with_the_scope_it_is_there",
    "test_functions.py::test_a_page_for_everybody_takes_no_credential",
    "test_functions.py::test_a_key_is_taken_in_either_header",
    "test_injection.py::test_the_corpus_would_be_noticed",
    "test_kept.py::test_every_answer_is_kept",
    "test_secrets.py::test_the_scene_is_full",
}


def proofs() -> set[str]:
    """Every test that there is, by its path and name."""
    found = (
        (named(path), each.name) for path in modules("tests") for each in functions(parsed(path)) if _is_test(each)
    )
    return {f"{path}::{name}" for path, name in found}


def of_the_suite() -> set[str]:
    """The tests of this folder but for these, and those of the wire, which have a table of their own."""
    return {name for name in proofs() if re.match(HERE + r"test_(?!promises|wire)", name)}


def _is_test(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.name.startswith("test_")


def test_each_promise_is_proved() -> None:
    """The page names no test that is not there."""
    assert NAMED - proofs() == set()


def test_each_proof_is_promised() -> None:
    """A test that is added to the suite gets its line in the page, or a place among those that hold the suite together."""
    assert of_the_suite() - NAMED == {HERE + name for name in OF_THE_SUITE}


def test_each_line_of_the_tables_has_its_proof() -> None:
    """No promise stands there without a test."""
    tables = re.findall(r"^\| promise \|.*\n\|---.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(rows) > 25
    assert [row for row in rows if "::test_" not in row] == []
