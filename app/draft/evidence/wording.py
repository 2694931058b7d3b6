"""Evidence in words: what was counted, as it stands in the comment beside a field.

In charge of sentences, each of which can do without the values that it shows. It must not count anything itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.conversions.codes import CODES
from app.draft.evidence.reading import Trial
from app.draft.shown import Shown, told

MIDNIGHT: Final = "midnight, or no time?"
"""How the question ends that a time of day leaves where it is often 0."""
_SHOWN: Final = 5
_NOUNS: Final[Mapping[str, str]] = {
    "date": "valid dates", "month": "valid months", "week": "valid weeks", "time": "valid times", "datetime": "valid moments",
}  # fmt: skip


def counted(trial: Trial) -> str:
    """What a reading was found by: `cyymmdd: 4,980 of 5,000 values are valid dates from 1998 to 2026; 20 are 0`."""
    facts, reading = trial.facts, trial.reading
    if not facts.counts:
        return "no values"
    if reading.name == CODES:
        return told(f"{len(facts.counts)} distinct values", _with_counts(trial), _missing(facts.missing))
    rows = trial.rows(trial.values)
    noun = _NOUNS.get(reading.type, "")
    if reading.name == "native" and reading.type not in _NOUNS:
        number = f"{reading.type}: {facts.filled:,} values, {len(facts.counts):,} distinct"
        return told(number, _nulls(trial), _missing(facts.missing))
    span = "" if trial.years is None else Shown(f" from {trial.years[0]} to {trial.years[1]}", "")
    number = f"{reading.label}: {rows:,} of {facts.filled:,} values {f'are {noun}' if noun else 'decode'}"
    return told(number, span, _nulls(trial), _missing(facts.missing))


def listed(stored: Iterable[Any]) -> str:
    """Some stored values, for people."""
    shown = [value_text(each) for each in stored]
    more = f" and {len(shown) - _SHOWN:,} more" if len(shown) > _SHOWN else ""
    return Shown(", ".join(shown[:_SHOWN]) + more)


def _with_counts(trial: Trial) -> str:
    codes = (f"{value_text(code)} {count:,}" for code, count in list(trial.facts.counts.items())[:30])
    return Shown(f": {', '.join(codes)}", "")


def _nulls(trial: Trial) -> str:
    """The values that mean null, by their number."""
    nulls = sorted(trial.nulls, key=lambda stored: -trial.facts.counts[stored])
    each = (f"; {trial.facts.counts[stored]:,} are {value_text(stored)}" for stored in nulls[:_SHOWN])
    return Shown("".join(each), f"; {trial.rows(nulls):,} mean no value" if nulls else "")


def _missing(missing: int) -> str:
    return f"; {missing:,} are NULL" if missing else ""


def value_text(stored: Any) -> str:
    """A stored value as a comment can hold it."""
    if isinstance(stored, bytes):
        return Shown(f"X'{stored[:16].hex().upper()}'")
    if isinstance(stored, str):
        return Shown(repr(stored.rstrip(" ")[:40])) if stored.strip() else "blank"
    return Shown(str(stored))
