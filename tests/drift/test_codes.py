"""The table of drift is whole: what can be found stands in it, and what stands in it can be found."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import app.drift
from app.drift import CODES, GRADES, GROUPS
from app.drift.codes import worst
from tests.drift.world import DRIFTS

_CODE = re.compile(r"[a-z]+(-[a-z]+)+")
_ROOM = Path(app.drift.__file__).parent
_SOUND_LIKE_ONE = {"bascule-drift"}  # the name of a thread


def test_codes_are_told_once_and_whole() -> None:
    """Each has one row, a grade, and sentences that end."""
    assert len(CODES) == sum(len(group.codes) for group in GROUPS)
    for each in CODES.values():
        assert each.grade in GRADES
        assert each.meaning.endswith(".")
        assert each.reason.endswith(".")
        assert not each.unless.endswith(".")


def test_the_room_finds_what_the_table_has_and_nothing_else() -> None:
    """Every text of the code that looks like a code is one, and every code stands in the code that finds it."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in _ROOM.glob("*.py") if path.name != "codes.py"]
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    like_codes = {text for text in texts if isinstance(text, str) and _CODE.fullmatch(text)}
    others = {text for text in like_codes if text.startswith("unindexed-")} | _SOUND_LIKE_ONE
    assert like_codes - others - set(CODES) == set()
    assert set(CODES) - texts == set()


def test_most_of_it_is_made_by_hand() -> None:
    """What no statement makes on three kinds of source is tested elsewhere, and is listed here."""
    made = {code for drift in DRIFTS for code, _, _ in drift.found}
    assert set(CODES) - made == {"table-added", "unreadable", "null-refused", "not-compared", "not-sampled"}


def test_the_worst_grade() -> None:
    """Breaking before risky before safe; of none, safe."""
    assert worst("safe", "breaking", "risky") == "breaking"
    assert worst("safe", "risky") == "risky"
    assert worst() == "safe"
