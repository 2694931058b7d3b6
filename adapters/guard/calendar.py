"""Quiet windows: when a source is left alone, and until when.

In charge of local times, the days of the week and nights over midnight. It is the one part of the guard that reads the wall
clock: windows are what people agreed on, and everything else is a duration.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from adapters.port import Window

_LONG_ENOUGH: Final = dt.timedelta(days=8)  # to say of a source that is always quiet
_CHECKED_EVERY: Final = 1.0  # seconds for which an answer holds: windows are given in minutes


@dataclass(frozen=True, slots=True)
class Nap:
    """The window that is on, when the first of those that overlap it began, and when the last of them ends."""

    window: Window
    since: dt.datetime
    until: dt.datetime


def nap(windows: Sequence[Window], now: dt.datetime) -> Nap | None:
    """The quiet window that holds the moment `now` (with a zone), or None. Windows that touch or overlap are one."""
    holding = [each for each in (_holding(window, now) for window in windows) if each]
    if not holding:
        return None
    found = replace(holding[0], since=_begun(windows, min(each.since for each in holding)))
    while True:
        later = (_holding(window, found.until) for window in windows)
        further = next((each for each in later if each and each.until > found.until), None)
        if further is None or further.until - now > _LONG_ENOUGH:
            return found
        found = replace(found, until=further.until)


def _begun(windows: Sequence[Window], since: dt.datetime) -> dt.datetime:
    """When the quiet that lasts since then began: windows before it may touch it."""
    first = since
    while first - since > -_LONG_ENOUGH:
        before = (_holding(window, first - dt.timedelta(microseconds=1)) for window in windows)
        earlier = [each.since for each in before if each and each.since < first]
        if not earlier:
            break
        first = min(earlier)
    return first


def _holding(window: Window, now: dt.datetime) -> Nap | None:
    """The window if it is on: it may have begun yesterday."""
    for begun in (now.date(), now.date() - dt.timedelta(days=1)):
        if begun.weekday() not in window.days:
            continue
        over_midnight = window.ends <= window.starts
        ended = begun + dt.timedelta(days=1) if over_midnight else begun
        start = dt.datetime.combine(begun, window.starts, now.tzinfo)
        end = dt.datetime.combine(ended, window.ends, now.tzinfo)
        if (
            start <= now < end
        ):  # as the clock on the wall shows them: what it skips is no time, what it repeats is one twice
            return Nap(window, start, end.replace(fold=now.fold))
    return None


class Calendar:
    """A source's quiet windows, asked before every statement."""

    def __init__(
        self, windows: Sequence[Window], timezone: str, wall: Callable[[ZoneInfo], dt.datetime] = dt.datetime.now
    ) -> None:
        self._windows, self._zone, self._wall = windows, ZoneInfo(timezone), wall
        self._known: Nap | None = None
        self._checked = float("-inf")

    def nap(self, now: float) -> Nap | None:
        """The quiet window that is on at `now` of the monotonic clock, or None; true to the second."""
        if not self._windows:
            return None
        if now - self._checked >= _CHECKED_EVERY:
            self._known = nap(self._windows, self._wall(self._zone))
            self._checked = now
        return self._known

    def seconds_since(self, moment: dt.datetime) -> float:
        """The seconds from a moment until now."""
        return max(0.0, (self._wall(self._zone).astimezone(dt.UTC) - moment.astimezone(dt.UTC)).total_seconds())

    def seconds_until(self, moment: dt.datetime) -> float:
        """The seconds from now until a moment, at least one; those of the clock's change included."""
        now = self._wall(self._zone)
        return max(1.0, (moment.astimezone(dt.UTC) - now.astimezone(dt.UTC)).total_seconds())

    def today(self) -> int:
        """The number of the day at the source."""
        return self._wall(self._zone).toordinal()

    def tomorrow(self) -> dt.datetime:
        """The next midnight at the source."""
        return dt.datetime.combine(self._wall(self._zone).date() + dt.timedelta(days=1), dt.time(), self._zone)
