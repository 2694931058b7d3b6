"""The console while a source is killed and comes back: what the operator sees, and what callers get meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters.guard.fakes import eventually
from tests.browser.devtools import DESKTOP, Page
from tests.browser.outage import acts, outage


def said(page: Page, source: str, *words: str) -> None:
    """Wait until the overview says all of this of a source at once: it is drawn anew every few seconds."""
    card = f"document.querySelector('[data-key={source}]')?.innerText"
    page.until(f"{json.dumps(words)}.every(each => {card}?.includes(each))")


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("patient_gateways")
def test_an_outage_is_seen_from_beginning_to_end(page: Page, tmp_path: Path) -> None:
    """Up; open, with what it failed with and what to do; stale answers; up again. The other source is well all the time."""
    page.appear(*DESKTOP)
    with outage(tmp_path / "hydraulics") as stage:
        stage.log_in(page)
        seen = []
        for act in acts(stage, page):
            seen.append(act)
            said(page, "shopfloor", "up")
            if act == "2-open":
                said(page, "erp", "its breaker is open", "since", "bascule doctor", "Nothing has to be restarted")
                assert page.violations() == []
            if act == "3-served-stale":
                eventually(stage.stale)
                page.until("document.querySelector('.tile.bad dt')?.innerText === 'Errors'")
        assert len(seen) == 4
        said(page, "erp", "Last failure")  # what it failed with is folded away, and not forgotten
        assert page.complaints() == []
