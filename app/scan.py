"""Scan: read whole resources to find the data that does not decode. What `bascule issues` reports.

In charge of walking a resource by keyset pages, through the very functions that serve it, and of the query with which a
person finds the rows at the source. It sends what an export would: run it when the source is quiet.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.port import All, Any_, Compare, In, Null, Predicate, Shape
from app.gateway import Gateway
from app.plan import keys, read
from app.plan.model import Resource
from app.plan.query import Query
from app.plan.rows import BadRow, Dirt, projection

PAGE = 1000
SAMPLES = 5  # sample keys of one finding
NAMED = 50  # distinct stored values that the query of one finding names

Stored = tuple[Any, ...]


@dataclass(slots=True)
class Finding:
    """One kind of issue in one field: how many rows of how many, sample keys, and the statement that finds such rows."""

    resource: str
    field: str
    issue: str
    rows: int = 0
    of: int = 0
    keys: list[str] = dataclasses.field(default_factory=list)
    stored: list[Stored] = dataclasses.field(default_factory=list)
    query: str = ""


def scan(gateway: Gateway, version: str, limit: int | None = None) -> Iterator[Finding]:
    """The findings of every resource of a version, in its order; at most `limit` rows of each are read.

    Raises SourceError where a source does not answer.
    """
    for resource in gateway.plan.versions[version].resources.values():
        yield from scan_resource(gateway, resource, limit)


def scan_resource(gateway: Gateway, resource: Resource, limit: int | None = None) -> list[Finding]:
    """The findings of one resource, the most frequent first."""
    found: dict[tuple[str, str], Finding] = {}
    total = 0
    for rows in _pages(gateway, resource, limit):
        total += rows[0]
        for dirt in rows[1]:
            finding = found.setdefault((dirt.field, dirt.issue), Finding(resource.name, dirt.field, dirt.issue))
            _count(finding, dirt)
    for finding in found.values():
        finding.of = total
        finding.query = _query(gateway, resource, finding)
    return sorted(found.values(), key=lambda finding: -finding.rows)


def _pages(gateway: Gateway, resource: Resource, limit: int | None) -> Iterator[tuple[int, list[Dirt]]]:
    """The number of rows of each page, and what did not decode in it."""
    source = gateway.sources[resource.source]
    query = Query(resource, tuple(resource.fields), limit=PAGE)
    position: Sequence[Any] | None = None
    left = limit
    while left is None or left > 0:
        statement = read.page(query, query.fields, position)
        rows = source.run(statement.shape, statement.values).rows
        shown = rows[: PAGE if left is None else min(PAGE, left)]
        dirt: list[Dirt] = []
        for row in shown:
            try:
                statement.projection.items([row], dirt)
            except BadRow:
                continue  # the row's dirt was told before it failed
        yield len(shown), dirt
        if len(rows) <= PAGE:
            return
        position = statement.position(rows[PAGE - 1])
        left = None if left is None else left - PAGE


def _count(finding: Finding, dirt: Dirt) -> None:
    finding.rows += 1
    if len(finding.keys) < SAMPLES:
        finding.keys.append(keys.write(dirt.key))
    if len(finding.stored) < NAMED and dirt.stored not in finding.stored:
        finding.stored.append(dirt.stored)


def _query(gateway: Gateway, resource: Resource, finding: Finding) -> str:
    """The statement that finds rows with the stored values that were met: equal comparisons, so that an index serves."""
    columns = [column.name for column in resource.fields[finding.field].columns]
    found = _one_column(columns[0], finding.stored) if len(columns) == 1 else _columns(columns, finding.stored)
    made = projection(resource, (finding.field,))
    shape = Shape(made.columns, resource.table, resource.query, All((found, *resource.active)))
    values = [value for stored in finding.stored for value in stored if value is not None]
    return gateway.sources[resource.source].render(shape, (*values, *resource.active_values))


def _one_column(column: str, samples: Sequence[Stored]) -> Predicate:
    known = sum(stored != (None,) for stored in samples)
    terms = ((In(column, known),) if known else ()) + ((Null(column),) if known < len(samples) else ())
    return terms[0] if len(terms) == 1 else Any_(terms)


def _columns(columns: Sequence[str], samples: Sequence[Stored]) -> Predicate:
    """Rows that hold one of the samples in all of the columns, not a mixture of several."""

    def same(column: str, value: Any) -> Predicate:
        return Null(column) if value is None else Compare(column, "=")

    return Any_(tuple(All(tuple(map(same, columns, stored))) for stored in samples))
