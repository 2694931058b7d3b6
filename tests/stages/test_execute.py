"""Execute: every failure of a source becomes a problem, and a request has one deadline at each source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest

from adapters import port
from adapters.port import Lane, Rows, Shape, SourceError
from app.observations import Cost, Observation, Observatory, SourceFailed, StatementRun
from app.problems import PROBLEMS, ProblemError
from app.stages.execute import Reach, problem_of

LEGACY = "DB2 at AS400-PROD: SQL0204 ORDHDR in PRODDTA not found"
CODES = {
    "Unavailable": "source-unavailable",
    "TimedOut": "source-timeout",
    "Busy": "source-busy",
    "Locked": "source-locked",
    "Refused": "source-refused",
    "Denied": "source-refused",
    "Missing": "source-mismatch",
    "BadData": "bad-data",
    "TooCostly": "query-too-costly",
    "CircuitOpen": "source-unavailable",
    "Quiet": "source-quiet",
    "Spent": "source-spent",
    "Deadlocked": "source-locked",
    "Conflict": "source-error",
    "Unknown": "source-error",
}


@dataclass
class Scripted:
    """A source that answers what it is told, and notes the deadlines that it was given."""

    failure: Exception | None = None
    deadlines: list[float | None] = field(default_factory=list)

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """One row, or the failure."""
        del shape, values, lane
        self.deadlines.append(deadline)
        if self.failure is not None:
            raise self.failure
        return Rows([(1,)], "SELECT 1", 0.1, 0.2)


def reach(told: list[Observation], **sources: Scripted) -> Reach:
    """The sources as a request reaches them, with five seconds at each."""
    known: Any = sources
    return Reach(known, dict.fromkeys(sources, 5.0), Observatory(told.append), "r1")


SHAPE = Shape(("A",), "T")


def test_every_failure_of_the_port_has_its_problem() -> None:
    """The table has a row for each failure; a subclass of one that a kind may bring is treated like it."""
    failures = [each for each in vars(port).values() if isinstance(each, type) and issubclass(each, SourceError)]
    assert {each.__name__ for each in failures if each is not SourceError} == CODES.keys()


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_a_failure_becomes_a_problem(name: str, code: str) -> None:
    """The client learns what to do and nothing of the legacy; the operator gets the driver's text."""
    told: list[Observation] = []
    failure = getattr(port, name)(LEGACY)
    with pytest.raises(ProblemError) as caught:
        reach(told, erp=Scripted(failure)).run("erp", SHAPE, ())
    problem = caught.value
    assert problem.problem.code == code
    assert problem.detail == PROBLEMS[code].title
    assert problem.headers == ((("Retry-After", "5"),) if PROBLEMS[code].retryable else ())
    assert PROBLEMS[code].retryable is failure.retryable
    assert told == [SourceFailed("erp", name, LEGACY, "r1")]


def test_a_failure_of_a_kinds_own_is_treated_like_its_family() -> None:
    """A kind may subclass; what is nothing known is a `source-error`."""

    class Unreachable(port.Unavailable):
        """A kind's own word."""

    assert problem_of(Unreachable("x"), 7).headers == (("Retry-After", "7"),)
    assert problem_of(SourceError("x"), 7).problem.code == "source-error"


def test_a_defect_is_no_failure_of_the_source() -> None:
    """An exception that is no SourceError is not hidden as one."""
    with pytest.raises(ZeroDivisionError):
        reach([], erp=Scripted(ZeroDivisionError())).run("erp", SHAPE, ())


def test_a_request_has_one_deadline_at_each_source() -> None:
    """The second statement at a source has what the first has left; another source has its own."""
    told: list[Observation] = []
    erp, mes = Scripted(), Scripted()
    request = reach(told, erp=erp, mes=mes)
    before = monotonic()
    for name in ("erp", "erp", "mes", "erp"):
        request.run(name, SHAPE, ())
    assert len(set(erp.deadlines)) == 1
    assert erp.deadlines[0] is not None
    assert before + 5 <= erp.deadlines[0] <= monotonic() + 5
    assert mes.deadlines != erp.deadlines[:1]
    assert [name for name, _ in request.timings] == [
        f"{name}{part}" for name in ("erp", "erp", "mes", "erp") for part in ("", "-wait")
    ]
    assert request.timings[:2] == [("erp", 0.2), ("erp-wait", 0.1)]
    assert told == [StatementRun(name, "SELECT 1", 1, 0.1, 0.2, "r1") for name in ("erp", "erp", "mes", "erp")]


def test_a_request_knows_what_it_has_cost() -> None:
    """By source: the statements, a failed one too, the rows that they brought, and the milliseconds that they took."""
    erp = Scripted()
    request = reach([], erp=erp, mes=Scripted(port.TimedOut("late")))
    request.run("erp", SHAPE, ())
    request.run("erp", SHAPE, ())
    with pytest.raises(ProblemError):
        request.run("mes", SHAPE, ())
    first, second = request.costs()
    assert first == Cost("erp", 2, 2, 400.0)
    assert (second.source, second.statements, second.rows) == ("mes", 1, 0)


@pytest.mark.parametrize("failure", [port.CircuitOpen, port.Quiet, port.Spent, port.Busy])
def test_what_the_guard_refuses_costs_no_statement(failure: type[SourceError]) -> None:
    """Nothing reached the source."""
    request = reach([], erp=Scripted(failure("not now")))
    with pytest.raises(ProblemError):
        request.run("erp", SHAPE, ())
    assert [cost.statements for cost in request.costs()] == [0]
