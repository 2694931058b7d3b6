"""A SQL source: the port's protocol over one database, whatever its kind.

In charge of learning tables, keeping compiled statements, and running them. It must not know a driver: a `Backend` says
what its kind does differently, and a `Gate` keeps the connections.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from adapters.port import (
    Catalog,
    Column,
    ColumnType,
    Health,
    Lane,
    Listed,
    Missing,
    Rows,
    Shape,
    SourceError,
    Table,
    Traits,
)
from adapters.sql.fetching import Fetcher, fetch
from adapters.sql.query_text import reading
from adapters.sql.statements import Place, Rules, Statement, as_it_is, compile_shape, quotes_in_brackets, render_shape
from adapters.sql.types import Convert, Unfit

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

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
class Roomy:
    """`bind` and `place` of a Backend once more, for a statement of whose values one raised Unfit."""

    bind: Callable[[ColumnType], Convert | None]
    place: Place


@dataclass(frozen=True, slots=True)
class Backend:
    """What differs between SQL databases, declared by each kind. The functions are given a DBAPI connection.

    `dialect` must have a positional paramstyle. `bind` gives what makes a driver's value for a column of that type (None:
    nothing to do). `inspect` reads tables (None: all), `describe` the columns of a query's bare text, `explain` the steps
    of a statement. `listing` names the tables without reading them (None: as `inspect` does). `wildcards` are the signs that a LIKE pattern must escape; `probe` is the cheapest statement.

    `place` writes the placeholder of a value for a column of that type, `project` how such a column is selected, `operand`
    how it is compared and sorted (None: as it is). `literal` writes a value for people (None: as standard SQL). `suffix`
    ends every statement. Where `limits` is false a statement says nothing of its limit, and only so many rows are fetched;
    where `hoists` is true, what stands before a query's SELECT (`WITH …`) is put before the statement, since the database
    does not take it in brackets.

    `write_limit`, where `limits` is false, puts a number of rows into a finished statement, for a database that wants it
    there and not as a value. Where `bracket_wildcards` is true, a wildcard that stands for itself is written `[%]`, without an
    escape sign.

    `roomy` is for a database that gives a parameter its column's type, and cuts or refuses what that cannot hold: there
    `bind` may raise Unfit, and the statement is written with places that hold anything, perhaps at the cost of an index.

    `fetch` runs the statements of reads, on cursors that are kept or not, and says who fetches when.
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
    write_limit: Callable[[str, int], str] | None = None
    bracket_wildcards: bool = False
    roomy: Roomy | None = None
    operand: Place | None = None
    literal: Callable[[Any], str] | None = None
    listing: Callable[[Any], Sequence[Listed]] | None = None
    fetch: Fetcher = fetch


class SqlSource:
    """One SQL database. See `adapters.port.Source` for what each method promises."""

    def __init__(self, name: str, backend: Backend, gate: Gate) -> None:
        self.name, self.kind, self.traits = name, backend.kind, backend.traits
        self._backend, self._gate = backend, gate
        self._fetch_page, self._fetch = backend.fetch, replace(backend.fetch, turns=None)
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
            bracket_wildcards=backend.bracket_wildcards,
            operand=backend.operand or as_it_is,
            literal=backend.literal,
        )
        roomy = backend.roomy
        self._roomy_rules = replace(self._rules, bind=roomy.bind, place=roomy.place) if roomy else self._rules
        self._tables: Mapping[str, Table] = {}
        self._queries: dict[str, Table] = {}
        self._statements: dict[Shape, Statement] = {}
        self._roomy: dict[Shape, Statement] = {}
        self._compiling = threading.Lock()

    def learn(self, catalog: Catalog, queries: Mapping[str, str] | None = None) -> None:
        """Take in the types to bind with; statements that were compiled with older ones are forgotten."""
        texts = queries or {}
        with self._compiling:
            self._tables = catalog.tables  # which may read each only when it is asked for
            self._queries = {texts[name]: known for name, known in catalog.queries.items() if name in texts}
            self._statements, self._roomy = {}, {}

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """Run one read."""
        statement, given = self._filled(shape, values)
        text, limit = (statement.text, None) if statement.limit is None else self._cut(statement, values)
        work = self._fetch_page if shape.limited else self._fetch
        rows, waited, took = self._gate.call(deadline, work, text, given, limit, lane=lane)
        self._gate.charge(len(rows))
        return Rows(rows, text, waited, took)

    def health(self) -> Health:
        """How the source is, as the gate knows it."""
        return self._gate.health()

    def render(self, shape: Shape, values: Sequence[Any]) -> str:
        """The statement with literals, for people."""
        try:
            text = render_shape(shape, self._known(shape), self._rules, values)
        except Unfit:
            text = render_shape(shape, self._known(shape), self._roomy_rules, values)
        return self._with_limit(text, values[-1]) if shape.limited and not self._backend.limits else text

    def explain(self, shape: Shape, values: Sequence[Any]) -> str:
        """The source's own plan of the statement, one step a line."""
        statement, given = self._filled(shape, values)
        steps, _, _ = self._gate.call(None, self._backend.explain, statement.text, given)
        return "\n".join(steps)

    def tables(self) -> Sequence[Listed]:
        """The names and kinds of what can be read; by reading all of it, where the kind has nothing cheaper."""
        until = time.monotonic() + _CATALOG_SECONDS
        listed, _, _ = self._gate.call(until, self._backend.listing or self._listing, lane="background")
        return listed

    def catalog(self, tables: Sequence[str] | None = None, queries: Mapping[str, str] | None = None) -> Catalog:
        """Read the tables at once, then each query; a failure names the query that it is about. Nobody waits for it."""
        until = time.monotonic() + _CATALOG_SECONDS
        inspected, _, _ = self._gate.call(until, self._backend.inspect, tables, lane="background")
        return Catalog(inspected, {name: self._described(name, text, until) for name, text in (queries or {}).items()})

    def ping(self, deadline: float | None = None) -> None:
        """Ask for an answer of one row."""
        self._gate.call(deadline, fetch, self._backend.probe, ())

    def close(self) -> None:
        """Give every connection back."""
        self._gate.close()

    def _listing(self, connection: Any) -> Sequence[Listed]:
        found = self._backend.inspect(connection, None)
        return [Listed(name, table.kind, table.text) for name, table in found.items()]

    def _described(self, name: str, text: str, until: float) -> Table:
        try:
            query = reading(text, brackets=quotes_in_brackets(self._backend.dialect))
            columns, _, _ = self._gate.call(until, self._backend.describe, query, lane="background")
        except SourceError as failure:
            failure.args = (f"named query {name}: {failure}",)
            raise
        return Table(name, tuple(columns))

    def _cut(self, statement: Statement, values: Sequence[Any]) -> tuple[str, int | None]:
        """The text of a statement that has no place for its limit; and how many rows to fetch, where it cannot be told."""
        assert statement.limit is not None, "a statement whose text has no place for its limit"
        limit = values[statement.limit]
        return self._with_limit(statement.text, limit), limit if self._backend.write_limit is None else None

    def _with_limit(self, text: str, limit: int) -> str:
        write = self._backend.write_limit
        return text if write is None else write(text, limit)

    def _known(self, shape: Shape) -> Table:
        known = self._tables.get(shape.table) if shape.table is not None else self._queries.get(shape.query or "")
        if known is None:
            raise Missing(f"{self.name}: {shape.table or 'the query'} is not in the catalog that this source learned")
        return known

    def _filled(self, shape: Shape, values: Sequence[Any]) -> tuple[Statement, list[Any]]:
        """The statement that can take these values, and what the driver is given for them."""
        statement = self._statements.get(shape) or self._compile(shape, self._statements, self._rules)
        try:
            return statement, statement.bind(values)
        except Unfit:
            roomy = self._roomy.get(shape) or self._compile(shape, self._roomy, self._roomy_rules)
            return roomy, roomy.bind(values)

    def _compile(self, shape: Shape, kept: dict[Shape, Statement], rules: Rules) -> Statement:
        """Compile a shape, or give the statement that is kept; the oldest makes room."""
        with self._compiling:
            found = kept.get(shape)
            if found is not None:
                return found
            statement = compile_shape(shape, self._known(shape), rules)
            if len(kept) >= _STATEMENTS:
                del kept[next(iter(kept))]
            kept[shape] = statement
            return statement
