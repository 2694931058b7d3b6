"""The breaker: opens for illness and for nothing else, lets one try, and closes soon after the source is back."""

from __future__ import annotations

import random
from collections.abc import Callable
from random import Random

import pytest

from adapters.guard.board import EPOCH, OPEN_UNTIL, Board
from adapters.guard.breaker import LEAST_CALLS, LEAST_LOGINS, LEAST_ROW, TRIAL, Breaker
from adapters.port import CircuitOpen
from tests.adapters.guard.fakes import Child, Flag

NOW = 1000.0
CONNECTIONS = 4
LONGEST = 3.6  # seconds of pause, give or take a fifth


@pytest.fixture
def board() -> Board:
    """A board of four processes."""
    return Board(4)


@pytest.fixture
def breaker(board: Board) -> Breaker:
    """A breaker for calls of two seconds, so that one second is slow."""
    return Breaker(board, 2.0, CONNECTIONS)


def _open(breaker: Breaker, now: float = NOW) -> str:
    """Why it opened, after as many failures as that needs."""
    return [breaker.bad(now, "why") for _ in range(LEAST_CALLS)][-1]


def test_it_opens_when_half_of_ten_failed(breaker: Breaker) -> None:
    """Nine calls say nothing; of ten, five bad ones do."""
    for _ in range(5):
        assert not breaker.good(NOW, 0.1)
    for _ in range(4):
        assert not breaker.bad(NOW, "why")
    assert breaker.open_for(NOW) is None
    assert breaker.bad(NOW, "why") == "5 of 10 calls failed: why"
    assert breaker.open_for(NOW) is not None


def test_failures_among_many_good_calls_do_not_open_it(breaker: Breaker) -> None:
    """A share below half is a source with troubles, not a dead one."""
    breaker.good(NOW, 0.1)
    for _ in range(20):
        breaker.good(NOW, 0.1)
        assert not breaker.bad(NOW, "why")


def _busy(board: Board) -> None:
    """So many good calls that the share of the bad ones stays small."""
    for _ in range(1000):
        board.count(NOW, good=True)


def test_ten_in_a_row_open_it_however_busy_it_was(board: Board, breaker: Breaker) -> None:
    """What was good before says nothing of a source where nothing goes well any more."""
    _busy(board)
    assert not any(breaker.bad(NOW, "why") for _ in range(LEAST_ROW - 1))
    assert breaker.bad(NOW, "why") == "no call went well lately: why"


def test_five_that_timed_out_open_it(board: Board, breaker: Breaker) -> None:
    """Each has cost its whole time: there are few of them in a black hole."""
    _busy(board)
    assert not any(breaker.bad(NOW, "why", timed_out=True) for _ in range(LEAST_ROW // 2 - 1))
    assert breaker.bad(NOW, "why", timed_out=True)


def test_one_good_call_ends_the_row(board: Board, breaker: Breaker) -> None:
    """A slow one does not."""
    _busy(board)
    for _ in range(LEAST_ROW - 1):
        breaker.bad(NOW, "why")
    breaker.good(NOW, 0.1)
    assert not any(breaker.good(NOW, 1.5) for _ in range(LEAST_ROW - 1))
    assert breaker.good(NOW, 1.5)


def test_a_reset_of_every_connection_is_no_row(board: Board) -> None:
    """All of them fail at once, and are replaced; also where there are many."""
    breaker = Breaker(board, 2.0, 40)
    _busy(board)
    assert not any(breaker.bad(NOW, "why") for _ in range(79))
    assert breaker.bad(NOW, "why")


def test_failures_of_long_ago_do_not_count(breaker: Breaker) -> None:
    """Half a minute later the same number is needed anew."""
    for _ in range(9):
        breaker.bad(NOW, "why")
    for _ in range(5):
        breaker.good(NOW + 31, 0.1)
    assert not any(breaker.bad(NOW + 31, "why") for _ in range(4))
    assert breaker.bad(NOW + 31, "why") == "5 of 10 calls failed: why"


def test_slow_answers_open_it(breaker: Breaker) -> None:
    """An answer that takes more than half of its time is a bad one."""
    assert not any(breaker.good(NOW, 1.0) for _ in range(20))
    assert any(breaker.good(NOW, 1.1) for _ in range(20))


def test_who_is_given_more_time_is_slow_later(breaker: Breaker) -> None:
    """A long export is no sign of illness."""
    assert not any(breaker.good(NOW, 20.0, 60.0) for _ in range(20))
    assert any(breaker.good(NOW, 31.0, 60.0) for _ in range(40))


def test_log_ins_in_a_row_open_it(breaker: Breaker) -> None:
    """One that is accepted ends the row."""
    for _ in range(LEAST_LOGINS - 1):
        assert not breaker.login_failed(NOW, "why")
    breaker.logged_in()
    for _ in range(LEAST_LOGINS - 1):
        assert not breaker.login_failed(NOW, "why")
    assert "5 log-ins in a row" in breaker.login_failed(NOW, "why")


def test_what_one_process_learns_spares_the_others(board: Board, breaker: Breaker) -> None:
    """Failures of all processes add up, and all see the circuit open."""

    def fail() -> bool:
        return not any(breaker.bad(NOW, "why") for _ in range(LEAST_CALLS - 1))

    assert Child(fail, board).good()
    assert breaker.bad(NOW, "why")
    assert Child(lambda: breaker.open_for(NOW) is not None, board).good()


def test_an_open_circuit_says_when_to_come_back(breaker: Breaker) -> None:
    """`retry_after` is the rest of the pause, at least a second."""
    _open(breaker)
    with pytest.raises(CircuitOpen) as caught:
        breaker.due(NOW)
    rest = breaker.open_for(NOW)
    assert rest is not None
    assert caught.value.retry_after == max(1.0, rest)


def test_one_tries_at_a_time(board: Board, breaker: Breaker) -> None:
    """After the pause exactly one request of all processes makes the trial."""
    _open(breaker)
    then = NOW + 10
    ready, ended = Flag(), [Flag() for _ in range(3)]
    elected = Board(1)

    def race(flag: Flag) -> None:
        elected.forked()
        ready.hear()
        try:
            if breaker.due(then):
                elected.charge(1, 1)
        except CircuitOpen:
            pass
        flag.say()

    children = [Child(lambda flag=flag: race(flag), board) for flag in ended]  # type: ignore[misc]  # a loop's variable
    for _ in children:
        ready.say()
    for flag in ended:
        flag.hear()
    assert all(child.good() for child in children)
    assert elected.charged(1) == 1
    with pytest.raises(CircuitOpen):
        breaker.due(then + 2.4)
    assert breaker.due(then + 2.6)  # the first hangs, or whoever made it has died on the way


def test_a_source_that_is_back_waits_for_no_trial_that_hangs(breaker: Breaker) -> None:
    """A trial that is swallowed ends when its time is over; its pause counts from its beginning, so that the next is due."""
    _open(breaker)
    begun = NOW + 10
    assert breaker.due(begun)
    breaker.tried(begun, well=False)  # at the end of its time
    assert breaker.due(begun + TRIAL)


def test_a_trial_that_fails_late_opens_nothing(breaker: Breaker) -> None:
    """Another one has found the source well meanwhile."""
    _open(breaker)
    assert breaker.due(NOW + 10)
    assert breaker.due(NOW + 12.6)
    breaker.tried(NOW + 12.6, well=True)
    breaker.tried(NOW + 10, well=False)
    assert breaker.open_for(NOW + 15) is None


def test_a_latecomer_does_not_try_again_in_the_next_pause(
    board: Board, breaker: Breaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the circuit and the election another's trial may fail: then its pause counts."""
    _open(breaker)
    then, read = NOW + 10, board.read

    def look(cell: int) -> float:
        found = read(cell)
        if cell == OPEN_UNTIL:
            monkeypatch.setattr(board, "read", read)
            assert breaker.due(then)
            breaker.tried(then, well=False)
        return found

    monkeypatch.setattr(board, "read", look)
    with pytest.raises(CircuitOpen):
        breaker.due(then)


def test_a_good_trial_closes_it_and_the_past_is_forgotten(breaker: Breaker) -> None:
    """One failure after it is one failure, and nine more open it at once, in whichever bucket."""
    _open(breaker)
    assert breaker.due(NOW + 10)
    breaker.tried(NOW + 10, well=True)
    assert breaker.open_for(NOW + 10) is None
    assert not breaker.due(NOW + 10)
    assert not any(breaker.bad(NOW + 10, "why") for _ in range(LEAST_CALLS - 1))
    assert breaker.bad(NOW + 10, "why")


def test_log_ins_count_anew_after_a_good_trial(breaker: Breaker) -> None:
    """A circuit that log-ins opened does not open again with the first that fails."""
    for _ in range(LEAST_LOGINS):
        breaker.login_failed(NOW, "why")
    assert breaker.due(NOW + 10)
    breaker.tried(NOW + 10, well=True)
    assert not breaker.login_failed(NOW + 11, "why")


def test_pauses_grow_and_stay_short(breaker: Breaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that is back is served within five seconds, however long it was away."""
    _open(breaker)
    now, pauses = NOW, []
    for _ in range(12):
        rest = breaker.open_for(now)
        assert rest is not None
        pauses.append(rest)
        now += rest
        assert breaker.due(now)
        breaker.tried(now, well=False)
    assert pauses[0] <= 1.2
    assert max(pauses) <= LONGEST
    assert min(pauses[2:]) >= 2.4
    monkeypatch.setattr(random, "uniform", lambda low, _: low)
    assert breaker._pause() == pytest.approx(2.4)


def test_the_first_pause_is_short_again_after_a_success(breaker: Breaker) -> None:
    """Pauses grow in a row only."""
    _open(breaker)
    breaker.tried(NOW + 2, well=False)
    breaker.tried(NOW + 10, well=True)
    _open(breaker, NOW + 20)
    rest = breaker.open_for(NOW + 20)
    assert rest is not None
    assert rest <= 1.2


def test_it_opens_once_however_many_see_it(board: Board, breaker: Breaker) -> None:
    """Only the first is told, and the pause is not begun anew."""
    assert _open(breaker)
    until = board.read(OPEN_UNTIL)
    assert not any(breaker.bad(NOW + 0.5, "why") for _ in range(30))
    assert board.read(OPEN_UNTIL) == until
    assert board.read(EPOCH) == 1


@pytest.mark.parametrize("seed", range(20))
def test_any_history_ends_closed_after_a_good_trial(seed: int) -> None:
    """Whatever happened before, in whichever order, a trial that goes well leaves a closed circuit."""
    chance = Random(seed)
    breaker, now = Breaker(Board(1), 2.0, CONNECTIONS), NOW
    events: tuple[Callable[[], object], ...] = (
        lambda: breaker.good(now, chance.choice((0.1, 1.5))),
        lambda: breaker.bad(now, "why"),
        lambda: breaker.login_failed(now, "why"),
        breaker.logged_in,
        lambda: breaker.tried(now, well=False) if breaker.open_for(now) is not None else None,
    )
    for _ in range(200):
        now += chance.uniform(0, 2)
        chance.choice(events)()
    breaker.tried(now, well=True)
    assert breaker.open_for(now) is None
    assert not breaker.due(now)
