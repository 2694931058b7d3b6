"""Reads: the statement that a query needs, as a shape of the port and its values.

In charge of the order of a page (sort, then key, so that it is total), of keyset positions, and of the predicates that
always hold. Nothing but bound values and names from the plan ever gets into a shape. It must not know a source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from adapters.port import All, Any_, Compare, Order, Predicate, Shape
from app.conversions.base import BadValue
from app.plan import filters
from app.plan.model import Expansion, Field, Resource
from app.plan.query import Query
from app.plan.rows import Projection, projection
from app.problems import Detail, ProblemError


@dataclass(frozen=True, slots=True)
class Statement:
    """One read: what to run, and how to make items of what it brings."""

    shape: Shape
    values: tuple[Any, ...]
    projection: Projection
    order: tuple[Order, ...] = ()

    def position(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """Where a page that ends with `row` ends."""
        return tuple(row[self.projection.position(each.column)] for each in self.order)


def item(query: Query, key: Sequence[Any], fields: tuple[str, ...]) -> Statement:
    """The read of one item by its key's API values."""
    resource = query.resource
    made = projection(resource, fields)
    spellings = [
        resource.fields[name].conversion.spellings(value) for name, value in zip(resource.key, key, strict=True)
    ]
    counts = tuple(len(each) for each in spellings)
    if all(count == 1 for count in counts):
        values = tuple(value for each in spellings for value in each[0])
        return Statement(_item_shape(resource, made), (*values, *resource.active_values), made)
    terms, bound = zip(
        *(filters.equal(resource.fields[name], [value]) for name, value in zip(resource.key, key, strict=True)),
        strict=True,
    )
    shape = _shape(resource, made, terms)
    return Statement(shape, (*(value for values in bound for value in values), *resource.active_values), made)


@lru_cache(maxsize=4096)
def _item_shape(resource: Resource, made: Projection) -> Shape:
    """The shape of a read by key whose fields each have one spelling: the commonest, so it is kept."""
    names = [column.name for name in resource.key for column in resource.fields[name].columns]
    return _shape(resource, made, [Compare(name, "=") for name in names])


def page(query: Query, fields: tuple[str, ...], position: Sequence[Any] | None) -> Statement:
    """The read of one page: one row more than the limit, to know whether there is a next."""
    resource = query.resource
    order = order_of(resource, query.sort)
    made = projection(resource, fields, tuple(each.column for each in order))
    terms, values = _conditions(query)
    shape = _shape(resource, made, terms)
    after = None if position is None else tuple(value is None for value in position)
    shape = replace(shape, order=order, after=after, limited=True)
    behind = () if position is None else tuple(value for value in position if value is not None)
    return Statement(shape, (*values, *resource.active_values, *behind, query.limit + 1), made, order)


def count(query: Query) -> tuple[Shape, tuple[Any, ...]]:
    """The read of the number of rows that the query's filters let through."""
    terms, values = _conditions(query)
    shape = _shape(query.resource, None, terms)
    return replace(shape, count=True), (*values, *query.resource.active_values)


def batch(target: Resource, expansion: Expansion, keys: Sequence[tuple[Any, ...]], fields: tuple[str, ...],
          limit: int) -> Statement:  # fmt: skip
    """The one read of an expansion for a whole page: rows of `target` whose remote fields equal one of `keys`.

    A remote field that cannot hold a key's value (it is too long, say) has no row for it: the key is left out.
    """
    remote = [target.fields[name] for name in expansion.remote]
    predicate, values = _one_of(remote, keys)
    order = order_of(target, ())
    made = projection(target, fields, tuple(each.column for each in order))
    shape = replace(_shape(target, made, [predicate]), order=order, limited=True)
    return Statement(shape, (*values, *target.active_values, limit), made, order)


def _one_of(fields: Sequence[Field], keys: Sequence[tuple[Any, ...]]) -> filters.Bound:
    storable = [key for key in keys if _storable(fields, key)]
    if not storable:
        return Any_(()), ()
    if len(fields) == 1:
        return filters.equal(fields[0], [key[0] for key in storable])
    terms, values = [], []
    for key in storable:
        bound = [filters.equal(field, [value]) for field, value in zip(fields, key, strict=True)]
        terms.append(All(tuple(predicate for predicate, _ in bound)))
        values += [value for _, each in bound for value in each]
    return Any_(tuple(terms)), tuple(values)


def _storable(fields: Sequence[Field], key: tuple[Any, ...]) -> bool:
    try:
        return all(field.conversion.spellings(value) for field, value in zip(fields, key, strict=True))
    except BadValue:
        return False


@lru_cache(maxsize=4096)
def order_of(resource: Resource, sort: tuple[tuple[str, bool], ...]) -> tuple[Order, ...]:
    """The total order of a page: the sort, then the key in the direction of the last sort, so that one index serves."""
    descending = sort[-1][1] if sort else False
    names = [*sort, *((name, descending) for name in resource.key)]
    columns: dict[str, Order] = {}
    for name, down in names:
        for column in resource.fields[name].columns:
            columns.setdefault(column.name, Order(column.name, down))
    return tuple(columns.values())


def _conditions(query: Query) -> tuple[list[Predicate], list[Any]]:
    terms: list[Predicate] = []
    values: list[Any] = []
    errors = []
    for each, wanted in query.filters:
        try:
            predicate, bound = filters.predicate(each, wanted)
        except BadValue as bad:
            errors.append(Detail(f"expected {bad.expected}", each.parameter, "invalid-value", bad.hint))
            continue
        terms.append(predicate)
        values += bound
    if errors:
        raise ProblemError("invalid-value", f"{errors[0].parameter}: {errors[0].detail}", tuple(errors))
    return terms, values


def _shape(resource: Resource, made: Projection | None, terms: Sequence[Predicate]) -> Shape:
    where = (*terms, *resource.active)
    columns = () if made is None else made.columns
    predicate = where[0] if len(where) == 1 else All(where)
    return Shape(columns, resource.table, resource.query, predicate)
