"""Costs as they are kept: sums, bounds, and days of hours that are long gone."""

from __future__ import annotations

import pytest

from app.state import CostRecord, CostTally, State, costs
from app.state.costs import DAY, WHOLE, CostKey
from app.state.tables import cost_hour
from app.state.usage import OTHER

HOUR = 20_000 * DAY  # the first of a day


def key(hour: int = HOUR, caller: str = "key:a", source: str = "erp") -> CostKey:
    """A row for the orders."""
    return hour, caller, "/v1/orders", source


def keep(state: State, found: dict[CostKey, CostTally], oldest: int = 0) -> None:
    """Add to what is kept."""
    state.add_history({}, found, (0, oldest))


def test_counts_add_up(state: State) -> None:
    """Those of several writers and hours; the longest and the last are the greatest of them."""
    keep(state, {key(): CostTally(1, 1, 10, 5.5, 5.5, 100.25), key(source=""): CostTally(requests=1)})
    keep(state, {key(): CostTally(2, 3, 5, 4.0, 2.0, 90.0), key(HOUR + 1): CostTally(1, 1, 1, 9.0, 9.0, 200.0)})
    assert state.costs(HOUR) == [
        CostRecord("key:a", "/v1/orders", "", CostTally(requests=1)),
        CostRecord("key:a", "/v1/orders", "erp", CostTally(4, 5, 16, 18.5, 9.0, 200.0)),
    ]
    assert [each.tally.requests for each in state.costs(HOUR + 1)] == [1]
    assert state.costs(HOUR + 2) == []


def test_old_hours_are_forgotten(state: State) -> None:
    """With the first counts of a new hour; and what comes too late is not kept."""
    keep(state, {key(): CostTally(1), key(HOUR + 1): CostTally(1)})
    keep(state, {key(): CostTally(5), key(HOUR + 2): CostTally(1)}, HOUR + 1)
    assert [each.tally.requests for each in state.costs(0)] == [2]


def test_an_hour_has_so_many_rows(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes beyond them counts as another's; no request is lost, and the next hour has room again."""
    monkeypatch.setattr(costs, "MOST_ROWS", 2)
    for number in range(5):
        keep(state, {key(caller=f"key:{number}"): CostTally(10), key(caller="key:0"): CostTally(1)})
    keep(state, {key(HOUR + 1, "key:4"): CostTally(1)})
    found = {each.caller: each.tally.requests for each in state.costs(0)}
    assert found == {"key:0": 5, "key:1": 10, OTHER: 30, "key:4": 1}


def test_hours_that_are_long_gone_are_summed_up_by_day(state: State) -> None:
    """Each whole day in its first hour, with the first counts of a new one; the sums are the same, the last week stays as it is."""
    hours = [HOUR - 1, HOUR, HOUR + 5, HOUR + 23, HOUR + DAY, HOUR + DAY + 3]
    for hour in hours:
        keep(state, {key(hour): CostTally(1, 2, 3, 4.0, float(hour), 6.0)})
    before = state.costs(0)
    keep(state, {key(HOUR + DAY + WHOLE): CostTally()})
    assert state.costs(0) == before
    with state.database.reading() as connection:
        kept = sorted(connection.scalars(cost_hour.select().with_only_columns(cost_hour.c.hour)))
    assert kept == [HOUR - DAY, HOUR, HOUR + DAY, HOUR + DAY + 3, HOUR + DAY + WHOLE]
    assert state.costs(HOUR)[0].tally.requests == 5


def test_a_day_that_is_summed_up_has_so_many_rows_as_well(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its callers beyond the bound are one."""
    for hour in range(4):
        keep(state, {key(HOUR + hour, f"key:{hour}"): CostTally(1)})
    monkeypatch.setattr(costs, "MOST_ROWS", 2)
    keep(state, {key(HOUR + DAY + WHOLE): CostTally(1)})
    found = {each.caller: each.tally.requests for each in state.costs(0)}
    assert found == {"key:0": 1, "key:1": 1, OTHER: 2, "key:a": 1}
