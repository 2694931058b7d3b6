"""A SQL source: the port's protocol over one database, whatever its kind.

In charge of learning tables, keeping compiled statements, and running them. It must not know a driver: a `Backend` says
what its kind does differently, and a `Gate` keeps the connections.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from adapters.port import Catalog, Column, ColumnType, Health, Lane, Missing, Rows, Shape, Table, Traits
from adapters.sql.query_text import bare
from adapters.sql.statements import Place, Rules, Statement, as_it_is, compile_shape, render_shape

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

    from adapters.sql.types import Convert

T = TypeVar("T")

_STATEMENTS: Final = 1024  # compiled shapes kept; a plan has some dozens, a request's choice of filters the rest
_CATALOG_SECONDS: Final = 60.0  # reading a catalog is no request: large ones take their time


class Gate(Protocol):
    """What keeps a source's connections (`guard.Guard`)."""

    def call(
        self, deadline: float | None, work: Callable[..., T], *arguments: Any, lane: Lane = "interactive"
    ) -> tuple[T, float, float]:
        """Call `work(connection, *arguments)`: its result, and the seconds waited and taken. Raises SourceError."""
        ...

    def charge(self, rows: int) -> None:
        """So many rows were read."""
        ...

    def health(self) -> Health:
        """How the source is, as far as is known."""
        ...

    def close(self) -> None:
        """Give every connection back."""
        ...


@dataclass(frozen=True, slots=True)
class Backend:
    """What differs between SQL databases, declared by each kind. The functions are given a DBAPI connection.

    `dialect` must have a positional paramstyle. `bind` gives what makes a driver's value for a column of that type (None:
    nothing to do). `inspect` reads tables (None: all), `describe` the columns of a query's bare text, `explain` the steps
    of a statement. `wildcards` are the signs that a LIKE pattern must escape; `probe` is the cheapest statement.

    `place` writes the placeholder of a value for a column of that type, `project` how such a column is selected (None for
    either: as it is). `suffix` ends every statement. Where `limits` is false a statement says nothing of its limit, and only
    so many rows are fetched; where `hoists` is true, what stands before a query's SELECT (`WITH …`) is put before the
    statement, since the database does not take it in brackets.
    """

    kind: str
    traits: Traits
    dialect: Dialect
    bind: Callable[[ColumnType], Convert | None]
    inspect: Callable[[Any, Sequence[str] | None], Mapping[str, Table]]
    describe: Callable[[Any, str], Sequence[Column]]
    explain: Callable[[Any, str, Sequence[Any]], Sequence[str]]
    wildcards: str = "%_"
    probe: str = "SELECT 1"
    place: Place | None = None
    project: Place | None = None
    suffix: str = ""
    limits: bool = True
    hoists: bool = False


def fetch(
    connection: Any, statement: str, parameters: Sequence[Any], limit: int | None = None
) -> Sequence[Sequence[Any]]:
    """Run one statement on a DBAPI connection, and give its rows, or the first `limit` of them."""
    cursor = connection.cursor()
    try:
        cursor.execute(statement, parameters)
        rows: Sequence[Sequence[Any]] = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
        return rows
    finally:
        cursor.close()


class SqlSource:
    """One SQL database. See `adapters.port.Source` for what each method promises."""

    def __init__(self, name: str, backend: Backend, gate: Gate) -> None:
        self.name, self.kind, self.traits = name, backend.kind, backend.traits
        self._backend, self._gate = backend, gate
        self._rules = Rules(
            backend.dialect,
            backend.traits,
            backend.bind,
            backend.wildcards,
            backend.place or as_it_is,
            backend.project or as_it_is,
            backend.suffix,
            limits=backend.limits,
            hoists=backend.hoists,
        )
        self._tables: dict[str, Table] = {}
        self._queries: dict[str, Table] = {}
        self._statements: dict[Shape, Statement] = {}
        self._compiling = threading.Lock()

    def learn(self, catalog: Catalog, queries: Mapping[str, str] | None = None) -> None:
        """Take in the types to bind with; statements that were compiled with older ones are forgotten."""
        texts = queries or {}
        with self._compiling:
            self._tables = dict(catalog.tables)
            self._queries = {texts[name]: known for name, known in catalog.queries.items() if name in texts}
            self._statements = {}

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """Run one read."""
        statement = self._statements.get(shape) or self._compile(shape)
        limit = None if statement.limit is None else values[statement.limit]
        given = statement.bind(values)
        rows, waited, took = self._gate.call(deadline, fetch, statement.text, given, limit, lane=lane)
        self._gate.charge(len(rows))
        return Rows(rows, statement.text, waited, took)

    def health(self) -> Health:
        """How the source is, as the gate knows it."""
        return self._gate.health()

    def render(self, shape: Shape, values: Sequence[Any]) -> str:
        """The statement with literals, for people."""
        return render_shape(shape, self._known(shape), self._rules, values)

    def explain(self, shape: Shape, values: Sequence[Any]) -> str:
        """The source's own plan of the statement, one step a line."""
        statement = self._compile(shape)
        steps, _, _ = self._gate.call(None, self._backend.explain, statement.text, statement.bind(values))
        return "\n".join(steps)

    def catalog(self, tables: Sequence[str] | None = None, queries: Mapping[str, str] | None = None) -> Catalog:
        """Read the catalog over one connection."""
        found, _, _ = self._gate.call(time.monotonic() + _CATALOG_SECONDS, self._read_catalog, tables, queries or {})
        return found

    def ping(self) -> None:
        """Ask for an answer of one row."""
        self._gate.call(None, fetch, self._backend.probe, ())

    def close(self) -> None:
        """Give every connection back."""
        self._gate.close()

    def _read_catalog(self, connection: Any, tables: Sequence[str] | None, queries: Mapping[str, str]) -> Catalog:
        inspected = self._backend.inspect(connection, tables)
        described = {
            name: Table(name, tuple(self._backend.describe(connection, bare(text)))) for name, text in queries.items()
        }
        return Catalog(inspected, described)

    def _known(self, shape: Shape) -> Table:
        known = self._tables.get(shape.table) if shape.table is not None else self._queries.get(shape.query or "")
        if known is None:
            raise Missing(f"{self.name}: {shape.table or 'the query'} is not in the catalog that this source learned")
        return known

    def _compile(self, shape: Shape) -> Statement:
        """Compile a shape, or give the statement that is kept; the oldest makes room."""
        with self._compiling:
            kept = self._statements.get(shape)
            if kept is not None:
                return kept
            statement = compile_shape(shape, self._known(shape), self._rules)
            if len(self._statements) >= _STATEMENTS:
                del self._statements[next(iter(self._statements))]
            self._statements[shape] = statement
            return statement
