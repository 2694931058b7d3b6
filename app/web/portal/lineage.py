"""Lineage: the table and the columns where each field really lies, and in which form.

The one place of the portal that names what is legacy. In charge of who may know it: holders of the scope `bascule:lineage`, and
those who manage the gateway; also where the contract serves everybody. Each look is an exchange: limited, observed, audited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from app.callers.credentials import LINEAGE
from app.exchange import Answer
from app.gateway import Gateway
from app.plan.model import Field, Resource, Version
from app.web.exchanges import Exchange, json_answer


def answer(gateway: Gateway, exchange: Exchange) -> Answer:
    """Where every field of every version lies. Raises ProblemError."""
    exchange.admit_admin(LINEAGE)
    return json_answer({"data": list(lies(gateway.plan.versions.values()))})


def lies(versions: Iterable[Version]) -> Iterator[dict[str, Any]]:
    """One record for each field of a resource that lies in one place in one form, with the versions where it does."""
    found: dict[tuple[Any, ...], list[str]] = {}
    for version in versions:
        for resource in version.resources.values():
            for field in resource.fields.values():
                found.setdefault(_lies(resource, field), []).append(version.name)
    for (name, resource_name, source, table, columns, form), names in found.items():
        yield {
            "field": name,
            "resource": resource_name,
            "versions": names,
            "source": source,
            "table": table,
            "columns": list(columns),
            "stored_as": form,
        }


def _lies(resource: Resource, field: Field) -> tuple[Any, ...]:
    """A field's place. What a named query returns lies in no table: `table` is None."""
    columns = tuple(column.name for column in field.columns)
    types = " + ".join(str(column.type) for column in field.columns)
    return field.name, resource.name, resource.source, resource.table, columns, f"{field.conversion.name} in {types}"
