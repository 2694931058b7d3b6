"""History: every request once, in its minute and its hour, whatever threads, forks and the state do."""

from __future__ import annotations

import contextlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.metrics.bounds import bucket
from app.metrics.history import KEPT, LONGEST, MINUTE, Counted, History
from app.metrics.history_minute import parsed
from app.metrics.metrics import Metrics
from app.observations import SourceChanged
from app.state import CostTally, State, StateError
from tests.adapters.guard.fakes import Child, eventually
from tests.metrics.history_scene import HIT, NOON, THIS_HOUR, THIS_MINUTE, Book, failed, ran, read, served
from tests.metrics.numbers import LAYOUT
from tests.patient import FILE

HOUR_OF_ITS_OWN = THIS_HOUR, "key:a", "/v1/orders/{key}"


def test_what_was_served_is_counted() -> None:
    """By class of status, by time, by what the cache said."""
    book = Book()
    history = book.history()
    for observation in (served(), served(304), read(took=0.04), served(404, cache=""), served(503, 1.5)):
        history(observation)
    history.flush()
    minute = parsed(book.minutes[THIS_MINUTE])
    assert (minute.requests, minute.statuses) == (5, [0, 0, 1 + 1, 1, 1, 1])
    assert [minute.took[bucket(seconds)] for seconds in (0.002, 0.04, 1.5)] == [3, 1, 1]
    assert minute.outcomes == {"hit": 3, "miss": 1}


def test_what_sources_were_asked_is_counted() -> None:
    """Statements, their rows and their time; failures by class; nothing of other observations."""
    book = Book()
    history = book.history()
    for observation in (ran(3), ran(4, 0.3), failed(), failed(), failed("Unavailable"), SourceChanged("erp", "opened")):
        history(observation)
    history.flush()
    source = parsed(book.minutes[THIS_MINUTE]).at("erp")
    assert (source.statements, source.rows, source.failed) == (2, 7, 3)
    assert source.failures == {"TimedOut": 2, "Unavailable": 1}
    assert (source.took[bucket(0.03)], source.took[bucket(0.3)]) == (1, 1)


def test_an_operator_is_not_in_the_charts() -> None:
    """Requests to the admin port are not counted: whoever looks every five seconds would see himself."""
    book = Book()
    history = book.history()
    history(served(path="admin:/overview", route=""))
    history.flush()
    assert (book.minutes, book.costs) == ({}, {})


def test_what_another_process_has_counted_is_not_counted_again() -> None:
    """A row that a dead worker has left behind goes on in the next one's hands, whose history begins with nothing."""
    book = Book()
    history = book.history()
    metrics = history._metrics

    def work() -> None:
        for each in (served(), ran(), served(route="/v1/orders")):
            metrics(each)

    assert Child(work).good()
    history(read())
    history.flush()
    minute = parsed(book.minutes[THIS_MINUTE])
    assert (minute.requests, minute.outcomes, minute.sources) == (1, {"miss": 1}, {})
    assert metrics.requests()["requests"] == 3


def test_costs_are_counted_by_caller_route_and_source() -> None:
    """The requests themselves under no source, with their time; what they cost under each that they asked."""
    book = Book()
    history = book.history()
    for observation in (served(took=0.001), read(rows=2, took=0.04), read(rows=3, milliseconds=50.0, took=0.06)):
        history(observation)
    book.now += 1.5
    history(served(caller="key:b", took=0.001))
    history.flush()
    own = book.costs[*HOUR_OF_ITS_OWN, ""]
    assert (own.requests, own.statements, own.longest, own.last_at) == (3, 0, 60.0, NOON)
    assert own.milliseconds == pytest.approx(101.0)
    assert book.costs[*HOUR_OF_ITS_OWN, "erp"] == CostTally(2, 2, 5, 80.0, 50.0, NOON)
    assert book.costs[THIS_HOUR, "key:b", "/v1/orders/{key}", ""].last_at == NOON + 1.5


def test_requests_without_a_route_cost_nobody_but_where_they_came_too_often() -> None:
    """What no resource has is no cost; what was refused is counted apart."""
    book = Book()
    history = book.history()
    for observation in (served(404, route="", cache=""), served(429, route="", cache=""), served(429)):
        history(observation)
    history.flush()
    assert {key: tally.requests for key, tally in book.costs.items()} == {(THIS_HOUR, "key:a", "", ""): 2}
    assert book.requests == 3


def test_where_nobody_is_counted_costs_are_not() -> None:
    """`usage_days` 0 says that it is not kept who asks: then not here either. The charts name nobody."""
    book = Book()
    history = book.history(days=0)
    history(read())
    history.flush()
    assert (book.costs, book.requests) == ({}, 1)


@pytest.mark.parametrize(("days", "kept"), [(7, 7), (400, LONGEST)])
def test_what_is_old_is_named(days: int, kept: int) -> None:
    """Minutes of a day and an hour are kept; costs as long as usage, LONGEST days at most."""
    book = Book()
    history = book.history(days)
    history(served())
    history.flush()
    assert book.oldest == [(THIS_MINUTE - KEPT, THIS_HOUR - kept * 24)]


def test_a_request_counts_in_the_minute_and_the_hour_in_which_it_came() -> None:
    """The last one of an hour and the first one of the next, though both are written later."""
    book = Book(now=NOON - 0.001)
    history = book.history()
    history(served())
    book.now += 0.001
    history(served())
    history(served())
    history.close()
    assert {minute: sum(said["statuses"]) for minute, said in book.minutes.items()} == {
        THIS_MINUTE - 1: 1,
        THIS_MINUTE: 2,
    }
    assert {key[0]: tally.requests for key, tally in book.costs.items()} == {THIS_HOUR - 1: 1, THIS_HOUR: 2}


def test_a_clock_that_is_set_back_counts_on() -> None:
    """In the minute that had begun."""
    book = Book()
    history = book.history()
    history(served())
    book.now -= 7200
    history(served())
    history.flush()
    assert {minute: sum(said["statuses"]) for minute, said in book.minutes.items()} == {THIS_MINUTE: 2}


def test_what_waits_can_be_read_before_it_is_written() -> None:
    """A copy: what is counted later does not change it. Nothing waits once it is written."""
    book = Book()
    history = book.history()
    history(read())
    book.now += MINUTE
    history(read())
    minutes, costs = history.known()
    history(read())
    assert {number: each.requests for number, each in minutes.items()} == {THIS_MINUTE: 1, THIS_MINUTE + 1: 1}
    assert costs[*HOUR_OF_ITS_OWN, ""].requests == 2
    history.flush()
    assert history.known() == ({}, {})


def test_threads_lose_no_count() -> None:
    """Eight of them count while another one writes all the time."""
    book = Book()
    history = book.history()
    done = threading.Event()

    def count(name: int) -> None:
        for _ in range(2_000):
            history(read(caller=f"key:{name % 3}"))
            history(ran())

    def write() -> None:
        while not done.is_set():
            history.flush()

    writer = threading.Thread(target=write)
    writer.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    done.set()
    writer.join()
    history.close()
    assert book.requests == 16_000
    assert book.minutes[THIS_MINUTE]["sources"]["erp"]["statements"] == 16_000
    assert sum(tally.statements for tally in book.costs.values()) == 16_000


def test_forked_workers_of_several_hosts_add_up(tmp_path: Path) -> None:
    """Each writes what it has counted itself, though it was made while its parent held the lock."""
    state, other = State(FILE, tmp_path), State(FILE, tmp_path)
    history = History(Metrics(LAYOUT, 4), state.add_history, 400, 3600.0, lambda: NOON)
    elsewhere = History(Metrics(LAYOUT), other.add_history, 400, 3600.0, lambda: NOON)
    history(served())

    def work() -> None:
        for _ in range(100):
            history(read())
        history.close()

    with history._lock:
        children = [Child(work) for _ in range(3)]
    assert all(child.good() for child in children)
    elsewhere(served(caller="key:elsewhere"))
    elsewhere.close()
    history.close()
    assert parsed(state.history(0)[THIS_MINUTE]).requests == 302
    found = {(each.caller, each.source): each.tally.requests for each in state.costs(0)}
    assert found == {("key:a", ""): 301, ("key:a", "erp"): 300, ("key:elsewhere", ""): 1}
    state.close()
    other.close()


def test_the_first_observation_sets_the_time_of_the_flush() -> None:
    """A timer's thread writes, without anybody's asking."""
    book = Book()
    history = book.history(seconds=0.01)
    history(served())
    eventually(lambda: book.requests == 1)
    history(served())
    eventually(lambda: book.requests == 2)
    history.close()


def test_a_system_without_threads_fails_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted all the same, and the next minute sets the time."""
    book = Book()
    history = book.history()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refuse)
        history(served())
    timers = [history._timer]
    book.now += MINUTE
    history(served())
    timers.append(history._timer)
    assert [timer is None for timer in timers] == [True, False]
    history.close()
    assert book.requests == 2


def test_a_broken_state_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Counts wait, in their minutes, until it can be written; the log says so once."""
    book = Book(broken=True)
    history = book.history()
    with caplog.at_level(logging.WARNING, "bascule"):
        for _ in range(3):
            history(read())
            history.flush()
    assert len(caplog.records) == 1
    assert history.known()[0][THIS_MINUTE].requests == 3
    book.now += MINUTE
    history(read())
    book.broken = False
    history.flush()
    assert {minute: sum(said["statuses"]) for minute, said in book.minutes.items()} == {
        THIS_MINUTE: 3,
        THIS_MINUTE + 1: 1,
    }
    assert book.costs[*HOUR_OF_ITS_OWN, "erp"].requests == 4


def test_minutes_that_wait_are_bounded() -> None:
    """In an outage of days those wait that would be kept, and no others."""
    book = Book(broken=True)
    history = book.history()
    for _ in range(50):
        history(served())
        history.flush()
        book.now += KEPT * MINUTE / 10
    history(served())
    history.flush()
    assert 10 <= len(history.known()[0]) <= 12
    history.close()


def test_what_fails_otherwise_loses_nothing_either() -> None:
    """A defect on the way to the state: the counts wait for the next time."""

    def write(*_: object) -> None:
        raise OSError("the disk is gone")

    history = History(Metrics(LAYOUT), write, 400, 3600.0, lambda: NOON)
    history(served())
    with contextlib.suppress(OSError):
        history.flush()
    assert history.known()[0][THIS_MINUTE].outcomes == {"hit": 1}
    with pytest.raises(OSError, match="gone"):
        history.flush()


def test_a_state_that_breaks_meanwhile_counts_what_comes_meanwhile() -> None:
    """What is counted while it is tried stands beside what comes back."""
    book = Book()
    history = book.history()

    def write(*_: object) -> None:
        history(served(cache=HIT))
        raise StateError("the state is away")

    history._write = write
    history(served())
    history.flush()
    assert history.known()[0][THIS_MINUTE].requests == 2
    history._write = book.write
    history.close()
    assert book.requests == 2


@pytest.mark.parametrize("broken", [False, True])
def test_what_is_being_written_is_known(*, broken: bool) -> None:
    """A state that hangs holds what a flush has taken: it is told meanwhile, and neither lost nor told twice afterwards."""
    book = Book(broken=broken)
    seen: list[Counted] = []

    def write(*found: Any) -> None:
        history(read())
        seen.append(history.known())
        book.write(*found)

    history = History(Metrics(LAYOUT), write, 400, 3600.0, lambda: NOON)
    history(read())
    history.flush()
    ((minutes, costs),) = seen
    assert (minutes[THIS_MINUTE].requests, costs[*HOUR_OF_ITS_OWN, "erp"].requests) == (2, 2)
    minutes, costs = history.known()
    left = 2 if broken else 1
    assert (minutes[THIS_MINUTE].requests, costs[*HOUR_OF_ITS_OWN, "erp"].requests) == (left, left)
