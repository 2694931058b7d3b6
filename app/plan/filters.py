"""Filters: which operators a field has, and the predicate that each one becomes.

In charge of the rule that a filter converts the value, never the column (the column's index works), and of what null
means: `ne` and ranges leave out rows without a value, whether NULL or a sentinel; only `null` finds them.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from adapters.port import All, Any_, Column, Compare, In, Like, Null, Predicate
from app.contract.model import ResourceSpec
from app.conversions.base import Stored
from app.plan.model import Field, Filter, Operator
from app.shapes import Fault, nearest

Report = Callable[[Fault], None]
Bound = tuple[Predicate, tuple[Any, ...]]  # a predicate and its values, in the order in which the port consumes them

RANGES: tuple[Operator, ...] = ("gt", "gte", "lt", "lte")
TEXT: tuple[Operator, ...] = ("prefix", "contains")
UNORDERED = {"boolean", "enum", "binary"}

Comparison = Literal["=", "<>", "<", "<=", ">", ">="]
SIGNS: Mapping[Operator, Comparison] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
STRICT: Mapping[Comparison, Comparison] = {">": ">", ">=": ">", "<": "<", "<=": "<"}
LOOSE: Mapping[Comparison, Comparison] = {">": ">=", ">=": ">=", "<": "<=", "<=": "<="}
HOLDS: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    ">": python.gt,
    ">=": python.ge,
    "<": python.lt,
    "<=": python.le,
}


def operators_of(field: Field) -> tuple[Operator, ...]:
    """List what a field can be asked, as its type and its conversion allow."""
    names: list[Operator] = []
    if field.conversion.filterable and field.type != "binary":
        names += ["eq", "ne"]
        if field.type not in UNORDERED and field.conversion.keeps_order:
            names += RANGES
        if field.conversion.searchable:
            names += TEXT
    if _can_be_null(field):
        names.append("null")
    return tuple(names)


def _can_be_null(field: Field) -> bool:
    """Whether the database can tell: by NULL, or by a sentinel. What does not decode is no null to it."""
    return field.conversion.filterable and (field.columns[0].nullable or bool(field.conversion.nulls))


def filters_of(spec: ResourceSpec, fields: Mapping[str, Field], report: Report) -> Mapping[str, Filter]:
    """The filters of a resource by parameter. An entry is a field (all its operators) or `field[operator]`."""
    filters: dict[str, Filter] = {}
    for index, entry in enumerate(spec.filter):
        name, _, rest = entry.partition("[")
        place = spec.node.at("filter", index)
        if name not in spec.fields:
            hint = nearest(name, spec.fields)
            report(Fault("unknown-field", place, f"{spec.name} has no field {name!r} to filter by", hint=hint))
        elif name in fields:
            allowed = operators_of(fields[name])
            wanted = tuple(each for each in allowed if each == rest.rstrip("]")) if rest else allowed
            if not wanted:
                report(_refused(fields[name], rest.rstrip("]"), allowed, spec, index))
            filters.update(
                {_parameter(name, each): Filter(_parameter(name, each), fields[name], each) for each in wanted}
            )
    return filters


def _refused(field: Field, operator: str, allowed: tuple[Operator, ...], spec: ResourceSpec, index: int) -> Fault:
    place = spec.node.at("filter", index)
    if operator in RANGES and not field.conversion.keeps_order:
        reason = f"stored as {field.conversion.name}, the order of the column is not that of its values"
        return Fault("no-range", place, f"{field.name} has no range filter: {reason}")
    message = f"{field.name} has no operator {operator!r}" if operator else f"{field.name} cannot be filtered by"
    return Fault("unknown-operator", place, message, hint=nearest(operator, allowed))


def _parameter(name: str, operator: Operator) -> str:
    return name if operator == "eq" else f"{name}[{operator}]"


def predicate(each: Filter, values: Sequence[Any]) -> Bound:
    """Give the predicate of a filter for its API values. Raises BadValue where a value cannot be stored."""
    field = each.field
    if each.operator == "eq":
        return equal(field, values)
    if each.operator == "ne":
        return _unequal(field, values)
    if each.operator == "null":
        return _null(field, wanted=values[0])
    if each.operator in TEXT:
        return Like(field.columns[0].name, "prefix" if each.operator == "prefix" else "contains"), (values[0],)
    return _range(field, SIGNS[each.operator], field.conversion.spellings(values[0]))


def equal(field: Field, values: Iterable[Any]) -> Bound:
    """One of `values`, in any of its spellings."""
    spellings = [spelling for value in values for spelling in field.conversion.spellings(value)]
    if len(field.columns) == 1:
        return _within(field.columns[0].name, [spelling[0] for spelling in spellings])
    found = [spelling for spelling in spellings if _storable(field, spelling)]
    terms = tuple(All(tuple(map(_same, field.columns, spelling))) for spelling in found)
    return Any_(terms), _present(found)


def _same(column: Column, value: Any) -> Predicate:
    return Null(column.name) if value is None else Compare(column.name, "=")


def _other(column: Column, value: Any) -> Predicate:
    """The column has another value. NULL is another than any, for the columns that do not decide about null."""
    if value is None:
        return Null(column.name, negated=True)
    other = Compare(column.name, "<>")
    return Any_((other, Null(column.name))) if column.nullable else other


def _storable(field: Field, spelling: Stored) -> bool:
    return all(value is not None or column.nullable for column, value in zip(field.columns, spelling, strict=True))


def _present(spellings: Iterable[Stored]) -> tuple[Any, ...]:
    """The values that are bound: NULL is a predicate of its own."""
    return tuple(value for spelling in spellings for value in spelling if value is not None)


def _within(column: str, values: list[Any], *, negated: bool = False) -> Bound:
    """`=` for one value, else IN, filled up to a power of two: few shapes of statement for any number of values."""
    if len(values) == 1 and not negated:
        return Compare(column, "="), (values[0],)
    size = 1 << (len(values) - 1).bit_length()
    return In(column, size, negated), (*values, *values[-1:] * (size - len(values)))


def _unequal(field: Field, values: Iterable[Any]) -> Bound:
    spellings = [spelling for value in values for spelling in field.conversion.spellings(value)]
    if len(field.columns) == 1:
        sentinels = [null[0] for null in _sentinels(field)]
        return _within(field.columns[0].name, [*(spelling[0] for spelling in spellings), *sentinels], negated=True)
    found = [spelling for spelling in spellings if _storable(field, spelling)]
    terms = [Any_(tuple(map(_other, field.columns, spelling))) for spelling in found]
    known = [Null(column.name, negated=True) for column in _deciding(field) if column.nullable]
    exclusion, excluded = _without_sentinels(field, lambda _: True)
    return All((*terms, *known, *exclusion)), (*_present(found), *excluded)


def _range(field: Field, sign: Comparison, spellings: Sequence[Stored]) -> Bound:
    """Lexicographic over the field's columns, sentinels left out that would lie in the range.

    Behind the columns that decide about null, NULL is the lowest value (a date without a time is the start of its day): it
    lies below the bound, unless the bound is spelled with NULL, too.
    """
    bound, deciding = spellings[0], len(_deciding(field))
    with_null = sign == "<=" or (sign in {"<", ">="} and (sign == ">=") == any(None in each for each in spellings))
    lowest = tuple(column.name for column in field.columns[deciding:] if column.nullable and with_null)
    predicate, values = _lexicographic([column.name for column in field.columns], sign, bound, lowest)
    if (
        len(field.columns) > 1
    ):  # an OR is no range that an index can start at; what it implies of the first column is one
        predicate, values = All((Compare(field.columns[0].name, LOOSE[sign]), predicate)), (bound[0], *values)

    def inside(sentinel: Stored) -> bool:
        if any(isinstance(value, str) for value in sentinel):
            return True  # how text sorts is the database's business: EBCDIC has letters before digits
        try:
            return HOLDS[sign](sentinel, bound[: len(sentinel)]) or sentinel == bound[: len(sentinel)]
        except TypeError:
            return True

    exclusion, excluded = _without_sentinels(field, inside)
    return (All((predicate, *exclusion)), (*values, *excluded)) if exclusion else (predicate, values)


def _lexicographic(columns: Sequence[str], sign: Comparison, bound: Stored, lowest: Sequence[str]) -> Bound:
    """(a, b) > (x, y) as `a > x OR (a = x AND b > y)`: no dialect has to know row values. NULL passes in `lowest`."""
    first, null = columns[0], (Null(columns[0]),) if columns[0] in lowest else ()
    if len(columns) == 1:
        compared = Compare(first, sign)
        return (Any_((compared, *null)) if null else compared), (bound[0],)
    inner, values = _lexicographic(columns[1:], sign, bound[1:], lowest)
    tied = All((Compare(first, "="), inner))
    return Any_((Compare(first, STRICT[sign]), *null, tied)), (bound[0], bound[0], *values)


def _deciding(field: Field) -> tuple[Column, ...]:
    """The columns that decide about null."""
    return field.columns[: field.conversion.deciding or len(field.columns)]


def _sentinels(field: Field) -> list[Stored]:
    """The sentinels on the columns that decide about null, each once."""
    deciding = len(_deciding(field))
    return list(dict.fromkeys(null[:deciding] for null in field.conversion.nulls))


def _without_sentinels(field: Field, inside: Callable[[Stored], bool]) -> tuple[tuple[Predicate, ...], tuple[Any, ...]]:
    """Leave out the sentinels for which `inside` holds."""
    sentinels = [sentinel for sentinel in _sentinels(field) if inside(sentinel)]
    if not sentinels:
        return (), ()
    predicate, values = _are(field, sentinels, negated=True)
    return (predicate,), values


def _are(field: Field, sentinels: list[Stored], *, negated: bool) -> Bound:
    """The deciding columns hold one of `sentinels`, or none of them."""
    names = [column.name for column in field.columns[: len(sentinels[0])]]
    if len(names) == 1:
        return _within(names[0], [sentinel[0] for sentinel in sentinels], negated=negated)
    values = tuple(value for sentinel in sentinels for value in sentinel)
    if negated:
        return All(tuple(Any_(tuple(Compare(name, "<>") for name in names)) for _ in sentinels)), values
    return Any_(tuple(All(tuple(Compare(name, "=") for name in names)) for _ in sentinels)), values


def _null(field: Field, *, wanted: bool) -> Bound:
    column = field.columns[0].name
    sentinels = _sentinels(field)
    if not sentinels:
        return Null(column, negated=not wanted), ()
    found, values = _are(field, sentinels, negated=not wanted)
    terms = (Null(column, negated=not wanted), found)
    return (Any_(terms) if wanted else All(terms)), values
