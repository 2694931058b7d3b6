"""The guides: how to get a key, page, filter, keep answers, retry and follow changes, with this very API's own resources.

In charge of which guides there are, and of what they are about: a resource, a filter, an order and a field that the reader's
versions really have. The texts and the programs are templates (templates/guides); tests take them out of the pages and run them.
It must not know HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.plan.model import Field, Filter, Resource, Version
from app.web.portal.resource import value_of

LANGUAGES: Final[Mapping[str, str]] = {"curl": "curl", "python": "Python", "javascript": "JavaScript"}
FOLLOWED: Final = ("chang", "updat", "modif", "edit")  # what fields are called that say when a row was changed
FEW: Final = 3  # fields that a program asks for


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide. Its templates are `guides/NAME.html` and `guides/NAME.curl` and so on."""

    name: str
    title: str
    lead: str


GUIDES: Final[Mapping[str, Guide]] = {
    guide.name: guide
    for guide in (
        Guide("get-a-key", "Get a key", "Who needs one, where it comes from, and how a request carries it."),
        Guide("page-through", "Page through a list", "Follow the cursor until there is none."),
        Guide("filter-and-sort", "Filter and sort", "Ask for what you need, and have everything else left out."),
        Guide("cache-and-revalidate", "Cache and revalidate", "Ask whether anything has changed, for almost nothing."),
        Guide("retry", "Retry", "Which failures are worth another attempt, and when."),
        Guide("track-changes", "Track changes", "Keep a copy up to date without reading everything again."),
    )
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What the programs of the guides ask for. Values are API values as they stand in a query, not yet percent-encoded.

    `filters` are parameters with values, `order` is a word of `sort`, `fields` are some that answers then have. `changed` is a
    field of `followed` that says when an item was changed, if a resource has one that can be filtered from a moment on and sorted by.
    """

    version: str
    resource: Resource
    filters: tuple[tuple[str, str], ...]
    order: str
    fields: tuple[str, ...]
    followed: Resource | None
    changed: str


def subject(version: Version) -> Subject | None:
    """What there is to ask for in a version; None where it has no resource."""
    if not version.resources:
        return None
    resource = max(version.resources.values(), key=lambda each: (len(each.expansions), len(each.filters)))
    filters = tuple((each.parameter, value_of(each.field, each.operator)) for each in _filters(resource))
    order = next((f"-{name}" for name in resource.sorts if name not in resource.key), "")
    order = order or next(iter(resource.sorts), "")
    followed, changed = _followed(version)
    return Subject(version.name, resource, filters, order, _few(resource, filters, order), followed, changed)


def _filters(resource: Resource) -> Iterator[Filter]:
    """A filter by one of few values, and one by a range, as far as there are such; else the first there is."""
    usable = [each for each in resource.filters.values() if not each.field.classified]
    named = [each for each in usable if each.operator == "eq" and each.field.type in {"enum", "boolean"}]
    ranges = [each for each in usable if each.operator == "gte" and each.field.type in {"date", "datetime"}]
    chosen = [*named[:1], *ranges[:1]]
    yield from chosen or [each for each in usable if each.operator == "eq"][:1]


def _few(resource: Resource, filters: Iterable[tuple[str, str]], order: str) -> tuple[str, ...]:
    """The key, and what is filtered and sorted by: so that a reader sees that it is so."""
    asked = (parameter.partition("[")[0] for parameter, _ in filters)
    names = dict.fromkeys((*resource.key, *asked, *filter(None, (order.lstrip("-"),)), *list(resource.fields)[:FEW]))
    return tuple(name for name in names if name in resource.fields and not resource.fields[name].classified)


def _followed(version: Version) -> tuple[Resource | None, str]:
    """A resource with a field that says when an item was changed."""
    for resource in sorted(version.resources.values(), key=lambda each: -len(each.expansions)):
        for name in resource.sorts:
            if _follows(resource.fields.get(name)) and f"{name}[gte]" in resource.filters:
                return resource, name
    return None, ""


def _follows(field: Field | None) -> bool:
    return field is not None and field.type == "datetime" and any(word in field.name for word in FOLLOWED)
