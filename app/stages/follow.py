"""Follow: a link to the query that reads what it shows.

In charge of a link meeting the plan of today: its item, and its fields and no others, as its holder sees them. It must not know
the form of a link, nor how an item is read.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from app.callers.link import Link, NoLink
from app.plan import query as queries
from app.plan.access import View, Views
from app.plan.model import Plan, Resource
from app.problems import Detail, ProblemError
from app.shapes import nearest

PARAMETER: Final = "format"

# What a link can meet that was good when it was made: its item is not there, or no longer for its holder, who is told the same.
_NOTHING: Final = frozenset({"not-found", "invalid-key", "insufficient-scope", "claim-required"})


def seen(link: Link, plan: Plan, views: Views, today: date) -> tuple[View, Resource, str]:
    """The holder's view, the resource in it, and the raw key of the item. Raises NoLink."""
    _, name, resource, segment = link.path.split("/", 3)
    version = plan.versions.get(name)
    if version is None or resource not in version.resources:
        raise NoLink("the contract has no such resource any more")
    if version.ended(today):
        raise NoLink(f"{name} has been shut down")
    view = views.view(version, link.caller)
    try:
        return view, view.resource(resource), segment
    except ProblemError as error:
        raise nothing(error) from None


def query(link: Link, view: View, resource: Resource, parameters: queries.Pairs) -> queries.Query:
    """The query of the item with the link's fields. Raises NoLink; ProblemError for what the request asks beside `format`."""
    wrong = tuple(_unknown(name) for name, _ in parameters if name != PARAMETER)
    if wrong:
        raise ProblemError("unknown-parameter", f"{wrong[0].parameter}: {wrong[0].detail}", wrong)
    asked = queries.item_query(view.version, resource, parameters)
    missing = [name for name in link.fields if name not in resource.fields]
    if missing:
        raise NoLink("the link shows a field that its holder may not see any more")
    return queries.Query(resource, link.fields, format=asked.format)


def _unknown(name: str) -> Detail:
    return Detail("a link takes no other parameter", name, "unknown-parameter", nearest(name, (PARAMETER,)))


def nothing(error: ProblemError) -> ProblemError:
    """What the holder of a link is told of a problem: that there is nothing, where that is what it comes to."""
    return NoLink(error.problem.code) if error.problem.code in _NOTHING else error
