"""Buckets in shared memory: the algorithm by its properties, the count among processes, the table when it is full."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import forks
from app.callers import buckets
from app.callers.buckets import FOREVER, GRANTED, SECOND, SLACK, WAYS, Buckets, Draw
from tests.callers.children import in_children

MILLISECOND = SECOND // 1000


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds a lock may stand still for long on a busy machine; nobody goes on without it, so that counts are exact."""
    monkeypatch.setattr(buckets, "PATIENCE", 60.0)


def _draw(interval: int, burst: int, what: str = "requests") -> Draw:
    """One of `burst` that come back one every `interval` nanoseconds."""
    allowance = interval * burst + SLACK
    return Draw(what, interval, allowance, allowance)


def _granted(table: Buckets, draw: Draw, times: int, holder: str = "key:a", now: float = 1000.0) -> int:
    return sum(table.draw(holder, (draw,), now)[0] == GRANTED for _ in range(times))


@settings(max_examples=150, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 400), min_size=1, max_size=80),
    interval=st.integers(1, 200),
    burst=st.integers(1, 12),
)
def test_never_more_than_the_burst_and_the_rate(gaps: list[int], interval: int, burst: int) -> None:
    """In no window are more granted than the burst and what the rate gives in that time; times are milliseconds."""
    table, now, granted = Buckets(WAYS), 1_000_000, []
    for gap in gaps:
        now += gap
        if table.draw("key:a", (_draw(interval * MILLISECOND, burst),), now / 1000)[0] == GRANTED:
            granted.append(now)
    for first, began in enumerate(granted):
        for last, ended in enumerate(granted[first:], first):
            assert last - first + 1 <= burst + (ended - began) // interval


@settings(max_examples=100, deadline=None)
@given(
    late=st.lists(st.integers(0, 300), min_size=1, max_size=100),
    amount=st.integers(1, 1000),
    burst=st.integers(1, 5),
    began=st.floats(0, 3e7),
)
def test_who_keeps_to_the_rate_is_never_refused(late: list[int], amount: int, burst: int, began: float) -> None:
    """Requests that come no sooner than the rate allows are all granted, whatever the rate and the host's uptime."""
    table, draw, now = Buckets(WAYS), _draw(60 * SECOND // amount, burst), began
    for more in late:
        assert table.draw("key:a", (draw,), now)[0] == GRANTED
        now += 60 / amount + more / 1000


def test_ten_thousand_draws_drift_by_nothing() -> None:
    """A rate that no fraction of binary digits has is held for ten thousand draws at exactly its pace."""
    table, draw = Buckets(WAYS), _draw(60 * SECOND // 7, 1)
    assert all(table.draw("key:a", (draw,), 5e6 + count * 60 / 7)[0] == GRANTED for count in range(10_000))


def test_a_burst_and_then_the_rate() -> None:
    """`600/min, burst: 50` is fifty at once and ten in each second after."""
    table, draw = Buckets(), _draw(SECOND // 10, 50)
    assert _granted(table, draw, 80) == 50
    assert [_granted(table, draw, 20, now=1000.0 + second) for second in (1, 2, 3)] == [10, 10, 10]


def test_a_refusal_says_when() -> None:
    """What a refused draw is told is when it would be granted, and not before."""
    table, draw = Buckets(), _draw(SECOND, 3)
    _granted(table, draw, 3)
    index, wait = table.draw("key:a", (draw,), 1000.25)
    assert index == 0
    assert table.draw("key:a", (draw,), 1000.25 + (wait - 2 * SLACK) / SECOND)[0] == 0
    assert table.draw("key:a", (draw,), 1000.25 + (wait + 2 * SLACK) / SECOND)[0] == GRANTED


def test_a_refusal_costs_nothing() -> None:
    """However often somebody is refused, the next is granted when it would have been."""
    table, draw = Buckets(), _draw(SECOND, 1)
    assert _granted(table, draw, 1000) == 1
    assert _granted(table, draw, 1000, now=1001.0) == 1


def test_the_first_that_refuses_ends_a_draw() -> None:
    """Draws after one that refuses take nothing."""
    table = Buckets()
    charge, look = Draw("rows", 5 * SECOND, FOREVER, 10 * SECOND), Draw("rows", 0, 4 * SECOND, 10 * SECOND)
    assert table.draw("key:a", (charge,), 1000.0)[0] == GRANTED
    assert table.draw("key:a", (look, _draw(SECOND, 1)), 1000.0) == (0, SECOND)
    assert _granted(table, _draw(SECOND, 1), 2) == 1


def test_a_charge_is_bounded() -> None:
    """A cost beyond all measure shuts nobody out for longer than the bound."""
    table, look = Buckets(), Draw("rows", 0, 0, 10 * SECOND)
    table.draw("key:a", (Draw("rows", 10**6 * SECOND, FOREVER, 10 * SECOND),), 1000.0)
    assert table.draw("key:a", (look,), 1000.0) == (0, 10 * SECOND)
    assert table.draw("key:a", (look,), 1010.0)[0] == GRANTED


def test_a_late_charge_lowers_nothing() -> None:
    """A charge whose clock was read before another's takes nothing of that other back."""
    table, look = Buckets(), Draw("rows", 0, 0, 10 * SECOND)
    charge = Draw("rows", 100 * SECOND, FOREVER, 10 * SECOND)
    table.draw("key:a", (charge,), 1005.0)
    table.draw("key:a", (charge,), 1000.0)
    assert table.draw("key:a", (look,), 1005.0) == (0, 10 * SECOND)


@pytest.mark.parametrize("other", [("key:b", "requests"), ("key:a", "rows/erp"), ("key:a\0", "requests"), ("", "")])
def test_holders_and_what_they_draw_are_kept_apart(other: tuple[str, str]) -> None:
    """One holder's draws, or those from one of its buckets, take nothing from another."""
    table = Buckets()
    assert _granted(table, _draw(SECOND, 5), 9) == 5
    assert _granted(table, _draw(SECOND, 5, other[1]), 9, other[0]) == 5


def test_a_name_may_be_any_text() -> None:
    """A name with a lone surrogate, or of a megabyte, is a name."""
    table = Buckets()
    for name in ("\ud800", "x" * 1_000_000):
        assert _granted(table, _draw(SECOND, 2), 3, name) == 2


def test_processes_share_the_count() -> None:
    """Four processes that ask 200 times each at one instant are granted the burst of 100 exactly."""
    table = Buckets()
    granted = in_children(4, lambda: _granted(table, _draw(SECOND, 100), 200))
    assert sum(granted) == 100
    assert _granted(table, _draw(SECOND, 100), 1) == 0


def test_processes_share_the_count_in_a_crowd() -> None:
    """The same where each process draws from 50 buckets in turn, of which many share a lock."""
    table = Buckets(32 * WAYS)  # no set gets more than it has room for

    def work() -> int:
        return sum(_granted(table, _draw(SECOND, 7), 1, f"key:{turn % 50}") for turn in range(1000))

    assert sum(in_children(4, work)) == 350


def test_threads_share_the_count() -> None:
    """Four threads that ask 500 times each at one instant are granted the burst of 100 exactly."""
    table, granted = Buckets(), []
    threads = [
        threading.Thread(target=lambda: granted.append(_granted(table, _draw(SECOND, 100), 500))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 100


def test_without_forks_threads_share_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system that cannot fork, locks of threads do the same."""
    monkeypatch.setattr(forks, "get_all_start_methods", lambda: ["spawn"])
    assert _granted(Buckets(), _draw(SECOND, 5), 9) == 5


def test_what_was_drawn_before_the_fork_counts() -> None:
    """A child knows what its parent drew, and the parent what the child did."""
    table = Buckets()
    assert _granted(table, _draw(SECOND, 10), 4) == 4
    assert in_children(1, lambda: _granted(table, _draw(SECOND, 10), 4)) == [4]
    assert _granted(table, _draw(SECOND, 10), 9) == 2


def test_a_killed_process_keeps_no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies in the middle of a draw holds the next one up for a moment, and none after it."""
    table = Buckets(WAYS)  # one set: one lock
    child = os.fork()
    if child == 0:  # pragma: no cover  # in another process
        table._locks[0].acquire(True)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert not table._locks[0].acquire(False)  # it did take it along
    with monkeypatch.context() as hasty:
        hasty.setattr(buckets, "PATIENCE", 0.05)
        assert _granted(table, _draw(SECOND, 5), 9) == 5
    assert table._locks[0].acquire(False)
    table._locks[0].release()
    assert sum(in_children(2, lambda: _granted(table, _draw(SECOND, 5), 9, "key:b"))) == 5


def test_a_lock_that_was_given_back_for_somebody_does_no_harm() -> None:
    """Who held a lock for too long, and gives it back a second time, fails nothing and frees nothing twice."""
    table = Buckets(WAYS)
    lock = table._locks[0]

    class GivenBack:
        def acquire(self, blocking: bool = True, timeout: float = -1, /) -> bool:  # noqa: FBT001, FBT002  # as threading has it
            taken = lock.acquire(blocking, timeout)
            lock.release()
            return taken

        def release(self) -> None:
            lock.release()

    table._locks[0] = GivenBack()
    assert _granted(table, _draw(SECOND, 5), 9) == 5
    assert lock.acquire(False)
    assert not lock.acquire(False)


def test_a_bucket_that_is_full_again_is_reused() -> None:
    """A thousand holders who come one after another, each when the last one's time has passed, need one set of places."""
    table = Buckets(WAYS)
    for number in range(1000):
        assert _granted(table, _draw(SECOND, 2), 3, f"key:{number}", 1000.0 + 3 * number) == 2


def test_a_place_that_is_taken_is_not_touched() -> None:
    """As long as there is a place whose time has passed, nobody's count is lost."""
    table = Buckets(WAYS)
    _granted(table, _draw(60 * SECOND, 2), 2, "key:patient")
    for number in range(500):
        _granted(table, _draw(SECOND, 1), 1, f"key:{number}", 1000.0 + 0.1 * number)
    assert _granted(table, _draw(60 * SECOND, 2), 1, "key:patient", 1050.0) == 0


def test_in_a_full_table_the_nearest_time_goes() -> None:
    """Where every place is ahead of the clock, a new bucket takes that of the one that is least so, and none is refused."""
    table = Buckets(WAYS)
    for number in range(WAYS):
        assert _granted(table, _draw((10 + number) * SECOND, 1), 1, f"key:{number}") == 1
    assert _granted(table, _draw(100 * SECOND, 1), 2, "key:new") == 1
    left = [_granted(table, Draw("requests", 0, 0, 1000 * SECOND), 1, f"key:{number}") for number in range(WAYS)]
    assert left == [1] + [0] * (WAYS - 1)


def test_a_look_takes_no_place() -> None:
    """Looking at buckets that are not there drives out none that is."""
    table = Buckets(WAYS)
    for number in range(WAYS):
        _granted(table, _draw(10 * SECOND, 1), 1, f"key:{number}")
    for number in range(200):
        assert _granted(table, Draw("failures", 0, 0, SECOND), 1, f"address:{number}") == 1
    assert sum(_granted(table, _draw(10 * SECOND, 1), 1, f"key:{number}") for number in range(WAYS)) == 0


def test_two_tables_place_names_differently() -> None:
    """Nobody can know which names share a set: each table has a salt of its own."""
    one, two = Buckets(), Buckets()
    assert one._look_up("key:a", "requests")[0] != two._look_up("key:a", "requests")[0]


def test_what_a_process_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names come, a process remembers no more places than it may, and loses no count by it."""
    monkeypatch.setattr(buckets, "_KNOWN", 10)
    table = Buckets()
    assert _granted(table, _draw(SECOND, 2), 3) == 2
    for number in range(100):
        _granted(table, _draw(SECOND, 1), 1, f"address:{number}")
        assert len(table._known) <= 10
    assert _granted(table, _draw(SECOND, 2), 1) == 0


def test_a_clock_that_goes_forward_refills() -> None:
    """A host that slept for a year finds every bucket full, and no fuller."""
    table, draw = Buckets(), _draw(SECOND, 5)
    assert _granted(table, draw, 9) == 5
    assert _granted(table, draw, 9, now=1000.0 + 365 * 86_400) == 5


def test_a_clock_that_goes_back_shuts_nobody_out() -> None:
    """A clock that begins anew, as that of another boot, costs a caller one interval and not the time it went back."""
    table, draw = Buckets(), _draw(SECOND, 5)
    assert _granted(table, draw, 9, now=1e6) == 5
    assert _granted(table, draw, 9, now=10.0) == 0
    assert [_granted(table, draw, 9, now=10.001 + second) for second in (1, 2)] == [1, 1]


def test_a_request_that_waited_gives_nothing_back() -> None:
    """Draws with a clock that is seconds old, among those with a new one, lead to no more than the burst and the rate."""
    table, draw = Buckets(), _draw(SECOND, 5)
    granted = _granted(table, draw, 9, now=1030.0)
    for _ in range(50):
        granted += _granted(table, draw, 1, now=1000.0) + _granted(table, draw, 1, now=1030.0)
    assert granted == 5
