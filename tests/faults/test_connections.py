"""F2, F3, F6: connections that are reset, that die unseen, and that are never really opened."""

from __future__ import annotations

import time
from functools import partial

import pytest

from tests.faults import proxy
from tests.faults.gateway import CONNECTIONS, HANGS, WORKERS, Reply, Site
from tests.faults.proxy import Line

# Seconds of a black hole: several deadlines, and several of the breaker's pauses between two trials (3 s and a fifth), so that
# whatever piles up has piled up by then. A minute shows no more.
HOLE = 12.0

# Threads that a worker may have beside those of a healthy day, for each connection: the one that hangs, and the one that
# tries to end it.
STRANDED = 2 * CONNECTIONS + 2


def test_after_a_reset_of_everything_nobody_notices(lasting: Site) -> None:
    """F2: every pooled connection is reset; the next hundred requests are answered, each with its row."""
    lasting.proxy.kill_all()
    replies = [lasting.any() for _ in range(100)]
    assert [reply for reply in replies if not reply.right] == []


def test_after_a_reset_a_crowd_does_not_notice_either(lasting: Site) -> None:
    """F2: the same where as many ask at once as there are connections."""
    lasting.proxy.kill_all()
    replies = lasting.at_once(100, lasting.any, CONNECTIONS)
    assert [reply for reply in replies if not reply.right] == []
    assert lasting.proxy.open <= CONNECTIONS
    lasting.running.wait(lambda: lasting.plant.sessions() <= CONNECTIONS, f"no more than {CONNECTIONS} sessions")


@pytest.mark.parametrize("hole", [proxy.BLACK_HOLE, proxy.MUTE], ids=["both-ways", "answers-lost"])
def test_a_black_hole_swallows_its_own_source_alone(site: Site, hole: Line) -> None:
    """F3: on a half-open line each request ends, few threads are stranded, the rest is served, and it all comes back."""
    workers, threads = site.running.workers(), site.threads()
    most = 0
    with site.asking(site.any, 2 * CONNECTIONS) as replies, site.asking(partial(site.any, "papers"), 2) as others:
        time.sleep(0.5)
        site.proxy.set(hole)
        begun, before = time.monotonic(), (len(replies), len(others))
        while time.monotonic() < begun + HOLE:
            most = max(most, site.threads())
            time.sleep(0.1)
        during, others_during = replies[before[0] :], others[before[1] :]
        site.proxy.set(proxy.CLEAR)
    _sound(during)
    assert {reply.status for reply in during} >= {503}
    assert len(others_during) > HOLE
    assert all(reply.right for reply in others)
    assert most <= threads + WORKERS * STRANDED
    assert site.told("opened")
    site.recover()
    site.reach_full_strength()
    assert site.running.workers() == workers


def test_connections_that_a_firewall_forgot_are_replaced(site: Site) -> None:
    """F3: where only the old connections are half-open, none hangs a request, and new ones take their places."""
    site.proxy.forget()
    replies = site.at_once(4 * CONNECTIONS, site.any, CONNECTIONS)
    _sound(replies)
    site.recover()
    site.running.wait(lambda: all(reply.right for reply in site.at_once(20, site.any, CONNECTIONS)), "all are answered")


def test_a_log_in_that_hangs_hangs_nobody(site: Site) -> None:
    """F6: the server accepts and is silent; requests end, the gateway stays ready, the other source is served."""
    site.proxy.set(proxy.SILENT)
    site.proxy.kill_all()
    with site.asking(partial(site.any, "papers"), 2) as others:
        replies = site.at_once(8 * CONNECTIONS, site.any, 2 * CONNECTIONS)
        assert site.running.status("/readyz") == 200
    _sound(replies)
    assert all(reply.right for reply in others)
    site.proxy.set(proxy.CLEAR)
    site.recover()
    site.reach_full_strength()


def test_a_server_that_refuses_is_found_again(site: Site) -> None:
    """Connections are reset as soon as they are made; the circuit opens, and closes when they are not."""
    site.proxy.set(proxy.REFUSING)
    site.proxy.kill_all()
    replies = site.at_once(8 * CONNECTIONS, site.any, 2 * CONNECTIONS)
    _sound(replies)
    assert {reply.status for reply in replies} == {503}
    site.await_event("opened")
    site.proxy.set(proxy.CLEAR)
    site.recover()
    assert site.told("closed")


def test_a_gateway_ends_in_time_whatever_its_source_does(site: Site) -> None:
    """Neither a driver that hangs nor its clean-up at exit keeps a worker from ending, and from being replaced."""
    site.proxy.set(proxy.slow(10))
    with site.asking(site.any, 2 * CONNECTIONS):
        site.await_event("opened")
    site.running.process.terminate()
    assert site.running.process.wait(HANGS) == 0


def _sound(replies: list[Reply]) -> None:
    """Every request ended, with its row, or with a problem that says when to come back."""
    assert {reply.status for reply in replies} <= {200, 503, 504}
    assert [reply for reply in replies if reply.right != (reply.status == 200)] == []
    assert all(reply.retry_after for reply in replies if reply.status != 200)
    assert max(reply.took for reply in replies) < HANGS
