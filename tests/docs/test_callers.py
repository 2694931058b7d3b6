"""The pages about callers are followed, with a gateway that runs as they run it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.docs.served import PORTAL, Served
from tests.house.source import ROOT

PAGES: Final = ROOT / "docs/how-to"


def test_the_portal_can_be_put_in_front(tmp_path: Path) -> None:
    """From open to closed: every key, answer and line of the audit is as the page has it."""
    walk = Served(PORTAL, tmp_path)
    walk.follow()
    assert walk.done == {"sh": 15, "yaml": 4, "json": 4, "text": 9}


def test_keys_can_be_given_out(tmp_path: Path) -> None:
    """A key is made, rotated and revoked under a gateway that runs."""
    walk = Served(PAGES / "give-out-keys.md", tmp_path)
    walk.prepare()
    walk.follow()
    assert walk.done == {"sh": 4, "text": 4}


def test_callers_can_be_limited(tmp_path: Path) -> None:
    """The request after the burst, and the one after too many rows, are refused."""
    walk = Served(PAGES / "limit-callers.md", tmp_path)
    walk.prepare()
    walk.follow()
    assert walk.done == {"yaml": 1, "sh": 3, "text": 2}


def test_accesses_can_be_audited(tmp_path: Path) -> None:
    """What is written down is found, and a changed line too."""
    walk = Served(PAGES / "audit-accesses.md", tmp_path)
    walk.prepare()
    walk.follow()
    assert walk.done == {"sh": 4, "text": 3}
