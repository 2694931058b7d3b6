"""Reads: the statement that a query needs, as a shape of the port and its values.

In charge of the order of a page (sort, then key, so that it is total), of keyset positions, and of the predicates that
always hold. Nothing but bound values and names from the plan ever gets into a shape. It must not know a source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adapters.port import All, Any_, Compare, Order, Predicate, Shape
from app.conversions.base import BadValue, Stored
from app.plan import filters
from app.plan.model import Expansion, Field, Resource
from app.plan.query import Query
from app.plan.rows import Projection, projection
from app.problems import Detail, ProblemError

MOST_TERMS = 500  # of one OR: SQLite refuses an expression that is a thousand deep, and no planner likes one


Key = tuple[Any, ...]  # the API values of the fields that a join or a path names


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
    """The read of one item by its key's API values. Raises ProblemError `invalid-key` where one cannot be stored."""
    resource = query.resource
    made = projection(resource, fields)
    spellings = _spellings(resource, key)
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


def _spellings(resource: Resource, key: Sequence[Any]) -> list[tuple[Stored, ...]]:
    found: list[tuple[Stored, ...]] = []
    errors = []
    for name, value in zip(resource.key, key, strict=True):
        try:
            found.append(resource.fields[name].conversion.spellings(value))
        except BadValue as bad:
            errors.append(Detail(f"expected {bad.expected}", name, "invalid-key", bad.hint))
    if errors:
        raise ProblemError("invalid-key", "the key is not one that this resource can have", tuple(errors))
    return found


@lru_cache(maxsize=4096)
def _item_shape(resource: Resource, made: Projection) -> Shape:
    """The shape of a read by key whose fields each have one spelling: the commonest, so it is kept."""
    names = [column.name for name in resource.key for column in resource.fields[name].columns]
    return _shape(resource, made, [Compare(name, "=") for name in names])


def page(query: Query, fields: tuple[str, ...], position: Sequence[Any] | None) -> Statement:
    """The read of one page: one row more than the limit, to know whether there is a next. Raises ProblemError."""
    resource = query.resource
    order = order_of(resource, query.sort)
    made = projection(resource, fields, tuple(each.column for each in order))
    terms, values = _conditions(query)
    after = None if position is None else tuple(value is None for value in position)
    shape = _shape(resource, made, terms, order=order, after=after, limited=True)
    behind = () if position is None else tuple(value for value in position if value is not None)
    return Statement(shape, (*values, *resource.active_values, *behind, query.limit + 1), made, order)


def count(query: Query) -> tuple[Shape, tuple[Any, ...]]:
    """The read of the number of rows that the query's filters let through."""
    terms, values = _conditions(query)
    return _shape(query.resource, None, terms, count=True), (*values, *query.resource.active_values)


def batches(
    target: Resource, expansion: Expansion, keys: Sequence[Key], fields: tuple[str, ...], limit: int
) -> Iterator[Statement]:
    """The reads of an expansion for a whole page: rows of `target` whose remote fields equal one of `keys`.

    One read, as long as a statement of the source can carry the keys. A remote field that cannot hold a key's value (it is
    too long, say) has no row for it: the key is left out; no read is left where none can be held.
    """
    remote = [target.fields[name] for name in expansion.remote]
    order = order_of(target, ())
    made = projection(target, fields, tuple(each.column for each in order))
    for predicate, values in _any_of(remote, keys, _room(target)):
        shape = _shape(target, made, [predicate], order=order, limited=True)
        yield Statement(shape, (*values, *target.active_values, limit), made, order)


def _room(target: Resource) -> int:
    """The values that a predicate may take: a power of two, since lists of values are filled up to one."""
    free = target.traits.max_parameters - len(target.active_values) - 1
    return 1 << (free.bit_length() - 1)


def _any_of(fields: Sequence[Field], keys: Sequence[Key], room: int) -> Iterator[filters.Bound]:
    """Predicates that together hold where the fields equal one of `keys`; each takes at most `room` values."""
    chunk: list[Key] = []
    taken = terms = 0
    for key in keys:
        size, more = _cost(fields, key)
        if chunk and (taken + size > room or terms + more > MOST_TERMS):
            yield _one_of(fields, chunk)
            chunk, taken, terms = [], 0, 0
        if size:
            chunk.append(key)
            taken, terms = taken + size, terms + more
    if chunk:
        yield _one_of(fields, chunk)


def _one_of(fields: Sequence[Field], keys: Sequence[Key]) -> filters.Bound:
    if len(fields) == 1:
        return filters.equal(fields[0], [key[0] for key in keys])
    terms, values = [], []
    for key in keys:
        bound = [filters.equal(field, [value]) for field, value in zip(fields, key, strict=True)]
        terms.append(All(tuple(predicate for predicate, _ in bound)))
        values += [value for _, each in bound for value in each]
    return Any_(tuple(terms)), tuple(values)


def _cost(fields: Sequence[Field], key: Key) -> tuple[int, int]:
    """How many values and terms it takes, at most, to compare the fields with a key; none where they cannot hold it."""
    try:
        spelled = [field.conversion.spellings(value) for field, value in zip(fields, key, strict=True)]
    except BadValue:
        return 0, 0
    if len(fields) > 1:
        filled = [1 << (len(each) - 1).bit_length() for each in spelled]
        return sum(len(field.columns) * size for field, size in zip(fields, filled, strict=True)), 1
    width = len(fields[0].columns)
    return len(spelled[0]) * width, len(spelled[0]) if width > 1 else 0


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
    if len(values) > _room(query.resource):
        raise ProblemError("too-many-values", "the filters have more values than one query of the source can carry")
    return terms, values


@lru_cache(maxsize=4096)
def order_text(resource: Resource, sort: tuple[tuple[str, bool], ...]) -> str:
    """The order in words, for the digest that binds a cursor to it."""
    return repr(order_of(resource, sort))


def _shape(resource: Resource, made: Projection | None, terms: Sequence[Predicate], **rest: Any) -> Shape:
    where = (*terms, *resource.active)
    columns = () if made is None else made.columns
    predicate = where[0] if len(where) == 1 else All(where)
    return Shape(columns, resource.table, resource.query, predicate, **rest)
