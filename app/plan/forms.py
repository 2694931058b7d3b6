"""Forms: what a read asks for and is served, as names of the contract, and never a value.

In charge of the form that a query has in a caller's view, and of its text, by which it is counted. What the view leaves out was not
served, and is in no form. It must not know a caller, nor when or where forms are counted.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from app.plan.model import Resource, Version
from app.plan.query import Query, Tree

Step = tuple[Resource, str, Resource]  # a resource, its expansion, and what that leads to


class Form(NamedTuple):
    """What a read asks for and is served. It is made at each request, so it is no dataclass, which takes four times as long.

    `fields` are those of `resource` that are served; `along` are resources that are expanded, with their fields; `expansions`
    are pairs of a resource and one of its expansions. `item`: one item is read by its key. `bare`: nothing is known beyond the
    resource.
    """

    version: str
    resource: str
    item: bool = False
    fields: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()  # parameters, as requests spell them
    sorts: tuple[str, ...] = ()
    expansions: tuple[tuple[str, str], ...] = ()
    along: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bare: bool = False


def form_of(version: Version, query: Query) -> str:
    """The text of the form that a query has in a caller's view."""
    form = Form(
        version.name,
        query.resource.name,
        query.limit == 0,
        query.fields,
        tuple(sorted([each.parameter for each, _ in query.filters])) if query.filters else (),
        tuple([name for name, _ in query.sort]) if query.sort else (),
    )
    return text_of(_expanded(form, version, query) if query.expand else form)


def _expanded(form: Form, version: Version, query: Query) -> Form:
    """The form with what is expanded; what is led to by two ways is served once."""
    steps = _steps(version, query.resource, query.expand)
    expansions = dict.fromkeys((here.name, name) for here, name, _ in steps)
    along = dict.fromkeys((there.name, tuple(there.fields)) for _, _, there in steps)
    return form._replace(expansions=tuple(expansions), along=tuple(along))


def _steps(version: Version, resource: Resource, tree: Tree) -> tuple[Step, ...]:
    """Every expansion of a tree, at any depth."""
    found: list[Step] = []
    for name, below in tree.items():
        target = version.resources[resource.expansions[name].resource]
        found += [(resource, name, target), *_steps(version, target, below)]
    return tuple(found)


@lru_cache(maxsize=4096)
def text_of(form: Form) -> str:
    """The form's text, the same in every process: JSON."""
    return json.dumps(form._asdict(), separators=(",", ":"), ensure_ascii=False)


def parsed(text: str) -> Form:
    """The form of a text."""
    said: dict[str, Any] = {name: _frozen(value) for name, value in json.loads(text).items()}
    return Form(**said)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """The form of which no more is known than its version and its resource."""
    form = parsed(text)
    return text_of(Form(form.version, form.resource, bare=True))
