"""Budgets: whether a resource's pages fit into the rows that a source grants.

In charge of what can never fit, so that it is found before somebody asks for the largest page. What a request and a day have
read so far is counted at run time; it must not know who counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.contract.model import ResourceSpec, SourceSpec
from app.shapes import Fault

Report = Callable[[Fault], None]

AHEAD: Final = 1  # the row that a page reads to know whether another follows


def check(spec: ResourceSpec, source: SourceSpec, report: Report) -> None:
    """Report a largest page that has more rows than a request, or a whole day, may read at its source."""
    granted = (("request", source.rows_per_request), ("day", source.rows_per_day))
    word, rows = min(((word, rows) for word, rows in granted if rows is not None), key=_rows, default=("", None))
    needed = spec.page.max + AHEAD
    if rows is None or needed <= rows:
        return
    message = (
        f"a page of {spec.page.max} items reads {needed} rows, one of them to know whether another page follows; "
        f"the budget of a {word} at {source.name!r} is {rows}"
    )
    hint = f"or a larger budget, at {source.node.at('budget', word)}"
    report(Fault("over-budget", spec.node.at("page", "max"), message, f"a max of at most {rows - AHEAD}", hint))


def _rows(granted: tuple[str, int]) -> int:
    return granted[1]
