"""How legacy systems keep a value: plain values → what stands in the column.

Written apart from `app.conversions` on purpose: the demo's data must not inherit a mistake of the code that reads it.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

_CODEC = {37: "cp037", 273: "cp273"}
_ZERO = {37: "{}", 273: "äü"}  # the overpunched zero, positive and negative, as its code page shows it


@lru_cache(maxsize=4096)
def cyymmdd(day: date | None) -> int:
    """2026-11-15 → 1261115; the century digit counts from 1900. No date is 0."""
    return (day.year - 1900) * 10000 + day.month * 100 + day.day if day else 0


@lru_cache(maxsize=4096)
def yyyymmdd(day: date | None, missing: int = 0) -> int:
    """2026-11-15 → 20261115."""
    return day.year * 10000 + day.month * 100 + day.day if day else missing


def mmddyy(day: date) -> int:
    """2026-11-05 → 110526; the leading zero of a month is lost."""
    return day.month * 10000 + day.day * 100 + day.year % 100


def cyyddd(day: date) -> int:
    """2026-02-01 → 126032."""
    return (day.year - 1900) * 1000 + day.timetuple().tm_yday


def yyyymm(day: date) -> int:
    """2026-11-05 → 202611."""
    return day.year * 100 + day.month


@lru_cache(maxsize=4096)
def yyww(day: date | None) -> int:
    """2026-11-05 → 2645, the ISO week."""
    if day is None:
        return 0
    year, week, _ = day.isocalendar()
    return year % 100 * 100 + week


def hhmmss(moment: datetime) -> int:
    """09:30:05 → 93005."""
    return moment.hour * 10000 + moment.minute * 100 + moment.second


def packed(value: int, size: int) -> bytes:
    """A packed decimal of `size` bytes: two digits a byte, the last half byte is the sign."""
    return bytes.fromhex(f"{abs(value):0{size * 2 - 1}d}{'D' if value < 0 else 'C'}")


def zoned(value: int, width: int, ccsid: int) -> str:
    """A zoned decimal as text: the sign sits on the last digit (A to I, J to R, and the code page's two zeros)."""
    digits = f"{abs(value):0{width}d}"
    last, negative = int(digits[-1]), value < 0
    sign = _ZERO[ccsid][negative] if last == 0 else chr(ord("J" if negative else "A") + last - 1)
    return digits[:-1] + sign


def edited(hundredths: int, width: int) -> str:
    """-123456 → `1.234,56-`, right-justified."""
    whole, rest = divmod(abs(hundredths), 100)
    grouped = f"{whole:,}".replace(",", ".")
    return f"{grouped},{rest:02d}{'-' if hundredths < 0 else ' '}".rjust(width)


def ebcdic(text: str, width: int, ccsid: int = 273) -> bytes:
    """EBCDIC bytes, padded with X'40'."""
    return text.encode(_CODEC[ccsid])[:width].ljust(width, b"\x40")


def misread(text: str, tag: int, really: int) -> str:
    """What a driver gives for a column whose code page is `really` but whose tag says `tag`."""
    return text.encode(_CODEC[really]).decode(_CODEC[tag])


def char(text: str, width: int) -> str:
    """Blank-padded to `width`; what does not fit is cut, as a move in RPG would."""
    return text[:width].ljust(width)


def right(text: str, width: int) -> str:
    """Right-justified in `width`."""
    return text.rjust(width)


def timestamp(moment: datetime | None) -> str | None:
    """`2026-11-15 06:00:00.000`."""
    return None if moment is None else moment.isoformat(" ", "milliseconds")


def row_version(counter: int) -> bytes:
    """The eight bytes of a rowversion."""
    return counter.to_bytes(8, "big")
