"""Links: the caller leaves at his deadline whatever the driver does, and every answer reaches who asked."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from time import monotonic
from typing import Any

import pytest

from adapters.guard.links import Link, Overran
from tests.adapters.guard.fakes import FOREVER, PATIENCE, Connection, Host, eventually, fail_with, threads


class Desk:
    """A host, a link to it, and what comes back after its time."""

    def __init__(self) -> None:
        self.host = Host()
        self.returned: queue.Queue[Link] = queue.Queue()
        self.gone: list[Link] = []
        self.link = self.another()
        self.link.open(later(), PATIENCE)
        self.connection = self.host.opened[0]

    def another(self) -> Link:
        """A link without a connection."""
        return Link(self.host.driver(), "desk", self.returned.put, self.gone.append)

    def ask(self, question: Any) -> Any:
        """What the link answers."""
        return self.link.use(later(), Connection.echo, (question,))


def later() -> float:
    """A deadline far away."""
    return monotonic() + PATIENCE


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk whose link's thread has ended after the test."""
    made = Desk()
    yield made
    made.connection.freed.set()
    made.link.close()
    assert made.link.closed(PATIENCE)
    assert made.host.closed == [made.connection]


def test_the_caller_leaves_at_the_deadline_while_the_driver_hangs(desk: Desk) -> None:
    """Nothing that the driver does keeps the caller."""
    with pytest.raises(Overran):
        desk.link.use(monotonic() + 0.01, Connection.hang, ())
    assert desk.connection.hanging.wait(PATIENCE)
    assert desk.returned.empty()
    desk.connection.freed.set()
    assert desk.returned.get(timeout=PATIENCE) is desk.link


def test_a_log_in_that_hangs_is_left_too() -> None:
    """Connecting is work like any other."""
    desk = Desk()
    release = threading.Event()
    desk.host.before_connect = lambda: release.wait(FOREVER)
    link = desk.another()
    with pytest.raises(Overran):
        link.open(monotonic() + 0.01, PATIENCE)
    release.set()
    assert desk.returned.get(timeout=PATIENCE) is link
    assert link.connection is desk.host.opened[1]
    for each in (link, desk.link):
        each.close()
        assert each.closed(PATIENCE)


def test_what_ends_in_the_moment_of_the_deadline_is_kept(desk: Desk) -> None:
    """A result that is there when the caller decides to leave is his, and it does not reach the next one."""
    decide = desk.link._give_up

    def wait_and_decide() -> None:
        eventually(lambda: desk.link._finished)
        decide()

    desk.link._give_up = wait_and_decide  # type: ignore[method-assign]  # the race, played slowly
    assert desk.link.use(monotonic() - 1, Connection.echo, ("just in time",)) == "just in time"
    assert [desk.ask(number) for number in range(3)] == [0, 1, 2]
    assert desk.returned.empty()


def test_a_late_result_reaches_nobody(desk: Desk) -> None:
    """What comes after the deadline is forgotten; the next caller gets his own answer."""
    desk.connection.ending = None
    with pytest.raises(Overran):
        desk.link.use(monotonic() + 0.01, Connection.hang, ())
    desk.connection.freed.set()
    assert desk.returned.get(timeout=PATIENCE).error is None
    assert desk.ask("mine") == "mine"


@pytest.mark.parametrize("error", [ConnectionError("x"), KeyboardInterrupt(), SystemExit(1), GeneratorExit()])
def test_errors_reach_the_caller(desk: Desk, error: BaseException) -> None:
    """Whatever ends the work is raised where its result is awaited, and the link lives on."""
    with pytest.raises(type(error)) as caught:
        desk.link.use(later(), fail_with(error), ())
    assert caught.value is error
    assert desk.ask(1) == 1


def test_a_late_error_is_known_to_whom_it_concerns(desk: Desk) -> None:
    """What given-up work ended with tells whether its cancellation hit it."""
    with pytest.raises(Overran):
        desk.link.use(monotonic() + 0.01, Connection.hang, ())
    desk.connection.freed.set()
    assert isinstance(desk.returned.get(timeout=PATIENCE).error, InterruptedError)
    assert desk.ask("next") == "next"


def test_a_link_closed_while_its_work_is_given_up_closes_afterwards(desk: Desk) -> None:
    """Closing does not pull a connection away from a statement, and does not wait for it."""
    with pytest.raises(Overran):
        desk.link.use(monotonic() + 0.01, Connection.hang, ())
    desk.link.close()
    assert not desk.link.closed(0.01)
    assert not desk.host.closed
    desk.connection.freed.set()
    assert desk.link.closed(PATIENCE)
    assert desk.host.closed == [desk.connection]
    assert desk.returned.empty()
    desk.link.close = lambda: None  # type: ignore[method-assign]  # the fixture would close it again


def test_closing_that_hangs_keeps_nobody(desk: Desk) -> None:
    """A driver may hang in its close as well: `close` returns, and `closed` says that it is not."""
    release = threading.Event()
    desk.host.before_close = lambda: release.wait(FOREVER)
    link = desk.another()
    link.open(later(), PATIENCE)
    link.close()
    assert not link.closed(0.01)
    release.set()
    assert link.closed(PATIENCE)
    desk.host.closed.remove(link.connection)


def test_no_thread_is_left_behind() -> None:
    """A link's thread ends with its connection, also where there never was one, or closing fails."""
    before = threads()
    desk = Desk()
    never = desk.another()
    desk.host.before_close = fail_with(ConnectionError("gone"))
    for link in (desk.link, never):
        link.close()
        assert link.closed(PATIENCE)
    assert threads() <= before


def test_every_answer_belongs_to_its_question() -> None:
    """Many callers on few links, with short deadlines and statements that take some milliseconds or none.

    A link is used again as soon as it is back, as after a cancellation. No answer may ever be another question's.
    """
    desk = Desk()
    links = [desk.link, *(desk.another() for _ in range(2))]
    for link in links[1:]:
        link.open(later(), PATIENCE)
    for link in links:
        desk.returned.put(link)
    outcomes: list[bool] = []

    def dawdle(connection: Connection, question: object, seconds: float) -> object:
        threading.Event().wait(seconds)
        return connection.echo(question)

    def caller(number: int) -> None:
        random = Random(number)
        for turn in range(60):
            link, question = desk.returned.get(timeout=PATIENCE), (number, turn)
            seconds = random.choice((0.0, 0.001, 0.002, 0.003))
            try:
                answer = link.use(
                    monotonic() + random.choice((0.001, 0.002, 0.003, PATIENCE)), dawdle, (question, seconds)
                )
            except Overran:
                outcomes.append(False)  # it comes back by itself
                continue
            assert answer == question
            outcomes.append(True)
            desk.returned.put(link)

    with ThreadPoolExecutor(12) as crowd:
        list(crowd.map(caller, range(12)))
    assert len(outcomes) == 12 * 60
    assert {True, False} == set(outcomes)
    back = [desk.returned.get(timeout=PATIENCE) for _ in links]
    assert set(back) == set(links)
    for link in links:
        link.close()
        assert link.closed(PATIENCE)
