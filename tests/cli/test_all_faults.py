"""`bascule check` on contracts with faults: all of them in one run, each said once, and nothing that is no fault."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.contract.fault_codes import FAULT_CODES
from tests import shop
from tests.cli.conftest import Bascule

GOLDEN = Path(__file__).parents[1] / "golden"
RENEW = "BASCULE_TEST_RENEW"
AROUND = {
    "v1/parts.yaml": shop.ITEMS.replace("resource: items", "resource: parts")
    + "expand: {same: {resource: items, on: {number: number}}}\n",
    "v2/version.yaml": "extends: v1\nchanges: [{rename: {parts: spares}, because: x}]\n",
    "v2/items.yaml": "resource: items\nchanges: [{rename: {name: label}, because: x}, {remove: since, because: x}]\n",
}


def test_ten_mistakes_are_ten_messages(bascule: Bascule) -> None:
    """Mistakes in gateway.yaml, resources, a lens and a catalog, of words and of meaning: the whole output, in order."""
    result = bascule("check", GOLDEN / "ten_mistakes")
    kept = GOLDEN / "ten_mistakes.txt"
    if os.environ.get(RENEW) == "1":
        kept.write_text(result.stderr, encoding="utf-8")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == kept.read_text(encoding="utf-8")


def test_the_ten_mistakes_are_ten_kinds_of_fault() -> None:
    """No code stands twice in the golden file, and each is in the table."""
    *faults, count = (GOLDEN / "ten_mistakes.txt").read_text(encoding="utf-8").splitlines()
    codes = {fault.rpartition("[")[2].rstrip("]") for fault in faults}
    assert count == "Error: 10 faults"
    assert len(codes) == len(faults) == 10
    assert codes <= FAULT_CODES.keys()


@pytest.mark.parametrize(
    ("faulty", "fault"),
    [
        ("kind: sqlite, colour: red,", "has no word 'colour'"),
        ("kind: sqlight,", "there is no kind 'sqlight'"),
        ("kind: sqlite, connections: 0,", "'0' stands here"),
    ],
)
def test_a_faulty_source_is_one_fault(bascule: Bascule, folder: Path, faulty: str, fault: str) -> None:
    """Without a catalog file nothing is known of its tables: what its resources, a lens and an expansion say is left alone."""
    gateway = folder / "gateway.yaml"
    text = gateway.read_text(encoding="utf-8")
    assert "kind: sqlite," in text
    gateway.write_text(text.replace("kind: sqlite,", faulty), encoding="utf-8")
    for name, content in AROUND.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    result = bascule("check", folder)
    assert result.exit_code == 1
    assert fault in result.stderr
    assert result.stderr.endswith("Error: 1 fault\n"), result.stderr
