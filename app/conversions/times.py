"""Times of day in digits: HHMMSS and its kin, and seconds since midnight.

In charge of their stored forms. It must not know days or zones: what 24:00:00 means for a day is decided where the two
are put together.

0 is midnight, not null, unless the option `nulls` says so. 240000 is `24:00:00`, the end of the day, apart from `00:00:00`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from app.conversions.base import BadValue, Binding, Conversion, DataIssue, Entry
from app.conversions.digits import NUMERIC, Digits, Layout
from app.conversions.moments import END_OF_DAY, NOT_A_TIME, parse_time

LAYOUTS: Final = (
    Layout("hhmmss", "93005 is 09:30:05; 0 is midnight.", (999999, 888888)),
    Layout("hhmm", "930 is 09:30:00; 0 is midnight.", (9999, 8888)),
    Layout("hhmmsshh", "With hundredths of a second: 9300512 is 09:30:05.120; 0 is midnight.",
           (99999999, 88888888, 999999, 888888)),
)  # fmt: skip
SECONDS: Final = Layout("seconds", "Seconds since midnight: 34205 is 09:30:05; 0 is midnight.", (99999,), NUMERIC)

FRACTION: Final = r"(\.\d{3}(\d{3})?)?"
"""The pattern of a fraction of a second, as moments spells it."""
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d"


class TimeConversion(Conversion):
    """What all times of day share: the spelling of the value."""

    memo = True
    fraction: ClassVar[str] = ""  # the pattern of a fraction of a second, if the stored form has one

    def parse(self, text: str) -> str:
        """The time, with seconds."""
        return parse_time(text)

    @property
    def schema(self) -> dict[str, Any]:
        """A local time. No `format`: RFC 3339's full-time needs an offset, and ends at 23:59:60."""
        return {"type": "string", "pattern": f"^({_CLOCK}{self.fraction}|24:00:00)$", "example": "09:30:05"}


class DigitTime(Digits, TimeConversion):
    """A time of day in pairs of digits: hour, minute, and where the layout has them second and hundredth."""

    wrong = NOT_A_TIME

    def __init__(self, layout: Layout, binding: Binding) -> None:
        super().__init__(layout, binding)
        if len(layout.name) == 8:
            self.fraction = r"(\.\d{3})?"  # type: ignore[misc]  # one class serves all the rows of a table of layouts

    def _value(self, digits: str) -> str:
        clock, hundredth = digits[:6].ljust(6, "0"), digits[6:]
        hour, minute, second = clock[:2], clock[2:4], clock[4:]
        if hour == "24" and int(digits[2:]) == 0:
            return END_OF_DAY
        if hour > "23" or minute > "59" or second > "59":
            raise DataIssue(NOT_A_TIME)
        return f"{hour}:{minute}:{second}" + (f".{hundredth}0" if hundredth.strip("0") else "")

    def _digits(self, value: Any) -> str:
        digits = parse_time(value).replace(":", "").replace(".", "").ljust(12, "0")
        if digits[self.column.width :].strip("0"):
            raise BadValue(
                f"a time of whole {('minutes', 'seconds', 'hundredths of a second')[self.column.width // 2 - 2]}"
            )
        return digits[: self.column.width]


class Seconds(Digits, TimeConversion):
    """A time of day as seconds since midnight, up to 86400."""

    wrong = NOT_A_TIME

    def __init__(self, binding: Binding) -> None:
        super().__init__(SECONDS, binding)

    def _value(self, digits: str) -> str:
        count = int(digits)
        if count > 86400:
            raise DataIssue(NOT_A_TIME)
        return f"{count // 3600:02}:{count // 60 % 60:02}:{count % 60:02}"

    def _digits(self, value: Any) -> str:
        text = parse_time(value)
        if len(text) > 8:
            raise BadValue("a time of whole seconds")
        hour, minute, second = map(int, text.split(":"))
        return str(hour * 3600 + minute * 60 + second)


def _entry(layout: Layout) -> Entry:
    return Entry(
        name=layout.name,
        summary=layout.described,
        types=("time",),
        bind=lambda binding: DigitTime(layout, binding),
        bases=layout.bases,
    )


ENTRIES: Final[tuple[Entry, ...]] = (
    *map(_entry, LAYOUTS),
    Entry(SECONDS.name, SECONDS.described, ("time",), Seconds, bases=SECONDS.bases),
)
