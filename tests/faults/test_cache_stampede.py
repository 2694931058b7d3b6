"""F7: however many want the same at the same time, the source is asked once: across threads, workers and hosts."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from tests.faults.gateway import Reply
from tests.faults.kept import CUT, KeptSite, Telling, keeping, started, telling
from tests.redis_server import Server, redis

__all__ = ["redis", "telling"]  # fixtures

CROWD: Final = 200
FRESH: Final = "fresh: 1h"
PATIENT: Final = 30.0  # seconds that a request may take: on a busy machine, half of them still suffices
LONG: Final = 5.0  # seconds of a nap in which a busy machine finds the time to kill somebody
TRIES: Final = 10


@pytest.fixture
def site(telling: Telling, tmp_path: Path) -> Iterator[KeptSite]:
    """A gateway whose parts and naps are kept for an hour."""
    with keeping(telling, tmp_path, FRESH, deadline=PATIENT) as opened:
        yield opened


def test_two_hundred_misses_are_one_statement(site: KeptSite) -> None:
    """200 requests at once for what nobody has yet: one statement, and all get the same right answer."""
    replies = site.at_once(CROWD, lambda: site.item("naps", 7))
    assert [reply for reply in replies if not reply.right] == []
    assert site.statements() == 1


def test_each_key_is_read_once(site: KeptSite) -> None:
    """200 requests at once for ten items and ten pages: each is read once, by whichever worker."""
    pages = iter(range(CROWD))
    replies = site.at_once(CROWD, lambda: _one_of_twenty(site, next(pages)))
    assert [reply for reply in replies if not reply.right] == []
    assert site.statements() == 20


def _one_of_twenty(site: KeptSite, turn: int) -> Reply:
    return site.page(turn // 2 % 10) if turn % 2 else site.item("parts", 1 + turn // 2 % 10)


def test_a_leader_that_is_killed_costs_one_more_statement(telling: Telling, tmp_path: Path) -> None:
    """The worker that reads for all is killed in mid-query: its own clients lose their answer, one other reads, once."""
    with (
        keeping(telling, tmp_path, FRESH, deadline=PATIENT, nap=LONG) as site,
        ThreadPoolExecutor(CROWD) as crowd,
    ):
        asked = [crowd.submit(site.patient_item, "naps", 7)]
        site.running.wait(lambda: site.plant.napping() == 1, "the leader is in mid-query")
        asked += [crowd.submit(site.patient_item, "naps", 7) for _ in range(CROWD - 1)]
        (leader,) = site.readers()
        lost = site.kill(leader)
        replies = [each.result() for each in asked]
        assert site.statements() == 2
    assert {reply.status for reply in replies} <= {200, CUT}
    assert all(reply.right for reply in replies if reply.status == 200)
    assert sum(reply.status == CUT for reply in replies) <= lost < CROWD


@pytest.fixture
def hosts(
    telling: Telling,
    tmp_path: Path,
    redis: Server,
    patient_gateways: None,  # noqa: ARG001  # it is asked for
) -> Iterator[tuple[KeptSite, KeptSite]]:
    """Two gateways that share a Redis, and wait for what it says."""
    with keeping(telling, tmp_path, FRESH, f'shared: "{redis.url}"', deadline=PATIENT, nap=LONG) as one:
        second = started(one.folder, tmp_path / "second.log")
        try:
            yield one, KeptSite(telling, one.proxy, second, one.folder)
        finally:
            second.end()


def test_two_hosts_with_redis_are_one(hosts: tuple[KeptSite, KeptSite]) -> None:
    """100 requests at once to each of two hosts: one statement for both.

    Where Redis does not answer within the milliseconds that a request gives it, each host reads by itself, and no more than once.
    """
    paths, asked = _new_paths(), []
    for number in range(1, TRIES):
        _connect_to_redis(paths, *hosts)
        asked.append(_both_at_once(*hosts, number))
        if asked[-1] == 1:
            break
    assert asked[-1] == 1
    assert max(asked) <= 2


def test_a_host_that_dies_in_its_read_holds_no_other_up(hosts: tuple[KeptSite, KeptSite]) -> None:
    """The right to read for all ends while those who wait at the other host still have time: each of them gets the answer."""
    _connect_to_redis(_new_paths(), *hosts)
    dying, other = hosts
    before = other.statements()
    with ThreadPoolExecutor(CROWD) as crowd:
        lost = [crowd.submit(dying.patient_item, "naps", 7) for _ in range(CROWD // 2)]
        other.running.wait(lambda: other.plant.napping() == 1, "the first host is in mid-query")
        asked = [crowd.submit(other.item, "naps", 7) for _ in range(CROWD // 2)]
        os.killpg(dying.running.process.pid, signal.SIGKILL)
        assert {each.result().status for each in lost} == {CUT}
        assert [each.result() for each in asked if not each.result().right] == []
    assert other.statements() - before == 2


def _both_at_once(one: KeptSite, other: KeptSite, number: int) -> int:
    """How many statements it takes that two hosts are asked for the same."""
    before = one.statements()
    with ThreadPoolExecutor(2) as both:
        halves = [both.submit(_half, each, number) for each in (one, other)]
        replies = [reply for half in halves for reply in half.result()]
    assert [reply for reply in replies if not reply.right] == []
    return one.statements() - before


def _half(site: KeptSite, number: int) -> list[Reply]:
    return site.at_once(CROWD // 2, lambda: site.item("naps", number))


def _new_paths() -> Iterator[str]:
    """Answers that nobody has yet: so many of a bin."""
    return (f"/v1/parts?bin={number}&limit={limit}" for limit in range(1, 101) for number in range(10))


def _connect_to_redis(paths: Iterator[str], *hosts: KeptSite) -> None:
    """Have every worker ask Redis, until what one host reads the other one finds, ten times in a row."""
    for host in hosts:
        host.recover()
    row = 0
    for path in paths:
        before = hosts[0].statements()
        for host in hosts:
            host.status(path)
        row = row + 1 if hosts[0].statements() - before == 1 else 0
        if row == 10:
            return
    pytest.fail("the hosts do not share what they read")
