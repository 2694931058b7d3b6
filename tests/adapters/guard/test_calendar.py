"""Quiet windows: local times, nights over midnight, weekdays, and the two nights on which the clock changes."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.guard.calendar import Calendar, nap
from adapters.port import Window

DETROIT = ZoneInfo("America/Detroit")
MIDNIGHT = dt.time(0)


def _window(starts: str, ends: str, days: str = "0123456", reason: str = "") -> Window:
    return Window(dt.time.fromisoformat(starts), dt.time.fromisoformat(ends), frozenset(map(int, days)), reason)


def _at(moment: str, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(moment).replace(tzinfo=DETROIT, fold=fold)


NIGHT, LUNCH = _window("22:00", "04:00"), _window("12:00", "13:00")
WEEKDAYS_NIGHT = _window("22:00", "04:00", "01234")  # Monday's to Friday's, the last until Saturday morning


@pytest.mark.parametrize(
    ("windows", "now", "until"),
    [
        ([], "2026-11-18T12:00", None),
        ([LUNCH], "2026-11-18T11:59:59", None),
        ([LUNCH], "2026-11-18T12:00", "2026-11-18T13:00"),
        ([LUNCH], "2026-11-18T12:59:59", "2026-11-18T13:00"),
        ([LUNCH], "2026-11-18T13:00", None),
        ([NIGHT], "2026-11-18T21:59:59", None),
        ([NIGHT], "2026-11-18T22:00", "2026-11-19T04:00"),
        ([NIGHT], "2026-11-19T03:59:59", "2026-11-19T04:00"),
        ([NIGHT], "2026-11-19T04:00", None),
        ([WEEKDAYS_NIGHT], "2026-11-20T23:00", "2026-11-21T04:00"),  # a Friday
        ([WEEKDAYS_NIGHT], "2026-11-21T03:00", "2026-11-21T04:00"),  # Saturday morning belongs to Friday
        ([WEEKDAYS_NIGHT], "2026-11-21T23:00", None),
        ([WEEKDAYS_NIGHT], "2026-11-23T03:00", None),  # Monday morning belongs to Sunday
        ([LUNCH, _window("12:30", "14:00")], "2026-11-18T12:10", "2026-11-18T14:00"),  # they overlap
        ([LUNCH, _window("13:00", "14:00")], "2026-11-18T12:10", "2026-11-18T14:00"),  # they touch
        ([_window("12:30", "12:40"), LUNCH], "2026-11-18T12:35", "2026-11-18T13:00"),  # one lies in the other
        ([LUNCH, _window("13:01", "14:00")], "2026-11-18T12:10", "2026-11-18T13:00"),
        ([NIGHT, _window("04:00", "05:00", "4")], "2026-11-19T23:00", "2026-11-20T05:00"),  # Friday's alone goes on
        ([NIGHT, _window("04:00", "05:00", "4")], "2026-11-18T23:00", "2026-11-19T04:00"),
        ([_window("08:00", "08:00", "5")], "2026-11-22T07:59", "2026-11-22T08:00"),  # a whole day from eight o'clock
        ([_window("00:00", "00:00", "6")], "2026-11-22T12:00", "2026-11-23T00:00"),  # a Sunday
    ],
)
def test_a_window_holds_from_its_start_to_before_its_end(windows: list[Window], now: str, until: str | None) -> None:
    """The moment, the weekday on which a window began, and neighbours decide."""
    found = nap(windows, _at(now))
    assert (found and found.until) == (until and _at(until))


def test_always_quiet_has_an_end_to_say() -> None:
    """Windows without a gap do not keep the search busy for ever: about a week is said."""
    now = _at("2026-11-18T12:00")
    for windows in ([_window("00:00", "00:00")], [NIGHT, _window("04:00", "22:00")]):
        found = nap(windows, now)
        assert found is not None
        assert dt.timedelta(days=6) < found.until - now <= dt.timedelta(days=8)


def test_the_reason_is_that_of_the_window_that_is_on() -> None:
    """People read why the source is left alone."""
    found = nap(
        [_window("12:00", "13:00", reason="backup"), _window("13:00", "14:00", reason="load")], _at("2026-11-18T12:30")
    )
    assert found is not None
    assert found.window.reason == "backup"


@pytest.mark.parametrize(
    ("starts", "ends", "now", "fold", "minutes"),
    [
        # 8 March 2026, 02:00 EST is followed by 03:00 EDT.
        ("01:30", "04:00", "2026-03-08T01:45", 0, 75),
        ("01:30", "04:00", "2026-03-08T03:15", 0, 45),
        ("22:00", "04:00", "2026-03-07T23:00", 0, 240),
        ("02:15", "02:45", "2026-03-08T01:59", 0, None),  # the clock skips it
        ("02:15", "02:45", "2026-03-08T03:00", 0, None),
        ("02:30", "03:15", "2026-03-08T03:00", 0, 15),
        # 1 November 2026, 02:00 EDT is followed by 01:00 EST.
        ("00:30", "03:00", "2026-11-01T00:45", 0, 195),
        ("00:30", "03:00", "2026-11-01T01:45", 0, 135),
        ("00:30", "03:00", "2026-11-01T01:45", 1, 75),
        ("01:15", "01:45", "2026-11-01T01:30", 0, 15),
        ("01:15", "01:45", "2026-11-01T01:30", 1, 15),  # the clock shows it twice
        ("22:00", "04:00", "2026-10-31T23:00", 0, 360),
    ],
)
def test_the_clocks_change(starts: str, ends: str, now: str, fold: int, minutes: int | None) -> None:
    """A window holds while the clock on the wall shows it, and the seconds until its end are true ones."""
    moment = _at(now, fold)
    found = nap([_window(starts, ends)], moment)
    if minutes is None:
        assert found is None
        return
    assert found is not None
    assert Calendar((), "America/Detroit", lambda _: moment).seconds_until(found.until) == minutes * 60


_TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0))
_WINDOWS = st.lists(st.builds(Window, _TIMES, _TIMES, st.frozensets(st.integers(0, 6))), max_size=4)
_MOMENTS = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1))  # noqa: DTZ001  # the zone is added below


@settings(max_examples=150, deadline=None)
@given(_WINDOWS, _MOMENTS)
def test_a_nap_ends_when_it_says(windows: list[Window], moment: dt.datetime) -> None:
    """Whatever the windows: at the end that a nap names nothing holds any more, unless it is more than a week away."""
    now = moment.replace(tzinfo=DETROIT)
    found = nap(windows, now)
    if found is not None:
        assert found.until > now
        assert nap(windows, found.until) is None or found.until - now > dt.timedelta(days=6)


def test_an_answer_holds_for_a_second() -> None:
    """A crowd does not read the clock for every statement."""
    looked = []

    def wall(zone: ZoneInfo) -> dt.datetime:
        looked.append(zone)
        return _at("2026-11-18T12:30")

    calendar = Calendar([LUNCH], "America/Detroit", wall)
    assert all(calendar.nap(5.0 + step / 10) for step in range(9))
    assert len(looked) == 1
    calendar.nap(6.1)
    assert len(looked) == 2
    assert Calendar([], "UTC", wall).nap(5.0) is None
    assert len(looked) == 2


@pytest.mark.parametrize(
    ("now", "hours"), [("2026-11-18T20:00", 4), ("2026-03-08T00:30", 22.5), ("2026-11-01T00:30", 24.5)]
)
def test_midnight_is_the_zone_s(now: str, hours: float) -> None:
    """A day ends at the source's midnight, after 23, 24 or 25 hours."""
    calendar = Calendar((), "America/Detroit", lambda _: _at(now))
    assert calendar.tomorrow().timetz() == MIDNIGHT.replace(tzinfo=DETROIT)
    assert calendar.seconds_until(calendar.tomorrow()) == hours * 3600
    assert calendar.today() == _at(now).date().toordinal()


@pytest.mark.parametrize(
    ("windows", "now", "since"),
    [
        ([LUNCH], "2026-11-18T12:30", "2026-11-18T12:00"),
        ([NIGHT], "2026-11-19T03:00", "2026-11-18T22:00"),  # over midnight
        ([LUNCH, _window("11:00", "12:30")], "2026-11-18T12:10", "2026-11-18T11:00"),  # they overlap
        ([LUNCH, _window("11:00", "12:00")], "2026-11-18T12:10", "2026-11-18T11:00"),  # they touch
        ([LUNCH, _window("11:00", "11:59")], "2026-11-18T12:10", "2026-11-18T12:00"),
        ([LUNCH, _window("11:00", "12:00", "3")], "2026-11-18T12:10", "2026-11-18T12:00"),  # another day's
        ([NIGHT, _window("20:00", "22:00"), _window("18:30", "20:00")], "2026-11-19T01:00", "2026-11-18T18:30"),
    ],
)
def test_quiet_is_counted_from_the_first_of_its_windows(windows: list[Window], now: str, since: str) -> None:
    """Windows that touch or overlap are one: since its start nothing could be read."""
    found = nap(windows, _at(now))
    assert found is not None
    assert found.since == _at(since)
    seconds = Calendar((), "America/Detroit", lambda _: _at(now)).seconds_since(found.since)
    assert seconds == (_at(now) - _at(since)).total_seconds()


def test_always_quiet_has_a_beginning_to_say() -> None:
    """About a week ago, where there is no gap."""
    now = _at("2026-11-18T12:00")
    found = nap([NIGHT, _window("04:00", "22:00")], now)
    assert found is not None
    assert dt.timedelta(days=7) < now - found.since < dt.timedelta(days=10)
