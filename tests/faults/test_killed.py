"""F1: the database is killed in mid-query. Nobody gets a wrong row or a 500, and the gateway finds its way back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

import pytest

from tests.faults.gateway import CONNECTIONS, HANGS, Reply, Site
from tests.faults.plants import Plant, Postgresql

KILLS = 5  # bench/guard.py kills twenty times


def _kill_server(plant: Plant) -> None:
    plant.kill()
    plant.start()


def _kill_session(plant: Plant) -> None:
    assert isinstance(plant, Postgresql), "Derby is one process: there a session cannot be killed alone"
    plant.kill_session()
    plant.await_up()


KILLINGS = pytest.mark.parametrize(
    ("plant", "kill"),
    [("as400", _kill_server), ("postgresql", _kill_server), ("postgresql", _kill_session)],
    ids=["as400-server", "postgresql-server", "postgresql-session"],
    indirect=["plant"],
)


@contextmanager
def in_flight(site: Site) -> Iterator[list[Reply]]:
    """As many clients as there are connections, whose requests are in mid-query nearly all the while; their replies, as they come."""
    numbers = cycle(range(1, CONNECTIONS + 1))
    with site.asking(lambda: site.item("naps", next(numbers)), CONNECTIONS) as replies:
        site.running.wait(lambda: site.plant.napping() > 0, "requests are in mid-query")
        yield replies


@KILLINGS
def test_what_was_in_flight_is_told_to_come_back(site: Site, kill: Callable[[Plant], None]) -> None:
    """Requests in mid-query end as 503 or 504, or with the right row by a retry, and none hangs."""
    with in_flight(site) as replies:
        kill(site.plant)
    assert {reply.status for reply in replies} <= {200, 503, 504}
    assert all(reply.right == (reply.status == 200) for reply in replies)
    assert max(reply.took for reply in replies) < HANGS
    assert all(reply.retry_after for reply in replies if reply.status != 200)
    site.recover()


@KILLINGS
def test_the_pool_is_whole_again(site: Site, kill: Callable[[Plant], None]) -> None:
    """After a kill the gateway has all the connections that the contract allows it, and not one more."""
    with in_flight(site):
        kill(site.plant)
    site.recover()
    site.reach_full_strength()


def test_a_database_that_is_down_takes_nothing_with_it(site: Site) -> None:
    """While the server is down its source answers 503 or 504, the other one is served, and no worker is replaced."""
    workers = site.running.workers()
    site.plant.kill()
    try:
        with site.asking(site.any, 2 * CONNECTIONS) as replies, site.asking(_papers(site), 2) as others:
            while len(replies) < 100:
                time.sleep(0.05)
        assert site.running.status("/readyz") == 200
    finally:
        site.plant.start()
    assert {reply.status for reply in replies} <= {503, 504}
    assert max(reply.took for reply in replies) < HANGS
    assert all(reply.right for reply in others)
    site.recover()
    assert site.running.workers() == workers


def test_killed_again_and_again_under_load(site: Site) -> None:
    """However often the server dies under load: no 500, no wrong or cut answer, and everything is well afterwards."""
    with site.asking(site.any, 2 * CONNECTIONS) as replies, site.asking(_papers(site), 2) as others:
        for _ in range(KILLS):
            with in_flight(site) as flight:
                _kill_server(site.plant)
            replies.extend(flight)
            site.recover()
    assert {reply.status for reply in replies} <= {200, 503, 504}
    assert [reply for reply in replies if reply.right != (reply.status == 200)] == []
    assert max(reply.took for reply in replies) < HANGS
    assert all(reply.right for reply in others)
    site.reach_full_strength()


def _papers(site: Site) -> Callable[[], Reply]:
    return lambda: site.any("papers")
