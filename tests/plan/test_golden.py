"""The demo plant's plan as a snapshot: what a change of the compiler, of a conversion or of the contract does to it shows."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from app.assembly import compile_folder
from app.demo.plant import contract_folder
from app.plan import text

GOLDEN = Path(__file__).parents[1] / "golden" / "plan.txt"
RENEW = "BASCULE_TEST_RENEW"


def test_the_plan_of_the_demo_is_the_one_that_was_reviewed() -> None:
    """The plan is, line by line, the committed one. `BASCULE_TEST_RENEW=1` writes it anew; then read the difference."""
    plan = compile_folder(contract_folder(), {}).plan
    found = text.render(plan)
    if os.environ.get(RENEW) == "1":
        GOLDEN.write_text(found, encoding="utf-8")
    kept = GOLDEN.read_text(encoding="utf-8")
    difference = difflib.unified_diff(kept.splitlines(), found.splitlines(), "reviewed", "now", n=1, lineterm="")
    assert found == kept, "\n".join([f"{RENEW}=1 renews tests/golden/plan.txt", *difference])


def test_one_version_can_be_shown() -> None:
    """`bascule plan --version v2` shows that version, and the whole is all of them."""
    plan = compile_folder(contract_folder(), {}).plan
    one = text.render(plan, "v2")
    assert "version v2" in one
    assert "version v1" not in one
    assert one.partition("\n\n")[2] in text.render(plan)
