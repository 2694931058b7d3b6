"""Purges: how often the state is asked, by whom, and what holds while it does not answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from app.kept.purges import ASK
from app.state import StateError, inquiry
from tests.kept.purges_scene import ITEM, PATIENT, Scene, scene

__all__ = ["scene"]


def test_a_quiet_log_is_asked_for_its_last_id_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most every ASK seconds, and its rows only when there are new ones."""
    first = scene.purges.generation()
    monkeypatch.setattr(scene.state, "purges", None)
    for _ in range(400):
        scene.monotonic.at += ASK / 40
        assert scene.purges.generation() == first
    assert 10 <= scene.state.asked <= 11


def test_a_purge_is_known_within_a_second(scene: Scene) -> None:
    """Of one that comes right after a question, the next question tells."""
    scene.purges.generation()
    began = scene.monotonic.at
    purged = scene.purge("source:erp")
    while scene.purges.generation() != purged:
        scene.monotonic.at += 0.05
    assert scene.monotonic.at - began <= ASK + 0.05 < 1.0


def test_a_ring_is_answered_at_once(scene: Scene) -> None:
    """And once; a ring during a question asks for another."""
    scene.purges.generation()
    purged = scene.purge("source:erp")
    assert not scene.purges.due()
    scene.purges.ring()
    assert scene.purges.due()
    assert scene.purges.generation() == purged
    assert not scene.purges.due()
    assert scene.state.asked == 2


def test_a_ring_during_a_question_is_not_lost(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer may be older than the ring."""
    read = scene.state.last_purge

    def rung() -> int:
        found = read()
        scene.purge("source:erp")
        scene.purges.ring()
        monkeypatch.setattr(scene.state, "last_purge", read)
        return found

    before = scene.purges.generation()
    monkeypatch.setattr(scene.state, "last_purge", rung)
    assert scene.later() == before
    assert scene.purges.due()
    assert scene.purges.generation() > before


def test_what_a_process_purges_it_knows_at_once(scene: Scene) -> None:
    """It rings for itself, and tells who is to tell other hosts, once it is written."""
    begun = scene.purges.generation()
    told: list[int] = []
    scene.purges.tell = lambda: told.append(scene.elsewhere.last_purge())
    last = scene.purges.purge(["source:erp"], "key:1")
    assert scene.purges.generation() == last
    assert not scene.purges.valid(ITEM, begun)
    assert told == [last]
    assert [(each.id, each.who) for each in scene.purges.newest(9)] == [(last, "key:1")]


def test_one_thread_asks_and_the_others_go_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a slow state is asked, nobody else waits for it, or asks it."""
    first = scene.purges.generation()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        assert go_on.wait(PATIENT)
        return first

    monkeypatch.setattr(scene.state, "last_purge", slow)
    scene.monotonic.at += ASK
    with ThreadPoolExecutor(1) as one:
        asking = one.submit(scene.purges.generation)
        assert begun.wait(PATIENT)
        assert {scene.purges.generation() for _ in range(100)} == {first}
        go_on.set()
        assert asking.result(PATIENT) == first


def test_the_first_question_is_waited_for(scene: Scene) -> None:
    """Requests that come together to a new worker begin what they read with what is known, after one question."""
    purged = scene.purge("source:erp")
    with ThreadPoolExecutor(8) as crowd:
        assert set(crowd.map(lambda _: scene.purges.generation(), range(8))) == {purged}
    assert scene.state.asked == 1


def test_a_first_question_that_nobody_answers_is_not_waited_for_long(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes while it hangs goes on with nothing, after the first one without waiting: what is begun then is read again later."""
    monkeypatch.setattr(inquiry, "FIRST", 0.01)
    freed, read = threading.Event(), scene.state.last_purge

    def hang() -> int:
        assert freed.wait(PATIENT)
        return read()

    with monkeypatch.context() as hanging:
        hanging.setattr(scene.state, "last_purge", hang)
        assert scene.purges.generation() == 0
        hanging.setattr(threading.Thread, "join", None)
        scene.purges.ring()
        assert {scene.purges.generation() for _ in range(100)} == {0}
        assert scene.purges.valid(ITEM, 0)
        assert not scene.purges.due()
    freed.set()
    for thread in [each for each in threading.enumerate() if each.name == "bascule-state"]:
        thread.join(PATIENT)
    assert scene.purges.generation() > 0
    assert not scene.purges.valid(ITEM, 0)


# The state away.


def test_while_the_state_is_away_what_is_known_holds(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """No request fails, and its beginning and its end are a line each; what was purged meanwhile is known then."""
    begun = scene.purges.generation()
    scene.state.down = True
    for _ in range(1000):
        assert scene.later() == begun
        assert scene.purges.valid(ITEM, begun)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    purged = scene.purge("source:erp")
    scene.state.down = False
    assert scene.later() == purged
    assert not scene.purges.valid(ITEM, begun)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_a_state_that_is_away_from_the_beginning(scene: Scene) -> None:
    """Nothing is known, and nothing of a time before can be judged."""
    before = scene.elsewhere.last_purge()
    scene.state.down = True
    assert scene.purges.generation() == 0
    assert scene.purges.valid(ITEM, 0)
    assert not scene.purges.valid(ITEM, before)
    scene.state.down = False
    assert scene.later() == before
    assert scene.purges.valid(ITEM, before)
    assert not scene.purges.valid(ITEM, 0)


def test_a_state_that_fails_slowly_is_asked_less(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that took five seconds is not repeated for five seconds, whoever rings."""
    scene.purges.generation()
    asked: list[float] = []

    def slow() -> int:
        asked.append(scene.monotonic.at)
        scene.monotonic.at += 5.0
        raise StateError("state nowhere: no answer")

    monkeypatch.setattr(scene.state, "last_purge", slow)
    for _ in range(50):
        scene.monotonic.at += 0.5
        scene.purges.generation()
        scene.purges.ring()
    assert {later - earlier for earlier, later in pairwise(asked)} == {10.0}
    assert len(asked) >= 2
