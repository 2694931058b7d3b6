"""The board: sums over the living, a lock that no killed process keeps, and no number lost."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from adapters.guard import board as module
from adapters.guard.board import BUCKET_SECONDS, BUCKETS, Board
from tests.adapters.guard.fakes import PATIENCE, Child, Flag, eventually

FAR = 1e9  # a moment of the monotonic clock that never comes


def test_the_leases_of_all_processes_are_bounded_together() -> None:
    """What one process holds, another cannot have; what it gives back, it can."""
    board = Board(2)
    assert all(board.grant(3) for _ in range(2))
    child = Child(lambda: board.grant(3) and not board.grant(3) and board.held() == (1, 3), board)
    assert child.good()
    board.release()
    assert board.held() == (1, 1)  # the child has ended: what it held is free


def test_a_killed_process_gives_its_leases_back() -> None:
    """SIGKILL leaves no chance to release anything; the next who asks clears the row."""
    board, holds = Board(2), Flag()

    def hold() -> None:
        assert all(board.grant(3) for _ in range(3))
        holds.say()
        threading.Event().wait(60)

    child = Child(hold, board)
    holds.hear()
    assert not board.grant(3)
    child.kill()
    assert all(board.grant(3) for _ in range(3))
    assert not board.grant(3)


def test_the_lock_does_not_survive_its_holder() -> None:
    """A process that is killed inside of the lock blocks nobody."""
    board, inside = Board(2), Flag()

    def enter() -> None:
        with board.locked():
            inside.say()
            threading.Event().wait(60)

    child = Child(enter, board)
    inside.hear()
    got = threading.Event()

    def take() -> None:
        board.grant(1)
        got.set()

    threading.Thread(target=take, daemon=True).start()
    assert not got.wait(0.05)  # the lock is held over processes
    child.kill()
    assert got.wait(PATIENCE)


def test_what_the_system_takes_for_a_deadlock_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that hold a board each, while another thread of each awaits the other's: both get it."""
    one, other, both_hold, refused = Board(2), Board(2), (Flag(), Flag()), Flag()
    take = module.fcntl.lockf

    def lockf(*arguments: Any) -> None:
        try:
            take(*arguments)
        except OSError:
            refused.say()
            raise

    monkeypatch.setattr(module.fcntl, "lockf", lockf)

    def cross(held: Board, awaited: Board, holds: Flag, other_holds: Flag) -> bool:
        with held.locked():
            holds.say()
            other_holds.hear()
            got = ThreadPoolExecutor(1).submit(awaited.grant, 1)
            refused.hear()
            refused.say()  # for the other process
        return got.result(PATIENCE)

    def cross_back() -> bool:
        one.forked()
        return cross(other, one, both_hold[1], both_hold[0])

    child = Child(cross_back, other)
    assert cross(one, other, *both_hold)
    assert child.good()


def test_threads_that_come_first_together_share_one_row() -> None:
    """Two threads that ask for the process's row at once get the same one: a lease in the other would never come back."""
    board = Board(1)
    rows: list[int] = []
    with board.locked():
        crowd = [threading.Thread(target=lambda: rows.append(board._row())) for _ in range(4)]
        for thread in crowd:
            thread.start()
        assert not rows
        threading.Event().wait(0.05)  # so that all of them stand before the lock
    for thread in crowd:
        thread.join(PATIENCE)
    assert len(rows) == 4
    assert len(set(rows)) == 1


def test_threads_lose_no_lease() -> None:
    """Whatever the crowd, what was granted and released adds up, and nobody got more than there was."""
    board = Board(1)
    over = []

    def some(_: int) -> None:
        for _ in range(50):
            if board.grant(3):
                over.append(board.held()[1] > 3)
                board.release()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(some, range(8)))
    assert not any(over)
    assert board.held() == (0, 0)


def test_a_row_of_the_same_number_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Process numbers come again: what a dead process of our own number held is not ours."""
    board = Board(1)
    assert board.grant(2)
    board.forked()  # as a later process of the same number would
    assert board.held() == (0, 0)
    monkeypatch.setattr(os, "getpid", lambda: 2**22 + 1)  # no process has that number: it is dead as soon as it is born
    board.forked()
    assert board.grant(1)
    assert board.grant(1)


def test_more_processes_than_rows_is_said() -> None:
    """A process that finds no row says so; nothing is granted by mistake."""
    board = Board(0)
    rows = len(board._starts())
    told = [Flag() for _ in range(rows)]

    def stay(flag: Flag) -> None:
        board._row()
        flag.say()
        threading.Event().wait(60)

    children = [Child(partial(stay, flag), board) for flag in told]
    for flag in told:
        flag.hear()
    with pytest.raises(RuntimeError, match="opened for fewer"):
        board.grant(1)
    for child in children:
        child.kill()
    assert board.grant(1)


def test_the_lane_in_the_background_is_counted_over_processes() -> None:
    """So many may be in the background, whichever processes they are in; the dead count no longer."""
    board, inside = Board(2), Flag()

    def stay() -> None:
        assert board.grant(8)
        assert board.enter(2)
        inside.say()
        threading.Event().wait(60)

    child = Child(stay, board)
    inside.hear()
    assert board.enter(2)
    assert not board.enter(2)
    board.leave()
    assert board.enter(2)
    child.kill()
    assert board.enter(2)


def test_counts_are_those_of_all_processes() -> None:
    """Good and bad calls of every process add up, also of one that has ended; they are forgotten after 30 seconds."""
    board, now = Board(2), 1000.0
    board.count(now, good=True)

    def fail() -> bool:
        board.count(now + 1, good=False)
        board.count(now + 6, good=False)
        return board.counted(now + 6) == (1, 2)

    assert Child(fail, board).good()
    assert board.counted(now + 6) == (1, 2)
    assert board.counted(now + BUCKETS * BUCKET_SECONDS) == (0, 1)
    assert board.counted(now + 2 * BUCKETS * BUCKET_SECONDS) == (0, 0)


def test_a_bucket_is_used_again() -> None:
    """Counts of half a minute ago do not mix with those of now."""
    board = Board(1)
    for step in range(20):
        board.count(step * BUCKET_SECONDS, good=False)
    assert board.counted(19 * BUCKET_SECONDS) == (0, BUCKETS)


def test_what_is_forgotten_does_not_count_and_what_follows_does() -> None:
    """Forgetting is for all processes at once, and ends with the next call, not with the next bucket."""
    board, now = Board(2), 1000.0
    board.count(now, good=False)
    assert Child(lambda: board.count(now, good=False), board).good()
    board.forget()
    assert board.counted(now) == (0, 0)
    board.count(now, good=False)
    assert board.counted(now) == (0, 1)


def test_rows_of_a_day_add_up_over_processes() -> None:
    """A process that has ended has read its rows all the same; another day begins at nothing."""
    board = Board(2)
    board.charge(5, 10)
    assert Child(lambda: board.charge(5, 7), board).good()
    assert board.charged(5) == 17
    assert Child(lambda: board.charge(5, 1), board).good()  # takes the ended one's row over
    assert board.charged(5) == 18
    board.charge(6, 3)
    assert (board.charged(5), board.charged(6), board.charged(7)) == (8, 3, 0)


def test_without_locks_over_processes_threads_are_still_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no such lock there is no fork either, and the lock of threads does."""
    monkeypatch.setattr(module, "fcntl", None)
    board = Board(1)
    assert board.grant(1)
    assert not board.grant(1)
    board.release()
    assert board.grant(1)


def test_a_wish_is_one_of_all_processes() -> None:
    """What one process wants, the others see, and whether it is owed; the first to have it takes the wish back."""
    board = Board(2)
    assert Child(lambda: board.want(FAR, owed=False), board).good()
    assert (board.read(module.WANTED_UNTIL), board.read(module.OWED_UNTIL)) == (FAR, 0)
    board.want(FAR - 1, owed=True)
    assert (board.read(module.WANTED_UNTIL), board.read(module.OWED_UNTIL)) == (FAR, FAR - 1)
    board.have(owed=False)
    assert (board.read(module.WANTED_UNTIL), board.read(module.OWED_UNTIL)) == (0, FAR - 1)
    board.want(FAR, owed=False)
    board.have(owed=True)
    assert (board.read(module.WANTED_UNTIL), board.read(module.OWED_UNTIL)) == (0, 0)


def test_the_board_is_seen_by_a_child_of_a_child() -> None:
    """A process that forks again has a row of its own."""
    board = Board(2)
    assert board.grant(4)

    def again() -> bool:
        assert board.grant(4)
        return Child(lambda: board.grant(4) and board.held() == (1, 3), board).good()

    assert Child(again, board).good()
    eventually(lambda: board.held() == (1, 1))
