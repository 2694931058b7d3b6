"""The tutorial that begins with a database nobody documented."""

from __future__ import annotations

from pathlib import Path

from tests.docs.walk import Walk
from tests.house.source import ROOT


def test_the_tutorial_can_be_followed(tmp_path: Path) -> None:
    """From two files of a database to an answer: every command and every line that the page shows."""
    walk = Walk(ROOT / "docs/tutorial/from-an-undocumented-database.md", tmp_path)
    walk.follow()
    assert walk.done == {"sh": 11, "text": 9, "yaml": 1, "json": 1}
