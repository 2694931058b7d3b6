"""The bounds of histograms, and the shares that are read from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.metrics.bounds import BOUNDS, bucket, quantile


def test_an_observation_lies_at_or_below_its_bound() -> None:
    """As Prometheus has it: a bucket holds what is less than or equal to its bound."""
    assert [bucket(each) for each in BOUNDS] == list(range(len(BOUNDS)))
    assert bucket(0.0) == 0
    assert bucket(BOUNDS[-1] + 1) == len(BOUNDS)


def test_nothing_observed_has_no_share() -> None:
    """No number stands where nothing was counted."""
    assert quantile([0] * (len(BOUNDS) + 1), 0.95) is None


@given(st.lists(st.floats(0.0, 9.9), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_share_lies_in_the_bucket_of_the_true_one(seconds: list[float], share: float) -> None:
    """The estimate is off by no more than the width of a bucket."""
    buckets = [0] * (len(BOUNDS) + 1)
    for each in seconds:
        buckets[bucket(each)] += 1
    true = sorted(seconds)[max(0, -int(-share * len(seconds) // 1) - 1)]
    found = quantile(buckets, share)
    assert found is not None
    assert BOUNDS[bucket(true)] >= found - 1e-12
    assert found >= (BOUNDS[bucket(true) - 1] if bucket(true) else 0.0) - 1e-12


def test_beyond_the_last_bound_that_is_what_is_known() -> None:
    """A histogram cannot say more."""
    assert quantile([0] * len(BOUNDS) + [3], 0.5) == pytest.approx(BOUNDS[-1])
