"""Traces: what is sampled, what it costs who is not, and what becomes of spans that nobody takes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from app.observations import Served, SourceFailed, StatementRun
from app.traces import traces as traces_module
from app.traces.context import strange
from app.traces.traces import MOST_OPEN, MOST_WAITING, Ended, Traces
from tests.traces.test_context import GOOD

PATIENCE = 30.0  # seconds, for a machine with much else to do


class Kept:
    """Keeps what is exported; fails as long as it is told to."""

    def __init__(self) -> None:
        self.requests: list[Ended] = []
        self.closed = self.refused = 0
        self.failure: Exception | None = None

    def export(self, requests: Sequence[Ended]) -> None:
        """Keep them."""
        if failure := self.failure:
            self.refused += 1
            raise failure
        self.requests += requests

    def close(self) -> None:
        """Count."""
        self.closed += 1


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who closes waits until all is exported, however busy the machine is."""
    monkeypatch.setattr(traces_module, "LAST", PATIENCE)


def held(kept: Kept, taken: threading.Event) -> Callable[[], Kept]:
    """What makes an exporter, once something is to be taken: nothing leaves before."""

    def made() -> Kept:
        assert taken.wait(PATIENCE)
        return kept

    return made


@contextmanager
def tracing(ratio: float, kept: Kept) -> Iterator[Traces]:
    """A reader, which exports at once."""
    traces = Traces(ratio, lambda: kept, interval=0.01)
    try:
        yield traces
    finally:
        traces.close()


def eventually(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def served(request_id: str = "r", trace: str = "") -> Served:
    """A request that was answered."""
    return Served(request_id, "GET", "/v1/orders", 200, 0.001, trace=trace)


def statement(request_id: str = "r") -> StatementRun:
    """A statement of it."""
    return StatementRun("erp", "SELECT 1", 1, 0.0, 0.001, request_id)


def test_a_sampled_request_is_exported_with_what_it_asked() -> None:
    """Its own statements and failures, in their order; nobody else's."""
    kept, failed = Kept(), SourceFailed("erp", "Busy", "", "r")
    with tracing(1.0, kept) as traces:
        for observation in (statement(), statement("other"), failed, served()):
            traces(observation)
        eventually(lambda: kept.requests)
    (found,) = kept.requests
    assert [asked.observation for asked in found.asked] == [statement(), failed]
    assert found.observation == served()
    assert found.parent is None
    assert kept.closed == 1


@pytest.mark.parametrize(
    ("ratio", "trace", "sampled"),
    [
        (0.0, "", False),
        (1.0, "", True),
        (0.0, GOOD, True),
        (1.0, GOOD[:-1] + "0", False),
        (0.0, strange(GOOD), False),
        (1.0, strange(GOOD[:-1] + "0"), True),
        (1.0, "nonsense", True),
    ],
)
def test_who_decides_what_is_sampled(ratio: float, trace: str, sampled: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """A trusted parent; without one the ratio, whatever a stranger says. Nothing is left behind of what is not."""
    kept = Kept()
    with tracing(ratio, kept) as traces:
        traces(statement())
        traces(served(trace=trace))
        assert traces._open == {}
    assert len(kept.requests) == sampled


def test_no_thread_begins_before_something_is_sampled() -> None:
    """So none before a fork; and none where nothing is."""
    traces = Traces(0.0, Kept)
    traces(served())
    assert traces._thread is None


def test_a_child_exports_for_itself() -> None:
    """With a thread of its own, also where its parent had one."""
    kept = Kept()
    with tracing(1.0, kept) as traces:
        traces(served("parent's"))
        child = os.fork()
        if not child:
            traces(served("child's"))
            traces.close()
            os._exit("child's" not in [each.observation.request_id for each in kept.requests])
        assert os.waitpid(child, 0)[1] == 0
        eventually(lambda: kept.requests)
    assert [each.observation.request_id for each in kept.requests] == ["parent's"]


def test_what_is_closed_is_exported_first() -> None:
    """Whatever waits, at the end of a process; and it may be used again."""
    kept = Kept()
    traces = Traces(1.0, lambda: kept, interval=60.0)
    for _ in range(2):
        traces(served())
        traces.close()
    assert len(kept.requests) == 2
    assert kept.closed == 2


def test_a_collector_that_is_away_is_missed_once(caplog: pytest.LogCaptureFixture) -> None:
    """One line when it goes, one when it is back; what was not taken is lost, and nobody waits."""
    kept = Kept()
    kept.failure = OSError("no route to host")
    with tracing(1.0, kept) as traces:
        traces(served("lost"))
        eventually(lambda: kept.refused == 1)
        traces(served("lost"))
        eventually(lambda: kept.refused == 2)
        kept.failure = None

        def is_taken() -> bool:
            traces(served("taken"))
            return bool(kept.requests)

        eventually(is_taken)
    assert {each.observation.request_id for each in kept.requests} == {"taken"}
    assert [line.message for line in caplog.records if line.levelname == "WARNING"] == [
        "traces are not taken, and are dropped until they are: no route to host",
        "traces are taken again",
    ]


def test_what_waits_is_bounded() -> None:
    """Statements whose request never ends, and requests that nobody takes: the oldest are dropped."""
    taken = threading.Event()
    traces = Traces(1.0, held(Kept(), taken), interval=60.0)
    for number in range(MOST_OPEN + 5):
        traces(statement(str(number)))
    assert len(traces._open) == MOST_OPEN
    assert "4" not in traces._open
    for number in range(MOST_WAITING + 5):
        traces(served(f"r{number}"))
    assert len(traces._waiting) == MOST_WAITING
    assert traces._waiting[0].observation.request_id == "r5"
    taken.set()
    traces.close()


def test_a_crowd_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """More than can be sent: one line when the oldest are dropped, one when all are sent again."""
    kept, taken = Kept(), threading.Event()
    traces = Traces(1.0, held(kept, taken), interval=0.01)
    for number in range(MOST_WAITING + 5):
        traces(served(f"r{number}"))
    taken.set()
    eventually(lambda: "sent again" in caplog.text)
    traces.close()
    assert [line.message for line in caplog.records] == [
        "more requests are traced than can be sent, and the oldest are dropped: 5 by now",
        "all are sent again",
    ]
    assert len(kept.requests) == MOST_WAITING


def test_what_belongs_to_no_request_is_not_kept() -> None:
    """A look for drift, a scan."""
    traces = Traces(1.0, Kept)
    traces(statement(""))
    assert traces._open == {}
