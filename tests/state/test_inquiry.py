"""The inquiry: when it is asked, who waits for it, and which answer is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from app.outages import Outage
from app.state import StateError, inquiry
from app.state.inquiry import LOST, Inquiry
from tests.adapters.guard.fakes import PATIENCE, eventually
from tests.callers.keys_scene import Clock

PAUSE = 1.0


@dataclass
class Scene:
    """A state that says how often it was asked; what is in `answers` is awaited, in turn, before it does."""

    clock: Clock = field(default_factory=lambda: Clock(100.0))
    answers: list[threading.Event] = field(default_factory=list)
    kept: list[tuple[int, float]] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        outage = Outage("lost: %s", "back")
        self.inquiry = Inquiry(self.ask, lambda found, at: self.kept.append((found, at)), PAUSE, outage, self.clock)

    def ask(self) -> int:
        """The number of the question."""
        self.asked += 1
        number = self.asked
        if number <= len(self.answers):
            assert self.answers[number - 1].wait(PATIENCE)
        return number

    def settle(self) -> None:
        """Let everything that hangs go on, and wait for it."""
        for each in self.answers:
            each.set()
        for thread in asking():
            thread.join(PATIENCE)

    def pursue(self) -> None:
        """Somebody comes who could go on without an answer, and a question is begun, which hangs."""
        number = self.asked + 1
        self.inquiry.pursue(needed=False)
        eventually(lambda: self.asked == number)


def asking() -> list[threading.Thread]:
    """The threads that ask a state."""
    return [each for each in threading.enumerate() if each.name == "bascule-state"]


def hanging(count: int) -> list[threading.Event]:
    """What so many questions wait for."""
    return [threading.Event() for _ in range(count)]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A state whose first two questions hang, and nobody who waits long for them; nobody asks another one."""
    for thread in asking():
        thread.join(PATIENCE)
    monkeypatch.setattr(inquiry, "PATIENCE", 0.01)
    monkeypatch.setattr(inquiry, "FIRST", 0.01)
    made = Scene(answers=hanging(2))
    yield made
    made.settle()


@pytest.fixture
def well(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A state that answers, and a machine that may take its time."""
    monkeypatch.setattr(inquiry, "PATIENCE", 30.0)
    monkeypatch.setattr(inquiry, "FIRST", 30.0)
    return Scene()


def test_it_is_asked_at_intervals(well: Scene) -> None:
    """And at once for who rings; what is answered is kept, with the moment of the question."""
    well.inquiry.pursue(needed=True)
    well.inquiry.pursue(needed=True)
    assert not well.inquiry.is_due()
    well.inquiry.ring()
    well.inquiry.pursue(needed=False)
    well.clock.at += PAUSE
    well.inquiry.pursue(needed=False)
    assert well.kept == [(1, 100.0), (2, 100.0), (3, 101.0)]


def test_one_that_hangs_is_asked_once_more_after_a_while(scene: Scene) -> None:
    """Beside the first, which may never end; nobody rings it before."""
    scene.pursue()
    scene.inquiry.ring()
    scene.clock.at += LOST - 0.1
    scene.inquiry.pursue(needed=False)
    assert (scene.asked, len(asking())) == (1, 1)
    scene.clock.at += 0.1
    scene.pursue()
    assert len(asking()) == 2


def test_an_older_answer_is_not_kept(scene: Scene) -> None:
    """What was asked first, and answered last, is no news."""
    scene.pursue()
    scene.clock.at += LOST
    scene.pursue()
    first, second = asking()
    for event, thread in zip(reversed(scene.answers), (second, first), strict=True):
        event.set()
        thread.join(PATIENCE)
    assert scene.kept == [(2, 100.0 + LOST)]


def test_who_asked_in_vain_is_the_last_who_waits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until there is an answer, however late: then the next who asks hears the next one."""
    waited: list[threading.Thread] = []
    join: Callable[[threading.Thread, float | None], None] = threading.Thread.join

    def counted(thread: threading.Thread, timeout: float | None = None) -> None:
        waited.append(thread)
        join(thread, timeout)

    with monkeypatch.context() as counting:
        counting.setattr(threading.Thread, "join", counted)
        for _ in range(5):
            scene.inquiry.pursue(needed=False)
            scene.inquiry.pursue(needed=True)
        assert len(waited) == 1
    scene.clock.at += PAUSE
    scene.settle()
    monkeypatch.setattr(inquiry, "PATIENCE", 30.0)
    scene.inquiry.pursue(needed=False)
    assert [number for number, _ in scene.kept] == [1, 2]


def test_no_thread_is_no_failure(well: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives none, the next request asks."""
    with monkeypatch.context() as scarce:
        scarce.setattr(inquiry, "begun", lambda *_: None)
        well.inquiry.pursue(needed=True)
    assert well.inquiry.is_due()
    well.inquiry.pursue(needed=True)
    assert well.kept == [(1, 100.0)]


def test_a_failure_of_a_question_that_was_given_up_is_none(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was asked since decides when the next is due."""
    answer = scene.ask

    def fail() -> int:
        if answer() == 1:
            raise StateError("state nowhere: gone")
        return 0

    monkeypatch.setattr(scene.inquiry, "_ask", fail)
    scene.pursue()
    scene.clock.at += LOST
    scene.pursue()
    first, _ = asking()
    scene.answers[0].set()
    first.join(PATIENCE)
    assert not scene.inquiry.tried
    assert not scene.inquiry.is_due()
