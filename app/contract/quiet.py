"""Quiet windows: the hours in which a source is left alone.

In charge of their words in gateway.yaml, of how long they last, and of a source that would never be awake. It must not know who
keeps to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import Any, Final

from adapters.port import Window
from app.contract.quantities import CLOCK
from app.contract.words import LINE
from app.shapes import Choice, Listing, Record, Word

_DAYS: Final[Mapping[str, tuple[str, Sequence[int]]]] = {
    "all": ("Every day.", range(7)),
    "workdays": ("Monday to Friday.", range(5)),
    "weekends": ("Saturday and Sunday.", (5, 6)),
    "mon": ("Monday.", (0,)),
    "tue": ("Tuesday.", (1,)),
    "wed": ("Wednesday.", (2,)),
    "thu": ("Thursday.", (3,)),
    "fri": ("Friday.", (4,)),
    "sat": ("Saturday.", (5,)),
    "sun": ("Sunday.", (6,)),
}  # word -> what it means, and its days: Monday is 0, as in `Window`
_MINUTES_OF_HOUR: Final = 60
_MINUTES_OF_DAY: Final = 24 * _MINUTES_OF_HOUR
_MINUTES_OF_WEEK: Final = 7 * _MINUTES_OF_DAY

WINDOW: Final = Record(
    {
        "from": Choice(CLOCK, "When it starts, in local time of the source.", required=True),
        "to": Choice(
            CLOCK,
            "When it ends: on the next day where that is not after `from`, so that equal times are a whole day.",
            required=True,
        ),
        "days": Choice(
            Listing(Word({word: help_ for word, (help_, _) in _DAYS.items()}), minimum=1, single=True, unique=True),
            "The days on which it starts. Left out: all.",
        ),
        "reason": Choice(LINE, "Why; callers are told."),
    },
    "a quiet window",
)
WINDOWS: Final = Listing(WINDOW, minimum=1)


def windows(words: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    """The windows of checked words."""
    return tuple(
        Window(said["from"], said["to"], _days(said.get("days", ["all"])), said.get("reason", "")) for said in words
    )


def ever_awake(found: Iterable[Window]) -> bool:
    """Whether the windows leave a minute of the week."""
    return len({minute for window in found for minute in _minutes(window)}) < _MINUTES_OF_WEEK


def longest(found: Iterable[Window]) -> float:
    """The seconds of the longest quiet, where a clock that is set back makes an hour of it two; 0 without a window."""
    quiet = {minute for window in found for minute in _minutes(window)}
    most = run = 0
    for minute in range(2 * _MINUTES_OF_WEEK):  # twice: one quiet may last from Sunday into Monday
        run = run + 1 if minute % _MINUTES_OF_WEEK in quiet else 0
        most = max(most, run)
    return 60.0 * (most + _MINUTES_OF_HOUR) if quiet else 0.0


def _days(words: Iterable[str]) -> frozenset[int]:
    return frozenset(day for word in words for day in _DAYS[word][1])


def _minutes(window: Window) -> Iterable[int]:
    """The minutes of the week in a window, counted from Monday's midnight."""
    length = (_minute(window.ends) - _minute(window.starts)) % _MINUTES_OF_DAY or _MINUTES_OF_DAY
    for day in window.days:
        start = day * _MINUTES_OF_DAY + _minute(window.starts)
        yield from (minute % _MINUTES_OF_WEEK for minute in range(start, start + length))


def _minute(moment: time) -> int:
    return moment.hour * _MINUTES_OF_HOUR + moment.minute
