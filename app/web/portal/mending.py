"""Mending: the problems, grouped by who can do something about each.

In charge of those groups alone. What a problem says of itself stands in the table of problems (app.problems).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.problems import PROBLEMS, Problem


@dataclass(frozen=True, slots=True)
class Mender:
    """Who can mend problems, and what that takes. A problem is the first one's that says so."""

    name: str
    advice: str
    mends: Callable[[Problem], bool]


MENDERS: Final[Mapping[str, Mender]] = {
    "time": Mender(
        "Time",
        "The same request may succeed later. Wait for as long as `Retry-After` says, then send it again.",
        lambda problem: problem.retryable,
    ),
    "access": Mender(
        "Whoever gave you your key",
        "Your credential is missing, over, or does not cover what you ask for.",
        lambda problem: problem.status in {401, 403},
    ),
    "you": Mender(
        "You",
        "The request says something that the API does not take. Sent again as it is, it fails again.",
        lambda problem: problem.status < 500,
    ),
    "operator": Mender(
        "The operator",
        "Nothing that you could change helps. Quote the `instance` of the problem, which names your request.",
        lambda problem: problem.status >= 500,
    ),
}


def mender(problem: Problem) -> str:
    """Who can mend a problem, as a key of MENDERS."""
    return next(name for name, each in MENDERS.items() if each.mends(problem))


def grouped() -> Mapping[str, list[Problem]]:
    """All problems by who can mend them; in each group by status and code."""
    ordered = sorted(PROBLEMS.values(), key=lambda problem: (problem.status, problem.code))
    return {name: [each for each in ordered if mender(each) == name] for name in ("you", "access", "time", "operator")}
