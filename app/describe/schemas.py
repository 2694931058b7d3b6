"""The schemas of a version: one item of each resource, its list, and the problem document.

In charge of the shape of every body that is sent. It must not know operations, statuses or media types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, fields

from app.describe.fields import field
from app.describe.names import item_names
from app.plan.model import Expansion, Resource, Version

ISSUES = "_issues"
NEXT = "eyJhZnRlciI6WyI0NzExIl19.c2lnbmVk"


class Body(Schema):
    """What all bodies have in common: nothing stands in them that the document does not name."""

    class Meta:
        """Unknown members are refused; classes made from a plan stay out of marshmallow's global registry."""

        unknown = RAISE
        register = False


class Page(Body):
    """Where a list stands: `page`."""

    limit = fields.Integer(
        required=True, metadata={"description": "How many items a page has at most.", "minimum": 1, "example": 50}
    )
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The `cursor` of the next page; null on the last one.", "example": NEXT},
    )
    total = fields.Integer(
        metadata={"description": "How many items there are in all; only with `count=exact`.", "minimum": 0}
    )


class ProblemDetail(Schema):
    """One thing that is wrong with a request."""

    code = fields.String(required=True, metadata={"description": "A stable code.", "example": "invalid-value"})
    detail = fields.String(required=True, metadata={"description": "What is wrong with it."})
    parameter = fields.String(metadata={"description": "The query parameter that it is about.", "example": "limit"})
    hint = fields.String(metadata={"description": "The nearest valid name or value."})


class Problem(Schema):
    """An RFC 9457 problem. Later releases may add members: clients ignore those that they do not know (section 3.2)."""

    type = fields.String(
        required=True,
        metadata={"format": "uri-reference", "description": "A page about this kind of problem."},
    )
    title = fields.String(required=True, metadata={"description": "This kind of problem in a few words."})
    status = fields.Integer(required=True, metadata={"minimum": 400, "maximum": 599})
    detail = fields.String(required=True, metadata={"description": "What happened this time."})
    instance = fields.String(
        required=True, metadata={"format": "uri-reference", "description": "Names this request, for its operator."}
    )
    code = fields.String(required=True, metadata={"description": "A stable code, for programs."})
    retryable = fields.Boolean(
        required=True, metadata={"description": "Whether the same request may succeed later without any change."}
    )
    errors = fields.List(
        fields.Nested(ProblemDetail), metadata={"description": "Each thing that is wrong with the request."}
    )


@dataclass(frozen=True)
class Schemas:
    """The schema classes of a version, by resource."""

    items: Mapping[str, type[Body]]
    lists: Mapping[str, type[Body]]


def schemas(version: Version) -> Schemas:
    """The schemas of all resources. Expansions refer to each other's items, so that they are looked up when used."""
    names = item_names(version.resources)
    items: dict[str, type[Body]] = {}
    lists: dict[str, type[Body]] = {}
    for resource in version.resources.values():
        items[resource.name] = _item(names[resource.name], resource, items)
        lists[resource.name] = _list(names[resource.name], items[resource.name])
    return Schemas(items, lists)


def _item(name: str, resource: Resource, items: Mapping[str, type[Body]]) -> type[Body]:
    members: dict[str, Any] = {planned.name: field(planned) for planned in resource.fields.values()}
    members |= {expansion.name: _expansion(expansion, items) for expansion in resource.expansions.values()}
    members[ISSUES] = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={
            "description": "Stored values that could not be read, or related data that could not be reached: the code"
            " of the issue by the name of the field or expansion, which is null then. Absent where there are none.",
            "example": {next(iter(resource.fields)): "undecodable"},
        },
    )
    return type(name, (Body,), members)


def _expansion(expansion: Expansion, items: Mapping[str, type[Body]]) -> fields.Field[Any]:
    def related() -> Body:
        return items[expansion.resource]()

    about = f"Only with `expand={expansion.name}`. Null where the data behind it could not be reached"
    if expansion.many:
        return fields.List(fields.Nested(related), allow_none=True, metadata={"description": f"{about}."})
    return fields.Nested(related, allow_none=True, metadata={"description": f"{about}, or where there is none."})


def _list(name: str, item: type[Body]) -> type[Body]:
    return type(
        f"{name}List",
        (Body,),
        {"data": fields.List(fields.Nested(item), required=True), "page": fields.Nested(Page, required=True)},
    )
