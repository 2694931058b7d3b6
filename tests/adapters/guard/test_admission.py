"""Admission: quiet windows, the day's rows and the room are respected before anybody reaches for a connection."""

from __future__ import annotations

import datetime as dt
import threading
from math import inf
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.guard import Guard, admission, janitor
from adapters.guard.admission import Admission
from adapters.guard.calendar import Calendar
from adapters.port import Busy, Notice, Quiet, Spent, Terms, Window
from tests.adapters.guard.fakes import PATIENCE, Child, Connection, Flag, Host, eventually

DETROIT = ZoneInfo("America/Detroit")
NOON = dt.datetime(2026, 11, 18, 12, tzinfo=DETROIT)
LUNCH = Window(dt.time(12), dt.time(13), reason="nightly backup, by day")


class Wall:
    """The clock on the wall, which a test sets."""

    def __init__(self, now: dt.datetime = NOON) -> None:
        self.now = now

    def __call__(self, zone: ZoneInfo) -> dt.datetime:
        return self.now.astimezone(zone)


def _guard(host: Host, wall: Wall, **terms: Any) -> tuple[Guard, list[Notice]]:
    """A guard whose calendar looks at that clock each time, and what it tells."""
    told: list[Notice] = []
    made = Guard(
        "test", host.driver(), Terms(seconds=PATIENCE, timezone="America/Detroit", notice=told.append, **terms)
    )
    made._admission.calendar = Calendar(terms.get("quiet", ()), "America/Detroit", wall)
    return made, told


def _forget(guarded: Guard) -> None:
    """Look at the clock again at once."""
    guarded._admission.calendar._checked = float("-inf")


def test_nobody_asks_in_a_quiet_window() -> None:
    """No log-in, no ping; the refusal names the end and the contract's words, and after it all is well."""
    host, wall = Host(), Wall()
    guarded, told = _guard(host, wall, quiet=(LUNCH,))
    for _ in range(3):
        with pytest.raises(Quiet) as caught:
            guarded.call(None, Connection.answer)
    assert caught.value.until == NOON.replace(hour=13)
    assert caught.value.reason == LUNCH.reason
    assert caught.value.retry_after == 3600
    health = guarded.health()
    assert (health.state, health.text, health.until, health.quiet_for) == ("quiet", LUNCH.reason, 3600, 0)
    assert host.tried == 0
    wall.now = NOON.replace(hour=13)
    _forget(guarded)
    assert guarded.call(None, Connection.answer)[0] == 0
    assert [notice.event for notice in told] == ["quiet", "awake"]
    guarded.close()


def test_connections_are_closed_when_a_window_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup wants nobody to be there: what rests is closed unasked, what is in use when it comes back."""
    monkeypatch.setattr(janitor, "TIDY", 0.005)
    host, wall = Host(), Wall(NOON.replace(hour=11))
    guarded, _ = _guard(host, wall, quiet=(LUNCH,))
    entered, leave = threading.Event(), threading.Event()

    def stay(connection: Connection) -> int:
        entered.set()
        leave.wait(PATIENCE)
        return connection.number

    guest = threading.Thread(target=guarded.call, args=(None, stay))
    guest.start()
    assert entered.wait(PATIENCE)
    assert guarded.call(None, Connection.answer)[0] == 1
    wall.now = NOON
    _forget(guarded)
    eventually(lambda: host.closed == [host.opened[1]])
    leave.set()
    guest.join(PATIENCE)
    eventually(lambda: host.open == 0)
    eventually(lambda: guarded._board.held() == (0, 0))


def test_the_rows_of_a_day_are_all_processes_and_end_at_midnight() -> None:
    """Spent says when the next day begins at the source; an operator is told once a day, not once a request."""
    host, wall = Host(), Wall(NOON.replace(hour=20))
    guarded, told = _guard(host, wall, rows_per_day=100)
    guarded.charge(60)
    assert guarded.call(None, Connection.answer)[0] == 0
    assert Child(lambda: guarded.charge(40)).good()
    for _ in range(3):
        with pytest.raises(Spent) as caught:
            guarded.call(None, Connection.answer)
    assert caught.value.retry_after == 4 * 3600
    assert [notice.event for notice in told] == ["spent"]
    wall.now = NOON.replace(day=19, hour=0)
    assert guarded.call(None, Connection.answer)[0] == 0
    guarded.charge(100)
    with pytest.raises(Spent):
        guarded.call(None, Connection.answer)
    assert [notice.event for notice in told] == ["spent", "spent"]
    guarded.close()


def test_without_a_budget_nothing_is_counted() -> None:
    """Rows cost nothing where nobody limits them."""
    guarded, _ = _guard(Host(), Wall())
    guarded.charge(10**9)
    assert guarded._board.charged(guarded._admission.calendar.today()) == 0


def test_the_room_of_a_source_that_hangs_is_bounded() -> None:
    """Once nobody has come back for a while, requests beyond it are refused at once, with a word on when to come back."""
    host = Host()
    guarded, _ = _guard(host, Wall(), room=2)
    entered, leave = threading.Semaphore(0), threading.Event()

    def stay(_: Connection) -> None:
        entered.release()
        leave.wait(PATIENCE)

    guests = [threading.Thread(target=guarded.call, args=(None, stay)) for _ in range(2)]
    for guest in guests:
        guest.start()
        assert entered.acquire(timeout=PATIENCE)
    guarded._admission._vouched -= 2 * admission.PATIENCE
    with pytest.raises(Busy) as caught:
        guarded.call(None, Connection.answer)
    assert caught.value.retry_after == 1.0
    leave.set()
    for guest in guests:
        guest.join(PATIENCE)
    assert guarded.call(None, Connection.answer)[0] in {0, 1}
    guarded.close()


def test_a_full_room_that_moves_refuses_nobody() -> None:
    """A source that answers quickly may have every thread: also the first crowd after a long rest."""
    door = _guard(Host(), Wall(), room=2)[0]._admission
    for moment in (100.0, 100.0, 100.1, 100.2):
        door.enter(moment)
    door.leave(100.3, took=0.2)
    for moment in (100.4, 100.3 + admission.PATIENCE):
        door.enter(moment)
    with pytest.raises(Busy):
        door.enter(100.4 + admission.PATIENCE)


def test_slow_answers_and_refusals_vouch_for_nothing() -> None:
    """A source at two seconds an answer keeps its room, and so does one whose queue is left in vain."""
    door = _guard(Host(), Wall(), room=2)[0]._admission
    for moment in (100.0, 100.1, 100.2):
        door.enter(moment)
    door.leave(102.0, took=2.0)
    door.leave(102.0, took=inf)
    door.enter(102.0)
    with pytest.raises(Busy):
        door.enter(102.0)


def test_who_was_refused_leaves_the_room() -> None:
    """Every way out is counted, whatever the reason."""
    guarded, _ = _guard(Host(), Wall(), room=1, quiet=(LUNCH,))
    for _ in range(3):
        with pytest.raises(Quiet):
            guarded.call(None, Connection.answer)
    assert guarded._admission._inside == 0


def test_health_knows_what_was_tried() -> None:
    """Untried until a log-in was accepted, in whichever process."""
    host = Host()
    guarded, _ = _guard(host, Wall(), workers=2)
    assert guarded.health().state == "untried"
    assert Child(lambda: guarded.call(None, Connection.answer)).good()
    health = guarded.health()
    assert (health.state, health.connections, health.abandoned, health.exhausted) == ("ok", 0, 0, False)


def test_health_knows_of_all_processes_what_they_share() -> None:
    """The connections that a living child holds, and the rows that it has read today; none of one that was killed."""
    holding = Flag()
    guarded, _ = _guard(Host(), Wall(), workers=2, rows_per_day=100)

    def hold() -> None:
        guarded.call(None, Connection.answer)
        guarded.charge(7)
        holding.say()
        Flag().hear()

    child = Child(hold)
    holding.hear()
    health = guarded.health()
    assert (health.connections, health.leased, health.rows_today) == (0, 1, 7)
    child.kill()
    health = guarded.health()
    assert (health.leased, health.rows_today) == (0, 7)


def test_admission_asks_in_the_order_of_what_lasts_longest() -> None:
    """Who is both in a quiet window and out of rows is told of the window."""
    guarded, _ = _guard(Host(), Wall(), quiet=(LUNCH,), rows_per_day=1)
    guarded.charge(1)
    admission: Admission = guarded._admission
    with pytest.raises(Quiet):
        admission.check(monotonic(), 0)
