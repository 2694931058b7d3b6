"""The circuit of the whole guard: what opens it, who tries, and which connections are trusted afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

import pytest

from adapters.guard import breaker, guard
from adapters.guard.board import EPOCH, OPEN_UNTIL, PROBED_UNTIL
from adapters.port import (
    BadData,
    Busy,
    CircuitOpen,
    Locked,
    Missing,
    SourceError,
    TooCostly,
    Unavailable,
)
from tests.adapters.guard.fakes import FOREVER, PATIENCE, Connection, eventually, fail_with
from tests.adapters.guard.scene import Scene


class Clock:
    """The guard's clock, which a test turns."""

    def __init__(self) -> None:
        self.turned = 0.0

    def __call__(self) -> float:
        return monotonic() + self.turned


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock for the guard's measuring; its waits go by the real one."""
    made = Clock()
    monkeypatch.setattr(guard, "monotonic", made)
    return made


@pytest.fixture(autouse=True)
def _long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A circuit that opened stays open until a test ends its pause, and a trial has nobody beside it."""
    for pause in ("FIRST_PAUSE", "LONGEST_PAUSE", "_ALONE"):
        monkeypatch.setattr(breaker, pause, FOREVER)


@pytest.mark.parametrize("failure", [Busy, Missing, BadData, TooCostly, Locked])
def test_what_is_no_illness_does_not_open_the_circuit(scene: Scene, failure: type[SourceError]) -> None:
    """Bad queries, bad data, refusals, locks and full queues say nothing of the host."""
    for _ in range(3 * breaker.LEAST_CALLS):
        scene.fail(failure("no"))
    assert scene.guard.health().state == "ok"
    assert scene.guard._board.counted(monotonic()) == (0, 0)


def test_a_circuit_that_opened_asks_nothing_until_its_pause_is_over(scene: Scene) -> None:
    """Meanwhile every request is refused at once, and told when to come back."""
    scene.open_circuit()
    tried = scene.host.tried
    scene.guard._board.write(OPEN_UNTIL, monotonic() + PATIENCE)
    for _ in range(5):
        with pytest.raises(CircuitOpen) as caught:
            scene.answer()
        assert caught.value.retry_after is not None
        assert 1 <= caught.value.retry_after <= PATIENCE
    assert scene.host.tried == tried
    assert scene.events()[-1] == "opened"


def test_a_source_that_is_back_costs_one_log_in(scene: Scene) -> None:
    """The trial's connection is new, and serves the request that had it made."""
    scene.open_circuit()
    tried = scene.host.tried
    scene.end_pause()
    assert scene.answer() == tried
    assert scene.host.tried == tried + 1
    assert (scene.guard.health().state, scene.events()[-1]) == ("ok", "closed")


def test_what_rested_when_the_circuit_opened_is_not_used(scene: Scene) -> None:
    """Also in a process that made neither the failures nor the trial."""
    scene.answer()
    board = scene.guard._board
    board.write(EPOCH, board.read(EPOCH) + 1)
    assert scene.answer() == 1
    assert scene.answer() == 1


def test_a_trial_that_fails_keeps_the_circuit_open(scene: Scene) -> None:
    """The request that had it made gets its failure; the others are refused as before."""
    scene.open_circuit()
    scene.host.ping = fail_with(ConnectionError("still down"))
    scene.end_pause()
    with pytest.raises(Unavailable, match="still down"):
        scene.answer()
    with pytest.raises(CircuitOpen):
        scene.answer()
    assert scene.guard._board.read(PROBED_UNTIL) == 0


def test_a_trial_that_goes_wrong_in_an_unforeseen_way_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves the circuit half open."""
    scene.open_circuit()
    scene.end_pause()
    with monkeypatch.context() as patch:
        patch.setattr(scene.guard, "_take", fail_with(RuntimeError("can't start new thread")))
        with pytest.raises(SourceError, match="can't start"):
            scene.answer()
    scene.end_pause()
    assert scene.answer()


def test_one_request_tries_and_the_others_do_not_wait(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one waits a moment for the trial; the trial goes on without it, and closes the circuit."""
    monkeypatch.setattr(guard, "PING", 0.02)
    scene.open_circuit()
    hanging, release = threading.Event(), threading.Event()

    def ping(_: Connection) -> None:
        hanging.set()
        release.wait(FOREVER)

    scene.host.ping = ping
    scene.end_pause()
    with pytest.raises(Unavailable, match="under way"):
        scene.answer()
    assert hanging.wait(PATIENCE)
    for _ in range(3):
        with pytest.raises(CircuitOpen):
            scene.answer()
    release.set()
    eventually(lambda: scene.guard.health().state == "ok")


@pytest.fixture
def slow(scene: Scene, clock: Clock) -> Callable[..., None]:
    """A step of the host that takes two thirds of a request's time."""

    def step(_: object = None) -> None:
        clock.turned += scene.guard._terms.seconds * 2 / 3

    return step


def test_a_host_whose_log_ins_are_slow_is_tried_well(scene: Scene, slow: Callable[..., None]) -> None:
    """Only the answer's time counts: a legacy host takes seconds for a log-in, ill or not."""
    scene.open_circuit()
    scene.host.before_connect = slow
    scene.end_pause()
    assert scene.guard.call(monotonic() + FOREVER, Connection.answer)[0]
    assert scene.guard.health().state == "ok"


def test_a_host_that_answers_the_trial_slowly_is_not_well(scene: Scene, slow: Callable[..., None]) -> None:
    """A ping that takes more than half of a request's time would only be the first slow answer."""
    scene.open_circuit()
    scene.host.ping = slow
    scene.end_pause()
    with pytest.raises(Unavailable, match="too slowly"):
        scene.guard.call(monotonic() + FOREVER, Connection.answer)
    assert scene.guard._board.read(PROBED_UNTIL) == 0
    assert scene.guard.health().state in {"open", "probing"}


def test_log_ins_that_fail_open_the_circuit(scene: Scene) -> None:
    """Five in a row are enough, without ten calls."""
    scene.host.before_connect = fail_with(ConnectionError("down"))
    for _ in range(breaker.LEAST_LOGINS):
        with pytest.raises(Unavailable):
            scene.answer()
    with pytest.raises(CircuitOpen):
        scene.answer()
    assert scene.events() == ["opened"]
    assert scene.guard.health().text == "down"
