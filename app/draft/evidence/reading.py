"""A reading: one way to understand a column, and what comes of trying it on a sample.

In charge of the reading as the contract would write it, and of counting what its conversion makes of each distinct value. The
conversions do the decoding; nothing here knows a format. It must not know which reading is better than another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Final

from adapters.port import ColumnType
from app.conversions import registry
from app.conversions.base import ApiType, BadOption, Conversion, Issue
from app.conversions.codes import CODES
from app.draft.evidence.facts import Facts
from app.draft.evidence.hints import Kind

ZONE: Final = "UTC"  # moments are compared with each other alone
USUAL_YEARS: Final = range(1950, 2061)  # business data lies in them; a birthday may not, which then speaks neither way
DATED: Final = frozenset({"date", "datetime", "month", "week"})
_BOUND: Final = 4096  # conversions that are kept: each layout, for each type that a plant's columns have
_WRITTEN: Final = 65_536  # moments that are kept: the columns of a plant have the same days
Test = Callable[[Any], bool]


@dataclass(frozen=True, eq=False)
class Reading:
    """A type and a conversion with its options; the same as no other, so that what is made of it once can be kept.

    `prior` is what speaks for it before anything is counted, in bits; `kinds` are the hints that speak for it. `chance` is how likely
    a value of no such meaning would fit it; None: to be found out. `doubts` are questions that it always leaves. `digits` are how
    many a value has at most, where it is one whole number or blank; 0: it may be something else.
    """

    type: ApiType
    name: str = "native"
    options: Mapping[str, Any] = field(default_factory=dict)
    prior: float = 0.0
    kinds: tuple[Kind, ...] = ()
    chance: float | None = None
    doubts: tuple[str, ...] = ()
    open: bool = False
    digits: int = 0

    @property
    def stored_as(self) -> Any:
        """The plain YAML value; None for the native form, and the shortest spelling elsewhere."""
        if self.name == CODES:
            return dict(self.options)
        if not self.options:
            return None if self.name == "native" else self.name
        short = next((entry.short for entry in registry.ENTRIES if entry.name == self.name and entry.short), None)
        if short is not None and set(self.options) == {short}:
            return {self.name: self.options[short]}
        return {self.name: dict(self.options)}

    @property
    def timed(self) -> bool:
        """Whether its values are moments."""
        return self.type in DATED or self.type == "time"

    @property
    def label(self) -> str:
        """The reading in a word or two, for people."""
        shown = [f"{word} {value}" for word, value in self.options.items() if word not in {"nulls", "blank"}]
        if self.name == CODES:
            return "codes" if self.type == "enum" else "a flag"
        if self.name in {"native", "text"} and not shown:
            return f"a plain {self.type}"
        return " ".join((self.name, *shown))

    def given(self, **options: Any) -> Reading:
        """The reading with more options."""
        return replace(self, options={**self.options, **options})

    def bound(self, *columns: ColumnType) -> Conversion | None:
        """The conversion, or None where it does not serve such columns."""
        return _bound(self, columns)


@lru_cache(_BOUND)
def _bound(reading: Reading, columns: Sequence[ColumnType]) -> Conversion | None:
    """The same for every column of a type: most layouts are tried on every column of a plant."""
    try:
        return registry.bind(reading.type, reading.stored_as, columns, ZONE, reading.open)
    except BadOption:
        return None


@dataclass(frozen=True)
class Trial:
    """What a reading makes of a column: distinct stored values, by what came of them.

    `values` decode; `nulls` mean null; `faults` do not decode, with the code of their issue. NULL is none of them.
    """

    reading: Reading
    conversion: Conversion
    facts: Facts
    values: Mapping[Any, Any]
    nulls: frozenset[Any]
    faults: Mapping[Any, str]

    def rows(self, stored: Any) -> int:
        """The rows that hold any of the stored values."""
        return sum(self.facts.counts[each] for each in stored)

    @cached_property
    def sound(self) -> list[Any]:
        """The stored values that decode to what one would expect to find."""
        if not self.reading.timed:
            return list(self.values)
        return [stored for stored, value in self.values.items() if _meant(self.reading, self.conversion, stored, value)]

    @cached_property
    def years(self) -> tuple[int, int] | None:
        """The first and the last year, of a reading that has years."""
        if self.reading.type not in DATED or not self.values:
            return None
        years = [int(value[:4]) for value in self.values.values()]
        return min(years), max(years)

    @property
    def example(self) -> Any:
        """A value as clients would see it: the most frequent one that says something."""
        found = list(self.values.values())
        return next((value for value in found if str(value).strip("0.- ")), next(iter(found), None))


def attempt(reading: Reading, facts: Facts) -> Trial | None:
    """Try a reading on every distinct value; None where the conversion does not serve such a column."""
    conversion = reading.bound(facts.column.type)
    if conversion is None:
        return None
    values: dict[Any, Any] = {}
    nulls: set[Any] = set()
    faults: dict[Any, str] = {}
    for stored in facts.counts:
        value = conversion.decode(stored)
        if value is None:
            nulls.add(stored)
        elif isinstance(value, Issue):
            faults[stored] = value.code
        else:
            values[stored] = value
    return Trial(reading, conversion, facts, values, frozenset(nulls), faults)


def promising(reading: Reading, facts: Facts, share: float) -> bool:
    """Whether some of the values are enough to drop the reading: less than that share of them decodes."""
    failures = int((1 - share) * len(facts.some))  # that it may have
    if reading.digits and sum(width > reading.digits for width in facts.widths) > failures:
        return False
    conversion = reading.bound(facts.column.type)
    return conversion is not None and _decodes(conversion, facts.some, failures)


def _decodes(conversion: Conversion, values: Sequence[Any], failures: int) -> bool:
    """Whether all values decode, but for so many; what comes after it is certain is not looked at."""
    successes = len(values) - failures
    for stored in values:
        if isinstance(conversion.decode(stored), Issue):
            failures -= 1
        else:
            successes -= 1
        if failures < 0 or successes <= 0:
            break
    return failures >= 0


@lru_cache(_BOUND)
def soundness(reading: Reading, conversion: Conversion) -> Test:
    """The test whether a stored value is one that a program would have written, by this reading; the same one each time."""

    def sound(stored: Any) -> bool:
        value = conversion.decode(stored)
        return value is not None and not isinstance(value, Issue) and _meant(reading, conversion, stored, value)

    return sound


def _meant(reading: Reading, conversion: Conversion, stored: Any, value: Any) -> bool:
    """Whether a program would have written what decodes to that value.

    A moment is of a usual year, or not of the hour after midnight, in which every small number lies; and written back it is what was
    stored: day 400 of a year, say, can be read, and is seldom meant.
    """
    if not reading.timed:
        return True
    usual = not value.startswith("00:") if reading.type == "time" else int(value[:4]) in USUAL_YEARS
    return usual and bool(_written(conversion, value) == _bare(stored))


@lru_cache(_WRITTEN)
def _written(conversion: Conversion, value: Any) -> Any:
    try:
        (stored,) = conversion.write(value)
    except ValueError:
        return None
    return _bare(stored)


def _bare(stored: Any) -> Any:
    """A stored value without what padding makes of it."""
    return stored.strip(" ") if isinstance(stored, str) else stored
