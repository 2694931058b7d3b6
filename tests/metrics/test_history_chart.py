"""Charts: minutes as points, and the figures that are computed of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.metrics.bounds import BOUNDS
from app.metrics.history_chart import SPANS, Span, chart, figures, points
from app.metrics.history_minute import Minute, parsed, plain
from app.state.history import summed
from tests.metrics.history_scene import HIT, MISS, THIS_MINUTE, counted, failed, ran, served


def busy(hits: int = 3, misses: int = 1, errors: int = 0) -> Minute:
    """A minute of so many requests; each miss was a statement."""
    missed = served(cache=MISS, took=0.04), ran(rows=2)
    lost = served(503, 2.0, cache=""), failed()
    return counted(*[served(cache=HIT)] * hits, *missed * misses, *lost * errors)


def test_a_minute_is_what_its_tree_says() -> None:
    """One that another process has written is the same."""
    assert parsed(json.loads(json.dumps(plain(busy(errors=2))))) == busy(errors=2)


def test_a_minute_of_another_release_has_its_counts_and_not_their_times() -> None:
    """Whose histograms have other bounds, as many or not; those that are over today's are read, beside them."""
    whole = busy(errors=1)
    tree: Any = plain(whole)
    for bounds in (["0.2", "+Inf"], [f"{bound * 3}" for bound in BOUNDS] + ["+Inf"]):
        tree["took"] = dict.fromkeys(bounds, 1)
        assert parsed(tree) == replace(whole, took=Minute().took)
    tree["sources"]["erp"]["took"] = [1, 2, 3]
    assert (parsed(tree).at("erp").statements, sum(parsed(tree).at("erp").took)) == (1, 0)
    assert figures([parsed(tree)])["requests"] == 5
    assert chart([parsed(tree)], ["erp"])["p95_ms"] == [None]


@pytest.mark.parametrize("broken", [None, 7, [], {"sources": 3}, {"statuses": {"2": 1}}, {"outcomes": {"hit": []}}])
def test_what_is_no_minute_counts_nothing(broken: Any) -> None:
    """It takes no chart away."""
    minute = busy()
    minute.add(parsed(broken))
    assert chart([minute], ["erp"]) == chart([busy()], ["erp"])


def test_minutes_of_two_releases_add_up() -> None:
    """Workers of both write the same minute while one takes the other's place: all requests, and no times rather than wrong ones."""
    later: Any = plain(busy())
    later["took"] = {"0.2": 4}
    found = parsed(summed(plain(busy()), later))
    assert (found.requests, sum(found.took), found.at("erp").statements) == (8, 0, 2)


def test_the_points_of_an_hour_and_of_a_day() -> None:
    """Sixty minutes, ninety-six quarters; the last of them goes on."""
    hour, day = (SPANS[name].moments(THIS_MINUTE + 7) for name in ("hour", "day"))
    assert (len(hour), hour[0], hour[-1]) == (60, THIS_MINUTE + 7 - 59, THIS_MINUTE + 7)
    assert (len(day), day[0], day[-1]) == (96, THIS_MINUTE - 95 * 15, THIS_MINUTE)


def test_minutes_are_summed_up_by_point() -> None:
    """Those of one quarter together; what is older or to come is left out; a gap is a point of nothing."""
    minutes = {THIS_MINUTE + at: busy() for at in (-46, -45, -31, -14, 0, 14, 15, -10_000)}
    found = points(minutes, Span(15, 4), THIS_MINUTE + 14)
    assert [each.requests for each in found] == [8, 0, 4, 8]


def test_a_chart_says_null_where_nothing_is_to_be_said() -> None:
    """Counts are 0 in a gap; what is computed of them is nothing."""
    found = chart([busy(errors=1), Minute()], ["erp", "mes"])
    assert found["requests"] == [5, 0]
    assert found["errors"] == [1, 0]
    assert found["hit_ratio"] == [0.75, None]
    assert found["p50_ms"] == [pytest.approx(2.25, abs=0.01), None]
    erp, mes = found["sources"]["erp"], found["sources"]["mes"]
    assert (erp["statements"], erp["failures"], erp["per_1000_requests"]) == ([1, 0], [1, 0], [200.0, None])
    assert (erp["p95_ms"][1], mes["p95_ms"], mes["per_1000_requests"]) == (None, [None, None], [0.0, None])


def test_percentiles_lie_within_their_buckets() -> None:
    """And beyond the last bound nothing more is known than that bound."""
    found = chart([counted(*(served(took=took) for took in (0.003, 0.003, 0.003, 60.0)))], [])
    assert 2.5 <= found["p50_ms"][0] <= 5.0
    assert found["p99_ms"] == [BOUNDS[-1] * 1000]


def test_the_figures_of_an_hour() -> None:
    """All minutes together; refreshes and collapsed requests count for the cache, what it was not asked for does not."""
    words = ("bascule; hit; ttl=-3", "bascule; fwd=stale; collapsed", "bascule; fwd=bypass", "")
    minute = counted(*(served(cache=word) for word in words))
    found = figures([busy(errors=1), busy(), minute])
    assert (found["requests"], found["errors"]) == (13, 1)
    assert found["hit_ratio"] == 0.8
    assert found["statements_per_1000_requests"] == pytest.approx(2 / 13 * 1000, abs=0.1)
    nothing = figures([])
    assert (nothing["requests"], nothing["p95_ms"], nothing["statements_per_1000_requests"]) == (0, None, None)
