"""Text that stands for a quantity: durations, sizes, dates, times of day, time zones.

In charge of their spellings. It must not know which word takes which.
"""

from __future__ import annotations

import re
from datetime import date, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from app.shapes import Parsed, nearest

_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES: Final = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}


def seconds(text: str) -> float:
    """`500ms` is 0.5. Raises ValueError for nothing at all: a wait of no time cannot be meant."""
    return _quantity(text, _SECONDS)


def number_of_bytes(text: str) -> int:
    """`64MB` is 67,108,864: a KB has 1,024 bytes. Raises ValueError for nothing at all."""
    return int(_quantity(text, _BYTES))


def clock(text: str) -> time:
    """`02:30`, a time of day. Raises ValueError, whose text says how midnight is written at the end of a day."""
    if text == "24:00":
        raise ValueError("the midnight that ends a day is the next day's 00:00")
    return time.fromisoformat(text)


def zone(text: str) -> str:
    """The name of an IANA time zone. Raises ValueError with the nearest name."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(nearest(text, available_timezones())) from None
    return text


def _quantity(text: str, units: dict[str, float] | dict[str, int]) -> float:
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]+)", text).groups()  # type: ignore[union-attr]  # the shape matched it
    if not float(number):
        raise ValueError("it must be more than nothing")
    return float(number) * units[unit]


DURATION: Final = Parsed(
    "a time with its unit: 500ms, 5s, 1m, 8h, 1d", seconds, r"[0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h|d)"
)
SIZE: Final = Parsed("a size with its unit: 512KB, 64MB, 1GB", number_of_bytes, r"[0-9]{1,9}(\.[0-9]{1,3})?(KB|MB|GB)")
DATE: Final = Parsed("a date: 2026-01-31", date.fromisoformat, r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CLOCK: Final = Parsed("a time of day: 02:00, 23:59", clock, r"[0-9]{2}:[0-9]{2}")
ZONE: Final = Parsed("an IANA time zone: America/Detroit", zone)
