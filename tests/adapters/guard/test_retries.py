"""The retry budget: a fifth of the calls, and a few from the start."""

from __future__ import annotations

from adapters.guard.retries import PAUSE, RetryBudget


def test_a_fifth_of_the_calls_may_be_done_again() -> None:
    """Of a thousand calls that all fail, two hundred are retried, beside the few that are there from the start."""
    budget = RetryBudget(4)
    spent = 0
    for _ in range(1000):
        budget.earn()
        spent += budget.spend()
    assert 200 <= spent <= 204


def test_good_times_save_up_only_a_little() -> None:
    """A day without failures does not allow a storm in the evening."""
    budget = RetryBudget(4)
    for _ in range(10_000):
        budget.earn()
    assert sum(budget.spend() for _ in range(100)) == 10


def test_a_quiet_source_has_some() -> None:
    """The first call of the morning may be retried."""
    budget = RetryBudget(1)
    assert sum(budget.spend() for _ in range(100)) == 3


def test_the_pause_is_drawn() -> None:
    """A crowd that failed together does not come back together."""
    pauses = {RetryBudget.pause() for _ in range(50)}
    assert len(pauses) > 40
    assert PAUSE[0] <= min(pauses) <= max(pauses) <= PAUSE[1]
