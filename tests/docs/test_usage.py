"""The page about usage and impact is followed, with a gateway that counts."""

from __future__ import annotations

import json
from pathlib import Path

from app.state import State
from app.state import usage as kept
from app.usage import counting
from tests.docs.served import Served
from tests.house.source import ROOT
from tests.usage.test_landscape import chart

PAGE = ROOT / "docs/how-to/know-who-is-hit.md"


def test_who_is_hit_is_known(tmp_path: Path) -> None:
    """What was asked is counted, and every command says of it what the page has."""

    def written() -> bool:
        state = State("sqlite:///state.db", tmp_path / "portal")
        calls = sum(each.calls for each in state.usage(""))
        state.close()
        return calls == 3

    walk = Served(PAGE, tmp_path, awaited=written)
    walk.prepare()
    walk.follow()
    assert walk.done == {"sh": 6, "text": 4}
    nodes, _ = chart((tmp_path / "portal.mmd").read_text(encoding="utf-8"))
    assert "ACME (order page)" in nodes.values()
    assert json.loads((tmp_path / "portal.json").read_text(encoding="utf-8"))["days"] == 30


def test_the_page_has_the_bounds_of_the_code() -> None:
    """Numbers that stand in both."""
    text = PAGE.read_text(encoding="utf-8")
    for number in (counting.MOST, kept.MOST_ROWS, kept.MOST_FORMS):
        assert f"{number:,}" in text
    assert counting.FLUSH_SECONDS == 10.0
