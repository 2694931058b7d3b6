"""The plan described: marshmallow schemas, and the parts of an OpenAPI 3.1 document that refer to them.

In charge of what the document says. Every word comes from the plan, the conversions or the table of problems; no table,
column, source or host is named. It must not know Flask: `app.web` registers these parts through flask-smorest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.describe import examples, parameters, prose, responses, security
from app.describe.fields import stated
from app.describe.names import list_ids
from app.describe.schemas import Problem, Schemas, schemas
from app.plan.model import Plan, Resource, Version

__all__ = ["Description", "Operation", "Problem", "describe", "schemas", "stated"]

Object = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One GET: its path below the version (`/orders/{number}`), its path parameters, and its operation object."""

    path: str
    path_parameters: list[Object]
    operation: Object


@dataclass(frozen=True)
class Description:
    """A version described. Texts in place of headers, parameters and responses name components."""

    info: Object
    tags: list[Object]
    headers: Mapping[str, Object]
    parameters: Mapping[str, Object]
    responses: Mapping[str, Object]
    security: Mapping[str, Object]
    operations: Mapping[str, tuple[Operation, Operation]]  # by resource: its list, its item


def describe(plan: Plan, version: Version) -> Description:
    """Describe one version of a plan."""
    bodies, errors = schemas(version), responses.errors(version)
    lists = list_ids({name: item.__name__ for name, item in bodies.items.items()})
    return Description(
        info={"title": plan.title, "version": version.name, "description": prose.about(plan, version)},
        tags=[{"name": each.name, "description": prose.of_resource(each)} for each in version.resources.values()],
        headers=responses.used(version),
        parameters=parameters.COMPONENTS,
        responses=responses.components(version),
        security=security.schemes(version),
        operations={
            each.name: (
                _list(each, version, bodies, errors["list"], lists[each.name]),
                _item(each, version, bodies, errors["item"]),
            )
            for each in version.resources.values()
        },
    )


def _list(
    resource: Resource, version: Version, bodies: Schemas, errors: Mapping[str, str], identifier: str
) -> Operation:
    summary = f"List {resource.name.replace('-', ' ')}"
    operation = _operation(resource, version, identifier, summary)
    operation["parameters"] = parameters.of_list(resource, version)
    answers = responses.of("list", resource, version, bodies.lists[resource.name], examples.page(resource))
    operation["responses"] = {**answers, **errors}
    return Operation(f"/{resource.name}", [], operation)


def _item(resource: Resource, version: Version, bodies: Schemas, errors: Mapping[str, str]) -> Operation:
    item = bodies.items[resource.name]
    one = re.sub(r"(?<!^)(?=[A-Z])", " ", item.__name__).lower()
    summary = f"Get one {one} by {' and '.join(resource.key)}"
    operation = _operation(resource, version, f"get{item.__name__}", summary)
    operation["parameters"] = parameters.of_item(resource, version)
    answers = responses.of("item", resource, version, item, examples.item(resource))
    operation["responses"] = {**answers, **errors}
    path = f"/{resource.name}/" + ",".join(f"{{{name}}}" for name in resource.key)
    return Operation(path, parameters.of_key(resource), operation)


def _operation(resource: Resource, version: Version, identifier: str, summary: str) -> Object:
    about = prose.sentence(resource.summary)
    operation: Object = {"operationId": identifier, "summary": summary, "tags": [resource.name]}
    if about:
        operation["description"] = about
    if version.closed:
        operation["security"] = security.of(resource)
    return {**operation, "deprecated": True} if version.status in {"deprecated", "retired"} else operation
