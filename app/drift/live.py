"""Live: one source, looked at.

In charge of the order of a look: the catalog of the tables that the contract uses, in batches; what has changed; then a sample of
each table, and what in it is not as promised. It asks within its bounds, one statement at a time. It must not know who looks, nor
how often.

A source that does not answer ends a look; a table or a query that alone cannot be read is a finding, and the look goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic, sleep
from typing import Final

from adapters.port import (
    BadData,
    Busy,
    Catalog,
    Denied,
    Locked,
    Missing,
    Shape,
    Source,
    SourceError,
    Table,
    TimedOut,
    TooCostly,
    Unknown,
)
from app.assembly import Compiled
from app.drift.asking import Asking, Stopped
from app.drift.bounds import Bounds
from app.drift.changes import Change, changes
from app.drift.content import content
from app.drift.findings import Finding, by_gravity
from app.drift.judging import Judge
from app.drift.sample import Sample, samples

MOST_SAID: Final = 200  # characters of a driver's text

_LATER: Final = (TimedOut, TooCostly, Busy, Locked)
_OF_ITS_OWN: Final = (Missing, Denied, BadData, Unknown)
"""Failures that one table may have while the others have none; after any other, the source as a whole is left alone."""

Name = tuple[str, bool]
"""A table, or the file of a named query, and whether it is the latter."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a source has found, the worst first. `failure` is what ended it, where something did.

    `stopped`: it was to end before it was through. `tables` counts named queries, too; `rows` are those that were sampled; `took` is
    in seconds.
    """

    source: str
    findings: tuple[Finding, ...] = ()
    tables: int = 0
    rows: int = 0
    took: float = 0.0
    failure: SourceError | None = None
    stopped: bool = False


def look(compiled: Compiled, source: Source, bounds: Bounds, stop: Callable[[], bool] = lambda: False) -> Look:
    """Look at a source, which has learned the contract's catalog; `stop` is asked before each statement. Never raises SourceError."""
    began, stopped, failure = monotonic(), False, None
    looking = _Looking(compiled, Asking(source, bounds, stop), bounds)
    try:
        looking.go()
    except SourceError as error:
        failure = error
    except Stopped:
        stopped = True
    findings, tables = by_gravity(looking.findings), len(looking.live.tables) + len(looking.live.queries)
    return Look(source.name, findings, tables, looking.rows, monotonic() - began, failure, stopped)


class _Looking:
    """A look that goes on. `refused` are tables and queries that could not be read, and why; `slow` counts reads that took too long."""

    def __init__(self, compiled: Compiled, source: Asking, bounds: Bounds) -> None:
        self.compiled, self.source, self.bounds = compiled, source, bounds
        self.old = compiled.used(source.name)
        if bounds.everything:
            self.old = replace(self.old, tables=compiled.catalogs[source.name].tables)
        self.tables: dict[str, Table] = {}
        self.queries: dict[str, Table] = {}
        self.live = Catalog(self.tables, self.queries)
        self.judge = Judge(compiled, source.name, self.live)
        self.refused: dict[Name, SourceError] = {}
        self.findings: list[Finding] = []
        self.rows = self.slow = 0

    def go(self) -> None:
        """Raises SourceError where the source as a whole does not answer, or Stopped; what was found until then is kept."""
        if not self.old.tables and not self.old.queries:
            self.source.ping()
        self._read_tables()
        self._read_queries()
        self.findings += (self._finding(change) for change in (*changes(self.old, self.live), *self._added()))
        for name in [*((table, False) for table in self.tables), *((file, True) for file in self.queries)]:
            if self.slow < self.bounds.patience:
                self._sample(name)
                sleep(self.bounds.rest)

    # The catalog as it is now.

    def _read_tables(self) -> None:
        for names in _batches(list(self.old.tables), self.bounds.batch):
            self._read(names)
        for name in self.old.tables:
            if name not in self.tables and (name, False) not in self.refused:
                self._probe(name)

    def _read(self, names: Sequence[str]) -> None:
        """Several at once; one at a time where one of them fails, so that it is known which."""
        try:
            self.tables.update(self.source.catalog(names).tables)
        except _OF_ITS_OWN as failure:
            if len(names) == 1:
                self.refused[names[0], False] = failure
                return
            for name in names:
                self._read([name])

    def _probe(self, name: str) -> None:
        """Whether a table that the catalog leaves out is gone, or may only not be read: a catalog may show neither."""
        first = self.old.tables[name].columns[0].name
        try:
            self.source.rows(Shape((first,), name, limited=True), (1,))
        except Missing:
            return
        except (*_OF_ITS_OWN, *_LATER) as failure:
            self.refused[name, False] = failure
        else:
            self.tables[name] = self.old.tables[name]  # it is read as before, and that is all that can be told of it

    def _read_queries(self) -> None:
        for file in self.old.queries:
            try:
                self.queries.update(self.source.catalog((), {file: self.compiled.contract.queries[file]}).queries)
            except (*_OF_ITS_OWN, *_LATER) as failure:
                self.refused[file, True] = failure

    def _added(self) -> Iterator[Change]:
        """The tables that the snapshot lacks, where all of them are asked for."""
        names = (each.name for each in self.source.tables()) if self.bounds.everything else ()
        return (Change("table-added", name, "it is new") for name in names if name not in self.old.tables)

    # What has changed, and what stands in it.

    def _finding(self, change: Change) -> Finding:
        """A change; a table that could not be read is not gone."""
        refusal = self.refused.get((change.table, change.query))
        return self.judge.finding(change if refusal is None else _refused(change.table, change.query, refusal))

    def _sample(self, name: Name) -> None:
        """Raises SourceError where the source as a whole does not answer."""
        place = self.judge.place(name[0], query=name[1])
        now = (self.queries if name[1] else self.tables)[name[0]]
        read: list[Sample] = []
        try:
            for sample in samples(self.source, place.resources(self.compiled.plan), now, self.bounds.rows):
                read.append(sample)  # noqa: PERF402  # what was read before a failure is kept
        except (*_OF_ITS_OWN, *_LATER) as failure:
            self.slow += isinstance(failure, _LATER)
            self.findings.append(self.judge.finding(_refused(*name, failure)))
        finally:
            self.rows += sum(len(sample.rows) for sample in read)
            self.findings += content(place, read)


def _batches(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


def _refused(name: str, query: bool, failure: SourceError) -> Change:  # noqa: FBT001  # the two parts of a Name
    """What is said of a table or a query that the source does not let be read."""
    if isinstance(failure, Denied):
        code, message = "authority-lost", "the gateway's user may not read it"
    elif isinstance(failure, Missing):
        code, message = "unreadable", "something that it is made of is gone"
    else:
        code, message = "not-sampled", "its rows could not be read"
    return Change(code, name, f"{message} ({_first_line(failure)})", query=query)


def _first_line(failure: SourceError) -> str:
    """The source's own words, in short; a value may stand in them where it is data that cannot be read."""
    if isinstance(failure, BadData):
        return "it holds data that the source itself cannot read"
    return " ".join(str(failure).split())[:MOST_SAID]
