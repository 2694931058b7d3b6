"""The choice: which reading of a column is the likeliest, and whether a person has to look at it.

In charge of the score, of its margin, and of the questions that follow. A score is in bits: what the names say, and for each distinct
value how much likelier it is by this reading than by chance. The native form, which fits everything, has none. Where the second
best reading comes near, the proposal says so. It must not know a format.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.conversions import registry
from app.conversions.codes import CODES
from app.draft.evidence import codes, moments, numbers, texts
from app.draft.evidence.chance import chance, is_series
from app.draft.evidence.facts import Facts
from app.draft.evidence.hints import Hints, hints
from app.draft.evidence.reading import DATED, Reading, Trial, attempt, promising, soundness
from app.draft.evidence.sentinels import Sentinels, with_sentinels
from app.draft.evidence.typical import typical
from app.draft.evidence.wording import MIDNIGHT, counted, listed, value_text
from app.draft.model import Proposal
from app.draft.shown import Shown, told

MARGIN: Final = 20.0  # bits between the best reading and the next: odds of a million to one
LEAST_SHARE: Final = 0.4  # of the values that a reading must decode to be looked at
LEAST_ROWS: Final = 10  # fewer tell nothing for certain
_CERTAIN: Final = frozenset(
    {"boolean", "date", "time", "timestamp", "timestamptz", "uuid"}
)  # columns that say themselves what they hold
_HINTED: Final = 12.0
_CONTRARY: Final = -6.0
_NAMED: Final = 40.0
_WORDS: Final = frozenset(
    {"native", "text", "integer", "seconds", "parts", "lines", CODES}
)  # names that people write meaning something else
_FLAWED: Final = 0.01  # of the rows do not decode by the right reading: people's mistakes
_MISTAKE: Final = -1.0  # a value that does not decode, where no more rows than that hold such values
_DEPENDENT: Final = 0.5  # bits taken from each value: neighbours in a series are no independent witnesses
_MOST: Final = 300  # values that are witnesses, for the same reason
_ATYPICAL: Final = 0.25  # of its evidence is left to a reading whose moments are not spread as moments are
_ALIKE: Final = 0.98  # of the values that the best reading explains: another that explains as many fits alike
_SERIAL: Final = -40.0  # for a moment in a column that is a key by itself
_UNUSUAL: Final = -2.0  # a value that decodes, and that one would not expect
_SLIGHT: Final = -8.0  # bits: below, nothing speaks against the native form
_FUTURE: Final = 2036  # a two-digit year past it may well be of the century before


@dataclass(frozen=True)
class Candidate:
    """A reading that was tried, with its sentinels and its score."""

    trial: Trial
    sentinels: Sentinels
    score: float
    typical: bool = True

    @property
    def reading(self) -> Reading:
        """The reading, sentinels included."""
        return self.trial.reading


def candidates(facts: Facts, said: Hints) -> list[Candidate]:
    """Every reading that fits a column, the likeliest first; the native form is always among them."""
    found = [
        _judged(trial, said)
        for reading in _readings(facts, said)
        if reading.name == "native" or promising(reading, facts, LEAST_SHARE)
        if (trial := attempt(reading, facts)) is not None and (reading.name == "native" or trial.values)
    ]
    return sorted(found, key=lambda each: -each.score)


def propose(facts: Facts) -> tuple[Candidate, Proposal]:
    """The likeliest reading of a column, and the proposal that says so with its evidence and its doubts."""
    said = hints(facts.column)
    found = candidates(facts, said)
    best = found[0]
    doubts = (*_doubts(best, facts), *_rivals(best, found[1:], facts, said), *_questions(best, facts, said))
    reading = best.reading
    proposal = Proposal(
        (facts.column.name,), reading.type, reading.stored_as, counted(best.trial), doubts,
        best.trial.example, reading.open,
    )  # fmt: skip
    return best, proposal


def _readings(facts: Facts, said: Hints) -> Iterator[Reading]:
    """Every candidate for a column, whatever its values."""
    yield from _NATIVE.get(facts.column.type.base, ())
    for room in (numbers, texts, codes, moments):
        yield from room.readings(facts, said)


_NATIVE: Final = {
    "boolean": (Reading("boolean", chance=1.0),),
    "date": (Reading("date", chance=1.0),),
    "time": (Reading("time", chance=1.0),),
    "timestamp": (Reading("datetime", chance=1.0),),
    "timestamptz": (Reading("datetime", chance=1.0),),
}


def _judged(trial: Trial, said: Hints) -> Candidate:
    better, found = with_sentinels(trial)
    usual = typical(better)
    evidence = _evidence(better) * (1.0 if usual else _ATYPICAL)
    return Candidate(better, found, _named(better.reading, said) + evidence, usual)


def _named(reading: Reading, said: Hints) -> float:
    """What the names of the column add, in bits."""
    bits = reading.prior
    if reading.name not in _WORDS and said.names(reading.name):
        bits += _NAMED
    if not reading.kinds or not said.kinds:
        return bits
    return bits + (_HINTED if said.kinds.intersection(reading.kinds) else _CONTRARY)


def _evidence(trial: Trial) -> float:
    """What the values add, in bits; each distinct value counts once, however often it is repeated."""
    reading = trial.reading
    sound = trial.sound
    likely = reading.chance
    if likely is None:
        likely = chance(sound, soundness(reading, trial.conversion)) if sound else 1.0
    fits = max(0.0, math.log2((1 - _FLAWED) / likely) - _DEPENDENT)
    if reading.chance is None and is_series(sound):
        fits = 0.0
    few = trial.rows(trial.faults) <= _FLAWED * trial.facts.filled
    fails = _MISTAKE if few else math.log2(_FLAWED / max(1 - likely, 0.5))
    bits = len(sound) * fits + (len(trial.values) - len(sound)) * _UNUSUAL + len(trial.faults) * fails
    serial = _SERIAL if trial.facts.alone and reading.chance is None else 0.0
    return bits * min(1.0, _MOST / max(1, len(trial.facts.counts))) + serial


def _doubts(best: Candidate, facts: Facts) -> Iterator[str]:
    """What is uncertain about the reading itself."""
    yield from best.reading.doubts
    trial = best.trial
    if not facts.counts:
        yield "every row is empty: what does it hold?" if facts.rows else "the table is empty: what does it hold?"
    if trial.faults:
        rows = trial.rows(trial.faults)
        yield told(f"{rows:,} value{'s do' if rows != 1 else ' does'} not decode: ", listed(trial.faults))
    for stored in best.sentinels.frequent:
        yield told("does ", value_text(stored), f" ({facts.counts[stored]:,} rows) stand for no value?")
    if len(facts.counts) == 1 and facts.filled >= LEAST_ROWS and facts.column.type.base not in _CERTAIN:
        yield told("every value is ", value_text(next(iter(facts.counts))), ": is the column in use?")


def _rivals(best: Candidate, others: Sequence[Candidate], facts: Facts, said: Hints) -> Iterator[str]:
    """The readings that fit nearly as well, and what they would make of the same value; of few values, all that fit at all."""
    native = best.reading.stored_as is None
    least = max(best.score - MARGIN, _SLIGHT if native else -math.inf)
    scarce = 0 < facts.filled < LEAST_ROWS
    near = [
        each
        for each in others
        if not _same(best, each)
        and (
            each.score > least
            or _fits_alike(best, each)
            or (native and _suggested(each, said))
            or (scarce and each.score > -MARGIN and each.trial.sound and not each.trial.faults)
        )
    ]
    for rival in near[:2]:
        trial = rival.trial
        example = next(
            (stored for stored in trial.values if best.trial.values.get(stored) != trial.values[stored]), None
        )
        shown = f": {value_text(example)} would be {trial.values[example]!r}" if example is not None else ""
        yield told(f"or is it {rival.reading.label}?", Shown(shown, ""))


def _same(one: Candidate, other: Candidate) -> bool:
    """Whether two readings make the same of every value: then there is nothing to choose."""
    both = one.trial, other.trial
    same_type = one.reading.type == other.reading.type  # 1 and true are equal to Python
    return same_type and both[0].values == both[1].values and both[0].nulls == both[1].nulls


def _fits_alike(best: Candidate, other: Candidate) -> bool:
    """Whether another moment explains as much as the best one: however unlikely by chance, one of them is wrong."""
    if best.reading.chance is not None or other.reading.chance is not None or other.typical != best.typical:
        return False
    explained = len(best.trial.sound)
    return explained > 0 and len(other.trial.sound) >= _ALIKE * explained


def _suggested(candidate: Candidate, said: Hints) -> bool:
    """Whether the column is called what a reading makes of it, and nearly all of its values fit."""
    explained = len(candidate.trial.sound)
    return (
        bool(said.kinds.intersection(candidate.reading.kinds))
        and explained >= _ALIKE * len(candidate.trial.facts.counts) > 0
    )


def _questions(best: Candidate, facts: Facts, said: Hints) -> Iterator[str]:
    """What cannot be counted at all, and has to be asked."""
    reading, trial = best.reading, best.trial
    if reading.name == "native" and reading.type in {"integer", "number"} and facts.counts:
        yield from filter(None, (numbers.asks_decimals(facts, said),))
    midnight = [stored for stored in trial.values if not isinstance(stored, str | bytes) and stored == 0]
    if reading.type == "time" and midnight and trial.rows(midnight) * 20 > facts.filled:
        yield f"is 0 ({trial.rows(midnight):,} rows) {MIDNIGHT}"
    if (
        reading.type in DATED
        and "window" in _options_of(reading)
        and trial.years is not None
        and trial.years[1] >= _FUTURE
    ):
        first, last = (Shown(str(year)) for year in trial.years)
        yield told("two-digit years are read as ", first, " to ", last, ": where do the hundred years start?")


def _options_of(reading: Reading) -> Sequence[str]:
    """The options that the reading's conversion takes."""
    return next(
        list(entry.options) for entry in registry.ENTRIES if entry.name == reading.name and reading.type in entry.types
    )
