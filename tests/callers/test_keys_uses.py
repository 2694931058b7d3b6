"""The last use of keys: noted at once, written now and then, never lost to a state that is away."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.callers.last_uses import FLUSH_SECONDS, LastUses
from app.state import StateError
from tests.adapters.guard.fakes import PATIENCE, Child


class Written:
    """Takes what is written; fails while `down`."""

    def __init__(self) -> None:
        self.batches: list[dict[str, float]] = []
        self.down = False

    def __call__(self, uses: Mapping[str, float]) -> None:
        """Take a batch."""
        if self.down:
            raise StateError("state nowhere: gone")
        self.batches.append(dict(uses))


def timer_of(uses: LastUses) -> threading.Timer | None:
    """What will write."""
    return uses._timer


def test_one_batch_holds_the_last_use_of_each() -> None:
    """However many uses there were; a flush without a new one writes nothing."""
    written = Written()
    uses = LastUses(written)
    for at in range(100):
        uses.note("a", float(at))
        uses.note("b", float(at) + 0.5)
    uses.flush()
    uses.flush()
    assert written.batches == [{"a": 99.0, "b": 99.5}]
    uses.note("b", 100.0)
    uses.flush()
    assert written.batches[1:] == [{"b": 100.0}]


def test_it_is_written_once_a_minute() -> None:
    """The first use sets the time of the next flush; the uses after it set none."""
    uses = LastUses(Written())
    uses.note("a", 1.0)
    timer = timer_of(uses)
    assert timer is not None
    assert (timer.interval, timer.daemon) == (FLUSH_SECONDS, True)
    uses.note("b", 1.0)
    assert timer_of(uses) is timer
    uses.flush()
    assert timer_of(uses) is None
    timer.join(PATIENCE)
    assert not timer.is_alive()


def test_it_is_written_by_itself() -> None:
    """A timer's thread writes, so that no request waits; the next use sets the next one."""
    done = threading.Event()
    uses = LastUses(lambda _: done.set(), 0.01)
    for _ in range(2):
        done.clear()
        uses.note("a", 1.0)
        assert done.wait(PATIENCE)
    uses.flush()


def test_what_cannot_be_written_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    """A flush that fails says so, and the next one has its uses, the newer ones in place of the older."""
    written = Written()
    uses = LastUses(written)
    uses.note("a", 1.0)
    uses.note("b", 1.0)
    written.down = True
    uses.flush()
    assert "last uses cannot be written" in caplog.text
    uses.note("a", 2.0)
    written.down = False
    uses.flush()
    assert written.batches == [{"a": 2.0, "b": 1.0}]


def test_threads_lose_no_use() -> None:
    """Noting and writing may happen at once: the last use of every key gets written."""
    written = Written()
    uses = LastUses(written)

    def use(name: int) -> None:
        for at in range(500):
            uses.note(f"{name}-{at % 50}", float(at))
            if at % 100 == 0:
                uses.flush()

    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(use, range(4)))
    uses.flush()
    last = {identifier: at for batch in written.batches for identifier, at in batch.items()}
    assert last == {f"{name}-{at % 50}": float(at) for name in range(4) for at in range(450, 500)}


def test_a_child_writes_its_own_uses() -> None:
    """It neither waits for its parent's locks, nor for a timer that only its parent has, nor writes its parent's uses again."""
    written = Written()
    uses = LastUses(written)
    uses.note("of the parent", 1.0)

    def work() -> bool:
        uses.note("of the child", 2.0)
        timed = uses._timer is not None
        uses.flush()
        return timed and written.batches == [{"of the child": 2.0}]

    with uses._lock, uses._flushing:
        child = Child(work)
    assert child.good()
    uses.flush()
    assert written.batches == [{"of the parent": 1.0}]


class Name(str):
    """An id whose end can be seen."""

    __slots__ = ("__weakref__",)


def test_what_is_written_is_forgotten() -> None:
    """A worker that serves links for months does not remember each of them."""
    uses = LastUses(lambda _: None)
    name = Name("link")
    end = weakref.ref(name)
    uses.note(name, 1.0)
    uses.flush()
    del name
    assert end() is None


def test_a_system_without_threads_fails_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The use is noted all the same, and the next one sets the time of the flush."""
    written = Written()
    uses = LastUses(written)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refuse)
        uses.note("a", 1.0)
    assert timer_of(uses) is None
    uses.note("b", 2.0)
    assert timer_of(uses) is not None
    uses.flush()
    assert written.batches == [{"a": 1.0, "b": 2.0}]
