"""The console while a source is killed and comes back: what the operator sees, and what callers get meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.devtools import DESKTOP, Page
from tests.browser.outage import acts, outage


def card(page: Page, source: str) -> str:
    """What the overview says of a source."""
    found: str = page.evaluate(f"document.querySelector('[data-key={source}]').innerText")
    return found


@pytest.mark.timeout(600)
def test_an_outage_is_seen_from_beginning_to_end(page: Page, tmp_path: Path) -> None:
    """Up; open, with what it failed with and what to do; stale answers; up again. The other source is well all the time."""
    page.appear(*DESKTOP)
    with outage(tmp_path / "hydraulics") as stage:
        stage.log_in(page)
        seen = []
        for act in acts(stage, page):
            seen.append(act)
            assert "up" in card(page, "shopfloor")
            if act == "2-open":
                shown = card(page, "erp")
                for said in ("its breaker is open", "since", "bascule doctor", "Nothing has to be restarted"):
                    assert said in shown
                assert page.violations() == []
            if act == "3-served-stale":
                assert stage.stale() > 0
                assert page.evaluate("document.querySelector('.tile.bad dt')?.innerText") == "Errors"
        assert len(seen) == 4
        assert "Last failure" in card(page, "erp"), "what it failed with is folded away, and not forgotten"
        assert page.complaints() == []
