"""History as it is kept: trees of numbers that add up."""

from __future__ import annotations

import pytest

from app.state import State, history
from app.state.history import Numbers

A_MINUTE: Numbers = {"statuses": [0, 0, 3], "sources": {"erp": {"statements": 1, "failures": {}}}}
ANOTHER: Numbers = {"statuses": [0, 0, 2], "sources": {"erp": {"statements": 1, "failures": {"Busy": 1}}, "mes": {}}}


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (1, 2.5, 3.5),
        ([1, 2], [10, 20, 30], [11, 22, 30]),
        ([[1], 2], [[1], 1], [[2], 3]),
        ({"a": 1, "b": {"c": [1]}}, {"b": {"c": [1], "d": 1}, "e": 2}, {"a": 1, "b": {"c": [2], "d": 1}, "e": 2}),
        ({"a": 1}, [1], [1]),
        (1, {"a": 1}, {"a": 1}),
        ({}, {}, {}),
    ],
)
def test_trees_are_added_leaf_by_leaf(one: Numbers, other: Numbers, both: Numbers) -> None:
    """What one of them lacks is nothing; one of another form gives way to the newer."""
    assert history.summed(one, other) == both


def test_minutes_of_several_writers_add_up(state: State) -> None:
    """Each minute has one tree; what is asked for begins at a minute."""
    state.add_history({100: A_MINUTE, 101: A_MINUTE}, {}, (0, 0))
    state.add_history({101: ANOTHER}, {}, (0, 0))
    assert state.history(101) == {
        101: {"statuses": [0, 0, 5], "sources": {"erp": {"statements": 2, "failures": {"Busy": 1}}, "mes": {}}}
    }
    assert sorted(state.history(0)) == [100, 101]


def test_old_minutes_are_forgotten(state: State) -> None:
    """And what comes too late is not kept."""
    state.add_history({100: A_MINUTE, 101: A_MINUTE}, {}, (0, 0))
    state.add_history({99: A_MINUTE, 102: A_MINUTE}, {}, (101, 0))
    assert sorted(state.history(0)) == [101, 102]
