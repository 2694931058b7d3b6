"""The watch: how often the state is asked, by whom, and what holds while it does not answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import pytest

from app.callers.watch import ASK, HOLD, Watch
from app.problems import ProblemError
from app.state import StateError, inquiry
from tests.adapters.guard.fakes import PATIENCE, Child, eventually
from tests.callers.keys_scene import PLAIN, Scene, scene

__all__ = ["scene"]


@pytest.fixture
def watch(scene: Scene) -> Watch:
    """A watch that has read nothing yet."""
    return Watch(scene.state, scene.monotonic)


@contextmanager
def hanging(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[None]]:
    """A state that answers no question before the end of the block, which waits for it; how often it was asked meanwhile.

    Requests wait a moment.
    """
    monkeypatch.setattr(inquiry, "PATIENCE", 0.01)
    freed, asked, read = threading.Event(), list[None](), scene.state.revision

    def hang() -> int:
        asked.append(None)
        assert freed.wait(PATIENCE)
        return read()

    monkeypatch.setattr(scene.state, "revision", hang)
    try:
        yield asked
    finally:
        monkeypatch.undo()
        freed.set()
        for thread in asking():
            thread.join(PATIENCE)


def asking() -> list[threading.Thread]:
    """The threads that ask a state."""
    return [each for each in threading.enumerate() if each.name == "bascule-state"]


def test_a_quiet_state_is_asked_for_its_revision_alone(scene: Scene, watch: Watch) -> None:
    """Once a second at most, and keys are read again only when something has changed."""
    first = watch.known()
    for _ in range(100):
        scene.monotonic.at += 0.1
        assert watch.known() is first
    assert scene.state.asked.count("keys") == 1
    assert 9 <= scene.state.asked.count("revision") <= 11


def test_a_change_is_seen_a_second_later(scene: Scene, watch: Watch) -> None:
    """Keys and revocations of another process are read anew, together."""
    before = watch.known()
    scene.manager.create(PLAIN)
    scene.elsewhere.revoke("token", "t1", 9e9)
    scene.elsewhere.revoke("link", "l1", 9e9)
    assert watch.known() is before
    scene.monotonic.at += ASK
    after = watch.known()
    assert [each.owner for each in after.keys.values()] == [PLAIN.owner]
    assert [watch.revoked(kind) for kind in ("token", "link", "other")] == [{"t1"}, {"l1"}, frozenset()]
    assert watch.revoked("token") is watch.revoked("token")
    assert watch.revision() == before.revision + 3


def test_a_change_between_two_questions_is_not_missed(
    scene: Scene, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The revision is read before the keys: a key that comes between the two is there now, or a second later."""
    read = scene.state.api_keys

    def late() -> object:
        found = read()
        if len(found) == 0:
            scene.manager.create(PLAIN)
        return found

    monkeypatch.setattr(scene.state, "api_keys", late)
    assert len(watch.known().keys) == 0
    scene.monotonic.at += ASK
    assert len(watch.known().keys) == 1


def test_one_thread_asks_and_the_others_go_on(scene: Scene, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a slow state is asked, nobody else waits for it, or asks it."""
    first = watch.known()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        assert go_on.wait(PATIENCE)
        return 0

    monkeypatch.setattr(scene.state, "revision", slow)
    scene.monotonic.at += ASK
    with ThreadPoolExecutor(1) as one:
        asking = one.submit(watch.known)
        assert begun.wait(PATIENCE)
        assert all(watch.known() is first for _ in range(100))
        go_on.set()
        assert asking.result(PATIENCE) is first


def test_the_first_question_is_waited_for(scene: Scene) -> None:
    """Requests that come together to a new worker are all let in, after one reading."""
    text = scene.key()
    with ThreadPoolExecutor(8) as crowd:
        assert {caller.name for caller in crowd.map(lambda _: scene.keyring.caller(text), range(8))} == {"Acme"}
    assert scene.state.asked.count("keys") == 1


def test_what_is_known_holds_for_a_minute(scene: Scene, watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    """A state that restarts stops nobody; one that stays away stops everybody, by 503, and says so in one line."""
    known = watch.known()
    began = scene.monotonic.at
    scene.state.down = True
    while scene.monotonic.at < began + HOLD:
        assert watch.known() is known
        scene.monotonic.at += 0.5
    for _ in range(5):
        with pytest.raises(ProblemError, match="cannot be checked") as caught:
            watch.known()
        assert (caught.value.problem.status, caught.value.problem.retryable) == (503, True)
        assert caught.value.headers == (("Retry-After", "5"),)
        scene.monotonic.at += 0.5
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert scene.state.asked.count("revision") <= HOLD + 5
    scene.state.down = False
    scene.monotonic.at += ASK
    assert watch.known() is known
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_what_is_known_ends_to_the_moment(scene: Scene, watch: Watch) -> None:
    """A minute is counted from the last good answer, and not from the first bad one."""
    watch.known()
    scene.monotonic.at += HOLD - 0.1
    scene.state.down = True
    watch.known()
    scene.monotonic.at += 0.2
    with pytest.raises(ProblemError):
        watch.known()


def test_a_state_that_fails_slowly_is_asked_less(scene: Scene, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that took five seconds is not repeated for five seconds: half of the time nobody waits."""
    watch.known()
    asked: list[float] = []

    def slow() -> int:
        asked.append(scene.monotonic.at)
        scene.monotonic.at += 5.0
        raise StateError("state nowhere: no answer")

    monkeypatch.setattr(scene.state, "revision", slow)
    for _ in range(50):
        scene.monotonic.at += 0.5
        watch.known()
    assert len(asked) >= 2
    assert {later - earlier for earlier, later in pairwise(asked)} == {10.0}


def test_a_child_asks_for_itself(scene: Scene, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that was made while a thread of its parent asked is not kept waiting by it."""
    watch.known()
    scene.monotonic.at += ASK
    scene.manager.create(PLAIN)
    with hanging(scene, monkeypatch):
        watch.known()
        monkeypatch.undo()
        child = Child(lambda: len(watch.known().keys) == 1)
        assert child.good()


def test_a_state_that_hangs_costs_one_request_a_short_wait(
    scene: Scene, watch: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Then everybody goes on with what is known, also who needs no thread, until it is a minute old; and hears of 503 at once."""
    known = watch.known()
    began = scene.monotonic.at
    with hanging(scene, monkeypatch) as asked:
        scene.monotonic.at += ASK
        assert watch.known() is known
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        monkeypatch.setattr(threading.Thread, "join", None)  # nobody waits any more
        while scene.monotonic.at < began + HOLD:
            assert watch.known() is known
            scene.monotonic.at += 0.5
        assert len(asked) <= 1 + HOLD / inquiry.LOST
        assert not watch.settled()
        scene.monotonic.at = began + HOLD + 0.1
        with pytest.raises(ProblemError, match="cannot be checked"):
            watch.known()


def test_a_revocation_is_seen_when_a_hanging_state_goes_on(
    scene: Scene, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the answer to the question that hung, which nobody has waited for."""
    watch.known()
    scene.elsewhere.revoke("token", "t1", 9e9)
    scene.monotonic.at += ASK
    with hanging(scene, monkeypatch):
        assert not watch.revoked("token")
        assert watch.settled()
    assert watch.revoked("token") == {"t1"}


def test_an_answer_that_comes_too_late_is_not_trusted(
    scene: Scene, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known is as old as the question: an answer of a minute ago is asked for again."""
    watch.known()
    scene.monotonic.at += ASK
    with hanging(scene, monkeypatch):
        watch.known()
        scene.monotonic.at += HOLD + 1
    before = scene.state.asked.count("revision")
    assert not watch.settled()
    watch.known()
    assert scene.state.asked.count("revision") == before + 1


def test_a_question_that_nobody_answers_is_not_waited_for_twice(
    scene: Scene, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes while the first reading hangs gives up in time, with 503; who comes then, at once."""
    monkeypatch.setattr(inquiry, "FIRST", 0.01)
    with hanging(scene, monkeypatch) as asked:
        with pytest.raises(ProblemError):
            watch.known()
        monkeypatch.setattr(threading.Thread, "join", None)
        for _ in range(100):
            with pytest.raises(ProblemError):
                watch.known()
        eventually(lambda: asked)
        assert len(asked) == 1
        monkeypatch.undo()
    assert watch.known().revision == 0
