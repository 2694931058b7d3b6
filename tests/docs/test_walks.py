"""What the README, the tutorial, and how-to pages with steps say is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.served import Served
from tests.docs.walk import Block, Walk, blocks
from tests.house.source import ROOT


@pytest.mark.parametrize(
    ("walked", "page", "least"),
    [
        (Served, "README.md", {"yaml": 3, "sh": 6, "json": 2, "text": 1}),
        (Walk, "docs/tutorial/first-api.md", {"yaml": 5, "sh": 8, "json": 2, "text": 5}),
        (Walk, "docs/how-to/protect-the-host.md", {"yaml": 3, "sh": 3, "text": 2}),
    ],
)
def test_a_page_can_be_followed(walked: type[Walk], page: str, least: dict[str, int], tmp_path: Path) -> None:
    """Every file, command and answer of the page is as it stands there; none is passed over."""
    walk = walked(ROOT / page, tmp_path)
    walk.follow()
    assert {language: walk.done.get(language, 0) >= count for language, count in least.items()} == dict.fromkeys(
        least, True
    )


def test_a_wrong_answer_would_be_found(tmp_path: Path) -> None:
    """A walk fails where a page shows words that the output does not hold, or holds in another order."""
    walk = Walk(ROOT / "README.md", tmp_path)
    walk.output = "one\ntwo\n"
    walk._find("one\ntwo")
    with pytest.raises(AssertionError, match="in this order"):
        walk._find("two\none")


def test_an_ellipsis_is_what_stands_in_a_line(tmp_path: Path) -> None:
    """A page leaves out what changes from run to run, within a line and no further; the rest has to be there."""
    walk = Walk(ROOT / "README.md", tmp_path)
    walk.output = "key 4f9Zk2Qa of ACME\nexpires\n"
    walk._find("key … of ACME")
    with pytest.raises(AssertionError, match="in this order"):
        walk._find("key … of Bolt")
    with pytest.raises(AssertionError, match="in this order"):
        walk._find("key … expires")


def test_blocks_are_read_in_order(tmp_path: Path) -> None:
    """Fenced blocks are found with their language; indented ones are left to people."""
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```sh\nls\n```\n\n    not run\n\n```yaml\n# a.yaml\nb: c\n```\n", encoding="utf-8")
    assert list(blocks(page)) == [Block("sh", "ls\n"), Block("yaml", "# a.yaml\nb: c\n")]
