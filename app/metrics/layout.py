"""The layout of the cells: which number stands where in a row.

In charge of places. It must not know how numbers are kept, nor who reads them.

    head     the process's own numbers, then a section for each source
    block    one for each route: requests by method and status, their durations, data issues
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.metrics.bounds import BOUNDS
from app.metrics.outcomes import OUTCOMES
from app.metrics.table import ADMIN, ERRORS, METHODS, OTHER, STATUSES
from app.plan.model import Plan

HISTOGRAM: Final = len(BOUNDS) + 2  # a count for each bound, one for what lies beyond, and the sum

# The head.
PLAN_LOADED: Final = 0  # when, in seconds since 1970
PLANS_REFUSED: Final = 1
FAILURES: Final = 2
AGES: Final = 3  # seconds, those of all answers together
OUTCOME: Final = 4  # a cell for each outcome
SOURCES: Final = OUTCOME + len(OUTCOMES)

# A source's section of it.
STATEMENTS: Final = 0  # a histogram of their durations
WAITS: Final = STATEMENTS + HISTOGRAM
ROWS: Final = WAITS + HISTOGRAM
RETRIES: Final = ROWS + 1
OPENINGS: Final = RETRIES + 1
ABANDONED: Final = OPENINGS + 1
ERROR: Final = ABANDONED + 1  # a cell for each class of failure
SOURCE: Final = ERROR + len(ERRORS)

# A route's block.
REQUESTS: Final = 0  # a cell for each method and status
DURATIONS: Final = len(METHODS) * len(STATUSES)  # a histogram
ISSUES: Final = DURATIONS + HISTOGRAM
ROUTE: Final = ISSUES + 1


@dataclass(frozen=True, slots=True)
class Layout:
    """The routes that have a block, in order, the last of them OTHER and ADMIN, and the sources that have a section."""

    routes: tuple[str, ...]
    sources: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan, sources: tuple[str, ...], *more: str) -> Layout:
        """The layout for a plan: each resource's list and its items, then `more` routes."""
        resources = [each.path for version in plan.versions.values() for each in version.resources.values()]
        routes = [route for path in resources for route in (path, f"{path}/{{key}}")]
        return cls((*routes, *more, OTHER, ADMIN), sources)

    @property
    def head(self) -> int:
        """The cells of a row's head."""
        return SOURCES + len(self.sources) * SOURCE

    def section(self, source: int) -> int:
        """Where a source's section begins in a head."""
        return SOURCES + source * SOURCE
