"""Many tables at once: as many processes find what one finds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.draft import many
from app.draft.evidence import proposals
from app.draft.model import Proposal, Sample
from app.draft.shown import bare
from tests.draft.tables import sample, table

ROWS = [(number, 1240000 + 100 * (1 + number % 12) + 1 + number % 28, "AAAH"[number % 4]) for number in range(80)]


def samples(number: int) -> list[Sample]:
    """Tables of a key, a day and a code."""
    columns = ("ORDNO integer", "ORDDT decimal(7,0)", "ORDST char(1)")
    return [sample(table(f"ORD{turn:02}", *columns, key=["ORDNO"]), ROWS) for turn in range(number)]


def test_processes_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the tables, and what is not to be shown of a person's values can be left out still."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    tables = samples(2 * many.LEAST)
    found = many.proposals_of(tables)
    assert found == list(map(proposals, tables))
    assert _discreet(found) == _discreet(map(proposals, tables))
    assert "AAAH" not in "".join(_discreet(found))


def test_a_few_tables_begin_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process takes longer to begin than a few tables take."""

    def refuse(*_: object) -> None:
        pytest.fail("a process was begun")

    monkeypatch.setattr(many, "ProcessPoolExecutor", refuse)
    tables = samples(3)
    assert many.proposals_of(tables) == list(map(proposals, tables))


def _discreet(found: Sequence[tuple[Proposal, ...]] | map[tuple[Proposal, ...]]) -> list[str]:
    """The evidence and the questions without their values."""
    return [bare(words) for each in found for one in each for words in (one.evidence, *one.doubts)]
