"""F4, F5: a database that is slow, and statements that overrun their deadline."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from adapters.guard.breaker import LEAST_CALLS
from tests.faults import gateway, proxy
from tests.faults.gateway import CONNECTIONS, DEADLINE, HANGS, WORKERS, Site
from tests.faults.plants import Plant
from tests.faults.proxy import Line

LATE = 0.7 * DEADLINE  # seconds: late, and still in time
STORM = 24  # statements
HASTY = 1.5  # seconds: a deadline that no statement of `naps` keeps there,
OVERLONG = 3 * HASTY  # however late a busy machine ends one


@pytest.mark.parametrize("line", [proxy.latency(LATE), proxy.slow(10)], ids=["latency", "ten-bytes-a-second"])
def test_a_slow_source_is_left_alone(site: Site, line: Line) -> None:
    """F4: slow answers open the circuit; what is asked then is refused without going near the source."""
    site.proxy.set(line)
    with site.asking(site.any, 2 * CONNECTIONS) as replies, site.asking(partial(site.any, "papers"), 2) as others:
        site.await_event("opened")
        time.sleep(LATE)  # what had begun ends
        begun, closed = len(replies), site.told("closed")
        site.running.wait(lambda: len(replies) >= begun + 200, "two hundred answers of an open circuit")
        shed, closed = replies[begun:], site.told("closed") - closed
    assert {reply.status for reply in replies} <= {200, 503, 504}
    assert max(reply.took for reply in replies) < HANGS
    assert all(reply.right for reply in others)
    _refused_at_once(shed, closed)
    site.proxy.set(proxy.CLEAR)
    site.recover()
    assert site.told("closed")


def _refused_at_once(shed: list[gateway.Reply], closed: int) -> None:
    """Nearly all are refused, with a time to come back, and their median took no share of what the source takes.

    A trial lets one request wait for it. One that goes well closes the circuit, which lets some through until it opens again:
    on a slow machine there is time for several of them.
    """
    refused = [reply for reply in shed if reply.code == "source-unavailable"]
    assert len(shed) - len(refused) <= 0.1 * len(shed) + closed * 4 * LEAST_CALLS
    assert all(reply.retry_after for reply in refused)
    assert sorted(reply.took for reply in refused)[len(refused) // 2] < LATE / 2


@pytest.fixture(params=[1, WORKERS], ids=["one-worker", "workers"])
def hasty(plant: Plant, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A gateway whose deadline is shorter than a nap."""
    with gateway.opened(plant, tmp_path, {"naps": plant.naps(OVERLONG)}, HASTY, workers=request.param) as opened:
        opened.warm()
        yield opened


def test_a_storm_of_timeouts_costs_no_connections(hasty: Site) -> None:
    """F5: statements that overrun are cancelled at the server, and cost no connection but what the server itself ends.

    Where several workers wait for connections, some change hands, which costs a log-in: never more than there are waits.
    """
    before = hasty.plant.logins()
    overran = 0
    while overran < STORM:
        replies = hasty.at_once(CONNECTIONS - 1, lambda: hasty.item("naps"))
        assert {reply.status for reply in replies} <= {503, 504}
        overran += sum(reply.status == 504 for reply in replies)
        hasty.at_once(
            2 * CONNECTIONS, hasty.any, 1
        )  # so that the source is well all the while, and the circuit stays closed
    assert hasty.told("opened") == 0
    lost = 0 if hasty.plant.cancels_gently else overran
    handed_over = overran if len(hasty.running.workers()) > 1 else 0
    assert hasty.plant.logins() - before <= CONNECTIONS + lost + handed_over
    assert hasty.plant.sessions() <= CONNECTIONS
    hasty.running.wait(lambda: hasty.plant.napping() == 0, "nothing runs at the server for nobody")
