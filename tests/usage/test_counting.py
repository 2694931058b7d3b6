"""Counting: every read once, under its day, whatever threads, forks and the state do."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.plan.forms import Form, text_of
from app.state import State, StateError
from app.state.usage import OTHER, UsageKey
from app.usage import counting
from tests.adapters.guard.fakes import Child, eventually
from tests.patient import FILE
from tests.usage.counting_scene import ORDER, ORDERS, REST, TODAY, TOMORROW, Book


def test_reads_are_counted_by_caller_and_form() -> None:
    """What is counted is written once, and days that are no longer kept are named."""
    book = Book()
    usage = book.usage(days=30)
    for caller, form in (("key:a", ORDERS), ("key:a", ORDERS), ("key:b", ORDERS), ("key:a", ORDER)):
        usage.note(caller, form)
    usage.flush()
    usage.close()
    assert book.counts == {(TODAY, "key:a", ORDERS): 2, (TODAY, "key:b", ORDERS): 1, (TODAY, "key:a", ORDER): 1}
    assert book.oldest == ["2026-10-23"]


def test_a_read_counts_under_the_day_on_which_it_came() -> None:
    """The last one before midnight (UTC) and the first one after it, though both are written later."""
    book = Book(now=counting.DAY * 20_779 - 0.001)
    usage = book.usage()
    usage.note("key:a", ORDERS)
    book.now += 0.001
    usage.note("key:a", ORDERS)
    usage.note("key:a", ORDERS)
    usage.close()
    assert book.counts == {(TODAY, "key:a", ORDERS): 1, (TOMORROW, "key:a", ORDERS): 2}


def test_threads_lose_no_count() -> None:
    """Eight of them count while another one writes all the time."""
    book = Book()
    usage = book.usage()
    done = threading.Event()

    def count(name: int) -> None:
        for _ in range(5_000):
            usage.note(f"key:{name % 3}", ORDERS)

    def write() -> None:
        while not done.is_set():
            usage.flush()

    writer = threading.Thread(target=write)
    writer.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    done.set()
    writer.join()
    usage.close()
    assert sum(book.counts.values()) == 40_000
    assert book.counts[TODAY, "key:0", ORDERS] == 15_000


def test_forked_workers_add_up(tmp_path: Path) -> None:
    """Each writes what it has counted itself, though it was made while its parent held the lock."""
    state = State(FILE, tmp_path)
    usage = counting.Usage(state.add_usage, 400, 3600.0)
    usage.note("key:parent", ORDERS)

    def work() -> None:
        for _ in range(100):
            usage.note("key:a", ORDERS)
        usage.close()

    with usage._lock:
        children = [Child(work) for _ in range(3)]
    assert all(child.good() for child in children)
    usage.close()
    assert {each.caller: each.calls for each in state.usage("")} == {"key:a": 300, "key:parent": 1}
    state.close()


def test_the_first_read_sets_the_time_of_the_flush() -> None:
    """A timer's thread writes, without anybody's asking."""
    book = Book()
    usage = book.usage(seconds=0.01)
    usage.note("key:a", ORDERS)
    eventually(lambda: book.counts)
    usage.note("key:a", ORDERS)
    eventually(lambda: book.counts[TODAY, "key:a", ORDERS] == 2)
    usage.close()


def test_a_system_without_threads_fails_no_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted all the same, and the next pair sets the time."""
    book = Book()
    usage = book.usage()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refuse)
        usage.note("key:a", ORDERS)
    timers = [usage._timer]
    usage.note("key:b", ORDERS)
    timers.append(usage._timer)
    assert [timer is None for timer in timers] == [True, False]
    usage.close()
    assert sum(book.counts.values()) == 2


def test_a_broken_state_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Counts wait, under their days, until it can be written; the log says so once."""
    book = Book(broken=True)
    usage = book.usage()
    with caplog.at_level(logging.WARNING, "bascule"):
        for _ in range(3):
            usage.note("key:a", ORDERS)
            usage.flush()
    assert len(caplog.records) == 1
    book.now += counting.DAY
    usage.note("key:a", ORDERS)
    book.broken = False
    usage.flush()
    assert book.counts == {(TODAY, "key:a", ORDERS): 3, (TOMORROW, "key:a", ORDERS): 1}


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a read counts as another's, by its resource; who is known already goes on being counted."""
    monkeypatch.setattr(counting, "MOST", 3)
    book = Book(broken=True)
    usage = book.usage()
    for number in range(10):
        usage.note(f"key:{number}", ORDERS)
        usage.note("key:0", ORDERS)
        usage.flush()
    book.broken = False
    usage.close()
    assert book.counts[TODAY, "key:0", ORDERS] == 11
    assert {key: calls for key, calls in book.counts.items() if key[1] == OTHER} == {(TODAY, OTHER, REST): 7}
    assert sum(book.counts.values()) == 20


def test_a_caller_of_many_forms_drives_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its own bound its reads are its own, by their resource; the others are counted in full."""
    monkeypatch.setattr(counting, "MOST_FORMS", 3)
    book = Book()
    usage = book.usage()
    for number in range(10):
        usage.note("key:a", text_of(Form("v1", "orders", fields=(f"f{number}",))))
    usage.note("key:b", ORDERS)
    usage.close()
    assert book.counts[TODAY, "key:a", REST] == 7
    assert book.counts[TODAY, "key:b", ORDERS] == 1
    assert (len(book.counts), sum(book.counts.values())) == (5, 11)


@pytest.mark.parametrize("name", ["token:x/" + "a" * 300, "token:x/\ud800", "token:x/\0", "token:x/a\nb"])
def test_a_name_that_no_state_could_keep_is_anothers(name: str, tmp_path: Path) -> None:
    """An issuer names its subjects as it likes: nothing that it says stops the others from being counted."""
    state = State(FILE, tmp_path)
    usage = counting.Usage(state.add_usage, 400, 3600.0)
    usage.note(name, ORDERS)
    usage.note("token:x/Ada Märsh", ORDERS)
    usage.close()
    assert {each.caller: each.calls for each in state.usage("")} == {OTHER: 1, "token:x/Ada Märsh": 1}
    state.close()


def test_a_clock_that_is_set_back_counts_on() -> None:
    """Under the day that had begun."""
    book = Book()
    usage = book.usage()
    usage.note("key:a", ORDERS)
    book.now -= 2 * counting.DAY
    usage.note("key:a", ORDERS)
    book.now += 2 * counting.DAY
    usage.close()
    assert book.counts == {(TODAY, "key:a", ORDERS): 2}


def test_what_is_put_back_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written waits beside what came meanwhile, as many pairs as there is room for; no call is lost."""
    monkeypatch.setattr(counting, "MOST", 8)
    written: list[int] = []

    def write(found: Mapping[UsageKey, int], oldest: str) -> None:
        del oldest
        for number in range(8):
            usage.note(f"key:{len(written)}{number}", ORDERS)
        written.append(sum(found.values()))
        raise OSError("the disk is gone") if len(written) % 2 else StateError("the state is away")

    usage = counting.Usage(write, 30, seconds=3600)
    usage.note("key:a", ORDERS)
    for turn in range(6):
        with contextlib.suppress(OSError):
            usage.flush()
        assert (
            len(usage._waiting) + len(usage._counts) <= 8 + 2 + turn
        )  # the other's, of each resource, and those of meanwhile
    assert written == [1 + 8 * turn for turn in range(6)]
