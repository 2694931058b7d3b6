"""Dates and times as text with a format: `29.02.2024`, `2024-02-29 09:30:05.123`.

In charge of the formats: which directives there are, how each is read and written, and whether a format sorts as time does.
It must not know columns, sentinels or zones.

The directives are strftime's; reading is as strict as writing, so that a filter finds what was read. `%d` is two digits,
`%-d` one or two without a leading zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.conversions.base import BadOption, DataIssue
from app.shapes import nearest

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: the part of a moment that it is, its place in time's order, and how it is written and read."""

    part: str
    help: str
    rank: int
    write: Callable[[datetime], str]
    width: int = 2  # digits; 0: not fixed, so that text does not sort as time
    pattern: str = ""
    words: tuple[str, ...] = ()

    @property
    def regex(self) -> str:
        """What it matches."""
        return "|".join(self.words) or self.pattern or rf"\d{{{self.width}}}"

    def number(self, text: str) -> int:
        """What matched text says."""
        return self.words.index(text) + 1 if self.words else int(text)


DIRECTIVES: Final[Mapping[str, Directive]] = {
    "%Y": Directive("year", "year, four digits", 0, lambda at: f"{at.year:04}", 4),
    "%y": Directive("short", "year, two digits; see `window`", 0, lambda at: f"{at.year % 100:02}"),
    "%m": Directive("month", "month, 01 to 12", 1, lambda at: f"{at.month:02}"),
    "%-m": Directive("month", "month, 1 to 12", 1, lambda at: f"{at.month}", 0, r"[1-9]\d?"),
    "%b": Directive("month", "month, Jan to Dec", 1, lambda at: _MONTHS[at.month - 1], 0, words=_MONTHS),
    "%^b": Directive("month", "month, JAN to DEC", 1, lambda at: _MONTHS[at.month - 1].upper(), 0,
                     words=tuple(map(str.upper, _MONTHS))),
    "%d": Directive("day", "day, 01 to 31", 2, lambda at: f"{at.day:02}"),
    "%-d": Directive("day", "day, 1 to 31", 2, lambda at: f"{at.day}", 0, r"[1-9]\d?"),
    "%j": Directive("ordinal", "day of the year, 001 to 366", 1, lambda at: f"{at.timetuple().tm_yday:03}", 3),
    "%H": Directive("hour", "hour, 00 to 23", 3, lambda at: f"{at.hour:02}"),
    "%M": Directive("minute", "minute", 4, lambda at: f"{at.minute:02}"),
    "%S": Directive("second", "second", 5, lambda at: f"{at.second:02}"),
    "%f": Directive("microsecond", "fraction of a second, six digits", 6, lambda at: f"{at.microsecond:06}", 6),
    "%3f": Directive("millisecond", "fraction of a second, three digits", 6,
                     lambda at: f"{at.microsecond // 1000:03}", 3),
}  # fmt: skip
_DATE_PARTS = frozenset({"year", "short", "month", "day", "ordinal"})
_TOKEN = re.compile(r"%(?:-.|\^.|3f|.)?|[^%]+", re.DOTALL)


@dataclass(frozen=True)
class Pattern:
    """A compiled format. `read` gives the numbers of a text by part; `write` gives the text of a moment."""

    form: str
    tokens: tuple[Directive | str, ...] = field(init=False)
    regex: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        tokens = tuple(map(self._token, _TOKEN.findall(self.form)))
        parts = [token.part for token in tokens if isinstance(token, Directive)]
        if len(set(parts)) < len(parts):
            raise BadOption(f"format: {self.form!r} says the same part twice")
        object.__setattr__(self, "tokens", tokens)
        object.__setattr__(self, "regex", re.compile("".join(map(_group, tokens)), re.ASCII))

    @property
    def directives(self) -> tuple[Directive, ...]:
        """The directives, in order."""
        return tuple(token for token in self.tokens if isinstance(token, Directive))

    @property
    def parts(self) -> frozenset[str]:
        """The parts that it says."""
        return frozenset(directive.part for directive in self.directives)

    @property
    def sorts(self) -> bool:
        """Whether text order is the moments' order; a two-digit year is taken to start at a full century."""
        ranks = [directive.rank for directive in self.directives]
        return all(directive.width for directive in self.directives) and ranks == sorted(ranks)

    def read(self, text: str, issue: str) -> dict[str, int]:
        """The numbers of a text, by part. Raises DataIssue `issue`."""
        match = self.regex.fullmatch(text)
        if match is None:
            raise DataIssue(issue)
        return {directive.part: directive.number(match[directive.part]) for directive in self.directives}

    def write(self, moment: datetime) -> str:
        """The text of a moment."""
        return "".join(token.write(moment) if isinstance(token, Directive) else token for token in self.tokens)

    def filled(self, digit: str) -> str:
        """The text with one digit in all places (`00.00.0000`), which often stands for no date; empty if not all are fixed."""
        if not all(directive.width for directive in self.directives):
            return ""
        return "".join(digit * token.width if isinstance(token, Directive) else token for token in self.tokens)

    @property
    def end_of_day(self) -> str:
        """The text of 24:00, for a format that says a time of day."""
        texts = (token if isinstance(token, str) else "0" * token.width for token in self.tokens)
        hours = (isinstance(token, Directive) and token.part == "hour" for token in self.tokens)
        return "".join("24" if hour else text for text, hour in zip(texts, hours, strict=True))

    def need(self, *, day: bool, clock: bool) -> None:
        """Raise BadOption unless the format says a day, a time of day, or both, and nothing more."""
        if day:
            _need_day(self.form, self.parts)
        elif self.parts & _DATE_PARTS:
            raise BadOption(
                f"format: {self.form!r} says a date, but the field is a time", 'a format such as "%H:%M:%S"'
            )
        if clock:
            _need_clock(self.form, self.parts)
        elif self.parts - _DATE_PARTS:
            raise BadOption(
                f"format: {self.form!r} says a time, but the field is a date", 'a format such as "%d.%m.%Y"'
            )

    def _token(self, text: str) -> Directive | str:
        if not text.startswith("%"):
            return text
        if text == "%%":
            return "%"
        if text not in DIRECTIVES:
            raise BadOption(f"format: {self.form!r} has no directive {text!r}", _known(text))
        return DIRECTIVES[text]


def _known(text: str) -> str:
    return nearest(text, DIRECTIVES) or f"known: {', '.join(DIRECTIVES)}"


def _group(token: Directive | str) -> str:
    return f"(?P<{token.part}>{token.regex})" if isinstance(token, Directive) else re.escape(token)


def _need_day(form: str, parts: frozenset[str]) -> None:
    if not parts & {"year", "short"}:
        raise BadOption(f"format: {form!r} has no year", 'a format such as "%d.%m.%Y"')
    if len(parts & {"year", "short"}) == 2:
        raise BadOption(f"format: {form!r} says the year twice", "%Y or %y")
    if parts & {"month", "day", "ordinal"} not in ({"month", "day"}, {"ordinal"}):
        raise BadOption(
            f"format: {form!r} does not name a day", "month and day, or the day of the year: %Y-%m-%d, %Y%j"
        )


def _need_clock(form: str, parts: frozenset[str]) -> None:
    chain: Sequence[frozenset[str]] = (
        frozenset({"hour"}), frozenset({"minute"}), frozenset({"second"}), frozenset({"microsecond", "millisecond"}),
    )  # fmt: skip
    said = [bool(parts & step) for step in chain]
    if not said[0] or said != sorted(said, reverse=True) or parts >= chain[3]:
        raise BadOption(
            f"format: {form!r} does not name a time of day", 'hour first: "%H:%M", "%H:%M:%S", "%H:%M:%S.%f"'
        )
