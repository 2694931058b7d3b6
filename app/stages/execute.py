"""Execute: a statement to its source, and a source's failure to a problem that tells a client what to do.

In charge of the deadline that a request has at each source, and of the one table from failures to problems. It must not
know SQL, nor what a statement is for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from time import monotonic, perf_counter
from typing import Any, Final

from adapters.port import (
    BadData,
    Busy,
    CircuitOpen,
    Denied,
    Lane,
    Locked,
    Missing,
    Quiet,
    Refused,
    Rows,
    Shape,
    Source,
    SourceError,
    Spent,
    TimedOut,
    TooCostly,
    Unavailable,
)
from app.observations import Cost, Observatory, SourceFailed, StatementRun
from app.problems import PROBLEMS, ProblemError

PROBLEM_OF: Mapping[type[SourceError], str] = {
    Unavailable: "source-unavailable",
    Quiet: "source-quiet",
    Spent: "source-spent",
    TimedOut: "source-timeout",
    Busy: "source-busy",
    Locked: "source-locked",
    Refused: "source-refused",
    Denied: "source-refused",
    Missing: "source-mismatch",
    BadData: "bad-data",
    TooCostly: "query-too-costly",
}

UNSENT: Final = (CircuitOpen, Quiet, Spent, Busy)  # what the guard refuses before a statement reaches its source


@dataclass(slots=True)
class Reach:
    """The sources, as one request reaches them. `timings` collects (what, seconds) for `Server-Timing`."""

    sources: Mapping[str, Source]
    deadlines: Mapping[str, float]  # seconds a request may spend at a source
    observatory: Observatory
    request_id: str = ""
    retry_after: int = 5  # seconds
    timings: list[tuple[str, float]] = field(default_factory=list)
    budgets: Mapping[str, int] = field(default_factory=dict)  # rows that a request may bring from a source
    lane: Lane = "interactive"
    _until: dict[str, float] = field(default_factory=dict)
    _statements: Counter[str] = field(default_factory=Counter)
    _brought: Counter[str] = field(default_factory=Counter)
    _took: Counter[str] = field(default_factory=Counter)  # whole microseconds

    @property
    def asked(self) -> tuple[str, ...]:
        """The sources that were asked."""
        return tuple(self._until)

    def costs(self) -> tuple[Cost, ...]:
        """What the request has cost, by source."""
        return tuple(
            Cost(name, self._statements[name], self._brought[name], self._took[name] / 1000) for name in self._until
        )

    def run(self, name: str, shape: Shape, values: tuple[Any, ...]) -> Rows:
        """Run one read at the source `name`. Raises ProblemError."""
        until = self._until.get(name)
        if until is None:
            until = self._until[name] = monotonic() + self.deadlines[name]
        started = perf_counter()
        try:
            rows = self.sources[name].run(shape, values, until, self.lane)
        except SourceError as error:
            took = perf_counter() - started
            self._took[name] += int(took * 1e6)
            self._statements[name] += not isinstance(error, UNSENT)
            self.timings.append((f"{name}-{_STATES[type(error)]}", took))
            self.observatory.tell(SourceFailed(name, type(error).__name__, str(error), self.request_id, took))
            raise problem_of(error, self.retry_after) from error
        self.timings.append((name, rows.took))
        self.timings.append((f"{name}-wait", rows.waited))
        self._statements[name] += 1
        self._brought[name] += len(rows.rows)
        self._took[name] += int(rows.took * 1e6)
        self.observatory.tell(
            StatementRun(name, rows.statement, len(rows.rows), rows.waited, rows.took, self.request_id)
        )
        return rows

    def left(self, name: str, most: int) -> int:
        """How many of at most `most` rows this request may still bring from a source."""
        budget = self.budgets.get(name)
        return most if budget is None else max(0, min(most, budget - self._brought[name]))


class _States(dict[type[SourceError], str]):
    """The class of a failure as `Server-Timing` spells it: CircuitOpen is `circuit-open`."""

    def __missing__(self, kind: type[SourceError]) -> str:
        word = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__)
        return self.setdefault(kind, word.strip("-_"))


_STATES = _States()


def problem_of(error: SourceError, retry_after: int) -> ProblemError:
    """The problem for a failure; one that is not in the table is a `source-error`, whose text says nothing.

    `retry_after` are the seconds that stand in Retry-After where the failure knows none.
    """
    code = next((PROBLEM_OF[kind] for kind in type(error).__mro__ if kind in PROBLEM_OF), "source-error")
    known = error.retry_after
    after = retry_after if known is None else max(1, ceil(known))
    headers = (("Retry-After", str(after)),) if PROBLEMS[code].retryable else ()
    return ProblemError(code, _quiet(error) if isinstance(error, Quiet) else "", headers=headers)


def _quiet(error: Quiet) -> str:
    """Until when the source rests, and why: the contract says it for everybody to read."""
    if error.until is None:
        return ""
    reason = f" ({error.reason})" if error.reason else ""
    return f"The source rests until {error.until:%H:%M %Z}{reason}"
