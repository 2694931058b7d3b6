"""The pool: the last used first, a short and fair queue, two lanes, and leases of which none is lost or given twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from time import monotonic

import pytest

from adapters.guard import pool as module
from adapters.guard.board import OWED_UNTIL, WANTED_UNTIL, Board
from adapters.guard.links import LocalLink
from adapters.guard.pool import AnyLink, Pool
from adapters.guard.watchdog import Watchdog
from adapters.port import Busy, Lane
from tests.adapters.guard.fakes import PATIENCE, Child, Flag, Host, eventually


class Borrower:
    """Opens links as the guard does, on a pool of its own."""

    def __init__(self, most: int = 2, share: int | None = None, board: Board | None = None) -> None:
        self.host, self.board = Host(), board or Board(4)
        driver = self.host.driver(local=True)
        watchdog = Watchdog(driver.cancel)
        self.pool = Pool(self.board, most, most if share is None else share, lambda: LocalLink(driver, watchdog))

    def take(self, lane: Lane = "interactive", seconds: float = PATIENCE) -> AnyLink:
        """A connection, opened if need be."""
        now = monotonic()
        link = self.pool.take(now, now + seconds, lane)
        if link is None:
            link = self.pool.make()
            link.open(now + seconds, seconds)
        return link

    def give(self, link: AnyLink, used: float | None = None) -> None:
        """Bring it back, good."""
        self.pool.give(link, monotonic() if used is None else used)

    @property
    def waiting(self) -> int:
        """The requests in the queue."""
        return sum(map(len, self.pool._waiting.values()))


@pytest.fixture
def _lasting_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wish holds until it is granted, however seldom who has it comes to say so again."""
    monkeypatch.setattr(module, "_WANTED", PATIENCE)


def _later(work: Callable[[], AnyLink], borrower: Borrower) -> Future[AnyLink]:
    """What `work` gives in another thread, which stands in the queue when this returns."""
    future: Future[AnyLink] = Future()
    before = borrower.waiting

    def run() -> None:
        try:
            future.set_result(work())
        except Busy as busy:
            future.set_exception(busy)

    threading.Thread(target=run, daemon=True).start()
    eventually(lambda: borrower.waiting > before)
    return future


def test_the_last_used_is_lent_first() -> None:
    """What is warm is used; what is cold may become old enough to be closed."""
    borrower = Borrower(3)
    first, second, third = (borrower.take() for _ in range(3))
    for link in (second, third, first):
        borrower.give(link)
    assert [borrower.take(), borrower.take(), borrower.take()] == [first, third, second]


def test_the_queue_is_served_in_its_order() -> None:
    """Who came first goes first."""
    borrower = Borrower(1)
    link = borrower.take()
    one, two = _later(borrower.take, borrower), _later(borrower.take, borrower)
    borrower.give(link)
    assert one.result(PATIENCE) is link
    assert not two.done()
    borrower.give(link)
    assert two.result(PATIENCE) is link


def test_a_lease_is_handed_on_where_a_connection_was_lost() -> None:
    """A broken connection's lease goes to whoever waits, who opens a new one."""
    borrower = Borrower(1)
    link = borrower.take()
    waiter = _later(borrower.take, borrower)
    borrower.pool.discard(link)
    assert waiter.result(PATIENCE) is not link
    assert borrower.board.held() == (1, 1)
    assert borrower.host.open == 1


def test_a_full_queue_ends_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer than the queue's time, however long his own is."""
    borrower = Borrower(1)
    borrower.take()
    monkeypatch.setattr(module, "QUEUE", 0.02)
    with pytest.raises(Busy):
        borrower.take()
    assert borrower.waiting == 0


class _Deaf(threading.Event):
    """An event that a waiter never hears; something happens each time that he listens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        self._meanwhile()
        return False


def _deafen(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """Every waiter's time is over when he looks, and `meanwhile` happens between the end of it and that look."""

    class Late(module._Waiter):
        def __init__(self, lane: Lane) -> None:
            super().__init__(lane)
            self.woken = _Deaf(meanwhile)

    monkeypatch.setattr(module, "_Waiter", Late)
    monkeypatch.setattr(module, "QUEUE", -1.0)


@pytest.mark.parametrize("lane", ["interactive", "background"])
def test_a_gift_of_the_last_moment_reaches_the_waiter(monkeypatch: pytest.MonkeyPatch, lane: Lane) -> None:
    """A connection that is handed over in the moment in which the waiter's time ends is his."""
    borrower = Borrower(1)
    link = borrower.take()
    _deafen(monkeypatch, lambda: borrower.give(link))
    assert borrower.take(lane) is link
    assert borrower.waiting == 0


def test_a_lease_of_the_last_moment_reaches_the_waiter(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is the lease of one that broke."""
    borrower = Borrower(1)
    link = borrower.take()
    _deafen(monkeypatch, lambda: borrower.pool.discard(link))
    assert borrower.take() is not link
    assert borrower.board.held() == (1, 1)


def test_a_waiter_that_has_left_is_handed_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes back after the waiter's time rests in the pool."""
    borrower = Borrower(1)
    link = borrower.take()
    _deafen(monkeypatch, lambda: None)
    with pytest.raises(Busy):
        borrower.take()
    borrower.give(link)
    assert borrower.pool._resting == [link]
    assert borrower.take() is link


def test_people_before_the_background() -> None:
    """An interactive request overtakes one in the background, also where both wait for a lease of another process."""
    board = Board(2)
    other, borrower = Borrower(1, 1, board), Borrower(1, 1, board)
    link = other.take()
    slow = _later(lambda: borrower.take("background"), borrower)
    quick = _later(borrower.take, borrower)
    other.pool.discard(link)
    got = quick.result(PATIENCE)
    assert not slow.done()
    borrower.give(got)
    assert slow.result(PATIENCE) is got


def test_the_background_has_half() -> None:
    """Work in the background leaves half of the connections to people, and one waits in vain while it is full."""
    borrower = Borrower(4)
    first = borrower.take("background")
    borrower.take("background")
    third = _later(lambda: borrower.take("background"), borrower)
    people = [borrower.take(), borrower.take()]
    assert borrower.board.held() == (4, 4)
    borrower.give(people[0])
    assert not third.done()
    borrower.give(first)
    borrower.pool.leave("background")
    assert third.result(PATIENCE) in {first, people[0]}


def test_the_background_has_half_over_all_processes() -> None:
    """Two processes do not have half each."""
    board = Board(2)
    one, two = Borrower(4, 2, board), Borrower(4, 2, board)
    one.take("background")
    one.take("background")
    with pytest.raises(Busy):
        two.take("background", seconds=0.02)
    two.take()


def test_the_background_is_served_where_there_is_one_connection() -> None:
    """Half of one is one: an export is not starved for ever."""
    borrower = Borrower(1)
    link = borrower.take("background")
    borrower.give(link)
    borrower.pool.leave("background")
    assert borrower.take("background") is link


def test_the_background_that_gets_nothing_is_not_counted() -> None:
    """A request in the background that found no connection leaves no trace in the count of the lane."""
    borrower = Borrower(2)
    people = [borrower.take(), borrower.take()]
    with pytest.raises(Busy):
        borrower.take("background", seconds=0.02)
    borrower.give(people[0])
    assert borrower.take("background") is people[0]


def test_flushing_closes_what_rests_and_what_comes_back() -> None:
    """A flush reaches every connection that was open, and hands their leases to whoever waits."""
    borrower = Borrower(2)
    lent, resting = borrower.take(), borrower.take()
    borrower.give(resting)
    borrower.pool.flush()
    assert borrower.host.closed == [resting.connection]
    again = borrower.take()
    waiter = _later(borrower.take, borrower)
    borrower.give(lent)
    assert borrower.host.closed == [resting.connection, lent.connection]
    assert waiter.result(PATIENCE).connection not in borrower.host.closed
    borrower.give(again)
    assert again.connection not in borrower.host.closed


def test_a_crowd_in_one_process_keeps_its_connections() -> None:
    """A process that alone uses more than its share does not close connections for its own waiters' sake."""
    borrower = Borrower(4, share=1)
    links = [borrower.take() for _ in range(4)]
    waiter = _later(borrower.take, borrower)
    borrower.give(links[0])
    assert waiter.result(PATIENCE) is links[0]
    assert not borrower.host.closed


@pytest.mark.usefixtures("_lasting_wishes")
def test_who_has_too_much_yields_to_who_has_nothing() -> None:
    """A connection that comes back is closed for a process that holds less than its share and waits; others are kept."""
    board = Board(2)
    rich, poor = Borrower(4, 2, board), Borrower(4, 2, board)
    links = [rich.take() for _ in range(4)]
    waiter = _later(poor.take, poor)
    for link in links:
        eventually(lambda: waiter.done() or board.read(OWED_UNTIL) > monotonic())
        rich.give(link)
        if link is links[0]:
            waiter.result(PATIENCE)
    assert len(rich.host.closed) == 1
    assert board.held() == (4, 4)


def test_two_that_have_their_share_leave_each_other_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections do not change hands between processes that both have too few: each change is a log-in."""
    turned = 0.0
    monkeypatch.setattr(module, "monotonic", lambda: monotonic() + turned)
    board = Board(2)
    one, two = Borrower(3, 1, board), Borrower(3, 1, board)
    links = [one.take(), one.take()]
    two.take()
    waiter = _later(two.take, two)
    for link in links:
        one.give(link)
        assert one.take() is link
    turned = PATIENCE  # the waiter's time is over
    assert isinstance(waiter.exception(PATIENCE), Busy)
    assert not one.host.closed


@pytest.mark.usefixtures("_lasting_wishes")
def test_what_nobody_uses_is_given_to_who_waits() -> None:
    """Connections that rest are others', even if those have their share already."""
    board = Board(2)
    idle, busy = Borrower(3, 1, board), Borrower(3, 1, board)
    links = [idle.take(), idle.take()]
    for link in links:
        idle.give(link, used=monotonic() - 10)
    busy.take()
    waiter = _later(busy.take, busy)
    eventually(lambda: board.read(WANTED_UNTIL) > monotonic())
    idle.pool.tidy(monotonic())
    waiter.result(PATIENCE)
    idle.pool.tidy(monotonic())
    assert idle.host.closed == [links[0].connection]


def test_a_full_process_takes_no_more_while_another_is_owed() -> None:
    """What one process gives back for another that waits is not taken by a third that has its share."""
    board = Board(3)
    full, third = Borrower(2, 1, board), Borrower(2, 1, board)
    links = [full.take(), full.take()]
    board.want(monotonic() + PATIENCE, owed=True)
    full.give(links[0])
    assert full.host.closed == [links[0].connection]
    with pytest.raises(Busy):
        full.take(seconds=0.02)
    assert third.take()


@pytest.mark.usefixtures("_lasting_wishes")
def test_fewer_connections_than_processes() -> None:
    """Where a process's share is nothing, the connection goes round: who rests on it gives it up."""
    board = Board(4)
    one, two = Borrower(1, 0, board), Borrower(1, 0, board)
    for giver, taker in ((one, two), (two, one)) * 3:
        link = giver.take()
        waiter = _later(taker.take, taker)
        eventually(lambda: board.read(OWED_UNTIL) > monotonic())
        giver.give(link)
        taker.pool.discard(waiter.result(PATIENCE))
    assert board.held() == (0, 0)


def test_processes_never_have_more_together_than_agreed() -> None:
    """Four processes with four threads each keep to three connections, also when one of them is killed on the way."""
    board, ready = Board(4), Flag()
    over = Board(1)  # a board of its own counts the sessions: the row of a killed process would be cleared on the first

    def storm() -> bool:
        over.forked()
        borrower = Borrower(3, 0, board)
        ready.say()

        def use(_: int) -> bool:
            try:
                link = borrower.take()
            except Busy:
                return True
            good = over.grant(3)
            over.release()
            borrower.pool.discard(link)
            return good

        with ThreadPoolExecutor(4) as crowd:
            return all(crowd.map(use, range(60)))

    def hold() -> None:
        borrower = Borrower(3, 0, board)
        borrower.take()
        ready.say()
        threading.Event().wait(60)

    doomed = Child(hold, board)
    ready.hear()
    children = [Child(storm, board) for _ in range(3)]
    for _ in children:
        ready.hear()
    assert board.held()[1] <= 3
    doomed.kill()
    assert all(child.good() for child in children)
    assert board.held() == (0, 0)
    assert all(board.grant(3) for _ in range(3))


@pytest.mark.parametrize("seed", range(4))
def test_a_storm_loses_no_lease(seed: int) -> None:
    """After whatever many threads did, as many leases are held as connections are open, and as many rest."""
    borrower = Borrower(3)

    def live(number: int) -> None:
        random = Random(seed * 100 + number)
        for _ in range(40):
            lane: Lane = random.choice(("interactive", "background"))
            try:
                link = borrower.take(lane, random.choice((0.001, 0.01, PATIENCE)))
            except Busy:
                continue
            random.choice((borrower.give, borrower.give, borrower.pool.discard))(link)
            borrower.pool.leave(lane)
            if random.random() < 0.05:
                borrower.pool.flush()

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(live, range(8)))
    assert borrower.host.most_open <= 3
    assert borrower.board.held()[0] == borrower.pool.held == borrower.host.open == len(borrower.pool._resting)
    assert borrower.board.enter(1)  # nobody is in the background any more
