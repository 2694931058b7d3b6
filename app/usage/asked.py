"""Asked: a query, as the form that is counted.

In charge of what is counted of a read: which names of the contract it asked for and was served. It must not know a value, a caller,
or when it is counted. `version` is the caller's view: what that leaves out was not served, and is not counted.
"""

from __future__ import annotations

from typing import Final

from app.exchange import Caller
from app.plan.model import Resource, Version
from app.plan.query import Query, Tree
from app.state.usage import Form, text_of

LINKS: Final = "links"  # the caller that all holders of links are: a link lives for days, and there are many
_LINK: Final = "link:"

Step = tuple[Resource, str, Resource]  # a resource, its expansion, and what that leads to


def who(caller: Caller) -> str:
    """The name under which a caller's reads are counted: that of the credential, which stays the same as long as it does."""
    return LINKS if caller.identity.startswith(_LINK) else caller.identity


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
