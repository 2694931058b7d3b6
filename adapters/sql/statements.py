"""From a shape to a statement: compiled once, then only filled with values.

In charge of the text and of which value goes to which placeholder, in which form. It must not run anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
    true,
)
from sqlalchemy.sql.elements import True_, quoted_name
from sqlalchemy.types import NullType

from adapters.port import All, Any_, Compare, In, Like, Missing, Null, Predicate, Shape, Table, Traits
from adapters.sql.keyset import Position, after
from adapters.sql.query_text import lead, reading
from adapters.sql.types import Convert, to_text

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

    from adapters.port import Column, ColumnType

_ESCAPE: Final = "/"  # a backslash means different things to different servers; a slash nothing anywhere

_OPERATORS: Final[dict[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}

Slot = Callable[[int, Convert | None], ColumnElement[Any]]
"""Puts the value of that index, converted, into a statement: as a parameter, or as a literal for people."""


Place = Callable[["ColumnType", ColumnElement[Any]], ColumnElement[Any]]
"""How a database wants an expression written that stands for a value of that type: with a cast, say."""


def as_it_is(kind: ColumnType, expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """The Place of a database that wants nothing."""
    del kind
    return expression


@dataclass(frozen=True, slots=True)
class Rules:
    """What a statement's text depends on besides its shape. The words are those of `Backend`."""

    dialect: Dialect
    traits: Traits
    bind: Callable[[ColumnType], Convert | None]
    wildcards: str
    place: Place = as_it_is
    project: Place = as_it_is
    suffix: str = ""
    limits: bool = True
    hoists: bool = False
    bracket_wildcards: bool = False
    operand: Place = as_it_is
    literal: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled shape. A slot is the index of the value for one placeholder, and what to make of it.

    Indexes past the caller's values are those of `constants`, which a dialect added on its own (SQLite's OFFSET 0).
    `limit` is the index of the value that says how many rows to fetch, where the text does not say it.
    """

    text: str
    slots: tuple[tuple[int, Convert | None], ...]
    constants: tuple[Any, ...] = ()
    limit: int | None = None

    def bind(self, values: Sequence[Any]) -> list[Any]:
        """The values as the driver takes them, one for each placeholder."""
        given = (*values, *self.constants) if self.constants else values
        return [given[index] if convert is None else convert(given[index]) for index, convert in self.slots]


def compile_shape(shape: Shape, known: Table, rules: Rules) -> Statement:
    """The statement of a shape over a table or query whose columns are `known`. Raises Missing."""
    converts: dict[str, tuple[int, Convert | None]] = {}

    def parameter(index: int, convert: Convert | None) -> ColumnElement[Any]:
        name = f"v{index}"
        converts[name] = (index, convert)
        return bindparam(name, type_=NullType())

    built = _Builder(shape, known, rules, parameter)
    compiled = built.statement().compile(dialect=rules.dialect)
    order: list[str] = compiled.positiontup or []
    added = [name for name in order if name not in converts]
    for position, name in enumerate(added, start=built.taken):
        converts[name] = (position, None)
    constants = tuple(compiled.params[name] for name in added)
    return Statement(built.lead + str(compiled), tuple(converts[name] for name in order), constants, built.unsaid)


def render_shape(shape: Shape, known: Table, rules: Rules, values: Sequence[Any]) -> str:
    """The statement with its values as literals, for people. Raises Missing."""
    write = rules.literal or literal_text

    def literal(index: int, convert: Convert | None) -> ColumnElement[Any]:
        value = values[index]
        return literal_column(write(value if convert is None else convert(value)))

    built = _Builder(shape, known, rules, literal)
    return built.lead + str(built.statement().compile(dialect=rules.dialect, compile_kwargs={"literal_binds": True}))


def literal_text(value: Any) -> str:
    """A value as standard SQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"X'{bytes(value).hex().upper()}'"
    if isinstance(value, dt.datetime):
        return f"'{value.isoformat(sep=' ')}'"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return "'" + str(value).replace("'", "''") + "'"


class _Builder:
    """Walks a shape once, in the order in which its values are consumed.

    `lead` is what stands before the statement; `unsaid` the index of the limit's value, where the statement does not say it.
    """

    def __init__(self, shape: Shape, known: Table, rules: Rules, slot: Slot) -> None:
        self._shape, self._known, self._rules, self._slot = shape, known, rules, slot
        self._next = count()
        self.taken = 0
        self.lead = ""
        self.unsaid: int | None = None
        self._source = self._from()

    def statement(self) -> Select[Any]:
        shape = self._shape
        conditions = [self._predicate(shape.where)]
        if shape.after is not None:
            conditions.append(self._after(shape.after))
        chosen = [func.count()] if shape.count else [self._selected(name) for name in shape.columns]
        built = select(*chosen).select_from(self._source)
        built = built.where(*(condition for condition in conditions if not isinstance(condition, True_)))
        for order in shape.order:
            by = self._operand(order.column)
            built = built.order_by(by.desc() if order.descending else by)
        return self._ended(built)

    def _ended(self, built: Select[Any]) -> Select[Any]:
        """The limit, and what the database wants at the end."""
        if self._shape.limited and self._rules.limits:
            built = built.limit(self._take(None))
        elif self._shape.limited:
            self.unsaid, self.taken = self.taken, self.taken + 1
        return built.suffix_with(text(self._rules.suffix)) if self._rules.suffix else built

    def _from(self) -> FromClause:
        columns: list[ColumnClause[Any]] = [column(_exactly(each.name)) for each in self._known.columns]
        if self._shape.query is not None:
            brackets = quotes_in_brackets(self._rules.dialect)
            query = reading(self._shape.query, brackets=brackets)
            if self._rules.hoists:
                self.lead, query = lead(query, brackets=brackets)
            # A colon would name a parameter of SQLAlchemy's; the line ends keep a comment in the text to itself.
            inner = text("\n" + query.replace(":", "\\:") + "\n")
            return inner.columns(*columns).subquery("q")
        schema, _, name = (self._shape.table or "").rpartition(".")
        return table(_exactly(name), *columns, schema=_exactly(schema) if schema else None)

    def _take(self, convert: Convert | None) -> ColumnElement[Any]:
        """A place for the next value."""
        self.taken = next(self._next) + 1
        return self._slot(self.taken - 1, convert)

    def _declared(self, name: str) -> Column:
        found = self._known.column(name)
        if found is None:
            raise Missing(f"{self._known.name} has no column {name}")
        return found

    def _column(self, name: str) -> ColumnElement[Any]:
        self._declared(name)
        return self._source.c[name]

    def _operand(self, name: str) -> ColumnElement[Any]:
        """A column as it is compared and sorted."""
        return self._rules.operand(self._declared(name).type, self._column(name))

    def _typed(self, name: str) -> ColumnElement[Any]:
        """A place for the next value, which is bound with the type of a column."""
        kind = self._declared(name).type
        return self._rules.place(kind, self._take(self._rules.bind(kind)))

    def _selected(self, name: str) -> ColumnElement[Any]:
        """A column as it is selected: under its own name, however it is written."""
        plain = self._column(name)
        written = self._rules.project(self._declared(name).type, plain)
        return plain if written is plain else written.label(_exactly(name))

    def _predicate(self, predicate: Predicate) -> ColumnElement[bool]:
        match predicate:
            case Compare(name, operator):
                return _OPERATORS[operator](self._operand(name), self._typed(name))
            case In(name, number, negated):
                values = [self._typed(name) for _ in range(number)]
                return self._operand(name).not_in(values) if negated else self._operand(name).in_(values)
            case Like(name, match_):
                kind = self._declared(name).type
                pattern = self._rules.place(kind, self._take(_pattern(match_, kind, self._rules)))
                return self._operand(name).like(pattern, escape=None if self._rules.bracket_wildcards else _ESCAPE)
            case Null(name, negated):
                return self._column(name).is_not(None) if negated else self._column(name).is_(None)
            case All(terms):
                return and_(*(self._predicate(term) for term in terms)) if terms else true()
            case Any_(terms):
                return or_(*(self._predicate(term) for term in terms)) if terms else false()

    def _after(self, nulls: Sequence[bool]) -> ColumnElement[bool]:
        positions = [
            Position(
                self._operand(order.column),
                None if null else self._typed(order.column),
                order.descending,
                self._declared(order.column).nullable,
            )
            for order, null in zip(self._shape.order, nulls, strict=True)
        ]
        traits = self._rules.traits
        return after(positions, nulls_first=traits.nulls_first, row_values=traits.row_values)


def quotes_in_brackets(dialect: Dialect) -> bool:
    """Whether a quoted name is written `[name]`."""
    return dialect.identifier_preparer.initial_quote == "["


def _exactly(name: str) -> quoted_name:
    """A name as the catalog spells it: always quoted, so that neither case nor a reserved word matters."""
    return quoted_name(name, quote=True)


def _pattern(match_: str, kind: ColumnType, rules: Rules) -> Convert:
    """What makes a LIKE pattern of plain text, which is bound as a varchar is: nothing is padded or cut off."""
    signs = rules.wildcards + ("[" if rules.bracket_wildcards else _ESCAPE)
    special = str.maketrans({sign: f"[{sign}]" if rules.bracket_wildcards else _ESCAPE + sign for sign in signs})
    spelled = rules.bind(replace(kind, base="varchar")) or to_text
    lead = "%" if match_ == "contains" else ""
    return lambda value: f"{lead}{to_text(spelled(value)).translate(special)}%"
